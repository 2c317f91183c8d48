/*
 * test_vmmouse.c - VMware's pointer: hello, positions, wheel and buttons, what a full queue does,
 * who gets movement when, and that a PS/2 packet tells of it.
 */
#include "hw/input/vmmouse.h"
#include "roundtrip.h"

enum { MAGIC = 0x564d5868, VERSION = 0x0a, DATA = 0x27, STATUS = 0x28, COMMAND = 0x29 };
enum { READ_ID = 0x45414552, DISABLE = 0xf5, RELATIVE = 0x4c455252, ABSOLUTE = 0x53424152 };

static struct port_registers regs; /* the processor's */

static void get(void *owner, struct port_registers *r)
{
    (void)owner;
    *r = regs;
}

static void set(void *owner, const struct port_registers *r)
{
    u32 eax = regs.eax;
    (void)owner;
    regs = *r;
    regs.eax = eax;
}

static u32 ask(struct bench *b, u32 command, u32 operand)
{
    regs = (struct port_registers){MAGIC, operand, 0xabcd0000 | command, 0x5658};
    regs.eax = bus_in(&b->bus, 0x5658, 4);
    return regs.eax;
}

static u64 use(struct bench *b, struct device *d, struct storm *r)
{
    static const u32 commands[] = {VERSION, DATA, DATA, STATUS, COMMAND, COMMAND, 0x56};
    static const u32 operands[] = {READ_ID, ABSOLUTE, ABSOLUTE, RELATIVE, 1, 2, 4, 4};
    struct vmmouse *m = (struct vmmouse *)d;
    u32 v = storm_next(r), w = storm_next(r);
    switch (v & 7) {
    case 0: {
        u32 command = commands[v >> 8 & 255 ? (v >> 16) % 7 : 5];
        ask(b, command, v >> 8 & 1 ? operands[w & 7] : w & 7);
        return (u64)regs.eax << 32 ^ regs.ebx ^ (u64)regs.ecx << 16 ^ regs.edx;
    }
    case 1:
        vmmouse_move(m, (s8)w, (s8)(w >> 8), (s8)(w >> 16), v >> 8 & 7);
        return vmmouse_wanted(m);
    case 2:
        ask(b, COMMAND, READ_ID);
        ask(b, COMMAND, ABSOLUTE);
        return 0;
    default:
        vmmouse_point(m, (u16)w, (u16)(w >> 16), (s8)(v >> 16), v >> 8 & 7);
        return m->count;
    }
}

static struct device *make(struct bench *b)
{
    struct ps2mouse *p = (struct ps2mouse *)device_new(&ps2mouse_class, NULL);
    struct vmmouse *m = (struct vmmouse *)device_new(&vmmouse_class, NULL);
    m->enabled = true;
    m->mouse = p;
    m->processor = (struct processor_line){get, set, NULL};
    b->extra = &p->dev;
    b->step = use;
    bench_start(b, &p->dev);
    bench_start(b, &m->dev);
    return &m->dev;
}

static struct bench b;
static struct vmmouse *m;
static struct ps2mouse *ps2;

static void setup(void)
{
    bench_init(&b);
    m = (struct vmmouse *)make(&b);
    ps2 = (struct ps2mouse *)b.extra;
}

static void teardown(void)
{
    bench_free(&b, &m->dev);
}

static void hello(void)
{
    ps2->link.receive(ps2, 0xf4); /* it reports */
    ask(&b, COMMAND, READ_ID);
    ck_assert_uint_eq(ask(&b, STATUS, 0), 1);
    ck_assert_uint_eq(ask(&b, DATA, 1), 0x3442554a);
    ask(&b, COMMAND, ABSOLUTE);
    ck_assert(vmmouse_wanted(m));
    ps2_clear(&ps2->link);
}

static void expect(u32 status, s32 x, s32 y, s32 z)
{
    ask(&b, DATA, 4);
    ck_assert_uint_eq(regs.eax, status);
    ck_assert_int_eq((s32)regs.ebx, x);
    ck_assert_int_eq((s32)regs.ecx, y);
    ck_assert_int_eq((s32)regs.edx, z);
}

