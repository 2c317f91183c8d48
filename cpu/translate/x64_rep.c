/*
 * x64_rep.c - REP MOVS and REP STOS, upwards in plain memory. SDM vol. 2.
 *
 * The work is done by thunks, one for each width and kind of address, which go from page to page as
 * the interpreter's chunks do (cpu/ops/op_string.c). What is not plain memory, an
 * element across the end of a page or a segment, or more iterations than the budget has, is the
 * handler's: machine code is left with the instruction interrupted between two iterations, or
 * before the first one. That is no reason for the block to rest, for the handler does a lot for its
 * entry.
 */
#include "cpu/translate/emit.h"

/* From so many bytes on the host's REP is faster than sixteen at a time. */
#define MANY_MOVED 1024u
#define MANY_STORED 256u

/* Which of the thunks: for flat segments and 32 bits of address, for any segment, and with 16. */
enum { WIDE, CHECKED, SHORT };
#define REPEAT(moves, ways, shift) (((moves) ? 9u : 0u) + 3 * (ways) + (shift))

/* What a thunk is for. */
struct shape {
    unsigned n, shift; /* bytes of an element, and their logarithm */
    bool moves, wide, a16;
};

/* Holes that lead to the handler. */
struct refusals {
    u8 *hole[12];
    unsigned count;
};

static void refuse_if(struct x64 *x, struct refusals *no, unsigned cc)
{
    no->hole[no->count++] = x64_jcc_hole(x, cc);
}

/* The iterations but for the first one, into T2; the zero flag is set when there are none at all.
 */
static void count_to_t2(struct x64 *x, const struct shape *s)
{
    unsigned ecx = host_gpr(ECX);
    if (s->a16)
        x64_op0f(x, X0F_MOVZX + 1, 4, H_T2, X_REG(ecx), 2);
    else
        x64_op(x, X_MOV, 4, ecx, X_REG(H_T2));
    x64_alu_imm(x, X_SUB, 8, X_REG(H_T2), 1);
}

/*
 * The linear address of the elements from the index register on, into `to`, if all of them lie in
 * the segment (a struct seg) and below the index's wrap. T2: their number, less 1, and later.
 */
static void linear(struct x64 *x, const struct shape *s, struct refusals *no, unsigned index,
                   unsigned to, struct x64_rm seg, size_t max)
{
    unsigned reg = host_gpr(index);
    if (s->wide) {
        x64_op(x, X_MOV, 4, reg, X_REG(to));
        return;
    }
    struct x64_rm limit = seg, base = seg;
    limit.disp += (s32)max;
    base.disp += (s32)offsetof(struct seg, base);
    count_to_t2(x, s);
    if (s->a16)
        x64_op0f(x, X0F_MOVZX + 1, 4, H_FL, X_REG(reg), 2);
    else
        x64_op(x, X_MOV, 4, reg, X_REG(H_FL));
    x64_op(x, X_LEA, 8, H_T2, X_MEMX(H_FL, H_T2, (u8)s->shift, (s32)s->n - 1));
    x64_op(x, X_ALU_LOAD(X_CMP), 8, H_T2, limit);
    refuse_if(x, no, CC_NLE);
    if (s->a16) { /* the segment may be larger */
        x64_alu_imm(x, X_CMP, 4, X_REG(H_T2), 0xffff);
        refuse_if(x, no, CC_NBE);
    }
    x64_op(x, X_ALU_LOAD(X_ADD), 4, H_FL, base);
    x64_op(x, X_MOV, 4, H_FL, X_REG(to));
}

/* The bytes from this linear address to the end of its page. */
static void room(struct x64 *x, unsigned to, unsigned linear)
{
    x64_op(x, X_MOV, 4, linear, X_REG(to));
    x64_alu_imm(x, X_OR, 4, X_REG(to), ~(u32)PAGE_MASK);
    x64_op(x, X_GROUP3, 4, X_DIGIT(3), X_REG(to));
}

static void at_most(struct x64 *x, unsigned reg, unsigned other)
{
    x64_op(x, X_ALU(X_CMP), 4, other, X_REG(reg));
    x64_op0f(x, X0F_CMOV + CC_NBE, 4, reg, X_REG(other), 4);
}

