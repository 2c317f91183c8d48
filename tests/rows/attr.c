/*
 * attr.c - attributes of rows against what the instruction is seen to do.
 */
#include "tests/rows/check.h"

#include "cpu/blocks/block.h"
#include "cpu/blocks/handlers.h"

#include <string.h>

/* Raising an exception is what these are for. */
static bool raises(const struct opdef *d)
{
    switch ((enum operation)d->operation) {
    case I_int:
    case I_int3:
    case I_into:
    case I_icebp:
    case I_ud0:
    case I_ud1:
    case I_ud2:
    case I_rsm:
        return true;
    default:
        return false;
    }
}

static int try_one(struct rig *r, unsigned row, unsigned form, struct instruction *i,
                   struct world *v, struct world *a)
{
    if (!rig_encode(r, row, form, i))
        return -2;
    rig_fill(r, i, v);
    return rig_run(r, i, v, a);
}

/* A_FAULT: an exception that is not the memory operand's. */
static void faults(struct bench *b, struct rig *r, unsigned row)
{
    static const struct setting settings[] = {
        {0},
        {.cpl = 3},
        {.cpl = 3, .iopl = 3, .no_tsd = true},
        {.task_switched = true},
        {.emulate = true},
        {.no_fxsr = true},
        {.pending_mf = true},
        {.cpl = 3, .iopl = 3, .absent_stack = true},
        {.guard_dr = true},
        {.null_segments = true},
        {.small_code = true},
        {.absent_tables = true},
        {.window = WINDOW_ABSENT},
        {.cpl = 3, .segmented = true, .stack16 = true, .absent_stack = true},
    };
    const struct opdef *d = &opdefs[row];
    struct instruction i, example = {0};
    struct world v, a;
    bool seen = false;
    if (raises(d))
        return;
    for (unsigned s = 0; s < ARRAY_SIZE(settings) && !seen; s++) {
        for (unsigned k = 0; k < 24 && !seen; k++) {
            r->set = settings[s];
            int vector = try_one(r, row, (k & 1 ? FORM_O16 : 0) | (d->attr & A_MEM ? FORM_MEM : 0),
                                 &i, &v, &a);
            /* #GP of an operand of 16 bytes is the memory's, at an odd address. */
            bool operand =
                (i.op.flags & OPF_MEM) && (r->set.window == WINDOW_ABSENT ||
                                           (vector == VEC_GP && op_operand_bytes(&i.op, 1) == 16));
            if (vector >= 0 && !operand) {
                seen = true;
                example = i;
            }
        }
    }
    if (seen && !(d->attr & (A_FAULT | A_END | A_IO)))
        fail(b, row, &example, "faults without a memory operand, and does not declare A_FAULT");
    if (!seen && (d->attr & A_FAULT) && !(d->attr & A_END))
        fail(b, row, NULL, "declares A_FAULT and never faults without a memory operand");
}

/* A_NOMEM: whether an absent page matters. A_IO: whether the world outside is asked. */
static void outside(struct bench *b, struct rig *r, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    struct instruction i;
    struct world v, a;
    unsigned tried = 0, faulted = 0, calls = 0;
    for (unsigned k = 0; k < 24; k++) {
        r->set = (struct setting){.window = WINDOW_ABSENT};
        int vector = try_one(r, row, FORM_MEM, &i, &v, &a);
        if (vector == -2)
            continue;
        tried++;
        faulted += vector == VEC_PF;
    }
    if (tried && !faulted != !!(d->attr & A_NOMEM) && !raises(d))
        fail(b, row, &i,
             d->attr & A_NOMEM ? "accesses memory in spite of A_NOMEM"
                               : "does not access its memory operand");
    if (!tried && (d->attr & A_NOMEM))
        fail(b, row, NULL, "declares A_NOMEM and has no memory operand");
    for (unsigned k = 0; k < 32; k++) {
        r->set = (struct setting){0};
        if (try_one(r, row, k & 1 ? FORM_O16 : 0, &i, &v, &a) != -2)
            calls += r->callbacks;
    }
    if (!!calls != !!(d->attr & A_IO))
        fail(b, row, NULL,
             calls ? "asks the world outside without A_IO" : "declares A_IO and asks nobody");
}

