/*
 * uhci.c - the 82371SB's USB host controller (Intel 290550, chapter 2.5; "UHCI Design Guide" 1.1,
 * chapter 2): PCI function, registers, ports, interrupts. Frames are walked by uhci_frame.c, once
 * a millisecond while the controller runs.
 *
 * Not modelled: legacy keyboard support (USBLEGSUP keeps what is written and traps nothing),
 * over-current, the SOF's exact length (SOFMOD), software debug (SWDBG), hubs: what hangs at a
 * port is one function.
 */
#include "hw/chipset/uhci.h"
#include "hw/bus/slots.h"

#include <stdio.h>

enum { SBRNUM = 0x60, LEGSUP = 0xc0, CMD_MASK = 0xfb, PORT_WRITABLE = 0x1244 };

#define FRAME_NS NS_PER_MS

/* ---- interrupts ---- */

void uhci_update_irq(struct uhci *u)
{
    bool level = ((u->intr & INTR_IOC) && u->ioc) || ((u->intr & INTR_SHORT) && u->short_packet) ||
                 ((u->intr & INTR_CRC) && (u->sts & STS_ERROR)) ||
                 ((u->intr & INTR_RESUME) && (u->sts & STS_RESUME)) ||
                 (u->sts & (STS_HOST_ERROR | STS_PROCESS_ERROR));
    pci_set_interrupt(&u->pci, level);
}

/* ---- running ---- */

static void on_frame(void *opaque)
{
    struct uhci *u = opaque;
    timer_arm(&u->frame, clock_now(u->dev.board->clock) + FRAME_NS);
    if (pci_command(&u->pci) & PCI_MASTER_ENABLE)
        uhci_frame(u);
    u->frnum = (u->frnum + 1) & 0x7ff;
}

static void run(struct uhci *u, bool on)
{
    if (on && !timer_armed(&u->frame))
        timer_arm(&u->frame, clock_now(u->dev.board->clock) + FRAME_NS);
    if (!on)
        timer_disarm(&u->frame);
    u->sts = (u16)(on ? u->sts & ~STS_HALTED : u->sts | STS_HALTED);
}

/* ---- ports ---- */

static void plug_in(struct uhci *u, unsigned i)
{
    u->port[i].sc = PORT_ONE;
    if (u->port[i].function && !u->port[i].out)
        u->port[i].sc |= PORT_CCS | PORT_CSC | (u->port[i].low_speed ? PORT_LSDA : 0);
}

static void reset_function(struct uhci *u, unsigned i)
{
    if (u->port[i].function)
        usb_reset(u->port[i].function);
}

static void controller_reset(struct uhci *u)
{
    u->cmd = u->sts = u->intr = u->frnum = 0;
    u->flbase = 0;
    u->sofmod = 64;
    u->ioc = u->short_packet = false;
    run(u, false);
    for (unsigned i = 0; i < UHCI_PORTS; i++)
        plug_in(u, i);
    uhci_update_irq(u);
}

/* Line status: D+ is high at a full-speed function, D- at one of low speed. */
static u16 port_in(const struct uhci *u, unsigned i)
{
    u16 sc = u->port[i].sc;
    if ((sc & PORT_CCS) && !(sc & PORT_PR))
        sc |= sc & PORT_LSDA ? 0x20 : 0x10;
    return sc;
}

static void port_out(struct uhci *u, unsigned i, u16 v)
{
    u16 sc = u->port[i].sc, old = sc;
    sc &= (u16) ~(v & (PORT_CSC | PORT_PEC));
    sc = (u16)((sc & ~PORT_WRITABLE) | (v & PORT_WRITABLE));
    if (sc & PORT_PR)
        sc &= (u16)~PORT_PE;
    if (!(sc & PORT_CCS))
        sc &= (u16)~PORT_PE;
    u->port[i].sc = sc;
    if ((sc & PORT_PR) && !(old & PORT_PR))
        reset_function(u, i);
}

/* ---- registers ---- */

static void write_cmd(struct uhci *u, u16 v)
{
    if (v & CMD_HCRESET) {
        controller_reset(u);
        return;
    }
    bool bus_reset = (v & CMD_GRESET) && !(u->cmd & CMD_GRESET);
    u->cmd = v & CMD_MASK;
    for (unsigned i = 0; bus_reset && i < UHCI_PORTS; i++) {
        reset_function(u, i);
        u->port[i].sc &= (u16)~PORT_PE;
    }
    run(u, v & CMD_RS);
}

static void write_sts(struct uhci *u, u16 v)
{
    u->sts &= (u16) ~(v & 0x1f);
    if (v & STS_USBINT)
        u->ioc = u->short_packet = false;
    uhci_update_irq(u);
}

