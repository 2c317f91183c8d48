/*
 * rig.c - see rig.h.
 */
#include "tests/rows/rig.h"

#include "cpu/fpu.h"
#include "cpu/protect/seg.h"

#include <stdlib.h>
#include <string.h>

enum {
    SEL_CODE0 = 0x08,
    SEL_DATA0 = 0x10,
    SEL_CODE3 = 0x28 | 3,
    SEL_DATA3 = 0x30 | 3,
    SEL_TSS = 0x38
};

u32 rig_random(struct rig *r)
{
    r->seed ^= r->seed << 13;
    r->seed ^= r->seed >> 7;
    r->seed ^= r->seed << 17;
    return (u32)(r->seed >> 16);
}

/* ---- what is around the processor ---- */

static u32 port_in(void *owner, u16 port, unsigned size)
{
    struct rig *r = owner;
    u32 value = r->port_value ^ port * 0x01010101u;
    r->callbacks++;
    r->port_log++;
    return size == 4 ? value : value & ((1u << (8 * size)) - 1);
}

static void port_out(void *owner, u16 port, u32 value, unsigned size)
{
    struct rig *r = owner;
    r->callbacks++;
    r->port_log = r->port_log * 0x9e3779b1u + (value ^ port << 8 ^ size);
}

static u8 irq_ack(void *owner)
{
    (void)owner;
    return 0x40;
}

static u64 time_ns(void *owner)
{
    struct rig *r = owner;
    r->callbacks++;
    return r->time;
}

static void note(struct rig *r, u32 addr, unsigned size, bool write)
{
    if (r->accesses < ARRAY_SIZE(r->access))
        r->access[r->accesses++] = (struct access){addr - DEVICE, (u8)size, write};
}

static u32 window_read(void *dev, u32 addr, unsigned size)
{
    struct rig *r = dev;
    note(r, addr, size, false);
    return (u32)phys_load(&r->phys, addr - DEVICE + WINDOW, size);
}

static void window_write(void *dev, u32 addr, u32 value, unsigned size)
{
    struct rig *r = dev;
    note(r, addr, size, true);
    phys_store(&r->phys, addr - DEVICE + WINDOW, value, size);
}

/* ---- memory ---- */

static u8 *ram(struct rig *r, u32 at)
{
    return r->phys.ram + at;
}

static void descriptor(u8 *at, u32 base, u32 limit, u32 attr)
{
    put_le32(at, (base & 0xffff) << 16 | (limit & 0xffff));
    put_le32(at + 4,
             (base & 0xff000000u) | (attr & 0xf0ff) << 8 | (limit & 0xf0000) | (base >> 16 & 0xff));
}

static void build_tables(struct rig *r)
{
    u8 *gdt = ram(r, GDT);
    descriptor(gdt + SEL_CODE0, 0, 0xfffff, 0xc09b);
    descriptor(gdt + SEL_DATA0, 0, 0xfffff, 0xc093);
    descriptor(gdt + (SEL_CODE3 & ~7), 0, 0xfffff, 0xc0fb);
    descriptor(gdt + (SEL_DATA3 & ~7), 0, 0xfffff, 0xc0f3);
    descriptor(gdt + SEL_TSS, TSS, 0x3ff, 0x008b);
    descriptor(gdt + 0x40, LDT, 0xff, 0x0082);
    descriptor(gdt + 0x48, TSS + 0x200, 0x67, 0x0089);
    descriptor(gdt + 0x50, WINDOW, 0xffff, 0x00f3);
    descriptor(gdt + 0x58, STACK, 0xffff, 0x0093);
    for (u32 v = 0; v < 256; v++) {
        u32 to = HANDLERS + 16 * v, dpl = v == 3 || v == 4 ? 3 : 0;
        put_le32(ram(r, IDT + 8 * v), SEL_CODE0 << 16 | (to & 0xffff));
        put_le32(ram(r, IDT + 8 * v + 4), (to & 0xffff0000u) | 0x8e00 | dpl << 13);
        *ram(r, to) = 0xf4;
    }
    put_le32(ram(r, TSS + 4), INNER_STACK);
    put_le32(ram(r, TSS + 8), SEL_DATA0);
    put_le32(ram(r, TSS + 100), 0x8000u << 16); /* the I/O bitmap is beyond the limit */
    put_le32(ram(r, DIRECTORY), TABLE | 7);
    for (u32 p = 1; p < 0x200; p++) /* nothing at 0, where small numbers point */
        put_le32(ram(r, TABLE + 4 * p), p << PAGE_SHIFT | 7);
}

