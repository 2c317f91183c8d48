/*
 * vm_profile.h - what a machine's processor executes, counted exactly (cpu/profile/profile.h), for
 * front ends: how often each basic block ran, and in which chain of calls each instruction did.
 *
 * Counting changes nothing in the guest: a run with it is the run without, to the last bit. While
 * it is on, code runs in the interpreter, whatever -jit says.
 */
#ifndef FERRITE_VM_PROFILE_H
#define FERRITE_VM_PROFILE_H

#include "hw/machine/vm.h"

struct vm_profile;

/*
 * `symbol` says what lies at a linear address, a number below 2^31 - 1, 0: nothing known; it may
 * be NULL. NULL: no memory. A profile belongs to one machine, and goes before it.
 */
struct vm_profile *vm_profile_new(struct vm *vm, u32 (*symbol)(void *owner, u32 lin), void *owner);
void vm_profile_free(struct vm_profile *p);
/* Count from now on, or no more; what was counted stays. Between two calls of vm_run(). */
void vm_profile_count(struct vm_profile *p, bool on);
bool vm_profile_counts(const struct vm_profile *p);
/* Forget what was counted. */
void vm_profile_clear(struct vm_profile *p);
/* Instructions that were counted in all. */
u64 vm_profile_total(const struct vm_profile *p);
/* There was more code, or there were more chains of calls, than are kept apart. */
bool vm_profile_full(const struct vm_profile *p);

/* ---- chains of calls ---- */

struct vm_profile_node {
    u32 parent;   /* a smaller number; node 0 is the root, which is no function's */
    u32 function; /* its number */
    u64 self;     /* instructions in the function itself, on this chain */
    u64 calls;
};

struct vm_profile_function {
    u32 symbol; /* 0: none, it is known by its address */
    u32 lin;    /* of its entry, or of where it was first met */
    u16 cs;     /* CS as it was then */
    bool real;  /* real or virtual-8086 mode: CS:IP is how people write the address */
    s16 vector; /* an interrupt that led there; -1: something else */
};

/* By number, from 0 on; false: there is none. Function 0 is the root's. */
bool vm_profile_node(const struct vm_profile *p, u32 i, struct vm_profile_node *out);
bool vm_profile_function(const struct vm_profile *p, u32 i, struct vm_profile_function *out);

/* ---- blocks ---- */

struct vm_profile_block {
    u32 lin, phys; /* of its first byte */
    u32 symbol;
    u16 bytes;
    u8 count;        /* instructions */
    const u8 *start; /* where each of them begins */
    u64 hits;        /* entries */
};

/* Block i; false: there is none. They may overlap: code is entered in its middle. */
bool vm_profile_block(const struct vm_profile *p, u32 i, struct vm_profile_block *out);
/* How often was its instruction n completed? A pass of a repeated one does not count by itself. */
u64 vm_profile_completed(const struct vm_profile *p, u32 i, unsigned n);

#endif
