/*
 * live_inside.h - what live.c (writes, moments), diff.c (comparison, pure) and apply.c (the host)
 * share. For these files and their tests only.
 */
#ifndef FERRITE_LIVE_INSIDE_H
#define FERRITE_LIVE_INSIDE_H

#include "hw/storage/folder/counters.h"
#include "hw/storage/folder/live.h"
#include "hw/storage/folder/volume.h"

#include <limits.h>
#include <sys/stat.h>

/* Ticks of 100 ms. */
enum { LIVE_QUIET = 5, LIVE_HOLES = 600, LIVE_RETRY = 50, LIVE_TUNNEL = 150 };

/* A file or folder as it was applied last. Those of the scan have the numbers of their nodes. */
struct object {
    u32 parent, next, first; /* objects; NOBODY */
    char *name;              /* of the host */
    bool own_name;           /* to be freed */
    bool alive, linked;
    u32 start, freed; /* its identity: a cluster, and how often that was freed before */
    u32 slot, slots;  /* in its parent */
    u64 shown;        /* hash of the name that the guest sees */
    u64 chain;        /* as struct chain's hash */
    u8 raw[FAT_ENTRY];
    u8 alias[ALIAS_BYTES];
    /* The host's file. */
    u64 device, inode, size;
    struct tree_time modified;
    bool unsynced;
    bool said; /* that it could not be saved */
    /* Of the comparison. */
    bool touched; /* data or table changed since it was applied */
    bool dirty;   /* a folder: to be compared */
    u32 listed;   /* pass in which its entries were read */
    u32 seen;     /* pass in which an entry of this identity was found */
    u32 walked;   /* pass in which its chain was claimed */
    u32 taken;    /* pass in which somebody else had its first cluster, and it no entry */
    u32 entry;    /* of that pass; NOBODY: it was as it was applied */
};

/* An entry that is not what was applied. */
enum verdict {
    VERDICT_BAD,   /* inconsistent: wait for another write */
    VERDICT_YOUNG, /* consistent and not settled: wait for the time */
    VERDICT_READY
};
struct seen {
    u32 dir;    /* object */
    u32 object; /* of the same identity; NOBODY */
    u32 at;     /* object of the same path; NOBODY */
    enum verdict verdict;
    bool takes; /* clusters of what has no entry any more */
    struct chain chain;
    struct volume_entry e;
};

enum op_kind { OP_MKDIR, OP_WRITE, OP_RENAME, OP_DELETE, OP_ATTRIBUTES };
struct op {
    enum op_kind kind;
    u32 object; /* NOBODY: a new one */
    u32 seen;   /* the entry; NOBODY for OP_DELETE */
    u32 over;   /* object that it takes the place of; NOBODY */
    bool done, failed;
};

/* An alias that went: a file of this name that comes soon gets the old long name. */
struct tunnel {
    u32 parent, tick;
    u8 alias[ALIAS_BYTES];
    char name[NAME_BYTES + 1];
};
enum { TUNNELS = 32 };

/* Result of a comparison. */
struct diff {
    struct seen *seen;
    u32 seens, seen_room;
    struct op *op;
    u32 ops, op_room;
    u32 *dir; /* folders that were compared */
    u32 dirs, dir_room;
    u64 *claims; /* cluster << 32 | claim + 1, open addressing */
    u32 claim_places, claim_count;
    bool young; /* something only waits for time to pass */
    bool no_memory;
};

struct live {
    struct folder *folder;
    const struct layout *layout;
    struct live_disk disk;
    struct log *log;
    struct volume volume;
    struct counters *counters;
    struct object *object;
    u32 objects, object_room;
    u32 *dirty; /* folders to be compared; room for all objects */
    u32 dirties;
    u32 pass;
    u32 tick;
    u32 retry_at;  /* 0: nothing failed */
    bool wrote;    /* since the last comparison */
    bool again;    /* what was done lets more be done */
    int trouble;   /* of the last comparison: the host's medium; 0: none */
    bool unsynced; /* some object is */
    bool clean;    /* the guest has marked the volume clean */
    struct tunnel tunnel[TUNNELS];
    u32 tunnels;
    struct diff diff;
    void (*say)(void *opaque, const char *what); /* NULL: nobody wants to know */
    void *say_opaque;
    bool dry;
    bool renamed; /* some object has come, gone or got another name or alias */
    bool whole;   /* all sectors count as written */
    bool keep;    /* nothing is deleted yet */
    struct live_counts counts;
    char why[300]; /* of the last failure */
    u8 *buffer;    /* a cluster */
};

