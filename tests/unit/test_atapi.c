/*
 * test_atapi.c - a CD-ROM drive: signature, the PACKET protocol with its byte counts and
 * interrupts, what each command returns, sense and attention, the tray, discs that go away in
 * mid-read, raw sectors.
 */
#include "atapi_rig.h"

/* ---- the device ---- */

START_TEST(signature_and_identify)
{
    out(DEVICE, 0xa0);
    expect_signature();
    ck_assert_uint_eq(in(ERROR), 1);
    ck_assert_uint_eq(in(STATUS), 0); /* not ready before the first packet */
    static const u8 for_disks[] = {0xec, 0x20};
    for (unsigned i = 0; i < 2; i++) {
        out(LBAM, 0), out(LBAH, 0);
        out(COMMAND, for_disks[i]);
        idle();
        ck_assert_uint_eq(in(STATUS)&1, 1);
        ck_assert_uint_eq(in(ERROR), ATA_ABRT);
        expect_signature();
    }
    out(COMMAND, 0xa1);
    idle();
    ck_assert_uint_eq(in(STATUS), 0x58);
    u16 w[256];
    for (int i = 0; i < 256; i++)
        w[i] = (u16)bus_in(&r.bus, BASE, 2);
    ck_assert_uint_eq(w[0], 0x85c0);
    ck_assert_uint_eq(w[27], 'F' << 8 | 'E');
    ck_assert_uint_eq(w[49] & 0x0300, 0x0300);
    ck_assert_uint_eq(in(STATUS), 0x50);
    /* A disk's commands. */
    out(COMMAND, 0xc8);
    idle();
    ck_assert_uint_eq(in(STATUS), 0x51);
    ck_assert_uint_eq(in(ERROR), ATA_ABRT);
}
END_TEST

/* SET FEATURES knows transfer modes and nothing else. */
START_TEST(transfer_modes)
{
    static const struct {
        u8 feature, mode;
        bool taken;
    } row[] = {{0x03, 0x00, true},  {0x03, 0x01, true}, {0x03, 0x02, false}, {0x03, 0x07, false},
               {0x03, 0x08, true},  {0x03, 0x0c, true}, {0x03, 0x0d, false}, {0x03, 0x1f, false},
               {0x03, 0x20, true},  {0x03, 0x22, true}, {0x03, 0x23, false}, {0x03, 0x3f, false},
               {0x03, 0x40, true},  {0x03, 0x44, true}, {0x03, 0x45, false}, {0x02, 0x08, false},
               {0x04, 0x08, false}, {0x82, 0x00, false}};
    settle();
    for (unsigned i = 0; i < ARRAY_SIZE(row); i++) {
        out(FEATURE, row[i].feature);
        out(COUNT, row[i].mode);
        out(COMMAND, 0xef);
        idle();
        ck_assert_uint_eq(in(STATUS)&ATA_ERR, row[i].taken ? 0 : ATA_ERR);
        if (row[i].taken)
            ck_assert_uint_eq(drive()->transfer_mode, row[i].mode);
        else
            ck_assert_uint_eq(in(ERROR), ATA_ABRT);
    }
}
END_TEST

/* RESET selects device 0, whatever was selected. */
START_TEST(reset_selects_the_first)
{
    settle();
    out(DEVICE, 0xb0);
    ck_assert_uint_eq(drive()->device & 0x10, 0x10);
    device_reset(&ide->dev);
    rig_run(&r, NS_PER_SEC);
    ck_assert_uint_eq(drive()->device, 0);
    expect_signature();
}
END_TEST

START_TEST(device_reset_ends_a_hanging_packet)
{
    settle();
    send((const u8[12]){0x28, [8] = 2}, 2048, 0);
    out(COMMAND, 0x08); /* while busy */
    idle();
    ck_assert_int_eq(r.level[IRQ15], 0);
    ck_assert_uint_eq(alt(), 0);
    expect_signature();
    ck_assert(!PACKET(0x00));
    expect_sense(SENSE_UNIT_ATTENTION, ASC_RESET);
    ck_assert(PACKET(0x00));
}
END_TEST

START_TEST(attention_is_told_once)
{
    /* These do not care, and leave it for the next. */
    ck_assert(PACKET(0x12, [4] = 36));
    ck_assert_uint_eq(got_bytes, 36);
    ck_assert_uint_eq(got[0], 5);
    ck_assert_uint_eq(got[1], 0x80);
    ck_assert(memcmp(got + 8, "FERRITE ", 8) == 0);
    ck_assert(PACKET(0x4a, 1, [4] = 0x10, [8] = 8));
    ck_assert(!PACKET(0x00));
    expect_sense(SENSE_UNIT_ATTENTION, ASC_RESET);
    ck_assert(PACKET(0x00)); /* the disc was in before the power came on: no change */
    ck_assert(PACKET(0x03, [4] = 18));
    ck_assert_uint_eq(got[2], SENSE_NONE);
}
END_TEST

