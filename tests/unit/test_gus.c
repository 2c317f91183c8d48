/*
 * test_gus.c - the UltraSound at its ports: finding it, its memory, interrupts of voices at their
 * instants, timers, DMA, lines that are chosen, what is heard, states, storms.
 */
#include "hw/sound/gus.h"
#include "listening_room.h"
#include "saved_fields.h"

enum { BASE = 0x240 };
enum { PAGE = BASE + 0x102, SELECT, LOW, HIGH, DRAM = BASE + 0x107 };

/* ---- the machine's end of its DMA channel ---- */

struct memory {
    u8 byte[4096];
    u32 at, left; /* terminal count after so many */
    bool masked;
};

static struct memory memory;

static u32 fetch(void *controller, int channel, u8 *data, u32 len, bool *tc)
{
    struct memory *m = controller;
    (void)channel;
    u32 n = m->masked ? 0 : len < m->left ? len : m->left;
    for (u32 i = 0; i < n; i++)
        data[i] = m->byte[(m->at + i) % sizeof(m->byte)];
    m->at += n;
    m->left -= n;
    *tc = n && !m->left;
    return n;
}

static u32 store(void *controller, int channel, const u8 *data, u32 len, bool *tc)
{
    struct memory *m = controller;
    (void)channel;
    u32 n = m->masked ? 0 : len < m->left ? len : m->left;
    for (u32 i = 0; i < n; i++)
        m->byte[(m->at + i) % sizeof(m->byte)] = data[i];
    m->at += n;
    m->left -= n;
    *tc = n && !m->left;
    return n;
}

static void same_ram(struct bench *a, struct device *da, struct bench *b, struct device *db)
{
    (void)a, (void)b;
    ck_assert_mem_eq(((struct gus *)da)->gf1.ram, ((struct gus *)db)->gf1.ram, GF1_RAM);
}

static struct device *make_gus(struct bench *b)
{
    struct gus *g = (struct gus *)device_new(&gus_class, NULL);
    g->irq = bench_line(b, 0);
    b->same = same_ram;
    bench_start(b, &g->dev);
    return &g->dev;
}

/* ---- as a program does it ---- */

static void write16(struct bench *b, u8 reg, u16 v)
{
    out8(b, SELECT, reg);
    bus_out(&b->bus, LOW, v, 2);
}

static void write8(struct bench *b, u8 reg, u8 v)
{
    out8(b, SELECT, reg);
    out8(b, HIGH, v);
}

static u16 read16(struct bench *b, u8 reg)
{
    out8(b, SELECT, reg);
    return (u16)bus_in(&b->bus, LOW, 2);
}

static u8 read8(struct bench *b, u8 reg)
{
    out8(b, SELECT, reg);
    return in8(b, HIGH);
}

static void poke(struct bench *b, u32 address, u8 v)
{
    write16(b, 0x43, (u16)address);
    write8(b, 0x44, (u8)(address >> 16));
    out8(b, DRAM, v);
}

static u8 peek(struct bench *b, u32 address)
{
    write16(b, 0x43, (u16)address);
    write8(b, 0x44, (u8)(address >> 16));
    return in8(b, DRAM);
}

static void begin(struct bench *b, unsigned voices)
{
    write8(b, 0x4c, 0);
    write8(b, 0x4c, 7);
    write8(b, 0x0e, (u8)(0xc0 | (voices - 1)));
    out8(b, BASE, 0x09); /* output on, lines on */
}

/* A voice from start to end, `step` of 512 a frame. */
static void play(struct bench *b, unsigned n, u8 control, u32 start, u32 end, u16 step)
{
    out8(b, PAGE, (u8)n);
    write8(b, 0x00, 3);
    write16(b, 0x01, (u16)(step << 1));
    write16(b, 0x02, (u16)(start >> 7));
    write16(b, 0x03, (u16)(start << 9));
    write16(b, 0x04, (u16)(end >> 7));
    write16(b, 0x05, (u16)(end << 9));
    write16(b, 0x0a, (u16)(start >> 7));
    write16(b, 0x0b, (u16)(start << 9));
    write16(b, 0x09, 0xfff0);
    write8(b, 0x0c, 0);
    write8(b, 0x0d, 3);
    write8(b, 0x00, control);
}

