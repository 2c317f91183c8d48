/*
 * fuzz_system.c - programs that do what systems do, in four ways at once: interpreted, as machine
 * code, as machine code in slices, one instruction at a time. All four are the same at every stop.
 *
 * fuzz_tiers makes programs of instructions; here they change what instructions mean: far transfers
 * through gates and tasks, IRET to rings and to virtual-8086 mode, segments with odd bases, limits
 * and sizes, CR0, CR3, CR4 (4 KiB, 4 MiB and PAE tables over the same memory), page tables,
 * descriptors and gates that are written while they are used, INVLPG in the middle, breakpoints of
 * the debug registers, TF, AC, NT, VIF, interrupt shadows, A20, fast system calls, stores into the
 * instructions that come next, operands at the ends of pages and segments. Ports and a window of
 * device memory raise lines at once or some instructions later, write into code, switch A20 and
 * show code in another page. Faults and interrupts go through gates of both sizes; handlers return,
 * or go on in another ring, mode or segment. Who shuts down begins anew.
 */
#include "cpu/blocks/block.h"
#include "cpu/fpu.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/seg.h"
#include "cpu/translate/jit.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct side {
    struct phys phys;
    struct cpu *c;
    u32 io;
    u64 due; /* when the interrupt comes that a device was asked for; 0: none */
};

/* ---- the outside ---- */

static u64 now(const struct side *s)
{
    return cpu_ticks(s->c);
}

/* What a device does when it is written to. */
static void act(struct side *s, u32 what, u32 value)
{
    s->io = s->io * 1664525 + 1013904223 + value;
    u32 any = s->io >> 8;
    switch (what % 8) {
    case 0:
        cpu_set_intr(s->c, any & 1);
        break;
    case 1:
        cpu_raise_nmi(s->c);
        break;
    case 2:
        if (value % 4 == 0)
            phys_set_a20(&s->phys, any & 1);
        break;
    case 3:
    case 4:
        if (s->due)
            break;
        s->due = now(s) + 1 + any % 30;
        cpu_shorten(s->c, s->due - now(s));
        break;
    case 5: { /* DMA */
        static const u8 bytes[] = {0x40, 0x47, 0x90, 0xf9, 0x89, 0x03, 0xc3, 0x75};
        u32 at = CODE + any % (2 * HALF);
        phys_write(&s->phys, at, &bytes[value % sizeof bytes], 1);
        break;
    }
    case 6: { /* code is seen in the window, too, or is not */
        bool on = any & 1;
        phys_map_bank(&s->phys, WINDOW, 2 * HALF, s->phys.ram + (on ? CODE : WINDOW), on);
        phys_map_bank(&s->phys, CODE, 2 * HALF, s->phys.ram + CODE, on);
        break;
    }
    default:
        break;
    }
}

static u32 port_in(void *owner, u16 port, unsigned size)
{
    struct side *s = owner;
    (void)size;
    return s->io = s->io * 1664525 + port;
}

static void port_out(void *owner, u16 port, u32 value, unsigned size)
{
    (void)size;
    act(owner, port, value);
}

static u8 irq_ack(void *owner)
{
    struct side *s = owner;
    cpu_set_intr(s->c, false);
    return (u8)(0x20 + (s->io >> 8 & 7));
}

static u64 time_ns(void *owner)
{
    struct side *s = owner;
    return s->c ? 5 * now(s) : 0;
}

/* Reads change nothing: code may be fetched from there, as far ahead as anybody likes. */
static u32 mmio_read(void *dev, u32 addr, unsigned size)
{
    static const u8 text[] = {0x40, 0x8b, 0xc1, 0x47, 0x90, 0xf8, 0x74, 0x02};
    u32 v = 0;
    (void)dev;
    for (unsigned i = 0; i < size; i++)
        v |= (u32)text[(addr + i) * 5 % sizeof text] << 8 * i;
    return v;
}

static void mmio_write(void *dev, u32 addr, u32 value, unsigned size)
{
    act(dev, addr + size, value);
}

static const struct mmio_ops mmio = {.read = mmio_read, .write = mmio_write};

/* ---- a machine ---- */

