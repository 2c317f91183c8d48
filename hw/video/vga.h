/*
 * vga.h - the IBM VGA as a guest sees it: registers, 256 KiB of planar memory, the picture.
 *
 * pc.c creates a vga_class device and wires `irq` (vertical retrace, IRQ 2/9 on an AT; may stay
 * unconnected). The machine's front face asks for the picture or the text with the functions
 * below; nothing is drawn unless somebody asks, so a headless run pays for memory accesses only.
 *
 * Video memory is kept as one 32-bit word per plane address (byte n = plane n), in an order in
 * which a chain-4 window is plain memory; see vga_internal.h. The standard registers reach the
 * first 256 KiB; high resolutions (vga_vbe.c) use all of it.
 */
#ifndef FERRITE_VGA_H
#define FERRITE_VGA_H

#include "hw/bus/device.h"

struct screen; /* hw/base/screen.h */
struct screen_cells;
struct vga_chip; /* vga_chip.h: what a chip has beyond the VGA */

/* How memory becomes dots. */
enum vga_format {
    VGA_PLANES,       /* as the standard registers say */
    VGA_PALETTE8,     /* a byte a dot, through the DAC's colours */
    VGA_GREY8,        /* a byte a dot: grey */
    VGA_RGB332,       /* a byte a dot */
    VGA_RGB555,       /* 16 bits a dot */
    VGA_RGB555_MIXED, /* the same, where bit 15 is clear; else the low byte is a palette dot */
    VGA_RGB565,       /* 16 bits a dot */
    VGA_RGB888,       /* 24 bits a dot */
    VGA_XRGB8888,     /* 32 bits a dot */
};

/* What a chip adds to the picture, written by its file; all zero on a plain VGA. */
struct vga_extra {
    u8 natural;     /* memory: plane address n is word n, and chain-4 leaves no holes */
    u8 format;      /* enum vga_format */
    u8 start_high;  /* bits 16-19 of the start address */
    u8 offset_high; /* bit 8 of CRTC 13h */
    u8 wide;        /* display addresses do not wrap at 256 KiB */
    u8 interlaced;
    u8 sync_off;                          /* no sync: the monitor rests */
    u8 half_clock;                        /* two clocks a dot */
    u8 clock_number[4], clock_divisor[4]; /* of the four dot clocks; 0: as the VGA's */
};

/* Registers as the guest wrote them (masked to the bits that exist). */
struct vga_regs {
    u8 misc;       /* 3C2 write, 3CC read */
    u8 feature;    /* 3xA write, 3CA read */
    u8 enable;     /* 3C3: bit 0 = the adapter answers */
    u8 seq[8];     /* 3C4/3C5 */
    u8 gc[16];     /* 3CE/3CF */
    u8 cr[32];     /* 3x4/3x5 */
    u8 ar[32];     /* 3C0/3C1 */
    u8 dac[768];   /* 256 colours of red, green, blue, 6 (or 8) bits each */
    u8 dac_mask;   /* 3C6 */
    u8 palette_on; /* bit 5 of 3C0: the picture is shown, not the border colour */
    struct vga_extra x;
};

/* A hardware cursor: two planes of bits over the picture. Equal structs are equal pictures. */
struct vga_sprite {
    u32 size;   /* 32 or 64 dots a side; 0: there is none */
    u32 memory; /* where its bits are */
    u32 x, y;
    u32 colour[2]; /* as pixels: of bit 1 alone, and of both */
};

/* Frame geometry, derived from the registers: never zero, never beyond the limits below. */
struct vga_timing {
    u32 dot_clock;    /* Hz, after the divide-by-two of seq[1] */
    u32 line_dots;    /* one line with its blanking */
    u32 display_dots; /* visible */
    u32 hsync_start, hsync_end;
    u32 lines; /* one frame with its blanking */
    u32 display_lines;
    u32 vsync_start, vsync_end;
    u32 reserved; /* 0: no padding, so that timings can be compared as bytes */
    u64 frame_ns;
};

enum { VGA_MAX_WIDTH = 2048, VGA_MAX_HEIGHT = 2048 };

#define VGA_LFB 0xe0000000u /* where all of video memory is mapped */

struct vga {
    struct device dev;
    struct irq irq; /* vertical retrace, wired by pc.c or left alone */
    u32 memory_mb;  /* property: video memory */
    bool overscan;  /* property: the picture includes the border */

