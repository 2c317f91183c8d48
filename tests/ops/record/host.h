/*
 * host.h - executes one vector on the processor this program runs on.
 */
#ifndef FERRITE_RECORD_HOST_H
#define FERRITE_RECORD_HOST_H

#include "tests/ops/record/case.h"

struct host_result {
    u8 state[CVEC_STATE];
    u8 vector; /* CVEC_NO_VECTOR: none */
    unsigned runs;
    struct {
        u32 at;
        u8 length;
        const u8 *bytes; /* valid until the next host_run() */
    } run[250];
    bool lost; /* ended somewhere it cannot have got to: the set-up was wrong */
};

bool host_open(struct err *e);
void host_run(const struct test *t, struct host_result *r);

#endif
