/*
 * docs.h - manual pages and completions, made from the tables of options and sub-commands.
 */
#ifndef FERRITE_DOCS_H
#define FERRITE_DOCS_H

#include "frontend/cli/subcommand.h"

struct docs {
    const struct option_table *options; /* of ferrite itself */
    const struct subcommand *subcommands;
    size_t subcommands_count;
    const char *version;
};

/* ferrite(1), or ferrite-WORD(1) for a sub-command; man(7) macros. */
void docs_man(const struct docs *d, FILE *out);
void docs_man_subcommand(const struct docs *d, const struct subcommand *s, FILE *out);

/* One file for each shell. */
void docs_bash(const struct docs *d, FILE *out);
void docs_zsh(const struct docs *d, FILE *out);
void docs_fish(const struct docs *d, FILE *out);

/* What an option's value is: NONE for a flag. */
enum docs_value { DOCS_NONE, DOCS_FILE, DOCS_DIRECTORY, DOCS_WORDS, DOCS_OTHER };
enum docs_value docs_value(const struct option *row);

#endif
