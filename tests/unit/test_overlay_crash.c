/*
 * test_overlay_crash.c - overlay files when the host fails: each write, sync and truncation in turn
 * gets an error, or is the last one before the program is killed, or before the power goes. After
 * that the overlay must open and hold, for each sector, what was there at the last flush or a later
 * write, and never anything else; `commit` and `discard`, given again, must come to their end.
 *
 * The calls are caught here, by functions of the C library's names. Killed: nothing after the N-th
 * call happens. Power off: of what was written since the last sync of its file, any sector may have
 * got to the medium and any may not; the files are made anew from a record of the calls.
 */
#include "storage_rig.h"

#include "hw/storage/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { SECTORS = 700, BYTES = SECTORS * SECTOR_SIZE, MAX_FILE = 1 << 20, MAX_CALLS = 4000 };
enum { MAX_WRITES = 200 };

static char base[300], over[300];
static struct err e;

/* ---- the host, as it is caught ---- */

enum call { CALL_WRITE, CALL_SYNC, CALL_TRUNCATE };
enum trouble { NO_TROUBLE, KILLED, FAILS, FULL };

static struct host {
    bool on;
    enum trouble trouble;
    unsigned at;  /* the call that meets it; of FULL and KILLED all that follow, too */
    int error;    /* of FAILS; 0: a short write */
    unsigned now; /* calls so far */
} host;

static struct record {
    enum call call;
    bool of_base;
    u64 at, size;
    u8 *data;
} record[MAX_CALLS];

/* Which of the two files? */
static bool ours(int fd, bool *of_base)
{
    char link[64], path[400];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof(path) - 1);
    path[n < 0 ? 0 : n] = 0;
    *of_base = strcmp(path, base) == 0;
    return *of_base || strcmp(path, over) == 0;
}

/* 0: let it happen; else what it fails with. *size may become less. */
static int meet(int fd, enum call call, u64 at, size_t *size, const void *data)
{
    bool of_base;
    if (!host.on || !ours(fd, &of_base))
        return 0;
    unsigned n = host.now++;
    ck_assert_uint_lt(n, MAX_CALLS);
    if (host.trouble == KILLED && n >= host.at)
        return EIO;
    if (host.trouble == FULL && n >= host.at && call == CALL_WRITE) {
        struct stat st;
        fstat(fd, &st);
        if (at + *size > (u64)st.st_size)
            return ENOSPC;
    }
    if (host.trouble == FAILS && n == host.at) {
        if (host.error)
            return host.error;
        *size = *size > 1 ? *size / 2 : *size;
    }
    record[n] = (struct record){call, of_base, at, *size, NULL};
    if (call == CALL_WRITE) {
        record[n].data = malloc(*size);
        memcpy(record[n].data, data, *size);
    }
    return 0;
}

ssize_t pwrite(int fd, const void *buf, size_t size, off_t at)
{
    errno = meet(fd, CALL_WRITE, (u64)at, &size, buf);
    return errno ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, buf, size, at);
}

int fdatasync(int fd)
{
    size_t none = 0;
    errno = meet(fd, CALL_SYNC, 0, &none, NULL);
    return errno ? -1 : 0; /* the kernel outlives the test */
}

int fsync(int fd)
{
    return fdatasync(fd);
}

int ftruncate(int fd, off_t size)
{
    size_t to = (size_t)size;
    errno = meet(fd, CALL_TRUNCATE, 0, &to, NULL);
    return errno ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

static void host_start(enum trouble trouble, unsigned at, int error)
{
    for (unsigned i = 0; i < MAX_CALLS; i++) {
        free(record[i].data);
        record[i].data = NULL;
    }
    host = (struct host){true, trouble, at, error, 0};
}

static unsigned host_stop(void)
{
    host.on = false;
    return host.now;
}

/* ---- files ---- */

struct file {
    u8 bytes[MAX_FILE];
    u64 size;
};

static void load(struct file *f, const char *path)
{
    FILE *in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    memset(f, 0, sizeof(*f));
    f->size = fread(f->bytes, 1, MAX_FILE, in);
    fclose(in);
}

static void store(const struct file *f, const char *path)
{
    FILE *out = fopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(f->bytes, 1, f->size, out), f->size);
    fclose(out);
}