/* The PS/2 mouse sends a packet, and this is its first byte; -1: it sends none. */
static int packet(void)
{
    run_for(&b, 20 * NS_PER_MS);
    if (!ps2->link.queue_count)
        return -1;
    ck_assert_uint_eq(ps2->link.queue_count, 3);
    u8 first = ps2_take(&ps2->link);
    ps2_clear(&ps2->link);
    return first;
}

START_TEST(version)
{
    ck_assert_uint_eq(ask(&b, VERSION, 0), 6);
    ck_assert_uint_eq(regs.ebx, MAGIC);
    ck_assert_uint_eq(regs.ecx, 2);
    ck_assert_uint_eq(regs.edx, 0x5658);
}
END_TEST

START_TEST(who_does_not_know_the_number_sees_an_empty_port)
{
    regs = (struct port_registers){MAGIC + 1, READ_ID, COMMAND, 0x5658};
    ck_assert_uint_eq(bus_in(&b.bus, 0x5658, 4), 0xffffffff);
    regs.eax = MAGIC;
    ck_assert_uint_eq(bus_in(&b.bus, 0x5658, 2), 0xffff);
    ck_assert_uint_eq(bus_in(&b.bus, 0x5658, 1), 0xff);
    bus_out(&b.bus, 0x5658, MAGIC, 4);
    ck_assert_uint_eq(ask(&b, STATUS, 0), 0xffff0000);
    ck_assert_uint_eq(ask(&b, 0x56, 1), 0xffffffff);
    ck_assert_uint_eq(regs.ebx, 1);
    m->processor.get = NULL;
    ck_assert_uint_eq(bus_in(&b.bus, 0x5658, 4), 0xffffffff);
}
END_TEST

START_TEST(positions)
{
    hello();
    vmmouse_point(m, 0, 65535, 0, 0);
    ck_assert_uint_eq(ask(&b, STATUS, 0), 4);
    ck_assert_int_eq(packet(), 0x08); /* without movement or buttons */
    ck_assert_int_eq(packet(), -1);
    expect(0, 0, 65535, 0);
    vmmouse_point(m, 100, 200, 0, 1);
    vmmouse_point(m, 101, 201, -1, 2);
    vmmouse_point(m, 102, 202, 2, 4);
    ck_assert_uint_eq(ask(&b, STATUS, 0), 12);
    expect(0x20, 100, 200, 0);
    expect(0x10, 101, 201, -1);
    expect(0x08, 102, 202, 2);
    ck_assert_uint_eq(ask(&b, STATUS, 0), 0);
}
END_TEST

START_TEST(words_one_by_one)
{
    hello();
    vmmouse_point(m, 7, 8, 0, 1);
    ck_assert_uint_eq(ask(&b, DATA, 1), 0x20);
    vmmouse_point(m, 9, 10, 0, 1); /* not into the one that is being read */
    ck_assert_uint_eq(ask(&b, DATA, 1), 7);
    ck_assert_uint_eq(ask(&b, DATA, 2), 8);
    ck_assert_uint_eq(regs.ebx, 0);
    expect(0x20, 9, 10, 0);
}
END_TEST

START_TEST(what_is_not_fetched_becomes_one)
{
    hello();
    vmmouse_point(m, 1, 1, 1, 0);
    vmmouse_point(m, 2, 3, 1, 0);
    expect(0, 2, 3, 2);
    for (int i = 0; i < 500; i++)
        vmmouse_point(m, (u16)i, 5, 1, i & 1);
    ck_assert_uint_eq(ask(&b, STATUS, 0), VMMOUSE_WORDS);
    for (int i = 0; i < VMMOUSE_WORDS / 4 - 1; i++)
        expect(i & 1 ? 0x20 : 0, i, 5, 1);
    expect(0x20, 499, 5, 127); /* the last one is where the pointer is now */
}
END_TEST

START_TEST(movement)
{
    hello();
    vmmouse_point(m, 500, 600, 0, 0);
    expect(0, 500, 600, 0);
    vmmouse_move(m, 0, 0, 0, 1); /* a button alone is where the pointer was */
    vmmouse_move(m, 3, 4, 0, 1);
    vmmouse_move(m, -5, 10, 0, 1);
    expect(0x20, 500, 600, 0);
    expect(0x10020, -2, -14, 0); /* up is positive */
}
END_TEST

