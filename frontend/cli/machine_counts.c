/*
 * machine_counts.c - see machine_counts.h.
 */
#include "frontend/cli/machine_counts.h"

#include "frontend/profile/trace_spec.h"

#include <stdio.h>
#include <string.h>

static bool load_symbols(struct machine *m, struct err *e)
{
    const struct options *o = m->options;
    if (!o->symbol_files)
        return true;
    m->control.symbols = symbols_new();
    if (!m->control.symbols)
        return err_set(e, "out of memory");
    bool ok = true;
    for (unsigned i = 0; ok && i < o->symbol_files; i++)
        ok = symbols_load(m->control.symbols, o->symbols[i], e);
    return ok;
}

static bool begin_trace(struct machine *m, struct err *e)
{
    const struct options *o = m->options;
    struct vm_exec_trace t;
    if (!trace_spec_parse(&t, o->trace ? o->trace : "", m->control.symbols, e))
        return false;
    /* Without exec or cpu the words are for the command `trace on`. */
    return (!o->trace && !(o->log_mask & (LOG_EXEC | LOG_CPU))) || vm_exec_trace_set(m->vm, &t, e);
}

/* Lines of source are read now: libraries are out of the sandbox's reach later. */
static bool read_lines(struct machine *m, struct err *e)
{
    const struct options *o = m->options;
    struct err why;
    if (o->coverage && !control_coverage_lines(&m->control, o->coverage, o->coverage_format, &why))
        return err_set(e, "-coverage %s: %.300s", o->coverage, why.text);
    for (size_t i = 0; m->script && i < m->script->count; i++) {
        const struct script_command *c = &m->script->command[i];
        const struct value *arg = c->request.arg;
        if (!c->request.row || strcmp(c->request.row->name, "coverage save") != 0)
            continue;
        const char *format = arg[1].given ? c->request.row->param[1].words[arg[1].number] : NULL;
        if (!control_coverage_lines(&m->control, arg[0].text, format, &why))
            return err_set(e, "%s:%u: %.300s", c->path, c->line, why.text);
    }
    return true;
}

bool machine_begin_counts(struct machine *m, struct err *e)
{
    const struct options *o = m->options;
    return load_symbols(m, e) && read_lines(m, e) && begin_trace(m, e) &&
           (!(o->profile || o->coverage) || control_profile(&m->control, e));
}

static void saved(struct machine *m, const char *option, bool ok, const struct err *why)
{
    if (ok)
        return;
    fprintf(stderr, "ferrite: %s %s\n", option, why->text);
    if (m->status == 0)
        m->status = SCRIPT_BAD;
}

void machine_end_counts(struct machine *m)
{
    const struct options *o = m->options;
    struct err e;
    if (m->started > 0 && o->profile)
        saved(m, "-profile", control_profile_save(&m->control, o->profile, o->profile_format, &e),
              &e);
    if (m->started > 0 && o->coverage)
        saved(m, "-coverage",
              control_coverage_save(&m->control, o->coverage, o->coverage_format, &e), &e);
    control_profile_free(&m->control);
}
