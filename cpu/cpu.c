/*
 * cpu.c - creation, reset, the run loop, saving and loading. SDM vol. 3, chapters 6 and 9.
 *
 * The run loop enters handlers and gets control back only when something needs it: a fault, the
 * end of the budget, an interrupt that may come in, HLT, a request. Between two such moments
 * blocks follow each other without it. Where the architecture wants single instructions (TF, an
 * interrupt shadow, breakpoints, the last instructions of a budget) blocks of one instruction run.
 */
#include "cpu/cpu.h"

#include "cpu/blocks/block.h"
#include "cpu/blocks/handlers.h"
#include "cpu/decode/decode.h"
#include "cpu/decode/models.h"
#include "cpu/decode/timing.h"
#include "cpu/delivered.h"
#include "cpu/fpu.h"
#include "cpu/inspect.h"
#include "cpu/profile/profile.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/seg.h"
#include "cpu/spin.h"
#include "cpu/trace.h"
#include "cpu/trace/trace_form.h"
#include "cpu/translate/jit.h"
#include "hw/base/state.h"

#include <stdlib.h>
#include <string.h>

/* A translator will address these with one-byte displacements. */
_Static_assert(offsetof(struct cpu, zero) == 32 && offsetof(struct cpu, eip) == 36 &&
                   offsetof(struct cpu, budget) == 48 && offsetof(struct cpu, tlb) == 56 &&
                   (sizeof(void *) != 8 || offsetof(struct cpu, blocks) == 80),
               "the hot part of struct cpu has a fixed layout");

/* ---- life ---- */

/* What is mapped where changed, perhaps under the running block: it must be looked up again. */
static void map_changed(void *cpu)
{
    struct cpu *c = cpu;
    mmu_flush(&c->mmu, true);
    c->stop |= CPU_STOP_REQUEST;
}

static void watch_again(void *cpu, enum phys_watcher who)
{
    mmu_watch_again(&((struct cpu *)cpu)->mmu, who);
}

struct cpu *cpu_new(const struct cpu_model *model, struct phys *phys, const struct cpu_bus *bus,
                    struct log *log)
{
    struct cpu *c = aligned_alloc(64, (sizeof(struct cpu_room) + 63) & ~63ul);
    if (!c)
        return NULL;
    memset(c, 0, sizeof(struct cpu_room));
    c->model = model;
    c->tsc_hz = model->tsc_hz;
    c->phys = phys;
    c->bus = *bus;
    c->log = log;
    c->decoder = decoder_new(model);
    if (!c->decoder || !mmu_init(&c->mmu, phys) || !blocks_init(c, handler_choose)) {
        cpu_free(c);
        return NULL;
    }
    phys->owner = c;
    phys->code_write = blocks_overwritten;
    phys->changed = map_changed;
    phys->watch_again = watch_again;
    c->mmu.owner = c;
    c->mmu.stamps_used_up = blocks_forget_stamps;
    cpu_reset(c);
    return c;
}

void cpu_free(struct cpu *c)
{
    if (!c)
        return;
    if (c->phys->owner == c) {
        c->phys->owner = NULL;
        c->phys->code_write = NULL;
        c->phys->changed = NULL;
        c->phys->watch_again = NULL;
    }
    free(c->inspect);
    c->inspect = NULL;
    cpu_trace_free(c);
    jit_stop(c);
    blocks_free(c);
    cpu_skip_waits(c, false);
    mmu_free(&c->mmu);
    decoder_free(c->decoder);
    free(c);
}

/* What RESET and INIT have in common (table 9-1). */
static void restart(struct cpu *c, u32 cr0)
{
    memset(c->gpr, 0, sizeof c->gpr);
    c->gpr[EDX] = c->model->signature;
    c->eip = 0xfff0;
    c->eflags = EFL_ONE;
    c->fl = 0;
    c->cpl = 0;
    c->cr2 = 0;
    c->shadow = SHADOW_NONE;
    c->halted = c->shutdown = c->nmi = c->nmi_blocked = false;
    c->event.pending = false;
    c->delivering = 0xff;
    c->stop = 0;
    c->slow_op = NULL;
    c->rep_flags = 0;
    mmu_set_cr4(&c->mmu, 0);
    mmu_set_cr0(&c->mmu, cr0 & c->model->cr0);
    mmu_set_cr3(&c->mmu, 0);
    seg_reset(c);
    debug_reset(c);
    cpu_update_mode(c);
    fpu_update(c);
    if (c->profile)
        profile_restart(c);
}

