/*
 * float_tiers.c - every form of every x87, MMX, SSE and SSE2 instruction by the interpreter and by
 * the translator, side by side: operands from tables of what is special (zeros, denormals,
 * infinities, NaNs, halves of the last place, what just fits an integer), control words of every
 * rounding and precision, exceptions masked or not, x87 stacks of every height, with holes. After
 * each instruction all registers, flags and the memory that it names are the same.
 *
 *   float-tiers [CASES [SEED]]   so many of each form with each kind of control word; 60
 *
 * Each form is a block of its own, which is translated before anything runs. Where registers stay
 * in memory and a gate is asked (WebAssembly), an instruction goes before it that opens the gate.
 */
#include "cpu/fpu.h"
#include "cpu/translate/jit.h"
#include "tests/ops/float_forms.h"
#include "tests/ops/tier_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM (1u << 20)
#define STACK 0x8000u
#define DATA 0x10000u
#define AREA 0x240u /* bytes that an instruction may name, with some before and behind */
#define CODE 0x20000u
#define CODE_STEP 32u
#define MOST_FORMS ((RAM - CODE) / CODE_STEP)

struct form {
    const struct opdef *row;
    u32 at, len; /* of the instruction, in memory */
    bool opens;  /* another goes before it */
    bool mem, same;
};

struct test {
    struct tier_machine plain, fast;
    struct form form[MOST_FORMS];
    unsigned forms;
    u64 state, cases, rests;
};

/* ---- numbers ---- */

static const u32 f32s[] = {
    0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x00400000, 0x007fffff, 0x807fffff,
    0x00800000, 0x80800000, 0x00800001, 0x00ffffff, 0x01000000, 0x01000001, 0x1f800000,
    0x20000000, 0x33800000, 0x34000000, 0x3effffff, 0x3f000000, 0xbf000000, 0x3f7fffff,
    0x3f800000, 0xbf800000, 0x3f800001, 0x3fc00000, 0x40000000, 0x40200000, 0xc0600000,
    0x40490fdb, 0x4affffff, 0x4b000001, 0x4b7fffff, 0x4b800001, 0x4effffff, 0x4f000000,
    0xcf000000, 0xcf000001, 0x5f000000, 0x7e7fffff, 0x7effffff, 0x7f000000, 0x7f7fffff,
    0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345, 0x7f800001, 0xffbfffff};

static const u64 f64s[] = {
    0x0000000000000000, 0x8000000000000000, 0x0000000000000001, 0x8000000000000001,
    0x0008000000000000, 0x000fffffffffffff, 0x0010000000000000, 0x8010000000000000,
    0x0010000000000001, 0x001fffffffffffff, 0x0020000000000000, 0x1ff0000000000000,
    0x3690000000000000, 0x36a0000000000000, 0x380fffffe0000000, 0x380fffffefffffff,
    0x380ffffff0000000, 0x3810000000000000, 0x3820000000000000, 0x3ca0000000000000,
    0x3fdfffffffffffff, 0x3fe0000000000000, 0xbfe0000000000000, 0x3fefffffffffffff,
    0x3ff0000000000000, 0xbff0000000000000, 0x3ff0000000000001, 0x3ff0000010000000,
    0x3ff0000010000001, 0x3ff0000030000000, 0x3ff8000000000000, 0x4000000000000000,
    0x4004000000000000, 0xc00c000000000000, 0x400921fb54442d18, 0x41dfffffffa00000,
    0x41dfffffffbfffff, 0x41dfffffffc00000, 0x41dfffffffe00000, 0x41dfffffffffffff,
    0x41e0000000000000, 0xc1e0000000000000, 0xc1e0000000100000, 0xc1e0000000200000,
    0x4330000000000001, 0x43e0000000000000, 0x47efffffe0000000, 0x47efffffefffffff,
    0x47effffff0000000, 0x47f0000000000000, 0x7fdfffffffffffff, 0x7fe0000000000000,
    0x7fefffffffffffff, 0xffefffffffffffff, 0x7ff0000000000000, 0xfff0000000000000,
    0x7ff8000000000000, 0xfff8123456789abc, 0x7ff0000000000001, 0xfff7ffffffffffff};

static const u32 integers[] = {
    0,      1,          2,          0x7f,       0x80,       0xff,       0x7fff,     0x8000,
    0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x00800080, 0x7f807f80, 0x80008000, 0x01000100,
    15,     16,         17,         31,         32,         33,         63,         64,
    65,     0x01000001, 0x01000003, 0x7fffff80, 0x7fffffc0, 0xffffff7f};

