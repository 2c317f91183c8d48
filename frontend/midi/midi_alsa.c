/*
 * midi_alsa.c - a port of the ALSA sequencer, connected to another program's or a socket of the
 * host: -midi alsa:128:0, or a name as aconnect knows it. The library is loaded on demand.
 */
#include "frontend/midi/midi_alsa.h"
#include "frontend/midi/midi_ports.h"
#include "hw/base/library.h"

#include <stdlib.h>

enum {
    OPEN_OUTPUT = 1,
    CAN_READ = 1 << 0,
    CAN_SUBSCRIBE_READ = 1 << 5,
    TYPE_MIDI = 1 << 1,
    TYPE_APPLICATION = 1 << 20,
    TO_SUBSCRIBERS = 254,
    ANY_PORT = 253,
    AT_ONCE = 253, /* no queue */
};

struct alsa_table {
    int (*snd_lib_error_set_handler)(void (*fn)(const char *, int, const char *, int, const char *,
                                                ...));
    int (*snd_seq_open)(void **seq, const char *name, int streams, int mode);
    int (*snd_seq_close)(void *seq);
    int (*snd_seq_set_client_name)(void *seq, const char *name);
    int (*snd_seq_create_simple_port)(void *seq, const char *name, unsigned caps, unsigned type);
    int (*snd_seq_parse_address)(void *seq, struct alsa_address *address, const char *text);
    int (*snd_seq_connect_to)(void *seq, int port, int client, int other);
    int (*snd_seq_event_output_direct)(void *seq, struct alsa_event *event);
    int (*snd_midi_event_new)(size_t size, void **coder);
    void (*snd_midi_event_free)(void *coder);
    long (*snd_midi_event_encode)(void *coder, const u8 *bytes, long count,
                                  struct alsa_event *event);
};

#define F(name)                                                                                    \
    {                                                                                              \
#name, offsetof(struct alsa_table, name)                                                   \
    }

static const struct library_function functions[] = {
    F(snd_lib_error_set_handler),
    F(snd_seq_open),
    F(snd_seq_close),
    F(snd_seq_set_client_name),
    F(snd_seq_create_simple_port),
    F(snd_seq_parse_address),
    F(snd_seq_connect_to),
    F(snd_seq_event_output_direct),
    F(snd_midi_event_new),
    F(snd_midi_event_free),
    F(snd_midi_event_encode),
};

static const struct library library = {
    .what = "ALSA's library",
    .package = "libasound2",
    .file = "libasound.so.2",
    .functions = functions,
    .count = ARRAY_SIZE(functions),
};

struct alsa {
    struct alsa_table call;
    void *library, *seq, *coder;
    int port;
};

static bool alsa_close(void *self, struct err *e)
{
    struct alsa *a = self;
    (void)e;
    if (a->coder)
        a->call.snd_midi_event_free(a->coder);
    if (a->seq)
        a->call.snd_seq_close(a->seq);
    if (a->library)
        a->call.snd_lib_error_set_handler(NULL);
    library_close(a->library);
    free(a);
    return true;
}

/* What went wrong is said by us, in one line. */
static void no_words(const char *file, int line, const char *function, int code, const char *text,
                     ...)
{
    (void)file, (void)line, (void)function, (void)code, (void)text;
}

static bool begin(struct alsa *a, const char *address, struct err *e)
{
    struct alsa_address to;
    a->library = library_open(&library, &a->call, e);
    if (!a->library)
        return false;
    a->call.snd_lib_error_set_handler(no_words);
    if (a->call.snd_seq_open(&a->seq, "default", OPEN_OUTPUT, 0) < 0)
        return err_set(e, "the host has no ALSA sequencer (/dev/snd/seq; modprobe snd-seq)");
    a->call.snd_seq_set_client_name(a->seq, "Ferrite");
    a->port = a->call.snd_seq_create_simple_port(a->seq, "MIDI OUT", CAN_READ | CAN_SUBSCRIBE_READ,
                                                 TYPE_MIDI | TYPE_APPLICATION);
    if (a->port < 0 || a->call.snd_midi_event_new(MIDI_EXCLUSIVE_MAX, &a->coder) < 0)
        return err_set(e, "the ALSA sequencer has no room");
    if (a->call.snd_seq_parse_address(a->seq, &to, address) < 0 ||
        a->call.snd_seq_connect_to(a->seq, a->port, to.client, to.port) < 0)
        return err_set(e, "there is no such port; aconnect -o lists them");
    return true;
}

void *midi_alsa_open(const char *address, struct err *e)
{
    struct alsa *a = calloc(1, sizeof(*a));
    if (!a) {
        err_set(e, "out of memory");
        return NULL;
    }
    if (!begin(a, address, e)) {
        alsa_close(a, NULL);
        return NULL;
    }
    return a;
}

static void alsa_message(void *self, const struct midi_message *m)
{
    struct alsa *a = self;
    struct alsa_event event = {0};
    if (a->call.snd_midi_event_encode(a->coder, m->bytes, (long)m->length, &event) <= 0)
        return;
    event.source.port = (u8)a->port;
    event.destination = (struct alsa_address){TO_SUBSCRIBERS, ANY_PORT};
    event.queue = AT_ONCE;
    a->call.snd_seq_event_output_direct(a->seq, &event);
}

const struct midi_kind midi_alsa_kind = {alsa_message, alsa_close};
