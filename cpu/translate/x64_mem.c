/*
 * x64_mem.c - memory operands: address, segment, TLB; and the instructions that are mainly a memory
 * access (MOV, PUSH, POP...). SDM vol. 2; the TLB is described in mmu/mmu.h.
 */
#include "cpu/translate/emit.h"

/* ---- addresses ---- */

static u8 address_register(u8 offset)
{
    return offset == ZERO_OFF ? (u8)X_NONE : (u8)host_gpr(offset / 4);
}

/* [base + index * scale + disp] as the host's operand. */
static struct x64_rm address_of(const struct op *o)
{
    return (struct x64_rm){.reg = X_NONE,
                           .base = address_register(o->base),
                           .index = address_register(o->index),
                           .shift = o->shift,
                           .disp = (s32)o->disp};
}

void emit_offset(struct emit *e, unsigned reg)
{
    const struct op *o = e->o;
    struct x64_rm a = address_of(o);
    if (a.base == X_NONE && a.index == X_NONE)
        x64_mov_imm(&e->x, 4, X_REG(reg), o->flags & OPF_A16 ? (u16)o->disp : o->disp);
    else if (a.index == X_NONE && !a.disp)
        x64_op(&e->x, X_MOV, 4, a.base, X_REG(reg));
    else
        x64_op(&e->x, X_LEA, 4, reg, a);
    if ((o->flags & OPF_A16) && (a.base != X_NONE || a.index != X_NONE))
        x64_op0f(&e->x, X0F_MOVZX + 1, 4, reg, X_REG(reg), 2);
}

void emit_segment(struct emit *e, unsigned seg, unsigned bytes, bool write)
{
    if (e->flat && (seg == SEG_DS || seg == SEG_ES || seg == SEG_SS))
        return;
    s32 s = (s32)(offsetof(struct cpu, seg) + seg * sizeof(struct seg));
    s32 max = s + (s32)(write ? offsetof(struct seg, wr_max) : offsetof(struct seg, rd_max));
    unsigned last = H_T0;
    if (bytes > 1) {
        x64_op(&e->x, X_LEA, 8, H_T2, X_MEM(H_T0, (s32)bytes - 1));
        last = H_T2;
    }
    x64_op(&e->x, X_ALU_LOAD(X_CMP), 8, last, X_MEM(H_CPU, max));
    exit_if(e, CC_NLE, LEAVE_MEMORY);
    x64_op(&e->x, X_ALU_LOAD(X_ADD), 4, H_T0, X_MEM(H_CPU, s + (s32)offsetof(struct seg, base)));
}

void emit_address(struct emit *e, unsigned bytes, bool write)
{
    flags_put_aside(e);
    emit_offset(e, H_T0);
    emit_segment(e, e->o->seg, bytes, write);
}

/* ---- the way to the host's memory ---- */

/* Aligned operands lie in one page. free: a register that others may use as they like. */
static void check_alignment(struct emit *e, unsigned bytes, unsigned free)
{
    if (bytes == 1)
        return;
    /* Of ten bytes (x87) those that begin an aligned sixteen do. */
    x64_test_imm(&e->x, 1, X_REG(H_T0), bytes == 10 ? 15 : bytes - 1);
    u8 *hole = x64_jcc_hole(&e->x, CC_NZ);
    add_detour(e, (struct detour){.hole = hole, .bytes = (u8)bytes, .free = (u8)free});
}

/*
 * A load that is hot takes the word that was right last time, from a cell of its own, and compares
 * it with the table's while it is under way: nothing waits for the table. Others look into the
 * table, as stores do, which is less code, and no cell that is not in the host's caches.
 */
static void predicted_word(struct emit *e, struct x64_rm word)
{
    struct x64 *x = &e->x;
    s32 cell = (s32)((FLAT_WORDS + e->jit->cells_used + e->cells++) * sizeof(u64));
    x64_op(x, X_MOV_LOAD, 8, H_T1, X_MEM(H_TLB, cell));
    x64_op(x, X_ALU_LOAD(X_CMP), 8, H_T1, word);
    u8 *hole = x64_jcc_hole(x, CC_NZ);
    add_detour(e, (struct detour){.hole = hole, .kind = PREDICT, .cell = cell, .word = word});
}

