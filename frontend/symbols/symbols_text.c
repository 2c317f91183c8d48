/*
 * symbols_text.c - symbols from lines of text. Each line is looked at by itself; one that is not
 * like any of these is a heading, or something that is not asked for:
 *
 *   c1000000 T _stext              System.map, nm; kallsyms adds the module: [8139too]
 *    0000:0010       main_         Watcom, Borland, Microsoft: segment and offset; Watcom marks
 *   0000:0034*      exit_          unused symbols by *, Borland absolute ones by Abs
 *                   0x00100000                start      GNU ld
 *        7C00         7C00  boot   NASM: real and virtual address
 *
 * Segment and offset of a 16-bit program count in paragraphs from where it was loaded (base=). An
 * offset of eight digits is a 32-bit program's: its segment is a number of no meaning here, and the
 * offset counts from the base.
 */
#include "frontend/symbols/symbols_text.h"

#include <string.h>

struct token {
    const char *text;
    size_t len;
};

enum { TOKENS = 4 };

/* The words of a line; what is behind the last one is not looked at. */
static unsigned cut(const char *line, size_t len, struct token *t)
{
    unsigned n = 0;
    size_t i = 0;
    while (n < TOKENS) {
        while (i < len && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r'))
            i++;
        if (i == len)
            break;
        t[n].text = line + i;
        while (i < len && line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            i++;
        t[n].len = (size_t)(line + i - t[n].text);
        n++;
    }
    return n;
}

/* All of it a number in hexadecimal, of at most 16 digits. */
static bool hex(const char *text, size_t len, u64 *v)
{
    *v = 0;
    if (len == 0 || len > 16)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
        if (d < 0)
            return false;
        *v = *v << 4 | (u64)d;
    }
    return true;
}

/* What a linker calls a symbol: no number, no operator, nothing that is not printed. */
static bool is_name(const struct token *t)
{
    static const char first[] = "_.$?@~";
    for (size_t i = 0; i < t->len; i++)
        if ((unsigned char)t->text[i] <= ' ' || (unsigned char)t->text[i] == 0x7f)
            return false;
    char c = t->text[0];
    if (t->len == 1 && !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'))
        return false;
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) || strchr(first, c);
}

/* "0000:0010", "0001:00000010*" */
static bool far(const struct token *t, u64 *lin)
{
    size_t len = t->len;
    const char *colon = memchr(t->text, ':', len);
    u64 seg, off;
    while (len && (t->text[len - 1] == '*' || t->text[len - 1] == '+'))
        len--;
    if (!colon || colon - t->text != 4)
        return false;
    size_t digits = len - (size_t)(colon + 1 - t->text);
    if (len <= (size_t)(colon + 1 - t->text) || !hex(t->text, (size_t)(colon - t->text), &seg) ||
        !hex(colon + 1, digits, &off))
        return false;
    if (digits != 4 && digits != 8)
        return false;
    *lin = digits > 4 ? off : seg * 16 + off;
    return true;
}

static bool is_code_letter(const struct token *t)
{
    return t->len == 1 && strchr("tTwWiuV", t->text[0]);
}

static bool is_word(const struct token *t, const char *word)
{
    return t->len == strlen(word) && memcmp(t->text, word, t->len) == 0;
}

enum line { LINE_OTHER, LINE_SYMBOL, LINE_DATA };

static enum line look(const struct token *t, unsigned n, u64 *lin, struct token *name)
{
    u64 ignored;
    if (n >= 3 && t[1].len == 1 && t[0].len >= 8 && hex(t[0].text, t[0].len, lin)) {
        *name = t[2];
        return is_code_letter(&t[1]) ? LINE_SYMBOL : LINE_DATA;
    }
    if (n >= 2 && far(&t[0], lin)) {
        bool marked = is_word(&t[1], "Abs") || is_word(&t[1], "idle") || is_word(&t[1], "Imp");
        *name = t[marked && n >= 3 ? 2 : 1];
        return is_word(&t[1], "Abs") || !is_name(name) ? LINE_OTHER : LINE_SYMBOL;
    }
    if (n == 2 && t[0].len > 2 && t[0].text[0] == '0' && t[0].text[1] == 'x' &&
        hex(t[0].text + 2, t[0].len - 2, lin) && is_name(&t[1])) {
        *name = t[1];
        return LINE_SYMBOL;
    }
    if (n == 3 && t[0].len >= 4 && t[0].len <= 8 && t[1].len >= 4 && t[1].len <= 8 &&
        hex(t[0].text, t[0].len, &ignored) && hex(t[1].text, t[1].len, lin) && is_name(&t[2]) &&
        !memchr(t[2].text, '.', t[2].len)) { /* a local label has a dot */
        *name = t[2];
        return LINE_SYMBOL;
    }
    return LINE_OTHER;
}

bool symbols_read_text(struct symbols *s, const char *text, size_t size, u32 base, struct err *e)
{
    struct token t[TOKENS], name;
    u64 lin = 0;
    u32 symbols = 0, data = 0, zeros = 0;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t len = end ? (size_t)(end - text) - at : size - at;
        enum line line = look(t, cut(text + at, len, t), &lin, &name);
        at += len + 1;
        data += line == LINE_DATA;
        if (line != LINE_SYMBOL || lin > UINT32_MAX)
            continue;
        symbols++;
        zeros += lin == 0;
        if (!symbols_add(s, name.text, name.len, (u32)lin + base, 0))
            return err_set(e, "too many symbols, or no memory for them");
    }
    if (symbols > 1 && zeros == symbols)
        return err_set(e, "all addresses in it are 0: Linux shows them to root only "
                          "(kernel.kptr_restrict)");
    if (!symbols)
        return err_set(e,
                       data ? "there are no symbols of code in it"
                            : "no symbols are found in it: an ELF file, a linker's map, System.map "
                              "or what nm prints is wanted");
    return true;
}
