/*
 * timing.c - see timing.h; the numbers are in timing.def.
 *
 * Not modelled: caches and memory that is slower than them, branches that are predicted wrongly,
 * which instruction really pairs with which, prefixes, operands that make MUL, IMUL, BSF and the
 * x87's functions faster or slower; instructions that a processor did not have take what those next
 * to them would have.
 */
#include "cpu/decode/timing.h"

#include "cpu/decode/query.h"

#include <string.h>

enum column { I8086, I80286, I80386, I80486, P5, P6, P4, COLUMNS };

enum form {
    FORM_REG, /* nothing in memory */
    FORM_LOAD,
    FORM_STORE,
    FORM_MODIFY,
    FORM_BY_CL,     /* shifts by more than 1 */
    FORM_BY_NUMBER, /* also ports */
    FORM_SEGMENT,   /* loads or pushes of a segment register */
    FORM_SIZE_8,    /* MUL, DIV and their like */
    FORM_SIZE_16,
    FORM_SIZE_32,
    FORM_REPEAT, /* an iteration of a string instruction */
    FORM_SETUP,
    FORM_BACK, /* conditional branches */
    FORM_FORWARD,
};

struct cpu_timing {
    const char *name;
    enum column column;
    u8 fetch;     /* clocks that the bus takes for an instruction byte, where it is what counts */
    u8 word_more; /* clocks that a word in memory takes more than a byte */
};

static const struct cpu_timing timings[] = {
    {"8088", I8086, 4, 4},     {"8086", I8086, 2, 0},  {"286", I80286, 0, 0},
    {"386", I80386, 0, 0},     {"486", I80486, 0, 0},  {"pentium", P5, 0, 0},
    {"pentium-mmx", P5, 0, 0}, {"pentium2", P6, 0, 0}, {"pentium3", P6, 0, 0},
    {"pentium4", P4, 0, 0},
};

#define TICKS(clocks) (u16)((clocks)*TICKS_PER_CLOCK + 0.5)
#define ALL_TICKS(a, b, c, d, e, f, g)                                                             \
    {                                                                                              \
        TICKS(a), TICKS(b), TICKS(c), TICKS(d), TICKS(e), TICKS(f), TICKS(g)                       \
    }

#define CLOCKS(op, form, ...) {I_##op, FORM_##form, ALL_TICKS(__VA_ARGS__)},
static const struct timing_row {
    u16 operation;
    u8 form;
    u16 ticks[COLUMNS];
} rows[] = {
#include "cpu/decode/timing.def"
};
#undef CLOCKS

/* Of what has no row: an operand in memory beside the registers' form, and everything else. */
static const u16 memory_more[COLUMNS] = ALL_TICKS(6, 3, 3, 1, 1, 1, 1);
static const u16 other[COLUMNS] = ALL_TICKS(4, 3, 4, 3, 2, 2, 3);
static const u16 other_simd[COLUMNS] = ALL_TICKS(1, 1, 1, 1, 1, 1, 1.2);
static const u16 other_x87[COLUMNS] = ALL_TICKS(20, 20, 25, 5, 2, 2, 3);
static const u16 interrupt[COLUMNS] = ALL_TICKS(61, 23, 37, 26, 18, 50, 80);
static const u16 conditional_move[COLUMNS] = ALL_TICKS(4, 4, 4, 4, 4, .8, 3);
static const u16 set_by_condition[COLUMNS] = ALL_TICKS(4, 4, 4, 3, 1, .6, 3);

/* ---- by name ---- */

const struct cpu_timing *cpu_timing_find(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(timings); i++)
        if (strcmp(timings[i].name, name) == 0)
            return &timings[i];
    return NULL;
}

const char *cpu_timing_name(const struct cpu_timing *t)
{
    return t->name;
}

/* ---- which row ---- */

/* Operations that are done like another one, with what is before it or behind it. */
static enum operation same_as(enum operation op)
{
    static const struct {
        u16 op, as;
    } alike[] = {
        {I_fsub, I_fadd},     {I_fsubr, I_fadd},    {I_faddp, I_fadd},   {I_fsubp, I_fadd},
        {I_fsubrp, I_fadd},   {I_fmulp, I_fmul},    {I_fdivr, I_fdiv},   {I_fdivp, I_fdiv},
        {I_fdivrp, I_fdiv},   {I_fcomp, I_fcom},    {I_fcompp, I_fcom},  {I_fucom, I_fcom},
        {I_fucomp, I_fcom},   {I_fucompp, I_fcom},  {I_fcom2, I_fcom},   {I_fcomp3, I_fcom},
        {I_fcomp5, I_fcom},   {I_fcomi, I_fcom},    {I_fcomip, I_fcom},  {I_fucomi, I_fcom},
        {I_fucomip, I_fcom},  {I_fstp, I_fst},      {I_fstp1, I_fst},    {I_fstp8, I_fst},
        {I_fstp9, I_fst},     {I_fxch4, I_fxch},    {I_fxch7, I_fxch},   {I_fistp, I_fist},
        {I_fisub, I_fiadd},   {I_fisubr, I_fiadd},  {I_fidivr, I_fidiv}, {I_ficomp, I_ficom},
        {I_fcos, I_fsin},     {I_fyl2xp1, I_fyl2x}, {I_fprem1, I_fprem}, {I_fldl2t, I_fldpi},
        {I_fldl2e, I_fldpi},  {I_fldlg2, I_fldpi},  {I_fldln2, I_fldpi}, {I_ffree, I_fnop},
        {I_ffreep, I_fnop},   {I_fincstp, I_fnop},  {I_fdecstp, I_fnop}, {I_fneni, I_fnop},
        {I_fndisi, I_fnop},   {I_fnsetpm, I_fnop},  {I_divps, I_divss},  {I_divpd, I_divsd},
        {I_sqrtps, I_sqrtss}, {I_sqrtpd, I_sqrtsd},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(alike); i++)
        if (alike[i].op == op)
            return (enum operation)alike[i].as;
    return op;
}

