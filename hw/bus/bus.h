/*
 * bus.h - what a device sees of the machine: ports, interrupt lines, DMA requests.
 *
 * A device claims port ranges with handlers, drives lines with irq_set() and never knows who is
 * at the other end. Memory windows go through mmu/phys.h. Unmapped ports read all ones and drop
 * writes; -d unimp logs them, -d io logs every access.
 */
#ifndef FERRITE_BUS_H
#define FERRITE_BUS_H

#include "hw/base/byte_set.h"
#include "hw/base/curve.h"
#include "hw/base/err.h"
#include "hw/base/log.h"
#include "hw/base/types.h"

/*
 * Port handlers. `size` is 1, 2 or 4 and never larger than `widest`; the bus splits a wider or
 * unaligned access into pieces that fit, lowest port first, as an ISA/PCI bridge does.
 */
struct port_ops {
    u32 (*in)(void *dev, u16 port, unsigned size);
    void (*out)(void *dev, u16 port, u32 value, unsigned size);
    unsigned widest; /* 1, 2 or 4 */
};

/*
 * Until when, in guest time, does reading this port give what it gives now, or one of `others`
 * (NULL: none), and change nothing that reading it once does not? 0: not known, or it does. What
 * changes only when somebody accesses a port, or in a timer's or an event's function, need not be
 * thought of: the answer is asked for anew then. A processor that waits for the port is taken over
 * the time till then (cpu/spin.h).
 */
typedef u64 bus_steady_fn(void *dev, u16 port, const struct byte_set *others);
#define BUS_STEADY_TILL_TOLD (~0ull)
bus_steady_fn bus_steady_till_told; /* the same for each port, always */

/*
 * By what curve does what this port gives go on, read by reads of this size? It is asked before the
 * read, and holds while nobody accesses the device but in the same way again, each time so much
 * later. false: there is none, or reading it once changes what reading it again does not.
 */
typedef bool bus_curve_fn(void *dev, u16 port, unsigned size, struct curve *curve);

/*
 * What of a device an access only chooses for those behind it: an index, a flip-flop, a latch. A
 * loop that waits may choose anew in each of its rounds.
 */
struct port_choice {
    /* Would writing this to the port now change nothing but that, for anybody? */
    bool (*chooses)(const void *dev, u16 port, u8 value);
    u64 (*chosen)(const void *dev); /* as a number; NULL: `chooses` means that nothing changes */
};

struct port_range {
    const struct port_ops *ops;
    void *dev;
    const char *name;
    bus_steady_fn *steady;            /* NULL: never known */
    bus_curve_fn *curve;              /* NULL: there is none */
    const struct port_choice *choice; /* NULL: each write may change something */
    u16 base;
    u32 count;
    u32 live;     /* ports that still lead here; a range without any is reused */
    u64 accesses; /* ever; for people */
};

struct bus {
    struct log *log;
    u16 *port_map; /* 65536 entries: index into ranges, 0 = unmapped */
    struct port_range *ranges;
    size_t range_count;
    u16 serving;      /* the range that is being accessed: for samples of this thread; or 0 */
    u64 held_ns;      /* bus_hold() since the machine last looked */
    struct err clash; /* the first claim that was refused, in words; "": none yet */
};

/*
 * Within a port access: a bus master now has the bus for so long, and the processor waits. What a
 * device moves at once is charged that way; what takes more than some milliseconds is cut into
 * pieces by a timer, so that control comes back.
 */
static inline void bus_hold(struct bus *b, u64 ns)
{
    b->held_ns += ns;
}

bool bus_init(struct bus *b, struct log *log);
void bus_free(struct bus *b);
/*
 * Claim ports base..base+count-1. Where somebody else is already, or where no ports are, nothing is
 * claimed and bus.clash says why: a machine of which that is true is not built (pc_rows.c). A
 * device may claim within what it has claimed before.
 */
