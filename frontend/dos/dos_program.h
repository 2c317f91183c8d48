/*
 * dos_program.h - what `ferrite dos` is to start, and what its folder is: from the command line and
 * the host's files to the words that FERRITE RUN gets (hw/guest/guest_config.h).
 */
#ifndef FERRITE_DOS_PROGRAM_H
#define FERRITE_DOS_PROGRAM_H

#include "frontend/dos/classify.h"
#include "frontend/dos/dos_alias.h"
#include "frontend/dos/dos_options.h"
#include "frontend/dos/tail.h"

#include <limits.h>

/* Exit statuses of `ferrite dos` besides the program's own; those of a shell. */
enum { DOS_NO_PROGRAM = 126, DOS_NOT_FOUND = 127 };

enum { DOS_ENVIRONMENT = 4096 };

struct dos_program {
    enum program_kind kind;       /* PROGRAM_NONE: a prompt */
    char folder[PATH_MAX];        /* the host's, that becomes the drive */
    char file[PATH_MAX];          /* the program, below the folder; "": a prompt */
    char cd_file[DOS_PATH];       /* the program on the CD, "\SUB\PROG.EXE"; "\": its prompt */
    char several[400];            /* of a zip with more than one program: their names; "" */
    char instead[400];            /* of a zip without any: what is in it, for a sentence; "" */
    bool chosen;                  /* `file` was not named, and is worth a word */
    char directory[DOS_PATH + 2]; /* "D:\SUB" */
    char program[DOS_PATH + 2];   /* "D:\SUB\PROG.EXE", or the shell */
    const char *shell;            /* "C:\COMMAND.COM" */
    struct tail tail;             /* in the guest's code page */
    char environment[DOS_ENVIRONMENT];
};

/*
 * The host's side of PATH: kind, folder, file. A PATH that is not there is looked for as DOS would,
 * whatever the case and with .COM, .EXE, .BAT added. A zip is for the caller to unpack: then kind
 * is PROGRAM_ZIP and `file` the archive. 0; or err, and the exit status.
 */
int dos_program_find(struct dos_program *p, const char *path, struct err *e);
/*
 * In a folder that is the drive: the program that `word` names ("GAME", "BIN/GAME.EXE"), NULL: the
 * only one that there is if `only` (however deep it lies, and beside the helpers that games come
 * with), else a prompt. 0, or err and the exit status.
 */
int dos_program_in_folder(struct dos_program *p, const char *word, bool only, struct err *e);
/*
 * The guest's side: directory, program, tail, environment. `arguments`: of the program. `autoexec`:
 * a text whose SET and PATH lines come before the user's; "" for none.
 */
bool dos_program_words(struct dos_program *p, const struct dos_options *o, char *const *arguments,
                       int count, const char *autoexec, size_t autoexec_size, struct err *e);

#endif
