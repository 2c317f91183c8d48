/*
 * gus_dma.c - samples between the machine's memory and the GF1's (SDK 2.22, registers 41h, 42h).
 *
 * A transfer goes on until the DMA controller's terminal count, at 650 KB/s or a part of it. Bytes
 * move some at a time at the beginning of the time that they take, so that the interrupt comes to
 * the nanosecond; a channel that does not answer is waited for.
 */
#include "hw/sound/gus.h"

enum { ENABLE = 1, TO_MEMORY = 2, WIDE_CHANNEL = 4, RATE = 0x18, IRQ_ENABLE = 0x20 };
enum { WIDE_DATA = 0x40, INVERT = 0x80 };
enum { BYTES_PER_SECOND = 650000, CHUNK = 128 };

/* A wide channel's address counts words in a bank of 256 KB, as 16-bit voices do. */
static u32 first_byte(const struct gus *g)
{
    u32 at = (u32)g->dma_start << 4;
    if (!(g->dma_control & WIDE_CHANNEL))
        return at & (GF1_RAM - 1);
    return (at & 0xc0000) | (at << 1 & 0x3ffff);
}

void gus_dma_start(struct gus *g)
{
    timer_disarm(&g->dma_timer);
    g->dma_finishing = false;
    g->dma_at = first_byte(g);
    if (g->dma_control & ENABLE && g->reset & 1)
        gus_dma_step(g);
}

static u32 from_card(struct gus *g, bool *tc)
{
    u8 bytes[CHUNK];
    for (u32 i = 0; i < CHUNK; i++)
        bytes[i] = g->gf1.ram[(g->dma_at + i) & (GF1_RAM - 1)];
    return dma_to_memory(&g->dma, bytes, CHUNK, tc);
}

static u32 to_card(struct gus *g, bool *tc)
{
    u8 bytes[CHUNK];
    u32 n = dma_from_memory(&g->dma, bytes, CHUNK, tc);
    for (u32 i = 0; i < n; i++) {
        u32 at = (g->dma_at + i) & (GF1_RAM - 1);
        bool sign = !(g->dma_control & WIDE_DATA) || at & 1;
        g->gf1.ram[at] = bytes[i] ^ (g->dma_control & INVERT && sign ? 0x80 : 0);
    }
    return n;
}

static void finish(struct gus *g)
{
    g->dma_finishing = false;
    g->dma_control &= (u8)~ENABLE;
    if (g->dma_control & IRQ_ENABLE)
        g->status |= GUS_DMA;
    gus_update(g);
}

void gus_dma_step(void *dev)
{
    struct gus *g = dev;
    if (g->dma_finishing) {
        finish(g);
        return;
    }
    bool chosen = g->dma_latch == g->dma_number, tc = false;
    gus_catch_up(g); /* what is heard before this instant is so from the old bytes */
    u32 n = !chosen ? 0 : g->dma_control & TO_MEMORY ? from_card(g, &tc) : to_card(g, &tc);
    if (!n)
        return; /* until the channel is ready */
    g->dma_at = (g->dma_at + n) & (GF1_RAM - 1);
    g->dma_finishing = tc;
    u64 rate = BYTES_PER_SECOND >> ((g->dma_control & RATE) >> 3);
    timer_arm(&g->dma_timer, clock_now(g->dev.board->clock) + (n * NS_PER_SEC + rate - 1) / rate);
}

void gus_dma_ready(void *dev)
{
    struct gus *g = dev;
    if (g->dma_control & ENABLE && g->reset & 1 && !timer_armed(&g->dma_timer))
        gus_dma_step(g);
    gus_record_ready(g);
}
