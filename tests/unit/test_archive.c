/*
 * test_archive.c - SHA-256 by its standard's examples, DEFLATE by zlib's streams and by hand, zips
 * that are good, damaged, and made to do harm.
 */
#define _GNU_SOURCE /* memmem */
#include "frontend/archive/inflate.h"
#include "frontend/archive/sha256.h"
#include "frontend/archive/zip.h"
#include "hw/base/crc32.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if __has_include(<zlib.h>)
#include <zlib.h>
#endif

static const char *sha(const char *text)
{
    static char out[SHA256_TEXT];
    sha256_text(text, strlen(text), out);
    return out;
}

START_TEST(sha256)
{
    /* FIPS 180-4's examples. */
    ck_assert_str_eq(sha("abc"),
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_str_eq(sha("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    ck_assert_str_eq(sha(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    /* In pieces, over every border of a block. */
    char text[200], whole[SHA256_TEXT];
    for (unsigned i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 7);
    for (unsigned size = 0; size <= sizeof(text); size++) {
        struct sha256 s;
        u8 digest[SHA256_BYTES];
        sha256_text(text, size, whole);
        sha256_begin(&s);
        for (unsigned at = 0, n; at < size; at += n) {
            n = 1 + (at * 5) % 70;
            n = n < size - at ? n : size - at;
            sha256_add(&s, text + at, n);
        }
        sha256_end(&s, digest);
        for (unsigned i = 0; i < SHA256_BYTES; i++) {
            char two[3];
            snprintf(two, sizeof(two), "%02x", digest[i]);
            ck_assert_mem_eq(two, whole + 2 * i, 2);
        }
    }
}
END_TEST

START_TEST(deflate_by_hand)
{
    u8 out[300];
    if (!inflate_there())
        return;
    /* A stored block. */
    static const u8 stored[] = {1, 3, 0, 0xfc, 0xff, 'a', 'b', 'c'};
    ck_assert(inflate_bytes(stored, sizeof(stored), out, 3));
    ck_assert_mem_eq(out, "abc", 3);
    ck_assert(!inflate_bytes(stored, sizeof(stored), out, 2));
    ck_assert(!inflate_bytes(stored, sizeof(stored), out, 4));
    ck_assert(!inflate_bytes(stored, sizeof(stored) - 1, out, 3));
    static const u8 bad_length[] = {1, 3, 0, 0xfd, 0xff, 'a', 'b', 'c'};
    ck_assert(!inflate_bytes(bad_length, sizeof(bad_length), out, 3));
    /* Fixed codes: 'a' (91h in 8 bits), then length 258 (C5h in 8), distance 1 (0), end (0). */
    static const u8 run[] = {0x4b, 0x1c, 0x05, 0x00};
    ck_assert(inflate_bytes(run, sizeof(run), out, 259));
    for (unsigned i = 0; i < 259; i++)
        ck_assert_int_eq(out[i], 'a');
    /* The same without the 'a': a copy of what is in front of everything. */
    static const u8 before[] = {0xa3, 0x00, 0x00};
    ck_assert(!inflate_bytes(before, sizeof(before), out, 258));
    /* Type 3; nothing at all. */
    ck_assert(!inflate_bytes((const u8 *)"\7", 1, out, 0));
    ck_assert(!inflate_bytes((const u8 *)"", 0, out, 0));
}
END_TEST

#ifdef ZLIB_VERSION
/* Text, noise and runs in turn, the same each time. */
static void fill(u8 *p, size_t n)
{
    u32 x = 1;
    for (size_t i = 0; i < n; i++) {
        x = x * 1103515245 + 12345;
        u32 kind = (u32)(i / 3000) % 3;
        char letter = "DOS program text "[(i + (x >> 28)) % 17];
        p[i] = kind == 0 ? (u8)letter : kind == 1 ? (u8)(x >> 16) : 7;
    }
}

START_TEST(deflate_by_zlib)
{
    enum { SIZE = 200000 };
    u8 *bytes = malloc(SIZE), *packed = malloc(2 * SIZE), *out = malloc(SIZE + 1);
    fill(bytes, SIZE);
    for (int level = 0; level <= 9; level += 3) {
        for (int strategy = 0; strategy <= Z_FIXED; strategy++) {
            z_stream s = {0};
            ck_assert_int_eq(deflateInit2(&s, level, Z_DEFLATED, -15, 9, strategy), Z_OK);
            s.next_in = bytes;
            s.avail_in = SIZE;
            s.next_out = packed;
            s.avail_out = 2 * SIZE;
            ck_assert_int_eq(deflate(&s, Z_FINISH), Z_STREAM_END);
            size_t n = s.total_out;
            deflateEnd(&s);
            memset(out, 0, SIZE);
            ck_assert(inflate_bytes(packed, n, out, SIZE));
            ck_assert_mem_eq(out, bytes, SIZE);
            ck_assert(!inflate_bytes(packed, n, out, SIZE - 1));
            ck_assert(!inflate_bytes(packed, n, out, SIZE + 1));
            ck_assert(!inflate_bytes(packed, n - 1, out, SIZE));
        }
    }
    ck_assert_uint_eq(crc32_of(0, bytes, SIZE), crc32(0, bytes, SIZE));
    ck_assert_uint_eq(crc32_of(crc32_of(0, bytes, 999), bytes + 999, SIZE - 999),
                      crc32(0, bytes, SIZE));
    free(bytes);
    free(packed);
    free(out);
}
END_TEST
#endif

/* ---- zips, written byte by byte ---- */

struct file {
    const char *name;
    size_t name_bytes; /* 0: by its zero */
    const char *bytes;
    u16 flags, method;
    u8 system;
    u32 attributes;
};

static size_t make_zip(u8 *out, const struct file *files, unsigned count)
{
    size_t at = 0, header[8], start;
    for (unsigned i = 0; i < count; i++) {
        const struct file *f = &files[i];
        size_t n = f->name_bytes ? f->name_bytes : strlen(f->name), size = strlen(f->bytes);
        u8 *p = out + at;
        header[i] = at;
        memset(p, 0, 30);
        memcpy(p, "PK\3\4", 4);
        put_le16(p + 26, (u16)n);
        memcpy(p + 30, f->name, n);
        memcpy(p + 30 + n, f->bytes, size);
        at += 30 + n + size;
    }
    start = at;
    for (unsigned i = 0; i < count; i++) {
        const struct file *f = &files[i];
        size_t n = f->name_bytes ? f->name_bytes : strlen(f->name), size = strlen(f->bytes);
        u8 *p = out + at;
        memset(p, 0, 46);
        memcpy(p, "PK\1\2", 4);
        p[5] = f->system;
        put_le16(p + 8, f->flags);
        put_le16(p + 10, f->method);
        put_le16(p + 12, 0x6000);
        put_le16(p + 14, 0x5c21);
        put_le32(p + 16, crc32_of(0, (const u8 *)f->bytes, size));
        put_le32(p + 20, (u32)size);
        put_le32(p + 24, (u32)size);
        put_le16(p + 28, (u16)n);
        put_le32(p + 38, f->attributes);
        put_le32(p + 42, (u32)header[i]);
        memcpy(p + 46, f->name, n);
        at += 46 + n;
    }
    u8 *p = out + at;
    memset(p, 0, 22);
    memcpy(p, "PK\5\6", 4);
    put_le16(p + 8, (u16)count);
    put_le16(p + 10, (u16)count);
    put_le32(p + 12, (u32)(at - start));
    put_le32(p + 16, (u32)start);
    return at + 22;
}

static const struct file good[] = {
    {.name = "GAME.EXE", .bytes = "MZ..."},
    {.name = "DATA/", .bytes = ""},
    {.name = "DATA\\LEVEL1.DAT", .bytes = "one"},
    {.name = "\x84rger.txt", .bytes = ""}, /* a-umlaut in code page 437 */
    {.name = "\xc3\xa4.txt", .bytes = "", .flags = 0x800},
    {.name = "ro", .bytes = "x", .system = 3, .attributes = 0x81240001u},
};

START_TEST(zip_good)
{
    static u8 bytes[4096];
    struct zip z;
    struct err e;
    size_t size = make_zip(bytes, good, ARRAY_SIZE(good));
    ck_assert_msg(zip_open(&z, "a.zip", bytes, size, &e), "%s", e.text);
    ck_assert_uint_eq(z.count, ARRAY_SIZE(good));
    ck_assert_str_eq(z.entries[0].name, "GAME.EXE");
    ck_assert(!z.entries[0].folder && z.entries[1].folder && !z.entries[2].folder);
    ck_assert_str_eq(z.entries[1].name, "DATA");
    ck_assert_str_eq(z.entries[2].name, "DATA/LEVEL1.DAT");
    ck_assert_str_eq(z.entries[3].name, "\xc3\xa4rger.txt");
    ck_assert_str_eq(z.entries[4].name, "\xc3\xa4.txt");
    ck_assert(z.entries[5].read_only && !z.entries[0].read_only);
    ck_assert(z.entries[0].time == 0x6000 && z.entries[0].date == 0x5c21);
    ck_assert_uint_eq(z.total, 9);
    ck_assert_uint_eq(zip_find(&z, "data/level1.dat"), 2);
    ck_assert_uint_eq(zip_find(&z, "nothing"), z.count);
    u8 *file = zip_read(&z, 2, &e);
    ck_assert_ptr_nonnull(file);
    ck_assert_mem_eq(file, "one", 3);
    free(file);
    zip_close(&z);
    /* A program in front, as in archives that extract themselves; a comment behind. */
    static u8 more[6000];
    memcpy(more + 1000, bytes, size);
    ck_assert_msg(zip_open(&z, "a.exe", more, size + 1000, &e), "%s", e.text);
    file = zip_read(&z, 0, &e);
    ck_assert_ptr_nonnull(file);
    ck_assert_mem_eq(file, "MZ...", 5);
    free(file);
    zip_close(&z);
    put_le16(more + 1000 + size - 2, 3);
    ck_assert(zip_open(&z, "a.zip", more + 1000, size + 3, &e));
    zip_close(&z);
    ck_assert(!zip_open(&z, "a.zip", more + 1000, size + 2, &e));
    /* Cut off anywhere, it is refused. */
    for (size_t n = 0; n < size; n++)
        ck_assert(!zip_open(&z, "a.zip", bytes, n, &e));
}
END_TEST

START_TEST(zip_names)
{
    static const struct {
        struct file file;
        const char *says;
    } bad[] = {
        {{.name = "../x", .bytes = ""}, "leads out"},
        {{.name = "a/../../x", .bytes = ""}, "leads out"},
        {{.name = "a\\..\\x", .bytes = ""}, "leads out"},
        {{.name = "..", .bytes = ""}, "leads out"},
        {{.name = "a/./b", .bytes = ""}, "leads out"},
        {{.name = "/etc/passwd", .bytes = ""}, "absolute"},
        {{.name = "\\x", .bytes = ""}, "absolute"},
        {{.name = "a//b", .bytes = ""}, "empty"},
        {{.name = "/", .bytes = ""}, "empty"},
        {{.name = "C:\\x", .bytes = ""}, "drive"},
        {{.name = "C:x", .bytes = ""}, "drive"},
        {{.name = "a/con", .bytes = ""}, "devices"},
        {{.name = "Nul.txt", .bytes = ""}, "devices"},
        {{.name = "com1 .x/y", .bytes = ""}, "devices"},
        {{.name = "a\nb", .bytes = ""}, "control"},
        {{.name = "a\0b", .name_bytes = 3, .bytes = ""}, "zero in it"},
        {{.name = "l", .bytes = "/etc", .system = 3, .attributes = 0xa1ff0000u}, "link"},
        {{.name = "p", .bytes = "", .system = 3, .attributes = 0x11ff0000u}, "link or a device"},
    };
    static u8 bytes[4096];
    struct zip z;
    struct err e;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct file files[] = {good[0], bad[i].file};
        size_t size = make_zip(bytes, files, 2);
        ck_assert_msg(!zip_open(&z, "a.zip", bytes, size, &e), "%s", bad[i].file.name);
        ck_assert_msg(strstr(e.text, bad[i].says), "%s: %s", bad[i].file.name, e.text);
    }
    char name[300];
    memset(name, 'n', sizeof(name));
    name[256] = 0;
    size_t size = make_zip(bytes, &(struct file){.name = name, .bytes = ""}, 1);
    ck_assert(!zip_open(&z, "a.zip", bytes, size, &e));
    name[255] = 0;
    size = make_zip(bytes, &(struct file){.name = name, .bytes = ""}, 1);
    ck_assert(zip_open(&z, "a.zip", bytes, size, &e));
    zip_close(&z);
    const struct file twice[] = {good[0], good[0]};
    size = make_zip(bytes, twice, 2);
    ck_assert(!zip_open(&z, "a.zip", bytes, size, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "twice"));
}
END_TEST

START_TEST(zip_contents)
{
    static u8 bytes[4096];
    struct zip z;
    struct err e;
    const struct file odd[] = {
        {.name = "secret", .bytes = "x", .flags = 1},
        {.name = "old", .bytes = "x", .method = 6},
        {.name = "lies", .bytes = "xyz", .method = 8},
        {.name = "bad", .bytes = "abc"},
    };
    size_t size = make_zip(bytes, odd, ARRAY_SIZE(odd));
    ck_assert(zip_open(&z, "a.zip", bytes, size, &e));
    static const char *const says[] = {"encrypted", "imploded", "does not unpack", "checksum"};
    u8 *place = memmem(bytes, size, "badabc", 6);
    place[4] ^= 1;
    for (size_t i = 0; i < z.count; i++) {
        ck_assert_ptr_null(zip_read(&z, i, &e));
        ck_assert_msg(strstr(e.text, says[i]), "%s", e.text);
    }
    z.entries[3].size = 0x7fffffff; /* more than three bytes can be */
    ck_assert_ptr_null(zip_read(&z, 3, &e));
    z.entries[2].size = 0x7fffffff;
    ck_assert_ptr_null(zip_read(&z, 2, &e));
    z.entries[3].header = 0xfffffff0;
    ck_assert_ptr_null(zip_read(&z, 3, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "within the archive"));
    zip_close(&z);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("archive");
    TCase *t = tcase_create("all");
    tcase_add_test(t, sha256);
    tcase_add_test(t, deflate_by_hand);
#ifdef ZLIB_VERSION
    tcase_add_test(t, deflate_by_zlib);
#endif
    tcase_add_test(t, zip_good);
    tcase_add_test(t, zip_names);
    tcase_add_test(t, zip_contents);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
