/*
 * group_seq.c - sequences: a dozen instructions in a row, with skips and loops, recorded as one
 * vector. They test what single instructions cannot: flags that are computed late or never, fused
 * compare and branch, blocks that follow each other, code that runs again.
 *
 * No flag that the manual leaves undefined may be seen: such an instruction is followed by one that
 * sets all flags and cannot fault, nothing reads AF, and AF is not compared. Now and then an
 * address is bad, so that a fault finds the state in the middle of a block.
 *
 * EBX, ESI and EDI point into the data page, EBP is a small index; the other registers but ESP hold
 * data. ECX counts while a loop is open.
 */
#include "cpu/cpu.h"
#include "tests/ops/record/form.h"

#include <string.h>

struct sequence {
    struct test *t;
    bool floats;
    bool safe;  /* no bad addresses now */
    u8 scratch; /* registers that may be written, a bit each */
};

static unsigned scratch(struct sequence *s)
{
    for (;;) {
        unsigned r = below(s->t, 8);
        if (s->scratch >> r & 1)
            return r;
    }
}

/* A byte register: part of one that may be written. */
static unsigned scratch8(struct sequence *s)
{
    for (;;) {
        unsigned r = below(s->t, 8);
        if (s->scratch >> (r & 3) & 1)
            return r;
    }
}

static unsigned any_source(struct sequence *s, unsigned size)
{
    return size == 1 ? scratch8(s) : chance(s->t, 75) ? scratch(s) : below(s->t, 8);
}

static unsigned target(struct sequence *s, unsigned size)
{
    return size == 1 ? scratch8(s) : scratch(s);
}

/* Prefixes and opcode go out before the operand: segment override, operand size. */
static unsigned begin(struct sequence *s, unsigned size)
{
    static const u8 override[] = {0x26, 0x36, 0x3e};
    if (size == 2)
        emit(s->t, 0x66);
    if (chance(s->t, 5))
        emit(s->t, RND_OF(s->t, override));
    return size != 1;
}

static void memory_operand(struct sequence *s, unsigned reg)
{
    static const u8 bases[] = {EBX, ESI, EDI};
    struct test *t = s->t;
    u32 disp = below(t, 0x60);
    unsigned base = RND_OF(t, bases);
    if (!s->safe && chance(t, 2)) {
        emit(t, (u8)(0x05 | reg << 3));
        emit_int(t, (chance(t, 50) ? NOWHERE_AT : CONST_AT) + disp, 4);
        return;
    }
    switch (below(t, 4)) {
    case 0:
        emit(t, (u8)(0x40 | reg << 3 | base));
        emit(t, (u8)disp);
        break;
    case 1:
        emit(t, (u8)(0x80 | reg << 3 | base));
        emit_int(t, disp, 4);
        break;
    case 2: /* EBP as index */
        emit(t, (u8)(0x44 | reg << 3));
        emit(t, (u8)(below(t, 3) << 6 | EBP << 3 | base));
        emit(t, (u8)disp);
        break;
    default:
        emit(t, (u8)(0x05 | reg << 3));
        emit_int(t, DATA_AT + 0x1000 + disp, 4);
    }
}

/* r/m that is written, or only read. */
static void rm(struct sequence *s, unsigned reg, unsigned size, bool written)
{
    if (chance(s->t, 40))
        memory_operand(s, reg);
    else
        emit(s->t, (u8)(0xc0 | reg << 3 | (written ? target(s, size) : any_source(s, size))));
}

static unsigned any_size(struct test *t)
{
    static const u8 sizes[] = {1, 2, 4, 4, 4};
    return RND_OF(t, sizes);
}

