/*
 * test_folder_disk.c - a host's folder as a FAT disk that is only read: an independent reader,
 * mtools and fsck.fat find in it what is in the folder, whatever its type and size.
 */
#define _GNU_SOURCE
#include "folder_rig.h"

#include "frontend/cli/drive.h"
#include "hw/storage/folder/scan.h"

#include <time.h>

static struct err e;
static struct fat_reader reader;

static void setup(void)
{
    host_new();
}

static void teardown(void)
{
    host_remove();
}

static struct disk *open_with(struct folder_options o, enum disk_kind kind)
{
    o.path = o.path || o.tree ? o.path : host_dir;
    o.codepage = o.codepage ? o.codepage : 437;
    struct media m = {.folder = &o};
    struct disk *d = disk_open(&m, kind, false, NULL, &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    fat_reader_open(&reader, d);
    return d;
}

static void close_it(struct disk *d)
{
    ck_assert_msg(disk_close(d, &e), "%s", e.text);
}

static void refused(struct folder_options o, const char *reason)
{
    o.path = o.path ? o.path : host_dir;
    struct media m = {.folder = &o};
    ck_assert_ptr_null(disk_open(&m, DISK_HARD, false, NULL, &e));
    ck_assert_msg(strstr(e.text, reason) != NULL, "%s", e.text);
}

static void some_files(void)
{
    host_text("HELLO.TXT", "Hello\r\n");
    host_text("a file with a long name.text", "long");
    host_mkdir("sub");
    host_mkdir("sub/deeper");
    host_fill("sub/40000", 40000, 1);
    host_fill("sub/deeper/one sector", 512, 2);
    host_text("sub/empty", "");
    host_mkdir("nothing");
    host_fill("zz", 123457, 3);
}

/* ---- types and sizes ---- */

static void check_type(unsigned fat, u64 bytes, unsigned expected, u64 least, u64 most)
{
    struct disk *d = open_with((struct folder_options){.fat = fat, .bytes = bytes}, DISK_HARD);
    ck_assert_uint_eq(reader.bits, expected);
    u64 mb = disk_sectors(d) / 2048;
    ck_assert_msg(mb >= least && mb <= most, "%llu MB", (unsigned long long)mb);
    ck_assert_uint_eq(check_same_tree(&reader, reader.root_cluster, host_dir), 9);
    check_fsck(&reader);
    close_it(d);
}

START_TEST(test_types)
{
    some_files();
    check_type(0, 0, 16, 490, 504);
    check_type(12, 0, 12, 31, 33);
    check_type(16, 0, 16, 490, 504);
    check_type(32, 0, 32, 500, 600);
    check_type(16, 2000ull << 20, 16, 1990, 2047);
    check_type(16, 8ull << 20, 16, 7, 9);
    check_type(32, 40ull << 20, 32, 39, 41);
    check_type(12, 2ull << 20, 12, 1, 3);
    check_type(0, 3000ull << 20, 32, 2990, 3010);
    check_type(0, 20ull << 20, 16, 19, 21);
}
END_TEST

/* A size has its place in 16 bits, or in 32, around where it stops fitting. */
START_TEST(test_sizes_in_boot_sectors)
{
    for (u32 sectors = 0xfffe; sectors < 0x10003; sectors++) {
        struct fat_volume v = {.bits = 16,
                               .cluster_sectors = 4,
                               .tables = 2,
                               .root_entries = 512,
                               .sectors = sectors,
                               .heads = 16,
                               .track_sectors = 63,
                               .media = 0xf8,
                               .label = "NO NAME   "},
                          back;
        u8 boot[FAT_SECTOR];
        ck_assert(fat_volume_shape(&v));
        fat_emit_boot(&v, NULL, boot);
        ck_assert_uint_eq(get_le16(boot + 19), sectors < 0x10000 ? sectors : 0);
        ck_assert_uint_eq(get_le32(boot + 32), sectors < 0x10000 ? 0 : sectors);
        ck_assert(fat_parse_boot(boot, 0, &back));
        ck_assert_uint_eq(back.sectors, sectors);
    }
}
END_TEST

/* The partition table says what a BIOS makes of a disk of this size. */
START_TEST(test_geometry)
{
    static const u64 megabytes[] = {8,    100,  500,  503,  505,  1000,
                                    1500, 2040, 3000, 5000, 9000, 100000};
    host_text("A", "a");
    for (unsigned i = 0; i < ARRAY_SIZE(megabytes); i++) {
        u8 mbr[512], boot[512];
        struct disk *d = open_with((struct folder_options){.bytes = megabytes[i] << 20}, DISK_HARD);
        ck_assert(disk_read(d, 0, 1, mbr) && disk_read(d, 63, 1, boot));
        u64 sectors = disk_sectors(d);
        u32 heads = get_le16(boot + 26), first = get_le32(mbr + 454), count = get_le32(mbr + 458);
        ck_assert_uint_eq(get_le16(boot + 24), 63);
        ck_assert_uint_eq(get_le32(boot + 28), 63);
        ck_assert_uint_eq(first, 63);
        ck_assert_uint_eq(first + (u64)count, sectors);
        ck_assert_uint_eq(sectors % (heads * 63), 0);
        /* 504 MiB and less: as the drive says; then the fewest heads for 1024 cylinders. */
        u32 expected = 16;
        while (sectors > 1024ull * 16 * 63 && expected < 256 && sectors / (1024 * 63) > expected)
            expected *= 2;
        ck_assert_uint_eq(heads, expected == 256 ? 255 : expected);
        u64 end = sectors - 1, cylinder = end / (heads * 63);
        ck_assert_uint_eq(mbr[451], heads - 1);
        ck_assert_uint_eq(mbr[452] & 63, 63);
        ck_assert_uint_eq((mbr[452] & 0xc0u) << 2 | mbr[453], cylinder < 1023 ? cylinder : 1023);
        ck_assert_uint_eq(mbr[447], 1); /* sector 63 is head 1, sector 1 */
        ck_assert_uint_eq(mbr[448], 1);
        u32 spare = reader.bits == 16 ? 65525 - reader.clusters : reader.clusters - 65525;
        ck_assert_uint_ge(spare, 16);
        close_it(d);
    }
}
END_TEST

START_TEST(test_what_does_not_fit)
{
    host_fill("big", 3 << 20, 1);
    refused((struct folder_options){.bytes = 2 << 20, .fat = 12}, "do not fit");
    refused((struct folder_options){.bytes = 4096ull << 20, .fat = 16}, "at most 2047 MiB");
    refused((struct folder_options){.bytes = 1 << 20, .fat = 32}, "do not fit");
    refused((struct folder_options){.max_files = 0, .path = "/nonexistent/x"}, "No such file");
    refused((struct folder_options){.path = in_dir("big")}, "is no folder");
    host_text("b", "");
    refused((struct folder_options){.max_files = 1}, "more than 1 files");
    refused((struct folder_options){.codepage = 932}, "437, 850, 852, 866 or 1252");
    struct folder_options o = {.path = host_dir};
    struct media m = {.folder = &o};
    ck_assert_ptr_null(disk_open(&m, DISK_FLOPPY, false, NULL, &e));
    ck_assert(strstr(e.text, "do not fit on a diskette"));
    ck_assert_ptr_null(disk_open(&m, DISK_CD, false, NULL, &e));
    ck_assert(strstr(e.text, "not as a CD"));
}
END_TEST

START_TEST(test_diskette)
{
    some_files();
    struct disk *d = open_with((struct folder_options){0}, DISK_FLOPPY);
    ck_assert_uint_eq(disk_sectors(d), 2880);
    ck_assert_uint_eq(check_same_tree(&reader, 0, host_dir), 9);
    check_fsck(&reader);
    close_it(d);
    host_fill("more", 2000000, 9);
    d = open_with((struct folder_options){0}, DISK_FLOPPY);
    ck_assert_uint_eq(disk_sectors(d), 5760);
    ck_assert_uint_eq(check_same_tree(&reader, 0, host_dir), 10);
    check_fsck(&reader);
    close_it(d);
}
END_TEST

START_TEST(test_is_protected)
{
    u8 s[512] = {0};
    host_text("A", "a");
    struct disk *d = open_with((struct folder_options){0}, DISK_HARD);
    ck_assert(disk_read_only(d));
    ck_assert(!disk_write(d, 100, 1, s));
    close_it(d);
    /* With -snapshot it can be written, for the time being. */
    struct folder_options o = {.path = host_dir};
    struct media m = {.folder = &o};
    d = disk_open(&m, DISK_HARD, true, NULL, &e);
    ck_assert(!disk_read_only(d) && disk_write(d, 100, 1, s));
    close_it(d);
}
END_TEST

/* ---- names, times, attributes ---- */

START_TEST(test_names)
{
    struct fat_item item;
    host_text("README", "1");
    host_text("ReadMe", "2");
    host_text("readme", "3");
    host_text("readme (2)", "4");
    host_text("\xff\xfe", "bytes");
    host_text("colon:name", "c");
    host_text("\xe5", "E5 is \xcf\x83 in 437, but no UTF-8");
    host_text("\xc3\x95", "O tilde");
    struct disk *d = open_with((struct folder_options){.codepage = 850}, DISK_HARD);
    ck_assert(find_item(&reader, 0, "README", &item));
    check_same_file(&reader, &item, in_dir("README"));
    ck_assert(find_item(&reader, 0, "ReadMe (3)", &item) ||
              find_item(&reader, 0, "ReadMe (2)", &item));
    check_same_file(&reader, &item, in_dir("ReadMe"));
    ck_assert(find_item(&reader, 0, "readme (2)", &item));
    check_same_file(&reader, &item, in_dir("readme (2)"));
    ck_assert(find_item(&reader, 0, "\xef\xa1\xbf\xef\xa1\xbe", &item)); /* U+F87F U+F87E */
    ck_assert(find_item(&reader, 0, "colon\xef\x80\xbaname", &item));    /* U+F03A */
    /* A name that begins with E5h in the code page is stored with 05h. */
    ck_assert(find_item(&reader, 0, "\x05", &item));
    check_same_file(&reader, &item, in_dir("\xc3\x95"));
    check_fsck(&reader);
    close_it(d);
}
END_TEST

static void set_time(const char *name, time_t seconds, long nanos)
{
    struct timespec t[2] = {{seconds, nanos}, {seconds, nanos}};
    ck_assert_int_eq(utimensat(AT_FDCWD, in_dir(name), t, AT_SYMLINK_NOFOLLOW), 0);
}

static void check_time(const char *name, u16 date, u16 time)
{
    struct fat_item item;
    ck_assert(find_item(&reader, 0, name, &item));
    ck_assert_msg(get_le16(item.raw + 24) == date && get_le16(item.raw + 22) == time,
                  "%s: %04x %04x", name, get_le16(item.raw + 24), get_le16(item.raw + 22));
    ck_assert_uint_eq(get_le16(item.raw + 18), date); /* read at the same time */
}

START_TEST(test_times)
{
    static const char *const names[] = {"WINTER", "SUMMER", "EARLY", "LATE"};
    for (unsigned i = 0; i < 4; i++)
        host_text(names[i], "x");
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    set_time("WINTER", 1000000001, 999999999); /* in fact 2001-09-09: summer */
    set_time("SUMMER", 1107345601, 0);         /* 2005-02-02 12:00:01 UTC */
    set_time("EARLY", 10, 0);
    set_time("LATE", 4400000000, 0); /* 2109 */
    struct disk *d = open_with((struct folder_options){0}, DISK_HARD);
    check_time("WINTER", 21 << 9 | 9 << 5 | 9, 3 << 11 | 46 << 5 | 20);
    check_time("SUMMER", 25 << 9 | 2 << 5 | 2, 13 << 11 | 0 << 5 | 0);
    check_time("EARLY", 0x0021, 0);
    check_time("LATE", 0xff9f, 0xbf7d);
    close_it(d);
    d = open_with((struct folder_options){.utc = true}, DISK_HARD);
    check_time("WINTER", 21 << 9 | 9 << 5 | 9, 1 << 11 | 46 << 5 | 20);
    check_time("SUMMER", 25 << 9 | 2 << 5 | 2, 12 << 11 | 0 << 5 | 0);
    close_it(d);
}
END_TEST

START_TEST(test_moments)
{
    /* There and back, over all the years that FAT knows. */
    for (s64 t = 315532800; t < 4354819198; t += 86399 * 7) {
        struct tree_time at = {t, 730000000};
        struct tree_time back = fat_time_to(fat_time_of(at, true), true);
        must(back.seconds == t && back.nanos == 730000000);
    }
    ck_assert_int_eq(fat_time_to((struct fat_time){0, 0, 0}, true).seconds, 315532800);
    ck_assert_int_eq(fat_time_to((struct fat_time){0xffff, 0xffff, 255}, true).seconds, 315532800);
}
END_TEST

START_TEST(test_attributes)
{
    struct fat_item item;
    host_text("PLAIN", "");
    host_text("LOCKED", "");
    host_text(".hidden", "");
    host_mkdir("DIR");
    chmod(in_dir("LOCKED"), 0444);
    struct disk *d = open_with((struct folder_options){.label = "My l\xc3\xa4"
                                                                "bel *12"},
                               DISK_HARD);
    ck_assert(find_item(&reader, 0, "PLAIN", &item));
    ck_assert_uint_eq(item.attributes, 0);
    ck_assert(find_item(&reader, 0, "LOCKED", &item));
    ck_assert_uint_eq(item.attributes, 0x01);
    ck_assert(find_item(&reader, 0, ".hidden", &item));
    ck_assert_uint_eq(item.attributes, 0x02);
    ck_assert(find_item(&reader, 0, "DIR", &item));
    ck_assert_uint_eq(item.attributes, 0x10);
    size_t size, at = 0;
    u8 *root = read_chain(&reader, 0, &size);
    ck_assert(next_item(&reader, root, size, &at, &item));
    ck_assert_uint_eq(item.attributes, 0x08);
    ck_assert(memcmp(item.raw,
                     "MY L\x8e"
                     "BEL _1",
                     11) == 0);
    free(root);
    close_it(d);
}
END_TEST

/* ---- what is not shown ---- */

START_TEST(test_links_and_the_rest)
{
    struct fat_item item;
    some_files();
    ck_assert_int_eq(symlink("sub/40000", in_dir("inside")), 0);
    ck_assert_int_eq(symlink("../..", in_dir("sub/up")), 0);
    ck_assert_int_eq(symlink("/etc/passwd", in_dir("outside")), 0);
    ck_assert_int_eq(symlink("nowhere", in_dir("dangling")), 0);
    ck_assert_int_eq(symlink("..", in_dir("sub/circle")), 0);
    ck_assert_int_eq(symlink("deeper", in_dir("sub/other")), 0);
    ck_assert_int_eq(mkfifo(in_dir("pipe"), 0600), 0);
    int fd = open(in_dir("huge"), O_WRONLY | O_CREAT, 0600);
    ck_assert_int_eq(ftruncate(fd, 4ll << 30), 0);
    close(fd);
    struct folder_options o = {.path = host_dir};
    struct folder *f = folder_open(&o, false, NULL, &e);
    ck_assert_msg(f != NULL, "%s", e.text);
    ck_assert_msg(strstr(folder_note(f), "1 of 4 GiB or more") &&
                      strstr(folder_note(f), "1 that are sockets") &&
                      strstr(folder_note(f), "4 that are links"),
                  "%s", folder_note(f));
    folder_close(f);
    struct disk *d = open_with((struct folder_options){0}, DISK_HARD);
    ck_assert(find_item(&reader, 0, "inside", &item));
    check_same_file(&reader, &item, in_dir("sub/40000"));
    ck_assert(find_path(&reader, "sub/other/one sector", &item));
    check_same_file(&reader, &item, in_dir("sub/deeper/one sector"));
    ck_assert(!find_item(&reader, 0, "outside", &item));
    ck_assert(!find_item(&reader, 0, "dangling", &item));
    ck_assert(!find_path(&reader, "sub/up", &item));
    ck_assert(!find_path(&reader, "sub/circle", &item));
    ck_assert(!find_item(&reader, 0, "pipe", &item));
    ck_assert(!find_item(&reader, 0, "huge", &item));
    check_fsck(&reader);
    close_it(d);
}
END_TEST

/* The host goes on working while the guest has the disk. */
START_TEST(test_host_changes)
{
    struct fat_item opened, untouched, gone;
    host_fill("opened", 5000, 1);
    host_fill("replaced", 5000, 2);
    host_fill("gone", 5000, 3);
    host_fill("copy", 5000, 1);
    struct disk *d = open_with((struct folder_options){0}, DISK_HARD);
    ck_assert(find_item(&reader, 0, "opened", &opened));
    ck_assert(find_item(&reader, 0, "replaced", &untouched));
    ck_assert(find_item(&reader, 0, "gone", &gone));
    check_same_file(&reader, &opened, in_dir("opened"));
    host_fill("new", 5000, 7);
    ck_assert_int_eq(rename(in_dir("new"), in_dir("opened")), 0);
    host_fill("new", 5000, 7);
    ck_assert_int_eq(rename(in_dir("new"), in_dir("replaced")), 0);
    ck_assert_int_eq(unlink(in_dir("gone")), 0);
    check_same_file(&reader, &opened, in_dir("copy")); /* the descriptor still has it */
    /* Others cannot be read, as bad sectors; what lies beside them can. */
    u8 sector[512];
    u32 at = reader.start + reader.data_at - 2 * reader.cluster_sectors;
    ck_assert(!disk_read(d, at + untouched.start * reader.cluster_sectors, 1, sector));
    ck_assert(!disk_read(d, at + gone.start * reader.cluster_sectors, 1, sector));
    ck_assert(find_item(&reader, 0, "copy", &untouched));
    check_same_file(&reader, &untouched, in_dir("copy"));
    /* Cut short: zeros to the end of what is read, and nothing behind. */
    ck_assert_int_eq(truncate(in_dir("copy"), 100), 0);
    at += untouched.start * reader.cluster_sectors;
    ck_assert(disk_read(d, at, 1, sector) && sector[99] && !sector[100] && !sector[511]);
    ck_assert(!disk_read(d, at + 2, 1, sector));
    close_it(d);
}
END_TEST

/* ---- many, and large ---- */

START_TEST(test_ten_thousand)
{
    for (unsigned i = 0; i < 10000; i++) {
        char name[64];
        snprintf(name, sizeof(name), "long file name number %05u.txt", i);
        int fd = open(in_dir(name), O_WRONLY | O_CREAT, 0600);
        close(fd);
    }
    host_mkdir("in");
    struct disk *d = open_with((struct folder_options){0}, DISK_HARD);
    ck_assert_uint_eq(reader.bits, 32); /* too many for a root of FAT16 */
    ck_assert_uint_eq(check_same_tree(&reader, reader.root_cluster, host_dir), 10001);
    check_fsck(&reader);
    close_it(d);
    refused((struct folder_options){.fat = 16}, "too many entries");
}
END_TEST

START_TEST(test_sparse)
{
    struct fat_item item;
    u8 s[512];
    for (unsigned i = 0; i < 30; i++) {
        char name[16];
        snprintf(name, sizeof(name), "F%u", i);
        int fd = open(in_dir(name), O_WRONLY | O_CREAT, 0600);
        ck_assert_int_eq(ftruncate(fd, (4ll << 30) - 1), 0);
        ck_assert_int_eq(pwrite(fd, "end", 3, (4ll << 30) - 4), 3);
        close(fd);
    }
    struct timespec before, after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    struct disk *d = open_with((struct folder_options){0}, DISK_HARD);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    ck_assert_int_lt(after.tv_sec - before.tv_sec, 3);
    ck_assert(find_item(&reader, reader.root_cluster, "F29", &item));
    ck_assert_uint_eq(item.size, 0xffffffff);
    u64 last = reader.start + reader.data_at + (u64)(item.start - 2) * reader.cluster_sectors +
               0xffffffffu / 512;
    ck_assert(disk_read(d, last, 1, s));
    ck_assert(memcmp(s + 508, "end", 4) == 0);
    close_it(d);
}
END_TEST

static u64 seed = 1;

static void random_tree(const char *under, unsigned depth)
{
    unsigned files = rig_random(&seed) % 30;
    for (unsigned i = 0; i < files; i++) {
        char name[700];
        size_t n = (size_t)snprintf(name, sizeof(name), "%s%s", under, *under ? "/" : "");
        for (unsigned k = 1 + rig_random(&seed) % 40; k; k--)
            name[n++] = "abcXYZ019 -_~()&.+"[rig_random(&seed) % 18];
        snprintf(name + n, sizeof(name) - n, "x%u", i); /* no two alike, no dot at the end */
        if (depth && rig_random(&seed) % 6 == 0) {
            host_mkdir(name);
            random_tree(name, depth - 1);
        } else {
            host_fill(name, rig_random(&seed) % 3 ? rig_random(&seed) % 9000 : 0, i);
        }
    }
}

/* Compared by a reader of ours and by mtools, and passed by fsck.fat. */
START_TEST(test_random_trees)
{
    static const unsigned fats[] = {0, 12, 16, 32};
    seed = (u64)_i + 1;
    random_tree("", 3);
    struct disk *d = open_with((struct folder_options){.fat = fats[_i % 4]}, DISK_HARD);
    u32 entries = check_same_tree(&reader, reader.root_cluster, host_dir);
    check_fsck(&reader);
    if (entries && have_program("mcopy")) {
        char image[300], out[300], command[3000];
        snprintf(image, sizeof(image), "%s", scratch_path("mtools"));
        snprintf(out, sizeof(out), "%s", scratch_path("copied"));
        dump_volume(&reader, image);
        snprintf(
            command, sizeof(command),
            "export MTOOLS_SKIP_CHECK=1; rm -rf %s; mkdir %s && mdir -/ -b -i %s :: >/dev/null "
            "&& mcopy -s -n -Q -i %s '::*' %s </dev/null && diff -r %s %s; s=$?; rm -rf %s %s; "
            "exit $s",
            out, out, image, image, out, host_dir, out, out, image);
        ck_assert(system(command) == 0);
    }
    close_it(d);
}
END_TEST

/* ---- trees in memory ---- */

START_TEST(test_in_memory)
{
    static u8 boot[512], mbr[440], kernel[70001];
    struct fat_item item;
    struct tree_time when = {1000000000, 0};
    u8 s[512];
    memset(boot, 0xb0, sizeof(boot));
    memset(mbr, 0xc0, sizeof(mbr));
    for (unsigned i = 0; i < sizeof(kernel); i++)
        kernel[i] = (u8)(i * 7 + i / 256);
    struct tree *t = tree_new();
    tree_add_file(t, TREE_ROOT, "KERNEL.SYS", kernel, sizeof(kernel), FAT_SYSTEM, when);
    u32 dir = tree_add_directory(t, TREE_ROOT, "BIN", when);
    tree_add_file(t, TREE_ROOT, "CONFIG.SYS", "FILES=60\r\n", 10, 0, when);
    tree_add_file(t, dir, "EMPTY", NULL, 0, 0, when);
    tree_add_file(t, TREE_ROOT, "a longer name", "1", 1, 0, when);
    tree_add_file(t, dir, "X", "x", 1, 0, when);
    ck_assert(tree_arrange(t));
    struct folder_options o = {.tree = t,
                               .fat = 16,
                               .bytes = 32 << 20,
                               .boot = boot,
                               .mbr = mbr,
                               .label = "BOOT",
                               .utc = true};
    struct disk *d = open_with(o, DISK_HARD);
    ck_assert_uint_eq(reader.bits, 16);
    ck_assert(disk_read(d, 0, 1, s) && s[0] == 0xc0 && s[439] == 0xc0);
    ck_assert(disk_read(d, 63, 1, s) && s[0] == 0xb0 && s[62] == 0xb0 && s[509] == 0xb0);
    ck_assert(memcmp(s + 54, "FAT16   ", 8) == 0 && memcmp(s + 43, "BOOT       ", 11) == 0);
    size_t size, at = 0;
    u8 *root = read_chain(&reader, 0, &size);
    static const char *const order[] = {"BOOT", "KERNEL.SYS", "BIN", "CONFIG.SYS", "a longer name"};
    for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
        ck_assert(next_item(&reader, root, size, &at, &item));
        ck_assert_str_eq(item.name, order[i]);
    }
    ck_assert(!next_item(&reader, root, size, &at, &item));
    free(root);
    ck_assert(find_item(&reader, 0, "KERNEL.SYS", &item));
    ck_assert_uint_eq(item.attributes, FAT_SYSTEM);
    ck_assert_uint_eq(item.size, sizeof(kernel));
    u8 *bytes = read_chain(&reader, item.start, &size);
    ck_assert(memcmp(bytes, kernel, sizeof(kernel)) == 0);
    free(bytes);
    ck_assert(find_path(&reader, "BIN/X", &item) && item.size == 1);
    ck_assert(find_path(&reader, "BIN/EMPTY", &item) && item.size == 0 && item.start == 0);
    check_fsck(&reader);
    close_it(d);
    tree_free(t);
}
END_TEST

