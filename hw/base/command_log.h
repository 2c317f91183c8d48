/*
 * command_log.h - the last commands that a device was given, or codes that it has sent, for who
 * looks (hw/storage/commands_look.c, hw/input/input_look.c). No state of the machine: it begins
 * with power-on; when the machine goes back, what it has then not done yet is forgotten.
 */
#ifndef FERRITE_COMMAND_LOG_H
#define FERRITE_COMMAND_LOG_H

#include "hw/base/state.h"
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

/* Beside the device's own state: `now` is guest time, which is loaded before it. */
static inline void command_log_state(struct command_log *l, const struct state *s, u64 now)
{
    while (state_loading(s) && l->count > l->first &&
           l->note[(l->count - 1) % COMMAND_LOG].at > now)
        l->count--;
}

/* The latest is number 0; NULL: no more. */
static inline const struct command_note *command_log_at(const struct command_log *l, unsigned i)
{
    return i < l->count - l->first ? &l->note[(l->count - 1 - i) % COMMAND_LOG] : NULL;
}

#endif
