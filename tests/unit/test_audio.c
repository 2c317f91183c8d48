/*
 * test_audio.c - sound into a WAV file: its bytes, a disk that is full, names that must not be
 * written; the commands; and the queue of a window's sound device.
 */
#include "fake_vm.h"
#include "frontend/control/audio.h"
#include "frontend/control/control.h"
#include "frontend/control/sound_in.h"
#include "frontend/control/wav.h"
#include "frontend/control/wav_in.h"
#include "frontend/window/playback.h"

#include <check.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/ferrite-audio-XXXXXX";

static const char *in_dir(const char *name)
{
    static char path[200];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static u8 *slurp(const char *path, size_t *size)
{
    static u8 bytes[1 << 20];
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    *size = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    return bytes;
}

static void take_ramp(struct wav *w, unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++) {
        struct sound_frame f = {(s16)(i * 3), (s16)(-(int)i)};
        wav_take(w, &f, 1, i);
    }
}

static void check_wav(const char *path, unsigned frames)
{
    size_t size;
    const u8 *b = slurp(path, &size);
    ck_assert_uint_eq(size, 44 + 4 * frames);
    ck_assert_mem_eq(b, "RIFF", 4);
    ck_assert_uint_eq(get_le32(b + 4), size - 8);
    ck_assert_mem_eq(b + 8, "WAVEfmt ", 8);
    ck_assert_uint_eq(get_le32(b + 16), 16);
    ck_assert_uint_eq(get_le32(b + 20), 0x00020001);
    ck_assert_uint_eq(get_le32(b + 24), 44100);
    ck_assert_uint_eq(get_le32(b + 28), 44100 * 4);
    ck_assert_uint_eq(get_le32(b + 32), 0x00100004);
    ck_assert_mem_eq(b + 36, "data", 4);
    ck_assert_uint_eq(get_le32(b + 40), 4 * frames);
    for (unsigned i = 0; i < frames; i++)
        ck_assert_uint_eq(get_le32(b + 44 + 4 * i), (u16)(i * 3) | (u32)(u16)(-(int)i) << 16);
}

