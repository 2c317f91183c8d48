/*
 * liveness.h - which of the arithmetic flags does somebody read before they are overwritten? For
 * the choice of handlers and for the translator: both must expose the same flags.
 */
#ifndef FERRITE_CPU_LIVENESS_H
#define FERRITE_CPU_LIVENESS_H

#include "cpu/op.h"

struct flag_use {
    u32 after;  /* FL_*: read behind this instruction */
    u32 needed; /* of these, the ones that it writes */
    u32 before; /* read from what comes before it */
};

/*
 * One step of a walk backwards: `live` is what the instructions behind this one read, FL_ALL at
 * the end of a block. Strict rule: an instruction that can fault counts as a reader of everything
 * before it, and one that can stop the block (a store over code, port I/O) as a reader of
 * everything after it as well.
 */
struct flag_use flags_used(const struct op *o, u32 live);

#endif