static void word_from_table(struct emit *e, struct x64_rm word)
{
    x64_op(&e->x, X_MOV_LOAD, 8, H_T1, word);
    x64_op(&e->x, X_TEST, 8, H_T1, X_REG(H_T1));
}

static void plain_word(struct emit *e, struct x64_rm word)
{
    word_from_table(e, word);
    exit_if(e, CC_Z, LEAVE_MEMORY);
}

/* The number of T0's page, in `reg`; there is a detour where the operand may not lie in it. */
static void page_number(struct emit *e, unsigned reg, unsigned bytes)
{
    struct x64 *x = &e->x;
    x64_op(x, X_MOV, 4, H_T0, X_REG(reg));
    x64_shift_imm(x, X_SHR, 4, X_REG(reg), PAGE_SHIFT);
    check_alignment(e, bytes, reg == H_T1 ? H_T2 : H_T1);
}

static void load_word(struct emit *e, unsigned bytes)
{
    unsigned page = e->predicts ? H_T2 : H_T1;
    page_number(e, page, bytes);
    if (e->predicts)
        predicted_word(e, X_MEMX(H_TLB, page, 3, 0));
    else
        plain_word(e, X_MEMX(H_TLB, page, 3, 0));
}

/*
 * A page that holds code, too, has no word for stores: DOS programs have their data and their stack
 * there. Those to bytes that nothing was decoded from are a detour (emit_beside()).
 */
static void own_word(struct emit *e, struct x64_rm word, unsigned bytes)
{
    if (bytes > 8) {
        plain_word(e, word);
        return;
    }
    word_from_table(e, word);
    u8 *hole = x64_jcc_hole(&e->x, CC_Z);
    add_detour(e, (struct detour){.hole = hole, .bytes = (u8)bytes, .kind = BESIDE});
}

static void store_word(struct emit *e, unsigned bytes, unsigned checked)
{
    page_number(e, H_T1, checked);
    own_word(e, X_MEMX(H_TLB, H_T1, 3, FLAT_WRITE_BYTES), bytes);
}

struct x64_rm emit_flatten(struct emit *e, struct x64_rm m)
{
    if (m.index == X_NONE)
        return m;
    x64_op(&e->x, X_LEA, 8, H_T0, m);
    return X_MEM(H_T0, 0);
}

/* What T0 and T1 lead to, noted where stores are checked. */
static struct x64_rm found(struct emit *e, unsigned bytes, bool write)
{
    struct x64_rm m = X_MEMX(H_T0, H_T1, 0, 0);
    if (!write || !e->jit->check)
        return m;
    m = emit_flatten(e, m);
    emit_journal(e, bytes);
    return m;
}

/* checked: how many bytes must be looked at for the page's end. */
static struct x64_rm lookup(struct emit *e, unsigned bytes, unsigned checked, bool write)
{
    flags_put_aside(e);
    if (write)
        store_word(e, bytes, checked);
    else
        load_word(e, checked);
    return found(e, bytes, write);
}

/* An address that is known now, in one page: so are the place of its word, and that it fits. */
static bool is_constant(const struct emit *e, unsigned bytes)
{
    const struct op *o = e->o;
    return e->flat && !(o->flags & OPF_A16) && o->base == ZERO_OFF && o->index == ZERO_OFF &&
           (o->seg == SEG_DS || o->seg == SEG_ES || o->seg == SEG_SS) &&
           (o->disp & PAGE_MASK) + bytes <= PAGE_SIZE;
}

