/*
 * look_back.h - the last moment before this one at which something was met: by the timeline.
 *
 * There are no instructions that run backwards. The stretches between kept states are run one after
 * the other, the latest first, each to its end, for it is the last hit in it that counts. That may
 * take long, so it is done in pieces.
 */
#ifndef FERRITE_LOOK_BACK_H
#define FERRITE_LOOK_BACK_H

#include "hw/machine/vm_inspect.h"
#include "hw/machine/vm_replay.h"

struct timeline;

struct look_back {
    struct vm *vm;
    struct timeline *timeline;
    /* Is it what is looked for? The machine is where it was met. */
    bool (*counts)(void *opaque, const struct vm_point_hit *h);
    void *opaque;
    unsigned most;             /* stretches that are looked at; 0: all */
    unsigned stretches;        /* that have been run */
    struct instant from;       /* the machine was there */
    struct instant start, end; /* the stretch that is being run; what is behind `end` is known */
    bool inside;               /* of it: it is being run */
    bool found;                /* in it, last: */
    u64 at;                    /* instructions, before the one that met it */
    struct vm_point_hit hit;
};

/* From where the machine is. */
void look_back_begin(struct look_back *b, struct vm *vm, struct timeline *t,
                     bool (*counts)(void *opaque, const struct vm_point_hit *h), void *opaque,
                     unsigned most);

enum look_back_state {
    LOOK_BACK_ON,     /* another piece is needed */
    LOOK_BACK_FOUND,  /* at b->at; the machine is somewhere else */
    LOOK_BACK_NOWHERE /* not as far as is kept, or as was to be looked */
};
/* Some hundredth of a second of it. */
enum look_back_state look_back_piece(struct look_back *b);

/* To the instant after so many instructions; no point is looked at on the way. */
bool look_back_go(struct vm *vm, struct timeline *t, u64 instructions, struct err *e);
/*
 * Is there a past? Also of what has been written meanwhile, while the machine stood. false: *why.
 */
bool look_back_possible(struct vm *vm, struct timeline *t, struct instant *earliest,
                        const char **why);

#endif
