/*
 * cirrus.c - the CL-GD5446 as a card: PCI identity and windows, power-up values, state; and the
 * CL-GD5430 as one on the ISA bus, which is the same chip to us under another number.
 *
 * CL-GD5446 Technical Reference Manual, chapter 7 (PCI configuration). Registers are in
 * cirrus_regs.c, memory in cirrus_mem.c, the blitter in cirrus_blit.c and cirrus_line.c; the VGA
 * that it is besides is vga.c.
 *
 * As on the standard VGA a reset leaves PCI10 at E0000000h and enabled: our BIOS moves it where
 * it wants, others expect nothing.
 *
 * On ISA there is no base address: SR7 bits 7-4 are A23-A20 of the linear window (cirrus_mem.c).
 *
 * Not modelled: INTA# (the retrace interrupt is latched, see CR11), palette snooping; that a 5430
 * lacks some of what a 5446's blitter has (solid fills, a key's mask, a start by an address).
 */
#include "hw/video/cirrus_internal.h"
#include <stdlib.h>
#include <string.h>

enum { VENDOR = 0x1013, DEVICE = 0x00b8, FRAME = 32 << 20 };

/* ---- the chip ---- */

bool cirrus_on_isa(const struct cirrus *c)
{
    return c->vga.dev.class == &cirrus_isa_class;
}

/* Memory as the BIOS and drivers read it from SRF and SR15, by megabytes. */
static void memory_straps(struct cirrus *c)
{
    u32 mb = c->vga.memory_mb;
    c->sr[0x0f] = mb == 4 ? 0x98 : mb == 2 ? 0x18 : 0x10;
    c->sr[0x15] = (u8)(mb == 4 ? 4 : mb == 2 ? 3 : 2);
}

static void chip_reset(struct vga *v)
{
    /* 25.18, 28.32, 41.16 and 36.08 MHz */
    static const u8 numbers[4] = {0x66, 0x5b, 0x45, 0x7e}, divisors[4] = {0x3b, 0x2f, 0x30, 0x33};
    struct cirrus *c = cirrus_of(v);

    cirrus_blit_reset(c);
    memset(c->sr, 0, sizeof c->sr);
    memset(c->gr, 0, sizeof c->gr);
    memset(c->cr, 0, sizeof c->cr);
    memset(&c->blit, 0, sizeof c->blit);
    memset(c->extra_colour, 0, sizeof c->extra_colour);
    memset(c->cursor_x, 0, sizeof c->cursor_x);
    memset(c->cursor_y, 0, sizeof c->cursor_y);
    memcpy(&c->sr[0x0b], numbers, sizeof numbers);
    memcpy(&c->sr[0x1b], divisors, sizeof divisors);
    memory_straps(c);
    c->sr[SR_KEY] = 0x0f;
    c->sr[SR_CONFIGURATION] = cirrus_on_isa(c) ? 0x38 : 0x20; /* which bus */
    c->sr[0x1f] = cirrus_on_isa(c) ? 0x22 : 0x2d;             /* memory clock, 60.9 or 80.5 MHz */
    c->gr[0x18] = 0x0f;
    c->pixel_mask = 0xf0;
    c->dac_control = c->dac_reads = 0;
    c->latches = 0;
    ddc_reset(&c->ddc);
    v->r.x.natural = 1;
    cirrus_derive(c);
}

static void chip_state(struct vga *v, struct state *s)
{
    struct cirrus *c = cirrus_of(v);

    state_bytes(s, "extra", &v->r.x, sizeof v->r.x);
    state_bytes(s, "sr", c->sr, sizeof c->sr);
    state_bytes(s, "gr", c->gr, sizeof c->gr);
    state_bytes(s, "cr", c->cr, sizeof c->cr);
    state_u8(s, "pixel_mask", &c->pixel_mask);
    state_u8(s, "dac_control", &c->dac_control);
    state_u8(s, "dac_reads", &c->dac_reads);
    state_bytes(s, "cursor_x", c->cursor_x, sizeof c->cursor_x);
    state_bytes(s, "cursor_y", c->cursor_y, sizeof c->cursor_y);
    state_bytes(s, "extra_colours", c->extra_colour, sizeof c->extra_colour);
    state_u64(s, "latches", &c->latches);
    ddc_state(&c->ddc, s);
    cirrus_blit_state(c, s);
    if (state_loading(s)) {
        if (state_ok(s) &&
            (v->r.x.natural != 1 || c->cursor_x[0] > 7 || c->cursor_y[0] > 7 || c->dac_reads > 4 ||
             v->gc_index > 0x3f || v->r.x.format > VGA_XRGB8888 || v->r.x.interlaced > 1))
            state_fail(s, "cirrus: a register is out of range");
        v->r.x.natural = 1;
        cirrus_forget_maps(c);
        cirrus_show_cursor(c);
    }
    if (!cirrus_on_isa(c))
        pci_function_state(&c->pci, s);
}

static const struct vga_chip chip = {
    .in = cirrus_in,
    .out = cirrus_out,
    .map = cirrus_map,
    .reset = chip_reset,
    .state = chip_state,
};

/* ---- the card ---- */