void cpu_reset(struct cpu *c)
{
    /* ET: the 386 finds its i387 by the ERROR# that a 387 drives after RESET; later it is fixed. */
    restart(c, CR0_ET | CR0_CD | CR0_NW);
    c->mmu.pse36 = model_has(c->model, F_PSE36);
    model_reset(c);
    fpu_reset(c);
    cpu_set_time_stamp(c, 0);
}

void cpu_init(struct cpu *c)
{
    fpu_leave(c);
    restart(c, (c->mmu.cr0 & (CR0_CD | CR0_NW)) | CR0_ET);
}

void cpu_set_timing(struct cpu *c, const struct cpu_timing *t)
{
    if (t == c->timing)
        return;
    blocks_drop_all(c); /* they hold what their instructions take */
    c->timing = t;
    c->extras = (c->extras & ~CPU_EXTRA_TIMING) | (t ? CPU_EXTRA_TIMING : 0);
}

void cpu_request_stop(struct cpu *c)
{
    c->stop_wanted = true;
    c->stop |= CPU_STOP_REQUEST;
}

void cpu_set_intr(struct cpu *c, bool level)
{
    c->intr = level;
    if (level && (c->eflags & EFL_IF))
        c->stop |= CPU_STOP_REQUEST;
}

void cpu_raise_nmi(struct cpu *c)
{
    c->nmi = true;
    c->stop |= CPU_STOP_REQUEST;
}

/* ---- the run loop ---- */

static bool nmi_due(const struct cpu *c)
{
    return c->nmi && !c->nmi_blocked;
}

static bool intr_due(const struct cpu *c)
{
    return c->intr && (c->eflags & EFL_IF);
}

bool cpu_interrupt_due(const struct cpu *c)
{
    return c->shadow == SHADOW_NONE && (nmi_due(c) || intr_due(c));
}

bool cpu_waiting(const struct cpu *c)
{
    return c->halted && !nmi_due(c) && !intr_due(c);
}

/*
 * A handler was entered. When something else is due before its first instruction (a level that
 * stays up with automatic EOI and a trap gate; a data breakpoint on what #DB's delivery touches),
 * this may go on for ever: each delivery then takes its time (44 clocks on a 486), so that the
 * clock goes on and the caller gets control back.
 */
static void delivered(struct cpu *c)
{
    enum { DELIVERY = 44 };
    if (c->timing)
        cpu_charge(c, timing_interrupt(c->timing));
    if (unlikely(c->event.pending || nmi_due(c) || intr_due(c)))
        c->budget -= DELIVERY;
}

static void take_event(struct cpu *c)
{
    u8 vector = c->event.vector;
    if (unlikely(c->profile != NULL))
        profile_before_delivery(c);
    deliver_event(c);
    if (unlikely(c->profile != NULL))
        profile_delivered(c, vector);
}

static void take_interrupt(struct cpu *c, u8 vector)
{
    if (unlikely(c->profile != NULL))
        profile_before_delivery(c);
    deliver_interrupt(c, vector);
    if (unlikely(c->profile != NULL))
        profile_delivered(c, vector);
}

static void enter(struct cpu *c, const struct block *b)
{
    c->budget -= b->count;
#ifdef FERRITE_TRAMPOLINE
    c->fl = (u32)step_through(c, step_to(b->op, c->fl));
#else
    b->op[0].fn(c, b->op, c->fl);
#endif
    c->slow_op = NULL;
}

/* For now the budget is n. */
static void set_aside(struct cpu *c, s64 n)
{
    c->hold = c->budget - n;
    c->budget = n;
    c->until -= (u64)c->hold;
}

static void take_back(struct cpu *c)
{
    c->budget += c->hold;
    c->until += (u64)c->hold;
    c->hold = 0;
}

