/*
 * test_speaker.c - the PC speaker by its wire: tones, pulse widths, 1-bit music, parked waves; the
 * same sound however it is cut and across a state; the same guest with sound and without.
 */
#include "hw/chipset/port61.h"
#include "hw/sound/speaker.h"
#include "roundtrip.h"

#include <math.h>

enum { RATE = 48000, ROOM = 4 * RATE };

struct rig {
    struct bench b;
    struct mixer *m;
    struct i8254 *pit;
    struct port61 *port61;
    struct speaker *sp;
    struct sound_sink sink;
    s16 heard[ROOM];
    unsigned count;
};

static struct rig one, two;

static void hear(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    struct rig *r = opaque;
    (void)first;
    for (unsigned i = 0; i < count && r->count < ROOM; i++) {
        ck_assert_int_eq(frames[i].left, frames[i].right);
        r->heard[r->count++] = frames[i].left;
    }
}

static void set_gate(void *opaque, int n, int level)
{
    i8254_set_gate(opaque, (unsigned)n, level);
}

static bool out2(void *opaque)
{
    return i8254_out(opaque, 2);
}

static void rig_open(struct rig *r, bool listen)
{
    memset(r, 0, sizeof(*r));
    bench_init(&r->b);
    r->m = (struct mixer *)device_new(&mixer_class, NULL);
    r->pit = (struct i8254 *)device_new(&i8254_class, NULL);
    r->port61 = (struct port61 *)device_new(&port61_class, NULL);
    r->sp = (struct speaker *)device_new(&speaker_class, NULL);
    r->sp->pit = r->pit;
    r->port61->gate2 = (struct irq){set_gate, r->pit, 2};
    r->port61->speaker = (struct irq){speaker_data, r->sp, 0};
    r->port61->timer2_out = out2;
    r->port61->timer2 = r->pit;
    r->pit->before_counter2 = speaker_before_timer;
    r->pit->before_opaque = r->sp;
    bench_start(&r->b, &r->m->dev);
    bench_start(&r->b, &r->pit->dev);
    bench_start(&r->b, &r->sp->dev);
    mixer_add(r->m, &r->sp->steps.sound);
    bench_start(&r->b, &r->port61->dev);
    r->sink = (struct sound_sink){hear, r};
    if (listen)
        mixer_listen(r->m, &r->sink);
}

static void rig_close(struct rig *r)
{
    device_free(&r->port61->dev);
    device_free(&r->sp->dev);
    device_free(&r->pit->dev);
    bench_free(&r->b, &r->m->dev);
}

/* As the machine's loop does. */
static void pass(struct rig *r, u64 ns)
{
    u64 end = r->b.clock.now + ns;
    while (r->b.clock.now < end) {
        run_to(&r->b, r->b.clock.now + NS_PER_MS < end ? r->b.clock.now + NS_PER_MS : end);
        mixer_run(r->m, r->b.clock.now);
    }
}

static void program(struct rig *r, unsigned mode, unsigned count)
{
    out8(&r->b, 0x43, (u8)(0xb0 | mode << 1));
    out8(&r->b, 0x42, (u8)count);
    out8(&r->b, 0x42, (u8)(count >> 8));
}

/* Loudness of a frequency, of frames from..to. */
static double level_at(const struct rig *r, unsigned from, unsigned to, double hertz)
{
    double re = 0, im = 0;
    for (unsigned i = from; i < to; i++) {
        double window = 0.5 - 0.5 * cos(2 * M_PI * (i - from) / (to - from));
        re += window * r->heard[i] * cos(2 * M_PI * hertz * i / RATE);
        im += window * r->heard[i] * sin(2 * M_PI * hertz * i / RATE);
    }
    return 4 * hypot(re, im) / (to - from); /* amplitude */
}

static double db(double v)
{
    return 20 * log10(v + 1e-9);
}

