/*
 * test_dacs.c - Covox, Disney Sound Source, Tandy's voices and Game Blaster, each on a whole board:
 * what comes out, what the guest reads, the second DMA controller under Tandy's ports, a storm, the
 * state.
 */
#include "hw/machine/pc.h"
#include "hw/sound/lptdac.h"
#include "hw/sound/saa1099.h"
#include "hw/sound/tandy.h"
#include "saved_fields.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, ROOM = 6 * RATE };

struct side {
    struct clock clock;
    struct pc *pc;
    s16 heard[ROOM];
    unsigned count;
    struct sound_sink sink;
};
static struct side one, two;

static void hear(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    struct side *s = opaque;
    (void)first;
    for (unsigned i = 0; i < count && s->count < ROOM; i++)
        s->heard[s->count++] = frames[i].left;
}

/* `second`: another device, or NULL. */
static void open_two(struct side *s, const char *device, const char *second, bool listen)
{
    struct err e;
    struct row row[2];
    const struct row *rows[] = {&row[0], &row[1]};
    struct pc_signals signals = {.exit = {NULL, NULL, 0}};
    memset(s, 0, sizeof(*s));
    ck_assert(row_parse(&row[0], "-device", device, &e));
    ck_assert(!second || row_parse(&row[1], "-device", second, &e));
    struct vm_config c = {.ram_mb = 1, .rows = rows, .row_count = second ? 2 : 1};
    clock_init(&s->clock);
    s->pc = pc_new(&c, &s->clock, &signals, &e);
    ck_assert_msg(s->pc != NULL, "%s", e.text);
    pc_reset(s->pc);
    s->sink = (struct sound_sink){hear, s};
    if (listen)
        ck_assert(mixer_listen(s->pc->sound, &s->sink));
}

static void open_side(struct side *s, const char *device, bool listen)
{
    open_two(s, device, NULL, listen);
}

static void close_side(struct side *s)
{
    pc_free(s->pc, NULL);
    clock_free(&s->clock);
}

static void to(struct side *s, u64 at)
{
    while (s->clock.now < at) {
        clock_advance(&s->clock, s->clock.now + NS_PER_MS < at ? s->clock.now + NS_PER_MS : at);
        mixer_run(s->pc->sound, s->clock.now);
    }
}

static void out(struct side *s, u16 port, u8 v)
{
    bus_out(&s->pc->bus, port, v, 1);
}

static u8 in(struct side *s, u16 port)
{
    return (u8)bus_in(&s->pc->bus, port, 1);
}

static double level_at(const struct side *s, unsigned from, unsigned end, double hertz)
{
    double re = 0, im = 0;
    for (unsigned i = from; i < end; i++) {
        double window = 0.5 - 0.5 * cos(2 * M_PI * (i - from) / (end - from));
        re += window * s->heard[i] * cos(2 * M_PI * hertz * i / RATE);
        im += window * s->heard[i] * sin(2 * M_PI * hertz * i / RATE);
    }
    return 20 * log10(4 * hypot(re, im) / (end - from) + 1e-9);
}

/* ---- parallel port ---- */

START_TEST(covox)
{
    open_side(&one, "covox", true);
    for (unsigned k = 0; k < 22050; k++) { /* a sine by a program's loop, 11025 times a second */
        to(&one, k * NS_PER_SEC / 11025);
        out(&one, 0x378, (u8)lrint(128 + 100 * sin(2 * M_PI * 500 * k / 11025)));
    }
    to(&one, 2 * NS_PER_SEC);
    double want = 20 * log10(100 * 128.0);
    ck_assert_double_le(fabs(level_at(&one, RATE / 2, 3 * RATE / 2, 500) - want), 0.1);
    ck_assert_double_lt(level_at(&one, RATE / 2, 3 * RATE / 2, 1500), want - 45);
    ck_assert_uint_eq(in(&one, 0x378), 128 + (int)lrint(100 * sin(2 * M_PI * 500 * 22049 / 11025)));
    close_side(&one);
}
END_TEST

static void disney_put(struct side *s, u8 byte)
{
    out(s, 0x378, byte);
    out(s, 0x37a, 0x0c);
    out(s, 0x37a, 0x04);
}

