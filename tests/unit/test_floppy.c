/*
 * test_floppy.c - which diskette an image is of, by size and by boot sector.
 */
#include "hw/storage/floppy.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void is(u64 bytes, const u8 *boot, unsigned cylinders, unsigned heads, unsigned sectors,
               unsigned rate, unsigned drive)
{
    struct floppy_format f;
    ck_assert_msg(floppy_geometry(bytes, boot, &f), "%llu bytes", (unsigned long long)bytes);
    ck_assert_msg(f.cylinders == cylinders && f.heads == heads && f.sectors == sectors,
                  "%llu bytes: %u %u %u", (unsigned long long)bytes, f.cylinders, f.heads,
                  f.sectors);
    ck_assert_uint_eq(f.total, cylinders * heads * sectors);
    ck_assert_uint_ge(f.total * 512u, bytes);
    ck_assert_uint_eq(f.rate, rate);
    ck_assert_uint_eq(f.drive, drive);
}

START_TEST(usual_sizes)
{
    is(163840, NULL, 40, 1, 8, RATE_250K, FLOPPY_360K);
    is(184320, NULL, 40, 1, 9, RATE_250K, FLOPPY_360K);
    is(327680, NULL, 40, 2, 8, RATE_250K, FLOPPY_360K);
    is(368640, NULL, 40, 2, 9, RATE_250K, FLOPPY_360K);
    is(655360, NULL, 80, 2, 8, RATE_250K, FLOPPY_720K);
    is(737280, NULL, 80, 2, 9, RATE_250K, FLOPPY_720K);
    is(819200, NULL, 80, 2, 10, RATE_250K, FLOPPY_720K);
    is(1228800, NULL, 80, 2, 15, RATE_500K, FLOPPY_1200K);
    is(1261568, NULL, 77, 2, 16, RATE_500K, FLOPPY_1200K);
    is(1474560, NULL, 80, 2, 18, RATE_500K, FLOPPY_1440K);
    is(1638400, NULL, 80, 2, 20, RATE_500K, FLOPPY_1440K);
    is(1720320, NULL, 80, 2, 21, RATE_500K, FLOPPY_1440K);
    is(1763328, NULL, 82, 2, 21, RATE_500K, FLOPPY_1440K);
    is(1802240, NULL, 80, 2, 22, RATE_500K, FLOPPY_1440K);
    is(1884160, NULL, 80, 2, 23, RATE_500K, FLOPPY_1440K);
    is(2949120, NULL, 80, 2, 36, RATE_1M, FLOPPY_2880K);
}
END_TEST

START_TEST(other_sizes)
{
    struct floppy_format f;
    is(1, NULL, 80, 2, 18, RATE_500K, FLOPPY_1440K);
    is(512, NULL, 80, 2, 18, RATE_500K, FLOPPY_1440K);
    is(100000, NULL, 80, 2, 18, RATE_500K, FLOPPY_1440K);
    is(1474560 - 512, NULL, 80, 2, 18, RATE_500K, FLOPPY_1440K);
    is(1474560 + 512, NULL, 81, 2, 18, RATE_500K, FLOPPY_1440K);
    is(1474560 + 1, NULL, 81, 2, 18, RATE_500K, FLOPPY_1440K);
    is(2000000, NULL, 82, 2, 24, RATE_500K, FLOPPY_1440K);
    is(2949120 - 1, NULL, 80, 2, 36, RATE_1M, FLOPPY_2880K);
    ck_assert(!floppy_geometry(2949121, NULL, &f));
    ck_assert(!floppy_geometry(~0ull, NULL, &f));
    for (u64 bytes = 1; bytes <= 2949120; bytes += 509) {
        ck_assert(floppy_geometry(bytes, NULL, &f));
        ck_assert_uint_ge(f.total * 512u, bytes);
        ck_assert_uint_le(f.total, FLOPPY_MAX_SECTORS);
    }
}
END_TEST

