/*
 * fuzz_zip.c - archives and DEFLATE streams of any content. Of what is opened, every name must stay
 * below the folder that it is put into, and what is read must have its checksum.
 */
#include "frontend/archive/inflate.h"
#include "frontend/archive/zip.h"
#include "hw/base/crc32.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { SIZE = 4096 };

/* An archive that is right but for what the input changes. */
static size_t make_zip(u8 *z, struct choices *c)
{
    size_t at = 0, header[4], names[4], start;
    unsigned count = 1 + choose8(c) % 4;
    char name[4][24] = {""};
    u32 packed[4];
    static const char *const pieces[] = {"A", "..",    "/",  "\\",   "CON",
                                         ".", "b.txt", "C:", "\xc3", "x"};
    for (unsigned i = 0; i < count; i++) {
        for (unsigned n = choose8(c) % 5; n; n--)
            strncat(name[i], pieces[choose8(c) % 10], sizeof(name[i]) - strlen(name[i]) - 1);
        names[i] = strlen(name[i]);
        packed[i] = choose8(c) % 64;
        header[i] = at;
        memset(z + at, 0, 30);
        memcpy(z + at, "PK\3\4", 4);
        put_le16(z + at + 26, (u16)names[i]);
        at += 30 + names[i];
        for (u32 n = 0; n < packed[i]; n++)
            z[at++] = choose8(c);
    }
    start = at;
    for (unsigned i = 0; i < count; i++) {
        u8 *p = z + at;
        memset(p, 0, 46);
        memcpy(p, "PK\1\2", 4);
        p[5] = choose8(c) & 3;
        put_le16(p + 8, choose8(c) & 1 ? 0x800 : 0);
        put_le16(p + 10, choose8(c) & 1 ? 8 : 0);
        put_le32(p + 16, choose32(c));
        put_le32(p + 20, packed[i]);
        put_le32(p + 24, choose8(c) & 1 ? packed[i] : choose16(c));
        put_le16(p + 28, (u16)names[i]);
        put_le32(p + 38, choose32(c) & 0x81ff0021);
        put_le32(p + 42, (u32)header[i]);
        memcpy(p + 46, name[i], names[i]);
        at += 46 + names[i];
    }
    memset(z + at, 0, 22);
    memcpy(z + at, "PK\5\6", 4);
    put_le16(z + at + 8, (u16)count);
    put_le16(z + at + 10, (u16)count);
    put_le32(z + at + 12, (u32)(at - start));
    put_le32(z + at + 16, (u32)start);
    at += 22;
    for (unsigned n = choose8(c) % 4; n; n--)
        z[choose16(c) % at] = choose8(c);
    return at - (choose8(c) == 1 ? choose8(c) % at : 0);
}

/* Does the name stay below? By another way than zip.c's. */
static void check_name(const char *name)
{
    char padded[ZIP_PATH_MAX + 8];
    snprintf(padded, sizeof(padded), "/%s/", name);
    if (*name == 0 || *name == '/' || strstr(padded, "/../") || strstr(padded, "/./") ||
        strstr(padded, "//") || strchr(name, '\\') || strlen(name) >= ZIP_PATH_MAX)
        abort();
}

static void use(const u8 *bytes, size_t size)
{
    struct zip z;
    struct err e = {""};
    if (!zip_open(&z, "fuzz.zip", bytes, size, &e)) {
        if (!e.text[0])
            abort();
        return;
    }
    for (size_t i = 0; i < z.count && i < 100; i++) {
        check_name(z.entries[i].name);
        u8 *file = zip_read(&z, i, &e);
        if (file && crc32_of(0, file, z.entries[i].size) != z.entries[i].crc)
            abort();
        free(file);
        if (zip_find(&z, z.entries[i].name) == z.count)
            abort();
    }
    zip_close(&z);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static const u8 canary = 0xa5;
    u8 out[1000 + 1];
    out[1000] = canary;
    inflate_bytes(data, size, out, size < 1000 ? 1000 - size : 1000);
    if (out[1000] != canary)
        abort();
    use(data, size);
    u8 *zip = malloc(SIZE);
    struct choices c = {data, data + size};
    size_t n = make_zip(zip, &c);
    u8 *exact = malloc(n ? n : 1); /* so that a sanitizer sees its end */
    memcpy(exact, zip, n);
    use(exact, n);
    free(exact);
    free(zip);
    return 0;
}
