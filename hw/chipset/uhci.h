/*
 * uhci.h - the USB host controller of the 82371SB (PIIX3), function 01.2, with two ports.
 */
#ifndef FERRITE_UHCI_H
#define FERRITE_UHCI_H

#include "hw/bus/usb.h"
#include "hw/chipset/pci.h"

enum { UHCI_PORTS = 2, UHCI_WINDOW = 32 };

enum { /* registers */
       UHCI_CMD = 0x00,
       UHCI_STS = 0x02,
       UHCI_INTR = 0x04,
       UHCI_FRNUM = 0x06,
       UHCI_FLBASE = 0x08,
       UHCI_SOFMOD = 0x0c,
       UHCI_PORTSC = 0x10
};
enum { CMD_RS = 0x01, CMD_HCRESET = 0x02, CMD_GRESET = 0x04, CMD_EGSM = 0x08, CMD_FGR = 0x10 };
enum {
    STS_USBINT = 0x01,
    STS_ERROR = 0x02,
    STS_RESUME = 0x04,
    STS_HOST_ERROR = 0x08,
    STS_PROCESS_ERROR = 0x10,
    STS_HALTED = 0x20
};
enum { INTR_CRC = 0x01, INTR_RESUME = 0x02, INTR_IOC = 0x04, INTR_SHORT = 0x08 };
enum {
    PORT_CCS = 0x0001,
    PORT_CSC = 0x0002,
    PORT_PE = 0x0004,
    PORT_PEC = 0x0008,
    PORT_RD = 0x0040,
    PORT_ONE = 0x0080,
    PORT_LSDA = 0x0100,
    PORT_PR = 0x0200,
    PORT_SUSP = 0x1000
};

#define UHCI_TERMINATE 1u
#define UHCI_QUEUE 2u
#define UHCI_DEPTH 4u
#define TD_LENGTH 0x000007ffu
#define TD_ERRORS 0x007e0000u /* what a transaction leaves: bit stuffing to stalled */
#define TD_TIMEOUT 0x00040000u
#define TD_NAK 0x00080000u
#define TD_BABBLE 0x00100000u
#define TD_STALLED 0x00400000u
#define TD_ACTIVE 0x00800000u
#define TD_IOC 0x01000000u
#define TD_COUNT 0x18000000u /* C_ERR */
#define TD_SPD 0x20000000u

enum { USB_PID_IN = 0x69, USB_PID_OUT = 0xe1, USB_PID_SETUP = 0x2d };

struct uhci {
    struct device dev;
    struct pci_function pci;
    struct {
        struct usb_function *function; /* NULL: nothing is plugged in */
        bool low_speed;
        bool out; /* a person has pulled it out; in a snapshot PORTSC says so */
        u16 sc;
    } port[UHCI_PORTS];

    u16 cmd, sts, intr, frnum;
    u32 flbase;
    u8 sofmod;
    bool ioc, short_packet; /* what USBINT stands for */
    struct timer frame;
};

extern const struct device_class uhci_class;

/* For a function's realize: into the first free port of the first controller; false + err. */
bool uhci_plug(struct device *d, struct usb_function *f, bool low_speed, struct err *e);

/* A person pulls it out of its port, or puts it in again. Afterwards it is as after power-on. */
void uhci_hot_plug(struct device *d, struct usb_function *f, bool in);
bool uhci_plugged(struct device *d, const struct usb_function *f); /* is it in? */

/* The same of a port, which something belongs to. */
void uhci_plug_port(struct uhci *u, unsigned i, bool in);

/* Between the two files. */
void uhci_frame(struct uhci *u);
void uhci_update_irq(struct uhci *u);

#endif
