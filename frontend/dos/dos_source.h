/*
 * dos_source.h - the DOS that `ferrite dos` starts: its kernel, its shell and its memory drivers,
 * taken out of a folder, a zip or a disk's image that the user has.
 */
#ifndef FERRITE_DOS_SOURCE_H
#define FERRITE_DOS_SOURCE_H

#include "hw/base/err.h"

#include <limits.h>

enum dos_part { DOS_KERNEL, DOS_SHELL, DOS_XMS, DOS_EMS, DOS_PARTS };

struct dos_file {
    char name[13]; /* as it is called on the boot disk */
    u8 *bytes;     /* NULL: this DOS has none */
    u32 size;
};

struct dos_source {
    char where[PATH_MAX]; /* what it was taken from */
    struct dos_file part[DOS_PARTS];
    bool image; /* `where` is a disk's image */
    bool other; /* and has another DOS than FreeDOS: it has to boot by itself (own_disk.h) */
};

/*
 * From `where`: a folder, a .zip, a disk's image. false + err: it has no DOS that can be started,
 * and what it has instead.
 */
bool dos_source_open(struct dos_source *s, const char *where, struct err *e);
/*
 * The first of: what is called "dos" in the user's configuration (a folder, an image, a zip, or a
 * link to one), an image where scripts/run looks for one, what `ferrite get freedos` has fetched.
 * false + err: none (then `where` is empty) and what to do, or one that is no DOS.
 */
bool dos_source_find(struct dos_source *s, struct err *e);
void dos_source_close(struct dos_source *s);

#endif
