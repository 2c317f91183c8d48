/*
 * cirrus_blit.c - the CL-GD5446's blitter: start, data from and to the processor, the time it
 * takes. CL-GD5446 Technical Reference Manual, chapter 9 "BitBLT engine", GR20-GR33; what becomes
 * of a line is in cirrus_line.c.
 *
 * A blit of the usual size is drawn when it starts and seen as busy for as long as the chip would
 * need; of a large one the first megabyte, and the rest in slices as their time comes; nothing at
 * once for a program that does not wait and has got some milliseconds ahead of the chip. Registers
 * are taken over at the start. A start while lines are left waits for its turn, as with the chip's
 * second set of registers.
 *
 * Data of the processor come in double words. A line begins with a new one, except colour
 * expansion without GR33 bit 0, where it begins with the next byte; what is left of the last
 * access is dropped. Addresses wrap at the end of memory.
 *
 * Lines are drawn from the top even where the manual allows one order only: patterns and colour
 * expansion know no other direction. What the manual does not allow draws nothing: both ends in
 * the processor, colour or pattern towards it, a key colour with 24 or 32 bits.
 *
 * Not modelled: GR33 bits 3 and 4 (clipping of the background only, waiting for the retrace).
 */
#include "hw/video/cirrus_internal.h"
#include <string.h>

enum { AT_ONCE = 1 << 20, SLICE = 256 << 10 }; /* bytes */
enum { BEHIND = 5 * NS_PER_MS };

/* ---- what it is ---- */

static bool possible(const struct cirrus_blit *b)
{
    u8 mode = b->r[GR_BLIT_MODE];

    if (mode & MODE_TO_SYSTEM)
        return !(mode & (MODE_FROM_SYSTEM | MODE_PATTERN | MODE_EXPAND));
    return !(mode & MODE_TRANSPARENT) || (mode & (MODE_PATTERN | MODE_EXPAND)) ||
           cirrus_blit_pixel(b) <= 2;
}

/* Bytes that the processor writes for a line (or the pattern), or reads. */
static u32 data_size(const struct cirrus_blit *b)
{
    u8 mode = b->r[GR_BLIT_MODE];
    u32 width = cirrus_blit_width(b), drop = b->r[GR_SKIP] >> 5 & 3;

    if (mode & MODE_PATTERN)
        return cirrus_pattern_size(b);
    if (mode & MODE_TO_SYSTEM)
        return (width + 3) & ~3u;
    if (mode & MODE_EXPAND) {
        width = (width / cirrus_blit_pixel(b) + 7) / 8;
        width = width ? width : 1;
        if (!(b->r[GR_BLIT_EXTENSIONS] & EXTENSION_DWORDS))
            return width + drop;
    }
    return (width + drop + 3) & ~3u;
}

/* How long the chip is at a line: eight bytes take two clocks of its memory. */
static u64 line_ns(const struct cirrus *c)
{
    const struct cirrus_blit *b = &c->blit;
    bool reads = !(b->r[GR_BLIT_MODE] & (MODE_PATTERN | MODE_EXPAND | MODE_FROM_SYSTEM));
    bool mixes = b->r[GR_ROP] != 0x0d && b->r[GR_ROP] != 0x00 && b->r[GR_ROP] != 0x0e;
    u64 accesses = (cirrus_blit_width(b) / 8 + 1) * (1u + reads + mixes);
    u64 clock = (c->sr[0x1f] & 0x3f ? c->sr[0x1f] & 0x3f : 1) * (14318180ull / 8);

    return accesses * 2 * NS_PER_SEC / clock;
}

static u64 now(const struct cirrus *c)
{
    return clock_now(c->vga.dev.board->clock);
}

/* ---- lines ---- */

static void next_line(struct cirrus_blit *b)
{
    u8 mode = b->r[GR_BLIT_MODE];
    bool down = (mode & MODE_DECREMENT) && !(mode & (MODE_PATTERN | MODE_EXPAND));
    u32 to = cirrus_blit_word(b->r, GR_TO_PITCH), from = cirrus_blit_word(b->r, GR_FROM_PITCH);

    b->to += down ? 0 - to : to;
    b->row = (b->row + 1) & 7;
    b->lines--;
    if (mode & MODE_PATTERN)
        return;
    if (mode & MODE_EXPAND) /* monochrome lines follow one another */
        b->from += (cirrus_blit_width(b) / cirrus_blit_pixel(b) + 7) / 8;
    else
        b->from += down ? 0 - from : from;
}