static u64 frames_ns(unsigned voices, u64 frames)
{
    return (frames * voices * NS_PER_SEC + GF1_CLOCK - 1) / GF1_CLOCK;
}

START_TEST(found)
{
    struct bench b;
    bench_init(&b);
    struct device *d = make_gus(&b);
    write8(&b, 0x4c, 0);
    run_for(&b, NS_PER_MS);
    write8(&b, 0x4c, 1);
    run_for(&b, NS_PER_MS);
    for (u32 bank = 0; bank < 4; bank++) /* how much memory there is */
        poke(&b, bank << 18, (u8)(0xaa + bank));
    for (u32 bank = 0; bank < 4; bank++)
        ck_assert_uint_eq(peek(&b, bank << 18), 0xaa + bank);
    poke(&b, 0xfffff, 0x55);
    ck_assert_uint_eq(peek(&b, 0xfffff), 0x55);
    ck_assert_uint_eq(in8(&b, BASE + 0x506), 0xff); /* a board without an ICS mixer */
    for (unsigned voices = 1; voices <= 32; voices++) {
        write8(&b, 0x0e, (u8)(voices - 1));
        ck_assert_uint_eq(read8(&b, 0x8e), 0xc0 | ((voices < 14 ? 14 : voices) - 1));
    }
    bench_free(&b, d);
}
END_TEST

START_TEST(registers_read_back)
{
    struct bench b;
    bench_init(&b);
    struct device *d = make_gus(&b);
    begin(&b, 14);
    for (unsigned n = 0; n < 32; n++) {
        play(&b, n, 3, 0x12345 + n, 0x23456 + n, (u16)(0x321 + n));
        write16(&b, 0x09, (u16)(0x1230 + (n << 4)));
        write8(&b, 0x0c, (u8)(n & 15));
        write8(&b, 0x06, (u8)(0x40 + n));
        write8(&b, 0x07, (u8)(0x50 + n));
        write8(&b, 0x08, (u8)(0x60 + n));
    }
    for (unsigned n = 0; n < 32; n++) {
        out8(&b, PAGE, (u8)n);
        u32 start = 0x12345 + n, end = 0x23456 + n;
        ck_assert_uint_eq(read8(&b, 0x80), 3);
        ck_assert_uint_eq(read16(&b, 0x81), (0x321 + n) << 1);
        ck_assert_uint_eq(read16(&b, 0x82), start >> 7);
        ck_assert_uint_eq(read16(&b, 0x83), start << 9 & 0xfe00);
        ck_assert_uint_eq(read16(&b, 0x84), end >> 7);
        ck_assert_uint_eq(read16(&b, 0x85), end << 9 & 0xfe00);
        ck_assert_uint_eq(read8(&b, 0x86), 0x40 + n);
        ck_assert_uint_eq(read8(&b, 0x87), 0x50 + n);
        ck_assert_uint_eq(read8(&b, 0x88), 0x60 + n);
        ck_assert_uint_eq(read16(&b, 0x89), 0x1230 + (n << 4));
        ck_assert_uint_eq(read16(&b, 0x8a), start >> 7);
        ck_assert_uint_eq(read16(&b, 0x8b), start << 9 & 0xfe00);
        ck_assert_uint_eq(read8(&b, 0x8c), n & 15);
        ck_assert_uint_eq(read8(&b, 0x8d), 3);
    }
    bench_free(&b, d);
}
END_TEST

/*
 * A voice's registers are read at other numbers than they are written; at those there is nobody, so
 * that the two stop bits of a program that reads there, and writes them back, are set.
 */
START_TEST(numbers_for_writing)
{
    struct bench b;
    bench_init(&b);
    struct device *d = make_gus(&b);
    begin(&b, 14);
    play(&b, 0, 3, 0x1000, 0x2000, 0x400);
    for (unsigned reg = 0; reg <= 0x0d; reg++)
        ck_assert_uint_eq(read16(&b, (u8)reg), 0xffff);
    write8(&b, 0, (u8)(0x18 | (read8(&b, 0) & 3))); /* a loop both ways; not yet to begin */
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(read8(&b, 0x80), 0x1b);
    ck_assert_uint_eq(read16(&b, 0x8a), 0x1000 >> 7);
    bench_free(&b, d);
}
END_TEST

