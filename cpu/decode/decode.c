/*
 * decode.c - the decoder: prefixes, opcode, ModR/M, SIB, displacement, immediates. SDM vol. 2,
 * chapter 2. All knowledge about single instructions is in ops.def.
 */
#include "cpu/decode/decode.h"

#include "cpu/decode/models.h"
#include "cpu/decode/query.h"

#include <stdlib.h>
#include <string.h>

#define DEF_UNDEFINED (opdef_count - 2)
#define DEF_TOO_LONG (opdef_count - 1)

/* ---- the table of a model ---- */

struct decoder *decoder_new(const struct cpu_model *model)
{
    struct decoder *d = calloc(1, sizeof *d);
    size_t total = 2 * 256 * 8; /* end marks */
    if (!d)
        return NULL;
    u16(*count)[256][8] = calloc(2, sizeof *count);
    for (unsigned i = 0; i < opdef_count; i++)
        total += opdefs[i].ext < 0 ? 8 : 1;
    d->rows = malloc(total * sizeof *d->rows);
    if (!count || !d->rows) {
        free(count);
        decoder_free(d);
        return NULL;
    }
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < opdef_count; i++) {
            const struct opdef *r = &opdefs[i];
            if (r->map > 1 || !model_has(model, (enum feature)r->feature))
                continue;
            for (unsigned e = 0; e < 8; e++) {
                if (r->ext >= 0 && (unsigned)r->ext != e)
                    continue;
                u16 *n = &count[r->map][r->opcode][e];
                if (pass)
                    d->rows[d->first[r->map][r->opcode][e] + *n] = (u16)i;
                ++*n;
            }
        }
        if (!pass) {
            u16 at = 0;
            for (unsigned m = 0; m < 2; m++)
                for (unsigned op = 0; op < 256; op++)
                    for (unsigned e = 0; e < 8; e++) {
                        d->first[m][op][e] = at;
                        at = (u16)(at + count[m][op][e]);
                        d->rows[at++] = NO_ROW;
                        count[m][op][e] = 0;
                    }
        }
    }
    free(count);
    return d;
}

void decoder_free(struct decoder *d)
{
    if (d)
        free(d->rows);
    free(d);
}

/* ---- operands ---- */

#define GPR_OFF(r) ((u16)(offsetof(struct cpu, gpr) + 4 * (r)))
/* AL CL DL BL AH CH DH BH */
#define GPR8_OFF(r) ((u16)(offsetof(struct cpu, gpr) + 4 * ((r)&3) + ((r) >> 2)))
#define XMM_OFF(r) ((u16)(offsetof(struct cpu, fpu.xmm) + 16 * (r)))
#define MMX_OFF(r) ((u16)(offsetof(struct cpu, fpu.st) + 16 * (r)))

struct cursor {
    const u8 *p;
    unsigned at, avail;
    bool more;   /* ran out of bytes */
    bool looked; /* at the ModR/M byte: with another one it might be an instruction */
};

static u32 fetch(struct cursor *k, unsigned n)
{
    u32 v = 0;
    if (k->at + n > k->avail) {
        k->more = true;
        return 0;
    }
    for (unsigned i = 0; i < n; i++)
        v |= (u32)k->p[k->at + i] << (8 * i);
    k->at += n;
    return v;
}

/* Memory operand of a ModR/M with 16-bit addressing. */
static void modrm16(struct cursor *k, u8 modrm, struct op *o, bool override)
{
    static const u8 base[8] = {EBX, EBX, EBP, EBP, ESI, EDI, EBP, EBX};
    static const u8 index[4] = {ESI, EDI, ESI, EDI};
    unsigned mod = modrm >> 6, rm = modrm & 7;
    o->base = (u8)GPR_OFF(base[rm]);
    o->index = rm < 4 ? (u8)GPR_OFF(index[rm]) : ZERO_OFF;
    bool stack = rm == 2 || rm == 3 || rm == 6;
    if (mod == 0 && rm == 6) {
        o->base = ZERO_OFF;
        o->disp = fetch(k, 2);
        stack = false;
    } else if (mod == 1) {
        o->disp = (u32)(s8)fetch(k, 1);
    } else if (mod == 2) {
        o->disp = fetch(k, 2);
    }
    if (!override)
        o->seg = stack ? SEG_SS : SEG_DS;
}

