/*
 * test_symbols.c - frontend/symbols/: each kind of file, what is no symbol in it, and damaged ones.
 */
#include "frontend/symbols/symbols.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static struct symbols *read_text(const char *text, u32 base)
{
    struct err e;
    struct symbols *s = symbols_new();
    ck_assert_ptr_nonnull(s);
    ck_assert_msg(symbols_read(s, "map", (const u8 *)text, strlen(text), base, &e), "%s", e.text);
    return s;
}

/* The name at an address; "" for none. */
static const char *at(const struct symbols *s, u32 lin)
{
    u32 n = symbols_at(s, lin);
    return n ? symbols_name(s, n) : "";
}

START_TEST(system_map)
{
    struct symbols *s = read_text("c1000000 T _stext\n"
                                  "c1000000 T startup_32\n"
                                  "c1000010 t do_it.cold\n"
                                  "c1000020 D data_here\n"
                                  "c1000030 W weak\n"
                                  "d0801000 t rtl_open\t[8139too]\n"
                                  "00000000 A zero\n"
                                  "         U undefined\n",
                                  0);
    ck_assert_uint_eq(symbols_count(s), 5);
    ck_assert_str_eq(at(s, 0xc0ffffff), "");
    ck_assert_str_eq(at(s, 0xc1000000), "_stext"); /* of two the first */
    ck_assert_str_eq(at(s, 0xc100000f), "_stext");
    ck_assert_str_eq(at(s, 0xc1000010), "do_it.cold");
    ck_assert_str_eq(at(s, 0xc1000025), "do_it.cold"); /* data is no symbol of code */
    ck_assert_str_eq(at(s, 0xc1000031), "weak");
    ck_assert_str_eq(at(s, 0xc2000031), ""); /* too far away to be part of it */
    ck_assert_str_eq(at(s, 0xd0801234), "rtl_open");
    u32 lin = 0;
    ck_assert(symbols_find(s, "weak", &lin) && lin == 0xc1000030);
    ck_assert(!symbols_find(s, "data_here", &lin));
    symbols_free(s);
}
END_TEST

START_TEST(watcom_map)
{
    struct symbols *s =
        read_text("Segment                Class          Group          Address         Size\n"
                  "BEGTEXT                CODE           AUTO           0000:0000       0000000e\n"
                  "Address        Symbol\n"
                  "=======        ======\n"
                  "Module: hello.obj(hello.c)\n"
                  "0000:0010      main_\n"
                  "0000:0034*     unused_\n"
                  "0004:0008+     `W?f$n()v`\n"
                  "0005:0000s     _static\n",
                  0x1a20);
    ck_assert_str_eq(at(s, 0x1a30), "main_");
    ck_assert_str_eq(at(s, 0x1a20 + 0x34), "unused_");
    ck_assert_uint_eq(symbols_file(s, 0).base, 0x1a20);
    ck_assert_uint_eq(symbols_file(s, 0).start, 0x1a20);
    symbols_free(s);

    /* 32-bit: the segment is a number of an object */
    s = read_text("0001:00000010      main_\r\n0001:00010020      far_\r\n", 0x100000);
    ck_assert_str_eq(at(s, 0x100011), "main_");
    ck_assert_str_eq(at(s, 0x110020), "far_");
    symbols_free(s);
}
END_TEST

START_TEST(borland_and_microsoft_maps)
{
    struct symbols *s = read_text(" Start  Stop   Length Name               Class\n"
                                  " 00000H 0001FH 00020H _TEXT              CODE\n"
                                  "  Address         Publics by Value\n"
                                  " 0000:0000       start\n"
                                  " 0000:0014  Abs  __ABS\n"
                                  " 0002:0004  idle _sleepy\n"
                                  "Program entry point at 0000:0000\n",
                                  0);
    ck_assert_uint_eq(symbols_count(s), 2);
    ck_assert_str_eq(at(s, 0x10), "start");
    ck_assert_str_eq(at(s, 0x24), "_sleepy");
    symbols_free(s);
}
END_TEST

START_TEST(gnu_and_nasm_maps)
{
    struct symbols *s = read_text("Linker script and memory map\n\n"
                                  "                0x00100000                . = 0x100000\n"
                                  ".text           0x00100000       0x40\n"
                                  " .text          0x00100000       0x40 kernel.o\n"
                                  "                0x00100000                start\n"
                                  "                0x00100020                work\n"
                                  "                0x00100040                PROVIDE (etext = .)\n",
                                  0);
    ck_assert_uint_eq(symbols_count(s), 2);
    ck_assert_str_eq(at(s, 0x100010), "start");
    ck_assert_str_eq(at(s, 0x100020), "work");
    symbols_free(s);

    s = read_text("- NASM Map file -----\n\nReal              Virtual           Name\n"
                  "            7C00              7C00  boot\n"
                  "            7C0A              7C0A  boot.loop\n"
                  "            0010              7C10  print\n",
                  0);
    ck_assert_str_eq(at(s, 0x7c0b), "boot");
    ck_assert_str_eq(at(s, 0x7c10), "print");
    symbols_free(s);
}
END_TEST

