/*
 * test_atapi_state.c - a CD-ROM drive read by a bus master, saved at any moment and loaded into
 * another machine; and random storms of register accesses.
 */
#include "atapi_rig.h"

#include "same_ide.h"

/* ---- DMA ---- */

START_TEST(by_bus_master)
{
    settle();
    dma_takes = 5000; /* its table ends in the middle */
    send((const u8[12]){0x28, [5] = 4, [8] = 20}, 0, 1);
    rig_run(&r, 10 * NS_PER_MS);
    ck_assert_uint_eq(alt(), ATA_BSY);
    ck_assert_uint_eq(dma_at, 5000);
    dma_takes = 1 << 20;
    ide_dma_go(ide, 1);
    idle();
    ck_assert_int_eq(r.level[IRQ15], 1);
    ck_assert_uint_eq(in(STATUS), 0x50);
    ck_assert_uint_eq(in(COUNT)&3, 3);
    ck_assert_uint_eq(dma_at, 20 * CD_BLOCK);
    check_pattern(dma_memory, 4, 20 * CD_BLOCK);
    /* A reset ends one that nobody takes. */
    dma_takes = 0;
    send((const u8[12]){0x28, [5] = 4, [8] = 20}, 0, 1);
    rig_run(&r, 10 * NS_PER_MS);
    ck_assert_uint_eq(alt(), ATA_BSY);
    bus_out(&r.bus, 0x376, 4, 1);
    bus_out(&r.bus, 0x376, 0, 1);
    idle();
    ide_dma_go(ide, 1);
    rig_run(&r, NS_PER_MS);
    ck_assert_uint_eq(dma_at, 20 * CD_BLOCK);
    settle();
}
END_TEST

/* ---- state ---- */

/* Something that a guest may do, and with `discs` a person too. Returns what the guest read. */
static u64 storm_step(u64 *seed, bool discs)
{
    static const u8 codes[] = {0x00, 0x03, 0x12, 0x15, 0x1a, 0x1b, 0x1e, 0x25,
                               0x28, 0x2b, 0x42, 0x43, 0x46, 0x4a, 0x4e, 0x51,
                               0x52, 0x55, 0x5a, 0xa8, 0xb9, 0xbb, 0xbd, 0xbe};
    u64 heard = 0;
    u32 what = rig_random(seed) % 32;
    if (what < 12) { /* a packet, more or less */
        out(DEVICE, 0xa0);
        out(FEATURE, rig_random(seed) % 8 ? 0 : (u8)rig_random(seed));
        out(LBAM, (u8)rig_random(seed));
        out(LBAH, (u8)(rig_random(seed) & 0xf));
        out(COMMAND, 0xa0);
        rig_run(&r, rig_random(seed) % 30000);
        u8 p[12];
        for (int k = 0; k < 12; k++)
            p[k] = rig_random(seed) % 3 ? 0 : (u8)rig_random(seed);
        p[0] = codes[rig_random(seed) % sizeof(codes)];
        p[3] &= (u8)(p[3] & 3 ? 0 : 0xff);
        for (int k = 0; k < 12; k += 2)
            bus_out(&r.bus, BASE, p[k] | (u32)p[k + 1] << 8, 2);
    } else if (what < 22) {
        u32 n = rig_random(seed) % 3000;
        unsigned width = rig_random(seed) % 8 ? 2 : 1u << rig_random(seed) % 3;
        while (n--)
            heard = heard * 31 + bus_in(&r.bus, BASE, width);
    } else if (what < 28) {
        dma_takes = rig_random(seed) % 5000;
        dma_at = 0;
        rig_run(&r, rig_random(seed) % 40000);
        ide_dma_go(ide, 1);
    } else if (what == 28 && discs) {
        bool locked;
        struct cd_disc *d = atapi_eject(drive(), rig_random(seed) & 1, &locked);
        cd_close(d, NULL);
        if (!atapi_medium(drive()) && rig_random(seed) % 4)
            atapi_insert(drive(), open_disc("storm", rig_random(seed) % 99999 + CD_BLOCK));
    } else if (what == 29) {
        bus_out(&r.bus, 0x376, rig_random(seed) & (rig_random(seed) & 3 ? 0x82 : 0xff), 1);
    } else {
        u16 port = (u16)(BASE + rig_random(seed) % 8);
        if (rig_random(seed) & 1)
            bus_out(&r.bus, port, rig_random(seed), 1);
        else
            heard = bus_in(&r.bus, port, 1);
    }
    return heard;
}

