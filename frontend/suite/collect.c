/*
 * collect.c - see collect.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/suite/collect.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEPEST = 32 };

static bool no_memory(struct err *e)
{
    return err_set(e, "out of memory");
}

/* ---- files to tests ---- */

/* What only a test with a machine of its own can say, and the script that it begins from. */
static bool begins_well(const struct test *n, struct err *e)
{
    const struct test_file *f = n->file;
    if (test_file_last(f, HEADER_ARGS, n->variant))
        return err_set(e,
                       "%s: # args: says nothing to a test that begins `# from:` another script, "
                       "whose machine it gets",
                       f->path);
    struct test_file *from = test_file_read(n->from, e);
    bool chain = from && test_file_last(from, HEADER_FROM, "");
    test_file_free(from);
    if (chain)
        return err_set(e,
                       "%s: # from: %s begins from another script itself; what tests begin from "
                       "starts a machine",
                       f->path, n->from);
    return from != NULL;
}

static bool add_test(struct tests *t, const struct test_file *f, const char *name,
                     const char *variant, struct err *e)
{
    struct test *more = realloc(t->test, (t->count + 1) * sizeof(*more));
    if (!more)
        return no_memory(e);
    t->test = more;
    struct test *n = &t->test[t->count++];
    *n = (struct test){.file = f, .variant = strdup(variant)};
    if (asprintf(&n->name, "%s%s%s", name, *variant ? ":" : "", variant) < 0)
        n->name = NULL;
    if (!n->name || !n->variant)
        return no_memory(e);
    const char *from = test_file_last(f, HEADER_FROM, variant);
    if (!from)
        return true;
    struct test_names names = {.tmp = "", .dir = f->folder, .variant = variant};
    char *text = test_file_expand(from, &names, e), *path = NULL;
    if (!text)
        return false;
    if (asprintf(&path, "%s%s%s", *text == '/' ? "" : f->folder, *text == '/' ? "" : "/", text) < 0)
        path = NULL;
    free(text);
    n->from = path ? realpath(path, NULL) : NULL;
    bool ok =
        n->from || err_set(e, "%s: # from: %s: %s", f->path, path ? path : from, strerror(errno));
    free(path);
    return ok && begins_well(n, e);
}

static bool add_script(struct tests *t, const char *path, const char *name, struct err *e)
{
    struct test_file *f = test_file_read(path, e);
    struct test_file **more =
        f ? realloc(t->file, (t->files + 1) * sizeof(struct test_file *)) : NULL;
    if (!more) {
        test_file_free(f);
        return f ? no_memory(e) : false;
    }
    t->file = more;
    t->file[t->files++] = f;
    size_t at = 0, n = strlen(name);
    const char *list = test_file_value(f, HEADER_VARIANTS, "", &at);
    char *plain = strndup(name, n > 7 && strcmp(name + n - 7, ".script") == 0 ? n - 7 : n);
    char *words = strdup(list ? list : ""), *rest = NULL;
    bool ok = plain && words ? true : no_memory(e);
    char *word = words ? strtok_r(words, " \t", &rest) : NULL;
    if (ok && !word)
        ok = add_test(t, f, plain, "", e);
    for (; ok && word; word = strtok_r(NULL, " \t", &rest))
        ok = add_test(t, f, plain, word, e);
    free(words);
    free(plain);
    return ok;
}

/* ---- folders ---- */

static int scripts_and_folders(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static bool add_path(struct tests *t, const char *path, const char *name, unsigned depth,
                     struct err *e);

static bool add_folder(struct tests *t, const char *path, const char *name, unsigned depth,
                       struct err *e)
{
    struct dirent **entry;
    int n = scandir(path, &entry, scripts_and_folders, alphasort);
    if (n < 0)
        return err_set(e, "%s: %s", path, strerror(errno));
    bool ok = depth < DEEPEST || err_set(e, "%s: folders too deep", path);
    for (int i = 0; i < n; i++) {
        char *below = NULL, *called = NULL;
        if (ok && (asprintf(&below, "%s/%s", path, entry[i]->d_name) < 0 ||
                   asprintf(&called, "%s%s%s", name, *name ? "/" : "", entry[i]->d_name) < 0))
            ok = no_memory(e);
        struct stat st;
        size_t length = strlen(entry[i]->d_name);
        bool script = length > 7 && strcmp(entry[i]->d_name + length - 7, ".script") == 0;
        /* lstat: a link to a folder above would go round for ever. */
        if (ok && lstat(below, &st) == 0 && (S_ISDIR(st.st_mode) || script))
            ok = add_path(t, below, called, depth + 1, e);
        free(below);
        free(called);
        free(entry[i]);
    }
    free(entry);
    return ok;
}

static bool add_path(struct tests *t, const char *path, const char *name, unsigned depth,
                     struct err *e)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return err_set(e, "%s: %s", path, strerror(errno));
    return S_ISDIR(st.st_mode) ? add_folder(t, path, name, depth, e) : add_script(t, path, name, e);
}

