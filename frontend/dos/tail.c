/*
 * tail.c - DOS' command tail. See tail.h.
 *
 * DOS programs take their arguments apart themselves; the C libraries of the time split at blanks
 * outside of double quotes. The tail of a line that was typed begins with the blank behind the
 * program's name, and old programs skip one byte without a look; so ours begins so, too.
 */
#include "frontend/dos/tail.h"

#include <string.h>

/* A carriage return ends the tail, a zero ends a string; a line feed would end a batch line. */
static bool clean(const char *text, struct err *e)
{
    const char *bad = strpbrk(text, "\r\n");
    return !bad || err_set(e,
                           "an argument has an end of line in it, which DOS cannot pass on: "
                           "\"%.60s\"",
                           text);
}

static bool add(struct tail *t, const char *text, size_t n, struct err *e)
{
    if (n >= sizeof(t->text) - t->len)
        return err_set(e, "the arguments are longer than %d bytes, which no DOS program reads",
                       TAIL_LINE_MAX - 1);
    memcpy(t->text + t->len, text, n);
    t->len += n;
    t->text[t->len] = 0;
    return true;
}

bool tail_from_arguments(struct tail *t, int argc, char *const *argv, struct err *e)
{
    t->len = 0;
    t->text[0] = 0;
    for (int i = 0; i < argc; i++) {
        bool quotes = !*argv[i] || strpbrk(argv[i], " \t");
        if (!clean(argv[i], e) || !add(t, quotes ? " \"" : " ", 1u + quotes, e) ||
            !add(t, argv[i], strlen(argv[i]), e) || !add(t, "\"", quotes, e))
            return false;
    }
    return true;
}

bool tail_exact(struct tail *t, const char *text, struct err *e)
{
    t->len = 0;
    t->text[0] = 0;
    return clean(text, e) && add(t, text, strlen(text), e);
}
