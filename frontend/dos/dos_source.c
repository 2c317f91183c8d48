/*
 * dos_source.c - finding a DOS. See dos_source.h.
 *
 * FreeDOS is known by KERNEL.SYS, which any FAT16 disk can start (images/harddisk/boot16.asm); its
 * files lie in the root of a boot disk, or in a folder as its installer makes them.
 *
 * MS-DOS, PC DOS and DR-DOS have to lie where their own boot sector looks for them: their image is
 * started as it is (own_disk.c).
 */
#include "frontend/dos/dos_source.h"

#include "frontend/archive/zip.h"
#include "frontend/control/xdg.h"
#include "frontend/dos/classify.h"
#include "frontend/dos/fat_files.h"
#include "hw/base/hostfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST = 4 << 20, IMAGE_MOST = 64 << 20, ARCHIVE_MOST = 512 << 20 };

/* Something that has files with paths. */
struct place {
    const char *name;
    /* NULL: no such file, or more than `most` bytes; free() it. */
    u8 *(*take)(void *opaque, const char *path, u32 most, u32 *size);
    void *opaque;
};

/* ---- what a DOS is made of ---- */

static const char *const kernel_names[] = {"KERNEL.SYS", NULL};
static const char *const shell_names[] = {"COMMAND.COM", "FREECOM.COM", NULL};
static const char *const xms_names[] = {"HIMEMX.EXE", "HIMEM.EXE", "XMGR.SYS", NULL};
static const char *const ems_names[] = {"JEMM386.EXE", "EMM386.EXE", NULL};
static const char *const *const names[DOS_PARTS] = {kernel_names, shell_names, xms_names,
                                                    ems_names};

/* Where they are, on boot disks and where FreeDOS is installed. */
static const char *const folders[] = {"",      "FREEDOS/BIN/", "FREEDOS/", "FDOS/BIN/",
                                      "FDOS/", "DOS/",         "BIN/"};

static bool take_part(struct dos_file *f, const struct place *p, const char *const *called)
{
    char path[64];
    for (; *called; called++) {
        for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
            snprintf(path, sizeof(path), "%s%s", folders[i], *called);
            f->bytes = p->take(p->opaque, path, FILE_MOST, &f->size);
            if (f->bytes && f->size) {
                snprintf(f->name, sizeof(f->name), "%s", *called);
                return true;
            }
            free(f->bytes);
            f->bytes = NULL;
        }
    }
    return false;
}

static bool has(const struct place *p, const char *path)
{
    u32 size;
    u8 *bytes = p->take(p->opaque, path, FILE_MOST, &size);
    free(bytes);
    return bytes != NULL;
}

static bool take_all(struct dos_source *s, const struct place *p, struct err *e)
{
    for (unsigned i = 0; i < DOS_PARTS; i++) {
        bool found = take_part(&s->part[i], p, names[i]);
        if (i == DOS_SHELL) /* what COMSPEC says */
            strcpy(s->part[i].name, shell_names[0]);
        if (found || i > DOS_SHELL)
            continue;
        if (i == DOS_SHELL)
            err_set(e, "%s: has FreeDOS' kernel, but no COMMAND.COM", p->name);
        else if ((s->other = has(p, "IO.SYS") || has(p, "IBMBIO.COM")))
            err_set(e,
                    "%s: has another DOS than FreeDOS, which ferrite dos starts from a disk's "
                    "image only: -dos IMAGE",
                    p->name);
        else
            err_set(e, "%s: has no DOS: no KERNEL.SYS and COMMAND.COM, as FreeDOS has them",
                    p->name);
        dos_source_close(s);
        return false;
    }
    return true;
}

/* ---- a folder of the host ---- */

/* The entry of that name, whatever its case, added to the path. */
static bool step_into(char path[PATH_MAX], const char *part, size_t n)
{
    DIR *d = opendir(path);
    bool found = false;
    for (struct dirent *x; d && !found && (x = readdir(d));) {
        found = strlen(x->d_name) == n && strncasecmp(x->d_name, part, n) == 0;
        size_t used = strlen(path);
        if (found)
            found =
                snprintf(path + used, PATH_MAX - used, "/%s", x->d_name) < (int)(PATH_MAX - used);
    }
    if (d)
        closedir(d);
    return found;
}

