/*
 * tries.h - from inside, each thing that is forbidden is tried: what the sandbox is worth is what
 * fails then. For `-sandbox test` and the tests.
 */
#ifndef FERRITE_TRIES_H
#define FERRITE_TRIES_H

#include "hw/base/confine/grants.h"
#include "hw/base/types.h"

#include <stdio.h>

enum try_result {
    TRY_DONE,    /* nothing has stopped it */
    TRY_REFUSED, /* EPERM, EACCES or ENOSYS */
    TRY_FAILED,  /* for a reason that has nothing to do with being forbidden */
    TRY_ALLOWED, /* this configuration has to allow it; it is not tried */
};

enum { TRIES = 16 };

struct tries {
    const struct grants *grants; /* what is not in there is outside */
    unsigned roles;
    enum try_result before[TRIES], inside[TRIES];
    int error[TRIES];
};

const char *tries_name(unsigned i); /* NULL behind the last */
enum try_result tries_do(const struct tries *t, unsigned i, int *error);

/* All of them, before the sandbox is entered and inside. */
void tries_before(struct tries *t);
/*
 * A line each to `out`: what could be done before must be refused now. Returns the number of those
 * that were not.
 */
unsigned tries_inside(struct tries *t, FILE *out);

#endif
