/*
 * test_disk.c - the image layer: files, memory images, overlays, locks, host errors, snapshots.
 */
#define _GNU_SOURCE /* memfd_create */
#include "storage_rig.h"

#include "hw/base/state.h"
#include "hw/storage/disk.h"
#include "hw/storage/floppy.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct err e;

static struct disk *open_file(const char *path, enum disk_kind kind, bool snapshot)
{
    e.text[0] = 0;
    return disk_open(&(struct media){.path = path}, kind, snapshot, NULL, &e);
}

static void check_pattern(struct disk *d, u64 sector, u32 count)
{
    u8 buf[64 * SECTOR_SIZE];
    ck_assert_uint_le(count, 64);
    ck_assert(disk_read(d, sector, count, buf));
    for (size_t i = 0; i < (size_t)count * SECTOR_SIZE; i++)
        ck_assert_uint_eq(buf[i], pattern(sector * SECTOR_SIZE + i));
}

static void fill(u8 *buf, u32 count, u8 v)
{
    memset(buf, v, (size_t)count * SECTOR_SIZE);
}

START_TEST(file_reads_and_writes)
{
    char *path = strdup(scratch_image("rw", 100 * 512));
    struct disk *d = open_file(path, DISK_HARD, false);
    u8 buf[3 * 512], back[3 * 512];
    ck_assert_msg(d != NULL, "%s", e.text);
    ck_assert_uint_eq(disk_sectors(d), 100);
    check_pattern(d, 0, 64);
    fill(buf, 3, 0xa5);
    ck_assert(disk_write(d, 97, 3, buf));
    ck_assert(disk_read(d, 97, 3, back));
    ck_assert_mem_eq(buf, back, sizeof(buf));
    check_pattern(d, 96, 1);
    /* Written straight through: another reader sees it before flush and close. */
    FILE *f = fopen(path, "rb");
    fseek(f, 97 * 512, SEEK_SET);
    ck_assert_uint_eq(fread(back, 1, sizeof(back), f), sizeof(back));
    fclose(f);
    ck_assert_mem_eq(buf, back, sizeof(buf));
    ck_assert(disk_flush(d));
    ck_assert(disk_close(d, &e));
    unlink(path);
    free(path);
}
END_TEST

START_TEST(outside_is_refused)
{
    char *path = scratch_image("range", 10 * 512);
    struct disk *d = open_file(path, DISK_HARD, false);
    u8 buf[512] = {0};
    ck_assert(!disk_read(d, 10, 1, buf));
    ck_assert(!disk_read(d, 9, 2, buf));
    ck_assert(!disk_read(d, UINT64_MAX, 1, buf));
    ck_assert(!disk_read(d, UINT64_MAX / 512, 1, buf));
    ck_assert(!disk_write(d, 10, 1, buf));
    ck_assert(disk_read(d, 9, 1, buf));
    struct stat st;
    ck_assert(disk_close(d, &e));
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_size, 10 * 512);
    unlink(path);
}
END_TEST

START_TEST(bad_files_are_explained)
{
    ck_assert_ptr_null(open_file("/nonexistent/image", DISK_HARD, false));
    ck_assert_ptr_nonnull(strstr(e.text, "/nonexistent/image"));
    ck_assert_ptr_null(open_file("/tmp", DISK_HARD, false));
    ck_assert_ptr_nonnull(strstr(e.text, "directory"));
    ck_assert_ptr_null(open_file("/dev/zero", DISK_HARD, false));
    ck_assert_ptr_nonnull(strstr(e.text, "not a regular file"));
    char *path = scratch_image("odd", 5760 * 512 + 1);
    ck_assert_ptr_null(open_file(path, DISK_FLOPPY, false));
    ck_assert_ptr_nonnull(strstr(e.text, "-hda"));
    unlink(path);
    path = scratch_image("odd", 0);
    ck_assert_ptr_null(open_file(path, DISK_HARD, false));
    ck_assert_ptr_nonnull(strstr(e.text, "empty"));
    unlink(path);
    ck_assert_ptr_null(disk_open(&(struct media){0}, DISK_HARD, false, NULL, &e));
    ck_assert_ptr_null(disk_open(&(struct media){.path = "/tmp"}, DISK_HARD, false, NULL, NULL));
}
END_TEST

