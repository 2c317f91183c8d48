/*
 * pcnet_regs.c - the Am79C970A's control and status registers, bus configuration registers and
 * interrupts, its initialization and its three kinds of reset (data sheet: "Control and Status
 * Registers", "Bus Configuration Registers", "Initialization", "Suspend", "Stop").
 */
#include "hw/net/pcnet.h"
#include <string.h>

enum { CSR0_EVENTS = 0x7f00, CSR0_INTERRUPTS = 0x5f00, CSR3_MASK = 0x5f7c };
enum { CSR4_EVENTS = 0x022a, CSR4_SETTINGS = 0xfd15, CSR4_RESET = 0x0115 };
enum { CSR5_EVENTS = 0x0a90, CSR5_SETTINGS = 0xc56e, CSR5_ALWAYS = 0x0a10 };
enum { FIFO_RESET = 0x1410, FIFO_ONES = 0xc000, MERRTO_RESET = 0x0200 };
enum { EN124 = 0x8000, CHIPID_LOW = 0x1003, CHIPID_HIGH = 0x0262, CHIPID_ISA = 0x3003 };
enum { LED_OUT = 0x8000, LED_LINK = 0x0040, LED_MASK = 0x63ff };
enum { EE_PVALID = 0x8000, EE_PREAD = 0x4000, EE_DET = 0x2000, EE_EEN = 0x10, EE_PINS = 0x17 };
enum { EE_DATA = 0x01, SWS_APERREN = 0x0400, BSBC_MASK = 0xf660, RING_MAX = 9 };

#define INITIAL_NS 3000ull /* 28 bytes, one arbitration each */
#define PCI_CLOCK_NS 30

static bool halted(const struct pcnet *p) /* most registers can be written then only */
{
    return (p->csr[0] & CSR0_STOP) || p->suspended;
}

/* ---- interrupts ---- */

static bool csr0_interrupt(const struct pcnet *p)
{
    u16 csr4 = p->csr[4], masked = csr4 & ~(csr4 << 1) & (CSR4_EVENTS);
    return (p->csr[0] & CSR0_INTERRUPTS & ~p->csr[3]) || masked || (csr4 & CSR4_UINT) ||
           (p->csr[5] & p->csr[5] << 1 & CSR5_EVENTS);
}

/* Those of CSR5 that say why the chip has stopped do not wait for IENA, which is off then. */
void pcnet_update_irq(struct pcnet *p)
{
    bool level = ((p->csr[0] & CSR0_IENA) && csr0_interrupt(p)) ||
                 (p->csr[5] & p->csr[5] << 1 & CSR5_ALWAYS);
    if (p->isa)
        irq_set(&p->line, level);
    else
        pci_set_interrupt(&p->pci, level);
}

void pcnet_raise(struct pcnet *p, u16 csr0_bits)
{
    p->csr[0] |= csr0_bits;
    pcnet_update_irq(p);
}

/* ---- start and stop ---- */

/* Unlike a LANCE it begins at the beginning of its rings, also when there was no initialization. */
static void start(struct pcnet *p)
{
    p->csr[CSR_RCVRC] = p->csr[CSR_RCVRL];
    p->csr[CSR_XMTRC] = p->csr[CSR_XMTRL];
    if (!(p->csr[CSR_MODE] & MODE_DRX))
        p->csr[0] |= CSR0_RXON;
    if (!(p->csr[CSR_MODE] & MODE_DTX))
        p->csr[0] |= CSR0_TXON;
    pcnet_look(p);
}

static void set_ring(struct pcnet *p, unsigned counter, unsigned length, unsigned base, u32 at,
                     unsigned log2)
{
    u16 n = (u16)(0 - (1u << (log2 < RING_MAX ? log2 : RING_MAX)));
    p->csr[counter] = p->csr[length] = n;
    at &= pcnet_wide(p) ? ~15u : ~7u;
    p->csr[base] = (u16)at;
    p->csr[base + 1] = (u16)(at >> 16);
}

