/*
 * net_look.c - network cards for who looks: the DP8390's registers (National's data sheet), and
 * those of the PCnet (AMD, Am79C960 and Am79C970A).
 */
#include "hw/net/net_look.h"

#include "hw/chipset/chips_look.h"
#include "hw/net/ne2000.h"
#include "hw/net/pcnet.h"
#include "hw/net/rtl8029.h"

#include <stdio.h>

static void look_address(const struct register_eye *eye, const char *name, const u8 *a)
{
    char words[20];
    snprintf(words, sizeof(words), "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4],
             a[5]);
    eye->text(eye->opaque, name, words);
}

static void look_filter(const struct register_eye *eye, const char *name, const u8 *f)
{
    char words[17];
    for (unsigned i = 0; i < 8; i++)
        snprintf(words + 2 * i, 3, "%02x", f[i]);
    eye->text(eye->opaque, name, words);
}

/* ---- DP8390 ---- */

static const struct register_field cr[] = {
    FIELD(0, 1, "STP", "-", "stopped"),
    FIELD(1, 1, "STA", "-", "started"),
    FIELD(2, 1, "TXP", "-", "transmits"),
    FIELD(3, 3, "RD", "not allowed", "remote read", "remote write", "send packet", "no remote DMA",
          "no remote DMA", "no remote DMA", "no remote DMA"),
    FIELD(6, 2, "PS", "page 0", "page 1", "page 2", "page 3"),
};
static const struct register_field isr[] = {
    FIELD(0, 1, "PRX", "-", "a frame has come"),
    FIELD(1, 1, "PTX", "-", "a frame has gone"),
    FIELD(2, 1, "RXE", "-", "receive error"),
    FIELD(3, 1, "TXE", "-", "transmit error"),
    FIELD(4, 1, "OVW", "-", "the ring is full"),
    FIELD(5, 1, "CNT", "-", "a counter is half full"),
    FIELD(6, 1, "RDC", "-", "remote DMA is done"),
    FIELD(7, 1, "RST", "-", "reset, or stopped"),
};
static const struct register_field imr[] = {
    FIELD(0, 1, "PRXE", "off", "on"), FIELD(1, 1, "PTXE", "off", "on"),
    FIELD(2, 1, "RXEE", "off", "on"), FIELD(3, 1, "TXEE", "off", "on"),
    FIELD(4, 1, "OVWE", "off", "on"), FIELD(5, 1, "CNTE", "off", "on"),
    FIELD(6, 1, "RDCE", "off", "on"),
};
static const struct register_field dcr[] = {
    FIELD(0, 1, "WTS", "remote DMA by bytes", "remote DMA by words"),
    FIELD(1, 1, "BOS", "low byte first", "high byte first"),
    FIELD(2, 1, "LAS", "16-bit addresses", "32-bit addresses"),
    FIELD(3, 1, "LS", "loopback", "normal"),
    FIELD(4, 1, "AR", "-", "send packet takes frames off the ring"),
    FIELD(5, 2, "FT", "FIFO at 1 word", "FIFO at 2 words", "FIFO at 4 words", "FIFO at 6 words"),
};
static const struct register_field tcr[] = {
    FIELD(0, 1, "CRC", "appended", "not appended"),
    FIELD(1, 2, "LB", "normal", "loopback in the chip", "loopback in the encoder",
          "loopback on the cable"),
    FIELD(3, 1, "ATD", "-", "a multicast frame may disable the transmitter"),
    FIELD(4, 1, "OFST", "-", "other back-off"),
};
static const struct register_field tsr[] = {
    FIELD(0, 1, "PTX", "-", "sent"),           FIELD(2, 1, "COL", "-", "collided"),
    FIELD(3, 1, "ABT", "-", "aborted"),        FIELD(4, 1, "CRS", "-", "carrier lost"),
    FIELD(5, 1, "FU", "-", "FIFO underrun"),   FIELD(6, 1, "CDH", "-", "no heartbeat"),
    FIELD(7, 1, "OWC", "-", "late collision"),
};
static const struct register_field rcr[] = {
    FIELD(0, 1, "SEP", "-", "takes frames with errors"),
    FIELD(1, 1, "AR", "-", "takes runts"),
    FIELD(2, 1, "AB", "-", "takes broadcasts"),
    FIELD(3, 1, "AM", "-", "takes multicasts of the filter"),
    FIELD(4, 1, "PRO", "-", "takes all addresses"),
    FIELD(5, 1, "MON", "-", "keeps none: monitor"),
};
static const struct register_field rsr[] = {
    FIELD(0, 1, "PRX", "-", "intact"),          FIELD(1, 1, "CRC", "-", "CRC error"),
    FIELD(2, 1, "FAE", "-", "alignment error"), FIELD(3, 1, "FO", "-", "FIFO overrun"),
    FIELD(4, 1, "MPA", "-", "missed"),          FIELD(5, 1, "PHY", "its own address", "multicast"),
    FIELD(6, 1, "DIS", "-", "disabled"),        FIELD(7, 1, "DFR", "-", "jabber"),
};