static void repeats(struct bench *b, struct rig *r, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    struct instruction i;
    struct world v, a;
    bool string = false, counted = false;
    for (unsigned k = 0; k < 3; k++)
        string |= d->operand[k] >= Xb && d->operand[k] <= Yv;
    if (string != !!(d->attr & A_REP)) {
        fail(b, row, NULL, string ? "has string operands and no A_REP" : "A_REP without a string");
        return;
    }
    if (!string)
        return;
    for (unsigned k = 0; k < 8; k++) {
        r->set = (struct setting){0};
        if (try_one(r, row, FORM_REP, &i, &v, &a) == -1)
            counted |= a.gpr[ECX] == v.gpr[ECX] - 1;
    }
    if (!counted)
        fail(b, row, NULL, "does not count ECX under REP");
}

/*
 * A_END: does the instruction ever go on to the next one of its block? Seen by the blocks that are
 * decoded for it and a HLT behind it: one, or more.
 */
static void ends(struct bench *b, struct rig *r, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    struct instruction i;
    struct world v;
    bool goes_on = false;
    for (unsigned k = 0; k < (d->attr & A_END ? 16 : 400) && !goes_on; k++) {
        u8 code[20];
        r->set = (struct setting){0};
        if (!rig_encode(r, row, (k & 1 ? FORM_O16 : 0) | (k & 2 ? FORM_MEM : 0), &i))
            continue;
        rig_fill(r, &i, &v);
        memcpy(code, i.bytes, i.len);
        memset(code + i.len, 0xf4, sizeof code - i.len);
        rig_put(r, &v, code, i.len + 1);
        u64 decoded = r->c->blocks->decoded;
        cpu_run(r->c, 2);
        goes_on =
            r->c->halted && r->c->eip == CODE + i.len + 1 && r->c->blocks->decoded == decoded + 1;
    }
    if (!goes_on != !!(d->attr & A_END))
        fail(b, row, NULL, goes_on ? "A_END, and goes on" : "always ends its block without A_END");
}

void check_attr(struct bench *b, unsigned row)
{
    struct rig *r = bench_rig(b, row);
    if (!r)
        return;
    faults(b, r, row);
    outside(b, r, row);
    repeats(b, r, row);
    ends(b, r, row);
}

/* ---- what the form says ---- */

/* SDM vol. 2, LOCK. */
static bool lockable(enum operation o)
{
    switch (o) {
    case I_add:
    case I_adc:
    case I_and:
    case I_btc:
    case I_btr:
    case I_bts:
    case I_cmpxchg:
    case I_cmpxchg8b:
    case I_dec:
    case I_inc:
    case I_neg:
    case I_not:
    case I_or:
    case I_sbb:
    case I_sub:
    case I_xor:
    case I_xadd:
    case I_xchg:
        return true;
    default:
        return false;
    }
}

/* SDM vol. 3, 5.9 and 20.1: not recognised in real-address and virtual-8086 mode. */
static bool protected_only(enum operation o)
{
    switch (o) {
    case I_sldt:
    case I_str:
    case I_lldt:
    case I_ltr:
    case I_verr:
    case I_verw:
    case I_lar:
    case I_lsl:
    case I_arpl:
        return true;
    default:
        return false;
    }
}

/* A_STACK and A_BRANCH are about the choice of handlers, and each row that has one makes it. */
static void choices(struct bench *b, struct rig *r, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    struct instruction i;
    r->set = (struct setting){0};
    if (d->attr & A_MEM || !rig_encode(r, row, 0, &i) || (i.op.flags & OPF_MEM) ||
        op_shifts_by_zero(&i.op))
        return;
    const u32 flat = MODE_CS32 | MODE_PE | MODE_SS32 | MODE_FLAT;
    exec_fn *const flat32 = handler_choose(&i.op, flat, true);
    exec_fn *const based32 = handler_choose(&i.op, flat & ~MODE_FLAT, true);
    exec_fn *const flat16 = handler_choose(&i.op, flat & ~MODE_SS32, true);
    bool by_stack = flat16 != flat32, by_flat = based32 != flat32 && !by_stack;
    if (by_stack != !!(d->attr & A_STACK))
        fail(b, row, &i,
             by_stack ? "handlers differ by the stack without A_STACK"
                      : "A_STACK, and the same handler for each stack");
    if (by_flat != !!(d->attr & A_BRANCH))
        fail(b, row, &i,
             by_flat ? "handlers differ by flatness without A_BRANCH"
                     : "A_BRANCH, and the same handler with a limit as without");
}

