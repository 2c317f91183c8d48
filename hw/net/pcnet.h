/*
 * pcnet.h - the AMD Am79C970A (PCnet-PCI II), a LANCE with a PCI bus master in front of it, and its
 * elder brother for the ISA bus, the Am79C960 (PCnet-ISA).
 */
#ifndef FERRITE_PCNET_H
#define FERRITE_PCNET_H

#include "hw/bus/slots.h"
#include "hw/chipset/pci.h"
#include "hw/net/net.h"

enum { PCNET_PORTS = 32, PCNET_APROM = 16, PCNET_CSRS = 128, PCNET_BCRS = 32 };
enum { PCNET_FCS = 4, PCNET_FRAME = NET_MAX + PCNET_FCS };

/* Offsets in the window: the same four registers, 16 or 32 bits apart (BCR18.DWIO). */
enum { PCNET_WIO_RDP = 0x10, PCNET_WIO_RAP = 0x12, PCNET_WIO_RESET = 0x14, PCNET_WIO_BDP = 0x16 };
enum { PCNET_DWIO_RAP = 0x14, PCNET_DWIO_RESET = 0x18, PCNET_DWIO_BDP = 0x1c };

enum { /* CSR0 */
       CSR0_INIT = 0x0001,
       CSR0_STRT = 0x0002,
       CSR0_STOP = 0x0004,
       CSR0_TDMD = 0x0008,
       CSR0_TXON = 0x0010,
       CSR0_RXON = 0x0020,
       CSR0_IENA = 0x0040,
       CSR0_INTR = 0x0080,
       CSR0_IDON = 0x0100,
       CSR0_TINT = 0x0200,
       CSR0_RINT = 0x0400,
       CSR0_MERR = 0x0800,
       CSR0_MISS = 0x1000,
       CSR0_CERR = 0x2000,
       CSR0_BABL = 0x4000,
       CSR0_ERR = 0x8000
};
enum { CSR3_BSWP = 0x0004, CSR3_DXSUFLO = 0x0040 }; /* the masks lie as in CSR0 */
enum {                                              /* CSR4; each mask is one bit below */
       CSR4_JAB = 0x0002,
       CSR4_TXSTRT = 0x0008,
       CSR4_RCVCCO = 0x0020,
       CSR4_UINT = 0x0040,
       CSR4_UINTCMD = 0x0080,
       CSR4_MFCO = 0x0200,
       CSR4_ASTRP_RCV = 0x0400,
       CSR4_APAD_XMT = 0x0800,
       CSR4_TXDPOLL = 0x1000
};
enum { /* CSR5; each enable is one bit below */
       CSR5_SPND = 0x0001,
       CSR5_MPMODE = 0x0002,
       CSR5_MPEN = 0x0004,
       CSR5_MPINT = 0x0010,
       CSR5_MPPLBA = 0x0020,
       CSR5_EXDINT = 0x0080,
       CSR5_SLPINT = 0x0200,
       CSR5_SINT = 0x0800,
       CSR5_LTINTEN = 0x4000,
       CSR5_TOKINTD = 0x8000
};
enum { /* CSR15 */
       MODE_DRX = 0x0001,
       MODE_DTX = 0x0002,
       MODE_LOOP = 0x0004,
       MODE_DXMTFCS = 0x0008,
       MODE_FCOLL = 0x0010,
       MODE_INTL = 0x0040,
       MODE_DRCVPA = 0x2000,
       MODE_DRCVBC = 0x4000,
       MODE_PROM = 0x8000
};
enum { /* Control and status registers by number */
       CSR_IADR = 1,
       CSR_RINGS = 6,
       CSR_LADRF = 8,
       CSR_PADR = 12,
       CSR_MODE = 15,
       CSR_IADR_ALIAS = 16,
       CSR_CRBA = 18,
       CSR_CXBA = 20,
       CSR_BADR = 24,
       CSR_NRDA = 26,
       CSR_CRDA = 28,
       CSR_BADX = 30,
       CSR_NXDA = 32,
       CSR_CXDA = 34,
       CSR_CRBC = 40,
       CSR_CRST,
       CSR_CXBC,
       CSR_CXST,
       CSR_POLL = 46,
       CSR_POLLINT,
       CSR_SWS = 58,
       CSR_PXDA = 60,
       CSR_PXBC = 62,
       CSR_PXST,
       CSR_RCVRC = 72,
       CSR_XMTRC = 74,
       CSR_RCVRL = 76,
       CSR_XMTRL = 78,
       CSR_FIFO = 80,
       CSR_CHIPID = 88,
       CSR_MERRTO = 100,
       CSR_MFC = 112,
       CSR_RCVALGN = 122,
       CSR_TEST = 124
};
enum { BCR_MC = 2, BCR_LNKST = 4, BCR_FDC = 9, BCR_BSBC = 18, BCR_EECAS, BCR_SWS, BCR_PCILAT = 22 };
enum { BSBC_DWIO = 0x0080, SWS_SSIZE32 = 0x0100, MC_APROMWE = 0x0100 };

/* A descriptor's flags as in the second double word of the 32-bit layouts. */
#define DESC_OWN 0x80000000u
#define DESC_ERR 0x40000000u
#define DESC_STP 0x02000000u
#define DESC_ENP 0x01000000u
#define RMD_OFLO 0x10000000u
#define RMD_CRC 0x08000000u
#define RMD_BUFF 0x04000000u
#define RMD_PAM 0x00400000u
#define RMD_LAFM 0x00200000u
#define RMD_BAM 0x00100000u
#define TMD_FCS 0x20000000u   /* ADD_FCS, in style 1 NO_FCS */
#define TMD_LTINT 0x10000000u /* as written by the host; the chip writes MORE */
#define TMD_RETRY 0x1c000000u /* MORE, ONE, DEF */
#define TMD_BUFF 0x80000000u  /* errors: in the third double word */
#define TMD_UFLO 0x40000000u
#define TMD_RTRY 0x04000000u

