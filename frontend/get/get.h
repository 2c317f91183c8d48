/*
 * get.h - `ferrite get NAME`: fetch free software that guests are made of, once, checked.
 */
#ifndef FERRITE_GET_H
#define FERRITE_GET_H

#include "frontend/cli/option.h"

#include <stdio.h>

extern const struct option_table get_options_table;

/* argv[0] is the first word after `get`. Returns the exit status: 0 done, 1 failed, 2 asked
 * wrongly. */
int get_command(int argc, char **argv, FILE *out, FILE *messages);

#endif
