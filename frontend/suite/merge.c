/*
 * merge.c - see merge.h. The reports are our own (report.c): an element stands on lines of its own,
 * and no text holds a bare <. So a test is what stands between <testcase and </testcase>.
 */
#define _GNU_SOURCE /* memmem */
#include "frontend/suite/merge.h"

#include "frontend/control/out_file.h"
#include "frontend/suite/test_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 256 << 20 };

struct one_case {
    const char *text; /* from its indentation on, with its end of line */
    size_t len;
    const char *name; /* classname="..." name="...", as they stand there */
    size_t name_len;
    const char *report; /* the file that it came from */
};

struct merging {
    struct one_case *list;
    size_t count;
    char **kept; /* texts and names of reports */
    size_t kepts;
};

struct merging *merging_new(void)
{
    return calloc(1, sizeof(struct merging));
}

void merging_free(struct merging *m)
{
    for (size_t i = 0; m && i < m->kepts; i++)
        free(m->kept[i]);
    if (m) {
        free(m->kept);
        free(m->list);
    }
    free(m);
}

static char *keep(struct merging *m, const char *text, size_t len)
{
    char **more = realloc(m->kept, (m->kepts + 1) * sizeof(*more));
    char *copy = more ? malloc(len + 1) : NULL;
    if (more)
        m->kept = more;
    if (!copy)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = 0;
    m->kept[m->kepts++] = copy;
    return copy;
}

static bool damaged(struct err *e, const char *name, const char *why)
{
    return err_set(e, "%s: %s: no whole report of ferrite test -junit", name, why);
}

static bool add_case(struct merging *m, const char *report, const char *from, const char *to,
                     struct err *e)
{
    static const char begin[] = "    <testcase ", after[] = " time=\"";
    if ((size_t)(to - from) < sizeof(begin) || memcmp(from, begin, sizeof(begin) - 1) != 0)
        return damaged(e, report, "something stands between two tests");
    const char *name = from + sizeof(begin) - 1, *line = memchr(name, '\n', (size_t)(to - name));
    const char *end = line ? memmem(name, (size_t)(line - name), after, sizeof(after) - 1) : NULL;
    if (!end)
        return damaged(e, report, "a test without a time");
    if (!(m->count & (m->count - 1))) {
        struct one_case *more = realloc(m->list, (m->count ? 2 * m->count : 1) * sizeof(*more));
        if (!more)
            return err_set(e, "out of memory");
        m->list = more;
    }
    m->list[m->count++] =
        (struct one_case){from, (size_t)(to - from), name, (size_t)(end - name), report};
    return true;
}

bool merging_add(struct merging *m, const char *name, const char *bytes, size_t len, struct err *e)
{
    static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n",
                      suite[] = "  <testsuite ", one[] = "    </testcase>\n",
                      tail[] = "  </testsuite>\n</testsuites>\n";
    char *text = keep(m, bytes, len), *report = keep(m, name, strlen(name));
    if (!text || !report)
        return err_set(e, "out of memory");
    if (strlen(text) != len || strncmp(text, head, sizeof(head) - 1) != 0 ||
        strncmp(text + sizeof(head) - 1, suite, sizeof(suite) - 1) != 0)
        return damaged(e, name, "another beginning");
    const char *end = text + len - (sizeof(tail) - 1);
    if (len < sizeof(head) + sizeof(tail) || strcmp(end, tail) != 0)
        return damaged(e, name, "it is cut short");
    const char *at = strchr(text + sizeof(head) - 1, '\n');
    for (at = at ? at + 1 : end; at < end;) {
        const char *stop = memmem(at, (size_t)(end - at), one, sizeof(one) - 1);
        if (!stop)
            return damaged(e, name, "a test without an end");
        stop += sizeof(one) - 1;
        if (!add_case(m, report, at, stop, e))
            return false;
        at = stop;
    }
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct one_case *x = a, *y = b;
    size_t n = x->name_len < y->name_len ? x->name_len : y->name_len;
    int order = memcmp(x->name, y->name, n);
    return order ? order : x->name_len < y->name_len ? -1 : x->name_len > y->name_len;
}

/* An element of a test: it stands at the beginning of a line. */
static bool has(const struct one_case *c, const char *element)
{
    return memmem(c->text, c->len, element, strlen(element)) != NULL;
}

char *merging_text(struct merging *m, struct merged *sum, size_t *len, struct err *e)
{
    char *text = NULL;
    *sum = (struct merged){.tests = (unsigned)m->count};
    if (m->count)
        qsort(m->list, m->count, sizeof(*m->list), by_name);
    for (size_t i = 0; i < m->count; i++) {
        const struct one_case *c = &m->list[i];
        if (i && by_name(c - 1, c) == 0) {
            err_set(e, "the test %.*s is in %.150s and in %.150s",
                    (int)(c->name_len < 120 ? c->name_len : 120), c->name, c[-1].report, c->report);
            return NULL;
        }
        sum->failures += has(c, "\n      <failure ");
        sum->errors += has(c, "\n      <error ");
        sum->skipped += has(c, "\n      <skipped ");
        double seconds = strtod(c->name + c->name_len + strlen(" time=\""), NULL);
        sum->seconds += seconds > 0 && seconds < 1e9 ? seconds : 0;
    }
    FILE *out = open_memstream(&text, len);
    if (out) {
        fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
        fprintf(out,
                "  <testsuite name=\"ferrite\" tests=\"%u\" failures=\"%u\" errors=\"%u\" "
                "skipped=\"%u\" time=\"%.3f\">\n",
                sum->tests, sum->failures, sum->errors, sum->skipped, sum->seconds);
        for (size_t i = 0; i < m->count; i++)
            fwrite(m->list[i].text, 1, m->list[i].len, out);
        fputs("  </testsuite>\n</testsuites>\n", out);
    }
    if (out && fclose(out) == 0)
        return text;
    free(text);
    err_set(e, "out of memory");
    return NULL;
}

static bool add_file(struct merging *m, const char *path, struct err *e)
{
    FILE *f = test_file_open(path, e);
    if (!f)
        return false;
    long n = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    if (n < 0 || n > LARGEST || fseek(f, 0, SEEK_SET) != 0) {
        bool large = n > LARGEST;
        err_set(e, "%s: %s", path, large ? "larger than 256 MB" : strerror(errno));
        fclose(f);
        return false;
    }
    char *text = malloc((size_t)n + 1);
    size_t got = text ? fread(text, 1, (size_t)n, f) : 0;
    fclose(f);
    bool ok = text ? merging_add(m, path, text, got, e) : err_set(e, "out of memory");
    free(text);
    return ok;
}

bool merge_reports(const char *to, char *const *path, size_t count, struct merged *sum,
                   struct err *e)
{
    struct merging *m = merging_new();
    size_t len;
    bool ok = m || err_set(e, "out of memory");
    for (size_t i = 0; ok && i < count; i++)
        ok = add_file(m, path[i], e);
    char *text = ok ? merging_text(m, sum, &len, e) : NULL;
    ok = text && out_file_save(to, text, len, e);
    free(text);
    merging_free(m);
    return ok;
}
