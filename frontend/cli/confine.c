/*
 * confine.c - see confine.h. Without a script and without anybody who steers it, a machine opens
 * nothing more once it runs, and so gets nothing but what is open. A script names its files before
 * it starts. Who sits there, or speaks to a socket, may change media and make pictures: the working
 * folder and the folders of all that was named are within reach then.
 */
#define _GNU_SOURCE
#include "frontend/cli/confine.h"

#include "frontend/capture/encoder.h"
#include "frontend/cli/confine_desktop.h"
#include "frontend/control/picture_compare.h"
#include "frontend/control/xdg.h"
#include "frontend/sandbox/sandbox.h"
#include "frontend/sandbox/tries.h"
#include "frontend/timeline/recording.h"
#include "hw/storage/disk_nbd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Somebody may ask for files later that nobody has named yet. */
static bool is_steered(const struct machine *m)
{
    const struct options *o = m->options;
    return m->window || o->steerings || o->gdb || o->gdb_default || o->place || o->debugger ||
           o->http;
}

static bool has_network(const struct options *o)
{
    bool user = o->nic.net == NET_USER;
    for (unsigned i = 0; i < o->devices.netdevs; i++)
        user |= o->devices.netdev[i]->config.net == NET_USER;
    return user;
}

/* Disks of servers: a connection that is lost is made again. */
static bool is_served(const char *path)
{
    return path && (disk_is_uri(path) || disk_served_format(path));
}

/* Its own script, and after it those of machines that will be forked from it. NULL: no more. */
static const struct script *next_script(const struct machine *m, size_t *at)
{
    const struct script *s = NULL;
    if (*at == 0) {
        ++*at;
        s = m->script;
    }
    while (!s && *at <= m->fork_count)
        s = m->forks[(*at)++ - 1].script;
    return s;
}

static bool names_servers(const struct script *s)
{
    bool any = false;
    for (size_t i = 0; i < s->count; i++) {
        const struct request *r = &s->command[i].request;
        for (unsigned k = 0; r->row && k < command_params(r->row); k++)
            any |= r->row->param[k].kind == PARAM_MEDIUM && r->arg[k].text &&
                   disk_is_uri(r->arg[k].text);
    }
    return any;
}

bool confine_has_servers(const struct machine *m)
{
    const struct options *o = m->options;
    const struct script *s;
    size_t at = 0;
    bool any = is_served(o->cdrom) || is_served(o->drives.cdrom.file);
    for (unsigned i = 0; i < VM_FLOPPIES; i++)
        any |= is_served(o->floppy[i]) || is_served(o->drives.floppy[i].file);
    for (unsigned i = 0; i < VM_DISKS; i++)
        any |= is_served(o->disk[i]) || is_served(o->drives.disk[i].file);
    while ((s = next_script(m, &at)))
        any |= names_servers(s);
    return any;
}

/* One that plays: threads of its own that write to a sound device. */
static bool has_synthesiser(const struct machine *m)
{
    return m->midi && !(m->options->midi && strncmp(m->options->midi, "file:", 5) == 0);
}

static bool has_window(const struct machine *m)
{
    enum display d = m->options->display;
    return m->window && d != DISPLAY_TEXT && d != DISPLAY_VNC;
}

static unsigned roles(const struct machine *m)
{
    bool desktop = has_window(m) || has_synthesiser(m);
    return (has_network(m->options) || confine_has_servers(m) ? ROLE_NETWORK : 0) |
           (m->links.count || m->monitor || m->http ? ROLE_CONTROL : 0) |
           (desktop ? ROLE_WINDOW : 0) | (m->forks ? ROLE_FORK : 0);
}

/* ---- what the command line names ---- */

/* An image and, for who may change media, its folder: overlays, states and other images are there.
 */
static void add_file(struct grants *g, const char *path, unsigned reach, bool beside)
{
    if (!path)
        return;
    grants_add(g, path, reach);
    if (beside)
        grants_beside(g, path, REACH_FOLDER);
}

static void add_folder(struct grants *g, const char *path, bool writes)
{
    grants_add(g, path, writes ? REACH_FOLDER : REACH_READ);
}

static void add_drive(struct grants *g, const struct drive *d, bool beside)
{
    add_file(g, d->file, d->read_only || d->overlay ? REACH_READ : REACH_READ | REACH_WRITE,
             beside);
    add_file(g, d->overlay, REACH_READ | REACH_WRITE, true);
    if (d->folder.path)
        add_folder(g, d->folder.path, d->folder.write == FOLDER_LIVE);
}

