/*
 * zydis_compare.c - the rows of the opcode map against the Zydis library: lengths, texts of the
 * disassembler, sizes of memory operands, registers, flags and memory read and written.
 *
 * Every opcode with every ModR/M byte, in 16- and 32-bit code, under every combination of prefixes
 * that changes something; SIB, displacement and immediate are random, but the same in each run.
 * What Zydis and the manual see differently is listed below with its reason; a form that is not
 * listed must agree.
 *
 * usage: zydis_compare [SEED]
 */
#include "cpu/decode/decode.h"
#include "cpu/decode/disasm.h"
#include "cpu/decode/models.h"
#include "cpu/decode/query.h"

#include <Zydis/Zydis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static u64 random_state;

static u32 random_u32(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (u32)(random_state >> 16);
}

struct trial {
    const u8 *bytes;
    u32 mode;
    struct op op;
    unsigned length;
    char text[DISASM_TEXT];
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
    char expected[DISASM_TEXT + 32];
};

static unsigned long compared, differences, known;

static void complain(const struct trial *t, const char *what, const char *ours, const char *theirs)
{
    if (++differences > 200)
        return;
    printf("%s:", t->mode & MODE_CS32 ? "32" : "16");
    for (unsigned i = 0; i < 15 && i < (t->length > t->insn.length ? t->length : t->insn.length);
         i++)
        printf(" %02x", t->bytes[i]);
    printf(": %s: ours '%s', Zydis '%s' (%s)\n", what, ours, theirs, t->text);
}

/* ---- texts ---- */

/* Cut each occurrence of `what` out of the text. */
static void strip(char *text, const char *what)
{
    for (char *p; (p = strstr(text, what));)
        memmove(p, p + strlen(what), strlen(p + strlen(what)) + 1);
}

static void replace(char *text, size_t size, const char *what, const char *by)
{
    char *p = strstr(text, what), rest[128];
    if (!p)
        return;
    snprintf(rest, sizeof rest, "%s", p + strlen(what));
    snprintf(p, size - (size_t)(p - text), "%s%s", by, rest);
}

/* Numbers without leading zeros. */
static void unpad(char *text)
{
    for (char *p = text; (p = strstr(p, "0x0"));) {
        if (p[3] && strchr("0123456789abcdef", p[3]))
            memmove(p + 2, p + 3, strlen(p + 3) + 1);
        else
            p += 3;
    }
}

/*
 * Sizes and segments are compared as numbers; prefixes that Zydis does not say, or says of later
 * processors, are no matter.
 */
static void plain(char *text)
{
    static const char *const noise[] = {
        "xmmword ptr ", "qword ptr ", "dword ptr ", "fword ptr ", "tbyte ptr ", "word ptr ",
        "byte ptr ",    "oword ",     "tword ",     "qword ",     "dword ",     "word ",
        "byte ",        "far ",       "a16 ",       "a32 ",       "o16 ",       "o32 ",
        "bnd ",         "xacquire ",  "xrelease ",  "notrack ",   "es:",        "cs:",
        "ss:",          "ds:",        "fs:",        "gs:"};
    for (unsigned i = 0; i < sizeof noise / sizeof noise[0]; i++)
        strip(text, noise[i]);
    replace(text, DISASM_TEXT, "*1]", "]");
    replace(text, DISASM_TEXT, "*1+", "+");
    replace(text, DISASM_TEXT, "*1-", "-");
    unpad(text);
}

/* What of our text is spelt otherwise by Zydis. */
static void respell_ours(const struct trial *t, char *text)
{
    static const char *const segments[] = {"es ", "cs ", "ss ", "ds ", "fs ", "gs "};
    enum operation what = op_operation(&t->op);
    bool string = op_row(&t->op)->attr & A_REP;
    if (string || what == I_xlat || what == I_maskmovq || what == I_maskmovdqu)
        for (unsigned i = 0; i < 6; i++)
            strip(text, segments[i]);
    /* Immediates that are negative in our text. */
    char *number = strstr(text, " -0x");
    if (number) {
        u32 v = 0u - (u32)strtoul(number + 4, NULL, 16);
        u32 mask = t->op.flags & OPF_O16 ? 0xffff : 0xffffffff;
        snprintf(number, DISASM_TEXT - (size_t)(number - text), " 0x%x", v & mask);
    }
    if (what == I_fcom || what == I_fcomp || what == I_fcom2 || what == I_fcomp3 ||
        what == I_fcomp5)
        strip(text, "st0, ");
    /* NASM's names of the 16-bit forms in 32-bit code. */
    if (what == I_iret || what == I_pusha || what == I_popa || what == I_pushf || what == I_popf)
        strip(text, "w");
    if (strncmp(text, "fcom st", 7) == 0 && text[7] == 0)
        snprintf(text + 7, 2, "0");
}

