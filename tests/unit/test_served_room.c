/*
 * test_served_room.c - hw/storage/served_room.h: this program, by the name of qemu-nbd, is started
 * as a server that an image has taken over. It tries each thing that such a one would like, and
 * says what it could do.
 */
#define _GNU_SOURCE
#include "hw/storage/served_room.h"

#include "hw/base/confine/filter.h"
#include "hw/base/confine/landlock.h"
#include "hw/base/sanitized.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/ferrite-room-XXXXXX";

static const char *in(const char *name)
{
    static char path[8][200];
    static unsigned next;
    char *p = path[next++ % 8];
    snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
    return p;
}

/* ---- the server ---- */

static bool opens(const char *path, int how)
{
    int fd = open(path, how | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool forks(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child > 0;
}

static bool executes(void)
{
    char *words[] = {"true", NULL};
    (void)execv("/bin/true", words);
    (void)execv("/usr/bin/true", words);
    return false; /* else there is nobody to say so, and nothing is said */
}

static bool binds(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 1) == 0;
}

static bool lives_within_limits(void)
{
    struct rlimit core, data;
    return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 &&
           getrlimit(RLIMIT_DATA, &data) == 0 && data.rlim_max != RLIM_INFINITY;
}

/* A bit of `could` for each. */
enum could {
    READ_IMAGE = 1,
    WRITE_IMAGE = 2,
    READ_PART = 4,
    WRITE_PART = 8,
    LISTEN = 16,
    NAMED = 32, /* in a folder of FERRITE_SERVED_FOLDERS */
    OUTSIDE = 64,
    MAKE = 128,
    CONNECT = 256,
    PROCESSES = 512,
    LIMITS = 1024
};

/* Standard error is what the test reads. The words: qemu-nbd FOLDER. */
static int serve(const char *where)
{
    struct err e;
    unsigned could = 0;
    snprintf(folder, sizeof(folder), "%s", where);
    could |= opens(in("images/disk"), O_RDONLY) ? READ_IMAGE : 0;
    could |= opens(in("images/disk"), O_RDWR) ? WRITE_IMAGE : 0;
    could |= opens(in("images/part"), O_RDONLY) ? READ_PART : 0;
    could |= opens(in("images/part"), O_RDWR) ? WRITE_PART : 0;
    could |= binds(in("socket/s")) ? LISTEN : 0;
    could |= opens(in("named/part"), O_RDONLY) ? NAMED : 0;
    could |= opens("/etc/passwd", O_RDONLY) || opens(in("secret"), O_RDONLY) ||
                     opens(in("images/../secret"), O_RDONLY) || opens(in("images/link"), O_RDONLY)
                 ? OUTSIDE
                 : 0;
    could |= opens(in("images/new"), O_RDWR | O_CREAT) || opens(in("new"), O_RDWR | O_CREAT) ||
                     unlink(in("images/part")) == 0 || opens("/tmp/ferrite-new", O_RDWR | O_CREAT)
                 ? MAKE
                 : 0;
    could |= socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_INET6, SOCK_DGRAM, 0) >= 0 ||
                     socket(AF_PACKET, SOCK_RAW, 0) >= 0
                 ? CONNECT
                 : 0;
    could |= kill(getppid(), 0) == 0 || forks() || ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ||
                     executes()
                 ? PROCESSES
                 : 0;
    could |= lives_within_limits() ? LIMITS : 0;
    err_set(&e, "could %x", could);
    return write(STDERR_FILENO, e.text, strlen(e.text)) > 0 ? 0 : 1;
}

/* ---- the tests ---- */

static bool make(const char *name)
{
    FILE *f = fopen(in(name), "w");
    return f && fputs(name, f) >= 0 && fclose(f) == 0;
}

/* What a server could do. */
static unsigned could(const char *format, bool read_only)
{
    char text[100] = "", name[] = "qemu-nbd", *argv[] = {name, folder, NULL};
    char image[200], sockets[200], file[] = "/tmp/ferrite-said-XXXXXX";
    snprintf(image, sizeof(image), "%s", in("images/disk"));
    snprintf(sockets, sizeof(sockets), "%s", in("socket"));
    struct served s = {.argv = argv,
                       .image = image,
                       .format = format,
                       .folder = sockets,
                       .read_only = read_only,
                       .said = mkstemp(file)};
    pid_t process = 0;
    int status = 0;
    unsigned found = 0;
    unlink(file);
    unlink(in("socket/s"));
    ck_assert_int_eq(served_start(&s, &process), 0);
    ck_assert_int_eq(getpgid(process) == process || getpgid(process) == getpgid(0), 1);
    ck_assert_int_eq(waitpid(process, &status, 0), process);
    ck_assert(pread(s.said, text, sizeof(text) - 1, 0) > 0);
    ck_assert_msg(sscanf(text, "could %x", &found) == 1, "%s, status %x", text, (unsigned)status);
    close(s.said);
    return found;
}

