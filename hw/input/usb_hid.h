/*
 * usb_hid.h - a USB keyboard, and a tablet: a pointer that says where on the screen it is.
 */
#ifndef FERRITE_USB_HID_H
#define FERRITE_USB_HID_H

#include "hw/bus/device.h"
#include "hw/bus/usb.h"
#include "hw/input/keys.h"

enum { USB_KBD_QUEUE = 64, USB_KBD_REPORT = 8, USB_TABLET_QUEUE = 16, USB_TABLET_REPORT = 6 };

/* What both are: an interface of class 3 with one interrupt endpoint. */
struct usb_hid {
    struct usb_function function;
    u8 idle;     /* SET_IDLE, 4 ms each; 0: a report only when something has changed */
    u8 protocol; /* 0 boot, 1 report */
    bool news;   /* the last report has not been fetched */
    u64 fetched; /* when the last one was */
};

struct usb_kbd {
    struct device dev;
    struct usb_hid hid;
    u8 leds;
    u8 event[USB_KBD_QUEUE]; /* enum key, bit 7: down; not reported yet */
    u16 head, count;
    u8 down[KEY_COUNT]; /* as reported: 0, or a number that grows with each press */
    u8 presses;
};

struct usb_tablet {
    struct device dev;
    struct usb_hid hid;
    struct usb_tablet_event {
        u16 x, y; /* 0 to 32767 */
        s8 wheel;
        u8 buttons;
    } event[USB_TABLET_QUEUE], last;
    u16 head, count;
};

extern const struct device_class usb_kbd_class, usb_tablet_class;

/* Has a driver configured it? Then keys and positions go there. */
bool usb_kbd_wanted(const struct usb_kbd *k);
bool usb_kbd_ready(const struct usb_kbd *k);
void usb_kbd_key(struct usb_kbd *k, enum key key, bool down);

bool usb_tablet_wanted(const struct usb_tablet *t);
bool usb_tablet_ready(const struct usb_tablet *t, u8 buttons);
/* As vmmouse_point(). */
void usb_tablet_point(struct usb_tablet *t, u16 x, u16 y, int dz, u8 buttons);

#endif
