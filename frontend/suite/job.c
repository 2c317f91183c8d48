/*
 * job.c - see job.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/suite/job.h"

#include "frontend/machines/files.h"
#include "frontend/suite/job_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_BAD = 2 };

struct job {
    const struct test *test;
    const struct job_rules *rules;
    int orders; /* for its machine; -1: one of its own */
    struct record *r;
    char *root;   /* of this test */
    char *folder; /* of the present run: ${TMP} */
    double limit;
    int expected;
    struct facts end; /* of the run that failed */
};

static void say(struct job *j, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void say(struct job *j, const char *fmt, ...)
{
    size_t at = strlen(j->r->why);
    va_list args;
    va_start(args, fmt);
    vsnprintf(j->r->why + at, sizeof(j->r->why) - at, fmt, args);
    va_end(args);
}

static bool judge(struct job *j, enum outcome outcome)
{
    j->r->outcome = outcome;
    return outcome == PASSED;
}

void job_isolate(int parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it is dead already */
        _exit(STATUS_BAD);
}

/* ---- the commands around a run ---- */

const char *job_commands(const struct test *t, enum header_key key, double limit,
                         struct job_end *end)
{
    const char *command;
    size_t at = 0;
    int file = -1;
    while ((command = test_file_value(t->file, key, t->variant, &at))) {
        if (file < 0)
            file = open("../commands", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (!job_shell(command, file, limit, end) || !end->in_time || end->status != 0)
            break;
    }
    if (file >= 0)
        close(file);
    return command;
}

static bool run_commands(struct job *j, enum header_key key, const char *what)
{
    struct job_end end;
    const char *command = job_commands(j->test, key, j->limit, &end);
    if (!command)
        return true;
    if (end.error)
        say(j, "# %s: %s: no process: %s\n", what, command, strerror(end.error));
    else if (!end.in_time)
        say(j, "# %s: %s: longer than %g s\n", what, command, j->limit);
    else if (WIFEXITED(end.status))
        say(j, "# %s: %s: exit status %d\n", what, command, WEXITSTATUS(end.status));
    else
        say(j, "# %s: %s: %s\n", what, command, strsignal(WTERMSIG(end.status)));
    return judge(j, key == HEADER_BEFORE ? BROKEN : FAILED);
}

/* The first lines of what the machine had to say. */
static void quote(struct job *j)
{
    char text[1200];
    FILE *f = fopen("../stderr", "re");
    size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
    if (f)
        fclose(f);
    text[n] = 0;
    if (n == sizeof(text) - 1 && strrchr(text, '\n'))
        strcpy(strrchr(text, '\n') + 1, "...");
    say(j, "%s", text);
}

static bool judge_status(struct job *j, int status, bool in_time)
{
    struct record *r = j->r;
    r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (!in_time) {
        say(j, "longer than %g s\n", j->limit);
        quote(j);
        return judge(j, FAILED);
    }
    if (!WIFEXITED(status)) {
        say(j, "the emulator crashed: %s\n", strsignal(WTERMSIG(status)));
        quote(j);
        return judge(j, BROKEN);
    }
    if (r->status == j->expected)
        return true;
    say(j, "exit status %d, expected %d\n", r->status, j->expected);
    quote(j);
    char name[200];
    if (r->status == STATUS_BAD &&
        job_options_beside(j->test->file, j->test->variant, name, sizeof(name)))
        say(j, "%s lies beside the script, and a test runs in a folder of its own: ${DIR}/%s\n",
            name, name);
    return judge(j, r->status == STATUS_BAD ? BROKEN : FAILED);
}

static bool run_in_process(struct job *j, struct facts *facts)
{
    const struct job_files files = {"stdout", "../stderr", j->limit};
    struct machine_job own = {.test = j->test,
                              .rules = j->rules,
                              .root = j->root,
                              .folder = j->folder,
                              .index = j->r->index,
                              .expected = j->expected};
    struct order order = {.index = j->r->index, .run = j->r->runs, .limit = j->limit};
    struct job_end end;
    bool ran = j->orders < 0 ? job_process(machine_job_run, &own, &files, &end)
                             : job_ordered(j->orders, &order, &files, &end);
    if (!ran) {
        say(j, "no process: %s\n",
            end.error ? strerror(end.error) : "the one that has booted for it is gone");
        return judge(j, BROKEN);
    }
    *facts = end.facts;
    return judge_status(j, end.status, end.in_time);
}

/* ---- one run, and more of them ---- */

bool job_enter(const struct test *t, const char *folder, const char *state, struct err *e)
{
    if (!files_make_folder(folder, e) || chdir(folder) != 0)
        return err_set(e, "no folder for it: %.300s: %s", folder, strerror(errno));
    setenv("XDG_STATE_HOME", state, 1); /* what a machine keeps of its folders */
    setenv("TMP", folder, 1);
    setenv("DIR", t->file->folder, 1);
    setenv("VARIANT", t->variant, 1);
    return true;
}

static bool enter_folder(struct job *j, unsigned run)
{
    struct err e = {"out of memory"};
    char *state = NULL;
    free(j->folder);
    j->folder = NULL;
    bool ok = asprintf(&state, "%s/%u/state", j->root, run + 1) > 0 &&
              asprintf(&j->folder, "%s/%u/files", j->root, run + 1) > 0 &&
              job_enter(j->test, j->folder, state, &e);
    free(state);
    if (ok)
        return true;
    say(j, "%s\n", e.text);
    return judge(j, BROKEN);
}

/* The same in every run, beside the files. */
static void keep_facts(const struct facts *facts)
{
    FILE *f = fopen("stats", "we");
    if (!f)
        return;
    fprintf(f, "instructions: %llu\nguest time: %llu ns\nstate hash: %016llx\n",
            (unsigned long long)facts->instructions, (unsigned long long)facts->guest_ns,
            (unsigned long long)facts->hash);
    fclose(f);
}

static bool compare_folders(struct job *j)
{
    char command[2 * PATH_MAX + 64];
    snprintf(command, sizeof(command),
             "diff -r '%s/1/files' '%s/%u/files' >&2 && "
             "diff '%s/1/stderr' '%s/%u/stderr' >&2",
             j->root, j->root, j->r->runs, j->root, j->root, j->r->runs);
    struct job_end end;
    int out = open("../stderr", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool same = job_shell(command, out, j->limit, &end) && end.in_time && end.status == 0;
    close(out);
    if (same)
        return true;
    say(j, "run %u of the same test is not as the first was; the first difference:\n", j->r->runs);
    quote(j);
    return judge(j, FAILED);
}

static bool all_runs(struct job *j)
{
    const struct test *t = j->test;
    bool twice = test_file_last(t->file, HEADER_TWICE, t->variant);
    unsigned runs = j->rules->repeat > 1 ? j->rules->repeat : twice ? 2 : 1;
    struct facts first = {.guest_status = -1}, facts = first;
    for (unsigned i = 0; i < runs; i++) {
        j->r->runs = i + 1;
        if (!enter_folder(j, i) || !run_commands(j, HEADER_BEFORE, "before"))
            return false;
        bool ok = run_in_process(j, &facts);
        j->r->hash = facts.hash;
        j->r->instructions = facts.instructions;
        j->r->guest_ns = facts.guest_ns;
        j->r->guest_status = (s32)facts.guest_status;
        j->end = facts;
        if (!ok || !run_commands(j, HEADER_AFTER, "after"))
            return false;
        if (runs > 1)
            keep_facts(&facts);
        if (i == 0)
            first = facts;
        bool same = memcmp(&first, &facts, sizeof(facts)) == 0;
        if (i && (twice || !same) && !compare_folders(j))
            return false;
    }
    return judge(j, PASSED);
}

/* ---- what it needs ---- */

static bool there(const char *what)
{
    char path[PATH_MAX];
    const char *dirs = getenv("PATH");
    if (access(what, F_OK) == 0)
        return true;
    while (!strchr(what, '/') && dirs && *dirs) {
        size_t n = strcspn(dirs, ":");
        snprintf(path, sizeof(path), "%.*s/%s", (int)n, dirs, what);
        if (access(path, X_OK) == 0)
            return true;
        dirs += n + (dirs[n] == ':');
    }
    return false;
}

static bool has_needs(struct job *j)
{
    const struct test *t = j->test;
    struct test_names names = {.tmp = j->root, .dir = t->file->folder, .variant = t->variant};
    const char *need, *how;
    size_t at = 0, get = 0;
    while ((need = test_file_value(t->file, HEADER_NEEDS, t->variant, &at))) {
        struct err e = {{0}};
        char *what = test_file_expand(need, &names, &e);
        bool ok = what && there(what);
        if (!ok)
            say(j, "needs %s%s%s\n", what ? what : need, what ? "" : ": ", e.text);
        free(what);
        if (ok)
            continue;
        while ((how = test_file_value(t->file, HEADER_GET, t->variant, &get)))
            say(j, "get it: %s\n", how);
        return judge(j, SKIPPED);
    }
    return true;
}

static bool has_numbers(struct job *j)
{
    const struct test *t = j->test;
    struct err e;
    if (test_file_status(t->file, t->variant, &j->expected, &e) &&
        test_file_number(t->file, HEADER_LIMIT, t->variant, 0.1, j->rules->limit, &j->limit, &e))
        return true;
    say(j, "%s\n", e.text);
    return judge(j, BROKEN);
}

/* ---- afterwards ---- */

/* A name for a folder: no slashes. */
static void flat(char *out, size_t size, const char *name)
{
    size_t i = 0;
    for (; name[i] && i + 1 < size; i++)
        out[i] = name[i] == '/' || name[i] == ':' ? '-' : name[i];
    out[i] = 0;
}

static void tidy(struct job *j)
{
    char name[200], to[1000];
    struct err e;
    struct record *r = j->r;
    bool keep = j->rules->keep || r->outcome == FAILED || r->outcome == BROKEN;
    if (chdir("/") != 0 || !j->root)
        return;
    if (keep && r->runs) {
        flat(name, sizeof(name), j->test->name);
        snprintf(to, sizeof(to), "%.700s/%s", j->rules->failures, name);
        files_remove_tree(to, &e); /* of an earlier call */
        bool kept = files_make_folder(j->rules->failures, &e) &&
                    (rename(j->root, to) == 0 ||
                     (files_copy_tree(j->root, to, NULL, &e) && files_remove_tree(j->root, &e)));
        if (kept)
            snprintf(r->kept, sizeof(r->kept), "%s", to);
        else
            say(j, "nothing could be kept: %s\n", e.text);
        size_t n = strlen(r->why);
        if (kept && r->outcome != PASSED && j->end.ran)
            job_record(j->test, j->rules, to, j->limit, &j->end, r->why + n, sizeof(r->why) - n);
    }
    if (!*r->kept)
        files_remove_tree(j->root, &e);
}

void job_run(const struct test *test, const struct job_rules *rules, int orders, struct record *r)
{
    struct job j = {.test = test, .rules = rules, .orders = orders, .r = r};
    double began = host_seconds();
    r->status = -1;
    r->guest_status = -1;
    if (asprintf(&j.root, "%s/%u", rules->scratch, r->index + 1) < 0)
        j.root = NULL;
    if (!j.root) {
        say(&j, "out of memory\n");
        judge(&j, BROKEN);
    } else if (has_numbers(&j) && has_needs(&j)) {
        all_runs(&j);
    }
    tidy(&j);
    free(j.folder);
    free(j.root);
    r->seconds = host_seconds() - began;
}
