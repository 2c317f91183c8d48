/*
 * test_capture.c - what a recording gives to its encoder: the stream's head, pictures at their
 * times, once each; what becomes of it when the machine goes back in time, and when the encoder
 * dies, hangs or is missing. The encoder is a shell script here; tests/guest/record.sh has the real
 * one.
 */
#include "frontend/capture/capture.h"
#include "frontend/capture/mkv.h"
#include "tests/unit/fake_vm.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char dir[] = "/tmp/ferrite-test-XXXXXX";
static struct vm *vm;

/* An encoder of these lines; `cat` writes the stream itself into the file. */
static void encoder(const char *lines)
{
    FILE *f = fopen("ffmpeg", "w");
    ck_assert_ptr_nonnull(f);
    fprintf(f, "#!/bin/sh\nfor last; do :; done\n%s\n", lines);
    fclose(f);
    ck_assert_int_eq(chmod("ffmpeg", 0755), 0);
}

static void set_up(void)
{
    char path[1000];
    signal(SIGPIPE, SIG_DFL); /* whoever records need not care */
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(chdir(dir), 0);
    snprintf(path, sizeof(path), "%s:/usr/bin:/bin", dir);
    setenv("PATH", path, 1);
    encoder("exec cat >\"${last#file:}\"");
    vm = vm_new(NULL, NULL);
}

static void tear_down(void)
{
    char command[300];
    vm_free(vm, NULL);
    setenv("PATH", "/usr/bin:/bin", 1);
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    ck_assert_int_eq(system(command), 0);
}

/* ---- the stream, read again ---- */

struct block {
    unsigned track;
    u64 time;
    size_t size;
    u8 data[FAKE_W * FAKE_H * 4];
};

static struct block block[500];
static unsigned blocks;
static u64 head_number[256]; /* those with short names: PIXEL_WIDTH and so on */

static u64 big_endian(const u8 *p, unsigned n)
{
    u64 v = 0;
    while (n--)
        v = v << 8 | *p++;
    return v;
}

/* A name and a size; where the contents begin. */
static const u8 *element(const u8 *p, u32 *id, u64 *size)
{
    unsigned n = *p & 0x80 ? 1 : *p & 0x40 ? 2 : *p & 0x20 ? 3 : 4;
    *id = (u32)big_endian(p, n);
    p += n;
    n = *p & 0x80 ? 1 : 8;
    *size = big_endian(p, n) & (n == 1 ? 0x7full : 0xffffffffffffffull);
    return p + n;
}

static void read_elements(const u8 *p, const u8 *end)
{
    while (p < end) {
        u32 id;
        u64 size;
        p = element(p, &id, &size);
        if (id == 0x18538067) { /* the segment goes on to the end */
            ck_assert(size == 0xffffffffffffffull);
            continue;
        }
        ck_assert(size <= (u64)(end - p));
        if (id == 0x1654ae6b || id == 0xae || id == 0xe0 || id == 0xe1 || id == 0x1f43b675) {
            read_elements(p, p + size);
        } else if (id == 0xa3) {
            struct block *b = &block[blocks++];
            b->track = p[0] & 0x7f;
            ck_assert_uint_eq(big_endian(p + 1, 2), 0);
            b->time = head_number[0xe7];
            b->size = size - 4;
            ck_assert(b->size <= sizeof(b->data));
            memcpy(b->data, p + 4, b->size);
        } else if (size <= 8 && id < 256) {
            head_number[id] = big_endian(p, (unsigned)size);
        }
        p += size;
    }
}

static void read_video(const char *path)
{
    static u8 bytes[1 << 20];
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    size_t n = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    ck_assert(n > 0 && n < sizeof(bytes));
    blocks = 0;
    memset(head_number, 0, sizeof(head_number));
    read_elements(bytes, bytes + n);
}

/* ---- a machine that runs ---- */

