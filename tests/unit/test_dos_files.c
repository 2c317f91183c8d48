/*
 * test_dos_files.c - `ferrite dos` and the host's files: a DOS out of an image, names as DOS sees
 * them, the boot disk, a zip's folder.
 */
#define _GNU_SOURCE /* memmem */
#include "frontend/dos/boot_disk.h"
#include "frontend/dos/dos_program.h"
#include "frontend/dos/fat_put.h"
#include "frontend/dos/own_config.h"
#include "frontend/dos/own_disk.h"
#include "frontend/dos/zip_folder.h"
#include "hw/base/crc32.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char dir[64];

static void setup(void)
{
    snprintf(dir, sizeof(dir), "/tmp/ferrite-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(chdir(dir), 0);
    setenv("HOME", dir, 1);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_DATA_HOME");
    unsetenv("FERRITE_SHARED");
}

static void teardown(void)
{
    char command[200];
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof(command), "chmod -R u+w %s; rm -rf %s", dir, dir);
    ck_assert_int_eq(system(command), 0);
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    ck_assert_msg(f != NULL, "%s", path);
    fputs(text, f);
    fclose(f);
}

static void expect_text(const char *path, const char *text)
{
    char buf[200] = "";
    FILE *f = fopen(path, "r");
    ck_assert_msg(f != NULL, "%s is not there", path);
    buf[fread(buf, 1, sizeof(buf) - 1, f)] = 0;
    fclose(f);
    ck_assert_str_eq(buf, text);
}

static bool there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* ---- a DOS, and the disk that it starts from ---- */

static void make_dos(const char *folder)
{
    char path[PATH_MAX];
    mkdir(folder, 0700);
    static const char *const files[][2] = {{"kernel.sys", "the kernel"},
                                           {"Command.com", "the shell"},
                                           {"HIMEMX.EXE", "XMS"},
                                           {"jemm386.exe", "EMS"}};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, files[i][0]);
        write_text(path, files[i][1]);
    }
}

static bool read_memory(void *opaque, u64 sector, u32 count, u8 *buf)
{
    const struct boot_disk *d = opaque;
    if (sector > d->size / 512 || count > d->size / 512 - sector)
        return false;
    memcpy(buf, d->bytes + sector * 512, (size_t)count * 512);
    return true;
}

static void expect_file(struct fat_files *f, const char *name, const char *text)
{
    struct fat_entry x;
    ck_assert_msg(fat_files_find(f, name, &x), "%s", name);
    u8 *bytes = fat_files_read(f, &x, 100000);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(x.size, strlen(text));
    ck_assert_mem_eq(bytes, text, x.size);
    free(bytes);
    ck_assert_ptr_null(fat_files_read(f, &x, x.size - 1));
}

static const struct dos_memory usual;
static const struct dos_memory dos_own = {{.driver = DRIVER_DOS}, {.driver = DRIVER_DOS}};

