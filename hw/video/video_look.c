/* video_look.c - see video_look.h. IBM's VGA technical reference; names are its own. */
#include "hw/video/video_look.h"

#include "hw/video/vga_internal.h"

#include <stdio.h>

static const struct register_field misc[] = {
    FIELD(0, 1, "IOS", "ports 3Bxh", "ports 3Dxh"),
    FIELD(1, 1, "ERAM", "no memory", "memory answers"),
    FIELD(2, 2, "CS", "25.175 MHz", "28.322 MHz", "external", "reserved"),
    FIELD(6, 2, "sync", "reserved", "400 lines", "350 lines", "480 lines"),
};
static const struct register_field reset[] = {
    FIELD(0, 1, "ASR", "held", "runs"),
    FIELD(1, 1, "SR", "held", "runs"),
};
static const struct register_field clocking[] = {
    FIELD(0, 1, "D89", "9 dots a character", "8 dots a character"),
    FIELD(3, 1, "DC", "dot clock", "half the dot clock"),
    FIELD(5, 1, "SO", "-", "screen off"),
};
static const struct register_field planes[] = {
    FIELD(0, 1, "M0", "-", "plane 0"),
    FIELD(1, 1, "M1", "-", "plane 1"),
    FIELD(2, 1, "M2", "-", "plane 2"),
    FIELD(3, 1, "M3", "-", "plane 3"),
};
static const struct register_field memory_mode[] = {
    FIELD(1, 1, "EM", "64 KiB", "256 KiB"),
    FIELD(2, 1, "O/E", "odd and even addresses in other planes", "all addresses in all planes"),
    FIELD(3, 1, "CH4", "planes by the map mask", "chain 4: bits 0-1 of the address choose"),
};
static const struct register_field rotate[] = {
    FIELD(3, 2, "FS", "as it is", "AND with the latches", "OR", "XOR"),
    FIELD_NUMBER(0, 3, "ROTC"),
};
static const struct register_field gc_mode[] = {
    FIELD(0, 2, "WM", "mode 0: data or set/reset", "mode 1: the latches",
          "mode 2: a colour for each plane", "mode 3: data as a mask"),
    FIELD(3, 1, "RM", "read a plane", "compare colours"),
    FIELD(4, 1, "OE", "-", "odd and even"),
    FIELD(5, 2, "shift", "planes", "CGA's two bits", "256 colours", "256 colours"),
};
static const struct register_field gc_misc[] = {
    FIELD(0, 1, "G", "text", "graphics"),
    FIELD(1, 1, "COE", "-", "odd and even chained"),
    FIELD(2, 2, "MM", "A0000, 128 KiB", "A0000, 64 KiB", "B0000, 32 KiB", "B8000, 32 KiB"),
};
static const struct register_field attribute[] = {
    FIELD(0, 1, "G/A", "text", "graphics"),
    FIELD(2, 1, "ELG", "ninth dot empty", "ninth dot of line graphics"),
    FIELD(3, 1, "EB/I", "bright backgrounds", "blinking"),
    FIELD(5, 1, "PP", "one panning", "panning ends at the split"),
    FIELD(6, 1, "PW", "4 bits a dot", "8 bits a dot"),
    FIELD(7, 1, "P54S", "bits 4-5 from the palette", "bits 4-5 from register 14h"),
};
static const struct register_field crtc_mode[] = {
    FIELD(7, 1, "HR", "no sync", "sync"),
    FIELD(6, 1, "W/B", "word addresses", "byte addresses"),
    FIELD(3, 1, "CBT", "-", "counts every second character"),
    FIELD(2, 1, "HRS", "-", "lines count twice"),
    FIELD(0, 1, "CMS0", "bit 13 from the row (CGA)", "bit 13 from the address"),
};

static const char *const crtc_names[25] = {"Horizontal Total",
                                           "Horizontal Display End",
                                           "Start Horizontal Blanking",
                                           "End Horizontal Blank",
                                           "Start Horizontal Sync",
                                           "End Horizontal Sync",
                                           "Vertical Total",
                                           "Overflow",
                                           "Preset Row Scan",
                                           "Maximum Scan Line",
                                           "Cursor Start",
                                           "Cursor End",
                                           "Start Address High",
                                           "Start Address Low",
                                           "Cursor Location High",
                                           "Cursor Location Low",
                                           "Vertical Retrace Start",
                                           "Vertical Retrace End",
                                           "Vertical Display End",
                                           "Offset",
                                           "Underline Location",
                                           "Start Vertical Blank",
                                           "End Vertical Blank",
                                           "Mode Control",
                                           "Line Compare"};

static void look_timing(const struct vga *v, const struct register_eye *eye)
{
    const struct vga_timing *t = &v->t;
    struct vga_beam b = vga_beam(v, clock_now(v->dev.board->clock));
    eye->group(eye->opaque, "Timing and beam");
    eye->number(eye->opaque, "dot clock", t->dot_clock);
    eye->number(eye->opaque, "dots a line", t->line_dots);
    eye->number(eye->opaque, "dots shown", t->display_dots);
    eye->number(eye->opaque, "horizontal sync from", t->hsync_start);
    eye->number(eye->opaque, "horizontal sync to", t->hsync_end);
    eye->number(eye->opaque, "lines a frame", t->lines);
    eye->number(eye->opaque, "lines shown", t->display_lines);
    eye->number(eye->opaque, "vertical sync from", t->vsync_start);
    eye->number(eye->opaque, "vertical sync to", t->vsync_end);
    eye->number(eye->opaque, "frames a second", 1e9 / (double)t->frame_ns);
    eye->number(eye->opaque, "beam line", b.line);
    eye->number(eye->opaque, "beam dot", b.dot);
    eye->number(eye->opaque, "frame", (double)b.frame);
}

