/*
 * test_file.c - see test_file.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/suite/test_file.h"

#include "hw/base/nearest.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const keys[] = {
    [HEADER_ARGS] = "args",        [HEADER_FROM] = "from",     [HEADER_NEEDS] = "needs",
    [HEADER_GET] = "get",          [HEADER_BEFORE] = "before", [HEADER_AFTER] = "after",
    [HEADER_STATUS] = "status",    [HEADER_LIMIT] = "limit",   [HEADER_TWICE] = "twice",
    [HEADER_VARIANTS] = "variants"};

static int key_of(const char *word)
{
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++)
        if (strcmp(keys[i], word) == 0)
            return (int)i;
    return -1;
}

static bool wrong(const struct test_file *f, unsigned line, struct err *e, const char *why,
                  const char *what)
{
    return err_set(e, "%s:%u: %s%s", f->path, line, why, what);
}

static bool add(struct test_file *f, const struct header *h, struct err *e)
{
    struct header *more = realloc(f->header, (f->headers + 1) * sizeof(*more));
    if (!more)
        return err_set(e, "out of memory");
    f->header = more;
    f->header[f->headers] = *h;
    f->header[f->headers].variant = h->variant ? strdup(h->variant) : NULL;
    f->header[f->headers].value = strdup(h->value);
    bool ok = f->header[f->headers].value && (!h->variant || f->header[f->headers].variant);
    f->headers++;
    return ok || err_set(e, "out of memory");
}

/* "key: value", "key VARIANT: value", "twice"; a sentence is just a comment. */
static bool take_comment(struct test_file *f, char *text, unsigned line, struct err *e)
{
    char *colon = strchr(text, ':');
    struct header h = {.line = line};
    if (!colon) {
        if (strcmp(text, keys[HEADER_TWICE]) != 0)
            return true;
        h.key = HEADER_TWICE;
        h.value = text + strlen(text);
        return add(f, &h, e);
    }
    if (colon[1] && colon[1] != ' ' && colon[1] != '\t')
        return true; /* a word with a colon in it */
    *colon = 0;
    h.value = colon + 1 + strspn(colon + 1, " \t");
    char *space = strpbrk(text, " \t");
    if (space) {
        *space = 0;
        h.variant = space + 1 + strspn(space + 1, " \t");
        if (strpbrk(h.variant, " \t"))
            return true; /* more than two words: a sentence */
    }
    int key = key_of(text);
    if (key < 0) {
        const char *near = nearest_word(text, keys, ARRAY_SIZE(keys));
        if (!near || !*h.value || (*text >= 'A' && *text <= 'Z'))
            return true; /* a sentence */
        err_set(e, "%s:%u: \"# %s:\" says nothing to a test; did you mean \"# %s:\"?", f->path,
                line, text, near);
        return false;
    }
    if (!*h.value && key != HEADER_ARGS && key != HEADER_TWICE)
        return wrong(f, line, e, "nothing stands behind # ", keys[key]);
    h.key = (enum header_key)key;
    return add(f, &h, e);
}

/*
 * "# ferrite -fda dos.img -script this.script": how a person starts it, which says nothing to a
 * test. Without any word that does, the test would quietly be about another machine.
 */
static bool is_command_line(const char *comment)
{
    const char *option = strncmp(comment, "ferrite ", 8) == 0 ? comment + 8 : "";
    return *option == '-' && isalpha((unsigned char)option[1 + (option[1] == '-')]) &&
           !strstr(comment, ". ");
}

static bool says_how(const struct test_file *f)
{
    for (size_t i = 0; i < f->headers; i++) {
        if (f->header[i].key == HEADER_ARGS || f->header[i].key == HEADER_FROM)
            return true;
    }
    return false;
}

static bool read_head(struct test_file *f, FILE *in, struct err *e)
{
    char *text = NULL;
    size_t room = 0;
    unsigned line = 0, command_line = 0;
    bool ok = true;
    ssize_t n;
    while (ok && (n = getline(&text, &room, in)) >= 0) {
        line++;
        while (n > 0 && strchr(" \t\r\n", text[n - 1]))
            text[--n] = 0;
        char *start = text + strspn(text, " \t");
        if (line == 1 && strncmp(start, "\xef\xbb\xbf", 3) == 0)
            start += 3;
        if (*start && *start != '#')
            break; /* the head is over */
        start += strspn(start, "# \t");
        if (is_command_line(start))
            command_line = line;
        if (*start)
            ok = take_comment(f, start, line, e);
    }
    if (ok && ferror(in))
        ok = err_set(e, "%s: %s", f->path, strerror(errno));
    if (ok && command_line && !says_how(f))
        ok = err_set(
            e,
            "%s:%u: to a test this line says nothing: its options stand behind \"# args:\", "
            "as in \"# args: -snapshot -fda ${DIR}/dos.img\"",
            f->path, command_line);
    free(text);
    return ok;
}

