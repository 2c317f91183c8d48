/*
 * op_sys.c - control, debug and test registers, descriptor-table registers, caches, MSRs, time
 * stamp, CPUID, fast system calls. SDM vol. 2; vol. 3, chapters 2, 5.8.7, 17.
 *
 * SGDT and SIDT store all 32 bits of the base whatever the operand size; the manual's text about
 * 24 bits holds for LGDT and LIDT only.
 */
#include "cpu/blocks/handlers.h"
#include "cpu/decode/models.h"
#include "cpu/fpu.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/desc.h"

static enum op_status need_cpl0(struct cpu *c, const char *what)
{
    if (c->cpl != 0)
        return cpu_fault_code(c, VEC_GP, 0, "%s at CPL %u", what, c->cpl);
    return OP_NEXT;
}

/* ---- GDTR, IDTR ---- */

static enum op_status load_table(struct cpu *c, const struct op *o, struct table_reg *t)
{
    u32 ea = op_ea(c, o), base_at;
    u64 limit = 0, base = 0;

    TRY(need_cpl0(c, t == &c->gdtr ? "LGDT" : "LIDT"));
    base_at = o->flags & OPF_A16 ? (u16)(ea + 2) : ea + 2;
    TRY(mem_load(c, o, o->seg, ea, 2, &limit));
    TRY(mem_load(c, o, o->seg, base_at, 4, &base));
    t->limit = (u16)limit;
    t->base = o->flags & OPF_O16 ? (u32)base & 0xffffff : (u32)base;
    return OP_NEXT;
}

static enum op_status store_table(struct cpu *c, const struct op *o, const struct table_reg *t)
{
    u32 ea = op_ea(c, o), base_at = o->flags & OPF_A16 ? (u16)(ea + 2) : ea + 2;

    TRY(mem_probe_write(c, o, o->seg, ea, 2));
    TRY(mem_store(c, o, o->seg, base_at, 4, t->base));
    return mem_store(c, o, o->seg, ea, 2, t->limit);
}

static enum op_status lgdt(struct cpu *c, const struct op *o)
{
    return load_table(c, o, &c->gdtr);
}

static enum op_status lidt(struct cpu *c, const struct op *o)
{
    return load_table(c, o, &c->idtr);
}

static enum op_status sgdt(struct cpu *c, const struct op *o)
{
    return store_table(c, o, &c->gdtr);
}

static enum op_status sidt(struct cpu *c, const struct op *o)
{
    return store_table(c, o, &c->idtr);
}

OP_CALL(exec_lgdt, lgdt)
OP_CALL(exec_lidt, lidt)
OP_CALL(exec_sgdt, sgdt)
OP_CALL(exec_sidt, sidt)

/* ---- control registers ---- */

/* Write CR0 with all its checks; the mode follows. */
static enum op_status set_cr0(struct cpu *c, u32 value)
{
    const struct cpu_model *m = c->model;

    if ((value & CR0_PG) && !(value & CR0_PE))
        return cpu_fault_code(c, VEC_GP, 0, "CR0 = %08x: PG without PE", value);
    if (m->id >= ID_486 && (value & CR0_NW) && !(value & CR0_CD))
        return cpu_fault_code(c, VEC_GP, 0, "CR0 = %08x: NW without CD", value);
    value &= m->cr0;
    if (m->id >= ID_486)
        value |= CR0_ET;
    /* SDM vol. 3, 4.4.1: a change of the cache bits loads the PDPTEs as well. */
    if ((value & CR0_PG) && (c->mmu.cr4 & CR4_PAE) &&
        ((value ^ c->mmu.cr0) & (CR0_PG | CR0_CD | CR0_NW)) &&
        !mmu_load_pdptes(&c->mmu, c->mmu.cr3))
        return cpu_fault_code(c, VEC_GP, 0, "CR0 = %08x: reserved bits in the PDPTEs at %x", value,
                              c->mmu.cr3);
    mmu_set_cr0(&c->mmu, value);
    cpu_update_mode(c);
    fpu_update(c);
    return OP_NEXT;
}

static enum op_status set_cr4(struct cpu *c, u32 value)
{
    u32 changed = value ^ c->mmu.cr4;

