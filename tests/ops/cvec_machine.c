/*
 * cvec_machine.c - see cvec_machine.h. Memory map in user mode: the vectors' regions below 4 MiB
 * as user pages at identity addresses; the supervisor's tables from 8 MiB up.
 */
#include "tests/ops/cvec_machine.h"

#include "cpu/decode/decode.h"
#include "cpu/decode/models.h"
#include "cpu/fpu.h"
#include "cpu/protect/seg.h"
#include "cpu/trace.h"
#include "cpu/translate/jit.h"

#include <stdlib.h>
#include <string.h>

#define RAM_SIZE (16u << 20)
#define GDT_AT 0x800000u
#define LDT_AT 0x800400u
#define IDT_AT 0x801000u
#define TSS_AT 0x802000u
#define STACK_TOP 0x804000u
#define HANDLERS_AT 0x805000u /* 256 x HLT, 16 bytes apart */
#define DIRECTORY_AT 0x810000u
#define TABLES_AT 0x811000u /* four page tables: 16 MiB */

#define COMPARE_TO 0x600000u /* RAM below here belongs to the vectors */

static u32 port_in(void *owner, u16 port, unsigned size)
{
    (void)owner;
    (void)port;
    return size == 4 ? ~0u : (1u << (8 * size)) - 1;
}

static void port_out(void *owner, u16 port, u32 value, unsigned size)
{
    (void)owner;
    (void)port;
    (void)value;
    (void)size;
}

static u8 irq_ack(void *owner)
{
    (void)owner;
    return 0xff;
}

static u64 time_ns(void *owner)
{
    (void)owner;
    return 0;
}

static void poke(struct cvec_machine *m, u32 addr, const void *bytes, u32 len)
{
    phys_write(&m->phys, addr, bytes, len);
}

static void poke32(struct cvec_machine *m, u32 addr, u32 v)
{
    u8 b[4];
    put_le32(b, v);
    poke(m, addr, b, 4);
}

static void fill_regions(struct cvec_machine *m, u8 *ram)
{
    for (unsigned i = 0; i < m->file->region_count; i++) {
        const struct cvec_region *r = &m->file->region[i];
        for (u32 a = 0; a < r->len; a++)
            ram[r->base + a] = cvec_fill(r, r->base + a);
    }
}

static void build_tables(struct cvec_machine *m)
{
    static const u32 gdt[][2] = {
        {0, 0},
        {0x0000ffff, 0x00cf9b00}, /* 08: supervisor code */
        {0x0000ffff, 0x00cf9300}, /* 10: supervisor data */
        {0, 0},
        {0x0000ffff, 0x00cffb00}, /* 23: user code */
        {0x0000ffff, 0x00cff300}, /* 2B: user data */
        {(TSS_AT & 0xffff) << 16 | 0x67, (TSS_AT & 0xff000000) | (TSS_AT >> 16 & 0xff) | 0x8b00},
        {(LDT_AT & 0xffff) << 16 | 0x7f, (LDT_AT & 0xff000000) | (LDT_AT >> 16 & 0xff) | 0x8200},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(gdt); i++) {
        poke32(m, GDT_AT + 8 * i, gdt[i][0]);
        poke32(m, GDT_AT + 8 * i + 4, gdt[i][1]);
    }
    poke(m, LDT_AT, m->file->ldt, 8 * m->file->ldt_count);
    for (u32 v = 0; v < 256; v++) {
        u32 at = HANDLERS_AT + 16 * v, dpl = v == 3 || v == 4 ? 3 : 0;
        poke32(m, IDT_AT + 8 * v, 8u << 16 | (at & 0xffff));
        poke32(m, IDT_AT + 8 * v + 4, (at & 0xffff0000u) | 0x8e00 | dpl << 13);
        poke(m, at, "\xf4", 1);
    }
    poke32(m, TSS_AT + 4, STACK_TOP);
    poke32(m, TSS_AT + 8, 0x10);
    poke32(m, TSS_AT + 0x64, 0x680000); /* I/O bitmap beyond the limit */
    for (u32 t = 0; t < 4; t++) {
        poke32(m, DIRECTORY_AT + 4 * t, (TABLES_AT + 4096 * t) | 7);
        for (u32 i = 0; i < 1024; i++) {
            u32 page = (t * 1024 + i) * 4096;
            poke32(m, TABLES_AT + 4096 * t + 4 * i, t < 2 ? 0 : page | 3);
        }
    }
    for (unsigned i = 0; i < m->file->region_count; i++) {
        const struct cvec_region *r = &m->file->region[i];
        for (u32 a = r->base & ~4095u; a < r->base + r->len; a += 4096)
            poke32(m, TABLES_AT + 4 * (a >> 12), a | 5 | (r->prot & 2));
    }
}

