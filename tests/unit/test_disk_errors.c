/*
 * test_disk_errors.c - a host that cannot write, sync or read: what werror= and rerror= make of it,
 * a drive that waits and tries again, a write cache that is off, and a log that does not fill up.
 *
 * pwrite() and fdatasync() of the C library are caught here and fail when they are told to.
 */
#include "storage_rig.h"

#include "hw/base/log.h"
#include "hw/storage/ide.h"

#include <errno.h>
#include <sys/syscall.h>

static int write_fails, sync_fails; /* errno values */
static unsigned writes, syncs;

ssize_t pwrite(int fd, const void *buf, size_t size, off_t at)
{
    writes++;
    errno = write_fails;
    return write_fails ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, buf, size, at);
}

int fdatasync(int fd)
{
    (void)fd;
    syncs++;
    errno = sync_fails;
    return sync_fails ? -1 : 0;
}

enum { SECTORS = 100 };

static struct err e;
static struct log quiet;
static char *path;
static unsigned stops;
static char reason[400];

static void on_stop(void *opaque, const char *why)
{
    (void)opaque;
    stops++;
    snprintf(reason, sizeof(reason), "%s", why);
}

static struct disk *open_with(enum on_error write_error, enum on_error read_error)
{
    struct media m = {.path = path, .write_error = write_error, .read_error = read_error};
    struct disk *d = disk_open(&m, DISK_HARD, false, &quiet, &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    disk_on_stop(d, on_stop, NULL);
    return d;
}

static void setup(void)
{
    quiet.out = fopen("/dev/null", "w");
    path = strdup(scratch_image("errors", SECTORS * SECTOR_SIZE));
    write_fails = sync_fails = 0;
    writes = syncs = stops = 0;
    reason[0] = 0;
}

static void teardown(void)
{
    unlink(path);
    free(path);
    fclose(quiet.out);
}

/* ---- what is to happen ---- */

START_TEST(each_action)
{
    static const struct {
        enum on_error action;
        int error;
        bool ok, stops;
    } rows[] = {
        {ON_ERROR_DEFAULT, ENOSPC, false, true}, {ON_ERROR_DEFAULT, EIO, false, false},
        {ON_ERROR_REPORT, ENOSPC, false, false}, {ON_ERROR_REPORT, EIO, false, false},
        {ON_ERROR_STOP, ENOSPC, false, true},    {ON_ERROR_STOP, EIO, false, true},
        {ON_ERROR_IGNORE, ENOSPC, true, false},  {ON_ERROR_IGNORE, EIO, true, false},
        {ON_ERROR_ENOSPC, EDQUOT, false, true},  {ON_ERROR_ENOSPC, EIO, false, false},
    };
    u8 sector[SECTOR_SIZE] = {0};
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct disk *d = open_with(rows[i].action, ON_ERROR_DEFAULT);
        stops = 0;
        write_fails = rows[i].error;
        ck_assert_int_eq(disk_write(d, 5, 1, sector), rows[i].ok);
        ck_assert_int_eq(disk_waits(d), rows[i].stops);
        ck_assert_uint_eq(stops, rows[i].stops);
        ck_assert(!rows[i].stops || strstr(reason, "cannot write sector 5"));
        write_fails = 0;
        ck_assert(disk_write(d, 5, 1, sector) && !disk_waits(d));
        sync_fails = rows[i].error;
        ck_assert_int_eq(disk_flush(d), rows[i].ok);
        ck_assert_int_eq(disk_waits(d), rows[i].stops);
        sync_fails = 0;
        /* Only what was not done in the end is missing in the image. */
        ck_assert_int_eq(disk_close(d, &e), rows[i].stops);
    }
}
END_TEST

START_TEST(reading)
{
    static const enum on_error actions[] = {ON_ERROR_DEFAULT, ON_ERROR_REPORT, ON_ERROR_STOP,
                                            ON_ERROR_IGNORE};
    u8 sector[SECTOR_SIZE];
    for (unsigned i = 0; i < ARRAY_SIZE(actions); i++) {
        struct disk *d = open_with(ON_ERROR_DEFAULT, actions[i]);
        ck_assert_int_eq(truncate(path, 50 * SECTOR_SIZE), 0);
        memset(sector, 1, sizeof(sector));
        ck_assert_int_eq(disk_read(d, 60, 1, sector), actions[i] == ON_ERROR_IGNORE);
        ck_assert_int_eq(disk_waits(d), actions[i] == ON_ERROR_STOP);
        ck_assert(actions[i] != ON_ERROR_IGNORE || sector[7] == 0);
        ck_assert_int_eq(truncate(path, SECTORS * SECTOR_SIZE), 0);
        ck_assert(disk_read(d, 60, 1, sector) && disk_close(d, &e));
    }
}
END_TEST

