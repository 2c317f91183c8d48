/*
 * test_sb_dma.c - samples between the Sound Blaster and memory: every one of them, once, at its
 * instant; interrupts to the nanosecond; what drivers do to the DMA controller meanwhile.
 */
#include "sb_rig.h"

enum { BUFFER = 0x10000, MAX_HEARD = 1 << 22 };

/* ---- ears ---- */

static struct mixer *ears;
static struct sound_frame *heard;
static size_t heard_count;

static void take(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    (void)opaque;
    (void)first;
    for (unsigned i = 0; i < count && heard_count < MAX_HEARD; i++)
        heard[heard_count++] = frames[i];
}

/* At the rate of the transfer itself, every sample arrives as it was. */
static void listen(u32 rate)
{
    static const struct sound_sink sink = {take, NULL};
    ears = (struct mixer *)device_new(&mixer_class, NULL);
    ears->rate = rate;
    struct err e;
    ck_assert(device_realize(&ears->dev, &b.board, &e));
    mixer_add(ears, &sb->sound);
    mixer_listen(ears, &sink);
    heard = malloc(MAX_HEARD * sizeof(*heard));
    ck_assert_ptr_nonnull(heard);
    heard_count = 0;
}

static void go_deaf(void)
{
    sound_detach(&sb->sound);
    device_free(&ears->dev);
    free(heard);
    ears = NULL;
}

static void hear_for(u64 ns)
{
    u64 end = b.clock.now + ns;
    while (b.clock.now < end) {
        run_for(&b, 5 * NS_PER_MS);
        mixer_pull(ears);
        in8(&b, 0x22e);
        in8(&b, 0x22f);
    }
}

static void set_tc(unsigned us)
{
    DSP(0x40, (u8)(256 - us));
}

static void set_rate(unsigned hz)
{
    DSP(0x41, (u8)(hz >> 8), (u8)hz);
}

static void put(u32 at, u8 v)
{
    phys_write(&b.phys, BUFFER + at, &v, 1);
}

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

/* SB Pro: bytes go left and right in turn, the first one to the left. */
START_TEST(test_pro_stereo)
{
    rig_change(&sbpro2_class);
    dsp_reset();
    listen(40000);
    for (u32 i = 0; i < 0x10000; i++)
        put(i, (u8)(i & 1 ? 0x40 : 0xc0));
    mix(0x0e, 0x02);
    dma_setup(1, FROM_MEMORY | AGAIN, BUFFER, 0x10000);
    DSP(0xd1);
    set_tc(25);
    DSP(0x48, 0xff, 0x0f, 0x90);
    hear_for(100 * NS_PER_MS);
    ck_assert_int_eq(heard[heard_count - 1].left, 0x4000);
    ck_assert_int_eq(heard[heard_count - 1].right, -0x4000);
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

/* ---- instants ---- */

START_TEST(test_single_transfer_by_time_constant)
{
    static const u32 lengths[] = {1, 2, 3, 100, 4096, 65536};
    u32 n = lengths[_i];
    dsp_reset();
    dma_setup(1, FROM_MEMORY, BUFFER, n);
    set_tc(100);
    DSP(0x14, (u8)(n - 1), (u8)((n - 1) >> 8));
    ck_assert_uint_eq(until_line(5, 10 * NS_PER_SEC), n * 100000ull);
    ck_assert_uint_eq(dma_count(1), 0xffff);
    ck_assert_uint_eq(in8(&b, 0x08) & 0x02, 0x02); /* terminal count */
    in8(&b, 0x22e);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), UINT64_MAX); /* that was all */
}
END_TEST

/* The distance of interrupts is length / rate, and the error does not add up. */
START_TEST(test_auto_init_distances)
{
    static const u32 rates[] = {8000, 11025, 22050, 44100, 7919};
    u64 rate = rates[_i];
    dsp_reset();
    dma_setup(5, FROM_MEMORY | AGAIN, BUFFER, 0x400);
    set_rate((unsigned)rate);
    DSP(0xb6, 0x30, 0xff, 0x01); /* 512 units, 256 frames */
    u64 from = b.clock.now;
    for (u64 i = 1; i <= 5000; i++) {
        ck_assert_uint_ne(until_line(5, NS_PER_SEC), UINT64_MAX);
        ck_assert_uint_eq(b.clock.now - from, i * 256 * NS_PER_SEC / rate);
        ck_assert_uint_eq(mixed(0x82) & 7, 2);
        in8(&b, 0x22f);
    }
}
END_TEST