    if (value & ~c->model->cr4)
        return cpu_fault_code(c, VEC_GP, 0, "CR4 = %08x: %s has only %08x", value, c->model->name,
                              c->model->cr4);
    if ((c->mmu.cr0 & CR0_PG) && (value & CR4_PAE) && (changed & (CR4_PAE | CR4_PGE | CR4_PSE)) &&
        !mmu_load_pdptes(&c->mmu, c->mmu.cr3))
        return cpu_fault_code(c, VEC_GP, 0, "CR4.PAE = 1: reserved bits in the PDPTEs at %x",
                              c->mmu.cr3);
    mmu_set_cr4(&c->mmu, value);
    fpu_update(c);
    return OP_NEXT;
}

static enum op_status cr_exists(struct cpu *c, unsigned n)
{
    if (n == 0 || n == 2 || n == 3 || (n == 4 && c->model->cr4))
        return OP_NEXT;
    return cpu_fault(c, VEC_UD, "CR%u does not exist on %s", n, c->model->name);
}

static enum op_status mov_from_cr(struct cpu *c, const struct op *o)
{
    unsigned n = o->r2;

    TRY(cr_exists(c, n));
    TRY(need_cpl0(c, "MOV from CRn"));
    REG32(o->r1) = n == 0 ? c->mmu.cr0 : n == 2 ? c->cr2 : n == 3 ? c->mmu.cr3 : c->mmu.cr4;
    return OP_NEXT;
}

static enum op_status mov_to_cr(struct cpu *c, const struct op *o)
{
    unsigned n = o->r2;
    u32 v = REG32(o->r1);

    TRY(cr_exists(c, n));
    TRY(need_cpl0(c, "MOV to CRn"));
    switch (n) {
    case 0:
        TRY(set_cr0(c, v));
        break;
    case 2:
        c->cr2 = v;
        break;
    case 3:
        if (!mmu_set_cr3(&c->mmu, v))
            return cpu_fault_code(c, VEC_GP, 0, "CR3 = %08x: reserved bits in its PDPTEs", v);
        break;
    default:
        TRY(set_cr4(c, v));
        break;
    }
    return leave_next(c, o);
}

static enum op_status lmsw(struct cpu *c, const struct op *o)
{
    u32 v;

    TRY(need_cpl0(c, "LMSW"));
    TRY(rm_load(c, o, 2, &v));
    /* PE can be set but not cleared. */
    TRY(set_cr0(c, (c->mmu.cr0 & ~0xeu) | (v & 0xf)));
    return leave_next(c, o);
}

static enum op_status smsw(struct cpu *c, const struct op *o)
{
    return rm_store(c, o, o->flags & (OPF_MEM | OPF_O16) ? 2 : 4, c->mmu.cr0);
}

static enum op_status clts(struct cpu *c, const struct op *o)
{
    TRY(need_cpl0(c, "CLTS"));
    mmu_set_cr0(&c->mmu, c->mmu.cr0 & ~CR0_TS);
    fpu_update(c);
    return leave_next(c, o);
}

OP_CALL(exec_mov_from_cr, mov_from_cr)
OP_CALL(exec_mov_to_cr, mov_to_cr)
OP_CALL(exec_lmsw, lmsw)
OP_CALL(exec_smsw, smsw)
OP_CALL(exec_clts, clts)

/* ---- debug registers ---- */

/* DR4 and DR5 are DR6 and DR7, or do not exist (CR4.DE); DR7.GD guards them all. */
static enum op_status dr_access(struct cpu *c, const struct op *o, unsigned *n)
{
    *n = o->r2;
    if (*n == 4 || *n == 5) {
        if (c->mmu.cr4 & CR4_DE)
            return cpu_fault(c, VEC_UD, "DR%u with CR4.DE set", *n);
        *n += 2;
    }
    TRY(need_cpl0(c, "MOV of DRn"));
    if (c->dr[7] & DR7_GD) {
        c->dr[6] |= DR6_BD;
        return cpu_fault(c, VEC_DB, "MOV of DR%u with DR7.GD set", *n);
    }
    return OP_NEXT;
}

static enum op_status mov_from_dr(struct cpu *c, const struct op *o)
{
    unsigned n;

