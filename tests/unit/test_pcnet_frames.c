/*
 * test_pcnet_frames.c - the PCnet-PCI II's rings in all software styles: what is sent and when,
 * chains of buffers in both directions, filters, padding and stripping, FCS, loopback, missed
 * frames, interrupts on request, suspend, magic packets; rings without end.
 */
#include "pcnet_rig.h"

#define WHOLE (DESC_STP | DESC_ENP)

static u8 frame[NET_MAX];

static void cable(const u8 *to, size_t size)
{
    for (size_t i = 0; i < size; i++)
        frame[i] = (u8)(i * 3 + size);
    memcpy(frame, to, NET_ADDRESS);
    put_le16(frame + 12, 0x0008); /* 0800h, IP */
    pcnet_receive(card, frame, size);
}

static const u8 everybody[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const u8 group[] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01};
static const u8 stranger[] = {0x02, 0x99, 0x99, 0x99, 0x99, 0x99};

START_TEST(sends)
{
    for (unsigned s = 0; s < 4; s++) {
        run_with(s, 0, 0);
        run_for(&b, 10 * NS_PER_US);
        sent_count = 0;
        transmit(0, 100, WHOLE);
        u64 begin = b.clock.now;
        demand();
        run_for(&b, 90 * NS_PER_US);
        ck_assert_uint_eq(sent_count, 0);
        ck_assert_uint_eq(csr(0) & CSR0_TINT, 0);
        ck_assert_uint_eq(flags_of(TX_RING, 0), DESC_OWN | WHOLE);
        run_for(&b, 20 * NS_PER_US);
        ck_assert_uint_eq(sent_count, 1);
        ck_assert_uint_eq(sent_size, 100);
        ck_assert_mem_eq(sent, tx_buffer(0), 100);
        ck_assert_uint_eq(sent_at - begin, 1000 + net_wire_ns(100));
        ck_assert_uint_eq(flags_of(TX_RING, 0), WHOLE);
        ck_assert_uint_eq(status_of(TX_RING, 0), 0);
        ck_assert_uint_eq(csr(0) & CSR0_TINT, CSR0_TINT);
        ck_assert_uint_eq(csr(4) & CSR4_TXSTRT, CSR4_TXSTRT);
        ck_assert_int_eq(line(), 1);
        ck_assert_uint_eq(csr(CSR_CXDA), TX_RING + (s ? 16 : 8));
        /* The next two without being asked: back to back, found by the poll. */
        transmit(1, 200, WHOLE);
        transmit(2, 60, WHOLE);
        run_for(&b, 3 * NS_PER_MS);
        ck_assert_uint_eq(sent_count, 3);
        ck_assert_uint_eq(sent_size, 60);
    }
}
END_TEST

START_TEST(polls)
{
    run_with(2, 0, 0);
    run_for(&b, 10 * NS_PER_US);
    transmit(0, 60, WHOLE);
    run_for(&b, 1900 * NS_PER_US);
    ck_assert_uint_eq(sent_count, 0);
    run_for(&b, 200 * NS_PER_US);
    ck_assert_uint_eq(sent_count, 1);
    set_csr(0, CSR0_STOP);
    set_csr(CSR_POLLINT, 0xff00);
    set_csr(0, CSR0_STRT);
    run_for(&b, 10 * NS_PER_US);
    ck_assert_uint_ge(csr(CSR_POLL), 0xff00);
    transmit(0, 60, WHOLE);
    run_for(&b, 100 * NS_PER_US);
    ck_assert_uint_eq(sent_count, 2);
    set_csr(4, CSR4_TXDPOLL);
    run_for(&b, NS_PER_MS);
    transmit(1, 60, WHOLE);
    run_for(&b, 20 * NS_PER_MS);
    ck_assert_uint_eq(sent_count, 2);
    demand();
    ck_assert_uint_eq(csr(0) & CSR0_TDMD, CSR0_TDMD);
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(csr(0) & CSR0_TDMD, 0);
    ck_assert_uint_eq(sent_count, 3);
}
END_TEST

