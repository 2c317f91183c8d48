/*
 * test_bus.c - the port space: mapping, splitting of wide accesses, replacing and releasing.
 */
#include "hw/bus/bus_watch.h"
#include "roundtrip.h"

struct recorder {
    u16 port[16];
    unsigned size[16];
    u32 value[16];
    unsigned count;
};

static u32 recorder_in(void *dev, u16 port, unsigned size)
{
    (void)dev;
    (void)size;
    return 0x10101010u * (port & 15);
}

static void recorder_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct recorder *r = dev;
    r->port[r->count] = port;
    r->size[r->count] = size;
    r->value[r->count++] = value;
}

static const struct port_ops bytes = {recorder_in, recorder_out, 1};
static const struct port_ops words = {recorder_in, recorder_out, 2};
static const struct port_ops dwords = {recorder_in, recorder_out, 4};

START_TEST(unmapped_reads_ones)
{
    struct bus b;
    ck_assert(bus_init(&b, NULL));
    ck_assert_uint_eq(bus_in(&b, 0x300, 1), 0xff);
    ck_assert_uint_eq(bus_in(&b, 0x300, 2), 0xffff);
    ck_assert_uint_eq(bus_in(&b, 0xffff, 4), 0xffffffff);
    bus_out(&b, 0xffff, 0x12345678, 4);
    bus_free(&b);
}
END_TEST

START_TEST(wide_accesses_are_cut)
{
    struct bus b;
    struct recorder r = {.count = 0};
    ck_assert(bus_init(&b, NULL));
    bus_claim(&b, 0x301, 3, &bytes, &r, "bytes");
    bus_out(&b, 0x300, 0x44332211, 4); /* 300h belongs to nobody */
    ck_assert_uint_eq(r.count, 3);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(r.port[i], 0x301 + i);
        ck_assert_uint_eq(r.size[i], 1);
        ck_assert_uint_eq(r.value[i], 0x22 + 0x11 * i);
    }
    ck_assert_uint_eq(bus_in(&b, 0x300, 4), 0x302010ffu);

    r.count = 0;
    bus_claim(&b, 0x310, 8, &words, &r, "words");
    bus_out(&b, 0x310, 0x44332211, 4);
    ck_assert_uint_eq(r.count, 2);
    ck_assert_uint_eq(r.size[0], 2);
    ck_assert_uint_eq(r.value[0], 0x2211);
    ck_assert_uint_eq(r.port[1], 0x312);
    ck_assert_uint_eq(r.value[1], 0x4433);

    r.count = 0; /* an odd word goes byte by byte */
    bus_out(&b, 0x311, 0xbbaa, 2);
    ck_assert_uint_eq(r.count, 2);
    ck_assert_uint_eq(r.port[0], 0x311);
    ck_assert_uint_eq(r.value[1], 0xbb);

    r.count = 0;
    bus_claim(&b, 0x320, 4, &dwords, &r, "dwords");
    bus_out(&b, 0x320, 0x44332211, 4);
    ck_assert_uint_eq(r.count, 1);
    ck_assert_uint_eq(r.value[0], 0x44332211);
    bus_free(&b);
}
END_TEST

START_TEST(claims_clash_and_slots_are_reused)
{
    struct bus b;
    struct recorder first = {.count = 0}, second = {.count = 0};
    ck_assert(bus_init(&b, NULL));
    bus_claim(&b, 0x300, 8, &bytes, &first, "first");
    bus_claim(&b, 0x302, 2, &bytes, &first, "first"); /* within what it has */
    ck_assert_str_eq(b.clash.text, "");
    bus_claim(&b, 0x304, 8, &bytes, &second, "second");
    ck_assert_str_eq(b.clash.text, "second: ports 0304-030b: first is there already (0300-0307)");
    bus_out(&b, 0x304, 2, 1);
    ck_assert_uint_eq(first.count, 1);
    ck_assert_uint_eq(second.count, 0);
    bus_claim(&b, 0xfffc, 8, &bytes, &second, "second"); /* the first reason stays */
    ck_assert_ptr_nonnull(strstr(b.clash.text, "0304-030b"));
    b.clash.text[0] = 0;
    bus_claim(&b, 0xfffc, 8, &bytes, &second, "second");
    ck_assert_str_eq(b.clash.text, "second: ports fffc-10003: the last one is ffff");
    ck_assert_uint_eq(bus_in(&b, 0xfffc, 1), 0xff);
    first.count = 0;
    bus_claim_over(&b, 0x304, 8, &bytes, &second, "second");
    bus_out(&b, 0x303, 1, 1);
    bus_out(&b, 0x304, 2, 1);
    ck_assert_uint_eq(first.count, 1);
    ck_assert_uint_eq(second.count, 1);
    bus_release(&b, 0x304, 8);
    ck_assert_uint_eq(bus_in(&b, 0x304, 1), 0xff);
    ck_assert_uint_eq(bus_in(&b, 0x303, 1), 0x30);
    /* A window that moves a thousand times needs no thousand entries. */
    for (u32 i = 0; i < 1000; i++) {
        u16 base = (u16)(0x1000 + i * 16);
        bus_claim(&b, base, 16, &bytes, &second, "moving");
        bus_release(&b, base, 16);
    }
    ck_assert_uint_le(b.range_count, 4);
    bus_free(&b);
}
END_TEST

