/*
 * intr.c - delivery of exceptions and interrupts in every mode, the virtual-8086 extensions of
 * INT n, double fault and shutdown. SDM vol. 3, chapter 6, 20.2, 20.3; vol. 2, INT n.
 *
 * One function, deliver(), carries every event. It changes nothing unless it succeeds (a task gate
 * apart: see task.c), so that a fault on the way is simply the next event to deliver.
 */
#include "cpu/decode/query.h"
#include "cpu/delivered.h"
#include "cpu/inspect.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/desc.h"

#include <stdio.h>

struct delivery {
    u8 vector;
    u8 cause;      /* INSPECT_FAULT, INSPECT_IRQ, INSPECT_INT */
    bool software; /* INT n, INT3, INTO: the gate's DPL counts, EXT is 0 */
    bool int_n;    /* CD ib: IOPL and VME redirection count in V86 mode */
    bool has_error;
    u32 error;
    u32 eip;    /* return address */
    u32 eflags; /* image to push */
    u32 ext;
};

static const char *vector_name(unsigned vector)
{
    static const char names[20][4] = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD",
                                      "#NM", "#DF", "CSO", "#TS", "#NP", "#SS", "#GP",
                                      "#PF", "15",  "#MF", "#AC", "#MC", "#XM"};
    return vector < ARRAY_SIZE(names) ? names[vector] : "";
}

/* The stores of an 8086-style delivery: FLAGS, CS, IP on the present stack, then the vector. */
static enum op_status enter_8086(struct cpu *c, const struct delivery *v, u16 flags, u32 vector_at,
                                 u32 clear)
{
    struct frame f;
    u64 target = 0;
    u32 esp;

    TRY(sys_load(c, vector_at, 4, &target));
    frame_begin(c, &f, 2, v->ext);
    frame_push(&f, flags);
    frame_push(&f, c->seg[SEG_CS].sel);
    frame_push(&f, v->eip);
    TRY(frame_check(c, &f));
    TRY(frame_write(c, &f, &esp));
    c->gpr[ESP] = esp;
    seg_load_real(c, SEG_CS, (u16)(target >> 16));
    c->eip = (u16)target;
    cpu_set_eflags(c, cpu_eflags(c) & ~clear);
    return OP_JUMP;
}

static enum op_status deliver_real(struct cpu *c, const struct delivery *v)
{
    u32 at = v->vector * 4u;

    if (at + 3 > c->idtr.limit)
        return cpu_fault(c, v->vector == VEC_GP ? VEC_DF : VEC_GP,
                         "vector %02x is beyond the interrupt table (IDTR limit %x)", v->vector,
                         c->idtr.limit);
    return enter_8086(c, v, (u16)v->eflags, c->idtr.base + at, EFL_IF | EFL_TF | EFL_AC | EFL_RF);
}

/* ---- INT n in virtual-8086 mode (20.3.3, table 20-2) ---- */

/* Does the redirection bitmap send this vector to the 8086 program? It ends where the I/O bitmap
 * begins. A TSS too small for it faults. */
static enum op_status vme_redirected(struct cpu *c, u8 vector, bool *redirected)
{
    u64 base = 0, byte = 0;

    if (!(c->tr.attr & 8) || c->tr.limit < 103)
        return cpu_fault_code(c, VEC_GP, 0, "INT %02x: the TSS has no redirection bitmap", vector);
    TRY(sys_load(c, c->tr.base + 102, 2, &base));
    u32 at = (u32)base - 32 + vector / 8;
    if (base < 32 || at > c->tr.limit)
        return cpu_fault_code(c, VEC_GP, 0, "INT %02x: redirection bitmap beyond the TSS limit %x",
                              vector, c->tr.limit);
    TRY(sys_load(c, c->tr.base + at, 1, &byte));
    *redirected = !(byte >> (vector & 7) & 1);
    return OP_NEXT;
}

/* OP_JUMP: delivered to the 8086 program. OP_NEXT: go on with the protected-mode handler. */
static enum op_status v86_int_n(struct cpu *c, const struct delivery *v)
{
    bool redirected = false;