/* From the linear address to the host's. */
static void to_host(struct x64 *x, struct refusals *no, unsigned reg, bool write)
{
    x64_op(x, X_MOV, 4, reg, X_REG(H_FL));
    x64_shift_imm(x, X_SHR, 4, X_REG(H_FL), PAGE_SHIFT);
    x64_op(x, X_MOV_LOAD, 8, H_FL, X_MEMX(H_TLB, H_FL, 3, write ? FLAT_WRITE_BYTES : 0));
    x64_op(x, X_TEST, 8, H_FL, X_REG(H_FL));
    refuse_if(x, no, CC_Z);
    x64_op(x, X_ALU(X_ADD), 8, H_FL, X_REG(reg));
}

/* An index register behind the T2 elements of this chunk. */
static void advance(struct x64 *x, const struct shape *s, unsigned index)
{
    unsigned reg = host_gpr(index), to = s->a16 ? (unsigned)H_FL : reg;
    x64_op(x, X_LEA, 4, to, X_MEMX(reg, H_T2, (u8)s->shift, 0));
    if (s->a16)
        x64_op(x, X_MOV, 2, H_FL, X_REG(reg));
}

/* ---- the copying ---- */

#define XMM_LOAD 0x10 /* MOVUPS */
#define XMM_STORE 0x11
#define XMM_FROM_GPR 0x6e /* 66: MOVD */
#define XMM_SHUFFLE 0x70  /* 66: PSHUFD */

/* One element; T0 and T1 lead behind the last one, and T2 is the distance to there, negative. */
static void copy_element(struct x64 *x, const struct shape *s)
{
    if (s->moves)
        x64_op(x, X_MOV_LOAD, s->n, H_FL, X_MEMX(H_T0, H_T2, 0, 0));
    x64_op(x, X_MOV, s->n, H_FL, X_MEMX(H_T1, H_T2, 0, 0));
    x64_alu_imm(x, X_ADD, 8, X_REG(H_T2), s->n);
}

/* Sixteen bytes at a time, through a register that may be the guest's. */
static void copy_blocks(struct x64 *x, const struct shape *s)
{
    x64_alu_imm(x, X_SUB, 8, X_REG(X_SP), 16);
    x64_simd(x, 0, XMM_STORE, 0, X_MEM(X_SP, 0));
    if (!s->moves) {
        x64_simd(x, 0x66, XMM_FROM_GPR, 0, X_REG(H_FL));
        x64_simd_imm(x, 0x66, XMM_SHUFFLE, 0, X_REG(0), 0);
    }
    u8 *again = x->at;
    if (s->moves)
        x64_simd(x, 0, XMM_LOAD, 0, X_MEMX(H_T0, H_T2, 0, 0));
    x64_simd(x, 0, XMM_STORE, 0, X_MEMX(H_T1, H_T2, 0, 0));
    x64_alu_imm(x, X_ADD, 8, X_REG(H_T2), 16);
    x64_jcc(x, CC_NZ, again);
    x64_simd(x, 0, XMM_LOAD, 0, X_MEM(X_SP, 0));
    x64_alu_imm(x, X_ADD, 8, X_REG(X_SP), 16);
}

/* By the host's REP, which takes a while to begin. */
static void copy_by_rep(struct x64 *x, const struct shape *s)
{
    unsigned ecx = host_gpr(ECX);
    if (s->moves)
        x64_op(x, X_ALU(X_ADD), 8, H_T2, X_REG(H_T0));
    x64_op(x, X_ALU(X_ADD), 8, H_T2, X_REG(H_T1));
    x64_op(x, X_GROUP3, 8, X_DIGIT(3), X_REG(H_T2));
    if (s->shift)
        x64_shift_imm(x, X_SHR, 4, X_REG(H_T2), (u8)s->shift);
    x64_op(x, X_XCHG, 4, ecx, X_REG(H_T2));
    x64_repeat(x, s->moves ? X_MOVS : X_STOS, s->n);
    x64_op(x, X_MOV, 4, H_T2, X_REG(ecx));
}

