/*
 * encode.c - an instruction to bytes (encode.h): every row of its operation is tried with each
 * operand size, and the shortest that fits is taken.
 */
#include "cpu/decode/decode.h"
#include "cpu/decode/encode_private.h"
#include "cpu/decode/query.h"

#include <string.h>

/* ---- all rows ---- */

/*
 * Of forms of equal length NASM takes the sign-extended byte, of many NOPs 0F 1F, and of ST0 with
 * itself the one with the result in ST(i).
 */
static unsigned liking(const struct attempt *a, const struct opdef *row)
{
    if (a->args == 2 && row->operand[0] == ST0 && row->rm == 0)
        return 1;
    if (row->operation == I_nop && row->map && row->opcode != 0x1f)
        return 1;
    return row->operand[1] == Iz && row->operand[0] == eAX;
}

static bool better(const struct search *s, const struct attempt *a, const struct bytes *b)
{
    bool by_default = a->osz * 8 == a->bits;
    if (!s->row || by_default != s->by_default)
        return !s->row || by_default;
    if (b->n != s->best.n)
        return b->n < s->best.n;
    return liking(a, a->row) < liking(a, s->row);
}

/* Operands whose size nobody has said. */
static void note_sizes(struct search *s, const struct attempt *a)
{
    switch (a->row->operation) {
    case I_call:
    case I_jmp:
    case I_call_far:
    case I_jmp_far:
        return; /* as the mode has them */
    default:
        break;
    }
    for (unsigned i = 0; i < 3; i++) {
        const struct encode_operand *o = a->of[i];
        if (!o || o->kind != ENCODE_MEMORY || o->size || encode_sizeless(a->row, i))
            continue;
        s->memory_sizes |= 1u << op_operand_bytes(&a->shape, i);
        for (unsigned k = 0; k < a->args; k++)
            if (a->arg[k] == o)
                s->unsized = (int)k;
    }
}

static void try_row(struct search *s, struct attempt *a, unsigned row)
{
    int culprit;
    struct bytes b;
    a->row = &opdefs[row];
    bool memory = false;
    for (unsigned i = 0; i < a->args; i++)
        memory |= a->arg[i]->kind == ENCODE_MEMORY;
    memset(&a->shape, 0, sizeof(a->shape));
    a->shape.def = (u16)row;
    a->shape.flags = (u8)((a->osz == 2 ? OPF_O16 : 0) | (memory ? OPF_MEM : 0));
    a->short_of_range = false;
    enum miss m = encode_match(a, &culprit);
    if (m == FITS && !encode_row(&b, a, s->name)) {
        s->bad_registers = true;
        m = MISS_KIND;
        for (unsigned i = 0; i < a->args; i++)
            if (a->arg[i]->kind == ENCODE_MEMORY)
                s->address = (int)i;
    }
    u64 features = a->r->features;
    if (m == FITS && features && !(features >> a->row->feature & 1)) {
        s->lacks = a->row->feature;
    } else if (m == FITS) {
        note_sizes(s, a);
        if (better(s, a, &b)) {
            s->best = b;
            s->row = a->row;
            s->by_default = a->osz * 8 == a->bits;
        }
    } else if (culprit > s->culprit || (culprit == s->culprit && m > s->nearest)) {
        s->nearest = m;
        s->culprit = culprit;
        s->nearest_try = *a;
    }
}

static void try_operation(const struct encoder *e, struct search *s, struct attempt *a,
                          unsigned operation)
{
    unsigned said = a->r->prefixes & ENCODE_O16 ? 2 : a->r->prefixes & ENCODE_O32 ? 4 : 0;
    bool string = false, tells = false;
    /* Numbers alone do not tell a size that is not the mode's. */
    for (unsigned i = 0; i < a->args; i++)
        tells |= a->arg[i]->kind == ENCODE_REGISTER || a->arg[i]->kind == ENCODE_MEMORY ||
                 a->arg[i]->size;
    if (!tells && !said)
        said = a->bits / 8;
    for (u16 row = e->of_operation[operation]; row != NO_ROW; row = e->next[row]) {
        const struct opdef *r = &opdefs[row];
        string = r->attr & A_REP;
        unsigned name_size = s->name->size;
        if (string && (name_size == 1) != kind_among(r->operand[0], KINDS_BYTE))
            continue;
        unsigned only = string && name_size == 1 ? a->bits / 8 : name_size ? name_size : said;
        for (unsigned osz = 2; osz <= 4; osz += 2) {
            a->osz = osz;
            if (!only || only == osz)
                try_row(s, a, row);
        }
    }
}

/* ---- what goes without saying ---- */

