/*
 * test_fdc.c - the 82077AA on a board without CPU and without 8237: result phases by the data
 * sheet's tables, DMA and PIO, change line, write protection, state, and random register storms.
 */
#include "storage_rig.h"

#include "hw/storage/fdc82077.h"
#include "same_inside.h"

#include <stddef.h>

static struct rig r;
static struct fdc *fdc;
static char *image_path;
static struct err e;

enum { IRQ = 6, MSR = 0x3f4, FIFO = 0x3f5, DOR = 0x3f2, DSR = 0x3f4, DIR = 0x3f7, CCR = 0x3f7 };

static u8 in(u16 port)
{
    return (u8)bus_in(&r.bus, port, 1);
}

static void out(u16 port, u8 v)
{
    bus_out(&r.bus, port, v, 1);
}

static struct fdc *new_fdc(bool ps2)
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

static struct disk *insert(unsigned drive, u32 kib, bool read_only)
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

static void setup(void)
{
    rig_init(&r);
    fdc = new_fdc(false);
}

static void teardown(void)
{
    for (unsigned i = 0; i < 2; i++)
        disk_close(fdc_eject(fdc, i), NULL);
    device_free(&fdc->dev);
    rig_free(&r);
}

/* ---- the host's side, as a driver does it ---- */

static void send(const u8 *bytes, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        ck_assert_uint_eq(in(MSR)&0xc0, 0x80);
        out(FIFO, bytes[i]);
    }
}

#define SEND(...) send((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

static unsigned results(u8 result[16])
{
    unsigned n = 0;
    while ((in(MSR)&0xd0) == 0xd0) {
        ck_assert_uint_lt(n, 16);
        result[n++] = in(FIFO);
    }
    return n;
}

static void expect_results(const u8 *want, unsigned n)
{
    u8 got[16];
    unsigned have = results(got);
    ck_assert_uint_eq(have, n);
    for (unsigned i = 0; i < n; i++)
        ck_assert_msg(got[i] == want[i], "result byte %u is %02x, not %02x", i, got[i], want[i]);
}

#define EXPECT(...) expect_results((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

/* Out of reset, the four drives sensed, motors of A: and B: on, A: selected. */
static void start(u8 rate)
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

static void seek(u8 drive, u8 track)
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
static void wait_irq(void)
{
    for (int i = 0; i < 500 && !r.level[IRQ]; i++)
        rig_run(&r, NS_PER_MS);
    ck_assert_int_eq(r.level[IRQ], 1);
}

static void check_sectors(u32 memory, u32 sector, u32 count)
{
    for (u32 i = 0; i < count * 512; i++)
        ck_assert_uint_eq(r.dma_memory[memory + i], pattern((u64)sector * 512 + i));
}

/* ---- reset and registers ---- */

START_TEST(reset_polls_four_drives)
{
    ck_assert_uint_eq(in(MSR), 0); /* held in reset since power-on */
    ck_assert_uint_eq(in(DOR), 0);
    start(0);
    SEND(0x08); /* nothing more to sense */
    EXPECT(0x80);
    /* DSR reset does the same and clears itself. */
    out(DSR, 0x80);
    ck_assert_uint_eq(in(MSR), 0);
    rig_run(&r, NS_PER_MS);
    ck_assert_uint_eq(in(MSR), 0x80);
    ck_assert_int_eq(r.level[IRQ], 1);
    SEND(0x08);
    EXPECT(0xc0, 0);
    /* Another command is accepted although not all four were sensed. */
    SEND(0x10);
    EXPECT(0x90);
}
END_TEST

/*
 * fdprobe() of OpenBSD and NetBSD: reset, nothing sensed, RECALIBRATE, one SENSE INTERRUPT STATUS,
 * and the drive is there when the answer is seek end.
 */
START_TEST(recalibrate_right_after_reset)
{
    fdc_set_drive_type(fdc, 1, FLOPPY_1440K);
    for (u8 drive = 0; drive < 2; drive++) {
        out(DOR, 0x08);
        out(DOR, 0x0c);
        rig_run(&r, NS_PER_MS);
        ck_assert_int_eq(r.level[IRQ], 1);
        int edges = r.edges[IRQ];
        out(DOR, 0x3c);
        SEND(0x03, 0xdf, 0x02);
        ck_assert_int_eq(r.level[IRQ], 0); /* the reset's interrupt gives way to the next one */
        SEND(0x07, drive);
        wait_irq();
        ck_assert_int_eq(r.edges[IRQ], edges + 1);
        SEND(0x08);
        EXPECT(0x20 | drive, 0);
        ck_assert_uint_eq(in(MSR), 0x80);
        /* The other drives' statuses are still to be had, this one's was replaced. */
        for (u8 i = 0; i < 4; i++) {
            if (i == drive)
                continue;
            SEND(0x08);
            EXPECT(0xc0 | i, 0);
        }
        SEND(0x08);
        EXPECT(0x80);
    }
    /* One sensed, as Linux 0.11 does; then two drives seek at once. */
    out(DOR, 0x08);
    out(DOR, 0x3c);
    rig_run(&r, NS_PER_MS);
    SEND(0x08);
    EXPECT(0xc0, 0);
    SEND(0x0f, 1, 9);
    SEND(0x07, 0);
    rig_run(&r, 5 * NS_PER_MS);
    SEND(0x08);
    EXPECT(0x20, 0);
    ck_assert_int_eq(r.level[IRQ], 1);
    SEND(0x08);
    EXPECT(0x21, 9);
    SEND(0x08);
    EXPECT(0xc2, 0);
    /* Another reset forgets the rest and starts anew. */
    out(DSR, 0x80);
    rig_run(&r, NS_PER_MS);
    for (u8 i = 0; i < 4; i++) {
        SEND(0x08);
        EXPECT(0xc0 | i, 0);
    }
    SEND(0x08);
    EXPECT(0x80);
}
END_TEST

