/*
 * cirrus_regs.c - the CL-GD5446's registers beyond the VGA's, as the ports reach them. CL-GD5446
 * Technical Reference Manual, chapters 4 (sequencer), 5 (CRTC), 6 (graphics controller), 9
 * (extension registers).
 *
 * SR6 answers as it was written, but locks nothing: from the CL-GD5429 on the extension registers
 * are always there.
 *
 * Not modelled: the EEPROM behind SR8 (its lines are the monitor's DDC2B when bit 6 is set), the
 * signature generator, genlock (CR1C), the video windows (CR31-CR3F), colour keys (GRC, GRD).
 */
#include "hw/video/cirrus_internal.h"
#include <string.h>

enum { PART_ID = 0xb8, ISA_PART_ID = 0xa0, KEY = 0x12, LOCKED = 0x0f };
enum { DAC_FIFTH = 4 };
enum { CURSOR_ON = 0x01, CURSOR_COLOURS = 0x02, CURSOR_LARGE = 0x04 }; /* SR12 */
enum { DDC_CLOCK = 0x01, DDC_DATA = 0x02, DDC_CLOCK_IN = 0x04, DDC_ON = 0x40, DDC_DATA_IN = 0x80 };

/* ---- what follows from them for the picture ---- */

static enum vga_format packed_format(const struct cirrus *c)
{
    u8 dac = c->dac_control;
    bool all_modes = (dac & 0xc0) == 0xc0;

    if (!(c->sr[SR_MODE] & MODE_EXTENDED))
        return VGA_PLANES;
    switch (c->sr[SR_MODE] & 0x0e) {
    case 0x02:
    case 0x06:
        if (all_modes && (dac & 0x0f) == 1)
            return VGA_RGB565;
        return (dac & 0x90) == 0x90 ? VGA_RGB555_MIXED : VGA_RGB555;
    case 0x04:
        return VGA_RGB888;
    case 0x08:
        return VGA_XRGB8888;
    default:
        if (all_modes && (dac & 0x0f) == 8)
            return VGA_GREY8;
        return all_modes && (dac & 0x0f) == 9 ? VGA_RGB332 : VGA_PALETTE8;
    }
}

static u32 cursor_colour(const struct cirrus *c, unsigned i)
{
    u32 pixel = 0;
    for (unsigned k = 0; k < 3; k++)
        pixel = pixel << 8 | (u8)(c->extra_colour[i][k] << 2 | c->extra_colour[i][k] >> 4);
    return pixel;
}

static struct vga_sprite cursor(const struct cirrus *c)
{
    enum { PATTERNS = 16 << 10 }; /* the last ones of the memory */
    struct vga_sprite p = {0};
    u8 control = c->sr[SR_CURSOR];

    if (!(control & CURSOR_ON))
        return p;
    p.size = control & CURSOR_LARGE ? 64 : 32;
    p.memory = c->vga.vram_size - PATTERNS +
               ((c->sr[SR_CURSOR_PATTERN] & (control & CURSOR_LARGE ? 0x3cu : 0x3fu)) << 8);
    p.x = (u32)c->cursor_x[1] << 3 | c->cursor_x[0];
    p.y = (u32)c->cursor_y[1] << 3 | c->cursor_y[0];
    p.colour[0] = cursor_colour(c, 0);
    p.colour[1] = cursor_colour(c, 15);
    return p;
}

void cirrus_show_cursor(struct cirrus *c)
{
    c->vga.sprite = cursor(c);
}

void cirrus_derive(struct cirrus *c)
{
    struct vga *v = &c->vga;
    struct vga_extra *x = &v->r.x;
    u8 cr1b = c->cr[0x1b];

    vga_set(v, &x->format, (u8)packed_format(c));
    vga_set(v, &x->start_high, (cr1b & 1) | (cr1b & 0x0c) >> 1 | (c->cr[0x1d] & 0x80 ? 8 : 0));
    vga_set(v, &x->offset_high, cr1b >> 4 & 1);
    vga_set(v, &x->wide, cr1b >> 1 & 1);
    vga_set(v, &x->interlaced, c->cr[0x1a] & 1);
    vga_set(v, &x->sync_off, (c->gr[GR_POWER] & 6) != 0);
    vga_set(v, &x->half_clock, (c->sr[SR_MODE] & 0x0f) == 3);
    for (unsigned i = 0; i < 4; i++) {
        vga_set(v, &x->clock_number[i], c->sr[0x0b + i]);
        vga_set(v, &x->clock_divisor[i], c->sr[0x1b + i]);
    }
    cirrus_show_cursor(c);
    vga_timing_changed(v);
}

