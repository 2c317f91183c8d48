/*
 * vga_timing.c - the frame that the VGA's registers describe, where the beam is in it, and the
 * interrupt of the vertical retrace.
 *
 * IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem": CRT controller, registers 0
 * to 7 and 10h to 12h; the dot clock is the general registers' miscellaneous output, bits 2 and 3.
 *
 * The beam is never simulated: where it is follows from the virtual clock and the timing.
 */
#include "hw/video/vga_internal.h"

#include <string.h>

/*
 * The dot clock: the VGA's two, or what the chip's synthesizer makes of 14.31818 MHz, within what
 * such parts can do.
 */
u32 vga_dot_clock(const struct vga_regs *r)
{
    enum { SLOWEST = 8000000, FASTEST = 135000000, REFERENCE = 14318180 };
    unsigned i = r->misc >> 2 & 3;
    u32 number = r->x.clock_number[i] & 0x7f, divisor = r->x.clock_divisor[i] >> 1 & 0x1f;
    u32 clock = i == 1 ? 28322000 : 25175000;

    if (number && divisor) {
        u64 made = (u64)REFERENCE * number / divisor >> (r->x.clock_divisor[i] & 1);
        clock = made < SLOWEST ? SLOWEST : made > FASTEST ? FASTEST : (u32)made;
    }
    return r->x.half_clock ? clock / 2 : clock;
}

/* Derive the frame's geometry. Nonsense gives a small frame, never a zero or an overflow. */
struct vga_timing vga_timing_of(const struct vga_regs *r)
{
    const u8 *cr = r->cr;
    u32 char_dots = r->seq[1] & 1 || r->x.format ? 8 : 9;
    u32 double_lines = vga_lines_a_count(r);
    u32 chars = cr[0] + 5u, display_chars = cr[1] + 1u;
    u32 total = cr[6] | (cr[7] & 0x01) << 8 | (cr[7] & 0x20) << 4;
    u32 display = cr[0x12] | (cr[7] & 0x02) << 7 | (cr[7] & 0x40) << 3;
    u32 sync = cr[0x10] | (cr[7] & 0x04) << 6 | (cr[7] & 0x80) << 2;
    u32 sync_length = (cr[0x11] - sync) & 15;
    struct vga_timing t = {.dot_clock = vga_dot_clock(r)};

    if (r->seq[1] & 8)
        t.dot_clock /= 2;
    if (chars <= display_chars)
        chars = display_chars + 1;
    t.line_dots = chars * char_dots;
    t.display_dots = display_chars * char_dots;
    t.hsync_start = cr[4] * char_dots;
    t.hsync_end = t.hsync_start + ((cr[5] - cr[4]) & 31) * char_dots;
    t.display_lines = (display + 1) * double_lines;
    t.lines = (total + 2) * double_lines;
    if (t.lines <= t.display_lines)
        t.lines = t.display_lines + 1;
    t.vsync_start = sync * double_lines;
    if (t.vsync_start >= t.lines)
        t.vsync_start = t.lines - 1;
    t.vsync_end = t.vsync_start + (sync_length ? sync_length : 16) * double_lines;
    if (t.vsync_end > t.lines)
        t.vsync_end = t.lines;
    u64 dots = (u64)t.lines * t.line_dots;
    t.frame_ns = (dots * NS_PER_SEC + t.dot_clock - 1) / t.dot_clock;
    return t;
}

struct vga_beam vga_beam(const struct vga *v, u64 at)
{
    const struct vga_timing *t = &v->t;
    u64 since = at > v->epoch ? at - v->epoch : 0;
    struct vga_beam b = {.frame = since / t->frame_ns};
    u64 in_frame = since - b.frame * t->frame_ns;
    u32 dots = (u32)(in_frame * t->dot_clock / NS_PER_SEC);

    b.frame_start = v->epoch + b.frame * t->frame_ns;
    b.line = dots / t->line_dots;
    b.dot = dots - b.line * t->line_dots;
    return b;
}

u64 vga_frame_end(const struct vga *v, u64 at)
{
    const struct vga_timing *t = &v->t;
    struct vga_beam b = vga_beam(v, at);
    u64 end = b.frame_start + (u64)t->display_lines * t->line_dots * NS_PER_SEC / t->dot_clock;
    return end > at ? end : end + t->frame_ns;
}

bool vga_picture_off(const struct vga_regs *r)
{
    /*
     * Packed modes are shown without CR17 bit 7, although no monitor would hold them: the driver
     * in Linux (DRM cirrus), which has met emulated cards only, leaves it clear.
     */
    return (!(r->cr[0x17] & 0x80) && !r->x.format) || (r->seq[0] & 3) != 3 || r->x.sync_off;
}

void vga_set_irq(struct vga *v, bool pending)
{
    if (v->irq_pending == pending)
        return;
    v->irq_pending = pending;
    irq_set(&v->irq, pending);
}

/* When does the retrace that sets the interrupt begin next? */
void vga_arm_retrace(struct vga *v)
{
    /* CR11 bit 5 clear enables; bit 4 clear holds the latch clear, so nothing can come. */
    if ((v->r.cr[0x11] & 0x30) != 0x10) {
        timer_disarm(&v->retrace);
        return;
    }
    struct vga_beam b = vga_beam(v, vga_now(v));
    u64 line_ns = (u64)v->t.line_dots * NS_PER_SEC / v->t.dot_clock;
    u64 at = b.frame_start + v->t.vsync_start * line_ns;
    if (at <= vga_now(v))
        at += v->t.frame_ns;
    timer_arm(&v->retrace, at);
}

void vga_retrace_begins(void *opaque)
{
    struct vga *v = opaque;

    vga_set_irq(v, true);
    vga_arm_retrace(v);
}

void vga_timing_changed(struct vga *v)
{
    _Static_assert(sizeof(struct vga_timing) == 10 * sizeof(u32) + sizeof(u64), "padding");
    struct vga_timing t = vga_timing_of(&v->r);

    if (memcmp(&t, &v->t, sizeof t) == 0)
        return;
    v->t = t;
    v->epoch = vga_now(v);
    vga_arm_retrace(v);
}
