/*
 * fuzz_folder.c - a folder shown with rw=live, and a guest that writes anything to it: boot
 * sectors, tables, directories with any names and chains. Whatever it is, nothing outside of the
 * folder changes, and as long as the table is left alone no file of the folder is lost.
 */
#include "tests/fuzz/fuzz.h"

#include "hw/storage/disk.h"
#include "hw/storage/folder/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[64]; /* the folder is in it, beside a file that is none of the guest's */
static unsigned files;

static void put(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", top, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
    close(fd);
}

static void put_folder(const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "%s%s", top, name);
    if (mkdir(path, 0700) != 0)
        abort();
}

/* `found` for each file below, in no order. */
static void walk(const char *path, void (*found)(const char *path, const struct stat *st))
{
    DIR *d = opendir(path);
    struct dirent *k;
    if (!d)
        return;
    while ((k = readdir(d))) {
        char sub[4096];
        struct stat st;
        if (!strcmp(k->d_name, ".") || !strcmp(k->d_name, ".."))
            continue;
        if ((size_t)snprintf(sub, sizeof(sub), "%s/%s", path, k->d_name) >= sizeof(sub) ||
            lstat(sub, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            walk(sub, found);
        found(sub, &st);
    }
    closedir(d);
}

static void remove_it(const char *path, const struct stat *st)
{
    if ((S_ISDIR(st->st_mode) ? rmdir(path) : unlink(path)) != 0)
        abort();
}

/* Those that have clusters, before; any, afterwards. */
static void count_full(const char *path, const struct stat *st)
{
    (void)path;
    files += S_ISREG(st->st_mode) && st->st_size;
}

static void count_file(const char *path, const struct stat *st)
{
    (void)path;
    files += S_ISREG(st->st_mode);
}

static void make(void)
{
    const char *dir = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(top, sizeof(top), "%s/ferrite-fuzz-folder-%d", dir, (int)getpid());
    walk(top, remove_it);
    rmdir(top);
    put_folder("");
    put("outside", "leave me alone");
    put_folder("/in");
    put_folder("/in/SUB");
    put_folder("/in/SUB/DEEP");
    put("in/A.TXT", "aaaa");
    put("in/a long name of a file.text", "bbbbbbbb");
    put("in/SUB/B.TXT", "cccccccccccc");
    put("in/SUB/DEEP/EMPTY", "");
    put("in/SUB/DEEP/C", "dddd");
    char link[128];
    snprintf(link, sizeof(link), "%s/in/LINK", top);
    if (symlink("SUB/B.TXT", link) != 0)
        abort();
}

/* A sector where something is, changed in some places. true: it was one of a table. */
static bool write_something(struct disk *d, const struct fat_volume *v, struct choices *c)
{
    u8 s[SECTOR_SIZE];
    u8 where = choose8(c);
    u32 at = where < 4     ? 0
             : where < 8   ? v->start
             : where < 90  ? v->start + v->reserved + choose8(c) % 2
             : where < 120 ? v->start + v->reserved + v->table_sectors + choose8(c) % 2
             : where < 180 ? v->start + fat_root_at(v) + choose8(c) % 3
                           : v->start + fat_data_at(v) + choose8(c) % 64;
    if (!disk_read(d, at, 1, s)) /* a link's bytes, whose file the guest has deleted */
        return false;
    for (unsigned n = choose8(c) % 24; n; n--) {
        u32 place = choose32(c) % SECTOR_SIZE;
        u8 how = choose8(c);
        if (how < 60) /* a slot moves, or is doubled */
            memmove(s + place / 32 * 32, s + how % 16 * 32, 32);
        else if (how < 120)
            s[place / 32 * 32] = choose8(c) & 1 ? 0xe5 : choose8(c);
        else if (how < 160)
            s[place / 32 * 32 + 26] = choose8(c) % 20;
        else if (how < 200)
            put_le16(s + (place & ~1u), choose8(c) & 1 ? 0xffff : choose8(c) % 24);
        else
            s[place] = choose8(c);
    }
    disk_write(d, at, 1, s);
    return at >= v->start + v->reserved && at < v->start + fat_root_at(v);
}

static void check_outside(void)
{
    char path[128], text[32] = "";
    unsigned count = 0;
    snprintf(path, sizeof(path), "%s/outside", top);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(text, sizeof(text), f) || strcmp(text, "leave me alone") != 0)
        abort();
    fclose(f);
    DIR *d = opendir(top);
    while (readdir(d))
        count++;
    closedir(d);
    if (count != 4)
        abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static const unsigned fats[] = {12, 16, 16, 32};
    struct choices c = {data, data + size};
    char path[128];
    setenv("XDG_STATE_HOME", "", 1);
    setenv("HOME", "", 1);
    make();
    snprintf(path, sizeof(path), "%s/in", top);
    files = 0;
    walk(path, count_full);
    struct folder_options o = {.path = path,
                               .write = FOLDER_LIVE,
                               .codepage = 437,
                               .utc = true,
                               .fat = fats[choose8(&c) % 4],
                               .bytes = 40 << 20};
    struct folder_options plain = o;
    plain.write = FOLDER_READ_ONLY;
    struct folder *f = folder_open(&plain, false, NULL, NULL);
    struct media m = {.folder = &o};
    struct disk *d = disk_open(&m, DISK_HARD, false, NULL, NULL);
    if (!f || !d)
        abort();
    struct fat_volume v = folder_layout(f)->volume;
    folder_close(f);
    bool table = false;
    while (choices_left(&c)) {
        u8 what = choose8(&c);
        if (what < 200)
            table |= write_something(d, &v, &c);
        else if (what < 230)
            disk_flush(d);
        else
            for (unsigned n = what - 229; n; n--)
                disk_tick(d);
    }
    disk_close(d, NULL);
    check_outside();
    /* Files are replaced where the guest wrote their bytes or sizes; only what it freed may go. */
    unsigned before = files;
    files = 0;
    walk(path, count_file);
    if (!table && files < before)
        abort();
    walk(top, remove_it);
    rmdir(top);
    return 0;
}