START_TEST(a_driver_that_has_lost_its_place)
{
    static const u32 bad[] = {0, 5, 0xffffffff, 2};
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        hello();
        ask(&b, COMMAND, READ_ID);
        ck_assert_uint_eq(ask(&b, DATA, bad[i]), 0xffffffff);
        ck_assert_uint_eq(ask(&b, STATUS, 0), 0xffff0000);
        ck_assert(!vmmouse_wanted(m));
    }
}
END_TEST

START_TEST(relative_again)
{
    hello();
    vmmouse_point(m, 1, 2, 0, 1);
    ask(&b, COMMAND, RELATIVE);
    ck_assert(!vmmouse_wanted(m));
    hello();
    ask(&b, COMMAND, DISABLE);
    ck_assert(!vmmouse_wanted(m));
    vmmouse_point(m, 1, 2, 0, 1);
    vmmouse_move(m, 1, 2, 0, 1);
    ck_assert_uint_eq(ask(&b, STATUS, 0), 0xffff0000);
    ask(&b, COMMAND, ABSOLUTE); /* without a hello */
    ck_assert(!vmmouse_wanted(m));
    hello();
    vmmouse_point(m, 1, 2, 0, 1);
    ps2->link.receive(ps2, 0xff);
    ck_assert(!vmmouse_wanted(m));
    ck_assert_uint_eq(ask(&b, STATUS, 0), 0xffff0000);
    hello();
    device_reset(&m->dev);
    ck_assert(!vmmouse_wanted(m));
}
END_TEST

START_TEST(news_wait_until_the_mouse_reports)
{
    hello();
    ps2->link.receive(ps2, 0xf5);
    ps2_clear(&ps2->link);
    vmmouse_point(m, 1, 2, 0, 1);
    ck_assert_int_eq(packet(), -1);
    ps2->link.receive(ps2, 0xf4);
    ps2->link.reply_count = 0;
    ck_assert_int_eq(packet(), 0x08);
}
END_TEST

START_TEST(not_there)
{
    struct bench other;
    bench_init(&other);
    struct device *d = device_new(&vmmouse_class, NULL);
    bench_start(&other, d);
    ck_assert_uint_eq(other.bus.port_map[0x5658], 0);
    bench_free(&other, d);
}
END_TEST

START_TEST(impossible_state)
{
    hello();
    for (int i = 0; i < 2; i++) {
        m->head = i ? VMMOUSE_WORDS : 0;
        m->count = i ? 0 : VMMOUSE_WORDS + 1;
        const u8 *bytes;
        size_t size;
        struct state *saved = bench_save(&b, &m->dev, &bytes, &size);
        struct state *s = state_new_load(bytes, size, NULL);
        clock_state(&b.clock, s);
        device_state(&m->dev, s);
        ck_assert(!state_ok(s));
        ck_assert_uint_eq(m->head, 0);
        ck_assert_uint_eq(m->count, 0);
        state_free(s);
        state_free(saved);
    }
}
END_TEST

START_TEST(storm)
{
    static const u16 ports[] = {0x5658, 0x5659, 0x565a, 0x565b};
    struct storm r = {3};
    for (int i = 0; i < 10; i++) {
        hello();
        for (int n = 0; n < 300; n++)
            use(&b, &m->dev, &r);
        regs = (struct port_registers){MAGIC, 4, DATA, 0};
        register_storm(&b, &m->dev, make, ports, ARRAY_SIZE(ports), 400, 3 * NS_PER_MS);
    }
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("VMware pointer");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, version);
    tcase_add_test(t, who_does_not_know_the_number_sees_an_empty_port);
    tcase_add_test(t, positions);
    tcase_add_test(t, words_one_by_one);
    tcase_add_test(t, what_is_not_fetched_becomes_one);
    tcase_add_test(t, movement);
    tcase_add_test(t, a_driver_that_has_lost_its_place);
    tcase_add_test(t, relative_again);
    tcase_add_test(t, news_wait_until_the_mouse_reports);
    tcase_add_test(t, not_there);
    tcase_add_test(t, impossible_state);
    tcase_add_test(t, storm);
    return t;
}

int main(void)
{
    return run_suite("VMware pointer", cases);
}
