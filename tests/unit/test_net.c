/*
 * test_net.c - the cable and what may be behind it: frames at the speed of the wire, queue, pcap
 * file, LAN over local sockets, libslirp (where the build has it), state.
 */
#include "hw/net/net_fragments.h"
#include "hw/net/net_link.h"
#include "roundtrip.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char directory[64];
static struct bench b1, b2;
static struct nic_config nic;

static struct seen {
    u8 frame[NET_MAX];
    size_t size;
    unsigned count;
    u64 at;
} seen1, seen2;

static void on_frame1(void *opaque, const u8 *frame, size_t size)
{
    struct bench *b = opaque;
    ck_assert(size >= NET_MIN && size <= NET_MAX);
    struct seen *s = b == &b2 ? &seen2 : &seen1;
    memcpy(s->frame, frame, size);
    s->size = size;
    s->count++;
    s->at = b->clock.now;
}

/* The frames on the way, wherever in the ring they are. */
static void same_frames(struct bench *a, struct device *da, struct bench *b, struct device *db)
{
    const struct net_link *p = (struct net_link *)da, *q = (struct net_link *)db;
    (void)a, (void)b;
    ck_assert_uint_eq(p->count, q->count);
    for (unsigned i = 0; i < p->count; i++) {
        const struct net_queued *f = &p->queue[(p->head + i) % NET_QUEUE];
        const struct net_queued *g = &q->queue[(q->head + i) % NET_QUEUE];
        ck_assert_uint_eq(f->size, g->size);
        ck_assert_mem_eq(f->data, g->data, f->size);
    }
    ck_assert_uint_eq(p->sent, q->sent);
    ck_assert_uint_eq(p->received, q->received);
    ck_assert_uint_eq(p->lost, q->lost);
}

static struct device *make(struct bench *bench)
{
    struct net_link *l = (struct net_link *)device_new(&net_link_class, NULL);
    l->config = &nic;
    l->card = (struct net_port){on_frame1, bench};
    bench->free = (struct span){offsetof(struct net_link, head), sizeof(l->head)};
    bench_start(bench, &l->dev);
    bench->same = same_frames;
    return &l->dev;
}

