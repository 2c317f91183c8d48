/*
 * wasm_flow.c - into a region's function, out of it, and from block to block: near jumps, calls,
 * returns, LOOP and JCXZ (SDM vol. 2), and instructions that are done by their handlers.
 *
 * The function is a handler (cpu/exec.h): whoever returns from it says what comes next, and the
 * loop around the handlers goes there.
 */
#include "cpu/translate/wasm_emit.h"

#define BLOCK(field) ((u32)offsetof(struct block, field))

/* ---- in and out ---- */

static void call(struct wasm_emit *e, u32 function)
{
    w_op(e, W_CALL);
    wasm_u32(&e->code, function);
}

static u32 import(struct wasm_emit *e, u32 place, enum wasm_type type)
{
    for (u32 i = 0; i < e->imports; i++)
        if (e->import[i].place == place && i >= WASM_FIRST_HANDLER)
            return i;
    if (e->imports == WASM_MOST_IMPORTS) {
        e->code.overflow = true;
        return 0;
    }
    e->import[e->imports] = (struct wasm_import){place, type};
    return e->imports++;
}

void wasm_imports(struct wasm_emit *e)
{
    e->imports = 0;
    import(e, (u32)(uintptr_t)wasm_packed_flags, WASM_FLAGS);
    for (unsigned i = 0; i < WASM_EXITS; i++)
        import(e, w_handler(e->world->exit[i]), WASM_HANDLER);
}

static void call_handler(struct wasm_emit *e, exec_fn *fn)
{
    call(e, import(e, w_handler(fn), WASM_HANDLER));
}

static void get_flags64(struct wasm_emit *e)
{
    wasm_pack_flags(e);
    w_op(e, W_EXTEND_U);
}

static void load_registers(struct wasm_emit *e, u64 registers)
{
    for (unsigned i = 0; i < 8; i++) {
        if (!(registers & R_GPR(i)))
            continue;
        w_get(e, WL_CPU);
        w_memory(e, W_LOAD, (u32)offsetof(struct cpu, gpr) + 4 * i);
        w_set(e, WL_GPR + i);
    }
}

static void store_registers(struct wasm_emit *e, u64 registers)
{
    for (unsigned i = 0; i < 8; i++) {
        if (!(registers & R_GPR(i)))
            continue;
        w_get(e, WL_CPU);
        w_get(e, WL_GPR + i);
        w_memory(e, W_STORE, (u32)offsetof(struct cpu, gpr) + 4 * i);
    }
}

static void load_budget(struct wasm_emit *e)
{
    w_load_cpu(e, W_LOAD64, budget);
    w_set(e, WL_BUDGET);
    w_load_cpu(e, W_LOAD, tlb);
    w_set(e, WL_TLB);
}

static void store_budget(struct wasm_emit *e)
{
    w_get(e, WL_CPU);
    w_get(e, WL_BUDGET);
    w_memory(e, W_STORE64, (u32)offsetof(struct cpu, budget));
}

/* WL_A: the block that op[0] was called for. Not here, or not with these flags: its own handler. */
static void refuse(struct wasm_emit *e)
{
    w_get(e, WL_FL);
    w_op(e, W_WRAP);
    w_set(e, WL_T);
    w_load_cpu(e, W_LOAD, eip);
    w_get(e, WL_A);
    w_memory(e, W_LOAD, BLOCK(phys));
    w_op(e, W_SUB);
    w_set(e, WL_DELTA);
    wasm_odd_flags(e);
    if (!e->flat) {
        w_get(e, WL_DELTA);
        w_op_const(e, W_NE, e->region->delta);
        w_op(e, W_OR);
        w_load_cpu(e, W_LOAD, cs_limit);
        w_op_const(e, W_LT_U, 0xffff);
        w_op(e, W_OR);
    }
    w_open(e, W_IF, W_VOID);
    w_get(e, WL_CPU);
    w_get(e, WL_OP);
    w_get(e, WL_FL);
    call(e, WASM_FIRST_EXIT + WASM_GO_ON);
    w_op(e, W_RETURN);
    w_end(e);
}

