/*
 * group_fault.c - what must not work at privilege level 3: privileged and undefined opcodes, LOCK
 * where it is not allowed, over-long instructions, page faults, misalignment; and segments: their
 * loading, limits and types.
 */
#include "cpu/cpu.h"
#include "tests/ops/record/form.h"

#include <string.h>

/* ---- faults ---- */

static void pointer_in_eax(struct test *t, const struct form *f)
{
    static const u16 ports[] = {0x60, 0x80, 0x3f8, 0xffff};
    (void)f;
    set_reg(t, EAX, DATA_AT + 0x100);
    set_reg(t, ECX, below(t, 4));
    set_reg(t, EDX, RND_OF(t, ports));
}

/* INC EAX under n-1 prefixes. */
static void prefixes(struct test *t, const struct form *f)
{
    static const u8 prefix[] = {0x66, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
    unsigned n = (unsigned)(f->name[4] - '0') * 10 + (unsigned)(f->name[5] - '0');
    while (--n)
        emit(t, RND_OF(t, prefix));
    t->at = 0x200 + below(t, 0x800);
}

/* Not mapped, not writable, or across the border to such a page. */
static void bad_address(struct test *t, const struct form *f)
{
    static const u32 edges[] = {DATA_AT + DATA_LEN, CONST_AT + CONST_LEN, NOWHERE_AT + 0x800,
                                CONST_AT + 0x800,   CODE_AT + CODE_LEN,   0x100000};
    (void)f;
    t->address = RND_OF(t, edges) - below(t, 4);
    t->fixed |= 1u << ESP; /* POP m: the stack itself is good */
}

/* MMX instructions change the x87 state before they fault. */
static void bad_mmx(struct test *t, const struct form *f)
{
    x87_state(t, 0, 40);
    bad_address(t, f);
}

static void bad_mask(struct test *t, const struct form *f)
{
    bad_mmx(t, f);
    set_reg(t, EDI, t->address);
    t->address = 0;
}

static void bad_stack(struct test *t, const struct form *f)
{
    static const u32 edges[] = {STACK_AT,
                                STACK_AT + 4,
                                STACK_AT + 16,
                                STACK_AT + STACK_LEN,
                                STACK_AT + STACK_LEN - 4,
                                NOWHERE_AT + 0x100};
    (void)f;
    set_reg(t, ESP, RND_OF(t, edges) - below(t, 3));
    set_reg(t, EBP, STACK_AT + 0x100);
}

/* A repeated instruction that runs into a page it may not touch: the part before it is done. */
static void bad_string(struct test *t, const struct form *f)
{
    (void)f;
    set_reg(t, EDI, DATA_AT + DATA_LEN - 1 - below(t, 20));
    set_reg(t, ESI, chance(t, 70) ? DATA_AT + 0x100 : NOWHERE_AT - 0x20);
    set_reg(t, ECX, 1 + below(t, 16));
    t->rep = t->partial = true;
}

static void bad_target(struct test *t, const struct form *f)
{
    (void)f;
    set_reg(t, EAX, NOWHERE_AT + below(t, 0x1000));
}

/* EFLAGS.AC: every access to data at an odd address. */
static void misaligned(struct test *t, const struct form *f)
{
    (void)f;
    random_flags(t, F_AC);
    t->address = DATA_AT + 0x100 + below(t, 0x2000);
}

/* clang-format off */
#define PRIVILEGED(bytes) {bytes, 0, pointer_in_eax}
#define UNDEFINED(bytes) {bytes, 0, pointer_in_eax}
/* clang-format on */

static void inc_eax(struct test *t, const struct form *f)
{
    prefixes(t, f);
    emit(t, 0x40);
}

/* clang-format off */
static const struct form fault_rows[] = {
    PRIVILEGED("FA"), PRIVILEGED("FB"), PRIVILEGED("F4"), PRIVILEGED("EC"), PRIVILEGED("ED"),
    PRIVILEGED("EE"), PRIVILEGED("EF"), PRIVILEGED("E4 60"), PRIVILEGED("E5 61"),
    PRIVILEGED("E6 80"), PRIVILEGED("E7 40"), PRIVILEGED("6C"), PRIVILEGED("6D"),
    PRIVILEGED("6E"), PRIVILEGED("6F"), PRIVILEGED("F3 6C"), PRIVILEGED("F3 6F"),
    PRIVILEGED("0F 06"), PRIVILEGED("0F 08"), PRIVILEGED("0F 09"), PRIVILEGED("0F 20 C0"),
    PRIVILEGED("0F 22 C0"), PRIVILEGED("0F 20 D8"), PRIVILEGED("0F 22 D8"),
    PRIVILEGED("0F 20 E0"), PRIVILEGED("0F 22 E0"), PRIVILEGED("0F 21 C0"),
    PRIVILEGED("0F 23 C0"), PRIVILEGED("0F 21 F8"), PRIVILEGED("0F 23 F8"), PRIVILEGED("0F 30"),
    PRIVILEGED("0F 32"), PRIVILEGED("0F 00 D0"), PRIVILEGED("0F 00 D8"), PRIVILEGED("0F 01 10"),
    PRIVILEGED("0F 01 18"), PRIVILEGED("0F 01 F0"), PRIVILEGED("0F 01 38"), PRIVILEGED("CD 20"),
    PRIVILEGED("CD 08"), PRIVILEGED("CD 0E"), PRIVILEGED("CD FF"), PRIVILEGED("CD 04"),
    UNDEFINED("0F 0B"), UNDEFINED("0F B9 00"), UNDEFINED("0F FF"), UNDEFINED("8E C8"),
    UNDEFINED("8E F0"), UNDEFINED("8E F8"), UNDEFINED("8C F0"), UNDEFINED("8C F8"),
    UNDEFINED("FE D0"), UNDEFINED("FE F0"), UNDEFINED("FF F8"), UNDEFINED("FF D8"),
    UNDEFINED("FF E8"), UNDEFINED("C6 C8"), UNDEFINED("C7 C8"), UNDEFINED("8F C8"),
    UNDEFINED("8D C0"), UNDEFINED("62 C0"), UNDEFINED("0F C7 C8"), UNDEFINED("0F 04"),
    UNDEFINED("0F 0A"), UNDEFINED("0F 0C"), UNDEFINED("0F 26 C0"), UNDEFINED("0F 36"),
    UNDEFINED("0F 39"), UNDEFINED("0F BA C0"), UNDEFINED("0F BA 18"), UNDEFINED("0F B2 C0"),
    UNDEFINED("0F B4 C0"), UNDEFINED("0F B5 C0"), UNDEFINED("F0 90"), UNDEFINED("F0 8B 00"),
    UNDEFINED("F0 89 00"), UNDEFINED("F0 39 00"), UNDEFINED("F0 01 C0"), UNDEFINED("F0 A4"),
    UNDEFINED("F0 F6 00"), UNDEFINED("F0 F7 E0"), UNDEFINED("F0 D1 00"), UNDEFINED("F0 FF 30"),
    UNDEFINED("F0 C3"), UNDEFINED("F0 8D 00"), UNDEFINED("F0 F4"), UNDEFINED("F0 0F A3 00"),
    UNDEFINED("F0 0F BC 00"), UNDEFINED("F0 88 00"), UNDEFINED("F0 84 00"),
    UNDEFINED("F0 D8 00"), UNDEFINED("F0 FA"),
    {"F0 0F AB 00", F_OF | F_SF | F_AF | F_PF, pointer_in_eax}, {"F0 FF 00", 0, pointer_in_eax},
    {"F0 F7 18", 0, pointer_in_eax}, {"F0 F7 10", 0, pointer_in_eax},
    {"F0 86 00", 0, pointer_in_eax}, {"F0 0F C1 00", 0, pointer_in_eax},
    {"F0 0F B1 08", 0, pointer_in_eax},
    {"", 0, inc_eax, .name = "len.13"}, {"", 0, inc_eax, .name = "len.14"},
    {"", 0, inc_eax, .name = "len.15", .weight = 2},
    {"", 0, inc_eax, .name = "len.16", .weight = 2},
    {"8A Gb Mb", 0, bad_address, .name = "pf.8A"}, {"8B Gv Mv", 0, bad_address, .name = "pf.8B"},
    {"89 Mv Gv", 0, bad_address, .name = "pf.89"}, {"01 Mv Gv", 0, bad_address, .name = "pf.01"},
    {"39 Mv Gv", 0, bad_address, .name = "pf.39"}, {"87 Mv Gv", 0, bad_address, .name = "pf.87"},
    {"0F B1 Mv Gv", 0, bad_address, .name = "pf.0FB1"},
    {"0F C1 Mv Gv", 0, bad_address, .name = "pf.0FC1"},
    {"F7 /3 Mv", 0, bad_address, .name = "pf.F7.3"},
    {"FF /0 Mv", 0, bad_address, .name = "pf.FF.0"},
    {"0F C7 /1 Mq", 0, bad_address, .name = "pf.0FC7"},
    {"8F /0 Mv", 0, bad_address, .name = "pf.8F"}, {"C7 /0 Mv Iv", 0, bad_address, .name = "pf.C7"},
    {"DD /0 Mf8", 0, bad_address, .name = "pf.DD.0"},
    {"DD /2 Mf8", 0, bad_address, .name = "pf.DD.2"},
    {"DB /7 Mf10", 0, bad_address, .name = "pf.DB.7"},
    {"0F 7F Mq", 0, bad_mmx, .name = "pf.0F7F", .weight = 2},
    {"0F F7 Pq Nq", 0, bad_mask, .name = "pf.0FF7", .weight = 2},
    {"0F E7 Mq", 0, bad_mmx, .name = "pf.0FE7"}, {"0F 7E Md", 0, bad_mmx, .name = "pf.0F7E"},
    {"0F 6F Mq", 0, bad_mmx, .name = "pf.0F6F"}, {"0F FD Mq", 0, bad_mmx, .name = "pf.0FFD"},
    {"0F 2A Mq", 0, bad_mmx, .name = "pf.0F2A"}, {"0F 2C Mq", 0, bad_mmx, .name = "pf.0F2C"},
    {"0F 11 X16u", 0, bad_address, .name = "pf.0F11"},
    {"50", 0, bad_stack, .name = "pf.50"}, {"58", 0, bad_stack, .name = "pf.58"},
    {"60", 0, bad_stack, .name = "pf.60"}, {"61", 0, bad_stack, .name = "pf.61"},
    {"C8 40 00 05", 0, bad_stack, .name = "pf.C8"}, {"9C", 0, bad_stack, .name = "pf.9C"},
    {"E8 Jv", 0, bad_stack, .name = "pf.E8"}, {"C3", 0, bad_stack, .name = "pf.C3"},
    {"F3 A4", 0, bad_string, .name = "pf.A4"}, {"F3 A5", 0, bad_string, .name = "pf.A5"},
    {"F3 AA", 0, bad_string, .name = "pf.AA"}, {"F3 AB", 0, bad_string, .name = "pf.AB"},
    {"F3 A7", 0, bad_string, .name = "pf.A7"}, {"F3 AD", 0, bad_string, .name = "pf.AD"},
    {"F2 AE", 0, bad_string, .name = "pf.AE"},
    {"FF E0", 0, bad_target, .name = "pf.jmp"}, {"FF D0", 0, bad_target, .name = "pf.call"},
    {"8B Gv Mv", 0, misaligned, .name = "ac.8B"}, {"01 Mv Gv", 0, misaligned, .name = "ac.01"},
    {"87 Mv Gv", 0, misaligned, .name = "ac.87"}, {"DD /0 Mf8", 0, misaligned, .name = "ac.DD"},
    {"D9 /0 Mf4", 0, misaligned, .name = "ac.D9"},
    {"0F 6F Pq Mq", 0, misaligned, .name = "ac.0F6F"},
};
/* clang-format on */

const struct group group_fault = {"fault", fault_rows, ARRAY_SIZE(fault_rows)};

/* ---- segments ---- */

/* clang-format off */
static const u16 selectors[] = {
    0, 1, 3, FLAT_CODE, FLAT_DATA, FLAT_CODE & ~3, FLAT_DATA & ~3, FLAT_DATA & ~1,
    LDT_SEL(1), LDT_SEL(3), LDT_SEL(4), LDT_SEL(5), LDT_SEL(6), LDT_SEL(7), LDT_SEL(8),
    LDT_SEL(9), LDT_SEL(10), LDT_SEL(11), LDT_SEL(12), LDT_SEL(13), LDT_SEL(14), LDT_SEL(15),
    LDT_SEL(3) & ~3, LDT_SEL(6) & ~2, LDT_SEL(9) & ~3, LDT_SEL(10) & ~1, LDT_SEL(0),
    LDT_SEL(40), LDT_SEL(8191)};

/* Linux' own descriptors may differ from the test machine's: only the two flat ones and the LDT. */
static const u16 looked_up[] = {
    0, 3, LDT_SEL(0), LDT_SEL(1), LDT_SEL(3), LDT_SEL(4), LDT_SEL(5), LDT_SEL(6), LDT_SEL(7),
    LDT_SEL(8), LDT_SEL(9), LDT_SEL(10), LDT_SEL(11), LDT_SEL(12), LDT_SEL(13), LDT_SEL(14),
    LDT_SEL(15), LDT_SEL(3) & ~3, LDT_SEL(9) & ~3, LDT_SEL(40), LDT_SEL(8191)};
/* clang-format on */

static void selector_in_cx(struct test *t, const struct form *f)
{
    u32 s = strstr(f->text, "8E") ? RND_OF(t, selectors) : RND_OF(t, looked_up);
    set_reg(t, ECX, rnd(t) << 16 | s);
    set_reg(t, EDX, (u32)int_value(t, 4));
}

static void selector_in_memory(struct test *t, const struct form *f)
{
    u32 s = strstr(f->text, "8E") ? RND_OF(t, selectors) : RND_OF(t, looked_up);
    t->address = data_address(t, 2, 1);
    t->code[t->length - 1] = (u8)((t->code[t->length - 1] & 0x38) | 5);
    emit_int(t, t->address, 4);
    set_mem_int(t, t->address, s, 2);
}

static void far_operand(struct test *t, const struct form *f)
{
    (void)f;
    u8 b[2];
    put_le16(b, RND_OF(t, selectors));
    set_mem(t, t->address + t->operand_size, b, 2);
}

/* Loads and stores around the limits of the LDT's segments. */
static void limit_check(struct test *t, const struct form *f)
{
    static const u8 number[] = {0, 3, 4, 5, 6, 7, 9, 13, 14};
    static const u32 edge[] = {0x100,  0x800,  0x1000, 0x1000, 0x4000,
                               0x4000, 0x2000, 0x3000, 0x4000};
    static const u8 prefix[] = {0x26, 0x3e, 0x64};
    static const u8 reg[] = {SEG_ES, SEG_DS, SEG_FS};
    unsigned i = below(t, ARRAY_SIZE(number)), s = below(t, 3), n = number[i];
    (void)f;
    u32 at = edge[i] + below(t, 9) - 6;
    if (n == 5 && chance(t, 30))
        at = 0x10000 + below(t, 4); /* the far end of a 16-bit segment that expands down */
    else if (chance(t, 20))
        at = 0x1000 + below(t, 0x100);
    else if (chance(t, 8) && n != 4 && n != 14)
        at = 0xffffffffu - below(t, 4);
    set_selector(t, reg[s], n ? (u16)LDT_SEL(n) : chance(t, 50) ? 0 : 3);
    set_reg(t, EBX, at);
    emit(t, prefix[s]);
}

/* The same through SS, with 16-bit and expand-down stacks. */
static void stack_limit(struct test *t, const struct form *f)
{
    static const u8 number[] = {3, 4, 5, 7, 13};
    static const u32 edge[] = {0x800, 0x1000, 0x1000, 0x4000, 0x3000};
    unsigned i = below(t, ARRAY_SIZE(number));
    (void)f;
    u32 sp = chance(t, 60) || number[i] == 4 || number[i] == 5 ? edge[i] + 2 * below(t, 5) - 4
                                                               : below(t, 9);
    if (number[i] == 4 || number[i] == 5)
        sp = edge[i] + 2 * below(t, 20);
    if (number[i] == 5 || number[i] == 7)
        sp |= chance(t, 50) ? rnd(t) << 16 : 0;
    set_selector(t, SEG_SS, LDT_SEL(number[i]));
    set_reg(t, ESP, sp);
    set_reg(t, EBP, chance(t, 50) ? 0x1100 : edge[i] - 4);
}

static void code16(struct test *t, const struct form *f)
{
    (void)f;
    set_selector(t, SEG_CS, LDT_SEL(11));
    t->at = 0x200 + below(t, 0x800);
    set_reg(t, EBX, DATA_AT + 0x100 + below(t, 0x100));
    set_reg(t, EAX, (u32)int_value(t, 4));
    set_reg(t, ECX, (u32)int_value(t, 4));
}

/* clang-format off */
#define SREG(modrm, digit) {"8E " modrm, 0, selector_in_cx, .weight = 2}, \
                           {"8E " digit, 0, NULL, selector_in_memory, .name = "8Em" digit}
#define FAR(text) {text " Gv Mp", 0, NULL, far_operand, 2}
#define LIMIT(text) {text, F_AF, limit_check, .name = "lim." text, .weight = 3}
#define STACKED(text) {text, 0, stack_limit, .name = "stk." text, .weight = 2}
#define SMALL(text) {text, F_OF | F_SF | F_ZF | F_AF | F_PF, code16, .name = "c16." text}

static const struct form seg_rows[] = {
    SREG("C1", "00"), SREG("D1", "10"), SREG("D9", "18"), SREG("E1", "20"), SREG("E9", "28"),
    FAR("C4"), FAR("C5"), FAR("0F B2"), FAR("0F B4"), FAR("0F B5"),
    {"0F 02 D1", 0, selector_in_cx, .weight = 3}, {"66 0F 02 D1", 0, selector_in_cx, .weight = 2},
    {"0F 03 D1", 0, selector_in_cx, .weight = 3}, {"66 0F 03 D1", 0, selector_in_cx, .weight = 2},
    {"0F 00 E1", 0, selector_in_cx, .weight = 2}, {"0F 00 E9", 0, selector_in_cx, .weight = 2},
    {"0F 00 20", 0, NULL, selector_in_memory, .name = "0F00m.4"},
    {"0F 00 28", 0, NULL, selector_in_memory, .name = "0F00m.5"}, {"63 Ew Gw"},
    LIMIT("8A 03"), LIMIT("8B 03"), LIMIT("66 8B 03"), LIMIT("88 03"), LIMIT("89 03"),
    LIMIT("66 01 03"), LIMIT("39 03"), LIMIT("00 03"), LIMIT("FF 03"), LIMIT("DD 03"),
    LIMIT("8F 03"), LIMIT("0F 10 03"),
    STACKED("50"), STACKED("66 50"), STACKED("58"), STACKED("60"), STACKED("66 60"), STACKED("61"),
    STACKED("FF 34 24"), STACKED("C9"), STACKED("9C"), STACKED("C8 10 00 02"), STACKED("8B 45 00"),
    STACKED("89 6D 02"), STACKED("6A 55"),
    SMALL("01 D8"), SMALL("66 01 D8"), SMALL("40"), SMALL("66 40"), SMALL("50"), SMALL("66 50"),
    SMALL("EB 10"), SMALL("E9 00 01"), SMALL("67 8B 03"), SMALL("67 66 8B 03"), SMALL("8D 40 10"),
    SMALL("67 8D 04 8B"), SMALL("98"), SMALL("66 98"), SMALL("F7 E1"), SMALL("0F AF C1"),
    SMALL("E3 20"), SMALL("67 E3 20"), SMALL("72 7F"), SMALL("D1 E0"), SMALL("66 D3 C0"),
};
/* clang-format on */

const struct group group_seg = {"seg", seg_rows, ARRAY_SIZE(seg_rows)};
