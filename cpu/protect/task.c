/*
 * task.c - hardware task switches through 16-bit and 32-bit TSSs. SDM vol. 3, chapter 7.
 *
 * The switch has a point of no return. Before it (selector, type, presence, limit, pages) a fault
 * belongs to the old task and nothing has changed. After it (LDT, segment registers, EIP) the
 * fault belongs to the new task: its state is complete except for the segment registers that
 * failed, and the saved EIP is that of its first instruction.
 */
#include "cpu/fpu.h"
#include "cpu/inspect.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/desc.h"

#include <string.h>

/* What a TSS holds, in either format. */
struct tss_image {
    u32 cr3, eip, eflags, gpr[8];
    u16 sel[SEG_COUNT], ldt;
    bool trap;
};

static const u8 file_order[SEG_COUNT] = {SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS};

static enum op_status load_image(struct cpu *c, u32 base, bool wide, struct tss_image *t)
{
    u64 v = 0;

    memset(t, 0, sizeof *t);
    if (wide) {
        TRY(sys_load(c, base + 0x1c, 4, &v));
        t->cr3 = (u32)v;
        TRY(sys_load(c, base + 0x20, 4, &v));
        t->eip = (u32)v;
        TRY(sys_load(c, base + 0x24, 4, &v));
        t->eflags = (u32)v;
        for (unsigned i = 0; i < 8; i++) {
            TRY(sys_load(c, base + 0x28 + 4 * i, 4, &v));
            t->gpr[i] = (u32)v;
        }
        for (unsigned i = 0; i < SEG_COUNT; i++) {
            TRY(sys_load(c, base + 0x48 + 4 * i, 2, &v));
            t->sel[file_order[i]] = (u16)v;
        }
        TRY(sys_load(c, base + 0x60, 2, &v));
        t->ldt = (u16)v;
        TRY(sys_load(c, base + 0x64, 2, &v));
        t->trap = v & 1;
        return OP_NEXT;
    }
    TRY(sys_load(c, base + 0x0e, 2, &v));
    t->eip = (u32)v;
    TRY(sys_load(c, base + 0x10, 2, &v));
    t->eflags = (u32)v;
    for (unsigned i = 0; i < 8; i++) {
        TRY(sys_load(c, base + 0x12 + 2 * i, 2, &v));
        /* The 16-bit TSS has no upper halves; the processor fills them with ones. */
        t->gpr[i] = 0xffff0000u | (u32)v;
    }
    for (unsigned i = 0; i < 4; i++) {
        TRY(sys_load(c, base + 0x22 + 2 * i, 2, &v));
        t->sel[file_order[i]] = (u16)v;
    }
    TRY(sys_load(c, base + 0x2a, 2, &v));
    t->ldt = (u16)v;
    return OP_NEXT;
}

/* The probe has made these stores safe; the status is passed on all the same. */
static enum op_status save_state(struct cpu *c, u32 eip, u32 eflags)
{
    u32 base = c->tr.base;

    if (c->tr.attr & 8) {
        TRY(sys_store(c, base + 0x20, 4, eip));
        TRY(sys_store(c, base + 0x24, 4, eflags));
        for (unsigned i = 0; i < 8; i++)
            TRY(sys_store(c, base + 0x28 + 4 * i, 4, c->gpr[i]));
        for (unsigned i = 0; i < SEG_COUNT; i++)
            TRY(sys_store(c, base + 0x48 + 4 * i, 2, c->seg[file_order[i]].sel));
        return OP_NEXT;
    }
    TRY(sys_store(c, base + 0x0e, 2, (u16)eip));
    TRY(sys_store(c, base + 0x10, 2, (u16)eflags));
    for (unsigned i = 0; i < 8; i++)
        TRY(sys_store(c, base + 0x12 + 2 * i, 2, (u16)c->gpr[i]));
    for (unsigned i = 0; i < 4; i++)
        TRY(sys_store(c, base + 0x22 + 2 * i, 2, c->seg[file_order[i]].sel));
    return OP_NEXT;
}

/* The checks of the target's selector and descriptor; which vector depends on who asks. */
static enum op_status check_target(struct cpu *c, const struct task_request *r, struct desc *d)
{
    unsigned vector = r->why == TASK_IRET ? VEC_TS : VEC_GP;
    u32 error = sel_error(r->sel, r->ext);

