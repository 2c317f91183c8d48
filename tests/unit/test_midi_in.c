/*
 * test_midi_in.c - MIDI IN: a song by guest time, the cable, the MPU-401 in both modes, the DSP's
 * MIDI modes, the AudioPCI's UART; what is noted and replayed.
 */
#include "frontend/midi/midi_in.h"
#include "frontend/midi/midi_song.h"
#include "hw/base/journal.h"
#include "hw/chipset/pci.h"
#include "hw/sound/es1370.h"
#include "hw/sound/midi_in.h"
#include "sb_rig.h"

#include <stdio.h>
#include <unistd.h>

/* ---- songs ---- */

/* Two tracks: the tempo goes from 120 to 60 after a quarter; running status, an exclusive message.
 */
static const u8 song[] = {
    'M',  'T',  'h',  'd',  0,    0,    0, 6,  0,   1,    0,    2, 0,    100,        /* head */
    'M',  'T',  'r',  'k',  0,    0,    0, 11, 100, 0xff, 0x51, 3, 0x0f, 0x42, 0x40, /* 60 */
    0,    0xff, 0x2f, 0,                                                             /* end */
    'M',  'T',  'r',  'k',  0,    0,    0, 27,                                       /* */
    0,    0x90, 60,   100,                                                           /* 0 */
    50,   62,   101,                                                                 /* 50 */
    100,  0xf0, 3,    0x41, 0x10, 0xf7,                                              /* 150 */
    0x81, 0x00, 0xc3, 5,                                                             /* 278 */
    0,    0xff, 0x01, 2,    'h',  'i',                                               /* text */
    0,    0xff, 0x2f, 0};

