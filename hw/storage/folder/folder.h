/*
 * folder.h - a host's folder, or a tree in memory, as the sectors of a FAT disk.
 *
 * The layer of a disk over it is hw/storage/disk_folder.c.
 */
#ifndef FERRITE_FOLDER_H
#define FERRITE_FOLDER_H

#include "hw/base/log.h"
#include "hw/storage/folder/layout.h"
#include "hw/storage/folder/moved.h"

enum folder_write {
    FOLDER_READ_ONLY, /* the guest cannot write */
    FOLDER_OVERLAY,   /* what it writes goes to an overlay file */
    FOLDER_LIVE,      /* what it writes goes to the host's files */
};

/* What the user asked for (-drive folder=...). Texts and trees are borrowed. */
struct folder_options {
    const char *path;        /* the folder; NULL: only the tree */
    const struct tree *tree; /* laid out instead of a scan: arranged; NULL: scan path */
    enum folder_write write;
    unsigned fat;        /* 12, 16, 32; 0: by size */
    u64 bytes;           /* size of the disk; 0: by what is in it */
    const char *label;   /* NULL: the folder's name */
    unsigned codepage;   /* 0: by the host's locale */
    bool utc;            /* times in UTC; else in the host's zone */
    u32 max_files;       /* 0: SCAN_MAX_FILES */
    bool removable;      /* in a drive that can tell the guest of another medium */
    const char *aliases; /* a file that says which aliases files had (aliases.h); NULL: none */
    const char *kept;    /* a file that says what the folder held (kept.h), instead of a scan */
    bool begun;          /* a commit of what the guest wrote has begun and was not finished */
    const u8 *boot;      /* a boot sector, and code for the partition sector, see layout.h */
    const u8 *mbr;
};

struct folder;
struct source_file;

/* Scan and lay out. NULL + err. */
struct folder *folder_open(const struct folder_options *o, bool diskette, struct log *log,
                           struct err *e);
void folder_close(struct folder *f);
const struct layout *folder_layout(const struct folder *f);
/* Where an unfinished commit has put what was kept; NULL: there was none. */
const struct moved *folder_moved(const struct folder *f);
/* A hash of what was scanned. */
u64 folder_hash(const struct folder *f);
/* The same of what the folder holds now. false: it cannot be read, or is none. */
bool folder_look(const struct folder *f, const struct folder_options *o, u64 *hash);
/* Sectors as they were laid out, without what a guest wrote. 0 or an errno value. */
int folder_read(struct folder *f, u64 sector, u32 count, u8 *buf);
/* Somebody else knows where a node's file is by now (source.h); and that it is another one. */
void folder_find_by(struct folder *f, bool (*find)(void *opaque, u32 node, struct source_file *out),
                    void *opaque);
void folder_forget(struct folder *f, u32 node);
/* Descriptor of the folder itself. */
int folder_root(const struct folder *f);
const char *folder_path(const struct folder *f); /* canonical; NULL: a tree in memory */
/* What a person has to know about it: files that are not shown, or under another name. "": nothing
 */
const char *folder_note(const struct folder *f);
/* What it holds, into a file for `kept` above. 0 or an errno value. */
int folder_keep(const struct folder *f, const char *file);

/* How it was made, as text, to make it again: folder_text.c. */
#define FOLDER_TEXT "folder:"
bool folder_is_text(const char *text);
bool folder_to_text(const struct folder *f, const struct folder_options *o, char *out, size_t size);
/* The options refer to `text`, which is cut into pieces. false: it is none. */
bool folder_from_text(char *text, struct folder_options *o);

#endif
