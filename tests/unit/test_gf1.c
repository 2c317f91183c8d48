/*
 * test_gf1.c - the GF1's voices against closed forms: where a voice is after n frames, loops of all
 * kinds, volume's law, ramps and their rates, interpolation, banks of 16-bit samples, places; and
 * that skipping frames and predicting interrupts come to what running them does.
 */
#include "hw/sound/gf1.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static u8 ram[GF1_RAM], ram_too[GF1_RAM];
static struct gf1 chip;

static struct gf1_voice *fresh(void)
{
    memset(ram, 0, sizeof(ram));
    chip = (struct gf1){.ram = ram};
    gf1_reset(&chip);
    return &chip.voice[0];
}

enum { ONE = 1 << GF1_FRACTION, UNITY = 0xfff };

/* A voice that plays from start to end, a sample a frame, at full volume, left. */
static void set_voice(struct gf1_voice *v, u8 control, u32 start, u32 end)
{
    v->control = control;
    v->frequency = ONE * 2;
    v->start = start * ONE;
    v->end = end * ONE;
    v->current = (control & GF1_DOWN ? end : start) * ONE;
    v->volume = UNITY;
    v->pan = 0;
}

/* ---- where it is ---- */

START_TEST(walks_to_its_end)
{
    for (unsigned f = 1; f < 4000; f += 371) {
        struct gf1_voice *v = fresh();
        set_voice(v, GF1_IRQ, 100, 300);
        v->frequency = (u16)(f * 2);
        u64 frames = (200 * ONE + f - 1) / f;
        ck_assert_uint_eq(gf1_next_event(&chip), frames);
        for (u64 i = 0; i < frames; i++) {
            ck_assert_uint_eq(v->current, 100 * ONE + i * f);
            ck_assert_uint_eq(chip.wave_irq, 0);
            gf1_run(&chip);
        }
        ck_assert_uint_eq(v->current, 300 * ONE);
        ck_assert_uint_eq(v->control & GF1_STOPPED, GF1_STOPPED);
        ck_assert_uint_eq(chip.wave_irq, 1);
        ck_assert(!gf1_moves(&chip));
    }
}
END_TEST

/* A loop is a remainder, one in both directions a triangle. */
START_TEST(loops)
{
    for (unsigned kind = 0; kind < 4; kind++)
        for (unsigned f = 7; f < 30000; f += 1777) {
            u8 control = GF1_LOOP | (kind & 1 ? GF1_BOTH_WAYS : 0) | (kind & 2 ? GF1_DOWN : 0);
            u64 length = 90 * ONE;
            struct gf1_voice *v = fresh();
            set_voice(v, control, 10, 100);
            v->frequency = (u16)(f * 2);
            for (u64 n = 1; n < 3000; n++) {
                gf1_run(&chip);
                u64 way = n * f % length, twice = n * f % (2 * length);
                if (kind & 1)
                    way = twice < length ? twice : 2 * length - twice;
                u64 want = kind & 2 ? 100 * ONE - way : 10 * ONE + way;
                ck_assert_uint_eq(v->current, want);
            }
        }
}
END_TEST

START_TEST(rollover_goes_on)
{
    struct gf1_voice *v = fresh();
    set_voice(v, GF1_IRQ | GF1_LOOP, 10, 20);
    v->ramp_control = GF1_STOPPED | GF1_ROLLOVER;
    for (unsigned i = 0; i < 10; i++)
        gf1_run(&chip);
    ck_assert_uint_eq(chip.wave_irq, 1);
    chip.wave_irq = 0;
    for (unsigned i = 0; i < 10; i++)
        gf1_run(&chip);
    ck_assert_uint_eq(chip.wave_irq, 0);
    ck_assert_uint_eq(v->current, 30 * ONE);
}
END_TEST

/* ---- what it is ---- */

START_TEST(interpolated)
{
    struct gf1_voice *v = fresh();
    ram[50] = (u8)-100;
    ram[51] = 60;
    set_voice(v, 0, 50, 60);
    v->frequency = 0;
    for (unsigned i = 0; i < ONE; i += 17) {
        v->current = 50 * ONE + i;
        double want = (-100 + 160.0 * i / ONE) * 256 * gf1_gain(UNITY) / (1 << 24);
        ck_assert_double_eq_tol(gf1_run(&chip).left, want, 1.5);
    }
}
END_TEST