    TRY(dr_access(c, o, &n));
    REG32(o->r1) = c->dr[n];
    return OP_NEXT;
}

static enum op_status mov_to_dr(struct cpu *c, const struct op *o)
{
    unsigned n;

    TRY(dr_access(c, o, &n));
    u32 v = REG32(o->r1);
    if (n == 6)
        debug_set_dr6(c, v);
    else if (n == 7)
        debug_set_dr7(c, v);
    else
        c->dr[n] = v;
    return leave_next(c, o);
}

OP_CALL(exec_mov_from_dr, mov_from_dr)
OP_CALL(exec_mov_to_dr, mov_to_dr)

/*
 * Test registers: TR6, TR7 test the TLB (386), TR3-TR5 the cache (486). They keep what is written;
 * there is no cache array behind them, so a TLB lookup through TR6 never hits (TR7.HT stays 0).
 */
static enum op_status tr_exists(struct cpu *c, unsigned n)
{
    if (n >= (c->model->id == ID_386 ? 6u : 3u))
        return OP_NEXT;
    return cpu_fault(c, VEC_UD, "TR%u does not exist on %s", n, c->model->name);
}

static enum op_status mov_from_tr(struct cpu *c, const struct op *o)
{
    unsigned n = o->r2;

    TRY(tr_exists(c, n));
    TRY(need_cpl0(c, "MOV from TRn"));
    REG32(o->r1) = (u32)c->msr.misc[n];
    return OP_NEXT;
}

static enum op_status mov_to_tr(struct cpu *c, const struct op *o)
{
    unsigned n = o->r2;

    TRY(tr_exists(c, n));
    TRY(need_cpl0(c, "MOV to TRn"));
    c->msr.misc[n] = REG32(o->r1);
    return OP_NEXT;
}

OP_CALL(exec_mov_from_tr, mov_from_tr)
OP_CALL(exec_mov_to_tr, mov_to_tr)

/* ---- caches and TLB ---- */

static enum op_status invd(struct cpu *c, const struct op *o)
{
    (void)o;
    return need_cpl0(c, "INVD or WBINVD"); /* there is no cache to empty */
}

static enum op_status invlpg(struct cpu *c, const struct op *o)
{
    TRY(need_cpl0(c, "INVLPG"));
    mmu_flush_page(&c->mmu, c->seg[o->seg].base + op_ea(c, o));
    return leave_next(c, o);
}

OP_CALL(exec_invd, invd)
OP_CALL(exec_invlpg, invlpg)

/* ---- time stamp, performance counters, MSRs ---- */

u64 cpu_time_stamp(struct cpu *c)
{
    if (!c->bus.time_ns)
        return cpu_executed(c) + c->tsc_offset;
    fpu_callback(c);
    /*
     * Seconds and the rest apart, so that the products fit 64 bits. Kernels and their delay loops
     * come here all the time: the present second is kept.
     */
    u64 t = c->bus.time_ns(c->bus.owner), rest = t - c->second.ns;
    if (unlikely(rest >= NS_PER_SEC)) {
        rest = t % NS_PER_SEC;
        c->second.ns = t - rest;
        c->second.count = t / NS_PER_SEC * c->tsc_hz;
    }
    return c->second.count + rest * c->tsc_hz / NS_PER_SEC + c->tsc_offset;
}

void cpu_set_tsc_hz(struct cpu *c, u64 hz)
{
    u64 now = cpu_time_stamp(c);
    c->tsc_hz = hz ? hz : c->model->tsc_hz;
    c->second.ns = c->second.count = 0;
    cpu_set_time_stamp(c, now);
}

void cpu_set_time_stamp(struct cpu *c, u64 value)
{
    c->tsc_offset += value - cpu_time_stamp(c);
}

static enum op_status rdtsc(struct cpu *c, const struct op *o)
{
    if ((c->mmu.cr4 & CR4_TSD) && c->cpl != 0)
        return cpu_fault_code(c, VEC_GP, 0, "RDTSC at CPL %u with CR4.TSD set", c->cpl);
    c->slow_op = o;
    u64 t = cpu_time_stamp(c);
    c->gpr[EAX] = (u32)t;
    c->gpr[EDX] = (u32)(t >> 32);
    return OP_NEXT;
}

