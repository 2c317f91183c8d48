/*
 * ems.h - an expanded memory board for the ISA bus: memory of its own, of which four windows of 16
 * KB side by side show any page. See README.md for its registers.
 */
#ifndef FERRITE_EMS_H
#define FERRITE_EMS_H

#include "hw/bus/device.h"
#include "hw/chipset/i440fx.h"

enum { EMS_WINDOWS = 4, EMS_PAGE = 0x4000 };

struct ems {
    struct device dev;
    u16 port;           /* properties: the first of 16 ports, */
    u16 frame;          /* the segment where the windows begin, */
    u32 kilobytes;      /* the memory's size */
    struct i440fx *pci; /* the bridge that may put RAM over the windows; NULL: there is none */
    u8 *memory;
    u16 window[EMS_WINDOWS]; /* page registers */
};

extern const struct device_class ems_class;

#endif