bool rig_init(struct rig *r, const char *model)
{
    static const struct mmio_ops window = {window_read, window_write};
    const struct cpu_model *m = cpu_model_find(model);
    struct cpu_bus bus = {.owner = r,
                          .port_in = port_in,
                          .port_out = port_out,
                          .irq_ack = irq_ack,
                          .time_ns = time_ns};
    memset(r, 0, sizeof *r);
    r->seed = 88172645463325252ull;
    if (!phys_init(&r->phys, 2 << 20, NULL))
        return false;
    phys_map_ram(&r->phys, 0, 2 << 20, r->phys.ram);
    phys_map_mmio(&r->phys, DEVICE, PAGE_SIZE, &window, r, "window");
    r->decoder = decoder_new(m);
    r->c = cpu_new(m, &r->phys, &bus, NULL);
    if (!r->c || !r->decoder)
        return false;
    memset(r->phys.ram, 0xf4, 2 << 20); /* whatever is jumped to halts */
    memset(ram(r, TSS), 0, PAGE_SIZE);
    memset(ram(r, GDT), 0, 0x2000);
    memset(ram(r, DIRECTORY), 0, 2 * PAGE_SIZE);
    build_tables(r);
    return true;
}

void rig_free(struct rig *r)
{
    cpu_free(r->c);
    decoder_free(r->decoder);
    phys_free(&r->phys);
}

/* ---- putting in, taking out ---- */

static void put_segment(struct rig *r, unsigned n, u16 sel, u32 base, u32 limit, u32 attr)
{
    struct seg *s = &r->c->seg[n];
    *s = (struct seg){.base = base, .limit = limit, .sel = sel, .attr = (u16)attr, .usable = true};
    seg_update(s);
}

static void put_system(struct rig *r, const struct world *w)
{
    struct cpu *c = r->c;
    const struct setting *s = &r->set;
    u32 dpl = (u32)s->cpl << 5;
    u32 window = s->window == WINDOW_RAM      ? WINDOW | 7
                 : s->window == WINDOW_DEVICE ? DEVICE | 7
                                              : WINDOW;
    put_le32(ram(r, TABLE + 4 * (WINDOW >> PAGE_SHIFT)), window);
    put_le32(ram(r, TABLE + 4 * (STACK >> PAGE_SHIFT)), STACK | (s->absent_stack ? 0 : 7));
    c->gdtr = (struct table_reg){GDT, 0xff};
    c->idtr = (struct table_reg){IDT, 0x7ff};
    c->tr = (struct seg){.base = TSS, .limit = 0x3ff, .sel = SEL_TSS, .attr = 0x8b, .usable = true};
    c->ldtr = (struct seg){.base = LDT, .limit = 0xff, .sel = 0x40, .attr = 0x82, .usable = true};
    mmu_set_cr3(&c->mmu, w->cr3);
    mmu_set_cr4(&c->mmu, w->cr4);
    mmu_set_cr0(&c->mmu, w->cr0);
    c->cr2 = w->cr2;
    memcpy(c->dr, w->dr, sizeof c->dr);
    memset(&c->msr, 0, sizeof c->msr);
    c->msr.sysenter_cs = w->msr[0];
    c->msr.sysenter_esp = w->msr[1];
    c->msr.sysenter_eip = w->msr[2];
    c->tsc_offset = w->tsc;
    put_le32(ram(r, TABLE + 4 * (GDT >> PAGE_SHIFT)), GDT | (s->absent_tables ? 0 : 7));
    put_segment(r, SEG_CS, w->seg[SEG_CS].sel, 0, s->small_code ? CODE + 0x1f : 0xffffffffu,
                0xc09b | dpl);
    for (unsigned n = 0; n < SEG_COUNT; n++) {
        if (n == SEG_CS)
            continue;
        u32 attr = 0xc093 | dpl;
        if (n == SEG_SS && s->stack16)
            attr = 0x8093 | dpl;
        put_segment(r, n, w->seg[n].sel, w->seg[n].base, s->segmented ? 0xffff : 0xffffffffu, attr);
    }
}

