/*
 * wasm_labels.c - labels of WebAssembly, and the branches to a region's blocks (wasm_loops.c).
 */
#include "cpu/translate/wasm_emit.h"

u32 w_open(struct wasm_emit *e, enum wasm_op block, unsigned type)
{
    wasm_byte(&e->code, block);
    wasm_byte(&e->code, type);
    return ++e->depth;
}

void w_end(struct wasm_emit *e)
{
    w_op(e, W_END);
    e->depth--;
}

void w_branch(struct wasm_emit *e, enum wasm_op br, u32 label)
{
    wasm_byte(&e->code, br);
    wasm_u32(&e->code, e->depth - label);
}

/* ---- blocks ---- */

u32 wasm_part_of(const struct wasm_level *l, u32 block)
{
    u32 i = l->parts;
    while (l->first[--i] > block)
        ;
    return i;
}

void wasm_go_to(struct wasm_emit *e, u32 block)
{
    const struct wasm_level *l = e->level;
    while (block < l->lo || block > l->hi)
        l = l->parent;
    u32 part = wasm_part_of(l, block);
    if (l->first[part] != block) {
        w_const(e, block);
        w_set(e, WL_NEXT);
    }
    w_branch(e, W_BR, part > l->current ? l->behind[part] : l->label);
}

u32 wasm_dispatch_label(const struct wasm_emit *e)
{
    const struct wasm_level *l = e->level;
    while (l->parent)
        l = l->parent;
    return l->label;
}
