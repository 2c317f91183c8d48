/*
 * vga_render.c - the picture at one instant, as a monitor would show it.
 *
 * At any instant the lines above the beam belong to the present frame and those below it still to
 * the previous one. When no register of the picture changed lately, all lines are drawn with the
 * present registers. Otherwise the noted changes are undone back to the retrace before the
 * previous frame and replayed, so that each line is drawn with the registers that were in force
 * when the beam passed it. Video memory is not noted: every line shows what is in it now.
 *
 * Lines that double scanning (or a row height in graphics) only repeats are drawn once: mode 13h
 * gives 320x200. The caller scales to `aspect`.
 *
 * While the registers rest, only lines are drawn whose memory was written since the last time
 * (vga_stale.c), so an idle screen costs nothing but its blinking. `version` and `line_version`
 * say what became different, so that no more than that has to be shown anew.
 */
#include "hw/base/screen.h"
#include "hw/video/vga_internal.h"
#include <stdlib.h>
#include <string.h>

static const struct vga_change *change_at(const struct vga *v, u32 age) /* 0 = the newest */
{
    return &v->changes[(v->change_head - 1 - age) % VGA_CHANGES];
}

static void apply(struct vga_scan *s, const struct vga_change *c, u8 value)
{
    ((u8 *)&s->r)[c->offset] = value;
    s->palette_stale = true; /* often it is one of the colours */
}

struct replay {
    u32 age;   /* of the oldest change that is not applied yet, + 1 */
    u64 frame; /* whose line is being drawn, for blinking */
};

/* Registers as they were at `at`; only forwards from there. */
static void rewind_to(struct vga_scan *s, struct replay *p, u64 at)
{
    const struct vga *v = s->v;

    p->age = 0;
    while (p->age < v->change_count && change_at(v, p->age)->time > at) {
        apply(s, change_at(v, p->age), change_at(v, p->age)->before);
        p->age++;
    }
}

static void replay_to(struct vga_scan *s, struct replay *p, u64 at)
{
    while (p->age > 0 && change_at(s->v, p->age - 1)->time <= at) {
        p->age--;
        apply(s, change_at(s->v, p->age), change_at(s->v, p->age)->after);
    }
}

static void set_blink(struct vga_scan *s, u64 frame, unsigned flags)
{
    /* The cursor changes every 8 frames, characters every 16. */
    s->cursor_shown = (flags & VGA_STEADY) || !(frame & 8);
    s->blink_shown = (flags & VGA_STEADY) || !(frame & 16);
    s->palette_stale = true; /* in graphics, blinking is a matter of colours */
}

struct picture {
    u32 *pixels;
    u64 *line_version;
    u64 version;             /* of lines that become different */
    u32 width, height, step; /* a line of the picture stands for `step` scan lines */
    u32 top, left;           /* border above the first line, before the first dot */
    bool changed;            /* some line is not what it was */
    struct vga_stale stale;
};

/* Line y of the picture was made: keep it, and see whether it is another one. */
static void put_line(struct picture *pic, u32 y, const u32 *line)
{
    u32 *old = pic->pixels + (size_t)y * pic->width;

    if (memcmp(old, line, pic->width * sizeof *line) == 0)
        return;
    memcpy(old, line, pic->width * sizeof *line);
    pic->line_version[y] = pic->version;
    pic->changed = true;
}

static void draw_if_sampled(struct vga_scan *s, struct picture *pic, u32 line)
{
    u32 dots[VGA_MAX_WIDTH];

    u32 y = pic->top + line / pic->step;

    if (line % pic->step != 0 || y >= pic->height)
        return;
    if (!vga_stale_line(&pic->stale, s) && !vga_sprite_stale(s->v, y - pic->top))
        return;
    vga_scan_draw(s, (s32)line, dots, pic->width);
    vga_sprite_draw(s->v, y - pic->top, dots + pic->left, pic->width - pic->left);
    put_line(pic, y, dots);
}

/* The border above and below, with the present registers. */
static void draw_border(struct vga_scan *s, struct picture *pic)
{
    u32 dots[VGA_MAX_WIDTH];
    u32 bottom = pic->top + (s->v->t.display_lines + pic->step - 1) / pic->step;

    for (u32 y = 0; y < pic->height; y++) {
        if (y >= pic->top && y < bottom)
            continue;
        vga_scan_draw(s, y < pic->top ? -1 : (s32)s->v->t.display_lines, dots, pic->width);
        put_line(pic, y, dots);
    }
}

/* One frame with its register history; draws lines first..last. */
static void replay_frame(struct vga_scan *s, struct replay *p, struct picture *pic, u64 frame_start,
                         u32 first, u32 last)
{
    const struct vga_timing *t = &s->v->t;
    u64 dots = 0;
    u32 start;

    /* The start address is taken over when the retrace before the frame begins. */
    u64 back = (u64)(t->lines - t->vsync_start) * t->line_dots * NS_PER_SEC / t->dot_clock;
    replay_to(s, p, frame_start > back ? frame_start - back : 0);
    start = vga_start_address(&s->r);
    replay_to(s, p, frame_start);
    vga_scan_frame(s, start);
    for (u32 line = 0; line <= last && line < t->display_lines; line++) {
        /* A change during a line shows from the next one on. */
        replay_to(s, p, frame_start + dots * NS_PER_SEC / t->dot_clock);
        if (line >= first)
            draw_if_sampled(s, pic, line);
        vga_scan_next(s, line);
        dots += t->line_dots;
    }
}

