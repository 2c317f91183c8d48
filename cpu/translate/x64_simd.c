/*
 * x64_simd.c - MMX, SSE and SSE2. SDM vol. 1, chapters 9 to 11.
 *
 * SSE and SSE2 run as themselves, under the guest's MXCSR. MMX instructions run as their SSE2 forms
 * on the lower halves of XMM8-15, where what the upper halves hold does not matter: the few that
 * would move it down are put together from others. An MMX register that is written gets the
 * exponent FFFF in struct cpu; a run of instructions does so once for each.
 *
 * Not translated: RCP and RSQRT, whose results are those of one processor (sse_approx.h), CVTPI2PS
 * and CVTPI2PD from memory, MASKMOVQ and MASKMOVDQU.
 */
#include "cpu/translate/emit.h"

#define P_66 0x66
#define P_F2 0xf2
#define P_F3 0xf3

/* Opcodes behind 0F. */
enum {
    S_MOVUPS = 0x10,
    S_MOVSD = 0x10, /* F2 */
    S_MOVUPS_STORE = 0x11,
    S_MOVAPS_STORE = 0x29,
    S_CVTDQ2PS = 0x5b,
    S_CVTPS2DQ = 0x5b, /* 66; F3: truncated */
    S_PUNPCKLBW = 0x60,
    S_PUNPCKHBW = 0x68,
    S_PUNPCKLQDQ = 0x6c,
    S_MOVD = 0x6e,
    S_MOVDQA = 0x6f,
    S_PSHUF = 0x70,
    S_GROUP14 = 0x73, /* /3 PSRLDQ */
    S_MOVD_STORE = 0x7e,
    S_MOVQ = 0x7e, /* F3 */
    S_MOVQ_STORE = 0xd6,
    S_PEXTRW = 0xc5,
    S_GROUP15 = 0xae,  /* /2 LDMXCSR, /3 STMXCSR */
    S_CVTPD2DQ = 0xe6, /* F2; 66: truncated */
    S_CVTDQ2PD = 0xe6, /* F3 */
};

static u8 prefix_of(const struct opdef *r)
{
    static const u8 prefix[] = {[NP] = 0, [P66] = P_66, [PF3] = P_F3, [PF2] = P_F2};
    return prefix[r->pfx];
}

static unsigned xmm_number(unsigned offset)
{
    return (offset - (unsigned)offsetof(struct cpu, fpu.xmm)) / 16;
}

static unsigned mm_number(unsigned offset)
{
    return (offset - (unsigned)offsetof(struct cpu, fpu.st)) / 16;
}

static unsigned gpr_number(unsigned offset)
{
    return host_gpr((offset - (unsigned)offsetof(struct cpu, gpr)) / 4);
}

static bool has(const struct opdef *r, u64 kinds)
{
    return kind_among(r->operand[0], kinds) || kind_among(r->operand[1], kinds) ||
           kind_among(r->operand[2], kinds);
}

/* ---- SSE and SSE2 ---- */

/* Legacy SSE faults on 16 bytes that are not aligned, but for these. */
static bool may_be_unaligned(enum operation op)
{
    return op == I_movups || op == I_movupd || op == I_movdqu;
}

static struct x64_rm sse_memory(struct emit *e)
{
    bool write = op_row(e->o)->attr & A_STORE;
    unsigned n = op_memory(e->o).bytes;
    if (n != 16 || may_be_unaligned(op_operation(e->o)))
        return emit_access(e, n, write);
    emit_address(e, n, write);
    return emit_lookup_aligned(e, write);
}

/* What is in the r/m field, if it is a register. */
static struct x64_rm sse_register(const struct emit *e)
{
    const struct opdef *r = op_row(e->o);
    if (has(r, KINDS_RM_XMM | KIND(Ux)))
        return X_REG(xmm_number(e->o->r1));
    return X_REG(gpr_number(e->o->r1));
}

static unsigned sse_reg_field(const struct emit *e)
{
    const struct opdef *r = op_row(e->o);
    if (r->ext >= 0)
        return X_DIGIT((unsigned)r->ext);
    return has(r, KIND(Vx)) ? xmm_number(e->o->r2) : gpr_number(e->o->r2);
}