bool cvec_machine_new(struct cvec_machine *m, const char *model, const struct cvec_file *f,
                      struct err *e)
{
    static const struct cpu_bus bus = {
        .port_in = port_in, .port_out = port_out, .irq_ack = irq_ack, .time_ns = time_ns};
    const struct cpu_model *cm = cpu_model_find(model);
    memset(m, 0, sizeof *m);
    if (!cm)
        return err_set(e, "there is no processor model '%s'", model);
    m->file = f;
    m->log.out = stderr;
    m->expected = calloc(1, COMPARE_TO);
    m->superset = decoder_new(cpu_model_find("pentium4"));
    if (!m->expected || !m->superset || !phys_init(&m->phys, RAM_SIZE, &m->log) ||
        !(m->cpu = cpu_new(cm, &m->phys, &bus, &m->log)))
        return err_set(e, "out of memory");
    fill_regions(m, m->phys.ram);
    fill_regions(m, m->expected);
    if (f->mode == CVEC_FLAT)
        build_tables(m);
    return true;
}

bool cvec_translate(struct cvec_machine *m, struct err *e)
{
    return jit_start(m->cpu, 0, false, e);
}

void cvec_machine_free(struct cvec_machine *m)
{
    cpu_free(m->cpu);
    phys_free(&m->phys);
    decoder_free(m->superset);
    free(m->expected);
}

/* A segment register as its descriptor says. */
static void load_seg(struct cvec_machine *m, struct seg *s, u16 sel)
{
    u8 d[8] = {0};
    memset(s, 0, sizeof *s);
    s->sel = sel;
    if (sel & 0xfffc)
        phys_read(&m->phys, (sel & 4 ? LDT_AT : GDT_AT) + (sel & 0xfff8), d, 8);
    u32 lo = get_le32(d), hi = get_le32(d + 4);
    s->usable = sel & 0xfffc;
    s->base = lo >> 16 | (hi & 0xff) << 16 | (hi & 0xff000000u);
    s->limit = (lo & 0xffff) | (hi & 0xf0000);
    s->attr = (u16)(hi >> 8);
    if (hi & 0x800000)
        s->limit = s->limit << 12 | 0xfff;
    seg_update(s);
}

static void load_fx(struct cpu *c, const u8 *fx)
{
    struct cpu_fpu *f = &c->fpu;
    fpu_leave(c);
    f->fcw = get_le16(fx);
    f->fsw = get_le16(fx + 2);
    f->ftw = fx[4];
    f->mxcsr = get_le32(fx + 24);
    unsigned top = f->fsw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        memcpy(f->st[(top + i) & 7], fx + 32 + 16 * i, 16);
        memcpy(f->xmm[i], fx + 160 + 16 * i, 16);
    }
    fpu_loaded(c); /* as FXRSTOR does: ES and B follow from flags and masks */
}

static void store_fx(struct cpu *c, u8 *fx)
{
    struct cpu_fpu *f = &c->fpu;
    fpu_leave(c);
    put_le16(fx, f->fcw);
    put_le16(fx + 2, f->fsw);
    fx[4] = f->ftw;
    put_le32(fx + 24, f->mxcsr);
    unsigned top = f->fsw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        memcpy(fx + 32 + 16 * i, f->st[(top + i) & 7], 10);
        memcpy(fx + 160 + 16 * i, f->xmm[i], 16);
    }
}

static void set_state(struct cvec_machine *m, const u8 *st)
{
    struct cpu *c = m->cpu;
    cpu_reset(c);
    if (m->file->mode == CVEC_FLAT) {
        c->gdtr = (struct table_reg){GDT_AT, 0x3f};
        c->idtr = (struct table_reg){IDT_AT, 0x7ff};
        load_seg(m, &c->ldtr, 0x38);
        load_seg(m, &c->tr, 0x30);
        mmu_set_cr4(&c->mmu, CR4_OSFXSR | CR4_OSXMMEXCPT);
        mmu_set_cr3(&c->mmu, DIRECTORY_AT);
        mmu_set_cr0(&c->mmu, CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG);
        c->cpl = 3;
    } else {
        mmu_set_cr0(&c->mmu, CR0_ET);
        c->idtr = (struct table_reg){0, 0x3ff};
    }
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = get_le32(st + CVEC_GPR + 4 * i);
    c->eip = get_le32(st + CVEC_EIP);
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        u16 sel = get_le16(st + CVEC_SEG + 2 * i);
        if (m->file->mode == CVEC_FLAT) {
            load_seg(m, &c->seg[i], sel);
        } else {
            c->seg[i].sel = sel;
            c->seg[i].base = (u32)sel << 4;
            c->seg[i].limit = 0xffff;
            seg_update(&c->seg[i]);
        }
    }
    cpu_set_eflags(c, get_le32(st + CVEC_EFLAGS));
    load_fx(c, st + CVEC_FX);
}

