/*
 * test_mpu401.c - the MPU-401: found by programs, UART mode, and its sequencer as a game drives it.
 */
#include "hw/sound/mpu401.h"
#include "roundtrip.h"
#include "saved_fields.h"

enum { DATA = 0x330, STATUS = 0x331, MAX_SENT = 4096 };

static struct bench b;
static struct mpu_card *card;

static struct {
    u64 when[MAX_SENT];
    u8 byte[MAX_SENT];
    unsigned count;
} sent;

static void on_byte(void *opaque, u64 when, u8 byte)
{
    (void)opaque;
    if (sent.count < MAX_SENT) {
        sent.when[sent.count] = when;
        sent.byte[sent.count++] = byte;
    }
}

static const struct midi_sink sink = {on_byte, NULL};

static struct device *make(struct bench *bench)
{
    struct device *d = device_new(&mpu401_class, NULL);
    bench_start(bench, d);
    ((struct mpu_card *)d)->irq = bench_line(bench, 9);
    /* A ring is saved from where it begins. */
    bench->free = (struct span){offsetof(struct mpu_card, mpu.heard), MPU_HEARD + sizeof(u16)};
    return d;
}

static void setup(void)
{
    bench_init(&b);
    card = (struct mpu_card *)make(&b);
    card->out.sink = &sink;
    sent.count = 0;
}

static void teardown(void)
{
    bench_free(&b, &card->dev);
}

/* ---- a driver ---- */

static int get(void)
{
    for (unsigned i = 0; i < 100; i++) {
        if (!(in8(&b, STATUS) & 0x80))
            return in8(&b, DATA);
        run_for(&b, 1000);
    }
    return -1;
}

static void wait_ready(void)
{
    for (unsigned i = 0; i < 10000 && in8(&b, STATUS) & 0x40; i++)
        run_for(&b, 1000);
    ck_assert_uint_eq(in8(&b, STATUS) & 0x40, 0);
}

static void command(u8 v)
{
    wait_ready();
    out8(&b, STATUS, v);
    ck_assert_int_eq(get(), 0xfe);
}

static void data(u8 v)
{
    wait_ready();
    out8(&b, DATA, v);
}

static void set(u8 what, u8 v)
{
    command(what);
    data(v);
}

#define DATA_BYTES(...)                                                                            \
    do {                                                                                           \
        static const u8 v_[] = {__VA_ARGS__};                                                      \
        for (unsigned i_ = 0; i_ < sizeof(v_); i_++)                                               \
            data(v_[i_]);                                                                          \
    } while (0)

/* Runs until there is a message; -1: none within `limit`. */
static int wait_message(u64 limit)
{
    u64 end = b.clock.now + limit;
    while (!b.level[9]) {
        u64 next = clock_next(&b.clock);
        if (next > end) {
            run_to(&b, end);
            return -1;
        }
        run_to(&b, next);
    }
    return in8(&b, DATA);
}

/* ---- UART ---- */

START_TEST(test_found)
{
    ck_assert_uint_eq(in8(&b, STATUS), 0xbf); /* nothing here, ready */
    out8(&b, STATUS, 0xff);
    ck_assert_uint_eq(in8(&b, STATUS), 0x3f);
    ck_assert_uint_eq(in8(&b, DATA), 0xfe);
    ck_assert_uint_eq(in8(&b, STATUS), 0xbf);
    ck_assert_uint_eq(in8(&b, DATA), 0xfe); /* the latch */
    command(0x3f);
    ck_assert_int_eq(get(), -1);
    out8(&b, STATUS, 0xac); /* no commands in UART mode */
    ck_assert_int_eq(get(), -1);
    out8(&b, STATUS, 0xff); /* back, without a word */
    ck_assert_int_eq(get(), -1);
    out8(&b, STATUS, 0xff);
    ck_assert_int_eq(get(), 0xfe);
    ck_assert_int_eq(b.rises[9], 0); /* acknowledgements do not interrupt */
}
END_TEST