static void draw_with_history(struct vga_scan *s, struct picture *pic, struct vga_beam b,
                              unsigned flags)
{
    const struct vga *v = s->v;
    struct replay p = {0};
    u64 two = 2 * v->t.frame_ns;

    rewind_to(s, &p, b.frame_start > two ? b.frame_start - two : 0);
    if (b.frame > 0) {
        set_blink(s, b.frame - 1, flags);
        replay_frame(s, &p, pic, b.frame_start - v->t.frame_ns, b.line + 1, UINT32_MAX);
        set_blink(s, b.frame, flags);
        replay_frame(s, &p, pic, b.frame_start, 0, b.line);
    } else {
        /* The first frame since the mode was set: nothing older to show below the beam. */
        set_blink(s, 0, flags);
        replay_frame(s, &p, pic, b.frame_start, 0, UINT32_MAX);
    }
}

static void draw_steady(struct vga_scan *s, struct picture *pic)
{
    vga_scan_frame(s, vga_start_address(&s->r));
    for (u32 line = 0; line < s->v->t.display_lines; line++) {
        draw_if_sampled(s, pic, line);
        vga_scan_next(s, line);
    }
}

static void draw_vbe(struct vga_scan *s, struct picture *pic)
{
    u32 dots[VGA_MAX_WIDTH];

    for (u32 y = 0; y < pic->height; y++) {
        if (!pic->stale.all && !vga_vbe_line_touched(s->v, y))
            continue;
        vga_vbe_line(s, dots, y);
        put_line(pic, y, dots);
    }
}

static bool reserve(struct vga *v, u32 width, u32 height)
{
    size_t need = (size_t)width * height;

    if (width != v->drawn.width || height != v->drawn.height) {
        v->drawn.width = width;
        v->drawn.height = height;
        v->drawn.valid = false;
        v->picture_version++;
        for (u32 y = 0; y < height; y++)
            v->line_version[y] = v->picture_version;
    }
    if (need <= v->pixels_size)
        return true;
    free(v->pixels);
    v->pixels = calloc(need, sizeof *v->pixels);
    v->pixels_size = v->pixels ? need : 0;
    return v->pixels != NULL;
}

void vga_render(struct vga *v, struct screen *out, unsigned flags)
{
    u64 at = clock_now(v->dev.board->clock);
    struct vga_beam b = vga_beam(v, at);
    struct picture pic = {.step = vga_lines_per_row(&v->r)};

    memset(out, 0, sizeof *out);
    out->aspect = 4.0 / 3.0;
    if (!vga_vbe_on(v) && vga_picture_off(&v->r))
        return;
    pic.width = vga_line_width(&v->r);
    pic.height = (v->t.display_lines + pic.step - 1) / pic.step;
    if (vga_vbe_on(v)) {
        vga_vbe_size(v, &pic.width, &pic.height);
    } else {
        struct vga_border border = vga_border(v, &v->r);
        pic.width += border.left + border.right;
        pic.top = border.top / pic.step;
        pic.left = border.left;
        pic.height += pic.top + border.bottom / pic.step;
    }
    if (pic.width > VGA_MAX_WIDTH)
        pic.width = VGA_MAX_WIDTH;
    if (pic.height > VGA_MAX_HEIGHT)
        pic.height = VGA_MAX_HEIGHT;
    if (!reserve(v, pic.width, pic.height))
        return;
    pic.pixels = v->pixels;
    pic.line_version = v->line_version;
    pic.version = v->picture_version + 1;

    struct vga_scan s = {.v = v, .r = v->r, .palette_stale = true};
    bool quiet = !v->change_count || change_at(v, 0)->time + 3 * v->t.frame_ns < at;
    bool written = vga_stale_collect(v);
    bool moved = memcmp(&v->sprite, &v->drawn.sprite, sizeof v->sprite) != 0;
    set_blink(&s, b.frame, flags);
    pic.stale.all = !quiet || !v->drawn.valid || v->drawn.change_head != v->change_head;
    vga_stale_begin(&pic.stale, &s);
    if (pic.stale.all || pic.stale.cursor || pic.stale.blink || written || moved) {
        if (vga_vbe_on(v))
            draw_vbe(&s, &pic);
        else if (quiet)
            draw_steady(&s, &pic);
        else
            draw_with_history(&s, &pic, b, flags);
        set_blink(&s, b.frame, flags);
        if (pic.stale.all && !vga_vbe_on(v))
            draw_border(&s, &pic);
        vga_stale_clear(v);
        v->drawn.change_head = v->change_head;
        v->drawn.cursor_shown = s.cursor_shown;
        v->drawn.blink_shown = s.blink_shown;
        v->drawn.sprite = v->sprite;
        v->drawn.valid = quiet;
        v->picture_version += pic.changed;
    }
    out->version = v->picture_version;
    out->line_version = v->line_version;
    out->pixels = v->pixels;
    out->width = pic.width;
    out->height = pic.height;
    out->text = vga_is_text(&v->r) && !v->r.x.format && !vga_vbe_on(v);
}
