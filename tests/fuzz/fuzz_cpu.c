/*
 * fuzz_cpu.c - arbitrary bytes as code, in every mode and on every model: the processor neither
 * crashes nor hangs, and how the run is cut into slices, how often blocks are dropped and the TLB
 * is flushed (while the page tables are what they were) never shows in the result; nor does whether
 * machine code runs or the interpreter.
 *
 * The first bytes of the input choose model, mode, flags and registers; the rest is repeated over
 * the code area. Descriptor tables, page tables and the interrupt table come from the input too.
 */
#include "cpu/blocks/block.h"
#include "cpu/fpu.h"
#include "cpu/protect/seg.h"
#include "cpu/translate/jit.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM (1u << 20)
#define INSTRUCTIONS 3000
/* Page tables: they map the lowest megabyte. */
#define DIRECTORY 0x80000u
#define TABLE 0x81000u

struct machine {
    struct phys phys;
    struct cpu *c;
    u32 io; /* a sequence: what ports read */
};

static u32 port_in(void *owner, u16 port, unsigned size)
{
    struct machine *m = owner;
    (void)size;
    return m->io = m->io * 1664525 + port;
}

static void port_out(void *owner, u16 port, u32 value, unsigned size)
{
    struct machine *m = owner;
    m->io ^= port + value + size;
    /* Now and then the outside asks for attention. */
    cpu_set_intr(m->c, m->io & 1);
    if ((m->io & 0xf0) == 0x30)
        cpu_raise_nmi(m->c);
}

static u8 irq_ack(void *owner)
{
    struct machine *m = owner;
    cpu_set_intr(m->c, false);
    return (u8)m->io;
}

static u64 time_ns(void *owner)
{
    struct machine *m = owner;
    return m->c ? cpu_executed(m->c) * 5 : 0; /* at RESET there is none yet */
}

static u32 word(const u8 *data, size_t size, u32 at)
{
    u32 v = 0;
    for (unsigned i = 0; i < 4; i++)
        v |= (u32)data[(at + i) % size] << (8 * i);
    return v;
}

static void set_seg(struct cpu *c, unsigned s, u32 base, u32 limit, u16 attr, u16 sel)
{
    c->seg[s] =
        (struct seg){.base = base, .limit = limit, .attr = attr, .sel = sel, .usable = true};
    seg_update(&c->seg[s]);
}

/* Handlers of exceptions lie in the code area, so that a run goes on after a fault. */
static void build_vectors(u8 *ram, const u8 *data, size_t size)
{
    for (u32 v = 0; v < 256; v++)
        put_le32(ram + 4 * v, 0x10000000u | (word(data, size, 5 * v) & 0xfff));
}

static void build_tables(u8 *ram, const u8 *data, size_t size, u32 base, u32 limit)
{
    u32 flags = limit == 0xffffffff ? 0x00cf0000 : 0x00400000, low = limit & 0xffff;
    static const u8 access[] = {0x9b, 0x93, 0xfb, 0xf3, 0xbb, 0xb3, 0x9f, 0x97};
    for (u32 i = 1; i <= ARRAY_SIZE(access); i++) {
        put_le32(ram + 0x2000 + 8 * i, (base & 0xffff) << 16 | low);
        put_le32(ram + 0x2004 + 8 * i, (base >> 16 & 0xff) | (u32)access[i - 1] << 8 | flags);
    }
    put_le32(ram + 0x3004, 0xf000); /* ring 0 and 1 stacks */
    put_le32(ram + 0x3008, 0x10);
    put_le32(ram + 0x300c, 0xe000);
    put_le32(ram + 0x3010, 0x31);
    put_le32(ram + 0x3064, 0x00680000);
    for (u32 v = 0; v < 256; v++) {
        static const u8 type[] = {0x8e, 0x8f, 0x86, 0xee, 0x8e, 0x85, 0x8e, 0xef};
        u32 w = word(data, size, 3 * v + 1), off = (w & 0xfff) + (base ? 0 : 0x10000);
        put_le32(ram + 0x4000 + 8 * v, 8u << 16 | (off & 0xffff));
        put_le32(ram + 0x4004 + 8 * v, (off & 0xffff0000) | (u32)type[w >> 24 & 7] << 8);
    }
}

static u32 table_entry(const u8 *data, size_t size, u32 i)
{
    return i < 256 ? i << 12 | (data[i % size] ? 7 : 6) : 0;
}

