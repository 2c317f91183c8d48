/*
 * dp8390_frame.c - frames in and out of the DP8390 (data sheet: "Packet Reception", "Packet
 * Transmission", "Loopback Diagnostics"): address filter, receive ring, transmitter, loopback.
 *
 * The cable never has collisions, line errors or a lost carrier, so NCR stays 0 and the error
 * bits of TSR and RSR are set by loopback only. A frame that does not fit into the ring is
 * dropped whole (the chip would have filled the ring up to the boundary first). Loopback in word
 * mode, where the chip loops every second byte, loops all of them.
 */
#include "hw/net/dp8390.h"
#include <string.h>

enum { RING_HEADER = 4, FCS = 4, PAGE = 256, GROUP = 1 };

/*
 * The CRC-32 register after `size` bytes, least significant bit first: its complement is the FCS,
 * its lowest six bits in reverse are the hash of a multicast address.
 */
static u32 crc_register(const u8 *p, size_t size)
{
    static const u32 nibble[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    u32 crc = ~0u;
    for (; size; size--) {
        crc ^= *p++;
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return crc;
}

/* ---- reception ---- */

static bool hash_hit(const struct dp8390 *n, const u8 *address)
{
    u32 crc = crc_register(address, NET_ADDRESS);
    unsigned at = 0;
    for (unsigned i = 0; i < 6; i++)
        at = at << 1 | (crc >> i & 1);
    return n->mar[at / 8] >> (at % 8) & 1;
}

static bool wanted(const struct dp8390 *n, const u8 *frame)
{
    static const u8 broadcast[NET_ADDRESS] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    if (!(frame[0] & GROUP))
        return (n->rcr & RCR_PRO) || !memcmp(frame, n->par, NET_ADDRESS);
    if ((n->rcr & RCR_AB) && !memcmp(frame, broadcast, NET_ADDRESS))
        return true;
    return (n->rcr & RCR_AM) && hash_hit(n, frame);
}

static u8 page_after(const struct dp8390 *n, u8 page)
{
    page++;
    return page == n->pstop ? n->pstart : page;
}

/*
 * Where the frame after one of `bytes` will begin. false when that is the boundary or beyond: a
 * ring that is filled up to it would look like an empty one.
 */
static bool find_room(const struct dp8390 *n, size_t bytes, u8 *next)
{
    u8 page = n->curr;
    for (size_t used = 0; used < bytes; used += PAGE) {
        page = page_after(n, page);
        if (page == n->bnry)
            return false;
    }
    *next = page;
    return true;
}

/* The local DMA's pen, which goes round the ring. */
static void put(struct dp8390 *n, u8 v)
{
    n->write(n->card, n->clda++, v);
    if (!(n->clda & (PAGE - 1)) && n->clda >> 8 == n->pstop)
        n->clda = (u16)(n->pstart << 8);
}

void dp8390_receive(void *opaque, const u8 *frame, size_t size)
{
    struct dp8390 *n = opaque;
    if (!n->running || (n->tcr & TCR_LB) || size < NET_HEADER || size > NET_MAX ||
        (size < NET_MIN && !(n->rcr & RCR_AR)) || !wanted(n, frame))
        return;
    if (n->rcr & RCR_MON) {
        dp8390_count(n, 2);
        return;
    }
    u8 next;
    if (!find_room(n, RING_HEADER + size + FCS, &next)) {
        n->rsr |= RSR_MPA;
        dp8390_count(n, 2);
        dp8390_raise(n, ISR_OVW | ISR_RST);
        return;
    }
    u8 status = RSR_PRX | (frame[0] & GROUP ? RSR_PHY : 0);
    u32 fcs = ~crc_register(frame, size);
    size_t count = size + FCS;
    n->clda = (u16)(n->curr << 8);
    put(n, status);
    put(n, next);
    put(n, (u8)count);
    put(n, (u8)(count >> 8));
    for (size_t i = 0; i < size; i++)
        put(n, frame[i]);
    for (unsigned i = 0; i < FCS; i++)
        put(n, (u8)(fcs >> (8 * i)));
    n->curr = next;
    n->rsr = status;
    dp8390_raise(n, ISR_PRX);
}

/* ---- transmission ---- */

void dp8390_transmit(struct dp8390 *n)
{
    n->tx_page = n->tpsr;
    n->tx_count = n->tbcr;
    n->tsr = 0;
    timer_arm(&n->transmitted, clock_now(n->clock) + net_wire_ns(n->tx_count));
}

/*
 * What was sent comes back into the FIFO, which keeps the last eight bytes: of data, CRC, and the
 * length (low, high, high). Nothing goes to memory.
 */
static void loop_back(struct dp8390 *n)
{
    u32 crc = ~0u;
    unsigned at = 0, count = 0;
    for (; count < n->tx_count; count++) {
        u8 v = n->read(n->card, (u16)((n->tx_page << 8) + count));
        n->fifo[at++ % DP8390_FIFO] = v;
        /* One byte at a time: the register goes on where it was. */
        u32 x = crc ^ v;
        for (unsigned i = 0; i < 8; i++)
            x = x >> 1 ^ (x & 1 ? 0xedb88320u : 0);
        crc = x;
    }
    bool good = n->tcr & TCR_CRC ? crc == 0xdebb20e3u : false; /* else it adds, and cannot check */
    if (!(n->tcr & TCR_CRC)) {
        for (unsigned i = 0; i < FCS; i++, count++)
            n->fifo[at++ % DP8390_FIFO] = (u8)(~crc >> (8 * i));
    }
    n->fifo[at++ % DP8390_FIFO] = (u8)count;
    n->fifo[at++ % DP8390_FIFO] = (u8)(count >> 8);
    n->fifo[at % DP8390_FIFO] = (u8)(count >> 8);
    n->fifo_at = 0;
    n->rsr = good ? RSR_PRX : RSR_CRC;
    /* Inside the chip there is neither a carrier nor a heartbeat, with the encoder no heartbeat. */
    unsigned mode = n->tcr & TCR_LB;
    n->tsr = TSR_PTX | TSR_ND;
    if (mode == 0x02)
        n->tsr |= TSR_CRS | TSR_CDH;
    else if (mode == 0x04)
        n->tsr |= TSR_CDH;
}

static void send(struct dp8390 *n)
{
    u8 frame[NET_MAX];
    if (n->tx_count < NET_HEADER || n->tx_count > NET_MAX) {
        log_at(n->log, LOG_GUEST, "%s: a frame of %u bytes goes nowhere", n->name, n->tx_count);
        return;
    }
    for (unsigned i = 0; i < n->tx_count; i++)
        frame[i] = n->read(n->card, (u16)((n->tx_page << 8) + i));
    net_send(&n->out, frame, n->tx_count);
}

void dp8390_on_transmitted(void *opaque)
{
    struct dp8390 *n = opaque;
    if (n->tcr & TCR_LB) {
        loop_back(n);
    } else {
        n->tsr = TSR_PTX | TSR_ND;
        send(n);
    }
    n->ncr = 0;
    n->cr &= (u8)~CR_TXP;
    dp8390_raise(n, n->running ? ISR_PTX : ISR_PTX | ISR_RST);
}
