/*
 * rows_profile.c - commands that count what the guest executes (frontend/profile/), and that show
 * it instruction by instruction.
 *
 * Profile and coverage are two views of one count: whoever starts either has both.
 */
#include "frontend/control/rows.h"

#include "frontend/control/out_file.h"
#include "frontend/profile/profile_files.h"
#include "hw/machine/vm_exec_trace.h"

#include <stdlib.h>
#include <string.h>

/* ---- for the machine's own options, too ---- */

static u32 symbol_at(void *symbols, u32 lin)
{
    return symbols ? symbols_at(symbols, lin) : 0;
}

bool control_profile(struct control *c, struct err *e)
{
    if (!c->profile)
        c->profile = vm_profile_new(c->vm, symbol_at, c->symbols);
    if (!c->profile)
        return err_set(e, "out of memory");
    vm_profile_count(c->profile, true);
    return true;
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* A stream into memory that is saved as a whole when all is in it. */
static bool save(const char *path, FILE *f, char **text, const size_t *size, bool ok, struct err *e)
{
    if (!f)
        return err_set(e, "out of memory");
    bool whole = !ferror(f);
    whole = fclose(f) == 0 && whole;
    ok = ok && (whole || err_set(e, "out of memory")) && out_file_save(path, *text, *size, e);
    free(*text);
    return ok;
}

bool control_profile_save(struct control *c, const char *path, const char *format, struct err *e)
{
    char *text = NULL;
    size_t size = 0;
    if (!c->profile)
        return err_set(e, "nothing has been counted: profile start begins");
    bool speedscope =
        format ? strcmp(format, "speedscope") == 0 : ends_in(path, ".speedscope.json");
    FILE *f = open_memstream(&text, &size);
    if (f && speedscope)
        profile_write_speedscope(c->profile, c->symbols, path, f);
    else if (f)
        profile_write_folded(c->profile, c->symbols, f);
    return save(path, f, &text, &size, true, e);
}

static bool wants_lines(const char *path, const char *format)
{
    return format ? strcmp(format, "lcov") == 0 : ends_in(path, ".info");
}

bool control_coverage_lines(struct control *c, const char *path, const char *format, struct err *e)
{
    if (!c->lines && wants_lines(path, format))
        c->lines = source_lines_read(c->symbols, e);
    return c->lines || !wants_lines(path, format);
}

bool control_coverage_save(struct control *c, const char *path, const char *format, struct err *e)
{
    char *text = NULL;
    size_t size = 0;
    bool ok = true;
    if (!c->profile)
        return err_set(e, "nothing has been counted: profile start begins");
    if (!control_coverage_lines(c, path, format, e))
        return false;
    FILE *f = open_memstream(&text, &size);
    if (f && wants_lines(path, format))
        ok = coverage_write_lcov(c->profile, c->symbols, c->lines, f, e);
    else if (f)
        coverage_write_drcov(c->profile, c->symbols, f);
    return save(path, f, &text, &size, ok, e);
}

void control_profile_free(struct control *c)
{
    vm_profile_free(c->profile);
    c->profile = NULL;
    source_lines_free(c->lines);
    c->lines = NULL;
    symbols_free(c->symbols);
    c->symbols = NULL;
}

/* ---- rows: profile ---- */

static enum command_state start(struct call *call)
{
    if (!control_profile(call->control, &call->error))
        return call_host_failed(call);
    vm_profile_clear(call->control->profile);
    return COMMAND_DONE;
}

static enum command_state stop(struct call *call)
{
    struct vm_profile *p = call->control->profile;
    if (!p || !vm_profile_counts(p))
        return call_fails(call, FAULT_HOST, "nothing is being counted");
    vm_profile_count(p, false);
    return COMMAND_DONE;
}

static enum command_state status(struct call *call)
{
    const struct vm_profile *p = call->control->profile;
    struct vm_profile_block b;
    struct vm_profile_node n;
    u32 blocks = 0, chains = 0;
    reply_bool(call->reply, "counting", p && vm_profile_counts(p));
    if (!p)
        return COMMAND_DONE;
    for (u32 i = 0; vm_profile_block(p, i, &b); i++)
        blocks += b.hits > 0;
    for (u32 i = 0; vm_profile_node(p, i, &n); i++)
        chains += n.self > 0;
    reply_int(call->reply, "instructions", (s64)vm_profile_total(p));
    reply_int(call->reply, "chains of calls", chains);
    reply_int(call->reply, "blocks", blocks);
    if (vm_profile_full(p))
        reply_text(call->reply, "note",
                   "there was more code, or more chains of calls, than are kept apart");
    return COMMAND_DONE;
}

static const char *const profile_formats[] = {"folded", "speedscope", NULL};
static const char *const coverage_formats[] = {"drcov", "lcov", NULL};

typedef bool save_fn(struct control *c, const char *path, const char *format, struct err *e);

static enum command_state save_as(struct call *call, save_fn *fn, const char *const *formats)
{
    const struct value *arg = call->request->arg;
    const char *format = arg[1].given ? formats[arg[1].number] : NULL;
    if (!fn(call->control, arg[0].text, format, &call->error))
        return call_host_failed(call);
    reply_text(call->reply, "file", arg[0].text);
    reply_int(call->reply, "instructions", (s64)vm_profile_total(call->control->profile));
    reply_say(call->reply, "%llu instructions in %.300s",
              (unsigned long long)vm_profile_total(call->control->profile), arg[0].text);
    return COMMAND_DONE;
}

static enum command_state profile_save(struct call *call)
{
    return save_as(call, control_profile_save, profile_formats);
}

static enum command_state coverage_save(struct call *call)
{
    return save_as(call, control_coverage_save, coverage_formats);
}

/* ---- rows: trace ---- */

static enum command_state trace(struct call *call, bool on)
{
    if (!vm_exec_trace_on(call->control->vm, on, &call->error))
        return call_host_failed(call);
    return COMMAND_DONE;
}

static enum command_state trace_on(struct call *call)
{
    return trace(call, true);
}

static enum command_state trace_off(struct call *call)
{
    return trace(call, false);
}

static const struct command rows[] = {
    {.name = "profile start",
     .aliases = "coverage start",
     .help = "count what the guest executes from now on, from nothing: how many instructions in "
             "which chain of calls, which blocks. The guest does not notice",
     .flags = COMMAND_LOOKS,
     .run = start},
    {.name = "profile stop",
     .aliases = "coverage stop",
     .help = "count no more; what was counted can be saved",
     .flags = COMMAND_LOOKS,
     .run = stop},
    {.name = "profile save",
     .param = {{.name = "file", .kind = PARAM_FILE_OUT},
               {.name = "format", .kind = PARAM_WORD, .words = profile_formats, .optional = true}},
     .help = "instructions by chains of calls: folded stacks for flame graphs, or, also where FILE "
             "ends in .speedscope.json, the format of speedscope",
     .flags = COMMAND_LOOKS,
     .run = profile_save},
    {.name = "profile status",
     .aliases = "info profile",
     .help = "is something counted, how much up to now",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = status},
    {.name = "coverage save",
     .param = {{.name = "file", .kind = PARAM_FILE_OUT},
               {.name = "format", .kind = PARAM_WORD, .words = coverage_formats, .optional = true}},
     .help = "executed code: drcov, or, also where FILE ends in .info, lcov, which wants -symbols "
             "with an ELF file that has DWARF lines",
     .flags = COMMAND_LOOKS,
     .run = coverage_save},
    {.name = "trace on",
     .help = "show every instruction from now on, as -d exec does; which ones and how, -d has said",
     .flags = COMMAND_LOOKS,
     .run = trace_on},
    {.name = "trace off", .help = "show no more of them", .flags = COMMAND_LOOKS, .run = trace_off},
};

const struct command_topic rows_profile = {"Profile and trace", rows, ARRAY_SIZE(rows)};
