/*
 * cirrus.h - the Cirrus Logic CL-GD5446 on the PCI bus: a VGA with banks, a linear framebuffer,
 * 8 to 32 bits a dot, a hardware cursor and a blitter; and a CL-GD5430 on the ISA bus.
 *
 * pc_rows.c puts it in the VGA's place (-vga cirrus, -device cirrus-vga; -vga cirrus-isa, -device
 * isa-cirrus-vga).
 */
#ifndef FERRITE_CIRRUS_H
#define FERRITE_CIRRUS_H

#include "hw/chipset/pci.h"
#include "hw/video/ddc.h"
#include "hw/video/vga.h"

enum { CIRRUS_GR = 64, CIRRUS_LINE = 8192, CIRRUS_DATA = CIRRUS_LINE + 8 };

enum cirrus_blit_phase {
    BLIT_IDLE,
    BLIT_SCREEN,     /* lines are left to be drawn */
    BLIT_TAKES_DATA, /* source is what the processor writes */
    BLIT_GIVES_DATA, /* destination is what the processor reads */
};

struct cirrus_blit {
    u8 phase;        /* enum cirrus_blit_phase */
    u8 r[CIRRUS_GR]; /* the registers that it was started with */
    u32 to, from;    /* addresses of the present line */
    u32 lines;       /* left */
    u32 row;         /* of the pattern */
    u8 own_pattern;  /* the pattern came from the processor */
    u32 count, need; /* bytes in `data`, and how many make a line (or the pattern) */
    u8 data[CIRRUS_DATA];
    u8 queued; /* another start came before the end: with these registers */
    u8 next[CIRRUS_GR];
    u64 busy_until; /* clock time: what has been drawn takes the chip so long */
};

struct cirrus {
    struct vga vga;   /* its device is the card's */
    const char *addr; /* property: the PCI slot */
    struct pci_function pci;
    u8 *rom;

    u8 sr[32];        /* SR5-SR1F */
    u8 gr[CIRRUS_GR]; /* GR0, GR1 with all their bits, GR9-GR39 */
    u8 cr[32];        /* CR19-CR1F */
    u8 pixel_mask;    /* SR2 bits 7-4, in place */
    u8 dac_control;   /* the hidden DAC register */
    u8 dac_reads;     /* of 3C6h since something else: the fifth access reaches the register */
    u8 cursor_x[2], cursor_y[2]; /* index bits 7-5, data */
    u8 extra_colour[16][3];      /* 0 and 15 the cursor's */
    u64 latches;                 /* of 8 bytes, for by-8 addressing */
    struct ddc ddc;

    struct cirrus_blit blit;
    struct timer slice; /* a large blit's next lines */

    /* What is mapped; derived. */
    u32 mapped_window[2], mapped_registers, mapped_frame;
    u32 linear_at; /* on ISA: where the linear window is, 0: nowhere */
};

extern const struct device_class cirrus_class, cirrus_isa_class;

bool cirrus_on_isa(const struct cirrus *c);

#endif
