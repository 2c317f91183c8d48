/*
 * vnc_where.c - "[HOST]:N,password-file=FILE" and its like. See vnc_where.h.
 */
#include "frontend/cli/vnc_where.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_PORT = 5900 };

static const char password_word[] = ",password-file=";

static bool wrong(const char *text, const char *why, struct err *e)
{
    return err_set(e, "-display vnc=%.200s: %s; write vnc=[HOST]:N or vnc=unix:PATH", text, why);
}

/* Where the next of our words begins: names of files may have commas of their own. */
static size_t file_length(const char *text)
{
    static const char *const words[] = {password_word, ",no-password", ",paste="};
    size_t len = strlen(text);
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        const char *at = strstr(text, words[i]);
        if (at && (size_t)(at - text) < len)
            len = (size_t)(at - text);
    }
    return len;
}

/* One word, up to the next comma; the name of a file goes to the end, or to the next word. */
static bool take_word(struct vnc_where *w, const char *text, const char **at, struct err *e)
{
    const char *word = *at;
    size_t len = 1 + strcspn(word + 1, ",");
    size_t name = sizeof(password_word) - 1;
    if (strncmp(word, password_word, name) == 0) {
        len = name + file_length(word + name);
        if (len == name || len - name >= sizeof(w->password_file))
            return err_set(e, "-display vnc=%.200s: password-file= wants the name of a file", text);
        memcpy(w->password_file, word + name, len - name);
    } else if (len == 12 && memcmp(word, ",no-password", 12) == 0) {
        w->open = true;
    } else if (len == 10 && memcmp(word, ",paste=off", 10) == 0) {
        w->no_paste = true;
    } else if (len != 9 || memcmp(word, ",paste=on", 9) != 0) {
        return err_set(e,
                       "-display vnc=%.200s: \"%.*s\" says nothing here; password-file=FILE, "
                       "no-password and paste=off do",
                       text, (int)(len < 60 ? len - 1 : 60), word + 1);
    }
    *at += len;
    return true;
}

/* "[HOST]:N" as link_where() reads it, with a port. */
static bool take_display(struct vnc_where *w, const char *text, size_t len, struct err *e)
{
    char place[300];
    const char *colon = NULL;
    for (size_t i = 0; i < len; i++)
        colon = text[i] == ':' ? text + i : colon;
    if (len >= sizeof(w->place.host) || !colon)
        return wrong(text, colon ? "too long a name" : "there is no number of a display", e);
    const char *digits = colon + 1, *end = text + len;
    unsigned number = 0;
    for (const char *p = digits; p < end; p++) {
        if (*p < '0' || *p > '9' || (number = number * 10 + (unsigned)(*p - '0')) > 59635)
            return wrong(text, "the display is no number up to 59635", e);
    }
    if (digits == end)
        return wrong(text, "there is no number of a display", e);
    snprintf(place, sizeof(place), "tcp:%.*s:%u", (int)(colon - text), text, FIRST_PORT + number);
    return link_where(&w->place, "-display vnc", place, e);
}

static bool take_path(struct vnc_where *w, const char *text, size_t len, struct err *e)
{
    size_t path = len - 5;
    if (!path)
        return wrong(text, "the path is missing", e);
    if (path >= sizeof(w->place.path))
        return err_set(e, "-display vnc=%.200s: too long a name for a socket, at most %zu bytes",
                       text, sizeof(w->place.path) - 1);
    w->place.kind = LINK_UNIX;
    memcpy(w->place.path, text + 5, path);
    return true;
}

bool vnc_where(struct vnc_where *w, const char *text, struct err *e)
{
    *w = (struct vnc_where){.place = {.kind = LINK_NONE}};
    bool path = strncmp(text, "unix:", 5) == 0;
    size_t len = path ? file_length(text) : strcspn(text, ",");
    const char *at = text + len;
    if (path  ? !take_path(w, text, len, e)
        : len ? !take_display(w, text, len, e)
              : !take_display(w, ":0", 2, e))
        return false;
    while (*at == ',') {
        if (!take_word(w, text, &at, e))
            return false;
    }
    if (w->open && w->password_file[0])
        return err_set(e, "-display vnc=%.200s: password-file= or no-password, not both", text);
    return true;
}
