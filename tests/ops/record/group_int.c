/*
 * group_int.c - integer instructions without stack and control flow.
 */
#include "cpu/cpu.h"
#include "tests/ops/record/form.h"

/* ---- row functions ---- */

static void accumulator(struct test *t, const struct form *f)
{
    (void)f;
    set_reg(t, EAX, (u32)int_value(t, 4));
}

/* BCD adjustments look at AL, AH, CF and AF only. */
static void bcd(struct test *t, const struct form *f)
{
    (void)f;
    set_reg(t, EAX, (get_reg(t, EAX) & 0xffff0000u) | (rnd(t) & 0xffff));
}

static void aam(struct test *t, const struct form *f)
{
    static const u8 base[] = {10, 10, 10, 0, 1, 2, 16, 100, 255};
    (void)f;
    bcd(t, f);
    emit(t, RND_OF(t, base));
}

static void lock_sometimes(struct test *t, const struct form *f)
{
    (void)f;
    if (chance(t, 6))
        emit(t, 0xf0);
}

static unsigned width(const struct test *t, const struct form *f)
{
    return form_sized(f) ? t->operand_size : 1;
}

/* What the manual leaves undefined depends on the count. */
static void shift_masks(struct test *t, unsigned kind, unsigned bytes, u32 count)
{
    count &= 31;
    if (!count)
        return;
    if (kind >= 4)
        t->eflags_mask &= ~(u32)F_AF;
    if (count != 1)
        t->eflags_mask &= ~(u32)F_OF;
    if (kind >= 4 && kind != 7 && count >= 8 * bytes)
        t->eflags_mask &= ~(u32)F_CF;
}

static unsigned shift_kind(const struct test *t)
{
    for (unsigned i = 0; i < t->length; i++) {
        if ((t->code[i] & 0xee) == 0xc0 || (t->code[i] & 0xfc) == 0xd0)
            return t->code[i + 1] >> 3 & 7;
    }
    return 0;
}

static u32 shift_count(struct test *t)
{
    static const u8 counts[] = {0, 1, 1, 2, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 255};
    return chance(t, 60) ? RND_OF(t, counts) : rnd(t) & 0xff;
}

static void shift_by_one(struct test *t, const struct form *f)
{
    shift_masks(t, shift_kind(t), width(t, f), 1);
}

static void shift_by_imm(struct test *t, const struct form *f)
{
    u32 count = shift_count(t);
    shift_masks(t, shift_kind(t), width(t, f), count);
    emit(t, (u8)count);
}

static void load_cl(struct test *t, const struct form *f)
{
    (void)f;
    t->count = shift_count(t);
    set_reg8(t, ECX, (u8)t->count);
}

static void shift_by_cl(struct test *t, const struct form *f)
{
    shift_masks(t, shift_kind(t), width(t, f), t->count);
}

/* SHLD, SHRD: 16-bit ones with counts above 16 are left out, their result is undefined. */
static u32 double_count(struct test *t)
{
    u32 count = shift_count(t);
    return t->operand_size == 2 && (count & 31) > 16 ? count & 0xef & ~15u : count;
}

static void double_masks(struct test *t, u32 count)
{
    count &= 31;
    if (count)
        t->eflags_mask &= ~(u32)F_AF;
    if (count > 1)
        t->eflags_mask &= ~(u32)F_OF;
}

static void double_imm(struct test *t, const struct form *f)
{
    (void)f;
    u32 count = double_count(t);
    double_masks(t, count);
    emit(t, (u8)count);
}

static void double_load_cl(struct test *t, const struct form *f)
{
    (void)f;
    t->count = double_count(t);
    set_reg8(t, ECX, (u8)t->count);
}

static void double_cl(struct test *t, const struct form *f)
{
    (void)f;
    double_masks(t, t->count);
}

static void multiplicand(struct test *t, const struct form *f)
{
    accumulator(t, f);
    set_reg(t, EDX, (u32)int_value(t, 4));
}

/* Most dividends are made so that the quotient just fits, or just does not. */
static void dividend(struct test *t, const struct form *f)
{
    multiplicand(t, f);
    unsigned bits = 8 * width(t, f);
    u32 high = (u32)int_value(t, bits / 8) >> below(t, bits);
    if (chance(t, 30))
        high = 0 - (high & 1);
    if (chance(t, 80)) {
        if (bits == 8)
            set_reg(t, EAX, (get_reg(t, EAX) & ~0xff00u) | (high & 0xff) << 8);
        else if (bits == 16)
            set_reg(t, EDX, (get_reg(t, EDX) & 0xffff0000u) | (high & 0xffff));
        else
            set_reg(t, EDX, high);
    }
}

/* Comparands that match half of the time. The registers EDX:EAX must still be free. */
static void comparand(struct test *t, const struct form *f)
{
    unsigned n = width(t, f);
    u32 v = (u32)operand_value(t, n);
    if (t->fixed & 1u << EAX || chance(t, 40))
        return;
    put_le32(t->state, n == 4   ? v
                       : n == 2 ? (get_reg(t, EAX) & 0xffff0000u) | v
                                : (get_reg(t, EAX) & ~0xffu) | v);
}

