/*
 * uart16550.c - the 16550A (National Semiconductor PC16550D data sheet) with a 1.8432 MHz crystal.
 *
 * Characters take their time on the wire in both directions, by divisor and frame, so that
 * drivers see THRE, the FIFO trigger and the time-out as they should; the host gets a character
 * when its transmission begins. The host's characters wait outside while the FIFO is full, so
 * nothing is lost on the way in (as with a cable that has hardware flow control).
 *
 * Not modelled: parity and framing errors (a stream has none), DMA signalling pins (RXRDY, TXRDY),
 * a break sent to the host.
 */
#include "hw/serial/uart16550.h"
#include "hw/bus/slots.h"
#include <stdio.h>
#include <string.h>

enum { RBR = 0, IER, IIR, LCR, MCR, LSR, MSR, SCR };
enum { IER_RDA = 0x01, IER_THRE = 0x02, IER_RLS = 0x04, IER_MSR = 0x08 };
enum {
    IIR_NONE = 0x01,
    IIR_MSR = 0x00,
    IIR_THRE = 0x02,
    IIR_RDA = 0x04,
    IIR_RLS = 0x06,
    IIR_TIMEOUT = 0x0c,
    IIR_FIFOS = 0xc0
};
enum { FCR_ENABLE = 0x01, FCR_CLEAR_RX = 0x02, FCR_CLEAR_TX = 0x04, FCR_TRIGGER = 0xc0 };
enum { LCR_STOP = 0x04, LCR_PARITY = 0x08, LCR_BREAK = 0x40, LCR_DLAB = 0x80 };
enum { MCR_DTR = 0x01, MCR_RTS = 0x02, MCR_OUT1 = 0x04, MCR_OUT2 = 0x08, MCR_LOOP = 0x10 };
enum {
    LSR_DR = 0x01,
    LSR_OE = 0x02,
    LSR_BI = 0x10,
    LSR_THRE = 0x20,
    LSR_TEMT = 0x40,
    LSR_FIFO_ERROR = 0x80
};
enum { MSR_CTS = 0x10, MSR_DSR = 0x20, MSR_RI = 0x40, MSR_DCD = 0x80 };

/* ---- small parts ---- */

static void push(struct uart_fifo *f, u8 v)
{
    f->data[(f->head + f->count++) % UART_FIFO] = v;
}

static u8 pop(struct uart_fifo *f)
{
    u8 v = f->data[f->head];
    f->head = (f->head + 1) % UART_FIFO;
    f->count--;
    return v;
}

static bool fifos_on(const struct uart16550 *u)
{
    return u->fcr & FCR_ENABLE;
}

static unsigned capacity(const struct uart16550 *u)
{
    return fifos_on(u) ? UART_FIFO : 1;
}

static unsigned trigger(const struct uart16550 *u)
{
    static const u8 level[4] = {1, 4, 8, 14};
    return fifos_on(u) ? level[u->fcr >> 6] : 1;
}

/* Duration of one character; half bits matter (1.5 stop bits). */
static u64 char_ns(const struct uart16550 *u)
{
    unsigned data = 5 + (u->lcr & 3);
    unsigned half_bits = 2 * (1 + data + ((u->lcr & LCR_PARITY) != 0)) + (!(u->lcr & LCR_STOP) ? 2
                                                                          : data == 5          ? 3
                                                                                               : 4);
    u64 divisor = u->divisor ? u->divisor : 65536;
    return half_bits * divisor * NS_PER_SEC / (2 * 115200);
}

static u8 interrupt_id(const struct uart16550 *u)
{
    if ((u->ier & IER_RLS) && u->lsr_errors)
        return IIR_RLS;
    if (u->ier & IER_RDA) {
        if (u->rx.count >= trigger(u))
            return IIR_RDA;
        if (u->timeout_pending)
            return IIR_TIMEOUT;
    }
    if ((u->ier & IER_THRE) && u->thre_pending)
        return IIR_THRE;
    if ((u->ier & IER_MSR) && (u->msr & 0x0f))
        return IIR_MSR;
    return IIR_NONE;
}

static void update_irq(struct uart16550 *u)
{
    /* On a PC the request reaches the bus only while OUT2 is on. */
    irq_set(&u->irq, (u->mcr & MCR_OUT2) && interrupt_id(u) != IIR_NONE);
}

