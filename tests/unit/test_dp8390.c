/*
 * test_dp8390.c - the NE2000 by the DP8390 data sheet: PROM and buffer through the remote DMA,
 * address filter, receive ring, transmitter with its timing, loopback, interrupts, odd frames.
 */
#include "hw/net/ne2000.h"
#include "roundtrip.h"

enum { IO = 0x300, DATA = IO + 0x10, RESET = IO + 0x1f, IRQ = 10 };
enum { PSTART = 0x46, PSTOP = 0x60, TXPAGE = 0x40 };

static struct bench b;
static struct ne2000 *card;
static u8 sent[NET_MAX];
static size_t sent_size;
static unsigned sent_count;
static const u8 mac[NET_ADDRESS] = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55};

static void on_frame(void *opaque, const u8 *frame, size_t size)
{
    (void)opaque;
    ck_assert_uint_le(size, NET_MAX);
    memcpy(sent, frame, size);
    sent_size = size;
    sent_count++;
}

/* A frame from the cable: for this card, for all, for others. */
static u64 hear(struct bench *bench, struct device *d, struct storm *r)
{
    u8 frame[NET_MAX];
    size_t size = NET_MIN + storm_next(r) % (NET_MAX - NET_MIN);
    for (size_t i = 0; i < size; i++)
        frame[i] = (u8)(i * 5);
    u32 v = storm_next(r);
    if (v & 1)
        memcpy(frame, mac, sizeof(mac));
    else if (v & 2)
        memset(frame, 0xff, sizeof(mac));
    (void)bench;
    dp8390_receive(&((struct ne2000 *)d)->card.nic, frame, size);
    return 0;
}

static struct device *make(struct bench *bench)
{
    struct ne2000 *n = (struct ne2000 *)device_new(&ne2000_class, NULL);
    n->base = IO;
    memcpy(n->card.mac, mac, sizeof(mac));
    n->card.nic.irq = bench_line(bench, IRQ);
    n->card.nic.out = (struct net_port){on_frame, NULL};
    bench_start(bench, &n->dev);
    bench->step = hear;
    return &n->dev;
}

/* A card of another maker's number is loaded into; the number is in the snapshot. */
static struct device *make_other(struct bench *bench)
{
    struct device *d = make(bench);
    ((struct ne2000 *)d)->card.mac[NET_ADDRESS - 1] ^= 0x5a;
    return d;
}

static void out(unsigned reg, u8 v)
{
    out8(&b, (u16)(IO + reg), v);
}

static u8 in(unsigned reg)
{
    return in8(&b, (u16)(IO + reg));
}

static void remote(u8 command, u16 at, u16 count)
{
    out(NIC_CR, CR_RD2 | CR_STA);
    out(NIC_RSAR0, (u8)at);
    out(NIC_RSAR1, (u8)(at >> 8));
    out(NIC_RBCR0, (u8)count);
    out(NIC_RBCR1, (u8)(count >> 8));
    out(NIC_CR, command | CR_STA);
}

static void read_memory(u16 at, u8 *to, u16 count)
{
    remote(CR_READ, at, count);
    for (unsigned i = 0; i < count; i++)
        to[i] = in8(&b, DATA);
}

static void write_memory(u16 at, const u8 *from, u16 count)
{
    remote(CR_WRITE, at, count);
    for (unsigned i = 0; i < count; i++)
        out8(&b, DATA, from[i]);
}

/* As drivers do it: stop, ring, address, filter, start. */
static void start(u8 rcr)
{
    out(NIC_CR, CR_RD2 | CR_STP);
    out(NIC_DCR, DCR_LS | 0x40);
    out(NIC_RCR, rcr);
    out(NIC_TCR, 0);
    out(NIC_PSTART, PSTART);
    out(NIC_PSTOP, PSTOP);
    out(NIC_BNRY, PSTART);
    out(NIC_ISR, 0xff);
    out(NIC_IMR, 0x7f);
    out(NIC_CR, 0x40 | CR_RD2 | CR_STP);
    for (unsigned i = 0; i < NET_ADDRESS; i++)
        out(NIC_PAR0 + i, mac[i]);
    for (unsigned i = 0; i < 8; i++)
        out(NIC_MAR0 + i, 0);
    out(NIC_CURR, PSTART + 1);
    out(NIC_CR, CR_RD2 | CR_STA);
}

static void setup(void)
{
    bench_init(&b);
    card = (struct ne2000 *)make(&b);
    sent_count = 0;
    sent_size = 0;
}

static void teardown(void)
{
    bench_free(&b, &card->dev);
}

