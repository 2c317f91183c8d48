/*
 * test_sound.c - the mixer: the filter's table, frames at their instants, equal frames however the
 * work is cut, levels and equal rates to the last bit, changes of rate, a state in mid-note, and
 * nothing at all while nobody listens.
 */
#include "hw/sound/filter.h"
#include "hw/sound/mixer.h"
#include "roundtrip.h"

#include <math.h>

enum { ROOM = 400000 };

/* ---- what is heard, and who plays ---- */

struct ear {
    struct sound_frame frame[ROOM];
    unsigned count;
    u64 first;
    bool gap;
};

static void hear(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    struct ear *ear = opaque;
    if (!ear->count)
        ear->first = first;
    ear->gap |= first != ear->first + ear->count;
    for (unsigned i = 0; i < count; i++, ear->count++) {
        if (ear->count < ROOM)
            ear->frame[ear->count] = frames[i];
    }
}

/* A player that a storm of register writes changes: level = f(register, samples so far). */
struct player {
    struct sound_source sound;
    enum { SINE, RAMP, NOISE, LEVEL } kind;
    double hertz;
    s16 level;
    u32 k, seed;
    bool stops; /* says so when it is a level */
    unsigned calls;
};

static bool play(void *opaque, u64 first, struct sound_frame *out, unsigned count)
{
    struct player *p = opaque;
    p->k = (u32)first;
    p->calls++;
    ck_assert_uint_ge(count, 1);
    ck_assert_uint_le(count, SOUND_CHUNK);
    for (unsigned i = 0; i < count; i++, p->k++) {
        double rate = (double)p->sound.num / p->sound.den;
        s16 v = p->level;
        if (p->kind == SINE)
            v = (s16)lrint(20000 * sin(2 * M_PI * p->hertz * p->k / rate));
        else if (p->kind == RAMP)
            v = (s16)(p->k * 7 - 30000);
        else if (p->kind == NOISE)
            v = (s16)((p->seed = p->seed * 1664525 + 1013904223) >> 16);
        out[i] = (struct sound_frame){v, (s16)(-v / 2)};
    }
    return p->kind != LEVEL || !p->stops;
}

struct stage {
    struct bench b;
    struct mixer *m;
    struct player p[3];
    struct ear ear;
    struct sound_sink sink;
};

static struct stage one, two;

static void stage_open(struct stage *s, u32 rate)
{
    memset(s, 0, sizeof(*s));
    bench_init(&s->b);
    s->m = (struct mixer *)device_new(&mixer_class, NULL);
    s->m->rate = rate;
    bench_start(&s->b, &s->m->dev);
    s->sink = (struct sound_sink){hear, &s->ear};
}

static struct player *stage_player(struct stage *s, unsigned i, int kind, u32 num, u32 den)
{
    struct player *p = &s->p[i];
    p->kind = kind;
    p->seed = 1;
    p->hertz = 1000;
    sound_source_init(&p->sound, "player", play, p, num, den);
    mixer_add(s->m, &p->sound);
    return p;
}

static void stage_close(struct stage *s)
{
    ck_assert(!s->ear.gap);
    bench_free(&s->b, &s->m->dev);
}

static void stage_run(struct stage *s, u64 to, u64 step)
{
    while (s->b.clock.now < to) {
        run_to(&s->b, s->b.clock.now + step < to ? s->b.clock.now + step : to);
        mixer_run(s->m, s->b.clock.now);
    }
    mixer_pull(s->m);
}

static void same_ears(const struct ear *a, const struct ear *b)
{
    ck_assert_uint_eq(a->count, b->count);
    ck_assert_uint_eq(a->first, b->first);
    for (unsigned i = 0; i < a->count; i++) {
        ck_assert_msg(a->frame[i].left == b->frame[i].left &&
                          a->frame[i].right == b->frame[i].right,
                      "frame %u: %d %d, %d %d", i, a->frame[i].left, a->frame[i].right,
                      b->frame[i].left, b->frame[i].right);
    }
}