static void put_fpu(struct rig *r, const struct world *w)
{
    struct cpu_fpu *f = &r->c->fpu;
    fpu_leave(r->c);
    f->fcw = w->fcw;
    f->fsw = w->fsw;
    f->ftw = w->ftw;
    f->fop = (u16)w->x87_pointers[0];
    f->fip = w->x87_pointers[1];
    f->fcs = (u16)w->x87_pointers[2];
    f->fdp = w->x87_pointers[3];
    f->fds = (u16)w->x87_pointers[4];
    f->last_op = 0;
    f->mxcsr = w->mxcsr;
    memset(f->st, 0, sizeof f->st);
    for (unsigned i = 0; i < 8; i++)
        memcpy(f->st[i], w->st[i], 10);
    memcpy(f->xmm, w->xmm, sizeof f->xmm);
    fpu_loaded(r->c);
}

void rig_put(struct rig *r, const struct world *w, const u8 *code, unsigned n)
{
    struct cpu *c = r->c;
    memcpy(ram(r, WINDOW), w->window, sizeof w->window);
    memcpy(ram(r, STACK), w->stack, sizeof w->stack);
    memcpy(ram(r, GDT), w->gdt, sizeof w->gdt);
    phys_write(&r->phys, CODE, code, n);
    c->event.pending = false;
    c->delivering = 0xff;
    c->halted = c->shutdown = c->nmi = c->nmi_blocked = c->stop_wanted = false;
    c->intr = false;
    c->shadow = SHADOW_NONE;
    c->stop = 0;
    c->dr6_hit = 0;
    put_system(r, w);
    memcpy(c->gpr, w->gpr, sizeof c->gpr);
    c->eip = w->eip;
    cpu_set_cpl(c, r->set.cpl);
    cpu_set_eflags(c, w->eflags | fl_to_eflags(w->fl));
    put_fpu(r, w);
    fpu_update(c);
    r->accesses = 0;
    r->callbacks = 0;
    r->port_value = w->port_value;
    r->port_log = 0;
    r->time = w->tsc;
}

int rig_step(struct rig *r)
{
    struct cpu *c = r->c;
    cpu_run(c, 1);
    if (c->shutdown)
        return 255;
    if (c->eip >= HANDLERS && c->eip < HANDLERS + 16 * 256 && c->seg[SEG_CS].sel == SEL_CODE0)
        return (int)(c->eip - HANDLERS) / 16;
    return -1;
}