/* Sign and exponent, and the bits of the number: pseudo-denormals and unnormals as well. */
static const u16 exponents[] = {0,      1,      2,      0x3f68, 0x3f69, 0x3f6a, 0x3f81, 0x3bcc,
                                0x3bcd, 0x3c01, 0x3ffd, 0x3ffe, 0x3fff, 0x4000, 0x400d, 0x400e,
                                0x401d, 0x401e, 0x403d, 0x403e, 0x407e, 0x407f, 0x43fe, 0x43ff,
                                0x7ffd, 0x7ffe, 0x7fff, 0x3fc0, 0x4015, 0x4032};
static const u64 mantissas[] = {0,
                                1,
                                0x8000000000000000,
                                0x8000000000000001,
                                0x8000008000000000,
                                0x8000018000000000,
                                0x8000008000000001,
                                0x8000000000000400,
                                0x8000000000000c00,
                                0x8000000000000401,
                                0xc000000000000000,
                                0xc000000000000001,
                                0xbfffffffffffffff,
                                0xffffffffffffffff,
                                0xffffff8000000000,
                                0xffffff7fffffffff,
                                0xfffffffffffffc00,
                                0xfffffffffffffbff,
                                0x7fffffffffffffff,
                                0x4000000000000000,
                                0xfffffffe00000000,
                                0xa000000000000000,
                                0xffff000000000000,
                                0xffff800000000000};

static u32 any(struct test *t)
{
    return tier_random(&t->state);
}

static bool chance(struct test *t, unsigned percent)
{
    return any(t) % 100 < percent;
}

static u32 any32(struct test *t)
{
    return any(t) << 16 ^ any(t);
}

static u64 any64(struct test *t)
{
    return (u64)any32(t) << 32 | any32(t);
}

static u32 any_integer(struct test *t)
{
    return chance(t, 70) ? integers[any(t) % ARRAY_SIZE(integers)] : any32(t);
}

/* Of lanes that are like one another; ordinary: nothing is special about them. */
enum lane { LANE_F32, LANE_F64, LANE_INTEGER };

static void put_lane(struct test *t, u8 *at, enum lane lane, bool ordinary)
{
    if (lane == LANE_F64) {
        u64 v = (any64(t) & 0x801fffffffffffff) + 0x3fe0000000000000;
        if (!ordinary)
            v = chance(t, 85) ? f64s[any(t) % ARRAY_SIZE(f64s)] : any64(t);
        put_le64(at, v);
    } else if (lane == LANE_F32) {
        u32 v = (any32(t) & 0x80ffffff) + 0x3f000000;
        if (!ordinary)
            v = chance(t, 85) ? f32s[any(t) % ARRAY_SIZE(f32s)] : any32(t);
        put_le32(at, v);
    } else {
        put_le32(at, any_integer(t));
    }
}

/* One lane is special, or all; `only`: that one in both operands, 4: in none. */
static void put_vector(struct test *t, u8 *at, unsigned bytes, enum lane lane, unsigned only)
{
    unsigned n = lane == LANE_F64 ? 8 : 4;
    for (unsigned i = 0; i < bytes; i += n)
        put_lane(t, at + i, lane, only < 4 && i / n != only % (bytes / n));
}

static void put_extended(struct test *t, u8 *at)
{
    bool random = chance(t, 20);
    put_le64(at, random ? any64(t) | (u64)chance(t, 90) << 63
                        : mantissas[any(t) % ARRAY_SIZE(mantissas)]);
    u16 exponent = exponents[any(t) % ARRAY_SIZE(exponents)];
    if (random)
        exponent = (u16)(chance(t, 70) ? 0x3fff + any(t) % 128 - 64 : any(t) & 0x7fff);
    put_le16(at + 8, (u16)(exponent | any(t) << 15));
    memset(at + 10, 0, 6);
}

/* ---- states ---- */

/* What is in memory for both, and what the processors have in their registers. */
struct contents {
    u8 area[AREA];
    struct cpu_fpu fpu;
    u32 ecx, edx, edi, eflags;
};

/* What the numbers of a row look like, most often. */
static enum lane lane_of(const struct opdef *d)
{
    switch ((enum operation)d->operation) {
    case I_cvtdq2ps:
    case I_cvtdq2pd:
    case I_cvtpi2ps:
    case I_cvtpi2pd:
        return LANE_INTEGER;
    case I_cvtps2dq:
    case I_cvttps2dq:
        return LANE_F32;
    default:
        break;
    }
    if (row_has_kinds(d, KINDS_RM_MMX | KIND(Pq) | KIND(Nq)) ||
        (d->opcode >= 0x60 && d->opcode < 0x80) || d->opcode >= 0xd0)
        return LANE_INTEGER;
    return d->pfx == P66 || d->pfx == PF2 ? LANE_F64 : LANE_F32;
}

