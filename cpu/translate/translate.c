/*
 * translate.c - machine code for one block: which instructions have a translation, in what order
 * the pieces come. README.md shows the shape.
 */
#include "cpu/translate/emit.h"

#include <stdlib.h>
#include <string.h>

/* So many translated instructions behind one that is not are worth a way back into the code. */
#define WORTH_RETURNING 3u

bool translates_mode(u32 mode)
{
    u32 size = mode & (MODE_FLAT | MODE_CS32 | MODE_SS32);
    return size == (MODE_FLAT | MODE_CS32 | MODE_SS32) || size == 0;
}

/* By operation; NULL: there is no translation. Conditional ones are asked for by their class. */
static emit_fn *const emitters[OPERATION_COUNT] = {
    [I_add] = emit_alu,           [I_or] = emit_alu,
    [I_adc] = emit_alu,           [I_sbb] = emit_alu,
    [I_and] = emit_alu,           [I_sub] = emit_alu,
    [I_xor] = emit_alu,           [I_cmp] = emit_alu,
    [I_test] = emit_test,         [I_inc] = emit_unary,
    [I_dec] = emit_unary,         [I_not] = emit_unary,
    [I_neg] = emit_unary,         [I_clc] = emit_carry_flag,
    [I_stc] = emit_carry_flag,    [I_cmc] = emit_carry_flag,
    [I_rol] = emit_shift,         [I_ror] = emit_shift,
    [I_rcl] = emit_shift,         [I_rcr] = emit_shift,
    [I_shl] = emit_shift,         [I_shr] = emit_shift,
    [I_sar] = emit_shift,         [I_bt] = emit_bits,
    [I_bts] = emit_bits,          [I_btr] = emit_bits,
    [I_btc] = emit_bits,          [I_bsf] = emit_scan,
    [I_bsr] = emit_scan,          [I_imul] = emit_imul,
    [I_imul3] = emit_imul,        [I_mul] = emit_muldiv,
    [I_imul1] = emit_muldiv,      [I_div] = emit_muldiv,
    [I_idiv] = emit_muldiv,       [I_cbw] = emit_widen,
    [I_cwd] = emit_widen,         [I_bswap] = emit_bswap,
    [I_mov] = emit_mov,           [I_movzx] = emit_extend,
    [I_movsx] = emit_extend,      [I_lea] = emit_lea,
    [I_xchg] = emit_xchg,         [I_nop] = emit_nop,
    [I_push] = emit_push,         [I_pop] = emit_pop,
    [I_leave] = emit_leave_frame, [I_movs] = emit_string,
    [I_stos] = emit_string,       [I_lods] = emit_string,
    [I_scas] = emit_string,       [I_cmps] = emit_string,
    [I_cld] = emit_direction,     [I_std] = emit_direction,
    [I_les] = emit_load_far,      [I_lds] = emit_load_far,
    [I_lfs] = emit_load_far,      [I_lgs] = emit_load_far,
    [I_jmp] = emit_jmp,           [I_call] = emit_call,
    [I_ret] = emit_ret,           [I_loop] = emit_loop,
    [I_loopz] = emit_loop,        [I_loopnz] = emit_loop,
    [I_jcxz] = emit_loop,
};

static emit_fn *emitter_of(const struct op *o)
{
    enum operation op = op_operation(o);
    const struct opdef *r = op_row(o);
    if (op == I_mov && (r->operand[0] == Sw || r->operand[1] == Sw))
        return emit_mov_segment;
    if (op == I_pop && r->operand[0] >= ES_)
        return emit_pop_segment;
    switch (op_class(o)) {
    case OC_JCC:
        return emit_jcc;
    case OC_SETCC:
        return emit_setcc;
    case OC_CMOVCC:
        return emit_cmov;
    default:
        return (unsigned)op < ARRAY_SIZE(emitters) ? emitters[op] : NULL;
    }
}

bool emit_nop(struct emit *e)
{
    (void)e;
    return true;
}

/*
 * BH has no name in the host's register. An instruction of registers that uses it, and nothing else
 * of EBX, is done with BH and BL exchanged by a rotate, before and behind which the flags are in
 * rax.
 */