static void start(struct cirrus *c, const u8 *r);

static void finish(struct cirrus *c)
{
    struct cirrus_blit *b = &c->blit;
    bool waited = b->phase == BLIT_TAKES_DATA || b->phase == BLIT_GIVES_DATA;

    b->phase = BLIT_IDLE;
    b->own_pattern = 0;
    b->count = b->need = 0;
    c->gr[GR_BLIT] &= (u8)~BLIT_START;
    if (waited)
        vga_mem_update(&c->vga); /* memory is memory again */
    if (b->queued) {
        u8 r[CIRRUS_GR];
        memcpy(r, b->next, sizeof r);
        b->queued = 0;
        start(c, r);
    }
}

/* Draw lines while there are some, up to `bytes` of them. */
static void draw(struct cirrus *c, u32 bytes)
{
    struct cirrus_blit *b = &c->blit;
    u32 width = cirrus_blit_width(b), drawn = 0;

    while (b->lines && drawn < bytes) {
        cirrus_blit_line(c);
        b->busy_until += line_ns(c);
        drawn += width < 64 ? 64 : width; /* a line costs something, however short */
        next_line(b);
    }
    if (b->lines)
        timer_arm(&c->slice, b->busy_until);
    else
        finish(c);
}

void cirrus_blit_slice(void *dev)
{
    struct cirrus *c = dev;
    if (c->blit.phase == BLIT_SCREEN)
        draw(c, SLICE);
}

static void start(struct cirrus *c, const u8 *r)
{
    struct cirrus_blit *b = &c->blit;
    u8 mode = r[GR_BLIT_MODE];

    memcpy(b->r, r, sizeof b->r);
    b->r[GR_WIDTH + 1] &= 0x1f; /* what the registers have; a snapshot may say more */
    b->r[GR_HEIGHT + 1] &= 0x07;
    if (!possible(b)) {
        log_at(c->vga.dev.board->log, LOG_GUEST, "cirrus: no blit with mode %02x", mode);
        finish(c);
        return;
    }
    c->gr[GR_BLIT] |= BLIT_START;
    b->to = get_le32(r + GR_TO) & 0x3fffff;
    b->from = get_le32(r + GR_FROM) & 0x3fffff;
    b->lines = cirrus_blit_word(r, GR_HEIGHT) + 1;
    b->row = b->from & 7;
    b->count = b->own_pattern = 0;
    if (b->busy_until < now(c))
        b->busy_until = now(c);
    b->need = data_size(b);
    if (mode & (MODE_FROM_SYSTEM | MODE_TO_SYSTEM)) {
        b->phase = mode & MODE_FROM_SYSTEM ? BLIT_TAKES_DATA : BLIT_GIVES_DATA;
        if (b->phase == BLIT_GIVES_DATA)
            cirrus_blit_fetch(c);
        vga_mem_update(&c->vga);
        return;
    }
    b->phase = BLIT_SCREEN;
    draw(c, b->busy_until > now(c) + BEHIND ? 0 : AT_ONCE);
}

/* ---- control ---- */

static void trigger(struct cirrus *c)
{
    struct cirrus_blit *b = &c->blit;

    if (b->phase == BLIT_SCREEN) {
        memcpy(b->next, c->gr, sizeof b->next);
        b->queued = 1;
        return;
    }
    if (b->phase == BLIT_IDLE) /* else it waits for its data */
        start(c, c->gr);
}

void cirrus_blit_reset(struct cirrus *c)
{
    c->blit.queued = 0;
    c->blit.busy_until = 0;
    timer_disarm(&c->slice);
    if (c->blit.phase != BLIT_IDLE)
        finish(c);
}

void cirrus_blit_control(struct cirrus *c, u8 value)
{
    enum { KEPT = BLIT_AUTOSTART | BLIT_APERTURE | BLIT_PAUSED | 0x08 };
    u8 old = c->gr[GR_BLIT];

    c->gr[GR_BLIT] = (value & KEPT) | (old & BLIT_START);
    if (value & BLIT_RESET)
        cirrus_blit_reset(c);
    else if (value & BLIT_START)
        trigger(c);
    if ((value ^ old) & (BLIT_APERTURE | BLIT_PAUSED))
        vga_mem_update(&c->vga);
}