static void respell_theirs(const struct trial *t, char *text)
{
    static const char *const names[][2] = {
        {"feni8087_nop", "fneni"}, {"fdisi8087_nop", "fndisi"}, {"fsetpm287_nop", "fnsetpm"},
        {"xlat", "xlatb"},         {"loopne", "loopnz"},        {"loope", "loopz"},
        {"ret far", "retf"},
    };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        replace(text, DISASM_TEXT, names[i][0], names[i][1]);
    if (op_row(&t->op)->operand[1] == ONE)
        replace(text, DISASM_TEXT, ", 0x1", ", 1");
    if (op_is_relative(&t->op))
        replace(text, DISASM_TEXT, "0xffffffff", "0x");
    if (op_operation(&t->op) == I_fucomp)
        strip(text, "st0, ");
}

static void compare_texts(struct trial *t)
{
    char ours[DISASM_TEXT];
    snprintf(ours, sizeof ours, "%s", t->text);
    plain(ours);
    respell_ours(t, ours);
    respell_theirs(t, t->expected);
    plain(t->expected);
    if (strcmp(ours, t->expected) != 0)
        complain(t, "text", ours, t->expected);
}

/* ---- what Zydis sees otherwise ---- */

/* Forms that the decoder lets through and the handler refuses, because #UD depends on the model. */
static bool refused_later(const struct trial *t)
{
    const struct opdef *r = op_row(&t->op);
    for (unsigned i = 0; i < 2; i++) {
        switch ((enum operand)r->operand[i]) {
        case Cd:
        case Dd:
        case Td:
            return true;
        case Sw:
            return t->op.r2 >= SEG_COUNT || (i == 0 && t->op.r2 == SEG_CS);
        default:
            break;
        }
    }
    return false;
}

static bool expected_difference(const struct trial *t, bool theirs)
{
    switch (op_operation(&t->op)) {
    case I_nop:
        /* 0F 18 to 0F 1F: to us all of them are no-operations; Zydis knows their later meanings
         * and shows the reg field of the others. */
        return op_row(&t->op)->map == 1;
    case I_loadall: /* the 386's; SYSRET today */
        return true;
    case I_bsf: /* TZCNT, LZCNT today */
    case I_bsr:
        return t->op.flags & OPF_REP;
    default:
        return !theirs && refused_later(t);
    }
}

/* An instruction of the processors that we have? */
static bool one_of_ours(const ZydisDecodedInstruction *insn)
{
    static const char sets[] =
        " I86 I186 I286REAL I286PROTECTED I2860REAL I386 I486 I486REAL PENTIUMREAL PENTIUMMMX "
        "PPRO PPRO_UD0_LONG CMOV FCMOV FCOMI X87 MMX SSE SSE2 SSEMXCSR SSE2MMX SSE_PREFETCH FXSAVE "
        "FAT_NOP CMPXCHG8B RDPMC PAUSE CLFSH ";
    char name[64];
    snprintf(name, sizeof name, " %s ", ZydisISASetGetString(insn->meta.isa_set));
    return strstr(sets, name) && insn->mnemonic != ZYDIS_MNEMONIC_SYSRET;
}

/* ---- what is read and written ---- */

/* Compared one by one; for the rest (system state, ports, EIP) the two lists have other ideas. */
#define COMPARED                                                                                   \
    (R_GPRS | R_SEG(0) | R_SEG(1) | R_SEG(2) | R_SEG(3) | R_SEG(4) | R_SEG(5) | R_XMMS |           \
     R_MM(0) * 255 | R_STS | R_MEM | R_STACK)

static u64 register_resource(ZydisRegister reg)
{
    ZydisRegisterClass class = ZydisRegisterGetClass(reg);
    unsigned id = (unsigned)ZydisRegisterGetId(reg);
    switch (class) {
    case ZYDIS_REGCLASS_GPR8:
        return R_GPR(reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH
                         ? reg - ZYDIS_REGISTER_AH
                         : reg - ZYDIS_REGISTER_AL);
    case ZYDIS_REGCLASS_GPR16:
    case ZYDIS_REGCLASS_GPR32:
        return R_GPR(id & 7);
    case ZYDIS_REGCLASS_SEGMENT:
        return R_SEG(id);
    case ZYDIS_REGCLASS_XMM:
        return R_XMM(id);
    case ZYDIS_REGCLASS_MMX:
        return R_MM(id);
    case ZYDIS_REGCLASS_X87:
        return R_ST(id);
    default:
        return 0;
    }
}

