/*
 * window.c - several memory operands off one register: one look at the TLB for all of them.
 *
 * Most references of compiled code are to its frame: [EBP - 14h], PUSH, [ESP + 8]. Where a run of
 * instructions has three or more at known distances from what a register held when the run began,
 * the lowest and the highest byte are looked up there; if they lie in one page that may be used for
 * all of them, its word goes into the frame of the code, and each reference is [register + word].
 * If not, there is a 0, and each reference goes the usual way, in the cold part. Looking changes
 * nothing, and no word of the table changes before the run is left, so no guest can tell.
 *
 * [register + word] is a sum of 64 bits: it is right only for a register that has not wrapped since
 * the run began. With 8 in EBX, SUB EBX,16 leads to FFFFFFF8h, and [EBX + 16] is 4 GB too far.
 */
#include "cpu/translate/emit.h"

#include <string.h>

enum { WORTH_A_WINDOW = 3, FARTHEST = 1024 };

/* What a register holds, as far as it is known: what another one held at first, and a distance. */
struct known {
    u8 root;      /* X_NONE: unknown */
    s64 distance; /* that a sum is far is seen after it is taken */
};

static bool far(const struct known *k)
{
    return k->root == (u8)X_NONE || k->distance < -FARTHEST || k->distance > FARTHEST;
}

static bool on_stack(const struct op *o)
{
    switch (op_operation(o)) {
    case I_push:
    case I_pop:
        return op_row(o)->operand[0] < ES_ && !(o->flags & OPF_O16);
    case I_call:
    case I_ret:
        return !(o->flags & OPF_O16);
    default:
        return false;
    }
}

/* Their emitters take an operand off any register as well as one in scratch registers. */
static bool takes_any_base(const struct op *o)
{
    switch (op_operation(o)) {
    case I_add:
    case I_or:
    case I_adc:
    case I_sbb:
    case I_and:
    case I_sub:
    case I_xor:
    case I_cmp:
    case I_test:
    case I_inc:
    case I_dec:
    case I_not:
    case I_neg:
    case I_shl:
    case I_shr:
    case I_sar:
    case I_movzx:
    case I_movsx:
    case I_imul:
    case I_imul3:
    case I_push:
    case I_call:
    case I_jmp:
        return true;
    case I_mov:
        return op_row(o)->operand[0] != Sw && op_row(o)->operand[1] != Sw;
    default:
        return op_class(o) == OC_CMOVCC;
    }
}

/* AH, BH, CH, DH cannot be named beside a register that needs a REX prefix. */
static bool names_high_byte(const struct op *o)
{
    for (unsigned i = 0; i < 2; i++) {
        u8 kind = op_row(o)->operand[i];
        unsigned offset = kind == Gb ? o->r2 : o->r1;
        if ((kind == Gb || kind == Eb || kind == Zb) && !(kind == Eb && (o->flags & OPF_MEM)) &&
            (offset & 3))
            return true;
    }
    return false;
}

static bool is_reference(const struct op *o)
{
    return (o->flags & OPF_MEM) && !(o->flags & OPF_A16) && o->base != ZERO_OFF &&
           o->index == ZERO_OFF && (o->seg == SEG_DS || o->seg == SEG_ES || o->seg == SEG_SS) &&
           takes_any_base(o) && !names_high_byte(o);
}

/* ---- before a run ---- */

static unsigned guest_register(u8 offset)
{
    return offset / 4 & 7;
}

static bool whole_register(const struct op *o, unsigned i, unsigned *guest)
{
    u8 kind = op_row(o)->operand[i];
    if (operand_size(o) != 4 || ((o->flags & OPF_MEM) && kind == Ev))
        return false;
    if (kind != Ev && kind != Gv && kind != Zv)
        return false;
    *guest = guest_register((u8)((kind == Gv ? o->r2 : o->r1) - offsetof(struct cpu, gpr)));
    return true;
}

