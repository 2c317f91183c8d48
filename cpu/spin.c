/*
 * spin.c - what a watched instruction reads and writes: see spin.h.
 */
#include "cpu/spin.h"

#include <string.h>

void spin_load(struct cpu *c, u32 phys)
{
    u8 kind = c->phys->page[phys >> PAGE_SHIFT].kind;
    if (kind != PAGE_RAM && kind != PAGE_ROM)
        c->spin->dirty = true;
}

void spin_store(struct cpu *c, u32 phys, unsigned n, u64 v)
{
    const struct phys_page *p = &c->phys->page[phys >> PAGE_SHIFT];
    u8 bytes[8];
    for (unsigned i = 0; i < n; i++)
        bytes[i] = (u8)(v >> (8 * i));
    if (p->kind != PAGE_RAM || memcmp(p->host + (phys & PAGE_MASK), bytes, n) != 0)
        c->spin->dirty = true;
}

u32 spin_port_in(struct cpu *c, u16 port, unsigned size)
{
    struct spin *s = c->spin;
    u64 slice = c->slice, executed = cpu_executed(c);
    u64 steady = c->bus.port_steady ? c->bus.port_steady(c->bus.owner, port, size) : 0;
    u32 value = c->bus.port_in(c->bus.owner, port, size);
    s->stall += (s64)(slice - c->slice);
    if (!steady || s->reads == SPIN_READS) {
        s->dirty = true;
        return value;
    }
    s->read[s->reads++] = (struct cpu_port_read){
        .port = port, .size = (u8)size, .value = value, .executed = executed, .steady = steady};
    return value;
}
