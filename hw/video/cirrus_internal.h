/*
 * cirrus_internal.h - what the files of the CL-GD5446 share.
 */
#ifndef FERRITE_CIRRUS_INTERNAL_H
#define FERRITE_CIRRUS_INTERNAL_H

#include "hw/video/cirrus.h"
#include "hw/video/vga_chip.h"
#include "hw/video/vga_internal.h"

/* clang-format off */
enum {
    SR_KEY = 0x06, SR_MODE = 0x07, SR_DDC = 0x08, SR_CURSOR_X = 0x10, SR_CURSOR_Y = 0x11,
    SR_CURSOR = 0x12, SR_CURSOR_PATTERN = 0x13, SR_CONFIGURATION = 0x17,
};
enum {
    GR_OFFSET_0 = 0x09, GR_OFFSET_1 = 0x0a, GR_EXTENSIONS = 0x0b, GR_POWER = 0x0e,
    GR_WIDTH = 0x20, GR_HEIGHT = 0x22, GR_TO_PITCH = 0x24, GR_FROM_PITCH = 0x26,
    GR_TO = 0x28, GR_FROM = 0x2c, GR_SKIP = 0x2f, GR_BLIT_MODE = 0x30, GR_BLIT = 0x31,
    GR_ROP = 0x32, GR_BLIT_EXTENSIONS = 0x33, GR_KEY = 0x34, GR_KEY_MASK = 0x38, GR_LAST = 0x39,
};
/* clang-format on */
enum { MODE_EXTENDED = 0x01 };                                      /* SR7 */
enum { REGISTERS_IN_MEMORY = 0x04, REGISTERS_AT_FRAME_END = 0x40 }; /* SR17 */
enum {                                                              /* GRB */
       DUAL_BANKS = 0x01,
       BY_8 = 0x02,
       EXTENDED_WRITES = 0x04,
       LATCHES_8 = 0x08,
       WRITES_16 = 0x10,
       BANKS_16K = 0x20
};
enum { /* GR31 */
       BLIT_BUSY = 0x01,
       BLIT_START = 0x02,
       BLIT_RESET = 0x04,
       BLIT_QUEUED = 0x10,
       BLIT_PAUSED = 0x20,
       BLIT_APERTURE = 0x40,
       BLIT_AUTOSTART = 0x80
};

static inline struct cirrus *cirrus_of(struct vga *v)
{
    return (struct cirrus *)v;
}

static inline u32 cirrus_mask(const struct cirrus *c)
{
    return c->vga.vram_size - 1;
}

/* Bytes first..first+count-1 (which may wrap) were written past the VGA's handlers. */
void cirrus_touch(struct cirrus *c, u32 first, u32 count);

/* cirrus_regs.c: the ports */
int cirrus_in(struct vga *v, u16 port);
bool cirrus_out(struct vga *v, u16 port, u8 value);
u8 cirrus_gr_read(const struct cirrus *c, unsigned i);
void cirrus_gr_write(struct cirrus *c, unsigned i, u8 value);
void cirrus_derive(struct cirrus *c); /* the picture's registers, from all others */
void cirrus_show_cursor(struct cirrus *c);

/* cirrus_mem.c: windows */
extern const struct mmio_ops cirrus_frame_ops, cirrus_registers_ops;
void cirrus_map(struct vga *v);
void cirrus_frame_placed(void *dev); /* the PCI bus has mapped its window anew */
void cirrus_forget_maps(struct cirrus *c);

/* cirrus_blit.c: the engine */
void cirrus_blit_control(struct cirrus *c, u8 value); /* GR31 */
void cirrus_blit_autostart(struct cirrus *c);
u8 cirrus_blit_status(const struct cirrus *c);
void cirrus_blit_reset(struct cirrus *c);
void cirrus_blit_slice(void *dev);
void cirrus_blit_state(struct cirrus *c, struct state *s);
/* Do accesses to display memory (aperture: to the second half of the window) go to the blitter? */
bool cirrus_blit_takes(const struct cirrus *c, bool aperture);
bool cirrus_blit_gives(const struct cirrus *c, bool aperture);
void cirrus_blit_put(struct cirrus *c, u32 value, unsigned size);
u32 cirrus_blit_get(struct cirrus *c, unsigned size);

enum { /* GR30 */
       MODE_DECREMENT = 0x01,
       MODE_TO_SYSTEM = 0x02,
       MODE_FROM_SYSTEM = 0x04,
       MODE_TRANSPARENT = 0x08,
       MODE_PATTERN = 0x40,
       MODE_EXPAND = 0x80
};
enum { /* GR33 */
       EXTENSION_DWORDS = 0x01,
       EXTENSION_INVERT = 0x02,
       EXTENSION_SOLID = 0x04
};

static inline u32 cirrus_blit_word(const u8 *r, unsigned i) /* of 13 bits, or 11 */
{
    return get_le16(r + i);
}
static inline u32 cirrus_blit_pixel(const struct cirrus_blit *b) /* bytes of a dot */
{
    return (b->r[GR_BLIT_MODE] >> 4 & 3) + 1u;
}
static inline u32 cirrus_blit_width(const struct cirrus_blit *b) /* bytes of a line */
{
    return cirrus_blit_word(b->r, GR_WIDTH) + 1;
}

/* cirrus_line.c: one line. Source is the screen, or `data` when it came from the processor. */
void cirrus_blit_line(struct cirrus *c);
/* Bytes of a pattern of eight by eight dots. */
u32 cirrus_pattern_size(const struct cirrus_blit *b);
/* A source line (of a blit to the processor) into data. */
void cirrus_blit_fetch(struct cirrus *c);

#endif
