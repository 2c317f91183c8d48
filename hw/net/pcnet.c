/*
 * pcnet.c - the AMD Am79C970A, PCnet-PCI II, on its card (data sheet 19436): the window of ports
 * and the same in memory, the address PROM, PCI configuration, state. The chip itself is in
 * pcnet_regs.c, pcnet_ring.c, pcnet_tx.c and pcnet_rx.c.
 *
 * Not modelled: the serial EEPROM's own protocol (its contents are loaded already), the expansion
 * ROM, the bus timers and FIFO watermarks (CSR80 to CSR86), look-ahead packet processing
 * (CSR3.LAPPEN), parity errors, the sleep pin, the LEDs' pulses. AUI and GPSI are the same cable.
 */
#include "hw/net/pcnet.h"
#include "hw/net/net_link.h"
#include <stdio.h>
#include <string.h>

enum { REGISTERS_AT = 0x10, MIN_GNT = 0x3e };

/* ---- registers in the window ---- */

static bool double_words(const struct pcnet *p)
{
    return p->bcr[BCR_BSBC] & BSBC_DWIO;
}

/* The register at an even offset in the order of word mode; -1: none, or the middle of one. */
static int register_at(const struct pcnet *p, unsigned offset)
{
    if (!double_words(p))
        return offset <= PCNET_WIO_BDP && !(offset & 1) ? (int)offset : -1;
    return offset & 3 ? -1 : (int)(PCNET_WIO_RDP + (offset - REGISTERS_AT) / 2);
}

static u16 register_in(struct pcnet *p, int reg)
{
    switch (reg) {
    case PCNET_WIO_RDP:
        return pcnet_csr_read(p, p->rap);
    case PCNET_WIO_RAP:
        return p->rap;
    case PCNET_WIO_RESET:
        pcnet_soft_reset(p);
        return 0;
    case PCNET_WIO_BDP:
        return pcnet_bcr_read(p, p->rap);
    default:
        return 0;
    }
}

static void register_out(struct pcnet *p, int reg, u16 v)
{
    if (reg == PCNET_WIO_RDP)
        pcnet_csr_write(p, p->rap, v);
    else if (reg == PCNET_WIO_RAP)
        p->rap = v & 0xff;
    else if (reg == PCNET_WIO_BDP)
        pcnet_bcr_write(p, p->rap, v);
}

u32 pcnet_window_in(struct pcnet *p, unsigned offset, unsigned size)
{
    u32 v = 0;
    if (offset < PCNET_APROM) {
        for (unsigned i = 0; i < size && offset + i < PCNET_APROM; i++)
            v |= (u32)p->aprom[offset + i] << 8 * i;
        return v;
    }
    if (size == 1) /* of a register the half that is asked for */
        return register_in(p, register_at(p, offset & ~1u)) >> 8 * (offset & 1) & 0xff;
    v = register_in(p, register_at(p, offset));
    if (size == 4 && !double_words(p))
        v |= (u32)register_in(p, register_at(p, offset + 2)) << 16;
    return v;
}

static void write_aprom(struct pcnet *p, unsigned offset, u32 v, unsigned size)
{
    for (unsigned i = 0; i < size && offset + i < PCNET_APROM; i++) {
        if (p->bcr[BCR_MC] & MC_APROMWE)
            p->aprom[offset + i] = (u8)(v >> 8 * i);
    }
}

/* A double word to RDP turns double-word mode on, until a hard reset. */
void pcnet_window_out(struct pcnet *p, unsigned offset, u32 v, unsigned size)
{
    if (offset < PCNET_APROM) {
        write_aprom(p, offset, v, size);
        return;
    }
    if (size == 4 && offset == PCNET_WIO_RDP)
        p->bcr[BCR_BSBC] |= BSBC_DWIO;
    if (size == 1) {
        log_at(p->dev.board->log, LOG_GUEST, "%s: a byte to register %02x", p->dev.name, offset);
        return;
    }
    register_out(p, register_at(p, offset), (u16)v);
    if (size == 4 && !double_words(p))
        register_out(p, register_at(p, offset + 2), (u16)(v >> 16));
}

