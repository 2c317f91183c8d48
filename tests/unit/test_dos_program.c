/*
 * test_dos_program.c - `ferrite dos` before there is a machine: what a file is, the command tail,
 * the command line.
 */
#include "frontend/dos/classify.h"
#include "frontend/dos/dos_options.h"
#include "frontend/dos/tail.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An MZ file: header of `paragraphs`, `image` bytes behind it, a new header at `next` (0: none). */
static size_t make_mz(u8 *f, u32 paragraphs, u32 image, u32 next, const char *magic)
{
    u32 all = paragraphs * 16 + image;
    memset(f, 0, 8192);
    memcpy(f, "MZ", 2);
    put_le16(f + 2, (u16)(all % 512));
    put_le16(f + 4, (u16)((all + 511) / 512));
    put_le16(f + 8, (u16)paragraphs);
    put_le16(f + 0x18, 0x40);
    put_le32(f + 0x3c, next);
    if (next)
        memcpy(f + next, magic, strlen(magic));
    return next ? next + 0x100 : all;
}

/* The words for it, NULL when it may be run as `kind`. */
static const char *refused(enum program_kind kind, const char *name, const u8 *f, size_t size)
{
    static struct err e;
    e.text[0] = 0;
    enum program_kind is = classify_bytes(name, f, size, size, &e);
    ck_assert_msg((is == PROGRAM_NONE) == (e.text[0] != 0), "%s: kind %d says \"%s\"", name, is,
                  e.text);
    if (is == PROGRAM_NONE)
        return e.text;
    ck_assert_msg(is == kind, "%s: kind %d, expected %d", name, is, kind);
    return NULL;
}

#define OK(kind, name, f, size) ck_assert_msg(!refused(kind, name, f, size), "%s", name)
#define NO(words, name, f, size)                                                                   \
    do {                                                                                           \
        const char *why = refused(PROGRAM_NONE, name, f, size);                                    \
        ck_assert_msg(why &&strstr(why, words) && strstr(why, name), "%s: \"%s\", not \"%s\"",     \
                      name, why ? why : "taken", words);                                           \
    } while (0)

START_TEST(headers)
{
    static u8 f[8192];
    size_t n = make_mz(f, 2, 100, 0, "");
    OK(PROGRAM_EXE, "A.EXE", f, n);
    OK(PROGRAM_EXE, "a.com", f, n); /* DOS looks at the bytes, too */
    OK(PROGRAM_EXE, "noname", f, n);
    f[0] = 'Z', f[1] = 'M';
    OK(PROGRAM_EXE, "A.EXE", f, n);
    NO("ends within its header", "A.EXE", (const u8 *)"MZ", 2);
    n = make_mz(f, 2, 100, 0, "");
    put_le16(f + 4, 0);
    NO("names no code", "A.EXE", f, n);
    n = make_mz(f, 2, 100, 0, "");
    put_le16(f + 8, 0x400);
    NO("names no code", "A.EXE", f, n);
    n = make_mz(f, 2, 4000, 0, "");
    NO("cut short", "A.EXE", f, 1000);
    OK(PROGRAM_EXE, "A.EXE", f, n + 2000); /* an overlay, or data, behind it */
    OK(PROGRAM_EXE, "A.EXE", f, n - 300);
}
END_TEST