static bool cirrus_realize(struct device *d, const struct board *b, struct err *e)
{
    struct cirrus *c = (struct cirrus *)d;
    struct pci_window frame = {.kind = PCI_MMIO,
                               .size = FRAME,
                               .prefetchable = true,
                               .mmio = &cirrus_frame_ops,
                               .dev = c,
                               .placed = cirrus_frame_placed},
                      registers = {.kind = PCI_MMIO,
                                   .size = PAGE_SIZE,
                                   .mmio = &cirrus_registers_ops,
                                   .dev = c};

    if (c->vga.memory_mb == 3)
        return err_set(e, "vgamem_mb=3: a CL-GD5446 has 1, 2 or 4 MB");
    c->vga.chip = &chip;
    timer_init(&c->slice, b->clock, cirrus_blit_slice, c);
    if (!vga_realize(d, b, e) || !pci_plug(d, &c->pci, c->addr, e))
        return false;
    pci_init(&c->pci, d->name, c, VENDOR, DEVICE, 0x0300, 0, 0);
    put_le16(c->pci.config + PCI_SUBSYSTEM_VENDOR, 0x1af4);
    put_le16(c->pci.config + PCI_SUBSYSTEM, 0x1100);
    pci_bar(&c->pci, 0, &frame);
    pci_bar(&c->pci, 1, &registers);
    return true;
}

static bool cirrus_isa_realize(struct device *d, const struct board *b, struct err *e)
{
    struct cirrus *c = (struct cirrus *)d;

    if (c->vga.memory_mb > 2)
        return err_set(e, "vgamem_mb=%u: a CL-GD5430 has 1 or 2 MB", c->vga.memory_mb);
    c->vga.chip = &chip;
    timer_init(&c->slice, b->clock, cirrus_blit_slice, c);
    return vga_realize(d, b, e);
}

static void cirrus_reset(struct device *d)
{
    struct cirrus *c = (struct cirrus *)d;
    struct pci_function *f = &c->pci;

    vga_reset(d);
    pci_function_reset(f);
    put_le32(f->config + PCI_BAR0, VGA_LFB | (get_le32(f->config + PCI_BAR0) & 15));
    put_le16(f->config + PCI_COMMAND, PCI_IO_ENABLE | PCI_MEMORY_ENABLE);
    pci_update(f->pci);
}

static void cirrus_destroy(struct device *d)
{
    struct cirrus *c = (struct cirrus *)d;

    if (c->slice.clock)
        timer_disarm(&c->slice);
    free(c->rom);
    vga_destroy(d);
}

static void bytes(FILE *out, const char *name, const u8 *r, unsigned first, unsigned last)
{
    fprintf(out, "%s", name);
    for (unsigned i = first; i <= last; i++)
        fprintf(out, " %02x", r[i]);
    fprintf(out, "\n");
}

static void cirrus_describe(const struct device *d, FILE *out)
{
    static const char *const formats[] = {"planes",        "8 bits",  "8 bits grey",
                                          "8 bits, 3:3:2", "15 bits", "15 bits and palette",
                                          "16 bits",       "24 bits", "32 bits"};
    static const char *const phases[] = {"idle", "drawing", "waiting for data", "giving data"};
    const struct cirrus *c = (const struct cirrus *)d;

    vga_describe(d, out);
    fprintf(out, "CL-GD%s: %s, blitter %s, cursor %ux%u at %u, %u\n",
            cirrus_on_isa(c) ? "5430" : "5446", formats[c->vga.r.x.format], phases[c->blit.phase],
            c->vga.sprite.size, c->vga.sprite.size, c->vga.sprite.x, c->vga.sprite.y);
    bytes(out, "SR6 ", c->sr, 6, 0x1f);
    bytes(out, "GR9 ", c->gr, 9, 0x39);
    bytes(out, "CR19", c->cr, 0x19, 0x1f);
}

static const struct prop props[] = {
    PROP_U32_ROW(struct cirrus, vga.memory_mb, "vgamem_mb", "4", 1, 4,
                 "video memory in MB: 1, 2 or 4"),
    PROP_BOOL_ROW(struct cirrus, vga.overscan, "overscan", "off",
                  "the picture includes the border"),
    PROP_STRING_ROW(struct cirrus, addr, "addr", "PCI slot, 3 to 1f; 2 unless said"),
    PROP_END,
};

const struct device_class cirrus_class = {
    .name = "cirrus",
    .model = "cirrus-vga",
    .doc = "Cirrus Logic CL-GD5446, a display adapter with a blitter",
    .size = sizeof(struct cirrus),
    .props = props,
    .bus = BUS_PCI,
    .state_version = 1,
    .realize = cirrus_realize,
    .reset = cirrus_reset,
    .state = vga_state,
    .destroy = cirrus_destroy,
    .describe = cirrus_describe,
};

static const struct prop isa_props[] = {
    PROP_U32_ROW(struct cirrus, vga.memory_mb, "vgamem_mb", "2", 1, 2, "video memory in MB"),
    PROP_BOOL_ROW(struct cirrus, vga.overscan, "overscan", "off",
                  "the picture includes the border"),
    PROP_END,
};

const struct device_class cirrus_isa_class = {
    .name = "cirrus_isa",
    .model = "isa-cirrus-vga",
    .doc = "Cirrus Logic CL-GD5430 on the ISA bus, a display adapter with a blitter",
    .size = sizeof(struct cirrus),
    .props = isa_props,
    .bus = BUS_ISA,
    .state_version = 1,
    .realize = cirrus_isa_realize,
    .reset = vga_reset,
    .state = vga_state,
    .destroy = cirrus_destroy,
    .describe = cirrus_describe,
};
