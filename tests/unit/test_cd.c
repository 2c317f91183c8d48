/*
 * test_cd.c - discs: plain, raw, and by cue sheet; sheets that are wrong.
 */
#include "hw/storage/cd_disc.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/ferrite-cd-XXXXXX", path[64];
static struct err e;
static struct cd_disc *d;

static const char *in_dir(const char *name)
{
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void setup(void)
{
    strcpy(dir, "/tmp/ferrite-cd-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    d = NULL;
}

static void teardown(void)
{
    char command[64];
    cd_close(d, NULL);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    ck_assert_int_eq(system(command), 0);
}

static void put(const char *name, const void *bytes, size_t size)
{
    FILE *f = fopen(in_dir(name), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, size, f), size);
    fclose(f);
}

/* Sector n of a kind: the number in its first user bytes. */
static u32 stamp(u8 *to, u32 n, unsigned size, unsigned mode, bool form2)
{
    u8 raw[CD_RAW];
    memset(raw, 0, sizeof(raw));
    if (mode)
        cd_raw_header(n, (u8)mode, raw);
    unsigned user = mode == 0 ? 0 : mode == 1 ? 16 : 24;
    put_le32(raw + user, 0x51000000u + n);
    if (mode == 2)
        raw[18] = raw[22] = form2 ? 0x20 : 0;
    memcpy(to, raw + (size == 2336 ? 16 : size == CD_BLOCK ? user : 0), size);
    return size;
}

static u8 image[200 * CD_RAW];

static u32 fill(u32 count, unsigned size, unsigned mode)
{
    u32 at = 0;
    for (u32 n = 0; n < count; n++)
        at += stamp(image + at, n, size, mode, false);
    return at;
}

static bool open_disc(const char *name)
{
    struct media m = {.path = in_dir(name)};
    cd_close(d, NULL);
    d = cd_open(&m, NULL, &e);
    return d != NULL;
}

static void sheet(const char *text)
{
    put("disc.cue", text, strlen(text));
}

static u32 user_word(u32 lba)
{
    u8 block[CD_BLOCK];
    ck_assert_msg(cd_read(d, lba, block), "block %u", lba);
    return get_le32(block);
}

static u32 raw_word(u32 lba, unsigned at)
{
    u8 raw[CD_RAW];
    ck_assert(cd_read_raw(d, lba, raw));
    return get_le32(raw + at);
}

START_TEST(single_files)
{
    static const struct {
        u16 size;
        u8 mode, user;
    } row[] = {{CD_BLOCK, 1, 16}, {CD_RAW, 1, 16}, {CD_RAW, 2, 24}};
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        put("disc.img", image, fill(20, row[i].size, row[i].mode));
        ck_assert_msg(open_disc("disc.img"), "%s", e.text);
        ck_assert_uint_eq(cd_blocks(d), 20);
        ck_assert_uint_eq(d->tracks, 1);
        ck_assert(cd_is_data(d, 19) && !cd_is_data(d, 20));
        for (u32 n = 0; n < 20; n++) {
            ck_assert_uint_eq(user_word(n), 0x51000000 + n);
            ck_assert_uint_eq(raw_word(n, row[i].user), 0x51000000 + n);
            ck_assert_uint_eq(raw_word(n, 12) >> 24, row[i].mode);
        }
        u8 block[CD_BLOCK];
        ck_assert(!cd_read(d, 20, block));
        ck_assert(!cd_read_raw(d, 20, image));
    }
    /* With sub-channels behind each sector. */
    memset(image, 0xee, sizeof(image));
    for (u32 n = 0; n < 5; n++)
        stamp(image + n * 2448, n, CD_RAW, 1, false);
    put("disc.img", image, 5 * 2448);
    ck_assert(open_disc("disc.img"));
    ck_assert_uint_eq(cd_blocks(d), 5);
    ck_assert_uint_eq(user_word(4), 0x51000004);
    /* A sector and a bit is a sector. */
    put("disc.img", image, 2448 + 100);
    ck_assert(open_disc("disc.img"));
    ck_assert_uint_eq(cd_blocks(d), 1);
    put("disc.img", image, 2000);
    ck_assert(!open_disc("disc.img"));
    ck_assert_ptr_nonnull(strstr(e.text, "too little"));
    /* A block and a bit are two, the second with zeros behind the bit. */
    fill(2, CD_BLOCK, 1);
    memset(image + CD_BLOCK + 4, 0x77, 96);
    put("disc.img", image, CD_BLOCK + 100);
    ck_assert(open_disc("disc.img"));
    ck_assert_uint_eq(cd_blocks(d), 2);
    ck_assert_uint_eq(user_word(1), 0x51000001);
    u8 block[CD_BLOCK];
    ck_assert(cd_read(d, 1, block));
    ck_assert_uint_eq(block[99], 0x77);
    ck_assert_uint_eq(block[100], 0);
}
END_TEST

