/*
 * vga_internal.h - what the files of the VGA share: memory order, register bits, change log.
 *
 * Memory order. The VGA has four planes of 64 KiB; plane address p of all four planes is one
 * 32-bit word here, so that a planar write is one word operation. In chain-4 mode the processor's
 * address A reaches plane A & 3 at plane address (A & FFFCh) | (A >> 14): the two low bits that
 * chose the plane are filled with the two highest. If plane address p were word p, the window
 * would be full of holes. Rotating p right by two makes bytes 0-16K of the window adjacent in our
 * memory, likewise the next 16K and so on: four runs that can be mapped as plain RAM.
 */
#ifndef FERRITE_VGA_INTERNAL_H
#define FERRITE_VGA_INTERNAL_H

#include "hw/video/vga.h"

/*
 * Chips with more memory than the VGA have it as one run of bytes instead: plane address p is word
 * p, and in chain-4 mode address A is byte A, so that planes and linear framebuffer agree
 * (struct vga_extra.natural).
 */

/* Index of the word for plane address p (above 64K per plane: the next 256 KiB, same order). */
static inline u32 vga_word(u32 p)
{
    return (p & ~0xffffu) | ((p >> 2) & 0x3fff) | (p & 3) << 14;
}

/* Index of the word that the CRT controller finds at plane address p. */
static inline u32 vga_display_word(const struct vga *v, u32 p)
{
    if (likely(!v->r.x.natural))
        return vga_word(p & 0xffff);
    return p & (v->r.x.wide ? v->vram_size / 4 - 1 : 0xffff);
}

static inline u32 vga_load(const struct vga *v, u32 p)
{
    return get_le32(v->vram + 4 * (size_t)vga_display_word(v, p));
}

/* Memory is watched for writes in pieces of 64 words. */
enum { VGA_GRANULE = 256, VGA_GRANULE_WORDS = VGA_GRANULE / 4 };

/* struct vga.access: how a processor address becomes a plane address and planes. */
enum {
    VGA_CHAIN4 = 1,         /* seq[4] bit 3: address bits 0-1 choose the plane */
    VGA_CHAIN_A0 = 2,       /* gc[6] bit 1: address bit 0 does not reach the memory */
    VGA_ODD_EVEN_WRITE = 4, /* seq[4] bit 2 clear: even addresses write planes 0, 2 */
    VGA_ODD_EVEN_READ = 8,  /* gc[5] bit 4: even addresses read planes 0, 2 */
};

/* A nibble (bit n = plane n) spread over a word: byte n is 00 or FF. */
static inline u32 vga_spread(u32 nibble)
{
    return ((nibble & 1) | (nibble & 2) << 7 | (nibble & 4) << 14 | (nibble & 8) << 21) * 0xffu;
}

/* Bit 7 of b in byte 0, bit 6 in byte 1 and so on, each as 0 or 1. */
static inline u64 vga_fan_out(u32 b)
{
    u64 x = b * 0x0101010101010101ull & 0x0102040810204080ull;

    return (x + 0x7f7e7c7870604000ull) >> 7 & 0x0101010101010101ull;
}

/* One register of the picture changed at `time`; `offset` is its place in struct vga_regs. */
struct vga_change {
    u64 time;
    u16 offset;
    u8 before, after;
};
enum { VGA_CHANGES = 8192 };

/* vga_mem.c */
extern const struct mmio_ops vga_mem_ops;
void vga_mem_update(struct vga *v); /* after any change of misc, seq, gc */
void vga_mem_unmap(struct vga *v);
/* Does every byte of the A0000 window reach memory and come back unchanged? */
bool vga_mem_transparent(const struct vga *v);
/* One byte at offset `a` of the window, behind bank_word. */
void vga_mem_write_byte(struct vga *v, u32 a, u8 byte);
u8 vga_mem_read_byte(struct vga *v, u32 a);

/* vga_vbe.c */
void vga_vbe_realize(struct vga *v);
void vga_vbe_reset(struct vga *v);
void vga_vbe_state(struct vga *v, struct state *s);
bool vga_vbe_on(const struct vga *v);
bool vga_vbe_packed(const struct vga *v);
u32 vga_vbe_bank(const struct vga *v);
/* The interface's register i, as through its ports. */
u16 vga_vbe_read(const struct vga *v, unsigned i);
void vga_vbe_write(struct vga *v, unsigned i, u16 value);

/* vga.c */
void vga_clear_memory(struct vga *v, u32 bytes);
/* Write a register of the picture (in struct vga_regs): note what it was, for drawing. */
void vga_set(struct vga *v, u8 *reg, u8 value);

/* ---- vga_timing.c ---- */

static inline u64 vga_now(const struct vga *v)
{
    return clock_now(v->dev.board->clock);
}

u32 vga_dot_clock(const struct vga_regs *r); /* in Hz */
struct vga_timing vga_timing_of(const struct vga_regs *r);
void vga_timing_changed(struct vga *v); /* after a change of registers that give the timing */
void vga_set_irq(struct vga *v, bool pending);
void vga_arm_retrace(struct vga *v); /* after a change of what allows its interrupt */
void vga_retrace_begins(void *vga);  /* the timer's function */

