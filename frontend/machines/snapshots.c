/*
 * snapshots.c - see snapshots.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/snapshots.h"
#include "frontend/control/out_file.h"
#include "frontend/machines/files.h"
#include "frontend/machines/home.h"
#include "hw/base/clean.h"
#include "hw/base/hostfile.h"
#include "hw/base/nearest.h"
#include "hw/storage/overlay.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* A path in the machine's folder; the caller frees it. NULL + err. */
static char *PRINTF_LIKE(3, 4)
    path_in(const struct config *s, struct err *e, const char *format, ...)
{
    char *name, *path = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&name, format, args);
    va_end(args);
    if (n < 0 || asprintf(&path, "%s/states/%s", s->folder, name) < 0) {
        path = NULL;
        err_set(e, "out of memory");
    }
    if (n >= 0)
        free(name);
    return path;
}

static bool exists(const struct config *s, const char *name)
{
    char *meta = path_in(s, NULL, "%s/meta.ini", name);
    bool there = meta && access(meta, F_OK) == 0;
    free(meta);
    return there;
}

static bool load_meta(const struct config *s, const char *name, struct ini *meta, struct err *e)
{
    char *path = path_in(s, e, "%s/meta.ini", name);
    bool ok = path && ini_load(meta, path, e);
    free(path);
    return ok;
}

/* ---- the names ---- */

struct names {
    char *name[SNAPSHOTS_MAX];
    size_t count;
};

static bool list_names(const struct config *s, struct names *n, struct err *e)
{
    struct dirent **entry;
    n->count = 0;
    char *folder = path_in(s, e, ".");
    int count = folder ? scandir(folder, &entry, NULL, alphasort) : -1;
    bool ok =
        folder && (count >= 0 || errno == ENOENT || err_set(e, "%s: %s", folder, strerror(errno)));
    for (int i = 0; i < count; i++) {
        if (ok && entry[i]->d_name[0] != '.' && n->count < SNAPSHOTS_MAX &&
            exists(s, entry[i]->d_name))
            n->name[n->count++] = strdup(entry[i]->d_name);
        free(entry[i]);
    }
    if (count >= 0)
        free(entry);
    free(folder);
    return ok;
}

static void free_names(struct names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->name[i]);
    n->count = 0;
}

unsigned snapshots_count(const struct config *s)
{
    struct names n;
    unsigned count = list_names(s, &n, NULL) ? (unsigned)n.count : 0;
    free_names(&n);
    return count;
}

static bool unknown(const struct config *s, const char *name, struct err *e)
{
    struct names n;
    if (!list_names(s, &n, e))
        return false;
    const char *near = nearest_word(name, (const char *const *)n.name, n.count);
    err_set(e, "%s has no snapshot \"%.60s\"%s%s%s", config_name(s), name,
            near      ? "; did you mean "
            : n.count ? "; ferrite snapshot list shows them"
                      : "",
            near ? near : "", near ? "?" : "");
    free_names(&n);
    return false;
}

/* The word in states/current or states/restoring; NULL: none. The caller frees it. */
static char *read_word(const struct config *s, const char *file)
{
    char *path = path_in(s, NULL, "%s", file), text[HOME_NAME_MAX + 2] = "";
    FILE *in = path ? fopen(path, "re") : NULL;
    free(path);
    if (!in)
        return NULL;
    bool ok = fgets(text, sizeof(text), in) != NULL;
    fclose(in);
    text[strcspn(text, "\n")] = 0;
    return ok && *text ? strdup(text) : NULL;
}

static bool write_word(const struct config *s, const char *file, const char *word, struct err *e)
{
    char *path = path_in(s, e, "%s", file), line[HOME_NAME_MAX + 2];
    int n = snprintf(line, sizeof(line), "%s\n", word);
    bool ok = path && out_file_save(path, line, (size_t)n, e);
    free(path);
    return ok;
}

bool snapshots_whole(const struct config *s, struct err *e)
{
    char *name = read_word(s, "restoring");
    bool whole = !name || err_set(e,
                                  "%s: its disks were being restored to \"%s\" when that was "
                                  "interrupted; give ferrite snapshot restore again",
                                  config_name(s), name);
    free(name);
    return whole;
}

