/*
 * new.h - `ferrite new`: the questions about a machine to be, and making it.
 */
#ifndef FERRITE_NEW_H
#define FERRITE_NEW_H

#include "frontend/cli/subcommand.h"

/* What was answered; NULL: not yet. Texts as they were given. */
enum { NEW_QUESTIONS = 11 };

struct answers {
    const char *guest, *name, *memory, *storage, *cd, *floppy, *network, *forward, *throwaway,
        *sandbox, *backup;
    bool preset;                /* -y: the preset's answer to everything else */
    char *typed[NEW_QUESTIONS]; /* what new_ask() has read, for answers_free() */
};

extern const struct option_table new_options;
int new_command(int argc, char **argv, FILE *out, FILE *messages);

/* The answers that are missing from `in`, questions and what they mean to `out`. false + err: the
 * end of the input. */
bool new_ask(struct answers *a, FILE *in, FILE *out, struct err *e);
void answers_free(struct answers *a);
/* Is each answer possible? Fills those that are missing with the preset's. */
bool new_check(struct answers *a, struct err *e);
/* Make it, whole or not at all. *folder: where it is; the caller frees it. */
bool new_make(const struct answers *a, char **folder, struct err *e);

/* Random, for uuid and mac: 36 and 17 characters and a NUL. */
bool new_uuid(char text[37], struct err *e);
bool new_mac(char text[18], struct err *e);

#endif
