/*
 * vga.c - the VGA device: its ports, reset, state.
 *
 * IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem": general registers,
 * sequencer (3C4), CRT controller (3x4, x = B mono or D colour by misc bit 0), graphics controller
 * (3CE), attribute controller (3C0), DAC (3C6-3C9). Memory is in vga_mem.c, the picture in
 * vga_render.c, vga_line.c and vga_text.c, the beam in vga_timing.c, high resolutions are in
 * vga_vbe.c.
 *
 * The beam is never simulated: where it is follows from the virtual clock and the programmed
 * timing. So that effects in mid-frame show (a palette per line, a split by start address), each
 * change of a register of the picture is noted with its time, and drawing replays the notes.
 *
 * Not modelled: light pen, the feature connector, external clocks (selects 2 and 3 run at
 * 25.175 MHz), CRTC registers above 18h except the read-only 22h and 24h that all clones have.
 */
#include "hw/video/vga_chip.h"
#include "hw/video/vga_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const u8 seq_mask[5] = {0x03, 0x3d, 0x0f, 0x3f, 0x0e};
static const u8 gc_mask[9] = {0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff};
static const u8 ar_mask[21] = {0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
                               0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0xef, 0xff, 0x3f, 0x0f, 0x0f};
enum { CRTC_REGS = 0x19 };

/* ---- Registers ---- */

void vga_set(struct vga *v, u8 *reg, u8 value)
{
    if (*reg == value)
        return;
    struct vga_change *c = &v->changes[v->change_head++ % VGA_CHANGES];
    c->time = vga_now(v);
    c->offset = (u16)(reg - (u8 *)&v->r);
    c->before = *reg;
    c->after = value;
    if (v->change_count < VGA_CHANGES)
        v->change_count++;
    *reg = value;
    if (v->watch)
        v->watch(v->watch_owner);
}

static void write_seq(struct vga *v, u8 value)
{
    unsigned i = v->seq_index;

    if (i >= ARRAY_SIZE(seq_mask))
        return;
    value &= seq_mask[i];
    if (i == 2 || i == 4) {
        v->r.seq[i] = value;
        if (i == 2)
            v->map_mask32 = vga_spread(value);
        /* The map mask changes before every plane: look further only in chain-4 mode. */
        if (i == 4 || (v->access & VGA_CHAIN4))
            vga_mem_update(v);
        return;
    }
    vga_set(v, &v->r.seq[i], value);
    if (i == 1)
        vga_timing_changed(v);
}

static void write_gc(struct vga *v, u8 value)
{
    unsigned i = v->gc_index;

    if (i >= ARRAY_SIZE(gc_mask))
        return;
    value &= gc_mask[i];
    if (i == 5 || i == 6)
        vga_set(v, &v->r.gc[i], value);
    else
        v->r.gc[i] = value;
    /* Drawing programs write these before every access: the short way where nothing maps. */
    if (i == 8 && !(v->access & VGA_CHAIN4))
        v->bit_mask32 = value * 0x01010101u;
    else if (i != 4)
        vga_mem_update(v);
}

static void write_cr(struct vga *v, u8 value)
{
    unsigned i = v->cr_index;

    if (i >= CRTC_REGS) {
        log_at(v->dev.board->log, LOG_GUEST, "vga: write %02x to CRTC register %02x", value, i);
        return;
    }
    if (i < 8 && (v->r.cr[0x11] & 0x80)) { /* protected, but for the line compare bit */
        if (i != 7)
            return;
        value = (u8)((v->r.cr[7] & ~0x10) | (value & 0x10));
    }
    if (i == 3)
        value |= 0x80; /* the light pen registers of the EGA are gone */
    if (i == 0x14)
        value &= 0x7f;
    if (i == 0x11 && !(value & 0x10))
        vga_set_irq(v, false);
    vga_set(v, &v->r.cr[i], value);
    switch (i) {
    case 0x11:
        vga_arm_retrace(v);
        /* fall through */
    case 0:
    case 1:
    case 4:
    case 5:
    case 6:
    case 7:
    case 0x10:
    case 0x12:
    case 0x17:
        vga_timing_changed(v);
        break;
    }
}

