/*
 * usb.c - endpoint 0 of a USB function: control transfers and the standard requests (USB 1.1,
 * chapters 8.5.2 and 9.4).
 *
 * A transfer's data is kept whole: requests for more than USB_CONTROL_MAX bytes are answered with a
 * stall. Not modelled: data toggles (usb.h), SET_DESCRIPTOR, isochronous endpoints (SYNCH_FRAME).
 */
#include "hw/bus/usb.h"

#include <string.h>

enum {
    TO_HOST = 0x80,
    TYPE_MASK = 0x60,
    RECIPIENT = 0x1f,
    DEVICE = 0,
    INTERFACE = 1,
    ENDPOINT = 2
};
enum {
    GET_STATUS = 0,
    CLEAR_FEATURE = 1,
    SET_FEATURE = 3,
    SET_ADDRESS = 5,
    GET_DESCRIPTOR = 6,
    GET_CONFIGURATION = 8,
    SET_CONFIGURATION = 9,
    GET_INTERFACE = 10,
    SET_INTERFACE = 11
};
enum { DT_DEVICE = 1, DT_CONFIGURATION = 2, DT_STRING = 3, ENGLISH = 0x0409 };

void usb_init(struct usb_function *f, const struct usb_kind *kind, void *owner)
{
    *f = (struct usb_function){.kind = kind, .owner = owner};
}

void usb_reset(struct usb_function *f)
{
    usb_init(f, f->kind, f->owner);
    if (f->kind->reset)
        f->kind->reset(f->owner);
}

/* ---- requests ---- */

static int give(struct usb_function *f, const u8 *bytes, size_t size)
{
    if (size > USB_CONTROL_MAX)
        return USB_STALL;
    memcpy(f->data, bytes, size);
    return (int)size;
}

static int give_string(struct usb_function *f, unsigned index)
{
    const char *const *text = f->kind->strings;
    if (!index) {
        static const u8 languages[] = {4, DT_STRING, ENGLISH & 0xff, ENGLISH >> 8};
        return give(f, languages, sizeof(languages));
    }
    for (unsigned i = 1; text && *text; i++, text++) {
        size_t n = strlen(*text);
        if (i != index || 2 + 2 * n > USB_CONTROL_MAX)
            continue;
        f->data[0] = (u8)(2 + 2 * n);
        f->data[1] = DT_STRING;
        for (size_t k = 0; k < n; k++)
            put_le16(f->data + 2 + 2 * k, (u8)(*text)[k]);
        return f->data[0];
    }
    return USB_STALL;
}

static int get_descriptor(struct usb_function *f, const struct usb_setup *s)
{
    u8 type = (u8)(s->value >> 8);
    const u8 *bytes = NULL;
    if ((s->type & RECIPIENT) == INTERFACE) {
        size_t n = f->kind->descriptor ? f->kind->descriptor(f->owner, type, &bytes) : 0;
        return n ? give(f, bytes, n) : USB_STALL;
    }
    if (type == DT_STRING)
        return give_string(f, s->value & 0xff);
    if (type == DT_DEVICE)
        return give(f, f->kind->device, f->kind->device[0]);
    if (type == DT_CONFIGURATION && !(s->value & 0xff))
        return give(f, f->kind->configuration, get_le16(f->kind->configuration + 2));
    return USB_STALL;
}

static int set_configuration(struct usb_function *f, u16 value)
{
    if (value && value != f->kind->configuration[5])
        return USB_STALL;
    f->configuration = (u8)value;
    f->halted[0] = f->halted[1] = 0;
    if (f->kind->reset)
        f->kind->reset(f->owner);
    return 0;
}

/* The only feature of endpoints is that they halt; functions here have none. */
static int feature(struct usb_function *f, const struct usb_setup *s, bool set)
{
    unsigned endpoint = s->index & (USB_ENDPOINTS - 1), in = s->index >> 7 & 1;
    if ((s->type & RECIPIENT) != ENDPOINT || s->value)
        return USB_STALL;
    u16 bit = endpoint ? (u16)(1u << endpoint) : 0;
    f->halted[in] = (u16)(set ? f->halted[in] | bit : f->halted[in] & ~bit);
    return 0;
}

static int get_status(struct usb_function *f, const struct usb_setup *s)
{
    unsigned endpoint = s->index & (USB_ENDPOINTS - 1), in = s->index >> 7 & 1;
    bool halted = (s->type & RECIPIENT) == ENDPOINT && (f->halted[in] >> endpoint & 1);
    put_le16(f->data, halted);
    return 2;
}

