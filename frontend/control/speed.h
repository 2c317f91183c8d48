/*
 * speed.h - how fast the processor is, as a person says it: "486-66", "20" (million instructions a
 * second), "max".
 */
#ifndef FERRITE_SPEED_H
#define FERRITE_SPEED_H

#include "hw/base/err.h"
#include "hw/base/types.h"

/* "max" is as fast as the clock can count. */
#define SPEED_MAX 100000.0
/* What it is when nobody says anything. */
#define SPEED_USUAL 200.0

/*
 * The speed of a name or a number, in instructions per microsecond. *cpu: the processor that a
 * machine of this name has, else NULL; may be NULL itself. Errors begin with `what`.
 */
bool speed_parse(const char *what, const char *text, double *mips, const char **cpu, struct err *e);
/* The names, for help and completion; NULL behind the last. */
const char *speed_name(unsigned i);

#endif
