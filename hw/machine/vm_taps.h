/*
 * vm_taps.h - what is between a machine's cables and the outside, so that a journal sees what
 * enters and a replay does not say again what was said before.
 */
#ifndef FERRITE_VM_TAPS_H
#define FERRITE_VM_TAPS_H

#include "hw/base/journal.h"
#include "hw/machine/vm.h"

struct vm_tap {
    struct journal *journal;
    struct stream real;
    struct midi_sink midi;
    u8 unit;
};

struct vm_taps {
    struct vm_tap *tap;
    struct vm_chardev *chardev; /* with tapped streams, while the machine is built and after */
};

/* The configuration's streams become tapped ones. false + err: out of memory. */
bool taps_set(struct vm_taps *t, struct vm_config *config, struct journal *j, struct err *e);
void taps_free(struct vm_taps *t);

#endif
