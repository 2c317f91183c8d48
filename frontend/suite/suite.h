/*
 * suite.h - `ferrite test`: guest scripts as tests, side by side.
 */
#ifndef FERRITE_SUITE_H
#define FERRITE_SUITE_H

#include "frontend/cli/subcommand.h"

extern const struct option_table suite_options;

/* Exit statuses beside those that sub-commands share. */
enum { SUITE_ALL_SKIPPED = 77 };

int suite_command(int argc, char **argv, FILE *out, FILE *messages);

#endif