/* The interrupt comes with the frame, for any number of voices, whether somebody looks or not. */
START_TEST(voice_interrupts)
{
    struct bench b;
    bench_init(&b);
    struct device *d = make_gus(&b);
    for (unsigned voices = 14; voices <= 32; voices += 3) {
        begin(&b, voices);
        u64 origin = b.clock.now;
        play(&b, 5, GF1_IRQ, 1000, 1100, 512);
        play(&b, 9, GF1_IRQ, 1000, 1100, 256);
        run_to(&b, origin + frames_ns(voices, 100) - 1);
        ck_assert_int_eq(b.level[0], 0);
        run_for(&b, 1);
        ck_assert_int_eq(b.level[0], 1);
        ck_assert_uint_eq(in8(&b, BASE + 6), GUS_WAVE);
        out8(&b, PAGE, 5);
        ck_assert_uint_eq(read8(&b, 0x80), GF1_IRQ | GF1_PENDING | GF1_STOPPED);
        ck_assert_uint_eq(read8(&b, 0x8f), 5 | 0x20 | 0x40);
        ck_assert_int_eq(b.level[0], 0);
        ck_assert_uint_eq(read8(&b, 0x8f) & 0xc0, 0xc0);
        run_to(&b, origin + frames_ns(voices, 200));
        ck_assert_int_eq(b.level[0], 1);
        ck_assert_uint_eq(read8(&b, 0x8f), 9 | 0x20 | 0x40);
        ck_assert_uint_eq(in8(&b, BASE + 6), 0);
    }
    bench_free(&b, d);
}
END_TEST

START_TEST(ramp_interrupts)
{
    struct bench b;
    bench_init(&b);
    struct device *d = make_gus(&b);
    begin(&b, 14);
    u64 origin = b.clock.now;
    out8(&b, PAGE, 3);
    write8(&b, 0x06, 16);
    write8(&b, 0x07, 0x10);
    write8(&b, 0x08, 0x90);
    write16(&b, 0x09, 0x1000);
    write8(&b, 0x0d, GF1_IRQ);
    run_to(&b, origin + frames_ns(14, 64));
    ck_assert_uint_eq(read16(&b, 0x89), 0x5000);
    run_to(&b, origin + frames_ns(14, 128) - 1);
    ck_assert_int_eq(b.level[0], 0);
    run_for(&b, 1);
    ck_assert_int_eq(b.level[0], 1);
    ck_assert_uint_eq(in8(&b, BASE + 6), GUS_RAMP);
    ck_assert_uint_eq(read8(&b, 0x8f), 3 | 0x20 | 0x80);
    ck_assert_uint_eq(read16(&b, 0x89), 0x9000);
    ck_assert_int_eq(b.level[0], 0);
    bench_free(&b, d);
}
END_TEST

START_TEST(timers)
{
    struct bench b;
    bench_init(&b);
    struct device *d = make_gus(&b);
    begin(&b, 14);
    for (unsigned t = 0; t < 2; t++) {
        u64 period = (256 - 200) * (t ? 320 : 80) * NS_PER_US;
        u8 status = t ? GUS_TIMER2 : GUS_TIMER1;
        write8(&b, (u8)(0x46 + t), 200);
        write8(&b, 0x45, status);
        out8(&b, BASE + 8, 4);
        out8(&b, BASE + 9, 0x80);
        out8(&b, BASE + 9, (u8)(1 << t));
        u64 from = b.clock.now;
        for (unsigned i = 1; i < 5; i++) {
            run_to(&b, from + i * period - 1);
            ck_assert_int_eq(b.level[0], 0);
            run_for(&b, 1);
            ck_assert_int_eq(b.level[0], 1);
            ck_assert_uint_eq(in8(&b, BASE + 6), status);
            ck_assert_uint_eq(in8(&b, BASE + 8), t ? 0xa2 : 0xc4);
            write8(&b, 0x45, 0);
            write8(&b, 0x45, status);
            ck_assert_int_eq(b.level[0], 0);
            out8(&b, BASE + 9, 0x80);
            ck_assert_uint_eq(in8(&b, BASE + 8), 0);
        }
        out8(&b, BASE + 9, 0);
    }
    bench_free(&b, d);
}
END_TEST

