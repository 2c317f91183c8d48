/*
 * test_sb_stream.c - what a Sound Blaster plays, heard sample by sample: every format of every
 * generation, single samples, volumes, the compressed formats.
 */
#include "sb_ears.h"

#include <math.h>
#include <string.h>

/* ---- every sample, once ---- */

static const struct {
    const char *what;
    u8 command, mode; /* mode: of groups B and C */
    u32 rate;
    u8 bytes; /* of a sample */
    const struct device_class *class;
} streams[] = {
    {"auto-init, SB 2.0", 0x1c, 0, 20000, 1, &sb2_class},
    {"high speed, SB Pro", 0x90, 0, 40000, 1, &sbpro_class},
    {"auto-init, SB 16", 0x1c, 0, 25000, 1, &sb16_class},
    {"8 bit unsigned mono", 0xc6, 0x00, 44100, 1, &sb16_class},
    {"8 bit signed mono", 0xc6, 0x10, 11025, 1, &sb16_class},
    {"8 bit unsigned stereo", 0xc6, 0x20, 22050, 1, &sb16_class},
    {"8 bit signed stereo", 0xc4, 0x30, 44100, 1, &sb16_class},
    {"16 bit unsigned mono", 0xb4, 0x00, 8000, 2, &sb16_class},
    {"16 bit signed mono", 0xb6, 0x10, 44100, 2, &sb16_class},
    {"16 bit unsigned stereo", 0xb6, 0x20, 32000, 2, &sb16_class},
    {"16 bit signed stereo", 0xb6, 0x30, 44100, 2, &sb16_class},
};

/* A ramp over the whole 64K, so that a sample too few or too many shows; stereo: right falls. */
static void fill(u8 mode, unsigned bytes)
{
    unsigned each = mode & 0x20 ? 2 : 1;
    for (u32 i = 0; i < 0x10000 / bytes; i++) {
        u32 n = i / each;
        u16 v = (u16)(each == 2 && (i & 1) ? 0u - n : n);
        if (bytes == 1) {
            put(i, (u8)v);
        } else {
            put(2 * i, (u8)v);
            put(2 * i + 1, (u8)(v >> 8));
        }
    }
}

static void start(unsigned i)
{
    u16 block = 1999;
    unsigned channel = streams[i].bytes == 2 ? 5 : 1;
    dma_setup(channel, FROM_MEMORY | AGAIN, BUFFER, 0x10000 / streams[i].bytes);
    DSP(0xd1);
    if (streams[i].command < 0xb0) {
        set_tc(1000000 / streams[i].rate);
        DSP(0x48, (u8)block, (u8)(block >> 8), streams[i].command);
    } else {
        set_rate(streams[i].rate);
        DSP(streams[i].command, streams[i].mode, (u8)block, (u8)(block >> 8));
    }
}

START_TEST(test_no_sample_is_lost_or_doubled)
{
    const u64 seconds = 60;
    int step = streams[_i].bytes == 2 ? 1 : 256;
    bool stereo = streams[_i].mode & 0x20;
    rig_change(streams[_i].class);
    dsp_reset();
    listen(streams[_i].rate);
    fill(streams[_i].mode, streams[_i].bytes);
    start((unsigned)_i);
    hear_for(seconds * NS_PER_SEC);
    size_t silent = 0;
    while (silent < heard_count && !heard[silent].left && !heard[silent].right)
        silent++;
    ck_assert_uint_lt(silent, 400);
    ck_assert_uint_gt(heard_count, (seconds - 1) * streams[_i].rate);
    /* The ramp wraps over 64K bytes: of bytes and words alike after whole turns. */
    for (size_t i = silent + 2; i < heard_count; i++) {
        s16 left = (s16)(heard[i].left - heard[i - 1].left - step);
        s16 right = (s16)(heard[i].right - heard[i - 1].right - (stereo ? -step : step));
        u32 n = (u32)(i - silent);
        if (left || right) { /* a turn of a 16-bit buffer: 32768 words, 16384 frames */
            u32 turn = 0x10000u / streams[_i].bytes / (stereo ? 2 : 1);
            ck_assert_msg(streams[_i].bytes == 2 && (left == (s16)(0u - turn) || left == 0) &&
                              (right == (s16)turn || right == (s16)(0u - turn) || right == 0),
                          "%s: sample %u", streams[_i].what, n);
        }
    }
    go_deaf();
}
END_TEST

