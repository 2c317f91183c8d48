/*
 * test_pc.c - the board: where each interrupt line ends, what CMOS says, where the ROMs are, the
 * A20 gate that two devices share. No processor.
 */
#include "bios/rom.h"
#include "hw/machine/pc.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct clock clk;
static int intr, resets;

static void on_intr(void *opaque, int n, int level)
{
    (void)opaque;
    (void)n;
    intr = level;
}

static void on_reset(void *opaque, int n, int level)
{
    (void)opaque;
    (void)n;
    resets += level;
}

static struct pc *board(const struct vm_config *c)
{
    struct err e;
    struct pc_signals signals = {
        .intr = {on_intr, NULL, 0}, .reset = {on_reset, NULL, 0}, .init = {on_reset, NULL, 0}};
    intr = resets = 0;
    clock_init(&clk);
    struct pc *pc = pc_new(c, &clk, &signals, &e);
    ck_assert_msg(pc != NULL, "%s", e.text);
    pc_reset(pc);
    return pc;
}

static void done(struct pc *pc)
{
    struct err e;
    ck_assert(pc_free(pc, &e));
    clock_free(&clk);
}

static u8 in8(struct pc *pc, u16 port)
{
    return (u8)bus_in(&pc->bus, port, 1);
}

static void out8(struct pc *pc, u16 port, u8 v)
{
    bus_out(&pc->bus, port, v, 1);
}

static u8 cmos(struct pc *pc, u8 index)
{
    out8(pc, 0x70, index);
    return in8(pc, 0x71);
}

static void init_pics(struct pc *pc)
{
    static const u8 sequence[][2] = {{0x20, 0x11}, {0x21, 0x08}, {0x21, 0x04}, {0x21, 0x01},
                                     {0xa0, 0x11}, {0xa1, 0x70}, {0xa1, 0x02}, {0xa1, 0x01},
                                     {0x21, 0x00}, {0xa1, 0x00}};
    for (unsigned i = 0; i < ARRAY_SIZE(sequence); i++)
        out8(pc, sequence[i][0], sequence[i][1]);
}

/* The vector that arrives within a second, -1 = none; ends the interrupt. */
static int next_vector(struct pc *pc)
{
    for (int i = 0; i < 10000 && !intr; i++)
        clock_advance(&clk, clk.now + 100 * NS_PER_US);
    if (!intr)
        return -1;
    int v = i8259_acknowledge(pc->pic);
    out8(pc, 0xa0, 0x20);
    out8(pc, 0x20, 0x20);
    return v;
}

START_TEST(interrupt_lines)
{
    struct vm_config c = {.ram_mb = 1};
    struct pc *pc = board(&c);
    init_pics(pc);
    out8(pc, 0x43, 0x30); /* timer 0, mode 0 */
    out8(pc, 0x40, 100);
    out8(pc, 0x40, 0);
    ck_assert_int_eq(next_vector(pc), 0x08);
    out8(pc, 0x64, 0x60); /* keyboard controller: its own answers interrupt too */
    out8(pc, 0x60, 0x03);
    out8(pc, 0x64, 0xaa);
    ck_assert_int_eq(next_vector(pc), 0x09);
    ck_assert_uint_eq(in8(pc, 0x60), 0x55);
    out8(pc, 0x64, 0xd4);
    out8(pc, 0x60, 0xf4);
    ck_assert_int_eq(next_vector(pc), 0x74);
    ck_assert_uint_eq(in8(pc, 0x60), 0xfa);
    for (u16 base = 0x2f8; base <= 0x3f8; base += 0x100) {
        out8(pc, (u16)(base + 4), 0x08);
        out8(pc, (u16)(base + 1), 0x02);
        ck_assert_int_eq(next_vector(pc), base == 0x3f8 ? 0x0c : 0x0b);
        out8(pc, (u16)(base + 1), 0x00);
    }
    out8(pc, 0x3f2, 0x00); /* floppy controller: end of reset */
    out8(pc, 0x3f2, 0x0c);
    ck_assert_int_eq(next_vector(pc), 0x0e);
    out8(pc, 0x3f2, 0x00);
    out8(pc, 0x70, 0x0b); /* RTC: update ended */
    out8(pc, 0x71, 0x12);
    cmos(pc, 0x0c);
    ck_assert_int_eq(next_vector(pc), 0x70);
    out8(pc, 0x70, 0x0b);
    out8(pc, 0x71, 0x02);
    cmos(pc, 0x0c);
    ferr_input(pc->ferr, true);
    ck_assert_int_eq(next_vector(pc), 0x75);
    done(pc);
}
END_TEST

