/*
 * test_apic.c - local APIC and I/O APIC without a processor: priorities, EOI, timer, messages,
 * level-triggered pins, the way of the 8259s through LINT0; state and register storms.
 */
#include "hw/chipset/ioapic.h"
#include "hw/chipset/lapic.h"
#include "roundtrip.h"

enum { INTR = 0, NMI = 1 };

#define LAPIC 0xfee00000u
#define IOAPIC 0xfec00000u

/* The index, of a register that exists now and then, or what it points to. */
static void ioapic_random(struct bench *b, u32 v, u32 which)
{
    if (which & 0x10)
        phys_store(&b->phys, IOAPIC + 0x10, which >> 9 & 3 ? v & 0xe7ff : v, 4); /* it is for us */
    else
        phys_store(&b->phys, IOAPIC, which >> 8 & 1 ? v & 0x3 : v & 0x3f, 4);
}

/* Registers of both, pins, and the processor's acknowledge cycle. */
static u64 use(struct bench *b, struct device *d, struct storm *r)
{
    u32 v = storm_next(r), w = storm_next(r), reg = (w & 0x3f) << 4;
    if (v % 16 == 0) /* the processor writes its APIC base register */
        lapic_set_base((struct lapic *)d, LAPIC | 0x100 | (w & 3 ? 0x800 : 0));
    else if (v % 16 == 1) /* the 8259s want something, or no more */
        lapic_lint0(d, 0, (int)(w & 1));
    switch (v >> 29) {
    case 0:
    case 1:
        return phys_load(&b->phys, LAPIC + reg, 4);
    case 2:
    case 3:
        phys_store(&b->phys, LAPIC + reg, reg == 0x380 ? v & 0xffff : v, 4);
        return 0;
    case 4:
        ioapic_random(b, storm_next(r), w);
        return 0;
    case 5:
        return phys_load(&b->phys, IOAPIC + (w & 0x10), 4);
    case 6:
        ioapic_input(b->extra, (int)(v % IOAPIC_PINS), (int)(w & 1));
        return 0;
    default: {
        u8 vector = 0;
        return b->level[INTR] && lapic_acknowledge((struct lapic *)d, &vector) ? vector : 0;
    }
    }
}

static struct device *make(struct bench *b)
{
    struct lapic *l = (struct lapic *)device_new(&lapic_class, NULL);
    struct ioapic *a = (struct ioapic *)device_new(&ioapic_class, NULL);
    l->intr = bench_line(b, INTR);
    l->nmi = bench_line(b, NMI);
    l->eoi = ioapic_eoi;
    l->eoi_opaque = a;
    a->lapic = l;
    bench_start(b, &l->dev);
    bench_start(b, &a->dev);
    b->extra = &a->dev;
    b->step = use;
    lapic_set_base(l, LAPIC | 0x900);
    return &l->dev;
}

static struct bench b;
static struct lapic *l;

static void setup(void)
{
    bench_init(&b);
    l = (struct lapic *)make(&b);
}

static void teardown(void)
{
    bench_free(&b, &l->dev);
}

static u32 rd(u32 reg)
{
    return (u32)phys_load(&b.phys, LAPIC + reg, 4);
}

static void wr(u32 reg, u32 v)
{
    phys_store(&b.phys, LAPIC + reg, v, 4);
}

static void redirect(unsigned pin, u32 low)
{
    phys_store(&b.phys, IOAPIC, 0x11 + 2 * pin, 4);
    phys_store(&b.phys, IOAPIC + 0x10, 0, 4);
    phys_store(&b.phys, IOAPIC, 0x10 + 2 * pin, 4);
    phys_store(&b.phys, IOAPIC + 0x10, low, 4);
}

static u32 redirection(unsigned pin)
{
    phys_store(&b.phys, IOAPIC, 0x10 + 2 * pin, 4);
    return (u32)phys_load(&b.phys, IOAPIC + 0x10, 4);
}

static int acknowledge(void)
{
    u8 v;
    return lapic_acknowledge(l, &v) ? v : -1;
}

START_TEST(virtual_wire_after_reset)
{
    lapic_lint0(l, 0, 1);
    ck_assert_int_eq(b.level[INTR], 1);
    ck_assert_int_eq(acknowledge(), -1); /* the 8259s answer */
    lapic_lint0(l, 0, 0);
    ck_assert_int_eq(b.level[INTR], 0);
    wr(0x350, 0x10700);
    lapic_lint0(l, 0, 1);
    ck_assert_int_eq(b.level[INTR], 0);
    lapic_set_base(l, LAPIC); /* switched off: the pin is INTR again */
    ck_assert_int_eq(b.level[INTR], 1);
    ck_assert_uint_eq(phys_load(&b.phys, LAPIC + 0x30, 4), 0xffffffff);
}
END_TEST