static void look_dp8390(const struct dp8390 *n, const struct register_eye *eye)
{
    eye->group(eye->opaque, "DP8390");
    look_value(eye, "Command", "00h", n->cr, 8, cr, "");
    look_value(eye, "Interrupt Status", "07h", n->isr, 8, isr, "");
    look_value(eye, "Interrupt Mask", "0Fh", n->imr, 8, imr, "");
    look_value(eye, "Data Configuration", "0Eh", n->dcr, 8, dcr, "");
    look_value(eye, "Transmit Configuration", "0Dh", n->tcr, 8, tcr, "");
    look_value(eye, "Transmit Status", "04h", n->tsr, 8, tsr, "");
    look_value(eye, "Receive Configuration", "0Ch", n->rcr, 8, rcr, "");
    look_value(eye, "Receive Status", "0Ch", n->rsr, 8, rsr, "");
    eye->group(eye->opaque, "Receive ring, in pages of 256 bytes");
    look_plain(eye, "Page Start", "01h", n->pstart, 8, "");
    look_plain(eye, "Page Stop", "02h", n->pstop, 8, "");
    look_plain(eye, "Boundary", "03h", n->bnry, 8, "up to here the driver has read");
    look_plain(eye, "Current Page", "07h, page 1", n->curr, 8, "here the next frame goes");
    eye->group(eye->opaque, "Transmission and DMA");
    look_plain(eye, "Transmit Page Start", "04h", n->tpsr, 8, "");
    look_plain(eye, "Transmit Byte Count", "05h", n->tbcr, 16, "");
    look_plain(eye, "Collisions", "05h", n->ncr, 8, "");
    look_plain(eye, "Current Local DMA Address", "01h", n->clda, 16, "");
    look_plain(eye, "Current Remote DMA Address", "08h", n->crda, 16, "");
    look_plain(eye, "Remote Byte Count", "0Ah", n->rbcr, 16, "bytes left");
    look_plain(eye, "Frame Alignment Errors", "0Dh", n->cntr[0], 8, "");
    look_plain(eye, "CRC Errors", "0Eh", n->cntr[1], 8, "");
    look_plain(eye, "Missed Packets", "0Fh", n->cntr[2], 8, "");
    eye->group(eye->opaque, "Addresses");
    look_address(eye, "Physical Address", n->par);
    look_filter(eye, "Multicast Address filter", n->mar);
}

void ne2000_look(const struct device *d, const struct register_eye *eye)
{
    look_dp8390(&((const struct ne2000 *)d)->card.nic, eye);
}

void rtl8029_look(const struct device *d, const struct register_eye *eye)
{
    const struct rtl8029 *r = (const struct rtl8029 *)d;
    look_dp8390(&r->card.nic, eye);
    pci_look(&r->pci, eye);
}

/* ---- PCnet ---- */

static const struct register_field csr0[] = {
    FIELD(15, 1, "ERR", "-", "one of the errors"),
    FIELD(14, 1, "BABL", "-", "frame too long"),
    FIELD(13, 1, "CERR", "-", "no heartbeat"),
    FIELD(12, 1, "MISS", "-", "frame missed"),
    FIELD(11, 1, "MERR", "-", "bus error"),
    FIELD(10, 1, "RINT", "-", "received"),
    FIELD(9, 1, "TINT", "-", "transmitted"),
    FIELD(8, 1, "IDON", "-", "initialized"),
    FIELD(7, 1, "INTR", "-", "asks"),
    FIELD(6, 1, "IENA", "off", "interrupts on"),
    FIELD(5, 1, "RXON", "-", "receiver on"),
    FIELD(4, 1, "TXON", "-", "transmitter on"),
    FIELD(3, 1, "TDMD", "-", "transmit demand"),
    FIELD(2, 1, "STOP", "-", "stopped"),
    FIELD(1, 1, "STRT", "-", "started"),
    FIELD(0, 1, "INIT", "-", "initializes"),
};
static const struct register_field csr3[] = {
    FIELD(14, 1, "BABLM", "-", "masked"),      FIELD(12, 1, "MISSM", "-", "masked"),
    FIELD(11, 1, "MERRM", "-", "masked"),      FIELD(10, 1, "RINTM", "-", "masked"),
    FIELD(9, 1, "TINTM", "-", "masked"),       FIELD(8, 1, "IDONM", "-", "masked"),
    FIELD(2, 1, "BSWP", "-", "bytes swapped"),
};
static const struct register_field csr4[] = {
    FIELD(12, 1, "DPOLL", "looks at the ring by itself", "only when told"),
    FIELD(11, 1, "APAD_XMT", "-", "short frames are filled"),
    FIELD(10, 1, "ASTRP_RCV", "-", "fillings are taken off"),
    FIELD(9, 1, "MFCO", "-", "missed frames ran over"),
    FIELD(5, 1, "RCVCCO", "-", "collisions ran over"),
    FIELD(3, 1, "TXSTRT", "-", "a frame was begun"),
    FIELD(1, 1, "JAB", "-", "jabber"),
};
static const struct register_field mode[] = {
    FIELD(15, 1, "PROM", "-", "takes all addresses"),
    FIELD(14, 1, "DRCVBC", "-", "takes no broadcasts"),
    FIELD(13, 1, "DRCVPA", "-", "not even its own address"),
    FIELD(6, 1, "INTL", "-", "internal loopback"),
    FIELD(4, 1, "FCOLL", "-", "forced collision"),
    FIELD(3, 1, "DXMTFCS", "FCS appended", "no FCS"),
    FIELD(2, 1, "LOOP", "-", "loopback"),
    FIELD(1, 1, "DTX", "-", "no transmitter"),
    FIELD(0, 1, "DRX", "-", "no receiver"),
};
static const struct register_field style[] = {
    FIELD(8, 1, "SSIZE32", "16-bit structures", "32-bit structures"),
    FIELD_NUMBER(0, 8, "SWSTYLE"),
};

