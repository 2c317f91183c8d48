/*
 * fuzz_symbols.c - files of symbols of any content: ELF files with damaged tables, maps with lines
 * of all kinds. They are refused with one line that names the file, or every address leads to a
 * name that ends, and to a symbol at or below it.
 */
#include "frontend/symbols/symbols.h"
#include "hw/base/elf32.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
    "c1000000 T ",     "c1000010 t ", "c1000020 D ", "0000:0010  ", "0001:00000010 ",
    " 0002:0004 Abs ", "idle ",       "\n",          "\r\n",        "            7C00  7C00  ",
    "0x00100000 ",     "main_",       "_start",      ". = ",        "ffffffff T ",
    "100000000 T ",    "\t[mod]",     " ",           "::",          "0000:ffff* "};

static size_t text_of(struct choices *c, u8 *out, size_t room)
{
    size_t n = 0;
    while (choices_left(c) && n + 40 < room) {
        u8 b = choose8(c);
        if (b == 0xff)
            break;
        if (b < 0x60)
            out[n++] = b + 0x20;
        else
            n += (size_t)snprintf((char *)out + n, 40, "%s", words[b % ARRAY_SIZE(words)]);
    }
    return n;
}

/* A file with one section of code and a table of symbols, and then fields that are others. */
static size_t elf_of(struct choices *c, u8 *f)
{
    enum { SIZE = 640, SECTIONS = 256, TABLE = 420, NAMES = 560 };
    memset(f, 0, SIZE);
    memcpy(f, "\177ELF\1\1\1", 7);
    put_le16(f + 18, 3);
    put_le32(f + 32, SECTIONS);
    put_le16(f + 46, 40);
    put_le16(f + 48, 4);
    put_le32(f + SECTIONS + 40 + 8, 6);
    put_le32(f + SECTIONS + 80 + 4, 2);
    put_le32(f + SECTIONS + 80 + 16, TABLE);
    put_le32(f + SECTIONS + 80 + 20, 8 * 16);
    put_le32(f + SECTIONS + 80 + 24, 3);
    put_le32(f + SECTIONS + 120 + 16, NAMES);
    put_le32(f + SECTIONS + 120 + 20, 80);
    for (unsigned i = 0; i < 8; i++) {
        u8 *p = f + TABLE + 16 * i;
        put_le32(p, choose8(c) % 90);
        put_le32(p + 4, choose32(c));
        put_le32(p + 8, choose16(c));
        p[12] = choose8(c) & 3;
        put_le16(p + 14, choose8(c) & 3);
    }
    for (unsigned i = 0; i < 79; i++)
        f[NAMES + i] = choose8(c) & 0x7f;
    for (unsigned i = choose8(c) & 7; i; i--)
        f[choose16(c) % SIZE] = choose8(c);
    return choose8(c) & 1 ? SIZE : choose16(c) % SIZE;
}

static void look_up(const struct symbols *s, u32 lin)
{
    u32 n = symbols_at(s, lin);
    if (n > symbols_count(s))
        abort();
    if (n && (symbols_address(s, n) > lin || strlen(symbols_name(s, n)) > 255))
        abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    static u8 room[70000];
    struct symbols *s = symbols_new();
    struct err e;
    if (!s)
        abort();
    for (unsigned files = 0; files < 3; files++) {
        size_t n = choose8(&c) & 1 ? elf_of(&c, room) : text_of(&c, room, sizeof(room));
        u8 *exact = malloc(n ? n : 1); /* for a sanitizer to see its end */
        if (!exact)
            abort();
        memcpy(exact, room, n);
        u32 before = symbols_count(s);
        if (symbols_read(s, "a file", exact, n, choose8(&c) << 8, &e)) {
            for (u32 k = before + 1; k <= symbols_count(s); k++) {
                look_up(s, symbols_address(s, k));
                look_up(s, symbols_address(s, k) - 1);
            }
        } else if (strncmp(e.text, "-symbols a file: ", 17) != 0 || strchr(e.text, '\n') ||
                   symbols_count(s) != before) {
            abort();
        }
        free(exact);
    }
    look_up(s, 0);
    look_up(s, 0xffffffffu);
    symbols_free(s);
    return 0;
}