/* ---- the option ---- */

START_TEST(test_option)
{
    static struct drives d;
    static const char *const wrong[][2] = {
        {"folder=d,file=f", "file="},      {"folder=d,overlay=o", "overlay="},
        {"folder=d,media=cdrom", "CD"},    {"folder=d,fat=8", "fat=8"},
        {"folder=d,size=5", "size=5"},     {"folder=d,size=0M", "size=0M"},
        {"folder=d,cp=932", "cp=932"},     {"folder=d,tz=mars", "tz=mars"},
        {"folder=d,rw=maybe", "rw=maybe"}, {"folder=d,max-files=0", "max-files=0"},
        {"file=f,fat=16", "folder="},      {"folder=d,folders=e", "did you mean folder"},
        {"folder=d,size=9999999G", "size"}};
    ck_assert_msg(drive_parse(&d,
                              "folder=a,,b,if=ide,index=1,rw=no,fat=32,size=2G,label=L,tz=utc,"
                              "cp=850,max-files=7",
                              &e),
                  "%s", e.text);
    const struct folder_options *o = &d.disk[1].folder;
    ck_assert_str_eq(o->path, "a,b");
    ck_assert(o->fat == 32 && o->bytes == 2ull << 30 && o->utc && o->codepage == 850);
    ck_assert(o->max_files == 7 && strcmp(o->label, "L") == 0);
    ck_assert(drive_parse(&d, "folder=x", &e) && strcmp(d.disk[0].folder.path, "x") == 0);
    ck_assert(drive_parse(&d, "file=y", &e) && strcmp(d.disk[2].file, "y") == 0);
    ck_assert(!drive_parse(&d, "folder=z,index=1", &e));
    ck_assert(drive_parse(&d, "folder=f,if=floppy,fat=auto", &e) && d.floppy[0].folder.path);
    memset(&d, 0, sizeof(d));
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        ck_assert_msg(!drive_parse(&d, wrong[i][0], &e), "%s", wrong[i][0]);
        ck_assert_msg(strstr(e.text, wrong[i][1]), "%s: %s", wrong[i][0], e.text);
        d.used = 0;
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("folder disk");
    TCase *t = tcase_create("read");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_types);
    tcase_add_test(t, test_sizes_in_boot_sectors);
    tcase_add_test(t, test_geometry);
    tcase_add_test(t, test_what_does_not_fit);
    tcase_add_test(t, test_diskette);
    tcase_add_test(t, test_is_protected);
    tcase_add_test(t, test_names);
    tcase_add_test(t, test_times);
    tcase_add_test(t, test_moments);
    tcase_add_test(t, test_attributes);
    tcase_add_test(t, test_links_and_the_rest);
    tcase_add_test(t, test_host_changes);
    tcase_add_test(t, test_ten_thousand);
    tcase_add_test(t, test_sparse);
    tcase_add_loop_test(t, test_random_trees, 0, 8);
    tcase_add_test(t, test_in_memory);
    tcase_add_test(t, test_option);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
