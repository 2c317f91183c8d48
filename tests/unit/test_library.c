/*
 * test_library.c - libraries that are loaded on demand: functions arrive, what is missing is said.
 */
#include "hw/base/library.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct table {
    double (*cos)(double);
    double (*missing)(double);
};

static const struct library_function present[] = {{"cos", offsetof(struct table, cos)}};
static const struct library_function absent[] = {
    {"cos", offsetof(struct table, cos)},
    {"no_such_function", offsetof(struct table, missing)},
};

START_TEST(functions_arrive)
{
    static const struct library l = {"mathematics", "libc6", "libm.so.6", present, 1};
    struct table t = {0};
    struct err e;
    void *handle = library_open(&l, &t, &e);
    ck_assert_ptr_nonnull(handle);
    ck_assert(t.cos(0) == 1.0);
    library_close(handle);
}
END_TEST

START_TEST(a_missing_library_names_its_package)
{
    static const struct library l = {"the choir", "libchoir3", "libchoir.so.3", present, 1};
    struct table t = {0};
    struct err e;
    ck_assert_ptr_null(library_open(&l, &t, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "the choir cannot be loaded"));
    ck_assert_ptr_nonnull(strstr(e.text, "apt-get install libchoir3"));
    library_close(NULL);
}
END_TEST

START_TEST(a_missing_function_is_named)
{
    static const struct library l = {"mathematics", "libc6", "libm.so.6", absent, 2};
    struct table t = {0};
    struct err e;
    ck_assert_ptr_null(library_open(&l, &t, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "libm.so.6"));
    ck_assert_ptr_nonnull(strstr(e.text, "no_such_function"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("library");
    TCase *t = tcase_create("library");
    tcase_add_test(t, functions_arrive);
    tcase_add_test(t, a_missing_library_names_its_package);
    tcase_add_test(t, a_missing_function_is_named);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