/* ---- reading ---- */

START_TEST(read_by_any_byte_count)
{
    static const u32 limits[] = {0xfffe, 0xffff, 0, 2048, 2047, 512, 510, 3000, 65534, 64};
    settle();
    for (unsigned i = 0; i < ARRAY_SIZE(limits); i++) {
        u32 limit = limits[i] ? limits[i] : 0xfffe;
        send((const u8[12]){0x28, [4] = 0, [5] = 7, [8] = 11}, limits[i], 0);
        ck_assert(receive(limit));
        ck_assert_uint_eq(got_bytes, 11 * CD_BLOCK);
        check_pattern(got, 7, got_bytes);
        if (limits[i] == 2048)
            ck_assert_uint_eq(got_drqs, 11);
    }
    ck_assert(PACKET(0xa8, [5] = 250, [9] = 50));
    check_pattern(got, 250, 50 * CD_BLOCK);
    ck_assert_uint_eq(got_bytes, 50 * CD_BLOCK);
    ck_assert(PACKET(0x28, [5] = 3)); /* nothing */
    ck_assert_uint_eq(got_bytes, 0);
}
END_TEST

START_TEST(ends_of_the_disc)
{
    settle();
    ck_assert(PACKET(0x25));
    ck_assert_uint_eq(got_bytes, 8);
    ck_assert(got[2] == (BLOCKS - 1) >> 8 && got[3] == ((BLOCKS - 1) & 0xff) && got[6] == 8);
    ck_assert(PACKET(0x28, [4] = 1, [5] = BLOCKS - 1 - 256, [8] = 1));
    check_pattern(got, BLOCKS - 1, CD_BLOCK);
    static const u8 beyond[][12] = {
        {0x28, [4] = 1, [5] = BLOCKS - 256, [8] = 1},
        {0x28, [4] = 1, [5] = BLOCKS - 257, [8] = 2},
        {0xa8, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1},
        {0xa8, [5] = 1, [6] = 0xff, 0xff, 0xff, 0xff},
        {0x2b, [4] = 1, [5] = BLOCKS - 256},
        {0xbe, [4] = 1, [5] = BLOCKS - 256, [8] = 1, [9] = 0xf8},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(beyond); i++) {
        ck_assert(!packet(beyond[i]));
        ck_assert_uint_eq(got_bytes, 0);
        expect_sense(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    }
    ck_assert(!PACKET(0x2a, [8] = 1)); /* WRITE */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_OPCODE);
}
END_TEST

/* Multiplication in GF(2^8), the slow way. */
static u8 gf(u8 a, u8 b)
{
    u8 p = 0;
    for (; b; b >>= 1) {
        if (b & 1)
            p ^= a;
        a = (u8)(a << 1 ^ (a & 0x80 ? 0x1d : 0));
    }
    return p;
}

/* Are both check sums of a code word zero? ECMA-130 annex A. */
static void check_word(const u8 *sector, const u32 *at, unsigned n)
{
    u8 plain = 0, weighted = 0;
    for (unsigned i = 0; i < n; i++) {
        plain ^= sector[at[i]];
        weighted = (u8)(gf(weighted, 2) ^ sector[at[i]]);
    }
    ck_assert_uint_eq(plain, 0);
    ck_assert_uint_eq(weighted, 0);
}

static void check_ecc(const u8 *s)
{
    u32 at[45];
    for (u32 column = 0; column < 86; column++) {
        for (u32 row = 0; row < 26; row++)
            at[row] = 12 + row * 86 + column;
        check_word(s, at, 26);
    }
    for (u32 word = 0; word < 52; word++) {
        for (u32 i = 0; i < 43; i++)
            at[i] = 12 + (word / 2 * 86 + word % 2 + i * 88) % 2236;
        at[43] = 2248 + word;
        at[44] = 2248 + 52 + word;
        check_word(s, at, 45);
    }
}

