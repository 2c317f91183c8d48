/*
 * test_folder_live.c - rw=live: what a guest's file system writes, in the orders of FreeDOS and of
 * Linux, ends as the same tree on the host, whenever it is looked at in between.
 */
#define _GNU_SOURCE
#include "folder_tree_rig.h"

#include <signal.h>
#include <sys/wait.h>

START_TEST(test_scripts)
{
    struct writer w;
    unsigned script = (unsigned)_i / (2 * WAYS);
    enum flavour flavour = (unsigned)_i / WAYS % 2;
    seed = (u64)_i + 5;
    begin_tree();
    open_live(&w, flavour);
    scripts[script](&w);
    play_by(&w, (unsigned)_i % WAYS);
    disk_flush(disk);
    check_tree(&w, 0, host_dir);
    check_fsck(&w.r);
    close_live(&w);
}
END_TEST

/* Every beginning of a log, then nothing: whole files, and none lost that the guest did not free.
 */
START_TEST(test_every_prefix)
{
    struct writer w;
    u32 total = 1;
    for (u32 stop = 0; stop < total; stop += 3) {
        host_new();
        begin_tree();
        open_live(&w, (enum flavour)_i);
        the_list(&w);
        total = w.logs;
        play(&w, disk, 0, stop);
        disk_flush(disk);
        ticks(disk, 8);
        /* Of what was moved, either name is there; what was never touched is as it was. */
        char path[1200];
        struct stat st;
        bool one = host_spelling(host_dir, "ONE.TXT", path, sizeof(path)) ||
                   host_spelling(host_dir, "EINS.TXT", path, sizeof(path)) ||
                   stat(in_dir("NEWD/A/F.TXT"), &st) == 0 ||
                   stat(in_dir("NEWD/B/A/F.TXT"), &st) == 0;
        ck_assert_msg(one, "after %u of %u sectors: ONE.TXT is nowhere", stop, total);
        ck_assert_msg(stat(in_dir("SUB"), &st) == 0 || stat(in_dir("SUBX"), &st) == 0, "%u", stop);
        ck_assert(stat(in_dir("Mixed Case name.text"), &st) == 0 && st.st_size == 5);
        if (stat(in_dir("NEWD/BIG2.TXT"), &st) == 0) {
            ck_assert_msg(st.st_size == 80000 || st.st_size == 0, "after %u: %lld", stop,
                          (long long)st.st_size);
        }
        play(&w, disk, stop, w.logs);
        disk_flush(disk);
        check_tree(&w, 0, host_dir);
        close_live(&w);
    }
}
END_TEST

/*
 * The ORPHAN rule. Linux takes a file out of one folder up to 30 seconds before it is in the other
 * one; its clusters stay allocated. It is not deleted meanwhile, and it stays the same file.
 */
START_TEST(test_orphan_is_not_deleted)
{
    struct writer w;
    begin_tree();
    ino_t file = inode("BIG.TXT"), folder = inode("SUB/DEEP");
    open_live(&w, LINUX);
    w_mkdir(&w, "a");
    w_rename(&w, "BIG.TXT", "a/big.txt");
    w_rename(&w, "SUB/DEEP", "a/deep");
    for (u32 i = 0; i < w.logs; i++) {
        play(&w, disk, i, i + 1);
        i % 2 ? disk_flush(disk) : ticks(disk, 300);
        ck_assert_msg(there("BIG.TXT") || there("a/big.txt"), "after %u sectors", i);
        ck_assert_msg(there("SUB/DEEP/Y") || there("a/deep/Y"), "after %u sectors", i);
    }
    disk_flush(disk);
    check_tree(&w, 0, host_dir);
    ck_assert(inode("a/big.txt") == file && inode("a/deep") == folder);
    close_live(&w);
}
END_TEST