/* ---- ELF ---- */

struct image {
    u8 bytes[1000];
    size_t size;
};

static void put_symbol(u8 *p, u32 name, u32 value, u32 size, u8 type, u16 section)
{
    put_le32(p, name);
    put_le32(p + 4, value);
    put_le32(p + 8, size);
    p[12] = type;
    put_le16(p + 14, section);
}

/* A program segment, a section of code, one of data, symbols, their names. */
static struct image elf(void)
{
    static const char names[] = "\0whole\0part\0data\0outside\0start.loop";
    struct image i = {.size = 700};
    u8 *f = i.bytes, *sec = f + 400;
    memcpy(f, "\177ELF\1\1\1", 7);
    put_le16(f + 16, 2);
    put_le16(f + 18, 3);
    put_le32(f + 24, 0x100000);
    put_le32(f + 28, 52);
    put_le32(f + 32, 400);
    put_le16(f + 42, 32);
    put_le16(f + 44, 1);
    put_le16(f + 46, 40);
    put_le16(f + 48, 5);
    put_le32(f + 52, 1);        /* PT_LOAD */
    put_le32(f + 60, 0x100000); /* virtual */
    put_le32(f + 72, 0x3000);   /* memory size */
    put_symbol(f + 100 + 16, 1, 0x100000, 0x100, 2, 1);
    put_symbol(f + 100 + 32, 7, 0x100040, 0x10, 2, 1);
    put_symbol(f + 100 + 48, 12, 0x101000, 4, 1, 2);
    put_symbol(f + 100 + 64, 17, 0x100200, 0, 0, 1);
    put_symbol(f + 100 + 80, 25, 0x100080, 0, 0, 1);
    memcpy(f + 300, names, sizeof(names));
    put_le32(sec + 40 + 4, 1); /* 1: PROGBITS, executable */
    put_le32(sec + 40 + 8, 6);
    put_le32(sec + 80 + 4, 1); /* 2: data */
    put_le32(sec + 80 + 8, 3);
    put_le32(sec + 120 + 4, 2); /* 3: SYMTAB, its names in 4 */
    put_le32(sec + 120 + 16, 100);
    put_le32(sec + 120 + 20, 96);
    put_le32(sec + 120 + 24, 4);
    put_le32(sec + 160 + 4, 3);
    put_le32(sec + 160 + 16, 300);
    put_le32(sec + 160 + 20, sizeof(names));
    return i;
}

START_TEST(elf_files)
{
    struct err e;
    struct image i = elf();
    struct symbols *s = symbols_new();
    ck_assert_msg(symbols_read(s, "k.elf", i.bytes, i.size, 0, &e), "%s", e.text);
    ck_assert_uint_eq(symbols_count(s), 3); /* no data, no local label */
    ck_assert_str_eq(at(s, 0x100000), "whole");
    ck_assert_str_eq(at(s, 0x10004f), "part");
    ck_assert_str_eq(at(s, 0x100050), "whole"); /* behind one that lies within */
    ck_assert_str_eq(at(s, 0x1000ff), "whole");
    ck_assert_str_eq(at(s, 0x100100), ""); /* behind its size */
    ck_assert_str_eq(at(s, 0x100210), "outside");
    ck_assert_uint_eq(symbols_file(s, 0).start, 0x100000);
    ck_assert_uint_eq(symbols_file(s, 0).end, 0x103000);
    ck_assert(symbols_file(s, 0).elf);
    /* a second file, elsewhere: numbers of the first one stay */
    u32 number = symbols_at(s, 0x100000);
    ck_assert_msg(symbols_read(s, "again", i.bytes, i.size, 0x10000, &e), "%s", e.text);
    ck_assert_uint_eq(symbols_at(s, 0x100000), number);
    ck_assert_str_eq(at(s, 0x110000), "whole");
    symbols_free(s);
}
END_TEST

START_TEST(damaged_elf_files)
{
    struct err e;
    for (size_t size = 0; size < 700; size++) { /* cut off everywhere */
        struct image i = elf();
        u8 *exact = malloc(size ? size : 1);
        memcpy(exact, i.bytes, size);
        struct symbols *s = symbols_new();
        if (!symbols_read(s, "cut", exact, size, 0, &e))
            ck_assert_ptr_nonnull(strstr(e.text, "-symbols cut: "));
        symbols_free(s);
        free(exact);
    }
    for (unsigned at_byte = 18; at_byte < 700; at_byte++) { /* every byte another */
        struct image i = elf();
        i.bytes[at_byte] ^= 0xff;
        struct symbols *s = symbols_new();
        if (symbols_read(s, "odd", i.bytes, i.size, 0, &e))
            for (u32 n = 1; n <= symbols_count(s); n++)
                ck_assert_uint_lt(strlen(symbols_name(s, n)), 256);
        symbols_free(s);
    }
    struct image i = elf();
    put_le32(i.bytes + 400 + 40 + 8, 2); /* no code */
    struct symbols *s = symbols_new();
    ck_assert(!symbols_read(s, "k", i.bytes, i.size, 0, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "stripped"));
    ck_assert_uint_eq(symbols_files(s), 0);
    i.bytes[4] = 2; /* 64-bit */
    ck_assert(!symbols_read(s, "k", i.bytes, i.size, 0, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "not an ELF file for 32-bit x86"));
    symbols_free(s);
}
END_TEST

