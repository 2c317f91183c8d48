/*
 * media.h - what stands in for a medium in a drive.
 */
#ifndef FERRITE_MEDIA_H
#define FERRITE_MEDIA_H

#include "hw/base/types.h"

/*
 * What a drive does when the host cannot read or write, as QEMU's werror= and rerror=: tell the
 * guest; stop the machine, and do it again when it goes on; let the guest believe that it worked;
 * stop when there is no room, and else tell the guest. Default: hard disks' writes "enospc", all
 * else "report".
 */
enum on_error {
    ON_ERROR_DEFAULT,
    ON_ERROR_REPORT,
    ON_ERROR_STOP,
    ON_ERROR_IGNORE,
    ON_ERROR_ENOSPC,
};

struct folder_options; /* hw/storage/folder/folder.h */
struct shown;

/* A file that stands in for a disk. The embedded demo floppy comes as bytes, not as a file. */
struct media {
    const char *path;    /* NULL: no medium, unless bytes is set */
    const char *overlay; /* file that takes the writes, see hw/storage/overlay.h; NULL: none */
    const u8 *bytes;     /* a read-only image in memory, writes go to a throw-away copy */
    size_t size;         /* of bytes */
    const struct folder_options *folder; /* a FAT disk made of a host's folder; NULL: none */
    bool raw;                            /* plain sectors, whatever they look like (format=raw) */
    bool read_only;                      /* write-protected, as the notch or the jumper would say */
    enum on_error write_error, read_error;
    u64 snapshot_memory; /* bytes of throw-away writes to keep in memory; 0: 256 MiB */
    /* It is told what the guest sees of a folder or bytes; or it says that, and nothing else does
     * (hw/base/shown.h). NULL: nobody. */
    const struct shown *shown;
};

static inline bool media_present(const struct media *m)
{
    return m->path || m->bytes || m->folder || m->shown;
}

#endif
