/*
 * sdl_message.c - messages over the picture: what has happened, for some seconds, in the font of
 * the VGA BIOS. See window.h.
 */
#include "frontend/window/window.h"

#include <stdarg.h>
#include <string.h>

enum { GLYPH_W = 8, GLYPH_H = 16, SECONDS = 5, MARGIN = 8, INK = 0xffffff, PAPER = 0x303060 };

static const u8 font[256][GLYPH_H] = {
#include "font_8x16.h"
};

void window_show(void *opaque, const char *text)
{
    struct window *w = opaque;
    w->sdl.LockMutex(w->lock);
    snprintf(w->message, sizeof(w->message), "%.*s", (int)strcspn(text, "\n"), text);
    w->message_end = host_seconds() + SECONDS;
    w->message_new = true;
    w->sdl.UnlockMutex(w->lock);
}

void window_say(struct window *w, const char *fmt, ...)
{
    char text[MESSAGE];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    fprintf(stderr, "ferrite: %s\n", text);
    window_show(w, text);
}

bool window_message_changed(struct window *w)
{
    w->sdl.LockMutex(w->lock);
    bool shown = w->message_end > host_seconds();
    bool changed = w->message_new || shown != w->message_shown;
    w->message_new = false;
    w->message_shown = shown;
    w->sdl.UnlockMutex(w->lock);
    return changed;
}

/* The text in lines of `columns`; pixels are columns * 8 wide. Not ASCII: a question mark. */
static void paint(const char *text, size_t len, unsigned columns, u32 *pixels)
{
    unsigned width = columns * GLYPH_W;
    for (size_t i = 0; i < len; i++) {
        u8 c = (u8)text[i] >= ' ' && (u8)text[i] < 0x7f ? (u8)text[i] : '?';
        u32 *at = pixels + i / columns * GLYPH_H * width + i % columns * GLYPH_W;
        for (unsigned y = 0; y < GLYPH_H; y++) {
            for (unsigned x = 0; x < GLYPH_W; x++)
                at[y * width + x] = font[c][y] & 0x80 >> x ? INK : PAPER;
        }
    }
}

void window_draw_message(struct window *w)
{
    static const unsigned cell = GLYPH_W * GLYPH_H;
    char text[MESSAGE];
    w->sdl.LockMutex(w->lock);
    bool shown = w->message_end > host_seconds();
    memcpy(text, w->message, sizeof(text));
    w->sdl.UnlockMutex(w->lock);
    int ww, wh;
    w->sdl.GetRendererOutputSize(w->renderer, &ww, &wh);
    int scale = wh >= 1200 ? 2 : 1;
    int most = (ww - 2 * MARGIN) / (GLYPH_W * scale);
    size_t len = strlen(text);
    if (!shown || !len || most < 1)
        return;
    unsigned columns = len < (size_t)most ? (unsigned)len : (unsigned)most;
    unsigned rows = (unsigned)((len + columns - 1) / columns);
    u32 pixels[2 * MESSAGE * GLYPH_W * GLYPH_H];
    if (rows * columns > sizeof(pixels) / sizeof(pixels[0]) / cell)
        return;
    for (unsigned i = 0; i < rows * columns * cell; i++)
        pixels[i] = PAPER;
    paint(text, len, columns, pixels);
    w->sdl.SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "nearest");
    SDL_Texture *t =
        w->sdl.CreateTexture(w->renderer, SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_STATIC,
                             (int)(columns * GLYPH_W), (int)(rows * GLYPH_H));
    if (!t)
        return;
    SDL_Rect to = {MARGIN, 0, (int)(columns * GLYPH_W) * scale, (int)(rows * GLYPH_H) * scale};
    to.y = wh - MARGIN - to.h;
    if (w->sdl.UpdateTexture(t, NULL, pixels, (int)(columns * GLYPH_W * sizeof(u32))) == 0)
        w->sdl.RenderCopy(w->renderer, t, NULL, &to);
    w->sdl.DestroyTexture(t);
}