/* The count of freeings: a new file that begins in a deleted one's cluster is another file. */
START_TEST(test_freed_cluster_is_another_file)
{
    struct writer w;
    begin_tree();
    chmod(in_dir("BIG.TXT"), 0600);
    ino_t old = inode("BIG.TXT");
    int kept = open(in_dir("BIG.TXT"), O_RDONLY);
    open_live(&w, DOS);
    struct place p;
    ck_assert(w_exists(&w, "BIG.TXT", &p));
    w.hint = w_start(&w, p.entry);
    w_delete(&w, "BIG.TXT");
    w_write(&w, "OTHER.TXT", bytes_of(1, 80000), 80000);
    ck_assert(w_exists(&w, "OTHER.TXT", &p) && w_start(&w, p.entry) <= w.hint);
    play(&w, disk, 0, w.logs);
    disk_flush(disk);
    check_tree(&w, 0, host_dir);
    struct stat st;
    ck_assert(stat(in_dir("OTHER.TXT"), &st) == 0);
    ck_assert(st.st_ino != old && (st.st_mode & 0777) != 0600);
    ck_assert(fstat(kept, &st) == 0 && st.st_nlink == 0 && st.st_size == 80000);
    close(kept);
    close_live(&w);
}
END_TEST

/* The time of quiet. DOS appends in a cluster's slack: the directory says so before the bytes. */
START_TEST(test_slack_is_not_taken)
{
    struct writer w;
    host_text("LOG.TXT", "first line\r\n");
    ino_t old = inode("LOG.TXT");
    open_live(&w, DOS);
    w_append(&w, "LOG.TXT", (const u8 *)"second", 6);
    ck_assert_uint_eq(w.logs, 2);
    play(&w, disk, 0, 1);
    ticks(disk, 4);
    ck_assert(inode("LOG.TXT") == old);
    play(&w, disk, 1, 2);
    ticks(disk, 4);
    ck_assert(inode("LOG.TXT") == old);
    ticks(disk, 3);
    ck_assert(inode("LOG.TXT") != old);
    check_tree(&w, 0, host_dir);
    close_live(&w);
}
END_TEST

/* Consistent in the table and the directory, with clusters that nobody wrote: zeros, and late. */
START_TEST(test_holes_are_zeros)
{
    struct writer w;
    struct place p;
    host_fill("OLD.BIN", 60000, 3);
    open_live(&w, DOS);
    ck_assert(w_exists(&w, "OLD.BIN", &p));
    w.hint = w_start(&w, p.entry);
    w_delete(&w, "OLD.BIN");
    play(&w, disk, 0, w.logs);
    disk_flush(disk);
    u32 from = w.logs;
    w_write(&w, "SPARSE.BIN", bytes_of(4, 50000), 50000);
    u32 data = 0;
    for (u32 i = from; i < w.logs; i++) { /* of the data only the last sector comes */
        if (w.log[i].sector < w.r.data_at || ++data == (50000 + 511) / 512)
            play(&w, disk, i, i + 1);
    }
    ticks(disk, 100);
    ck_assert(!there("SPARSE.BIN"));
    ticks(disk, 600);
    ck_assert(there("SPARSE.BIN"));
    FILE *f = fopen(in_dir("SPARSE.BIN"), "rb");
    for (u32 i = 0; i < 49664; i++)
        must(getc(f) == 0);
    for (u32 i = 49664; i < 50000; i++)
        must(getc(f) == bytes_of(4, 50000)[i]);
    must(getc(f) == EOF);
    fclose(f);
    close_live(&w);
}
END_TEST

/* What the guest did not write keeps its bytes, time and inode. */
START_TEST(test_untouched_files)
{
    static const char *const names[] = {"Mixed Case name.text", "SUB/X.TXT", "SUB/DEEP/Y"};
    struct stat before[3], after;
    struct writer w;
    begin_tree();
    for (unsigned i = 0; i < 3; i++)
        ck_assert(stat(in_dir(names[i]), &before[i]) == 0);
    open_live(&w, DOS);
    w_write(&w, "SUB/DEEP/NEW", bytes_of(1, 100), 100);
    w_delete(&w, "BIG.TXT");
    w_write(&w, "two.txt", bytes_of(2, 100), 100);
    play_by(&w, EACH);
    close_live(&w);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert(stat(in_dir(names[i]), &after) == 0);
        ck_assert(after.st_ino == before[i].st_ino && after.st_size == before[i].st_size);
        ck_assert(after.st_mtim.tv_sec == before[i].st_mtim.tv_sec &&
                  after.st_mtim.tv_nsec == before[i].st_mtim.tv_nsec);
    }
}
END_TEST