/* The bytes of a regular file. */
static u8 *take_file(const char *path, u32 most, u32 *size)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    u8 *bytes = NULL;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (u64)st.st_size <= most)
        bytes = malloc((size_t)st.st_size + 1);
    if (bytes && host_read(fd, bytes, (size_t)st.st_size, 0) != 0) {
        free(bytes);
        bytes = NULL;
    }
    if (bytes)
        *size = (u32)st.st_size;
    if (fd >= 0)
        close(fd);
    return bytes;
}

static u8 *take_from_folder(void *opaque, const char *path, u32 most, u32 *size)
{
    char at[PATH_MAX];
    snprintf(at, sizeof(at), "%s", (const char *)opaque);
    for (;;) {
        size_t n = strcspn(path, "/");
        if (!step_into(at, path, n))
            return NULL;
        if (!path[n])
            return take_file(at, most, size);
        path += n + 1;
    }
}

/* ---- an image ---- */

struct image {
    int fd;          /* of a file, or -1: */
    const u8 *bytes; /* in memory */
    u64 size;
    struct fat_files files;
};

static bool read_image(void *opaque, u64 sector, u32 count, u8 *buf)
{
    const struct image *i = opaque;
    u64 at = sector * FAT_SECTOR, n = (u64)count * FAT_SECTOR;
    if (sector > i->size / FAT_SECTOR || n > i->size - at)
        return false;
    if (i->fd >= 0)
        return host_read(i->fd, buf, (size_t)n, at) == 0;
    memcpy(buf, i->bytes + at, (size_t)n);
    return true;
}

static u8 *take_from_image(void *opaque, const char *path, u32 most, u32 *size)
{
    struct image *i = opaque;
    struct fat_entry x;
    if (!fat_files_find(&i->files, path, &x))
        return NULL;
    *size = x.size;
    return fat_files_read(&i->files, &x, most);
}

static bool open_image(struct dos_source *s, struct image *i, const char *name, struct err *e)
{
    i->files = (struct fat_files){.read = read_image, .opaque = i};
    const struct place p = {name, take_from_image, i};
    return fat_files_open(&i->files, name, e) && take_all(s, &p, e);
}

static bool open_image_file(struct dos_source *s, const char *path, struct err *e)
{
    struct stat st;
    struct image i = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    bool ok = i.fd >= 0 && fstat(i.fd, &st) == 0;
    if (!ok)
        err_set(e, "%s: cannot be read: %s", path, strerror(errno));
    i.size = ok ? (u64)st.st_size : 0;
    s->image = ok;
    if (ok && path != s->where)
        snprintf(s->where, sizeof(s->where), "%s", path);
    ok = ok && (open_image(s, &i, path, e) || s->other);
    if (i.fd >= 0)
        close(i.fd);
    return ok;
}

/* ---- a zip ---- */

struct archive {
    struct zip zip;
    char folder[ZIP_PATH_MAX]; /* in it, with a slash at the end or empty */
};

static u8 *take_from_zip(void *opaque, const char *path, u32 most, u32 *size)
{
    struct archive *a = opaque;
    char full[ZIP_PATH_MAX + 64];
    snprintf(full, sizeof(full), "%s%s", a->folder, path);
    size_t i = zip_find(&a->zip, full);
    if (i == a->zip.count || a->zip.entries[i].folder || a->zip.entries[i].size > most)
        return NULL;
    *size = a->zip.entries[i].size;
    return zip_read(&a->zip, i, NULL);
}

/* The folder in which a kernel lies. */
static bool find_kernel(struct archive *a)
{
    for (size_t i = 0; i < a->zip.count; i++) {
        const char *name = a->zip.entries[i].name, *slash = strrchr(name, '/');
        const char *last = slash ? slash + 1 : name;
        if (!a->zip.entries[i].folder && strcasecmp(last, kernel_names[0]) == 0) {
            snprintf(a->folder, sizeof(a->folder), "%.*s", (int)(last - name), name);
            return true;
        }
    }
    return false;
}

/* The first image in it that has a DOS. */
static bool open_image_in_zip(struct dos_source *s, struct zip *z, const char *path, struct err *e)
{
    for (size_t n = 0; n < z->count; n++) {
        const struct zip_entry *x = &z->entries[n];
        bool named = has_extension(x->name, ".img") || has_extension(x->name, ".ima") ||
                     has_extension(x->name, ".flp");
        if (x->folder || !named || x->size > IMAGE_MOST)
            continue;
        u8 *bytes = zip_read(z, n, e);
        if (!bytes)
            return false;
        struct image i = {.fd = -1, .bytes = bytes, .size = x->size};
        bool ok = open_image(s, &i, x->name, e);
        free(bytes);
        if (ok)
            return true;
    }
    return err_set(e,
                   "%s: has no DOS: neither KERNEL.SYS and COMMAND.COM, as FreeDOS has them, "
                   "nor a disk's image with them",
                   path);
}

