/*
 * live.h - rw=live: what a guest writes on a folder's disk becomes changes of the host's files.
 *
 * The guest's sectors never go to a file directly. They collect in an overlay (of whoever calls);
 * now and then the tree that the guest sees is compared with the tree that was applied last, and
 * what has settled is done on the host, a file at a time, by renaming a whole new one into place.
 * The rules are in README.md of this folder.
 */
#ifndef FERRITE_LIVE_H
#define FERRITE_LIVE_H

#include "hw/storage/folder/folder.h"

/* How the guest's disk is read and written beneath the comparison. 0 or an errno value. */
struct live_disk {
    int (*read)(void *opaque, u64 sector, u32 count, u8 *buf);
    int (*write)(void *opaque, u64 sector, u32 count, const u8 *buf);
    void *opaque;
};

struct live;

/* `f` is borrowed. NULL + err. */
struct live *live_new(struct folder *f, const struct live_disk *disk, struct log *log,
                      struct err *e);
void live_free(struct live *l);

/* The guest is about to write: call it before the sectors are on the disk. 0 or an errno value. */
int live_write(struct live *l, u64 sector, u32 count, const u8 *buf);
/*
 * Has the guest left alone the entry of the file that this sector belongs to by the layout? Of
 * sectors that belong to none: true.
 */
bool live_entry_same(struct live *l, u64 sector);
/*
 * All writes so far were only what was left of the guest's; call it once, behind them. false: out
 * of memory.
 */
bool live_doubt(struct live *l);
/* 100 ms of guest time have passed. */
void live_tick(struct live *l);
/*
 * An errno value: the host's medium is full or broken, and files are not saved for that. Whoever
 * writes the next sector tells the guest, or stops the machine, after one more try with
 * live_retry().
 */
int live_trouble(const struct live *l);
int live_retry(struct live *l);
/* The guest flushes, switches off, resets: all that is consistent is applied and on the medium. */
void live_flush(struct live *l);
/*
 * The end: as live_flush(), until nothing more can be done. What could not be saved goes into
 * `unsaved` (a folder to make; NULL: nowhere). How many files; the reason of the first in `why`.
 */
u32 live_end(struct live *l, const char *unsaved, char *why, size_t size);

/*
 * From now on `say` hears what is done ("rename A.TXT to B.TXT"); with `dry` it is only said, and
 * not done.
 */
void live_tell(struct live *l, void (*say)(void *opaque, const char *what), void *opaque, bool dry);

/*
 * Aliases that files have by now, as far as their names alone do not give them. false: out of
 * memory. They may have changed since the last call if live_names_changed().
 */
bool live_aliases(struct live *l, struct aliases *out);
bool live_names_changed(const struct live *l);

/* What was done so far (tests, monitor). */
struct live_counts {
    u32 created, replaced, renamed, deleted, made, attributes;
    u32 failed;    /* tries that the host refused */
    u32 conflicts; /* host's versions that were kept beside the guest's */
    bool stopped;  /* the guest formatted the disk: nothing is applied any more */
};
const struct live_counts *live_counts(const struct live *l);

#endif
