/*
 * usb.h - what hangs at a USB port: one function with its endpoint 0, as a host controller sees it.
 *
 * The controller addresses transactions; usb.c answers those of endpoint 0 that all functions know
 * (USB 1.1, chapter 9), the function the rest. Data toggles are not compared: the wire loses
 * nothing, so they always agree.
 */
#ifndef FERRITE_USB_H
#define FERRITE_USB_H

#include "hw/base/state.h"
#include "hw/base/types.h"

/* What a transaction ends in, besides a number of bytes. */
enum { USB_NAK = -1, USB_STALL = -2, USB_SILENCE = -3 };

enum { USB_SETUP_SIZE = 8, USB_CONTROL_MAX = 256, USB_PACKET0 = 8, USB_ENDPOINTS = 16 };

struct usb_setup {
    u8 type, request;
    u16 value, index, length;
};

struct usb_string {
    u8 index;
    const char *text;
};

struct usb_function;

/* A kind of function; descriptors as they go over the wire. */
struct usb_kind {
    const u8 *device, *configuration;
    const char *const *strings; /* from number 1 on, NULL after the last */
    /* Another descriptor, of an interface; its size, 0: there is none. May be NULL. */
    size_t (*descriptor)(void *owner, u8 type, const u8 **bytes);
    /*
     * A request of a class: the number of bytes to send back, put into `data` (an IN request), or
     * 0 after having taken those there (OUT); USB_STALL: not known.
     */
    int (*request)(void *owner, const struct usb_setup *s, u8 *data);
    /* Transactions of other endpoints: bytes, or one of the above. */
    int (*in)(void *owner, unsigned endpoint, u8 *data, unsigned max);
    int (*out)(void *owner, unsigned endpoint, const u8 *data, unsigned size);
    void (*reset)(void *owner); /* the bus's reset, and each SET_CONFIGURATION */
};

enum usb_stage { USB_IDLE, USB_DATA_IN, USB_DATA_OUT, USB_STATUS_IN, USB_STATUS_OUT, USB_STALLED };

struct usb_function {
    const struct usb_kind *kind;
    void *owner;

    u8 address, configuration, stage;
    u8 new_address; /* after the status stage */
    u16 halted[2];  /* endpoints, OUT and IN */
    u8 setup[USB_SETUP_SIZE];
    u16 length, at; /* of the data stage */
    u8 data[USB_CONTROL_MAX];
};

void usb_init(struct usb_function *f, const struct usb_kind *kind, void *owner);
void usb_reset(struct usb_function *f); /* the bus's: address 0, not configured */
/* One transaction. `data` has room for max bytes, and for nothing more. */
int usb_setup(struct usb_function *f, const u8 *data, unsigned size);
int usb_in(struct usb_function *f, unsigned endpoint, u8 *data, unsigned max);
int usb_out(struct usb_function *f, unsigned endpoint, const u8 *data, unsigned size);
void usb_state(struct usb_function *f, struct state *s);

#endif
