/*
 * group_ud.c - opcodes at random, of which only those are kept that are undefined (#UD) on this
 * processor: what a current processor has not, no older one has.
 */
#include "cpu/cpu.h"
#include "tests/ops/record/form.h"

/* System calls would leave the vector; VMCALL and its neighbours belong to somebody else. */
static bool leave_out(u8 op, bool two_bytes)
{
    return two_bytes ? op == 0x05 || op == 0x34 || op == 0x01 : op == 0xcd || op == 0x0f;
}

static void random_opcode(struct test *t, const struct form *f)
{
    static const u8 prefix[] = {0x66, 0x66, 0xf2, 0xf3, 0xf0, 0x2e, 0x64, 0x67};
    bool two_bytes = f->name[3] == '0';
    u8 op;
    for (unsigned r = 0; r < 8; r++)
        set_reg(t, r, r == ESP ? STACK_AT + 0x800 : DATA_AT + 0x1000 + 0x100 * r);
    for (unsigned n = below(t, 3); n; n--)
        emit(t, RND_OF(t, prefix));
    if (two_bytes)
        emit(t, 0x0f);
    do
        op = (u8)rnd(t);
    while (leave_out(op, two_bytes));
    emit(t, op);
    emit(t, (u8)rnd(t));
    for (unsigned i = 0; i < 5; i++)
        emit(t, (u8)below(t, 0x40));
}

static const struct form rows[] = {
    {"", 0, random_opcode, .name = "ud.1", .weight = 200},
    {"", 0, random_opcode, .name = "ud.0F", .weight = 200},
};

const struct group group_ud = {"ud", rows, ARRAY_SIZE(rows), false};