/* One instruction, then what may follow it: single-step and breakpoint traps. */
static void run_single(struct cpu *c)
{
    u32 eflags = c->eflags;
    /* MOV SS and POP SS hold debug exceptions back until after the next instruction. */
    bool after_ss = c->shadow == SHADOW_SS;
    if (debug_armed(c) && !(eflags & EFL_RF) && !after_ss &&
        debug_code_hit(c, c->seg[SEG_CS].base + c->eip)) {
        cpu_fault(c, VEC_DB, "instruction breakpoint at %04x:%08x", c->seg[SEG_CS].sel, c->eip);
        fetch_faulted(c);
        return;
    }
    set_aside(c, 1);
    c->int_taken = false;
    if (!after_ss)
        c->dr6_hit = 0;
    c->shadow = SHADOW_NONE;
    /* RF has done its work; IRET, a task switch or a pause between iterations sets it anew. */
    c->eflags &= ~EFL_RF;
    const struct block *b = block_find(c, c->mode | MODE_SINGLE);
    if (unlikely(c->watching) && b)
        spin_check(c, b);
    if (b) {
        bool traced = log_on(c->log, TRACE_CATEGORIES);
        if (traced)
            trace_instruction(c);
        enter(c, b);
        if (traced)
            trace_done(c);
    } else {
        fetch_faulted(c);
    }
    take_back(c);
    if (c->event.pending)
        return; /* breakpoints that a faulting instruction met are met again when it is restarted */
    if (c->shadow == SHADOW_SS)
        return;
    u32 trap = c->dr6_hit;
    if ((eflags & EFL_TF) && !c->int_taken)
        trap |= DR6_BS;
    if (trap)
        debug_trap(c, trap);
    c->dr6_hit = 0;
}

static void run_watched(struct cpu *c)
{
    run_single(c);
    if (!c->watching)
        return;
    if (!c->event.pending)
        spin_look(c);
    else if (!c->event.software)
        spin_end(c, true);
}

/*
 * So long a block fits into the rest of the slice for certain, in the form of its mode. With a
 * timing nobody knows before.
 */
static u32 part_mode(const struct cpu *c)
{
    if (c->extras || c->budget < 2)
        return MODE_SINGLE;
    u32 n = c->budget >> PART_MOST ? PART_MOST : 31u - (u32)__builtin_clz((u32)c->budget);
    return MODE_PART(n);
}

/* What of the slice a block does not fit into: in ever shorter parts, as long as nothing comes. */
static void run_rest(struct cpu *c)
{
    do {
        const struct block *b = block_find(c, c->mode | part_mode(c));
        if (unlikely(!b)) {
            fetch_faulted(c);
            return;
        }
        enter(c, b);
    } while (c->budget > 0 && !c->stop && !c->event.pending && !c->halted && !c->shutdown &&
             !c->shadow && !nmi_due(c) && !intr_due(c) && !(c->eflags & (EFL_TF | EFL_RF)) &&
             !c->inspect && !c->trace && !debug_armed(c));
}

static void run_blocks(struct cpu *c)
{
    c->eflags &= ~EFL_RF; /* nothing here looks at it */
    const struct block *b = block_find(c, c->mode);
    if (b && b->count + block_extra(c, b, b->count) > c->budget)
        run_rest(c);
    else if (b)
        enter(c, b);
    else
        fetch_faulted(c);
}

/* Blocks, but not all of the slice: a program may wait again behind the handler that begins here.
 */
static void run_till_watch(struct cpu *c)
{
    enum { HANDLER_TAKES = 4096 };
    if (c->budget <= 2 * HANDLER_TAKES) {
        c->spin->soon = 0;
        run_blocks(c);
        return;
    }
    struct spin *s = c->spin;
    u64 begun = cpu_ticks(c);
    set_aside(c, HANDLER_TAKES - (s64)s->taken);
    run_blocks(c);
    bool used_up = c->budget <= 0;
    take_back(c);
    /* It may have come back early, and do so again and again: STI, a port. */
    s->taken += cpu_ticks(c) - begun;
    if ((used_up || s->taken >= HANDLER_TAKES) && c->budget > 0) {
        s->taken = 0;
        s->soon--;
        spin_begin(c, (u64)c->budget);
    }
}

/*
 * Before an instruction that the run loop starts: does a debugger want to stop here? RF says that
 * it has been met already, as to a breakpoint of the guest (SDM vol. 3, 17.3.1.1): a string
 * instruction goes on, or what has faulted begins anew.
 */
