/*
 * int_tiers.c - every form of every integer instruction by the interpreter and by the translator,
 * side by side: operand sizes, registers and their upper bytes, all ways to address memory,
 * immediates and counts from tables of what is special; in flat code of 32 bits and in 16-bit code
 * with segments that end. Behind what changes flags each condition is asked, with the other flags
 * wanted or not. After each block all registers, flags and memories are the same.
 *
 *   int-tiers [CASES [SEED [EVERY]]]   so many of each form, 12; only every so many-th form, 1
 *
 * Each form is a block of its own, which is translated before anything runs.
 */
#include "cpu/decode/models.h"
#include "cpu/decode/query.h"
#include "cpu/translate/jit.h"
#include "tests/ops/immediate.h"
#include "tests/ops/tier_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM (1u << 20)
#define DATA 0x8000u /* three pages, within 64 KB */
#define STACK 0xc000u
#define MEMORY_END 0x1c000u /* all that is written lies between DATA and here */
#define DIRECTORY 0x5000u
#define TABLE 0x6000u
#define CODE 0x20000u
#define EIP16 0x100u /* where a form lies in its segment of 16 bits */
#define CODE_STEP 64u
#define PLACES ((RAM - CODE) / CODE_STEP)
#define REACH 0x3000u /* of the offsets */
#define NONE 8u

/* A way to address memory: its bytes, and what they stand for. */
struct address {
    bool a16;
    u8 modrm; /* without its reg */
    s16 sib;
    u8 base, index, shift, seg;
    u8 bytes;
    u32 disp;
};

static const struct address addresses[] = {
    {false, 0x07, -1, EDI, NONE, 0, SEG_DS, 0, 0},
    {false, 0x43, -1, EBX, NONE, 0, SEG_DS, 1, 0x7f},
    {false, 0x85, -1, EBP, NONE, 0, SEG_SS, 4, 0xffffff00},
    {false, 0x44, 0xb3, EBX, ESI, 2, SEG_DS, 1, 0xffffff80},
    {false, 0x05, -1, NONE, NONE, 0, SEG_DS, 4, 0x408},
    {false, 0x44, 0x24, ESP, NONE, 0, SEG_SS, 1, 4},
    {false, 0x04, 0xcd, NONE, ECX, 3, SEG_DS, 4, 0x100},
    {false, 0x04, 0x3e, ESI, EDI, 0, SEG_DS, 0, 0},
    {true, 0x40, -1, EBX, ESI, 0, SEG_DS, 1, 0x7f},
    {true, 0x83, -1, EBP, EDI, 0, SEG_SS, 2, 0xff00},
    {true, 0x06, -1, NONE, NONE, 0, SEG_DS, 2, 0x408},
    {true, 0x05, -1, EDI, NONE, 0, SEG_DS, 0, 0},
    {true, 0x46, -1, EBP, NONE, 0, SEG_SS, 1, 0xffffff80},
    {true, 0x87, -1, EBX, NONE, 0, SEG_DS, 2, 0x8000},
};

/* Registers of r/m and reg: of bytes 4 and 5 are AH and CH. */
static const u8 registers[][2] = {{3, 2}, {1, 0}, {2, 2}, {4, 5}, {5, 1}, {7, 6}, {0, 4}};

static const u32 integers[] = {0,      1,      2,          3,          0x0f,       0x10,
                               0x7f,   0x80,   0x81,       0xff,       0x100,      0x7fff,
                               0x8000, 0x8001, 0xffff,     0x10000,    0x7fffffff, 0x80000000,
                               31,     32,     0x80000001, 0xffffff80, 0xffff8000, 0xffffffff};

enum tail {
    PLAIN,       /* all flags are wanted */
    ASKED,       /* SETcc, CMOVcc and Jcc, all flags */
    ASKED_ALONE, /* the same, and the others are written by who comes next */
    TAILS
};