START_TEST(what_is_no_file_of_symbols)
{
    static const struct {
        const char *text, *why;
    } wrong[] = {
        {"", "no symbols are found"},
        {"Hello, world\n\n12:34 noon?\n", "no symbols are found"},
        {"c1000020 D data\nc1000024 b more\n", "no symbols of code"},
        {"00000000 T _stext\n00000000 T start\n", "kptr_restrict"},
    };
    struct err e;
    struct symbols *s = symbols_new();
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        ck_assert(!symbols_read(s, "f", (const u8 *)wrong[i].text, strlen(wrong[i].text), 0, &e));
        ck_assert_msg(strstr(e.text, wrong[i].why) != NULL, "%s", e.text);
        ck_assert_uint_eq(symbols_count(s), 0);
    }
    ck_assert(!symbols_load(s, "/nowhere/at/all", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "/nowhere/at/all"));
    ck_assert(!symbols_load(s, "/", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "is a folder"));
    symbols_free(s);
}
END_TEST

START_TEST(where_a_file_is_loaded)
{
    static const struct {
        const char *base;
        u32 lin;
    } good[] = {
        {"", 0x10}, {",base=0x10000", 0x10010}, {",base=1a2:0", 0x1a30}, {",base=64", 0x50}};
    static const char *const bad[] = {
        ",base=",   ",base=x",           ",base=1a2:",    ",base=1a2:0x",
        ",base=-1", ",base=0x100000000", ",base=10000:0", ",base=:1"};
    char path[] = "/tmp/ferrite-symbols-XXXXXX", spec[100];
    struct err e;
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "0000:0010  main_\n", 17), 17);
    close(fd);
    for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
        struct symbols *s = symbols_new();
        snprintf(spec, sizeof(spec), "%s%s", path, good[i].base);
        ck_assert_msg(symbols_load(s, spec, &e), "%s", e.text);
        ck_assert_str_eq(at(s, good[i].lin), "main_");
        symbols_free(s);
    }
    struct symbols *s = symbols_new();
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        snprintf(spec, sizeof(spec), "%s%s", path, bad[i]);
        ck_assert_msg(!symbols_load(s, spec, &e), "%s", spec);
        ck_assert_ptr_nonnull(strstr(e.text, "base= wants"));
    }
    symbols_free(s);
    unlink(path);
}
END_TEST

static char fifo[] = "/tmp/ferrite-symbols-XXXXXX/fifo";
static volatile sig_atomic_t ticks, written;

/* The reader waits already when it comes for the third time. */
static void write_late(int number)
{
    static const char line[] = "0000:0010  main_\n";
    int error = errno, fd;
    (void)number;
    ticks = ticks + 1;
    if (ticks < 3 || written || (fd = open(fifo, O_WRONLY | O_NONBLOCK)) < 0) {
        errno = error;
        return;
    }
    written = write(fd, line, sizeof(line) - 1) == sizeof(line) - 1;
    close(fd);
    errno = error;
}

/* Before a machine runs a timer looks for signals (frontend/control/ending.h). */
START_TEST(a_fifo_and_signals_that_mean_nothing)
{
    struct sigaction a = {.sa_handler = write_late, .sa_flags = SA_RESTART};
    struct itimerval every = {{0, 10000}, {0, 10000}}, never = {{0, 0}, {0, 0}};
    char *name = strrchr(fifo, '/');
    struct symbols *s = symbols_new();
    struct err e;
    *name = 0;
    ck_assert_ptr_nonnull(mkdtemp(fifo));
    *name = '/';
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    sigemptyset(&a.sa_mask);
    ck_assert_int_eq(sigaction(SIGALRM, &a, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
    bool ok = symbols_load(s, fifo, &e);
    setitimer(ITIMER_REAL, &never, NULL);
    ck_assert_msg(ok, "%s", e.text);
    ck_assert(written);
    ck_assert_str_eq(at(s, 0x10), "main_");
    symbols_free(s);
    unlink(fifo);
    *name = 0;
    rmdir(fifo);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("symbols");
    TCase *t = tcase_create("symbols");
    tcase_add_test(t, system_map);
    tcase_add_test(t, watcom_map);
    tcase_add_test(t, borland_and_microsoft_maps);
    tcase_add_test(t, gnu_and_nasm_maps);
    tcase_add_test(t, elf_files);
    tcase_add_test(t, damaged_elf_files);
    tcase_add_test(t, what_is_no_file_of_symbols);
    tcase_add_test(t, where_a_file_is_loaded);
    tcase_add_test(t, a_fifo_and_signals_that_mean_nothing);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
