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

/* false + err. */
bool result_write(const char *path, const struct trial *t, const char *answer, struct err *e);
/*
 * Do again what the file says. RESULT_SAME: it comes to the same, whether that was right or not;
 * else err says in what it differs, or what is wrong with the file. *passed: of this run.
 */
enum result_verdict result_verify(const char *path, bool *passed, FILE *out, struct err *e);

#endif
