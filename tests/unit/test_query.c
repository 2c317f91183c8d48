/*
 * test_query.c - what rows say is written, held against what instructions do: every form without a
 * memory operand is executed with random registers, and nothing may have changed that op_writes()
 * does not name; the x87 stack moves as op_x87_push() says. tests/ops/zydis_compare.c holds the
 * rest. And what is said of an instruction's bytes and flags (anatomy.h).
 */
#include "cpu/decode/anatomy.h"
#include "cpu/decode/decode.h"
#include "cpu/decode/query.h"
#include "cpu/fpu.h"
#include "cpu_harness.h"

static u32 seed = 1;

static u32 rnd(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8 ^ seed << 13;
}

/* Not executed here: what leaves the frame of the test, or always faults. */
static bool out_of_frame(const struct op *o)
{
    const struct operation_def *p = row_operation(op_row(o));
    if ((o->flags & OPF_MEM) || p->reads == R_EVERYTHING)
        return true;
    if ((p->reads | p->writes) & (R_IP | R_PORT | R_SYS | R_STACK | R_MEM | R_TABLES | R_EFL))
        return true;
    for (unsigned i = 0; i < row_operands(op_row(o)); i++) {
        switch ((enum operand)op_row(o)->operand[i]) {
        case Sw: /* segments and system registers have tests of their own */
        case Cd:
        case Dd:
        case Td:
        case Xb:
        case Xv:
        case Yb:
        case Yv:
            return true;
        default:
            break;
        }
    }
    return false;
}

struct snapshot {
    u32 gpr[8], eflags;
    u8 st[8][16], xmm[8][16];
    u16 fsw;
    u8 ftw;
    u32 mxcsr;
};

static void look(struct cpu *c, struct snapshot *s)
{
    fpu_leave(c);
    memcpy(s->gpr, c->gpr, sizeof s->gpr);
    s->eflags = cpu_eflags(c);
    memcpy(s->st, c->fpu.st, sizeof s->st);
    memcpy(s->xmm, c->fpu.xmm, sizeof s->xmm);
    s->fsw = c->fpu.fsw;
    s->ftw = c->fpu.ftw;
    s->mxcsr = c->fpu.mxcsr;
}

/* Random registers. The x87 stack has four small numbers, and four places that are free. */
static void scramble(struct cpu *c)
{
    fpu_leave(c);
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = rnd() | rnd() << 20;
    c->gpr[ESP] = STACK0 - (rnd() & 0xffc);
    memset(&c->fpu, 0, offsetof(struct cpu_fpu, gate));
    c->fpu.fcw = FCW_INIT;
    c->fpu.fsw = (u16)((rnd() & 7) << 11);
    c->fpu.mxcsr = MXCSR_INIT;
    unsigned top = c->fpu.fsw >> 11 & 7;
    for (unsigned i = 0; i < 4; i++) {
        unsigned reg = (top + i) & 7;
        c->fpu.ftw |= (u8)(1u << reg);
        u64 mantissa = 1ull << 63 | (u64)rnd() << 20;
        u16 exponent = (u16)(16383 - i);
        memcpy(c->fpu.st[reg], &mantissa, 8);
        memcpy(c->fpu.st[reg] + 8, &exponent, 2);
    }
    for (unsigned i = 0; i < sizeof c->fpu.xmm; i++)
        ((u8 *)c->fpu.xmm)[i] = (u8)rnd();
    fpu_loaded(c);
    cpu_set_eflags(c, EFL_ONE | (rnd() & EFL_ARITH));
}

