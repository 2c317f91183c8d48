/* The guest port (hw/guest/ferrport.c): registers, channels, what is to run, the end. */
#include "guest_rig.h"

#include <stddef.h>

enum { EXIT_LINE = 1 };

static struct guest_config config;
static struct bench b;
static struct device *dev;

/* What lies in a packet behind what was written or is to be read is no state. */
static void same_channels(struct bench *x, struct device *dx, struct bench *y, struct device *dy)
{
    for (unsigned i = 0; i < FERRPORT_CHANNELS; i++) {
        const struct ferrport_channel *c = &((struct ferrport *)dx)->channel[i];
        const struct ferrport_channel *d = &((struct ferrport *)dy)->channel[i];
        same_inside(c, &x->clock, d, &y->clock, offsetof(struct ferrport_channel, packet));
        ck_assert_int_eq(memcmp(c->packet, d->packet, c->answering ? c->size : c->at), 0);
    }
}

static struct device *make(struct bench *bench)
{
    struct ferrport *p = (struct ferrport *)device_new(&ferrport_class, NULL);
    bench->free = (struct span){offsetof(struct ferrport, channel), sizeof(p->channel)};
    bench->same = same_channels;
    p->config = &config;
    p->exit = bench_line(bench, EXIT_LINE);
    bench_start(bench, &p->dev);
    return &p->dev;
}

static void setup(void)
{
    config = (struct guest_config){.run = {.program = "D:\\GAME.EXE",
                                           .directory = "D:\\",
                                           .tail = " one \"two three\"",
                                           .environment = "PATH=C:\\\0TEMP=C:\\\0",
                                           .stay = true,
                                           .mouse = true}};
    bench_init(&b);
    dev = make(&b);
}

static void teardown(void)
{
    bench_free(&b, dev);
}

static struct ferrport *port(void)
{
    return (struct ferrport *)dev;
}

START_TEST(signature)
{
    out8(&b, PORT_SELECT, 3);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(in8(&b, PORT_SELECT), 'F');
        ck_assert_uint_eq(in8(&b, PORT_SELECT), 'E');
        ck_assert_uint_eq(in8(&b, PORT_SELECT), 3);
    }
    out8(&b, PORT_SELECT, 5);
    ck_assert_uint_eq(in8(&b, PORT_SELECT), 'F');
}
END_TEST

START_TEST(channels_are_claimed)
{
    for (int i = 0; i < FERRPORT_CHANNELS; i++)
        ck_assert_uint_eq(in8(&b, PORT_CLAIM), i);
    ck_assert_uint_eq(in8(&b, PORT_CLAIM), 0xff);
    out8(&b, PORT_CLAIM, 2);
    out8(&b, PORT_CLAIM, 99);                                        /* nobody's */
    ck_assert_uint_eq(bus_in(&b.bus, PORT_CLAIM - 1, 2) >> 8, 0xff); /* a word's half claims none */
    ck_assert_uint_eq(in8(&b, PORT_CLAIM), 2);
    device_reset(dev);
    ck_assert_uint_eq(in8(&b, PORT_CLAIM), 0);
}
END_TEST

START_TEST(hello)
{
    struct guest_answer *a = guest_ask(&b, &(struct request){.op = OP_HELLO, .seq = 7});
    ck_assert_uint_eq(a->status, 0x81); /* not claimed */
    ck_assert_uint_eq(a->seq, 0);
    ck_assert_uint_eq(in8(&b, PORT_CLAIM), 0);
    a = guest_ask(&b, &(struct request){.op = OP_HELLO, .seq = 7});
    ck_assert_uint_eq(a->status, 0);
    ck_assert_uint_eq(a->seq, 7);
    ck_assert_uint_eq(a->error, 0);
    ck_assert_uint_eq(a->a, FERRPORT_VERSION);
    ck_assert_uint_eq(a->b & 7, 1);           /* there is something to run, no share, no clock */
    ck_assert_uint_eq(in8(&b, PORT_DATA), 0); /* nothing behind the answer */
    a = guest_ask(&b, &(struct request){.op = 0xee, .a = 5});
    ck_assert_uint_eq(a->error, DOS_FUNCTION);
}
END_TEST