START_TEST(nobody_to_stop)
{
    u8 sector[SECTOR_SIZE] = {0};
    struct disk *d = open_with(ON_ERROR_STOP, ON_ERROR_STOP);
    disk_on_stop(d, NULL, NULL);
    write_fails = ENOSPC;
    ck_assert(!disk_write(d, 0, 1, sector) && !disk_waits(d));
    write_fails = 0;
    ck_assert(!disk_close(d, &e));
}
END_TEST

/* A guest that tries for ever must not fill the host with its log. */
START_TEST(log_is_bounded)
{
    char *text;
    size_t size;
    u8 sector[SECTOR_SIZE] = {0};
    FILE *null = quiet.out;
    quiet.out = open_memstream(&text, &size);
    struct disk *d = open_with(ON_ERROR_REPORT, ON_ERROR_DEFAULT);
    write_fails = EIO;
    for (int i = 0; i < 100000; i++)
        disk_write(d, (u64)i % SECTORS, 1, sector);
    write_fails = 0;
    disk_close(d, NULL);
    fclose(quiet.out);
    quiet.out = null;
    unsigned lines = 0;
    for (const char *p = text; (p = strchr(p, '\n')); p++)
        lines++;
    ck_assert_msg(lines >= 8 && lines <= 30, "%u lines", lines);
    ck_assert_ptr_nonnull(strstr(text, "error 65536; not all"));
    free(text);
}
END_TEST

/* ---- a drive ---- */

static struct rig r;
static struct ide *ide;

static void drive(enum on_error write_error, enum on_error read_error)
{
    rig_init(&r);
    ide = (struct ide *)device_new(&ide_class, "ide");
    ide->irq[0] = rig_line(&r, 14);
    ide->irq[1] = rig_line(&r, 15);
    ck_assert(device_realize(&ide->dev, &r.board, &e));
    ide_attach(ide, 0, 0, open_with(write_error, read_error));
    device_reset(&ide->dev);
    rig_run(&r, NS_PER_MS);
}

static void drive_off(void)
{
    ck_assert_msg(disk_close(ide_disk(ide, 0, 0), &e), "%s", e.text);
    device_free(&ide->dev);
    rig_free(&r);
}

static u8 status(void)
{
    return (u8)bus_in(&r.bus, 0x3f6, 1);
}

static void command(u8 cmd, u8 feature, u8 count, u8 lba)
{
    bus_out(&r.bus, 0x1f1, feature, 1);
    bus_out(&r.bus, 0x1f2, count, 1);
    bus_out(&r.bus, 0x1f3, lba, 1);
    bus_out(&r.bus, 0x1f4, 0, 1);
    bus_out(&r.bus, 0x1f5, 0, 1);
    bus_out(&r.bus, 0x1f6, 0xe0, 1);
    bus_out(&r.bus, 0x1f7, cmd, 1);
}

/* Until it is not busy, or a second has gone. */
static u8 wait_ready(void)
{
    for (int i = 0; i < 1000 && status() & ATA_BSY; i++)
        rig_run(&r, NS_PER_MS);
    return status();
}

static void send_sectors(u8 lba, u8 count, u8 value)
{
    command(0x30, 0, count, lba);
    for (u8 n = 0; n < count; n++) {
        ck_assert_uint_eq(wait_ready(), 0x58);
        for (int i = 0; i < 256; i++)
            bus_out(&r.bus, 0x1f0, (u32)(value * 0x101), 2);
    }
}

static void check_sector(u8 lba, u8 value)
{
    u8 back[SECTOR_SIZE];
    ck_assert(disk_read(ide_disk(ide, 0, 0), lba, 1, back));
    for (int i = 0; i < 512; i++)
        ck_assert_uint_eq(back[i], value);
}

