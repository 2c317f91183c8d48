/*
 * midi_alsa_in.c - a port of the ALSA sequencer that another program's or a socket of the host
 * plays into: -midi-in alsa:20:0, or a name as aconnect -i knows it.
 */
#include "frontend/midi/midi_alsa.h"
#include "frontend/midi/midi_ports.h"

#include <stdlib.h>

enum { FETCH = 1 };

struct alsa_in {
    struct alsa_port port;
    u8 message[MIDI_EXCLUSIVE_MAX]; /* what did not fit last time */
    size_t at, length;
};

void midi_alsa_deaf(void *self)
{
    struct alsa_in *a = self;
    if (a)
        alsa_port_close(&a->port);
    free(a);
}

void *midi_alsa_listen(const char *address, struct err *e)
{
    struct alsa_in *a = calloc(1, sizeof(*a));
    if (!a) {
        err_set(e, "out of memory");
        return NULL;
    }
    if (!alsa_port_open(&a->port, address, false, e)) {
        midi_alsa_deaf(a);
        return NULL;
    }
    a->port.call.snd_midi_event_no_status(a->port.coder, 1);
    return a;
}

size_t midi_alsa_heard(void *self, u8 *data, size_t max)
{
    struct alsa_in *a = self;
    struct alsa_port *p = &a->port;
    struct alsa_event *event;
    size_t n = 0;
    while (n < max) {
        while (a->at < a->length && n < max)
            data[n++] = a->message[a->at++];
        if (n == max || p->call.snd_seq_event_input_pending(p->seq, FETCH) <= 0 ||
            p->call.snd_seq_event_input(p->seq, &event) < 0)
            break;
        long got = p->call.snd_midi_event_decode(p->coder, a->message, sizeof(a->message), event);
        a->at = 0;
        a->length = got > 0 ? (size_t)got : 0;
    }
    return n;
}
