/*
 * block_look.h - what the cache of decoded blocks has made of an instruction, for people. Looking
 * decodes nothing and drops nothing.
 */
#ifndef FERRITE_CPU_BLOCK_LOOK_H
#define FERRITE_CPU_BLOCK_LOOK_H

#include "cpu/op.h"

struct block_seen {
    u32 phys, mode; /* of its first byte; MODE_* it was decoded for, MODE_PARTS among them */
    unsigned bytes, instructions, records;
    unsigned record; /* number of the one that stands for the instruction */
    bool fused;      /* that one stands for two instructions; */
    bool second;     /* this is the second of them */
    bool straddles;  /* it lies on two pages */
    bool patched;    /* a constant of it is taken from memory each time (patched.h) */
    bool present;    /* decoded for the mode in which the processor is now */
    bool translated; /* there is machine code for it */
    u32 heat;        /* entries until there will be */
    struct block_way {
        bool there;
        u32 phys;
    } way[2]; /* linked successors: jump (or only way), next instruction */
};

/* The blocks that have an instruction beginning at this physical address, at most so many. */
unsigned blocks_seen(const struct cpu *c, u32 phys, struct block_seen *out, unsigned most);

#endif
