/*
 * test_beside_file.c - files that are made beside their place (hw/base/beside.h): whole or not
 * there; what a killed program left is known from what somebody writes.
 */
#include "hw/base/beside.h"
#include "hw/base/hostfile.h"
#include "hw/storage/disk.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], target[80];

static void setup(void)
{
    strcpy(folder, "/tmp/ferrite-beside-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(target, sizeof(target), "%s/a.img", folder);
}

static unsigned files(void)
{
    unsigned n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static void cleanup(void)
{
    char path[sizeof(folder) + NAME_MAX + 1];
    DIR *d = opendir(folder);
    for (struct dirent *e; (e = readdir(d));) {
        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        unlink(path);
    }
    closedir(d);
    ck_assert_int_eq(rmdir(folder), 0);
}

static int (*const ways[])(struct beside *b, const char *target) = {beside_open, beside_open_named};

static void put(struct beside *b, const char *text)
{
    ck_assert_int_eq(host_write(b->fd, text, strlen(text), 0), 0);
}

static void holds(const char *path, const char *text)
{
    size_t size;
    int error;
    u8 *bytes = host_read_whole(path, 100, &size, &error);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_mem_eq(bytes, text, strlen(text));
    ck_assert_uint_eq(size, strlen(text));
    free(bytes);
}

START_TEST(whole_or_not_there)
{
    struct beside b;
    ck_assert_int_eq(ways[_i](&b, target), 0);
    put(&b, "one");
    ck_assert_int_ne(access(target, F_OK), 0);
    ck_assert_int_eq(beside_finish(&b, target, false), 0);
    holds(target, "one");
    ck_assert_int_eq(ways[_i](&b, target), 0);
    put(&b, "dropped");
    beside_drop(&b);
    ck_assert_int_eq(ways[_i](&b, target), 0);
    put(&b, "refused");
    ck_assert_int_eq(beside_finish(&b, target, false), EEXIST);
    holds(target, "one");
    ck_assert_int_eq(ways[_i](&b, target), 0);
    put(&b, "two");
    ck_assert_int_eq(beside_finish(&b, target, true), 0);
    holds(target, "two");
    ck_assert_uint_eq(files(), 1);
}
END_TEST

START_TEST(a_place_that_is_none)
{
    struct beside b;
    char path[100];
    snprintf(path, sizeof(path), "%s/no/where", folder);
    ck_assert_int_eq(ways[_i](&b, path), ENOENT);
    ck_assert_int_eq(ways[_i](&b, target), 0);
    ck_assert_int_eq(mkdir(target, 0700), 0);
    ck_assert_int_eq(beside_finish(&b, target, true), EISDIR);
    ck_assert_int_eq(rmdir(target), 0);
    ck_assert_uint_eq(files(), 0);
}
END_TEST

/* As images are opened, with a lock of their own. */
START_TEST(others_open_it)
{
    struct beside b;
    struct err e;
    char path[BESIDE_PATH];
    u8 sector[SECTOR_SIZE] = "by another";
    ck_assert_int_eq(ways[_i](&b, target), 0);
    ck_assert_int_eq(ftruncate(b.fd, 4 * SECTOR_SIZE), 0);
    struct media m = {.path = beside_path(&b, path)};
    struct disk *d = disk_open(&m, DISK_HARD, false, NULL, &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    beside_tidy(target); /* it is theirs now */
    ck_assert(disk_write(d, 0, 1, sector));
    ck_assert_msg(disk_close(d, &e), "%s", e.text);
    ck_assert_int_eq(beside_finish(&b, target, true), 0);
    int fd = open(target, O_RDONLY);
    ck_assert_int_eq(host_read(fd, sector, sizeof(sector), 0), 0);
    close(fd);
    ck_assert_str_eq((char *)sector, "by another");
    ck_assert_uint_eq(files(), 1);
}
END_TEST

/* A child that has begun one, and waits. Its name is in *path. */
static pid_t begin(char path[PATH_MAX])
{
    int ready[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct beside b;
        close(ready[0]);
        if (beside_open_named(&b, target) == 0 && write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    snprintf(path, PATH_MAX, "%s.part-%d-0", target, (int)child);
    ck_assert_int_eq(access(path, F_OK), 0);
    return child;
}

START_TEST(what_the_killed_left_goes)
{
    struct beside b;
    char killed[PATH_MAX], lives[PATH_MAX], other[100];
    pid_t first = begin(killed), second = begin(lives);
    snprintf(other, sizeof(other), "%s/a.img.part-1-0.txt", folder);
    close(open(other, O_CREAT | O_WRONLY, 0600));
    ck_assert_int_lt(beside_take_left(killed), 0);
    beside_tidy(target);
    ck_assert_uint_eq(files(), 3);
    kill(first, SIGKILL);
    ck_assert_int_eq(waitpid(first, NULL, 0), first);
    int fd = beside_take_left(killed);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_lt(beside_take_left(killed), 0); /* it is taken */
    close(fd);
    ck_assert_int_lt(beside_take_left(other), 0);
    beside_tidy(target);
    ck_assert_int_ne(access(killed, F_OK), 0);
    ck_assert_int_eq(access(lives, F_OK), 0);
    ck_assert_int_eq(access(other, F_OK), 0);
    kill(second, SIGKILL);
    ck_assert_int_eq(waitpid(second, NULL, 0), second);
    /* Even of one whose number is ours. */
    snprintf(killed, sizeof(killed), "%s.part-%d-0", target, (int)getpid());
    ck_assert_int_eq(rename(lives, killed), 0);
    ck_assert_int_eq(beside_open_named(&b, target), 0);
    beside_tidy(target);
    ck_assert_int_ne(access(killed, F_OK), 0);
    ck_assert_int_eq(beside_finish(&b, target, true), 0);
    ck_assert_uint_eq(files(), 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("beside");
    TCase *t = tcase_create("beside");
    tcase_add_checked_fixture(t, setup, cleanup);
    tcase_add_loop_test(t, whole_or_not_there, 0, ARRAY_SIZE(ways));
    tcase_add_loop_test(t, a_place_that_is_none, 0, ARRAY_SIZE(ways));
    tcase_add_loop_test(t, others_open_it, 0, ARRAY_SIZE(ways));
    tcase_add_test(t, what_the_killed_left_goes);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