static u16 word_in(const struct uhci *u, unsigned reg)
{
    switch (reg) {
    case UHCI_CMD:
        return u->cmd;
    case UHCI_STS:
        return u->sts;
    case UHCI_INTR:
        return u->intr;
    case UHCI_FRNUM:
        return u->frnum;
    case UHCI_FLBASE:
        return (u16)u->flbase;
    case UHCI_FLBASE + 2:
        return (u16)(u->flbase >> 16);
    case UHCI_SOFMOD:
        return u->sofmod;
    case UHCI_PORTSC:
    case UHCI_PORTSC + 2:
        return port_in(u, (reg - UHCI_PORTSC) / 2);
    default: /* how drivers count ports: where there is none, bit 7 is 0 */
        return 0;
    }
}

static void word_out(struct uhci *u, unsigned reg, u16 v)
{
    switch (reg) {
    case UHCI_CMD:
        write_cmd(u, v);
        break;
    case UHCI_STS:
        write_sts(u, v);
        break;
    case UHCI_INTR:
        u->intr = v & 0x0f;
        uhci_update_irq(u);
        break;
    case UHCI_FRNUM:
        if (u->sts & STS_HALTED)
            u->frnum = v & 0x7ff;
        break;
    case UHCI_FLBASE:
        u->flbase = (u->flbase & 0xffff0000) | (v & 0xf000);
        break;
    case UHCI_FLBASE + 2:
        u->flbase = (u->flbase & 0xffff) | (u32)v << 16;
        break;
    case UHCI_SOFMOD:
        u->sofmod = v & 0x7f;
        break;
    case UHCI_PORTSC:
    case UHCI_PORTSC + 2:
        port_out(u, (reg - UHCI_PORTSC) / 2, v);
        break;
    default:
        break;
    }
}

static u32 uhci_in(void *dev, u16 port, unsigned size)
{
    unsigned offset = port & (UHCI_WINDOW - 1);
    u32 v = word_in(dev, offset & ~1u);
    return size == 1 ? v >> 8 * (offset & 1) & 0xff : v;
}

/* A byte leaves the other one of its word; of events it clears none there. */
static void uhci_out(void *dev, u16 port, u32 v, unsigned size)
{
    struct uhci *u = dev;
    unsigned offset = port & (UHCI_WINDOW - 1), reg = offset & ~1u, shift = 8 * (offset & 1);
    if (size == 1) {
        u16 other = word_in(u, reg) & (u16)(0xff00 >> shift);
        if (reg == UHCI_STS)
            other = 0;
        else if (reg >= UHCI_PORTSC)
            other &= (u16) ~(PORT_CSC | PORT_PEC);
        v = other | v << shift;
    }
    word_out(u, reg, (u16)v);
}

static const struct port_ops uhci_ports = {uhci_in, uhci_out, 2};

/* ---- device ---- */

bool uhci_plug(struct device *d, struct usb_function *f, bool low_speed, struct err *e)
{
    if (!d->board->slots) /* a test has its hand on the controller */
        return true;
    struct uhci *u = (struct uhci *)slots_find(d, &uhci_class, NULL);
    if (!u)
        return err_set(e, "-device piix3-usb-uhci stands before what hangs at it");
    for (unsigned i = 0; i < UHCI_PORTS; i++) {
        if (!u->port[i].function) {
            u->port[i].function = f;
            u->port[i].low_speed = low_speed;
            return true;
        }
    }
    return err_set(e, "both USB ports are taken");
}

/* Chapter 2.1.7, bits 0 to 3; 2.1.1 and 2.1.2 for what it does to a bus that sleeps. */
void uhci_plug_port(struct uhci *u, unsigned i, bool in)
{
    u16 *sc = &u->port[i].sc;
    reset_function(u, i);
    u->port[i].out = !in;
    if (*sc & PORT_PE)
        *sc |= PORT_PEC;
    *sc &= (u16) ~(PORT_CCS | PORT_LSDA | PORT_PE);
    *sc |= PORT_CSC;
    if (in)
        *sc |= PORT_CCS | (u->port[i].low_speed ? PORT_LSDA : 0);
    if (u->cmd & CMD_EGSM) {
        u->cmd |= CMD_FGR;
        u->sts |= STS_RESUME;
    }
    uhci_update_irq(u);
}