/* Chosen lines: those that the card has, or none. */
START_TEST(chosen_lines)
{
    static const u8 code[] = {1, 2, 3, 4, 5, 6, 7, 0};
    struct bench b;
    bench_init(&b);
    struct device *d = make_gus(&b);
    begin(&b, 14);
    play(&b, 0, GF1_IRQ, 0, 1, 512);
    run_for(&b, NS_PER_MS);
    for (unsigned i = 0; i < ARRAY_SIZE(code); i++) {
        out8(&b, BASE, 0x49);
        out8(&b, BASE + 0x0b, code[i]);
        ck_assert_int_eq(b.level[0], code[i] == 5); /* 11 */
    }
    out8(&b, BASE, 0x49);
    in8(&b, BASE + 6);
    out8(&b, BASE, 0x49);
    out8(&b, PAGE, 0); /* something between: the latch is closed */
    out8(&b, BASE + 0x0b, 5);
    ck_assert_int_eq(b.level[0], 0);
    out8(&b, BASE, 0x49);
    out8(&b, BASE + 0x0b, 5);
    ck_assert_int_eq(b.level[0], 1);
    out8(&b, BASE, 0x01); /* the lines are off */
    ck_assert_int_eq(b.level[0], 0);
    out8(&b, BASE, 0x09);
    ck_assert_int_eq(b.level[0], 1);
    write8(&b, 0x4c, 3);
    ck_assert_int_eq(b.level[0], 0);
    bench_free(&b, d);
}
END_TEST

/* ---- DMA ---- */

static void connect(struct device *d)
{
    struct gus *g = (struct gus *)d;
    g->dma.from_memory = fetch;
    g->dma.to_memory = store;
    g->dma.controller = &memory;
    for (unsigned i = 0; i < sizeof(memory.byte); i++)
        memory.byte[i] = (u8)(i * 7 + i / 256);
    memory.at = 0;
    memory.masked = false;
}

START_TEST(dma)
{
    static const struct {
        u8 control;
        u32 start, bytes, to;
    } cases[] = {
        {0x21, 0x1234, 1000, 0x12340}, {0xa1, 0x0010, 1, 0x00100},   {0xe1, 0x0200, 500, 0x02000},
        {0x25, 0x5001, 700, 0x60020},  {0x39, 0xffff, 100, 0xffff0}, {0x21, 0xffff, 4096, 0xffff0},
    };
    struct bench b;
    bench_init(&b);
    struct device *d = make_gus(&b);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        begin(&b, 14);
        connect(d);
        memory.left = cases[i].bytes;
        u64 rate = 650000 >> (cases[i].control >> 3 & 3), left = cases[i].bytes, took = 0;
        for (u64 n; left; left -= n, took += (n * NS_PER_SEC + rate - 1) / rate)
            n = left < 128 ? left : 128;
        write16(&b, 0x42, (u16)cases[i].start);
        write8(&b, 0x41, cases[i].control);
        u64 from = b.clock.now;
        run_to(&b, from + took - 1);
        ck_assert_int_eq(b.level[0], 0);
        ck_assert_uint_eq(read8(&b, 0x41) & 0x41, 1);
        run_for(&b, 1);
        ck_assert_int_eq(b.level[0], 1);
        ck_assert_uint_eq(in8(&b, BASE + 6), GUS_DMA);
        ck_assert_uint_eq(read8(&b, 0x41) & 0x41, 0x40);
        ck_assert_uint_eq(in8(&b, BASE + 6), 0);
        ck_assert_int_eq(b.level[0], 0);
        for (u32 k = 0; k < cases[i].bytes; k++) {
            bool turned = cases[i].control & 0x80 && (!(cases[i].control & 0x40) || k & 1);
            ck_assert_uint_eq(((struct gus *)d)->gf1.ram[(cases[i].to + k) % GF1_RAM],
                              memory.byte[k] ^ (turned ? 0x80 : 0));
        }
    }
    bench_free(&b, d);
}
END_TEST

