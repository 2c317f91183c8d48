/*
 * encoding.c - rows against Zydis: length, validity, mnemonic, operands, and the feature against
 * the instruction set that Zydis counts the instruction to. Without Zydis nothing is checked here,
 * which the test's end and ctest say (ops/rows_encoding is skipped).
 */
#include "tests/rows/check.h"

#include <stdio.h>
#include <string.h>

#ifdef HAVE_ZYDIS
#include <Zydis/Zydis.h>

static bool decode(bool wide, const u8 *p, ZydisDecodedInstruction *z, ZydisDecodedOperand *ops)
{
    ZydisDecoder d;
    ZydisDecoderInit(&d, wide ? ZYDIS_MACHINE_MODE_LEGACY_32 : ZYDIS_MACHINE_MODE_LEGACY_16,
                     wide ? ZYDIS_STACK_WIDTH_32 : ZYDIS_STACK_WIDTH_16);
    return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&d, p, 15, z, ops));
}

/* Names that differ: the manual has several, or Zydis does not know the undocumented ones. */
static bool same_name(const struct opdef *d, const ZydisDecodedInstruction *z)
{
    static const char *const pairs[][2] = {
        {"fndisi", "fdisi8087_nop"},
        {"fneni", "feni8087_nop"},
        {"fnsetpm", "fsetpm287_nop"},
        {"retf", "ret"},
        {"loopnz", "loopne"},
        {"loopz", "loope"},
        {"xlatb", "xlat"},
    };
    const char *ours = row_operation(d)->text, *theirs = ZydisMnemonicGetString(z->mnemonic);
    size_t n = strlen(theirs);
    for (const char *p = ours; *p;) { /* one of "pusha/pushad" */
        size_t len = strcspn(p, "/");
        if (len == n && !strncmp(p, theirs, n))
            return true;
        if (len + 1 == n && !strncmp(p, theirs, len) && strchr("bwd", theirs[len]) &&
            ((d->operand[0] >= Xb && d->operand[0] <= Yv)))
            return true;
        p += len + (p[len] == '/');
    }
    for (size_t k = 0; k < ARRAY_SIZE(pairs); k++)
        if (!strcmp(ours, pairs[k][0]) && !strcmp(theirs, pairs[k][1]))
            return true;
    return false;
}

static int register_class(ZydisRegister reg)
{
    switch (ZydisRegisterGetClass(reg)) {
    case ZYDIS_REGCLASS_GPR8:
        return 1;
    case ZYDIS_REGCLASS_GPR16:
        return 2;
    case ZYDIS_REGCLASS_GPR32:
        return 4;
    case ZYDIS_REGCLASS_MMX:
        return 8;
    case ZYDIS_REGCLASS_XMM:
        return 16;
    case ZYDIS_REGCLASS_X87:
        return 10;
    default:
        return 0;
    }
}

/* Kind and size of one operand: what is wrong, or NULL. */
static const char *operand_differs(const struct instruction *i, unsigned k,
                                   const ZydisDecodedOperand *z)
{
    const struct opdef *d = op_row(&i->op);
    enum operand kind = (enum operand)d->operand[k];
    unsigned bytes = op_operand_bytes(&i->op, k);
    char access = row_access(d, k);
    bool reads = z->actions & (ZYDIS_OPERAND_ACTION_READ | ZYDIS_OPERAND_ACTION_CONDREAD);
    bool writes = z->actions & (ZYDIS_OPERAND_ACTION_WRITE | ZYDIS_OPERAND_ACTION_CONDWRITE);
    bool immediate = kind == Ib || kind == Iw || kind == Id || kind == Iz || kind == Ibs ||
                     kind == Jb || kind == Jz || kind == ONE || kind == Iwb;
    if (immediate != (z->type == ZYDIS_OPERAND_TYPE_IMMEDIATE))
        return "immediate or not";
    if ((kind == Ap) != (z->type == ZYDIS_OPERAND_TYPE_POINTER))
        return "a far pointer or not";
    if (z->type == ZYDIS_OPERAND_TYPE_REGISTER && access != '-') {
        int class = register_class(z->reg.value);
        if (class && class != (int)bytes && !(class == 4 && bytes == 2 && kind == Ew) &&
            !(kind == Sw || (kind >= ES_ && kind <= GS_)) && !(d->feature == F_FPU && bytes == 2) &&
            !(class == 2 && kind == Ed) && !(kind == EdMw) && !(kind == eAX && class == 2))
            return "the size of a register";
    }
    if (z->type == ZYDIS_OPERAND_TYPE_MEMORY && z->mem.type == ZYDIS_MEMOP_TYPE_MEM) {
        bool known = !(d->attr & A_NOMEM);
        known &= d->operation != I_clflush;
        if (known && z->size && z->size != 8 * bytes && bytes != 512 && d->operation != I_bound)
            return "the size of memory";
    }
    if (z->visibility == ZYDIS_OPERAND_VISIBILITY_EXPLICIT && access != '-' && !immediate &&
        kind != Ap && d->operation != I_ffree && d->operation != I_ffreep) {
        bool perhaps = !(z->actions & ZYDIS_OPERAND_ACTION_WRITE) && writes;
        if ((access == 'w' && (!writes || perhaps)) || (access == 'r' && (writes || !reads)) ||
            (access == 'm' && !writes))
            return "whether an operand is read or written";
    }
    return NULL;
}