/* Sub-commands' own disks: folders, or files. */
static void add_made(struct grants *g, const struct media *m)
{
    add_file(g, m->path, REACH_READ | REACH_WRITE, false);
    add_file(g, m->overlay, REACH_READ | REACH_WRITE, true);
    if (m->folder)
        add_folder(g, m->folder->path, m->folder->write == FOLDER_LIVE);
}

/*
 * What is written is made beside and renamed, or removed at the end: in the folder that the user
 * has named with it, also when that is the home.
 */
static void add_place(struct grants *g, const char *file, unsigned reach)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s", file);
    char *slash = strrchr(path, '/');
    if (slash)
        slash[slash == path] = 0;
    grants_add(g, slash ? path : ".", reach);
    /* A link leads to a file that is written beside itself, too. */
    char *whole = realpath(file, NULL);
    if (whole && (slash = strrchr(whole, '/'))) {
        slash[slash == whole] = 0;
        grants_add(g, whole, reach);
    }
    free(whole);
}

static void add_media(struct grants *g, const struct options *o, bool beside)
{
    unsigned disk = o->snapshot ? REACH_READ : REACH_READ | REACH_WRITE;
    for (unsigned i = 0; i < VM_FLOPPIES; i++) {
        add_file(g, o->floppy[i], disk, beside);
        add_drive(g, &o->drives.floppy[i], beside);
    }
    for (unsigned i = 0; i < VM_DISKS; i++) {
        add_file(g, o->disk[i], disk, beside);
        add_drive(g, &o->drives.disk[i], beside);
        add_made(g, &o->made_disk[i]);
    }
    add_made(g, &o->made_floppy);
    add_file(g, o->cdrom, REACH_READ, beside);
    add_drive(g, &o->drives.cdrom, beside);
    const char *const read[] = {o->bios, o->vga_bios, o->kernel, o->loadvm};
    for (size_t i = 0; i < ARRAY_SIZE(read); i++)
        add_file(g, read[i], REACH_READ, beside);
    for (unsigned i = 0; i < o->shares.count; i++) {
        add_folder(g, o->shares.share[i].path, o->shares.share[i].writable);
        /* `ferrite dos` removes the folder of a .zip that nothing was written to. */
        if (o->shares.share[i].writable)
            add_place(g, o->shares.share[i].path, REACH_REMOVE_FOLDERS);
    }
}

/* A Unix socket of ours. */
static void add_socket(struct grants *g, const char *where)
{
    char path[PATH_MAX];
    if (!where || strncmp(where, "unix:", 5) != 0)
        return;
    snprintf(path, sizeof(path), "%.*s", (int)strcspn(where + 5, ","), where + 5);
    add_place(g, path, REACH_REMOVE);
}

static void add_connections(struct grants *g, const struct options *o)
{
    const char *midi = o->midi && strncmp(o->midi, "file:", 5) == 0 ? o->midi + 5 : NULL;
    for (unsigned i = 0; i < o->steerings; i++)
        add_socket(g, o->steering[i].where);
    add_socket(g, o->gdb);
    add_socket(g, o->vnc);
    if (o->place)
        add_place(g, o->place, REACH_REMOVE);
    if (midi) /* written when all is over */
        add_place(g, midi, REACH_FOLDER);
    if (o->record_video) /* one that came to nothing is removed, a further part is made */
        add_place(g, o->record_video, REACH_FOLDER);
    if (o->profile)
        add_place(g, o->profile, REACH_FOLDER);
    if (o->coverage)
        add_place(g, o->coverage, REACH_FOLDER);
    /* The socket of our place in a LAN, hw/net/net_lan.c. */
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char lan[PATH_MAX];
    if (runtime && *runtime == '/')
        snprintf(lan, sizeof(lan), "%s/ferrite-lan", runtime);
    else
        snprintf(lan, sizeof(lan), "/tmp/ferrite-lan-%u", (unsigned)getuid());
    grants_add(g, lan, REACH_REMOVE);
}

/* ---- what a script names ---- */

