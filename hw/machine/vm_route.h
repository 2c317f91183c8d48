/*
 * vm_route.h - the way of one access from segment and offset to what answers for it, check by check
 * in the processor's order, up to the one that refuses: segment, limit, alignment, each level of
 * the page tables with its bits, the TLB, memory. SDM vol. 3, chapters 3 to 5.
 *
 * The verdicts are the processor's own (its segment check, its page walk), whose words they have.
 * Looking changes nothing: no accessed bit, no TLB entry, no fault.
 */
#ifndef FERRITE_VM_ROUTE_H
#define FERRITE_VM_ROUTE_H

#include "hw/machine/vm.h"

enum vm_access { VM_READ, VM_WRITE, VM_EXECUTE };

/* What is asked. */
struct vm_route_from {
    bool has_segment; /* else `offset` is a linear address */
    bool by_register; /* `segment` (VM_ES ...) as it is loaded, else the selector `sel` */
    u8 segment;
    u16 sel;
    u32 offset;
    unsigned bytes; /* 1 to 16 */
    enum vm_access access;
    bool as_supervisor; /* as descriptor tables and inner stacks are read, whatever the ring */
};

enum { VM_ROUTE_STEPS = 12, VM_ROUTE_WORDS = 260, VM_ENTRY_BITS = 10 };

struct vm_route {
    unsigned steps;
    struct vm_route_step {
        const char *what; /* "segment", "linear", "PDE", "TLB", "memory", ... */
        bool refuses;
        char says[VM_ROUTE_WORDS];
        /* Of a level of the page tables: */
        bool entry;
        u32 index, at; /* its place; physical address, of a PDPTE its number in the processor */
        u64 value;
        unsigned bits;
        struct vm_entry_bit {
            u8 bit, value;
            const char *name, *meaning; /* "R/W", of the value that it has */
        } bit[VM_ENTRY_BITS];
    } step[VM_ROUTE_STEPS];
    bool user;    /* who asks */
    bool allowed; /* else: */
    u8 vector;    /* of the fault */
    u32 error;    /* its code */
    bool linear_known, physical_known;
    u32 linear, physical;
    bool tlb, stale; /* the TLB knows the page; and what it knows is no longer in the tables */
    char memory[40]; /* "RAM", "ROM", a device's window, "nothing"; "" */
};

void vm_route(struct vm *vm, const struct vm_route_from *from, struct vm_route *out);

#endif