static struct midi_song *parsed(const u8 *bytes, size_t n)
{
    struct err e = {""};
    struct midi_song *s = midi_song_parse(bytes, n, &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    return s;
}

static void expect(struct midi_song *s, u64 from, u64 to, const u8 *want, size_t n)
{
    u8 got[64];
    size_t have = 0, some;
    while ((some = midi_song_bytes(s, from, to, got + have, 3)))
        have += some;
    ck_assert_uint_eq(have, n);
    if (n)
        ck_assert_mem_eq(got, want, n);
}

#define EXPECT(s, from, to, ...)                                                                   \
    expect(s, from, to, (const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

START_TEST(test_song)
{
    struct midi_song *s = parsed(song, sizeof(song));
    const u64 ms = NS_PER_MS;
    EXPECT(s, 0, 1, 0x90, 60, 100);
    EXPECT(s, 1, 250 * ms + 1, 0x90, 62, 101);
    expect(s, 250 * ms + 1, 1000 * ms, NULL, 0);
    EXPECT(s, 1000 * ms, 1000 * ms + 1, 0xf0, 0x41, 0x10, 0xf7);
    EXPECT(s, 2280 * ms, 2281 * ms, 0xc3, 5);
    expect(s, 2281 * ms, UINT64_MAX, NULL, 0);
    EXPECT(s, 0, UINT64_MAX, 0x90, 60, 100, 0x90, 62, 101, 0xf0, 0x41, 0x10, 0xf7, 0xc3, 5);
    EXPECT(s, 250 * ms, 251 * ms, 0x90, 62, 101); /* back */
    midi_song_free(s);
}
END_TEST

/* SMPTE: 25 frames of 40 parts, a tick is a millisecond. */
START_TEST(test_song_smpte)
{
    u8 other[sizeof(song)];
    memcpy(other, song, sizeof(song));
    other[12] = (u8)-25;
    other[13] = 40;
    struct midi_song *s = parsed(other, sizeof(other));
    EXPECT(s, 50 * NS_PER_MS, 51 * NS_PER_MS, 0x90, 62, 101);
    EXPECT(s, 278 * NS_PER_MS, 279 * NS_PER_MS, 0xc3, 5);
    midi_song_free(s);
}
END_TEST

/* Further away than time goes: what lies there does not come early. */
START_TEST(test_song_without_end)
{
    u8 far[256] = {'M', 'T', 'h', 'd', 0, 0, 0, 6, 0, 0, 0, 1, 0, 1, 'M', 'T', 'r', 'k'};
    size_t n = 22;
    static const u8 slow[] = {0, 0xff, 0x51, 3, 0xff, 0xff, 0xff, 0, 0x90, 1, 1};
    memcpy(far + n, slow, sizeof(slow));
    n += sizeof(slow);
    for (u8 i = 2; i < 12; i++) { /* each 142 years later */
        memcpy(far + n, (const u8[]){0xff, 0xff, 0xff, 0x7f, i, 1}, 6);
        n += 6;
    }
    far[21] = (u8)(n - 22);
    struct midi_song *s = parsed(far, n);
    EXPECT(s, 0, 1, 0x90, 1, 1);
    EXPECT(s, 0, UINT64_MAX, 0x90, 1, 1, 0x90, 2, 1, 0x90, 3, 1, 0x90, 4, 1, 0x90, 5, 1);
    midi_song_free(s);
}
END_TEST

/* Cut anywhere or with any byte changed: refused in words, or read. */
START_TEST(test_song_damaged)
{
    struct err e;
    for (size_t n = 0; n < sizeof(song); n++) {
        u8 *cut = malloc(n + 1);
        memcpy(cut, song, n);
        memset(&e, 0, sizeof(e));
        struct midi_song *s = midi_song_parse(cut, n, &e);
        ck_assert(s ? n >= 22 : e.text[0] != 0);
        midi_song_free(s);
        free(cut);
    }
    for (size_t i = 0; i < sizeof(song); i++) {
        for (unsigned v = 0; v < 256; v++) {
            u8 other[sizeof(song)], data[64];
            memcpy(other, song, sizeof(song));
            other[i] = (u8)v;
            memset(&e, 0, sizeof(e));
            struct midi_song *s = midi_song_parse(other, sizeof(other), &e);
            ck_assert(s || e.text[0]);
            if (s)
                midi_song_bytes(s, 0, UINT64_MAX, data, sizeof(data));
            midi_song_free(s);
        }
    }
}
END_TEST

START_TEST(test_options)
{
    static const char *const bad[] = {
        "", "file:", "alsa", "alsa:", "x.mid", "file:x,at=", "file:x,at=-1", "file:x,at=1s"};
    char path[] = "/tmp/ferrite-song-XXXXXX", from[100];
    struct midi_input *in;
    struct err e;
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        ck_assert_msg(!midi_input_check(bad[i], &e), "%s", bad[i]);
        ck_assert_ptr_nonnull(strstr(e.text, "-midi-in"));
    }
    ck_assert(!midi_input_open(&in, "file:/nonexistent.mid", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "cannot be read"));
    ck_assert(midi_input_open(&in, "none", &e));
    ck_assert_ptr_null(in);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    snprintf(from, sizeof(from), "file:%s,at=2.5", path);
    ck_assert(!midi_input_open(&in, from, &e)); /* empty */
    ck_assert_ptr_nonnull(strstr(e.text, "no Standard MIDI File"));
    ck_assert_int_eq(write(fd, song, sizeof(song)), (ssize_t)sizeof(song));
    ck_assert_msg(midi_input_open(&in, from, &e), "%s", e.text);
    struct midi_source source = midi_input_source(in);
    u8 data[16];
    ck_assert_uint_eq(source.bytes(source.opaque, 0, 2500 * NS_PER_MS, data, 16), 0);
    ck_assert_uint_eq(source.bytes(source.opaque, 2500 * NS_PER_MS, 2501 * NS_PER_MS, data, 16), 3);
    midi_input_close(in);
    ck_assert(midi_input_open(&in, "null", &e));
    source = midi_input_source(in);
    ck_assert_uint_eq(source.bytes(source.opaque, 0, NS_PER_SEC, data, 16), 0);
    midi_input_close(in);
    close(fd);
    unlink(path);
}
END_TEST

/* ---- the cable ---- */

static struct midi_in *cable;

/* What plays: bytes at their times. */
static struct {
    u64 when;
    u8 byte;
} score[600];
static unsigned score_length, score_at;

static size_t play(void *opaque, u64 from, u64 to, u8 *data, size_t max)
{
    size_t n = 0;
    (void)opaque;
    (void)from;
    while (n < max && score_at < score_length && score[score_at].when < to)
        data[n++] = score[score_at++].byte;
    return n;
}

static const struct midi_source source = {play, NULL};

static void note(u64 when, const u8 *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        score[score_length].when = when;
        score[score_length++].byte = bytes[i];
    }
}

#define NOTE(when, ...) note(when, (const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

static void plug(struct bench *bench, struct midi_socket *in)
{
    struct err e;
    cable = (struct midi_in *)device_new(&midi_in_class, NULL);
    ck_assert(device_realize(&cable->dev, &bench->board, &e));
    cable->source = &source;
    device_reset(&cable->dev);
    midi_in_plug(cable, in);
    score_length = score_at = 0;
}

static void unplug(void)
{
    device_free(&cable->dev);
}

static u8 sent[256];
static unsigned sent_count;

static void on_sent(void *opaque, u64 when, u8 byte)
{
    (void)opaque;
    (void)when;
    sent[sent_count++ % sizeof(sent)] = byte;
}

static const struct midi_sink sink = {on_sent, NULL};

static void sb_up(void)
{
    rig_up();
    plug(&b, &sb->midi_in);
    sb->midi.sink = &sink;
    sb->mpu_base = 0x330;
    mpu_claim(&sb->mpu, 0x330);
    sent_count = 0;
    dsp_reset();
}

static void sb_down(void)
{
    unplug();
    rig_down();
}

static int mpu_get(void)
{
    return in8(&b, 0x331) & 0x80 ? -1 : in8(&b, 0x330);
}

static void mpu_command(u8 v)
{
    out8(&b, 0x331, v);
    for (int got = mpu_get(); got != 0xfe; got = mpu_get())
        ck_assert_int_ne(got, -1);
}

/* UART: each byte a third of a millisecond after the one before; the card's interrupt. */
START_TEST(test_uart)
{
    mpu_command(0x3f);
    u64 from = b.clock.now / NS_PER_MS * NS_PER_MS + 10 * NS_PER_MS;
    NOTE(from, 0x90, 60, 100, 0xf8);
    u64 last = 0;
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_ne(until_line(5, 20 * NS_PER_MS), UINT64_MAX);
        ck_assert_uint_eq(mixed(0x82) & 7, 4);
        if (i)
            ck_assert_uint_eq(b.clock.now - last, MIDI_BYTE_NS);
        last = b.clock.now;
        ck_assert_int_eq(mpu_get(), score[i].byte);
        ck_assert(!b.level[5]);
        ck_assert_int_eq(mpu_get(), -1);
    }
    /* Two that wait: reading one interrupts for the other. */
    NOTE(b.clock.now, 1, 2);
    run_for(&b, 20 * NS_PER_MS);
    int rises = b.rises[5];
    ck_assert(b.level[5]);
    ck_assert_int_eq(mpu_get(), 1);
    ck_assert_int_eq(b.rises[5], rises + 1);
    ck_assert_int_eq(mpu_get(), 2);
    ck_assert(!b.level[5]);
    NOTE(b.clock.now, 3);
    run_for(&b, 20 * NS_PER_MS);
    out8(&b, 0x331, 0xff);
    ck_assert(!b.level[5]);
}
END_TEST