START_TEST(boot_disk)
{
    struct dos_source s, again;
    struct boot_disk d, e2;
    struct err e;
    struct fat_entry x;
    make_dos("dos");
    ck_assert_msg(dos_source_open(&s, "dos", &e), "%s", e.text);
    ck_assert_msg(boot_disk_make(&d, &s, &usual, NULL, &e), "%s", e.text);
    ck_assert_uint_eq(get_le16(d.bytes + 510), 0xaa55);
    struct fat_files f = {.read = read_memory, .opaque = &d};
    ck_assert_msg(fat_files_open(&f, "the boot disk", &e), "%s", e.text);
    ck_assert_uint_eq(f.volume.bits, 16);
    expect_file(&f, "KERNEL.SYS", "the kernel");
    expect_file(&f, "COMMAND.COM", "the shell");
    expect_file(&f, "fdconfig.sys",
                "SWITCHES=/N\r\nLASTDRIVE=Z\r\nFILES=60\r\nBUFFERS=20\r\nIDLEHALT=1\r\n"
                "DOS=HIGH,UMB\r\nDEVICE=C:\\FERRXMS.SYS\r\n"
                "DEVICEHIGH=C:\\FERREMS.SYS\r\nSHELL=C:\\FERRITE.COM RUN\r\n");
    ck_assert(fat_files_find(&f, "FERRITE.COM", &x));
    ck_assert(!fat_files_find(&f, "JEMM386.EXE", &x)); /* only with -ems dos */
    ck_assert(fat_files_find(&f, "FERRXMS.SYS", &x) && fat_files_find(&f, "FERREMS.SYS", &x));
    ck_assert(!fat_files_find(&f, "KERNEL.SYS/X", &x) && !fat_files_find(&f, "", &x));

    /* The same input, the same disk; and it is a DOS to take another one from. */
    ck_assert(boot_disk_make(&e2, &s, &usual, NULL, &e));
    ck_assert(e2.size == d.size && memcmp(e2.bytes, d.bytes, d.size) == 0);
    boot_disk_free(&e2);
    FILE *image = fopen("disk.img", "w");
    fwrite(d.bytes, 1, d.size, image);
    fclose(image);
    ck_assert_msg(dos_source_open(&again, "disk.img", &e), "%s", e.text);
    ck_assert_mem_eq(again.part[DOS_KERNEL].bytes, "the kernel", 10);
    ck_assert_ptr_null(again.part[DOS_XMS].bytes);
    ck_assert_ptr_null(again.part[DOS_EMS].bytes);
    ck_assert(!boot_disk_make(&e2, &again, &dos_own, NULL, &e)); /* no drivers there */
    ck_assert_ptr_nonnull(strstr(e.text, "HIMEMX"));
    dos_source_close(&again);
    boot_disk_free(&d);

    ck_assert(boot_disk_make(&d, &s, &dos_own, NULL, &e));
    ck_assert(fat_files_open(&f, "the boot disk", &e));
    expect_file(&f, "JEMM386.EXE", "EMS");
    boot_disk_free(&d);
    dos_source_close(&s);
}
END_TEST

START_TEST(memory_drivers)
{
    struct dos_source s;
    struct err e;
    char text[200];
    static const struct {
        const char *xms, *ems, *lines;
    } cases[] = {
        {NULL, NULL, "DEVICE=C:\\FERRXMS.SYS\r\nDEVICEHIGH=C:\\FERREMS.SYS\r\n"},
        {"4", "off", "DEVICE=C:\\FERRXMS.SYS 4096\r\n"},
        {"off", "32", "DEVICEHIGH=C:\\FERREMS.SYS\r\n"},
        {"8", "dos", "DEVICE=C:\\FERRXMS.SYS 8192 NOUMB\r\nDEVICE=C:\\JEMM386.EXE\r\n"},
        {"dos", "off", "DEVICE=C:\\HIMEMX.EXE\r\n"},
        {"off", "off", ""},
    };
    make_dos("dos");
    ck_assert(dos_source_open(&s, "dos", &e));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dos_memory m = usual;
        ck_assert(!cases[i].xms || dos_memory_set(&m.xms, "-xms", cases[i].xms, 64, &e));
        ck_assert(!cases[i].ems || dos_memory_set(&m.ems, "-ems", cases[i].ems, 32, &e));
        ck_assert(dos_memory_there(&m, &s, &e));
        dos_memory_lines(&m, &s, text, sizeof(text));
        ck_assert_str_eq(text, cases[i].lines);
    }
    const struct dos_memory odd = {{.driver = DRIVER_NONE}, {.driver = DRIVER_DOS}};
    ck_assert(!dos_memory_there(&odd, &s, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "needs extended memory"));
    dos_source_close(&s);

    struct devices d = {.rows = 0};
    struct row row;
    ck_assert(dos_memory_device(&usual, &d, false, text, sizeof(text)));
    ck_assert_str_eq(text, "ems,size=8192");
    ck_assert(dos_memory_device(&usual, &d, true, text, sizeof(text)));
    ck_assert_str_eq(text, "ems,size=8192,frame=d000");
    ck_assert(!dos_memory_device(&odd, &d, false, text, sizeof(text)));
    ck_assert(row_parse(&row, "-device", "ems,size=64", &e) && devices_add(&d, &row, &e));
    ck_assert(!dos_memory_device(&usual, &d, false, text, sizeof(text))); /* there is one */
    devices_free(&d);
}
END_TEST

