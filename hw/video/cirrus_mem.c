/*
 * cirrus_mem.c - the processor's side of the CL-GD5446's memory: banks at A0000h, the registers at
 * B8000h, the linear framebuffer with its byte-swapping apertures, the blitter's aperture.
 *
 * CL-GD5446 Technical Reference Manual: GR5, GR9-GRB (banks, extended write modes, by-8 and by-16
 * addressing), SR7, SR17, GR31 bit 6; PCI10 and PCI14. The 32 MB of PCI10 are four times 4 MB -
 * bytes as they are, swapped in words, swapped in double words, video - and the second half is
 * where the blitter takes data.
 *
 * On ISA the memory is once between 1 and 15 MB, where SR7 bits 7-4 (A23-A20) say, if they are not
 * 0 and the board has no memory of its own there: a board with more has to leave a hole, which this
 * one cannot.
 *
 * Where nothing lies between processor and memory the windows are mapped as plain RAM, bank by
 * bank, as in vga_mem.c.
 *
 * Not modelled: the video aperture, set/reset in extended modes (GR0 and GR1 are colours there).
 */
#include "hw/video/cirrus_internal.h"
#include <string.h>

enum { A0000 = 0xa0000, B8000 = 0xb8000, BANK = 0x8000, REGISTERS = 0x100 };
enum { LINEAR = 0xf0 }; /* of SR7 */
enum { SWAP_APERTURE = 4 << 20, BLIT_APERTURE_AT = 16 << 20 };

/* struct cirrus.mapped_*: 0 is not known, then handlers, then RAM from its first byte on. */
enum { MAP_UNKNOWN, MAP_VGA, MAP_OWN, MAP_RAM };

void cirrus_touch(struct cirrus *c, u32 first, u32 count)
{
    struct vga *v = &c->vga;
    u32 end = first + count;

    v->stored = true;
    if (end > v->vram_size) {
        cirrus_touch(c, 0, end - v->vram_size);
        end = v->vram_size;
    }
    for (u32 g = first / VGA_GRANULE; g <= (end - 1) / VGA_GRANULE; g++)
        v->touched[g] = VGA_ALL_PLANES;
}

static bool extended(const struct cirrus *c)
{
    return c->sr[SR_MODE] & MODE_EXTENDED;
}

static unsigned write_mode(const struct cirrus *c)
{
    return c->vga.r.gc[5] & (c->gr[GR_EXTENSIONS] & EXTENDED_WRITES ? 7 : 3);
}

/* By how many bits are addresses shifted? By-8 and by-16 addressing. */
static unsigned address_shift(const struct cirrus *c)
{
    u8 x = c->gr[GR_EXTENSIONS];

    if ((x & (EXTENDED_WRITES | WRITES_16)) == (EXTENDED_WRITES | WRITES_16))
        return 4;
    return x & BY_8 ? 3 : 0;
}

static u32 bank_offset(const struct cirrus *c, unsigned i)
{
    return (u32)c->gr[GR_OFFSET_0 + i] << (c->gr[GR_EXTENSIONS] & BANKS_16K ? 14 : 12);
}

/* Offset `a` of the A0000 window, without the part that chooses the bank, and that bank. */
static u32 bank_of(const struct cirrus *c, u32 a, u32 *offset)
{
    bool dual = (c->gr[GR_EXTENSIONS] & DUAL_BANKS) && c->vga.window_base == A0000;

    *offset = dual ? a & (BANK - 1) : a & 0xffff;
    if (c->vga.window_base != A0000)
        return 0;
    return bank_offset(c, dual ? a >> 15 & 1 : 0);
}

/* ---- bytes ---- */

/* A byte is eight dots, of two colours or (write mode 4) one. */
static void write_dots(struct cirrus *c, u32 at, u8 byte, bool both)
{
    const u8 *front = &c->gr[1], *back = &c->gr[0];
    unsigned width = address_shift(c) == 4 ? 2 : 1;
    u8 mask = (c->vga.r.seq[2] & 0x0f) | c->pixel_mask;

    for (unsigned i = 0; i < 8; i++) {
        bool set = byte >> (7 - i) & 1;
        if (!(mask >> (7 - i) & 1) || (!set && !both))
            continue;
        for (unsigned k = 0; k < width; k++)
            c->vga.vram[(at + i * width + k) & cirrus_mask(c)] = (set ? front : back)[k * 0x10];
    }
    cirrus_touch(c, at, 8 * width);
}