/* The last sector of a hard disk's image is there whole, whatever of it the file has. */
START_TEST(odd_sizes_end_in_zeros)
{
    char *path = scratch_image("odd", 1000);
    struct disk *d = open_file(path, DISK_HARD, false);
    u8 buf[1024];
    struct stat st;
    ck_assert_msg(d != NULL, "%s", e.text);
    ck_assert_uint_eq(disk_sectors(d), 2);
    ck_assert(disk_read(d, 0, 2, buf));
    for (unsigned i = 0; i < sizeof(buf); i++)
        ck_assert_uint_eq(buf[i], i < 1000 ? pattern(i) : 0);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_size, 1000); /* reading does not make it longer */
    buf[1023] = 0x77;
    ck_assert(disk_write(d, 1, 1, buf + 512));
    ck_assert(disk_close(d, &e));
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_size, 1024);
    d = open_file(path, DISK_HARD, false);
    ck_assert(disk_read(d, 1, 1, buf));
    ck_assert_uint_eq(buf[511], 0x77);
    ck_assert_uint_eq(buf[487], pattern(999));
    ck_assert(disk_close(d, &e));
    unlink(path);
}
END_TEST

/* A truncated image of 1.44M: zeros behind its end, and a write there makes the file longer. */
START_TEST(short_diskettes_grow)
{
    char *path = scratch_image("short", 700);
    u8 buf[512], zero[512] = {0};
    struct stat st;
    for (int snapshot = 1; snapshot >= 0; snapshot--) {
        struct disk *d = open_file(path, DISK_FLOPPY, snapshot);
        ck_assert_msg(d != NULL, "%s", e.text);
        ck_assert_uint_eq(disk_sectors(d), 2880);
        ck_assert_str_eq(disk_floppy(d)->name, "1.44M");
        ck_assert(disk_read(d, 2879, 1, buf));
        ck_assert_mem_eq(buf, zero, 512);
        ck_assert(disk_read(d, 1, 1, buf));
        ck_assert_uint_eq(buf[187], pattern(699));
        ck_assert_uint_eq(buf[188], 0);
        ck_assert(!disk_read(d, 2880, 1, buf));
        fill(buf, 1, 0x5a);
        ck_assert(disk_write(d, 40, 1, buf));
        ck_assert(disk_close(d, &e));
        ck_assert_int_eq(stat(path, &st), 0);
        ck_assert_int_eq(st.st_size, snapshot ? 700 : 41 * 512);
    }
    struct disk *d = open_file(path, DISK_FLOPPY, false);
    ck_assert(disk_read(d, 40, 1, zero));
    ck_assert_mem_eq(buf, zero, 512);
    ck_assert(disk_close(d, &e));
    unlink(path);
}
END_TEST

START_TEST(a_fixed_vhd_hides_its_footer)
{
    char *path = scratch_image("vhd", 17 * 512);
    u8 footer[512] = "conectix", buf[512];
    footer[54] = 16 * 512 >> 8;
    footer[63] = 2;
    int fd = open(path, O_WRONLY);
    ck_assert_int_eq(pwrite(fd, footer, 512, 16 * 512), 512);
    struct disk *d = open_file(path, DISK_HARD, false);
    ck_assert_msg(d != NULL, "%s", e.text);
    ck_assert_uint_eq(disk_sectors(d), 16);
    ck_assert(!disk_write(d, 16, 1, buf));
    check_pattern(d, 15, 1);
    ck_assert(disk_close(d, &e));
    footer[63] = 3;
    ck_assert_int_eq(pwrite(fd, footer, 512, 16 * 512), 512);
    ck_assert_ptr_null(open_file(path, DISK_HARD, false));
    ck_assert_ptr_nonnull(strstr(e.text, "dynamic VHD"));
    footer[63] = 2;
    footer[53] = 1; /* more than there is */
    ck_assert_int_eq(pwrite(fd, footer, 512, 16 * 512), 512);
    ck_assert_ptr_null(open_file(path, DISK_HARD, false));
    ck_assert_ptr_nonnull(strstr(e.text, "damaged"));
    close(fd);
    unlink(path);
}
END_TEST