static u32 pcnet_in(void *dev, u16 port, unsigned size)
{
    return pcnet_window_in(dev, port & (PCNET_PORTS - 1), size);
}

static void pcnet_out(void *dev, u16 port, u32 v, unsigned size)
{
    pcnet_window_out(dev, port & (PCNET_PORTS - 1), v, size);
}

static const struct port_ops pcnet_ports = {pcnet_in, pcnet_out, 4};

/*
 * The window in memory has 32 bytes, of a page that nobody else gets. While the chip is the bus's
 * master it does not answer itself.
 */
static bool in_window(const struct pcnet *p, u32 addr)
{
    return !p->mastering && addr - p->pci.window[1].at < PCNET_PORTS;
}

static u32 pcnet_read(void *dev, u32 addr, unsigned size)
{
    struct pcnet *p = dev;
    return in_window(p, addr) ? pcnet_window_in(p, addr & (PCNET_PORTS - 1), size) : 0xffffffff;
}

static void pcnet_write(void *dev, u32 addr, u32 v, unsigned size)
{
    struct pcnet *p = dev;
    if (in_window(p, addr))
        pcnet_window_out(p, addr & (PCNET_PORTS - 1), v, size);
}

static const struct mmio_ops pcnet_mmio = {pcnet_read, pcnet_write};

/* ---- device ---- */

void pcnet_init(struct pcnet *p)
{
    timer_init(&p->initial, p->dev.board->clock, pcnet_on_initial, p);
    timer_init(&p->tx, p->dev.board->clock, pcnet_on_tx, p);
}

/* Without slots the test has the other end of the cable in its hand. */
bool pcnet_plug(struct pcnet *p, struct err *e)
{
    struct net_port receive = {pcnet_receive, p};
    return !p->dev.board->slots || net_link_plug(&p->dev, p->netdev, &receive, &p->out, p->mac, e);
}

static bool pcnet_realize(struct device *dev, const struct board *b, struct err *e)
{
    struct pcnet *p = (struct pcnet *)dev;
    (void)b;
    pcnet_init(p);
    if (!pci_plug(dev, &p->pci, p->addr, e) || !pcnet_plug(p, e))
        return false;
    struct pci_window ports = {
        .kind = PCI_PORTS, .size = PCNET_PORTS, .ports = &pcnet_ports, .dev = p};
    struct pci_window memory = {
        .kind = PCI_MMIO, .size = PCNET_PORTS, .mmio = &pcnet_mmio, .dev = p};
    pci_init(&p->pci, dev->name, p, 0x1022, 0x2000, 0x0200, 0, 0x16);
    put_le16(p->pci.config + PCI_STATUS, 0x0280); /* medium DEVSEL#, fast back-to-back */
    put_le16(p->pci.config + MIN_GNT, 0xff06);
    p->pci.config[PCI_INTERRUPT_PIN] = 1;
    pci_bar(&p->pci, 0, &ports);
    pci_bar(&p->pci, 1, &memory);
    return true;
}

void pcnet_power(struct pcnet *p)
{
    p->tx_flags = p->tx_length = 0;
    memset(p->tx_frame, 0, sizeof(p->tx_frame));
    pcnet_hard_reset(p);
}

static void pcnet_reset(struct device *dev)
{
    struct pcnet *p = (struct pcnet *)dev;
    pci_function_reset(&p->pci);
    put_le16(p->pci.config + MIN_GNT, 0xff06);
    pcnet_power(p);
}

static bool is_possible(const struct pcnet *p)
{
    return p->phase <= PCNET_LAST && (p->phase == PCNET_IDLE || timer_armed(&p->tx)) &&
           (!p->suspended || p->phase == PCNET_IDLE) && p->rap <= 0xff;
}

