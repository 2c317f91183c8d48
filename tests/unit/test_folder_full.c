/*
 * test_folder_full.c - rw=live on a host that is full or cannot write: the guest is told or the
 * machine stops, the old files stay whole, and all is saved once there is room.
 *
 * pwrite() of the C library is caught here and fails when it is told to.
 */
#define _GNU_SOURCE
#include "folder_writer.h"

#include <errno.h>
#include <sys/syscall.h>

static int write_fails; /* errno value */
static u64 room;        /* bytes that are written before that */

ssize_t pwrite(int fd, const void *buf, size_t size, off_t at)
{
    if (write_fails && size > room) {
        errno = write_fails;
        return -1;
    }
    room -= write_fails ? size : 0;
    return (ssize_t)syscall(SYS_pwrite64, fd, buf, size, at);
}

static struct err e;
static struct disk *disk;
static unsigned stops;
static char reason[400];

static void on_stop(void *opaque, const char *why)
{
    (void)opaque;
    stops++;
    snprintf(reason, sizeof(reason), "%s", why);
}

static void setup(void)
{
    write_fails = 0;
    room = stops = 0;
    setenv("XDG_STATE_HOME", scratch_path("state"), 1);
    host_new();
    host_fill("OLD.BIN", 9000, 1);
}

static void teardown(void)
{
    char command[300];
    write_fails = 0;
    host_remove();
    snprintf(command, sizeof(command), "rm -rf %s", scratch_path("state"));
    ck_assert_int_eq(system(command), 0);
}

static void open_live(struct writer *w, enum on_error action)
{
    static struct folder_options o;
    o = (struct folder_options){
        .path = host_dir, .codepage = 437, .write = FOLDER_LIVE, .utc = true, .bytes = 40 << 20};
    struct media m = {.folder = &o, .write_error = action};
    disk = disk_open(&m, DISK_HARD, false, NULL, &e);
    ck_assert_msg(disk != NULL, "%s", e.text);
    disk_on_stop(disk, on_stop, NULL);
    writer_open(w, disk, DOS);
}

static off_t size_of(const char *name)
{
    struct stat st;
    return stat(in_dir(name), &st) == 0 ? st.st_size : -1;
}

static u8 bytes[20000];

/* OLD.BIN is written again and NEW.BIN made, which finds room for a part of the first one. */
static void fill_up(struct writer *w, int error)
{
    memset(bytes, 'x', sizeof(bytes));
    w_write(w, "OLD.BIN", bytes, 15000);
    w_write(w, "NEW.BIN", bytes, 20000);
    play(w, disk, 0, w->logs);
    write_fails = error;
    room = 3000;
    ticks(disk, 10);
    ck_assert_int_eq(size_of("OLD.BIN"), 9000);
    ck_assert_int_eq(size_of("NEW.BIN"), -1);
    char command[600];
    snprintf(command, sizeof(command), "! find %s -name '.ferrite-*' | grep .", host_dir);
    ck_assert_int_eq(system(command), 0);
}

static void check_saved(void)
{
    ck_assert_int_eq(size_of("OLD.BIN"), 15000);
    ck_assert_int_eq(size_of("NEW.BIN"), 20000);
}

static const int errors[] = {ENOSPC, EDQUOT, EFBIG, EIO};

/* The guest's next write fails, until there is room; the write itself is not lost by that. */
START_TEST(test_guest_is_told)
{
    struct writer w;
    open_live(&w, ON_ERROR_REPORT);
    fill_up(&w, errors[_i]);
    u32 from = w.logs;
    w_write(&w, "LATER.TXT", bytes, 5);
    ck_assert(!disk_write(disk, w.r.start + w.log[from].sector, 1, w.log[from].bytes));
    ck_assert(!disk_flush(disk));
    ck_assert_uint_eq(stops, 0);
    write_fails = 0;
    play(&w, disk, from, w.logs);
    ticks(disk, 10);
    check_saved();
    ck_assert_int_eq(size_of("LATER.TXT"), 5);
    ck_assert(disk_flush(disk));
    writer_close(&w);
    disk_close(disk, NULL);
}
END_TEST

/* The machine stops, and does the same write again when it goes on. */
START_TEST(test_machine_stops)
{
    struct writer w;
    open_live(&w, _i ? ON_ERROR_STOP : 0); /* without a word: for want of room only */
    fill_up(&w, _i ? EIO : ENOSPC);
    u32 from = w.logs;
    w_write(&w, "LATER.TXT", bytes, 5);
    ck_assert(!disk_write(disk, w.r.start + w.log[from].sector, 1, w.log[from].bytes));
    ck_assert(disk_waits(disk));
    ck_assert_uint_eq(stops, 1);
    ck_assert_msg(strstr(reason, strerror(_i ? EIO : ENOSPC)), "%s", reason);
    ck_assert(!disk_write(disk, w.r.start + w.log[from].sector, 1, w.log[from].bytes));
    ck_assert_uint_eq(stops, 2);
    write_fails = 0;
    play(&w, disk, from, w.logs);
    ck_assert(!disk_waits(disk));
    check_saved();
    writer_close(&w);
    ck_assert_msg(disk_close(disk, &e), "%s", e.text);
    ck_assert_int_eq(size_of("LATER.TXT"), 5);
}
END_TEST

/* A guest that goes on regardless: at the end it is said, and what there is room for is kept. */
START_TEST(test_full_to_the_end)
{
    struct writer w;
    char command[600];
    open_live(&w, ON_ERROR_REPORT);
    fill_up(&w, ENOSPC);
    room = 0;
    writer_close(&w);
    ck_assert(!disk_close(disk, &e));
    ck_assert_msg(strstr(e.text, "not everything"), "%s", e.text);
    ck_assert_int_eq(size_of("OLD.BIN"), 9000);
    setup();
    open_live(&w, ON_ERROR_REPORT);
    host_mkdir("NEW.BIN"); /* the host has it meanwhile */
    w_write(&w, "NEW.BIN", bytes, 20000);
    play(&w, disk, 0, w.logs);
    writer_close(&w);
    ck_assert(!disk_close(disk, &e));
    snprintf(command, sizeof(command), "find %s/ferrite/unsaved -type f -size 20000c | grep -q .",
             scratch_path("state"));
    ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("folder full");
    TCase *t = tcase_create("write");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, test_guest_is_told, 0, (int)ARRAY_SIZE(errors));
    tcase_add_loop_test(t, test_machine_stops, 0, 2);
    tcase_add_test(t, test_full_to_the_end);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
