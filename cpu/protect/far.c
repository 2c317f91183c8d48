/*
 * far.c - far JMP, CALL and RET, and IRET, in every mode. SDM vol. 3, chapters 5.8, 6.12, 7.3,
 * 20.2; vol. 2, JMP, CALL, RET, IRET.
 *
 * Each function first reads and checks everything, then writes what goes to memory (accessed bits,
 * frames), and changes registers last.
 */
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/desc.h"

/* EFLAGS bits that no far return may ever touch directly. */
#define EFLAGS_LOW (EFL_ARITH | EFL_TF | EFL_DF | EFL_NT)

static enum op_status check_eip(struct cpu *c, u32 eip, u32 limit, u32 error, u16 sel)
{
    if (eip > limit)
        return cpu_fault_code(c, VEC_GP, error, "EIP %x is beyond limit %x of code segment %04x",
                              eip, limit, sel);
    return OP_NEXT;
}

/* ---- JMP and CALL to a segment ---- */

static enum op_status far_real(struct cpu *c, const struct op *o, enum far_kind kind, u16 sel,
                               u32 off, unsigned size)
{
    struct frame f;
    u32 esp;

    if (kind == FAR_CALL) {
        frame_begin(c, &f, size, 0);
        frame_push(&f, c->seg[SEG_CS].sel);
        frame_push(&f, return_eip(c, o));
        TRY(frame_check(c, &f));
    }
    TRY(check_eip(c, off, c->eflags & EFL_VM ? 0xffff : c->cs_limit, 0, sel));
    if (kind == FAR_CALL) {
        TRY(frame_write(c, &f, &esp));
        c->gpr[ESP] = esp;
    }
    seg_load_real(c, SEG_CS, sel);
    c->eip = off;
    return OP_JUMP;
}

static enum op_status code_present(struct cpu *c, u16 sel, u32 ext, const struct desc *d)
{
    if (!desc_present(d))
        return cpu_fault_code(c, VEC_NP, sel_error(sel, ext),
                              "CS selector %04x: segment not present", sel);
    return OP_NEXT;
}

/* Same privilege: CS becomes the descriptor with the present CPL. */
static enum op_status enter_same(struct cpu *c, const struct op *o, enum far_kind kind, u16 sel,
                                 const struct desc *d, u32 off, unsigned size)
{
    struct frame f;
    u32 esp;

    TRY(code_present(c, sel, 0, d));
    if (kind == FAR_CALL) {
        frame_begin(c, &f, size, 0);
        frame_push(&f, c->seg[SEG_CS].sel);
        frame_push(&f, return_eip(c, o));
        TRY(frame_check(c, &f));
    }
    TRY(check_eip(c, off, desc_limit(d), 0, sel));
    TRY(desc_set_accessed(c, d));
    if (kind == FAR_CALL) {
        TRY(frame_write(c, &f, &esp));
        c->gpr[ESP] = esp;
    }
    seg_assign_cs(c, sel, d, c->cpl);
    cpu_update_mode(c);
    c->eip = off;
    return OP_JUMP;
}

static enum op_status far_segment(struct cpu *c, const struct op *o, enum far_kind kind, u16 sel,
                                  const struct desc *d, u32 off, unsigned size)
{
    u32 error = sel_error(sel, 0);

    if (!desc_is_code(d))
        return cpu_fault_code(c, VEC_GP, error,
                              "far transfer to %04x: not a code segment (type byte %02x)", sel,
                              d->attr & 0xffu);
    if (desc_is_conforming(d) ? d->dpl > c->cpl : sel_rpl(sel) > c->cpl || d->dpl != c->cpl)
        return cpu_fault_code(c, VEC_GP, error,
                              "far transfer to %04x: DPL %u, but CPL %u, RPL %u%s", sel, d->dpl,
                              c->cpl, sel_rpl(sel), desc_is_conforming(d) ? " (conforming)" : "");
    return enter_same(c, o, kind, sel, d, off, size);
}

/* ---- call gates ---- */

