/*
 * result.h - the file that a learner hands in: what was answered to which lesson with which seed,
 * and what came of it. Signed by nobody: who wants to know does it again.
 */
#ifndef FERRITE_LESSONS_RESULT_H
#define FERRITE_LESSONS_RESULT_H

#include "frontend/lessons/trial.h"

#include <stdio.h>

enum { RESULT_BYTES = 1 << 20 };

enum result_verdict { RESULT_SAME, RESULT_DIFFERS, RESULT_BAD };

/* Into `f`, which is closed in any case; `path` is for messages. false + err. */
bool result_write(FILE *f, const char *path, const struct trial *t, const char *answer,
                  struct err *e);

struct json;
struct json_value;

/* What a file says. */
struct result {
    const char *path;
    struct json *json;
    struct json_value *tree;
    const char *lesson, *source, *hash, *words; /* in the tree */
    u64 seed;
    bool passed;
};

/* false + err: what is wrong with it. result_free() it in either case. */
bool result_read(struct result *r, const char *path, struct err *e);
/*
 * Do again what it says, without any file. RESULT_SAME: it comes to the same, whether that was
 * right or not; else err says in what it differs. *passed: of this run.
 */
enum result_verdict result_again(const struct result *r, bool *passed, FILE *out, struct err *e);
void result_free(struct result *r);

#endif
