/*
 * dos_options.h - the command line of `ferrite dos [OPTION]... PATH [ARGUMENT]...`.
 */
#ifndef FERRITE_DOS_OPTIONS_H
#define FERRITE_DOS_OPTIONS_H

#include "frontend/cli/options.h"
#include "frontend/dos/dos_memory.h"

enum { DOS_VARIABLES = 64 };

/* How PATH's folder becomes a drive of the guest. */
enum dos_drive { DOS_AS_DEFAULT, DOS_AS_REDIRECTOR, DOS_AS_DISK };

struct dos_options {
    struct options machine; /* all the ordinary ones; first, for their rows' offsets */
    const char *path;       /* the program, batch file, folder or zip */
    char **arguments;       /* what follows it */
    int argument_count;
    const char *dos;  /* -dos: where the DOS comes from */
    const char *tail; /* -tail: instead of arguments */
    const char *variable[DOS_VARIABLES];
    unsigned variables; /* -e NAME=VALUE */
    enum dos_drive as;
    char letter;    /* of PATH's folder, 'D' unless said */
    char cd_letter; /* of the CD; 0: not said */
    bool stay;      /* a prompt when the program has ended */
    bool echo;      /* the last text screen goes to standard error */
    bool no_mouse;
    struct dos_memory memory; /* -xms, -ems */
    bool keep_config;         /* the DOS boots by itself, with its own drivers */
    /* -record: those of the words that are about the machine, and room for more; freed by
     * dos_options_free(). */
    char **word;
    unsigned words;
};

enum { DOS_MORE_WORDS = 14 };

/* Our own rows; those of a machine are options_table. */
extern const struct option_table dos_options_table;

/* argv[0] is what follows the word `dos`. */
bool dos_options_parse(struct dos_options *o, int argc, char **argv, struct err *e);
void dos_options_free(struct dos_options *o);
void dos_options_help(FILE *out);

#endif