static u64 changes(const struct snapshot *a, const struct snapshot *b, bool mmx)
{
    u64 mask = 0;
    unsigned top = a->fsw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        if (a->gpr[i] != b->gpr[i])
            mask |= R_GPR(i);
        if (memcmp(a->xmm[i], b->xmm[i], 16) != 0)
            mask |= R_XMM(i);
        if (memcmp(a->st[i], b->st[i], 10) != 0)
            mask |= mmx ? R_MM(i) : R_ST((i - top) & 7);
    }
    if ((a->eflags ^ b->eflags) & EFL_ARITH)
        mask |= R_FLAGS;
    if ((a->eflags ^ b->eflags) & EFL_DF)
        mask |= R_DF;
    if ((a->eflags ^ b->eflags) & ~(EFL_ARITH | EFL_DF))
        mask |= R_EFL;
    if (a->mxcsr != b->mxcsr)
        mask |= R_MXCSR;
    if (a->fsw != b->fsw || a->ftw != b->ftw)
        mask |= R_X87;
    return mask;
}

static unsigned executed;

static void one_form(struct rig *r, const u8 *code, const struct op *o)
{
    struct cpu *c = r->c;
    u64 writes = op_writes(o);
    bool mmx = false;
    for (unsigned i = 0; i < 3; i++)
        mmx |= op_row(o)->operand[i] >= Pq && op_row(o)->operand[i] <= Nq;
    phys_write(&r->phys, CODE, code, o->len);
    for (unsigned k = 0; k < 6; k++) {
        struct snapshot before, after;
        scramble(c);
        c->eip = CODE;
        look(c, &before);
        cpu_run(c, 1);
        look(c, &after);
        if (c->eip >= HANDLERS) /* a fault: DIV, AAM 0 */
            continue;
        ck_assert_uint_eq(c->eip, CODE + o->len);
        executed++;
        u64 changed = changes(&before, &after, mmx) & ~writes;
        ck_assert_msg(!changed, "%02x %02x %02x %02x (%s) also changes %llx", code[0], code[1],
                      code[2], code[3], row_operation(op_row(o))->text,
                      (unsigned long long)changed);
        /* A stack fault or an angle out of range pushes nothing; here there are neither. */
        bool empty = after.fsw & FSW_SF;
        if ((op_class(o) == OC_X87 || op_class(o) == OC_FCMOVCC) && !empty &&
            op_operation(o) != I_fninit) {
            unsigned moved = ((before.fsw >> 11) - (after.fsw >> 11)) & 7;
            ck_assert_msg(moved == ((unsigned)op_x87_push(o) & 7), "%02x %02x moves TOP by %u",
                          code[0], code[1], moved);
        }
    }
}

/* _i: the prefix. */
START_TEST(test_written)
{
    static const u8 prefix[] = {0, 0x66, 0xf2, 0xf3};
    struct rig *r = rig_new("pentium4");
    pm_init(r, 0);
    mmu_set_cr0(&r->c->mmu, r->c->mmu.cr0 | CR0_NE);
    mmu_set_cr4(&r->c->mmu, CR4_OSFXSR | CR4_OSXMMEXCPT);
    fpu_update(r->c);
    for (unsigned map = 0; map < 2; map++)
        for (unsigned opcode = 0; opcode < 256; opcode++)
            for (unsigned modrm = 0xc0; modrm < 0x100; modrm++) {
                u8 code[16] = {0};
                unsigned n = 0;
                struct op o;
                if (prefix[_i])
                    code[n++] = prefix[_i];
                if (map)
                    code[n++] = 0x0f;
                code[n++] = (u8)opcode;
                code[n++] = (u8)modrm;
                for (; n < sizeof code; n++)
                    code[n] = (u8)rnd();
                decode_op(r->c->decoder, MODE_CS32 | MODE_PE, code, 15, &o);
                if (!(op_row(&o)->attr & A_END) && !out_of_frame(&o))
                    one_form(r, code, &o);
            }
    ck_assert_uint_gt(executed, 20000);
    rig_free(r);
}
END_TEST