/* ---- memory that two devices want ---- */

static bool map_realize(struct device *d, const struct board *board, struct err *e)
{
    static const struct mmio_ops nothing;
    (void)e;
    phys_map_mmio(board->phys, 0xd8000, 0x2000, &nothing, d, d->name);
    return true;
}

START_TEST(devices_in_one_place)
{
    const struct device_class class = {
        .name = "card", .size = sizeof(struct device), .realize = map_realize};
    struct bench b;
    bench_init(&b);
    struct device *one = device_new(&class, "one"), *two = device_new(&class, "two");
    ck_assert(device_realize(one, &b.board, NULL));
    ck_assert_str_eq(b.phys.clash.text, "");
    ck_assert(device_realize(two, &b.board, NULL));
    ck_assert_str_eq(b.phys.clash.text,
                     "two: memory 000d8000-000d9fff: one is there already (000d8000-000d9fff)");
    device_free(two);
    bench_free(&b, one);
}
END_TEST

/* ---- devices and snapshots that do not know one another ---- */

struct guest {
    struct device dev;
    u8 v;
};

static void guest_reset(struct device *d)
{
    ((struct guest *)d)->v = 7;
}

static void guest_state(struct device *d, struct state *s)
{
    state_u8(s, "v", &((struct guest *)d)->v);
}

START_TEST(a_snapshot_from_before_a_device)
{
    struct device_class class = {.name = "guest",
                                 .size = sizeof(struct guest),
                                 .state_version = 3,
                                 .reset = guest_reset,
                                 .state = guest_state};
    struct bench b;
    bench_init(&b);
    char *noted;
    size_t noted_size, size;
    b.log = (struct log){.mask = LOG_RESET, .out = open_memstream(&noted, &noted_size)};
    struct device *old = device_new(&class, "old"), *new = device_new(&class, "new");
    bench_start(&b, old);
    bench_start(&b, new);
    ((struct guest *)old)->v = 44;
    struct state *saved = state_new_save();
    device_state(old, saved);
    const u8 *file = state_finish(saved, &size);
    for (int optional = 0; optional < 2; optional++) {
        class.optional = optional;
        ((struct guest *)old)->v = ((struct guest *)new)->v = 1;
        struct state *s = state_new_load(file, size, NULL);
        device_state(new, s);
        device_state(old, s);
        ck_assert_int_eq(state_ok(s), optional);
        if (!optional)
            ck_assert_str_eq(state_error(s), "the snapshot has no \"new\"");
        state_free(s);
    }
    ck_assert_uint_eq(((struct guest *)new)->v, 7); /* as after a reset */
    ck_assert_uint_eq(((struct guest *)old)->v, 44);
    fclose(b.log.out);
    b.log.mask = 0;
    ck_assert_ptr_nonnull(strstr(noted, "knows no new"));
    free(noted);
    state_free(saved);
    device_free(new);
    bench_free(&b, old);
}
END_TEST

static u64 count_up(void *owner)
{
    return ++*(u64 *)owner;
}

static u32 number_in(void *dev, u16 port, unsigned size)
{
    (void)dev, (void)size;
    return port;
}

