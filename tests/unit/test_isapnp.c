/*
 * test_isapnp.c - ISA plug and play as a system goes about it (specification 1.0a): the key,
 * isolation of cards whose numbers differ in one bit, resources, moving a card; a Sound Blaster
 * that is moved.
 */
#include "hw/bus/isapnp.h"

#include "hw/net/ne2000.h"
#include "hw/sound/sb.h"
#include "roundtrip.h"

enum { READ_PORT = 0x20b, CARDS = 3, BENCHES = 8 };

static const u8 few_resources[] = {0x0a, 0x10, 0x10, 0x22, 0xa0, 0x00};

/* The second and third differ in the last bit that is sent before the checksum. */
static const struct isapnp_kind kinds[CARDS] = {
    {{0x0e, 0x8c, 0x00, 0x28, 1, 0, 0, 0}, few_resources, sizeof(few_resources), 2, 1, 1},
    {{0x41, 0xd0, 0x80, 0xd6, 0xff, 0xff, 0xff, 0x7f}, few_resources, 3, 8, 2, 2},
    {{0x41, 0xd0, 0x80, 0xd6, 0xff, 0xff, 0xff, 0xff}, few_resources, 3, 0, 0, 0},
};

struct fakes {
    struct isapnp_card card[CARDS];
    struct isapnp_place told[CARDS];
};

static struct fakes pool[BENCHES];
static unsigned next_fakes;
static struct bench b;
static struct isapnp *pnp;
static struct fakes *fakes;

static void on_apply(void *owner, const struct isapnp_place *place)
{
    *(struct isapnp_place *)owner = *place;
}

/* Not by memcmp(): there is padding. */
static void same_place(const struct isapnp_place *x, const struct isapnp_place *y)
{
    ck_assert_uint_eq(x->active, y->active);
    ck_assert_mem_eq(x->io, y->io, sizeof(x->io));
    ck_assert_mem_eq(x->irq, y->irq, sizeof(x->irq));
    ck_assert_mem_eq(x->dma, y->dma, sizeof(x->dma));
}

static void same_cards(struct bench *a, struct device *da, struct bench *other, struct device *db)
{
    (void)a, (void)other;
    for (unsigned i = 0; i < CARDS; i++) {
        const struct isapnp_card *x = ((struct isapnp *)da)->card[i],
                                 *y = ((struct isapnp *)db)->card[i];
        ck_assert_uint_eq(x->mode, y->mode);
        ck_assert_uint_eq(x->csn, y->csn);
        ck_assert_uint_eq(x->at, y->at);
        same_place(&x->place, &y->place);
        if (x->place.active) /* else it is told when it is switched on */
            same_place(x->owner, y->owner);
    }
}

static struct device *make(struct bench *bench)
{
    struct err e;
    struct device *d = device_new(&isapnp_class, NULL);
    struct fakes *f = &pool[next_fakes++ % BENCHES];
    memset(f, 0, sizeof(*f));
    ck_assert(device_realize(d, &bench->board, &e));
    for (unsigned i = 0; i < CARDS; i++) {
        f->card[i] = (struct isapnp_card){.kind = &kinds[i],
                                          .owner = &f->told[i],
                                          .apply = on_apply,
                                          .power = {.active = i == 0,
                                                    .io = {(u16)(0x220 + 0x20 * i)},
                                                    .irq = {5},
                                                    .dma = {1, ISAPNP_NO_DMA}}};
        ck_assert(isapnp_join((struct isapnp *)d, &f->card[i], &e));
    }
    device_reset(d);
    bench->same = same_cards;
    fakes = f;
    return d;
}

static void setup(void)
{
    bench_init(&b);
    pnp = (struct isapnp *)make(&b);
}

static void teardown(void)
{
    bench_free(&b, &pnp->dev);
}

/* ---- a system ---- */

static void reg(u8 index, u8 v)
{
    out8(&b, 0x279, index);
    out8(&b, 0xa79, v);
}

static u8 get(u8 index)
{
    out8(&b, 0x279, index);
    return in8(&b, READ_PORT);
}

static void send_key(unsigned length)
{
    u8 v = 0x6a;
    out8(&b, 0x279, 0);
    out8(&b, 0x279, 0);
    for (unsigned i = 0; i < length; i++) {
        out8(&b, 0x279, v);
        v = (u8)(v >> 1 | ((v ^ v >> 1) & 1) << 7);
    }
}

