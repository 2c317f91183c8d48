/* assemble.c - see assemble.h: frontend/assembler/, without files. */
#include "frontend/lessons/assemble.h"

#include "frontend/assembler/assembler.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT = 1440 << 10 }; /* bytes: a diskette */

/* The first message, in words that name no file. */
static void take_message(const struct assembled *a, unsigned *line, struct err *e)
{
    const struct assembled_message *m = a->messages ? &a->message[0] : NULL;
    *line = m ? m->line : 0;
    err_set(e, "%s", m ? m->text : "out of memory");
}

bool lesson_assemble(const char *text, u8 **bytes, size_t *len, unsigned *line, struct err *e)
{
    struct assembled a;
    const struct assembler_options options = {.file = "program", .bits = 16, .limit = LIMIT};
    *line = 0;
    bool ok = assemble(text, strlen(text), &options, &a);
    if (!ok)
        take_message(&a, line, e);
    *bytes = ok ? malloc(a.size + 1) : NULL;
    if (ok && !*bytes)
        ok = err_set(e, "out of memory");
    if (ok && a.size)
        memcpy(*bytes, a.bytes, a.size);
    *len = ok ? a.size : 0;
    assembled_free(&a);
    return ok;
}
