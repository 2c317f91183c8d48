/*
 * merge.h - `ferrite test -merge`: the JUnit reports of shards put together into one.
 */
#ifndef FERRITE_SUITE_MERGE_H
#define FERRITE_SUITE_MERGE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <stddef.h>

/* What all of them come to. */
struct merged {
    unsigned tests, failures, errors, skipped;
    double seconds;
};

/*
 * Reports as `ferrite test -junit` writes them into one, its tests in the order of their names, so
 * that the same tests give the same report however they were spread. false + err: a file that is
 * missing, cut short, or no such report, and a test that is in two of them.
 */
bool merge_reports(const char *to, char *const *path, size_t count, struct merged *sum,
                   struct err *e);
/* The text of one: its tests are counted and kept. For merge_reports() and its fuzz target. */
struct merging;
struct merging *merging_new(void);
bool merging_add(struct merging *m, const char *name, const char *text, size_t len, struct err *e);
/* The whole report, to be freed. NULL + err. */
char *merging_text(struct merging *m, struct merged *sum, size_t *len, struct err *e);
void merging_free(struct merging *m);

#endif