static void update_modem(struct uart16550 *u)
{
    u8 lines;
    if (u->mcr & MCR_LOOP)
        lines = (u->mcr & MCR_RTS ? MSR_CTS : 0) | (u->mcr & MCR_DTR ? MSR_DSR : 0) |
                (u->mcr & MCR_OUT1 ? MSR_RI : 0) | (u->mcr & MCR_OUT2 ? MSR_DCD : 0);
    else /* somebody is at the other end, or nobody */
        lines = u->stream.write || u->stream.read ? MSR_CTS | MSR_DSR | MSR_DCD : 0;
    u8 changed = (u->msr ^ lines) & 0xf0;
    u8 delta = changed >> 4;
    if (lines & MSR_RI)
        delta &= (u8) ~(MSR_RI >> 4); /* only the trailing edge of the ring indicator counts */
    u->msr = lines | (u->msr & 0x0f) | delta;
}

/* ---- receiving ---- */

static void restart_timeout(struct uart16550 *u)
{
    u->timeout_pending = false;
    if (fifos_on(u) && u->rx.count)
        timer_arm(&u->timeout, clock_now(u->dev.board->clock) + 4 * char_ns(u));
    else
        timer_disarm(&u->timeout);
}

static void on_timeout(void *opaque)
{
    struct uart16550 *u = opaque;
    u->timeout_pending = u->rx.count != 0;
    update_irq(u);
}

/* A character reached the receiver. */
static void received(struct uart16550 *u, u8 v, bool is_break)
{
    if (u->rx.count >= capacity(u)) {
        u->lsr_errors |= LSR_OE;
        if (!fifos_on(u)) /* the new character replaces the unread one */
            u->rx.data[u->rx.head] = v;
        update_irq(u);
        return;
    }
    push(&u->rx, v);
    if (is_break) {
        u->break_at = u->rx.count;
        if (u->rx.count == 1)
            u->lsr_errors |= LSR_BI;
    }
    restart_timeout(u);
    update_irq(u);
}

void uart16550_receive(struct uart16550 *u, u8 v, unsigned baud, unsigned data_bits)
{
    unsigned divisor = u->divisor ? u->divisor : 65536, want = 115200 / baud;
    if (u->mcr & MCR_LOOP)
        return;
    if (divisor * 20 < want * 19 || divisor * 20 > want * 21) {
        log_at(u->dev.board->log, LOG_GUEST, "%s: at %u baud, a device sends at %u", u->dev.name,
               115200 / divisor, baud);
        return;
    }
    v |= (u8)(0xff << data_bits); /* what comes after the data is a stop bit */
    received(u, v & (u8)(0xff >> (3 - (u->lcr & 3))), false);
}

static void expect_from_host(struct uart16550 *u)
{
    if (u->host_count && !timer_armed(&u->arrive) && u->rx.count < capacity(u) &&
        !(u->mcr & MCR_LOOP))
        timer_arm(&u->arrive, clock_now(u->dev.board->clock) + char_ns(u));
}

static void on_arrive(void *opaque)
{
    struct uart16550 *u = opaque;
    if (u->host_count && u->rx.count < capacity(u) && !(u->mcr & MCR_LOOP)) {
        u8 mask = (u8)(0xff >> (3 - (u->lcr & 3)));
        u8 v = u->host[u->host_head];
        u->host_head = (u16)((u->host_head + 1) % UART_HOST_BUFFER);
        u->host_count--;
        received(u, v & mask, false);
    }
    expect_from_host(u);
}

void uart16550_poll(struct uart16550 *u)
{
    if (!u->stream.read)
        return;
    while (u->host_count < UART_HOST_BUFFER) {
        unsigned tail = (u->host_head + u->host_count) % UART_HOST_BUFFER;
        unsigned room = tail < u->host_head ? u->host_head - tail : UART_HOST_BUFFER - tail;
        if (room > (unsigned)(UART_HOST_BUFFER - u->host_count))
            room = UART_HOST_BUFFER - u->host_count;
        size_t got = u->stream.read(u->stream.opaque, u->host + tail, room);
        if (!got || got > room)
            break;
        u->host_count += (u16)got;
    }
    expect_from_host(u);
}