static void comparand8(struct test *t, const struct form *f)
{
    (void)f;
    u64 v = operand_value(t, 8);
    if (t->fixed & (1u << EAX | 1u << EDX) || chance(t, 40))
        return;
    set_reg(t, EAX, (u32)v);
    set_reg(t, EDX, (u32)(v >> 32));
}

/* The bit number reaches beyond the operand in memory. */
static void bit_number(struct test *t, const struct form *f)
{
    (void)f;
    for (unsigned r = 0; r < 8; r++) {
        u32 v = below(t, 0x4000) - 0x2000;
        set_reg(t, r, t->operand_size == 2 ? (rnd(t) & 0xffff0000u) | (v & 0xffff) : v);
    }
    t->address = DATA_AT + 0x1000 + below(t, 0x2000);
}

static void bit_number_in_reg(struct test *t, const struct form *f)
{
    (void)f;
    for (unsigned r = 0; r < 8; r++)
        if (chance(t, 50))
            set_reg(t, r, below(t, 64));
}

static void xlat(struct test *t, const struct form *f)
{
    accumulator(t, f);
    set_reg(t, EBX, data_address(t, 1, 1) - (get_reg(t, EAX) & 0xff));
}

static void any_direction(struct test *t, const struct form *f)
{
    accumulator(t, f);
    random_flags(t, chance(t, 50) ? F_DF : 0);
}

/* ---- rows ---- */

/* clang-format off */
#define ALU(base, n)                                                              \
    {base "0 Eb Gb", n, lock_sometimes}, {base "1 Ev Gv", n, lock_sometimes},     \
        {base "2 Gb Eb", n}, {base "3 Gv Ev", n}, {base "4 Ib", n, accumulator},  \
        {base "5 Iv", n, accumulator}
#define ALU8(base, n)                                                             \
    {base "8 Eb Gb", n, lock_sometimes}, {base "9 Ev Gv", n, lock_sometimes},     \
        {base "A Gb Eb", n}, {base "B Gv Ev", n}, {base "C Ib", n, accumulator},  \
        {base "D Iv", n, accumulator}
#define GROUP1(digit, n)                                                    \
    {"80 /" digit " Eb Ib", n}, {"81 /" digit " Ev Iv", n},                 \
        {"82 /" digit " Eb Ib", n}, {"83 /" digit " Ev Ib", n}
#define SHIFT(digit)                                                                    \
    {"C0 /" digit " Eb", 0, NULL, shift_by_imm}, {"C1 /" digit " Ev", 0, NULL, shift_by_imm}, \
        {"D0 /" digit " Eb", 0, NULL, shift_by_one},                                          \
        {"D1 /" digit " Ev", 0, NULL, shift_by_one},                                          \
        {"D2 /" digit " Eb", 0, load_cl, shift_by_cl, 2},                                     \
        {"D3 /" digit " Ev", 0, load_cl, shift_by_cl, 2}
#define CONDITION(c) {"0F 4" c " Gv Ev"}, {"0F 9" c " Eb"}
/* clang-format on */

enum {
    LOGIC = F_AF,
    MUL = F_SF | F_ZF | F_AF | F_PF,
    BITS = F_OF | F_SF | F_AF | F_PF,
    SCAN = F_CF | F_OF | F_SF | F_AF | F_PF
};

