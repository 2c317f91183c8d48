/*
 * test_keyboard.c - keyboard layouts: every one types all of ASCII, no key gives two characters,
 * dead keys, what a text loses, bytes that are no UTF-8.
 */
#include "frontend/control/keyboard.h"
#include "hw/input/keys.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static u32 decode(const char *text)
{
    u32 c;
    ck_assert_uint_eq(keyboard_utf8(text, strlen(text), &c), strlen(text));
    return c;
}

/* Italy's has neither; people there type the number with Alt. */
static bool lacks(const char *name, u32 c)
{
    return strcmp(name, "it") == 0 && (c == '`' || c == '~');
}

START_TEST(ascii_on_every_layout)
{
    for (size_t i = 0; keyboard_names[i]; i++) {
        const struct keyboard *l = keyboard_find(keyboard_names[i]);
        struct stroke s[KEYBOARD_STROKES];
        bool used[KEY_COUNT][2][2] = {{{false}}};
        ck_assert_ptr_nonnull(l);
        ck_assert_str_eq(keyboard_name(l), keyboard_names[i]);
        for (u32 c = ' '; c < 0x250; c++) {
            unsigned n = keyboard_strokes(l, c, s);
            ck_assert_msg(n > 0 || c > 126 || lacks(keyboard_names[i], c), "%s: character %02Xh",
                          keyboard_names[i], c);
            ck_assert_uint_le(n, 2);
            for (unsigned k = 0; k < n; k++)
                ck_assert_msg(s[k].key > KEY_NONE && s[k].key < KEY_COUNT, "%s: %02Xh",
                              keyboard_names[i], c);
            if (n != 1)
                continue;
            bool *place = &used[s[0].key][s[0].shift][s[0].altgr];
            ck_assert_msg(!*place, "%s: the key of %02Xh has another one", keyboard_names[i], c);
            *place = true;
        }
        static const struct {
            char c;
            int key;
        } plain[] = {{'\n', KEY_ENTER},     {'\r', KEY_ENTER}, {'\t', KEY_TAB},
                     {'\b', KEY_BACKSPACE}, {27, KEY_ESC},     {' ', KEY_SPACE}};
        for (size_t k = 0; k < ARRAY_SIZE(plain); k++)
            ck_assert(keyboard_strokes(l, (u32)plain[k].c, s) == 1 && s[0].key == plain[k].key);
        ck_assert_uint_eq(keyboard_strokes(l, 0, s), 0);
        ck_assert_uint_eq(keyboard_strokes(l, 0x301, s), 0); /* no accent alone */
    }
    ck_assert_ptr_null(keyboard_find("dvorak"));
}
END_TEST