/* CALL through a gate to a more privileged segment: new stack, parameters copied. */
static enum op_status gate_inner(struct cpu *c, const struct op *o, const struct desc *gate,
                                 u16 sel, const struct desc *d)
{
    unsigned cpl = d->dpl, size = gate->type & 8 ? 4 : 2, params = gate->hi & 31;
    struct desc ssd;
    struct frame f;
    u16 ss;
    u32 esp;

    TRY(tss_stack(c, cpl, 0, &ss, &esp));
    TRY(ss_check(c, ss, cpl, VEC_TS, 0, &ssd));
    frame_begin_inner(&f, ss, &ssd, esp, cpl, size, sel_error(ss, 0));
    frame_push(&f, c->seg[SEG_SS].sel);
    frame_push(&f, c->gpr[ESP]);
    /* The last parameter pushed lies lowest: copy from the highest address down. */
    for (unsigned i = params; i-- > 0;) {
        u32 v;
        TRY(stack_peek(c, o, size, (s32)(i * size), &v));
        frame_push(&f, v);
    }
    frame_push(&f, c->seg[SEG_CS].sel);
    frame_push(&f, return_eip(c, o));
    TRY(frame_check(c, &f));
    TRY(check_eip(c, gate_offset(gate), desc_limit(d), 0, sel));
    TRY(desc_set_accessed(c, &ssd));
    TRY(desc_set_accessed(c, d));
    TRY(frame_write(c, &f, &esp));
    seg_assign_cs(c, sel, d, cpl);
    seg_assign(&c->seg[SEG_SS], ss, &ssd);
    c->gpr[ESP] = esp;
    cpu_update_mode(c);
    c->eip = gate_offset(gate);
    return OP_JUMP;
}

static enum op_status call_gate(struct cpu *c, const struct op *o, enum far_kind kind, u16 gsel,
                                const struct desc *gate)
{
    struct desc d;
    u16 sel = gate_sel(gate);
    u32 error = sel_error(sel, 0);

    if (!desc_present(gate))
        return cpu_fault_code(c, VEC_NP, sel_error(gsel, 0), "call gate %04x not present", gsel);
    if (sel_null(sel))
        return cpu_fault_code(c, VEC_GP, 0, "call gate %04x leads to a null selector", gsel);
    TRY(desc_fetch(c, sel, VEC_GP, 0, &d));
    if (!desc_is_code(&d) || d.dpl > c->cpl)
        return cpu_fault_code(c, VEC_GP, error,
                              "call gate %04x leads to %04x: not code, or DPL %u > CPL %u (type "
                              "byte %02x)",
                              gsel, sel, d.dpl, c->cpl, d.attr & 0xffu);
    if (kind == FAR_JMP && !desc_is_conforming(&d) && d.dpl != c->cpl)
        return cpu_fault_code(c, VEC_GP, error,
                              "JMP through call gate %04x to %04x: DPL %u is not CPL %u", gsel, sel,
                              d.dpl, c->cpl);
    TRY(code_present(c, sel, 0, &d));
    if (kind == FAR_CALL && !desc_is_conforming(&d) && d.dpl < c->cpl)
        return gate_inner(c, o, gate, sel, &d);
    return enter_same(c, o, kind, sel, &d, gate_offset(gate), gate->type & 8 ? 4 : 2);
}

/* ---- system descriptors as targets ---- */

static enum op_status far_task(struct cpu *c, const struct op *o, enum far_kind kind, u16 sel)
{
    struct task_request r = {.sel = sel,
                             .why = kind == FAR_JMP ? TASK_JMP : TASK_CALL,
                             .eip = return_eip(c, o),
                             .eflags = cpu_eflags(c)};
    return task_switch_to(c, &r);
}

static enum op_status far_system(struct cpu *c, const struct op *o, enum far_kind kind, u16 sel,
                                 const struct desc *d)
{
    u32 error = sel_error(sel, 0);

    switch (d->type) {
    case DT_TSS16:
    case DT_TSS32:
    case DT_TSS16_BUSY:
    case DT_TSS32_BUSY:
    case DT_CALL16:
    case DT_CALL32:
    case DT_TASK:
        break;
    default:
        return cpu_fault_code(c, VEC_GP, error, "far transfer to %04x: system type %u", sel,
                              d->type);
    }
    if (d->dpl < c->cpl || d->dpl < sel_rpl(sel))
        return cpu_fault_code(c, VEC_GP, error,
                              "far transfer to gate or TSS %04x: DPL %u, but CPL %u, RPL %u", sel,
                              d->dpl, c->cpl, sel_rpl(sel));
    if (d->type == DT_CALL16 || d->type == DT_CALL32)
        return call_gate(c, o, kind, sel, d);
    if (d->type == DT_TASK) {
        if (!desc_present(d))
            return cpu_fault_code(c, VEC_NP, error, "task gate %04x not present", sel);
        return far_task(c, o, kind, gate_sel(d));
    }
    return far_task(c, o, kind, sel);
}

