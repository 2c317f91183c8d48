/*
 * test_overlay.c - overlay files: what is written stays in them and comes back, the base stays as
 * it is, commit and discard, foreign and damaged files, locks; and -drive and `ferrite disk`.
 */
#include "storage_rig.h"

#include "frontend/cli/drive.h"
#include "frontend/disk/disk_cmd.h"
#include "hw/storage/overlay.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { SECTORS = 1000, BYTES = SECTORS * SECTOR_SIZE }; /* the last cluster is a part */

static char base[300], over[300];
static struct overlay_info did; /* what a commit or a check reports */
static struct err e;

static void setup(void)
{
    snprintf(base, sizeof(base), "%s", scratch_image("base", BYTES));
    snprintf(over, sizeof(over), "%s", scratch_path("over"));
    unlink(over);
    ck_assert_msg(overlay_create(over, base, &e), "%s", e.text);
}

static void teardown(void)
{
    unlink(base);
    unlink(over);
}

static struct disk *open_it(bool snapshot, bool read_only)
{
    struct media m = {.path = base, .overlay = over, .read_only = read_only};
    return disk_open(&m, DISK_HARD, snapshot, NULL, &e);
}

static struct disk *must_open(void)
{
    struct disk *d = open_it(false, false);
    ck_assert_msg(d != NULL, "%s", e.text);
    return d;
}

static void must_close(struct disk *d)
{
    ck_assert_msg(disk_close(d, &e), "%s", e.text);
}

static u8 *contents(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    u8 *bytes = malloc(1 << 21);
    *size = fread(bytes, 1, 1 << 21, f);
    fclose(f);
    return bytes;
}

static void poke(const char *path, long at, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "r+b");
    ck_assert_ptr_nonnull(f);
    fseek(f, at, SEEK_SET);
    ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void check_base_untouched(void)
{
    size_t size;
    u8 *bytes = contents(base, &size);
    ck_assert_uint_eq(size, BYTES);
    for (size_t i = 0; i < size; i++)
        ck_assert_uint_eq(bytes[i], pattern(i));
    free(bytes);
}

/* Random writes, and the same into `model`. */
static void scribble(struct disk *d, u8 *model, u64 seed, int writes)
{
    static u8 buf[300 * SECTOR_SIZE];
    while (writes--) {
        u32 n = rig_random(&seed) % (rig_random(&seed) % 4 ? 9 : 300) + 1;
        u32 at = rig_random(&seed) % (SECTORS - n + 1);
        for (u32 i = 0; i < n * SECTOR_SIZE; i++)
            buf[i] = (u8)rig_random(&seed);
        ck_assert(disk_write(d, at, n, buf));
        memcpy(model + at * SECTOR_SIZE, buf, n * SECTOR_SIZE);
    }
}

static void check_contents(struct disk *d, const u8 *model)
{
    static u8 buf[BYTES];
    ck_assert(disk_read(d, 0, SECTORS, buf));
    ck_assert_int_eq(memcmp(buf, model, BYTES), 0);
    for (u32 i = 0; i < SECTORS; i += 97) {
        ck_assert(disk_read(d, i, 1, buf));
        ck_assert_int_eq(memcmp(buf, model + i * SECTOR_SIZE, SECTOR_SIZE), 0);
    }
}

static u8 model[BYTES];

static void fresh_model(void)
{
    for (u32 i = 0; i < BYTES; i++)
        model[i] = pattern(i);
}

/* ---- what it is for ---- */

START_TEST(writes_stay_in_the_overlay)
{
    struct overlay_info info;
    fresh_model();
    struct disk *d = must_open();
    ck_assert_uint_eq(disk_sectors(d), SECTORS);
    check_contents(d, model);
    scribble(d, model, 1, 30);
    check_contents(d, model);
    must_close(d);
    check_base_untouched();
    for (int i = 2; i < 5; i++) { /* again and again */
        d = must_open();
        check_contents(d, model);
        scribble(d, model, (u64)i, 5);
        ck_assert(disk_flush(d));
        must_close(d);
    }
    check_base_untouched();
    ck_assert_msg(overlay_info(over, &info, &e), "%s", e.text);
    ck_assert_str_eq(info.base, base);
    ck_assert(info.base_there && info.base_same && !info.committing);
    ck_assert_uint_eq(info.disk_bytes, BYTES);
    ck_assert(info.clusters >= 1 && info.clusters <= 8);
}
END_TEST