START_TEST(test_few_events)
{
    dsp_reset();
    dma_setup(5, FROM_MEMORY | AGAIN, BUFFER, 0x4000);
    set_rate(44100);
    DSP(0xb6, 0x30, 0xff, 0x1f);
    u64 fired = b.clock.fired;
    run_for(&b, NS_PER_SEC);
    ck_assert_uint_lt(b.clock.fired - fired, 1100);
    DSP(0xd5);
    fired = b.clock.fired;
    run_for(&b, NS_PER_SEC);
    ck_assert_uint_eq(b.clock.fired, fired);
}
END_TEST

START_TEST(test_counter_moves)
{
    dsp_reset();
    dma_setup(1, FROM_MEMORY | AGAIN, BUFFER, 1000);
    set_tc(50);
    DSP(0x48, 0xe7, 0x03, 0x1c);
    u64 from = b.clock.now;
    for (u64 i = 0; i < 3000; i++) {
        run_to(&b, from + i * 50000 + 25000);
        ck_assert_uint_eq(dma_count(1), (999 - i % 1000) & 0xffff);
    }
}
END_TEST

/* Stereo counts both channels; the last frame of an odd block is half a frame. */
START_TEST(test_stereo_lengths)
{
    dsp_reset();
    set_rate(10000);
    for (u32 n = 1; n < 9; n++) {
        dma_setup(1, FROM_MEMORY, BUFFER, 0x100);
        DSP(0xc0, 0x20, (u8)(n - 1), 0);
        ck_assert_uint_eq(until_line(5, NS_PER_SEC), (n + 1) / 2 * 100000ull);
        ck_assert_uint_eq(dma_count(1), 0xff - n);
        in8(&b, 0x22e);
    }
}
END_TEST

START_TEST(test_high_speed_is_deaf)
{
    rig_change(_i ? &sb16_class : &sbpro_class);
    dsp_reset();
    dma_setup(1, FROM_MEMORY | AGAIN, BUFFER, 0x1000);
    set_tc(25);
    DSP(0x48, 0xe7, 0x03, 0x90);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), 25000000);
    in8(&b, 0x22e);
    run_for(&b, 100000);
    out8(&b, 0x22c, 0xe1);
    ck_assert_int_eq(dsp_get(), _i ? 4 : -1);
    ck_assert_uint_eq(in8(&b, 0x22c) & 0x80 && !_i, !_i);
    /* Only a reset ends it; what was set stays set. */
    ck_assert(dsp_reset());
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), UINT64_MAX);
    DSP(0xe1);
    ck_assert_int_eq(dsp_get(), _i ? 4 : 3);
    if (!_i) { /* a single block ends by itself */
        dsp_get();
        dma_setup(1, FROM_MEMORY | AGAIN, BUFFER, 0x1000);
        DSP(0x91);
        ck_assert_uint_eq(until_line(5, NS_PER_SEC), 25000000);
        in8(&b, 0x22e);
        DSP(0xe1);
        ck_assert_int_eq(dsp_get(), 3);
    }
}
END_TEST

/* Rates out of range: as fast, or as slow, as the chip can. */
START_TEST(test_limits_of_rates)
{
    static const struct {
        u8 time_constant;
        u32 ns;
    } old[] = {{0x00, 256000}, {0xd4, 44000}, {0xe9, 43000}, {0xff, 43000}};
    dsp_reset();
    set_rate(1);
    dma_setup(1, FROM_MEMORY, BUFFER, 100);
    DSP(0xc0, 0, 99, 0);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), 100 * 250000);
    in8(&b, 0x22e);
    set_rate(0xffff);
    dma_setup(1, FROM_MEMORY, BUFFER, 100);
    DSP(0xc0, 0, 99, 0);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), 100 * NS_PER_SEC / 45454);
    rig_change(&sb2_class);
    dsp_reset();
    for (unsigned i = 0; i < ARRAY_SIZE(old); i++) {
        dma_setup(1, FROM_MEMORY, BUFFER, 100);
        DSP(0x40, old[i].time_constant, 0x14, 99, 0);
        ck_assert_uint_eq(until_line(5, NS_PER_SEC), 100 * old[i].ns);
        in8(&b, 0x22e);
    }
}
END_TEST

