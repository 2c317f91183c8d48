/*
 * machine_media.h - what is in the drives of a command line's machine, for machine.c.
 */
#ifndef FERRITE_MACHINE_MEDIA_H
#define FERRITE_MACHINE_MEDIA_H

#include "frontend/cli/options.h"
#include "hw/machine/vm.h"

/*
 * Looks at what -fda, -hda, -cdrom, -drive, -kernel and their kind name, and puts it into the
 * configuration; overlays that are not there yet are made. Without any of them the built-in demo
 * floppy, if the build has it. false + err: one that cannot be used.
 */
bool machine_open_media(struct vm_config *c, const struct options *o, struct err *e);

#endif
