/*
 * clock.h - the machine's one virtual clock (nanoseconds) and its event heap.
 *
 * Events are ordered by (time, sequence of arming): two events due at the same instant fire in
 * the order in which they were armed, so that a run never depends on heap layout.
 *
 * Time goes on whatever devices do: when very many events have fired at one instant, what is armed
 * for that instant then comes 0.1 ms later. No device needs it; a period of nothing, by a bug
 * or out of a damaged snapshot, so cannot hold the machine.
 *
 * The clock does not tick by itself: the machine's run loop (hw/machine/vm.c) lets the CPU execute
 * until clock_next(), then calls clock_advance(). While the CPU executes, `live` tells the exact
 * time inside the slice (from the instruction count), and `earlier` tells the run loop that an
 * event was armed before the present slice's end.
 *
 * One event may be quiet: nobody can see whether it fired at its time or later, so long as it has
 * before anything looks. It does not end a slice; the clock fires it at the slice's end, with now
 * set to its own time and in its order, or before, for a timer that is armed meanwhile and for
 * whoever says clock_settle(). So the machine's state does not depend on it, and none is saved.
 */
#ifndef FERRITE_CLOCK_H
#define FERRITE_CLOCK_H

#include "hw/base/types.h"

#define CLOCK_NEVER UINT64_MAX

struct journal;
struct state;
struct timer;

struct clock {
    u64 now;      /* time of the last advance; use clock_now() */
    u64 sequence; /* of the next arming */
    struct timer **heap;
    size_t count, capacity;
    u64 fired;                            /* events in all, for tests */
    const void *firing;                   /* whose event this is: for samples; NULL: none */
    unsigned at_once;                     /* events fired at `now` by the running clock_advance() */
    u64 (*live)(void *owner);             /* present time, or NULL: now */
    void (*earlier)(void *owner, u64 at); /* a timer was armed that is now the first one, or NULL */
    void *owner;
    struct timer *quiet; /* the one event that ends no slice, or NULL; it is in the heap, too */
    u64 quiet_until;     /* what it arms, it arms for then or later */
    struct journal
        *journal; /* what enters from outside, and when (journal.h); NULL: nobody looks */
};

typedef void timer_fn(void *opaque);

/* A timer lives inside its device's struct; it must be disarmed before the device goes. */
struct timer {
    struct clock *clock;
    timer_fn *fn;
    void *opaque;
    u64 when; /* valid while armed */
    u64 sequence;
    size_t slot; /* index in the heap + 1, 0 when not armed */
};

void clock_init(struct clock *c);
void clock_free(struct clock *c);

static inline u64 clock_now(const struct clock *c)
{
    return c->live ? c->live(c->owner) : c->now;
}

/* Time of the first event, CLOCK_NEVER when none is armed. */
u64 clock_next(const struct clock *c);
/* When a slice must end: as clock_next(), but for a quiet event. */
u64 clock_slice_end(const struct clock *c);
/* In the middle of a slice: a quiet event that is due fires, for somebody who would see it. */
void clock_settle(struct clock *c);

/*
 * Move the clock to `to` (not before now), firing every event that is due on the way, each with
 * now set to its own time. Events may arm further events; those due by `to` fire too.
 */
void clock_advance(struct clock *c, u64 to);

void timer_init(struct timer *t, struct clock *c, timer_fn *fn, void *opaque);
void timer_arm(struct timer *t, u64 when); /* absolute; re-arming moves it; a past time means now */
void timer_disarm(struct timer *t);
/*
 * An armed timer is quiet until it is armed or disarmed again, or timer_audible(). Its event may
 * change nothing that is not behind a clock_settle(), and arm no timer but this one, not before
 * `until`.
 */
void timer_quiet(struct timer *t, u64 until);
/* It is not quiet any more, and keeps its time and its place. It is not due: see clock_settle(). */
void timer_audible(struct timer *t);
static inline bool timer_armed(const struct timer *t)
{
    return t->slot != 0;
}

/* Save or load the clock, and one timer (armed or not, when, sequence). Clock first. */
void clock_state(struct clock *c, struct state *s);
void timer_state(struct timer *t, struct state *s, const char *name);

#endif
