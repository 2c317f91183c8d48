/*
 * op_misc.c - flag instructions, IN and OUT, HLT, ENTER, LEAVE, BOUND. SDM vol. 2; for V86 mode
 * and the virtual interrupt flag, vol. 3 chapter 20.
 */
#include "cpu/alu.h"
#include "cpu/blocks/handlers.h"
#include "cpu/decode/decode.h"
#include "cpu/decode/models.h"
#include "cpu/decode/query.h"
#include "cpu/fpu.h"
#include "cpu/inspect.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/seg.h"
#include "cpu/spin.h"

HANDLER(exec_clc)
{
    fl &= ~(u64)FL_CF;
    NEXT;
}
HANDLER(exec_stc)
{
    fl |= FL_CF;
    NEXT;
}
HANDLER(exec_cmc)
{
    fl ^= FL_CF;
    NEXT;
}
HANDLER(exec_cld)
{
    c->eflags &= ~EFL_DF;
    NEXT;
}
HANDLER(exec_std)
{
    c->eflags |= EFL_DF;
    NEXT;
}
HANDLER(exec_lahf)
{
    REG8(1) = (u8)(fl_to_eflags((u32)fl) | EFL_ONE);
    NEXT;
}
HANDLER(exec_sahf)
{
    fl = (fl & FL_OF) | fl_from_eflags(REG8(1));
    NEXT;
}
/* Undocumented: AL = CF ? FF : 0. */
HANDLER(exec_salc)
{
    REG8(0) = fl & FL_CF ? 0xff : 0;
    NEXT;
}

static unsigned iopl(const struct cpu *c)
{
    return c->eflags >> 12 & 3;
}

static bool v86(const struct cpu *c)
{
    return c->eflags & EFL_VM;
}

/* ---- PUSHF, POPF ---- */

static ALWAYS_INLINE enum op_status pushf(struct cpu *c, const struct op *o, unsigned n)
{
    u32 v = cpu_eflags(c) & ~(EFL_VM | EFL_RF);
    if (v86(c) && iopl(c) < 3) {
        if (n == 4 || !(c->mmu.cr4 & CR4_VME))
            return cpu_fault_code(c, VEC_GP, 0, "PUSHF in virtual-8086 mode with IOPL %u", iopl(c));
        v |= EFL_IOPL;
        v = (v & ~EFL_IF) | (v & EFL_VIF ? EFL_IF : 0);
    }
    return push(c, o, n, v);
}
OP_CALL_W(exec_pushf16, pushf, 2)
OP_CALL_W(exec_pushf32, pushf, 4)

static ALWAYS_INLINE enum op_status popf(struct cpu *c, const struct op *o, unsigned n)
{
    u32 v, old = cpu_eflags(c);
    u32 may = EFL_ARITH | EFL_TF | EFL_DF | EFL_NT;
    bool vme = false;

    if (v86(c) && iopl(c) < 3) {
        if (n == 4 || !(c->mmu.cr4 & CR4_VME))
            return cpu_fault_code(c, VEC_GP, 0, "POPF in virtual-8086 mode with IOPL %u", iopl(c));
        vme = true;
    }
    TRY(stack_peek(c, o, n, 0, &v));
    if (vme) {
        if ((v & EFL_TF) || ((v & EFL_IF) && (old & EFL_VIP)))
            return cpu_fault_code(c, VEC_GP, 0, "POPF sets %s in virtual-8086 mode with VME",
                                  v & EFL_TF ? "TF" : "IF while VIP is pending");
        old = (old & ~EFL_VIF) | (v & EFL_IF ? EFL_VIF : 0);
    } else {
        if (c->cpl <= iopl(c) || v86(c))
            may |= EFL_IF;
        if (c->cpl == 0)
            may |= EFL_IOPL;
    }
    if (n == 4)
        may |= EFL_AC | EFL_ID;
    stack_move(c, (s32)n);
    cpu_set_eflags(c, ((old & ~may) | (v & may)) & ~EFL_RF);
    c->eip = op_next_eip(c, o);
    return OP_JUMP;
}
OP_CALL_W(exec_popf16, popf, 2)
OP_CALL_W(exec_popf32, popf, 4)

/* ---- CLI, STI ---- */

/* Which flag do CLI and STI act on: IF, VIF (VME, PVI), or none (#GP)? */
static u32 interrupt_flag(const struct cpu *c)
{
    if (!(c->mmu.cr0 & CR0_PE))
        return EFL_IF;
    if (v86(c))
        return iopl(c) == 3 ? EFL_IF : c->mmu.cr4 & CR4_VME ? EFL_VIF : 0;
    if (c->cpl <= iopl(c))
        return EFL_IF;
    return c->cpl == 3 && (c->mmu.cr4 & CR4_PVI) ? EFL_VIF : 0;
}