/* Write mode 1 with by-8 addressing. */
static void write_latches(struct cirrus *c, u32 at)
{
    u8 mask = (c->vga.r.seq[2] & 0x0f) | c->pixel_mask;

    at &= cirrus_mask(c) & ~7u;
    for (unsigned i = 0; i < 8; i++)
        if (mask >> (7 - i) & 1)
            c->vga.vram[at + i] = (u8)(c->latches >> 8 * i);
    cirrus_touch(c, at, 8);
}

static void plain_write(struct cirrus *c, u32 at, u8 byte)
{
    at &= cirrus_mask(c);
    c->vga.vram[at] = byte;
    cirrus_touch(c, at, 1);
}

/* What write modes 4 and 5 and wide addressing make of a write; false: nothing. */
static bool extended_write(struct cirrus *c, u32 address, u8 byte)
{
    unsigned mode = write_mode(c), shift = address_shift(c);
    u32 at = address << shift & cirrus_mask(c);

    if (mode == 4 || mode == 5)
        write_dots(c, at, byte, mode == 5);
    else if (shift && mode == 1 && (c->gr[GR_EXTENSIONS] & LATCHES_8))
        write_latches(c, at);
    else if (shift)
        plain_write(c, at, byte);
    else
        return false;
    return true;
}

static u8 extended_read(struct cirrus *c, u32 address)
{
    u32 at = address << address_shift(c) & cirrus_mask(c);
    const u8 *vram = c->vga.vram;

    c->latches = get_le64(vram + (at & ~7u));
    c->vga.latch = get_le32(vram + (at & ~3u));
    return vram[at];
}

/* ---- registers in memory ---- */

/* GR numbers of the blitter's registers in memory, from offset 0; 0xff: none. */
static const u8 blit_register[0x24] = {
    0x00, 0x10, 0x12, 0x14, 0x01, 0x11, 0x13, 0x15, 0x20, 0x21, 0x22, 0x23,
    0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0xff, 0x2c, 0x2d, 0x2e, 0x2f,
    0x30, 0xff, 0x32, 0x33, 0x34, 0x35, 0xff, 0xff, 0x38, 0x39, 0xff, 0xff,
};
enum { STATUS_IN_MEMORY = 0x40 };

static unsigned register_at(u32 offset)
{
    if (offset == STATUS_IN_MEMORY)
        return GR_BLIT;
    return offset < sizeof(blit_register) ? blit_register[offset] : 0xff;
}

static u8 register_read(const struct cirrus *c, u32 offset)
{
    return cirrus_gr_read(c, register_at(offset));
}

static void register_write(struct cirrus *c, u32 offset, u8 value)
{
    cirrus_gr_write(c, register_at(offset), value);
}

static bool registers_at(const struct cirrus *c, u8 where)
{
    u8 both = REGISTERS_IN_MEMORY | REGISTERS_AT_FRAME_END;
    return (c->sr[SR_CONFIGURATION] & both) == (REGISTERS_IN_MEMORY | where);
}

/* PCI14: the VGA's ports from 3C0h on, then the blitter. */
static u32 registers_in(void *dev, u32 addr, unsigned size)
{
    struct cirrus *c = dev;
    u32 value = 0;

    for (unsigned i = 0; i < size; i++) {
        u32 at = (addr + i) & PAGE_MASK;
        u8 byte = at < 0x20         ? vga_port_in(&c->vga, (u16)(0x3c0 + at))
                  : at >= REGISTERS ? register_read(c, at - REGISTERS)
                                    : 0xff;
        value |= (u32)byte << 8 * i;
    }
    return value;
}

static void registers_out(void *dev, u32 addr, u32 value, unsigned size)
{
    struct cirrus *c = dev;

    for (unsigned i = 0; i < size; i++, value >>= 8) {
        u32 at = (addr + i) & PAGE_MASK;
        if (at < 0x20)
            vga_port_out(&c->vga, (u16)(0x3c0 + at), (u8)value);
        else if (at >= REGISTERS)
            register_write(c, at - REGISTERS, (u8)value);
    }
}

const struct mmio_ops cirrus_registers_ops = {registers_in, registers_out};

/* ---- A0000-BFFFF ---- */

static u8 window_read_byte(struct cirrus *c, u32 addr)
{
    struct vga *v = &c->vga;
    u32 a = addr - v->window_base, offset;

    if (addr - B8000 < REGISTERS && registers_at(c, 0))
        return register_read(c, addr - B8000);
    if (a >= v->window_size)
        return 0xff;
    u32 bank = bank_of(c, a, &offset);
    if (extended(c))
        return extended_read(c, bank + offset);
    v->bank_word = v->access & VGA_CHAIN4 ? bank / 4 : bank;
    return vga_mem_read_byte(v, bank ? offset : a);
}