/* EAX's element all over the scratch register. */
static void spread(struct x64 *x, const struct shape *s)
{
    unsigned eax = host_gpr(EAX);
    if (s->n == 4) {
        x64_op(x, X_MOV, 4, eax, X_REG(H_FL));
        return;
    }
    x64_op0f(x, X0F_MOVZX + (s->n == 2), 4, H_FL, X_REG(eax), s->n);
    x64_imul_imm(x, 4, H_FL, X_REG(H_FL), s->n == 1 ? 0x01010101 : 0x00010001);
}

/*
 * T2 elements, from T0 to T1 or of EAX to T1, as if one by one: a source less than a block before
 * its destination is, for it repeats. Hosts take long for a REP whose destination is a little
 * behind the source as far as the last bits of both addresses tell.
 */
static void copy(struct x64 *x, const struct shape *s)
{
    u8 *close = NULL, *many, *end[3];
    if (s->shift)
        x64_shift_imm(x, X_SHL, 4, X_REG(H_T2), (u8)s->shift);
    if (s->moves) {
        x64_op(x, X_MOV, 8, H_T1, X_REG(H_FL));
        x64_op(x, X_ALU(X_SUB), 8, H_T0, X_REG(H_FL));
        x64_op(x, X_ALU(X_ADD), 8, H_T2, X_REG(H_T0));
    }
    x64_op(x, X_ALU(X_ADD), 8, H_T2, X_REG(H_T1));
    x64_op(x, X_GROUP3, 8, X_DIGIT(3), X_REG(H_T2));
    if (s->moves) {
        x64_alu_imm(x, X_CMP, 8, X_REG(H_FL), 16);
        close = x64_jcc_hole(x, CC_B);
        x64_alu_imm(x, X_CMP, 8, X_REG(H_T2), 0u - MANY_MOVED);
    } else {
        spread(x, s);
        x64_alu_imm(x, X_CMP, 8, X_REG(H_T2), 0u - MANY_STORED);
    }
    many = x64_jcc_hole(x, CC_LE);

    u8 *head = x->at;
    x64_test_imm(x, 1, X_REG(H_T2), 15);
    u8 *blocks = x64_jcc_hole(x, CC_Z);
    copy_element(x, s);
    x64_jmp(x, head);
    x64_fill(x, blocks, x->at);
    x64_op(x, X_TEST, 8, H_T2, X_REG(H_T2));
    end[0] = x64_jcc_hole(x, CC_Z);
    copy_blocks(x, s);
    end[1] = x64_jmp_hole(x);

    x64_fill(x, many, x->at);
    if (s->moves) {
        x64_test_imm(x, 4, X_REG(H_FL), PAGE_MASK & ~31u);
        x64_jcc(x, CC_Z, head);
    }
    copy_by_rep(x, s);
    end[2] = x64_jmp_hole(x);
    if (close) {
        x64_fill(x, close, x->at);
        u8 *again = x->at;
        copy_element(x, s);
        x64_jcc(x, CC_NZ, again);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(end); i++)
        x64_fill(x, end[i], x->at);
}

/* ---- the thunks ---- */

/*
 * Called at a string instruction; the host's flags are nobody's. But for the `wide` ones the first
 * scratch word has the place of the source's segment in struct cpu. The zero flag: it is not
 * finished, and the handler goes on from what the registers say now. RAX stays.
 */