static void their_accesses(const struct trial *t, u64 *reads, u64 *writes)
{
    *reads = *writes = 0;
    for (unsigned i = 0; i < t->insn.operand_count; i++) {
        const ZydisDecodedOperand *p = &t->operand[i];
        u64 what = 0;
        if (p->type == ZYDIS_OPERAND_TYPE_REGISTER) {
            what = register_resource(p->reg.value);
        } else if (p->type == ZYDIS_OPERAND_TYPE_MEMORY) {
            *reads |= register_resource(p->mem.base) | register_resource(p->mem.index);
            if (p->mem.type == ZYDIS_MEMOP_TYPE_AGEN)
                continue;
            *reads |= register_resource(p->mem.segment);
            bool stack = p->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN &&
                         register_resource(p->mem.base) == R_SP;
            what = stack ? R_STACK : R_MEM;
        }
        if (p->actions & ZYDIS_OPERAND_ACTION_MASK_READ)
            *reads |= what;
        if (p->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
            *writes |= what;
    }
}

static u32 packed_flags(ZydisAccessedFlagsMask f)
{
    return fl_from_eflags((u32)f);
}

static void compare_masks(const struct trial *t, const char *what, u64 ours, u64 theirs)
{
    char a[20], b[20];
    if (ours == theirs)
        return;
    snprintf(a, sizeof a, "%llx", (unsigned long long)(ours & ~theirs));
    snprintf(b, sizeof b, "%llx", (unsigned long long)(theirs & ~ours));
    complain(t, what, a, b);
}

/* What is left out of a comparison, because Zydis has another idea of it. */
struct exceptions {
    u64 reads, writes;
    bool kept; /* Zydis calls a destination that is kept in part, or at times, read, or not */
    u32 flags; /* read */
};

static struct exceptions exceptions_of(const struct trial *t)
{
    const struct opdef *r = op_row(&t->op);
    struct exceptions e = {0, 0, false, 0};
    if (r->attr & A_REP) {
        /* The index registers' step is missing, segments are those of prefixes; REPE and REPNE
         * test the ZF that they made. */
        e.writes = R_SI | R_DI;
        e.reads = 0x3full << 8;
        if (t->op.flags & (OPF_REP | OPF_REPNE))
            e.flags = FL_ZF;
    }
    if (op_x87_push(&t->op) > 0)
        e.writes |= R_STS; /* Zydis numbers them after the push */
    switch (op_operation(&t->op)) {
    case I_ftst: /* no register is written */
    case I_fxam:
    case I_ffree: /* a tag is */
    case I_ffreep:
    case I_fnsave: /* all registers go unmentioned */
    case I_frstor:
    case I_fxsave:
    case I_fxrstor:
        e.reads |= R_STS | R_XMMS;
        e.writes |= R_STS | R_XMMS;
        break;
    case I_enter: /* with levels */
        e.reads |= R_STACK;
        break;
    case I_leave: /* the stack's top is at EBP */
        e.reads |= R_STACK | R_MEM | R_SP;
        break;
    case I_xlat: /* AL is an index */
        e.reads |= R_AX;
        break;
    case I_invlpg: /* named, not read */
    case I_clflush:
    case I_prefetchnta:
    case I_prefetcht0:
    case I_prefetcht1:
    case I_prefetcht2:
        e.reads |= R_MEM | R_SEG(t->op.seg);
        break;
    case I_bsf:
    case I_bsr:
    case I_lar:
    case I_lsl:
    case I_pinsrw:
    case I_cvtsi2ss:
    case I_cvtsi2sd:
        e.kept = true;
        break;
    default:
        e.kept = op_class(&t->op) == OC_CMOVCC || op_class(&t->op) == OC_FCMOVCC;
        break;
    }
    return e;
}

static void compare_accesses(const struct trial *t)
{
    const struct opdef *r = op_row(&t->op);
    enum operation what = op_operation(&t->op);
    u64 reads, writes;
    /* Everything, or #UD. */
    if (row_operation(r)->reads == R_EVERYTHING || what == I_ud0 || what == I_ud1 || what == I_rsm)
        return;
    their_accesses(t, &reads, &writes);
    struct exceptions e = exceptions_of(t);
    u64 read_mask = COMPARED & ~e.reads & ~(e.kept ? writes : 0);
    u64 write_mask = COMPARED & ~e.writes;
    compare_masks(t, "reads", op_reads(&t->op) & read_mask, reads & read_mask);
    compare_masks(t, "writes", op_writes(&t->op) & write_mask, writes & write_mask);

    const ZydisAccessedFlags *f = t->insn.cpu_flags;
    u32 read = packed_flags(f->tested) & ~e.flags;
    /* Undefined flags may be kept. */
    u32 undefined = packed_flags(f->undefined) & ~r->fl_write;
    u32 written = packed_flags(f->modified | f->set_0 | f->set_1 | f->undefined) & ~undefined;
    compare_masks(t, "flags read", r->fl_read & ~e.flags, read);
    compare_masks(t, "flags written", r->fl_write, written);
}

static void compare_memory(const struct trial *t)
{
    if (op_row(&t->op)->attr & A_NOMEM || op_operation(&t->op) == I_clflush)
        return; /* named only */
    for (unsigned i = 0; i < t->insn.operand_count_visible; i++) {
        const ZydisDecodedOperand *p = &t->operand[i];
        if (p->type != ZYDIS_OPERAND_TYPE_MEMORY)
            continue;
        compare_masks(t, "bytes", op_memory(&t->op).bytes, p->size / 8);
        compare_masks(t, "segment", 1u << t->op.seg, register_resource(p->mem.segment) >> 8);
    }
}

/* ---- all forms ---- */

static ZydisFormatter formatter;
static ZydisDecoder decoder16, decoder32;
static struct decoder *decoder;

static void try_bytes(const u8 *bytes, u32 mode)
{
    struct trial t = {.bytes = bytes, .mode = mode};
    const u32 address = 0x1000;
    t.length = disasm(decoder, mode, bytes, 15, address, t.text, sizeof t.text);
    decode_op(decoder, mode, bytes, 15, &t.op);
    bool bad = op_operation(&t.op) == I_undefined || op_operation(&t.op) == I_too_long;
    bool theirs = ZYAN_SUCCESS(ZydisDecoderDecodeFull(mode & MODE_CS32 ? &decoder32 : &decoder16,
                                                      bytes, 15, &t.insn, t.operand));
    if (bad) {
        if (theirs && one_of_ours(&t.insn)) {
            t.length = t.insn.length;
            complain(&t, "form", "(bad)", ZydisMnemonicGetString(t.insn.mnemonic));
        }
        return;
    }
    compared++;
    if (expected_difference(&t, theirs)) {
        known++;
        return;
    }
    if (!theirs) {
        complain(&t, "form", t.text, "undefined");
        return;
    }
    if (t.length != t.insn.length)
        complain(&t, "length", "", "");
    ZydisFormatterFormatInstruction(&formatter, &t.insn, t.operand, t.insn.operand_count_visible,
                                    t.expected, sizeof t.expected, address, NULL);
    /* 3Eh before an indirect branch is no segment on later processors. */
    if (strstr(t.expected, "notrack"))
        return;
    compare_texts(&t);
    compare_memory(&t);
    compare_accesses(&t);
}

static const char prefix_sets[][4] = {"",         "\x66",     "\x67",     "\x66\x67", "\xf2",
                                      "\xf3",     "\x66\xf2", "\x66\xf3", "\x2e",     "\x64",
                                      "\x36\x67", "\xf0",     "\x26\xf3"};

int main(int argc, char **argv)
{
    random_state = argc > 1 ? strtoull(argv[1], NULL, 0) | 1 : 0x2545f4914f6cdd1d;
    struct cpu_model all = {.name = "everything", .features = ~0ull};
    decoder = decoder_new(&all);
    ZydisDecoderInit(&decoder16, ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16);
    ZydisDecoderInit(&decoder32, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_DISP_PADDING,
                              ZYDIS_PADDING_DISABLED);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_IMM_PADDING, ZYDIS_PADDING_DISABLED);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE,
                              ZYDIS_PADDING_DISABLED);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, 0);
    for (unsigned m = 0; m < 2; m++)
        for (unsigned set = 0; set < sizeof prefix_sets / sizeof prefix_sets[0]; set++)
            for (unsigned map = 0; map < 2; map++)
                for (unsigned opcode = 0; opcode < 256; opcode++)
                    for (unsigned modrm = 0; modrm < 256; modrm++) {
                        u8 bytes[24];
                        unsigned n = 0;
                        for (const char *p = prefix_sets[set]; *p; p++)
                            bytes[n++] = (u8)*p;
                        if (map)
                            bytes[n++] = 0x0f;
                        bytes[n++] = (u8)opcode;
                        bytes[n++] = (u8)modrm;
                        while (n < sizeof bytes)
                            bytes[n++] = (u8)random_u32();
                        try_bytes(bytes, (m ? MODE_CS32 : 0) | MODE_PE);
                    }
    decoder_free(decoder);
    printf("%lu forms compared, %lu differ, %lu known\n", compared, differences, known);
    return differences || compared < 100000;
}
