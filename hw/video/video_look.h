/*
 * video_look.h - the VGA for who looks: registers by name, timing and beam; planes and colours as
 * they are in memory and DAC.
 */
#ifndef FERRITE_VIDEO_LOOK_H
#define FERRITE_VIDEO_LOOK_H

#include "hw/bus/device_look.h"

struct vga;

device_look_fn vga_look, cirrus_look;

/* Bytes of one plane (0-3) from a plane address on; those beyond its 64 KiB come from the start. */
void vga_look_plane(const struct vga *v, unsigned plane, u32 from, u8 *out, u32 count);
/* A colour of the DAC as 0xRRGGBB. */
u32 vga_look_colour(const struct vga *v, unsigned i);

#endif