struct form {
    const struct opdef *row;
    const struct address *address; /* NULL: none, or the string's */
    u32 at, len;
    bool code16, o16, a16;
    u8 seg, rep, imm; /* a prefix 26, 36, 3e, 64, 65, or 0; F2, F3 or 0; which immediate */
    u8 rm, reg, tail, cc;
};

struct test {
    struct tier_machine plain, fast;
    u64 state, cases, forms, every, rests;
    unsigned limit, bad;
};

static u32 any(struct test *t)
{
    return tier_random(&t->state);
}

static bool chance(struct test *t, unsigned percent)
{
    return any(t) % 100 < percent;
}

static u32 any_integer(struct test *t)
{
    u32 random = any(t) << 16 ^ any(t);
    return chance(t, 70) ? integers[any(t) % ARRAY_SIZE(integers)] : random;
}

/* ---- forms ---- */

/* What leaves the machine as it was made, and what is the floats' and vectors'. */
static bool wanted(const struct opdef *d)
{
    const u64 outside = R_SYS | R_TABLES | R_PORT | R_X87 | R_MXCSR | R_STS | R_XMMS;
    const struct operation_def *o = row_operation(d);
    if ((o->reads | o->writes) & outside || o->writes & (R_EFL | R_SEG(0) | R_SEG(1)) ||
        d->attr & (A_IO | A_PFX) || o->class == OC_X87 || o->class == OC_FCMOVCC)
        return false;
    switch ((enum operation)d->operation) {
    case I_hlt:
    case I_iret:
    case I_int:
    case I_int3:
    case I_icebp:
    case I_undefined:
    case I_too_long:
    case I_loadall:
    case I_call_far:
    case I_jmp_far:
    case I_retf:
    case I_popf:
        return false;
    default:
        break;
    }
    for (unsigned i = 0; i < 3; i++) {
        u8 kind = d->operand[i];
        if (kind_among(kind, KIND(Sw) | KIND(Mp) | KIND(Rd) | KIND(Cd) | KIND(Dd) | KIND(Td) |
                                 KINDS_RM_SIMD | KIND(Pq) | KIND(Nq) | KIND(Vx) | KIND(Ux)) ||
            (kind >= ES_ && d->operation != I_push))
            return false;
    }
    return model_has(cpu_model_find("pentium4"), (enum feature)d->feature);
}

static u32 put_address(const struct form *f, unsigned reg, u8 *at)
{
    const struct address *a = f->address;
    u32 n = 0;
    at[n++] = (u8)(a->modrm | reg << 3);
    if (a->sib >= 0)
        at[n++] = (u8)a->sib;
    for (unsigned i = 0; i < a->bytes; i++)
        at[n++] = (u8)(a->disp >> 8 * i);
    return n;
}

static u32 immediate_of(const struct form *f, u8 kind)
{
    static const u8 bytes[] = {3,  0,    1,    7,    8,    9,    15,   16,  17,
                               24, 0x1f, 0x20, 0x21, 0x7f, 0x80, 0x81, 0xff};
    switch ((enum operand)kind) {
    case Jb:
    case Jz:
        return 5 + f->imm % 8; /* HLT is everywhere behind */
    case Iwb:
        return 0x10u | (u32)(f->imm % 4) << 16; /* ENTER */
    case Ob:
    case Ov:
        return 0x408u + (f->code16 ? 0 : DATA);
    case Iw:
        return (f->imm % 2 ? 0x104u : 4u) * f->imm; /* RET */
    case Iz:
        return integers[f->imm % ARRAY_SIZE(integers)];
    default:
        return bytes[f->imm % ARRAY_SIZE(bytes)];
    }
}

/* Asks a condition: SETcc CH, CMOVcc EBP, EDX, Jcc over one HLT. */
static u32 put_tail(const struct form *f, u8 *at)
{
    static const u8 asks[] = {0x0f, 0x90, 0xc5, 0x0f, 0x40, 0xea}, writes[] = {0x85, 0xd2};
    u32 n = 0;
    if (f->tail == PLAIN)
        return 0;
    memcpy(at, asks, sizeof asks);
    at[1] |= f->cc;
    at[4] |= f->cc;
    n = sizeof asks;
    if (f->tail == ASKED_ALONE) {
        memcpy(at + n, writes, sizeof writes);
        return n + sizeof writes;
    }
    at[n++] = 0x70 | f->cc;
    at[n++] = 1;
    return n;
}