static void take_block(struct pcnet *p, const u8 *b)
{
    bool wide = pcnet_wide(p);
    const u8 *address = b + (wide ? 4 : 2), *filter = b + (wide ? 12 : 8);
    unsigned rlen = wide ? b[2] >> 4 : b[19] >> 5, tlen = wide ? b[3] >> 4 : b[23] >> 5;
    u32 rx = get_le32(b + (wide ? 20 : 16)), tx = get_le32(b + (wide ? 24 : 20));
    if (!wide) {
        rx = (rx & 0xffffff) | pcnet_upper_address(p);
        tx = (tx & 0xffffff) | pcnet_upper_address(p);
    }
    p->csr[CSR_MODE] = get_le16(b);
    for (unsigned i = 0; i < 3; i++)
        p->csr[CSR_PADR + i] = get_le16(address + 2 * i);
    for (unsigned i = 0; i < 4; i++)
        p->csr[CSR_LADRF + i] = get_le16(filter + 2 * i);
    p->csr[CSR_RINGS] = (u16)(tlen << 12 | rlen << 8);
    p->csr[CSR_POLLINT] = 0;
    set_ring(p, CSR_RCVRC, CSR_RCVRL, CSR_BADR, rx, rlen);
    set_ring(p, CSR_XMTRC, CSR_XMTRL, CSR_BADX, tx, tlen);
}

void pcnet_on_initial(void *opaque)
{
    struct pcnet *p = opaque;
    u8 block[28];
    u32 at = p->csr[CSR_IADR] | (u32)p->csr[CSR_IADR + 1] << 16;
    if (!pcnet_bus_read(p, at, block, pcnet_wide(p) ? 28 : 24)) {
        if (!(p->csr[0] & CSR0_STOP)) /* the bus may be granted one day */
            timer_arm(&p->initial, clock_now(p->dev.board->clock) + NS_PER_MS);
        return;
    }
    take_block(p, block);
    pcnet_raise(p, CSR0_IDON);
    if (p->csr[0] & CSR0_STRT)
        start(p);
}

void pcnet_stop(struct pcnet *p)
{
    timer_disarm(&p->initial);
    timer_disarm(&p->tx);
    p->phase = PCNET_IDLE;
    p->suspended = false;
    p->csr[0] = CSR0_STOP;
    p->csr[4] &= (u16) ~(CSR4_EVENTS | CSR4_UINT);
    p->csr[5] &= (u16)~CSR5_SPND;
    p->csr[CSR_MFC] = 0;
    pcnet_update_irq(p);
}

void pcnet_soft_reset(struct pcnet *p)
{
    p->csr[5] = 0;
    p->csr[3] = p->csr[CSR_MODE] = p->csr[CSR_POLLINT] = 0;
    p->csr[4] = CSR4_RESET;
    p->csr[CSR_FIFO] = FIFO_RESET;
    p->csr[CSR_MERRTO] = MERRTO_RESET;
    p->csr[CSR_RCVALGN] = p->csr[CSR_TEST] = 0;
    p->rap = 0;
    pcnet_stop(p);
}

static u16 csum(const u8 *aprom)
{
    u16 sum = 0;
    for (unsigned i = 0; i < PCNET_APROM; i++)
        sum = (u16)(sum + (i == 12 || i == 13 ? 0 : aprom[i]));
    return sum;
}

/* Address, hardware identifier, checksum, and the mark that drivers look for. */
static void pcnet_load_aprom(struct pcnet *p)
{
    memset(p->aprom, 0, sizeof(p->aprom));
    memcpy(p->aprom, p->mac, NET_ADDRESS);
    p->aprom[9] = 0x11;
    p->aprom[14] = p->aprom[15] = 'W';
    put_le16(p->aprom + 12, csum(p->aprom));
}

void pcnet_hard_reset(struct pcnet *p)
{
    static const u16 bcr[] = {
        [0] = 0x0005,         [1] = 0x0005,       [BCR_MC] = 0x0002,    [BCR_LNKST] = 0x00c0,
        [5] = 0x0084,         [6] = 0x0088,       [7] = 0x0090,         [BCR_BSBC] = 0x9001,
        [BCR_EECAS] = 0x0002, [BCR_SWS] = 0x0200, [BCR_PCILAT] = 0xff06};
    memset(p->csr, 0, sizeof(p->csr));
    memset(p->bcr, 0, sizeof(p->bcr));
    memcpy(p->bcr, bcr, sizeof(bcr));
    if (p->isa) /* the link's lamp only */
        p->bcr[BCR_LNKST] = LED_LINK;
    pcnet_load_aprom(p);
    for (unsigned i = 0; i < 3; i++)
        p->csr[CSR_PADR + i] = get_le16(p->mac + 2 * i);
    pcnet_soft_reset(p);
}

/* ---- control and status registers ---- */

static u16 time_to_poll(const struct pcnet *p)
{
    u64 now = clock_now(p->dev.board->clock);
    if (p->phase != PCNET_IDLE || !timer_armed(&p->tx) || p->tx.when <= now)
        return 0;
    return (u16)(0 - (p->tx.when - now) / PCI_CLOCK_NS);
}

