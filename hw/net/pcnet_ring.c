/*
 * pcnet_ring.c - what the Am79C970A reads and writes in memory (data sheet: "Master Bus Interface
 * Unit", "Buffer Management Unit", "Descriptor Rings", "RMD/TMD"): descriptors in four layouts
 * (BCR20.SWSTYLE), buffers in either byte order.
 *
 * A bus that the chip is not given (PCI command, BMEN) ends in MERR, an address where nobody is in
 * a master abort: SINT, and the chip stops. Below 16 MB the ISA bridge answers what nobody else
 * does, so there memory that is not there takes nothing and gives ones. The Am79C960 has 24 address
 * lines and is on that bus.
 */
#include "hw/net/pcnet.h"
#include <string.h>

#define ISA_END 0x1000000u

enum { RECEIVED_MASTER_ABORT = 0x20, LANES = 4 };

/* ---- the bus ---- */

static bool somebody_there(struct pcnet *p, u32 addr, u32 size)
{
    u64 end = (u64)addr + size;
    for (u64 at = addr & ~PAGE_MASK; at < end; at += PAGE_SIZE) {
        if (at >= ISA_END &&
            phys_bus_page(p->dev.board->phys, (u32)at)->kind == PAGE_NONE) /* wraps at 4 GiB */
            return false;
    }
    return true;
}

static bool granted(struct pcnet *p, u32 addr, u32 size)
{
    if (p->isa)
        return true;
    if (!(pci_command(&p->pci) & PCI_MASTER_ENABLE)) {
        pcnet_raise(p, CSR0_MERR);
        return false;
    }
    if (somebody_there(p, addr, size))
        return true;
    log_at(p->dev.board->log, LOG_GUEST, "%s: nobody answers at %08x: master abort", p->dev.name,
           addr);
    p->pci.config[PCI_STATUS + 1] |= RECEIVED_MASTER_ABORT;
    pcnet_stop(p);
    p->csr[5] |= CSR5_SINT;
    pcnet_update_irq(p);
    return false;
}

/* What begins below 16 MB may end above it: that is of no interest to anybody. */
static u32 on_bus(const struct pcnet *p, u32 addr)
{
    return p->isa ? addr & (ISA_END - 1) : addr;
}

bool pcnet_bus_read(struct pcnet *p, u32 addr, void *data, u32 size)
{
    if (!granted(p, addr, size))
        return false;
    p->mastering = true;
    phys_read(p->dev.board->phys, on_bus(p, addr), data, size);
    p->mastering = false;
    return true;
}

static bool pcnet_bus_write(struct pcnet *p, u32 addr, const void *data, u32 size)
{
    if (!granted(p, addr, size))
        return false;
    p->mastering = true;
    phys_write(p->dev.board->phys, on_bus(p, addr), data, size);
    p->mastering = false;
    return true;
}

/* For a big-endian host BSWP turns round the four lanes of each double word. */
bool pcnet_read_data(struct pcnet *p, u32 addr, u8 *data, u32 size)
{
    if (!(p->csr[3] & CSR3_BSWP))
        return pcnet_bus_read(p, addr, data, size);
    for (u32 i = 0; i < size; i++) {
        if (!pcnet_bus_read(p, (addr + i) ^ (LANES - 1), data + i, 1))
            return false;
    }
    return true;
}

bool pcnet_write_data(struct pcnet *p, u32 addr, const u8 *data, u32 size)
{
    if (!(p->csr[3] & CSR3_BSWP))
        return pcnet_bus_write(p, addr, data, size);
    for (u32 i = 0; i < size; i++) {
        if (!pcnet_bus_write(p, (addr + i) ^ (LANES - 1), data + i, 1))
            return false;
    }
    return true;
}

/* ---- rings ---- */

/* 24-bit addresses are completed by the upper byte of the initialization block's. */
u32 pcnet_upper_address(const struct pcnet *p)
{
    return pcnet_wide(p) ? 0 : (u32)(p->csr[CSR_IADR + 1] & 0xff00) << 16;
}

/*
 * Counters are two's complement, as the lengths: that of the first descriptor is the length. What
 * lies outside, written by software, counts as the last one.
 */