/* The nine bytes of whichever card wins; false: none sent a 1. */
static bool isolate(u8 id[9])
{
    bool any = false;
    memset(id, 0, 9);
    out8(&b, 0x279, 1);
    for (unsigned i = 0; i < 72; i++) {
        u8 first = in8(&b, READ_PORT), second = in8(&b, READ_PORT);
        if (first == 0x55 && second == 0xaa) {
            id[i / 8] |= (u8)(1u << i % 8);
            any = true;
        } else {
            ck_assert_uint_eq(first, 0xff);
            ck_assert_uint_eq(second, 0xff);
        }
    }
    return any;
}

/* All cards get numbers from 1 on; how many there are. */
static unsigned number_cards(u8 id[][9])
{
    unsigned n = 0;
    send_key(32);
    reg(2, 4); /* no numbers */
    reg(3, 0);
    reg(0, READ_PORT >> 2);
    while (isolate(id[n])) {
        ck_assert_uint_eq(id[n][8], isapnp_checksum(id[n]));
        reg(6, (u8)++n);
        reg(3, 0);
    }
    return n;
}

/* ---- tests ---- */

/* Identifiers of cards that were sold. */
START_TEST(test_checksum)
{
    static const u8 cards[][9] = {
        {0x0e, 0x8c, 0x00, 0x28, 0x04, 0xd3, 0x02, 0x10, 0xe4}, /* CTL0028 */
        {0x0e, 0x8c, 0x00, 0x49, 0x35, 0xbf, 0x00, 0x00, 0x4c}, /* CTL0049 */
        {0x0e, 0x8c, 0x00, 0xf0, 0xff, 0xff, 0xff, 0xff, 0x6d}, /* CTL00F0, without a number */
        {0x0e, 0x8c, 0x00, 0xe4, 0xd6, 0xe3, 0x1b, 0x00, 0x48}, /* CTL00E4 */
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cards); i++)
        ck_assert_uint_eq(isapnp_checksum(cards[i]), cards[i][8]);
}
END_TEST

START_TEST(test_key)
{
    u8 id[9];
    reg(3, 0); /* nobody listens */
    reg(0, READ_PORT >> 2);
    ck_assert(bus_is_free(&b.bus, READ_PORT, 1));
    send_key(31);
    out8(&b, 0x279, 0x00);
    reg(3, 0);
    reg(0, READ_PORT >> 2);
    ck_assert(bus_is_free(&b.bus, READ_PORT, 1));
    out8(&b, 0x279, 0x6a); /* begun, and begun anew */
    send_key(32);
    reg(3, 0);
    reg(0, READ_PORT >> 2);
    ck_assert(!bus_is_free(&b.bus, READ_PORT, 1));
    ck_assert(isolate(id));
    reg(2, 2); /* wait for the key again */
    ck_assert(!isolate(id));
}
END_TEST

/* A 1 beats a 0, from the first bit on. */
START_TEST(test_isolation)
{
    u8 id[CARDS + 1][9];
    ck_assert_uint_eq(number_cards(id), 3);
    ck_assert_mem_eq(id[0], kinds[2].id, 8);
    ck_assert_mem_eq(id[1], kinds[1].id, 8);
    ck_assert_mem_eq(id[2], kinds[0].id, 8);
    ck_assert_uint_eq(fakes->card[0].csn, 3);
    ck_assert_uint_eq(fakes->card[1].csn, 2);
    ck_assert_uint_eq(fakes->card[2].csn, 1);
    for (u8 n = 1; n <= 3; n++) {
        reg(3, n);
        ck_assert_uint_eq(get(6), n);
        ck_assert_uint_eq(get(7), 0);
    }
    /* Again: those with numbers stay out of it. */
    reg(3, 0);
    ck_assert(!isolate(id[0]));
    reg(2, 4);
    reg(3, 0);
    ck_assert(isolate(id[0]));
}
END_TEST

START_TEST(test_a_number_needs_all_bits)
{
    u8 id[9];
    send_key(32);
    reg(3, 0);
    reg(0, READ_PORT >> 2);
    out8(&b, 0x279, 1);
    for (unsigned i = 0; i < 2 * 71; i++)
        in8(&b, READ_PORT);
    reg(6, 1);
    ck_assert_uint_eq(fakes->card[2].csn, 0);
    reg(3, 0); /* from the first bit on */
    ck_assert(isolate(id));
    ck_assert_mem_eq(id, kinds[2].id, 8);
}
END_TEST

START_TEST(test_read_port_that_is_taken)
{
    static const struct port_ops none = {NULL, NULL, 1};
    u8 id[9];
    bus_claim(&b.bus, 0x203, 1, &none, NULL, "other");
    send_key(32);
    reg(3, 0);
    reg(0, 0x203 >> 2);
    ck_assert_uint_eq(pnp->read_port, 0);
    reg(0, READ_PORT >> 2);
    ck_assert(isolate(id));
    reg(6, 1);
    ck_assert_uint_eq(fakes->card[2].csn, 1);
    reg(0, 0x213 >> 2); /* not in configuration */
    ck_assert_uint_eq(pnp->read_port, READ_PORT);
}
END_TEST