/* Nobody reads: the oldest stay, and nothing breaks. */
START_TEST(test_uart_full)
{
    mpu_command(0x3f);
    for (unsigned i = 0; i < 100; i++)
        NOTE(b.clock.now, (u8)i);
    run_for(&b, 200 * NS_PER_MS);
    for (int i = 0; i < MPU_QUEUE; i++)
        ck_assert_int_eq(mpu_get(), i);
    ck_assert_int_eq(mpu_get(), -1);
}
END_TEST

/* 30h to 37h. */
START_TEST(test_dsp)
{
    u8 command = (u8)(0x30 + _i);
    DSP(command);
    u64 since = b.clock.now;
    NOTE(since + 50 * NS_PER_MS, 0x90, 61, 99);
    for (unsigned i = 0; i < 3; i++) {
        if (command & 1) {
            ck_assert_uint_ne(until_line(5, 100 * NS_PER_MS), UINT64_MAX);
        } else {
            run_to(&b, since + 51 * NS_PER_MS + (i + 1) * 330000ull);
            ck_assert(!b.level[5]);
        }
        if (command & 2) {
            int low = dsp_get(), middle = dsp_get(), high = dsp_get();
            int ms = low | middle << 8 | high << 16;
            ck_assert_int_ge(ms, 50);
            ck_assert_int_le(ms, 52);
        }
        ck_assert_int_eq(dsp_get(), score[i].byte);
        in8(&b, 0x22e);
    }
    ck_assert(!b.level[5]);
    if (command & 4) { /* it sends as well */
        out8(&b, 0x22c, 0xfa);
        ck_assert_uint_eq(sent[sent_count - 1], 0xfa);
    } else { /* any byte ends it */
        out8(&b, 0x22c, command);
        NOTE(b.clock.now, 1);
        run_for(&b, 20 * NS_PER_MS);
        ck_assert_uint_eq(in8(&b, 0x22e) & 0x80, 0);
    }
}
END_TEST