static void bpb(u8 *b, unsigned total, unsigned heads, unsigned sectors)
{
    memset(b, 0, 512);
    b[0x0c] = 2;
    b[0x0d] = b[0x0e] = 1;
    b[0x10] = 2;
    put_le16(b + 0x13, (u16)total);
    b[0x15] = 0xf0;
    put_le16(b + 0x18, (u16)sectors);
    put_le16(b + 0x1a, (u16)heads);
}

START_TEST(the_boot_sector_decides)
{
    u8 b[512];
    bpb(b, 720, 2, 9);
    is(512, b, 40, 2, 9, RATE_250K, FLOPPY_360K);
    bpb(b, 1440, 2, 9);
    is(100000, b, 80, 2, 9, RATE_250K, FLOPPY_720K);
    bpb(b, 3680, 2, 23);
    is(1000000, b, 80, 2, 23, RATE_500K, FLOPPY_1440K);
    bpb(b, 2880, 2, 18);
    is(1474560 + 512, b, 81, 2, 18, RATE_500K, FLOPPY_1440K);
    is(512, b, 80, 2, 18, RATE_500K, FLOPPY_1440K);
    bpb(b, 100, 2, 18); /* a file system of a part of it */
    is(51200, b, 80, 2, 18, RATE_500K, FLOPPY_1440K);
    bpb(b, 5760, 2, 36);
    is(512, b, 80, 2, 36, RATE_1M, FLOPPY_2880K);
}
END_TEST

START_TEST(a_senseless_boot_sector_does_not)
{
    u8 b[512];
    static const struct {
        u8 at, value;
    } wrong[] = {{0x0b, 1}, {0x0c, 4}, {0x0d, 3}, {0x0d, 0},  {0x0e, 0}, {0x10, 0},
                 {0x10, 3}, {0x15, 1}, {0x18, 7}, {0x18, 63}, {0x1a, 0}, {0x1a, 255}};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        bpb(b, 1440, 2, 9);
        b[wrong[i].at] = wrong[i].value;
        is(1474560, b, 80, 2, 18, RATE_500K, FLOPPY_1440K);
    }
    bpb(b, 1440, 2, 9); /* a sound one, but the file is larger than that can be */
    is(1474560, b, 80, 2, 18, RATE_500K, FLOPPY_1440K);
    /* Whatever it says, the answer is a diskette that holds the file. */
    srand(1);
    for (unsigned n = 0; n < 200000; n++) {
        struct floppy_format f;
        bpb(b, (unsigned)rand() & 0xffff, 1 + (rand() & 1), (unsigned)rand() % 40);
        u64 bytes = (u64)rand() % 2949120 + 1;
        ck_assert(floppy_geometry(bytes, b, &f));
        ck_assert_uint_ge(f.total * 512u, bytes);
        ck_assert_uint_le(f.total, FLOPPY_MAX_SECTORS);
        ck_assert_uint_eq(f.total, f.cylinders * f.heads * f.sectors);
    }
}
END_TEST

START_TEST(drives)
{
    struct floppy_format f;
    ck_assert(floppy_geometry(368640, NULL, &f));
    ck_assert_int_eq(floppy_drive_for(&f, true), FLOPPY_1200K);
    ck_assert_int_eq(floppy_drive_for(&f, false), FLOPPY_360K);
    ck_assert(floppy_geometry(737280, NULL, &f));
    ck_assert_int_eq(floppy_drive_for(&f, false), FLOPPY_1440K);
    ck_assert(floppy_geometry(2949120, NULL, &f));
    ck_assert_int_eq(floppy_drive_for(&f, false), FLOPPY_2880K);
    ck_assert_int_eq(floppy_drive_for(NULL, false), FLOPPY_1440K);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("floppy");
    TCase *t = tcase_create("geometry");
    tcase_add_test(t, usual_sizes);
    tcase_add_test(t, other_sizes);
    tcase_add_test(t, the_boot_sector_decides);
    tcase_add_test(t, a_senseless_boot_sector_does_not);
    tcase_add_test(t, drives);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