static void set_seg(struct cpu *c, unsigned s, enum sel n)
{
    u32 limit = segment[n].limit;
    c->seg[s] = (struct seg){.base = segment[n].base,
                             .limit = segment[n].flags & 8 ? limit << 12 | 0xfff : limit,
                             .attr = (u16)(segment[n].access | (segment[n].flags & 0xcu) << 12),
                             .sel = (u16)(8 * n + (segment[n].access >> 5 & 3)),
                             .usable = true};
    seg_update(&c->seg[s]);
}

static void begin(struct maker *m, struct cpu *c)
{
    struct gen *g = &m->g;
    u32 kind = any(g) % 10;
    bool real = kind >= 8, v86 = kind == 7, user = kind == 3 || kind == 4, half = kind >= 5;
    bool paging_on = any(g) & 1 && !real;
    c->shutdown = c->halted = c->event.pending = c->nmi = c->nmi_blocked = false;
    c->stop_wanted = false;
    c->delivering = 0xff;
    c->shadow = SHADOW_NONE;
    c->rep_flags = 0;
    debug_reset(c);
    cpu_set_eflags(c, EFL_ONE);
    c->gdtr = (struct table_reg){GDT, 8 * SELS - 1};
    c->idtr = real ? (struct table_reg){0, 0x3ff} : (struct table_reg){IDT, 0x7ff};
    c->tr = (struct seg){.base = TSS, .limit = 0x6b, .sel = TASK * 8, .attr = 0x8b, .usable = true};
    c->ldtr = (struct seg){.sel = 0};
    for (unsigned s = 0; s < SEG_COUNT; s++) {
        if (real || v86)
            seg_load_real(c, s, s == SEG_CS ? CODE >> 4 : DATA >> 4);
        else if (s == SEG_CS)
            set_seg(c, s, half ? CODE16 : user ? USER32 : CODE32);
        else
            set_seg(c, s, half ? DATA16 : user ? USER_DATA : DATA32);
    }
    if (v86)
        for (unsigned s = 0; s < SEG_COUNT; s++)
            c->seg[s].attr = 0xf3;
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = chance(g, 60) ? place(g) : number(g);
    c->gpr[ESP] = half ? (u16)STACK : user ? STACK_USER : STACK;
    c->eip = half ? HALF : CODE;
    mmu_set_cr0(&c->mmu, CR0_ET);
    mmu_set_cr4(&c->mmu, (CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_PSE | (any(g) & CR4_PGE) | CR4_DE |
                          (any(g) & CR4_VME)) &
                             c->model->cr4);
    mmu_set_cr3(&c->mmu, PDS);
    mmu_set_cr0(&c->mmu, (CR0_ET | (real ? 0 : CR0_PE | (any(g) & CR0_WP)) | (any(g) & CR0_NE) |
                          (any(g) & CR0_AM) | (paging_on ? CR0_PG : 0)) &
                             c->model->cr0);
    c->cpl = user || v86 ? 3 : 0;
    cpu_set_eflags(c, EFL_ONE | (any(g) & EFL_IF) | (v86 ? EFL_VM | (any(g) & EFL_IOPL) : 0));
    fpu_update(c);
}

/* Everything but what the data has become: at first, and after a shutdown. */
static void rebuild(struct side *s, u64 seed)
{
    struct maker m = {.g = {.state = seed, .far_pointer = far_pointer}, .model = s->c->model};
    for (unsigned i = 0; i < 8; i++)
        any(&m.g);
    m.g.others = any(&m.g) & 1 ? 20 : 4;
    m.systems = 4 + any(&m.g) % 24;
    m.low = calloc(1, LOW);
    m.tables = calloc(1, TABLES_END - TABLES);
    if (!m.low || !m.tables)
        abort();
    make_program(&m);
    make_handlers(&m);
    make_descriptors(&m);
    bool vm = any(&m.g) % 4 == 0;
    make_task(&m, TSS, false);
    make_task(&m, TSS_TWO, vm);
    make_task16(&m);
    make_paging(&m);
    make_routines(&m);
    phys_write(&s->phys, 0, m.low, LOW);
    phys_write(&s->phys, TABLES, m.tables, TABLES_END - TABLES);
    for (u32 i = 0; i < 2 * HALF; i++) { /* INC for DEC, and so on */
        u8 *b = m.low + CODE + i;
        if ((*b & 0xf0) == 0x40 && chance(&m.g, 30))
            *b ^= 1;
    }
    phys_write(&s->phys, TWIN, m.low + CODE, 2 * HALF);
    free(m.low);
    free(m.tables);
    s->due = 0;
    cpu_set_intr(s->c, false);
    phys_set_a20(&s->phys, true);
    begin(&m, s->c);
}