static const struct timing_row *find(enum operation op, enum form form)
{
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].operation == op && rows[i].form == form)
            return &rows[i];
    return NULL;
}

static bool names_segment(const struct op *o)
{
    const struct opdef *r = op_row(o);
    return r->operand[0] == Sw || kind_among(r->operand[0], KIND(ES_) | KIND(CS_) | KIND(SS_) |
                                                                KIND(DS_) | KIND(FS_) | KIND(GS_));
}

static enum form form_of(const struct op *o)
{
    const struct opdef *r = op_row(o);
    bool repeats = (r->attr & A_REP) && (o->flags & (OPF_REP | OPF_REPNE));
    switch (op_operation(o)) {
    case I_mul:
    case I_imul1:
    case I_imul:
    case I_imul3:
    case I_div:
    case I_idiv:
        return (enum form)(FORM_SIZE_8 + op_size(o));
    case I_mov:
    case I_push:
    case I_pop:
        if (names_segment(o))
            return FORM_SEGMENT;
        break;
    default:
        break;
    }
    if (r->attr & A_REP)
        return repeats ? FORM_REPEAT : FORM_REG;
    if (op_class(o) == OC_JCC) /* imm and pc count from the block's first byte; imm may wrap */
        return (s32)(o->imm - o->pc) <= 0 ? FORM_BACK : FORM_FORWARD;
    switch (op_memory(o).access) {
    case 'r':
        return FORM_LOAD;
    case 'w':
        return FORM_STORE;
    case 'm':
        return FORM_MODIFY;
    default:
        break;
    }
    if (r->operand[1] == CLb || r->operand[2] == CLb)
        return FORM_BY_CL;
    return r->operand[0] == Ib || r->operand[1] == Ib ? FORM_BY_NUMBER : FORM_REG;
}

static u32 without_row(const struct op *o, enum column column)
{
    switch (op_class(o)) {
    case OC_CMOVCC:
        return conditional_move[column];
    case OC_SETCC:
        return set_by_condition[column];
    case OC_X87:
    case OC_FCMOVCC:
        return other_x87[column];
    default:
        break;
    }
    return row_operation(op_row(o))->mmx_bytes ? other_simd[column] : other[column];
}

/* ---- the 8086's own ---- */

/* Clocks to make an address (8086 Family User's Manual, table 2-20). */
static u32 address_clocks(const struct op *o)
{
    bool base = o->base != ZERO_OFF, index = o->index != ZERO_OFF;
    u32 clocks = base && index ? 8 : base || index ? 5 : 6;
    if ((base || index) && o->disp)
        clocks += 4;
    return clocks + (o->flags & OPF_SEGOVR ? 2 : 0);
}

/* Of old, bytes came over the bus while the instructions before were executed, if those took long
 * enough; each word of an operand took a transfer or two. */
static u32 with_bus(const struct cpu_timing *t, const struct op *o, u32 ticks)
{
    struct op_memory m = op_memory(o);
    if (m.access) {
        u32 words = (m.bytes + 1) / 2 * (m.access == 'm' ? 2 : 1);
        if (m.bytes >= 2)
            ticks += words * t->word_more * TICKS_PER_CLOCK;
        if (o->flags & OPF_MEM)
            ticks += address_clocks(o) * TICKS_PER_CLOCK;
    }
    bool port = op_operation(o) == I_in || op_operation(o) == I_out;
    if ((op_row(o)->attr & A_STACK) || (port && op_size(o)))
        ticks += t->word_more * TICKS_PER_CLOCK;
    u32 fetched = (u32)o->len * t->fetch * TICKS_PER_CLOCK;
    return ticks > fetched ? ticks : fetched;
}

/* ---- */

u32 timing_ticks(const struct cpu_timing *t, const struct op *o)
{
    enum operation op = op_class(o) == OC_JCC ? I_jz : same_as(op_operation(o));
    enum form form = form_of(o);
    const struct timing_row *r = find(op, form);
    u32 more = 0, ticks;
    if (!r) {
        r = find(op, FORM_REG);
        more = form == FORM_LOAD || form == FORM_STORE || form == FORM_MODIFY
                   ? memory_more[t->column]
                   : 0;
    } else if (form >= FORM_SIZE_8 && form <= FORM_SIZE_32 && (o->flags & OPF_MEM)) {
        more = memory_more[t->column];
    }
    ticks = (r ? r->ticks[t->column] : without_row(o, t->column)) + more;
    if (t->fetch)
        ticks = with_bus(t, o, ticks);
    return ticks ? ticks : 1;
}

u32 timing_setup(const struct cpu_timing *t, const struct op *o)
{
    const struct timing_row *r = find(op_operation(o), FORM_SETUP);
    return r ? r->ticks[t->column] : 0;
}

u32 timing_interrupt(const struct cpu_timing *t)
{
    return interrupt[t->column];
}