START_TEST(disney)
{
    open_side(&one, "disney", true);
    to(&one, 10 * NS_PER_MS);
    ck_assert_uint_eq(in(&one, 0x379) & 0x40, 0x40); /* off */
    out(&one, 0x37a, 0x04);
    ck_assert_uint_eq(in(&one, 0x379) & 0x40, 0);
    unsigned n = 0;
    u64 begun = one.clock.now;
    for (; !(in(&one, 0x379) & 0x40); n++) /* detection: it fills */
        disney_put(&one, 128);
    ck_assert_uint_eq(n, DISNEY_QUEUE);
    for (unsigned k = 0; k < 14000; k++) { /* as fast as it takes them */
        while (in(&one, 0x379) & 0x40)
            to(&one, one.clock.now + 10000);
        disney_put(&one, (u8)lrint(128 + 100 * sin(2 * M_PI * 350 * k / 7000)));
    }
    double seconds = (double)(one.clock.now - begun) / 1e9;
    ck_assert_double_le(fabs(seconds - 14000 / 7000.0), 0.001);
    mixer_pull(one.pc->sound);
    ck_assert_double_le(fabs(level_at(&one, RATE / 2, 3 * RATE / 2, 350) - 20 * log10(12800)), 0.1);
    to(&one, one.clock.now + 20 * NS_PER_MS);
    ck_assert_uint_eq(in(&one, 0x379) & 0x40, 0);
    close_side(&one);
}
END_TEST

START_TEST(two_in_one_socket)
{
    struct err e;
    struct row row[2];
    const struct row *rows[] = {&row[0], &row[1]};
    struct pc_signals signals = {.exit = {NULL, NULL, 0}};
    struct vm_config c = {.ram_mb = 1, .rows = rows, .row_count = 2};
    row_parse(&row[0], "-device", "covox", &e);
    row_parse(&row[1], "-device", "disney", &e);
    clock_init(&one.clock);
    ck_assert_ptr_null(pc_new(&c, &one.clock, &signals, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "something else is plugged into"));
    row_parse(&row[1], "-device", "disney,port=parallel7", &e);
    ck_assert_ptr_null(pc_new(&c, &one.clock, &signals, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "no parallel port parallel7"));
    clock_free(&one.clock);
}
END_TEST

/* ---- Tandy ---- */

static void tone(struct side *s, unsigned voice, unsigned period, unsigned attenuation)
{
    out(s, 0xc0, (u8)(0x80 | voice << 5 | (period & 15)));
    out(s, 0xc0, (u8)(period >> 4));
    out(s, 0xc0, (u8)(0x90 | voice << 5 | attenuation));
}

START_TEST(tandy_tones)
{
    static const unsigned periods[] = {254, 1000, 100, 20, 0};
    for (unsigned k = 0; k < ARRAY_SIZE(periods); k++) {
        open_side(&one, "tandy", true);
        double hertz = 3579545.0 / 32 / (periods[k] ? periods[k] : 1024);
        tone(&one, k % 3, periods[k], 0);
        to(&one, NS_PER_SEC);
        tone(&one, k % 3, periods[k], 5);
        to(&one, 2 * NS_PER_SEC);
        double loud = level_at(&one, RATE / 4, 7 * RATE / 8, hertz);
        double soft = level_at(&one, 5 * RATE / 4, 15 * RATE / 8, hertz);
        ck_assert_double_le(fabs(loud - 20 * log10(4000 * 4 / M_PI)), 0.2);
        ck_assert_double_le(fabs(loud - soft - 10), 0.05);
        ck_assert_double_lt(level_at(&one, RATE / 4, 7 * RATE / 8, hertz + 25), loud - 40);
        tone(&one, k % 3, periods[k], 15);
        to(&one, 3 * NS_PER_SEC);
        ck_assert_int_eq(one.heard[one.count - 1], 0);
        close_side(&one);
    }
}
END_TEST

