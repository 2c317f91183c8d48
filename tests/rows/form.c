/*
 * form.c - attributes and columns that follow from the manual's list or from other columns.
 */
#include "tests/rows/check.h"

#include "cpu/blocks/handlers.h"

#include <string.h>

/* SDM vol. 2, LOCK. */
static bool lockable(enum operation o)
{
    switch (o) {
    case I_add:
    case I_adc:
    case I_and:
    case I_btc:
    case I_btr:
    case I_bts:
    case I_cmpxchg:
    case I_cmpxchg8b:
    case I_dec:
    case I_inc:
    case I_neg:
    case I_not:
    case I_or:
    case I_sbb:
    case I_sub:
    case I_xor:
    case I_xadd:
    case I_xchg:
        return true;
    default:
        return false;
    }
}

/* SDM vol. 3, 5.9 and 20.1: not recognised in real-address and virtual-8086 mode. */
static bool protected_only(enum operation o)
{
    switch (o) {
    case I_sldt:
    case I_str:
    case I_lldt:
    case I_ltr:
    case I_verr:
    case I_verw:
    case I_lar:
    case I_lsl:
    case I_arpl:
        return true;
    default:
        return false;
    }
}

/* A_STACK and A_BRANCH are about the choice of handlers, and each row that has one makes it. */
static void choices(struct bench *b, struct rig *r, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    struct instruction i;
    r->set = (struct setting){0};
    if (d->attr & A_MEM || !rig_encode(r, row, 0, &i) || (i.op.flags & OPF_MEM) ||
        op_shifts_by_zero(&i.op))
        return;
    const u32 flat = MODE_CS32 | MODE_PE | MODE_SS32 | MODE_FLAT;
    exec_fn *const flat32 = handler_choose(&i.op, flat, true);
    exec_fn *const based32 = handler_choose(&i.op, flat & ~MODE_FLAT, true);
    exec_fn *const flat16 = handler_choose(&i.op, flat & ~MODE_SS32, true);
    const struct row_handlers *h = &row_handlers[row];
    if (h->family != family_none && flat32 == h->fn[op_size(&i.op)] && (d->attr & A_END) &&
        op_is_relative(&i.op))
        fail(b, row, &i, "has special handlers and gets none of them");
    bool by_stack = flat16 != flat32, by_flat = based32 != flat32 && !by_stack;
    if (by_stack != !!(d->attr & A_STACK))
        fail(b, row, &i,
             by_stack ? "handlers differ by the stack without A_STACK"
                      : "A_STACK, and the same handler for each stack");
    if (by_flat != !!(d->attr & A_BRANCH))
        fail(b, row, &i,
             by_flat ? "handlers differ by flatness without A_BRANCH"
                     : "A_BRANCH, and the same handler with a limit as without");
}

/* The rows of a register form that has one for each ST(i) differ in nothing else. */
static void sisters(struct bench *b, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    for (unsigned k = 0; k < opdef_count && d->rm >= 0; k++) {
        struct opdef other = opdefs[k];
        if (other.map != d->map || other.opcode != d->opcode || other.ext != d->ext ||
            other.rm < 0 || other.operand[0] != STi || d->operand[0] != STi)
            if (other.map != d->map || other.opcode != d->opcode || other.ext != d->ext ||
                other.rm < 0 || other.operand[1] != STi || d->operand[1] != STi)
                continue;
        other.rm = d->rm;
        if (memcmp(&other, d, sizeof other)) {
            fail(b, row, NULL, "differs from row %u, the same with another ST(i)", k);
            return;
        }
    }
}

/* Classes are runs of operations.def. */
static void classes(struct bench *b, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    const struct operation_def *p = row_operation(d);
    enum operation o = (enum operation)d->operation;
    enum op_class should = OC_OTHER;
    if (o >= I_jo && o <= I_jnle)
        should = OC_JCC;
    else if (o >= I_seto && o <= I_setnle)
        should = OC_SETCC;
    else if (o >= I_cmovo && o <= I_cmovnle)
        should = OC_CMOVCC;
    else if (o >= I_fcmovb && o <= I_fcmovnu)
        should = OC_FCMOVCC;
    else if (o == I_cmp || o == I_test || o == I_dec)
        should = OC_FUSES;
    else if (d->map == 0 && (d->opcode == 0x9b || (d->opcode & 0xf8) == 0xd8))
        should = OC_X87;
    if (p->class != should)
        fail(b, row, NULL, "is of class %u, should be %u", p->class, should);
}