static void setup(void)
{
    memset(&seen1, 0, sizeof(seen1));
    memset(&seen2, 0, sizeof(seen2));
    nic = (struct nic_config){.net = NET_LAN, .lan = "test"};
    snprintf(directory, sizeof(directory), "/tmp/ferrite-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    setenv("XDG_RUNTIME_DIR", directory, 1);
    bench_init(&b1);
    bench_init(&b2);
}

static void teardown(void)
{
    char command[100];
    snprintf(command, sizeof(command), "rm -rf %s", directory);
    ck_assert_int_eq(system(command), 0);
}

static const u8 *pattern(size_t size)
{
    static u8 f[4096];
    for (size_t i = 0; i < size; i++)
        f[i] = (u8)(i * 5 + size);
    return f;
}

START_TEST(lan_of_two)
{
    struct net_link *l1 = (struct net_link *)make(&b1), *l2 = (struct net_link *)make(&b2);
    static const u8 first[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    ck_assert_mem_eq(l1->mac, first, 6);
    ck_assert(!memcmp(l2->mac, first, 5) && l2->mac[5] == 0x57);
    net_link_from_card(l1, pattern(1000), 1000);
    net_link_from_card(l1, pattern(20), 20); /* filled up */
    run_to(&b2, NS_PER_MS);                  /* it has been looked for */
    ck_assert_uint_eq(seen2.count, 0);
    run_to(&b2, NS_PER_MS + net_wire_ns(1000));
    ck_assert_uint_eq(seen2.count, 1);
    ck_assert_uint_eq(seen2.size, 1000);
    ck_assert_mem_eq(seen2.frame, pattern(1000), 1000);
    ck_assert_uint_eq(seen2.at, NS_PER_MS + net_wire_ns(1000));
    run_to(&b2, 3 * NS_PER_MS);
    ck_assert_uint_eq(seen2.count, 2);
    ck_assert_uint_eq(seen2.size, NET_MIN);
    ck_assert_uint_eq(seen2.at, NS_PER_MS + net_wire_ns(1000) + net_wire_ns(NET_MIN));
    ck_assert_mem_eq(seen2.frame, pattern(20), 20);
    for (unsigned i = 20; i < NET_MIN; i++)
        ck_assert_uint_eq(seen2.frame[i], 0);
    run_to(&b1, 5 * NS_PER_MS);
    ck_assert_uint_eq(seen1.count, 0); /* nobody hears himself */
    bench_free(&b1, &l1->dev);
    net_link_from_card(l2, pattern(100), 100); /* to nobody */
    bench_free(&b2, &l2->dev);
}
END_TEST

START_TEST(an_address_that_was_said)
{
    nic.mac_set = true;
    memcpy(nic.mac, "\2\1\1\1\1\1", 6);
    struct device *d1 = make(&b1), *d2 = make(&b2);
    ck_assert_mem_eq(((struct net_link *)d1)->mac, nic.mac, 6);
    ck_assert_mem_eq(((struct net_link *)d2)->mac, nic.mac, 6);
    bench_free(&b1, d1);
    bench_free(&b2, d2);
}
END_TEST

/* A stranger in the directory: datagrams of any size, more than the queue takes. */
START_TEST(hostile_neighbour)
{
    struct net_link *l = (struct net_link *)make(&b1);
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof(to.sun_path), "%s/ferrite-lan/test.0", directory);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    ck_assert_int_ge(fd, 0);
    static const size_t sizes[] = {0, 1, 13, 1515, 4096, 14, 59, 60, 1514};
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        ck_assert_int_ge(
            sendto(fd, pattern(sizes[i]), sizes[i], 0, (struct sockaddr *)&to, sizeof(to)), 0);
        run_for(&b1, 3 * NS_PER_MS);
    }
    ck_assert_uint_eq(seen1.count, 4);
    ck_assert_uint_eq(l->lost, 5);
    unsigned sent = 0;
    for (unsigned i = 0; i < 400; i++) {
        sent += sendto(fd, pattern(1514), 1514, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) ==
                1514;
        if (i % 4 == 0)
            run_for(&b1, NS_PER_MS);
    }
    run_for(&b1, NS_PER_SEC);
    ck_assert_uint_gt(sent, NET_QUEUE);
    ck_assert_uint_eq(seen1.count + l->lost, 9 + sent);
    ck_assert_uint_gt(l->lost, 5);
    close(fd);
    bench_free(&b1, &l->dev);
}
END_TEST

START_TEST(joining)
{
    /* A name that a crash left behind is taken over; one in use is not. */
    char path[200];
    snprintf(path, sizeof(path), "%s/ferrite-lan", directory);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    struct sockaddr_un stale = {.sun_family = AF_UNIX};
    snprintf(stale.sun_path, sizeof(stale.sun_path), "%s/ferrite-lan/test.0", directory);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&stale, sizeof(stale)), 0);
    close(fd);
    struct net_backend like = {0}, *member[17];
    struct err e;
    unsigned place;
    for (unsigned i = 0; i < 16; i++) {
        member[i] = net_lan_new(&nic, &like, &place, &e);
        ck_assert_msg(member[i] != NULL, "%s", e.text);
        ck_assert_uint_eq(place, i);
    }
    ck_assert_ptr_null(net_lan_new(&nic, &like, &place, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "16 machines"));
    member[5]->free(member[5]);
    member[5] = net_lan_new(&nic, &like, &place, &e);
    ck_assert_uint_eq(place, 5);
    for (unsigned i = 0; i < 16; i++)
        member[i]->free(member[i]);
    /* Others could write to it: no. */
    ck_assert_int_eq(chmod(path, 0777), 0);
    ck_assert_ptr_null(net_lan_new(&nic, &like, &place, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "only you"));
    char longer[200];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[0] = '/';
    longer[sizeof(longer) - 1] = 0;
    setenv("XDG_RUNTIME_DIR", longer, 1);
    ck_assert_ptr_null(net_lan_new(&nic, &like, &place, &e));
}
END_TEST

