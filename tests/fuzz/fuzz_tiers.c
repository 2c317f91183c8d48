/*
 * fuzz_tiers.c - programs of valid instructions, in the interpreter and in machine code at once:
 * after every slice of 1 to 70 instructions, now and then of up to 1000, both processors and both
 * memories are the same.
 *
 * The program is made of the rows of the opcode map, every other one with much of x87, MMX and SSE,
 * and with the edges of their numbers among the data: registers, memory through pointers that
 * mostly lead into data, now and then into code or beyond a page's end, branches near by. Between
 * slices both machines get the same interrupts, changes of the page tables, flushes of the TLB,
 * dropped blocks, a write into the code from outside. Exceptions lead back into the program. The
 * code is flat and 32 bits wide, ring 0 or 3, or of 16 bits, in real mode or in protected segments;
 * with paging or without.
 *
 * In half of the runs a profile counts, too, which all have to agree in.
 *
 * Two more processors have the points of a debugger (cpu/inspect.h), which come and go: one in
 * either tier, whose slices go on after each stop, and one that runs a single instruction at a
 * time: on instructions, data, ports and vectors. Both have to end where those without points are,
 * and to stop at the same places.
 */
#include "cpu/blocks/block.h"
#include "cpu/decode/models.h"
#include "cpu/decode/query.h"
#include "cpu/fpu.h"
#include "cpu/inspect.h"
#include "cpu/protect/seg.h"
#include "cpu/translate/jit.h"
#include "tests/fuzz/counts.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM (1u << 20)
#define CODE 0x10000u
#define CODE_BYTES 0x2000u
#define DATA 0x40000u
#define STACK 0x50ff0u
#define HANDLERS 0x20000u
#define IDT 0x4000u
#define GDT 0x2000u
#define TSS 0x3000u
#define DIRECTORY 0x80000u
#define TABLE 0x81000u
#define LAST_TABLE 0x82000u
#define TOP 0xfffff000u         /* the last page of all, which is memory as well */
#define CODE16_HANDLERS 0x4000u /* offset in the code segment of 16-bit programs */
#define INSTRUCTIONS 4000u

enum kind { FLAT32, REAL, PROTECTED16, KINDS };

struct tier {
    struct phys phys;
    u8 *top;
    struct cpu *c;
    enum kind kind;
    struct cpu_time time;
    u32 io;
    u64 stops, places; /* at points: how many; where, folded */
};

/* ---- the outside ---- */

static u32 port_in(void *owner, u16 port, unsigned size)
{
    struct tier *t = owner;
    (void)size;
    return t->io = t->io * 1664525 + port;
}

static void port_out(void *owner, u16 port, u32 value, unsigned size)
{
    struct tier *t = owner;
    t->io ^= port + value + size;
    cpu_set_intr(t->c, t->io & 1);
}

static u8 irq_ack(void *owner)
{
    struct tier *t = owner;
    cpu_set_intr(t->c, false);
    return 0x20;
}

static u64 time_ns(void *owner)
{
    struct tier *t = owner;
    return t->c ? cpu_time_at(&t->time, cpu_ticks(t->c)) : 0;
}

/* ---- a program ---- */

/* MOV r32, imm32 with something to work on. */
static void refresh(struct gen *g)
{
    unsigned reg = any(g) % 8, bytes = g->code16 ? 2 : 4;
    if (g->code16 && chance(g, 40)) { /* all of the register, for addresses of 32 bits */
        put(g, 0x66, 1);
        bytes = 4;
    }
    put(g, 0xb8 + reg, 1);
    if (reg == ESP)
        put(g, STACK - 4 * (any(g) % 64), bytes);
    else
        put(g, chance(g, 60) ? pointer(g) : number(g), bytes);
}

/* A count in (E)CX: some elements mostly, some pages' worth, or what leads to a page's end. */
static void count_register(struct gen *g)
{
    unsigned bytes = g->code16 ? 2 : 4;
    u32 n = chance(g, 60) ? any(g) % 40 : chance(g, 50) ? any(g) % 0x500 : number(g) & 0x1fff;
    put(g, 0xb8 + ECX, 1);
    put(g, n, bytes);
}

/*
 * References off one register, as many as share a window of the translator's. Often it has moved
 * before, and the displacements make up for it.
 */