static void resize(struct file *f, u64 size)
{
    ck_assert_uint_le(size, MAX_FILE);
    if (size < f->size)
        memset(f->bytes + size, 0, f->size - size);
    f->size = size;
}

static void apply_write(struct file *f, const struct record *r, u64 *seed, bool all)
{
    for (u64 done = 0; done < r->size;) {
        u64 at = r->at + done, left = SECTOR_SIZE - at % SECTOR_SIZE;
        u64 n = left < r->size - done ? left : r->size - done;
        if (all || rig_random(seed) % 2) {
            if (f->size < at + n)
                resize(f, at + n);
            memcpy(f->bytes + at, r->data + done, n);
        }
        done += n;
    }
}

/* What the medium may hold when the power goes after `calls` calls. */
static void replay(struct file *f, bool of_base, unsigned calls, u64 seed)
{
    unsigned durable = 0;
    for (unsigned i = 0; i < calls; i++) {
        if (record[i].of_base == of_base && record[i].call == CALL_SYNC)
            durable = i;
    }
    for (unsigned i = 0; i < calls; i++) {
        const struct record *r = &record[i];
        bool all = i < durable;
        if (r->of_base != of_base)
            continue;
        if (r->call == CALL_WRITE)
            apply_write(f, r, &seed, all);
        else if (r->call == CALL_TRUNCATE && (all || rig_random(&seed) % 2))
            resize(f, r->size);
    }
}

/* ---- the guest ---- */

static struct {
    u32 first, count;
} write_log[MAX_WRITES];
static u32 writes;
static u32
    flushed[SECTORS]; /* number of the write that the last flush found there; 0: the base's */
static u32 latest[SECTORS];
static bool refused[SECTORS]; /* the latest write was refused: the old contents may be there */

static void fill_sector(u8 *p, u32 sector, u32 number)
{
    for (u32 i = 0; i < SECTOR_SIZE; i++)
        p[i] = number ? (u8)(number * 37 + sector * 11 + i * (number | 1))
                      : pattern(sector * 512u + i);
    if (number) {
        put_le32(p, number);
        put_le32(p + 4, sector);
    }
}

static struct disk *open_it(void)
{
    struct media m = {.path = base, .overlay = over};
    return disk_open(&m, DISK_HARD, false, NULL, &e);
}

static void guest_writes(struct disk *d, u64 *seed)
{
    static u8 buf[200 * SECTOR_SIZE];
    u32 count = rig_random(seed) % (rig_random(seed) % 4 ? 9 : 200) + 1;
    u32 first = rig_random(seed) % (SECTORS - count + 1), number = ++writes;
    ck_assert_uint_lt(number, MAX_WRITES);
    write_log[number].first = first;
    write_log[number].count = count;
    for (u32 i = 0; i < count; i++) {
        fill_sector(buf + i * SECTOR_SIZE, first + i, number);
        latest[first + i] = number;
    }
    bool done = disk_write(d, first, count, buf);
    for (u32 i = 0; i < count; i++)
        refused[first + i] = !done;
}

static void guest_flushes(struct disk *d)
{
    bool done = disk_flush(d);
    for (u32 s = 0; done && s < SECTORS; s++)
        flushed[s] = refused[s] ? flushed[s] : latest[s];
}

/* Writes, flushes, and what the machine does now and then. */
static void guest(struct disk *d, u64 seed, int steps)
{
    while (steps--) {
        u32 what = rig_random(&seed) % 8;
        if (what == 0)
            guest_flushes(d);
        else if (what == 1)
            disk_settle(d);
        else
            guest_writes(d, &seed);
    }
}

static void fresh(void)
{
    static struct file blank;
    if (!blank.size) {
        blank.size = BYTES;
        for (u32 i = 0; i < SECTORS; i++)
            fill_sector(blank.bytes + i * SECTOR_SIZE, i, 0);
    }
    unlink(over);
    store(&blank, base);
    ck_assert_msg(overlay_create(over, base, &e), "%s", e.text);
    writes = 0;
    memset(flushed, 0, sizeof(flushed));
    memset(latest, 0, sizeof(latest));
    memset(refused, 0, sizeof(refused));
}

