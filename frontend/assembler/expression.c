/*
 * expression.c - expressions with NASM's operators and their precedence (manual, 3.5), as postfix.
 */
#include "frontend/assembler/assembler_private.h"

#include <ctype.h>
#include <string.h>

enum binary {
    B_OR_ELSE,
    B_XOR_ELSE,
    B_AND_ALSO,
    B_EQUAL,
    B_NOT_EQUAL,
    B_LESS,
    B_AT_MOST,
    B_GREATER,
    B_AT_LEAST,
    B_OR,
    B_XOR,
    B_AND,
    B_LEFT,
    B_RIGHT,
    B_ADD,
    B_SUBTRACT,
    B_MULTIPLY,
    B_DIVIDE,
    B_DIVIDE_SIGNED,
    B_REMAINDER,
    B_REMAINDER_SIGNED
};

/* Longer spellings before the shorter ones that they begin with. */
static const struct {
    char text[4];
    u8 what, level;
} binaries[] = {
    {"||", B_OR_ELSE, 1},   {"^^", B_XOR_ELSE, 2},
    {"&&", B_AND_ALSO, 3},  {"==", B_EQUAL, 4},
    {"!=", B_NOT_EQUAL, 4}, {"<>", B_NOT_EQUAL, 4},
    {"<=", B_AT_MOST, 4},   {">=", B_AT_LEAST, 4},
    {"<<<", B_LEFT, 8},     {">>>", B_RIGHT, 8},
    {"<<", B_LEFT, 8},      {">>", B_RIGHT, 8},
    {"=", B_EQUAL, 4},      {"<", B_LESS, 4},
    {">", B_GREATER, 4},    {"|", B_OR, 5},
    {"^", B_XOR, 6},        {"&", B_AND, 7},
    {"+", B_ADD, 9},        {"-", B_SUBTRACT, 9},
    {"*", B_MULTIPLY, 10},  {"//", B_DIVIDE_SIGNED, 10},
    {"/", B_DIVIDE, 10},    {"%%", B_REMAINDER_SIGNED, 10},
    {"%", B_REMAINDER, 10},
};
enum { LEVELS = 11 };

struct parse {
    struct assembler *a;
    u32 line;
    struct cursor *c;
    bool registers;
    unsigned depth;
    struct expression *out;
};

static bool step(struct parse *p, unsigned kind, s64 n, unsigned column)
{
    if (p->a->steps.count >= MOST_STEPS)
        return give_up(p->a, "the text has too many expressions");
    struct step *s = list_add(p->a, &p->a->steps, sizeof *s);
    if (!s)
        return false;
    *s = (struct step){.kind = (u8)kind, .column = (u16)column, .n = n};
    p->out->count++;
    if (kind == STEP_SYMBOL || kind == STEP_HERE || kind == STEP_START)
        p->out->constant = false;
    return true;
}

static bool parse_choice(struct parse *p);

static bool parse_word(struct parse *p, unsigned column)
{
    struct cursor *c = p->c;
    size_t n = word_length(c);
    const char *word = c->at;
    c->at += n;
    if (n == 1 && *word == '$')
        return step(p, STEP_HERE, 0, column);
    if (n == 2 && word[0] == '$' && word[1] == '$')
        return step(p, STEP_START, 0, column);
    int reg = encode_register(word, n);
    if (reg >= 0) {
        enum encode_class class = encode_register_class((unsigned)reg);
        if (!p->registers)
            return complain(p->a, p->line, column,
                            "a register cannot stand in this expression: %.*s", (int)n, word);
        if (class != ENCODE_GPR16 && class != ENCODE_GPR32)
            return complain(p->a, p->line, column, "%.*s makes no address", (int)n, word);
        return step(p, STEP_REGISTER, reg, column);
    }
    if (*word == '$') { /* $name is a name, whatever it says */
        word++;
        n--;
    }
    s64 symbol = symbol_find(p->a, word, n);
    return symbol >= 0 && step(p, STEP_SYMBOL, symbol, column);
}

