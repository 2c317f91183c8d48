/*
 * test_line_in.c - recording: what comes in at the line input is in the guest's memory, at the
 * instants of the sampling rate and with the interrupts of a transfer; silence when nobody is
 * plugged in; the journal's blocks; states in mid-recording.
 */
#include "hw/base/journal.h"
#include "hw/chipset/pci.h"
#include "hw/sound/es1370.h"
#include "hw/sound/gus.h"
#include "hw/sound/line_in.h"
#include "sb_ears.h"

/*
 * A saw that rises by 8 a frame on the left and falls on the right: a filter leaves slopes as they
 * are, so that its value at an instant is known.
 */
enum { SLOPE = 8, PERIOD = 7200 };

static unsigned asked;
static u64 last_asked;

static s32 level_at_frame(double frame)
{
    return (s32)(frame * SLOPE) - PERIOD * SLOPE / 2;
}

static void saw(void *opaque, struct sound_frame *frames, unsigned count, u64 first)
{
    (void)opaque;
    ck_assert_uint_eq(first % LINE_IN_BLOCK, 0);
    ck_assert(!asked || first > last_asked);
    asked++;
    last_asked = first;
    for (unsigned i = 0; i < count; i++) {
        s32 v = level_at_frame((double)((first + i) % PERIOD));
        frames[i] = (struct sound_frame){(s16)v, (s16)-v};
    }
}

static const struct sound_inlet inlet = {saw, NULL};
static struct line_in *line;
static struct mixer *mixer;

static void plug(struct bench *bench, struct line_input *in)
{
    struct err e;
    mixer = (struct mixer *)device_new(&mixer_class, NULL);
    line = (struct line_in *)device_new(&line_in_class, NULL);
    ck_assert(device_realize(&mixer->dev, &bench->board, &e));
    ck_assert(device_realize(&line->dev, &bench->board, &e));
    device_reset(&line->dev);
    line->inlet = &inlet;
    line->mixer = mixer;
    line_in_plug(line, in);
    asked = 0;
}

static void unplug(void)
{
    device_free(&line->dev);
    device_free(&mixer->dev);
    line = NULL;
}

static void with_sb(void)
{
    rig_up();
    plug(&b, &sb->input);
}

static void sb_down(void)
{
    unplug();
    rig_down();
}

/* What the left side should be at an instant; near the saw's edge nobody can say. */
static bool expected(u64 when, s32 *v)
{
    if (when < LINE_IN_LATE_NS)
        return false;
    double frame = (double)(when - LINE_IN_LATE_NS) * SOUND_IN_RATE / 1e9;
    double within = frame - (double)((u64)frame / PERIOD * PERIOD);
    *v = level_at_frame(within);
    return within > 40 && within < PERIOD - 40;
}

static void check(u64 when, s32 got, bool right, s32 tolerance, unsigned *checked)
{
    s32 v;
    if (!expected(when, &v))
        return;
    s32 off = got - (right ? -v : v);
    ck_assert_msg(off <= tolerance && off >= -tolerance, "at %llu: %d, not %d",
                  (unsigned long long)when, got, right ? -v : v);
    ++*checked;
}

static s16 wide(u32 unit)
{
    u8 m[2];
    phys_read(&b.phys, BUFFER + 2 * unit, m, 2);
    return (s16)get_le16(m);
}

static s32 narrow(u32 unit, bool is_signed)
{
    u8 m;
    phys_read(&b.phys, BUFFER + unit, &m, 1);
    return (s16)((m ^ (is_signed ? 0 : 0x80)) << 8);
}