START_TEST(what_is_no_request)
{
    in8(&b, PORT_CLAIM);
    out8(&b, PORT_STATUS, 0); /* nothing was written */
    ck_assert_uint_eq(in8(&b, PORT_STATUS), 0x80);
    ck_assert_uint_eq(in8(&b, PORT_DATA), 0);
    out8(&b, PORT_DATA, 0);
    ck_assert_uint_eq(in8(&b, PORT_STATUS), 0x01);
    ck_assert_uint_eq(in8(&b, PORT_DATA), 0xff); /* no answer yet */
    /* A length that is not what came; too much. */
    static const u8 bytes[PACKET_SIZE];
    struct request r = {.op = OP_HELLO, .len = 9, .payload = bytes};
    out8(&b, PORT_STATUS, 0);
    guest_send(&b, &r);
    ck_assert_uint_eq(in8(&b, PORT_STATUS), 0);
    guest_send(&b, &(struct request){.op = OP_HELLO});
    for (int i = 0; i < 3; i++)
        out8(&b, PORT_DATA, 1);
    out8(&b, PORT_STATUS, 0);
    ck_assert_uint_eq(in8(&b, PORT_STATUS), 0x80);
    r.len = PACKET_SIZE - PACKET_REQUEST;
    guest_send(&b, &r);
    ck_assert_uint_eq(in8(&b, PORT_STATUS), 0);
    for (int i = 0; i < PACKET_SIZE + 1; i++)
        out8(&b, PORT_DATA, 0);
    out8(&b, PORT_STATUS, 0);
    ck_assert_uint_eq(in8(&b, PORT_STATUS), 0x80);
    out8(&b, PORT_STATUS, 0); /* an answer is no request */
    ck_assert_uint_eq(in8(&b, PORT_STATUS), 0x80);
}
END_TEST

START_TEST(channels_do_not_mix)
{
    in8(&b, PORT_CLAIM);
    in8(&b, PORT_CLAIM);
    out8(&b, PORT_SELECT, 1);
    guest_send(&b, &(struct request){.op = OP_RUN, .a = RUN_PROGRAM});
    out8(&b, PORT_SELECT, 0); /* an interrupt's handler comes between */
    struct guest_answer *a = guest_ask(&b, &(struct request){.op = OP_RUN, .a = RUN_DIRECTORY});
    ck_assert_mem_eq(a->payload, "D:\\", 3);
    out8(&b, PORT_SELECT, 1);
    guest_receive(&b, a);
    ck_assert_uint_eq(a->len, 11);
    ck_assert_mem_eq(a->payload, "D:\\GAME.EXE", 11);
}
END_TEST

START_TEST(what_to_run)
{
    in8(&b, PORT_CLAIM);
    struct guest_answer *a = guest_ask(&b, &(struct request){.op = OP_RUN, .a = RUN_TAIL});
    ck_assert_uint_eq(a->a, 16);
    ck_assert_uint_eq(a->b, 1 | 4); /* stay, mouse */
    ck_assert_mem_eq(a->payload, " one \"two three\"", 16);
    a = guest_ask(&b, &(struct request){.op = OP_RUN, .a = RUN_ENVIRONMENT});
    ck_assert_uint_eq(a->len, 19);
    ck_assert_mem_eq(a->payload, "PATH=C:\\\0TEMP=C:\\\0", 19);
    a = guest_ask(&b, &(struct request){.op = OP_RUN, .a = RUN_ITEMS});
    ck_assert_uint_eq(a->error, DOS_PARAMETER);
}
END_TEST

START_TEST(nothing_to_run)
{
    bench_free(&b, dev);
    config = (struct guest_config){0};
    bench_init(&b);
    dev = make(&b);
    in8(&b, PORT_CLAIM);
    ck_assert_uint_eq(guest_ask(&b, &(struct request){.op = OP_RUN})->error, DOS_FILE_NOT_FOUND);
}
END_TEST

START_TEST(too_much_to_run)
{
    static char tail[PACKET_DATA + 2];
    memset(tail, 'x', sizeof(tail) - 1);
    struct guest_config large = {.run = {.program = "A.COM", .tail = tail}};
    struct ferrport *p = (struct ferrport *)device_new(&ferrport_class, NULL);
    struct err e;
    p->config = &large;
    ck_assert(!device_realize(&p->dev, &b.board, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "arguments"));
    device_free(&p->dev);
}
END_TEST

START_TEST(the_end)
{
    static const struct {
        u8 code, kind;
        int status;
    } end[] = {
        {0, GUEST_END_NORMAL, 0},   {7, GUEST_END_NORMAL, 7},      {255, GUEST_END_NORMAL, 255},
        {0, GUEST_END_CTRL_C, 130}, {2, GUEST_END_NOT_FOUND, 127}, {11, GUEST_END_NOT_STARTED, 126},
        {3, GUEST_END_CRITICAL, 3},
    };
    in8(&b, PORT_CLAIM);
    for (unsigned i = 0; i < ARRAY_SIZE(end); i++) {
        guest_ask(&b, &(struct request){.op = OP_EXIT, .a = end[i].code, .b = end[i].kind});
        ck_assert_int_eq(b.rises[EXIT_LINE], (int)i + 1);
        ck_assert_int_eq(ferrport_status(port()), end[i].status);
        round_trip(&b, dev, make);
    }
}
END_TEST

