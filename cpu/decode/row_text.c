/*
 * row_text.c - what stands in ops.def, as text and in words, for who looks at an instruction. The
 * text is made of the rows themselves.
 */
#include "cpu/decode/anatomy.h"

#include <stdio.h>
#include <string.h>

struct row_source {
    const char *text, *file;
    unsigned line;
};

/* clang-format off */
static const struct row_source sources[] = {
#define ROW(map, opcode, ext, rm, pfx, name, a, b, c, feature, attr, flr, flw, f8, f16, f32, fam)  \
    {"ROW(" #map ", " #opcode ", " #ext ", " #rm ", " #pfx ", " #name ", " #a ", " #b ", " #c ", "      \
     #feature ", " #attr ", " #flr ", " #flw,                                                      \
     __FILE__, __LINE__},
#include "cpu/decode/ops.def"
#undef ROW
};
/* clang-format on */

const char *row_text(unsigned row)
{
    return row < ARRAY_SIZE(sources) ? sources[row].text : "";
}

void row_place(unsigned row, char *out, size_t size)
{
    const char *file = row < ARRAY_SIZE(sources) ? strstr(sources[row].file, "cpu/decode/") : NULL;
    if (size)
        out[0] = 0;
    if (file)
        snprintf(out, size, "%s:%u", file, sources[row].line);
}

/* In the order of enum operand. */
static const struct {
    const char *name, *words;
} kinds[] = {
    {"", "none"},
    {"Eb", "r/m, 8 bits: a general register or memory"},
    {"Ew", "r/m, 16 bits: a general register or memory"},
    {"Ed", "r/m, 32 bits: a general register or memory"},
    {"Ev", "r/m, 16 or 32 bits: a general register or memory"},
    {"EvMw", "r/m: a whole general register, or 16 bits of memory"},
    {"EdMw", "r/m: a general register of 32 bits, or 16 bits of memory"},
    {"Gb", "reg, 8 bits: a general register"},
    {"Gw", "reg, 16 bits: a general register"},
    {"Gd", "reg, 32 bits: a general register"},
    {"Gv", "reg, 16 or 32 bits: a general register"},
    {"Ib", "an immediate byte"},
    {"Iw", "an immediate of 16 bits"},
    {"Id", "an immediate of 32 bits"},
    {"Iz", "an immediate of 16 or 32 bits, by the operand size"},
    {"Ibs", "an immediate byte whose sign is extended to the operand size"},
    {"Jb", "the distance of a jump, 8 bits"},
    {"Jz", "the distance of a jump, 16 or 32 bits"},
    {"Ap", "a far address: offset, then selector"},
    {"Iwb", "ENTER's size and nesting level"},
    {"Ob", "a byte of memory, its address in the instruction"},
    {"Ov", "16 or 32 bits of memory, their address in the instruction"},
    {"Zb", "a byte register by bits 2-0 of the opcode"},
    {"Zv", "a general register by bits 2-0 of the opcode"},
    {"M", "memory"},
    {"Mb", "memory, 8 bits"},
    {"Mw", "memory, 16 bits"},
    {"Md", "memory, 32 bits"},
    {"Mq", "memory, 64 bits"},
    {"Mt", "memory, 80 bits"},
    {"Mdq", "memory, 128 bits"},
    {"Mp", "memory: a far address"},
    {"Ma", "memory: a pair of bounds"},
    {"Sw", "reg: a segment register"},
    {"Rd", "r/m: a general register, whatever mod says"},
    {"Cd", "reg: a control register"},
    {"Dd", "reg: a debug register"},
    {"Td", "reg: a test register"},
    {"ALb", "AL"},
    {"AXw", "AX"},
    {"eAX", "AX or EAX"},
    {"ONE", "the number 1, which takes no byte"},
    {"CLb", "CL"},
    {"DXw", "DX"},
    {"ST0", "ST(0)"},
    {"STi", "r/m: ST(i)"},
    {"Pq", "reg: an MMX register"},
    {"Qq", "r/m: an MMX register, or 64 bits of memory"},
    {"Qd", "r/m: an MMX register, or 32 bits of memory"},
    {"Nq", "r/m: an MMX register"},
    {"Vx", "reg: an XMM register"},
    {"Wx", "r/m: an XMM register or memory"},
    {"Ux", "r/m: an XMM register"},
    {"Xb", "the byte at DS:SI (DS:ESI)"},
    {"Xv", "16 or 32 bits at DS:SI (DS:ESI)"},
    {"Yb", "the byte at ES:DI (ES:EDI)"},
    {"Yv", "16 or 32 bits at ES:DI (ES:EDI)"},
    {"ES", "ES"},
    {"CS", "CS"},
    {"SS", "SS"},
    {"DS", "DS"},
    {"FS", "FS"},
    {"GS", "GS"},
};
_Static_assert(ARRAY_SIZE(kinds) == GS_ + 1, "a line for each kind");

const char *operand_kind_name(u8 kind)
{
    return kind < ARRAY_SIZE(kinds) ? kinds[kind].name : "";
}

const char *operand_kind_words(u8 kind)
{
    return kind < ARRAY_SIZE(kinds) ? kinds[kind].words : "";
}