/* Most often that in which host and guest calculate alike; then one bit off it; then anything. */
static u32 any_mxcsr(struct test *t, unsigned kind)
{
    static const u32 others[] = {0x1f80, 0x3fa0, 0x5fa0, 0x7fa0, 0x1fe0, 0x9fa0, 0x9fe0,
                                 0x7f80, 0x3f80, 0x5f80, 0xdfe0, 0x1fbf, 0x0000, 0x0020};
    if (kind == 0)
        return 0x1fa0;
    if (kind == 1)
        return others[any(t) % ARRAY_SIZE(others)];
    if (kind == 2)
        return 0x1fa0 & ~(0x80u << any(t) % 6);
    return any32(t) & 0xffff;
}

static u16 any_fcw(struct test *t, unsigned kind)
{
    static const u16 precisions[] = {0x000, 0x200, 0x300, 0x300};
    u16 masks = kind < 2 ? 0x3f : kind == 2 ? (u16)(0x3f & ~(1u << any(t) % 6)) : any(t) & 0x3f;
    u16 rounding = kind == 0 ? 0 : any(t) << 10 & 0xc00;
    return (u16)(0x40 | masks | rounding | precisions[any(t) % 4]);
}

static void put_x87(struct test *t, struct contents *x, unsigned kind)
{
    struct cpu_fpu *f = &x->fpu;
    f->fcw = any_fcw(t, kind);
    f->fsw = (u16)(any(t) & FSW_TOP);
    if (chance(t, 40))
        f->fsw |= any(t) & (FSW_C0 | FSW_C1 | FSW_C2 | FSW_C3 | 0x7f);
    if (kind < 3) /* nothing is pending */
        f->fsw &= (u16)(~0x3fu | f->fcw);
    f->ftw = (u8)(chance(t, 70) ? 0xff : any(t));
    for (unsigned i = 0; i < 8; i++)
        put_extended(t, f->st[i]);
}

/* An operand of x87's in memory: of each size, beginning at one place. */
static void put_x87_memory(struct test *t, const struct opdef *d, u8 *at)
{
    put_extended(t, at);
    if (row_has_kinds(d, KIND(Mq)) && chance(t, 80))
        put_lane(t, at, LANE_F64, false);
    else if (row_has_kinds(d, KIND(Md)) && chance(t, 80))
        put_lane(t, at, chance(t, 70) ? LANE_F32 : LANE_INTEGER, false);
    else if (chance(t, 50))
        put_le32(at, any_integer(t));
}

/* Where the operand lies: aligned mostly, sometimes across the end of a page. */
static u32 any_place(struct test *t)
{
    static const u16 places[] = {4, 8, 1, 0xff8, 0xffc, 0xff0};
    return DATA + 0x400 + (chance(t, 85) ? 16 * (any(t) & 3) : places[any(t) % 6]);
}

/* The source is the destination but for a sign, or for one unit in the last place: in all lanes. */
static void put_relative(struct test *t, u8 *source, const u8 *destination, enum lane lane)
{
    unsigned n = lane == LANE_F64 ? 8 : 4, how = any(t) % 4;
    memcpy(source, destination, 16);
    for (unsigned i = 0; i < 16; i += n) {
        if (how == 1)
            source[i + n - 1] ^= 0x80;
        else if (how > 1)
            put_le32(source + i, get_le32(source + i) + (how == 2 ? 1 : ~0u));
    }
}

static void put_contents(struct test *t, const struct form *f, unsigned kind, struct contents *x)
{
    enum lane lane = chance(t, 85) ? lane_of(f->row) : (enum lane)(any(t) % 3);
    unsigned only = chance(t, 40) ? any(t) % 5 : 5;
    bool x87 = row_is_x87(f->row);
    u8 *operand = x->area + 16;
    memset(x, 0, sizeof *x);
    put_x87(t, x, kind);
    x->fpu.mxcsr = any_mxcsr(t, kind);
    for (unsigned i = 0; i < 8; i++)
        put_vector(t, x->fpu.xmm[i], 16, lane, only);
    if (!x87 && lane == LANE_INTEGER) /* MMX' registers are the lower halves of these */
        for (unsigned i = 0; i < 8; i++)
            put_vector(t, x->fpu.st[i], 8, lane, only);
    put_vector(t, operand, 16, lane, only);
    if (x87)
        put_x87_memory(t, f->row, operand);
    if (row_has_kinds(f->row, KIND(M))) /* an image of the whole state */
        for (u32 i = 0; i < 0x200; i += 4)
            put_le32(operand + i, any32(t) & any32(t));
    if (chance(t, 25)) {
        put_relative(t, x->fpu.xmm[1], x->fpu.xmm[2], lane);
        memcpy(operand, x->fpu.xmm[1], x87 ? 0 : 16);
    }
    x->edi = any_place(t);
    x->ecx = any_integer(t);
    x->edx = any_integer(t);
    x->eflags = EFL_ONE | (any(t) & EFL_ARITH);
}