static void check_checksum(struct pc *pc)
{
    unsigned sum = 0;
    for (u8 i = 0x10; i < 0x2e; i++)
        sum += cmos(pc, i);
    ck_assert_uint_eq(cmos(pc, 0x2e) << 8 | cmos(pc, 0x2f), sum);
}

START_TEST(cmos_of_a_bare_machine)
{
    struct vm_config c = {.ram_mb = 1};
    struct pc *pc = board(&c);
    check_checksum(pc);
    ck_assert_uint_eq(cmos(pc, 0x15) | cmos(pc, 0x16) << 8, 640);
    ck_assert_uint_eq(cmos(pc, 0x17) | cmos(pc, 0x18) << 8, 0);
    ck_assert_uint_eq(cmos(pc, 0x34) | cmos(pc, 0x35) << 8, 0);
    ck_assert_uint_eq(cmos(pc, 0x12), 0);
    ck_assert_uint_eq(cmos(pc, 0x3d), 0x21);        /* floppy, then disk */
    ck_assert_uint_eq(cmos(pc, 0x14) & 0xc7, 0x47); /* two drives, FPU, PS/2 mouse */
    ck_assert_uint_eq(cmos(pc, 0x32), 0x20);
    ck_assert_uint_eq(cmos(pc, 0x09), 0x00);
    done(pc);
}
END_TEST

START_TEST(cmos_of_a_full_machine)
{
    static u8 disk[20 * 1024 * 1024], floppy[720 * 1024];
    struct vm_config c = {
        .ram_mb = 100,
        .boot = "dca",
        .rtc_start = 86400,
        .floppy[0] = {.bytes = floppy, .size = sizeof(floppy)},
        .disk[0] = {.bytes = disk, .size = sizeof(disk)},
        .disk[1] = {.bytes = disk, .size = sizeof(disk) / 2},
    };
    struct pc *pc = board(&c);
    check_checksum(pc);
    ck_assert_uint_eq(cmos(pc, 0x17) | cmos(pc, 0x18) << 8, 0xffff); /* 99 MB do not fit */
    ck_assert_uint_eq(cmos(pc, 0x34) | cmos(pc, 0x35) << 8, 84 * 16);
    ck_assert_uint_eq(cmos(pc, 0x12), 0xff);
    ck_assert_uint_eq(cmos(pc, 0x19), 47);
    struct disk_geometry g = disk_geometry(sizeof(disk) / 512);
    ck_assert_uint_eq(cmos(pc, 0x1b) | cmos(pc, 0x1c) << 8, g.cylinders);
    ck_assert_uint_eq(cmos(pc, 0x1d), g.heads);
    ck_assert_uint_eq(cmos(pc, 0x23), g.sectors);
    ck_assert_uint_eq(cmos(pc, 0x3d), 0x23);   /* CD, disk ... */
    ck_assert_uint_eq(cmos(pc, 0x38) >> 4, 1); /* ... floppy */
    ck_assert_uint_eq(cmos(pc, 0x32) << 8 | cmos(pc, 0x09), 0x1970);
    ck_assert_uint_eq(cmos(pc, 0x07), 0x02);
    done(pc);
}
END_TEST