/*
 * Bits of operations.def that no instruction outside of their room may have: system state, the x87,
 * SIMD. What remains is seen (effects.c) or an upper bound.
 */
static void rooms(struct bench *b, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    const struct operation_def *p = row_operation(d);
    enum operation o = (enum operation)d->operation;
    u64 both = p->reads | p->writes;
    bool image = o == I_fxsave || o == I_fxrstor,
         x87 = p->class == OC_X87 || p->class == OC_FCMOVCC;
    bool simd = d->attr & A_PFX, map1 = d->map && !simd;
    bool system = (map1 && d->opcode <= 0x09) || (map1 && d->opcode >= 0x20 && d->opcode <= 0x35) ||
                  (d->attr & A_IO) || o == I_cpuid || o == I_hlt;
    bool tables = map1 && (d->opcode == 0x00 || d->opcode == 0x02 || d->opcode == 0x03);
    bool eflags = o == I_cli || o == I_sti || o == I_pushf || o == I_popf || (d->attr & A_IO);
    if (both == R_EVERYTHING)
        return;
    if (both & (R_SEG(0) | R_SEG(1) | R_SEG(4) | R_SEG(5)))
        fail(b, row, NULL, "names a segment register that is no operand");
    if ((both & (R_XMMS | (0xffull << 24))) && !image)
        fail(b, row, NULL, "names MMX or XMM registers beside its operands");
    if ((both & R_STS) && !x87 && !image)
        fail(b, row, NULL, "names x87 registers");
    if (!!(both & R_X87) != (x87 || image || o == I_emms) && !image)
        fail(b, row, NULL, "the x87 state is not declared as its room wants");
    if ((both & R_MXCSR) && !simd)
        fail(b, row, NULL, "names MXCSR outside of SSE");
    if ((both & R_SYS) && !system)
        fail(b, row, NULL, "names system registers");
    if ((both & R_TABLES) && !tables)
        fail(b, row, NULL, "names descriptor tables");
    if ((both & R_EFL) && !eflags)
        fail(b, row, NULL, "names flags of the system");
    if (p->reads & R_IP)
        fail(b, row, NULL, "reads EIP");
}

/* Far transfers and the like: declared to read and write anything, and no flags in part. */
static void control(struct bench *b, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    const struct operation_def *p = row_operation(d);
    enum operation o = (enum operation)d->operation;
    bool should =
        (o >= I_call_far && o <= I_icebp) || o == I_loadall || o == I_sysenter || o == I_sysexit;
    if (should != (p->reads == R_EVERYTHING) || should != (p->writes == R_EVERYTHING))
        fail(b, row, NULL, "transfers far, or does not, and declares otherwise");
    if (!should)
        return;
    u32 reads = o == I_into ? FL_OF : 0, writes = o == I_iret ? FL_ALL : 0;
    if (d->fl_read != reads || (d->fl_write != writes && o != I_loadall))
        fail(b, row, NULL, "flags of a far transfer");
}

/* Features that Zydis does not know about, or sees otherwise. */
static void features(struct bench *b, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    int should = -1;
    if (d->map == 1 && d->opcode >= 0x18 && d->opcode <= 0x1f)
        should = F_P6;
    else if (d->operation == I_loadall)
        should = F_386_ONLY;
    else if (d->operand[0] == Td || d->operand[1] == Td)
        should = F_386_486;
    else if (d->operation == I_rsm)
        should = F_P5;
    else if (d->operation == I_ud0 || d->operation == I_salc)
        should = F_386;
    if (should >= 0 && d->feature != should)
        fail(b, row, NULL, "came with feature %d, not %u", should, d->feature);
}

