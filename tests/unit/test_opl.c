/*
 * test_opl.c - the FM synthesiser: its ROMs by their formulas, pitch and levels by the data sheet,
 * golden hashes of register scripts (which test_opl_oracle.c holds against another one's samples),
 * silence that is skipped, and states.
 */
#include "hw/base/hash.h"
#include "hw/sound/opl.h"
#include "hw/sound/opl_tables.h"
#include "opl_scripts.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

struct listener {
    struct opl chip;
    u64 hash;
    unsigned moves; /* samples that are not as the one before, and not near 0 */
    s16 last;
};

static void on_reset(void *of)
{
    opl_reset(&((struct listener *)of)->chip);
}

static void on_write(void *of, u16 reg, u8 value)
{
    opl_write(&((struct listener *)of)->chip, reg, value);
}

static void on_run(void *of, unsigned samples)
{
    struct listener *l = of;
    for (unsigned i = 0; i < samples; i++) {
        s16 out[2];
        u8 bytes[4];
        opl_run(&l->chip, out, 1);
        put_le16(bytes, (u16)out[0]);
        put_le16(bytes + 2, (u16)out[1]);
        l->hash = hash_bytes(l->hash, bytes, sizeof(bytes));
        l->moves += out[0] != l->last && abs(out[0]) > 30;
        l->last = out[0];
    }
}

static struct opl_player player_of(struct listener *l)
{
    opl_init(&l->chip);
    l->hash = HASH_START;
    l->moves = 0;
    return (struct opl_player){l, on_reset, on_write, on_run};
}

static struct listener listener;

START_TEST(roms)
{
    for (unsigned i = 0; i < 256; i++) {
        double sine = sin((i + 0.5) * PI / 512);
        ck_assert_int_eq(opl_log_sine[i], (int)lround(-256 * log2(sine)));
        ck_assert_int_eq(opl_power[i], (int)lround(1024 * (exp2(i / 256.0) - 1)));
    }
}
END_TEST

START_TEST(golden)
{
    const struct opl_script *s = &opl_scripts[_i];
    struct opl_player p = player_of(&listener);
    s->play(&p);
    ck_assert_uint_gt(listener.moves, 1000);
    ck_assert_msg(listener.hash == s->golden, "%s: 0x%016llx", s->name,
                  (unsigned long long)listener.hash);
}
END_TEST

/* f = F-number * 49716 / 2^(20 - block): a sine's zero crossings in two seconds. */
START_TEST(pitch)
{
    for (unsigned block = 2; block < 8; block++) {
        struct opl_player p = player_of(&listener);
        put_voice(&p, 0, &opl_mute, &opl_loud, 0);
        put_note(&p, 0, 0x244, block, true);
        unsigned rising = 0;
        s16 before = 0;
        for (unsigned i = 0; i < 99432; i++) {
            s16 out[2];
            opl_run(&listener.chip, out, 1);
            rising += before < 0 && out[0] >= 0;
            before = out[0];
        }
        double hz = 0x244 * (OPL_CLOCK / (double)OPL_DIVIDER) / (1 << (20 - block));
        ck_assert_double_eq_tol(rising, hz * 2, 1.01);
    }
}
END_TEST

static s16 peak(unsigned samples)
{
    s16 most = 0;
    for (unsigned i = 0; i < samples; i++) {
        s16 out[2];
        opl_run(&listener.chip, out, 1);
        most = out[0] > most ? out[0] : most;
    }
    return most;
}

/* Total level is 0.75 dB a step, key scale 3, 1.5 or 6 dB an octave. */
START_TEST(decibels)
{
    static const double an_octave[4] = {0, 3, 1.5, 6};
    for (unsigned scale = 0; scale < 4; scale++)
        for (unsigned tl = 0; tl < 32; tl += 5) {
            double db[2];
            for (unsigned i = 0; i < 2; i++) {
                struct opl_patch c = opl_loud;
                c.level = (u8)(scale << 6 | tl);
                struct opl_player p = player_of(&listener);
                put_voice(&p, 0, &opl_mute, &c, 0);
                put_note(&p, 0, 0x3ff, 2 + i, true);
                db[i] = 20 * log10(peak(4000) / 4084.0);
            }
            ck_assert_double_eq_tol(db[0] - db[1], an_octave[scale], 0.2);
            ck_assert(scale || fabs(db[0] + 0.75 * tl) < 0.1);
        }
}
END_TEST