/*
 * Switch sense: a comparator at the DAC's outputs, which a monitor loads. A BIOS that looks for one
 * shows a colour and reads 0 here when it is bright enough; in a dark picture the bit is set.
 */
static u8 sense(const struct vga *v)
{
    enum { SENSED = 0x10, REFERENCE = 0x4e }; /* of three times 63 */
    u32 sum = (u32)v->r.dac[0] + v->r.dac[1] + v->r.dac[2];
    return sum >> (v->dac_bits8 ? 2 : 0) >= REFERENCE ? 0 : SENSED;
}

static void write_ar(struct vga *v, u8 value)
{
    v->ar_data = !v->ar_data;
    if (v->ar_data) {
        v->ar_index = value & 0x1f;
        vga_set(v, &v->r.palette_on, value & 0x20);
    } else if (v->ar_index < (v->r.palette_on ? 0 : 16) ||
               (v->ar_index >= 16 && v->ar_index < ARRAY_SIZE(ar_mask))) {
        /* (While the picture comes from the palette, it cannot be reached.) */
        vga_set(v, &v->r.ar[v->ar_index], value & ar_mask[v->ar_index]);
    }
}

/*
 * The DAC has one address register (Inmos IMS G171). Writing it for reading fetches that colour and
 * steps the address at once; so does the third read. Colours take effect with their third part.
 */
static void fetch_colour(struct vga *v)
{
    memcpy(v->dac_latch, &v->r.dac[v->dac_address * 3], 3);
    v->dac_component = 0;
    v->dac_address++;
}

static void write_dac(struct vga *v, u8 value)
{
    v->dac_latch[v->dac_component++] = v->dac_bits8 ? value : value & 0x3f;
    if (v->dac_component < 3)
        return;
    for (unsigned i = 0; i < 3; i++)
        vga_set(v, &v->r.dac[v->dac_address * 3 + i], v->dac_latch[i]);
    v->dac_component = 0;
    v->dac_address++;
}

static u8 read_dac(struct vga *v)
{
    u8 value = v->dac_latch[v->dac_component];

    if (++v->dac_component == 3)
        fetch_colour(v);
    return value;
}

static u8 read_cr(const struct vga *v)
{
    if (v->cr_index < CRTC_REGS)
        return v->r.cr[v->cr_index];
    if (v->cr_index == 0x22)
        return (u8)(v->latch >> 8 * (v->r.gc[4] & 3));
    if (v->cr_index == 0x24)
        return v->ar_data ? 0x80 : 0;
    return 0;
}

/*
 * Input status 1: bit 0 while nothing is displayed (either blanking), bit 3 in vertical retrace,
 * bits 4-5 two of the video lines chosen by ar[12]. Here those show the border colour when the
 * beam is outside the picture; inside they follow the beam, which is enough for the programs that
 * only want to see them move.
 */
enum { STATUS_BLANK = 0x01, STATUS_RETRACE = 0x08, STATUS_LINE_A = 0x10, STATUS_LINE_B = 0x20 };

static u8 video_lines(const struct vga *v, u32 colour)
{
    static const u8 line_a[4] = {0, 4, 1, 6}, line_b[4] = {2, 5, 3, 7};
    unsigned mux = v->r.ar[0x12] >> 4 & 3;
    return (u8)((bit(colour, line_a[mux]) ? STATUS_LINE_A : 0) |
                (bit(colour, line_b[mux]) ? STATUS_LINE_B : 0));
}

