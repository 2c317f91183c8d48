/*
 * sound.h - what a machine hands to those who listen: front ends see this by hw/machine/vm.h.
 */
#ifndef FERRITE_SOUND_H
#define FERRITE_SOUND_H

#include "hw/base/types.h"

struct sound_frame {
    s16 left, right;
};

/*
 * Somebody who listens. Frame numbers are instants: frame `first` of a block belongs to
 * first/rate seconds since power-on, and blocks follow one another without gaps (a snapshot that is
 * loaded moves the numbers, and the sound goes on). Called from within vm_run() and vm_save().
 */
struct sound_sink {
    void (*take)(void *opaque, const struct sound_frame *frames, unsigned count, u64 first);
    void *opaque;
};

/*
 * Somebody at the line input: what a recording in the guest hears. Asked for SOUND_IN_RATE frames a
 * second of guest time, in blocks, while the guest records: frame `first` of a block belongs to
 * first/SOUND_IN_RATE seconds since power-on. Called from within vm_run().
 */
enum { SOUND_IN_RATE = 48000 };
struct sound_inlet {
    void (*give)(void *opaque, struct sound_frame *frames, unsigned count, u64 first);
    void *opaque;
};

#endif
