/*
 * mutants.h - changes one declaration of one row at a time and sees whether a check notices.
 */
#ifndef FERRITE_TESTS_ROWS_MUTANTS_H
#define FERRITE_TESTS_ROWS_MUTANTS_H

#include "tests/rows/check.h"

struct named_check {
    const char *name;
    check_fn *fn;
};
extern const struct named_check checks[]; /* ends with NULL */

struct mutation_order {
    bool wanted, survivors;
    unsigned sample; /* 0: all */
    u64 seed;
};

bool bench_init(struct bench *b);
void bench_free(struct bench *b);

/* Prints a table; 0 when the whole was carried out. */
int mutate(const struct mutation_order *order, long only);

#endif
