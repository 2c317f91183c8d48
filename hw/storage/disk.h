/*
 * disk.h - the image layer: what a floppy or a hard disk's bytes are kept in.
 *
 * A struct disk is a flat array of 512-byte sectors over a stack of layers:
 *
 *     file      an image file, written straight through (disk_file.c)
 *     folder    a FAT disk made on demand of a host's folder (disk_folder.c)
 *     memory    bytes that belong to somebody else, never written (disk.c)
 *     overlay   sectors written by the guest, kept in memory and, when there are many, in a
 *               temporary file, over one of these (disk_overlay.c)
 *     cow       the same in a file (hw/storage/overlay.h), over an image file that is only read
 *               (disk_cow.c)
 *
 * Ownership: whoever calls disk_open() calls disk_close(). Controllers (hw/storage/fdc82077.h,
 * hw/storage/ide.h) only borrow the pointer between insert/attach and eject; they also save and
 * load the disk's state, so that memory and disk always agree in a snapshot.
 *
 * A write that was reported as done has been handed to the host's kernel (pwrite, no cache of our
 * own); disk_flush() makes it durable. A failed write is reported three times: to the guest by the
 * controller, in the log (of many errors only a few), and to the person by disk_close(). Or the
 * machine stops for it, see disk_on_stop().
 */
#ifndef FERRITE_DISK_H
#define FERRITE_DISK_H

#include "hw/base/err.h"
#include "hw/base/journal.h"
#include "hw/base/log.h"
#include "hw/base/media.h"
#include "hw/base/types.h"
#include "hw/storage/floppy.h"

#define SECTOR_SIZE 512u

struct disk;
struct state;

enum disk_kind {
    DISK_FLOPPY, /* up to 2.88M; its format by boot sector and size, see hw/storage/floppy.h */
    DISK_HARD,   /* any size; an odd last sector is completed with zeros */
    DISK_CD,     /* anything from one block of 2048 bytes on; never written to */
};

/*
 * Open m->path or m->bytes. With `snapshot` the file is opened for reading only and writes go to
 * an overlay in memory that disappears at disk_close(); images given as bytes always work so.
 *
 * A file is write-protected when m->read_only is set or, for a floppy, when the file may not be
 * written (or carries no write permission for anybody: that is honoured even for root). A hard
 * disk in such a file is an error with a remedy, because no guest expects a protected hard disk.
 *
 * The file is locked: one writer, or any number of readers. NULL + err when the file is missing,
 * unreadable, in use, not a file, of an impossible size, or no plain sectors (image_kind.h).
 *
 * A diskette's file may be shorter than the diskette: zeros follow, and a write behind its end
 * makes it longer. A note in the log says so.
 */
struct disk *disk_open(const struct media *m, enum disk_kind kind, bool snapshot, struct log *log,
                       struct err *e);

/* Flush and close; false + err when something that the guest wrote is not in the image. NULL: ok */
bool disk_close(struct disk *d, struct err *e);

/*
 * Its files are to be replaced by others of the same size: first flushed and closed, then opened
 * again, with `overlay` over the image from now on unless it is NULL. In between, and when it
 * cannot be opened, whatever the guest wants of it fails. false + err; a folder's disk or one of
 * bytes refuses the first and stays as it is.
 */
bool disk_let_go(struct disk *d, struct err *e);
bool disk_take_up(struct disk *d, const char *overlay, struct err *e);

/*
 * Of a host's folder: hashes of what is shown and of what it holds now. false: it is none, or
 * cannot be read.
 */
bool disk_folder_look(struct disk *d, u64 *shown, u64 *now);
/*
 * Show what it holds now. The guest is to be told: its caches are of what was there before. false +
 * err: as it was; renewed, but what the guest had written is not all saved; or (rw=live) not
 * readable any more, which is what disk_lose() does. *how says which; *opening is the number of the
 * disk that is shown (hw/base/shown.h), in a replay the one to show.
 */
bool disk_renew(struct disk *d, u32 *opening, enum renewed *how, struct err *e);
void disk_lose(struct disk *d);

/*
 * Whole sectors. false when the range is outside of the disk, the host cannot read (the file was
 * truncated, I/O error), the disk is write-protected, or the host cannot write (disk full). After a
 * failed write, sectors before the failing one may have been written.
 */
bool disk_read(struct disk *d, u64 sector, u32 count, void *buf);
bool disk_write(struct disk *d, u64 sector, u32 count, const void *buf);
bool disk_flush(struct disk *d);
/* Why the last of these failed, if it was for the host: "No space left on device"; else NULL. */
const char *disk_why(const struct disk *d);
/*
 * Errors of the host for which the machine is to stop (struct media, write_error and read_error):
 * `fn` is called, the operation has failed, and disk_waits() is true until the next one. Its
 * controller then does not tell the guest, but does the same again after a while of guest time,
 * which passes when the person lets the machine go on. Without `fn`, the guest is told.
 */
void disk_on_stop(struct disk *d, void (*fn)(void *opaque, const char *why), void *opaque);
bool disk_waits(const struct disk *d);
/*
 * Called now and then by whoever runs the machine: what the guest wrote a while ago and never
 * flushed is to survive the end of this program, if not the host's. Costs nothing after no write.
 */
bool disk_settle(struct disk *d);
/* Called every DISK_TICK of guest time: what a guest has left alone for a while can be worked on.
 */
#define DISK_TICK (100 * NS_PER_MS)
void disk_tick(struct disk *d);
/* The guest was reset or switched off: what it wrote will not be completed. */
void disk_rest(struct disk *d);

u64 disk_sectors(const struct disk *d);
u64 disk_bytes(const struct disk *d); /* that are there: the last sector may be cut short */
const struct floppy_format *disk_floppy(const struct disk *d); /* NULL: no DISK_FLOPPY */
bool disk_read_only(const struct disk *d);
const char *disk_name(const struct disk *d); /* for messages: path or "built-in image" */
/* Sectors written since opening (monitor, tests). */
u64 disk_written(const struct disk *d);
u64 disk_was_read(const struct disk *d); /* and read */
/* All sectors as the guest sees them now, into a file that is empty; zeros become holes. */
bool disk_export(struct disk *d, int fd, struct err *e);
/* Who copies much of a disk (disk_export(), fat_resize()) asks this now and then: false + err ends
 * it. */
void disk_set_go_on(struct disk *d, bool (*go_on)(struct err *e));
bool disk_may_go_on(const struct disk *d, struct err *e);

/*
 * The geometry that an ATA disk of this size reports and a BIOS puts into CMOS: at most 16383
 * cylinders, 16 heads, 63 sectors; smaller for disks below one such cylinder.
 */
struct disk_geometry {
    u32 cylinders, heads, sectors;
};
struct disk_geometry disk_geometry(u64 sectors);

/*
 * Save or load what belongs to a snapshot: the overlay's sectors, and a fingerprint of the image
 * below it. Loading fails when the image holds something else than when the snapshot was taken.
 */
void disk_state(struct disk *d, struct state *s);

#endif