START_TEST(protected_files)
{
    char *path = scratch_image("ro", 1440 * 1024);
    chmod(path, 0444);
    struct disk *d = open_file(path, DISK_FLOPPY, false);
    u8 buf[512] = {0};
    ck_assert_msg(d != NULL, "%s", e.text);
    ck_assert(disk_read_only(d)); /* also when root runs the test */
    ck_assert(!disk_write(d, 0, 1, buf));
    check_pattern(d, 0, 1);
    ck_assert(disk_close(d, &e)); /* a refused write is not a lost one */
    ck_assert_ptr_null(open_file(path, DISK_HARD, false));
    ck_assert_ptr_nonnull(strstr(e.text, "-snapshot"));
    d = open_file(path, DISK_HARD, true);
    ck_assert_msg(d != NULL, "%s", e.text);
    ck_assert(!disk_read_only(d));
    ck_assert(disk_write(d, 0, 1, buf));
    ck_assert(disk_close(d, &e));
    chmod(path, 0644);
    d = disk_open(&(struct media){.path = path, .read_only = true}, DISK_HARD, true, NULL, &e);
    ck_assert(disk_read_only(d));
    ck_assert(!disk_write(d, 0, 1, buf));
    ck_assert(disk_close(d, &e));
    unlink(path);
}
END_TEST

/* -snapshot against a plain array, with random overlapping reads and writes. */
START_TEST(overlay_against_array)
{
    enum { SECTORS = 700 };
    char *path = scratch_image("snap", SECTORS * 512);
    static u8 model[SECTORS * 512], buf[40 * 512];
    struct disk *d = open_file(path, DISK_HARD, true);
    u64 seed = 1;
    ck_assert_msg(d != NULL, "%s", e.text);
    for (size_t i = 0; i < sizeof(model); i++)
        model[i] = pattern(i);
    for (int n = 0; n < 3000; n++) {
        u32 at = rig_random(&seed) % SECTORS, count = rig_random(&seed) % 40;
        if (count > SECTORS - at)
            count = SECTORS - at;
        if (rig_random(&seed) & 1) {
            for (u32 i = 0; i < count * 512; i++)
                buf[i] = (u8)rig_random(&seed);
            memcpy(model + at * 512, buf, count * 512);
            ck_assert(disk_write(d, at, count, buf));
        } else {
            ck_assert(disk_read(d, at, count, buf));
            ck_assert_mem_eq(buf, model + at * 512, count * 512);
        }
    }
    ck_assert(disk_close(d, &e));
    d = open_file(path, DISK_HARD, false); /* the file is as it was */
    for (u32 s = 0; s < SECTORS; s++)
        check_pattern(d, s, 1);
    ck_assert(disk_close(d, &e));
    unlink(path);
}
END_TEST