void wasm_prologue(struct wasm_emit *e)
{
    w_get(e, WL_OP);
    w_op_const(e, W_SUB, sizeof(struct block));
    w_set(e, WL_A);
    refuse(e);
    wasm_unpack_flags(e);
    load_registers(e, R_GPRS);
    load_budget(e);
    w_get(e, WL_BUDGET); /* it has been charged, and will be again */
    w_get(e, WL_A);
    w_memory(e, W_LOAD8, BLOCK(count));
    w_op(e, W_EXTEND_U);
    w_op(e, W_ADD64);
    w_set(e, WL_BUDGET);
    w_get(e, WL_A);
    w_memory(e, W_LOAD8, BLOCK(code)); /* the low byte */
    w_set(e, WL_NEXT);
    e->raw = w_open(e, W_BLOCK, W_VOID);
    e->ret = w_open(e, W_BLOCK, W_VOID);
    e->exit = w_open(e, W_BLOCK, W_VOID);
}

void wasm_epilogue(struct wasm_emit *e)
{
    w_op(e, W_UNREACHABLE);
    w_end(e); /* exit: WL_EXIT goes on at WL_RECORD */
    store_registers(e, R_GPRS);
    store_budget(e);
    w_get(e, WL_CPU);
    w_get(e, WL_EIP);
    w_memory(e, W_STORE, (u32)offsetof(struct cpu, eip));
    get_flags64(e);
    w_set(e, WL_WIDE);
    for (u32 i = 0; i < WASM_EXITS; i++)
        w_open(e, W_BLOCK, W_VOID);
    w_get(e, WL_EXIT);
    w_op(e, W_BR_TABLE);
    wasm_u32(&e->code, WASM_EXITS - 1);
    for (u32 i = 0; i < WASM_EXITS; i++)
        wasm_u32(&e->code, i);
    for (u32 i = 0; i < WASM_EXITS; i++) {
        w_end(e);
        w_get(e, WL_CPU);
        w_get(e, WL_RECORD);
        w_get(e, WL_WIDE);
        call(e, WASM_FIRST_EXIT + i);
        w_op(e, W_RETURN);
    }
    w_end(e); /* ret: a handler did not come back here, and has not touched the flags */
    w_get(e, WL_RET);
    w_const64(e, 0xffffffff);
    w_op(e, W_AND64);
    get_flags64(e);
    w_const64(e, 32);
    w_op(e, W_SHL64);
    w_op(e, W_OR64);
    w_set(e, WL_RET);
    w_end(e); /* raw: the same, and the flags are its own */
    store_registers(e, R_GPRS);
    w_get(e, WL_RET);
    w_op(e, W_END);
}

/* WL_EIP: the present EIP plus a distance. */
static void set_eip(struct wasm_emit *e, u32 offset)
{
    w_get(e, WL_DELTA);
    w_op_const(e, W_ADD, e->block->phys + offset);
    w_set(e, WL_EIP);
}

static void leave(struct wasm_emit *e, enum wasm_exit exit, const struct op *record)
{
    w_const(e, exit);
    w_set(e, WL_EXIT);
    w_const(e, w_place(record));
    w_set(e, WL_RECORD);
    w_branch(e, W_BR, e->exit);
}

/* Dropped, it is looked up again. Charged, or left before it. */
void wasm_block_head(struct wasm_emit *e)
{
    const struct block *b = e->block;
    w_const(e, w_place(&b->mode));
    w_memory(e, W_LOAD, 0);
    w_op_const(e, W_NE, e->region->mode);
    w_open(e, W_IF, W_VOID);
    set_eip(e, 0);
    leave(e, WASM_LOOKUP, b->op);
    w_end(e);
    w_get(e, WL_BUDGET);
    w_const64(e, b->count);
    w_op(e, W_SUB64);
    w_tee(e, WL_BUDGET);
    w_const64(e, 0);
    w_op(e, W_LT_S64);
    w_open(e, W_IF, W_VOID);
    w_get(e, WL_BUDGET);
    w_const64(e, b->count);
    w_op(e, W_ADD64);
    w_set(e, WL_BUDGET);
    set_eip(e, 0);
    leave(e, WASM_QUIT, b->op);
    w_end(e);
}

