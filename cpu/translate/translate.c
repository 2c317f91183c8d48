/*
 * translate.c - machine code for one block: in what order the pieces come. README.md shows the
 * shape.
 */
#include "cpu/translate/emit.h"

#include "cpu/blocks/dispatch.h"
#include "cpu/blocks/liveness.h"

#include <stdlib.h>
#include <string.h>

/* So many translated instructions behind one that is not are worth a way back into the code. */
#define WORTH_RETURNING 3u

bool translates_mode(u32 mode)
{
    u32 size = mode & (MODE_FLAT | MODE_CS32 | MODE_SS32);
    return size == (MODE_FLAT | MODE_CS32 | MODE_SS32) || size == 0;
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
    flags_clobber(e);
    x64_shift_imm(&e->x, X_ROL, 2, X_REG(host_gpr(EBX)), 8);
    e->bh_below = true;
    bool done = fn(e);
    e->bh_below = false;
    if (!done)
        return false;
    e->live = FL_ALL;
    flags_clobber(e);
    x64_shift_imm(&e->x, X_ROL, 2, X_REG(host_gpr(EBX)), 8);
    return true;
}

/* Where code is written, to go back to. */
struct mark {
    u8 *at;
    unsigned exits, edges, detours, cells, unit_holes, joins;
    bool in_rax, in_host, host_logic;
    struct recipe recipe;
    u8 units, mm_marked, note, fds, charged;
};

static struct mark here(const struct emit *e)
{
    return (struct mark){.at = e->x.at,
                         .exits = e->exit_count,
                         .edges = e->edge_count,
                         .detours = e->detour_count,
                         .cells = e->cells,
                         .in_rax = e->in_rax,
                         .in_host = e->in_host,
                         .host_logic = e->host_logic,
                         .recipe = e->recipe,
                         .charged = e->charged,
                         .unit_holes = e->unit_count,
                         .joins = e->join_count,
                         .units = e->units,
                         .mm_marked = e->mm_marked,
                         .note = e->note,
                         .fds = e->fds};
}

static void go_back(struct emit *e, const struct mark *m)
{
    e->x.at = m->at;
    e->exit_count = m->exits;
    e->edge_count = m->edges;
    e->detour_count = m->detours;
    e->cells = m->cells;
    e->in_rax = m->in_rax;
    e->in_host = m->in_host;
    e->host_logic = m->host_logic;
    e->recipe = m->recipe;
    e->charged = m->charged;
    e->unit_count = m->unit_holes;
    e->join_count = m->joins;
    e->units = m->units;
    e->mm_marked = m->mm_marked;
    e->note = m->note;
    e->fds = m->fds;
    e->ended = false;
}

static void note_x87(struct emit *e)
{
    emit_note(e, e->note);
    e->note = 0;
}

/* The registers that the recipe needs are about to change. */
static void keep_flags(struct emit *e)
{
    if (e->recipe.kind == NO_RECIPE || !(op_writes(e->o) & e->recipe.registers))
        return;
    if (!e->in_host)
        flags_to_rax(e);
    e->recipe.kind = NO_RECIPE;
}

/* Of a block that loops: its next round is charged, or it ends in the interpreter. */
static void charge_again(struct emit *e)
{
    flags_put_aside(e);
    x64_alu_imm(&e->x, X_SUB, 8, X_REG(H_BUDGET), e->block->count);
    e->charged = e->block->count;
    exit_calmly_if(e, CC_S, LEAVE_BUDGET);
}

/* false: nothing was written. */
static bool emit_one(struct emit *e, unsigned i)
{
    emit_fn *fn = emitter_of(&e->plan->insn[i]);
    struct mark before = here(e);
    e->i = i;
    e->o = &e->plan->insn[i];
    /* Not what its predecessor shows behind a store: that has left before it, or shows nothing. */
    e->live = flags_used(e->o, e->plan->live[i]).before;
    e->code_of[i] = e->x.at;
    if (e->loop.on && i == e->loop.charge_at)
        charge_again(e);
    keep_flags(e);
    if (op_row(e->o)->attr & A_END) /* what it ends in does not come back */
        note_x87(e);
    if (fn && (uses_bh(e->o) ? with_bh_below(e, fn) : fn(e)))
        return true;
    e->code_of[i] = NULL;
    go_back(e, &before);
    return false;
}