/* ---- the intelligent mode ---- */

/* The next byte that the MPU-401 interrupts for, on line 9. */
static int recorded(void)
{
    if (until_line(9, 2 * NS_PER_SEC) == UINT64_MAX)
        return -1;
    return mpu_get();
}

START_TEST(test_record)
{
    mpu_command(0x22);
    u64 from = b.clock.now;
    /* 120 ticks a quarter, 100 quarters a minute: 5 ms each. */
    NOTE(from + 52 * NS_PER_MS, 0x90, 60, 100);
    NOTE(from + 102 * NS_PER_MS, 62, 101);                  /* running status */
    NOTE(from + 120 * NS_PER_MS, 0xb0, 7, 9);               /* nobody wants controllers */
    NOTE(from + 202 * NS_PER_MS, 0x90, 0xf8, 60, 0xfe, 50); /* real-time bytes in between */
    ck_assert_int_eq(recorded(), 10);
    ck_assert_int_eq(mpu_get(), 0x90);
    ck_assert_int_eq(mpu_get(), 60);
    ck_assert_int_eq(mpu_get(), 100);
    ck_assert_int_eq(mpu_get(), -1);
    ck_assert_int_eq(recorded(), 10);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(mpu_get(), (((const u8[]){0x90, 62, 101})[i]));
    ck_assert_int_eq(recorded(), 20);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(mpu_get(), (((const u8[]){0x90, 60, 50})[i]));
    ck_assert_int_eq(recorded(), 0xf8); /* 240 ticks without anything */
    ck_assert_int_eq(mpu_get(), -1);
    mpu_command(0x11);
    ck_assert_int_ge(recorded(), 0);
    ck_assert_int_eq(mpu_get(), 0xfc);
    /* All of it went through. */
    static const u8 thru[] = {0x90, 60, 100, 0x90, 62, 101, 0xb0, 7, 9, 0x90, 60, 50};
    ck_assert_mem_eq(sent + 1, thru, sizeof(thru)); /* behind the FAh of 22h */
    ck_assert_uint_eq(sent[0], 0xfa);
}
END_TEST

/* 88h no thru, 87h controllers, 37h exclusive ones, 8Bh all without times. */
START_TEST(test_record_switches)
{
    mpu_command(0x88);
    mpu_command(0x87);
    mpu_command(0x37);
    mpu_command(0x8b);
    NOTE(b.clock.now, 0xe1, 1, 2, 0xf0, 9, 0xf7, 0xd2, 3);
    static const u8 want[] = {0xe1, 1, 2, 0xf0, 9, 0xf7, 0xd2, 3};
    for (unsigned i = 0; i < sizeof(want); i++) {
        u64 end = b.clock.now + 30 * NS_PER_MS;
        int got;
        while ((got = mpu_get()) < 0 && b.clock.now < end)
            run_for(&b, 10000);
        ck_assert_int_eq(got, want[i]);
    }
    ck_assert_uint_eq(sent_count, 0);
    /* An acknowledgement does not lose what waits. */
    NOTE(b.clock.now, 0x90, 1, 2);
    run_for(&b, 20 * NS_PER_MS);
    out8(&b, 0x331, 0xac);
    static const int after[] = {0x90, 1, 2, 0xfe, 0x15, -1};
    for (unsigned i = 0; i < ARRAY_SIZE(after); i++)
        ck_assert_int_eq(mpu_get(), after[i]);
}
END_TEST

