/*
 * statement.c - one line: label, repetition, prefixes, and an instruction or a directive (NASM's
 * manual, 3.1).
 */
#include "frontend/assembler/assembler_private.h"

#include <string.h>

static const struct {
    const char *word;
    unsigned prefix;
} prefixes[] = {{"lock", ENCODE_LOCK}, {"rep", ENCODE_REP},     {"repe", ENCODE_REP},
                {"repz", ENCODE_REP},  {"repne", ENCODE_REPNE}, {"repnz", ENCODE_REPNE},
                {"o16", ENCODE_O16},   {"o32", ENCODE_O32},     {"a16", ENCODE_A16},
                {"a32", ENCODE_A32}};

static unsigned prefix_of(const char *word, size_t length)
{
    for (unsigned i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (word_is(word, length, prefixes[i].word))
            return prefixes[i].prefix;
    return 0;
}

static int segment_of(const char *word, size_t length)
{
    int reg = encode_register(word, length);
    bool segment = reg >= 0 && encode_register_class((unsigned)reg) == ENCODE_SEG;
    return segment ? reg & 7 : -1;
}

/* Does this word begin something that can be done? */
static bool is_known(struct assembler *a, const char *word, size_t length)
{
    return word_is(word, length, "times") || prefix_of(word, length) ||
           segment_of(word, length) >= 0 || encoder_find(a->encoder, word, length) >= 0 ||
           parse_directive(a, 0, NULL, word, length, NULL) >= 0;
}

static bool define_label(struct assembler *a, struct statement *s, const char *name, size_t length,
                         unsigned column)
{
    if (*name == '$' && length > 1) {
        name++;
        length--;
    }
    bool special = length > 2 && memcmp(name, "..@", 3) == 0;
    s64 i = symbol_find(a, name, length);
    if (i < 0)
        return false;
    struct symbol *y = symbol_at(a, (size_t)i);
    if (y->line)
        return complain(a, s->line, column, "%.60s is there already, in line %u", y->name,
                        (unsigned)line_at(a, y->line - 1)->number);
    y->line = s->line + 1;
    y->label = true;
    s->symbol = (u32)i + 1;
    if (*name != '.' && !special) {
        a->parent = y->name;
        a->parent_length = y->length;
    }
    return true;
}

/* A label at c, if there is one. */
static bool parse_label(struct assembler *a, struct cursor *c, struct statement *s)
{
    skip_blanks(c);
    size_t n = word_length(c);
    const char *word = c->at;
    unsigned column = column_of(c);
    if (!n)
        return true;
    struct cursor ahead = *c;
    ahead.at += n;
    bool colon = take(&ahead, ":");
    if (!colon) {
        if (is_known(a, word, n))
            return true;
        /* name db 5, name equ 3: the next word is known. */
        skip_blanks(&ahead);
        size_t next = word_length(&ahead);
        if (!next || !is_known(a, ahead.at, next) || segment_of(ahead.at, next) >= 0)
            return true;
    }
    *c = ahead;
    if (encode_register(word, n) >= 0)
        return complain(a, s->line, column, "%.*s is a register and no name for a label", (int)n,
                        word);
    /* A constant does not begin a scope of local names. */
    struct cursor peek = *c;
    const char *parent = a->parent;
    u32 parent_length = a->parent_length;
    bool good = define_label(a, s, word, n, column);
    if (take_word(&peek, "equ")) {
        a->parent = parent;
        a->parent_length = parent_length;
    }
    return good;
}

static bool unknown_word(struct assembler *a, u32 line, unsigned column, const char *word, size_t n)
{
    const char *near = encoder_nearest(a->encoder, word, n);
    const char *directive = directive_nearest(word, n);
    int shown = (int)(n > 40 ? 40 : n);
    if (directive && (!near || encode_distance(word, n, directive, strlen(directive), 3) <
                                   encode_distance(word, n, near, strlen(near), 3)))
        near = directive;
    if (near)
        return complain(a, line, column,
                        "there is no instruction %.*s; did you mean %s? (A label "
                        "ends with a colon.)",
                        shown, word, near);
    return complain(a, line, column, "there is no instruction %.*s (a label ends with a colon)",
                    shown, word);
}

/* Prefixes, and the word behind them. */
static bool parse_prefixes(struct cursor *c, struct statement *s)
{
    s->seg = -1;
    for (bool any = false;; any = true) {
        skip_blanks(c);
        size_t n = word_length(c);
        unsigned p = n ? prefix_of(c->at, n) : 0;
        int seg = n ? segment_of(c->at, n) : -1;
        if (!p && seg < 0)
            return any;
        if (p)
            s->prefixes |= p;
        else
            s->seg = (s8)seg;
        c->at += n;
    }
}

static bool parse_instruction(struct assembler *a, struct cursor *c, struct statement *s)
{
    bool prefixed = parse_prefixes(c, s);
    skip_blanks(c);
    size_t n = word_length(c);
    unsigned column = column_of(c);
    const char *word = c->at;
    s->column = (u16)column;
    if (!n && prefixed)
        return complain(a, s->line, column,
                        "an instruction is missing behind the prefix; in the "
                        "same line");
    if (!n)
        return complain(a, s->line, column, "'%.*s' begins no instruction",
                        (int)(c->end - c->at > 20 ? 20 : c->end - c->at), c->at);
    int name = encoder_find(a->encoder, word, n);
    if (name < 0 && parse_directive(a, 0, NULL, word, n, NULL) >= 0)
        return complain(a, s->line, column,
                        "%.*s is no instruction; what stands before it is a prefix "
                        "and can be no name",
                        (int)n, word);
    if (name < 0)
        return unknown_word(a, s->line, column, word, n);
    c->at += n;
    s->kind = DOES_INSTRUCTION;
    s->name = (unsigned)name;
    if (!parse_operands(a, s->line, c, s))
        return false;
    s->settled = false;
    return true;
}

static bool parse_statement(struct assembler *a, struct cursor *c, struct statement *s)
{
    if (!parse_label(a, c, s))
        return false;
    if (at_end(c))
        return true;
    bool bracket = take(c, "[");
    if (take_word(c, "times")) {
        s->repeated = true;
        if (!parse_expression(a, s->line, c, false, &s->times))
            return false;
        take(c, ":"); /* times 3: nop */
        if (at_end(c))
            return complain(a, s->line, column_of(c),
                            "times wants something to repeat: times 4 nop");
    }
    skip_blanks(c);
    size_t n = word_length(c);
    const char *word = c->at;
    s->column = (u16)column_of(c);
    if (n && parse_directive(a, 0, NULL, word, n, NULL) >= 0) {
        c->at += n;
        if (bracket) { /* [bits 32] */
            const char *close = memchr(c->at, ']', (size_t)(c->end - c->at));
            if (!close)
                return complain(a, s->line, column_of(c), "the closing ] is missing");
            struct cursor inside = {c->start, c->at, close};
            unsigned named = a->named;
            bool good = parse_directive(a, s->line, &inside, word, n, s) > 0;
            a->named = named; /* a macro's [section .data] ends with __?SECT?__ */
            return good;
        }
        return parse_directive(a, s->line, c, word, n, s) > 0;
    }
    if (bracket)
        return complain(a, s->line, s->column, "only a directive stands in brackets: [bits 16]");
    return parse_instruction(a, c, s);
}

void parse_line(struct assembler *a, u32 line)
{
    const struct line *l = line_at(a, line);
    struct cursor c = {l->text, l->text, l->text + l->length};
    struct statement s = {.line = line, .kind = DOES_NOTHING};
    if (at_end(&c))
        return;
    if (!parse_statement(a, &c, &s)) {
        s.kind = DOES_NOTHING; /* its label is there nevertheless */
        s.repeated = false;
    }
    struct statement *kept = list_add(a, &a->statements, sizeof *kept);
    if (kept)
        *kept = s;
}
