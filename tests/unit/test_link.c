/*
 * test_link.c - places to listen at and their clients, with real sockets: the names of places,
 * modes, sockets that exist already, and clients who come, flood, never read and vanish.
 */
#include "frontend/link/link.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* A user that keeps what it hears, as far as it is willing to. */
struct room {
    struct links links;
    char folder[32], path[64];
    struct link_client *client; /* the last that came */
    unsigned came, left, ended;
    char heard[1 << 20];
    size_t heard_len, willing;
    bool refuse, slow;      /* slow: a byte is a command that takes its time */
    bool busy;              /* that of the processor */
    unsigned clients, most; /* most: that were there at a time */
};

/* A command of this length (ns), which sleeps or does not. */
static void work(u64 ns, bool busy)
{
    struct timespec from, t = {.tv_nsec = (long)ns};
    if (!busy) {
        nanosleep(&t, NULL);
        return;
    }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    while ((u64)(t.tv_sec - from.tv_sec) * 1000000000ull + (u64)t.tv_nsec - (u64)from.tv_nsec < ns);
}

static bool came(void *opaque, struct link_client *c)
{
    struct room *r = opaque;
    if (r->refuse)
        return false;
    r->client = c;
    r->came++;
    if (r->came - r->left > r->most)
        r->most = r->came - r->left;
    link_set_data(c, r);
    return true;
}

static size_t got(void *opaque, struct link_client *c, const u8 *data, size_t len)
{
    struct room *r = opaque;
    ck_assert_ptr_eq(link_data(c), r);
    size_t n = len < r->willing ? len : r->willing;
    if (r->slow && n) {
        n = 1;
        work(LINK_TURN / 4, r->busy);
    }
    ck_assert_uint_le(r->heard_len + n, sizeof(r->heard));
    memcpy(r->heard + r->heard_len, data, n);
    r->heard_len += n;
    r->willing -= n;
    return n;
}

static void ended(void *opaque, struct link_client *c)
{
    struct room *r = opaque;
    r->ended++;
    link_send(c, "bye", 3);
    link_drop(c);
}

static void left(void *opaque, struct link_client *c)
{
    struct room *r = opaque;
    r->left++;
    if (c == r->client)
        r->client = NULL;
}

static struct link_user user_of(struct room *r)
{
    return (struct link_user){.option = "-test",
                              .opaque = r,
                              .clients = r->clients,
                              .busy = "busy",
                              .came = came,
                              .got = got,
                              .ended = ended,
                              .left = left};
}

static bool listen_there(struct room *r, const char *text, struct err *e)
{
    struct link_where where;
    struct link_user user = user_of(r);
    return link_where(&where, "-test", text, e) && links_add(&r->links, &where, &user, e);
}

static struct room *open_room_for(unsigned clients)
{
    struct room *r = calloc(1, sizeof(*r));
    char text[200];
    struct err e = {""};
    signal(SIGPIPE, SIG_IGN);
    strcpy(r->folder, "/tmp/ferrite-link-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(r->folder));
    snprintf(r->path, sizeof(r->path), "%s/s", r->folder);
    snprintf(text, sizeof(text), "unix:%s,server=on,wait=off", r->path);
    r->willing = SIZE_MAX;
    r->clients = clients;
    ck_assert_msg(listen_there(r, text, &e), "%s", e.text);
    return r;
}

static struct room *open_room(void)
{
    return open_room_for(2);
}

static void close_room(struct room *r)
{
    links_close(&r->links);
    ck_assert_int_ne(access(r->path, F_OK), 0);
    ck_assert_uint_eq(r->came, r->left);
    rmdir(r->folder);
    free(r);
}

static int connect_to(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    return fd;
}

/* Is there time left? As long as a busy host may take, from the first call with *end of 0 on. */
static bool in_time(time_t *end)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!*end)
        *end = now.tv_sec + 60;
    return now.tv_sec < *end;
}