FILE *test_file_open(const char *path, struct err *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    FILE *in = NULL;
    if (fd < 0 || fstat(fd, &st) != 0)
        err_set(e, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        err_set(e, "%s: not a file", path);
    else if (!(in = fdopen(fd, "r")))
        err_set(e, "%s: %s", path, strerror(errno));
    if (!in && fd >= 0)
        close(fd);
    return in;
}

struct test_file *test_file_read(const char *path, struct err *e)
{
    struct test_file *f = calloc(1, sizeof(*f));
    FILE *in = test_file_open(path, e);
    if (!f || !in) {
        if (in) {
            err_set(e, "out of memory");
            fclose(in);
        }
        free(f);
        return NULL;
    }
    f->path = realpath(path, NULL);
    f->folder = f->path ? strdup(f->path) : NULL;
    bool ok = f->folder || err_set(e, "%s: %s", path, strerror(errno));
    if (ok)
        *strrchr(f->folder, '/') = 0;
    ok = ok && read_head(f, in, e);
    fclose(in);
    if (ok)
        return f;
    test_file_free(f);
    return NULL;
}

void test_file_free(struct test_file *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->headers; i++) {
        free(f->header[i].variant);
        free(f->header[i].value);
    }
    free(f->header);
    free(f->folder);
    free(f->path);
    free(f);
}

const char *test_file_value(const struct test_file *f, enum header_key key, const char *variant,
                            size_t *at)
{
    while (*at < f->headers) {
        const struct header *h = &f->header[(*at)++];
        if (h->key == key && (!h->variant || strcmp(h->variant, variant) == 0))
            return h->value;
    }
    return NULL;
}

const char *test_file_last(const struct test_file *f, enum header_key key, const char *variant)
{
    const char *last = NULL, *value;
    size_t at = 0;
    while ((value = test_file_value(f, key, variant, &at)))
        last = value;
    return last;
}

bool test_file_number(const struct test_file *f, enum header_key key, const char *variant,
                      double least, double otherwise, double *value, struct err *e)
{
    const char *text = test_file_last(f, key, variant);
    char *end;
    *value = otherwise;
    if (!text)
        return true;
    *value = strtod(text, &end);
    if (end != text && !*end && isfinite(*value) && *value >= least)
        return true;
    return err_set(e, "%s: # %s: %.60s: a number from %g on", f->path, keys[key], text, least);
}

bool test_file_status(const struct test_file *f, const char *variant, int *status, struct err *e)
{
    double number;
    if (!test_file_number(f, HEADER_STATUS, variant, 0, 0, &number, e))
        return false;
    *status = number <= 255 ? (int)number : -1;
    return number == *status || err_set(e, "%s: # status: %.60s: a whole number from 0 to 255",
                                        f->path, test_file_last(f, HEADER_STATUS, variant));
}

static const char *named(const struct test_names *names, const char *name)
{
    if (strcmp(name, "TMP") == 0)
        return names->tmp;
    if (strcmp(name, "DIR") == 0)
        return names->dir;
    if (strcmp(name, "VARIANT") == 0)
        return names->variant;
    return getenv(name);
}

char *test_file_expand(const char *text, const struct test_names *names, struct err *e)
{
    char *out = NULL, name[64];
    size_t size;
    FILE *f = open_memstream(&out, &size);
    bool ok = f || err_set(e, "out of memory");
    while (ok && *text) {
        const char *dollar = strstr(text, "${"), *end = dollar ? strchr(dollar, '}') : NULL;
        if (!end || (size_t)(end - dollar) - 2 >= sizeof(name)) {
            fputs(text, f);
            break;
        }
        fwrite(text, 1, (size_t)(dollar - text), f);
        snprintf(name, sizeof(name), "%.*s", (int)(end - dollar - 2), dollar + 2);
        const char *value = named(names, name);
        if (value)
            fputs(value, f);
        else
            ok = err_set(e, "${%s} is not set", name);
        text = end + 1;
    }
    if (f && fclose(f) != 0 && ok)
        ok = err_set(e, "out of memory");
    if (ok)
        return out;
    free(out);
    return NULL;
}