START_TEST(other_systems)
{
    static u8 f[8192];
    size_t n = make_mz(f, 4, 64, 0x80, "PE");
    NO("a Windows program (32 or 64 bits)", "A.EXE", f, n);
    n = make_mz(f, 4, 0x340, 0x400, "NE");
    f[0x436] = 2;
    NO("a Windows program (16 bits)", "A.EXE", f, n);
    f[0x436] = 1;
    NO("an OS/2 program (16 bits)", "A.EXE", f, n);
    n = make_mz(f, 4, 64, 0x80, "LX");
    NO("an OS/2 program (32 bits)", "A.EXE", f, n);
    n = make_mz(f, 4, 64, 0x80, "LE");
    f[0x8a] = 4;
    NO("a Windows driver (VxD)", "A.386", f, n);
    /* A stub of two kilobytes that speaks of Windows is a message still. */
    n = make_mz(f, 4, 2048, 0x900, "NE");
    f[0x936] = 2;
    OK(PROGRAM_EXE, "A.EXE", f, n);
    memcpy(f + 0x200, "This program requires Microsoft Windows.", 40);
    NO("a Windows program (16 bits)", "A.EXE", f, n);
    /* An extender: a real program in front of what it loads. */
    n = make_mz(f, 4, 5000, 0x1800, "LE");
    f[0x180a] = 1;
    memcpy(f + 0x200, "DOS/4G, not for Windows", 23);
    OK(PROGRAM_EXE, "DOOM.EXE", f, n);
    /* A place for the new header that is none. */
    n = make_mz(f, 2, 100, 0, "");
    put_le32(f + 0x3c, 0xfffffff0);
    OK(PROGRAM_EXE, "A.EXE", f, n);
    put_le32(f + 0x3c, (u32)n - 1);
    OK(PROGRAM_EXE, "A.EXE", f, n);
}
END_TEST

START_TEST(by_name_and_content)
{
    static u8 f[CLASSIFY_HEAD];
    memset(f, 3, sizeof(f));
    OK(PROGRAM_COM, "A.COM", f, COM_MAX);
    OK(PROGRAM_COM, "a.com", f, 1);
    NO("65281 bytes are too many for a .COM", "A.COM", f, COM_MAX + 1);
    NO("begin with MZ", "A.EXE", f, 100);
    NO("begin with MZ", "A", f, 100);
    NO("empty", "A.COM", f, 0);
    NO("empty", "A.EXE", f, 0);
    OK(PROGRAM_BATCH, "A.BAT", (const u8 *)"@echo off\r\n\x1a", 12);
    OK(PROGRAM_COM, "EICAR.COM", (const u8 *)"X5O!P%", 6);
    NO("a text", "A.TXT", (const u8 *)"hello\n", 6);
    NO("a text", "A.EXE", (const u8 *)"hello\n", 6);
    NO("no batch file", "A.BAT", (const u8 *)"a\0b", 3);
    OK(PROGRAM_ZIP, "A.ZIP", (const u8 *)"PK\3\4", 4);
    OK(PROGRAM_ZIP, "A", (const u8 *)"PK\5\6", 4);
    NO("Linux", "A.EXE",
       (const u8 *)"\x7f"
                   "ELF\1",
       5);
    NO("Linux", "A.COM",
       (const u8 *)"\x7f"
                   "ELF\1",
       5);
    NO("shell", "A", (const u8 *)"#!/bin/sh\n", 10);
    NO("shell", "A.COM", (const u8 *)"#!/bin/sh\n", 10);
    NO("shell", "A.BAT", (const u8 *)"#!/usr/bin/env sh\n", 18);
    ck_assert(classify_unix_lines((const u8 *)"a\r\nb\n", 5));
    ck_assert(classify_unix_lines((const u8 *)"\n", 1));
    ck_assert(!classify_unix_lines((const u8 *)"a\r\nb\r\n", 6));
    NO("gunzip", "A", (const u8 *)"\x1f\x8b\x08", 3);
    OK(PROGRAM_COM, "A.COM", (const u8 *)"\x60\xea\0\0\0", 5); /* PUSHA, JMP, and no ARJ */
    NO("ARJ", "A.ARJ", (const u8 *)"\x60\xea\0\0\0", 5);
    memset(f, 0, sizeof(f));
    f[510] = 0x55, f[511] = 0xaa;
    struct err e;
    ck_assert(classify_bytes("dos.img", f, sizeof(f), 1474560, &e) == PROGRAM_NONE);
    ck_assert_ptr_nonnull(strstr(e.text, "-fda"));
    ck_assert(has_extension("a.Bat", ".BAT") && !has_extension(".bat", ".bat") &&
              !has_extension("abat", ".bat"));
}
END_TEST

/* What the drives know by name is known here, too: not "a text", nor "it does not begin with MZ".
 */
