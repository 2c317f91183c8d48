/*
 * zip_folder.h - a zip as a folder that a program can run in and write to: GAME.zip stays as it is,
 * and what was changed is kept in GAME.zip.d beside it.
 *
 * While the program runs, GAME.zip.d has all of it. At the end, what is still as in the zip goes,
 * and names that were deleted are listed in a file of their own; the next run puts both together.
 * After a crash everything is there, so nothing that was written is ever lost.
 */
#ifndef FERRITE_DOS_ZIP_FOLDER_H
#define FERRITE_DOS_ZIP_FOLDER_H

#include "frontend/archive/zip.h"

#include <limits.h>

struct zip_folder {
    char path[PATH_MAX]; /* of the folder; absolute */
    int folder;          /* its descriptor, which holds the lock; -1: not open */
    u8 *bytes;
    struct zip zip;
};

/*
 * Unpack what is not there. false + err: the zip is damaged or refused, another run has it, the
 * disk is full; then the folder is as it was.
 */
bool zip_folder_open(struct zip_folder *f, const char *path, struct err *e);
/* Keep changes only. false + err: something could not be looked at, and all of it was kept. */
bool zip_folder_close(struct zip_folder *f, struct err *e);

#endif
