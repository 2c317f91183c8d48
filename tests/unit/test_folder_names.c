/*
 * test_folder_names.c - names of a host's files on a FAT disk: code pages against iconv, long names
 * both ways, and aliases letter by letter.
 */
#include "hw/storage/folder/aliases.h"
#include "hw/storage/folder/names.h"

#include <check.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const unsigned numbers[] = {437, 850, 852, 866, 1252};

static struct long_name long_of(const char *host)
{
    struct long_name n;
    ck_assert_msg(name_from_host(host, strlen(host), &n), "%s", host);
    return n;
}

/* ---- code pages ---- */

START_TEST(test_pages_are_iconvs)
{
    unsigned compared = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
        char from[16];
        const struct codepage *cp = codepage_find(numbers[i]);
        ck_assert_ptr_nonnull(cp);
        ck_assert_uint_eq(codepage_number(cp), numbers[i]);
        snprintf(from, sizeof(from), "CP%u", numbers[i]);
        iconv_t cd = iconv_open("UTF-16LE", from);
        if (cd == (iconv_t)-1)
            continue; /* a small host */
        for (unsigned b = 0x80; b < 0x100; b++) {
            char byte = (char)b, *in = &byte;
            u8 unit[4] = {0};
            char *out = (char *)unit;
            size_t in_left = 1, out_left = 2;
            iconv(cd, NULL, NULL, NULL, NULL);
            bool ok = iconv(cd, &in, &in_left, &out, &out_left) != (size_t)-1;
            u16 expected = ok ? get_le16(unit) : 0;
            ck_assert_msg(codepage_to_unicode(cp, (u8)b) == expected, "%u: %02x", numbers[i], b);
            if (expected)
                ck_assert_uint_eq(codepage_from_unicode(cp, expected), b);
            compared++;
        }
        iconv_close(cd);
    }
    if (!compared)
        fprintf(stderr, "this host's iconv has none of the pages\n");
    ck_assert_ptr_null(codepage_find(932));
}
END_TEST

START_TEST(test_upper)
{
    const struct codepage *cp437 = codepage_find(437), *cp866 = codepage_find(866);
    ck_assert_uint_eq(codepage_upper(cp437, 'z'), 'Z');
    ck_assert_uint_eq(codepage_upper(cp437, 0x84), 0x8e); /* a umlaut */
    ck_assert_uint_eq(codepage_upper(cp437, 0xe5), 0xe4); /* sigma */
    ck_assert_uint_eq(codepage_upper(cp437, 0x85), 0x85); /* a grave: 437 has no capital */
    ck_assert_uint_eq(codepage_upper(codepage_find(850), 0x85), 0xb7);
    ck_assert_uint_eq(codepage_upper(cp866, 0xe5), 0x95);
    ck_assert_uint_eq(codepage_upper(codepage_find(1252), 0xff), 0x9f);
    ck_assert_uint_eq(unicode_upper(0xf7), 0xf7); /* the sign of division, among letters */
    ck_assert_uint_eq(unicode_upper(0x17e), 0x17d);
    ck_assert_uint_eq(unicode_upper(0x3c2), 0x3a3);
    ck_assert_uint_eq(unicode_upper(0x44f), 0x42f);
    ck_assert_uint_eq(unicode_upper(0x451), 0x401);
    for (u32 c = 0; c < 0x10000; c++) { /* a capital has no other capital */
        if (unicode_upper(unicode_upper((u16)c)) != unicode_upper((u16)c))
            ck_abort_msg("%x", c);
    }
}
END_TEST

START_TEST(test_locale)
{
    ck_assert_uint_eq(codepage_of_locale("de_DE.UTF-8"), 850);
    ck_assert_uint_eq(codepage_of_locale("pl"), 852);
    ck_assert_uint_eq(codepage_of_locale("ru_RU"), 866);
    ck_assert_uint_eq(codepage_of_locale("en_GB.UTF-8"), 437);
    ck_assert_uint_eq(codepage_of_locale("C.UTF-8"), 437);
    ck_assert_uint_eq(codepage_of_locale("deu"), 437);
    ck_assert_uint_eq(codepage_of_locale(""), 437);
    ck_assert_uint_eq(codepage_of_locale(NULL), 437);
}
END_TEST