START_TEST(tandy_noise)
{
    open_side(&one, "tandy", true);
    out(&one, 0xc0, 0xe0); /* periodic, 1/512: one pulse in 15 shifts of 6991 Hz */
    out(&one, 0xc0, 0xf0);
    to(&one, NS_PER_SEC);
    double line = level_at(&one, RATE / 4, 7 * RATE / 8, 3579545.0 / 512 / 15);
    ck_assert_double_gt(line, 20 * log10(800));
    out(&one, 0xc0, 0xe4); /* white */
    to(&one, 2 * NS_PER_SEC);
    double white = level_at(&one, 5 * RATE / 4, 15 * RATE / 8, 3579545.0 / 512 / 15);
    ck_assert_double_lt(white, line - 15);
    double power = 0;
    for (unsigned i = 5 * RATE / 4; i < 15 * RATE / 8; i++)
        power += (double)one.heard[i] * one.heard[i];
    ck_assert_double_gt(sqrt(power / (5 * RATE / 8)), 2000);
    close_side(&one);
}
END_TEST

/* The controller behind it sees every access. */
START_TEST(tandy_over_dma)
{
    open_side(&one, "tandy", false);
    open_side(&two, "covox", false); /* without */
    u32 seed = 1;
    for (unsigned k = 0; k < 4000; k++) {
        seed = seed * 1664525 + 1013904223;
        u16 port = (u16)(0xc0 + (seed >> 8) % 32);
        if (seed >> 20 & 1) {
            out(&one, port, (u8)(seed >> 24));
            out(&two, port, (u8)(seed >> 24));
        } else {
            ck_assert_uint_eq(in(&one, port), in(&two, port));
        }
    }
    close_side(&one);
    close_side(&two);
}
END_TEST

/* ---- Game Blaster ---- */

static void saa(struct side *s, unsigned chip, u8 reg, u8 value)
{
    out(s, (u16)(0x221 + 2 * chip), reg);
    out(s, (u16)(0x220 + 2 * chip), value);
}

START_TEST(gameblaster_tones)
{
    open_side(&one, "gameblaster", true);
    ck_assert_uint_eq(in(&one, 0x224), 0x7f); /* as its drivers look for it */
    out(&one, 0x226, 0xa5);
    out(&one, 0x227, 0x5a);
    ck_assert_uint_eq(in(&one, 0x22a), 0xa5);
    ck_assert_uint_eq(in(&one, 0x22b), 0x5a);
    for (unsigned chip = 0; chip < 2; chip++)
        saa(&one, chip, 0x1c, 1);
    static const struct {
        unsigned chip, tone, octave, n;
    } tones[] = {{0, 0, 3, 100}, {1, 5, 5, 33}, {0, 3, 1, 255}, {1, 2, 7, 0}};
    for (unsigned k = 0; k < ARRAY_SIZE(tones); k++) {
        unsigned chip = tones[k].chip, i = tones[k].tone;
        double hertz = 7159090.0 * (1 << tones[k].octave) / 512 / (511 - tones[k].n);
        saa(&one, chip, (u8)i, 0x0f); /* left alone */
        saa(&one, chip, (u8)(8 + i), (u8)tones[k].n);
        saa(&one, chip, (u8)(0x10 + i / 2), (u8)(tones[k].octave << (i & 1 ? 4 : 0)));
        saa(&one, chip, 0x14, (u8)(1 << i));
        u64 begun = one.clock.now;
        to(&one, begun + NS_PER_SEC);
        unsigned from = one.count - 40000, end = one.count;
        double want = 20 * log10(10000.0 / 6 / 2 * 4 / M_PI);
        ck_assert_double_le(fabs(level_at(&one, from, end, hertz) - want), 0.25);
        ck_assert_double_lt(level_at(&one, from, end, hertz + 20), want - 40);
        saa(&one, chip, 0x14, 0);
    }
    close_side(&one);
}
END_TEST

