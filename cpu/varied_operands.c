/*
 * varied_operands.c - the operands of an instruction that is done in the mind (varied_ops.c):
 * registers, and what it reads and writes in memory as it was watched to.
 */
#include "cpu/varied_ops.h"

#include "cpu/spin.h"

enum { GPR = offsetof(struct cpu, gpr) };

void mind_give_up(struct mind *m)
{
    m->failed = true;
}

bool operand_in_memory(const struct op *o, unsigned i)
{
    u8 kind = op_row(o)->operand[i];
    return kind_among(kind, KINDS_MOFFS) ||
           ((o->flags & OPF_MEM) && kind_among(kind, KINDS_MAYBE_MEMORY));
}

/* The place of a register in struct cpu, from gpr[] on; 32: it is none. */
unsigned operand_register(const struct op *o, unsigned i)
{
    u8 kind = op_row(o)->operand[i];
    if (operand_in_memory(o, i))
        return 32;
    if (kind_among(kind, KINDS_RM_GPR | KIND(Zb) | KIND(Zv)))
        return o->r1 - (unsigned)GPR;
    if (kind_among(kind, KINDS_REG_GPR))
        return o->r2 - (unsigned)GPR;
    if (kind_among(kind, KIND(ALb) | KIND(AXw) | KIND(eAX)))
        return 4 * EAX;
    if (kind_among(kind, KIND(CLb)))
        return 4 * ECX;
    return kind_among(kind, KIND(DXw)) ? 4 * EDX : 32;
}

unsigned mind_size(const struct mind *m)
{
    return 1u << op_size(&m->s->op);
}

const struct varied_touch *mind_touches(const struct mind *m)
{
    return m->c->spin->varied.touch + m->s->touch;
}

/* The only one of its kind; NULL: there are others, or it is of another size. */
static const struct varied_touch *sole_touch(struct mind *m, bool write, unsigned size)
{
    const struct varied_touch *found = NULL, *t = mind_touches(m);
    for (unsigned i = 0; i < m->touches; i++) {
        if (t[i].write != write)
            continue;
        if (found || t[i].size != size) {
            mind_give_up(m);
            return NULL;
        }
        found = &t[i];
    }
    if (!found)
        mind_give_up(m);
    return found;
}

struct number mind_loaded(struct mind *m, unsigned size)
{
    const struct varied_touch *t = sole_touch(m, false, size);
    struct mind_cell *k = t ? mind_cell(m, t->at, size) : NULL;
    if (k)
        return k->n;
    return mind_constant(t ? t->was : 0);
}

void mind_stored(struct mind *m, unsigned size, struct number n)
{
    const struct varied_touch *t = sole_touch(m, true, size);
    struct mind_cell *k = t ? mind_cell(m, t->at, size) : NULL;
    if (!k) {
        mind_give_up(m);
        return;
    }
    k->n = n;
    if (size != 4 && !number_same(&n)) { /* what is around it would be another one */
        k->n.vague = true;
        k->n.step = 0;
    }
}

struct number mind_operand(struct mind *m, unsigned i)
{
    const struct op *o = &m->s->op;
    unsigned at = operand_register(o, i), size = op_operand_bytes(o, i);
    if (operand_in_memory(o, i))
        return mind_loaded(m, size);
    if (at < 32)
        return mind_get(m, at / 4, size, at & 1);
    return mind_constant(o->imm & number_mask(mind_size(m)));
}

void mind_result(struct mind *m, unsigned i, struct number n)
{
    const struct op *o = &m->s->op;
    unsigned at = operand_register(o, i), size = op_operand_bytes(o, i);
    if (operand_in_memory(o, i))
        mind_stored(m, size, n);
    else if (at < 32)
        mind_set(m, at / 4, size, at & 1, n);
    else
        mind_give_up(m);
}
