/*
 * disk_cmd.h - `ferrite disk ...`: overlay files, without a machine.
 */
#ifndef FERRITE_DISK_CMD_H
#define FERRITE_DISK_CMD_H

#include <stdio.h>

/* argv[0] is the sub-command. Returns the exit status: 0 done, 1 it failed, 2 asked wrongly. */
int disk_command(int argc, char **argv, FILE *out, FILE *messages);

#endif
