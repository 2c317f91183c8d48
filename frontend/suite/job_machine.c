/*
 * job_machine.c - see job_machine.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/suite/job_machine.h"

#include "frontend/cli/confine.h"
#include "frontend/cli/headless.h"
#include "frontend/machines/files.h"
#include "frontend/suite/aftermath.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    STATUS_BAD = 2,
    LATER = 10 /* seconds after its job would have ended it */
};

void job_gather(struct machine *m, struct facts *facts)
{
    struct err e;
    facts->ran = 1;
    facts->guest_status = -1;
    if (!m->vm)
        return;
    if (!vm_state_hash(m->vm, &facts->hash, &e))
        facts->hash = 0;
    facts->instructions = vm_instructions(m->vm);
    facts->guest_ns = vm_now(m->vm);
    if (m->control.ended == VM_DEBUG_EXIT)
        facts->guest_status = vm_exit_status(m->vm);
    else if (m->control.ended == VM_PROGRAM_END)
        facts->guest_status = vm_program_status(m->vm);
}

void job_updates(struct machine *m, const struct job_rules *rules, const char *name, u32 number,
                 char *path, size_t size)
{
    struct err e;
    if (!rules->updates)
        return;
    snprintf(path, size, "%s/%s%u", rules->updates, name, number);
    if (files_make_folder(path, &e)) {
        m->control.updates = path;
        m->control.updated = 0;
    }
}

struct run {
    const struct machine_job *j;
    struct machine *m;
    struct ending ending;
    bool ending_begun;
    struct job_options options;
    char updates[1100];
};

static bool begin_ending(struct run *r, double limit, struct err *e)
{
    r->m->ending = &r->ending;
    r->ending_begun = ending_begin(&r->ending, limit, e);
    return r->ending_begun;
}

static bool close_in(struct run *r, struct err *e)
{
    job_updates(r->m, r->j->rules, "", r->j->index, r->updates, sizeof(r->updates));
    r->m->scratch = r->j->root;
    return confine(r->m, e);
}

static bool begin_alone(struct run *r, struct err *e)
{
    static const char *const nothing[] = {NULL};
    const struct machine_job *j = r->j;
    const struct test_file *f = j->test->file;
    return job_options(&r->options, f, j->test->variant, f->path, j->folder, j->rules, nothing,
                       e) &&
           begin_ending(r, r->options.o.limit_host, e) &&
           machine_open(r->m, &r->options.o, &r->ending, false, e) && close_in(r, e);
}

/* The thread that watches the time comes last: nothing else has to be closed in then. */
static bool begin_booted(struct run *r, struct err *e)
{
    vm_forked(r->m->vm);
    r->m->forked = true;
    r->m->variant = *r->j->test->variant ? r->j->test->variant : NULL;
    return machine_next_script(r->m, r->j->test->file->path, &r->ending, e) && close_in(r, e) &&
           begin_ending(r, r->j->limit, e);
}

static int run_machine(struct run *r, struct facts *facts)
{
    struct machine *m = r->m;
    struct err e;
    bool ok = r->j->booted ? begin_booted(r, &e) : begin_alone(r, &e);
    if (ok)
        headless_run(m);
    if (r->ending_begun)
        ending_over(&r->ending);
    if (!ok)
        fprintf(stderr, "ferrite: %s\n", e.text);
    int status = ok ? m->status : STATUS_BAD;
    if (ok)
        job_gather(m, facts);
    if (ok && status != r->j->expected)
        aftermath_keep(m, "../failure", stderr);
    int closed = m->options ? machine_close(m) : status; /* wrong ones: it never was opened */
    if (r->ending_begun)
        ending_end(&r->ending);
    return ok ? closed : status;
}

void machine_job_run(void *opaque, int out, int err, int tell)
{
    static struct run r; /* of this process, whose whole life it is */
    struct facts facts = {.guest_status = -1};
    r.j = opaque;
    r.m = r.j->booted ? r.j->booted : calloc(1, sizeof(*r.m));
    int none = open("/dev/null", O_RDONLY);
    dup2(none, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    signal(SIGPIPE, SIG_IGN);
    int status = r.m ? run_machine(&r, &facts) : STATUS_BAD;
    fflush(NULL);
    (void)!write(tell, &facts, sizeof(facts));
    _exit(status);
}

void machine_job_ordered(const struct test *test, const struct job_rules *rules,
                         const struct order *o, const int fd[ORDER_FDS], struct machine *booted)
{
    char *root = NULL, *folder = NULL, *state = NULL;
    struct err e = {"out of memory"};
    int expected = 0;
    bool ok = asprintf(&root, "%s/%u", rules->scratch, o->index + 1) > 0 &&
              asprintf(&folder, "%s/%u/files", root, o->run) > 0 &&
              asprintf(&state, "%s/%u/state", root, o->run) > 0 &&
              job_enter(test, folder, state, &e) &&
              test_file_status(test->file, test->variant, &expected, &e);
    if (!ok) {
        dprintf(fd[ORDER_ERR], "ferrite: %s\n", e.text);
        _exit(STATUS_BAD);
    }
    struct machine_job j = {.test = test,
                            .rules = rules,
                            .booted = booted,
                            .root = root,
                            .folder = folder,
                            .index = o->index,
                            .expected = expected,
                            .limit = o->limit + LATER};
    machine_job_run(&j, fd[ORDER_OUT], fd[ORDER_ERR], fd[ORDER_FACTS]);
    _exit(STATUS_BAD); /* it does not come back */
}