static u8 status1(const struct vga *v, const struct vga_beam *b)
{
    const struct vga_timing *t = &v->t;
    bool blank = b->line >= t->display_lines || b->dot >= t->display_dots;
    u8 value = video_lines(v, blank ? v->r.ar[0x11] : b->dot);
    if (blank)
        value |= STATUS_BLANK;
    if (b->line >= t->vsync_start && b->line < t->vsync_end)
        value |= STATUS_RETRACE;
    return value;
}

static u8 read_status1(struct vga *v)
{
    struct vga_beam b = vga_beam(v, vga_now(v));
    v->ar_data = false;
    return status1(v, &b);
}

/* The first nanosecond, in the beam's frame, at which it is on this line at this dot. */
static u64 beam_reaches(const struct vga *v, const struct vga_beam *b, u32 line, u32 dot)
{
    u64 dots = (u64)line * v->t.line_dots + dot;
    return b->frame_start + (dots * NS_PER_SEC + v->t.dot_clock - 1) / v->t.dot_clock;
}

/* May all go by that the video lines show inside the picture, and what they show beside it? */
static bool picture_among(const struct vga *v, const struct byte_set *others)
{
    for (unsigned lines = 0; lines <= 3; lines++)
        if (!byte_set_has(others, (u8)(lines * STATUS_LINE_A)))
            return false;
    return byte_set_has(others, STATUS_BLANK | video_lines(v, v->r.ar[0x11]));
}

/*
 * Until when does status 1 stay, or among `others`? What is blank stays so until the next line, the
 * retrace or the next frame begins; with all that the picture shows, both stay until the retrace.
 */
static u64 status1_steady(const struct vga *v, const struct byte_set *others)
{
    const struct vga_timing *t = &v->t;
    struct vga_beam b = vga_beam(v, vga_now(v));
    bool picture = b.line < t->display_lines, any = picture && picture_among(v, others);
    u64 frame_end = b.frame_start + t->frame_ns, end = frame_end;
    if (t->vsync_start < t->display_lines || (picture && b.dot < t->display_dots && !any))
        return 0;
    if (picture && !any)
        end = beam_reaches(v, &b, b.line + 1, 0);
    else if (b.line < t->vsync_start)
        end = beam_reaches(v, &b, t->vsync_start, 0);
    else if (b.line < t->vsync_end)
        end = beam_reaches(v, &b, t->vsync_end, 0);
    return end < frame_end ? end : frame_end;
}

/* Port number with the CRTC's mono and colour addresses made one; 0 when it does not answer. */
static u16 canonical(const struct vga *v, u16 port)
{
    if (port == 0x3c3 || port == 0x46e8)
        return port;
    if (!(v->r.enable & 1))
        return 0;
    if (port >= 0x3b0 && port < 0x3c0)
        return v->r.misc & 1 ? 0 : port + 0x20;
    if (port >= 0x3d0)
        return v->r.misc & 1 ? port : 0;
    return port;
}

/* The chip's own registers are its secret. */
static u64 vga_steady(void *dev, u16 port, const struct byte_set *others)
{
    const struct vga *v = dev;
    if (canonical(v, port) != 0x3da || v->chip)
        return 0;
    return status1_steady(v, others);
}

static u32 vga_in(void *dev, u16 port, unsigned size)
{
    struct vga *v = dev;
    u16 at = canonical(v, port);
    int own;

    (void)size;
    if (v->chip && at && (own = v->chip->in(v, at)) >= 0)
        return (u32)own;
    switch (at) {
    case 0x3c0:
        return v->ar_index | v->r.palette_on;
    case 0x3c1:
        return v->ar_index < ARRAY_SIZE(ar_mask) ? v->r.ar[v->ar_index] : 0;
    case 0x3c2:
        return (u32)sense(v) | (v->irq_pending ? 0x80 : 0);
    case 0x3c3:
        return v->r.enable;
    case 0x3c4:
        return v->seq_index;
    case 0x3c5:
        return v->seq_index < ARRAY_SIZE(seq_mask) ? v->r.seq[v->seq_index] : 0;
    case 0x3c6:
        return v->r.dac_mask;
    case 0x3c7:
        return v->dac_reading ? 3 : 0;
    case 0x3c8:
        return v->dac_address;
    case 0x3c9:
        return read_dac(v);
    case 0x3ca:
        return v->r.feature;
    case 0x3cc:
        return v->r.misc;
    case 0x3ce:
        return v->gc_index;
    case 0x3cf:
        return v->gc_index < ARRAY_SIZE(gc_mask) ? v->r.gc[v->gc_index] : 0;
    case 0x3d4:
        return v->cr_index;
    case 0x3d5:
        return read_cr(v);
    case 0x3da:
        return read_status1(v);
    }
    return 0xff;
}

