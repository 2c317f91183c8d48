/*
 * status.c - the status line and messages. See menu_draw.h.
 *
 * A drive that was used is marked for a third of a second, so that short accesses are seen and long
 * ones do not flicker: '*' for reading, '!' for writing.
 */
#include "frontend/view/menu_draw.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_SECONDS 0.35

enum { ROOM = 3 }; /* dots above and below */

struct line {
    char *text;
    size_t size, len;
};

static void say(struct line *l, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void say(struct line *l, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(l->text + l->len, l->size - l->len, fmt, args);
    va_end(args);
    if (n > 0)
        l->len = l->len + (size_t)n < l->size ? l->len + (size_t)n : l->size - 1;
}

/* A counter that went down belongs to another medium: it counts from there. */
static void look(u64 *seen, u64 value, double *until, double now)
{
    if (value > *seen)
        *until = now + SHOWN_SECONDS;
    *seen = value;
}

static void say_drives(struct status *s, struct line *l, const struct facts *f, double now)
{
    for (unsigned i = 0; i < f->drives && i < FACTS_DRIVES; i++) {
        const struct fact_drive *d = &f->drive[i];
        look(&s->read[i], d->read, &s->reading[i], now);
        look(&s->written[i], d->written, &s->writing[i], now);
        char mark = s->writing[i] > now ? '!' : s->reading[i] > now ? '*' : ' ';
        if (d->medium[0])
            say(l, "%s%c ", d->label, mark);
    }
}

bool status_urgent(const struct facts *f)
{
    return f->stopped || f->fast || f->video[0] || (f->limiter[0] && f->percent < 90);
}

bool status_update(struct status *s, const struct facts *f, const struct settings *settings,
                   double now)
{
    char text[sizeof(s->text)] = "", key[sizeof(s->key)];
    struct line l = {text, sizeof(text), 0};
    if (!f->on)
        say(&l, "power off \xe2\x94\x82 ");
    else if (f->stopped)
        say(&l, "paused \xe2\x94\x82 ");
    /* What one must know comes first: at the end of a narrow window it would be cut off. */
    if (f->captured)
        say(&l, "mouse captured: %s frees it \xe2\x94\x82 ", f->release);
    if (f->video[0])
        say(&l, "rec %u:%02u \xe2\x94\x82 ", f->recorded / 60, f->recorded % 60);
    say_drives(s, &l, f, now);
    say(&l, "\xe2\x94\x82 ");
    if (f->fast && !f->stopped)
        say(&l, "fast forward ");
    bool named = strncmp(f->speed, "As fast", 7) != 0; /* a machine or a number is worth its room */
    say(&l, "%s%s %u %%", named ? f->speed : "speed", named ? " at" : "",
        f->stopped ? 0 : f->percent);
    if (f->limiter[0] && !f->stopped)
        say(&l, ": %s", f->limiter);
    say(&l, " \xe2\x94\x82 ");
    if (!f->sound)
        say(&l, "no sound");
    else if (settings->mute)
        say(&l, "mute");
    else
        say(&l, "sound %d %%", settings->volume);
    if (f->recording)
        say(&l, ", recorded");
    if (f->network) {
        look(&s->sent, f->sent, &s->sending, now);
        look(&s->received, f->received, &s->receiving, now);
        say(&l, " \xe2\x94\x82 net%c%c", s->sending > now ? '^' : ' ',
            s->receiving > now ? 'v' : ' ');
    }
    if (!f->captured)
        say(&l, " \xe2\x94\x82 mouse free");
    if (f->menu_key[0])
        snprintf(key, sizeof(key), "%s: menu", f->menu_key);
    else
        snprintf(key, sizeof(key), "right click: menu");
    bool changed = strcmp(text, s->text) != 0 || strcmp(key, s->key) != 0;
    memcpy(s->text, text, sizeof(text));
    memcpy(s->key, key, sizeof(key));
    return changed;
}

bool status_draw(const struct status *s, struct canvas *c, int w)
{
    if (w < 2 * GLYPH_W || !canvas_resize(c, w, GLYPH_H + 2 * ROOM))
        return false;
    int columns = w / GLYPH_W, keys = canvas_columns(s->key);
    canvas_fill(c, 0, 0, w, c->height, VIEW_PAPER);
    canvas_fill(c, 0, 0, w, 1, VIEW_DIM);
    if (columns < 2 * keys + 10)
        keys = 0;
    canvas_text(c, GLYPH_W / 2, ROOM, VIEW_INK, columns - 2 - keys, s->text);
    if (keys)
        canvas_text(c, w - keys * GLYPH_W - GLYPH_W / 2, ROOM, VIEW_MARK, keys, s->key);
    return true;
}

/* ---- messages ---- */

/* Where a line of at most `columns` glyphs ends: at a blank if there is one in its second half. */
static size_t line_end(const char *text, int columns)
{
    size_t i = 0, blank = 0;
    int n = 0;
    for (; text[i] && n <= columns; i++) {
        if (text[i] == ' ' && n > columns / 2)
            blank = i;
        if (((u8)text[i + 1] & 0xc0) != 0x80)
            n++;
    }
    return n <= columns ? i : blank ? blank : i - 1;
}

int message_height(int lines)
{
    return lines * GLYPH_H + 2 * ROOM;
}

bool message_draw(struct canvas *c, const char *text, int w)
{
    enum { MOST = 8 };
    char line[MOST][400];
    int columns = w / GLYPH_W - 2, lines = 0, widest = 0;
    if (columns < 1 || !*text)
        return false;
    for (; *text && lines < MOST; lines++) {
        size_t n = line_end(text, columns);
        n = n < sizeof(line[0]) ? n : sizeof(line[0]) - 1;
        memcpy(line[lines], text, n);
        line[lines][n] = 0;
        int wide = canvas_columns(line[lines]);
        widest = wide > widest ? wide : widest;
        text += n;
        text += *text == ' ';
    }
    if (!canvas_resize(c, (widest + 2) * GLYPH_W, message_height(lines)))
        return false;
    canvas_fill(c, 0, 0, c->width, c->height, VIEW_PAPER);
    canvas_frame(c, 0, 0, c->width, c->height, VIEW_INK);
    for (int i = 0; i < lines; i++)
        canvas_text(c, GLYPH_W, ROOM + i * GLYPH_H, VIEW_INK, columns, line[i]);
    return true;
}