void rig_get(struct rig *r, struct world *w)
{
    struct cpu *c = r->c;
    const struct cpu_fpu *f = &c->fpu;
    memset(w, 0, sizeof *w);
    fpu_leave(c);
    memcpy(w->gpr, c->gpr, sizeof w->gpr);
    w->eip = c->eip;
    u32 eflags = cpu_eflags(c);
    w->fl = fl_from_eflags(eflags) & FL_ALL;
    w->eflags = eflags & ~(EFL_ARITH | EFL_RF); /* RF: between the iterations of REP */
    for (unsigned n = 0; n < SEG_COUNT; n++) {
        w->seg[n].sel = c->seg[n].sel;
        w->seg[n].base = c->seg[n].base;
    }
    for (unsigned i = 0; i < 8; i++)
        memcpy(w->st[i], f->st[i], 10);
    memcpy(w->xmm, f->xmm, sizeof w->xmm);
    w->fcw = f->fcw;
    w->fsw = f->fsw;
    w->ftw = f->ftw;
    w->x87_pointers[0] = f->fop;
    w->x87_pointers[1] = f->fip;
    w->x87_pointers[2] = f->fcs;
    w->x87_pointers[3] = f->fdp;
    w->x87_pointers[4] = f->fds;
    w->mxcsr = f->mxcsr;
    w->cr0 = c->mmu.cr0;
    w->cr2 = c->cr2;
    w->cr3 = c->mmu.cr3;
    w->cr4 = c->mmu.cr4;
    memcpy(w->dr, c->dr, sizeof w->dr);
    w->tables[0] = c->gdtr.base;
    w->tables[1] = c->gdtr.limit;
    w->tables[2] = c->idtr.base;
    w->tables[3] = c->idtr.limit;
    w->ldtr = c->ldtr.sel;
    w->tr = c->tr.sel;
    w->halted = c->halted | c->nmi_blocked << 1;
    w->msr[0] = c->msr.sysenter_cs;
    w->msr[1] = c->msr.sysenter_esp;
    w->msr[2] = c->msr.sysenter_eip;
    w->tsc = c->tsc_offset;
    for (unsigned k = 0; k < ARRAY_SIZE(c->msr.misc); k++)
        w->other_msrs += c->msr.misc[k] * (2 * k + 1);
    w->port_value = r->port_value;
    w->port_log = r->port_log;
    memcpy(w->window, ram(r, WINDOW), sizeof w->window);
    memcpy(w->stack, ram(r, STACK), sizeof w->stack);
    memcpy(w->gdt, ram(r, GDT), sizeof w->gdt);
}

/* ---- making instructions and contents ---- */

static bool has_operand(const struct opdef *d, enum operand k)
{
    return d->operand[0] == k || d->operand[1] == k || d->operand[2] == k;
}

/* Can registers bring the operand into the window, and not the stack with it? */
static bool aimable(const struct rig *r, const struct op *o)
{
    if (o->base == ZERO_OFF || o->base == o->index || (r->set.segmented && o->seg == SEG_SS))
        return false;
    enum operation what = op_operation(o);
    if (what >= I_bt && what <= I_btc &&
        (o->r2 == o->base || o->r2 == o->index || o->r2 == offsetof(struct cpu, gpr[ESP])))
        return false;
    bool by_stack = o->base == offsetof(struct cpu, gpr[ESP]);
    return !by_stack || !((op_reads(o) | op_writes(o)) & (R_STACK | R_SS));
}