/* DOS writes aliases in capitals: the host's spelling stays, and a deleted long name comes back. */
START_TEST(test_spelling)
{
    struct writer w;
    host_text("ReadMe.txt", "1");
    host_text("a file of mine.text", "2");
    host_text("lower.c", "3");
    open_live(&w, DOS);
    w_write(&w, "README~1.TXT", bytes_of(1, 5), 5); /* no such alias: a new file */
    w_delete(&w, "README.TXT");
    w_write(&w, "README.TXT", bytes_of(2, 6), 6);
    w_write(&w, "LOWER.C", bytes_of(3, 7), 7);
    w_delete(&w, "AFILEO~1.TEX");
    play(&w, disk, 0, w.logs);
    ticks(disk, 20); /* deleted on the host, too */
    ck_assert(!there("a file of mine.text"));
    u32 from = w.logs;
    w_write(&w, "AFILEO~1.TEX", bytes_of(4, 8), 8);
    play(&w, disk, from, w.logs);
    ticks(disk, 20);
    ck_assert(there("a file of mine.text") && !there("AFILEO~1.TEX"));
    ck_assert(there("ReadMe.txt") && !there("README.TXT"));
    ck_assert(there("lower.c") && !there("LOWER.C"));
    ck_assert(there("README~1.TXT"));
    /* After 15 seconds it is a new name. */
    from = w.logs;
    w_delete(&w, "AFILEO~1.TEX");
    play(&w, disk, from, w.logs);
    ticks(disk, 200);
    from = w.logs;
    w_write(&w, "AFILEO~1.TEX", bytes_of(4, 8), 8);
    play(&w, disk, from, w.logs);
    ticks(disk, 20);
    ck_assert(!there("a file of mine.text") && there("AFILEO~1.TEX"));
    close_live(&w);
}
END_TEST

START_TEST(test_attributes_and_times)
{
    struct writer w;
    struct place p;
    struct stat st;
    host_text("A.TXT", "a");
    host_text("B.TXT", "b");
    open_live(&w, DOS);
    w_attributes(&w, "A.TXT", 0x21);
    ck_assert(w_exists(&w, "B.TXT", &p));
    put_le16(p.entry + 24, 20 << 9 | 1 << 5 | 2); /* 2000-01-02 */
    put_le16(p.entry + 22, 3 << 11 | 4 << 5 | 3); /* 03:04:06 */
    w_log_slots(&w, 0, p.slot, 1);
    play(&w, disk, 0, w.logs);
    ticks(disk, 8);
    ck_assert(stat(in_dir("A.TXT"), &st) == 0 && (st.st_mode & 0222) == 0);
    ck_assert(stat(in_dir("B.TXT"), &st) == 0 && st.st_mtime == 946782246);
    u32 from = w.logs;
    w_attributes(&w, "A.TXT", 0x20);
    play(&w, disk, from, w.logs);
    ticks(disk, 8);
    ck_assert(stat(in_dir("A.TXT"), &st) == 0 && st.st_mode & 0200);
    close_live(&w);
    /* Another machine finds them again. */
    open_live(&w, DOS);
    ck_assert(w_exists(&w, "B.TXT", &p));
    ck_assert_uint_eq(get_le16(p.entry + 22), 3 << 11 | 4 << 5 | 3);
    close_live(&w);
}
END_TEST