/* Sectors of Mode 2 without headers tell themselves by what they hold. */
START_TEST(without_headers)
{
    u32 at = fill(20, 2336, 2);
    memcpy(image + 16 * 2336 + 8, "\1CD001", 6);
    put("disc.img", image, at);
    ck_assert_msg(open_disc("disc.img"), "%s", e.text);
    ck_assert_uint_eq(cd_blocks(d), 20);
    ck_assert_uint_eq(user_word(19), 0x51000013);
    ck_assert_uint_eq(raw_word(19, 12) >> 24, 2);
}
END_TEST

/* Sheets whose tracks are not what the files have. */
START_TEST(sheets_of_other_discs)
{
    static const struct {
        u16 size;
        u8 mode;
        const char *kind, *word; /* NULL: it fits */
    } row[] = {
        {CD_RAW, 1, "MODE1/2352", NULL},
        {CD_RAW, 1, "MODE2/2352", NULL}, /* each sector says its mode */
        {CD_RAW, 1, "MODE1/2048", "said to be MODE1/2048, but its file has MODE1/2352"},
        {CD_RAW, 2, "MODE2/2336", "has MODE2/2352"},
        {CD_RAW, 1, "AUDIO", "said to be AUDIO, but"},
        {CD_BLOCK, 1, "MODE1/2048", NULL},
        {CD_BLOCK, 1, "MODE1/2352", "has MODE1/2048"},
        {CD_BLOCK, 1, "MODE2/2336", "has MODE1/2048"},
        {CD_BLOCK, 1, "AUDIO", NULL}, /* who can tell? */
        {2336, 2, "MODE2/2336", NULL},
        {2336, 2, "MODE2/2352", "has MODE2/2336"},
        {2336, 2, "MODE1/2048", "has MODE2/2336"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        char text[200];
        u32 at = fill(20, row[i].size, row[i].mode);
        u32 user = row[i].size == CD_BLOCK ? 0
                   : row[i].size == 2336   ? 8
                   : row[i].mode == 1      ? 16
                                           : 24;
        memcpy(image + 16 * row[i].size + user, "\1CD001", 6);
        put("a.bin", image, at);
        snprintf(text, sizeof(text), "FILE a.bin BINARY\nTRACK 01 %s\nINDEX 01 00:00:00\n",
                 row[i].kind);
        sheet(text);
        ck_assert_msg(open_disc("disc.cue") == !row[i].word, "%u as %s: %s", row[i].size,
                      row[i].kind, e.text);
        ck_assert_msg(!row[i].word || strstr(e.text, row[i].word), "%s", e.text);
    }
}
END_TEST

START_TEST(one_file_many_tracks)
{
    u32 at = fill(10, CD_RAW, 1);
    for (u32 n = 10; n < 40; n++)
        at += stamp(image + at, n, CD_RAW, 0, false);
    put("game.bin", image, at);
    sheet("\xef\xbb\xbfREM by hand\r\nCATALOG 1234567890123\r\nFILE \"GAME.BIN\" BINARY\r\n"
          "  TRACK 01 MODE1/2352\r\n    INDEX 01 00:00:00\r\n"
          "  TRACK 02 AUDIO\r\n    FLAGS DCP PRE\r\n    ISRC ABCDE1234567\r\n"
          "    PREGAP 00:02:00\r\n    INDEX 01 00:00:10\r\n"
          "  TRACK 03 AUDIO\r\n    INDEX 00 00:00:20\r\n    INDEX 01 00:00:25\r\n"
          "    INDEX 02 00:00:30\r\n    POSTGAP 00:00:05\r\n");
    ck_assert_msg(open_disc("disc.cue"), "%s", e.text);
    ck_assert_uint_eq(d->tracks, 3);
    ck_assert_str_eq(d->catalog, "1234567890123");
    ck_assert_str_eq(d->track[1].isrc, "ABCDE1234567");
    ck_assert_uint_eq(d->track[0].control, CD_DATA);
    ck_assert_uint_eq(d->track[1].control, CD_PRE_EMPHASIS | CD_COPY);
    ck_assert_uint_eq(d->track[1].pregap, 10);
    ck_assert_uint_eq(d->track[1].start, 160);
    ck_assert_uint_eq(d->track[2].pregap, 170);
    ck_assert_uint_eq(d->track[2].start, 175);
    ck_assert_uint_eq(cd_blocks(d), 195);
    static const struct {
        u8 lba, track, index;
        u32 word;
    } row[] = {{9, 1, 1, 0},
               {10, 2, 0, 0},
               {159, 2, 0, 0},
               {160, 2, 1, 0x5100000a},
               {169, 2, 1, 0x51000013},
               {170, 3, 0, 0x51000014},
               {174, 3, 0, 0x51000018},
               {175, 3, 1, 0x51000019},
               {180, 3, 2, 0x5100001e},
               {189, 3, 2, 0x51000027},
               {190, 3, 2, 0},
               {194, 3, 2, 0}};
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        u8 index;
        ck_assert_uint_eq(cd_track_at(d, row[i].lba, &index), row[i].track);
        ck_assert_uint_eq(index, row[i].index);
        if (row[i].track > 1)
            ck_assert_uint_eq(raw_word(row[i].lba, 0), row[i].word);
    }
    u8 index, block[CD_BLOCK];
    ck_assert_uint_eq(cd_track_at(d, 195, &index), CD_LEAD_OUT);
    ck_assert_uint_eq(user_word(9), 0x51000009);
    ck_assert(!cd_read(d, 160, block));
}
END_TEST

