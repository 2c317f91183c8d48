/*
 * test_opl_card.c - the OPL at its ports: how programs find it, timers by the clock, which writes
 * reach which chip, what is heard against the chip alone, silence, states in mid-note, the log.
 */
#include "hw/sound/opl3.h"
#include "listening_room.h"
#include "opl_scripts.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FM = 0x388 };

/* ---- a card alone, a card that is heard ---- */

static struct device *make_opl3(struct bench *b)
{
    struct device *d = device_new(&opl3_class, NULL);
    bench_start(b, d);
    return d;
}

static struct device *make_adlib(struct bench *b)
{
    struct device *d = device_new(&adlib_class, NULL);
    bench_start(b, d);
    return d;
}

static struct adlib *card_of(const struct room *r)
{
    return (struct adlib *)r->dev;
}

/* The output has the chip's rate, so that its samples come out as they are. */
static void open_room(struct room *r, const struct device_class *class, u64 step)
{
    build_room(r, OPL_RATE, step);
    struct device *d = device_new(class, NULL);
    bench_start(&r->b, d);
    enter_room(r, d, &((struct adlib *)d)->fm.sound);
}

static void on_reset(void *of)
{
    device_reset(((struct room *)of)->dev);
}

static void on_write(void *of, u16 reg, u8 value)
{
    struct room *r = of;
    out8(&r->b, FM + (reg >> 8) * 2, (u8)reg);
    out8(&r->b, FM + 1, value);
}

static void on_run(void *of, unsigned samples)
{
    /* Between two samples: a write never falls on the instant of one. */
    wait(of, samples * (u64)NS_PER_SEC / OPL_RATE);
}

static struct opl_player player_of(struct room *r)
{
    return (struct opl_player){r, on_reset, on_write, on_run};
}

/* ---- finding it ---- */

static void fm(struct bench *b, u8 index, u8 value)
{
    out8(b, FM, index);
    run_for(b, 3300);
    out8(b, FM + 1, value);
    run_for(b, 23000);
}

static void second(struct bench *b, u8 index, u8 value)
{
    out8(b, FM + 2, index);
    out8(b, FM + 3, value);
}

/* As AdLib's guide has it. */
START_TEST(detection)
{
    struct bench b;
    bench_init(&b);
    struct device *d = _i ? make_adlib(&b) : make_opl3(&b);
    for (unsigned again = 0; again < 2; again++) {
        fm(&b, 4, 0x60);
        fm(&b, 4, 0x80);
        ck_assert_uint_eq(in8(&b, FM) & 0xe0, 0);
        fm(&b, 2, 0xff);
        fm(&b, 4, 0x21);
        run_for(&b, 80 * NS_PER_US);
        ck_assert_uint_eq(in8(&b, FM) & 0xe0, 0xc0);
        fm(&b, 4, 0x60);
        fm(&b, 4, 0x80);
        ck_assert_uint_eq(in8(&b, FM) & 0xe0, 0);
    }
    ck_assert_uint_eq(in8(&b, FM) & 0x06, _i ? 0x06 : 0); /* which of the two */
    ck_assert_uint_eq(in8(&b, FM + 1), 0xff);
    ck_assert_uint_eq(in8(&b, FM + 2), 0xff); /* not of an OPL3 either: the next test */
    bench_free(&b, d);
}
END_TEST

/*
 * What tells an OPL3 from two OPL2: AdLib's detection again, at the second pair of ports. A YMF262
 * without NEW takes those writes, so that its timer runs off, but has its status at one address.
 */
START_TEST(an_opl3_is_no_pair)
{
    struct bench b;
    bench_init(&b);
    struct device *d = make_opl3(&b);
    second(&b, 4, 0x60);
    second(&b, 4, 0x80);
    ck_assert_uint_eq(in8(&b, FM + 2), 0xff);
    second(&b, 2, 0xff);
    second(&b, 4, 0x21);
    run_for(&b, 80 * NS_PER_US);
    ck_assert_uint_eq(in8(&b, FM + 2), 0xff);
    ck_assert_uint_eq(in8(&b, FM), 0xc0);
    bench_free(&b, d);
}
END_TEST