START_TEST(test_resources)
{
    u8 id[CARDS + 1][9], sum = 0;
    number_cards(id);
    reg(3, 3);
    for (unsigned i = 0; i < 9; i++)
        ck_assert_uint_eq(get(4), id[2][i]);
    for (unsigned i = 0; i < sizeof(few_resources); i++) {
        u8 v = get(4);
        ck_assert_uint_eq(get(5), 1);
        ck_assert_uint_eq(v, few_resources[i]);
        sum = (u8)(sum + v);
    }
    ck_assert_uint_eq(get(4), 0x79);
    ck_assert_uint_eq((u8)(sum + 0x79 + get(4)), 0);
    ck_assert_uint_eq(get(4), 0);
    reg(3, 3); /* from the beginning */
    ck_assert_uint_eq(get(4), id[2][0]);
}
END_TEST

START_TEST(test_configuration)
{
    u8 id[CARDS + 1][9];
    number_cards(id);
    const struct isapnp_place *told = &fakes->told[0];
    ck_assert(told->active);
    reg(3, 3);
    ck_assert_uint_eq(get(0x60) << 8 | get(0x61), 0x220);
    ck_assert_uint_eq(get(0x71), 2);
    reg(0x30, 0);
    ck_assert(!told->active);
    reg(0x60, 0x03);
    reg(0x61, 0x30);
    reg(0x62, 0x12);
    reg(0x63, 0x34);
    reg(0x64, 0x55); /* there is no third range */
    reg(0x70, 0xf9);
    reg(0x71, 0xff);
    reg(0x74, 0xfb);
    ck_assert_uint_eq(told->io[0], 0x220); /* not before it is switched on */
    reg(0x30, 1);
    ck_assert(told->active);
    ck_assert_uint_eq(told->io[0], 0x330);
    ck_assert_uint_eq(told->io[1], 0x1234);
    ck_assert_uint_eq(told->io[2], 0);
    ck_assert_uint_eq(told->irq[0], 9);
    ck_assert_uint_eq(told->dma[0], 3);
    ck_assert_uint_eq(get(0x64), 0);
    ck_assert_uint_eq(get(0x71), 2);
    ck_assert_uint_eq(get(0x74), 3);
    ck_assert_uint_eq(get(0x75), ISAPNP_NO_DMA);
    ck_assert_uint_eq(fakes->told[1].io[0], 0x240); /* others sleep */
    reg(3, 2);
    reg(0x75, 6);
    reg(0x30, 1);
    ck_assert_uint_eq(fakes->told[1].dma[1], 6);
    ck_assert_uint_eq(told->io[0], 0x330);
    reg(2, 1); /* all as at power-on, but switched off, with their numbers */
    ck_assert_uint_eq(told->io[0], 0x220);
    ck_assert(!told->active);
    ck_assert(!fakes->told[1].active);
    reg(3, 3);
    ck_assert_uint_eq(get(6), 3);
    ck_assert_uint_eq(get(0x30), 0);
    ck_assert_uint_eq(get(0x61), 0x20);
    reg(0x30, 1);
    reg(0x61, 0x40); /* at once, while it is on */
    ck_assert_uint_eq(told->io[0], 0x240);
    device_reset(&pnp->dev);
    ck_assert(told->active);
    ck_assert_uint_eq(told->io[0], 0x220);
    ck_assert_uint_eq(fakes->card[0].csn, 0);
}
END_TEST

START_TEST(test_state)
{
    u8 id[CARDS + 1][9];
    round_trip(&b, &pnp->dev, make);
    number_cards(id);
    reg(3, 2);
    reg(0x61, 0x80);
    reg(0x75, 7);
    get(4);
    round_trip(&b, &pnp->dev, make);
    reg(2, 4);
    reg(3, 0);
    out8(&b, 0x279, 1);
    for (unsigned i = 0; i < 15; i++) /* in the middle of a pair */
        in8(&b, READ_PORT);
    round_trip(&b, &pnp->dev, make);
    reg(2, 2);
    send_key(17);
    round_trip(&b, &pnp->dev, make);
}
END_TEST

