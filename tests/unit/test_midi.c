/*
 * test_midi.c - where MIDI OUT leads: bytes to messages, a Standard MIDI File, what is refused.
 */
#include "frontend/midi/midi.h"
#include "frontend/midi/midi_message.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- messages ---- */

/* All messages of some bytes, "90 3c 7f|f8|..." */
static const char *messages(const u8 *bytes, size_t n)
{
    static char text[1000];
    static struct midi_parser p;
    size_t used = 0;
    memset(&p, 0, sizeof(p));
    text[0] = 0;
    for (size_t i = 0; i < n; i++) {
        struct midi_message m;
        if (!midi_parse(&p, i, bytes[i], &m))
            continue;
        for (unsigned j = 0; j < m.length && used < sizeof(text) - 4; j++)
            used += (size_t)snprintf(text + used, 4, "%s%02x",
                                     j      ? " "
                                     : used ? "|"
                                            : "",
                                     m.bytes[j]);
    }
    return text;
}

#define MESSAGES(...) messages((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

START_TEST(test_messages)
{
    ck_assert_str_eq(MESSAGES(0x90, 0x3c, 0x7f, 0x3e, 0x7f), "90 3c 7f|90 3e 7f");
    ck_assert_str_eq(MESSAGES(0xc5, 0x01, 0x02, 0xd0, 0x40), "c5 01|c5 02|d0 40");
    ck_assert_str_eq(MESSAGES(0x90, 0xf8, 0x3c, 0xfe, 0x7f), "f8|fe|90 3c 7f");
    ck_assert_str_eq(MESSAGES(0x3c, 0x7f, 0xf6, 0x3c), "f6"); /* data of nothing */
    ck_assert_str_eq(MESSAGES(0xf2, 0x01, 0x02, 0x03), "f2 01 02");
    ck_assert_str_eq(MESSAGES(0xf0, 0x41, 0xf8, 0x10, 0xf7, 0x10), "f8|f0 41 10 f7");
    ck_assert_str_eq(MESSAGES(0xf0, 0x41, 0x90, 0x3c, 0x7f), "f0 41 f7|90 3c 7f");
    ck_assert_str_eq(MESSAGES(0xf0, 0x41, 0xf0, 0x42, 0xf7), "f0 41 f7|f0 42 f7");
    ck_assert_str_eq(MESSAGES(0xf0, 0x41, 0xf0, 0xf7, 0xf7), "f0 41 f7");
    ck_assert_str_eq(MESSAGES(0xf0, 0xf0, 0xf0, 0xf7), "");
    ck_assert_str_eq(MESSAGES(0x90, 0x3c, 0xb0, 0x07, 0x64), "b0 07 64");
}
END_TEST

START_TEST(test_messages_without_an_end)
{
    static u8 bytes[3 * MIDI_EXCLUSIVE_MAX];
    memset(bytes, 0x11, sizeof(bytes));
    bytes[0] = 0xf0;
    bytes[sizeof(bytes) - 4] = 0xf7;
    bytes[sizeof(bytes) - 3] = 0xc0;
    bytes[sizeof(bytes) - 1] = 0xf7;
    ck_assert_str_eq(messages(bytes, sizeof(bytes)), "c0 11");
}
END_TEST

/* ---- files ---- */

static char path[] = "/tmp/ferrite-midi-XXXXXX";

static size_t recorded(u8 *out, size_t room, void (*play)(struct midi_sink s))
{
    struct midi_port *port;
    struct err e;
    char to[100];
    snprintf(to, sizeof(to), "file:%s", path);
    ck_assert_msg(midi_port_open(&port, to, false, &e), "%s", e.text);
    ck_assert_ptr_nonnull(port);
    play(midi_port_sink(port));
    ck_assert_msg(midi_port_close(port, &e), "%s", e.text);
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    size_t n = fread(out, 1, room, f);
    fclose(f);
    return n;
}