static void alu(struct sequence *s, bool defined_only)
{
    struct test *t = s->t;
    unsigned size = any_size(t), kind = below(t, 8);
    if (defined_only && kind != 0 && kind != 5)
        kind = 7;
    unsigned wide = begin(s, size);
    switch (below(t, 4)) {
    case 0:
        emit(t, (u8)(kind << 3 | wide));
        rm(s, any_source(s, size), size, true);
        break;
    case 1:
        emit(t, (u8)(kind << 3 | 2 | wide));
        rm(s, target(s, size), size, false);
        break;
    case 2:
        emit(t, (u8)(0x80 | wide));
        rm(s, kind, size, true);
        emit_int(t, int_value(t, size), size);
        break;
    default:
        emit(t, size == 1 ? 0x80 : 0x83);
        rm(s, kind, size, true);
        emit(t, (u8)int_value(t, 1));
    }
}

static void move(struct sequence *s)
{
    struct test *t = s->t;
    unsigned size = any_size(t);
    switch (below(t, 7)) {
    case 0:
        emit(t, (u8)(0x88 | begin(s, size)));
        rm(s, any_source(s, size), size, true);
        break;
    case 1:
        emit(t, (u8)(0x8a | begin(s, size)));
        rm(s, target(s, size), size, false);
        break;
    case 2:
        emit(t, (u8)(0xb8 | scratch(s)));
        emit_int(t, int_value(t, 4), 4);
        break;
    case 3: /* MOVZX, MOVSX */
        emit(t, 0x0f);
        size = 1 + below(t, 2);
        emit(t, (u8)(0xb6 | (size - 1) | (chance(t, 50) ? 8 : 0)));
        rm(s, scratch(s), size, false);
        break;
    case 4: /* LEA */
        emit(t, 0x8d);
        memory_operand(s, scratch(s));
        break;
    case 5: /* XCHG, XADD, CMPXCHG */
        begin(s, size == 2 ? 4 : size);
        size = size == 2 ? 4 : size;
        if (chance(t, 50)) {
            emit(t, (u8)(0x86 | (size != 1)));
        } else {
            emit(t, 0x0f);
            emit(t, (u8)((chance(t, 50) ? 0xb0 : 0xc0) | (size != 1)));
        }
        rm(s, target(s, size), size, true);
        break;
    default:
        emit(t, 0x0f);
        emit(t, (u8)(0xc8 | scratch(s)));
    }
}

static void unary(struct sequence *s)
{
    struct test *t = s->t;
    unsigned size = any_size(t);
    switch (below(t, 5)) {
    case 0:
        emit(t, (u8)(0x40 | (chance(t, 50) ? 8 : 0) | scratch(s)));
        break;
    case 1:
        emit(t, (u8)(0xfe | begin(s, size)));
        rm(s, below(t, 2), size, true);
        break;
    case 2: /* NOT, NEG */
        emit(t, (u8)(0xf6 | begin(s, size)));
        rm(s, 2 + below(t, 2), size, true);
        break;
    case 3: /* rotates and shifts by one: but for AF all flags are defined */
        emit(t, (u8)(0xd0 | begin(s, size)));
        rm(s, below(t, 8), size, true);
        break;
    default: {
        static const u8 flags[] = {0xf5, 0xf8, 0xf9};
        emit(t, RND_OF(t, flags));
    }
    }
}

/* Something with undefined flags, and a comparison that hides them. */
static void undefined(struct sequence *s)
{
    struct test *t = s->t;
    unsigned size = any_size(t);
    switch (below(t, 4)) {
    case 0:
        emit(t, (u8)(0xc0 | begin(s, size)));
        rm(s, below(t, 8), size, true);
        emit(t, (u8)(rnd(t) & 31));
        if (size == 2) /* results beyond the width are undefined for RCL, RCR only in flags */
            t->code[t->length - 1] &= 15;
        break;
    case 1: /* IMUL r, r/m */
        begin(s, 4);
        emit(t, 0x0f);
        emit(t, 0xaf);
        rm(s, scratch(s), 4, false);
        break;
    case 2: /* TEST, so that the comparison finds AF undefined as well */
        emit(t, (u8)(0x84 | begin(s, size)));
        rm(s, any_source(s, size), size, false);
        break;
    default: /* SHLD, SHRD */
        begin(s, 4);
        emit(t, 0x0f);
        emit(t, chance(t, 50) ? 0xa4 : 0xac);
        rm(s, scratch(s), 4, true);
        emit(t, (u8)(rnd(t) & 31));
    }
    s->safe = true;
    alu(s, true);
    s->safe = false;
}