/* STOP and STRT without an initialization: both rings from their beginnings. */
START_TEST(starts_again)
{
    run_with(2, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        cable(mac, 60);
        transmit(i, 60, WHOLE);
    }
    demand();
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(csr(CSR_CRDA), RX_RING + 48);
    ck_assert_uint_eq(csr(CSR_CXDA), TX_RING + 48);
    set_csr(0, CSR0_STOP);
    ck_assert_uint_eq(csr(CSR_CRDA), RX_RING + 48);
    give(RX_RING, 0, RX_BUFFERS, BUFFER, DESC_OWN);
    set_csr(0, CSR0_STRT | CSR0_IENA);
    ck_assert_uint_eq(csr(CSR_CRDA), RX_RING);
    ck_assert_uint_eq(csr(CSR_CXDA), TX_RING);
    cable(mac, 80);
    ck_assert_uint_eq(status_of(RX_RING, 0), 84);
}
END_TEST

START_TEST(sends_a_chain)
{
    for (unsigned s = 0; s < 4; s++) {
        run_with(s, 0, 0);
        sent_count = 0;
        transmit(0, 700, DESC_STP);
        transmit(1, 1, 0);
        transmit(2, 500, DESC_ENP);
        demand();
        run_for(&b, 600 * NS_PER_US);
        /* The first is given back when its last byte is out. */
        ck_assert_uint_eq(flags_of(TX_RING, 0), DESC_STP);
        ck_assert_uint_eq(flags_of(TX_RING, 2), DESC_OWN | DESC_ENP);
        run_for(&b, NS_PER_MS);
        ck_assert_uint_eq(sent_count, 1);
        ck_assert_uint_eq(sent_size, 1201);
        ck_assert_mem_eq(sent, tx_buffer(0), 700);
        ck_assert_mem_eq(sent + 700, tx_buffer(1), 1);
        ck_assert_mem_eq(sent + 701, tx_buffer(2), 500);
        ck_assert_uint_eq(flags_of(TX_RING, 2), DESC_ENP);
    }
}
END_TEST

START_TEST(chain_that_breaks_off)
{
    for (unsigned s = 0; s < 4; s++) {
        run_with(s, 0, 0);
        sent_count = 0;
        transmit(0, 700, DESC_STP);
        demand();
        run_for(&b, 2 * NS_PER_MS);
        ck_assert_uint_eq(sent_count, 0);
        ck_assert_uint_eq(flags_of(TX_RING, 0), DESC_ERR | DESC_STP);
        ck_assert_uint_eq(status_of(TX_RING, 0), TMD_BUFF | TMD_UFLO);
        ck_assert_uint_eq(csr(0) & (CSR0_TXON | CSR0_TINT), CSR0_TINT);
        transmit(1, 60, WHOLE);
        demand();
        run_for(&b, 3 * NS_PER_MS);
        ck_assert_uint_eq(sent_count, 0);
        /* With DXSUFLO it goes on; the rest of the frame comes too late and is passed over. */
        set_csr(3, CSR3_DXSUFLO);
        run_with(s, 0, 0);
        transmit(0, 700, DESC_STP);
        demand();
        run_for(&b, 700 * NS_PER_US);
        transmit(1, 400, DESC_ENP);
        transmit(2, 64, WHOLE);
        demand();
        run_for(&b, 2 * NS_PER_MS);
        ck_assert_uint_eq(sent_count, 1);
        ck_assert_uint_eq(sent_size, 64);
        ck_assert_uint_eq(flags_of(TX_RING, 1), DESC_ENP);
        set_csr(3, 0);
    }
}
END_TEST

START_TEST(too_long)
{
    run_with(2, 0, 0);
    transmit(0, NET_MAX, WHOLE);
    demand();
    run_for(&b, 2 * NS_PER_MS);
    ck_assert_uint_eq(sent_count, 1);
    ck_assert_uint_eq(csr(0) & CSR0_BABL, 0);
    transmit(1, NET_MAX + 1, WHOLE);
    demand();
    run_for(&b, 2 * NS_PER_MS);
    ck_assert_uint_eq(sent_count, 1);
    ck_assert_uint_eq(csr(0) & CSR0_BABL, CSR0_BABL);
    ck_assert_uint_eq(flags_of(TX_RING, 1), WHOLE);
    transmit(2, 60, WHOLE); /* it is none the worse for it */
    demand();
    run_for(&b, 2 * NS_PER_MS);
    ck_assert_uint_eq(sent_count, 2);
}
END_TEST