char *snapshots_folder(const struct config *s, const char *name, struct err *e)
{
    return path_in(s, e, "%s", name);
}

char *snapshots_resume(const struct config *s)
{
    char *name = read_word(s, "resume");
    if (name && exists(s, name))
        return name;
    free(name);
    return NULL;
}

void snapshots_resumed(const struct config *s)
{
    char *path = path_in(s, NULL, "resume");
    if (path)
        unlink(path);
    free(path);
}

/* ---- the files that a snapshot copies ---- */

static bool inside(const struct config *s, const char *path)
{
    size_t n = strlen(s->folder);
    return strncmp(path, s->folder, n) == 0 && path[n] == '/' && !strstr(path + n, "/../");
}

static bool make_overlay(struct config *s, const char *section, const char *image,
                         const char *overlay, const char *name, struct err *e)
{
    if (!overlay_create(overlay, image, e))
        return false;
    if (ini_set(&s->ini, section, "mode", "overlay", e) &&
        ini_set(&s->ini, section, "overlay", name, e) && ini_save(&s->ini, e))
        return true;
    /* The file says nothing of it, so neither may the machine use it. */
    ini_set(&s->ini, section, "mode", "live", NULL);
    ini_remove(&s->ini, section, "overlay");
    unlink(overlay);
    return false;
}

/*
 * The hard disk writes into its image: from now on into an overlay beside it. The file of settings
 * knows of it first: a machine that goes on without it would lose what it writes.
 */
static bool give_overlay(struct config *s, const char *section, const char *image,
                         const struct snapshot_live *live, struct err *e)
{
    char *name, *overlay = NULL;
    if (asprintf(&name, "disks/%s.cow", section) < 0)
        return err_set(e, "out of memory");
    if (asprintf(&overlay, "%s/%s", s->folder, name) < 0)
        overlay = NULL;
    bool ok = overlay || err_set(e, "out of memory");
    if (ok && live)
        ok = live->let_go(live->opaque, image, e);
    if (ok) {
        ok = make_overlay(s, section, image, overlay, name, e);
        if (live)
            ok = live->take_up(live->opaque, image, ok ? overlay : NULL, ok ? e : NULL) && ok;
    }
    free(overlay);
    free(name);
    return ok;
}

/* The file that takes the drive's writes; *path NULL: nothing to be copied. */
static bool written_file(struct config *s, const char *section, const struct snapshot_live *live,
                         char **path, struct err *e)
{
    const char *kind = config_get(s, section, "if", NULL);
    const char *mode = config_get(s, section, "mode", NULL);
    *path = NULL;
    if (config_get(s, section, "folder", NULL) || (kind && strcmp(kind, "cdrom") == 0) ||
        strcmp(mode, "ro") == 0 || config_yes(s, "security", "throwaway"))
        return true;
    if (strcmp(mode, "overlay") == 0) {
        *path = config_path(s, section, "overlay");
        return *path || err_set(e, "[%s] has mode = overlay, but no overlay = FILE", section);
    }
    char *image = config_path(s, section, "file");
    if (!image)
        return true;
    bool ok = true;
    if (kind && strcmp(kind, "floppy") == 0) {
        if (inside(s, image))
            *path = strdup(image); /* a diskette of the machine's own: all of it */
    } else if (inside(s, image)) {
        ok = give_overlay(s, section, image, live, e);
        *path = ok ? config_path(s, section, "overlay") : NULL;
    } else {
        ok = err_set(
            e,
            "[%s] writes into %.200s, which lies outside of the machine: give it an overlay "
            "(ferrite disk create, then mode = overlay), or mode = ro",
            section, image);
    }
    free(image);
    return ok;
}

static bool copy_drives(struct config *s, const char *taking, const struct snapshot_live *live,
                        struct ini *meta, struct err *e)
{
    const char *section;
    bool ok = true;
    for (size_t i = 0; ok && (section = config_section(s, "drive.", i)); i++) {
        char *from, *to = NULL, *name = strdup(section); /* the section's line may move */
        ok = name && written_file(s, name, live, &from, e);
        if (ok && from) {
            to = path_in(s, e, "%s/%s", taking, name);
            ok = to && files_copy(from, to, e) && ini_set(meta, name, "copy", name, e) &&
                 ini_set(meta, name, "of", from, e);
        }
        if (name)
            free(from);
        free(to);
        free(name);
    }
    return ok;
}

