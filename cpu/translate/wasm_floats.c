/*
 * wasm_floats.c - SSE and SSE2 floating point by WebAssembly's, where nothing but the result can be
 * seen: rounding to nearest, all exceptions masked, the precision flag set already, no denormal
 * operand, and a result that is ordinary - or a zero that is exact. All else is the handler's
 * (cpu/fpu/host_float.h has the same rule, without zeros). SDM vol. 1, 11.5.
 */
#include "cpu/fpu.h"
#include "cpu/translate/wasm_emit.h"

enum what { ADD, SUB, MUL, DIV, SQRT, MIN, MAX };
#define NO_ARITHMETIC 0xff

/* The least normal number; the least one that no tiny result is rounded to; the greatest. */
#define F32_NORMAL 0x00800000u
#define F32_PLAIN 0x01000000u
#define F32_GREATEST 0x7f7fffffu
#define F64_NORMAL 0x0010000000000000ull
#define F64_PLAIN 0x0020000000000000ull
#define F64_GREATEST 0x7fefffffffffffffull

enum { A, B, RESULT };

/* ---- numbers of one width, alone or in a vector ---- */

struct lanes {
    bool wide;   /* 64 bits */
    bool packed; /* a vector of them */
};

/* A word of instructions for each: f32, f64, vectors of these. */
static void any(struct wasm_emit *e, struct lanes l, enum wasm_op f32, enum wasm_op f64,
                enum wasm_vector v32, enum wasm_vector v64)
{
    if (l.packed)
        w_vector(e, l.wide ? v64 : v32);
    else
        w_op(e, l.wide ? f64 : f32);
}