static u8 curr(void)
{
    out(NIC_CR, 0x40 | CR_RD2);
    u8 v = in(NIC_CURR);
    out(NIC_CR, CR_RD2);
    return v;
}

static u8 *frame_to(const u8 *to, size_t size)
{
    static u8 f[4096];
    for (size_t i = 0; i < size; i++)
        f[i] = (u8)(i * 7 + 1);
    memcpy(f, to, NET_ADDRESS);
    return f;
}

static void receive(const u8 *to, size_t size)
{
    dp8390_receive(&card->card.nic, frame_to(to, size), size);
}

START_TEST(reset_and_prom)
{
    u8 prom[32];
    ck_assert_uint_eq(in(NIC_CR), CR_RD2 | CR_STP);
    ck_assert_uint_eq(in(NIC_ISR), ISR_RST);
    out(NIC_ISR, 0xff);
    ck_assert_uint_eq(in(NIC_ISR), ISR_RST); /* a status */
    out(NIC_DCR, DCR_LS);
    read_memory(0, prom, 32);
    for (unsigned i = 0; i < 6; i++)
        ck_assert(prom[2 * i] == mac[i] && prom[2 * i + 1] == mac[i]);
    for (unsigned i = 28; i < 32; i++)
        ck_assert_uint_eq(prom[i], 0x57);
    ck_assert_uint_eq(in(NIC_ISR), ISR_RDC);
    ck_assert_uint_eq(in8(&b, DATA), 0xff); /* the count has run out */
    out(NIC_CR, CR_RD2 | CR_STA);
    in8(&b, RESET);
    ck_assert_uint_eq(in(NIC_CR), CR_RD2 | CR_STP);
    ck_assert(in(NIC_ISR)&ISR_RST);
}
END_TEST

START_TEST(remote_dma)
{
    u8 pattern[300], back[300];
    for (unsigned i = 0; i < sizeof(pattern); i++)
        pattern[i] = (u8)(i ^ i >> 3);
    out(NIC_DCR, DCR_LS);
    write_memory(0x4010, pattern, sizeof(pattern));
    read_memory(0x4010, back, sizeof(back));
    ck_assert_mem_eq(pattern, back, sizeof(back));
    ck_assert_uint_eq(in(NIC_CRDA0) | in(NIC_CRDA1) << 8, 0x4010 + 300);
    /* A byte-wide card sees a word as two bytes, a word-wide one takes it whole. */
    remote(CR_READ, 0x4010, 2);
    ck_assert_uint_eq(bus_in(&b.bus, DATA, 2), pattern[0] | pattern[1] << 8);
    out(NIC_DCR, DCR_LS | DCR_WTS);
    remote(CR_READ, 0x4010, 8);
    ck_assert_uint_eq(bus_in(&b.bus, DATA, 2), pattern[0] | pattern[1] << 8);
    ck_assert_uint_eq(in8(&b, DATA), pattern[2]); /* and the other half is gone */
    ck_assert_uint_eq(bus_in(&b.bus, DATA, 4), get_le32(pattern + 4));
    ck_assert_uint_eq(in(NIC_ISR)&ISR_RDC, ISR_RDC);
    /* The PROM is read-only, beyond the buffer there is nothing. */
    out(NIC_DCR, DCR_LS);
    write_memory(0, pattern, 1);
    read_memory(0, back, 1);
    ck_assert_uint_eq(back[0], mac[0]);
    write_memory(0x8000, pattern, 2);
    read_memory(0x7fff, back, 2);
    ck_assert_uint_eq(back[1], 0xff);
    /* A write without a write command does nothing. */
    remote(CR_READ, 0x4010, 4);
    out8(&b, DATA, 0xaa);
    ck_assert_uint_eq(in8(&b, DATA), pattern[0]);
}
END_TEST

START_TEST(ring_wraps_for_the_remote_dma)
{
    u8 v[2], tail = 0x11, head = 0x22;
    start(0);
    write_memory((PSTOP << 8) - 1, &tail, 1);
    write_memory(PSTART << 8, &head, 1);
    read_memory((PSTOP << 8) - 1, v, 2);
    ck_assert(v[0] == tail && v[1] == head);
}
END_TEST

