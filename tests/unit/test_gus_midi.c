/*
 * test_gus_midi.c - the UltraSound's MIDI at its ports: bytes out at the wire's pace, bytes in and
 * lost, interrupts and their lines, the loop back, states.
 */
#include "hw/sound/gus.h"
#include "roundtrip.h"

enum { BASE = 0x240, STATUS = BASE + 6, CONTROL = BASE + 0x100, DATA = BASE + 0x101 };

struct wire {
    u64 when[64];
    u8 byte[64];
    unsigned count;
};

static void on_wire(void *opaque, u64 when, u8 byte)
{
    struct wire *w = opaque;
    w->when[w->count % 64] = when;
    w->byte[w->count++ % 64] = byte;
}

static struct wire wire;
static const struct midi_sink sink = {on_wire, &wire};

static struct device *make(struct bench *b)
{
    struct gus *g = (struct gus *)device_new(&gus_class, NULL);
    g->irq = bench_line(b, 0);
    bench_start(b, &g->dev);
    g->midi.out.sink = &sink;
    return &g->dev;
}

static struct device *begin(struct bench *b, u8 control)
{
    bench_init(b);
    wire.count = 0;
    struct device *d = make(b);
    out8(b, BASE, 0x09);
    out8(b, CONTROL, 0x03);
    out8(b, CONTROL, control);
    return d;
}

static void arrives(struct device *d, u8 v)
{
    struct gus *g = (struct gus *)d;
    g->midi.in.byte(g->midi.in.card, v);
}

START_TEST(sends)
{
    struct bench b;
    struct device *d = begin(&b, 0);
    u64 t = b.clock.now;
    ck_assert_uint_eq(in8(&b, CONTROL), 0x02);
    out8(&b, DATA, 0x90);
    ck_assert_uint_eq(in8(&b, CONTROL), 0x02); /* it is being sent, and another may wait */
    out8(&b, DATA, 60);
    ck_assert_uint_eq(in8(&b, CONTROL), 0x00);
    out8(&b, DATA, 61); /* lost */
    run_for(&b, MIDI_BYTE_NS - 1);
    ck_assert_uint_eq(in8(&b, CONTROL), 0x00);
    run_for(&b, 1);
    ck_assert_uint_eq(in8(&b, CONTROL), 0x02);
    out8(&b, DATA, 100);
    ck_assert_uint_eq(wire.count, 3);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(wire.byte[i], ((const u8[]){0x90, 60, 100})[i]);
        ck_assert_uint_eq(wire.when[i], t + i * MIDI_BYTE_NS);
    }
    out8(&b, CONTROL, 3);
    out8(&b, DATA, 1);
    ck_assert_uint_eq(in8(&b, CONTROL), 0);
    ck_assert_uint_eq(wire.count, 3);
    bench_free(&b, d);
}
END_TEST

/* A byte each time that it interrupts: the wire is never idle. */
START_TEST(sends_by_interrupt)
{
    struct bench b;
    struct device *d = begin(&b, 0x20);
    u64 t = b.clock.now;
    for (u8 i = 0; i < 10; i++) {
        while (!b.level[0])
            run_for(&b, 1000);
        ck_assert_uint_eq(in8(&b, STATUS), GUS_MIDI_OUT);
        ck_assert_uint_eq(in8(&b, CONTROL), 0x82);
        out8(&b, DATA, i);
    }
    for (unsigned i = 0; i < 10; i++)
        ck_assert_uint_eq(wire.when[i], t + i * MIDI_BYTE_NS);
    ck_assert_int_eq(b.level[0], 0);
    out8(&b, CONTROL, 0x40); /* sends, without an interrupt */
    run_for(&b, 3 * MIDI_BYTE_NS);
    ck_assert_int_eq(b.level[0], 0);
    ck_assert_uint_eq(in8(&b, STATUS), 0);
    u64 fired = b.clock.fired;
    run_for(&b, NS_PER_SEC);
    ck_assert_uint_eq(b.clock.fired, fired);
    bench_free(&b, d);
}
END_TEST

