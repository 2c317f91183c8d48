/*
 * option.h - one row for each option of a command, and what is made from rows: the parser, the list
 * of options with their help, the manual page and the shells' completions.
 *
 * Every option is accepted with one dash (QEMU's spelling) or two; with two, "--name=value" too.
 */
#ifndef FERRITE_OPTION_H
#define FERRITE_OPTION_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <stddef.h>

enum option_kind {
    OPTION_FLAG,     /* no value; sets a bool */
    OPTION_TEXT,     /* sets a const char *; the last one counts */
    OPTION_ONCE,     /* the same, but a second one, which would make the first vanish, is refused */
    OPTION_FUNCTION, /* the row's function looks at the value */
};

struct option {
    const char *name;
    /* What the value is called in help, NULL for a flag. FILE and DIR are completed as such. */
    const char *argument;
    const char *help;  /* what it does: at most a few lines, no full stop */
    const char *words; /* values that can be offered, apart by spaces; NULL: none */
    enum option_kind kind;
    size_t offset; /* in the target, of a bool or const char * */
    bool (*set)(void *target, const char *value, struct err *e);
    bool heading; /* a title (name) for the rows that follow; no option */
};

/* Rows for a target of that type; a command's table shortens their names (options.c). */
#define OPTION_HEADING(text)                                                                       \
    {                                                                                              \
        .name = (text), .heading = true                                                            \
    }
#define OPTION_FLAG_ROW(type, word, member, text)                                                  \
    {                                                                                              \
        .name = (word), .kind = OPTION_FLAG, .offset = offsetof(type, member), .help = (text)      \
    }
#define OPTION_TEXT_ROW(type, which, word, value, member, list, text)                              \
    {                                                                                              \
        .name = (word), .argument = (value), .kind = (which), .offset = offsetof(type, member),    \
        .words = (list), .help = (text)                                                            \
    }
#define OPTION_FUNCTION_ROW(word, value, function, list, text)                                     \
    {                                                                                              \
        .name = (word), .argument = (value), .kind = OPTION_FUNCTION, .set = (function),           \
        .words = (list), .help = (text)                                                            \
    }

struct option_table {
    const struct option *rows;
    size_t count;
};

/* The row of a word as "-m" or "--m=64"; NULL: there is none. */
const struct option *option_of(struct option_table table, const char *word);
/* Does the value of this option's word come in the next one? */
bool option_value_apart(const struct option *o, const char *word);
/*
 * Parse argv[from ...] into the target, which rows' offsets mean. Stops at the first word that is
 * no option (and at "--", which it takes) and stores its index in *rest. false + err (one line with
 * a remedy) on anything wrong.
 */
bool option_parse(struct option_table table, void *target, int argc, char **argv, int from,
                  int *rest, struct err *e);

#endif
