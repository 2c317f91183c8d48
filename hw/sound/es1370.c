/*
 * es1370.c - the Ensoniq ES1370, AudioPCI, on its card with an AK4531 ("AudioPCI ES1370
 * Specification"): PCI configuration, the window of ports, control and status, the memory pages,
 * codec writes, the UART for MIDI. Samples are in es1370_channel.c.
 *
 * Not modelled: the legacy blocks that DOS drivers use by NMI, the game port (the board
 * has one), power-down. Beside the Sound Blaster of every PC; -sound es1370 is it alone.
 */
#include "hw/sound/es1370.h"
#include "hw/bus/slots.h"

#include <stdio.h>
#include <string.h>

enum { SERIAL_MASK = 0x003fffff, CONTROL_RESET = 1, CODEC_NS = 12000 };
enum { UART_RXRDY = 0x01, UART_TXRDY = 0x02, UART_TXINT = 0x04, UART_RXINT = 0x80 };
enum { UART_TXINTEN = 0x20, UART_RXINTEN = 0x80, UART_RESET = 0x03 };
enum { STAT_CODEC = 0x700, STAT_NO_VOICE = 0x60 };

/* ---- this channel's bits ---- */

u32 es1370_enable_bit(unsigned channel)
{
    static const u32 bits[] = {CTRL_DAC1_EN, CTRL_DAC2_EN, CTRL_ADC_EN};
    return bits[channel];
}

u8 es1370_status_bit(unsigned channel)
{
    static const u8 bits[] = {STAT_DAC1, STAT_DAC2, STAT_ADC};
    return bits[channel];
}

bool es1370_interrupts(const struct es1370 *e, unsigned channel)
{
    return e->serial >> (8 + channel) & 1;
}

bool es1370_stop_mode(const struct es1370 *e, unsigned channel)
{
    return e->serial >> (13 + channel) & 1;
}

unsigned es1370_format(const struct es1370 *e, unsigned channel)
{
    return e->serial >> 2 * channel & 3;
}

/* ---- interrupts ---- */

static u64 now(const struct es1370 *e)
{
    return clock_now(e->dev.board->clock);
}

/* Room for a byte behind the one on the wire, and somebody wants to know. */
static bool sent_interrupts(const struct es1370 *e)
{
    return (e->control & CTRL_UART_EN) && (e->uart & 0x60) == UART_TXINTEN &&
           midi_ready(&e->midi, now(e));
}

static bool received_interrupts(const struct es1370 *e)
{
    return (e->control & CTRL_UART_EN) && (e->uart & UART_RXINTEN) && e->receives;
}

static bool uart_interrupts(const struct es1370 *e)
{
    return sent_interrupts(e) || received_interrupts(e);
}

static u32 status(const struct es1370 *e)
{
    u32 v = e->pending | (uart_interrupts(e) ? STAT_UART : 0);
    return (v ? v | STAT_INTR : 0) | STAT_NO_VOICE | (now(e) < e->codec_done ? STAT_CODEC : 0);
}

void es1370_drive_line(struct es1370 *e)
{
    pci_set_interrupt(&e->pci, e->pending || uart_interrupts(e));
}

static void on_uart_ready(void *opaque)
{
    es1370_drive_line(opaque);
}

/* ---- MIDI ---- */

static u32 uart_in(const struct es1370 *e, unsigned reg)
{
    if (!(e->control & CTRL_UART_EN))
        return 0;
    if (reg == 0)
        return e->received;
    bool ready = midi_ready(&e->midi, now(e));
    return reg == 1
               ? (ready ? UART_TXRDY : 0u) | (sent_interrupts(e) ? UART_TXINT : 0u) |
                     (e->receives ? UART_RXRDY : 0u) | (received_interrupts(e) ? UART_RXINT : 0u)
               : 0;
}

static void uart_taken(struct es1370 *e)
{
    if (!(e->control & CTRL_UART_EN) || !e->receives)
        return;
    e->receives = false;
    es1370_drive_line(e);
}

static void on_midi(void *card, u8 v)
{
    struct es1370 *e = card;
    if (!(e->control & CTRL_UART_EN))
        return;
    e->received = v;
    e->receives = true;
    es1370_drive_line(e);
}

static void uart_control(struct es1370 *e, u8 v)
{
    bool reset = (v & UART_RESET) == UART_RESET;
    e->uart = reset ? 0 : v;
    e->receives &= !reset;
}

static void uart_out(struct es1370 *e, unsigned reg, u8 v)
{
    if (reg == 1)
        uart_control(e, v);
    else if (reg == 0 && (e->control & CTRL_UART_EN))
        midi_send(&e->midi, now(e), v);
    if (midi_ready(&e->midi, now(e)))
        timer_disarm(&e->uart_ready);
    else
        timer_arm(&e->uart_ready, e->midi.free_at - MIDI_BYTE_NS);
    es1370_drive_line(e);
}