START_TEST(receives)
{
    struct bench b;
    struct device *d = begin(&b, 0x80);
    arrives(d, 0xb0);
    ck_assert_int_eq(b.level[0], 1);
    ck_assert_uint_eq(in8(&b, STATUS), GUS_MIDI_IN);
    ck_assert_uint_eq(in8(&b, CONTROL), 0x83);
    ck_assert_uint_eq(in8(&b, DATA), 0xb0);
    ck_assert_int_eq(b.level[0], 0);
    ck_assert_uint_eq(in8(&b, CONTROL), 0x02);

    arrives(d, 1);
    arrives(d, 2); /* lost: told when the first one has been read */
    ck_assert_uint_eq(in8(&b, CONTROL), 0x83);
    ck_assert_uint_eq(in8(&b, DATA), 1);
    ck_assert_uint_eq(in8(&b, CONTROL), 0xa3);
    ck_assert_uint_eq(in8(&b, DATA), 1);
    ck_assert_uint_eq(in8(&b, CONTROL), 0x02);
    arrives(d, 3);
    ck_assert_uint_eq(in8(&b, DATA), 3);

    out8(&b, CONTROL, 0);
    arrives(d, 4);
    ck_assert_int_eq(b.level[0], 0); /* polled */
    ck_assert_uint_eq(in8(&b, CONTROL), 0x03);
    out8(&b, CONTROL, 3);
    out8(&b, CONTROL, 0x80);
    ck_assert_uint_eq(in8(&b, CONTROL), 0x02); /* gone with the reset */
    out8(&b, CONTROL, 3);
    arrives(d, 5);
    out8(&b, CONTROL, 0);
    ck_assert_uint_eq(in8(&b, CONTROL), 0x02); /* nobody heard it */
    bench_free(&b, d);
}
END_TEST

/* Its line is the GF1's when both are combined, or the same; it needs no 4Ch. */
START_TEST(lines)
{
    static const struct {
        u8 latch;
        bool has;
    } cases[] = {{0x45, true}, {0x05, false}, {0x2d, true},
                 {0x28, true}, {0x0d, false}, {0x40, false}};
    struct bench b;
    struct device *d = begin(&b, 0x80);
    arrives(d, 1);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        out8(&b, BASE, 0x49);
        out8(&b, BASE + 0x0b, cases[i].latch);
        ck_assert_msg(b.level[0] == cases[i].has, "%02x", cases[i].latch);
    }
    out8(&b, BASE, 0x49);
    out8(&b, BASE + 0x0b, 0x45);
    out8(&b, BASE, 0x01);
    ck_assert_int_eq(b.level[0], 0);
    bench_free(&b, d);
}
END_TEST

START_TEST(loop_back)
{
    struct bench b;
    struct device *d = begin(&b, 0x80);
    out8(&b, BASE, 0x29);
    arrives(d, 9); /* the cable is cut off */
    out8(&b, DATA, 0x12);
    out8(&b, DATA, 0x34);
    run_for(&b, MIDI_BYTE_NS - 1);
    ck_assert_int_eq(b.level[0], 0);
    run_for(&b, 1);
    ck_assert_int_eq(b.level[0], 1);
    ck_assert_uint_eq(in8(&b, DATA), 0x12);
    round_trip(&b, d, make); /* with one on its way */
    run_for(&b, MIDI_BYTE_NS);
    ck_assert_uint_eq(in8(&b, DATA), 0x34);
    run_for(&b, NS_PER_SEC);
    ck_assert_uint_eq(in8(&b, CONTROL), 0x02);
    bench_free(&b, d);
}
END_TEST

START_TEST(storm)
{
    static struct bench b;
    static const u16 ports[] = {CONTROL, DATA, DATA, BASE, BASE + 0x0b, STATUS};
    struct device *d = begin(&b, 0xa0);
    register_storm(&b, d, make, ports, ARRAY_SIZE(ports), 3000, 200 * NS_PER_US);
    bench_free(&b, d);
}
END_TEST

static TCase *cases(void)
{
    TCase *tc = tcase_create("midi");
    tcase_add_test(tc, sends);
    tcase_add_test(tc, sends_by_interrupt);
    tcase_add_test(tc, receives);
    tcase_add_test(tc, lines);
    tcase_add_test(tc, loop_back);
    tcase_add_test(tc, storm);
    return tc;
}

int main(void)
{
    return run_suite("gus_midi", cases);
}