/* A_MEM, A_REG, A_PFX, prefix and A_STORE by the operands. */
static void shape(struct bench *b, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    bool mem = false, reg = d->rm >= 0, either = false, store = false, simd;
    for (unsigned k = 0; k < row_operands(d); k++) {
        u8 kind = d->operand[k];
        mem |= kind >= M && kind <= Ma;
        reg |= kind == Nq || kind == Ux || kind == STi;
        bool rm = (kind >= Eb && kind <= EdMw) || kind == Qq || kind == Qd || kind == Wx;
        either |= rm;
        bool place = rm || (kind >= M && kind <= Ma) || kind == Ob || kind == Ov ||
                     (kind >= Xb && kind <= Yv);
        store |= place && row_access(d, k) == 'w';
    }
    simd = d->feature == F_MMX || d->feature == F_MMXEXT || d->feature == F_SSE ||
           d->feature == F_SSE2 || d->feature == F_FXSR || d->feature == F_CLFSH;
    if ((d->attr & A_MEM) && (!row_has_modrm(d) || (!mem && !either) || (d->attr & A_REG)))
        fail(b, row, NULL, "A_MEM, and its operands cannot be memory");
    if ((d->attr & A_REG) && (!row_has_modrm(d) || mem))
        fail(b, row, NULL, "A_REG, and its operands cannot be registers");
    if (reg && !(d->attr & A_REG))
        fail(b, row, NULL, "its operands are registers only, without A_REG");
    if (mem && !(d->attr & (A_MEM | A_NOMEM)))
        fail(b, row, NULL, "its operands are memory only, without A_MEM");
    if (simd != !!(d->attr & A_PFX))
        fail(b, row, NULL, "mandatory prefixes are of MMX and SSE");
    if (!(d->attr & A_PFX) && d->pfx != NP)
        fail(b, row, NULL, "a prefix without A_PFX");
    if (store != !!(d->attr & A_STORE))
        fail(b, row, NULL,
             store ? "its operand is only written, without A_STORE"
                   : "A_STORE, and no operand is only written");
    bool relative = d->operand[0] == Jb || d->operand[0] == Jz;
    const struct operation_def *p = row_operation(d);
    if (((d->attr & A_BRANCH) && !relative) || ((d->attr & A_STACK) && !(p->reads & R_SP)))
        fail(b, row, NULL, "the choice of handlers has nothing to go by");
    size_t named = strlen(p->access);
    bool fewer = p->class == OC_X87 || d->operation == I_nop || d->operation == I_ret ||
                 d->operation == I_retf; /* forms that leave an operand out */
    if (row_operands(d) > named || (row_operands(d) < named && !fewer))
        fail(b, row, NULL, "has %u operands, its operation %zu", row_operands(d), named);
    for (unsigned k = 0; k < row_operands(d) && row_operands(d) <= named; k++) {
        u8 kind = d->operand[k];
        bool immediate = (kind >= Ib && kind <= Iwb) || kind == ONE;
        if (immediate && row_access(d, k) != 'r')
            fail(b, row, NULL, "an immediate is read");
    }
    if (p->push && p->class != OC_X87)
        fail(b, row, NULL, "moves the x87 stack");
    if ((d->attr & (A_STACK | A_BRANCH)) && (mem || either))
        fail(b, row, NULL, "the choice of handlers goes by the operand");
}

void check_form(struct bench *b, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    struct rig *r = bench_rig(b, row);
    enum operation o = (enum operation)d->operation;
    if (!r)
        return;
    bool memory = false, sized = false;
    for (unsigned k = 0; k < 3; k++) {
        memory |= (d->operand[k] >= Eb && d->operand[k] <= EdMw) || d->operand[k] == Mq;
        sized |= d->operand[k] == Ev || d->operand[k] == Gv;
    }
    bool writes = row_operands(d) && row_access(d, 0) == 'm' && memory;
    bool lock = lockable(o) && writes && d->operand[0] != Gb && d->operand[0] != Gv;
    if (lock != !!(d->attr & A_LOCK))
        fail(b, row, NULL, lock ? "LOCK is legal by the manual" : "LOCK is #UD by the manual");
    exec_fn *const *fn = row_handlers[row].fn;
    bool sizeless = row_operation(d)->class == OC_X87 || row_operation(d)->class == OC_FCMOVCC ||
                    (d->attr & A_PFX && !sized);
    if (sizeless && (fn[0] != fn[1] || fn[1] != fn[2]))
        fail(b, row, NULL, "has no operand size, and handlers that differ by it");
    if (protected_only(o) != !!(d->attr & A_PM))
        fail(b, row, NULL, "A_PM is not as the manual says");
    choices(b, r, row);
    sisters(b, row);
    classes(b, row);
    rooms(b, row);
    shape(b, row);
    control(b, row);
    features(b, row);
}