/* ---- the filter ---- */

START_TEST(sine_and_window)
{
    for (u64 t = 0; t < 1ull << 32; t += 12345677) {
        double want = sin(2 * M_PI * (double)t / 4294967296.0) * (1 << 30);
        ck_assert_double_le(fabs(filter_sine((u32)t) - want), 2);
    }
    for (u32 at = 0; at < 1 << 20; at += 777) {
        double r = at / (double)(1 << 20), z = 7.5 * sqrt(1 - r * r), i0 = 1, i1 = 1, term = 1;
        for (int k = 1; k < 60; k++)
            i0 += term *= z * z / 4 / k / k;
        term = 1;
        for (int k = 1; k < 60; k++)
            i1 += term *= 7.5 * 7.5 / 4 / k / k;
        ck_assert_double_le(fabs(filter_window(at, 1 << 20) - i0 / i1 * (1 << 30)), 400);
    }
    ck_assert_int_eq(filter_window(1 << 20, 1 << 20), 0);
    ck_assert_int_eq(filter_window(0, 1 << 20), 1 << 30);
}
END_TEST

static double response_of(const struct sound_filter *f, double cycles)
{
    double re = 0, im = 0;
    for (int i = 0; i < FILTER_TAPS; i++) {
        for (int p = 0; p < FILTER_PHASES; p++) {
            double t = i - 15 - p / (double)FILTER_PHASES;
            re += f->tap[p][i] * cos(2 * M_PI * cycles * t);
            im += f->tap[p][i] * sin(2 * M_PI * cycles * t);
        }
    }
    return 20 * log10(hypot(re, im) / 32768 / FILTER_PHASES + 1e-12);
}

START_TEST(filter_passes_and_stops)
{
    static struct sound_filter f;
    static const unsigned cuts[] = {32, 30, 16, 8};
    for (unsigned c = 0; c < ARRAY_SIZE(cuts); c++) {
        filter_make(&f, cuts[c]);
        double edge = 0.46 * cuts[c] / FILTER_CUTS;
        for (int p = 0; p <= FILTER_PHASES; p++) {
            int sum = 0;
            for (int i = 0; i < FILTER_TAPS; i++)
                sum += f.tap[p][i];
            ck_assert_int_eq(sum, 1 << FILTER_BITS);
        }
        ck_assert_double_le(fabs(response_of(&f, edge) + 6), 0.5);
        if (edge > 0.09)
            ck_assert_double_le(fabs(response_of(&f, edge - 0.08)), 0.05);
        for (double x = edge + 0.09; x < 1.5; x += 0.01)
            ck_assert_msg(response_of(&f, x) < -70, "cut %u: %.1f dB at %.3f", cuts[c],
                          response_of(&f, x), x);
    }
}
END_TEST

/* ---- instants ---- */

static const struct {
    u32 num, den;
} rates[] = {{49716, 1}, {1193182, 24}, {44100, 1},     {48000, 1}, {22050, 1}, {11025, 1},
             {8000, 1},  {4000, 1},     {1000000, 181}, {32000, 1}, {96000, 1}};

/* A sine comes out as that sine, at its instants, from any rate to any rate. */
START_TEST(sine_at_its_instants)
{
    static const u32 outputs[] = {48000, 44100, 22050, 96000};
    for (unsigned o = 0; o < ARRAY_SIZE(outputs); o++) {
        u32 num = rates[_i].num, den = rates[_i].den;
        stage_open(&one, outputs[o]);
        struct player *p = stage_player(&one, 0, SINE, num, den);
        ck_assert(mixer_listen(one.m, &one.sink));
        stage_run(&one, 500 * NS_PER_MS, 3 * NS_PER_MS);
        double noise = 0, power = 0;
        /* Where both rates are the same the grid may be moved by half a sample. */
        ck_assert_uint_ge(one.ear.count, outputs[o] * 49 / 100);
        ck_assert_uint_eq(one.ear.first, 0);
        for (unsigned j = 2000; j < outputs[o] * 49 / 100; j++) {
            double want = 20000 * sin(2 * M_PI * p->hertz * j / outputs[o]);
            double off = one.ear.frame[j].left - want;
            noise += off * off;
            power += want * want;
        }
        double snr = 10 * log10(power / noise);
        ck_assert_msg(snr > (num > 2 * outputs[o] * den     ? 55
                             : num > 1.5 * outputs[o] * den ? 66
                                                            : 72),
                      "%u/%u to %u: %.1f dB", num, den, outputs[o], snr);
        stage_close(&one);
    }
}
END_TEST