/* What is heard at the end: 1 a byte of C0h on the left and 40h on the right, -1 the other way
 * round. */
static int sides(void)
{
    struct sound_frame f = heard[heard_count - 1];
    ck_assert_int_eq(f.left, -f.right);
    ck_assert_int_eq(f.left < 0 ? -f.left : f.left, 0x4000);
    return f.left > 0 ? 1 : -1;
}

/*
 * SB Pro: bytes go right and left in turn, the first one after the switch to the right: programs
 * that know send one byte of silence first, or swap the sides themselves.
 */
START_TEST(test_pro_stereo)
{
    rig_change(&sbpro2_class);
    dsp_reset();
    listen(40000);
    for (u32 i = 0; i < 0x10000; i++)
        put(i, (u8)(i & 1 ? 0x40 : 0xc0));
    DSP(0xd1);
    set_tc(25);
    for (unsigned silence = 0; silence < 3; silence++) {
        mix(0x0e, 0x02);
        dma_setup(1, FROM_MEMORY, BUFFER, 2);
        if (silence) {
            DSP(0x14, (u8)(silence - 1), 0);
            until_line(5, NS_PER_SEC);
            in8(&b, 0x22e);
        }
        dma_setup(1, FROM_MEMORY | AGAIN, BUFFER, 0x10000);
        DSP(0x48, 0xff, 0x0f, 0x90);
        hear_for(100 * NS_PER_MS);
        ck_assert_int_eq(sides(), silence == 1 ? 1 : -1);
        dsp_reset();
        DSP(0xd1);
    }
    go_deaf();
}
END_TEST

/* Blocks of an odd length: the interrupts come as they are counted, and the sides stay. */
START_TEST(test_odd_stereo_blocks)
{
    bool wide = _i == 1;
    rig_change(_i == 2 ? &sbpro_class : &sb16_class);
    dsp_reset();
    listen(_i == 2 ? 20000 : 10000);
    for (u32 i = 0; i < 0x10000; i++)
        put(i, wide ? (u8)(i & 1 ? i & 2 ? 0xc0 : 0x40 : 0) : (u8)(i & 1 ? 0x40 : 0xc0));
    dma_setup(wide ? 5 : 1, FROM_MEMORY | AGAIN, BUFFER, 0x1000);
    if (_i == 2) { /* a byte a tick */
        DSP(0xd1);
        mix(0x0e, 0x02);
        set_tc(50);
        DSP(0x48, 2, 0, 0x1c);
    } else {
        set_rate(10000);
        DSP(wide ? 0xb6 : 0xc6, wide ? 0x30 : 0x20, 2, 0);
    }
    u64 from = b.clock.now;
    for (u64 i = 1; i < 100; i++) {
        until_line(5, NS_PER_SEC);
        u64 ticks = _i == 2 ? 3 * i : (3 * i + 1) / 2;
        ck_assert_uint_eq(b.clock.now - from, ticks * (_i == 2 ? 50000 : 100000));
        in8(&b, 0x22e);
        in8(&b, 0x22f);
        mixer_pull(ears);
    }
    size_t first = 0;
    while (heard[first].left == 0 || heard[first].right == 0)
        first++;
    for (size_t i = first; i < heard_count; i++) {
        ck_assert_int_eq(heard[i].left, _i == 2 ? -0x4000 : 0x4000);
        ck_assert_int_eq(heard[i].right, _i == 2 ? 0x4000 : -0x4000);
    }
    ck_assert_uint_gt(heard_count - first, 40);
    go_deaf();
}
END_TEST

START_TEST(test_speaker_switch)
{
    rig_change(_i ? &sb16_class : &sbpro_class);
    dsp_reset();
    listen(20000);
    for (u32 i = 0; i < 0x1000; i++)
        put(i, 0xff);
    dma_setup(1, FROM_MEMORY | AGAIN, BUFFER, 0x1000);
    set_tc(50);
    DSP(0x48, 0xff, 0x0f, 0x1c);
    hear_for(50 * NS_PER_MS); /* from 4.00 on there is no switch */
    ck_assert_int_eq(heard[heard_count - 1].left, _i ? 0x7f00 : 0);
    DSP(0xd1);
    hear_for(50 * NS_PER_MS);
    ck_assert_int_eq(heard[heard_count - 1].left, 0x7f00);
    DSP(0xd3);
    hear_for(50 * NS_PER_MS);
    ck_assert_int_eq(heard[heard_count - 1].left, _i ? 0x7f00 : 0);
    go_deaf();
}
END_TEST

