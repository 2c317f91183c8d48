/*
 * order.h - what a job asks of the process that has booted its machine, and what comes back.
 *
 *   job:       order {test, run, limit} + descriptors: standard output, error, facts, a line
 *   beginning: on the line the number of the machine's process, and at its end its wait status
 *
 * The process is not reaped before the job has let go of the line, so its number stays its own for
 * as long as the job may send signals to it.
 */
#ifndef FERRITE_SUITE_ORDER_H
#define FERRITE_SUITE_ORDER_H

#include "hw/base/types.h"

#include <sys/types.h>

struct order {
    u32 index;    /* of the test */
    u32 run;      /* 1, 2...: its folder */
    double limit; /* seconds; a machine whose job has died ends by itself then */
};

enum { ORDER_OUT, ORDER_ERR, ORDER_FACTS, ORDER_LINE, ORDER_FDS };

/* The job's side. The descriptors stay the caller's. false + errno. */
bool order_send(int orders, const struct order *o, const int fd[ORDER_FDS]);
/* The next word on the line. false: there is none, whoever had to say it is gone. */
bool order_hear(int line, int *word);

/* The other side. */
enum order_state { ORDER_TAKEN, ORDER_NONE, ORDER_OVER /* nobody will order any more */ };
enum order_state order_take(int orders, struct order *o, int fd[ORDER_FDS]);
void order_tell(int line, int word);

#endif
