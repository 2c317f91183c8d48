/* dos_command.h - `ferrite dos`: a DOS program in a machine of its own (frontend/dos/README.md). */
#ifndef FERRITE_DOS_COMMAND_H
#define FERRITE_DOS_COMMAND_H

#include <stdio.h>

/* Returns the program's exit status, or 126, 127, 2 when there is none to run. */
int dos_command(int argc, char **argv, FILE *out, FILE *messages);

#endif