static enum op_status rdpmc(struct cpu *c, const struct op *o)
{
    (void)o;
    if (c->cpl != 0 && !(c->mmu.cr4 & CR4_PCE))
        return cpu_fault_code(c, VEC_GP, 0, "RDPMC at CPL %u with CR4.PCE clear", c->cpl);
    if (c->gpr[ECX] > 1)
        return cpu_fault_code(c, VEC_GP, 0, "RDPMC: counter %x", c->gpr[ECX]);
    c->gpr[EAX] = c->gpr[EDX] = 0; /* the counters stand still */
    return OP_NEXT;
}

static enum op_status rdmsr(struct cpu *c, const struct op *o)
{
    unsigned slot;
    u64 v;

    TRY(need_cpl0(c, "RDMSR"));
    const struct msr_def *d = model_msr(c->model, c->gpr[ECX], &slot);
    if (!d) {
        log_at(c->log, LOG_UNIMP, "RDMSR %x: not on %s", c->gpr[ECX], c->model->name);
        return cpu_fault_code(c, VEC_GP, 0, "RDMSR %x: not on %s", c->gpr[ECX], c->model->name);
    }
    c->slow_op = o;
    switch (d->kind) {
    case MSR_PLAIN:
    case MSR_MEMTYPE:
    case MSR_MTRR_TYPE:
    case MSR_MTRR_RANGE:
    case MSR_SERIAL:
        v = c->msr.misc[slot];
        break;
    case MSR_TSC:
        v = cpu_time_stamp(c);
        break;
    case MSR_SYSENTER_CS:
        v = c->msr.sysenter_cs;
        break;
    case MSR_SYSENTER_ESP:
        v = c->msr.sysenter_esp;
        break;
    case MSR_SYSENTER_EIP:
        v = c->msr.sysenter_eip;
        break;
    case MSR_APIC_BASE:
        v = c->msr.apic_base;
        break;
    default:
        v = d->reset;
        break;
    }
    c->gpr[EAX] = (u32)v;
    c->gpr[EDX] = (u32)(v >> 32);
    return OP_NEXT;
}

/* Memory types that exist: UC, WC, WT, WP, WB, and in the PAT UC- (SDM vol. 3, 11.11.2.1, 11.12).
 */
static bool memory_type_valid(u8 type, bool pat)
{
    return type < 8 && (pat ? 0xf3u : 0x73u) >> type & 1;
}

static bool memory_types_valid(const struct msr_def *d, u32 number, u64 v)
{
    enum { PAT = 0x277 };
    if (d->kind == MSR_MTRR_RANGE && (number & 1))
        return !(v & 0x7ff);
    unsigned bytes = d->kind == MSR_MEMTYPE ? 8 : 1;
    for (unsigned i = 0; i < bytes; i++)
        if (!memory_type_valid((u8)(v >> 8 * i), number == PAT))
            return false;
    return d->kind != MSR_MTRR_RANGE || !(v & 0x800);
}

static enum op_status wrmsr(struct cpu *c, const struct op *o)
{
    unsigned slot;
    u32 number = c->gpr[ECX];
    u64 v = (u64)c->gpr[EDX] << 32 | c->gpr[EAX];