START_TEST(test_direct_output)
{
    dsp_reset();
    listen(48000);
    for (unsigned i = 0; i < 400; i++) { /* a square wave of 1 kHz, 50 % */
        DSP(0x10, i & 1 ? 0xc0 : 0x40);
        u64 next = (b.clock.now / 500000 + 1) * 500000;
        run_to(&b, next);
        mixer_pull(ears);
    }
    unsigned rises = 0, high = 0, n = 0;
    for (size_t i = heard_count / 2; i < heard_count; i++, n++) {
        rises += heard[i].left > 0 && heard[i - 1].left <= 0;
        high += heard[i].left > 0;
        ck_assert_int_lt(abs(heard[i].left), 0x4c00);
    }
    ck_assert_uint_ge(rises, n / 48 - 1);
    ck_assert_uint_le(rises, n / 48 + 1);
    ck_assert_uint_ge(high * 100 / n, 48);
    ck_assert_uint_le(high * 100 / n, 52);
    go_deaf();
}
END_TEST

START_TEST(test_volume)
{
    dsp_reset();
    listen(20000);
    for (u32 i = 0; i < 0x1000; i++)
        put(i, 0xc0);
    dma_setup(1, FROM_MEMORY | AGAIN, BUFFER, 0x1000);
    mix(0x32, 25 << 3); /* 12 dB less */
    mix(0x31, 28 << 3); /* 6 dB less */
    set_tc(50);
    DSP(0x48, 0xff, 0x0f, 0x1c);
    hear_for(50 * NS_PER_MS);
    ck_assert_int_eq(heard[heard_count - 1].left, 0x4000 * 251189ll / 1000000);
    ck_assert_int_eq(heard[heard_count - 1].right, 0x4000 * 501187ll / 1000000);
    mix(0x00, 0);
    mix(0x41, 0x40); /* 6 dB more: twice as much, as it comes out of the chip */
    hear_for(50 * NS_PER_MS);
    ck_assert_int_eq(heard[heard_count - 1].left, 0x7fff);
    ck_assert_int_eq(heard[heard_count - 1].right, 0x4000);
    go_deaf();
}
END_TEST

/* Who listens, and how often, does not change what the guest sees; nor does a digest. */
START_TEST(test_listening_moves_nothing)
{
    u64 digest[2];
    for (unsigned pass = 0; pass < 2; pass++) {
        rig_change(&sb16_class);
        dsp_reset();
        if (pass)
            listen(44100);
        fill(0x30, 2);
        start(10);
        for (unsigned i = 0; i < 50; i++) {
            run_for(&b, 7777777);
            if (pass)
                mixer_pull(ears);
            if (!(i % 5))
                in8(&b, 0x22f);
        }
        i8237_sync(rig_dma(&b));
        struct state *s = state_new_digest();
        clock_state(&b.clock, s);
        device_state(&sb->dev, s);
        device_state(b.extra, s);
        digest[pass] = state_digest(s);
        state_free(s);
        if (pass)
            go_deaf();
    }
    ck_assert_uint_eq(digest[0], digest[1]);
}
END_TEST

