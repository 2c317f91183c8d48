/*
 * test_uhci.c - the PIIX3's USB with a keyboard and a tablet, as a host's driver sees them: ports,
 * a schedule in memory, control transfers, reports, NAK, stall, silence, short packets, babble,
 * interrupts; schedules that lead round and round; state.
 */
#include "hw/chipset/uhci.h"
#include "hw/input/usb_hid.h"
#include "roundtrip.h"

enum { AT = 0xc300, DEVFN = PCI_DEVFN(1, 2), PIRQ = (1 + 4 + 2) % PCI_PIRQS };
enum { LIST = 0x1000, QUEUE = 0x2000, TDS = 0x3000, DATA = 0x4000 };
enum { KBD_PORT, TABLET_PORT };

#define TD_3_ERRORS 0x18000000u

static struct bench b;
static struct uhci *u;
static struct usb_kbd *kbd;
static struct usb_tablet *tablet;

/* The parts of one bench: those behind the controller come with it into its state. */
struct set {
    struct pci *pci;
    struct usb_kbd *kbd;
    struct usb_tablet *tablet;
};

static struct set make_set(struct bench *bench, struct uhci *c)
{
    struct set s = {(struct pci *)device_new(&pci_class, NULL),
                    (struct usb_kbd *)device_new(&usb_kbd_class, NULL),
                    (struct usb_tablet *)device_new(&usb_tablet_class, NULL)};
    for (unsigned i = 0; i < PCI_PIRQS; i++)
        s.pci->pirq[i] = bench_line(bench, (int)i);
    bench_start(bench, &s.pci->dev);
    pci_attach(s.pci, &c->pci, DEVFN);
    bench_start(bench, &s.kbd->dev);
    bench_start(bench, &s.tablet->dev);
    c->port[KBD_PORT].function = &s.kbd->hid.function;
    c->port[TABLET_PORT].function = &s.tablet->hid.function;
    bench_start(bench, &c->dev);
    pci_config_write(s.pci, DEVFN, PCI_BAR0 + 16, AT, 4);
    pci_config_write(s.pci, DEVFN, PCI_COMMAND, PCI_IO_ENABLE | PCI_MASTER_ENABLE, 2);
    return s;
}

static struct set parts;

static void setup(void)
{
    bench_init(&b);
    u = (struct uhci *)device_new(&uhci_class, NULL);
    parts = make_set(&b, u);
    b.extra = &parts.pci->dev;
    kbd = parts.kbd;
    tablet = parts.tablet;
}

static void teardown(void)
{
    device_free(&kbd->dev);
    device_free(&tablet->dev);
    bench_free(&b, &u->dev);
}

static u16 get(unsigned reg)
{
    return (u16)bus_in(&b.bus, (u16)(AT + reg), 2);
}

static void set(unsigned reg, u16 v)
{
    bus_out(&b.bus, (u16)(AT + reg), v, 2);
}

static int line(void)
{
    return b.level[PIRQ];
}

/* ---- a schedule: one queue that every frame leads to ---- */

static void start(void)
{
    for (u32 i = 0; i < 1024; i++)
        put_le32(b.phys.ram + LIST + 4 * i, QUEUE | UHCI_QUEUE);
    put_le32(b.phys.ram + QUEUE, UHCI_TERMINATE);
    put_le32(b.phys.ram + QUEUE + 4, UHCI_TERMINATE);
    set(UHCI_FLBASE, LIST);
    set(UHCI_FLBASE + 2, 0);
    set(UHCI_CMD, CMD_RS);
}

static void enable(unsigned port)
{
    unsigned reg = UHCI_PORTSC + 2 * port;
    set(reg, PORT_PR);
    run_for(&b, 10 * NS_PER_MS);
    set(reg, 0);
    set(reg, PORT_PE | PORT_CSC | PORT_PEC);
}

static u8 *td(unsigned i)
{
    return b.phys.ram + TDS + 32 * i;
}

static void set_td(unsigned i, bool last, u32 status, u8 pid, unsigned address, unsigned endpoint,
                   unsigned size, u32 buffer)
{
    put_le32(td(i), last ? UHCI_TERMINATE : (TDS + 32 * (i + 1)) | UHCI_DEPTH);
    put_le32(td(i) + 4, status | TD_ACTIVE | TD_3_ERRORS);
    put_le32(td(i) + 8, pid | address << 8 | endpoint << 15 | ((size - 1) & 0x7ff) << 21);
    put_le32(td(i) + 12, buffer);
}