static struct x64_rm lookup_constant(struct emit *e, unsigned bytes, bool write)
{
    s32 word = (s32)((e->o->disp >> PAGE_SHIFT) * sizeof(u64));
    flags_put_aside(e);
    x64_mov_imm(&e->x, 4, X_REG(H_T0), e->o->disp);
    if (write)
        own_word(e, X_MEM(H_TLB, word + FLAT_WRITE_BYTES), bytes);
    else if (e->predicts)
        predicted_word(e, X_MEM(H_TLB, word));
    else
        plain_word(e, X_MEM(H_TLB, word));
    return found(e, bytes, write);
}

struct x64_rm emit_lookup(struct emit *e, unsigned bytes, bool write)
{
    return lookup(e, bytes, bytes, write);
}

struct x64_rm emit_lookup_aligned(struct emit *e, bool write)
{
    x64_test_imm(&e->x, 1, X_REG(H_T0), 15);
    exit_if(e, CC_NZ, LEAVE_MEMORY);
    return lookup(e, 16, 1, write);
}

/* Its page and the one of its last byte are the same, or it leaves. */
static void misaligned(struct emit *e, const struct detour *d)
{
    struct x64 *x = &e->x;
    x64_op(x, X_LEA, 4, d->free, X_MEM(H_T0, d->bytes - 1));
    x64_op(x, X_ALU(X_XOR), 4, H_T0, X_REG(d->free));
    x64_shift_imm(x, X_SHR, 4, X_REG(d->free), PAGE_SHIFT);
    x64_jcc(x, CC_Z, d->back);
    exit_always(e, LEAVE_MEMORY);
}

static void predict(struct emit *e, const struct detour *d)
{
    struct x64 *x = &e->x;
    x64_op(x, X_MOV_LOAD, 8, H_T1, d->word);
    x64_op(x, X_TEST, 8, H_T1, X_REG(H_T1));
    exit_if(e, CC_Z, LEAVE_MEMORY);
    x64_op(x, X_MOV, 8, H_T1, X_MEM(H_TLB, d->cell));
    x64_jmp(x, d->back);
}

static void beside(struct emit *e, const struct detour *d)
{
    struct x64 *x = &e->x;
    x64_mov_imm(x, 4, X_REG(H_T1), d->bytes);
    x64_call(x, e->jit->thunk.beside);
    x64_jcc(x, CC_NZ, d->back);
    exit_always(e, LEAVE_MEMORY);
}

/* The operand stays [base + T1 + distance], which does not wrap as the guest's address does. */
static void past_window(struct emit *e, const struct detour *d)
{
    struct x64 *x = &e->x;
    u8 *back = d->back;
    struct x64_rm m = X_MEM(d->base, d->cell);
    x64_op(x, X_LEA, 4, H_T0, m);
    if (d->write)
        store_word(e, d->bytes, d->bytes);
    else
        load_word(e, d->bytes);
    x64_op(x, X_LEA, 8, H_T2, m);
    x64_op(x, X_ALU(X_ADD), 8, H_T0, X_REG(H_T1));
    x64_op(x, X_ALU(X_SUB), 8, H_T2, X_REG(H_T1));
    x64_jmp(x, back);
}

/* Some of them lead to others. */
void emit_detours(struct emit *e)
{
    struct x64 *x = &e->x;
    for (unsigned i = 0; i < e->detour_count; i++) {
        struct detour d = e->detours[i];
        x64_fill(x, d.hole, x->at);
        go_to_place(e, &d.place);
        switch ((enum detour_kind)d.kind) {
        case MISALIGNED:
            misaligned(e, &d);
            break;
        case PREDICT:
            predict(e, &d);
            break;
        case BESIDE:
            beside(e, &d);
            break;
        case NO_WINDOW:
            x64_mov_imm(x, 8, X_MEM(X_SP, d.cell), 0);
            x64_jmp(x, d.back);
            break;
        case PAST_WINDOW:
            past_window(e, &d);
            break;
        }
    }
}