static void references(struct gen *g, unsigned base)
{
    static const u8 opcodes[] = {0x03, 0x8b, 0x33, 0x01, 0x89, 0x88, 0x02};
    u32 moved = 0;
    if (chance(g, 50)) {
        moved = any(g) % 80 - 40;
        put(g, 0x83, 1); /* ADD or SUB of a signed byte */
        bool sub = any(g) & 1;
        put(g, (sub ? 0xe8u : 0xc0u) | base, 1);
        put(g, sub ? 0u - moved : moved, 1);
    } else if (chance(g, 30)) { /* LEA from another one */
        put(g, 0x8d, 1);
        put(g, 0x40u | base << 3 | (base == EBX ? (unsigned)ESI : (unsigned)EBX), 1);
        put(g, any(g), 1);
    }
    for (unsigned n = 3 + any(g) % 3; n; n--) {
        unsigned reg = any(g) % 8;
        put(g, opcodes[any(g) % sizeof opcodes], 1);
        put(g, 0x40u | (reg == base || reg == ESP ? (unsigned)EAX : reg) << 3 | base, 1);
        put(g, any(g) % 24 - moved, 1);
    }
}

/* A string instruction that repeats, from and to somewhere; often ranges overlap. */
static void repeat(struct gen *g)
{
    static const u8 opcodes[] = {0xa4, 0xa5, 0xaa, 0xab, 0xa4, 0xa5, 0xaa,
                                 0xab, 0xa6, 0xa7, 0xae, 0xaf, 0xac, 0xad};
    unsigned bytes = g->code16 ? 2 : 4;
    for (unsigned reg = ESI; reg <= EDI; reg++) {
        if (chance(g, 60)) {
            put(g, 0xb8 + reg, 1);
            put(g, pointer(g), bytes);
        } else if (chance(g, 40)) { /* LEA of the other one */
            put(g, 0x8d, 1);
            put(g, 0x40u | reg << 3 | ((g->code16 ? 11u : 13u) - reg), 1);
            put(g, any(g) % 12, 1);
        }
    }
    if (chance(g, 70))
        count_register(g);
    if (chance(g, 60))
        put(g, chance(g, 85) ? 0xfc : 0xfd, 1); /* CLD, STD */
    if (chance(g, 15))
        put(g, 0x66, 1);
    if (chance(g, 10))
        put(g, 0x67, 1);
    if (chance(g, 15))
        put(g, (u8)("\x64\x2e\x36\x65\x26"[any(g) % 5]), 1);
    put(g, chance(g, 70) ? 0xf3 : 0xf2, 1);
    put(g, opcodes[any(g) % sizeof opcodes], 1);
    if (!g->code16 && chance(g, 40))
        references(g, any(g) & 1 ? EBX : EBP);
}

/* Rows that would end the program, or say little about it. */
static bool wanted(const struct opdef *r, bool segments, bool real)
{
    switch ((enum operation)r->operation) {
    case I_call_far:
    case I_jmp_far:
    case I_retf:
        return real && segments;
    case I_hlt:
    case I_iret:
    case I_int:
    case I_int3:
    case I_icebp:
    case I_enter:
    case I_undefined:
    case I_too_long:
    case I_loadall:
    case I_lldt:
    case I_ltr:
    case I_lgdt:
    case I_lidt:
    case I_lmsw:
    case I_wrmsr:
    case I_sysenter:
    case I_sysexit:
        return false;
    default:
        break;
    }
    for (unsigned i = 0; i < 3; i++) {
        u8 kind = r->operand[i];
        if (kind_among(kind, KIND(Cd) | KIND(Dd) | KIND(Td)))
            return false;
        if (!segments && (kind_among(kind, KIND(Sw) | KIND(Mp)) || kind >= ES_))
            return false;
    }
    return r->map <= 1;
}

/* Is it one of those that programs are made of? */
static bool plain(const struct opdef *r)
{
    enum op_class class = row_operation(r)->class;
    return r->feature <= F_CMOV && class != OC_X87 && class != OC_FCMOVCC &&
           !(r->attr & (A_IO | A_REP));
}

