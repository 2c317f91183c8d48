/*
 * usb_hid.c - a keyboard and a tablet at USB ports ("Device Class Definition for Human Interface
 * Devices" 1.11; "HID Usage Tables": pages 07h, 01h, 09h). Both are functions of full speed with a
 * report every 8 ms at most; the keyboard's is the boot protocol's, whatever protocol is chosen.
 *
 * Events wait until a driver polls for them: each press and each release is a report of its own.
 *
 * Not modelled: remote wake-up, physical descriptors, a boot protocol for the tablet.
 */
#include "hw/input/usb_hid.h"
#include "hw/chipset/uhci.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { CLASS_IN = 0xa1, CLASS_OUT = 0x21, DT_HID = 0x21, DT_REPORT = 0x22, INTERVAL = 8 };
enum {
    GET_REPORT = 1,
    GET_IDLE = 2,
    GET_PROTOCOL = 3,
    SET_REPORT = 9,
    SET_IDLE = 10,
    SET_PROTOCOL = 11
};
enum { IS_DOWN = 0x80, ROLL_OVER = 1, KEYS_AT_ONCE = 6, MOST = 32767 };

static_assert((int)KEY_COUNT <= (int)IS_DOWN, "a key and its direction in a byte");

/* ---- descriptors ---- */

#define DEVICE_DESCRIPTOR(product)                                                                 \
    {                                                                                              \
        18, 1, 0x10, 0x01, 0, 0, 0, USB_PACKET0, 0x09, 0x12, (product)&0xff, (product) >> 8, 0x00, \
            0x01, 1, 2, 0, 1                                                                       \
    }

/* Configuration, interface, HID, endpoint 1 IN. Bus powered, 100 mA. */
#define CONFIGURATION(subclass, protocol, report_size, packet)                                     \
    {                                                                                              \
        9, 2, 34, 0, 1, 1, 0, 0x80, 50,                                                     /* */  \
            9, 4, 0, 0, 1, 3, subclass, protocol, 0,                                        /* */  \
            9, DT_HID, 0x11, 0x01, 0, 1, DT_REPORT, (report_size)&0xff, (report_size) >> 8, /* */  \
            7, 5, 0x81, 3, packet, 0, INTERVAL                                                     \
    }

enum { HID_AT = 18, HID_SIZE = 9 };

/* Eight modifiers, a byte, five LEDs, six keys. */
static const u8 kbd_report[] = {
    0x05, 0x01, 0x09, 0x06, 0xa1, 0x01,                         /* a keyboard: */
    0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25, 0x01, /* keys E0h to E7h, 0 or 1, */
    0x75, 0x01, 0x95, 0x08, 0x81, 0x02,                         /* eight bits */
    0x75, 0x08, 0x95, 0x01, 0x81, 0x01,                         /* a byte of nothing */
    0x05, 0x08, 0x19, 0x01, 0x29, 0x05, 0x75, 0x01, 0x95, 0x05, 0x91, 0x02, /* out: five LEDs */
    0x75, 0x03, 0x95, 0x01, 0x91, 0x01,                                     /* and padding */
    0x05, 0x07, 0x19, 0x00, 0x2a, 0xff, 0x00, 0x15, 0x00, 0x26, 0xff, 0x00, /* key numbers, */
    0x75, 0x08, 0x95, 0x06, 0x81, 0x00,                                     /* six of them */
    0xc0};

/* Three buttons, five bits, X and Y of 0 to 32767, a wheel. */
static const u8 tablet_report[] = {
    0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, 0x09, 0x01, 0xa1, 0x00, /* a mouse, a pointer: */
    0x05, 0x09, 0x19, 0x01, 0x29, 0x03, 0x15, 0x00, 0x25, 0x01, /* buttons 1 to 3, */
    0x75, 0x01, 0x95, 0x03, 0x81, 0x02,                         /* a bit each */
    0x75, 0x05, 0x95, 0x01, 0x81, 0x01,                         /* padding */
    0x05, 0x01, 0x09, 0x30, 0x09, 0x31, 0x16, 0x00, 0x00, 0x26, 0xff, 0x7f, /* X, Y, */
    0x35, 0x00, 0x46, 0xff, 0x7f, 0x75, 0x10, 0x95, 0x02, 0x81, 0x02,       /* absolute */
    0x09, 0x38, 0x15, 0x81, 0x25, 0x7f, 0x35, 0x00, 0x45, 0x00,             /* wheel, */
    0x75, 0x08, 0x95, 0x01, 0x81, 0x06,                                     /* relative */
    0xc0, 0xc0};

