/*
 * pcnet_rx.c - the Am79C970A receives (data sheet: "Receive Operation", "Address Matching",
 * "Receive Descriptor Table Entry", "Receive Exception Conditions", "Magic Packet Mode"): filters,
 * buffers in a chain, frames that are missed.
 *
 * The cable delivers whole frames without errors, so FRAM, RCC and RPC stay 0 and a wrong FCS
 * comes from loopback only. A frame is put into memory at the instant of its end.
 */
#include "hw/base/crc32.h"
#include "hw/net/pcnet.h"
#include <string.h>

enum { GROUP = 1, STRIP_BELOW = 46, FIFO = 256, RUNT_ACCEPT = 8, MAGIC_TIMES = 16, ALIGN = 2 };

#define RMD_WRITTEN 0x7ff00000u /* ERR to BAM */

/* ---- the filters ---- */

static bool hash_hit(const struct pcnet *p, const u8 *address)
{
    unsigned bit = ~crc32_of(0, address, NET_ADDRESS) >> 26;
    return p->csr[CSR_LADRF + bit / 16] >> (bit % 16) & 1;
}

static bool is_mine(const struct pcnet *p, const u8 *address)
{
    return get_le16(address) == p->csr[CSR_PADR] && get_le16(address + 2) == p->csr[CSR_PADR + 1] &&
           get_le16(address + 4) == p->csr[CSR_PADR + 2];
}

/* What the descriptor says of the match; 0: none of the filters wants it. */
static u32 match(const struct pcnet *p, const u8 *address)
{
    static const u8 everybody[NET_ADDRESS] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    u16 mode = p->csr[CSR_MODE];
    if (!(address[0] & GROUP))
        return !(mode & MODE_DRCVPA) && is_mine(p, address) ? RMD_PAM : 0;
    if (!(mode & MODE_DRCVBC) && !memcmp(address, everybody, NET_ADDRESS))
        return RMD_BAM;
    return hash_hit(p, address) ? RMD_LAFM : 0;
}

/* ---- into memory ---- */

static void missed(struct pcnet *p)
{
    if (!++p->csr[CSR_MFC])
        p->csr[4] |= CSR4_MFCO;
    pcnet_raise(p, CSR0_MISS);
}

/* The descriptor of the frame's end, or of where it had to end. */
static bool put_last(struct pcnet *p, struct pcnet_descriptor *d, u32 flags, u32 count)
{
    d->flags |= flags;
    d->status = flags & DESC_ENP ? count : d->status;
    return pcnet_put(p, CSR_RCVRC, d);
}

/* false: the bus refused. */
static bool store(struct pcnet *p, struct pcnet_descriptor *d, const u8 *frame, u32 size, u32 end)
{
    u32 skip = p->csr[CSR_RCVALGN] & 1 ? ALIGN : 0, done = 0, flags = DESC_STP;
    struct pcnet_descriptor next;
    for (;;) {
        u32 room = pcnet_size(d) > skip ? pcnet_size(d) - skip : 0;
        u32 n = size - done < room ? size - done : room;
        if (!pcnet_write_data(p, d->buffer + skip, frame + done, n))
            return false;
        done += n;
        skip = 0;
        d->flags = (d->flags & ~RMD_WRITTEN) | flags;
        flags = 0;
        if (done == size)
            return put_last(p, d, DESC_ENP | end, size);
        if (!pcnet_get(p, CSR_RCVRC, 1, &next))
            return false;
        if (!(next.flags & DESC_OWN))
            return put_last(p, d, DESC_ERR | RMD_BUFF | (size - done > FIFO ? RMD_OFLO : 0), 0);
        if (!pcnet_put(p, CSR_RCVRC, d))
            return false;
        *d = next;
    }
}

static bool strips(const struct pcnet *p, const u8 *frame, u32 size)
{
    return (p->csr[4] & CSR4_ASTRP_RCV) && size >= NET_HEADER &&
           (frame[12] << 8 | frame[13]) < STRIP_BELOW &&
           size >= (u32)NET_HEADER + frame[13] + PCNET_FCS;
}

/* ---- magic packets ---- */

static bool is_magic(const struct pcnet *p, const u8 *frame, u32 size)
{
    u8 pattern[NET_ADDRESS * (MAGIC_TIMES + 1)];
    memset(pattern, 0xff, NET_ADDRESS);
    for (unsigned i = NET_ADDRESS; i < sizeof(pattern); i++)
        pattern[i] = (u8)(p->csr[CSR_PADR + i % NET_ADDRESS / 2] >> 8 * (i & 1));
    for (u32 at = 0; at + sizeof(pattern) <= size; at++) {
        if (!memcmp(frame + at, pattern, sizeof(pattern)))
            return true;
    }
    return false;
}

static void sleeping(struct pcnet *p, const u8 *frame, u32 size)
{
    u32 how = match(p, frame);
    bool mine = p->csr[5] & CSR5_MPPLBA ? how != 0 : how == RMD_PAM;
    if (mine && is_magic(p, frame, size)) {
        p->csr[5] |= CSR5_MPINT;
        pcnet_update_irq(p);
    }
}

/* ---- a frame ---- */

/* With its FCS, which is right or not. */
static void take(struct pcnet *p, const u8 *frame, u32 size, bool right)
{
    struct pcnet_descriptor d;
    u16 magic = CSR5_MPMODE | CSR5_MPEN;
    if (!(p->csr[0] & CSR0_RXON) || (p->csr[5] & CSR5_SPND) || size < NET_ADDRESS + PCNET_FCS)
        return;
    if ((p->csr[5] & magic) == magic) {
        sleeping(p, frame, size - PCNET_FCS);
        return;
    }
    u32 end = match(p, frame);
    if (!end && !(p->csr[CSR_MODE] & MODE_PROM))
        return;
    if (!right)
        end |= DESC_ERR | RMD_CRC;
    if (strips(p, frame, size))
        size = (u32)NET_HEADER + frame[13];
    if (!pcnet_get(p, CSR_RCVRC, 0, &d) || !(d.flags & DESC_OWN)) {
        if (!(p->csr[0] & CSR0_STOP))
            missed(p);
    } else if (store(p, &d, frame, size, end)) {
        pcnet_raise(p, CSR0_RINT);
    }
}

void pcnet_loop_back(struct pcnet *p, const u8 *frame, u32 size)
{
    bool right = size >= PCNET_FCS &&
                 crc32_of(0, frame, size - PCNET_FCS) == get_le32(frame + size - PCNET_FCS);
    take(p, frame, size, right); /* runts too, whatever RPA says */
}

void pcnet_receive(void *opaque, const u8 *frame, size_t size)
{
    struct pcnet *p = opaque;
    u8 whole[PCNET_FRAME];
    bool alone = pcnet_looping(p) && (p->csr[CSR_MODE] & MODE_INTL);
    if (size < NET_HEADER || size > NET_MAX || alone ||
        (size < NET_MIN && !(p->csr[CSR_TEST] & RUNT_ACCEPT)))
        return;
    memcpy(whole, frame, size);
    put_le32(whole + size, crc32_of(0, frame, size));
    take(p, whole, (u32)size + PCNET_FCS, true);
}