enum op_status far_transfer(struct cpu *c, const struct op *o, enum far_kind kind, u16 sel, u32 off,
                            unsigned size)
{
    struct desc d;

    c->slow_op = o;
    if (!cpu_protected(c))
        return far_real(c, o, kind, sel, off, size);
    if (sel_null(sel))
        return cpu_fault_code(c, VEC_GP, 0, "far transfer to a null selector");
    TRY(desc_fetch(c, sel, VEC_GP, 0, &d));
    if (desc_is_segment(&d))
        return far_segment(c, o, kind, sel, &d, off, size);
    return far_system(c, o, kind, sel, &d);
}

/* ---- far RET ---- */

/* Checks of the CS selector that RET or IRET popped (protected mode). */
static enum op_status return_cs_check(struct cpu *c, u16 sel, struct desc *d)
{
    u32 error = sel_error(sel, 0);

    if (sel_null(sel))
        return cpu_fault_code(c, VEC_GP, 0, "return to a null CS selector");
    TRY(desc_fetch(c, sel, VEC_GP, 0, d));
    if (!desc_is_code(d))
        return cpu_fault_code(c, VEC_GP, error,
                              "return to %04x: not a code segment (type byte %02x)", sel,
                              d->attr & 0xffu);
    if (sel_rpl(sel) < c->cpl)
        return cpu_fault_code(c, VEC_GP, error, "return to %04x: RPL %u is inside CPL %u", sel,
                              sel_rpl(sel), c->cpl);
    if (desc_is_conforming(d) ? d->dpl > sel_rpl(sel) : d->dpl != sel_rpl(sel))
        return cpu_fault_code(c, VEC_GP, error, "return to %04x: DPL %u does not fit RPL %u", sel,
                              d->dpl, sel_rpl(sel));
    return code_present(c, sel, 0, d);
}

/* SS:ESP of the outer ring, `depth` bytes up the present stack. */
static enum op_status return_ss_check(struct cpu *c, const struct op *o, unsigned size, u32 depth,
                                      unsigned cpl, u32 *esp, u16 *ss, struct desc *d)
{
    u32 sel;

    TRY(stack_peek(c, o, size, (s32)depth, esp));
    TRY(stack_peek(c, o, size, (s32)(depth + size), &sel));
    *ss = (u16)sel;
    return ss_check(c, *ss, cpl, VEC_GP, 0, d);
}

/* cpu_update_mode() is due then. */
static void enter_outer(struct cpu *c, u16 cs, const struct desc *csd, u32 eip, u16 ss,
                        const struct desc *ssd, u32 esp)
{
    seg_assign_cs(c, cs, csd, sel_rpl(cs));
    seg_assign(&c->seg[SEG_SS], ss, ssd);
    /* On a 16-bit stack the upper half of ESP keeps the inner ring's bits, as on hardware. */
    if (ssd->attr & SEG_DB)
        c->gpr[ESP] = esp;
    else
        c->gpr[ESP] = (c->gpr[ESP] & 0xffff0000u) | (u16)esp;
    seg_drop_privileged(c);
    c->eip = eip;
}

enum op_status far_return(struct cpu *c, const struct op *o, unsigned size, u16 pop_bytes)
{
    struct desc csd, ssd;
    u32 eip, cs, esp;
    u16 ss;