/* Letters as a number, the first one lowest. */
static bool parse_letters(struct parse *p, unsigned column)
{
    const char *bytes;
    size_t length;
    struct err e;
    u64 v = 0;
    if (!take_string(p->a, p->c, &bytes, &length, &e))
        return complain(p->a, p->line, column, "%s", e.text);
    if (length > 8)
        return complain(p->a, p->line, column, "a string of %zu letters is no number: up to 8 are",
                        length);
    for (size_t i = 0; i < length; i++)
        v |= (u64)(u8)bytes[i] << (8 * i);
    return step(p, STEP_NUMBER, (s64)v, column);
}

static bool parse_unary(struct parse *p)
{
    struct cursor *c = p->c;
    skip_blanks(c);
    unsigned column = column_of(c);
    char ch = c->at < c->end ? *c->at : 0;
    struct err e;
    s64 n;
    if (++p->depth > EXPRESSION_DEPTH)
        return complain(p->a, p->line, column, "this expression is nested too deeply");
    bool good;
    if (take(c, "-"))
        good = parse_unary(p) && step(p, STEP_NEGATE, 0, column);
    else if (take(c, "+"))
        good = parse_unary(p);
    else if (take(c, "~"))
        good = parse_unary(p) && step(p, STEP_COMPLEMENT, 0, column);
    else if (take(c, "!"))
        good = parse_unary(p) && step(p, STEP_NOT, 0, column);
    else if (take(c, "(")) {
        good = parse_choice(p);
        if (good && !take(c, ")"))
            good = complain(p->a, p->line, column_of(c), "a closing ) is missing here");
    } else if (isdigit((unsigned char)ch) ||
               (ch == '$' && c->at + 1 < c->end && isdigit((unsigned char)c->at[1]))) {
        if (take_number(c, &n, &e))
            good = step(p, STEP_NUMBER, n, column);
        else
            good = complain(p->a, p->line, column, "%s", e.text);
    } else if (ch == '\'' || ch == '"' || ch == '`') {
        good = parse_letters(p, column);
    } else if (word_length(c)) {
        good = parse_word(p, column);
    } else if (at_end(c)) {
        good = complain(p->a, p->line, column, "a value is missing at the end of the line");
    } else {
        good = complain(p->a, p->line, column, "a value is wanted before '%c'", *c->at);
    }
    p->depth--;
    return good;
}

static int binary_at(struct cursor *c, unsigned level)
{
    skip_blanks(c);
    for (unsigned i = 0; i < ARRAY_SIZE(binaries); i++) {
        size_t n = strlen(binaries[i].text);
        if ((size_t)(c->end - c->at) < n || memcmp(c->at, binaries[i].text, n) != 0)
            continue;
        if (binaries[i].level < level)
            return -1;
        return (int)i;
    }
    return -1;
}

static bool parse_binary(struct parse *p, unsigned level)
{
    if (!parse_unary(p))
        return false;
    for (;;) {
        int i = binary_at(p->c, level);
        if (i < 0)
            return true;
        unsigned column = column_of(p->c);
        p->c->at += strlen(binaries[i].text);
        if (++p->depth > EXPRESSION_DEPTH)
            return complain(p->a, p->line, column, "this expression is nested too deeply");
        if (!parse_binary(p, binaries[i].level + 1u) ||
            !step(p, STEP_BINARY + binaries[i].what, 0, column))
            return false;
        p->depth--;
    }
}

/* a ? b : c, below all other operators. */
static bool parse_choice(struct parse *p)
{
    if (!parse_binary(p, 1))
        return false;
    skip_blanks(p->c);
    unsigned column = column_of(p->c);
    if (!take(p->c, "?"))
        return true;
    if (++p->depth > EXPRESSION_DEPTH)
        return complain(p->a, p->line, column, "this expression is nested too deeply");
    if (!parse_choice(p))
        return false;
    if (!take(p->c, ":"))
        return complain(p->a, p->line, column_of(p->c), "the : of this ? is missing here");
    if (!parse_choice(p) || !step(p, STEP_CHOOSE, 0, column))
        return false;
    p->depth--;
    return true;
}