static void conditional(struct sequence *s)
{
    struct test *t = s->t;
    emit(t, 0x0f);
    if (chance(t, 50)) {
        emit(t, (u8)(0x90 | below(t, 16)));
        rm(s, 0, 1, true);
    } else {
        emit(t, (u8)(0x40 | below(t, 16)));
        rm(s, scratch(s), 4, false);
    }
}

static void stack(struct sequence *s)
{
    struct test *t = s->t;
    switch (below(t, 3)) {
    case 0:
        emit(t, (u8)(0x50 | below(t, 8)));
        emit(t, (u8)(0x58 | scratch(s)));
        break;
    case 1:
        emit(t, 0x68);
        emit_int(t, rnd(t), 4);
        emit(t, (u8)(0x58 | scratch(s)));
        break;
    default: { /* not inside a loop's count: they move the pointers a little */
        static const u8 strings[] = {0xa4, 0xa5, 0xaa, 0xab, 0xac, 0xad};
        emit(t, RND_OF(t, strings));
    }
    }
}

/* ---- x87, MMX, SSE ---- */

/* An aligned address, or in one of a hundred cases not. */
static void vector_memory(struct sequence *s, unsigned reg)
{
    emit(s->t, (u8)(0x05 | reg << 3));
    emit_int(s->t, DATA_AT + 0x2000 + 16 * below(s->t, 16) + (chance(s->t, 1) ? 4 : 0), 4);
}

static void x87_one(struct sequence *s)
{
    /* Register forms: opcode, first modrm byte of eight. */
    static const u8 forms[][2] = {
        {0xd8, 0xc0}, {0xd8, 0xc8}, {0xd8, 0xd0}, {0xd8, 0xe0}, {0xd8, 0xe8}, {0xd8, 0xf0},
        {0xd8, 0xf8}, {0xd9, 0xc0}, {0xd9, 0xc8}, {0xda, 0xc0}, {0xda, 0xc8}, {0xda, 0xd0},
        {0xdb, 0xc0}, {0xdb, 0xc8}, {0xdb, 0xd8}, {0xdb, 0xe8}, {0xdb, 0xf0}, {0xdc, 0xc0},
        {0xdc, 0xe8}, {0xdc, 0xf8}, {0xdd, 0xc0}, {0xdd, 0xd0}, {0xdd, 0xd8}, {0xdd, 0xe0},
        {0xde, 0xc0}, {0xde, 0xc8}, {0xde, 0xe8}, {0xde, 0xf0}, {0xdf, 0xe8}, {0xdf, 0xf0}};
    /* Whole instructions. */
    static const u8 single[] = {0xe0, 0xe1, 0xe4, 0xe5, 0xe8, 0xe9, 0xea, 0xec, 0xee,
                                0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xfa, 0xfc, 0xfd};
    /* Memory forms: opcode, digit. */
    static const u8 memory[][2] = {{0xd9, 0}, {0xd9, 2}, {0xd9, 3}, {0xdb, 0}, {0xdb, 2},
                                   {0xdb, 3}, {0xdb, 5}, {0xdb, 7}, {0xdd, 0}, {0xdd, 2},
                                   {0xdd, 3}, {0xdf, 0}, {0xdf, 2}, {0xdf, 3}, {0xdf, 5}};
    struct test *t = s->t;
    unsigned i;
    switch (below(t, 5)) {
    case 0:
    case 1:
        i = below(t, ARRAY_SIZE(forms));
        emit(t, forms[i][0]);
        emit(t, (u8)(forms[i][1] | below(t, 8)));
        break;
    case 2:
        emit(t, 0xd9);
        emit(t, RND_OF(t, single));
        break;
    case 3:
        i = below(t, ARRAY_SIZE(memory));
        emit(t, memory[i][0]);
        memory_operand(s, memory[i][1]);
        break;
    default: /* arithmetic with memory */
        emit(t, (u8)(0xd8 | below(t, 4) << 1));
        memory_operand(s, below(t, 8));
    }
}

