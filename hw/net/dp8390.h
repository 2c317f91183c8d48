/*
 * dp8390.h - the DP8390 network controller: the chip on an NE2000, without the card around it.
 */
#ifndef FERRITE_DP8390_H
#define FERRITE_DP8390_H

#include "hw/bus/device.h"
#include "hw/net/net.h"

enum { DP8390_FIFO = 8 };

/* Registers, by offset: those of page 0 unless said otherwise. */
enum {
    NIC_CR,
    NIC_CLDA0,
    NIC_PSTART = 1,
    NIC_CLDA1,
    NIC_PSTOP = 2,
    NIC_BNRY,
    NIC_TSR,
    NIC_TPSR = 4,
    NIC_NCR,
    NIC_TBCR0 = 5,
    NIC_FIFO,
    NIC_TBCR1 = 6,
    NIC_ISR,
    NIC_CRDA0,
    NIC_RSAR0 = 8,
    NIC_CRDA1,
    NIC_RSAR1 = 9,
    NIC_RBCR0 = 0x0a,
    NIC_RBCR1 = 0x0b,
    NIC_RSR,
    NIC_RCR = 0x0c,
    NIC_CNTR0,
    NIC_TCR = 0x0d,
    NIC_CNTR1,
    NIC_DCR = 0x0e,
    NIC_CNTR2,
    NIC_IMR = 0x0f,
    NIC_PAR0 = 1, /* page 1 */
    NIC_CURR = 7,
    NIC_MAR0 = 8
};

enum {
    CR_STP = 0x01,
    CR_STA = 0x02,
    CR_TXP = 0x04,
    CR_READ = 0x08,
    CR_WRITE = 0x10,
    CR_RD2 = 0x20
};
enum {
    ISR_PRX = 0x01,
    ISR_PTX = 0x02,
    ISR_RXE = 0x04,
    ISR_TXE = 0x08,
    ISR_OVW = 0x10,
    ISR_CNT = 0x20,
    ISR_RDC = 0x40,
    ISR_RST = 0x80
};
enum { DCR_WTS = 0x01, DCR_BOS = 0x02, DCR_LAS = 0x04, DCR_LS = 0x08, DCR_AR = 0x10 };
enum { TCR_CRC = 0x01, TCR_LB = 0x06 };
enum { RCR_AR = 0x02, RCR_AB = 0x04, RCR_AM = 0x08, RCR_PRO = 0x10, RCR_MON = 0x20 };
enum { RSR_PRX = 0x01, RSR_CRC = 0x02, RSR_MPA = 0x10, RSR_PHY = 0x20, RSR_DIS = 0x40 };
enum { TSR_PTX = 0x01, TSR_ND = 0x02, TSR_CRS = 0x10, TSR_CDH = 0x40 };

struct dp8390 {
    /* Wired by the card. */
    const char *name;
    struct clock *clock;
    struct log *log;
    struct irq irq;
    struct net_port out;              /* where what it transmits goes */
    u8 (*read)(void *card, u16 addr); /* the chip's own 64 KB of memory */
    void (*write)(void *card, u16 addr, u8 v);
    void *card;

    bool running; /* started, and not stopped since */
    u8 cr, isr, imr, dcr, tcr, tsr, ncr, rcr, rsr;
    u8 pstart, pstop, bnry, curr, tpsr;
    u16 tbcr, clda;
    u16 crda, rbcr; /* remote DMA: where it is, how many bytes are left */
    u8 par[NET_ADDRESS], mar[8];
    u8 cntr[3]; /* alignment errors, CRC errors, missed frames */
    u8 fifo[DP8390_FIFO], fifo_at;
    struct timer transmitted; /* armed: a frame is on the wire */
    u8 tx_page;               /* of that frame */
    u16 tx_count;
};

/* After the card filled in its part. */
void dp8390_init(struct dp8390 *n);
void dp8390_destroy(struct dp8390 *n);
void dp8390_reset(struct dp8390 *n); /* the RESET pin */
void dp8390_drive(struct dp8390 *n); /* its interrupt line, which leads elsewhere now */
void dp8390_state(struct dp8390 *n, struct state *s);
void dp8390_describe(const struct dp8390 *n, FILE *out);

u8 dp8390_in(struct dp8390 *n, unsigned reg);
void dp8390_out(struct dp8390 *n, unsigned reg, u8 v);
/* One transfer of the remote DMA: a byte, or a word while DCR.WTS is set. */
u16 dp8390_remote_in(struct dp8390 *n);
void dp8390_remote_out(struct dp8390 *n, u16 v);

/* A frame comes in from the cable. A struct net_port function; opaque is the struct dp8390. */
void dp8390_receive(void *opaque, const u8 *frame, size_t size);

/* Between the two files of the chip. */
void dp8390_transmit(struct dp8390 *n);
void dp8390_on_transmitted(void *opaque);
void dp8390_raise(struct dp8390 *n, u8 isr_bits);
void dp8390_count(struct dp8390 *n, unsigned counter);

#endif