static void get_state(struct cvec_machine *m, u8 *st)
{
    struct cpu *c = m->cpu;
    memset(st, 0, CVEC_STATE);
    for (unsigned i = 0; i < 8; i++)
        put_le32(st + CVEC_GPR + 4 * i, c->gpr[i]);
    put_le32(st + CVEC_EIP, c->eip);
    put_le32(st + CVEC_EFLAGS, cpu_eflags(c));
    for (unsigned i = 0; i < SEG_COUNT; i++)
        put_le16(st + CVEC_SEG + 2 * i, c->seg[i].sel);
    store_fx(c, st + CVEC_FX);
}

/* Is the instruction at p a repeated string instruction? */
static bool repeats(const u8 *p, unsigned n)
{
    bool rep = false;
    for (unsigned i = 0; i < n; i++) {
        switch (p[i]) {
        case 0xf2:
        case 0xf3:
            rep = true;
            continue;
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x64:
        case 0x65:
        case 0x66:
        case 0x67:
        case 0xf0:
            continue;
        default:
            return rep && ((p[i] >= 0xa4 && p[i] <= 0xa7) || (p[i] >= 0xaa && p[i] <= 0xaf) ||
                           (p[i] >= 0x6c && p[i] <= 0x6f));
        }
    }
    return false;
}

/* In user mode an exception ends in the supervisor's HLT; its stack holds what was saved. */
static void read_exception(struct cvec_machine *m, struct cvec_seen *seen)
{
    struct cpu *c = m->cpu;
    u32 at = c->gpr[ESP], frame[6] = {0};
    seen->vector = (u8)((c->eip - HANDLERS_AT) >> 4);
    seen->has_error =
        seen->vector == 8 || (seen->vector >= 10 && seen->vector <= 14) || seen->vector == 17;
    if (seen->has_error) {
        u8 b[4];
        phys_read(&m->phys, at, b, 4);
        put_le32(seen->state + CVEC_ERROR, get_le32(b));
        at += 4;
    }
    for (unsigned i = 0; i < 5; i++) {
        u8 b[4];
        phys_read(&m->phys, at + 4 * i, b, 4);
        frame[i] = get_le32(b);
    }
    put_le32(seen->state + CVEC_EIP, frame[0]);
    put_le16(seen->state + CVEC_SEG + 2 * SEG_CS, (u16)frame[1]);
    put_le32(seen->state + CVEC_EFLAGS, frame[2]);
    put_le32(seen->state + 4 * ESP, frame[3]);
    put_le16(seen->state + CVEC_SEG + 2 * SEG_SS, (u16)frame[4]);
    put_le32(seen->state + CVEC_CR2, c->cr2);
}

void cvec_adapt(struct cvec_machine *m, struct cvec *v)
{
    u8 code[DECODE_MAX];
    struct op o;
    if (m->file->mode != CVEC_FLAT)
        return;
    u32 eip = get_le32(v->before + CVEC_EIP), mode = MODE_CS32 | MODE_PE;
    u16 cs = get_le16(v->before + CVEC_SEG + 2 * SEG_CS);
    if (cs & 4 && cs >> 3 < m->file->ldt_count) {
        const u8 *d = m->file->ldt + (cs & ~7u);
        eip += get_le16(d + 2) | (u32)d[4] << 16 | (u32)d[7] << 24;
        mode = d[6] & 0x40 ? mode : MODE_PE;
    }
    for (unsigned i = 0; i < sizeof code; i++) {
        code[i] = 0xcc;
        for (unsigned k = 0; k < v->before_runs; k++)
            if (eip + i - v->before_mem[k].addr < v->before_mem[k].len)
                code[i] = v->before_mem[k].bytes[eip + i - v->before_mem[k].addr];
    }
    if (!decode_op(m->superset, mode, code, sizeof code, &o) ||
        model_has(m->cpu->model, (enum feature)opdefs[o.def].feature))
        return;
    memcpy(v->after, v->before, sizeof v->after);
    v->vector = VEC_UD;
    v->after_runs = 0;
}

bool cvec_sequence(const struct cvec_file *f, const struct cvec *v)
{
    return !strncmp(f->form[v->form].name, "seq", 3);
}

