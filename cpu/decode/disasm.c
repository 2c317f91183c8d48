/*
 * disasm.c - a decoded instruction as text, from its row (disasm.h). SDM vol. 2, chapter 3.1.1, for
 * the notation of operands; NASM's manual for the rest, so that the text can be assembled again.
 *
 * What the operands do not show is said in front, as NASM does: o16, o32 where the operand size
 * matters (RET, PUSH FS), a16, a32 where the address size does (MOVSB), a segment for a string's
 * source. Prefixes without effect are not shown.
 */
#include "cpu/decode/disasm.h"

#include "cpu/decode/decode.h"
#include "cpu/decode/query.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char gpr32[8][4] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
static const char gpr8[8][3] = {"al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"};
static const char seg_name[8][5] = {"es", "cs", "ss", "ds", "fs", "gs", "seg6", "seg7"};

struct line {
    char *text;
    size_t size, used;
    bool code32; /* the mode */
};

static void put(struct line *l, const char *format, ...) PRINTF_LIKE(2, 3);
static void put(struct line *l, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(l->text + l->used, l->size - l->used, format, ap);
    va_end(ap);
    l->used += (size_t)n < l->size - l->used ? (size_t)n : l->size - l->used - 1;
}

/* A general register by its place in struct cpu. */
static void put_gpr(struct line *l, unsigned offset, unsigned bytes)
{
    unsigned at = offset - (unsigned)offsetof(struct cpu, gpr);
    if (bytes == 1)
        put(l, "%s", gpr8[(at & 3) * 4 + at / 4]);
    else
        put(l, "%s", gpr32[at / 4] + (bytes == 2));
}

static void put_signed(struct line *l, s64 v)
{
    put(l, v < 0 ? "-0x%llx" : "0x%llx", (unsigned long long)(v < 0 ? -v : v));
}

static bool addressed_by(unsigned offset, unsigned reg)
{
    return offset == offsetof(struct cpu, gpr) + 4 * reg;
}

static unsigned default_segment(const struct op *o)
{
    /* With 16-bit addresses BP is always named first, with 32-bit ones only a base counts. */
    return addressed_by(o->base, EBP) || addressed_by(o->base, ESP) ? SEG_SS : SEG_DS;
}

static void put_address(struct line *l, const struct op *o)
{
    bool a16 = o->flags & OPF_A16, base = o->base != ZERO_OFF, index = o->index != ZERO_OFF;
    unsigned bytes = a16 ? 2 : 4;
    s32 disp = a16 ? (s16)o->disp : (s32)o->disp;

    put(l, "[");
    /* No register tells an address size that is not the mode's. */
    if (!base && !index && a16 == l->code32)
        put(l, a16 ? "word " : "dword ");
    if (o->seg != default_segment(o) && op_operation(o) != I_lea)
        put(l, "%s:", seg_name[o->seg]);
    if (base)
        put_gpr(l, o->base, bytes);
    if (index) {
        put(l, base ? "+" : "");
        put_gpr(l, o->index, bytes);
        if (!a16 && (o->shift || !base))
            put(l, "*%u", 1u << o->shift);
    }
    if (!base && !index)
        put(l, "0x%x", a16 ? o->disp & 0xffff : o->disp);
    else if (disp)
        put(l, disp < 0 ? "-0x%x" : "+0x%x", disp < 0 ? -(u32)disp : (u32)disp);
    put(l, "]");
}

/* ---- operands ---- */

static bool is_memory(const struct op *o, unsigned i)
{
    return (o->flags & OPF_MEM) && kind_among(op_row(o)->operand[i], KINDS_MAYBE_MEMORY);
}

/* A register that tells the size of a memory operand beside it. */
static bool tells_size(const struct op *o, unsigned i, unsigned bytes)
{
    return !kind_among(op_row(o)->operand[i], KINDS_UNSIZED | KIND(Sw)) && !is_memory(o, i) &&
           op_operand_bytes(o, i) == bytes;
}

