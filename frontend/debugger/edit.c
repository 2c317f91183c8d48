/* edit.c - see edit.h. Keys as in Emacs and in libedit. */
#include "frontend/debugger/edit.h"

#include "frontend/debugger/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CTRL(c) ((c)&0x1f)

void edit_free(struct edit *e)
{
    while (e->count)
        free(e->history[--e->count]);
}

static bool inside(char c)
{
    return ((u8)c & 0xc0) == 0x80;
}

static size_t before(const struct edit *e, size_t at)
{
    while (at && inside(e->line[--at]))
        ;
    return at;
}

static size_t after(const struct edit *e, size_t at)
{
    if (at < e->len)
        at++;
    while (at < e->len && inside(e->line[at]))
        at++;
    return at;
}

static void remove_bytes(struct edit *e, size_t from, size_t to)
{
    memmove(e->line + from, e->line + to, e->len - to + 1);
    e->len -= to - from;
    e->at = from;
}

static void insert(struct edit *e, const char *text, size_t n)
{
    if (e->len + n >= sizeof(e->line))
        return;
    memmove(e->line + e->at + n, e->line + e->at, e->len - e->at + 1);
    memcpy(e->line + e->at, text, n);
    e->len += n;
    e->at += n;
}

static void insert_code(struct edit *e, u32 c)
{
    char b[4];
    size_t n = 0;
    if (c < 0x80) {
        b[n++] = (char)c;
    } else {
        unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        b[n++] = (char)((more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0) | c >> 6 * more);
        while (more--)
            b[n++] = (char)(0x80 | (c >> 6 * more & 0x3f));
    }
    insert(e, b, n);
}

static void show(struct edit *e, unsigned which)
{
    if (e->shown == e->count)
        memcpy(e->kept, e->line, sizeof(e->kept));
    e->shown = which;
    snprintf(e->line, sizeof(e->line), "%s", which < e->count ? e->history[which] : e->kept);
    e->len = e->at = strlen(e->line);
}

static void erase_word(struct edit *e)
{
    size_t from = e->at;
    while (from && e->line[from - 1] == ' ')
        from--;
    while (from && e->line[from - 1] != ' ')
        from--;
    remove_bytes(e, from, e->at);
}

bool edit_key(struct edit *e, u32 key)
{
    switch (key) {
    case TERM_LEFT:
    case CTRL('B'):
        e->at = before(e, e->at);
        return true;
    case TERM_RIGHT:
    case CTRL('F'):
        e->at = after(e, e->at);
        return true;
    case TERM_HOME:
    case CTRL('A'):
        e->at = 0;
        return true;
    case TERM_END:
    case CTRL('E'):
        e->at = e->len;
        return true;
    case 0x7f:
    case '\b':
        if (e->at)
            remove_bytes(e, before(e, e->at), e->at);
        return true;
    case TERM_DELETE:
        if (e->at < e->len) {
            size_t at = e->at;
            remove_bytes(e, at, after(e, at));
        }
        return true;
    case CTRL('K'):
        e->line[e->len = e->at] = 0;
        return true;
    case CTRL('U'):
        remove_bytes(e, 0, e->at);
        return true;
    case CTRL('W'):
        erase_word(e);
        return true;
    case TERM_UP:
    case CTRL('P'):
        if (e->shown)
            show(e, e->shown - 1);
        return true;
    case TERM_DOWN:
    case CTRL('N'):
        if (e->shown < e->count)
            show(e, e->shown + 1);
        return true;
    default:
        if (key < ' ' || key > 0x10ffff)
            return false;
        insert_code(e, key);
        return true;
    }
}

const char *edit_take(struct edit *e)
{
    bool again = e->count && strcmp(e->history[e->count - 1], e->line) == 0;
    char *copy = e->len && !again ? strdup(e->line) : NULL;
    if (copy && e->count == EDIT_HISTORY) {
        free(e->history[0]);
        memmove(&e->history[0], &e->history[1], sizeof(e->history) - sizeof(e->history[0]));
        e->count--;
    }
    if (copy)
        e->history[e->count++] = copy;
    e->shown = e->count;
    memcpy(e->kept, e->line, sizeof(e->kept));
    e->line[0] = 0;
    e->len = e->at = 0;
    return e->kept;
}

void edit_replace(struct edit *e, size_t from, const char *text)
{
    if (from > e->at)
        return;
    size_t n = strlen(text);
    if (e->len - (e->at - from) + n >= sizeof(e->line))
        return;
    remove_bytes(e, from, e->at);
    insert(e, text, n);
}

unsigned edit_column(const struct edit *e)
{
    unsigned n = 0;
    for (size_t i = 0; i < e->at; i++)
        n += !inside(e->line[i]);
    return n;
}
