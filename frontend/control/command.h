/*
 * command.h - the one table of commands: whatever can be done to a machine is a row in it.
 *
 * Everything that steers a machine is a client of this table: script lines, the window's keys and
 * menu, and what else may come (a monitor, a socket that speaks JSON, a debugger). A client turns
 * what it was given into a struct request - from a line of text, or from words - and has it done
 * (frontend/control/control.h). The answer is a tree of named values (reply.h), which can be shown
 * as text and as JSON.
 *
 * To add a command: a function and a row beside it in one of the rows_*.c. It then has its checks,
 * its help, its completion, its script form and its JSON form. See README.md.
 */
#ifndef FERRITE_COMMAND_H
#define FERRITE_COMMAND_H

#include "frontend/control/keymap.h"
#include "frontend/control/picture.h"
#include "frontend/control/speed.h"
#include "hw/base/err.h"
#include "hw/base/types.h"

#include <stdio.h>

struct control;
struct reply;
struct pattern;         /* pattern.h */
struct picture_compare; /* picture_compare.h */
struct condition;

/* ---- arguments ---- */

/* What an argument may be, and which field of struct value holds it. */
enum param_kind {
    PARAM_NONE,     /* behind the last one */
    PARAM_INT,      /* `number`, from min to max; 10, -3, 0x1f */
    PARAM_SECONDS,  /* `time` in ns; 2, 0.5 */
    PARAM_INSTANT,  /* `when`, `back` and `number` or `time`: 1000000, -1, 5s, -0.5s, latest */
    PARAM_SPEED,    /* `speed`; see frontend/control/speed.h */
    PARAM_STRING,   /* `text`, not empty */
    PARAM_PATTERN,  /* `text`, not empty; of a regular expression, /as* here/i, `pattern` as well */
    PARAM_TYPED,    /* the same of characters that some keyboard has */
    PARAM_CHORD,    /* `key`s pressed together: ctrl-alt-del */
    PARAM_KEY,      /* one key */
    PARAM_WORD,     /* `number`: which of `words` */
    PARAM_NAME,     /* `text`: of something that only the machine knows */
    PARAM_FILE_IN,  /* `text`: a file that can be read, found beside the script, too */
    PARAM_MEDIUM,   /* the same, or what stands for a disk without a file ("tools:") */
    PARAM_FILE,     /* `text`: a file that is looked for when the command is done */
    PARAM_FILE_OUT, /* `text`: a file to be written */
    PARAM_PNG_IN,   /* `text`, and `picture` */
    PARAM_FOLDER,   /* `text`: a folder that exists */
    PARAM_REST,     /* `text`: the rest of the line, as it stands there; of one string, its text */
    PARAM_COMPARE,  /* `compare`: the rest of the line, region=0,0,80,16 and the like */
    PARAM_CONDITIONS, /* `condition`, `number` of them: the rest of the line, with `or` between */
};

struct param {
    const char *name; /* in capitals in help, as it stands in JSON */
    enum param_kind kind;
    bool optional;
    const char *otherwise; /* what it is when it is left out; NULL: nothing */
    const char *what;      /* for messages, "exit status"; NULL: the kind's usual words */
    s64 min, max;          /* PARAM_INT */
    const char *const
        *words; /* PARAM_WORD: NULL behind the last; "fda|floppy0": two names of one */
};

/* What an instant is said by: instructions, guest time, or a word. */
enum when { WHEN_INSTRUCTION, WHEN_TIME, WHEN_EARLIEST, WHEN_LATEST };

struct value {
    bool given;
    enum when when;
    bool back; /* so much before the present one */
    s64 number;
    u64 time;
    struct speed speed; /* of "auto" 0 everywhere */
    char *text;
    size_t len;
    int key[KEYMAP_CHORD];
    unsigned keys;
    struct picture picture;
    struct pattern *pattern;
    struct picture_compare *compare;
    struct condition *condition; /* conditions.h */
};

/* ---- rows ---- */