static void begin(void)
{
    put_le32(b.phys.ram + QUEUE + 4, TDS);
}

static u32 status(unsigned i)
{
    return get_le32(td(i) + 4);
}

/* A control transfer; the bytes that came, or -1 for a stall. */
static int control(unsigned address, u8 type, u8 request, u16 value, u16 index, u16 length)
{
    unsigned n = 1, got = 0, at = 0;
    u8 pid = type & 0x80 ? USB_PID_IN : USB_PID_OUT;
    u8 *setup = b.phys.ram + DATA - 8;
    setup[0] = type;
    setup[1] = request;
    put_le16(setup + 2, value);
    put_le16(setup + 4, index);
    put_le16(setup + 6, length);
    set_td(0, false, 0, USB_PID_SETUP, address, 0, 8, DATA - 8);
    for (at = 0; at < length; at += 8, n++)
        set_td(n, false, TD_SPD, pid, address, 0, length - at < 8u ? length - at : 8u, DATA + at);
    set_td(n, true, TD_IOC, length && (type & 0x80) ? USB_PID_OUT : USB_PID_IN, address, 0, 0, 0);
    begin();
    run_for(&b, 40 * NS_PER_MS);
    for (unsigned i = 0; i <= n; i++) {
        if (status(i) & TD_STALLED)
            return -1;
        if (i && i < n && !(status(i) & TD_ACTIVE))
            got += (status(i) + 1) & 0x7ff;
    }
    if (status(n) & TD_ACTIVE) { /* short: the status stage by itself */
        put_le32(b.phys.ram + QUEUE + 4, TDS + 32 * n);
        run_for(&b, 3 * NS_PER_MS);
    }
    ck_assert(!(status(n) & TD_ACTIVE));
    return (int)got;
}

/* Address and configuration, as a driver gives them. */
static void configure(unsigned port, unsigned address)
{
    enable(port);
    ck_assert_int_eq(control(0, 0, 5, (u16)address, 0, 0), 0);
    ck_assert_int_eq(control(address, 0, 9, 1, 0, 0), 0);
}

/* A poll of endpoint 1: the bytes that came, -1: none. */
static int poll(unsigned address, unsigned size)
{
    memset(b.phys.ram + DATA, 0xaa, 16);
    set_td(0, true, 0, USB_PID_IN, address, 1, size, DATA);
    begin();
    run_for(&b, 2 * NS_PER_MS);
    put_le32(b.phys.ram + QUEUE + 4, UHCI_TERMINATE);
    return status(0) & TD_ACTIVE ? -1 : (int)((status(0) + 1) & 0x7ff);
}

static const u8 *data(void)
{
    return b.phys.ram + DATA;
}

/* ---- the controller ---- */

START_TEST(identity_and_registers)
{
    ck_assert_uint_eq(pci_config_read(parts.pci, DEVFN, 0, 4), 0x70208086);
    ck_assert_uint_eq(pci_config_read(parts.pci, DEVFN, PCI_REVISION, 4) >> 8, 0x0c0300);
    ck_assert_uint_eq(pci_config_read(parts.pci, DEVFN, PCI_INTERRUPT_PIN, 1), 4);
    ck_assert_uint_eq(pci_config_read(parts.pci, DEVFN, 0x60, 1), 0x10);
    ck_assert_uint_eq(get(UHCI_STS), STS_HALTED);
    ck_assert_uint_eq(in8(&b, AT + UHCI_SOFMOD), 64);
    ck_assert_uint_eq(get(UHCI_PORTSC), PORT_ONE | PORT_CCS | PORT_CSC | 0x10);
    ck_assert_uint_eq(get(UHCI_PORTSC + 4), 0); /* there are two */
    set(UHCI_FLBASE, 0x1fff);
    ck_assert_uint_eq(get(UHCI_FLBASE), 0x1000);
    set(UHCI_FRNUM, 0x7ff);
    set(UHCI_CMD, CMD_RS);
    ck_assert_uint_eq(get(UHCI_STS), 0);
    run_for(&b, 10 * NS_PER_MS);
    ck_assert_uint_eq(get(UHCI_FRNUM), 9);
    set(UHCI_FRNUM, 0x123); /* not while it runs */
    ck_assert_uint_eq(get(UHCI_FRNUM), 9);
    set(UHCI_CMD, 0);
    run_for(&b, 10 * NS_PER_MS);
    ck_assert_uint_eq(get(UHCI_FRNUM), 9);
    ck_assert_uint_eq(get(UHCI_STS), STS_HALTED);
    set(UHCI_INTR, 0xffff);
    ck_assert_uint_eq(get(UHCI_INTR), 0x0f);
    set(UHCI_CMD, CMD_HCRESET);
    ck_assert_uint_eq(get(UHCI_INTR), 0);
    ck_assert_uint_eq(get(UHCI_FRNUM), 0);
}
END_TEST