static struct capture *start(const char *path, enum capture_shape shape)
{
    struct err e = {""};
    struct capture *c = capture_start(vm, path, shape, NULL, NULL, NULL, &e);
    ck_assert_msg(c != NULL, "%s", e.text);
    ck_assert_msg(capture_look(c, &e), "%s", e.text);
    return c;
}

/* false: the recording has come to nothing. */
static bool run(struct capture *c, double seconds)
{
    u64 end = vm->now + (u64)(seconds * 1e9);
    struct err e;
    if (!capture_look(c, &e)) /* the clock may be another one now */
        return false;
    while (vm->now < end) {
        u64 until = capture_next(c) < end ? capture_next(c) : end;
        vm_run(vm, until);
        if (!capture_look(c, &e))
            return false;
    }
    return true;
}

static void is_picture(unsigned i, u64 time, u32 colour)
{
    ck_assert_uint_lt(i, blocks);
    ck_assert_uint_eq(block[i].track, MKV_VIDEO);
    ck_assert_uint_eq(block[i].time, time);
    ck_assert_uint_eq(block[i].size, FAKE_W * FAKE_H * 4);
    for (unsigned k = 0; k < FAKE_W * FAKE_H; k++)
        ck_assert_int_eq(memcmp(block[i].data + 4 * k, &colour, 4), 0);
}

START_TEST(pictures)
{
    struct err e = {""};
    struct capture_facts f;
    vm->now = 7 * NS_PER_SEC + 5 * NS_PER_MS;
    fake_plan(vm, 7.101,
              (struct fake_plan){.paint = 0x112233}); /* in the frame that ends at 7.12 */
    fake_plan(vm, 7.13, (struct fake_plan){.paint = 0x445566});
    fake_plan(vm, 7.135, (struct fake_plan){.paint = 0x112233}); /* nobody has seen it */
    struct capture *c = start("a.mkv", CAPTURE_RAW);
    ck_assert(run(c, 2.2));
    capture_facts(c, &f);
    ck_assert_str_eq(f.file, "a.mkv");
    ck_assert_uint_eq(f.time, 2200 * NS_PER_MS);
    ck_assert_uint_eq(f.pictures, 4);
    ck_assert_msg(capture_stop(c, &e), "%s", e.text);
    read_video("a.mkv");
    ck_assert_uint_eq(head_number[0xb0], FAKE_W);
    ck_assert_uint_eq(head_number[0xba], FAKE_H);
    ck_assert_uint_eq(blocks, 5);
    is_picture(0, 0, 0);
    is_picture(1, 115 * NS_PER_MS, 0x112233); /* exactly when the beam has left it */
    is_picture(2, 1115 * NS_PER_MS, 0x112233);
    is_picture(3, 2115 * NS_PER_MS, 0x112233);
    is_picture(4, 2200 * NS_PER_MS, 0x112233);
}
END_TEST

static void play(unsigned count, u64 first, s16 level)
{
    struct sound_frame f[20];
    for (unsigned i = 0; i < count; i++)
        f[i] = (struct sound_frame){level, (s16)-level};
    for (unsigned i = 0; i < vm->listeners; i++)
        vm->sink[i].take(vm->sink[i].opaque, f, count, first);
}

static void is_sound(unsigned i, u64 time, unsigned count, s16 level)
{
    s16 value[2];
    ck_assert_uint_lt(i, blocks);
    ck_assert_uint_eq(block[i].track, MKV_SOUND);
    ck_assert_uint_eq(block[i].time, time);
    ck_assert_uint_eq(block[i].size, 4 * count);
    for (unsigned k = 0; k < count; k++) {
        memcpy(value, block[i].data + 4 * k, 4);
        ck_assert_int_eq(value[0], level);
        ck_assert_int_eq(value[1], -level);
    }
}

