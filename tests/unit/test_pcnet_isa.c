/*
 * test_pcnet_isa.c - the PCnet-ISA: what differs from the PCI card of test_pcnet.c: ports, line,
 * identity, registers that it lacks, 24 address lines, state.
 */
#include "hw/net/pcnet.h"
#include "roundtrip.h"

enum { IO = 0x320, IRQ = 10, BLOCK = 0x1000, RX_RING = 0x2000, TX_RING = 0x3000, BUFFER = 0x4000 };

static struct bench b;
static struct pcnet *card;
static u8 sent[NET_MAX];
static size_t sent_size;

static void on_frame(void *opaque, const u8 *frame, size_t size)
{
    (void)opaque;
    memcpy(sent, frame, size);
    sent_size = size;
}

static u64 hear(struct bench *bench, struct device *d, struct storm *r)
{
    u8 frame[100];
    (void)bench;
    memset(frame, 0xff, sizeof(frame));
    frame[99] = (u8)storm_next(r);
    pcnet_receive(d, frame, sizeof(frame));
    return 0;
}

static struct device *make(struct bench *bench)
{
    struct pcnet *p = (struct pcnet *)device_new(&pcnet_isa_class, NULL);
    p->base = IO;
    memcpy(p->mac, "\2\1\2\3\4\5", NET_ADDRESS);
    p->line = bench_line(bench, IRQ);
    p->out = (struct net_port){on_frame, NULL};
    bench_start(bench, &p->dev);
    bench->step = hear;
    return &p->dev;
}

static void setup(void)
{
    bench_init(&b);
    card = (struct pcnet *)make(&b);
}

static void teardown(void)
{
    bench_free(&b, &card->dev);
}

static u16 get(unsigned n, unsigned data)
{
    bus_out(&b.bus, IO + PCNET_WIO_RAP, n, 2);
    return (u16)bus_in(&b.bus, (u16)(IO + data), 2);
}

static void set(unsigned n, unsigned data, u16 v)
{
    bus_out(&b.bus, IO + PCNET_WIO_RAP, n, 2);
    bus_out(&b.bus, (u16)(IO + data), v, 2);
}

START_TEST(identity)
{
    ck_assert_uint_eq(in8(&b, IO + 14), 'W');
    ck_assert_uint_eq(in8(&b, IO + 15), 'W');
    ck_assert_uint_eq(in8(&b, IO), 2);
    ck_assert_uint_eq(in8(&b, IO + 24), 0xff); /* not its own */
    ck_assert_uint_eq(get(88, PCNET_WIO_RDP), 0x3003);
    ck_assert_uint_eq(get(89, PCNET_WIO_RDP), 0);
    ck_assert_uint_eq(get(4, PCNET_WIO_BDP), 0x8040); /* ISACSR4: there is a link */
    set(20, PCNET_WIO_BDP, 2);
    set(CSR_SWS, PCNET_WIO_RDP, 2);
    ck_assert_uint_eq(get(20, PCNET_WIO_BDP), 0);
    ck_assert_uint_eq(pcnet_style(card), 0);
    set(5, PCNET_WIO_RDP, 0xffff);
    ck_assert_uint_eq(get(5, PCNET_WIO_RDP), 0);
    bus_out(&b.bus, IO + PCNET_WIO_RDP, 0, 4); /* two words: no other mode */
    ck_assert_uint_eq(get(0, PCNET_WIO_RDP), CSR0_STOP);
}
END_TEST

/* Rings whose addresses have bits that do not come out of the chip. */
static void run_card(void)
{
    u8 *m = b.phys.ram;
    memset(m + BLOCK, 0, 24);
    memcpy(m + BLOCK + 2, card->mac, NET_ADDRESS);
    put_le32(m + BLOCK + 16, RX_RING);
    put_le32(m + BLOCK + 20, TX_RING);
    put_le32(m + RX_RING, BUFFER | DESC_OWN);
    put_le16(m + RX_RING + 4, (u16)-1536);
    put_le32(m + TX_RING, 0);
    set(1, PCNET_WIO_RDP, BLOCK);
    set(2, PCNET_WIO_RDP, 0xab00);
    set(0, PCNET_WIO_RDP, CSR0_INIT | CSR0_STRT | CSR0_IENA);
    run_for(&b, 20 * NS_PER_US);
}

START_TEST(frames)
{
    u8 frame[100];
    run_card();
    ck_assert_int_eq(b.level[IRQ], 1);
    set(0, PCNET_WIO_RDP, CSR0_IDON | CSR0_IENA);
    ck_assert_int_eq(b.level[IRQ], 0);
    memset(frame, 0xff, sizeof(frame));
    pcnet_receive(card, frame, sizeof(frame));
    ck_assert_int_eq(b.level[IRQ], 1);
    ck_assert_uint_eq(b.phys.ram[RX_RING + 3], 0x03);
    ck_assert_uint_eq(get_le16(b.phys.ram + RX_RING + 6), 104);
    ck_assert_mem_eq(b.phys.ram + BUFFER, frame, sizeof(frame));
    put_le16(b.phys.ram + TX_RING + 4, (u16)-100);
    put_le32(b.phys.ram + TX_RING, BUFFER | 0x83000000u);
    set(0, PCNET_WIO_RDP, CSR0_TDMD);
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(sent_size, 100);
    ck_assert_mem_eq(sent, frame, 100);
}
END_TEST

START_TEST(nobody_there)
{
    run_card();
    put_le16(b.phys.ram + TX_RING + 4, (u16)-100);
    put_le32(b.phys.ram + TX_RING, 0x83f00000u); /* no RAM: ones */
    set(0, PCNET_WIO_RDP, CSR0_TDMD);
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(sent[50], 0xff);
    ck_assert_uint_eq(get(0, PCNET_WIO_RDP) & CSR0_STOP, 0);
}
END_TEST

START_TEST(jumpers)
{
    struct err e;
    static const struct {
        u16 base;
        u8 irq, dma;
        const char *says;
    } rows[] = {{0x310, 10, 6, "iobase=0x310: must be a multiple of 0x20"},
                {0x300, 8, 6, "irq=8: the card has 3, 4, 5, 9, 10, 11, 12, 15"},
                {0x300, 5, 4, "dma=4: the card has 3, 5, 6, 7"}};
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pcnet *p = (struct pcnet *)device_new(&pcnet_isa_class, NULL);
        p->base = rows[i].base;
        p->irq_number = rows[i].irq;
        p->dma_number = rows[i].dma;
        ck_assert(!device_realize(&p->dev, &b.board, &e));
        ck_assert_str_eq(e.text, rows[i].says);
        device_free(&p->dev);
    }
}
END_TEST

START_TEST(state_and_storm)
{
    u16 ports[24];
    for (unsigned i = 0; i < ARRAY_SIZE(ports); i++)
        ports[i] = (u16)(IO + i);
    run_card();
    round_trip(&b, &card->dev, make);
    register_storm(&b, &card->dev, make, ports, ARRAY_SIZE(ports), 2000, 50000);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("pcnet_isa");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, identity);
    tcase_add_test(t, frames);
    tcase_add_test(t, nobody_there);
    tcase_add_test(t, jumpers);
    tcase_add_test(t, state_and_storm);
    return t;
}

int main(void)
{
    return run_suite("pcnet_isa", cases);
}
