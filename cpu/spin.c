/*
 * spin.c - what a watched instruction reads and writes: see spin.h.
 */
#include "cpu/spin.h"

#include <string.h>

/* For the round that is tried: see drift.c. */
static void touch(struct cpu *c, u32 phys, unsigned n, bool write)
{
    struct drift *d = &c->spin->drift;
    if (d->touches == DRIFT_TOUCHES) {
        d->failed = true;
        return;
    }
    struct drift_touch *t = &d->touch[d->touches++];
    u8 *page = c->phys->page[phys >> PAGE_SHIFT].host;
    *t = (struct drift_touch){
        .at = page ? page + (phys & PAGE_MASK) : NULL, .size = (u8)n, .write = write};
    if (n == 4 && page && !c->spin->dirty)
        memcpy(&t->was, t->at, 4);
}

/* And for one that reads counts: see varied.c. */
static void touch_varied(struct cpu *c, u32 phys, unsigned n, bool write, u32 value)
{
    struct varied *v = &c->spin->varied;
    u8 *page = c->phys->page[phys >> PAGE_SHIFT].host;
    if (!v->whole || v->touches == VARIED_TOUCHES || !page || !v->steps) {
        v->whole = false;
        return;
    }
    struct varied_touch *t = &v->touch[v->touches++];
    *t = (struct varied_touch){.at = page + (phys & PAGE_MASK), .size = (u8)n, .write = write};
    memcpy(&t->was, t->at, n < 4 ? n : 4);
    t->value = n < 4 ? value & ((1u << (8 * n)) - 1) : value;
    if (!write)
        t->value = t->was;
}

/* Bytes that have one address: what is known of them is by that. */
static bool only_here(const struct phys_page *p)
{
    return p->kind == PAGE_RAM && !p->shared;
}

void spin_load(struct cpu *c, u32 phys, unsigned n)
{
    struct spin *s = c->spin;
    const struct phys_page *p = &c->phys->page[phys >> PAGE_SHIFT];
    if (p->kind != PAGE_ROM && !only_here(p))
        s->dirty = true;
    if (s->varied.whole)
        touch_varied(c, phys, n, false, 0);
    if (s->drift.trying)
        touch(c, phys, n, false);
}

/* What was there when the round began is noted once. */
static bool stored_before(const struct spin *s, const u8 *at, unsigned n)
{
    for (unsigned i = 0; i < s->stores; i++)
        if (s->store[i].at == at && s->store[i].size == n)
            return true;
    return false;
}

void spin_store(struct cpu *c, u32 phys, unsigned n, u64 v)
{
    const struct phys_page *p = &c->phys->page[phys >> PAGE_SHIFT];
    struct spin *s = c->spin;
    if (!only_here(p)) { /* a device's page may have no bytes of the host's */
        s->dirty = true;
        return;
    }
    struct spin_store t = {.at = p->host + (phys & PAGE_MASK), .phys = phys, .size = (u8)n};
    if (s->drift.trying)
        touch(c, phys, n, true);
    if (s->varied.whole)
        touch_varied(c, phys, n, true, (u32)v);
    u8 bytes[8];
    for (unsigned i = 0; i < n; i++)
        bytes[i] = (u8)(v >> (8 * i));
    if (memcmp(t.at, bytes, n) == 0 || stored_before(s, t.at, n))
        return;
    if (s->stores == SPIN_STORES) {
        s->dirty = true;
        return;
    }
    memcpy(t.old, t.at, n);
    s->store[s->stores++] = t;
}

/*
 * A program that waits in the middle of a slice is found by this. It may ask several ports in turn;
 * two that share a place hide each other.
 */
static void count_poll(struct cpu *c, u16 port)
{
    struct spin *s = c->spin;
    struct spin_port *p = &s->port[(port ^ port >> 3 ^ port >> 6) % SPIN_PORTS];
    if (p->port != port)
        *p = (struct spin_port){.port = port};
    if (++p->polls <= s->patience)
        return;
    memset(s->port, 0, sizeof s->port);
    s->polled = true;
    c->stop |= CPU_STOP_REQUEST;
}

/* An access that is about to be made; what it gives, and how steady it is, is not known yet. */
static struct cpu_port_access *note(struct cpu *c, u16 port, unsigned size)
{
    struct spin *s = c->spin;
    if (s->accesses == SPIN_ACCESSES) {
        s->dirty = true;
        s->accesses--; /* the round is of no use any more */
    }
    struct cpu_port_access *a = &s->access[s->accesses++];
    *a = (struct cpu_port_access){.port = port,
                                  .size = (u8)size,
                                  .executed = cpu_executed(c) - s->place.executed,
                                  .at =
                                      s->begun - s->place.ticks + (u64)(s->stall - s->place.stall)};
    return a;
}

/* What it reads may be a count that goes on. */
static void note_curve(struct cpu *c, const struct cpu_port_access *a)
{
    const struct cpu_bus *b = &c->bus;
    struct varied *v = &c->spin->varied;
    unsigned i = (unsigned)(a - c->spin->access);
    v->curved[i] = !a->steady && b->time && b->port_curve &&
                   b->port_curve(b->owner, a->port, a->size, &v->curve[i]);
    v->any |= v->curved[i];
    v->wanted |= v->any;
    v->early |= v->curved[i] && v->curve[i].at < v->began;
}

u32 spin_port_in(struct cpu *c, u16 port, unsigned size)
{
    struct spin *s = c->spin;
    const struct cpu_bus *b = &c->bus;
    if (!c->watching) {
        count_poll(c, port);
        return b->port_in(b->owner, port, size);
    }
    bool varies = s->bytes.instructions && s->accesses == s->bytes.index && size == 1 &&
                  !s->drift.trying && !s->varied.wanted;
    struct cpu_port_access *a = note(c, port, size);
    s->reads++;
    if (b->port_steady)
        a->steady = b->port_steady(b->owner, port, size, varies ? &s->bytes.met : NULL);
    note_curve(c, a);
    u64 end = c->until + (u64)c->hold;
    a->value = b->port_in(b->owner, port, size);
    s->stall += (s64)(end - c->until - (u64)c->hold);
    return a->value;
}

void spin_port_out(struct cpu *c, u16 port, unsigned size, u32 value)
{
    struct spin *s = c->spin;
    const struct cpu_bus *b = &c->bus;
    struct cpu_port_access *a = note(c, port, size);
    s->varied.curved[a - s->access] = false;
    a->out = true;
    a->value = value;
    s->refused = !b->out_chooses || !b->out_chooses(b->owner, port, size, value);
    u64 end = c->until + (u64)c->hold;
    b->port_out(b->owner, port, value, size);
    s->stall += (s64)(end - c->until - (u64)c->hold);
}