static void now_text(char text[32])
{
    time_t now = time(NULL);
    struct tm tm;
    strftime(text, 32, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &tm));
}

static bool copy_beside(const char *from, const char *to, const char *name, bool wanted,
                        struct err *e)
{
    char *a, *b = NULL;
    if (asprintf(&a, "%s/%s", from, name) < 0)
        return err_set(e, "out of memory");
    if (asprintf(&b, "%s/%s", to, name) < 0)
        b = NULL;
    bool ok =
        b ? (!wanted && access(a, F_OK) != 0) || files_copy(a, b, e) : err_set(e, "out of memory");
    free(a);
    free(b);
    return ok;
}

/* The machine is off, and its memory waits in a snapshot that was restored: that is a part of it.
 */
static bool copy_memory(const struct config *s, const char *folder, struct ini *meta, struct err *e)
{
    char *name = snapshots_resume(s), *from = name ? path_in(s, e, "%s", name) : NULL;
    struct ini old;
    bool ok = !name || (from && load_meta(s, name, &old, e));
    if (ok && name) {
        ok = ini_set(meta, "state", "memory", "yes", e) &&
             copy_beside(from, folder, "memory.state", true, e) &&
             copy_beside(from, folder, "shot.png", false, e);
        for (size_t i = 0; ok && i < old.count; i++) {
            const struct ini_line *l = &old.line[i];
            if (l->key && strncmp(l->section, "medium.", 7) == 0)
                ok = ini_set(meta, l->section, l->key, l->value, e);
        }
        ini_free(&old);
    }
    free(name);
    free(from);
    return ok;
}

static bool take_into(struct config *s, const char *taking, const char *note,
                      const struct snapshot_live *live, struct err *e)
{
    struct ini meta;
    char now[32], *current = read_word(s, "current");
    char *folder = path_in(s, e, "%s", taking), *path = path_in(s, e, "%s/meta.ini", taking);
    bool ok = folder && path && ini_parse(&meta, path, "", 0, e);
    now_text(now);
    if (ok) {
        ok = ini_set(&meta, "state", "taken", now, e) &&
             (!current || ini_set(&meta, "state", "parent", current, e)) &&
             (!note || ini_set(&meta, "state", "note", note, e)) &&
             (!live || live->flush(live->opaque, e)) && copy_drives(s, taking, live, &meta, e) &&
             (live ? live->save(live->opaque, folder, &meta, e)
                   : copy_memory(s, folder, &meta, e)) &&
             ini_save(&meta, e);
        ini_free(&meta);
    }
    free(current);
    free(folder);
    free(path);
    return ok;
}

static bool reserved(const char *name)
{
    static const char *const files[] = {"current", "resume", "restoring"};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        if (strcmp(name, files[i]) == 0)
            return true;
    }
    return false;
}

bool snapshots_take(struct config *s, const char *name, const char *note,
                    const struct snapshot_live *live, struct err *e)
{
    if (!home_name_ok(name, e) || !snapshots_whole(s, e))
        return false;
    if (reserved(name))
        return err_set(e, "\"%s\" is taken by the tree itself; say another name", name);
    if (exists(s, name))
        return err_set(e, "%s has a snapshot \"%s\" already", config_name(s), name);
    if (snapshots_count(s) >= SNAPSHOTS_MAX)
        return err_set(e, "%s has %d snapshots: remove some", config_name(s), SNAPSHOTS_MAX);
    char taking[HOME_NAME_MAX + 8];
    snprintf(taking, sizeof(taking), ".take-%s", name);
    char *from = path_in(s, e, "%s", taking), *to = path_in(s, e, "%s", name);
    bool ok = from && to && files_remove_tree(from, e) && files_make_folder(from, e) &&
              take_into(s, taking, note, live, e) &&
              (rename(from, to) == 0 || err_set(e, "%s: %s", to, strerror(errno)));
    if (ok) {
        host_sync_name(to);
        ok = write_word(s, "current", name, e);
    } else if (from) {
        files_remove_tree(from, NULL);
    }
    free(from);
    free(to);
    return ok;
}

