/*
 * running.c - see running.h. All of it runs in the machine's thread, so the machine stands still
 * meanwhile.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/running.h"

#include "frontend/control/control.h"
#include "frontend/control/media.h"
#include "frontend/control/picture.h"
#include "frontend/control/snapshot.h"
#include "frontend/machines/files.h"
#include "frontend/machines/own_paths.h"
#include "frontend/machines/snapshots.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char *path_in(const char *folder, const char *name, struct err *e)
{
    char *path;
    if (asprintf(&path, "%s/%s", folder, name) >= 0)
        return path;
    err_set(e, "out of memory");
    return NULL;
}

/* ---- drives ---- */

/* The place of the diskette or hard disk with this image; VM_DRIVES: it is in no drive. */
static unsigned place_of(struct vm *vm, const char *image)
{
    unsigned place = 0;
    struct vm_drive d;
    while (place < VM_DRIVES && !(vm_drive(vm, place, &d) && d.kind != VM_DRIVE_CD && d.medium &&
                                  strcmp(d.medium, image) == 0))
        place++;
    return place;
}

static bool let_go(void *opaque, const char *image, struct err *e)
{
    struct vm *vm = ((struct running *)opaque)->control->vm;
    unsigned place = place_of(vm, image);
    return place == VM_DRIVES || vm_drive_let_go(vm, place, e);
}

static bool take_up(void *opaque, const char *image, const char *overlay, struct err *e)
{
    struct vm *vm = ((struct running *)opaque)->control->vm;
    unsigned place = place_of(vm, image);
    return place == VM_DRIVES || vm_drive_take_up(vm, place, overlay, e);
}

static bool flush(void *opaque, struct err *e)
{
    return vm_flush_drives(((struct running *)opaque)->control->vm, e);
}

/* ---- media that can be changed ---- */

static bool note_media(struct vm *vm, const char *home, struct ini *meta, struct err *e)
{
    struct vm_drive d;
    bool ok = true;
    for (unsigned place = 0; ok && place < VM_DRIVES; place++) {
        char section[24];
        if (!vm_drive(vm, place, &d) || d.kind == VM_DRIVE_DISK)
            continue;
        snprintf(section, sizeof(section), "medium.%s", d.name);
        char *file = own_path_noted(home, d.medium ? d.medium : "");
        ok = (file || err_set(e, "out of memory")) && ini_set(meta, section, "file", file, e);
        free(file);
    }
    return ok;
}

static bool put_medium(struct control *c, unsigned place, const struct vm_drive *d,
                       const char *file, struct err *e)
{
    struct media m;
    bool cd = d->kind == VM_DRIVE_CD;
    if (!*file)
        return cd ? vm_cd_eject(c->vm, true, e) : vm_floppy_eject(c->vm, place, e);
    if (cd)
        return media_cd(&m, "snapshot", file, e) && vm_cd_insert(c->vm, &m, true, e);
    return media_floppy(&m, "snapshot", file, c->snapshot, e) &&
           vm_floppy_insert(c->vm, place, &m, e);
}

static bool same_file(const char *a, const char *b)
{
    struct stat at, bt;
    return strcmp(a, b) == 0 || (*a && *b && stat(a, &at) == 0 && stat(b, &bt) == 0 &&
                                 at.st_dev == bt.st_dev && at.st_ino == bt.st_ino);
}

/* What was in the drives when the memory was kept; what is there already stays. */
static bool put_media(struct control *c, const char *home, const struct ini *meta, struct err *e)
{
    struct vm_drive d;
    bool ok = true;
    for (unsigned place = 0; ok && place < VM_DRIVES; place++) {
        char section[24];
        if (!vm_drive(c->vm, place, &d) || d.kind == VM_DRIVE_DISK)
            continue;
        snprintf(section, sizeof(section), "medium.%s", d.name);
        const char *noted = ini_get(meta, section, "file", NULL);
        if (!noted)
            continue;
        char *file = own_path_meant(home, noted);
        ok = file || err_set(e, "out of memory");
        if (ok && !same_file(file, d.medium ? d.medium : ""))
            ok = put_medium(c, place, &d, file, e);
        free(file);
    }
    return ok;
}

/* ---- memory ---- */

/* Its screen as a picture, if this build can make one: nothing depends on it. */
static void save_shot(struct vm *vm, const char *folder)
{
    struct screen s;
    char *path = path_in(folder, "shot.png", NULL);
    vm_screen(vm, &s);
    if (path && picture_png_supported(NULL))
        picture_save(path, s.pixels, s.width, s.height, NULL);
    free(path);
}

static bool save(void *opaque, const char *folder, struct ini *meta, struct err *e)
{
    struct control *c = ((struct running *)opaque)->control;
    save_shot(c->vm, folder);
    if (c->stopped & STOPPED_OFF) /* it has none */
        return true;
    char *path = path_in(folder, "memory.state", e);
    bool ok = path && note_media(c->vm, ((struct running *)opaque)->config->folder, meta, e) &&
              ini_set(meta, "state", "memory", "yes", e) && snapshot_save(c->vm, path, e);
    free(path);
    return ok;
}

static bool load(struct running *r, struct control *c, const char *name, struct err *e)
{
    struct ini meta;
    char *folder = snapshots_folder(r->config, name, e);
    char *state = folder ? path_in(folder, "memory.state", e) : NULL;
    char *path = folder ? path_in(folder, "meta.ini", e) : NULL;
    bool ok = state && path && ini_load(&meta, path, e);
    if (ok) {
        ok = put_media(c, r->config->folder, &meta, e) && snapshot_load(c->vm, state, e);
        ini_free(&meta);
    }
    free(folder);
    free(state);
    free(path);
    return ok;
}