/* Not a tick early or late, whatever the preset; masks; the reset bit leaves the timers alone. */
START_TEST(timers)
{
    struct bench b;
    bench_init(&b);
    struct device *d = make_opl3(&b);
    for (unsigned preset = 0; preset < 256; preset += 15)
        for (unsigned t = 0; t < 2; t++) {
            u64 period = (256 - preset) * (t ? 320 : 80) * NS_PER_US;
            u8 start = (u8)(1 << t), flag = t ? 0xa0 : 0xc0, mask = t ? 0x20 : 0x40;
            out8(&b, FM, (u8)(2 + t));
            out8(&b, FM + 1, (u8)preset);
            out8(&b, FM, 4);
            out8(&b, FM + 1, 0);
            out8(&b, FM + 1, 0x80);
            out8(&b, FM + 1, start);
            u64 began = b.clock.now;
            run_to(&b, began + period - 1);
            ck_assert_uint_eq(in8(&b, FM), 0);
            run_for(&b, 1);
            ck_assert_uint_eq(in8(&b, FM), flag);
            ck_assert_uint_eq(in8(&b, FM), flag); /* reading changes nothing */
            out8(&b, FM + 1, 0x80);
            ck_assert_uint_eq(in8(&b, FM), 0);
            run_to(&b, began + 7 * period - 1); /* it has gone on */
            ck_assert_uint_eq(in8(&b, FM), flag);
            out8(&b, FM + 1, 0x80);
            run_for(&b, 1);
            ck_assert_uint_eq(in8(&b, FM), flag);
            out8(&b, FM + 1, start | mask);
            ck_assert_uint_eq(in8(&b, FM), 0);
            run_for(&b, 3 * period);
            ck_assert_uint_eq(in8(&b, FM), 0);
            out8(&b, FM + 1, start); /* starting what runs does not start it again */
            run_to(&b, began + 11 * period - 1);
            ck_assert_uint_eq(in8(&b, FM), 0);
            run_for(&b, 1);
            ck_assert_uint_eq(in8(&b, FM), flag);
            out8(&b, FM + 1, 0);
            out8(&b, FM + 1, 0x80);
            run_for(&b, 2 * period);
            ck_assert_uint_eq(in8(&b, FM), 0);
        }
    bench_free(&b, d);
}
END_TEST

/* ---- which writes reach what ---- */

START_TEST(second_array)
{
    struct bench b;
    bench_init(&b);
    struct adlib *a = (struct adlib *)make_opl3(&b);
    const struct opl *o = &a->fm.chip[0];
    out8(&b, FM + 2, 0x43); /* without NEW: the first array */
    out8(&b, FM + 3, 0x12);
    ck_assert_uint_eq(o->reg[0x43], 0x12);
    ck_assert_uint_eq(o->reg[0x143], 0);
    out8(&b, FM + 2, 0x05);
    out8(&b, FM + 3, 0x01);
    ck_assert_uint_eq(o->reg[0x105], 1);
    out8(&b, FM + 2, 0x43);
    out8(&b, FM + 3, 0x34);
    ck_assert_uint_eq(o->reg[0x143], 0x34);
    out8(&b, FM, 0x43);
    out8(&b, FM + 1, 0x56);
    ck_assert_uint_eq(o->reg[0x43], 0x56);
    ck_assert_uint_eq(o->reg[0x143], 0x34);
    device_reset(&a->dev);
    ck_assert_uint_eq(o->reg[0x105], 0);
    bench_free(&b, &a->dev);
}
END_TEST

START_TEST(opl2_waves)
{
    struct bench b;
    bench_init(&b);
    struct adlib *a = (struct adlib *)make_adlib(&b);
    const struct opl *o = &a->fm.chip[0];
    fm(&b, 0xe3, 2);
    ck_assert_uint_eq(o->op[3].wave, 0); /* sines, until they may be others */
    fm(&b, 1, 0x20);
    ck_assert_uint_eq(o->op[3].wave, 2);
    fm(&b, 0xe3, 3);
    ck_assert_uint_eq(o->op[3].wave, 3);
    fm(&b, 1, 0);
    ck_assert_uint_eq(o->op[3].wave, 0);
    fm(&b, 5, 1); /* no NEW here */
    ck_assert_uint_eq(o->reg[0x105], 0);
    bench_free(&b, &a->dev);
}
END_TEST