static enum op_status cli(struct cpu *c, const struct op *o)
{
    u32 f = interrupt_flag(c);
    (void)o;
    if (!f)
        return cpu_fault_code(c, VEC_GP, 0, "CLI at CPL %u with IOPL %u", c->cpl, iopl(c));
    c->eflags &= ~f;
    return OP_NEXT;
}
OP_CALL(exec_cli, cli)

static enum op_status sti(struct cpu *c, const struct op *o)
{
    u32 f = interrupt_flag(c);
    if (!f || (f == EFL_VIF && (c->eflags & EFL_VIP)))
        return cpu_fault_code(c, VEC_GP, 0, "STI at CPL %u with IOPL %u%s", c->cpl, iopl(c),
                              f ? " while VIP is pending" : "");
    c->eip = op_next_eip(c, o);
    /* Interrupts come in only after the following instruction. */
    if (f == EFL_IF && !(c->eflags & EFL_IF)) {
        c->eflags |= EFL_IF;
        c->shadow = SHADOW_STI;
        return OP_LEAVE;
    }
    c->eflags |= f;
    return OP_JUMP;
}
OP_CALL(exec_sti, sti)

static enum op_status hlt(struct cpu *c, const struct op *o)
{
    if (c->cpl)
        return cpu_fault_code(c, VEC_GP, 0, "HLT at CPL %u", c->cpl);
    c->halted = true;
    c->eip = op_next_eip(c, o);
    return OP_LEAVE;
}
OP_CALL(exec_hlt, hlt)

/* ---- IN, OUT ---- */