static void window_write_byte(struct cirrus *c, u32 addr, u8 byte)
{
    struct vga *v = &c->vga;
    u32 a = addr - v->window_base, offset;

    if (addr - B8000 < REGISTERS && registers_at(c, 0)) {
        register_write(c, addr - B8000, byte);
        return;
    }
    if (a >= v->window_size)
        return;
    u32 bank = bank_of(c, a, &offset);
    if (extended(c) && extended_write(c, bank + offset, byte))
        return;
    v->bank_word = v->access & VGA_CHAIN4 ? bank / 4 : bank;
    vga_mem_write_byte(v, extended(c) || bank ? offset : a, byte);
}

/* Is it an access that the blitter waits for? Not those to its registers. */
static bool for_blit(const struct cirrus *c, u32 addr, bool wanted)
{
    return wanted && !(addr - B8000 < REGISTERS && registers_at(c, 0)) &&
           addr - c->vga.window_base < c->vga.window_size;
}

static u32 window_read(void *dev, u32 addr, unsigned size)
{
    struct cirrus *c = dev;
    u32 value = 0;

    if (for_blit(c, addr, cirrus_blit_gives(c, false)))
        return cirrus_blit_get(c, size);
    for (unsigned i = 0; i < size; i++)
        value |= (u32)window_read_byte(c, addr + i) << 8 * i;
    return value;
}

static void window_write(void *dev, u32 addr, u32 value, unsigned size)
{
    struct cirrus *c = dev;

    if (for_blit(c, addr, cirrus_blit_takes(c, false))) {
        cirrus_blit_put(c, value, size);
        return;
    }
    for (unsigned i = 0; i < size; i++, value >>= 8)
        window_write_byte(c, addr + i, (u8)value);
}

static const struct mmio_ops window_ops = {window_read, window_write};

/* ---- PCI10, and the linear window on ISA ---- */

static u32 frame_base(const struct cirrus *c)
{
    return cirrus_on_isa(c) ? c->linear_at : c->pci.window[0].at;
}

static u8 frame_read_byte(struct cirrus *c, u32 at)
{
    if (registers_at(c, REGISTERS_AT_FRAME_END) && at >= c->vga.vram_size - REGISTERS)
        return register_read(c, at & (REGISTERS - 1));
    return extended_read(c, at);
}

static void frame_write_byte(struct cirrus *c, u32 at, u8 byte)
{
    if (registers_at(c, REGISTERS_AT_FRAME_END) && at >= c->vga.vram_size - REGISTERS)
        register_write(c, at & (REGISTERS - 1), byte);
    else if (!extended_write(c, at, byte))
        plain_write(c, at, byte);
}

/* Byte addresses are exchanged in pairs, or in fours. */
static u32 swap_of(u32 offset)
{
    static const u8 swap[4] = {0, 1, 3, 0};
    return swap[offset / SWAP_APERTURE & 3];
}

static bool no_memory(u32 offset)
{
    return offset >= 3 * SWAP_APERTURE;
}

static bool frame_registers(const struct cirrus *c, u32 offset)
{
    return registers_at(c, REGISTERS_AT_FRAME_END) && !no_memory(offset) &&
           (offset & cirrus_mask(c)) >= c->vga.vram_size - REGISTERS;
}

static u32 frame_read(void *dev, u32 addr, unsigned size)
{
    struct cirrus *c = dev;
    u32 offset = addr - frame_base(c), value = 0;
    bool aperture = offset >= BLIT_APERTURE_AT;

    if (!frame_registers(c, offset) && cirrus_blit_gives(c, aperture))
        return cirrus_blit_get(c, size);
    if (no_memory(offset))
        return 0xffffffffu >> (32 - 8 * size);
    for (unsigned i = 0; i < size; i++) {
        u32 at = (offset + i) ^ swap_of(offset);
        value |= (u32)frame_read_byte(c, at & cirrus_mask(c)) << 8 * i;
    }
    return value;
}

static void frame_write(void *dev, u32 addr, u32 value, unsigned size)
{
    struct cirrus *c = dev;
    u32 offset = addr - frame_base(c);
    bool aperture = offset >= BLIT_APERTURE_AT;

    if (!frame_registers(c, offset) && cirrus_blit_takes(c, aperture)) {
        cirrus_blit_put(c, value, size);
        return;
    }
    if (no_memory(offset))
        return;
    for (unsigned i = 0; i < size; i++, value >>= 8) {
        u32 at = (offset + i) ^ swap_of(offset);
        frame_write_byte(c, at & cirrus_mask(c), (u8)value);
    }
}

const struct mmio_ops cirrus_frame_ops = {frame_read, frame_write};

/* ---- what is mapped ---- */

