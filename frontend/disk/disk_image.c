/*
 * disk_image.c - `ferrite disk mkfs, resize, convert`: whole images. See disk_cmd.h.
 *
 * Each makes a new file beside the target, so that what fails, or is killed, leaves what was there
 * and nothing else. Formats of others are qemu-img's business: it is called when it is installed.
 */
#include "frontend/disk/disk_cmd.h"

#include "frontend/control/out_file.h"
#include "frontend/machines/files.h"
#include "frontend/machines/interrupted.h"
#include "hw/base/beside.h"
#include "hw/base/clean.h"
#include "hw/storage/fat_format.h"
#include "hw/storage/fatfs.h"
#include "hw/storage/floppy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

bool disk_take_size(const char *text, u64 *bytes, struct err *e)
{
    static const struct {
        const char *name;
        u64 bytes;
    } diskettes[] = {{"160K", 163840},   {"180K", 184320},   {"320K", 327680},   {"360K", 368640},
                     {"720K", 737280},   {"1.2M", 1228800},  {"1200K", 1228800}, {"1.44M", 1474560},
                     {"1440K", 1474560}, {"2.88M", 2949120}, {"2880K", 2949120}};
    for (size_t i = 0; i < ARRAY_SIZE(diskettes); i++) {
        *bytes = diskettes[i].bytes;
        if (strcasecmp(text, diskettes[i].name) == 0)
            return true;
    }
    if (!files_parse_size(text, bytes, e))
        return false;
    *bytes = (*bytes + 511) / 512 * 512;
    return true;
}

/* ---- beside the target ---- */

static bool may_make(const struct disk_call *c, const char *path, struct err *e)
{
    if (access(path, F_OK) != 0)
        return true;
    if (!c->v.force)
        return err_set(e, "%s: is there already; -force replaces it", path);
    return out_file_free(path, e);
}

/* A new file, which is to become `path`. Who was killed has perhaps left others of its size. */
static bool make_beside(struct beside *b, const char *path, struct err *e)
{
    beside_tidy(path);
    int error = beside_open(b, path);
    return !error || err_set(e, "%s: %s", path, strerror(error));
}

/* Under its name, or gone. */
static bool settle(struct beside *b, const char *path, bool ok, struct err *e)
{
    int error = 0;
    if (ok)
        error = beside_finish(b, path, true);
    else
        beside_drop(b);
    return ok && (!error || err_set(e, "%s: %s", path, strerror(error)));
}

/* Ctrl-C and the like end it between two parts of the work, and nothing is left of it. */
static int with_signals_held(struct disk_call *c, int (*run)(struct disk_call *c))
{
    sigset_t before;
    interrupted_begin(&before);
    int status = run(c);
    interrupted_end(&before);
    return status;
}

/* ---- mkfs ---- */

static bool put_files(struct beside *b, const char *image, const char *folder, struct err *e)
{
    char path[BESIDE_PATH];
    const char *made = beside_path(b, path);
    struct disk *d = disk_of_image(made, false, e);
    struct fatfs *f = d ? fatfs_open(d, 0, e) : NULL;
    struct err why;
    bool ok = f && disk_put_tree(f, folder, "", e);
    if (f && !fatfs_close(f, &why) && ok)
        ok = err_set(e, "%s", why.text);
    if (d && !disk_close(d, &why) && ok)
        ok = err_set(e, "%s", why.text);
    if (!ok && strncmp(e->text, made, strlen(made)) == 0) { /* a person knows it by another name */
        why = *e;
        err_set(e, "%s%s", image, why.text + strlen(made));
    }
    return ok || (interrupted_not_yet(e) && false);
}

static int make_file_system(struct disk_call *c)
{
    struct err e;
    const char *path = c->argv[0];
    struct fat_format f = {.bits = c->v.fat, .label = c->v.label};
    struct stat st;
    struct beside made;
    bool ok = true;
    if (c->v.size)
        ok = disk_take_size(c->v.size, &f.bytes, &e);
    else if (c->v.force && stat(path, &st) == 0 && S_ISREG(st.st_mode))
        f.bytes = (u64)st.st_size / 512 * 512;
    else
        ok = err_set(&e, "mkfs wants a size: -size 1.44M, -size 512M");
    if (!ok) {
        disk_failed(c, &e);
        return DISK_ASKED_WRONGLY;
    }
    if (!may_make(c, path, &e) || !make_beside(&made, path, &e))
        return disk_failed(c, &e);
    ok = fat_format(made.fd, &f, path, &e) && (!c->v.from || put_files(&made, path, c->v.from, &e));
    return settle(&made, path, ok, &e) ? DISK_DONE : disk_failed(c, &e);
}

int disk_mkfs(struct disk_call *c)
{
    return with_signals_held(c, make_file_system);
}

/* ---- resize ---- */