/* What opl_skip() comes to, and what running comes to. */
START_TEST(skipping)
{
    static struct opl ran;
    static const u64 gaps[] = {0, 1, 4000, 5000, 70000, 100001};
    struct opl_player p = player_of(&listener);
    for (unsigned i = 0; i < 18; i++) {
        play_anything(&p, 100 + (u64)_i * 18 + i, 300);
        for (unsigned op = 0; op < 0x16; op++) { /* all keys up, and fast releases */
            put(&p, 0x80 + op, 0x0f);
            put(&p, 0x180 + op, 0x0f);
        }
        put(&p, 0xbd, i & 1 ? 0xe0 : 0x40);
        for (unsigned channel = 0; channel < 18; channel++)
            put(&p, 0xb0 + opl_array(channel) + channel % 9, (channel * 3 + i) & 0x1f);
        play(&p, 600);
        if (!opl_idle(&listener.chip)) { /* a release of rate 0 in a pair */
            put(&p, 0x105, 0);
            for (unsigned channel = 0; channel < 18; channel++)
                put(&p, 0xb0 + opl_array(channel) + channel % 9, (channel * 3 + i) & 0x1f);
            play(&p, 600);
        }
        ck_assert(opl_idle(&listener.chip));
        ran = listener.chip;
        u64 n = gaps[i % 6] + i;
        for (u64 k = 0; k < n; k++) {
            s16 out[2];
            opl_run(&ran, out, 1);
            ck_assert(abs(out[0]) <= OPL_OPERATORS && abs(out[1]) <= OPL_OPERATORS);
        }
        opl_skip(&listener.chip, n);
        for (unsigned op = 0; op < OPL_OPERATORS; op++) {
            ck_assert_uint_eq(ran.op[op].phase, listener.chip.op[op].phase);
            ck_assert_int_eq(ran.out[op], listener.chip.out[op]);
        }
        ck_assert_mem_eq(&ran, &listener.chip, sizeof(ran));
    }
}
END_TEST

/* Saved in mid-note and loaded into a chip that has played something else. */
START_TEST(mid_note)
{
    static struct opl other;
    struct opl_player p = player_of(&listener);
    for (u64 seed = 50; seed < 60; seed++) {
        play_anything(&p, seed, 1000);
        struct state *s = state_new_save();
        state_begin(s, "opl", 1);
        opl_state(&listener.chip, s);
        state_end(s);
        size_t size;
        const u8 *bytes = state_finish(s, &size);

        struct err e = {0};
        struct state *l = state_new_load(bytes, size, &e);
        ck_assert_ptr_nonnull(l);
        static struct listener noise;
        struct opl_player q = player_of(&noise);
        play_anything(&q, seed + 100, 500);
        other = noise.chip;
        state_begin(l, "opl", 1);
        opl_state(&other, l);
        state_end(l);
        ck_assert_msg(state_ok(l), "%s", state_error(l));
        state_free(l);
        state_free(s);
        for (unsigned i = 0; i < 5000; i++) {
            s16 a[2], b[2];
            opl_run(&listener.chip, a, 1);
            opl_run(&other, b, 1);
            ck_assert(a[0] == b[0] && a[1] == b[1]);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("opl");
    TCase *tc = tcase_create("core");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, roms);
    tcase_add_loop_test(tc, golden, 0, ARRAY_SIZE(opl_scripts));
    tcase_add_test(tc, pitch);
    tcase_add_test(tc, decibels);
    tcase_add_loop_test(tc, skipping, 0, 2);
    tcase_add_test(tc, mid_note);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