static const u8 kbd_device[] = DEVICE_DESCRIPTOR(0x0001), tablet_device[] = DEVICE_DESCRIPTOR(2);
static const u8 kbd_configuration[] = CONFIGURATION(1, 1, (int)sizeof(kbd_report), USB_KBD_REPORT);
static const u8 tablet_configuration[] = CONFIGURATION(0, 0, (int)sizeof(tablet_report), 8);
static const char *const kbd_strings[] = {"Ferrite", "USB Keyboard", NULL};
static const char *const tablet_strings[] = {"Ferrite", "USB Tablet", NULL};

static size_t descriptor(const u8 *configuration, const u8 *report, size_t size, u8 type,
                         const u8 **bytes)
{
    *bytes = type == DT_HID ? configuration + HID_AT : report;
    return type == DT_HID ? HID_SIZE : type == DT_REPORT ? size : 0;
}

static size_t kbd_descriptor(void *owner, u8 type, const u8 **bytes)
{
    (void)owner;
    return descriptor(kbd_configuration, kbd_report, sizeof(kbd_report), type, bytes);
}

static size_t tablet_descriptor(void *owner, u8 type, const u8 **bytes)
{
    (void)owner;
    return descriptor(tablet_configuration, tablet_report, sizeof(tablet_report), type, bytes);
}

/* ---- requests of the class ---- */

/* Those that both know; GET_REPORT and SET_REPORT are the caller's. */
static int hid_request(struct usb_hid *h, const struct usb_setup *s, u8 *data)
{
    switch (s->type << 8 | s->request) {
    case CLASS_IN << 8 | GET_IDLE:
        data[0] = h->idle;
        return 1;
    case CLASS_IN << 8 | GET_PROTOCOL:
        data[0] = h->protocol;
        return 1;
    case CLASS_OUT << 8 | SET_IDLE:
        h->idle = (u8)(s->value >> 8);
        return 0;
    case CLASS_OUT << 8 | SET_PROTOCOL:
        h->protocol = s->value & 1;
        return 0;
    default:
        return USB_STALL;
    }
}

static void hid_reset(struct usb_hid *h)
{
    h->idle = 0;
    h->protocol = 1;
    h->news = false;
}

/* Nothing has changed: is it time to say so again? */
static bool repeats(const struct usb_hid *h, u64 now)
{
    return h->idle && now - h->fetched >= h->idle * 4 * NS_PER_MS;
}

static void hid_state(struct usb_hid *h, struct state *s)
{
    usb_state(&h->function, s);
    state_u8(s, "idle", &h->idle);
    state_u8(s, "protocol", &h->protocol);
    state_bool(s, "news", &h->news);
    state_u64(s, "fetched", &h->fetched);
}

/* ---- the keyboard ---- */