/* A damaged snapshot with a right checksum: lines and channels that no register can hold. */
START_TEST(test_state_that_cannot_be)
{
    for (unsigned what = 0; what < 3; what++) {
        const u8 *bytes;
        size_t size;
        struct err e;
        struct isapnp_card *c = &fakes->card[1], was = *c;
        if (what == 0)
            c->mode = 4;
        else if (what == 1)
            c->place.irq[0] = 16;
        else
            c->place.dma[1] = 8;
        struct state *saved = bench_save(&b, &pnp->dev, &bytes, &size);
        *c = was;
        struct state *s = state_new_load(bytes, size, &e);
        clock_state(&b.clock, s);
        device_state(&pnp->dev, s);
        ck_assert(!state_ok(s));
        state_free(s);
        state_free(saved);
        device_reset(&pnp->dev);
    }
}
END_TEST

START_TEST(test_storm)
{
    static const u16 ports[] = {0x279, 0xa79, READ_PORT};
    u8 id[CARDS + 1][9];
    number_cards(id);
    register_storm(&b, &pnp->dev, make, ports, ARRAY_SIZE(ports), 20000, 1000);
}
END_TEST

/* ---- a Sound Blaster ---- */

static bool answers_at(u16 base)
{
    out8(&b, base + 6, 1);
    run_for(&b, 3000);
    out8(&b, base + 6, 0);
    run_for(&b, NS_PER_MS);
    return in8(&b, base + 0xa) == 0xaa;
}

START_TEST(test_sound_blaster_is_moved)
{
    struct err e;
    struct isapnp *p = (struct isapnp *)device_new(&isapnp_class, NULL);
    struct sb *sb = (struct sb *)device_new(&sb16_class, NULL);
    u8 id[2][9];
    teardown();
    bench_init(&b);
    ck_assert(device_realize(&p->dev, &b.board, &e));
    bench_start(&b, &sb->dev);
    for (int i = 2; i < 16; i++)
        sb->line[i] = bench_line(&b, i);
    sb->pnp = true;
    ck_assert(sb_pnp_join(sb, p, &e));
    device_reset(&p->dev);
    device_reset(&sb->dev);
    pnp = p;
    ck_assert(answers_at(0x220));

    ck_assert_uint_eq(number_cards(id), 1);
    ck_assert_mem_eq(id[0], "\x0e\x8c\x00\x28", 4); /* CTL0028 */
    reg(3, 1);
    reg(0x30, 0);
    ck_assert(!answers_at(0x220));
    ck_assert(bus_is_free(&b.bus, 0x220, 16) && bus_is_free(&b.bus, 0x330, 2) &&
              bus_is_free(&b.bus, 0x388, 4));
    reg(0x61, 0x60);
    reg(0x63, 0x00);
    reg(0x65, 0x00); /* no AdLib */
    reg(0x70, 7);
    reg(0x74, 3);
    reg(0x75, 6);
    reg(0x30, 1);
    ck_assert(answers_at(0x260));
    ck_assert(bus_is_free(&b.bus, 0x220, 16) && bus_is_free(&b.bus, 0x388, 4));
    ck_assert(!bus_is_free(&b.bus, 0x300, 2));
    out8(&b, 0x264, 0x80);
    ck_assert_uint_eq(in8(&b, 0x265), 4); /* IRQ 7 */
    out8(&b, 0x264, 0x81);
    ck_assert_uint_eq(in8(&b, 0x265), 0x48);
    out8(&b, 0x26c, 0xf2);
    run_for(&b, NS_PER_MS);
    ck_assert_int_eq(b.rises[7], 1);
    ck_assert_int_eq(b.rises[5], 0);
    in8(&b, 0x26e);
    reg(0x60, 0x03); /* nowhere: 360h is none of its places */
    ck_assert(bus_is_free(&b.bus, 0x260, 16) && bus_is_free(&b.bus, 0x360, 16));

    device_reset(&p->dev);
    device_reset(&sb->dev);
    ck_assert(answers_at(0x220));
    ck_assert(!bus_is_free(&b.bus, 0x388, 4));
    device_free(&sb->dev);
}
END_TEST