/* 48000 frames a second, from the instant of the first one on, without gaps. */
START_TEST(sound)
{
    struct err e = {""};
    vm->now = NS_PER_SEC;
    struct capture *c = capture_start(vm, "a.mkv", CAPTURE_RAW, NULL, NULL, NULL, &e);
    ck_assert_uint_eq(vm->listeners, 1);
    play(6, 48048, 1000); /* 1 ms after the beginning, before any picture */
    play(6, 48054, 2000);
    ck_assert(capture_look(c, &e));
    play(3, 48060, 3000);
    play(3, 99999999, 4000); /* a snapshot was loaded */
    ck_assert_msg(capture_stop(c, &e), "%s", e.text);
    ck_assert_uint_eq(vm->listeners, 0);
    read_video("a.mkv");
    ck_assert_uint_eq(head_number[0x9f], 2);
    ck_assert_uint_eq(blocks, 4);
    ck_assert_uint_eq(block[0].time, NS_PER_MS);
    ck_assert_uint_eq(block[0].size, 48);
    is_picture(1, 0, 0);
    is_sound(2, 1250 * 1000, 3, 3000);
    is_sound(3, 1312500, 3, 4000);
}
END_TEST

/* A snapshot takes the clock back, or far forward: the video goes on, and its times grow. */
START_TEST(jumps)
{
    struct err e = {""};
    struct capture *c = start("a.mkv", CAPTURE_RAW);
    ck_assert(run(c, 2));
    vm->now = 500 * NS_PER_MS;
    ck_assert(run(c, 2));
    vm->now = 1000 * NS_PER_SEC;
    ck_assert(run(c, 2));
    ck_assert_msg(capture_stop(c, &e), "%s", e.text);
    read_video("a.mkv");
    for (unsigned i = 1; i < blocks; i++)
        ck_assert_uint_gt(block[i].time, block[i - 1].time);
    ck_assert_uint_ge(block[blocks - 1].time, 5900 * NS_PER_MS);
    ck_assert_uint_le(block[blocks - 1].time, 6100 * NS_PER_MS);
}
END_TEST

START_TEST(existing_file)
{
    struct err e;
    FILE *f = fopen("a.mkv", "w");
    fputs("precious", f);
    fclose(f);
    ck_assert_ptr_null(capture_start(vm, "a.mkv", CAPTURE_RAW, NULL, NULL, NULL, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "a.mkv: there is such a file already"));
    ck_assert_ptr_null(capture_start(vm, "no/a.mkv", CAPTURE_RAW, NULL, NULL, NULL, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "no/a.mkv: cannot be made"));
    struct stat st;
    ck_assert_int_eq(stat("a.mkv", &st), 0);
    ck_assert_int_eq(st.st_size, 8);
}
END_TEST

START_TEST(no_encoder)
{
    struct err e;
    setenv("PATH", "/nonexistent", 1);
    ck_assert_ptr_null(capture_start(vm, "a.mkv", CAPTURE_RAW, NULL, NULL, NULL, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "ffmpeg is not installed"));
    ck_assert_int_ne(access("a.mkv", F_OK), 0);
}
END_TEST

/* More than the pipe and the queue hold is taken from the machine in any case. */
static bool feed(struct capture *c)
{
    for (unsigned i = 0; i < 400; i++) {
        if (!run(c, 1))
            return false;
        usleep(1000);
    }
    return true;
}

START_TEST(encoder_dies)
{
    struct err e = {""};
    encoder("head -c 1000 >/dev/null; echo first >&2; echo 'it is full' >&2; exit 3");
    struct capture *c = start("a.mkv", CAPTURE_RAW);
    ck_assert(!feed(c));
    ck_assert(!capture_stop(c, &e));
    ck_assert_str_eq(e.text, "a.mkv: ffmpeg: it is full");
}
END_TEST

static bool hurry(void *opaque)
{
    return *(bool *)opaque;
}