static void nothing(void *d)
{
    (void)d;
}

/* The processor waits, never past an event. */
START_TEST(idle)
{
    struct timer t;
    in8(&b, PORT_CLAIM);
    b.bus.held_ns = 0;
    guest_ask(&b, &(struct request){.op = OP_IDLE, .a = 300});
    ck_assert_uint_eq(b.bus.held_ns, 300000);
    b.bus.held_ns = 0;
    guest_ask(&b, &(struct request){.op = OP_IDLE, .a = 0xffffffff});
    ck_assert_uint_eq(b.bus.held_ns, 1000000);
    timer_init(&t, &b.clock, nothing, NULL);
    timer_arm(&t, b.clock.now + 1234);
    b.bus.held_ns = 0;
    guest_ask(&b, &(struct request){.op = OP_IDLE, .a = 300});
    ck_assert_uint_eq(b.bus.held_ns, 1234);
    timer_disarm(&t);
}
END_TEST

START_TEST(time_of_the_host)
{
    in8(&b, PORT_CLAIM);
    ck_assert_uint_eq(guest_ask(&b, &(struct request){.op = OP_TIME})->error, DOS_FUNCTION);
    port()->host_time = true;
    struct guest_answer *a = guest_ask(&b, &(struct request){.op = OP_TIME});
    ck_assert_uint_eq(a->error, 0);
    ck_assert_uint_eq(a->len, 9);
    ck_assert_uint_ge(get_le16(a->payload), 2024);
    ck_assert(a->payload[2] >= 1 && a->payload[2] <= 12 && a->payload[3] >= 1 &&
              a->payload[3] <= 31 && a->payload[4] < 24 && a->payload[5] < 60 &&
              a->payload[6] < 60 && a->payload[7] < 100 && a->payload[8] < 7);
}
END_TEST

START_TEST(switched_off)
{
    bench_free(&b, dev);
    config.off = true;
    bench_init(&b);
    dev = make(&b);
    ck_assert_uint_eq(in8(&b, PORT_SELECT), 0xff);
    ck_assert_uint_eq(in8(&b, PORT_CLAIM), 0xff);
}
END_TEST

START_TEST(state_in_the_middle_of_packets)
{
    in8(&b, PORT_CLAIM);
    in8(&b, PORT_CLAIM);
    guest_send(&b, &(struct request){.op = OP_RUN, .a = RUN_ENVIRONMENT});
    in8(&b, PORT_DATA);
    out8(&b, PORT_SELECT, 1);
    out8(&b, PORT_DATA, OP_RUN);
    out8(&b, PORT_SELECT, in8(&b, PORT_CLAIM)); /* more than fits */
    for (unsigned i = 0; i <= PACKET_SIZE; i++)
        out8(&b, PORT_DATA, 0);
    round_trip(&b, dev, make);
    const u8 *bytes;
    size_t size;
    struct state *saved = bench_save(&b, dev, &bytes, &size);
    device_reset(dev);
    bench_load(&b, dev, bytes, size);
    state_free(saved);
    out8(&b, PORT_STATUS, 0);
    ck_assert_uint_eq(in8(&b, PORT_STATUS), 0x80);
    out8(&b, PORT_SELECT, 0);
    ck_assert_uint_eq(in8(&b, PORT_DATA), 0); /* the error; the first byte was read before */
}
END_TEST

START_TEST(storm)
{
    static const u16 ports[] = {PORT_SELECT, PORT_STATUS, PORT_DATA, PORT_CLAIM};
    for (int i = 0; i < 4; i++)
        in8(&b, PORT_CLAIM);
    register_storm(&b, dev, make, ports, ARRAY_SIZE(ports), 20000, NS_PER_MS);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("guest port");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, signature);
    tcase_add_test(t, channels_are_claimed);
    tcase_add_test(t, hello);
    tcase_add_test(t, what_is_no_request);
    tcase_add_test(t, channels_do_not_mix);
    tcase_add_test(t, what_to_run);
    tcase_add_test(t, nothing_to_run);
    tcase_add_test(t, too_much_to_run);
    tcase_add_test(t, the_end);
    tcase_add_test(t, idle);
    tcase_add_test(t, time_of_the_host);
    tcase_add_test(t, switched_off);
    tcase_add_test(t, state_in_the_middle_of_packets);
    tcase_add_test(t, storm);
    return t;
}

int main(void)
{
    return run_suite("guest port", cases);
}