/* ---- restore ---- */

/* One step of a restore for each drive: the copy beside its file, or that copy in its place. */
static bool restore_drives(struct config *s, const char *name, const struct ini *meta, bool swap,
                           struct err *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < meta->count; i++) {
        const struct ini_line *l = &meta->line[i];
        if (!l->key || strcasecmp(l->key, "copy") != 0)
            continue;
        const char *of = ini_get(meta, l->section, "of", NULL);
        /* The file where the drive has it now: the folder may have moved. */
        char *to = config_path(s, l->section, "overlay"), *beside = NULL;
        if (!to)
            to = config_path(s, l->section, "file");
        char *from = path_in(s, e, "%s/%s", name, l->section);
        if (!to || !from || asprintf(&beside, "%s.restore", to) < 0) {
            beside = NULL;
            ok = err_set(e, "[%s] of the snapshot (%.100s) is no drive of %s any more", l->section,
                         of ? of : "?", config_name(s));
        } else if (!swap) {
            ok = (unlink(beside) == 0 || errno == ENOENT ||
                  err_set(e, "%s: %s", beside, strerror(errno))) &&
                 files_copy(from, beside, e);
        } else {
            ok = rename(beside, to) == 0 || err_set(e, "%s: %s", to, strerror(errno));
            host_sync_name(to);
        }
        free(to);
        free(beside);
        free(from);
    }
    return ok;
}

/* The drives whose files the snapshot holds, of the machine that runs. */
static bool live_drives(const struct config *s, const struct ini *meta,
                        const struct snapshot_live *live, bool let_go, struct err *e)
{
    bool ok = true;
    for (size_t i = 0; live && i < meta->count; i++) {
        const struct ini_line *l = &meta->line[i];
        if (!l->key || strcasecmp(l->key, "copy") != 0)
            continue;
        char *image = config_path(s, l->section, "file");
        struct err *say = ok ? e : NULL; /* the first one's; all are taken up again */
        if (image && !(let_go ? live->let_go(live->opaque, image, say)
                              : live->take_up(live->opaque, image, NULL, say)))
            ok = false;
        free(image);
    }
    return ok;
}

/* The copies lie beside the files: into their places. */
static bool swap_drives(struct config *s, const char *name, const struct ini *meta,
                        const struct snapshot_live *live, struct err *e)
{
    bool ok = live_drives(s, meta, live, true, e) && restore_drives(s, name, meta, true, e);
    return live_drives(s, meta, live, false, ok ? e : NULL) && ok;
}

bool snapshots_restore(struct config *s, const char *name, const struct snapshot_live *live,
                       bool *memory, struct err *e)
{
    struct ini meta;
    if (!exists(s, name))
        return unknown(s, name, e);
    if (!load_meta(s, name, &meta, e))
        return false;
    *memory = ini_get(&meta, "state", "memory", NULL) != NULL;
    char *restoring = path_in(s, e, "restoring");
    bool ok = restoring && restore_drives(s, name, &meta, false, e) &&
              write_word(s, "restoring", name, e) && swap_drives(s, name, &meta, live, e) &&
              write_word(s, "current", name, e);
    if (ok && *memory && !live)
        ok = write_word(s, "resume", name, e);
    else if (ok)
        snapshots_resumed(s);
    ok = ok && (unlink(restoring) == 0 || err_set(e, "%s: %s", restoring, strerror(errno)));
    free(restoring);
    ini_free(&meta);
    return ok;
}

/* ---- remove, list ---- */

static bool new_parent(struct config *s, const char *child, const char *gone, const char *parent,
                       struct err *e)
{
    struct ini meta;
    if (!load_meta(s, child, &meta, e))
        return false;
    const char *of = ini_get(&meta, "state", "parent", NULL);
    bool ok = true;
    if (of && strcmp(of, gone) == 0) {
        if (parent)
            ok = ini_set(&meta, "state", "parent", parent, e);
        else
            ini_remove(&meta, "state", "parent");
        ok = ok && ini_save(&meta, e);
    }
    ini_free(&meta);
    return ok;
}

