/*
 * bus.c - the I/O port space: 65536 ports, each leading to a range that a device claimed.
 *
 * An access that a range cannot take in one piece (too wide, not aligned, or past its end) is cut
 * in halves, lower port first, which is what an ISA/PCI bridge does with its byte enables. Does
 * not model wait states.
 */
#include "hw/bus/bus.h"
#include "hw/base/memory.h"
#include "hw/bus/bus_watch.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PORTS = 65536, MAX_RANGES = 65535 };

bool bus_init(struct bus *b, struct log *log)
{
    memset(b, 0, sizeof(*b));
    b->log = log;
    b->port_map = calloc(PORTS, sizeof(*b->port_map));
    b->ranges = calloc(1, sizeof(*b->ranges)); /* entry 0 is "nobody" */
    b->range_count = 1;
    if (!b->port_map || !b->ranges) {
        bus_free(b);
        return false;
    }
    return true;
}

void bus_free(struct bus *b)
{
    if (b->ranges)
        bus_watch_free(b);
    free(b->port_map);
    free(b->ranges);
    memset(b, 0, sizeof(*b));
}

/* Which range slot may be filled: a dead one, or a new one at the end. */
static size_t free_slot(struct bus *b)
{
    for (size_t i = 1; i < b->range_count; i++) {
        if (!b->ranges[i].live)
            return i;
    }
    assert(b->range_count < MAX_RANGES);
    b->ranges = must_have(realloc(b->ranges, (b->range_count + 1) * sizeof(*b->ranges)), "ports");
    return b->range_count++;
}

bool bus_is_free(const struct bus *b, u16 base, u32 count)
{
    for (u32 i = 0; i < count && base + i < 0x10000; i++) {
        if (b->port_map[base + i])
            return false;
    }
    return true;
}

void bus_release(struct bus *b, u16 base, u32 count)
{
    assert(base + count <= PORTS);
    for (u32 port = base; port < base + count; port++) {
        b->ranges[b->port_map[port]].live--;
        b->port_map[port] = 0;
    }
    b->ranges[0].live = 0; /* "nobody" is not counted */
}

/* Could `dev` have these ports? Only the first reason that it could not is kept. */
static bool may_claim(struct bus *b, u16 base, u32 count, const void *dev, const char *name)
{
    if (base + count > PORTS) {
        if (!b->clash.text[0])
            err_set(&b->clash, "%s: ports %04x-%04x: the last one is ffff", name, base,
                    base + count - 1);
        return false;
    }
    for (u32 port = base; port < base + count; port++) {
        const struct port_range *r = &b->ranges[b->port_map[port]];
        if (!b->port_map[port] || r->dev == dev)
            continue;
        if (!b->clash.text[0])
            err_set(&b->clash, "%s: ports %04x-%04x: %s is there already (%04x-%04x)", name, base,
                    base + count - 1, r->name, r->base, r->base + r->count - 1);
        return false;
    }
    return true;
}

void bus_claim(struct bus *b, u16 base, u32 count, const struct port_ops *ops, void *dev,
               const char *name)
{
    if (may_claim(b, base, count, dev, name))
        bus_claim_over(b, base, count, ops, dev, name);
}

void bus_claim_over(struct bus *b, u16 base, u32 count, const struct port_ops *ops, void *dev,
                    const char *name)
{
    assert(count && base + count <= PORTS);
    assert(ops->widest == 1 || ops->widest == 2 || ops->widest == 4);
    bus_release(b, base, count);
    size_t slot = free_slot(b);
    bus_watch_forget(b, slot);
    b->ranges[slot] = (struct port_range){
        .ops = ops, .dev = dev, .name = name, .base = base, .count = count, .live = count};
    for (u32 port = base; port < base + count; port++)
        b->port_map[port] = (u16)slot;
}

/* Can this range take the access in one piece? */
static inline bool fits(const struct bus *b, u16 port, unsigned size)
{
    if (size == 1)
        return true;
    u16 slot = b->port_map[port];
    if (!slot || b->ranges[slot].ops->widest < size || (port & (size - 1)))
        return false;
    for (unsigned i = 1; i < size; i++) {
        if (b->port_map[(u16)(port + i)] != slot)
            return false;
    }
    return true;
}

