/*
 * machine_control.h - a machine of the user's that runs, reached by its name from another shell:
 * `ferrite snapshot` of it, `ferrite ctl MACHINE COMMAND`. It listens at a socket in its folder
 * (home_socket()), which speaks -qmp.
 */
#ifndef FERRITE_MACHINE_CONTROL_H
#define FERRITE_MACHINE_CONTROL_H

#include <stdio.h>

int machine_snapshot_command(int argc, char **argv, FILE *out, FILE *messages);
int machine_ctl_command(int argc, char **argv, FILE *out, FILE *messages);

#endif
