/*
 * media.c - files that stand in for disks. See media.h.
 */
#include "frontend/control/media.h"

#include "hw/storage/disk_nbd.h"

#ifdef HAVE_DEMO
#include "images/tools.h"
#endif

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

bool media_readable(const char *what, const char *path, struct err *e)
{
    struct stat st;
    if (disk_is_uri(path)) /* whether somebody is there is found out when it is opened */
        return true;
    if (stat(path, &st) != 0)
        return err_set(e, "%s %s: %s", what, path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return err_set(
            e,
            "%s %s: is a directory, not an image file; a folder becomes a disk by -drive "
            "folder=DIR",
            what, path);
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return err_set(e, "%s %s: is not a regular file", what, path);
    if (access(path, R_OK) != 0)
        return err_set(e, "%s %s: %s", what, path, strerror(errno));
    return true;
}

/* Root may write everything; the file's own permissions say what its owner wants. */
static bool write_protected(const char *path)
{
    struct stat st;
    if (disk_is_uri(path))
        return false;
    return access(path, W_OK) != 0 || stat(path, &st) != 0 || !(st.st_mode & 0222);
}

/* The disk of the tools, which is no file: what is written to it is forgotten. */
static bool built_in_tools(struct media *m, const char *what, struct err *e)
{
#ifdef HAVE_DEMO
    (void)what;
    (void)e;
    *m = (struct media){.bytes = tools_floppy, .size = tools_floppy_size};
    return true;
#else
    (void)m;
    return err_set(e, "%s tools: this ferrite was built without the tools floppy", what);
#endif
}

bool media_floppy(struct media *m, const char *what, const char *path, bool snapshot, struct err *e)
{
    if (strcmp(path, "tools:") == 0)
        return built_in_tools(m, what, e);
    if (!media_readable(what, path, e))
        return false;
    *m = (struct media){.path = path, .read_only = !snapshot && write_protected(path)};
    return true;
}

bool media_disk(struct media *m, const char *what, const char *path, bool snapshot, struct err *e)
{
    if (!media_readable(what, path, e))
        return false;
    if (!snapshot && write_protected(path))
        return err_set(e, "%s %s: the file is read-only; make it writable, or add -snapshot", what,
                       path);
    *m = (struct media){.path = path};
    return true;
}

bool media_cd(struct media *m, const char *what, const char *path, struct err *e)
{
    if (!media_readable(what, path, e))
        return false;
    *m = (struct media){.path = path, .read_only = true};
    return true;
}

bool media_is_cd(const char *path)
{
    enum { LARGEST_DISKETTE = 2949120 };
    static const char *const names[] = {".iso", ".cdr", ".cue"};
    const char *dot = strrchr(path, '.');
    struct stat st;
    for (size_t i = 0; dot && i < ARRAY_SIZE(names); i++) {
        if (strcasecmp(dot, names[i]) == 0)
            return true;
    }
    return dot && strcasecmp(dot, ".bin") == 0 && stat(path, &st) == 0 &&
           st.st_size > LARGEST_DISKETTE;
}
