/*
 * machine_close.c - the end of a command line's machine: what has to be written is written, and
 * said where it could not be. See machine_close.h.
 */
#include "frontend/cli/machine_close.h"

#include "frontend/cli/confine.h"
#include "frontend/cli/limits.h"
#include "frontend/cli/machine_consoles.h"
#include "frontend/cli/machine_counts.h"
#include "frontend/cli/machine_recording.h"
#include "frontend/cli/outside.h"
#include "frontend/control/audio.h"
#include "frontend/control/sound_in.h"
#include "frontend/http/http.h"
#include "frontend/timeline/timeline.h"

#include <errno.h>
#include <string.h>

/* Log lines that did not get into their file. */
static bool log_ok(struct machine *m, struct err *e)
{
    FILE *f = m->log.out;
    if (!m->options->log_file || !f)
        return true;
    bool failed = ferror(f);
    errno = 0;
    failed |= fflush(f) != 0;
    return !failed || err_set(e, "-D %s: cannot be written: %s", m->options->log_file,
                              strerror(errno ? errno : ENOSPC));
}

bool machine_outputs_ok(struct machine *m)
{
    struct err e;
    bool ok = machine_consoles_ok(m, &e) && log_ok(m, &e) && vm_outputs_ok(m->vm, &e) &&
              audio_ok(&m->control, &e) && limits_ok(m, &e);
    if (ok || m->told_output)
        return ok;
    m->told_output = true;
    fprintf(stderr, "ferrite: %s\n", e.text);
    return false;
}

static void print_stats(const struct machine *m)
{
    double host = host_seconds() - m->started;
    double instructions = (double)(vm_instructions(m->vm) - m->instructions_before);
    fprintf(stderr, "instructions: %llu\nguest seconds: %.9f\nhost seconds: %.3f\nMIPS: %.1f\n",
            (unsigned long long)vm_instructions(m->vm), (double)vm_now(m->vm) / 1e9, host,
            host > 0 ? instructions / host / 1e6 : 0.0);
    vm_print_jit(m->vm, stderr);
    fprintf(stderr, "skipped in loops that wait: %llu instructions\n",
            (unsigned long long)vm_skipped(m->vm));
    u64 hash;
    if (vm_trace_hash(m->vm, &hash))
        fprintf(stderr, "trace hash: %016llx\n", (unsigned long long)hash);
}

/* What happened on the way out (the last devices' lines, a host that reports late) counts too. */
static void close_log(struct machine *m)
{
    struct err e;
    bool ok = log_ok(m, &e);
    errno = 0;
    if (fclose(m->log.out) != 0 && ok)
        ok = err_set(&e, "-D %s: cannot be written: %s", m->options->log_file,
                     strerror(errno ? errno : ENOSPC));
    if (ok)
        return;
    if (!m->told_output)
        fprintf(stderr, "ferrite: %s\n", e.text);
    if (m->status == 0)
        m->status = SCRIPT_BAD;
}

static void print_last_screen(const struct machine *m)
{
    char text[16384];
    size_t n = vm_screen_text(m->vm, text, sizeof(text));
    /* The blank lines at the end say nothing. */
    n = n < sizeof(text) ? n : sizeof(text) - 1;
    while (n && text[n - 1] == '\n')
        n--;
    if (n)
        fprintf(stderr, "%.*s\n", (int)n, text);
}

/* The last sounds are written now, and may not find room. */
static void close_audio(struct machine *m)
{
    struct err e;
    if (audio_stop(&m->control, &e))
        return;
    if (!m->told_output)
        fprintf(stderr, "ferrite: %s\n", e.text);
    m->told_output = true;
    if (m->status == 0)
        m->status = SCRIPT_BAD;
}

/* One that came to nothing before has been told of, but not by the exit status. */
static void close_recording(struct machine *m)
{
    struct err e;
    bool told = !m->control.capture;
    if (told && !m->control.capture_error.text[0])
        return;
    if (control_record_stop(&m->control, &e))
        return;
    if (!told)
        fprintf(stderr, "ferrite: %s\n", e.text);
    if (m->status == 0)
        m->status = SCRIPT_BAD;
}

int machine_close(struct machine *m)
{
    outside_close(m);
    machine_flush_consoles(m);
    if (m->vm && !machine_outputs_ok(m) && m->status == 0)
        m->status = SCRIPT_BAD;
    machine_close_consoles(m);
    close_recording(m);
    machine_close_recorded(m);
    close_audio(m);
    timeline_free(m->control.timeline);
    m->control.timeline = NULL;
    machine_end_counts(m);
    if (m->vm) {
        if (m->options->stats && m->started > 0)
            print_stats(m);
        if (m->options->last_screen)
            print_last_screen(m);
        struct err e;
        if (!vm_free(m->vm, &e)) {
            fprintf(stderr, "ferrite: %s\n", e.text);
            if (m->status == 0)
                m->status = 1;
        }
    }
    http_close(m->http);
    m->http = NULL;
    machine_free_recording(m);
    struct err why;
    if (!midi_port_close(m->midi, &why)) {
        fprintf(stderr, "ferrite: %s\n", why.text);
        if (m->status == 0)
            m->status = SCRIPT_BAD;
    }
    midi_input_close(m->midi_in);
    sound_in_close(m->sound_in);
    script_run_free(m->run);
    control_free(&m->control);
    lessons_live_free(&m->lessons);
    script_free(m->script);
    confine_end(m);
    if (m->log.out && m->log.out != stderr)
        close_log(m);
    return m->status;
}