START_TEST(disks_of_other_kinds)
{
    static u8 f[2048];
    memcpy(f, "IMD 1.18: 01/01/1990 00:00:00\r\n\x1a", 33);
    NO("an ImageDisk floppy image", "a.imd", f, 33);
    NO("(CloneCD)", "a.ccd", (const u8 *)"[CloneCD]\r\nVersion=3\r\n", 22);
    memset(f, 0, sizeof(f));
    memcpy(f, "TD\0\1", 4);
    NO("a Teledisk floppy image", "a.td0", f, 300);
    memset(f, 0, sizeof(f));
    memcpy(f + 2, "-lh5-", 5);
    NO("an LHA archive; unpack it first: lha x a.lzh", "a.lzh", f, 300);
    OK(PROGRAM_COM, "a.com", f, 300); /* a jump and a text */
    memset(f, 0, sizeof(f));
    memcpy(f + 257, "ustar", 5);
    NO("a tar archive", "a.tar", f, 1024);
    memset(f, 0, sizeof(f));
    memcpy(f + sizeof(f) - 12, "NER5", 4);
    NO("a CD image of Nero", "a.nrg", f, sizeof(f));
    NO("a shortcut of Windows", "a.lnk", (const u8 *)"L\0\0\0\1\x14\2\0", 8);
    NO("CONFIG.SYS", "a.sys", (const u8 *)"\xff\xff\xff\xff\0\x80", 6);
    OK(PROGRAM_CD, "a.cue", (const u8 *)"\xff\376F\0I\0",
       6); /* its reader says that it is no text */
}
END_TEST