START_TEST(snapshot_and_read_only)
{
    size_t before_size, after_size;
    fresh_model();
    struct disk *d = must_open();
    scribble(d, model, 7, 3);
    must_close(d);
    u8 *before = contents(over, &before_size);
    static u8 thrown_away[BYTES];
    memcpy(thrown_away, model, BYTES);
    d = open_it(true, false);
    ck_assert_msg(d != NULL, "%s", e.text);
    scribble(d, thrown_away, 8, 3);
    check_contents(d, thrown_away);
    must_close(d);
    d = open_it(false, true);
    ck_assert_msg(d != NULL, "%s", e.text);
    check_contents(d, model);
    ck_assert(!disk_write(d, 0, 1, model));
    struct disk *second = open_it(false, true); /* readers may be many */
    ck_assert_msg(second != NULL, "%s", e.text);
    must_close(second);
    must_close(d);
    u8 *after = contents(over, &after_size);
    ck_assert_uint_eq(before_size, after_size);
    ck_assert_int_eq(memcmp(before, after, after_size), 0);
    free(before);
    free(after);
}
END_TEST

START_TEST(commit_and_discard)
{
    struct overlay_info info;
    size_t size;
    fresh_model();
    struct disk *d = must_open();
    scribble(d, model, 3, 10);
    must_close(d);
    ck_assert_msg(overlay_commit(over, &did, &e), "%s", e.text);
    u8 *bytes = contents(base, &size);
    ck_assert_uint_eq(size, BYTES);
    ck_assert_int_eq(memcmp(bytes, model, BYTES), 0);
    free(bytes);
    ck_assert(overlay_info(over, &info, &e));
    ck_assert(info.base_same && info.clusters == 0);
    d = must_open();
    check_contents(d, model);
    static u8 other[BYTES];
    memcpy(other, model, BYTES);
    scribble(d, other, 4, 10);
    must_close(d);
    ck_assert_msg(overlay_discard(over, &e), "%s", e.text);
    d = must_open();
    check_contents(d, model);
    must_close(d);
}
END_TEST