bool parse_expression(struct assembler *a, u32 line, struct cursor *c, bool registers,
                      struct expression *out)
{
    skip_blanks(c);
    struct parse p = {.a = a, .line = line, .c = c, .registers = registers, .out = out};
    *out = (struct expression){
        .first = (u32)a->steps.count, .column = (u16)column_of(c), .constant = true};
    return parse_choice(&p);
}

/* ---- evaluation ---- */

static bool wrong(struct assembler *a, const struct step *s, const char *text)
{
    if (a->last_pass)
        complain(a, a->doing, s->column, "%s", text);
    return false;
}

static bool add_register(struct value *v, u8 reg, s64 times, bool plain)
{
    for (unsigned i = 0; i < v->registers; i++) {
        if (v->reg[i].reg == reg) {
            v->reg[i].times += times;
            v->reg[i].plain = false;
            return true;
        }
    }
    if (v->registers == 2)
        return false;
    v->reg[v->registers].reg = reg;
    v->reg[v->registers].plain = plain;
    v->reg[v->registers++].times = times;
    return true;
}

static bool do_symbol(struct assembler *a, const struct step *s, struct value *v)
{
    const struct symbol *y = symbol_at(a, (size_t)s->n);
    v->n = y->value;
    v->moves = y->moves;
    v->unknown = !y->known;
    if (y->line && !y->known && a->last_pass) {
        /* Made of a name that nobody defines: that one is said, where it stands. */
        a->unsaid = true;
        if (!a->undefined)
            complain(a, a->doing, s->column, "what %.60s is depends on itself", y->name);
        return false;
    }
    if (y->line || y->known || !a->last_pass)
        return true;
    const char *near = symbol_nearest(a, y->name, y->length);
    complain(a, a->doing, s->column,
             near ? "nobody has said what %.60s is; did you mean %.60s?"
                  : "nobody has said what %.60s is",
             y->name, near);
    return false;
}

static bool do_add(struct assembler *a, const struct step *s, struct value *x,
                   const struct value *y)
{
    bool minus = s->kind == STEP_BINARY + B_SUBTRACT;
    if (minus && y->registers)
        return wrong(a, s, "a register can only be added to an address");
    /* The distance of two addresses does not move. */
    x->moves = minus && x->moves && y->moves ? false : x->moves || y->moves;
    x->n = (s64)(minus ? (u64)x->n - (u64)y->n : (u64)x->n + (u64)y->n);
    for (unsigned i = 0; i < y->registers; i++)
        if (!add_register(x, y->reg[i].reg, y->reg[i].times, y->reg[i].plain))
            return wrong(a, s, "an address has two registers at most");
    return true;
}

static bool do_registers_times(struct assembler *a, const struct step *s, struct value *x,
                               struct value *y)
{
    if (s->kind != STEP_BINARY + B_MULTIPLY || (x->registers && y->registers))
        return wrong(a, s, "a register can be added and multiplied by 1, 2, 4 or 8, no more");
    if (y->registers) {
        struct value swap = *x;
        *x = *y;
        *y = swap;
    }
    for (unsigned i = 0; i < x->registers; i++) {
        x->reg[i].times = (s64)((u64)x->reg[i].times * (u64)y->n);
        x->reg[i].plain = false;
    }
    x->n = (s64)((u64)x->n * (u64)y->n);
    return true;
}

static bool do_divide(struct assembler *a, const struct step *s, s64 *x, s64 y)
{
    u64 ux = (u64)*x, uy = (u64)y;
    if (!y)
        return wrong(a, s, "division by zero");
    switch ((enum binary)(s->kind - STEP_BINARY)) {
    case B_DIVIDE:
        *x = (s64)(ux / uy);
        break;
    case B_REMAINDER:
        *x = (s64)(ux % uy);
        break;
    case B_DIVIDE_SIGNED:
        *x = y == -1 ? (s64)-ux : *x / y;
        break;
    default:
        *x = y == -1 ? 0 : *x % y;
        break;
    }
    return true;
}