static bool open_zip(struct dos_source *s, const char *path, struct err *e)
{
    u32 size = 0;
    u8 *bytes = take_file(path, ARCHIVE_MOST, &size);
    struct archive a = {.folder = ""};
    if (!bytes)
        return err_set(e, "%s: cannot be read, or is larger than 512 MB", path);
    bool ok = zip_open(&a.zip, path, bytes, size, e);
    if (ok) {
        const struct place p = {path, take_from_zip, &a};
        ok = find_kernel(&a) ? take_all(s, &p, e) : open_image_in_zip(s, &a.zip, path, e);
        zip_close(&a.zip);
    }
    free(bytes);
    return ok;
}

/* ---- all of them ---- */

/* An image of FreeDOS in that folder: the 1.44M floppy before the others, which lack room. */
static bool find_image(const char *folder, char path[PATH_MAX])
{
    DIR *d = opendir(folder);
    char best[256] = "";
    bool best_large = false;
    for (struct dirent *x; d && (x = readdir(d));) {
        bool large = strstr(x->d_name, "1.4MB") != NULL;
        if (!has_extension(x->d_name, ".img") || large < best_large ||
            (*best && large == best_large && strcmp(x->d_name, best) > 0))
            continue;
        snprintf(best, sizeof(best), "%s", x->d_name);
        best_large = large;
    }
    if (d)
        closedir(d);
    return *best && snprintf(path, PATH_MAX, "%s/%s", folder, best) < PATH_MAX;
}

bool dos_source_open(struct dos_source *s, const char *where, struct err *e)
{
    struct stat st;
    u8 magic[4] = {0};
    *s = (struct dos_source){.where = ""};
    snprintf(s->where, sizeof(s->where), "%s", where);
    if (stat(where, &st) != 0)
        return err_set(e, "%s: %s", where, strerror(errno));
    if (S_ISDIR(st.st_mode)) {
        const struct place p = {where, take_from_folder, s->where};
        char image[PATH_MAX];
        if (!has(&p, kernel_names[0]) && find_image(where, image))
            return open_image_file(s, image, e);
        return take_all(s, &p, e);
    }
    if (!S_ISREG(st.st_mode))
        return err_set(e, "%s: is neither a file nor a folder", where);
    int fd = open(where, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!pread(fd, magic, sizeof(magic), 0);
        close(fd);
    }
    return memcmp(magic, "PK\3\4", 4) == 0 ? open_zip(s, where, e) : open_image_file(s, where, e);
}

/* Where scripts/run looks: $FERRITE_SHARED, else beside the folder that we were built in. */
static bool find_shared(char path[PATH_MAX])
{
    char folder[PATH_MAX + 64], self[PATH_MAX] = "";
    const char *shared = getenv("FERRITE_SHARED");
    if (shared && *shared) {
        snprintf(folder, sizeof(folder), "%s/guests/freedos", shared);
        return find_image(folder, path);
    }
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    for (int up = 0; n > 0 && up < 3; up++) {
        char *slash = strrchr(self, '/');
        if (!slash)
            return false;
        *slash = 0;
    }
    snprintf(folder, sizeof(folder), "%s/shared/guests/freedos", self);
    return n > 0 && find_image(folder, path);
}

bool dos_source_find(struct dos_source *s, struct err *e)
{
    char path[PATH_MAX];
    if (xdg_path(XDG_CONFIG, "dos", path) && access(path, F_OK) == 0)
        return dos_source_open(s, path, e);
    if (find_shared(path))
        return dos_source_open(s, path, e);
    if (xdg_path(XDG_DATA, ".get/freedos", path) && access(path, F_OK) == 0)
        return dos_source_open(s, path, e);
    *s = (struct dos_source){.where = ""};
    return err_set(e, "there is no DOS yet: ferrite get freedos fetches FreeDOS (free software, "
                      "once, under 25 MB); or say -dos with a disk's image, folder or .zip that "
                      "has one");
}

void dos_source_close(struct dos_source *s)
{
    for (unsigned i = 0; i < DOS_PARTS; i++) {
        free(s->part[i].bytes);
        s->part[i].bytes = NULL;
    }
}