/* Where the beam is. `frame` counts frames since the mode was set. */
struct vga_beam {
    u64 frame;
    u64 frame_start; /* clock time */
    u32 line, dot;
};
struct vga_beam vga_beam(const struct vga *v, u64 now);
bool vga_picture_off(const struct vga_regs *r); /* no sync, or sequencer held in reset */

/* vga_line.c: from registers and memory to dots. */
struct vga_scan {
    const struct vga *v;
    struct vga_regs r; /* as they are at this line */
    bool palette_stale;
    u32 colour16[16]; /* attribute controller, DAC: 4-bit dot to pixel */
    u32 colour256[256];
    u32 border;
    u32 address; /* memory counter at the line's first character */
    u32 row;     /* row scan counter */
    bool second; /* second of two lines when double scanning */
    bool split;  /* below the line compare */
    bool cursor_shown, blink_shown;
};
void vga_scan_frame(struct vga_scan *s, u32 start); /* at the top of a frame */
void vga_scan_next(struct vga_scan *s, u32 line);   /* `line` is done, on to the next */
/* Scan line `line` of the display period, or of the border above (negative) and below it. */
void vga_scan_draw(struct vga_scan *s, s32 line, u32 *out, u32 width);
void vga_make_colours(struct vga_scan *s);
void vga_vbe_line(struct vga_scan *s, u32 *out, u32 y); /* vga_vbe.c */
bool vga_vbe_line_touched(const struct vga *v, u32 y);
void vga_vbe_size(const struct vga *v, u32 *width, u32 *height);
u32 vga_plane_address(const struct vga_regs *r, u32 counter, u32 row);
u32 vga_line_width(const struct vga_regs *r);
/* The border: what is between blanking and the display period; all 0 unless it is to be shown. */
struct vga_border {
    u32 left, right; /* pixels */
    u32 top, bottom; /* scan lines */
};
struct vga_border vga_border(const struct vga *v, const struct vga_regs *r);
u32 vga_lines_per_row(const struct vga_regs *r); /* scan lines that show the same dots */
static inline bool vga_is_text(const struct vga_regs *r)
{
    return !(r->gc[6] & 1);
}
static inline u32 vga_start_address(const struct vga_regs *r)
{
    return (u32)r->x.start_high << 16 | (u32)r->cr[0x0c] << 8 | r->cr[0x0d];
}
static inline u32 vga_line_offset(const struct vga_regs *r) /* in plane addresses */
{
    return ((u32)r->x.offset_high << 8 | r->cr[0x13]) * 2;
}
/* The vertical counter counts every so many lines: CR17 bit 2, or an interlaced picture. */
static inline u32 vga_lines_a_count(const struct vga_regs *r)
{
    return (r->cr[0x17] & 4 ? 2u : 1u) << (r->x.interlaced & 1);
}
static inline u32 vga_line_compare(const struct vga_regs *r) /* in counts */
{
    return r->cr[0x18] | (r->cr[7] & 0x10) << 4 | (r->cr[9] & 0x40) << 3;
}

/* vga_packed.c: dots that are numbers, one after the other. */
u32 vga_format_bytes(enum vga_format f);
void vga_packed_dots(const struct vga_scan *s, enum vga_format f, u32 *out, const u8 *src,
                     u32 count);
/* A line of them at the display address `s` is at; bytes beyond the memory come from its start. */
void vga_packed_line(const struct vga_scan *s, u32 *out, u32 count);

/* vga_sprite.c: the hardware cursor. */
void vga_sprite_draw(const struct vga *v, u32 y, u32 *out, u32 width);
/* Must line y be drawn again for the cursor's sake? */
bool vga_sprite_stale(const struct vga *v, u32 y);

/* vga_stale.c: must a line be drawn again? */
struct vga_stale {
    bool all;           /* every line, whatever was written */
    bool font;          /* one of the fonts in use was written */
    bool cursor, blink; /* these are shown now and were not, or the other way round */
    bool known, row;    /* something about the cells (or dots) of the line at `address` */
    u32 address;
};
bool vga_stale_collect(struct vga *v); /* true: something was written since vga_stale_clear() */
void vga_stale_clear(struct vga *v);
const u8 *vga_still_blank(struct vga *v); /* of vga_learn_blank()'s, what was not written to */
void vga_stale_begin(struct vga_stale *st, const struct vga_scan *s);
bool vga_stale_line(struct vga_stale *st, const struct vga_scan *s);
enum { VGA_ALL_PLANES = 15 };
bool vga_touched_words(const struct vga *v, u32 first, u32 count, u8 planes);

/* vga_text.c: one line of a text mode as 4-bit colours; returns how many. */
u32 vga_text_line(const struct vga_scan *s, u8 *dots, u32 limit);
u32 vga_font_base(const struct vga_regs *r, bool a);
u32 vga_cursor_address(const struct vga_regs *r);       /* with its skew */
bool vga_cursor_row(const struct vga_regs *r, u32 row); /* is the cursor in this row of a cell? */
static inline unsigned vga_count_shift(const struct vga_regs *r)
{
    if (r->cr[0x14] & 0x20)
        return 2; /* the memory counter counts every fourth character clock */
    return r->cr[0x17] & 8 ? 1 : 0;
}

#endif
