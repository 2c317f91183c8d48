/*
 * script.h - a script that drives a guest: read and checked as a whole before the guest starts,
 * then run as a sequence of steps between slices of guest time.
 */
#ifndef FERRITE_SCRIPT_H
#define FERRITE_SCRIPT_H

#include "frontend/control/keymap.h"
#include "frontend/control/picture.h"
#include "hw/machine/vm.h"

#include <stdio.h>

enum script_op {
    OP_WAIT_TEXT,
    OP_WAIT_SERIAL,
    OP_WAIT_SCREEN,
    OP_WAIT_STILL,
    OP_WAIT_STOP,
    OP_TYPE,
    OP_TYPE_SERIAL,
    OP_KEY,
    OP_SLEEP,
    OP_LIMIT,
    OP_SCREENSHOT,
    OP_DUMP_TEXT,
    OP_STATE_HASH,
    OP_ASSERT_TEXT,
    OP_REFUTE_TEXT,
    OP_MOUSE,
    OP_INSERT,
    OP_EJECT,
    OP_CONT,
    OP_RESET,
    OP_POWER,
    OP_SAVE,
    OP_LOAD,
    OP_QUIT,
};

enum { SCRIPT_CD = 2 }; /* the drive after fda and fdb */

struct script_command {
    enum script_op op;
    unsigned line;
    char *text;    /* string or file name, with escapes and variables resolved */
    size_t len;    /* of text */
    u64 time;      /* limit or duration, ns */
    int number[3]; /* mouse dx, dy, buttons; quit status; drive */
    int keys[KEYMAP_CHORD];
    unsigned key_count;
    struct picture picture; /* wait-screen */
    char *source;           /* the line as written, for messages */
};

struct script {
    char *path; /* for messages */
    struct script_command *command;
    size_t count;
};

/* NULL + err ("FILE:LINE: what is wrong; what to write") when any line is wrong. */
struct script *script_load(const char *path, struct err *e); /* "-": standard input */
/* The same from text in memory; `path` is for messages and for finding files beside it. */
struct script *script_parse(const char *path, const char *text, size_t len, struct err *e);
void script_free(struct script *s);
/* The first command that wants something at the other end of serial port 0; NULL: none. */
const struct script_command *script_uses_serial(const struct script *s);

/* ---- running ---- */

enum script_result {
    SCRIPT_RUNNING,
    SCRIPT_DONE, /* see script_run_status() */
};

enum { SCRIPT_OK = 0, SCRIPT_FAILED = 1, SCRIPT_BAD = 2, SCRIPT_GUEST_ENDED = 3 };

/* Guest time between two looks at the screen: fixed, so that a run does not depend on the host. */
#define SCRIPT_STEP (10 * NS_PER_MS)

struct script_run;

/* `out` takes dump-text without a file, `messages` what failed and why; `snapshot`: of media. */
struct script_run *script_run_new(const struct script *s, bool snapshot, FILE *out, FILE *messages);
void script_run_free(struct script_run *r);
/* Whom `limit SECONDS` (0: none) tells; without one it does nothing. */
void script_run_on_limit(struct script_run *r, void (*fn)(void *opaque, double seconds),
                         void *opaque);

/* The machine's serial port 0 says something; call from the stream's write. */
void script_run_serial(struct script_run *r, const u8 *data, size_t len);
/* What type-serial has for it, at most `max` bytes; call from the stream's read. */
size_t script_run_typed(struct script_run *r, u8 *data, size_t max);

/*
 * Look at the machine and do what is due. Call it before the first slice and again each time
 * guest time has reached script_run_next(). `stop` is what the last vm_run() returned (VM_SLICE
 * before the first).
 */
enum script_result script_run_step(struct script_run *r, struct vm *vm, enum vm_stop stop);
/* The run was ended from outside: the line that was reached, and the screen. */
void script_run_say_end(struct script_run *r, struct vm *vm, const char *by);
u64 script_run_next(const struct script_run *r);
int script_run_status(const struct script_run *r);

#endif
