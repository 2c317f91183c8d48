/*
 * rows_snapshots.c - commands that keep the whole machine in a file, and go back to it.
 */
#include "frontend/control/rows.h"

#include "frontend/control/snapshot.h"
#include "frontend/timeline/timeline.h"
#include "hw/base/state.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static enum command_state save(struct call *call)
{
    const char *file = call->request->arg[0].text;
    if (!snapshot_save(call->control->vm, file, &call->error))
        return call_host_failed(call);
    reply_text(call->reply, "file", file);
    reply_say(call->reply, "saved as %s", base_name(file));
    return COMMAND_DONE;
}

static enum command_state load(struct call *call)
{
    struct control *c = call->control;
    const char *file = call->request->arg[0].text;
    if (!snapshot_load(c->vm, file, &call->error))
        return call_host_failed(call);
    c->stopped &= ~(unsigned)STOPPED_OFF;
    c->go_until = 0; /* the clock has another time now */
    control_record_look(c);
    reply_text(call->reply, "file", file);
    reply_say(call->reply, "back to %s", base_name(file));
    return COMMAND_DONE;
}

/* ---- by name, of a machine that remembers them ---- */

static bool has_tree(struct call *call)
{
    return call->control->tree ||
           err_set(&call->error, "only a machine made with `ferrite new` keeps snapshots by name; "
                                 "`snapshot save FILE` makes one anywhere");
}

static enum command_state take(struct call *call)
{
    struct control *c = call->control;
    const struct value *arg = call->request->arg;
    char name[TREE_NAME];
    if (arg[0].given && arg[0].len >= sizeof(name))
        return call_fails(call, FAULT_HOST, "\"%.80s\" is too long for a name", arg[0].text);
    snprintf(name, sizeof(name), "%s", arg[0].given ? arg[0].text : "");
    if (!has_tree(call) ||
        !c->tree->take(c->tree->opaque, c, name, arg[1].given ? arg[1].text : NULL, &call->error))
        return call_host_failed(call);
    reply_text(call->reply, "name", name);
    reply_say(call->reply, "snapshot \"%s\" is taken", name);
    return COMMAND_DONE;
}

static enum command_state restore(struct call *call)
{
    struct control *c = call->control;
    const char *name = call->request->arg[0].text;
    if (!has_tree(call) || !c->tree->restore(c->tree->opaque, c, name, &call->error))
        return call_host_failed(call);
    c->stopped &= ~(unsigned)STOPPED_OFF;
    c->go_until = 0;
    control_record_look(c);
    reply_text(call->reply, "name", name);
    reply_say(call->reply, "back to \"%s\"", name);
    return COMMAND_DONE;
}

static enum command_state forget(struct call *call)
{
    const struct control *c = call->control;
    const char *name = call->request->arg[0].text;
    if (!has_tree(call) || !c->tree->remove(c->tree->opaque, name, &call->error))
        return call_host_failed(call);
    reply_text(call->reply, "name", name);
    reply_say(call->reply, "snapshot \"%s\" is removed", name);
    return COMMAND_DONE;
}

static void describe(struct reply *r, const struct tree_entry *entry)
{
    char when[40];
    struct tm tm;
    time_t t = (time_t)entry->taken;
    reply_map(r, NULL);
    reply_text(r, "name", entry->name);
    if (localtime_r(&t, &tm) && strftime(when, sizeof(when), "%F %T", &tm))
        reply_text(r, "taken", when);
    reply_bool(r, "memory", entry->memory);
    reply_bool(r, "here", entry->here);
    reply_end(r);
}

static enum command_state tree(struct call *call)
{
    const struct control *c = call->control;
    unsigned count = 0;
    struct tree_entry *entry = NULL;
    if (!has_tree(call))
        return call_host_failed(call);
    unsigned most = c->tree->list(c->tree->opaque, NULL, 0);
    if (most && !(entry = calloc(most, sizeof(*entry))))
        return call_fails(call, FAULT_HOST, "out of memory");
    if (most)
        count = c->tree->list(c->tree->opaque, entry, most);
    reply_list(call->reply, NULL);
    for (unsigned i = 0; i < count && i < most; i++)
        describe(call->reply, &entry[i]);
    reply_end(call->reply);
    free(entry);
    return COMMAND_DONE;
}

/* ---- the past ---- */

static const char not_kept[] = "no states are kept here to go back to; -rewind MB keeps them";

/* The clock has another time now. */
static void arrived(struct call *call)
{
    struct control *c = call->control;
    c->stopped &= ~(unsigned)STOPPED_OFF;
    c->go_until = 0;
    control_record_look(c);
}

