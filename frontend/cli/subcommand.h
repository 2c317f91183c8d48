/*
 * subcommand.h - `ferrite WORD ...`: what the program does besides running a machine. The list is
 * in frontend/subcommands.c; help, manual pages and completions are made from it.
 */
#ifndef FERRITE_SUBCOMMAND_H
#define FERRITE_SUBCOMMAND_H

#include "frontend/cli/option.h"

#include <stdio.h>

/* Exit statuses that all of them share. */
enum { SUBCOMMAND_DONE, SUBCOMMAND_FAILED, SUBCOMMAND_ASKED_WRONGLY };

struct subcommand {
    const char *name;
    const char *arguments; /* what follows the name: "[OPTION]... PATH [ARGUMENT]..." */
    const char *summary;   /* one line, no full stop */
    const char *text;      /* a few paragraphs for the manual page, or NULL */
    const char *words;     /* what its first argument can be, apart by spaces; NULL: files */
    const struct option_table *options; /* NULL: none */
    /* argv[0] is the first word after the name. Returns the exit status. */
    int (*run)(int argc, char **argv, FILE *out, FILE *messages);
    bool own_help; /* it answers -help itself; else that is ferrite help NAME */
    /* Which of its words names a machine, from 1; 0: none. For completions, as all_options is: */
    unsigned machine;
    bool all_options; /* it takes ferrite's own options besides */
    /* `ferrite NAME -complete MACHINE WORD...` says what the last word, begun or empty, can become.
     */
    bool completes;
};

/* "ferrite: ..." on messages; returns the status for it. */
int subcommand_refused(FILE *messages, const struct err *e);

#endif