/* Its bytes; 0: there is no such form. */
static u32 put_form(const struct form *f, u8 *at)
{
    const struct opdef *d = f->row;
    u32 n = 0;
    if (f->o16 != f->code16)
        at[n++] = 0x66;
    if (f->a16 != f->code16)
        at[n++] = 0x67;
    if (f->seg)
        at[n++] = f->seg;
    if (f->rep)
        at[n++] = f->rep;
    if (d->map)
        at[n++] = 0x0f;
    at[n++] = d->opcode;
    unsigned reg = d->ext >= 0 ? (unsigned)d->ext : f->reg;
    if (row_has_modrm(d) && f->address)
        n += put_address(f, reg, at + n);
    else if (row_has_modrm(d))
        at[n++] = (u8)(0xc0 | reg << 3 | (d->rm >= 0 ? (u8)d->rm : f->rm));
    for (unsigned i = 0; i < 3; i++) {
        unsigned bytes = immediate_bytes(d->operand[i], f->o16, f->a16);
        for (u32 k = 0, v = immediate_of(f, d->operand[i]); k < bytes; k++, v >>= 8)
            at[n++] = (u8)v;
    }
    return n + put_tail(f, at + n);
}

/* ---- one case ---- */

/* Both machines', before the block. */
struct contents {
    u32 gpr[8], eflags;
    u32 place; /* linear, of the memory operand, */
    u8 operand[8];
    u32 top; /* and of the stack's uppermost word */
    u32 leads;
    u32 slice; /* instructions */
};

/* An offset: aligned and inside mostly, or across a page's end, or a segment's, or anywhere. */
static u32 any_offset(struct test *t)
{
    static const u16 edges[] = {0xffd,  0xfff,  0x1ffe, 0x2ffb, 0x2ffc,
                                0x2ffd, 0x3000, 0x7fc,  0x7fd,  0xffff};
    if (chance(t, 75))
        return 4 * (any(t) % 0x280) + 0x80;
    return chance(t, 85) ? edges[any(t) % ARRAY_SIZE(edges)] : any(t) & 0xffff;
}

static u32 origin_of(const struct form *f, unsigned seg)
{
    return f->code16 ? 0 : seg == SEG_SS ? STACK : DATA;
}

/* Its registers lead to this offset; the upper halves of short ones say nothing. */
static void lead(struct test *t, const struct form *f, u32 offset, u32 *gpr)
{
    const struct address *a = f->address;
    u32 mask = f->a16 ? 0xffff : ~0u, rest = offset - a->disp;
    if (a->index != NONE) {
        u32 v = a->base == NONE ? (rest & mask) >> a->shift : any(t) & 0x3f;
        gpr[a->index] = v | (any(t) << 17 & ~mask);
        rest -= v << a->shift;
    }
    if (a->base != NONE)
        gpr[a->base] = (rest & mask) | (any(t) << 17 & ~mask);
}

/* Dividends that fit, most often. */
static void put_dividend(struct test *t, u32 *gpr)
{
    gpr[EDX] = chance(t, 30) ? any_integer(t) : chance(t, 50) ? 0 : any(t) % 8;
    if (chance(t, 40))
        gpr[EDX] = (u32)((s32)gpr[EAX] >> 31);
    if (chance(t, 40))
        gpr[EAX] = any(t) & 0x3fff;
}

/* LOOP and JCXZ: by a register that is as wide as addresses. */
static bool counts(const struct opdef *d)
{
    return d->operand[0] == Jb && (row_operation(d)->reads & R_CX);
}

static bool uses_stack(const struct opdef *d)
{
    return (row_operation(d)->reads | row_operation(d)->writes) & R_STACK;
}