START_TEST(sources)
{
    struct dos_source s;
    struct err e;
    ck_assert(!dos_source_find(&s, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "ferrite get freedos"));
    ck_assert(!dos_source_open(&s, "missing", &e));
    mkdir("empty", 0700);
    ck_assert(!dos_source_open(&s, "empty", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "has no DOS"));
    write_text("empty/io.sys", "MS");
    ck_assert(!dos_source_open(&s, "empty", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "another DOS than FreeDOS"));
    write_text("empty/kernel.sys", "k");
    ck_assert(!dos_source_open(&s, "empty", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "no COMMAND.COM"));
    write_text("text", "no image");
    ck_assert(!dos_source_open(&s, "text", &e));
    ck_assert_int_eq(mkfifo("fifo", 0600), 0);
    ck_assert(!dos_source_open(&s, "fifo", &e));
    /* As FreeDOS installs itself, and found by the configuration, by a link. */
    mkdir("inst", 0700);
    mkdir("inst/FreeDOS", 0700);
    make_dos("inst/FreeDOS/bin");
    ck_assert_int_eq(rename("inst/FreeDOS/bin/kernel.sys", "inst/kernel.sys"), 0);
    mkdir(".config", 0700);
    mkdir(".config/ferrite", 0700);
    ck_assert_int_eq(symlink("../../inst", ".config/ferrite/dos"), 0);
    ck_assert_msg(dos_source_find(&s, &e), "%s", e.text);
    ck_assert_str_eq(s.part[DOS_SHELL].name, "COMMAND.COM");
    ck_assert_ptr_nonnull(s.part[DOS_EMS].bytes);
    dos_source_close(&s);
}
END_TEST

/* ---- somebody's own DOS ---- */

static const char *configured(const char *old, bool *menu)
{
    static char out[600];
    size_t n = own_config(old, strlen(old), 'A', out, sizeof(out), menu);
    ck_assert_uint_eq(n, strlen(out));
    return out;
}

START_TEST(own_configs)
{
    static const char ours[] = "LASTDRIVE=Z\r\nFILES=60\r\nSHELL=A:\\FERRITE.COM RUN\r\n";
    char expected[400], out[64];
    bool menu;
    ck_assert_str_eq(configured("", &menu), ours);
    ck_assert(!menu);
    snprintf(expected, sizeof(expected), "DEVICE=HIMEM.SYS\r\nDOS=HIGH\r\nSHELLS=1\r\n%s", ours);
    ck_assert_str_eq(configured("DEVICE=HIMEM.SYS\r\nfiles = 20\r\n  DOS=HIGH\r\nlastdrive=e\r\n"
                                "Shell=C:\\DOS\\COMMAND.COM /P\r\nSHELLS=1\r\n\x1aJUNK",
                                &menu),
                     expected);
    ck_assert_ptr_nonnull(strstr(configured("FILES=99\n", &menu), "FILES=99\r\n"));
    ck_assert_ptr_nonnull(strstr(configured("FILES=999\n", &menu), "FILES=60\r\n"));
    ck_assert_str_eq(configured("[MENU]\r\nMENUITEM=A\r\n[A]\r\nDEVICE=X\r\n", &menu), ours);
    ck_assert(menu);
    ck_assert_uint_eq(own_config("DEVICE=X", 8, 'A', expected, 20, &menu), 0);

    static const char autoexec[] = "@ECHO OFF\r\nset lib=c:\\lib\r\n@PATH C:\\DOS;C:\\\r\nSET\r\n"
                                   "SETUP=1\r\nSET P=%PATH%\r\nPATH=D:\\X\r\n";
    size_t at = 0;
    ck_assert(own_variable(autoexec, strlen(autoexec), &at, out, sizeof(out)));
    ck_assert_str_eq(out, "lib=c:\\lib");
    ck_assert(own_variable(autoexec, strlen(autoexec), &at, out, sizeof(out)));
    ck_assert_str_eq(out, "PATH=C:\\DOS;C:\\");
    ck_assert(own_variable(autoexec, strlen(autoexec), &at, out, sizeof(out)));
    ck_assert_str_eq(out, "PATH=D:\\X");
    ck_assert(!own_variable(autoexec, strlen(autoexec), &at, out, sizeof(out)));
}
END_TEST

static bool write_memory(void *opaque, u64 sector, u32 count, const u8 *buf)
{
    struct boot_disk *d = opaque;
    if (sector > d->size / 512 || count > d->size / 512 - sector)
        return false;
    memcpy(d->bytes + sector * 512, buf, (size_t)count * 512);
    return true;
}