static void round_trip(void)
{
    size_t size, again_size;
    char why[512];
    u8 *bytes = rig_save(&r, &ide->dev, &size);
    struct rig first = r;
    struct ide *mine = ide;
    rig_init(&r);
    ide = new_ide();
    atapi_insert(drive(), disc);
    device_reset(&ide->dev);
    u32 at = dma_at, takes = dma_takes;
    u64 seed = size + first.clock.now;
    for (int i = 0; i < 300; i++)
        storm_step(&seed, false);
    dma_at = at, dma_takes = takes;
    if (!atapi_medium(drive())) /* it was told to eject it */
        atapi_insert(drive(), disc);
    ck_assert_msg(rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)), "%s", why);
    same_ide(mine, ide, &r.clock);
    u8 *again = rig_save(&r, &ide->dev, &again_size);
    ck_assert_uint_eq(size, again_size);
    ck_assert_int_eq(memcmp(bytes, again, size), 0);
    /* The copy goes on as the original would. */
    if (alt() & (ATA_BSY | ATA_DRQ)) {
        r.level[IRQ15] = ide->channel[1].line;
        rig_run(&r, NS_PER_MS);
        for (int i = 0; i < 30000 && alt() & ATA_DRQ; i++) {
            bus_in(&r.bus, BASE, 2);
            rig_run(&r, 10 * NS_PER_US);
        }
        ck_assert_uint_eq(in(STATUS)&0x89, 0);
    }
    device_free(&ide->dev);
    rig_free(&r);
    r = first;
    ide = mine;
    free(bytes);
    free(again);
}

/* A copy of the drive, in the middle of a bus master's transfer, delivers the rest. */
static void check_state_goes_on_by_dma(void)
{
    size_t size;
    char why[512];
    u8 *bytes = rig_save(&r, &ide->dev, &size);
    struct rig first = r;
    struct ide *mine = ide;
    u32 had = dma_at;
    rig_init(&r);
    ide = new_ide();
    atapi_insert(drive(), disc);
    ck_assert_msg(rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)), "%s", why);
    dma_takes = 1 << 20;
    ide_dma_go(ide, 1);
    idle();
    ck_assert_uint_eq(in(STATUS), 0x50);
    check_pattern(dma_memory, 4, 9 * CD_BLOCK);
    ck_assert_uint_eq(dma_at, 9 * CD_BLOCK);
    device_free(&ide->dev);
    rig_free(&r);
    r = first;
    ide = mine;
    dma_at = had;
    free(bytes);
    ide_dma_go(ide, 1);
    idle();
    in(STATUS);
    ck_assert_uint_eq(dma_at, 9 * CD_BLOCK);
}

/* A disc of as many blocks with another byte is another disc: its files are looked at. */
START_TEST(state_with_another_disc)
{
    size_t size;
    char why[512];
    bool locked;
    u8 *bytes = rig_save(&r, &ide->dev, &size);
    cd_close(atapi_eject(drive(), true, &locked), NULL);
    char *path = scratch_image("other", BLOCKS * CD_BLOCK);
    FILE *f = fopen(path, "r+b");
    ck_assert(f && fseek(f, 5 * CD_BLOCK + 77, SEEK_SET) == 0);
    ck_assert(fputc(~pattern(5 * CD_BLOCK + 77) & 0xff, f) != EOF && fclose(f) == 0);
    disc = cd_open(&(struct media){.path = path}, NULL, &e);
    ck_assert_msg(disc != NULL, "%s", e.text);
    unlink(path);
    atapi_insert(drive(), disc);
    ck_assert(!rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)));
    ck_assert_ptr_nonnull(strstr(why, "not the image"));
    free(bytes);
}
END_TEST

