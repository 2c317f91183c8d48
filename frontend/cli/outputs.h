/*
 * outputs.h - files that the command line wants written, looked at before any of them is emptied.
 */
#ifndef FERRITE_OUTPUTS_H
#define FERRITE_OUTPUTS_H

#include "frontend/cli/options.h"

/*
 * None of them may be a file that the machine reads - its images, firmware, kernel, script - nor
 * one that is locked by another machine. "-serial disk.img: ...".
 */
bool outputs_apart(const struct options *o, const struct vm_config *c, struct err *e);

/* The file of -audio wav:FILE, or NULL. */
const char *outputs_audio(const struct options *o);

#endif