struct x64_rm emit_access(struct emit *e, unsigned bytes, bool write)
{
    struct x64_rm m;
    const struct op *o = e->o;
    if (emit_through_window(e, &e->named[e->i], host_gpr(o->base / 4), (s32)o->disp, bytes, write,
                            &m))
        return m;
    if (is_constant(e, bytes))
        return lookup_constant(e, bytes, write);
    emit_address(e, bytes, write);
    return emit_lookup(e, bytes, write);
}

/* ---- MOV, MOVZX, MOVSX, LEA, XCHG ---- */

bool emit_mov(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0), from = emit_operand(e, 1);
    unsigned n = operand_size(e->o);
    if (to.place == NOWHERE || from.place == NOWHERE)
        return false;
    if (to.place == IN_MEMORY) {
        struct x64_rm m = emit_access(e, n, true);
        if (from.place == IMMEDIATE)
            x64_mov_imm(&e->x, n, m, from.imm);
        else
            x64_op(&e->x, X_MOV, n, from.reg, m);
    } else if (from.place == IN_MEMORY) {
        struct x64_rm m = emit_access(e, n, false);
        x64_op(&e->x, X_MOV_LOAD, n, to.reg, m);
    } else if (from.place == IMMEDIATE) {
        x64_mov_imm(&e->x, n, X_REG(to.reg), from.imm);
    } else {
        unsigned swapped = bytes_begin(e, &to.reg, &from.reg);
        x64_op(&e->x, X_MOV, n, from.reg, X_REG(to.reg));
        bytes_end(e, swapped);
    }
    return true;
}

bool emit_extend(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0), from = emit_operand(e, 1);
    unsigned n = operand_size(e->o), from_n = op_operand_bytes(e->o, 1);
    unsigned opcode = (op_operation(e->o) == I_movzx ? X0F_MOVZX : X0F_MOVSX) + (from_n == 2);
    if (from.place == NOWHERE)
        return false;
    if (from.place == IN_MEMORY) {
        struct x64_rm m = emit_access(e, from_n, false);
        x64_op0f(&e->x, opcode, n, to.reg, m, from_n);
        return true;
    }
    unsigned swapped = bytes_begin(e, &from.reg, &to.reg);
    x64_op0f(&e->x, opcode, n, to.reg, X_REG(from.reg), from_n);
    bytes_end(e, swapped);
    return true;
}

bool emit_lea(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0);
    unsigned n = operand_size(e->o);
    if (n == 4) {
        emit_offset(e, to.reg);
        return true;
    }
    emit_offset(e, H_T0);
    x64_op(&e->x, X_MOV, 2, H_T0, X_REG(to.reg));
    return true;
}

bool emit_xchg(struct emit *e)
{
    struct operand_at a = emit_operand(e, 0), b = emit_operand(e, 1);
    unsigned n = operand_size(e->o);
    if (a.place == NOWHERE || b.place != IN_REGISTER)
        return false;
    if (a.place == IN_MEMORY) {
        struct x64_rm m = emit_access(e, n, true);
        if (!X_IS_HIGH(b.reg)) {
            /* XCHG with memory locks the bus on the host: not needed here. */
            x64_op(&e->x, X_MOV_LOAD, n, H_T2, m);
            x64_op(&e->x, X_MOV, n, b.reg, m);
            x64_op(&e->x, X_MOV, n, H_T2, X_REG(b.reg));
        } else {
            x64_op(&e->x, X_XCHG, n, b.reg, m);
        }
        return true;
    }
    unsigned swapped = bytes_begin(e, &a.reg, &b.reg);
    x64_op(&e->x, X_XCHG, n, b.reg, X_REG(a.reg));
    bytes_end(e, swapped);
    return true;
}

/* ---- the stack: flat and 32 bits wide, or of 16 bits in a segment ---- */