START_TEST(raw_sectors)
{
    settle();
    ck_assert(PACKET(0xbe, [5] = 75, [8] = 5, [9] = 0xf8));
    ck_assert_uint_eq(got_bytes, 5 * CD_RAW);
    for (u32 i = 0; i < 5; i++) {
        const u8 *s = got + i * CD_RAW;
        static const u8 sync[12] = {0,    0xff, 0xff, 0xff, 0xff, 0xff,
                                    0xff, 0xff, 0xff, 0xff, 0xff, 0};
        ck_assert(memcmp(s, sync, 12) == 0);
        ck_assert(s[12] == 0 && s[13] == 3 && s[14] == i && s[15] == 1);
        check_pattern(s + 16, 75 + i, CD_BLOCK);
        check_ecc(s);
    }
    /* Parts. */
    ck_assert(PACKET(0xbe, 2 << 2, [5] = 9, [8] = 1, [9] = 0x10));
    ck_assert_uint_eq(got_bytes, CD_BLOCK);
    check_pattern(got, 9, CD_BLOCK);
    ck_assert(PACKET(0xbe, [5] = 9, [8] = 7, [9] = 0x20));
    ck_assert_uint_eq(got_bytes, 7 * 4);
    ck_assert(PACKET(0xbe, [5] = 9, [8] = 1));
    ck_assert_uint_eq(got_bytes, 0);
    ck_assert(PACKET(0xb9, [3] = 0, 2, 4, 0, 2, 6, 0x10)); /* by time: blocks 4 and 5 */
    ck_assert_uint_eq(got_bytes, 2 * CD_BLOCK);
    check_pattern(got, 4, got_bytes);
    ck_assert(!PACKET(0xbe, 1 << 2, [5] = 9, [8] = 1, [9] = 0x10)); /* audio is wanted */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_WRONG_TRACK_MODE);
    ck_assert(!PACKET(0xbe, [5] = 9, [8] = 1, [9] = 0x10, 4)); /* sub-channels R to W */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    ck_assert(!PACKET(0xb9, [3] = 0, 0, 4, 0, 2, 6, 0x10)); /* in the pregap */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
}
END_TEST

/* ---- tables ---- */

START_TEST(table_of_contents)
{
    settle();
    ck_assert(PACKET(0x43, [8] = 200));
    static const u8 toc[] = {0, 18, 1, 1,    0,    0x14, 1, 0, 0,           0,
                             0, 0,  0, 0x14, 0xaa, 0,    0, 0, BLOCKS >> 8, BLOCKS & 0xff};
    ck_assert_uint_eq(got_bytes, sizeof(toc));
    ck_assert(memcmp(got, toc, sizeof(toc)) == 0);
    ck_assert(PACKET(0x43, 2, [6] = 0xaa, [8] = 200)); /* lead-out by time: 300 + 150 frames */
    ck_assert_uint_eq(got_bytes, 12);
    ck_assert(got[8] == 0 && got[9] == 0 && got[10] == 6 && got[11] == 0);
    ck_assert(!PACKET(0x43, [6] = 2, [8] = 200));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    ck_assert(PACKET(0x43, [2] = 1, [8] = 200));
    ck_assert(got_bytes == 12 && got[1] == 10 && got[6] == 1);
    ck_assert(PACKET(0x43, [8] = 200, [9] = 0x40)); /* the same, spelled the old way */
    ck_assert(got_bytes == 12 && got[1] == 10);
    ck_assert(PACKET(0x43, [2] = 2, [8] = 200));
    ck_assert(got_bytes == 4 + 4 * 11 && got[1] == 2 + 4 * 11);
    ck_assert(got[4 + 3] == 0xa0 && got[4 + 22 + 3] == 0xa2 && got[4 + 22 + 9] == 6);
    ck_assert(PACKET(0x43, [8] = 6)); /* cut to what is allowed */
    ck_assert_uint_eq(got_bytes, 6);
    ck_assert(PACKET(0x43, [8] = 7));
    ck_assert_uint_eq(got_bytes, 7); /* an odd end */
    ck_assert(PACKET(0x43));
    ck_assert_uint_eq(got_bytes, 0);
    ck_assert(!PACKET(0x43, [2] = 5, [8] = 200));
}
END_TEST