/* ---- pausing, ending ---- */

START_TEST(test_pause)
{
    dsp_reset();
    dma_setup(1, FROM_MEMORY, BUFFER, 1000);
    set_tc(100);
    DSP(0x14, 0xe7, 0x03);
    u64 from = b.clock.now;
    run_to(&b, from + 30 * NS_PER_MS + 12345);
    out8(&b, 0x22c, 0xd0);
    u16 count = dma_count(1);
    ck_assert_uint_eq(count, 999 - 300);
    u64 paused = b.clock.now;
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), UINT64_MAX);
    run_for(&b, NS_PER_SEC);
    ck_assert_uint_eq(dma_count(1), count);
    out8(&b, 0x22c, 0xd4);
    u64 pause = b.clock.now - paused;
    ck_assert_uint_ne(until_line(5, NS_PER_SEC), UINT64_MAX);
    ck_assert_uint_eq(b.clock.now - from, 100 * NS_PER_MS + pause);
    ck_assert_uint_eq(dma_count(1), 0xffff);
}
END_TEST

START_TEST(test_pause_of_16_bits)
{
    dsp_reset();
    dma_setup(5, FROM_MEMORY | AGAIN, BUFFER, 1000);
    set_rate(10000);
    DSP(0xb6, 0x10, 0xe7, 0x03);
    run_for(&b, 10 * NS_PER_MS);
    DSP(0xd0); /* of the other one */
    run_for(&b, 10 * NS_PER_MS);
    u16 count = dma_count(5);
    ck_assert_uint_le(count, 999 - 200);
    DSP(0xd5);
    count = dma_count(5);
    run_for(&b, 10 * NS_PER_MS);
    ck_assert_uint_eq(dma_count(5), count);
    DSP(0xd6);
    run_for(&b, 10 * NS_PER_MS);
    ck_assert_uint_ge(count - dma_count(5), 99);
    ck_assert_uint_le(count - dma_count(5), 102);
}
END_TEST

/* DAh: the block is played to its end. Or a single one comes behind it. */
START_TEST(test_leaving_auto_init)
{
    dsp_reset();
    dma_setup(1, FROM_MEMORY | AGAIN, BUFFER, 0x1000);
    set_tc(100);
    DSP(0x48, 0x63, 0x00, 0x1c);
    u64 from = b.clock.now;
    until_line(5, NS_PER_SEC);
    in8(&b, 0x22e);
    if (_i == 0)
        DSP(0xda);
    else if (_i == 1)
        DSP(0x14, 0x31, 0x00); /* fifty more */
    else
        DSP(0xc0, 0x00, 0x31, 0x00);
    until_line(5, NS_PER_SEC);
    ck_assert_uint_eq(b.clock.now - from, 20 * NS_PER_MS);
    in8(&b, 0x22e);
    if (_i) {
        until_line(5, NS_PER_SEC);
        ck_assert_uint_eq(b.clock.now - from, 25 * NS_PER_MS);
        in8(&b, 0x22e);
    }
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), UINT64_MAX);
    ck_assert_uint_eq(dma_count(1), 0xfff - (_i ? 250 : 200));
}
END_TEST

START_TEST(test_silence)
{
    dsp_reset();
    set_tc(100);
    DSP(0x80, 0xe7, 0x03);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), 100 * NS_PER_MS);
    in8(&b, 0x22e);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), UINT64_MAX);
}
END_TEST

/* ---- the DMA controller meanwhile ---- */

START_TEST(test_masked_then_unmasked)
{
    dsp_reset();
    dma_setup(1, FROM_MEMORY, BUFFER, 10);
    dma_mask(1, true);
    set_tc(100);
    DSP(0x14, 9, 0);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), UINT64_MAX);
    run_for(&b, 5 * NS_PER_MS);
    ck_assert_uint_eq(dma_count(1), 9);
    dma_mask(1, false); /* the byte that waits goes at once */
    ck_assert_uint_eq(dma_count(1), 8);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), 900000);
}
END_TEST

