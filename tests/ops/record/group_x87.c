/*
 * group_x87.c - x87: every memory and register form under random control words, tags and operands;
 * transcendentals apart, because they are compared with a tolerance of one unit in the last place.
 */
#include "cpu/cpu.h"
#include "tests/ops/record/form.h"

#include <string.h>

enum { C0 = 0x100, C1 = 0x200, C2 = 0x400, C3 = 0x4000 };

void x87_state(struct test *t, unsigned unmasked_percent, unsigned empty_percent)
{
    static const u16 precision[] = {0x300, 0x300, 0x300, 0x200, 0x200, 0, 0, 0x100};
    u8 *fx = t->state + CVEC_FX;
    u16 fcw = (u16)(0x40 | RND_OF(t, precision) | below(t, 4) << 10);
    fcw |= chance(t, unmasked_percent) ? below(t, 64) : 0x3f;
    u16 fsw = (u16)(below(t, 8) << 11 | (rnd(t) & (C0 | C1 | C2 | C3)));
    if (chance(t, 20))
        fsw |= (u16)(rnd(t) & fcw & 0x3f); /* flags of masked exceptions may be left over */
    put_le16(fx, fcw);
    put_le16(fx + 2, fsw);
    fx[4] = chance(t, empty_percent) ? (u8)rnd(t) : 0xff;
}

static void operands(struct test *t)
{
    x87_state(t, 25, 25);
    f80_value(t, st_at(t, 0));
    for (unsigned i = 1; i < 8; i++) {
        if (chance(t, 30))
            f80_near(t, st_at(t, 0), st_at(t, i));
        else if (i == 1 || chance(t, 60))
            f80_value(t, st_at(t, i));
    }
}

/* Arithmetic and loads: C1 tells the rounding, the others are undefined. */
static void arith(struct test *t, const struct form *f)
{
    (void)f;
    operands(t);
    t->fsw_mask = (u16) ~(C0 | C2 | C3);
}

static void compare(struct test *t, const struct form *f)
{
    (void)f;
    operands(t);
}

static void control(struct test *t, const struct form *f)
{
    (void)f;
    operands(t);
    t->fsw_mask = (u16) ~(C0 | C1 | C2 | C3);
}

/* FSCALE: exponents of every reach. */
static void scale(struct test *t, const struct form *f)
{
    arith(t, f);
    if (chance(t, 70))
        f80_put(st_at(t, 1), rnd(t) & 1, 0x3fff - 2 + below(t, 18), 1ull << 63 | rnd64(t));
}

static void control_word(struct test *t, const struct form *f)
{
    (void)f;
    set_mem_int(t, t->address, (rnd(t) & 0x1f3f) | (chance(t, 60) ? 0x3f : 0), 2);
}

/* An environment or a whole state to load: no unmasked exception pending in it. */
static void image(struct test *t, const struct form *f)
{
    u8 b[108] = {0};
    unsigned wide = t->operand_size == 4, at = wide ? 28 : 14;
    put_le16(b, (u16)((rnd(t) & 0x0f00) | 0x7f));
    put_le16(b + (wide ? 4 : 2), (u16)(rnd(t) & 0x7f00));
    put_le16(b + (wide ? 8 : 4), (u16)rnd(t));
    bool all = strstr(f->text, "save") != NULL;
    for (unsigned i = 0; all && i < 8; i++)
        f80_value(t, b + at + 10 * i);
    set_mem(t, t->address, b, all ? at + 80 : at);
}

/* Instruction and operand pointers, and the unused halves, are not compared. */
static void stored_image(struct test *t, const struct form *f)
{
    (void)f;
    u32 at = t->address;
    if (t->operand_size == 2) {
        ignore_mem(t, at + 6, 8);
        return;
    }
    ignore_mem(t, at + 2, 2);
    ignore_mem(t, at + 6, 2);
    ignore_mem(t, at + 10, 18);
}

static void random_register(struct test *t, const struct form *f)
{
    (void)f;
    t->code[t->length - 1] |= (u8)below(t, 8);
}

/* An exception that is pending already: what waits for it, what does not. */
static void pending(struct test *t, const struct form *f)
{
    u8 *fx = t->state + CVEC_FX;
    u16 bit = (u16)(1u << below(t, 6));
    control(t, f);
    put_le16(fx, (get_le16(fx) | 0x3f) & (u16)~bit);
    put_le16(fx + 2, (get_le16(fx + 2) & 0x7f00) | bit | 0x8080);
    set_reg(t, EAX, DATA_AT + 0x200);
    set_mem_int(t, DATA_AT + 0x200, 0x37f, 2);
    ignore_mem(t, DATA_AT + 0x202, 2);
    ignore_mem(t, DATA_AT + 0x206, 2);
    ignore_mem(t, DATA_AT + 0x20a, 18);
}