/* Look until the number is reached; a client's bytes may take their time. */
static void look_until(struct room *r, const unsigned *what, unsigned value)
{
    for (time_t end = 0; *what < value && in_time(&end);)
        links_wait(&r->links, 0.01);
    ck_assert_uint_eq(*what, value);
}

static void look_until_heard(struct room *r, size_t len)
{
    for (time_t end = 0; r->heard_len < len && in_time(&end);)
        links_wait(&r->links, 0.01);
    ck_assert_uint_eq(r->heard_len, len);
}

/* What comes within the room's looks, until the other side closes or `len` are there. */
static size_t read_from(struct room *r, int fd, char *buf, size_t len)
{
    size_t n = 0;
    for (time_t end = 0; n < len && in_time(&end);) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        links_wait(&r->links, 0);
        if (poll(&p, 1, 10) <= 0)
            continue;
        ssize_t got_now = read(fd, buf + n, len - n);
        if (got_now <= 0)
            break;
        n += (size_t)got_now;
    }
    return n;
}

START_TEST(places_have_names)
{
    static const struct {
        const char *text;
        enum link_kind kind;
        const char *path, *host, *port;
        bool wait;
    } good[] = {
        {"none", LINK_NONE, "", "", "", false},
        {"stdio", LINK_STDIO, "", "", "", false},
        {"unix:a", LINK_UNIX, "a", "", "", false},
        {"unix:a,server,nowait", LINK_UNIX, "a", "", "", false},
        {"unix:a,b,server=on,wait=on", LINK_UNIX, "a,b", "", "", true},
        {"tcp::1234", LINK_TCP, "", "", "1234", false},
        {"tcp:localhost:0,server,wait", LINK_TCP, "", "localhost", "0", true},
        {"tcp:[::1]:65535", LINK_TCP, "", "::1", "65535", false},
    };
    static const char *const bad[] = {
        "",           "uni:x",    "unix:",           "unix:,server", "tcp",
        "tcp:",       "tcp:1234", "tcp::x",          "tcp::65536",   "tcp::99999999999999999999",
        "tcp:[::1",   "tcp::12x", "tcp::12,backlog", "stdio,x",      "stdiox",
        "tcp:[::1]1",
    };
    struct link_where w;
    struct err e;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        ck_assert_msg(link_where(&w, "-qmp", good[i].text, &e), "%s", e.text);
        ck_assert_int_eq(w.kind, good[i].kind);
        ck_assert_str_eq(w.path, good[i].path);
        ck_assert_str_eq(w.host, good[i].host);
        ck_assert_str_eq(w.port, good[i].port);
        ck_assert(w.wait == good[i].wait);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        e.text[0] = 0;
        ck_assert_msg(!link_where(&w, "-qmp", bad[i], &e), "%s", bad[i]);
        ck_assert_msg(strncmp(e.text, "-qmp ", 5) == 0, "%s", e.text);
    }
    char deep[200] = "unix:";
    memset(deep + 5, 'x', 150);
    ck_assert(!link_where(&w, "-qmp", deep, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "107 bytes"));
}
END_TEST