static void some_notes(struct midi_sink s)
{
    static const struct {
        u64 when;
        u8 byte;
    } bytes[] = {
        {1000000, 0xc3},   {1320000, 0x10},                                         /* at 1 ms */
        {500000000, 0x93}, {500320000, 0x3c}, {500640000, 0x7f}, {600000000, 0xf8}, /* left out */
        {600320000, 0x3c}, {600640000, 0x00}, /* running status */
        {700000000, 0xf0}, {700320000, 0x41}, {700640000, 0xf7}, {700960000, 0xfa},
        {1000, 0x3e}, /* a snapshot of earlier: time does not run back; no status, no message */
        {2000, 0x93},      {3000, 0x3e},      {4000, 0x01},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bytes); i++)
        s.byte(s.opaque, bytes[i].when, bytes[i].byte);
}

START_TEST(test_file)
{
    static const u8 want[] = {
        'M',  'T',  'h',  'd',  0,    0,    0,    6,    0,    0,    0,
        1,    0x13, 0x88, /* 5000 ticks a quarter */
        'M',  'T',  'r',  'k',  0,    0,    0,    38,   0x00, 0xff, 0x51,
        0x03, 0x07, 0xa1, 0x20, /* of half a second */
        0x0a, 0xc3, 0x10, 0xa6, 0x7e, 0x93, 0x3c, 0x7f, 0x87, 0x6b, 0x93,
        0x3c, 0x00, 0x87, 0x65, 0xf0, 0x02, 0x41, 0xf7, 0x09, 0xf7, 0x01,
        0xfa, 0x00, 0x93, 0x3e, 0x01, 0x00, 0xff, 0x2f, 0x00,
    };
    u8 got[200], again[200];
    size_t n = recorded(got, sizeof(got), some_notes);
    ck_assert_uint_eq(recorded(again, sizeof(again), some_notes), n);
    ck_assert_mem_eq(got, again, n);
    ck_assert_uint_eq(n, sizeof(want));
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(got[i] == want[i], "byte %zu: %02x, not %02x", i, got[i], want[i]);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(test_refused)
{
    static const char *const bad[] = {
        "", "file:", "midi.mid", "fluidsynth:", "alsa", "alsa:", "non"};
    struct midi_port *port;
    struct err e;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        ck_assert_msg(!midi_port_open(&port, bad[i], true, &e), "%s", bad[i]);
        ck_assert_ptr_nonnull(strstr(e.text, "-midi"));
        ck_assert_ptr_null(port);
    }
    ck_assert(!midi_port_open(&port, "file:/nonexistent/x.mid", false, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "/nonexistent"));
    /* Nowhere, which is no mistake. */
    ck_assert(midi_port_open(&port, "none", true, &e));
    ck_assert_ptr_null(port);
    ck_assert(midi_port_open(&port, NULL, false, &e));
    ck_assert_ptr_null(port);
    ck_assert_ptr_null(midi_port_sink(NULL).byte);
    ck_assert(midi_port_close(NULL, &e));
}
END_TEST

/* Without the library it says so; with it, that this is none. */
START_TEST(test_no_soundfont)
{
    struct midi_port *port;
    struct err e;
    char to[100];
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    fputs("RIFF, but not really", f);
    fclose(f);
    snprintf(to, sizeof(to), "fluidsynth:%s", path);
    ck_assert(!midi_port_open(&port, to, false, &e));
    ck_assert_msg(strstr(e.text, "is no SoundFont") || strstr(e.text, "libfluidsynth3") ||
                      strstr(e.text, "static build"),
                  "%s", e.text);
    ck_assert(!midi_port_open(&port, "fluidsynth:/nonexistent.sf2", false, &e));
    ck_assert_msg(strstr(e.text, "no such file") || strstr(e.text, "libfluidsynth3") ||
                      strstr(e.text, "static build"),
                  "%s", e.text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("midi");
    TCase *t = tcase_create("midi");
    int fd = mkstemp(path);
    if (fd < 0)
        return EXIT_FAILURE;
    close(fd);
    tcase_add_test(t, test_messages);
    tcase_add_test(t, test_messages_without_an_end);
    tcase_add_test(t, test_file);
    tcase_add_test(t, test_refused);
    tcase_add_test(t, test_no_soundfont);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    unlink(path);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
