/*
 * group_flow.c - the stack, and transfers of control within privilege level 3.
 */
#include "cpu/cpu.h"
#include "tests/ops/record/form.h"

#include <string.h>

/* ---- stack ---- */

/* Rows without an operand of variable size say by the prefix whether they move 2 bytes or 4. */
static bool narrow(const struct test *t, const struct form *f)
{
    return (strstr(f->text, "66") != NULL) != t->small;
}

/* Now and then a 16-bit stack: LDT 7 begins at the data page and has 16 KB. */
static bool small_stack(const struct test *t)
{
    return get_le16(t->state + CVEC_SEG + 2 * SEG_SS) == LDT_SEL(7);
}

static void stack_pointer(struct test *t, const struct form *f)
{
    (void)f;
    if (chance(t, t->small ? 60 : 10)) {
        u32 offset = chance(t, 10) ? below(t, 16) : 0x600 + below(t, 0x3000);
        set_selector(t, SEG_SS, LDT_SEL(7));
        set_reg(t, ESP, rnd(t) << 16 | offset);
        return;
    }
    u32 sp = STACK_AT + 0x200 + below(t, 0xc00);
    set_reg(t, ESP, chance(t, 75) ? sp & ~3u : sp);
}

/* Where the stack's top is in memory. */
static u32 stack_top(const struct test *t)
{
    u32 esp = get_reg(t, ESP);
    return small_stack(t) ? DATA_AT + (esp & 0xffff) : esp;
}

/* PUSH sreg writes two bytes only on some processors; the other two stay as they were there. */
static void push_segment(struct test *t, const struct form *f)
{
    stack_pointer(t, f);
    if (!narrow(t, f))
        ignore_mem(t, stack_top(t) - 2, 2);
}

static void pop_segment(struct test *t, const struct form *f)
{
    static const u16 sel[] = {FLAT_DATA,       0,          3,          LDT_SEL(1),  LDT_SEL(3),
                              LDT_SEL(6),      LDT_SEL(8), LDT_SEL(9), LDT_SEL(10), LDT_SEL(15),
                              LDT_SEL(2) & ~3, 0xffff};
    stack_pointer(t, f);
    set_mem_int(t, stack_top(t), (u64)rnd(t) << 16 | RND_OF(t, sel), narrow(t, f) ? 2 : 4);
}

static void pop_flags(struct test *t, const struct form *f)
{
    stack_pointer(t, f);
    /* No single step, no alignment check: the recorder would be hit itself. */
    set_mem_int(t, stack_top(t), rnd(t) & ~0x60100u, narrow(t, f) ? 2 : 4);
}

static void enter(struct test *t, const struct form *f)
{
    static const u8 levels[] = {0, 0, 1, 2, 3, 6, 31, 32, 255};
    stack_pointer(t, f);
    if (small_stack(t)) {
        set_reg(t, EBP, rnd(t) << 16 | (0x200 + below(t, 0x3000)));
    } else {
        set_reg(t, ESP, STACK_AT + 0x600 + (below(t, 0x900) & ~3u));
        set_reg(t, EBP, STACK_AT + 0x200 + below(t, 0xc00));
    }
    emit_int(t, below(t, 0x180), 2);
    emit(t, RND_OF(t, levels));
}

static void leave(struct test *t, const struct form *f)
{
    stack_pointer(t, f);
    set_reg(t, EBP,
            small_stack(t) ? rnd(t) << 16 | below(t, 0x3f00) : STACK_AT + 0x100 + below(t, 0xe00));
}

/* POP [ESP+d]: the address uses ESP after the pop. */
static void pop_on_stack(struct test *t, const struct form *f)
{
    (void)f;
    emit(t, 0x44);
    emit(t, 0x24);
    emit(t, (u8)(rnd(t) & 0x3f));
}

