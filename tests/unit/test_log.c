/*
 * test_log.c - the words of -d, log lines, and device properties as text.
 */
#include "hw/base/log.h"
#include "hw/base/prop.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(words_become_a_mask)
{
    u32 mask = 0;
    const char *bad;
    size_t bad_len;
    ck_assert(log_parse("int", &mask, &bad, &bad_len));
    ck_assert_uint_eq(mask, LOG_INT);
    ck_assert(log_parse("exec,guest_errors,unimp", &mask, &bad, &bad_len));
    ck_assert_uint_eq(mask, LOG_EXEC | LOG_GUEST | LOG_UNIMP);
    static const char *const wrong[] = {"exec,inta,cpu", "", "exec,", ",exec", "exe", "int cpu"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        mask = 42;
        ck_assert_msg(!log_parse(wrong[i], &mask, &bad, &bad_len), "%s", wrong[i]);
        ck_assert_uint_eq(mask, 42);
    }
    log_parse("exec,inta,cpu", &mask, &bad, &bad_len);
    ck_assert_uint_eq(bad_len, 4);
    ck_assert(strncmp(bad, "inta", bad_len) == 0);
    ck_assert(!log_parse("nonsense", &mask, NULL, NULL));
}
END_TEST

START_TEST(every_listed_name_parses_and_the_list_is_complete)
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    log_names(f);
    fclose(f);
    u32 all = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        char name[40];
        u32 mask;
        ck_assert_int_eq(sscanf(line, "%39s", name), 1);
        ck_assert(log_parse(name, &mask, NULL, NULL));
        all |= mask;
    }
    ck_assert_uint_eq(all, LOG_GUEST | LOG_UNIMP | LOG_EXEC | LOG_INT | LOG_CPU | LOG_POST |
                               LOG_IO | LOG_DISK | LOG_RESET | LOG_HASH | LOG_JIT);
    free(text);
}
END_TEST

static int evaluated;

static int costly(void)
{
    return ++evaluated;
}

START_TEST(lines_are_written_only_when_selected)
{
    char *text;
    size_t size;
    struct log log = {.mask = LOG_GUEST | LOG_EXEC, .out = open_memstream(&text, &size)};
    log_at(&log, LOG_GUEST, "port %03xh: %d", 0x3f5, costly());
    log_at(&log, LOG_UNIMP, "never %d", costly());
    log_at(&log, LOG_EXEC, "f000:fff0 jmp");
    log_at((struct log *)NULL, LOG_GUEST, "never %d", costly());
    fclose(log.out);
    ck_assert_str_eq(text, "guest_errors: port 3f5h: 1\nf000:fff0 jmp\n");
    ck_assert_int_eq(evaluated, 1);
    free(text);
}
END_TEST

struct gadget {
    bool on;
    u32 size;
    const char *file;
};

static const struct prop gadget_props[] = {
    {"on", PROP_BOOL, offsetof(struct gadget, on), "yes", "switched on", 0, 0},
    {"size", PROP_U32, offsetof(struct gadget, size), "0x10", "in MB", 1, 64},
    {"file", PROP_STRING, offsetof(struct gadget, file), NULL, "contents", 0, 0},
    {.name = NULL},
};

START_TEST(properties)
{
    struct gadget g = {0};
    struct err e = {""};
    props_set_defaults(gadget_props, &g);
    ck_assert(g.on && g.size == 16 && g.file == NULL);
    ck_assert(prop_set(gadget_props, &g, "on", "off", &e) && !g.on);
    ck_assert(prop_set(gadget_props, &g, "size", "64", &e) && g.size == 64);
    ck_assert(prop_set(gadget_props, &g, "file", "a.img", &e));
    ck_assert_str_eq(g.file, "a.img");
    static const struct {
        const char *name, *value, *why;
    } wrong[] = {
        {"on", "maybe", "on or off"},
        {"size", "65", "range"},
        {"size", "0", "range"},
        {"size", "-1", "number"},
        {"size", "", "number"},
        {"size", "12k", "number"},
        {"size", "99999999999999999999", "range"},
        {"size", " 12", "number"},
        {"size", "+12", "number"},
        {"colour", "red", "no property"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        ck_assert(!prop_set(gadget_props, &g, wrong[i].name, wrong[i].value, &e));
        ck_assert_msg(strstr(e.text, wrong[i].why) != NULL, "%s", e.text);
    }
    ck_assert(!g.on && g.size == 64);
    ck_assert(!prop_set(gadget_props, &g, "size", "x", NULL)); /* text not wanted */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log");
    TCase *tc = tcase_create("log");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, words_become_a_mask);
    tcase_add_test(tc, every_listed_name_parses_and_the_list_is_complete);
    tcase_add_test(tc, lines_are_written_only_when_selected);
    tcase_add_test(tc, properties);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