START_TEST(receives)
{
    u8 got[4 + 100 + 4];
    start(RCR_AB);
    receive(mac, 100);
    ck_assert_int_eq(b.level[IRQ], 1);
    ck_assert_uint_eq(in(NIC_ISR), ISR_PRX);
    ck_assert_uint_eq(in(NIC_RSR), RSR_PRX);
    ck_assert_uint_eq(curr(), PSTART + 2);
    out(NIC_ISR, ISR_PRX);
    ck_assert_int_eq(b.level[IRQ], 0);
    read_memory((PSTART + 1) << 8, got, sizeof(got));
    ck_assert_uint_eq(got[0], RSR_PRX);
    ck_assert_uint_eq(got[1], PSTART + 2);
    ck_assert_uint_eq(got[2] | got[3] << 8, 104);
    ck_assert_mem_eq(got + 4, frame_to(mac, 100), 100);
    /* Data and FCS together leave the well-known remainder. */
    u32 crc = ~0u;
    for (unsigned i = 4; i < sizeof(got); i++) {
        crc ^= got[i];
        for (unsigned k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    ck_assert_uint_eq(crc, 0xdebb20e3u);
    /* Header and data fill two pages to the last byte, or one byte more. */
    receive(mac, 512 - 8);
    ck_assert_uint_eq(curr(), PSTART + 4);
    receive(mac, 512 - 7);
    ck_assert_uint_eq(curr(), PSTART + 7);
}
END_TEST

START_TEST(filters)
{
    static const u8 broadcast[] = {255, 255, 255, 255, 255, 255};
    static const u8 other[] = {2, 2, 2, 2, 2, 2};
    static const u8 group[] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01}; /* all hosts */
    static const u8 group2[] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x00};
    static const struct {
        u8 rcr;
        bool own, broadcast, group, group2, other;
    } rows[] = {
        {0, true, false, false, false, false},
        {RCR_AB, true, true, false, false, false},
        {RCR_AM, true, false, true, false, false},
        {RCR_PRO, true, false, false, false, true},
        {RCR_PRO | RCR_AB | RCR_AM, true, true, true, false, true},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        start(rows[i].rcr);
        /* CRC-32, most significant bit first, of 01005E000001 begins with 011111b. */
        out(NIC_CR, 0x40 | CR_RD2);
        out(NIC_MAR0 + (31 >> 3), 1 << (31 & 7));
        out(NIC_CR, CR_RD2);
        const struct {
            const u8 *to;
            bool want;
        } to[] = {{mac, rows[i].own},
                  {broadcast, rows[i].broadcast},
                  {group, rows[i].group},
                  {group2, rows[i].group2},
                  {other, rows[i].other}};
        for (unsigned k = 0; k < ARRAY_SIZE(to); k++) {
            out(NIC_ISR, 0xff);
            receive(to[k].to, 60);
            ck_assert_msg((in(NIC_ISR)&ISR_PRX) == (to[k].want ? ISR_PRX : 0), "row %u to %u", i,
                          k);
            if (to[k].want)
                ck_assert_uint_eq(in(NIC_RSR)&RSR_PHY, to[k].to[0] & 1 ? RSR_PHY : 0);
        }
    }
}
END_TEST

START_TEST(stopped_or_looped_it_hears_nothing)
{
    receive(mac, 60);
    ck_assert_uint_eq(in(NIC_ISR), ISR_RST);
    start(0);
    out(NIC_CR, CR_RD2 | CR_STP);
    receive(mac, 60);
    ck_assert_uint_eq(in(NIC_ISR)&ISR_PRX, 0);
    start(0);
    out(NIC_TCR, 2);
    receive(mac, 60);
    ck_assert_uint_eq(in(NIC_ISR)&ISR_PRX, 0);
    start(RCR_MON);
    ck_assert_uint_eq(in(NIC_RSR)&RSR_DIS, RSR_DIS);
    for (unsigned i = 0; i < 300; i++)
        receive(mac, 60);
    ck_assert_uint_eq(in(NIC_ISR), ISR_CNT);
    ck_assert_uint_eq(curr(), PSTART + 1);
    ck_assert_uint_eq(in(NIC_CNTR2), 192);
    ck_assert_uint_eq(in(NIC_CNTR2), 0);
}
END_TEST

START_TEST(odd_sizes)
{
    start(RCR_PRO);
    for (size_t size = 0; size < 60; size++)
        receive(mac, size);
    for (size_t size = 1515; size < 4096; size += 7)
        receive(mac, size);
    ck_assert_uint_eq(in(NIC_ISR), 0);
    start(RCR_AR); /* runts are welcome */
    receive(mac, 20);
    ck_assert_uint_eq(in(NIC_ISR), ISR_PRX);
    receive(mac, 13);
    ck_assert_uint_eq(curr(), PSTART + 2);
}
END_TEST

