/*
 * findings.h - what `ferrite doctor` found: a list of sentences, each with its remedy.
 */
#ifndef FERRITE_FINDINGS_H
#define FERRITE_FINDINGS_H

#include "hw/base/types.h"

#include <stdio.h>

enum finding {
    FINDING_FINE,   /* looked at, and as it should be */
    FINDING_UNWISE, /* works, but not as one may expect */
    FINDING_WRONG,  /* something that was asked for does not work */
};

struct findings {
    FILE *out;
    unsigned unwise, wrong;
};

/*
 * "what: sentence", and how to mend it on a line of its own; `remedy` may be NULL. Sentences are
 * written as they are found.
 */
void found(struct findings *f, enum finding kind, const char *what, const char *remedy,
           const char *format, ...) PRINTF_LIKE(5, 6);

#endif
