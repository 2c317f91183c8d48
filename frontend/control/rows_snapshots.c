/*
 * rows_snapshots.c - commands that keep the whole machine in a file, and go back to it.
 */
#include "frontend/control/rows.h"

#include "frontend/control/rewind.h"
#include "frontend/control/snapshot.h"
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

/* ---- rewind ---- */

static const char not_kept[] = "no states are kept here to go back to; -rewind MB keeps them";

static enum command_state rewind_back(struct call *call)
{
    struct control *c = call->control;
    u64 to;
    if (!c->rewind)
        return call_fails(call, FAULT_HOST, "%s", not_kept);
    if (!rewind_go(c->rewind, c->vm, call->request->arg[0].time, &to, &call->error))
        return call_host_failed(call);
    c->stopped &= ~(unsigned)STOPPED_OFF;
    c->go_until = 0;
    control_record_look(c);
    reply_real(call->reply, "seconds", (double)to / 1e9);
    reply_say(call->reply, "%.1f s back", (double)to / 1e9);
    return COMMAND_DONE;
}

static enum command_state rewind_status(struct call *call)
{
    const struct control *c = call->control;
    const char *why = not_kept;
    u64 bytes = 0, reach = c->rewind ? rewind_reach(c->rewind, c->vm, &why) : 0;
    unsigned states = c->rewind ? rewind_states(c->rewind, &bytes) : 0;
    reply_real(call->reply, "seconds", (double)reach / 1e9);
    reply_int(call->reply, "states", states);
    reply_int(call->reply, "bytes", (s64)bytes);
    if (!reach)
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
     .flags = COMMAND_INPUT | COMMAND_DANGER,
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
         "go back so many seconds at least, to the nearest of the states that are kept in memory "
         "on the side (`-rewind MB`; in a window usual, where it costs next to nothing)",
     .flags = COMMAND_INPUT | COMMAND_DANGER,
     .run = rewind_back},
    {.name = "rewind status",
     .aliases = "info rewind",
     .help = "how far `rewind` can go back, and what that takes",
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