static void put_memory(struct line *l, const struct op *o, unsigned i)
{
    const struct opdef *r = op_row(o);
    unsigned bytes = op_operand_bytes(o, i);
    bool told = r->operand[i] == M || r->operand[i] == Ma ||
                (row_access(r, i) == '-' && r->operand[i] != Ev);
    bool extends = r->operation == I_movzx || r->operation == I_movsx; /* from any size */
    for (unsigned k = 0; k < 3 && !extends; k++)
        told |= k != i && tells_size(o, k, bytes);
    if (r->operand[i] == Mp) {
        told |= r->operand[0] != Mp; /* LES and the like */
        if (!told)
            put(l, "far ");
        bytes -= 2;
    }
    if (!told)
        put(l, "%s ",
            bytes == 1    ? "byte"
            : bytes == 2  ? "word"
            : bytes == 4  ? "dword"
            : bytes == 8  ? "qword"
            : bytes == 10 ? "tword"
                          : "oword");
    put_address(l, o);
}

static void put_register(struct line *l, const struct op *o, unsigned i)
{
    enum operand kind = (enum operand)op_row(o)->operand[i];
    unsigned bytes = op_operand_bytes(o, i);
    switch (kind) {
    case Eb:
    case Ew:
    case Ed:
    case Ev:
    case EvMw:
    case EdMw:
    case Rd:
    case Zb:
    case Zv:
    case Mb:
        put_gpr(l, o->r1, bytes);
        break;
    case Gb:
    case Gw:
    case Gd:
    case Gv:
        put_gpr(l, o->r2, bytes);
        break;
    case ALb:
        put(l, "al");
        break;
    case CLb:
        put(l, "cl");
        break;
    case DXw:
        put(l, "dx");
        break;
    case AXw:
    case eAX:
        put(l, "%s", gpr32[EAX] + (bytes == 2));
        break;
    case Sw:
        put(l, "%s", seg_name[o->r2 & 7]);
        break;
    case ES_:
    case CS_:
    case SS_:
    case DS_:
    case FS_:
    case GS_:
        put(l, "%s", seg_name[kind - ES_]);
        break;
    case Cd:
        put(l, "cr%u", o->r2);
        break;
    case Dd:
        put(l, "dr%u", o->r2);
        break;
    case Td:
        put(l, "tr%u", o->r2);
        break;
    case ST0:
        put(l, "st0");
        break;
    case STi:
        put(l, "st%u", o->modrm & 7);
        break;
    case Pq:
        put(l, "mm%u", o->modrm >> 3 & 7);
        break;
    case Qq:
    case Qd:
    case Nq:
        put(l, "mm%u", o->modrm & 7);
        break;
    case Vx:
        put(l, "xmm%u", o->modrm >> 3 & 7);
        break;
    case Wx:
    case Ux:
        put(l, "xmm%u", o->modrm & 7);
        break;
    default:
        break;
    }
}

static void put_operand(struct line *l, const struct op *o, unsigned i, u32 next)
{
    const struct opdef *r = op_row(o);
    u32 mask = o->flags & OPF_O16 ? 0xffff : 0xffffffff;
    switch ((enum operand)r->operand[i]) {
    case Ib:
    case Iw:
    case Id:
        put(l, "0x%x", o->imm);
        break;
    case Iz:
        put(l, "0x%x", o->imm & mask);
        break;
    case Ibs:
        put_signed(l, (s32)o->imm);
        break;
    case ONE:
        put(l, "1");
        break;
    case Iwb:
        put(l, "0x%x, 0x%x", o->imm & 0xffff, o->imm >> 16);
        break;
    case Jb:
    case Jz:
        put(l, "0x%x", (next + o->imm) & mask);
        break;
    case Ap:
        put(l, "0x%x:0x%x", o->disp, o->imm);
        break;
    default:
        if (is_memory(o, i))
            put_memory(l, o, i);
        else
            put_register(l, o, i);
        break;
    }
}

/* ---- the mnemonic and what stands before it ---- */

/* Does the operand size matter, and no operand or mnemonic shows it? */
static bool size_hidden(const struct op *o)
{
    switch (op_operation(o)) {
    case I_ret:
    case I_retf:
    case I_enter:
    case I_leave:
    case I_lgdt:
    case I_sgdt:
    case I_lidt:
    case I_sidt:
    case I_loop:
    case I_loopz:
    case I_loopnz:
    case I_jcxz:
    case I_fldenv:
    case I_fnstenv:
    case I_fnsave:
    case I_frstor:
    case I_bound:
        return true;
    case I_push:
    case I_pop:
        return op_row(o)->operand[0] >= ES_;
    case I_call:
    case I_jmp:
        return op_is_relative(o);
    case I_call_far:
    case I_jmp_far:
        return op_row(o)->operand[0] == Ap;
    default:
        return op_class(o) == OC_JCC;
    }
}