/* Is what sector `s` holds the flushed contents, or a write since? `exactly`: the last one. */
static bool allowed(const u8 *p, u32 s, bool exactly)
{
    u8 want[SECTOR_SIZE];
    for (u32 n = exactly ? latest[s] : flushed[s]; n <= (exactly ? latest[s] : writes); n++) {
        bool wrote = n == flushed[s] || n == latest[s] ||
                     (s >= write_log[n].first && s < write_log[n].first + write_log[n].count);
        fill_sector(want, s, n);
        if (wrote && memcmp(p, want, SECTOR_SIZE) == 0)
            return true;
    }
    return false;
}

static void check_bytes(const u8 *bytes, bool exactly, const char *when, unsigned n)
{
    for (u32 s = 0; s < SECTORS; s++)
        ck_assert_msg(allowed(bytes + s * SECTOR_SIZE, s, exactly), "%s %u: sector %u", when, n, s);
}

static void check_overlay(bool exactly, const char *when, unsigned n)
{
    static u8 bytes[BYTES];
    struct overlay_info info;
    ck_assert_msg(overlay_check(over, false, &info, &e), "%s %u: %s", when, n, e.text);
    ck_assert_msg(!info.missing && !info.shared && !info.table_cut, "%s %u: damaged", when, n);
    struct disk *d = open_it();
    ck_assert_msg(d != NULL, "%s %u: %s", when, n, e.text);
    ck_assert_msg(disk_read(d, 0, SECTORS, bytes), "%s %u: cannot be read", when, n);
    ck_assert(disk_close(d, NULL));
    check_bytes(bytes, exactly, when, n);
}

/* ---- a machine writes ---- */

enum { STEPS = 40 };

/* The calls that the host gets, with this trouble at call `at`. */
static unsigned machine_runs(u64 seed, enum trouble trouble, unsigned at, int error)
{
    fresh();
    host_start(trouble, at, error);
    struct disk *d = open_it();
    if (d) {
        guest(d, seed, STEPS);
        if (trouble != KILLED) {
            disk_settle(d);
            guest_flushes(d);
        }
        disk_close(d, NULL);
    }
    return host_stop();
}

START_TEST(killed_anywhere)
{
    unsigned calls = machine_runs(1, NO_TROUBLE, 0, 0);
    check_overlay(true, "whole", 0);
    ck_assert_uint_gt(calls, 40);
    for (unsigned n = 0; n <= calls; n++) {
        machine_runs(1, KILLED, n, 0);
        check_overlay(false, "killed at", n);
    }
}
END_TEST

START_TEST(power_off_anywhere)
{
    static struct file start, f;
    for (unsigned seed = 1; seed < 4; seed++) {
        fresh();
        load(&start, over);
        unsigned calls = machine_runs(seed, NO_TROUBLE, 0, 0);
        for (unsigned n = 0; n <= calls; n++) {
            /* Again, for what was flushed up to there; its record is the same up to n. */
            machine_runs(seed, KILLED, n, 0);
            for (unsigned k = 0; k < 3; k++) {
                f = start;
                replay(&f, false, n, seed * 1000 + n * 3 + k);
                store(&f, over);
                check_overlay(false, "power off at", n);
            }
        }
    }
}
END_TEST

START_TEST(host_errors_anywhere)
{
    static const int errors[] = {ENOSPC, EIO, 0};
    unsigned calls = machine_runs(2, NO_TROUBLE, 0, 0);
    for (unsigned i = 0; i < ARRAY_SIZE(errors); i++) {
        for (unsigned n = 0; n <= calls; n++) {
            machine_runs(2, FAILS, n, errors[i]);
            check_overlay(errors[i] == 0, "error at", n);
        }
    }
    for (unsigned n = 0; n <= calls; n++) {
        machine_runs(2, FULL, n, 0);
        check_overlay(false, "full from", n);
    }
}
END_TEST

/* Without a flush, what was settled is there after a kill. */
START_TEST(settled_survives_a_kill)
{
    fresh();
    struct disk *d = open_it();
    u64 seed = 5;
    guest_writes(d, &seed);
    ck_assert(disk_settle(d));
    host_start(KILLED, 0, 0);
    disk_close(d, NULL);
    host_stop();
    check_overlay(true, "settled", 0);
}
END_TEST

/* ---- commit and discard ---- */

static struct file full_over, full_base;

static void filled(void)
{
    machine_runs(3, NO_TROUBLE, 0, 0);
    load(&full_over, over);
    load(&full_base, base);
}

static void restore(void)
{
    store(&full_over, over);
    store(&full_base, base);
}