/* ---- the cold parts ---- */

/* Instead of an instruction's number: the block's first record, which may be none of one. */
#define FIRST_RECORD 0xffu
_Static_assert(BLOCK_MAX_OPS <= FIRST_RECORD, "it is none of the numbers");

static u32 record_of(const struct emit *e, unsigned insn)
{
    return insn == FIRST_RECORD ? 0 : e->plan->record[insn];
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
    u8 *common[MAX_EXITS];
    unsigned commons = 0;
    for (unsigned i = 0; i < e->exit_count; i++) {
        const struct exit_hole *h = &e->exits[i];
        const struct hook *hook = hook_at(e, out, h->place.insn);
        x64_fill(&e->x, h->hole, e->x.at);
        emit_place(e, &h->place);
        emit_note(e, h->place.note);
        if (h->place.entered)
            emit_entered(e);
        emit_reason(e, h->place.insn, (enum leave_reason)h->reason);
        if (h->calm)
            emit_trailer(e, hook, e->jit->thunk.leave);
        else if (hook)
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

/* Look for the block's start: from an indirect jump, uncharged. */
static void emit_look_again(struct emit *e)
{
    x64_op(&e->x, X_MOV_LOAD, 4, H_T2, X_CPU(page_eip));
    x64_op(&e->x, X_LEA, 4, H_T2, X_MEM(H_T2, (s32)(e->block->phys & PAGE_MASK)));
    x64_jmp(&e->x, e->jit->thunk.lookup);
}

/* The check in a way into the middle, or behind the head: "no" leaves at this instruction. */
static void emit_inner_check(struct emit *e, unsigned insn)
{
    u8 *no[2];
    emit_check(e, no);
    for (unsigned i = 0; i < 2; i++)
        e->exits[e->exit_count++] =
            (struct exit_hole){.hole = no[i], .reason = LEAVE_LINK, .place = {.insn = (u8)insn}};
}

/* Charge the block, or leave before it. */
static void emit_head(struct emit *e)
{
    u8 *start = e->x.at;
    x64_alu_imm(&e->x, X_SUB, 8, X_REG(H_BUDGET), e->block->count);
    e->out_of_budget = x64_jcc_hole(&e->x, CC_S);
    must_be(e, start, HEAD_BYTES);
}

/*
 * With a timing: what the instructions take beside one tick each (exec_charged() of the
 * interpreter). It stands behind the head, for who comes from the interpreter has charged one each.
 */
static void emit_extra(struct emit *e, u8 **out)
{
    const struct block *b = e->block;
    u32 extra = block_extra(e->cpu, b, b->count);
    if (!extra)
        return;
    x64_alu_imm(&e->x, X_SUB, 8, X_REG(H_BUDGET), extra);
    if (!(b->mode & MODE_SINGLE))
        *out = x64_jcc_hole(&e->x, CC_S);
    x64_alu_imm(&e->x, X_SUB, 8, X_CPU(until), extra);
    x64_alu_imm(&e->x, X_ADD, 8, X_CPU(extra), extra);
}

static void emit_out_of_budget(struct emit *e)
{
    for (unsigned i = 0; i < 2; i++)
        if (e->out_of_ticks[i])
            x64_fill(&e->x, e->out_of_ticks[i], e->x.at);
    if (e->out_of_ticks[0] || e->out_of_ticks[1])
        x64_alu_imm(&e->x, X_ADD, 8, X_REG(H_BUDGET),
                    block_extra(e->cpu, e->block, e->block->count));
    x64_fill(&e->x, e->out_of_budget, e->x.at);
    if (e->trusted_out)
        x64_fill(&e->x, e->trusted_out, e->x.at);
    x64_alu_imm(&e->x, X_ADD, 8, X_REG(H_BUDGET), e->block->count);
    x64_mov_imm(&e->x, 4, X_REG(X_DI), e->block->phys & PAGE_MASK);
    x64_jmp(&e->x, e->jit->thunk.quit);
}

/* ---- runs of instructions that have translations ---- */

struct run {
    unsigned first;     /* instruction */
    struct mark before; /* where its code starts */
    u8 *way_in;         /* behind instructions that the interpreter does */
};

static struct run begin_run(struct emit *e, unsigned i)
{
    struct run r = {.first = i};
    flags_in_rax(e);
    e->units = e->mm_marked = e->note = e->fds = 0;
    e->entered = !i && block_is_counted(e->block); /* nobody comes here but behind the count */
    r.before = here(e);
    r.way_in = e->x.at;
    e->i = i;
    if (i && !e->flat)
        emit_inner_check(e, i);
    emit_windows(e, i, emitter_of);
    return r;
}

static bool repeats(const struct op *o)
{
    return (op_row(o)->attr & A_REP) && (o->flags & (OPF_REP | OPF_REPNE));
}

/*
 * Behind a repeated string instruction, which leaves for devices' memory and more: a way in for who
 * comes from its handler. Flags need nothing: it has not changed what a recipe makes them of. The
 * block is not counted there, and its next round not charged.
 */
static void join_run(struct emit *e, unsigned i)
{
    struct join *j = &e->joins[e->join_count];
    if (!repeats(&e->plan->insn[i - 1]) || i == e->plan->count || e->jit->check || e->charged ||
        block_is_counted(e->block))
        return;
    note_x87(e);
    e->units = e->mm_marked = e->fds = 0;
    *j = (struct join){.back = e->x.at, .insn = (u8)i, .hook = NO_HOOK};
    for (unsigned root = 0; root < 8; root++)
        if (e->root[root].slot)
            j->slots |= (u8)(1u << (e->root[root].slot - FRAME_WINDOWS) / 8);
    e->join_count++;
}

static u8 add_hook(struct emit *e, unsigned i, struct emitted *out)
{
    struct op *op = &e->block->op[record_of(e, i)];
    out->hook[out->hooks] = (struct hook){.op = op, .own = op->fn};
    return (u8)out->hooks++;
}

/* In the cold part. */
static void emit_joins(struct emit *e, u8 **back)
{
    for (const struct join *j = e->joins; j < e->joins + e->join_count; j++) {
        if (j->hook == NO_HOOK)
            continue;
        back[j->hook] = e->x.at;
        for (unsigned k = 0; k < WINDOWS; k++)
            if (j->slots & 1u << k)
                x64_mov_imm(&e->x, 8, X_MEM(X_SP, FRAME_WINDOWS + 8 * (s32)k), 0);
        if (!e->flat)
            emit_inner_check(e, j->insn);
        x64_jmp(&e->x, j->back);
    }
}

/*
 * The run ends before instruction `end`: dropped when it is too short to come back for, unless it
 * is the block's end. How many instructions are kept?
 */
static unsigned end_run(struct emit *e, const struct run *r, unsigned end, struct emitted *out,
                        u8 **back)
{
    unsigned n = e->plan->count;
    bool whole = end == n && (op_row(&e->plan->insn[n - 1])->attr & A_END);
    if (r->first && (e->jit->check || (end - r->first < WORTH_RETURNING && !whole))) {
        go_back(e, &r->before);
        for (unsigned i = r->first; i < end; i++)
            e->code_of[i] = NULL;
        return 0;
    }
    if (r->first && end > r->first)
        back[add_hook(e, r->first, out)] = r->way_in;
    for (struct join *j = e->joins; j < e->joins + e->join_count; j++)
        if (j->insn > r->first && j->insn < end && (whole || end - j->insn >= WORTH_RETURNING))
            j->hook = add_hook(e, j->insn, out);
    if (end < n) {
        e->live = end ? e->plan->live[end - 1] : FL_ALL;
        flags_to_rax(e);
        note_x87(e);
        if (e->entered)
            emit_entered(e);
        emit_reason(e, end, LEAVE_OP);
        emit_trailer(e, NULL, e->jit->thunk.leave);
    } else if (!e->ended) {
        e->live = FL_ALL;
        note_x87(e);
        emit_fall_through(e);
    }
    return end - r->first;
}

/* Do i and the instruction behind it share a record? The interpreter does both or none. */
static bool is_pair(const struct plan *p, unsigned i)
{
    return i + 1 < p->count && p->record[i] == p->record[i + 1];
}

/* How many instructions have code now? */
static unsigned emit_body(struct emit *e, struct emitted *out, u8 **back)
{
    unsigned n = e->plan->count, total = 0, i = 0;
    bool running = true;
    if (block_is_counted(e->block))
        emit_count(e);
    struct run r = begin_run(e, 0);
    while (i < n) {
        unsigned units = 1 + is_pair(e->plan, i);
        if (!running) {
            r = begin_run(e, i);
            running = true;
        }
        struct mark before = here(e);
        bool done = emit_one(e, i);
        if (done && units == 2 && !emit_one(e, i + 1)) {
            go_back(e, &before);
            e->code_of[i] = NULL;
            done = false;
        }
        if (!done) {
            if (i > r.first || !i)
                total += end_run(e, &r, i, out, back);
            else
                go_back(e, &r.before);
            running = false;
        }
        i += units;
        if (done)
            join_run(e, i);
    }
    if (running)
        total += end_run(e, &r, n, out, back);
    e->code_of[n] = e->x.at;
    return total;
}

/* Behind the hot part: exits, ways to other blocks, ways in. body: behind the head and
 * what it takes. */
static void emit_cold(struct emit *e, struct emitted *out, u8 **back, const u8 *body)
{
    out->enter = jit_runnable(e->jit, e->jit->thunk.enter);
    if (has_slots(e)) {
        out->gone = (u32)(e->x.at - e->jit->region.write);
        emit_look_again(e);
    }
    if (!e->flat) {
        for (unsigned i = 0; i < 2; i++)
            x64_fill(&e->x, e->not_here[i], e->x.at);
        emit_look_again(e);
        u8 *in = e->x.at;
        e->i = 0;
        emit_extra(e, &e->out_of_ticks[1]); /* before a check that leaves to the first record */
        emit_inner_check(e, FIRST_RECORD);
        x64_jmp(&e->x, body);
        out->enter = emit_way_in(e, in);
    }
    if (e->counted) {
        emit_unusual(e);
        emit_turn(e);
        out->trusted = emit_trusted(e);
    }
    emit_joins(e, back);
    emit_detours(e);
    emit_unit_holes(e);
    emit_exits(e, out);
    emit_edge_stubs(e);
    emit_out_of_budget(e);
    for (unsigned i = 0; i < out->hooks; i++)
        out->hook[i].into = emit_way_in(e, back[i]);
}

/* ---- loops ---- */

/*
 * Most of a program's time is spent in blocks that branch back to themselves. Is this one? It need
 * not put the flags into rax at the end of each round then: see struct loop.
 */
static bool block_loops(struct emit *e)
{
    const struct plan *p = e->plan;
    unsigned last = p->count - 1, at = last;
    const struct op *o = &p->insn[last];
    bool counts = op_class(o) != OC_JCC; /* LOOP: the flags stay, and are put aside */
    if (e->jit->check || (e->block->mode & (MODE_SINGLE | MODE_PARTS)) || e->cpu->timing)
        return false;
    if (counts && op_operation(o) != I_loop && op_operation(o) != I_loopz &&
        op_operation(o) != I_loopnz)
        return false;
    if (o->imm)
        return false;
    if (!counts) { /* before what it tests is made */
        while (at && !op_row(&p->insn[at - 1])->fl_write)
            at--;
        if (!at--)
            return false;
    }
    e->loop.charge_at = (u8)at;
    e->loop.live = flags_used(&p->insn[0], p->live[0]).before;
    return !at || p->record[at] != p->record[at - 1];
}

/* The code once more, for the rounds behind the first one: their flags are in the recipe. */
static void emit_copy(struct emit *e)
{
    struct loop *l = &e->loop;
    u8 *code_of[BLOCK_MAX_OPS];
    memcpy(code_of, e->code_of, sizeof code_of);
    x64_fill(&e->x, l->hole, e->x.at);
    l->copying = true;
    l->copy = l->again = e->x.at;
    if (block_is_counted(e->block)) {
        flags_put_aside(e);
        emit_round(e);
    }
    begin_run(e, 0);
    e->charged = 0;
    e->in_rax = false;
    e->recipe = l->recipe;
    for (unsigned i = 0; i < e->plan->count; i++)
        l->failed |= !emit_one(e, i);
    l->copy_end = e->x.at;
    memcpy(e->code_of, code_of, sizeof code_of);
}

/* How many instructions have code now? */
static unsigned emit_loop_or_body(struct emit *e, struct emitted *out, u8 **back)
{
    struct mark before = here(e);
    e->loop = (struct loop){.on = block_loops(e),
                            .charge_at = e->loop.charge_at,
                            .live = e->loop.live,
                            .again = e->x.at};
    unsigned n = emit_body(e, out, back);
    if (!e->loop.on)
        return n;
    if (n == e->plan->count && e->loop.hole)
        emit_copy(e);
    if (n == e->plan->count && !e->loop.failed)
        return n;
    go_back(e, &before); /* not all of it has a translation */
    e->loop = (struct loop){.on = false};
    out->hooks = 0;
    return emit_body(e, out, back);
}

bool translate_block(struct jit *j, struct cpu *c, struct block *b, u32 at, bool predicts,
                     struct emitted *out)
{
    struct plan plan;
    struct emit e;
    memset(&e, 0, offsetof(struct emit, named));
    e.jit = j;
    e.cpu = c;
    e.block = b;
    e.plan = &plan;
    u8 *back[BLOCK_MAX_OPS];
    out->hooks = 0;
    out->trusted = out->gone = 0;
    e.flat = b->mode & MODE_FLAT;
    e.stack32 = b->mode & MODE_SS32;
    e.predicts = predicts;
    e.page_eip = c->eip - (b->phys & PAGE_MASK);
    bool global = mmu_stamp_of(&c->mmu, c->eip, c->user) == c->mmu.stamp[TLB_GLOBAL];
    e.stamp = global ? TLB_GLOBAL : TLB_LOCAL;
    if (!e.flat && (c->eip + b->bytes - 1 > CHECKED_LIMIT || c->cs_limit < CHECKED_LIMIT))
        return false;
    if (!plan_make(&plan, c, b))
        return false;
    for (unsigned i = 0; i < plan.count; i++)
        e.mixed |= uses_xmm(&plan.insn[i]);
    u8 *start = j->region.write + at - (e.flat ? 0 : CHECK_BYTES);
    e.x = (struct x64){.at = start, .end = j->region.write + j->reserved};
    out->head = at;
    out->page_eip = e.page_eip;
    if (!e.flat)
        emit_outer_check(&e);
    emit_head(&e);
    emit_extra(&e, &e.out_of_ticks[0]);
    u8 *body = e.x.at;
    out->instructions = emit_loop_or_body(&e, out, back);
    if (!out->instructions && !e.x.overflow)
        return false;
    out->bytes = (u32)(e.x.at - (j->region.write + at));
    u8 *cold = j->region.write + j->cold_used;
    e.x.at = cold;
    e.x.end = j->region.write + j->cold_reserved;
    emit_cold(&e, out, back, body);
    if (e.x.overflow)
        return false;
    out->first = e.code_of[0];
    out->cold_bytes = (u32)(e.x.at - cold);
    out->cells = e.cells;
    set_link_places(&e);
    if (log_on(c->log, LOG_JIT))
        dump_block(&e, out);
    return true;
}
