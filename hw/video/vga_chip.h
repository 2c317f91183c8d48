/*
 * vga_chip.h - the VGA as the core of a chip that has more: what such a chip answers itself.
 *
 * The chip's device begins with struct vga, whose `chip` is set before vga_realize(). Its class
 * uses the functions below as they are. Whatever it adds to the picture it keeps in struct
 * vga_extra (by vga_set(), so that changes in mid-frame show) and struct vga_sprite.
 */
#ifndef FERRITE_VGA_CHIP_H
#define FERRITE_VGA_CHIP_H

#include "hw/video/vga.h"

/* Ports have their colour addresses (3Dx), and reach the chip only while the adapter answers. */
struct vga_chip {
    int (*in)(struct vga *v, u16 port);             /* -1: as on the VGA */
    bool (*out)(struct vga *v, u16 port, u8 value); /* false: as on the VGA, whose turn it is */
    void (*map)(struct vga *v);                     /* what is at A0000-BFFFF now? */
    void (*reset)(struct vga *v);
    void (*state)(struct vga *v, struct state *s);
};

bool vga_realize(struct device *d, const struct board *b, struct err *e);
void vga_reset(struct device *d);
void vga_state(struct device *d, struct state *s);
void vga_destroy(struct device *d);
void vga_describe(const struct device *d, FILE *out);

/* As through the ports. */
u8 vga_port_in(struct vga *v, u16 port);
void vga_port_out(struct vga *v, u16 port, u8 value);

#endif
