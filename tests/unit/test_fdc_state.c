/*
 * test_fdc_state.c - the 82077AA saved at any moment and loaded into one that did other things;
 * and random register storms.
 */
#include "fdc_rig.h"

#include "same_inside.h"

#include <stddef.h>

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
    Suite *suite = suite_create("fdc_state");
    TCase *t = tcase_create("82077AA");
    tcase_add_checked_fixture(t, setup, teardown);
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
