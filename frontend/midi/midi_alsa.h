/*
 * midi_alsa.h - what both directions of the ALSA sequencer share.
 */
#ifndef FERRITE_MIDI_ALSA_H
#define FERRITE_MIDI_ALSA_H

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

#endif