/* clang-format off */
static const struct form stack_rows[] = {
    {"50+ Zv", 0, stack_pointer}, {"58+ Zv", 0, stack_pointer}, {"68 Iv", 0, stack_pointer},
    {"6A Ib", 0, stack_pointer}, {"66 6A Ib", 0, stack_pointer}, {"FF /6 Ev", 0, stack_pointer},
    {"8F /0 Ev", 0, stack_pointer}, {"8F", 0, stack_pointer, pop_on_stack, .name = "8F.esp"},
    {"66 8F", 0, stack_pointer, pop_on_stack, .name = "668F.esp"},
    {"9C", 0, stack_pointer}, {"66 9C", 0, stack_pointer}, {"9D", 0, pop_flags, .weight = 2},
    {"66 9D", 0, pop_flags, .weight = 2}, {"60", 0, stack_pointer}, {"66 60", 0, stack_pointer},
    {"61", 0, stack_pointer}, {"66 61", 0, stack_pointer}, {"C8", 0, NULL, enter, 2},
    {"66 C8", 0, NULL, enter, 2}, {"C9", 0, leave}, {"66 C9", 0, leave},
    {"06", 0, push_segment}, {"0E", 0, push_segment}, {"16", 0, push_segment},
    {"1E", 0, push_segment}, {"0F A0", 0, push_segment}, {"0F A8", 0, push_segment},
    {"66 06", 0, push_segment}, {"66 0E", 0, push_segment}, {"66 0F A0", 0, push_segment},
    {"07", 0, pop_segment}, {"1F", 0, pop_segment}, {"17", 0, pop_segment},
    {"0F A1", 0, pop_segment}, {"0F A9", 0, pop_segment}, {"66 07", 0, pop_segment},
    {"66 1F", 0, pop_segment}, {"66 0F A1", 0, pop_segment},
    {"8C /0 Ev"}, {"8C /1 Ev"}, {"8C /2 Ev"}, {"8C /3 Ev"}, {"8C /4 Ev"}, {"8C /5 Ev"},
};
/* clang-format on */

const struct group group_stack = {"stack", stack_rows, ARRAY_SIZE(stack_rows), false};
const struct group group_stack16 = {"stack16", stack_rows, ARRAY_SIZE(stack_rows), true};

/* ---- control flow ---- */

static void counter(struct test *t, const struct form *f)
{
    static const u32 counts[] = {0, 1, 2, 0x10000, 0x10001, 0xffff, 0x80000000};
    (void)f;
    set_reg(t, ECX, RND_OF(t, counts));
}

/* A place in the code page that is not the instruction itself. */
static u32 target(struct test *t)
{
    t->at = 0x200 + below(t, 0xc00);
    return (t->small ? 0 : CODE_AT) + 0x1000 + below(t, 0xf00);
}

static void near_pointer(struct test *t, const struct form *f)
{
    (void)f;
    u32 to = target(t);
    if (chance(t, 50)) {
        unsigned reg = t->code[t->length - 1] & 7;
        t->code[t->length - 1] |= 0xc0;
        set_reg(t, reg, to);
        return;
    }
    t->address = data_address(t, 4, 1);
    t->code[t->length - 1] = (u8)(t->code[t->length - 1] & 0x38) | 5;
    emit_int(t, t->address, 4);
    set_mem_int(t, t->address, to, 4);
}

/* The operand of FF /2 and /4 is written by near_pointer(): it needs the modrm byte itself. */
static void indirect(struct test *t, const struct form *f)
{
    emit(t, (u8)((strchr(f->name, '4') ? 4 : 2) << 3 | below(t, 8)));
    near_pointer(t, f);
}

static u16 code_selector(struct test *t, u32 *offset)
{
    static const u16 sel[] = {FLAT_CODE,   FLAT_CODE,       LDT_SEL(9),  LDT_SEL(9), LDT_SEL(10),
                              LDT_SEL(11), LDT_SEL(3),      LDT_SEL(12), 0,          3,
                              LDT_SEL(15), LDT_SEL(9) & ~3, LDT_SEL(40), 0xffff,     FLAT_DATA};
    u16 s = RND_OF(t, sel);
    if (s & 4)
        *offset -= CODE_AT;
    if (s & 4 && chance(t, 12))
        *offset = 0x2000; /* just beyond the limit */
    return s;
}

static void far_pointer(struct test *t, const struct form *f)
{
    u32 to = target(t);
    u16 sel = code_selector(t, &to);
    if (f->text[0] != 'F') {
        emit_int(t, to, 4);
        emit_int(t, sel, 2);
        return;
    }
    t->address = data_address(t, 6, 1);
    emit(t, (u8)((strchr(f->name, '3') ? 3 : 5) << 3 | 5));
    emit_int(t, t->address, 4);
    set_mem_int(t, t->address, (u64)sel << 32 | to, 6);
}