static bool inspect_here(struct cpu *c)
{
    if (!(c->eflags & EFL_RF))
        return inspect_execute(c, c->seg[SEG_CS].base + c->eip);
    cpu_points_pass(c);
    return false;
}

/* What is left of the budget is not executed. So is what ports that somebody has asked outside of
 * cpu_run() have taken from it. */
static void end_slice(struct cpu *c)
{
    c->until -= (u64)c->budget;
    c->budget = 0;
}

enum cpu_stop cpu_run(struct cpu *c, u64 ticks)
{
    enum cpu_stop why;
    bool storm = false; /* of events, with no instruction between */
    end_slice(c);
    c->until += ticks;
    c->budget = (s64)ticks;
    c->hold = 0;
    c->slow_op = NULL;
    if (c->spin) {
        c->spin->soon = 0;
        c->spin->varied.settled = 0; /* it may be of another run, before a snapshot was loaded */
        spin_begin(c, ticks);
    }
    for (;;) {
        c->stop = 0;
        if (c->event.pending) {
            /* Only after a stall, or in a storm of events. With a timing an instruction may have
             * taken more than there was; its exception comes all the same. */
            if (unlikely(c->budget < 0) && (storm || !c->timing)) {
                why = CPU_BUDGET;
                break;
            }
            c->halted = false;
            take_event(c);
            delivered(c);
            storm = true;
            continue;
        }
        storm = false;
        if (c->shutdown) {
            why = CPU_SHUTDOWN;
            break;
        }
        if (unlikely(c->inspect != NULL) && c->inspect->modes)
            inspect_mode(c);
        if (c->stop_wanted && !(c->spin && spin_unsettled(c))) {
            c->stop_wanted = false;
            why = CPU_REQUEST;
            break;
        }
        if (c->budget <= 0) {
            why = CPU_BUDGET;
            break;
        }
        if (c->shadow == SHADOW_NONE) {
            if (c->spin && (nmi_due(c) || intr_due(c)))
                spin_interrupted(c);
            if (nmi_due(c)) {
                c->nmi = false;
                c->nmi_blocked = true;
                c->halted = false;
                take_interrupt(c, VEC_NMI);
                delivered(c);
                continue;
            }
            if (intr_due(c)) {
                c->halted = false;
                fpu_callback(c);
                take_interrupt(c, c->bus.irq_ack(c->bus.owner));
                delivered(c);
                continue;
            }
        }
        if (c->halted) {
            why = CPU_HALT;
            break;
        }
        if (unlikely(c->inspect != NULL) && inspect_here(c))
            continue;
        if (unlikely(c->trace != NULL))
            trace_look(c);
        if (c->spin && unlikely(c->spin->polled) && !c->watching)
            spin_polled(c);
        if (unlikely(c->watching))
            run_watched(c);
        else if (unlikely(c->shadow || (c->eflags & EFL_TF) || debug_armed(c) ||
                          log_on(c->log, TRACE_CATEGORIES)))
            run_single(c);
        else if (unlikely(c->spin != NULL) && c->spin->soon)
            run_till_watch(c);
        else
            run_blocks(c);
    }
    if (c->watching)
        spin_end(c, true);
    fpu_leave(c);
    end_slice(c);
    if (unlikely(c->profile != NULL))
        profile_settle(c); /* somebody may look, or change the registers */
    return why;
}

/* ---- points of a debugger outside ---- */

bool cpu_point_set(struct cpu *c, const struct inspect_point *p)
{
    bool fresh, ok = inspect_add(c, p, &fresh);
    if (fresh)
        blocks_drop_all(c); /* they begin and end elsewhere now */
    return ok;
}

bool cpu_point_clear(struct cpu *c, const struct inspect_point *p)
{
    return inspect_remove(c, p);
}

void cpu_points_clear(struct cpu *c)
{
    if (!c->inspect)
        return;
    while (c->inspect->points)
        inspect_remove(c, &c->inspect->point[c->inspect->points - 1]);
    free(c->inspect);
    c->inspect = NULL;
    blocks_drop_all(c); /* without checks */
}

/* ---- the trace ---- */

