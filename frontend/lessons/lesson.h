/*
 * lesson.h - one lesson: a Markdown file whose fenced blocks say what the machine is, what the
 * learner does, and how it is judged (README.md has the format). Reading only; nothing here runs a
 * machine, and no file is opened.
 */
#ifndef FERRITE_LESSONS_LESSON_H
#define FERRITE_LESSONS_LESSON_H

#include "hw/base/err.h"
#include "hw/base/types.h"

enum {
    LESSON_BYTES = 256 << 10, /* of a file */
    LESSON_BLOCKS = 96,
    LESSON_STEPS = 128,
    LESSON_NAME = 32,
    LESSON_LINE = 1000, /* of a line in a block that is read */
};

enum lesson_kind {
    LESSON_TEXT, /* Markdown, shown as it is */
    LESSON_MACHINE,
    LESSON_PROGRAM, /* what the machine starts; shown */
    LESSON_FRAME,   /* the same for a check, not shown; the program if there is none */
    LESSON_SHOW,    /* a view of the page: `info` its name, `text` its arguments */
    LESSON_DO,      /* command lines to be done on the live machine */
    LESSON_TASK,    /* `info` the kind of answer, `text` what it begins as */
    LESSON_CHECK,
    LESSON_HINT,
    LESSON_SOLUTION,
    LESSON_WRONG, /* `info`: what must be said of it */
};

struct lesson_block {
    enum lesson_kind kind;
    unsigned line; /* of `text`, from 1 */
    char *info;
    char *text;
};

/* What the learner hands in. */
enum lesson_answer { ANSWER_SOURCE, ANSWER_SCRIPT, ANSWER_VALUE, ANSWER_WORD };

/* A value that the seed decides. */
struct lesson_given {
    char name[LESSON_NAME];
    enum { GIVEN_NUMBER, GIVEN_CHOICE, GIVEN_BYTES } kind;
    s64 least, most;
    char *choices; /* apart by blanks */
    u32 count;     /* bytes */
};

enum step_kind {
    STEP_DO,           /* a command */
    STEP_SEE,          /* a command whose reply is {seen} */
    STEP_RUN,          /* so many instructions */
    STEP_AT,           /* until something happens */
    STEP_NEVER,        /* from here on this must not happen */
    STEP_COUNT,        /* from here on {NAME} counts it */
    STEP_KEEP,         /* {NAME} is what an expression is now */
    STEP_EXPECT,       /* an expression that is not 0 */
    STEP_TEXT,         /* on the screen */
    STEP_ANSWER,       /* the answer is one of these words */
    STEP_GIVEN_ANSWER, /* the learner's script is done */
};

struct lesson_step {
    enum step_kind kind;
    unsigned line;
    char *source;           /* as written */
    char *what;             /* command, expression, text */
    char *words;            /* behind `else`; NULL: none */
    char name[LESSON_NAME]; /* STEP_COUNT, STEP_KEEP */
    u64 limit;              /* instructions: STEP_AT, STEP_RUN */
    u64 times;              /* STEP_AT */
    bool halt;              /* STEP_AT: until the processor is halted for good */
};

struct lesson {
    char name[LESSON_NAME]; /* "power-on" */
    unsigned number;        /* in the list; 0: not in it */
    char *path;             /* for messages */
    char *title, *summary;
    struct lesson_block block[LESSON_BLOCKS];
    unsigned blocks;
    enum lesson_answer answer;
    /* machine */
    u32 memory;       /* MB */
    char cpu[16];     /* "": the usual */
    double mips;      /* instructions per microsecond of guest time */
    char options[96]; /* what it says of these three, as the command line has it; "": nothing */
    char stop[80];    /* where the live machine stands after it was opened; "": it runs */
    /* check */
    unsigned variants;
    struct lesson_given given[LESSON_STEPS];
    unsigned givens;
    struct lesson_step step[LESSON_STEPS];
    unsigned steps;
};

/*
 * The lesson in this text. `path` is for messages, and its name without folder, number and .md is
 * the lesson's. NULL + err: "FILE:LINE: what is wrong; what to write".
 */
struct lesson *lesson_parse(const char *path, const char *text, size_t len, struct err *e);
void lesson_free(struct lesson *l);

/* The first block of this kind behind `after` (NULL: the first of all); NULL: none. */
const struct lesson_block *lesson_block(const struct lesson *l, enum lesson_kind kind,
                                        const struct lesson_block *after);
const char *lesson_kind_name(enum lesson_kind kind);
const char *lesson_answer_name(enum lesson_answer answer);

/* ---- for the files of this folder ---- */

/* "FILE:LINE: ..."; false. */
bool lesson_wrong(const struct lesson *l, unsigned line, struct err *e, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* The block's lines one after the other: begins with *at = its text; false: no more. Blanks at both
 * ends, empty lines and comments (#) are left out. */
bool lesson_line(const char **at, unsigned *line, char *out, size_t size);
/* The check block into steps. */
bool lesson_read_check(struct lesson *l, const struct lesson_block *b, struct err *e);
/* May a lesson do this command? It reaches no file and ends nothing. */
bool lesson_command_ok(const char *line, struct err *e);

#endif