/* Sample k is asked for when its instant has come, and the rate is exact over a long time. */
START_TEST(samples_on_the_grid)
{
    stage_open(&one, SOUND_RATE);
    struct player *p = stage_player(&one, 0, LEVEL, 1193182, 24);
    mixer_listen(one.m, &one.sink);
    run_to(&one.b, 5 * NS_PER_MS);
    sound_source_sync(&p->sound);
    ck_assert_uint_eq(p->k, 249); /* 248.58 periods: samples 0 to 248 */
    u64 at = sound_source_instant(&p->sound, 1193182);
    ck_assert_uint_eq(at, 24 * NS_PER_SEC);
    run_to(&one.b, at);
    sound_source_sync(&p->sound);
    ck_assert_uint_eq(p->k, 1193182); /* the one at this instant is not made yet */
    run_to(&one.b, at + 1);
    sound_source_sync(&p->sound);
    ck_assert_uint_eq(p->k, 1193183);
    stage_close(&one);
}
END_TEST

START_TEST(equal_rates_are_exact)
{
    stage_open(&one, 44100);
    run_to(&one.b, 12345678);
    stage_player(&one, 0, RAMP, 44100, 1);
    mixer_listen(one.m, &one.sink);
    stage_run(&one, 2 * NS_PER_SEC, 7 * NS_PER_MS);
    unsigned at = 0;
    while (!one.ear.frame[at].left)
        at++;
    ck_assert_uint_le(at, 1);
    for (unsigned i = at; i < one.ear.count; i++)
        ck_assert_int_eq(one.ear.frame[i].left, (s16)((i - at) * 7 - 30000));
    stage_close(&one);
}
END_TEST

/* ---- cuts ---- */

/* The same life: changes at the same instants; `seed` cuts the rest as it likes. */
static void lead_life(struct stage *s, u64 until, u64 seed)
{
    struct storm life = {0x1234567}, cut = {seed};
    while (s->b.clock.now < until) {
        u64 next = s->b.clock.now + storm_next(&life) % (9 * NS_PER_MS);
        u32 what = storm_next(&life), v = storm_next(&life);
        while (seed && s->b.clock.now < next) {
            u64 to = s->b.clock.now + storm_next(&cut) % (2 * NS_PER_MS);
            run_to(&s->b, to < next ? to : next);
            if (storm_next(&cut) & 1)
                sound_source_catch_up(&s->p[storm_next(&cut) % 3].sound);
            if (storm_next(&cut) & 1)
                mixer_pull(s->m);
        }
        run_to(&s->b, next);
        struct player *p = &s->p[what % 3];
        switch (what >> 8 & 7) {
        case 0:
            sound_source_rate(&p->sound, 100 + v % 70000, 1 + (v >> 20) % 3);
            break;
        case 1:
            sound_source_restart(&p->sound);
            break;
        case 2:
            sound_source_volume(&p->sound, v % SOUND_UNITY, v >> 16);
            break;
        default:
            sound_source_sync(&p->sound);
            p->kind = v % 4;
            p->level = (s16)(v >> 16 & (v & 16 ? 0 : 0xffff));
            p->stops = true;
        }
    }
    mixer_pull(s->m);
}