/* The condition is the one that the mnemonic names, and its flags are those that the row reads. */
START_TEST(test_conditions)
{
    static const char suffix[16][4] = {"o", "no", "b", "nb", "z", "nz", "be", "nbe",
                                       "s", "ns", "p", "np", "l", "nl", "le", "nle"};
    static const u32 flags[] = {FL_OF, FL_CF, FL_PF, FL_AF, FL_ZF, FL_SF};
    unsigned found = 0;
    for (unsigned i = 0; i < opdef_count; i++) {
        struct op o = {.def = (u16)i};
        int cc = op_condition(&o);
        if (cc < 0)
            continue;
        found++;
        const char *text = row_operation(&opdefs[i])->text;
        const char *name = text + (op_class(&o) == OC_JCC       ? 1
                                   : op_class(&o) == OC_SETCC   ? 3
                                   : op_class(&o) == OC_FCMOVCC ? 5
                                                                : 4);
        if (op_class(&o) == OC_FCMOVCC) /* spelt with E for Z, U for P */
            name = strcmp(name, "e") == 0    ? "z"
                   : strcmp(name, "ne") == 0 ? "nz"
                   : strcmp(name, "u") == 0  ? "p"
                   : strcmp(name, "nu") == 0 ? "np"
                                             : name;
        ck_assert_str_eq(name, suffix[cc]);
        u32 matter = 0;
        for (unsigned k = 0; k < 500; k++)
            for (unsigned f = 0; f < sizeof flags / sizeof flags[0]; f++) {
                u32 fl = rnd() & FL_ALL;
                if (fl_cond(fl, (unsigned)cc) != fl_cond(fl ^ flags[f], (unsigned)cc))
                    matter |= flags[f];
            }
        ck_assert_uint_eq(matter, opdefs[i].fl_read);
    }
    ck_assert_uint_eq(found, 2 * 16 + 16 + 16 + 8 * 8); /* Jcc twice, SETcc, CMOVcc, FCMOVcc */
}
END_TEST

/*
 * More than 15 bytes are too many even when an earlier check would refuse the instruction: the
 * decoder says so, and does not ask for bytes that nobody will ever have.
 */
START_TEST(test_too_long)
{
    struct decoder *d = decoder_new(cpu_model_find("pentium3"));
    u8 bytes[DECODE_MAX];
    struct op o;
    memset(bytes, 0xf0, sizeof bytes);
    memcpy(bytes + 11, "\x8b\x05\x00\x00", 4); /* LOCK MOV EAX,[disp32], two bytes missing */
    ck_assert_uint_eq(decode_op(d, MODE_CS32, bytes, DECODE_MAX, &o), DECODE_MAX);
    ck_assert_int_eq(op_operation(&o), I_too_long);
    ck_assert_uint_eq(decode_op(d, MODE_CS32, bytes, DECODE_MAX - 1, &o), 0);
    memcpy(bytes, "\xf0\x8b\x05\x00\x00\x00\x00", 7); /* complete: LOCK is not for MOV */
    ck_assert_uint_eq(decode_op(d, MODE_CS32, bytes, DECODE_MAX, &o), 7);
    ck_assert_int_eq(op_operation(&o), I_undefined);
    ck_assert_uint_eq(o.imm & 15, UD_LOCK);
    /* What is no instruction has no operand in memory, although bytes of one were read. */
    ck_assert_uint_eq(o.flags & OPF_MEM, 0);
    static const u8 too_long[DECODE_MAX + 1] = "ffffffffffff\x8b\x04\x25";
    ck_assert_uint_eq(decode_op(d, MODE_CS32, too_long, DECODE_MAX, &o), DECODE_MAX);
    ck_assert_int_eq(op_operation(&o), I_too_long);
    ck_assert_uint_eq(o.flags & OPF_MEM, 0);
    ck_assert_uint_eq(decode_op(d, 0, (const u8 *)"\x0f\x00\xd0", 3, &o), 3); /* LLDT AX */
    ck_assert_int_eq(op_operation(&o), I_undefined);
    ck_assert_uint_eq(o.imm & 15, UD_REAL);
    decoder_free(d);
}
END_TEST

/*
 * What is no instruction is as long as the opcode says, and asks for all of its bytes: they are
 * fetched before it is refused (recorded on an AMD EPYC, with the page behind them not there).
 */
