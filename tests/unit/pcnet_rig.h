/*
 * pcnet_rig.h - for tests of the PCnet: a board with a PCI bus and the card in slot 3, rings in
 * memory in any of the four software styles, and the far end of the cable in the test's hand.
 */
#ifndef PCNET_RIG_H
#define PCNET_RIG_H

#include "hw/base/crc32.h"
#include "hw/net/pcnet.h"
#include "roundtrip.h"

enum { SLOT = 3, AT = 0xc100, MEMORY_AT = 0xe0000020, PIRQ = (SLOT + 1 + 2) % PCI_PIRQS };
enum {
    BLOCK = 0x1000,
    RX_RING = 0x2000,
    TX_RING = 0x3000,
    RX_BUFFERS = 0x10000,
    TX_BUFFERS = 0x20000
};
enum { BUFFER = 0x800 };

static struct bench b;
static struct pcnet *card;
static u8 sent[PCNET_FRAME];
static size_t sent_size;
static unsigned sent_count;
static u64 sent_at;
static const u8 mac[NET_ADDRESS] = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55};

static inline void on_frame(void *opaque, const u8 *frame, size_t size)
{
    (void)opaque;
    ck_assert_uint_le(size, NET_MAX);
    memcpy(sent, frame, size);
    sent_size = size;
    sent_count++;
    sent_at = b.clock.now;
}

static inline void configure(struct pci *pci, unsigned reg, u32 v, unsigned size)
{
    pci_config_write(pci, PCI_DEVFN(SLOT, 0), reg, v, size);
}

/* A frame from the cable, or something in memory that the chip may take for rings. */
static inline u64 hear(struct bench *bench, struct device *d, struct storm *r)
{
    u8 frame[NET_MAX];
    u32 v = storm_next(r);
    size_t size = NET_MIN + storm_next(r) % (NET_MAX - NET_MIN);
    for (size_t i = 0; i < size; i++)
        frame[i] = (u8)(i * 5);
    if (v & 1)
        memcpy(frame, mac, sizeof(mac));
    else if (v & 2)
        memset(frame, 0xff, sizeof(mac));
    if (v & 12)
        pcnet_receive(d, frame, size);
    else
        put_le32(bench->phys.ram + (v >> 8 & 0xfffc), storm_next(r) | (v & 16 ? DESC_OWN : 0));
    return 0;
}

static inline struct device *make(struct bench *bench)
{
    struct pci *pci = (struct pci *)device_new(&pci_class, NULL);
    struct pcnet *p = (struct pcnet *)device_new(&pcnet_class, NULL);
    for (unsigned i = 0; i < PCI_PIRQS; i++)
        pci->pirq[i] = bench_line(bench, (int)i);
    bench->extra = &pci->dev;
    bench_start(bench, &pci->dev);
    memcpy(p->mac, mac, sizeof(mac));
    p->out = (struct net_port){on_frame, NULL};
    pci_attach(pci, &p->pci, PCI_DEVFN(SLOT, 0));
    bench_start(bench, &p->dev);
    bench->step = hear;
    return &p->dev;
}

static inline void setup(void)
{
    bench_init(&b);
    card = (struct pcnet *)make(&b);
    configure((struct pci *)b.extra, PCI_BAR0, AT, 4);
    configure((struct pci *)b.extra, PCI_BAR0 + 4, MEMORY_AT, 4);
    configure((struct pci *)b.extra, PCI_COMMAND,
              PCI_IO_ENABLE | PCI_MEMORY_ENABLE | PCI_MASTER_ENABLE, 2);
    sent_count = 0;
    sent_size = 0;
}

static inline void teardown(void)
{
    bench_free(&b, &card->dev);
}

/* ---- registers, in word mode ---- */

static inline u16 csr(unsigned n)
{
    bus_out(&b.bus, AT + PCNET_WIO_RAP, n, 2);
    return (u16)bus_in(&b.bus, AT + PCNET_WIO_RDP, 2);
}

static inline void set_csr(unsigned n, u16 v)
{
    bus_out(&b.bus, AT + PCNET_WIO_RAP, n, 2);
    bus_out(&b.bus, AT + PCNET_WIO_RDP, v, 2);
}

static inline u16 bcr(unsigned n)
{
    bus_out(&b.bus, AT + PCNET_WIO_RAP, n, 2);
    return (u16)bus_in(&b.bus, AT + PCNET_WIO_BDP, 2);
}