static void look_sequencer(const struct vga_regs *r, const struct register_eye *eye)
{
    eye->group(eye->opaque, "Sequencer (3C4h, 3C5h)");
    look_value(eye, "Reset", "0", r->seq[0], 8, reset, "");
    look_value(eye, "Clocking Mode", "1", r->seq[1], 8, clocking, "");
    look_value(eye, "Map Mask", "2", r->seq[2], 8, planes, "planes that are written");
    look_plain(eye, "Character Map Select", "3", r->seq[3], 8, "");
    look_value(eye, "Memory Mode", "4", r->seq[4], 8, memory_mode, "");
}

static void look_graphics(const struct vga *v, const struct register_eye *eye)
{
    const struct vga_regs *r = &v->r;
    char latches[40];
    snprintf(latches, sizeof(latches), "%02x %02x %02x %02x", v->latch & 0xff, v->latch >> 8 & 0xff,
             v->latch >> 16 & 0xff, v->latch >> 24);
    eye->group(eye->opaque, "Graphics controller (3CEh, 3CFh)");
    look_value(eye, "Set/Reset", "0", r->gc[0], 4, planes, "");
    look_value(eye, "Enable Set/Reset", "1", r->gc[1], 4, planes, "");
    look_value(eye, "Color Compare", "2", r->gc[2], 4, planes, "");
    look_value(eye, "Data Rotate", "3", r->gc[3], 8, rotate, "");
    look_plain(eye, "Read Map Select", "4", r->gc[4], 8, "plane that is read");
    look_value(eye, "Graphics Mode", "5", r->gc[5], 8, gc_mode, "");
    look_value(eye, "Miscellaneous", "6", r->gc[6], 8, gc_misc, "");
    look_value(eye, "Color Don't Care", "7", r->gc[7], 4, planes, "");
    look_plain(eye, "Bit Mask", "8", r->gc[8], 8, "1: from the data, 0: from the latches");
    eye->text(eye->opaque, "latches, planes 0 to 3", latches);
}

void vga_look(const struct device *d, const struct register_eye *eye)
{
    const struct vga *v = (const struct vga *)d;
    const struct vga_regs *r = &v->r;
    char place[8], name[20];
    look_timing(v, eye);
    eye->group(eye->opaque, "General");
    look_value(eye, "Miscellaneous Output", "3C2h", r->misc, 8, misc, "");
    look_sequencer(r, eye);
    eye->group(eye->opaque, "CRT controller (3D4h, 3D5h)");
    for (unsigned i = 0; i < ARRAY_SIZE(crtc_names); i++) {
        snprintf(place, sizeof(place), "%02xh", i);
        if (i == 0x17)
            look_value(eye, crtc_names[i], place, r->cr[i], 8, crtc_mode, "");
        else
            look_plain(eye, crtc_names[i], place, r->cr[i], 8, "");
    }
    look_graphics(v, eye);
    eye->group(eye->opaque, "Attribute controller (3C0h)");
    for (unsigned i = 0; i < 16; i++) {
        snprintf(place, sizeof(place), "%02xh", i);
        snprintf(name, sizeof(name), "Palette %u", i);
        look_plain(eye, name, place, r->ar[i], 6, "");
    }
    look_value(eye, "Mode Control", "10h", r->ar[0x10], 8, attribute, "");
    look_plain(eye, "Overscan Color", "11h", r->ar[0x11], 8, "");
    look_value(eye, "Color Plane Enable", "12h", r->ar[0x12], 4, planes, "");
    look_plain(eye, "Horizontal PEL Panning", "13h", r->ar[0x13], 4, "");
    look_plain(eye, "Color Select", "14h", r->ar[0x14], 4, "");
    eye->group(eye->opaque, "DAC");
    look_plain(eye, "PEL Mask", "3C6h", r->dac_mask, 8, "");
    look_plain(eye, "Address", "3C8h", v->dac_address, 8, "");
}

void vga_look_plane(const struct vga *v, unsigned plane, u32 from, u8 *out, u32 count)
{
    for (u32 i = 0; i < count; i++) {
        u32 at = (from + i) & 0xffff;
        u32 word = v->r.x.natural ? at : vga_word(at);
        out[i] = (size_t)word * 4 + 3 < v->vram_size ? v->vram[(size_t)word * 4 + (plane & 3)] : 0;
    }
}

u32 vga_look_colour(const struct vga *v, unsigned i)
{
    u32 rgb = 0;
    for (unsigned k = 0; k < 3; k++) {
        u8 c = v->r.dac[3 * (i & 255) + k];
        rgb = rgb << 8 | (v->dac_bits8 ? c : (u32)(c << 2 | c >> 4) & 0xff);
    }
    return rgb;
}