/* SDM vol. 3, 10.4.5: the window may be moved anywhere; what it covered is there again afterwards.
 */
START_TEST(window_moves_over_others)
{
    static const u32 over[] = {IOAPIC, 0x5000, 0xa0000, 0xd0000000};
    static u8 frame[PAGE_SIZE] = {[0x30] = 1, [0x31] = 2, [0x32] = 3, [0x33] = 4};

    phys_store(&b.phys, 0x5030, 0x12345678, 4);
    for (unsigned i = 0; i < ARRAY_SIZE(over); i++) {
        u32 before = (u32)phys_load(&b.phys, over[i] + 0x30, 4);
        lapic_set_base(l, over[i] | 0x900);
        ck_assert_uint_eq(phys_load(&b.phys, over[i] + 0x30, 4), 0x00040011);
        ck_assert_uint_eq(phys_load(&b.phys, LAPIC + 0x30, 4), 0xffffffff);
        lapic_set_base(l, LAPIC | 0x900);
        ck_assert_uint_eq(phys_load(&b.phys, over[i] + 0x30, 4), before);
        ck_assert_uint_eq(phys_load(&b.phys, LAPIC + 0x30, 4), 0x00040011);
    }
    /* What is mapped under it meanwhile comes to light when it goes. */
    lapic_set_base(l, 0xd0000000 | 0x900);
    phys_map_ram(&b.phys, 0xd0000000, PAGE_SIZE, frame);
    ck_assert_uint_eq(phys_load(&b.phys, 0xd0000030, 4), 0x00040011);
    lapic_set_base(l, LAPIC | 0x900);
    ck_assert_uint_eq(phys_load(&b.phys, 0xd0000030, 4), 0x04030201);
    lapic_set_base(l, 0xd0000000 | 0x900);
    phys_unmap(&b.phys, 0xd0000000, PAGE_SIZE);
    lapic_set_base(l, LAPIC); /* switched off */
    ck_assert_uint_eq(phys_load(&b.phys, 0xd0000030, 4), 0xffffffff);
}
END_TEST

START_TEST(priorities_and_eoi)
{
    wr(0xf0, 0x1ff);
    wr(0x300, 0x44041); /* to self */
    ck_assert_int_eq(b.level[INTR], 1);
    ck_assert_int_eq(acknowledge(), 0x41);
    ck_assert_int_eq(b.level[INTR], 0);
    wr(0x300, 0x44045); /* the same class must wait */
    ck_assert_int_eq(b.level[INTR], 0);
    wr(0x300, 0x44051); /* a higher one not */
    ck_assert_int_eq(acknowledge(), 0x51);
    ck_assert_uint_eq(rd(0xa0), 0x50);
    wr(0xb0, 0);
    ck_assert_uint_eq(rd(0xa0), 0x40);
    ck_assert_int_eq(b.level[INTR], 0);
    wr(0xb0, 0);
    ck_assert_int_eq(acknowledge(), 0x45);
    wr(0xb0, 0);
    wr(0x80, 0x60); /* TPR */
    wr(0x300, 0x44065);
    ck_assert_int_eq(b.level[INTR], 0);
    wr(0x80, 0x50);
    ck_assert_int_eq(b.level[INTR], 1);
    wr(0xf0, 0xff); /* software disable */
    ck_assert_int_eq(b.level[INTR], 0);
    ck_assert_int_eq(acknowledge(), 0xff);
}
END_TEST

START_TEST(nmi_and_illegal_vectors)
{
    wr(0xf0, 0x1ff);
    wr(0x300, 0x44402);
    ck_assert_int_eq(b.rises[NMI], 1);
    wr(0x370, 0xfe);
    wr(0x300, 0x44005);
    ck_assert_int_eq(acknowledge(), 0xfe);
    wr(0x280, 0);
    ck_assert_uint_eq(rd(0x280), 0x20);
    wr(0x280, 0);
    ck_assert_uint_eq(rd(0x280), 0);
}
END_TEST