/* One descriptor, whatever the layout in memory. */
struct pcnet_descriptor {
    u32 at;     /* where it is */
    u32 buffer; /* address */
    u32 flags;  /* OWN to BAM, BCNT in the lower bits */
    u32 status; /* receive: MCNT; transmit: error bits */
};

enum pcnet_phase {
    PCNET_IDLE,   /* nothing on the wire; the timer is the next look at the ring, if armed */
    PCNET_BUFFER, /* a buffer that is not the frame's last is going out */
    PCNET_LAST    /* the last one is */
};

struct pcnet {
    struct device dev;
    const char *addr, *netdev; /* properties: its slot, the cable in its socket */
    u8 mac[NET_ADDRESS];
    bool isa;                  /* an Am79C960: then the next line, else the one after it */
    u16 base;                  /* properties: jumpers */
    u8 irq_number, dma_number; /* likewise */
    struct irq line;           /* ISA's */
    struct dma_line dma;       /* likewise: a channel that only passes the bus on */
    struct pci_function pci;
    struct net_port out; /* where what it transmits goes */
    bool mastering;      /* while it moves data itself: its own registers do not answer */

    u16 rap;
    u16 csr[PCNET_CSRS], bcr[PCNET_BCRS];
    u8 aprom[PCNET_APROM];
    bool suspended;       /* SPND, and nothing is on its way any more */
    struct timer initial; /* armed: the initialization block is being read */
    struct timer tx;
    u8 phase;
    u32 tx_flags;  /* of the descriptor that began the frame */
    u32 tx_length; /* of the frame up to here; more than the buffer below holds counts only */
    u8 tx_frame[PCNET_FRAME];
};

extern const struct device_class pcnet_class, pcnet_isa_class;

/* pcnet.c: the window, by offset; for both cards. */
u32 pcnet_window_in(struct pcnet *p, unsigned offset, unsigned size);
void pcnet_window_out(struct pcnet *p, unsigned offset, u32 v, unsigned size);
void pcnet_init(struct pcnet *p);
bool pcnet_plug(struct pcnet *p, struct err *e); /* the cable */
void pcnet_power(struct pcnet *p);
void pcnet_chip_state(struct pcnet *p, struct state *s);
void pcnet_destroy(struct device *dev);
void pcnet_describe(const struct device *dev, FILE *out);

/* pcnet_regs.c: control and bus registers, interrupts, start and stop. */
u16 pcnet_csr_read(const struct pcnet *p, unsigned n);
void pcnet_csr_write(struct pcnet *p, unsigned n, u16 v);
u16 pcnet_bcr_read(const struct pcnet *p, unsigned n);
void pcnet_bcr_write(struct pcnet *p, unsigned n, u16 v);
void pcnet_update_irq(struct pcnet *p);
void pcnet_raise(struct pcnet *p, u16 csr0_bits);
void pcnet_stop(struct pcnet *p);
void pcnet_soft_reset(struct pcnet *p); /* S_RESET: RESET was read */
void pcnet_hard_reset(struct pcnet *p); /* H_RESET: the RST# pin */
void pcnet_on_initial(void *opaque);

/* pcnet_ring.c: what it reads and writes in memory. false: the bus refused, see there. */
bool pcnet_bus_read(struct pcnet *p, u32 addr, void *data, u32 size);
bool pcnet_read_data(struct pcnet *p, u32 addr, u8 *data, u32 size); /* frames: with BSWP */
bool pcnet_write_data(struct pcnet *p, u32 addr, const u8 *data, u32 size);
u32 pcnet_upper_address(const struct pcnet *p);
static inline bool pcnet_wide(const struct pcnet *p)
{
    return p->bcr[BCR_SWS] & SWS_SSIZE32;
}
static inline unsigned pcnet_style(const struct pcnet *p)
{
    return p->bcr[BCR_SWS] & 0xff;
}
/* `ring` is CSR_RCVRC or CSR_XMTRC; `ahead`: 0 is the current descriptor, 1 the one after it. */
u32 pcnet_descriptor_at(const struct pcnet *p, unsigned ring, unsigned ahead);
bool pcnet_get(struct pcnet *p, unsigned ring, unsigned ahead, struct pcnet_descriptor *d);
/* Give it back to the host: flags without OWN, status; then the ring's next one is current. */
bool pcnet_put(struct pcnet *p, unsigned ring, const struct pcnet_descriptor *d);
static inline u32 pcnet_size(const struct pcnet_descriptor *d)
{
    return 0x1000 - (d->flags & 0xfff);
}

/* pcnet_tx.c, pcnet_rx.c */
void pcnet_look(struct pcnet *p); /* is there something to transmit? */
void pcnet_on_tx(void *opaque);
/* A frame comes in from the cable. A struct net_port function; opaque is the struct pcnet. */
void pcnet_receive(void *opaque, const u8 *frame, size_t size);
/* What it sent itself: with its FCS, good or not. */
void pcnet_loop_back(struct pcnet *p, const u8 *frame, u32 size);

static inline bool pcnet_looping(const struct pcnet *p)
{
    return p->csr[CSR_MODE] & MODE_LOOP;
}

#endif