bool snapshots_remove(struct config *s, const char *name, struct err *e)
{
    struct ini meta;
    struct names n;
    if (!exists(s, name))
        return unknown(s, name, e);
    if (!snapshots_whole(s, e) || !load_meta(s, name, &meta, e))
        return false;
    const char *parent = ini_get(&meta, "state", "parent", NULL);
    char *current = read_word(s, "current"), *resume = snapshots_resume(s);
    bool ok = !resume || strcmp(resume, name) != 0 ||
              err_set(e, "%s is to go on from \"%s\": run it, or restore another one, first",
                      config_name(s), name);
    n.count = 0;
    ok = ok && list_names(s, &n, e);
    free(resume);
    for (size_t i = 0; ok && i < n.count; i++)
        ok = strcmp(n.name[i], name) == 0 || new_parent(s, n.name[i], name, parent, e);
    free_names(&n);
    if (ok && current && strcmp(current, name) == 0)
        ok = write_word(s, "current", parent ? parent : "", e);
    free(current);
    ini_free(&meta);
    char *from = path_in(s, e, "%s", name), *to = path_in(s, e, ".gone-%s", name);
    ok = ok && from && to && files_remove_tree(to, e) &&
         (rename(from, to) == 0 || err_set(e, "%s: %s", from, strerror(errno))) &&
         files_remove_tree(to, e);
    free(from);
    free(to);
    return ok;
}

static bool is_parent(const struct config *s, const char *child, const char *parent,
                      const struct names *all)
{
    struct ini meta;
    if (!load_meta(s, child, &meta, NULL))
        return false;
    const char *of = ini_get(&meta, "state", "parent", NULL);
    bool known = false;
    for (size_t i = 0; of && i < all->count; i++)
        known |= strcmp(all->name[i], of) == 0;
    bool yes = parent ? known && strcmp(of, parent) == 0 : !known;
    ini_free(&meta);
    return yes;
}

static void print_below(const struct config *s, const struct names *all, const char *parent,
                        const char *current, unsigned depth, FILE *out)
{
    for (size_t i = 0; depth < 64 && i < all->count; i++) {
        struct ini meta;
        char size[20];
        const char *name = all->name[i];
        if (!is_parent(s, name, parent, all) || !load_meta(s, name, &meta, NULL))
            continue;
        char *folder = path_in(s, NULL, "%s", name);
        const char *taken = ini_get(&meta, "state", "taken", NULL);
        const char *note = ini_get(&meta, "state", "note", NULL);
        clean_printf(out, "%*s%s%s  %s  %s%s%s%s\n", (int)depth * 2, "", name,
                     current && strcmp(current, name) == 0 ? " (here)" : "", taken ? taken : "?",
                     files_size_text(folder ? files_room(folder) : 0, size),
                     ini_get(&meta, "state", "memory", NULL) ? ", running" : "", note ? "  " : "",
                     note ? note : "");
        free(folder);
        ini_free(&meta);
        print_below(s, all, name, current, depth + 1, out);
    }
}

bool snapshots_list(const struct config *s, FILE *out, struct err *e)
{
    struct names n;
    if (!list_names(s, &n, e))
        return false;
    char *current = read_word(s, "current");
    if (n.count == 0)
        clean_printf(out, "%s has no snapshots\n", config_name(s));
    print_below(s, &n, NULL, current, 0, out);
    free(current);
    free_names(&n);
    return true;
}

bool snapshots_walk(const struct config *s, snapshots_visitor *visit, void *opaque, struct err *e)
{
    struct names n;
    if (!list_names(s, &n, e))
        return false;
    char *current = read_word(s, "current");
    bool ok = true;
    for (size_t i = 0; ok && i < n.count; i++) {
        struct ini meta;
        if (!load_meta(s, n.name[i], &meta, NULL))
            continue;
        ok = visit(opaque, n.name[i], &meta, current && strcmp(current, n.name[i]) == 0);
        ini_free(&meta);
    }
    free(current);
    free_names(&n);
    return true;
}