START_TEST(paths)
{
    char dir[] = "/tmp/ferrite-test-XXXXXX", path[64];
    struct err e;
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(classify_path(dir, &e), PROGRAM_FOLDER);
    snprintf(path, sizeof(path), "%s/none.exe", dir);
    ck_assert_int_eq(classify_path(path, &e), PROGRAM_NONE);
    ck_assert_int_eq(errno, ENOENT);
    snprintf(path, sizeof(path), "%s/a.bat", dir);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs("echo hello\n", f);
    fclose(f);
    ck_assert_int_eq(classify_path(path, &e), PROGRAM_BATCH);
    char under[80];
    snprintf(under, sizeof(under), "%s/x", path); /* a file is no folder */
    ck_assert_int_eq(classify_path(under, &e), PROGRAM_NONE);
    ck_assert_int_eq(errno, ENOENT);
    unlink(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(classify_path(path, &e), PROGRAM_NONE); /* and does not wait for a writer */
    ck_assert_int_eq(errno, 0);
    ck_assert_ptr_nonnull(strstr(e.text, "neither a file nor a folder"));
    unlink(path);
    rmdir(dir);
}
END_TEST

static const char *tail_of(int argc, const char *const *argv)
{
    static struct tail t;
    char *copy[8] = {NULL};
    struct err e;
    for (int i = 0; i < argc; i++)
        copy[i] = (char *)argv[i];
    return tail_from_arguments(&t, argc, copy, &e) ? t.text : NULL;
}

START_TEST(tails)
{
    struct tail t;
    struct err e;
    ck_assert_str_eq(tail_of(0, NULL), "");
    ck_assert_str_eq(tail_of(2, (const char *[]){"one", "/x:y"}), " one /x:y");
    ck_assert_str_eq(tail_of(3, (const char *[]){"a b", "", "c"}), " \"a b\" \"\" c");
    ck_assert_str_eq(tail_of(1, (const char *[]){"say\"it\""}), " say\"it\"");
    ck_assert_str_eq(tail_of(1, (const char *[]){"tab\there"}), " \"tab\there\"");
    ck_assert_ptr_null(tail_of(1, (const char *[]){"a\rb"}));
    ck_assert_ptr_null(tail_of(1, (const char *[]){"a\nb"}));
    ck_assert(tail_exact(&t, "/a\"b  c ", &e));
    ck_assert_str_eq(t.text, "/a\"b  c ");
    ck_assert_uint_eq(t.len, 8);
    char longest[TAIL_LINE_MAX + 1];
    memset(longest, 'x', sizeof(longest));
    longest[TAIL_LINE_MAX - 1] = 0;
    ck_assert(tail_exact(&t, longest, &e));
    ck_assert_uint_eq(t.len, TAIL_LINE_MAX - 1);
    ck_assert_ptr_null(tail_of(1, (const char *[]){longest})); /* the blank is one too many */
    longest[TAIL_LINE_MAX - 1] = 'x';
    longest[TAIL_LINE_MAX] = 0;
    ck_assert(!tail_exact(&t, longest, &e));
}
END_TEST

static bool parse(struct dos_options *o, struct err *e, const char *const *words)
{
    static char *argv[40];
    int argc = 0;
    for (; words[argc]; argc++)
        argv[argc] = (char *)words[argc];
    e->text[0] = 0;
    return dos_options_parse(o, argc, argv, e);
}

#define PARSE(...) parse(&o, &e, (const char *const[]){__VA_ARGS__, NULL})

START_TEST(command_line)
{
    struct dos_options o;
    struct err e;
    ck_assert(PARSE("PROG.EXE", "-stay", "--", "x y"));
    ck_assert_str_eq(o.path, "PROG.EXE");
    ck_assert(!o.stay && o.letter == 'D' && o.argument_count == 3 && !o.tail && !o.dos);
    ck_assert_str_eq(o.arguments[0], "-stay"); /* the program's own */
    ck_assert(PARSE("-stay", "-m", "32", "-drive-letter", "k:", "-as", "disk", "-e", "A=b c",
                    "--e=B=", "-echo", "-ems", "4", "-xms", "off", "--dos=x.img", "-tail", " x",
                    "-display", "none", "GAME"));
    ck_assert(o.stay && o.echo && o.memory.ems.mb == 4 && o.memory.xms.driver == DRIVER_NONE &&
              o.letter == 'K' && o.as == DOS_AS_DISK);
    ck_assert(o.machine.ram_mb == 32 && o.machine.display == DISPLAY_NONE);
    ck_assert_uint_eq(o.variables, 2);
    ck_assert_str_eq(o.variable[0], "A=b c");
    ck_assert_str_eq(o.variable[1], "B=");
    ck_assert_str_eq(o.dos, "x.img");
    ck_assert_str_eq(o.tail, " x");
    ck_assert(PARSE("--", "-x.com"));
    ck_assert_str_eq(o.path, "-x.com");
    ck_assert(PARSE("-help") && o.machine.help);

    static const struct {
        const char *words[4];
        const char *says;
    } wrong[] = {
        {{"-stay"}, "which program?"},
        {{""}, "empty"},
        {{"-sty", "x"}, "did you mean -stay?"},
        {{"-drive-leter", "x"}, "did you mean -drive-letter?"},
        {{"-mm", "x"}, "did you mean -m?"},
        {{"-drive-letter", "C", "x"}, "D to Z"},
        {{"-drive-letter", "DD", "x"}, "D to Z"},
        {{"-as", "cd", "x"}, "redirector"},
        {{"-e", "NAME", "x"}, "NAME=VALUE"},
        {{"-e", "=x", "x"}, "NAME=VALUE"},
        {{"-e", "A B=x", "x"}, "NAME=VALUE"},
        {{"--stay=1", "x"}, "takes no value"},
        {{"-dos", "", "x"}, "not an empty one"},
        {{"-dos"}, "wants a value"},
        {{"-m", "0", "x"}, "1 to 2048"},
        {{"-ems", "33", "x"}, "1 to 32"},
        {{"-ems", "4k", "x"}, "1 to 32"},
        {{"-xms", "-1", "x"}, "off"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        ck_assert_msg(!parse(&o, &e, wrong[i].words), "%s", wrong[i].words[0]);
        ck_assert_msg(strstr(e.text, wrong[i].says), "%s: \"%s\"", wrong[i].words[0], e.text);
    }
    ck_assert(!PARSE("-dos", "a", "-dos", "b", "x"));
    ck_assert_ptr_nonnull(strstr(e.text, "twice"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dos_program");
    TCase *t = tcase_create("all");
    tcase_add_test(t, headers);
    tcase_add_test(t, other_systems);
    tcase_add_test(t, by_name_and_content);
    tcase_add_test(t, disks_of_other_kinds);
    tcase_add_test(t, paths);
    tcase_add_test(t, tails);
    tcase_add_test(t, command_line);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