/* By zero crossings, between the first and the last upward one. */
static double crossings(const struct rig *r, unsigned from, unsigned to)
{
    double first = 0, last = 0;
    unsigned n = 0;
    for (unsigned i = from; i + 1 < to; i++) {
        if (r->heard[i] >= 0 || r->heard[i + 1] < 0)
            continue;
        double at = i + r->heard[i] / (double)(r->heard[i] - r->heard[i + 1]);
        first = n++ ? first : at;
        last = at;
    }
    return n < 2 ? 0 : (n - 1) * RATE / (last - first);
}

/* ---- tones ---- */

START_TEST(tones)
{
    static const unsigned counts[] = {2712, 1193, 1192, 65535, 300, 121, 60};
    unsigned count = counts[_i];
    rig_open(&one, true);
    program(&one, 3, count);
    out8(&one.b, 0x61, 3);
    pass(&one, 2 * NS_PER_SEC);
    double hertz = 1193182.0 / count;
    ck_assert_double_le(fabs(crossings(&one, RATE / 2, 2 * RATE - 600) / hertz - 1), 1e-4);
    /* The ground wave of a square of 12000 from top to bottom. */
    double ground = level_at(&one, RATE, 2 * RATE - 600, hertz);
    if (hertz > 100 && hertz < 19000)
        ck_assert_double_le(fabs(db(ground) - db(12000 * 2 / M_PI)), 0.15);
    /* Its harmonics are there, or nowhere. */
    if (hertz > 100 && 3 * hertz < 19000)
        ck_assert_double_le(
            fabs(db(level_at(&one, RATE, 2 * RATE - 600, 3 * hertz)) - db(12000 * 2 / M_PI / 3)),
            0.2);
    for (unsigned k = 3; k * hertz < 6 * RATE && hertz > 1000; k += 2) {
        double mirrored = fmod(k * hertz, RATE);
        mirrored = mirrored > RATE / 2 ? RATE - mirrored : mirrored;
        bool real = k * hertz < 26000 || fabs(mirrored - hertz) < 100 || mirrored < 40 ||
                    mirrored > 23000 || fabs(remainder(mirrored, hertz)) < 60;
        if (!real)
            ck_assert_msg(db(level_at(&one, RATE, 2 * RATE - 600, mirrored)) < db(ground) - 62,
                          "%f Hz: %f", mirrored,
                          db(level_at(&one, RATE, 2 * RATE - 600, mirrored)));
    }
    out8(&one.b, 0x61, 0);
    unsigned at = one.count;
    pass(&one, NS_PER_SEC);
    mixer_pull(one.m);
    ck_assert_uint_gt(one.count, at + RATE / 2);
    ck_assert_int_eq(one.heard[one.count - 1], 0);
    ck_assert(one.sp->steps.sound.idle);
    rig_close(&one);
}
END_TEST

/* Waves that nobody hears are silence, not a whistle, and a tone comes after them. */
START_TEST(parked)
{
    static const unsigned counts[] = {2, 3, 20, 49};
    for (unsigned mode = 2; mode <= 3; mode++) {
        for (unsigned i = 0; i < ARRAY_SIZE(counts); i++) {
            rig_open(&one, true);
            out8(&one.b, 0x61, 3);
            program(&one, mode, counts[i]);
            pass(&one, NS_PER_SEC);
            for (unsigned j = RATE / 2; j < one.count; j++)
                ck_assert_int_eq(one.heard[j], 0);
            program(&one, 3, 1193);
            pass(&one, NS_PER_SEC);
            ck_assert_double_le(fabs(crossings(&one, RATE + 9600, 2 * RATE - 600) - 1000.15), 0.1);
            rig_close(&one);
        }
    }
}
END_TEST

/* ---- sampled sound by pulse widths ---- */

/*
 * One pulse for each of 16000 samples a second, its width the sample: counter 2 in mode 0, which is
 * how "Real Sound" and its kind did it, or in mode 1 triggered by the gate.
 */
static double width_of(unsigned k)
{
    return 37 + 30 * sin(2 * M_PI * 440 * k / 16000);
}

