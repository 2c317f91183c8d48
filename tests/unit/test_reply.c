/*
 * test_reply.c - replies: what is built is what is read, as text and as JSON, with bytes of any
 * kind in it and at the bounds; and completion of lines.
 */
#include "frontend/control/command.h"
#include "frontend/control/reply.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *written(const struct reply *r, void (*write)(const struct reply *r, FILE *out))
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    write(r, f);
    fclose(f);
    return text;
}

static void is(const struct reply *r, const char *text, const char *json)
{
    char *got = written(r, reply_write_text);
    ck_assert_str_eq(got, text);
    free(got);
    got = written(r, reply_write_json);
    ck_assert_str_eq(got, json);
    free(got);
}

START_TEST(one_value_is_the_answer)
{
    struct reply r;
    reply_init(&r);
    ck_assert(reply_empty(&r) && !reply_root(&r) && !reply_first(&r, NULL));
    ck_assert_str_eq(reply_get(&r, NULL, "x"), "");
    is(&r, "", "null");
    reply_text(&r, NULL, "a\nb\n");
    is(&r, "a\nb\n", "\"a\\nb\\n\"");
    reply_int(&r, "more", 1); /* the answer is complete */
    ck_assert(reply_lost(&r));
    reply_free(&r);
    reply_int(&r, NULL, -5);
    is(&r, "-5\n", "-5");
    reply_free(&r);
    reply_bool(&r, NULL, true);
    is(&r, "yes\n", "true");
    reply_free(&r);
    reply_null(&r, NULL);
    is(&r, "none\n", "null");
    reply_free(&r);
}
END_TEST

START_TEST(trees)
{
    struct reply r;
    reply_init(&r);
    reply_text(&r, "name", "x");
    reply_list(&r, "list");
    reply_map(&r, NULL);
    reply_int(&r, "a", 1);
    reply_bool(&r, "b", false);
    reply_end(&r);
    reply_map(&r, NULL);
    reply_end(&r);
    reply_text(&r, NULL, "two\nlines");
    reply_list(&r, NULL);
    reply_real(&r, NULL, 0.5);
    reply_real(&r, NULL, INFINITY);
    reply_end(&r);
    reply_end(&r);
    reply_map(&r, "empty");
    reply_end(&r);
    reply_printf(&r, "the last", "%d", 7);
    is(&r,
       "name: x\nlist:\n  - a: 1\n    b: no\n  - \n  \n    two\n    lines\n  - 0.5\n    inf\n"
       "empty:\nthe last: 7\n",
       "{\"name\": \"x\", \"list\": [{\"a\": 1, \"b\": false}, {}, \"two\\nlines\", [0.5, null]], "
       "\"empty\": {}, \"the-last\": \"7\"}");
    const struct reply_node *list = reply_find(&r, NULL, "list"), *in = reply_first(&r, list);
    ck_assert_int_eq(reply_find(&r, in, "a")->number, 1);
    ck_assert_ptr_null(reply_find(&r, in, "list")); /* not of those outside */
    unsigned n = 0;
    for (; in; in = reply_next(&r, in))
        n++;
    ck_assert_uint_eq(n, 4);
    ck_assert_str_eq(reply_get(&r, NULL, "the last"), "7");
    ck_assert_str_eq(reply_get(&r, NULL, "list"), "");
    ck_assert_ptr_null(reply_next(&r, reply_root(&r)));
    reply_free(&r);
}
END_TEST