/*
 * Are the page tables what they were? Programs that write to theirs, as one does whose stack comes
 * by, go on with what the TLB holds of the old ones: whether it was emptied shows, and it shows
 * later, when it was emptied before.
 */
static bool tables_stay(const struct machine *m, const u8 *data, size_t size)
{
    const u8 *ram = m->phys.ram;
    const u32 accessed = 0x60; /* A, D */
    if (!(m->c->mmu.cr0 & CR0_PG))
        return true;
    if (m->c->mmu.cr3 != DIRECTORY || m->c->mmu.cr4 & CR4_PAE)
        return false;
    for (u32 i = 0; i < 1024; i++)
        if ((get_le32(ram + DIRECTORY + 4 * i) & ~accessed) != (i ? 0 : TABLE | 7) ||
            (get_le32(ram + TABLE + 4 * i) & ~accessed) != table_entry(data, size, i))
            return false;
    return true;
}

static void setup(struct machine *m, const u8 *data, size_t size)
{
    static const struct cpu_bus bus = {
        .port_in = port_in, .port_out = port_out, .irq_ack = irq_ack, .time_ns = time_ns};
    struct cpu_bus b = bus;
    unsigned models = 0;
    while (cpu_model_name(models))
        models++;
    memset(m, 0, sizeof *m);
    b.owner = m;
    if (!phys_init(&m->phys, RAM, NULL))
        abort();
    m->c = cpu_new(cpu_model_find(cpu_model_name(data[0] % models)), &m->phys, &b, NULL);
    struct cpu *c = m->c;
    u8 *ram = m->phys.ram;
    /* Interrupt table, descriptor tables, code: all from the input. */
    for (u32 a = 0; a < 0x20000; a++)
        ram[a] = data[(a * 7 + (a >> 8)) % size];
    for (u32 a = 0; a < 0x1000; a++)
        ram[0x10000 + a] = data[(a * 5 + (a >> 6)) % size];

    unsigned mode = data[1 % size] & 7;
    u32 eflags = EFL_ONE | (word(data, size, 2) & 0x00247fd5);
    if ((data[1 % size] & 0x38) != 0x38)
        eflags &= ~EFL_TF; /* single step seldom, it is slow */
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = word(data, size, 6 + 4 * i) & (i & 1 ? 0x1ffff : 0xffffffff);
    c->gpr[ESP] &= 0xfffc;
    c->eip = 0;
    c->gdtr = (struct table_reg){0x2000, 0x7ff};
    c->idtr = (struct table_reg){mode ? 0x4000 : 0, 0x7ff};
    build_vectors(ram, data, size);
    if (mode == 0) { /* real */
        for (unsigned s = 0; s < SEG_COUNT; s++)
            seg_load_real(c, s, 0x1000);
    } else { /* protected: 16 or 32 bit, ring 0 or 3, flat or not, paging or not; V86 */
        u16 dpl = mode & 2 ? 0x60 : 0, db = mode & 1 ? 0x4000 : 0;
        bool v86 = mode == 6;
        if (v86)
            dpl = 0x60, db = 0;
        u32 base = mode == 5 || mode == 3 ? 0 : 0x10000;
        u32 limit = base ? 0xffff : 0xffffffff;
        if (v86)
            base = 0x10000, limit = 0xffff;
        set_seg(c, SEG_CS, base, limit, (u16)(0x9b | dpl | db), v86 ? 0x1000 : 0x08 | dpl >> 5);
        for (unsigned s = 0; s < SEG_COUNT; s++)
            if (s != SEG_CS)
                set_seg(c, s, base, limit, (u16)(0x93 | dpl | db), v86 ? 0x1000 : 0x10 | dpl >> 5);
        if (!base)
            c->eip = 0x10000;
        c->cpl = dpl ? 3 : 0;
        if (v86)
            eflags |= EFL_VM;
        c->tr =
            (struct seg){.base = 0x3000, .limit = 0x67, .sel = 0x28, .attr = 0x8b, .usable = true};
        build_tables(ram, data, size, v86 ? 0x10000 : base, v86 ? 0xffff : limit);
        u32 cr0 = CR0_PE | CR0_ET | (data[2 % size] & 1 ? CR0_WP | CR0_AM : 0);
        mmu_set_cr4(&c->mmu, word(data, size, 40) & c->mmu.cr4);
        if (data[3 % size] & 1) { /* identity page tables with holes */
            for (u32 i = 0; i < 1024; i++)
                put_le32(ram + TABLE + 4 * i, table_entry(data, size, i));
            put_le32(ram + DIRECTORY, TABLE | 7);
            mmu_set_cr3(&c->mmu, DIRECTORY);
            cr0 |= CR0_PG;
        }
        mmu_set_cr0(&c->mmu, cr0);
    }
    cpu_set_eflags(c, eflags);
    fpu_update(c);
}

