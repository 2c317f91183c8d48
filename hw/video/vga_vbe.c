/*
 * vga_vbe.c - the Bochs display interface (DISPI): high resolutions over ports 1CEh and 1CFh.
 *
 * Registers as documented with the Bochs VBE display API, version B0C5h: resolution, depth,
 * bank, virtual screen, offset. The VGA BIOS builds VBE on them; Linux, the BSDs and others
 * drive them directly. While the interface is enabled the picture comes from here and the
 * standard registers only keep the palette and the screen-off bit.
 *
 * Memory of a packed-pixel mode is the video memory from its first byte on: through the linear
 * framebuffer, and 64 KiB of it (the bank) in the A0000h window, both plain RAM to the processor.
 * With 4 bits a dot the window stays planar, a bank being 64K plane addresses.
 */
#include "hw/base/screen.h"
#include "hw/video/vga_internal.h"
#include <string.h>

/* clang-format off */
enum {
    DISPI_ID = 0, DISPI_XRES, DISPI_YRES, DISPI_BPP, DISPI_ENABLE, DISPI_BANK, DISPI_VIRT_WIDTH,
    DISPI_VIRT_HEIGHT, DISPI_X_OFFSET, DISPI_Y_OFFSET, DISPI_MEMORY_64K,
};
/* clang-format on */
enum { ID_OLDEST = 0xb0c0, ID_NEWEST = 0xb0c5 };
enum { ENABLED = 0x01, GET_CAPS = 0x02, DAC_8BIT = 0x20, LFB_ENABLED = 0x40, NO_CLEAR = 0x80 };

bool vga_vbe_on(const struct vga *v)
{
    return v->vbe[DISPI_ENABLE] & ENABLED;
}

/* Bits in memory for one dot: 15 takes 16. */
static u32 depth(const struct vga *v)
{
    return v->vbe[DISPI_BPP] == 15 ? 16 : v->vbe[DISPI_BPP];
}

/* Bytes of memory (all planes) from one line to the next. */
static u32 pitch(const struct vga *v)
{
    return v->vbe[DISPI_VIRT_WIDTH] * depth(v) / 8;
}

static void set_virtual_width(struct vga *v, u32 width)
{
    u32 per_line, lines;

    if (width < v->vbe[DISPI_XRES])
        width = v->vbe[DISPI_XRES];
    width = (width + 7) & ~7u;
    if (width > 0xfff8)
        width = 0xfff8;
    v->vbe[DISPI_VIRT_WIDTH] = (u16)width;
    per_line = pitch(v);
    lines = per_line ? v->vram_size / per_line : 0;
    v->vbe[DISPI_VIRT_HEIGHT] = (u16)(lines > 0xffff ? 0xffff : lines);
}

/* Resolution and depth make a picture that exists and fits; otherwise the enabling fails. */
static bool possible(const struct vga *v)
{
    u32 w = v->vbe[DISPI_XRES], h = v->vbe[DISPI_YRES], bpp = v->vbe[DISPI_BPP];

    if (bpp != 4 && bpp != 8 && bpp != 15 && bpp != 16 && bpp != 24 && bpp != 32)
        return false;
    return w && h && w <= VGA_MAX_WIDTH && h <= VGA_MAX_HEIGHT &&
           (u64)((w + 7) & ~7u) * depth(v) / 8 * h <= v->vram_size;
}

static void set_enable(struct vga *v, u16 value)
{
    bool was = vga_vbe_on(v);

    if ((value & ENABLED) && !was) {
        if (!possible(v)) {
            log_at(v->dev.board->log, LOG_GUEST, "vga: no display of %ux%u with %u bits",
                   v->vbe[DISPI_XRES], v->vbe[DISPI_YRES], v->vbe[DISPI_BPP]);
            value &= ~ENABLED;
        } else {
            v->vbe[DISPI_X_OFFSET] = v->vbe[DISPI_Y_OFFSET] = 0;
            v->vbe[DISPI_BANK] = 0;
            set_virtual_width(v, v->vbe[DISPI_XRES]);
            if (!(value & NO_CLEAR))
                vga_clear_memory(v, pitch(v) * v->vbe[DISPI_YRES]);
        }
    }
    v->vbe[DISPI_ENABLE] = value & (ENABLED | GET_CAPS | DAC_8BIT | LFB_ENABLED | NO_CLEAR);
    if (!vga_vbe_on(v))
        v->vbe[DISPI_BANK] = 0;
    v->dac_bits8 = value & DAC_8BIT;
    v->drawn.valid = false;
    vga_mem_update(v);
}