static void near_return(struct test *t, const struct form *f)
{
    stack_pointer(t, f);
    set_mem_int(t, stack_top(t), target(t), 4);
}

static void far_return(struct test *t, const struct form *f)
{
    u32 to = target(t);
    bool small = narrow(t, f);
    stack_pointer(t, f);
    u16 sel = code_selector(t, &to);
    u32 at = stack_top(t), flags = (rnd(t) & ~0x64100u) | 2;
    if (small) {
        set_mem_int(t, at, (u64)(flags & 0xffff) << 32 | (u32)sel << 16 | (to & 0xffff), 6);
    } else {
        set_mem_int(t, at, (u64)rnd(t) << 48 | (u64)sel << 32 | to, 8);
        set_mem_int(t, at + 8, flags, 4);
    }
}

static void overflow(struct test *t, const struct form *f)
{
    (void)f;
    random_flags(t, chance(t, 60) ? F_OF : 0);
}

static void bounds(struct test *t, const struct form *f)
{
    (void)f;
    for (unsigned r = 0; r < 8; r++)
        if (r != ESP && chance(t, 70))
            set_reg(t, r, (u32)int_value(t, 4));
}

#define JCC(c)                                                                                     \
    {"7" c " Jb"},                                                                                 \
    {                                                                                              \
        "0F 8" c " Jv"                                                                             \
    }

/* clang-format off */
static const struct form flow_rows[] = {
    JCC("0"), JCC("1"), JCC("2"), JCC("3"), JCC("4"), JCC("5"), JCC("6"), JCC("7"), JCC("8"),
    JCC("9"), JCC("A"), JCC("B"), JCC("C"), JCC("D"), JCC("E"), JCC("F"),
    {"E0 Jb", 0, counter}, {"E1 Jb", 0, counter}, {"E2 Jb", 0, counter}, {"E3 Jb", 0, counter},
    {"67 E0 Jb", 0, counter}, {"67 E1 Jb", 0, counter}, {"67 E2 Jb", 0, counter},
    {"67 E3 Jb", 0, counter},
    {"EB Jb"}, {"E9 Jv"}, {"E8 Jv", 0, stack_pointer},
    {"FF", 0, stack_pointer, indirect, 2, "FF.2"}, {"FF", 0, stack_pointer, indirect, 2, "FF.4"},
    {"FF", 0, stack_pointer, far_pointer, 3, "FF.3"}, {"FF", 0, NULL, far_pointer, 3, "FF.5"},
    {"EA", 0, NULL, far_pointer, 3}, {"9A", 0, stack_pointer, far_pointer, 3},
    {"C3", 0, near_return}, {"C2 Iw", 0, near_return}, {"CB", 0, far_return, .weight = 3},
    {"CA Iw", 0, far_return, .weight = 2}, {"66 CB", 0, far_return}, {"CF", 0, far_return,
    .weight = 3}, {"66 CF", 0, far_return}, {"CE", 0, overflow},
    {"62 Gv Ma", 0, bounds, .weight = 2},
};
/* clang-format on */

const struct group group_flow = {"flow", flow_rows, ARRAY_SIZE(flow_rows), false};

/* What does not depend on pointers in memory, which are shorter in 16-bit code. */
/* clang-format off */
static const struct form flow16_rows[] = {
    JCC("0"), JCC("1"), JCC("2"), JCC("3"), JCC("4"), JCC("5"), JCC("6"), JCC("7"), JCC("8"),
    JCC("9"), JCC("A"), JCC("B"), JCC("C"), JCC("D"), JCC("E"), JCC("F"),
    {"E0 Jb", 0, counter}, {"E1 Jb", 0, counter}, {"E2 Jb", 0, counter}, {"E3 Jb", 0, counter},
    {"67 E0 Jb", 0, counter}, {"67 E1 Jb", 0, counter}, {"67 E2 Jb", 0, counter},
    {"67 E3 Jb", 0, counter}, {"EB Jb"}, {"E9 Jv"}, {"E8 Jv", 0, stack_pointer},
    {"C3", 0, near_return}, {"C2 Iw", 0, near_return}, {"66 C3", 0, near_return},
    {"66 C2 Iw", 0, near_return}, {"CE", 0, overflow},
};
/* clang-format on */

const struct group group_flow16 = {"flow16", flow16_rows, ARRAY_SIZE(flow16_rows), true};