static void three_players(struct stage *s)
{
    stage_open(s, SOUND_RATE);
    stage_player(s, 0, NOISE, 49716, 1);
    stage_player(s, 1, SINE, 11025, 1);
    stage_player(s, 2, LEVEL, 44100, 1);
    for (unsigned i = 0; i < 3; i++)
        s->p[i].sound.volume = (struct sound_gain){SOUND_UNITY / 4, SOUND_UNITY / 4};
    mixer_listen(s->m, &s->sink);
}

START_TEST(cuts_do_not_show)
{
    three_players(&one);
    lead_life(&one, 3 * NS_PER_SEC, 0);
    for (unsigned seed = 1; seed < 4; seed++) {
        three_players(&two);
        lead_life(&two, 3 * NS_PER_SEC, seed);
        same_ears(&one.ear, &two.ear);
        stage_close(&two);
    }
    ck_assert_uint_gt(one.ear.count, 140000);
    stage_close(&one);
}
END_TEST

/* A level that a player has announced costs nothing and sounds the same. */
START_TEST(levels_cost_nothing)
{
    static const u32 nums[] = {49716, 700, 48000, 22050};
    for (unsigned i = 0; i < ARRAY_SIZE(nums); i++) {
        for (unsigned stops = 0; stops < 2; stops++) {
            struct stage *s = stops ? &two : &one;
            stage_open(s, SOUND_RATE);
            struct player *p = stage_player(s, 0, NOISE, nums[i], 1);
            p->stops = stops;
            mixer_listen(s->m, &s->sink);
            stage_run(s, 50 * NS_PER_MS, NS_PER_MS);
            sound_source_sync(&p->sound);
            p->kind = LEVEL;
            p->level = 12345;
            stage_run(s, 900 * NS_PER_MS, 4 * NS_PER_MS);
            sound_source_sync(&p->sound);
            p->kind = RAMP;
            stage_run(s, NS_PER_SEC, NS_PER_MS);
        }
        same_ears(&one.ear, &two.ear);
        ck_assert_uint_lt(two.p[0].calls, one.p[0].calls);
        ck_assert_int_eq(one.ear.frame[24000].left, 12345);
        ck_assert_int_eq(one.ear.frame[24000].right, -12345 / 2);
        stage_close(&one);
        stage_close(&two);
    }
}
END_TEST

START_TEST(nobody_listens)
{
    stage_open(&one, SOUND_RATE);
    struct player *p = stage_player(&one, 0, NOISE, 49716, 1);
    stage_run(&one, NS_PER_SEC, 10 * NS_PER_MS);
    sound_source_sync(&p->sound);
    sound_source_rate(&p->sound, 8000, 1);
    ck_assert_uint_eq(p->calls, 0);
    ck_assert_uint_eq(one.m->due, CLOCK_NEVER);
    /* Then somebody does, from here on, and leaves. */
    mixer_listen(one.m, &one.sink);
    stage_run(&one, 2 * NS_PER_SEC, 10 * NS_PER_MS);
    ck_assert_uint_eq(one.ear.first, SOUND_RATE);
    ck_assert_uint_eq(p->k, 8000);
    mixer_leave(one.m, &one.sink);
    unsigned calls = p->calls, count = one.ear.count;
    stage_run(&one, 3 * NS_PER_SEC, 10 * NS_PER_MS);
    ck_assert_uint_eq(p->calls, calls);
    ck_assert_uint_eq(one.ear.count, count);
    stage_close(&one);
}
END_TEST