/* Sixteen bits, by B8h and its relatives: one channel or two, signed or not. */
START_TEST(test_sb16_wide)
{
    static const u32 rates[] = {8000, 22050, 44100};
    u32 rate = rates[_i / 2], n = 3000;
    bool stereo = _i & 1;
    unsigned checked = 0;
    dsp_reset();
    run_for(&b, 1234567);
    dma_setup(5, TO_MEMORY, BUFFER, n);
    set_rate(rate);
    u64 from = b.clock.now;
    DSP(0xb8, stereo ? 0x30 : 0x10, (u8)(n - 1), (u8)((n - 1) >> 8));
    from = b.clock.now;
    u64 ticks = stereo ? n / 2 : n;
    ck_assert_uint_eq(until_line(5, 10 * NS_PER_SEC), ticks * NS_PER_SEC / rate);
    ck_assert_uint_eq(mixed(0x82) & 7, 2);
    for (u32 i = 0; i < n; i++) {
        u64 tick = 1 + (stereo ? i / 2 : i);
        check(from + tick * NS_PER_SEC / rate, wide(i), stereo && i & 1, 4, &checked);
    }
    ck_assert_uint_gt(checked, n * 9 / 10);
    /* It goes on for a moment only. */
    run_for(&b, 50 * NS_PER_MS);
    unsigned then = asked;
    run_for(&b, NS_PER_SEC);
    ck_assert_uint_eq(asked, then);
}
END_TEST

/* Eight bits, by the commands of all generations. */
START_TEST(test_sb_narrow)
{
    enum { N = 1000 };
    static const struct {
        u8 commands[8];
        unsigned count;
        bool is_signed;
    } how[] = {{{0x24, 0xe7, 0x03}, 3, false},       {{0x48, 0xe7, 0x03, 0x2c}, 4, false},
               {{0x48, 0xe7, 0x03, 0x98}, 4, false}, {{0x48, 0xe7, 0x03, 0x99}, 4, false},
               {{0xc8, 0x00, 0xe7, 0x03}, 4, false}, {{0xce, 0x10, 0xe7, 0x03}, 4, true}};
    unsigned checked = 0;
    dsp_reset();
    dma_setup(1, TO_MEMORY, BUFFER, N);
    set_tc(100);
    run_for(&b, 777777);
    dsp_bytes(how[_i].commands, how[_i].count);
    u64 from = b.clock.now;
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), N * 100000);
    for (u32 i = 0; i < N; i++)
        check(from + (i + 1) * 100000ull, narrow(i, how[_i].is_signed), false, 257, &checked);
    ck_assert_uint_gt(checked, N * 9 / 10);
}
END_TEST

/* A Pro has one channel, which after A8h is left and right in turn. */
START_TEST(test_pro_stereo)
{
    enum { N = 2000 };
    unsigned checked = 0;
    unplug();
    rig_change(&sbpro_class);
    plug(&b, &sb->input);
    dsp_reset();
    dma_setup(1, TO_MEMORY, BUFFER, N);
    set_tc(50);
    DSP(0xa8, 0x48, (u8)(N - 1), (N - 1) >> 8, 0x99);
    u64 from = b.clock.now;
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), N * 50000);
    for (u32 i = 0; i < N; i++)
        check(from + (i + 1) * 50000ull, narrow(i, false), i & 1, 257, &checked);
    ck_assert_uint_gt(checked, N * 9 / 10);
    in8(&b, 0x22e);
    DSP(0xa0);
    dma_setup(1, TO_MEMORY, BUFFER, N);
    DSP(0x99);
    from = b.clock.now;
    until_line(5, NS_PER_SEC);
    for (u32 i = 0; i < N; i++)
        check(from + (i + 1) * 50000ull, narrow(i, false), false, 257, &checked);
}
END_TEST

/* 20h: a byte of now. */
START_TEST(test_direct)
{
    unsigned checked = 0;
    dsp_reset();
    run_for(&b, 5 * NS_PER_MS);
    for (unsigned i = 0; i < 3000; i++) {
        DSP(0x20);
        u64 when = b.clock.now;
        s32 v = (s16)((dsp_get() ^ 0x80) << 8);
        if (i > 100) /* what was before the first is not known */
            check(when, v, false, 600, &checked);
    }
    ck_assert_uint_gt(checked, 2000);
    ck_assert_uint_ge(asked, 3);
    run_for(&b, 200 * NS_PER_MS);
    unsigned then = asked;
    run_for(&b, NS_PER_SEC);
    ck_assert_uint_eq(asked, then);
}
END_TEST

