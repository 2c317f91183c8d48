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
    bool more; /* ran out of bytes */
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

/* Fill in what one operand of the row says. */
static void operand(struct cursor *k, enum operand kind, struct op *o, u8 opcode, u8 modrm)
{
    unsigned reg = modrm >> 3 & 7, rm = modrm & 7;
    bool o16 = o->flags & OPF_O16, reg_form = modrm >= 0xc0;
    switch (kind) {
    case Eb:
    case Mb:
        if (reg_form)
            o->r1 = GPR8_OFF(rm);
        break;
    case Ew:
    case Ed:
    case Ev:
    case EvMw:
    case EdMw:
    case Rd:
        if (reg_form || kind == Rd)
            o->r1 = GPR_OFF(rm);
        break;
    case Gb:
        o->r2 = GPR8_OFF(reg);
        break;
    case Gw:
    case Gd:
    case Gv:
        o->r2 = GPR_OFF(reg);
        break;
    case Cd:
    case Dd:
    case Td:
    case Sw:
        o->r2 = (u16)reg;
        break;
    case Qq:
    case Qd:
    case Nq:
        if (reg_form)
            o->r1 = MMX_OFF(rm);
        break;
    case Pq:
        o->r2 = MMX_OFF(reg);
        break;
    case Wx:
    case Ux:
        if (reg_form)
            o->r1 = XMM_OFF(rm);
        break;
    case Vx:
        o->r2 = XMM_OFF(reg);
        break;
    case Zb:
        o->r1 = GPR8_OFF(opcode & 7);
        break;
    case Zv:
        o->r1 = GPR_OFF(opcode & 7);
        break;
    case ALb:
    case AXw:
    case eAX: /* the register is decided by the caller: r1, or r2 beside a memory operand */
        break;
    case Ib:
        o->imm = fetch(k, 1);
        break;
    case Ibs:
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
    case Jb:
        o->imm = (u32)(s8)fetch(k, 1);
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
    case ES_:
    case CS_:
    case SS_:
    case DS_:
    case FS_:
    case GS_:
        o->r2 = (u16)(SEG_ES + (kind - ES_));
        break;
    default:
        break;
    }
}

static unsigned undefined(struct op *o, unsigned length)
{
    o->def = DEF_UNDEFINED;
    o->flags &= (u8)~OPF_MEM;
    o->len = (u8)length;
    return length;
}

unsigned decode_op(const struct decoder *d, u32 mode, const u8 *p, unsigned avail, struct op *o)
{
    struct cursor k = {.p = p, .avail = avail};
    bool o16 = !(mode & MODE_CS32), a16 = o16, override = false;
    u8 opcode, modrm = 0, pfx = NP;
    unsigned map = 0;

    memset(o, 0, sizeof *o);
    o->base = o->index = ZERO_OFF;
    o->seg = SEG_DS;
    if (k.avail > DECODE_MAX)
        k.avail = DECODE_MAX;

    for (;;) {
        opcode = (u8)fetch(&k, 1);
        if (k.more)
            goto short_of_bytes;
        switch (opcode) {
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
            o->seg = opcode >> 3 & 3;
            override = true;
            continue;
        case 0x64:
        case 0x65:
            o->seg = opcode & 1 ? SEG_GS : SEG_FS;
            override = true;
            continue;
        case 0x66:
            o16 = mode & MODE_CS32;
            if (pfx == NP)
                pfx = P66;
            continue;
        case 0x67:
            a16 = mode & MODE_CS32;
            continue;
        case 0xf0:
            o->flags |= OPF_LOCK;
            continue;
        case 0xf2: /* the last of F2 and F3 wins */
            o->flags = (o->flags & (u8)~OPF_REP) | OPF_REPNE;
            pfx = PF2;
            continue;
        case 0xf3:
            o->flags = (o->flags & (u8)~OPF_REPNE) | OPF_REP;
            pfx = PF3;
            continue;
        default:
            break;
        }
        break;
    }
    if (o16)
        o->flags |= OPF_O16;
    if (a16)
        o->flags |= OPF_A16;
    if (override)
        o->flags |= OPF_SEGOVR;
    if (opcode == 0x0f) {
        map = 1;
        opcode = (u8)fetch(&k, 1);
        if (k.more)
            goto short_of_bytes;
    }

    /* Find the row. ModR/M is looked at, if it is there, before it is known to be needed. */
    bool have_modrm = k.at < k.avail;
    if (have_modrm)
        modrm = p[k.at];
    const u16 *row = &d->rows[d->first[map][opcode][modrm >> 3 & 7]];
    const struct opdef *r = NULL;
    bool wants_modrm = false;
    for (; *row != NO_ROW; row++) {
        r = &opdefs[*row];
        wants_modrm = row_has_modrm(r);
        if (wants_modrm && !have_modrm)
            goto short_of_bytes;
        if (r->rm >= 0 && (modrm < 0xc0 || (unsigned)r->rm != (modrm & 7u)))
            continue;
        if ((r->attr & A_MEM) && modrm >= 0xc0)
            continue;
        if ((r->attr & A_REG) && modrm < 0xc0)
            continue;
        if ((r->attr & A_PFX) && r->pfx != pfx)
            continue;
        break;
    }
    if (*row == NO_ROW) {
        /* A group whose ModR/M byte is on the next page? */
        for (unsigned e = 1; e < 8 && !have_modrm; e++)
            if (d->rows[d->first[map][opcode][e]] != NO_ROW)
                goto short_of_bytes;
        /* An unused opcode of a group or of the 0F map: the ModR/M byte is not fetched. */
        return undefined(o, k.at);
    }
    o->def = *row;
    bool mod_ignored = r->operand[0] == Rd || r->operand[1] == Rd;
    if (wants_modrm) {
        k.at++;
        if (mod_ignored)
            modrm |= 0xc0;
        o->modrm = modrm;
        if (modrm < 0xc0) {
            o->flags |= OPF_MEM;
            if (a16)
                modrm16(&k, modrm, o, override);
            else
                modrm32(&k, modrm, o, override);
        }
    }
    if ((r->attr & A_PM) && (!(mode & MODE_PE) || (mode & MODE_VM)))
        return k.more ? 0 : undefined(o, k.at);
    if ((o->flags & OPF_LOCK) && !((r->attr & A_LOCK) && (o->flags & OPF_MEM)))
        return k.more ? 0 : undefined(o, k.at);

    for (unsigned i = 0; i < 3; i++) {
        enum operand kind = (enum operand)r->operand[i];
        if (kind == ND)
            break;
        /* LES and the like: the segment register is the third operand. */
        if (i == 2 && kind >= ES_ && kind <= GS_) {
            o->r1 = (u16)(SEG_ES + (kind - ES_));
            continue;
        }
        operand(&k, kind, o, opcode, modrm);
        if (kind == ALb || kind == AXw || kind == eAX) {
            /* Accumulator: beside moffs or another register it is the "reg" side. */
            bool second =
                (o->flags & OPF_MEM) || i > 0 || r->operand[1] == Ob || r->operand[1] == Ov;
            if (second)
                o->r2 = GPR_OFF(EAX);
            else
                o->r1 = GPR_OFF(EAX);
        }
    }
    if (k.more)
        goto short_of_bytes;
    o->len = (u8)k.at;
    return k.at;

short_of_bytes:
    if (k.avail < DECODE_MAX)
        return 0;
    o->def = DEF_TOO_LONG;
    o->flags &= (u8)~OPF_MEM;
    o->len = DECODE_MAX;
    return DECODE_MAX;
}