void bus_claim(struct bus *b, u16 base, u32 count, const struct port_ops *ops, void *dev,
               const char *name);
/* The same over whoever is there, for a bridge that decodes in front of them. */
void bus_claim_over(struct bus *b, u16 base, u32 count, const struct port_ops *ops, void *dev,
                    const char *name);
/* These ports, claimed by the caller before, answer by this function how steady they are. */
void bus_steady(struct bus *b, u16 base, bus_steady_fn *fn);
u64 bus_steady_until(const struct bus *b, u16 port, unsigned size, const struct byte_set *others);
/* Some of these ports, claimed by the caller before, show a count that goes on. */
void bus_curve(struct bus *b, u16 base, bus_curve_fn *fn);
bool bus_curve_of(const struct bus *b, u16 port, unsigned size, struct curve *curve);
/* Writes to these ports, claimed by the caller before, may be such that only choose. */
void bus_choice(struct bus *b, u16 base, const struct port_choice *choice);
bool bus_out_chooses(const struct bus *b, u16 port, unsigned size, u32 value);
/* By whoever has the port; 0: there is nothing that could be. */
u64 bus_chosen(const struct bus *b, u16 port);
/* Has nobody claimed any of them? */
bool bus_is_free(const struct bus *b, u16 base, u32 count);
void bus_release(struct bus *b, u16 base, u32 count);
u32 bus_in(struct bus *b, u16 port, unsigned size);
void bus_out(struct bus *b, u16 port, u32 value, unsigned size);

/* An interrupt (or any) line. The receiver initialises it; a line with fn NULL goes nowhere. */
struct irq {
    void (*fn)(void *opaque, int n, int level);
    void *opaque;
    int n;
};

static inline void irq_set(const struct irq *line, int level)
{
    if (line->fn)
        line->fn(line->opaque, line->n, level);
}

static inline void irq_pulse(const struct irq *line)
{
    irq_set(line, 1);
    irq_set(line, 0);
}

/*
 * The general registers of the processor whose instruction is accessing a port: for the few
 * devices whose protocol lives in them. To be used within a port's `in` only; there, EAX becomes
 * what `in` returns. With `get` NULL there is no processor.
 */
struct port_registers {
    u32 eax, ebx, ecx, edx;
};

struct processor_line {
    void (*get)(void *owner, struct port_registers *r);
    void (*set)(void *owner, const struct port_registers *r); /* all but EAX */
    void *owner;
};

/*
 * A device's end of one DMA channel. The controller fills in the functions when the board is
 * wired. The device calls dma_to_memory()/dma_from_memory() whenever its data are ready (DREQ):
 * the controller moves up to `len` bytes and returns how many it moved; 0 when the channel is
 * masked, set up for the other direction or already at terminal count. *tc becomes true when the
 * count ran out. In verify mode bytes are counted but memory is not touched. When a masked
 * channel becomes ready, the controller calls `ready` (set by the device; may be NULL) so that
 * the device can go on.
 *
 * A device that takes its data in larger pieces than they are due in sets `sync` (may be NULL): the
 * controller calls it before a program reads or writes its registers, and the device catches up
 * with the present instant.
 */
struct dma_line {
    u32 (*to_memory)(void *controller, int channel, const u8 *data, u32 len, bool *tc);
    u32 (*from_memory)(void *controller, int channel, u8 *data, u32 len, bool *tc);
    void *controller;
    int channel;
    void (*ready)(void *dev);
    void (*sync)(void *dev);
    void *dev;
};

static inline u32 dma_to_memory(struct dma_line *l, const u8 *data, u32 len, bool *tc)
{
    *tc = false;
    return l->to_memory ? l->to_memory(l->controller, l->channel, data, len, tc) : 0;
}

static inline u32 dma_from_memory(struct dma_line *l, u8 *data, u32 len, bool *tc)
{
    *tc = false;
    return l->from_memory ? l->from_memory(l->controller, l->channel, data, len, tc) : 0;
}

#endif