static bool encode(struct rig *r, unsigned row, unsigned form, struct instruction *i)
{
    const struct opdef *d = &opdefs[row];
    unsigned n = 0;
    memset(i, 0, sizeof *i);
    if (d->map > 1 || ((form & FORM_MEM) && (d->rm >= 0 || !row_has_modrm(d))))
        return false;
    if (form & FORM_LOCK)
        i->bytes[n++] = 0xf0;
    if (!(form & FORM_O16) != !(form & FORM_CODE16))
        i->bytes[n++] = 0x66;
    if (!(form & FORM_A16) != !(form & FORM_CODE16))
        i->bytes[n++] = 0x67;
    if (rig_random(r) % 6 == 0)
        i->bytes[n++] = 0x64; /* FS */
    if (form & FORM_REP)
        i->bytes[n++] = 0xf3;
    if (d->attr & A_PFX && d->pfx) {
        static const u8 prefix[4] = {0, 0x66, 0xf3, 0xf2};
        if (form & (FORM_O16 | FORM_REP | FORM_CODE16))
            return false;
        i->bytes[n++] = prefix[d->pfx];
    } else if ((d->attr & A_PFX) && (form & (FORM_O16 | FORM_CODE16 | FORM_REP))) {
        return false;
    }
    if (d->map)
        i->bytes[n++] = 0x0f;
    i->prefixes = (u8)(n - d->map);
    i->bytes[n++] = d->opcode;
    if (row_has_modrm(d)) {
        unsigned reg = d->ext >= 0 ? (unsigned)d->ext : rig_random(r) & 7;
        unsigned rm = d->rm >= 0 ? (unsigned)d->rm : rig_random(r) & 7;
        unsigned mod = form & FORM_MEM ? rig_random(r) % 3 : 3;
        i->bytes[n++] = (u8)(mod << 6 | reg << 3 | rm);
    }
    while (n < 15)
        i->bytes[n++] = (u8)(rig_random(r) % 3 ? rig_random(r) & 0x1f : rig_random(r));
    i->len =
        decode_op(r->decoder, (form & FORM_CODE16 ? 0 : MODE_CS32) | MODE_PE, i->bytes, 15, &i->op);
    if (!i->len || i->op.def != row)
        return false;
    if ((form & FORM_MEM) && !aimable(r, &i->op))
        return false;
    if (has_operand(d, Jz) && !(i->op.flags & OPF_O16)) { /* to where there is memory */
        put_le16(&i->bytes[i->len - 2], 0);
        decode_op(r->decoder, form & FORM_CODE16 ? MODE_PE : MODE_CS32 | MODE_PE, i->bytes, 15,
                  &i->op);
    }
    if (has_operand(d, Ob) || has_operand(d, Ov)) {
        u32 at = 0x100 + (rig_random(r) & 0x3f7) + (r->set.segmented ? 0 : WINDOW);
        bool a16 = i->op.flags & OPF_A16;
        if (a16 && !r->set.segmented)
            return false;
        u8 *p = &i->bytes[i->len - (a16 ? 2 : 4)];
        put_le16(p, (u16)at);
        if (!a16)
            put_le16(p + 2, (u16)(at >> 16));
        decode_op(r->decoder, (form & FORM_CODE16 ? 0 : MODE_CS32) | MODE_PE, i->bytes, 15, &i->op);
    }
    return true;
}

bool rig_encode(struct rig *r, unsigned row, unsigned form, struct instruction *i)
{
    for (unsigned k = 0; k < 8; k++)
        if (encode(r, row, form, i))
            return true;
    return false;
}

static u32 interesting(struct rig *r)
{
    static const u32 values[] = {0,      1,    0xffffffffu, 0x80000000u, 0x7fffffffu,
                                 0x8000, 0x80, 0x7f,        32};
    u32 n = rig_random(r);
    return n % 4 ? rig_random(r) : n % 8 ? values[n / 8 % ARRAY_SIZE(values)] : rig_random(r) & 31;
}

/* Make the operand's address lie in the window. */
static void aim(struct rig *r, const struct instruction *i, struct world *w)
{
    const struct op *o = &i->op;
    u32 at = 0x40 + (rig_random(r) & 0x1f0) + (r->set.segmented ? 0 : WINDOW);
    if (rig_random(r) & 1)
        at &= ~15u;
    else if (!(o->flags & OPF_MEM) || op_operand_bytes(o, 0) < 16)
        at += rig_random(r) & 15;
    if (o->base != ZERO_OFF && o->base != o->index) {
        u32 *base = (u32 *)(void *)((u8 *)w->gpr + (o->base - offsetof(struct cpu, gpr)));
        u32 index = 0;
        if (o->index != ZERO_OFF) {
            u32 *x = (u32 *)(void *)((u8 *)w->gpr + (o->index - offsetof(struct cpu, gpr)));
            *x &= 0xff;
            index = *x << o->shift;
        }
        *base = at - index - o->disp;
    }
}