enum command_flags {
    COMMAND_ANSWERS = 1,        /* the reply is what was asked for: a script prints it */
    COMMAND_INPUT = 2,          /* the guest sees it: it belongs into a recording */
    COMMAND_LOOKS = 4,          /* the machine's state stays as it is */
    COMMAND_WAITS = 8,          /* may take guest time */
    COMMAND_DANGER = 16,        /* may lose what the guest has not stored: a window asks first */
    COMMAND_HEARS = 32,         /* what the first serial port says */
    COMMAND_SPEAKS = 64,        /* into the first serial port */
    COMMAND_EXPECTS_STOP = 128, /* the machine may stop for an error of the host meanwhile */
    COMMAND_TRAVELS = 256,      /* with COMMAND_INPUT: also while the machine is in its past */
    COMMAND_MOVES = 2048,       /* a motion (motion.h), whose end it waits for */
    COMMAND_SCRIPT = 512,       /* a script's own: whoever reads it does this, and nobody else */
    COMMAND_CONDITION = 1024,   /* may be one of several that are awaited; two words of scratch */
};

enum { COMMAND_PARAMS = 5 };

struct request;
struct call;

enum command_state {
    COMMAND_DONE,
    COMMAND_PENDING, /* run it again at call->next of guest time */
    COMMAND_FAILED,  /* see call->fault and call->error */
};

struct command {
    const char *name;    /* "reset", "snapshot save" */
    const char *aliases; /* "system_reset|..." or NULL */
    struct param param[COMMAND_PARAMS];
    const char *help; /* one line */
    unsigned flags;
    /* What no single argument shows; called when a request is made. May be NULL. */
    bool (*check)(const struct request *r, struct err *e);
    enum command_state (*run)(struct call *call);
};

struct command_topic {
    const char *title;
    const struct command *row;
    size_t count;
};

/* The whole table; topics[COMMAND_TOPICS - 1] is the last. */
enum { COMMAND_TOPICS = 25 };
extern const struct command_topic *const command_topics[COMMAND_TOPICS];

/* The rows one after the other; NULL behind the last. */
const struct command *command_at(size_t i);
/* By name or alias; blanks in a name may be written as '-'. NULL: none. */
const struct command *command_find(const char *name, size_t len);
unsigned command_params(const struct command *c);

/* ---- requests: a row with its arguments ---- */

struct request {
    const struct command *row; /* NULL: an empty line */
    struct value arg[COMMAND_PARAMS];
};

/* Where a request comes from. NULL where one is asked for: all fields zero. */
struct command_site {
    const char *script; /* file beside which files are looked for, too; NULL: none */
    bool variables;     /* ${NAME} in names of files is a variable of the environment */
    bool new_pictures;  /* a picture that is expected may not be there yet */
};

/*
 * From a line of text: words, strings in double quotes (\n \t \" \\ \xHH; any other backslash is
 * itself), # begins a comment. false + err: what is wrong and what is wanted, without a newline.
 * The request can be freed in either case.
 */
bool request_parse(struct request *r, const struct command_site *site, const char *line, size_t len,
                   struct err *e);
/*
 * From words as they are: the row's name, then its arguments in order; a NULL in between leaves an
 * optional one out. Ends with the last of `count`.
 */
bool request_words(struct request *r, const struct command_site *site, const char *const *words,
                   unsigned count, struct err *e);
/*
 * From arguments by name, as an object of JSON has them, each written as in a line. An unknown name
 * and one that comes twice are errors.
 */
struct command_member {
    const char *name, *text;
};
bool request_named(struct request *r, const struct command_site *site, const char *command,
                   const struct command_member *member, unsigned count, struct err *e);
void request_free(struct request *r);
/* The row's flags, and those of what it waits for. */
unsigned request_flags(const struct request *r);

/* ---- help and completion ---- */

/* `wait-text "TEXT" [SECONDS]` */
void command_usage(const struct command *c, FILE *out);
/* The same, and below it what it does. */
void command_write_help(const struct command *c, FILE *out);
/* All rows by topic, for a terminal and for a README. */
void command_list_text(FILE *out);
void command_list_markdown(FILE *out);

enum { COMPLETIONS = 256 };

struct completions {
    size_t from;                  /* the word that is completed begins there */
    char *candidate[COMPLETIONS]; /* sorted; whole words; a folder ends in '/' */
    unsigned count;
};

/*
 * What may stand at the end of this line: names of commands, then what fits the argument. `c` knows
 * the machine's names (PARAM_NAME); NULL: they are not offered.
 */
void command_complete(const struct control *c, const char *line, size_t len,
                      struct completions *out);
void completions_free(struct completions *out);

#endif