/* Words of a bank of 256 KB; an address of the next bank is in the next bank. */
START_TEST(words_in_banks)
{
    struct gf1_voice *v = fresh();
    for (u32 bank = 0; bank < 4; bank++)
        for (u32 word = 5; word < 0x20000; word += 0x4321) {
            u32 at = bank << 18 | word << 1;
            put_le16(ram + at, 0x7000 + bank);
            put_le16(ram + at + 2, 0x7000 + bank);
            set_voice(v, GF1_WIDE, bank << 18 | word, (bank << 18 | word) + 1);
            v->frequency = 0;
            double want = (0x7000 + bank) * (double)gf1_gain(UNITY) / (1 << 24);
            ck_assert_double_eq_tol(gf1_run(&chip).left, want, 1);
            put_le16(ram + at, 0);
            put_le16(ram + at + 2, 0);
        }
}
END_TEST

/* An octave of the gain each 256 steps of volume, straight between them. */
START_TEST(volume)
{
    struct gf1_voice *v = fresh();
    ram[0] = ram[1] = 127;
    set_voice(v, GF1_STOPPED, 0, 1);
    for (unsigned i = 0; i < 4096; i++) {
        v->volume = (u16)i;
        double want = 127 * 256.0 * (1 + (i & 255) / 256.0) / (1 << (16 - (i >> 8)));
        ck_assert_double_eq_tol(gf1_run(&chip).left, want, 1);
    }
}
END_TEST

START_TEST(places)
{
    struct gf1_voice *v = fresh();
    ram[0] = ram[1] = 100;
    set_voice(v, GF1_STOPPED, 0, 1);
    double full = gf1_run(&chip).left;
    for (unsigned pan = 0; pan < 16; pan++) {
        v->pan = (u8)pan;
        struct sound_frame f = gf1_run(&chip);
        ck_assert_double_eq_tol(f.left, full * sqrt((15 - pan) / 15.0), 2);
        ck_assert_double_eq_tol(f.right, full * sqrt(pan / 15.0), 2);
    }
}
END_TEST

START_TEST(voices_add_and_clip)
{
    fresh();
    ram[0] = ram[1] = 100;
    for (unsigned i = 0; i < 3; i++)
        set_voice(&chip.voice[i], GF1_STOPPED, 0, 1);
    chip.voice[0].volume = chip.voice[1].volume = 0xd00;
    chip.voice[2].volume = 0xc00;
    ck_assert_int_eq(gf1_run(&chip).left, 25600 / 8 * 2 + 25600 / 16);
    for (unsigned i = 0; i < 3; i++)
        chip.voice[i].volume = UNITY;
    ck_assert_int_eq(gf1_run(&chip).left, 32767);
    ram[0] = ram[1] = (u8)-100;
    ck_assert_int_eq(gf1_run(&chip).left, -32768);
    set_voice(&chip.voice[14], GF1_STOPPED, 0, 1); /* not one of the active ones */
    chip.voice[0].volume = chip.voice[1].volume = chip.voice[2].volume = 0;
    ck_assert_int_eq(gf1_run(&chip).left, 0);
}
END_TEST

/* ---- ramps ---- */

START_TEST(ramp_rates)
{
    for (unsigned rate = 0; rate < 4; rate++) {
        struct gf1_voice *v = fresh();
        u64 each = 1u << 3 * rate;
        v->ramp_control = GF1_IRQ;
        v->ramp_rate = (u8)(rate << 6 | 13);
        v->ramp_start = 0x20;
        v->ramp_end = 0x40;
        v->volume = 0x200;
        chip.frame = 1; /* the next one that moves it is frame `each` */
        u64 moves = (0x200 + 12) / 13, frames = (moves - 1) * each + 1 + (each - 1);
        ck_assert_uint_eq(gf1_next_event(&chip), frames);
        for (u64 i = 0; i < frames; i++) {
            ck_assert_uint_eq(chip.ramp_irq, 0);
            ck_assert_uint_eq(v->volume, 0x200 + 13 * (i / each)); /* frames 1, 2, .. */
            gf1_run(&chip);
        }
        ck_assert_uint_eq(v->volume, 0x400);
        ck_assert_uint_eq(chip.ramp_irq, 1);
        ck_assert_uint_eq(v->ramp_control, GF1_IRQ | GF1_STOPPED);
    }
}
END_TEST