static u32 place(const struct pcnet *p, unsigned ring, u32 *length)
{
    u16 rl = p->csr[ring == CSR_RCVRC ? CSR_RCVRL : CSR_XMTRL];
    u16 at = (u16)(p->csr[ring] - rl);
    *length = 0x10000u - rl;
    return at < *length ? at : *length - 1;
}

u32 pcnet_descriptor_at(const struct pcnet *p, unsigned ring, unsigned ahead)
{
    const u16 *base = &p->csr[ring == CSR_RCVRC ? CSR_BADR : CSR_BADX];
    u32 length, at = place(p, ring, &length);
    at = (at + ahead) % length;
    return (base[0] | (u32)base[1] << 16) + at * (pcnet_wide(p) ? 16 : 8);
}

static void advance(struct pcnet *p, unsigned ring)
{
    u32 length, at = place(p, ring, &length);
    p->csr[ring] = (u16)((at + 1) % length - length);
}

/* ---- descriptors ---- */

/* Style 3 has address and status the other way round, so that what is written is in one piece. */
static unsigned buffer_offset(const struct pcnet *p)
{
    return pcnet_style(p) == 3 ? 8 : 0;
}

static void unpack(const struct pcnet *p, const u8 *m, struct pcnet_descriptor *d)
{
    if (pcnet_wide(p)) {
        d->buffer = get_le32(m + buffer_offset(p));
        d->flags = get_le32(m + 4);
        d->status = get_le32(m + (8 - buffer_offset(p)));
        return;
    }
    d->buffer = get_le16(m) | (u32)m[2] << 16 | pcnet_upper_address(p);
    d->flags = (u32)m[3] << 24 | get_le16(m + 4);
    d->status = get_le16(m + 6);
}

/* Copies of what was read last, for whoever looks. */
static void show(struct pcnet *p, unsigned ring, const struct pcnet_descriptor *d)
{
    bool rx = ring == CSR_RCVRC;
    unsigned address = rx ? CSR_CRBA : CSR_CXBA;
    p->csr[address] = (u16)d->buffer;
    p->csr[address + 1] = (u16)(d->buffer >> 16);
    p->csr[rx ? CSR_CRBC : CSR_CXBC] = d->flags & 0xfff;
    p->csr[rx ? CSR_CRST : CSR_CXST] = d->flags >> 16 & 0xff00;
}

bool pcnet_get(struct pcnet *p, unsigned ring, unsigned ahead, struct pcnet_descriptor *d)
{
    u8 m[16];
    u32 at = pcnet_descriptor_at(p, ring, ahead);
    if (!pcnet_bus_read(p, at, m, pcnet_wide(p) ? 12 : 8))
        return false;
    d->at = at;
    unpack(p, m, d);
    if (!ahead)
        show(p, ring, d);
    return true;
}

/* The byte with OWN goes last: whoever sees it clear sees the rest. */
bool pcnet_put(struct pcnet *p, unsigned ring, const struct pcnet_descriptor *d)
{
    u8 m[4];
    bool tx = ring == CSR_XMTRC;
    if (tx) {
        p->csr[CSR_PXDA] = (u16)d->at;
        p->csr[CSR_PXDA + 1] = (u16)(d->at >> 16);
        p->csr[CSR_PXBC] = d->flags & 0xfff;
        p->csr[CSR_PXST] = d->flags >> 16 & 0x7f00;
    }
    advance(p, ring);
    if (pcnet_wide(p)) {
        put_le32(m, d->status);
        if (!pcnet_bus_write(p, d->at + 8 - buffer_offset(p), m, 4))
            return false;
        put_le32(m, d->flags & ~DESC_OWN);
        return pcnet_bus_write(p, d->at + 4, m, 4);
    }
    put_le16(m, (u16)(tx ? d->status >> 16 : d->status));
    m[2] = (u8)((d->flags & ~DESC_OWN) >> 24);
    return pcnet_bus_write(p, d->at + 6, m, 2) && pcnet_bus_write(p, d->at + 3, m + 2, 1);
}