/* Two OPL2: each side alone, and both at once. */
START_TEST(a_pair)
{
    static struct opl_card c;
    struct bench b;
    bench_init(&b);
    struct device *d = make_adlib(&b);
    struct err e;
    memset(&c, 0, sizeof(c));
    ck_assert(opl_card_attach(&c, d, OPL2_PAIR, NULL, &e));
    opl_card_reset(&c);
    for (unsigned i = 0; i < 3; i++) {
        static const unsigned port[] = {0, 2, 8};
        opl_card_out(&c, port[i], (u8)(0x40 + i));
        opl_card_out(&c, port[i] + 1, 0x11);
        ck_assert_uint_eq(c.chip[0].reg[0x40 + i], i == 1 ? 0 : 0x11);
        ck_assert_uint_eq(c.chip[1].reg[0x40 + i], i == 0 ? 0 : 0x11);
    }
    opl_card_out(&c, 2, 2); /* the right one's timer, by the right one's status */
    opl_card_out(&c, 3, 0xff);
    opl_card_out(&c, 2, 4);
    opl_card_out(&c, 3, 1);
    run_for(&b, 80 * NS_PER_US);
    ck_assert_uint_eq(opl_card_in(&c, 0), 0x06);
    ck_assert_uint_eq(opl_card_in(&c, 2), 0xc6);
    ck_assert_uint_eq(opl_card_in(&c, 8), 0x06);
    opl_card_detach(&c);
    bench_free(&b, d);
}
END_TEST

/* ---- what is heard ---- */

/* Frames of the mixer are the chip's samples, moved by less than one. */
START_TEST(heard_as_it_is)
{
    open_room(&one, &opl3_class, 700 * NS_PER_US);
    listen(&one);
    static struct opl alone;
    static s16 want[2 * 30000];
    struct opl_player p = player_of(&one);
    opl_init(&alone);
    struct opl_patch c = {0xe1, 0, 0xf2, 0x34, 5};
    put(&p, 0x105, 1);
    put_voice(&p, 4, &c, &c, 0x3c);
    put_note(&p, 4, 0x234, 4, true);
    for (unsigned reg = 0; reg < 512; reg++)
        opl_write(&alone, 0x105, 1),
            opl_write(&alone, (u16)reg, card_of(&one)->fm.chip[0].reg[reg]);
    wait(&one, 500 * NS_PER_MS);
    mixer_pull(one.m);
    opl_run(&alone, want, 24000);
    ck_assert_uint_gt(one.ear.count, 23000);
    unsigned shift = 0;
    while (shift < 3 && one.ear.frame[500 + shift].left != want[2 * 500])
        shift++;
    ck_assert_uint_lt(shift, 3);
    for (unsigned i = 0; i < 20000; i++) {
        ck_assert_int_eq(one.ear.frame[i + shift].left, want[2 * i]);
        ck_assert_int_eq(one.ear.frame[i + shift].right, want[2 * i + 1]);
    }
    close_room(&one);
}
END_TEST

static unsigned loud_frames(const struct ear *e, unsigned from)
{
    unsigned n = 0;
    for (unsigned i = from; i < e->count; i++)
        n += abs(e->frame[i].left) > 50;
    return n;
}

/* Notes, silences long and short, writes in silence. */
static void tune(struct room *r, unsigned from, unsigned to)
{
    struct opl_player p = player_of(r);
    struct opl_patch c = {0xe1, 0, 0xf8, 0x0c, 1};
    if (!from) {
        put(&p, 0x105, 1);
        put_voice(&p, 0, &c, &c, 0x3a);
        put_voice(&p, 9, &opl_mute, &c, 0x30);
    }
    for (unsigned i = from; i < to; i++) {
        put_note(&p, i & 1 ? 9 : 0, 0x200 + i * 3, 3 + (i & 3), true);
        play(&p, 400 + 333 * i);
        put_note(&p, i & 1 ? 9 : 0, 0x200 + i * 3, 3 + (i & 3), false);
        play(&p, 10 + (i * i * 777) % 15000);
        put(&p, 0xbd, i & 2 ? 0xc0 : 0); /* often in silence */
        play(&p, 300);
    }
}

/* However often the mixer asks. */
START_TEST(cut_anywhere)
{
    open_room(&one, &opl3_class, 5 * NS_PER_MS);
    open_room(&two, &opl3_class, 137 * NS_PER_US);
    listen(&one);
    listen(&two);
    tune(&one, 0, 16);
    tune(&two, 0, 16);
    same_ears();
    ck_assert_uint_gt(loud_frames(&one.ear, 0), 5000);
    close_room(&one);
    close_room(&two);
}
END_TEST

