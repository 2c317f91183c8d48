/*
 * clock.c - the virtual clock: a binary heap of armed timers. See clock.h.
 *
 * Invariants: heap[i]->slot == i + 1 for every armed timer; a parent is never later than its
 * children by (when, sequence). Sequence numbers are handed out once per arming and never reused,
 * so the order of firing is total and the same on every host.
 */
#include "hw/base/clock.h"
#include "hw/base/memory.h"

#include "hw/base/state.h"

#include <assert.h>
#include <stdlib.h>

/* No machine has run for 146 years: what counts on from here never wraps. */
#define LATEST (1ull << 62)

/* So many events at one instant, and the next ones there come so much later. */
enum { AT_ONCE = 1000, LATER_NS = 100000 };

void clock_init(struct clock *c)
{
    *c = (struct clock){0};
}

void clock_free(struct clock *c)
{
    for (size_t i = 0; i < c->count; i++)
        c->heap[i]->slot = 0;
    free(c->heap);
    c->heap = NULL;
    c->quiet = NULL;
    c->count = c->capacity = 0;
}

static bool before(const struct timer *a, const struct timer *b)
{
    return a->when != b->when ? a->when < b->when : a->sequence < b->sequence;
}

static void put(struct clock *c, size_t i, struct timer *t)
{
    c->heap[i] = t;
    t->slot = i + 1;
}

/* Move the timer at index i up or down until the heap is in order again. */
static void settle(struct clock *c, size_t i)
{
    struct timer *t = c->heap[i];
    while (i > 0 && before(t, c->heap[(i - 1) / 2])) {
        put(c, i, c->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= c->count)
            break;
        if (child + 1 < c->count && before(c->heap[child + 1], c->heap[child]))
            child++;
        if (!before(c->heap[child], t))
            break;
        put(c, i, c->heap[child]);
        i = child;
    }
    put(c, i, t);
}

/* Arm with a given sequence number; `when` is already in order. */
static void insert(struct timer *t, u64 when, u64 sequence)
{
    struct clock *c = t->clock;
    t->when = when;
    t->sequence = sequence;
    if (!t->slot) {
        if (c->count == c->capacity) {
            size_t capacity = c->capacity ? 2 * c->capacity : 32;
            c->heap = must_have(realloc(c->heap, capacity * sizeof(*c->heap)), "timers");
            c->capacity = capacity;
        }
        put(c, c->count++, t);
    }
    settle(c, t->slot - 1);
}

u64 clock_next(const struct clock *c)
{
    return c->count ? c->heap[0]->when : CLOCK_NEVER;
}

u64 clock_slice_end(const struct clock *c)
{
    if (!c->quiet)
        return clock_next(c);
    u64 end = c->quiet_until;
    /* The first of the others: the quiet one at the root has it among its children. */
    for (size_t i = 0; i < c->count && i < 3; i++) {
        if (c->heap[i] != c->quiet && c->heap[i]->when < end)
            end = c->heap[i]->when;
    }
    return end;
}

void clock_settle(struct clock *c)
{
    struct timer *t = c->quiet;
    /* Between slices, and behind other events that are due, it comes in its turn. */
    if (!t || !c->live || c->heap[0] != t || t->when > c->live(c->owner))
        return;
    u64 (*live)(void *) = c->live;
    u64 now = c->now;
    c->live = NULL;
    timer_disarm(t);
    if (t->when > c->now)
        c->now = t->when;
    c->fired++;
    t->fn(t->opaque);
    c->now = now;
    c->live = live;
}

void clock_advance(struct clock *c, u64 to)
{
    /* The CPU stands still here: inside an event, the time is the event's own. */
    u64 (*live)(void *) = c->live;
    c->live = NULL;
    while (c->count && c->heap[0]->when <= to) {
        struct timer *t = c->heap[0];
        timer_disarm(t);
        if (t->when > c->now) {
            c->now = t->when;
            c->at_once = 0;
        }
        c->at_once++;
        c->fired++;
        c->firing = t->opaque;
        t->fn(t->opaque);
    }
    c->firing = NULL;
    c->at_once = 0;
    if (to > c->now)
        c->now = to;
    c->live = live;
}

void timer_init(struct timer *t, struct clock *c, timer_fn *fn, void *opaque)
{
    *t = (struct timer){.clock = c, .fn = fn, .opaque = opaque};
}

void timer_arm(struct timer *t, u64 when)
{
    struct clock *c = t->clock;
    if (c->quiet) {
        clock_settle(c);
        if (c->quiet == t)
            c->quiet = NULL;
    }
    u64 now = clock_now(c);
    if (when <= now)
        when = now + (c->at_once >= AT_ONCE ? LATER_NS : 0);
    insert(t, when, c->sequence++);
    if ((t->slot == 1 || c->quiet) && c->earlier)
        c->earlier(c->owner, t->when);
}

void timer_quiet(struct timer *t, u64 until)
{
    if (!timer_armed(t))
        return;
    t->clock->quiet = t;
    t->clock->quiet_until = until;
}

void timer_audible(struct timer *t)
{
    struct clock *c = t->clock;
    if (c->quiet != t)
        return;
    c->quiet = NULL;
    if (c->earlier)
        c->earlier(c->owner, t->when);
}

void timer_disarm(struct timer *t)
{
    if (!t->slot)
        return;
    struct clock *c = t->clock;
    if (c->quiet == t)
        c->quiet = NULL;
    size_t i = t->slot - 1;
    assert(i < c->count && c->heap[i] == t);
    t->slot = 0;
    struct timer *last = c->heap[--c->count];
    if (last != t) {
        put(c, i, last);
        settle(c, i);
    }
}

void clock_state(struct clock *c, struct state *s)
{
    state_begin(s, "clock", 1);
    state_u64(s, "now", &c->now);
    state_u64(s, "sequence", &c->sequence);
    if (state_loading(s) && (c->now > LATEST || c->sequence > LATEST))
        state_fail(s, "impossible time");
    state_end(s);
}

void timer_state(struct timer *t, struct state *s, const char *name)
{
    struct clock *c = t->clock;
    u64 v[3] = {timer_armed(t), timer_armed(t) ? t->when : 0, timer_armed(t) ? t->sequence : 0};
    state_u64s(s, name, v, ARRAY_SIZE(v));
    if (!state_loading(s) || !state_ok(s))
        return;
    /* These would fire in an order that no run can have. */
    if (v[0] > 1 || (v[0] && (v[1] < c->now || v[2] >= c->sequence))) {
        state_fail(s, "timer %s is armed for an impossible time", name);
        return;
    }
    timer_disarm(t);
    if (v[0])
        insert(t, v[1], v[2]);
}