/* ---- long names ---- */

START_TEST(test_there_and_back)
{
    static const char *const hosts[] = {"a",
                                        "readme.txt",
                                        ".bashrc",
                                        "...",
                                        "gr\xc3\xb6\xc3\x9f"
                                        "e.txt",
                                        "\xf0\x9f\x98\x80.c",
                                        "a:b",
                                        "what?*",
                                        "tab\there",
                                        "ends.",
                                        "ends ",
                                        " begins",
                                        "a\\b|c<d>e\"f",
                                        "\xff\xfe",
                                        "half\xc3",
                                        "\xed\xa0\x80",
                                        "over\xc0\xaf"
                                        "long",
                                        "\xf4\x90\x80\x80",
                                        "a\x7f"};
    for (unsigned i = 0; i < ARRAY_SIZE(hosts); i++) {
        char back[NAME_BYTES + 1];
        struct long_name n = long_of(hosts[i]);
        for (unsigned k = 0; k < n.units; k++)
            ck_assert(n.unit[k] >= 0x20 && !(n.unit[k] < 0x80 && strchr("\"*/:<>?\\|", n.unit[k])));
        ck_assert(n.unit[n.units - 1] != '.' && n.unit[n.units - 1] != ' ');
        ck_assert(name_to_host(&n, back));
        ck_assert_str_eq(back, hosts[i]);
    }
    struct long_name n = long_of("a:b.");
    ck_assert_uint_eq(n.unit[1], 0xf03a);
    ck_assert_uint_eq(n.unit[3], 0xf02e);
    n = long_of("\xff");
    ck_assert_uint_eq(n.unit[0], 0xf87f);
    n = long_of("\xf0\x9f\x98\x80");
    ck_assert_uint_eq(n.units, 2);
    ck_assert_uint_eq(n.unit[0], 0xd83d);
}
END_TEST

START_TEST(test_names_the_host_cannot_have)
{
    char back[NAME_BYTES + 1];
    static const u16 bad[][3] = {{'.'},    {'.', '.'}, {'a', '/', 'b'}, {'a', 0, 'b'},
                                 {0xd800}, {0xdc00},   {0xf02e},        {0xf02e, '.'}};
    static const unsigned units[] = {1, 2, 3, 3, 1, 1, 1, 2};
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        struct long_name n = {.units = units[i]};
        memcpy(n.unit, bad[i], sizeof(bad[i]));
        ck_assert_msg(!name_to_host(&n, back), "%u", i);
    }
    struct long_name n = {.units = 0};
    ck_assert(!name_to_host(&n, back));
    n.units = 255;
    for (unsigned i = 0; i < 255; i++)
        n.unit[i] = 0x20ac; /* three bytes each */
    ck_assert(!name_to_host(&n, back));
    n.units = 85;
    ck_assert(name_to_host(&n, back));
    char many[300];
    memset(many, 'x', 256);
    ck_assert(!name_from_host(many, 256, &n));
    ck_assert(name_from_host(many, 255, &n));
}
END_TEST

static void check_number(const char *host, unsigned number, const char *expected)
{
    char back[NAME_BYTES + 1];
    struct long_name n = long_of(host), made;
    name_number(&n, number, &made);
    ck_assert(name_to_host(&made, back));
    ck_assert_str_eq(back, expected);
}

START_TEST(test_number)
{
    check_number("Readme.txt", 2, "Readme (2).txt");
    check_number("Readme", 10, "Readme (10)");
    check_number(".bashrc", 3, ".bashrc (3)");
    check_number("a.b.c", 123, "a.b (123).c");
    char many[256], *end = many + 255;
    struct long_name n, made;
    memset(many, 'x', 255);
    *end = 0;
    n = long_of(many);
    name_number(&n, 2, &made);
    ck_assert_uint_eq(made.units, 255);
    memcpy(end - 4, ".txt", 4);
    n = long_of(many);
    name_number(&n, 2, &made);
    ck_assert_uint_eq(made.units, 255);
    ck_assert_uint_eq(made.unit[254], 't');
    ck_assert_uint_eq(made.unit[250], ')');
    many[1] = '.'; /* the extension alone is too long */
    n = long_of(many);
    name_number(&n, 2, &made);
    ck_assert_uint_eq(made.units, 255);
}
END_TEST

