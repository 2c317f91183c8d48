/*
 * test_suite_file.c - the heads of scripts as tests, and which tests a suite has of them.
 */
#include "frontend/suite/collect.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/ferrite-suite-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *put(const char *name, const char *text)
{
    FILE *f = fopen(in_folder(name), "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
    return in_folder(name);
}

static struct test_file *read_text(const char *text, struct err *e)
{
    return test_file_read(put("a.script", text), e);
}

START_TEST(heads)
{
    struct err e;
    size_t at = 0;
    double number;
    struct test_file *f = read_text("\xef\xbb\xbf# A sentence: it says nothing.\r\n"
                                    "#args: -m 4\r\n"
                                    "\n"
                                    "## args: -cpu 486\n"
                                    "# args b: -cpu 386 \n"
                                    "# status: 3\n"
                                    "# limit: 1.5\n"
                                    "# variants: a b\n"
                                    "# twice\n"
                                    "# Text: a name\n"
                                    "# ferrite -m 4 -script a.script\n"
                                    "wait-text \"x\"\n"
                                    "# args: -never\n",
                                    &e);
    ck_assert_ptr_nonnull(f);
    ck_assert_str_eq(f->folder, folder);
    ck_assert_str_eq(test_file_value(f, HEADER_ARGS, "a", &at), "-m 4");
    ck_assert_str_eq(test_file_value(f, HEADER_ARGS, "a", &at), "-cpu 486");
    ck_assert_ptr_null(test_file_value(f, HEADER_ARGS, "a", &at));
    ck_assert_str_eq(test_file_last(f, HEADER_ARGS, "b"), "-cpu 386");
    ck_assert_ptr_nonnull(test_file_last(f, HEADER_TWICE, ""));
    ck_assert_ptr_null(test_file_last(f, HEADER_FROM, ""));
    ck_assert(test_file_number(f, HEADER_STATUS, "", 0, 0, &number, &e));
    ck_assert_double_eq(number, 3);
    ck_assert(test_file_number(f, HEADER_LIMIT, "", 0.1, 300, &number, &e));
    ck_assert_double_eq(number, 1.5);
    ck_assert(!test_file_number(f, HEADER_LIMIT, "", 2, 300, &number, &e));
    test_file_free(f);
}
END_TEST

START_TEST(wrong_heads)
{
    static const char *const text[][2] = {
        {"# arg: -m 4\n", ":1: \"# arg:\" says nothing to a test; did you mean \"# args:\"?"},
        {"# x\n# form: a.script\n", ":2: \"# form:\""},
        {"# A test.\n# ferrite -fda dos.img -script a.script\nquit\n",
         ":2: to a test this line says nothing: its options stand behind \"# args:\""},
        {"# needs:\n", ":1: nothing stands behind # needs"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(text); i++) {
        struct err e;
        ck_assert_ptr_null(read_text(text[i][0], &e));
        ck_assert_msg(strstr(e.text, text[i][1]) != NULL, "%s", e.text);
    }
    struct err e;
    ck_assert_ptr_null(test_file_read("/nowhere/a.script", &e));
    ck_assert_ptr_null(test_file_read(folder, &e)); /* a folder */
}
END_TEST

/* Titles, and sentences about the program. */
START_TEST(sentences_are_no_command_lines)
{
    static const char *const text[] = {"# ferrite - it boots\n", "# ferrite --- the prompt\n",
                                       "# ferrite -fda a.img. It was started so.\n",
                                       "# ferrite-fda\n", "# args: -m 4\n# ferrite -fda a.img\n"};
    for (unsigned i = 0; i < ARRAY_SIZE(text); i++) {
        struct err e;
        struct test_file *f = read_text(text[i], &e);
        ck_assert_msg(f != NULL, "%s", e.text);
        test_file_free(f);
    }
}
END_TEST

START_TEST(expansion)
{
    struct err e;
    struct test_names names = {.tmp = "T", .dir = "D", .variant = ""};
    setenv("SUITE_TEST", "env", 1);
    char *text = test_file_expand("a ${TMP}/${DIR}${VARIANT} ${SUITE_TEST} $x ${", &names, &e);
    ck_assert_str_eq(text, "a T/D env $x ${");
    free(text);
    ck_assert_ptr_null(test_file_expand("${SUITE_NO_SUCH}", &names, &e));
    ck_assert_str_eq(e.text, "${SUITE_NO_SUCH} is not set");
}
END_TEST

static void names_of(const struct tests *t, char *out, size_t size)
{
    *out = 0;
    for (size_t i = 0; i < t->count; i++)
        snprintf(out + strlen(out), size - strlen(out), "%s ", t->test[i].name);
}

START_TEST(collection)
{
    struct err e;
    struct tests t = {0};
    char names[300], *path[] = {folder};
    mkdir(in_folder("sub"), 0777);
    put("a.script", "# variants: x y\n# from: boot.script\n");
    put("boot.script", "# args: -m 4\n");
    put("sub/c.script", "");
    put("sub/note.txt", "# arg: not read\n");
    ck_assert_int_eq(symlink("..", in_folder("sub/up")), 0); /* round and round */
    ck_assert_msg(tests_collect(&t, path, 1, &e), "%s", e.text);
    names_of(&t, names, sizeof names);
    ck_assert_str_eq(names, "a:x a:y sub/c ");
    ck_assert_str_eq(t.test[0].from, in_folder("boot.script"));
    tests_select(&t, &(struct selection){.filter = "y"});
    names_of(&t, names, sizeof names);
    ck_assert_str_eq(names, "a:y ");
    tests_free(&t);
    unlink(in_folder("sub/up"));
    unlink(in_folder("sub/note.txt"));
    unlink(in_folder("sub/c.script"));
    unlink(in_folder("boot.script"));
    rmdir(in_folder("sub"));
}
END_TEST

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    Suite *s = suite_create("suite");
    TCase *t = tcase_create("suite");
    tcase_add_test(t, heads);
    tcase_add_test(t, wrong_heads);
    tcase_add_test(t, sentences_are_no_command_lines);
    tcase_add_test(t, expansion);
    tcase_add_test(t, collection);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    unlink(in_folder("a.script"));
    rmdir(folder);
    return failed != 0;
}
