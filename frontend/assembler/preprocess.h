/*
 * preprocess.h - what preprocess.c (lines: %if, %rep, %macro, %include), condition.c (its numbers)
 * and macro_text.c (within a line: %define, parameters) share. NASM's manual, chapter 4.
 */
#ifndef FERRITE_ASSEMBLER_PREPROCESS_H
#define FERRITE_ASSEMBLER_PREPROCESS_H

#include "frontend/assembler/assembler_private.h"

enum {
    MOST_ARGUMENTS = 64,
    MOST_DEPTH = 24,      /* of macros, repetitions and files in one another */
    MOST_PIECES = 2000000 /* names looked up and lines done */
};

struct text {
    const char *at;
    u32 length;
};

struct raw_line {
    struct text text;
    u32 number;
    u16 file;
};

/* %define and its like. */
struct define {
    struct define *next;
    struct text name, body;
    unsigned parameters; /* of NAME(a, b) */
    bool function, busy, gone;
    struct text parameter[9];
};

struct macro {
    struct macro *next;
    struct text name;
    unsigned least, most; /* parameters */
    bool greedy;          /* the last takes what is left */
    bool busy;
    unsigned defaults;
    struct text by_default[MOST_ARGUMENTS];
    const struct raw_line *line;
    size_t lines;
};

/* A macro that is being expanded. */
struct call_of {
    struct text argument[MOST_ARGUMENTS];
    unsigned arguments, rotated;
    unsigned unique; /* for %%names */
};

/* A text that grows up to LONGEST_LINE. */
struct line_text {
    char at[LONGEST_LINE];
    size_t length;
    bool over;
};

enum { BUCKETS = 256 };

struct preprocessor {
    struct assembler *a;
    struct define *define[BUCKETS];
    struct macro *macro[BUCKETS];
    unsigned calls, pieces;
    /* What is spoken of: the outermost call of a macro, or the line itself. */
    struct raw_line spoken;
    u16 column; /* 0: no macro */
    bool leave_rep;
};

/* An error about the line that is being done, at this place of it (NULL: its beginning). */
bool pp_complain(struct preprocessor *p, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- macro_text.c ---- */

static inline bool text_is(struct text t, const char *what)
{
    return word_is(t.at, t.length, what);
}
unsigned pp_bucket(struct text name);
bool pp_same(struct text a, struct text b);
struct text pp_trim(struct text t);
/* The first word of t, or a word that is empty. */
struct text pp_word(struct text t);
/* The rest of t behind a word that is part of it, without blanks. */
struct text pp_behind(struct text t, struct text word);
/* Without what stands behind a semicolon. */
struct text pp_without_comment(struct text t);
/* The next argument of a list, up to a comma that is in no string and no braces; *rest is moved. */
struct text pp_argument(struct text *rest, bool last);
/* Room for a line, to be freed; NULL: there is none, which is said. */
struct line_text *pp_room(struct preprocessor *p);
struct text pp_keep(struct preprocessor *p, const struct line_text *t);

struct define *pp_find_define(struct preprocessor *p, struct text name);
bool pp_set_define(struct preprocessor *p, struct text name, struct text body);
/* %define NAME, NAME(a, b), with its body; expanded: %xdefine. */
bool pp_define(struct preprocessor *p, struct text rest, const struct call_of *c, bool expanded);
/* t with macro parameters (c may be NULL) and then names replaced. */
bool pp_expand(struct preprocessor *p, struct text t, const struct call_of *c,
               struct line_text *out);
/* Parameters alone. */
bool pp_parameters(struct preprocessor *p, struct text t, const struct call_of *c,
                   struct line_text *out);

/* ---- condition.c ---- */

/* The value of an expression, of numbers and of names that are known already. silent: none is no
 * error. */
bool pp_number(struct preprocessor *p, struct text t, s64 *out, bool silent);
/* The same after names and parameters are replaced. */
bool pp_value(struct preprocessor *p, struct text rest, const struct call_of *c, s64 *out);
/* What stands behind %if or %elif: kind "", "def", "ndef", "idn"... */
bool pp_condition(struct preprocessor *p, struct text kind, struct text rest,
                  const struct call_of *c);

#endif