/* Two instructions: the exception of the first is taken by the second. */
static void then_wait(struct test *t, const struct form *f)
{
    arith(t, f);
    put_le16(t->state + CVEC_FX, get_le16(t->state + CVEC_FX) & 0xffc0);
}

static void add_wait(struct test *t, const struct form *f)
{
    (void)f;
    emit(t, 0x9b);
}

#define A .before = arith
#define C .before = compare
#define R .after = random_register
/* clang-format off */
#define PENDING(text) {text, 0, pending, .name = "mf." text, .weight = 2}
#define WAIT(text) {text, 0, then_wait, add_wait, 2, text "+FWAIT"}

static const struct form x87_rows[] = {
    {"D8 /0 Mf4", A}, {"D8 /1 Mf4", A}, {"D8 /2 Mf4", C}, {"D8 /3 Mf4", C}, {"D8 /4 Mf4", A},
    {"D8 /5 Mf4", A}, {"D8 /6 Mf4", A}, {"D8 /7 Mf4", A},
    {"D9 /0 Mf4", A}, {"D9 /2 Mf4", A, .weight = 2}, {"D9 /3 Mf4", A, .weight = 2},
    {"DA /0 Md", A}, {"DA /1 Md", A}, {"DA /2 Md", C}, {"DA /3 Md", C}, {"DA /4 Md", A},
    {"DA /5 Md", A}, {"DA /6 Md", A}, {"DA /7 Md", A},
    {"DB /0 Md", A}, {"DB /2 Md", A, .weight = 2}, {"DB /3 Md", A, .weight = 2}, {"DB /5 Mf10", A},
    {"DB /7 Mf10", A},
    {"DC /0 Mf8", A}, {"DC /1 Mf8", A}, {"DC /2 Mf8", C}, {"DC /3 Mf8", C}, {"DC /4 Mf8", A},
    {"DC /5 Mf8", A}, {"DC /6 Mf8", A}, {"DC /7 Mf8", A},
    {"DD /0 Mf8", A}, {"DD /2 Mf8", A, .weight = 2}, {"DD /3 Mf8", A, .weight = 2},
    {"DE /0 Mw", A}, {"DE /1 Mw", A}, {"DE /2 Mw", C}, {"DE /3 Mw", C}, {"DE /4 Mw", A},
    {"DE /5 Mw", A}, {"DE /6 Mw", A}, {"DE /7 Mw", A},
    {"DF /0 Mw", A}, {"DF /2 Mw", A, .weight = 2}, {"DF /3 Mw", A, .weight = 2}, {"DF /4 Mbcd", A},
    {"DF /5 Mq", A}, {"DF /6 Mbcd", A, .weight = 2}, {"DF /7 Mq", A, .weight = 2},
    {"D9 /5 Mw", 0, control, control_word}, {"D9 /7 Mw", 0, control}, {"DD /7 Mw", 0, control},
    {"D9 /4 Menv", 0, compare, image},
    {"D9 /6 Menv", 0, control, stored_image}, {"DD /4 Msave", 0, compare, image},
    {"DD /6 Msave", 0, compare, stored_image},
    {"D8 C0", A, R, 3}, {"D8 C8", A, R, 3}, {"D8 D0", C, R}, {"D8 D8", C, R}, {"D8 E0", A, R, 2},
    {"D8 E8", A, R, 2}, {"D8 F0", A, R, 3}, {"D8 F8", A, R, 2},
    {"D9 C0", A, R}, {"D9 C8", A, R}, {"D9 D0", .before = control}, {"DA C0", A, R},
    {"DA C8", A, R},
    {"DA D0", A, R}, {"DA D8", A, R}, {"DB C0", A, R}, {"DB C8", A, R}, {"DB D0", A, R},
    {"DB D8", A, R}, {"DB E8", C, R}, {"DB F0", C, R}, {"DF E8", C, R}, {"DF F0", C, R},
    {"DC C0", A, R}, {"DC C8", A, R}, {"DC E0", A, R}, {"DC E8", A, R}, {"DC F0", A, R},
    {"DC F8", A, R}, {"DD C0", 0, control, R}, {"DD D0", A, R}, {"DD D8", A, R}, {"DD E0", C, R},
    {"DD E8", C, R}, {"DE C0", A, R, 2}, {"DE C8", A, R, 2}, {"DE E0", A, R}, {"DE E8", A, R},
    {"DE F0", A, R}, {"DE F8", A, R, 2}, {"DE D9", C}, {"DA E9", C},
    {"DC D0", C, R}, {"DC D8", C, R}, {"DE D0", C, R}, {"D9 D8", 0, control, R},
    {"DD C8", 0, control, R}, {"DF C0", 0, control, R}, {"DF C8", 0, control, R},
    {"DF D0", 0, control, R}, {"DF D8", 0, control, R},
    {"D9 E0", A}, {"D9 E1", A}, {"D9 E4", C}, {"D9 E5", C, .weight = 3}, {"D9 E8", A}, {"D9 E9", A},
    {"D9 EA", A}, {"D9 EB", A}, {"D9 EC", A}, {"D9 ED", A}, {"D9 EE", A}, {"D9 F4", A, .weight = 2},
    {"D9 F5", C, .weight = 4}, {"D9 F6", A}, {"D9 F7", A}, {"D9 F8", C, .weight = 4},
    {"D9 FA", A, .weight = 4}, {"D9 FC", A, .weight = 4}, {"D9 FD", 0, scale, .weight = 4},
    {"DB E0", .before = control}, {"DB E1", .before = control}, {"DB E2", .before = control},
    {"DB E3", C}, {"DB E4", .before = control}, {"DF E0", .before = control},
    {"9B", .before = control},
    PENDING("9B"), PENDING("D9 E8"), PENDING("DB E3"), PENDING("DB E2"), PENDING("DF E0"),
    PENDING("D9 38"), PENDING("D9 30"), PENDING("D9 28"), PENDING("D8 C1"), PENDING("DD D9"),
    PENDING("0F 77"), PENDING("0F FC C1"),
    WAIT("D8 C1"), WAIT("D8 C9"), WAIT("D8 E1"), WAIT("D8 F1"), WAIT("D8 F9"), WAIT("D9 FA"),
    WAIT("D9 FC"), WAIT("DE F9"), WAIT("D9 C3"), WAIT("DD D9"), WAIT("D9 FD"), WAIT("D9 F8"),
};
/* clang-format on */