START_TEST(test_masked_in_flight)
{
    dsp_reset();
    dma_setup(1, FROM_MEMORY, BUFFER, 100);
    set_tc(100);
    DSP(0x14, 99, 0);
    run_for(&b, 5 * NS_PER_MS);
    dma_mask(1, true);
    u16 count = dma_count(1);
    run_for(&b, 50 * NS_PER_MS);
    ck_assert_uint_eq(dma_count(1), count);
    dma_mask(1, false);
    until_line(5, NS_PER_SEC);
    ck_assert_uint_eq(dma_count(1), 0xffff);
}
END_TEST

/* Double buffering by hand: another address for the second block, while the first one plays. */
START_TEST(test_reprogrammed_in_flight)
{
    dsp_reset();
    listen(10000);
    for (u32 i = 0; i < 0x2000; i++)
        put(i, i < 0x1000 ? 0xa0 : 0xc0);
    dma_setup(1, FROM_MEMORY, BUFFER, 1000);
    set_tc(100);
    DSP(0x48, 0xe7, 0x03, 0x1c); /* the DSP goes on, the controller does not */
    hear_for(50 * NS_PER_MS);
    ck_assert_int_eq(heard[heard_count - 1].left, 0x2000);
    dma_setup(1, FROM_MEMORY, BUFFER + 0x1000, 1000);
    hear_for(40 * NS_PER_MS);
    ck_assert_int_eq(heard[heard_count - 1].left, 0x4000);
    u16 count = dma_count(1);
    ck_assert_uint_ge(count, 999 - 402);
    ck_assert_uint_le(count, 999 - 398);
    go_deaf();
}
END_TEST

/* The controller's own end comes before the DSP's: the rest waits. */
START_TEST(test_controller_ends_first)
{
    dsp_reset();
    dma_setup(1, FROM_MEMORY, BUFFER, 50);
    set_tc(100);
    DSP(0x14, 99, 0);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), UINT64_MAX);
    run_for(&b, 10 * NS_PER_MS);
    ck_assert_uint_eq(in8(&b, 0x08) & 0x02, 0x02);
    dma_setup(1, FROM_MEMORY, BUFFER, 50);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), 49 * 100000);
}
END_TEST

/* 64K units, beginning in the middle of a page: they wrap within it. */
START_TEST(test_over_the_page_end)
{
    u8 v = 0xe0;
    dsp_reset();
    listen(20000);
    for (u32 i = 0; i < 0x10000; i++)
        put(i, 0xa0);
    v = 0xff;
    for (u32 i = 0; i < 0x1000; i++)
        phys_write(&b.phys, BUFFER + 0x10000 + i, &v, 1);
    dma_setup(1, FROM_MEMORY, BUFFER + 0xf800, 0x10000);
    set_tc(50);
    DSP(0x14, 0xff, 0xff);
    hear_for(300 * NS_PER_MS);
    ck_assert_int_eq(heard[heard_count - 1].left, 0x2000);
    hear_for(3000 * NS_PER_MS);
    ck_assert_uint_eq(dma_count(1), 0xffff);
    go_deaf();
}
END_TEST

START_TEST(test_other_channels)
{
    static const struct {
        u8 mixer;
        unsigned channel;
        u8 command;
        int units;
    } uses[] = {{0x21, 0, 0xc0, 10},
                {0x28, 3, 0xc0, 10},
                {0x42, 6, 0xb0, 10},
                {0x82, 7, 0xb0, 10},
                {0x02, 1, 0xb0, 20} /* words through a channel of bytes */};
    dsp_reset();
    set_rate(10000);
    for (unsigned i = 0; i < ARRAY_SIZE(uses); i++) {
        mix(0x81, uses[i].mixer);
        dma_setup(uses[i].channel, FROM_MEMORY, BUFFER, 100);
        DSP(uses[i].command, 0, 9, 0);
        ck_assert_uint_eq(until_line(5, NS_PER_SEC), 1000000);
        ck_assert_uint_eq(dma_count(uses[i].channel), 99 - uses[i].units);
        in8(&b, 0x22e);
        in8(&b, 0x22f);
    }
    mix(0x81, 0x00); /* none: it waits until there is one */
    dma_setup(1, FROM_MEMORY, BUFFER, 100);
    DSP(0xc0, 0, 9, 0);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), UINT64_MAX);
    mix(0x81, 0x02);
    ck_assert_uint_le(until_line(5, NS_PER_SEC), 1000000);
}
END_TEST