bool cpu_trace_set(struct cpu *c, const struct cpu_trace_filter *filter)
{
    struct cpu_trace *t = calloc(1, sizeof *t);
    if (t)
        t->values = trace_values_new();
    if (!t || !t->values) {
        free(t);
        return false;
    }
    t->filter = *filter;
    t->between = !filter->has_from;
    t->categories = c->log->mask & TRACE_CATEGORIES;
    cpu_trace_free(c);
    c->trace = t;
    c->log->mask &= ~TRACE_CATEGORIES; /* until it is looked at */
    blocks_drop_all(c);                /* one begins at the address that is awaited */
    return true;
}

bool cpu_trace_say(struct cpu *c, bool on)
{
    static const struct cpu_trace_filter all = {.format = TRACE_VALUES, .stop = UINT64_MAX};
    if (!c->trace && !cpu_trace_set(c, &all))
        return false;
    if (!c->trace->categories)
        c->trace->categories = LOG_EXEC;
    c->trace->said = true;
    c->trace->on = on;
    return true;
}

/* ---- a profile ---- */

void cpu_profile_attach(struct cpu *c, struct cpu_profile *p)
{
    cpu_profile_detach(c);
    blocks_drop_all(c); /* they begin with what counts them now */
    c->profile = p;
    c->extras |= CPU_EXTRA_PROFILE;
    profile_loaded(c);
}

void cpu_profile_detach(struct cpu *c)
{
    if (!c->profile)
        return;
    blocks_drop_all(c);
    c->profile = NULL;
    c->extras &= ~CPU_EXTRA_PROFILE;
}

/* ---- state ---- */

static void seg_state(struct state *s, const char *name, struct seg *g)
{
    char field[24];
    snprintf(field, sizeof field, "%s.sel", name);
    state_u16(s, field, &g->sel);
    snprintf(field, sizeof field, "%s.base", name);
    state_u32(s, field, &g->base);
    snprintf(field, sizeof field, "%s.limit", name);
    state_u32(s, field, &g->limit);
    snprintf(field, sizeof field, "%s.attr", name);
    state_u16(s, field, &g->attr);
    snprintf(field, sizeof field, "%s.usable", name);
    state_bool(s, field, &g->usable);
    if (state_loading(s))
        seg_update(g);
}