START_TEST(bytes_of_any_kind)
{
    static const struct {
        const char *text, *json, *shown;
    } pair[] = {
        {"\"\\/\t\r", "\"\\\"\\\\/\\t\\r\"", "\"\\/\t\xef\xbf\xbd"},
        {"\x1b[2J", "\"\\u001b[2J\"", "\xef\xbf\xbd[2J"},
        {"\x7f", "\"\\u007f\"", "\xef\xbf\xbd"},
        {"\xc2\x9b\xc2\xa0", "\"\\u009b\xc2\xa0\"", "\xef\xbf\xbd\xc2\xa0"}, /* CSI of C1 */
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"",
         "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\xc3", "\"\\ufffd\"", "\xef\xbf\xbd"},
        {"a\xff\xfe", "\"a\\ufffd\\ufffd\"", "a\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xc0\x80", "\"\\ufffd\\ufffd\"", "\xef\xbf\xbd\xef\xbf\xbd"}, /* not the shortest */
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
        {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(pair); i++) {
        char text[200], json[200];
        struct reply r;
        reply_init(&r);
        reply_text(&r, "k", pair[i].text);
        snprintf(text, sizeof(text), "k: %s\n", pair[i].shown);
        snprintf(json, sizeof(json), "{\"k\": %s}", pair[i].json);
        is(&r, text, json);
        reply_free(&r);
        reply_map(&r, NULL);
        reply_int(&r, pair[i].text, 1); /* keys as well */
        snprintf(json, sizeof(json), "{%s: 1}", pair[i].json);
        char *got = written(&r, reply_write_json);
        ck_assert_str_eq(got, json);
        free(got);
        reply_free(&r);
    }
    struct reply r;
    reply_init(&r);
    reply_text_len(&r, NULL, "ab\0cd", 5); /* texts end at a zero */
    is(&r, "ab", "\"ab\"");
    reply_free(&r);
}
END_TEST

/* More of anything than fits is left out and said; JSON stays whole. */
START_TEST(bounds)
{
    struct reply r;
    reply_init(&r);
    reply_list(&r, NULL);
    for (int i = 0; i < REPLY_NODES + 100; i++)
        reply_int(&r, NULL, i);
    ck_assert(reply_lost(&r));
    ck_assert_uint_eq(r.nodes, REPLY_NODES);
    char *json = written(&r, reply_write_json);
    ck_assert_int_eq(json[strlen(json) - 1], ']');
    free(json);
    json = written(&r, reply_write_text);
    ck_assert_ptr_nonnull(strstr(json, "(and more than fits here)\n"));
    free(json);
    reply_free(&r);

    char *large = malloc(REPLY_BYTES / 4 + 1);
    memset(large, 'x', REPLY_BYTES / 4);
    large[REPLY_BYTES / 4] = 0;
    for (int i = 0; i < 6; i++)
        reply_text(&r, "text", large);
    ck_assert(reply_lost(&r) && r.pool_len <= REPLY_BYTES);
    ck_assert_uint_eq(r.nodes, 1 + 3);
    free(large);
    reply_free(&r);

    for (int i = 0; i < 40; i++)
        reply_map(&r, i ? "deeper" : NULL);
    reply_int(&r, "inside", 1);
    for (int i = 0; i < 39; i++)
        reply_end(&r);
    reply_int(&r, "after", 2);
    ck_assert(reply_lost(&r));
    ck_assert_ptr_null(reply_find(&r, NULL, "inside"));
    ck_assert_int_eq(reply_find(&r, NULL, "after")->number, 2);
    reply_free(&r);
}
END_TEST

/* ---- completion ---- */

static char dir[] = "/tmp/ferrite-test-XXXXXX";

static void make_dir(void)
{
    static const char *const names[] = {"disk1.img", "disk2.img", "My \"Disk\".img", ".hidden",
                                        "shot.png"};
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(chdir(dir), 0);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        fclose(fopen(names[i], "w"));
    ck_assert_int_eq(mkdir("My Folder", 0700), 0);
    fclose(fopen("My Folder/in", "w"));
}

static void remove_dir(void)
{
    char command[300];
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    ck_assert_int_eq(system(command), 0);
}