START_TEST(ports)
{
    set(UHCI_PORTSC, PORT_CSC);
    ck_assert_uint_eq(get(UHCI_PORTSC), PORT_ONE | PORT_CCS | 0x10);
    set(UHCI_PORTSC, PORT_PE);
    ck_assert_uint_eq(get(UHCI_PORTSC), PORT_ONE | PORT_CCS | PORT_PE | 0x10);
    out8(&b, AT + UHCI_PORTSC + 1, 0x02); /* a byte: PR; the other one stays */
    ck_assert_uint_eq(get(UHCI_PORTSC), PORT_ONE | PORT_CCS | PORT_PR);
    set(UHCI_PORTSC, 0);
    u->port[1].function = NULL;
    set(UHCI_CMD, CMD_HCRESET);
    ck_assert_uint_eq(get(UHCI_PORTSC + 2), PORT_ONE);
    set(UHCI_PORTSC + 2, PORT_PE);
    ck_assert_uint_eq(get(UHCI_PORTSC + 2), PORT_ONE);
    u->port[1].function = &tablet->hid.function;
}
END_TEST

START_TEST(enumeration)
{
    start();
    enable(KBD_PORT);
    ck_assert_int_eq(control(0, 0x80, 6, 0x0100, 0, 64), 18);
    ck_assert_uint_eq(data()[0], 18);
    ck_assert_uint_eq(data()[7], 8);
    ck_assert_int_eq(control(0, 0x80, 6, 0x0100, 0, 8), 8);
    ck_assert_int_eq(control(0, 0, 5, 42, 0, 0), 0);
    ck_assert_uint_eq(kbd->hid.function.address, 42);
    ck_assert_int_eq(control(42, 0x80, 6, 0x0200, 0, 9), 9);
    u16 total = get_le16(data() + 2);
    ck_assert_int_eq(control(42, 0x80, 6, 0x0200, 0, 255), total);
    unsigned report = get_le16(data() + 18 + 7);        /* the HID descriptor says how long it is */
    for (unsigned at = 0; at < total; at += data()[at]) /* each part says how long it is */
        ck_assert_uint_ge(data()[at], 7);
    ck_assert_int_eq(control(42, 0x80, 6, 0x0300, 0, 255), 4);
    ck_assert_int_eq(control(42, 0x80, 6, 0x0301, 0x0409, 255), 2 + 2 * 7);
    ck_assert_uint_eq(data()[2], 'F');
    ck_assert_int_eq(control(42, 0x80, 6, 0x0309, 0x0409, 255), -1);
    ck_assert_int_eq(control(42, 0x81, 6, 0x2200, 0, 255), (int)report);
    ck_assert_uint_eq(data()[report - 1], 0xc0); /* all of it came */
    ck_assert_int_eq(control(42, 0x80, 8, 0, 0, 1), 1);
    ck_assert_uint_eq(data()[0], 0);
    ck_assert_int_eq(control(42, 0, 9, 7, 0, 0), -1); /* no such configuration */
    ck_assert_int_eq(control(42, 0, 9, 1, 0, 0), 0);
    ck_assert_int_eq(control(42, 0x80, 8, 0, 0, 1), 1);
    ck_assert_uint_eq(data()[0], 1);
    ck_assert_int_eq(control(42, 0x80, 0, 0, 0, 2), 2);
    ck_assert_int_eq(control(42, 0x40, 1, 0, 0, 0), -1); /* a vendor's request */
    ck_assert_int_eq(control(42, 0x02, 3, 0, 0x81, 0), 0);
    ck_assert_int_eq(control(42, 0x82, 0, 0, 0x81, 2), 2);
    ck_assert_uint_eq(data()[0], 1); /* the endpoint is halted */
    poll(42, 8);
    ck_assert_uint_eq(status(0) & (TD_STALLED | TD_ACTIVE), TD_STALLED);
    ck_assert_int_eq(control(42, 0x02, 1, 0, 0x81, 0), 0);
    ck_assert_int_eq(poll(42, 8), -1);
    ck_assert(status(0) & TD_NAK);
}
END_TEST