START_TEST(putting_files)
{
    struct dos_source s;
    struct boot_disk d;
    struct err e;
    make_dos("dos");
    ck_assert(dos_source_open(&s, "dos", &e) && boot_disk_make(&d, &s, &usual, NULL, &e));
    struct fat_files f = {.read = read_memory, .opaque = &d};
    ck_assert(fat_files_open(&f, "the boot disk", &e));
    static char text[40001];
    memset(text, 'x', sizeof(text) - 1);
    /* New, larger, smaller: the others stay. */
    ck_assert(fat_put_file(&f, write_memory, "New.Txt", (const u8 *)"new", 3));
    ck_assert(fat_put_file(&f, write_memory, "COMMAND.COM", (const u8 *)text, 40000));
    ck_assert(fat_put_file(&f, write_memory, "EMPTY", NULL, 0));
    expect_file(&f, "NEW.TXT", "new");
    expect_file(&f, "KERNEL.SYS", "the kernel");
    struct fat_entry x;
    ck_assert(fat_files_find(&f, "COMMAND.COM", &x) && x.size == 40000);
    u8 *bytes = fat_files_read(&f, &x, 40000);
    ck_assert(bytes && memcmp(bytes, text, 40000) == 0);
    free(bytes);
    ck_assert(fat_put_file(&f, write_memory, "COMMAND.COM", (const u8 *)"small", 5));
    expect_file(&f, "COMMAND.COM", "small");
    expect_file(&f, "NEW.TXT", "new");
    ck_assert(fat_files_find(&f, "EMPTY", &x) && x.size == 0 && x.start == 0);
    /* Both tables say the same. */
    const u8 *v = d.bytes + f.volume.start * 512 + f.volume.reserved * 512;
    ck_assert_mem_eq(v, v + f.volume.table_sectors * 512, f.volume.table_sectors * 512);
    /* No room, no name. */
    ck_assert(!fat_put_file(&f, write_memory, "BIG", d.bytes, (u32)d.size));
    ck_assert(!fat_put_file(&f, write_memory, "toolongname", (const u8 *)"x", 1));
    boot_disk_free(&d);
    dos_source_close(&s);
}
END_TEST

START_TEST(own_disks)
{
    struct dos_source s;
    struct boot_disk d;
    struct own_disk own;
    struct err e;
    make_dos("dos");
    ck_assert(dos_source_open(&s, "dos", &e) && boot_disk_make(&d, &s, &usual, NULL, &e));
    struct fat_files f = {.read = read_memory, .opaque = &d};
    ck_assert(fat_files_open(&f, "the boot disk", &e));
    ck_assert(fat_put_file(&f, write_memory, "FDCONFIG.SYS", (const u8 *)"DEVICE=OWN.SYS", 14));
    ck_assert(fat_put_file(&f, write_memory, "AUTOEXEC.BAT", (const u8 *)"SET A=B", 7));
    FILE *image = fopen("own.img", "w");
    fwrite(d.bytes, 1, d.size, image);
    fclose(image);
    ck_assert_msg(own_disk_make(&own, "own.img", &e), "%s", e.text);
    ck_assert(!own.floppy && own.letter == 'C' && own.size == d.size);
    ck_assert_str_eq(own.shell, "C:\\COMMAND.COM");
    ck_assert_mem_eq(own.autoexec, "SET A=B", 7);
    struct boot_disk copy = {own.bytes, own.size};
    struct fat_files g = {.read = read_memory, .opaque = &copy};
    ck_assert(fat_files_open(&g, "the copy", &e));
    expect_file(&g, "FDCONFIG.SYS",
                "DEVICE=OWN.SYS\r\nLASTDRIVE=Z\r\nFILES=60\r\nSHELL=C:\\FERRITE.COM RUN\r\n");
    own_disk_free(&own);
    /* Another DOS is known by its system file, and has to be on an image. */
    ck_assert(fat_put_file(&f, write_memory, "IO.SYS", (const u8 *)"MS", 2));
    struct fat_entry x;
    ck_assert(fat_files_find(&f, "KERNEL.SYS", &x));
    /* Its entry; the boot sector has the name, too. */
    u64 root = (f.volume.start + fat_root_at(&f.volume)) * (u64)FAT_SECTOR;
    u8 *gone = memmem(d.bytes + root, d.size - root, "KERNEL  SYS", 11);
    memcpy(gone, "MSDOS   SYS", 11);
    image = fopen("ms.img", "w");
    fwrite(d.bytes, 1, d.size, image);
    fclose(image);
    dos_source_close(&s);
    ck_assert_msg(dos_source_open(&s, "ms.img", &e), "%s", e.text);
    ck_assert(s.other && s.image);
    ck_assert(own_disk_make(&own, "ms.img", &e));
    copy = (struct boot_disk){own.bytes, own.size};
    ck_assert(fat_files_open(&g, "the copy", &e) && fat_files_find(&g, "CONFIG.SYS", &x));
    own_disk_free(&own);
    dos_source_close(&s);
    boot_disk_free(&d);
    ck_assert(!own_disk_make(&own, "missing", &e) && !own_disk_make(&own, "dos", &e));
    write_text("text.img", "no image");
    ck_assert(!own_disk_make(&own, "text.img", &e));
}
END_TEST

