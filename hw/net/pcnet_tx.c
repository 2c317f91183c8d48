/*
 * pcnet_tx.c - the Am79C970A sends (data sheet: "Transmit Operation", "Transmit Descriptor Table
 * Entry", "Transmit Exception Conditions", "Loopback Operation"): from the transmit ring, buffer by
 * buffer at the pace of the cable, so that a ring without end takes time without end.
 *
 * A timer does each step: a look at the ring, the end of a buffer, the end of the frame. The
 * cable is a full-duplex link: there are no collisions, deferrals or lost carriers, except the
 * collision that MODE.FCOLL asks for. What is longer than a frame goes on until its descriptors
 * end (BABL, then JAB), and nobody takes it.
 */
#include "hw/base/crc32.h"
#include "hw/net/pcnet.h"
#include <string.h>

enum { PREAMBLE = 8, JABBER = 32768, LENGTH_STOP = 1 << 24, STYLE_ILACC = 1 };

#define DESCRIPTOR_NS 1000ull /* arbitration, one descriptor, and the other half of the poll */
#define PCI_CLOCK_NS 30ull
#define MERRTO_NS 100ull

static u64 now(const struct pcnet *p)
{
    return clock_now(p->dev.board->clock);
}

/* ---- when to look again ---- */

void pcnet_look(struct pcnet *p)
{
    u64 at = now(p) + DESCRIPTOR_NS;
    bool sooner = !timer_armed(&p->tx) || p->tx.when > at;
    if (p->phase == PCNET_IDLE && !(p->csr[5] & CSR5_SPND) && sooner)
        timer_arm(&p->tx, at);
}

static void poll_later(struct pcnet *p)
{
    u64 interval = (0x10000 - p->csr[CSR_POLLINT]) * PCI_CLOCK_NS;
    if (!(p->csr[4] & CSR4_TXDPOLL))
        timer_arm(&p->tx, now(p) + (interval > DESCRIPTOR_NS ? interval : DESCRIPTOR_NS));
}

/* It stopped for good, or waits for the bus. */
static void refused(struct pcnet *p)
{
    p->phase = PCNET_IDLE;
    if (!(p->csr[0] & CSR0_STOP))
        timer_arm(&p->tx, now(p) + DESCRIPTOR_NS + p->csr[CSR_MERRTO] * MERRTO_NS);
}

/* ---- one buffer ---- */

static bool adds_fcs(const struct pcnet *p, u32 last_flags)
{
    bool usual = !(p->csr[CSR_MODE] & MODE_DXMTFCS);
    if ((p->csr[4] & CSR4_APAD_XMT) && p->tx_length < NET_MIN)
        return true;
    if (pcnet_style(p) == STYLE_ILACC)
        return usual && !(last_flags & TMD_FCS);
    return usual || (p->tx_flags & TMD_FCS);
}

/* How long it takes from the last byte of the last buffer to the next frame. */
static u64 tail_ns(const struct pcnet *p, u32 last_flags)
{
    u64 bytes = adds_fcs(p, last_flags) ? PCNET_FCS : 0;
    if ((p->csr[4] & CSR4_APAD_XMT) && p->tx_length < NET_MIN)
        bytes += NET_MIN - p->tx_length;
    return bytes * NET_BYTE_NS + NET_GAP_NS;
}

static bool crossed(u32 before, u32 after, u32 limit)
{
    return before <= limit && after > limit;
}

static void take_buffer(struct pcnet *p, const struct pcnet_descriptor *d)
{
    u32 n = pcnet_size(d), before = p->tx_length;
    u32 room = before < PCNET_FRAME ? PCNET_FRAME - before : 0;
    if (!pcnet_read_data(p, d->buffer, p->tx_frame + (PCNET_FRAME - room), n < room ? n : room)) {
        refused(p);
        return;
    }
    p->tx_length = before + n < LENGTH_STOP ? before + n : LENGTH_STOP;
    u32 limit = adds_fcs(p, d->flags) ? NET_MAX : NET_MAX + PCNET_FCS;
    if (crossed(before, p->tx_length, limit))
        pcnet_raise(p, CSR0_BABL);
    if (crossed(before, p->tx_length, JABBER)) {
        p->csr[4] |= CSR4_JAB;
        pcnet_update_irq(p);
    }
    u64 wire = n * NET_BYTE_NS + (before ? 0 : PREAMBLE * NET_BYTE_NS);
    p->phase = d->flags & DESC_ENP ? PCNET_LAST : PCNET_BUFFER;
    timer_arm(&p->tx, now(p) + wire + (p->phase == PCNET_LAST ? tail_ns(p, d->flags) : 0));
}