static u8 read_rbr(struct uart16550 *u)
{
    u8 v = u->rx.data[u->rx.head];
    if (u->rx.count) {
        v = pop(&u->rx);
        if (u->break_at && --u->break_at == 1)
            u->lsr_errors |= LSR_BI; /* errors show when their character is on top */
    }
    restart_timeout(u);
    update_irq(u);
    expect_from_host(u);
    return v;
}

/* ---- transmitting ---- */

/* Fill the empty shift register. */
static void begin_character(struct uart16550 *u)
{
    if (timer_armed(&u->shift) || !u->tx.count)
        return;
    u->shifting = pop(&u->tx) & (u8)(0xff >> (3 - (u->lcr & 3)));
    if (!(u->mcr & MCR_LOOP) && u->stream.write)
        u->stream.write(u->stream.opaque, &u->shifting, 1);
    timer_arm(&u->shift, clock_now(u->dev.board->clock) + char_ns(u));
    if (!u->tx.count)
        u->thre_pending = true;
}

static void on_shift(void *opaque)
{
    struct uart16550 *u = opaque;
    if (u->mcr & MCR_LOOP)
        received(u, u->shifting, false);
    begin_character(u);
    update_irq(u);
}

static void write_thr(struct uart16550 *u, u8 v)
{
    u->thre_pending = false;
    if (u->tx.count >= capacity(u)) {
        /* Written without asking: the newest one replaces the last in line. */
        log_at(u->dev.board->log, LOG_GUEST, "%s: transmitter overrun", u->dev.name);
        u->tx.data[(u->tx.head + u->tx.count - 1) % UART_FIFO] = v;
    } else {
        push(&u->tx, v);
    }
    begin_character(u);
    update_irq(u);
}

/* ---- registers ---- */

static void write_fcr(struct uart16550 *u, u8 v)
{
    if ((v ^ u->fcr) & FCR_ENABLE)
        v |= FCR_CLEAR_RX | FCR_CLEAR_TX; /* switching modes empties both */
    if (!(v & FCR_ENABLE))
        v &= FCR_CLEAR_RX | FCR_CLEAR_TX;
    if (v & FCR_CLEAR_RX) {
        u->rx.count = 0;
        u->break_at = 0;
    }
    if (v & FCR_CLEAR_TX) {
        if (u->tx.count)
            u->thre_pending = true;
        u->tx.count = 0;
    }
    u->fcr = v & (FCR_ENABLE | 0x08 | FCR_TRIGGER);
    restart_timeout(u);
    update_irq(u);
    expect_from_host(u);
}

static void write_lcr(struct uart16550 *u, u8 v)
{
    bool break_began = (v & LCR_BREAK) && !(u->lcr & LCR_BREAK);
    u->lcr = v;
    if (break_began && (u->mcr & MCR_LOOP))
        received(u, 0, true);
}

/* Loopback takes the outputs off the connector. */
static void update_outputs(struct uart16550 *u)
{
    bool out = !(u->mcr & MCR_LOOP);
    irq_set(&u->dtr, out && (u->mcr & MCR_DTR));
    irq_set(&u->rts, out && (u->mcr & MCR_RTS));
}

static void write_mcr(struct uart16550 *u, u8 v)
{
    u->mcr = v & 0x1f;
    update_modem(u);
    update_outputs(u);
    update_irq(u);
    expect_from_host(u);
}

static void uart_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)size;
    struct uart16550 *u = dev;
    u8 v = (u8)value;
    bool dlab = u->lcr & LCR_DLAB;
    switch (port - u->base) {
    case RBR:
        if (dlab)
            u->divisor = (u->divisor & 0xff00) | v;
        else
            write_thr(u, v);
        break;
    case IER:
        if (dlab) {
            u->divisor = (u16)((u->divisor & 0x00ff) | v << 8);
            break;
        }
        /* Enabling the interrupt while THR is empty requests it at once. */
        if ((v & IER_THRE) && !(u->ier & IER_THRE) && !u->tx.count)
            u->thre_pending = true;
        u->ier = v & 0x0f;
        update_irq(u);
        break;
    case IIR:
        write_fcr(u, v);
        break;
    case LCR:
        write_lcr(u, v);
        break;
    case MCR:
        write_mcr(u, v);
        break;
    case SCR:
        u->scratch = v;
        break;
    default: /* LSR and MSR are for reading */
        break;
    }
}

