/*
 * test_folder_overlay.c - rw=overlay over a folder: what the guest wrote is brought to the host by
 * a commit, file by file, also when the host changed some meanwhile and when the commit is killed.
 */
#define _GNU_SOURCE
#include "folder_tree_rig.h"

#include "hw/storage/disk_cow.h"
#include "hw/storage/overlay.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static char over[300];
static char spoken[20000];

static void hear(void *opaque, const char *what)
{
    (void)opaque;
    strcat(strcat(spoken, what), "\n");
}

/* With what it keeps of the folder. */
static void remove_overlay(const char *path)
{
    char kept[300];
    ck_assert(cow_kept_name(path, kept, sizeof(kept)));
    unlink(path);
    unlink(kept);
}

static struct disk *open_overlay(struct writer *w, enum flavour flavour)
{
    static struct folder_options o;
    o = (struct folder_options){
        .path = host_dir, .codepage = 437, .write = FOLDER_OVERLAY, .utc = true, .bytes = 40 << 20};
    struct media m = {.folder = &o, .overlay = over};
    disk = disk_open(&m, DISK_HARD, false, NULL, &e);
    if (disk)
        writer_open(w, disk, flavour);
    return disk;
}

START_TEST(test_overlay)
{
    struct writer w;
    struct overlay_info info;
    snprintf(over, sizeof(over), "%s", scratch_path("folder-over"));
    remove_overlay(over);
    begin_tree();
    ino_t one = inode("ONE.TXT"), sub = inode("SUB");
    ck_assert_msg(open_overlay(&w, _i % 2) != NULL, "%s", e.text);
    scripts[_i / 2](&w);
    play_by(&w, AT_END);
    close_live(&w);
    ck_assert(there("ONE.TXT") && there("BIG.TXT") && there("SUB/DEEP/Y"));
    ck_assert_uint_eq(host_count(host_dir), 7);
    /* It is there again, and grows. */
    ck_assert_msg(open_overlay(&w, _i % 2) != NULL, "%s", e.text);
    check_fsck(&w.r);
    w_write(&w, "LATER.TXT", bytes_of(9, 1000), 1000);
    play_by(&w, AT_END);
    close_live(&w);
    ck_assert_uint_eq(host_count(host_dir), 7);
    /* What would be done is said, and not done. */
    *spoken = 0;
    ck_assert_msg(overlay_commit_saying(over, true, hear, NULL, &info, &e), "%s", e.text);
    ck_assert(info.clusters > 0);
    ck_assert_msg(strstr(spoken, "create LATER.TXT (1000 bytes)"), "%s", spoken);
    if (_i < 2)
        ck_assert_msg(strstr(spoken, "rename SUB to SUBX") && strstr(spoken, "delete BIG.TXT") &&
                          strstr(spoken, "make folder NEWD") &&
                          strstr(spoken, "create NEWD/BIG2.TXT (80000 bytes)"),
                      "%s", spoken);
    ck_assert_uint_eq(host_count(host_dir), 7);
    char said[sizeof(spoken)];
    snprintf(said, sizeof(said), "%s", spoken);
    *spoken = 0;
    ck_assert_msg(overlay_commit_saying(over, false, hear, NULL, &info, &e), "%s", e.text);
    ck_assert_msg(strstr(spoken, "create LATER.TXT (1000 bytes)"), "%s", spoken);
    /* The overlay is empty, over a folder that holds all of it. */
    ck_assert_msg(open_overlay(&w, _i % 2) != NULL, "%s", e.text);
    check_tree(&w, 0, host_dir);
    close_live(&w);
    ck_assert(overlay_info(over, &info, &e) && info.clusters == 0 && info.base_same);
    ck_assert(there("LATER.TXT"));
    if (_i < 2)
        ck_assert(inode("NEWD/B/A/F.TXT") == one && inode("SUBX") == sub);
    remove_overlay(over);
}
END_TEST

/* A file that was moved, and of which only the first sector was written, keeps the others. */
START_TEST(test_overlay_first_sector)
{
    struct writer w;
    struct overlay_info info;
    u8 all[5000];
    snprintf(over, sizeof(over), "%s", scratch_path("folder-over"));
    remove_overlay(over);
    memcpy(all, bytes_of(3, sizeof(all)), sizeof(all));
    host_put("FILE.BIN", all, sizeof(all));
    ck_assert_msg(open_overlay(&w, DOS) != NULL, "%s", e.text);
    w_mkdir(&w, "NEW");
    w_mkdir(&w, "NEW/DEEP");
    w_rename(&w, "FILE.BIN", "NEW/DEEP/MOVED.BIN");
    struct place p;
    ck_assert(w_exists(&w, "NEW/DEEP/MOVED.BIN", &p));
    u32 at = w.r.data_at + (w_start(&w, p.entry) - 2) * w.r.cluster_sectors;
    memset(w_sector(&w, at), 'x', 512);
    memset(all, 'x', 512);
    w_log(&w, at);
    play(&w, disk, 0, w.logs);
    close_live(&w);
    ck_assert_msg(overlay_commit_saying(over, false, hear, NULL, &info, &e), "%s", e.text);
    FILE *f = fopen(in_dir("NEW/DEEP/MOVED.BIN"), "rb");
    u8 now[sizeof(all) + 1];
    ck_assert(f && fread(now, 1, sizeof(now), f) == sizeof(all));
    fclose(f);
    ck_assert(memcmp(now, all, sizeof(all)) == 0);
    remove_overlay(over);
}
END_TEST