/* ---- registers of 32 bits ---- */

static u32 register_in(struct es1370 *e, unsigned reg)
{
    const struct es1370_channel *c;
    if (reg >= ES_FRAME)
        return e->memory[e->page][(reg - ES_FRAME) / 4];
    switch (reg) {
    case ES_CONTROL:
        return e->control;
    case ES_STATUS:
        return status(e);
    case ES_UART:
        return uart_in(e, 0) | uart_in(e, 1) << 8;
    case ES_PAGE:
        return e->page;
    case ES_SERIAL:
        return e->serial;
    case ES_COUNT:
    case ES_COUNT + 4:
    case ES_COUNT + 8:
        c = &e->channel[(reg - ES_COUNT) / 4];
        return (u32)c->left << 16 | c->samples;
    default:
        return 0;
    }
}

/* A channel that is switched on counts from the beginning. */
static void write_control(struct es1370 *e, u32 v)
{
    u32 on = v & ~e->control;
    e->control = v;
    for (unsigned i = 0; i < ES_CHANNELS; i++) {
        if (on & es1370_enable_bit(i)) {
            es1370_reload(&e->channel[i]);
            e->channel[i].used = 0;
        }
    }
    es1370_settle(e);
    es1370_gains(e);
    es1370_drive_line(e);
}

/* An interrupt goes when its enable bit does. */
static void write_serial(struct es1370 *e, u32 v)
{
    bool reload = v & ~e->serial & 0x80; /* P1_SCT_RLD */
    e->serial = v & SERIAL_MASK;
    for (unsigned i = 0; i < ES_CHANNELS; i++) {
        if (!es1370_interrupts(e, i))
            e->pending &= (u8)~es1370_status_bit(i);
    }
    if (reload)
        es1370_reload(&e->channel[ES_DAC1]);
    es1370_settle(e);
    es1370_drive_line(e);
}

static void write_codec(struct es1370 *e, u16 v)
{
    if (!(e->control & CTRL_CDC_EN) || now(e) < e->codec_done) {
        log_at(e->dev.board->log, LOG_GUEST, "%s: codec register %02x <- %02x while it is %s",
               e->dev.name, v >> 8, v & 0xff, e->control & CTRL_CDC_EN ? "busy" : "off");
        return;
    }
    e->codec_done = now(e) + CODEC_NS;
    ak4531_write(&e->codec, (u8)(v >> 8), (u8)v);
    es1370_gains(e);
}

static void register_out(struct es1370 *e, unsigned reg, u32 v)
{
    if (reg >= ES_FRAME) {
        e->memory[e->page][(reg - ES_FRAME) / 4] = v;
        return;
    }
    switch (reg) {
    case ES_CONTROL:
        write_control(e, v);
        break;
    case ES_PAGE:
        e->page = v & (ES1370_PAGES - 1);
        break;
    case ES_SERIAL:
        write_serial(e, v);
        break;
    case ES_COUNT:
    case ES_COUNT + 4:
    case ES_COUNT + 8:
        e->channel[(reg - ES_COUNT) / 4].samples = (u16)v;
        es1370_settle(e);
        break;
    default:
        break;
    }
}

/* ---- the window ---- */

static u32 es1370_in(void *dev, u16 port, unsigned size)
{
    struct es1370 *e = dev;
    unsigned offset = port & (ES1370_PORTS - 1);
    es1370_sync(e);
    u32 v = register_in(e, offset & ~3u) >> 8 * (offset & 3);
    if (offset == ES_UART)
        uart_taken(e);
    return size == 4 ? v : v & ((1u << 8 * size) - 1);
}

/* Registers can be written byte by byte; what is left out stays. */
static void es1370_out(void *dev, u16 port, u32 v, unsigned size)
{
    struct es1370 *e = dev;
    unsigned offset = port & (ES1370_PORTS - 1), reg = offset & ~3u, shift = 8 * (offset & 3);
    es1370_sync(e);
    if (reg == ES_UART) {
        for (unsigned i = 0; i < size; i++)
            uart_out(e, (offset & 3) + i, (u8)(v >> 8 * i));
    } else if (reg == ES_CODEC) {
        if (size > 1 && !shift)
            write_codec(e, (u16)v);
    } else {
        u32 mask = size == 4 ? 0xffffffff : ((1u << 8 * size) - 1) << shift;
        register_out(e, reg, (register_in(e, reg) & ~mask) | (v << shift & mask));
    }
}

static const struct port_ops es1370_ports = {es1370_in, es1370_out, 4};

/* ---- device ---- */

/* It may have become the bus's master, or no longer be it. */
static void on_configuration(struct pci_function *f, unsigned first, unsigned last)
{
    struct es1370 *e = f->dev;
    if (first <= PCI_COMMAND && last >= PCI_COMMAND && !es1370_settled(e)) {
        es1370_sync(e);
        es1370_settle(e);
    }
}