/* Out of the card; a channel that is masked at first. */
START_TEST(dma_back)
{
    struct bench b;
    bench_init(&b);
    struct device *d = make_gus(&b);
    struct gus *g = (struct gus *)d;
    begin(&b, 14);
    connect(d);
    for (u32 i = 0; i < 300; i++)
        poke(&b, 0x400 + i, (u8)(i ^ 0x5a));
    memory.left = 300;
    memory.masked = true;
    write16(&b, 0x42, 0x40);
    write8(&b, 0x41, 0x23);
    run_for(&b, 10 * NS_PER_MS);
    ck_assert_uint_eq(memory.left, 300);
    memory.masked = false;
    g->dma.ready(g->dma.dev);
    run_for(&b, 10 * NS_PER_MS);
    ck_assert_int_eq(b.level[0], 1);
    for (u32 i = 0; i < 300; i++)
        ck_assert_uint_eq(memory.byte[i], (u8)(i ^ 0x5a));
    bench_free(&b, d);
}
END_TEST

/* ---- what is heard ---- */

static struct gus *gus_of(const struct room *r)
{
    return (struct gus *)r->dev;
}

static void open_room(struct room *r, u64 step, bool listens)
{
    build_room(r, 44100, step);
    struct device *d = make_gus(&r->b);
    enter_room(r, d, &((struct gus *)d)->sound);
    if (listens)
        listen(r);
}

/* A ramp in memory, played at 44100 Hz: each of its samples once, none lost, none twice. */
START_TEST(ramp_is_heard)
{
    open_room(&one, 3 * NS_PER_MS, true);
    begin(&one.b, 14);
    for (u32 i = 0; i < 256; i++)
        gus_of(&one)->gf1.ram[0x8000 + i] = (u8)(i - 128);
    play(&one.b, 0, GF1_LOOP, 0x8000, 0x8100, 512);
    wait(&one, 500 * NS_PER_MS);
    mixer_pull(one.m);
    unsigned at = 0;
    while (at < one.ear.count && one.ear.frame[at].left >= 0)
        at++;
    ck_assert_uint_gt(one.ear.count - at, 20000);
    for (unsigned i = at; i < one.ear.count; i++) {
        int sample = (int)((i - at) % 256) - 128;
        int want = (int)((s64)sample * 256 * gf1_gain(0xfff) / (1 << 24));
        ck_assert_int_eq(one.ear.frame[i].left, want);
        ck_assert_int_eq(one.ear.frame[i].right, 0);
    }
    out8(&one.b, BASE, 0x0b); /* the output is off */
    one.ear.count = 0;
    wait(&one, 100 * NS_PER_MS);
    mixer_pull(one.m);
    for (unsigned i = 300; i < one.ear.count; i++)
        ck_assert_int_eq(one.ear.frame[i].left, 0);
    close_room(&one);
}
END_TEST

static void tune(struct room *r, unsigned from, unsigned to)
{
    if (!from) {
        begin(&r->b, 20);
        for (u32 i = 0; i < 5000; i++)
            gus_of(r)->gf1.ram[i] = (u8)(i * i >> 5);
    }
    for (unsigned i = from; i < to; i++) {
        play(&r->b, i % 16, i & 1 ? GF1_LOOP | GF1_IRQ : GF1_BOTH_WAYS | GF1_LOOP, i * 100,
             i * 100 + 700, (u16)(100 + 77 * i));
        write16(&r->b, 0x09, 0xc000);
        wait(r, (i * 777777) % 9000000);
        in8(&r->b, BASE + 6);
        if (i % 5 == 4) {
            write8(&r->b, 0x0e, (u8)(13 + i));
            for (unsigned n = 0; n < 32; n++) {
                out8(&r->b, PAGE, (u8)n);
                write8(&r->b, 0x00, 3);
            }
            wait(r, 40 * NS_PER_MS); /* silence, or a level */
        }
    }
}