START_TEST(test_uart_output)
{
    static const u8 note[] = {0x90, 0x3c, 0x7f, 0x3e, 0x7f, 0xf8, 0x3e, 0x00};
    command(0x3f);
    u64 from = b.clock.now;
    for (unsigned i = 0; i < sizeof(note); i++)
        out8(&b, DATA, note[i]); /* faster than the wire */
    ck_assert_uint_eq(in8(&b, STATUS) & 0x40, 0x40);
    ck_assert_uint_eq(sent.count, sizeof(note));
    ck_assert_mem_eq(sent.byte, note, sizeof(note));
    for (unsigned i = 0; i < sizeof(note); i++)
        ck_assert_uint_eq(sent.when[i], from + i * 320000);
    run_to(&b, from + (sizeof(note) - 1) * 320000 - 1);
    ck_assert_uint_eq(in8(&b, STATUS) & 0x40, 0x40);
    run_to(&b, from + (sizeof(note) - 1) * 320000);
    ck_assert_uint_eq(in8(&b, STATUS) & 0x40, 0);
}
END_TEST

START_TEST(test_nobody_outruns_the_wire_for_ever)
{
    command(0x3f);
    for (unsigned i = 0; i < 100000; i++)
        out8(&b, DATA, 0xf8);
    ck_assert_uint_le(sent.count, 3200);
    run_for(&b, 2 * NS_PER_SEC);
    wait_ready();
}
END_TEST

/* ---- commands ---- */

START_TEST(test_questions)
{
    out8(&b, STATUS, 0xff);
    get();
    command(0xac);
    ck_assert_int_eq(get(), 0x15);
    command(0xad);
    ck_assert_int_eq(get(), 0x01);
    command(0xaf);
    ck_assert_int_eq(get(), 100);
    set(0xe0, 120);
    command(0xaf);
    ck_assert_int_eq(get(), 120);
    static const u8 acknowledged[] = {0x83, 0x84, 0x87, 0x89, 0x8b, 0x91, 0xb1, 0xba, 0xc5, 0x34};
    for (unsigned i = 0; i < sizeof(acknowledged); i++)
        command(acknowledged[i]);
    ck_assert_int_eq(get(), -1);
}
END_TEST

/* D0h-D7h: a message past the sequencer, with running status of the track; DFh: of the system. */
START_TEST(test_send_now)
{
    static const u8 want[] = {0x91, 0x3c, 0x40, 0x91, 0x3d, 0x41, 0xc2, 0x05, 0x91, 0x3e,
                              0x42, 0xf0, 0x41, 0x10, 0xf7, 0xf2, 0x01, 0x02, 0xf6};
    command(0xd0);
    DATA_BYTES(0x91, 0x3c, 0x40);
    command(0xd0);
    DATA_BYTES(0x3d, 0x41);
    command(0xd5);
    DATA_BYTES(0xc2, 0x05);
    command(0xd0);
    DATA_BYTES(0x3e, 0x42);
    command(0xdf);
    DATA_BYTES(0xf0, 0x41, 0x10, 0xf7);
    command(0xdf);
    DATA_BYTES(0xf2, 0x01, 0x02);
    command(0xdf);
    DATA_BYTES(0xf6);
    data(0x90); /* belongs to nothing */
    ck_assert_uint_eq(sent.count, sizeof(want));
    ck_assert_mem_eq(sent.byte, want, sizeof(want));
}
END_TEST

/* ---- the sequencer ---- */