/* Into the program of real mode, by one of the many ways to say where that is. */
static void far_pointer(struct gen *g, unsigned bytes)
{
    u32 lower = any(g) % 16;
    put(g, any(g) % (CODE_BYTES - 64) + 16 * lower, bytes);
    put(g, (CODE >> 4) - lower, 2);
}

static struct gen generator(u64 state, u8 *code, enum kind kind)
{
    return (struct gen){.state = state,
                        .code = code,
                        .code16 = kind != FLAT32,
                        .real = kind == REAL,
                        .data = DATA,
                        .program = CODE,
                        .program_bytes = CODE_BYTES,
                        .far_pointer = far_pointer};
}

static void instruction(struct gen *g, const struct cpu_model *model)
{
    const struct opdef *r;
    do {
        r = &opdefs[any(g) % opdef_count];
    } while (!wanted(r, g->code16 && chance(g, 20), g->real) ||
             !model_has(model, (enum feature)r->feature) || (!plain(r) && !chance(g, g->others)));
    row(g, r);
}

static void program(struct gen *g, const struct cpu_model *model)
{
    g->at = 0;
    while (g->at < CODE_BYTES - 64) {
        if (chance(g, 22))
            refresh(g);
        else if (chance(g, 1))
            put(g, 0x310f, 2); /* RDTSC: its count is of the instruction */
        else if (chance(g, 4))
            repeat(g);
        else if (!g->code16 && chance(g, 5))
            references(g, any(g) & 1 ? EBX : any(g) & 1 ? EBP : ESI);
        else
            instruction(g, model);
    }
    put(g, 0xe9, 1); /* back to the start */
    put(g, 0u - g->at - (g->code16 ? 2 : 4), 4);
}

/* Exceptions put the stack right and go on somewhere in the program. */
static void handlers(struct gen *g, u8 *ram)
{
    for (u32 v = 0; v < 64; v++) {
        u8 *h = ram + HANDLERS + 32 * v;
        u32 to = CODE + any(g) % (CODE_BYTES - 64), at = HANDLERS + 32 * v;
        if (v == 0x20) { /* the interrupt returns */
            h[0] = 0xcf;
            continue;
        }
        h[0] = 0xbc;
        put_le32(h + 1, STACK);
        h[5] = 0xbb;
        put_le32(h + 6, DATA + any(g) % 0x1000);
        h[10] = 0xe9;
        put_le32(h + 11, to - (at + 15));
    }
}

static void handlers16(struct gen *g, u8 *ram)
{
    for (u32 v = 0; v < 64; v++) {
        u32 at = CODE16_HANDLERS + 32 * v, to = any(g) % (CODE_BYTES - 64);
        u8 *h = ram + CODE + at;
        put_le32(ram + 4 * v, CODE >> 4 << 16 | at); /* real mode's vectors */
        if (v == 0x20) {
            h[0] = 0xcf;
            continue;
        }
        h[0] = 0xbb; /* mov bx, the data segment; mov ds, bx; mov es, bx; mov ss, bx */
        put_le16(h + 1, g->real ? DATA >> 4 : 0x10);
        memcpy(h + 3, "\x8e\xdb\x8e\xc3\x8e\xd3", 6);
        h[9] = 0xbc; /* mov sp */
        put_le16(h + 10, (u16)STACK);
        h[12] = 0xe9;
        put_le16(h + 13, (u16)(to - (at + 15)));
    }
}

/* ---- a machine ---- */

static void set_seg(struct cpu *c, unsigned s, u16 attr, u16 sel, u32 base)
{
    c->seg[s] = (struct seg){.base = base,
                             .limit = attr & SEG_DB ? ~0u : 0xffff,
                             .attr = attr,
                             .sel = sel,
                             .usable = true};
    seg_update(&c->seg[s]);
}

