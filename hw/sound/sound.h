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

#endif