static bool es1370_realize(struct device *d, const struct board *b, struct err *err)
{
    struct es1370 *e = (struct es1370 *)d;
    struct pci_window ports = {
        .kind = PCI_PORTS, .size = ES1370_PORTS, .ports = &es1370_ports, .dev = e};
    if (!pci_plug(d, &e->pci, e->addr, err))
        return false;
    pci_init(&e->pci, d->name, e, 0x1274, 0x5000, 0x0401, 0, 0);
    put_le16(e->pci.config + PCI_STATUS, 0x0400); /* slow DEVSEL# */
    put_le16(e->pci.config + PCI_SUBSYSTEM_VENDOR, 0x4942);
    put_le16(e->pci.config + PCI_SUBSYSTEM, 0x4c4c);
    put_le16(e->pci.config + 0x3e, 0x800c); /* MIN_GNT, MAX_LAT */
    put_le16(e->pci.writable + PCI_COMMAND, 0x0105);
    e->pci.config[PCI_INTERRUPT_PIN] = 1;
    pci_bar(&e->pci, 0, &ports);
    e->pci.changed = on_configuration;
    timer_init(&e->uart_ready, b->clock, on_uart_ready, e);
    e->midi.sink = slots_midi(d);
    midi_socket_attach(d, &e->midi_in, on_midi, e);
    line_input_attach(d, &e->input, es1370_records, e);
    es1370_channels_init(e);
    return true;
}

static void es1370_reset(struct device *d)
{
    struct es1370 *e = (struct es1370 *)d;
    es1370_sync(e);
    e->control = CONTROL_RESET;
    e->serial = 0;
    e->page = e->pending = e->uart = e->received = 0;
    e->receives = false;
    e->codec_done = 0;
    memset(e->memory, 0, sizeof(e->memory));
    timer_disarm(&e->uart_ready);
    es1370_channels_reset(e);
    ak4531_reset(&e->codec);
    es1370_gains(e);
    pci_function_reset(&e->pci);
}

static void es1370_state(struct device *d, struct state *s)
{
    struct es1370 *e = (struct es1370 *)d;
    state_u32(s, "control", &e->control);
    state_u32(s, "serial", &e->serial);
    es1370_channels_state(e, s);
    state_u8(s, "page", &e->page);
    state_u8(s, "pending", &e->pending);
    state_u8(s, "uart", &e->uart);
    state_u64(s, "codec_done", &e->codec_done);
    for (unsigned i = 0; i < ES1370_PAGES; i++)
        state_u32s(s, "memory", e->memory[i], 4);
    ak4531_state(&e->codec, s);
    state_u64(s, "midi free_at", &e->midi.free_at);
    timer_state(&e->uart_ready, s, "uart_ready");
    if (state_version(s) >= 2) {
        state_u8(s, "received", &e->received);
        state_bool(s, "receives", &e->receives);
    } else {
        e->received = 0;
        e->receives = false;
    }
    if (state_loading(s) && state_ok(s) &&
        (e->page >= ES1370_PAGES || e->pending > 7 || e->serial & ~(u32)SERIAL_MASK))
        state_fail(s, "%s: impossible registers", d->name);
    pci_function_state(&e->pci, s);
    es1370_voices_state(e, s);
}

static void es1370_destroy(struct device *d)
{
    struct es1370 *e = (struct es1370 *)d;
    timer_disarm(&e->uart_ready);
    midi_socket_detach(&e->midi_in);
    line_input_detach(&e->input);
    es1370_channels_free(e);
}

static void es1370_describe(const struct device *d, FILE *out)
{
    static const char *const names[] = {"DAC1", "DAC2", "ADC"};
    static const char *const formats[] = {"8 bits", "8 bits, stereo", "16 bits", "16 bits, stereo"};
    const struct es1370 *e = (const struct es1370 *)d;
    fprintf(out, "control %08x serial %08x status %08x\n", e->control, e->serial, status(e));
    for (unsigned i = 0; i < ES_CHANNELS; i++) {
        const struct es1370_channel *c = &e->channel[i];
        fprintf(out, "%s: %s, %s, %.1f Hz, %u of %u samples left\n", names[i],
                c->running ? "running" : "stands", formats[es1370_format(e, i)],
                1411200.0 / c->divider, c->left + 1u, c->samples + 1u);
    }
}

static const struct prop props[] = {
    PROP_STRING_ROW(struct es1370, addr, "addr", "PCI slot, hexadecimal; else the first free one"),
    PROP_END,
};

const struct device_class es1370_class = {
    .name = "es1370",
    .model = "es1370",
    .doc = "Ensoniq AudioPCI sound card (PCI)",
    .size = sizeof(struct es1370),
    .props = props,
    .bus = BUS_PCI,
    .optional = true,
    .state_version = 2,
    .realize = es1370_realize,
    .reset = es1370_reset,
    .state = es1370_state,
    .destroy = es1370_destroy,
    .describe = es1370_describe,
};