/* ---- sequencer ---- */

static u8 seq_read(const struct cirrus *c)
{
    u8 index = c->vga.seq_index, i = index & 0x1f;

    if (i == SR_CURSOR_X)
        return c->cursor_x[1];
    if (i == SR_CURSOR_Y)
        return c->cursor_y[1];
    if (index > 0x1f)
        return 0xff;
    if (i == SR_DDC && (c->sr[SR_DDC] & DDC_ON))
        return (u8)((c->sr[SR_DDC] & ~(DDC_CLOCK_IN | DDC_DATA_IN)) |
                    (c->ddc.clock ? DDC_CLOCK_IN : 0) | (ddc_data(&c->ddc) ? DDC_DATA_IN : 0));
    return c->sr[i];
}

static void seq_write(struct cirrus *c, u8 value)
{
    u8 index = c->vga.seq_index, i = index & 0x1f;

    if (i == SR_CURSOR_X || i == SR_CURSOR_Y) {
        u8 *place = i == SR_CURSOR_X ? c->cursor_x : c->cursor_y;
        place[0] = index >> 5; /* the lowest three bits are those of the index */
        place[1] = value;
        cirrus_show_cursor(c);
        return;
    }
    if (index > 0x1f)
        return;
    switch (i) {
    case SR_KEY:
        c->sr[i] = (value & 0x17) == KEY ? KEY : LOCKED;
        return;
    case SR_CONFIGURATION: /* bits 5-3 say which bus it is on */
        c->sr[i] = (c->sr[i] & 0x38) | (value & 0xc7);
        break;
    case SR_DDC:
        c->sr[i] = value;
        if (value & DDC_ON)
            ddc_drive(&c->ddc, value & DDC_CLOCK, value & DDC_DATA);
        return;
    default:
        c->sr[i] = value;
        break;
    }
    cirrus_derive(c);
    vga_mem_update(&c->vga);
}

/* SR2 has eight bits where a byte stands for eight dots. Elsewhere they are kept out of sight. */
static bool map_mask_write(struct cirrus *c, u8 value)
{
    if (c->gr[GR_EXTENSIONS] & EXTENDED_WRITES)
        c->pixel_mask = value & 0xf0;
    return false;
}

/* ---- graphics controller ---- */

u8 cirrus_gr_read(const struct cirrus *c, unsigned i)
{
    if (i == GR_BLIT)
        return cirrus_blit_status(c);
    return i > GR_LAST ? 0xff : c->gr[i];
}

void cirrus_gr_write(struct cirrus *c, unsigned i, u8 value)
{
    if (i > GR_LAST)
        return;
    switch (i) {
    case 0: /* the VGA's registers have four bits of them */
    case 1:
        c->gr[i] = c->vga.r.gc[i] = value;
        c->vga.r.gc[i] &= 0x0f;
        vga_mem_update(&c->vga);
        return;
    case GR_WIDTH + 1:
    case GR_TO_PITCH + 1:
    case GR_FROM_PITCH + 1:
        c->gr[i] = value & 0x1f;
        return;
    case GR_HEIGHT + 1:
        c->gr[i] = value & 0x07;
        return;
    case GR_TO + 2:
        c->gr[i] = value & 0x3f;
        cirrus_blit_autostart(c);
        return;
    case GR_FROM + 2:
        c->gr[i] = value & 0x3f;
        return;
    case GR_BLIT:
        cirrus_blit_control(c, value);
        return;
    case GR_OFFSET_0:
    case GR_OFFSET_1:
    case GR_EXTENSIONS:
        c->gr[i] = value;
        vga_mem_update(&c->vga);
        return;
    case GR_POWER:
        c->gr[i] = value;
        cirrus_derive(c);
        return;
    default:
        c->gr[i] = value;
        return;
    }
}

static bool gr_write_port(struct cirrus *c, u8 value)
{
    unsigned i = c->vga.gc_index;

    if (i == 5) { /* write modes 4 and 5 */
        vga_set(&c->vga, &c->vga.r.gc[5], value & 0x7f);
        vga_mem_update(&c->vga);
        return true;
    }
    if (i > 1 && i < 9)
        return false;
    cirrus_gr_write(c, i, value);
    return true;
}