/* ---- what a program is to DOS ---- */

START_TEST(aliases)
{
    char alias[DOS_NAME], path[DOS_PATH];
    write_text("hello.com", "");
    write_text("a long name.exe", "");
    write_text("a long name too.exe", "");
    mkdir("Sub Folder", 0700);
    write_text("Sub Folder/x.y.z", "");
    ck_assert(dos_alias(".", "hello.com", alias));
    ck_assert_str_eq(alias, "HELLO.COM");
    ck_assert(dos_alias(".", "a long name.exe", alias));
    ck_assert_str_eq(alias, "ALONGN~2.EXE"); /* by their bytes, " too" is before ".exe" */
    ck_assert(dos_alias(".", "a long name too.exe", alias));
    ck_assert_str_eq(alias, "ALONGN~1.EXE");
    ck_assert(!dos_alias(".", "missing", alias) && !dos_alias("missing", "x", alias));
    ck_assert(dos_path(dir, "Sub Folder/x.y.z", path));
    ck_assert_str_eq(path, "\\SUBFOL~1\\XYC806~1.Z");
    ck_assert(dos_path(dir, "", path));
    ck_assert_str_eq(path, "\\");
    struct err e;
    char text[8];
    ck_assert(dos_text("\xc3\xa4"
                       "b",
                       "x", text, sizeof(text), &e));
    ck_assert_str_eq(text, "\x84"
                           "b");
    ck_assert(!dos_text("\xe2\x82\xac", "x", text, sizeof(text), &e)); /* the euro came later */
    ck_assert(!dos_text("12345678", "x", text, sizeof(text), &e));
}
END_TEST

static int find(struct dos_program *p, const char *path, struct err *e)
{
    *p = (struct dos_program){.shell = "C:\\COMMAND.COM"};
    return dos_program_find(p, path, e);
}

