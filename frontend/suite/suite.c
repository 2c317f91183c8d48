/*
 * suite.c - see suite.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/suite/suite.h"

#include "frontend/machines/files.h"
#include "frontend/suite/collect.h"
#include "frontend/suite/merge.h"
#include "frontend/suite/report.h"
#include "frontend/suite/runner.h"
#include "frontend/suite/update.h"
#include "hw/base/clean.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JOBS_MOST = 1024, REPEAT_MOST = 1000, LIMIT_USUAL = 300, STATUS_INTERRUPTED = 130 };
enum { TAP_OLDEST = 13, TAP_NEWEST = 14 };

struct suite_options_values {
    const char *jobs, *junit, *filter, *variant, *shard, *shuffle, *repeat, *limit, *failures;
    const char *merge, *tap;
    const char *set[SCRIPT_SETS];
    unsigned sets;
    bool list, keep, update, yes, help;
};

static bool take_set(void *values, const char *text, struct err *e)
{
    struct suite_options_values *v = values;
    if (!strchr(text, '=') || *text == '=')
        return err_set(e, "-set %.200s: NAME=VALUE, a variable of the scripts", text);
    if (v->sets == SCRIPT_SETS)
        return err_set(e, "-set %.200s: more than %d of them", text, SCRIPT_SETS);
    v->set[v->sets++] = text;
    return true;
}

#define ONCE(...) OPTION_TEXT_ROW(struct suite_options_values, OPTION_ONCE, __VA_ARGS__)
#define FLAG(...) OPTION_FLAG_ROW(struct suite_options_values, __VA_ARGS__)

static const struct option rows[] = {
    ONCE("j", "N", jobs, NULL, "so many tests at once; usually one for each processor"),
    ONCE("junit", "FILE", junit, NULL, "also write JUnit's XML, as CI systems read it"),
    ONCE(
        "tap", "VERSION", tap, NULL,
        "what the answer calls itself: 14 (usual), or 13 for programs that know no later one, such "
        "as prove"),
    ONCE("filter", "PATTERN", filter, NULL,
         "only tests whose name has that in it, or fits a pattern with * and ?"),
    ONCE("variant", "NAME", variant, NULL, "only that one of the variants of each script"),
    ONCE("shard", "K/N", shard, NULL,
         "only the K-th of N parts; tests that begin from one boot stay together"),
    ONCE("shuffle", "SEED", shuffle, NULL, "in an order that the number decides"),
    ONCE("repeat", "N", repeat, NULL,
         "run each test so often; all runs must end in the same state, else the first difference "
         "is shown"),
    ONCE("limit", "SECONDS", limit, NULL,
         "of host time for a run, unless the script says another (300)"),
    ONCE("failures", "DIR", failures, NULL,
         "where tests that failed leave their files (test-failures)"),
    OPTION_FUNCTION_ROW("set", "NAME=VALUE", take_set, NULL,
                        "a variable of all scripts, $NAME; as often as there are variables"),
    FLAG("update", update,
         "pictures that tests expect (wait-screen, assert-screen) are made anew, each after a "
         "question"),
    FLAG("yes", yes, "with -update: yes to all"),
    ONCE("merge", "FILE", merge, NULL,
         "no tests: the JUnit reports that are named instead, of shards, into FILE"),
    FLAG("keep", keep, "keep the files of tests that passed there, too"),
    FLAG("list", list, "only the names"),
    FLAG("help", help, "how to call it"),
    FLAG("h", help, "the same"),
};

const struct option_table suite_options = {rows, ARRAY_SIZE(rows)};

static bool take_number(const char *option, const char *text, double least, double most,
                        double *value, struct err *e)
{
    char *end;
    if (!text)
        return true;
    *value = strtod(text, &end);
    return (end != text && !*end && *value >= least && *value <= most) ||
           err_set(e, "-%s %.60s: a number from %g to %g", option, text, least, most);
}

static bool take_whole(const char *option, const char *text, double most, double *value,
                       struct err *e)
{
    return take_number(option, text, 1, most, value, e) &&
           (*value == floor(*value) ||
            err_set(e, "-%s %.60s: a whole number from 1 to %g", option, text, most));
}

/* Said before the tests are run, not after. */
static bool can_be_written(const char *path, struct err *e)
{
    struct stat st;
    char *folder = strndup(path, (size_t)(strrchr(path, '/') - path) + 1);
    bool ok = folder && access(folder, W_OK) == 0;
    if (!folder)
        err_set(e, "out of memory");
    else if (!ok)
        err_set(e, "-junit %s: %s", path, strerror(errno));
    else if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        ok = err_set(e, "-junit %s: a folder", path);
    free(folder);
    return ok;
}

