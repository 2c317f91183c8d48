/*
 * link_where.c - "unix:PATH,wait=off" and its like, as options name a place. See link.h.
 */
#include "frontend/link/link.h"

#include <stdio.h>
#include <string.h>

static bool wrong(const char *option, const char *text, const char *why, struct err *e)
{
    return err_set(e, "%s %.200s: %s; write unix:PATH, tcp:[HOST]:PORT or stdio", option, text,
                   why);
}

/* What stands behind a comma. */
static bool take_word(struct link_where *w, const char *word, size_t len)
{
    static const struct {
        const char *name;
        int wait; /* -1: says nothing of it */
    } words[] = {
        {"server", -1}, {"server=on", -1}, {"nowait", 0}, {"wait=off", 0},
        {"wait", 1},    {"wait=on", 1},    {"ipv4", -1},  {"nodelay", -1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strlen(words[i].name) != len || memcmp(words[i].name, word, len) != 0)
            continue;
        if (words[i].wait >= 0)
            w->wait = words[i].wait;
        return true;
    }
    return false;
}

static bool take_words(struct link_where *w, const char *option, const char *text, const char *at,
                       struct err *e)
{
    while (*at == ',') {
        size_t len = strcspn(++at, ",");
        if (!take_word(w, at, len))
            return err_set(e,
                           "%s %.200s: \"%.*s\" says nothing here; server, wait=on and wait=off "
                           "do",
                           option, text, (int)(len < 40 ? len : 40), at);
        at += len;
    }
    return true;
}

/* The last ",word"s that are known end a path, which may have commas of its own. */
static size_t path_length(const char *path)
{
    size_t len = strlen(path);
    for (;;) {
        size_t at = len;
        struct link_where scratch;
        while (at && path[at - 1] != ',')
            at--;
        if (!at || !take_word(&scratch, path + at, len - at))
            return len;
        len = at - 1;
    }
}

static bool take_tcp(struct link_where *w, const char *option, const char *text, const char *at,
                     struct err *e)
{
    const char *host = at, *close = *at == '[' ? strchr(at, ']') : NULL;
    size_t len = close ? (size_t)(close - at - 1) : strcspn(at, ":,");
    const char *colon = close ? close + 1 : at + len;
    if (*colon != ':')
        return wrong(option, text, "there is no port", e);
    if (len >= sizeof(w->host))
        return wrong(option, text, "too long a name of a host", e);
    memcpy(w->host, host + (close != NULL), len);
    const char *port = colon + 1;
    size_t digits = strspn(port, "0123456789");
    unsigned number = 0;
    for (size_t i = 0; i < digits && number <= 65535; i++)
        number = number * 10 + (unsigned)(port[i] - '0');
    if (!digits || number > 65535 || (port[digits] && port[digits] != ','))
        return wrong(option, text, "the port is no number up to 65535", e);
    snprintf(w->port, sizeof(w->port), "%u", number);
    w->kind = LINK_TCP;
    return take_words(w, option, text, port + digits, e);
}

bool link_where(struct link_where *w, const char *option, const char *text, struct err *e)
{
    *w = (struct link_where){.kind = LINK_NONE};
    if (strncmp(text, "unix:", 5) == 0) {
        const char *path = text + 5;
        size_t len = path_length(path);
        if (!len)
            return wrong(option, text, "the path is missing", e);
        if (len >= sizeof(w->path))
            return err_set(e, "%s %.200s: too long a name for a socket, at most %zu bytes", option,
                           text, sizeof(w->path) - 1);
        memcpy(w->path, path, len);
        w->kind = LINK_UNIX;
        return take_words(w, option, text, path + len, e);
    }
    if (strncmp(text, "tcp:", 4) == 0)
        return take_tcp(w, option, text, text + 4, e);
    size_t len = strcspn(text, ",");
    if (len == 5 && memcmp(text, "stdio", 5) == 0)
        w->kind = LINK_STDIO;
    else if (len != 4 || memcmp(text, "none", 4) != 0)
        return wrong(option, text, "no such place", e);
    return take_words(w, option, text, text + len, e);
}