START_TEST(programs)
{
    struct dos_program p;
    struct dos_options o;
    struct err e;
    mkdir("game", 0700);
    mkdir("game/bin", 0700);
    write_text("game/Setup.COM", "\xc3");
    write_text("game/run.bat", "echo\r\n");
    write_text("game/bin/play.com", "\xc3");
    write_text("game/read me.txt", "text");
    ck_assert_int_eq(find(&p, "game/Setup.COM", &e), 0);
    ck_assert(p.kind == PROGRAM_COM && strcmp(p.file, "Setup.COM") == 0);
    ck_assert_int_eq(find(&p, "game/SETUP", &e), 0); /* as at DOS' prompt */
    ck_assert_str_eq(p.file, "Setup.COM");
    ck_assert_int_eq(find(&p, "GAME", &e), 0);
    ck_assert_int_eq(p.kind, PROGRAM_FOLDER);
    ck_assert_int_eq(find(&p, "game/setp.com", &e), DOS_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(e.text, "did you mean Setup.COM?"));
    ck_assert_int_eq(find(&p, "nowhere/x.exe", &e), DOS_NOT_FOUND);
    ck_assert_int_eq(find(&p, "game/read me.txt", &e), DOS_NO_PROGRAM);

    mkdir("links", 0700);
    ck_assert_int_eq(symlink("../game/bin/play.com", "links/p.com"), 0);
    ck_assert_int_eq(find(&p, "links/p.com", &e), 0);
    ck_assert_str_eq(p.file, "play.com");
    ck_assert_ptr_nonnull(strstr(p.folder, "/game/bin"));
    ck_assert_int_eq(symlink("bin/play.com", "game/q.com"), 0); /* within: the link's own folder */
    ck_assert_int_eq(find(&p, "game/q.com", &e), 0);
    ck_assert_str_eq(p.file, "q.com");
    unlink("game/q.com");

    ck_assert_int_eq(find(&p, "game", &e), 0);
    ck_assert_int_eq(dos_program_in_folder(&p, "BIN\\PLAY", false, &e), 0);
    ck_assert_str_eq(p.file, "bin/play.com");
    char *const words[] = {(char *)"game/read me.txt", (char *)"/x", (char *)"other"};
    o = (struct dos_options){.letter = 'D'};
    ck_assert(dos_program_words(&p, &o, words, 3, "", 0, &e));
    ck_assert_str_eq(p.program, "D:\\BIN\\PLAY.COM");
    ck_assert_str_eq(p.directory, "D:\\BIN");
    ck_assert_str_eq(p.tail.text, " D:\\README~1.TXT /x other");
    ck_assert_int_eq(dos_program_in_folder(&p, "../game/run.bat", false, &e), DOS_NOT_FOUND);
    ck_assert_int_eq(dos_program_in_folder(&p, "/etc/passwd", false, &e), DOS_NOT_FOUND);
    ck_assert_int_eq(dos_program_in_folder(&p, "bin", false, &e), DOS_NO_PROGRAM);
    ck_assert_int_eq(dos_program_in_folder(&p, NULL, true, &e), 0);
    ck_assert_str_eq(p.file, ""); /* two of them, and a helper: a prompt */
    ck_assert_str_eq(p.several, "Setup.COM bin/play.com run.bat");
    unlink("game/run.bat");
    ck_assert_int_eq(dos_program_in_folder(&p, NULL, true, &e), 0);
    ck_assert_str_eq(p.file, "bin/play.com");
    ck_assert(p.chosen && !*p.several);
    unlink("game/bin/play.com");
    ck_assert_int_eq(dos_program_in_folder(&p, NULL, true, &e), 0);
    ck_assert_str_eq(p.file, "Setup.COM"); /* the helper alone */
    ck_assert(!p.chosen);
    ck_assert_int_eq(dos_program_in_folder(&p, NULL, false, &e), 0);
    ck_assert_str_eq(p.file, "");
}
END_TEST

/* The value of a variable; NULL: there is none. */
static const char *variable(const struct dos_program *p, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = p->environment; *at; at += strlen(at) + 1) {
        if (strncmp(at, name, n) == 0 && at[n] == '=')
            return at + n + 1;
    }
    return NULL;
}

START_TEST(blaster)
{
    static const struct {
        const char *sound, *row, *want;
    } cases[] = {{"none", NULL, NULL},
                 {"sbpro2", NULL, "A220 I5 D1 T4"},
                 {"sb1", NULL, "A220 I5 D1 T1"},
                 {NULL, "sb2,addr=240,irq=7,dma=3", "A240 I7 D3 T3"},
                 {"none", "sb16,irq=9,hdma=7,mpu=300", "A220 I2 D1 H7 P300 T6"},
                 {NULL, "sb16,mpu=0", "A220 I5 D1 H5 T6"}};
    struct dos_program p = {.shell = "C:\\COMMAND.COM"};
    struct err e;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dos_options o = {.letter = 'D', .machine.sound = cases[i].sound};
        struct row row;
        if (cases[i].row) {
            ck_assert(row_parse(&row, "-device", cases[i].row, &e));
            ck_assert(devices_add(&o.machine.devices, &row, &e));
        }
        snprintf(p.folder, sizeof(p.folder), "%s", dir);
        ck_assert_msg(dos_program_words(&p, &o, NULL, 0, "", 0, &e), "%s", e.text);
        if (cases[i].want)
            ck_assert_str_eq(variable(&p, "BLASTER"), cases[i].want);
        else
            ck_assert_ptr_null(variable(&p, "BLASTER"));
        devices_free(&o.machine.devices);
    }
}
END_TEST