START_TEST(dma_gate_holds_the_interrupt)
{
    out(DOR, 0x04);
    rig_run(&r, NS_PER_MS);
    ck_assert_int_eq(r.level[IRQ], 0);
    out(DOR, 0x0c);
    ck_assert_int_eq(r.level[IRQ], 1);
    out(DOR, 0x04);
    ck_assert_int_eq(r.level[IRQ], 0);
}
END_TEST

START_TEST(registers_of_both_modes)
{
    ck_assert_uint_eq(in(0x3f0), 0xff);
    ck_assert_uint_eq(in(0x3f1), 0xff);
    out(0x3f3, 0xfe);
    ck_assert_uint_eq(in(0x3f3), 0xfe);
    out(DOR, 0x1d);
    ck_assert_uint_eq(in(DOR), 0x1d);
    bus_release(&r.bus, 0x3f0, 6);
    bus_release(&r.bus, 0x3f7, 1);
    struct fdc *other = new_fdc(true);
    ck_assert_uint_eq(in(0x3f0) & 0x44, 0x44);
    out(DOR, 0x34);
    ck_assert_uint_eq(in(0x3f1), 0xc3);
    rig_run(&r, NS_PER_MS);
    ck_assert_uint_eq(in(0x3f0) & 0x80, 0x80); /* interrupt pending */
    out(CCR, 0);
    ck_assert_uint_eq(in(DIR)&0x7f, 0x78);
    out(CCR, 2);
    ck_assert_uint_eq(in(DIR)&0x7f, 0x7d);
    out(DSR, 0x80); /* or the line stays up when the device goes */
    device_free(&other->dev);
}
END_TEST

START_TEST(configuration_commands)
{
    start(0);
    SEND(0x13, 0x00, 0x57, 0x22);
    SEND(0x12, 0x84);
    SEND(0x94);
    EXPECT(0x10);
    SEND(0x0e);
    EXPECT(0, 0, 0, 0, 0xdf, 0x02, 0, 0x84, 0x57, 0x22);
    SEND(0x12, 0x03); /* no OW: only GAP and WGATE */
    SEND(0x0e);
    EXPECT(0, 0, 0, 0, 0xdf, 0x02, 0, 0x87, 0x57, 0x22);
    /* LOCK keeps FIFO settings over a software reset; polling comes back. */
    start(0);
    out(DOR, 0x38);
    out(DOR, 0x3c);
    rig_run(&r, NS_PER_MS);
    SEND(0x0e);
    EXPECT(0, 0, 0, 0, 0xdf, 0x02, 0, 0x84, 0x07, 0x22);
    SEND(0x14);
    EXPECT(0);
    out(DOR, 0x38);
    out(DOR, 0x3c);
    rig_run(&r, NS_PER_MS);
    SEND(0x0e);
    EXPECT(0, 0, 0, 0, 0xdf, 0x02, 0, 0x04, 0x20, 0);
    SEND(0x04, 0x05);
    EXPECT(0x2d); /* drive B: does not exist: no track 0 */
    SEND(0x04, 0x00);
    EXPECT(0x78); /* empty: looks write-protected, on track 0 */
}
END_TEST

START_TEST(invalid_commands)
{
    start(0);
    static const u8 bad[] = {0x00, 0x01, 0x0b, 0x15, 0x17, 0x18, 0x1a, 0x1e, 0x4f, 0x28, 0xff};
    for (size_t i = 0; i < sizeof(bad); i++) {
        SEND(bad[i]);
        EXPECT(0x80);
    }
    ck_assert_uint_eq(in(FIFO), 0xff); /* nothing there */
    ck_assert_uint_eq(in(MSR), 0x80);
}
END_TEST

/* ---- seeking ---- */

START_TEST(seek_and_recalibrate)
{
    insert(0, 1440, false);
    start(0);
    seek(0, 40);
    SEND(0x04, 0);
    EXPECT(0x28);
    SEND(0x07, 0);
    rig_run(&r, 5 * NS_PER_MS);
    SEND(0x08);
    EXPECT(0x20, 0);
    SEND(0x04, 0);
    EXPECT(0x38);
    /* A drive that is not there never finds track 0. */
    SEND(0x07, 1);
    wait_irq();
    SEND(0x08);
    EXPECT(0x71, 0);
    /* 83 tracks out: 79 pulses do not reach track 0. */
    seek(0, 83);
    SEND(0x07, 0);
    wait_irq();
    SEND(0x08);
    EXPECT(0x70, 0);
    SEND(0x07, 0);
    wait_irq();
    SEND(0x08);
    EXPECT(0x20, 0);
    /* Relative: in by 10, out by 3. */
    SEND(0xcf, 0, 10);
    wait_irq();
    SEND(0x08);
    EXPECT(0x20, 10);
    SEND(0x8f, 0, 3);
    wait_irq();
    SEND(0x08);
    EXPECT(0x20, 7);
    SEND(0x8f, 0, 9); /* two more than there are */
    wait_irq();
    SEND(0x08);
    EXPECT(0x70, 0xfe);
    SEND(0x04, 0);
    EXPECT(0x38);
}
END_TEST

START_TEST(overlapped_seeks)
{
    insert(0, 1440, false);
    fdc_set_drive_type(fdc, 1, FLOPPY_1440K);
    start(0);
    int edges = r.edges[IRQ];
    SEND(0x0f, 1, 5);
    SEND(0x0f, 0, 70);
    ck_assert_uint_eq(in(MSR), 0x83);
    rig_run(&r, 10 * NS_PER_MS);
    ck_assert_uint_eq(in(MSR), 0x83);
    SEND(0x08);
    EXPECT(0x20, 70);
    ck_assert_uint_eq(in(MSR), 0x82);
    ck_assert_int_eq(r.level[IRQ], 1); /* the other one, with an edge of its own */
    ck_assert_int_eq(r.edges[IRQ], edges + 2);
    SEND(0x08);
    EXPECT(0x21, 5);
    ck_assert_int_eq(r.level[IRQ], 0);
    ck_assert_uint_eq(in(MSR), 0x80);
}
END_TEST

