/*
 * vm_chain.h - the way of an interrupt from a device's pin to its handler, and those that were
 * delivered last, with the frames that they pushed. Data sheet of the 8259A; SDM vol. 3, chapters 6
 * and 10.
 *
 * Looking changes nothing. What was delivered is noted since power-on or since a state was loaded.
 */
#ifndef FERRITE_VM_CHAIN_H
#define FERRITE_VM_CHAIN_H

#include "hw/machine/vm.h"

enum { VM_CHAIN_STEPS = 8, VM_CHAIN_WORDS = 240, VM_FRAME_ITEMS = 10, VM_DELIVERED = 31 };

/* One line of the two 8259s, link by link. */
struct vm_chain {
    unsigned steps;
    struct vm_chain_step {
        const char *what; /* "device", "8259", "cascade", "APIC", "processor", "gate" */
        bool passes;      /* a request would get through here now */
        char says[VM_CHAIN_WORDS];
    } step[VM_CHAIN_STEPS];
    char drivers[80]; /* devices that drive the line, with commas; "" */
    bool pin, level_triggered, requested, in_service, masked;
    u8 vector;
};

void vm_chain(struct vm *vm, unsigned irq, struct vm_chain *out); /* irq 0..15 */

/* The entry of a vector in IDT or interrupt table, in words; false: it would fault. */
bool vm_gate_words(struct vm *vm, u8 vector, char *out, size_t size);

struct vm_delivery {
    u64 instructions; /* before it */
    u8 vector;
    u8 how; /* VM_VECTOR_FAULT, VM_VECTOR_IRQ, VM_VECTOR_INT */
    bool has_error;
    u32 error;
    u8 from_ring, to_ring;
    bool v86; /* it interrupted virtual-8086 mode */
    u16 cs, handler_cs, handler_ss;
    u32 eip, handler_eip;
    unsigned items; /* that were pushed, from the stack's top upwards; 0: a task gate */
    struct vm_frame_item {
        const char *name; /* "EIP" */
        u32 at;           /* linear */
        u8 bytes;
        u32 value;
        bool known; /* now: what is there at present */
        u32 now;
    } item[VM_FRAME_ITEMS];
};

/* The latest is number 0; false: no more are known. */
bool vm_delivered(struct vm *vm, unsigned i, struct vm_delivery *out);

#endif
