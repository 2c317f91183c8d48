/*
 * test_interrupted.c - Ctrl-C and SIGTERM while a file or a disk is copied
 * (frontend/machines/interrupted.h): the copy ends at once and nothing half is left; then the
 * signal does what it does.
 */
#include "frontend/machines/files.h"
#include "frontend/machines/interrupted.h"
#include "hw/storage/fat_format.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char from[64], to[80];

static void setup(void)
{
    static const u8 bytes[100000] = {1};
    strcpy(from, "/tmp/ferrite-copy-XXXXXX");
    int fd = mkstemp(from);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
    close(fd);
    snprintf(to, sizeof(to), "%s.copy", from);
}

static void cleanup(void)
{
    unlink(from);
    unlink(to);
}

START_TEST(a_copy_ends_with_the_signal)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct err e;
    sigset_t before;
    signal(signals[_i], SIG_DFL); /* what runs the tests has handlers of its own */
    interrupted_begin(&before);
    ck_assert_msg(files_copy(from, to, &e), "%s", e.text);
    unlink(to);
    raise(signals[_i]);
    ck_assert(!files_copy(from, to, &e));
    ck_assert_msg(strstr(e.text, "interrupted") != NULL, "%s", e.text);
    ck_assert_int_ne(access(to, F_OK), 0);
    cleanup();
    interrupted_end(&before);
    ck_abort_msg("the signal is lost");
}
END_TEST

/* `ferrite disk convert` and `resize`. */
START_TEST(a_disk_s_copy_ends_with_the_signal)
{
    struct err e;
    sigset_t before;
    char note[100];
    struct media m = {.path = from, .read_only = true};
    signal(SIGTERM, SIG_DFL);
    interrupted_begin(&before);
    struct disk *d = disk_open(&m, DISK_HARD, false, NULL, &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    disk_set_go_on(d, interrupted_not_yet);
    int fd = open(to, O_RDWR | O_CREAT | O_EXCL, 0600);
    ck_assert_msg(disk_export(d, fd, &e), "%s", e.text);
    raise(SIGTERM);
    ck_assert(!disk_export(d, fd, &e));
    ck_assert_msg(strstr(e.text, "interrupted") != NULL, "%s", e.text);
    ck_assert(!fat_resize(d, fd, 200 * SECTOR_SIZE, note, sizeof(note), &e));
    ck_assert_msg(strstr(e.text, "interrupted") != NULL, "%s", e.text);
    ck_assert(!fat_resize(d, fd, SECTOR_SIZE, note, sizeof(note), &e));
    ck_assert_msg(strstr(e.text, "interrupted") != NULL, "%s", e.text);
    close(fd);
    disk_close(d, NULL);
    cleanup();
    interrupted_end(&before);
    ck_abort_msg("the signal is lost");
}
END_TEST

/* A program that it waits for is ended as well. */
START_TEST(a_program_ends_with_the_signal)
{
    static const char *const sleeping[] = {"sleep", "1000", NULL}, *const none[] = {"/none", NULL};
    struct err e;
    sigset_t before;
    int status;
    signal(SIGTERM, SIG_DFL);
    interrupted_begin(&before);
    ck_assert_int_eq(interrupted_run(none, &status), ENOENT);
    raise(SIGTERM);
    ck_assert_int_eq(interrupted_run(sleeping, &status), 0);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    ck_assert(!interrupted_not_yet(&e));
    cleanup();
    interrupted_end(&before);
    ck_abort_msg("the signal is lost");
}
END_TEST

/* Of nohup: nothing happens. */
START_TEST(what_is_ignored_stays_so)
{
    struct err e;
    sigset_t before;
    signal(SIGHUP, SIG_IGN);
    interrupted_begin(&before);
    raise(SIGHUP);
    ck_assert_msg(files_copy(from, to, &e), "%s", e.text);
    interrupted_end(&before);
}
END_TEST

int main(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    Suite *s = suite_create("interrupted");
    TCase *t = tcase_create("interrupted");
    tcase_add_checked_fixture(t, setup, cleanup);
    for (int i = 0; i < 3; i++)
        tcase_add_loop_test_raise_signal(t, a_copy_ends_with_the_signal, signals[i], i, i + 1);
    tcase_add_test_raise_signal(t, a_disk_s_copy_ends_with_the_signal, SIGTERM);
    tcase_add_test_raise_signal(t, a_program_ends_with_the_signal, SIGTERM);
    tcase_add_test(t, what_is_ignored_stays_so);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