START_TEST(environment)
{
    struct dos_program p = {.shell = "C:\\COMMAND.COM"};
    struct dos_options o = {.letter = 'K', .variables = 4};
    struct err e;
    o.variable[0] = "Temp=D:\\";
    o.variable[1] = "PROMPT=";
    o.variable[2] = "lang=DE";
    o.variable[3] = "LANG=EN";
    snprintf(p.folder, sizeof(p.folder), "%s", dir);
    ck_assert_msg(dos_program_words(&p, &o, NULL, 0, "", 0, &e), "%s", e.text);
    ck_assert_str_eq(p.program, "C:\\COMMAND.COM");
    ck_assert_str_eq(p.directory, "K:\\");
    ck_assert_str_eq(variable(&p, "PATH"), "C:\\;K:\\");
    ck_assert_str_eq(variable(&p, "TEMP"), "D:\\");
    ck_assert_str_eq(variable(&p, "TMP"), "C:\\");
    ck_assert_ptr_null(variable(&p, "PROMPT"));
    ck_assert_str_eq(variable(&p, "LANG"), "EN");
    ck_assert_str_eq(variable(&p, "BLASTER"), "A220 I5 D1 H5 P330 T6");
    char longest[DOS_ENVIRONMENT + 10];
    memset(longest, 'x', sizeof(longest));
    memcpy(longest, "A=", 2);
    longest[DOS_ENVIRONMENT - 200] = 0;
    o.variable[0] = longest;
    ck_assert(dos_program_words(&p, &o, NULL, 0, "", 0, &e));
    o.variable[1] = "B=0123456789012345678901234567890123456789012345678901234567890123456789"
                    "01234567890123456789012345678901234567890123456789012345678901234567890";
    ck_assert(!dos_program_words(&p, &o, NULL, 0, "", 0, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "is full"));
}
END_TEST

/* ---- a zip's folder ---- */

struct member {
    const char *name, *bytes;
};

static void write_zip(const char *path, const struct member *m, unsigned count)
{
    u8 out[4000];
    size_t at = 0, header[10], start;
    for (unsigned i = 0; i < count; i++) {
        size_t n = strlen(m[i].name), size = strlen(m[i].bytes);
        header[i] = at;
        memset(out + at, 0, 30);
        memcpy(out + at, "PK\3\4", 4);
        put_le16(out + at + 26, (u16)n);
        memcpy(out + at + 30, m[i].name, n);
        memcpy(out + at + 30 + n, m[i].bytes, size);
        at += 30 + n + size;
    }
    start = at;
    for (unsigned i = 0; i < count; i++) {
        size_t n = strlen(m[i].name), size = strlen(m[i].bytes);
        memset(out + at, 0, 46);
        memcpy(out + at, "PK\1\2", 4);
        put_le16(out + at + 14, 0x1421); /* 1990-01-01 */
        put_le32(out + at + 16, crc32_of(0, (const u8 *)m[i].bytes, size));
        put_le32(out + at + 20, (u32)size);
        put_le32(out + at + 24, (u32)size);
        put_le16(out + at + 28, (u16)n);
        put_le32(out + at + 42, (u32)header[i]);
        memcpy(out + at + 46, m[i].name, n);
        at += 46 + n;
    }
    memset(out + at, 0, 22);
    memcpy(out + at, "PK\5\6", 4);
    put_le16(out + at + 8, (u16)count);
    put_le16(out + at + 10, (u16)count);
    put_le32(out + at + 12, (u32)(at - start));
    put_le32(out + at + 16, (u32)start);
    FILE *f = fopen(path, "w");
    fwrite(out, 1, at + 22, f);
    fclose(f);
}

static const struct member members[] = {
    {"GAME.COM", "\xc3"},    {"DATA/", ""},           {"DATA/ONE.DAT", "one"},
    {"DATA/TWO.DAT", "two"}, {"DOC/READ.ME", "read"},
};

