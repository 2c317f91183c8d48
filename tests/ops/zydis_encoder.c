/*
 * zydis_encoder.c - the translator's encoder (cpu/translate/x64.h) against the Zydis library: every
 * form, with every register, every kind of address and edges of immediates, is decoded and must be
 * the instruction that was asked for, of the length that was written.
 */
#include "cpu/translate/x64.h"

#include <Zydis/Zydis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long compared, differences;
static u8 space[1 << 18], *const buffer = space + (1 << 17);
#define BUFFER_BYTES 64
static ZydisDecoder decoder;

/* What an operand should be: a register, memory or an immediate. */
struct want {
    enum { W_NONE, W_RM, W_XMM, W_IMM } kind; /* W_XMM: rm, and registers are XMM0... */
    struct x64_rm rm;
    unsigned size;
    u64 imm;
};
#define NOTHING ((struct want){.kind = W_NONE})
#define WANT(r, n) ((struct want){.kind = W_RM, .rm = (r), .size = (n)})
#define WANT_REG(r, n) WANT(X_REG(r), n)
#define WANT_XMM(r, n) ((struct want){.kind = W_XMM, .rm = (r), .size = (n)})
#define WANT_IMM(v, n) ((struct want){.kind = W_IMM, .imm = (v), .size = (n)})

static ZydisRegister named(unsigned reg, unsigned size)
{
    if (reg == X_NONE)
        return ZYDIS_REGISTER_NONE;
    if (X_IS_HIGH(reg))
        return (ZydisRegister)(ZYDIS_REGISTER_AH + (reg - X_HIGH(0)));
    if (size == 1)
        return (ZydisRegister)(reg < 4 ? ZYDIS_REGISTER_AL + reg : ZYDIS_REGISTER_SPL + reg - 4);
    return (ZydisRegister)((size == 8   ? ZYDIS_REGISTER_RAX
                            : size == 4 ? ZYDIS_REGISTER_EAX
                                        : ZYDIS_REGISTER_AX) +
                           reg);
}

static u64 cut(u64 v, unsigned size)
{
    return size >= 8 ? v : v & ((1ull << (8 * size)) - 1);
}

static bool is(const ZydisDecodedOperand *o, const struct want *w)
{
    if (w->kind == W_IMM)
        return o->type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
               cut(o->imm.value.u, w->size) == cut(w->imm, w->size);
    if (w->rm.reg != X_NONE && w->kind == W_XMM)
        return o->type == ZYDIS_OPERAND_TYPE_REGISTER &&
               o->reg.value == (ZydisRegister)(ZYDIS_REGISTER_XMM0 + w->rm.reg);
    if (w->rm.reg != X_NONE)
        return o->type == ZYDIS_OPERAND_TYPE_REGISTER && o->reg.value == named(w->rm.reg, w->size);
    return o->type == ZYDIS_OPERAND_TYPE_MEMORY && o->mem.base == named(w->rm.base, 8) &&
           o->mem.index == named(w->rm.index, 8) &&
           (w->rm.index == X_NONE || o->mem.scale == 1u << w->rm.shift) &&
           o->mem.disp.value == w->rm.disp && (!w->size || o->size == 8 * w->size);
}

static void check(const struct x64 *x, ZydisMnemonic mnemonic, struct want a, struct want b,
                  struct want c)
{
    const struct want *want[3] = {&a, &b, &c};
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
    size_t n = (size_t)(x->at - buffer);
    bool ok = ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, buffer, n, &insn, op)) &&
              insn.length == n && insn.mnemonic == mnemonic;
    for (unsigned i = 0; i < 3 && ok; i++)
        if (want[i]->kind != W_NONE)
            ok = i < insn.operand_count && is(&op[i], want[i]);
    compared++;
    if (ok || ++differences > 50)
        return;
    printf("wanted %s:", ZydisMnemonicGetString(mnemonic));
    for (size_t i = 0; i < n; i++)
        printf(" %02x", buffer[i]);
    printf("\n");
}

static struct x64 fresh(void)
{
    return (struct x64){.at = buffer, .end = buffer + BUFFER_BYTES};
}

/* ---- what to try ---- */

static const unsigned sizes[] = {1, 2, 4, 8};
static const s32 disps[] = {0, 1, -128, 127, 128, -129, 0x12345678, INT32_MIN};
static struct x64_rm rms[2000];
static unsigned rm_count;