    if (c->mmu.cr4 & CR4_VME)
        TRY(vme_redirected(c, v->vector, &redirected));
    if (redirected) {
        u16 flags = (u16)v->eflags;
        if (cpu_iopl(c) == 3)
            return enter_8086(c, v, flags, v->vector * 4u, EFL_IF | EFL_TF | EFL_RF);
        flags = (u16)((flags & ~EFL_IF) | EFL_IOPL | (c->eflags & EFL_VIF ? EFL_IF : 0));
        return enter_8086(c, v, flags, v->vector * 4u, EFL_VIF | EFL_TF | EFL_RF);
    }
    if (cpu_iopl(c) != 3)
        return cpu_fault_code(c, VEC_GP, 0, "INT %02x in virtual-8086 mode with IOPL %u", v->vector,
                              cpu_iopl(c));
    return OP_NEXT;
}

/* ---- protected mode ---- */

static void push_return(struct cpu *c, struct frame *f, const struct delivery *v)
{
    frame_push(f, v->eflags);
    frame_push(f, c->seg[SEG_CS].sel);
    frame_push(f, v->eip);
    if (v->has_error)
        frame_push(f, v->error);
}

static u32 handler_eflags(const struct cpu *c, const struct desc *gate)
{
    u32 clear = EFL_TF | EFL_NT | EFL_RF | EFL_VM | (gate->type & 1 ? 0 : EFL_IF);
    return cpu_eflags(c) & ~clear;
}

static enum op_status check_handler(struct cpu *c, const struct delivery *v, u32 eip, u16 sel,
                                    const struct desc *d)
{
    if (eip > desc_limit(d))
        return cpu_fault_code(c, VEC_GP, v->ext,
                              "handler of vector %02x at %04x:%x is beyond the limit %x", v->vector,
                              sel, eip, desc_limit(d));
    return OP_NEXT;
}

/* To an inner ring, also from virtual-8086 mode: new stack from the TSS. */
static enum op_status enter_inner(struct cpu *c, const struct delivery *v, const struct desc *gate,
                                  u16 sel, const struct desc *d)
{
    static const u8 v86_segs[] = {SEG_GS, SEG_FS, SEG_DS, SEG_ES};
    unsigned cpl = d->dpl, size = gate->type & 8 ? 4 : 2;
    bool from_v86 = c->eflags & EFL_VM;
    u32 eip = gate_offset(gate), esp, eflags;
    struct desc ssd;
    struct frame f;
    u16 ss;

    TRY(tss_stack(c, cpl, v->ext, &ss, &esp));
    TRY(ss_check(c, ss, cpl, VEC_TS, v->ext, &ssd));
    frame_begin_inner(&f, ss, &ssd, esp, cpl, size, sel_error(ss, v->ext));
    if (from_v86)
        for (unsigned i = 0; i < ARRAY_SIZE(v86_segs); i++)
            frame_push(&f, c->seg[v86_segs[i]].sel);
    frame_push(&f, c->seg[SEG_SS].sel);
    frame_push(&f, c->gpr[ESP]);
    push_return(c, &f, v);
    TRY(frame_check(c, &f));
    TRY(check_handler(c, v, eip, sel, d));
    TRY(desc_set_accessed(c, d));
    TRY(desc_set_accessed(c, &ssd));
    TRY(frame_write(c, &f, &esp));
    eflags = handler_eflags(c, gate);
    seg_assign_cs(c, sel, d, cpl);
    seg_assign(&c->seg[SEG_SS], ss, &ssd);
    if (from_v86)
        for (unsigned i = 0; i < ARRAY_SIZE(v86_segs); i++)
            seg_assign_null(&c->seg[v86_segs[i]], 0);
    c->gpr[ESP] = esp;
    c->eip = eip;
    cpu_set_eflags(c, eflags);
    return OP_JUMP;
}

static enum op_status enter_handler_same(struct cpu *c, const struct delivery *v,
                                         const struct desc *gate, u16 sel, const struct desc *d)
{
    u32 eip = gate_offset(gate), esp;
    struct frame f;

    frame_begin(c, &f, gate->type & 8 ? 4 : 2, v->ext);
    push_return(c, &f, v);
    TRY(frame_check(c, &f));
    TRY(check_handler(c, v, eip, sel, d));
    TRY(desc_set_accessed(c, d));
    TRY(frame_write(c, &f, &esp));
    c->gpr[ESP] = esp;
    seg_assign_cs(c, sel, d, c->cpl);
    c->eip = eip;
    cpu_set_eflags(c, handler_eflags(c, gate));
    return OP_JUMP;
}