/* Usages of page 07h. */
static const u8 usages[KEY_COUNT] = {
    [KEY_A] = 0x04,        [KEY_B] = 0x05,         [KEY_C] = 0x06,          [KEY_D] = 0x07,
    [KEY_E] = 0x08,        [KEY_F] = 0x09,         [KEY_G] = 0x0a,          [KEY_H] = 0x0b,
    [KEY_I] = 0x0c,        [KEY_J] = 0x0d,         [KEY_K] = 0x0e,          [KEY_L] = 0x0f,
    [KEY_M] = 0x10,        [KEY_N] = 0x11,         [KEY_O] = 0x12,          [KEY_P] = 0x13,
    [KEY_Q] = 0x14,        [KEY_R] = 0x15,         [KEY_S] = 0x16,          [KEY_T] = 0x17,
    [KEY_U] = 0x18,        [KEY_V] = 0x19,         [KEY_W] = 0x1a,          [KEY_X] = 0x1b,
    [KEY_Y] = 0x1c,        [KEY_Z] = 0x1d,         [KEY_1] = 0x1e,          [KEY_2] = 0x1f,
    [KEY_3] = 0x20,        [KEY_4] = 0x21,         [KEY_5] = 0x22,          [KEY_6] = 0x23,
    [KEY_7] = 0x24,        [KEY_8] = 0x25,         [KEY_9] = 0x26,          [KEY_0] = 0x27,
    [KEY_ENTER] = 0x28,    [KEY_ESC] = 0x29,       [KEY_BACKSPACE] = 0x2a,  [KEY_TAB] = 0x2b,
    [KEY_SPACE] = 0x2c,    [KEY_MINUS] = 0x2d,     [KEY_EQUAL] = 0x2e,      [KEY_LBRACKET] = 0x2f,
    [KEY_RBRACKET] = 0x30, [KEY_BACKSLASH] = 0x31, [KEY_SEMICOLON] = 0x33,  [KEY_QUOTE] = 0x34,
    [KEY_GRAVE] = 0x35,    [KEY_COMMA] = 0x36,     [KEY_DOT] = 0x37,        [KEY_SLASH] = 0x38,
    [KEY_CAPSLOCK] = 0x39, [KEY_F1] = 0x3a,        [KEY_F2] = 0x3b,         [KEY_F3] = 0x3c,
    [KEY_F4] = 0x3d,       [KEY_F5] = 0x3e,        [KEY_F6] = 0x3f,         [KEY_F7] = 0x40,
    [KEY_F8] = 0x41,       [KEY_F9] = 0x42,        [KEY_F10] = 0x43,        [KEY_F11] = 0x44,
    [KEY_F12] = 0x45,      [KEY_PRINT] = 0x46,     [KEY_SCROLLLOCK] = 0x47, [KEY_PAUSE] = 0x48,
    [KEY_INSERT] = 0x49,   [KEY_HOME] = 0x4a,      [KEY_PAGEUP] = 0x4b,     [KEY_DELETE] = 0x4c,
    [KEY_END] = 0x4d,      [KEY_PAGEDOWN] = 0x4e,  [KEY_RIGHT] = 0x4f,      [KEY_LEFT] = 0x50,
    [KEY_DOWN] = 0x51,     [KEY_UP] = 0x52,        [KEY_NUMLOCK] = 0x53,    [KEY_KP_SLASH] = 0x54,
    [KEY_KP_STAR] = 0x55,  [KEY_KP_MINUS] = 0x56,  [KEY_KP_PLUS] = 0x57,    [KEY_KP_ENTER] = 0x58,
    [KEY_KP_1] = 0x59,     [KEY_KP_2] = 0x5a,      [KEY_KP_3] = 0x5b,       [KEY_KP_4] = 0x5c,
    [KEY_KP_5] = 0x5d,     [KEY_KP_6] = 0x5e,      [KEY_KP_7] = 0x5f,       [KEY_KP_8] = 0x60,
    [KEY_KP_9] = 0x61,     [KEY_KP_0] = 0x62,      [KEY_KP_DOT] = 0x63,     [KEY_LESS] = 0x64,
    [KEY_MENU] = 0x65,     [KEY_LCTRL] = 0xe0,     [KEY_LSHIFT] = 0xe1,     [KEY_LALT] = 0xe2,
    [KEY_LWIN] = 0xe3,     [KEY_RCTRL] = 0xe4,     [KEY_RSHIFT] = 0xe5,     [KEY_RALT] = 0xe6,
    [KEY_RWIN] = 0xe7};

static u64 now(const struct device *d)
{
    return clock_now(d->board->clock);
}