static bool repeats(const struct form *f)
{
    return f->row->attr & A_REP && f->rep;
}

/* A few elements, some pages, or what ends near a page's end; many ranges overlap. The slice ends
 * somewhere within. */
static void put_ranges(struct test *t, const struct form *f, struct contents *x)
{
    u32 upper = f->a16 ? any(t) << 16 : 0;
    x->gpr[ESI] = origin_of(f, SEG_DS) + any_offset(t);
    x->gpr[EDI] = origin_of(f, SEG_ES) + any_offset(t);
    x->gpr[ECX] = (any(t) % 7) | upper;
    if (!repeats(f) || chance(t, 20))
        return;
    if (chance(t, 40))
        x->gpr[EDI] = x->gpr[ESI] + (chance(t, 40) ? 0 : any(t) % 40 - 16);
    if (chance(t, 20)) /* much of the memory is */
        x->gpr[EAX] = 0;
    if (chance(t, 50))
        x->gpr[ECX] = any(t) % (chance(t, 50) ? 70 : 0x1400);
    else if (chance(t, 50))
        x->gpr[ECX] = (PAGE_SIZE - (x->gpr[EDI] & PAGE_MASK)) / 4 + any(t) % 5 - 2;
    if (f->a16) {
        if (chance(t, 10))
            x->gpr[ESI] = 0xffff - any(t) % 100;
        x->gpr[ECX] = (x->gpr[ECX] & 0xffff) | upper;
        x->gpr[ESI] = (x->gpr[ESI] & 0xffff) | (any(t) << 16);
        x->gpr[EDI] = (x->gpr[EDI] & 0xffff) | (any(t) << 16);
    }
    if (chance(t, 80))
        x->slice = any(t) % 0x2000 + 1;
    else if (x->gpr[ECX] & 0xffff)
        x->slice = (x->gpr[ECX] & 0xffff) + any(t) % 5;
}

static void put_contents(struct test *t, const struct form *f, struct contents *x)
{
    enum operation op = (enum operation)f->row->operation;
    u32 sp = 0x2000 + 4 * (any(t) % 0x300);
    memset(x, 0, sizeof *x);
    x->leads = (f->code16 ? EIP16 : f->at) + CODE_STEP - 1 - any(t) % 8; /* a HLT */
    bool flow = row_operation(f->row)->writes & R_IP;
    for (unsigned i = 0; i < 8; i++)
        x->gpr[i] = flow && chance(t, 80) ? x->leads : any_integer(t);
    if (chance(t, 60))
        x->gpr[ECX] = any(t) % 36 | (counts(f->row) ? any(t) << 16 : 0);
    if (op == I_div || op == I_idiv)
        put_dividend(t, x->gpr);
    x->slice = 12;
    if (f->row->attr & A_REP || kind_among(f->row->operand[0], KINDS_STRING))
        put_ranges(t, f, x);
    if (!chance(t, uses_stack(f->row) ? 50 : 80))
        sp = any_offset(t);
    x->gpr[ESP] = origin_of(f, SEG_SS) + sp;
    if (op == I_leave || op == I_enter)
        x->gpr[EBP] = origin_of(f, SEG_SS) + any_offset(t);
    else if (chance(t, 60))
        x->gpr[EBP] = x->gpr[ESP] + 4 * (any(t) % 8);
    put_le32(x->operand, flow && chance(t, 80) ? x->leads : any_integer(t));
    put_le32(x->operand + 4, any_integer(t));
    if ((op == I_cmpxchg || op == I_cmpxchg8b) && chance(t, 50)) { /* equal */
        put_le32(x->operand, x->gpr[EAX]);
        put_le32(x->operand + 4, x->gpr[EDX]);
    }
    if (f->address) {
        u32 offset = any_offset(t);
        if (f->address->base == NONE && f->address->index == NONE)
            offset = f->address->disp;
        else
            lead(t, f, origin_of(f, f->address->seg) + offset, x->gpr);
        x->place = (f->address->seg == SEG_SS ? STACK : DATA) + (offset & 0xffff);
    } else {
        x->place = DATA + any_offset(t) % REACH;
    }
    x->top = STACK + (x->gpr[ESP] - origin_of(f, SEG_SS));
    /* Most often flags that a result leaves: others are not translated for. */
    x->eflags = EFL_ONE | (any(t) & (EFL_ARITH | (repeats(f) && chance(t, 80) ? 0 : EFL_DF)));
    if (x->eflags & EFL_ZF && chance(t, 90))
        x->eflags = (x->eflags | EFL_PF) & ~EFL_SF;
}