static enum op_status through_task_gate(struct cpu *c, const struct delivery *v,
                                        const struct desc *gate)
{
    struct task_request r = {.sel = gate_sel(gate),
                             .why = TASK_INT,
                             .ext = v->ext,
                             .has_error = v->has_error,
                             .error = v->error,
                             .eip = v->eip,
                             .eflags = v->eflags};
    return task_switch_to(c, &r);
}

static enum op_status deliver_protected(struct cpu *c, const struct delivery *v)
{
    u32 at = v->vector * 8u, error = at + 2 + v->ext;
    struct desc gate, d;

    if ((c->eflags & EFL_VM) && v->int_n) {
        enum op_status s = v86_int_n(c, v);
        if (s != OP_NEXT)
            return s;
    }
    if (at + 7 > c->idtr.limit)
        return cpu_fault_code(c, VEC_GP, error, "vector %02x is beyond the IDT (limit %x)",
                              v->vector, c->idtr.limit);
    TRY(desc_read(c, c->idtr.base + at, &gate));
    switch (desc_is_segment(&gate) ? 0 : gate.type) {
    case DT_TASK:
    case DT_INT16:
    case DT_TRAP16:
    case DT_INT32:
    case DT_TRAP32:
        break;
    default:
        return cpu_fault_code(c, VEC_GP, error, "IDT entry %02x is no gate (type byte %02x)",
                              v->vector, gate.attr & 0xffu);
    }
    if (v->software && gate.dpl < c->cpl)
        return cpu_fault_code(c, VEC_GP, error, "INT %02x at CPL %u: the gate's DPL is %u",
                              v->vector, c->cpl, gate.dpl);
    if (!desc_present(&gate))
        return cpu_fault_code(c, VEC_NP, error, "IDT gate %02x is not present", v->vector);
    if (gate.type == DT_TASK)
        return through_task_gate(c, v, &gate);

    u16 sel = gate_sel(&gate);
    if (sel_null(sel))
        return cpu_fault_code(c, VEC_GP, v->ext, "IDT gate %02x has a null selector", v->vector);
    TRY(desc_fetch(c, sel, VEC_GP, v->ext, &d));
    if (!desc_is_code(&d) || d.dpl > c->cpl)
        return cpu_fault_code(c, VEC_GP, sel_error(sel, v->ext),
                              "IDT gate %02x leads to %04x: not code, or DPL %u > CPL %u",
                              v->vector, sel, d.dpl, c->cpl);
    if (!desc_present(&d))
        return cpu_fault_code(c, VEC_NP, sel_error(sel, v->ext),
                              "IDT gate %02x leads to %04x: segment not present", v->vector, sel);
    bool inner = !desc_is_conforming(&d) && d.dpl < c->cpl;
    if ((c->eflags & EFL_VM) && !(inner && d.dpl == 0))
        return cpu_fault_code(c, VEC_GP, sel_error(sel, v->ext),
                              "IDT gate %02x leads to %04x: from virtual-8086 mode only to ring 0",
                              v->vector, sel);
    return inner ? enter_inner(c, v, &gate, sel, &d) : enter_handler_same(c, v, &gate, sel, &d);
}

/* The interrupted side before, the handler's after; counted once it has succeeded. */
static void note_interrupted(const struct cpu *c, const struct delivery *v, struct cpu_delivery *d)
{
    *d = (struct cpu_delivery){.vector = v->vector,
                               .cause = v->cause,
                               .has_error = v->has_error,
                               .v86 = c->eflags & EFL_VM,
                               .from_cpl = c->cpl,
                               .error = v->error,
                               .cs = c->seg[SEG_CS].sel,
                               .ss = c->seg[SEG_SS].sel,
                               .eip = v->eip,
                               .eflags = v->eflags,
                               .esp = c->gpr[ESP]};
}

static void note_handler(const struct cpu *c, struct cpu_delivery *d)
{
    d->executed = cpu_executed(c);
    d->to_cpl = c->cpl;
    d->handler_cs = c->seg[SEG_CS].sel;
    d->handler_ss = c->seg[SEG_SS].sel;
    d->handler_eip = c->eip;
    d->handler_esp = c->gpr[ESP];
    d->frame = c->seg[SEG_SS].base + (c->gpr[ESP] & c->stack_mask);
    cpu_delivered(c)->count++;
}

static enum op_status deliver(struct cpu *c, const struct delivery *v)
{
    struct cpu_delivered *all = cpu_delivered(c);
    struct cpu_delivery *d = &all->entry[all->count % CPU_DELIVERIES];
    note_interrupted(c, v, d);
    enum op_status s = c->mmu.cr0 & CR0_PE ? deliver_protected(c, v) : deliver_real(c, v);