static void add_value(struct grants *g, const struct param *p, const struct value *v)
{
    switch (p->kind) {
    case PARAM_FILE_IN:
    case PARAM_PNG_IN:
    case PARAM_FILE:
        add_file(g, v->text, REACH_READ, false);
        grants_beside(g, v->text, REACH_READ); /* a cue sheet's tracks */
        break;
    case PARAM_MEDIUM:
        add_file(g, v->text, REACH_READ | REACH_WRITE, false);
        grants_beside(g, v->text, REACH_READ);
        break;
    case PARAM_FILE_OUT:
        add_file(g, v->text, REACH_READ | REACH_WRITE, false);
        if (strncmp(v->text, "/dev/", 5) != 0)
            add_place(g, v->text, REACH_FOLDER);
        break;
    case PARAM_FOLDER:
        add_folder(g, v->text, true);
        break;
    default:
        break;
    }
}

/* Pictures that are not as expected leave one of the difference. */
static bool writes_something(enum param_kind kind)
{
    return kind == PARAM_FILE_OUT || kind == PARAM_FOLDER || kind == PARAM_PNG_IN ||
           kind == PARAM_COMPARE || kind == PARAM_CONDITIONS;
}

/* Returns whether anything is written, to a file without a folder in its name or without a name. */
static bool add_commands(struct grants *g, const struct script_command *c, size_t count)
{
    bool writes = false;
    for (size_t i = 0; i < count; i++) {
        const struct request *r = &c[i].request;
        for (unsigned k = 0; r->row && k < command_params(r->row); k++) {
            const struct param *p = &r->row->param[k];
            writes |= writes_something(p->kind);
            if (r->arg[k].compare && r->arg[k].compare->differences)
                add_place(g, r->arg[k].compare->differences, REACH_FOLDER);
            if (r->arg[k].text)
                add_value(g, p, &r->arg[k]);
        }
    }
    return writes;
}

static bool add_script(struct grants *g, const struct script *s)
{
    bool writes = add_commands(g, s->command, s->count);
    return add_commands(g, s->on_fail, s->on_fails) || writes;
}

/* What a replay puts into drives; the recording names it, and its hash, up front. */
static void add_recorded(struct grants *g, const struct recorded *r)
{
    const struct recording_machine *m = r ? recorded_machine(r) : NULL;
    for (unsigned i = 0; m && i < m->files; i++) {
        grants_add(g, m->file[i], REACH_READ);
        if (recorded_parts(r, i)) /* tracks, which are looked for beside their cue sheet */
            grants_beside(g, m->file[i], REACH_READ);
    }
}

/* ---- all together ---- */

/* What a machine keeps of itself: ~/.local/state/ferrite and so on; made now, for later. */
static void add_own_folders(struct grants *g)
{
    static const enum xdg kinds[] = {XDG_CONFIG, XDG_DATA, XDG_STATE, XDG_CACHE};
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        char path[PATH_MAX];
        if (!xdg_path(kinds[i], "", path))
            continue;
        if (kinds[i] == XDG_CONFIG || kinds[i] == XDG_STATE)
            (void)xdg_make_parents(path);
        grants_add(g, path, REACH_FOLDER);
    }
}

static bool keeps_state(const struct options *o)
{
    bool keeps = o->shares.count > 0 || o->home || o->tree;
    for (unsigned i = 0; i < VM_DISKS; i++)
        keeps |= o->drives.disk[i].folder.path || o->made_disk[i].folder;
    for (unsigned i = 0; i < VM_FLOPPIES; i++)
        keeps |= o->drives.floppy[i].folder.path != NULL;
    return keeps;
}

/* Devices that lead nowhere, and the host's clock. */
static void add_usual(struct grants *g)
{
    grants_add(g, "/dev/null", REACH_READ | REACH_WRITE);
    grants_add(g, "/dev/zero", REACH_READ);
    grants_add(g, "/dev/urandom", REACH_READ);
    grants_add(g, "/etc/localtime", REACH_READ);
    grants_add(g, "/usr/share/zoneinfo", REACH_READ);
    grants_sanitizers(g);
}

/* Code and data of libraries that are loaded late: a CD's compressed tracks, codepages. */
static void add_libraries(struct grants *g)
{
    static const char *const folders[] = {"/usr/lib", "/usr/lib64",     "/lib",
                                          "/lib64",   "/usr/local/lib", "/etc/ld.so.cache"};
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        grants_add(g, folders[i], REACH_READ);
}

/*
 * Temporary files get a folder of their own, as they must not be made among those of others: what a
 * disk's writes under -snapshot grow to, ffmpeg's words.
 */