static bool take_shard(const char *text, struct selection *s, struct err *e)
{
    char rest;
    if (!text)
        return true;
    return (sscanf(text, "%u/%u%c", &s->shard, &s->shards, &rest) == 2 && s->shards >= 1 &&
            s->shards <= 100000 && s->shard >= 1 && s->shard <= s->shards) ||
           err_set(e, "-shard %.60s: K/N, as in 2/4: the second of four parts", text);
}

static bool take_seed(const char *text, struct selection *s, struct err *e)
{
    char *end;
    if (!text)
        return true;
    errno = 0;
    s->seed = strtoull(text, &end, 0);
    s->shuffle = true;
    return (end != text && !*end && *text != '-' && !errno) ||
           err_set(e, "-shuffle %.60s: a whole number", text);
}

/* Commands around a test may want to call the program that runs it. */
static void tell_commands(void)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (n <= 0)
        return;
    path[n] = 0;
    setenv("FERRITE", path, 1);
}

/* A folder of our own for the tests' files; freed by the caller. */
static char *make_scratch(struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/ferrite-test-XXXXXX", tmp && *tmp ? tmp : "/tmp") < 0)
        path = NULL;
    if (path && mkdtemp(path))
        return path;
    err_set(e, "%s: %s", path ? path : "/tmp", strerror(errno));
    free(path);
    return NULL;
}

static char *absolute(const char *path, struct err *e)
{
    char *cwd = getcwd(NULL, 0), *whole = NULL;
    if (*path == '/')
        whole = strdup(path);
    else if (!cwd || asprintf(&whole, "%s/%s", cwd, path) < 0)
        whole = NULL;
    free(cwd);
    if (!whole)
        err_set(e, "%s: %s", path, strerror(errno));
    return whole;
}

struct said {
    FILE *out;
    struct totals totals;
};

static void report(void *opaque, const struct test *t, const struct record *r)
{
    struct said *said = opaque;
    tap_test(said->out, t, r);
    said->totals.passed += r->outcome == PASSED;
    said->totals.skipped += r->outcome == SKIPPED;
    said->totals.failed += r->outcome == FAILED || r->outcome == BROKEN;
}

static int run_all(const struct tests *tests, const struct job_rules *rules, unsigned jobs,
                   unsigned tap, const char *junit, FILE *out, FILE *messages)
{
    struct record *records = calloc(tests->count, sizeof(*records));
    struct said said = {.out = out};
    struct err e;
    if (!records) {
        err_set(&e, "out of memory");
        return subcommand_refused(messages, &e);
    }
    tap_begin(out, tap, tests->count);
    enum runner_end end = runner_run(tests, rules, jobs, records, report, &said, &e);
    int status = said.totals.failed ? SUBCOMMAND_FAILED : SUBCOMMAND_DONE;
    if (end == RUNNER_INTERRUPTED) {
        fputs("Bail out! interrupted\n", out);
        status = STATUS_INTERRUPTED;
    } else if (end == RUNNER_FAILED) {
        status = subcommand_refused(messages, &e);
    } else {
        tap_end(out, &said.totals);
        if (junit && !junit_write(junit, tests, records, &e))
            status = subcommand_refused(messages, &e);
        else if (!status && !said.totals.passed)
            status = SUITE_ALL_SKIPPED;
    }
    free(records);
    return status;
}

/* After the tests: the status with which it ends. */
static int update(const char *folder, bool yes, int status, FILE *out, FILE *messages)
{
    struct err e;
    unsigned left;
    enum update_answer answer = yes ? UPDATE_YES : isatty(STDIN_FILENO) ? UPDATE_ASK : UPDATE_SAY;
    if (!update_pictures(folder, answer, stdin, out, messages, &left, &e))
        return subcommand_refused(messages, &e);
    return left && status == SUBCOMMAND_DONE ? SUBCOMMAND_FAILED : status;
}

static int merge(const char *to, char **path, size_t count, FILE *out, FILE *messages)
{
    struct merged sum;
    struct err e;
    if (!merge_reports(to, path, count, &sum, &e))
        return subcommand_refused(messages, &e);
    unsigned failed = sum.failures + sum.errors;
    fprintf(out, "# %u passed, %u failed, %u skipped\n", sum.tests - failed - sum.skipped, failed,
            sum.skipped);
    return failed                     ? SUBCOMMAND_FAILED
           : sum.tests == sum.skipped ? SUITE_ALL_SKIPPED
                                      : SUBCOMMAND_DONE;
}

