/*
 * fdc_rig.h - an 82077AA on a board without CPU and without 8237, and the host's side as a driver
 * does it. One rig a test program.
 */
#ifndef FERRITE_TESTS_FDC_RIG_H
#define FERRITE_TESTS_FDC_RIG_H

#include "storage_rig.h"

#include "hw/storage/fdc82077.h"

static struct rig r;
static struct fdc *fdc;
static char *image_path;
static struct err e;

enum { IRQ = 6, MSR = 0x3f4, FIFO = 0x3f5, DOR = 0x3f2, DSR = 0x3f4, DIR = 0x3f7, CCR = 0x3f7 };

static inline u8 in(u16 port)
{
    return (u8)bus_in(&r.bus, port, 1);
}

static inline void out(u16 port, u8 v)
{
    bus_out(&r.bus, port, v, 1);
}

static inline struct fdc *new_fdc(bool ps2)
{
    struct fdc *f = (struct fdc *)device_new(&fdc_class, "fdc");
    f->irq = rig_line(&r, ps2 ? IRQ + 1 : IRQ);
    f->dma = (struct dma_line){
        .to_memory = rig_dma_to, .from_memory = rig_dma_from, .controller = &r, .channel = 2};
    f->ps2 = ps2;
    ck_assert(device_realize(&f->dev, &r.board, &e));
    device_reset(&f->dev);
    return f;
}

static inline struct disk *insert(unsigned drive, u32 kib, bool read_only)
{
    image_path = scratch_image("floppy", (u64)kib * 1024);
    struct media m = {.path = image_path, .read_only = read_only};
    struct disk *d = disk_open(&m, DISK_FLOPPY, true, NULL, &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    unlink(image_path);
    fdc_set_drive_type(fdc, drive, floppy_drive_for(disk_floppy(d), true));
    fdc_insert(fdc, drive, d);
    return d;
}

static inline void setup(void)
{
    rig_init(&r);
    fdc = new_fdc(false);
}

static inline void teardown(void)
{
    for (unsigned i = 0; i < 2; i++)
        disk_close(fdc_eject(fdc, i), NULL);
    device_free(&fdc->dev);
    rig_free(&r);
}

/* ---- the host's side, as a driver does it ---- */

static inline void send(const u8 *bytes, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        ck_assert_uint_eq(in(MSR)&0xc0, 0x80);
        out(FIFO, bytes[i]);
    }
}

#define SEND(...) send((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

static inline unsigned results(u8 result[16])
{
    unsigned n = 0;
    while ((in(MSR)&0xd0) == 0xd0) {
        ck_assert_uint_lt(n, 16);
        result[n++] = in(FIFO);
    }
    return n;
}

static inline void expect_results(const u8 *want, unsigned n)
{
    u8 got[16];
    unsigned have = results(got);
    ck_assert_uint_eq(have, n);
    for (unsigned i = 0; i < n; i++)
        ck_assert_msg(got[i] == want[i], "result byte %u is %02x, not %02x", i, got[i], want[i]);
}

#define EXPECT(...) expect_results((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

/* Out of reset, the four drives sensed, motors of A: and B: on, A: selected. */
static inline void start(u8 rate)
{
    out(DOR, 0x08);
    out(DOR, 0x0c);
    ck_assert_uint_eq(in(MSR), 0);
    rig_run(&r, NS_PER_MS);
    ck_assert_int_eq(r.level[IRQ], 1);
    for (u8 i = 0; i < 4; i++) {
        SEND(0x08);
        ck_assert_int_eq(r.level[IRQ], 0);
        EXPECT(0xc0 | i, 0);
    }
    out(DOR, 0x3c);
    out(CCR, rate);
    SEND(0x03, 0xdf, 0x02);
}

static inline void seek(u8 drive, u8 track)
{
    SEND(0x0f, drive, track);
    ck_assert_uint_eq(in(MSR), 0x80 | 1 << (drive & 3));
    rig_run(&r, 5 * NS_PER_MS);
    ck_assert_int_eq(r.level[IRQ], 1);
    SEND(0x08);
    EXPECT(0x20 | drive, track);
    ck_assert_uint_eq(in(MSR), 0x80);
}

/* Runs a command to its interrupt. */
static inline void wait_irq(void)
{
    for (int i = 0; i < 500 && !r.level[IRQ]; i++)
        rig_run(&r, NS_PER_MS);
    ck_assert_int_eq(r.level[IRQ], 1);
}

static inline void check_sectors(u32 memory, u32 sector, u32 count)
{
    for (u32 i = 0; i < count * 512; i++)
        ck_assert_uint_eq(r.dma_memory[memory + i], pattern((u64)sector * 512 + i));
}
static inline void fill_dma(u8 v, u32 len)
{
    memset(r.dma_memory, v, len);
    rig_dma(&r, len);
}

static inline void expect_sector(struct disk *d, u32 sector, u8 first, u8 last)
{
    u8 buf[512];
    ck_assert(disk_read(d, sector, 1, buf));
    ck_assert_uint_eq(buf[0], first);
    ck_assert_uint_eq(buf[511], last);
}

#endif