START_TEST(overflow_and_wrap)
{
    start(0);
    /* 26 pages, one of them the boundary's: 25 frames of a page each would make it look empty. */
    for (unsigned i = 0; i < 24; i++)
        receive(mac, 60);
    ck_assert_uint_eq(in(NIC_ISR), ISR_PRX);
    ck_assert_uint_eq(curr(), PSTOP - 1);
    receive(mac, 60);
    ck_assert_uint_eq(in(NIC_ISR), ISR_PRX | ISR_OVW | ISR_RST);
    ck_assert_uint_eq(in(NIC_CNTR2), 1);
    ck_assert_uint_eq(curr(), PSTOP - 1);
    /* Room again: a frame of two pages goes round the corner. */
    out(NIC_ISR, 0xff);
    out(NIC_BNRY, PSTART + 10);
    ck_assert_uint_eq(in(NIC_ISR), 0);
    receive(mac, 400);
    ck_assert_uint_eq(in(NIC_ISR), ISR_PRX);
    ck_assert_uint_eq(curr(), PSTART + 1);
    u8 got[404], header[4];
    read_memory((PSTOP - 1) << 8, got, 404);
    ck_assert_uint_eq(got[1], PSTART + 1);
    ck_assert_mem_eq(got + 4, frame_to(mac, 400), 400);
    /* The ring's neighbours are as they were. */
    read_memory(PSTOP << 8, header, 4);
    ck_assert_uint_eq(get_le32(header), 0);
    /* "Send packet" reads the frame at the boundary and moves it on. */
    out(NIC_BNRY, PSTOP - 1);
    out(NIC_CR, CR_READ | CR_WRITE | CR_STA);
    for (unsigned i = 0; i < 404; i++)
        ck_assert_uint_eq(in8(&b, DATA), got[i]);
    ck_assert_uint_eq(in(NIC_BNRY), PSTART + 1);
    ck_assert_uint_eq(in(NIC_ISR)&ISR_RDC, ISR_RDC);
}
END_TEST

static void transmit(u16 size)
{
    write_memory(TXPAGE << 8, frame_to(mac, size), size);
    out(NIC_CR, CR_RD2 | CR_STA);
    out(NIC_ISR, 0xff);
    out(NIC_TPSR, TXPAGE);
    out(NIC_TBCR0, (u8)size);
    out(NIC_TBCR1, (u8)(size >> 8));
    out(NIC_CR, CR_RD2 | CR_TXP | CR_STA);
}

START_TEST(transmits)
{
    start(0);
    transmit(1000);
    /* 8 + 1000 + 4 bytes at 800 ns, and the gap. */
    run_for(&b, 1012 * 800);
    ck_assert(sent_count == 0 && (in(NIC_CR)&CR_TXP));
    out(NIC_TBCR1, 0); /* too late to change it */
    out(NIC_CR, CR_RD2 | CR_TXP | CR_STA);
    out(NIC_CR, CR_RD2 | CR_STA);
    ck_assert(in(NIC_CR)&CR_TXP);
    ck_assert_int_eq(b.level[IRQ], 0);
    run_for(&b, 9600);
    ck_assert_uint_eq(sent_count, 1);
    ck_assert_uint_eq(sent_size, 1000);
    ck_assert_mem_eq(sent, frame_to(mac, 1000), 1000);
    ck_assert_uint_eq(in(NIC_CR)&CR_TXP, 0);
    ck_assert_uint_eq(in(NIC_ISR), ISR_PTX);
    ck_assert_uint_eq(in(NIC_TSR)&TSR_PTX, TSR_PTX);
    ck_assert_int_eq(b.level[IRQ], 1);
    /* Stopped in mid-frame, the frame still goes out, and then it is stopped. */
    transmit(60);
    out(NIC_CR, CR_RD2 | CR_STP);
    ck_assert_uint_eq(in(NIC_ISR)&ISR_RST, 0);
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(sent_count, 2);
    ck_assert_uint_eq(in(NIC_ISR), ISR_PTX | ISR_RST);
    out(NIC_CR, CR_RD2 | CR_TXP | CR_STP);
    ck_assert_uint_eq(in(NIC_CR)&CR_TXP, 0);
    /* What is no frame takes its time and goes nowhere. */
    start(0);
    transmit(2000);
    run_for(&b, 10 * NS_PER_MS);
    transmit(0);
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(sent_count, 2);
    ck_assert_uint_eq(in(NIC_ISR), ISR_PTX);
}
END_TEST

