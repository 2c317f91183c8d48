/*
 * drcov.c - executed blocks in the format of DynamoRIO's drcov tool, version 2, which the coverage
 * viewers of disassemblers read (Lighthouse, Dragon Dance, Cartographer). A block is a place in a
 * module and a length; how often it ran has no place there.
 *
 * Blocks that lie within others are left out: an interrupt that comes back into the middle of a
 * block makes such.
 */
#include "frontend/profile/profile_files.h"

#include <stdlib.h>

struct covered {
    u32 lin, end;
};

static int by_place(const void *a, const void *b)
{
    const struct covered *x = a, *y = b;
    if (x->lin != y->lin)
        return x->lin < y->lin ? -1 : 1;
    return x->end == y->end ? 0 : x->end > y->end ? -1 : 1;
}

/* The bytes of a block up to the last instruction that was completed; 0: none was. */
static u32 covered_bytes(const struct vm_profile *p, u32 i, const struct vm_profile_block *b)
{
    unsigned n = b->count;
    while (n && !vm_profile_completed(p, i, n - 1))
        n--;
    return n == b->count ? b->bytes : n ? b->start[n] : 0;
}

/* Which module an address lies in; `files`: none of the files. */
static unsigned module_of(const struct symbols *s, unsigned files, u32 lin, u32 *base)
{
    *base = 0;
    for (unsigned i = 0; i < files; i++) {
        struct symbols_file f = symbols_file(s, i);
        if (lin >= f.start && lin < f.end) {
            *base = f.start;
            return i;
        }
    }
    return files;
}

static void put_le(FILE *out, u32 v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        fputc((int)(v >> 8 * i & 0xff), out);
}

static void modules(const struct symbols *s, unsigned files, FILE *out)
{
    fprintf(out, "Module Table: version 2, count %u\n", files + 1);
    fputs("Columns: id, base, end, entry, checksum, timestamp, path\n", out);
    for (unsigned i = 0; i <= files; i++) {
        struct symbols_file f = {.path = "guest", .start = 0, .end = UINT32_MAX};
        if (i < files)
            f = symbols_file(s, i);
        fprintf(out, "%3u, 0x%016x, 0x%016x, 0x%016x, 0x%08x, 0x%08x, %s\n", i, f.start, f.end, 0u,
                0u, 0u, f.path);
    }
}

void coverage_write_drcov(const struct vm_profile *p, const struct symbols *s, FILE *out)
{
    unsigned files = s ? symbols_files(s) : 0;
    struct vm_profile_block b;
    u32 blocks = 0, n = 0;
    while (vm_profile_block(p, blocks, &b))
        blocks++;
    struct covered *list = calloc(blocks + 1u, sizeof(*list));
    fputs("DRCOV VERSION: 2\nDRCOV FLAVOR: ferrite\n", out);
    modules(s, files, out);
    for (u32 i = 0; list && vm_profile_block(p, i, &b); i++) {
        u32 bytes = covered_bytes(p, i, &b);
        if (bytes)
            list[n++] = (struct covered){b.lin, b.lin + bytes};
    }
    if (n)
        qsort(list, n, sizeof(*list), by_place);
    u32 kept = 0;
    for (u32 i = 0; i < n; i++)
        if (!kept || list[i].end > list[kept - 1].end)
            list[kept++] = list[i];
    fprintf(out, "BB Table: %u bbs\n", kept);
    for (u32 i = 0; i < kept; i++) {
        u32 base;
        unsigned module = module_of(s, files, list[i].lin, &base);
        put_le(out, list[i].lin - base, 4);
        put_le(out, list[i].end - list[i].lin, 2);
        put_le(out, module, 2);
    }
    free(list);
}