/* ---- forms ---- */

static void add_form(struct test *t, const struct opdef *d, enum float_memory where, u8 imm,
                     bool opens)
{
    u8 code[CODE_STEP];
    u32 n = 0, before = 0;
    if (opens && row_has_kinds(d, KIND(Vx) | KIND(Wx) | KIND(Ux))) {
        memcpy(code, "\x0f\x28\xc0", 3); /* movaps xmm0, xmm0 */
        n = before = 3;
    }
    if (opens && row_has_kinds(d, KIND(Pq) | KIND(Nq) | KINDS_RM_MMX)) {
        memcpy(code + n, "\x0f\x6f\xc0", 3); /* movq mm0, mm0 */
        n = before = n + 3;
    }
    u32 len = float_form(d, where, 0, imm, code + n);
    if (!len || (opens && !before))
        return;
    n += len;
    code[n++] = 0xf4;
    if (t->forms == MOST_FORMS)
        abort();
    struct form *f = &t->form[t->forms];
    *f = (struct form){.row = d,
                       .at = CODE + CODE_STEP * t->forms++,
                       .len = n,
                       .opens = opens,
                       .mem = where == AT_EDI,
                       .same = where == SAME_REGISTER};
    memcpy(t->plain.phys.ram + f->at, code, n);
    memcpy(t->fast.phys.ram + f->at, code, n);
}

static bool wanted(const struct opdef *d)
{
    switch ((enum operation)d->operation) {
    case I_ldmxcsr:
    case I_stmxcsr:
    case I_fxsave:
    case I_fxrstor:
    case I_emms:
        return true;
    default:
        return row_is_x87(d) || row_has_vectors(d);
    }
}

static void add_forms(struct test *t)
{
    static const enum float_memory where[] = {IN_REGISTER, SAME_REGISTER, AT_EDI};
    static const u8 immediate[] = {0x1b, 0,    1,    2,    3,    4,    5,    6,    7,    8,
                                   0x0f, 0x10, 0x11, 0x1f, 0x20, 0x27, 0x3f, 0x40, 0x4e, 0xff};
    for (unsigned i = 0; i < opdef_count; i++) {
        const struct opdef *d = &opdefs[i];
        if (!wanted(d))
            continue;
        unsigned immediates = row_has_kinds(d, KIND(Ib)) ? ARRAY_SIZE(immediate) : 1;
        for (unsigned k = 0; k < immediates; k++)
            for (unsigned w = 0; w < ARRAY_SIZE(where); w++) {
                add_form(t, d, where[w], immediate[k], true);
                if (k == 0)
                    add_form(t, d, where[w], immediate[k], false);
            }
    }
}

/* ---- both ---- */

static void begin(struct tier_machine *m, const struct form *f, const struct contents *x)
{
    struct cpu *c = m->c;
    fpu_leave(c);
    memcpy(&c->fpu, &x->fpu, offsetof(struct cpu_fpu, mxcsr));
    c->fpu.mxcsr = x->fpu.mxcsr;
    memcpy(c->fpu.st, x->fpu.st, sizeof c->fpu.st);
    memcpy(c->fpu.xmm, x->fpu.xmm, sizeof c->fpu.xmm);
    fpu_loaded(c);
    memcpy(m->phys.ram + x->edi - 16, x->area, AREA);
    memset(m->phys.ram + STACK - 64, 0, 64);
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = 0x11111111 * i;
    c->gpr[ESP] = STACK;
    c->gpr[ECX] = x->ecx;
    c->gpr[EDX] = x->edx;
    c->gpr[EDI] = x->edi;
    c->eip = f->at;
    c->halted = c->shutdown = c->event.pending = false;
    cpu_set_eflags(c, x->eflags);
}