/* Code of 16 bits: a segment for the program, which FS is as well, and one for data and stack. */
static void segments16(struct cpu *c, u8 *ram, enum kind kind)
{
    static const u32 base[SEG_COUNT] = {DATA, CODE, DATA, DATA, CODE, DATA};
    for (unsigned s = 0; s < SEG_COUNT; s++) {
        bool code = s == SEG_CS;
        u16 sel = kind == REAL ? (u16)(base[s] >> 4) : base[s] == DATA ? 0x10 : code ? 8 : 0x18;
        set_seg(c, s, code ? 0x9b : 0x93, sel, base[s]);
    }
    for (u32 i = 1; i <= 3; i++) { /* selectors 8: code, 10h: data, 18h: the code as data */
        put_le32(ram + GDT + 8 * i, 0xffff);
        put_le32(ram + GDT + 8 * i + 4,
                 (i == 2 ? DATA : CODE) >> 16 | (i == 1 ? 0x9b00u : 0x9300u));
    }
    for (u32 v = 0; v < 256 && kind == PROTECTED16; v++) {
        put_le32(ram + IDT + 8 * v, 8u << 16 | (CODE16_HANDLERS + 32 * (v & 63)));
        put_le32(ram + IDT + 8 * v + 4, 0x8600);
    }
}

/*
 * Data segments as protected mode has them: that end before or behind 64K, that grow down, that
 * nobody writes to, and in flat code those whose sums wrap.
 */
static void odd_segments(struct gen *g, struct cpu *c, enum kind kind)
{
    static const u32 limits[] = {0xffff, 0xfffe, 0xfffd,     0x7fff,
                                 0x2fff, 0x1ffe, 0xffffffff, 0x10003};
    for (unsigned s = 0; s < SEG_COUNT; s++) {
        struct seg *seg = &c->seg[s];
        u32 how = any(g) % 16, limit = limits[any(g) % ARRAY_SIZE(limits)], base = any(g);
        if (s == SEG_CS || s == SEG_SS || (kind == FLAT32 && s < SEG_FS))
            continue;
        if (how < 5)
            seg->limit = limit;
        if (how == 4 && kind != REAL)
            seg->attr = (u16)((seg->attr & ~0x1fu) | 0x17); /* grows down */
        if (how == 5 && kind != REAL)
            seg->attr &= (u16)~2u; /* is not written to */
        if (how >= 13 && s >= SEG_FS)
            seg->base = base & 1 ? TOP + base % 0x1000 : 0u - base % 64;
        seg_update(seg);
    }
}

/*
 * Numbers in the registers of SSE, and most often a result that was not exact: only where it is
 * noted already do the tiers calculate by the host's floating point.
 */
static void used_floats(struct gen *g, struct cpu *c)
{
    c->fpu.mxcsr = MXCSR_INIT | (chance(g, 80) ? 0x20 : 0);
    c->fpu.mxcsr &= c->fpu.mxcsr_mask;
    for (unsigned i = 0; i < 32; i++)
        put_le32(c->fpu.xmm[i / 4] + i % 4 * 4, chance(g, 20) ? 0 : datum(g));
}