/* As programs and people write them. */
START_TEST(odd_spellings)
{
    static const struct {
        const char *text, *catalog, *isrc;
    } row[] = {
        {"file my game cd.bin binary\ntrack 1 audio\nindex 1 0:0:0\n", "", ""},
        {"FILE   My Game CD.BIN  \t BINARY  \nTRACK 01 AUDIO\nINDEX 01 00:00:00\n", "", ""},
        {"\"FILE\" \"my game cd.bin\" BINARY\n\n \t\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n", "", ""},
        {"; by hand\n# and\n// more\nREM\nDATE 1995\nCATALOG 012345678905\nFILE \"my game cd.bin\" "
         "BINARY\nTRACK 01 AUDIO\nFLAGS DATA DCP\nISRC US-AB1-00-00001\nCOMPOSER \"x\"\n"
         "INDEX 01 00:00:00\n",
         "0012345678905", "USAB10000001"},
    };
    put("my game cd.bin", image, 20 * CD_RAW);
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        sheet(row[i].text);
        ck_assert_msg(open_disc("disc.cue"), "%s: %s", row[i].text, e.text);
        ck_assert_uint_eq(d->tracks, 1);
        ck_assert_uint_eq(cd_blocks(d), 20);
        ck_assert_str_eq(d->catalog, row[i].catalog);
        ck_assert_str_eq(d->track[0].isrc, row[i].isrc);
    }
}
END_TEST