/* Programs keep aliases: a file's stays when others come and go, and across starts. */
START_TEST(test_aliases_stay)
{
    struct writer w;
    struct fat_item a, b, c;
    char command[700];
    host_text("long name a.txt", "1");
    host_text("long name b.txt", "2");
    host_mkdir("a long folder");
    host_text("a long folder/long name x.txt", "3");
    open_live(&w, LINUX);
    ck_assert(find_path(&w.r, "long name b.txt", &b));
    ck_assert_str_eq(b.alias, "LONGNA~2.TXT");
    w_delete(&w, "long name a.txt");
    w_write(&w, "a long folder/by the guest.txt", bytes_of(1, 5), 5);
    w_rename(&w, "long name b.txt", "a long folder/long name b.txt");
    play(&w, disk, 0, w.logs);
    ticks(disk, 20);
    ck_assert(find_path(&w.r, "a long folder/by the guest.txt", &a));
    ck_assert(find_path(&w.r, "a long folder/long name b.txt", &b));
    ck_assert(find_path(&w.r, "a long folder/long name x.txt", &c));
    close_live(&w);
    /* The host puts others in front of them, and saves one as editors do. */
    host_text("a long folder/a new one.txt", "4");
    host_text("a long folder/long name a.txt", "5");
    host_text("a long folder/new", "6");
    ck_assert_int_eq(rename(in_dir("a long folder/new"), in_dir("a long folder/long name x.txt")),
                     0);
    for (int i = 0; i < 2; i++) {
        struct fat_item now;
        open_live(&w, LINUX);
        ck_assert(find_path(&w.r, "a long folder/by the guest.txt", &now));
        ck_assert_str_eq(now.alias, a.alias);
        ck_assert(find_path(&w.r, "a long folder/long name b.txt", &now));
        ck_assert_str_eq(now.alias, b.alias);
        ck_assert(find_path(&w.r, "a long folder/long name x.txt", &now));
        ck_assert_str_eq(now.alias, c.alias);
        check_fsck(&w.r);
        /* A file that has the alias as its name goes before. */
        host_text("a long folder/extra", "7");
        snprintf(command, sizeof(command), "%s/a long folder/%s", host_dir, c.alias);
        ck_assert_int_eq(rename(in_dir("a long folder/extra"), command), 0);
        close_live(&w);
        open_live(&w, LINUX);
        ck_assert(find_path(&w.r, "a long folder/long name x.txt", &now));
        ck_assert_str_ne(now.alias, c.alias);
        check_fsck(&w.r);
        close_live(&w);
        ck_assert_int_eq(remove(command), 0);
        c = now;
    }
}
END_TEST

/* An alias that the guest chose is there at the next start, when it chooses others. */
START_TEST(test_alias_is_taken)
{
    struct writer w;
    struct fat_item first, second;
    open_live(&w, LINUX);
    w_write(&w, "long name one.txt", bytes_of(1, 500), 500);
    play(&w, disk, 0, w.logs);
    close_live(&w);
    open_live(&w, LINUX);
    w_write(&w, "Long Name Two", bytes_of(2, 700), 700);
    play(&w, disk, 0, w.logs);
    disk_flush(disk);
    check_tree(&w, 0, host_dir);
    check_fsck(&w.r);
    ck_assert(find_path(&w.r, "long name one.txt", &first));
    ck_assert(find_path(&w.r, "Long Name Two", &second));
    ck_assert_str_eq(first.alias, "LN00000~.1");
    ck_assert_str_ne(second.alias, first.alias);
    close_live(&w);
}
END_TEST

/* What an earlier process's folder of the same name had for aliases says nothing of this one. */
START_TEST(test_state_is_new)
{
    struct writer w;
    struct fat_item item;
    host_text("long name one.txt", "1");
    open_live(&w, LINUX);
    w_rename(&w, "long name one.txt", "Q");
    w_rename(&w, "Q", "long name one.txt");
    play(&w, disk, 0, w.logs);
    close_live(&w);
    setup();
    host_text("long name one.txt", "1");
    open_live(&w, LINUX);
    ck_assert(find_path(&w.r, "long name one.txt", &item));
    ck_assert_str_eq(item.alias, "LONGNA~1.TXT");
    close_live(&w);
}
END_TEST