START_TEST(encoder_hangs)
{
    static u8 much[1 << 20];
    struct err e = {""};
    bool in_a_hurry = true;
    struct timespec from, to;
    encoder("exec sleep 1000");
    struct encoder *en = encoder_start("a.mkv", NULL, hurry, &in_a_hurry, &e);
    ck_assert_ptr_nonnull(en);
    clock_gettime(CLOCK_MONOTONIC, &from);
    unsigned taken = 0;
    while (taken < 1000 && encoder_put(en, much, sizeof(much), much, sizeof(much)))
        taken++;
    ck_assert_uint_ge(taken, ENCODER_KEEP / (2 * sizeof(much)));
    ck_assert_uint_lt(taken, 1000);
    ck_assert(!encoder_close(en, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "took nothing any more"));
    clock_gettime(CLOCK_MONOTONIC, &to);
    ck_assert_int_lt(to.tv_sec - from.tv_sec, 30);
}
END_TEST

/* Nothing was taken yet when its end comes. */
START_TEST(encoder_hangs_at_the_end)
{
    struct err e = {""};
    bool in_a_hurry = true;
    encoder("exec sleep 1000");
    struct encoder *en = encoder_start("a.mkv", NULL, hurry, &in_a_hurry, &e);
    ck_assert_ptr_nonnull(en);
    ck_assert(encoder_put(en, "x", 1, NULL, 0));
    ck_assert(!encoder_close(en, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "took nothing any more"));
}
END_TEST

START_TEST(ratios)
{
    static const struct {
        double aspect;
        unsigned across, down;
    } row[] = {{4.0 / 3, 4, 3}, {16.0 / 9, 16, 9},   {1.6, 8, 5},
               {5.0 / 4, 5, 4}, {1, 1, 1},           {0.0, 4, 3},
               {1e300, 4, 3},   {0.0 / 1 - 1, 4, 3}, {1.41421, 14142, 10000}};
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        unsigned across, down;
        mkv_ratio(row[i].aspect, &across, &down);
        ck_assert_uint_eq(across, row[i].across);
        ck_assert_uint_eq(down, row[i].down);
    }
}
END_TEST

/* Square pixels: nothing is lost, the shape is right, a plain area stays as it is up to the edge.
 */
START_TEST(squares)
{
    static const unsigned size[][2] = {{720, 400},  {640, 480},   {320, 200},  {640, 350},
                                       {1024, 768}, {1600, 1200}, {1280, 720}, {40, 25},
                                       {1, 1},      {640, 204}};
    for (size_t i = 0; i < ARRAY_SIZE(size); i++) {
        unsigned w, h, from_w = size[i][0], from_h = size[i][1];
        double aspect = from_w == 1280 ? 16.0 / 9 : 4.0 / 3;
        capture_square_size(from_w, from_h, aspect, &w, &h);
        ck_assert_uint_ge(w, from_w);
        ck_assert_uint_ge(h, from_h);
        ck_assert_uint_ge(h, 720);
        ck_assert_uint_eq(w % 2 + h % 2, 0);
        ck_assert_double_lt((double)w / h / aspect, 1.005);
        ck_assert_double_gt((double)w / h / aspect, 0.995);
        u32 *from = malloc(4ul * from_w * from_h), *to = malloc(4ul * w * h);
        for (size_t k = 0; k < (size_t)from_w * from_h; k++)
            from[k] = 0x123456;
        ck_assert(capture_square(from, from_w, from_h, aspect, to, w, h));
        size_t others = 0;
        for (size_t k = 0; k < (size_t)w * h; k++)
            others += to[k] != 0x123456;
        ck_assert_uint_eq(others, 0);
        free(from);
        free(to);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("capture");
    TCase *t = tcase_create("capture");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, pictures);
    tcase_add_test(t, sound);
    tcase_add_test(t, jumps);
    tcase_add_test(t, existing_file);
    tcase_add_test(t, no_encoder);
    tcase_add_test(t, encoder_dies);
    tcase_add_test(t, encoder_hangs);
    tcase_add_test(t, encoder_hangs_at_the_end);
    tcase_add_test(t, ratios);
    tcase_add_test(t, squares);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