START_TEST(test_length_of_undefined)
{
    static const struct {
        const char *bytes;
        unsigned length;
    } row[] = {
        {"\xf0\x81\xc0\x01\x02\x03\x04", 7},                  /* lock add eax,imm32 */
        {"\xf0\xc7\x05\x00\x00\x00\x00\x01\x02\x03\x04", 11}, /* lock mov [disp32],imm32 */
        {"\xf0\xe9\x01\x02\x03\x04", 6},                      /* lock jmp rel32 */
        {"\xf0\x90", 2},                                      /* lock nop */
        {"\xc6\xc8\x01", 3},                                  /* groups: C6 /1 */
        {"\xc6\x0d\x01\x01\x01\x01\x01", 7},
        {"\x66\xc7\xc8\x01\x01", 5},
        {"\xc7\xc8\x01\x01\x01\x01", 6},
        {"\xfe\x3d\x01\x01\x01\x01", 6},
        {"\xff\x3c\x25\x01\x01\x01\x01", 7},
        {"\x67\x8f\x0e\x01\x01", 5},
        {"\x0f\xba\x05\x01\x01\x01\x01\x01", 8},
        {"\x0f\xba\xc0\x01", 4},
        {"\x0f\x71\xc0\x01", 4},
        {"\x0f\x71\x15\x00\x00\x00\x00\x01", 8},
        {"\x0f\xc7\x05\x01\x01\x01\x01", 7},
        {"\xdb\x25\x01\x01\x01\x01", 6},
        {"\xd9\xd1", 2},
        {"\x8d\xc0", 2},
        {"\x66\x0f\x77", 3}, /* EMMS with a prefix, which has no ModR/M byte */
        {"\xf3\x0f\x77", 3},
        {"\x0f\x0a", 2}, /* not one of any */
        {"\x0f\x36", 2},
    };
    struct decoder *d = decoder_new(cpu_model_find("pentium3"));
    for (unsigned i = 0; i < ARRAY_SIZE(row); i++) {
        struct op o;
        u8 bytes[DECODE_MAX] = {0};
        memcpy(bytes, row[i].bytes, row[i].length);
        ck_assert_uint_eq(decode_op(d, MODE_CS32, bytes, DECODE_MAX, &o), row[i].length);
        ck_assert_int_eq(op_operation(&o), I_undefined);
        ck_assert_uint_eq(o.flags & OPF_MEM, 0);
        for (unsigned n = 0; n < row[i].length; n++)
            ck_assert_msg(!decode_op(d, MODE_CS32, bytes, n, &o), "row %u with %u bytes", i, n);
    }
    decoder_free(d);
}
END_TEST

/* What comes with an operand: the x87 state with an MMX register, descriptors with a segment's. */
START_TEST(test_read_with_an_operand)
{
    static const struct {
        const char *bytes;
        u64 reads;
    } row[] = {{"\x0f\xfc\xc1", R_X87},            /* PADDB MM0,MM1 */
               {"\x8e\xd8\x90", R_TABLES | R_SYS}, /* MOV DS,AX */
               {"\x0f\xb4\x00", R_TABLES | R_SYS}, /* LFS EAX,[EAX] */
               {"\x01\xc1\x90", 0}};               /* ADD ECX,EAX */
    struct decoder *d = decoder_new(cpu_model_find("pentium3"));
    struct op o;
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        ck_assert(decode_op(d, MODE_CS32 | MODE_PE, (const u8 *)row[i].bytes, 3, &o));
        ck_assert_uint_eq(op_reads(&o) & (R_X87 | R_TABLES | R_SYS), row[i].reads);
    }
    decoder_free(d);
}
END_TEST

/* ---- instructions taken apart (anatomy.h) ---- */

static const u32 arithmetic[] = {FL_CF, FL_PF, FL_AF, FL_ZF, FL_SF, FL_OF};

