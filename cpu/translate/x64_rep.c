/*
 * x64_rep.c - REP MOVS, STOS, and REPE or REPNE CMPS, SCAS, upwards in plain memory. SDM vol. 2.
 *
 * The work is done by thunks, one for each kind, width and form of address. MOVS and STOS go from
 * page to page as the interpreter's chunks do (cpu/ops/op_string.c). What is not plain memory, an
 * element across the end of a page or a segment, or more iterations than the budget has, is the
 * handler's: machine code is left with the instruction interrupted between two iterations, or
 * before the first one. CMPS and SCAS come to their end within a page, or nothing of them has been
 * done. Leaving is no reason for the block to rest, for the handler does a lot for its entry.
 */
#include "cpu/translate/emit.h"

/* From so many bytes on the host's REP is faster than sixteen at a time. */
#define MANY_MOVED 1024u
#define MANY_STORED 256u
#define LOOP_ALIGN 32u

/* Which of the thunks: what it does, until elements are equal or as long as they are; for flat
 * segments and 32 bits of address, for any segment, or with 16 bits of address. */
enum { STORES, MOVES, SCANS_EQUAL, SCANS_OTHER, COMPARES_EQUAL, COMPARES_OTHER };
enum { WIDE, CHECKED, SHORT };
#define REPEAT(what, ways, shift) (9 * (what) + 3 * (ways) + (shift))

