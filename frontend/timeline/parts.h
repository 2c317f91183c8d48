/*
 * parts.h - the files that a file of a machine names in its turn: the tracks of a cue sheet, which
 * a recording has to hold as well.
 */
#ifndef FERRITE_PARTS_H
#define FERRITE_PARTS_H

#include "hw/base/err.h"

enum { PARTS_MOST = 128 }; /* more than a disc has tracks */

struct parts {
    char *path[PARTS_MOST];
    unsigned count;
};

/* Each once, in the order of the sheet; none of what is no cue sheet. false + err: it cannot be
 * read, or names what is not there. */
bool parts_of(const char *path, struct parts *p, struct err *e);
void parts_free(struct parts *p);

#endif
