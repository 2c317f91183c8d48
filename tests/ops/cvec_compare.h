/*
 * cvec_compare.h - what was seen against what the vector says.
 */
#ifndef FERRITE_CVEC_COMPARE_H
#define FERRITE_CVEC_COMPARE_H

#include "tests/ops/cvec_machine.h"

/*
 * true when equal; else the differences, a line each, in text. exact: RCP and RSQRT to the bit, as
 * Intel's processors have them, and not within the tolerance of the manual.
 */
bool cvec_compare(struct cvec_machine *m, const struct cvec *v, const struct cvec_seen *seen,
                  bool exact, char *text, size_t size);

#endif
