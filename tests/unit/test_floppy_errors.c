/*
 * test_floppy_errors.c - a diskette whose image the host cannot write or read: with werror=stop and
 * rerror=stop the machine stops, and the command goes on as if nothing had been when it goes on.
 *
 * pwrite() of the C library is caught here and fails when it is told to.
 */
#include "fdc_rig.h"

#include <errno.h>
#include <sys/syscall.h>

static int write_fails; /* errno value */

ssize_t pwrite(int fd, const void *buf, size_t size, off_t at)
{
    errno = write_fails;
    return write_fails ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, buf, size, at);
}

static unsigned stops;

static void on_stop(void *opaque, const char *why)
{
    (void)opaque;
    ck_assert_ptr_nonnull(strstr(why, "host error"));
    stops++;
}

/* Its image stays where image_path says. */
static struct disk *insert_stopping(void)
{
    image_path = scratch_image("floppy", 1440 * 1024);
    struct media m = {
        .path = image_path, .write_error = ON_ERROR_STOP, .read_error = ON_ERROR_STOP};
    struct disk *d = disk_open(&m, DISK_FLOPPY, false, NULL, &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    disk_on_stop(d, on_stop, NULL);
    fdc_insert(fdc, 0, d);
    stops = 0;
    write_fails = 0;
    return d;
}

START_TEST(write_waits)
{
    struct disk *d = insert_stopping();
    start(0);
    fill_dma(0xa7, 512);
    write_fails = ENOSPC;
    SEND(0x45, 0, 0, 0, 3, 2, 18, 0x1b, 0xff);
    rig_run(&r, 3 * NS_PER_SEC);
    ck_assert_uint_ge(stops, 2);      /* once for each time that it goes on in vain */
    ck_assert_uint_eq(in(MSR), 0x10); /* busy, and nothing to give or take */
    ck_assert_int_eq(r.level[IRQ], 0);
    expect_sector(d, 2, pattern(1024), pattern(1535));
    write_fails = 0;
    wait_irq();
    EXPECT(0, 0, 0, 0, 0, 4, 2);
    expect_sector(d, 2, 0xa7, 0xa7);
    unlink(image_path);
}
END_TEST

START_TEST(format_waits)
{
    struct disk *d = insert_stopping();
    start(0);
    for (u8 i = 0; i < 18; i++)
        memcpy(r.dma_memory + 4 * i, (const u8[]){0, 0, (u8)(i + 1), 2}, 4);
    rig_dma(&r, 18 * 4);
    write_fails = EIO;
    SEND(0x4d, 0, 2, 18, 0x54, 0xf6);
    rig_run(&r, NS_PER_SEC);
    ck_assert_uint_ge(stops, 1);
    write_fails = 0;
    wait_irq();
    u8 got[16];
    ck_assert_uint_eq(results(got), 7);
    ck_assert(!got[0] && !got[1] && !got[2]);
    for (u32 i = 0; i < 18; i++)
        expect_sector(d, i, 0xf6, 0xf6);
    unlink(image_path);
}
END_TEST

START_TEST(read_waits)
{
    insert_stopping();
    ck_assert_int_eq(truncate(image_path, 512), 0);
    start(0);
    rig_dma(&r, 1024);
    SEND(0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    rig_run(&r, NS_PER_SEC);
    ck_assert_uint_ge(stops, 1);
    ck_assert_int_eq(r.level[IRQ], 0);
    ck_assert_int_eq(truncate(image_path, 1440 * 1024), 0);
    wait_irq();
    EXPECT(0, 0, 0, 0, 0, 3, 2);
    check_sectors(0, 0, 1);
    ck_assert_uint_eq(r.dma_memory[512], 0); /* what the longer file holds */
    unlink(image_path);
}
END_TEST

/* What was meant for one diskette is not written to another, nor after a reset. */
START_TEST(taken_out_or_reset_while_it_waits)
{
    for (int reset = 0; reset < 2; reset++) {
        disk_close(fdc_eject(fdc, 0), NULL);
        insert_stopping();
        start(0);
        fill_dma(0xa7, 512);
        write_fails = ENOSPC;
        SEND(0x45, 0, 0, 0, 3, 2, 18, 0x1b, 0xff);
        rig_run(&r, NS_PER_SEC);
        unlink(image_path);
        write_fails = 0;
        struct disk *d = fdc->drive[0].disk;
        if (reset) {
            start(0);
        } else {
            disk_close(fdc_eject(fdc, 0), NULL);
            d = insert_stopping();
            unlink(image_path);
            wait_irq();
            EXPECT(0x40, 0x01, 0, 0, 0, 3, 2);
        }
        rig_run(&r, NS_PER_SEC);
        expect_sector(d, 2, pattern(1024), pattern(1535));
    }
}
END_TEST

/* A snapshot taken while it waits goes on there. */
START_TEST(saved_while_it_waits)
{
    size_t size;
    char why[512];
    struct disk *d = insert_stopping();
    start(0);
    fill_dma(0xa7, 512);
    write_fails = ENOSPC;
    SEND(0x45, 0, 0, 0, 3, 2, 18, 0x1b, 0xff);
    rig_run(&r, NS_PER_SEC);
    u8 *bytes = rig_save(&r, &fdc->dev, &size);
    start(0); /* elsewhere */
    ck_assert_msg(rig_load(&r, &fdc->dev, bytes, size, why, sizeof(why)), "%s", why);
    r.level[IRQ] = 0;
    write_fails = 0;
    wait_irq();
    EXPECT(0, 0, 0, 0, 0, 4, 2);
    expect_sector(d, 2, 0xa7, 0xa7);
    free(bytes);
    unlink(image_path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("floppy_errors");
    TCase *t = tcase_create("82077AA");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, write_waits);
    tcase_add_test(t, format_waits);
    tcase_add_test(t, read_waits);
    tcase_add_test(t, taken_out_or_reset_while_it_waits);
    tcase_add_test(t, saved_while_it_waits);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
