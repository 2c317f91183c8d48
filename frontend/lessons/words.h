/*
 * words.h - what stands in braces in a lesson's lines: {N} that the seed has given, {answer},
 * {elapsed}, counters, {seen.values.isr} of the last reply; in words for the learner also
 * expressions, {byte[0x500]} or in hexadecimal {byte[0x500]:x}.
 */
#ifndef FERRITE_LESSONS_WORDS_H
#define FERRITE_LESSONS_WORDS_H

#include "frontend/control/reply.h"
#include "frontend/lessons/lesson.h"

struct vm;

struct words_values {
    const struct lesson *lesson;
    bool trying; /* no machine: each name counts as 0, or what is given as its least */
    bool read;   /* by somebody: {N} as N and its value; in brackets, byte[{N}], an address */
    bool hides;  /* then: no value but the answer's, which the others would give away */
    u64 seed;
    const char *answer;        /* NULL: none */
    u64 elapsed;               /* instructions since the last event */
    s64 counted[LESSON_STEPS]; /* and kept, by step */
    struct reply *seen;
    struct vm *vm; /* NULL: no expressions */
};

/* With everything in braces replaced; NULL + err: what is unknown. free() it. */
char *words_fill(const struct words_values *v, const char *text, struct err *e);
/* The same for a program: only what is given is replaced, other braces stay. */
char *words_fill_given(const struct words_values *v, const char *text, struct err *e);

#endif