/* The mixer: which inputs, and how much louder. */
START_TEST(test_mixer_inputs)
{
    unsigned louder;
    dsp_reset();
    ck_assert_uint_eq(sb_mixer_inputs(sb, false, &louder), 1);
    ck_assert_uint_eq(sb_mixer_inputs(sb, true, &louder), 2);
    mix(0x3d, 0x18);
    ck_assert_uint_eq(sb_mixer_inputs(sb, false, &louder), 3);
    mix(0x3d, 0x06);
    ck_assert_uint_eq(sb_mixer_inputs(sb, false, &louder), 0);
    mix(0x40, 0xc0);
    ck_assert_uint_eq(sb_mixer_inputs(sb, true, &louder), 2);
    ck_assert_uint_eq(louder, 3);
}
END_TEST

/* Nobody plugged in: the transfer runs, and brings silence. */
START_TEST(test_silence)
{
    unplug();
    rig_change(&sb16_class);
    plug(&b, &sb->input);
    line_input_detach(&sb->input);
    dsp_reset();
    dma_setup(5, TO_MEMORY, BUFFER, 500);
    set_rate(10000);
    DSP(0xb8, 0x10, 0xf3, 0x01);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), 50 * NS_PER_MS);
    for (u32 i = 0; i < 500; i++)
        ck_assert_int_eq(wide(i), 0);
    in8(&b, 0x22f);
    dma_setup(1, TO_MEMORY, BUFFER, 500);
    DSP(0xc8, 0x00, 0xf3, 0x01);
    ck_assert_uint_eq(until_line(5, NS_PER_SEC), 50 * NS_PER_MS);
    for (u32 i = 0; i < 500; i++)
        ck_assert_int_eq(narrow(i, false), 0);
    ck_assert_uint_eq(asked, 0);
}
END_TEST

/* Who looks how often makes no difference; nor does a state that is saved and loaded. */
START_TEST(test_cuts)
{
    enum { N = 4000 };
    static u8 once[2 * N], again[2 * N];
    for (unsigned run = 0; run < 2; run++) {
        unplug();
        rig_change(&sb16_class);
        plug(&b, &sb->input);
        dsp_reset();
        dma_setup(5, TO_MEMORY, BUFFER, N);
        set_rate(16000);
        DSP(0xb8, 0x10, (u8)(N - 1), (N - 1) >> 8);
        for (unsigned i = 0; i < 250; i++) {
            if (run) { /* cut in pieces, saved and loaded */
                const u8 *bytes, *bytes2;
                size_t size, size2;
                for (unsigned j = 0; j < 7; j++) {
                    run_for(&b, NS_PER_MS / 7);
                    in8(&b, 0x22c);
                }
                run_for(&b, NS_PER_MS - 7 * (NS_PER_MS / 7));
                if (i % 25)
                    continue;
                struct state *s = bench_save(&b, &sb->dev, &bytes, &size);
                struct state *t = state_new_save();
                device_state(&line->dev, t);
                bytes2 = state_finish(t, &size2);
                memset(line->left, 0x55, sizeof(line->left));
                bench_load(&b, &sb->dev, bytes, size);
                struct state *u = state_new_load(bytes2, size2, NULL);
                device_state(&line->dev, u);
                ck_assert_msg(state_ok(u), "%s", state_error(u));
                state_free(s);
                state_free(t);
                state_free(u);
            } else {
                run_for(&b, NS_PER_MS);
            }
        }
        ck_assert(b.level[5]);
        phys_read(&b.phys, BUFFER, run ? again : once, 2 * N);
    }
    ck_assert_mem_eq(once, again, sizeof(once));
}
END_TEST

/* ---- the journal ---- */

static u64 instructions;

static void at(void *owner, u64 *count, u64 *ns)
{
    (void)owner;
    *count = instructions;
    *ns = b.clock.now;
}

static void half_silent(void *opaque, struct sound_frame *frames, unsigned count, u64 first)
{
    saw(opaque, frames, count, first);
    if (first / count % 3)
        memset(frames, 0, count * sizeof(*frames));
}

static void nobody(void *opaque, struct sound_frame *frames, unsigned count, u64 first)
{
    (void)opaque, (void)frames, (void)count, (void)first;
    ck_abort_msg("asked in a replay");
}