/* A pair of registers, the lower half first. */
static u32 pair(const struct pcnet *p, unsigned n)
{
    return p->csr[n] | (u32)p->csr[n + 1] << 16;
}

static void look_rings(const struct pcnet *p, const struct register_eye *eye)
{
    static const struct {
        u8 csr;
        const char *name, *place, *says;
    } pairs[] = {
        {CSR_IADR, "Initialization block", "CSR1, CSR2", "address"},
        {CSR_BADR, "Base of the receive ring", "CSR24, CSR25", ""},
        {CSR_BADX, "Base of the transmit ring", "CSR30, CSR31", ""},
        {CSR_CRBA, "Current receive buffer", "CSR18, CSR19", ""},
        {CSR_CXBA, "Current transmit buffer", "CSR20, CSR21", ""},
    };
    static const struct {
        u8 csr;
        const char *name, *place, *says;
    } counts[] = {
        {CSR_RCVRL, "Receive ring length", "CSR76", "negative"},
        {CSR_XMTRL, "Transmit ring length", "CSR78", "negative"},
        {CSR_RCVRC, "Receive ring counter", "CSR72", "negative, what is left of a round"},
        {CSR_XMTRC, "Transmit ring counter", "CSR74", "negative, what is left of a round"},
        {CSR_POLLINT, "Polling interval", "CSR47", "negative"},
        {CSR_MFC, "Missed frames", "CSR112", ""},
    };
    eye->group(eye->opaque, "Rings");
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
        look_plain(eye, pairs[i].name, pairs[i].place, pair(p, pairs[i].csr), 32, pairs[i].says);
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
        look_plain(eye, counts[i].name, counts[i].place, p->csr[counts[i].csr], 16, counts[i].says);
}

void pcnet_card_look(const struct device *d, const struct register_eye *eye)
{
    const struct pcnet *p = (const struct pcnet *)d;
    u8 own[NET_ADDRESS], filter[8];
    eye->group(eye->opaque, p->isa ? "Am79C960" : "Am79C970A");
    look_plain(eye, "RAP", "", p->rap, 8, "which register is seen");
    look_value(eye, "Status", "CSR0", pcnet_csr_read(p, 0), 16, csr0, "");
    look_value(eye, "Masks", "CSR3", p->csr[3], 16, csr3, "");
    look_value(eye, "Test and features", "CSR4", p->csr[4], 16, csr4, "");
    look_value(eye, "Mode", "CSR15", p->csr[CSR_MODE], 16, mode, "");
    if (!p->isa)
        look_value(eye, "Software style", "BCR20", p->bcr[BCR_SWS], 16, style, "");
    look_rings(p, eye);
    eye->group(eye->opaque, "Addresses");
    for (unsigned i = 0; i < 3; i++)
        put_le16(own + 2 * i, p->csr[CSR_PADR + i]);
    for (unsigned i = 0; i < 4; i++)
        put_le16(filter + 2 * i, p->csr[CSR_LADRF + i]);
    look_address(eye, "Physical address, CSR12-14", own);
    look_filter(eye, "Logical address filter, CSR8-11", filter);
    eye->group(eye->opaque, "Bus configuration");
    look_plain(eye, "Miscellaneous", "BCR2", p->bcr[BCR_MC], 16, "");
    look_plain(eye, "Link status", "BCR4", p->bcr[BCR_LNKST], 16, "");
    if (!p->isa) {
        look_plain(eye, "Full duplex", "BCR9", p->bcr[BCR_FDC], 16, "");
        look_plain(eye, "Burst and bus control", "BCR18", p->bcr[BCR_BSBC], 16, "");
        pci_look(&p->pci, eye);
    }
}