/* clang-format off */
static const struct form rows[] = {
    ALU("0", 0), ALU8("0", LOGIC), ALU("1", 0), ALU8("1", 0), ALU("2", LOGIC), ALU8("2", 0),
    ALU("3", LOGIC), ALU8("3", 0),
    GROUP1("0", 0), GROUP1("1", LOGIC), GROUP1("2", 0), GROUP1("3", 0), GROUP1("4", LOGIC),
    GROUP1("5", 0), GROUP1("6", LOGIC), GROUP1("7", 0),
    {"84 Eb Gb", LOGIC}, {"85 Ev Gv", LOGIC}, {"A8 Ib", LOGIC, accumulator},
    {"A9 Iv", LOGIC, accumulator},
    {"86 Eb Gb", 0, lock_sometimes}, {"87 Ev Gv", 0, lock_sometimes}, {"90+ Zv"},
    {"88 Eb Gb"}, {"89 Ev Gv"}, {"8A Gb Eb"}, {"8B Gv Ev"},
    {"C6 /0 Eb Ib"}, {"C7 /0 Ev Iv"}, {"B0+ Ib"}, {"B8+ Iv"},
    {"A0 Ob", 0, accumulator}, {"A1 Ov", 0, accumulator}, {"A2 Ob", 0, accumulator},
    {"A3 Ov", 0, accumulator},
    {"8D Gv L", .weight = 3},
    {"F6 /0 Eb Ib", LOGIC}, {"F6 /1 Eb Ib", LOGIC}, {"F7 /0 Ev Iv", LOGIC},
    {"F7 /1 Ev Iv", LOGIC}, {"F6 /2 Eb"}, {"F7 /2 Ev"}, {"F6 /3 Eb"}, {"F7 /3 Ev"},
    {"F6 /4 Eb", MUL, multiplicand}, {"F7 /4 Ev", MUL, multiplicand},
    {"F6 /5 Eb", MUL, multiplicand}, {"F7 /5 Ev", MUL, multiplicand},
    {"F6 /6 Eb", F_STATUS, dividend, .weight = 3}, {"F7 /6 Ev", F_STATUS, dividend, .weight = 3},
    {"F6 /7 Eb", F_STATUS, dividend, .weight = 3}, {"F7 /7 Ev", F_STATUS, dividend, .weight = 3},
    {"FE /0 Eb"}, {"FF /0 Ev"}, {"FE /1 Eb"}, {"FF /1 Ev"}, {"40+ Zv"},
    {"48+ Zv"},
    SHIFT("0"), SHIFT("1"), SHIFT("2"), SHIFT("3"), SHIFT("4"), SHIFT("5"), SHIFT("6"), SHIFT("7"),
    {"0F A4 Ev Gv", 0, NULL, double_imm}, {"0F A5 Ev Gv", 0, double_load_cl, double_cl},
    {"0F AC Ev Gv", 0, NULL, double_imm}, {"0F AD Ev Gv", 0, double_load_cl, double_cl},
    {"69 Gv Ev Iv", MUL}, {"6B Gv Ev Ib", MUL}, {"0F AF Gv Ev", MUL},
    {"0F B0 Eb Gb", 0, NULL, comparand, 2}, {"0F B1 Ev Gv", 0, NULL, comparand, 2},
    {"0F C0 Eb Gb"}, {"0F C1 Ev Gv"}, {"0F C7 /1 Mq", 0, NULL, comparand8, 2}, {"0F C8+"},
    {"0F A3 Mv Gv", BITS, bit_number, .name = "0FA3m"},
    {"0F AB Mv Gv", BITS, bit_number, .name = "0FABm"},
    {"0F B3 Mv Gv", BITS, bit_number, .name = "0FB3m"},
    {"0F BB Mv Gv", BITS, bit_number, .name = "0FBBm"},
    {"0F A3 Rv Gv", BITS, bit_number_in_reg}, {"0F AB Rv Gv", BITS, bit_number_in_reg},
    {"0F B3 Rv Gv", BITS, bit_number_in_reg}, {"0F BB Rv Gv", BITS, bit_number_in_reg},
    {"0F BA /4 Ev Ib", BITS}, {"0F BA /5 Ev Ib", BITS}, {"0F BA /6 Ev Ib", BITS},
    {"0F BA /7 Ev Ib", BITS}, {"0F BC Gv Ev", SCAN}, {"0F BD Gv Ev", SCAN},
    {"0F B6 Gv Eb"}, {"0F B7 Gv Ew"}, {"0F BE Gv Eb"}, {"0F BF Gv Ew"},
    CONDITION("0"), CONDITION("1"), CONDITION("2"), CONDITION("3"), CONDITION("4"), CONDITION("5"),
    CONDITION("6"), CONDITION("7"), CONDITION("8"), CONDITION("9"), CONDITION("A"), CONDITION("B"),
    CONDITION("C"), CONDITION("D"), CONDITION("E"), CONDITION("F"),
    {"98", 0, accumulator}, {"99", 0, accumulator}, {"66 98", 0, accumulator},
    {"66 99", 0, accumulator},
    {"27", F_OF, bcd, .weight = 3}, {"2F", F_OF, bcd, .weight = 3},
    {"37", F_OF | F_SF | F_ZF | F_PF, bcd, .weight = 2},
    {"3F", F_OF | F_SF | F_ZF | F_PF, bcd, .weight = 2},
    {"D4", F_OF | F_AF | F_CF, NULL, aam, 2}, {"D5", F_OF | F_AF | F_CF, NULL, aam, 2},
    {"9E", 0, any_direction}, {"9F", 0, any_direction}, {"F5", 0, any_direction},
    {"F8", 0, any_direction}, {"F9", 0, any_direction}, {"FC", 0, any_direction},
    {"FD", 0, any_direction}, {"D6", 0, any_direction}, {"D7", 0, xlat},
    {"0F 19 Gv Ev"}, {"0F 1C Gv Ev"}, {"0F 1D Gv Ev"}, {"F3 0F 1E FB", .name = "ENDBR32"},
    {"0F 1F Gv Ev"},
};
/* clang-format on */

const struct group group_int = {"int", rows, ARRAY_SIZE(rows), false};
const struct group group_int16 = {"int16", rows, ARRAY_SIZE(rows), true};