START_TEST(errors_and_interrupts)
{
    start();
    configure(KBD_PORT, 1);
    set(UHCI_STS, 0x1f);
    set(UHCI_INTR, INTR_IOC | INTR_CRC | INTR_SHORT);
    ck_assert_int_eq(line(), 0);
    /* Nobody has this address: three times, then it is over. */
    set_td(0, true, 0, USB_PID_IN, 99, 1, 8, DATA);
    begin();
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(status(0) & (TD_COUNT | TD_ACTIVE | TD_TIMEOUT),
                      0x10000000 | TD_ACTIVE | TD_TIMEOUT);
    run_for(&b, 2 * NS_PER_MS);
    ck_assert_uint_eq(status(0) & (TD_COUNT | TD_ACTIVE | TD_TIMEOUT | TD_STALLED),
                      TD_TIMEOUT | TD_STALLED);
    ck_assert_uint_eq(get(UHCI_STS), STS_ERROR);
    ck_assert_int_eq(line(), 1);
    set(UHCI_STS, STS_ERROR);
    ck_assert_int_eq(line(), 0);
    /* A report of eight bytes into four: babble. */
    usb_kbd_key(kbd, KEY_A, true);
    poll(1, 4);
    ck_assert_uint_eq(status(0) & (TD_BABBLE | TD_STALLED | TD_ACTIVE), TD_BABBLE | TD_STALLED);
    ck_assert_uint_eq(data()[4], 0xaa); /* nothing behind the buffer is touched */
    set(UHCI_STS, 0x1f);
    /* Short with SPD: told, and the queue stands. */
    usb_kbd_key(kbd, KEY_A, false);
    set_td(0, false, TD_SPD, USB_PID_IN, 1, 1, 16, DATA);
    set_td(1, true, TD_IOC, USB_PID_IN, 1, 1, 16, DATA);
    begin();
    run_for(&b, 3 * NS_PER_MS);
    ck_assert_uint_eq(status(0) & (TD_ACTIVE | TD_LENGTH), 7);
    ck_assert(status(1) & TD_ACTIVE);
    ck_assert_uint_eq(get_le32(b.phys.ram + QUEUE + 4), TDS);
    ck_assert_uint_eq(get(UHCI_STS), STS_USBINT);
    ck_assert_int_eq(line(), 1);
    set(UHCI_INTR, INTR_IOC);
    ck_assert_int_eq(line(), 0);
    set(UHCI_STS, 0x1f);
    /* A transfer that cannot be stops the controller. */
    set_td(0, true, 0, 0x55, 1, 1, 8, DATA);
    begin();
    run_for(&b, 3 * NS_PER_MS);
    ck_assert_uint_eq(get(UHCI_STS), STS_HALTED | STS_PROCESS_ERROR);
    ck_assert_int_eq(line(), 1);
    ck_assert_uint_eq(get(UHCI_CMD) & CMD_RS, 0);
}
END_TEST

