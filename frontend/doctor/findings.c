/*
 * findings.c - see findings.h.
 */
#include "frontend/doctor/findings.h"

#include "hw/base/clean.h"

#include <stdarg.h>

void found(struct findings *f, enum finding kind, const char *what, const char *remedy,
           const char *format, ...)
{
    static const char *const words[] = {"ok    ", "note  ", "WRONG "};
    va_list args;
    f->unwise += kind == FINDING_UNWISE;
    f->wrong += kind == FINDING_WRONG;
    clean_printf(f->out, "%s%s: ", words[kind], what);
    va_start(args, format);
    clean_vprintf(f->out, format, args);
    va_end(args);
    putc('\n', f->out);
    if (remedy)
        clean_printf(f->out, "      -> %s\n", remedy);
}