static int list_all(const struct tests *tests, FILE *out)
{
    for (size_t i = 0; i < tests->count; i++)
        clean_printf(out, "%s\n", tests->test[i].name);
    return SUBCOMMAND_DONE;
}

static int run_suite(const struct suite_options_values *v, struct tests *tests, FILE *out,
                     FILE *messages)
{
    struct err e;
    double jobs = (double)sysconf(_SC_NPROCESSORS_ONLN), repeat = 1, limit = LIMIT_USUAL,
           tap = TAP_NEWEST;
    bool ok = take_whole("j", v->jobs, JOBS_MOST, &jobs, &e) &&
              take_whole("repeat", v->repeat, REPEAT_MOST, &repeat, &e) &&
              take_number("limit", v->limit, 0.1, 1e9, &limit, &e) &&
              take_number("tap", v->tap, TAP_OLDEST, TAP_NEWEST, &tap, &e);
    char *failures = ok ? absolute(v->failures ? v->failures : "test-failures", &e) : NULL;
    char *junit = failures && v->junit ? absolute(v->junit, &e) : NULL;
    bool writes = failures && (!v->junit || (junit && can_be_written(junit, &e)));
    char *scratch = writes ? make_scratch(&e) : NULL;
    char *updates = NULL;
    int status;
    if (scratch && v->update && asprintf(&updates, "%s/updates", scratch) < 0)
        updates = NULL;
    if (scratch) {
        tell_commands();
        struct job_rules rules = {.limit = limit,
                                  .repeat = (unsigned)repeat,
                                  .scratch = scratch,
                                  .failures = failures,
                                  .keep = v->keep,
                                  .set = v->set,
                                  .sets = v->sets,
                                  .updates = updates};
        status = run_all(tests, &rules, (unsigned)jobs, (unsigned)tap, junit, out, messages);
        if (updates && status != STATUS_INTERRUPTED)
            status = update(updates, v->yes, status, out, messages);
        files_remove_tree(scratch, &e);
    } else {
        status = subcommand_refused(messages, &e);
    }
    free(updates);
    free(failures);
    free(junit);
    free(scratch);
    return status;
}

static void say_usage(FILE *out)
{
    fputs("ferrite test [OPTION]... DIR|FILE...: guest scripts as tests; ferrite help test\n", out);
}

/* Options may stand between and behind the paths, which move to the front of argv. */
static bool parse(struct suite_options_values *v, int argc, char **argv, size_t *paths,
                  struct err *e)
{
    *paths = 0;
    for (int at = 0, rest; at < argc; at = rest + 1) {
        if (!option_parse(suite_options, v, argc, argv, at, &rest, e))
            return false;
        if (rest < argc)
            argv[(*paths)++] = argv[rest];
    }
    if (v->yes && !v->update)
        return err_set(e, "-yes says nothing without -update");
    return v->help || *paths ||
           err_set(e, v->merge
                          ? "test -merge wants reports: ferrite test -merge ALL.xml A.xml B.xml"
                          : "test wants scripts, or folders with scripts");
}

int suite_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct suite_options_values v = {0};
    struct selection selection = {0};
    struct tests tests = {0};
    struct err e;
    size_t paths;
    int status;
    if (!parse(&v, argc, argv, &paths, &e))
        return subcommand_refused(messages, &e);
    if (v.help) {
        say_usage(out);
        return SUBCOMMAND_DONE;
    }
    if (v.merge)
        return merge(v.merge, argv, paths, out, messages);
    selection.filter = v.filter;
    selection.variant = v.variant;
    bool ok = take_shard(v.shard, &selection, &e) && take_seed(v.shuffle, &selection, &e) &&
              tests_collect(&tests, argv, paths, &e);
    if (ok) {
        size_t all = tests.count;
        tests_select(&tests, &selection);
        if (!tests.count && !all)
            ok = err_set(&e, "%s: there is no *.script in it", argv[0]);
        else if (!tests.count && !selection.shards)
            ok = err_set(&e, "-%s %s: none of %zu tests has that name",
                         v.filter ? "filter" : "variant", v.filter ? v.filter : v.variant, all);
    }
    if (!ok)
        status = subcommand_refused(messages, &e);
    else
        status = v.list ? list_all(&tests, out) : run_suite(&v, &tests, out, messages);
    tests_free(&tests);
    return status;
}