static void setup(struct tier *t, u64 seed, const struct cpu_model *model, enum kind kind)
{
    struct cpu_bus bus = {.port_in = port_in,
                          .port_out = port_out,
                          .irq_ack = irq_ack,
                          .time_ns = time_ns,
                          .time = &t->time,
                          .owner = t};
    memset(t, 0, sizeof *t);
    /* The second's end is near: the counter's value there is the interpreter's to find. */
    t->time =
        (struct cpu_time){.ns = NS_PER_SEC - 20000, .ps = 321, .waited = 98765, .period = 7321};
    t->kind = kind;
    if (!phys_init(&t->phys, RAM, NULL) || !(t->c = cpu_new(model, &t->phys, &bus, NULL)))
        abort();
    struct cpu *c = t->c;
    u8 *ram = t->phys.ram;
    struct gen g = generator(seed, ram + CODE, t->kind);
    for (u32 i = 0; i < 8; i++)
        any(&g);
    t->top = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
    for (u32 a = 0; a < PAGE_SIZE; a += 4)
        put_le32(t->top + a, datum(&g));
    phys_map_ram(&t->phys, TOP, PAGE_SIZE, t->top);
    bool user = any(&g) & 1 && kind == FLAT32, paging = any(&g) & 1 && kind != REAL;
    u16 dpl = user ? 0x60 : 0;
    for (u32 a = 0; a < RAM; a += 2) /* who gets lost meets UD2, and comes back */
        put_le16(ram + a, 0x0b0f);
    for (u32 a = 0; a < 0x4000; a += 4)
        put_le32(ram + DATA + a, datum(&g));
    g.others = seed >> 20 & 1 ? 40 : 4;
    program(&g, model);
    if (kind == FLAT32)
        handlers(&g, ram);
    else
        handlers16(&g, ram);
    put_le32(ram + GDT + 8, 0x0000ffff);
    put_le32(ram + GDT + 12, 0x00cf9b00u | (u32)dpl << 8);
    put_le32(ram + GDT + 16, 0x0000ffff);
    put_le32(ram + GDT + 20, 0x00cf9300u | (u32)dpl << 8);
    /* Ring 0 in any case for the tables' sake; the handlers go on in the ring of the program. */
    for (u32 v = 0; v < 256; v++) {
        u32 to = HANDLERS + 32 * (v & 63);
        put_le32(ram + IDT + 8 * v, (8u | dpl >> 5) << 16 | (to & 0xffff));
        put_le32(ram + IDT + 8 * v + 4, (to & 0xffff0000u) | 0x8e00);
    }
    c->gdtr = (struct table_reg){GDT, 0x1f};
    c->idtr = kind == REAL ? (struct table_reg){0, 0x3ff} : (struct table_reg){IDT, 0x7ff};
    c->tr = (struct seg){.base = TSS, .limit = 0x67, .sel = 0x18, .attr = 0x8b, .usable = true};
    set_seg(c, SEG_CS, (u16)(0xc09b | dpl), (u16)(8 | dpl >> 5), 0);
    for (unsigned s = 0; s < SEG_COUNT; s++)
        if (s != SEG_CS)
            set_seg(c, s, (u16)(0xc093 | dpl), (u16)(16 | dpl >> 5), s >= SEG_FS ? 0x100 : 0);
    if (kind != FLAT32)
        segments16(c, ram, kind);
    odd_segments(&g, c, kind);
    c->cpl = user ? 3 : 0;
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = number(&g);
    u32 data = kind == FLAT32 ? DATA : 0;
    c->gpr[ESP] = kind == FLAT32 ? STACK : (u16)STACK;
    c->gpr[EBX] = c->gpr[ESI] = data + 0x100;
    c->gpr[EDI] = data + 0x800;
    c->eip = kind == FLAT32 ? CODE : 0;
    for (u32 i = 0; i < 1024; i++)
        put_le32(ram + TABLE + 4 * i, i < 256 ? i << 12 | 7 : 0);
    put_le32(ram + DIRECTORY, TABLE | 7);
    put_le32(ram + DIRECTORY + 4 * 1023, LAST_TABLE | 7);
    for (u32 i = 0; i < 1024; i++)
        put_le32(ram + LAST_TABLE + 4 * i, i == 1023 ? TOP | 7 : 0);
    mmu_set_cr4(&c->mmu, (CR4_OSFXSR | CR4_OSXMMEXCPT) & model->cr4);
    mmu_set_cr3(&c->mmu, DIRECTORY);
    mmu_set_cr0(&c->mmu, CR0_ET | (kind == REAL ? 0 : CR0_PE | CR0_WP) | (paging ? CR0_PG : 0));
    cpu_set_eflags(c, EFL_ONE | EFL_IF | (any(&g) & EFL_ARITH));
    used_floats(&g, c);
    fpu_update(c);
}

/* ---- both ---- */

/* Elsewhere in the program, with other registers: out of a loop, or of a shutdown. */
static void move_on(struct gen *g, struct tier *t)
{
    struct cpu *c = t->c;
    struct inspect_hit met;
    *g = generator(g->state, NULL, t->kind);
    cpu_point_met(c, &met);
    c->shutdown = c->halted = c->event.pending = false;
    c->stop_wanted = false; /* a point that the last instruction before a shutdown met */
    c->delivering = 0xff;
    c->shadow = SHADOW_NONE;
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = chance(g, 50) ? pointer(g) : number(g);
    c->gpr[ESP] = (t->kind == FLAT32 ? STACK : any(g) << 16 | (u16)STACK) - 4 * (any(g) % 64);
    c->eip = (t->kind == FLAT32 ? CODE : 0) + any(g) % (CODE_BYTES - 64);
    if (t->kind == FLAT32)
        return;
    segments16(c, t->phys.ram, t->kind);
    if (chance(g, 50))
        odd_segments(g, c, t->kind);
    cpu_set_eflags(c, cpu_eflags(c)); /* the mode */
    if (chance(g,
               20)) { /* the same code at another IP: elsewhere in its page, and near IP's wrap */
        u32 shift = any(g) & 1 ? 0x40 : 0xf000;
        c->seg[SEG_CS].base -= shift;
        c->eip += shift;
    }
}

