/*
 * x64_flow.c - the end of a block: near jumps, calls and returns. SDM vol. 2.
 *
 * A way to a block that lies in the same page holds as long as both live, and becomes a jump. One
 * into another page first asks what the interpreter asks (branch.h): is this still the mapping, and
 * the linear address, that the link was made for? RET and indirect jumps look into the jump cache.
 */
#include "cpu/blocks/dispatch.h"
#include "cpu/profile/profile.h"
#include "cpu/translate/emit.h"

#include <string.h>

static struct link *link_of(const struct emit *e, unsigned which)
{
    const struct block *b = e->block;
    const struct op *last = &b->op[e->plan->records - 1];
    /* Behind the record that branches, or behind the one that falls through. */
    bool branches = op_row(last)->attr & A_END;
    return &op_links(branches ? last : last + 1)->next[which];
}

static void add_edge(struct emit *e, u8 *hole, unsigned which, bool linked, s32 target)
{
    e->edges[e->edge_count++] =
        (struct edge_hole){.hole = hole, .which = (u8)which, .linked = linked, .target = target};
}

/* Which table of the TLB has its code? */
static unsigned is_user(const struct emit *e)
{
    return e->block->mode & MODE_USER ? 1 : 0;
}

/* Does the stamp in T1 hold (mmu_stamp_holds())? The two are never the same. */
static void compare_stamp(struct x64 *x)
{
    x64_op(x, X_ALU_LOAD(X_CMP), 4, H_T1, X_CPU(mmu.stamp[TLB_LOCAL]));
    u8 *holds = x64_jcc_hole(x, CC_Z);
    x64_op(x, X_ALU_LOAD(X_CMP), 4, H_T1, X_CPU(mmu.stamp[TLB_GLOBAL]));
    x64_fill(x, holds, x->at);
}

/* target: distance of the target from the page's first byte. */
static bool same_page(s32 target)
{
    return target >= 0 && target < (s32)PAGE_SIZE;
}

static void edge(struct emit *e, unsigned which, s32 target)
{
    struct x64 *x = &e->x;
    flags_to_rax(e);
    if (!same_page(target)) {
        x64_mov_imm(x, 8, X_REG(H_T2), (uintptr_t)link_of(e, which));
        x64_op(x, X_MOV_LOAD, 4, H_T0, X_CPU(page_eip));
        x64_op(x, X_LEA, 4, H_T0, X_MEM(H_T0, target));
        if (!e->flat)
            x64_op(x, X_ALU_LOAD(X_ADD), 4, H_T0, X_CPU(seg[SEG_CS].base));
        x64_op(x, X_ALU_LOAD(X_CMP), 4, H_T0, X_MEM(H_T2, (s32)offsetof(struct link, lin)));
        add_edge(e, x64_jcc_hole(x, CC_NZ), which, false, target);
        struct x64_rm stamp = X_MEM(H_T2, (s32)offsetof(struct link, stamp));
        if (e->flat) { /* of the block's own kind, as a rule; or the stub looks (x64_stale.c) */
            x64_op(x, X_MOV_LOAD, 4, H_T1, X_CPU(mmu.stamp[e->stamp]));
            x64_op(x, X_ALU(X_CMP), 4, H_T1, stamp);
        } else {
            x64_op(x, X_MOV_LOAD, 4, H_T1, stamp);
            compare_stamp(x);
        }
        add_edge(e, x64_jcc_hole(x, CC_NZ), which, false, target);
        e->edges[e->edge_count - 1].back = e->flat ? x->at : NULL;
        x64_alu_imm(x, X_ADD, 4, X_CPU(page_eip), (u32)target & ~PAGE_MASK);
        target &= (s32)PAGE_MASK;
    }
    add_edge(e, x64_jmp_hole(x), which, true, target);
}

/* Distance of what lies `offset` behind the block's start. */
static s32 distance(const struct emit *e, u32 offset)
{
    return (s32)((e->block->phys & PAGE_MASK) + offset);
}

static s32 behind(const struct emit *e)
{
    return distance(e, (u32)e->o->pc + e->o->len);
}

/* Not by the block's own way, which may lead past the count's checks (trusts() in link.c). */
static void unpatched_edge(struct emit *e)
{
    const struct op *call = &e->plan->insn[e->plan->count - 1];
    add_edge(e, x64_jmp_hole(&e->x), 0, false, distance(e, call->imm));
}