static bool uses_bh(const struct op *o)
{
    const unsigned bh = (unsigned)offsetof(struct cpu, gpr) + 4 * EBX + 1;
    bool found = false;
    for (unsigned i = 0; i < 2; i++) {
        u8 kind = op_row(o)->operand[i];
        bool in_rm = kind == Eb || kind == Zb, in_reg = kind == Gb;
        if ((in_rm && !(o->flags & OPF_MEM) && o->r1 == bh) || (in_reg && o->r2 == bh))
            found = true;
    }
    return found;
}

/* Is there nothing of EBX but BH? */
static bool only_bh(const struct op *o)
{
    struct op other = *o;
    const unsigned bh = (unsigned)offsetof(struct cpu, gpr) + 4 * EBX + 1;
    if ((o->flags & OPF_MEM) || (op_row(o)->attr & A_FAULT))
        return false; /* an exit would show the exchange */
    if (other.r1 == bh)
        other.r1 -= 4 * EBX;
    if (other.r2 == bh)
        other.r2 -= 4 * EBX;
    return !((op_reads(&other) | op_writes(&other)) & R_BX);
}

static bool with_bh_below(struct emit *e, emit_fn *fn)
{
    if (!only_bh(e->o))
        return false;
    u8 *start = e->x.at;
    flags_clobber(e);
    x64_shift_imm(&e->x, X_ROL, 2, X_REG(host_gpr(EBX)), 8);
    e->bh_below = true;
    bool done = fn(e);
    e->bh_below = false;
    if (!done) {
        e->x.at = start;
        return false;
    }
    e->live = FL_ALL;
    flags_clobber(e);
    x64_shift_imm(&e->x, X_ROL, 2, X_REG(host_gpr(EBX)), 8);
    return true;
}

static bool emit_one(struct emit *e, unsigned i)
{
    emit_fn *fn = emitter_of(&e->plan->insn[i]);
    e->i = i;
    e->o = &e->plan->insn[i];
    e->live = i ? e->plan->live[i - 1] : FL_ALL;
    if (fn && uses_bh(e->o))
        return with_bh_below(e, fn);
    return fn && fn(e);
}

/* ---- which instructions ---- */

struct choice {
    bool done[BLOCK_MAX_OPS];
};

/* Try each one; what is written is thrown away. */
static void try_all(struct emit *e, struct choice *k)
{
    u8 *start = e->x.at;
    const struct plan *p = e->plan;
    for (unsigned i = 0; i < p->count; i++) {
        flags_in_rax(e);
        k->done[i] = emit_one(e, i);
        e->x.at = start;
        e->exit_count = e->edge_count = 0;
        e->ended = false;
    }
    /* A pair has one record: the interpreter does both or none. */
    for (unsigned i = 0; i + 1 < p->count; i++)
        if (p->record[i] == p->record[i + 1] && !(k->done[i] && k->done[i + 1]))
            k->done[i] = k->done[i + 1] = false;
}

/* Drop runs that are too short to come back for. How many are left? */
static unsigned choose(struct emit *e, struct choice *k)
{
    unsigned n = e->plan->count, total = 0;
    try_all(e, k);
    for (unsigned i = 0; i < n;) {
        unsigned end = i;
        while (end < n && k->done[end])
            end++;
        bool whole = end == n && (op_row(&e->plan->insn[n - 1])->attr & A_END);
        if (i && (e->jit->check || (end - i < WORTH_RETURNING && !whole)))
            for (unsigned j = i; j < end; j++)
                k->done[j] = false;
        else
            total += end - i;
        i = end + (end < n);
    }
    return total;
}

/* ---- the cold parts ---- */

static u32 record_of(const struct emit *e, unsigned insn)
{
    return e->plan->record[insn];
}

/* Load what the thunk wants and go there. hook: the record's handler leads back here. */
static void emit_trailer(struct emit *e, const struct hook *hook, const u8 *thunk)
{
    x64_mov_imm(&e->x, 8, X_REG(H_T2), (uintptr_t)e->block->op);
    if (hook)
        x64_mov_imm(&e->x, 8, X_REG(X_DI), (uintptr_t)hook->own);
    else
        x64_op(&e->x, X_ALU(X_XOR), 4, X_DI, X_REG(X_DI));
    x64_jmp(&e->x, thunk);
}

