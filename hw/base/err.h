/*
 * err.h - an error that a person reads: what happened, on which input, what to do about it.
 *
 * Functions that can fail because of the user's input take a struct err * and return false (or
 * NULL) after filling it. Passing NULL is allowed when the caller does not want the text.
 */
#ifndef FERRITE_ERR_H
#define FERRITE_ERR_H

#include "hw/base/types.h"

struct err {
    char text[512];
};

/* Sets the text, clean for a terminal (clean.h); false: so that "return err_set(...)" reads well.
 */
bool err_set(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