/* DS and SS are what the offsets are for; of the others each has something of its own. */
static void set_segments(struct cpu *c, const struct form *f)
{
    if (!f->code16) {
        for (unsigned s = 0; s < SEG_COUNT; s++)
            tier_segment(c, s, s == SEG_CS ? 0xc09b : 0xc093, s == SEG_CS ? 8 : 16, 0, ~0u);
        /* Offsets of 16 bits wrap within a page. */
        tier_segment(c, SEG_FS, 0xc093, 16, 0x123, ~0u - 0x123);
        return;
    }
    tier_segment(c, SEG_CS, 0x9b, 8, f->at - EIP16, 0xffff);
    tier_segment(c, SEG_DS, 0x93, 16, DATA, REACH - 3); /* not at a page's end */
    tier_segment(c, SEG_ES, 0x93, 16, DATA, 0xffff);
    tier_segment(c, SEG_SS, 0x93, 16, STACK, 0xffff);
    tier_segment(c, SEG_FS, 0x93, 16, DATA + 0x800, 0x7fd);
    tier_segment(c, SEG_GS, 0x91, 16, DATA, REACH - 3); /* only read */
}

/*
 * Neighbours of what may be written are no neighbours in memory; the data's second page is only
 * read, like all that lies before and behind, and behind the data is nothing.
 */
static u32 page_of(u32 page)
{
    u32 first = DATA >> PAGE_SHIFT, last = (MEMORY_END >> PAGE_SHIFT) - 1;
    return page >= first && page <= last ? first + last - page : page;
}

static void set_paging(struct tier_machine *m)
{
    u8 *ram = m->phys.ram;
    put_le32(ram + DIRECTORY, TABLE | 3);
    for (u32 page = 0; page < RAM >> PAGE_SHIFT; page++) {
        u32 lin = page << PAGE_SHIFT;
        bool written = lin >= DATA && lin < MEMORY_END && lin != DATA + PAGE_SIZE;
        put_le32(ram + TABLE + 4 * page,
                 lin == DATA + REACH ? 0 : page_of(page) << PAGE_SHIFT | (written ? 0x63 : 0x61));
    }
    mmu_set_cr3(&m->c->mmu, DIRECTORY);
    mmu_set_cr0(&m->c->mmu, CR0_ET | CR0_PE | CR0_NE | CR0_PG | CR0_WP);
}

/* Who jumps somewhere may have left code there. */
static void put_memory(struct tier_machine *m, u32 at, const u8 *bytes, u32 n)
{
    for (u32 i = 0; i < n; i++, at++)
        if (at >= DATA && at < MEMORY_END)
            phys_write(&m->phys, page_of(at >> PAGE_SHIFT) << PAGE_SHIFT | (at & PAGE_MASK),
                       bytes + i, 1);
}

static void begin(struct tier_machine *m, const struct form *f, const struct contents *x)
{
    struct cpu *c = m->c;
    u8 leads[4];
    put_le32(leads, x->leads);
    put_memory(m, x->place, x->operand, sizeof x->operand);
    if (row_operation(f->row)->writes & R_IP)
        put_memory(m, x->top, leads, sizeof leads);
    memcpy(c->gpr, x->gpr, sizeof x->gpr);
    set_segments(c, f);
    c->eip = f->code16 ? EIP16 : f->at;
    c->halted = c->shutdown = c->event.pending = false;
    cpu_set_eflags(c, x->eflags);
}

