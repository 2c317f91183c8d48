/*
 * grants.h - the files and folders that a process may still reach after it has closed itself in: a
 * list that whoever knows the machine's configuration makes (frontend/cli/confine.c; for qemu-nbd
 * hw/storage/served_room.c), and that Landlock is told (landlock.c).
 */
#ifndef FERRITE_GRANTS_H
#define FERRITE_GRANTS_H

#include "hw/base/types.h"

enum reach {
    REACH_READ = 1,
    REACH_WRITE = 2,           /* what is there */
    REACH_MAKE = 4,            /* in a folder: make, rename and remove files and folders */
    REACH_REMOVE = 8,          /* in a folder: remove files only */
    REACH_SOCKETS = 16,        /* in a folder: make and remove Unix sockets */
    REACH_DEVICES = 32,        /* ioctl() of devices */
    REACH_REMOVE_FOLDERS = 64, /* empty ones */
    REACH_EXECUTE = 128,       /* start this program */
    REACH_FOLDER = REACH_READ | REACH_WRITE | REACH_MAKE,
};

struct grant {
    char *path; /* absolute, without links and dots */
    unsigned reach;
};

struct grants {
    struct grant *grant;
    size_t count, room;
    bool failed; /* out of memory: the list is not what it should be */
    bool home;   /* all of the user's home is in it, to be written to */
};

/* The file or folder itself, and all below it. One that does not exist is passed over, NULL, too.
 */
void grants_add(struct grants *g, const char *path, unsigned reach);
/*
 * The folder that a file lies in, whether the file exists or not. The user's home, and what lies
 * above it, is not given away because one file lies there: of the home all that is not hidden is
 * granted, of folders above it nothing.
 */
void grants_beside(struct grants *g, const char *path, unsigned reach);
/* The same for a folder. */
void grants_folder(struct grants *g, const char *path, unsigned reach);
/* What a build with sanitizers wants for its runtime; otherwise nothing. */
void grants_sanitizers(struct grants *g);
void grants_free(struct grants *g);

/* May `path`, which need not exist, be reached so? What Landlock would say, for messages. */
bool grants_reach(const struct grants *g, const char *path, unsigned reach);

#endif