/* ---- handlers ---- */

static const struct op *record_of(const struct wasm_emit *e)
{
    return &e->block->op[e->plan.record[e->i]];
}

static exec_fn *handler_of(const struct wasm_emit *e)
{
    const struct op *record = record_of(e);
    return record->idx ? record->fn : e->block->first;
}

void wasm_leave_to_handler(struct wasm_emit *e)
{
    set_eip(e, 0);
    leave(e, WASM_GO_ON, record_of(e));
    e->ended = true;
}

/*
 * Only the registers that it reads or writes are put where it finds them; the others follow if it
 * does not come back here.
 */
void wasm_call_handler(struct wasm_emit *e)
{
    const struct opdef *r = op_row(e->o);
    u64 writes = op_writes(e->o);
    bool flags = r->fl_read || r->fl_write;
    store_registers(e, op_reads(e->o) | writes);
    store_budget(e);
    w_get(e, WL_CPU);
    w_get(e, WL_DELTA);
    w_op_const(e, W_ADD, e->block->phys);
    w_memory(e, W_STORE, (u32)offsetof(struct cpu, eip));
    w_get(e, WL_CPU);
    w_const(e, w_place(record_of(e)));
    if (flags)
        get_flags64(e);
    else
        w_const64(e, 0);
    call_handler(e, handler_of(e));
    w_set(e, WL_RET);
    load_registers(e, writes);
    load_budget(e);
    w_get(e, WL_RET);
    w_op(e, W_WRAP);
    w_op_const(e, W_NE, w_place(record_of(e) + 1));
    w_const(e, w_place(e->region->alive));
    w_memory(e, W_LOAD, 0);
    w_op(e, W_EQZ);
    w_op(e, W_OR);
    w_branch(e, W_BR_IF, flags ? e->raw : e->ret);
    if (!r->fl_write || !wasm_needed(e))
        return;
    w_get(e, WL_RET);
    w_const64(e, 32);
    w_op(e, W_SHR_U64);
    w_op(e, W_WRAP);
    w_set(e, WL_T);
    wasm_odd_flags(e);
    w_branch(e, W_BR_IF, e->raw);
    wasm_unpack_flags(e);
}

/* ---- from block to block ---- */

/* The record that the links lie behind: that of a branch, or the one that falls through. */
static const struct op *last_record(const struct wasm_emit *e)
{
    return &e->block->op[e->block->records - 1];
}

/* Does the stamp in WL_T hold (mmu_stamp_holds())? The two are never the same. Onto the stack. */
static void stamp_fails(struct wasm_emit *e)
{
    for (unsigned i = 0; i < TLB_KINDS; i++) {
        w_get(e, WL_T);
        w_get(e, WL_CPU);
        w_memory(e, W_LOAD, (u32)(offsetof(struct cpu, mmu.stamp) + 4 * i));
        w_op(e, W_NE);
    }
    w_op(e, W_AND);
}

static void add_cs_base(struct wasm_emit *e)
{
    if (e->flat)
        return;
    w_load_cpu(e, W_LOAD, seg[SEG_CS].base);
    w_op(e, W_ADD);
}

/*
 * The branch to follow a link into another page, if it holds (branch.h, linked()) and still leads
 * to the block that it led to when this was made: another mapping may have come and gone.
 */
static void check_link(struct wasm_emit *e, const struct link *l, u32 offset)
{
    u32 follow = w_open(e, W_BLOCK, W_VOID);
    u32 miss = w_open(e, W_BLOCK, W_VOID);
    set_eip(e, offset);
    w_get(e, WL_EIP);
    add_cs_base(e);
    w_const(e, w_place(l));
    w_memory(e, W_LOAD, (u32)offsetof(struct link, lin));
    w_op(e, W_NE);
    w_branch(e, W_BR_IF, miss);
    w_const(e, w_place(l));
    w_memory(e, W_LOAD, (u32)offsetof(struct link, stamp));
    w_set(e, WL_T);
    stamp_fails(e);
    w_branch(e, W_BR_IF, miss);
    w_const(e, w_place(l));
    w_memory(e, W_LOAD, (u32)offsetof(struct link, to));
    w_op_const(e, W_EQ, w_place(l->to));
    w_branch(e, W_BR_IF, follow);
    w_end(e);
    leave(e, l == op_links(last_record(e))->next ? WASM_TAKEN : WASM_NEXT, last_record(e));
    w_end(e);
}