static u32 in_piece(struct bus *b, u16 port, unsigned size)
{
    if (!fits(b, port, size)) {
        unsigned half = size / 2;
        u32 low = in_piece(b, port, half);
        return low | in_piece(b, (u16)(port + half), half) << (8 * half);
    }
    u16 slot = b->port_map[port], before = b->serving;
    struct port_range *r = &b->ranges[slot];
    r->accesses++;
    u32 mask = (u32)((1ull << (8 * size)) - 1);
    if (!r->ops || !r->ops->in) {
        log_at(b->log, LOG_UNIMP, "in %04x: nobody there", port);
        return mask;
    }
    b->serving = slot;
    u32 value = r->ops->in(r->dev, port, size) & mask;
    b->serving = before;
    if (bus_watched(b))
        bus_note(b, port, value, size, false);
    return value;
}

static void out_piece(struct bus *b, u16 port, u32 value, unsigned size)
{
    if (!fits(b, port, size)) {
        unsigned half = size / 2;
        out_piece(b, port, value & ((1u << (8 * half)) - 1), half);
        out_piece(b, (u16)(port + half), value >> (8 * half), half);
        return;
    }
    u16 slot = b->port_map[port], before = b->serving;
    struct port_range *r = &b->ranges[slot];
    r->accesses++;
    if (!r->ops || !r->ops->out) {
        log_at(b->log, LOG_UNIMP, "out %04x, %02x: nobody there", port, value);
        return;
    }
    if (bus_watched(b))
        bus_note(b, port, value, size, true);
    b->serving = slot;
    r->ops->out(r->dev, port, value, size);
    b->serving = before;
}

void bus_steady(struct bus *b, u16 base, bus_steady_fn *fn)
{
    if (b->port_map[base])
        b->ranges[b->port_map[base]].steady = fn;
}

u64 bus_steady_till_told(void *dev, u16 port, const struct byte_set *others)
{
    (void)dev;
    (void)port;
    (void)others;
    return BUS_STEADY_TILL_TOLD;
}

void bus_curve(struct bus *b, u16 base, bus_curve_fn *fn)
{
    if (b->port_map[base])
        b->ranges[b->port_map[base]].curve = fn;
}

bool bus_curve_of(const struct bus *b, u16 port, unsigned size, struct curve *curve)
{
    const struct port_range *r = &b->ranges[b->port_map[port]];
    return r->curve && fits(b, port, size) && r->curve(r->dev, port, size, curve);
}

void bus_choice(struct bus *b, u16 base, const struct port_choice *choice)
{
    if (b->port_map[base])
        b->ranges[b->port_map[base]].choice = choice;
}

/* Where nobody is, nothing happens, unless somebody wants to know. */
static bool ignored(const struct bus *b, u16 port)
{
    return !b->port_map[port] && !log_on(b->log, LOG_UNIMP);
}

u64 bus_steady_until(const struct bus *b, u16 port, unsigned size, const struct byte_set *others)
{
    u64 until = BUS_STEADY_TILL_TOLD;
    for (unsigned i = 0; i < size; i++) {
        u16 at = (u16)(port + i);
        const struct port_range *r = &b->ranges[b->port_map[at]];
        u64 t = 0;
        if (r->steady)
            t = r->steady(r->dev, at, size == 1 ? others : NULL);
        else if (ignored(b, at))
            t = BUS_STEADY_TILL_TOLD;
        until = t < until ? t : until;
    }
    return until;
}

bool bus_out_chooses(const struct bus *b, u16 port, unsigned size, u32 value)
{
    const struct port_range *r = &b->ranges[b->port_map[port]];
    if (size == 1 && r->choice)
        return r->choice->chooses(r->dev, port, (u8)value);
    for (unsigned i = 0; i < size; i++)
        if (!ignored(b, (u16)(port + i)))
            return false;
    return true;
}

u64 bus_chosen(const struct bus *b, u16 port)
{
    const struct port_range *r = &b->ranges[b->port_map[port]];
    return r->choice && r->choice->chosen ? 1 + r->choice->chosen(r->dev) : 0;
}

u32 bus_in(struct bus *b, u16 port, unsigned size)
{
    u32 value = in_piece(b, port, size);
    if (log_on(b->log, LOG_IO)) {
        const char *name = b->ranges[b->port_map[port]].name;
        log_line(b->log, LOG_IO, "in  %04x.%u -> %0*x %s", port, size, (int)(2 * size), value,
                 name ? name : "(nobody)");
    }
    return value;
}

void bus_out(struct bus *b, u16 port, u32 value, unsigned size)
{
    if (log_on(b->log, LOG_IO)) {
        const char *name = b->ranges[b->port_map[port]].name;
        log_line(b->log, LOG_IO, "out %04x.%u <- %0*x %s", port, size, (int)(2 * size), value,
                 name ? name : "(nobody)");
    }
    out_piece(b, port, value, size);
}
