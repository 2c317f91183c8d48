/*
 * report.h - what is said of a suite's tests: TAP version 14 as they end, in their order, and
 * JUnit's XML at the end.
 */
#ifndef FERRITE_SUITE_REPORT_H
#define FERRITE_SUITE_REPORT_H

#include "frontend/suite/job.h"

struct totals {
    unsigned passed, failed, skipped;
};

/* `version`: 13 or 14; what follows is the same. */
void tap_begin(FILE *out, unsigned version, size_t count);
void tap_test(FILE *out, const struct test *t, const struct record *r);
/* "# 12 passed, 0 failed, 1 skipped". */
void tap_end(FILE *out, const struct totals *totals);

/* All of them; false + err when the file cannot be written. */
bool junit_write(const char *path, const struct tests *tests, const struct record *records,
                 struct err *e);

#endif
