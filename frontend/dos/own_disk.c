/*
 * own_disk.c - see own_disk.h. The disk boots as it would by itself; only CONFIG.SYS is another
 * one, which ends in SHELL=FERRITE.COM, so no AUTOEXEC.BAT is run: its SET and PATH lines are taken
 * over.
 */
#include "frontend/dos/own_disk.h"

#include "frontend/dos/fat_put.h"
#include "frontend/dos/own_config.h"
#include "hw/base/hostfile.h"
#include "images/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IMAGE_MOST = 128 << 20, FLOPPY_MOST = 2949120, CONFIG_MOST = 32768 };

static bool in_range(const struct own_disk *d, u64 sector, u32 count)
{
    u64 sectors = d->size / FAT_SECTOR;
    return sector <= sectors && count <= sectors - sector;
}

static bool read_sectors(void *opaque, u64 sector, u32 count, u8 *buf)
{
    const struct own_disk *d = opaque;
    if (in_range(d, sector, count))
        memcpy(buf, d->bytes + sector * FAT_SECTOR, (size_t)count * FAT_SECTOR);
    return in_range(d, sector, count);
}

static bool write_sectors(void *opaque, u64 sector, u32 count, const u8 *buf)
{
    struct own_disk *d = opaque;
    if (in_range(d, sector, count))
        memcpy(d->bytes + sector * FAT_SECTOR, buf, (size_t)count * FAT_SECTOR);
    return in_range(d, sector, count);
}

static bool load(struct own_disk *d, const char *image, struct err *e)
{
    struct stat st;
    int fd = open(image, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error = 0;
    if (fd < 0 || fstat(fd, &st) != 0)
        error = errno;
    else if (!S_ISREG(st.st_mode) || st.st_size > IMAGE_MOST)
        error = EFBIG;
    else if (!(d->bytes = malloc((size_t)st.st_size + 1)))
        error = ENOMEM;
    else
        error = host_read(fd, d->bytes, (size_t)st.st_size, 0);
    if (fd >= 0)
        close(fd);
    d->size = error ? 0 : (size_t)st.st_size;
    if (error == EFBIG)
        return err_set(e, "%s: is no image, or larger than 128 MB; boot it with -hda", image);
    return !error || err_set(e, "%s: %s", image, strerror(error));
}

static bool find_shell(struct own_disk *d, struct fat_files *f)
{
    static const char *const places[] = {"COMMAND.COM", "DOS/COMMAND.COM",
                                         "FREEDOS/BIN/COMMAND.COM", "FDOS/BIN/COMMAND.COM"};
    struct fat_entry x;
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        if (!fat_files_find(f, places[i], &x))
            continue;
        snprintf(d->shell, sizeof(d->shell), "%c:\\%s", d->letter, places[i]);
        for (char *p = d->shell; *p; p++)
            *p = *p == '/' ? '\\' : *p;
        return true;
    }
    return false;
}

/* A text of the root; NULL: none. */
static char *read_text(struct fat_files *f, const char *name, u32 *size)
{
    struct fat_entry x;
    *size = 0;
    if (!fat_files_find(f, name, &x))
        return NULL;
    char *text = (char *)fat_files_read(f, &x, CONFIG_MOST);
    *size = text ? x.size : 0;
    return text;
}

/* FreeDOS reads FDCONFIG.SYS and then no other. */
static bool put_config(struct own_disk *d, struct fat_files *f)
{
    static const char fd[] = "FDCONFIG.SYS", plain[] = "CONFIG.SYS";
    struct fat_entry x;
    bool freedos = fat_files_find(f, "KERNEL.SYS", &x);
    u32 n;
    char *old = freedos ? read_text(f, fd, &n) : NULL;
    if (!old)
        old = read_text(f, plain, &n);
    size_t room = n + 200;
    char *made = malloc(room);
    size_t used = made ? own_config(old ? old : "", n, d->letter, made, room, &d->menu) : 0;
    bool ok = used && fat_put_file(f, write_sectors, freedos ? fd : plain, (u8 *)made, (u32)used);
    free(made);
    free(old);
    return ok;
}

bool own_disk_make(struct own_disk *d, const char *image, struct err *e)
{
    *d = (struct own_disk){.letter = 'C'};
    struct fat_files f = {.read = read_sectors, .opaque = d};
    bool ok = load(d, image, e) && fat_files_open(&f, image, e);
    if (ok && f.volume.bits == 32)
        ok = err_set(e, "%s: is FAT32; ferrite dos starts copies of FAT12 and FAT16 disks", image);
    if (ok) {
        d->floppy = f.volume.start == 0 && d->size <= FLOPPY_MOST;
        d->letter = d->floppy ? 'A' : 'C';
        if (!find_shell(d, &f))
            ok = err_set(e, "%s: has no COMMAND.COM", image);
    }
    size_t size = ferrite_com_size;
    if (ok && (!fat_put_file(&f, write_sectors, "FERRITE.COM", ferrite_com, (u32)size) ||
               !put_config(d, &f)))
        ok =
            err_set(e, "%s: has no room for FERRITE.COM (%zu bytes) and a CONFIG.SYS", image, size);
    if (ok)
        d->autoexec = read_text(&f, "AUTOEXEC.BAT", &d->autoexec_size);
    if (!ok)
        own_disk_free(d);
    return ok;
}

void own_disk_free(struct own_disk *d)
{
    free(d->bytes);
    free(d->autoexec);
    d->bytes = NULL;
    d->autoexec = NULL;
}