const struct group group_x87 = {"x87", x87_rows, ARRAY_SIZE(x87_rows)};

/* ---- transcendentals ---- */

static void magnitude(struct test *t, unsigned i, bool negative, int low, unsigned range)
{
    if (chance(t, 20))
        return; /* whatever operands() put there */
    f80_put(st_at(t, i), negative && rnd(t) & 1, (unsigned)(0x3fff + low + (int)below(t, range)),
            1ull << 63 | rnd64(t));
}

static void trans(struct test *t, const struct form *f)
{
    operands(t);
    x87_state(t, 10, 8);
    t->fsw_mask = (u16) ~(C0 | C2 | C3);
    switch (f->text[4]) {
    case '0': /* F2XM1: -1 .. 1 */
        magnitude(t, 0, true, -66, 66);
        break;
    case '1': /* FYL2X */
        magnitude(t, 0, false, chance(t, 50) ? -3 : -1000, chance(t, 50) ? 6 : 2000);
        magnitude(t, 1, true, -20, 40);
        break;
    case '9': /* FYL2XP1: |x| < 1 - sqrt(2)/2 */
        magnitude(t, 0, true, -60, 58);
        magnitude(t, 1, true, -20, 40);
        break;
    case '3': /* FPATAN */
        magnitude(t, 0, true, -40, 80);
        magnitude(t, 1, true, -40, 80);
        break;
    default: /* angles, up to where C2 says no */
        magnitude(t, 0, true, -40, chance(t, 20) ? 104 : 44);
        t->fsw_mask = (u16) ~(C0 | C3);
    }
}

/* clang-format off */
#define TRANS(text) {text, 0, trans, .weight = 4}
/* clang-format on */
static const struct form x87t_rows[] = {TRANS("D9 F0"), TRANS("D9 F1"), TRANS("D9 F2"),
                                        TRANS("D9 F3"), TRANS("D9 F9"), TRANS("D9 FB"),
                                        TRANS("D9 FE"), TRANS("D9 FF")};

const struct group group_x87t = {"x87t", x87t_rows, ARRAY_SIZE(x87t_rows)};