static void forget(struct known *k, u64 registers)
{
    for (unsigned i = 0; i < 8; i++)
        if (registers & R_GPR(i))
            k[i].root = (u8)X_NONE;
}

/* What the registers hold after the instruction. */
static void follow(struct known *k, const struct op *o)
{
    unsigned to, from;
    struct known sum = {.root = (u8)X_NONE};
    bool to_whole = whole_register(o, 0, &to);
    switch (op_operation(o)) {
    case I_push:
        if (o->flags & OPF_O16)
            forget(k, R_SP);
        else
            k[ESP].distance -= 4;
        return;
    case I_pop:
        forget(k, op_writes(o) & ~R_SP);
        if (o->flags & OPF_O16 ||
            (op_row(o)->operand[0] < ES_ && whole_register(o, 0, &to) && to == ESP))
            forget(k, R_SP);
        else
            k[ESP].distance += 4;
        return;
    case I_mov:
        if (to_whole && whole_register(o, 1, &from))
            sum = k[from];
        break;
    case I_lea:
        if (to_whole && !(o->flags & OPF_A16) && o->base != ZERO_OFF && o->index == ZERO_OFF) {
            sum = k[guest_register((u8)(o->base))];
            sum.distance += (s32)o->disp;
        }
        break;
    case I_add:
    case I_sub:
        if (to_whole && kind_among(op_row(o)->operand[1], KIND(Ib) | KIND(Ibs) | KIND(Iz))) {
            sum = k[to];
            s64 imm = (s32)o->imm;
            sum.distance += op_operation(o) == I_add ? imm : -imm;
        }
        break;
    default:
        break;
    }
    forget(k, op_writes(o));
    if (!far(&sum))
        k[to] = sum;
}

static void note(struct emit *e, struct reference *r, const struct known *k, s32 ahead,
                 unsigned bytes, bool write)
{
    struct known at = {.root = k->root, .distance = 0};
    if (k->root == (u8)X_NONE)
        return;
    at.distance = (s32)((u32)k->distance + (u32)ahead);
    if (far(&at))
        return;
    struct window *w = &e->root[at.root];
    s32 last = (s32)at.distance + (s32)bytes - 1;
    if (k->distance < w->least)
        w->least = (s32)k->distance;
    if (k->distance > w->most)
        w->most = (s32)k->distance;
    if (!w->references++ || at.distance < w->low)
        w->low = (s32)at.distance;
    if (w->references == 1 || last > w->high)
        w->high = last;
    w->write |= write;
    r->root = at.root;
}

/* The references of the instructions from `first` on. */
static void find_references(struct emit *e, unsigned first, emit_fn *(*emitter)(const struct op *))
{
    struct known k[8];
    for (u8 i = 0; i < 8; i++)
        k[i] = (struct known){.root = i};
    memset(e->root, 0, sizeof e->root);
    for (unsigned i = first; i < e->plan->count; i++) {
        const struct op *o = &e->plan->insn[i];
        struct reference *named = &e->named[i], *stacked = &e->stacked[i];
        named->root = stacked->root = (u8)X_NONE;
        if (!emitter(o))
            break;
        if (is_reference(o)) {
            struct op_memory m = op_memory(o);
            note(e, named, &k[guest_register(o->base)], (s32)o->disp, m.bytes, m.access != 'r');
        }
        if (on_stack(o)) {
            bool push = op_operation(o) == I_push || op_operation(o) == I_call;
            note(e, stacked, &k[ESP], push ? -4 : 0, 4, push);
        }
        follow(k, o);
    }
}

/* T1 is not 0 where register + distance is no number of 32 bits. T2 is lost. */
static void find_carry(struct x64 *x, unsigned reg, s32 distance)
{
    x64_op(x, X_LEA, 8, H_T2, X_MEM(reg, distance));
    x64_shift_imm(x, X_SHR, 8, X_REG(H_T2), 32);
    x64_op(x, X_ALU(X_OR), 8, H_T2, X_REG(H_T1));
}