static enum command_state rewind_back(struct call *call)
{
    struct control *c = call->control;
    u64 now = vm_now(c->vm), ns = call->request->arg[0].time;
    struct instant earliest;
    const char *why;
    if (!c->timeline)
        return call_fails(call, FAULT_HOST, "%s", not_kept);
    if (!timeline_reach(c->timeline, &earliest, &why))
        return call_fails(call, FAULT_HOST, "%s", why);
    if (ns > now || now - ns < earliest.ns)
        return call_fails(call, FAULT_HOST, "one can go back %.1f s%s",
                          (double)(now - earliest.ns) / 1e9, timeline_before(c->timeline));
    if (!timeline_goto_time(c->timeline, now - ns, &call->error))
        return call_host_failed(call);
    timeline_live(c->timeline);
    arrived(call);
    reply_real(call->reply, "seconds", (double)(now - vm_now(c->vm)) / 1e9);
    reply_int(call->reply, "instruction", (s64)vm_instructions(c->vm));
    reply_say(call->reply, "%.1f s back", (double)(now - vm_now(c->vm)) / 1e9);
    return COMMAND_DONE;
}

static bool go_to(struct control *c, const struct value *v, struct err *e)
{
    struct instant now = vm_instant(c->vm), earliest;
    const char *why;
    u64 n = (u64)v->number, ns = v->time;
    switch (v->when) {
    case WHEN_LATEST:
        return timeline_goto_latest(c->timeline, e);
    case WHEN_EARLIEST:
        if (!timeline_reach(c->timeline, &earliest, &why))
            return err_set(e, "%s", why);
        return timeline_goto_time(c->timeline, earliest.ns, e);
    case WHEN_INSTRUCTION:
        if (v->back)
            n = n < now.instructions ? now.instructions - n : 0;
        return timeline_goto(c->timeline, n, e);
    case WHEN_TIME:
        if (v->back)
            ns = ns < now.ns ? now.ns - ns : 0;
        return timeline_goto_time(c->timeline, ns, e);
    }
    return false;
}

static void say_where(struct call *call)
{
    const struct control *c = call->control;
    struct instant latest = timeline_latest(c->timeline);
    bool away = timeline_away(c->timeline);
    reply_int(call->reply, "instruction", (s64)vm_instructions(c->vm));
    reply_real(call->reply, "guest seconds", (double)vm_now(c->vm) / 1e9);
    reply_bool(call->reply, "in the past", away);
    reply_int(call->reply, "latest instruction", (s64)latest.instructions);
    reply_say(call->reply, "after %llu instructions, at %.6f s of guest time%s",
              (unsigned long long)vm_instructions(c->vm), (double)vm_now(c->vm) / 1e9,
              away ? "" : ", the present");
}

static enum command_state go_there(struct call *call)
{
    struct control *c = call->control;
    if (!c->timeline)
        return call_fails(call, FAULT_HOST, "%s", not_kept);
    if (!go_to(c, &call->request->arg[0], &call->error))
        return call_host_failed(call);
    arrived(call);
    say_where(call);
    return COMMAND_DONE;
}

static enum command_state live(struct call *call)
{
    struct control *c = call->control;
    if (!c->timeline || !timeline_away(c->timeline))
        return call_fails(call, FAULT_GUEST, "the machine is in the present");
    timeline_live(c->timeline);
    say_where(call);
    return COMMAND_DONE;
}

static enum command_state rewind_status(struct call *call)
{
    const struct control *c = call->control;
    const char *why = not_kept;
    struct instant earliest = vm_instant(c->vm);
    u64 bytes = 0;
    bool back = c->timeline && timeline_reach(c->timeline, &earliest, &why);
    unsigned states = c->timeline ? timeline_states(c->timeline, &bytes) : 0;
    u64 reach = back && earliest.ns < vm_now(c->vm) ? vm_now(c->vm) - earliest.ns : 0;
    reply_real(call->reply, "seconds", (double)reach / 1e9);
    if (c->timeline) {
        say_where(call);
        reply_int(call->reply, "earliest instruction", (s64)earliest.instructions);
    }
    reply_int(call->reply, "states", states);
    reply_int(call->reply, "bytes", (s64)bytes);
    if (!back)
        reply_text(call->reply, "why not", why);
    return COMMAND_DONE;
}

/* ---- list ---- */

enum { LIST_MOST = 10000 };