void emit_unusual(struct emit *e)
{
    if (!e->settled)
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(e->unusual); i++)
        if (e->unusual[i])
            x64_fill(&e->x, e->unusual[i], e->x.at);
    e->entered = e->settled_entered;
    emit_counted_end(e);
    if (e->at_near_call)
        unpatched_edge(e);
    else
        x64_jmp(&e->x, e->settled);
}

/*
 * Can this branch be decided now? In flat code its operand size must be 32 bits. In code of 16 bits
 * it may be either, as compilers for 32 bits write it there, where no target is beyond 64K: IP must
 * not wrap, which the interpreter looks up each time, nor be above the limit.
 */
static bool branch_size_fits(const struct emit *e)
{
    return !e->flat || !(e->o->flags & OPF_O16);
}

static bool target_fits(const struct emit *e)
{
    u32 target = e->page_eip + (u32)distance(e, e->o->imm);
    return branch_size_fits(e) && (e->flat || target == (u16)target);
}

/* The same where slots have the code (jumps.c). */
static void through_slot(struct emit *e)
{
    struct x64 *x = &e->x;
    const struct thunks *t = &e->jit->thunk;
    x64_op(x, X_MOV, 4, H_T2, X_REG(H_T0));
    x64_shift_imm(x, X_SHR, 4, X_REG(H_T0), CODE_SLOT_SHIFT);
    x64_op(x, X_ALU(X_XOR), 4, H_T2, X_REG(H_T0));
    x64_alu_imm(x, X_AND, 4, X_REG(H_T0), CODE_SLOT_MASK);
    x64_op(x, X_MOV_LOAD, 4, H_T1, X_CODE_SLOT(stamp));
    x64_op(x, X_ALU_LOAD(X_CMP), 4, H_T2, X_CODE_SLOT(lin));
    x64_jcc(x, CC_NZ, t->lookup);
    x64_op(x, X_ALU_LOAD(X_CMP), 4, H_T1, X_CPU(mmu.stamp[e->stamp]));
    x64_jcc(x, CC_NZ, t->other_stamp[e->stamp][is_user(e)]);
    emit_take_slot(x);
}

/* To the address in T2. */
void emit_indirect(struct emit *e)
{
    struct x64 *x = &e->x;
    const struct jit *j = e->jit;
    _Static_assert(offsetof(struct block_cache, jump) == 0 && sizeof(struct jump_slot) == 16,
                   "the slots are addressed from the cache");
    unsigned lin = H_T2; /* the linear address */
    flags_clobber(e);
    if (j->check) { /* each block ends there */
        x64_jmp(x, j->thunk.lookup);
        return;
    }
    if (has_slots(e)) {
        through_slot(e);
        return;
    }
    if (!e->flat) {
        lin = H_T1;
        x64_op(x, X_MOV, 4, H_T2, X_REG(H_T1));
        x64_op(x, X_ALU_LOAD(X_ADD), 4, H_T1, X_CPU(seg[SEG_CS].base));
    }
    x64_op(x, X_MOV, 4, lin, X_REG(H_T0));
    x64_shift_imm(x, X_SHR, 4, X_REG(H_T0), 12);
    x64_op(x, X_ALU(X_XOR), 4, lin, X_REG(H_T0));
    x64_alu_imm(x, X_AND, 4, X_REG(H_T0), JUMP_SLOTS - 1);
    x64_shift_imm(x, X_SHL, 4, X_REG(H_T0), 4);
    x64_op(x, X_ALU_LOAD(X_ADD), 8, H_T0, X_CPU(blocks));
    x64_op(x, X_ALU(X_CMP), 4, lin, X_MEM(H_T0, (s32)offsetof(struct jump_slot, lin)));
    x64_jcc(x, CC_NZ, j->thunk.lookup);
    x64_op(x, X_MOV_LOAD, 4, H_T1, X_MEM(H_T0, (s32)offsetof(struct jump_slot, stamp)));
    compare_stamp(x);
    x64_jcc(x, CC_NZ, j->thunk.lookup);
    x64_op(x, X_MOV_LOAD, 8, H_T1, X_MEM(H_T0, (s32)offsetof(struct jump_slot, block)));
    x64_op(x, X_MOV_LOAD, 4, H_T0, X_CPU(mode));
    x64_op(x, X_ALU(X_CMP), 4, H_T0, X_MEM(H_T1, (s32)offsetof(struct block, mode)));
    x64_jcc(x, CC_NZ, j->thunk.lookup);
    x64_op(x, X_MOV_LOAD, 4, H_T0, X_MEM(H_T1, (s32)offsetof(struct block, code)));
    x64_op(x, X_TEST, 4, H_T0, X_REG(H_T0));
    x64_jcc(x, CC_LE, j->thunk.lookup); /* none, or it rests */
    if (e->flat) {                      /* CS has base 0: EIP is the linear address */
        x64_alu_imm(x, X_AND, 4, X_REG(H_T2), ~PAGE_MASK);
    } else {
        x64_op(x, X_MOV_LOAD, 4, H_T1, X_MEM(H_T1, (s32)offsetof(struct block, phys)));
        x64_alu_imm(x, X_AND, 4, X_REG(H_T1), PAGE_MASK);
        x64_op(x, X_ALU(X_SUB), 4, H_T1, X_REG(H_T2));
    }
    x64_op(x, X_MOV, 4, H_T2, X_CPU(page_eip));
    x64_lea_rip(x, H_T1, j->region.write);
    if (e->flat)
        x64_op(x, X_ALU(X_ADD), 8, H_T1, X_REG(H_T0));
    else /* the target was met in this mode: it is bound, too */
        x64_op(x, X_LEA, 8, H_T0, X_MEMX(H_T0, H_T1, 0, -(s32)CHECK_BYTES));
    x64_op(x, X_GROUP5, 4, X_DIGIT(4), X_REG(H_T0));
}