static void vga_out(void *dev, u16 port, u32 value32, unsigned size)
{
    struct vga *v = dev;
    u8 value = (u8)value32;
    u16 at = canonical(v, port);

    (void)size;
    if (v->chip && at && v->chip->out(v, at, value))
        return;
    switch (at) {
    case 0x3c0:
        write_ar(v, value);
        break;
    case 0x3c2:
        vga_set(v, &v->r.misc, value & 0xef);
        vga_timing_changed(v);
        vga_mem_update(v);
        break;
    case 0x3c3:
        v->r.enable = value & 1;
        vga_mem_update(v);
        break;
    case 0x46e8: /* the same switch as on adapter cards: bit 3 */
        v->r.enable = value >> 3 & 1;
        vga_mem_update(v);
        break;
    case 0x3c4:
        v->seq_index = value & 7;
        break;
    case 0x3c5:
        write_seq(v, value);
        break;
    case 0x3c6:
        vga_set(v, &v->r.dac_mask, value);
        break;
    case 0x3c7:
        v->dac_address = value;
        fetch_colour(v);
        v->dac_reading = true;
        break;
    case 0x3c8:
        v->dac_address = value;
        v->dac_component = 0;
        v->dac_reading = false;
        break;
    case 0x3c9:
        write_dac(v, value);
        break;
    case 0x3ce:
        v->gc_index = value & 15;
        break;
    case 0x3cf:
        write_gc(v, value);
        break;
    case 0x3d4:
        v->cr_index = value & 0x3f;
        break;
    case 0x3d5:
        write_cr(v, value);
        break;
    case 0x3da:
        v->r.feature = value & 0x0b;
        break;
    }
}

static const struct port_ops ports = {.in = vga_in, .out = vga_out, .widest = 1};

u8 vga_port_in(struct vga *v, u16 port)
{
    return (u8)vga_in(v, port, 1);
}

void vga_port_out(struct vga *v, u16 port, u8 value)
{
    vga_out(v, port, value, 1);
}

/* ---- The device ---- */

