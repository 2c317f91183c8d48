/*
 * timeline.h - a machine's past, every instant of which can be reached again: states kept in memory
 * now and then, and what entered since (hw/machine/vm_replay.h).
 *
 * To go to an instant, the state before it is restored and the machine does again what it did, with
 * the inputs of then, to the same last bit; nobody hears it. The machine is then behind its latest
 * instant: what it does when it runs on is what it did, inputs are refused, and when it is there
 * again the present goes on. timeline_live() instead makes the past instant the present.
 *
 * In so many bytes: when they are full, states are dropped where they are densest for their age, so
 * that it takes longer to get to what is long ago; and when that would take too long, the oldest.
 *
 * A state is the machine, not its disk images: what the guest has written to an image since does
 * not go back, so neither does the machine, and it is said. With -snapshot the disks are in the
 * state. Nor does it go back past a change of media or a snapshot that was loaded.
 */
#ifndef FERRITE_TIMELINE_H
#define FERRITE_TIMELINE_H

#include "hw/machine/vm_replay.h"

#define TIMELINE_SHARE 0.02 /* of the host's time, that keeping states may take */
#define TIMELINE_HITCH 0.02 /* seconds of the host's processor */
enum { TIMELINE_USUAL_MB = 128 };

struct timeline;

enum timeline_mode {
    TIMELINE_STEADY, /* states at the same instants in each run, whatever the host */
    TIMELINE_PERSON, /* as seldom as is needed to be cheap */
    TIMELINE_TRY     /* the same; never, when it cannot be cheap */
};

/* `apart`: what is written to disks goes back with the state. NULL: out of memory. */
struct timeline *timeline_new(struct vm *vm, u64 bytes, enum timeline_mode mode, bool apart);
void timeline_free(struct timeline *t); /* NULL is fine */

/*
 * From now on a state every so many instructions, for those who go back often (a debugger); 0: as
 * usual, where one takes about a tenth of a second to go to any instant.
 */
void timeline_closer(struct timeline *t, u64 instructions);

/* The guest time at which it wants to look next; UINT64_MAX: not any more. */
u64 timeline_next(const struct timeline *t);
/*
 * Between slices, before calls that the machine gets there: keep a state, if it is time; go over
 * into the present, when a replay has come there. false + err, once: the replay was not the same
 * run (a fault of this program); the machine is in the present all the same.
 */
bool timeline_look(struct timeline *t, struct err *e);

/* false: one cannot go back, and *why says it, for a person. */
bool timeline_reach(const struct timeline *t, struct instant *earliest, const char **why);
/* Why it is no earlier, for the end of a sentence; "": that is as far as anything is kept. */
const char *timeline_before(const struct timeline *t);
/* The present, from which the machine may be away. */
struct instant timeline_latest(const struct timeline *t);
/* States that are kept, and the bytes that they and the inputs take. */
unsigned timeline_states(const struct timeline *t, u64 *bytes);
/* The instant of each of them, the oldest is number 0; false: no more. */
bool timeline_state_instant(const struct timeline *t, unsigned i, struct instant *at);
/* What entered the machine from outside, as far as it is kept, the oldest first. */
struct timeline_event {
    struct instant at;
    const char *what; /* "key", "network frame" */
    u8 unit;          /* which drive, stick or port */
};
size_t timeline_events(const struct timeline *t);
bool timeline_event(const struct timeline *t, size_t i, struct timeline_event *out);

/*
 * Go to the instant right after so many instructions since power-on (of those, while the processor
 * is halted, to the first), or to the first instant not before a guest time. Afterwards the machine
 * is there, or, on false + err, where it was; but "interrupted" leaves it on its way.
 */
bool timeline_goto(struct timeline *t, u64 instructions, struct err *e);
bool timeline_goto_time(struct timeline *t, u64 ns, struct err *e);
bool timeline_goto_latest(struct timeline *t, struct err *e);
/* Is the machine away from the present? */
bool timeline_away(const struct timeline *t);
/* This instant becomes the present: what came after it is forgotten. */
void timeline_live(struct timeline *t);

/*
 * The future on trial: from where the machine is it goes on, unheard, as `run` says; then it is
 * where it was, and nothing of it has been. What the host would have to answer ends the trial
 * (VM_REPLAYED). Without `apart`, whoever asks sees to it that nothing is written to a disk.
 */
bool timeline_try(struct timeline *t, void (*run)(void *opaque), void *opaque, struct err *e);
/* Do disks go back, too? */
bool timeline_apart(const struct timeline *t);

/*
 * For those who look for something in the past (a debugger's breakpoint, backwards): go to the last
 * state that is kept before this instant, from which timeline_goto(), vm_run() and vm_run_to() go
 * on. *at: where that is. false: there is none, and the machine is where it was.
 */
bool timeline_goto_state_before(struct timeline *t, struct instant before, struct instant *at,
                                struct err *e);

#endif
