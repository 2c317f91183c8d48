/* lesson_command.h - `ferrite lesson`: lessons without a page. */
#ifndef FERRITE_LESSON_COMMAND_H
#define FERRITE_LESSON_COMMAND_H

#include "frontend/cli/subcommand.h"

extern const struct option_table lesson_options;

int lesson_command(int argc, char **argv, FILE *out, FILE *messages);

#endif