    /* The debug handler may use the debug registers. */
    if (s != OP_FAULT && v->vector == VEC_DB)
        c->dr[7] &= ~DR7_GD;
    if (s != OP_FAULT)
        note_handler(c, d);
    if (s != OP_FAULT && inspect_events(c->inspect))
        inspect_event(c, INSPECT_VECTOR, v->cause, v->vector, v->error);
    return s;
}

/* ---- from an instruction ---- */

enum op_status software_interrupt(struct cpu *c, const struct op *o, unsigned vector)
{
    bool icebp = op_operation(o) == I_icebp;
    struct delivery v = {.vector = (u8)vector,
                         .cause = INSPECT_INT,
                         .software = !icebp,
                         .int_n = op_operation(o) == I_int,
                         .eip = return_eip(c, o),
                         .eflags = cpu_eflags(c) & ~EFL_RF,
                         .ext = icebp};

    c->slow_op = o;
    if (log_on(c->log, LOG_INT))
        log_line(c->log, LOG_INT, "INT %02x at %04x:%x, AX %04x", vector, c->seg[SEG_CS].sel,
                 op_eip(c, o), c->gpr[EAX] & 0xffff);
    return deliver(c, &v);
}

/* ---- from the run loop ---- */

enum fault_class { BENIGN, CONTRIBUTORY, PAGE_FAULT };

static enum fault_class fault_class(unsigned vector)
{
    switch (vector) {
    case VEC_DE:
    case VEC_TS:
    case VEC_NP:
    case VEC_SS:
    case VEC_GP:
        return CONTRIBUTORY;
    case VEC_PF:
        return PAGE_FAULT;
    default:
        return BENIGN;
    }
}

/* SDM table 6-5. */
static bool is_double_fault(unsigned first, unsigned second)
{
    enum fault_class a = fault_class(first), b = fault_class(second);
    return (a == CONTRIBUTORY && b == CONTRIBUTORY) || (a == PAGE_FAULT && b != BENIGN);
}

/* A chain of faults begins: here is the first. */
static void note_first(struct cpu *c, const struct cpu_event *e, bool interrupt)
{
    struct cpu_last_fault *f = &c->last_fault;
    f->event[0] = *e;
    f->count = 1;
    f->interrupt = interrupt;
    f->shutdown = false;
    f->cs = c->seg[SEG_CS].sel;
    f->eip = c->eip;
}

/* Another one on the way to the handler of the one before. Of a long chain the last ones count. */
static COLD void note_next(struct cpu *c, const struct cpu_event *e)
{
    struct cpu_last_fault *f = &c->last_fault;
    if (f->count == CPU_FAULT_CHAIN)
        f->count--;
    f->event[f->count++] = *e;
}

const char *cpu_last_fault_text(struct cpu *c)
{
    const struct cpu_last_fault *f = &c->last_fault;
    char *out = c->fault_text, why[250];
    size_t size = sizeof c->fault_text, n = 0;
    out[0] = 0;
    for (unsigned i = 0; i < f->count && n < size; i++) {
        const struct cpu_event *e = &f->event[i];
        cpu_event_text(e, why, sizeof why);
        if (i == 0 && f->interrupt)
            n += (size_t)snprintf(out, size, "interrupt %02x at %04x:%x", e->vector, f->cs, f->eip);
        else if (i == 0)
            n += (size_t)snprintf(out, size, "%s(%x) at %04x:%x: %s", vector_name(e->vector),
                                  e->error, f->cs, f->eip, why);
        else
            n += (size_t)snprintf(out + n, size - n, "; on the way to its handler %s(%x): %s",
                                  vector_name(e->vector), e->error, why);
    }
    if (f->shutdown && n < size)
        snprintf(out + n, size - n, "; one fault too many: shutdown");
    return out;
}

static COLD void enter_shutdown(struct cpu *c)
{
    c->last_fault.shutdown = true;
    if (log_on(c->log, LOG_INT | LOG_RESET))
        log_line(c->log, LOG_INT | LOG_RESET, "shutdown: %s", cpu_last_fault_text(c));
    c->shutdown = true;
    c->halted = true;
    c->event.pending = false;
    c->delivering = 0xff;
}