/* ---- the functions of the tree ---- */

static bool begin(void *opaque, struct control *c, struct err *e)
{
    struct running *r = opaque;
    struct err why;
    char *name = snapshots_resume(r->config);
    bool ok = !name || load(r, c, name, &why);
    if (!ok)
        err_set(e,
                "\"%s\": %.300s (the memory of this snapshot wants the machine as it was; without "
                "it: ferrite snapshot off %s)",
                name, why.text, config_name(r->config));
    if (ok && name)
        snapshots_resumed(r->config);
    free(name);
    return ok;
}

static bool there(const struct running *r, const char *name)
{
    char *folder = snapshots_folder(r->config, name, NULL);
    bool yes = folder && access(folder, F_OK) == 0;
    free(folder);
    return yes;
}

/* "2026-11-29 12.45.10", and "... 2" for the second one of a second. */
static void make_name(const struct running *r, char name[TREE_NAME])
{
    time_t now = time(NULL);
    struct tm tm;
    size_t n = strftime(name, TREE_NAME, "%Y-%m-%d %H.%M.%S", localtime_r(&now, &tm));
    for (unsigned i = 2; i < 100 && there(r, name); i++)
        snprintf(name + n, TREE_NAME - n, " %u", i);
}

static bool take(void *opaque, struct control *c, char name[TREE_NAME], const char *note,
                 struct err *e)
{
    struct running *r = opaque;
    const struct snapshot_live live = {r, flush, let_go, take_up, save};
    if (!*name)
        make_name(r, name);
    r->control = c;
    r->known = false;
    return snapshots_take(r->config, name, note, &live, e);
}

/*
 * A snapshot whose memory does not fit - the machine has another processor now, say - leaves a
 * machine whose disks have gone back: it starts from those.
 */
static bool restore(void *opaque, struct control *c, const char *name, struct err *e)
{
    struct running *r = opaque;
    const struct snapshot_live live = {r, flush, let_go, take_up, save};
    struct err why;
    bool memory;
    r->control = c;
    r->known = false;
    if (!there(r, name)) /* for its words */
        return snapshots_restore(r->config, name, NULL, &memory, e);
    bool ok = snapshots_restore(r->config, name, &live, &memory, &why);
    if (ok && memory && load(r, c, name, &why))
        return true;
    vm_reset(c->vm);
    if (ok && !memory)
        return true;
    return err_set(e, "%.400s; the machine starts again%s", why.text,
                   ok ? " from the disks of the snapshot" : "");
}

static bool forget(void *opaque, const char *name, struct err *e)
{
    struct running *r = opaque;
    r->known = false;
    return snapshots_remove(r->config, name, e);
}

/* ---- the list ---- */

static bool add_entry(void *opaque, const char *name, const struct ini *meta, bool here)
{
    struct running *r = opaque;
    struct tree_entry *more = realloc(r->entry, (r->entries + 1) * sizeof(*more));
    if (!more)
        return false;
    r->entry = more;
    struct tree_entry *e = &more[r->entries++];
    *e = (struct tree_entry){.here = here};
    snprintf(e->name, sizeof(e->name), "%s", name);
    e->memory = ini_get(meta, "state", "memory", NULL) != NULL;
    char *folder = snapshots_folder(r->config, name, NULL);
    struct stat st;
    if (folder)
        snprintf(e->picture, sizeof(e->picture), "%s/shot.png", folder);
    /* The file is written once, when the snapshot is; removals change only the parent in it. */
    const char *taken = ini_get(meta, "state", "taken", NULL);
    struct tm tm = {.tm_isdst = -1};
    if (taken && sscanf(taken, "%d-%d-%d %d:%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                        &tm.tm_hour, &tm.tm_min, &tm.tm_sec) == 6) {
        tm.tm_year -= 1900;
        tm.tm_mon--;
        e->taken = (s64)mktime(&tm);
    } else if (folder && stat(folder, &st) == 0) {
        e->taken = st.st_mtime;
    }
    free(folder);
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const struct tree_entry *x = a, *y = b;
    if (x->taken != y->taken)
        return x->taken < y->taken ? 1 : -1;
    return strcmp(y->name, x->name);
}

static unsigned list(void *opaque, struct tree_entry *out, unsigned most)
{
    struct running *r = opaque;
    struct stat st = {0};
    char *folder = snapshots_folder(r->config, ".", NULL);
    if (folder)
        stat(folder, &st);
    free(folder);
    if (!r->known || st.st_mtim.tv_sec != r->read_at.tv_sec ||
        st.st_mtim.tv_nsec != r->read_at.tv_nsec) {
        r->entries = 0;
        snapshots_walk(r->config, add_entry, r, NULL);
        if (r->entries)
            qsort(r->entry, r->entries, sizeof(*r->entry), newest_first);
        r->read_at = st.st_mtim;
        r->known = true;
    }
    unsigned n = r->entries < most ? r->entries : most;
    if (n)
        memcpy(out, r->entry, n * sizeof(*out));
    return r->entries;
}

void running_init(struct running *r, struct config *config)
{
    *r = (struct running){.tree = {r, config_name(config), begin, take, restore, forget, list},
                          .config = config};
}

void running_free(struct running *r)
{
    free(r->entry);
}
