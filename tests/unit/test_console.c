/*
 * test_console.c - serial and debug channels on the host: files, sockets, pipes, and readers that
 * go away.
 */
#include "frontend/control/console.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

START_TEST(a_file_takes_all_and_is_written_at_line_ends)
{
    char path[] = "/tmp/ferrite-console-XXXXXX";
    close(mkstemp(path));
    char where[100], text[100] = "";
    snprintf(where, sizeof(where), "file:%s", path);
    struct console c;
    struct err e;
    ck_assert(console_open(&c, where, true, &e));
    struct stream s = console_stream(&c);
    s.write(s.opaque, (const u8 *)"one\ntw", 6);
    FILE *f = fopen(path, "r");
    ck_assert_uint_eq(fread(text, 1, sizeof(text), f), 4);
    console_flush(&c);
    clearerr(f);
    ck_assert_uint_eq(fread(text, 1, sizeof(text), f), 2);
    for (int i = 0; i < 3000; i++)
        s.write(s.opaque, (const u8 *)"xyz", 3);
    console_close(&c);
    fseek(f, 0, SEEK_END);
    ck_assert_int_eq(ftell(f), 6 + 9000);
    fclose(f);
    unlink(path);
    u8 in[4];
    ck_assert_uint_eq(s.read(s.opaque, in, 4), 0);
}
END_TEST

START_TEST(nowhere_is_fine)
{
    static const char *const nowhere[] = {NULL, "null", "none"};
    for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++) {
        struct console c;
        ck_assert(console_open(&c, nowhere[i], true, NULL));
        console_write(&c, (const u8 *)"gone\n", 5);
        console_poll(&c);
        console_close(&c);
    }
}
END_TEST

START_TEST(a_socket_goes_both_ways)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    snprintf(addr.sun_path, sizeof(addr.sun_path), "/tmp/ferrite-socket-%d", (int)getpid());
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(server, (struct sockaddr *)&addr, sizeof(addr)), 0);
    ck_assert_int_eq(listen(server, 1), 0);
    char where[150];
    snprintf(where, sizeof(where), "unix:%s", addr.sun_path);
    struct console c;
    struct err e;
    ck_assert_msg(console_open(&c, where, true, &e), "%s", e.text);
    int peer = accept(server, NULL, NULL);
    struct stream s = console_stream(&c);
    u8 in[8];
    console_poll(&c); /* nothing yet, and no waiting */
    ck_assert_uint_eq(s.read(s.opaque, in, sizeof(in)), 0);
    ck_assert_int_eq(write(peer, "abcde", 5), 5);
    ck_assert_uint_eq(s.read(s.opaque, in, sizeof(in)), 0); /* only a poll takes it in */
    console_poll(&c);
    ck_assert_uint_eq(s.read(s.opaque, in, 2), 2);
    ck_assert_uint_eq(s.read(s.opaque, in + 2, 6), 3);
    ck_assert_mem_eq(in, "abcde", 5);
    s.write(s.opaque, (const u8 *)"hi\n", 3);
    ck_assert_int_eq(read(peer, in, sizeof(in)), 3);
    close(peer); /* the guest carries on */
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 3; i++) {
        s.write(s.opaque, (const u8 *)"lost\n", 5);
        console_poll(&c);
    }
    console_close(&c);
    close(server);
    unlink(addr.sun_path);
    ck_assert(!console_open(&c, where, true, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "cannot connect"));
    char longer[300];
    memset(longer, 'x', sizeof(longer));
    memcpy(longer, "unix:", 5);
    longer[sizeof(longer) - 1] = 0;
    ck_assert(!console_open(&c, longer, true, &e));
    ck_assert(!console_open(&c, "file:/nonexistent/x", true, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "cannot be written"));
}
END_TEST

static bool fill(struct console *c, size_t bytes)
{
    struct stream s = console_stream(c);
    u8 block[1000];
    memset(block, 'x', sizeof(block));
    for (size_t i = 0; i < bytes; i += sizeof(block))
        s.write(s.opaque, block, sizeof(block));
    return true;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A FIFO, a socket: somebody has it open and does not read. The machine goes on. */
START_TEST(a_reader_that_stands_still_holds_nobody)
{
    char fifo[100], where[120];
    struct console c;
    struct err e;
    snprintf(fifo, sizeof(fifo), "/tmp/ferrite-fifo-%d", (int)getpid());
    snprintf(where, sizeof(where), "file:%s", fifo);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert(!console_open(&c, where, true, &e)); /* and does not wait for a reader */
    ck_assert_ptr_nonnull(strstr(e.text, "nobody reads"));
    int reader = open(fifo, O_RDONLY | O_NONBLOCK);
    ck_assert_msg(console_open(&c, where, true, &e), "%s", e.text);
    double start = seconds();
    fill(&c, 3 * CONSOLE_KEEP);
    ck_assert(c.told && c.stuck);
    ck_assert_uint_gt(c.dropped, CONSOLE_KEEP);
    ck_assert_double_lt(seconds() - start, 100); /* patience, once */
    /* What was kept arrives when it reads again, and then all goes as before. */
    size_t got = 0;
    u64 dropped = c.dropped;
    static u8 in[65536];
    for (ssize_t n; (n = read(reader, in, sizeof(in))) > 0; console_flush(&c))
        got += (size_t)n;
    ck_assert_uint_eq(got + dropped, (3u * CONSOLE_KEEP + 999) / 1000 * 1000);
    ck_assert(!c.stuck);
    struct stream s = console_stream(&c);
    s.write(s.opaque, (const u8 *)"hello\n", 6);
    ck_assert_int_eq(read(reader, in, sizeof(in)), 6);
    console_close(&c);
    close(reader);
    unlink(fifo);
}
END_TEST

static void *read_slowly(void *opaque)
{
    int fd = *(int *)opaque;
    static u8 in[32768];
    size_t got = 0;
    for (ssize_t n; (n = read(fd, in, sizeof(in))) > 0; got += (size_t)n)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    *(size_t *)opaque = got;
    return NULL;
}

START_TEST(a_slow_reader_loses_nothing)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct console c = {.in_fd = -1, .out_fd = pair[0], .owned = true, .kind = CONSOLE_SOCKET};
    union {
        int fd;
        size_t got;
    } reader = {.fd = pair[1]};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, read_slowly, &reader), 0);
    fill(&c, 4000 * 1000);
    ck_assert_uint_eq(c.dropped, 0);
    console_close(&c);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(reader.got, 4000 * 1000);
    close(pair[1]);
}
END_TEST

/* Somebody else's pipe, which must not become non-blocking. */
START_TEST(a_shared_pipe_is_written_with_care)
{
    int pair[2];
    ck_assert_int_eq(pipe(pair), 0);
    struct console c = {.in_fd = -1, .out_fd = pair[1], .kind = CONSOLE_SHARED, .stuck = true};
    fill(&c, 2 * CONSOLE_KEEP);
    ck_assert_uint_gt(c.dropped, 0);
    ck_assert_int_eq(fcntl(pair[1], F_GETFL) & O_NONBLOCK, 0);
    console_close(&c);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("console");
    TCase *tc = tcase_create("console");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, a_file_takes_all_and_is_written_at_line_ends);
    tcase_add_test(tc, nowhere_is_fine);
    tcase_add_test(tc, a_socket_goes_both_ways);
    tcase_add_test(tc, a_reader_that_stands_still_holds_nobody);
    tcase_add_test(tc, a_slow_reader_loses_nothing);
    tcase_add_test(tc, a_shared_pipe_is_written_with_care);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