/* A flag that a row writes has a rule, and a rule is one of a flag that some row writes. */
START_TEST(test_flag_rules)
{
    static u32 written[OPERATION_COUNT];
    for (unsigned i = 0; i < opdef_count; i++)
        written[opdefs[i].operation] |= opdefs[i].fl_write;
    for (unsigned i = 0; i < OPERATION_COUNT; i++) {
        for (size_t f = 0; f < ARRAY_SIZE(arithmetic); f++) {
            const char *rule = flag_rule((enum operation)i, arithmetic[f]);
            ck_assert_msg((rule && *rule) == !!(written[i] & arithmetic[f]), "%s: flag %04x: %s",
                          operations[i].text, arithmetic[f], rule ? rule : "no rule");
        }
    }
    ck_assert_ptr_null(flag_rule(I_add, 2));
}
END_TEST

/* Every row is its own text, with its file and line. */
START_TEST(test_row_texts)
{
    char place[80], begins[40];
    for (unsigned i = 0; i < opdef_count; i++) {
        const struct opdef *r = &opdefs[i];
        row_place(i, place, sizeof place);
        ck_assert_int_eq(row_text(i)[0] != 0, r->map <= 1);
        ck_assert_int_eq(place[0] != 0, r->map <= 1);
        snprintf(begins, sizeof begins, "ROW(%u, ", r->map);
        ck_assert(r->map > 1 || strncmp(row_text(i), begins, strlen(begins)) == 0);
        for (unsigned k = 0; k < row_operands(r); k++)
            ck_assert(*operand_kind_name(r->operand[k]) && *operand_kind_words(r->operand[k]));
    }
    ck_assert_str_eq(row_text(0),
                     "ROW(0, 0x00, -1, -1, NP, add, Eb, Gb, ND, F_386, A_LOCK, 0, FL_ALL");
    ck_assert_str_eq(operand_kind_name(GS_), "GS");
    ck_assert_str_eq(operand_kind_name(Ux), "Ux");
}
END_TEST

/* The parts are all of the bytes, one after the other, and the opcode is the row's. */
static bool parts_are_whole(const struct decoder *d, u32 mode, const u8 *bytes, unsigned n)
{
    struct anatomy a;
    struct op o;
    unsigned at = 0, opcodes = 0;
    bool ok = true;
    if (!decode_op(d, mode, bytes, n, &o))
        return true;
    anatomy(bytes, &o, mode, 0x1000, &a);
    for (unsigned i = 0; i < a.parts; i++) {
        const struct anatomy_part *p = &a.part[i];
        ok = ok && p->at == at && p->len && *p->meaning;
        ok = ok && *part_role_name((enum part_role)p->role);
        if (p->role == PART_OPCODE && op_row(&o)->map <= 1)
            ok = ok && bytes[p->at] == op_row(&o)->opcode && opcodes++ == 0;
        at += p->len;
    }
    return ok && at == o.len;
}

START_TEST(test_parts)
{
    static const char *const models[] = {"386", "pentium3", "pentium4"};
    struct decoder *d = decoder_new(cpu_model_find(models[_i]));
    u8 bytes[DECODE_MAX];
    for (unsigned n = 0; n < 50000; n++) {
        static const u8 prefixes[] = {0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x65, 0x0f};
        for (unsigned i = 0; i < sizeof bytes; i++)
            bytes[i] = (u8)rnd();
        for (unsigned i = 0; i < (rnd() & 3); i++)
            bytes[i] = prefixes[rnd() & 7];
        u32 mode = (rnd() & 1 ? MODE_CS32 : 0) | (rnd() & 1 ? MODE_PE : 0);
        if (!parts_are_whole(d, mode, bytes, rnd() & 1 ? DECODE_MAX : rnd() % DECODE_MAX))
            ck_abort_msg("mode %x: %02x %02x %02x %02x %02x %02x %02x %02x", mode, bytes[0],
                         bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]);
    }
    decoder_free(d);
}
END_TEST

