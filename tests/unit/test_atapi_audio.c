/*
 * test_atapi_audio.c - a CD-ROM drive with music: the volume's page, several tracks' contents,
 * sectors of sound, playing in guest time.
 */
#include "atapi_rig.h"

/* Give what is asked for. true: GOOD. */
static bool give(const u8 *data, u32 n, u32 limit)
{
    u32 given = 0;
    for (;;) {
        idle();
        ck_assert_int_eq(r.level[IRQ15], 1);
        u8 status = in(STATUS), reason = in(COUNT)&3;
        if (!(status & ATA_DRQ)) {
            ck_assert_uint_eq(reason, ATAPI_CD | ATAPI_IO);
            return !(status & ATA_ERR);
        }
        u32 block = in(LBAM) | (u32)in(LBAH) << 8;
        ck_assert_uint_eq(reason, 0); /* data, to the device */
        ck_assert_uint_le(block, limit);
        ck_assert_uint_le(given + block, n);
        for (u32 i = 0; i < block; i += 2)
            bus_out(&r.bus, BASE,
                    data[given + i] | (given + i + 1 < n ? (u32)data[given + i + 1] << 8 : 0), 2);
        given += block;
        ck_assert_uint_eq(alt() & ATA_DRQ, 0);
    }
}

static void expect_audio_control(u8 control, const u8 want[5])
{
    static const u8 at[5] = {2, 8, 9, 10, 11};
    ck_assert(PACKET(0x5a, [2] = 0x0e | control << 6, [8] = 255));
    for (unsigned i = 0; i < 5; i++)
        ck_assert_uint_eq(got[8 + at[i]], want[i]);
}

/* The volume of audio CDs, as players set it; MMC-3 6.3.6. */
START_TEST(audio_control)
{
    static const u8 start[5] = {4, 1, 0xff, 2, 0xff}, changeable[5] = {2, 0xf, 0xff, 0xf, 0xff};
    static const u8 want[5] = {6, 3, 0x40, 0, 0x80}, other[5] = {4, 1, 0x11, 2, 0x22};
    u8 list[8 + 16] = {[8] = 0x0e, 14, [10] = 0x06, [16] = 0x03, 0x40, 0x00, 0x80, 0x11, 0x22};
    settle();
    expect_audio_control(0, start);
    expect_audio_control(1, changeable);
    for (u32 limit = 6; limit <= 24; limit += 18) {
        send((const u8[12]){0x55, 0x10, [8] = 24}, limit, 0);
        ck_assert(give(list, 24, limit));
        expect_audio_control(0, want); /* ports 2 and 3 there are none */
        ck_assert(PACKET(0x5a, [2] = 0x0e, [8] = 255));
        ck_assert(got[8 + 12] == 0 && got[8 + 13] == 0);
    }
    expect_audio_control(1, changeable);
    expect_audio_control(2, start);
    /* MODE SELECT (6), a block descriptor in front, another page behind. */
    u8 six[4 + 8 + 16 + 8] = {[3] = 8, [12] = 0x0e, 14, 4, [20] = 1, 0x11, 2, 0x22, [28] = 1, 6};
    send((const u8[12]){0x15, 0x10, [4] = 36}, 0xfffe, 0);
    ck_assert(give(six, 36, 0xfffe));
    expect_audio_control(0, other);
    /* What is wrong changes nothing. */
    static const struct {
        u8 at, value, length;
        u16 asc;
    } wrong[] = {
        {8, 0x05, 24, ASC_INVALID_PARAMETER}, {9, 12, 24, ASC_INVALID_PARAMETER},
        {9, 13, 23, ASC_INVALID_PARAMETER},   {7, 17, 24, ASC_PARAMETER_LENGTH},
        {9, 32, 24, ASC_PARAMETER_LENGTH},    {8, 0x3f, 24, ASC_INVALID_PARAMETER},
        {8, 0x0e, 20, ASC_PARAMETER_LENGTH},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        u8 bad[24];
        memcpy(bad, list, sizeof(bad));
        bad[wrong[i].at] = wrong[i].value;
        send((const u8[12]){0x55, 0x10, [8] = wrong[i].length}, 0xfffe, 0);
        ck_assert(!give(bad, wrong[i].length, 0xfffe));
        expect_sense(SENSE_ILLEGAL_REQUEST, wrong[i].asc);
        expect_audio_control(0, other);
    }
    ck_assert(PACKET(0x55, 0x10)); /* nothing to be set */
    ck_assert(!PACKET(0x55, 0x11, [8] = 24));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    ck_assert(!PACKET(0x15, 0x10, [4] = 3));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_PARAMETER_LENGTH);
    /* By bus master. */
    memcpy(dma_memory, list, 24);
    dma_at = 0;
    dma_takes = 10;
    send((const u8[12]){0x55, 0x10, [8] = 24}, 0, 1);
    rig_run(&r, 10 * NS_PER_MS);
    ck_assert_uint_eq(alt(), ATA_BSY);
    dma_takes = 1 << 20;
    ide_dma_go(ide, 1);
    idle();
    ck_assert_uint_eq(in(STATUS), 0x50);
    expect_audio_control(0, want);
    /* RESET# sets the defaults, DEVICE RESET does not. */
    out(COMMAND, 0x08);
    idle();
    settle();
    expect_audio_control(0, want);
    ata_hard_reset(drive());
    idle();
    settle();
    expect_audio_control(0, start);
}
END_TEST