static u8 *emit_repeat_thunk(struct x64 *x, const struct shape *s)
{
    struct refusals no = {.count = 0};
    unsigned ecx = host_gpr(ECX), size = s->a16 ? 2 : 4;
    u8 *start = x->at;
    x64_op(x, X_MOV, 8, H_FL, X_MEM(X_SP, 16));
    x64_test_imm(x, 4, X_CPU(eflags), EFL_DF);
    refuse_if(x, &no, CC_NZ);
    x64_alu_imm(x, X_CMP, 4, X_CPU(rep_flags), 0); /* which the handler forgets */
    refuse_if(x, &no, CC_NZ);
    x64_op(x, X_TEST, size, ecx, X_REG(ecx));
    u8 *nothing = x64_jcc_hole(x, CC_Z);

    u8 *again = x->at;
    count_to_t2(x, s); /* the block's charge covers one */
    x64_op(x, X_ALU(X_CMP), 8, H_BUDGET, X_REG(H_T2));
    refuse_if(x, &no, CC_NLE);
    if (s->moves) {
        if (!s->wide)
            x64_op(x, X_MOV_LOAD, 4, H_T1, X_MEM(X_SP, 8));
        linear(x, s, &no, ESI, H_T0, X_MEMX(H_CPU, H_T1, 0, 0), offsetof(struct seg, rd_max));
    }
    linear(x, s, &no, EDI, H_T1, X_CPU(seg[SEG_ES]), offsetof(struct seg, wr_max));

    room(x, H_T2, H_T1);
    if (s->moves) {
        room(x, H_FL, H_T0);
        at_most(x, H_T2, H_FL);
    }
    if (s->shift)
        x64_shift_imm(x, X_SHR, 4, X_REG(H_T2), (u8)s->shift);
    if (s->a16)
        x64_op0f(x, X0F_MOVZX + 1, 4, H_FL, X_REG(ecx), 2);
    at_most(x, H_T2, s->a16 ? (unsigned)H_FL : ecx);
    if (s->shift) {
        x64_op(x, X_TEST, 4, H_T2, X_REG(H_T2));
        refuse_if(x, &no, CC_Z);
    }
    if (s->moves)
        to_host(x, &no, H_T0, false);
    to_host(x, &no, H_T1, true);

    x64_op(x, X_ALU(X_SUB), 8, H_T2, X_REG(H_BUDGET));
    if (s->moves)
        advance(x, s, ESI);
    advance(x, s, EDI);
    x64_op(x, X_ALU(X_SUB), size, H_T2, X_REG(ecx));
    copy(x, s);
    x64_op(x, X_TEST, size, ecx, X_REG(ecx));
    x64_jcc(x, CC_NZ, again);
    x64_alu_imm(x, X_ADD, 8, X_REG(H_BUDGET), 1);
    x64_op(x, X_MOV_LOAD, 8, H_FL, X_MEM(X_SP, 16));
    x64_fill(x, nothing, x->at);
    x64_op(x, X_TEST, 8, X_SP, X_REG(X_SP));
    x64_ret(x);
    for (unsigned i = 0; i < no.count; i++)
        x64_fill(x, no.hole[i], x->at);
    x64_op(x, X_MOV_LOAD, 8, H_FL, X_MEM(X_SP, 16));
    x64_op(x, X_ALU(X_XOR), 4, H_T2, X_REG(H_T2));
    x64_ret(x);
    return start;
}

void emit_repeat_thunks(struct jit *j, struct x64 *x)
{
    for (unsigned i = 0; i < REPEATS; i++) {
        unsigned shift = i % 3, ways = i / 3 % 3;
        struct shape s = {.n = 1u << shift,
                          .shift = shift,
                          .moves = i >= REPEAT(true, 0, 0),
                          .wide = ways == WIDE,
                          .a16 = ways == SHORT};
        j->thunk.repeat[i] = emit_repeat_thunk(x, &s);
    }
}

bool emit_repeat(struct emit *e)
{
    const struct op *o = e->o;
    bool moves = op_operation(o) == I_movs, a16 = o->flags & OPF_A16;
    bool wide = e->flat && !a16 && (!moves || o->seg == SEG_DS || o->seg == SEG_ES);
    if ((!moves && op_operation(o) != I_stos) || e->cpu->timing || e->jit->check)
        return false;
    flags_put_aside(e);
    if (moves && !wide)
        x64_mov_imm(&e->x, 4, X_MEM(X_SP, 0),
                    offsetof(struct cpu, seg) + o->seg * sizeof(struct seg));
    unsigned ways = wide ? WIDE : a16 ? SHORT : CHECKED;
    x64_call(&e->x, e->jit->thunk.repeat[REPEAT(moves, ways, op_size(o))]);
    exit_calmly_if(e, CC_Z, LEAVE_OP);
    return true;
}