static void make_addresses(void)
{
    for (unsigned r = 0; r < 16; r++)
        rms[rm_count++] = X_REG(r);
    for (unsigned b = 0; b < 16; b++)
        for (unsigned d = 0; d < ARRAY_SIZE(disps); d++) {
            rms[rm_count++] = X_MEM((u8)b, disps[d]);
            unsigned i = (b * 7 + d * 3) % 16;
            if (i != X_SP)
                rms[rm_count++] = X_MEMX((u8)b, (u8)i, (u8)(d & 3), disps[d]);
        }
    for (unsigned i = 0; i < 16; i++)
        if (i != X_SP)
            rms[rm_count++] = X_MEMX(X_NONE, (u8)i, (u8)(i & 3), disps[i & 7]);
    rms[rm_count++] = X_MEM(X_NONE, 0x1234);
}

static void with_registers(void)
{
    static const ZydisMnemonic alu[8] = {ZYDIS_MNEMONIC_ADD, ZYDIS_MNEMONIC_OR,  ZYDIS_MNEMONIC_ADC,
                                         ZYDIS_MNEMONIC_SBB, ZYDIS_MNEMONIC_AND, ZYDIS_MNEMONIC_SUB,
                                         ZYDIS_MNEMONIC_XOR, ZYDIS_MNEMONIC_CMP};
    for (unsigned k = 0; k < rm_count; k++)
        for (unsigned s = 0; s < 4; s++)
            for (unsigned r = 0; r < 16; r++) {
                unsigned n = sizes[s], g = (k + r) & 7;
                struct want rm = WANT(rms[k], n), reg = WANT_REG(r, n);
                struct {
                    unsigned opcode;
                    ZydisMnemonic m;
                    bool load;
                } form[] = {{X_MOV, ZYDIS_MNEMONIC_MOV, false},
                            {X_MOV_LOAD, ZYDIS_MNEMONIC_MOV, true},
                            {X_TEST, ZYDIS_MNEMONIC_TEST, false},
                            {X_XCHG, ZYDIS_MNEMONIC_XCHG, false},
                            {X_ALU(g), alu[g], false},
                            {X_ALU_LOAD(g), alu[g], true}};
                for (unsigned f = 0; f < ARRAY_SIZE(form); f++) {
                    struct x64 x = fresh();
                    x64_op(&x, form[f].opcode, n, r, rms[k]);
                    check(&x, form[f].m, form[f].load ? reg : rm, form[f].load ? rm : reg, NOTHING);
                }
                if (n > 1 && rms[k].reg == X_NONE) {
                    struct x64 x = fresh();
                    x64_op(&x, X_LEA, n, r, rms[k]);
                    check(&x, ZYDIS_MNEMONIC_LEA, reg, WANT(rms[k], 0), NOTHING);
                }
            }
}

static void behind_0f(void)
{
    for (unsigned k = 0; k < rm_count; k++)
        for (unsigned r = 0; r < 16; r++)
            for (unsigned n = 2; n <= 4; n += 2) {
                struct x64 x = fresh();
                struct want reg = WANT_REG(r, n), rm = WANT(rms[k], n);
                x64_op0f(&x, X0F_MOVZX, n, r, rms[k], 1);
                check(&x, ZYDIS_MNEMONIC_MOVZX, reg, WANT(rms[k], 1), NOTHING);
                x = fresh();
                x64_op0f(&x, X0F_MOVSX, n, r, rms[k], 1);
                check(&x, ZYDIS_MNEMONIC_MOVSX, reg, WANT(rms[k], 1), NOTHING);
                x = fresh();
                x64_op0f(&x, X0F_MOVZX + 1, 4, r, rms[k], 2);
                check(&x, ZYDIS_MNEMONIC_MOVZX, WANT_REG(r, 4), WANT(rms[k], 2), NOTHING);
                x = fresh();
                x64_op0f(&x, X0F_IMUL, n, r, rms[k], n);
                check(&x, ZYDIS_MNEMONIC_IMUL, reg, rm, NOTHING);
                x = fresh();
                x64_op0f(&x, X0F_BT, n, r, rms[k], n);
                check(&x, ZYDIS_MNEMONIC_BT, rm, reg, NOTHING);
                x = fresh();
                x64_double_imm(&x, X0F_SHLD, n, r, rms[k], 17);
                check(&x, ZYDIS_MNEMONIC_SHLD, rm, reg, WANT_IMM(17, 1));
                x = fresh();
                x64_double_cl(&x, X0F_SHRD, n, r, rms[k]);
                check(&x, ZYDIS_MNEMONIC_SHRD, rm, reg, WANT_REG(X_CX, 1));
                x = fresh();
                x64_op0f(&x, X0F_BSR, n, r, rms[k], n);
                check(&x, ZYDIS_MNEMONIC_BSR, reg, rm, NOTHING);
                x = fresh();
                x64_op0f(&x, X0F_CMOV + CC_L, n, r, rms[k], n);
                check(&x, ZYDIS_MNEMONIC_CMOVL, reg, rm, NOTHING);
                x = fresh();
                x64_op0f(&x, X0F_SET + CC_Z, 1, X_DIGIT(0), rms[k], 1);
                check(&x, ZYDIS_MNEMONIC_SETZ, WANT(rms[k], 1), NOTHING, NOTHING);
            }
}