/* Pulled out of its port, and in again: another function, that nobody knows yet. */
START_TEST(hot_plug)
{
    start();
    configure(KBD_PORT, 1);
    set(UHCI_INTR, INTR_RESUME);
    uhci_plug_port(u, KBD_PORT, false);
    ck_assert_uint_eq(get(UHCI_PORTSC), PORT_ONE | PORT_CSC | PORT_PEC);
    ck_assert_int_eq(line(), 0); /* the bus is awake */
    set(UHCI_PORTSC, PORT_PE | PORT_CSC | PORT_PEC);
    ck_assert_uint_eq(get(UHCI_PORTSC), PORT_ONE);
    set_td(0, true, 0, USB_PID_IN, 1, 1, 8, DATA);
    begin();
    run_for(&b, 4 * NS_PER_MS);
    ck_assert_uint_eq(status(0) & (TD_ACTIVE | TD_TIMEOUT | TD_STALLED), TD_TIMEOUT | TD_STALLED);
    set(UHCI_STS, 0x1f);
    /* Nothing comes back by itself. */
    set(UHCI_CMD, CMD_HCRESET);
    ck_assert_uint_eq(get(UHCI_PORTSC), PORT_ONE);
    /* A bus that sleeps is woken. */
    set(UHCI_INTR, INTR_RESUME);
    set(UHCI_CMD, CMD_EGSM);
    uhci_plug_port(u, KBD_PORT, true);
    ck_assert_uint_eq(get(UHCI_PORTSC), PORT_ONE | PORT_CCS | PORT_CSC | 0x10);
    ck_assert_uint_eq(get(UHCI_CMD), CMD_EGSM | CMD_FGR);
    ck_assert_uint_eq(get(UHCI_STS) & STS_RESUME, STS_RESUME);
    ck_assert_int_eq(line(), 1);
    set(UHCI_STS, STS_RESUME);
    ck_assert_int_eq(line(), 0);
    ck_assert_uint_eq(kbd->hid.function.address, 0);
    ck_assert_uint_eq(kbd->hid.function.configuration, 0);
    start();
    configure(KBD_PORT, 3);
    usb_kbd_key(kbd, KEY_A, true);
    ck_assert_int_eq(poll(3, 8), 8);
}
END_TEST

/* A frame is a millisecond: of 30 packets of 64 bytes no more than 19 fit. */
START_TEST(a_frame_is_full)
{
    start();
    configure(KBD_PORT, 1);
    for (unsigned i = 0; i < 30; i++) {
        set_td(i, i == 29, 0, USB_PID_OUT, 1, 0, 64, DATA);
        put_le32(td(i) + 4, TD_ACTIVE); /* silence or NAK do not end it */
    }
    kbd->hid.function.stage = USB_DATA_OUT;
    kbd->hid.function.length = 256;
    begin();
    run_for(&b, NS_PER_MS);
    unsigned done = 0;
    while (done < 30 && !(status(done) & TD_ACTIVE))
        done++;
    ck_assert_uint_le(done, 19);
    ck_assert_uint_ge(done, 1);
}
END_TEST

/* Queues and descriptors that lead to themselves: the frame ends, time goes on. */
START_TEST(round_and_round)
{
    start();
    configure(KBD_PORT, 1);
    put_le32(b.phys.ram + QUEUE, QUEUE | UHCI_QUEUE); /* bandwidth reclamation */
    u64 fired = b.clock.fired;
    run_for(&b, 100 * NS_PER_MS);
    ck_assert_uint_le(b.clock.fired - fired, 101);
    usb_kbd_key(kbd, KEY_B, true);
    ck_assert_int_eq(poll(1, 8), 8); /* it works all the same */
    for (u32 i = 0; i < 1024; i++)
        put_le32(b.phys.ram + LIST + 4 * i, TDS);
    put_le32(td(0), TDS | UHCI_DEPTH); /* a descriptor that is done, for ever */
    put_le32(td(0) + 4, 0);
    run_for(&b, 20 * NS_PER_MS);
    for (u32 i = 0; i < 1024; i++)
        put_le32(b.phys.ram + LIST + 4 * i, 0xfffffff0 | UHCI_QUEUE); /* nobody there */
    run_for(&b, 20 * NS_PER_MS);
    ck_assert_uint_eq(get(UHCI_STS) & STS_HALTED, 0);
}
END_TEST

/* ---- keyboard and tablet ---- */

static void check_keys(const u8 *report)
{
    ck_assert_int_eq(poll(1, 8), 8);
    ck_assert_mem_eq(data(), report, 8);
}