/* What only discs with sound and rare moments bring about is put there by hand. */
START_TEST(state_of_rare_moments)
{
    settle();
    struct atapi *a = drive()->atapi;
    round_trip();
    a->locked = a->changed = true;
    a->sub = SUB_Q, a->type = 2;
    a->audio = AUDIO_PLAYING, a->audio_lba = 150, a->audio_end = 300;
    a->audio_since = r.clock.now / 2 + 12345;
    round_trip();
    a->locked = a->changed = false;
    a->audio = AUDIO_PAUSED;
    round_trip();
}
END_TEST

START_TEST(state)
{
    round_trip();
    settle();
    round_trip();
    send((const u8[12]){0x28, [5] = 4, [8] = 9}, 3000, 0);
    round_trip(); /* the packet is being looked at */
    idle();
    round_trip(); /* data wait */
    for (int i = 0; i < 100; i++)
        bus_in(&r.bus, BASE, 2);
    round_trip();
    in(STATUS);
    for (int i = 0; i < 1400; i++)
        bus_in(&r.bus, BASE, 2);
    round_trip(); /* between two blocks, with a rest in the buffer */
    receive(3000);
    ck_assert(PACKET(0x1b, [4] = 2));
    round_trip();
    ck_assert(PACKET(0x1b, [4] = 3));
    settle();
    dma_takes = 3000;
    send((const u8[12]){0x28, [5] = 4, [8] = 9}, 0, 1);
    rig_run(&r, NS_PER_MS);
    ck_assert_uint_eq(alt(), ATA_BSY);
    dma_takes = 0;
    check_state_goes_on_by_dma();
    /* Another machine's: no disc here. */
    size_t size;
    char why[512];
    bool locked;
    u8 *bytes = rig_save(&r, &ide->dev, &size);
    atapi_eject(drive(), true, &locked);
    ck_assert(!rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)));
    ck_assert_ptr_nonnull(strstr(why, "a CD in the drive"));
    atapi_insert(drive(), disc);
    ck_assert_msg(rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)), "%s", why);
    /* A disk where the drive was. */
    struct rig first = r;
    rig_init(&r);
    struct ide *other = (struct ide *)device_new(&ide_class, "ide");
    ck_assert(device_realize(&other->dev, &r.board, &e));
    struct media m = {.path = scratch_image("disk", 512)};
    struct disk *disk = disk_open(&m, DISK_HARD, true, NULL, &e);
    unlink(m.path);
    ide_attach(other, 1, 0, disk);
    ck_assert(!rig_load(&r, &other->dev, bytes, size, why, sizeof(why)));
    ck_assert_ptr_nonnull(strstr(why, "has a CD-ROM drive where this machine has a disk"));
    disk_close(disk, NULL);
    device_free(&other->dev);
    rig_free(&r);
    r = first;
    free(bytes);
}
END_TEST

/* ---- anything a guest may do ---- */

START_TEST(storm)
{
    u64 seed = 99;
    for (int i = 0; i < 40000; i++)
        storm_step(&seed, true);
    bus_out(&r.bus, 0x376, 4, 1);
    bus_out(&r.bus, 0x376, 0, 1);
    rig_run(&r, NS_PER_MS);
    out(DEVICE, 0xa0);
    expect_signature();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("atapi_state");
    TCase *t = tcase_create("CD-ROM");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, by_bus_master);
    tcase_add_test(t, state_with_another_disc);
    tcase_add_test(t, state_of_rare_moments);
    tcase_add_test(t, state);
    tcase_add_test(t, storm);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