START_TEST(test_tracks)
{
    static const u8 want[] = {0x90, 0x3c, 0x40, 0x91, 0x30, 0x40, 0x90, 0x3c,
                              0x00, 0x90, 0x40, 0x40, 0x91, 0x30, 0x00};
    static const u64 tick_of[] = {1, 1, 11, 250, 251};
    command(0xff);
    command(0xc5);   /* 120 in a quarter */
    set(0xe0, 250);  /* quarters a minute: 2 ms a tick */
    set(0xec, 0x03); /* tracks 0 and 1 */
    command(0x08);   /* play */
    u64 from = b.clock.now;
    static const u8 track0[][4] = {
        {0, 0x90, 0x3c, 0x40}, {10, 0x3c, 0x00}, {239, 0x40, 0x40}, {0xfc}};
    static const u8 track1[][4] = {{0, 0x91, 0x30, 0x40}, {0xf8}, {10, 0x30, 0x00}, {0xfc}};
    static const u8 size0[] = {4, 3, 3, 1}, size1[] = {4, 1, 3, 1};
    unsigned at[2] = {0, 0};
    int message;
    while ((message = wait_message(NS_PER_SEC)) != 0xfc) {
        ck_assert(message == 0xf0 || message == 0xf1);
        unsigned n = (unsigned)(message & 1), i = at[n]++;
        ck_assert_uint_lt(i, 4);
        for (unsigned j = 0; j < (n ? size1 : size0)[i]; j++)
            out8(&b, DATA, (n ? track1 : track0)[i][j]);
    }
    ck_assert_uint_eq(at[0], 4);
    ck_assert_uint_eq(at[1], 4);
    ck_assert_uint_eq(sent.count, sizeof(want));
    ck_assert_mem_eq(sent.byte, want, sizeof(want));
    for (unsigned i = 0; i < ARRAY_SIZE(tick_of); i++) {
        u64 when = sent.when[3 * i] - from;
        /* Both tracks at once share the wire. */
        ck_assert_uint_ge(when, (tick_of[i] - 1) * 2000000);
        ck_assert_uint_le(when, tick_of[i] * 2000000 + 960000);
    }
    ck_assert_int_eq(wait_message(NS_PER_SEC), -1);
}
END_TEST

/* A host that is late by 50 ticks does not move what comes afterwards. */
START_TEST(test_late_host)
{
    command(0xff);
    set(0xe0, 250);
    set(0xec, 0x01);
    command(0x08);
    ck_assert_int_eq(wait_message(NS_PER_SEC), 0xf0);
    DATA_BYTES(0, 0x90, 0x3c, 0x40);
    ck_assert_int_eq(wait_message(NS_PER_SEC), 0xf0);
    u64 first = sent.when[0];
    run_for(&b, 100 * NS_PER_MS);
    DATA_BYTES(20, 0x3c, 0x00); /* 30 ticks ago */
    ck_assert_int_eq(wait_message(NS_PER_SEC), 0xf0);
    ck_assert_uint_ge(sent.when[3] - first, 100 * NS_PER_MS);
    DATA_BYTES(80, 0x3e, 0x40);
    ck_assert_int_eq(wait_message(NS_PER_SEC), 0xf0);
    ck_assert_uint_ge(sent.when[6] - first, 198 * NS_PER_MS);
    ck_assert_uint_le(sent.when[6] - first, 202 * NS_PER_MS);
    command(0x05); /* stop, and MIDI is told */
    ck_assert_uint_eq(sent.byte[sent.count - 1], 0xfc);
    ck_assert_int_eq(wait_message(NS_PER_SEC), -1);
}
END_TEST

START_TEST(test_conductor)
{
    command(0xff);
    set(0xe0, 250);
    command(0x8f);
    set(0xec, 0x01);
    command(0x08);
    u64 at[2] = {0, 0};
    unsigned notes = 0, beats = 0;
    while (notes < 3) {
        int message = wait_message(NS_PER_SEC);
        if (message == 0xf9) {
            if (beats++ == 0)
                DATA_BYTES(50, 0xe0, 125); /* half as fast from the 50th tick on */
            else
                DATA_BYTES(0xfc);
        } else {
            ck_assert_int_eq(message, 0xf0);
            if (notes)
                at[notes - 1] = b.clock.now;
            notes++;
            if (notes < 3)
                DATA_BYTES(50, 0x90, 0x3c, 0x40);
        }
    }
    ck_assert_uint_ge(at[1] - at[0], 198 * NS_PER_MS);
    ck_assert_uint_le(at[1] - at[0], 202 * NS_PER_MS);
}
END_TEST