/* Keys in the order in which they were pressed; more than six: an overflow in each place. */
static void kbd_fill(const struct usb_kbd *k, u8 *report)
{
    unsigned n = 0;
    memset(report, 0, USB_KBD_REPORT);
    for (unsigned turn = 1; turn <= k->presses; turn++) {
        for (unsigned key = 1; key < KEY_COUNT; key++) {
            if (k->down[key] != turn || usages[key] >= 0xe0)
                continue;
            if (n < KEYS_AT_ONCE)
                report[2 + n] = usages[key];
            n++;
        }
    }
    if (n > KEYS_AT_ONCE)
        memset(report + 2, ROLL_OVER, KEYS_AT_ONCE);
    for (unsigned key = 1; key < KEY_COUNT; key++) {
        if (k->down[key] && usages[key] >= 0xe0)
            report[0] |= (u8)(1u << (usages[key] - 0xe0));
    }
}

/* Numbers of presses stay small: there are no more than keys. */
static void number_press(struct usb_kbd *k, unsigned key, bool down)
{
    u8 gone = k->down[key];
    for (unsigned i = 1; gone && i < KEY_COUNT; i++)
        k->down[i] = (u8)(k->down[i] - (k->down[i] > gone));
    k->presses = (u8)(k->presses - (gone != 0));
    k->down[key] = 0;
    if (down)
        k->down[key] = ++k->presses;
}

static void kbd_take_event(struct usb_kbd *k)
{
    if (!k->count)
        return;
    u8 e = k->event[k->head];
    k->head = (u16)((k->head + 1) % USB_KBD_QUEUE);
    k->count--;
    number_press(k, e & ~IS_DOWN, e & IS_DOWN);
    k->hid.news = true;
}

static int kbd_in(void *owner, unsigned endpoint, u8 *data, unsigned max)
{
    struct usb_kbd *k = owner;
    u8 report[USB_KBD_REPORT];
    if (endpoint != 1)
        return USB_SILENCE;
    if (!k->hid.news)
        kbd_take_event(k);
    if (!k->hid.news && !repeats(&k->hid, now(&k->dev)))
        return USB_NAK;
    k->hid.news = false;
    k->hid.fetched = now(&k->dev);
    kbd_fill(k, report);
    memcpy(data, report, max < sizeof(report) ? max : sizeof(report));
    return sizeof(report); /* to a host that has no room: babble */
}

static int kbd_request(void *owner, const struct usb_setup *s, u8 *data)
{
    struct usb_kbd *k = owner;
    if (s->type == CLASS_IN && s->request == GET_REPORT) {
        kbd_fill(k, data);
        return USB_KBD_REPORT;
    }
    if (s->type == CLASS_OUT && s->request == SET_REPORT && s->length) {
        k->leds = data[0] & 0x1f;
        return 0;
    }
    return hid_request(&k->hid, s, data);
}

static void kbd_quiet(void *owner)
{
    struct usb_kbd *k = owner;
    hid_reset(&k->hid);
    memset(k->down, 0, sizeof(k->down));
    k->head = k->count = 0;
    k->presses = k->leds = 0;
}

static const struct usb_kind kbd_kind = {
    .device = kbd_device,
    .configuration = kbd_configuration,
    .strings = kbd_strings,
    .descriptor = kbd_descriptor,
    .request = kbd_request,
    .in = kbd_in,
    .reset = kbd_quiet,
};

bool usb_kbd_wanted(const struct usb_kbd *k)
{
    return k->hid.function.configuration;
}

bool usb_kbd_ready(const struct usb_kbd *k)
{
    return k->count < USB_KBD_QUEUE / 2;
}

void usb_kbd_key(struct usb_kbd *k, enum key key, bool down)
{
    if (key <= KEY_NONE || key >= KEY_COUNT || !usages[key] || k->count == USB_KBD_QUEUE)
        return;
    bool is = k->down[key]; /* it repeats nothing: hosts do that */
    for (unsigned i = 0; i < k->count; i++) {
        u8 e = k->event[(k->head + i) % USB_KBD_QUEUE];
        is = (e & ~IS_DOWN) == key ? e & IS_DOWN : is;
    }
    if (is != down)
        k->event[(k->head + k->count++) % USB_KBD_QUEUE] = (u8)(key | (down ? IS_DOWN : 0));
}