START_TEST(test_journal)
{
    enum { N = 2000 };
    static u8 once[2 * N], again[2 * N];
    static const struct sound_inlet half = {half_silent, NULL}, none = {nobody, NULL};
    struct journal j = {.mode = JOURNAL_NOTES, .keeps = true, .now = at};
    for (unsigned run = 0; run < 2; run++) {
        unplug();
        rig_change(&sb16_class);
        plug(&b, &sb->input);
        b.clock.journal = &j;
        line->inlet = run ? &none : &half;
        if (run)
            j.mode = JOURNAL_REPLAYS;
        journal_go(&j, 0);
        dsp_reset();
        run_for(&b, 3 * NS_PER_MS);
        dma_setup(5, TO_MEMORY, BUFFER, N);
        set_rate(16000);
        DSP(0xb8, 0x10, (u8)(N - 1), (N - 1) >> 8);
        run_for(&b, 200 * NS_PER_MS);
        ck_assert(b.level[5]);
        phys_read(&b.phys, BUFFER, run ? again : once, 2 * N);
    }
    b.clock.journal = NULL;
    ck_assert_mem_eq(once, again, sizeof(once));
    ck_assert_uint_gt(j.count, 2);
    ck_assert_uint_lt(j.count, 8); /* silence is not noted */
    ck_assert_uint_eq(j.next, j.count);
    journal_free(&j);
}
END_TEST

/* ---- GUS ---- */

static struct gus *gus;
static struct i8237 *controller;

static void gus_up(void)
{
    bench_init(&b);
    gus = (struct gus *)device_new(&gus_class, NULL);
    controller = (struct i8237 *)device_new(&i8237_class, NULL);
    b.extra = &controller->dev;
    bench_start(&b, b.extra);
    bench_start(&b, &gus->dev);
    gus->irq = bench_line(&b, 11);
    i8237_attach(controller, 3, &gus->dma);
    out8(&b, 0xd6, 0xc0); /* channel 4 cascades */
    out8(&b, 0xd4, 0x00);
    plug(&b, &gus->input);
}

static void gus_down(void)
{
    unplug();
    bench_free(&b, &gus->dev);
}

static void gus_write(u8 reg, u8 v)
{
    out8(&b, 0x343, reg);
    out8(&b, 0x345, v);
}

START_TEST(test_gus)
{
    bool stereo = _i & 1;
    u8 control = (u8)(0x21 | (stereo ? 2 : 0) | (_i & 2 ? 0x80 : 0));
    enum { N = 1600 };
    unsigned checked = 0;
    gus_write(0x4c, 0x07);
    out8(&b, 0x240, 0x08); /* line in is open */
    run_for(&b, 456789);
    dma_setup(3, TO_MEMORY, BUFFER, N);
    gus_write(0x48, 40); /* 14700 Hz */
    gus_write(0x49, control);
    u64 from = b.clock.now, ticks = stereo ? N / 2 : N;
    while (!b.level[11])
        clock_advance(&b.clock, clock_next(&b.clock));
    ck_assert_uint_eq(b.clock.now - from, ticks * 42 * NS_PER_SEC / 617400);
    ck_assert_uint_eq(in8(&b, 0x246) & 0x80, 0x80);
    out8(&b, 0x343, 0x49);
    ck_assert_uint_eq(in8(&b, 0x345) & 0x41, 0x40);
    ck_assert_uint_eq(in8(&b, 0x246), 0);
    ck_assert(!b.level[11]);
    for (u32 i = 0; i < N; i++) {
        u64 when = from + (1 + (stereo ? i / 2 : i)) * 42 * NS_PER_SEC / 617400;
        check(when, narrow(i, !(_i & 2)), stereo && i & 1, 257, &checked);
    }
    ck_assert_uint_gt(checked, N * 9 / 10);
}
END_TEST

/* A recording that waits for its channel, and one in mid-way that is saved. */
START_TEST(test_gus_state)
{
    const u8 *bytes;
    size_t size;
    gus_write(0x4c, 0x07);
    gus_write(0x48, 100);
    gus_write(0x49, 0x21);
    run_for(&b, 5 * NS_PER_MS);
    ck_assert(!timer_armed(&gus->record_timer));
    dma_setup(3, TO_MEMORY, BUFFER, 400);
    ck_assert(timer_armed(&gus->record_timer));
    run_for(&b, 5 * NS_PER_MS);
    struct state *s = bench_save(&b, &gus->dev, &bytes, &size);
    run_for(&b, 20 * NS_PER_MS);
    u16 count = dma_count(3);
    run_for(&b, NS_PER_SEC);
    ck_assert(b.level[11]);
    gus_write(0x49, 0);
    ck_assert(!b.level[11]);
    b.clock.now = 0;
    bench_load(&b, &gus->dev, bytes, size);
    run_for(&b, 20 * NS_PER_MS);
    ck_assert_uint_eq(dma_count(3), count);
    state_free(s);
}
END_TEST