/*
 * The flags at the end of a round are what the next one begins with: in rax, unless nobody reads
 * them there or they can be made anew.
 */
static void end_round(struct emit *e)
{
    struct loop *l = &e->loop;
    bool recipe = l->live && e->recipe.kind != NO_RECIPE && 2 * e->plan->count <= BLOCK_MAX_OPS;
    if (l->copying)
        l->failed |= !recipe || memcmp(&l->recipe, &e->recipe, sizeof l->recipe);
    else if (recipe)
        l->recipe = e->recipe;
    else if (l->live)
        flags_to_rax(e);
}

/* Go on with the next round while cc is met. other: a way out that comes from before. */
static void loop_on(struct emit *e, unsigned cc, u8 *other)
{
    struct loop *l = &e->loop;
    struct x64 *x = &e->x;
    e->ended = true;
    if (l->copying || l->recipe.kind == NO_RECIPE)
        x64_jcc(x, cc, l->again);
    else
        l->hole = x64_jcc_hole(x, cc);
    if (other)
        x64_fill(x, other, x->at);
    if (l->copying) {
        l->failed |= l->rax != e->in_rax || l->host != e->in_host || l->logic != e->host_logic;
        x64_jmp(x, l->out);
        return;
    }
    l->out = x->at;
    l->rax = e->in_rax;
    l->host = e->in_host;
    l->logic = e->host_logic;
    x64_op(x, X_LEA, 8, H_BUDGET, X_MEM(H_BUDGET, (s32)e->charged));
    edge(e, 1, behind(e));
}

bool emit_jcc(struct emit *e)
{
    if (!target_fits(e))
        return false;
    s32 target = distance(e, e->o->imm);
    flags_to_host(e);
    if (e->loop.on) {
        end_round(e);
        loop_on(e, flags_condition(e, (unsigned)op_condition(e->o)), NULL);
        return true;
    }
    if (e->in_host && !e->host_logic)
        flags_to_rax(e); /* which leaves the host's as they are */
    unsigned cc = (unsigned)op_condition(e->o);
    cc = e->in_host && e->host_logic ? flags_condition_of_logic(e, cc) : flags_condition(e, cc);
    bool in_rax = e->in_rax;
    u8 *taken = x64_jcc_hole(&e->x, cc);
    e->ended = true;
    if (in_rax && same_page(target)) {
        add_edge(e, taken, 0, true, target);
        edge(e, 1, behind(e));
        return true;
    }
    edge(e, 1, behind(e));
    x64_fill(&e->x, taken, e->x.at);
    e->in_host = !in_rax;
    e->in_rax = in_rax;
    edge(e, 0, target);
    return true;
}