/* Silence asks the chip for nothing. */
START_TEST(silence_costs_nothing)
{
    open_room(&one, &opl3_class, 5 * NS_PER_MS);
    listen(&one);
    tune(&one, 0, 3);
    wait(&one, 400 * NS_PER_MS);
    ck_assert(card_of(&one)->fm.sound.idle);
    u32 count = card_of(&one)->fm.chip[0].count;
    unsigned heard = one.ear.count;
    wait(&one, 1000 * NS_PER_MS);
    ck_assert_uint_eq(card_of(&one)->fm.chip[0].count, count);
    for (unsigned i = heard; i < one.ear.count; i++)
        ck_assert(!one.ear.frame[i].left && !one.ear.frame[i].right);
    out8(&one.b, FM, 0x40);
    out8(&one.b, FM + 1, 0);
    ck_assert_uint_gt(card_of(&one)->fm.chip[0].count - count, OPL_RATE);
    close_room(&one);
}
END_TEST

/* A note that was fading when all registers became 0 is a level, for ever, and costs nothing. */
START_TEST(level_left_behind)
{
    open_room(&one, &adlib_class, 5 * NS_PER_MS);
    listen(&one);
    struct opl_player p = player_of(&one);
    struct opl_patch c = {0xe1, 0, 0xf8, 0x04, 0};
    put_voice(&p, 0, &c, &c, 0x0e);
    put_note(&p, 0, 0x234, 4, true);
    wait(&one, 20 * NS_PER_MS);
    for (unsigned reg = 0xff; reg; reg--)
        put(&p, reg, 0);
    wait(&one, 50 * NS_PER_MS);
    ck_assert(card_of(&one)->fm.sound.idle);
    ck_assert_int_gt(abs(card_of(&one)->fm.sound.level.left), 30);
    static struct opl ran;
    ran = card_of(&one)->fm.chip[0];
    u64 left = 100 * NS_PER_MS;
    wait(&one, left);
    put(&p, 0x40, 0x3f);
    for (u64 n = card_of(&one)->fm.chip[0].count - ran.count; n; n--) {
        s16 out[2];
        opl_run(&ran, out, 1);
        ck_assert_int_eq(out[0], card_of(&one)->fm.last.left);
    }
    opl_write(&ran, 0x40, 0x3f);
    ck_assert_mem_eq(&ran, &card_of(&one)->fm.chip[0], sizeof(ran));
    close_room(&one);
}
END_TEST

/* Saved in mid-note, loaded where something else was playing: the same frames from there on. */
START_TEST(state_in_mid_note)
{
    for (unsigned at = 1; at < 6; at++) {
        open_room(&one, &opl3_class, 5 * NS_PER_MS);
        open_room(&two, &opl3_class, 900 * NS_PER_US);
        listen(&one);
        listen(&two);
        tune(&one, 0, at);
        put_note(&(struct opl_player){&one, on_reset, on_write, on_run}, 0, 0x155, 3, true);
        wait(&one, at * 3 * NS_PER_MS);
        tune(&two, 0, 7 - at);
        mixer_pull(one.m);
        copy_state(&one, &two);
        one.ear.count = two.ear.count = 0;
        tune(&one, at, 8);
        tune(&two, at, 8);
        same_ears();
        ck_assert_uint_gt(loud_frames(&one.ear, 0), 500);
        close_room(&one);
        close_room(&two);
    }
}
END_TEST

/* Who comes late hears the note that is held, and not the drum of long ago. */
START_TEST(listening_late)
{
    open_room(&one, &opl3_class, 5 * NS_PER_MS);
    struct opl_player p = player_of(&one);
    struct opl_patch held = {0x21, 0, 0xf0, 0x0f, 0}, drum = {0x01, 0, 0xf6, 0x06, 0};
    put_voice(&p, 0, &opl_mute, _i ? &held : &drum, 0);
    put_note(&p, 0, 0x200, 4, true);
    wait(&one, 2 * NS_PER_SEC);
    ck_assert_uint_eq(card_of(&one)->fm.chip[0].count, 0);
    listen(&one);
    wait(&one, 100 * NS_PER_MS);
    mixer_pull(one.m);
    ck_assert_int_eq(loud_frames(&one.ear, 0) > 1000, _i);
    close_room(&one);
}
END_TEST

/* ---- states, storms ---- */

static const u16 storm_ports[] = {FM, FM + 1, FM + 2, FM + 3, FM, FM + 1};

START_TEST(storm)
{
    static struct bench b;
    bench_init(&b);
    struct device *d = _i ? make_adlib(&b) : make_opl3(&b);
    register_storm(&b, d, _i ? make_adlib : make_opl3, storm_ports, _i ? 2 : 6, 4000,
                   300 * NS_PER_US);
    bench_free(&b, d);
}
END_TEST

/* ---- the log ---- */