/* The rows of a register form that has one for each ST(i) differ in nothing else. */
static void sisters(struct bench *b, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    for (unsigned k = 0; k < opdef_count && d->rm >= 0; k++) {
        struct opdef other = opdefs[k];
        if (other.map != d->map || other.opcode != d->opcode || other.ext != d->ext ||
            other.rm < 0 || other.operand[0] != STi || d->operand[0] != STi)
            if (other.map != d->map || other.opcode != d->opcode || other.ext != d->ext ||
                other.rm < 0 || other.operand[1] != STi || d->operand[1] != STi)
                continue;
        other.rm = d->rm;
        if (memcmp(&other, d, sizeof other)) {
            fail(b, row, NULL, "differs from row %u, the same with another ST(i)", k);
            return;
        }
    }
}

void check_form(struct bench *b, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    struct rig *r = bench_rig(b, row);
    enum operation o = (enum operation)d->operation;
    if (!r)
        return;
    bool memory = false;
    for (unsigned k = 0; k < 3; k++)
        memory |= (d->operand[k] >= Eb && d->operand[k] <= EdMw) || d->operand[k] == Mq;
    bool writes = row_operands(d) && row_access(d, 0) == 'm' && memory;
    bool lock = lockable(o) && writes && d->operand[0] != Gb && d->operand[0] != Gv;
    if (lock != !!(d->attr & A_LOCK))
        fail(b, row, NULL, lock ? "LOCK is legal by the manual" : "LOCK is #UD by the manual");
    if (protected_only(o) != !!(d->attr & A_PM))
        fail(b, row, NULL, "A_PM is not as the manual says");
    choices(b, r, row);
    sisters(b, row);
}

/* ---- within a block ---- */

/* ADD DL, 5 / X / XOR SI, SI / HLT: flags before X, and somebody behind it who overwrites them. */
void check_blocks(struct bench *b, unsigned row)
{
    struct rig *r = bench_rig(b, row);
    if (!r)
        return;
    for (unsigned k = 0; k < 48; k++) {
        static const u8 before[] = {0x80, 0xc2, 0x05}, behind[] = {0x84, 0xdb, 0xf4};
        struct instruction i;
        struct world v, block, single;
        u8 code[32];
        unsigned n = rig_random(r), form = n & (FORM_MEM | FORM_O16 | FORM_A16);
        r->set = (struct setting){.segmented = (form & FORM_A16) || n >> 9 & 1,
                                  .cpl = n >> 10 & 7 ? 0 : 3};
        r->set.stack16 = r->set.segmented && n >> 13 & 1;
        if (!rig_encode(r, row, form, &i))
            continue;
        rig_fill(r, &i, &v);
        memcpy(code, before, 3);
        memcpy(code + 3, i.bytes, i.len);
        memcpy(code + 3 + i.len, behind, 3);
        rig_put(r, &v, code, i.len + 6);
        cpu_run(r->c, 40);
        rig_get(r, &block);
        rig_put(r, &v, code, i.len + 6);
        for (unsigned s = 0; s < 40 && !r->c->halted && !r->c->shutdown; s++)
            cpu_run(r->c, 1);
        rig_get(r, &single);
        if (block.halted && single.halted && memcmp(&block, &single, sizeof block))
            fail(b, row, &i, "does in a block what it does not do alone (%08x:%04x, %08x:%04x)",
                 block.eip, block.fl, single.eip, single.fl);
        if (b->failures && b->quiet)
            return;
    }
}