START_TEST(pages_and_features)
{
    settle();
    static const u8 pages[][2] = {{0x01, 8}, {0x0e, 16}, {0x1a, 12}, {0x2a, 20}};
    for (unsigned i = 0; i < ARRAY_SIZE(pages); i++) {
        ck_assert(PACKET(0x5a, [2] = pages[i][0], [8] = 255));
        ck_assert_uint_eq(got_bytes, 8u + pages[i][1]);
        ck_assert(got[1] == got_bytes - 2 && got[2] == 1 && got[8] == pages[i][0]);
        ck_assert_uint_eq(got[9], pages[i][1] - 2u);
        ck_assert(PACKET(0x1a, [2] = pages[i][0], [4] = 255));
        ck_assert_uint_eq(got_bytes, 4u + pages[i][1]);
        ck_assert(got[0] == got_bytes - 1 && got[4] == pages[i][0]);
    }
    ck_assert(PACKET(0x5a, [2] = 0x3f, [8] = 255));
    ck_assert_uint_eq(got_bytes, 8 + 8 + 8 + 16 + 12 + 20);
    ck_assert(!PACKET(0x5a, [2] = 0x05, [8] = 255));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    ck_assert(!PACKET(0x5a, [2] = 0xea, [8] = 255));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_SAVING_NOT_SUPPORTED);

    ck_assert(PACKET(0x46, [7] = 1));
    ck_assert_uint_eq(got[3], got_bytes - 4);
    ck_assert(got[7] == 8 && got[8 + 3] == 4 && got[8 + 6] == 1); /* profile CD-ROM, in use */
    u32 p = 8, features = 0;
    for (; p < got_bytes; p += 4u + got[p + 3])
        features++;
    ck_assert_uint_eq(p, got_bytes);
    ck_assert_uint_eq(features, 8);
    ck_assert(PACKET(0x46, 2, [3] = 0x1e, [7] = 1));
    ck_assert_uint_eq(got_bytes, 12);
    ck_assert(PACKET(0x42, [2] = 0x40, [3] = 1, [8] = 100));
    ck_assert(got_bytes == 16 && got[1] == 0x15 && got[3] == 12);
    ck_assert(PACKET(0x51, [8] = 100));
    ck_assert(got_bytes == 34 && got[2] == 0x0e);
    ck_assert(PACKET(0xbd, [9] = 8));
    ck_assert_uint_eq(got_bytes, 8);
}
END_TEST

/* ---- tray ---- */

static u8 event(u8 *medium)
{
    ck_assert(PACKET(0x4a, 1, [4] = 0x10, [8] = 8));
    ck_assert(got_bytes == 8 && got[1] == 6 && got[2] == 4);
    *medium = got[5];
    return got[4];
}

