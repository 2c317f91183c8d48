/*
 * encoding.c - rows against Zydis: length, validity, mnemonic, operands; and the features of models
 * against CPUID words written down from processors.
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
        {"fstpnce", "fstpnce"},
        {"cmovl", "cmovl"},
        {"jmp", "jmp"},
        {"call", "call"},
        {"fndisi", "fdisi8087_nop"},
        {"fneni", "feni8087_nop"},
        {"fnsetpm", "fsetpm287_nop"},
        {"int1", "int1"},
        {"retf", "ret"},
        {"retf", "retf"},
        {"ret", "ret"},
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
        if ((access == 'w' && !writes) || (access == 'r' && (writes || !reads)) ||
            (access == 'm' && !writes))
            return "whether an operand is read or written";
    }
    return NULL;
}

/* Zydis has newer processors than ours, and does not have some undocumented forms. */
static bool unknown_to_zydis(const struct opdef *d)
{
    return d->operation == I_loadall || d->operand[0] == Td || d->operand[1] == Td ||
           d->operation == I_rsm || d->operation == I_ud0 || d->operation == I_salc ||
           (d->map == 1 && d->opcode >= 0x18 && d->opcode <= 0x1f);
}

void check_encoding(struct bench *b, unsigned row)
{
    struct rig *r = bench_rig(b, row);
    const struct opdef *d = &opdefs[row];
    if (!r || unknown_to_zydis(d))
        return;
    unsigned tried = 0;
    for (unsigned k = 0; k < 64; k++) {
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
}
#else
void check_encoding(struct bench *b, unsigned row)
{
    (void)b;
    (void)row;
}
#endif
