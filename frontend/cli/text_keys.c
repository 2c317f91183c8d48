/*
 * text_keys.c - what a terminal sends for its keys: characters, control characters, ESC and a
 * character for Alt, and the sequences of ECMA-48 terminals (xterm, VT220, the Linux console).
 *
 * Not modelled: keys that terminals do not report (Shift alone, releases, Scroll Lock).
 */
#include "frontend/cli/text_keys.h"

#include "hw/input/keys.h"

enum { ESC = 27 };

static int by_letter(u8 c)
{
    switch (c) {
    case 'A':
        return KEY_UP;
    case 'B':
        return KEY_DOWN;
    case 'C':
        return KEY_RIGHT;
    case 'D':
        return KEY_LEFT;
    case 'E':
        return KEY_KP_5;
    case 'F':
        return KEY_END;
    case 'H':
        return KEY_HOME;
    case 'P':
    case 'Q':
    case 'R':
    case 'S':
        return KEY_F1 + (c - 'P');
    case 'Z':
        return KEY_TAB; /* with Shift */
    default:
        return KEY_NONE;
    }
}

/* ESC [ number ~ */
static int by_number(unsigned n)
{
    static const u8 keys[] = {
        [1] = KEY_HOME,     [2] = KEY_INSERT, [3] = KEY_DELETE, [4] = KEY_END,  [5] = KEY_PAGEUP,
        [6] = KEY_PAGEDOWN, [7] = KEY_HOME,   [8] = KEY_END,    [11] = KEY_F1,  [12] = KEY_F2,
        [13] = KEY_F3,      [14] = KEY_F4,    [15] = KEY_F5,    [17] = KEY_F6,  [18] = KEY_F7,
        [19] = KEY_F8,      [20] = KEY_F9,    [21] = KEY_F10,   [23] = KEY_F11, [24] = KEY_F12};
    return n < ARRAY_SIZE(keys) ? keys[n] : KEY_NONE;
}

/* The second parameter: 1 + Shift 1, Alt 2, Ctrl 4. */
static void held(struct text_key *k, unsigned modifier)
{
    unsigned bits = modifier ? modifier - 1 : 0;
    k->shift |= bits & 1;
    k->alt |= (bits & 2) != 0;
    k->ctrl |= (bits & 4) != 0;
}

/* Behind "ESC [" or "ESC O". */
static size_t sequence(const u8 *p, size_t len, struct text_key *k)
{
    unsigned number[2] = {0, 0}, at = 0;
    size_t n = 0;
    if (len >= 2 && p[0] == '[' && p[1] >= 'A' && p[1] <= 'E') { /* the Linux console */
        k->key = KEY_F1 + (p[1] - 'A');
        return 2;
    }
    for (; n < len && (p[n] < '@' || p[n] > '~'); n++) {
        if (p[n] == ';')
            at = 1;
        else if (p[n] >= '0' && p[n] <= '9' && number[at] < 1000)
            number[at] = 10 * number[at] + (p[n] - '0');
    }
    if (n == len)
        return n; /* cut off: nothing */
    held(k, number[1]);
    k->shift |= p[n] == 'Z';
    k->key = p[n] == '~' ? by_number(number[0]) : by_letter(p[n]);
    return n + 1;
}

/* A character; returns its length in bytes. */
static size_t character(const u8 *p, size_t len, const struct keyboard *layout, struct text_key *k)
{
    struct stroke stroke[KEYBOARD_STROKES];
    u32 c;
    size_t n = keyboard_utf8((const char *)p, len, &c);
    if (c == 0x7f)
        c = '\b';
    if (c == 0) {
        c = ' ';
        k->ctrl = true;
    } else if (c < ' ' && c != '\r' && c != '\n' && c != '\t' && c != '\b' && c != ESC) {
        c += '@'; /* Ctrl with @ to _ */
        c += c >= 'A' && c <= 'Z' ? 0x20 : 0;
        k->ctrl = true;
    }
    unsigned count = keyboard_strokes(layout, c, stroke);
    if (count == 0)
        return n;
    const struct stroke *last = &stroke[count - 1];
    k->key = last->key;
    k->shift |= last->shift;
    k->altgr = last->altgr;
    if (count > 1)
        k->before = stroke[0];
    return n;
}

size_t text_key_take(const u8 *p, size_t len, const struct keyboard *layout, struct text_key *k)
{
    *k = (struct text_key){0};
    if (p[0] == ESC && len >= 3 && (p[1] == '[' || p[1] == 'O'))
        return 2 + sequence(p + 2, len - 2, k);
    if (p[0] == ESC && len >= 2 && p[1] != ESC) {
        k->alt = true;
        return 1 + character(p + 1, len - 1, layout, k);
    }
    return character(p, len, layout, k);
}
