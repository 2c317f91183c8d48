/*
 * check.h - the checks that every row of ops.def has to pass. Each looks at one row, on processors
 * that have it, and says in words what is not as declared.
 */
#ifndef FERRITE_TESTS_ROWS_CHECK_H
#define FERRITE_TESTS_ROWS_CHECK_H

#include "tests/rows/rig.h"

struct bench {
    struct rig rig[3]; /* pentium4, 486, 386: the first that has the row serves */
    unsigned failures;
    bool quiet;
};

/* The processor for this row, NULL when no model has it. */
struct rig *bench_rig(struct bench *b, unsigned row);
/* Something is not as declared. */
void fail(struct bench *b, unsigned row, const struct instruction *i, const char *why, ...)
    PRINTF_LIKE(4, 5);
const char *resource_name(unsigned bit);

typedef void check_fn(struct bench *b, unsigned row);
check_fn check_effects;  /* reads and writes of registers, flags, memory */
check_fn check_memory;   /* kind and size of memory accesses */
check_fn check_attr;     /* A_FAULT, A_END, A_IO, A_REP, A_NOMEM */
check_fn check_form;     /* A_LOCK, A_PM, A_STACK, A_BRANCH, condition, class, push */
check_fn check_blocks;   /* within a block as alone */
check_fn check_encoding; /* against Zydis */
/* Why check_encoding() checks nothing in this build; NULL if it does. */
const char *encoding_unchecked(void);
check_fn check_vectors; /* what real processors did */

/* Files of vectors for check_vectors(); false, with words on stderr, for one that cannot be read.
 */
bool vectors_open(const char *path);
/* The tables have changed: their processors decode by the new ones. */
void vectors_again(void);

#endif