START_TEST(keyboard)
{
    static const enum key many[] = {KEY_1, KEY_2, KEY_3, KEY_4, KEY_5, KEY_6};
    start();
    configure(KBD_PORT, 1);
    ck_assert(usb_kbd_wanted(kbd));
    ck_assert_int_eq(poll(1, 8), -1);
    usb_kbd_key(kbd, KEY_LSHIFT, true);
    usb_kbd_key(kbd, KEY_A, true);
    usb_kbd_key(kbd, KEY_A, true); /* it is down already */
    usb_kbd_key(kbd, KEY_RCTRL, true);
    usb_kbd_key(kbd, KEY_A, false);
    check_keys((const u8[]){0x02, 0, 0, 0, 0, 0, 0, 0});
    check_keys((const u8[]){0x02, 0, 0x04, 0, 0, 0, 0, 0});
    check_keys((const u8[]){0x12, 0, 0x04, 0, 0, 0, 0, 0});
    check_keys((const u8[]){0x12, 0, 0, 0, 0, 0, 0, 0});
    ck_assert_int_eq(poll(1, 8), -1);
    usb_kbd_key(kbd, KEY_LSHIFT, false);
    usb_kbd_key(kbd, KEY_RCTRL, false);
    check_keys((const u8[]){0x10, 0, 0, 0, 0, 0, 0, 0});
    check_keys((const u8[]){0, 0, 0, 0, 0, 0, 0, 0});
    for (unsigned i = 0; i < 6; i++) {
        usb_kbd_key(kbd, many[i], true);
        ck_assert_int_eq(poll(1, 8), 8);
    }
    ck_assert_mem_eq(data(), ((const u8[]){0, 0, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23}), 8);
    usb_kbd_key(kbd, KEY_UP, true);
    check_keys((const u8[]){0, 0, 1, 1, 1, 1, 1, 1});
    usb_kbd_key(kbd, KEY_1, false);
    check_keys((const u8[]){0, 0, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x52});
    ck_assert_int_eq(control(1, 0xa1, 1, 0x0100, 0, 8), 8); /* GET_REPORT */
    ck_assert_uint_eq(data()[2], 0x1f);
    b.phys.ram[DATA] = 0x02;
    ck_assert_int_eq(control(1, 0x21, 9, 0x0200, 0, 1), 1); /* SET_REPORT: caps lock's LED */
    ck_assert_uint_eq(kbd->leds, 2);
    ck_assert_int_eq(control(1, 0x21, 10, 0x0500, 0, 0), 0); /* SET_IDLE: every 20 ms */
    run_for(&b, 30 * NS_PER_MS);
    ck_assert_int_eq(poll(1, 8), 8);
    ck_assert_int_eq(poll(1, 8), -1);
    run_for(&b, 20 * NS_PER_MS);
    ck_assert_int_eq(poll(1, 8), 8);
    /* No more than the queue holds, whatever the host types. */
    ck_assert_int_eq(control(1, 0x21, 10, 0, 0, 0), 0);
    for (unsigned i = 0; i < 200; i++)
        usb_kbd_key(kbd, KEY_Z, !(i & 1));
    ck_assert_uint_eq(kbd->count, USB_KBD_QUEUE);
    ck_assert(!usb_kbd_ready(kbd));
}
END_TEST

START_TEST(every_key_is_different)
{
    bool seen[256] = {false};
    start();
    configure(KBD_PORT, 1);
    for (int key = 1; key < KEY_COUNT; key++) {
        usb_kbd_key(kbd, (enum key)key, true);
        ck_assert_int_eq(poll(1, 8), 8);
        unsigned usage = data()[0] ? 0xe0u + (unsigned)__builtin_ctz(data()[0]) : data()[2];
        ck_assert_uint_ne(usage, 0);
        ck_assert(!seen[usage]);
        seen[usage] = true;
        usb_kbd_key(kbd, (enum key)key, false);
        ck_assert_int_eq(poll(1, 8), 8);
    }
}
END_TEST

static void check_tablet(unsigned buttons, unsigned x, unsigned y, int wheel)
{
    ck_assert_int_eq(poll(2, 8), 6);
    ck_assert_uint_eq(data()[0], buttons);
    ck_assert_uint_eq(get_le16(data() + 1), x);
    ck_assert_uint_eq(get_le16(data() + 3), y);
    ck_assert_int_eq((s8)data()[5], wheel);
}