/* The host must not take what is written past its caches, nor look at more than the guest's. */
static u8 sse_opcode(const struct emit *e)
{
    switch (op_operation(e->o)) {
    case I_movntps:
    case I_movntpd:
    case I_movntdq:
        return S_MOVAPS_STORE; /* with and without 66 */
    default:
        return op_row(e->o)->opcode;
    }
}

static u8 sse_immediate(const struct emit *e)
{
    switch (op_operation(e->o)) {
    case I_cmpps:
    case I_cmpss:
    case I_cmppd:
    case I_cmpsd:
        return e->o->imm & 7;
    default:
        return (u8)e->o->imm;
    }
}

static bool emit_sse(struct emit *e)
{
    struct x64 *x = &e->x;
    const struct opdef *r = op_row(e->o);
    u8 prefix = prefix_of(r), opcode = sse_opcode(e);
    struct x64_rm m = e->o->flags & OPF_MEM ? sse_memory(e) : sse_register(e);
    want_sse(e, row_operation(r)->reads & R_MXCSR);
    if (has(r, KIND(Ib)))
        x64_simd_imm(x, prefix, opcode, sse_reg_field(e), m, sse_immediate(e));
    else
        x64_simd(x, prefix, opcode, sse_reg_field(e), m);
    if (r->fl_write && flags_needed(e)) /* COMISS and its kind */
        flags_made(e, false);
    else if (r->fl_write)
        flags_unread(e);
    return true;
}

/* ---- MMX ---- */

/* The register has been written. The host's flags stay. */
static void mark(struct emit *e, unsigned mm)
{
    if (e->mm_marked >> mm & 1)
        return;
    e->mm_marked |= (u8)(1u << mm);
    x64_mov_imm(&e->x, 2, X_MEM(H_CPU, (s32)(offsetof(struct cpu, fpu.st) + 16 * mm + 8)), 0xffff);
}

/*
 * A source in memory goes through a scratch register: SSE2's forms would read 16 bytes. When the
 * block uses XMM registers as well it is one of the guest's, put aside.
 */
#define SCRATCH 7u

static struct x64_rm put_aside(void)
{
    return X_MEM(H_CPU, (s32)offsetof(struct cpu, fpu.scratch));
}

/* n bytes of memory in the scratch register. */
static void load_scratch(struct emit *e, struct x64_rm m, unsigned n)
{
    if (e->mixed)
        x64_simd(&e->x, 0, S_MOVUPS_STORE, SCRATCH, put_aside());
    if (n == 4)
        x64_simd(&e->x, P_66, S_MOVD, SCRATCH, m);
    else
        x64_simd(&e->x, P_F3, S_MOVQ, SCRATCH, m);
}

static void free_scratch(struct emit *e)
{
    if (e->mixed)
        x64_simd(&e->x, 0, S_MOVUPS, SCRATCH, put_aside());
}

/* to = to op from, of 8 bytes. */
static void mmx_operation(struct emit *e, unsigned to, unsigned from)
{
    struct x64 *x = &e->x;
    enum operation op = op_operation(e->o);
    u8 opcode = op_row(e->o)->opcode;
    switch (op) {
    case I_packsswb: /* of 16 bytes */
    case I_packssdw:
    case I_packuswb:
        x64_simd(x, P_66, S_PUNPCKLQDQ, to, X_REG(from));
        x64_simd(x, P_66, opcode, to, X_REG(to));
        break;
    case I_punpckhbw: /* the upper half of all 16 bytes that come out */
    case I_punpckhwd:
    case I_punpckhdq:
        x64_simd(x, P_66, opcode - (S_PUNPCKHBW - S_PUNPCKLBW), to, X_REG(from));
        x64_simd_imm(x, P_66, S_GROUP14, X_DIGIT(3), X_REG(to), 8);
        break;
    case I_pshufw:
        x64_simd_imm(x, P_F2, S_PSHUF, to, X_REG(from), (u8)e->o->imm);
        break;
    default:
        x64_simd(x, P_66, opcode, to, X_REG(from));
        break;
    }
}

static void mmx_binary(struct emit *e, unsigned to)
{
    const struct op *o = e->o;
    if (!(o->flags & OPF_MEM)) {
        want_mmx(e);
        mmx_operation(e, to, MM_FIRST + mm_number(o->r1));
    } else {
        unsigned n = op_memory(o).bytes;
        struct x64_rm m = emit_access(e, n, false);
        want_mmx(e);
        load_scratch(e, m, n);
        mmx_operation(e, to, SCRATCH);
        free_scratch(e);
    }
}