START_TEST(wav_bytes)
{
    struct err e;
    struct wav *w = wav_open(in_dir("a.wav"), 44100, &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    check_wav(in_dir("a.wav"), 0);
    take_ramp(w, 0, 40000);
    check_wav(in_dir("a.wav"), 2 * 16384); /* what a program that is killed now leaves */
    ck_assert_uint_eq(wav_frames(w), 40000);
    ck_assert(wav_close(w, &e));
    check_wav(in_dir("a.wav"), 40000);
    w = wav_open(in_dir("a.wav"), 44100, &e); /* anew */
    take_ramp(w, 0, 5);
    ck_assert(wav_close(w, &e));
    check_wav(in_dir("a.wav"), 5);
}
END_TEST

START_TEST(wav_refused)
{
    struct err e;
    ck_assert_int_eq(mkfifo(in_dir("fifo"), 0600), 0);
    ck_assert_ptr_null(wav_open(in_dir("fifo"), 44100, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "regular file"));
    ck_assert_ptr_null(wav_open(in_dir("none/a.wav"), 44100, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "cannot be written"));
    ck_assert_ptr_null(wav_open(dir, 44100, &e));
    struct wav *w = wav_open("/dev/null", 44100, &e);
    ck_assert_ptr_nonnull(w);
    ck_assert(wav_close(w, &e));
}
END_TEST

START_TEST(wav_disk_full)
{
    struct err e;
    struct rlimit old, little = {100000, 100000};
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    little.rlim_max = old.rlim_max;
    struct wav *w = wav_open(in_dir("b.wav"), 44100, &e);
    ck_assert_ptr_nonnull(w);
    setrlimit(RLIMIT_FSIZE, &little);
    take_ramp(w, 0, 20000);
    ck_assert(wav_ok(w, &e));
    take_ramp(w, 20000, 20000);
    ck_assert(!wav_ok(w, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "b.wav"));
    ck_assert(!wav_close(w, &e));
    setrlimit(RLIMIT_FSIZE, &old);
    size_t size;
    const u8 *b = slurp(in_dir("b.wav"), &size);
    ck_assert_uint_eq(get_le32(b + 40), 4 * 16384); /* and can be played so far */
}
END_TEST

/* ---- commands ---- */

static bool say(struct control *c, struct reply *r, struct err *e, const char *a, const char *b,
                const char *d)
{
    const char *words[] = {a, b, d, NULL};
    reply_init(r);
    return control_do(c, CLIENT_PERSON, r, e, words);
}

START_TEST(commands)
{
    struct vm *vm = vm_new(NULL, NULL);
    struct control c;
    struct reply r;
    struct err e;
    struct vm_sound s;
    control_init(&c, vm);
    ck_assert(say(&c, &r, &e, "volume", "drum", "30"));
    reply_free(&r);
    ck_assert(vm_sound_source(vm, 1, &s) && s.volume == 30 && !s.muted);
    ck_assert(vm_sound_source(vm, 0, &s) && s.volume == 100);
    ck_assert(say(&c, &r, &e, "mute", NULL, NULL));
    reply_free(&r);
    ck_assert(vm_sound_source(vm, 0, &s) && s.muted && s.volume == 100);
    ck_assert(say(&c, &r, &e, "mute", "speaker", "off"));
    reply_free(&r);
    ck_assert(vm_sound_source(vm, 0, &s) && !s.muted);
    ck_assert(vm_sound_source(vm, 1, &s) && s.muted && s.volume == 30);
    ck_assert(!say(&c, &r, &e, "volume", "harp", "30"));
    ck_assert_msg(strstr(e.text, "harp") && strstr(e.text, "speaker, drum"), "%s", e.text);
    reply_free(&r);
    ck_assert(!say(&c, &r, &e, "audio stop", NULL, NULL));
    reply_free(&r);
    ck_assert(say(&c, &r, &e, "audio wav", in_dir("c.wav"), NULL));
    reply_free(&r);
    ck_assert_uint_eq(vm->listeners, 1);
    struct sound_frame f[2] = {{1, 2}, {3, 4}};
    vm->sink[0].take(vm->sink[0].opaque, f, 2, 77);
    ck_assert(!say(&c, &r, &e, "audio wav", in_dir("d.wav"), NULL));
    ck_assert_ptr_nonnull(strstr(e.text, "c.wav"));
    reply_free(&r);
    ck_assert(say(&c, &r, &e, "audio stop", NULL, NULL));
    reply_free(&r);
    ck_assert_uint_eq(vm->listeners, 0);
    size_t size;
    slurp(in_dir("c.wav"), &size);
    ck_assert_uint_eq(size, 44 + 8);
    ck_assert(say(&c, &r, &e, "audio wav", in_dir("e.wav"), NULL)); /* closed with the rest */
    reply_free(&r);
    control_free(&c);
    ck_assert_uint_eq(vm->listeners, 0);
    vm_free(vm, NULL);
}
END_TEST

/* ---- the window's queue ---- */

enum { RATE = 48000, DEVICE = 512 };

/*
 * A machine that delivers 5 ms at a time, with the host's whims, against a device whose clock is
 * off by `skew`. Returns the longest delay in frames; counts calls of the device without sound.
 */
static unsigned play_against(struct playback *p, double skew, double seconds, unsigned *gaps,
                             double *roughest)
{
    struct sound_frame slice[RATE / 200], out[DEVICE];
    double made = 0, played = 0, phase = 0;
    unsigned seed = 1, longest = 0;
    s16 last = 0;
    *gaps = 0;
    *roughest = 0;
    while (played < seconds) {
        if (made <= played) {
            for (unsigned i = 0; i < RATE / 200; i++, phase += 2 * M_PI * 440 / RATE)
                slice[i].left = slice[i].right = (s16)(10000 * sin(phase));
            playback_take(p, slice, RATE / 200, 0);
            seed = seed * 1664525 + 1013904223;
            made += 0.005;
            continue;
        }
        /* The device calls a little early or late. */
        unsigned waiting = atomic_load(&p->in) - atomic_load(&p->out);
        longest = played > 1 && waiting > longest ? waiting : longest;
        playback_play(p, out, DEVICE, 100);
        unsigned silent = 0;
        for (unsigned i = 0; i < DEVICE; i++) {
            double jump = fabs((double)out[i].left - last);
            *roughest = played > 0.2 && jump > *roughest ? jump : *roughest;
            last = out[i].left;
            silent += out[i].left == 0;
        }
        *gaps += played > 0.2 && silent > DEVICE / 4;
        played += DEVICE / (double)RATE * (1 + skew);
    }
    return longest;
}

START_TEST(clocks_that_differ)
{
    static const double skews[] = {0, 0.003, -0.003, 0.001, -0.0045};
    static struct playback p;
    unsigned gaps;
    double roughest;
    playback_init(&p, RATE, 15);
    ck_assert(!atomic_load(&p.heard));
    unsigned longest = play_against(&p, skews[_i], 120, &gaps, &roughest);
    ck_assert(atomic_load(&p.heard));
    ck_assert_uint_eq(gaps, 0);
    /* With the mixer's 6 ms and the device's buffer below 60. */
    ck_assert_uint_lt(longest, RATE * 43 / 1000);
    /* 440 Hz move by 576 a frame at most: nothing clicks. */
    ck_assert_double_lt(roughest, 600);
}
END_TEST

START_TEST(stalls_are_silence)
{
    static struct playback p;
    struct sound_frame out[DEVICE];
    unsigned gaps;
    double roughest;
    playback_init(&p, RATE, 15);
    play_against(&p, 0, 2, &gaps, &roughest);
    playback_play(&p, out, DEVICE, 100);
    s16 last = out[DEVICE - 1].left;
    for (unsigned k = 0; k < 100; k++) { /* nothing comes any more */
        playback_play(&p, out, DEVICE, 100);
        for (unsigned i = 0; i < DEVICE; i++) {
            ck_assert_int_lt(abs(out[i].left - last), 700); /* no click */
            last = out[i].left;
            ck_assert(k < 5 || !out[i].left);
        }
    }
    static struct sound_frame lump[RATE];
    for (unsigned i = 0; i < RATE; i++)
        lump[i] = (struct sound_frame){5000, 5000};
    playback_take(&p, lump, RATE, 0); /* a second at once: what is too old is dropped */
    playback_play(&p, out, DEVICE, 50);
    ck_assert_uint_lt(atomic_load(&p.in) - atomic_load(&p.out), RATE * 20 / 1000);
    ck_assert_int_eq(out[DEVICE - 1].left, 2500);
    playback_play(&p, out, DEVICE, 0);
    ck_assert_int_eq(out[DEVICE - 1].left, 0);
}
END_TEST

/* ---- what is recorded ---- */

enum { HEAD = 44 };

/* A WAV file of so many bytes of data behind its head. */
static size_t make_wav(u8 *b, u16 kind, u16 channels, u32 rate, u16 bits, u32 bytes)
{
    memcpy(b, "RIFF....WAVEfmt ", 16);
    put_le32(b + 4, bytes + HEAD - 8);
    put_le32(b + 16, 16);
    put_le16(b + 20, kind);
    put_le16(b + 22, channels);
    put_le32(b + 24, rate);
    put_le32(b + 28, 0);
    put_le16(b + 32, (u16)(channels * bits / 8));
    put_le16(b + 34, bits);
    memcpy(b + 36, "data", 4);
    put_le32(b + 40, bytes);
    return HEAD + bytes;
}

static struct wav_in *parsed(const u8 *b, size_t n)
{
    struct err e = {""};
    struct wav_in *w = wav_in_parse(b, n, "x.wav", &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    return w;
}

/* Of our rate a file comes out as it is, again and again. */
START_TEST(test_wav_in_formats)
{
    static const struct {
        u16 kind, channels, bits;
        u8 data[16];
        s16 left, right;
    } how[] = {
        {1, 1, 8, {0x00, 0x80}, -32768, -32768},
        {1, 2, 8, {0xff, 0x81}, 0x7f00, 0x0100},
        {1, 2, 16, {0x34, 0x12, 0xfe, 0xff}, 0x1234, -2},
        {1, 1, 24, {0xff, 0x34, 0x12}, 0x1234, 0x1234},
        {1, 2, 32, {0, 0, 0x78, 0x56, 0, 0, 1, 0}, 0x5678, 1},
        {1, 3, 16, {1, 0, 2, 0, 3, 0}, 1, 2},
        {3, 2, 32, {0, 0, 0, 0x3f, 0, 0, 0x80, 0xbf}, 0x4000, -32768},
        {3, 2, 32, {0, 0, 0xc0, 0x7f, 0, 0, 0, 0xb8}, 32767, -1},
    };
    u8 b[HEAD + 64] = {0};
    struct sound_frame f[8];
    u32 block = how[_i].channels * how[_i].bits / 8u;
    size_t n = make_wav(b, how[_i].kind, how[_i].channels, SOUND_IN_RATE, how[_i].bits, 2 * block);
    memcpy(b + HEAD, how[_i].data, block);
    struct wav_in *w = parsed(b, n);
    wav_in_read(w, f, 8, 48000000001ull);
    for (unsigned i = 1; i < 8; i += 2) {
        ck_assert_int_eq(f[i].left, how[_i].left);
        ck_assert_int_eq(f[i].right, how[_i].right);
    }
    wav_in_close(w);
}
END_TEST

/* Another rate: a tone keeps its pitch and level, and blocks may be cut anywhere. */
START_TEST(test_wav_in_rates)
{
    static const u32 rates[] = {8000, 11025, 44100, 96000};
    u32 rate = rates[_i], n = rate / 25; /* 25 Hz: goes on without a jump */
    u8 *b = calloc(1, HEAD + 2 * n);
    ck_assert_ptr_nonnull(b);
    make_wav(b, 1, 1, rate, 16, 2 * n);
    for (u32 i = 0; i < n; i++)
        put_le16(b + HEAD + 2 * i, (u16)(s16)lrint(20000 * sin(2 * M_PI * i / n)));
    struct wav_in *w = parsed(b, HEAD + 2 * n);
    struct sound_frame f[1000], cut[1000];
    const u64 first = 48000ull * 3600 * 24 * 365;
    wav_in_read(w, f, 1000, first);
    for (unsigned i = 0; i < 1000; i += 8)
        wav_in_read(w, cut + i, 8, first + i);
    ck_assert_mem_eq(f, cut, sizeof(f));
    for (unsigned i = 0; i < 1000; i++) {
        double want = 20000 * sin(2 * M_PI * 25 * i / SOUND_IN_RATE);
        ck_assert_msg(fabs(f[i].left - want) < 20, "%u: %d, not %.1f", i, f[i].left, want);
    }
    wav_in_close(w);
    free(b);
}
END_TEST

START_TEST(test_wav_in_refused)
{
    static u8 b[HEAD + 64];
    struct err e;
    struct sound_in *in;
    size_t n = make_wav(b, 1, 2, 44100, 16, 8);
    for (size_t cut = 0; cut < HEAD + 4; cut++) {
        u8 *exact = malloc(cut + 1);
        memcpy(exact, b, cut);
        memset(&e, 0, sizeof(e));
        ck_assert_ptr_null(wav_in_parse(exact, cut, "x.wav", &e));
        ck_assert_ptr_nonnull(strstr(e.text, "x.wav"));
        free(exact);
    }
    static const struct {
        unsigned at;
        u8 v;
    } bad[] = {{20, 2}, {22, 0}, {22, 65}, {24, 0}, {32, 5}, {34, 12}, {34, 0}};
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        make_wav(b, 1, 2, 1 + 255 * 4, 16, 8);
        b[bad[i].at] = bad[i].v;
        if (bad[i].at == 24)
            put_le32(b + 24, 999);
        ck_assert_ptr_null(wav_in_parse(b, n, "x.wav", &e));
    }
    ck_assert(!sound_in_check("wav", &e) && !sound_in_check("wav:", &e) &&
              !sound_in_check("x.wav", &e) && strstr(e.text, "-audio-in"));
    ck_assert(!sound_in_open(&in, "wav:/nonexistent.wav", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "-audio-in /nonexistent.wav: cannot be read"));
    ck_assert(sound_in_open(&in, "none", &e));
    ck_assert_ptr_null(sound_in_inlet(in).give);
}
END_TEST

/* The host's device: enough waits, clocks that differ are evened out, what is too old is dropped.
 */
START_TEST(test_sound_in_captured)
{
    enum { BLOCK = SOUND_IN_RATE / 100 };
    struct sound_in *in;
    struct err e;
    struct sound_frame f[BLOCK + 1], got[BLOCK];
    ck_assert(sound_in_open(&in, "sdl", &e));
    ck_assert(sound_in_captures(in) && !sound_in_wanted(in));
    struct sound_inlet inlet = sound_in_inlet(in);
    unsigned made = 0, silent = 0, jumps = 0, apart = 0;
    s16 last = 0;
    for (unsigned block = 0; block < 1000; block++) {
        unsigned n =
            BLOCK + (_i ? block % 2 : 0) - (_i == 2 ? 1 : 0); /* a clock that is 0.1 % off */
        for (unsigned i = 0; i < n; i++, made++)
            f[i] = (struct sound_frame){(s16)(made % 20000), (s16)(1 + made % 20000 / 2)};
        sound_in_captured(in, f, n);
        inlet.give(inlet.opaque, got, BLOCK, (u64)block * BLOCK);
        for (unsigned i = 0; i < BLOCK; i++) {
            int step = got[i].left - last;
            silent += !got[i].right;
            jumps += got[i].right && (step < 0 || step > 2);
            apart += got[i].right && abs(got[i].right - 1 - got[i].left / 2) > 1;
            last = got[i].left;
        }
    }
    ck_assert(sound_in_wanted(in));
    ck_assert_uint_le(silent, 6 * BLOCK);
    ck_assert_uint_le(jumps, 2 * (made / 20000) + 3); /* a wrap may lie between two frames */
    ck_assert_uint_le(apart, made / 20000 + 1);       /* both sides are of one instant */
    for (unsigned i = 0; i < 100; i++)                /* the machine stands */
        sound_in_captured(in, f, BLOCK);
    inlet.give(inlet.opaque, got, BLOCK, 0);
    inlet.give(inlet.opaque, got, BLOCK, 0);
    sound_in_close(in);
}
END_TEST

int main(void)
{
    if (!mkdtemp(dir))
        return EXIT_FAILURE;
    Suite *s = suite_create("audio");
    TCase *t = tcase_create("audio");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, wav_bytes);
    tcase_add_test(t, wav_refused);
    tcase_add_test(t, wav_disk_full);
    tcase_add_test(t, commands);
    tcase_add_loop_test(t, clocks_that_differ, 0, 5);
    tcase_add_test(t, stalls_are_silence);
    tcase_add_loop_test(t, test_wav_in_formats, 0, 8);
    tcase_add_loop_test(t, test_wav_in_rates, 0, 4);
    tcase_add_test(t, test_wav_in_refused);
    tcase_add_loop_test(t, test_sound_in_captured, 0, 3);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    char command[200];
    snprintf(command, sizeof(command), "rm -r %s", dir);
    return system(command) != 0 || failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