START_TEST(mixed_sectors_and_files)
{
    u32 at = fill(8, CD_BLOCK, 1);
    for (u32 n = 8; n < 12; n++)
        at += stamp(image + at, n, 2336, 2, n == 11);
    put("one.bin", image, at);
    at = 0;
    for (u32 n = 0; n < 6; n++) {
        at += stamp(image + at, n, CD_RAW, 0, false);
        u8 *p = image + at - CD_RAW, low = p[0];
        p[0] = p[1]; /* high byte first */
        p[1] = low;
        low = p[2];
        p[2] = p[3];
        p[3] = low;
    }
    put("two.bin", image, at);
    u8 wave[44 + 3 * CD_RAW + 100] = "RIFF----WAVEfmt ";
    memset(wave + 44, 0x33, sizeof(wave) - 44);
    wave[16] = 16;
    wave[20] = 1;
    wave[22] = 2;
    put_le32(wave + 24, 44100);
    wave[34] = 16;
    memcpy(wave + 36, "data", 4);
    put_le32(wave + 40, 3 * CD_RAW + 100);
    put("three.wav", wave, sizeof(wave));
    sheet("FILE one.bin BINARY\nTRACK 01 MODE1/2048\nINDEX 01 00:00:00\n"
          "TRACK 02 MODE2/2336\nINDEX 01 00:00:08\n"
          "FILE \"C:\\old\\two.bin\" MOTOROLA\nTRACK 03 AUDIO\nINDEX 01 00:00:02\n"
          "TRACK 04 AUDIO\nINDEX 00 00:00:05\n"
          "FILE three.wav WAVE\nINDEX 01 00:00:00\n");
    ck_assert_msg(open_disc("disc.cue"), "%s", e.text);
    ck_assert_uint_eq(d->tracks, 4);
    ck_assert_uint_eq(user_word(7), 0x51000007);
    ck_assert_uint_eq(user_word(8), 0x51000008);
    ck_assert_uint_eq(raw_word(9, 24), 0x51000009);
    ck_assert_uint_eq(raw_word(9, 12) >> 24, 2);
    u8 block[CD_BLOCK];
    ck_assert(!cd_read(d, 11, block)); /* form 2 has no 2048 bytes */
    ck_assert_uint_eq(d->track[2].pregap, 12);
    ck_assert_uint_eq(d->track[2].start, 14);
    ck_assert_uint_eq(raw_word(12, 0), 0x51000000);
    ck_assert_uint_eq(raw_word(14, 0), 0x51000002);
    ck_assert_uint_eq(d->track[3].pregap, 17);
    ck_assert_uint_eq(d->track[3].start, 18);
    ck_assert_uint_eq(cd_blocks(d), 22); /* the last sector of the WAVE file is completed */
    ck_assert_uint_eq(raw_word(18, 0), 0x33333333);
    ck_assert_uint_eq(raw_word(21, 96), 0x33333333);
    ck_assert_uint_eq(raw_word(21, 100), 0);
}
END_TEST

