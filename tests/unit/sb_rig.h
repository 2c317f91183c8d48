/*
 * sb_rig.h - a Sound Blaster and a DMA controller on the bench, and what a driver does to them.
 */
#ifndef SB_RIG_H
#define SB_RIG_H

#include "hw/chipset/i8237.h"
#include "hw/sound/sb.h"
#include "roundtrip.h"

enum { SB_BASE = 0x220 };

static struct bench b;
static struct sb *sb;

static const struct device_class *rig_class = &sb16_class;

static inline struct i8237 *rig_dma(struct bench *bench)
{
    return (struct i8237 *)bench->extra;
}

/* The card at A220 I5 D1 H5; line n is the bench's n. */
static inline struct device *rig_make(struct bench *bench)
{
    struct device *d = device_new(rig_class, NULL);
    struct sb *card = (struct sb *)d;
    bench->extra = device_new(&i8237_class, NULL);
    bench_start(bench, bench->extra);
    bench_start(bench, d);
    for (int i = 2; i < 16; i++)
        card->line[i] = bench_line(bench, i);
    for (unsigned i = 0; i < 8; i++) {
        if (i != 2 && i != 4)
            i8237_attach(rig_dma(bench), i, &card->dma[i]);
    }
    out8(bench, 0xd6, 0xc0); /* channel 4 cascades */
    out8(bench, 0xd4, 0x00);
    return d;
}

static inline void rig_up(void)
{
    bench_init(&b);
    sb = (struct sb *)rig_make(&b);
}

static inline void rig_down(void)
{
    bench_free(&b, &sb->dev);
    rig_class = &sb16_class;
}

/* Another card of the family. */
static inline void rig_change(const struct device_class *class)
{
    rig_down();
    rig_class = class;
    rig_up();
}

/* ---- the DSP, as drivers talk to it ---- */

static inline void dsp(u8 v)
{
    while (in8(&b, SB_BASE + 0xc) & 0x80)
        run_for(&b, 1000);
    out8(&b, SB_BASE + 0xc, v);
}

static inline void dsp_bytes(const u8 *v, size_t n)
{
    while (n--)
        dsp(*v++);
}

#define DSP(...) dsp_bytes((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

/* -1: there is none within a millisecond. */
static inline int dsp_get(void)
{
    for (unsigned i = 0; i < 1000; i++) {
        if (in8(&b, SB_BASE + 0xe) & 0x80)
            return in8(&b, SB_BASE + 0xa);
        run_for(&b, 1000);
    }
    return -1;
}

static inline bool dsp_reset(void)
{
    out8(&b, SB_BASE + 6, 1);
    run_for(&b, 3000);
    out8(&b, SB_BASE + 6, 0);
    return dsp_get() == 0xaa;
}

static inline void mix(u8 index, u8 v)
{
    out8(&b, SB_BASE + 4, index);
    out8(&b, SB_BASE + 5, v);
}

static inline u8 mixed(u8 index)
{
    out8(&b, SB_BASE + 4, index);
    return in8(&b, SB_BASE + 5);
}

/* ---- the DMA controller ---- */

enum { FROM_MEMORY = 0x48, TO_MEMORY = 0x44, AGAIN = 0x10 };

static inline void dma_mask(unsigned channel, bool on)
{
    out8(&b, channel < 4 ? 0x0a : 0xd4, (u8)((channel & 3) | (on ? 4 : 0)));
}

static inline void dma_setup(unsigned channel, u8 mode, u32 address, u32 units)
{
    static const u8 page[8] = {0x87, 0x83, 0x81, 0x82, 0, 0x8b, 0x89, 0x8a};
    bool wide = channel >= 4;
    u16 base = wide ? 0xc0 : 0, step = wide ? 2 : 1, n = channel & 3;
    u16 a = (u16)(wide ? address >> 1 : address), count = (u16)(units - 1);
    dma_mask(channel, true);
    out8(&b, (u16)(base + 12 * step), 0);
    out8(&b, (u16)(base + 11 * step), (u8)(mode | n));
    out8(&b, (u16)(base + n * 2 * step), (u8)a);
    out8(&b, (u16)(base + n * 2 * step), (u8)(a >> 8));
    out8(&b, (u16)(base + (n * 2 + 1) * step), (u8)count);
    out8(&b, (u16)(base + (n * 2 + 1) * step), (u8)(count >> 8));
    out8(&b, page[channel], (u8)(address >> 16));
    dma_mask(channel, false);
}

static inline u16 dma_count(unsigned channel)
{
    bool wide = channel >= 4;
    u16 base = wide ? 0xc0 : 0, step = wide ? 2 : 1;
    u16 port = (u16)(base + ((channel & 3) * 2 + 1) * step);
    out8(&b, (u16)(base + 12 * step), 0);
    u16 low = in8(&b, port);
    return (u16)(low | in8(&b, port) << 8);
}

/* ---- the interrupt ---- */

/* Runs until line n is high; how long that took. UINT64_MAX: it did not happen. */
static inline u64 until_line(int n, u64 limit)
{
    u64 from = b.clock.now;
    while (!b.level[n]) {
        u64 next = clock_next(&b.clock);
        if (next > from + limit)
            return UINT64_MAX;
        run_to(&b, next);
    }
    return b.clock.now - from;
}

#endif
