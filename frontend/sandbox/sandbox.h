/*
 * sandbox.h - a process closes itself in: once what it works with is open, it gives up the rest, so
 * that whoever takes it over from inside - a guest, an image, a client - gets no more than it has.
 * See README.md for what is given up by which part of the program, SECURITY.md for why.
 */
#ifndef FERRITE_SANDBOX_H
#define FERRITE_SANDBOX_H

#include "frontend/sandbox/calls.h"
#include "hw/base/confine/grants.h"
#include "hw/base/err.h"

enum sandbox_mode {
    SANDBOX_ON,     /* what is forbidden fails with EPERM or EACCES; what cannot be had is said */
    SANDBOX_OFF,    /* nothing is given up */
    SANDBOX_STRICT, /* a forbidden call ends the process; without all parts it does not start */
};

struct sandbox_rules {
    enum sandbox_mode mode;
    unsigned roles; /* enum sandbox_role */
    const struct grants *grants;
    bool alone; /* this is the only thread */
};

/*
 * For all threads and for good. What this host has not got is named in *missing (empty: nothing);
 * with SANDBOX_STRICT it is an error. false + err: it cannot be done, and may be done in part.
 */
bool sandbox_enter(const struct sandbox_rules *rules, struct err *missing, struct err *e);

/* What of it this host has, for `ferrite doctor`: sentences without a full stop. */
struct sandbox_parts {
    int landlock; /* version, 0: none */
    bool filter;
};
struct sandbox_parts sandbox_parts(void);

#endif
