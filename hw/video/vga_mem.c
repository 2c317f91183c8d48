/*
 * vga_mem.c - the processor's side of video memory: windows, latches, write and read modes.
 *
 * IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem": sequencer registers 2 and 4,
 * graphics controller registers 0-8. An access goes, from left to right: address decode (which
 * planes, which plane address), rotate and set/reset, logic with the latches, bit mask, map mask.
 * Every step works on the word of all four planes at once; the per-register nibbles are spread
 * over that word when the register is written, not when memory is.
 *
 * When chain-4 is on and nothing between processor and memory changes a byte (mode 13h as the
 * BIOS sets it), the window is mapped as plain RAM and no handler is called at all. Reading such
 * memory does not load the latches: the one thing a guest could notice, and only by switching
 * chain-4 off and writing with write mode 1 before any planar read.
 *
 * Not modelled: the page bit for odd/even (misc bit 5), the 64 KiB card of seq[4] bit 1 clear.
 */
#include "hw/video/vga_chip.h"
#include "hw/video/vga_internal.h"

static inline u32 repeat(u8 byte)
{
    return byte * 0x01010101u;
}

/* What write modes 0, 2 and 3 have in common: function select, then the bit mask. */
static inline u32 combine(const struct vga *v, u32 data, u32 bit_mask)
{
    switch (v->r.gc[3] >> 3) {
    case 1:
        data &= v->latch;
        break;
    case 2:
        data |= v->latch;
        break;
    case 3:
        data ^= v->latch;
        break;
    }
    return (data & bit_mask) | (v->latch & ~bit_mask);
}

static inline u8 rotated(const struct vga *v, u8 byte)
{
    unsigned n = v->r.gc[3] & 7;
    return (u8)(byte >> n | byte << (8 - n));
}

/* Index of the word at plane address p, or of what address a is in chain-4 mode. */
static inline u32 word_at(const struct vga *v, u32 a, u32 p)
{
    if (likely(!v->r.x.natural))
        return v->bank_word + vga_word(p & 0xffff);
    return (v->bank_word + (v->access & VGA_CHAIN4 ? (a & 0xffff) >> 2 : p & 0xffff)) &
           (v->vram_size / 4 - 1);
}

static inline void write_byte(struct vga *v, u32 a, u8 byte)
{
    u32 p = a, planes = v->map_mask32, data;

    if (v->access) {
        if (v->access & VGA_CHAIN4) {
            p = (a & 0xfffc) | (a >> 14 & 3);
            planes &= 0xffu << 8 * (a & 3);
        } else {
            if (v->access & VGA_CHAIN_A0)
                p = (a & 0xfffe) | (a >> 16 & 1);
            if (v->access & VGA_ODD_EVEN_WRITE)
                planes &= a & 1 ? 0xff00ff00 : 0x00ff00ff;
        }
    }
    switch (v->r.gc[5] & 3) {
    case 0:
        data = (repeat(rotated(v, byte)) & ~v->set_reset_enable32) |
               (v->set_reset32 & v->set_reset_enable32);
        data = combine(v, data, v->bit_mask32);
        break;
    case 1:
        data = v->latch;
        break;
    case 2:
        data = combine(v, vga_spread(byte), v->bit_mask32);
        break;
    default:
        data = combine(v, v->set_reset32, v->bit_mask32 & repeat(rotated(v, byte)));
        break;
    }
    u32 word = word_at(v, a, p);
    u8 *at = v->vram + 4 * (size_t)word;
    v->touched[word / VGA_GRANULE_WORDS] |= v->r.seq[2];
    put_le32(at, (get_le32(at) & ~planes) | (data & planes));
}

static inline u8 read_byte(struct vga *v, u32 a)
{
    u32 p = a;
    unsigned plane = v->r.gc[4] & 3;

    if (v->access) {
        if (v->access & VGA_CHAIN4) {
            p = (a & 0xfffc) | (a >> 14 & 3);
            plane = a & 3;
        } else {
            if (v->access & VGA_CHAIN_A0)
                p = (a & 0xfffe) | (a >> 16 & 1);
            if (v->access & VGA_ODD_EVEN_READ)
                plane = (plane & 2) | (a & 1);
        }
    }
    u32 word = get_le32(v->vram + 4 * (size_t)word_at(v, a, p));
    v->latch = word;
    if (!(v->r.gc[5] & 8))
        return (u8)(word >> 8 * plane);
    /* Read mode 1: a bit is set where every plane that we care about has the compared colour. */
    word = (word ^ v->compare32) & v->care32;
    word |= word >> 16;
    return (u8) ~(word | word >> 8);
}