void cirrus_blit_autostart(struct cirrus *c)
{
    if (c->gr[GR_BLIT] & BLIT_AUTOSTART)
        trigger(c);
}

u8 cirrus_blit_status(const struct cirrus *c)
{
    bool busy = c->blit.phase != BLIT_IDLE || c->blit.busy_until > now(c);
    return (u8)(c->gr[GR_BLIT] | (busy ? BLIT_BUSY : 0) | (c->blit.queued ? BLIT_QUEUED : 0));
}

/* ---- data ---- */

static bool open_to(const struct cirrus *c, u8 phase, bool aperture)
{
    return c->blit.phase == phase && !(c->gr[GR_BLIT] & BLIT_PAUSED) &&
           (aperture || !(c->gr[GR_BLIT] & BLIT_APERTURE));
}

bool cirrus_blit_takes(const struct cirrus *c, bool aperture)
{
    return open_to(c, BLIT_TAKES_DATA, aperture);
}

bool cirrus_blit_gives(const struct cirrus *c, bool aperture)
{
    return open_to(c, BLIT_GIVES_DATA, aperture);
}

/* The pattern is complete: the rest is between chip and screen. */
static void pattern_complete(struct cirrus *c)
{
    c->blit.phase = BLIT_SCREEN;
    c->blit.own_pattern = 1;
    if (c->blit.busy_until < now(c))
        c->blit.busy_until = now(c);
    vga_mem_update(&c->vga);
    draw(c, AT_ONCE);
}

void cirrus_blit_put(struct cirrus *c, u32 value, unsigned size)
{
    struct cirrus_blit *b = &c->blit;

    for (unsigned i = 0; i < size && b->phase == BLIT_TAKES_DATA; i++, value >>= 8) {
        b->data[b->count++] = (u8)value;
        if (b->count < b->need)
            continue;
        if (b->r[GR_BLIT_MODE] & MODE_PATTERN) {
            pattern_complete(c);
            return;
        }
        cirrus_blit_line(c);
        b->count = 0;
        next_line(b);
        if (!b->lines)
            finish(c);
    }
}

u32 cirrus_blit_get(struct cirrus *c, unsigned size)
{
    struct cirrus_blit *b = &c->blit;
    u32 value = 0;

    for (unsigned i = 0; i < size && b->phase == BLIT_GIVES_DATA; i++) {
        value |= (u32)b->data[b->count++] << 8 * i;
        if (b->count < b->need)
            continue;
        b->count = 0;
        next_line(b);
        if (b->lines)
            cirrus_blit_fetch(c);
        else
            finish(c);
    }
    return value;
}

/* ---- state ---- */

void cirrus_blit_state(struct cirrus *c, struct state *s)
{
    struct cirrus_blit *b = &c->blit;

    state_u8(s, "blit_phase", &b->phase);
    state_bytes(s, "blit_registers", b->r, sizeof b->r);
    state_u32(s, "blit_to", &b->to);
    state_u32(s, "blit_from", &b->from);
    state_u32(s, "blit_lines", &b->lines);
    state_u32(s, "blit_row", &b->row);
    state_u8(s, "blit_own_pattern", &b->own_pattern);
    state_u32(s, "blit_count", &b->count);
    state_u32(s, "blit_need", &b->need);
    state_bytes(s, "blit_data", b->data, sizeof b->data);
    state_u8(s, "blit_queued", &b->queued);
    state_bytes(s, "blit_next", b->next, sizeof b->next);
    state_u64(s, "blit_busy_until", &b->busy_until);
    timer_state(&c->slice, s, "slice");
    if (!state_loading(s) || !state_ok(s))
        return;
    bool waits = b->phase == BLIT_TAKES_DATA || b->phase == BLIT_GIVES_DATA;
    if (b->phase > BLIT_GIVES_DATA || b->row > 7 || b->lines > 0x10000 ||
        cirrus_blit_width(b) > CIRRUS_LINE ||
        (b->phase != BLIT_IDLE && (!possible(b) || !b->lines || b->need != data_size(b))) ||
        b->need > sizeof b->data || (waits ? b->count >= b->need : b->count > b->need))
        state_fail(s, "cirrus: a blit in phase %u with %u lines, byte %u of %u", b->phase, b->lines,
                   b->count, b->need);
}