/* ---- a disc with music ---- */

/* 20 blocks of data, a track of 300 blocks with its pregap, and a last one of 75. */
static void insert_music(void)
{
    bool locked;
    char cue[300], *bin = scratch_image("music.bin", 395 * CD_RAW);
    FILE *f;
    snprintf(cue, sizeof(cue), "%s.cue", bin);
    ck_assert_ptr_nonnull(f = fopen(cue, "w"));
    fprintf(f,
            "CATALOG 1234567890123\nFILE \"%s\" BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\n"
            "TRACK 02 AUDIO\nISRC ABCDE1234567\nINDEX 00 00:00:20\nINDEX 01 00:00:30\n"
            "TRACK 03 AUDIO\nINDEX 01 00:04:20\n",
            bin);
    fclose(f);
    cd_close(atapi_eject(drive(), true, &locked), NULL);
    disc = cd_open(&(struct media){.path = cue}, NULL, &e);
    ck_assert_msg(disc != NULL, "%s", e.text);
    unlink(cue);
    unlink(bin);
    atapi_insert(drive(), disc);
    settle();
}

/* READ SUB-CHANNEL, by block: audio status; track, index and block if it is wanted. */
static u8 audio_status(u8 *track, u32 *block)
{
    ck_assert(PACKET(0x42, 0, 0x40, 1, [8] = 16));
    ck_assert_uint_eq(got_bytes, 16);
    if (track)
        *track = got[6];
    if (block)
        *block = (u32)got[8] << 24 | (u32)got[9] << 16 | (u32)got[10] << 8 | got[11];
    return got[1];
}

START_TEST(toc_of_several_tracks)
{
    insert_music();
    static const u8 toc[] = {0,          34, 1,    3,    0,    0x14, 1, 0,        0,
                             0,          0,  0,    0,    0x10, 2,    0, 0,        0,
                             0,          30, 0,    0x10, 3,    0,    0, 0,        320 >> 8,
                             320 & 0xff, 0,  0x10, 0xaa, 0,    0,    0, 395 >> 8, 395 & 0xff};
    ck_assert(PACKET(0x43, [8] = 200));
    ck_assert_uint_eq(got_bytes, sizeof(toc));
    ck_assert_mem_eq(got, toc, sizeof(toc));
    ck_assert(PACKET(0x43, 2, [6] = 3, [8] = 200)); /* from track 3 on, by time */
    ck_assert(got_bytes == 20 && got[6] == 3 && got[9] == 0 && got[10] == 6 && got[11] == 20);
    ck_assert(!PACKET(0x43, [6] = 4, [8] = 200));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    ck_assert(PACKET(0x43, [2] = 2, [8] = 200)); /* the lead-in: 3 points and 3 tracks */
    ck_assert_uint_eq(got_bytes, 4 + 6 * 11);
    ck_assert(got[4 + 11 + 3] == 0xa1 && got[4 + 11 + 8] == 3);
    ck_assert(PACKET(0x51, [8] = 34));
    ck_assert_uint_eq(got[6], 3);
    ck_assert(PACKET(0x52, 1, [5] = 2, [8] = 36));
    ck_assert(got[2] == 2 && got[5] == 0 && got[11] == 30 && got[26] == 290 >> 8);
}
END_TEST

START_TEST(audio_sectors)
{
    insert_music();
    ck_assert(PACKET(0xbe, [5] = 40, [8] = 2, [9] = 0xf8));
    ck_assert_uint_eq(got_bytes, 2 * CD_RAW);
    for (u32 i = 0; i < got_bytes; i++)
        ck_assert_uint_eq(got[i], pattern(40 * CD_RAW + i));
    ck_assert(PACKET(0xbe, 1 << 2, [5] = 40, [8] = 1, [9] = 0x10));
    ck_assert_uint_eq(got_bytes, CD_RAW);
    ck_assert(!PACKET(0xbe, 2 << 2, [5] = 40, [8] = 1, [9] = 0x10)); /* Mode 1 is wanted */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_WRONG_TRACK_MODE);
    ck_assert(!PACKET(0x28, [5] = 40, [8] = 1));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_WRONG_TRACK_MODE);
    /* Sub-channel Q: control and ADR, track, index, time in the track, time on the disc. */
    ck_assert(PACKET(0xbe, [5] = 115, [8] = 1, [9] = 0xf8, SUB_Q));
    ck_assert_uint_eq(got_bytes, CD_RAW + 16);
    static const u8 q[10] = {0x01, 0x02, 0x01, 0, 0x01, 0x10, 0, 0, 0x03, 0x40};
    ck_assert_mem_eq(got + CD_RAW, q, 10);
    ck_assert(PACKET(0xbe, [5] = 25, [8] = 1, [10] = SUB_RAW)); /* in the pregap P is 1 */
    ck_assert_uint_eq(got_bytes, 96);
    ck_assert_uint_eq(got[0] & 0x80, 0x80);
}
END_TEST