/* A dot in front is hidden unless the guest says otherwise: also when it gives or takes the dot. */
START_TEST(test_dot_files)
{
    struct writer w;
    struct place p;
    host_text(".rc", "1");
    host_text("plain", "2");
    open_live(&w, LINUX);
    ck_assert(w_exists(&w, ".rc", &p) && p.entry[11] == 0x02);
    w_rename(&w, ".rc", "RC");
    w_rename(&w, "plain", ".plain");
    w_write(&w, ".new", bytes_of(1, 5), 5);
    w_mkdir(&w, ".dir");
    w_mkdir(&w, "HID");
    w_attributes(&w, "HID", 0x12);
    play(&w, disk, 0, w.logs);
    ticks(disk, 20);
    close_live(&w);
    ck_assert(there("RC") && there(".plain") && there(".new") && there(".dir"));
    open_live(&w, LINUX);
    ck_assert(w_exists(&w, "RC", &p) && p.entry[11] == 0x02);
    ck_assert(w_exists(&w, ".plain", &p) && p.entry[11] == 0);
    ck_assert(w_exists(&w, ".new", &p) && p.entry[11] == 0x20);
    ck_assert(w_exists(&w, ".dir", &p) && p.entry[11] == 0x10);
    ck_assert(w_exists(&w, "HID", &p) && p.entry[11] == 0x12);
    w_attributes(&w, "HID", 0x10);
    w_attributes(&w, ".plain", 0x02);
    play(&w, disk, 0, w.logs);
    close_live(&w);
    open_live(&w, LINUX);
    ck_assert(w_exists(&w, "HID", &p) && p.entry[11] == 0x10);
    ck_assert(w_exists(&w, ".plain", &p) && p.entry[11] == 0x02);
    close_live(&w);
}
END_TEST

/* Host and guest change the same file: nothing is lost. */
START_TEST(test_both_change_a_file)
{
    struct writer w;
    char text[32] = "";
    host_text("BOTH.TXT", "old");
    host_text("GONE.TXT", "old");
    open_live(&w, DOS);
    w_write(&w, "BOTH.TXT", bytes_of(1, 2000), 2000);
    w_write(&w, "MADE.TXT", bytes_of(2, 2000), 2000);
    w_delete(&w, "GONE.TXT");
    play(&w, disk, 0, w.logs);
    host_text("BOTH.TXT", "the host's");
    host_text("MADE.TXT", "the host's too");
    host_text("GONE.TXT", "changed by the host");
    ticks(disk, 8);
    close_live(&w);
    FILE *f = fopen(in_dir("BOTH.TXT.host-1"), "r");
    ck_assert(f && fgets(text, sizeof(text), f) && !strcmp(text, "the host's"));
    fclose(f);
    f = fopen(in_dir("MADE.TXT.host-1"), "r");
    ck_assert(f && fgets(text, sizeof(text), f) && !strcmp(text, "the host's too"));
    fclose(f);
    struct stat st;
    ck_assert(stat(in_dir("BOTH.TXT"), &st) == 0 && st.st_size == 2000);
    ck_assert(stat(in_dir("MADE.TXT"), &st) == 0 && st.st_size == 2000);
    ck_assert(stat(in_dir("GONE.TXT"), &st) == 0 && st.st_size == 19);
}
END_TEST

