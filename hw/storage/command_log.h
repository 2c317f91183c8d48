/*
 * command_log.h - the last commands that a drive or its controller was given, for who looks
 * (commands_look.c). No state of the machine: it begins with power-on, and does not go back with
 * it: what lies in the future of who looks is not shown, and is dropped when the machine goes on.
 */
#ifndef FERRITE_COMMAND_LOG_H
#define FERRITE_COMMAND_LOG_H

#include "hw/base/types.h"

#include <string.h>

enum { COMMAND_LOG = 32, COMMAND_LOG_BYTES = 16 };

struct command_note {
    const char *name; /* a table's: "READ DATA" */
    u64 at;           /* guest ns */
    u8 given[COMMAND_LOG_BYTES], result[COMMAND_LOG_BYTES];
    u8 given_len, result_len;
};

struct command_log {
    u32 count, first; /* ever; the oldest that is kept */
    struct command_note note[COMMAND_LOG];
};

/* At guest time `at`, in ns. */
static inline void command_log_add(struct command_log *l, u64 at, const char *name, const u8 *given,
                                   unsigned n)
{
    while (l->count > l->first && l->note[(l->count - 1) % COMMAND_LOG].at >= at)
        l->count--; /* given before the machine went back */
    if (l->count - l->first == COMMAND_LOG)
        l->first++;
    struct command_note *x = &l->note[l->count++ % COMMAND_LOG];
    n = n < COMMAND_LOG_BYTES ? n : COMMAND_LOG_BYTES;
    *x = (struct command_note){.name = name, .at = at, .given_len = (u8)n};
    memcpy(x->given, given, n);
}

/* What the last one has answered. */
static inline void command_log_result(struct command_log *l, const u8 *result, unsigned n)
{
    struct command_note *x = &l->note[(l->count - 1) % COMMAND_LOG];
    if (l->count == l->first)
        return;
    x->result_len = (u8)(n < COMMAND_LOG_BYTES ? n : COMMAND_LOG_BYTES);
    memcpy(x->result, result, x->result_len);
}

/* The latest is number 0; NULL: no more. */
static inline const struct command_note *command_log_at(const struct command_log *l, unsigned i)
{
    return i < l->count - l->first ? &l->note[(l->count - 1 - i) % COMMAND_LOG] : NULL;
}

#endif