/* The older mixers' steps, in tenths of a decibel below the highest one. */
START_TEST(test_steps_of_old_mixers)
{
    static const unsigned eight[] = {460, 240, 200, 160, 120, 80, 40, 0},
                          four[] = {460, 140, 70, 0};
    bool pro = _i;
    rig_change(pro ? &sbpro2_class : &sb2_class);
    dsp_reset();
    listen(20000);
    DSP(0xd1, 0x10, 0xc0);
    for (unsigned v = 0; v < (pro ? 8 : 4); v++) {
        mix(pro ? 0x04 : 0x0a, (u8)(pro ? v << 1 | (7 - v) << 5 : v << 1)); /* voice */
        hear_for(20 * NS_PER_MS);
        double left = 0x4000 * pow(10, (pro ? eight[7 - v] : four[v]) / -200.);
        double right = 0x4000 * pow(10, (pro ? eight[v] : four[v]) / -200.);
        ck_assert_double_le(fabs(heard[heard_count - 1].left - left), 1);
        ck_assert_double_le(fabs(heard[heard_count - 1].right - right), 1);
    }
    for (unsigned v = 0; v < 8; v++) { /* all of it */
        mix(pro ? 0x22 : 0x02, (u8)(pro ? v << 1 | v << 5 : v << 1));
        mix(pro ? 0x04 : 0x0a, pro ? 0xee : 0x06);
        hear_for(20 * NS_PER_MS);
        ck_assert_double_le(fabs(heard[heard_count - 1].left - 0x4000 * pow(10, eight[v] / -200.)),
                            1);
    }
    go_deaf();
}
END_TEST

/* ---- compressed ---- */

static const struct {
    u8 command;
    unsigned bits;
    bool reference, again;
} packed[] = {{0x16, 2, false, false}, {0x17, 2, true, false},  {0x74, 4, false, false},
              {0x75, 4, true, false},  {0x76, 3, false, false}, {0x77, 3, true, false},
              {0x1f, 2, true, true},   {0x7d, 4, true, true},   {0x7f, 3, true, true},
              {0x1e, 2, false, true},  {0x7c, 4, false, true},  {0x7e, 3, false, true}};

/*
 * What the firmware does with a byte, tick by tick: a digit takes that sample of it, s takes the
 * second one of 2.6 bits for the short one, h leaves the converter as it is. The first byte of a
 * command without a reference, that of a block that goes on from another, and any other.
 */
static const char *const work[5][3] = {
    [2] = {"012", "h012", "0123"}, [3] = {"0s", "h0s", "012"}, [4] = {"010", "h0", "01"}};

static u32 unpacked(struct sb_adpcm *a, unsigned bits, const char *how, u8 byte, s16 *to)
{
    u32 n = 0;
    for (; how[n]; n++) {
        u8 v = how[n] == 'h'   ? a->sample
               : how[n] == 's' ? sb_adpcm_next(a, byte >> 3 & 3, bits, 2)
                               : sb_adpcm_next(a, byte, bits, (unsigned)(how[n] - '0'));
        to[n] = (s16)((v ^ 0x80) << 8);
    }
    return n;
}

START_TEST(test_adpcm)
{
    enum { BYTES = 1000, RATE = 10000 };
    struct sb_adpcm model = {0x80, 1};
    unsigned samples = sb_adpcm_samples(packed[_i].bits);
    dsp_reset();
    listen(RATE);
    u8 data[BYTES];
    u32 seed = 12345;
    for (u32 i = 0; i < BYTES; i++) {
        seed = seed * 1103515245 + 12345;
        data[i] = (u8)(seed >> 16);
        put(i, data[i]);
    }
    dma_setup(1, FROM_MEMORY | (packed[_i].again ? AGAIN : 0), BUFFER, BYTES);
    set_tc(100);
    if (packed[_i].again)
        DSP(0x48, (u8)(BYTES - 1), (BYTES - 1) >> 8, packed[_i].command);
    else
        DSP(packed[_i].command, (u8)(BYTES - 1), (BYTES - 1) >> 8);
    const char *const *how = work[packed[_i].bits];
    u64 ticks = (packed[_i].reference ? 1 : strlen(how[0])) + (BYTES - 1) * samples;
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), ticks * 100000);
    ck_assert_uint_eq(dma_count(1), packed[_i].again ? BYTES - 1 : 0xffff);
    in8(&b, 0x22e);
    if (packed[_i].again) { /* the reference is there once */
        ck_assert_uint_eq(until_line(5, NS_PER_SEC), BYTES * samples * 100000);
        ck_assert_uint_eq(dma_count(1), BYTES - 1);
        DSP(0xd0);
    }
    hear_for(50 * NS_PER_MS);
    /* What was heard ends with what the model says. */
    static s16 want[3 * BYTES * 4];
    u32 n = 0;
    for (u32 i = 0; i < (packed[_i].again ? 2 : 1) * BYTES; i++) {
        if (!i && packed[_i].reference) {
            sb_adpcm_reference(&model, data[0]);
            want[n++] = (s16)((data[0] ^ 0x80) << 8);
            continue;
        }
        unsigned which = !i ? 0 : i == BYTES ? 1 : 2;
        n += unpacked(&model, packed[_i].bits, how[which], data[i % BYTES], want + n);
    }
    size_t end = heard_count;
    while (end > 1 && heard[end - 1].left == heard[end - 2].left)
        end--;
    while (n > 1 && want[n - 1] == want[n - 2])
        n--;
    ck_assert_uint_ge(end, n);
    for (u32 i = 0; i < n; i++)
        ck_assert_int_eq(heard[end - n + i].left, want[i]);
    go_deaf();
}
END_TEST