/* Recorded, an exclusive message has one time, before F0h; the next one counts from there. */
START_TEST(test_record_exclusive)
{
    mpu_command(0x88);
    mpu_command(0x37);
    mpu_command(0x22);
    run_for(&b, 100 * NS_PER_MS);
    NOTE(b.clock.now, 0xf0, 0x41, 1, 2, 3, 0xf7, 0x90, 60, 1);
    static const int want[] = {20, 0xf0, 0x41, 1, 2, 3, 0xf7, 0, 0x90, 60, 1};
    for (unsigned i = 0; i < ARRAY_SIZE(want); i++) {
        u64 end = b.clock.now + 30 * NS_PER_MS;
        int got;
        while ((got = mpu_get()) < 0 && b.clock.now < end)
            run_for(&b, 10000);
        ck_assert_msg(got == want[i], "%u: %x", i, (unsigned)got);
    }
}
END_TEST

/* What nobody fetches is kept as long as there is room, and then lost in whole messages. */
START_TEST(test_record_full)
{
    mpu_command(0x88);
    mpu_command(0x22);
    for (unsigned i = 0; i < 190; i++)
        NOTE(b.clock.now + i * 2 * NS_PER_MS, 0x90, (u8)(i & 127), 1);
    run_for(&b, 3 * NS_PER_SEC);
    unsigned messages = 0;
    for (int v; (v = mpu_get()) >= 0;) {
        if (v == 0xf8)
            continue;
        ck_assert_int_lt(v, 240);
        ck_assert_int_eq(mpu_get(), 0x90);
        ck_assert_int_eq(mpu_get(), messages++ & 127);
        ck_assert_int_eq(mpu_get(), 1);
    }
    ck_assert_uint_eq(messages, 190);
}
END_TEST

/* In mid-message, with pieces that wait, and in each of the modes. */
START_TEST(test_state)
{
    if (_i == 0)
        mpu_command(0x3f);
    else if (_i == 1)
        mpu_command(0x22);
    else
        DSP(0x36);
    NOTE(b.clock.now, 0x90, 60, 100, 0x91, 61, 90, 0x92, 62);
    run_for(&b, 20 * NS_PER_MS);
    unplug();
    const u8 *bytes;
    size_t size;
    struct state *s = bench_save(&b, &sb->dev, &bytes, &size);
    struct sb *then = malloc(sizeof(*then));
    *then = *sb;
    out8(&b, 0x331, 0xff);
    dsp_reset();
    b.clock.now = 0; /* back */
    bench_load(&b, &sb->dev, bytes, size);
    ck_assert_uint_eq(sb->mpu.heard_bytes, then->mpu.heard_bytes);
    ck_assert_uint_eq(sb->mpu.queued, then->mpu.queued);
    ck_assert_uint_eq(sb->mpu.in_have, then->mpu.in_have);
    ck_assert_uint_eq(sb->mpu.recording, then->mpu.recording);
    ck_assert_uint_eq(sb->dsp.midi, then->dsp.midi);
    ck_assert_uint_eq(sb->dsp.midi_since, then->dsp.midi_since);
    state_free(s);
    free(then);
    plug(&b, &sb->midi_in);
}
END_TEST

/* ---- the journal ---- */

static void at(void *owner, u64 *instructions, u64 *ns)
{
    (void)owner;
    *instructions = 0;
    *ns = b.clock.now;
}

START_TEST(test_journal)
{
    struct journal j = {.mode = JOURNAL_NOTES, .keeps = true, .now = at};
    u8 got[2][8];
    u64 when[2] = {0, 0};
    for (unsigned run = 0; run < 2; run++) {
        sb_down();
        sb_up();
        b.clock.journal = &j;
        mpu_command(0x3f);
        if (run)
            j.mode = JOURNAL_REPLAYS;
        else
            NOTE(30 * NS_PER_MS, 0x90, 60, 100, 0x80, 60, 0);
        journal_go(&j, 0);
        until_line(5, 100 * NS_PER_MS);
        when[run] = b.clock.now;
        for (unsigned i = 0; i < 6; i++) {
            run_for(&b, 400000);
            got[run][i] = (u8)mpu_get();
        }
    }
    b.clock.journal = NULL;
    ck_assert_uint_eq(when[0], when[1]);
    ck_assert_mem_eq(got[0], got[1], 6);
    ck_assert_uint_eq(got[0][1], 60);
    ck_assert_uint_eq(j.count, 1);
    journal_free(&j);
}
END_TEST