    if (sel_null(r->sel) || (r->sel & 4))
        return cpu_fault_code(c, vector, error, "task switch to %04x: not in the GDT", r->sel);
    TRY(desc_fetch(c, r->sel, vector, r->ext, d));
    bool busy = r->why == TASK_IRET;
    if (desc_is_segment(d) || (d->type & ~8) != (busy ? DT_TSS16_BUSY : DT_TSS16))
        return cpu_fault_code(c, vector, error, "task switch to %04x: not %s TSS (type byte %02x)",
                              r->sel, busy ? "a busy" : "an available", d->attr & 0xffu);
    if (!desc_present(d))
        return cpu_fault_code(c, VEC_NP, error, "task switch to %04x: TSS not present", r->sel);
    if (desc_limit(d) < (d->type & 8 ? 0x67u : 0x2bu))
        return cpu_fault_code(c, VEC_TS, error, "task switch to %04x: TSS limit %x is too small",
                              r->sel, desc_limit(d));
    return OP_NEXT;
}

/* ---- after the point of no return ---- */

static enum op_status load_ldt(struct cpu *c, u16 sel, u32 ext)
{
    u32 error = sel_error(sel, ext);
    struct desc d;

    if (sel_null(sel))
        return OP_NEXT;
    if (sel & 4)
        return cpu_fault_code(c, VEC_TS, error, "LDT %04x of the new task is not in the GDT", sel);
    TRY(desc_fetch(c, sel, VEC_TS, ext, &d));
    if (desc_is_segment(&d) || d.type != DT_LDT || !desc_present(&d))
        return cpu_fault_code(c, VEC_TS, error,
                              "LDT selector %04x of the new task: not a present LDT", sel);
    seg_assign(&c->ldtr, sel, &d);
    return OP_NEXT;
}

static enum op_status load_ss(struct cpu *c, const struct tss_image *t, u32 ext)
{
    struct desc d;
    u16 sel = t->sel[SEG_SS];

    TRY(ss_check(c, sel, sel_rpl(t->sel[SEG_CS]), VEC_TS, ext, &d));
    TRY(desc_set_accessed(c, &d));
    seg_assign(&c->seg[SEG_SS], sel, &d);
    return OP_NEXT;
}

static enum op_status load_cs(struct cpu *c, const struct tss_image *t, u32 ext)
{
    struct desc d;
    u16 sel = t->sel[SEG_CS];
    u32 error = sel_error(sel, ext);

    if (sel_null(sel))
        return cpu_fault_code(c, VEC_TS, error, "CS of the new task is null");
    TRY(desc_fetch(c, sel, VEC_TS, ext, &d));
    if (!desc_is_code(&d))
        return cpu_fault_code(c, VEC_TS, error, "CS %04x of the new task is not code", sel);
    if (desc_is_conforming(&d) ? d.dpl > sel_rpl(sel) : d.dpl != sel_rpl(sel))
        return cpu_fault_code(c, VEC_TS, error, "CS %04x of the new task: DPL %u does not fit RPL",
                              sel, d.dpl);
    if (!desc_present(&d))
        return cpu_fault_code(c, VEC_NP, error, "CS %04x of the new task is not present", sel);
    TRY(desc_set_accessed(c, &d));
    seg_assign_cs(c, sel, &d, sel_rpl(sel));
    return OP_NEXT;
}

static enum op_status load_data(struct cpu *c, unsigned seg, u16 sel, u32 ext)
{
    u32 error = sel_error(sel, ext);
    struct desc d;

    if (sel_null(sel))
        return OP_NEXT;
    TRY(desc_fetch(c, sel, VEC_TS, ext, &d));
    if (!desc_is_segment(&d) || (desc_is_code(&d) && !(d.attr & SEG_RW)) ||
        (!desc_is_conforming(&d) && (d.dpl < c->cpl || d.dpl < sel_rpl(sel))))
        return cpu_fault_code(c, VEC_TS, error,
                              "data selector %04x of the new task: type, or DPL %u < CPL %u", sel,
                              d.dpl, c->cpl);
    if (!desc_present(&d))
        return cpu_fault_code(c, VEC_NP, error, "data selector %04x of the new task: not present",
                              sel);
    TRY(desc_set_accessed(c, &d));
    seg_assign(&c->seg[seg], sel, &d);
    return OP_NEXT;
}

static enum op_status load_segments(struct cpu *c, const struct tss_image *t, u32 ext)
{
    static const u8 data_segs[] = {SEG_DS, SEG_ES, SEG_FS, SEG_GS};