struct x64_rm emit_stack(struct emit *e, s32 distance, unsigned bytes, bool write)
{
    unsigned esp = host_gpr(ESP);
    struct x64_rm m;
    if (emit_through_window(e, &e->stacked[e->i], esp, distance, bytes, write, &m))
        return m;
    flags_put_aside(e);
    if (distance)
        x64_op(&e->x, X_LEA, 4, H_T0, X_MEM(esp, distance));
    else
        x64_op(&e->x, X_MOV, 4, esp, X_REG(H_T0));
    if (!e->stack32) {
        x64_op0f(&e->x, X0F_MOVZX + 1, 4, H_T0, X_REG(H_T0), 2);
        emit_segment(e, SEG_SS, bytes, write);
    }
    return emit_lookup(e, bytes, write);
}

void emit_move_stack(struct emit *e, s32 distance, unsigned scratch)
{
    unsigned esp = host_gpr(ESP);
    if (e->stack32) {
        x64_op(&e->x, X_LEA, 4, esp, X_MEM(esp, distance));
    } else {
        x64_op(&e->x, X_LEA, 4, scratch, X_MEM(esp, distance));
        x64_op(&e->x, X_MOV, 2, scratch, X_REG(esp));
    }
}

/* PUSH of a segment register: two bytes, also where four are made room for. */
static bool push_segment(struct emit *e, unsigned n)
{
    s32 sel = (s32)(offsetof(struct cpu, seg) + e->o->r2 * sizeof(struct seg) +
                    offsetof(struct seg, sel));
    struct x64_rm m = emit_stack(e, -(s32)n, 2, true);
    x64_op0f(&e->x, X0F_MOVZX + 1, 4, H_T2, X_MEM(H_CPU, sel), 2);
    x64_op(&e->x, X_MOV, 2, H_T2, m);
    emit_move_stack(e, -(s32)n, H_T1);
    return true;
}

bool emit_push(struct emit *e)
{
    struct operand_at from = emit_operand(e, 0);
    unsigned n = e->o->flags & OPF_O16 ? 2 : 4;
    if (op_row(e->o)->operand[0] >= ES_)
        return push_segment(e, n);
    if (from.place == NOWHERE)
        return false;
    if (from.place == IN_MEMORY) { /* read before the stack is looked at, as the handler does */
        struct x64_rm m = emit_access(e, n, false);
        x64_op(&e->x, X_MOV_LOAD, n, H_T1, m);
        x64_op(&e->x, X_MOV, n, H_T1, X_MEM(X_SP, 0));
        m = emit_stack(e, -(s32)n, n, true);
        x64_op(&e->x, X_MOV_LOAD, n, H_T2, X_MEM(X_SP, 0));
        x64_op(&e->x, X_MOV, n, H_T2, m);
    } else {
        struct x64_rm m = emit_stack(e, -(s32)n, n, true);
        if (from.place == IMMEDIATE)
            x64_mov_imm(&e->x, n, m, from.imm);
        else
            x64_op(&e->x, X_MOV, n, from.reg, m);
    }
    emit_move_stack(e, -(s32)n, H_T1);
    return true;
}

/* The destination's address is made of what ESP will be: such ones leave. */
static bool pop_into_memory(struct emit *e, unsigned n)
{
    struct x64 *x = &e->x;
    if (address_register(e->o->base) == host_gpr(ESP))
        return false;
    x64_op(x, X_MOV_LOAD, n, H_T1, emit_stack(e, 0, n, false));
    x64_op(x, X_MOV, n, H_T1, X_MEM(X_SP, 0));
    struct x64_rm m = emit_access(e, n, true);
    x64_op(x, X_MOV_LOAD, n, H_T2, X_MEM(X_SP, 0));
    x64_op(x, X_MOV, n, H_T2, m);
    emit_move_stack(e, (s32)n, H_T1);
    return true;
}

bool emit_pop(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0);
    unsigned n = e->o->flags & OPF_O16 ? 2 : 4;
    if (to.place == IN_MEMORY)
        return pop_into_memory(e, n);
    if (to.place != IN_REGISTER)
        return false;
    struct x64_rm m = emit_stack(e, 0, n, false);
    bool itself = to.reg == host_gpr(ESP); /* what is popped is written over the sum */
    if (itself && m.base != to.reg)
        emit_move_stack(e, (s32)n, H_T2);
    x64_op(&e->x, X_MOV_LOAD, n, to.reg, m);
    if (!itself)
        emit_move_stack(e, (s32)n, H_T2);
    return true;
}