/* SSE and SSE2: each prefix, with every register and address; a general register as r/m or reg. */
static void vectors(void)
{
    static const struct {
        u8 prefix, opcode;
        bool to_rm;
        u8 bytes;
        ZydisMnemonic m;
    } form[] = {{0, 0x10, false, 16, ZYDIS_MNEMONIC_MOVUPS},
                {0, 0x11, true, 16, ZYDIS_MNEMONIC_MOVUPS},
                {0x66, 0xfd, false, 16, ZYDIS_MNEMONIC_PADDW},
                {0xf3, 0x7e, false, 8, ZYDIS_MNEMONIC_MOVQ},
                {0x66, 0xd6, true, 8, ZYDIS_MNEMONIC_MOVQ},
                {0xf2, 0x59, false, 8, ZYDIS_MNEMONIC_MULSD}};
    for (unsigned k = 0; k < rm_count; k++)
        for (unsigned r = 0; r < 16; r++) {
            struct want reg = WANT_XMM(X_REG(r), 16);
            for (unsigned f = 0; f < ARRAY_SIZE(form); f++) {
                struct want rm = WANT_XMM(rms[k], form[f].bytes);
                struct x64 x = fresh();
                x64_simd(&x, form[f].prefix, form[f].opcode, r, rms[k]);
                check(&x, form[f].m, form[f].to_rm ? rm : reg, form[f].to_rm ? reg : rm, NOTHING);
            }
            struct x64 x = fresh();
            x64_simd_imm(&x, 0x66, 0x70, r, rms[k], 0x1b);
            check(&x, ZYDIS_MNEMONIC_PSHUFD, reg, WANT_XMM(rms[k], 16), WANT_IMM(0x1b, 1));
            x = fresh();
            x64_simd(&x, 0x66, 0x6e, r, rms[k]);
            check(&x, ZYDIS_MNEMONIC_MOVD, reg, WANT(rms[k], 4), NOTHING);
            if (rms[k].reg == X_NONE)
                continue;
            x = fresh();
            x64_simd(&x, 0xf3, 0x2c, r, rms[k]);
            check(&x, ZYDIS_MNEMONIC_CVTTSS2SI, WANT_REG(r, 4), WANT_XMM(rms[k], 4), NOTHING);
            x = fresh();
            x64_simd_imm(&x, 0x66, 0x73, X_DIGIT(3), rms[k], 8);
            check(&x, ZYDIS_MNEMONIC_PSRLDQ, WANT_XMM(rms[k], 16), WANT_IMM(8, 1), NOTHING);
        }
}

/* x87: opcodes D8 to DF, which have no size, with an address. */
static void x87_operands(void)
{
    for (unsigned k = 0; k < rm_count; k++) {
        if (rms[k].reg != X_NONE)
            continue;
        struct x64 x = fresh();
        x64_op(&x, 0xd9, 4, X_DIGIT(0), rms[k]);
        check(&x, ZYDIS_MNEMONIC_FLD, WANT(rms[k], 4), NOTHING, NOTHING);
        x = fresh();
        x64_op(&x, 0xdc, 4, X_DIGIT(6), rms[k]);
        check(&x, ZYDIS_MNEMONIC_FDIV, WANT(rms[k], 8), NOTHING, NOTHING);
        x = fresh();
        x64_op(&x, 0xdf, 4, X_DIGIT(7), rms[k]);
        check(&x, ZYDIS_MNEMONIC_FISTP, WANT(rms[k], 8), NOTHING, NOTHING);
    }
}