/* The end of a block: to what lies `offset` behind its start. */
static void edge(struct wasm_emit *e, unsigned which, u32 offset)
{
    const struct link *l = &op_links(last_record(e))->next[which];
    u32 to = e->region->member[e->number].to[which];
    if (to == WASM_NONE) {
        set_eip(e, offset);
        leave(e, which ? WASM_NEXT : WASM_TAKEN, last_record(e));
        return;
    }
    if (l->stamp != MMU_ANY_STAMP)
        check_link(e, l, offset);
    u32 moved = e->block->phys + offset - e->region->member[to].block->phys;
    if (moved) {
        w_get(e, WL_DELTA);
        w_op_const(e, W_ADD, moved);
        w_set(e, WL_DELTA);
    }
    wasm_go_to(e, to);
}

/* To WL_EIP: through the jump cache (branch.h, cached()), within the region or out of it. */
static void indirect(struct wasm_emit *e)
{
    const u32 slot = (u32)sizeof(struct jump_slot);
    u32 miss = w_open(e, W_BLOCK, W_VOID);
    w_get(e, WL_EIP);
    add_cs_base(e);
    w_tee(e, WL_LIN);
    w_get(e, WL_LIN);
    w_op_const(e, W_SHR_U, 12);
    w_op(e, W_XOR);
    w_op_const(e, W_AND, JUMP_SLOTS - 1);
    w_op_const(e, W_MUL, slot);
    w_load_cpu(e, W_LOAD, blocks);
    w_op(e, W_ADD);
    w_tee(e, WL_SLOT);
    w_memory(e, W_LOAD, (u32)offsetof(struct jump_slot, lin));
    w_get(e, WL_LIN);
    w_op(e, W_NE);
    w_branch(e, W_BR_IF, miss);
    w_get(e, WL_SLOT);
    w_memory(e, W_LOAD, (u32)offsetof(struct jump_slot, stamp));
    w_set(e, WL_T);
    stamp_fails(e);
    w_branch(e, W_BR_IF, miss);
    w_get(e, WL_SLOT);
    w_memory(e, W_LOAD, (u32)offsetof(struct jump_slot, block));
    w_tee(e, WL_A);
    w_memory(e, W_LOAD, BLOCK(mode));
    w_op_const(e, W_NE, e->region->mode);
    w_branch(e, W_BR_IF, miss);
    w_get(e, WL_A);
    w_memory(e, W_LOAD, BLOCK(code));
    w_tee(e, WL_T);
    w_op_const(e, W_SHR_U, 8);
    w_op_const(e, W_NE, e->region->number + 1);
    w_branch(e, W_BR_IF, miss);
    w_get(e, WL_T);
    w_op_const(e, W_AND, 0xff);
    w_tee(e, WL_B);
    w_op_const(e, W_EQ, WASM_NONE);
    w_branch(e, W_BR_IF, miss);
    w_get(e, WL_EIP);
    w_get(e, WL_A);
    w_memory(e, W_LOAD, BLOCK(phys));
    w_op(e, W_SUB);
    w_tee(e, WL_T);
    if (e->flat) {
        w_set(e, WL_DELTA);
    } else { /* the same place, as for who comes from elsewhere */
        w_op_const(e, W_NE, e->region->delta);
        w_branch(e, W_BR_IF, miss);
    }
    w_get(e, WL_B);
    w_set(e, WL_NEXT);
    w_branch(e, W_BR, wasm_dispatch_label(e));
    w_end(e);
    leave(e, WASM_LOOKUP, last_record(e));
}

