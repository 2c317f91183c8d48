/*
 * report.c - see report.h. TAP: testanything.org, what 13 and 14 have in common; JUnit: the form
 * that Jenkins, GitLab and GitHub's actions read (testsuites, testsuite, testcase).
 */
#include "frontend/suite/report.h"

#include "frontend/control/out_file.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/*
 * Bytes of the character at `text` when it is one that YAML and XML 1.0 have: UTF-8 as it is to be,
 * no control characters but tabs and line feeds. 0: it is none; what tests print is anything.
 */
static unsigned plain(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    static const u32 least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned n = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
    if (n <= 1)
        return n && ((*p >= ' ' && *p != 0x7f) || *p == '\n' || *p == '\t');
    u32 c = *p & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) /* the end of the text, too */
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    bool none = c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) || c < 0xa0 ||
                (c & 0xfffe) == 0xfffe;
    return none ? 0 : n;
}

/* One character, "?" where there is none that could be written. Returns how many bytes it was. */
static unsigned put_plain(FILE *out, const char *text)
{
    unsigned n = plain(text);
    if (n)
        fwrite(text, 1, n, out);
    else
        fputc('?', out);
    return n ? n : 1;
}

/* ---- TAP ---- */

void tap_begin(FILE *out, unsigned version, size_t count)
{
    fprintf(out, "TAP version %u\n1..%zu\n", version, count);
    fflush(out);
}

/* In a description # and \ mean something. */
static void tap_name(FILE *out, const char *name)
{
    while (*name) {
        if (*name == '#' || *name == '\\')
            fputc('\\', out);
        if (*name == '\n' || *name == '\t') {
            fputc('?', out);
            name++;
        } else {
            name += put_plain(out, name);
        }
    }
}

/* A YAML scalar in one line. */
static void tap_value(FILE *out, const char *key, const char *text)
{
    fprintf(out, "  %s: '", key);
    while (*text) {
        if (*text == '\'')
            fputc('\'', out);
        if (*text == '\n') {
            fputc('?', out);
            text++;
        } else {
            text += put_plain(out, text);
        }
    }
    fputs("'\n", out);
}

static void tap_lines(FILE *out, const char *key, const char *text)
{
    if (!*text)
        return;
    fprintf(out, "  %s: |\n", key);
    while (*text) {
        fputs("    ", out);
        while (*text && *text != '\n')
            text += put_plain(out, text);
        fputc('\n', out);
        text += *text == '\n';
    }
}

static void tap_skip(FILE *out, const char *why)
{
    fputs(" # SKIP ", out);
    while (*why && *why != '\n')
        why += put_plain(out, why);
}

void tap_test(FILE *out, const struct test *t, const struct record *r)
{
    bool ok = r->outcome == PASSED || r->outcome == SKIPPED;
    fprintf(out, "%sok %u - ", ok ? "" : "not ", r->index + 1);
    tap_name(out, t->name);
    if (r->outcome == SKIPPED)
        tap_skip(out, r->why);
    fprintf(out, "\n  ---\n  seconds: %.3f\n", r->seconds);
    if (r->guest_ns)
        fprintf(out, "  guest_seconds: %.9f\n  instructions: %llu\n  hash: \"%016llx\"\n",
                (double)r->guest_ns / 1e9, (unsigned long long)r->instructions,
                (unsigned long long)r->hash);
    if (!ok && r->status >= 0)
        fprintf(out, "  status: %d\n", r->status);
    if (r->guest_status >= 0)
        fprintf(out, "  guest_status: %d\n", r->guest_status);
    if (!ok || r->outcome == SKIPPED)
        tap_lines(out, "message", r->why);
    if (*r->kept)
        tap_value(out, "kept", r->kept);
    fputs("  ...\n", out);
    fflush(out);
}

void tap_end(FILE *out, const struct totals *n)
{
    fprintf(out, "# %u passed, %u failed, %u skipped\n", n->passed, n->failed, n->skipped);
    fflush(out);
}

/* ---- JUnit ---- */

static void xml(FILE *out, const char *text)
{
    while (*text) {
        const char *entity = *text == '<'   ? "&lt;"
                             : *text == '>' ? "&gt;"
                             : *text == '&' ? "&amp;"
                             : *text == '"' ? "&quot;"
                                            : NULL;
        if (entity) {
            fputs(entity, out);
            text++;
        } else {
            text += put_plain(out, text);
        }
    }
}

/* The folder of a test's name, as the name of a class; the rest as its own. */
static void junit_names(FILE *out, const char *name)
{
    const char *slash = strrchr(name, '/');
    char folder[512];
    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - name) : 0, name);
    fputs("classname=\"", out);
    xml(out, *folder ? folder : "ferrite");
    fputs("\" name=\"", out);
    xml(out, slash ? slash + 1 : name);
    fputs("\"", out);
}

static void junit_property(FILE *out, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void junit_property(FILE *out, const char *name, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fprintf(out, "        <property name=\"%s\" value=\"", name);
    vfprintf(out, fmt, args);
    va_end(args);
    fputs("\"/>\n", out);
}

static void junit_case(FILE *out, const struct test *t, const struct record *r)
{
    static const char *const element[] = {
        [FAILED] = "failure", [BROKEN] = "error", [SKIPPED] = "skipped"};
    fputs("    <testcase ", out);
    junit_names(out, t->name);
    fprintf(out, " time=\"%.3f\">\n", r->seconds);
    if (r->guest_ns) {
        fputs("      <properties>\n", out);
        junit_property(out, "hash", "%016llx", (unsigned long long)r->hash);
        junit_property(out, "instructions", "%llu", (unsigned long long)r->instructions);
        junit_property(out, "guest_seconds", "%.9f", (double)r->guest_ns / 1e9);
        if (r->guest_status >= 0)
            junit_property(out, "guest_status", "%d", r->guest_status);
        fputs("      </properties>\n", out);
    }
    if (r->outcome != PASSED && r->outcome != READY) {
        char first[300];
        snprintf(first, sizeof(first), "%.*s", (int)strcspn(r->why, "\n"), r->why);
        fprintf(out, "      <%s message=\"", element[r->outcome]);
        xml(out, first);
        fputs("\">", out);
        xml(out, r->why);
        fprintf(out, "</%s>\n", element[r->outcome]);
    }
    if (*r->kept) {
        fputs("      <system-out>[[ATTACHMENT|", out);
        xml(out, r->kept);
        fputs("]]</system-out>\n", out);
    }
    fputs("    </testcase>\n", out);
}

bool junit_write(const char *path, const struct tests *tests, const struct record *records,
                 struct err *e)
{
    unsigned failures = 0, errors = 0, skipped = 0;
    double seconds = 0;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return err_set(e, "out of memory");
    for (size_t i = 0; i < tests->count; i++) {
        failures += records[i].outcome == FAILED;
        errors += records[i].outcome == BROKEN;
        skipped += records[i].outcome == SKIPPED;
        seconds += records[i].seconds;
    }
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
    fprintf(out,
            "  <testsuite name=\"ferrite\" tests=\"%zu\" failures=\"%u\" errors=\"%u\" "
            "skipped=\"%u\" time=\"%.3f\">\n",
            tests->count, failures, errors, skipped, seconds);
    for (size_t i = 0; i < tests->count; i++)
        junit_case(out, &tests->test[i], &records[i]);
    fputs("  </testsuite>\n</testsuites>\n", out);
    bool ok = fclose(out) == 0 ? out_file_save(path, text, size, e) : err_set(e, "out of memory");
    free(text);
    return ok;
}