START_TEST(test_parts_in_words)
{
    static const struct {
        const char *bytes;
        unsigned len;
        u32 mode;
        struct {
            u8 role;
            const char *words;
        } part[8];
    } cases[] = {
        /* add word [fs:ebx+esi*4+12345678h], 0abcdh */
        {"\x64\x66\x81\x84\xb3\x78\x56\x34\x12\xcd\xab",
         11,
         MODE_CS32 | MODE_PE,
         {{PART_PREFIX, "through FS"},
          {PART_PREFIX, "operand size: 16 bits"},
          {PART_OPCODE, "add Ev, Iz"},
          {PART_MODRM, "reg 0: chooses add"},
          {PART_SIB, "base 3: EBX; index 6: ESI, times 4"},
          {PART_DISPLACEMENT, "+305419896, added to the address in FS"},
          {PART_IMMEDIATE, "abcd"}}},
        /* mov ax, [bp-2] */
        {"\x8b\x46\xfe",
         3,
         0,
         {{PART_OPCODE, "mov Gv, Ev"},
          {PART_MODRM, "reg 0: AX; r/m 6: [BP + displacement]"},
          {PART_DISPLACEMENT, "-2, added to the address in SS"}}},
        {"\x75\xfe", 2, 0, {{PART_OPCODE, "ZF = 0"}, {PART_IMMEDIATE, "-2 bytes from the next"}}},
        {"\xea\x5b\xe0\x00\xf0",
         5,
         0,
         {{PART_OPCODE, "jmp"},
          {PART_IMMEDIATE, "offset e05b"},
          {PART_IMMEDIATE, "selector f000"}}},
        {"\x0f\xb6\xc4",
         3,
         MODE_CS32,
         {{PART_ESCAPE, "second map"},
          {PART_OPCODE, "movzx"},
          {PART_MODRM, "reg 0: EAX; r/m 4: AH"}}},
        {"\xf3\xa6", 2, 0, {{PART_PREFIX, "REPE: again while CX"}, {PART_OPCODE, "cmps"}}},
        {"\x2e\x90", 2, 0, {{PART_PREFIX, "without effect here"}, {PART_OPCODE, ""}}},
        {"\xf3\x0f\x58\xc1",
         4,
         MODE_CS32,
         {{PART_PREFIX, "mandatory"},
          {PART_ESCAPE, ""},
          {PART_OPCODE, "addss"},
          {PART_MODRM, "reg 0: XMM0; r/m 1: XMM1"}}},
        {"\x0f\x0b", 2, 0, {{PART_ESCAPE, ""}, {PART_OPCODE, ""}}},
        {"\xf0\x90", 2, 0, {{PART_PREFIX, "LOCK"}, {PART_OPCODE, "cannot be locked"}}},
    };
    struct decoder *d = decoder_new(cpu_model_find("pentium3"));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const u8 *bytes = (const u8 *)cases[i].bytes;
        struct anatomy a;
        struct op o;
        ck_assert_uint_eq(decode_op(d, cases[i].mode, bytes, cases[i].len, &o), cases[i].len);
        anatomy(bytes, &o, cases[i].mode, 0x100, &a);
        for (unsigned k = 0; k < 8 && cases[i].part[k].words; k++) {
            ck_assert_uint_lt(k, a.parts);
            ck_assert_uint_eq(a.part[k].role, cases[i].part[k].role);
            ck_assert_msg(strstr(a.part[k].meaning, cases[i].part[k].words) != NULL,
                          "%zu, part %u: no \"%s\" in \"%s\"", i, k, cases[i].part[k].words,
                          a.part[k].meaning);
        }
        ck_assert(a.parts == 8 || !cases[i].part[a.parts].words);
    }
    decoder_free(d);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("query");
    TCase *t = tcase_create("query");
    tcase_add_loop_test(t, test_written, 0, 4);
    tcase_add_test(t, test_conditions);
    tcase_add_test(t, test_too_long);
    tcase_add_test(t, test_length_of_undefined);
    tcase_add_test(t, test_flag_rules);
    tcase_add_test(t, test_row_texts);
    tcase_add_test(t, test_read_with_an_operand);
    tcase_add_loop_test(t, test_parts, 0, 3);
    tcase_add_test(t, test_parts_in_words);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