/* What the outside does between two slices. */
static void disturb(struct gen *g, struct tier *t)
{
    u32 what = any(g) % 40, page = any(g) % 5, at = any(g);
    struct cpu *c = t->c;
    switch (what) {
    case 0:
        blocks_drop_all(c);
        break;
    case 1:
        mmu_flush(&c->mmu, true);
        break;
    case 2: /* a data page becomes read-only, goes, or comes back; or is another frame */
    case 3: {
        static const u32 how[4] = {7, 5, 6, 7};
        u32 frame = (DATA >> 12) + (page + (at >> 8 & 1)) % 5;
        u32 entry = frame << 12 | how[at & 3];
        phys_write(&t->phys, TABLE + 4 * ((DATA >> 12) + page), &entry, 4);
        mmu_flush_page(&c->mmu, DATA + 0x1000 * page);
        break;
    }
    case 4: /* code is another frame: its other page */
    case 5: {
        u32 entry = (CODE + 0x1000 * (at & 1)) | 7;
        phys_write(&t->phys, TABLE + 4 * ((CODE >> 12) + (page & 1)), &entry, 4);
        mmu_set_cr3(&c->mmu, DIRECTORY);
        break;
    }
    case 6: { /* DMA into code */
        u8 byte = (u8)at;
        phys_write(&t->phys, CODE + (at >> 8) % CODE_BYTES, &byte, 1);
        break;
    }
    case 7:
    case 8:
        cpu_set_intr(c, true);
        break;
    case 9:
    case 10:
    case 11:
    case 12:
    case 13:
        move_on(g, t);
        break;
    case 14: /* a task switch: new control words, and the units may be used or not */
    case 15:
        fpu_leave(c);
        c->fpu.fcw = FCW_INIT;
        c->fpu.mxcsr = (MXCSR_INIT | (at & 8 ? 0x20 : 0)) & c->fpu.mxcsr_mask;
        mmu_set_cr0(&c->mmu, at % 8 ? c->mmu.cr0 & ~CR0_TS : c->mmu.cr0 | CR0_TS);
        fpu_loaded(c);
        break;
    default:
        break;
    }
}

static bool same(struct tier *a, struct tier *b, bool memory)
{
    struct cpu *x = a->c, *y = b->c;
    fpu_leave(x);
    fpu_leave(y);
    if (memcmp(x->gpr, y->gpr, sizeof x->gpr) || x->eip != y->eip ||
        cpu_eflags(x) != cpu_eflags(y) || cpu_executed(x) != cpu_executed(y) ||
        cpu_ticks(x) != cpu_ticks(y) || x->cr2 != y->cr2 || x->cpl != y->cpl ||
        x->halted != y->halted || x->shutdown != y->shutdown ||
        x->event.pending != y->event.pending || a->io != b->io)
        return false;
    if (memcmp(&x->fpu, &y->fpu, offsetof(struct cpu_fpu, gate)))
        return false;
    for (unsigned s = 0; s < SEG_COUNT; s++)
        if (x->seg[s].sel != y->seg[s].sel || x->seg[s].base != y->seg[s].base ||
            x->seg[s].limit != y->seg[s].limit)
            return false;
    return !memory ||
           (!memcmp(a->phys.ram, b->phys.ram, RAM) && !memcmp(a->top, b->top, PAGE_SIZE));
}

static void differ(struct tier *a, struct tier *b, u64 start)
{
    fprintf(stderr, "the tiers differ; %llu instructions were executed before the last slice\n",
            (unsigned long long)start);

    cpu_describe(a->c, stderr);
    cpu_describe(b->c, stderr);
    for (u32 i = 0; i < RAM; i++)
        if (a->phys.ram[i] != b->phys.ram[i]) {
            fprintf(stderr, "memory at %05x: %02x and %02x\n", i, a->phys.ram[i], b->phys.ram[i]);
            break;
        }
    abort();
}

