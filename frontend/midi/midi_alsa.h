/*
 * midi_alsa.h - a port of ours in the ALSA sequencer, connected to another program's or a socket of
 * the host: what both directions share. The library is loaded on demand.
 */
#ifndef FERRITE_MIDI_ALSA_H
#define FERRITE_MIDI_ALSA_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <assert.h>

/* snd_seq_event_t and snd_seq_addr_t of asoundlib's interface, which does not change. */
struct alsa_address {
    u8 client, port;
};

struct alsa_event {
    u8 type, flags, tag, queue;
    u32 time[2];
    struct alsa_address source, destination;
    u32 data[3];
};

static_assert(sizeof(struct alsa_event) == 28, "as asoundlib has it");

/* Its functions, by their names. */
struct alsa_table {
    int (*snd_lib_error_set_handler)(void (*fn)(const char *, int, const char *, int, const char *,
                                                ...));
    int (*snd_seq_open)(void **seq, const char *name, int streams, int mode);
    int (*snd_seq_close)(void *seq);
    int (*snd_seq_set_client_name)(void *seq, const char *name);
    int (*snd_seq_create_simple_port)(void *seq, const char *name, unsigned caps, unsigned type);
    int (*snd_seq_parse_address)(void *seq, struct alsa_address *address, const char *text);
    int (*snd_seq_connect_to)(void *seq, int port, int client, int other);
    int (*snd_seq_connect_from)(void *seq, int port, int client, int other);
    int (*snd_seq_event_output_direct)(void *seq, struct alsa_event *event);
    int (*snd_seq_event_input)(void *seq, struct alsa_event **event);
    int (*snd_seq_event_input_pending)(void *seq, int fetch);
    int (*snd_midi_event_new)(size_t size, void **coder);
    void (*snd_midi_event_free)(void *coder);
    void (*snd_midi_event_no_status)(void *coder, int on);
    long (*snd_midi_event_encode)(void *coder, const u8 *bytes, long count,
                                  struct alsa_event *event);
    long (*snd_midi_event_decode)(void *coder, u8 *bytes, long count,
                                  const struct alsa_event *event);
};

struct alsa_port {
    struct alsa_table call;
    void *library, *seq, *coder;
    int port;
};

/* "20:0" or a name as aconnect knows it; `out`: what we send goes there, else what it sends comes
 * here. false + err: *a is to be closed all the same. */
bool alsa_port_open(struct alsa_port *a, const char *address, bool out, struct err *e);
void alsa_port_close(struct alsa_port *a); /* what is open of it */

#endif
