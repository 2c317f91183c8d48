/*
 * err.c - filling a struct err. See err.h.
 */
#include "hw/base/err.h"

#include "hw/base/clean.h"

#include <stdarg.h>
#include <stdio.h>

bool err_set(struct err *e, const char *fmt, ...)
{
    if (!e)
        return false;
    char text[sizeof(e->text)]; /* what is said may be part of what was said */
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    clean_copy(e->text, sizeof(e->text), text);
    return false;
}