/* The descriptors that are current and those after them. */
static u16 ring_address(const struct pcnet *p, unsigned n)
{
    unsigned which = n & ~1u;
    bool rx = which == CSR_CRDA || which == CSR_NRDA;
    bool next = which == CSR_NRDA || which == CSR_NXDA;
    u32 at = pcnet_descriptor_at(p, rx ? CSR_RCVRC : CSR_XMTRC, next);
    return (u16)(n & 1 ? at >> 16 : at);
}

u16 pcnet_csr_read(const struct pcnet *p, unsigned n)
{
    u16 v = n < PCNET_CSRS ? p->csr[n] : 0;
    switch (n) {
    case 0:
        if (v & (CSR0_BABL | CSR0_CERR | CSR0_MISS | CSR0_MERR))
            v |= CSR0_ERR;
        return v | (csr0_interrupt(p) ? CSR0_INTR : 0);
    case 5:
        return (u16)((v & ~CSR5_SPND) | (p->suspended ? CSR5_SPND : 0));
    case CSR_IADR_ALIAS:
    case CSR_IADR_ALIAS + 1:
        return p->csr[n - CSR_IADR_ALIAS + CSR_IADR];
    case CSR_NRDA:
    case CSR_NRDA + 1:
    case CSR_CRDA:
    case CSR_CRDA + 1:
    case CSR_NXDA:
    case CSR_NXDA + 1:
    case CSR_CXDA:
    case CSR_CXDA + 1:
        return ring_address(p, n);
    case CSR_POLL:
        return time_to_poll(p);
    case CSR_SWS:
        return p->bcr[BCR_SWS];
    case CSR_FIFO:
        return v | FIFO_ONES;
    case CSR_CHIPID:
        return p->isa ? CHIPID_ISA : CHIPID_LOW;
    case CSR_CHIPID + 1:
        return p->isa ? 0 : CHIPID_HIGH;
    default:
        return v;
    }
}

static void write_csr0(struct pcnet *p, u16 v)
{
    u16 old = p->csr[0];
    if (v & CSR0_STOP) {
        pcnet_stop(p);
        return;
    }
    p->csr[0] = (u16)((old & ~(v & CSR0_EVENTS) & ~CSR0_IENA) | (v & CSR0_IENA));
    if ((v & CSR0_INIT) && !(old & CSR0_STRT)) {
        p->csr[0] = (u16)((p->csr[0] & ~CSR0_STOP) | CSR0_INIT);
        timer_arm(&p->initial, clock_now(p->dev.board->clock) + INITIAL_NS);
    }
    if ((v & CSR0_STRT) && !(old & CSR0_STRT)) {
        p->csr[0] = (u16)((p->csr[0] & ~CSR0_STOP) | CSR0_STRT);
        if (!timer_armed(&p->initial))
            start(p);
    }
    if ((v & CSR0_TDMD) && (p->csr[0] & CSR0_TXON)) {
        p->csr[0] |= CSR0_TDMD;
        pcnet_look(p);
    }
    pcnet_update_irq(p);
}

static void write_csr4(struct pcnet *p, u16 v)
{
    u16 events = p->csr[4] & (CSR4_EVENTS | CSR4_UINT) & ~v;
    p->csr[4] = (v & CSR4_SETTINGS) | events | (v & CSR4_UINTCMD ? CSR4_UINT : 0);
    pcnet_update_irq(p);
}

static void write_csr5(struct pcnet *p, u16 v)
{
    u16 events = p->csr[5] & CSR5_EVENTS & ~v;
    bool suspend = (v & CSR5_SPND) && !(p->csr[0] & CSR0_STOP);
    bool was = p->csr[5] & CSR5_SPND;
    p->csr[5] = (v & CSR5_SETTINGS) | events | (suspend ? CSR5_SPND : 0);
    if (suspend && p->phase == PCNET_IDLE) {
        timer_disarm(&p->tx);
        p->suspended = true;
    }
    if (!suspend && was) {
        p->suspended = false;
        if (p->csr[0] & CSR0_STRT)
            pcnet_look(p);
    }
    pcnet_update_irq(p);
}

