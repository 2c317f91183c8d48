/*
 * midi_alsa_port.c - opening and closing a port in the ALSA sequencer. See midi_alsa.h.
 */
#include "frontend/midi/midi_alsa.h"
#include "frontend/midi/midi_message.h"
#include "hw/base/library.h"

enum {
    OPEN_OUTPUT = 1,
    OPEN_INPUT = 2,
    NO_WAITING = 1,
    CAN_READ = 1 << 0,
    CAN_WRITE = 1 << 1,
    CAN_SUBSCRIBE_READ = 1 << 5,
    CAN_SUBSCRIBE_WRITE = 1 << 6,
    TYPE_MIDI = 1 << 1,
    TYPE_APPLICATION = 1 << 20,
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
    F(snd_seq_connect_from),
    F(snd_seq_event_output_direct),
    F(snd_seq_event_input),
    F(snd_seq_event_input_pending),
    F(snd_midi_event_new),
    F(snd_midi_event_free),
    F(snd_midi_event_no_status),
    F(snd_midi_event_encode),
    F(snd_midi_event_decode),
};

static const struct library library = {
    .what = "ALSA's library",
    .package = "libasound2",
    .file = "libasound.so.2",
    .functions = functions,
    .count = ARRAY_SIZE(functions),
};

/* How a direction is opened. */
static const struct way {
    int streams, mode;
    const char *name;
    unsigned caps;
    const char *missing;
} ways[2] = {
    {OPEN_INPUT, NO_WAITING, "MIDI IN", CAN_WRITE | CAN_SUBSCRIBE_WRITE,
     "there is no such port; aconnect -i lists them"},
    {OPEN_OUTPUT, 0, "MIDI OUT", CAN_READ | CAN_SUBSCRIBE_READ,
     "there is no such port; aconnect -o lists them"},
};

/* What went wrong is said by us, in one line. */
static void no_words(const char *file, int line, const char *function, int code, const char *text,
                     ...)
{
    (void)file, (void)line, (void)function, (void)code, (void)text;
}

bool alsa_port_open(struct alsa_port *a, const char *address, bool out, struct err *e)
{
    const struct way *w = &ways[out];
    struct alsa_address other;
    a->library = library_open(&library, &a->call, e);
    if (!a->library)
        return false;
    a->call.snd_lib_error_set_handler(no_words);
    if (a->call.snd_seq_open(&a->seq, "default", w->streams, w->mode) < 0)
        return err_set(e, "the host has no ALSA sequencer (/dev/snd/seq; modprobe snd-seq)");
    a->call.snd_seq_set_client_name(a->seq, "Ferrite");
    a->port =
        a->call.snd_seq_create_simple_port(a->seq, w->name, w->caps, TYPE_MIDI | TYPE_APPLICATION);
    if (a->port < 0 || a->call.snd_midi_event_new(MIDI_EXCLUSIVE_MAX, &a->coder) < 0)
        return err_set(e, "the ALSA sequencer has no room");
    int (*connect)(void *, int, int, int) =
        out ? a->call.snd_seq_connect_to : a->call.snd_seq_connect_from;
    if (a->call.snd_seq_parse_address(a->seq, &other, address) < 0 ||
        connect(a->seq, a->port, other.client, other.port) < 0)
        return err_set(e, "%s", w->missing);
    return true;
}

void alsa_port_close(struct alsa_port *a)
{
    if (a->coder)
        a->call.snd_midi_event_free(a->coder);
    if (a->seq)
        a->call.snd_seq_close(a->seq);
    if (a->library)
        a->call.snd_lib_error_set_handler(NULL);
    library_close(a->library);
}
