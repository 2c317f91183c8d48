/*
 * test_clean.c - text from elsewhere does nothing to a terminal: as a line, as lines, in errors, in
 * the log, and at the bounds of what it is copied into.
 */
#include "hw/base/clean.h"
#include "hw/base/err.h"
#include "hw/base/log.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define NONE "\xef\xbf\xbd"

static const struct {
    const char *text, *line, *lines;
} rows[] = {
    {"", "", ""},
    {"plain\ttext ~", "plain\ttext ~", "plain\ttext ~"},
    {"\x1b[2Jx", NONE "[2Jx", NONE "[2Jx"},
    {"a\nb\n", "a" NONE "b" NONE, "a\nb\n"},
    {"a\r\nb\rc\r", "a" NONE NONE "b" NONE "c" NONE, "a\nb" NONE "c" NONE},
    {"\x7f\x01", NONE NONE, NONE NONE},
    {"\xc2\x9b"
     "31m",
     NONE "31m", NONE "31m"},                         /* CSI as one character */
    {"\x9b\xff", NONE NONE, NONE NONE},               /* and as a byte */
    {"\xc2\xa0\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",  /* what is none of that stays */
     "\xc2\xa0\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",  /**/
     "\xc2\xa0\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"}, /**/
    {"\xe2\x82", NONE NONE, NONE NONE},               /* cut */
    {"\xc0\x9b\xed\xa0\x80", NONE NONE NONE NONE NONE, NONE NONE NONE NONE NONE},
};

START_TEST(lines_and_copies)
{
    const char *text = rows[_i].text;
    char *got, copy[100];
    size_t size;
    FILE *f = open_memstream(&got, &size);
    clean_line(text, f);
    fputc('|', f);
    clean_lines(text, strlen(text), f);
    fputc('|', f);
    clean_printf(f, "%s", text);
    fclose(f);
    char wanted[300];
    snprintf(wanted, sizeof(wanted), "%s|%s|%s", rows[_i].line, rows[_i].lines, rows[_i].lines);
    ck_assert_str_eq(got, wanted);
    free(got);
    clean_copy(copy, sizeof(copy), text);
    ck_assert_str_eq(copy, rows[_i].lines);
}
END_TEST

START_TEST(a_copy_has_whole_characters_up_to_its_bound)
{
    char copy[6];
    for (size_t room = 1; room <= sizeof(copy); room++) {
        memset(copy, 'x', sizeof(copy));
        clean_copy(copy, room, "a\xe2\x82\xac\x1b");
        ck_assert_str_eq(copy, room == 1 ? "" : room < 5 ? "a" : "a\xe2\x82\xac");
    }
}
END_TEST

START_TEST(errors_are_clean)
{
    struct err e;
    ck_assert(!err_set(&e, "\x1b[1m%s: line\n%s", "na\x1b]0;me\x07", "\xc2\x9b"));
    ck_assert_str_eq(e.text, NONE "[1mna" NONE "]0;me" NONE ": line\n" NONE);
    err_set(&e, "b: %s", e.text); /* what is said may be part of it */
    ck_assert_str_eq(e.text, "b: " NONE "[1mna" NONE "]0;me" NONE ": line\n" NONE);
    char much[600];
    memset(much, 0x1b, sizeof(much) - 1);
    much[sizeof(much) - 1] = 0;
    err_set(&e, "%s", much);
    ck_assert_uint_eq(strlen(e.text), 510); /* 170 whole characters */
    ck_assert(!err_set(NULL, "%s", "nobody"));
}
END_TEST

START_TEST(the_log_is_clean)
{
    char *got;
    size_t size;
    struct log log = {.mask = LOG_DISK, .out = open_memstream(&got, &size)};
    log_at(&log, LOG_DISK, "file %s", "\x1b[2J");
    fclose(log.out);
    ck_assert_str_eq(got, "disk: file " NONE "[2J\n");
    free(got);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("clean");
    TCase *t = tcase_create("clean");
    tcase_add_loop_test(t, lines_and_copies, 0, (int)ARRAY_SIZE(rows));
    tcase_add_test(t, a_copy_has_whole_characters_up_to_its_bound);
    tcase_add_test(t, errors_are_clean);
    tcase_add_test(t, the_log_is_clean);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