static void emit_reason(struct emit *e, unsigned insn, enum leave_reason reason)
{
    x64_mov_imm(&e->x, 4, X_REG(X_SI),
                (u32)reason << 16 | record_of(e, insn) * (u32)sizeof(struct op));
}

static const struct hook *hook_at(const struct emit *e, const struct emitted *out, unsigned insn)
{
    for (unsigned i = 0; i < out->hooks; i++)
        if (out->hook[i].op == &e->block->op[record_of(e, insn)])
            return &out->hook[i];
    return NULL;
}

static void emit_exits(struct emit *e, const struct emitted *out)
{
    u8 *common[6 * BLOCK_MAX_OPS];
    unsigned commons = 0;
    for (unsigned i = 0; i < e->exit_count; i++) {
        const struct exit_hole *h = &e->exits[i];
        const struct hook *hook = hook_at(e, out, h->insn);
        x64_fill(&e->x, h->hole, e->x.at);
        emit_reason(e, h->insn, (enum leave_reason)h->reason);
        if (hook)
            emit_trailer(e, hook, e->jit->thunk.leave_slow);
        else
            common[commons++] = x64_jmp_hole(&e->x);
    }
    for (unsigned i = 0; i < commons; i++)
        x64_fill(&e->x, common[i], e->x.at);
    if (commons)
        emit_trailer(e, NULL, e->jit->thunk.leave_slow);
}

/* A handler that leads to this place. */
static exec_fn *emit_way_in(struct emit *e, const u8 *to)
{
    exec_fn *fn = jit_runnable(e->jit, e->x.at);
    x64_lea_rip(&e->x, X_AX, to);
    x64_mov_imm(&e->x, 4, X_REG(X_CX), e->block->phys & PAGE_MASK);
    x64_jmp(&e->x, e->jit->thunk.enter_at);
    return fn;
}

/* ---- a block ---- */

/*
 * Is this the place that a bound block was made for, and does the segment reach as far as was taken
 * for granted? Two holes for "no".
 */
static void emit_check(struct emit *e, u8 *no[2])
{
    x64_alu_imm(&e->x, X_CMP, 4, X_CPU(page_eip), e->page_eip);
    no[0] = x64_jcc_hole(&e->x, CC_NZ);
    x64_alu_imm(&e->x, X_CMP, 4, X_CPU(cs_limit), CHECKED_LIMIT);
    no[1] = x64_jcc_hole(&e->x, CC_B);
}

/* What must come out at a fixed length, because others jump to where it starts. */
static void must_be(const struct emit *e, const u8 *start, unsigned bytes)
{
    if (e->x.at - start != bytes && !e->x.overflow)
        abort();
}

/* Before the head of a bound block, for indirect jumps; filled up from the front. */
static void emit_outer_check(struct emit *e)
{
    u8 *start = e->x.at, *no[2];
    emit_check(e, no);
    unsigned length = (unsigned)(e->x.at - start);
    e->x.at = start;
    while (length++ < CHECK_BYTES)
        x64_byte(&e->x, 0x90);
    emit_check(e, e->not_here);
    must_be(e, start, CHECK_BYTES);
}

/* Not here: from an indirect jump, uncharged. */
static void emit_not_here(struct emit *e)
{
    for (unsigned i = 0; i < 2; i++)
        x64_fill(&e->x, e->not_here[i], e->x.at);
    x64_op(&e->x, X_MOV_LOAD, 4, H_T2, X_CPU(page_eip));
    x64_op(&e->x, X_LEA, 4, H_T2, X_MEM(H_T2, (s32)(e->block->phys & PAGE_MASK)));
    x64_jmp(&e->x, e->jit->thunk.lookup);
}

/* The check in a way into the middle, or behind the head: "no" leaves at the present instruction.
 */
static void emit_inner_check(struct emit *e)
{
    u8 *no[2];
    emit_check(e, no);
    for (unsigned i = 0; i < 2; i++)
        e->exits[e->exit_count++] =
            (struct exit_hole){.hole = no[i], .insn = (u8)e->i, .reason = LEAVE_LINK};
}