START_TEST(cut_anywhere)
{
    open_room(&one, 5 * NS_PER_MS, true);
    open_room(&two, 111 * NS_PER_US, true);
    tune(&one, 0, 17);
    tune(&two, 0, 17);
    same_ears();
    unsigned moves = 0;
    for (unsigned i = 1; i < one.ear.count; i++)
        moves += one.ear.frame[i].left != one.ear.frame[i - 1].left;
    ck_assert_uint_gt(moves, 1000);
    close_room(&one);
    close_room(&two);
}
END_TEST

static u64 digest(struct room *r)
{
    struct state *s = state_new_digest();
    device_state(r->dev, s);
    u64 v = state_digest(s);
    state_free(s);
    return v;
}

/* The guest's side is the same with an ear and without. */
START_TEST(listening_changes_nothing)
{
    open_room(&one, 5 * NS_PER_MS, true);
    open_room(&two, 5 * NS_PER_MS, false);
    for (unsigned i = 0; i < 17; i++) {
        tune(&one, i, i + 1);
        tune(&two, i, i + 1);
        ck_assert_uint_eq(digest(&one), digest(&two));
        ck_assert_int_eq(one.b.rises[0], two.b.rises[0]);
    }
    close_room(&one);
    close_room(&two);
}
END_TEST

START_TEST(state_in_mid_note)
{
    for (unsigned at = 2; at < 9; at += 2) {
        open_room(&one, 5 * NS_PER_MS, true);
        open_room(&two, 900 * NS_PER_US, true);
        tune(&one, 0, at);
        tune(&two, 0, 3);
        wait(&one, 1234567);
        mixer_pull(one.m);
        copy_state(&one, &two);
        one.ear.count = two.ear.count = 0;
        tune(&one, at, 12);
        tune(&two, at, 12);
        same_ears();
        close_room(&one);
        close_room(&two);
    }
}
END_TEST

/* No voice moves: no event is armed, and nobody is asked. */
START_TEST(silence_costs_nothing)
{
    open_room(&one, 5 * NS_PER_MS, true);
    tune(&one, 0, 10);
    wait(&one, 50 * NS_PER_MS);
    ck_assert(gus_of(&one)->sound.idle);
    u64 made = gus_of(&one)->made, fired = one.b.clock.fired;
    wait(&one, 500 * NS_PER_MS);
    ck_assert_uint_eq(gus_of(&one)->made, made);
    ck_assert_uint_eq(one.b.clock.fired, fired);
    close_room(&one);
}
END_TEST

/* ---- states, storms ---- */

START_TEST(every_field_is_loaded)
{
    static const struct field all[] = {
        FIELD(struct gus, mix),
        FIELD(struct gus, irq_latch),
        FIELD(struct gus, midi_latch),
        FIELD(struct gus, midi.control),
        FIELD(struct gus, midi.received),
        FIELD(struct gus, midi.full),
        FIELD(struct gus, midi.overrun),
        FIELD(struct gus, midi.lost),
        FIELD(struct gus, midi.out.free_at),
        FIELD(struct gus, midi.loop),
        FIELD(struct gus, midi.looped),
        FIELD(struct gus, midi.loop_at),
        FIELD(struct gus, dma_latch),
        FIELD(struct gus, latch_open),
        FIELD(struct gus, register_control),
        FIELD(struct gus, adlib_index),
        FIELD(struct gus, adlib_flags),
        FIELD(struct gus, adlib_mask),
        FIELD(struct gus, timer[0].preset),
        FIELD(struct gus, timer[0].running),
        FIELD(struct gus, timer[0].next),
        FIELD(struct gus, timer[1].preset),
        FIELD(struct gus, timer[1].running),
        FIELD(struct gus, timer[1].next),
        FIELD(struct gus, page),
        FIELD(struct gus, select),
        FIELD(struct gus, data),
        FIELD(struct gus, reset),
        FIELD(struct gus, timer_control),
        FIELD(struct gus, status),
        FIELD(struct gus, irq_voice),
        FIELD(struct gus, address),
        FIELD(struct gus, sampling),
        FIELD(struct gus, sampling_rate),
        FIELD(struct gus, dma_control),
        FIELD(struct gus, dma_start),
        FIELD(struct gus, dma_at),
        FIELD(struct gus, dma_finishing),
        FIELD(struct gus, record_done),
        FIELD(struct gus, record_finishing),
        FIELD(struct gus, record_from),
        FIELD(struct gus, recorded),
        FIELD(struct gus, origin),
        FIELD(struct gus, made),
        FIELD(struct gus, recent),
    };
    static struct bench b, other;
    const u8 *bytes;
    size_t size;
    bench_init(&b);
    bench_init(&other);
    struct gus *g = (struct gus *)make_gus(&b), *o = (struct gus *)make_gus(&other);
    begin(&b, 14);
    run_for(&b, 12345);
    struct state *s = bench_save(&b, &g->dev, &bytes, &size);
    fields_differ(o, g, all, ARRAY_SIZE(all));
    timer_arm(&o->dma_timer, 123456);
    timer_arm(&o->record_timer, 123456);
    bench_load(&other, &o->dev, bytes, size);
    fields_are_same(g, o, all, ARRAY_SIZE(all));
    ck_assert(!timer_armed(&o->dma_timer) && !timer_armed(&o->record_timer));
    state_free(s);
    bench_free(&other, &o->dev);
    bench_free(&b, &g->dev);
}
END_TEST