static bool commit(void)
{
    struct overlay_info info;
    return overlay_commit(over, &info, &e);
}

/* Whatever happened to a commit: it can be finished, and nobody takes half of it for the whole. */
static void finish_commit(const char *when, unsigned n)
{
    static struct file f;
    struct disk *d = open_it();
    if (d) {
        disk_close(d, NULL);
        check_overlay(true, when, n);
    } else {
        ck_assert_msg(strstr(e.text, "ferrite disk commit") != NULL, "%s %u: %s", when, n, e.text);
    }
    ck_assert_msg(commit(), "%s %u: %s", when, n, e.text);
    check_overlay(true, when, n);
    load(&f, base);
    ck_assert_uint_eq(f.size, BYTES);
    check_bytes(f.bytes, true, when, n);
}

START_TEST(commit_interrupted_anywhere)
{
    static struct file f;
    filled();
    host_start(NO_TROUBLE, 0, 0);
    ck_assert_msg(commit(), "%s", e.text);
    unsigned calls = host_stop();
    ck_assert_uint_gt(calls, 8);
    for (unsigned n = 0; n <= calls; n++) {
        restore();
        host_start(KILLED, n, 0);
        commit();
        host_stop();
        for (unsigned k = 0; k < 4; k++) {
            u64 seed = n * 4 + k;
            f = full_over;
            replay(&f, false, n, seed);
            store(&f, over);
            f = full_base;
            replay(&f, true, n, ~seed);
            store(&f, base);
            finish_commit("commit, power off at", n);
        }
        restore();
        host_start(KILLED, n, 0);
        commit();
        host_stop();
        finish_commit("commit killed at", n);
        restore();
        host_start(FAILS, n, ENOSPC);
        bool done = commit();
        host_stop();
        ck_assert_msg(done == (n >= calls), "an error at %u was not reported", n);
        finish_commit("commit, error at", n);
    }
}
END_TEST

/* All of it, or nothing. */
static void finish_discard(const char *when, unsigned n)
{
    static u8 bytes[BYTES];
    struct disk *d = open_it();
    ck_assert_msg(d != NULL, "%s %u: %s", when, n, e.text);
    ck_assert(disk_read(d, 0, SECTORS, bytes) && disk_close(d, NULL));
    if (memcmp(bytes, full_base.bytes, BYTES) != 0)
        check_bytes(bytes, true, when, n);
    ck_assert_msg(overlay_discard(over, &e), "%s %u: %s", when, n, e.text);
    d = open_it();
    ck_assert_msg(d != NULL, "%s %u: %s", when, n, e.text);
    ck_assert(disk_read(d, 0, SECTORS, bytes) && disk_close(d, NULL));
    ck_assert_int_eq(memcmp(bytes, full_base.bytes, BYTES), 0);
}

START_TEST(discard_interrupted_anywhere)
{
    static struct file f;
    filled();
    host_start(NO_TROUBLE, 0, 0);
    ck_assert_msg(overlay_discard(over, &e), "%s", e.text);
    unsigned calls = host_stop();
    ck_assert_uint_gt(calls, 4);
    for (unsigned n = 0; n <= calls; n++) {
        restore();
        host_start(KILLED, n, 0);
        overlay_discard(over, &e);
        host_stop();
        for (unsigned k = 0; k < 8; k++) {
            f = full_over;
            replay(&f, false, n, n * 8 + k);
            store(&f, over);
            finish_discard("discard, power off at", n);
        }
        restore();
        host_start(KILLED, n, 0);
        overlay_discard(over, &e);
        host_stop();
        finish_discard("discard killed at", n);
    }
}
END_TEST

int main(void)
{
    snprintf(base, sizeof(base), "%s", scratch_path("crash-base"));
    snprintf(over, sizeof(over), "%s", scratch_path("crash-over"));
    Suite *suite = suite_create("overlay, host crashes");
    TCase *t = tcase_create("crash");
    tcase_add_test(t, killed_anywhere);
    tcase_add_test(t, power_off_anywhere);
    tcase_add_test(t, host_errors_anywhere);
    tcase_add_test(t, settled_survives_a_kill);
    tcase_add_test(t, commit_interrupted_anywhere);
    tcase_add_test(t, discard_interrupted_anywhere);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    unlink(base);
    unlink(over);
    return failed ? 1 : 0;
}