/* A block of a byte is over with that byte's last tick. */
START_TEST(test_short_adpcm)
{
    dsp_reset();
    put(0, 0x5a);
    dma_setup(1, FROM_MEMORY, BUFFER, 1);
    set_tc(100);
    if (packed[_i].again)
        DSP(0x48, 0, 0, packed[_i].command);
    else
        DSP(packed[_i].command, 0, 0);
    u64 ticks = packed[_i].reference ? 1 : strlen(work[packed[_i].bits][0]);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), ticks * 100000);
}
END_TEST

/* By hand, from the rule: (m + 1/2) * step; step up for large magnitudes, down for none. */
START_TEST(test_adpcm_codes)
{
    struct sb_adpcm a;
    sb_adpcm_reference(&a, 0x80);
    ck_assert_uint_eq(sb_adpcm_next(&a, 0x7f, 4, 0), 0x87); /* +7, step 2 */
    ck_assert_uint_eq(sb_adpcm_next(&a, 0x7f, 4, 1), 0x78); /* -15, step 4 */
    ck_assert_uint_eq(sb_adpcm_next(&a, 0x04, 4, 0), 0x7a); /* +2, step 2 */
    ck_assert_uint_eq(sb_adpcm_next(&a, 0x04, 4, 1), 0x83); /* +9 */
    sb_adpcm_reference(&a, 0x80);
    ck_assert_uint_eq(sb_adpcm_next(&a, 0x6f, 3, 0), 0x83); /* +3, step 2 */
    ck_assert_uint_eq(sb_adpcm_next(&a, 0x6f, 3, 1), 0x8a); /* 011: +7, step 4 */
    ck_assert_uint_eq(sb_adpcm_next(&a, 0x6f, 3, 2), 0x84); /* 11: -(4 + 2) */
    sb_adpcm_reference(&a, 0x80);
    ck_assert_uint_eq(sb_adpcm_next(&a, 0x5b, 2, 0), 0x81); /* 01: +1, step 2 */
    ck_assert_uint_eq(sb_adpcm_next(&a, 0x5b, 2, 1), 0x84); /* 01: +3, step 4 */
    ck_assert_uint_eq(sb_adpcm_next(&a, 0x5b, 2, 2), 0x82); /* 10: -2, step 2 */
    ck_assert_uint_eq(sb_adpcm_next(&a, 0x5b, 2, 3), 0x7f); /* 11: -3, step 4 */
    for (unsigned i = 0; i < 100; i++)
        sb_adpcm_next(&a, 0x77, 4, i & 1);
    ck_assert_uint_eq(a.sample, 0xff);
    ck_assert_uint_eq(a.step, 8);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("sb_stream");
    tcase_add_checked_fixture(t, rig_up, rig_down);
    tcase_add_loop_test(t, test_no_sample_is_lost_or_doubled, 0, ARRAY_SIZE(streams));
    tcase_add_test(t, test_pro_stereo);
    tcase_add_loop_test(t, test_odd_stereo_blocks, 0, 3);
    tcase_add_loop_test(t, test_steps_of_old_mixers, 0, 2);
    tcase_add_loop_test(t, test_speaker_switch, 0, 2);
    tcase_add_test(t, test_direct_output);
    tcase_add_test(t, test_volume);
    tcase_add_test(t, test_listening_moves_nothing);
    tcase_add_loop_test(t, test_adpcm, 0, ARRAY_SIZE(packed));
    tcase_add_loop_test(t, test_short_adpcm, 0, ARRAY_SIZE(packed));
    tcase_add_test(t, test_adpcm_codes);
    return t;
}

int main(void)
{
    return run_suite("sb_stream", cases);
}
