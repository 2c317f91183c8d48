/*
 * wasm_region.h - which blocks become one function of WebAssembly, and that function's module.
 */
#ifndef FERRITE_WASM_REGION_H
#define FERRITE_WASM_REGION_H

#include "cpu/blocks/block.h"

#define WASM_REGION_BLOCKS 64u
#define WASM_REGION_INSTRUCTIONS 1000u
#define WASM_NONE 0xffu /* no block of the region */

/* block.code: the region's number and one, and the block's number there if it may be entered. */
#define WASM_CODE(region, block) (((region) + 1) << 8 | (block))

/* Handlers that the code ends in. */
enum wasm_exit {
    WASM_TAKEN, /* along the record's link, taken or not */
    WASM_NEXT,
    WASM_LOOKUP, /* to c->eip */
    WASM_QUIT,   /* to the run loop */
    WASM_GO_ON,  /* the record's own handler */
    WASM_EXITS
};

/* What the code needs of the program and of the host. */
struct wasm_world {
    exec_fn *exit[WASM_EXITS];
    bool vectors; /* the host has the instructions of vectors */
};

struct wasm_member {
    struct block *block;
    u8 to[2];   /* where its links lead within the region, or WASM_NONE */
    u8 end;     /* it begins a loop, whose last block this is; or WASM_NONE */
    bool enter; /* who comes from elsewhere, or through the table of branches, may begin here */
};

struct wasm_plan {
    u32 number; /* of the region */
    u32 count;
    u32 delta; /* where the code segment ends: the only EIP less physical address it is good for */
    u32 mode;
    const u32 *alive; /* 0: it is no more */
    struct wasm_member member[WASM_REGION_BLOCKS];
};

/* How many entries a block has had, more or less; is it worth taking along? */
typedef bool wasm_wanted_fn(const struct cpu *c, const struct block *b);

/*
 * The roots, and the blocks that they lead to, in the order in which they are written. c->eip is
 * the first root's. All roots may be entered; the others are taken along if somebody wants them.
 */
void wasm_region_plan(struct wasm_plan *p, const struct cpu *c, struct block *const *root,
                      u32 roots, wasm_wanted_fn *wanted);

/*
 * The module. Returns its bytes, 0: a block cannot be planned, or there is no room. Where the code
 * is to run, pointers and handlers are numbers of 32 bits; elsewhere it can only be looked at.
 */
u32 wasm_region_emit(const struct wasm_plan *p, const struct cpu *c, const struct wasm_world *world,
                     u8 *bytes, u32 size, u64 *instructions);

#endif
