/*
 * calls.h - the system calls that each part of the program needs once everything is open.
 */
#ifndef FERRITE_CALLS_H
#define FERRITE_CALLS_H

#include "hw/base/confine/filter.h"

/* What the process does besides running a machine: bits. */
enum sandbox_role {
    ROLE_NETWORK = 1, /* sockets of the internet, for -nic user */
    ROLE_CONTROL = 2, /* sockets that are made to listen at run time: `gdbserver` */
    ROLE_WINDOW = 4,  /* a desktop's libraries and drivers, which also make machine code */
    ROLE_FORK = 8,    /* machines are forked from it, each of which closes itself in further */
};

/* NULL: out of memory. */
struct filter *calls_filter(unsigned roles, bool deadly);

#endif