START_TEST(test_same)
{
    struct long_name a = long_of("Gr\xc3\xb6\xc3\x9f"
                                 "E"),
                     b = long_of("GR\xc3\x96\xc3\x9f"
                                 "e");
    ck_assert(name_same(&a, &b));
    b = long_of("Gross");
    ck_assert(!name_same(&a, &b));
    b = long_of("GR\xc3\x96\xc3\x9f"
                "ex");
    ck_assert(!name_same(&a, &b));
}
END_TEST

/* ---- aliases ---- */

static struct name_table *table;

static void new_table(unsigned page)
{
    name_table_free(table);
    table = name_table_new(codepage_find(page));
    ck_assert_ptr_nonnull(table);
}

/* "BASE    EXT" and what else the entry says. */
static void check_alias(const char *host, const char *alias, u8 case_bits, bool needs_long)
{
    struct alias a;
    struct long_name n = long_of(host);
    name_table_add(table, &n);
    ck_assert(name_table_alias(table, &n, &a));
    ck_assert_msg(memcmp(a.bytes, alias, ALIAS_BYTES) == 0, "%s: \"%.11s\", not \"%s\"", host,
                  (const char *)a.bytes, alias);
    ck_assert_msg(a.case_bits == case_bits && a.needs_long == needs_long, "%s: %x %d", host,
                  a.case_bits, a.needs_long);
}

START_TEST(test_simple_aliases)
{
    new_table(437);
    check_alias("README.TXT", "README  TXT", 0, false);
    check_alias("hello.c", "HELLO   C  ", CASE_NAME | CASE_EXTENSION, false);
    check_alias("Makefile", "MAKEFILE   ", 0, true);
    check_alias("lower.EXT", "LOWER   EXT", CASE_NAME, false);
    check_alias("UPPER.ext", "UPPER   EXT", CASE_EXTENSION, false);
    check_alias("12345678.123", "12345678123", 0, false);
    check_alias("a1.b2", "A1      B2 ", CASE_NAME | CASE_EXTENSION, false);
    check_alias("X", "X          ", 0, false);
    check_alias("$%'-_@~!.(){", "$%'-_@~!(){", 0, false);
    /* Letters with accents have case bits for nobody but Linux: a long name says it to all. */
    check_alias("\xc3\xa4.txt", "\x8e       TXT", 0, true);
    check_alias("\xc3\x96.TXT", "\x99       TXT", 0, false);
    check_alias("\xc3\xa0.txt", "\x85       TXT", CASE_EXTENSION, false); /* no capital in 437 */
}
END_TEST

START_TEST(test_long_aliases)
{
    new_table(437);
    check_alias("long file name.text", "LONGFI~1TEX", 0, true);
    check_alias("long file name 2.text", "LONGFI~2TEX", 0, true);
    check_alias("long file name 3.text", "LONGFI~3TEX", 0, true);
    check_alias("long file name 4.text", "LONGFI~4TEX", 0, true);
    check_alias("index.html", "INDEX~1 HTM", 0, true);
    check_alias(".bashrc", "BASHRC~1   ", 0, true);
    check_alias("archive.tar.gz", "ARCHIV~1GZ ", 0, true);
    check_alias("a b c d.x", "ABCD~1  X  ", 0, true);
    check_alias("c++.h", "C__~1   H  ", 0, true);
    check_alias("=[x],;.txt", "__X___~1TXT", 0, true);
    check_alias("\xe2\x82\xac uro.txt", "_URO~1  TXT", 0, true);  /* no Euro in 437 */
    check_alias("\xf0\x9f\x98\x80smile", "_SMILE~1   ", 0, true); /* a pair is one character */
    check_alias("ends.here.", "ENDS~1  HER", 0, true);            /* ends in U+F02E */
}
END_TEST

