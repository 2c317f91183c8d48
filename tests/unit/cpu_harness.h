/*
 * cpu_harness.h - a processor with flat RAM and nothing else, for unit tests: put bytes, run, look.
 *
 * Protected-mode frame that pm_init() sets up (all addresses are below 1 MiB):
 *   GDT 1000, IDT 1800 (gate n: interrupt gate to handler n), LDT 2800, TSS 3000,
 *   code 10000, handler n at 20000 + 16 n (one HLT), stacks below 30000 (ring 0), 34000 (ring 1),
 *   38000 (ring 3).
 */
#ifndef TEST_CPU_HARNESS_H
#define TEST_CPU_HARNESS_H

#include "cpu/cpu.h"
#include "cpu/protect/seg.h"
#include "hw/base/state.h"
#include "mmu/phys.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
enum {
    GDT = 0x1000, IDT = 0x1800, LDT = 0x2800, TSS = 0x3000, TSS2 = 0x3400, CODE = 0x10000,
    HANDLERS = 0x20000, STACK0 = 0x30000, STACK1 = 0x34000, STACK3 = 0x38000, DATA = 0x40000
};

/* Selectors of the GDT below. */
enum {
    SEL_CODE0 = 0x08, SEL_DATA0 = 0x10, SEL_CODE1 = 0x18 | 1, SEL_DATA1 = 0x20 | 1,
    SEL_CODE3 = 0x28 | 3, SEL_DATA3 = 0x30 | 3, SEL_TSS = 0x38, SEL_LDT = 0x40, SEL_TSS2 = 0x48,
    SEL_CONF0 = 0x50, SEL_SMALL = 0x58 | 3, SEL_CODE16 = 0x60, SEL_FREE = 0x68
};
/* clang-format on */

struct rig {
    struct phys phys;
    struct cpu *c;
    u64 ns;
    u32 out_port, out_value;
};

static u32 rig_in(void *owner, u16 port, unsigned size)
{
    (void)owner, (void)port, (void)size;
    return 0xffffffffu;
}

static void rig_out(void *owner, u16 port, u32 value, unsigned size)
{
    struct rig *r = owner;
    (void)size;
    r->out_port = port;
    r->out_value = value;
}

static u8 rig_ack(void *owner)
{
    (void)owner;
    return 0x40;
}

static u64 rig_time(void *owner)
{
    struct rig *r = owner;
    return r->ns;
}

static struct rig *rig_new(const char *model)
{
    struct rig *r = calloc(1, sizeof *r);
    struct cpu_bus bus = {.owner = r,
                          .port_in = rig_in,
                          .port_out = rig_out,
                          .irq_ack = rig_ack,
                          .time_ns = rig_time};
    ck_assert(phys_init(&r->phys, 2 << 20, NULL));
    phys_map_ram(&r->phys, 0, 2 << 20, r->phys.ram);
    const struct cpu_model *m = cpu_model_find(model);
    ck_assert_ptr_nonnull(m);
    r->c = cpu_new(m, &r->phys, &bus, NULL);
    ck_assert_ptr_nonnull(r->c);
    cpu_reset(r->c);
    return r;
}

static void rig_free(struct rig *r)
{
    cpu_free(r->c);
    phys_free(&r->phys);
    free(r);
}

static inline u32 rd32(struct rig *r, u32 a)
{
    return (u32)phys_load(&r->phys, a, 4);
}

static inline u32 rd16(struct rig *r, u32 a)
{
    return (u32)phys_load(&r->phys, a, 2);
}

static inline void wr32(struct rig *r, u32 a, u32 v)
{
    phys_write(&r->phys, a, &v, 4);
}

static inline void wr16(struct rig *r, u32 a, u32 v)
{
    phys_write(&r->phys, a, &v, 2);
}

static inline void put_bytes(struct rig *r, u32 a, const char *bytes, unsigned n)
{
    phys_write(&r->phys, a, bytes, n);
}
#define PUT(r, a, literal) put_bytes((r), (a), (literal), sizeof(literal) - 1)

/* attr: access byte in bits 0-7, flags (G, D/B) in bits 12-15, as struct seg has them. */
static inline void put_desc_at(struct rig *r, u32 at, u32 base, u32 limit, u32 attr)
{
    wr32(r, at, (base & 0xffff) << 16 | (limit & 0xffff));
    wr32(r, at + 4,
         (base & 0xff000000u) | (attr & 0xf0ff) << 8 | (limit & 0xf0000) | (base >> 16 & 0xff));
}

static inline void put_desc(struct rig *r, u16 sel, u32 base, u32 limit, u32 attr)
{
    put_desc_at(r, (sel & 4 ? LDT : GDT) + (sel & 0xfff8u), base, limit, attr);
}

/* Gate: type byte includes P and DPL; params for call gates. */
static inline void put_gate_at(struct rig *r, u32 at, u16 sel, u32 off, u8 type, u8 params)
{
    wr32(r, at, (u32)sel << 16 | (off & 0xffff));
    wr32(r, at + 4, (off & 0xffff0000u) | (u32)type << 8 | params);
}

