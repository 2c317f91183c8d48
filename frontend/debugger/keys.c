/* keys.c - see keys.h. */
#include "frontend/debugger/keys.h"

enum { ESC = 0x1b };

/* The number before '~' in CSI sequences; 0: nothing that is known. */
static u32 numbered(unsigned n)
{
    static const u32 low[] = {0,        TERM_HOME,    TERM_INSERT,    TERM_DELETE,
                              TERM_END, TERM_PAGE_UP, TERM_PAGE_DOWN, TERM_HOME,
                              TERM_END};
    if (n < ARRAY_SIZE(low))
        return low[n];
    if (n >= 11 && n <= 15)
        return TERM_F1 + (n - 11);
    if (n >= 17 && n <= 21)
        return TERM_F1 + 5 + (n - 17);
    if (n == 23 || n == 24)
        return TERM_F1 + 10 + (n - 23);
    /* Shift with function keys, as rxvt and the Linux console have it. */
    if (n == 25 || n == 26)
        return (TERM_F1 + 2 + (n - 25)) | TERM_SHIFT;
    if (n == 28 || n == 29)
        return (TERM_F1 + 4 + (n - 28)) | TERM_SHIFT;
    return n >= 31 && n <= 34 ? (TERM_F1 + 6 + (n - 31)) | TERM_SHIFT : 0;
}

static u32 lettered(u8 c)
{
    switch (c) {
    case 'A':
        return TERM_UP;
    case 'B':
        return TERM_DOWN;
    case 'C':
        return TERM_RIGHT;
    case 'D':
        return TERM_LEFT;
    case 'H':
        return TERM_HOME;
    case 'F':
        return TERM_END;
    default:
        return c >= 'P' && c <= 'S' ? (u32)(TERM_F1 + (c - 'P')) : 0;
    }
}

/* Behind ESC [ or ESC O; `at` is the first byte there. */
static size_t sequence(const u8 *in, size_t n, size_t at, bool over, u32 *key)
{
    unsigned number[2] = {0, 0}, which = 0;
    if (at < n && in[at] == '[' && at == 2) { /* the Linux console: ESC [ [ A is F1 */
        if (at + 1 == n)
            return over ? n : 0;
        *key = in[at + 1] >= 'A' && in[at + 1] <= 'E' ? (u32)(TERM_F1 + (in[at + 1] - 'A'))
                                                      : (u32)TERM_UNKNOWN;
        return at + 2;
    }
    for (; at < n; at++) {
        u8 c = in[at];
        if (c >= '0' && c <= '9') {
            if (number[which] < 1000)
                number[which] = number[which] * 10 + (c - '0');
        } else if (c == ';') {
            which = 1;
        } else if (c >= 0x40 && c <= 0x7e) {
            u32 found = c == '~' || c == '$' ? numbered(number[0]) : lettered(c);
            bool shifted = number[1] >= 2 && number[1] <= 8; /* modifiers, plus one */
            *key = found ? found | (shifted || c == '$' ? TERM_SHIFT : 0) : (u32)TERM_UNKNOWN;
            return at + 1;
        } else if (c < 0x20 || c > 0x7e) { /* no sequence after all */
            *key = TERM_UNKNOWN;
            return at;
        }
    }
    *key = TERM_UNKNOWN;
    return over ? n : 0;
}

/* UTF-8; what is none is U+FFFD, byte by byte. */
static size_t character(const u8 *in, size_t n, bool over, u32 *key)
{
    unsigned more = in[0] >= 0xf0 && in[0] < 0xf8   ? 3
                    : in[0] >= 0xe0 && in[0] < 0xf0 ? 2
                    : in[0] >= 0xc2 && in[0] < 0xe0 ? 1
                                                    : 0;
    u32 c = more == 3 ? in[0] & 7u : more == 2 ? in[0] & 15u : more == 1 ? in[0] & 31u : in[0];
    if (!more) {
        *key = in[0] < 0x80 ? in[0] : 0xfffd;
        return 1;
    }
    for (unsigned i = 1; i <= more; i++) {
        if (i == n && !over)
            return 0;
        if (i >= n || (in[i] & 0xc0) != 0x80) {
            *key = 0xfffd;
            return 1;
        }
        c = c << 6 | (in[i] & 0x3f);
    }
    *key = c <= 0x10ffff ? c : 0xfffd;
    return more + 1;
}

size_t term_key(const u8 *in, size_t n, bool over, u32 *key)
{
    *key = TERM_UNKNOWN;
    if (!n)
        return 0;
    if (in[0] != ESC)
        return character(in, n, over, key);
    if (n == 1) {
        *key = ESC;
        return over;
    }
    if (in[1] == ESC) { /* Alt, as some send it */
        if (n > 2 && (in[2] == '[' || in[2] == 'O')) {
            size_t used = sequence(in + 1, n - 1, 2, over, key);
            *key |= used ? TERM_SHIFT : 0;
            return used ? used + 1 : 0;
        }
        *key = ESC;
        return n > 2 || over;
    }
    if (in[1] == '[' || in[1] == 'O')
        return sequence(in, n, 2, over, key);
    *key = ESC;
    return 1;
}