/* The cable's own state: bytes on the wire. */
START_TEST(test_cable_state)
{
    NOTE(b.clock.now, 1, 2, 3, 4, 5);
    mpu_command(0x3f);
    run_for(&b, 2 * NS_PER_MS);
    struct state *s = state_new_save();
    size_t size;
    device_state(&cable->dev, s);
    const u8 *bytes = state_finish(s, &size);
    u16 count = cable->count;
    ck_assert_uint_gt(count, 0);
    u64 next = cable->arrive.when;
    cable->count = 0;
    timer_disarm(&cable->arrive);
    struct err e;
    struct state *l = state_new_load(bytes, size, &e);
    device_state(&cable->dev, l);
    ck_assert_msg(state_ok(l), "%s", state_error(l));
    ck_assert_uint_eq(cable->count, count);
    ck_assert_uint_eq(cable->arrive.when, next);
    state_free(s);
    state_free(l);
    run_for(&b, 10 * NS_PER_MS);
    for (int i = 1; i <= 5; i++)
        ck_assert_int_eq(mpu_get(), i);
}
END_TEST

/* ---- AudioPCI ---- */

START_TEST(test_es1370)
{
    enum { AT = 0xc200 };
    bench_init(&b);
    struct pci *pci = (struct pci *)device_new(&pci_class, NULL);
    struct es1370 *es = (struct es1370 *)device_new(&es1370_class, NULL);
    b.extra = &pci->dev;
    bench_start(&b, b.extra);
    pci_attach(pci, &es->pci, PCI_DEVFN(3, 0));
    bench_start(&b, &es->dev);
    pci_config_write(pci, PCI_DEVFN(3, 0), PCI_BAR0, AT, 4);
    pci_config_write(pci, PCI_DEVFN(3, 0), PCI_COMMAND, PCI_IO_ENABLE, 2);
    plug(&b, &es->midi_in);
    bus_out(&b.bus, AT + ES_CONTROL, CTRL_UART_EN, 4);
    bus_out(&b.bus, AT + ES_UART + 1, 0x80, 1);
    NOTE(0, 0x9a, 60);
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned j = 0; j < 400 && !(bus_in(&b.bus, AT + ES_STATUS, 4) & STAT_INTR); j++)
            run_for(&b, 10000);
        ck_assert_uint_eq(bus_in(&b.bus, AT + ES_STATUS, 4) & (STAT_INTR | STAT_UART),
                          STAT_INTR | STAT_UART);
        ck_assert_uint_eq(bus_in(&b.bus, AT + ES_UART + 1, 1) & 0x81, 0x81);
        ck_assert_uint_eq(bus_in(&b.bus, AT + ES_UART, 1), score[i].byte);
        ck_assert_uint_eq(bus_in(&b.bus, AT + ES_UART + 1, 1) & 0x81, 0);
        ck_assert_uint_eq(bus_in(&b.bus, AT + ES_STATUS, 4) & STAT_INTR, 0);
    }
    unplug();
    bench_free(&b, &es->dev);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("midi_in");
    TCase *t = tcase_create("songs");
    tcase_add_test(t, test_song);
    tcase_add_test(t, test_song_smpte);
    tcase_add_test(t, test_song_without_end);
    tcase_add_test(t, test_song_damaged);
    tcase_add_test(t, test_options);
    tcase_add_test(t, test_es1370);
    suite_add_tcase(s, t);
    t = tcase_create("sound blaster");
    tcase_add_checked_fixture(t, sb_up, sb_down);
    tcase_add_test(t, test_uart);
    tcase_add_test(t, test_uart_full);
    tcase_add_loop_test(t, test_dsp, 0, 8);
    tcase_add_test(t, test_record);
    tcase_add_test(t, test_record_switches);
    tcase_add_test(t, test_record_exclusive);
    tcase_add_test(t, test_record_full);
    tcase_add_loop_test(t, test_state, 0, 3);
    tcase_add_test(t, test_journal);
    tcase_add_test(t, test_cable_state);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
