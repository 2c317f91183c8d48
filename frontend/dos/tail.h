/*
 * tail.h - from the arguments on a host's command line to DOS' command tail: what stands behind a
 * program's name, at PSP:80h (at most 126 bytes and a carriage return).
 */
#ifndef FERRITE_DOS_TAIL_H
#define FERRITE_DOS_TAIL_H

#include "hw/base/err.h"

enum {
    TAIL_MAX = 126,       /* what fits into the PSP, the leading blank included */
    TAIL_LINE_MAX = 1024, /* what goes into CMDLINE= at most */
};

struct tail {
    char text[TAIL_LINE_MAX]; /* as DOS is to see it: with its leading blank; "" for no argument */
    size_t len;
};

/*
 * Arguments joined by one blank; one that is empty or has a blank in it gets quotes around it,
 * quotes inside are passed on as they are (DOS has no other character for them). False + err: too
 * long, or an argument with a character that ends DOS' command line.
 */
bool tail_from_arguments(struct tail *t, int argc, char *const *argv, struct err *e);
/* `text` as it is, without a blank in front. */
bool tail_exact(struct tail *t, const char *text, struct err *e);

#endif