void pcnet_chip_state(struct pcnet *p, struct state *s)
{
    state_bytes(s, "mac", p->mac, sizeof(p->mac));
    state_u16(s, "RAP", &p->rap);
    state_u16s(s, "CSR", p->csr, PCNET_CSRS);
    state_bytes(s, "APROM", p->aprom, sizeof(p->aprom));
    state_bool(s, "suspended", &p->suspended);
    timer_state(&p->initial, s, "initial");
    timer_state(&p->tx, s, "tx");
    state_u8(s, "phase", &p->phase);
    state_u32(s, "tx_flags", &p->tx_flags);
    state_u32(s, "tx_length", &p->tx_length);
    state_bytes(s, "tx_frame", p->tx_frame, sizeof(p->tx_frame));
    if (state_loading(s) && state_ok(s) && !is_possible(p)) {
        p->phase = PCNET_IDLE;
        state_fail(s, "a transmitter in an impossible state");
    }
}

static void pcnet_state(struct device *dev, struct state *s)
{
    struct pcnet *p = (struct pcnet *)dev;
    state_u16s(s, "BCR", p->bcr, PCNET_BCRS);
    put_le16(p->pci.config + MIN_GNT, p->bcr[BCR_PCILAT]); /* of this function's identity */
    pci_function_state(&p->pci, s);
    pcnet_chip_state(p, s);
}

void pcnet_destroy(struct device *dev)
{
    struct pcnet *p = (struct pcnet *)dev;
    timer_disarm(&p->initial);
    timer_disarm(&p->tx);
}

void pcnet_describe(const struct device *dev, FILE *out)
{
    static const char *const phases[] = {"idle", "sending a buffer", "sending the last buffer"};
    const struct pcnet *p = (const struct pcnet *)dev;
    fprintf(out, "CSR0 %04x CSR3 %04x CSR4 %04x CSR5 %04x MODE %04x, software style %u%s\n",
            p->csr[0], p->csr[3], p->csr[4], p->csr[5], p->csr[CSR_MODE], pcnet_style(p),
            p->suspended ? ", suspended" : "");
    fprintf(out, "receive: descriptor %08x of %u, frames missed %u\n",
            pcnet_descriptor_at(p, CSR_RCVRC, 0), 0x10000u - p->csr[CSR_RCVRL], p->csr[CSR_MFC]);
    fprintf(out, "transmit: descriptor %08x of %u, %s\n", pcnet_descriptor_at(p, CSR_XMTRC, 0),
            0x10000u - p->csr[CSR_XMTRL], phases[p->phase]);
    fprintf(out, "address %02x:%02x:%02x:%02x:%02x:%02x\n", p->csr[CSR_PADR] & 0xff,
            p->csr[CSR_PADR] >> 8, p->csr[CSR_PADR + 1] & 0xff, p->csr[CSR_PADR + 1] >> 8,
            p->csr[CSR_PADR + 2] & 0xff, p->csr[CSR_PADR + 2] >> 8);
}

static const struct prop pcnet_props[] = {
    PROP_STRING_ROW(struct pcnet, addr, "addr", "PCI slot, hexadecimal; else the first free one"),
    PROP_MAC_ROW(struct pcnet, mac, "mac", "its address; else one that is free"),
    PROP_STRING_ROW(struct pcnet, netdev, "netdev", "the network at its cable"),
    PROP_END,
};

const struct device_class pcnet_class = {
    .name = "pcnet",
    .model = "pcnet",
    .doc = "AMD PCnet-PCI II network card (PCI)",
    .size = sizeof(struct pcnet),
    .props = pcnet_props,
    .bus = BUS_PCI,
    .several = true,
    .optional = true,
    .state_version = 1,
    .realize = pcnet_realize,
    .reset = pcnet_reset,
    .state = pcnet_state,
    .destroy = pcnet_destroy,
    .describe = pcnet_describe,
};
