/*
 * edid.h - what the monitor says about itself: 128 bytes, VESA EDID 1.3.
 */
#ifndef FERRITE_EDID_H
#define FERRITE_EDID_H

#include "hw/base/types.h"

enum { EDID_SIZE = 128 };

void edid_make(u8 edid[EDID_SIZE]);

#endif