/* Charge the block, or leave before it. */
static void emit_head(struct emit *e)
{
    u8 *start = e->x.at;
    x64_alu_imm(&e->x, X_SUB, 8, X_REG(H_BUDGET), e->block->count);
    e->out_of_budget = x64_jcc_hole(&e->x, CC_S);
    must_be(e, start, HEAD_BYTES);
}

static void emit_out_of_budget(struct emit *e)
{
    x64_fill(&e->x, e->out_of_budget, e->x.at);
    x64_alu_imm(&e->x, X_ADD, 8, X_REG(H_BUDGET), e->block->count);
    x64_mov_imm(&e->x, 4, X_REG(X_DI), e->block->phys & PAGE_MASK);
    x64_jmp(&e->x, e->jit->thunk.quit);
}

static void emit_body(struct emit *e, const struct choice *k, struct emitted *out, u8 **back)
{
    unsigned n = e->plan->count;
    flags_in_rax(e);
    for (unsigned i = 0; i < n; i++) {
        if (k->done[i]) {
            if (i && !k->done[i - 1]) {
                struct op *op = &e->block->op[record_of(e, i)];
                back[out->hooks] = e->x.at;
                out->hook[out->hooks++] = (struct hook){.op = op, .own = op->fn};
                flags_in_rax(e);
                e->i = i;
                if (!e->flat)
                    emit_inner_check(e);
            }
            e->code_of[i] = e->x.at;
            emit_one(e, i);
        } else if (!i || k->done[i - 1]) {
            e->live = i ? e->plan->live[i - 1] : FL_ALL;
            flags_to_rax(e);
            emit_reason(e, i, LEAVE_OP);
            emit_trailer(e, NULL, e->jit->thunk.leave);
        }
    }
    if (k->done[n - 1] && !e->ended) {
        e->live = FL_ALL;
        emit_fall_through(e);
    }
    e->code_of[n] = e->x.at;
}

/* Behind the hot part: exits, ways to other blocks, ways in. body: behind the head. */
static void emit_cold(struct emit *e, struct emitted *out, u8 *const *back, const u8 *body)
{
    out->enter = jit_runnable(e->jit, e->jit->thunk.enter);
    if (!e->flat) {
        emit_not_here(e);
        u8 *in = e->x.at;
        e->i = 0;
        emit_inner_check(e);
        x64_jmp(&e->x, body);
        out->enter = emit_way_in(e, in);
    }
    emit_exits(e, out);
    emit_edge_stubs(e);
    emit_out_of_budget(e);
    for (unsigned i = 0; i < out->hooks; i++)
        out->hook[i].into = emit_way_in(e, back[i]);
}

bool translate_block(struct jit *j, struct cpu *c, struct block *b, u32 at, struct emitted *out)
{
    struct plan plan;
    struct emit e = {.jit = j, .cpu = c, .block = b, .plan = &plan};
    struct choice k;
    u8 *back[BLOCK_MAX_OPS];
    memset(out, 0, sizeof *out);
    e.flat = b->mode & MODE_FLAT;
    e.stack32 = b->mode & MODE_SS32;
    e.page_eip = c->eip - (b->phys & PAGE_MASK);
    if (!e.flat && (c->eip + b->bytes - 1 > CHECKED_LIMIT || c->cs_limit < CHECKED_LIMIT))
        return false;
    if (!plan_make(&plan, c, b))
        return false;
    u8 *start = j->region.write + at - (e.flat ? 0 : CHECK_BYTES);
    e.x = (struct x64){.at = start, .end = j->region.write + j->region.size};
    out->instructions = choose(&e, &k);
    if (!out->instructions && !e.x.overflow)
        return false;
    out->head = at;
    out->page_eip = e.page_eip;
    if (!e.flat)
        emit_outer_check(&e);
    emit_head(&e);
    const u8 *body = e.x.at;
    emit_body(&e, &k, out, back);
    emit_cold(&e, out, back, body);
    out->full = e.x.overflow;
    if (out->full)
        return false;
    out->first = k.done[0];
    out->bytes = (u32)(e.x.at - (j->region.write + at));
    set_link_places(&e);
    if (log_on(c->log, LOG_JIT))
        dump_block(&e, out);
    return true;
}
