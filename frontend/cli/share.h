/*
 * share.h - reading -share, which shows a folder of the host to DOS (hw/guest/README.md).
 */
#ifndef FERRITE_SHARE_OPTION_H
#define FERRITE_SHARE_OPTION_H

#include "hw/machine/vm.h"

enum { SHARE_TEXT = 8192 };

/* The shares of a command line. */
struct share_options {
    struct guest_share share[GUEST_SHARES];
    unsigned count;
    unsigned codepage;     /* the last cp=: there is one for all names; 0: not said */
    char text[SHARE_TEXT]; /* what the pointers point to */
    size_t used;
};

/*
 * NAME=FOLDER[,ro|rw][,lower][,letter=D][,cp=437|850|852|866|1252]. The options are looked for at
 * the end, so that a comma in a folder's name needs nothing. false + err.
 */
bool share_parse(struct share_options *s, const char *value, struct err *e);
void share_config(const struct share_options *s, struct guest_config *config);
/* To standard error: what -snapshot does not hold back. */
void share_say_snapshot(const struct share_options *s, bool snapshot);

#endif
