/*
 * cirrus_look.c - the CL-GD5446 for who looks: its registers beyond the VGA's (technical reference
 * manual, chapters 4, 5, 6 and 9), as they were written; then the VGA's.
 */
#include "hw/chipset/chips_look.h"
#include "hw/video/cirrus_internal.h"
#include "hw/video/video_look.h"

#include <stdio.h>

static const struct register_field mode[] = {
    FIELD(0, 1, "high-resolution", "VGA modes", "packed dots"),
    FIELD_NUMBER(1, 3, "dot"),
    FIELD_NUMBER(4, 4, "window"),
};
static const struct register_field cursor[] = {
    FIELD(0, 1, "cursor", "off", "on"),
    FIELD(1, 1, "colours", "of the DAC", "the cursor's own"),
    FIELD(2, 1, "size", "32 by 32", "64 by 64"),
};
static const struct register_field configuration[] = {
    FIELD(2, 1, "registers in memory", "off", "on"),
    FIELD(6, 1, "where", "B8000", "the end of the frame buffer"),
};
static const struct register_field extensions[] = {
    FIELD(0, 1, "banks", "one", "two"),
    FIELD(1, 1, "by-8 addressing", "off", "on"),
    FIELD(2, 1, "extended write modes", "off", "on"),
    FIELD(3, 1, "latches", "4 bytes", "8 bytes"),
    FIELD(4, 1, "writes", "8 dots", "16 bits a dot"),
    FIELD(5, 1, "bank unit", "4 KiB", "16 KiB"),
};
static const struct register_field blit_mode[] = {
    FIELD(0, 1, "direction", "up", "down"),
    FIELD(1, 1, "destination", "display memory", "the processor"),
    FIELD(2, 1, "source", "display memory", "the processor"),
    FIELD(3, 1, "transparency", "off", "on"),
    FIELD(4, 2, "dot", "8 bits", "16 bits", "24 bits", "32 bits"),
    FIELD(6, 1, "pattern", "off", "8 by 8"),
    FIELD(7, 1, "colour expansion", "off", "on"),
};
static const struct register_field blit[] = {
    FIELD(0, 1, "status", "idle", "busy"),
    FIELD(1, 1, "start", "-", "started"),
    FIELD(2, 1, "reset", "-", "reset"),
    FIELD(4, 1, "queue", "-", "another one waits"),
    FIELD(5, 1, "pause", "-", "paused"),
    FIELD(6, 1, "data by", "display memory's window", "the second half of the frame buffer's"),
    FIELD(7, 1, "autostart", "off", "by GR2A"),
};
static const struct register_field blit_extensions[] = {
    FIELD(0, 1, "source lines", "bytes", "double words"),
    FIELD(1, 1, "expansion", "as it is", "inverted"),
    FIELD(2, 1, "solid colour", "off", "on"),
};

static u32 of_24_bits(const u8 *r)
{
    return r[0] | (u32)r[1] << 8 | (u32)r[2] << 16;
}

static void look_blitter(const struct cirrus *c, const struct register_eye *eye)
{
    static const char *const phases[] = {"idle", "draws", "waits for data of the processor",
                                         "has data for the processor"};
    const u8 *g = c->gr;
    eye->group(eye->opaque, "Blitter (3CEh, 3CFh)");
    eye->text(eye->opaque, "state", phases[c->blit.phase & 3]);
    eye->number(eye->opaque, "lines left", c->blit.lines);
    look_plain(eye, "Width less one", "20h, 21h", get_le16(g + GR_WIDTH), 16, "bytes");
    look_plain(eye, "Height less one", "22h, 23h", get_le16(g + GR_HEIGHT), 16, "lines");
    look_plain(eye, "Destination Pitch", "24h, 25h", get_le16(g + GR_TO_PITCH), 16, "");
    look_plain(eye, "Source Pitch", "26h, 27h", get_le16(g + GR_FROM_PITCH), 16, "");
    look_plain(eye, "Destination Start", "28h-2Ah", of_24_bits(g + GR_TO), 24, "");
    look_plain(eye, "Source Start", "2Ch-2Eh", of_24_bits(g + GR_FROM), 24, "");
    look_plain(eye, "Left-side Clipping", "2Fh", g[GR_SKIP], 8, "");
    look_value(eye, "BLT Mode", "30h", g[GR_BLIT_MODE], 8, blit_mode, "");
    look_value(eye, "BLT Start/Status", "31h", cirrus_gr_read(c, GR_BLIT), 8, blit, "");
    look_plain(eye, "Raster Operation", "32h", g[GR_ROP], 8, "");
    look_value(eye, "BLT Mode Extensions", "33h", g[GR_BLIT_EXTENSIONS], 8, blit_extensions, "");
    look_plain(eye, "Transparent Color", "34h, 35h", get_le16(g + GR_KEY), 16, "");
}

void cirrus_look(const struct device *d, const struct register_eye *eye)
{
    const struct cirrus *c = (const struct cirrus *)d;
    eye->group(eye->opaque, "Extended sequencer (3C4h, 3C5h)");
    look_plain(eye, "Unlock", "06h", c->sr[SR_KEY], 8, "kept, locks nothing");
    look_value(eye, "Extended Sequencer Mode", "07h", c->sr[SR_MODE], 8, mode, "");
    look_plain(eye, "EEPROM and DDC", "08h", c->sr[SR_DDC], 8, "");
    eye->number(eye->opaque, "cursor X", c->cursor_x[1] << 3 | c->cursor_x[0]);
    eye->number(eye->opaque, "cursor Y", c->cursor_y[1] << 3 | c->cursor_y[0]);
    look_value(eye, "Graphics Cursor Attribute", "12h", c->sr[SR_CURSOR], 8, cursor, "");
    look_plain(eye, "Cursor Pattern Address", "13h", c->sr[SR_CURSOR_PATTERN], 8, "");
    look_value(eye, "Configuration", "17h", c->sr[SR_CONFIGURATION], 8, configuration, "");
    eye->group(eye->opaque, "Extended graphics controller (3CEh, 3CFh)");
    look_plain(eye, "Offset 0", "09h", c->gr[GR_OFFSET_0], 8, "");
    look_plain(eye, "Offset 1", "0Ah", c->gr[GR_OFFSET_1], 8, "");
    look_value(eye, "Graphics Controller Mode Extensions", "0Bh", c->gr[GR_EXTENSIONS], 8,
               extensions, "");
    look_plain(eye, "Power Management", "0Eh", c->gr[GR_POWER], 8, "");
    look_plain(eye, "Hidden DAC", "3C6h", c->dac_control, 8, "after four reads");
    look_plain(eye, "Extended Display Controls", "1Bh of the CRTC", c->cr[0x1b], 8, "");
    look_blitter(c, eye);
    vga_look(d, eye);
    if (!cirrus_on_isa(c))
        pci_look(&c->pci, eye);
}