static bool same(const struct tier_machine *a, const struct tier_machine *b)
{
    const struct cpu *x = a->c, *y = b->c;
    return !memcmp(x->gpr, y->gpr, sizeof x->gpr) && x->eip == y->eip &&
           cpu_eflags(x) == cpu_eflags(y) && x->cr2 == y->cr2 && x->halted == y->halted &&
           x->shutdown == y->shutdown && cpu_executed(x) == cpu_executed(y) &&
           !memcmp(a->phys.ram + DATA, b->phys.ram + DATA, MEMORY_END - DATA);
}

static void differ(const struct test *t, const struct form *f, const struct contents *x)
{
    fprintf(stderr, "%s differs, %u bits of %s, case %llu:", row_operation(f->row)->text,
            f->o16 ? 16 : 32, f->code16 ? "16" : "32", (unsigned long long)t->cases);
    for (u32 i = 0; i < f->len; i++)
        fprintf(stderr, " %02x", t->plain.phys.ram[f->at + i]);
    fprintf(stderr, "\nbefore: flags %04x, memory %05x: %08x", x->eflags, x->place,
            get_le32(x->operand));
    for (unsigned i = 0; i < 8; i++)
        fprintf(stderr, " %08x", x->gpr[i]);
    fprintf(stderr, "\n");
    cpu_describe(t->plain.c, stderr);
    cpu_describe(t->fast.c, stderr);
    for (u32 i = DATA; i < MEMORY_END; i++)
        if (t->plain.phys.ram[i] != t->fast.phys.ram[i])
            fprintf(stderr, "%05x: %02x and %02x\n", i, t->plain.phys.ram[i], t->fast.phys.ram[i]);
}

static bool check(struct test *t, const struct form *f)
{
    struct contents x;
    put_contents(t, f, &x);
    begin(&t->plain, f, &x);
    begin(&t->fast, f, &x);
    t->cases++;
    enum cpu_stop a = cpu_run(t->plain.c, x.slice), b = cpu_run(t->fast.c, x.slice);
    if (a != b || !same(&t->plain, &t->fast)) {
        differ(t, f, &x);
        return false;
    }
    tier_wake(&t->fast, &t->rests);
    return true;
}

static void check_form(struct test *t, struct form *f)
{
    u8 code[CODE_STEP];
    if (t->forms++ % t->every)
        return;
    memset(code, 0xf4, sizeof code);
    f->len = put_form(f, code);
    f->at = CODE + CODE_STEP * (u32)(t->forms % PLACES);
    if (f->len + 12 > CODE_STEP)
        abort();
    phys_write(&t->plain.phys, f->at, code, sizeof code);
    phys_write(&t->fast.phys, f->at, code, sizeof code);
    /* Few forms, and much that may be odd about the place. */
    unsigned cases = t->limit * (repeats(f) ? 32 : uses_stack(f->row) ? 8 : 1);
    for (unsigned i = 0; i < cases; i++) {
        if (!check(t, f)) {
            t->bad++;
            phys_write(&t->fast.phys, DATA, t->plain.phys.ram + DATA, MEMORY_END - DATA);
            break;
        }
    }
}

/* ---- all forms ---- */

static void with_tails(struct test *t, struct form *f)
{
    f->tail = PLAIN;
    check_form(t, f);
    if (!f->row->fl_write || f->row->attr & A_END)
        return;
    for (f->tail = ASKED; f->tail < TAILS; f->tail++)
        for (f->cc = 0; f->cc < 16; f->cc++)
            check_form(t, f);
    f->tail = PLAIN;
}

static bool has_immediate(const struct opdef *d)
{
    return immediate_bytes(d->operand[0], false, false) ||
           immediate_bytes(d->operand[1], false, false) ||
           immediate_bytes(d->operand[2], false, false);
}