START_TEST(loopback)
{
    static const u8 tsr[] = {0, 0x53, 0x43, 0x03};
    start(0);
    for (u8 mode = 1; mode <= 3; mode++) {
        out(NIC_TCR, (u8)(mode << 1));
        transmit(60);
        run_for(&b, NS_PER_MS);
        ck_assert_uint_eq(sent_count, 0);
        ck_assert_uint_eq(in(NIC_ISR), ISR_PTX);
        ck_assert_uint_eq(in(NIC_TSR), tsr[mode]);
        ck_assert_uint_eq(in(NIC_RSR), RSR_CRC);
        /* The FIFO after 64 bytes: length, its high byte twice, the last byte, the CRC. */
        u8 fifo[8], crc[4];
        for (unsigned i = 0; i < 8; i++)
            fifo[i] = in(NIC_FIFO);
        ck_assert(fifo[0] == 64 && fifo[1] == 0 && fifo[2] == 0);
        ck_assert_uint_eq(fifo[3], frame_to(mac, 60)[59]);
        /* With the CRC as part of the data and not added, it checks out. */
        memcpy(crc, fifo + 4, 4);
        write_memory((TXPAGE << 8) + 60, crc, 4);
        out(NIC_CR, CR_RD2 | CR_STA);
        out(NIC_TCR, (u8)(mode << 1 | TCR_CRC));
        out(NIC_TBCR0, 64);
        out(NIC_CR, CR_RD2 | CR_TXP | CR_STA);
        run_for(&b, NS_PER_MS);
        ck_assert_uint_eq(in(NIC_RSR), RSR_PRX);
    }
}
END_TEST

START_TEST(pages)
{
    start(0);
    out(NIC_RCR, 0x1f);
    out(NIC_CR, 0x80 | CR_RD2);
    ck_assert_uint_eq(in(NIC_CR), 0x80 | CR_RD2 | CR_STA); /* still started */
    ck_assert_uint_eq(in(NIC_PSTART), PSTART);
    ck_assert_uint_eq(in(NIC_PSTOP), PSTOP);
    ck_assert_uint_eq(in(NIC_RCR), 0x1f);
    ck_assert_uint_eq(in(NIC_IMR), 0x7f);
    out(NIC_CR, 0x40 | CR_RD2);
    for (unsigned i = 0; i < 6; i++)
        ck_assert_uint_eq(in(NIC_PAR0 + i), mac[i]);
    /* The usual search for a DP8390: CNTR0 on page 0 clears when read, MAR5 on page 1 does not. */
    out(0x0d, 0xff);
    ck_assert_uint_eq(in(0x0d), 0xff);
    out(NIC_CR, CR_RD2);
    in(0x0d);
    ck_assert_uint_eq(in(0x0d), 0);
}
END_TEST

START_TEST(state_and_storm)
{
    u16 ports[NE2000_PORTS];
    for (unsigned i = 0; i < NE2000_PORTS; i++)
        ports[i] = (u16)(IO + i);
    start(RCR_PRO);
    receive(mac, 333);
    transmit(500);
    round_trip(&b, &card->dev, make_other);
    struct storm r = {42};
    for (unsigned i = 0; i < 40; i++) {
        /* The reset port is one in four of the registers and would end every programme. */
        register_storm(&b, &card->dev, make, ports, i & 1 ? 0x18 : NE2000_PORTS, 500, 100000);
        for (unsigned k = 0; k < 50; k++) {
            card->card.nic.tcr &= (u8)~TCR_LB;
            card->card.nic.running = true;
            card->card.nic.rcr = (u8)(storm_next(&r) & 0x1f);
            receive(mac, storm_next(&r) % 4096);
        }
    }
    ck_assert(sent_count > 0);
}
END_TEST

START_TEST(damaged_state)
{
    const u8 *bytes;
    size_t size;
    card->card.nic.fifo_at = 200;
    struct state *s = bench_save(&b, &card->dev, &bytes, &size);
    struct state *in_state = state_new_load(bytes, size, NULL);
    ck_assert_ptr_nonnull(in_state);
    clock_state(&b.clock, in_state);
    device_state(&card->dev, in_state);
    ck_assert(!state_ok(in_state));
    ck_assert_uint_lt(card->card.nic.fifo_at, DP8390_FIFO);
    state_free(in_state);
    state_free(s);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("dp8390");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, reset_and_prom);
    tcase_add_test(t, remote_dma);
    tcase_add_test(t, ring_wraps_for_the_remote_dma);
    tcase_add_test(t, receives);
    tcase_add_test(t, filters);
    tcase_add_test(t, stopped_or_looped_it_hears_nothing);
    tcase_add_test(t, odd_sizes);
    tcase_add_test(t, overflow_and_wrap);
    tcase_add_test(t, transmits);
    tcase_add_test(t, loopback);
    tcase_add_test(t, pages);
    tcase_add_test(t, state_and_storm);
    tcase_add_test(t, damaged_state);
    return t;
}

int main(void)
{
    return run_suite("dp8390", cases);
}