static void setup(struct side *s, u64 seed, const struct cpu_model *model)
{
    struct cpu_bus bus = {.owner = s,
                          .port_in = port_in,
                          .port_out = port_out,
                          .irq_ack = irq_ack,
                          .time_ns = time_ns};
    struct gen g = {.state = seed};
    memset(s, 0, sizeof *s);
    if (!phys_init(&s->phys, RAM, NULL) || !(s->c = cpu_new(model, &s->phys, &bus, NULL)))
        abort();
    for (u32 a = 0; a < RAM; a += 2) /* who gets lost meets UD2, and comes back */
        put_le16(s->phys.ram + a, 0x0b0f);
    for (u32 a = 0; a < DATA_BYTES; a += 4)
        put_le32(s->phys.ram + DATA + a, datum(&g));
    phys_map_mmio(&s->phys, MMIO, PAGE_SIZE, &mmio, s, "device");
    rebuild(s, seed);
}

/* ---- four ways ---- */

enum way { WHOLE, MACHINE_CODE, CUT, SINGLE, WAYS };
static const char *const way_name[] = {"in one go", "as machine code", "in slices", "one by one"};

static bool same_seg(const struct seg *a, const struct seg *b)
{
    return a->sel == b->sel && a->base == b->base && a->limit == b->limit && a->attr == b->attr &&
           a->usable == b->usable;
}

/* What differs, or NULL. */
static const char *difference(struct side *a, struct side *b, bool memory)
{
    struct cpu *x = a->c, *y = b->c;
    fpu_leave(x);
    fpu_leave(y);
    if (cpu_executed(x) != cpu_executed(y))
        return "the count of instructions";
    if (memcmp(x->gpr, y->gpr, sizeof x->gpr) || x->eip != y->eip)
        return "registers";
    if (cpu_eflags(x) != cpu_eflags(y))
        return "EFLAGS";
    for (unsigned s = 0; s < SEG_COUNT; s++)
        if (!same_seg(&x->seg[s], &y->seg[s]))
            return "segments";
    if (!same_seg(&x->ldtr, &y->ldtr) || !same_seg(&x->tr, &y->tr) ||
        memcmp(&x->gdtr, &y->gdtr, sizeof x->gdtr) || memcmp(&x->idtr, &y->idtr, sizeof x->idtr))
        return "descriptor tables";
    if (x->mmu.cr0 != y->mmu.cr0 || x->cr2 != y->cr2 || x->mmu.cr3 != y->mmu.cr3 ||
        x->mmu.cr4 != y->mmu.cr4)
        return "control registers";
    if (memcmp(x->dr, y->dr, sizeof x->dr))
        return "debug registers";
    if (x->cpl != y->cpl || x->mode != y->mode || x->halted != y->halted ||
        x->shutdown != y->shutdown || x->event.pending != y->event.pending ||
        x->shadow != y->shadow || x->intr != y->intr || x->nmi != y->nmi ||
        x->nmi_blocked != y->nmi_blocked || a->due != b->due || a->io != b->io)
        return "what is under way";
    if (memcmp(&x->fpu, &y->fpu, offsetof(struct cpu_fpu, gate)) ||
        x->msr.sysenter_cs != y->msr.sysenter_cs || x->msr.sysenter_esp != y->msr.sysenter_esp ||
        x->msr.sysenter_eip != y->msr.sysenter_eip)
        return "FPU or MSRs";
    return memory && memcmp(a->phys.ram, b->phys.ram, RAM) ? "memory" : NULL;
}

static void report(struct side *a, struct side *b, enum way how, const char *what, u64 before)
{
    fprintf(stderr, "%s: %s differ from those run whole, between instruction %llu and %llu\n", what,
            way_name[how], (unsigned long long)before, (unsigned long long)cpu_executed(a->c));
    cpu_describe(a->c, stderr);
    fprintf(stderr, "last fault: %s\n", cpu_last_fault_text(a->c));
    cpu_describe(b->c, stderr);
    fprintf(stderr, "last fault: %s\n", cpu_last_fault_text(b->c));
    for (u32 i = 0; i < RAM; i++)
        if (a->phys.ram[i] != b->phys.ram[i]) {
            fprintf(stderr, "memory at %05x: %02x and %02x\n", i, a->phys.ram[i], b->phys.ram[i]);
            break;
        }
    abort();
}

