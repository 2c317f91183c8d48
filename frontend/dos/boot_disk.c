/*
 * boot_disk.c - the boot disk's contents and its sectors. See boot_disk.h.
 *
 * One FAT16 partition, which every FreeDOS kernel reads (those of some floppy editions are built
 * without FAT32), with our own partition sector and boot sector (images/harddisk). FreeDOS reads
 * FDCONFIG.SYS and then no CONFIG.SYS.
 */
#include "frontend/dos/boot_disk.h"

#include "hw/storage/folder/layout.h"
#include "images/harddisk.h"
#include "images/tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIB = 1 << 20, DISK_MIB = 64 };

/* 2026-01-01: the files' time must not depend on today, nor on where the host is. */
static const struct tree_time made = {.seconds = 1767225600};

/* The text of FDCONFIG.SYS; returns its length. */
static size_t boot_disk_config(char *buf, size_t size, const struct dos_source *dos,
                               const struct dos_memory *memory)
{
    /* SWITCHES=/N: no two seconds of waiting for F5 and F8. IDLEHALT: an idle prompt halts. */
    int n = snprintf(buf, size,
                     "SWITCHES=/N\r\nLASTDRIVE=Z\r\nFILES=60\r\nBUFFERS=20\r\nIDLEHALT=1\r\n"
                     "DOS=HIGH,UMB\r\n");
    n += dos_memory_lines(memory, dos, buf + n, size - (size_t)n);
    n += snprintf(buf + n, size - (size_t)n, "SHELL=C:\\FERRITE.COM RUN\r\n");
    return (size_t)n;
}

static bool add(struct tree *t, const char *name, const void *bytes, size_t size, struct err *e)
{
    return tree_add_file(t, TREE_ROOT, name, bytes, size, FAT_ARCHIVE, made) != TREE_NONE ||
           err_set(e, "the boot disk: out of memory");
}

static bool add_batch(struct tree *t, const struct dos_file *batch, struct err *e)
{
    u32 folder = tree_add_directory(t, TREE_ROOT, BOOT_DISK_BATCH, made);
    return (folder != TREE_NONE && tree_add_file(t, folder, batch->name, batch->bytes, batch->size,
                                                 FAT_ARCHIVE, made) != TREE_NONE) ||
           err_set(e, "the boot disk: out of memory");
}

static bool add_files(struct tree *t, const struct dos_source *dos, const char *config, size_t n,
                      const struct dos_memory *memory, const struct dos_file *batch, struct err *e)
{
    const bool wanted[DOS_PARTS] = {
        [DOS_KERNEL] = true,
        [DOS_SHELL] = true,
        [DOS_XMS] = memory->xms.driver == DRIVER_DOS,
        [DOS_EMS] = memory->ems.driver == DRIVER_DOS,
    };
    for (unsigned i = 0; i < DOS_PARTS; i++) {
        const struct dos_file *f = &dos->part[i];
        if (f->bytes && wanted[i] && !add(t, f->name, f->bytes, f->size, e))
            return false;
    }
    if (memory->xms.driver == DRIVER_OURS &&
        !add(t, "FERRXMS.SYS", ferrxms_sys, ferrxms_sys_size, e))
        return false;
    if (memory->ems.driver == DRIVER_OURS &&
        !add(t, "FERREMS.SYS", ferrems_sys, ferrems_sys_size, e))
        return false;
    return add(t, "FERRITE.COM", ferrite_com, ferrite_com_size, e) &&
           add(t, "FDCONFIG.SYS", config, n, e) && (!batch || add_batch(t, batch, e)) &&
           (tree_arrange(t) || err_set(e, "the boot disk: out of memory"));
}

static size_t file_bytes(void *opaque, u32 node, u64 offset, u8 *out, size_t size)
{
    const struct tree *t = opaque;
    const struct tree_node *n = &t->node[node];
    size_t left = offset < n->size ? (size_t)(n->size - offset) : 0;
    left = left < size ? left : size;
    if (left)
        memcpy(out, n->bytes + offset, left);
    return left;
}

/* All sectors that are not empty. */
static bool emit(struct boot_disk *d, const struct layout *l, struct tree *t, struct err *e)
{
    d->size = (size_t)l->sectors * FAT_SECTOR;
    d->bytes = calloc(1, d->size); /* most of it is never touched */
    if (!d->bytes)
        return err_set(e, "the boot disk: out of memory");
    for (u64 s = layout_next_data(l, 0); s < l->sectors; s = layout_next_data(l, s + 1)) {
        struct layout_data data;
        u8 *out = d->bytes + s * FAT_SECTOR;
        if (!layout_sector(l, s, out, &data))
            file_bytes(t, data.node, data.offset, out, FAT_SECTOR);
    }
    return true;
}

bool boot_disk_make(struct boot_disk *d, const struct dos_source *dos,
                    const struct dos_memory *memory, const struct dos_file *batch, struct err *e)
{
    char config[512];
    *d = (struct boot_disk){.bytes = NULL};
    if (!dos_memory_there(memory, dos, e))
        return false;
    size_t n = boot_disk_config(config, sizeof(config), dos, memory);
    struct tree *t = tree_new();
    struct layout *l = NULL;
    const struct layout_options o = {
        .fat = 16,
        .bytes = DISK_MIB * (u64)MIB,
        .label = "FERRITE DOS",
        .utc = true,
        .serial = 0x46455252,
        .boot = boot16_sector,
        .mbr = mbr_sector,
    };
    bool ok = t ? add_files(t, dos, config, n, memory, batch, e)
                : err_set(e, "the boot disk: out of memory");
    if (ok)
        l = layout_new(t, &o, "the boot disk", e);
    ok = l && emit(d, l, t, e);
    layout_free(l);
    tree_free(t);
    return ok;
}

void boot_disk_free(struct boot_disk *d)
{
    free(d->bytes);
    d->bytes = NULL;
}