static u32 behind(const struct wasm_emit *e)
{
    return (u32)e->o->pc + e->o->len;
}

/* The operand size must be the code segment's, and with 16 bits IP must not wrap. */
static bool size_fits(const struct wasm_emit *e)
{
    return !(e->o->flags & OPF_O16) == e->flat;
}

static bool target_fits(const struct wasm_emit *e)
{
    u32 target = e->region->delta + e->block->phys + e->o->imm;
    return size_fits(e) && (e->flat || target == (u16)target);
}

void wasm_fall_through(struct wasm_emit *e)
{
    edge(e, 1, e->block->bytes);
}

/* A condition is on the stack. */
static void either(struct wasm_emit *e)
{
    w_open(e, W_IF, W_VOID);
    edge(e, 0, e->o->imm);
    w_end(e);
    edge(e, 1, behind(e));
    e->ended = true;
}

bool wasm_jcc(struct wasm_emit *e)
{
    if (!target_fits(e))
        return false;
    wasm_condition(e, (unsigned)op_condition(e->o));
    either(e);
    return true;
}

/* The count register is as wide as addresses. */
bool wasm_loop(struct wasm_emit *e)
{
    enum operation op = op_operation(e->o);
    unsigned n = e->o->flags & OPF_A16 ? 2 : 4;
    if (!target_fits(e))
        return false;
    wasm_get_register(e, 4 * ECX, n, false);
    if (op == I_jcxz) {
        w_op(e, W_EQZ);
        either(e);
        return true;
    }
    w_op_const(e, W_SUB, 1);
    w_set(e, WL_R);
    wasm_set_register(e, 4 * ECX, n, WL_R);
    wasm_get_register(e, 4 * ECX, n, false);
    if (op != I_loop) {
        w_op(e, W_EQZ);
        w_op(e, W_EQZ);
        wasm_condition(e, op == I_loopz ? 4 : 5);
        w_op(e, W_EQZ);
        w_op(e, W_EQZ);
        w_op(e, W_AND);
    }
    either(e);
    return true;
}

/* The target of an indirect branch into WL_EIP. */
static bool load_target(struct wasm_emit *e)
{
    struct wasm_operand to = wasm_operand(e, 0);
    unsigned n = e->flat ? 4 : 2;
    if (to.place == W_NOWHERE)
        return false;
    if (to.place == W_IN_MEMORY)
        wasm_access(e, n, false);
    wasm_get_operand(e, to, n, false);
    w_set(e, WL_EIP);
    return true;
}

bool wasm_jmp(struct wasm_emit *e)
{
    bool relative = op_is_relative(e->o);
    if (relative ? !target_fits(e) : !size_fits(e) || !load_target(e))
        return false;
    if (relative)
        edge(e, 0, e->o->imm);
    else
        indirect(e);
    e->ended = true;
    return true;
}

/* The target is read before the push, and with ESP as it was. */
bool wasm_call(struct wasm_emit *e)
{
    bool relative = op_is_relative(e->o);
    unsigned n = e->flat ? 4 : 2;
    if (relative ? !target_fits(e) : !size_fits(e) || !load_target(e))
        return false;
    wasm_access_stack(e, ESP, -(s32)n, n, true);
    w_get(e, WL_AT);
    w_get(e, WL_DELTA);
    w_op_const(e, W_ADD, e->block->phys + behind(e));
    w_memory(e, n == 4 ? W_STORE : W_STORE16, 0);
    wasm_move_stack(e, -(s32)n);
    if (relative)
        edge(e, 0, e->o->imm);
    else
        indirect(e);
    e->ended = true;
    return true;
}

bool wasm_ret(struct wasm_emit *e)
{
    unsigned n = e->flat ? 4 : 2;
    if (!size_fits(e))
        return false;
    wasm_access_stack(e, ESP, 0, n, false);
    wasm_get_operand(e, (struct wasm_operand){.place = W_IN_MEMORY}, n, false);
    w_set(e, WL_EIP);
    wasm_move_stack(e, (s32)(n + (e->o->imm & 0xffff)));
    indirect(e);
    e->ended = true;
    return true;
}