    TRY(load_ldt(c, t->ldt, ext));
    if (t->eflags & EFL_VM) {
        for (unsigned i = 0; i < SEG_COUNT; i++)
            seg_assign_v86(&c->seg[i], t->sel[i]);
        return OP_NEXT;
    }
    TRY(load_ss(c, t, ext));
    c->cpl = (u8)sel_rpl(t->sel[SEG_CS]);
    for (unsigned i = 0; i < ARRAY_SIZE(data_segs); i++)
        TRY(load_data(c, data_segs[i], t->sel[data_segs[i]], ext));
    TRY(load_cs(c, t, ext));
    if (c->eip > c->seg[SEG_CS].limit)
        return cpu_fault_code(c, VEC_GP, ext, "EIP %x of the new task is beyond CS's limit %x",
                              c->eip, c->seg[SEG_CS].limit);
    return OP_NEXT;
}

/* Push the error code of an exception that came through a task gate. */
static enum op_status push_error(struct cpu *c, const struct task_request *r)
{
    struct frame f;
    u32 esp;

    frame_begin(c, &f, c->tr.attr & 8 ? 4 : 2, r->ext);
    frame_push(&f, r->error);
    TRY(frame_check(c, &f));
    TRY(frame_write(c, &f, &esp));
    c->gpr[ESP] = esp;
    return OP_NEXT;
}

enum op_status task_switch_to(struct cpu *c, const struct task_request *r)
{
    struct desc d, old;
    struct tss_image t;
    u32 eflags = r->eflags, keep_fl;

    TRY(check_target(c, r, &d));
    bool wide = d.type & 8, nested = r->why == TASK_CALL || r->why == TASK_INT;
    u32 base = desc_base(&d), cr3 = c->mmu.cr3;

    TRY(load_image(c, base, wide, &t));
    TRY(sys_probe_write(c, d.addr, 8));
    TRY(sys_probe_write(c, c->tr.base, c->tr.attr & 8 ? 0x68 : 0x2c));
    if (nested)
        TRY(sys_probe_write(c, base, 2));
    if (r->why == TASK_JMP || r->why == TASK_IRET) {
        u32 addr;
        if (!desc_address(c, c->tr.sel & ~7, &addr))
            return cpu_fault_code(c, VEC_TS, sel_error(c->tr.sel, r->ext),
                                  "the present TSS %04x is outside the GDT", c->tr.sel);
        TRY(desc_read(c, addr, &old));
        TRY(desc_set_busy(c, &old, false));
    }
    if (r->why == TASK_IRET)
        eflags &= ~EFL_NT;

    /* Everything that can fault in the old task has been done: commit. */
    TRY(save_state(c, r->eip, eflags));
    if (nested)
        TRY(sys_store(c, base, 2, c->tr.sel));
    if (r->why != TASK_IRET)
        TRY(desc_set_busy(c, &d, true));
    log_at(c->log, LOG_INT, "task switch %04x -> %04x, EIP %x -> %x", c->tr.sel, r->sel, r->eip,
           t.eip);
    if (inspect_events(c->inspect))
        inspect_event(c, INSPECT_TASK, 0, c->tr.sel, r->sel);
    d.attr |= 2; /* the register's copy is always busy */
    seg_assign(&c->tr, r->sel, &d);
    mmu_set_cr0(&c->mmu, c->mmu.cr0 | CR0_TS);
    fpu_update(c);
    c->dr[7] &= ~0x155u; /* L0-L3, LE */
    memcpy(c->gpr, t.gpr, sizeof c->gpr);
    c->eip = t.eip;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        seg_assign_null(&c->seg[i], t.sel[i]);
    seg_assign_null(&c->ldtr, t.ldt);
    /*
     * As long as SS cannot be used, the task counts as one of ring 3: the handler of a fault then
     * gets the inner stack of the new TSS and not a certain double fault.
     */
    c->cpl = 3;
    keep_fl = t.eflags & eflags_mask(c);
    if (nested)
        keep_fl |= EFL_NT;
    cpu_set_eflags(c, keep_fl | EFL_ONE);
    if (wide && (c->mmu.cr0 & CR0_PG) && t.cr3 != cr3 && !mmu_set_cr3(&c->mmu, t.cr3)) {
        cpu_fault_code(c, VEC_GP, r->ext, "CR3 %x of the new task: reserved bits in its PDPTEs",
                       t.cr3);
        return OP_LEAVE;
    }
    /* From here on a fault is the new task's. */
    if (load_segments(c, &t, r->ext) == OP_NEXT) {
        cpu_update_mode(c);
        if (!r->has_error || push_error(c, r) == OP_NEXT) {
            if (t.trap)
                debug_trap(c, DR6_BT | c->dr6_hit);
        }
    }
    cpu_update_mode(c);
    return OP_LEAVE;
}