/* A fault on the way to a handler. */
static COLD void log_second(struct cpu *c, unsigned first)
{
    char why[250];
    cpu_event_text(&c->event, why, sizeof why);
    log_line(c->log, LOG_INT, "%s(%x) while delivering vector %02x: %s",
             vector_name(c->event.vector), c->event.error, first, why);
}

/*
 * RF in the pushed image (17.3.1.1): 1 for faults, so that an instruction breakpoint does not
 * strike again on return; as it stands for #DB, interrupts and aborts (1 between the iterations of
 * a string instruction, which sets it for that; 0 after an instruction); 0 for other traps.
 */
static u32 pushed_eflags(const struct cpu *c, const struct delivery *v, bool external)
{
    u32 eflags = cpu_eflags(c);

    if (external || v->vector == VEC_DB || v->vector == VEC_NMI || v->vector == VEC_DF)
        return eflags;
    if (v->software || v->vector == VEC_BP || v->vector == VEC_OF)
        return eflags & ~EFL_RF;
    return c->mmu.cr0 & CR0_PE ? eflags | EFL_RF : eflags;
}

/*
 * Deliver v, and what goes wrong on the way, until a handler is entered or the CPU shuts down. A
 * benign fault on the way to its own handler (#AC, whose handler's stack is misaligned) comes again
 * without end, on processors as well: it is left pending from time to time, for the run loop to
 * charge and to return.
 */
static void deliver_all(struct cpu *c, struct delivery *v, bool benign, bool external)
{
    enum { TRIES = 8 }; /* more than any chain that ends */
    bool df = !benign && v->vector == VEC_DF;

    c->rep_flags = 0; /* a string instruction begins anew behind the handler */
    for (unsigned tries = 0;; tries++) {
        c->delivering = v->vector;
        c->event.pending = false;
        c->dr6_hit = 0;
        v->eflags = pushed_eflags(c, v, external);
        if (deliver(c, v) != OP_FAULT && !c->event.pending)
            break;
        /* A fault on the way: its class decides. c->eip is the old one, or the new task's. */
        unsigned first = v->vector, second = c->event.vector;
        if (second == VEC_DB && c->event.pending && c->dr[6] & DR6_BT)
            break; /* the T bit of a new task: an event of its own, the run loop delivers it */
        if (external)
            note_first(c, &(struct cpu_event){.vector = (u8)first}, true);
        note_next(c, &c->event);
        if (log_on(c->log, LOG_INT))
            log_second(c, first);
        if (df) {
            enter_shutdown(c);
            return;
        }
        if (tries >= TRIES && fault_class(second) == BENIGN) {
            c->event.pending = true;
            break;
        }
        if (second == VEC_DF || (!benign && is_double_fault(first, second))) {
            df = true;
            *v = (struct delivery){.vector = VEC_DF, .cause = INSPECT_FAULT, .has_error = true};
        } else {
            *v = (struct delivery){.vector = (u8)second,
                                   .cause = INSPECT_FAULT,
                                   .has_error = c->event.has_error,
                                   .error = c->event.error};
        }
        v->eip = c->eip;
        v->ext = 1;
        benign = external = false;
    }
    c->delivering = 0xff;
    /* A data breakpoint on the frame, say: the trap comes before the handler's first instruction.
     */
    if (unlikely(c->dr6_hit) && !c->event.pending)
        debug_trap(c, c->dr6_hit);
}

void deliver_event(struct cpu *c)
{
    struct cpu_event e = c->event;
    struct delivery v = {.vector = e.vector,
                         .cause = e.software ? INSPECT_INT : INSPECT_FAULT,
                         .software = e.software,
                         .int_n = false,
                         .has_error = e.has_error,
                         .error = e.error,
                         .eip = c->eip,
                         .ext = !e.software};

    note_first(c, &e, false);
    if (log_on(c->log, LOG_INT))
        log_line(c->log, LOG_INT, "vector %02x %s", e.vector, cpu_last_fault_text(c));
    c->event.pending = false;
    deliver_all(c, &v, e.software, false);
}

void deliver_interrupt(struct cpu *c, u8 vector)
{
    struct delivery v = {.vector = vector, .cause = INSPECT_IRQ, .eip = c->eip, .ext = 1};

    if (log_on(c->log, LOG_INT))
        log_line(c->log, LOG_INT, "interrupt %02x at %04x:%x", vector, c->seg[SEG_CS].sel, c->eip);
    c->event.pending = false;
    deliver_all(c, &v, true, true);
}
