/*
 * json_frame.c - where JSON objects begin and end. See json_frame.h.
 */
#include "frontend/json/json_frame.h"

#include "hw/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { AGAIN = 0xff };

static void begin_anew(struct json_frame *f)
{
    f->len = 0;
    f->depth = 0;
    f->string = f->escaped = false;
    f->last = 0;
}

/* `c` is the byte at which it was seen. */
static enum frame_state wrong(struct json_frame *f, u8 c, struct err *e, const char *why)
{
    bool words = f->depth == 0 && c != '[' && c != '\n';
    begin_anew(f);
    f->skip = c == '\n' || c == AGAIN ? SKIP_NO : words ? SKIP_TO_BRACE : SKIP_TO_LINE;
    err_set(e, "%s", why);
    return FRAME_WRONG;
}

static bool keep(struct json_frame *f, u8 c)
{
    if (!ARRAY_ROOM(f->text, f->capacity, f->len + 1))
        return false;
    f->text[f->len++] = (char)c;
    return true;
}

/* Is c left out? */
static bool skips(struct json_frame *f, u8 c)
{
    if (f->skip == SKIP_NO)
        return false;
    if (c == '[') /* of a bomb not every bracket is an error */
        f->skip = SKIP_TO_LINE;
    if (f->skip == SKIP_TO_BRACE && c == '{') {
        f->skip = SKIP_NO;
        return false;
    }
    if (c == '\n')
        f->skip = SKIP_NO;
    return true;
}

/* Half a text, and then another one? */
static bool begins_another(const struct json_frame *f, u8 c)
{
    return c == '{' && f->depth > 0 && !f->string && !strchr("[,:", f->last);
}

static bool is_blank(u8 c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The state after c, inside of a text. NULL: fine; else what is wrong. */
static const char *follow(struct json_frame *f, u8 c)
{
    if (f->string) {
        if (f->escaped)
            f->escaped = false;
        else if (c == '\\')
            f->escaped = true;
        else if (c == '"')
            f->string = false;
        return c < ' ' ? "a control character (a line's end?) inside of a string" : NULL;
    }
    f->last = is_blank(c) ? f->last : c;
    switch (c) {
    case '"':
        f->string = true;
        return NULL;
    case '{':
    case '[':
        if (f->depth == FRAME_DEPTH)
            return "nested too deeply, more than 32 levels";
        f->arrays = (f->arrays & ~(1u << f->depth)) | (u32)(c == '[') << f->depth;
        f->depth++;
        return NULL;
    case '}':
    case ']':
        f->depth--;
        return (f->arrays >> f->depth & 1) == (c == ']') ? NULL
                                                         : "a closing bracket of the wrong kind";
    default:
        return NULL;
    }
}

enum frame_state json_frame_take(struct json_frame *f, const u8 *data, size_t len, size_t *used,
                                 struct err *e)
{
    if (f->depth == 0)
        begin_anew(f);
    for (size_t i = 0; i < len; i++) {
        u8 c = data[i];
        *used = i + 1;
        if (c == AGAIN) {
            f->skip = SKIP_NO;
            if (f->depth > 0)
                return wrong(f, c, e, "begun anew (byte FFh) inside of an object");
            continue;
        }
        if (skips(f, c) || (f->depth == 0 && is_blank(c)))
            continue;
        if (f->depth == 0 && c != '{')
            return wrong(f, c, e, "an object is expected, { ... }");
        if (begins_another(f, c)) {
            *used = i;
            begin_anew(f);
            err_set(e, "an object that has no end before the next one begins");
            return FRAME_WRONG;
        }
        if (f->len == FRAME_BYTES)
            return wrong(f, c, e, "longer than 1 MB");
        if (!keep(f, c))
            return wrong(f, c, e, "out of memory");
        const char *why = follow(f, c);
        if (why)
            return wrong(f, c, e, why);
        if (f->depth == 0)
            return FRAME_TEXT;
    }
    *used = len;
    return FRAME_MORE;
}

bool json_frame_open(const struct json_frame *f)
{
    return f->depth > 0;
}

void json_frame_free(struct json_frame *f)
{
    free(f->text);
    *f = (struct json_frame){.text = NULL};
}