START_TEST(pulse_widths)
{
    rig_open(&one, true);
    bool by_gate = _i == 1;
    out8(&one.b, 0x43, by_gate ? 0x92 : 0x90); /* low byte only, mode 1 or 0 */
    out8(&one.b, 0x61, by_gate ? 2 : 3);
    for (unsigned k = 0; k < 32000; k++) {
        run_to(&one.b, (u64)k * 62500);
        mixer_run(one.m, one.b.clock.now);
        out8(&one.b, 0x42, (u8)lrint(width_of(k)));
        if (by_gate) {
            out8(&one.b, 0x61, 3);
            out8(&one.b, 0x61, 2);
        }
    }
    mixer_pull(one.m);
    /* OUT is low for so many clocks of 74.57. */
    double tone = level_at(&one, RATE / 2, 3 * RATE / 2, 440);
    ck_assert_double_le(fabs(db(tone) - db(12000 * 30 / 74.57)), 0.2);
    for (unsigned hertz = 100; hertz < 7000; hertz += 97) {
        if (abs((int)hertz - 440) > 60 && abs((int)hertz - 880) > 60 && hertz % 440 > 60 &&
            hertz % 440 < 380)
            ck_assert_msg(db(level_at(&one, RATE / 2, 3 * RATE / 2, hertz)) < db(tone) - 42,
                          "%u Hz: %.1f of %.1f dB", hertz,
                          db(level_at(&one, RATE / 2, 3 * RATE / 2, hertz)), db(tone));
    }
    rig_close(&one);
}
END_TEST

/* The data bit moved by hand, timer 2 standing high. */
START_TEST(one_bit)
{
    rig_open(&one, true);
    program(&one, 3, 0); /* the gate is low: OUT stays high */
    for (unsigned k = 0; k < 2000; k++) {
        run_to(&one.b, (u64)k * 700123);
        mixer_run(one.m, one.b.clock.now);
        out8(&one.b, 0x61, k & 1 ? 2 : 0);
    }
    mixer_pull(one.m);
    ck_assert_double_le(fabs(crossings(&one, RATE / 2, RATE) - 1e9 / 2 / 700123), 0.05);
    rig_close(&one);
}
END_TEST

/* Modes that are not waves: OUT is a level, with a jump where the count ends. */
START_TEST(jumps)
{
    rig_open(&one, true);
    out8(&one.b, 0x61, 3);
    pass(&one, 100 * NS_PER_MS);
    program(&one, 0, 11932); /* low now, high after 10 ms */
    pass(&one, 300 * NS_PER_MS);
    mixer_pull(one.m);
    /* 100 ms: down; 110.0 ms: up. Half of the jump is at its instant. */
    unsigned low = RATE / 10, high = (unsigned)lrint(RATE * (0.1 + 11933 / 1193182.0));
    ck_assert_int_le(abs(one.heard[low + 40] - one.heard[low - 40]), 12600);
    ck_assert_int_ge(one.heard[high + 30] - one.heard[high - 30], 11000);
    int half = (one.heard[high + 30] + one.heard[high - 30]) / 2;
    ck_assert_int_lt(one.heard[high - 1], half);
    ck_assert_int_gt(one.heard[high + 1], half);
    ck_assert_int_eq(one.heard[one.count - 1], 0);
    rig_close(&one);
}
END_TEST

/* ---- a guest's life, cut and saved ---- */

static void live(struct rig *r, unsigned steps, struct storm *life, u64 seed)
{
    static const u16 counts[] = {0, 1, 2, 3, 9, 40, 60, 500, 1193, 9999, 65535};
    struct storm cut = {seed};
    for (unsigned i = 0; i < steps; i++) {
        u64 next = r->b.clock.now + storm_next(life) % (i % 7 ? NS_PER_MS : 30 * NS_PER_MS);
        u32 what = storm_next(life), v = storm_next(life);
        while (seed && r->b.clock.now < next) {
            u64 to = r->b.clock.now + storm_next(&cut) % (2 * NS_PER_MS);
            run_to(&r->b, to < next ? to : next);
            mixer_pull(r->m);
        }
        run_to(&r->b, next);
        mixer_run(r->m, next);
        switch (what & 7) {
        case 0:
        case 1:
            program(r, v % 6, counts[v >> 8 & 0xff % ARRAY_SIZE(counts)] + (v >> 20 & 1));
            break;
        case 2:
            out8(&r->b, 0x42, (u8)v);
            break;
        case 3:
            in8(&r->b, 0x61);
            break;
        case 4:
            in8(&r->b, 0x42);
            break;
        default:
            out8(&r->b, 0x61, (u8)(v % 8 ? v | 3 : v));
        }
    }
}