/* A frame without end, in a ring that the chip cannot give back: time goes on, and it can stop. */
START_TEST(ring_without_end)
{
    static u8 rom[PAGE_SIZE];
    run_with(2, 0, 0);
    set_csr(0, CSR0_STOP);
    for (unsigned i = 0; i < 128; i++) {
        put_le32(rom + 16 * i, TX_BUFFERS);
        put_le32(rom + 16 * i + 4, DESC_OWN | (i ? 0 : DESC_STP) | 0xfffff000);
    }
    put_le32(rom + 4, DESC_OWN | DESC_STP | 0xf000);
    put_le32(rom + 16 * 1 + 4, DESC_OWN | 0xffff); /* one byte */
    put_le32(rom + 16 * 2 + 4, DESC_OWN | 0xf000);
    put_le32(rom + 16 * 3 + 4, DESC_OWN | 0xf000);
    phys_map_rom(&b.phys, 0xc0000, PAGE_SIZE, rom);
    set_csr(CSR_BADX, 0);
    set_csr(CSR_BADX + 1, 0xc);
    u64 fired = b.clock.fired;
    set_csr(0, CSR0_STRT | CSR0_IENA);
    run_for(&b, 100 * NS_PER_MS);
    ck_assert_uint_le(b.clock.fired - fired, 200);
    ck_assert_uint_eq(card->phase, PCNET_BUFFER);
    ck_assert_uint_eq(csr(0) & CSR0_BABL, CSR0_BABL);
    ck_assert_uint_eq(csr(4) & CSR4_JAB, CSR4_JAB);
    /* Only parts of frames: passed over for ever, a microsecond each. */
    set_csr(0, CSR0_STOP);
    put_le32(rom + 4, DESC_OWN | 0xf000);
    fired = b.clock.fired;
    set_csr(0, CSR0_STRT);
    run_for(&b, NS_PER_MS);
    ck_assert_uint_le(b.clock.fired - fired, 1001);
    /* Whole frames for ever: as fast as the cable. */
    set_csr(0, CSR0_STOP);
    sent_count = 0;
    for (unsigned i = 0; i < 4; i++)
        put_le32(rom + 16 * i + 4, DESC_OWN | WHOLE | 0xffc4);
    set_csr(0, CSR0_STRT);
    run_for(&b, 10 * NS_PER_MS);
    ck_assert_uint_le(sent_count, 10 * NS_PER_MS / net_wire_ns(60));
    ck_assert_uint_ge(sent_count, 140);
    set_csr(0, CSR0_STOP);
    run_for(&b, 10 * NS_PER_MS);
    ck_assert(!timer_armed(&card->tx));
    phys_unmap(&b.phys, 0xc0000, PAGE_SIZE);
}
END_TEST

START_TEST(padding_and_fcs)
{
    static const u8 zeroes[60];
    run_with(2, 0, 0);
    set_csr(4, 0x0800 | CSR4_TXSTRT); /* APAD_XMT */
    transmit(0, 20, WHOLE);
    demand();
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(sent_size, 60);
    ck_assert_mem_eq(sent, tx_buffer(0), 20);
    ck_assert_mem_eq(sent + 20, zeroes, 40);
    /* Software's own FCS. */
    for (unsigned s = 0; s < 4; s++) {
        run_with(s, MODE_DXMTFCS, 0);
        set_csr(4, 0);
        sent_count = 0;
        transmit(0, 104, WHOLE);
        put_le32(tx_buffer(0) + 100, crc32_of(0, tx_buffer(0), 100));
        demand();
        run_for(&b, NS_PER_MS);
        ck_assert_uint_eq(sent_count, 1);
        ck_assert_uint_eq(sent_size, 100);
        transmit(1, 104, WHOLE); /* a wrong one: nobody takes it */
        demand();
        run_for(&b, NS_PER_MS);
        ck_assert_uint_eq(sent_count, 1);
        transmit(2, 104, WHOLE | TMD_FCS); /* ADD_FCS; in style 1 it is NO_FCS */
        demand();
        run_for(&b, NS_PER_MS);
        ck_assert_uint_eq(sent_count, s == 1 ? 1 : 2);
    }
    run_with(1, 0, 0);
    sent_count = 0;
    transmit(0, 104, WHOLE | TMD_FCS);
    put_le32(tx_buffer(0) + 100, crc32_of(0, tx_buffer(0), 100));
    demand();
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(sent_size, 100);
}
END_TEST

