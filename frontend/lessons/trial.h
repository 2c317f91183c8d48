/*
 * trial.h - a learner's answer on a machine of its own: the lesson's check, step by step, up to
 * the first that is not as it should be. Nothing of the host enters, so the same seed and answer
 * are the same run, with the same hash, everywhere.
 */
#ifndef FERRITE_LESSONS_TRIAL_H
#define FERRITE_LESSONS_TRIAL_H

#include "frontend/control/reply.h"
#include "frontend/lessons/lesson.h"

enum trial_verdict {
    TRIAL_PASSED,
    TRIAL_FAILED, /* the answer is not right: see `words` */
    TRIAL_BROKEN, /* the lesson is wrong, or this host cannot run it: see `words` */
};

struct trial_line {
    const struct lesson_step *step;
    bool passed;
    char *asked; /* the step with its values */
    char *said;  /* what was seen; "" */
};

struct trial {
    const struct lesson *lesson;
    u64 seed;         /* the first */
    unsigned variant; /* of the last machine, from 0 */
    enum trial_verdict verdict;
    char words[1600]; /* a sentence or two for the learner */
    unsigned line;    /* of the answer, when it could not be assembled; else 0 */
    struct trial_line done[LESSON_STEPS]; /* of the last machine */
    unsigned dones;
    u64 hash;         /* of all machines: what they did */
    u64 instructions; /* of all machines */
};

/* Runs all variants, or those up to the first that fails. trial_free() it, whatever it says. */
void trial_run(struct trial *t, const struct lesson *l, u64 seed, const char *answer);
void trial_free(struct trial *t);

/*
 * As a map for a page or a file: lesson, seed, passed, words, line, checks with their values, trace
 * hash, instructions, source. `answer` as it was handed in.
 */
void trial_reply(const struct trial *t, const char *answer, struct reply *r);

#endif