/* Until so many instructions have been executed in all, or nothing goes on. */
static enum cpu_stop advance(struct side *s, u64 target_count, enum way how, u32 *seed)
{
    struct cpu *c = s->c;
    enum cpu_stop why = CPU_BUDGET;
    while (cpu_executed(c) < target_count) {
        u64 n = target_count - cpu_executed(c);
        if (how == SINGLE)
            n = 1;
        else if (how == CUT && (*seed = *seed * 1664525 + 1013904223) >> 26 < n)
            n = 1 + (*seed >> 26);
        if (s->due && s->due > now(s) && s->due - now(s) < n)
            n = s->due - now(s);
        why = cpu_run(c, n);
        if (s->due && (now(s) >= s->due || why == CPU_HALT)) {
            s->due = 0;
            cpu_set_intr(c, true);
            if (why == CPU_HALT && !cpu_waiting(c))
                continue;
        }
        if (why == CPU_HALT || why == CPU_SHUTDOWN)
            break;
    }
    return why;
}

/* The outside, between two slices. */
static void disturb(struct side *s, u32 what, u32 at)
{
    switch (what % 24) {
    case 0:
        blocks_drop_all(s->c);
        break;
    case 1:
        mmu_flush(&s->c->mmu, true);
        break;
    case 2:
    case 3:
    case 4:
        cpu_set_intr(s->c, true);
        break;
    case 5:
        cpu_raise_nmi(s->c);
        break;
    case 6:
    case 7:
        act(s, at, at >> 8);
        break;
    case 8:
    case 9: { /* elsewhere, in another mode */
        struct maker m = {.g = {.state = at}};
        begin(&m, s->c);
        break;
    }
    default:
        break;
    }
}

static void run(u64 seed)
{
    unsigned models = 0;
    while (cpu_model_name(models))
        models++;
    const struct cpu_model *model = cpu_model_find(cpu_model_name((unsigned)(seed >> 8) % models));
    struct side side[WAYS];
    struct err e;
    u32 cut = (u32)seed;
    struct gen g = {.state = ~seed};
    for (enum way how = WHOLE; how < WAYS; how++)
        setup(&side[how], seed, model);
    jit_start(side[MACHINE_CODE].c, seed >> 4 & 3, false, &e); /* or there is none to compare */
    jit_start(side[CUT].c, seed >> 6 & 3, false, &e);
    for (unsigned slices = 0; cpu_executed(side[WHOLE].c) < INSTRUCTIONS && slices < 800;
         slices++) {
        u64 before = cpu_executed(side[WHOLE].c), end = before + 1 + any(&g) % 120;
        u32 what = any(&g), at = any(&g), next = any(&g);
        enum cpu_stop why = CPU_BUDGET;
        for (enum way how = WHOLE; how < WAYS; how++)
            why = advance(&side[how], end, how, &cut);
        bool stuck = why == CPU_SHUTDOWN || why == CPU_HALT;
        bool storm = false; /* of events, with no instruction between: their slices end anywhere */
        for (enum way how = WHOLE; how < WAYS; how++)
            storm |= side[how].c->event.pending;
        for (enum way how = MACHINE_CODE; how < WAYS && !storm; how++) {
            const char *d = difference(&side[WHOLE], &side[how], slices % 8 == 0);
            if (d)
                report(&side[WHOLE], &side[how], how, d, before);
        }
        if (storm)
            break;
        for (enum way how = WHOLE; how < WAYS; how++) {
            if (stuck || (what >> 8) % 32 == 0)
                rebuild(&side[how], seed + next);
            disturb(&side[how], what, at);
        }
    }
    for (enum way how = WHOLE; how < WAYS; how++) {
        cpu_free(side[how].c);
        phys_free(&side[how].phys);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    u64 seed = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < size; i++)
        seed = (seed ^ data[i]) * 0x100000001b3ull;
    run(seed);
    run(seed * 3 + 1);
    return 0;
}