bool vga_realize(struct device *d, const struct board *b, struct err *e)
{
    struct vga *v = (struct vga *)d;
    static const struct {
        u16 base, count;
    } claim[] = {{0x3b4, 2}, {0x3ba, 1}, {0x3c0, 16}, {0x3d4, 2}, {0x3da, 1}, {0x46e8, 1}};

    v->vram_size = v->memory_mb << 20;
    /* A mapping of its own: untouched pages cost nothing and clearing gives them back. */
    v->vram = mmap(NULL, v->vram_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (v->vram == MAP_FAILED)
        v->vram = NULL;
    v->changes = calloc(VGA_CHANGES, sizeof *v->changes);
    v->written = calloc(v->vram_size / PAGE_SIZE, 1);
    v->touched = calloc(v->vram_size / VGA_GRANULE, 1);
    if (!v->vram || !v->changes || !v->written || !v->touched)
        return err_set(e, "no memory for %u MB of video memory", v->memory_mb);
    for (size_t i = 0; i < ARRAY_SIZE(claim); i++)
        bus_claim(b->bus, claim[i].base, claim[i].count, &ports, v, "vga");
    bus_steady(b->bus, 0x3ba, vga_steady);
    bus_steady(b->bus, 0x3da, vga_steady);
    timer_init(&v->retrace, b->clock, vga_retrace_begins, v);
    phys_watch(b->phys, WATCH_DISPLAY, v->vram, v->vram_size, v->written);
    if (!v->chip)
        vga_vbe_realize(v);
    vga_mem_unmap(v);
    return true;
}

/* The first bytes of video memory become zero. */
void vga_clear_memory(struct vga *v, u32 bytes)
{
    if (bytes > v->vram_size)
        bytes = v->vram_size;
    u32 whole = bytes & ~(u32)PAGE_MASK;
    if (madvise(v->vram, whole, MADV_DONTNEED) != 0)
        memset(v->vram, 0, whole);
    memset(v->vram + whole, 0, bytes - whole);
}

void vga_reset(struct device *d)
{
    struct vga *v = (struct vga *)d;

    memset(&v->r, 0, sizeof v->r);
    v->r.enable = 1;
    v->r.dac_mask = 0xff;
    v->r.cr[3] = 0x80;
    memset(&v->sprite, 0, sizeof v->sprite);
    if (v->chip)
        v->chip->reset(v);
    v->seq_index = v->gc_index = v->cr_index = v->ar_index = 0;
    v->ar_data = v->dac_reading = false;
    v->dac_address = v->dac_component = 0;
    memset(v->dac_latch, 0, sizeof v->dac_latch);
    vga_clear_memory(v, v->vram_size);
    vga_vbe_reset(v);
    v->latch = 0;
    v->change_head = v->change_count = 0;
    v->drawn.valid = false;
    v->t = vga_timing_of(&v->r);
    v->epoch = vga_now(v);
    timer_disarm(&v->retrace);
    vga_set_irq(v, false);
    vga_mem_update(v);
}

static void changes_state(struct vga *v, struct state *s)
{
    u32 count = v->change_count;

    /* Stored oldest first, whatever the place in the ring. */
    state_u32(s, "changes", &count);
    if (count > VGA_CHANGES) {
        state_fail(s, "vga: %u noted changes, at most %u fit", count, VGA_CHANGES);
        return;
    }
    if (state_loading(s)) {
        v->change_count = count;
        v->change_head = count;
        v->drawn.valid = false;
    }
    for (u32 i = 0; i < count && state_ok(s); i++) {
        struct vga_change *c = &v->changes[(v->change_head - count + i) % VGA_CHANGES];
        state_u64(s, "time", &c->time);
        state_u16(s, "offset", &c->offset);
        state_u8(s, "before", &c->before);
        state_u8(s, "after", &c->after);
        if (c->offset >= (v->chip ? sizeof v->r : offsetof(struct vga_regs, x))) {
            state_fail(s, "vga: a noted change at offset %u", c->offset);
            return;
        }
    }
}

void vga_state(struct device *d, struct state *s)
{
    struct vga *v = (struct vga *)d;

    state_same_u64(s, "memory", v->vram_size);
    state_bytes(s, "registers", &v->r, offsetof(struct vga_regs, x));
    state_u8(s, "seq_index", &v->seq_index);
    state_u8(s, "gc_index", &v->gc_index);
    state_u8(s, "cr_index", &v->cr_index);
    state_u8(s, "ar_index", &v->ar_index);
    state_bool(s, "ar_data", &v->ar_data);
    state_u8(s, "dac_address", &v->dac_address);
    state_u8(s, "dac_component", &v->dac_component);
    state_bytes(s, "dac_latch", v->dac_latch, sizeof v->dac_latch);
    state_bool(s, "dac_reading", &v->dac_reading);
    state_bool(s, "irq_pending", &v->irq_pending);
    state_u32(s, "latch", &v->latch);
    state_u64(s, "epoch", &v->epoch);
    timer_state(&v->retrace, s, "retrace");
    if (state_loading(s)) {
        free(v->blank);
        v->blank = NULL;
    }
    state_memory_known(s, "vram", v->vram, v->vram_size, vga_still_blank(v), NULL);
    changes_state(v, s);
    vga_vbe_state(v, s);
    if (v->chip)
        v->chip->state(v, s);
    if (!state_loading(s) || !state_ok(s))
        return;
    if (v->dac_component > 2 || v->ar_index > 0x1f ||
        (!v->chip && (v->seq_index > 7 || v->gc_index > 15))) {
        state_fail(s, "vga: an index register is out of range");
        return;
    }
    v->t = vga_timing_of(&v->r);
    vga_mem_unmap(v); /* what was decoded from the window is not there any more */
    vga_mem_update(v);
}

void vga_destroy(struct device *d)
{
    struct vga *v = (struct vga *)d;

    if (v->retrace.clock)
        timer_disarm(&v->retrace);
    if (v->vram)
        munmap(v->vram, v->vram_size);
    free(v->changes);
    free(v->written);
    free(v->touched);
    free(v->blank);
    free(v->pixels);
}

static void dump(FILE *out, const char *name, const u8 *reg, unsigned count)
{
    fprintf(out, "%s", name);
    for (unsigned i = 0; i < count; i++)
        fprintf(out, " %02x", reg[i]);
    fprintf(out, "\n");
}

void vga_describe(const struct device *d, FILE *out)
{
    const struct vga *v = (const struct vga *)d;
    const struct vga_timing *t = &v->t;
    struct vga_beam b = vga_beam(v, vga_now(v));

    fprintf(out, "%s mode, %ux%u dots, %.2f Hz, %.3f kHz, dot clock %.3f MHz\n",
            vga_is_text(&v->r) ? "text" : "graphics", vga_line_width(&v->r), t->display_lines,
            1e9 / (double)t->frame_ns, (double)t->dot_clock / t->line_dots / 1000,
            t->dot_clock / 1e6);
    if (vga_vbe_on(v))
        fprintf(out, "display interface: %ux%u, %u bits, line of %u, from %u, %u; bank %u\n",
                v->vbe[1], v->vbe[2], v->vbe[3], v->vbe[6], v->vbe[8], v->vbe[9], v->vbe[5]);
    fprintf(out, "beam at line %u, dot %u; start address %04x, line compare %u\n", b.line, b.dot,
            vga_start_address(&v->r), vga_line_compare(&v->r));
    fprintf(out, "window %05x, %u KiB, %s\n", v->window_base, v->window_size >> 10,
            v->mapped ? "mapped as memory" : "through handlers");
    fprintf(out, "misc %02x feature %02x palette %s mask %02x\n", v->r.misc, v->r.feature,
            v->r.palette_on ? "on" : "off", v->r.dac_mask);
    dump(out, "seq ", v->r.seq, ARRAY_SIZE(seq_mask));
    dump(out, "gc  ", v->r.gc, ARRAY_SIZE(gc_mask));
    dump(out, "crtc", v->r.cr, CRTC_REGS);
    dump(out, "attr", v->r.ar, ARRAY_SIZE(ar_mask));
}

static const struct prop props[] = {
    PROP_U32_ROW(struct vga, memory_mb, "vgamem_mb", "16", 1, 16, "video memory in MB"),
    PROP_BOOL_ROW(struct vga, overscan, "overscan", "off", "the picture includes the border"),
    PROP_END,
};

const struct device_class vga_class = {
    .name = "vga",
    .model = "VGA",
    .doc = "VGA display adapter",
    .size = sizeof(struct vga),
    .props = props,
    .state_version = 1,
    .realize = vga_realize,
    .reset = vga_reset,
    .state = vga_state,
    .destroy = vga_destroy,
    .describe = vga_describe,
};
