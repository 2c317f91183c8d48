/*
 * disk_image.c - `ferrite disk mkfs, resize, convert`: whole images. See disk_cmd.h.
 *
 * Each makes a new file beside the target and renames it, so that what fails, or is killed, leaves
 * what was there. Formats of others are qemu-img's business: it is called when it is installed.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/disk/disk_cmd.h"

#include "frontend/control/out_file.h"
#include "frontend/machines/files.h"
#include "hw/base/clean.h"
#include "hw/base/hostfile.h"
#include "hw/storage/fat_format.h"
#include "hw/storage/fatfs.h"
#include "hw/storage/floppy.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

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

/* A new file, to be renamed; -1 + err. */
static int make_beside(const char *path, char **made, struct err *e)
{
    int fd = asprintf(made, "%s.part-%d", path, (int)getpid()) > 0 ? 0 : -1;
    if (fd < 0) {
        *made = NULL;
        err_set(e, "out of memory");
        return -1;
    }
    fd = open(*made, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        err_set(e, "%s: %s", *made, strerror(errno));
    return fd;
}

/* Durable under its name, or gone. */
static bool settle(int fd, char *made, const char *path, bool ok, struct err *e)
{
    int error = ok && fd >= 0 ? host_sync(fd) : 0;
    if (fd >= 0 && close(fd) != 0 && !error)
        error = errno;
    if (ok && !error && rename(made, path) != 0)
        error = errno;
    if (made && (!ok || error))
        unlink(made);
    else if (ok)
        host_sync_name(path);
    free(made);
    return ok && (!error || err_set(e, "%s: %s", path, strerror(error)));
}

/* ---- mkfs ---- */

static bool put_files(const char *image, const char *folder, struct err *e)
{
    struct disk *d = disk_of_image(image, false, e);
    struct fatfs *f = d ? fatfs_open(d, 0, e) : NULL;
    struct err why;
    bool ok = f && disk_put_tree(f, folder, "", e);
    if (f && !fatfs_close(f, &why) && ok)
        ok = err_set(e, "%s", why.text);
    if (d && !disk_close(d, &why) && ok)
        ok = err_set(e, "%s", why.text);
    return ok;
}

int disk_mkfs(struct disk_call *c)
{
    struct err e;
    const char *path = c->argv[0];
    struct fat_format f = {.bits = c->v.fat, .label = c->v.label};
    struct stat st;
    char *made = NULL;
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
    int fd = may_make(c, path, &e) ? make_beside(path, &made, &e) : -1;
    ok = fd >= 0 && fat_format(fd, &f, path, &e) && (!c->v.from || put_files(made, c->v.from, &e));
    return settle(fd, made, path, ok, &e) ? DISK_DONE : disk_failed(c, &e);
}

/* ---- resize ---- */

int disk_resize(struct disk_call *c)
{
    struct err e;
    const char *path = c->argv[0];
    u64 bytes, before;
    char note[300], *made = NULL;
    if (!disk_take_size(c->argv[1], &bytes, &e)) {
        disk_failed(c, &e);
        return DISK_ASKED_WRONGLY;
    }
    struct media m = {.path = path}; /* for writing: nobody else may have it */
    struct disk *d = disk_open(&m, DISK_HARD, false, NULL, &e);
    if (!d)
        return disk_failed(c, &e);
    before = disk_bytes(d);
    int fd = make_beside(path, &made, &e);
    bool ok = fd >= 0 && fat_resize(d, fd, bytes, note, sizeof(note), &e);
    struct stat st;
    if (ok && stat(path, &st) == 0)
        fchmod(fd, st.st_mode & 07777);
    ok = settle(fd, made, path, ok, &e);
    disk_close(d, NULL);
    if (!ok)
        return disk_failed(c, &e);
    clean_printf(c->out, "%s: %llu bytes, before %llu; %s\n", path, (unsigned long long)bytes,
                 (unsigned long long)before, note);
    return DISK_DONE;
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
static bool qemu_img(char *const *argv, struct err *e)
{
    pid_t child;
    int status = -1, error = posix_spawnp(&child, argv[0], NULL, NULL, argv, environ);
    if (error == ENOENT)
        return err_set(e, "this format is converted by qemu-img, which is not installed: apt-get "
                          "install qemu-utils");
    if (error)
        return err_set(e, "%s: %s", argv[0], strerror(error));
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status == 0 || err_set(e, "qemu-img did not convert it (above)");
}

static bool export(void *opaque, int fd, struct err *e)
{
    return disk_export(opaque, fd, e);
}

/* Sectors that we can read ourselves, as plain sectors. false, with e empty: we cannot. */
static bool to_raw(struct disk_call *c, const char *from, const char *to, struct err *e)
{
    struct disk *d = disk_of_image(from, true, e);
    if (!d)
        return false;
    bool ok = out_file_save_by(to, export, d, e);
    disk_close(d, NULL);
    (void)c;
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

int disk_convert(struct disk_call *c)
{
    struct err e;
    char *from = c->argv[0], *to = c->argv[1], *flat = NULL, *made = NULL;
    const char *format = c->v.format ? c->v.format : format_of_name(to);
    bool raw = strcmp(format, "raw") == 0, foreign = is_foreign(from);
    bool ok = may_make(c, to, &e);
    if (ok && out_file_same(from, to))
        ok = err_set(&e, "%s: is the image itself", to);
    if (ok && raw && !foreign)
        return to_raw(c, from, to, &e) ? DISK_DONE : disk_failed(c, &e);
    if (ok && !foreign) { /* through plain sectors, so that overlays and VHDs' footers are ours */
        int fd = make_beside(to, &flat, &e);
        struct disk *d = fd >= 0 ? disk_of_image(from, true, &e) : NULL;
        ok = d && disk_export(d, fd, &e);
        disk_close(d, NULL);
        if (fd >= 0)
            close(fd);
    }
    if (ok && asprintf(&made, "%s.new-%d", to, (int)getpid()) < 0) {
        made = NULL;
        ok = err_set(&e, "out of memory");
    }
    if (ok) {
        char *const plain[] = {"qemu-img", "convert", "-f", "raw", "-O", (char *)(uintptr_t)format,
                               "--",       flat,      made, NULL};
        char *const probed[] = {"qemu-img", "convert", "-O", (char *)(uintptr_t)format,
                                "--",       from,      made, NULL};
        ok = qemu_img(foreign ? probed : plain, &e);
    }
    if (flat)
        unlink(flat);
    free(flat);
    return settle(-1, made, to, ok, &e) ? DISK_DONE : disk_failed(c, &e);
}