START_TEST(dump)
{
    char path[100];
    u8 file[300];
    struct err e;
    snprintf(path, sizeof(path), "%s/dump.pcap", directory);
    nic.dump = path;
    struct net_link *l = (struct net_link *)make(&b1);
    run_to(&b1, 3 * NS_PER_SEC + 7);
    net_link_from_card(l, pattern(60), 60);
    net_link_from_card(l, pattern(100), 100);
    ck_assert(net_link_close(l, &e));
    bench_free(&b1, &l->dev);
    FILE *f = fopen(path, "rb");
    ck_assert_uint_eq(fread(file, 1, sizeof(file), f), 24 + 16 + 60 + 16 + 100);
    fclose(f);
    ck_assert_uint_eq(get_le32(file), 0xa1b23c4d);
    ck_assert_uint_eq(get_le32(file + 20), 1);
    ck_assert_uint_eq(get_le32(file + 24), 3);
    ck_assert_uint_eq(get_le32(file + 28), 7);
    ck_assert_uint_eq(get_le32(file + 32), 60);
    ck_assert_uint_eq(get_le32(file + 36), 60);
    ck_assert_mem_eq(file + 40, pattern(60), 60);
    ck_assert_mem_eq(file + 116, pattern(100), 100);
    /* A full disk is told when the file is closed. */
    struct net_pcap *p = net_pcap_open("/dev/full", &e);
    ck_assert_ptr_nonnull(p);
    for (unsigned i = 0; i < 100; i++)
        net_pcap_frame(p, 0, pattern(1000), 1000);
    ck_assert(!net_pcap_close(p, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "/dev/full"));
    ck_assert_ptr_null(net_pcap_open(directory, &e));
}
END_TEST

START_TEST(state)
{
    struct net_link *l1 = (struct net_link *)make(&b1), *l2 = (struct net_link *)make(&b2);
    for (unsigned i = 0; i < 40; i++) {
        net_link_from_card(l1, pattern(60 + i * 30), 60 + i * 30);
        if (i % 8 == 7) /* the host's kernel may hold no more than ten datagrams */
            run_for(&b2, NS_PER_MS + 100);
    }
    ck_assert(seen2.count > 0 && seen2.count < 40);
    net_link_from_card(l2, pattern(100), 100);
    net_link_from_card(l2, pattern(200), 200);
    ck_assert_uint_ne(l2->sent, 0);
    l2->lost += 3;              /* as when the card is too slow for its neighbours */
    unsigned had = seen2.count; /* the round trip puts the cable back, not what came out of it */
    round_trip(&b2, &l2->dev, make);
    seen2.count = had;
    run_for(&b2, NS_PER_SEC);
    ck_assert_uint_eq(seen2.count, 40);
    /* A machine without a network is another machine. */
    const u8 *bytes;
    size_t size;
    struct state *s = bench_save(&b2, &l2->dev, &bytes, &size);
    struct net_link *none = (struct net_link *)device_new(&net_link_class, NULL);
    bench_start(&b1, &none->dev);
    struct state *in = state_new_load(bytes, size, NULL);
    clock_state(&b1.clock, in);
    device_state(&none->dev, in);
    ck_assert(!state_ok(in));
    state_free(in);
    state_free(s);
    device_free(&none->dev);
    bench_free(&b1, &l1->dev);
    bench_free(&b2, &l2->dev);
}
END_TEST

START_TEST(nothing_plugged_in)
{
    nic.net = NET_NONE;
    struct net_link *l = (struct net_link *)make(&b1);
    net_link_from_card(l, pattern(60), 60);
    net_link_wait(l, 1000);
    ck_assert_uint_eq(clock_next(&b1.clock), CLOCK_NEVER); /* an idle machine stays idle */
    round_trip(&b1, &l->dev, make);
    bench_free(&b1, &l->dev);
}
END_TEST