START_TEST(interrupts_on_request)
{
    run_with(2, 0, 0);
    set_csr(5, CSR5_LTINTEN);
    transmit(0, 60, WHOLE);
    transmit(1, 60, WHOLE | TMD_LTINT);
    demand();
    run_for(&b, 100 * NS_PER_US);
    ck_assert_uint_eq(flags_of(TX_RING, 0), WHOLE);
    ck_assert_uint_eq(csr(0) & CSR0_TINT, 0);
    run_for(&b, 100 * NS_PER_US);
    ck_assert_uint_eq(flags_of(TX_RING, 1), WHOLE);
    ck_assert_uint_eq(csr(0) & CSR0_TINT, CSR0_TINT);
    set_csr(0, CSR0_TINT);
    set_csr(5, CSR5_TOKINTD);
    transmit(2, 60, WHOLE);
    demand();
    run_for(&b, 200 * NS_PER_US);
    ck_assert_uint_eq(csr(0) & CSR0_TINT, 0);
    transmit(3, 60, DESC_STP); /* an error is told all the same */
    demand();
    run_for(&b, 200 * NS_PER_US);
    ck_assert_uint_eq(csr(0) & CSR0_TINT, CSR0_TINT);
}
END_TEST

START_TEST(receives)
{
    for (unsigned s = 0; s < 4; s++) {
        run_with(s, 0, 0);
        for (unsigned i = 0; i < 5; i++) {
            unsigned k = i % 4;
            cable(mac, 60 + 300 * i);
            ck_assert_uint_eq(csr(0) & (CSR0_RINT | CSR0_MISS), CSR0_RINT);
            ck_assert_int_eq(line(), 1);
            set_csr(0, CSR0_RINT | CSR0_IENA);
            ck_assert_int_eq(line(), 0);
            ck_assert_uint_eq(flags_of(RX_RING, k), WHOLE | (s ? RMD_PAM : 0));
            ck_assert_uint_eq(status_of(RX_RING, k), 64 + 300 * i);
            ck_assert_mem_eq(rx_buffer(k), frame, 60 + 300 * i);
            ck_assert_uint_eq(get_le32(rx_buffer(k) + 60 + 300 * i),
                              crc32_of(0, frame, 60 + 300 * i));
            give(RX_RING, k, RX_BUFFERS + k * BUFFER, BUFFER, DESC_OWN);
        }
        ck_assert_uint_eq(csr(CSR_CRDA), RX_RING + (s ? 16 : 8));
    }
}
END_TEST

START_TEST(receives_a_chain)
{
    for (unsigned s = 0; s < 4; s++) {
        run_with(s, 0, 0);
        for (unsigned i = 0; i < 4; i++)
            give(RX_RING, i, RX_BUFFERS + i * BUFFER, 128, DESC_OWN);
        cable(everybody, 300);
        ck_assert_uint_eq(flags_of(RX_RING, 0), DESC_STP);
        ck_assert_uint_eq(flags_of(RX_RING, 1), 0);
        ck_assert_uint_eq(flags_of(RX_RING, 2), DESC_ENP | (s ? RMD_BAM : 0));
        ck_assert_uint_eq(status_of(RX_RING, 2), 304);
        ck_assert_mem_eq(rx_buffer(0), frame, 128);
        ck_assert_mem_eq(rx_buffer(1), frame + 128, 128);
        ck_assert_mem_eq(rx_buffer(2), frame + 256, 44);
        /* One buffer left: the frame is cut off. */
        set_csr(0, CSR0_RINT);
        cable(everybody, 180);
        ck_assert_uint_eq(flags_of(RX_RING, 3), DESC_ERR | RMD_BUFF | DESC_STP);
        ck_assert_uint_eq(csr(0) & CSR0_RINT, CSR0_RINT);
        cable(everybody, 180);
        ck_assert_uint_eq(csr(0) & CSR0_MISS, CSR0_MISS);
        ck_assert_uint_eq(csr(CSR_MFC), 1);
        give(RX_RING, 0, RX_BUFFERS, 128, DESC_OWN);
        cable(everybody, 600); /* more than the FIFO holds is left */
        ck_assert_uint_eq(flags_of(RX_RING, 0), DESC_ERR | RMD_BUFF | RMD_OFLO | DESC_STP);
    }
}
END_TEST

