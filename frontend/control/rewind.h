/*
 * rewind.h - going back some seconds: states of the machine that are kept in memory on the side,
 * the newest ones, in so many bytes.
 *
 * A machine without a window keeps one a second of guest time, so that a script that goes back is
 * the same in every run. Under a person's eyes the distance grows until keeping costs at most
 * REWIND_SHARE of the host's time; and unless it was asked for, nothing is kept any more once one
 * state has taken longer than REWIND_HITCH, for that would be seen and heard.
 *
 * A state is the machine, not its disk images: what the guest has written to an image since does
 * not go back, so neither does the machine, and it is said. With -snapshot the disks are in the
 * state.
 */
#ifndef FERRITE_REWIND_H
#define FERRITE_REWIND_H

#include "hw/machine/vm.h"

#define REWIND_SHARE 0.02
#define REWIND_HITCH 0.02 /* seconds of the host's processor */
enum { REWIND_USUAL_MB = 128 };

struct rewind;

enum rewind_mode {
    REWIND_STEADY, /* one a second of guest time */
    REWIND_PERSON, /* as seldom as is needed to be cheap */
    REWIND_TRY     /* the same; never, when it cannot be cheap */
};

/* NULL: out of memory. `apart`: what is written to disks goes back with the state. */
struct rewind *rewind_new(u64 bytes, enum rewind_mode mode, bool apart);
void rewind_free(struct rewind *r); /* NULL is fine */
/* The guest time at which it wants to look next; UINT64_MAX: not any more. */
u64 rewind_next(const struct rewind *r);
/* Keep a state, if it is time. */
void rewind_look(struct rewind *r, struct vm *vm);

/* How far one can go back now, ns; 0: not at all, and *why says it, for a person. */
u64 rewind_reach(const struct rewind *r, const struct vm *vm, const char **why);
/* States that are kept, and the bytes they take. */
unsigned rewind_states(const struct rewind *r, u64 *bytes);
/*
 * Go back so many ns at least, to the nearest state that is. *to: how far it was. false + err: as
 * far as that nothing is kept; the machine is as it was.
 */
bool rewind_go(struct rewind *r, struct vm *vm, u64 ns, u64 *to, struct err *e);

#endif