/* The bank that fits into memory, in bytes from its beginning (all planes). */
u32 vga_vbe_bank(const struct vga *v)
{
    u32 unit = v->vbe[DISPI_BPP] == 4 ? 256 << 10 : 64 << 10;
    u32 at = v->vbe[DISPI_BANK] * unit;

    if (!vga_vbe_on(v) || at > v->vram_size - unit)
        return 0;
    return at;
}

bool vga_vbe_packed(const struct vga *v)
{
    return vga_vbe_on(v) && v->vbe[DISPI_BPP] != 4;
}

u16 vga_vbe_read(const struct vga *v, unsigned i)
{
    if (i == DISPI_MEMORY_64K)
        return (u16)(v->vram_size >> 16);
    if (i > DISPI_MEMORY_64K)
        return 0xffff;
    if (v->vbe[DISPI_ENABLE] & GET_CAPS) {
        if (i == DISPI_XRES)
            return VGA_MAX_WIDTH;
        if (i == DISPI_YRES)
            return VGA_MAX_HEIGHT;
        if (i == DISPI_BPP)
            return 32;
    }
    return v->vbe[i];
}

void vga_vbe_write(struct vga *v, unsigned i, u16 value)
{
    switch (i) {
    case DISPI_ID:
        if (value >= ID_OLDEST && value <= ID_NEWEST)
            v->vbe[DISPI_ID] = value;
        break;
    case DISPI_XRES:
    case DISPI_YRES:
    case DISPI_BPP:
        if (!vga_vbe_on(v)) /* a mode is set first, then enabled */
            v->vbe[i] = value;
        break;
    case DISPI_ENABLE:
        set_enable(v, value);
        break;
    case DISPI_BANK:
        v->vbe[DISPI_BANK] = value & 0x1ff;
        vga_mem_update(v);
        break;
    case DISPI_VIRT_WIDTH:
        if (vga_vbe_on(v))
            set_virtual_width(v, value);
        break;
    case DISPI_X_OFFSET:
    case DISPI_Y_OFFSET:
        v->vbe[i] = value;
        break;
    default:
        break; /* read-only, or not there */
    }
    v->drawn.valid = false;
}

/* The index is a word at 1CEh. The data word at 1CFh is unaligned: it arrives as two bytes. */
static u32 index_in(void *dev, u16 port, unsigned size)
{
    (void)port, (void)size;
    return ((struct vga *)dev)->vbe_index;
}

static void index_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)port, (void)size;
    ((struct vga *)dev)->vbe_index = (u16)value;
}

static u32 data_in(void *dev, u16 port, unsigned size)
{
    const struct vga *v = dev;
    u16 data = vga_vbe_read(v, v->vbe_index);
    (void)size;
    return port == 0x1cf ? data & 0xff : data >> 8;
}

static void data_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct vga *v = dev;

    (void)size;
    if (port == 0x1cf)
        v->vbe_low = (u8)value;
    else
        vga_vbe_write(v, v->vbe_index, (u16)(v->vbe_low | value << 8));
}

static const struct port_ops index_ports = {.in = index_in, .out = index_out, .widest = 2};
static const struct port_ops data_ports = {.in = data_in, .out = data_out, .widest = 1};

void vga_vbe_realize(struct vga *v)
{
    const struct board *b = v->dev.board;

    bus_claim(b->bus, 0x1ce, 1, &index_ports, v, "vga-dispi");
    bus_claim(b->bus, 0x1cf, 2, &data_ports, v, "vga-dispi");
    phys_map_ram(b->phys, VGA_LFB, v->vram_size, v->vram);
}

void vga_vbe_reset(struct vga *v)
{
    memset(v->vbe, 0, sizeof v->vbe);
    v->vbe[DISPI_ID] = ID_NEWEST;
    v->vbe_index = 0;
    v->vbe_low = 0;
    v->dac_bits8 = false;
}