    TRY(stack_peek(c, o, size, 0, &eip));
    TRY(stack_peek(c, o, size, (s32)size, &cs));
    if (!cpu_protected(c)) {
        TRY(check_eip(c, eip, c->eflags & EFL_VM ? 0xffff : c->cs_limit, 0, (u16)cs));
        stack_move(c, (s32)(2 * size + pop_bytes));
        seg_load_real(c, SEG_CS, (u16)cs);
        c->eip = eip;
        return OP_JUMP;
    }
    TRY(return_cs_check(c, (u16)cs, &csd));
    if (sel_rpl((u16)cs) == c->cpl) {
        TRY(check_eip(c, eip, desc_limit(&csd), 0, (u16)cs));
        TRY(desc_set_accessed(c, &csd));
        stack_move(c, (s32)(2 * size + pop_bytes));
        seg_assign_cs(c, (u16)cs, &csd, c->cpl);
        cpu_update_mode(c);
        c->eip = eip;
        return OP_JUMP;
    }
    TRY(return_ss_check(c, o, size, 2 * size + pop_bytes, sel_rpl((u16)cs), &esp, &ss, &ssd));
    TRY(check_eip(c, eip, desc_limit(&csd), 0, (u16)cs));
    TRY(desc_set_accessed(c, &csd));
    TRY(desc_set_accessed(c, &ssd));
    enter_outer(c, (u16)cs, &csd, eip, ss, &ssd, esp + pop_bytes);
    cpu_update_mode(c);
    return OP_JUMP;
}

/* ---- IRET ---- */

/*
 * Load the EFLAGS bits of `mask`, and say whether the run loop must look at what they bring: a
 * single step, a resume past a breakpoint, an interrupt that was held back.
 */
static enum op_status load_flags(struct cpu *c, u32 flags, u32 mask)
{
    mask &= eflags_mask(c);
    cpu_set_eflags(c, (cpu_eflags(c) & ~mask) | (flags & mask) | EFL_ONE);
    bool look = (c->eflags & (EFL_TF | EFL_RF)) || c->nmi || (c->intr && (c->eflags & EFL_IF));
    return look ? OP_LEAVE : OP_JUMP;
}

/* VIF and VIP set together at CPL 3, with the extension in use (20.3.2, 20.4). */
static bool virtual_interrupt_waits(const struct cpu *c)
{
    return (c->eflags & (EFL_VIF | EFL_VIP)) == (EFL_VIF | EFL_VIP) && c->cpl == 3 &&
           (c->mmu.cr4 & (c->eflags & EFL_VM ? CR4_VME : CR4_PVI));
}

static enum op_status iret_real(struct cpu *c, const struct op *o, unsigned size)
{
    u32 eip, cs, flags;

    TRY(stack_peek(c, o, size, 0, &eip));
    TRY(stack_peek(c, o, size, (s32)size, &cs));
    TRY(stack_peek(c, o, size, (s32)(2 * size), &flags));
    TRY(check_eip(c, eip, c->cs_limit, 0, (u16)cs));
    stack_move(c, (s32)(3 * size));
    seg_load_real(c, SEG_CS, (u16)cs);
    c->eip = eip;
    return load_flags(c, flags,
                      EFLAGS_LOW | EFL_IF | EFL_IOPL | (size == 4 ? EFL_RF | EFL_AC | EFL_ID : 0));
}

static enum op_status iret_v86(struct cpu *c, const struct op *o, unsigned size)
{
    u32 eip, cs, flags, mask = EFLAGS_LOW;

    if (cpu_iopl(c) != 3 && !(size == 2 && (c->mmu.cr4 & CR4_VME)))
        return cpu_fault_code(c, VEC_GP, 0, "IRET in virtual-8086 mode with IOPL %u", cpu_iopl(c));
    TRY(stack_peek(c, o, size, 0, &eip));
    TRY(stack_peek(c, o, size, (s32)size, &cs));
    TRY(stack_peek(c, o, size, (s32)(2 * size), &flags));
    if (cpu_iopl(c) == 3) {
        mask |= EFL_IF | (size == 4 ? EFL_RF | EFL_AC | EFL_ID : 0);
    } else {
        if ((flags & EFL_TF) || ((flags & EFL_IF) && (c->eflags & EFL_VIP)))
            return cpu_fault_code(c, VEC_GP, 0,
                                  "IRET in virtual-8086 mode would set TF, or IF while VIP is set");
        flags = flags & EFL_IF ? flags | EFL_VIF : flags & ~EFL_VIF;
        mask |= EFL_VIF;
    }
    TRY(check_eip(c, eip, 0xffff, 0, (u16)cs));
    stack_move(c, (s32)(3 * size));
    seg_load_real(c, SEG_CS, (u16)cs);
    c->eip = eip;
    return load_flags(c, flags, mask);
}