static void add_temporary(struct machine *m, struct grants *g)
{
    const char *set = getenv("TMPDIR"), *base = set && *set ? set : "/var/tmp";
    if (m->scratch) { /* somebody removes it when all is over, also when we are killed */
        setenv("TMPDIR", m->scratch, 1);
        return;
    }
    if (asprintf(&m->temporary, "%s/ferrite-run-XXXXXX", base) < 0)
        m->temporary = NULL;
    if (!m->temporary || !mkdtemp(m->temporary)) {
        free(m->temporary);
        m->temporary = NULL;
        return;
    }
    setenv("TMPDIR", m->temporary, 1);
    grants_add(g, m->temporary, REACH_FOLDER);
    grants_add(g, base, REACH_REMOVE_FOLDERS); /* an empty one: this one, at the end */
}

/* libslirp looks at the resolver's settings now and then; names of servers are looked up. */
static void add_resolver(struct grants *g)
{
    static const char *const files[] = {"/etc/resolv.conf", "/etc/hosts",    "/etc/nsswitch.conf",
                                        "/etc/host.conf",   "/etc/gai.conf", "/etc/services",
                                        "/etc/protocols",   "/etc/ssl/certs"};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        grants_add(g, files[i], REACH_READ);
    add_libraries(g);
}

static void collect(struct machine *m, struct grants *g, unsigned role)
{
    const struct options *o = m->options;
    bool strict = o->sandbox.mode == SANDBOX_STRICT, steered = is_steered(m), writes = false;
    const struct script *s;
    size_t at = 0;
    while ((s = next_script(m, &at)))
        writes |= add_script(g, s);
    for (size_t i = 0; i < m->fork_count;
         i++) { /* they read their scripts, and what these include */
        grants_add(g, m->forks[i].path, REACH_READ);
        grants_beside(g, m->forks[i].path, REACH_READ);
    }
    add_usual(g);
    add_media(g, o, steered && !strict);
    add_connections(g, o);
    add_recorded(g, m->recorded);
    for (unsigned i = 0; i < o->sandbox.folders; i++)
        grants_add(g, o->sandbox.folder[i], REACH_FOLDER | REACH_SOCKETS);
    if ((steered && !strict) || writes)
        grants_add(g, ".", REACH_FOLDER | (steered ? REACH_SOCKETS : 0));
    if (steered || m->script)
        add_libraries(g);
    if (steered || keeps_state(o))
        add_own_folders(g);
    grants_add(g, m->scratch, REACH_FOLDER);
    if (o->unpacked) {
        grants_add(g, o->unpacked, REACH_READ | REACH_REMOVE);
        add_place(g, o->unpacked, REACH_REMOVE_FOLDERS);
    }
    grants_add(g, m->control.updates, REACH_FOLDER);
    if (o->home)
        grants_beside(g, o->home, REACH_FOLDER); /* the machine's own folder */
    if (o->snapshot || steered || writes)
        add_temporary(m, g);
    if (role & ROLE_NETWORK)
        add_resolver(g);
    if (role & ROLE_WINDOW) {
        confine_desktop(g);
        confine_sound_server(g, m->temporary ? m->temporary : m->scratch);
    }
    if (m->window && !strict)
        confine_choice(g);
}

/* ---- videos ---- */

/* Without it videos are refused, and said to be. */
static void start_launcher(struct machine *m)
{
    struct err why;
    if (!m->launcher)
        m->launcher = m->control.launcher = launcher_start(encoder_launch, &why);
}

static bool records(const struct machine *m)
{
    const struct script *s;
    size_t at = 0;
    while ((s = next_script(m, &at)))
        for (size_t i = 0; i < s->count; i++) {
            const struct command *row = s->command[i].request.row;
            if (row && strncmp(row->name, "record", 6) == 0)
                return true;
        }
    return false;
}

/* What serves disks in formats of others (hw/storage/served_room.h) may reach what we may. */
static void confine_servers(const struct options *o)
{
    static const char name[] = "FERRITE_SERVED_FOLDERS";
    const char *before = getenv(name);
    char *list = strdup(before ? before : "");
    if (o->sandbox.mode == SANDBOX_OFF) {
        setenv(name, "/", 1);
    } else if (o->sandbox.folders) {
        for (unsigned i = 0; list && i < o->sandbox.folders; i++) {
            char *more = NULL;
            if (asprintf(&more, "%s%s%s", list, *list ? ":" : "", o->sandbox.folder[i]) < 0)
                more = NULL;
            free(list);
            list = more;
        }
        if (list)
            setenv(name, list, 1);
    }
    free(list);
}