static void modrm32(struct cursor *k, u8 modrm, struct op *o, bool override)
{
    unsigned mod = modrm >> 6, rm = modrm & 7, base = rm;
    bool none = false;
    if (rm == 4) {
        u8 sib = (u8)fetch(k, 1);
        base = sib & 7;
        if ((sib >> 3 & 7) != ESP) {
            o->index = (u8)GPR_OFF(sib >> 3 & 7);
            o->shift = sib >> 6;
        }
        none = base == EBP && mod == 0;
    } else {
        none = rm == EBP && mod == 0;
    }
    if (none)
        o->disp = fetch(k, 4);
    else
        o->base = (u8)GPR_OFF(base);
    if (mod == 1)
        o->disp = (u32)(s8)fetch(k, 1);
    else if (mod == 2)
        o->disp = fetch(k, 4);
    if (!override)
        o->seg = !none && (base == ESP || base == EBP) ? SEG_SS : SEG_DS;
}

/* The register that an operand in a ModR/M byte's r/m field is, when it is one. */
static void rm_register(enum operand kind, struct op *o, unsigned rm)
{
    if (kind == Eb || kind == Mb)
        o->r1 = GPR8_OFF(rm);
    else if (kind_among(kind, KINDS_RM_GPR | KIND(Rd)))
        o->r1 = GPR_OFF(rm);
    else if (kind_among(kind, KINDS_RM_MMX | KIND(Nq)))
        o->r1 = MMX_OFF(rm);
    else if (kind_among(kind, KINDS_RM_XMM | KIND(Ux)))
        o->r1 = XMM_OFF(rm);
}

/* The register in its reg field. */
static void reg_register(enum operand kind, struct op *o, unsigned reg)
{
    if (kind == Gb)
        o->r2 = GPR8_OFF(reg);
    else if (kind_among(kind, KINDS_REG_GPR))
        o->r2 = GPR_OFF(reg);
    else if (kind == Pq)
        o->r2 = MMX_OFF(reg);
    else if (kind == Vx)
        o->r2 = XMM_OFF(reg);
    else if (kind_among(kind, KIND(Sw) | KIND(Cd) | KIND(Dd) | KIND(Td)))
        o->r2 = (u16)reg;
}

/* What follows the ModR/M byte, and what the opcode says. */
static void operand(struct cursor *k, enum operand kind, struct op *o, u8 opcode)
{
    bool o16 = o->flags & OPF_O16;
    switch (kind) {
    case Zb:
        o->r1 = GPR8_OFF(opcode & 7);
        break;
    case Zv:
        o->r1 = GPR_OFF(opcode & 7);
        break;
    case Ib:
        o->imm = fetch(k, 1);
        break;
    case Ibs:
    case Jb:
        o->imm = (u32)(s8)fetch(k, 1);
        break;
    case Iw:
        o->imm = fetch(k, 2);
        break;
    case Id:
        o->imm = fetch(k, 4);
        break;
    case Iz:
        o->imm = fetch(k, o16 ? 2 : 4);
        break;
    case Iwb:
        o->imm = fetch(k, 2);
        o->imm |= fetch(k, 1) << 16;
        break;
    case ONE:
        o->imm = 1;
        break;
    case Jz:
        o->imm = o16 ? (u32)(s16)fetch(k, 2) : fetch(k, 4);
        break;
    case Ap:
        o->imm = fetch(k, o16 ? 2 : 4);
        o->disp = fetch(k, 2);
        break;
    case Ob:
    case Ov:
        o->disp = fetch(k, o->flags & OPF_A16 ? 2 : 4);
        o->flags |= OPF_MEM;
        break;
    default: /* a segment register by name, or nothing to fetch and no place to note */
        if (kind >= ES_)
            o->r2 = (u16)(SEG_ES + (kind - ES_));
        break;
    }
}

static bool is_accumulator(u8 kind)
{
    return kind == ALb || kind == AXw || kind == eAX;
}

static void operands(struct cursor *k, const struct opdef *r, struct op *o, u8 opcode, u8 modrm)
{
    for (unsigned i = 0; i < 3 && r->operand[i] != ND; i++) {
        enum operand kind = (enum operand)r->operand[i];
        if (i == 2 && kind >= ES_) {
            /* LES and the like: the segment register is the third operand. */
            o->r1 = (u16)(SEG_ES + (kind - ES_));
        } else if (is_accumulator(r->operand[i])) {
            /* Beside moffs or another register it is the "reg" side. */
            bool second = (o->flags & OPF_MEM) || i > 0 || kind_among(r->operand[1], KINDS_MOFFS);
            *(second ? &o->r2 : &o->r1) = GPR_OFF(EAX);
        } else if (kind_among(r->operand[i], KINDS_MODRM | KIND(Td))) {
            if (modrm >= 0xc0)
                rm_register(kind, o, modrm & 7);
            reg_register(kind, o, modrm >> 3 & 7);
        } else {
            operand(k, kind, o, opcode);
        }
    }
}

