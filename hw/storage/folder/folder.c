/*
 * folder.c - a folder as sectors: scan, layout and the host's files together. See folder.h.
 */
#define _GNU_SOURCE
#include "hw/storage/folder/folder.h"

#include "hw/base/hash.h"
#include "hw/storage/folder/kept.h"
#include "hw/storage/folder/scan.h"
#include "hw/storage/folder/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MOST_ROOM (64ull << 30)

struct folder {
    char *path; /* canonical; "" for a tree in memory */
    int root;   /* -1: only memory */
    struct tree *scanned;
    struct moved *moved; /* NULL: no commit was interrupted */
    const struct tree *tree;
    struct layout *layout;
    struct source *source;
    bool (*find)(void *opaque, u32 node, struct source_file *out); /* NULL: as it was scanned */
    void *find_opaque;
    u32 others; /* files that are not as they were kept; the first ones' names: */
    char other_names[330];
    char note[400];
};

/* ---- opening ---- */

/* What lies deeper may be another's matter, so it is shown all the same; said before it is lost. */
static void look_at_rights(const struct folder *f, const char *path, struct log *log)
{
    if (log && faccessat(f->root, ".", W_OK, AT_EACCESS) != 0)
        log_line(log, LOG_DISK,
                 "folder %s: cannot be written (%s), and new files of the guest will not be saved "
                 "there; rw=overlay keeps them elsewhere, rw=no lets it only read",
                 path, strerror(errno));
}

static bool find_file(void *opaque, u32 node, struct source_file *out)
{
    const struct folder *f = opaque;
    const struct tree_node *n = &f->tree->node[node];
    if (f->find)
        return f->find(f->find_opaque, node, out);
    if (!moved_path(f->moved, f->tree, node, out->path, sizeof(out->path)))
        return false;
    out->device = n->device;
    out->inode = n->inode;
    out->size = n->size;
    out->modified = n->modified;
    return true;
}

static bool open_root(struct folder *f, const char *path, bool live, struct err *e)
{
    f->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->root < 0)
        return err_set(e, "folder %s: %s", path,
                       errno == ENOTDIR ? "is no folder; a disk's image goes to file="
                                        : strerror(errno));
    /* Two machines that change the same files would undo one another's work. */
    if (live && flock(f->root, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return err_set(e,
                       "folder %s: another machine has it with rw=live; close that one, or show it "
                       "with rw=no",
                       path);
    f->path = realpath(path, NULL);
    return f->path || err_set(e, "folder %s: %s", path, strerror(errno));
}

static bool take_tree(struct folder *f, const struct folder_options *o, struct err *e)
{
    f->tree = o->tree;
    if (f->tree)
        return true;
    if (o->kept && (f->scanned = kept_load(o->kept))) {
        f->tree = f->scanned;
        if (o->begun)
            f->moved = moved_find(f->scanned, f->root, o->max_files);
        f->others =
            kept_compare(f->scanned, f->moved, f->root, f->other_names, sizeof(f->other_names));
        return true;
    }
    f->scanned = tree_new();
    f->tree = f->scanned;
    return f->scanned
               ? tree_scan(f->scanned, f->root, o->max_files, o->write == FOLDER_LIVE, o->path, e)
               : err_set(e, "folder %s: out of memory", o->path);
}

/*
 * Free space of the host, as far as it does not change from one start to the next: a disk of
 * another size has other clusters, and no snapshot of it can be loaded.
 */
static u64 room_of(const struct folder *f)
{
    struct statvfs fs;
    if (f->root < 0 || fstatvfs(f->root, &fs) != 0)
        return 0;
    u64 bytes = (u64)fs.f_bavail * fs.f_frsize, room = MOST_ROOM;
    while (room > bytes)
        room /= 2;
    return room;
}

static unsigned codepage_for(const struct folder_options *o)
{
    if (o->codepage)
        return o->codepage;
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        const char *locale = getenv(names[i]);
        if (locale && *locale)
            return codepage_of_locale(locale);
    }
    return 437;
}

/* Of Japan, China, Korea, Taiwan: characters of two bytes. */
static bool is_double_byte(unsigned page)
{
    return page == 932 || page == 936 || page == 949 || page == 950 || page == 1361;
}

static bool lay_out(struct folder *f, const struct folder_options *o, bool diskette,
                    struct log *log, struct err *e)
{
    const char *slash = f->path ? strrchr(f->path, '/') : NULL;
    struct layout_options l = {
        .cp = codepage_find(codepage_for(o)),
        .fat = o->fat,
        .bytes = o->bytes,
        .room = o->write == FOLDER_READ_ONLY ? 0 : room_of(f),
        .label = o->label ? o->label
                 : slash  ? slash + 1
                          : NULL,
        .utc = o->utc,
        .diskette = diskette,
        .boot = o->boot,
        .mbr = o->mbr,
    };
    const char *name = o->path ? o->path : "built-in files";
    if (!l.cp)
        return err_set(e, "%s: cp=%u: %s; say 437, 850, 852, 866 or 1252", name, o->codepage,
                       is_double_byte(o->codepage) ? "code pages of two bytes a character are not "
                                                     "supported (long names work without)"
                                                   : "there is no such code page here");
    /* Windows keeps a drive's letter by this number: the same for the same folder. */
    const char *id = f->path ? f->path : "";
    u64 hash = hash_bytes(HASH_START, id, strlen(id));
    l.serial = (u32)(hash ^ hash >> 32);
    /* A file that cannot be read is as good as none: aliases are then as the rules give them. */
    l.known = o->aliases ? aliases_new() : NULL;
    int error = l.known ? aliases_load(l.known, o->aliases, id, l.cp) : 0;
    if (error && log)
        log_line(log, LOG_DISK, "%s: aliases from before cannot be read: %s", o->aliases,
                 strerror(error));
    f->layout = layout_new(f->tree, &l, name, e);
    aliases_free(l.known);
    if (f->layout)
        f->layout->options.known = NULL;
    return f->layout != NULL;
}

