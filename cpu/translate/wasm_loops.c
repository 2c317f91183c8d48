/*
 * wasm_loops.c - a region's blocks as nested loops, which is all that WebAssembly has, and the
 * blocks' instructions in their order.
 *
 * The blocks stand in an order in which branches back make loops: ranges of blocks that lie in one
 * another (wasm_region.c). A loop's parts are its head, single blocks and inner loops; before the
 * first part a label is opened for each of the others, which is closed where the part begins: so a
 * branch to a later part leaves the label, and one to the head repeats the loop. Who comes into
 * the middle of a loop - from the interpreter, by RET, from a block outside - says so in WL_NEXT
 * and goes to the head, where a table of branches sends him on.
 */
#include "cpu/translate/wasm_emit.h"

static void write_level(struct wasm_emit *e, struct wasm_level *l);

/* ---- one block ---- */

/* May it find that a handler has to do it? */
static bool may_be_slow(const struct op *o)
{
    enum operation op = op_operation(o);
    return op_memory(o).access || wasm_is_vector(o) || op == I_div || op == I_idiv ||
           ((op_reads(o) | op_writes(o)) & R_STACK);
}

/*
 * On the slow way: its handler does it. Behind a comparison the code does not go on, for it knows
 * the operands there and not only the flags.
 */
static void write_slow(struct wasm_emit *e)
{
    enum operation op = op_operation(e->o);
    bool compares = (op == I_cmp || op == I_test) && wasm_needed(e);
    if (e->ended || compares) {
        bool ended = e->ended;
        wasm_leave_to_handler(e);
        e->ended = ended;
    } else {
        wasm_call_handler(e);
    }
}

static void write_instruction(struct wasm_emit *e)
{
    wasm_emit_fn *fn = wasm_emitter_of(e->o);
    bool last = op_row(e->o)->attr & A_END, slow = may_be_slow(e->o);
    u32 used = e->code.used, depth = e->depth, done = 0;
    enum flags_by by = e->flags_by;
    if (slow && !last)
        done = w_open(e, W_BLOCK, W_VOID);
    e->slow = slow ? w_open(e, W_BLOCK, W_VOID) : 0;
    if (!fn || !fn(e)) {
        e->code.used = used;
        e->depth = depth;
        e->flags_by = by;
        e->open = 0; /* it may be a handler that closes something */
        if (last)
            wasm_leave_to_handler(e);
        else
            wasm_call_handler(e);
        return;
    }
    if (!slow)
        return;
    if (!last)
        w_branch(e, W_BR, done);
    w_end(e);
    write_slow(e);
    if (!last)
        w_end(e);
}

static void write_block(struct wasm_emit *e, u32 number)
{
    struct block *b = e->region->member[number].block;
    e->number = number;
    e->block = b;
    e->flags_by = BY_ANYTHING;
    e->open = 0;
    e->ended = false;
    if (!plan_make(&e->plan, e->cpu, b)) {
        e->code.overflow = true;
        return;
    }
    e->instructions += e->plan.count;
    if (e->region->member[number].enter) {
        w_const(e, 0);
        w_set(e, WL_NEXT);
    }
    wasm_block_head(e);
    for (e->i = 0; e->i < e->plan.count && !e->ended; e->i++) {
        e->o = &e->plan.insn[e->i];
        write_instruction(e);
    }
    if (!e->ended)
        wasm_fall_through(e);
}

/* ---- loops ---- */

static u32 last_of(const struct wasm_plan *p, u32 first, bool head)
{
    return head || p->member[first].end == WASM_NONE ? first : p->member[first].end;
}

/* The whole region is a level, too, which begins with no head of its own. */
static void find_parts(const struct wasm_plan *p, struct wasm_level *l)
{
    u32 b = l->lo;
    l->parts = 0;
    while (b <= l->hi) {
        l->first[l->parts] = (u8)b;
        b = last_of(p, b, l->parent && b == l->lo) + 1;
        l->parts++;
    }
}

static bool has_entries(const struct wasm_plan *p, const struct wasm_level *l)
{
    for (u32 b = l->lo + (l->parent ? 1 : 0); b <= l->hi; b++)
        if (p->member[b].enter)
            return true;
    return false;
}

/* The table of branches: to the part that has the block. */
static void write_table(struct wasm_emit *e, const struct wasm_level *l, u32 head)
{
    w_get(e, WL_NEXT);
    if (l->lo)
        w_op_const(e, W_SUB, l->lo);
    w_op(e, W_BR_TABLE);
    wasm_u32(&e->code, l->hi - l->lo + 1);
    for (u32 b = l->lo; b <= l->hi; b++) {
        u32 part = wasm_part_of(l, b);
        wasm_u32(&e->code, e->depth - (part ? l->behind[part] : head));
    }
    wasm_u32(&e->code, e->depth - head); /* 0, which may be no block of these: the head */
}

static void write_part(struct wasm_emit *e, struct wasm_level *l, u32 part)
{
    const struct wasm_plan *p = e->region;
    u32 first = l->first[part], last = last_of(p, first, l->parent && !part);
    l->current = part;
    if (p->member[first].end == WASM_NONE || (l->parent && !part)) {
        e->level = l;
        write_block(e, first);
        return;
    }
    struct wasm_level inner = {.parent = l, .lo = first, .hi = last};
    write_level(e, &inner);
}

static void write_level(struct wasm_emit *e, struct wasm_level *l)
{
    find_parts(e->region, l);
    l->label = w_open(e, W_LOOP, W_VOID);
    for (u32 i = l->parts; i-- > 1;)
        l->behind[i] = w_open(e, W_BLOCK, W_VOID);
    if (has_entries(e->region, l)) {
        u32 head = w_open(e, W_BLOCK, W_VOID);
        write_table(e, l, head);
        w_end(e);
    }
    for (u32 i = 0; i < l->parts; i++) {
        if (i)
            w_end(e);
        write_part(e, l, i);
    }
    w_end(e);
}

u32 wasm_region_emit(const struct wasm_plan *p, const struct cpu *c, const struct wasm_world *world,
                     u8 *bytes, u32 size, u64 *instructions)
{
    struct wasm_code module = {.bytes = bytes, .size = size / 2}; /* behind it, its code */
    struct wasm_emit e = {.code = {.bytes = bytes + size / 2, .size = size / 2},
                          .cpu = c,
                          .region = p,
                          .world = world,
                          .flat = p->mode & MODE_FLAT};
    struct wasm_level all = {.hi = p->count - 1};
    if (!p->count)
        return 0;
    wasm_imports(&e);
    wasm_prologue(&e);
    write_level(&e, &all);
    wasm_epilogue(&e);
    const struct wasm_body body = {.locals = {{WL_I32_END - WL_PARAMETERS, W_I32},
                                              {WL_I64_END - WL_I32_END, W_I64},
                                              {WL_F32_END - WL_F32, W_F32},
                                              {WL_F64_END - WL_F64, W_F64},
                                              {world->vectors ? WL_END - WL_V : 0, W_V128}},
                                   .code = &e.code};
    wasm_module(&module, e.import, e.imports, &body);
    *instructions = e.instructions;
    return module.overflow ? 0 : module.used;
}