static void with_immediates(void)
{
    static const u32 imms[] = {0, 1, 0x7f, 0x80, 0xff, 0xff80, 0x7fff, 0xffffff80, 0x12345678};
    for (unsigned k = 0; k < rm_count; k++)
        for (unsigned s = 0; s < 4; s++)
            for (unsigned i = 0; i < ARRAY_SIZE(imms); i++) {
                unsigned n = sizes[s];
                u64 v = n == 8 ? (u64)(s64)(s32)imms[i] : imms[i];
                struct want rm = WANT(rms[k], n), imm = WANT_IMM(v, n);
                struct x64 x = fresh();
                x64_alu_imm(&x, X_SUB, n, rms[k], imms[i]);
                check(&x, ZYDIS_MNEMONIC_SUB, rm, imm, NOTHING);
                x = fresh();
                x64_test_imm(&x, n, rms[k], imms[i]);
                check(&x, ZYDIS_MNEMONIC_TEST, rm, imm, NOTHING);
                x = fresh();
                x64_mov_imm(&x, n, rms[k], v);
                /* Of 64 bits into a register: a shorter form clears the upper half. */
                bool half = n == 8 && rms[k].reg != X_NONE && v <= 0xffffffffu;
                check(&x, ZYDIS_MNEMONIC_MOV, half ? WANT(rms[k], 4) : rm, imm, NOTHING);
                u8 count = (u8)(1 + imms[i] % 31);
                x = fresh();
                x64_shift_imm(&x, X_SAR, n, rms[k], count);
                check(&x, ZYDIS_MNEMONIC_SAR, rm, WANT_IMM(count, 1), NOTHING);
                x = fresh();
                x64_shift_cl(&x, X_ROL, n, rms[k]);
                check(&x, ZYDIS_MNEMONIC_ROL, rm, WANT_REG(X_CX, 1), NOTHING);
                x = fresh();
                x64_op(&x, X_GROUP3, n, X_DIGIT(3), rms[k]);
                check(&x, ZYDIS_MNEMONIC_NEG, rm, NOTHING, NOTHING);
                x = fresh();
                x64_op(&x, X_GROUP5, n, X_DIGIT(1), rms[k]);
                check(&x, ZYDIS_MNEMONIC_DEC, rm, NOTHING, NOTHING);
                if (n == 1 || n == 8)
                    continue;
                x = fresh();
                x64_bits_imm(&x, 4, n, rms[k], count);
                check(&x, ZYDIS_MNEMONIC_BT, rm, WANT_IMM(count, 1), NOTHING);
                x = fresh();
                x64_imul_imm(&x, n, i, rms[k], imms[i]);
                check(&x, ZYDIS_MNEMONIC_IMUL, WANT_REG(i, n), rm, imm);
            }
}

/* AH, CH, DH, BH: beside what needs no REX. */
static void high_bytes(void)
{
    for (unsigned h = 0; h < 4; h++)
        for (unsigned r = 0; r < 4; r++) {
            struct want high = WANT_REG(X_HIGH(h), 1), low = WANT_REG(r, 1);
            struct x64_rm m = X_MEM(X_SI, 0);
            struct x64 x = fresh();
            x64_op(&x, X_MOV, 1, X_HIGH(h), X_REG(r));
            check(&x, ZYDIS_MNEMONIC_MOV, low, high, NOTHING);
            x = fresh();
            x64_op(&x, X_XCHG, 1, r, X_REG(X_HIGH(h)));
            check(&x, ZYDIS_MNEMONIC_XCHG, high, low, NOTHING);
            x = fresh();
            x64_op(&x, X_ALU_LOAD(X_ADC), 1, X_HIGH(h), m);
            check(&x, ZYDIS_MNEMONIC_ADC, high, WANT(m, 1), NOTHING);
            x = fresh();
            x64_mov_imm(&x, 1, X_REG(X_HIGH(h)), 0x5a);
            check(&x, ZYDIS_MNEMONIC_MOV, high, WANT_IMM(0x5a, 1), NOTHING);
            x = fresh();
            x64_op0f(&x, X0F_MOVZX, 4, r, X_REG(X_HIGH(h)), 1);
            check(&x, ZYDIS_MNEMONIC_MOVZX, WANT_REG(r, 4), high, NOTHING);
        }
}