START_TEST(user_network)
{
    static const u8 question[NET_MIN] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0,    0x12, 0x34, 0x56, 0x08, 0x06,
        0,    1,    8,    0,    6,    4,    0,    1,    0x52, 0x54, 0,    0x12, 0x34, 0x56,
        10,   0,    2,    15,   0,    0,    0,    0,    0,    0,    10,   0,    2,    2};
    static const u8 router[] = {0x52, 0x55, 0x0a, 0x00, 0x02, 0x02};
    struct net_link *l = (struct net_link *)device_new(&net_link_class, NULL);
    struct err e;
    nic = (struct nic_config){.net = NET_USER, .restricted = true};
    l->config = &nic;
    l->card = (struct net_port){on_frame1, &b1};
    if (!device_realize(&l->dev, &b1.board, &e)) {
        ck_assert_msg(strstr(e.text, "libslirp-dev") != NULL, "%s", e.text);
        fprintf(stderr, "user_network: skipped, %s\n", e.text);
        bench_free(&b1, &l->dev);
        return;
    }
    device_reset(&l->dev);
    run_to(&b1, 10 * NS_PER_MS + 5);
    net_link_from_card(l, question, sizeof(question));
    run_to(&b1, 20 * NS_PER_MS);
    ck_assert_uint_eq(seen1.count, 1);
    ck_assert_uint_eq(seen1.at, 10 * NS_PER_MS + 5 + net_wire_ns(seen1.size));
    ck_assert_mem_eq(seen1.frame + 22, router, 6);
    /* Whatever the guest sends, libslirp is at the other end. */
    struct storm r = {7};
    u8 frame[NET_MAX];
    for (unsigned i = 0; i < 3000; i++) {
        size_t size = NET_HEADER + storm_next(&r) % (NET_MAX - NET_HEADER);
        for (size_t k = 0; k < size; k++)
            frame[k] = (u8)storm_next(&r);
        frame[12] = 8;
        frame[13] = (u8)(storm_next(&r) & 1 ? 0 : 6);
        if (frame[13] == 0 && !(storm_next(&r) & 3))
            frame[14] = 0x45;
        net_link_from_card(l, frame, size);
        run_for(&b1, 100000);
    }
    bench_free(&b1, &l->dev);
    /* A port that is taken: an error, not a crash. */
    l = (struct net_link *)device_new(&net_link_class, NULL);
    bench_init(&b1);
    nic.forward[0] = nic.forward[1] =
        (struct nic_forward){.host = {127, 0, 0, 1}, .host_port = 45679, .guest_port = 22};
    nic.forwards = 2;
    l->config = &nic;
    ck_assert(!device_realize(&l->dev, &b1.board, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "45679"));
    bench_free(&b1, &l->dev);
}
END_TEST

/* ---- fragments ---- */

static struct net_fragments fragments;
static const u8 *whole;
static size_t whole_size;

static u16 ones_sum(const u8 *p, size_t n)
{
    u32 sum = 0;
    for (size_t i = 0; i < n; i += 2)
        sum += (u32)(p[i] << 8 | p[i + 1]);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (u16)sum;
}

/* A fragment of a datagram whose byte at N is N * 7; true: it completed one. */
static bool fragment(u8 id, u32 start, u32 size, bool more)
{
    static u8 frame[NET_MAX];
    u8 *ip = frame + NET_HEADER;
    memset(frame, 0, sizeof(frame));
    frame[12] = 8;
    ip[0] = 0x45;
    ip[2] = (u8)((size + 20) >> 8);
    ip[3] = (u8)(size + 20);
    ip[5] = id;
    ip[6] = (u8)(start >> 11 | (more ? 0x20 : 0));
    ip[7] = (u8)(start >> 3);
    ip[9] = 17;
    u16 check = (u16)~ones_sum(ip, 20);
    ip[10] = (u8)(check >> 8);
    ip[11] = (u8)check;
    for (u32 i = 0; i < size; i++)
        ip[20 + i] = (u8)((start + i) * 7);
    whole = frame;
    whole_size = NET_HEADER + 20 + size;
    return net_fragments_join(&fragments, &whole, &whole_size);
}