static void make_note(struct folder *f)
{
    char text[300];
    size_t used = 0;
    const char *name = f->path ? f->path : "";
    f->note[0] = 0;
    if (tree_left_out_text(&f->tree->left_out, text, sizeof(text)))
        used = (size_t)snprintf(f->note, sizeof(f->note), "%.80s: not shown: %s", name, text);
    if (f->others) {
        snprintf(
            f->note, sizeof(f->note),
            "%.60s: changed or gone since the overlay was made, so the guest cannot read what it "
            "has not written itself: %.200s%s",
            name, f->other_names, f->others > 5 ? " and more" : "");
        return;
    }
    if (f->layout->renamed && used < sizeof(f->note))
        snprintf(f->note + used, sizeof(f->note) - used, "%s%.80s%s%u shown as \"NAME (2)\"",
                 used ? "; " : "", used ? "" : name, used ? "" : ": ", f->layout->renamed);
}

struct folder *folder_open(const struct folder_options *o, bool diskette, struct log *log,
                           struct err *e)
{
    struct folder *f = calloc(1, sizeof(*f));
    if (!f) {
        err_set(e, "folder %s: out of memory", o->path ? o->path : "");
        return NULL;
    }
    f->root = -1;
    bool ok = (!o->path || open_root(f, o->path, o->write == FOLDER_LIVE, e)) &&
              take_tree(f, o, e) && lay_out(f, o, diskette, log, e);
    if (ok && f->root >= 0 && o->write == FOLDER_LIVE)
        look_at_rights(f, o->path, log);
    if (ok && f->root >= 0) {
        f->source = source_new(f->root, find_file, f, log);
        ok = f->source || err_set(e, "folder %s: out of memory", o->path);
        if (ok && f->tree == f->scanned && o->kept)
            source_be_strict(f->source);
    }
    if (ok) {
        make_note(f);
        return f;
    }
    folder_close(f);
    return NULL;
}

void folder_close(struct folder *f)
{
    if (!f)
        return;
    source_free(f->source);
    layout_free(f->layout);
    moved_free(f->moved);
    tree_free(f->scanned);
    if (f->root >= 0)
        close(f->root);
    free(f->path);
    free(f);
}

const struct moved *folder_moved(const struct folder *f)
{
    return f->moved;
}

const struct layout *folder_layout(const struct folder *f)
{
    return f->layout;
}

void folder_find_by(struct folder *f, bool (*find)(void *opaque, u32 node, struct source_file *out),
                    void *opaque)
{
    f->find = find;
    f->find_opaque = opaque;
}

void folder_forget(struct folder *f, u32 node)
{
    source_forget(f->source, node);
}

int folder_root(const struct folder *f)
{
    return f->root;
}

const char *folder_path(const struct folder *f)
{
    return f->path;
}

u64 folder_hash(const struct folder *f)
{
    return tree_hash(f->tree);
}

bool folder_look(const struct folder *f, const struct folder_options *o, u64 *hash)
{
    struct err ignored;
    struct tree *t = f->root >= 0 && !o->tree ? tree_new() : NULL;
    bool ok = t && tree_scan(t, f->root, o->max_files, o->write == FOLDER_LIVE, o->path, &ignored);
    if (ok)
        *hash = tree_hash(t);
    tree_free(t);
    return ok;
}

int folder_keep(const struct folder *f, const char *file)
{
    return kept_save(f->tree, file);
}

const char *folder_note(const struct folder *f)
{
    return f->note;
}

/* ---- sectors ---- */

static int read_data(struct folder *f, const struct layout_data *data, u32 sectors, u8 *buf)
{
    const struct tree_node *n = &f->tree->node[data->node];
    u64 left = n->size - data->offset, wanted = (u64)sectors * FAT_SECTOR;
    size_t there = left < wanted ? left : wanted;
    memset(buf + there, 0, wanted - there);
    if (n->bytes) {
        memcpy(buf, n->bytes + data->offset, there);
        return 0;
    }
    if (f->source)
        return source_read(f->source, data->node, data->offset, there, buf);
    memset(buf, 0, there); /* a file of the host without a folder */
    return 0;
}

int folder_read(struct folder *f, u64 sector, u32 count, u8 *buf)
{
    while (count) {
        struct layout_data data;
        u32 n = 1;
        if (!layout_sector(f->layout, sector, buf, &data)) {
            n = data.sectors < count ? data.sectors : count;
            int error = read_data(f, &data, n, buf);
            if (error)
                return error;
        }
        buf += (size_t)n * FAT_SECTOR;
        sector += n;
        count -= n;
    }
    return 0;
}
