/*
 * case.c - see case.h: the common initial state, and setting parts of it.
 */
#include "tests/ops/record/case.h"

#include <assert.h>
#include <string.h>

const struct cvec_region record_regions[4] = {
    {CODE_AT, CODE_LEN, 1, 7},
    {DATA_AT, DATA_LEN, 2, 3},
    {STACK_AT, STACK_LEN, 2, 3},
    {CONST_AT, CONST_LEN, 2, 1},
};

/* Limit in bytes or pages, base, access byte, G and D/B bits. */
/* clang-format off */
#define DESC(limit, base, access, gd)                                                           \
    {                                                                                           \
        (limit) & 255, (limit) >> 8 & 255, (base) & 255, (base) >> 8 & 255, (base) >> 16 & 255, \
            (access), ((limit) >> 16 & 15) | (gd) << 4, (base) >> 24 & 255                      \
    }
enum { BIG = 4, PAGES = 8, RW = 0xf3, RO = 0xf1, DOWN = 0xf7, DOWN_RO = 0xf5, RX = 0xfb, XO = 0xf9,
       ABSENT_RW = 0x73, ABSENT_RX = 0x7b };
/* clang-format on */

/* Bit 0 of the flags nibble is the AVL bit: Linux sets it in every descriptor it installs. */
const u8 record_ldt[LDT_COUNT][8] = {
    [1] = DESC(0xfffff, FS_BASE, RW, PAGES | BIG | 1),
    [2] = DESC(0xfffff, GS_BASE, RW, PAGES | BIG | 1),
    [3] = DESC(0x7ff, DATA_AT, RW, BIG | 1),
    [4] = DESC(0xfff, DATA_AT, DOWN, BIG | 1),
    [5] = DESC(0xfff, DATA_AT, DOWN, 1),
    [6] = DESC(0x3fff, DATA_AT, RO, BIG | 1),
    [7] = DESC(0x3fff, DATA_AT, RW, 1),
    [8] = DESC(0x3fff, DATA_AT, ABSENT_RW, BIG | 1),
    [9] = DESC(0x1fff, CODE_AT, RX, BIG | 1),
    [10] = DESC(0x1fff, CODE_AT, XO, BIG | 1),
    [11] = DESC(0x1fff, CODE_AT, RX, 1),
    [12] = DESC(0x1fff, CODE_AT, ABSENT_RX, BIG | 1),
    [13] = DESC(0x2, DATA_AT, RW, PAGES | BIG | 1),
    [14] = DESC(0x3fff, DATA_AT, DOWN_RO, BIG | 1),
};

void test_default_state(u8 *s)
{
    static const u32 gpr[8] = {0x01020304,       0x12131415,       0x23242526,
                               0x34353637,       STACK_AT + 0x800, DATA_AT + 0x800,
                               DATA_AT + 0x1000, DATA_AT + 0x2000};
    static const u16 seg[6] = {FLAT_DATA, FLAT_CODE, FLAT_DATA, FLAT_DATA, LDT_SEL(1), LDT_SEL(2)};
    memset(s, 0, CVEC_STATE);
    for (unsigned i = 0; i < 8; i++)
        put_le32(s + 4 * i, gpr[i]);
    put_le32(s + CVEC_EIP, CODE_AT + 0x400);
    put_le32(s + CVEC_EFLAGS, 0x202);
    for (unsigned i = 0; i < 6; i++)
        put_le16(s + CVEC_SEG + 2 * i, seg[i]);
    u8 *fx = s + CVEC_FX;
    put_le16(fx, 0x37f);
    fx[4] = 0xff;
    put_le32(fx + 24, 0x1f80);
    for (unsigned i = 0; i < 8; i++) {
        f80_put(fx + 32 + 16 * i, i & 1, 0x3fff + i, 0x8000000000000000u + i * 0x0fedcba987654321u);
        for (unsigned k = 0; k < 16; k++)
            fx[160 + 16 * i + k] = (u8)(16 * i + k);
    }
}

void test_begin(struct test *t, const char *form, u32 seed, unsigned number)
{
    memset(t, 0, sizeof(*t));
    t->random = 0xcbf29ce484222325u; /* FNV-1a */
    for (const char *p = form; *p; p++)
        t->random = (t->random ^ (u8)*p) * 0x100000001b3u;
    t->random = (t->random ^ seed) * 0x100000001b3u;
    t->random = (t->random ^ number) * 0x100000001b3u;
    test_default_state(t->state);
    t->eflags_mask = EFLAGS_SEEN;
    t->fsw_mask = 0xffff;
    t->operand_size = 4;
    random_flags(t, 0);
}

void random_flags(struct test *t, u32 set)
{
    put_le32(t->state + CVEC_EFLAGS, 0x202 | (rnd(t) & F_STATUS) | set);
}

void set_reg(struct test *t, unsigned reg, u32 value)
{
    put_le32(t->state + 4 * reg, value);
    t->fixed |= 1u << reg;
}

void set_reg8(struct test *t, unsigned reg, u8 value)
{
    t->state[4 * (reg & 3) + (reg >> 2)] = value;
    t->fixed |= 1u << (reg & 3);
}

u32 get_reg(const struct test *t, unsigned reg)
{
    return get_le32(t->state + 4 * reg);
}

void set_selector(struct test *t, unsigned seg, u16 selector)
{
    put_le16(t->state + CVEC_SEG + 2 * seg, selector);
}

void set_mem(struct test *t, u32 at, const void *bytes, unsigned length)
{
    const u8 *from = bytes;
    while (length) {
        unsigned n = length < 250 ? length : 250;
        assert(t->runs < TEST_RUNS);
        t->run[t->runs].at = at;
        t->run[t->runs].length = (u8)n;
        memcpy(t->run[t->runs].byte, from, n);
        t->runs++;
        at += n, from += n, length -= n;
    }
}

void set_mem_int(struct test *t, u32 at, u64 value, unsigned length)
{
    u8 b[8];
    put_le64(b, value);
    set_mem(t, at, b, length);
}

void ignore_mem(struct test *t, u32 at, unsigned length)
{
    assert(t->ignored < TEST_IGNORED && length < 256);
    t->ignore[t->ignored].at = at;
    t->ignore[t->ignored++].length = (u8)length;
}

void emit(struct test *t, u8 byte)
{
    assert(t->length < sizeof(t->code));
    t->code[t->length++] = byte;
}

void emit_address_size(struct test *t, unsigned bits)
{
    if ((bits == 16) != t->small)
        emit(t, 0x67);
}

void emit_int(struct test *t, u64 value, unsigned length)
{
    for (; length; length--, value >>= 8)
        emit(t, (u8)value);
}