void confine_prepare(struct machine *m)
{
    confine_servers(m->options);
    if (m->options->sandbox.mode != SANDBOX_OFF && (is_steered(m) || m->options->record_video))
        start_launcher(m);
}

void confine_end(struct machine *m)
{
    launcher_free(m->launcher); /* after the control, whose recordings it started */
    m->launcher = NULL;
    if (m->temporary)
        rmdir(m->temporary);
    free(m->temporary);
    m->temporary = NULL;
    grants_free(&m->reach);
}

/* A client asks for a file that was not within reach at the start: in words, before it is tried. */
static bool may_reach(void *opaque, const char *path, bool write, struct err *e)
{
    struct machine *m = opaque;
    if (disk_is_uri(path))
        return roles(m) & ROLE_NETWORK ||
               err_set(e,
                       "%.300s: the sandbox lets this machine connect to nothing any more; name a "
                       "disk of a server at the start, or start with -sandbox off",
                       path);
    if (!write && disk_served_format(path))
        return err_set(e,
                       "%.300s: the sandbox lets this machine start no qemu-nbd any more; name the "
                       "image at the start, or start with -sandbox off",
                       path);
    if (grants_reach(&m->reach, path, write ? REACH_WRITE : REACH_READ))
        return true;
    return err_set(e,
                   "%.300s: outside of what the sandbox lets this machine reach; start it with "
                   "-sandbox on,folder=DIR for that folder, or -sandbox off",
                   path);
}

static void say_missing(const struct err *missing)
{
    if (missing->text[0])
        fprintf(stderr, "ferrite: sandbox: %s; -sandbox off says that this is known\n",
                missing->text);
}

bool confine(struct machine *m, struct err *e)
{
    const struct options *o = m->options;
    unsigned role = roles(m);
    struct tries tries = {.grants = &m->reach, .roles = role};
    struct err missing;
    if (!limits_memory(m, e))
        return false;
    if (o->sandbox.mode == SANDBOX_OFF)
        return true;
    if (records(m))
        start_launcher(m);
    tzset();                /* reads its file now */
    grants_free(&m->reach); /* of a machine that this one was forked from */
    collect(m, &m->reach, role);
    struct sandbox_rules rules = {
        .mode = o->sandbox.mode, .roles = role, .grants = &m->reach, .alone = m->forked};
    if (o->sandbox.test)
        tries_before(&tries);
    if (!sandbox_enter(&rules, &missing, e))
        return false;
    say_missing(&missing);
    if (!strstr(missing.text, "files")) {
        m->control.may_reach = may_reach;
    }
    if (o->sandbox.test) {
        m->control.quit = true;
        m->control.status = tries_inside(&tries, stdout) || missing.text[0] ? 1 : 0;
    }
    return true;
}

/* ---- the option ---- */

bool option_sandbox(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    static const struct {
        const char *word;
        enum sandbox_mode mode;
        bool test;
    } words[] = {{"on", SANDBOX_ON, false},
                 {"off", SANDBOX_OFF, false},
                 {"strict", SANDBOX_STRICT, false},
                 {"test", SANDBOX_ON, true}};
    size_t n = strcspn(value, ",");
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strlen(words[i].word) != n || strncmp(words[i].word, value, n) != 0)
            continue;
        o->sandbox.mode = words[i].mode;
        o->sandbox.test = words[i].test;
        if (!value[n])
            return true;
        struct stat st;
        const char *folder = value + n + 1;
        if (strncmp(folder, "folder=", 7) != 0 || !folder[7])
            break;
        folder += 7; /* to the end: a name may have commas */
        if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
            return err_set(e, "-sandbox %.100s: %.300s: %s", value, folder,
                           stat(folder, &st) != 0 ? strerror(errno) : "not a folder");
        if (o->sandbox.folders == SANDBOX_FOLDERS)
            return err_set(e, "-sandbox: more than %d folders", SANDBOX_FOLDERS);
        o->sandbox.folder[o->sandbox.folders++] = folder;
        return true;
    }
    return err_set(
        e,
        "-sandbox %.200s: say on, off, strict or test; on,folder=DIR gives a folder more "
        "(several times)",
        value);
}