static void open_window(struct emit *e, unsigned root, unsigned slot)
{
    struct x64 *x = &e->x;
    struct window *w = &e->root[root];
    unsigned reg = host_gpr(root);
    u8 *no[2] = {NULL, NULL};
    w->slot = (u8)(FRAME_WINDOWS + 8 * slot);
    x64_op(x, X_LEA, 8, H_T0, X_MEM(reg, w->low));
    x64_op(x, X_LEA, 8, H_T1, X_MEM(reg, w->high));
    x64_op(x, X_ALU(X_XOR), 8, H_T0, X_REG(H_T1));
    x64_shift_imm(x, X_SHR, 8, X_REG(H_T1), PAGE_SHIFT);
    x64_op(x, X_MOV, 8, H_T0, X_REG(H_T2));
    x64_shift_imm(x, X_SHR, 8, X_REG(H_T2), 32);
    x64_shift_imm(x, X_SHR, 8, X_REG(H_T0), PAGE_SHIFT);
    x64_op(x, X_ALU(X_OR), 8, H_T2, X_REG(H_T1));
    if (w->least < 0 && w->least < w->low)
        find_carry(x, reg, w->least);
    if (w->most > 0 && w->most > w->high)
        find_carry(x, reg, w->most);
    no[0] = x64_jcc_hole(x, CC_NZ); /* two pages, or a sum wraps */
    x64_op(x, X_MOV_LOAD, 8, H_T1, X_MEMX(H_TLB, H_T0, 3, 0));
    if (w->write) {
        x64_op(x, X_ALU_LOAD(X_CMP), 8, H_T1, X_MEMX(H_TLB, H_T0, 3, FLAT_WRITE_BYTES));
        no[1] = x64_jcc_hole(x, CC_NZ);
    }
    x64_op(x, X_MOV, 8, H_T1, X_MEM(X_SP, w->slot));
    for (unsigned i = 0; i < 2; i++)
        if (no[i])
            add_detour(e, (struct detour){.hole = no[i], .kind = NO_WINDOW, .cell = w->slot});
}

void emit_windows(struct emit *e, unsigned first, emit_fn *(*emitter)(const struct op *))
{
    memset(e->named, X_NONE, sizeof e->named);
    memset(e->stacked, X_NONE, sizeof e->stacked);
    if (!e->flat || e->jit->check)
        return;
    find_references(e, first, emitter);
    for (unsigned slot = 0; slot < WINDOWS; slot++) {
        unsigned best = 0;
        for (unsigned i = 1; i < 8; i++)
            if (!e->root[i].slot &&
                (e->root[best].slot || e->root[i].references > e->root[best].references))
                best = i;
        if (e->root[best].slot || e->root[best].references < WORTH_A_WINDOW)
            return;
        open_window(e, best, slot);
    }
}

/* ---- at a reference ---- */

bool emit_through_window(struct emit *e, const struct reference *r, unsigned base, s32 disp,
                         unsigned bytes, bool write, struct x64_rm *m)
{
    struct x64 *x = &e->x;
    if (r->root == (u8)X_NONE || !e->root[r->root].slot)
        return false;
    u8 slot = e->root[r->root].slot;
    flags_put_aside(e);
    x64_op(x, X_MOV_LOAD, 8, H_T1, X_MEM(X_SP, slot));
    x64_op(x, X_TEST, 8, H_T1, X_REG(H_T1));
    u8 *hole = x64_jcc_hole(x, CC_Z);
    add_detour(e, (struct detour){.hole = hole,
                                  .kind = PAST_WINDOW,
                                  .bytes = (u8)bytes,
                                  .write = write,
                                  .base = (u8)base,
                                  .cell = disp});
    *m = X_MEMX((u8)base, H_T1, 0, disp);
    return true;
}
