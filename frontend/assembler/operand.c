/*
 * operand.c - operands: registers, numbers, far pointers, and addresses in brackets (NASM's manual,
 * 3.3; SDM vol. 2, tables 2-1 to 2-3).
 */
#include "frontend/assembler/assembler_private.h"

#include <string.h>

static const struct {
    const char *word;
    u8 bytes;
} sizes[] = {{"byte", 1},   {"word", 2},   {"dword", 4},  {"qword", 8},
             {"tword", 10}, {"oword", 16}, {"dqword", 16}};

/* BYTE, WORD ... at c; 0: none. */
static unsigned take_size(struct cursor *c)
{
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
        if (take_word(c, sizes[i].word))
            return sizes[i].bytes;
    return 0;
}

static void take_keywords(struct cursor *c, struct encode_operand *o)
{
    static const struct {
        const char *word;
        u8 reach;
    } reaches[] = {{"short", ENCODE_SHORT},
                   {"near", ENCODE_NEAR},
                   {"far", ENCODE_FAR_REACH},
                   {"to", ENCODE_TO}};
    for (;;) {
        unsigned size = take_size(c);
        bool found = size;
        if (size)
            o->size = (u8)size;
        if (take_word(c, "strict"))
            o->strict = found = true;
        for (unsigned i = 0; i < ARRAY_SIZE(reaches); i++) {
            if (take_word(c, reaches[i].word)) {
                o->reach = reaches[i].reach;
                found = true;
            }
        }
        if (!found)
            return;
    }
}

/* A register at c, and then what must be behind it; -1 and nothing taken: no. */
static int take_register(struct cursor *c, char behind)
{
    skip_blanks(c);
    size_t n = word_length(c);
    int reg = n ? encode_register(c->at, n) : -1;
    if (reg < 0)
        return -1;
    struct cursor ahead = *c;
    ahead.at += n;
    skip_blanks(&ahead);
    if (behind && (ahead.at == ahead.end || *ahead.at != behind))
        return -1;
    c->at += n;
    return reg;
}

static bool parse_memory(struct assembler *a, u32 line, struct cursor *c, struct operand_text *o)
{
    unsigned open = o->column;
    o->is.kind = ENCODE_MEMORY;
    unsigned size = take_size(c);
    if (size > 4)
        return complain(a, line, open,
                        "inside of [ ] only byte, word and dword say how the address "
                        "is written; the size of what lies there stands before the [");
    o->is.disp = (u8)size;
    if (size >= 2)
        o->is.address = (u8)size;
    int seg = take_register(c, ':');
    if (seg >= 0) {
        if (encode_register_class((unsigned)seg) != ENCODE_SEG)
            return complain(a, line, open, "only a segment register can stand before ':' here");
        o->is.seg = (s8)(seg & 7);
        take(c, ":");
    }
    if (!parse_expression(a, line, c, true, &o->value))
        return false;
    if (!take(c, "]"))
        return complain(a, line, column_of(c), "the [ of column %u has no ] here", open);
    return true;
}

/* What other assemblers write. */
static bool foreign_words(struct assembler *a, u32 line, struct cursor *c)
{
    static const char *const words[][2] = {
        {"ptr", "leave out ptr: mov byte [bx], 1"},
        {"offset", "leave out offset: a name without [ ] is its address"}};
    skip_blanks(c);
    size_t n = word_length(c);
    for (unsigned i = 0; n && i < ARRAY_SIZE(words); i++) {
        struct cursor ahead = *c;
        ahead.at += n;
        skip_blanks(&ahead);
        bool operand_follows = ahead.at < ahead.end && !strchr(",;+-*/)]", *ahead.at);
        if (word_is(c->at, n, words[i][0]) && operand_follows)
            return complain(a, line, column_of(c), "%s", words[i][1]);
    }
    return true;
}

static bool parse_operand(struct assembler *a, u32 line, struct cursor *c, struct operand_text *o)
{
    memset(o, 0, sizeof *o);
    o->is.base = o->is.index = o->is.seg = -1;
    o->is.scale = 1;
    take_keywords(c, &o->is);
    if (!foreign_words(a, line, c))
        return false;
    skip_blanks(c);
    o->column = (u16)column_of(c);
    if (take(c, "["))
        return parse_memory(a, line, c, o);
    int reg = take_register(c, 0);
    if (reg >= 0) {
        o->is.kind = ENCODE_REGISTER;
        o->is.reg = (u8)reg;
        skip_blanks(c);
        if (c->at < c->end && *c->at == ':')
            return complain(a, line, o->column, "a segment stands inside of the brackets: [es:di]");
        return true;
    }
    o->is.kind = ENCODE_NUMBER;
    if (!parse_expression(a, line, c, false, &o->value))
        return false;
    if (take(c, ":")) {
        o->is.kind = ENCODE_FAR;
        o->selector = o->value;
        if (o->is.reach == ENCODE_FAR_REACH)
            o->is.reach = ENCODE_ANY_REACH;
        return parse_expression(a, line, c, false, &o->value);
    }
    skip_blanks(c);
    if (c->at < c->end && *c->at == '[')
        return complain(a, line, column_of(c),
                        "the whole address stands in the brackets: [table+bx]");
    return true;
}