/* The last accesses of what is called so, over all its ranges, the latest first. */
START_TEST(who_watches_sees_the_last)
{
    static const struct port_ops ops = {number_in, NULL, 1};
    struct bus_access a[BUS_LAST];
    struct bus b;
    u64 now = 0;
    ck_assert(bus_init(&b, NULL));
    bus_claim(&b, 0x10, 2, &ops, &now, "one");
    bus_claim(&b, 0x20, 1, &bytes, &b, "two");
    bus_claim(&b, 0x30, 1, &ops, &now, "one");
    bus_in(&b, 0x10, 1);
    ck_assert_uint_eq(bus_last(&b, "one", a, BUS_LAST), 0); /* nobody had asked yet */
    ck_assert(bus_watch(&b, count_up, &now));
    ck_assert_uint_eq(bus_last(&b, "one", a, BUS_LAST), 0);
    bus_in(&b, 0x30, 1);
    bus_in(&b, 0x10, 2); /* cut in two */
    bus_in(&b, 0x99, 1); /* nobody's */
    ck_assert_uint_eq(bus_last(&b, "one", a, BUS_LAST), 3);
    ck_assert_uint_eq(a[0].port, 0x11);
    ck_assert_uint_eq(a[1].port, 0x10);
    ck_assert_uint_eq(a[2].port, 0x30);
    ck_assert(a[0].instant > a[1].instant && a[1].instant > a[2].instant && !a[0].out);
    ck_assert_uint_eq(a[0].value, 0x11);
    /* Two rings that are both full: the latest of both, in their order. */
    for (unsigned i = 0; i < 3 * BUS_LAST; i++)
        bus_in(&b, i % 3 ? 0x10 : 0x30, 1);
    ck_assert_uint_eq(bus_last(&b, "one", a, BUS_LAST), BUS_LAST);
    for (unsigned i = 0; i < BUS_LAST; i++) {
        ck_assert_uint_eq(a[i].instant, now - i);
        ck_assert_uint_eq(a[i].port, (3 * BUS_LAST - 1 - i) % 3 ? 0x10 : 0x30);
    }
    ck_assert_uint_eq(bus_last(&b, "one", a, 5), 5);
    ck_assert_uint_eq(a[4].instant, now - 4);
    ck_assert_uint_eq(bus_last(&b, "two", a, BUS_LAST), 0);
    ck_assert_uint_eq(bus_last(&b, "three", a, BUS_LAST), 0);
    bus_claim(&b, 0x40, 1, &ops, &now, "one"); /* a range that came later */
    bus_in(&b, 0x40, 1);
    bus_last(&b, "one", a, 1);
    ck_assert_uint_eq(a[0].port, 0x40);
    bus_release(&b, 0x40, 1);
    bus_claim(&b, 0x50, 1, &ops, &now, "four"); /* in the place of the one that went */
    ck_assert_uint_eq(bus_last(&b, "four", a, BUS_LAST), 0);
    bus_free(&b);
}
END_TEST

static bool always(const void *dev, u16 port, u8 value)
{
    (void)dev, (void)port, (void)value;
    return true;
}

static u64 number_of(const void *dev)
{
    return *(const u64 *)dev;
}

/* Who can choose is told from who cannot, whatever is chosen. */
START_TEST(choices)
{
    static const struct port_choice choice = {always, number_of}, same = {always, NULL};
    struct bus b;
    u64 a = 0;
    ck_assert(bus_init(&b, NULL));
    bus_claim(&b, 0x10, 2, &bytes, &a, "a");
    bus_choice(&b, 0x10, &choice);
    bus_claim(&b, 0x20, 1, &bytes, &a, "b");
    bus_choice(&b, 0x20, &same);
    bus_claim(&b, 0x30, 1, &bytes, &a, "c");
    u64 zero = bus_chosen(&b, 0x11);
    a = 1;
    ck_assert_uint_ne(zero, 0);
    ck_assert_uint_ne(bus_chosen(&b, 0x10), 0);
    ck_assert_uint_ne(bus_chosen(&b, 0x10), zero);
    ck_assert_uint_eq(bus_chosen(&b, 0x20), 0);
    ck_assert_uint_eq(bus_chosen(&b, 0x30), 0);
    ck_assert_uint_eq(bus_chosen(&b, 0x40), 0);
    ck_assert(bus_out_chooses(&b, 0x11, 1, 5) && !bus_out_chooses(&b, 0x10, 2, 5));
    ck_assert(bus_out_chooses(&b, 0x20, 1, 5) && !bus_out_chooses(&b, 0x30, 1, 5));
    ck_assert(bus_out_chooses(&b, 0x40, 4, 5) && !bus_out_chooses(&b, 0x2e, 4, 5)); /* nobody's */
    bus_free(&b);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("bus");
    tcase_add_test(t, unmapped_reads_ones);
    tcase_add_test(t, choices);
    tcase_add_test(t, who_watches_sees_the_last);
    tcase_add_test(t, a_snapshot_from_before_a_device);
    tcase_add_test(t, devices_in_one_place);
    tcase_add_test(t, wide_accesses_are_cut);
    tcase_add_test(t, claims_clash_and_slots_are_reused);
    return t;
}

int main(void)
{
    return run_suite("bus", cases);
}
