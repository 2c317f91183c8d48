/*
 * assembler_private.h - what the files of the assembler share: a text becomes lines (preprocess.c),
 * lines become statements (statement.c), statements get addresses until none moves, then bytes
 * (layout.c).
 */
#ifndef FERRITE_ASSEMBLER_PRIVATE_H
#define FERRITE_ASSEMBLER_PRIVATE_H

#include "cpu/decode/encode.h"
#include "frontend/assembler/assembler.h"

#include <stdarg.h>

/* ---- limits: of a text that wants to do harm nothing else is known ---- */

enum {
    MOST_MESSAGES = 20,
    MOST_LINES = 200000, /* of what the preprocessor leaves */
    MOST_TEXT = 16 << 20,
    LONGEST_LINE = 4096,
    MOST_SYMBOLS = 100000,
    MOST_STEPS = 2000000, /* of all expressions */
    MOST_PASSES = 500,
    MOST_WORK = 3000000, /* statements done, in all passes together */
    MOST_SECTIONS = 16,
    EXPRESSION_DEPTH = 32
};

/* ---- memory in one piece that is freed at the end ---- */

struct block {
    struct block *next;
    size_t used, size;
    _Alignas(16) char at[];
};

/* A growing array: data, number, room. */
struct list {
    void *data;
    size_t count, room;
};

/* ---- text ---- */

struct line {
    const char *text;
    u32 length;
    u32 number;
    u16 file;
    u16 column; /* not 0: the text is a macro's, and this is where it was called */
};

/* Where reading is. */
struct cursor {
    const char *start, *at, *end;
};

/* ---- expressions: postfix, so that no evaluation recurses ---- */

enum step_kind {
    STEP_NUMBER,
    STEP_SYMBOL, /* n: its index */
    STEP_HERE,
    STEP_START, /* of the section */
    STEP_REGISTER,
    STEP_NEGATE,
    STEP_COMPLEMENT,
    STEP_NOT,
    STEP_CHOOSE, /* a ? b : c */
    STEP_BINARY  /* and all behind it */
};

struct step {
    u8 kind;
    u16 column;
    s64 n;
};

struct expression {
    u32 first, count;
    u16 column;
    bool constant; /* neither symbols nor $ */
};

struct value {
    s64 n;
    bool moves;   /* made of addresses: another ORG would change it */
    bool unknown; /* of a symbol that has no value yet */
    unsigned registers;
    struct {
        u8 reg;
        s64 times;
        bool plain; /* written without a factor */
    } reg[2];
};

/* ---- statements ---- */

enum statement_kind {
    DOES_NOTHING, /* a label alone */
    DOES_INSTRUCTION,
    DOES_DATA,
    DOES_RESERVE,
    DOES_ALIGN,
    DOES_ORIGIN,
    DOES_BITS,
    DOES_EQU,
    DOES_SECTION,
    DOES_ABSOLUTE,
    DOES_ERROR_IF,
    DOES_PROCESSOR
};

struct operand_text {
    struct encode_operand is;
    struct expression value, selector;
    u16 column;
};

/* One item of DB and its like. */
struct datum {
    const char *bytes; /* of a string or a file; NULL: the value */
    size_t length;
    struct expression value;
};

struct statement {
    u32 line; /* index */
    u8 kind;
    u8 unit; /* of data: 1, 2, 4, 8, 10; of reserve; BITS: 16 or 32; section: its index */
    u16 column;
    bool repeated;
    bool settled; /* an instruction whose length nothing can change any more */
    u32 size;     /* its length then, and what it was when it cannot be told */
    u32 symbol;   /* index + 1 */
    struct expression times;
    struct expression value; /* EQU, ORG, ALIGN, RESERVE, ABSOLUTE */
    unsigned name, prefixes; /* of an instruction, as in struct encode_request */
    s8 seg;
    u32 first, count; /* operands or data */
    u8 fill;          /* ALIGN: with this byte */
};

struct symbol {
    const char *name;
    u32 length, hash;
    u32 line; /* index + 1 of the line that defines it; 0: nobody has yet */
    bool label, known, moves;
    s64 value;
};

struct section {
    const char *name;
    u32 length;
    bool reserved; /* .bss: has no bytes */
    u32 align;     /* of its start */
    u32 start;     /* address */
    u32 at, size;  /* bytes so far; of the last pass */
    u8 *bytes;
};

/* A line of the map, its offset in its section until all have their places. */
struct mapped {
    struct assembled_line is;
    u8 section;
};

