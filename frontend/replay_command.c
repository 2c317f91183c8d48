/*
 * replay_command.c - `ferrite replay FILE [OPTION]...`. See replay_command.h.
 *
 * The recorded command line is given again, in the folder in which it was given. What the machine
 * was driven by (a script, a monitor) and what it wrote into (a serial port's file, the log) is
 * left out: inputs come from the recording, and nobody's files are written over.
 */
#include "frontend/replay_command.h"

#include "frontend/cli/options.h"
#include "frontend/cli/subcommand.h"
#include "frontend/run.h"
#include "frontend/timeline/recording.h"

#include "hw/storage/disk_nbd.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct arguments {
    char *word[2 * RECORDING_ARGUMENTS + 8];
    int count;
    char *made[RECORDING_ARGUMENTS]; /* to be freed */
    unsigned makes;
};

static void add(struct arguments *a, const char *word)
{
    if ((size_t)a->count + 1 < ARRAY_SIZE(a->word))
        a->word[a->count++] = (char *)(uintptr_t)word;
}

static bool one_of(const char *name, const char *const *list)
{
    while (*list && strcmp(*list, name) != 0)
        list++;
    return *list != NULL;
}

/*
 * What makes a machine. All else - who drove it, who saw it, what it wrote - is left out: a
 * recording may come from anybody, and what it names is read and never written.
 */
static bool is_the_machine(const char *name)
{
    static const char *const names[] = {
        "m",        "cpu",      "speed",     "jit",      "fda",       "fdb",         "hda",
        "hdb",      "hdc",      "hdd",       "cdrom",    "drive",     "boot",        "snapshot",
        "bios",     "vgabios",  "kernel",    "append",   "rtc",       "initrd",      "serial",
        "parallel", "debugcon", "chardev",   "device",   "nic",       "vga",         "netdev",
        "sound",    "share",    "no-vmport", "overscan", "no-reboot", "no-shutdown", "audio-in",
        "midi-in",  NULL};
    return one_of(name, names);
}

/* Where a port leads: nowhere, but there is something at its end, as there was. */
static const char *port_value(struct arguments *a, const char *name, const char *value)
{
    static const char *const ports[] = {"serial",   "parallel", "debugcon",
                                        "audio-in", "midi-in",  NULL};
    const char *id = strstr(value, "id=");
    if (one_of(name, ports) && strcmp(value, "msmouse") != 0 && strcmp(value, "none") != 0)
        return "null";
    if (strcmp(name, "chardev") != 0 || !id || a->makes == ARRAY_SIZE(a->made))
        return value;
    size_t len = strcspn(id, ","), room = len + sizeof("null,");
    char *made = malloc(room);
    if (!made)
        return value;
    snprintf(made, room, "null,%.*s", (int)len, id);
    return a->made[a->makes++] = made;
}

static void add_recorded(struct arguments *a, const struct recording_machine *m)
{
    for (unsigned i = 1; i < m->arguments; i++) {
        const struct option *o = option_of(options_table, m->argument[i]);
        const char *value = strchr(m->argument[i], '=');
        bool apart = o && option_value_apart(o, m->argument[i]);
        if (!o) {
            add(a, m->argument[i]);
            continue;
        }
        if (apart && i + 1 < m->arguments)
            value = m->argument[++i];
        else if (value)
            value++;
        if (!is_the_machine(o->name))
            continue;
        add(a, m->argument[apart ? i - 1 : i]);
        if (apart)
            add(a, port_value(a, o->name, value));
    }
}

/* ---- files that are in the recording ---- */

enum { PATHS = 4 * RECORDING_FILES };

/* Where the options name the files that the machine is made of: as add_files() orders them
 * (frontend/cli/machine_recording.c). */
struct paths {
    const char **at[PATHS];
    unsigned count;
};

static void name_file(struct paths *p, const char **path)
{
    if (*path && !disk_is_uri(*path) && p->count < PATHS)
        p->at[p->count++] = path;
}

static void name_image(struct paths *p, const char **path, struct drive *d)
{
    name_file(p, path);
    name_file(p, &d->file);
    if (d->file)
        name_file(p, &d->overlay);
}

static void name_files(struct paths *p, struct options *o)
{
    p->count = 0;
    for (unsigned i = 0; i < VM_FLOPPIES; i++)
        name_image(p, &o->floppy[i], &o->drives.floppy[i]);
    for (unsigned i = 0; i < VM_DISKS; i++)
        name_image(p, &o->disk[i], &o->drives.disk[i]);
    name_file(p, &o->cdrom);
    name_file(p, &o->drives.cdrom.file);
    name_file(p, &o->bios);
    name_file(p, &o->vga_bios);
    name_file(p, &o->kernel);
    name_file(p, &o->initrd);
}

/* Files of the recording that are not here as they were. */
struct unpacked {
    char folder[PATH_MAX];                     /* "": none was needed */
    char path[RECORDING_FILES][2 * PATH_MAX];  /* "": it is here */
    char parts[RECORDING_FILES][2 * PATH_MAX]; /* a folder of its own, with what it names */
};

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void remove_folder(const char *folder)
{
    DIR *d = opendir(folder);
    for (struct dirent *f; d && (f = readdir(d));) {
        if (strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0)
            unlinkat(dirfd(d), f->d_name, 0);
    }
    if (d)
        closedir(d);
    rmdir(folder);
}

static void remove_unpacked(struct unpacked *u)
{
    for (unsigned i = 0; *u->folder && i < RECORDING_FILES; i++) {
        if (*u->parts[i])
            remove_folder(u->parts[i]);
    }
    if (*u->folder)
        remove_folder(u->folder);
}