static void fill_fpu(struct rig *r, struct world *w)
{
    for (unsigned i = 0; i < 8; i++) {
        u32 exponent = 0x3fff + rig_random(r) % 40 - 20;
        for (unsigned k = 0; k < 10; k++)
            w->st[i][k] = (u8)rig_random(r);
        w->st[i][7] |= 0x80;
        put_le16(w->st[i] + 8, (u16)(exponent | (rig_random(r) & 0x8000)));
        for (unsigned k = 0; k < 4; k++)
            put_le32(w->xmm[i] + 4 * k, rig_random(r) % 3
                                            ? (rig_random(r) & 0x83ffffffu) + 0x3e000000
                                            : rig_random(r));
    }
    u32 n = rig_random(r);
    if (n >> 24 & 1) /* small integers: counts, equal lanes */
        for (unsigned i = 0; i < 8; i++) {
            memset(w->xmm[i], 0, 16);
            memset(w->st[i], 0, 8);
            w->st[i][0] = (u8)(rig_random(r) & 15);
            w->xmm[i][0] = (u8)(rig_random(r) & 15);
            w->xmm[i][8] = (u8)(rig_random(r) & 15);
        }
    w->fcw = 0x37f | (n & 0xc00);
    w->fsw = (n >> 4 & 0x4700) | (n & 7) << 11;
    w->ftw = n & 0x10000 ? 0xff : n & 0x20000 ? 0 : (u8)(n >> 20);
    for (unsigned i = 0; i < 5; i++)
        w->x87_pointers[i] = rig_random(r) & (i & 1 ? 0xffffffffu : 0x7ff);
    w->mxcsr = model_has(r->c->model, F_SSE) ? 0x1f80 | (rig_random(r) & 0x6000) : 0;
    if (r->set.pending_mf) {
        w->fcw &= ~1u;
        w->fsw |= 1;
    }
}

/* Selectors that a load may meet: good ones, null ones, system descriptors. */
static const u8 sregs[] = {0x08, 0x10, 0x2b, 0x33, 0x38, 0x40, 0x48, 0x50, 0x58, 0x53, 0, 3};

static void fill_window(struct rig *r, struct world *w, u32 mask, u32 more)
{
    for (unsigned k = 0; k < WINDOW_BYTES; k += 4)
        put_le32(w->window + k, more | (rig_random(r) & mask));
}

static void fill_window_selectors(struct rig *r, struct world *w, unsigned choices)
{
    for (unsigned k = 0; k < WINDOW_BYTES; k += 2)
        put_le16(w->window + k, sregs[rig_random(r) % choices]);
}

static void fill_segments(const struct setting *s, struct world *w)
{
    u32 base = s->segmented ? WINDOW : 0;
    u16 sel = s->cpl ? SEL_DATA3 : SEL_DATA0;
    for (unsigned k = 0; k < SEG_COUNT; k++) {
        w->seg[k].sel = sel;
        w->seg[k].base = k == SEG_CS ? 0 : k == SEG_SS ? (s->segmented ? STACK : 0) : base;
    }
    w->seg[SEG_CS].sel = s->cpl ? SEL_CODE3 : SEL_CODE0;
}

static bool is_simd(const struct op *o)
{
    return has_operand(op_row(o), Pq) || has_operand(op_row(o), Vx);
}