bool emit_leave_frame(struct emit *e)
{
    unsigned ebp = host_gpr(EBP), n = e->o->flags & OPF_O16 ? 2 : 4;
    if ((n == 4) != e->stack32)
        return false;
    flags_clobber(e);
    if (n == 4) {
        x64_op(&e->x, X_MOV, 4, ebp, X_REG(H_T0));
    } else {
        x64_op0f(&e->x, X0F_MOVZX + 1, 4, H_T0, X_REG(ebp), 2);
        emit_segment(e, SEG_SS, 2, false);
    }
    struct x64_rm m = emit_lookup(e, n, false);
    x64_op(&e->x, X_LEA, 4, H_T2, X_MEM(ebp, (s32)n));
    x64_op(&e->x, X_MOV, n, H_T2, X_REG(host_gpr(ESP)));
    x64_op(&e->x, X_MOV_LOAD, n, ebp, m);
    return true;
}

/* ---- near calls and returns, whose stack is the same ---- */

void emit_next_eip(struct emit *e)
{
    u32 offset = (e->block->phys & PAGE_MASK) + e->o->pc + e->o->len;
    x64_op(&e->x, X_MOV_LOAD, 4, H_T2, X_CPU(page_eip));
    x64_op(&e->x, X_LEA, 4, H_T2, X_MEM(H_T2, (s32)offset));
}

/*
 * 32 bits that are to become EIP in code of 16 bits: what is beyond 64K leaves, as a fault or where
 * the limit is higher. Flags are in rax, nothing is committed.
 */
void emit_target_check(struct emit *e, unsigned reg)
{
    if (e->flat || (e->o->flags & OPF_O16))
        return;
    x64_alu_imm(&e->x, X_CMP, 4, X_REG(reg), CHECKED_LIMIT);
    exit_if(e, CC_NBE, LEAVE_INDIRECT);
}

/*
 * CALL: push what comes next. The target, if it is a register or in memory, is in T2 then; it is
 * read before the push, and ESP is what it was.
 */
bool emit_push_next(struct emit *e)
{
    struct operand_at target = emit_operand(e, 0);
    unsigned n = e->o->flags & OPF_O16 ? 2 : 4;
    if (target.place == IN_MEMORY || target.place == IN_REGISTER)
        flags_clobber(e);
    if (target.place == IN_MEMORY) {
        struct x64_rm m = emit_access(e, n, false);
        x64_op(&e->x, X_MOV_LOAD, n, H_T1, m);
        emit_target_check(e, H_T1);
        x64_op(&e->x, X_MOV, n, H_T1, X_MEM(X_SP, 0));
    } else if (target.place == IN_REGISTER) {
        emit_target_check(e, target.reg);
    }
    struct x64_rm m = emit_stack(e, -(s32)n, n, true);
    emit_next_eip(e);
    x64_op(&e->x, X_MOV, n, H_T2, m);
    if (target.place == IN_MEMORY)
        emit_load_target(e, X_MEM(X_SP, 0));
    else if (target.place == IN_REGISTER)
        emit_load_target(e, X_REG(target.reg));
    emit_move_stack(e, -(s32)n, H_T1);
    return target.place != NOWHERE;
}

unsigned emit_return_target(struct emit *e)
{
    unsigned n = e->o->flags & OPF_O16 ? 2 : 4;
    struct x64_rm m = emit_stack(e, 0, n, false);
    emit_load_target(e, m);
    emit_target_check(e, H_T2);
    return n + (e->o->imm & 0xffff);
}

void emit_load_target(struct emit *e, struct x64_rm from)
{
    if (e->o->flags & OPF_O16)
        x64_op0f(&e->x, X0F_MOVZX + 1, 4, H_T2, from, 2);
    else
        x64_op(&e->x, X_MOV_LOAD, 4, H_T2, from);
}