/* The header's checksum, for files of either version. */
static void set_sum(u8 *header, u32 version)
{
    u32 crc = ~0u;
    put_le32(header + 16, version);
    put_le32(header + 56, 0);
    for (int i = 0; i < 4092; i++) {
        crc ^= header[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    put_le32(header + (version == 1 ? 4092 : 56), ~crc);
}

START_TEST(an_interrupted_commit_can_be_finished)
{
    struct overlay_info info;
    size_t size;
    fresh_model();
    struct disk *d = must_open();
    scribble(d, model, 5, 10);
    must_close(d);
    /* A copy of the overlay from before, marked as it is during a commit. */
    u8 *bytes = contents(over, &size);
    ck_assert(overlay_commit(over, &did, &e));
    u8 damaged[SECTOR_SIZE] = {0xee};
    poke(base, 0, damaged, sizeof(damaged)); /* as if only a part were there */
    bytes[36] = 1;
    set_sum(bytes, 2);
    unlink(over);
    FILE *f = fopen(over, "wb");
    ck_assert_uint_eq(fwrite(bytes, 1, size, f), size);
    fclose(f);
    free(bytes);
    ck_assert_ptr_null(open_it(false, false));
    ck_assert_ptr_nonnull(strstr(e.text, "ferrite disk commit"));
    ck_assert(!overlay_discard(over, &e));
    ck_assert(overlay_info(over, &info, &e) && info.committing);
    ck_assert_msg(overlay_commit(over, &did, &e), "%s", e.text);
    d = must_open();
    check_contents(d, model); /* also in the cluster that was half written */
    must_close(d);
}
END_TEST

/* ---- what must be refused ---- */

static void expect_refused(const char *why)
{
    struct disk *d = open_it(false, false);
    ck_assert_msg(d == NULL, "accepted");
    ck_assert_msg(strstr(e.text, why) != NULL, "%s", e.text);
}

START_TEST(another_base)
{
    u8 changed[8] = "changed";
    poke(base, 4096, changed, sizeof(changed));
    expect_refused("written to since");
    ck_assert(!overlay_commit(over, &did, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "written to since"));
    struct overlay_info info;
    ck_assert(overlay_info(over, &info, &e) && info.base_there && !info.base_same);
    ck_assert_msg(overlay_discard(over, &e), "%s", e.text); /* takes the base as it is now */
    must_close(must_open());
    ck_assert_int_eq(truncate(base, BYTES - SECTOR_SIZE), 0);
    expect_refused("written to since");
    ck_assert(!overlay_discard(over, &e));
    unlink(base);
    expect_refused("No such file");
    ck_assert(overlay_info(over, &info, &e) && !info.base_there);
}
END_TEST

START_TEST(moved_together)
{
    char dir[310], a[700], b[400];
    snprintf(dir, sizeof(dir), "%s-dir", over);
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    snprintf(a, sizeof(a), "%s/%s", dir, strrchr(base, '/') + 1);
    snprintf(b, sizeof(b), "%s/over", dir);
    ck_assert_int_eq(rename(base, a), 0);
    ck_assert_int_eq(rename(over, b), 0);
    struct overlay_info info;
    ck_assert_msg(overlay_info(b, &info, &e), "%s", e.text);
    ck_assert(info.base_there && info.base_same);
    unlink(a);
    unlink(b);
    rmdir(dir);
}
END_TEST

static char folder[300], base_copy[700], over_copy[700];

static void copy_pair(void)
{
    char command[2000];
    fresh_model();
    struct disk *d = must_open();
    scribble(d, model, 5, 9);
    must_close(d);
    snprintf(folder, sizeof(folder), "%s", scratch_path("pair"));
    snprintf(base_copy, sizeof(base_copy), "%s%s", folder, strrchr(base, '/'));
    snprintf(over_copy, sizeof(over_copy), "%s%s", folder, strrchr(over, '/'));
    snprintf(command, sizeof(command), "rm -rf %s; mkdir %s && cp -p %s %s %s", folder, folder,
             base, over, folder);
    ck_assert_int_eq(system(command), 0);
}

/* A copy of both is a pair of its own: its commit leaves the first base alone. */
START_TEST(copied_together)
{
    char command[2000];
    size_t size;
    struct overlay_info i;
    copy_pair();
    ck_assert(overlay_info(over_copy, &i, &e) && i.base_same);
    ck_assert_str_eq(i.base, base_copy);
    ck_assert_msg(overlay_commit(over_copy, &did, &e), "%s", e.text);
    check_base_untouched();
    u8 *bytes = contents(base_copy, &size);
    ck_assert_int_eq(memcmp(bytes, model, BYTES), 0);
    free(bytes);
    /* What lies beside it and is something else is not its base. */
    snprintf(command, sizeof(command), "cp -p %s %s", over, folder);
    ck_assert_int_eq(system(command), 0);
    ck_assert(overlay_info(over_copy, &i, &e) && i.base_same);
    ck_assert_str_eq(i.base, base);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* Its commit is finished where it began, though what is there fits no more. */
START_TEST(copied_and_half_committed)
{
    char command[700];
    struct rlimit old, small;
    struct overlay_info i;
    size_t size;
    copy_pair();
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){BYTES / 2, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    bool whole = overlay_commit(over_copy, &did, &e);
    setrlimit(RLIMIT_FSIZE, &old);
    ck_assert(!whole);
    u8 *bytes = contents(base_copy, &size), *first = contents(base, &size);
    ck_assert_int_ne(memcmp(bytes, first, BYTES), 0);
    free(bytes);
    free(first);
    ck_assert(overlay_info(over_copy, &i, &e) && i.committing);
    ck_assert_str_eq(i.base, base_copy);
    ck_assert_msg(overlay_commit(over_copy, &did, &e), "%s", e.text);
    check_base_untouched();
    bytes = contents(base_copy, &size);
    ck_assert_int_eq(memcmp(bytes, model, BYTES), 0);
    free(bytes);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* A copy from before the commit changes nothing any more: what it holds is in the base. */
START_TEST(a_second_commit_is_no_harm)
{
    size_t size;
    fresh_model();
    struct disk *d = must_open();
    scribble(d, model, 6, 10);
    must_close(d);
    u8 *bytes = contents(over, &size);
    ck_assert(overlay_commit(over, &did, &e));
    FILE *f = fopen(over, "wb");
    ck_assert_uint_eq(fwrite(bytes, 1, size, f), size);
    fclose(f);
    free(bytes);
    expect_refused("written to since");
    ck_assert_msg(overlay_commit(over, &did, &e), "%s", e.text);
    d = must_open();
    check_contents(d, model);
    must_close(d);
}
END_TEST

/* A file of version 1 is read, and becomes one of version 2 when its header changes. */
START_TEST(version_1)
{
    size_t size;
    fresh_model();
    struct disk *d = must_open();
    scribble(d, model, 9, 10);
    must_close(d);
    u8 *bytes = contents(over, &size);
    set_sum(bytes, 1);
    poke(over, 0, bytes, 4096);
    free(bytes);
    d = must_open();
    check_contents(d, model);
    must_close(d);
    ck_assert_msg(overlay_commit(over, &did, &e), "%s", e.text);
    d = must_open();
    check_contents(d, model);
    must_close(d);
    bytes = contents(over, &size);
    ck_assert_uint_eq(get_le32(bytes + 16), 2);
    free(bytes);
}
END_TEST

START_TEST(damage)
{
    u8 bytes[4], sector[SECTOR_SIZE] = {1}, other[SECTOR_SIZE] = {2}, back[SECTOR_SIZE];
    struct disk *d = must_open();
    ck_assert(disk_write(d, 0, 1, sector) && disk_write(d, 200, 1, other));
    must_close(d);
    /* Clusters 0 and 1 hold entries 1 and 2. Both 1: nobody knows whose it is. */
    put_le32(bytes, 1);
    poke(over, 4096 + 4, bytes, 4);
    expect_refused("another one's too");
    ck_assert(!overlay_commit(over, &did, &e) && strstr(e.text, "ferrite disk check"));
    ck_assert(overlay_check(over, false, &did, &e));
    ck_assert(did.shared == 1 && did.first_shared == 128 && did.unused == 1 && !did.missing);
    ck_assert(overlay_check(over, true, &did, &e) && overlay_check(over, false, &did, &e));
    ck_assert(did.shared == 0 && did.clusters == 2);
    d = must_open(); /* each has its own now */
    ck_assert(disk_write(d, 72, 1, other) && disk_read(d, 200, 1, back));
    ck_assert_int_ne(memcmp(back, other, SECTOR_SIZE), 0);
    must_close(d);
    /* Entries behind the file's end. */
    static const u32 words[] = {4, 0xffffffff, 0x80000000};
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        put_le32(bytes, words[i]);
        poke(over, 4096 + 4, bytes, 4);
        ck_assert(overlay_check(over, false, &did, &e));
        ck_assert(did.missing == 1 && did.first_missing == 128 && did.clusters == 1);
        must_close(must_open()); /* for writing: the entry is taken out */
        ck_assert(overlay_check(over, false, &did, &e) && !did.missing && did.clusters == 1);
    }
    d = must_open(); /* and what grows there later is not taken for it */
    for (u32 at = 300; at < 900; at += 128)
        ck_assert(disk_write(d, at, 1, sector));
    ck_assert(disk_read(d, 200, 1, back));
    for (unsigned i = 0; i < SECTOR_SIZE; i++)
        ck_assert_uint_eq(back[i], pattern(200 * SECTOR_SIZE + i));
    must_close(d);
    ck_assert_int_eq(truncate(over, 5000), 0);
    ck_assert(overlay_check(over, false, &did, &e) && did.table_cut);
    must_close(must_open());
    ck_assert(overlay_check(over, false, &did, &e) && !did.table_cut);
    ck_assert_int_eq(truncate(over, 100), 0);
    expect_refused("no overlay file");
    /* Every byte of the header is under the checksum, or is the checksum. */
    unlink(over);
    ck_assert(overlay_create(over, base, &e));
    size_t size;
    u8 *good = contents(over, &size);
    for (int i = 0; i < 4092; i += i < 80 || i > 4080 ? 1 : 101) {
        u8 bad = good[i] ^ 0x10;
        poke(over, i, &bad, 1);
        ck_assert_ptr_null(open_it(false, false));
        poke(over, i, good + i, 1);
    }
    must_close(must_open());
    free(good);
}
END_TEST

/* The overlay, not what it lies over: that is only read. */
START_TEST(deleted_while_open)
{
    u8 sector[SECTOR_SIZE] = {1};
    struct disk *d = must_open();
    ck_assert_int_eq(unlink(base), 0);
    ck_assert(disk_write(d, 700, 1, sector));
    ck_assert_msg(disk_close(d, &e), "%s", e.text);
    scratch_image("base", BYTES);
    d = must_open();
    ck_assert_int_eq(unlink(over), 0);
    ck_assert(disk_write(d, 7, 1, sector) && disk_settle(d));
    ck_assert(!disk_close(d, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "deleted"));
}
END_TEST

START_TEST(files_that_are_none)
{
    ck_assert(!overlay_create(over, base, &e)); /* exists */
    ck_assert_ptr_nonnull(strstr(e.text, "exists"));
    unlink(over);
    ck_assert(!overlay_create(over, "/nonexistent/base", &e));
    ck_assert(!overlay_create("/nonexistent/over", base, &e));
    ck_assert_int_eq(truncate(base, 0), 0);
    ck_assert(!overlay_create(over, base, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "empty"));
    ck_assert_int_ne(access(over, F_OK), 0); /* nothing left lying about */
    struct media m = {.path = base, .overlay = base};
    ck_assert_ptr_null(disk_open(&m, DISK_HARD, false, NULL, &e));
    m.overlay = "/tmp";
    ck_assert_ptr_null(disk_open(&m, DISK_HARD, false, NULL, &e));
}
END_TEST

START_TEST(locks)
{
    struct disk *d = must_open();
    expect_refused("in use");
    ck_assert(!overlay_commit(over, &did, &e) && strstr(e.text, "in use"));
    ck_assert(!overlay_discard(over, &e) && strstr(e.text, "in use"));
    /* The base may serve several overlays, but nobody may write to it. */
    struct media m = {.path = base};
    ck_assert_ptr_null(disk_open(&m, DISK_HARD, false, NULL, &e));
    char second[300];
    snprintf(second, sizeof(second), "%s", scratch_path("second"));
    unlink(second);
    ck_assert_msg(overlay_create(second, base, &e), "%s", e.text);
    ck_assert(!overlay_commit(second, &did, &e));
    m.overlay = second;
    struct disk *other = disk_open(&m, DISK_HARD, false, NULL, &e);
    ck_assert_msg(other != NULL, "%s", e.text);
    must_close(other);
    must_close(d);
    unlink(second);
}
END_TEST

/* ---- -drive and ferrite disk ---- */

START_TEST(drive_option)
{
    static struct drives d;
    memset(&d, 0, sizeof(d));
    ck_assert_msg(drive_parse(&d, "file=a,,b.img,if=ide,index=1,overlay=o,readonly=on", &e), "%s",
                  e.text);
    ck_assert_str_eq(d.disk[1].file, "a,b.img");
    ck_assert_str_eq(d.disk[1].overlay, "o");
    ck_assert(d.disk[1].read_only);
    ck_assert(drive_parse(&d, "file=x", &e) && drive_parse(&d, "file=y=z", &e));
    ck_assert_str_eq(d.disk[0].file, "x");
    ck_assert_str_eq(d.disk[2].file, "y=z");
    ck_assert(drive_parse(&d, "if=floppy,file=f,format=raw", &e));
    ck_assert_str_eq(d.floppy[0].file, "f");
    ck_assert(drive_parse(&d, "file=c,media=cdrom", &e));
    ck_assert_str_eq(d.cdrom.file, "c");
    static const char *const wrong[][2] = {
        {"index=0", "file="},
        {"file=", "wants a value"},
        {"file=a,file=b", "twice"},
        {"file=a,indx=1", "index"},
        {"file=a,index=4", "0 to 3"},
        {"file=a,index=-1", "0 to 3"},
        {"file=a,index=1", "two images"},
        {"file=a,if=floppy,index=2", "0 to 1"},
        {"file=a,if=scsi", "ide or floppy"},
        {"file=a,readonly=yes", "on or off"},
        {"file=a,format=qcow2", "raw"},
        {"file=a,media=cdrom,index=1", "index=2"},
        {"file=a,media=cdrom,overlay=o", "not written"},
        {"file", "wants a value"},
        {",", "wants a value"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        ck_assert_msg(!drive_parse(&d, wrong[i][0], &e), "accepted: %s", wrong[i][0]);
        ck_assert_msg(strstr(e.text, wrong[i][1]) != NULL, "%s: %s", wrong[i][0], e.text);
    }
    static char much[3 * DRIVE_TEXT];
    memset(much, 'a', sizeof(much) - 1);
    memcpy(much, "file=", 5);
    ck_assert(!drive_parse(&d, much, &e));
}
END_TEST

static int command(const char *words, char **out, char **messages)
{
    char text[1000], *argv[8];
    int argc = 0;
    size_t size;
    snprintf(text, sizeof(text), "%s", words);
    for (char *w = strtok(text, " "); w; w = strtok(NULL, " "))
        argv[argc++] = w;
    FILE *o = open_memstream(out, &size), *m = open_memstream(messages, &size);
    int status = disk_command(argc, argv, o, m);
    fclose(o);
    fclose(m);
    return status;
}

START_TEST(sub_commands)
{
    char words[700], *out, *messages;
    static const struct {
        const char *format, *say;
        int status;
    } tests[] = {
        {"info %2$s", "as it was", 0},
        {"create %1$s %2$s", "exists", 1},
        {"commit %2$s", "", 0},
        {"discard %2$s", "", 0},
        {"info %1$s", "no overlay", 1},
        {"info", "wants: OVERLAY", 2},
        {"check %2$s", "sound", 0},
        {"check --repair %2$s", "sound", 0},
        {"check --fix %2$s", "wants: [--repair] OVERLAY", 2},
        {"check", "wants: [--repair] OVERLAY", 2},
        {"comit %2$s", "commit?", 2},
        {"", "create", 2},
        {"help", "discard", 0},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(tests); i++) {
        const char *second = strstr(tests[i].format, "%2$s"),
                   *first = strstr(tests[i].format, "%1");
        snprintf(words, sizeof(words), "%.*s %s %s", (int)strcspn(tests[i].format, "%"),
                 tests[i].format, first ? base : "", second ? over : "");
        ck_assert_int_eq(command(words, &out, &messages), tests[i].status);
        ck_assert_msg(strstr(out, tests[i].say) || strstr(messages, tests[i].say), "%s%s", out,
                      messages);
        free(out);
        free(messages);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("overlay");
    TCase *t = tcase_create("overlay");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, writes_stay_in_the_overlay);
    tcase_add_test(t, snapshot_and_read_only);
    tcase_add_test(t, commit_and_discard);
    tcase_add_test(t, an_interrupted_commit_can_be_finished);
    tcase_add_test(t, another_base);
    tcase_add_test(t, moved_together);
    tcase_add_test(t, copied_together);
    tcase_add_test(t, copied_and_half_committed);
    tcase_add_test(t, a_second_commit_is_no_harm);
    tcase_add_test(t, version_1);
    tcase_add_test(t, damage);
    tcase_add_test(t, deleted_while_open);
    tcase_add_test(t, files_that_are_none);
    tcase_add_test(t, locks);
    tcase_add_test(t, drive_option);
    tcase_add_test(t, sub_commands);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
