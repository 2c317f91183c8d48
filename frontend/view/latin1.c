/*
 * latin1.c - see latin1.h. Most are a letter with an accent, put together as the font itself does
 * it (bios/font/8x16.txt): over small letters the accent stands on rows 1 to 3; a capital gives one
 * of its rows away and has it on rows 0 and 1.
 */
#include "frontend/view/latin1.h"

#include <string.h>

enum accent { NO_ACCENT, GRAVE, ACUTE, CIRCUMFLEX, TILDE, DIAERESIS, RING };

/* Rows 1 to 3, rows 0 and 1; I and i are narrower, their stem is at columns 3 and 4. */
static const struct {
    u8 small[3], capital[2];
} accents[] = {
    [GRAVE] = {{0x30, 0x18, 0x00}, {0x30, 0x18}},      [ACUTE] = {{0x0c, 0x18, 0x00}, {0x0c, 0x30}},
    [CIRCUMFLEX] = {{0x10, 0x38, 0x6c}, {0x38, 0x6c}}, [TILDE] = {{0x00, 0x76, 0xdc}, {0x76, 0xdc}},
    [DIAERESIS] = {{0x00, 0xc6, 0xc6}, {0xc6, 0xc6}},  [RING] = {{0x38, 0x28, 0x38}, {0x38, 0x38}},
};

/* U+00C0 to U+00FF. */
static const struct {
    char letter;
    u8 accent;
} letters[64] = {
    {'A', GRAVE},
    {'A', ACUTE},
    {'A', CIRCUMFLEX},
    {'A', TILDE},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {'E', GRAVE},
    {0, 0},
    {'E', CIRCUMFLEX},
    {'E', DIAERESIS},
    {'I', GRAVE},
    {'I', ACUTE},
    {'I', CIRCUMFLEX},
    {'I', DIAERESIS},
    {0, 0},
    {0, 0},
    {'O', GRAVE},
    {'O', ACUTE},
    {'O', CIRCUMFLEX},
    {'O', TILDE},
    {0, 0},
    {0, 0},
    {0, 0},
    {'U', GRAVE},
    {'U', ACUTE},
    {'U', CIRCUMFLEX},
    {0, 0},
    {'Y', ACUTE},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {'a', TILDE},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {'o', TILDE},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {0, 0},
    {'y', ACUTE},
    {0, 0},
    {0, 0},
};

/* Drawn as a whole, from row `top` on. */
static const struct {
    u8 code, top, rows;
    u8 bits[14];
} signs[] = {
    {0xa4, 4, 7, {0xc6, 0x7c, 0x6c, 0x6c, 0x6c, 0x7c, 0xc6}},                    /* currency */
    {0xa6, 2, 10, {0x18, 0x18, 0x18, 0x18, 0x00, 0x00, 0x18, 0x18, 0x18, 0x18}}, /* bar */
    {0xa8, 2, 2, {0x6c, 0x6c}},                                                  /* diaeresis */
    {0xa9, 2, 10, {0x3c, 0x42, 0x9d, 0xa1, 0xa1, 0xa1, 0xa1, 0x9d, 0x42, 0x3c}}, /* copyright */
    {0xad, 7, 1, {0x7c}},                                                        /* hyphen */
    {0xae, 2, 10, {0x3c, 0x42, 0xb9, 0xa5, 0xa5, 0xb9, 0xa9, 0xa5, 0x42, 0x3c}}, /* registered */
    {0xaf, 2, 1, {0x7e}},                                                        /* macron */
    {0xb3, 2, 6, {0x78, 0x0c, 0x38, 0x0c, 0x0c, 0x78}},                          /* 3, above */
    {0xb4, 2, 2, {0x0c, 0x18}},                                                  /* acute */
    {0xb8, 12, 3, {0x18, 0x0c, 0x38}},                                           /* cedilla */
    {0xb9, 2, 6, {0x30, 0x70, 0x30, 0x30, 0x30, 0x78}},                          /* 1, above */
    {0xbe, 2, 11, {0xe0, 0x30, 0x62, 0x36, 0xec, 0x18, 0x36, 0x6e, 0xd6, 0x9f, 0x06}}, /* 3/4 */
    {0xd0, 2, 10, {0xf8, 0x6c, 0x66, 0x66, 0xf6, 0x66, 0x66, 0x66, 0x6c, 0xf8}},       /* Eth */
    {0xd7, 5, 7, {0x00, 0xc6, 0x6c, 0x38, 0x38, 0x6c, 0xc6}},                          /* times */
    {0xd8,
     1,
     12,
     {0x02, 0x7c, 0xc6, 0xce, 0xce, 0xd6, 0xd6, 0xe6, 0xe6, 0xc6, 0x7c, 0x80}},        /* O/ */
    {0xde, 2, 10, {0xc0, 0xc0, 0xfc, 0xc6, 0xc6, 0xc6, 0xfc, 0xc0, 0xc0, 0xc0}},       /* Thorn */
    {0xf0, 1, 11, {0x6c, 0x38, 0x6c, 0x06, 0x7e, 0xc6, 0xc6, 0xc6, 0xc6, 0xc6, 0x7c}}, /* eth */
    {0xf8, 4, 9, {0x02, 0x7c, 0xce, 0xce, 0xd6, 0xe6, 0xe6, 0x7c, 0x80}},              /* o/ */
    {0xfe, 2, 13, {0xc0, 0xc0, 0xc0, 0xdc, 0xe6, 0xc6, 0xc6, 0xc6, 0xe6, 0xdc, 0xc0, 0xc0, 0xc0}},
};

/* One row less, the first one that is like the next; the letter stands on row 11 as before. */
static void lower(u8 out[GLYPH_H])
{
    enum { TOP = 2, BASE = 11 };
    int twin = TOP + 2;
    for (int i = TOP + 1; i < BASE; i++) {
        if (out[i] == out[i + 1]) {
            twin = i;
            break;
        }
    }
    memmove(out + TOP + 1, out + TOP, (size_t)(twin - TOP));
    out[TOP] = 0;
}

static void compose(char letter, enum accent a, const u8 font[256][GLYPH_H], u8 out[GLYPH_H])
{
    memcpy(out, font[(u8)letter], GLYPH_H);
    bool capital = letter < 'a';
    if (capital)
        lower(out);
    /* I is a dot further to the left than the middle of the others. */
    int shift = letter == 'I' ? 1 : 0;
    for (int i = 0; i < (capital ? 2 : 3); i++) {
        u8 bits = capital ? accents[a].capital[i] : accents[a].small[i];
        out[capital ? i : i + 1] = (u8)(bits >> shift);
    }
}

bool latin1_glyph(u32 c, const u8 font[256][GLYPH_H], u8 out[GLYPH_H])
{
    if (c < 0xa0 || c > 0xff)
        return false;
    memset(out, 0, GLYPH_H);
    for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
        if (signs[i].code == c) {
            memcpy(out + signs[i].top, signs[i].bits, signs[i].rows);
            return true;
        }
    }
    if (c < 0xc0 || !letters[c - 0xc0].letter)
        return false;
    compose(letters[c - 0xc0].letter, letters[c - 0xc0].accent, font, out);
    return true;
}