START_TEST(wrong_sheets)
{
    static const struct {
        const char *text, *word;
    } row[] = {
        {"", "no track"},
        {"TRACK 01 AUDIO\n", ":1: TRACK before any FILE"},
        {"FILE none.bin BINARY\n", ":1: there is no file \"none.bin\""},
        {"FILE a.bin MIDI\n", "FLAC, OGG"},
        {"FILE a.bin WAVE\n", "no WAVE file"},
        {"FILE a.bin BINARY\nTRACK 02 AUDIO\n", ":2: tracks are numbered"},
        {"FILE a.bin BINARY\nTRACK 01 MODE3/2352\n", ":2: TRACK: AUDIO"},
        {"FILE a.bin BINARY\nTRACK 01 AUDIO\n", "has no INDEX 01"},
        {"FILE a.bin BINARY\nTRACK 01 AUDIO\nTRACK 02 AUDIO\n", ":3: the track before"},
        {"FILE a.bin BINARY\nTRACK 01 AUDIO\nINDEX 01 00:61:00\n", ":3: a time is"},
        {"FILE a.bin BINARY\nTRACK 01 AUDIO\nINDEX 01 00:00:75\n", ":3: a time is"},
        {"FILE a.bin BINARY\nTRACK 01 AUDIO\nINDEX 02 00:00:00\n", ":3: indices"},
        {"FILE a.bin BINARY\nTRACK 01 AUDIO\nINDEX 01 00:00:02\nTRACK 02 AUDIO\nINDEX 01 "
         "00:00:01\n",
         ":5: this INDEX lies before"},
        {"FILE a.bin BINARY\nTRACK 01 AUDIO\nINDEX 01 09:00:00\n", "behind the end"},
        {"FILE a.bin BINARY\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 01 "
         "09:00:00\n",
         "beyond the end"},
        {"FILE a.bin BINARY\nTRACK 01 AUDIO\nPOSTGAP 00:00:01\n", ":3: PREGAP stands"},
        {"CATALOG 12\n", "13 digits"},
        {"CATALOG 12345678901234\n", "13 digits"},
        {"FILE\n", ":1: FILE wants a name"},
        {"FILE a.bin\n", ":1: FILE: BINARY"},
        {"FILE some thing.bin BINARY\n", "no file \"some thing.bin\""},
        {"NONSENSE\n", ":1: no such word"},
    };
    put("a.bin", image, 20 * CD_RAW);
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        sheet(row[i].text);
        ck_assert_msg(!open_disc("disc.cue"), "taken: %s", row[i].text);
        ck_assert_msg(strstr(e.text, row[i].word) != NULL, "\"%s\" for: %s", e.text, row[i].text);
    }
    put("disc.cue", image, 70000);
    ck_assert(!open_disc("disc.cue"));
    ck_assert_ptr_nonnull(strstr(e.text, "no cue sheet"));
    ck_assert(!open_disc("missing.cue"));
    mkdir(in_dir("folder.cue"), 0700);
    ck_assert(!open_disc("folder.cue"));
}
END_TEST

/* A sheet with bytes exchanged is refused or gives a disc whose every block can be asked for. */
START_TEST(damaged_sheets)
{
    static const char good[] = "FILE a.bin BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\n"
                               "TRACK 02 AUDIO\nPREGAP 00:00:10\nINDEX 01 00:00:10\nINDEX 02 "
                               "00:00:12\nPOSTGAP 00:00:01\nFILE a.bin MOTOROLA\nTRACK 03 AUDIO\n"
                               "INDEX 00 00:00:00\nINDEX 01 00:00:05\n";
    static const char letters[] =
        "01234567890123456789012345678901234567890123456789: \n\"ABEFIKNRTCDX/";
    put("a.bin", image, 20 * CD_RAW + 5);
    srand(1);
    unsigned opened = 0;
    for (unsigned n = 0; n < 800; n++) {
        char text[sizeof(good)];
        memcpy(text, good, sizeof(good));
        for (int k = rand() % 2; k >= 0; k--)
            text[(unsigned)rand() % (sizeof(good) - 1)] =
                letters[(unsigned)rand() % (sizeof(letters) - 1)];
        sheet(text);
        if (!open_disc("disc.cue"))
            continue;
        opened++;
        u8 raw[CD_RAW], index;
        for (u32 lba = 0; lba < cd_blocks(d) && lba < 500; lba++) {
            ck_assert(cd_read_raw(d, lba, raw));
            unsigned track = cd_track_at(d, lba, &index);
            ck_assert(track >= 1 && track <= d->tracks);
        }
        for (unsigned t = 0; t < d->tracks; t++)
            ck_assert(d->track[t].pregap <= d->track[t].start && d->track[t].start <= d->blocks);
    }
    ck_assert_uint_gt(opened, 20);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cd");
    TCase *t = tcase_create("discs");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, single_files);
    tcase_add_test(t, without_headers);
    tcase_add_test(t, sheets_of_other_discs);
    tcase_add_test(t, one_file_many_tracks);
    tcase_add_test(t, odd_spellings);
    tcase_add_test(t, mixed_sectors_and_files);
    tcase_add_test(t, wrong_sheets);
    tcase_add_test(t, damaged_sheets);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