/* NULL: a test has its hand on the controller. */
static struct uhci *port_of(struct device *d, const struct usb_function *f, unsigned *i)
{
    struct uhci *u = d->board->slots ? (struct uhci *)slots_find(d, &uhci_class, NULL) : NULL;
    for (*i = 0; u && *i < UHCI_PORTS; ++*i) {
        if (u->port[*i].function == f)
            return u;
    }
    return NULL;
}

void uhci_hot_plug(struct device *d, struct usb_function *f, bool in)
{
    unsigned i;
    struct uhci *u = port_of(d, f, &i);
    if (u)
        uhci_plug_port(u, i, in);
}

bool uhci_plugged(struct device *d, const struct usb_function *f)
{
    unsigned i;
    const struct uhci *u = port_of(d, f, &i);
    return !u || !u->port[i].out;
}

static bool uhci_realize(struct device *d, const struct board *b, struct err *e)
{
    struct uhci *u = (struct uhci *)d;
    struct pci *pci = b->slots ? b->slots->pci : u->pci.pci;
    if (!pci)
        return err_set(e, "%s: there is no PCI bus", d->name);
    if (!u->pci.pci) /* a unit test has done it */
        pci_attach(pci, &u->pci, PCI_DEVFN(1, 2));
    timer_init(&u->frame, b->clock, on_frame, u);
    pci_init(&u->pci, d->name, u, 0x8086, 0x7020, 0x0c03, 0x00, 0x01);
    put_le16(u->pci.config + PCI_STATUS, 0x0280);
    put_le16(u->pci.writable + PCI_COMMAND, PCI_IO_ENABLE | PCI_MASTER_ENABLE);
    u->pci.config[PCI_INTERRUPT_PIN] = 4;
    u->pci.config[SBRNUM] = 0x10; /* USB 1.0 */
    put_le16(u->pci.writable + LEGSUP, 0x20bf);
    struct pci_window w = {.kind = PCI_PORTS, .size = UHCI_WINDOW, .ports = &uhci_ports, .dev = u};
    pci_bar(&u->pci, 4, &w);
    return true;
}

static void uhci_reset(struct device *d)
{
    struct uhci *u = (struct uhci *)d;
    pci_function_reset(&u->pci);
    put_le16(u->pci.config + LEGSUP, 0x2000);
    for (unsigned i = 0; i < UHCI_PORTS; i++)
        reset_function(u, i);
    controller_reset(u);
}

static void uhci_state(struct device *d, struct state *s)
{
    struct uhci *u = (struct uhci *)d;
    pci_function_state(&u->pci, s);
    for (unsigned i = 0; i < UHCI_PORTS; i++) {
        state_same_u64(s, "plugged in", u->port[i].function != NULL);
        state_u16(s, "PORTSC", &u->port[i].sc);
        if (state_loading(s))
            u->port[i].out = u->port[i].function && !(u->port[i].sc & PORT_CCS);
    }
    state_u16(s, "USBCMD", &u->cmd);
    state_u16(s, "USBSTS", &u->sts);
    state_u16(s, "USBINTR", &u->intr);
    state_u16(s, "FRNUM", &u->frnum);
    state_u32(s, "FLBASEADD", &u->flbase);
    state_u8(s, "SOFMOD", &u->sofmod);
    state_bool(s, "ioc", &u->ioc);
    state_bool(s, "short_packet", &u->short_packet);
    timer_state(&u->frame, s, "frame");
    if (state_loading(s) &&
        (u->frnum > 0x7ff || (u->flbase & 0xfff) || timer_armed(&u->frame) == !(u->cmd & CMD_RS)))
        state_fail(s, "%s: impossible registers", d->name);
}

static void uhci_destroy(struct device *d)
{
    timer_disarm(&((struct uhci *)d)->frame);
}

static void uhci_describe(const struct device *d, FILE *out)
{
    const struct uhci *u = (const struct uhci *)d;
    fprintf(out, "USBCMD %04x USBSTS %04x USBINTR %04x FRNUM %03x, frame list at %08x\n", u->cmd,
            u->sts, u->intr, u->frnum, u->flbase);
    for (unsigned i = 0; i < UHCI_PORTS; i++)
        fprintf(out, "port %u: %04x%s\n", i + 1, port_in(u, i),
                u->port[i].function && !u->port[i].out ? "" : ", nothing plugged in");
}

const struct device_class uhci_class = {
    .name = "uhci",
    .model = "piix3-usb-uhci",
    .doc = "82371SB USB host controller",
    .size = sizeof(struct uhci),
    .bus = BUS_PCI,
    .optional = true,
    .state_version = 1,
    .realize = uhci_realize,
    .reset = uhci_reset,
    .state = uhci_state,
    .destroy = uhci_destroy,
    .describe = uhci_describe,
};
