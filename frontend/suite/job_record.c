/*
 * job_record.c - a test that failed, once more and recorded. See job.h.
 *
 * A recording costs nothing to speak of while a machine runs, but the hashes of its images do when
 * it starts: so not every test is recorded, but a failed one is run again. That is the same run,
 * unless something outside of the machine took part in it; where it ends says so.
 *
 * Its files are where they will stay, so that the recording finds them. Disks are -snapshot, as
 * recordings want it; the guest sees no difference.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/suite/job.h"

#include "frontend/cli/confine.h"
#include "frontend/cli/headless.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT_MOST = 60 }; /* seconds, for a test that hangs */

struct again {
    const struct test *test;
    const struct job_rules *rules;
    const char *kept; /* the folder of all that the test leaves */
    char folder[2000], state[2000], file[2000];
};

/* The script that the test begins from has its own head. */
static bool open_again(const struct again *a, struct machine *m, struct job_options *o,
                       struct ending *ending, struct err *e)
{
    const char *const more[] = {"-snapshot", "-record", a->file, NULL};
    const struct test *t = a->test;
    struct test_file *from = t->from ? test_file_read(t->from, e) : NULL;
    if (t->from && !from)
        return false;
    bool ok =
        from ? job_options(o, from, "", t->from, a->folder, a->rules, more, e)
             : job_options(o, t->file, t->variant, t->file->path, a->folder, a->rules, more, e);
    test_file_free(from);
    if (!ok || !ending_begin(ending, o->o.limit_host, e) ||
        !machine_open(m, &o->o, ending, false, e))
        return false;
    if (!t->from)
        return true;
    headless_run(m);
    return (m->status == 0 || err_set(e, "%s ended with status %d", t->from, m->status)) &&
           machine_next_script(m, t->file->path, ending, e);
}

static void run_again(void *opaque, int out, int err, int tell)
{
    const struct again *a = opaque;
    struct machine *m = calloc(1, sizeof(*m));
    struct ending ending;
    struct job_options o = {0};
    struct facts facts = {.guest_status = -1};
    struct err e = {"out of memory"};
    int none = open("/dev/null", O_RDONLY);
    dup2(none, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    signal(SIGPIPE, SIG_IGN);
    bool ok = m && open_again(a, m, &o, &ending, &e);
    if (ok) {
        m->scratch = a->kept;
        ok = confine(m, &e);
    }
    if (ok) {
        headless_run(m);
        ending_over(&ending);
        job_gather(m, &facts);
        machine_close(m);
    } else {
        fprintf(stderr, "ferrite: %s\n", e.text);
    }
    fflush(NULL);
    (void)!write(tell, &facts, sizeof(facts));
    _exit(ok ? 0 : 2);
}

/* The first line of what it said. */
static void first_line(const char *path, char *line, size_t size)
{
    FILE *f = fopen(path, "re");
    if (!f || !fgets(line, (int)size, f))
        snprintf(line, size, "it says nothing");
    line[strcspn(line, "\n")] = 0;
    if (f)
        fclose(f);
}

void job_record(const struct test *test, const struct job_rules *rules, const char *kept,
                double limit, const struct facts *end, char *why, size_t size)
{
    struct again a = {.test = test, .rules = rules, .kept = kept};
    const struct job_files files = {"../stdout", "../stderr",
                                    limit < LIMIT_MOST ? limit : LIMIT_MOST};
    struct job_end again;
    struct err e;
    char line[300];
    snprintf(a.folder, sizeof(a.folder), "%s/recording/files", kept);
    snprintf(a.state, sizeof(a.state), "%s/recording/state", kept);
    snprintf(a.file, sizeof(a.file), "%s/recording/run.rec", kept);
    if (!job_enter(test, a.folder, a.state, &e)) {
        snprintf(why, size, "no recording: %s\n", e.text);
        return;
    }
    const char *command = job_commands(test, HEADER_BEFORE, files.limit, &again);
    if (command)
        snprintf(why, size, "no recording: a second time, # before: %s failed\n", command);
    else if (!job_process(run_again, &a, &files, &again))
        snprintf(why, size, "no recording: no process\n");
    else if (WIFEXITED(again.status) && WEXITSTATUS(again.status) != 0) {
        first_line("../stderr", line, sizeof(line));
        snprintf(why, size, "no recording: %s\n", line);
    } else if (again.in_time && (again.facts.instructions != end->instructions ||
                                 again.facts.guest_ns != end->guest_ns))
        snprintf(why, size,
                 "ferrite replay %s shows a second run, which went another way: something outside "
                 "of the machine takes part in this test\n",
                 a.file);
    else
        snprintf(why, size, "ferrite replay %s shows it\n", a.file);
    (void)!chdir("/");
}