/* Nothing of it depends on the operand size. */
static bool one_size(const struct opdef *d)
{
    return kind_among(d->operand[0], KINDS_BYTE) && d->operation != I_movzx &&
           d->operation != I_movsx;
}

static void in_registers(struct test *t, struct form *f)
{
    const struct opdef *d = f->row;
    if (d->attr & A_MEM || kind_among(d->operand[0], KINDS_RM_MEMORY) ||
        kind_among(d->operand[1], KINDS_RM_MEMORY))
        return;
    unsigned count = row_has_modrm(d) ? ARRAY_SIZE(registers) : 1;
    for (unsigned i = 0; i < count; i++) {
        f->rm = registers[i][0];
        f->reg = registers[i][1];
        for (f->imm = 0; f->imm < (has_immediate(d) ? 24 : 1); f->imm++) {
            if (i == 0 && f->imm < 2)
                with_tails(t, f);
            else if (i < 2 || f->imm < 3)
                check_form(t, f);
        }
    }
    f->imm = 0;
}

static void in_memory(struct test *t, struct form *f)
{
    static const u8 prefixes[] = {0, 0, 0x64, 0, 0x65, 0x26, 0, 0x2e};
    if (!row_has_modrm(f->row) || f->row->attr & A_REG || f->row->rm >= 0)
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(addresses); i++) {
        f->address = &addresses[i];
        f->a16 = addresses[i].a16;
        f->seg = prefixes[(i + f->row->opcode) % ARRAY_SIZE(prefixes)];
        for (unsigned k = 0; k < 2; k++) {
            f->reg = k ? 5 : 2;
            f->imm = (u8)(i + k);
            check_form(t, f);
        }
    }
    f->seg = 0;
    f->imm = 0;
    f->address = NULL;
    f->a16 = f->code16;
}

static void all_forms(struct test *t)
{
    static const u8 reps[] = {0, 0xf3, 0xf2}, segments[] = {0x64, 0x36, 0x65, 0x64, 0x2e, 0x26};
    for (unsigned i = 0; i < opdef_count; i++) {
        if (!wanted(&opdefs[i]))
            continue;
        for (unsigned mode = 0; mode < 4; mode++) {
            struct form f = {.row = &opdefs[i], .code16 = mode & 1, .o16 = mode >> 1};
            if (one_size(f.row) && f.o16 != f.code16)
                continue;
            f.a16 = f.code16;
            if (f.row->attr & A_REP) {
                for (unsigned k = 0; k < 12; k++) {
                    f.rep = reps[k / 4];
                    f.a16 = k & 1;
                    f.seg = k & 2 ? segments[i % ARRAY_SIZE(segments)] : 0;
                    check_form(t, &f);
                }
                continue;
            }
            in_registers(t, &f);
            in_memory(t, &f);
            f.a16 = !f.a16;
            if (counts(f.row))
                in_registers(t, &f);
        }
    }
}

int main(int argc, char **argv)
{
    static struct test t;
    struct err e;
    struct jit_stats s;
    t.limit = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 12;
    t.state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    t.every = argc > 3 ? strtoull(argv[3], NULL, 0) : 1;
    tier_machine_new(&t.plain, RAM);
    tier_machine_new(&t.fast, RAM);
    set_paging(&t.plain);
    set_paging(&t.fast);
    if (!t.every || !jit_start(t.fast.c, 0, false, &e)) {
        fprintf(stderr, "int-tiers: %s\n", t.every ? e.text : "EVERY is at least 1");
        return 2;
    }
    all_forms(&t);
    if (!jit_statistics(t.fast.c, &s) || s.instructions < t.forms / t.every) {
        fprintf(stderr, "int-tiers: there was nothing to compare\n");
        t.bad++;
    }
    printf("%llu forms, %llu cases, %llu instructions translated, %u forms differ\n",
           (unsigned long long)(t.forms / t.every), (unsigned long long)t.cases,
           (unsigned long long)s.instructions, t.bad);
    tier_machine_free(&t.plain);
    tier_machine_free(&t.fast);
    return t.bad != 0;
}