static int standard(struct usb_function *f, const struct usb_setup *s)
{
    switch (s->request) {
    case GET_STATUS:
        return get_status(f, s);
    case CLEAR_FEATURE:
    case SET_FEATURE:
        return feature(f, s, s->request == SET_FEATURE);
    case SET_ADDRESS:
        f->new_address = s->value & 0x7f;
        return 0;
    case GET_DESCRIPTOR:
        return get_descriptor(f, s);
    case GET_CONFIGURATION:
        f->data[0] = f->configuration;
        return 1;
    case SET_CONFIGURATION:
        return set_configuration(f, s->value);
    case GET_INTERFACE:
        f->data[0] = 0;
        return f->configuration ? 1 : USB_STALL;
    case SET_INTERFACE:
        return f->configuration && !s->value && !s->index ? 0 : USB_STALL;
    default:
        return USB_STALL;
    }
}

static struct usb_setup parse(const u8 *b)
{
    return (struct usb_setup){b[0], b[1], get_le16(b + 2), get_le16(b + 4), get_le16(b + 6)};
}

static int perform(struct usb_function *f, const struct usb_setup *s)
{
    if (!(s->type & TYPE_MASK))
        return standard(f, s);
    return f->kind->request ? f->kind->request(f->owner, s, f->data) : USB_STALL;
}

/* ---- transactions of endpoint 0 ---- */

int usb_setup(struct usb_function *f, const u8 *data, unsigned size)
{
    if (size != USB_SETUP_SIZE)
        return USB_SILENCE;
    memcpy(f->setup, data, size);
    struct usb_setup s = parse(f->setup);
    f->at = f->length = 0;
    f->new_address = f->address;
    if (!(s.type & TO_HOST) && s.length) {
        f->length = s.length;
        f->stage = s.length <= USB_CONTROL_MAX ? USB_DATA_OUT : USB_STALLED;
        return USB_SETUP_SIZE;
    }
    int n = perform(f, &s);
    if (n < 0) {
        f->stage = USB_STALLED;
    } else if (s.type & TO_HOST) {
        f->length = n < s.length ? (u16)n : s.length;
        f->stage = s.length ? USB_DATA_IN : USB_STATUS_IN;
    } else {
        f->stage = USB_STATUS_IN;
    }
    return USB_SETUP_SIZE;
}

static int control_in(struct usb_function *f, u8 *data, unsigned max)
{
    if (f->stage == USB_STATUS_IN) {
        f->address = f->new_address;
        f->stage = USB_IDLE;
        return 0;
    }
    if (f->stage != USB_DATA_IN)
        return f->stage == USB_STALLED ? USB_STALL : USB_NAK;
    unsigned n = f->length - f->at;
    n = n > USB_PACKET0 ? USB_PACKET0 : n;
    n = n > max ? max : n;
    memcpy(data, f->data + f->at, n);
    f->at = (u16)(f->at + n);
    return (int)n;
}

/* An OUT while data goes the other way is the status stage, however much is left. */
static int control_out(struct usb_function *f, const u8 *data, unsigned size)
{
    if (f->stage == USB_DATA_IN || f->stage == USB_STATUS_OUT) {
        f->stage = USB_IDLE;
        return (int)size;
    }
    if (f->stage != USB_DATA_OUT)
        return f->stage == USB_STALLED ? USB_STALL : USB_NAK;
    unsigned room = f->length - f->at, n = size < room ? size : room;
    memcpy(f->data + f->at, data, n);
    f->at = (u16)(f->at + n);
    if (f->at == f->length) {
        struct usb_setup s = parse(f->setup);
        f->stage = perform(f, &s) < 0 ? USB_STALLED : USB_STATUS_IN;
    }
    return (int)size;
}

/* ---- transactions ---- */

int usb_in(struct usb_function *f, unsigned endpoint, u8 *data, unsigned max)
{
    if (!endpoint)
        return control_in(f, data, max);
    if (!f->configuration || !f->kind->in)
        return USB_SILENCE;
    return f->halted[1] >> endpoint & 1 ? USB_STALL : f->kind->in(f->owner, endpoint, data, max);
}

int usb_out(struct usb_function *f, unsigned endpoint, const u8 *data, unsigned size)
{
    if (!endpoint)
        return control_out(f, data, size);
    if (!f->configuration || !f->kind->out)
        return USB_SILENCE;
    return f->halted[0] >> endpoint & 1 ? USB_STALL : f->kind->out(f->owner, endpoint, data, size);
}

void usb_state(struct usb_function *f, struct state *s)
{
    state_u8(s, "address", &f->address);
    state_u8(s, "configuration", &f->configuration);
    state_u8(s, "stage", &f->stage);
    state_u8(s, "new_address", &f->new_address);
    state_u16s(s, "halted", f->halted, ARRAY_SIZE(f->halted));
    state_bytes(s, "setup", f->setup, sizeof(f->setup));
    state_u16(s, "length", &f->length);
    state_u16(s, "at", &f->at);
    state_bytes(s, "data", f->data, sizeof(f->data));
    bool whole = f->length <= USB_CONTROL_MAX || f->stage == USB_STALLED;
    if (state_loading(s) && (f->stage > USB_STALLED || !whole || f->at > f->length)) {
        f->stage = USB_IDLE;
        f->length = f->at = 0;
        state_fail(s, "a control transfer that cannot be");
    }
}