/* FDh: `rate` quarters of a tick apart on the average, whether something plays or not. */
START_TEST(test_clock_to_host)
{
    command(0xff);
    set(0xe0, 100);
    command(0xc4); /* 96 in a quarter: 6.25 ms a tick */
    set(0xe7, 10); /* 2.5 ticks */
    command(0x95);
    u64 from = b.clock.now;
    for (unsigned i = 0; i < 1000; i++)
        ck_assert_int_eq(wait_message(NS_PER_SEC), 0xfd);
    ck_assert_uint_eq(b.clock.now - from, 2500 * 6250000ull);
    command(0x94);
    ck_assert_int_eq(wait_message(NS_PER_SEC), -1);
    ck_assert_uint_eq(clock_next(&b.clock), CLOCK_NEVER); /* and costs nothing */
}
END_TEST

START_TEST(test_midi_clocks)
{
    command(0xff);
    set(0xe0, 100);
    set(0xec, 0x01);
    command(0x0a); /* start, and MIDI is told */
    ck_assert_uint_eq(sent.byte[0], 0xfa);
    run_for(&b, 6 * NS_PER_SEC);
    unsigned clocks = 0;
    for (unsigned i = 1; i < sent.count; i++)
        clocks += sent.byte[i] == 0xf8;
    ck_assert_uint_ge(clocks, 239); /* ten quarters of 24 */
    ck_assert_uint_le(clocks, 241);
}
END_TEST

/* A command while a request waits to be read: the request comes again. */
START_TEST(test_command_before_request)
{
    command(0xff);
    set(0xec, 0x04);
    out8(&b, STATUS, 0x08);
    ck_assert_int_eq(get(), 0xfe);
    ck_assert_int_eq(b.level[9], 1);
    command(0xaf);
    ck_assert_int_eq(get(), 100);
    ck_assert_int_eq(wait_message(NS_PER_SEC), 0xf2);
}
END_TEST

/* ---- state ---- */