/* ---- a debugger ---- */

/* Interrupts and exceptions by vector, ports from one on. */
static struct inspect_point event_point(u32 at, u32 where, u32 len)
{
    if (where & 1)
        return (struct inspect_point){
            .kind = INSPECT_VECTOR, .how = 1 + where / 2 % 7, .lin = at % 0x30, .len = 1 + len % 8};
    return (struct inspect_point){
        .kind = INSPECT_PORT, .how = 1 + where / 2 % 3, .lin = at % 0x100, .len = 1 + len % 0xff00};
}

/* A point comes or goes; most of them are where the program is at work. */
static void change_points(struct gen *g, struct tier *t)
{
    struct cpu *c = t->c;
    u32 what = any(g) % 8, at = any(g), where = any(g), len = any(g);
    if (what == 0)
        cpu_points_clear(c);
    u32 points = c->inspect ? c->inspect->points : 0;
    if (what <= 2 && points) {
        struct inspect_point p = c->inspect->point[at % points];
        if (!cpu_point_clear(c, &p) && what)
            abort();
    }
    if (what <= 4)
        return;
    static const u32 base[] = {CODE, DATA, STACK - 0x100, HANDLERS};
    u32 code = where & 3 ? c->seg[SEG_CS].base + c->eip + at % 64 : CODE + at % CODE_BYTES;
    struct inspect_point p = {.kind = (u8)(what == 7 ? INSPECT_EXECUTE : INSPECT_WRITE + where % 3),
                              .far = len % 16 == 0};
    p.sel = c->seg[SEG_CS].sel;
    p.lin = p.kind == INSPECT_EXECUTE ? code : base[where >> 8 & 3] + at % 0x400;
    p.len = len & 64 ? 1 + len % 8 : len & 128 ? 0x1800 : 2;
    if (len >> 8 & 1)
        p = event_point(at, where, len >> 10);
    cpu_point_set(c, &p);
}

static void note_stop(struct tier *t)
{
    struct inspect_hit h;
    struct cpu *c = t->c;
    if (!cpu_point_met(c, &h))
        abort();
    if (h.point.kind == INSPECT_EXECUTE && h.lin != c->seg[SEG_CS].base + c->eip)
        abort();
    t->stops++;
    t->places = (t->places ^ cpu_executed(c) ^ (u64)h.lin << 32 ^ h.write ^ (u64)h.how << 24 ^
                 (u64)h.value << 8) *
                0x100000001b3ull;
    cpu_points_pass(c);
}

/* Until so many instructions have been executed, or there is nothing to execute. */
static enum cpu_stop run_on(struct tier *t, u64 n, u64 step)
{
    u64 end = cpu_executed(t->c) + n;
    for (;;) {
        u64 left = end - cpu_executed(t->c);
        enum cpu_stop why = cpu_run(t->c, left < step ? left : step);
        if (why == CPU_REQUEST)
            note_stop(t);
        else if (why != CPU_BUDGET || cpu_executed(t->c) >= end)
            return why;
    }
}

/* A machine with points does what one without has done: this many instructions. */
static void follow(struct tier *t, struct tier *a, enum cpu_stop why, u64 before, u64 step,
                   bool memory)
{
    u64 n = cpu_executed(a->c) - before;
    if (n == 0 && why == CPU_BUDGET)
        return; /* a storm of interrupts has used up the time */
    if ((n || why != CPU_BUDGET) && run_on(t, why == CPU_BUDGET ? n : n + 1, step) != why)
        differ(a, t, before);
    if (!same(a, t, memory))
        differ(a, t, before);
}

/* With a timing, in other slices: up to the same instant. */
static void follow_ticks(struct tier *t, struct tier *a, u64 before, u64 step, bool memory)
{
    while (cpu_ticks(t->c) < cpu_ticks(a->c)) {
        u64 left = cpu_ticks(a->c) - cpu_ticks(t->c);
        enum cpu_stop why = cpu_run(t->c, left < step ? left : step);
        if (why == CPU_REQUEST)
            note_stop(t);
        else if (why != CPU_BUDGET)
            break;
    }
    if (!same(a, t, memory))
        differ(a, t, before);
}

/* ---- a profile ---- */

enum { TIERS = 4 };

