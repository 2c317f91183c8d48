/*
 * filter_rules.h - how lists of system calls for a filter (filter.h) are written.
 */
#ifndef FERRITE_FILTER_RULES_H
#define FERRITE_FILTER_RULES_H

#include "hw/base/confine/filter.h"

#include <sys/syscall.h>

#define FREE(name)                                                                                 \
    {                                                                                              \
        .call = SYS_##name                                                                         \
    }
#define TEST(n, bits, is)                                                                          \
    {                                                                                              \
        .argument = (n), .used = true, .mask = (u32)(bits), .value = (u32)(is)                     \
    }
#define TEST_HIGH(n, bits, is)                                                                     \
    {                                                                                              \
        .argument = (n), .high = true, .used = true, .mask = (u32)(bits), .value = (u32)(is)       \
    }
#define EXACT 0xffffffffu
#define WHEN(name, ...)                                                                            \
    {                                                                                              \
        .call = SYS_##name, .test = { __VA_ARGS__ }                                                \
    }
#define ANSWER(name, what)                                                                         \
    {                                                                                              \
        .call = SYS_##name, .verdict = (what)                                                      \
    }

#endif