static inline void set_bcr(unsigned n, u16 v)
{
    bus_out(&b.bus, AT + PCNET_WIO_RAP, n, 2);
    bus_out(&b.bus, AT + PCNET_WIO_BDP, v, 2);
}

static inline int line(void)
{
    return b.level[PIRQ];
}

/* ---- rings ---- */

static inline unsigned style(void)
{
    return card->bcr[BCR_SWS] & 0xff;
}

static inline bool wide(void)
{
    return style() != 0;
}

static inline u8 *descriptor(u32 ring, unsigned i)
{
    return b.phys.ram + ring + i * (wide() ? 16 : 8);
}

/* Flags as in the 32-bit layouts; `size` 0: the count that means 4096. */
static inline void give(u32 ring, unsigned i, u32 buffer, u32 size, u32 flags)
{
    u8 *d = descriptor(ring, i);
    u16 count = (u16)(0xf000 | (0x1000 - size));
    if (wide()) {
        put_le32(d + (style() == 3 ? 8 : 0), buffer);
        put_le32(d + (style() == 3 ? 0 : 8), 0);
        put_le32(d + 4, flags | count);
        return;
    }
    put_le32(d, buffer | (flags & 0xff000000));
    put_le16(d + 4, count);
    put_le16(d + 6, 0);
}

static inline u32 flags_of(u32 ring, unsigned i)
{
    const u8 *d = descriptor(ring, i);
    return wide() ? get_le32(d + 4) & 0xfff00000 : (u32)d[3] << 24;
}

static inline u32 status_of(u32 ring, unsigned i)
{
    const u8 *d = descriptor(ring, i);
    if (wide())
        return get_le32(d + (style() == 3 ? 0 : 8));
    return ring == TX_RING ? (u32)get_le16(d + 6) << 16 : get_le16(d + 6);
}

static inline u8 *rx_buffer(unsigned i)
{
    return b.phys.ram + RX_BUFFERS + i * BUFFER;
}

static inline u8 *tx_buffer(unsigned i)
{
    return b.phys.ram + TX_BUFFERS + i * BUFFER;
}

static inline void write_block(u16 mode, u64 filter, unsigned log2)
{
    u8 *i = b.phys.ram + BLOCK;
    put_le16(i, mode);
    if (wide()) {
        put_le16(i + 2, (u16)(log2 << 12 | log2 << 4));
        memcpy(i + 4, mac, NET_ADDRESS);
        put_le64(i + 12, filter);
        put_le32(i + 20, RX_RING);
        put_le32(i + 24, TX_RING);
        return;
    }
    memcpy(i + 2, mac, NET_ADDRESS);
    put_le64(i + 8, filter);
    put_le32(i + 16, (u32)RX_RING | log2 << 29);
    put_le32(i + 20, (u32)TX_RING | log2 << 29);
}

/* Stopped, then running with four descriptors in each ring, all receive buffers the chip's. */
static inline void run_with(unsigned software_style, u16 mode, u64 filter)
{
    set_csr(0, CSR0_STOP);
    set_bcr(BCR_SWS, (u16)software_style);
    write_block(mode, filter, 2);
    for (unsigned i = 0; i < 4; i++) {
        give(RX_RING, i, RX_BUFFERS + i * BUFFER, BUFFER, DESC_OWN);
        give(TX_RING, i, TX_BUFFERS + i * BUFFER, 60, 0);
    }
    set_csr(1, BLOCK);
    set_csr(2, 0);
    set_csr(0, CSR0_INIT);
    run_for(&b, 20 * NS_PER_US);
    ck_assert_uint_eq(csr(0), CSR0_INIT | CSR0_IDON | CSR0_INTR);
    set_csr(0, CSR0_IDON | CSR0_STRT | CSR0_IENA);
}

/* Fill a transmit buffer and give it away. */
static inline void transmit(unsigned i, u32 size, u32 flags)
{
    for (u32 k = 0; k < size; k++)
        tx_buffer(i)[k] = (u8)(k * 7 + i);
    memcpy(tx_buffer(i), "\xff\xff\xff\xff\xff\xff", NET_ADDRESS);
    memcpy(tx_buffer(i) + NET_ADDRESS, mac, NET_ADDRESS);
    give(TX_RING, i, TX_BUFFERS + i * BUFFER, size, DESC_OWN | flags);
}

static inline void demand(void)
{
    set_csr(0, CSR0_TDMD | CSR0_IENA);
}

#endif
