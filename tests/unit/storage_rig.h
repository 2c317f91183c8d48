/*
 * storage_rig.h - a board for tests of disks and their controllers: a bus, a clock, counted
 * interrupt lines, one DMA channel with 64 KiB of memory, and image files in a scratch directory.
 */
#ifndef STORAGE_RIG_H
#define STORAGE_RIG_H

#include "hw/bus/device.h"
#include "hw/storage/disk.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rig {
    struct log log;
    struct clock clock;
    struct bus bus;
    struct board board;
    int level[16], edges[16];
    u8 dma_memory[65536];
    u32 dma_pos, dma_left;
    bool dma_masked;
};

static inline void rig_irq(void *opaque, int n, int level)
{
    struct rig *r = opaque;
    ck_assert_int_ne(r->level[n], level); /* a device reports changes only */
    r->level[n] = level;
    r->edges[n] += level;
}

static inline struct irq rig_line(struct rig *r, int n)
{
    return (struct irq){.fn = rig_irq, .opaque = r, .n = n};
}

static inline u32 rig_dma_to(void *controller, int channel, const u8 *data, u32 len, bool *tc)
{
    struct rig *r = controller;
    (void)channel;
    if (r->dma_masked || !r->dma_left)
        return 0;
    len = len < r->dma_left ? len : r->dma_left;
    memcpy(r->dma_memory + r->dma_pos, data, len);
    r->dma_pos += len;
    r->dma_left -= len;
    *tc = r->dma_left == 0;
    return len;
}

static inline u32 rig_dma_from(void *controller, int channel, u8 *data, u32 len, bool *tc)
{
    struct rig *r = controller;
    (void)channel;
    if (r->dma_masked || !r->dma_left)
        return 0;
    len = len < r->dma_left ? len : r->dma_left;
    memcpy(data, r->dma_memory + r->dma_pos, len);
    r->dma_pos += len;
    r->dma_left -= len;
    *tc = r->dma_left == 0;
    return len;
}

static inline void rig_dma(struct rig *r, u32 len)
{
    r->dma_pos = 0;
    r->dma_left = len;
}

static inline void rig_init(struct rig *r)
{
    memset(r, 0, sizeof(*r));
    r->log.out = stderr;
    clock_init(&r->clock);
    ck_assert(bus_init(&r->bus, &r->log));
    r->board = (struct board){.bus = &r->bus, .clock = &r->clock, .log = &r->log};
}

static inline void rig_free(struct rig *r)
{
    clock_free(&r->clock);
    bus_free(&r->bus);
}

static inline void rig_run(struct rig *r, u64 ns)
{
    clock_advance(&r->clock, r->clock.now + ns);
}

static inline u32 rig_random(u64 *seed)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(*seed >> 33);
}

/* Byte `i` of the test pattern: every sector differs from its neighbours. */
static inline u8 pattern(u64 i)
{
    return (u8)(i / SECTOR_SIZE * 7 + i % SECTOR_SIZE * 3 + (i >> 17));
}

static inline char *scratch_path(const char *name)
{
    static char path[256];
    const char *tmp = getenv("TMPDIR");
    snprintf(path, sizeof(path), "%s/ferrite-%d-%s", tmp ? tmp : "/tmp", (int)getpid(), name);
    return path;
}

static inline char *scratch_image(const char *name, u64 size)
{
    char *path = scratch_path(name);
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    u8 sector[SECTOR_SIZE];
    for (u64 at = 0; at < size; at += SECTOR_SIZE) {
        size_t n = size - at < SECTOR_SIZE ? (size_t)(size - at) : SECTOR_SIZE;
        for (size_t i = 0; i < n; i++)
            sector[i] = pattern(at + i);
        ck_assert_uint_eq(fwrite(sector, 1, n, f), n);
    }
    fclose(f);
    return path;
}

/* The bytes of one device's state, to be freed; the clock's first. */
static inline u8 *rig_save(struct rig *r, struct device *d, size_t *size)
{
    struct state *s = state_new_save();
    clock_state(&r->clock, s);
    device_state(d, s);
    const u8 *bytes = state_finish(s, size);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    u8 *copy = malloc(*size);
    memcpy(copy, bytes, *size);
    state_free(s);
    return copy;
}

static inline bool rig_load(struct rig *r, struct device *d, const u8 *bytes, size_t size,
                            char *why, size_t why_size)
{
    struct err e = {{0}};
    struct state *s = state_new_load(bytes, size, &e);
    if (!s) {
        snprintf(why, why_size, "%s", e.text);
        return false;
    }
    clock_state(&r->clock, s);
    device_state(d, s);
    bool ok = state_ok(s);
    snprintf(why, why_size, "%s", state_error(s));
    state_free(s);
    return ok;
}

#endif