START_TEST(test_every_field_is_loaded)
{
    static const struct field all[] = {
        FIELD(struct mpu_card, out.free_at),
        FIELD(struct mpu_card, mpu.uart),
        FIELD(struct mpu_card, mpu.queue),
        FIELD(struct mpu_card, mpu.queue_at),
        FIELD(struct mpu_card, mpu.queued),
        FIELD(struct mpu_card, mpu.message),
        FIELD(struct mpu_card, mpu.command),
        FIELD(struct mpu_card, mpu.send),
        FIELD(struct mpu_card, mpu.send_status),
        FIELD(struct mpu_card, mpu.send_length),
        FIELD(struct mpu_card, mpu.send_have),
        FIELD(struct mpu_card, mpu.serving),
        FIELD(struct mpu_card, mpu.timing_next),
        FIELD(struct mpu_card, mpu.timebase),
        FIELD(struct mpu_card, mpu.tempo),
        FIELD(struct mpu_card, mpu.relative),
        FIELD(struct mpu_card, mpu.host_rate),
        FIELD(struct mpu_card, mpu.active),
        FIELD(struct mpu_card, mpu.playing),
        FIELD(struct mpu_card, mpu.conductor),
        FIELD(struct mpu_card, mpu.clock_to_host),
        FIELD(struct mpu_card, mpu.send_clocks),
        FIELD(struct mpu_card, mpu.ended),
        FIELD(struct mpu_card, mpu.host_quarters),
        FIELD(struct mpu_card, mpu.midi_ticks),
        FIELD(struct mpu_card, mpu.clock_due),
        FIELD(struct mpu_card, mpu.tick_at),
        FIELD(struct mpu_card, mpu.tick_rest),
        FIELD(struct mpu_card, mpu.heard_message),
        FIELD(struct mpu_card, mpu.recording),
        FIELD(struct mpu_card, mpu.to_host),
        FIELD(struct mpu_card, mpu.thru),
        FIELD(struct mpu_card, mpu.controllers),
        FIELD(struct mpu_card, mpu.exclusive),
        FIELD(struct mpu_card, mpu.in_status),
        FIELD(struct mpu_card, mpu.in_have),
        FIELD(struct mpu_card, mpu.in_length),
        FIELD(struct mpu_card, mpu.in_event),
        FIELD(struct mpu_card, mpu.in_exclusive),
        FIELD(struct mpu_card, mpu.in_ticks),
        FIELD(struct mpu_card, mpu.heard_bytes),
        FIELD(struct mpu_card, mpu.track[0].loaded),
        FIELD(struct mpu_card, mpu.track[0].wanted),
        FIELD(struct mpu_card, mpu.track[0].kind),
        FIELD(struct mpu_card, mpu.track[0].status),
        FIELD(struct mpu_card, mpu.track[0].timing),
        FIELD(struct mpu_card, mpu.track[0].length),
        FIELD(struct mpu_card, mpu.track[0].have),
        FIELD(struct mpu_card, mpu.track[0].event),
        FIELD(struct mpu_card, mpu.track[0].elapsed),
        FIELD(struct mpu_card, mpu.track[8].loaded),
        FIELD(struct mpu_card, mpu.track[8].wanted),
        FIELD(struct mpu_card, mpu.track[8].kind),
        FIELD(struct mpu_card, mpu.track[8].status),
        FIELD(struct mpu_card, mpu.track[8].timing),
        FIELD(struct mpu_card, mpu.track[8].length),
        FIELD(struct mpu_card, mpu.track[8].have),
        FIELD(struct mpu_card, mpu.track[8].event),
        FIELD(struct mpu_card, mpu.track[8].elapsed),
    };
    static struct bench other;
    const u8 *bytes;
    size_t size;
    bench_init(&other);
    struct mpu_card *o = (struct mpu_card *)make(&other);
    command(0xff);
    run_for(&b, 12345);
    struct state *s = bench_save(&b, &card->dev, &bytes, &size);
    fields_differ(o, card, all, ARRAY_SIZE(all));
    bench_load(&other, &o->dev, bytes, size);
    fields_are_same(card, o, all, ARRAY_SIZE(all));
    state_free(s);
    bench_free(&other, &o->dev);
}
END_TEST

START_TEST(test_storm)
{
    static const u16 ports[] = {DATA, DATA, DATA, STATUS};
    card->out.sink = NULL;
    register_storm(&b, &card->dev, make, ports, ARRAY_SIZE(ports), 40000, 2 * NS_PER_MS);
}
END_TEST

START_TEST(test_round_trip_while_playing)
{
    command(0xff);
    set(0xe0, 250);
    command(0x8f);
    command(0x95);
    set(0xec, 0x05);
    command(0x0a);
    wait_message(NS_PER_SEC);
    DATA_BYTES(100);
    card->out.sink = NULL;
    round_trip(&b, &card->dev, make);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("mpu401");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_found);
    tcase_add_test(t, test_uart_output);
    tcase_add_test(t, test_nobody_outruns_the_wire_for_ever);
    tcase_add_test(t, test_questions);
    tcase_add_test(t, test_send_now);
    tcase_add_test(t, test_tracks);
    tcase_add_test(t, test_late_host);
    tcase_add_test(t, test_conductor);
    tcase_add_test(t, test_clock_to_host);
    tcase_add_test(t, test_midi_clocks);
    tcase_add_test(t, test_command_before_request);
    tcase_add_test(t, test_every_field_is_loaded);
    tcase_add_test(t, test_storm);
    tcase_add_test(t, test_round_trip_while_playing);
    return t;
}

int main(void)
{
    return run_suite("mpu401", cases);
}