static u32 uart_in(void *dev, u16 port, unsigned size)
{
    (void)size;
    struct uart16550 *u = dev;
    bool dlab = u->lcr & LCR_DLAB;
    u8 v;
    switch (port - u->base) {
    case RBR:
        return dlab ? u->divisor & 0xff : read_rbr(u);
    case IER:
        return dlab ? u->divisor >> 8 : u->ier;
    case IIR:
        v = interrupt_id(u);
        if (v == IIR_THRE) {
            u->thre_pending = false;
            update_irq(u);
        }
        return v | (fifos_on(u) ? IIR_FIFOS : 0);
    case LCR:
        return u->lcr;
    case MCR:
        return u->mcr;
    case LSR:
        v = u->lsr_errors | (u->rx.count ? LSR_DR : 0) | (!u->tx.count ? LSR_THRE : 0) |
            (!u->tx.count && !timer_armed(&u->shift) ? LSR_TEMT : 0) |
            (fifos_on(u) && u->break_at ? LSR_FIFO_ERROR : 0);
        if ((u->lsr_errors & LSR_BI) && u->break_at == 1)
            u->break_at = 0;
        u->lsr_errors = 0;
        update_irq(u);
        return v;
    case MSR:
        v = u->msr;
        u->msr &= 0xf0;
        update_irq(u);
        return v;
    default:
        return u->scratch;
    }
}

/*
 * Drivers wait for the transmitter by LSR. What it, IIR and MSR say changes with the timers, with
 * what the guest writes, and by being read when that clears something.
 */
static u64 uart_steady(void *dev, u16 port, const struct byte_set *others)
{
    const struct uart16550 *u = dev;
    bool clears;
    (void)others;
    switch (port - u->base) {
    case RBR:
        clears = !(u->lcr & LCR_DLAB);
        break;
    case IIR:
        clears = interrupt_id(u) == IIR_THRE;
        break;
    case LSR:
        clears = u->lsr_errors;
        break;
    case MSR:
        clears = u->msr & 0x0f;
        break;
    default:
        clears = false;
        break;
    }
    return clears ? 0 : BUS_STEADY_TILL_TOLD;
}

static const struct port_ops uart_ports = {uart_in, uart_out, 1};

/* Where COM1 to COM4 are, unless the row says otherwise. */
static bool choose_place(struct uart16550 *u, struct err *e)
{
    static const struct {
        u16 base;
        u8 irq;
    } usual[] = {{0x3f8, 4}, {0x2f8, 3}, {0x3e8, 4}, {0x2e8, 3}};
    if (u->index < ARRAY_SIZE(usual)) {
        if (!u->base)
            u->base = usual[u->index].base;
        if (!u->irq_number)
            u->irq_number = usual[u->index].irq;
    }
    return (u->base && u->irq_number) ||
           err_set(e, "%s has no usual place: say iobase= and irq=", u->dev.name);
}

static bool uart16550_realize(struct device *d, const struct board *b, struct err *e)
{
    struct uart16550 *u = (struct uart16550 *)d;
    /* OUT2 takes the card's driver off the line: COM1 and COM3 have always shared theirs. */
    if (b->slots && (!choose_place(u, e) || !slots_irq(d, u->irq_number, LINE_GATED, &u->irq, e) ||
                     !slots_stream(d, u->chardev, &u->stream, e)))
        return false;
    timer_init(&u->shift, b->clock, on_shift, u);
    timer_init(&u->arrive, b->clock, on_arrive, u);
    timer_init(&u->timeout, b->clock, on_timeout, u);
    bus_claim(b->bus, u->base, 8, &uart_ports, u, d->name);
    bus_steady(b->bus, u->base, uart_steady);
    return true;
}

static void disarm(struct device *d)
{
    struct uart16550 *u = (struct uart16550 *)d;
    timer_disarm(&u->shift);
    timer_disarm(&u->arrive);
    timer_disarm(&u->timeout);
}

