/* library.c - see library.h. */
#include "frontend/lessons/library.h"

#include "hw/base/nearest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lesson *library_at(size_t i, struct err *e)
{
    const struct library_file *f = &library_files[i];
    return lesson_parse(f->name, f->text, f->size, e);
}

/* "power-on" of "01-power-on.md". */
static void short_name(const struct library_file *f, char name[LESSON_NAME])
{
    const char *from = strchr(f->name, '-');
    from = from ? from + 1 : f->name;
    snprintf(name, LESSON_NAME, "%.*s", (int)strcspn(from, "."), from);
}

char *library_read(const char *path, size_t most, size_t *len, struct err *e)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *text = f ? malloc(most + 2) : NULL;
    if (!text) {
        err_set(e, "%s: %s", path, f ? "out of memory" : strerror(errno));
    } else {
        *len = fread(text, 1, most + 1, f);
        text[*len] = 0;
        bool ok = !ferror(f) || err_set(e, "%s: cannot be read: %s", path, strerror(errno));
        if (ok && *len > most)
            ok = err_set(e, "%s: longer than %zu KB", path, most >> 10);
        if (!ok) {
            free(text);
            text = NULL;
        }
    }
    if (f && f != stdin)
        fclose(f);
    return text;
}

static struct lesson *of_file(const char *path, struct err *e)
{
    size_t len;
    char *text = library_read(path, LESSON_BYTES, &len, e);
    struct lesson *l = text ? lesson_parse(path, text, len, e) : NULL;
    free(text);
    return l;
}

static bool is_path(const char *name)
{
    size_t len = strlen(name);
    return strchr(name, '/') || (len > 3 && strcmp(name + len - 3, ".md") == 0);
}

struct lesson *library_lesson(const char *name, bool files, struct err *e)
{
    enum { NEAR = 64 };
    char names[NEAR][LESSON_NAME];
    const char *candidates[NEAR];
    size_t count = 0;
    if (files && is_path(name))
        return of_file(name, e);
    for (size_t i = 0; i < library_files_count && i < NEAR; i++) {
        char *end;
        unsigned long number = strtoul(name, &end, 10);
        short_name(&library_files[i], names[i]);
        candidates[count++] = names[i];
        if (strcmp(names[i], name) == 0 || strcmp(library_files[i].name, name) == 0 ||
            (end != name && !*end && number == strtoul(library_files[i].name, NULL, 10)))
            return library_at(i, e);
    }
    const char *near = nearest_word(name, candidates, count);
    err_set(e, "there is no lesson \"%.60s\"%s%s%s; ferrite lesson lists them", name,
            near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return NULL;
}