static u64 digest(struct machine *m)
{
    struct cpu *c = m->c;
    u64 h = cpu_eflags(c);
    fpu_leave(c);
#define MIX(v) (h = (h ^ (u64)(v)) * 0x9e3779b97f4a7c15ull, h ^= h >> 29)
    for (unsigned i = 0; i < 8; i++)
        MIX(c->gpr[i]);
    MIX(c->eip);
    for (unsigned i = 0; i < SEG_COUNT; i++)
        MIX(c->seg[i].base + ((u64)c->seg[i].sel << 32)), MIX(c->seg[i].limit), MIX(c->seg[i].attr);
    MIX(c->mmu.cr0), MIX(c->cr2), MIX(c->mmu.cr3), MIX(c->mmu.cr4);
    MIX(c->cpl), MIX(c->halted), MIX(c->shutdown);
    MIX(c->fpu.fsw), MIX(c->fpu.fcw), MIX(c->fpu.ftw), MIX(c->fpu.mxcsr);
    for (unsigned i = 0; i < 8; i++)
        MIX(get_le64(c->fpu.st[i])), MIX(get_le64(c->fpu.xmm[i])), MIX(get_le64(c->fpu.xmm[i] + 8));
    MIX(cpu_executed(c));
    for (u32 a = 0; a < RAM; a += 8)
        MIX(get_le64(m->phys.ram + a));
    return h;
}

/* Of one run of the program. */
struct way {
    bool cut;        /* into slices, between which blocks are dropped; else in one piece */
    bool flushes;    /* between slices the TLB is flushed as well */
    bool translated; /* by the translator, every block before it runs first; if the host has one */
    bool stayed;     /* out: the page tables were always found as they were */
};

static u64 run(const u8 *data, size_t size, struct way *way)
{
    struct machine m = {0};
    struct err e;
    u32 seed = word(data, size, 50);
    setup(&m, data, size);
    way->stayed = true;
    if (way->translated)
        jit_start(m.c, 0, false, &e);
    /* A halted processor may wait for an interrupt that never comes: that is an end, too. */
    while (cpu_executed(m.c) < INSTRUCTIONS) {
        u64 left = INSTRUCTIONS - cpu_executed(m.c), n = left;
        if (way->cut) {
            seed = seed * 1664525 + 1013904223;
            n = 1 + (seed >> 24) % 40;
            n = n < left ? n : left;
            if ((seed >> 16 & 15) == 0)
                blocks_drop_all(m.c);
            if ((seed >> 12 & 15) == 0 && way->flushes)
                mmu_flush(&m.c->mmu, true);
        }
        u64 before = cpu_executed(m.c);
        enum cpu_stop why = cpu_run(m.c, n);
        way->stayed = way->stayed && tables_stay(&m, data, size);
        /* Control comes back in time, and not for nothing. */
        u64 done = cpu_executed(m.c) - before;
        if (done > n + 64 || (why == CPU_BUDGET && done == 0)) {
            fprintf(stderr, "asked for %llu instructions, %llu were executed\n",
                    (unsigned long long)n, (unsigned long long)done);
            abort();
        }
        if (why == CPU_HALT || why == CPU_SHUTDOWN)
            break;
    }
    u64 h = digest(&m);
    cpu_free(m.c);
    phys_free(&m.phys);
    return h;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    if (size < 64)
        return 0;
    struct way whole = {0}, cut = {.cut = true};
    u64 result = run(data, size, &whole);
    if (run(data, size, &cut) != result) {
        fputs("the result depends on how the run was cut\n", stderr);
        abort();
    }
    struct way flushed = {.cut = true, .flushes = true}, code = {.translated = true};
    if (cut.stayed && run(data, size, &flushed) != result) {
        fputs("the result depends on whether the TLB was flushed\n", stderr);
        abort();
    }
    struct way all = {.cut = true, .flushes = cut.stayed, .translated = true};
    if (run(data, size, &code) != result || run(data, size, &all) != result) {
        fputs("machine code has another result than the interpreter\n", stderr);
        abort();
    }
    return 0;
}