/* The host changes files meanwhile: each is for itself, and is named. */
START_TEST(test_overlay_host_changes)
{
    struct writer w;
    struct overlay_info info;
    struct place p;
    u8 sector[512];
    struct stat st;
    snprintf(over, sizeof(over), "%s", scratch_path("folder-over"));
    remove_overlay(over);
    begin_tree();
    host_fill("AAA.BIN", 290000, 8);
    host_fill("PART.BIN", 190000, 9);
    ck_assert_msg(open_overlay(&w, DOS) != NULL, "%s", e.text);
    ck_assert(w_exists(&w, "AAA.BIN", &p));
    u32 far = w.r.start + w.r.data_at + (w_start(&w, p.entry) - 2) * w.r.cluster_sectors + 300;
    ck_assert(w_exists(&w, "PART.BIN", &p));
    u32 part = w.r.data_at + (w_start(&w, p.entry) - 2) * w.r.cluster_sectors;
    w_write(&w, "LATER.TXT", bytes_of(9, 1000), 1000);
    w_write(&w, "TWO.TXT", bytes_of(8, 1200), 1200);
    play_by(&w, AT_END);
    close_live(&w);
    host_fill("AAA.BIN", 290000, 7);
    host_text("ONE.TXT", "changed by the host");
    host_text("two.txt", "this one, too");
    host_text("NEW.TXT", "new");
    struct log log = {.out = tmpfile(), .mask = LOG_DISK};
    struct folder_options o = {
        .path = host_dir, .codepage = 437, .write = FOLDER_OVERLAY, .utc = true, .bytes = 40 << 20};
    struct media m = {.folder = &o, .overlay = over};
    ck_assert_ptr_nonnull(disk = disk_open(&m, DISK_HARD, false, &log, &e));
    char said[600] = "";
    rewind(log.out);
    ck_assert(fread(said, 1, sizeof(said) - 1, log.out) > 0);
    ck_assert_msg(strstr(said, "AAA.BIN, ONE.TXT, two.txt"), "%s", said);
    ck_assert(!disk_read(disk, far, 1, sector)); /* the guest has not written it */
    ck_assert(disk_read(disk, w.r.start + part, 1, sector));
    ck_assert_msg(disk_close(disk, &e), "%s", e.text);
    fclose(log.out);
    *spoken = 0;
    ck_assert_msg(overlay_commit_saying(over, false, hear, NULL, &info, &e), "%s", e.text);
    ck_assert(stat(in_dir("ONE.TXT"), &st) == 0 && st.st_size == 19);
    ck_assert(stat(in_dir("LATER.TXT"), &st) == 0 && st.st_size == 1000);
    ck_assert(stat(in_dir("two.txt"), &st) == 0 && st.st_size == 1200);
    ck_assert(stat(in_dir("two.txt.host-1"), &st) == 0 && st.st_size == 13);
    ck_assert(there("NEW.TXT"));
    /* A file of which the guest has changed a part cannot be put together; the rest goes on. */
    ck_assert_msg(open_overlay(&w, DOS) != NULL, "%s", e.text);
    w_write(&w, "LAST.TXT", bytes_of(9, 700), 700);
    ck_assert(w_exists(&w, "PART.BIN", &p));
    part = w.r.data_at + (w_start(&w, p.entry) - 2) * w.r.cluster_sectors;
    memset(w_sector(&w, part), 'x', 512);
    w_log(&w, part);
    w_touch(&w, p.entry);
    w_log_slots(&w, 0, p.slot, 1);
    play_by(&w, AT_END);
    close_live(&w);
    host_text("PART.BIN", "other");
    ck_assert(!overlay_commit_saying(over, false, hear, NULL, &info, &e));
    ck_assert_msg(strstr(e.text, "PART.BIN"), "%s", e.text);
    ck_assert(stat(in_dir("PART.BIN"), &st) == 0 && st.st_size == 5);
    ck_assert(there("LAST.TXT"));
    ck_assert_msg(overlay_discard(over, &e), "%s", e.text);
    ck_assert_msg(open_overlay(&w, DOS) != NULL, "%s", e.text);
    check_tree(&w, 0, host_dir);
    close_live(&w);
    remove_overlay(over);
    o = (struct folder_options){.path = host_dir, .write = FOLDER_OVERLAY};
    m = (struct media){.folder = &o};
    ck_assert_ptr_null(disk_open(&m, DISK_HARD, false, NULL, &e));
    ck_assert(strstr(e.text, "with an overlay file"));
}
END_TEST

