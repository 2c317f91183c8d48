/*
 * attr.c - attributes of rows against what the instruction is seen to do.
 */
#include "tests/rows/check.h"

#include "cpu/blocks/block.h"

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
    if (seen && !(d->attr & (A_FAULT | A_END)))
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

/* ---- within a block ---- */

/*
 * ADD DL, 5 / X / TEST BL, BL / HLT: flags before X, and somebody behind it who overwrites them. Or
 * X twice: the second finds the x87 and SIMD state where the first has put it, ready for fast
 * forms.
 */
void check_blocks(struct bench *b, unsigned row)
{
    struct rig *r = bench_rig(b, row);
    if (!r)
        return;
    for (unsigned k = 0; k < 48; k++) {
        static const u8 before[] = {0x80, 0xc2, 0x05}, behind[] = {0x84, 0xdb, 0xf4};
        struct instruction i;
        struct world v, block, single;
        u8 code[40];
        unsigned n = rig_random(r), form = n & (FORM_MEM | FORM_O16 | FORM_A16);
        r->set = (struct setting){.segmented = (form & FORM_A16) || n >> 9 & 1,
                                  .cpl = n >> 10 & 7 ? 0 : 3};
        r->set.stack16 = r->set.segmented && n >> 13 & 1;
        if (!rig_encode(r, row, form, &i))
            continue;
        rig_fill(r, &i, &v);
        memcpy(code, before, 3);
        memcpy(code + 3, i.bytes, i.len);
        unsigned end = 3 + i.len;
        bool moves = (i.op.flags & OPF_MEM) && (op_writes(&i.op) & R_GPRS); /* its own address? */
        if ((k & 1) && !moves) {
            memcpy(code + end, i.bytes, i.len);
            end += i.len;
        }
        memcpy(code + end, behind, 3);
        end += 3;
        rig_put(r, &v, code, end);
        cpu_run(r->c, 40);
        rig_get(r, &block);
        rig_put(r, &v, code, end);
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