START_TEST(zip_changes)
{
    struct zip_folder f, other;
    struct err e;
    write_zip("g.zip", members, ARRAY_SIZE(members));
    ck_assert_msg(zip_folder_open(&f, "g.zip", &e), "%s", e.text);
    expect_text("g.zip.d/DATA/ONE.DAT", "one");
    expect_text("g.zip.d/DOC/READ.ME", "read");
    struct stat st;
    ck_assert_int_eq(stat("g.zip.d/GAME.COM", &st), 0);
    ck_assert_int_eq(localtime(&st.st_mtime)->tm_year, 90);
    ck_assert(!zip_folder_open(&other, "g.zip", &e)); /* one at a time */
    ck_assert_ptr_nonnull(strstr(e.text, "another"));
    ck_assert(zip_folder_close(&f, &e));
    ck_assert(!there("g.zip.d")); /* nothing was changed */

    ck_assert(zip_folder_open(&f, "g.zip", &e));
    write_text("g.zip.d/DATA/ONE.DAT", "ONE");
    write_text("g.zip.d/SAVE.1", "saved");
    unlink("g.zip.d/DATA/TWO.DAT");
    unlink("g.zip.d/DOC/READ.ME");
    rmdir("g.zip.d/DOC");
    ck_assert(zip_folder_close(&f, &e));
    expect_text("g.zip.d/DATA/ONE.DAT", "ONE");
    expect_text("g.zip.d/SAVE.1", "saved");
    ck_assert(!there("g.zip.d/GAME.COM") && !there("g.zip.d/DATA/TWO.DAT"));

    ck_assert(zip_folder_open(&f, "g.zip", &e));
    expect_text("g.zip.d/GAME.COM", "\xc3");
    expect_text("g.zip.d/DATA/ONE.DAT", "ONE");
    expect_text("g.zip.d/SAVE.1", "saved");
    ck_assert(!there("g.zip.d/DATA/TWO.DAT") && !there("g.zip.d/DOC"));
    write_text("g.zip.d/DATA/ONE.DAT", "one"); /* as it was */
    unlink("g.zip.d/SAVE.1");
    write_text("g.zip.d/DATA/TWO.DAT", "two"); /* there again */
    ck_assert(zip_folder_close(&f, &e));
    ck_assert(!there("g.zip.d/DATA") && there("g.zip.d/.ferrite-deleted")); /* READ.ME is gone */

    /* A run that was killed: everything is there, and the next one loses nothing. */
    ck_assert(zip_folder_open(&f, "g.zip", &e));
    write_text("g.zip.d/SAVE.2", "late");
    close(f.folder); /* all that the kernel does for it */
    zip_close(&f.zip);
    free(f.bytes);
    ck_assert(zip_folder_open(&f, "g.zip", &e));
    expect_text("g.zip.d/SAVE.2", "late");
    ck_assert(zip_folder_close(&f, &e));
    expect_text("g.zip.d/SAVE.2", "late");
}
END_TEST

START_TEST(zip_refused)
{
    struct zip_folder f;
    struct err e;
    const struct member out[] = {{"A.COM", "x"}, {"../B.COM", "x"}};
    write_zip("out.zip", out, 2);
    ck_assert(!zip_folder_open(&f, "out.zip", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "leads out"));
    ck_assert(!there("out.zip.d") && !there("B.COM"));
    /* A file that is damaged: what was unpacked before it goes again, what was there stays. */
    write_zip("bad.zip", members, ARRAY_SIZE(members));
    int fd = open("bad.zip", O_RDWR);
    u8 all[4000];
    ssize_t n = read(fd, all, sizeof(all));
    u8 *two = NULL;
    for (ssize_t i = 0; !two && i + 3 < n; i++)
        two = memcmp(all + i, "two", 3) == 0 ? all + i : NULL;
    ck_assert_ptr_nonnull(two);
    ck_assert_int_eq(pwrite(fd, "TWO", 3, two - all), 3);
    close(fd);
    ck_assert(!zip_folder_open(&f, "bad.zip", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "checksum"));
    ck_assert(!there("bad.zip.d"));
    mkdir("bad.zip.d", 0700);
    write_text("bad.zip.d/SAVE.1", "saved");
    ck_assert(!zip_folder_open(&f, "bad.zip", &e));
    expect_text("bad.zip.d/SAVE.1", "saved");
    ck_assert(!there("bad.zip.d/GAME.COM") && !there("bad.zip.d/.ferrite-deleted"));
    /* Links that lie in the folder lead nowhere. */
    write_zip("l.zip", members, ARRAY_SIZE(members));
    mkdir("l.zip.d", 0700);
    mkdir("elsewhere", 0700);
    ck_assert_int_eq(symlink("../elsewhere", "l.zip.d/DATA"), 0);
    ck_assert(!zip_folder_open(&f, "l.zip", &e));
    ck_assert(!there("elsewhere/ONE.DAT"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dos_files");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, boot_disk);
    tcase_add_test(t, memory_drivers);
    tcase_add_test(t, sources);
    tcase_add_test(t, own_configs);
    tcase_add_test(t, putting_files);
    tcase_add_test(t, own_disks);
    tcase_add_test(t, aliases);
    tcase_add_test(t, programs);
    tcase_add_test(t, environment);
    tcase_add_test(t, blaster);
    tcase_add_test(t, zip_changes);
    tcase_add_test(t, zip_refused);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
