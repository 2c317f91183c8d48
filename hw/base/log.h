/*
 * log.h - what -d selects. A struct log belongs to one machine; every device gets a pointer to it.
 *
 * The check is one load and test, so log calls may stay in warm paths; nothing is formatted when
 * the category is off. Lines go to log->out (standard error by default, -D FILE otherwise).
 */
#ifndef FERRITE_LOG_H
#define FERRITE_LOG_H

#include "hw/base/types.h"
#include <stdio.h>

enum log_category {
    LOG_GUEST = 1 << 0, /* guest_errors: the guest programmed nonsense */
    LOG_UNIMP = 1 << 1, /* unimp: unmapped ports and memory, features not modelled */
    LOG_EXEC = 1 << 2,  /* exec: every instruction */
    LOG_INT = 1 << 3,   /* int: interrupts and exceptions */
    LOG_CPU = 1 << 4,   /* cpu: registers before each instruction */
    LOG_POST = 1 << 5,  /* post: POST codes on port 80h */
    LOG_IO = 1 << 6,    /* io: every port access */
    LOG_DISK = 1 << 7,  /* disk: floppy and disk commands */
    LOG_RESET = 1 << 8, /* reset: resets, triple faults, shutdowns */
    LOG_HASH = 1 << 9,  /* hash: a hash of all that the guest did so far, now and then */
    LOG_JIT = 1 << 10,  /* jit: blocks that are translated, with their machine code */
};

struct log {
    u32 mask;
    FILE *out;
};

/* Is any of these categories on? A NULL log is silent (unit tests). */
static inline bool log_on(const struct log *log, u32 categories)
{
    return log && unlikely(log->mask & categories);
}

void log_line(const struct log *log, u32 category, const char *fmt, ...) PRINTF_LIKE(3, 4);

#define log_at(log, category, ...)                                                                 \
    do {                                                                                           \
        if (log_on(log, category))                                                                 \
            log_line(log, category, __VA_ARGS__);                                                  \
    } while (0)

/*
 * "exec,int,guest_errors" to a mask; false and the unknown word in *bad (a pointer into names,
 * length *bad_len) when a name is unknown. log_names() lists the names with one-line meanings.
 */
bool log_parse(const char *names, u32 *mask, const char **bad, size_t *bad_len);
void log_names(FILE *out);

#endif