/*
 * The feature that each instruction set of Zydis came with, by the manuals (SDM vol. 3, 22;
 * AP-485). One instruction set may be of several features, and Zydis counts the MMX part of SSE to
 * MMX.
 */
static bool feature_fits(const struct opdef *d, ZydisISASet set)
{
    static const struct {
        u8 set, feature;
    } fits[] = {
        {ZYDIS_ISA_SET_I86, F_386},         {ZYDIS_ISA_SET_I186, F_386},
        {ZYDIS_ISA_SET_I286REAL, F_386},    {ZYDIS_ISA_SET_I286PROTECTED, F_386},
        {ZYDIS_ISA_SET_I386, F_386},        {ZYDIS_ISA_SET_LAHF, F_386},
        {ZYDIS_ISA_SET_X87, F_FPU},         {ZYDIS_ISA_SET_I486REAL, F_486},
        {ZYDIS_ISA_SET_RDPMC, F_RDPMC},     {ZYDIS_ISA_SET_FAT_NOP, F_P6},
        {ZYDIS_ISA_SET_CMOV, F_CMOV},       {ZYDIS_ISA_SET_FCMOV, F_FCMOV},
        {ZYDIS_ISA_SET_PENTIUMMMX, F_MMX},  {ZYDIS_ISA_SET_PENTIUMMMX, F_MMXEXT},
        {ZYDIS_ISA_SET_FXSAVE, F_FXSR},     {ZYDIS_ISA_SET_SSE, F_SSE},
        {ZYDIS_ISA_SET_SSEMXCSR, F_SSE},    {ZYDIS_ISA_SET_SSE2, F_SSE2},
        {ZYDIS_ISA_SET_SSE2MMX, F_SSE2},    {ZYDIS_ISA_SET_CLFSH, F_CLFSH},
        {ZYDIS_ISA_SET_SSE_PREFETCH, F_P6},
    };
    switch ((enum operation)d->operation) {
    case I_cpuid:
        return d->feature == F_CPUID;
    case I_rdtsc:
        return d->feature == F_TSC;
    case I_rdmsr:
    case I_wrmsr:
        return d->feature == F_MSR;
    case I_cmpxchg8b:
        return d->feature == F_CX8;
    case I_sysenter:
    case I_sysexit:
        return d->feature == F_SEP;
    case I_fwait:
    case I_ud1:
    case I_ud2:
        return d->feature == F_386;
    case I_fcomi:
    case I_fcomip:
    case I_fucomi:
    case I_fucomip:
        return d->feature == F_FCMOV;
    case I_pavgb: /* the part of MMX that SSE brought (SDM vol. 1, 10.4.4) */
    case I_pavgw:
    case I_pextrw:
    case I_pinsrw:
    case I_pmaxsw:
    case I_pmaxub:
    case I_pminsw:
    case I_pminub:
    case I_pmovmskb:
    case I_pmulhuw:
    case I_psadbw:
    case I_pshufw:
    case I_maskmovq:
    case I_movntq:
        return d->feature == (d->pfx == P66 ? F_SSE2 : F_MMXEXT);
    default:
        break;
    }
    for (size_t k = 0; k < ARRAY_SIZE(fits); k++)
        if (fits[k].set == set && fits[k].feature == d->feature)
            return true;
    return false;
}