START_TEST(bytes_go_both_ways)
{
    struct room *r = open_room();
    struct stat st;
    char buf[16];
    ck_assert_int_eq(stat(r->path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    int fd = connect_to(r->path);
    ck_assert_int_eq(write(fd, "hello", 5), 5);
    look_until_heard(r, 5);
    ck_assert_int_eq(memcmp(r->heard, "hello", 5), 0);
    ck_assert(link_send(r->client, "world", 5));
    ck_assert_uint_eq(read_from(r, fd, buf, 5), 5);
    ck_assert_int_eq(memcmp(buf, "world", 5), 0);
    /* It sends no more, but reads: it gets its last answer. */
    shutdown(fd, SHUT_WR);
    ck_assert_uint_eq(read_from(r, fd, buf, sizeof(buf)), 3);
    look_until(r, &r->left, 1);
    ck_assert_uint_eq(r->ended, 1);
    ck_assert_uint_eq(links_clients(&r->links), 0);
    close(fd);
    close_room(r);
}
END_TEST

START_TEST(tcp_listens_on_the_loopback_address)
{
    struct room *r = open_room();
    struct sockaddr_in addr = {.sin_family = AF_INET};
    struct err e;
    /* A free port: bound, seen, given back. */
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t len = sizeof(addr);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    close(fd);
    char text[40];
    snprintf(text, sizeof(text), "tcp::%u", ntohs(addr.sin_port));
    ck_assert_msg(listen_there(r, text, &e), "%s", e.text);
    ck_assert(!listen_there(r, text, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "cannot listen there"));
    fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    ck_assert_int_eq(write(fd, "x", 1), 1);
    look_until_heard(r, 1);
    close(fd);
    look_until(r, &r->left, 1);
    close_room(r);
}
END_TEST

START_TEST(a_socket_that_is_there_already)
{
    struct room *r = open_room(), *other = calloc(1, sizeof(*other));
    char text[200], file[80], stale[80];
    struct err e;
    /* Somebody listens there. */
    snprintf(text, sizeof(text), "unix:%s", r->path);
    ck_assert(!listen_there(other, text, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "another program listens"));
    /* No socket. */
    snprintf(file, sizeof(file), "%s/file", r->folder);
    snprintf(text, sizeof(text), "unix:%s", file);
    fclose(fopen(file, "w"));
    ck_assert(!listen_there(other, text, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "is no socket"));
    ck_assert_int_eq(access(file, F_OK), 0);
    unlink(file);
    /* One that was left behind. */
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    snprintf(stale, sizeof(stale), "%s/stale", r->folder);
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", stale);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    close(fd);
    snprintf(text, sizeof(text), "unix:%s", stale);
    ck_assert_msg(listen_there(other, text, &e), "%s", e.text);
    /* What somebody else has put in its place stays. */
    unlink(stale);
    fclose(fopen(stale, "w"));
    links_close(&other->links);
    ck_assert_int_eq(unlink(stale), 0);
    /* No such folder. */
    snprintf(text, sizeof(text), "unix:%s/none/s", r->folder);
    ck_assert(!listen_there(other, text, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "No such file"));
    free(other);
    close_room(r);
}
END_TEST

START_TEST(one_more_than_there_may_be)
{
    struct room *r = open_room();
    int a = connect_to(r->path), b = connect_to(r->path), c = connect_to(r->path);
    char buf[16];
    ck_assert_uint_eq(read_from(r, c, buf, sizeof(buf)), 4);
    ck_assert_int_eq(memcmp(buf, "busy", 4), 0);
    ck_assert_uint_eq(r->came, 2);
    ck_assert_uint_eq(links_clients(&r->links), 2);
    close(c);
    close(a);
    look_until(r, &r->left, 1);
    r->refuse = true;
    c = connect_to(r->path);
    ck_assert_uint_eq(read_from(r, c, buf, sizeof(buf)), 0);
    ck_assert_uint_eq(r->came, 2);
    close(b);
    close(c);
    look_until(r, &r->left, 2);
    close_room(r);
}
END_TEST

/* Whatever is not taken stays, in order, and no more than LINK_INPUT of it. */
START_TEST(a_flood_waits)
{
    enum { SIZE = 300000 };
    struct room *r = open_room();
    int fd = connect_to(r->path);
    char *flood = malloc(SIZE);
    size_t sent = 0;
    for (size_t i = 0; i < SIZE; i++)
        flood[i] = (char)(i * 7 + (i >> 9));
    r->willing = 1000;
    for (int i = 0; i < 50; i++) {
        ssize_t n = send(fd, flood + sent, SIZE - sent, MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        links_wait(&r->links, 0);
    }
    ck_assert_uint_eq(r->heard_len, 1000);
    ck_assert_uint_lt(sent, SIZE);
    for (time_t end = 0; r->heard_len < SIZE && in_time(&end);) {
        r->willing = 5000;
        ssize_t n = sent < SIZE ? send(fd, flood + sent, SIZE - sent, MSG_DONTWAIT) : 0;
        sent += n > 0 ? (size_t)n : 0;
        links_look(&r->links);
    }
    look_until_heard(r, SIZE);
    ck_assert_int_eq(memcmp(flood, r->heard, SIZE), 0);
    free(flood);
    close(fd);
    look_until(r, &r->left, 1);
    close_room(r);
}
END_TEST

/* Much work at once is done in turns, and between them the machine has as long. */
START_TEST(work_is_done_in_turns)
{
    struct room *r = open_room();
    int fd = connect_to(r->path);
    look_until(r, &r->came, 1);
    r->slow = true;
    ck_assert_int_eq(write(fd, "0123456789abcdefghij", 20), 20);
    for (time_t end = 0; !r->heard_len && in_time(&end);)
        links_wait(&r->links, 0.01);
    size_t heard = r->heard_len;
    ck_assert_uint_ge(heard, 1);
    ck_assert_uint_le(heard, 4);
    r->links.rest = 1000000000ull * 3600; /* as if it had been an hour */
    links_look(&r->links);
    ck_assert_uint_eq(r->heard_len, heard);
    r->links.rest = 0;
    links_look(&r->links);
    ck_assert_uint_gt(r->heard_len, heard);
    ck_assert_uint_le(r->heard_len, heard + 4);
    ck_assert_uint_ge(r->links.rest, LINK_TURN);
    /* Nobody sleeps over what is left: that would be minutes. */
    for (int i = 0; i < 20 && r->heard_len < 20; i++)
        links_wait(&r->links, 10);
    ck_assert_uint_eq(r->heard_len, 20);
    ck_assert_int_eq(memcmp(r->heard, "0123456789abcdefghij", 20), 0);
    close(fd);
    look_until(r, &r->left, 1);
    close_room(r);
}
END_TEST

/* All clients together have one turn, command by command, so that many are no more than one. */
START_TEST(many_share_one_turn)
{
    struct room *r = open_room();
    int a = connect_to(r->path), b = connect_to(r->path);
    look_until(r, &r->came, 2);
    r->willing = 0; /* until both are there to be heard */
    ck_assert_int_eq(write(a, "aaaaaaaa", 8), 8);
    ck_assert_int_eq(write(b, "bbbbbbbb", 8), 8);
    links_wait(&r->links, 0.01);
    r->willing = SIZE_MAX;
    r->slow = true;
    for (size_t heard = 0; heard < 16; heard = r->heard_len) {
        links_wait(&r->links, 0.01);
        ck_assert_uint_gt(r->heard_len, heard);
        ck_assert_uint_le(r->heard_len, heard + 4);
    }
    ck_assert_msg(strncmp(r->heard, "abababababababab", 16) == 0 ||
                      strncmp(r->heard, "babababababababa", 16) == 0,
                  "%.16s", r->heard);
    close(a);
    close(b);
    look_until(r, &r->left, 2);
    close_room(r);
}
END_TEST

/* Nor has the machine less when all that was asked for fits into the turn: more comes at once. */
START_TEST(the_machine_has_as_long_as_a_short_turn)
{
    struct room *r = open_room();
    int fd = connect_to(r->path);
    look_until(r, &r->came, 1);
    r->slow = true;
    ck_assert_int_eq(write(fd, "x", 1), 1);
    for (time_t end = 0; !r->heard_len && in_time(&end);)
        links_wait(&r->links, 0.01);
    ck_assert_uint_ge(r->links.rest, LINK_TURN / 4);
    close(fd);
    look_until(r, &r->left, 1);
    close_room(r);
}
END_TEST

START_TEST(who_never_reads_is_not_heard_and_then_dropped)
{
    struct room *r = open_room();
    int fd = connect_to(r->path);
    static char text[65536];
    ck_assert_int_eq(write(fd, "a", 1), 1);
    look_until_heard(r, 1);
    size_t sent = 0;
    while (sent < 2 * LINK_SLOW && link_send(r->client, text, sizeof(text)))
        sent += sizeof(text);
    while (sent < 3 * LINK_SLOW && link_send(r->client, text, sizeof(text)))
        sent += sizeof(text);
    ck_assert_int_eq(write(fd, "b", 1), 1);
    for (int i = 0; i < 20; i++)
        links_wait(&r->links, 0.001);
    ck_assert_uint_eq(r->heard_len, 1);
    /* It reads after all, and is heard. */
    char *all = malloc(sent);
    ck_assert_uint_eq(read_from(r, fd, all, sent), sent);
    free(all);
    look_until_heard(r, 2);
    /* And never again. */
    while (link_send(r->client, text, sizeof(text)))
        sent += sizeof(text);
    ck_assert_uint_le(sent, 3 * LINK_SLOW + 2 * LINK_OUTPUT);
    look_until(r, &r->left, 1);
    close(fd);
    close_room(r);
}
END_TEST

START_TEST(who_vanishes_is_seen_though_not_heard)
{
    struct room *r = open_room();
    static char text[2 * LINK_INPUT];
    int fd = connect_to(r->path);
    r->willing = 0;
    size_t sent = 0;
    for (int i = 0; i < 50; i++) {
        ssize_t n = send(fd, text, sizeof(text), MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        links_wait(&r->links, 0);
    }
    ck_assert_uint_gt(sent, LINK_INPUT);
    close(fd);
    look_until(r, &r->left, 1);
    close_room(r);
}
END_TEST

/* Its last words count, though it did not wait for the answer. */
START_TEST(who_leaves_answers_unread_is_heard)
{
    struct room *r = open_room();
    int fd = connect_to(r->path);
    look_until(r, &r->came, 1);
    ck_assert(link_send(r->client, "unread", 6));
    ck_assert_int_eq(write(fd, "quit", 4), 4);
    close(fd);
    ck_assert(link_send(r->client, "more", 4)); /* nobody reads it; "quit" is still to come */
    look_until_heard(r, 4);
    look_until(r, &r->left, 1);
    close_room(r);
}
END_TEST

/* Nor need the user have time for them at once. */
START_TEST(last_words_wait)
{
    struct room *r = open_room();
    int fd = connect_to(r->path);
    look_until(r, &r->came, 1);
    r->willing = 0;
    ck_assert_int_eq(write(fd, "quit", 4), 4);
    close(fd);
    for (unsigned i = 0; i < 20; i++)
        links_wait(&r->links, 0.001);
    ck_assert_uint_eq(r->left, 0);
    r->willing = 100;
    look_until_heard(r, 4);
    look_until(r, &r->left, 1);
    close_room(r);
}
END_TEST

/* Who has vanished keeps no place for what it has asked for, and that is done all the same. */
START_TEST(last_words_need_no_place)
{
    struct room *r = open_room();
    int a = connect_to(r->path), b = connect_to(r->path);
    look_until(r, &r->came, 2);
    r->willing = 0;
    ck_assert_int_eq(write(a, "last", 4), 4);
    ck_assert_int_eq(write(b, "last", 4), 4);
    links_wait(&r->links, 0);
    close(a);
    close(b);
    a = connect_to(r->path);
    b = connect_to(r->path);
    look_until(r, &r->came, 4);
    ck_assert_uint_eq(links_clients(&r->links), 2);
    ck_assert_uint_eq(r->left, 0);
    r->willing = SIZE_MAX;
    look_until_heard(r, 8);
    look_until(r, &r->left, 2);
    close(a);
    close(b);
    look_until(r, &r->left, 4);
    close_room(r);
}
END_TEST

/* A user that knows one client has never two. */
START_TEST(one_alone_is_alone)
{
    struct room *r = open_room_for(1);
    int a = connect_to(r->path);
    look_until(r, &r->came, 1);
    r->willing = 0;
    ck_assert_int_eq(write(a, "last", 4), 4);
    links_wait(&r->links, 0);
    close(a);
    a = connect_to(r->path);
    look_until(r, &r->came, 2);
    ck_assert_uint_eq(r->left, 1);
    ck_assert_uint_eq(r->most, 1);
    close(a);
    r->willing = SIZE_MAX;
    look_until(r, &r->left, 2);
    close_room(r);
}
END_TEST

/* But there are not more and more of them. */
START_TEST(those_who_have_vanished_are_few)
{
    struct room *r = open_room();
    r->willing = 0;
    for (unsigned i = 1; i <= 3 * LINK_CLIENTS; i++) {
        int fd = connect_to(r->path);
        look_until(r, &r->came, i);
        ck_assert_int_eq(write(fd, "last", 4), 4);
        close(fd);
        ck_assert_uint_le(r->came - r->left, LINK_CLIENTS + 1);
    }
    for (unsigned i = 0; i < 5; i++)
        links_wait(&r->links, 0);
    ck_assert_uint_le(r->came - r->left, LINK_CLIENTS);
    ck_assert_uint_ge(r->came - r->left, 1);
    r->willing = SIZE_MAX;
    look_until(r, &r->left, 3 * LINK_CLIENTS);
    close_room(r);
}
END_TEST

/* And nobody waits long for the work of one who does not wait for it. */
START_TEST(last_words_are_bounded)
{
    enum { WORDS = 1000 };
    struct room *r = open_room();
    int fd = connect_to(r->path);
    char words[WORDS];
    look_until(r, &r->came, 1);
    memset(words, 'x', sizeof(words));
    ck_assert_int_eq(write(fd, words, sizeof(words)), sizeof(words));
    close(fd);
    r->slow = r->busy = true;
    look_until(r, &r->left, 1);
    ck_assert_uint_ge(r->heard_len, 4);
    ck_assert_uint_lt(r->heard_len, WORDS / 2);
    close_room(r);
}
END_TEST

START_TEST(the_first_client_can_be_waited_for)
{
    struct room *r = open_room();
    struct err e;
    char text[200], path[80];
    snprintf(path, sizeof(path), "%s/w", r->folder);
    snprintf(text, sizeof(text), "unix:%s,wait=on", path);
    ck_assert(!links_awaited(&r->links));
    ck_assert(listen_there(r, text, &e));
    ck_assert(links_awaited(&r->links));
    int fd = connect_to(path);
    look_until(r, &r->came, 1);
    ck_assert(!links_awaited(&r->links));
    close(fd);
    look_until(r, &r->left, 1);
    ck_assert(!links_awaited(&r->links));
    close_room(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("link");
    TCase *t = tcase_create("link");
    tcase_add_test(t, places_have_names);
    tcase_add_test(t, bytes_go_both_ways);
    tcase_add_test(t, tcp_listens_on_the_loopback_address);
    tcase_add_test(t, a_socket_that_is_there_already);
    tcase_add_test(t, one_more_than_there_may_be);
    tcase_add_test(t, a_flood_waits);
    tcase_add_test(t, work_is_done_in_turns);
    tcase_add_test(t, many_share_one_turn);
    tcase_add_test(t, the_machine_has_as_long_as_a_short_turn);
    tcase_add_test(t, who_never_reads_is_not_heard_and_then_dropped);
    tcase_add_test(t, who_vanishes_is_seen_though_not_heard);
    tcase_add_test(t, who_leaves_answers_unread_is_heard);
    tcase_add_test(t, last_words_wait);
    tcase_add_test(t, last_words_need_no_place);
    tcase_add_test(t, one_alone_is_alone);
    tcase_add_test(t, those_who_have_vanished_are_few);
    tcase_add_test(t, last_words_are_bounded);
    tcase_add_test(t, the_first_client_can_be_waited_for);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
