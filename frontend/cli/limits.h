/*
 * limits.h - what a machine may use of this computer: -limit cpu=, mem=, disk=, log=. The guest
 * sees nothing of the first two; of the others what a full disk shows, or the end of the run.
 */
#ifndef FERRITE_LIMITS_H
#define FERRITE_LIMITS_H

#include "hw/base/budget.h"
#include "hw/base/err.h"

#include <stdio.h>

/* As the user says them. */
struct limit_options {
    double cpu; /* of one processor, 0.5; 0: no limit */
    u64 memory; /* bytes; 0: LIMITS_MEMORY beyond what the machine has when it starts */
    u64 disk;   /* bytes; 0: no limit */
    u64 log;    /* bytes; 0: LIMITS_LOG */
    bool log_any;
};

#define LIMITS_MEMORY (512ull << 20)
#define LIMITS_LOG (4ull << 30)

struct machine;

/* One word of -limit, "cpu=50%" and so on, which ends at a comma. *known: it is one of these. */
bool limits_word(struct limit_options *o, const char *word, bool *known, struct err *e);

/* Before anything is opened. */
void limits_begin(struct machine *m);
/* A stream to the log's file, which counts; NULL: out of memory. The descriptor is its. */
FILE *limits_log(struct machine *m, int fd);
/* When all is open: the process gets no more memory than that. false + err: it has more already. */
bool limits_memory(struct machine *m, struct err *e);
/* Between slices: the processor's share, and what is to be said. */
void limits_look(struct machine *m);
/* Was more written into logs than may be? Then the run is over, and err says it. */
bool limits_ok(const struct machine *m, struct err *e);

#endif
