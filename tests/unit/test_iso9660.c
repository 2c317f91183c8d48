/* The file system of a CD (hw/storage/folder/iso9660.c): names, files in pieces, and what is
 * damaged. */
#include "hw/storage/folder/iso9660.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 40, ROOT = 18, SUB = 19, DATA = 20 };

static u8 disc[BLOCKS][ISO_BLOCK];
static unsigned reads;

static bool read_disc(void *opaque, u32 block, u8 *to)
{
    (void)opaque;
    reads++;
    ck_assert_uint_lt(block, BLOCKS);
    memcpy(to, disc[block], ISO_BLOCK);
    return true;
}

static const struct iso_disc d = {read_disc, NULL, BLOCKS};

static unsigned put(u8 *at, u32 start, u32 size, u8 flags, const char *name)
{
    unsigned n = *name ? (unsigned)strlen(name) : 1, length = 33 + n + !(n & 1);
    at[0] = (u8)length;
    put_le32(at + 2, start);
    put_le32(at + 10, size);
    at[25] = flags;
    at[32] = (u8)n;
    memcpy(at + 33, name, n);
    return length;
}

static u8 *where; /* the next record of the root */

static void add(u32 start, u32 size, u8 flags, const char *name)
{
    where += put(where, start, size, flags, name);
}

static void setup(void)
{
    memset(disc, 0, sizeof(disc));
    memcpy(disc[16], "\1CD001\1", 7);
    memcpy(disc[17],
           "\xff"
           "CD001\1",
           7);
    memcpy(disc[16] + 40, "LABEL                           ", 32);
    put_le16(disc[16] + 128, ISO_BLOCK);
    put(disc[16] + 156, ROOT, ISO_BLOCK, ISO_DIRECTORY, "");
    where = disc[ROOT];
    add(ROOT, ISO_BLOCK, ISO_DIRECTORY, "");
    add(ROOT, ISO_BLOCK, ISO_DIRECTORY, "\1");
    for (unsigned i = DATA; i < BLOCKS; i++)
        memset(disc[i], (int)('A' + i - DATA), ISO_BLOCK);
    reads = 0;
}

/* The root's names as DOS sees them, with blanks between. */
static const char *names(void)
{
    static char list[1000];
    const struct codepage *cp = codepage_find(437);
    struct iso_volume v;
    struct iso_walk w;
    struct iso_entry e;
    u8 alias[ALIAS_BYTES];
    size_t n = 0;
    ck_assert(iso_open(&d, &v));
    ck_assert(iso_directory(&d, v.root.start, &w));
    while (iso_next(&d, &w, &e)) {
        if (iso_alias(&e, cp, alias) && alias[0] != '.')
            n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%.11s", n ? "|" : "",
                                  (char *)alias);
    }
    return n ? list : "";
}

static bool find(const char *alias, struct iso_entry *e)
{
    struct iso_walk w;
    u8 got[ALIAS_BYTES];
    ck_assert(iso_directory(&d, ROOT, &w));
    while (iso_next(&d, &w, e)) {
        if (iso_alias(e, codepage_find(437), got) && memcmp(got, alias, ALIAS_BYTES) == 0)
            return true;
    }
    return false;
}

START_TEST(names_of_dos)
{
    setup();
    add(DATA, 1, 0, "READ.ME;1");
    add(DATA, 1, 0, "A_RATHER_LONG_NAME.TEXT;12");
    add(DATA, 1, 0, "lower.c");
    add(DATA, 1, 0, "TWO.DOTS.TXT;1");
    add(DATA, 1, 0, "NODOT.;1");
    add(DATA, 1, 0, "A B+C;1");
    add(DATA, 1, ISO_ASSOCIATED, "FORK;1");
    add(SUB, ISO_BLOCK, ISO_DIRECTORY, "FOLDER");
    ck_assert_str_eq(names(), "READ    ME |A_RATHERTEX|LOWER   C  |TWO_DOTSTXT|NODOT      |"
                              "A_B_C      |FOLDER     ");
}
END_TEST

START_TEST(files_in_pieces)
{
    struct iso_entry e;
    u8 got[4 * ISO_BLOCK];
    setup();
    add(DATA + 4, ISO_BLOCK, ISO_MORE, "BIG;1");
    add(DATA, ISO_BLOCK, ISO_MORE, "BIG;1");
    add(DATA + 2, 100, 0, "BIG;1");
    ck_assert(find("BIG        ", &e));
    ck_assert_uint_eq(iso_file_size(&d, &e), 2 * ISO_BLOCK + 100);
    ck_assert_int_eq(iso_read(&d, &e, 0, got, sizeof(got)), 2 * ISO_BLOCK + 100);
    ck_assert(got[0] == 'E' && got[ISO_BLOCK] == 'A' && got[2 * ISO_BLOCK + 99] == 'C');
    ck_assert_int_eq(iso_read(&d, &e, ISO_BLOCK - 1, got, 2), 2);
    ck_assert(got[0] == 'E' && got[1] == 'A');
    ck_assert_int_eq(iso_read(&d, &e, 2 * ISO_BLOCK + 100, got, 10), 0);
    ck_assert_int_eq(iso_read(&d, &e, ~0ull, got, 10), 0);
}
END_TEST

START_TEST(damage)
{
    struct iso_entry e;
    struct iso_volume v;
    struct iso_walk w;
    u8 got[ISO_BLOCK];
    setup();
    add(BLOCKS - 1, 0xffffffff, 0, "LONG;1"); /* past the disc: what is there */
    add(BLOCKS + 5, 100, 0, "BEHIND;1");
    add(0xfffffff0, 100, 0, "FAR;1");
    ck_assert(find("LONG       ", &e));
    ck_assert_uint_eq(iso_file_size(&d, &e), ISO_BLOCK);
    ck_assert(find("BEHIND     ", &e) && iso_file_size(&d, &e) == 0);
    ck_assert_int_eq(iso_read(&d, &e, 0, got, 10), 0);
    ck_assert(find("FAR        ", &e) && iso_file_size(&d, &e) == 0);
    /* A record that does not end in its block, and one whose name does not end in it. */
    memset(disc[ROOT] + ISO_BLOCK - 20, 200, 20);
    *where = 40;
    where[32] = 200;
    ck_assert_str_eq(names(), "LONG       |BEHIND     |FAR        ");
    /* A directory of 4 GB ends with the disc, and a walk ends. */
    put_le32(disc[ROOT] + 10, 0xffffffff);
    reads = 0;
    names();
    ck_assert_uint_lt(reads, 2 * BLOCKS);
    /* A file whose pieces never end. */
    setup();
    while (where < disc[ROOT] + ISO_BLOCK - 40)
        add(DATA, 0, ISO_MORE, "NEVER;1");
    ck_assert(find("NEVER      ", &e));
    reads = 0;
    ck_assert_int_eq(iso_read(&d, &e, 0, got, 10), 0);
    ck_assert_uint_le(reads, 3 * ISO_EXTENTS);
    /* Where no directory is. */
    ck_assert(!iso_directory(&d, BLOCKS, &w));
    ck_assert(!iso_directory(&d, DATA, &w));
    setup();
    put_le16(disc[16] + 128, 512);
    ck_assert(!iso_open(&d, &v));
    setup();
    disc[16][0] = 0; /* a boot record; then the end */
    ck_assert(!iso_open(&d, &v));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("iso9660");
    TCase *c = tcase_create("iso9660");
    tcase_add_test(c, names_of_dos);
    tcase_add_test(c, files_in_pieces);
    tcase_add_test(c, damage);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