static bool same(const struct tier_machine *a, const struct tier_machine *b, u32 edi)
{
    const struct cpu *x = a->c, *y = b->c;
    return !memcmp(x->gpr, y->gpr, sizeof x->gpr) && x->eip == y->eip &&
           cpu_eflags(x) == cpu_eflags(y) && x->cr2 == y->cr2 && x->halted == y->halted &&
           !memcmp(&x->fpu, &y->fpu, offsetof(struct cpu_fpu, gate)) &&
           !memcmp(a->phys.ram + edi - 16, b->phys.ram + edi - 16, AREA) &&
           !memcmp(a->phys.ram + STACK - 64, b->phys.ram + STACK - 64, 64);
}

static void show_bytes(const char *name, const u8 *bytes, unsigned n)
{
    fprintf(stderr, "%s", name);
    for (unsigned i = n; i--;)
        fprintf(stderr, "%02x", bytes[i]);
    fprintf(stderr, "\n");
}

static void differ(const struct test *t, const struct form *f, const struct contents *x)
{
    fprintf(stderr, "%s%s%s differs, case %llu:", row_operation(f->row)->text,
            f->mem    ? " with memory"
            : f->same ? " with itself"
                      : "",
            f->opens ? "" : " at first", (unsigned long long)t->cases);
    for (u32 i = 0; i < f->len; i++)
        fprintf(stderr, " %02x", t->plain.phys.ram[f->at + i]);
    fprintf(stderr, "\nmxcsr %04x, fcw %04x, fsw %04x, ftw %02x, edi %05x, ecx %08x\n",
            x->fpu.mxcsr, x->fpu.fcw, x->fpu.fsw, x->fpu.ftw, x->edi, x->ecx);
    show_bytes("xmm1 ", x->fpu.xmm[1], 16);
    show_bytes("xmm2 ", x->fpu.xmm[2], 16);
    show_bytes("memory ", x->area + 16, 16);
    for (unsigned i = 0; i < 8; i++)
        show_bytes("r ", x->fpu.st[i], 10);
    cpu_describe(t->plain.c, stderr);
    cpu_describe(t->fast.c, stderr);
    for (u32 i = 0; i < offsetof(struct cpu_fpu, gate); i++) {
        u8 a = ((const u8 *)&t->plain.c->fpu)[i], b = ((const u8 *)&t->fast.c->fpu)[i];
        if (a != b)
            fprintf(stderr, "byte %u of struct cpu_fpu: %02x and %02x\n", i, a, b);
    }
}

static bool check(struct test *t, const struct form *f, unsigned kind)
{
    struct contents x;
    put_contents(t, f, kind, &x);
    begin(&t->plain, f, &x);
    begin(&t->fast, f, &x);
    t->cases++;
    if (cpu_run(t->plain.c, 8) != CPU_HALT || cpu_run(t->fast.c, 8) != CPU_HALT) {
        fprintf(stderr, "it does not end\n");
        differ(t, f, &x);
        return false;
    }
    fpu_leave(t->plain.c);
    fpu_leave(t->fast.c);
    if (!same(&t->plain, &t->fast, x.edi)) {
        differ(t, f, &x);
        return false;
    }
    tier_wake(&t->fast, &t->rests);
    return true;
}

static unsigned check_all(struct test *t, unsigned cases)
{
    static const unsigned share[] = {6, 3, 1, 1}; /* of kinds of control words */
    unsigned bad = 0;
    for (unsigned i = 0; i < t->forms; i++) {
        bool good = true;
        for (unsigned kind = 0; kind < ARRAY_SIZE(share); kind++)
            for (unsigned n = share[kind] * cases; good && n--;)
                good = check(t, &t->form[i], kind);
        bad += !good;
    }
    return bad;
}

int main(int argc, char **argv)
{
    static struct test t;
    struct err e;
    struct jit_stats s;
    unsigned cases = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 60;
    t.state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    tier_machine_new(&t.plain, RAM);
    tier_machine_new(&t.fast, RAM);
    add_forms(&t);
    if (!jit_start(t.fast.c, 0, false, &e)) {
        fprintf(stderr, "float-tiers: %s\n", e.text);
        return 2;
    }
    unsigned bad = check_all(&t, cases);
    if (!jit_statistics(t.fast.c, &s) || s.instructions < t.forms) {
        fprintf(stderr, "float-tiers: there was nothing to compare\n");
        bad++;
    }
    printf("%u forms, %llu cases, %u forms differ\n", t.forms, (unsigned long long)t.cases, bad);
    tier_machine_free(&t.plain);
    tier_machine_free(&t.fast);
    return bad != 0;
}