/* LOOP, LOOPZ, LOOPNZ, JCXZ: the count register is as wide as addresses. */
bool emit_loop(struct emit *e)
{
    struct x64 *x = &e->x;
    enum operation op = op_operation(e->o);
    unsigned ecx = host_gpr(ECX), n = e->o->flags & OPF_A16 ? 2 : 4;
    u8 *other = NULL;
    if (!target_fits(e))
        return false;
    if (e->loop.on)
        end_round(e);
    if (e->loop.on && op == I_loop)
        flags_put_aside(e);
    else
        flags_clobber(e);
    e->ended = true;
    if (op != I_jcxz) {
        x64_op(x, X_LEA, 4, H_T0, X_MEM(ecx, -1));
        x64_op(x, X_MOV, n, H_T0, X_REG(ecx));
    }
    if (op == I_loopz || op == I_loopnz) {
        x64_test_imm(x, 4, X_REG(H_FL), FL_ZF);
        other = x64_jcc_hole(x, op == I_loopz ? CC_Z : CC_NZ);
    }
    x64_op(x, X_TEST, n, ecx, X_REG(ecx));
    if (e->loop.on) {
        loop_on(e, CC_NZ, other);
        return true;
    }
    u8 *taken = x64_jcc_hole(x, op == I_jcxz ? CC_Z : CC_NZ);
    if (other)
        x64_fill(x, other, x->at);
    edge(e, 1, behind(e));
    x64_fill(x, taken, x->at);
    edge(e, 0, distance(e, e->o->imm));
    return true;
}

bool emit_jmp(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0);
    bool relative = op_is_relative(e->o);
    if (relative ? !target_fits(e) : !branch_size_fits(e))
        return false;
    e->ended = true;
    if (relative) {
        edge(e, 0, distance(e, e->o->imm));
        return true;
    }
    flags_clobber(e);
    if (to.place == IN_MEMORY)
        emit_load_target(e, emit_access(e, e->o->flags & OPF_O16 ? 2 : 4, false));
    else
        emit_load_target(e, X_REG(to.reg));
    emit_target_check(e, H_T2);
    emit_indirect(e);
    return true;
}

bool emit_call(struct emit *e)
{
    if (op_is_relative(e->o) ? !target_fits(e) : !branch_size_fits(e))
        return false;
    if (!e->flat && e->page_eip + (u32)behind(e) > CHECKED_LIMIT)
        return false; /* what is pushed would have to wrap, or not, by the operand size */
    e->ended = true;
    bool pointer = emit_push_next(e);
    if (block_is_counted(e->block))
        emit_counted_call(e, pointer ? NO_WAY : op_place(e->block->op)->lin + e->o->imm);
    if (pointer) {
        emit_indirect(e);
        return true;
    }
    edge(e, 0, distance(e, e->o->imm));
    return true;
}

bool emit_ret(struct emit *e)
{
    if (!branch_size_fits(e))
        return false;
    e->ended = true;
    flags_clobber(e);
    unsigned takes = emit_return_target(e);
    if (block_is_counted(e->block))
        emit_counted_ret(e);
    emit_move_stack(e, (s32)takes, H_T1);
    emit_indirect(e);
    return true;
}

void emit_fall_through(struct emit *e)
{
    edge(e, 1, distance(e, e->block->bytes));
}

/* The cold ends of the block's ways: to the interpreter's links. */
void emit_edge_stubs(struct emit *e)
{
    struct x64 *x = &e->x;
    for (unsigned i = 0; i < e->edge_count; i++) {
        const struct edge_hole *h = &e->edges[i];
        struct link *l = link_of(e, h->which);
        const struct op *record = (const struct op *)(l - h->which) - 1;
        x64_fill(x, h->hole, x->at);
        if (h->back) {
            x64_call(x, e->jit->thunk.renew[is_user(e)]);
            x64_jcc(x, CC_Z, h->back);
        }
        e->stub_at[i] = x->at;
        x64_mov_imm(x, 8, X_REG(X_SI), (uintptr_t)record);
        x64_mov_imm(x, 4, X_REG(X_DI), (u32)h->target);
        x64_jmp(x, e->jit->thunk.follow[h->which]);
    }
}

/* The code is good: the links know where to patch it. */
void set_link_places(struct emit *e)
{
    const u8 *base = e->jit->region.write;
    for (unsigned i = 0; i < e->edge_count; i++) {
        const struct edge_hole *h = &e->edges[i];
        if (!h->linked)
            continue;
        struct link *l = link_of(e, h->which);
        l->at = (u32)(h->hole - base);
        l->stub = (u32)(e->stub_at[i] - base);
    }
}