/* CRC-32 of the UTF-16LE bytes, by another program (Python's zlib). */
START_TEST(test_hashed_aliases)
{
    new_table(437);
    struct long_name n = long_of("ab.html");
    ck_assert_uint_eq(alias_hash(&n), 0x29c0);
    n = long_of("long file name 5.text");
    ck_assert_uint_eq(alias_hash(&n), 0x524);
    check_alias("ab.html",
                "AB"
                "29C0"
                "~1HTM",
                0, true);
    check_alias("long file name 1.text", "LONGFI~1TEX", 0, true);
    check_alias("long file name 2.text", "LONGFI~2TEX", 0, true);
    check_alias("long file name 3.text", "LONGFI~3TEX", 0, true);
    check_alias("long file name 4.text", "LONGFI~4TEX", 0, true);
    check_alias("long file name 5.text",
                "LO"
                "0524"
                "~1TEX",
                0, true);
    /* All nine of them taken: one character fewer. */
    for (char c = '2'; c <= '9'; c++) {
        char taken[12] = "LO"
                         "D7D4"
                         "~?TEX";
        taken[7] = c;
        name_table_add_alias(table, (const u8 *)taken);
    }
    name_table_add_alias(table, (const u8 *)"LO"
                                            "D7D4"
                                            "~1TEX");
    char expected[12];
    snprintf(expected, sizeof(expected), "LO%.3s~10TEX", "D7D4");
    check_alias("long file name 6.text", expected, 0, true);
}
END_TEST

START_TEST(test_devices)
{
    new_table(437);
    check_alias("con", "CON~1      ", 0, true);
    check_alias("aux.c", "AUX~1   C  ", 0, true);
    check_alias("NUL.TXT", "NUL~1   TXT", 0, true);
    check_alias("Clock$", "CLOCK$~1   ", 0, true);
    check_alias("com1", "COM1~1     ", 0, true);
    check_alias("lpt9.dat", "LPT9~1  DAT", 0, true);
    check_alias("prn", "PRN~1      ", 0, true);
    check_alias("com0", "COM0       ", CASE_NAME, false);
    check_alias("console", "CONSOLE    ", CASE_NAME, false);
    ck_assert(alias_is_device((const u8 *)"CON     ", 8));
}
END_TEST

START_TEST(test_pages_of_aliases)
{
    new_table(852);
    check_alias("\xc5\xba.txt", "\x8d       TXT", 0, true);
    new_table(866);
    check_alias("\xd1\x84\xd0\xb0\xd0\xb9\xd0\xbb.txt", "\x94\x80\x89\x8b    TXT", 0, true);
    check_alias("\xd0\xa5.TXT", "\x95       TXT", 0, false);
    new_table(437);
    check_alias("\xd1\x84\xd0\xb0\xd0\xb9\xd0\xbb.txt", "____~1  TXT", 0, true);
}
END_TEST

START_TEST(test_anothers_long_name)
{
    new_table(437);
    struct long_name other = long_of("longfi~1.txt");
    name_table_add(table, &other);
    check_alias("longfilename.txt", "LONGFI~2TXT", 0, true);
    check_alias("longfi~1.txt", "LONGFI~1TXT", CASE_NAME | CASE_EXTENSION, false);
    ck_assert(name_table_has(table, &other));
    ck_assert_int_eq(name_table_add(table, &other), NAME_TAKEN);
    other = long_of("LONGFI~1.TXT");
    ck_assert_int_eq(name_table_add(table, &other), NAME_TAKEN);
    ck_assert(name_table_has_alias(table, (const u8 *)"LONGFI~1TXT"));
    ck_assert(!name_table_has_alias(table, (const u8 *)"LONGFI~9TXT"));
}
END_TEST

/* Ten thousand names alike: counting up would look at millions. */
START_TEST(test_ten_thousand)
{
    new_table(437);
    for (unsigned i = 0; i < 10000; i++) {
        char name[64];
        struct alias a;
        snprintf(name, sizeof(name), "long file name number %05u.txt", i);
        struct long_name n = long_of(name);
        ck_assert_int_eq(name_table_add(table, &n), NAME_ADDED);
        ck_assert(name_table_alias(table, &n, &a));
    }
    ck_assert_uint_lt(name_table_probes(table), 10000 * 8);
}
END_TEST

START_TEST(test_checksum)
{
    /* By another program. */
    ck_assert_uint_eq(alias_checksum((const u8 *)"           "), 0xf7);
    ck_assert_uint_eq(alias_checksum((const u8 *)"LONGFI~1TXT"), 0xd4);
}
END_TEST