START_TEST(bytes_are_never_written)
{
    static u8 image[1440 * 1024], before[sizeof(image)];
    for (size_t i = 0; i < sizeof(image); i++)
        before[i] = image[i] = pattern(i);
    struct media m = {.bytes = image, .size = sizeof(image)};
    struct disk *d = disk_open(&m, DISK_FLOPPY, false, NULL, &e);
    u8 buf[512], back[512];
    ck_assert_msg(d != NULL, "%s", e.text);
    fill(buf, 1, 0x11);
    ck_assert(disk_write(d, 5, 1, buf));
    ck_assert(disk_read(d, 5, 1, back));
    ck_assert_mem_eq(buf, back, 512);
    check_pattern(d, 4, 1);
    check_pattern(d, 6, 1);
    ck_assert(disk_close(d, &e));
    ck_assert_mem_eq(image, before, sizeof(image));
    m.size = 1000;
    d = disk_open(&m, DISK_FLOPPY, false, NULL, &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    ck_assert(disk_read(d, 1, 1, back));
    ck_assert_mem_eq(back, image + 512, 488);
    ck_assert_uint_eq(back[488], 0);
    ck_assert(disk_close(d, &e));
}
END_TEST

START_TEST(one_writer_or_many_readers)
{
    char *path = scratch_image("lock", 100 * 512);
    struct disk *writer = open_file(path, DISK_HARD, false);
    ck_assert_ptr_nonnull(writer);
    ck_assert_ptr_null(open_file(path, DISK_HARD, false));
    ck_assert_ptr_nonnull(strstr(e.text, "in use"));
    ck_assert_ptr_null(open_file(path, DISK_HARD, true));
    ck_assert(disk_close(writer, &e));
    struct disk *a = open_file(path, DISK_HARD, true), *b = open_file(path, DISK_HARD, true);
    ck_assert(a && b);
    ck_assert_ptr_null(open_file(path, DISK_HARD, false));
    ck_assert(disk_close(a, &e));
    ck_assert(disk_close(b, &e));
    writer = open_file(path, DISK_HARD, false);
    ck_assert_ptr_nonnull(writer);
    ck_assert(disk_close(writer, &e));
    unlink(path);
}
END_TEST

/* Its file is replaced by another one of the same size; of another size it is refused, and fails.
 */
START_TEST(files_are_replaced)
{
    char *path = strdup(scratch_image("replaced", 64 * 512));
    char *other = strdup(scratch_image("other", 64 * 512));
    u8 buf[512], sector[512];
    struct disk *d = open_file(other, DISK_HARD, false);
    fill(sector, 1, 0x77);
    ck_assert(disk_write(d, 5, 1, sector) && disk_close(d, &e));
    d = open_file(path, DISK_HARD, false);
    u64 written = disk_written(d);
    check_pattern(d, 5, 1);
    ck_assert_msg(disk_let_go(d, &e), "%s", e.text);
    ck_assert(!disk_read(d, 5, 1, buf) && !disk_write(d, 5, 1, sector) && disk_flush(d));
    ck_assert_uint_eq(disk_sectors(d), 64);
    ck_assert_int_eq(rename(other, path), 0);
    ck_assert_msg(disk_take_up(d, NULL, &e), "%s", e.text);
    ck_assert(disk_read(d, 5, 1, buf));
    ck_assert_mem_eq(buf, sector, 512);
    ck_assert_uint_gt(disk_written(d), written); /* it is not what it was */
    ck_assert(disk_let_go(d, &e));
    ck_assert_int_eq(truncate(path, 65 * 512), 0);
    ck_assert(!disk_take_up(d, NULL, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "another size"));
    ck_assert(!disk_read(d, 5, 1, buf));
    ck_assert_int_eq(truncate(path, 64 * 512), 0);
    ck_assert(disk_take_up(d, NULL, &e) && disk_read(d, 5, 1, buf));
    ck_assert(disk_let_go(d, &e) && unlink(path) == 0 && !disk_take_up(d, NULL, &e));
    ck_assert(!disk_read(d, 5, 1, buf));
    disk_close(d, &e);
    u8 bytes[1024] = {0};
    d = disk_open(&(struct media){.bytes = bytes, .size = sizeof(bytes)}, DISK_HARD, false, NULL,
                  &e);
    ck_assert(!disk_let_go(d, &e) && disk_read(d, 0, 1, buf));
    ck_assert(disk_close(d, &e));
    free(path);
    free(other);
}
END_TEST

/* Somebody deletes the file, or puts another in its place: what was written before and is written
 * then goes with it. The machine says so while `export` still helps, and at the end. */
START_TEST(deleted_while_open)
{
    char *path = strdup(scratch_image("vanishes", 64 * 512)), *text;
    u8 sector[512];
    size_t size;
    struct log log = {.mask = LOG_DISK, .out = open_memstream(&text, &size)};
    const struct media m = {.path = path};
    struct disk *d = disk_open(&m, DISK_HARD, false, &log, &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    fill(sector, 1, 0x77);
    ck_assert(disk_write(d, 5, 1, sector) && disk_settle(d));
    ck_assert_int_eq(unlink(path), 0);
    for (u64 i = 0; i < 5; i++) /* the guest goes on, and is not bothered */
        ck_assert(disk_write(d, i, 1, sector) && disk_flush(d) && disk_settle(d));
    ck_assert(disk_read(d, 5, 1, sector));
    ck_assert(!disk_close(d, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "deleted"));
    fclose(log.out);
    const char *said = strstr(text, "deleted");
    ck_assert(said && strstr(said, "export") && !strstr(said + 1, "deleted"));
    free(text);

    /* What was only read is no loss, nor what -snapshot holds back. */
    for (int snapshot = 0; snapshot < 2; snapshot++) {
        scratch_image("vanishes", 64 * 512);
        d = open_file(path, DISK_HARD, snapshot);
        ck_assert(d && (!snapshot || disk_write(d, 5, 1, sector)));
        ck_assert_int_eq(unlink(path), 0);
        ck_assert(disk_read(d, 5, 1, sector) && disk_settle(d));
        ck_assert_msg(disk_close(d, &e), "%s", e.text);
    }
    /* It never had a name: a harness gives its own file away, and reads it afterwards. */
    int own = memfd_create("own", MFD_CLOEXEC);
    char name[40];
    snprintf(name, sizeof(name), "/proc/self/fd/%d", own);
    ck_assert_int_eq(ftruncate(own, 64 * 512), 0);
    d = open_file(name, DISK_HARD, false);
    ck_assert(d && disk_write(d, 5, 1, sector) && disk_settle(d));
    ck_assert_msg(disk_close(d, &e), "%s", e.text);
    close(own);
    /* Another name will do. */
    scratch_image("vanishes", 64 * 512);
    d = open_file(path, DISK_HARD, false);
    char *other = strdup(scratch_path("renamed"));
    ck_assert(d && disk_write(d, 5, 1, sector) && rename(path, other) == 0);
    ck_assert_msg(disk_close(d, &e), "%s", e.text);
    unlink(other);
    free(other);
    free(path);
}
END_TEST

START_TEST(truncated_while_open)
{
    char *path = scratch_image("cut", 100 * 512);
    struct disk *d = open_file(path, DISK_HARD, false);
    u8 buf[2 * 512];
    ck_assert_int_eq(truncate(path, 50 * 512 + 100), 0);
    check_pattern(d, 49, 1);
    ck_assert(!disk_read(d, 50, 1, buf));
    ck_assert(!disk_read(d, 49, 2, buf));
    ck_assert(!disk_read(d, 99, 1, buf));
    fill(buf, 1, 3); /* what the guest writes from now on is kept */
    ck_assert(disk_write(d, 99, 1, buf));
    ck_assert(disk_read(d, 99, 1, buf + 512));
    ck_assert_mem_eq(buf, buf + 512, 512);
    ck_assert(disk_close(d, &e));
    unlink(path);
}
END_TEST

START_TEST(host_write_error_is_reported)
{
    char *path = scratch_image("full", 100 * 512);
    struct disk *d = open_file(path, DISK_HARD, false);
    u8 buf[512] = {0};
    struct rlimit old, small = {.rlim_cur = 10 * 512};
    getrlimit(RLIMIT_FSIZE, &old);
    small.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    /* libcheck writes a file at every assertion: none while the limit holds. */
    setrlimit(RLIMIT_FSIZE, &small);
    bool below = disk_write(d, 9, 1, buf), beyond = disk_write(d, 10, 1, buf);
    setrlimit(RLIMIT_FSIZE, &old);
    ck_assert(below);
    ck_assert(!beyond);
    ck_assert(disk_write(d, 11, 1, buf));
    ck_assert(!disk_close(d, &e)); /* the person learns it, too */
    ck_assert_ptr_nonnull(strstr(e.text, "not everything"));
    unlink(path);
}
END_TEST

/* Throw-away writes: the same whether they are kept in memory, in a file, or in part in each. */
START_TEST(snapshot_memory_is_limited)
{
    enum { SECTORS = 700 };
    static const u64 limits[] = {0, 1, 20 * 4096};
    static u8 model[SECTORS * 512], back[SECTORS * 512], buf[40 * 512];
    u8 *saved[ARRAY_SIZE(limits)];
    size_t size[ARRAY_SIZE(limits)];
    char *path = strdup(scratch_image("spill", SECTORS * 512));
    for (unsigned i = 0; i < ARRAY_SIZE(limits); i++) {
        struct media m = {.path = path, .snapshot_memory = limits[i]};
        struct disk *d = disk_open(&m, DISK_HARD, true, NULL, &e);
        ck_assert_msg(d != NULL, "%s", e.text);
        for (u32 k = 0; k < sizeof(model); k++)
            model[k] = pattern(k);
        u64 seed = 77;
        for (int n = 0; n < 200; n++) {
            u32 count = rig_random(&seed) % 40 + 1, at = rig_random(&seed) % (SECTORS / 2 - count);
            for (u32 k = 0; k < count * 512; k++)
                buf[k] = (u8)rig_random(&seed);
            ck_assert(disk_write(d, at, count, buf));
            memcpy(model + at * 512, buf, count * 512);
            at = rig_random(&seed) % (SECTORS - 40);
            ck_assert(disk_read(d, at, 40, buf));
            ck_assert_mem_eq(buf, model + at * 512, sizeof(buf));
        }
        ck_assert(disk_read(d, 0, SECTORS, back));
        ck_assert_mem_eq(back, model, sizeof(model));
        struct state *s = state_new_save();
        disk_state(d, s);
        const u8 *file = state_finish(s, &size[i]);
        saved[i] = malloc(size[i]);
        memcpy(saved[i], file, size[i]);
        state_free(s);
        ck_assert(disk_close(d, &e));
        ck_assert_uint_eq(size[i], size[0]);
        ck_assert_mem_eq(saved[i], saved[0], size[0]);
        /* And it comes back, into memory or a file. */
        d = disk_open(&m, DISK_HARD, true, NULL, &e);
        s = state_new_load(saved[0], size[0], &e);
        disk_state(d, s);
        ck_assert_msg(state_ok(s), "%s", state_error(s));
        state_free(s);
        ck_assert(disk_read(d, 0, SECTORS, back));
        ck_assert_mem_eq(back, model, sizeof(model));
        ck_assert(disk_close(d, &e));
    }
    for (unsigned i = 0; i < ARRAY_SIZE(limits); i++)
        free(saved[i]);
    unlink(path);
    free(path);
}
END_TEST

START_TEST(no_place_for_the_temporary_file)
{
    u8 buf[512] = {0};
    char *path = scratch_image("spill", 100 * 512);
    struct media m = {.path = path, .snapshot_memory = 4096};
    struct disk *d = disk_open(&m, DISK_HARD, true, NULL, &e);
    setenv("TMPDIR", "/nonexistent", 1);
    bool first = disk_write(d, 0, 1, buf), second = disk_write(d, 8, 1, buf);
    unsetenv("TMPDIR");
    ck_assert(first && !second);
    check_pattern(d, 8, 1);
    ck_assert(disk_write(d, 8, 1, buf)); /* there is one again */
    ck_assert(!disk_close(d, &e));
    ck_assert_msg(strstr(e.text, "TMPDIR") != NULL, "%s", e.text);
    unlink(path);
}
END_TEST

START_TEST(geometry)
{
    static const struct {
        u64 sectors;
        u32 c, h, s;
    } row[] = {
        {1, 1, 1, 1},
        {62, 1, 1, 62},
        {63, 1, 1, 63},
        {200, 1, 3, 63},
        {1008, 1, 16, 63},
        {3024, 3, 16, 63},
        {40960, 40, 16, 63},
        {1024000, 1015, 16, 63},
        {16514064, 16383, 16, 63},
        {1ull << 32, 16383, 16, 63},
    };
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        struct disk_geometry g = disk_geometry(row[i].sectors);
        ck_assert_uint_eq(g.cylinders, row[i].c);
        ck_assert_uint_eq(g.heads, row[i].h);
        ck_assert_uint_eq(g.sectors, row[i].s);
        ck_assert_uint_le((u64)g.cylinders * g.heads * g.sectors, row[i].sectors);
    }
}
END_TEST

START_TEST(two_terabytes_sparse)
{
    char *path = scratch_path("huge");
    int fd = open(path, O_CREAT | O_WRONLY, 0644);
    u64 size = 2ull << 40;
    if (fd < 0 || ftruncate(fd, (off_t)size) != 0) {
        close(fd);
        unlink(path);
        return; /* the scratch file system cannot hold such a file */
    }
    close(fd);
    for (int snapshot = 0; snapshot < 2; snapshot++) {
        struct disk *d = open_file(path, DISK_HARD, snapshot);
        u8 buf[512], back[512];
        ck_assert_msg(d != NULL, "%s", e.text);
        ck_assert_uint_eq(disk_sectors(d), size / 512);
        fill(buf, 1, 0x5a);
        ck_assert(disk_write(d, size / 512 - 1, 1, buf));
        ck_assert(disk_read(d, size / 512 - 1, 1, back));
        ck_assert_mem_eq(buf, back, 512);
        ck_assert(!disk_write(d, size / 512, 1, buf));
        ck_assert(disk_close(d, &e));
    }
    struct stat st;
    stat(path, &st);
    ck_assert_int_lt(st.st_blocks, 1000);
    unlink(path);
}
END_TEST

/* ---- snapshots ---- */

static u8 *save(struct disk *d, size_t *size)
{
    struct state *s = state_new_save();
    state_begin(s, "disk", 1);
    disk_state(d, s);
    state_end(s);
    const u8 *bytes = state_finish(s, size);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    u8 *copy = malloc(*size);
    memcpy(copy, bytes, *size);
    state_free(s);
    return copy;
}

static bool load(struct disk *d, const u8 *bytes, size_t size, char why[512])
{
    struct state *s = state_new_load(bytes, size, &e);
    if (!s)
        return false;
    state_begin(s, "disk", 1);
    disk_state(d, s);
    state_end(s);
    bool ok = state_ok(s);
    snprintf(why, 512, "%s", state_error(s));
    state_free(s);
    return ok;
}

START_TEST(overlay_state)
{
    char *path = scratch_image("state", 9000 * 512);
    struct disk *d = open_file(path, DISK_HARD, true);
    u8 buf[512], back[512];
    char why[512];
    size_t size, again_size;
    static const u32 at[] = {0, 7, 8, 8191, 8192, 8999};
    for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
        fill(buf, 1, (u8)(i + 1));
        ck_assert(disk_write(d, at[i], 1, buf));
    }
    u8 *bytes = save(d, &size);
    struct disk *fresh = open_file(path, DISK_HARD, true);
    fill(buf, 1, 0x77); /* must disappear */
    ck_assert(disk_write(fresh, 4000, 1, buf));
    ck_assert_msg(load(fresh, bytes, size, why), "%s", why);
    for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
        fill(buf, 1, (u8)(i + 1));
        ck_assert(disk_read(fresh, at[i], 1, back));
        ck_assert_mem_eq(buf, back, 512);
    }
    check_pattern(fresh, 4000, 1);
    check_pattern(fresh, 6, 1);
    u8 *again = save(fresh, &again_size);
    ck_assert_uint_eq(size, again_size);
    ck_assert_mem_eq(bytes, again, size);
    /* Back to the moment of the save, in the same machine. */
    fill(buf, 1, 0x78);
    ck_assert(disk_write(d, 4001, 1, buf));
    ck_assert(load(d, bytes, size, why));
    check_pattern(d, 4001, 1);
    ck_assert(disk_close(d, &e));
    ck_assert(disk_close(fresh, &e));
    /* Not without -snapshot: the sectors would have nowhere to go. */
    d = open_file(path, DISK_HARD, false);
    ck_assert(!load(d, bytes, size, why));
    ck_assert_ptr_nonnull(strstr(why, "-snapshot"));
    ck_assert(disk_close(d, &e));
    free(bytes);
    free(again);
    unlink(path);
}
END_TEST