static void uart16550_reset(struct device *d)
{
    struct uart16550 *u = (struct uart16550 *)d;
    disarm(d);
    u->ier = u->fcr = u->lcr = u->mcr = u->lsr_errors = u->break_at = 0;
    u->rx = u->tx = (struct uart_fifo){.count = 0};
    u->thre_pending = u->timeout_pending = false;
    /* MR leaves the divisor alone; a sane one is what a first access may count on. */
    if (!u->divisor)
        u->divisor = 12;
    update_modem(u);
    u->msr &= 0xf0;
    update_outputs(u);
    update_irq(u);
    expect_from_host(u);
}

static void fifo_state(struct uart_fifo *f, struct state *s)
{
    state_bytes(s, "data", f->data, sizeof(f->data));
    state_u8(s, "head", &f->head);
    state_u8(s, "count", &f->count);
    if (state_loading(s) && (f->head >= UART_FIFO || f->count > UART_FIFO)) {
        f->head = f->count = 0;
        state_fail(s, "UART FIFO: impossible length");
    }
}

static void uart16550_state(struct device *d, struct state *s)
{
    struct uart16550 *u = (struct uart16550 *)d;
    state_u8(s, "ier", &u->ier);
    state_u8(s, "fcr", &u->fcr);
    state_u8(s, "lcr", &u->lcr);
    state_u8(s, "mcr", &u->mcr);
    state_u8(s, "scratch", &u->scratch);
    state_u8(s, "lsr_errors", &u->lsr_errors);
    state_u8(s, "msr", &u->msr);
    state_u16(s, "divisor", &u->divisor);
    state_bool(s, "thre_pending", &u->thre_pending);
    state_bool(s, "timeout_pending", &u->timeout_pending);
    state_u8(s, "break_at", &u->break_at);
    fifo_state(&u->rx, s);
    fifo_state(&u->tx, s);
    state_u8(s, "shifting", &u->shifting);
    timer_state(&u->shift, s, "shift");
    timer_state(&u->arrive, s, "arrive");
    timer_state(&u->timeout, s, "timeout");
    state_bytes(s, "host", u->host, sizeof(u->host));
    state_u16(s, "host_head", &u->host_head);
    state_u16(s, "host_count", &u->host_count);
    if (state_loading(s) &&
        (u->host_head >= UART_HOST_BUFFER || u->host_count > UART_HOST_BUFFER)) {
        u->host_head = u->host_count = 0;
        state_fail(s, "UART: impossible length");
    }
}

static void uart16550_describe(const struct device *d, FILE *out)
{
    const struct uart16550 *u = (const struct uart16550 *)d;
    static const char parity[8] = {'N', 'O', 'N', 'E', 'N', 'M', 'N', 'S'};
    fprintf(out,
            "port %03x, %u baud %u%c%s, IER %02x, MCR %02x, MSR %02x, FIFOs %s, "
            "%u received, %u to send\n",
            u->base, 115200 / (u->divisor ? u->divisor : 65536u), 5 + (u->lcr & 3u),
            parity[u->lcr >> 3 & 7], u->lcr & LCR_STOP ? "2" : "1", u->ier, u->mcr, u->msr,
            fifos_on(u) ? "on" : "off", u->rx.count, u->tx.count);
}

static void poll(struct device *d)
{
    uart16550_poll((struct uart16550 *)d);
}

static const struct prop uart16550_props[] = {
    PROP_U32_ROW(struct uart16550, index, "index", "0", 0, 31, "its number: COM1 is 0"),
    PROP_U16_ROW(struct uart16550, base, "iobase", "0x0", 0, 0xfff8,
                 "first of its 8 ports; 0: as COM1 to COM4 have it"),
    PROP_U8_ROW(struct uart16550, irq_number, "irq", "0", 0, 15, "interrupt line; 0: likewise"),
    PROP_STRING_ROW(struct uart16550, chardev, "chardev", "what is at the other end"),
    PROP_END,
};

const struct device_class uart16550_class = {
    .name = "serial",
    .model = "isa-serial",
    .doc = "16550A serial port",
    .size = sizeof(struct uart16550),
    .props = uart16550_props,
    .bus = BUS_ISA,
    .several = true,
    .optional = true,
    .state_version = 1,
    .poll = poll,
    .realize = uart16550_realize,
    .reset = uart16550_reset,
    .state = uart16550_state,
    .destroy = disarm,
    .describe = uart16550_describe,
};