START_TEST(change_line)
{
    start(0);
    ck_assert_uint_eq(in(DIR)&0x80, 0x80); /* empty */
    seek(0, 1);
    ck_assert_uint_eq(in(DIR)&0x80, 0x80);
    insert(0, 1440, false);
    ck_assert_uint_eq(in(DIR)&0x80, 0x80);
    seek(0, 1); /* already there: no step pulse */
    ck_assert_uint_eq(in(DIR)&0x80, 0x80);
    seek(0, 0);
    ck_assert_uint_eq(in(DIR)&0x80, 0);
    disk_close(fdc_eject(fdc, 0), NULL);
    ck_assert_uint_eq(in(DIR)&0x80, 0x80);
    insert(0, 720, false);
    ck_assert_uint_eq(in(DIR)&0x80, 0x80);
    seek(0, 3);
    ck_assert_uint_eq(in(DIR)&0x80, 0);
    out(DOR, 0x3d); /* B: is another line */
    ck_assert_uint_eq(in(DIR)&0x80, 0);
}
END_TEST

/* ---- reading: the result ID by the data sheet's table ---- */

START_TEST(read_result_table)
{
    static const struct {
        u8 mt, head, first, eot;
        u16 sectors;
        u8 st0, st1, c, h, r;
    } row[] = {
        {0, 0, 1, 18, 1, 0x00, 0x00, 4, 0, 2},
        {0, 0, 18, 18, 1, 0x00, 0x00, 5, 0, 1},
        {0, 1, 3, 18, 2, 0x04, 0x00, 4, 1, 5},
        {0, 1, 17, 18, 2, 0x04, 0x00, 5, 1, 1},
        {1, 0, 1, 18, 1, 0x00, 0x00, 4, 0, 2},
        {1, 0, 18, 18, 1, 0x00, 0x00, 4, 1, 1},
        {1, 1, 1, 18, 1, 0x04, 0x00, 4, 1, 2},
        {1, 1, 18, 18, 1, 0x04, 0x00, 5, 0, 1},
        {1, 0, 1, 18, 36, 0x04, 0x00, 5, 0, 1},
        {1, 0, 17, 18, 4, 0x04, 0x00, 4, 1, 3},
        /* No terminal count: end of cylinder. */
        {0, 0, 17, 18, 3, 0x40, 0x80, 5, 0, 1},
        {1, 0, 18, 18, 20, 0x44, 0x80, 5, 0, 1},
        {0, 0, 1, 3, 18, 0x40, 0x80, 5, 0, 1},
        {0, 1, 18, 18, 2, 0x44, 0x80, 5, 1, 1},
        {1, 1, 18, 18, 2, 0x44, 0x80, 5, 0, 1},
        /* EOT behind the last sector or before the first: the next ID is looked for in vain. */
        {0, 0, 17, 25, 9, 0x40, 0x04, 4, 0, 19},
        {1, 0, 17, 25, 9, 0x40, 0x04, 4, 0, 19},
        {0, 0, 17, 3, 9, 0x40, 0x04, 4, 0, 19},
        {0, 0, 17, 3, 2, 0x00, 0x00, 4, 0, 19},
    };
    insert(0, 1440, false);
    start(0);
    seek(0, 4);
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        rig_dma(&r, row[i].sectors * 512);
        SEND(0x46 | row[i].mt << 7, row[i].head << 2, 4, row[i].head, row[i].first, 2, row[i].eot,
             0x1b, 0xff);
        ck_assert_uint_eq(in(MSR), 0x10);
        wait_irq();
        EXPECT(row[i].st0, row[i].st1, 0, row[i].c, row[i].h, row[i].r, 2);
        ck_assert_int_eq(r.level[IRQ], 0);
        u32 moved = r.dma_pos / 512;
        if (!row[i].st1)
            ck_assert_uint_eq(moved, row[i].sectors);
        check_sectors(0, (4 * 2 + row[i].head) * 18 + row[i].first - 1, moved);
    }
}
END_TEST

START_TEST(every_format_reads_its_ends)
{
    static const struct {
        u16 kib;
        u8 rate, type;
    } row[] = {{160, 2, 1}, {180, 2, 1}, {320, 2, 1},  {360, 2, 1},  {360, 1, 1},  {360, 1, 2},
               {720, 2, 3}, {720, 2, 4}, {1200, 0, 2}, {1440, 0, 4}, {1440, 0, 5}, {2880, 3, 5}};
    start(0);
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        struct disk *d = insert(0, row[i].kib, false);
        const struct floppy_format *f = disk_floppy(d);
        bool wide = row[i].type == FLOPPY_1200K && f->cylinders == 40;
        fdc_set_drive_type(fdc, 0, row[i].type);
        out(CCR, row[i].rate);
        for (u8 h = 0; h < f->heads; h++) {
            u8 c = h ? f->cylinders - 1 : 0;
            seek(0, wide ? c * 2 : c);
            rig_dma(&r, f->sectors * 512u);
            SEND(0x46, h << 2, c, h, 1, 2, f->sectors, 0x1b, 0xff);
            wait_irq();
            EXPECT(h << 2, 0, 0, c + 1, h, 1, 2);
            check_sectors(0, ((u32)c * f->heads + h) * f->sectors, f->sectors);
        }
        disk_close(fdc_eject(fdc, 0), NULL);
    }
}
END_TEST