START_TEST(ramp_loops)
{
    for (unsigned kind = 0; kind < 4; kind++) {
        u8 control = GF1_LOOP | (kind & 1 ? GF1_BOTH_WAYS : 0) | (kind & 2 ? GF1_DOWN : 0);
        int length = 0x300, by = 45;
        struct gf1_voice *v = fresh();
        v->ramp_control = control;
        v->ramp_rate = (u8)by;
        v->ramp_start = 0x10;
        v->ramp_end = 0x40;
        v->volume = kind & 2 ? 0x400 : 0x100;
        for (int n = 1; n < 3000; n++) {
            gf1_run(&chip);
            int way = n * by % length, twice = n * by % (2 * length);
            if (kind & 1)
                way = twice < length ? twice : 2 * length - twice;
            ck_assert_int_eq(v->volume, kind & 2 ? 0x400 - way : 0x100 + way);
        }
    }
}
END_TEST

/* ---- many frames at once ---- */

static u32 next(u64 *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (u32)(*seed >> 13);
}

static void anything(u64 *seed)
{
    fresh();
    chip.voices = (u8)(14 + next(seed) % 19);
    chip.frame = next(seed);
    for (unsigned i = 0; i < GF1_VOICES; i++) {
        struct gf1_voice *v = &chip.voice[i];
        u32 a = next(seed) & GF1_ADDRESS_MASK, b = a + (next(seed) >> (next(seed) & 31));
        v->control = next(seed) & 0x7f & (next(seed) & 7 ? ~3 : ~0);
        v->ramp_control = next(seed) & 0x7f & (next(seed) & 7 ? ~3 : ~0);
        v->frequency = (u16)(next(seed) >> (next(seed) & 15));
        v->start = a;
        v->end = b & GF1_ADDRESS_MASK;
        v->current = (next(seed) & 3 ? a + (b - a) / 3 : next(seed)) & GF1_ADDRESS_MASK;
        v->ramp_rate = (u8)next(seed);
        v->ramp_start = (u8)next(seed);
        v->ramp_end = (u8)next(seed);
        v->volume = next(seed) & 0xfff;
    }
}

START_TEST(skipping_is_running)
{
    static struct gf1 ran;
    u64 seed = 1000 + (u64)_i;
    for (unsigned i = 0; i < 40; i++) {
        anything(&seed);
        memset(ram_too, 0, sizeof(ram_too));
        ran = chip;
        ran.ram = ram_too;
        for (unsigned k = 0; k < 6; k++) {
            u64 n = next(&seed) % (k & 1 ? 7000 : 40);
            for (u64 f = 0; f < n; f++)
                gf1_run(&ran);
            gf1_skip(&chip, n);
            ran.ram = chip.ram;
            ck_assert_mem_eq(&ran, &chip, sizeof(chip));
        }
    }
}
END_TEST

/* Nothing becomes pending before the frame that was foretold, and then something does. */
START_TEST(events_are_foretold)
{
    u64 seed = 77 + (u64)_i;
    unsigned seen = 0;
    for (unsigned i = 0; i < 60; i++) {
        anything(&seed);
        for (unsigned k = 0; k < 5; k++) {
            u64 ahead = gf1_next_event(&chip);
            if (ahead > 20000)
                break;
            u32 wave = chip.wave_irq, ramp = chip.ramp_irq;
            for (u64 f = 1; f < ahead; f++) {
                gf1_run(&chip);
                ck_assert(chip.wave_irq == wave && chip.ramp_irq == ramp);
            }
            gf1_run(&chip);
            seen += chip.wave_irq != wave || chip.ramp_irq != ramp;
        }
    }
    ck_assert_uint_gt(seen, 60);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gf1");
    TCase *tc = tcase_create("voices");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, walks_to_its_end);
    tcase_add_test(tc, loops);
    tcase_add_test(tc, rollover_goes_on);
    tcase_add_test(tc, interpolated);
    tcase_add_test(tc, words_in_banks);
    tcase_add_test(tc, volume);
    tcase_add_test(tc, places);
    tcase_add_test(tc, voices_add_and_clip);
    tcase_add_test(tc, ramp_rates);
    tcase_add_test(tc, ramp_loops);
    tcase_add_loop_test(tc, skipping_is_running, 0, 2);
    tcase_add_loop_test(tc, events_are_foretold, 0, 2);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