struct assembler {
    struct assembler_options options;
    struct encoder *encoder;
    struct block *memory;
    size_t held;        /* bytes of it */
    const char *source; /* the first file */
    size_t source_size;
    bool failed; /* out of memory, or over a limit: nothing more is said */
    struct list lines, statements, operands, data, steps, symbols, files, messages, map;
    u32 *buckets; /* symbols by hash: index + 1 */
    u32 bucket_mask;
    const char *parent; /* the last label that is not local */
    const char *struc;  /* the structure that has not ended */
    u32 parent_length;
    struct section section[MOST_SECTIONS];
    unsigned sections;
    unsigned named; /* the section of the last line that named one, while lines are read */
    /* While laying out. */
    unsigned bits, current;
    bool absolute, last_pass, moved;
    bool undefined, unsaid; /* there is a name without a value; something failed because of it */
    u64 features;           /* as in struct encode_request */
    bool before_386;
    u32 absolute_at;
    u32 origin;
    u64 work;
    unsigned passes;
    u32 here;  /* $ */
    u32 doing; /* line that is spoken of */
};

/* ---- assembler.c ---- */

void *assembler_memory(struct assembler *a, size_t bytes);
char *assembler_text(struct assembler *a, const char *text, size_t length);
/* One more element; NULL when there is no room. */
void *list_add(struct assembler *a, struct list *l, size_t bytes);
/* An error at a line (index) and column (from 1; 0: none). Returns false. */
bool complain(struct assembler *a, u32 line, unsigned column, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* The end of everything: a limit, or no memory. */
bool give_up(struct assembler *a, const char *format, ...) PRINTF_LIKE(2, 3);

static inline struct statement *statement_at(struct assembler *a, size_t i)
{
    return (struct statement *)a->statements.data + i;
}
static inline struct line *line_at(struct assembler *a, size_t i)
{
    return (struct line *)a->lines.data + i;
}
static inline struct operand_text *operand_at(struct assembler *a, size_t i)
{
    return (struct operand_text *)a->operands.data + i;
}
static inline struct datum *datum_at(struct assembler *a, size_t i)
{
    return (struct datum *)a->data.data + i;
}
static inline struct symbol *symbol_at(struct assembler *a, size_t i)
{
    return (struct symbol *)a->symbols.data + i;
}

/* ---- symbols.c ---- */

/* The symbol of this name (".x": the parent's), made when it is new. Index, or -1. */
s64 symbol_find(struct assembler *a, const char *name, size_t length);
/* The nearest name that is defined; NULL: none is near. */
const char *symbol_nearest(struct assembler *a, const char *name, size_t length);

/* ---- scan.c ---- */

static inline unsigned column_of(const struct cursor *c)
{
    return (unsigned)(c->at - c->start) + 1;
}
void skip_blanks(struct cursor *c);
/* Is this punctuation next? Then it is taken. */
bool take(struct cursor *c, const char *what);
bool at_end(struct cursor *c);
/* A word: a name, a mnemonic, $ and $$. Its length; 0: there is none. Not taken. */
size_t word_length(const struct cursor *c);
bool word_is(const char *word, size_t length, const char *what);
/* Take this keyword, in any case. */
bool take_word(struct cursor *c, const char *what);
/* A number at c, or false with c where it was; e says why it is none. */
bool take_number(struct cursor *c, s64 *out, struct err *e);
/* A string in '', "" or ``, its escapes done, into memory of the assembler. */
bool take_string(struct assembler *a, struct cursor *c, const char **bytes, size_t *length,
                 struct err *e);
/* Is a floating-point number next? Its length; 0: no. */
size_t float_length(const struct cursor *c);

/* ---- expression.c ---- */

/* An expression at c. registers: they may occur. false: it has been complained about. */
bool parse_expression(struct assembler *a, u32 line, struct cursor *c, bool registers,
                      struct expression *out);
/* Its value now. false: it has none; said in the last pass only. */
bool evaluate(struct assembler *a, const struct expression *e, struct value *out);

/* ---- operand.c ---- */

bool parse_operands(struct assembler *a, u32 line, struct cursor *c, struct statement *s);
/* Bring numbers and addresses of all operands up to date. false: complained. */
bool evaluate_operands(struct assembler *a, struct statement *s, bool *unknown);

/* ---- statement.c, directive.c ---- */

void parse_line(struct assembler *a, u32 line);
/* A directive at c, whose word has been taken? -1: it is none; else done, well or not. */
int parse_directive(struct assembler *a, u32 line, struct cursor *c, const char *word,
                    size_t length, struct statement *s);
const char *directive_nearest(const char *word, size_t length);

/* ---- layout.c ---- */

bool lay_out(struct assembler *a);

/* ---- preprocess.c ---- */

bool preprocess(struct assembler *a, const char *text, size_t size);

#endif