static void check_jump(struct x64 *x, ZydisMnemonic m, const u8 *target)
{
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
    ZyanU64 to = 0;
    compared++;
    if (!ZYAN_SUCCESS(
            ZydisDecoderDecodeFull(&decoder, buffer, (size_t)(x->at - buffer), &insn, op)) ||
        insn.mnemonic != m || insn.length != (size_t)(x->at - buffer) ||
        !ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&insn, &op[m == ZYDIS_MNEMONIC_LEA], 0x1000, &to)) ||
        (s64)to - 0x1000 != target - buffer) {
        differences++;
        printf("a jump is wrong: %s\n", ZydisMnemonicGetString(m));
    }
}

static void the_rest(void)
{
    struct x64 x;
    for (unsigned r = 0; r < 16; r++) {
        struct want reg = WANT_REG(r, 8);
        x = fresh();
        x64_push(&x, r);
        check(&x, ZYDIS_MNEMONIC_PUSH, reg, NOTHING, NOTHING);
        x = fresh();
        x64_pop(&x, r);
        check(&x, ZYDIS_MNEMONIC_POP, reg, NOTHING, NOTHING);
        x = fresh();
        x64_bswap(&x, r);
        check(&x, ZYDIS_MNEMONIC_BSWAP, WANT_REG(r, 4), NOTHING, NOTHING);
        x = fresh();
        x64_mov_imm(&x, 8, X_REG(r), 0x123456789abcdef0ull);
        check(&x, ZYDIS_MNEMONIC_MOV, reg, WANT_IMM(0x123456789abcdef0ull, 8), NOTHING);
        x = fresh();
        x64_lea_rip(&x, r, buffer + 777);
        check_jump(&x, ZYDIS_MNEMONIC_LEA, buffer + 777);
    }
    x = fresh();
    x64_lahf(&x);
    check(&x, ZYDIS_MNEMONIC_LAHF, NOTHING, NOTHING, NOTHING);
    x = fresh();
    x64_sahf(&x);
    check(&x, ZYDIS_MNEMONIC_SAHF, NOTHING, NOTHING, NOTHING);
    for (unsigned n = 0; n < 4; n++) {
        static const ZydisMnemonic moves[] = {ZYDIS_MNEMONIC_MOVSB, ZYDIS_MNEMONIC_MOVSW,
                                              ZYDIS_MNEMONIC_MOVSD, ZYDIS_MNEMONIC_MOVSQ};
        static const ZydisMnemonic stores[] = {ZYDIS_MNEMONIC_STOSB, ZYDIS_MNEMONIC_STOSW,
                                               ZYDIS_MNEMONIC_STOSD, ZYDIS_MNEMONIC_STOSQ};
        x = fresh();
        x64_repeat(&x, X_MOVS, 1u << n);
        check(&x, moves[n], NOTHING, NOTHING, NOTHING);
        x = fresh();
        x64_repeat(&x, X_STOS, 1u << n);
        check(&x, stores[n], NOTHING, NOTHING, NOTHING);
    }
    x = fresh();
    x64_ret(&x);
    check(&x, ZYDIS_MNEMONIC_RET, NOTHING, NOTHING, NOTHING);
    x = fresh();
    x64_jmp(&x, buffer - 1000);
    check_jump(&x, ZYDIS_MNEMONIC_JMP, buffer - 1000);
    x = fresh();
    x64_call(&x, buffer + 1234);
    check_jump(&x, ZYDIS_MNEMONIC_CALL, buffer + 1234);
    x = fresh();
    x64_jcc(&x, CC_LE, buffer + 70000);
    check_jump(&x, ZYDIS_MNEMONIC_JLE, buffer + 70000);

    /* Out of room: nothing behind the end, and it is said. */
    for (unsigned room = 0; room < X64_LONGEST; room++) {
        memset(buffer, 0x55, BUFFER_BYTES);
        x = (struct x64){.at = buffer, .end = buffer + room};
        x64_mov_imm(&x, 8, X_REG(X_AX), 0x123456789abcdef0ull);
        x64_jmp(&x, buffer);
        bool touched = false;
        for (unsigned i = room; i < BUFFER_BYTES; i++)
            touched |= buffer[i] != 0x55;
        compared++;
        if (!x.overflow || touched || x.at > x.end) {
            differences++;
            puts("the end of the buffer was not respected");
        }
    }
}

int main(void)
{
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    make_addresses();
    with_registers();
    behind_0f();
    vectors();
    x87_operands();
    with_immediates();
    high_bytes();
    the_rest();
    printf("%lu instructions compared, %lu differ\n", compared, differences);
    return differences ? 1 : 0;
}