/* A name that the host cannot have: kept elsewhere, and said. */
/* The host takes away files, and then the whole folder, while the guest works on them. */
START_TEST(test_folder_vanishes)
{
    struct writer w;
    u8 sector[512];
    char command[900];
    host_mkdir("SUB");
    host_fill("SUB/A.BIN", 4000, 1);
    host_fill("SUB/B.BIN", 4000, 2);
    host_fill("C.BIN", 4000, 3);
    host_fill("D.BIN", 4000, 4);
    open_live(&w, DOS);
    for (u32 i = w.r.data_at; i < w.r.data_at + 200; i++)
        w_sector(&w, i); /* the driver has read it before */
    struct place p;
    ck_assert(w_exists(&w, "SUB/A.BIN", &p));
    u32 at = w.r.start + w.r.data_at + (w_start(&w, p.entry) - 2) * w.r.cluster_sectors;
    ck_assert_int_eq(unlink(in_dir("SUB/A.BIN")), 0);
    ck_assert(disk_read(disk, at, 1, sector)); /* the descriptor still has it */
    /* What is gone can be deleted, renamed over and written anew. */
    ck_assert_int_eq(unlink(in_dir("C.BIN")), 0);
    w_delete(&w, "SUB/A.BIN");
    w_write(&w, "C.BIN", bytes_of(5, 3000), 3000);
    play(&w, disk, 0, w.logs);
    ticks(disk, 10);
    struct stat st;
    ck_assert(stat(in_dir("C.BIN"), &st) == 0 && st.st_size == 3000);
    ck_assert(!there("SUB/A.BIN") && there("SUB/B.BIN"));
    /* Nothing that the guest writes is lost, even if there is no folder any more. */
    snprintf(command, sizeof(command), "rm -r %s", host_dir);
    ck_assert_int_eq(system(command), 0);
    u32 from = w.logs;
    w_write(&w, "SUB/LAST.BIN", bytes_of(6, 5500), 5500);
    w_write(&w, "D.BIN", bytes_of(7, 6600), 6600);
    play(&w, disk, from, w.logs);
    ticks(disk, 100);
    writer_close(&w);
    ck_assert(!disk_close(disk, &e));
    snprintf(command, sizeof(command),
             "cd %s && [ $(find . -type f -size 5500c | wc -l) = 1 ] && "
             "[ $(find . -type f -size 6600c | wc -l) = 1 ]; s=$?; rm -rf %s; exit $s",
             getenv("XDG_STATE_HOME"), getenv("XDG_STATE_HOME"));
    ck_assert(system(command) == 0);
}
END_TEST

START_TEST(test_unsaved)
{
    struct writer w;
    char name[400] = "";
    for (unsigned i = 0; i < 90; i++)
        strcat(name, "\xe2\x82\xac");
    host_text("A", "a");
    open_live(&w, LINUX);
    w_write(&w, name, bytes_of(1, 2000), 2000);
    w_write(&w, "FINE", bytes_of(2, 2000), 2000);
    play(&w, disk, 0, w.logs);
    ticks(disk, 8);
    ck_assert(there("FINE"));
    ck_assert_uint_eq(host_count(host_dir), 2);
    writer_close(&w);
    ck_assert(!disk_close(disk, &e));
    char command[600];
    snprintf(command, sizeof(command),
             "[ $(find %s -type f -size 2000c | wc -l) = 1 ]; s=$?; rm -rf %s; exit $s",
             getenv("XDG_STATE_HOME"), getenv("XDG_STATE_HOME"));
    ck_assert(system(command) == 0);
}
END_TEST

START_TEST(test_format)
{
    struct writer w;
    u8 boot[512];
    begin_tree();
    open_live(&w, DOS);
    read_sectors(&w.r, 0, 1, boot);
    boot[13] *= 2;
    ck_assert(disk_write(disk, w.r.start, 1, boot));
    memset(boot, 0, sizeof(boot));
    for (u32 i = 1; i < w.r.data_at; i++)
        must(disk_write(disk, w.r.start + i, 1, boot));
    disk_flush(disk);
    ticks(disk, 1000);
    close_live(&w);
    ck_assert_uint_eq(host_count(host_dir), 7);
    ck_assert(there("SUB/DEEP/Y") && there("BIG.TXT"));
}
END_TEST

START_TEST(test_one_machine)
{
    struct writer w;
    struct folder_options o = {.path = host_dir, .write = FOLDER_LIVE};
    struct media m = {.folder = &o};
    open_live(&w, DOS);
    ck_assert_ptr_null(disk_open(&m, DISK_HARD, false, NULL, &e));
    ck_assert(strstr(e.text, "another machine"));
    o.write = FOLDER_READ_ONLY;
    struct disk *second = disk_open(&m, DISK_HARD, false, NULL, &e);
    ck_assert_ptr_nonnull(second);
    disk_close(second, NULL);
    close_live(&w);
    o.write = FOLDER_LIVE;
    second = disk_open(&m, DISK_HARD, false, NULL, &e);
    ck_assert_msg(second != NULL, "%s", e.text);
    disk_close(second, NULL);
}
END_TEST

/* ---- anything, in any order ---- */