START_TEST(write_cache)
{
    u8 page[SECTOR_SIZE];
    drive(ON_ERROR_DEFAULT, ON_ERROR_DEFAULT);
    const struct ata_unit *u = &ide->channel[0].unit[0];
    send_sectors(3, 4, 0x11);
    ck_assert_uint_eq(wait_ready(), 0x50);
    ck_assert_uint_eq(syncs, 0);
    ata_identify(u, page);
    ck_assert(get_le16(page + 2 * 82) & 0x20 && get_le16(page + 2 * 85) & 0x20);
    command(0xef, 0x82, 0, 0); /* off: what is in it goes out first */
    ck_assert_uint_eq(wait_ready(), 0x50);
    ck_assert_uint_eq(syncs, 1);
    ata_identify(u, page);
    ck_assert(get_le16(page + 2 * 82) & 0x20 && !(get_le16(page + 2 * 85) & 0x20));
    for (u8 i = 0; i < 5; i++) {
        send_sectors(10, 3, i);
        ck_assert(status() & ATA_BSY); /* not done before it is on the medium */
        ck_assert_uint_eq(wait_ready(), 0x50);
        ck_assert_uint_eq(syncs, 2u + i);
    }
    sync_fails = EIO; /* and an error when it does not get there */
    send_sectors(10, 1, 9);
    ck_assert_uint_eq(wait_ready(), 0x51);
    sync_fails = 0;
    command(0xef, 0x02, 0, 0);
    wait_ready();
    syncs = 0;
    send_sectors(10, 3, 7);
    ck_assert_uint_eq(wait_ready(), 0x50);
    ck_assert_uint_eq(syncs, 0);
    command(0xe7, 0, 0, 0);
    ck_assert_uint_eq(wait_ready(), 0x50);
    ck_assert_uint_eq(syncs, 1);
    disk_close(ide_disk(ide, 0, 0), NULL); /* reports the error from above */
    device_free(&ide->dev);
    rig_free(&r);
}
END_TEST

/* While the host cannot, the command takes long; then it goes on as if nothing had been. */
START_TEST(stops_and_goes_on)
{
    drive(ON_ERROR_STOP, ON_ERROR_STOP);
    write_fails = EIO;
    send_sectors(20, 1, 0x33);
    ck_assert_uint_eq(wait_ready(), ATA_BSY);
    ck_assert_uint_gt(stops, 1); /* each try */
    write_fails = 0;
    ck_assert_uint_eq(wait_ready(), 0x50);
    check_sector(20, 0x33);

    command(0xc6, 0, 4, 0); /* SET MULTIPLE MODE */
    wait_ready();
    write_fails = ENOSPC;
    command(0xc5, 0, 4, 30);
    ck_assert_uint_eq(wait_ready(), 0x58);
    for (int i = 0; i < 1024; i++)
        bus_out(&r.bus, 0x1f0, 0x4444, 2);
    ck_assert_uint_eq(wait_ready(), ATA_BSY);
    write_fails = 0;
    ck_assert_uint_eq(wait_ready(), 0x50);
    for (u8 i = 30; i < 34; i++)
        check_sector(i, 0x44);

    sync_fails = EIO;
    command(0xe7, 0, 0, 0);
    ck_assert_uint_eq(wait_ready(), ATA_BSY);
    sync_fails = 0;
    ck_assert_uint_eq(wait_ready(), 0x50);

    ck_assert_int_eq(truncate(path, 10 * SECTOR_SIZE), 0);
    static const u8 reads[] = {0x20, 0x40};
    for (unsigned i = 0; i < ARRAY_SIZE(reads); i++) {
        command(reads[i], 0, 1, 50);
        ck_assert_uint_eq(wait_ready(), ATA_BSY);
        ck_assert_int_eq(truncate(path, SECTORS * SECTOR_SIZE), 0);
        ck_assert_uint_eq(wait_ready(), reads[i] == 0x20 ? 0x58 : 0x50);
        ck_assert_int_eq(truncate(path, 10 * SECTOR_SIZE), 0);
    }
    drive_off();
}
END_TEST

/* A reset ends the waiting, as any other command. */
START_TEST(reset_while_it_waits)
{
    drive(ON_ERROR_STOP, ON_ERROR_STOP);
    write_fails = EIO;
    send_sectors(20, 1, 0x33);
    ck_assert_uint_eq(wait_ready(), ATA_BSY);
    bus_out(&r.bus, 0x3f6, 4, 1);
    bus_out(&r.bus, 0x3f6, 0, 1);
    ck_assert_uint_eq(wait_ready(), 0x50);
    stops = 0;
    rig_run(&r, NS_PER_SEC);
    ck_assert_uint_eq(stops, 0);
    write_fails = 0;
    drive_off();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("errors of the host");
    TCase *t = tcase_create("disk errors");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, each_action);
    tcase_add_test(t, reading);
    tcase_add_test(t, nobody_to_stop);
    tcase_add_test(t, log_is_bounded);
    tcase_add_test(t, write_cache);
    tcase_add_test(t, stops_and_goes_on);
    tcase_add_test(t, reset_while_it_waits);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