    TRY(need_cpl0(c, "WRMSR"));
    const struct msr_def *d = model_msr(c->model, number, &slot);
    if (!d || d->kind == MSR_CONST) {
        log_at(c->log, LOG_UNIMP, "WRMSR %x = %llx: not on %s", number, (unsigned long long)v,
               c->model->name);
        return cpu_fault_code(c, VEC_GP, 0, "WRMSR %x: not writable on %s", number, c->model->name);
    }
    if (d->kind != MSR_IGNORE && (v & ~d->mask)) {
        return cpu_fault_code(c, VEC_GP, 0, "WRMSR %x = %llx: reserved bits", number,
                              (unsigned long long)v);
    }
    c->slow_op = o;
    switch (d->kind) {
    case MSR_MEMTYPE:
    case MSR_MTRR_TYPE:
    case MSR_MTRR_RANGE:
        if (!memory_types_valid(d, number, v))
            return cpu_fault_code(c, VEC_GP, 0, "WRMSR %x = %llx: no such memory type", number,
                                  (unsigned long long)v);
        c->msr.misc[slot] = v;
        break;
    case MSR_PLAIN:
        c->msr.misc[slot] = v;
        break;
    case MSR_SERIAL:
        c->msr.misc[slot] = v | (c->msr.misc[slot] & 1u << 21);
        break;
    case MSR_TSC:
        /* The parts of the time could write only the low half; the high half becomes 0. */
        cpu_set_time_stamp(c, (u32)v);
        break;
    case MSR_SYSENTER_CS:
        c->msr.sysenter_cs = (u32)v;
        break;
    case MSR_SYSENTER_ESP:
        c->msr.sysenter_esp = (u32)v;
        break;
    case MSR_SYSENTER_EIP:
        c->msr.sysenter_eip = (u32)v;
        break;
    case MSR_APIC_BASE:
        c->msr.apic_base = (v & ~0x100ull) | (c->msr.apic_base & 0x100);
        if (c->bus.apic_base) {
            fpu_callback(c);
            c->bus.apic_base(c->bus.owner, c->msr.apic_base);
        }
        break;
    default:
        break;
    }
    return OP_NEXT;
}

static enum op_status cpuid(struct cpu *c, const struct op *o)
{
    u32 out[4];

    (void)o;
    cpu_cpuid(c, c->gpr[EAX], out);
    c->gpr[EAX] = out[0];
    c->gpr[EBX] = out[1];
    c->gpr[ECX] = out[2];
    c->gpr[EDX] = out[3];
    return OP_NEXT;
}

OP_CALL(exec_rdtsc, rdtsc)
OP_CALL(exec_rdpmc, rdpmc)
OP_CALL(exec_rdmsr, rdmsr)
OP_CALL(exec_wrmsr, wrmsr)
OP_CALL(exec_cpuid, cpuid)

/* ---- SYSENTER, SYSEXIT ---- */

/* A flat 32-bit segment that no descriptor stands behind. */
static void flat_segment(struct seg *s, u16 sel, unsigned dpl, bool code)
{
    s->sel = sel;
    s->base = 0;
    s->limit = 0xffffffffu;
    s->attr = (u16)(SEG_G | SEG_DB | SEG_P | dpl << 5 | SEG_S | (code ? SEG_CODE : 0) | SEG_RW |
                    SEG_ACCESSED);
    s->usable = true;
    seg_update(s);
}

static enum op_status sysenter(struct cpu *c, const struct op *o)
{
    u16 cs = (u16)c->msr.sysenter_cs & 0xfffc;

    (void)o;
    if (!(c->mmu.cr0 & CR0_PE) || cs == 0)
        return cpu_fault_code(c, VEC_GP, 0, "SYSENTER %s",
                              cs ? "in real mode" : "with SYSENTER_CS null");
    c->cpl = 0;
    flat_segment(&c->seg[SEG_CS], cs, 0, true);
    flat_segment(&c->seg[SEG_SS], (u16)(cs + 8), 0, false);
    c->gpr[ESP] = c->msr.sysenter_esp;
    c->eip = c->msr.sysenter_eip;
    cpu_set_eflags(c, cpu_eflags(c) & ~(EFL_VM | EFL_IF | EFL_RF));
    return OP_JUMP;
}

static enum op_status sysexit(struct cpu *c, const struct op *o)
{
    u16 cs = (u16)c->msr.sysenter_cs & 0xfffc;

    (void)o;
    if (!(c->mmu.cr0 & CR0_PE) || cs == 0 || c->cpl != 0)
        return cpu_fault_code(c, VEC_GP, 0, "SYSEXIT at CPL %u with SYSENTER_CS %04x", c->cpl, cs);
    c->cpl = 3;
    flat_segment(&c->seg[SEG_CS], (u16)((cs + 16) | 3), 3, true);
    flat_segment(&c->seg[SEG_SS], (u16)((cs + 24) | 3), 3, false);
    c->gpr[ESP] = c->gpr[ECX];
    c->eip = c->gpr[EDX];
    cpu_update_mode(c);
    return OP_JUMP;
}

OP_CALL(exec_sysenter, sysenter)
OP_CALL(exec_sysexit, sysexit)