static u32 symbol_at(void *owner, u32 lin)
{
    (void)owner;
    return lin >> 5 & 0xfff;
}

/* All tiers have counted alike, whether points stopped them or not. NULL: of this one nothing. */
static void compare_counts(struct tier *const tier[TIERS], struct cpu_profile *const counts[TIERS])
{
    for (unsigned i = 1; i < TIERS; i++) {
        if (counts[i] && !same_counts(counts[0], counts[i], i == 1)) {
            fprintf(stderr, "the profiles differ, of tier %u\n", i);
            differ(tier[0], tier[i], cpu_executed(tier[0]->c));
        }
    }
    for (unsigned i = 0; i < TIERS; i++)
        count_no_more(tier[i]->c, counts[i]);
}

static void run(u64 seed, unsigned threshold, enum kind kind, bool points)
{
    struct cpu_profile *counts[TIERS] = {NULL};
    unsigned models = 0;
    while (cpu_model_name(models))
        models++;
    const struct cpu_model *model = cpu_model_find(cpu_model_name((unsigned)(seed >> 8) % models));
    struct tier a, b, p, q;
    struct tier *const all[TIERS] = {&a, &b, &p, &q};
    struct err e;
    setup(&a, seed, model, kind);
    setup(&b, seed, model, kind);
    setup(&p, seed, model, kind);
    setup(&q, seed, model, kind);
    static const char *const timing[] = {"8088", "286", "386", "486", "pentium", "pentium2"};
    if (seed & 4) { /* each instruction takes its clocks */
        const char *of = timing[(seed >> 12) % ARRAY_SIZE(timing)];
        for (unsigned i = 0; i < TIERS; i++)
            cpu_set_timing(all[i]->c, cpu_timing_find(of));
    }
    jit_start(b.c, threshold, false, &e); /* without a translator there is nothing to compare */
    if (seed & 16)
        jit_start(p.c, threshold, false, &e);
    for (unsigned i = 0; seed & 32 && i < (points ? TIERS : 2); i++)
        counts[i] = count(all[i]->c, symbol_at);
    struct gen ga = {.state = ~seed}, gb = ga, gp = ga, gq = ga, g = {.state = seed * 3};
    struct gen pp = {.state = seed * 5}, pq = pp;
    for (unsigned slices = 0; cpu_executed(a.c) < INSTRUCTIONS && slices < INSTRUCTIONS; slices++) {
        u64 before = cpu_executed(a.c), n = 1 + any(&g) % (chance(&g, 6) ? 1000 : 70);
        if (a.c->timing)
            n *= 10;
        enum cpu_stop why = cpu_run(a.c, n);
        if (cpu_run(b.c, n) != why || !same(&a, &b, slices % 16 == 0))
            differ(&a, &b, before);
        if (points) {
            change_points(&pp, &p);
            change_points(&pq, &q);
        }
        if (a.c->timing) {
            follow_ticks(&p, &a, before, 97, slices % 16 == 0);
            follow_ticks(&q, &a, before, 1, slices % 16 == 0);
        } else if (points) {
            follow(&p, &a, why, before, n, slices % 16 == 0);
            follow(&q, &a, why, before, 1, slices % 16 == 0);
        }
        if (p.stops != q.stops || p.places != q.places)
            differ(&p, &q, before);
        if (why == CPU_SHUTDOWN || why == CPU_HALT) {
            move_on(&ga, &a);
            move_on(&gb, &b);
            move_on(&gp, &p);
            move_on(&gq, &q);
        }
        disturb(&ga, &a);
        disturb(&gb, &b);
        disturb(&gp, &p);
        disturb(&gq, &q);
    }
    if (!same(&a, &b, true))
        differ(&a, &b, cpu_executed(a.c));
    compare_counts(all, counts);
    for (unsigned i = 0; i < TIERS; i++) {
        cpu_free(all[i]->c);
        phys_free(&all[i]->phys);
        free(all[i]->top);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    u64 seed = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < size; i++)
        seed = (seed ^ data[i]) * 0x100000001b3ull;
    for (unsigned k = 0; k < KINDS; k++) {
        run(seed + 2 * k, 0, (enum kind)k, false);
        run(seed + 2 * k + 1, 5, (enum kind)k, true);
    }
    return 0;
}
