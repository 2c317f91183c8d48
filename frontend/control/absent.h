/*
 * absent.h - what somebody who knows QEMU's monitor and QMP may well ask for, and is not here: why,
 * and what there is instead.
 */
#ifndef FERRITE_ABSENT_H
#define FERRITE_ABSENT_H

#include <stddef.h>

/*
 * By a command's name, or "info WORD"; dashes and underlines are the same. NULL: nothing is known
 * of it. The text follows "there is no ...: ".
 */
const char *absent_why(const char *name);

#endif