static int resize(struct disk_call *c)
{
    struct err e;
    const char *path = c->argv[0];
    u64 bytes, before;
    char note[300];
    struct beside made;
    if (!disk_take_size(c->argv[1], &bytes, &e)) {
        disk_failed(c, &e);
        return DISK_ASKED_WRONGLY;
    }
    struct media m = {.path = path}; /* for writing: nobody else may have it */
    struct disk *d = disk_open(&m, DISK_HARD, false, NULL, &e);
    if (!d)
        return disk_failed(c, &e);
    before = disk_bytes(d);
    disk_set_go_on(d, interrupted_not_yet);
    bool ok = make_beside(&made, path, &e);
    if (ok) {
        struct stat st;
        ok = fat_resize(d, made.fd, bytes, note, sizeof(note), &e);
        if (ok && stat(path, &st) == 0)
            fchmod(made.fd, st.st_mode & 07777);
        ok = settle(&made, path, ok, &e);
    }
    disk_close(d, NULL);
    if (!ok)
        return disk_failed(c, &e);
    clean_printf(c->out, "%s: %llu bytes, before %llu; %s\n", path, (unsigned long long)bytes,
                 (unsigned long long)before, note);
    return DISK_DONE;
}

int disk_resize(struct disk_call *c)
{
    return with_signals_held(c, resize);
}

/* ---- convert ---- */

static const char *format_of_name(const char *path)
{
    static const char *const known[][2] = {{".qcow2", "qcow2"}, {".vdi", "vdi"},
                                           {".vmdk", "vmdk"},   {".vhd", "vpc"},
                                           {".vhdx", "vhdx"},   {".qed", "qed"}};
    size_t n = strlen(path);
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        size_t s = strlen(known[i][0]);
        if (n > s && strcasecmp(path + n - s, known[i][0]) == 0)
            return known[i][1];
    }
    return "raw";
}

/* Its messages come out as they are. */
static bool qemu_img(const char *const *argv, struct err *e)
{
    int status, error = interrupted_run(argv, &status);
    if (error == ENOENT)
        return err_set(e, "this format is converted by qemu-img, which is not installed: apt-get "
                          "install qemu-utils");
    if (error)
        return err_set(e, "%s: %s", argv[0], strerror(error));
    return interrupted_not_yet(e) &&
           (status == 0 || err_set(e, "qemu-img did not convert it (above)"));
}

static bool export(void *opaque, int fd, struct err *e)
{
    return disk_export(opaque, fd, e);
}

/* Sectors that we can read ourselves, as plain sectors: to the file `to` or, if that is NULL, into
 * `flat`. */
static bool to_plain(const char *from, const char *to, const struct beside *flat, struct err *e)
{
    struct disk *d = disk_of_image(from, true, e);
    if (!d)
        return false;
    disk_set_go_on(d, interrupted_not_yet);
    bool ok = to ? out_file_save_by(to, export, d, e) : disk_export(d, flat->fd, e);
    disk_close(d, NULL);
    return ok;
}

/* A format of others' from or to it; through plain sectors unless `from` is foreign, so that
 * overlays and VHDs' footers are ours. */
static bool by_qemu_img(const char *from, bool foreign, struct beside *made, const char *to,
                        const char *format, struct err *e)
{
    char to_path[BESIDE_PATH], flat_path[BESIDE_PATH];
    const char *into = beside_path(made, to_path);
    struct beside flat;
    if (foreign) {
        const char *const probed[] = {"qemu-img", "convert", "-O", format, "--", from, into, NULL};
        return qemu_img(probed, e);
    }
    if (!make_beside(&flat, to, e))
        return false;
    bool ok = to_plain(from, NULL, &flat, e);
    if (ok) {
        const char *const plain[] = {"qemu-img", "convert", "-f", "raw",
                                     "-O",       format,    "--", beside_path(&flat, flat_path),
                                     into,       NULL};
        ok = qemu_img(plain, e);
    }
    beside_drop(&flat);
    return ok;
}

/* Does somebody else's format begin there? Then qemu-img finds out which. */
static bool is_foreign(const char *path)
{
    struct err e;
    struct disk *d = disk_of_image(path, true, &e);
    disk_close(d, NULL);
    return !d && access(path, R_OK) == 0 && strstr(e.text, "qemu-img");
}

static int convert(struct disk_call *c)
{
    struct err e;
    const char *from = c->argv[0], *to = c->argv[1];
    const char *format = c->v.format ? c->v.format : format_of_name(to);
    bool foreign = is_foreign(from);
    struct beside made;
    if (!may_make(c, to, &e))
        return disk_failed(c, &e);
    if (out_file_same(from, to)) {
        err_set(&e, "%s: is the image itself", to);
        return disk_failed(c, &e);
    }
    if (strcmp(format, "raw") == 0 && !foreign) {
        beside_tidy(to);
        return to_plain(from, to, NULL, &e) ? DISK_DONE : disk_failed(c, &e);
    }
    if (!make_beside(&made, to, &e))
        return disk_failed(c, &e);
    bool ok = by_qemu_img(from, foreign, &made, to, format, &e);
    return settle(&made, to, ok, &e) ? DISK_DONE : disk_failed(c, &e);
}

int disk_convert(struct disk_call *c)
{
    return with_signals_held(c, convert);
}
