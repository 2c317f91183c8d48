/*
 * midi_alsa.c - a port of the ALSA sequencer, connected to another program's or a socket of the
 * host: -midi alsa:128:0, or a name as aconnect knows it.
 */
#include "frontend/midi/midi_alsa.h"
#include "frontend/midi/midi_ports.h"

#include <stdlib.h>

enum {
    TO_SUBSCRIBERS = 254,
    ANY_PORT = 253,
    AT_ONCE = 253, /* no queue */
};

static bool alsa_close(void *self, struct err *e)
{
    (void)e;
    alsa_port_close(self);
    free(self);
    return true;
}

void *midi_alsa_open(const char *address, struct err *e)
{
    struct alsa_port *a = calloc(1, sizeof(*a));
    if (!a) {
        err_set(e, "out of memory");
        return NULL;
    }
    if (!alsa_port_open(a, address, true, e)) {
        alsa_close(a, NULL);
        return NULL;
    }
    return a;
}

static void alsa_message(void *self, const struct midi_message *m)
{
    struct alsa_port *a = self;
    struct alsa_event event = {0};
    if (a->call.snd_midi_event_encode(a->coder, m->bytes, (long)m->length, &event) <= 0)
        return;
    event.source.port = (u8)a->port;
    event.destination = (struct alsa_address){TO_SUBSCRIBERS, ANY_PORT};
    event.queue = AT_ONCE;
    a->call.snd_seq_event_output_direct(a->seq, &event);
}

const struct midi_kind midi_alsa_kind = {alsa_message, alsa_close};