/* A sequence ends with the INT3 after it; the slices that it runs in must not show. */
static void run_sequence(struct cvec_machine *m, unsigned slice)
{
    for (unsigned done = 0; done < 100000 && m->cpu->cpl; done += slice)
        cpu_run(m->cpu, slice);
}

/*
 * The recorder saw the fault of the fetch at a branch's target with the branch; here the fetch is
 * of the next instruction.
 */
static bool fetch_faults(struct cpu *c)
{
    u32 phys;
    return c->eip > c->cs_limit ||
           !mmu_translate(&c->mmu, c->seg[SEG_CS].base + c->eip, MMU_EXEC, c->user, &phys);
}

static void run_one(struct cvec_machine *m, const struct cvec *v)
{
    struct cpu *c = m->cpu;
    u8 code[15];
    u32 start = c->eip, lin = c->seg[SEG_CS].base + start;
    u16 cs = c->seg[SEG_CS].sel;
    phys_read(&m->phys, lin, code, sizeof code);
    bool rep = repeats(code, sizeof code);
    bool with_fwait = strstr(m->file->form[v->form].name, "FWAIT") != NULL;

    for (unsigned n = 0; n < 200000; n++) {
        cpu_run(c, 1);
        if (m->file->mode == CVEC_FLAT && c->cpl == 0)
            break;
        if (rep && c->eip == start && c->seg[SEG_CS].sel == cs)
            continue;
        if (with_fwait) {
            u8 next;
            phys_read(&m->phys, c->seg[SEG_CS].base + c->eip, &next, 1);
            if (next != 0xcc)
                continue;
        }
        break;
    }
    if (m->file->mode == CVEC_FLAT && c->cpl && fetch_faults(c))
        cpu_run(c, 1);
}

void cvec_execute(struct cvec_machine *m, const struct cvec *v, unsigned slice,
                  struct cvec_seen *seen)
{
    struct cpu *c = m->cpu;
    for (unsigned i = 0; i < v->before_runs; i++) {
        const struct cvec_run *r = &v->before_mem[i];
        if (r->addr + r->len > COMPARE_TO)
            continue;
        poke(m, r->addr, r->bytes, r->len);
        memcpy(m->expected + r->addr, r->bytes, r->len);
    }
    set_state(m, v->before);
    memset(seen, 0, sizeof *seen);
    seen->vector = CVEC_NO_VECTOR;
    if (cvec_sequence(m->file, v))
        run_sequence(m, slice);
    else
        run_one(m, v);
    seen->stuck = cvec_sequence(m->file, v) && c->cpl;
    get_state(m, seen->state);
    if (m->file->mode == CVEC_FLAT && c->cpl == 0)
        read_exception(m, seen);
    if (cvec_sequence(m->file, v) && seen->vector == VEC_BP) {
        seen->vector = CVEC_NO_VECTOR;
        put_le32(seen->state + CVEC_EIP, get_le32(seen->state + CVEC_EIP) - 1);
    }
    for (unsigned i = 0; i < v->after_runs; i++) {
        const struct cvec_run *r = &v->after_mem[i];
        if (r->addr + r->len <= COMPARE_TO)
            memcpy(m->expected + r->addr, r->bytes, r->len);
    }
}

void cvec_disassemble(struct cvec_machine *m, const struct cvec *v, FILE *out)
{
    struct log saved = m->log;
    set_state(m, v->before);
    m->log = (struct log){LOG_EXEC, out};
    trace_instruction(m->cpu);
    m->log = saved;
}

static void refill(struct cvec_machine *m, u32 addr, u32 len)
{
    for (u32 a = addr; a < addr + len && a < COMPARE_TO; a++) {
        for (unsigned i = 0; i < m->file->region_count; i++) {
            const struct cvec_region *r = &m->file->region[i];
            if (a - r->base < r->len) {
                u8 b = cvec_fill(r, a);
                poke(m, a, &b, 1);
                m->expected[a] = b;
            }
        }
    }
}

void cvec_restore(struct cvec_machine *m, const struct cvec *v, bool all)
{
    if (all) {
        for (unsigned i = 0; i < m->file->region_count; i++)
            refill(m, m->file->region[i].base, m->file->region[i].len);
        return;
    }
    for (unsigned i = 0; i < v->before_runs; i++)
        refill(m, v->before_mem[i].addr, v->before_mem[i].len);
    for (unsigned i = 0; i < v->after_runs; i++)
        refill(m, v->after_mem[i].addr, v->after_mem[i].len);
    for (unsigned i = 0; i < v->ignore_runs; i++)
        refill(m, v->ignore[i].addr, v->ignore[i].len);
}