START_TEST(volumes)
{
    stage_open(&one, SOUND_RATE);
    struct player *p = stage_player(&one, 0, LEVEL, 49716, 1),
                  *q = stage_player(&one, 1, LEVEL, 8000, 1);
    p->level = 20000;
    q->level = 30000;
    mixer_listen(one.m, &one.sink);
    stage_run(&one, 100 * NS_PER_MS, NS_PER_MS);
    ck_assert_int_eq(one.ear.frame[one.ear.count - 1].left, 32767); /* clipped */
    ck_assert_int_eq(one.ear.frame[one.ear.count - 1].right, -25000);
    sound_source_volume(&p->sound, SOUND_UNITY / 2, 0);
    mixer_person(&q->sound, 10, false);
    stage_run(&one, 200 * NS_PER_MS, NS_PER_MS);
    ck_assert_int_eq(one.ear.frame[one.ear.count - 1].left, 10000 + 2999);
    ck_assert_int_eq(one.ear.frame[one.ear.count - 1].right, -1500);
    mixer_person(&q->sound, 10, true);
    stage_run(&one, 300 * NS_PER_MS, NS_PER_MS);
    ck_assert_int_eq(one.ear.frame[one.ear.count - 1].left, 10000);
    ck_assert_int_eq(one.ear.frame[one.ear.count - 1].right, 0);
    ck_assert_ptr_eq(mixer_source(one.m, "player", NULL), &p->sound);
    ck_assert_ptr_eq(mixer_source(one.m, "player", &p->sound), &q->sound);
    ck_assert_ptr_null(mixer_source(one.m, "drum", NULL));
    stage_close(&one);
}
END_TEST

/* ---- state ---- */

static struct state *save(struct stage *s, const u8 **bytes, size_t *size)
{
    struct state *st = state_new_save();
    clock_state(&s->b.clock, st);
    device_state(&s->m->dev, st);
    state_begin(st, "players", 1);
    for (unsigned i = 0; i < 3; i++)
        sound_source_state(&s->p[i].sound, st);
    state_end(st);
    *bytes = state_finish(st, size);
    ck_assert_ptr_nonnull(*bytes);
    return st;
}

static bool load(struct stage *s, const u8 *bytes, size_t size)
{
    struct err e;
    struct state *st = state_new_load(bytes, size, &e);
    ck_assert_ptr_nonnull(st);
    clock_state(&s->b.clock, st);
    device_state(&s->m->dev, st);
    state_begin(st, "players", 1);
    for (unsigned i = 0; i < 3; i++)
        sound_source_state(&s->p[i].sound, st);
    state_end(st);
    bool ok = state_ok(st);
    state_free(st);
    return ok;
}

/* Saved in the middle, and gone on with in another machine: the rest is the same. */
START_TEST(state_in_mid_note)
{
    const u8 *bytes;
    size_t size;
    three_players(&one);
    lead_life(&one, 777 * NS_PER_MS, 0);
    run_for(&one.b, 1234567);
    struct state *st = save(&one, &bytes, &size);
    unsigned heard = one.ear.count;
    three_players(&two);
    lead_life(&two, 300 * NS_PER_MS, 7);
    two.ear.count = 0;
    for (unsigned i = 0; i < 3; i++) { /* the players' own state */
        struct player old = one.p[i];
        old.sound = two.p[i].sound;
        two.p[i] = old;
        two.p[i].sound.dev = &two.p[i];
    }
    ck_assert(load(&two, bytes, size));
    struct storm r = {99};
    for (unsigned n = 0; n < 60; n++) {
        u64 step = storm_next(&r) % (20 * NS_PER_MS);
        run_for(&one.b, step);
        run_for(&two.b, step);
        sound_source_sync(&one.p[n % 3].sound);
        sound_source_sync(&two.p[n % 3].sound);
        one.p[n % 3].kind = two.p[n % 3].kind = n * 7 % 4;
    }
    mixer_pull(one.m);
    mixer_pull(two.m);
    ck_assert_uint_eq(two.ear.first, heard);
    ck_assert_uint_eq(two.ear.count, one.ear.count - heard);
    ck_assert_mem_eq(two.ear.frame, one.ear.frame + heard,
                     two.ear.count * sizeof(two.ear.frame[0]));
    state_free(st);
    stage_close(&one);
    stage_close(&two);
}
END_TEST

