/*
 * readconfig.h - -readconfig: a machine described in a file, in QEMU's spelling.
 *
 *     # a comment
 *     [device "card"]
 *       driver = "ne2k_isa"
 *       irq = "5"
 *
 * Sections device, chardev and netdev are rows with that id; the others are the options that have
 * their keys as values: drive, nic, memory, boot-opts, rtc. [machine] holds any other option under
 * its own name (cpu = "486").
 */
#ifndef FERRITE_READCONFIG_H
#define FERRITE_READCONFIG_H

#include "frontend/cli/options.h"

/* As if the file's contents had been options. "FILE:LINE: ..." in err. */
bool readconfig(struct options *o, const char *path, struct err *e);
/* The same from memory. */
bool readconfig_text(struct options *o, const char *name, const char *text, size_t size,
                     struct err *e);

#endif