static bool kbd_realize(struct device *d, const struct board *b, struct err *e)
{
    struct usb_kbd *k = (struct usb_kbd *)d;
    (void)b;
    usb_init(&k->hid.function, &kbd_kind, k);
    return uhci_plug(d, &k->hid.function, false, e);
}

static void kbd_reset(struct device *d)
{
    usb_reset(&((struct usb_kbd *)d)->hid.function);
    ((struct usb_kbd *)d)->hid.fetched = 0;
}

static void kbd_state(struct device *d, struct state *s)
{
    struct usb_kbd *k = (struct usb_kbd *)d;
    hid_state(&k->hid, s);
    state_u8(s, "leds", &k->leds);
    state_bytes(s, "event", k->event, sizeof(k->event));
    state_u16(s, "head", &k->head);
    state_u16(s, "count", &k->count);
    state_bytes(s, "down", k->down, sizeof(k->down));
    state_u8(s, "presses", &k->presses);
    bool bad = k->head >= USB_KBD_QUEUE || k->count > USB_KBD_QUEUE || k->presses >= KEY_COUNT;
    for (unsigned i = 0; i < USB_KBD_QUEUE; i++)
        bad |= (k->event[i] & ~IS_DOWN) >= KEY_COUNT;
    for (unsigned i = 0; i < KEY_COUNT; i++)
        bad |= k->down[i] > k->presses;
    if (state_loading(s) && bad) {
        kbd_quiet(k);
        memset(k->event, 0, sizeof(k->event));
        state_fail(s, "%s: impossible queue", d->name);
    }
}

static void kbd_describe(const struct device *d, FILE *out)
{
    const struct usb_kbd *k = (const struct usb_kbd *)d;
    fprintf(out, "address %u, configuration %u, LEDs %02x, %u events waiting\n",
            k->hid.function.address, k->hid.function.configuration, k->leds, k->count);
}

const struct device_class usb_kbd_class = {
    .name = "usb-kbd",
    .model = "usb-kbd",
    .doc = "USB keyboard",
    .size = sizeof(struct usb_kbd),
    .bus = BUS_OUTSIDE,
    .optional = true,
    .state_version = 1,
    .realize = kbd_realize,
    .reset = kbd_reset,
    .state = kbd_state,
    .describe = kbd_describe,
};

/* ---- the tablet ---- */

static void tablet_fill(const struct usb_tablet_event *e, u8 *report)
{
    report[0] = e->buttons;
    put_le16(report + 1, e->x);
    put_le16(report + 3, e->y);
    report[5] = (u8)e->wheel;
}

static int tablet_in(void *owner, unsigned endpoint, u8 *data, unsigned max)
{
    struct usb_tablet *t = owner;
    u8 report[USB_TABLET_REPORT];
    if (endpoint != 1)
        return USB_SILENCE;
    if (t->count) {
        t->last = t->event[t->head];
        t->head = (u16)((t->head + 1) % USB_TABLET_QUEUE);
        t->count--;
        t->hid.news = true;
    }
    if (!t->hid.news && !repeats(&t->hid, now(&t->dev)))
        return USB_NAK;
    t->hid.news = false;
    t->hid.fetched = now(&t->dev);
    tablet_fill(&t->last, report);
    t->last.wheel = 0; /* told */
    memcpy(data, report, max < sizeof(report) ? max : sizeof(report));
    return sizeof(report);
}

static int tablet_request(void *owner, const struct usb_setup *s, u8 *data)
{
    struct usb_tablet *t = owner;
    if (s->type == CLASS_IN && s->request == GET_REPORT) {
        tablet_fill(&t->last, data);
        return USB_TABLET_REPORT;
    }
    return hid_request(&t->hid, s, data);
}

static void tablet_quiet(void *owner)
{
    struct usb_tablet *t = owner;
    hid_reset(&t->hid);
    t->head = t->count = 0;
    t->last = (struct usb_tablet_event){0};
}