/* The chips alone: a Sound Blaster 2.0 around them answers as ever, and each is heard. */
START_TEST(chips_in_sockets)
{
    open_two(&one, "sb2", "gameblaster,sockets=on", true);
    ck_assert_uint_eq(in(&one, 0x220), 0xff);
    out(&one, 0x226, 1); /* the DSP's reset, not a register that reads back */
    to(&one, one.clock.now + 10000);
    out(&one, 0x226, 0);
    to(&one, one.clock.now + NS_PER_MS);
    ck_assert_uint_eq(in(&one, 0x22a), 0xaa);
    ck_assert_uint_eq(in(&one, 0x224), 0x00); /* its mixer's index */
    saa(&one, 1, 0x1c, 1);
    saa(&one, 1, 0, 0xff);
    saa(&one, 1, 8, 100);
    saa(&one, 1, 0x10, 3);
    saa(&one, 1, 0x14, 1);
    to(&one, one.clock.now + NS_PER_SEC);
    double hertz = 7159090.0 * 8 / 512 / 411;
    double want = 20 * log10(10000.0 / 6 / 2 * 4 / M_PI);
    ck_assert_double_le(fabs(level_at(&one, one.count - 40000, one.count, hertz) - want), 0.25);
    close_side(&one);
}
END_TEST

/* Tone 2 under a repeated decay that tone 1 clocks: as loud as its mean, and 16 steps a period. */
START_TEST(gameblaster_envelope)
{
    open_side(&one, "gameblaster", true);
    saa(&one, 0, 0x1c, 1);
    saa(&one, 0, 2, 0xff);
    saa(&one, 0, 10, 0);
    saa(&one, 0, 0x11, 6); /* tone 2: 1793 Hz */
    saa(&one, 0, 9, 255);
    saa(&one, 0, 0x10, 0x00); /* tone 1: 54.62 Hz, so 6.83 envelopes a second */
    saa(&one, 0, 0x14, 4);
    saa(&one, 0, 0x18, 0x80 | 3 << 1);
    to(&one, 4 * NS_PER_SEC);
    double carrier = 7159090.0 * 64 / 512 / 511, turns = 7159090.0 / 512 / 256 * 2 / 16;
    double middle = level_at(&one, RATE, 4 * RATE - 600, carrier);
    double full = 20 * log10(10000.0 / 6 / 2 * 4 / M_PI * 14 / 15);
    ck_assert_double_le(fabs(middle - (full + 20 * log10(7.5 / 16))), 0.5);
    ck_assert_double_gt(level_at(&one, RATE, 4 * RATE - 600, carrier + turns), middle - 18);
    saa(&one, 0, 0x18, 0x80 | 2 << 1); /* once: it ends in silence */
    to(&one, 6 * NS_PER_SEC - 600000000);
    ck_assert_double_lt(level_at(&one, one.count - 20000, one.count, carrier), middle - 50);
    close_side(&one);
}
END_TEST

START_TEST(gameblaster_state)
{
    static const struct field fields[] = {
        FIELD(struct saa1099, address), FIELD(struct saa1099, reg),   FIELD(struct saa1099, left),
        FIELD(struct saa1099, high),    FIELD(struct saa1099, shift), FIELD(struct saa1099, step),
    };
    struct saa1099 chip, other;
    struct err e;
    size_t size;
    saa1099_reset(&chip);
    chip.address = 0x18;
    saa1099_write(&chip, 0x82);
    saa1099_count_on(&chip, saa1099_next(&chip));
    struct state *s = state_new_save();
    state_begin(s, "chip", 1);
    saa1099_state(&chip, s, true);
    state_end(s);
    const u8 *bytes = state_finish(s, &size);
    struct state *l = state_new_load(bytes, size, &e);
    ck_assert_ptr_nonnull(l);
    state_begin(l, "chip", 1);
    fields_differ(&other, &chip, fields, ARRAY_SIZE(fields));
    saa1099_state(&other, l, true);
    ck_assert_msg(state_ok(l), "%s", state_error(l));
    fields_are_same(&chip, &other, fields, ARRAY_SIZE(fields));
    state_free(l);
    state_free(s);
}
END_TEST

/* ---- all of them: a storm, cut and saved ---- */

static const struct {
    const char *device;
    u16 port, ports;
} all[] = {
    {"covox", 0x378, 3}, {"disney", 0x378, 3}, {"tandy", 0xc0, 8}, {"gameblaster", 0x220, 16}};

/* What would hardly be heard before a storm has found the way to it. */
static void prepare(struct side *s, unsigned device)
{
    for (unsigned chip = 0; chip < 2 && strcmp(all[device].device, "gameblaster") == 0; chip++) {
        saa(s, chip, 0x1c, 1);
        saa(s, chip, 0x14, 0x3f);
        for (u8 tone = 0; tone < 6; tone++) {
            saa(s, chip, tone, (u8)(0x3c + tone));
            saa(s, chip, (u8)(8 + tone), (u8)(40 * tone));
        }
    }
}