START_TEST(cuts_do_not_show)
{
    for (u64 seed = 1; seed < 12; seed++) {
        struct storm a = {seed * 77}, b = {seed * 77};
        rig_open(&one, true);
        rig_open(&two, true);
        live(&one, 400, &a, 0);
        live(&two, 400, &b, seed);
        mixer_pull(one.m);
        mixer_pull(two.m);
        ck_assert_uint_eq(one.count, two.count);
        for (unsigned i = 0; i < one.count; i++)
            ck_assert_msg(one.heard[i] == two.heard[i], "seed %d, frame %u: %d, %d", (int)seed, i,
                          one.heard[i], two.heard[i]);
        rig_close(&one);
        rig_close(&two);
    }
}
END_TEST

static struct state *save(struct rig *r, struct state *s)
{
    clock_state(&r->b.clock, s);
    device_state(&r->m->dev, s);
    device_state(&r->pit->dev, s);
    device_state(&r->port61->dev, s);
    device_state(&r->sp->dev, s);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    return s;
}

START_TEST(state_in_mid_tone)
{
    for (u64 seed = 1; seed < 12; seed++) {
        struct storm a = {seed * 55}, b;
        struct err e;
        size_t size;
        rig_open(&one, true);
        live(&one, 100, &a, 0);
        b = a;
        struct state *s = save(&one, state_new_save());
        const u8 *bytes = state_finish(s, &size);
        unsigned before = one.count;
        rig_open(&two, seed & 1);
        struct storm other = {99};
        live(&two, 50, &other, 0);
        struct state *l = state_new_load(bytes, size, &e);
        if (!(seed & 1))
            mixer_listen(two.m, &two.sink);
        save(&two, l);
        two.count = 0;
        state_free(l);
        live(&one, 100, &a, 0);
        live(&two, 100, &b, 3);
        mixer_pull(one.m);
        mixer_pull(two.m);
        ck_assert_uint_eq(one.count - before, two.count);
        for (unsigned i = 0; i < two.count; i++)
            ck_assert_msg(one.heard[before + i] == two.heard[i], "seed %d, frame %u: %d, %d",
                          (int)seed, i, one.heard[before + i], two.heard[i]);
        state_free(s);
        rig_close(&one);
        rig_close(&two);
    }
}
END_TEST

/* Whoever listens leaves no trace in the machine. */
START_TEST(same_guest)
{
    struct storm a = {4711}, b = {4711};
    rig_open(&one, true);
    rig_open(&two, false);
    live(&one, 500, &a, 9);
    live(&two, 500, &b, 0);
    struct state *s = save(&one, state_new_digest()), *t = save(&two, state_new_digest());
    ck_assert_uint_eq(state_digest(s), state_digest(t));
    ck_assert_uint_gt(one.count, 0);
    ck_assert_uint_eq(two.count, 0);
    state_free(s);
    state_free(t);
    rig_close(&one);
    rig_close(&two);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("speaker");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, tones, 0, 7);
    tcase_add_test(t, parked);
    tcase_add_loop_test(t, pulse_widths, 0, 2);
    tcase_add_test(t, one_bit);
    tcase_add_test(t, jumps);
    tcase_add_test(t, cuts_do_not_show);
    tcase_add_test(t, state_in_mid_tone);
    tcase_add_test(t, same_guest);
    return t;
}

int main(void)
{
    return run_suite("speaker", cases);
}