START_TEST(pointing)
{
    start();
    configure(TABLET_PORT, 2);
    ck_assert(usb_tablet_wanted(tablet));
    ck_assert_int_eq(poll(2, 8), -1);
    usb_tablet_point(tablet, 10, 20, 0, 0);
    usb_tablet_point(tablet, 65535, 0, 0, 0); /* one, when nobody has fetched the first */
    check_tablet(0, 32767, 0, 0);
    usb_tablet_point(tablet, 100, 100, 0, 1); /* a press and a release are two */
    usb_tablet_point(tablet, 100, 100, 0, 0);
    check_tablet(1, 50, 50, 0);
    check_tablet(0, 50, 50, 0);
    ck_assert_int_eq(poll(2, 8), -1);
    usb_tablet_point(tablet, 100, 100, 2, 0);
    usb_tablet_point(tablet, 100, 100, 1000000, 0);
    check_tablet(0, 50, 50, -127);
    ck_assert_int_eq(control(2, 0xa1, 1, 0x0100, 0, 6), 6);
    ck_assert_uint_eq(data()[5], 0); /* the wheel has been told */
    for (unsigned i = 0; i < 2 * USB_TABLET_QUEUE; i++)
        usb_tablet_point(tablet, (u16)i, 0, 0, i & 1);
    ck_assert_uint_eq(tablet->count, USB_TABLET_QUEUE);
    ck_assert(!usb_tablet_ready(tablet, 0));
    /* The bus's reset: neither address nor configuration, and nothing waits. */
    enable(TABLET_PORT);
    ck_assert(!usb_tablet_wanted(tablet));
    ck_assert_uint_eq(tablet->count, 0);
}
END_TEST

/* ---- state ---- */

static struct set other_parts;

static struct device *make(struct bench *bench)
{
    struct uhci *c = (struct uhci *)device_new(&uhci_class, NULL);
    other_parts = make_set(bench, c);
    return &c->dev;
}

static void save_all(struct bench *bench, struct device *c, const struct set *p, struct state *s)
{
    clock_state(&bench->clock, s);
    device_state(&p->pci->dev, s);
    device_state(c, s);
    device_state(&p->kbd->dev, s);
    device_state(&p->tablet->dev, s);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
}

/* What software sees of a controller, and what it does with the same memory for a while. */
static void same_controllers(struct bench *other, struct device *c)
{
    for (u16 reg = 0; reg < 0x14; reg += 2)
        ck_assert_msg(bus_in(&b.bus, AT + reg, 2) == bus_in(&other->bus, AT + reg, 2),
                      "register %02x: %04x, %04x", reg, bus_in(&b.bus, AT + reg, 2),
                      bus_in(&other->bus, AT + reg, 2));
    same_inside(&u->dev, &b.clock, c, &other->clock, sizeof(struct uhci));
    same_inside(&kbd->dev, &b.clock, &other_parts.kbd->dev, &other->clock, sizeof(struct usb_kbd));
    same_inside(&tablet->dev, &b.clock, &other_parts.tablet->dev, &other->clock,
                sizeof(struct usb_tablet));
    ck_assert_uint_eq(other_parts.kbd->leds, kbd->leds);
    memcpy(other->level, b.level, sizeof(b.level));
    for (unsigned i = 0; i < 12; i++) {
        if (i) { /* the first ones were under way */
            set_td(0, false, TD_IOC, USB_PID_IN, 1, 1, 8, DATA);
            set_td(1, true, TD_IOC | TD_SPD, USB_PID_IN, 2, 1, 8, DATA + 16);
            begin();
        }
        memcpy(other->phys.ram, b.phys.ram, b.phys.ram_size);
        run_for(&b, 3 * NS_PER_MS);
        run_for(other, 3 * NS_PER_MS);
        ck_assert_int_eq(memcmp(b.phys.ram, other->phys.ram, b.phys.ram_size), 0);
        ck_assert_mem_eq(b.level, other->level, sizeof(b.level));
        for (u16 reg = 0; reg < 0x14; reg += 2)
            ck_assert_uint_eq(bus_in(&b.bus, AT + reg, 2), bus_in(&other->bus, AT + reg, 2));
    }
}

/* A controller that has run, with other registers than the one that it will become. */
static void live_elsewhere(struct bench *other)
{
    static const u16 write[][2] = {{UHCI_INTR, 2},
                                   {UHCI_FRNUM, 0x123},
                                   {UHCI_FLBASE, 0x5000},
                                   {UHCI_SOFMOD, 0x11},
                                   {UHCI_CMD, CMD_RS}};
    for (u32 i = 0; i < 1024; i++)
        put_le32(other->phys.ram + 0x5000 + 4 * i, UHCI_TERMINATE);
    for (unsigned i = 0; i < ARRAY_SIZE(write); i++)
        bus_out(&other->bus, (u16)(AT + write[i][0]), write[i][1], 2);
    run_for(other, 7 * NS_PER_MS);
    usb_kbd_key(other_parts.kbd, KEY_B, true);
    usb_tablet_point(other_parts.tablet, 1, 2, 3, 1);
}