static void storm(struct side *s, const u16 base, u16 ports, u32 *life, unsigned steps, u32 cut)
{
    for (unsigned k = 0; k < steps; k++) {
        *life = *life * 1664525 + 1013904223;
        u32 v = *life;
        u64 next = s->clock.now + (v >> 8) % (v & 0x10000 ? 100000 : 5 * NS_PER_MS);
        while (cut && s->clock.now < next) {
            cut = cut * 1664525 + 1013904223;
            u64 at = s->clock.now + cut % (2 * NS_PER_MS);
            clock_advance(&s->clock, at < next ? at : next);
            mixer_pull(s->pc->sound);
        }
        to(s, next);
        *life = *life * 1664525 + 1013904223;
        u16 port = (u16)(base + (*life >> 9) % ports);
        if (*life >> 24 & 7)
            out(s, port, (u8)(*life >> 12));
        else
            in(s, port);
    }
}

static struct state *save(struct side *s, struct state *st)
{
    clock_state(&s->clock, st);
    pc_state(s->pc, st);
    ck_assert_msg(state_ok(st), "%s", state_error(st));
    return st;
}

START_TEST(storms)
{
    const u16 port = all[_i].port, ports = all[_i].ports;
    for (u32 seed = 1; seed < 6; seed++) {
        u32 a = seed, b = seed;
        struct err e;
        size_t size;
        open_side(&one, all[_i].device, true);
        open_side(&two, all[_i].device, true);
        prepare(&one, (unsigned)_i);
        prepare(&two, (unsigned)_i);
        storm(&one, port, ports, &a, 600, 0);
        storm(&two, port, ports, &b, 600, seed);
        mixer_pull(one.pc->sound);
        mixer_pull(two.pc->sound);
        ck_assert_uint_eq(one.count, two.count);
        ck_assert_mem_eq(one.heard, two.heard, one.count * sizeof(one.heard[0]));
        close_side(&two);
        /* Saved, and gone on with elsewhere. */
        struct state *s = save(&one, state_new_save());
        const u8 *bytes = state_finish(s, &size);
        unsigned before = one.count;
        open_side(&two, all[_i].device, true);
        u32 other = 77;
        storm(&two, port, ports, &other, 100, 0);
        struct state *l = state_new_load(bytes, size, &e);
        save(&two, l);
        state_free(l);
        two.count = 0;
        storm(&one, port, ports, &a, 200, 0);
        storm(&two, port, ports, &b, 200, 3);
        mixer_pull(one.pc->sound);
        mixer_pull(two.pc->sound);
        ck_assert_uint_eq(one.count - before, two.count);
        ck_assert_mem_eq(one.heard + before, two.heard, two.count * sizeof(one.heard[0]));
        state_free(s);
        close_side(&one);
        close_side(&two);
    }
}
END_TEST

START_TEST(same_guest)
{
    u32 a = 9, b = 9;
    open_side(&one, all[_i].device, true);
    open_side(&two, all[_i].device, false);
    storm(&one, all[_i].port, all[_i].ports, &a, 500, 1);
    storm(&two, all[_i].port, all[_i].ports, &b, 500, 0);
    struct state *s = save(&one, state_new_digest()), *t = save(&two, state_new_digest());
    ck_assert_uint_eq(state_digest(s), state_digest(t));
    state_free(s);
    state_free(t);
    close_side(&one);
    close_side(&two);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dacs");
    TCase *t = tcase_create("dacs");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, covox);
    tcase_add_test(t, disney);
    tcase_add_test(t, two_in_one_socket);
    tcase_add_test(t, tandy_tones);
    tcase_add_test(t, tandy_noise);
    tcase_add_test(t, tandy_over_dma);
    tcase_add_test(t, gameblaster_tones);
    tcase_add_test(t, chips_in_sockets);
    tcase_add_test(t, gameblaster_envelope);
    tcase_add_test(t, gameblaster_state);
    tcase_add_loop_test(t, storms, 0, 4);
    tcase_add_loop_test(t, same_guest, 0, 4);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