/* MOVD, MOVQ and PINSRW to a register. */
static void mmx_load(struct emit *e, unsigned to)
{
    const struct op *o = e->o;
    struct x64 *x = &e->x;
    enum operation op = op_operation(o);
    struct x64_rm m;
    if (o->flags & OPF_MEM)
        m = emit_access(e, op_memory(o).bytes, false);
    else
        m = X_REG(op == I_movq ? MM_FIRST + mm_number(o->r1) : gpr_number(o->r1));
    want_mmx(e);
    if (op == I_movd)
        x64_simd(x, P_66, S_MOVD, to, m);
    else if (op == I_pinsrw)
        x64_simd_imm(x, P_66, op_row(o)->opcode, to, m, o->imm & 3);
    else
        x64_simd(x, o->flags & OPF_MEM ? P_F3 : P_66, o->flags & OPF_MEM ? S_MOVQ : S_MOVDQA, to,
                 m);
}

/* MOVD, MOVQ, MOVNTQ to r/m. */
static void mmx_store(struct emit *e)
{
    const struct op *o = e->o;
    unsigned from = MM_FIRST + mm_number(o->r2), n = op_operation(o) == I_movd ? 4 : 8;
    u8 opcode = n == 4 ? S_MOVD_STORE : S_MOVQ_STORE;
    if (o->flags & OPF_MEM) {
        struct x64_rm m = emit_access(e, n, true);
        want_mmx(e);
        x64_simd(&e->x, P_66, opcode, from, m);
        return;
    }
    want_mmx(e);
    if (n == 4) {
        x64_simd(&e->x, P_66, opcode, from, X_REG(gpr_number(o->r1)));
        return;
    }
    x64_simd(&e->x, P_66, S_MOVDQA, MM_FIRST + mm_number(o->r1), X_REG(from));
    mark(e, mm_number(o->r1));
}

static bool emit_mmx(struct emit *e)
{
    const struct op *o = e->o;
    const struct opdef *r = op_row(o);
    struct x64 *x = &e->x;
    if (r->attr & A_STORE) {
        mmx_store(e);
        return true;
    }
    if (kind_among(r->operand[0], KIND(Gd))) { /* PEXTRW, PMOVMSKB */
        unsigned to = gpr_number(o->r2), from = MM_FIRST + mm_number(o->r1);
        want_mmx(e);
        if (r->opcode == S_PEXTRW) {
            x64_simd_imm(x, P_66, r->opcode, to, X_REG(from), o->imm & 3);
        } else {
            x64_simd(x, P_66, r->opcode, to, X_REG(from));
            x64_op0f(x, X0F_MOVZX, 4, to, X_REG(to), 1);
        }
        return true;
    }
    unsigned mm = mm_number(kind_among(r->operand[0], KIND(Nq)) ? o->r1 : o->r2);
    if (r->ext >= 0) { /* shifts by an immediate */
        want_mmx(e);
        x64_simd_imm(x, P_66, r->opcode, X_DIGIT((unsigned)r->ext), X_REG(MM_FIRST + mm),
                     (u8)o->imm);
    } else if (op_operation(o) == I_movd || op_operation(o) == I_movq ||
               op_operation(o) == I_pinsrw) {
        mmx_load(e, MM_FIRST + mm);
    } else {
        mmx_binary(e, MM_FIRST + mm);
    }
    mark(e, mm);
    return true;
}

/* ---- between MMX and SSE; the block is mixed ---- */

/*
 * CVTPI2PS: two lanes of the register. The other two of what is converted are zero, so that they
 * raise nothing.
 */
static void two_singles(struct emit *e, unsigned to, unsigned from)
{
    struct x64 *x = &e->x;
    unsigned scratch = to == SCRATCH ? SCRATCH - 1 : SCRATCH;
    x64_simd(x, 0, S_MOVUPS_STORE, scratch, put_aside());
    x64_simd(x, P_F3, S_MOVQ, scratch, X_REG(from));
    x64_simd(x, 0, S_CVTDQ2PS, scratch, X_REG(scratch));
    x64_simd(x, P_F2, S_MOVSD, to, X_REG(scratch));
    x64_simd(x, 0, S_MOVUPS, scratch, put_aside());
}