/* ---- live.c ---- */

/* Who was applied with this cluster, or has it by the layout. */
u32 live_owner(const struct live *l, u32 cluster);
bool live_same_identity(const struct live *l, const struct object *o);
u32 live_new_object(struct live *l, u32 parent, const char *name);
void live_link(struct live *l, u32 object, u32 parent);
void live_unlink(struct live *l, u32 object);
/* Of the host, below the root; 0: too long. */
size_t live_path(const struct live *l, u32 object, char *out, size_t size);
void live_mark_dirty(struct live *l, u32 dir);
/* Has this sector of a cluster bytes of its file (NOBODY: a new one), not of what was there before?
 */
bool live_has_bytes(const struct live *l, u32 object, u32 cluster, u32 sector);
u64 live_name_hash(const struct long_name *name);

/* This object has the chain from now on. */
void live_own_chain(struct live *l, u32 object);

/* ---- diff.c: reads, changes nothing but marks in objects ---- */

/*
 * Compare all dirty folders; the list of what is to be done in l->diff. `quiet`: ticks that an
 * entry must have been left alone for.
 */
void live_compare(struct live *l, u32 quiet);

/* ---- apply.c ---- */

/* Do what l->diff says. How many operations were done. */
u32 live_apply(struct live *l);

/* What an entry is called on the host. 0 or EILSEQ. */
int live_host_name(const struct live *l, const struct seen *s, u32 over, char out[NAME_BYTES + 1]);
/* The object is what the entry says; `data`: its bytes are, too. */
void live_take_entry(struct live *l, u32 object, const struct seen *s, bool data);
/* It has another place or name. */
void live_moved(struct live *l, u32 object, u32 dir, const char *name);
void live_bury(struct live *l, u32 object);
/* May the operation's object take the place of what is there? */
bool live_may_replace(const struct live *l, const struct op *op);
u32 live_who_has(const struct live *l, u32 dir, const char *name);

/* ---- apply_tell.c ---- */

enum { LIVE_TEXT = 2 * PATH_MAX + 64 };
/* "rename A.TXT to B.TXT", before it is done; "": nothing that the host would notice. */
void live_describe(const struct live *l, const struct op *op, char text[LIVE_TEXT]);
/* As if it had been done. 0 or EAGAIN. */
int live_pretend(struct live *l, struct op *op, bool force);

/* ---- apply_file.c; ints are 0 or an errno value ---- */

/* Attributes that the host keeps beside a file. */
enum { LIVE_STORED = FAT_HIDDEN | FAT_SYSTEM | FAT_ARCHIVE };

void live_said(struct live *l, const char *name, const char *what);
/* The host's folder of an object; -1 and errno. */
int live_open_dir(const struct live *l, u32 dir);
/* Is what is there what was applied last? */
bool live_is_ours(const struct object *o, const struct stat *st);
void live_take_stat(struct object *o, const struct stat *st);
/* Never over another file: EEXIST. */
int live_rename_new(int from_dir, const char *from, int to_dir, const char *to);
/* The host's version of a file that both have changed goes aside. */
int live_keep_hosts(struct live *l, int dir, const char *name);
/* Write the file of an entry to `path`. */
int live_save_as(struct live *l, const struct seen *s, const char *path);
struct timespec live_moment(const struct live *l, const struct object *o,
                            const struct fat_entry *f);
void live_store_attributes(int fd, const char *name, u8 attributes);
mode_t live_mode(mode_t mode, u8 attributes);
/* The old file's owner, rights and extended attributes; the guest's time. */
void live_dress(struct live *l, int fd, int dir, const char *old_name, const char *name,
                const struct object *o, const struct fat_entry *f);
/* A whole new file beside the place where it goes; its name in `temporary`. */
int live_write_temporary(struct live *l, const struct seen *s, int dir, char temporary[32],
                         int *out);
/* It gets the name: what is there is the file that was applied, or is kept beside it. */
int live_put_in_place(struct live *l, int dir, const char *temporary, const char *name,
                      const struct object *old);
/* What was written since the last time is on the host's medium. */
void live_sync(struct live *l);

#endif
