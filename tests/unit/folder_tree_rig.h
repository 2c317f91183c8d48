/*
 * folder_tree_rig.h - a tree on the host, a disk made of it, and a guest's file system that works
 * on it in the orders of FreeDOS and of Linux; the host's tree must end as the guest sees its own.
 */
#ifndef FOLDER_TREE_RIG_H
#define FOLDER_TREE_RIG_H

#include "folder_writer.h"

static struct err e;

/*
 * With a state of its own: a process of the same number may have had a folder of this name before,
 * and its files' aliases would be known.
 */
static inline void setup(void)
{
    remove_tree(scratch_path("state"));
    setenv("XDG_STATE_HOME", scratch_path("state"), 1);
    host_new();
}

static inline void teardown(void)
{
    host_remove();
    remove_tree(scratch_path("state"));
}

/* ---- a live disk with its counts in sight ---- */

static struct disk *disk;

static inline void open_live(struct writer *w, enum flavour flavour)
{
    static struct folder_options o;
    o = (struct folder_options){
        .path = host_dir, .codepage = 437, .write = FOLDER_LIVE, .utc = true, .bytes = 40 << 20};
    struct media m = {.folder = &o};
    disk = disk_open(&m, DISK_HARD, false, NULL, &e);
    ck_assert_msg(disk != NULL, "%s", e.text);
    writer_open(w, disk, flavour);
}

static inline void close_live(struct writer *w)
{
    writer_close(w);
    ck_assert_msg(disk_close(disk, &e), "%s", e.text);
}

/* ---- the driver's view against the host ---- */

/* The host's spelling of a name: a guest that writes aliases leaves it as it is. */
static inline bool host_spelling(const char *dir, const char *name, char *out, size_t size)
{
    bool found = false;
    DIR *d = opendir(dir);
    must(d != NULL);
    for (struct dirent *k; !found && (k = readdir(d));) {
        if (!strcasecmp(k->d_name, name)) {
            snprintf(out, size, "%s/%s", dir, k->d_name);
            found = true;
        }
    }
    closedir(d);
    return found;
}