START_TEST(roms_and_memory)
{
    struct vm_config c = {.ram_mb = 2};
    struct pc *pc = board(&c);
    u8 low[16], high[16];
    phys_read(&pc->phys, 0xffff0, low, 16);
    phys_read(&pc->phys, 0xfffffff0u, high, 16);
    ck_assert_int_eq(memcmp(low, bios_rom + bios_rom_size - 16, 16), 0);
    ck_assert_int_eq(memcmp(low, high, 16), 0);
    phys_read(&pc->phys, 0xc0000, low, 2);
    ck_assert_uint_eq(get_le16(low), 0xaa55);
    phys_write(&pc->phys, 0xffff0, "scribble", 8);
    phys_read(&pc->phys, 0xffff0, low, 16);
    ck_assert_int_eq(memcmp(low, high, 16), 0);
    phys_write(&pc->phys, 0x9fffe, "ab", 2);
    phys_read(&pc->phys, 0x9fffe, low, 2);
    ck_assert_int_eq(memcmp(low, "ab", 2), 0);
    phys_read(&pc->phys, 0x200000, low, 2); /* beyond the last megabyte */
    ck_assert_uint_eq(get_le16(low), 0xffff);
    done(pc);
}
END_TEST

START_TEST(shared_a20)
{
    struct vm_config c = {.ram_mb = 2};
    struct pc *pc = board(&c);
    ck_assert_uint_eq(pc->phys.a20_mask, 0xffffffff);
    out8(pc, 0x92, 0x00);
    ck_assert_uint_eq(pc->phys.a20_mask, 0xffefffff);
    out8(pc, 0x64, 0xd0);
    ck_assert_uint_eq(in8(pc, 0x60) & 2, 0); /* the 8042 sees it */
    out8(pc, 0x64, 0xd1);
    out8(pc, 0x60, 0xdf);
    ck_assert_uint_eq(pc->phys.a20_mask, 0xffffffff);
    ck_assert_uint_eq(in8(pc, 0x92) & 2, 2);
    out8(pc, 0x92, 0x00);
    pc_reset(pc);
    ck_assert_uint_eq(pc->phys.a20_mask, 0xffffffff);
    out8(pc, 0x64, 0xfe);
    ck_assert_int_eq(resets, 1);
    out8(pc, 0x92, 0x03);
    ck_assert_int_eq(resets, 2);
    done(pc);
}
END_TEST

START_TEST(speaker_chain)
{
    struct vm_config c = {.ram_mb = 1};
    struct pc *pc = board(&c);
    out8(pc, 0x43, 0xb6);
    out8(pc, 0x42, 0xa9); /* 1193 = 1000 Hz */
    out8(pc, 0x42, 0x04);
    out8(pc, 0x61, 0x03);
    clock_advance(&clk, clk.now + NS_PER_MS);
    ck_assert(port61_speaker_on(pc->port61));
    ck_assert_double_eq_tol(i8254_frequency(pc->pit, 2), 1000.15, 0.01);
    int changes = 0, last = in8(pc, 0x61) & 0x20;
    for (int i = 0; i < 10000; i++) {
        clock_advance(&clk, clk.now + 10 * NS_PER_US);
        int now = in8(pc, 0x61) & 0x20;
        changes += now != last;
        last = now;
    }
    ck_assert_int_ge(changes, 199);
    ck_assert_int_le(changes, 201);
    done(pc);
}
END_TEST

