/*
 * test_text_keys.c - what terminals send, as keys; and any bytes, which must be used up.
 */
#include "frontend/cli/text_keys.h"
#include "hw/input/keys.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(keys_of_terminals)
{
    static const struct {
        const char *bytes;
        int key;
        const char *held; /* s, c, a */
    } row[] = {
        {"a", KEY_A, ""},
        {"A", KEY_A, "s"},
        {"?", KEY_SLASH, "s"},
        {"\r", KEY_ENTER, ""},
        {"\t", KEY_TAB, ""},
        {"\177", KEY_BACKSPACE, ""},
        {"\3", KEY_C, "c"},
        {"\32", KEY_Z, "c"},
        {"\34", KEY_BACKSLASH, "c"},
        {"\33", KEY_ESC, ""},
        {"\33x", KEY_X, "a"},
        {"\33X", KEY_X, "as"},
        {"\33[A", KEY_UP, ""},
        {"\33[D", KEY_LEFT, ""},
        {"\33OA", KEY_UP, ""},
        {"\33OP", KEY_F1, ""},
        {"\33[[E", KEY_F5, ""},
        {"\33[15~", KEY_F5, ""},
        {"\33[24~", KEY_F12, ""},
        {"\33[1;5P", KEY_F1, "c"},
        {"\33[1;5C", KEY_RIGHT, "c"},
        {"\33[3~", KEY_DELETE, ""},
        {"\33[3;4~", KEY_DELETE, "as"},
        {"\33[Z", KEY_TAB, "s"},
        {"\33[H", KEY_HOME, ""},
        {"\33[5~", KEY_PAGEUP, ""},
        {"\303\244", KEY_NONE, ""},
        {"\33[16~", KEY_NONE, ""},
        {"\33[999999999999~", KEY_NONE, ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        struct text_key k;
        size_t len = strlen(row[i].bytes);
        ck_assert_msg(text_key_take((const u8 *)row[i].bytes, len, keyboard_find("us"), &k) == len,
                      "row %zu", i);
        ck_assert_msg(k.key == row[i].key, "row %zu: key %d", i, k.key);
        ck_assert_msg(k.shift == !!strchr(row[i].held, 's') &&
                          k.ctrl == !!strchr(row[i].held, 'c') &&
                          k.alt == !!strchr(row[i].held, 'a'),
                      "row %zu: what is held", i);
    }
}
END_TEST

START_TEST(by_the_guests_layout)
{
    struct text_key k;
    ck_assert_uint_eq(text_key_take((const u8 *)"y", 1, keyboard_find("de"), &k), 1);
    ck_assert(k.key == KEY_Z && !k.shift && !k.before.key);
    ck_assert_uint_eq(text_key_take((const u8 *)"\303\244", 2, keyboard_find("de"), &k), 2);
    ck_assert(k.key == KEY_QUOTE && !k.altgr);
    ck_assert_uint_eq(text_key_take((const u8 *)"\\", 1, keyboard_find("de"), &k), 1);
    ck_assert(k.key == KEY_MINUS && k.altgr);
    ck_assert_uint_eq(text_key_take((const u8 *)"\303\252", 2, keyboard_find("de"), &k),
                      2); /* e^ */
    ck_assert(k.key == KEY_E && k.before.key == KEY_GRAVE && !k.before.shift);
    ck_assert_uint_eq(text_key_take((const u8 *)"\33z", 2, keyboard_find("de"), &k), 2);
    ck_assert(k.key == KEY_Y && k.alt);
    ck_assert_uint_eq(text_key_take((const u8 *)"\32", 1, keyboard_find("de"), &k), 1); /* Ctrl-Z */
    ck_assert(k.key == KEY_Y && k.ctrl);
}
END_TEST

START_TEST(any_bytes_are_used_up)
{
    unsigned seed = 11;
    for (int round = 0; round < 20000; round++) {
        size_t len = 1 + (size_t)round % 12;
        u8 *bytes = malloc(len); /* exact, for the sanitizers */
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1103515245 + 12345;
            static const u8 likely[] = {27, '[', 'O', ';', '~', '9'};
            u8 r = (u8)(seed >> 16);
            bytes[i] = r & 1 ? likely[r % 6] : r;
        }
        for (size_t at = 0; at < len;) {
            struct text_key k;
            size_t n = text_key_take(bytes + at, len - at, keyboard_find("de"), &k);
            ck_assert(n >= 1 && n <= len - at);
            ck_assert(k.key >= 0 && k.key < KEY_COUNT);
            at += n;
        }
        free(bytes);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("text_keys");
    TCase *t = tcase_create("keys");
    tcase_add_test(t, keys_of_terminals);
    tcase_add_test(t, by_the_guests_layout);
    tcase_add_test(t, any_bytes_are_used_up);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