    struct vga_regs r;
    u8 seq_index, gc_index, cr_index, ar_index;
    bool ar_data;     /* the flip-flop of 3C0: the next write is data */
    u8 dac_address;   /* of 3C7h and 3C8h: the next colour, read or written */
    u8 dac_component; /* 0 red, 1 green, 2 blue */
    u8 dac_latch[3];  /* the colour that is being read, or written until its third part */
    bool dac_reading; /* what 3C7 reports */
    bool mono_ports;  /* 3Bx answers instead of 3Dx (misc bit 0 clear) */
    bool irq_pending;

    /* Memory access, derived by vga_mem_update(). */
    u8 *vram;
    u32 vram_size;
    u32 latch;       /* the four latches, byte n = plane n */
    u32 window_base; /* of the selected window: a0000, b0000, b8000 */
    u32 window_size; /* 0 when memory is switched off */
    u8 access;       /* how addresses reach planes: vga_internal.h */
    u32 mapped;      /* what the A0000 window is mapped to as RAM, 0 = handlers */
    u32 bank_word;   /* the first word that the handlers reach */
    u32 map_mask32;  /* registers spread over the four bytes of a word */
    u32 bit_mask32;
    u32 set_reset32;
    u32 set_reset_enable32;
    u32 compare32, care32;

    struct vga_timing t;
    u16 vbe[10]; /* DISPI registers, vga_vbe.c */
    u16 vbe_index;
    u8 vbe_low;     /* first half of a data word that is being written */
    bool dac_bits8; /* the DAC has 8 bits a colour instead of 6 */

    const struct vga_chip *chip; /* NULL: a VGA with the Bochs display interface */
    struct vga_sprite sprite;    /* the chip's hardware cursor */

    u64 epoch;            /* clock time at which a frame began */
    struct timer retrace; /* armed only while the retrace interrupt is enabled */

    /* What the picture registers were during the last frames (raster effects): a ring. */
    struct vga_change *changes;
    u32 change_head, change_count;

    u32 *pixels; /* the picture, allocated on first use */
    size_t pixels_size;
    /* What was written to memory since it was drawn (vga_stale.c). */
    u8 *written; /* a byte a page, where memory is mapped as RAM: set by phys.c */
    u8 *touched; /* for each VGA_GRANULE bytes: the planes, as in the map mask */
    bool stored; /* some handler touched some */
    u8 *blank;   /* by page: all zeros, unless marked since; NULL: not known (vga_learn_blank()) */
    /* Who wants to know when memory or a register is written; NULL: nobody. No state. */
    void (*watch)(void *owner);
    void *watch_owner;
    struct { /* what `pixels` shows */
        u32 change_head;
        u32 width, height;
        bool cursor_shown, blink_shown;
        struct vga_sprite sprite;
        bool valid; /* lines whose memory is untouched need not be drawn again */
    } drawn;
    u64 picture_version;
    u64 line_version[VGA_MAX_HEIGHT]; /* picture_version that changed the line last */
};

extern const struct device_class vga_class;

enum vga_render_flags {
    VGA_STEADY = 1, /* cursor and blinking characters always shown: for comparing pictures */
};

/* Draw the picture at the present instant. out->pixels stays valid until the next call. */
void vga_render(struct vga *v, struct screen *out, unsigned flags);

/* When the beam leaves the picture next, after `now`: a frame is whole then. */
u64 vga_frame_end(const struct vga *v, u64 now);

/* A character cell is code + attribute * 256. */
struct vga_cells {
    unsigned columns, rows;             /* 0 while no text is shown */
    unsigned cursor_column, cursor_row; /* beyond the screen when it is off */
    u16 cell[256 * 128];                /* row by row, `columns` apart */
};
/* The text on the screen, by start address and split screen; false in graphics modes. */
bool vga_text(struct vga *v, struct vga_cells *out);

/* As vm_screen_text(): UTF-8 lines without trailing blanks; the bytes needed, 0 in graphics. */
size_t vga_text_utf8(struct vga *v, char *buf, size_t size);
/* As vm_screen_cells(). */
bool vga_text_unicode(struct vga *v, struct screen_cells *out);

/* Finds the pages of video memory that are zero; a hash need not look at them until they are
 * written to. */
void vga_learn_blank(struct vga *v);

#endif
