/*
 * test_fdc.c - the 82077AA: reset, registers, seeking, reading; result phases by the data sheet's
 * tables.
 */
#include "fdc_rig.h"

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
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