static bool do_binary(struct assembler *a, const struct step *s, struct value *x, struct value *y)
{
    enum binary what = (enum binary)(s->kind - STEP_BINARY);
    x->unknown |= y->unknown;
    if (what == B_ADD || what == B_SUBTRACT)
        return do_add(a, s, x, y);
    x->moves |= y->moves;
    if (x->registers || y->registers)
        return do_registers_times(a, s, x, y);
    u64 ux = (u64)x->n, uy = (u64)y->n;
    s64 n = x->n, m = y->n;
    switch (what) {
    case B_OR_ELSE:
        n = n || m;
        break;
    case B_XOR_ELSE:
        n = !n != !m;
        break;
    case B_AND_ALSO:
        n = n && m;
        break;
    case B_EQUAL:
        n = n == m;
        break;
    case B_NOT_EQUAL:
        n = n != m;
        break;
    case B_LESS:
        n = n < m;
        break;
    case B_AT_MOST:
        n = n <= m;
        break;
    case B_GREATER:
        n = n > m;
        break;
    case B_AT_LEAST:
        n = n >= m;
        break;
    case B_OR:
        n |= m;
        break;
    case B_XOR:
        n ^= m;
        break;
    case B_AND:
        n &= m;
        break;
    case B_LEFT:
        n = uy < 64 ? (s64)(ux << uy) : 0;
        break;
    case B_RIGHT:
        n = uy < 64 ? (s64)(ux >> uy) : 0;
        break;
    case B_MULTIPLY:
        n = (s64)(ux * uy);
        break;
    default:
        if (!do_divide(a, s, &n, m))
            return false;
        break;
    }
    /* A comparison of addresses, a shifted address... no longer have a fixed distance to anything.
     */
    x->n = n;
    return true;
}

static bool do_unary(struct assembler *a, const struct step *s, struct value *x)
{
    if (x->registers)
        return wrong(a, s, "a register can only be added to an address");
    if (s->kind == STEP_NEGATE)
        x->n = (s64) - (u64)x->n;
    else if (s->kind == STEP_COMPLEMENT)
        x->n = ~x->n;
    else
        x->n = !x->n;
    return true;
}

bool evaluate(struct assembler *a, const struct expression *e, struct value *out)
{
    struct value stack[2 * EXPRESSION_DEPTH + 4];
    unsigned depth = 0;
    const struct step *s = (const struct step *)a->steps.data + e->first;
    for (u32 i = 0; i < e->count; i++, s++) {
        if (s->kind <= STEP_REGISTER) {
            struct value *v = &stack[depth++];
            if (depth > ARRAY_SIZE(stack))
                return wrong(a, s, "this expression is nested too deeply");
            *v = (struct value){.n = s->n};
            if (s->kind == STEP_HERE || s->kind == STEP_START) {
                v->n = s->kind == STEP_HERE ? a->here : a->section[a->current].start;
                v->moves = true;
            } else if (s->kind == STEP_REGISTER) {
                v->n = 0;
                add_register(v, (u8)s->n, 1, true);
            } else if (s->kind == STEP_SYMBOL && !do_symbol(a, s, v)) {
                return false;
            }
        } else if (s->kind == STEP_CHOOSE) {
            depth -= 2;
            bool unknown = stack[depth - 1].unknown;
            stack[depth - 1] = stack[depth - 1].n ? stack[depth] : stack[depth + 1];
            stack[depth - 1].unknown |= unknown;
        } else if (s->kind < STEP_BINARY) {
            if (!do_unary(a, s, &stack[depth - 1]))
                return false;
        } else {
            depth--;
            if (!do_binary(a, s, &stack[depth - 1], &stack[depth]))
                return false;
        }
    }
    *out = stack[0];
    return true;
}