static unsigned undefined(struct op *o, unsigned length, enum ud_reason why, unsigned row)
{
    o->def = DEF_UNDEFINED;
    o->flags &= (u8)~OPF_MEM;
    o->imm = why | row << UD_ROW_SHIFT;
    o->len = (u8)length;
    return length;
}

/* What the prefixes said. */
struct prefixes {
    bool o16, a16, override;
    u8 pfx; /* NP, P66, PF2, PF3: which of the rows with A_PFX */
};

/* Read prefixes up to the opcode, which is returned. */
static u8 read_prefixes(struct cursor *k, u32 mode, struct op *o, struct prefixes *x)
{
    *x = (struct prefixes){.o16 = !(mode & MODE_CS32), .a16 = !(mode & MODE_CS32), .pfx = NP};
    for (;;) {
        u8 opcode = (u8)fetch(k, 1);
        switch (opcode) {
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
            o->seg = opcode >> 3 & 3;
            x->override = true;
            break;
        case 0x64:
        case 0x65:
            o->seg = opcode & 1 ? SEG_GS : SEG_FS;
            x->override = true;
            break;
        case 0x66:
            x->o16 = mode & MODE_CS32;
            if (x->pfx == NP)
                x->pfx = P66;
            break;
        case 0x67:
            x->a16 = mode & MODE_CS32;
            break;
        case 0xf0:
            o->flags |= OPF_LOCK;
            break;
        case 0xf2: /* the last of F2 and F3 wins */
            o->flags = (o->flags & (u8)~OPF_REP) | OPF_REPNE;
            x->pfx = PF2;
            break;
        case 0xf3:
            o->flags = (o->flags & (u8)~OPF_REPNE) | OPF_REP;
            x->pfx = PF3;
            break;
        default:
            o->flags |= (u8)((x->o16 ? OPF_O16 : 0) | (x->a16 ? OPF_A16 : 0) |
                             (x->override ? OPF_SEGOVR : 0));
            return opcode;
        }
    }
}

/* Is this the row for this ModR/M byte and mandatory prefix? */
static bool row_fits(const struct opdef *r, u8 modrm, u8 pfx)
{
    if (r->rm >= 0 && (modrm < 0xc0 || (unsigned)r->rm != (modrm & 7u)))
        return false;
    if ((r->attr & A_MEM) && modrm >= 0xc0)
        return false;
    if ((r->attr & A_REG) && modrm < 0xc0)
        return false;
    return !(r->attr & A_PFX) || r->pfx == pfx;
}

/*
 * Find the row. ModR/M is looked at, if it is there, before it is known to be needed; k->more: it
 * is needed and not there. DEF_UNDEFINED: there is no row.
 */
static unsigned find_row(const struct decoder *d, unsigned map, u8 opcode, struct cursor *k, u8 pfx)
{
    bool have_modrm = k->at < k->avail;
    u8 modrm = have_modrm ? k->p[k->at] : 0;
    const u16(*first)[8] = &d->first[map][opcode];
    for (const u16 *row = &d->rows[(*first)[modrm >> 3 & 7]]; *row != NO_ROW; row++) {
        const struct opdef *r = &opdefs[*row];
        if (!have_modrm && row_has_modrm(r)) {
            k->more = true;
            return DEF_UNDEFINED;
        }
        if (row_fits(r, modrm, pfx))
            return *row;
    }
    for (unsigned e = 0; e < 8; e++) {
        u16 row = d->rows[(*first)[e]];
        if (row == NO_ROW || !row_has_modrm(&opdefs[row]))
            continue; /* EMMS behind a prefix has no such byte either */
        if (have_modrm)
            k->looked = true;
        else /* a group whose ModR/M byte is on the next page */
            k->more = true;
    }
    return DEF_UNDEFINED;
}