static void random_path(struct writer *w, char *out, bool folder)
{
    static const char *const dirs[] = {"", "D0/", "D1/", "D0/E/", "D1/E/"};
    static const char *const names[] = {"A.TXT",        "B.TXT", "C.BAK", "D", "long name one.txt",
                                        "Long Name Two"};
    struct place p;
    do {
        const char *dir = dirs[rig_random(&seed) % ARRAY_SIZE(dirs)];
        char up[16];
        snprintf(up, sizeof(up), "%.*s", *dir ? (int)strlen(dir) - 1 : 0, dir);
        bool has =
            !*dir || (strchr(up, '/') ? w_exists(w, "D0", &p) && w_exists(w, "D1", &p) : true);
        if (!has || (*dir && !w_exists(w, up, &p)))
            continue;
        snprintf(out, 100, "%s%s", dir,
                 folder ? (*dir                    ? "E"
                           : rig_random(&seed) % 2 ? "D0"
                                                   : "D1")
                        : names[rig_random(&seed) % ARRAY_SIZE(names)]);
        return;
    } while (true);
}

static bool is_empty(struct writer *w, u32 dir)
{
    for (u32 slot = 2;; slot++) {
        const u8 *s = w_slot(w, dir, slot);
        if (!s || !s[0])
            return true;
        if (s[0] != 0xe5)
            return false;
    }
}

static void random_operation(struct writer *w)
{
    char path[100], to[100];
    struct place p, q;
    u32 kind = rig_random(&seed) % 12, size = rig_random(&seed) % 5 ? rig_random(&seed) % 3000 : 0;
    random_path(w, path, kind >= 9);
    random_path(w, to, kind >= 9);
    bool is_there = w_exists(w, path, &p), to_there = w_exists(w, to, &q);
    if (kind < 4)
        w_write(w, path, bytes_of(rig_random(&seed), size), size);
    else if (kind == 4 && is_there && get_le32(p.entry + 28))
        w_append(w, path, bytes_of(rig_random(&seed), size + 1), size + 1);
    else if ((kind == 5 || kind == 6) && is_there && !to_there)
        w_rename(w, path, to);
    else if ((kind == 7 || kind == 8) && is_there)
        w_delete(w, path);
    else if (kind == 9 && !is_there)
        w_mkdir(w, path);
    else if (kind == 10 && is_there && is_empty(w, w_start(w, p.entry)))
        w_delete(w, path);
    else if (kind == 11 && is_there && !to_there && strncmp(to, path, strlen(path)) != 0)
        w_rename(w, path, to);
}

/* Clusters that are freed are taken again at once, and the table never says that they were free. */
START_TEST(test_random_written_back)
{
    struct writer w;
    seed = (u64)_i * 91 + 17;
    host_mkdir("D0");
    host_mkdir("D0/E");
    host_fill("A.TXT", 5000, 1);
    host_fill("D0/long name one.txt", 9000, 2);
    host_fill("D0/B.TXT", 300, 3);
    host_fill("D0/E/C.TXT", 20000, 4);
    open_live(&w, _i % 2);
    for (unsigned round = 0; round < 15; round++) {
        u32 from = w.logs;
        for (unsigned i = 2 + rig_random(&seed) % 12; i; i--) {
            w.hint = 2;
            random_operation(&w);
        }
        write_back(&w, from, w.logs, _i % 3 ? 12 : 0);
        rig_random(&seed) % 2 ? disk_flush(disk) : ticks(disk, 10);
        check_tree(&w, 0, host_dir);
    }
    check_fsck(&w.r);
    close_live(&w);
}
END_TEST