/* Facts of national keyboards: the character, and the keys with S for Shift, G for AltGr. */
START_TEST(national_keys)
{
    static const struct {
        const char *layout, *character;
        int key;
        const char *held;
        int dead; /* the one before */
        const char *dead_held;
    } row[] = {
        {"us", ":", KEY_SEMICOLON, "S", 0, ""},
        {"us", "\\", KEY_BACKSLASH, "", 0, ""},
        {"uk", "\"", KEY_2, "S", 0, ""},
        {"uk", "£", KEY_3, "S", 0, ""},
        {"uk", "#", KEY_BACKSLASH, "", 0, ""},
        {"uk", "\\", KEY_LESS, "", 0, ""},
        {"de", "z", KEY_Y, "", 0, ""},
        {"de", "Y", KEY_Z, "S", 0, ""},
        {"de", "ß", KEY_MINUS, "", 0, ""},
        {"de", "\\", KEY_MINUS, "G", 0, ""},
        {"de", "@", KEY_Q, "G", 0, ""},
        {"de", "|", KEY_LESS, "G", 0, ""},
        {"de", "^", KEY_SPACE, "", KEY_GRAVE, ""},
        {"de", "é", KEY_E, "", KEY_EQUAL, ""},
        {"de", "È", KEY_E, "S", KEY_EQUAL, "S"},
        {"ch-de", "@", KEY_2, "G", 0, ""},
        {"ch-fr", "é", KEY_SEMICOLON, "", 0, ""},
        {"fr", "a", KEY_Q, "", 0, ""},
        {"fr", "M", KEY_SEMICOLON, "S", 0, ""},
        {"fr", "1", KEY_1, "S", 0, ""},
        {"fr", ".", KEY_COMMA, "S", 0, ""},
        {"fr", "\\", KEY_8, "G", 0, ""},
        {"fr", "ê", KEY_E, "", KEY_LBRACKET, ""},
        {"be", "/", KEY_DOT, "S", 0, ""},
        {"it", "@", KEY_SEMICOLON, "G", 0, ""},
        {"it", "{", KEY_LBRACKET, "SG", 0, ""},
        {"es", "ñ", KEY_SEMICOLON, "", 0, ""},
        {"es", "\\", KEY_GRAVE, "G", 0, ""},
        {"es", "ü", KEY_U, "", KEY_QUOTE, "S"},
        {"latam", "@", KEY_Q, "G", 0, ""},
        {"pt", "ã", KEY_A, "", KEY_BACKSLASH, ""},
        {"br", "/", KEY_Q, "G", 0, ""},
        {"dk", "æ", KEY_SEMICOLON, "", 0, ""},
        {"no", "æ", KEY_QUOTE, "", 0, ""},
        {"se", "ö", KEY_SEMICOLON, "", 0, ""},
        {"fi", "$", KEY_4, "G", 0, ""},
        {"pl", "ł", KEY_L, "G", 0, ""},
        {"us-intl", "'", KEY_SPACE, "", KEY_QUOTE, ""},
        {"us-intl", "ñ", KEY_N, "G", 0, ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        struct stroke s[KEYBOARD_STROKES];
        unsigned n = keyboard_strokes(keyboard_find(row[i].layout), decode(row[i].character), s);
        const struct stroke *last = &s[n - 1];
        ck_assert_msg(n == (row[i].dead ? 2 : 1), "%s %s: %u", row[i].layout, row[i].character, n);
        ck_assert_msg(last->key == row[i].key && last->shift == !!strchr(row[i].held, 'S') &&
                          last->altgr == !!strchr(row[i].held, 'G'),
                      "%s %s: key %d", row[i].layout, row[i].character, last->key);
        ck_assert_msg(n == 1 || (s[0].key == row[i].dead &&
                                 s[0].shift == !!strchr(row[i].dead_held, 'S') && !s[0].altgr),
                      "%s %s: dead key %d", row[i].layout, row[i].character, s[0].key);
    }
}
END_TEST

START_TEST(texts_and_bytes)
{
    char out[40];
    const struct keyboard *de = keyboard_find("de"), *us = keyboard_find("us");
    ck_assert_uint_eq(keyboard_typed(de, "Größe\r\n5 €", out), 0);
    ck_assert_str_eq(out, "Größe\n5 €");
    ck_assert_uint_eq(keyboard_typed(us, "Größe", out), 2);
    ck_assert_str_eq(out, "Gre");
    ck_assert_uint_eq(keyboard_typed(us, "a\xff\xc3", out), 2);
    ck_assert_str_eq(out, "a");
    ck_assert(keyboard_any(decode("ø")) && !keyboard_any(decode("☃")));
    static const char *const wrong[] = {"\x80", "\xc3", "\xc3x", "\xe2\x82", "\xf4\x90", "\xff"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        u32 c;
        ck_assert_uint_eq(keyboard_utf8(wrong[i], strlen(wrong[i]), &c), 1);
        ck_assert_uint_gt(c, 0x10ffff);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("keyboard");
    TCase *t = tcase_create("layouts");
    tcase_add_test(t, ascii_on_every_layout);
    tcase_add_test(t, national_keys);
    tcase_add_test(t, texts_and_bytes);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