/* A sanitizer's runtime wants what nobody gets there; and there has to be something to test. */
static bool testable(void)
{
    return !SANITIZED && landlock_version() > 0 && filter_possible();
}

START_TEST(a_server_that_was_taken_over_has_its_image_and_no_more)
{
    if (!testable())
        return;
    ck_assert_uint_eq(could("qcow2", false),
                      READ_IMAGE | WRITE_IMAGE | READ_PART | LISTEN | LIMITS);
    ck_assert_uint_eq(could("qcow2", true), READ_IMAGE | READ_PART | LISTEN | LIMITS);
}
END_TEST

START_TEST(extents_are_written_beside_their_description)
{
    if (!testable())
        return;
    ck_assert_uint_eq(could("vmdk", false),
                      READ_IMAGE | WRITE_IMAGE | READ_PART | WRITE_PART | LISTEN | LIMITS);
    ck_assert_uint_eq(could("vmdk", true), READ_IMAGE | READ_PART | LISTEN | LIMITS);
}
END_TEST

START_TEST(a_folder_that_was_named_is_within_reach)
{
    char list[400];
    if (!testable())
        return;
    snprintf(list, sizeof(list), "/nowhere:%s", in("named"));
    setenv("FERRITE_SERVED_FOLDERS", list, 1);
    ck_assert_uint_eq(could("qcow2", true), READ_IMAGE | READ_PART | LISTEN | NAMED | LIMITS);
    setenv("FERRITE_SERVED_FOLDERS", "/", 1); /* -sandbox off */
    ck_assert_uint_eq(could("qcow2", true) & (OUTSIDE | CONNECT | LIMITS), OUTSIDE | CONNECT);
    unsetenv("FERRITE_SERVED_FOLDERS");
}
END_TEST

START_TEST(a_program_that_is_not_there_is_said_to_be_missing)
{
    char *argv[] = {"ferrite-no-such-program", NULL};
    struct served s = {.argv = argv, .image = "x", .format = "qcow2", .folder = "x", .said = 2};
    pid_t process;
    ck_assert_int_eq(served_start(&s, &process), ENOENT);
}
END_TEST

/* A ruleset that cannot be made is no reason to go without. */
START_TEST(without_walls_that_the_kernel_has_nothing_is_started)
{
    char *argv[] = {"qemu-nbd", (char *)in("tried"), NULL};
    struct served s = {.argv = argv,
                       .image = in("images/disk"),
                       .format = "qcow2",
                       .folder = in("socket"),
                       .said = 2};
    struct rlimit before, now;
    pid_t process = 0;
    if (!landlock_version())
        return;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    int next = open("/dev/null", O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(next, 0);
    close(next);
    now = before;
    now.rlim_cur = (rlim_t)next + 1; /* for /dev/null, and no more */
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &now), 0);
    int error = served_start(&s, &process);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(error, EMFILE);
    ck_assert_int_eq(process, 0);
}
END_TEST

static bool make_folders(void)
{
    char self[4000];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n <= 0 || !mkdtemp(folder))
        return false;
    self[n] = 0;
    for (const char *const *name = (const char *const[]){"images", "socket", "named", "bin", NULL};
         *name; name++)
        if (mkdir(in(*name), 0700) != 0)
            return false;
    return make("images/disk") && make("images/part") && make("named/part") && make("secret") &&
           symlink(self, in("bin/qemu-nbd")) == 0 &&
           symlink(in("secret"), in("images/link")) == 0 && setenv("PATH", in("bin"), 1) == 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[0], "qemu-nbd") == 0)
        return serve(argv[1]);
    char command[100];
    Suite *s = suite_create("served_room");
    TCase *t = tcase_create("served_room");
    if (!make_folders())
        return 1;
    tcase_add_test(t, a_server_that_was_taken_over_has_its_image_and_no_more);
    tcase_add_test(t, extents_are_written_beside_their_description);
    tcase_add_test(t, a_folder_that_was_named_is_within_reach);
    tcase_add_test(t, a_program_that_is_not_there_is_said_to_be_missing);
    tcase_add_test(t, without_walls_that_the_kernel_has_nothing_is_started);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    setenv("PATH", "/usr/bin:/bin", 1);
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    (void)!system(command);
    return failed ? 1 : 0;
}
