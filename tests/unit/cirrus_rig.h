/*
 * cirrus_rig.h - a bench (roundtrip.h) with a PCI bus and a CL-GD5446 of 1 MB on it.
 */
#ifndef CIRRUS_RIG_H
#define CIRRUS_RIG_H

#include "hw/base/screen.h"
#include "hw/video/cirrus_internal.h"
#include "hw/video/edid.h"
#include "roundtrip.h"

enum { RIG_MEMORY = 1 << 20 };
#define FRAME VGA_LFB
#define REGISTERS_AT 0xf0000000u /* where the rig puts PCI14 */

/* Writes by every way there is, so that a storm meets more than ports. */
static inline u64 cirrus_step(struct bench *b, struct device *d, struct storm *r)
{
    static const u32 place[] = {0xa0000,
                                0xa8000,
                                0xb8000,
                                FRAME,
                                FRAME + 0x1000,
                                FRAME + 0xfff00,
                                FRAME + (16 << 20),
                                REGISTERS_AT + 0x100};
    u32 at = place[storm_next(r) % ARRAY_SIZE(place)] + storm_next(r) % 0x100;
    unsigned size = 1u << storm_next(r) % 3;
    (void)d;
    at &= ~(size - 1);
    if (storm_next(r) & 1)
        phys_store(&b->phys, at, storm_next(r), size);
    return phys_load(&b->phys, at, size);
}

static inline void cirrus_same(struct bench *a, struct device *da, struct bench *b,
                               struct device *db)
{
    (void)a, (void)b;
    ck_assert_int_eq(
        memcmp(((struct vga *)da)->vram, ((struct vga *)db)->vram, ((struct vga *)da)->vram_size),
        0);
}

static inline struct device *cirrus_make(struct bench *b)
{
    struct err e;
    struct device *pci = device_new(&pci_class, NULL), *d = device_new(&cirrus_class, NULL);
    struct cirrus *c = (struct cirrus *)d;

    c->vga.memory_mb = RIG_MEMORY >> 20;
    pci_attach((struct pci *)pci, &c->pci, PCI_DEVFN(2, 0));
    ck_assert_msg(device_realize(pci, &b->board, &e), "%s", e.text);
    ck_assert_msg(device_realize(d, &b->board, &e), "%s", e.text);
    device_reset(pci);
    device_reset(d);
    pci_config_write((struct pci *)pci, PCI_DEVFN(2, 0), PCI_BAR0 + 4, REGISTERS_AT, 4);
    b->extra = pci;
    b->step = cirrus_step;
    b->same = cirrus_same;
    /* What was drawn, and where the ring of noted changes begins. */
    b->free = (struct span){offsetof(struct vga, changes),
                            sizeof(struct vga) - offsetof(struct vga, changes)};
    return d;
}

static inline struct cirrus *rig_new(struct bench *b)
{
    bench_init(b);
    return (struct cirrus *)cirrus_make(b);
}

static inline void index_out(struct bench *b, u16 port, u8 index, u8 value)
{
    out8(b, port, index);
    out8(b, port + 1, value);
}

static inline u8 index_in(struct bench *b, u16 port, u8 index)
{
    out8(b, port, index);
    return in8(b, port + 1);
}

static inline void sr(struct bench *b, u8 index, u8 value)
{
    index_out(b, 0x3c4, index, value);
}

static inline void gr(struct bench *b, u8 index, u8 value)
{
    index_out(b, 0x3ce, index, value);
}

static inline void cr(struct bench *b, u8 index, u8 value)
{
    index_out(b, 0x3d4, index, value);
}

static inline void hidden_dac(struct bench *b, u8 value)
{
    in8(b, 0x3c8);
    for (unsigned i = 0; i < 4; i++)
        in8(b, 0x3c6);
    out8(b, 0x3c6, value);
}

static inline u32 chance(u64 *seed)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(*seed >> 33);
}

#endif
