/*
 * test_cd_sound.c - what the CD-ROM drive plays as it comes out of the mixer: bit for bit at the
 * disc's own rate, where PLAY, PAUSE and STOP say, as loud as the drive's page says, across a
 * state, and from compressed files.
 */
#include "hw/base/library.h"
#include "hw/machine/pc.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RATE = 44100, BLOCKS = 300, SAMPLES = BLOCKS * 588, ROOM = 10 * RATE };

static struct clock clk;
static struct sound_frame disc[SAMPLES];
static char dir[] = "/tmp/ferrite-cdsound-XXXXXX";

struct ear {
    struct sound_frame frame[ROOM];
    unsigned count;
};
static struct ear one, two;

static void hear(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    struct ear *ear = opaque;
    (void)first;
    for (unsigned i = 0; i < count && ear->count < ROOM; i++)
        ear->frame[ear->count++] = frames[i];
}

static const char *in_dir(const char *name)
{
    static char path[200];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

/* A disc with one audio track, of noise that is never 0. */
static void make_disc(void)
{
    u32 seed = 1;
    FILE *f = fopen(in_dir("a.bin"), "wb");
    for (unsigned i = 0; i < SAMPLES; i++) {
        u8 p[4];
        seed = seed * 1664525 + 1013904223;
        disc[i] = (struct sound_frame){(s16)(seed >> 16 | 1), (s16)(seed >> 8 | 1)};
        put_le16(p, (u16)disc[i].left);
        put_le16(p + 2, (u16)disc[i].right);
        fwrite(p, 1, 4, f);
    }
    fclose(f);
    f = fopen(in_dir("a.cue"), "w");
    fputs("FILE a.bin BINARY\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n", f);
    fclose(f);
}

static struct pc *board(const char *cue, struct ear *ear)
{
    struct err e;
    struct pc_signals signals = {.exit = {NULL, NULL, 0}};
    struct vm_config c = {.ram_mb = 2, .cdrom = {.path = in_dir(cue), .read_only = true}};
    clock_init(&clk);
    struct pc *pc = pc_new(&c, &clk, &signals, &e);
    ck_assert_msg(pc != NULL, "%s", e.text);
    pc_reset(pc);
    clock_advance(&clk, 10 * NS_PER_MS); /* the drive has come to itself */
    pc->sound->rate = RATE;
    struct sound_sink sink = {hear, ear};
    memset(ear, 0, sizeof(*ear));
    if (ear == &one)
        ck_assert(mixer_listen(pc->sound, &sink));
    return pc;
}

static void done(struct pc *pc)
{
    pc_free(pc, NULL);
    clock_free(&clk);
}

static void pass(struct pc *pc, u64 ns)
{
    u64 end = clk.now + ns;
    while (clk.now < end) {
        clock_advance(&clk, clk.now + NS_PER_MS < end ? clk.now + NS_PER_MS : end);
        mixer_run(pc->sound, clk.now);
    }
}

static u8 wait_idle(struct pc *pc)
{
    u8 status = 0x80;
    for (int i = 0; i < 10000 && status & 0x80; i++) {
        clock_advance(&clk, clk.now + 1000);
        status = (u8)bus_in(&pc->bus, 0x177, 1);
    }
    return status;
}

/* A packet command with `n` bytes that go with it. */
static void packet(struct pc *pc, const u8 p[12], const u8 *data, unsigned n)
{
    bus_out(&pc->bus, 0x176, 0xa0, 1);
    wait_idle(pc);
    bus_out(&pc->bus, 0x171, 0, 1);
    bus_out(&pc->bus, 0x174, 0xfe, 1);
    bus_out(&pc->bus, 0x175, 0xff, 1);
    bus_out(&pc->bus, 0x177, 0xa0, 1);
    u8 status = wait_idle(pc);
    ck_assert_msg((status & 0x89) == 0x08, "status %02x for packet %02x", status, p[0]);
    for (int i = 0; i < 12; i += 2)
        bus_out(&pc->bus, 0x170, p[i] | (u32)p[i + 1] << 8, 2);
    wait_idle(pc);
    for (unsigned i = 0; i < n; i += 2)
        bus_out(&pc->bus, 0x170, data[i] | (u32)data[i + 1] << 8, 2);
    ck_assert_uint_eq(wait_idle(pc) & 0x81, 0);
}

/* The drive tells of the disc's coming, once. */
static void get_ready(struct pc *pc)
{
    static const u8 sense[12] = {3, 0, 0, 0, 18};
    packet(pc, sense, NULL, 0);
    for (int i = 0; i < 9; i++)
        bus_in(&pc->bus, 0x170, 2);
    packet(pc, sense, NULL, 0);
    for (int i = 0; i < 9; i++)
        bus_in(&pc->bus, 0x170, 2);
}

static void play(struct pc *pc, unsigned block, unsigned count)
{
    u8 p[12] = {0x45, 0, 0, 0, 0, (u8)block, 0, (u8)(count >> 8), (u8)count};
    packet(pc, p, NULL, 0);
}

static unsigned first_sound(const struct ear *ear, unsigned from)
{
    while (from < ear->count && !ear->frame[from].left)
        from++;
    return from;
}

/* `count` samples of the disc from `sample` on. */
static void is_disc(const struct ear *ear, unsigned at, unsigned sample, unsigned count)
{
    ck_assert_uint_le(at + count, ear->count);
    for (unsigned i = 0; i < count; i++)
        ck_assert_msg(ear->frame[at + i].left == disc[sample + i].left &&
                          ear->frame[at + i].right == disc[sample + i].right,
                      "sample %u of %u: %d, %d expected", i, count, ear->frame[at + i].left,
                      disc[sample + i].left);
}

START_TEST(bit_for_bit)
{
    struct pc *pc = board("a.cue", &one);
    get_ready(pc);
    pass(pc, 100 * NS_PER_MS);
    u64 begun = clk.now;
    play(pc, 10, 150);
    pass(pc, 3 * NS_PER_SEC);
    mixer_pull(pc->sound);
    unsigned at = first_sound(&one, 0);
    unsigned play_at = (unsigned)((begun - 10 * NS_PER_MS) * RATE / NS_PER_SEC);
    ck_assert_uint_ge(at, play_at); /* and not before */
    ck_assert_uint_le(at, play_at + 100);
    is_disc(&one, at, 10 * 588, 150 * 588);
    for (unsigned i = at + 150 * 588; i < one.count; i++)
        ck_assert_int_eq(one.frame[i].left, 0);
    done(pc);
}
END_TEST

START_TEST(pause_and_stop)
{
    static const u8 pause[12] = {0x4b}, resume[12] = {0x4b, 0, 0, 0, 0, 0, 0, 0, 1},
                    stop[12] = {0x4e};
    struct pc *pc = board("a.cue", &one);
    get_ready(pc);
    play(pc, 0, 300);
    pass(pc, 505 * NS_PER_MS);
    packet(pc, pause, NULL, 0);
    pass(pc, 200 * NS_PER_MS);
    packet(pc, resume, NULL, 0);
    pass(pc, 400 * NS_PER_MS);
    packet(pc, stop, NULL, 0);
    pass(pc, 500 * NS_PER_MS);
    mixer_pull(pc->sound);
    unsigned at = first_sound(&one, 0);
    is_disc(&one, at, 0, RATE / 2);
    unsigned silent = at + RATE * 505 / 1000 + 100;
    for (unsigned i = silent; i < silent + RATE * 195 / 1000; i++)
        ck_assert_int_eq(one.frame[i].left, 0);
    unsigned again = first_sound(&one, silent);
    is_disc(&one, again, 37 * 588, RATE * 395 / 1000); /* 505 ms is in block 37 */
    for (unsigned i = again + RATE * 405 / 1000; i < one.count; i++)
        ck_assert_int_eq(one.frame[i].left, 0);
    done(pc);
}
END_TEST

/* Mode page 0Eh: channels crossed, one of them at 128 of 255. */
START_TEST(volumes_and_channels)
{
    static const u8 select[12] = {0x55, 0x10, 0, 0, 0, 0, 0, 0, 24};
    static const u8 page[24] = {[8] = 0x0e, 14, 4, [16] = 2, 128, 1, 255};
    struct pc *pc = board("a.cue", &one);
    get_ready(pc);
    packet(pc, select, page, sizeof(page));
    play(pc, 0, 75);
    pass(pc, 500 * NS_PER_MS);
    mixer_pull(pc->sound);
    unsigned at = first_sound(&one, 0);
    for (unsigned i = 0; i < 20000; i++) {
        ck_assert_int_eq(one.frame[at + i].left, (s16)(disc[i].right * 128 / 255));
        ck_assert_int_eq(one.frame[at + i].right, disc[i].left);
    }
    done(pc);
}
END_TEST

/* SCAN: every eighth block, forward and backward, up to an end; PAUSE and RESUME play on. */
START_TEST(scan)
{
    static const u8 forward[12] = {0xba, 0, 0, 0, 0, 16}, backward[12] = {0xba, 0x10, 0, 0, 0, 100};
    static const u8 by_track[12] = {0xba, [5] = 1, [9] = 0x80};
    static const u8 pause[12] = {0x4b}, resume[12] = {0x4b, 0, 0, 0, 0, 0, 0, 0, 1};
    struct pc *pc = board("a.cue", &one);
    get_ready(pc);
    packet(pc, forward, NULL, 0);
    pass(pc, NS_PER_SEC);
    unsigned at = first_sound(&one, 0), blocks = (BLOCKS - 16 + 7) / 8;
    for (unsigned k = 0; k < blocks; k++)
        is_disc(&one, at + k * 588, (16 + 8 * k) * 588, 588);
    ck_assert_int_eq(one.frame[at + blocks * 588].left, 0);
    ck_assert_uint_eq(ide_cdrom(pc->ide)->atapi->audio, AUDIO_PLAYING); /* nobody has looked */
    unsigned silent = one.count;
    packet(pc, backward, NULL, 0);
    pass(pc, 300 * NS_PER_MS);
    at = first_sound(&one, silent);
    blocks = 13; /* 100, 92 ... 4 */
    for (unsigned k = 0; k < blocks; k++)
        is_disc(&one, at + k * 588, (100 - 8 * k) * 588, 588);
    ck_assert_int_eq(one.frame[at + blocks * 588].left, 0);
    packet(pc, by_track, NULL, 0);
    pass(pc, 100 * NS_PER_MS); /* in block 7 of the way: 56 */
    packet(pc, pause, NULL, 0);
    pass(pc, 100 * NS_PER_MS);
    silent = one.count;
    packet(pc, resume, NULL, 0);
    pass(pc, 500 * NS_PER_MS);
    mixer_pull(pc->sound);
    is_disc(&one, first_sound(&one, silent), 56 * 588, 20000);
    done(pc);
}
END_TEST

/* Saved while it plays: a machine that comes later goes on at the sample. */
START_TEST(state_while_playing)
{
    struct err e;
    size_t size;
    struct pc *pc = board("a.cue", &one);
    get_ready(pc);
    play(pc, 20, 250);
    pass(pc, 1234567 * 1000ull);
    struct state *s = state_new_save();
    clock_state(&clk, s);
    pc_state(pc, s);
    const u8 *bytes = state_finish(s, &size);
    unsigned heard = one.count;
    pass(pc, NS_PER_SEC);
    mixer_pull(pc->sound);
    struct ear *whole = malloc(sizeof(*whole));
    *whole = one;
    done(pc);
    pc = board("a.cue", &one);
    pass(pc, 100 * NS_PER_MS);
    struct state *l = state_new_load(bytes, size, &e);
    clock_state(&clk, l);
    pc_state(pc, l);
    ck_assert_msg(state_ok(l), "%s", state_error(l));
    one.count = 0;
    pass(pc, NS_PER_SEC);
    mixer_pull(pc->sound);
    ck_assert_uint_ge(one.count, RATE * 99 / 100);
    ck_assert_mem_eq(one.frame, whole->frame + heard, (one.count - 50) * sizeof(one.frame[0]));
    state_free(l);
    state_free(s);
    free(whole);
    done(pc);
}
END_TEST

/* Who begins to listen in the middle of a track hears it from there. */
START_TEST(listening_late)
{
    struct pc *pc = board("a.cue", &two);
    get_ready(pc);
    play(pc, 0, 300);
    pass(pc, 700 * NS_PER_MS);
    struct sound_sink sink = {hear, &two};
    u64 blocks = ide_cdrom(pc->ide)->atapi->medium->blocks_read;
    mixer_listen(pc->sound, &sink);
    ck_assert_uint_eq(ide_cdrom(pc->ide)->atapi->medium->blocks_read, blocks);
    pass(pc, 200 * NS_PER_MS);
    mixer_pull(pc->sound);
    unsigned at = first_sound(&two, 0), sample = 0;
    while (sample + 8 < SAMPLES && memcmp(disc + sample, two.frame + at, 8 * sizeof(disc[0])) != 0)
        sample++;
    ck_assert_uint_ge(sample, 700 * RATE / 1000 - 10);
    ck_assert_uint_le(sample, 700 * RATE / 1000 + 200);
    is_disc(&two, at, sample, 8000);
    done(pc);
}
END_TEST

/* ---- compressed tracks ---- */

struct sound_info {
    s64 frames;
    int rate, channels, format, sections, seekable;
};

struct writer {
    void *(*open)(const char *path, int mode, struct sound_info *info);
    int (*close)(void *file);
    s64 (*write)(void *file, const s16 *frames, s64 count);
};

static void cue(const char *name, const char *file)
{
    FILE *f = fopen(in_dir(name), "w");
    fputs(file, f);
    fputs("TRACK 01 AUDIO\nINDEX 01 00:00:00\n", f);
    fclose(f);
}

static void *writer_of(struct writer *w)
{
    static const struct library_function functions[] = {
        {"sf_open", offsetof(struct writer, open)},
        {"sf_close", offsetof(struct writer, close)},
        {"sf_writef_short", offsetof(struct writer, write)}};
    static const struct library sndfile = {"libsndfile", "libsndfile1", "libsndfile.so.1",
                                           functions, ARRAY_SIZE(functions)};
    struct err e;
    void *handle = library_open(&sndfile, w, &e);
    if (!handle)
        printf("not tested: %s\n", e.text);
    return handle;
}

/* The disc's samples, or their left half, in a format of libsndfile's. */
static void write_with(const struct writer *w, const char *name, int format, int rate, int channels)
{
    struct sound_info info = {.rate = rate, .channels = channels, .format = format};
    s16 frame[2];
    void *f = w->open(in_dir(name), 0x20, &info);
    ck_assert_ptr_nonnull(f);
    for (unsigned i = 0; i < SAMPLES; i++) {
        frame[0] = disc[i].left;
        frame[1] = disc[i].right;
        ck_assert_int_eq(w->write(f, frame, 1), 1);
    }
    w->close(f);
}

/* FLAC loses nothing: a track in it plays as the one it was made of, and so do parts of it. */
START_TEST(flac_is_bit_for_bit)
{
    enum { FLAC = 0x170002 };
    struct writer w;
    void *handle = writer_of(&w);
    if (!handle)
        return;
    write_with(&w, "a.flac", FLAC, 44100, 2);
    cue("f.cue", _i ? "FILE a.flac WAVE\n" : "FILE a.flac FLAC\n");
    struct pc *pc = board("f.cue", &one);
    ck_assert_uint_eq(cd_blocks(ide_cdrom(pc->ide)->atapi->medium), BLOCKS);
    get_ready(pc);
    play(pc, 50, 100);
    pass(pc, 500 * NS_PER_MS);
    play(pc, 3, 60); /* back */
    pass(pc, 1500 * NS_PER_MS);
    mixer_pull(pc->sound);
    unsigned at = first_sound(&one, 0);
    is_disc(&one, at, 50 * 588, 20000);
    unsigned again = first_sound(&one, at + RATE / 2 + 100);
    while (one.frame[again].left != disc[3 * 588].left)
        again--; /* it had begun by then */
    is_disc(&one, again, 3 * 588, 60 * 588);
    done(pc);
    library_close(handle);
}
END_TEST

START_TEST(files_that_are_refused)
{
    enum { FLAC = 0x170002 };
    static const char *const words[] = {"22050 Hz", "6 channels", "f3.flac", "f4.mp3"};
    struct writer w;
    void *handle = writer_of(&w);
    if (!handle)
        return;
    write_with(&w, "f1.flac", FLAC, 22050, 2);
    write_with(&w, "f2.flac", FLAC, 44100, 1);
    FILE *f = fopen(in_dir("f3.flac"), "w");
    fputs("fLaC and nothing else", f);
    fclose(f);
    f = fopen(in_dir("f4.mp3"), "w");
    fputs("no music at all", f);
    fclose(f);
    static const char *const lines[] = {"FILE f1.flac FLAC\n", "FILE f2.flac FLAC\n",
                                        "FILE f3.flac WAVE\n", "FILE f4.mp3 MP3\n"};
    for (unsigned i = 0; i < 4; i++) {
        struct err e;
        cue("r.cue", lines[i]);
        struct media m = {.path = in_dir("r.cue"), .read_only = true};
        struct cd_disc *d = cd_open(&m, NULL, &e);
        if (i == 1) { /* one channel is both */
            u8 raw[CD_RAW];
            ck_assert_msg(d != NULL, "%s", e.text);
            ck_assert(cd_read_raw(d, 7, raw));
            for (unsigned k = 0; k < 588; k++) {
                ck_assert_uint_eq(get_le16(raw + 4 * k), (u16)disc[7 * 588 + k].left);
                ck_assert_uint_eq(get_le16(raw + 4 * k + 2), (u16)disc[7 * 588 + k].left);
            }
            cd_close(d, NULL);
            continue;
        }
        ck_assert_ptr_null(d);
        ck_assert_msg(strstr(e.text, words[i]) && strstr(e.text, "r.cue:1"), "%s", e.text);
    }
    library_close(handle);
}
END_TEST

int main(void)
{
    if (!mkdtemp(dir))
        return EXIT_FAILURE;
    make_disc();
    Suite *s = suite_create("cd sound");
    TCase *t = tcase_create("sound");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, bit_for_bit);
    tcase_add_test(t, pause_and_stop);
    tcase_add_test(t, volumes_and_channels);
    tcase_add_test(t, scan);
    tcase_add_test(t, state_while_playing);
    tcase_add_test(t, listening_late);
    tcase_add_loop_test(t, flac_is_bit_for_bit, 0, 2);
    tcase_add_test(t, files_that_are_refused);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    char command[200];
    snprintf(command, sizeof(command), "rm -r %s", dir);
    return system(command) != 0 || failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
