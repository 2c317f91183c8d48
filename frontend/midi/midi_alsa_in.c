/*
 * midi_alsa_in.c - a port of the ALSA sequencer that another program's or a socket of the host
 * plays into: -midi-in alsa:20:0, or a name as aconnect -i knows it. The library is loaded on
 * demand.
 */
#include "frontend/midi/midi_alsa.h"
#include "frontend/midi/midi_ports.h"
#include "hw/base/library.h"

#include <stdlib.h>

enum {
    OPEN_INPUT = 2,
    NO_WAITING = 1,
    CAN_WRITE = 1 << 1,
    CAN_SUBSCRIBE_WRITE = 1 << 6,
    TYPE_MIDI = 1 << 1,
    TYPE_APPLICATION = 1 << 20,
    FETCH = 1,
};

struct alsa_in_table {
    int (*snd_lib_error_set_handler)(void (*fn)(const char *, int, const char *, int, const char *,
                                                ...));
    int (*snd_seq_open)(void **seq, const char *name, int streams, int mode);
    int (*snd_seq_close)(void *seq);
    int (*snd_seq_set_client_name)(void *seq, const char *name);
    int (*snd_seq_create_simple_port)(void *seq, const char *name, unsigned caps, unsigned type);
    int (*snd_seq_parse_address)(void *seq, struct alsa_address *address, const char *text);
    int (*snd_seq_connect_from)(void *seq, int port, int client, int other);
    int (*snd_seq_event_input)(void *seq, struct alsa_event **event);
    int (*snd_seq_event_input_pending)(void *seq, int fetch);
    int (*snd_midi_event_new)(size_t size, void **coder);
    void (*snd_midi_event_free)(void *coder);
    void (*snd_midi_event_no_status)(void *coder, int on);
    long (*snd_midi_event_decode)(void *coder, u8 *bytes, long count,
                                  const struct alsa_event *event);
};

#define F(name)                                                                                    \
    {                                                                                              \
#name, offsetof(struct alsa_in_table, name)                                                \
    }

static const struct library_function functions[] = {
    F(snd_lib_error_set_handler),
    F(snd_seq_open),
    F(snd_seq_close),
    F(snd_seq_set_client_name),
    F(snd_seq_create_simple_port),
    F(snd_seq_parse_address),
    F(snd_seq_connect_from),
    F(snd_seq_event_input),
    F(snd_seq_event_input_pending),
    F(snd_midi_event_new),
    F(snd_midi_event_free),
    F(snd_midi_event_no_status),
    F(snd_midi_event_decode),
};

static const struct library library = {
    .what = "ALSA's library",
    .package = "libasound2",
    .file = "libasound.so.2",
    .functions = functions,
    .count = ARRAY_SIZE(functions),
};

struct alsa_in {
    struct alsa_in_table call;
    void *library, *seq, *coder;
    u8 message[MIDI_EXCLUSIVE_MAX]; /* what did not fit last time */
    size_t at, length;
};

void midi_alsa_deaf(void *self)
{
    struct alsa_in *a = self;
    if (!a)
        return;
    if (a->coder)
        a->call.snd_midi_event_free(a->coder);
    if (a->seq)
        a->call.snd_seq_close(a->seq);
    if (a->library)
        a->call.snd_lib_error_set_handler(NULL);
    library_close(a->library);
    free(a);
}

/* What went wrong is said by us, in one line. */
static void no_words(const char *file, int line, const char *function, int code, const char *text,
                     ...)
{
    (void)file, (void)line, (void)function, (void)code, (void)text;
}

static bool begin(struct alsa_in *a, const char *address, struct err *e)
{
    struct alsa_address from;
    a->library = library_open(&library, &a->call, e);
    if (!a->library)
        return false;
    a->call.snd_lib_error_set_handler(no_words);
    if (a->call.snd_seq_open(&a->seq, "default", OPEN_INPUT, NO_WAITING) < 0)
        return err_set(e, "the host has no ALSA sequencer (/dev/snd/seq; modprobe snd-seq)");
    a->call.snd_seq_set_client_name(a->seq, "Ferrite");
    int port = a->call.snd_seq_create_simple_port(
        a->seq, "MIDI IN", CAN_WRITE | CAN_SUBSCRIBE_WRITE, TYPE_MIDI | TYPE_APPLICATION);
    if (port < 0 || a->call.snd_midi_event_new(sizeof(a->message), &a->coder) < 0)
        return err_set(e, "the ALSA sequencer has no room");
    a->call.snd_midi_event_no_status(a->coder, 1);
    if (a->call.snd_seq_parse_address(a->seq, &from, address) < 0 ||
        a->call.snd_seq_connect_from(a->seq, port, from.client, from.port) < 0)
        return err_set(e, "there is no such port; aconnect -i lists them");
    return true;
}

void *midi_alsa_listen(const char *address, struct err *e)
{
    struct alsa_in *a = calloc(1, sizeof(*a));
    if (!a) {
        err_set(e, "out of memory");
        return NULL;
    }
    if (!begin(a, address, e)) {
        midi_alsa_deaf(a);
        return NULL;
    }
    return a;
}

size_t midi_alsa_heard(void *self, u8 *data, size_t max)
{
    struct alsa_in *a = self;
    struct alsa_event *event;
    size_t n = 0;
    while (n < max) {
        while (a->at < a->length && n < max)
            data[n++] = a->message[a->at++];
        if (n == max || a->call.snd_seq_event_input_pending(a->seq, FETCH) <= 0 ||
            a->call.snd_seq_event_input(a->seq, &event) < 0)
            break;
        long got = a->call.snd_midi_event_decode(a->coder, a->message, sizeof(a->message), event);
        a->at = 0;
        a->length = got > 0 ? (size_t)got : 0;
    }
    return n;
}