void cirrus_forget_maps(struct cirrus *c)
{
    c->mapped_window[0] = c->mapped_window[1] = MAP_UNKNOWN;
    c->mapped_registers = c->mapped_frame = MAP_UNKNOWN;
}

static bool blit_waits(const struct cirrus *c)
{
    return cirrus_blit_takes(c, false) || cirrus_blit_gives(c, false);
}

/* What half i of the A0000 window is: MAP_VGA, MAP_OWN, or MAP_RAM + its first byte. */
static u32 window_kind(const struct cirrus *c, unsigned i)
{
    const struct vga *v = &c->vga;
    const struct vga_regs *r = &v->r;
    u32 offset, bank = bank_of(c, i * BANK, &offset);
    u32 first = (bank + offset) & cirrus_mask(c);

    if (blit_waits(c))
        return MAP_OWN;
    bool ram;
    if (extended(c))
        ram = v->window_base == A0000 && v->window_size && write_mode(c) == 0 &&
              !address_shift(c) && (r->seq[2] & 15) == 15 && !(r->gc[3] & 0x1f) && r->gc[8] == 0xff;
    else
        ram = vga_mem_transparent(v);
    if (ram)
        return first + BANK > v->vram_size ? MAP_OWN : MAP_RAM + first;
    return extended(c) || bank ? MAP_OWN : MAP_VGA;
}

static void map_part(struct cirrus *c, u32 base, u32 size, u32 kind)
{
    struct phys *phys = c->vga.dev.board->phys;

    if (kind >= MAP_RAM)
        phys_map_ram(phys, base, size, c->vga.vram + (kind - MAP_RAM));
    else if (kind == MAP_OWN)
        phys_map_mmio(phys, base, size, &window_ops, c, "cirrus");
    else
        phys_map_mmio(phys, base, size, &vga_mem_ops, &c->vga, "vga");
}

/* The linear framebuffer: RAM, all of it or all but the page with the registers, or handlers. */
static void map_frame(struct cirrus *c)
{
    struct phys *phys = c->vga.dev.board->phys;
    bool there = cirrus_on_isa(c) ? c->linear_at != 0 : c->pci.window[0].mapped;
    unsigned mode = write_mode(c);
    bool plain = !blit_waits(c) && !address_shift(c) && mode != 4 && mode != 5;
    u32 bytes = c->vga.vram_size;
    u32 kind = plain ? MAP_RAM : MAP_OWN;

    if (registers_at(c, REGISTERS_AT_FRAME_END)) {
        bytes -= PAGE_SIZE;
        kind += plain;
    }
    if (!there || kind == c->mapped_frame)
        return;
    phys_map_mmio(phys, frame_base(c), c->vga.vram_size, &cirrus_frame_ops, c, c->vga.dev.name);
    if (plain)
        phys_map_ram(phys, frame_base(c), bytes, c->vga.vram);
    c->mapped_frame = kind;
}

void cirrus_frame_placed(void *dev)
{
    struct cirrus *c = dev;
    c->mapped_frame = MAP_UNKNOWN;
    map_frame(c);
}

/* SR7 may have moved the linear window. */
static void place_linear(struct cirrus *c)
{
    struct phys *phys = c->vga.dev.board->phys;
    u32 size = c->vga.vram_size, at = (u32)(c->sr[SR_MODE] & LINEAR) << 16 & ~(size - 1);

    if (at < phys->ram_size) /* the board's memory answers */
        at = 0;
    if (at == c->linear_at)
        return;
    if (c->linear_at)
        phys_unmap(phys, c->linear_at, size);
    c->linear_at = at;
    c->mapped_frame = MAP_UNKNOWN;
}

void cirrus_map(struct vga *v)
{
    struct cirrus *c = cirrus_of(v);

    if (extended(c)) {
        v->access = VGA_CHAIN4;
        v->set_reset_enable32 = 0;
    }
    for (unsigned i = 0; i < 2; i++) {
        u32 kind = window_kind(c, i);
        if (kind != c->mapped_window[i])
            map_part(c, A0000 + i * BANK, BANK, kind);
        c->mapped_window[i] = kind;
    }
    /* The rest of the VGA's windows; the registers are within the page at B8000h. */
    bool own = extended(c) || blit_waits(c) || registers_at(c, 0);
    u32 rest = own ? MAP_OWN : MAP_VGA;
    if (rest != c->mapped_registers)
        map_part(c, 0xb0000, 0x10000, rest);
    c->mapped_registers = rest;
    v->mapped = c->mapped_window[0] >= MAP_RAM;
    if (cirrus_on_isa(c))
        place_linear(c);
    map_frame(c);
}
