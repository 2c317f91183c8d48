/* debugger.h - `ferrite debug`: a machine and somebody who looks inside. */
#ifndef FERRITE_DEBUGGER_H
#define FERRITE_DEBUGGER_H

#include "frontend/cli/option.h"

#include <stdio.h>

extern const struct option_table debug_options;

/* A sub-command; see frontend/cli/subcommand.h. */
int debug_command(int argc, char **argv, FILE *out, FILE *messages);

#endif
