/*
 * ctl.h - `ferrite ctl SOCKET COMMAND...`: a running machine steered from a shell, through its
 * -qmp.
 */
#ifndef FERRITE_CTL_H
#define FERRITE_CTL_H

#include "frontend/cli/option.h"

#include <stdio.h>

extern const struct option_table ctl_options;

int ctl_command(int argc, char **argv, FILE *out, FILE *err);
/* One command, by its words, on the machine at this place. The exit status. */
int ctl_ask(const char *place, int count, char **words, FILE *out, FILE *err);

#endif
