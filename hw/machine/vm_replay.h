/*
 * vm_replay.h - a machine's way back: states kept in memory page by page, what entered since, and
 * doing it again to the same last bit. For those who build timelines and recordings of it
 * (frontend/timeline/); others have enough in vm.h.
 */
#ifndef FERRITE_VM_REPLAY_H
#define FERRITE_VM_REPLAY_H

#include "hw/base/journal.h"
#include "hw/machine/vm.h"

/* Where a machine is: instructions alone stand still while it is halted. */
struct instant {
    u64 instructions, ns;
};

static inline bool instant_before(struct instant a, struct instant b)
{
    return a.instructions != b.instructions ? a.instructions < b.instructions : a.ns < b.ns;
}

struct instant vm_instant(const struct vm *vm);

/*
 * What enters. Its owner sets `keeps`, `told` and `opaque`; whether it notes or replays is said
 * here. In a replay calls from outside (vm_key() and so on) have no effect, and vm_run() does what
 * the journal has from entry journal.next on, up to `end`, where it comes back with VM_REPLAYED.
 * `quiet`: what the machine says - consoles, sound, log - was said before, and is not said again.
 */
struct journal *vm_journal(struct vm *vm);
void vm_replay(struct vm *vm, struct instant end, bool quiet);
bool vm_replaying(const struct vm *vm);
void vm_live(struct vm *vm, bool notes);
/* While somebody writes the journal down: a note of where the processor is, to be compared. */
void vm_check(struct vm *vm);
/* This changes when the machine becomes another one, before which nobody can go back. */
u64 vm_barriers(const struct vm *vm);

/*
 * States of one machine in memory. Each shares with others whatever pages are equal, so one costs
 * what has changed since the one before. Where they are taken, a write to a page of RAM costs a
 * little more, once.
 */
struct vm_states;
struct vm_state;

struct vm_states *vm_states_new(struct vm *vm); /* NULL: out of memory; one for each machine */
void vm_states_free(struct vm_states *s);       /* when no state of it is left */
/* NULL + err: a machine that cannot be saved, or no memory. */
struct vm_state *vm_states_take(struct vm_states *s, struct err *e);
void vm_states_drop(struct vm_states *s, struct vm_state *state);
/* Back (or ahead) to it. false + err: it does not fit any more, and the machine is spoiled. */
bool vm_states_go(struct vm_states *s, const struct vm_state *state, struct err *e);
struct instant vm_state_instant(const struct vm_state *state);
u64 vm_states_size(const struct vm_states *s); /* bytes that all of them take */

#endif