/* Half a word through an 8-bit channel that ends is not lost. */
START_TEST(test_half_a_word)
{
    dsp_reset();
    listen(10000);
    put(0, 0x00);
    put(1, 0x10);
    put(2, 0x00);
    put(3, 0x30);
    mix(0x81, 0x02);
    set_rate(10000);
    dma_setup(1, FROM_MEMORY, BUFFER, 3);
    DSP(0xb0, 0x10, 1, 0);
    hear_for(10 * NS_PER_MS);
    ck_assert_int_eq(heard[heard_count - 1].left, 0x1000);
    dma_setup(1, FROM_MEMORY, BUFFER + 3, 1);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), 0);
    hear_for(10 * NS_PER_MS);
    ck_assert_int_eq(heard[heard_count - 1].left, 0x3000);
    go_deaf();
}
END_TEST

static const struct {
    u8 command, mode, want;
    unsigned channel;
} recordings[] = {{0x24, 0, 0x80, 1},
                  {0xc8, 0x00, 0x80, 1},
                  {0xc8, 0x10, 0x00, 1},
                  {0xb8, 0x10, 0x00, 5},
                  {0xb8, 0x00, 0x00, 5}};

START_TEST(test_recording_is_silence)
{
    for (u32 i = 0; i < 300; i++)
        put(i, 0x55);
    dsp_reset();
    unsigned channel = recordings[_i].channel, unit = channel == 5 ? 2 : 1;
    dma_setup(channel, TO_MEMORY, BUFFER, 100);
    if (recordings[_i].command < 0xb0) {
        set_tc(100);
        DSP(recordings[_i].command, 99, 0);
    } else {
        DSP(0x42, 0x27, 0x10, recordings[_i].command, recordings[_i].mode, 99, 0);
    }
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), 10 * NS_PER_MS);
    ck_assert_uint_eq(dma_count(channel), 0xffff);
    for (u32 i = 0; i < 300; i++) {
        u8 v, want = recordings[_i].want;
        phys_read(&b.phys, BUFFER + i, &v, 1);
        if (_i == 4 && (i & 1))
            want = 0x80;
        ck_assert_uint_eq(v, i < 100 * unit ? want : 0x55);
    }
}
END_TEST

/* Both at once: 16 bits out, 8 bits in. */
START_TEST(test_both_ways)
{
    dsp_reset();
    set_rate(10000);
    dma_setup(5, FROM_MEMORY, BUFFER, 200);
    dma_setup(1, TO_MEMORY, BUFFER + 0x1000, 100);
    DSP(0xb0, 0x10, 199, 0);
    u64 out = b.clock.now;
    DSP(0xc8, 0x00, 99, 0);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), 10 * NS_PER_MS);
    ck_assert_uint_eq(mixed(0x82) & 7, 1);
    in8(&b, 0x22e);
    until_line(5, NS_PER_SEC);
    ck_assert_uint_eq(mixed(0x82) & 7, 2);
    ck_assert_uint_eq(b.clock.now - out, 20 * NS_PER_MS);
}
END_TEST

/* ---- compressed ---- */

static const struct {
    u8 command;
    unsigned bits;
    bool reference, again;
} packed[] = {{0x16, 2, false, false}, {0x17, 2, true, false},  {0x74, 4, false, false},
              {0x75, 4, true, false},  {0x76, 3, false, false}, {0x77, 3, true, false},
              {0x1f, 2, true, true},   {0x7d, 4, true, true},   {0x7f, 3, true, true}};

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
    u64 ticks = packed[_i].reference ? 1 + (BYTES - 1) * samples : BYTES * samples;
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
        for (unsigned j = 0; j < samples; j++)
            want[n++] =
                (s16)((sb_adpcm_next(&model, data[i % BYTES], packed[_i].bits, j) ^ 0x80) << 8);
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

/* ---- state ---- */

static void make_it_play(unsigned how)
{
    run_for(&b, 50 * NS_PER_MS);
    dsp_reset();
    dma_setup(5, FROM_MEMORY | AGAIN, BUFFER, 0x800);
    dma_setup(1, FROM_MEMORY | AGAIN, BUFFER, 0x800);
    set_rate(22050);
    if (how == 0)
        DSP(0xb6, 0x30, 0xff, 0x01);
    else if (how == 1)
        DSP(0xc6, 0x20, 0xfe, 0x01);
    else if (how == 2)
        DSP(0x48, 0x10, 0x02, 0x7f);
    else
        DSP(0x80, 0xff, 0x7f);
    run_for(&b, 12345678);
    if (how == 1)
        DSP(0xd0);
}