/* The bytes are used up: more are needed, or these are more than an instruction may have. */
static unsigned short_of_bytes(const struct cursor *k, struct op *o)
{
    if (k->avail < DECODE_MAX)
        return 0;
    o->def = DEF_TOO_LONG;
    o->flags &= (u8)~OPF_MEM;
    o->len = DECODE_MAX;
    return DECODE_MAX;
}

/* The address form of a ModR/M byte that is no register's, with what follows it. */
static void modrm_address(struct cursor *k, u8 modrm, struct op *o, const struct prefixes *x)
{
    o->flags |= OPF_MEM;
    if (x->a16)
        modrm16(k, modrm, o, x->override);
    else
        modrm32(k, modrm, o, x->override);
}

/*
 * The opcode is one of this model's, but not with this ModR/M byte or prefix. How long it is
 * depends on the opcode, and a processor fetches all of it before it refuses it (SDM vol. 3, table
 * 6-2).
 */
static void fetch_rest(const struct decoder *d, unsigned map, u8 opcode, struct cursor *k,
                       const struct prefixes *x, const struct op *o)
{
    struct op none = {.flags = o->flags};
    u8 modrm = k->p[k->at++];
    if (modrm < 0xc0)
        modrm_address(k, modrm, &none, x);
    for (unsigned e = 0; e < 8; e++) {
        u16 row = d->rows[d->first[map][opcode][(modrm >> 3 & 7) ^ e]];
        if (row != NO_ROW) {
            operands(k, &opdefs[row], &none, opcode, modrm);
            return;
        }
    }
}

/*
 * This model has no such instruction. Has another one? The answer is for the words of the #UD. A
 * ModR/M byte that decided belongs to it: a store to that byte changes what it is.
 */
static unsigned no_row(const struct decoder *d, struct op *o, unsigned map, u8 opcode,
                       struct cursor *k, const struct prefixes *x)
{
    bool have_modrm = k->at < k->avail;
    u8 modrm = have_modrm ? k->p[k->at] : 0;
    if (k->looked)
        fetch_rest(d, map, opcode, k, x, o);
    if (k->more)
        return short_of_bytes(k, o);
    for (unsigned i = 0; i < opdef_count; i++) {
        const struct opdef *r = &opdefs[i];
        if (r->map == map && r->opcode == opcode && (have_modrm || !row_has_modrm(r)) &&
            (r->ext < 0 || r->ext == (modrm >> 3 & 7)) && row_fits(r, modrm, x->pfx))
            return undefined(o, k->at, UD_MODEL, i);
    }
    return undefined(o, k->at, UD_NOBODY, 0);
}

unsigned decode_op(const struct decoder *d, u32 mode, const u8 *p, unsigned avail, struct op *o)
{
    struct cursor k = {.p = p, .avail = avail < DECODE_MAX ? avail : DECODE_MAX};
    struct prefixes x;
    unsigned map = 0;
    u8 modrm = 0;

    memset(o, 0, sizeof *o);
    o->base = o->index = ZERO_OFF;
    o->seg = SEG_DS;
    u8 opcode = read_prefixes(&k, mode, o, &x);
    if (opcode == 0x0f) {
        map = 1;
        opcode = (u8)fetch(&k, 1);
    }
    if (k.more)
        return short_of_bytes(&k, o);
    unsigned row = find_row(d, map, opcode, &k, x.pfx);
    if (k.more)
        return short_of_bytes(&k, o);
    if (row == DEF_UNDEFINED)
        return no_row(d, o, map, opcode, &k, &x);
    const struct opdef *r = &opdefs[row];
    o->def = (u16)row;
    if (row_has_modrm(r)) {
        modrm = p[k.at++];
        if (r->operand[0] == Rd || r->operand[1] == Rd)
            modrm |= 0xc0; /* mod is ignored */
        o->modrm = modrm;
        if (modrm < 0xc0)
            modrm_address(&k, modrm, o, &x);
    }
    bool real = !(mode & MODE_PE) || (mode & MODE_VM);
    bool cannot_lock = (o->flags & OPF_LOCK) && !((r->attr & A_LOCK) && (o->flags & OPF_MEM));
    operands(&k, r, o, opcode, modrm);
    if (k.more)
        return short_of_bytes(&k, o);
    if (((r->attr & A_PM) && real) || cannot_lock)
        return undefined(o, k.at, cannot_lock ? UD_LOCK : UD_REAL, row);
    o->len = (u8)k.at;
    return k.at;
}