#define ANY(name, X)                                                                               \
    static void name(struct wasm_emit *e, struct lanes l)                                          \
    {                                                                                              \
        any(e, l, W_##X##_F32, W_##X##_F64, V_##X##_F32, V_##X##_F64);                             \
    }
ANY(absolute, ABS)
ANY(equal, EQ)
ANY(unequal, NE)
ANY(less, LT)
ANY(at_most, LE)
ANY(at_least, GE)
ANY(greater, GT)

static void both(struct wasm_emit *e, struct lanes l)
{
    if (l.packed)
        w_vector(e, V_AND);
    else
        w_op(e, W_AND);
}

static void either(struct wasm_emit *e, struct lanes l)
{
    if (l.packed)
        w_vector(e, V_OR);
    else
        w_op(e, W_OR);
}

static void get(struct wasm_emit *e, struct lanes l, unsigned which)
{
    w_get(e, (l.packed ? WL_V : l.wide ? WL_F64 : WL_F32) + which);
}

static void set(struct wasm_emit *e, struct lanes l, unsigned which)
{
    w_set(e, (l.packed ? WL_V : l.wide ? WL_F64 : WL_F32) + which);
}

static void constant(struct wasm_emit *e, struct lanes l, u32 f32, u64 f64)
{
    u64 word = l.wide ? f64 : l.packed ? f32 | (u64)f32 << 32 : f32;
    if (l.packed) {
        w_vector_const(e, word, word);
        return;
    }
    w_op(e, l.wide ? W_CONST_F64 : W_CONST_F32);
    for (unsigned i = 0; i < (l.wide ? 8u : 4u); i++)
        wasm_byte(&e->code, (unsigned)(word >> 8 * i) & 0xff);
}

static void is_zero(struct wasm_emit *e, struct lanes l, unsigned which)
{
    get(e, l, which);
    constant(e, l, 0, 0);
    equal(e, l);
}

/* Neither denormal nor NaN. */
static void is_clean(struct wasm_emit *e, struct lanes l, unsigned which)
{
    get(e, l, which);
    absolute(e, l);
    constant(e, l, F32_NORMAL, F64_NORMAL);
    at_least(e, l);
    is_zero(e, l, which);
    either(e, l);
}

/* Finite, and no tiny result was rounded to it. */
static void is_plain(struct wasm_emit *e, struct lanes l, unsigned which)
{
    get(e, l, which);
    absolute(e, l);
    constant(e, l, F32_PLAIN, F64_PLAIN);
    at_least(e, l);
    get(e, l, which);
    absolute(e, l);
    constant(e, l, F32_GREATEST, F64_GREATEST);
    at_most(e, l);
    both(e, l);
}

/* What is on the stack holds, in each lane; or the handler does it. */
static void must(struct wasm_emit *e, struct lanes l)
{
    if (l.packed)
        w_vector(e, l.wide ? V_ALL_TRUE_I64 : V_ALL_TRUE_I32);
    w_op(e, W_EQZ);
    wasm_slow_if(e);
}

/* ---- operands ---- */

#define FLAG_PE 0x20u

static void want_nearest(struct wasm_emit *e)
{
    const u32 masked = MXCSR_MASKS | FLAG_PE;
    w_load_cpu(e, W_LOAD, fpu.mxcsr);
    w_op_const(e, W_AND, masked | MXCSR_RC);
    w_op_const(e, W_NE, masked);
    wasm_slow_if(e);
}

static void load(struct wasm_emit *e, struct lanes l, u32 distance)
{
    if (l.packed)
        w_vector_memory(e, V_LOAD, distance);
    else
        w_memory(e, l.wide ? W_LOAD_F64 : W_LOAD_F32, distance);
}

static void load_a(struct wasm_emit *e, struct lanes l)
{
    w_get(e, WL_CPU);
    load(e, l, e->o->r2);
    set(e, l, A);
}

static void load_b(struct wasm_emit *e, struct lanes l)
{
    u32 distance = wasm_vector_source(e);
    load(e, l, distance);
    set(e, l, B);
}

static void store(struct wasm_emit *e, struct lanes l, unsigned which)
{
    w_get(e, WL_CPU);
    get(e, l, which);
    if (l.packed)
        w_vector_memory(e, V_STORE, e->o->r2);
    else
        w_memory(e, l.wide ? W_STORE_F64 : W_STORE_F32, e->o->r2);
}

/* ---- arithmetic ---- */

struct arithmetic {
    u8 what, wide, packed;
};

static bool arithmetic_of(enum operation op, struct arithmetic *f)
{
#define FOUR(name, what)                                                                           \
    case I_##name##ps:                                                                             \
        *f = (struct arithmetic){what, 0, 1};                                                      \
        return true;                                                                               \
    case I_##name##ss:                                                                             \
        *f = (struct arithmetic){what, 0, 0};                                                      \
        return true;                                                                               \
    case I_##name##pd:                                                                             \
        *f = (struct arithmetic){what, 1, 1};                                                      \
        return true;                                                                               \
    case I_##name##sd:                                                                             \
        *f = (struct arithmetic){what, 1, 0};                                                      \
        return true;
    switch (op) {
        FOUR(add, ADD)
        FOUR(sub, SUB)
        FOUR(mul, MUL)
        FOUR(div, DIV)
        FOUR(sqrt, SQRT)
        FOUR(min, MIN)
        FOUR(max, MAX)
        FOUR(cmp, NO_ARITHMETIC)
    default:
        return false;
    }
#undef FOUR
}

/* The lesser or greater one; the second where both are zero. */
static void choose(struct wasm_emit *e, struct lanes l, enum what what)
{
    if (l.packed) {
        get(e, l, B);
        get(e, l, A);
        if (what == MIN)
            w_vector(e, l.wide ? V_PMIN_F64 : V_PMIN_F32);
        else
            w_vector(e, l.wide ? V_PMAX_F64 : V_PMAX_F32);
        return;
    }
    get(e, l, A);
    get(e, l, B);
    get(e, l, A);
    get(e, l, B);
    if (what == MIN)
        less(e, l);
    else
        greater(e, l);
    w_op(e, W_SELECT);
}

static void calculate(struct wasm_emit *e, struct lanes l, enum what what)
{
    static const u8 f32[] = {W_ADD_F32, W_SUB_F32, W_MUL_F32, W_DIV_F32, W_SQRT_F32};
    static const u8 f64[] = {W_ADD_F64, W_SUB_F64, W_MUL_F64, W_DIV_F64, W_SQRT_F64};
    static const u8 v32[] = {V_ADD_F32, V_SUB_F32, V_MUL_F32, V_DIV_F32, V_SQRT_F32};
    static const u8 v64[] = {V_ADD_F64, V_SUB_F64, V_MUL_F64, V_DIV_F64, V_SQRT_F64};
    if (what != SQRT)
        get(e, l, A);
    get(e, l, B);
    any(e, l, (enum wasm_op)f32[what], (enum wasm_op)f64[what], (enum wasm_vector)v32[what],
        (enum wasm_vector)v64[what]);
}

/* A sum that is zero is exact; a product or a quotient, if an operand was. */
static void is_exact_zero(struct wasm_emit *e, struct lanes l, enum what what)
{
    is_zero(e, l, RESULT);
    if (what == MUL) {
        is_zero(e, l, A);
        is_zero(e, l, B);
        either(e, l);
        both(e, l);
    } else if (what == DIV) {
        is_zero(e, l, A);
        both(e, l);
    }
}

static void arithmetic(struct wasm_emit *e, struct lanes l, enum what what)
{
    bool chooses = what == MIN || what == MAX;
    if (what != SQRT)
        load_a(e, l);
    load_b(e, l);
    is_clean(e, l, B);
    if (what != SQRT) {
        is_clean(e, l, A);
        both(e, l);
    }
    if (chooses)
        choose(e, l, what);
    else
        calculate(e, l, what);
    set(e, l, RESULT);
    if (!chooses) {
        is_plain(e, l, RESULT);
        is_exact_zero(e, l, what);
        either(e, l);
        both(e, l);
    }
    must(e, l);
    store(e, l, RESULT);
}

/* ---- comparisons ---- */

static void operands_are_clean(struct wasm_emit *e, struct lanes l)
{
    load_a(e, l);
    load_b(e, l);
    is_clean(e, l, A);
    is_clean(e, l, B);
    both(e, l);
    must(e, l);
}

/* CMPPS and its kind: all ones or zeros. There are no NaN. */
static void compare(struct wasm_emit *e, struct lanes l)
{
    static void (*const relation[8])(struct wasm_emit *, struct lanes) = {
        equal, less, at_most, NULL, unequal, at_least, greater, NULL};
    unsigned predicate = e->o->imm & 7;
    u32 always = predicate == 7 ? 0xffffffffu : 0;
    operands_are_clean(e, l);
    w_get(e, WL_CPU);
    if (!l.packed)
        w_const(e, 0);
    if (relation[predicate]) {
        get(e, l, A);
        get(e, l, B);
        relation[predicate](e, l);
    } else if (l.packed) {
        u64 word = always | (u64)always << 32;
        w_vector_const(e, word, word);
    } else {
        w_const(e, always & 1);
    }
    if (l.packed) {
        w_vector_memory(e, V_STORE, e->o->r2);
        return;
    }
    w_op(e, W_SUB);
    if (l.wide)
        w_op(e, W_EXTEND_S);
    w_memory(e, l.wide ? W_STORE64 : W_STORE, e->o->r2);
}

/*
 * COMISS and its kind: of two that differ, CF and nothing else. ZF without PF is in no result: of
 * two that are equal the handler says it.
 */
static void compare_to_flags(struct wasm_emit *e, struct lanes l)
{
    operands_are_clean(e, l);
    get(e, l, A);
    get(e, l, B);
    equal(e, l);
    wasm_slow_if(e);
    if (!wasm_needed(e))
        return;
    for (unsigned i = WL_FX; i <= WL_FZ; i++) {
        w_const(e, 0);
        w_set(e, i);
    }
    w_const(e, 1);
    w_set(e, WL_FR);
    get(e, l, A);
    get(e, l, B);
    less(e, l);
    w_set(e, WL_FC);
    e->flags_by = BY_ANYTHING;
}

/* ---- conversions ---- */

static const struct lanes single = {false, false}, real = {true, false}, singles = {false, true},
                          reals = {true, true};

static void from_integer(struct wasm_emit *e, struct lanes l)
{
    const struct op *o = e->o;
    if (!l.wide)
        want_nearest(e);
    w_get(e, WL_CPU);
    if (o->flags & OPF_MEM) {
        w_get(e, WL_AT);
        w_memory(e, W_LOAD, 0);
    } else {
        w_get(e, WL_GPR + o->r1 / 4);
    }
    w_op(e, l.wide ? W_CONVERT_F64 : W_CONVERT_F32);
    w_memory(e, l.wide ? W_STORE_F64 : W_STORE_F32, o->r2);
}

static void to_integer(struct wasm_emit *e, struct lanes l, bool truncate)
{
    want_nearest(e);
    load_b(e, l);
    is_clean(e, l, B);
    must(e, l);
    get(e, l, B);
    if (!l.wide)
        w_op(e, W_PROMOTE);
    if (!truncate)
        w_op(e, W_NEAREST_F64);
    set(e, real, A);
    get(e, real, A);
    absolute(e, real);
    constant(e, real, 0, 0x41e0000000000000ull); /* 2^31 */
    less(e, real);
    must(e, real);
    get(e, real, A);
    w_op(e, W_TRUNC_F64);
    w_set(e, WL_GPR + e->o->r2 / 4);
}

/* Of ordinary numbers, which a double holds all. */
static void widen(struct wasm_emit *e)
{
    load_b(e, single);
    is_clean(e, single, B);
    must(e, single);
    get(e, single, B);
    w_op(e, W_PROMOTE);
    set(e, real, RESULT);
    store(e, real, RESULT);
}

static void narrow(struct wasm_emit *e)
{
    want_nearest(e);
    load_b(e, real);
    get(e, real, B);
    w_op(e, W_DEMOTE);
    set(e, single, RESULT);
    is_plain(e, single, RESULT);
    is_zero(e, real, B);
    either(e, single);
    must(e, single);
    store(e, single, RESULT);
}

/* Two in the lower half, of a register or of memory. */
static void load_two(struct wasm_emit *e)
{
    u32 distance = wasm_vector_source(e);
    w_vector_memory(e, V_LOAD64, distance);
}

static void widen_two(struct wasm_emit *e)
{
    load_two(e);
    set(e, singles, B);
    is_clean(e, singles, B); /* so are the two zeros above */
    must(e, singles);
    get(e, singles, B);
    w_vector(e, V_PROMOTE);
    set(e, reals, RESULT);
    store(e, reals, RESULT);
}

static void to_integers(struct wasm_emit *e, bool truncate)
{
    want_nearest(e);
    load_b(e, singles);
    is_clean(e, singles, B);
    get(e, singles, B);
    absolute(e, singles);
    constant(e, singles, 0x4f000000, 0); /* 2^31 */
    less(e, singles);
    both(e, singles);
    must(e, singles);
    get(e, singles, B);
    if (!truncate)
        w_vector(e, V_NEAREST_F32);
    w_vector(e, V_TRUNC_F32);
    set(e, singles, RESULT);
    store(e, singles, RESULT);
}

static bool conversion(struct wasm_emit *e)
{
    enum operation op = op_operation(e->o);
    switch (op) {
    case I_cvtsi2ss:
    case I_cvtsi2sd:
        from_integer(e, op == I_cvtsi2sd ? real : single);
        return true;
    case I_cvtss2si:
    case I_cvttss2si:
        to_integer(e, single, op == I_cvttss2si);
        return true;
    case I_cvtsd2si:
    case I_cvttsd2si:
        to_integer(e, real, op == I_cvttsd2si);
        return true;
    case I_cvtss2sd:
        widen(e);
        return true;
    case I_cvtsd2ss:
        narrow(e);
        return true;
    case I_cvtps2pd:
        widen_two(e);
        return true;
    case I_cvtps2dq:
    case I_cvttps2dq:
        to_integers(e, op == I_cvttps2dq);
        return true;
    case I_cvtdq2ps:
        want_nearest(e);
        load_b(e, singles);
        get(e, singles, B);
        w_vector(e, V_CONVERT_F32);
        set(e, singles, RESULT);
        store(e, singles, RESULT);
        return true;
    case I_cvtdq2pd:
        load_two(e);
        w_vector(e, V_CONVERT_F64);
        set(e, reals, RESULT);
        store(e, reals, RESULT);
        return true;
    default:
        return false;
    }
}

bool wasm_vector_floats(struct wasm_emit *e)
{
    struct arithmetic f;
    enum operation op = op_operation(e->o);
    wasm_vector_operand(e);
    switch (op) {
    case I_comiss:
    case I_ucomiss:
        compare_to_flags(e, single);
        return true;
    case I_comisd:
    case I_ucomisd:
        compare_to_flags(e, real);
        return true;
    default:
        break;
    }
    if (!arithmetic_of(op, &f))
        return conversion(e);
    struct lanes l = {f.wide, f.packed};
    if (f.what == NO_ARITHMETIC) {
        compare(e, l);
    } else {
        want_nearest(e);
        arithmetic(e, l, (enum what)f.what);
    }
    return true;
}