static u32 mem_read(void *dev, u32 addr, unsigned size)
{
    struct vga *v = dev;
    u32 value = 0;

    for (unsigned i = 0; i < size; i++) {
        u32 a = addr + i - v->window_base;
        value |= (a < v->window_size ? read_byte(v, a) : 0xffu) << 8 * i;
    }
    return value;
}

static void mem_write(void *dev, u32 addr, u32 value, unsigned size)
{
    struct vga *v = dev;

    v->stored = true;
    if (unlikely(v->watch != NULL))
        v->watch(v->watch_owner);
    for (unsigned i = 0; i < size; i++, value >>= 8) {
        u32 a = addr + i - v->window_base;
        if (a < v->window_size)
            write_byte(v, a, (u8)value);
    }
}

void vga_mem_write_byte(struct vga *v, u32 a, u8 byte)
{
    v->stored = true;
    if (unlikely(v->watch != NULL))
        v->watch(v->watch_owner);
    write_byte(v, a, byte);
}

u8 vga_mem_read_byte(struct vga *v, u32 a)
{
    return read_byte(v, a);
}

const struct mmio_ops vga_mem_ops = {.read = mem_read, .write = mem_write};

enum { WINDOW = 0xa0000, WINDOW_SIZE = 0x20000, CHAIN4_SIZE = 0x10000, RUN = 0x4000 };

/* struct vga.mapped */
enum { MAPPED_HANDLERS = 0, MAPPED_CHAIN4 = 1, MAPPED_BANK = 2 /* + offset of the bank */ };

void vga_mem_unmap(struct vga *v)
{
    phys_map_mmio(v->dev.board->phys, WINDOW, WINDOW_SIZE, &vga_mem_ops, v, "vga");
    v->mapped = MAPPED_HANDLERS;
}

static void map_chain4(struct vga *v)
{
    for (u32 a = 0; a < CHAIN4_SIZE; a += RUN) {
        u32 p = (a & 0xfffc) | a >> 14;
        phys_map_ram(v->dev.board->phys, WINDOW + a, RUN, v->vram + 4 * (size_t)vga_word(p));
    }
}

static void map_window(struct vga *v, u32 what)
{
    if (what == v->mapped)
        return;
    if (what == MAPPED_HANDLERS) {
        vga_mem_unmap(v);
        return;
    }
    if (what == MAPPED_CHAIN4)
        map_chain4(v);
    else
        phys_map_ram(v->dev.board->phys, WINDOW, CHAIN4_SIZE, v->vram + (what - MAPPED_BANK));
    v->mapped = what;
}

bool vga_mem_transparent(const struct vga *v)
{
    const struct vga_regs *r = &v->r;

    return (v->access & VGA_CHAIN4) && v->window_base == WINDOW && v->window_size == CHAIN4_SIZE &&
           (r->seq[2] & 15) == 15 && !(r->gc[5] & 0x0b) && !(r->gc[1] & 15) && !(r->gc[3] & 0x1f) &&
           r->gc[8] == 0xff;
}

void vga_mem_update(struct vga *v)
{
    static const u32 base[4] = {0xa0000, 0xa0000, 0xb0000, 0xb8000};
    static const u32 size[4] = {0x20000, 0x10000, 0x8000, 0x8000};
    const struct vga_regs *r = &v->r;
    unsigned select = r->gc[6] >> 2 & 3;

    v->window_base = base[select];
    v->window_size = (r->misc & 2) && (r->enable & 1) ? size[select] : 0;
    v->access =
        (u8)((r->seq[4] & 8 ? VGA_CHAIN4 : 0) | (r->gc[6] & 2 ? VGA_CHAIN_A0 : 0) |
             (r->seq[4] & 4 ? 0 : VGA_ODD_EVEN_WRITE) | (r->gc[5] & 0x10 ? VGA_ODD_EVEN_READ : 0));
    v->map_mask32 = vga_spread(r->seq[2]);
    v->set_reset32 = vga_spread(r->gc[0]);
    v->set_reset_enable32 = vga_spread(r->gc[1]);
    v->compare32 = vga_spread(r->gc[2]);
    v->care32 = vga_spread(r->gc[7]);
    v->bit_mask32 = repeat(r->gc[8]);

    v->bank_word = 0;
    if (v->chip) {
        v->chip->map(v);
        return;
    }
    u32 bank = vga_vbe_bank(v);
    if (vga_vbe_packed(v)) {
        map_window(v, v->window_size ? MAPPED_BANK + bank : MAPPED_HANDLERS);
    } else {
        v->bank_word = bank / 4;
        map_window(v, vga_mem_transparent(v) && !bank ? MAPPED_CHAIN4 : MAPPED_HANDLERS);
    }
}
