/*
 * subcommands.h - the list of sub-commands, and `ferrite help`.
 */
#ifndef FERRITE_SUBCOMMANDS_H
#define FERRITE_SUBCOMMANDS_H

#include "frontend/cli/subcommand.h"

extern const struct subcommand subcommands[];
extern const size_t subcommands_count;

/* NULL: no such word. */
const struct subcommand *subcommand_find(const char *word);

#endif