/*
 * The calls that change the host's names go through here, so that a commit is killed right before
 * or right after the n-th one: every state that a kill can leave of the tree of names.
 */
static int steps, last_step;
static bool before;

static long step(long number, long a, long b, long c, long d, long f)
{
    bool now = last_step && ++steps == last_step;
    if (now && before)
        raise(SIGKILL);
    long result = syscall(number, a, b, c, d, f);
    if (now)
        raise(SIGKILL);
    return result;
}

int renameat(int from, const char *a, int to, const char *b)
{
    return (int)step(SYS_renameat2, from, (long)a, to, (long)b, 0);
}

int renameat2(int from, const char *a, int to, const char *b, unsigned flags)
{
    return (int)step(SYS_renameat2, from, (long)a, to, (long)b, (long)flags);
}

int unlinkat(int dir, const char *name, int flags)
{
    return (int)step(SYS_unlinkat, dir, (long)name, flags, 0, 0);
}

int mkdirat(int dir, const char *name, mode_t mode)
{
    return (int)step(SYS_mkdirat, dir, (long)name, (long)mode, 0, 0);
}

/* More that goes round: three in a circle, folders that change places, one that goes into another
 * which takes its name, a file over another one's old name. */
static void circles(struct writer *w)
{
    w_rename(w, "ONE.TXT", "T");
    w_rename(w, "BIG.TXT", "ONE.TXT");
    w_rename(w, "two.txt", "BIG.TXT");
    w_rename(w, "T", "two.txt");
    w_write(w, "BIG.TXT", bytes_of(4, 9000), 9000);
    w_rename(w, "SUB/DEEP", "T");
    w_rename(w, "SUB", "EMPTY/SUB");
    w_rename(w, "EMPTY", "SUB");
    w_rename(w, "T", "EMPTY");
    w_rename(w, "EMPTY/Y", "SUB/Y");
    w_write(w, "EMPTY/Y", bytes_of(5, 10), 10);
    w_delete(w, "ZERO");
    w_rename(w, "SUB/SUB/X.TXT", "ZERO");
}

static void (*const killed[])(struct writer *w) = {the_list, an_editor, a_circle, circles};
enum { STEPS = 60 };

/* false: the commit had fewer steps than that. */
static bool kill_at(int n, bool first)
{
    struct overlay_info info;
    int status;
    pid_t child = fork();
    ck_assert(child >= 0);
    if (child == 0) {
        last_step = n;
        before = first;
        _exit(overlay_commit_saying(over, false, NULL, NULL, &info, &e) ? 0 : 1);
    }
    ck_assert(waitpid(child, &status, 0) == child);
    ck_assert_msg(!WIFEXITED(status) || WEXITSTATUS(status) == 0, "step %d: not committed", n);
    return WIFSIGNALED(status);
}

/* A commit that is killed leaves whole files, and the next one finishes it, be it killed, too. */
START_TEST(test_commit_killed)
{
    void (*script)(struct writer * w) = killed[_i / 2];
    struct writer w;
    struct overlay_info info;
    struct stat st;
    bool more = true;
    int n = 1;
    snprintf(over, sizeof(over), "%s", scratch_path("folder-over"));
    for (; more && n < STEPS; n++) {
        remove_overlay(over);
        teardown();
        setup();
        begin_tree();
        ck_assert_msg(open_overlay(&w, n % 2) != NULL, "%s", e.text);
        script(&w);
        play_by(&w, AT_END);
        for (u32 i = 0; i < w.r.data_at + 3000; i++)
            w_sector(&w, i); /* what the guest sees, when there is no disk any more */
        ck_assert_msg(disk_close(disk, &e), "%s", e.text);
        more = kill_at(n, _i & 1);
        ck_assert(stat(in_dir("Mixed Case name.text"), &st) == 0 && st.st_size == 5);
        if (more && n % 3 == 0) /* and once more, soon after */
            kill_at(2, _i & 1);
        ck_assert_msg(overlay_commit_saying(over, false, NULL, NULL, &info, &e), "step %d: %s", n,
                      e.text);
        check_tree(&w, 0, host_dir); /* which counts: nothing half-written, nothing kept twice */
        writer_close(&w);
        ck_assert_msg(open_overlay(&w, DOS) != NULL, "%s", e.text);
        check_fsck(&w.r);
        close_live(&w);
    }
    ck_assert_msg(n > 3 && !more, "%d steps", n);
    remove_overlay(over);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("folder overlay");
    TCase *t;
    t = tcase_create("overlay");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, test_overlay, 0, (int)(ARRAY_SIZE(scripts) * 2));
    tcase_add_test(t, test_overlay_first_sector);
    tcase_add_test(t, test_overlay_host_changes);
    tcase_add_loop_test(t, test_commit_killed, 0, (int)(ARRAY_SIZE(killed) * 2));
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