START_TEST(state_in_mid_transfer)
{
    static struct bench other;
    start();
    set(UHCI_INTR, 15);
    set(UHCI_SOFMOD, 0x42);
    configure(KBD_PORT, 1);
    configure(TABLET_PORT, 2);
    ck_assert_int_eq(control(1, 0x21, 10, 2 << 8, 0, 0), 0); /* idle: again after 8 ms */
    ck_assert_int_eq(control(1, 0x21, 11, 0, 0, 0), 0);      /* the boot protocol */
    set(UHCI_CMD, CMD_RS | 0xc0);                            /* MAXP, CF */
    kbd->leds = 5;
    u->short_packet = true;
    usb_kbd_key(kbd, KEY_A, true);
    usb_tablet_point(tablet, 300, 400, 0, 1);
    ck_assert_int_eq(poll(1, 8), 8);
    ck_assert_int_gt(poll(2, 8), 0);
    for (unsigned i = 0; i < 9; i++)
        usb_kbd_key(kbd, (enum key)(KEY_Q + i), true);
    usb_tablet_point(tablet, 5000, 6000, -1, 4);
    usb_tablet_point(tablet, 5001, 6001, 0, 0);
    set_td(0, false, TD_IOC, USB_PID_IN, 1, 1, 8, DATA); /* reports that are still to come */
    set_td(1, true, TD_IOC, USB_PID_IN, 2, 1, 8, DATA + 16);
    begin();
    kbd->hid.function.stage = USB_DATA_OUT;
    kbd->hid.function.length = 16;
    kbd->hid.function.at = 8;
    bench_init(&other);
    struct device *c = make(&other);
    live_elsewhere(&other);
    kbd->hid.news = !other_parts.kbd->hid.news;
    struct state *s = state_new_save();
    size_t size, again;
    save_all(&b, &u->dev, &parts, s);
    const u8 *bytes = state_finish(s, &size);
    struct state *l = state_new_load(bytes, size, NULL);
    save_all(&other, c, &other_parts, l);
    struct state *t = state_new_save();
    save_all(&other, c, &other_parts, t);
    const u8 *copy = state_finish(t, &again);
    ck_assert_uint_eq(size, again);
    ck_assert_mem_eq(bytes, copy, size);
    state_free(l);
    state_free(s);
    state_free(t);
    same_controllers(&other, c);
    device_free(&other_parts.kbd->dev);
    device_free(&other_parts.tablet->dev);
    device_free(c);
    device_free(&other_parts.pci->dev);
    other.extra = NULL;
    clock_free(&other.clock);
    phys_free(&other.phys);
    bus_free(&other.bus);
}
END_TEST

/* In a snapshot, too: the one that loads it had it plugged in. */
START_TEST(state_of_a_pulled_one)
{
    start();
    configure(KBD_PORT, 1);
    uhci_plug_port(u, KBD_PORT, false);
    uhci_plug_port(u, TABLET_PORT, false);
    uhci_plug_port(u, TABLET_PORT, true);
    struct state *s = state_new_save();
    size_t size;
    save_all(&b, &u->dev, &parts, s);
    const u8 *bytes = state_finish(s, &size);
    uhci_plug_port(u, KBD_PORT, true);
    uhci_plug_port(u, TABLET_PORT, false);
    struct state *l = state_new_load(bytes, size, NULL);
    save_all(&b, &u->dev, &parts, l);
    state_free(l);
    state_free(s);
    ck_assert(u->port[KBD_PORT].out && !u->port[TABLET_PORT].out);
    set(UHCI_CMD, CMD_HCRESET);
    ck_assert_uint_eq(get(UHCI_PORTSC), PORT_ONE);
    ck_assert_uint_eq(get(UHCI_PORTSC + 2) & PORT_CCS, PORT_CCS);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("uhci");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, identity_and_registers);
    tcase_add_test(t, ports);
    tcase_add_test(t, enumeration);
    tcase_add_test(t, errors_and_interrupts);
    tcase_add_test(t, hot_plug);
    tcase_add_test(t, state_of_a_pulled_one);
    tcase_add_test(t, a_frame_is_full);
    tcase_add_test(t, round_and_round);
    tcase_add_test(t, keyboard);
    tcase_add_test(t, every_key_is_different);
    tcase_add_test(t, pointing);
    tcase_add_test(t, state_in_mid_transfer);
    return t;
}

int main(void)
{
    return run_suite("uhci", cases);
}
