/*
 * folder_rig.h - for tests of folder disks: a scratch folder with files in it, and a reader of FAT
 * volumes of its own, which knows nothing of the code under test.
 */
#ifndef FOLDER_RIG_H
#define FOLDER_RIG_H

#include "storage_rig.h"

#include "hw/storage/folder/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

/* For inner loops: libcheck writes to a pipe for each of its own assertions. */
#define must(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("%s", #condition);                                                        \
    } while (0)

/* ---- files of the host ---- */

static char host_dir[300];

static inline const char *in_dir(const char *name)
{
    static char path[4][1200];
    static unsigned turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof(path[0]), "%s/%s", host_dir, name);
    return p;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)ftw;
    if (type == FTW_D || type == FTW_DP)
        chmod(path, 0700);
    return remove(path);
}

static inline void remove_tree(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void host_remove(void)
{
    if (host_dir[0])
        remove_tree(host_dir);
}

static inline void host_new(void)
{
    snprintf(host_dir, sizeof(host_dir), "%s", scratch_path("folder"));
    host_remove();
    ck_assert_int_eq(mkdir(host_dir, 0755), 0);
}

static inline void host_mkdir(const char *name)
{
    ck_assert_msg(mkdir(in_dir(name), 0755) == 0, "%s", name);
}

static inline void host_put(const char *name, const void *bytes, size_t size)
{
    int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ck_assert_msg(fd >= 0, "%s", name);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
}

/* So many bytes that differ from file to file. */
static inline void host_fill(const char *name, size_t size, u32 seed)
{
    u8 *bytes = malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (u8)(pattern(i) + seed * 37);
    host_put(name, bytes, size);
    free(bytes);
}

static inline void host_text(const char *name, const char *text)
{
    host_put(name, text, strlen(text));
}

/* ---- a reader of FAT ---- */

struct fat_reader {
    struct disk *disk;
    u32 start, cluster_sectors, reserved, tables, table_sectors, root_entries, clusters;
    u32 root_at, data_at, root_cluster;
    unsigned bits;
};

static inline void read_sectors(struct fat_reader *r, u32 at, u32 count, void *buf)
{
    must(disk_read(r->disk, r->start + at, count, buf));
}

static inline void fat_reader_open(struct fat_reader *r, struct disk *d)
{
    u8 s[512];
    *r = (struct fat_reader){.disk = d};
    read_sectors(r, 0, 1, s);
    ck_assert_uint_eq(get_le16(s + 510), 0xaa55);
    if (!disk_floppy(d)) {
        r->start = get_le32(s + 446 + 8);
        ck_assert_uint_eq(s[446], 0x80);
        read_sectors(r, 0, 1, s);
        ck_assert_uint_eq(get_le16(s + 510), 0xaa55);
    }
    ck_assert_uint_eq(get_le16(s + 11), 512);
    r->cluster_sectors = s[13];
    r->reserved = get_le16(s + 14);
    r->tables = s[16];
    r->root_entries = get_le16(s + 17);
    r->table_sectors = get_le16(s + 22) ? get_le16(s + 22) : get_le32(s + 36);
    r->root_cluster = get_le32(s + 44);
    u32 total = get_le16(s + 19) ? get_le16(s + 19) : get_le32(s + 32);
    r->root_at = r->reserved + r->tables * r->table_sectors;
    r->data_at = r->root_at + r->root_entries / 16;
    r->clusters = (total - r->data_at) / r->cluster_sectors;
    r->bits = r->clusters < 4085 ? 12 : r->clusters < 65525 ? 16 : 32;
    if (r->bits != 32)
        r->root_cluster = 0;
}

static inline u32 fat_next(struct fat_reader *r, u32 cluster)
{
    u8 s[1024];
    u32 byte = cluster * r->bits / 8;
    read_sectors(r, r->reserved + byte / 512, 2, s);
    u32 v = get_le32(s + byte % 512);
    if (r->bits == 12)
        return (cluster & 1 ? v >> 4 : v) & 0xfff;
    return r->bits == 16 ? v & 0xffff : v & 0x0fffffff;
}

static inline bool fat_is_end(const struct fat_reader *r, u32 v)
{
    return v >= (r->bits == 12 ? 0xff8u : r->bits == 16 ? 0xfff8u : 0x0ffffff8u);
}

/* All bytes of a chain; 0: the root of FAT12/16. Malloced. */
static inline u8 *read_chain(struct fat_reader *r, u32 start, size_t *size)
{
    size_t per = (size_t)r->cluster_sectors * 512, used = 0;
    if (!start) {
        u8 *root = malloc((size_t)r->root_entries * 32);
        read_sectors(r, r->root_at, r->root_entries / 16, root);
        *size = (size_t)r->root_entries * 32;
        return root;
    }
    u8 *bytes = NULL;
    for (u32 c = start, n = 0; !fat_is_end(r, c); c = fat_next(r, c), n++) {
        must(c >= 2 && c - 2 < r->clusters && n <= r->clusters);
        bytes = realloc(bytes, used + per);
        read_sectors(r, r->data_at + (c - 2) * r->cluster_sectors, r->cluster_sectors,
                     bytes + used);
        used += per;
    }
    *size = used;
    return bytes;
}

struct fat_item {
    char name[800]; /* UTF-8, the long name if there is one */
    char alias[13]; /* "NAME.EXT" */
    u8 raw[32];
    u32 start, size;
    u8 attributes;
};

static inline void utf8_of(u16 c, char **out)
{
    if (c < 0x80) {
        *(*out)++ = (char)c;
    } else if (c < 0x800) {
        *(*out)++ = (char)(0xc0 | c >> 6);
        *(*out)++ = (char)(0x80 | (c & 63));
    } else {
        *(*out)++ = (char)(0xe0 | c >> 12);
        *(*out)++ = (char)(0x80 | (c >> 6 & 63));
        *(*out)++ = (char)(0x80 | (c & 63));
    }
}

/* The next entry from *at on, long name and all; false: the end. Labels are entries too. */
static inline bool next_item(const struct fat_reader *r, const u8 *dir, size_t size, size_t *at,
                             struct fat_item *item)
{
    static const u8 places[13] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    u16 name[20 * 13 + 1] = {0};
    u8 sum = 0;
    bool is_long = false;
    for (; *at < size && dir[*at]; *at += 32) {
        const u8 *e = dir + *at;
        if (e[0] == 0xe5) {
            is_long = false;
            continue;
        }
        if (e[11] == 0x0f) {
            unsigned order = e[0] & 0x3f;
            must(order >= 1 && order <= 20);
            if (e[0] & 0x40)
                memset(name, 0, sizeof(name));
            for (unsigned i = 0; i < 13; i++)
                name[(order - 1) * 13 + i] = get_le16(e + places[i]);
            sum = e[13];
            is_long = true;
            continue;
        }
        u8 own = 0;
        for (unsigned i = 0; i < 11; i++)
            own = (u8)((own << 7 | own >> 1) + e[i]);
        memset(item, 0, sizeof(*item));
        memcpy(item->raw, e, 32);
        char *a = item->alias;
        for (unsigned i = 0; i < 11; i++) {
            if (i == 8 && e[8] != ' ')
                *a++ = '.';
            if (e[i] != ' ')
                *a++ = (char)e[i];
        }
        char *out = item->name;
        if (is_long) {
            must(sum == own);
            for (unsigned i = 0; name[i] && name[i] != 0xffff; i++)
                utf8_of(name[i], &out);
        } else {
            for (const char *p = item->alias; *p; p++) {
                bool extension = strchr(item->alias, '.') && p > strchr(item->alias, '.');
                u8 lower = e[12] & (extension ? 0x10 : 0x08);
                *out++ = lower && *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
            }
        }
        *out = 0;
        item->attributes = e[11];
        item->start = get_le16(e + 26) | (r->bits == 32 ? (u32)get_le16(e + 20) << 16 : 0);
        item->size = get_le32(e + 28);
        *at += 32;
        return true;
    }
    return false;
}

/* Look for one name in a directory (its start cluster). */
static inline bool find_item(struct fat_reader *r, u32 dir, const char *name, struct fat_item *item)
{
    size_t size, at = 0;
    bool found = false;
    u8 *bytes = read_chain(r, dir, &size);
    while (!found && next_item(r, bytes, size, &at, item))
        found = !(item->attributes & 8) && strcmp(item->name, name) == 0;
    free(bytes);
    return found;
}

/* By a path with slashes. */
static inline bool find_path(struct fat_reader *r, const char *path, struct fat_item *item)
{
    u32 dir = r->root_cluster;
    char copy[800];
    snprintf(copy, sizeof(copy), "%s", path);
    for (char *rest = copy, *part; (part = strsep(&rest, "/"));) {
        if (!find_item(r, dir, part, item))
            return false;
        dir = item->start;
    }
    return true;
}

/* Is the file on the disk what the host's file is? */
static inline void check_same_file(struct fat_reader *r, const struct fat_item *item,
                                   const char *path)
{
    size_t size = 0;
    u8 *there = item->start ? read_chain(r, item->start, &size) : NULL;
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s", path);
    u8 *host = malloc((size_t)item->size + 1);
    ck_assert_msg(fread(host, 1, (size_t)item->size + 1, f) == item->size, "%s: other size", path);
    fclose(f);
    ck_assert_msg(size >= item->size && (!item->size || memcmp(there, host, item->size) == 0),
                  "%s: other bytes", path);
    for (size_t i = item->size; i < size; i++)
        must(there[i] == 0);
    free(host);
    free(there);
}

/* The whole tree from `dir` (start cluster) is what the host's folder holds. How many entries. */
static inline u32 check_same_tree(struct fat_reader *r, u32 dir, const char *host)
{
    size_t size, at = 0;
    u32 seen = 0, there = 0;
    struct fat_item item;
    u8 *bytes = read_chain(r, dir, &size);
    while (next_item(r, bytes, size, &at, &item)) {
        char path[1200];
        if (item.attributes & 8 || strcmp(item.alias, ".") == 0 || strcmp(item.alias, "..") == 0)
            continue;
        seen++;
        there++;
        snprintf(path, sizeof(path), "%s/%s", host, item.name);
        if (item.attributes & 0x10)
            there += check_same_tree(r, item.start, path);
        else
            check_same_file(r, &item, path);
    }
    free(bytes);
    u32 expected = 0;
    DIR *d = opendir(host);
    ck_assert_msg(d != NULL, "%s", host);
    for (struct dirent *e; (e = readdir(d));)
        expected += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    ck_assert_msg(seen == expected, "%s: %u entries, %u files", host, seen, expected);
    return there;
}

/* ---- programs that know FAT ---- */

static inline bool have_program(const char *name)
{
    char command[200];
    snprintf(command, sizeof(command), "PATH=$PATH:/sbin:/usr/sbin command -v %s >/dev/null 2>&1",
             name);
    return system(command) == 0;
}

/* The first sector of the volume behind which all clusters are free. */
static inline u32 used_end(struct fat_reader *r)
{
    u8 s[1024];
    for (u32 at = r->table_sectors; at-- > 0;) {
        read_sectors(r, r->reserved + at, 1, s);
        for (u32 i = 512; i-- > 0;) {
            if (s[i])
                return r->data_at + ((at * 512 + i) * 8 / r->bits + 1) * r->cluster_sectors;
        }
    }
    return r->data_at;
}

/* The volume, without the partition table, as a sparse file. */
static inline void dump_volume(struct fat_reader *r, const char *path)
{
    enum { RUN = 128 };
    static const u8 zero[RUN * 512];
    u8 buf[RUN * 512];
    u64 sectors = disk_sectors(r->disk);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    ck_assert(fd >= 0);
    ck_assert_int_eq(ftruncate(fd, (off_t)((sectors - r->start) * 512)), 0);
    u64 end = r->start + (u64)used_end(r);
    end = end < sectors ? end : sectors;
    for (u64 at = r->start; at < end; at += RUN) {
        u32 n = end - at < RUN ? (u32)(end - at) : RUN;
        must(disk_read(r->disk, at, n, buf));
        if (memcmp(buf, zero, n * 512u) != 0)
            must(pwrite(fd, buf, n * 512u, (off_t)((at - r->start) * 512)) == (ssize_t)n * 512);
    }
    close(fd);
}

/* fsck.fat finds nothing to say about it (or there is none here). */
static inline void check_fsck(struct fat_reader *r)
{
    char image[300], command[2000];
    if (!have_program("fsck.fat"))
        return;
    snprintf(image, sizeof(image), "%s", scratch_path("volume"));
    dump_volume(r, image);
    snprintf(
        command, sizeof(command),
        "PATH=$PATH:/sbin:/usr/sbin; fsck.fat -n %s >%s.log 2>&1 && [ $(wc -l <%s.log) -le 2 ] "
        "|| { cat %s.log; false; }",
        image, image, image, image);
    ck_assert(system(command) == 0);
    snprintf(command, sizeof(command), "rm -f %s %s.log", image, image);
    ck_assert(system(command) == 0);
}

#endif
