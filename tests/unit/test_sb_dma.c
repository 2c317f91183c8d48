/*
 * test_sb_dma.c - samples between the Sound Blaster and memory, at their instants; interrupts to
 * the nanosecond; what drivers do to the DMA controller meanwhile.
 */
#include "sb_ears.h"

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
    tcase_add_loop_test(t, test_round_trip_while_playing, 0, 4);
    tcase_add_loop_test(t, test_impossible_states, 0, 3);
    return t;
}

int main(void)
{
    return run_suite("sb_dma", cases);
}
