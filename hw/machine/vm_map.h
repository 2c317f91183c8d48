/*
 * vm_map.h - the machine's memory as a map: what answers where, which pages hold decoded code and
 * the stack, and which were touched lately.
 *
 * Looking changes nothing in the guest. Which pages are touched is noted from the first time on
 * that somebody asks; each time, an interval ends and the next one begins.
 */
#ifndef FERRITE_VM_MAP_H
#define FERRITE_VM_MAP_H

#include "hw/machine/vm.h"

enum { VM_PAGE = 4096 };

struct vm_map_range {
    u32 first, last;  /* physical addresses */
    const char *kind; /* "RAM", "ROM", "device" */
    char name[40];    /* who has it; "" */
    u32 code;         /* pages with decoded code in it */
};

/* The ranges in ascending order, from *at = 0 on, without those that nobody has; false: no more. */
bool vm_map_next(const struct vm *vm, u64 *at, struct vm_map_range *out);

/* Where stack and code are now: physical addresses; false: not there. */
bool vm_stack_place(struct vm *vm, u32 *phys);
bool vm_code_place(struct vm *vm, u32 *phys);

/*
 * Ends the interval. *from: the instructions at which the first one began that vm_touched_next()
 * reports with *interval: the latest at or before `since`, as far as they are known, and not the
 * one that begins now. false: out of memory.
 */
bool vm_touched_look(struct vm *vm, u64 since, u64 *from, u32 *interval);

struct vm_touched {
    u32 first, last; /* pages next to each other that are alike */
    bool read, written, code, stack;
    const char *kind; /* "RAM", "ROM", "device" */
};

/* By data accesses since that interval; instructions that are fetched are `code`. */
bool vm_touched_next(struct vm *vm, u32 interval, u64 *at, struct vm_touched *out);

#endif
