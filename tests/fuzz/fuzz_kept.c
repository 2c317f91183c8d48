/*
 * fuzz_kept.c - the file that says what a folder held when an overlay was made over it, of any
 * content: what is taken is the same when it is saved and read again.
 */
#include "hw/base/crc32.h"
#include "hw/storage/folder/kept.h"
#include "hw/storage/folder/scan.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static const char head[] = "FERRITE-FOLDER\x1a\n\1\0\0";
    struct choices c = {data, data + size};
    u8 bytes[4000] = {0};
    size_t at = 24;
    u32 nodes = 1 + choose8(&c) % 12;
    memcpy(bytes, head, 20);
    bytes[20] = (u8)nodes;
    for (u32 i = 1; i < nodes; i++) {
        u32 name = 1 + choose8(&c) % 9;
        for (u32 k = 0; k < 68; k++)
            bytes[at + k] = k >= 32 || choose8(&c) % 8 == 0 ? choose8(&c) : 0;
        put_le32(bytes + at, choose8(&c) % 3 ? choose8(&c) % i : choose8(&c));
        bytes[at + 4] = choose8(&c) % 2 ? 0x10 : 0x20;
        put_le16(bytes + at + 6, choose8(&c) % 16 ? (u16)name : choose16(&c));
        for (u32 k = 0; k < name; k++)
            bytes[at + 68 + k] = choose8(&c) % 4 ? (u8)('a' + choose8(&c) % 26) : choose8(&c);
        at += 68 + name;
    }
    put_le32(bytes + at, crc32_of(0, bytes, at));
    tree_free(kept_parse(data, size));
    struct tree *t = kept_parse(bytes, at + 4);
    if (!t)
        return 0;
    char file[100];
    snprintf(file, sizeof(file), "/tmp/fuzz-kept-%d", (int)getpid());
    if (kept_save(t, file))
        abort();
    struct tree *again = kept_load(file);
    unlink(file);
    if (!again || again->nodes != t->nodes || tree_hash(again) != tree_hash(t))
        abort();
    tree_free(again);
    tree_free(t);
    return 0;
}