START_TEST(changed_image_is_refused)
{
    char *path = scratch_image("changed", 9000 * 512);
    struct disk *d = open_file(path, DISK_HARD, false);
    u8 buf[512] = {1};
    char why[512];
    size_t size;
    u8 *bytes = save(d, &size);
    ck_assert(load(d, bytes, size, why));
    ck_assert(disk_write(d, 8000, 1, buf));
    ck_assert(!load(d, bytes, size, why));
    ck_assert_ptr_nonnull(strstr(why, "is not the image"));
    for (int i = 0; i < 512; i++)
        buf[i] = pattern(8000 * 512 + i);
    ck_assert(disk_write(d, 8000, 1, buf)); /* as it was */
    ck_assert_msg(load(d, bytes, size, why), "%s", why);
    ck_assert(disk_close(d, &e));
    /* A snapshot taken without an overlay loads under one, which is then empty. */
    d = open_file(path, DISK_HARD, true);
    fill(buf, 1, 9);
    ck_assert(disk_write(d, 3, 1, buf));
    ck_assert_msg(load(d, bytes, size, why), "%s", why);
    check_pattern(d, 3, 1);
    ck_assert(disk_close(d, &e));
    unlink(path);
    path = scratch_image("changed", 9001 * 512);
    d = open_file(path, DISK_HARD, false);
    ck_assert(!load(d, bytes, size, why));
    ck_assert(disk_close(d, &e));
    free(bytes);
    unlink(path);
}
END_TEST

