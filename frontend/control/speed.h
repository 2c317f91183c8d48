/*
 * speed.h - how fast the processor is, as a person says it: "486-66" (a processor of the past and
 * its clock: instructions take what they took there), "20" (million instructions a second, each the
 * same), "max".
 */
#ifndef FERRITE_SPEED_H
#define FERRITE_SPEED_H

#include "hw/base/err.h"
#include "hw/base/types.h"

struct vm;

/* "max" is as fast as the clock can count. */
#define SPEED_MAX 100000.0
/* What it is when nobody says anything. */
#define SPEED_USUAL 200.0

struct speed {
    double mips; /* instructions per microsecond; of a name about what everyday code makes */
    double mhz;  /* of the clock; 0: "max" */
    const char *clock_of; /* as vm_set_clock() has it; NULL: each instruction takes one clock */
    const char *cpu;      /* the model that a machine of this name has, else NULL */
};

/* The speed of a name or a number. Errors begin with `what`. */
bool speed_parse(const char *what, const char *text, struct speed *s, struct err *e);
/* The names that people know, for help, menu and completion; NULL behind the last. */
const char *speed_name(unsigned i);
/* What the machine's speed is, in such words. */
void speed_words(const struct vm *vm, char *buf, size_t size);

#endif
