/* cells.c - see cells.h. */
#include "frontend/debugger/cells.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cells_clear(struct cells *c, unsigned width, unsigned height)
{
    c->width = width < CELLS_WIDE ? width : CELLS_WIDE;
    c->height = height < CELLS_HIGH ? height : CELLS_HIGH;
    c->cursor_x = c->cursor_y = 0;
    for (unsigned i = 0; i < c->width * c->height; i++)
        c->cell[i] = (struct cell){' ', CELL_PLAIN};
}

/* The next character at *p, which moves behind it. */
static u32 next_code(const char **p)
{
    const u8 *b = (const u8 *)*p;
    unsigned more = b[0] >= 0xf0 ? 3 : b[0] >= 0xe0 ? 2 : b[0] >= 0xc0 ? 1 : 0;
    u32 code = more == 3 ? b[0] & 7u : more == 2 ? b[0] & 15u : more == 1 ? b[0] & 31u : b[0];
    (*p)++;
    if (b[0] < 0x80)
        return b[0] < ' ' || b[0] == 0x7f ? 0xfffd : b[0];
    for (unsigned i = 1; i <= more; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return 0xfffd;
        code = code << 6 | (b[i] & 0x3f);
    }
    *p += more;
    return more && code >= 0xa0 && code <= 0x10ffff ? code : 0xfffd;
}

unsigned cells_put(struct cells *c, unsigned x, unsigned y, unsigned room, unsigned look,
                   const char *text)
{
    unsigned end = x + room < c->width ? x + room : c->width;
    if (y >= c->height)
        return x;
    while (*text && x < end)
        c->cell[y * c->width + x++] = (struct cell){next_code(&text), (u8)look};
    return x;
}

unsigned cells_printf(struct cells *c, unsigned x, unsigned y, unsigned room, unsigned look,
                      const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return cells_put(c, x, y, room, look, text);
}

void cells_look(struct cells *c, unsigned x, unsigned y, unsigned room, unsigned look)
{
    for (unsigned i = x; y < c->height && i < c->width && i - x < room; i++)
        c->cell[y * c->width + i].look = (u8)look;
}

/* ---- out ---- */

static void put_code(FILE *out, u32 code)
{
    if (code < 0x80) {
        fputc((int)code, out);
    } else if (code < 0x800) {
        fprintf(out, "%c%c", (int)(0xc0 | code >> 6), (int)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        fprintf(out, "%c%c%c", (int)(0xe0 | code >> 12), (int)(0x80 | (code >> 6 & 0x3f)),
                (int)(0x80 | (code & 0x3f)));
    } else {
        fprintf(out, "%c%c%c%c", (int)(0xf0 | code >> 18), (int)(0x80 | (code >> 12 & 0x3f)),
                (int)(0x80 | (code >> 6 & 0x3f)), (int)(0x80 | (code & 0x3f)));
    }
}

static void put_look(FILE *out, unsigned look)
{
    fprintf(out, "\33[0%s%s%s%sm", look & CELL_BOLD ? ";1" : "", look & CELL_REVERSE ? ";7" : "",
            look & CELL_MARK ? ";33" : "", look & CELL_DIM ? ";2" : "");
}

char *cells_update(const struct cells *c, const struct cells *before, size_t *len)
{
    char *text = NULL;
    int look = -1;
    FILE *out = open_memstream(&text, len);
    if (!out)
        return NULL;
    bool all = !before || before->width != c->width || before->height != c->height;
    fputs(all ? "\33[?25l\33[0m\33[2J" : "\33[?25l", out);
    for (unsigned y = 0; y < c->height; y++) {
        unsigned at = UINT32_MAX; /* where the terminal writes next in this line */
        for (unsigned x = 0; x < c->width; x++) {
            const struct cell *now = &c->cell[y * c->width + x];
            const struct cell *was = all ? NULL : &before->cell[y * c->width + x];
            if (was ? now->code == was->code && now->look == was->look
                    : now->code == ' ' && now->look == CELL_PLAIN)
                continue;
            if (at != x)
                fprintf(out, "\33[%u;%uH", y + 1, x + 1);
            if (look != now->look)
                put_look(out, now->look);
            look = now->look;
            put_code(out, now->code);
            at = x + 1;
        }
    }
    fprintf(out, "\33[%u;%uH\33[?25h", c->cursor_y + 1, c->cursor_x + 1);
    return fclose(out) == 0 ? text : (free(text), NULL);
}

char *cells_text(const struct cells *c)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    for (unsigned y = 0; y < c->height; y++) {
        unsigned end = c->width;
        while (end && c->cell[y * c->width + end - 1].code == ' ')
            end--;
        for (unsigned x = 0; x < end; x++)
            put_code(out, c->cell[y * c->width + x].code);
        fputc('\n', out);
    }
    return fclose(out) == 0 ? text : (free(text), NULL);
}