/* General registers that suit what the instruction addresses and counts. */
static void fill_registers(struct rig *r, const struct op *o, struct world *w, u32 n)
{
    const u32 window = r->set.segmented ? 0 : WINDOW;
    enum operation what = op_operation(o);
    if (op_row(o)->attr & A_REP || is_simd(o)) {
        w->gpr[ESI] = window + 0x200 + (n & 0xff);
        w->gpr[EDI] = window + 0x300 + (n >> 8 & 0xff);
    }
    if (what == I_xlat)
        w->gpr[EBX] = window + 0x200 + (n & 0xff);
    if (o->flags & OPF_REP)
        w->gpr[ECX] = 1 + (n & 7);
    else if (n & 0x10000)
        w->gpr[ECX] &= 0x1f;
    if (n & 0x20000 && what != I_xlat)
        w->gpr[rig_random(r) & 3] = sregs[rig_random(r) % ARRAY_SIZE(sregs)];
    if (what >= I_bt && what <= I_btc)
        for (unsigned k = 0; k < 8; k++)
            w->gpr[k] &= k == ESP ? ~0u : 0x3f;
    if (what == I_rdmsr || what == I_wrmsr) {
        static const u32 msrs[] = {0x10, 0x174, 0x8b, 0x176};
        w->gpr[ECX] = msrs[n >> 20 & 3];
        w->gpr[EDX] = rig_random(r);
    }
    if (what == I_rdpmc)
        w->gpr[ECX] = n >> 20 & 1;
}

/* Memory that suits what the instruction reads there. */
static void fill_memory(struct rig *r, const struct op *o, struct world *w, u32 n)
{
    enum operation what = op_operation(o);
    if ((what == I_cmpxchg || what == I_cmpxchg8b) && n >> 22 & 1) { /* let them be equal */
        for (unsigned k = 0; k < WINDOW_BYTES; k += 4)
            put_le32(w->window + k, w->gpr[k & 4 ? EDX : EAX]);
        for (unsigned k = 1; k < 8; k++)
            if (k != EDX && k != ESP && rig_random(r) & 1)
                w->gpr[k] = w->gpr[EAX];
    }
    if (is_simd(o) && n >> 23 & 1)
        for (unsigned k = 0; k < WINDOW_BYTES; k += 8) {
            put_le32(w->window + k, rig_random(r) & 15);
            put_le32(w->window + k + 4, 0);
        }
    if (what >= I_les && what <= I_lgs) { /* far pointers */
        if (r->set.null_segments)
            for (unsigned k = 0; k < WINDOW_BYTES; k += 2)
                put_le16(w->window + k, 0xfff8);
        else
            fill_window_selectors(r, w, 10);
    }
    if ((what >= I_lar && what <= I_arpl) || (what >= I_lldt && what <= I_verw) ||
        op_row(o)->operand[0] == Sw)
        fill_window_selectors(r, w, ARRAY_SIZE(sregs));
    if (what == I_ldmxcsr || what == I_fxrstor) /* no reserved bits */
        fill_window(r, w, 0xffbf, 0);
}

/* Where indirect branches and RET go, there is memory. */
static void fill_targets(struct rig *r, struct world *w)
{
    for (unsigned k = 0; k < 8; k++)
        if (k != ESP && k != EBP && k != ECX)
            w->gpr[k] = 0x60000 | (w->gpr[k] & 0xffff);
    fill_window(r, w, 0xffff, 0x60000);
    for (unsigned k = 0; k < STACK_BYTES; k += 4)
        put_le32(w->stack + k, 0x60000 | (rig_random(r) & 0xffff));
}

static void fill_system(struct rig *r, struct world *w)
{
    const struct setting *s = &r->set;
    w->cr0 = CR0_PE | CR0_PG | CR0_NE | CR0_ET | CR0_MP | (s->task_switched ? CR0_TS : 0) |
             (s->emulate ? CR0_EM : 0);
    w->cr3 = DIRECTORY;
    w->cr4 = CR4_OSXMMEXCPT | (s->no_fxsr ? 0 : CR4_OSFXSR) | (s->no_tsd ? CR4_TSD : CR4_PCE);
    w->cr2 = 0x12345;
    w->dr[6] = 0xffff0ff0u;
    w->dr[7] = 0x400 | (s->guard_dr ? 0x2000 : 0);
    w->tables[0] = GDT;
    w->tables[1] = 0xff;
    w->tables[2] = IDT;
    w->tables[3] = 0x7ff;
    w->ldtr = 0x40;
    w->tr = SEL_TSS;
    w->tsc = rig_random(r);
    w->port_value = rig_random(r);
    memcpy(w->gdt, ram(r, GDT), sizeof w->gdt);
    descriptor(w->gdt + 0x48, TSS + 0x200, 0x67, 0x0089);
}