struct shape {
    unsigned n, shift;   /* bytes of an element, and their logarithm */
    bool source, stores; /* ESI leads to the source; EDI to what is written */
    bool while_equal;    /* of those that do not store */
    bool wide, a16;
    const u8 *copy; /* of those that store: what does it */
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

static void at_most(struct x64 *x, unsigned reg, unsigned other)
{
    x64_op(x, X_ALU(X_CMP), 8, other, X_REG(reg));
    x64_op0f(x, X0F_CMOV + CC_NBE, 8, reg, X_REG(other), 8);
}

/* T2 is no more than what lies in so many bytes, which the scratch register has. */
static void fits(struct x64 *x, const struct shape *s)
{
    if (s->shift)
        x64_shift_imm(x, X_SHR, 8, X_REG(H_FL), (u8)s->shift);
    at_most(x, H_T2, H_FL);
}

/*
 * The linear address where the index register leads to, into `to`; T2 is no more than the elements
 * from there to the end of the segment (a struct seg) and the index's wrap.
 */
static void linear(struct x64 *x, const struct shape *s, struct refusals *no, unsigned index,
                   unsigned to, struct x64_rm seg, size_t max)
{
    unsigned reg = host_gpr(index);
    struct x64_rm limit = seg, base = seg;
    if (s->wide) {
        x64_op(x, X_MOV, 4, reg, X_REG(to));
        return;
    }
    limit.disp += (s32)max;
    base.disp += (s32)offsetof(struct seg, base);
    if (s->a16)
        x64_op0f(x, X0F_MOVZX + 1, 4, to, X_REG(reg), 2);
    else
        x64_op(x, X_MOV, 4, reg, X_REG(to));
    x64_op(x, X_MOV_LOAD, 8, H_FL, limit);
    x64_op(x, X_ALU(X_SUB), 8, to, X_REG(H_FL));
    x64_alu_imm(x, X_ADD, 8, X_REG(H_FL), 1);
    refuse_if(x, no, CC_LE);
    fits(x, s);
    if (s->a16) { /* the segment may be larger */
        x64_mov_imm(x, 4, X_REG(H_FL), 0x10000);
        x64_op(x, X_ALU(X_SUB), 4, to, X_REG(H_FL));
        fits(x, s);
    }
    x64_op(x, X_ALU_LOAD(X_ADD), 4, to, base);
}

/* T2 is no more than what lies before the end of this linear address's page. */
static void in_page(struct x64 *x, const struct shape *s, unsigned linear)
{
    x64_op(x, X_MOV, 4, linear, X_REG(H_FL));
    x64_alu_imm(x, X_OR, 4, X_REG(H_FL), ~(u32)PAGE_MASK);
    x64_op(x, X_GROUP3, 4, X_DIGIT(3), X_REG(H_FL));
    fits(x, s);
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

/* A loop begins here. Hosts take twice as long for a short one that lies in two of their lines. */
static u8 *loop_here(struct x64 *x)
{
    unsigned pad = (unsigned)(-(uintptr_t)x->at & (LOOP_ALIGN - 1));
    u8 *hole = pad >= JUMP_BYTES ? x64_jmp_hole(x) : NULL;
    for (unsigned n = hole ? JUMP_BYTES : 0; n < pad; n++)
        x64_byte(x, 0x90);
    if (hole)
        x64_fill(x, hole, x->at);
    return x->at;
}

/* ---- the copying ---- */

#define XMM_LOAD 0x10 /* MOVUPS */
#define XMM_STORE 0x11
#define XMM_FROM_GPR 0x6e /* 66: MOVD */
#define XMM_SHUFFLE 0x70  /* 66: PSHUFD */

/* One element; T0 and T1 lead behind the last one, and T2 is the distance to there, negative. */
static void copy_element(struct x64 *x, const struct shape *s)
{
    if (s->source)
        x64_op(x, X_MOV_LOAD, s->n, H_FL, X_MEMX(H_T0, H_T2, 0, 0));
    x64_op(x, X_MOV, s->n, H_FL, X_MEMX(H_T1, H_T2, 0, 0));
    x64_alu_imm(x, X_ADD, 8, X_REG(H_T2), s->n);
}

/* Sixteen bytes at a time, through a register that may be the guest's. */
static void copy_blocks(struct x64 *x, const struct shape *s)
{
    x64_alu_imm(x, X_SUB, 8, X_REG(X_SP), 16);
    x64_simd(x, 0, XMM_STORE, 0, X_MEM(X_SP, 0));
    if (!s->source) {
        x64_simd(x, 0x66, XMM_FROM_GPR, 0, X_REG(H_FL));
        x64_simd_imm(x, 0x66, XMM_SHUFFLE, 0, X_REG(0), 0);
    }
    u8 *again = loop_here(x);
    if (s->source)
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
    if (s->source)
        x64_op(x, X_ALU(X_ADD), 8, H_T2, X_REG(H_T0));
    x64_op(x, X_ALU(X_ADD), 8, H_T2, X_REG(H_T1));
    x64_op(x, X_GROUP3, 8, X_DIGIT(3), X_REG(H_T2));
    if (s->shift)
        x64_shift_imm(x, X_SHR, 4, X_REG(H_T2), (u8)s->shift);
    x64_op(x, X_XCHG, 4, ecx, X_REG(H_T2));
    x64_repeat(x, s->source ? X_MOVS : X_STOS, s->n);
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
 * Called: T2 elements, from T0 to T1 or of EAX to T1, as if one by one: a source less than a block
 * before its destination is, for it repeats. Hosts take long for a REP whose destination is a
 * little behind the source as far as the last bits of both addresses tell.
 */
static u8 *emit_copy(struct x64 *x, const struct shape *s)
{
    u8 *start = x->at, *close = NULL, *many;
    if (s->shift)
        x64_shift_imm(x, X_SHL, 4, X_REG(H_T2), (u8)s->shift);
    if (s->source) {
        x64_op(x, X_MOV, 8, H_T1, X_REG(H_FL));
        x64_op(x, X_ALU(X_SUB), 8, H_T0, X_REG(H_FL));
        x64_op(x, X_ALU(X_ADD), 8, H_T2, X_REG(H_T0));
    }
    x64_op(x, X_ALU(X_ADD), 8, H_T2, X_REG(H_T1));
    x64_op(x, X_GROUP3, 8, X_DIGIT(3), X_REG(H_T2));
    if (s->source) {
        x64_alu_imm(x, X_CMP, 8, X_REG(H_FL), 16);
        close = x64_jcc_hole(x, CC_B);
        x64_alu_imm(x, X_CMP, 8, X_REG(H_T2), 0u - MANY_MOVED);
    } else {
        spread(x, s);
        x64_alu_imm(x, X_CMP, 8, X_REG(H_T2), 0u - MANY_STORED);
    }
    many = x64_jcc_hole(x, CC_LE);

    u8 *head = loop_here(x);
    x64_test_imm(x, 1, X_REG(H_T2), 15);
    u8 *blocks = x64_jcc_hole(x, CC_Z);
    copy_element(x, s);
    x64_jmp(x, head);
    x64_fill(x, blocks, x->at);
    x64_op(x, X_TEST, 8, H_T2, X_REG(H_T2));
    u8 *done = x64_jcc_hole(x, CC_Z);
    copy_blocks(x, s);
    x64_fill(x, done, x->at);
    x64_ret(x);

    x64_fill(x, many, x->at);
    if (s->source) {
        x64_test_imm(x, 4, X_REG(H_FL), PAGE_MASK & ~31u);
        x64_jcc(x, CC_Z, head);
    }
    copy_by_rep(x, s);
    x64_ret(x);
    if (!close)
        return start;
    x64_fill(x, close, x->at);
    u8 *again = loop_here(x);
    copy_element(x, s);
    x64_jcc(x, CC_NZ, again);
    x64_ret(x);
    return start;
}

/* ---- the comparing ---- */

/* Element T2 behind T1, with EAX's or that behind T0. */
static void compare_element(struct x64 *x, const struct shape *s)
{
    unsigned a = s->source ? (unsigned)H_FL : host_gpr(EAX);
    if (s->source)
        x64_op(x, X_MOV_LOAD, s->n, H_FL, X_MEMX(H_T0, H_T2, (u8)s->shift, 0));
    x64_op(x, X_ALU_LOAD(X_CMP), s->n, a, X_MEMX(H_T1, H_T2, (u8)s->shift, 0));
}

/* Of T2 elements those up to where it ends; T2 is their number then, and the flags are in RAX. */
static void compare(struct x64 *x, const struct shape *s, struct refusals *no)
{
    unsigned ecx = host_gpr(ECX);
    x64_op(x, X_MOV, 4, H_T2, X_MEM(X_SP, 8));
    if (s->source)
        x64_op(x, X_LEA, 8, H_T0, X_MEMX(H_T0, H_T2, (u8)s->shift, 0));
    x64_op(x, X_LEA, 8, H_T1, X_MEMX(H_T1, H_T2, (u8)s->shift, 0));
    x64_op(x, X_GROUP3, 8, X_DIGIT(3), X_REG(H_T2));
    u8 *again = loop_here(x);
    compare_element(x, s);
    u8 *ended = x64_jcc_hole(x, s->while_equal ? CC_NZ : CC_Z);
    x64_alu_imm(x, X_ADD, 8, X_REG(H_T2), 1);
    x64_jcc(x, CC_NZ, again);
    x64_op(x, X_ALU_LOAD(X_CMP), s->a16 ? 2 : 4, ecx, X_MEM(X_SP, 8));
    refuse_if(x, no, CC_NZ); /* there are more */
    x64_alu_imm(x, X_SUB, 8, X_REG(H_T2), 1);
    x64_fill(x, ended, x->at);
    x64_op(x, X_ALU(X_XOR), 4, H_FL, X_REG(H_FL));
    compare_element(x, s);
    x64_lahf(x);
    x64_op0f(x, X0F_SET + CC_O, 1, X_DIGIT(0), X_REG(H_FL), 1);
    x64_op(x, X_MOV, 8, H_FL, X_MEM(X_SP, 16));
    x64_alu_imm(x, X_ADD, 4, X_REG(H_T2), 1);
    x64_op(x, X_ALU_LOAD(X_ADD), 4, H_T2, X_MEM(X_SP, 8));
}

/* ---- the thunks ---- */

/* So many elements as can be done at once into T2, and where they are for the host into T0 and T1.
 */
static void ranges(struct x64 *x, const struct shape *s, struct refusals *no)
{
    unsigned ecx = host_gpr(ECX);
    if (s->a16)
        x64_op0f(x, X0F_MOVZX + 1, 4, H_T2, X_REG(ecx), 2);
    else
        x64_op(x, X_MOV, 4, ecx, X_REG(H_T2));
    if (s->stores) {
        x64_op(x, X_LEA, 8, H_FL, X_MEM(H_T2, -1));
        x64_op(x, X_ALU(X_CMP), 8, H_BUDGET, X_REG(H_FL));
        refuse_if(x, no, CC_NLE);
    } else { /* nobody knows how many there will be */
        x64_op(x, X_LEA, 8, H_FL, X_MEM(H_BUDGET, 1));
        x64_op(x, X_TEST, 8, H_FL, X_REG(H_FL));
        refuse_if(x, no, CC_LE);
        at_most(x, H_T2, H_FL);
    }
    if (s->source) {
        if (!s->wide)
            x64_op(x, X_MOV_LOAD, 4, H_T1, X_MEM(X_SP, 8));
        linear(x, s, no, ESI, H_T0, X_MEMX(H_CPU, H_T1, 0, 0), offsetof(struct seg, rd_max));
        in_page(x, s, H_T0);
    }
    size_t max = s->stores ? offsetof(struct seg, wr_max) : offsetof(struct seg, rd_max);
    linear(x, s, no, EDI, H_T1, X_CPU(seg[SEG_ES]), max);
    in_page(x, s, H_T1);
    if (s->shift) {
        x64_op(x, X_TEST, 4, H_T2, X_REG(H_T2));
        refuse_if(x, no, CC_Z);
    }
    if (s->source)
        to_host(x, no, H_T0, false);
    to_host(x, no, H_T1, s->stores);
}

/*
 * Called at a string instruction; the host's flags are nobody's. But for the `wide` ones the first
 * scratch word has the place of the source's segment in struct cpu. The zero flag: it is not
 * finished, and the handler goes on from what the registers say now. RAX stays, but has the new
 * flags when elements were compared.
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
    ranges(x, s, &no);
    if (!s->stores)
        compare(x, s, &no);
    x64_op(x, X_ALU(X_SUB), 8, H_T2, X_REG(H_BUDGET));
    if (s->source)
        advance(x, s, ESI);
    advance(x, s, EDI);
    x64_op(x, X_ALU(X_SUB), size, H_T2, X_REG(ecx));
    if (s->stores) {
        x64_call(x, s->copy);
        x64_op(x, X_TEST, size, ecx, X_REG(ecx));
        x64_jcc(x, CC_NZ, again);
    }
    x64_alu_imm(x, X_ADD, 8, X_REG(H_BUDGET), 1); /* the block's charge covers one */
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

static struct shape shape_of(unsigned what, unsigned ways, unsigned shift)
{
    return (struct shape){.n = 1u << shift,
                          .shift = shift,
                          .source = what == MOVES || what >= COMPARES_EQUAL,
                          .stores = what <= MOVES,
                          .while_equal = what == SCANS_OTHER || what == COMPARES_OTHER,
                          .wide = ways == WIDE,
                          .a16 = ways == SHORT};
}

/* A piece of code among the cold ones, which does not go when the block does. NULL: no room. */
static u8 *made(struct jit *j, u8 *put(struct x64 *x, const struct shape *s), const struct shape *s)
{
    u8 *base = j->region.write;
    struct x64 x = {.at = base + j->cold_used, .end = base + j->cold_reserved};
    u8 *start = put(&x, s);
    if (x.overflow)
        return NULL;
    j->cold_used = (u32)(x.at - base);
    return start;
}

static u8 *thunk_for(struct jit *j, unsigned what, unsigned ways, unsigned shift)
{
    struct shape s = shape_of(what, ways, shift);
    u8 **thunk = &j->repeat.all[REPEAT(what, ways, shift)];
    if (*thunk)
        return *thunk;
    if (s.stores) {
        u8 **copy = &j->repeat.copy[3 * what + shift];
        if (!*copy && !(*copy = made(j, emit_copy, &s)))
            return NULL;
        s.copy = *copy;
    }
    return *thunk = made(j, emit_repeat_thunk, &s);
}

bool emit_repeat(struct emit *e)
{
    const struct op *o = e->o;
    unsigned what, until_equal = !!(o->flags & OPF_REPNE), a16 = !!(o->flags & OPF_A16);
    switch (op_operation(o)) {
    case I_stos:
        what = STORES;
        break;
    case I_movs:
        what = MOVES;
        break;
    case I_scas:
        what = until_equal ? SCANS_EQUAL : SCANS_OTHER;
        break;
    case I_cmps:
        what = until_equal ? COMPARES_EQUAL : COMPARES_OTHER;
        break;
    default:
        return false;
    }
    bool source = what == MOVES || what >= COMPARES_EQUAL;
    bool flat = !source || o->seg == SEG_DS || o->seg == SEG_ES || o->seg == SEG_SS;
    unsigned ways = a16 ? SHORT : e->flat && flat ? WIDE : CHECKED;
    if (e->cpu->timing || e->jit->check)
        return false;
    const u8 *thunk = thunk_for(e->jit, what, ways, op_size(o));
    if (!thunk)
        return false;
    if (what > MOVES)
        flags_clobber(e);
    else
        flags_put_aside(e);
    if (source && ways != WIDE)
        x64_mov_imm(&e->x, 4, X_MEM(X_SP, 0),
                    offsetof(struct cpu, seg) + o->seg * sizeof(struct seg));
    x64_call(&e->x, thunk);
    exit_calmly_if(e, CC_Z, LEAVE_OP);
    if (what > MOVES)
        flags_in_rax(e);
    return true;
}
