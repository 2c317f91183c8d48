/* asm_command.h - `ferrite asm`: a text to bytes (frontend/assembler/README.md). */
#ifndef FERRITE_ASM_COMMAND_H
#define FERRITE_ASM_COMMAND_H

#include "frontend/cli/option.h"

#include <stdio.h>

extern const struct option_table asm_options;
/* 0: assembled; 1: the text is wrong, each error is said; 2: asked wrongly, or a file's fault. */
int asm_command(int argc, char **argv, FILE *out, FILE *messages);

#endif