/* ---- CRT controller ---- */

static int cr_read(const struct cirrus *c)
{
    unsigned i = c->vga.cr_index;

    if (i < 0x19 || i == 0x22 || i == 0x24)
        return -1;
    if (i < 0x20)
        return c->cr[i];
    if (i == 0x26)
        return c->vga.ar_index | c->vga.r.palette_on;
    if (i == 0x27)
        return cirrus_on_isa(c) ? ISA_PART_ID : PART_ID;
    return i == 0x25 ? 0 : 0xff;
}

static bool cr_write(struct cirrus *c, u8 value)
{
    unsigned i = c->vga.cr_index;

    if (i < 0x19)
        return false;
    if (i < 0x20) {
        c->cr[i] = value;
        cirrus_derive(c);
    }
    return true;
}

/* ---- DAC ---- */

static int mask_read(struct cirrus *c)
{
    if (c->dac_reads == DAC_FIFTH) {
        c->dac_reads = 0;
        return c->dac_control;
    }
    c->dac_reads++;
    return -1;
}

static bool mask_write(struct cirrus *c, u8 value)
{
    bool hidden = c->dac_reads == DAC_FIFTH;

    c->dac_reads = 0;
    if (!hidden)
        return false;
    c->dac_control = value;
    cirrus_derive(c);
    return true;
}

/* With SR12 bit 1 the DAC's address and data reach 16 colours of their own. */
static void fetch_extra(struct cirrus *c)
{
    struct vga *v = &c->vga;
    memcpy(v->dac_latch, c->extra_colour[v->dac_address & 15], 3);
    v->dac_component = 0;
    v->dac_address++;
}

static u8 extra_read(struct cirrus *c)
{
    struct vga *v = &c->vga;
    u8 value = v->dac_latch[v->dac_component];

    if (++v->dac_component == 3)
        fetch_extra(c);
    return value;
}

static void extra_write(struct cirrus *c, u8 value)
{
    struct vga *v = &c->vga;

    v->dac_latch[v->dac_component++] = value & 0x3f;
    if (v->dac_component < 3)
        return;
    memcpy(c->extra_colour[v->dac_address & 15], v->dac_latch, 3);
    v->dac_component = 0;
    v->dac_address++;
    cirrus_show_cursor(c);
}

/* ---- ports ---- */

int cirrus_in(struct vga *v, u16 port)
{
    struct cirrus *c = cirrus_of(v);

    if (port >= 0x3c7 && port <= 0x3c9)
        c->dac_reads = 0;
    switch (port) {
    case 0x3c5:
        if (v->seq_index == 2 && (c->gr[GR_EXTENSIONS] & EXTENDED_WRITES))
            return v->r.seq[2] | c->pixel_mask;
        return v->seq_index < 5 ? -1 : seq_read(c);
    case 0x3c6:
        return mask_read(c);
    case 0x3c9:
        return c->sr[SR_CURSOR] & CURSOR_COLOURS ? extra_read(c) : -1;
    case 0x3cf:
        return v->gc_index > 1 && v->gc_index < 9 ? -1 : cirrus_gr_read(c, v->gc_index);
    case 0x3d5:
        return cr_read(c);
    default:
        return -1;
    }
}

bool cirrus_out(struct vga *v, u16 port, u8 value)
{
    struct cirrus *c = cirrus_of(v);

    if (port >= 0x3c7 && port <= 0x3c9)
        c->dac_reads = 0;
    switch (port) {
    case 0x3c4:
        v->seq_index = value;
        return true;
    case 0x3c5:
        if (v->seq_index == 2)
            return map_mask_write(c, value);
        if (v->seq_index < 5)
            return false;
        seq_write(c, value);
        return true;
    case 0x3c6:
        return mask_write(c, value);
    case 0x3c7:
        if (!(c->sr[SR_CURSOR] & CURSOR_COLOURS))
            return false;
        v->dac_address = value;
        v->dac_reading = true;
        fetch_extra(c);
        return true;
    case 0x3c9:
        if (!(c->sr[SR_CURSOR] & CURSOR_COLOURS))
            return false;
        extra_write(c, value);
        return true;
    case 0x3ce:
        v->gc_index = value & 0x3f;
        return true;
    case 0x3cf:
        return gr_write_port(c, value);
    case 0x3d5:
        return cr_write(c, value);
    default:
        return false;
    }
}