/* From an MMX register. A source in memory does not enter MMX, and is the interpreter's. */
static bool from_mmx(struct emit *e)
{
    const struct op *o = e->o;
    enum operation op = op_operation(o);
    unsigned to = xmm_number(o->r2), from = MM_FIRST + mm_number(o->r1);
    if (o->flags & OPF_MEM)
        return false;
    want_sse(e, op == I_cvtpi2ps);
    want_mmx(e);
    if (op == I_cvtpi2ps)
        two_singles(e, to, from);
    else if (op == I_cvtpi2pd)
        x64_simd(&e->x, P_F3, S_CVTDQ2PD, to, X_REG(from));
    else
        x64_simd(&e->x, P_F3, S_MOVQ, to, X_REG(from));
    return true;
}

static void to_mmx(struct emit *e)
{
    const struct op *o = e->o;
    struct x64 *x = &e->x;
    enum operation op = op_operation(o);
    unsigned to = MM_FIRST + mm_number(o->r2);
    struct x64_rm m = o->flags & OPF_MEM ? sse_memory(e) : X_REG(xmm_number(o->r1));
    want_sse(e, op != I_movdq2q);
    want_mmx(e);
    if (op == I_cvtpd2pi || op == I_cvttpd2pi) {
        x64_simd(x, op == I_cvtpd2pi ? P_F2 : P_66, S_CVTPD2DQ, to, m);
    } else {
        x64_simd(x, P_F3, S_MOVQ, to, m);
        if (op != I_movdq2q)
            x64_simd(x, op == I_cvtps2pi ? P_66 : P_F3, S_CVTPS2DQ, to, X_REG(to));
    }
    mark(e, mm_number(o->r2));
}

static bool emit_between(struct emit *e)
{
    if (kind_among(op_row(e->o)->operand[0], KIND(Vx)))
        return from_mmx(e);
    to_mmx(e);
    return true;
}

bool emit_simd(struct emit *e)
{
    const struct opdef *r = op_row(e->o);
    switch (op_operation(e->o)) {
    case I_rcpps:
    case I_rcpss:
    case I_rsqrtps:
    case I_rsqrtss:
    case I_maskmovq:
    case I_maskmovdqu:
        return false;
    default:
        break;
    }
    bool mm = has(r, KINDS_RM_MMX | KIND(Pq) | KIND(Nq));
    bool xmm = has(r, KINDS_RM_XMM | KIND(Vx) | KIND(Ux));
    return mm && xmm ? emit_between(e) : mm ? emit_mmx(e) : emit_sse(e);
}

/* Only out of the MMX state; else what is pending has to be looked at. */
bool emit_emms(struct emit *e)
{
    struct x64 *x = &e->x;
    flags_clobber(e);
    x64_alu_imm(x, X_CMP, 1, X_CPU(fpu.gate), FPU_MMX);
    exit_if(e, CC_NZ, LEAVE_FPU);
    x64_call(x, e->jit->thunk.units_out);
    x64_mov_imm(x, 1, X_CPU(fpu.ftw), 0);
    x64_mov_imm(x, 1, X_CPU(fpu.gate), FPU_CLOSED);
    e->units = e->mm_marked = 0;
    return true;
}

bool emit_movnti(struct emit *e)
{
    struct x64_rm m = emit_access(e, 4, true);
    x64_op(&e->x, X_MOV, 4, gpr_number(e->o->r2), m);
    return true;
}

/* The host's MXCSR is the guest's. A new one with exceptions that are not masked, or a fault,
 * leaves.
 */
bool emit_mxcsr(struct emit *e)
{
    struct x64 *x = &e->x;
    bool store = op_operation(e->o) == I_stmxcsr;
    struct x64_rm m = emit_access(e, 4, store);
    if (!store) {
        x64_op(x, X_MOV_LOAD, 4, H_T2, m);
        x64_alu_imm(x, X_XOR, 4, X_REG(H_T2), MXCSR_MASKS);
        x64_test_imm(x, 4, X_REG(H_T2), MXCSR_MASKS | ~e->cpu->fpu.mxcsr_mask);
        exit_if(e, CC_NZ, LEAVE_FPU);
    }
    want_sse(e, true);
    x64_simd(x, 0, S_GROUP15, X_DIGIT(store ? 3 : 2), m);
    return true;
}