static enum op_status iret_task(struct cpu *c, const struct op *o)
{
    struct task_request r = {.why = TASK_IRET, .eip = return_eip(c, o), .eflags = cpu_eflags(c)};
    u64 link = 0;

    TRY(sys_load(c, c->tr.base, 2, &link));
    r.sel = (u16)link;
    return task_switch_to(c, &r);
}

/* 32-bit IRET at CPL 0 that found VM set in the EFLAGS image. */
static enum op_status iret_to_v86(struct cpu *c, const struct op *o, u32 eip, u16 cs, u32 flags)
{
    static const u8 order[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};
    u32 esp, ss, sel[4];

    TRY(stack_peek(c, o, 4, 12, &esp));
    TRY(stack_peek(c, o, 4, 16, &ss));
    for (unsigned i = 0; i < 4; i++)
        TRY(stack_peek(c, o, 4, (s32)(20 + 4 * i), &sel[i]));
    TRY(check_eip(c, eip, 0xffff, 0, cs));
    c->gpr[ESP] = esp;
    c->cpl = 3;
    seg_assign_v86(&c->seg[SEG_CS], cs);
    seg_assign_v86(&c->seg[SEG_SS], (u16)ss);
    for (unsigned i = 0; i < 4; i++)
        seg_assign_v86(&c->seg[order[i]], (u16)sel[i]);
    c->eip = eip;
    return load_flags(c, flags,
                      EFLAGS_LOW | EFL_IF | EFL_IOPL | EFL_RF | EFL_VM | EFL_AC | EFL_ID | EFL_VIF |
                          EFL_VIP);
}

enum op_status int_return(struct cpu *c, const struct op *o, unsigned size)
{
    struct desc csd, ssd;
    u32 eip, cs, flags, esp, mask = EFLAGS_LOW;
    u16 ss;
    enum op_status s;

    c->slow_op = o;
    c->nmi_blocked = false; /* also when IRET faults: 6.7.1 */
    if (!(c->mmu.cr0 & CR0_PE)) {
        s = iret_real(c, o, size);
    } else if (c->eflags & EFL_VM) {
        s = iret_v86(c, o, size);
    } else if (c->eflags & EFL_NT) {
        s = iret_task(c, o);
    } else {
        TRY(stack_peek(c, o, size, 0, &eip));
        TRY(stack_peek(c, o, size, (s32)size, &cs));
        TRY(stack_peek(c, o, size, (s32)(2 * size), &flags));
        if (size == 4 && (flags & EFL_VM) && c->cpl == 0) {
            s = iret_to_v86(c, o, eip, (u16)cs, flags);
            goto done;
        }
        TRY(return_cs_check(c, (u16)cs, &csd));
        bool outer = sel_rpl((u16)cs) != c->cpl;
        if (outer)
            TRY(return_ss_check(c, o, size, 3 * size, sel_rpl((u16)cs), &esp, &ss, &ssd));
        TRY(check_eip(c, eip, desc_limit(&csd), 0, (u16)cs));
        TRY(desc_set_accessed(c, &csd));
        if (outer)
            TRY(desc_set_accessed(c, &ssd));
        /* What may change is decided by the privilege that executes IRET. */
        if (size == 4)
            mask |= EFL_RF | EFL_AC | EFL_ID;
        if (c->cpl <= cpu_iopl(c))
            mask |= EFL_IF;
        if (c->cpl == 0)
            mask |= EFL_IOPL | (size == 4 ? EFL_VIF | EFL_VIP : 0);
        if (outer) {
            enter_outer(c, (u16)cs, &csd, eip, ss, &ssd, esp);
        } else {
            stack_move(c, (s32)(3 * size));
            seg_assign_cs(c, (u16)cs, &csd, c->cpl);
            c->eip = eip;
        }
        s = load_flags(c, flags, mask);
    }
done:
    if (s == OP_FAULT)
        return s;
    if (virtual_interrupt_waits(c)) {
        /* The return is complete; the monitor gets a fault at the first instruction. */
        cpu_fault_code(c, VEC_GP, 0, "IRET left VIF and VIP set: a virtual interrupt is pending");
        return OP_LEAVE;
    }
    return c->nmi ? OP_LEAVE : s;
}