START_TEST(test_random)
{
    struct writer w;
    enum flavour flavour = _i % 2;
    seed = (u64)_i * 77 + 3;
    host_mkdir("D0");
    host_mkdir("D0/E");
    host_fill("A.TXT", 5000, 1);
    host_fill("D0/long name one.txt", 900, 2);
    open_live(&w, flavour);
    for (unsigned round = 0; round < 12; round++) {
        u32 from = w.logs;
        for (unsigned i = 1 + rig_random(&seed) % 6; i; i--)
            random_operation(&w);
        for (u32 i = from; i < w.logs; i++) {
            play(&w, disk, i, i + 1);
            u32 chance = rig_random(&seed) % 20;
            if (chance == 0)
                disk_flush(disk);
            else if (chance < 4)
                ticks(disk, rig_random(&seed) % 9);
        }
        rig_random(&seed) % 2 ? disk_flush(disk) : ticks(disk, 10);
        check_tree(&w, 0, host_dir);
    }
    check_fsck(&w.r);
    close_live(&w);
}
END_TEST

/* ---- kill -9 ---- */

START_TEST(test_killed)
{
    struct stat st, mixed;
    seed = (u64)_i + 100;
    begin_tree();
    ck_assert(stat(in_dir("Mixed Case name.text"), &mixed) == 0);
    pid_t child = fork();
    ck_assert(child >= 0);
    if (child == 0) {
        struct writer w;
        open_live(&w, DOS);
        for (;;) {
            the_list(&w);
            play_by(&w, _i % 3 == 0 ? TICKS : _i % 3 == 1 ? WRITTEN_BACK : EACH);
            disk_flush(disk);
            for (;;)
                pause();
        }
    }
    usleep(rig_random(&seed) % 40000);
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    ck_assert(WIFSIGNALED(status));
    /* What the guest never wrote is as it was, to the inode. */
    ck_assert(stat(in_dir("Mixed Case name.text"), &st) == 0 && st.st_ino == mixed.st_ino &&
              st.st_mtim.tv_nsec == mixed.st_mtim.tv_nsec && st.st_size == 5);
    /* Whole files only, of one version or the other. */
    ck_assert(stat(in_dir("two.txt"), &st) == 0);
    ck_assert_msg(st.st_size == 3 || st.st_size == 0 || st.st_size == 10 || st.st_size == 310 ||
                      st.st_size == 5310,
                  "%lld", (long long)st.st_size);
    if (there("NEWD/BIG2.TXT")) {
        ck_assert(stat(in_dir("NEWD/BIG2.TXT"), &st) == 0);
        ck_assert(st.st_size == 80000 || st.st_size == 0);
    }
    const char *sub = there("SUB") ? "SUB/X.TXT" : "SUBX/X.TXT";
    ck_assert(stat(in_dir(sub), &st) == 0);
    ck_assert(st.st_size == 3000 || st.st_size == 100 || st.st_size == 0);
    /* And the next machine starts, without anything half-written. */
    struct writer w;
    open_live(&w, DOS);
    close_live(&w);
    char command[600];
    snprintf(command, sizeof(command), "! find %s -name '.ferrite-*' | grep .", host_dir);
    ck_assert(system(command) == 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("folder live");
    TCase *t = tcase_create("write");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, test_scripts, 0, (int)(ARRAY_SIZE(scripts) * 2 * WAYS));
    tcase_add_loop_test(t, test_every_prefix, DOS, LINUX + 1);
    tcase_add_test(t, test_orphan_is_not_deleted);
    tcase_add_test(t, test_freed_cluster_is_another_file);
    tcase_add_test(t, test_slack_is_not_taken);
    tcase_add_test(t, test_holes_are_zeros);
    tcase_add_test(t, test_untouched_files);
    tcase_add_test(t, test_spelling);
    tcase_add_test(t, test_attributes_and_times);
    tcase_add_test(t, test_aliases_stay);
    tcase_add_test(t, test_alias_is_taken);
    tcase_add_test(t, test_state_is_new);
    tcase_add_test(t, test_dot_files);
    tcase_add_test(t, test_both_change_a_file);
    tcase_add_test(t, test_folder_vanishes);
    tcase_add_test(t, test_unsaved);
    tcase_add_test(t, test_format);
    tcase_add_test(t, test_one_machine);
    suite_add_tcase(s, t);
    t = tcase_create("random");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, test_random, 0, 24);
    tcase_add_loop_test(t, test_random_written_back, 0, 40);
    tcase_add_loop_test(t, test_killed, 0, 150);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