static inline u32 host_count(const char *dir)
{
    u32 n = 0;
    DIR *d = opendir(dir);
    must(d != NULL);
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static inline void check_file(struct writer *w, const struct fat_item *item, const char *path)
{
    u32 chain[W_CHAIN], per = w->r.cluster_sectors * 512;
    u32 n = w_chain(w, item->start, chain, W_CHAIN);
    struct stat st;
    ck_assert_msg(stat(path, &st) == 0 && st.st_size == item->size, "%s: %lld bytes, not %u", path,
                  (long long)st.st_size, item->size);
    FILE *f = fopen(path, "rb");
    for (u32 i = 0; i < item->size; i++) {
        must(i / per < n);
        u32 at = w->r.data_at + (chain[i / per] - 2) * w->r.cluster_sectors + i % per / 512;
        int c = getc(f);
        if (w_sector(w, at)[i % 512] != c)
            ck_abort_msg("%s: byte %u", path, i);
    }
    fclose(f);
}

static inline void check_tree(struct writer *w, u32 dir, const char *host)
{
    u32 seen = 0, first = 0;
    u8 all[21 * 32];
    for (u32 slot = 0;; slot++) {
        u8 *s = w_slot(w, dir, slot);
        struct fat_item item;
        char path[1200];
        if (!s || !s[0])
            break;
        if (s[11] == 15 && s[0] != 0xe5)
            continue;
        u32 from = first;
        first = slot + 1;
        if (s[0] == 0xe5 || s[11] == 8 || s[0] == '.')
            continue;
        size_t at = 0, size = (slot + 1 - from) * 32;
        for (u32 i = from; i <= slot; i++)
            memcpy(all + (i - from) * 32, w_slot(w, dir, i), 32);
        must(next_item(&w->r, all, size, &at, &item));
        seen++;
        ck_assert_msg(host_spelling(host, item.name, path, sizeof(path)), "%s/%s: missing", host,
                      item.name);
        if (item.attributes & 0x10)
            check_tree(w, item.start, path);
        else
            check_file(w, &item, path);
    }
    ck_assert_msg(seen == host_count(host), "%s: %u entries, %u files", host, seen,
                  host_count(host));
}

/* ---- ways to play a log ---- */

enum way { EACH, TICKS, OPERATIONS, SHUFFLED, WRITTEN_BACK, AT_END, WAYS };

static u64 seed;

/* One operation's sectors in any order, but each sector's own writes as they came. */
static inline void shuffle(struct writer *w, u32 from, u32 to)
{
    for (u32 i = from; i + 1 < to; i++) {
        u32 k = i + rig_random(&seed) % (to - i);
        struct logged t = w->log[i];
        w->log[i] = w->log[k];
        w->log[k] = t;
    }
    /* Of one sector the last state must come last: put the states back in order. */
    for (u32 i = from; i < to; i++) {
        for (u32 k = i + 1; k < to; k++) {
            if (w->log[i].sector == w->log[k].sector && w->log[i].op > w->log[k].op) {
                struct logged t = w->log[i];
                w->log[i] = w->log[k];
                w->log[k] = t;
            }
        }
    }
}

/* A cache that is written back: each sector once, as it is at the end, in the disk's order. */
static inline void write_back(struct writer *w, u32 from, u32 to, unsigned pause)
{
    for (u64 next = 0;;) {
        u32 best = UINT32_MAX;
        for (u32 i = from; i < to; i++) {
            bool nearer = best == UINT32_MAX || w->log[i].sector <= w->log[best].sector;
            if (w->log[i].sector >= next && nearer)
                best = i;
        }
        if (best == UINT32_MAX)
            return;
        play(w, disk, best, best + 1);
        next = w->log[best].sector + 1u;
        if (pause && rig_random(&seed) % pause == 0)
            ticks(disk, rig_random(&seed) % 9);
    }
}

static inline void play_by(struct writer *w, enum way way)
{
    if (way == WRITTEN_BACK) {
        write_back(w, 0, w->logs, 0);
        return;
    }
    if (way == SHUFFLED) { /* `op` becomes the place in the log meanwhile */
        for (u32 i = 0; i < w->logs;) {
            u32 end = i, op = w->log[i].op;
            for (; end < w->logs && w->log[end].op == op; end++)
                w->log[end].op = end;
            shuffle(w, i, end);
            play(w, disk, i, end);
            ticks(disk, 8);
            i = end;
        }
        return;
    }
    for (u32 i = 0; i < w->logs; i++) {
        play(w, disk, i, i + 1);
        bool last = i + 1 == w->logs || w->log[i + 1].op != w->log[i].op;
        if (way == EACH)
            disk_flush(disk);
        else if (way == TICKS)
            ticks(disk, 1);
        else if (way == OPERATIONS && last)
            ticks(disk, 8);
    }
}

static inline u8 *bytes_of(u32 n, u32 size)
{
    static u8 bytes[300000];
    for (u32 i = 0; i < size; i++)
        bytes[i] = (u8)(i * 13 + i / 512 * 7 + n * 91 + 1);
    return bytes;
}

static inline void begin_tree(void)
{
    host_text("ONE.TXT", "one");
    host_text("two.txt", "two");
    host_text("Mixed Case name.text", "mixed");
    host_fill("BIG.TXT", 80000, 1);
    host_mkdir("SUB");
    host_fill("SUB/X.TXT", 3000, 2);
    host_mkdir("SUB/DEEP");
    host_text("SUB/DEEP/Y", "y");
    host_mkdir("EMPTY");
    host_text("ZERO", "");
}

/* The list that other systems fail at, and more. */
static inline void the_list(struct writer *w)
{
    w_rename(w, "ONE.TXT", "EINS.TXT");
    w_rename(w, "SUB", "SUBX");
    w_mkdir(w, "NEWD");
    w_write(w, "NEWD/BIG2.TXT", bytes_of(1, 80000), 80000);
    w_write(w, "two.txt", bytes_of(2, 10), 10);
    w_append(w, "two.txt", bytes_of(3, 300), 300);
    w_append(w, "two.txt", bytes_of(4, 5000), 5000);
    w_delete(w, "BIG.TXT");
    w_mkdir(w, "NEWD/A");
    w_mkdir(w, "NEWD/B");
    w_rename(w, "EINS.TXT", "NEWD/A/F.TXT");
    w_rename(w, "NEWD/A", "NEWD/B/A");
    w_write(w, "ZERO", bytes_of(5, 2000), 2000);
    w_write(w, "SUBX/X.TXT", bytes_of(6, 100), 100);
    w_delete(w, "EMPTY");
    w_write(w, "NEW.TXT", bytes_of(7, 700), 700);
    w_rename(w, "NEW.TXT", "NEWER.TXT");
    w_delete(w, "SUBX/DEEP/Y");
    w_delete(w, "SUBX/DEEP");
    w_write(w, "NOTHING", bytes_of(8, 0), 0);
}

/* An editor: the old one becomes .BAK, the new one is written, once and again. */
static inline void an_editor(struct writer *w)
{
    w_rename(w, "ONE.TXT", "ONE.BAK");
    w_write(w, "ONE.TXT", bytes_of(1, 600), 600);
    w_delete(w, "ONE.BAK");
    w_rename(w, "ONE.TXT", "ONE.BAK");
    w_write(w, "ONE.TXT", bytes_of(2, 900), 900);
    w_write(w, "TEMP.$$$", bytes_of(3, 4000), 4000);
    w_delete(w, "ONE.TXT");
    w_rename(w, "TEMP.$$$", "ONE.TXT");
}

/* Names that go round. */
static inline void a_circle(struct writer *w)
{
    w_rename(w, "ONE.TXT", "T");
    w_rename(w, "BIG.TXT", "ONE.TXT");
    w_rename(w, "T", "BIG.TXT");
    w_rename(w, "SUB", "T");
    w_rename(w, "EMPTY", "SUB");
    w_rename(w, "T", "SUB/T");
    w_rename(w, "SUB/T/DEEP", "DEEP");
    w_rename(w, "SUB", "DEEP/SUB");
}

static void (*const scripts[])(struct writer *w) = {the_list, an_editor, a_circle};

static inline ino_t inode(const char *name)
{
    struct stat st;
    ck_assert_msg(stat(in_dir(name), &st) == 0, "%s is missing", name);
    return st.st_ino;
}

static inline bool there(const char *name)
{
    struct stat st;
    return lstat(in_dir(name), &st) == 0;
}

#endif
