/*
 * test_fdc_write.c - the 82077AA: writing, formatting, verifying, write protection, and the
 * transfers without DMA.
 */
#include "fdc_rig.h"

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
    seek(0, 7);
    SEND(0x4d, 0, 2, 18, 0x54, 0xf6);
    wait_irq();
    EXPECT(0x40, 0x02, 0, 7, 0, 1, 2); /* where the head is, not what a command before said */
    seek(0, 0);
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

int main(void)
{
    Suite *suite = suite_create("fdc_write");
    TCase *t = tcase_create("82077AA");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, write_and_terminal_count);
    tcase_add_test(t, write_protection);
    tcase_add_test(t, the_tab_is_moved);
    tcase_add_test(t, deleted_data);
    tcase_add_test(t, format_track);
    tcase_add_test(t, verify_and_scan);
    tcase_add_test(t, pio_read_and_write);
    tcase_add_test(t, implied_seek);
    tcase_add_test(t, ejected_in_mid_transfer);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
