/*
 * operand.c - encodes a memory operand at a wanted address in every possible way: 16- and 32-bit
 * forms, SIB bytes, displacements of all sizes, segment prefixes. Registers that have no value yet
 * get one that makes the sum right.
 */
#include "cpu/cpu.h"
#include "tests/ops/record/case.h"

u32 data_address(struct test *t, unsigned size, unsigned align)
{
    u32 a = DATA_AT + 0x40 + below(t, 0x3e00);
    if (chance(t, 20)) /* across a page's end */
        a = DATA_AT + 0x1000 * (1 + below(t, 3)) - below(t, size + 1);
    else if (chance(t, 60))
        a &= ~(size >= 16 ? 15u : size - 1);
    return a & ~(align - 1);
}

static void put_disp(struct place *p, u32 disp, unsigned length)
{
    for (; length; length--, disp >>= 8)
        p->bytes[p->length++] = (u8)disp;
}

static void encode16(struct test *t, struct place *p, u16 offset)
{
    static const s8 base[8] = {EBX, EBX, EBP, EBP, -1, -1, EBP, EBX};
    static const s8 index[8] = {ESI, EDI, ESI, EDI, ESI, EDI, -1, -1};
    unsigned rm = below(t, 8), mod = below(t, 3);
    if (mod == 0 && rm == 6) { /* no registers */
        p->bytes[p->length++] = 6;
        put_disp(p, offset, 2);
        return;
    }
    u16 disp = mod == 0 ? 0 : mod == 1 ? (u16)(s8)rnd(t) : (u16)rnd(t), sum = 0;
    s8 regs[2] = {base[rm], index[rm]}, open = -1;
    for (unsigned i = 0; i < 2; i++) {
        if (regs[i] < 0)
            continue;
        if (open < 0 && !(t->fixed >> regs[i] & 1)) {
            open = regs[i];
            continue;
        }
        if (!(t->fixed >> regs[i] & 1))
            set_reg(t, (unsigned)regs[i], (u32)int_value(t, 4));
        sum += (u16)get_reg(t, (unsigned)regs[i]);
    }
    if (open >= 0) {
        set_reg(t, (unsigned)open, (u32)int_value(t, 2) << 16 | (u16)(offset - disp - sum));
    } else {
        mod = 2;
        disp = (u16)(offset - sum);
    }
    p->bytes[p->length++] = (u8)(mod << 6 | rm);
    put_disp(p, disp, mod);
}

static void encode32(struct test *t, struct place *p, u32 offset)
{
    bool sib = chance(t, 45);
    unsigned base = below(t, 8), index = ESP, scale = 0, mod = below(t, 3);
    u32 sum = 0;
    if (base == ESP)
        sib = true;
    if (sib) {
        index = below(t, 8);
        if (index != ESP) {
            scale = below(t, 4);
            if (!(t->fixed >> index & 1))
                set_reg(t, index, (u32)int_value(t, chance(t, 50) ? 1 : 4));
            sum = get_reg(t, index) << scale;
        }
    }
    u32 disp = mod == 0 ? 0 : mod == 1 ? (u32)(s32)(s8)rnd(t) : rnd(t);
    unsigned disp_length = mod == 0 ? 0 : mod == 1 ? 1 : 4;
    if (mod == 0 && base == EBP) { /* no base */
        disp = offset - sum;
        disp_length = 4;
    } else if (t->fixed >> base & 1) {
        mod = 2;
        disp_length = 4;
        disp = offset - sum - get_reg(t, base);
    } else {
        set_reg(t, base, offset - sum - disp);
    }
    p->bytes[p->length++] = (u8)(mod << 6 | (sib ? 4 : base));
    if (sib)
        p->bytes[p->length++] = (u8)(scale << 6 | index << 3 | base);
    put_disp(p, disp, disp_length);
}

void place_memory(struct test *t, struct place *p, u32 address)
{
    *p = (struct place){0};
    t->address = address;
    if (chance(t, t->small ? 60 : 12)) {
        if (!t->small)
            p->prefix[p->prefixes++] = 0x67;
        p->prefix[p->prefixes++] = 0x64;
        encode16(t, p, (u16)(address - FS_BASE));
        return;
    }
    unsigned how = below(t, 100);
    u32 base = 0;
    if (t->small)
        p->prefix[p->prefixes++] = 0x67;
    if (how < 8) {
        static const u8 flat[] = {0x26, 0x36, 0x3e};
        p->prefix[p->prefixes++] = RND_OF(t, flat);
    } else if (how < 14) {
        p->prefix[p->prefixes++] = 0x64;
        base = FS_BASE;
    } else if (how < 18 && address >= GS_BASE) {
        p->prefix[p->prefixes++] = 0x65;
        base = GS_BASE;
    } else if (how < 20) {
        p->prefix[p->prefixes++] = 0x2e; /* a store through CS faults */
    }
    encode32(t, p, address - base);
}

void place_lea(struct test *t, struct place *p)
{
    *p = (struct place){0};
    bool narrow = chance(t, 35);
    if (narrow != t->small)
        p->prefix[p->prefixes++] = 0x67;
    if (narrow) {
        encode16(t, p, (u16)int_value(t, 2));
    } else {
        encode32(t, p, (u32)int_value(t, 4));
    }
}

void place_register(struct place *p, unsigned reg)
{
    *p = (struct place){.length = 1};
    p->bytes[0] = (u8)(0xc0 | reg);
}
