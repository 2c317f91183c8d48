/*
 * same_inside.h - are two devices of one class in the same state? Looks at every byte of their
 * structs, so that a field which a state function forgets is seen even if nothing shows it yet.
 *
 * What need not be the same: addresses (of what is mapped on the host), the place of a timer in its
 * clock's heap, when a timer that is not armed was last armed for, and the padding behind the
 * number of a line.
 *
 * What is an address of the host is guessed from its value, and where the linker and the loader put
 * things the guess can be wrong. So this is for the mutation run, whose mutants have no other
 * reader (scripts/mutate state sets FERRITE_SAME_INSIDE); a test must not fail for nothing.
 */
#ifndef SAME_INSIDE_H
#define SAME_INSIDE_H

#include "hw/base/clock.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static inline bool host_address(u64 v)
{
    return v >= 1ull << 32 && v < 1ull << 48 &&
           msync((void *)(uintptr_t)(v & ~(u64)0xfff), 1, MS_ASYNC) == 0;
}

/* Is there an initialised timer at the same place of both? */
static inline bool is_timer(const void *a, const struct clock *clock_a, const void *b,
                            const struct clock *clock_b)
{
    struct timer s, t;
    memcpy(&s, a, sizeof(s));
    memcpy(&t, b, sizeof(t));
    return s.clock == clock_a && t.clock == clock_b && s.fn && s.fn == t.fn;
}

/* Bytes that may differ: where a ring begins, say. */
struct span {
    size_t at, size;
};

/* Offset of the first byte that differs in `size` bytes at a and b, or -1. */
static inline long first_difference(const void *a, const struct clock *clock_a, const void *b,
                                    const struct clock *clock_b, size_t size, struct span free)
{
    const u8 *p = a, *q = b;
    unsigned addresses = 0; /* in a row, up to here */
    for (size_t at = 0; at < size;) {
        u64 v = 0, w = 0;
        size_t n = size - at < sizeof(v) ? size - at : sizeof(v);
        memcpy(&v, p + at, n);
        memcpy(&w, q + at, n);
        if (size - at >= sizeof(struct timer) && is_timer(p + at, clock_a, q + at, clock_b)) {
            struct timer s, t;
            memcpy(&s, p + at, sizeof(s));
            memcpy(&t, q + at, sizeof(t));
            if (timer_armed(&s) != timer_armed(&t) ||
                (timer_armed(&s) && (s.when != t.when || s.sequence != t.sequence)))
                return (long)at;
            at += sizeof(struct timer);
            addresses = 0;
            continue;
        }
        if (v == w) {
            addresses = v >> 32 && !(v >> 48) ? addresses + 1 : 0;
        } else if (host_address(v) && host_address(w)) {
            addresses++;
        } else {
            size_t compared = addresses == 2 && n == 8 ? 4 : n; /* struct irq */
            for (size_t i = 0; i < compared; i++)
                if (p[at + i] != q[at + i] && at + i - free.at >= free.size)
                    return (long)(at + i);
            addresses = 0;
        }
        at += n;
    }
    return -1;
}

static inline void same_inside_but(const void *a, const struct clock *clock_a, const void *b,
                                   const struct clock *clock_b, size_t size, struct span free)
{
    if (!getenv("FERRITE_SAME_INSIDE"))
        return;
    long at = first_difference(a, clock_a, b, clock_b, size, free);
    if (at >= 0)
        ck_abort_msg("the devices differ at byte %ld of %zu (64 bits there: %llx, %llx)", at, size,
                     (unsigned long long)get_le64((const u8 *)a + (at & ~7L)),
                     (unsigned long long)get_le64((const u8 *)b + (at & ~7L)));
}

static inline void same_inside(const void *a, const struct clock *clock_a, const void *b,
                               const struct clock *clock_b, size_t size)
{
    same_inside_but(a, clock_a, b, clock_b, size, (struct span){0, 0});
}

#endif
