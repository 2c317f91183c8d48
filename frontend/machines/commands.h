/*
 * commands.h - the sub-commands about machines. Each is a row of frontend/subcommands.c, but for
 * `run`, which needs the window and lies in frontend/machine_run.c.
 */
#ifndef FERRITE_MACHINE_COMMANDS_H
#define FERRITE_MACHINE_COMMANDS_H

#include "frontend/cli/subcommand.h"

extern const struct option_table rm_options, gc_options, list_options;

int list_command(int argc, char **argv, FILE *out, FILE *messages);
int info_command(int argc, char **argv, FILE *out, FILE *messages);
int set_command(int argc, char **argv, FILE *out, FILE *messages);
int clone_command(int argc, char **argv, FILE *out, FILE *messages);
int snapshot_command(int argc, char **argv, FILE *out, FILE *messages);
int rm_command(int argc, char **argv, FILE *out, FILE *messages);
int gc_command(int argc, char **argv, FILE *out, FILE *messages);
int backup_command(int argc, char **argv, FILE *out, FILE *messages);
int restore_command(int argc, char **argv, FILE *out, FILE *messages);
int export_command(int argc, char **argv, FILE *out, FILE *messages);
int import_command(int argc, char **argv, FILE *out, FILE *messages);

#endif