void vga_vbe_state(struct vga *v, struct state *s)
{
    state_u16s(s, "vbe", v->vbe, ARRAY_SIZE(v->vbe));
    state_u16(s, "vbe_index", &v->vbe_index);
    state_u8(s, "vbe_low", &v->vbe_low);
    state_bool(s, "dac_bits8", &v->dac_bits8);
    if (state_loading(s) && state_ok(s) && vga_vbe_on(v) &&
        (!possible(v) || v->vbe[DISPI_VIRT_WIDTH] < v->vbe[DISPI_XRES]))
        state_fail(s, "vga: an enabled display of %ux%u with %u bits in %u dots a line",
                   v->vbe[DISPI_XRES], v->vbe[DISPI_YRES], v->vbe[DISPI_BPP],
                   v->vbe[DISPI_VIRT_WIDTH]);
}

/* ---- The picture ---- */

static enum vga_format format(u32 bpp)
{
    return bpp == 8    ? VGA_PALETTE8
           : bpp == 15 ? VGA_RGB555
           : bpp == 16 ? VGA_RGB565
           : bpp == 24 ? VGA_RGB888
                       : VGA_XRGB8888;
}

static void planar_line(const struct vga_scan *s, u32 *out, u32 address, u32 width)
{
    const struct vga *v = s->v;
    u32 words = v->vram_size / 4;

    for (u32 x = 0; x < width; x += 8, address++) {
        u32 at = vga_word(address), word = at < words ? get_le32(v->vram + 4 * (size_t)at) : 0;
        for (u32 i = 0; i < 8 && x + i < width; i++) {
            u32 b = word >> (7 - i);
            out[x + i] = s->colour16[(b & 1) | (b >> 7 & 2) | (b >> 14 & 4) | (b >> 21 & 8)];
        }
    }
}

void vga_vbe_size(const struct vga *v, u32 *width, u32 *height)
{
    *width = v->vbe[DISPI_XRES];
    *height = v->vbe[DISPI_YRES];
}

/* Where line y begins: packed bytes, or plane addresses. May be beyond the memory. */
static u64 line_at(const struct vga *v, u32 y)
{
    u64 line = (u64)v->vbe[DISPI_Y_OFFSET] + y;

    if (v->vbe[DISPI_BPP] == 4)
        return line * (v->vbe[DISPI_VIRT_WIDTH] / 8) + v->vbe[DISPI_X_OFFSET] / 8;
    return line * pitch(v) + (u64)v->vbe[DISPI_X_OFFSET] * (depth(v) / 8);
}

bool vga_vbe_line_touched(const struct vga *v, u32 y)
{
    u64 at = line_at(v, y);
    u32 width = v->vbe[DISPI_XRES];

    if (v->vbe[DISPI_BPP] == 4) {
        for (u32 x = 0; x < (width + 7) / 8; x++)
            if (at + x < v->vram_size / 4 &&
                vga_touched_words(v, vga_word((u32)at + x), 1, VGA_ALL_PLANES))
                return true;
        return false;
    }
    if (at >= v->vram_size)
        return false;
    return vga_touched_words(v, (u32)at / 4, width * depth(v) / 32 + 2, VGA_ALL_PLANES);
}

/* Line y into out; what lies beyond the memory is black. */
void vga_vbe_line(struct vga_scan *s, u32 *out, u32 y)
{
    const struct vga *v = s->v;
    u32 width = v->vbe[DISPI_XRES], bpp = v->vbe[DISPI_BPP];
    u64 at = line_at(v, y);

    if (s->palette_stale)
        vga_make_colours(s);
    if (v->r.seq[1] & 0x20) {
        memset(out, 0, width * sizeof *out);
    } else if (bpp == 4) {
        planar_line(s, out, at < v->vram_size / 4 ? (u32)at : v->vram_size, width);
    } else {
        u32 bytes = depth(v) / 8;
        u64 have = 0;
        if (at < v->vram_size)
            have = (v->vram_size - at) / bytes;
        if (have > width)
            have = width;
        vga_packed_dots(s, format(bpp), out, v->vram + (have ? at : 0), (u32)have);
        memset(out + have, 0, (width - have) * sizeof *out);
    }
}