static void check_whole(u32 size)
{
    const u8 *ip = whole + NET_HEADER;
    ck_assert_uint_eq(whole_size, NET_HEADER + 20 + size);
    ck_assert_uint_eq((u32)(ip[2] << 8 | ip[3]), 20 + size);
    ck_assert_uint_eq(ip[6] | ip[7], 0);
    ck_assert_uint_eq(ones_sum(ip, 20), 0xffff);
    for (u32 i = 0; i < size; i++)
        ck_assert_uint_eq(ip[20 + i], (u8)(i * 7));
}

START_TEST(fragments_become_datagrams)
{
    ck_assert(fragment(1, 0, 100, false)); /* it is whole already */
    check_whole(100);
    ck_assert(!fragment(2, 0, 800, true));
    ck_assert(!fragment(2, 800, 800, true));
    ck_assert(fragment(3, 0, 50, false)); /* others come in between */
    ck_assert(fragment(2, 1600, 33, false));
    check_whole(1633);
    ck_assert(!fragment(2, 1600, 33, false));       /* once only */
    for (u32 at = 0; at < 65500 - 1400; at += 1400) /* the longest */
        ck_assert(!fragment(4, at, 1400, true));
    ck_assert(fragment(4, 64400, 1115, false));
    check_whole(65515);
}
END_TEST

/* What libslirp must not see: overlaps, gaps, too much, lengths that lie. */
START_TEST(fragments_that_do_not_fit)
{
    ck_assert(!fragment(1, 0, 800, true));
    ck_assert(!fragment(1, 400, 800, true)); /* overlaps */
    ck_assert(!fragment(1, 800, 8, false));  /* too late */
    ck_assert(!fragment(2, 0, 800, true));
    ck_assert(!fragment(2, 808, 8, false)); /* a gap */
    ck_assert(!fragment(3, 0, 801, true));  /* not in units of eight */
    ck_assert(!fragment(3, 800, 8, false));
    ck_assert(!fragment(4, 8, 8, false)); /* without a beginning */
    ck_assert(!fragment(5, 0, 0, true));
    for (u32 at = 0; at < 65500 - 1400; at += 1400)
        ck_assert(!fragment(6, at, 1400, true));
    ck_assert(!fragment(6, 64400, 1116, false)); /* one byte over 64 K */
    struct storm r = {11};
    u8 frame[NET_MAX];
    for (unsigned i = 0; i < 200000; i++) {
        size_t size = storm_next(&r) % 200;
        for (size_t k = 0; k < size; k++)
            frame[k] = (u8)(storm_next(&r) & (k < 22 ? 0x2f : 0xff));
        frame[12] = 8;
        frame[13] = 0;
        frame[14] = (u8)(0x40 | (storm_next(&r) & 7));
        frame[24] = frame[25] = 0; /* checksum */
        u16 check = size > 60 ? (u16)~ones_sum(frame + 14, (frame[14] & 15u) * 4) : 0;
        frame[24] = (u8)(check >> 8);
        frame[25] = (u8)check;
        whole = frame;
        whole_size = size;
        if (net_fragments_join(&fragments, &whole, &whole_size))
            ck_assert_uint_le(whole_size, sizeof(fragments.frame));
    }
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("net");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, lan_of_two);
    tcase_add_test(t, an_address_that_was_said);
    tcase_add_test(t, hostile_neighbour);
    tcase_add_test(t, joining);
    tcase_add_test(t, dump);
    tcase_add_test(t, state);
    tcase_add_test(t, nothing_plugged_in);
    tcase_add_test(t, user_network);
    tcase_add_test(t, fragments_become_datagrams);
    tcase_add_test(t, fragments_that_do_not_fit);
    return t;
}

int main(void)
{
    return run_suite("net", cases);
}