START_TEST(lines_are_completed)
{
    static const struct {
        const char *line;
        size_t from;
        const char *candidates; /* with blanks between */
    } lines[] = {
        {"wait-s", 0, "wait-screen|wait-serial|wait-still|wait-stop"},
        {"  snap", 2, "snapshot"},
        {"snapshot ", 9, "list|load|restore|rm|save|take|tree"},
        {"snapshot l", 9, "list|load"},
        {"info st", 5, "status"}, /* devices: only with a machine */
        {"sendk", 0, "sendkey"},
        {"eject f", 6, "fda|fdb|floppy0|floppy1"},
        {"eject cd ", 9, "force"},
        {"eject cd force ", 15, ""},
        {"key ctrl-alt-de", 4, "ctrl-alt-delete"},
        {"key f1", 4, "f1|f10|f11|f12"},
        {"speed 4", 6, "486-100|486-33|486-66"},
        {"insert fda d", 11, "disk1.img|disk2.img"},
        {"insert fda \"d", 11, "\"disk1.img\"|\"disk2.img\""},
        {"insert fda M", 11, "\"My Folder/|\"My \\\"Disk\\\".img\""},
        {"insert fda \"My F", 11, "\"My Folder/"},
        {"insert fda \"My Folder/", 11, "\"My Folder/in\""},
        {"insert fda .h", 11, ".hidden"},
        {"wait-screen ", 12, "\"My Folder/|shot.png"},
        {"snapshot list ", 14, "\"My Folder/"},
        {"wait-text \"x", 10, ""},
        {"xyzzy ", 6, ""},
        {"reset ", 6, ""},
        {"key a # key ", 13, ""}, /* behind the end: a comment */
        {"\"", 0, "*"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        struct completions out;
        char got[4000] = "";
        command_complete(NULL, lines[i].line, strlen(lines[i].line), &out);
        ck_assert_uint_eq(out.from, lines[i].from);
        for (unsigned k = 0; k < out.count; k++) {
            strcat(got, k ? "|" : "");
            strcat(got, out.candidate[k]);
        }
        if (strcmp(lines[i].candidates, "*") != 0)
            ck_assert_msg(strcmp(got, lines[i].candidates) == 0, "%s: %s", lines[i].line, got);
        completions_free(&out);
    }
}
END_TEST

START_TEST(arguments_by_name)
{
    struct request r;
    struct err e;
    ck_assert(request_named(&r, NULL, "mouse-move",
                            (struct command_member[]){{"dy", "2"}, {"dx", "1"}}, 2, &e));
    ck_assert(r.arg[0].number == 1 && r.arg[1].number == 2 && !r.arg[2].given);
    request_free(&r);
    static const struct {
        struct command_member member[2];
        const char *why;
    } wrong[] = {
        {{{"dx", "1"}, {"dz", "1"}}, "no argument is named \"dz\"; did you mean dx?"},
        {{{"dx", "1"}, {"dx", "1"}}, "\"dx\" is there twice"},
        {{{"dx", "1"}, {"wheel", "1"}}, "wants movement down"},
        {{{"dx", "1"}, {"dy", "x"}}, "is no movement down"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        ck_assert(!request_named(&r, NULL, "mouse-move", wrong[i].member, 2, &e));
        ck_assert_msg(strstr(e.text, wrong[i].why), "%s", e.text);
        request_free(&r);
    }
    ck_assert(!request_named(&r, NULL, "mouse-mov", NULL, 0, &e));
    ck_assert_msg(strstr(e.text, "did you mean mouse-move?"), "%s", e.text);
    ck_assert(request_named(&r, NULL, "snapshot-list", NULL, 0, &e));
    request_free(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reply");
    TCase *tc = tcase_create("reply");
    suite_add_tcase(suite, tc);
    tcase_add_unchecked_fixture(tc, make_dir, remove_dir);
    tcase_add_test(tc, one_value_is_the_answer);
    tcase_add_test(tc, trees);
    tcase_add_test(tc, bytes_of_any_kind);
    tcase_add_test(tc, bounds);
    tcase_add_test(tc, lines_are_completed);
    tcase_add_test(tc, arguments_by_name);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