START_TEST(diskettes_change)
{
    static u8 a[1440 * 1024], b[720 * 1024];
    struct vm_config c = {.ram_mb = 1, .floppy[0] = {.bytes = a, .size = sizeof(a)}};
    struct pc *pc = board(&c);
    struct err e;
    struct media odd = {.bytes = b, .size = 0}, good = {.bytes = b, .size = sizeof(b)};
    const struct disk *before = pc->fdc->drive[0].disk;
    ck_assert(!pc_floppy_insert(pc, 0, &odd, &e));
    ck_assert_ptr_eq(pc->fdc->drive[0].disk, before); /* a bad one changes nothing */
    ck_assert(pc_floppy_insert(pc, 0, &good, &e));
    ck_assert_uint_eq(disk_sectors(pc->fdc->drive[0].disk), 1440);
    ck_assert(pc_floppy_eject(pc, 0, &e));
    ck_assert(pc_floppy_eject(pc, 0, &e)); /* an empty drive gives nothing */
    ck_assert_ptr_null(pc->fdc->drive[0].disk);
    ck_assert(!pc_floppy_insert(pc, 2, &good, &e));
    done(pc);
}
END_TEST

START_TEST(drives_are_listed)
{
    static u8 a[1440 * 1024], cd[64 * 2048], hd[4 << 20];
    struct vm_config c = {.ram_mb = 1,
                          .floppy[0] = {.bytes = a, .size = sizeof(a)},
                          .disk[1] = {.bytes = hd, .size = sizeof(hd)},
                          .cdrom = {.bytes = cd, .size = sizeof(cd)}};
    struct pc *pc = board(&c);
    struct vm_drive d;
    struct err e;
    ck_assert(pc_drive(pc, 0, &d) && d.kind == VM_DRIVE_FLOPPY);
    ck_assert_str_eq(d.name, "fda");
    ck_assert_str_eq(d.medium, "built-in image");
    ck_assert_str_eq(d.format, "1.44M");
    ck_assert(d.bytes == sizeof(a) && !d.read_only);
    ck_assert(pc_floppy_protect(pc, 0, true, &e));
    ck_assert(pc_drive(pc, 0, &d) && d.read_only);
    ck_assert(pc_floppy_protect(pc, 0, false, &e));
    ck_assert(pc_drive(pc, 0, &d) && !d.read_only);
    ck_assert(pc_drive(pc, 1, &d) && !d.medium); /* an empty drive is one */
    ck_assert_str_eq(d.name, "fdb");
    ck_assert(!pc_floppy_protect(pc, 1, true, &e) && strstr(e.text, "no diskette in drive B:"));
    ck_assert(!pc_floppy_protect(pc, VM_FLOPPIES, true, &e));
    ck_assert(!pc_drive(pc, 2, &d)); /* no hda */
    ck_assert(pc_drive(pc, 3, &d) && d.kind == VM_DRIVE_DISK && d.bytes == sizeof(hd));
    ck_assert_str_eq(d.name, "hdb");
    ck_assert(pc_drive(pc, VM_DRIVES - 1, &d) && d.kind == VM_DRIVE_CD && d.read_only);
    ck_assert(d.bytes == sizeof(cd) && d.tracks == 1 && !d.locked);
    ck_assert(!pc_drive(pc, VM_DRIVES, &d) && !pc_drive(pc, UINT32_MAX, &d));
    done(pc);

    /* A diskette in a file that may only be read has no tab that could be moved. */
    char path[] = "/tmp/ferrite-test-XXXXXX";
    int fd = mkstemp(path);
    ck_assert(fd >= 0 && ftruncate(fd, sizeof(a)) == 0 && close(fd) == 0);
    struct vm_config file = {.ram_mb = 1, .floppy[0] = {.path = path, .read_only = true}};
    pc = board(&file);
    ck_assert(!pc_floppy_protect(pc, 0, false, &e) && strstr(e.text, "opened for reading only"));
    ck_assert(pc_floppy_protect(pc, 0, true, &e));
    done(pc);
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pc");
    TCase *t = tcase_create("pc");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, interrupt_lines);
    tcase_add_test(t, cmos_of_a_bare_machine);
    tcase_add_test(t, cmos_of_a_full_machine);
    tcase_add_test(t, roms_and_memory);
    tcase_add_test(t, shared_a20);
    tcase_add_test(t, speaker_chain);
    tcase_add_test(t, diskettes_change);
    tcase_add_test(t, drives_are_listed);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
