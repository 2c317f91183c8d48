/*
 * classify.h - what a file is that somebody wants to run under DOS, by what is in it.
 */
#ifndef FERRITE_DOS_CLASSIFY_H
#define FERRITE_DOS_CLASSIFY_H

#include "hw/base/err.h"

enum program_kind {
    PROGRAM_NONE,   /* nothing that a DOS runs; the words say what it is instead */
    PROGRAM_EXE,    /* MZ, with its load image */
    PROGRAM_COM,    /* a memory image of at most 65,280 bytes */
    PROGRAM_BATCH,  /* lines for COMMAND.COM */
    PROGRAM_ZIP,    /* an archive with programs in it */
    PROGRAM_FOLDER, /* a directory */
    PROGRAM_CD,     /* a CD's image, or a cue sheet */
};

enum {
    CLASSIFY_HEAD = 64 * 1024, /* bytes from the file's beginning that are looked at */
    COM_MAX = 65280,           /* what a segment holds behind the PSP's 256 bytes */
};

/*
 * What a file of `size` bytes is that is called `name` and begins with the `have` bytes at `head`
 * (CLASSIFY_HEAD of them, or all). PROGRAM_NONE: err says what it is and what to do.
 */
enum program_kind classify_bytes(const char *name, const u8 *head, size_t have, u64 size,
                                 struct err *e);
/* The same for a path; errno is ENOENT (or ENOTDIR) when there is no such file, else 0. */
enum program_kind classify_path(const char *path, struct err *e);

/*
 * Has a batch file's beginning ends of lines as Unix writes them (LF without CR)? The shells of DOS
 * find the next one of such lines at the wrong place.
 */
bool classify_unix_lines(const u8 *head, size_t have);
/* Does the name end so, whatever the case? `extension` with its dot. */
bool has_extension(const char *name, const char *extension);

#endif
