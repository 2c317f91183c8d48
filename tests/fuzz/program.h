/*
 * program.h - programs of instructions at random: numbers that lie near an end, pointers that
 * mostly lead into data, a row of the opcode map with operands.
 */
#ifndef FERRITE_FUZZ_PROGRAM_H
#define FERRITE_FUZZ_PROGRAM_H

#include "cpu/cpu.h"
#include "cpu/decode/query.h"
#include "tests/ops/immediate.h"

struct gen {
    u64 state;
    u8 *code;
    u32 at;
    bool code16, real;                /* code of 16 bits; in real mode */
    unsigned others;                  /* so many of a hundred that are not plain are taken */
    u32 data, program, program_bytes; /* what pointers of 32 bits lead to */
    void (*far_pointer)(struct gen *g, unsigned bytes); /* into the program */
};

static inline u32 any(struct gen *g)
{
    g->state = g->state * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(g->state >> 33);
}

static inline bool chance(struct gen *g, unsigned percent)
{
    return any(g) % 100 < percent;
}

static inline void put(struct gen *g, u32 v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        g->code[g->at++] = (u8)(v >> (8 * i));
}

/*
 * An address: data mostly, sometimes a page's end, the program, or nowhere. Where addresses begin
 * and end, sums of a register and a displacement wrap; there is memory.
 */
static inline u32 pointer(struct gen *g)
{
    u32 where = any(g) % 100;
    if (g->code16) /* offsets: FS is the program's segment, and the index wraps */
        return where < 65   ? any(g) % 0x3000
               : where < 75 ? any(g) % 64
               : where < 83 ? 0u - any(g) % 48
               : where < 92 ? 0x1000 * (any(g) & 3) - any(g) % 4
                            : any(g);
    if (where < 55)
        return g->data + any(g) % 0x3000;
    if (where < 65)
        return any(g) % 64;
    if (where < 73)
        return 0u - any(g) % 48;
    if (where < 85)
        return g->data + 0x1000 * (1 + any(g) % 3) - any(g) % 8;
    if (where < 93)
        return g->program + any(g) % g->program_bytes;
    return any(g);
}

static inline u32 number(struct gen *g)
{
    static const u32 edges[] = {0,      1,          2,          0x7f,       0x80, 0xff, 0x7fff,
                                0x8000, 0x7fffffff, 0x80000000, 0xffffffff, 31,   32};
    u32 how = any(g) % 3;
    return how == 0 ? edges[any(g) % ARRAY_SIZE(edges)] : how == 1 ? any(g) % 40 : any(g);
}

/* What to compute with: also control words, and what is special as a float or a half of a double.
 */
static inline u32 datum(struct gen *g)
{
    static const u32 edges[] = {0x0000037f, 0x0c7f027f, 0x007f0b7f, 0x00001f80, 0x00005fbf,
                                0x0000ffc0, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000,
                                0x7fc00000, 0x7f800001, 0x00000001, 0x80000000, 0x007fffff,
                                0x3ff00000, 0x7ff00000, 0xfff80000, 0x000fffff, 0x4b000001};
    return chance(g, 40) ? edges[any(g) % ARRAY_SIZE(edges)] : any(g);
}

static inline void memory16(struct gen *g, unsigned reg)
{
    if (chance(g, 30)) { /* [disp16] */
        put(g, reg << 3 | 6, 1);
        put(g, pointer(g), 2);
    } else if (chance(g, 80)) {
        put(g, 0x40 | reg << 3 | any(g) % 8, 1);
        put(g, any(g), 1);
    } else {
        put(g, 0x80 | reg << 3 | any(g) % 8, 1);
        put(g, pointer(g), 2);
    }
}

static inline void modrm(struct gen *g, const struct opdef *r, bool a16)
{
    unsigned reg = r->ext >= 0 ? (unsigned)r->ext : any(g) % 8;
    bool memory = (r->attr & A_MEM) || (!(r->attr & A_REG) && chance(g, 45));
    if (r->operand[0] == Sw || r->operand[1] == Sw)
        reg = any(g) % 6;
    if (!memory) {
        put(g, 0xc0 | reg << 3 | any(g) % 8, 1);
    } else if (a16) {
        memory16(g, reg);
    } else if (chance(g, 30)) { /* [disp32] */
        put(g, reg << 3 | 5, 1);
        put(g, pointer(g), 4);
    } else if (chance(g, 40)) { /* SIB with disp8 */
        put(g, 0x44 | reg << 3, 1);
        put(g, (any(g) & 0xc0) | any(g) % 64, 1);
        put(g, any(g), 1);
    } else {
        unsigned base = any(g) % 8;
        base = base == ESP ? EBX : base;
        put(g, 0x40 | reg << 3 | base, 1);
        put(g, any(g), 1);
    }
}

/* An instruction of this row, with prefixes and operands. */
static inline void row(struct gen *g, const struct opdef *r)
{
    bool o16 = g->code16, a16 = o16;
    if (!(r->attr & A_PFX) && chance(g, r->attr & A_END ? 2 : 12)) {
        put(g, 0x66, 1);
        o16 = !o16;
    }
    if (chance(g, 8))
        put(g, any(g) & 1 ? 0x64 : 0x3e, 1);
    if ((r->attr & A_REP) && chance(g, 50))
        put(g, 0xf3, 1);
    if (r->attr & A_PFX && r->pfx)
        put(g, r->pfx == P66 ? 0x66 : r->pfx == PF3 ? 0xf3 : 0xf2, 1);
    if (chance(g, !(r->attr & A_END) && g->code16 ? 15 : 2)) {
        put(g, 0x67, 1);
        a16 = !a16;
    }
    if (r->map)
        put(g, 0x0f, 1);
    put(g, r->opcode, 1);
    if (r->rm >= 0)
        put(g, 0xc0u | (unsigned)(r->ext < 0 ? 0 : r->ext) << 3 | (unsigned)r->rm, 1);
    else if (row_has_modrm(r))
        modrm(g, r, a16);
    for (unsigned i = 0; i < 3; i++) {
        u8 kind = r->operand[i];
        unsigned n = immediate_bytes(kind, o16, a16);
        if (kind == Jb)
            put(g, (u32)(s32)(s8)(any(g) % 60 - 25), 1);
        else if (kind == Jz)
            put(g, any(g) % 400 - 200, n);
        else if (kind_among(kind, KINDS_MOFFS))
            put(g, pointer(g), n);
        else if (kind == Ap)
            g->far_pointer(g, o16 ? 2 : 4);
        else if (n)
            put(g, number(g), n);
    }
}

#endif
