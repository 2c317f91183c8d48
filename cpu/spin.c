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

/* A program that waits in the middle of a slice is found by this. */
static void count_poll(struct cpu *c, u16 port)
{
    struct spin *s = c->spin;
    s->polls = port == s->port ? s->polls + 1 : 0;
    s->port = port;
    if (s->polls < s->patience)
        return;
    s->polls = 0;
    s->polled = true;
    c->stop |= CPU_STOP_REQUEST;
}

u32 spin_port_in(struct cpu *c, u16 port, unsigned size)
{
    struct spin *s = c->spin;
    if (!c->watching) {
        count_poll(c, port);
        return c->bus.port_in(c->bus.owner, port, size);
    }
    bool sole = s->reads == 0 && size == 1 && !s->ax_read && !s->drift.trying;
    if (!sole && s->bytes.instructions) {
        s->dirty = true;
        s->bytes = (struct spin_bytes){0};
    }
    struct cpu_port_read r = {
        .port = port,
        .size = (u8)size,
        .executed = cpu_executed(c) - s->place.executed,
        .at = s->begun - s->place.ticks + (u64)(s->stall - s->place.stall),
        .steady = c->bus.port_steady
                      ? c->bus.port_steady(c->bus.owner, port, size, sole ? &s->bytes.met : NULL)
                      : 0};
    u64 end = c->until + (u64)c->hold;
    u32 value = c->bus.port_in(c->bus.owner, port, size);
    s->stall += (s64)(end - c->until - (u64)c->hold);
    s->byte = (u8)value;
    if (s->reads == SPIN_READS)
        s->dirty = true;
    else
        s->read[s->reads++] = r;
    return value;
}