/* ---- aliases that are kept ---- */

START_TEST(test_kept_aliases)
{
    const struct codepage *cp = codepage_find(437);
    char file[200], text[2000];
    const char *odd = "dir/a\nb\\c \"quoted\".txt";
    snprintf(file, sizeof(file), "/tmp/ferrite-aliases-%d/deep/x", (int)getpid());
    struct aliases *a = aliases_new();
    ck_assert(aliases_add(a, odd, (const u8 *)"AB_C~1  TXT"));
    ck_assert(aliases_add(a, "z", (const u8 *)"Z~1        "));
    ck_assert_int_eq(aliases_save(a, file, "/home/me", cp), 0);
    aliases_free(a);
    a = aliases_new();
    ck_assert_int_eq(aliases_load(a, file, "/home/me", cp), 0);
    ck_assert_uint_eq(aliases_count(a), 2);
    ck_assert(aliases_find(a, odd) && !memcmp(aliases_find(a, odd), "AB_C~1  TXT", 11));
    ck_assert_ptr_null(aliases_find(a, "dir"));
    aliases_free(a);
    /* Of another folder or code page it is none; nor is what no alias can be. */
    a = aliases_new();
    ck_assert_int_eq(aliases_load(a, file, "/home/you", cp), 0);
    ck_assert_int_eq(aliases_load(a, file, "/home/me", codepage_find(850)), 0);
    ck_assert_int_eq(aliases_load(a, "/nonexistent/x", "/home/me", cp), 0);
    ck_assert_uint_eq(aliases_count(a), 0);
    static const char *const wrong[] = {"202020202020202020202020 x",
                                        "4142432020202020545854 ",
                                        "41424320202020205458 short",
                                        "6162632020202020545854 lower",
                                        "4120432020202020545854 gap",
                                        "412E432020202020545854 dot",
                                        "4142432020202020542054 gap",
                                        "434F4E2020202020545854 device",
                                        "41424320202020205458540x",
                                        "4142432020202020545854 bad\\0",
                                        "4142432020202020545854 nul\\00",
                                        "",
                                        "x"};
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        snprintf(text, sizeof(text), "ferrite aliases 1 cp=437 /home/me\n%s\n", wrong[i]);
        ck_assert(aliases_parse(a, text, strlen(text), "/home/me", cp));
        ck_assert_msg(aliases_count(a) == 0, "%s", wrong[i]);
    }
    /* For no names there is no file. */
    ck_assert_int_eq(aliases_save(a, file, "/home/me", cp), 0);
    ck_assert_int_eq(access(file, F_OK), -1);
    ck_assert_int_eq(aliases_save(a, file, "/home/me", cp), 0);
    aliases_free(a);
    snprintf(text, sizeof(text), "rm -r /tmp/ferrite-aliases-%d", (int)getpid());
    ck_assert_int_eq(system(text), 0);
    struct long_name n;
    ck_assert(name_from_host("readme.txt", 10, &n));
    ck_assert(alias_is_plain(cp, &n, (const u8 *)"README  TXT"));
    ck_assert(!alias_is_plain(cp, &n, (const u8 *)"README~1TXT"));
    ck_assert(name_from_host("con.txt", 7, &n));
    ck_assert(!alias_is_plain(cp, &n, (const u8 *)"CON     TXT"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("folder names");
    TCase *t = tcase_create("names");
    tcase_add_test(t, test_pages_are_iconvs);
    tcase_add_test(t, test_upper);
    tcase_add_test(t, test_locale);
    tcase_add_test(t, test_there_and_back);
    tcase_add_test(t, test_names_the_host_cannot_have);
    tcase_add_test(t, test_number);
    tcase_add_test(t, test_same);
    tcase_add_test(t, test_simple_aliases);
    tcase_add_test(t, test_long_aliases);
    tcase_add_test(t, test_hashed_aliases);
    tcase_add_test(t, test_devices);
    tcase_add_test(t, test_pages_of_aliases);
    tcase_add_test(t, test_anothers_long_name);
    tcase_add_test(t, test_ten_thousand);
    tcase_add_test(t, test_checksum);
    tcase_add_test(t, test_kept_aliases);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    name_table_free(table);
    return failed != 0;
}