START_TEST(frames_missed)
{
    run_with(2, 0, 0);
    for (unsigned i = 0; i < 4; i++)
        cable(mac, 60);
    set_csr(0, CSR0_RINT | CSR0_IENA);
    cable(mac, 60);
    ck_assert_int_eq(line(), 1);
    ck_assert_uint_eq(csr(0) & (CSR0_RINT | CSR0_MISS | CSR0_ERR), CSR0_MISS | CSR0_ERR);
    set_csr(3, 0x1000);
    set_csr(4, 0); /* MFCO is told */
    card->csr[CSR_MFC] = 0xffff;
    ck_assert_int_eq(line(), 0);
    cable(mac, 60);
    ck_assert_uint_eq(csr(CSR_MFC), 0);
    ck_assert_int_eq(line(), 1);
    ck_assert_uint_eq(csr(4) & CSR4_MFCO, CSR4_MFCO);
}
END_TEST

/* The bit of a group's address: the six highest of the CRC register (the same by long division). */
static unsigned hash(const u8 *address)
{
    u32 crc = 0xffffffff;
    for (unsigned i = 0; i < 48; i++) {
        bool out = (crc & 1) != (address[i / 8] >> i % 8 & 1);
        crc = crc >> 1 ^ (out ? 0xedb88320 : 0);
    }
    return crc >> 26;
}

START_TEST(filters)
{
    static const struct {
        u16 mode;
        u64 filter; /* 1: the group's bit, 2: that of all */
        const u8 *to;
        u32 flags; /* 1: none, not accepted */
    } rows[] = {
        {0, 0, mac, RMD_PAM},
        {0, 0, everybody, RMD_BAM},
        {0, 0, stranger, 1},
        {0, 0, group, 1},
        {0, 1, group, RMD_LAFM},
        {0, 2, group, 1},
        {0, 2, everybody, RMD_BAM},
        {MODE_DRCVBC, 0, everybody, 1},
        {MODE_DRCVBC, 2, everybody, RMD_LAFM},
        {MODE_DRCVPA, 0, mac, 1},
        {MODE_DRCVPA, 0, everybody, RMD_BAM},
        {MODE_PROM, 0, stranger, 0},
        {MODE_PROM, 0, group, 0},
        {MODE_PROM | MODE_DRCVPA, 0, mac, 0},
        {MODE_PROM, 0, mac, RMD_PAM},
        {MODE_DRX, 0, mac, 1},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        u64 bits = rows[i].filter == 1   ? 1ull << hash(group)
                   : rows[i].filter == 2 ? 1ull << hash(everybody)
                                         : 0;
        run_with(3, rows[i].mode, bits);
        cable(rows[i].to, 100);
        if (rows[i].flags == 1)
            ck_assert_uint_eq(flags_of(RX_RING, 0), DESC_OWN);
        else
            ck_assert_uint_eq(flags_of(RX_RING, 0), WHOLE | rows[i].flags);
    }
}
END_TEST

START_TEST(stripping_and_alignment)
{
    run_with(2, 0, 0);
    set_csr(4, CSR4_ASTRP_RCV);
    memset(frame, 0xaa, sizeof(frame));
    memcpy(frame, mac, NET_ADDRESS);
    frame[12] = 0;
    frame[13] = 10; /* a length: ten bytes of data, the rest is padding */
    pcnet_receive(card, frame, 60);
    ck_assert_uint_eq(status_of(RX_RING, 0), 24);
    ck_assert_uint_eq(rx_buffer(0)[24], 0); /* neither padding nor FCS */
    frame[13] = 46;
    pcnet_receive(card, frame, 60);
    ck_assert_uint_eq(status_of(RX_RING, 1), 64);
    set_csr(5, CSR5_SPND);
    set_csr(CSR_RCVALGN, 1);
    set_csr(5, 0);
    cable(mac, 100);
    ck_assert_uint_eq(status_of(RX_RING, 2), 104);
    ck_assert_mem_eq(rx_buffer(2) + 2, frame, 100);
}
END_TEST