bool parse_operands(struct assembler *a, u32 line, struct cursor *c, struct statement *s)
{
    s->first = (u32)a->operands.count;
    s->count = 0;
    if (at_end(c))
        return true;
    do {
        if (s->count == ENCODE_OPERANDS)
            return complain(a, line, column_of(c), "no instruction has so many operands");
        struct operand_text o;
        if (!parse_operand(a, line, c, &o))
            return false;
        struct operand_text *kept = list_add(a, &a->operands, sizeof *kept);
        if (!kept)
            return false;
        *kept = o;
        s->count++;
    } while (take(c, ","));
    if (!at_end(c))
        return complain(a, line, column_of(c),
                        "'%.*s' does not belong here; a comma between operands?",
                        (int)(c->end - c->at > 20 ? 20 : c->end - c->at), c->at);
    return true;
}

/* ---- addresses from sums of registers ---- */

static bool bad_address(struct assembler *a, const struct operand_text *o, const char *why)
{
    if (a->last_pass)
        complain(a, a->doing, o->column, "%s", why);
    return false;
}

static void set_base(struct encode_operand *o, int base, int index, unsigned scale)
{
    o->base = (s8)base;
    o->index = (s8)index;
    o->scale = (u8)scale;
}

/* [eax*3] is [eax+eax*2]; [eax*1] asks for the form with an index. */
static bool one_register(struct encode_operand *o, int reg, s64 times, bool plain)
{
    if (times == 1 && (plain || reg == 4)) {
        set_base(o, reg, -1, 1);
    } else if (times == 1 || times == 4 || times == 8) {
        set_base(o, -1, reg, (unsigned)times);
    } else if (times == 2 || times == 3 || times == 5 || times == 9) {
        set_base(o, reg, reg, (unsigned)times - 1);
    } else {
        return false;
    }
    return true;
}

static bool two_registers(struct encode_operand *o, const struct value *v)
{
    unsigned base = 0;
    /* What is multiplied is the index; of two that are not, the second. ESP is never one. */
    if (v->reg[0].times != 1 || (!v->reg[0].plain && v->reg[1].plain))
        base = 1;
    if (v->reg[0].times == 1 && v->reg[1].times == 1 && (v->reg[!base].reg & 7) == 4)
        base = !base;
    s64 times = v->reg[!base].times;
    if (v->reg[base].times != 1 || (times != 1 && times != 2 && times != 4 && times != 8))
        return false;
    set_base(o, v->reg[base].reg & 7, v->reg[!base].reg & 7, (unsigned)times);
    return true;
}

static bool make_address(struct assembler *a, struct operand_text *o, struct value *v)
{
    static const char factors[] =
        "a register of an address is multiplied by 1, 2, 4 or 8, and only one of them";
    unsigned n = 0;
    for (unsigned i = 0; i < v->registers; i++) /* eax-eax is nothing: times cannot be negative */
        if (v->reg[i].times)
            v->reg[n++] = v->reg[i];
    v->registers = n;
    set_base(&o->is, -1, -1, 1);
    if (!n)
        return true;
    enum encode_class class = encode_register_class(v->reg[0].reg);
    if (n == 2 && encode_register_class(v->reg[1].reg) != class)
        return bad_address(a, o, "an address has 16-bit or 32-bit registers, not both");
    unsigned bytes = class == ENCODE_GPR16 ? 2 : 4;
    if (o->is.address && o->is.disp == o->is.address && bytes != o->is.address && bytes == 2)
        return bad_address(a, o, "dword and 16-bit registers do not go together in an address");
    o->is.address = (u8)bytes;
    if (class == ENCODE_GPR16) {
        for (unsigned i = 0; i < n; i++)
            if (v->reg[i].times != 1)
                return bad_address(a, o, "with 16-bit registers nothing is multiplied");
        set_base(&o->is, v->reg[0].reg & 7, n == 2 ? v->reg[1].reg & 7 : -1, 1);
        return true;
    }
    bool good = n == 1 ? one_register(&o->is, v->reg[0].reg & 7, v->reg[0].times, v->reg[0].plain)
                       : two_registers(&o->is, v);
    return good || bad_address(a, o, factors);
}

bool evaluate_operands(struct assembler *a, struct statement *s, bool *unknown)
{
    *unknown = false;
    for (u32 i = 0; i < s->count; i++) {
        struct operand_text *o = operand_at(a, s->first + i);
        struct value v, seg;
        if (o->is.kind == ENCODE_REGISTER)
            continue;
        if (!evaluate(a, &o->value, &v))
            return false;
        *unknown |= v.unknown;
        /* A target ahead is near until it is known to be far. */
        bool ahead = v.unknown && encoder_branches(a->encoder, s->name);
        o->is.value = ahead ? a->here : v.n;
        o->is.moves = v.moves;
        if (o->is.kind == ENCODE_MEMORY && !make_address(a, o, &v))
            return false;
        if (o->is.kind == ENCODE_FAR) {
            if (!evaluate(a, &o->selector, &seg))
                return false;
            *unknown |= seg.unknown;
            o->is.selector = seg.n;
        }
    }
    return true;
}