START_TEST(logged)
{
    static u8 file[4096];
    char name[] = "/tmp/test_opl_card.XXXXXX.vgm";
    int fd = mkstemps(name, 4);
    ck_assert_int_ge(fd, 0);
    close(fd);
    struct bench b;
    bench_init(&b);
    struct device *d = device_new(&opl3_class, NULL);
    ((struct adlib *)d)->log = name;
    bench_start(&b, d);
    run_for(&b, NS_PER_SEC);
    out8(&b, FM, 0x20);
    out8(&b, FM + 1, 0x21);
    run_for(&b, 2 * NS_PER_SEC);
    out8(&b, FM + 2, 5);
    out8(&b, FM + 3, 1);
    bench_free(&b, d);
    FILE *f = fopen(name, "rb");
    ck_assert_ptr_nonnull(f);
    size_t size = fread(file, 1, sizeof(file), f);
    fclose(f);
    unlink(name);
    static const u8 want[] = {0x5e, 0x20, 0x21, 0x61, 0xff, 0xff, 0x61,
                              0x89, 0x58, 0x5f, 0x05, 0x01, 0x66};
    ck_assert_uint_eq(size, 0x80 + sizeof(want));
    ck_assert_mem_eq(file, "Vgm ", 4);
    ck_assert_uint_eq(get_le32(file + 4), size - 4);
    ck_assert_uint_eq(get_le32(file + 0x18), 88200);
    ck_assert_uint_eq(get_le32(file + 0x34), 0x4c);
    ck_assert_uint_eq(get_le32(file + 0x5c), 14318180);
    ck_assert_mem_eq(file + 0x80, want, sizeof(want));
}
END_TEST

/* A disk that is full is told of, once, also when only the end does not fit. */
START_TEST(log_cut_short)
{
    static char said[1000];
    char name[] = "/tmp/test_opl_card.XXXXXX.vgm";
    int fd = mkstemps(name, 4);
    ck_assert_int_ge(fd, 0);
    close(fd);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {_i ? 0x1000 : 0x88, 0x10000};
    struct bench b;
    bench_init(&b);
    b.log.out = fmemopen(said, sizeof(said), "w");
    ck_assert_ptr_nonnull(b.log.out);
    struct device *d = device_new(&opl3_class, NULL);
    ((struct adlib *)d)->log = name;
    bench_start(&b, d);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (unsigned i = 0; i < (_i ? 20000 : 5); i++)
        out8(&b, FM + 1, (u8)i);
    device_free(d);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
    fclose(b.log.out);
    unlink(name);
    ck_assert_msg(strstr(said, "not complete") && strchr(said, '\n') == strrchr(said, '\n'), "%s",
                  said);
    bench_free(&b, NULL);
}
END_TEST

START_TEST(log_refused)
{
    struct bench b;
    struct err e;
    bench_init(&b);
    struct device *d = device_new(&opl3_class, NULL);
    ((struct adlib *)d)->log = "/nowhere/at/all.vgm";
    ck_assert(!device_realize(d, &b.board, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "/nowhere/at/all.vgm"));
    ((struct adlib *)d)->log = "music.mp3";
    ck_assert(!device_realize(d, &b.board, &e));
    ck_assert_ptr_nonnull(strstr(e.text, ".vgm"));
    ((struct adlib *)d)->log = NULL;
    ((struct adlib *)d)->base = 0x389;
    ck_assert(!device_realize(d, &b.board, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "addr=389"));
    bench_free(&b, d);
}
END_TEST

static TCase *cases(void)
{
    TCase *tc = tcase_create("card");
    tcase_add_loop_test(tc, detection, 0, 2);
    tcase_add_test(tc, an_opl3_is_no_pair);
    tcase_add_test(tc, timers);
    tcase_add_test(tc, second_array);
    tcase_add_test(tc, opl2_waves);
    tcase_add_test(tc, a_pair);
    tcase_add_test(tc, heard_as_it_is);
    tcase_add_test(tc, cut_anywhere);
    tcase_add_test(tc, silence_costs_nothing);
    tcase_add_test(tc, level_left_behind);
    tcase_add_test(tc, state_in_mid_note);
    tcase_add_loop_test(tc, listening_late, 0, 2);
    tcase_add_loop_test(tc, storm, 0, 2);
    tcase_add_test(tc, logged);
    tcase_add_loop_test(tc, log_cut_short, 0, 2);
    tcase_add_test(tc, log_refused);
    return tc;
}

int main(void)
{
    return run_suite("opl card", cases);
}
