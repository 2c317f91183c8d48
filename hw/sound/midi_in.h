/*
 * midi_in.h - the cable at MIDI IN: bytes come one after the other, as fast as the wire carries
 * them, to every socket of the machine that it is plugged into.
 *
 * Whoever plays (struct midi_source) is asked once a millisecond of guest time, by a timer, so that
 * bytes enter at instants that depend on nothing of the host; a journal notes them, and a replay
 * gets them from there. Nobody plays: there is no such device.
 */
#ifndef FERRITE_MIDI_IN_H
#define FERRITE_MIDI_IN_H

#include "hw/base/midi.h"
#include "hw/bus/device.h"

/* A card's MIDI IN. */
struct midi_socket {
    struct midi_in *cable; /* NULL: nothing is plugged in */
    void (*byte)(void *card, u8 v);
    void *card;
    struct midi_socket *next;
};

enum { MIDI_IN_QUEUE = 1024 };

struct midi_in {
    struct device dev;
    const struct midi_source *source;
    struct midi_socket *sockets;
    struct timer poll, arrive;
    u64 asked; /* for all bytes before this instant */
    u8 queue[MIDI_IN_QUEUE];
    u16 head, count;
};

extern const struct device_class midi_in_class;

/* In realize: `byte` is called when one has arrived, whole. */
void midi_socket_attach(struct device *d, struct midi_socket *in, void (*byte)(void *card, u8 v),
                        void *card);
void midi_socket_detach(struct midi_socket *in);
/* What midi_socket_attach() does with the machine's. */
void midi_in_plug(struct midi_in *m, struct midi_socket *in);

#endif