START_TEST(test_round_trip_while_playing)
{
    make_it_play((unsigned)_i);
    round_trip(&b, &sb->dev, rig_make);
}
END_TEST

/* A damaged snapshot: every field of the chunk with other values, and the machine lives. */
START_TEST(test_impossible_states)
{
    make_it_play((unsigned)_i);
    const u8 *bytes;
    size_t size;
    struct state *saved = bench_save(&b, &sb->dev, &bytes, &size);
    struct sb_transfer *t = &sb->transfer[_i == 0];
    struct sb_transfer was = *t;
    u64 bad_u64[] = {0, UINT64_MAX, b.clock.now + NS_PER_SEC};
    for (unsigned i = was.paused ? 3 : 0; i < 10; i++) { /* paused: the anchor is made anew */
        *t = was;
        switch (i) {
        case 0 ... 2:
            t->anchor = bad_u64[i];
            break;
        case 3:
            t->per_period = 0;
            break;
        case 4:
            t->period_ns = 0;
            break;
        case 5:
            t->tick = 70000;
            break;
        case 6:
            t->left = 0x20000;
            break;
        case 7:
            t->format = SB_FORMATS;
            break;
        case 8:
            t->sub = 200;
            break;
        default:
            t->done = 3;
            break;
        }
        const u8 *broken;
        size_t n;
        struct err e;
        struct state *s = bench_save(&b, &sb->dev, &broken, &n);
        *t = was;
        struct state *load = state_new_load(broken, n, &e);
        ck_assert_ptr_nonnull(load);
        clock_state(&b.clock, load);
        device_state(&sb->dev, load);
        ck_assert_msg(!state_ok(load), "case %u", i);
        state_free(load);
        state_free(s);
        bench_load(&b, &sb->dev, bytes, size);
    }
    state_free(saved);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("sb_dma");
    tcase_add_checked_fixture(t, rig_up, rig_down);
    tcase_add_loop_test(t, test_no_sample_is_lost_or_doubled, 0, ARRAY_SIZE(streams));
    tcase_add_test(t, test_pro_stereo);
    tcase_add_loop_test(t, test_speaker_switch, 0, 2);
    tcase_add_test(t, test_direct_output);
    tcase_add_test(t, test_volume);
    tcase_add_test(t, test_listening_moves_nothing);
    tcase_add_loop_test(t, test_single_transfer_by_time_constant, 0, 6);
    tcase_add_loop_test(t, test_auto_init_distances, 0, 5);
    tcase_add_test(t, test_few_events);
    tcase_add_test(t, test_counter_moves);
    tcase_add_test(t, test_stereo_lengths);
    tcase_add_loop_test(t, test_high_speed_is_deaf, 0, 2);
    tcase_add_test(t, test_limits_of_rates);
    tcase_add_test(t, test_pause);
    tcase_add_test(t, test_pause_of_16_bits);
    tcase_add_loop_test(t, test_leaving_auto_init, 0, 3);
    tcase_add_test(t, test_silence);
    tcase_add_test(t, test_masked_then_unmasked);
    tcase_add_test(t, test_masked_in_flight);
    tcase_add_test(t, test_reprogrammed_in_flight);
    tcase_add_test(t, test_controller_ends_first);
    tcase_add_test(t, test_over_the_page_end);
    tcase_add_test(t, test_other_channels);
    tcase_add_test(t, test_half_a_word);
    tcase_add_loop_test(t, test_recording_is_silence, 0, ARRAY_SIZE(recordings));
    tcase_add_test(t, test_both_ways);
    tcase_add_loop_test(t, test_adpcm, 0, ARRAY_SIZE(packed));
    tcase_add_test(t, test_adpcm_codes);
    tcase_add_loop_test(t, test_round_trip_while_playing, 0, 4);
    tcase_add_loop_test(t, test_impossible_states, 0, 3);
    return t;
}

int main(void)
{
    return run_suite("sb_dma", cases);
}