START_TEST(storm)
{
    static struct bench b;
    static u16 all[32];
    bench_init(&b);
    struct device *d = make_gus(&b);
    begin(&b, 14);
    for (u8 voice = 0; voice < 32; voice++) { /* what a storm hardly finds */
        out8(&b, PAGE, voice);
        write8(&b, 0x0d, (u8)(voice & 1 ? 0x43 : 0x23)); /* ramp: stopped */
    }
    write8(&b, 0x46, 200); /* both timers run */
    write8(&b, 0x47, 100);
    write8(&b, 0x45, 0x0c);
    out8(&b, BASE + 8, 4);
    out8(&b, BASE + 9, 3);
    run_for(&b, 12345678);
    round_trip(&b, d, make_gus);
    unsigned n = bench_ports(&b, all, 24);
    all[n++] = HIGH; /* more often where something comes of it */
    all[n++] = HIGH;
    all[n++] = SELECT;
    all[n++] = SELECT;
    register_storm(&b, d, make_gus, all, n, 2000, 300 * NS_PER_US);
    bench_free(&b, d);
}
END_TEST

START_TEST(refused)
{
    static const struct {
        u16 base;
        u8 irq, dma;
        const char *text;
    } cases[] = {{0x241, 5, 3, "addr=241"}, {0x240, 4, 3, "irq=4"}, {0x240, 5, 2, "dma=2"}};
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct bench b;
        struct err e;
        bench_init(&b);
        struct gus *g = (struct gus *)device_new(&gus_class, NULL);
        g->base = cases[i].base;
        g->irq_number = cases[i].irq;
        g->dma_number = cases[i].dma;
        ck_assert(!device_realize(&g->dev, &b.board, &e));
        ck_assert_ptr_nonnull(strstr(e.text, cases[i].text));
        bench_free(&b, &g->dev);
    }
}
END_TEST

static TCase *cases(void)
{
    TCase *tc = tcase_create("card");
    tcase_add_test(tc, found);
    tcase_add_test(tc, registers_read_back);
    tcase_add_test(tc, numbers_for_writing);
    tcase_add_test(tc, voice_interrupts);
    tcase_add_test(tc, ramp_interrupts);
    tcase_add_test(tc, timers);
    tcase_add_test(tc, chosen_lines);
    tcase_add_test(tc, dma);
    tcase_add_test(tc, dma_back);
    tcase_add_test(tc, ramp_is_heard);
    tcase_add_test(tc, cut_anywhere);
    tcase_add_test(tc, listening_changes_nothing);
    tcase_add_test(tc, state_in_mid_note);
    tcase_add_test(tc, silence_costs_nothing);
    tcase_add_test(tc, every_field_is_loaded);
    tcase_add_test(tc, storm);
    tcase_add_test(tc, refused);
    return tc;
}

int main(void)
{
    return run_suite("gus", cases);
}
