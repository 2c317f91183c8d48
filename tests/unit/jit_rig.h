/* jit_rig.h - a processor in protected mode that makes machine code, for tests of cpu/translate. */
#ifndef FERRITE_TEST_JIT_RIG_H
#define FERRITE_TEST_JIT_RIG_H

#include "cpu/translate/jit_private.h"
#include "tests/unit/cpu_harness.h"

/* Blocks become machine code when they were entered `threshold` times; NULL: this host has no
 * translator. */
static inline struct rig *translating(unsigned threshold)
{
    struct rig *r = rig_new("pentium3");
    struct err e;
    pm_init(r, 0);
    if (jit_exists() && jit_start(r->c, threshold, false, &e))
        return r;
    rig_free(r);
    return NULL;
}

#endif