static void mmx_one(struct sequence *s)
{
    static const u8 ops[] = {0x60, 0x63, 0x67, 0x6b, 0x74, 0x76, 0xd1, 0xd5, 0xdb, 0xdf, 0xe2,
                             0xe5, 0xeb, 0xed, 0xef, 0xf2, 0xf5, 0xf9, 0xfc, 0xfe, 0x6f};
    struct test *t = s->t;
    emit(t, 0x0f);
    switch (below(t, 8)) {
    case 0:
        emit(t, 0x77);
        break;
    case 1: /* MOVD, both ways */
        emit(t, 0x6e);
        emit(t, (u8)(0xc0 | below(t, 8) << 3 | scratch(s)));
        break;
    case 2:
        emit(t, 0x7e);
        emit(t, (u8)(0xc0 | below(t, 8) << 3 | scratch(s)));
        break;
    case 3:
        emit(t, 0x7f);
        memory_operand(s, below(t, 8));
        break;
    default:
        emit(t, RND_OF(t, ops));
        if (chance(t, 40))
            memory_operand(s, below(t, 8));
        else
            emit(t, (u8)(0xc0 | below(t, 64)));
    }
}

static void sse_one(struct sequence *s)
{
    static const u8 prefixes[] = {0, 0x66, 0xf3, 0xf2};
    static const u8 arith[] = {0x51, 0x58, 0x59, 0x5c, 0x5d, 0x5e, 0x5f};
    static const u8 packed[] = {0x14, 0x15, 0x28, 0x54, 0x55, 0x56, 0x57};
    static const u8 integer[] = {0x60, 0x63, 0x66, 0x6f, 0x74, 0xd4, 0xd5, 0xe5,
                                 0xeb, 0xef, 0xf3, 0xf4, 0xf6, 0xf9, 0xfc, 0xfe};
    struct test *t = s->t;
    u8 prefix = RND_OF(t, prefixes), op;
    unsigned reg = below(t, 8);
    switch (below(t, 7)) {
    case 0:
    case 1:
        op = RND_OF(t, arith);
        break;
    case 2:
        prefix &= 0x66;
        prefix = prefix == 0x66 ? 0x66 : 0;
        op = RND_OF(t, packed);
        break;
    case 3:
        prefix = 0x66;
        op = RND_OF(t, integer);
        break;
    case 4: /* COMISS, UCOMISD */
        prefix = chance(t, 50) ? 0x66 : 0;
        op = chance(t, 50) ? 0x2e : 0x2f;
        break;
    case 5: /* a store */
        prefix = chance(t, 50) ? 0x66 : 0;
        if (prefix)
            emit(t, prefix);
        emit(t, 0x0f);
        emit(t, 0x29);
        vector_memory(s, reg);
        return;
    default: /* conversions from and to general registers */
        emit(t, chance(t, 50) ? 0xf2 : 0xf3);
        emit(t, 0x0f);
        op = (u8)(0x2a + below(t, 3) * (below(t, 2) + 1) % 4);
        op = op == 0x2b ? 0x2a : op;
        emit(t, op);
        emit(t, (u8)(0xc0 | (op == 0x2a ? reg << 3 | scratch(s) : scratch(s) << 3 | reg)));
        return;
    }
    if (prefix)
        emit(t, prefix);
    emit(t, 0x0f);
    emit(t, op);
    if (chance(t, 40))
        vector_memory(s, reg);
    else
        emit(t, (u8)(0xc0 | reg << 3 | below(t, 8)));
}

static void float_one(struct sequence *s)
{
    switch (below(s->t, 9)) {
    case 0:
    case 1:
    case 2:
    case 3:
        x87_one(s);
        break;
    case 4:
    case 5:
    case 6:
        sse_one(s);
        break;
    default:
        mmx_one(s);
    }
}

