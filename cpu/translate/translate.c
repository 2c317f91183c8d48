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
    u32 want = MODE_FLAT | MODE_CS32 | MODE_SS32;
    return (mode & want) == want;
}

static emit_fn *emitter_of(const struct op *o)
{
    switch (op_class(o)) {
    case OC_JCC:
        return emit_jcc;
    case OC_SETCC:
        return emit_setcc;
    case OC_CMOVCC:
        return emit_cmov;
    default:
        break;
    }
    switch (op_operation(o)) {
    case I_add:
    case I_or:
    case I_adc:
    case I_sbb:
    case I_and:
    case I_sub:
    case I_xor:
    case I_cmp:
        return emit_alu;
    case I_test:
        return emit_test;
    case I_inc:
    case I_dec:
    case I_not:
    case I_neg:
        return emit_unary;
    case I_clc:
    case I_stc:
    case I_cmc:
        return emit_carry_flag;
    case I_rol:
    case I_ror:
    case I_rcl:
    case I_rcr:
    case I_shl:
    case I_shr:
    case I_sar:
        return emit_shift;
    case I_bt:
    case I_bts:
    case I_btr:
    case I_btc:
        return emit_bits;
    case I_bsf:
    case I_bsr:
        return emit_scan;
    case I_imul:
    case I_imul3:
        return emit_imul;
    case I_mul:
    case I_imul1:
    case I_div:
    case I_idiv:
        return emit_muldiv;
    case I_cbw:
    case I_cwd:
        return emit_widen;
    case I_bswap:
        return emit_bswap;
    case I_mov:
        return emit_mov;
    case I_movzx:
    case I_movsx:
        return emit_extend;
    case I_lea:
        return emit_lea;
    case I_xchg:
        return emit_xchg;
    case I_nop:
        return emit_nop;
    case I_push:
        return emit_push;
    case I_pop:
        return emit_pop;
    case I_leave:
        return emit_leave_frame;
    case I_jmp:
        return emit_jmp;
    case I_call:
        return emit_call;
    case I_ret:
        return emit_ret;
    default:
        return NULL;
    }
}

bool emit_nop(struct emit *e)
{
    (void)e;
    return true;
}

static bool emit_one(struct emit *e, unsigned i)
{
    emit_fn *fn = emitter_of(&e->plan->insn[i]);
    e->i = i;
    e->o = &e->plan->insn[i];
    e->live = i ? e->plan->live[i - 1] : FL_ALL;
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
        if (end - i < WORTH_RETURNING && i && !whole)
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
    u8 *common[BLOCK_MAX_OPS * 4];
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

/* Where the handlers of hooked records lead: at[i] is the code of hook i. */
static void emit_ways_back(struct emit *e, struct emitted *out, u8 *const *at)
{
    for (unsigned i = 0; i < out->hooks; i++) {
        out->hook[i].into = jit_runnable(e->jit, e->x.at);
        x64_lea_rip(&e->x, X_AX, at[i]);
        x64_mov_imm(&e->x, 4, X_REG(X_CX), e->block->phys & PAGE_MASK);
        x64_jmp(&e->x, e->jit->thunk.enter_at);
    }
}

/* ---- a block ---- */

/* Charge the block, or leave before it. */
static void emit_head(struct emit *e)
{
    u8 *start = e->x.at;
    x64_alu_imm(&e->x, X_SUB, 8, X_REG(H_BUDGET), e->block->count);
    e->out_of_budget = x64_jcc_hole(&e->x, CC_S);
    if (e->x.at - start != HEAD_BYTES && !e->x.overflow)
        abort();
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

bool translate_block(struct jit *j, struct cpu *c, struct block *b, u32 at, struct emitted *out)
{
    struct plan plan;
    struct emit e = {.jit = j, .cpu = c, .block = b, .plan = &plan};
    struct choice k;
    u8 *back[BLOCK_MAX_OPS];
    memset(out, 0, sizeof *out);
    if (!plan_make(&plan, c, b))
        return false;
    e.flat = b->mode & MODE_FLAT;
    u8 *start = j->region.write + at;
    e.x = (struct x64){.at = start, .end = j->region.write + j->region.size};
    out->instructions = choose(&e, &k);
    if (!out->instructions && !e.x.overflow)
        return false;
    out->head = at;
    emit_head(&e);
    emit_body(&e, &k, out, back);
    emit_exits(&e, out);
    emit_edge_stubs(&e);
    emit_out_of_budget(&e);
    emit_ways_back(&e, out, back);
    out->full = e.x.overflow;
    if (out->full)
        return false;
    out->first = k.done[0];
    out->bytes = (u32)(e.x.at - start);
    set_link_places(&e);
    if (log_on(c->log, LOG_JIT))
        dump_block(&e, out);
    return true;
}