START_TEST(big_endian_data)
{
    run_with(2, 0, 0);
    set_csr(3, CSR3_BSWP);
    cable(mac, 64);
    for (unsigned i = 0; i < 64; i++)
        ck_assert_uint_eq(rx_buffer(0)[i ^ 3], frame[i]);
    transmit(0, 64, WHOLE);
    demand();
    run_for(&b, NS_PER_MS);
    for (unsigned i = 0; i < 64; i++)
        ck_assert_uint_eq(tx_buffer(0)[i ^ 3], sent[i]);
}
END_TEST

static void loop(u16 mode, u32 size, u32 flags)
{
    run_with(2, mode | MODE_LOOP, 0);
    sent_count = 0;
    transmit(0, size, WHOLE | flags);
    memcpy(tx_buffer(0), mac, NET_ADDRESS);
}

START_TEST(loopback)
{
    static const u16 inside[] = {MODE_INTL, MODE_INTL | 0x0400}; /* with the encoder, without */
    for (unsigned i = 0; i < 2; i++) {
        loop(inside[i], 100, 0);
        demand();
        run_for(&b, NS_PER_MS);
        ck_assert_uint_eq(sent_count, 0);
        ck_assert_uint_eq(flags_of(RX_RING, 0), WHOLE | RMD_PAM);
        ck_assert_uint_eq(status_of(RX_RING, 0), 104);
        ck_assert_mem_eq(rx_buffer(0), tx_buffer(0), 100);
        ck_assert_uint_eq(get_le32(rx_buffer(0) + 100), crc32_of(0, tx_buffer(0), 100));
        ck_assert_uint_eq(csr(0) & (CSR0_RINT | CSR0_TINT), CSR0_RINT | CSR0_TINT);
        cable(mac, 100); /* the cable is cut off */
        ck_assert_uint_eq(flags_of(RX_RING, 1), DESC_OWN);
    }
    loop(0, 30, 0); /* outside: also over the cable, and runts come back */
    demand();
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(sent_count, 1);
    ck_assert_uint_eq(status_of(RX_RING, 0), 34);
    cable(mac, 100);
    ck_assert_uint_eq(status_of(RX_RING, 1), 104);
    /* The receiver checks what software appends. */
    loop(MODE_INTL | MODE_DXMTFCS, 104, 0);
    put_le32(tx_buffer(0) + 100, crc32_of(0, tx_buffer(0), 100));
    demand();
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(flags_of(RX_RING, 0), WHOLE | RMD_PAM);
    ck_assert_uint_eq(status_of(RX_RING, 0), 104);
    loop(MODE_INTL | MODE_DXMTFCS, 104, 0);
    demand();
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(flags_of(RX_RING, 0), DESC_ERR | RMD_CRC | WHOLE | RMD_PAM);
    loop(MODE_INTL | MODE_FCOLL, 100, 0);
    demand();
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(flags_of(TX_RING, 0), DESC_ERR | WHOLE);
    ck_assert_uint_eq(status_of(TX_RING, 0), TMD_RTRY);
    ck_assert_uint_eq(flags_of(RX_RING, 0), DESC_OWN);
    /* Its own filter holds: an address that is not its own goes by. */
    loop(MODE_INTL, 100, 0);
    memcpy(tx_buffer(0), stranger, NET_ADDRESS);
    demand();
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(flags_of(RX_RING, 0), DESC_OWN);
}
END_TEST

START_TEST(suspend)
{
    run_with(2, 0, 0);
    transmit(0, 1000, WHOLE);
    transmit(1, 60, WHOLE);
    demand();
    run_for(&b, 100 * NS_PER_US);
    set_csr(5, CSR5_SPND);
    ck_assert_uint_eq(csr(5), 0); /* not yet: the frame goes out first */
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(csr(5), CSR5_SPND);
    ck_assert_uint_eq(sent_count, 1);
    cable(mac, 60);
    ck_assert_uint_eq(flags_of(RX_RING, 0), DESC_OWN);
    run_for(&b, 10 * NS_PER_MS);
    ck_assert_uint_eq(sent_count, 1);
    set_csr(5, 0);
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(sent_count, 2);
    cable(mac, 60);
    ck_assert_uint_eq(flags_of(RX_RING, 0), WHOLE | RMD_PAM);
}
END_TEST