/* Listened to or not, at this rate or that: a state goes from each to each. */
START_TEST(state_across)
{
    const u8 *bytes;
    size_t size;
    for (unsigned how = 0; how < 9; how++) {
        three_players(&one);
        if (how % 3 == 0)
            mixer_leave(one.m, &one.sink);
        lead_life(&one, 50 * NS_PER_MS, 0);
        struct state *st = save(&one, &bytes, &size);
        three_players(&two);
        if (how / 3 == 0)
            mixer_leave(two.m, &two.sink);
        if (how / 3 == 1) {
            mixer_leave(two.m, &two.sink);
            two.m->rate = 44100;
            mixer_listen(two.m, &two.sink);
        }
        lead_life(&two, 20 * NS_PER_MS, 5);
        two.ear.count = 0;
        ck_assert(load(&two, bytes, size));
        for (unsigned i = 0; i < 3; i++) {
            ck_assert_uint_eq(two.p[i].sound.num, one.p[i].sound.num);
            ck_assert_uint_eq(two.p[i].sound.volume.left, one.p[i].sound.volume.left);
        }
        u64 from = two.b.clock.now;
        stage_run(&two, from + NS_PER_SEC, 5 * NS_PER_MS);
        if (how / 3)
            ck_assert_uint_ge(two.ear.count, 43000);
        else
            ck_assert_uint_eq(two.ear.count, 0);
        state_free(st);
        stage_close(&one);
        stage_close(&two);
    }
}
END_TEST

/* A damaged state is refused or harmless; one that was accepted can be saved and loaded again. */
START_TEST(state_damaged)
{
    const u8 *bytes;
    size_t size;
    three_players(&one);
    lead_life(&one, 50 * NS_PER_MS, 0);
    struct state *st = save(&one, &bytes, &size);
    stage_close(&one);
    three_players(&two);
    for (unsigned i = 0; i < 3; i++) {
        struct sound_source *src = &two.p[i].sound;
        static const u64 wild[] = {0, 1, 15, 16, 4000, 1u << 30, 1ull << 40, UINT64_MAX};
        for (unsigned w = 0; w < ARRAY_SIZE(wild); w++) {
            for (unsigned field = 0; field < 6; field++) {
                ck_assert(load(&two, bytes, size));
                u64 *at[] = {&src->at, &src->rest, &src->output, &src->start, &src->made};
                if (field < ARRAY_SIZE(at))
                    *at[field] = wild[w];
                else
                    src->num = (u32)wild[w] | 1;
                const u8 *bad;
                size_t bad_size;
                two.m->due = CLOCK_NEVER;
                two.m->pulled = two.b.clock.now; /* saved as it is */
                struct state *damaged = save(&two, &bad, &bad_size);
                three_players(&one);
                if (load(&one, bad, bad_size)) { /* else nobody would use it any more */
                    const u8 *again;
                    size_t again_size;
                    stage_run(&one, one.b.clock.now + 50 * NS_PER_MS, NS_PER_MS);
                    struct state *saved = save(&one, &again, &again_size);
                    ck_assert(load(&one, again, again_size));
                    state_free(saved);
                }
                state_free(damaged);
                stage_close(&one);
            }
        }
    }
    state_free(st);
    stage_close(&two);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("sound");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, sine_and_window);
    tcase_add_test(t, filter_passes_and_stops);
    tcase_add_loop_test(t, sine_at_its_instants, 0, (int)ARRAY_SIZE(rates));
    tcase_add_test(t, samples_on_the_grid);
    tcase_add_test(t, equal_rates_are_exact);
    tcase_add_test(t, cuts_do_not_show);
    tcase_add_test(t, levels_cost_nothing);
    tcase_add_test(t, nobody_listens);
    tcase_add_test(t, volumes);
    tcase_add_test(t, state_in_mid_note);
    tcase_add_test(t, state_across);
    tcase_add_test(t, state_damaged);
    return t;
}

int main(void)
{
    return run_suite("sound", cases);
}
