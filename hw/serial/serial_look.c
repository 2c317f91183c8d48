/* serial_look.c - the 16550A's registers for who looks. Its data sheet, table II. */
#include "hw/serial/serial_look.h"

#include "hw/serial/uart16550.h"

#include <stdio.h>

static const struct register_field ier[] = {
    FIELD(0, 1, "ERBFI", "-", "a character has come"),
    FIELD(1, 1, "ETBEI", "-", "the transmitter is empty"),
    FIELD(2, 1, "ELSI", "-", "an error or a break"),
    FIELD(3, 1, "EDSSI", "-", "a modem line has changed"),
};
static const struct register_field fcr[] = {
    FIELD(0, 1, "FIFO", "off", "on"),
    FIELD(6, 2, "trigger", "1 character", "4 characters", "8 characters", "14 characters"),
};
static const struct register_field lcr[] = {
    FIELD(0, 2, "WLS", "5 bits", "6 bits", "7 bits", "8 bits"),
    FIELD(2, 1, "STB", "1 stop bit", "2 stop bits"),
    FIELD(3, 1, "PEN", "no parity", "parity"),
    FIELD(4, 1, "EPS", "odd", "even"),
    FIELD(6, 1, "BREAK", "-", "the line is held low"),
    FIELD(7, 1, "DLAB", "data and IER", "divisor latch"),
};
static const struct register_field mcr[] = {
    FIELD(0, 1, "DTR", "off", "on"),
    FIELD(1, 1, "RTS", "off", "on"),
    FIELD(2, 1, "OUT1", "off", "on"),
    FIELD(3, 1, "OUT2", "interrupt cut off", "interrupt let through"),
    FIELD(4, 1, "LOOP", "-", "loopback"),
};
static const struct register_field msr[] = {
    FIELD(4, 1, "CTS", "off", "on"),         FIELD(5, 1, "DSR", "off", "on"),
    FIELD(6, 1, "RI", "off", "on"),          FIELD(7, 1, "DCD", "off", "on"),
    FIELD(0, 1, "DCTS", "-", "has changed"), FIELD(1, 1, "DDSR", "-", "has changed"),
    FIELD(3, 1, "DDCD", "-", "has changed"),
};

void uart16550_look(const struct device *d, const struct register_eye *eye)
{
    const struct uart16550 *u = (const struct uart16550 *)d;
    char place[8], words[60];
    eye->group(eye->opaque, "Line");
    snprintf(place, sizeof(place), "%03xh", u->base + 3u);
    look_value(eye, "LCR", place, u->lcr, 8, lcr, "");
    snprintf(words, sizeof(words), "%.1f baud", u->divisor ? 115200.0 / u->divisor : 0.0);
    snprintf(place, sizeof(place), "%03xh", (unsigned)u->base);
    look_plain(eye, "Divisor latch", place, u->divisor, 16, words);
    eye->group(eye->opaque, "Interrupts and FIFO");
    snprintf(place, sizeof(place), "%03xh", u->base + 1u);
    look_value(eye, "IER", place, u->ier, 8, ier, "");
    snprintf(place, sizeof(place), "%03xh", u->base + 2u);
    look_value(eye, "FCR", place, u->fcr, 8, fcr, "");
    eye->number(eye->opaque, "characters received", u->rx.count);
    eye->number(eye->opaque, "characters to send", u->tx.count);
    eye->group(eye->opaque, "Modem");
    snprintf(place, sizeof(place), "%03xh", u->base + 4u);
    look_value(eye, "MCR", place, u->mcr, 8, mcr, "");
    snprintf(place, sizeof(place), "%03xh", u->base + 6u);
    look_value(eye, "MSR", place, u->msr, 8, msr, "");
    snprintf(place, sizeof(place), "%03xh", u->base + 7u);
    look_plain(eye, "Scratch", place, u->scratch, 8, "");
}