START_TEST(timer_once_and_again)
{
    wr(0xf0, 0x1ff);
    wr(0x3e0, 0xb); /* divide by 1: 10 ns a tick */
    wr(0x320, 0x31);
    wr(0x380, 1000);
    run_for(&b, 4000);
    ck_assert_uint_eq(rd(0x390), 600);
    run_for(&b, 5990);
    ck_assert_int_eq(b.level[INTR], 0);
    run_for(&b, 10);
    ck_assert_int_eq(acknowledge(), 0x31);
    wr(0xb0, 0);
    ck_assert_uint_eq(rd(0x390), 0);
    run_for(&b, 50000);
    ck_assert_int_eq(b.level[INTR], 0);
    wr(0x3e0, 0x3);     /* by 16 */
    wr(0x320, 0x20031); /* periodic */
    wr(0x380, 1000);
    for (int i = 0; i < 3; i++) {
        run_for(&b, 160000);
        ck_assert_int_eq(acknowledge(), 0x31);
        wr(0xb0, 0);
        ck_assert_int_eq(b.level[INTR], 0);
    }
    wr(0x320, 0x30031); /* masked */
    run_for(&b, 500000);
    ck_assert_int_eq(b.level[INTR], 0);
}
END_TEST

START_TEST(level_pin_until_eoi)
{
    struct ioapic *a = (struct ioapic *)b.extra;
    wr(0xf0, 0x1ff);
    redirect(9, 0x8055); /* level */
    ioapic_input(a, 9, 1);
    ck_assert_int_eq(acknowledge(), 0x55);
    ck_assert_uint_eq(redirection(9) & 0x4000, 0x4000);
    ck_assert_int_eq(b.level[INTR], 0);
    wr(0xb0, 0); /* still high: again */
    ck_assert_int_eq(acknowledge(), 0x55);
    ioapic_input(a, 9, 0);
    wr(0xb0, 0);
    ck_assert_int_eq(b.level[INTR], 0);
    ck_assert_uint_eq(redirection(9) & 0x4000, 0);
    redirect(5, 0x10061); /* masked edge: lost */
    ioapic_input(a, 5, 1);
    redirect(5, 0x61);
    ck_assert_int_eq(b.level[INTR], 0);
    ioapic_input(a, 5, 0);
    ioapic_input(a, 5, 1);
    ck_assert_int_eq(acknowledge(), 0x61);
}
END_TEST

START_TEST(logical_destination)
{
    wr(0xf0, 0x1ff);
    wr(0xd0, 0x02000000);
    ck_assert(!lapic_receive(l, 0x01, true, APIC_FIXED, 0x50, false));
    ck_assert(lapic_receive(l, 0x06, true, APIC_FIXED, 0x50, false));
    wr(0xe0, 0x0fffffff); /* cluster */
    wr(0xd0, 0x31000000);
    ck_assert(!lapic_receive(l, 0x21, true, APIC_FIXED, 0x51, false));
    ck_assert(lapic_receive(l, 0x31, true, APIC_FIXED, 0x51, false));
    ck_assert(!lapic_receive(l, 1, false, APIC_FIXED, 0x52, false));
    ck_assert(lapic_receive(l, 0, false, APIC_FIXED, 0x52, false));
}
END_TEST

/* Random accesses to all registers, with round trips on the way. */
START_TEST(storm)
{
    struct storm r = {20261122};
    for (int i = 0; i < 40000; i++) {
        u32 reg = (storm_next(&r) & 0x3f) << 4, v = storm_next(&r);
        if (storm_next(&r) % 8 == 0)
            ioapic_random(&b, v, storm_next(&r));
        else if (storm_next(&r) % 3 == 0)
            rd(reg);
        else
            wr(reg, reg == 0x380 ? v & 0xffff : v);
        if (storm_next(&r) % 16 == 0)
            ioapic_input(b.extra, (int)(storm_next(&r) % IOAPIC_PINS), (int)(v & 1));
        if (storm_next(&r) % 16 == 0)
            lapic_lint0(l, 0, (int)(v >> 1 & 1));
        if (storm_next(&r) % 16 == 0)
            acknowledge();
        if (storm_next(&r) % 16 == 0)
            run_for(&b, storm_next(&r) % 100000);
        if (i % 4000 == 0)
            round_trip(&b, &l->dev, make);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("apic");
    TCase *t = tcase_create("apic");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, virtual_wire_after_reset);
    tcase_add_test(t, window_moves_over_others);
    tcase_add_test(t, priorities_and_eoi);
    tcase_add_test(t, nmi_and_illegal_vectors);
    tcase_add_test(t, timer_once_and_again);
    tcase_add_test(t, level_pin_until_eoi);
    tcase_add_test(t, logical_destination);
    tcase_add_test(t, storm);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