/* Is it a snapshot, by its head? */
static bool is_snapshot(const char *path, struct stat *st)
{
    u8 head[STATE_HEADER];
    if (stat(path, st) != 0 || !S_ISREG(st->st_mode))
        return false;
    FILE *f = fopen(path, "rbe");
    if (!f)
        return false;
    size_t have = fread(head, 1, sizeof(head), f);
    fclose(f);
    return state_check_head(head, have, (u64)st->st_size, NULL);
}

static void list_one(struct reply *r, const char *folder, const char *name)
{
    char path[4096], when[40];
    struct stat st;
    struct tm tm;
    int n = snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= sizeof(path) || !is_snapshot(path, &st))
        return;
    reply_map(r, NULL);
    reply_text(r, "name", name);
    reply_text(r, "file", path);
    reply_int(r, "bytes", st.st_size);
    if (localtime_r(&st.st_mtim.tv_sec, &tm) && strftime(when, sizeof(when), "%F %T", &tm))
        reply_text(r, "saved", when);
    reply_end(r);
}

static enum command_state list(struct call *call)
{
    const struct value *v = &call->request->arg[0];
    const char *home = call->control->home ? call->control->home : ".";
    const char *folder = v->given ? v->text : home;
    struct dirent **entry;
    int n = scandir(folder, &entry, NULL, alphasort);
    if (n < 0)
        return call_fails(call, FAULT_HOST, "%s: %s", folder, strerror(errno));
    reply_list(call->reply, NULL);
    for (int i = 0; i < n; i++) {
        if (i < LIST_MOST)
            list_one(call->reply, folder, entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
    reply_end(call->reply);
    return COMMAND_DONE;
}

static const struct command rows[] = {
    {.name = "snapshot save",
     .aliases = "savevm",
     .param = {{.name = "file", .kind = PARAM_FILE_OUT}},
     .help = "keep the whole machine (`-loadvm FILE` starts from it)",
     .flags = COMMAND_LOOKS,
     .run = save},
    /* The file to load may be one that a script itself saves before. */
    {.name = "snapshot load",
     .aliases = "loadvm",
     .param = {{.name = "file", .kind = PARAM_FILE}},
     .help = "go back to it",
     .flags = COMMAND_INPUT | COMMAND_DANGER | COMMAND_TRAVELS,
     .run = load},
    {.name = "snapshot take",
     .param = {{.name = "name", .kind = PARAM_STRING, .optional = true},
               {.name = "note", .kind = PARAM_STRING, .optional = true}},
     .help = "keep disks and memory of a machine of `ferrite new` by this name, else by date and "
             "time",
     .flags = COMMAND_LOOKS,
     .run = take},
    {.name = "snapshot restore",
     .param = {{.name = "name", .kind = PARAM_STRING}},
     .help =
         "go back to it, with the disks; one that was taken while the machine was off starts it",
     .flags = COMMAND_INPUT | COMMAND_DANGER,
     .run = restore},
    {.name = "snapshot rm",
     .param = {{.name = "name", .kind = PARAM_STRING}},
     .help = "forget it; those that came from it stay",
     .flags = COMMAND_LOOKS | COMMAND_DANGER,
     .run = forget},
    {.name = "snapshot tree",
     .help = "the snapshots that the machine keeps by name, the newest first",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = tree},
    {.name = "rewind",
     .param = {{.name = "seconds", .kind = PARAM_SECONDS}},
     .help =
         "go back so many seconds exactly, and go on from there (`-rewind MB` of memory is what "
         "that takes; in a window usual, where it costs next to nothing)",
     .flags = COMMAND_INPUT | COMMAND_DANGER | COMMAND_TRAVELS,
     .run = rewind_back},
    {.name = "goto",
     .param = {{.name = "instant", .kind = PARAM_INSTANT}},
     .help = "go to an instant of the past: after so many instructions (`1000000`; `-1` is one "
             "back), at a guest time (`5s`, `-0.5s`), `earliest`, `latest`; the machine then does "
             "again what it did, up to the present",
     .flags = COMMAND_TRAVELS,
     .run = go_there},
    {.name = "live",
     .help = "after `goto`: this instant is the present, what came after it is forgotten",
     .flags = COMMAND_INPUT | COMMAND_DANGER | COMMAND_TRAVELS,
     .run = live},
    {.name = "rewind status",
     .aliases = "info rewind|info replay",
     .help = "how far `rewind` and `goto` can go back, where one is, and what that takes",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = rewind_status},
    {.name = "snapshot list",
     .aliases = "info snapshots",
     .param = {{.name = "folder", .kind = PARAM_FOLDER, .optional = true}},
     .help = "the snapshots in a folder, else where the machine keeps them",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = list},
};

const struct command_topic rows_snapshots = {"Snapshots", rows, ARRAY_SIZE(rows)};