START_TEST(plays_in_guest_time)
{
    u8 track;
    u32 block;
    insert_music();
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_NONE);
    ck_assert(PACKET(0x45, [5] = 30, [8] = 150)); /* two seconds */
    ck_assert_uint_eq(audio_status(&track, &block), AUDIO_PLAYING);
    ck_assert(track == 2 && block == 30);
    rig_run(&r, NS_PER_SEC);
    ck_assert_uint_eq(audio_status(&track, &block), AUDIO_PLAYING);
    ck_assert(track == 2 && block == 105);
    ck_assert(PACKET(0x4b)); /* pause */
    rig_run(&r, NS_PER_SEC);
    ck_assert_uint_eq(audio_status(NULL, &block), AUDIO_PAUSED);
    ck_assert_uint_eq(block, 105);
    ck_assert(PACKET(0x4b, [8] = 1));
    rig_run(&r, NS_PER_SEC / 2);
    ck_assert_uint_eq(audio_status(NULL, &block), AUDIO_PLAYING);
    ck_assert(block >= 142 && block <= 143);
    rig_run(&r, NS_PER_SEC);
    ck_assert_uint_eq(audio_status(NULL, &block), AUDIO_COMPLETED); /* told once */
    ck_assert_uint_eq(block, 180);
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_NONE);
    ck_assert(!PACKET(0x4b, [8] = 1));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_SEQUENCE);
    /* By time, from 0:06:20 to the end of the disc. */
    ck_assert(PACKET(0x47, [3] = 0, 6, 20, 0, 7, 20));
    rig_run(&r, NS_PER_SEC / 3);
    ck_assert_uint_eq(audio_status(&track, &block), AUDIO_PLAYING);
    ck_assert(track == 3 && block >= 344 && block <= 345);
    ck_assert(PACKET(0x4e));
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_NONE);
    /* Tracks. */
    ck_assert(PACKET(0x48, [4] = 2, [5] = 1, [7] = 2, [8] = 1));
    rig_run(&r, 10 * NS_PER_SEC);
    ck_assert_uint_eq(audio_status(NULL, &block), AUDIO_COMPLETED);
    ck_assert_uint_eq(block, 320);
}
END_TEST

START_TEST(playing_ends)
{
    insert_music();
    ck_assert(!PACKET(0x45, [5] = 5, [8] = 10)); /* data */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_WRONG_TRACK_MODE);
    u32 block;
    ck_assert(PACKET(0x45, [4] = 1, [5] = 0x80, [8] = 100)); /* up to the end, and no further */
    rig_run(&r, NS_PER_SEC);
    ck_assert_uint_eq(audio_status(NULL, &block), AUDIO_COMPLETED);
    ck_assert_uint_eq(block, 395);
    ck_assert(PACKET(0xa5, [4] = 1, [5] = 0x80, 0xff, 0xff, 0xff, 0xff));
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_PLAYING);
    ck_assert(PACKET(0x47, [3] = 0, 6, 20, 79, 59, 74));
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_PLAYING);
    ck_assert(!PACKET(0x47, [3] = 0, 6, 20, 0, 6, 19)); /* backwards */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    ck_assert(!PACKET(0x45, [4] = 1, [5] = 0x8b, [8] = 1)); /* from the lead-out on */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    ck_assert(!PACKET(0x45, 0, 0xff, 0xff, 0xff, 0xfe, [7] = 0xff, 0xff));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    ck_assert(PACKET(0x45, [5] = 30)); /* a length of 0 only moves the head */
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_NONE);
    ck_assert(PACKET(0x45, [5] = 30, [8] = 200));
    ck_assert(PACKET(0x28, [8] = 1)); /* a read takes the head away */
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_NONE);
    ck_assert(PACKET(0x45, [5] = 30, [8] = 200));
    ck_assert(PACKET(0x1b)); /* so does STOP */
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_NONE);
    /* Catalogue number and ISRC. */
    ck_assert(PACKET(0x42, 0, 0x40, 2, [8] = 24));
    ck_assert(got[8] == 0x80 && !memcmp(got + 9, "1234567890123", 13));
    ck_assert(PACKET(0x42, 0, 0x40, 3, [6] = 2, [8] = 24));
    ck_assert(got[8] == 0x80 && !memcmp(got + 9, "ABCDE1234567", 12));
    ck_assert(PACKET(0x42, 0, 0x40, 3, [6] = 3, [8] = 24));
    ck_assert_uint_eq(got[8], 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("atapi_audio");
    TCase *t = tcase_create("CD-ROM");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, audio_control);
    tcase_add_test(t, toc_of_several_tracks);
    tcase_add_test(t, audio_sectors);
    tcase_add_test(t, plays_in_guest_time);
    tcase_add_test(t, playing_ends);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
