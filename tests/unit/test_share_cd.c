/*
 * test_share_cd.c - the CD's side of the redirector (hw/guest/share_cd.c) on discs that are made up
 * block by block: what a call may cost, and directories whose records fill their blocks.
 * tests/guest/dos_cd.sh has the rest.
 */
#include "hw/guest/share_internal.h"
#include "hw/storage/folder/iso9660.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { SFT = 51, SDB = 21, ENTRY = 32, ROOT = 18, FIND_FIRST = 0x1b, FIND_NEXT, CHDIR = 0x05 };
/* A directory that is as long as one may be, and what a file's pieces and the volume take. */
enum { MOST_READS = 8191 + 2 * 1024 + 64 };

struct disc {
    struct shares *s;
    struct clock clock;
    struct log log;
    void (*directory)(u32 n, u8 *to); /* its n-th block */
    u32 blocks, reads;
};

static u8 *put(u8 *at, u32 start, u32 size, u8 flags, const char *name, unsigned length)
{
    unsigned n = *name ? (unsigned)strlen(name) : 1;
    at[0] = (u8)(length ? length : 33 + n + !(n & 1));
    put_le32(at + 2, start);
    put_le32(at + 10, size);
    at[25] = flags;
    at[32] = (u8)n;
    memcpy(at + 33, name, n);
    return at + at[0];
}

static bool read_block(void *opaque, u32 block, u8 *to)
{
    struct disc *d = opaque;
    d->reads++;
    memset(to, 0, ISO_BLOCK);
    if (block == 16) {
        memcpy(to, "\1CD001\1", 7);
        put_le16(to + 128, ISO_BLOCK);
        put(to + 156, ROOT, d->blocks * ISO_BLOCK, ISO_DIRECTORY, "", 0);
    } else if (block >= ROOT) {
        d->directory(block - ROOT, to);
    }
    return true;
}

static bool drive(void *opaque, struct iso_disc *out)
{
    struct disc *d = opaque;
    *out = (struct iso_disc){read_block, d, ROOT + d->blocks};
    return true;
}

static void begin(struct disc *d, u32 blocks, void (*directory)(u32 n, u8 *to))
{
    static const struct guest_config config;
    struct err e;
    *d = (struct disc){.directory = directory, .blocks = blocks};
    clock_init(&d->clock);
    d->s = shares_new(&config, &d->clock, &d->log, &e);
    ck_assert_ptr_nonnull(d->s);
    shares_cd(d->s, &(struct guest_cd){.drive = drive, .opaque = d});
}

static u8 answer[PACKET_ROOM];

/* Its error. */
static u8 ask(struct disc *d, u8 al, const void *section, size_t size)
{
    static u8 payload[PACKET_SIZE];
    memset(payload, 0, sizeof(payload));
    memcpy(payload + 4, section, size);
    struct answer to = {.payload = answer};
    d->reads = 0;
    return shares_answer(d->s,
                         &(struct request){.op = OP_CD,
                                           .al = al,
                                           .drive = 4,
                                           .len = (u16)(4 + 128),
                                           .a = (u32)0x16 << 16,
                                           .payload = payload},
                         &to);
}

/* 8191 blocks of files, the last record is a folder A that is this directory again. */
static void circle(u32 n, u8 *to)
{
    u8 *at = to;
    if (n == 0)
        at = put(at, ROOT, ISO_DIRECTORY_BLOCKS * ISO_BLOCK, ISO_DIRECTORY, "", 0);
    while (at + 40 < to + ISO_BLOCK)
        at = put(at, 20, 5, 0, "X", 0);
    if (n == ISO_DIRECTORY_BLOCKS - 1)
        memcpy(to + 33, "A", 1), to[25] = ISO_DIRECTORY, put_le32(to + 2, ROOT);
}

START_TEST(a_call_has_an_end)
{
    struct disc d;
    char path[128] = "E:";
    begin(&d, ISO_DIRECTORY_BLOCKS, circle);
    /* One that is as long as can be is read to its end. */
    ck_assert_uint_eq(ask(&d, CHDIR, "E:\\A", 5), 0);
    ck_assert_uint_ge(d.reads, ISO_DIRECTORY_BLOCKS);
    for (unsigned i = 0; i < 60; i++)
        strcat(path, "\\A");
    ck_assert_uint_ne(ask(&d, CHDIR, path, strlen(path)), 0);
    ck_assert_uint_le(d.reads, MOST_READS);
    strcat(path, "\\*.*");
    ck_assert_uint_ne(ask(&d, FIND_FIRST, path, strlen(path)), 0);
    ck_assert_uint_le(d.reads, MOST_READS);
    ck_assert_uint_ne(ask(&d, FIND_FIRST, "E:\\NONE", 7), 0);
    ck_assert_uint_le(d.reads, MOST_READS);
    shares_free(d.s);
}
END_TEST

/* A file whose second piece is the first record of the second block; the first block is full. */
static void full_blocks(u32 n, u8 *to)
{
    u8 *at = to;
    if (n == 0) {
        at = put(at, ROOT, 2 * ISO_BLOCK, ISO_DIRECTORY, "", 34);
        at = put(at, ROOT, 2 * ISO_BLOCK, ISO_DIRECTORY, "\1", 34);
        for (unsigned i = 0; i < 8; i++)
            at = put(at, 20, 1, 0, "B", 220);
        put(at, 20, ISO_BLOCK, ISO_MORE, "LONG", 220);
    } else {
        at = put(at, 21, 7, 0, "LONG", 0);
        put(at, 20, 1, 0, "END", 0);
    }
}

START_TEST(pieces_across_blocks)
{
    struct disc d;
    unsigned longs = 0;
    begin(&d, 2, full_blocks);
    u8 error = ask(&d, FIND_FIRST, "E:\\????????.???", 16);
    for (; !error; error = ask(&d, FIND_NEXT, answer, SDB))
        longs += memcmp(answer + SDB, "LONG       ", 11) == 0;
    ck_assert_uint_eq(longs, 1);
    ck_assert(memcmp(answer + SDB, "END        ", 11) == 0); /* the last that was found */
    shares_free(d.s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("share_cd");
    TCase *t = tcase_create("share_cd");
    tcase_add_test(t, a_call_has_an_end);
    tcase_add_test(t, pieces_across_blocks);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