START_TEST(tray)
{
    u8 medium;
    bool locked;
    settle();
    ck_assert(event(&medium) == EVENT_NONE && medium == 2);
    ck_assert(PACKET(0x1e, [4] = 1)); /* lock */
    ck_assert(!PACKET(0x1b, [4] = 2));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_REMOVAL_PREVENTED);
    ck_assert_ptr_null(atapi_eject(drive(), false, &locked));
    ck_assert(locked);
    ck_assert(event(&medium) == EVENT_EJECT_REQUEST && medium == 2);
    ck_assert(event(&medium) == EVENT_NONE);
    ck_assert(PACKET(0x1e, [4] = 0));
    ck_assert(PACKET(0x1b, [4] = 2)); /* eject */
    ck_assert(event(&medium) == EVENT_REMOVAL && medium == 3);
    ck_assert(!PACKET(0x00));
    expect_sense(SENSE_NOT_READY, ASC_NO_MEDIUM_OPEN);
    ck_assert(!PACKET(0x28, [8] = 1));
    expect_sense(SENSE_NOT_READY, ASC_NO_MEDIUM_OPEN);
    ck_assert(PACKET(0x1b, [4] = 3)); /* load */
    ck_assert(event(&medium) == EVENT_NEW_MEDIUM && medium == 2);
    ck_assert(!PACKET(0x00));
    expect_sense(SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
    ck_assert(PACKET(0x00));

    /* Somebody takes the disc out, and puts in a smaller one. */
    ck_assert_ptr_eq(atapi_eject(drive(), false, &locked), disc);
    cd_close(disc, NULL);
    ck_assert(!PACKET(0x25));
    expect_sense(SENSE_NOT_READY, ASC_NO_MEDIUM_CLOSED);
    ck_assert(event(&medium) == EVENT_REMOVAL && medium == 0);
    disc = open_disc("small", 9 * CD_BLOCK + 700); /* cut off in the middle of a block */
    atapi_insert(drive(), disc);
    ck_assert(!PACKET(0x25));
    expect_sense(SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
    ck_assert(PACKET(0x25));
    ck_assert_uint_eq(got[3], 9);
}
END_TEST

/* ---- what goes wrong ---- */

START_TEST(disc_out_in_mid_read)
{
    bool locked;
    settle();
    for (int again = 0; again < 2; again++) {
        ck_assert(PACKET(0x1e, [4] = 1));
        send((const u8[12]){0x28, [8] = 100}, 2048, 0);
        idle();
        ck_assert_uint_eq(in(STATUS), 0x58);
        cd_close(atapi_eject(drive(), true, &locked), NULL);
        if (again) { /* another one is in before the guest notices */
            disc = open_disc("other", 200 * CD_BLOCK);
            atapi_insert(drive(), disc);
        }
        for (int i = 0; i < 1024; i++) /* the rest of the DRQ block is in the drive's buffer */
            ck_assert_uint_eq(bus_in(&r.bus, BASE, 2), pattern(2u * i) | pattern(2u * i + 1) << 8);
        idle();
        ck_assert_int_eq(r.level[IRQ15], 1);
        ck_assert(!receive(2048));
        ck_assert_uint_lt(got_bytes, 4 * CD_BLOCK); /* what was read ahead */
        expect_sense(again ? SENSE_UNIT_ATTENTION : SENSE_NOT_READY,
                     again ? ASC_MEDIUM_CHANGED : ASC_NO_MEDIUM_CLOSED);
        if (!again) {
            disc = open_disc("third", BLOCKS * CD_BLOCK);
            atapi_insert(drive(), disc);
            settle();
        }
    }
    ck_assert(PACKET(0x28, [8] = 1));
}
END_TEST

START_TEST(image_cut_short_under_us)
{
    bool locked;
    settle();
    cd_close(atapi_eject(drive(), true, &locked), NULL);
    char *path = scratch_image("short", 40 * CD_BLOCK);
    disc = cd_open(&(struct media){.path = path}, NULL, &e);
    ck_assert_msg(disc != NULL, "%s", e.text);
    atapi_insert(drive(), disc);
    settle();
    ck_assert_int_eq(truncate(path, 10 * CD_BLOCK + 100), 0);
    ck_assert(!PACKET(0x28, [8] = 30));
    ck_assert_uint_eq(got_bytes, 10 * CD_BLOCK);
    check_pattern(got, 0, got_bytes);
    expect_sense(SENSE_MEDIUM_ERROR, ASC_UNRECOVERED_READ);
    ck_assert(PACKET(0x28, [8] = 9));
    unlink(path);
}
END_TEST

static void count_stop(void *opaque, const char *why)
{
    ck_assert_ptr_nonnull(strstr(why, "cannot read"));
    ++*(unsigned *)opaque;
}

/* rerror=stop: the machine stops, and the read goes on where it was when that is mended. */
START_TEST(host_fails_and_is_mended)
{
    for (u8 dma = 0; dma < 2; dma++) {
        bool locked;
        unsigned stops = 0;
        settle();
        cd_close(atapi_eject(drive(), true, &locked), NULL);
        char *path = scratch_image("stops", 40 * CD_BLOCK);
        disc = cd_open(&(struct media){.path = path, .read_error = ON_ERROR_STOP}, NULL, &e);
        ck_assert_msg(disc != NULL, "%s", e.text);
        cd_on_stop(disc, count_stop, &stops);
        atapi_insert(drive(), disc);
        settle();
        ck_assert_int_eq(truncate(path, 10 * CD_BLOCK), 0);
        dma_at = 0;
        dma_takes = 5 * CD_BLOCK;
        send((const u8[12]){0x28, [5] = 20, [8] = 5}, 0, dma);
        rig_run(&r, NS_PER_SEC);
        ck_assert_uint_ge(stops, 1);
        ck_assert_uint_eq(alt() & (ATA_BSY | ATA_DRQ), ATA_BSY);
        ck_assert_int_eq(truncate(path, 40 * CD_BLOCK), 0);
        ck_assert(receive(0xfffe));
        ck_assert_uint_eq(dma ? dma_at : got_bytes, 5 * CD_BLOCK);
        unlink(path);
    }
}
END_TEST

START_TEST(images_that_are_none)
{
    char *path = scratch_image("none", 1000);
    ck_assert_ptr_null(cd_open(&(struct media){.path = path}, NULL, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "too little"));
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("atapi");
    TCase *t = tcase_create("CD-ROM");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, signature_and_identify);
    tcase_add_test(t, transfer_modes);
    tcase_add_test(t, reset_selects_the_first);
    tcase_add_test(t, device_reset_ends_a_hanging_packet);
    tcase_add_test(t, attention_is_told_once);
    tcase_add_test(t, read_by_any_byte_count);
    tcase_add_test(t, ends_of_the_disc);
    tcase_add_test(t, raw_sectors);
    tcase_add_test(t, table_of_contents);
    tcase_add_test(t, pages_and_features);
    tcase_add_test(t, tray);
    tcase_add_test(t, disc_out_in_mid_read);
    tcase_add_test(t, image_cut_short_under_us);
    tcase_add_test(t, host_fails_and_is_mended);
    tcase_add_test(t, images_that_are_none);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