static bool is_string(const struct op *o)
{
    return op_row(o)->attr & A_REP;
}

/* The address size is in the operand, but for these. */
static bool address_hidden(const struct op *o)
{
    switch (op_operation(o)) {
    case I_xlat:
    case I_loop:
    case I_loopz:
    case I_loopnz:
    case I_maskmovq:
    case I_maskmovdqu:
        return true;
    default:
        return is_string(o);
    }
}

static void put_prefixes(struct line *l, const struct op *o, u32 mode)
{
    bool code32 = mode & MODE_CS32, o16 = o->flags & OPF_O16, a16 = o->flags & OPF_A16;
    enum operation what = op_operation(o);
    if (a16 == code32 && address_hidden(o))
        put(l, a16 ? "a16 " : "a32 ");
    if (o16 == code32 && size_hidden(o))
        put(l, o16 ? "o16 " : "o32 ");
    if (o->flags & OPF_LOCK)
        put(l, "lock ");
    if (is_string(o) && (o->flags & OPF_REPNE))
        put(l, "repne ");
    if (is_string(o) && (o->flags & OPF_REP))
        put(l, what == I_cmps || what == I_scas ? "repe " : "rep ");
    bool source = what == I_movs || what == I_lods || what == I_cmps || what == I_outs ||
                  what == I_xlat || what == I_maskmovq || what == I_maskmovdqu;
    if (source && o->seg != SEG_DS)
        put(l, "%s ", seg_name[o->seg]);
}

/* Those of two names whose shorter one means the mode's size to NASM. */
static bool pushes(const struct op *o)
{
    enum operation what = op_operation(o);
    return what == I_pusha || what == I_popa || what == I_pushf || what == I_popf || what == I_iret;
}

static void put_mnemonic(struct line *l, const struct op *o)
{
    const char *text = row_operation(op_row(o))->text, *slash = strchr(text, '/');
    bool small = op_operation(o) == I_jcxz ? o->flags & OPF_A16 : o->flags & OPF_O16;
    if (op_operation(o) == I_nop && !row_operands(op_row(o)) && (o->flags & OPF_REP))
        text = "pause";
    if (slash && small) /* in 32-bit code IRET would be IRETD */
        put(l, "%.*s%s", (int)(slash - text), text, l->code32 && pushes(o) ? "w" : "");
    else
        put(l, "%s", slash ? slash + 1 : text);
    if (is_string(o))
        put(l, "%c", "bwd"[op_size(o)]);
}

unsigned disasm(const struct decoder *d, u32 mode, const u8 *bytes, unsigned n, u32 address,
                char *text, size_t size)
{
    struct line l = {.text = text, .size = size, .code32 = mode & MODE_CS32};
    struct op o;
    unsigned length = decode_op(d, mode, bytes, n, &o);

    if (!size)
        return length;
    text[0] = 0;
    if (!length) {
        put(&l, "(short)");
        return 0;
    }
    if (op_operation(&o) != I_undefined && op_operation(&o) != I_too_long)
        put_prefixes(&l, &o, mode);
    put_mnemonic(&l, &o);
    if (is_string(&o))
        return length; /* the suffix says it all */
    unsigned operands = row_operands(op_row(&o));
    if (operands == 3 && op_row(&o)->operand[2] >= ES_)
        operands = 2; /* the name says it: LES */
    for (unsigned i = 0; i < operands; i++) {
        put(&l, i ? ", " : " ");
        /* PUSH of an immediate: nothing else tells how much is pushed. */
        if (op_operation(&o) == I_push &&
            (op_row(&o)->operand[0] == Iz || op_row(&o)->operand[0] == Ibs))
            if (!(o.flags & OPF_O16) != !!(mode & MODE_CS32))
                put(&l, o.flags & OPF_O16 ? "word " : "dword ");
        put_operand(&l, &o, i, address + length);
    }
    return length;
}
