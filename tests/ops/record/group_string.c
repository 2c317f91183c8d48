/*
 * group_string.c - string instructions: both directions, repeat prefixes, overlapping moves,
 * 16-bit addresses, segment overrides.
 */
#include "cpu/cpu.h"
#include "tests/ops/record/form.h"

#include <stdlib.h>
#include <string.h>

/* ES:EDI and DS:ESI; elements up to number `equal` agree, the next one does not. */
static void make_equal(struct test *t, u32 a, u32 b, unsigned n, int step, unsigned equal,
                       bool invert)
{
    unsigned bytes = n * (equal + 1);
    u8 block[64];
    for (unsigned i = 0; i < bytes; i++)
        block[i] = (u8)rnd(t);
    set_mem(t, step < 0 ? a - n * equal : a, block, bytes);
    if (invert) {
        for (unsigned i = 0; i < bytes; i++)
            block[i] ^= 0x5a;
    }
    /* The odd one out comes last in the direction of travel. */
    unsigned odd = step < 0 ? 0 : n * equal;
    block[odd] ^= 0x5a;
    set_mem(t, step < 0 ? b - n * equal : b, block, bytes);
}

static void string_setup(struct test *t, const struct form *f)
{
    static const u8 counts[] = {0, 1, 2, 3, 5, 8, 16, 21};
    size_t length = strlen(f->text);
    unsigned op = (unsigned)strtoul(f->text + length - 2, NULL, 16);
    bool repne = strstr(f->text, "F2") != NULL, rep = repne || strstr(f->text, "F3");
    unsigned n = !(op & 1) ? 1 : (strstr(f->text, "66") != NULL) != t->small ? 2 : 4;
    bool down = chance(t, 40), compare = (op & ~1u) == 0xa6, scan = (op & ~1u) == 0xae;
    int step = down ? -(int)n : (int)n;
    u32 count = rep ? RND_OF(t, counts) : rnd(t);
    u32 source = DATA_AT + 0x200 + below(t, 0x1600), target = DATA_AT + 0x2000 + below(t, 0x1c00);

    random_flags(t, down ? F_DF : 0);
    put_le32(t->state + 4 * EAX, (u32)int_value(t, 4));
    t->rep = rep;
    unsigned equal = below(t, 7);
    if (compare && rep) {
        make_equal(t, source, target, n, step, equal, repne);
    } else if (scan && rep) {
        for (unsigned i = repne ? equal : 0; i <= equal; i++)
            set_mem_int(t, target + (u32)(step * (int)i), get_reg(t, EAX) ^ (!repne && i == equal),
                        n);
    } else if (chance(t, 25)) { /* overlapping */
        target = source + below(t, 19) - 9;
    }
    if (chance(t, t->small ? 60 : 20)) { /* 16-bit addresses: both through FS's base */
        set_selector(t, SEG_ES, LDT_SEL(1));
        emit_address_size(t, 16);
        emit(t, 0x64);
        set_reg(t, ESI, (rnd(t) & 0xffff0000u) | (source - FS_BASE));
        set_reg(t, EDI, (rnd(t) & 0xffff0000u) | (target - FS_BASE));
        set_reg(t, ECX, rep ? (rnd(t) & 0xffff0000u) | count : count);
        return;
    }
    emit_address_size(t, 32);
    set_reg(t, EDI, target);
    set_reg(t, ECX, count);
    if (chance(t, 12) && source > GS_BASE) {
        emit(t, 0x65);
        source -= GS_BASE;
    } else if (chance(t, 12)) {
        emit(t, 0x36);
    }
    set_reg(t, ESI, source);
}

#define STRING(byte, wide)                                                                         \
    {byte, 0, string_setup}, {"66 " wide, 0, string_setup}, {wide, 0, string_setup},               \
        {"F3 " byte, 0, string_setup, .weight = 2}, {"66 F3 " wide, 0, string_setup, .weight = 2}, \
        {"F3 " wide, 0, string_setup, .weight = 2}, {"F2 " byte, 0, string_setup},                 \
        {"F2 66 " wide, 0, string_setup},                                                          \
    {                                                                                              \
        "F2 " wide, 0, string_setup                                                                \
    }

static const struct form rows[] = {
    STRING("A4", "A5"), STRING("A6", "A7"), STRING("AA", "AB"),
    STRING("AC", "AD"), STRING("AE", "AF"),
};

const struct group group_string = {"string", rows, ARRAY_SIZE(rows), false};
const struct group group_string16 = {"string16", rows, ARRAY_SIZE(rows), true};