void rig_fill(struct rig *r, const struct instruction *i, struct world *w)
{
    const struct setting *s = &r->set;
    const struct op *o = &i->op;
    memset(w, 0, sizeof *w);
    for (unsigned k = 0; k < 8; k++)
        w->gpr[k] = interesting(r);
    for (unsigned k = 0; k < WINDOW_BYTES; k += 4)
        put_le32(w->window + k, interesting(r));
    for (unsigned k = 0; k < STACK_BYTES; k += 4)
        put_le32(w->stack + k, interesting(r));
    fill_segments(s, w);
    u32 top = (s->segmented ? 0 : STACK) + STACK_TOP;
    w->gpr[ESP] = top;
    if (rig_random(r) & 1)
        w->gpr[EBP] = top + 0x40;
    for (unsigned k = 0; k < 8; k++) /* selectors where pops and loads find them */
        put_le32(w->stack + STACK_TOP + 4 * k, s->null_segments ? 0 : sregs[rig_random(r) % 10]);
    u32 n = rig_random(r);
    fill_registers(r, o, w, n);
    fill_memory(r, o, w, n);
    if (row_operation(op_row(o))->writes != R_EVERYTHING && (op_writes(o) & R_IP))
        fill_targets(r, w);
    if (o->flags & OPF_MEM)
        aim(r, i, w);
    w->fl = rig_random(r) & FL_ALL;
    w->eflags = EFL_ONE | (u32)s->iopl << 12 | (rig_random(r) & (EFL_DF | EFL_ID));
    if (op_row(o)->attr & A_REP && !(op_row(o)->attr & A_IO) && (o->flags & OPF_REP))
        w->eflags &= ~EFL_DF;
    w->eip = CODE;
    fill_fpu(r, w);
    fill_system(r, w);
}

#define PART(field) ((struct part){offsetof(struct world, field), sizeof w->field})

unsigned world_parts(u64 resource, const struct world *w, struct part out[4])
{
    unsigned n = 0, top = w->fsw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        if (resource == R_GPR(i))
            out[n++] = PART(gpr[i]);
        if (resource == R_XMM(i))
            out[n++] = PART(xmm[i]);
        if (resource == R_MM(i))
            out[n++] = PART(st[i]);
        if (resource == R_ST(i))
            out[n++] = (struct part){offsetof(struct world, st[(top + i) & 7]), 10};
        if (i < 6 && resource == R_SEG(i))
            out[n++] = PART(seg[i]);
    }
    if (resource == R_X87) {
        out[n++] = PART(fcw);
        out[n++] = PART(fsw);
        out[n++] = PART(ftw);
        out[n++] = PART(x87_pointers);
    }
    if (resource == R_MXCSR)
        out[n++] = PART(mxcsr);
    if (resource == R_FLAGS)
        out[n++] = PART(fl);
    if (resource == R_MEM)
        out[n++] = PART(window);
    if (resource == R_STACK)
        out[n++] = PART(stack);
    if (resource == R_IP)
        out[n++] = PART(eip);
    if (resource == R_PORT) {
        out[n++] = PART(port_value);
        out[n++] = PART(port_log);
    }
    if (resource == R_TABLES)
        out[n++] = PART(gdt);
    if (resource == R_SYS) {
        out[n++] = (struct part){offsetof(struct world, cr0),
                                 offsetof(struct world, port_value) - offsetof(struct world, cr0)};
    }
    return n;
}