static void one(struct sequence *s)
{
    if (s->floats && chance(s->t, 65)) {
        float_one(s);
        return;
    }
    switch (below(s->t, 10)) {
    case 0:
    case 1:
    case 2:
        alu(s, false);
        break;
    case 3:
    case 4:
        move(s);
        break;
    case 5:
        unary(s);
        break;
    case 6:
        undefined(s);
        break;
    case 7:
        stack(s);
        break;
    default:
        conditional(s);
    }
}

/* A branch over the next few. */
static void skip(struct sequence *s)
{
    struct test *t = s->t;
    if (chance(t, 70))
        alu(s, chance(t, 50));
    if (chance(t, 85))
        emit(t, (u8)(0x70 | below(t, 16)));
    else
        emit(t, 0xeb);
    unsigned at = t->length;
    emit(t, 0);
    for (unsigned n = 1 + below(t, 3); n; n--)
        one(s);
    t->code[at] = (u8)(t->length - at - 1);
}

static void loop(struct sequence *s)
{
    struct test *t = s->t;
    emit(t, 0xb9); /* MOV ECX, n */
    emit_int(t, 1 + below(t, 6), 4);
    unsigned start = t->length;
    s->scratch &= (u8) ~(1 << ECX);
    for (unsigned n = 2 + below(t, 4); n; n--) {
        if (chance(t, 20))
            skip(s);
        else
            one(s);
    }
    s->scratch |= 1 << ECX;
    if (chance(t, 30)) {
        emit(t, 0xe2);
    } else {
        emit(t, 0x49);
        emit(t, 0x75);
    }
    emit(t, (u8)(start - (t->length + 1)));
}

static void float_state(struct test *t)
{
    u8 block[128];
    x87_state(t, chance(t, 20) ? 30 : 0, 50);
    u8 *fx = t->state + CVEC_FX;
    put_le32(fx + 24, below(t, 4) << 13 | (chance(t, 10) ? (rnd(t) & 63) << 7 : 0x1f80));
    for (unsigned i = 0; i < 8; i++) {
        if (chance(t, 40))
            f80_value(t, st_at(t, i));
        for (unsigned k = 0; k < 16; k += 4)
            put_le32(xmm_at(t, i) + k, f32_value(t));
        put_le64(block + 16 * i, f64_value(t));
        put_le32(block + 16 * i + 8, f32_value(t));
        put_le32(block + 16 * i + 12, f32_value(t));
    }
    set_mem(t, DATA_AT + 0x2000, block, sizeof(block));
    t->fsw_mask = 0xffff & ~0x4700;
}

static void sequence(struct test *t, const struct form *f)
{
    struct sequence s = {.t = t, .scratch = 1 << EAX | 1 << ECX | 1 << EDX};
    s.floats = f->name[3] == 'f';
    if (s.floats)
        float_state(t);
    t->partial = true;
    set_reg(t, EBX, DATA_AT + 0x400 + below(t, 0x400));
    set_reg(t, ESI, DATA_AT + 0x1800 + below(t, 0x400));
    set_reg(t, EDI, chance(t, 80) ? DATA_AT + 0x2fb0 + below(t, 0x80) : DATA_AT + 0x2800);
    set_reg(t, EBP, below(t, 16));
    set_reg(t, EAX, (u32)int_value(t, 4));
    set_reg(t, ECX, (u32)int_value(t, 4));
    set_reg(t, EDX, (u32)int_value(t, 4));
    t->eflags_mask &= ~(u32)F_AF;
    while (t->length < 90) {
        unsigned kind = below(t, 8);
        if (kind == 0)
            loop(&s);
        else if (kind < 3)
            skip(&s);
        else
            one(&s);
    }
    /* Anywhere, also across a page's end. */
    t->at = chance(t, 40) ? 0x1000 - below(t, t->length) : 0x100 + below(t, 0xc00);
}

static const struct form rows[] = {
    {"", 0, sequence, .name = "seq", .weight = 40},
    {"", 0, sequence, .name = "seqf", .weight = 30},
};

const struct group group_seq = {"seq", rows, ARRAY_SIZE(rows)};