static void rearrange(const struct encode_name *name, struct attempt *a,
                      struct encode_operand *implied)
{
    bool decimal = name->operation == I_aam || name->operation == I_aad;
    *implied = (struct encode_operand){.kind = ENCODE_NUMBER, .seg = -1, .base = -1, .index = -1};
    if (name->implied != NO_IMMEDIATE && a->args < ENCODE_OPERANDS) {
        implied->value = name->implied;
        a->arg[a->args++] = implied;
    } else if (decimal && !a->args) {
        implied->value = 10;
        a->arg[a->args++] = implied;
    } else if (name->operation == I_imul3 && a->args == 2 && a->arg[1]->kind == ENCODE_NUMBER) {
        a->arg[2] = a->arg[1];
        a->arg[1] = a->arg[0];
        a->args = 3;
    }
    bool counts =
        name->operation == I_loop || name->operation == I_loopz || name->operation == I_loopnz;
    if (counts && a->args == 2 && a->arg[1]->kind == ENCODE_REGISTER &&
        (a->arg[1]->reg == 8 * ENCODE_GPR16 + 1 || a->arg[1]->reg == 8 * ENCODE_GPR32 + 1)) {
        /* LOOP label, ECX: the counter says the address size. */
        a->asz = encode_register_class(a->arg[1]->reg) == ENCODE_GPR16 ? 2 : 4;
        a->args = 1;
    }
    /* A size that is said of a number beside memory is the memory's. */
    if (a->args == 2 && a->arg[0]->kind == ENCODE_MEMORY && !a->arg[0]->size &&
        a->arg[1]->kind == ENCODE_NUMBER && a->arg[1]->size)
        a->arg[0]->size = a->arg[1]->size;
}

/* FADD alone is FADDP ST1, ST0; FCOM and FXCH alone are about ST1. */
static unsigned without_operands(unsigned operation)
{
    switch (operation) {
    case I_fadd:
        return I_faddp;
    case I_fmul:
        return I_fmulp;
    case I_fsub:
        return I_fsubp;
    case I_fsubr:
        return I_fsubrp;
    case I_fdiv:
        return I_fdivp;
    case I_fdivr:
        return I_fdivrp;
    default:
        return operation;
    }
}

/* LOCK wants a form that may be locked, with memory that is written. */
static bool prefixes_allowed(const struct search *s, const struct encode_request *r,
                             struct err *err)
{
    bool memory = r->count && r->operand[0].kind == ENCODE_MEMORY;
    if (s->row->operation == I_xchg && r->count == 2)
        memory |= r->operand[1].kind == ENCODE_MEMORY;
    if ((r->prefixes & ENCODE_LOCK) && !((s->row->attr & A_LOCK) && memory))
        return err_set(err, "lock goes only before instructions that change memory, such as lock "
                            "inc byte [counter]");
    if ((r->prefixes & (ENCODE_REP | ENCODE_REPNE | ENCODE_O16 | ENCODE_O32)) &&
        (s->row->attr & A_PFX))
        return err_set(err, "rep, o16 and o32 make another instruction of %s", s->name->text);
    return true;
}

static unsigned address_bytes(const struct encode_request *r, const struct encode_name *name,
                              unsigned bits)
{
    for (unsigned i = 0; i < r->count; i++)
        if (r->operand[i].kind == ENCODE_MEMORY && r->operand[i].address)
            return r->operand[i].address;
    if (name->address)
        return name->address;
    return r->prefixes & ENCODE_A16 ? 2 : r->prefixes & ENCODE_A32 ? 4 : bits / 8;
}

unsigned encode(const struct encoder *e, struct encode_request *r, unsigned bits, u32 address,
                u8 out[ENCODE_MAX], int *culprit, struct err *err)
{
    struct search s = {
        .name = &e->name[r->name], .culprit = -1, .nearest = MISS_COUNT, .lacks = -1};
    struct attempt a = {.r = r, .bits = bits, .address = address, .args = r->count};
    struct encode_operand implied, st1 = {.kind = ENCODE_REGISTER, .reg = 8 * ENCODE_ST + 1};

    *culprit = -1;
    a.asz = address_bytes(r, s.name, bits);
    for (unsigned i = 0; i < r->count; i++)
        a.arg[i] = &r->operand[i];
    for (const struct encode_name *n = s.name;
         n < e->name + e->names && strcmp(n->text, e->name[r->name].text) == 0; n++) {
        s.name = n;
        a.args = r->count;
        rearrange(n, &a, &implied);
        try_operation(e, &s, &a, n->operation);
    }
    if (!s.row && !r->count && operations[e->name[r->name].operation].class == OC_X87) {
        a.arg[0] = &st1;
        a.args = 1;
        s.name = &e->name[r->name];
        try_operation(e, &s, &a, without_operands(s.name->operation));
    }
    *culprit = s.row ? s.unsized : s.lacks >= 0 ? -1 : s.bad_registers ? s.address : s.culprit;
    bool unsaid = s.row && (s.memory_sizes & (s.memory_sizes - 1));
    if (!s.row || unsaid) {
        encode_explain(&s, r, err);
        return 0;
    }
    if (!prefixes_allowed(&s, r, err)) {
        *culprit = -1;
        return 0;
    }
    if (r->before_386)
        encode_go_around(&s.best);
    memcpy(out, s.best.b, s.best.n < ENCODE_MAX ? s.best.n : ENCODE_MAX);
    return s.best.n <= ENCODE_MAX ? s.best.n : 0;
}