void cpu_state(struct cpu *c, struct state *s)
{
    static const char *const names[SEG_COUNT] = {"es", "cs", "ss", "ds", "fs", "gs"};
    u32 eflags = cpu_eflags(c), cr0 = c->mmu.cr0, cr3 = c->mmu.cr3, cr4 = c->mmu.cr4;
    u64 executed = cpu_executed(c);

    fpu_leave(c);
    /* The TLB is not saved. Whoever saves goes on without it as well, or the two would part. */
    if (!state_digesting(s))
        mmu_flush(&c->mmu, true);
    /* Version 3 only where it is needed: what others have saved has the same digest. */
    bool newest = state_loading(s) || c->rep_flags;
    u32 version = state_begin(s, "cpu", newest ? 3 : 2);
    state_same_u64(s, "model", c->model->signature);
    state_u32s(s, "gpr", c->gpr, 8);
    state_u32(s, "eip", &c->eip);
    state_u32(s, "eflags", &eflags);
    for (unsigned i = 0; i < SEG_COUNT; i++)
        seg_state(s, names[i], &c->seg[i]);
    seg_state(s, "ldtr", &c->ldtr);
    seg_state(s, "tr", &c->tr);
    state_u32(s, "gdtr.base", &c->gdtr.base);
    state_u16(s, "gdtr.limit", &c->gdtr.limit);
    state_u32(s, "idtr.base", &c->idtr.base);
    state_u16(s, "idtr.limit", &c->idtr.limit);
    state_u32(s, "cr0", &cr0);
    state_u32(s, "cr2", &c->cr2);
    state_u32(s, "cr3", &cr3);
    state_u32(s, "cr4", &cr4);
    state_u64s(s, "pdpte", c->mmu.pdpte, 4);
    state_u32s(s, "dr", c->dr, 8);
    state_u8(s, "cpl", &c->cpl);
    state_u8(s, "shadow", &c->shadow);
    if (version >= 2) /* what MOV SS met, for after the next instruction */
        state_u32(s, "dr6-hit", &c->dr6_hit);
    else
        c->dr6_hit = 0;
    if (version >= 3)
        state_u32(s, "rep-flags", &c->rep_flags);
    else
        c->rep_flags = 0;
    state_bool(s, "halted", &c->halted);
    state_bool(s, "shutdown", &c->shutdown);
    state_bool(s, "intr", &c->intr);
    state_bool(s, "nmi", &c->nmi);
    state_bool(s, "nmi-blocked", &c->nmi_blocked);
    state_bool(s, "event", &c->event.pending);
    state_u8(s, "event.vector", &c->event.vector);
    state_bool(s, "event.has-error", &c->event.has_error);
    state_bool(s, "event.software", &c->event.software);
    state_u32(s, "event.error", &c->event.error);
    state_u64(s, "instructions", &executed);
    state_u64(s, "tsc-offset", &c->tsc_offset);
    state_bytes(s, "fpu.header", &c->fpu, offsetof(struct cpu_fpu, st));
    state_bytes(s, "fpu.st", c->fpu.st, sizeof c->fpu.st);
    state_bytes(s, "fpu.xmm", c->fpu.xmm, sizeof c->fpu.xmm);
    state_u8(s, "fpu.ignne", &c->fpu.ignne);
    state_u8(s, "fpu.ferr", &c->fpu.ferr);
    state_u32(s, "msr.sysenter-cs", &c->msr.sysenter_cs);
    state_u32(s, "msr.sysenter-esp", &c->msr.sysenter_esp);
    state_u32(s, "msr.sysenter-eip", &c->msr.sysenter_eip);
    state_u64(s, "msr.apic-base", &c->msr.apic_base);
    state_u64(s, "msr.mtrr-cap", &c->msr.mtrr_cap);
    state_u64s(s, "msr.misc", c->msr.misc, ARRAY_SIZE(c->msr.misc));
    state_end(s);
    if (state_loading(s) && state_ok(s)) {
        blocks_drop_all(c);
        c->mmu.cr0 = cr0;
        c->mmu.cr3 = cr3;
        c->mmu.cr4 = cr4;
        c->cpl &= 3;
        c->dr6_hit &= 0xf;
        c->until = executed;
        c->budget = 0;
        if (c->halted) /* HLT ends a shadow; with one, nothing would ever wake it */
            c->shadow = SHADOW_NONE;
        c->event.why = NULL;
        c->last_fault.count = 0;
        cpu_delivered(c)->count = 0;
        cpu_set_eflags(c, eflags);
        fpu_loaded(c);
        inspect_loaded(c);
        jit_loaded(c);
        if (c->profile)
            profile_loaded(c);
    }
}

void cpu_describe(const struct cpu *c, FILE *out)
{
    static const char *const names[SEG_COUNT] = {"ES", "CS", "SS", "DS", "FS", "GS"};
    fprintf(out, "EAX=%08x EBX=%08x ECX=%08x EDX=%08x\n", c->gpr[EAX], c->gpr[EBX], c->gpr[ECX],
            c->gpr[EDX]);
    fprintf(out, "ESI=%08x EDI=%08x EBP=%08x ESP=%08x\n", c->gpr[ESI], c->gpr[EDI], c->gpr[EBP],
            c->gpr[ESP]);
    fprintf(out, "EIP=%08x EFL=%08x CPL=%u%s%s\n", c->eip, cpu_eflags(c), c->cpl,
            c->halted ? " halted" : "", c->shutdown ? " shut down" : "");
    for (unsigned i = 0; i < SEG_COUNT; i++)
        fprintf(out, "%s=%04x base %08x limit %08x attr %04x%s\n", names[i], c->seg[i].sel,
                c->seg[i].base, c->seg[i].limit, c->seg[i].attr, c->seg[i].usable ? "" : " (null)");
    fprintf(out, "GDT=%08x %04x IDT=%08x %04x LDT=%04x TR=%04x\n", c->gdtr.base, c->gdtr.limit,
            c->idtr.base, c->idtr.limit, c->ldtr.sel, c->tr.sel);
    fprintf(out, "CR0=%08x CR2=%08x CR3=%08x CR4=%08x\n", c->mmu.cr0, c->cr2, c->mmu.cr3,
            c->mmu.cr4);
}