static bool make_folder(struct unpacked *u, struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    if (*u->folder)
        return true;
    snprintf(u->folder, sizeof(u->folder), "%.3000s/ferrite-replay-XXXXXX",
             tmp && *tmp == '/' ? tmp : "/tmp");
    if (mkdtemp(u->folder))
        return true;
    err_set(e, "%s: %s", u->folder, strerror(errno));
    u->folder[0] = 0;
    return false;
}

/* A cue sheet and its tracks lie beside one another, under the names that they had. */
static bool unpack_parts(struct unpacked *u, const struct recorded *r, unsigned i, struct err *e)
{
    char path[sizeof(u->parts[i]) + 256];
    snprintf(u->parts[i], sizeof(u->parts[i]), "%s/%02u", u->folder, i);
    if (mkdir(u->parts[i], 0700) != 0) {
        err_set(e, "%s: %s", u->parts[i], strerror(errno));
        u->parts[i][0] = 0;
        return false;
    }
    for (unsigned k = 0; k < recorded_parts(r, i); k++) {
        snprintf(path, sizeof(path), "%s/%.255s", u->parts[i], last_part(recorded_part(r, i, k)));
        if (!recorded_unpack_part(r, i, k, path, e))
            return false;
    }
    return true;
}

/* One that is here as it was stays where it is. false + err: it is in there, and cannot be had. */
static bool unpack_one(struct unpacked *u, struct recorded *r, unsigned i, struct err *e)
{
    const char *then = recorded_machine(r)->file[i];
    struct err ignored;
    if (!recorded_holds(r, i) || recorded_is_file(r, i, then, &ignored))
        return true;
    if (!make_folder(u, e) || (recorded_parts(r, i) && !unpack_parts(u, r, i, e)))
        return false;
    if (*u->parts[i])
        snprintf(u->path[i], sizeof(u->path[i]), "%.4000s/%.255s", u->parts[i], last_part(then));
    else
        snprintf(u->path[i], sizeof(u->path[i]), "%s/%02u-%.255s", u->folder, i, last_part(then));
    return recorded_unpack(r, i, u->path[i], e) && recorded_move_file(r, i, u->path[i]);
}

/* Names what was unpacked in the options, too. */
static bool unpack(struct unpacked *u, struct recorded *r, struct options *o, struct err *e)
{
    struct paths p;
    const struct recording_machine *m = recorded_machine(r);
    name_files(&p, o);
    for (unsigned i = 0; i < m->files; i++) {
        e->text[0] = 0;
        if (!unpack_one(u, r, i, e))
            return *e->text || err_set(e, "out of memory");
        if (*u->path[i] && i < p.count && i < recorded_first_files(r))
            *p.at[i] = u->path[i];
    }
    return true;
}

/* Can all of it be found wherever the recording is? */
static bool all_within(const struct recorded *r)
{
    for (unsigned i = 0; i < recorded_machine(r)->files; i++) {
        if (!recorded_holds(r, i))
            return false;
    }
    return true;
}

static int replay_options(struct recorded *r, struct options *o, struct unpacked *u)
{
    struct err e;
    o->recorded = r;
    bool ok = unpack(u, r, o, &e);
    o->unpacked = *u->folder ? u->folder : NULL;
    int status = ok ? run(o) : run_refused(&e);
    remove_unpacked(u);
    return status;
}

/* Before the options look for them: only the recording knows what they were. */
static bool files_there(const struct recorded *r, struct err *e)
{
    const struct recording_machine *m = recorded_machine(r);
    for (unsigned i = 0; i < m->files; i++) {
        bool here = disk_is_uri(m->file[i]) || access(m->file[i], F_OK) == 0;
        if (!here && !recorded_holds(r, i) && !recorded_is_file(r, i, m->file[i], e))
            return false;
    }
    return true;
}

static int replay(struct recorded *r, const char *path, int argc, char **argv)
{
    struct arguments a = {.count = 0};
    struct options o;
    struct err e;
    struct unpacked *u = calloc(1, sizeof(*u));
    int status;
    add(&a, "ferrite");
    add_recorded(&a, recorded_machine(r));
    add(&a, "-replay");
    add(&a, path);
    for (int i = 0; i < argc; i++)
        add(&a, argv[i]);
    const char *folder = recorded_folder(r);
    if (u && *folder && chdir(folder) != 0 && !all_within(r)) {
        err_set(&e, "%s: the folder in which it was recorded: %s: %s", path, folder,
                strerror(errno));
        free(u);
        return run_refused(&e);
    }
    if (!files_there(r, &e)) {
        free(u);
        return run_refused(&e);
    }
    bool ok = u ? options_parse(&o, a.count, a.word, &e) : err_set(&e, "out of memory");
    status = ok ? replay_options(r, &o, u) : run_refused(&e);
    if (u)
        options_free(&o);
    for (unsigned i = 0; i < a.makes; i++)
        free(a.made[i]);
    free(u);
    return status;
}

int replay_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct err e;
    (void)out;
    if (argc < 1 || argv[0][0] == '-') {
        err_set(&e, "replay wants a recording first (ferrite -record FILE makes one)");
        return subcommand_refused(messages, &e);
    }
    char *path = realpath(argv[0], NULL);
    struct recorded *r = recorded_open(path ? path : argv[0], &e);
    int status = SUBCOMMAND_ASKED_WRONGLY;
    if (r)
        status = replay(r, path, argc - 1, argv + 1);
    else
        status = subcommand_refused(messages, &e);
    recorded_free(r);
    free(path);
    return status;
}