/* ---- AudioPCI ---- */

static struct es1370 *es;

enum { ES_AT = 0xc200 };

static void es_up(void)
{
    bench_init(&b);
    struct pci *pci = (struct pci *)device_new(&pci_class, NULL);
    es = (struct es1370 *)device_new(&es1370_class, NULL);
    b.extra = &pci->dev;
    bench_start(&b, b.extra);
    pci_attach(pci, &es->pci, PCI_DEVFN(3, 0));
    bench_start(&b, &es->dev);
    pci_config_write(pci, PCI_DEVFN(3, 0), PCI_BAR0, ES_AT, 4);
    pci_config_write(pci, PCI_DEVFN(3, 0), PCI_COMMAND, PCI_IO_ENABLE | PCI_MASTER_ENABLE, 2);
    plug(&b, &es->input);
}

static void es_down(void)
{
    unplug();
    bench_free(&b, &es->dev);
}

START_TEST(test_es1370)
{
    enum { FRAMES = 900, DIVIDER = 64 }; /* 22050 Hz */
    bool stereo = _i & 1, is_wide = _i & 2;
    unsigned checked = 0;
    bus_out(&b.bus, ES_AT + ES_PAGE, ES_PAGE_ADC, 4);
    bus_out(&b.bus, ES_AT + ES_FRAME, BUFFER, 4);
    bus_out(&b.bus, ES_AT + ES_FRAME + 4, 0xffff, 4);
    bus_out(&b.bus, ES_AT + ES_COUNT + 8, FRAMES - 1, 4);
    bus_out(&b.bus, ES_AT + ES_SERIAL, (u32)((_i & 3) << 4) | 0x400, 4);
    run_for(&b, 987654);
    bus_out(&b.bus, ES_AT + ES_CONTROL, CTRL_CDC_EN | CTRL_ADC_EN | (DIVIDER - 2) << 16, 4);
    u64 from = b.clock.now;
    while (!(bus_in(&b.bus, ES_AT + ES_STATUS, 4) & STAT_ADC))
        clock_advance(&b.clock, clock_next(&b.clock));
    ck_assert_uint_eq(b.clock.now - from, (u64)FRAMES * DIVIDER * NS_PER_SEC / 1411200);
    for (u32 i = 0; i < FRAMES * (stereo ? 2u : 1u); i++) {
        u64 tick = 1 + (stereo ? i / 2 : i);
        u64 when = from + tick * DIVIDER * NS_PER_SEC / 1411200;
        check(when, is_wide ? wide(i) : narrow(i, false), stereo && i & 1, is_wide ? 4 : 257,
              &checked);
    }
    ck_assert_uint_gt(checked, FRAMES * 9 / 10);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("line_in");
    TCase *t = tcase_create("sound blaster");
    tcase_add_checked_fixture(t, with_sb, sb_down);
    tcase_add_loop_test(t, test_sb16_wide, 0, 6);
    tcase_add_loop_test(t, test_sb_narrow, 0, 6);
    tcase_add_test(t, test_pro_stereo);
    tcase_add_test(t, test_direct);
    tcase_add_test(t, test_mixer_inputs);
    tcase_add_test(t, test_silence);
    tcase_add_test(t, test_cuts);
    tcase_add_test(t, test_journal);
    suite_add_tcase(s, t);
    t = tcase_create("gus");
    tcase_add_checked_fixture(t, gus_up, gus_down);
    tcase_add_loop_test(t, test_gus, 0, 4);
    tcase_add_test(t, test_gus_state);
    suite_add_tcase(s, t);
    t = tcase_create("es1370");
    tcase_add_checked_fixture(t, es_up, es_down);
    tcase_add_loop_test(t, test_es1370, 0, 4);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