START_TEST(read_errors)
{
    insert(0, 1440, false);
    start(0);
    seek(0, 2);
    rig_dma(&r, 512);
#define READ(...) SEND(0x46, __VA_ARGS__, 18, 0x1b, 0xff)
    READ(0, 2, 0, 19, 2); /* no such sector */
    wait_irq();
    EXPECT(0x40, 0x04, 0, 2, 0, 19, 2);
    READ(0, 2, 0, 0, 2);
    wait_irq();
    EXPECT(0x40, 0x04, 0, 2, 0, 0, 2);
    READ(0, 2, 0, 1, 1); /* size code */
    wait_irq();
    EXPECT(0x40, 0x04, 0, 2, 0, 1, 1);
    READ(0, 3, 0, 1, 2); /* wrong cylinder */
    wait_irq();
    EXPECT(0x40, 0x04, 0x10, 3, 0, 1, 2);
    READ(0, 2, 1, 1, 2); /* head field is not the side that is read */
    wait_irq();
    EXPECT(0x40, 0x04, 0, 2, 1, 1, 2);
    SEND(0x06, 0, 2, 0, 1, 2, 18, 0x1b, 0xff); /* FM */
    wait_irq();
    EXPECT(0x40, 0x01, 0, 2, 0, 1, 2);
    for (u8 rate = 1; rate < 4; rate++) {
        out(CCR, rate);
        READ(0, 2, 0, 1, 2);
        wait_irq();
        EXPECT(0x40, 0x01, 0, 2, 0, 1, 2);
    }
    out(CCR, 0);
    seek(0, 81); /* beyond what is formatted */
    READ(0, 81, 0, 1, 2);
    wait_irq();
    EXPECT(0x40, 0x01, 0, 81, 0, 1, 2);
    ck_assert_uint_eq(r.dma_pos, 0);
    /* The second side of a single-sided diskette. */
    disk_close(fdc_eject(fdc, 0), NULL);
    insert(0, 180, false);
    out(CCR, 2);
    seek(0, 0);
    READ(4, 0, 1, 1, 2);
    wait_irq();
    EXPECT(0x44, 0x01, 0, 0, 1, 1, 2);
}
END_TEST

