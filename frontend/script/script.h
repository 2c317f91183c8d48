/*
 * script.h - a script that drives a guest: a file of requests (frontend/control/command.h), read
 * and checked as a whole before the guest starts, then done one after the other between slices of
 * guest time.
 */
#ifndef FERRITE_SCRIPT_H
#define FERRITE_SCRIPT_H

#include "frontend/control/control.h"

#include <stdio.h>

struct script_command {
    struct request request;
    const char *path; /* the file that it stands in, for messages */
    unsigned line;
    char *source; /* the line as written, likewise */
    size_t from;  /* of on-fail: from this command on */
};

struct script {
    char *path; /* for messages */
    struct script_command *command;
    size_t count;
    struct script_command *on_fail; /* what `on-fail` says, in that order */
    size_t on_fails;
    char **file; /* paths of what was read */
    size_t files;
};

/* What a script is told from outside. */
struct script_setting {
    const char *const *set; /* NAME=VALUE; see variables.h */
    unsigned sets;
    const char *variant;         /* of a test: $VARIANT; NULL: it has none */
    bool new_pictures;           /* pictures that are expected may be missing: they will be made */
    bool (*hurry)(void *opaque); /* is the run to end? A writer is waited for no longer; NULL: no */
    void *opaque;
};

/* NULL + err ("FILE:LINE: what is wrong; what to write") when any line is wrong. */
/* "-": standard input. `setting` may be NULL. */
struct script *script_load(const char *path, const struct script_setting *setting, struct err *e);
/* The same from text in memory; `path` is for messages and for finding files beside it. */
struct script *script_parse(const char *path, const struct script_setting *setting,
                            const char *text, size_t len, struct err *e);
void script_free(struct script *s);
/* The first command that wants something at the other end of serial port 0; NULL: none. */
const struct script_command *script_uses_serial(const struct script *s);

/* ---- running ---- */

enum script_result {
    SCRIPT_RUNNING,
    SCRIPT_DONE, /* see script_run_status() */
};

enum { SCRIPT_OK = 0, SCRIPT_FAILED = 1, SCRIPT_BAD = 2, SCRIPT_GUEST_ENDED = 3 };

struct script_run;

/* `out` takes answers (dump-text without a file), `messages` what failed and why. */
struct script_run *script_run_new(const struct script *s, struct control *c, FILE *out,
                                  FILE *messages);
void script_run_free(struct script_run *r);

/*
 * Look at the machine and do what is due. Call it before the first slice and again each time
 * guest time has reached script_run_next(). `stop` is what the last vm_run() returned (VM_SLICE
 * before the first).
 */
enum script_result script_run_step(struct script_run *r, enum vm_stop stop);
/* The run was ended from outside: the line that was reached, and the screen. */
void script_run_say_end(struct script_run *r, const char *by);
u64 script_run_next(const struct script_run *r);
int script_run_status(const struct script_run *r);

#endif
