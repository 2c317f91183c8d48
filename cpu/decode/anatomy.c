/* anatomy.c - see anatomy.h. */
#include "cpu/decode/anatomy.h"

#include "cpu/decode/query.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const gpr32[8] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
static const char *const gpr8[8] = {"AL", "CL", "DL", "BL", "AH", "CH", "DH", "BH"};
static const char *const segments[8] = {"ES", "CS", "SS", "DS", "FS", "GS", "?", "?"};

/* What is being taken apart. */
struct cut {
    const u8 *p;
    const struct op *o;
    const struct opdef *r;
    struct anatomy *out;
    unsigned at;
    u32 mode, eip;
};

static struct anatomy_part *part(struct cut *k, enum part_role role, unsigned len)
{
    if (k->at + len > k->o->len) /* of what was not fetched: an undefined form */
        len = k->o->len - k->at;
    if (!len || k->out->parts == ANATOMY_PARTS)
        return NULL;
    struct anatomy_part *x = &k->out->part[k->out->parts++];
    *x = (struct anatomy_part){.at = (u8)k->at, .len = (u8)len, .role = (u8)role};
    k->at += len;
    return x;
}

static void say(struct anatomy_part *x, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(struct anatomy_part *x, const char *fmt, ...)
{
    size_t used = x ? strlen(x->meaning) : 0;
    va_list args;
    va_start(args, fmt);
    if (x)
        vsnprintf(x->meaning + used, sizeof(x->meaning) - used, fmt, args);
    va_end(args);
}

static u32 number(const struct cut *k, unsigned at, unsigned len)
{
    u32 v = 0;
    for (unsigned i = 0; i < len; i++)
        v |= (u32)k->p[at + i] << (8 * i);
    return v;
}

/* ---- prefixes ---- */

static bool is_prefix(u8 byte)
{
    switch (byte) {
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
    case 0x66:
    case 0x67:
    case 0xf0:
    case 0xf2:
    case 0xf3:
        return true;
    default:
        return false;
    }
}

static bool touches_memory(const struct cut *k)
{
    const u8 *kind = k->r->operand;
    return (k->o->flags & OPF_MEM) || op_operation(k->o) == I_xlat ||
           kind_among(kind[0], KIND(Xb) | KIND(Xv)) || kind_among(kind[1], KIND(Xb) | KIND(Xv));
}

static void segment_prefix(struct cut *k, struct anatomy_part *x, unsigned seg)
{
    say(x, "segment override: memory is addressed through %s", segments[seg]);
    if (!touches_memory(k))
        say(x, "; without effect here, there is no memory operand");
    else if (k->o->seg != seg)
        say(x, "; another one behind it counts");
}

static void repeat_prefix(struct cut *k, struct anatomy_part *x, u8 byte)
{
    bool last = k->o->flags & (byte == 0xf3 ? OPF_REP : OPF_REPNE);
    bool compares = op_operation(k->o) == I_cmps || op_operation(k->o) == I_scas;
    const char *count = k->o->flags & OPF_A16 ? "CX" : "ECX";
    if ((k->r->attr & A_PFX) && k->r->pfx == (byte == 0xf3 ? PF3 : PF2))
        say(x, "chooses the instruction, together with the opcode (a mandatory prefix)");
    else if (!(k->r->attr & A_REP))
        say(x, "%s: without effect here, this is no string instruction",
            byte == 0xf3 ? "REP" : "REPNE");
    else if (!last)
        say(x, "another repeat prefix behind it counts");
    else if (compares)
        say(x, "%s: again while %s is not 0 and the last comparison said %s",
            byte == 0xf3 ? "REPE" : "REPNE", count, byte == 0xf3 ? "equal" : "not equal");
    else
        say(x, "REP: again until %s is 0", count);
}

static void size_prefix(struct cut *k, struct anatomy_part *x)
{
    bool wide = k->mode & MODE_CS32;
    if ((k->r->attr & A_PFX) && k->r->pfx == P66)
        say(x, "chooses the instruction, together with the opcode (a mandatory prefix)");
    else
        say(x, "operand size: %u bits instead of the code segment's %u", wide ? 16 : 32,
            wide ? 32 : 16);
}

static void prefixes(struct cut *k)
{
    while (k->at < k->o->len && is_prefix(k->p[k->at])) {
        u8 byte = k->p[k->at];
        struct anatomy_part *x = part(k, PART_PREFIX, 1);
        bool wide = k->mode & MODE_CS32;
        if (byte == 0x66)
            size_prefix(k, x);
        else if (byte == 0x67)
            say(x, "address size: %u bits instead of the code segment's %u", wide ? 16 : 32,
                wide ? 32 : 16);
        else if (byte == 0xf0)
            say(x, "LOCK: nobody else gets the bus between reading and writing");
        else if (byte >= 0xf2)
            repeat_prefix(k, x, byte);
        else
            segment_prefix(k, x, byte == 0x64 ? SEG_FS : byte == 0x65 ? SEG_GS : byte >> 3 & 3u);
    }
}

/* ---- opcode ---- */

static const char *general(const struct cut *k, unsigned n, bool byte)
{
    return byte ? gpr8[n] : gpr32[n] + (k->o->flags & OPF_O16 ? 1 : 0);
}

/* The register of an operand of this kind whose number is n. */
static void say_register(const struct cut *k, struct anatomy_part *x, u8 kind, unsigned n)
{
    if (kind_among(kind, KIND(Eb) | KIND(Gb) | KIND(Mb) | KIND(Zb)))
        say(x, "%s", gpr8[n]);
    else if (kind_among(kind, KIND(Ew) | KIND(Gw)))
        say(x, "%s", gpr32[n] + 1);
    else if (kind_among(kind, KIND(Ed) | KIND(EdMw) | KIND(Gd) | KIND(Rd)))
        say(x, "%s", gpr32[n]);
    else if (kind_among(kind, KINDS_RM_GPR | KINDS_REG_GPR | KIND(Zv)))
        say(x, "%s", general(k, n, false));
    else if (kind_among(kind, KINDS_RM_MMX | KIND(Nq) | KIND(Pq)))
        say(x, "MM%u", n);
    else if (kind_among(kind, KINDS_RM_XMM | KIND(Ux) | KIND(Vx)))
        say(x, "XMM%u", n);
    else if (kind == STi)
        say(x, "ST(%u)", n);
    else if (kind == Sw)
        say(x, "%s", segments[n]);
    else if (kind == Cd || kind == Dd || kind == Td)
        say(x, "%cR%u", kind == Cd ? 'C' : kind == Dd ? 'D' : 'T', n);
    else
        say(x, "number %u", n);
}

static void opcode(struct cut *k)
{
    static const char *const why[] = {"no processor of ours has it", "this model does not have it",
                                      "LOCK before what cannot be locked",
                                      "not in real and virtual-8086 mode"};
    enum { WHY_MASK = (1 << UD_ROW_SHIFT) - 1 };
    const struct opdef *r = k->r;
    if (k->at < k->o->len && k->p[k->at] == 0x0f) {
        struct anatomy_part *x = part(k, PART_ESCAPE, 1);
        say(x, "escape: the next byte is an opcode of the second map");
    }
    u8 byte = k->at < k->o->len ? k->p[k->at] : 0;
    struct anatomy_part *x = part(k, PART_OPCODE, 1);
    if (op_operation(k->o) == I_too_long) {
        say(x, "no instruction: it would have more than %u bytes", DECODE_MAX);
        return;
    }
    if (op_operation(k->o) == I_undefined) {
        unsigned n = k->o->imm & WHY_MASK;
        say(x, "undefined (#UD): %s", n < ARRAY_SIZE(why) ? why[n] : why[0]);
        return;
    }
    say(x, "%s", row_operation(r)->text);
    for (unsigned i = 0; i < row_operands(r); i++)
        say(x, "%s%s", i ? ", " : " ", operand_kind_name(r->operand[i]));
    if (r->ext >= 0)
        say(x, " (with /%d in the ModR/M byte)", r->ext);
    int cc = op_condition(k->o);
    if (cc >= 0)
        say(x, "; condition %X: %s", (unsigned)cc, condition_words((unsigned)cc));
    for (unsigned i = 0; i < row_operands(r); i++) {
        if (r->operand[i] == Zb || r->operand[i] == Zv) {
            say(x, "; bits 2-0 are %u: ", byte & 7u);
            say_register(k, x, r->operand[i], byte & 7);
        }
    }
}

/* ---- ModR/M and what follows from it ---- */

static u8 kind_of(const struct opdef *r, u64 kinds)
{
    for (unsigned i = 0; i < 3; i++)
        if (r->operand[i] != ND && kind_among(r->operand[i], kinds))
            return r->operand[i];
    return ND;
}

#define KINDS_RM                                                                                   \
    (KINDS_RM_GPR | KINDS_RM_SIMD | KINDS_RM_MEMORY | KIND(Rd) | KIND(STi) | KIND(Nq) | KIND(Ux))
#define KINDS_REG (KINDS_REG_GPR | KIND(Sw) | KIND(Cd) | KIND(Dd) | KIND(Td) | KIND(Pq) | KIND(Vx))

static void say_address(struct anatomy_part *x, bool a16, unsigned mod, unsigned rm)
{
    static const char *const pairs[] = {"BX + SI", "BX + DI", "BP + SI", "BP + DI",
                                        "SI",      "DI",      "BP",      "BX"};
    if (a16 && !(mod == 0 && rm == 6))
        say(x, "[%s%s]", pairs[rm], mod ? " + displacement" : "");
    else if (!a16 && rm == 4)
        say(x, "a SIB byte follows");
    else if (!a16 && !(mod == 0 && rm == 5))
        say(x, "[%s%s]", gpr32[rm], mod ? " + displacement" : "");
    else
        say(x, "an address alone, without a register");
}

static void modrm(struct cut *k)
{
    const struct op *o = k->o;
    unsigned mod = o->modrm >> 6, reg = o->modrm >> 3 & 7, rm = o->modrm & 7;
    bool a16 = o->flags & OPF_A16, wide = !a16 && rm == 4;
    struct anatomy_part *x = part(k, PART_MODRM, 1);
    u8 kind = kind_of(k->r, KINDS_REG);
    say(x, "mod %u%u: %s; reg %u: ", mod >> 1, mod & 1,
        mod == 3   ? "a register"
        : mod == 1 ? "memory, displacement of 8 bits"
        : mod == 2 ? a16 ? "memory, displacement of 16 bits" : "memory, displacement of 32 bits"
        : !wide && rm == (a16 ? 6u : 5u) ? "memory, the address follows"
                                         : "memory",
        reg);
    if (k->r->ext >= 0)
        say(x, "chooses %s in the opcode's group", row_operation(k->r)->text);
    else if (kind != ND)
        say_register(k, x, kind, reg);
    else
        say(x, "not used");
    say(x, "; r/m %u: ", rm);
    if (mod < 3)
        say_address(x, a16, mod, rm);
    else if (k->r->rm >= 0)
        say(x, "chooses %s", row_operation(k->r)->text);
    else
        say_register(k, x, kind_of(k->r, KINDS_RM), rm);
    if (mod == 3 || (k->r->operand[0] == Rd || k->r->operand[1] == Rd))
        return;
    if (wide) {
        u8 sib = k->at < o->len ? k->p[k->at] : 0;
        x = part(k, PART_SIB, 1);
        say(x, "base %u: ", sib & 7u);
        if ((sib & 7) == EBP && mod == 0)
            say(x, "none, an address follows");
        else
            say(x, "%s", gpr32[sib & 7]);
        if ((sib >> 3 & 7) == ESP)
            say(x, "; index 4: none");
        else
            say(x, "; index %u: %s, times %u", sib >> 3 & 7u, gpr32[sib >> 3 & 7],
                1u << (sib >> 6));
        wide = mod == 0 && (sib & 7) == EBP;
    } else {
        wide = mod == 0 && rm == (a16 ? 6u : 5u);
    }
    unsigned len = mod == 1 ? 1 : mod == 2 || wide ? a16 ? 2 : 4 : 0;
    if (!len)
        return;
    x = part(k, PART_DISPLACEMENT, len);
    if (wide)
        say(x, "the address %0*x in %s", (int)(2 * len), o->disp, segments[o->seg]);
    else
        say(x, "%+d, added to the address in %s", len == 2 ? (s16)o->disp : (s32)o->disp,
            segments[o->seg]);
}

/* ---- immediates ---- */

static void jump(struct cut *k, struct anatomy_part *x, unsigned len)
{
    s32 distance = len == 1   ? (s8)number(k, k->at - 1, 1)
                   : len == 2 ? (s16)number(k, k->at - 2, 2)
                              : (s32)number(k, k->at - 4, 4);
    u32 target = (k->eip + k->o->len + (u32)distance) & (k->o->flags & OPF_O16 ? 0xffff : ~0u);
    say(x, "%+d bytes from the next instruction: to %0*x", distance, k->o->flags & OPF_O16 ? 4 : 8,
        target);
}

static void immediate(struct cut *k, u8 kind)
{
    unsigned wide = k->o->flags & OPF_O16 ? 2 : 4;
    struct anatomy_part *x;
    switch (kind) {
    case Ib:
    case Iw:
    case Id:
    case Iz: {
        unsigned len = kind == Ib ? 1 : kind == Iw ? 2 : kind == Id ? 4 : wide;
        u32 v = number(k, k->at, len);
        x = part(k, PART_IMMEDIATE, len);
        say(x, "the number %u (%xh)", v, v);
        break;
    }
    case Ibs:
        x = part(k, PART_IMMEDIATE, 1);
        say(x, "the number %d, with its sign extended to %u bits", (s8)k->p[k->at - 1], 8 * wide);
        break;
    case Iwb:
        x = part(k, PART_IMMEDIATE, 2);
        say(x, "%u bytes of room on the stack", k->o->imm & 0xffff);
        x = part(k, PART_IMMEDIATE, 1);
        say(x, "nesting level %u", k->o->imm >> 16 & 31);
        break;
    case Jb:
        jump(k, part(k, PART_IMMEDIATE, 1), 1);
        break;
    case Jz:
        jump(k, part(k, PART_IMMEDIATE, wide), wide);
        break;
    case Ap:
        x = part(k, PART_IMMEDIATE, wide);
        say(x, "offset %0*x", (int)(2 * wide), k->o->imm);
        x = part(k, PART_IMMEDIATE, 2);
        say(x, "selector %04x", k->o->disp & 0xffff);
        break;
    case Ob:
    case Ov:
        x = part(k, PART_DISPLACEMENT, k->o->flags & OPF_A16 ? 2 : 4);
        say(x, "the address %0*x in %s", k->o->flags & OPF_A16 ? 4 : 8, k->o->disp,
            segments[k->o->seg]);
        break;
    default:
        break;
    }
}

/* ---- all of it ---- */

const char *part_role_name(enum part_role role)
{
    static const char *const names[PART_ROLES] = {"prefix", "escape",       "opcode",   "ModRM",
                                                  "SIB",    "displacement", "immediate"};
    return role < PART_ROLES ? names[role] : "";
}

void anatomy(const u8 *bytes, const struct op *o, u32 mode, u32 eip, struct anatomy *out)
{
    struct cut k = {.p = bytes, .o = o, .r = op_row(o), .out = out, .mode = mode, .eip = eip};
    out->parts = 0;
    prefixes(&k);
    opcode(&k);
    if (k.r->map <= 1) {
        if (row_has_modrm(k.r))
            modrm(&k);
        for (unsigned i = 0; i < row_operands(k.r); i++)
            immediate(&k, k.r->operand[i]);
    }
    struct anatomy_part *rest = part(&k, PART_OPCODE, (unsigned)o->len - k.at);
    say(rest, "not looked at");
}