START_TEST(no_index_no_end)
{
    start(0);
    rig_dma(&r, 512);
    SEND(0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    rig_run(&r, 3 * NS_PER_SEC);
    ck_assert_uint_eq(in(MSR), 0x10); /* an empty drive has no index pulse */
    ck_assert_int_eq(r.level[IRQ], 0);
    start(0); /* reset ends it */
    insert(0, 1440, false);
    seek(0, 1);
    out(DOR, 0x0c); /* motor off */
    SEND(0x46, 0, 1, 0, 1, 2, 18, 0x1b, 0xff);
    rig_run(&r, 3 * NS_PER_SEC);
    ck_assert_uint_eq(in(MSR), 0x10);
    out(DOR, 0x1c); /* and on again: the command goes through */
    wait_irq();
    EXPECT(0, 0, 0, 1, 0, 2, 2);
    check_sectors(0, 36, 1);
}
END_TEST

START_TEST(dma_not_ready)
{
    insert(0, 1440, false);
    start(0);
    rig_dma(&r, 1024);
    r.dma_masked = true;
    SEND(0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    rig_run(&r, 10 * NS_PER_MS);
    ck_assert_uint_eq(in(MSR), 0x10);
    r.dma_masked = false;
    fdc->dma.ready(fdc->dma.dev);
    wait_irq();
    EXPECT(0, 0, 0, 0, 0, 3, 2);
    check_sectors(0, 0, 2);
    /* Never ready: overrun. */
    r.dma_masked = true;
    SEND(0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0x40, 0x10, 0, 0, 0, 1, 2);
}
END_TEST

START_TEST(host_read_error)
{
    char *path = scratch_image("cutfd", 1440 * 1024);
    struct disk *d = disk_open(&(struct media){.path = path}, DISK_FLOPPY, false, NULL, &e);
    fdc_insert(fdc, 0, d);
    ck_assert_int_eq(truncate(path, 512), 0);
    start(0);
    rig_dma(&r, 1024);
    SEND(0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0x40, 0x20, 0x20, 0, 0, 2, 2);
    check_sectors(0, 0, 1);
    unlink(path);
}
END_TEST

START_TEST(read_track_and_read_id)
{
    insert(0, 1440, false);
    start(0);
    seek(0, 7);
    rig_dma(&r, 18 * 512);
    SEND(0x42, 0x04, 7, 1, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0x04, 0, 0, 7, 1, 19, 2);
    check_sectors(0, 15 * 18, 18);
    /* The IDs do not match: noted, but everything is read, from the index hole on. */
    rig_dma(&r, 4 * 512);
    SEND(0x42, 0x00, 7, 0, 5, 2, 3, 0x1b, 0xff);
    wait_irq();
    EXPECT(0x40, 0x04, 0, 7, 0, 8, 2);
    ck_assert_uint_eq(r.dma_pos, 3 * 512);
    check_sectors(0, 14 * 18, 3);
    u32 seen = 0;
    for (int i = 0; i < 400; i++) {
        u8 id[16];
        SEND(0x4a, 0x04);
        rig_run(&r, NS_PER_MS);
        ck_assert_uint_eq(results(id), 7);
        ck_assert_mem_eq(id, "\x04\0\0\x07\x01", 5);
        ck_assert_uint_eq(id[6], 2);
        ck_assert(id[5] >= 1 && id[5] <= 18);
        seen |= 1u << id[5];
    }
    ck_assert_uint_eq(seen, 0x7fffe); /* the diskette turns */
    out(CCR, 2);
    SEND(0x4a, 0x00);
    wait_irq();
    u8 id[16];
    ck_assert_uint_eq(results(id), 7);
    ck_assert_uint_eq(id[0], 0x40);
    ck_assert_uint_eq(id[1], 0x01);
}
END_TEST

/* ---- writing ---- */

static void fill_dma(u8 v, u32 len)
{
    memset(r.dma_memory, v, len);
    rig_dma(&r, len);
}

static void expect_sector(struct disk *d, u32 sector, u8 first, u8 last)
{
    u8 buf[512];
    ck_assert(disk_read(d, sector, 1, buf));
    ck_assert_uint_eq(buf[0], first);
    ck_assert_uint_eq(buf[511], last);
}

START_TEST(write_and_terminal_count)
{
    struct disk *d = insert(0, 1440, false);
    start(0);
    seek(0, 1);
    fill_dma(0x3c, 1024);
    SEND(0xc5, 0, 1, 0, 18, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0x04, 0, 0, 1, 1, 2, 2);
    expect_sector(d, 36 + 17, 0x3c, 0x3c);
    expect_sector(d, 36 + 18, 0x3c, 0x3c);
    expect_sector(d, 36 + 19, pattern((36 + 19) * 512), pattern((36 + 19) * 512 + 511));
    /* TC in mid-sector: the rest of the sector is zeroes. */
    fill_dma(0x77, 100);
    SEND(0x45, 0, 1, 0, 3, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0, 0, 0, 1, 0, 4, 2);
    u8 buf[512];
    ck_assert(disk_read(d, 36 + 2, 1, buf));
    ck_assert_uint_eq(buf[99], 0x77);
    ck_assert_uint_eq(buf[100], 0);
    ck_assert_uint_eq(buf[511], 0);
}
END_TEST

START_TEST(write_protection)
{
    insert(0, 1440, true);
    start(0);
    SEND(0x04, 0);
    EXPECT(0x78);
    fill_dma(0, 512);
    SEND(0x45, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0x40, 0x02, 0, 0, 0, 1, 2);
    ck_assert_uint_eq(r.dma_pos, 0);
    SEND(0x4d, 0, 2, 18, 0x54, 0xf6);
    wait_irq();
    EXPECT(0x40, 0x02, 0, 0, 0, 1, 2);
    disk_close(fdc_eject(fdc, 0), NULL);
    insert(0, 1440, false);
    SEND(0x04, 0);
    EXPECT(0x38);
}
END_TEST

START_TEST(the_tab_is_moved)
{
    insert(0, 1440, false);
    start(0);
    fdc_protect(fdc, 0, true);
    SEND(0x04, 0);
    EXPECT(0x78);
    fill_dma(0, 512);
    SEND(0x45, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0x40, 0x02, 0, 0, 0, 1, 2);
    ck_assert_uint_eq(r.dma_pos, 0);
    fdc_protect(fdc, 0, false);
    SEND(0x04, 0);
    EXPECT(0x38);
    SEND(0x45, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0, 0, 0, 0, 0, 2, 2);
    ck_assert_uint_eq(r.dma_pos, 512);
    /* It is the diskette's: the next one has its own, an empty drive none. */
    fdc_protect(fdc, 0, true);
    disk_close(fdc_eject(fdc, 0), NULL);
    fdc_protect(fdc, 0, true);
    insert(0, 1440, false);
    SEND(0x04, 0);
    EXPECT(0x38);
    /* A file that cannot be written is no tab's concern. */
    disk_close(fdc_eject(fdc, 0), NULL);
    insert(0, 1440, true);
    fdc_protect(fdc, 0, false);
    SEND(0x04, 0);
    EXPECT(0x78);
}
END_TEST

START_TEST(deleted_data)
{
    insert(0, 1440, false);
    start(0);
    fill_dma(0xdd, 512);
    SEND(0x49, 0, 0, 0, 2, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0, 0, 0, 0, 0, 3, 2);
    /* READ DATA without SK: the sector is read, CM is set, and the command stops there. */
    rig_dma(&r, 3 * 512);
    SEND(0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0, 0, 0x40, 0, 0, 2, 2);
    ck_assert_uint_eq(r.dma_pos, 1024);
    ck_assert_uint_eq(r.dma_memory[512], 0xdd);
    /* With SK: left out. */
    rig_dma(&r, 2 * 512);
    SEND(0x66, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0, 0, 0x40, 0, 0, 4, 2);
    check_sectors(0, 0, 1);
    check_sectors(512, 2, 1);
    /* READ DELETED DATA with SK takes only the deleted one. */
    rig_dma(&r, 512);
    SEND(0x6c, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0, 0, 0x40, 0, 0, 3, 2);
    ck_assert_uint_eq(r.dma_memory[0], 0xdd);
    /* A normal write takes the mark away. */
    fill_dma(0xee, 512);
    SEND(0x45, 0, 0, 0, 2, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0, 0, 0, 0, 0, 3, 2);
    rig_dma(&r, 2 * 512);
    SEND(0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0, 0, 0, 0, 0, 3, 2);
}
END_TEST

START_TEST(format_track)
{
    struct disk *d = insert(0, 1440, false);
    start(0);
    seek(0, 9);
    for (u8 s = 0; s < 18; s++)
        memcpy(r.dma_memory + s * 4, (const u8[]){9, 1, s + 1, 2}, 4);
    rig_dma(&r, 18 * 4);
    SEND(0x4d, 4, 2, 18, 0x54, 0xf6);
    wait_irq();
    u8 got[16];
    ck_assert_uint_eq(results(got), 7);
    ck_assert_mem_eq(got, "\x04\0\0", 3);
    for (u32 s = 0; s < 18; s++)
        expect_sector(d, 19 * 18 + s, 0xf6, 0xf6);
    expect_sector(d, 20 * 18, pattern(20 * 18 * 512), pattern(20 * 18 * 512 + 511));
    /* A layout that the image cannot hold fails and writes nothing. */
    memcpy(r.dma_memory, (const u8[]){9, 0, 19, 2}, 4);
    rig_dma(&r, 4);
    SEND(0x4d, 0, 2, 1, 0x54, 0x00);
    wait_irq();
    ck_assert_uint_eq(results(got), 7);
    ck_assert_mem_eq(got, "\x40\x01\0", 3);
    memcpy(r.dma_memory, (const u8[]){9, 0, 1, 3}, 4);
    rig_dma(&r, 4);
    SEND(0x4d, 0, 3, 1, 0x54, 0x00);
    wait_irq();
    ck_assert_uint_eq(results(got), 7);
    ck_assert_mem_eq(got, "\x40\x01\0", 3);
    expect_sector(d, 18 * 18, pattern(18 * 18 * 512), pattern(18 * 18 * 512 + 511));
}
END_TEST

START_TEST(verify_and_scan)
{
    struct disk *d = insert(0, 1440, false);
    u8 buf[512];
    start(0);
    rig_dma(&r, 512);
    SEND(0xd6, 0, 0, 0, 1, 2, 18, 0x1b, 0xff); /* both sides, to EOT */
    wait_irq();
    EXPECT(0x04, 0, 0, 1, 0, 1, 2);
    SEND(0x56, 0x80, 0, 0, 3, 2, 18, 0x1b, 4); /* EC: four sectors */
    wait_irq();
    EXPECT(0, 0, 0, 0, 0, 7, 2);
    SEND(0x56, 0x00, 0, 0, 1, 2, 20, 0x1b, 0xff); /* EOT beyond the track */
    wait_irq();
    EXPECT(0x40, 0x04, 0, 0, 0, 19, 2);
    ck_assert_uint_eq(r.dma_pos, 0);

    memset(buf, 0x50, sizeof(buf));
    ck_assert(disk_write(d, 4, 1, buf));
#define SCAN(op, first, eot) SEND(op, 0, 0, 0, first, 2, eot, 0x1b, 1)
    fill_dma(0x50, 512);
    SCAN(0x51, 5, 18);
    wait_irq();
    EXPECT(0, 0, 0x08, 0, 0, 5, 2); /* equal */
    fill_dma(0xff, 512);            /* FFh from the host equals anything */
    SCAN(0x51, 5, 18);
    wait_irq();
    EXPECT(0, 0, 0x08, 0, 0, 5, 2);
    fill_dma(0x51, 5 * 512);
    SCAN(0x51, 5, 5); /* not equal anywhere up to EOT */
    wait_irq();
    EXPECT(0, 0, 0x04, 1, 0, 1, 2);
    fill_dma(0x51, 512);
    SCAN(0x59, 5, 5); /* disk <= host */
    wait_irq();
    EXPECT(0, 0, 0, 0, 0, 5, 2);
    fill_dma(0x51, 512);
    SCAN(0x5d, 5, 5); /* disk >= host: no */
    wait_irq();
    EXPECT(0, 0, 0x04, 1, 0, 1, 2);
    fill_dma(0x4f, 512);
    SCAN(0x5d, 5, 5);
    wait_irq();
    EXPECT(0, 0, 0, 0, 0, 5, 2);
}
END_TEST

/* ---- PIO ---- */

START_TEST(pio_read_and_write)
{
    struct disk *d = insert(0, 1440, false);
    for (int fifo = 0; fifo < 2; fifo++) {
        start(0);
        SEND(0x03, 0xdf, 0x03);
        if (fifo)
            SEND(0x13, 0, 0x00, 0);
        int edges = r.edges[IRQ];
        SEND(0x46, 0, 0, 0, 3, 2, 4, 0x1b, 0xff);
        ck_assert_uint_eq(in(MSR), 0x30);
        for (u32 i = 0; i < 1024; i++) {
            if (i % 512 == 0)
                wait_irq();
            ck_assert_uint_eq(in(MSR), 0xf0);
            ck_assert_uint_eq(in(FIFO), pattern(2 * 512 + i));
        }
        wait_irq();
        EXPECT(0x40, 0x80, 0, 1, 0, 1, 2); /* PIO has no TC: end of cylinder, as documented */
        ck_assert_int_eq(r.edges[IRQ] - edges, fifo ? 1024 / 16 + 1 : 1024 + 1);

        SEND(0x45, 4, 0, 1, 18, 2, 18, 0x1b, 0xff);
        wait_irq();
        for (u32 i = 0; i < 512; i++) {
            ck_assert_uint_eq(in(MSR), 0xb0);
            out(FIFO, (u8)(i * 5 + (u32)fifo));
        }
        wait_irq();
        EXPECT(0x44, 0x80, 0, 1, 1, 1, 2);
        expect_sector(d, 35, (u8)fifo, (u8)(511 * 5 + fifo));
    }
}
END_TEST

START_TEST(implied_seek)
{
    insert(0, 1440, false);
    start(0);
    SEND(0x13, 0, 0x60, 0);
    rig_dma(&r, 512);
    SEND(0x46, 0, 33, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    EXPECT(0, 0, 0, 33, 0, 2, 2);
    check_sectors(0, 33 * 36, 1);
    SEND(0x0e);
    u8 got[16];
    ck_assert_uint_eq(results(got), 10);
    ck_assert_uint_eq(got[0], 33);
    ck_assert_uint_eq(in(DIR)&0x80, 0); /* it stepped */
}
END_TEST

START_TEST(ejected_in_mid_transfer)
{
    insert(0, 1440, false);
    start(0);
    SEND(0x03, 0xdf, 0x03);
    SEND(0x45, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    for (int i = 0; i < 100; i++)
        out(FIFO, 0);
    disk_close(fdc_eject(fdc, 0), NULL);
    struct disk *d = insert(0, 720, false);
    for (int i = 0; i < 1000; i++) {
        out(FIFO, 0);
        rig_run(&r, 10 * NS_PER_US);
    }
    expect_sector(d, 0, pattern(0), pattern(511)); /* the new one is untouched */
}
END_TEST

/* ---- state ---- */

/* Something that a guest may do, and with `diskettes` a person too. Returns what was read. */
static u64 storm_step(u64 *seed, bool diskettes)
{
    static const u8 common[] = {0x46, 0x66, 0xc5, 0xe6, 0x4d, 0x4a, 0x42, 0x51, 0x0f,
                                0x07, 0x08, 0x8f, 0x49, 0x6c, 0x96, 0x13, 0x03};
    static const u16 kib[] = {160, 360, 720, 1200, 1440, 2880};
    u64 got = 0;
    u32 what = rig_random(seed) % 64;
    u16 port = (u16)(0x3f0 + rig_random(seed) % 8);
    if (what < 20) {
        out(FIFO, (u8)(rig_random(seed) % 24));
    } else if (what < 28) {
        out(FIFO, common[rig_random(seed) % sizeof(common)]);
    } else if (what < 40) {
        got = in(FIFO);
    } else if (what < 44) {
        out(DOR, (u8)(rig_random(seed) | 0x04));
    } else if (what < 50) {
        rig_run(&r, rig_random(seed) % 3000000);
    } else if (what == 50 && diskettes && rig_random(seed) % 16 == 0) {
        unsigned drive = rig_random(seed) & 1;
        disk_close(fdc_eject(fdc, drive), NULL);
        if (rig_random(seed) & 3)
            insert(drive, kib[rig_random(seed) % ARRAY_SIZE(kib)], rig_random(seed) & 1);
    } else if (what == 51) {
        fdc_protect(fdc, rig_random(seed) & 1, rig_random(seed) & 1);
    } else if (what < 54) {
        rig_dma(&r, rig_random(seed) % 20000);
        r.dma_masked = rig_random(seed) & 1;
        if (!r.dma_masked)
            fdc->dma.ready(fdc->dma.dev);
    } else if (what < 58) {
        got = bus_in(&r.bus, port, 1u << rig_random(seed) % 3);
    } else {
        bus_out(&r.bus, port, rig_random(seed), 1u << rig_random(seed) % 3);
    }
    return got;
}

/* Inside, too. The marks on a diskette are state while there is one. */
static void same_fdc(const struct fdc *a, const struct fdc *b)
{
    same_inside(a, &r.clock, b, &r.clock, offsetof(struct fdc, drive));
    for (unsigned i = 0; i < FDC_DRIVES; i++) {
        const struct fdc_drive *p = &a->drive[i], *q = &b->drive[i];
        same_inside(p, &r.clock, q, &r.clock, offsetof(struct fdc_drive, deleted));
        if (p->disk)
            ck_assert_mem_eq(p->deleted, q->deleted, sizeof(p->deleted));
    }
}

/* Save at any moment, load into one that did other things, save: equal; and it goes on equally. */
static void round_trip(u64 seed)
{
    size_t size, again_size;
    char why[512];
    u8 *bytes = rig_save(&r, &fdc->dev, &size);
    struct rig saved = r;
    int level = r.level[IRQ];
    u32 dma_pos = r.dma_pos, dma_left = r.dma_left;
    struct fdc *first = fdc;

    rig_init(&r);
    fdc = new_fdc(false);
    insert(0, 1440, false);
    for (int i = 0; i < 500; i++)
        storm_step(&seed, false);
    memcpy(r.dma_memory, saved.dma_memory, sizeof(r.dma_memory));
    r.dma_pos = saved.dma_pos;
    r.dma_left = saved.dma_left;
    r.dma_masked = saved.dma_masked;
    ck_assert_msg(rig_load(&r, &fdc->dev, bytes, size, why, sizeof(why)), "%s", why);
    same_fdc(first, fdc);
    u8 *again = rig_save(&r, &fdc->dev, &again_size);
    ck_assert_uint_eq(size, again_size);
    ck_assert_mem_eq(bytes, again, size);
    free(again);
    memcpy(r.level, saved.level, sizeof(r.level)); /* the interrupt controller's own state */

    /* Both go on with the same accesses. */
    struct rig second = r;
    struct fdc *copy = fdc;
    for (int i = 0; i < 400; i++) {
        u64 got[2], seeds[2] = {seed, seed};
        for (int which = 0; which < 2; which++) {
            struct rig *x = which ? &second : &saved;
            r = *x; /* devices and timers point to the rig `r` */
            fdc = which ? copy : first;
            got[which] = storm_step(&seeds[which], false);
            *x = r;
        }
        seed = seeds[0];
        ck_assert_uint_eq(got[0], got[1]);
        ck_assert_uint_eq(saved.clock.now, second.clock.now);
        ck_assert_int_eq(saved.level[IRQ], second.level[IRQ]);
    }
    ck_assert_mem_eq(saved.dma_memory, second.dma_memory, sizeof(saved.dma_memory));
    r = second;
    fdc = copy;
    teardown();
    r = saved;
    fdc = first;
    /* Loading also brings a machine that went on back to where it was. */
    ck_assert_msg(rig_load(&r, &fdc->dev, bytes, size, why, sizeof(why)), "%s", why);
    r.level[IRQ] = level;
    r.dma_pos = dma_pos;
    r.dma_left = dma_left;
    free(bytes);
}

START_TEST(state_round_trip)
{
    insert(0, 1440, false);
    round_trip(1); /* in reset */
    out(DOR, 0x08);
    out(DOR, 0x0c);
    rig_run(&r, NS_PER_MS);
    SEND(0x08);
    EXPECT(0xc0, 0);
    round_trip(12); /* three statuses of the polling remain */
    start(0);
    round_trip(2);
    SEND(0x46, 0, 0);
    round_trip(3); /* command phase */
    SEND(0, 1, 2, 18, 0x1b, 0xff);
    round_trip(4); /* before the sector */
    r.dma_masked = true;
    rig_dma(&r, 512);
    rig_run(&r, NS_PER_MS);
    round_trip(5); /* waiting for DMA */
    r.dma_masked = false;
    fdc->dma.ready(fdc->dma.dev);
    wait_irq();
    round_trip(6); /* result phase */
    (void)in(FIFO);
    round_trip(7);
    u8 rest[16];
    results(rest);
    SEND(0x0f, 0, 20);
    round_trip(8); /* seeking */
    wait_irq();
    round_trip(9); /* to be sensed */
    SEND(0x08);
    EXPECT(0x20, 20);
    SEND(0x03, 0xdf, 0x03);
    SEND(0x45, 0, 20, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    out(FIFO, 1);
    round_trip(10); /* PIO under way */
    /* By hand: marks where the other machine has none, and another drive in B. */
    fdc->drive[0].deleted[7] ^= 0x24;
    fdc->type[1] = FLOPPY_360K;
    round_trip(13);
    /* And wherever random accesses lead. */
    u64 seed = 31337;
    for (unsigned i = 0; i < 60; i++) {
        for (unsigned k = 0; k < 40; k++)
            storm_step(&seed, false);
        fdc->lock = seed >> 32 & 1; /* LOCK is a rare command */
        round_trip(100 + i);
    }
}
END_TEST

enum { SNAPSHOT_HEAD = 24 }; /* bytes; its last four are the rest's CRC-32 */

static void reseal(u8 *bytes, size_t size)
{
    u32 crc = 0xffffffff;
    for (size_t i = SNAPSHOT_HEAD; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    put_le32(bytes + SNAPSHOT_HEAD - 4, ~crc);
}

/* The byte that used to be a count of answers that remain: 3 means C1h to C3h. */
START_TEST(state_with_a_count_of_senses)
{
    size_t size;
    char why[512];
    out(DOR, 0x0c);
    rig_run(&r, NS_PER_MS);
    u8 *all = rig_save(&r, &fdc->dev, &size), *none = NULL;
    fdc->polled = 0;
    none = rig_save(&r, &fdc->dev, &size);
    fdc->polled = 0x0f;
    size_t at = SNAPSHOT_HEAD;
    while (at < size && all[at] == none[at])
        at++;
    ck_assert_uint_lt(at, size);
    all[at] = 3;
    reseal(all, size);
    ck_assert_msg(rig_load(&r, &fdc->dev, all, size, why, sizeof(why)), "%s", why);
    for (u8 i = 1; i < 4; i++) {
        SEND(0x08);
        EXPECT(0xc0 | i, 0);
    }
    SEND(0x08);
    EXPECT(0x80);
    all[at] = 5;
    reseal(all, size);
    ck_assert(!rig_load(&r, &fdc->dev, all, size, why, sizeof(why)));
    free(all);
    free(none);
}
END_TEST

START_TEST(state_wants_the_same_diskette)
{
    size_t size;
    char why[512];
    insert(0, 1440, false);
    u8 *bytes = rig_save(&r, &fdc->dev, &size);
    disk_close(fdc_eject(fdc, 0), NULL);
    ck_assert(!rig_load(&r, &fdc->dev, bytes, size, why, sizeof(why)));
    ck_assert_ptr_nonnull(strstr(why, "drive A: was loaded"));
    insert(0, 720, false);
    ck_assert(!rig_load(&r, &fdc->dev, bytes, size, why, sizeof(why)));
    disk_close(fdc_eject(fdc, 0), NULL);
    insert(0, 1440, false);
    ck_assert_msg(rig_load(&r, &fdc->dev, bytes, size, why, sizeof(why)), "%s", why);
    free(bytes);
}
END_TEST

/* ---- anything a guest may do ---- */

START_TEST(register_storm)
{
    u64 seed = 82077;
    insert(0, 1440, false);
    insert(1, 360, false);
    for (int i = 0; i < 200000; i++)
        storm_step(&seed, true);
    /* And after all that, a reset brings it back to sense. */
    out(DOR, 0);
    ck_assert_int_eq(r.level[IRQ], 0);
    start(0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fdc");
    TCase *t = tcase_create("82077AA");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, reset_polls_four_drives);
    tcase_add_test(t, recalibrate_right_after_reset);
    tcase_add_test(t, dma_gate_holds_the_interrupt);
    tcase_add_test(t, registers_of_both_modes);
    tcase_add_test(t, configuration_commands);
    tcase_add_test(t, invalid_commands);
    tcase_add_test(t, seek_and_recalibrate);
    tcase_add_test(t, overlapped_seeks);
    tcase_add_test(t, change_line);
    tcase_add_test(t, read_result_table);
    tcase_add_test(t, every_format_reads_its_ends);
    tcase_add_test(t, read_errors);
    tcase_add_test(t, no_index_no_end);
    tcase_add_test(t, dma_not_ready);
    tcase_add_test(t, host_read_error);
    tcase_add_test(t, read_track_and_read_id);
    tcase_add_test(t, write_and_terminal_count);
    tcase_add_test(t, write_protection);
    tcase_add_test(t, the_tab_is_moved);
    tcase_add_test(t, deleted_data);
    tcase_add_test(t, format_track);
    tcase_add_test(t, verify_and_scan);
    tcase_add_test(t, pio_read_and_write);
    tcase_add_test(t, implied_seek);
    tcase_add_test(t, ejected_in_mid_transfer);
    tcase_add_test(t, state_round_trip);
    tcase_add_test(t, state_with_a_count_of_senses);
    tcase_add_test(t, state_wants_the_same_diskette);
    tcase_add_test(t, register_storm);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