static void look_for_frame(struct pcnet *p)
{
    struct pcnet_descriptor d;
    p->csr[0] &= (u16)~CSR0_TDMD;
    if (!(p->csr[0] & CSR0_TXON) || (p->csr[5] & CSR5_SPND))
        return;
    if (!pcnet_get(p, CSR_XMTRC, 0, &d)) {
        refused(p);
    } else if (!(d.flags & DESC_OWN)) {
        poll_later(p);
    } else if (!(d.flags & DESC_STP)) { /* the rest of a frame that failed: passed over */
        if (pcnet_put(p, CSR_XMTRC, &d))
            timer_arm(&p->tx, now(p) + DESCRIPTOR_NS);
        else
            refused(p);
    } else {
        p->tx_flags = d.flags;
        p->tx_length = 0;
        p->csr[4] |= CSR4_TXSTRT;
        pcnet_update_irq(p);
        take_buffer(p, &d);
    }
}

/* ---- the end of a buffer ---- */

static void idle(struct pcnet *p)
{
    p->phase = PCNET_IDLE;
    if (p->csr[5] & CSR5_SPND)
        p->suspended = true;
    else
        look_for_frame(p);
}

/* The chain ends without the frame's end: it is cut off on the wire. */
static void underflow(struct pcnet *p, struct pcnet_descriptor *d)
{
    d->flags |= DESC_ERR;
    d->status = TMD_BUFF | TMD_UFLO;
    if (!pcnet_put(p, CSR_XMTRC, d)) {
        refused(p);
        return;
    }
    if (!(p->csr[3] & CSR3_DXSUFLO))
        p->csr[0] &= (u16)~CSR0_TXON;
    pcnet_raise(p, CSR0_TINT);
    idle(p);
}

/* The chip has the next descriptor before it gives this one back. */
static void next_buffer(struct pcnet *p)
{
    struct pcnet_descriptor d, next;
    if (!pcnet_get(p, CSR_XMTRC, 0, &d) || !pcnet_get(p, CSR_XMTRC, 1, &next))
        refused(p);
    else if (!(next.flags & DESC_OWN))
        underflow(p, &d);
    else if (!pcnet_put(p, CSR_XMTRC, &d))
        refused(p);
    else
        take_buffer(p, &next);
}

/* ---- the end of a frame ---- */

static void onto_the_cable(struct pcnet *p, const u8 *frame, u32 size)
{
    bool right = size >= NET_HEADER + PCNET_FCS &&
                 crc32_of(0, frame, size - PCNET_FCS) == get_le32(frame + size - PCNET_FCS);
    if (right)
        net_send(&p->out, frame, size - PCNET_FCS);
    else
        log_at(p->dev.board->log, LOG_GUEST, "%s: a frame of %u bytes with a wrong FCS is lost",
               p->dev.name, size);
}

static void deliver(struct pcnet *p, u32 last_flags)
{
    u8 frame[PCNET_FRAME];
    u32 size = p->tx_length;
    bool fcs = adds_fcs(p, last_flags);
    if (size > (fcs ? NET_MAX : PCNET_FRAME)) {
        log_at(p->dev.board->log, LOG_GUEST, "%s: a frame of %u bytes goes nowhere", p->dev.name,
               size);
        return;
    }
    memcpy(frame, p->tx_frame, size);
    if ((p->csr[4] & CSR4_APAD_XMT) && size < NET_MIN) {
        memset(frame + size, 0, NET_MIN - size);
        size = NET_MIN;
    }
    if (fcs) {
        put_le32(frame + size, crc32_of(0, frame, size));
        size += PCNET_FCS;
    }
    bool inside = pcnet_looping(p) && (p->csr[CSR_MODE] & MODE_INTL);
    if (!inside)
        onto_the_cable(p, frame, size);
    if (pcnet_looping(p))
        pcnet_loop_back(p, frame, size);
}

static bool forced_collision(const struct pcnet *p)
{
    u16 want = MODE_LOOP | MODE_INTL | MODE_FCOLL;
    return (p->csr[CSR_MODE] & want) == want;
}

static void frame_done(struct pcnet *p)
{
    struct pcnet_descriptor d;
    if (!pcnet_get(p, CSR_XMTRC, 0, &d)) {
        refused(p);
        return;
    }
    bool failed = forced_collision(p);
    if (!failed)
        deliver(p, d.flags);
    if (p->csr[0] & CSR0_STOP) /* a received frame had nowhere to go */
        return;
    bool wanted = !(p->csr[5] & CSR5_LTINTEN) || (d.flags & TMD_LTINT);
    d.flags &= ~(DESC_ERR | TMD_RETRY);
    d.flags |= failed ? DESC_ERR : 0;
    d.status = failed ? TMD_RTRY : 0;
    if (!pcnet_put(p, CSR_XMTRC, &d)) {
        refused(p);
        return;
    }
    if (failed || (wanted && !(p->csr[5] & CSR5_TOKINTD)))
        pcnet_raise(p, CSR0_TINT);
    idle(p);
}

void pcnet_on_tx(void *opaque)
{
    struct pcnet *p = opaque;
    if (p->phase == PCNET_BUFFER)
        next_buffer(p);
    else if (p->phase == PCNET_LAST)
        frame_done(p);
    else
        look_for_frame(p);
}