#define STAMP_IO(n, W)                                                                             \
    static enum op_status in##W(struct cpu *c, const struct op *o, u16 port)                       \
    {                                                                                              \
        TRY(io_permission(c, port, n));                                                            \
        c->slow_op = o;                                                                            \
        fpu_callback(c);                                                                           \
        host_store(&c->gpr[EAX], n,                                                                \
                   unlikely(c->spin != NULL) ? spin_port_in(c, port, n)                            \
                                             : c->bus.port_in(c->bus.owner, port, n));             \
        debug_io_access(c, port, n);                                                               \
        if (inspect_events(c->inspect))                                                            \
            inspect_port(c, port, n, false, (u32)host_load(&c->gpr[EAX], n));                      \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    static enum op_status out##W(struct cpu *c, const struct op *o, u16 port)                      \
    {                                                                                              \
        TRY(io_permission(c, port, n));                                                            \
        c->slow_op = o;                                                                            \
        fpu_callback(c);                                                                           \
        if (unlikely(c->watching))                                                                 \
            spin_port_out(c, port, n, (u32)host_load(&c->gpr[EAX], n));                            \
        else                                                                                       \
            c->bus.port_out(c->bus.owner, port, (u32)host_load(&c->gpr[EAX], n), n);               \
        debug_io_access(c, port, n);                                                               \
        if (inspect_events(c->inspect))                                                            \
            inspect_port(c, port, n, true, (u32)host_load(&c->gpr[EAX], n));                       \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    static enum op_status in_imm_##W(struct cpu *c, const struct op *o)                            \
    {                                                                                              \
        return in##W(c, o, (u8)o->imm);                                                            \
    }                                                                                              \
    OP_CALL(exec_in_imm##W, in_imm_##W)                                                            \
    static enum op_status in_dx_##W(struct cpu *c, const struct op *o)                             \
    {                                                                                              \
        return in##W(c, o, (u16)c->gpr[EDX]);                                                      \
    }                                                                                              \
    OP_CALL(exec_in_dx##W, in_dx_##W)                                                              \
    static enum op_status out_imm_##W(struct cpu *c, const struct op *o)                           \
    {                                                                                              \
        return out##W(c, o, (u8)o->imm);                                                           \
    }                                                                                              \
    OP_CALL(exec_out_imm##W, out_imm_##W)                                                          \
    static enum op_status out_dx_##W(struct cpu *c, const struct op *o)                            \
    {                                                                                              \
        return out##W(c, o, (u16)c->gpr[EDX]);                                                     \
    }                                                                                              \
    OP_CALL(exec_out_dx##W, out_dx_##W)
STAMP_IO(1, 8)
STAMP_IO(2, 16)
STAMP_IO(4, 32)

/* ---- ENTER, LEAVE, BOUND ---- */

/*
 * Everything is probed before the first push, so that a fault leaves the registers alone. The
 * frame pointers to copy are read as the pushes go on: the areas may overlap.
 */
static ALWAYS_INLINE enum op_status enter(struct cpu *c, const struct op *o, unsigned n)
{
    u32 size = o->imm & 0xffff, level = o->imm >> 16 & 31;
    u32 mask = c->stack_mask, esp = c->gpr[ESP], ebp = c->gpr[EBP];
    s32 depth = -(s32)n;

    u64 v;
    for (u32 i = 1; i < level; i++)
        TRY(mem_load(c, o, SEG_SS, (ebp - i * n) & mask, n, &v));
    u32 pushes = level ? level + 1 : 1;
    for (u32 i = 1; i <= pushes; i++)
        TRY(mem_probe_write(c, o, SEG_SS, (esp - i * n) & mask, n));
    /* The new stack top must be writable as well. */
    u32 frame_ptr = (ebp & ~mask) | ((esp - n) & mask);
    u32 top = (esp & ~mask) | ((esp - pushes * n - size) & mask);
    TRY(mem_probe_write(c, o, SEG_SS, top & mask, n));

    TRY(mem_store(c, o, SEG_SS, stack_off(c, depth), n, ebp));
    for (u32 i = 1; i < level; i++) {
        depth -= (s32)n;
        TRY(mem_load(c, o, SEG_SS, (ebp - i * n) & mask, n, &v));
        TRY(mem_store(c, o, SEG_SS, stack_off(c, depth), n, v));
    }
    if (level) {
        depth -= (s32)n;
        TRY(mem_store(c, o, SEG_SS, stack_off(c, depth), n, (esp & ~mask) | ((esp - n) & mask)));
    }
    if (n == 2)
        REG16(4 * EBP) = (u16)(esp - n);
    else
        c->gpr[EBP] = mask == 0xffff ? ((esp & ~mask) | ((esp - n) & mask)) : frame_ptr;
    c->gpr[ESP] = top;
    return OP_NEXT;
}
OP_CALL_W(exec_enter16, enter, 2)
OP_CALL_W(exec_enter32, enter, 4)

static ALWAYS_INLINE enum op_status leave(struct cpu *c, const struct op *o, unsigned n)
{
    u32 mask = c->stack_mask, ebp = c->gpr[EBP];
    u64 v;
    TRY(mem_load(c, o, SEG_SS, ebp & mask, n, &v));
    c->gpr[ESP] = (c->gpr[ESP] & ~mask) | ((ebp + n) & mask);
    if (n == 2)
        REG16(4 * EBP) = (u16)v;
    else
        c->gpr[EBP] = (u32)v;
    return OP_NEXT;
}
OP_CALL_W(exec_leave16, leave, 2)
OP_CALL_W(exec_leave32, leave, 4)

static ALWAYS_INLINE enum op_status bound(struct cpu *c, const struct op *o, unsigned n)
{
    u64 lo, hi;
    u32 ea = op_ea(c, o);
    TRY(mem_load(c, o, o->seg, ea, n, &lo));
    TRY(mem_load(c, o, o->seg, o->flags & OPF_A16 ? (u16)(ea + n) : ea + n, n, &hi));
    s32 i = n == 2 ? (s16)REG16(o->r2) : (s32)REG32(o->r2);
    s32 l = n == 2 ? (s16)lo : (s32)lo, h = n == 2 ? (s16)hi : (s32)hi;
    if (i < l || i > h)
        return cpu_fault(c, VEC_BR, "BOUND: %d is outside %d..%d", i, l, h);
    return OP_NEXT;
}
OP_CALL_W(exec_bound16, bound, 2)
OP_CALL_W(exec_bound32, bound, 4)

static enum op_status undefined(struct cpu *c, const struct op *o)
{
    unsigned cs = c->seg[SEG_CS].sel;
    const struct opdef *row = &opdefs[o->imm >> UD_ROW_SHIFT];
    const char *what = row_operation(row)->text;
    switch (o->imm & ((1u << UD_ROW_SHIFT) - 1)) {
    case UD_MODEL:
        return cpu_fault(c, VEC_UD, "undefined opcode at %04x:%08x: the %s has no %s (-cpu %s has)",
                         cs, op_eip(c, o), c->model->name, what,
                         model_with((enum feature)row->feature));
    case UD_LOCK:
        return cpu_fault(c, VEC_UD, "undefined opcode at %04x:%08x: %s cannot have LOCK here", cs,
                         op_eip(c, o), what);
    case UD_REAL:
        return cpu_fault(c, VEC_UD, "undefined opcode at %04x:%08x: %s wants protected mode", cs,
                         op_eip(c, o), what);
    default:
        return cpu_fault(c, VEC_UD, "undefined opcode at %04x:%08x", cs, op_eip(c, o));
    }
}
OP_CALL(exec_ud, undefined)

static enum op_status too_long(struct cpu *c, const struct op *o)
{
    return cpu_fault_code(c, VEC_GP, 0, "instruction longer than 15 bytes at %04x:%08x",
                          c->seg[SEG_CS].sel, op_eip(c, o));
}
OP_CALL(exec_too_long, too_long)
