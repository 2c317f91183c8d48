/*
 * stream.h - bytes between a device and whoever is outside the machine.
 */
#ifndef FERRITE_STREAM_H
#define FERRITE_STREAM_H

#include "hw/base/types.h"

/* Where the bytes of a serial port, parallel port or debug console go to and come from. */
struct stream {
    void (*write)(void *opaque, const u8 *data, size_t len); /* from the guest; may be NULL */
    size_t (*read)(void *opaque, u8 *data, size_t max); /* to the guest, 0 = none; may be NULL */
    void *opaque;
};

#endif