/* Those that are plain memory while the chip stands still. */
static bool is_setting(const struct pcnet *p, unsigned n)
{
    if (n >= CSR_RINGS + 2 && n <= CSR_CXST + 2)
        return n != CSR_IADR_ALIAS && n != CSR_IADR_ALIAS + 1;
    switch (n) {
    case CSR_IADR:
    case CSR_IADR + 1:
    case CSR_POLLINT:
    case CSR_RCVRC:
    case CSR_XMTRC:
    case CSR_RCVRL:
    case CSR_XMTRL:
    case CSR_FIFO:
    case 82: /* DMABAT, DMABA, DMABC */
    case 84:
    case 85:
    case 86:
    case CSR_MERRTO:
    case CSR_RCVALGN:
        return true;
    case CSR_TEST:
        return p->csr[4] & EN124;
    default:
        return n >= CSR_PXDA && n <= 67;
    }
}

void pcnet_csr_write(struct pcnet *p, unsigned n, u16 v)
{
    switch (n) {
    case 0:
        write_csr0(p, v);
        return;
    case 3:
        p->csr[3] = v & CSR3_MASK;
        pcnet_update_irq(p);
        return;
    case 4:
        write_csr4(p, v);
        return;
    case 5:
        if (!p->isa)
            write_csr5(p, v);
        return;
    case CSR_SWS:
        pcnet_bcr_write(p, BCR_SWS, v);
        return;
    case CSR_IADR_ALIAS:
    case CSR_IADR_ALIAS + 1:
        n -= CSR_IADR_ALIAS - CSR_IADR;
        break;
    default:
        break;
    }
    if (is_setting(p, n) && halted(p))
        p->csr[n] = v;
    else
        log_at(p->dev.board->log, LOG_GUEST, "%s: CSR%u <- %04x is not possible %s", p->dev.name, n,
               v, is_setting(p, n) ? "while it runs" : "at all");
}

/* ---- bus configuration registers ---- */

/* LEDOUT: what the lamp shows at this moment. Of what it may stand for only the link lasts. */
static u16 led(const struct pcnet *p, unsigned n)
{
    u16 v = p->bcr[n];
    return v | (p->out.frame && (v & LED_LINK) ? LED_OUT : 0);
}

u16 pcnet_bcr_read(const struct pcnet *p, unsigned n)
{
    if (n >= PCNET_BCRS || (p->isa && n > 7))
        return 0;
    if (n >= BCR_LNKST && n < BCR_LNKST + 4)
        return led(p, n);
    if (n == BCR_EECAS) /* nobody pulls the data line down */
        return p->bcr[n] | EE_PVALID | EE_DET | (p->bcr[n] & EE_EEN ? EE_DATA : 0);
    return p->bcr[n];
}

static void write_style(struct pcnet *p, u16 v)
{
    static const u16 meaning[] = {0x0200, 0x0100, 0x0300, 0x0300}; /* CSRPCNET, SSIZE32 */
    u16 style = p->bcr[BCR_SWS] & 0xff;
    if (halted(p))
        style = v & 0xff;
    if (style >= ARRAY_SIZE(meaning))
        log_at(p->dev.board->log, LOG_GUEST, "%s: software style %02x does not exist", p->dev.name,
               style);
    p->bcr[BCR_SWS] = style | (v & SWS_APERREN) | (style < 4 ? meaning[style] : meaning[0]);
}

void pcnet_bcr_write(struct pcnet *p, unsigned n, u16 v)
{
    static const u16 masks[] = {
        [BCR_MC] = 0x418f,      [BCR_LNKST] = LED_MASK, [5] = LED_MASK, [6] = LED_MASK,
        [7] = LED_MASK,         [BCR_FDC] = 0x0007,     [16] = 0xffe0,  [17] = 0xffff,
        [BCR_BSBC] = BSBC_MASK, [BCR_EECAS] = EE_PINS};
    if (p->isa && n > 7) {
        log_at(p->dev.board->log, LOG_GUEST, "%s: there is no ISACSR%u", p->dev.name, n);
    } else if (n == BCR_SWS) {
        write_style(p, v);
    } else if (n == BCR_PCILAT) {
        p->bcr[n] = v;
        put_le16(p->pci.config + 0x3e, v); /* MIN_GNT, MAX_LAT */
    } else if (n < ARRAY_SIZE(masks) && masks[n]) {
        p->bcr[n] = (u16)((p->bcr[n] & ~masks[n]) | (v & masks[n]));
        if (n == BCR_EECAS && (v & EE_PREAD))
            pcnet_load_aprom(p);
    } else {
        log_at(p->dev.board->log, LOG_GUEST, "%s: BCR%u <- %04x is not possible", p->dev.name, n,
               v);
    }
}