static void free_test(struct test *test)
{
    free(test->name);
    free(test->variant);
    free(test->from);
}

/* What others begin from is no test of its own, unless it was named itself. */
static void drop_beginnings(struct tests *t, size_t first)
{
    size_t kept = first;
    for (size_t i = first; i < t->count; i++) {
        bool beginning = false;
        for (size_t k = 0; k < t->count && !beginning; k++)
            beginning = t->test[k].from && strcmp(t->test[k].from, t->test[i].file->path) == 0;
        if (beginning)
            free_test(&t->test[i]);
        else
            t->test[kept++] = t->test[i];
    }
    t->count = kept;
}

bool tests_collect(struct tests *t, char **path, size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        struct stat st;
        size_t first = t->count;
        bool folder = stat(path[i], &st) == 0 && S_ISDIR(st.st_mode);
        const char *slash = strrchr(path[i], '/');
        if (!add_path(t, path[i], folder ? "" : slash ? slash + 1 : path[i], 0, e))
            return false;
        if (folder)
            drop_beginnings(t, first);
    }
    return true;
}

/* ---- which, and in what order ---- */

static bool matches(const char *name, const char *filter)
{
    if (!filter)
        return true;
    return strpbrk(filter, "*?[") ? fnmatch(filter, name, 0) == 0 : strstr(name, filter) != NULL;
}

/* The last parts of a path, which are the same wherever the suite is copied to. */
static const char *tail(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static u32 fnv(const char *text)
{
    u32 h = 2166136261u;
    for (; *text; text++)
        h = (h ^ (u8)*text) * 16777619u;
    return h;
}

static u64 next_random(u64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/*
 * Where each test is counted to, before any is taken out, so that filters change nothing: by the
 * boot that it begins from, so that each shard boots it once. Of a large group about so many tests
 * stay together, else all would be one shard's.
 */
static void place_all(struct tests *t)
{
    enum { TOGETHER = 64 };
    const char *from = NULL; /* the last one that was counted */
    u32 same = 0;
    for (size_t i = 0; i < t->count; i++) {
        struct test *test = &t->test[i];
        test->place = fnv(test->name);
        if (!test->from)
            continue;
        if (!from || strcmp(from, test->from) != 0) {
            from = test->from;
            same = 0;
            for (size_t k = 0; k < t->count; k++)
                same += t->test[k].from && strcmp(t->test[k].from, from) == 0;
        }
        test->place = fnv(tail(from)) + test->place % ((same + TOGETHER - 1) / TOGETHER);
    }
}

void tests_select(struct tests *t, const struct selection *s)
{
    size_t kept = 0;
    if (s->shards)
        place_all(t);
    for (size_t i = 0; i < t->count; i++) {
        struct test *test = &t->test[i];
        bool mine = !s->variant || strcmp(test->variant, s->variant) == 0;
        if (mine && matches(test->name, s->filter) &&
            (!s->shards || test->place % s->shards + 1 == s->shard))
            t->test[kept++] = *test;
        else
            free_test(test);
    }
    t->count = kept;
    u64 state = s->seed * 2 + 0x9e3779b97f4a7c15u;
    for (size_t i = kept; s->shuffle && i > 1; i--) {
        size_t k = next_random(&state) % i;
        struct test other = t->test[k];
        t->test[k] = t->test[i - 1];
        t->test[i - 1] = other;
    }
}

void tests_free(struct tests *t)
{
    for (size_t i = 0; i < t->count; i++)
        free_test(&t->test[i]);
    for (size_t i = 0; i < t->files; i++)
        test_file_free(t->file[i]);
    free(t->test);
    free(t->file);
}
