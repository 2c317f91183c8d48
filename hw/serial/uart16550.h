/*
 * uart16550.h - a 16550A serial port.
 */
#ifndef FERRITE_UART16550_H
#define FERRITE_UART16550_H

#include "hw/base/stream.h"
#include "hw/bus/device.h"

enum { UART_FIFO = 16, UART_HOST_BUFFER = 256 };

struct uart_fifo {
    u8 data[UART_FIFO];
    u8 head, count;
};

struct uart16550 {
    struct device dev;
    u32 index;     /* properties: COM1 is 0; */
    u16 base;      /* first of eight ports, 0: by index; */
    u8 irq_number; /* 0: by index; */
    const char *chardev;
    struct irq irq;
    struct irq dtr, rts; /* outputs of the modem control register */
    struct stream stream;

    u8 ier, fcr, lcr, mcr, scratch;
    u8 lsr_errors; /* OE and BI of the byte on top, until read */
    u8 msr;        /* bits 4-7 lines, 0-3 their changes */
    u16 divisor;
    bool thre_pending;    /* transmitter-empty interrupt, until IIR is read */
    bool timeout_pending; /* characters waited too long in the receive FIFO */
    u8 break_at;          /* 1 + index in the receive FIFO of a break in loopback, 0 = none */
    struct uart_fifo rx, tx;
    u8 shifting;         /* the character in the transmitter's shift register */
    struct timer shift;  /* end of it; armed = busy */
    struct timer arrive; /* the next character from the host is complete */
    struct timer timeout;
    u8 host[UART_HOST_BUFFER]; /* read from the stream, not yet on the wire */
    u16 host_head, host_count;
};

extern const struct device_class uart16550_class;

/*
 * A device at the other end of the cable has sent a character, in so many bits, without parity. It
 * arrives now; at another speed than the port's it cannot be read.
 */
void uart16550_receive(struct uart16550 *u, u8 v, unsigned baud, unsigned data_bits);

/* Fetch what the host has for this port; called between slices of guest time. */
void uart16550_poll(struct uart16550 *u);

#endif