START_TEST(magic_packet)
{
    run_with(2, 0, 0);
    set_csr(5, CSR5_MPMODE | CSR5_MPEN | 0x0008);
    cable(mac, 300);
    ck_assert_uint_eq(flags_of(RX_RING, 0), DESC_OWN);
    ck_assert_int_eq(line(), 0);
    memset(frame + 77, 0xff, NET_ADDRESS);
    for (unsigned i = 1; i <= 16; i++)
        memcpy(frame + 77 + i * NET_ADDRESS, mac, NET_ADDRESS);
    pcnet_receive(card, frame, 300);
    ck_assert_int_eq(line(), 1);
    ck_assert_uint_eq(csr(5) & CSR5_MPINT, CSR5_MPINT);
    set_csr(5, CSR5_MPINT | CSR5_MPMODE | CSR5_MPEN | 0x0008);
    memcpy(frame, everybody, NET_ADDRESS);
    pcnet_receive(card, frame, 300);
    ck_assert_int_eq(line(), 0); /* to all counts with MPPLBA only */
    set_csr(5, CSR5_MPPLBA | CSR5_MPMODE | CSR5_MPEN | 0x0008);
    pcnet_receive(card, frame, 300);
    ck_assert_int_eq(line(), 1);
}
END_TEST

/* Rings of any length, and one that ends where memory does. */
START_TEST(ring_lengths)
{
    run_with(2, 0, 0);
    set_csr(5, CSR5_SPND);
    set_csr(CSR_RCVRL, (u16)-3);
    set_csr(CSR_RCVRC, (u16)-3);
    set_csr(5, 0);
    for (unsigned i = 0; i < 3; i++)
        cable(mac, 60);
    ck_assert_uint_eq(csr(CSR_CRDA), RX_RING);
    ck_assert_uint_eq(flags_of(RX_RING, 3), DESC_OWN);
    set_csr(5, CSR5_SPND);
    set_csr(CSR_RCVRC, 0x1234); /* nonsense: the last one */
    set_csr(5, 0);
    ck_assert_uint_eq(csr(CSR_CRDA), RX_RING + 32);
    set_csr(5, CSR5_SPND);
    set_csr(CSR_RCVRL, 0);
    set_csr(CSR_RCVRC, 0);
    set_csr(CSR_BADR, 0xfff0);
    set_csr(CSR_BADR + 1, 0xffff);
    set_csr(5, 0);
    cable(mac, 60);
    ck_assert_uint_eq(csr(0) & CSR0_STOP, CSR0_STOP);
}
END_TEST

/* Buffers in its own window: the chip does not answer itself. */
START_TEST(own_registers_as_memory)
{
    run_with(2, 0, 0);
    give(RX_RING, 0, MEMORY_AT, 32, DESC_OWN);
    u16 before = csr(CSR_MODE);
    card->rap = 0;
    cable(mac, 200);
    give(TX_RING, 0, MEMORY_AT, 60, DESC_OWN | WHOLE);
    demand();
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(sent_count, 1);
    ck_assert_uint_eq(sent[0], 0xff);
    ck_assert_uint_eq(csr(CSR_MODE), before);
    ck_assert_uint_eq(csr(0) & CSR0_STOP, 0);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("pcnet_frames");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, sends);
    tcase_add_test(t, polls);
    tcase_add_test(t, starts_again);
    tcase_add_test(t, sends_a_chain);
    tcase_add_test(t, chain_that_breaks_off);
    tcase_add_test(t, too_long);
    tcase_add_test(t, ring_without_end);
    tcase_add_test(t, padding_and_fcs);
    tcase_add_test(t, interrupts_on_request);
    tcase_add_test(t, receives);
    tcase_add_test(t, receives_a_chain);
    tcase_add_test(t, frames_missed);
    tcase_add_test(t, filters);
    tcase_add_test(t, stripping_and_alignment);
    tcase_add_test(t, big_endian_data);
    tcase_add_test(t, loopback);
    tcase_add_test(t, suspend);
    tcase_add_test(t, magic_packet);
    tcase_add_test(t, ring_lengths);
    tcase_add_test(t, own_registers_as_memory);
    return t;
}

int main(void)
{
    return run_suite("pcnet_frames", cases);
}