static const struct usb_kind tablet_kind = {
    .device = tablet_device,
    .configuration = tablet_configuration,
    .strings = tablet_strings,
    .descriptor = tablet_descriptor,
    .request = tablet_request,
    .in = tablet_in,
    .reset = tablet_quiet,
};

bool usb_tablet_wanted(const struct usb_tablet *t)
{
    return t->hid.function.configuration;
}

static struct usb_tablet_event *newest(struct usb_tablet *t)
{
    return t->count ? &t->event[(t->head + t->count - 1u) % USB_TABLET_QUEUE] : NULL;
}

bool usb_tablet_ready(const struct usb_tablet *t, u8 buttons)
{
    const struct usb_tablet_event *e = newest((struct usb_tablet *)t);
    return t->count < USB_TABLET_QUEUE || (e && e->buttons == (buttons & 7));
}

static s8 turns(int a, int b)
{
    int v = a + (b > 127 ? 127 : b < -127 ? -127 : b);
    return (s8)(v > 127 ? 127 : v < -127 ? -127 : v);
}

/* With the same buttons positions that nobody has fetched become one. The wheel: away is up. */
void usb_tablet_point(struct usb_tablet *t, u16 x, u16 y, int dz, u8 buttons)
{
    struct usb_tablet_event *e = newest(t);
    u8 wanted = buttons & 7;
    if (!e || (e->buttons != wanted && t->count < USB_TABLET_QUEUE)) {
        e = &t->event[(t->head + t->count++) % USB_TABLET_QUEUE];
        e->wheel = 0;
    }
    dz = dz > 1000 ? 1000 : dz < -1000 ? -1000 : dz;
    *e = (struct usb_tablet_event){x / 2, y / 2, turns(e->wheel, -dz), wanted};
}

static bool tablet_realize(struct device *d, const struct board *b, struct err *e)
{
    struct usb_tablet *t = (struct usb_tablet *)d;
    (void)b;
    usb_init(&t->hid.function, &tablet_kind, t);
    return uhci_plug(d, &t->hid.function, false, e);
}

static void tablet_reset(struct device *d)
{
    usb_reset(&((struct usb_tablet *)d)->hid.function);
    ((struct usb_tablet *)d)->hid.fetched = 0;
}

static void event_state(struct usb_tablet_event *e, struct state *s)
{
    state_u16(s, "x", &e->x);
    state_u16(s, "y", &e->y);
    state_u8(s, "wheel", (u8 *)&e->wheel);
    state_u8(s, "buttons", &e->buttons);
    if (state_loading(s) && (e->x > MOST || e->y > MOST || e->buttons > 7))
        state_fail(s, "a pointer that is nowhere");
}

static void tablet_state(struct device *d, struct state *s)
{
    struct usb_tablet *t = (struct usb_tablet *)d;
    hid_state(&t->hid, s);
    for (unsigned i = 0; i < USB_TABLET_QUEUE; i++)
        event_state(&t->event[i], s);
    event_state(&t->last, s);
    state_u16(s, "head", &t->head);
    state_u16(s, "count", &t->count);
    if (state_loading(s) && (t->head >= USB_TABLET_QUEUE || t->count > USB_TABLET_QUEUE)) {
        t->head = t->count = 0;
        state_fail(s, "%s: impossible queue", d->name);
    }
}

static void tablet_describe(const struct device *d, FILE *out)
{
    const struct usb_tablet *t = (const struct usb_tablet *)d;
    fprintf(out, "address %u, configuration %u, at %u,%u, buttons %u, %u events waiting\n",
            t->hid.function.address, t->hid.function.configuration, t->last.x, t->last.y,
            t->last.buttons, t->count);
}

const struct device_class usb_tablet_class = {
    .name = "usb-tablet",
    .model = "usb-tablet",
    .doc = "USB tablet, a pointer with absolute positions",
    .size = sizeof(struct usb_tablet),
    .bus = BUS_OUTSIDE,
    .optional = true,
    .state_version = 1,
    .realize = tablet_realize,
    .reset = tablet_reset,
    .state = tablet_state,
    .describe = tablet_describe,
};