/* Zydis has newer processors than ours, and does not have some undocumented forms. */
static bool unknown_to_zydis(const struct opdef *d)
{
    return d->operation == I_loadall || d->operand[0] == Td || d->operand[1] == Td ||
           d->operation == I_rsm || d->operation == I_ud0 || d->operation == I_salc ||
           (d->map == 1 && d->opcode >= 0x18 && d->opcode <= 0x1f);
}

/* Every ModR/M byte with which Zydis sees this instruction must be ours as well. */
static void all_forms(struct bench *b, struct rig *r, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    static const u8 prefix[4] = {0, 0x66, 0xf3, 0xf2};
    for (unsigned modrm = 0; modrm < 256; modrm++) {
        for (unsigned p = 0; p < 4; p++) {
            ZydisDecodedInstruction z;
            ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
            struct instruction i = {.len = 0};
            bool mandatory = d->attr & A_PFX, string = d->attr & A_REP;
            u8 *q = i.bytes;
            if (mandatory ? p != d->pfx : p > 1 && string)
                continue;
            if (p)
                *q++ = prefix[p];
            if (d->map)
                *q++ = 0x0f;
            *q++ = d->opcode;
            *q = (u8)modrm;
            if (!decode(true, i.bytes, &z, ops) || !same_name(d, &z) || z.avx.vector_length)
                continue;
            i.len = z.length;
            unsigned len = decode_op(r->decoder, MODE_CS32 | MODE_PE, i.bytes, 15, &i.op);
            if (len != z.length ||
                strcmp(row_operation(op_row(&i.op))->text, row_operation(d)->text)) {
                fail(b, row, &i, "is %s by Zydis, ours is %s", ZydisMnemonicGetString(z.mnemonic),
                     row_operation(op_row(&i.op))->text);
                return;
            }
        }
    }
}

void check_encoding(struct bench *b, unsigned row)
{
    struct rig *r = bench_rig(b, row);
    const struct opdef *d = &opdefs[row];
    if (!r || unknown_to_zydis(d))
        return;
    unsigned tried = 0;
    for (unsigned k = 0; k < 400 && tried < 48; k++) {
        ZydisDecodedInstruction z;
        ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
        struct instruction i;
        unsigned form = rig_random(r) & (FORM_MEM | FORM_O16 | FORM_A16 | FORM_CODE16);
        r->set = (struct setting){.segmented = form & FORM_A16};
        if (!rig_encode(r, row, form, &i))
            continue;
        tried++;
        if (!decode(!(form & FORM_CODE16), i.bytes, &z, ops)) {
            /* CR1, CR5, a seventh segment register: #UD when it is executed. */
            if (d->operand[0] == Sw || d->operand[1] == Sw || d->operand[0] == Cd ||
                d->operand[1] == Cd)
                continue;
            fail(b, row, &i, "is not valid by Zydis");
            return;
        }
        if (z.length != i.len) {
            fail(b, row, &i, "has %u bytes, by Zydis %u", i.len, z.length);
            return;
        }
        if (!same_name(d, &z)) {
            fail(b, row, &i, "is %s by Zydis", ZydisMnemonicGetString(z.mnemonic));
            return;
        }
        if (!feature_fits(d, z.meta.isa_set)) {
            fail(b, row, &i, "is of %s by Zydis, not of feature %u",
                 ZydisISASetGetString(z.meta.isa_set), d->feature);
            return;
        }
        for (unsigned n = 0, v = 0; n < z.operand_count && v < row_operands(d); n++) {
            const char *what;
            if (ops[n].visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN)
                continue;
            if (z.operand_count_visible != row_operands(d))
                break;
            if ((what = operand_differs(&i, v, &ops[n]))) {
                fail(b, row, &i, "operand %u is not as Zydis says: %s", v + 1, what);
                return;
            }
            v++;
        }
    }
    if (!tried)
        fail(b, row, NULL, "cannot be encoded");
    else if (!b->failures)
        all_forms(b, r, row);
}

const char *encoding_unchecked(void)
{
    return NULL;
}
#else
const char *encoding_unchecked(void)
{
    return "the comparison of encodings: built without Zydis (apt-get install libzydis-dev)";
}

void check_encoding(struct bench *b, unsigned row)
{
    (void)b;
    (void)row;
}
#endif