static inline void set_segment(struct rig *r, unsigned seg, u16 sel, u32 base, u32 limit, u32 attr)
{
    struct seg *s = &r->c->seg[seg];
    *s = (struct seg){.base = base, .limit = limit, .sel = sel, .attr = (u16)attr, .usable = true};
    seg_update(s);
}

/* Protected mode at this CPL, flat, EIP = CODE, interrupts off. */
static inline void pm_init(struct rig *r, unsigned cpl)
{
    struct cpu *c = r->c;
    static const u16 code[4] = {SEL_CODE0, SEL_CODE1, 0, SEL_CODE3};
    static const u16 data[4] = {SEL_DATA0, SEL_DATA1, 0, SEL_DATA3};
    static const u32 stack[4] = {STACK0, STACK1, 0, STACK3};
    u32 dpl = cpl << 5;

    put_desc(r, SEL_CODE0, 0, 0xfffff, 0xc09b);
    put_desc(r, SEL_DATA0, 0, 0xfffff, 0xc093);
    put_desc(r, SEL_CODE1, 0, 0xfffff, 0xc0bb);
    put_desc(r, SEL_DATA1, 0, 0xfffff, 0xc0b3);
    put_desc(r, SEL_CODE3, 0, 0xfffff, 0xc0fb);
    put_desc(r, SEL_DATA3, 0, 0xfffff, 0xc0f3);
    put_desc(r, SEL_TSS, TSS, 0x3ff, 0x008b);
    put_desc(r, SEL_LDT, LDT, 0xff, 0x0082);
    put_desc(r, SEL_TSS2, TSS2, 0x67, 0x0089);
    put_desc(r, SEL_CONF0, 0, 0xfffff, 0xc09e);
    put_desc(r, SEL_SMALL, DATA, 0x0ff, 0x40f3);
    put_desc(r, SEL_CODE16, 0, 0xffff, 0x009b);
    for (unsigned v = 0; v < 256; v++) {
        put_gate_at(r, IDT + 8 * v, SEL_CODE0, HANDLERS + 16 * v, 0x8e, 0);
        PUT(r, HANDLERS + 16 * v, "\xf4");
    }
    wr32(r, TSS + 4, STACK0);
    wr32(r, TSS + 8, SEL_DATA0);
    wr32(r, TSS + 12, STACK1);
    wr32(r, TSS + 16, SEL_DATA1);
    wr16(r, TSS + 102, 0x400); /* no I/O bitmap */
    c->gdtr = (struct table_reg){GDT, 0x7ff};
    c->idtr = (struct table_reg){IDT, 0x7ff};
    c->tr = (struct seg){.base = TSS, .limit = 0x3ff, .sel = SEL_TSS, .attr = 0x8b, .usable = true};
    c->ldtr =
        (struct seg){.base = LDT, .limit = 0xff, .sel = SEL_LDT, .attr = 0x82, .usable = true};
    mmu_set_cr0(&c->mmu, c->mmu.cr0 | CR0_PE);
    set_segment(r, SEG_CS, code[cpl], 0, 0xffffffffu, 0xc09b | dpl);
    for (unsigned s = 0; s < SEG_COUNT; s++)
        if (s != SEG_CS)
            set_segment(r, s, data[cpl], 0, 0xffffffffu, 0xc093 | dpl);
    c->gpr[ESP] = stack[cpl];
    c->eip = CODE;
    cpu_set_cpl(c, cpl);
    cpu_set_eflags(c, EFL_ONE);
}

/* Run until HLT (a handler's, as a rule) or n instructions. */
static inline enum cpu_stop rig_run(struct rig *r, u64 n)
{
    return cpu_run(r->c, n);
}

/* A snapshot of `from`, loaded into `to`. */
static inline void load_from(struct cpu *from, struct cpu *to)
{
    struct state *s = state_new_save();
    struct err e = {0};
    size_t size;
    cpu_state(from, s);
    const u8 *bytes = state_finish(s, &size);
    struct state *t = state_new_load(bytes, size, &e);
    ck_assert_ptr_nonnull(t);
    cpu_state(to, t);
    ck_assert_msg(state_ok(t), "%s", state_error(t));
    state_free(t);
    state_free(s);
}

/* The vector whose handler halted the CPU, or -1. */
static inline int halted_in(const struct rig *r)
{
    u32 lin = r->c->seg[SEG_CS].base + r->c->eip;
    if (!r->c->halted || lin < HANDLERS || lin >= HANDLERS + 16 * 256)
        return -1;
    return (int)((lin - HANDLERS) / 16);
}

/* Bytes of code at a physical address. */
#define CODE_AT(r, at, ...)                                                                        \
    do {                                                                                           \
        const u8 bytes_[] = {__VA_ARGS__};                                                         \
        phys_write(&(r)->phys, at, bytes_, (u32)sizeof bytes_);                                    \
    } while (0)

#endif