/* Every damaged byte is either refused or, at worst, loaded without harm. */
START_TEST(damaged_state_is_survived)
{
    char *path = scratch_image("damage", 64 * 512);
    struct disk *d = open_file(path, DISK_HARD, true);
    u8 buf[512] = {1};
    char why[512];
    size_t size;
    ck_assert(disk_write(d, 63, 1, buf));
    u8 *bytes = save(d, &size);
    for (size_t cut = 0; cut < size; cut += 13)
        ck_assert(!load(d, bytes, cut, why));
    for (size_t i = 0; i < size; i++) {
        u8 *bad = malloc(size);
        memcpy(bad, bytes, size);
        bad[i] ^= 0x41;
        ck_assert(!load(d, bad, size, why)); /* the checksum sees it */
        free(bad);
    }
    free(bytes);
    ck_assert(disk_close(d, &e));
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("disk");
    TCase *files = tcase_create("files");
    tcase_add_test(files, file_reads_and_writes);
    tcase_add_test(files, outside_is_refused);
    tcase_add_test(files, bad_files_are_explained);
    tcase_add_test(files, odd_sizes_end_in_zeros);
    tcase_add_test(files, short_diskettes_grow);
    tcase_add_test(files, a_fixed_vhd_hides_its_footer);
    tcase_add_test(files, protected_files);
    tcase_add_test(files, overlay_against_array);
    tcase_add_test(files, bytes_are_never_written);
    tcase_add_test(files, one_writer_or_many_readers);
    tcase_add_test(files, files_are_replaced);
    tcase_add_test(files, deleted_while_open);
    tcase_add_test(files, truncated_while_open);
    tcase_add_test(files, host_write_error_is_reported);
    tcase_add_test(files, snapshot_memory_is_limited);
    tcase_add_test(files, no_place_for_the_temporary_file);
    tcase_add_test(files, geometry);
    tcase_add_test(files, two_terabytes_sparse);
    suite_add_tcase(suite, files);
    TCase *snapshots = tcase_create("snapshots");
    tcase_add_test(snapshots, overlay_state);
    tcase_add_test(snapshots, changed_image_is_refused);
    tcase_add_test(snapshots, damaged_state_is_survived);
    suite_add_tcase(suite, snapshots);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