/* A loaded card is where the snapshot says; what it did before drives nothing and moves nothing. */
START_TEST(test_loading_drives_no_line)
{
    struct err e;
    size_t size;
    const u8 *bytes;
    struct isapnp *p = (struct isapnp *)device_new(&isapnp_class, NULL);
    struct sb *sb = (struct sb *)device_new(&sb16_class, NULL);
    u8 id[2][9];
    teardown();
    bench_init(&b);
    ck_assert(device_realize(&p->dev, &b.board, &e));
    bench_start(&b, &sb->dev);
    for (int i = 2; i < 16; i++)
        sb->line[i] = bench_line(&b, i);
    sb->pnp = true;
    ck_assert(sb_pnp_join(sb, p, &e));
    device_reset(&p->dev);
    device_reset(&sb->dev);
    pnp = p;
    b.extra = &sb->dev;
    ck_assert_uint_eq(number_cards(id), 1);
    reg(3, 1);
    reg(0x61, 0x40);
    struct state *s = bench_save(&b, &p->dev, &bytes, &size);
    ck_assert(answers_at(0x240));
    reg(0x61, 0x60);
    ck_assert(answers_at(0x260));
    out8(&b, 0x26c, 0xf2);
    ck_assert_int_eq(b.rises[5], 1);
    b.level[5] = 0; /* as the interrupt controller of the snapshot has it */
    bench_load(&b, &p->dev, bytes, size);
    ck_assert_int_eq(b.rises[5], 1);
    ck_assert(answers_at(0x240));
    ck_assert(bus_is_free(&b.bus, 0x260, 16));
    state_free(s);
}
END_TEST

/* RTL8019, PNP80D6; its serial number is of its address. */
START_TEST(test_network_card_is_moved)
{
    struct err e;
    struct isapnp *p = (struct isapnp *)device_new(&isapnp_class, NULL);
    struct ne2000 *n = (struct ne2000 *)device_new(&ne2000_class, NULL);
    u8 id[2][9];
    teardown();
    bench_init(&b);
    ck_assert(device_realize(&p->dev, &b.board, &e));
    memcpy(n->card.mac, "\x52\x54\x00\x12\x34\x56", 6);
    n->pnp = true;
    bench_start(&b, &n->dev);
    for (int i = 0; i < 16; i++) {
        if (NE2000_LINES >> i & 1)
            n->line[i] = bench_line(&b, i);
    }
    ck_assert(ne2000_pnp_join(n, p, &e));
    device_reset(&p->dev);
    device_reset(&n->dev);
    pnp = p;
    b.extra = &n->dev;
    ck_assert_uint_eq(number_cards(id), 1);
    ck_assert_mem_eq(id[0], "\x4a\x8c\x80\x19\x00\x12\x34\x56", 8);
    reg(3, 1);
    ck_assert_uint_eq(get(0x60) << 8 | get(0x61), 0x300);
    ck_assert_uint_eq(get(0x70), 10);
    ck_assert_uint_eq(get(0x74), ISAPNP_NO_DMA);
    reg(0x30, 0);
    ck_assert(bus_is_free(&b.bus, 0x300, 32));
    reg(0x60, 0x02);
    reg(0x61, 0x40);
    reg(0x70, 11);
    reg(0x30, 1);
    ck_assert(bus_is_free(&b.bus, 0x300, 32) && !bus_is_free(&b.bus, 0x25f, 1));
    out8(&b, 0x240, 0x22); /* started, page 0 */
    out8(&b, 0x24e, 0x48); /* bytes, no loop */
    out8(&b, 0x24f, 0x40); /* the end of a remote transfer interrupts, */
    out8(&b, 0x248, 0);    /* of one byte of the address */
    out8(&b, 0x249, 0);
    out8(&b, 0x24a, 1);
    out8(&b, 0x24b, 0);
    out8(&b, 0x240, 0x0a);
    ck_assert_uint_eq(in8(&b, 0x250), 0x52);
    ck_assert_int_eq(b.level[11], 1);
    ck_assert_int_eq(b.rises[10], 0);
    reg(0x70, 5); /* while it interrupts */
    ck_assert(!b.level[11] && b.level[5]);
    reg(0x70, 7); /* a line that it does not have */
    ck_assert(!b.level[5] && !b.rises[7]);
    reg(0x70, 5);
    out8(&b, 0x247, 0x40);
    ck_assert(!b.level[5]);
    reg(0x61, 0x50); /* no place of its */
    ck_assert(bus_is_free(&b.bus, 0x240, 32));
    device_reset(&p->dev);
    ck_assert(!bus_is_free(&b.bus, 0x300, 32));
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("isapnp");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_checksum);
    tcase_add_test(t, test_key);
    tcase_add_test(t, test_isolation);
    tcase_add_test(t, test_a_number_needs_all_bits);
    tcase_add_test(t, test_read_port_that_is_taken);
    tcase_add_test(t, test_resources);
    tcase_add_test(t, test_configuration);
    tcase_add_test(t, test_state);
    tcase_add_test(t, test_state_that_cannot_be);
    tcase_add_test(t, test_storm);
    tcase_add_test(t, test_sound_blaster_is_moved);
    tcase_add_test(t, test_loading_drives_no_line);
    tcase_add_test(t, test_network_card_is_moved);
    return t;
}

int main(void)
{
    return run_suite("isapnp", cases);
}
