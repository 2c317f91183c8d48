/*
 * machine_run.h - `ferrite run MACHINE [OPTION]...`.
 */
#ifndef FERRITE_MACHINE_RUN_H
#define FERRITE_MACHINE_RUN_H

#include <stdio.h>

int machine_run_command(int argc, char **argv, FILE *out, FILE *messages);

#endif
