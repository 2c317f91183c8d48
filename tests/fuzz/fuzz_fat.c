/*
 * fuzz_fat.c - images of any content as the source of a DOS: files are found and read, or not.
 *
 * The input is a small volume's boot sector, table and directories, most of it right, so that
 * chains in circles and directories that contain themselves come about.
 */
#include "frontend/dos/fat_put.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { SECTORS = 400 };

struct memory {
    u8 bytes[SECTORS * FAT_SECTOR];
    u64 reads;
};

static bool read_memory(void *opaque, u64 sector, u32 count, u8 *buf)
{
    struct memory *m = opaque;
    /* Nothing of this size needs so many, whatever it says. */
    if (++m->reads > 200000)
        abort();
    if (sector > SECTORS || count > SECTORS - sector)
        return false;
    memcpy(buf, m->bytes + sector * FAT_SECTOR, (size_t)count * FAT_SECTOR);
    return true;
}

static bool write_memory(void *opaque, u64 sector, u32 count, const u8 *buf)
{
    struct memory *m = opaque;
    if (sector > SECTORS || count > SECTORS - sector)
        return false;
    memcpy(m->bytes + sector * FAT_SECTOR, buf, (size_t)count * FAT_SECTOR);
    return true;
}

/* A file system with "A.COM" and folders "B" in one another, then damaged. */
static void make(struct memory *m, struct choices *c)
{
    u8 *boot = m->bytes, kind = choose8(c);
    u32 start = kind & 1 ? 3 : 0;
    memset(m, 0, sizeof(*m));
    if (start) {
        put_le16(boot + 510, 0xaa55);
        boot[446] = 0x80;
        boot[446 + 4] = kind & 2 ? 6 : 0x0c;
        put_le32(boot + 446 + 8, start);
        boot += start * FAT_SECTOR;
    }
    struct fat_volume v = {
        .bits = 12,
        .cluster_sectors = 1 << (kind >> 2 & 1),
        .root_entries = 32,
        .sectors = SECTORS - start,
        .start = start,
        .heads = 2,
        .track_sectors = 9,
        .tables = 2,
        .media = 0xf8,
    };
    if (!fat_volume_shape(&v))
        abort();
    fat_emit_boot(&v, NULL, boot);
    u8 *table = boot + v.reserved * FAT_SECTOR;
    for (u32 i = 2; i < 60; i++)
        fat_put(12, table, i, choose8(c) & 3 ? i + 1 : choose8(c));
    u8 *root = boot + fat_root_at(&v) * FAT_SECTOR;
    for (unsigned n = 0; n < 6; n++) {
        u8 *dir = n < 3 ? root : boot + (fat_data_at(&v) + n * v.cluster_sectors) * FAT_SECTOR;
        struct fat_entry x = {.start = choose8(c) % 64, .size = choose16(c)};
        memcpy(x.alias, "B          ", ALIAS_BYTES);
        x.attributes = n & 1 ? FAT_ARCHIVE : FAT_DIRECTORY;
        if (n & 1)
            memcpy(x.alias, "A       COM", ALIAS_BYTES);
        fat_put_entry(dir + n * FAT_ENTRY, &x);
    }
    for (unsigned n = choose8(c) % 8; n; n--) {
        u32 at = choose16(c) % (choose8(c) & 1 ? FAT_SECTOR : 20u * FAT_SECTOR);
        boot[at] = choose8(c);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static const char *const paths[] = {"A.COM",      "B/A.COM", "B/B/B/A.COM",  "B", "A.COM/A.COM",
                                        "KERNEL.SYS", "//",      "toolongname.x"};
    struct choices c = {data, data + size};
    struct memory *m = malloc(sizeof(*m));
    struct err e = {""};
    struct fat_files f = {.read = read_memory, .opaque = m};
    make(m, &c);
    if (!fat_files_open(&f, "fuzz", &e)) {
        if (!e.text[0])
            abort();
    } else {
        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
            struct fat_entry x;
            m->reads = 0;
            if (!fat_files_find(&f, paths[i], &x))
                continue;
            u8 *bytes = fat_files_read(&f, &x, 1 << 20);
            if (bytes && (x.attributes & FAT_DIRECTORY || x.size > SECTORS * FAT_SECTOR))
                abort(); /* more than there is */
            free(bytes);
        }
        /* What was put there is there, unless the table's end lies about the volume's. */
        static const u8 file[3000] = "a file that is put there";
        struct fat_entry x;
        m->reads = 0;
        if (fat_put_file(&f, write_memory, "A.COM", file, sizeof(file)) &&
            (!fat_files_find(&f, "A.COM", &x) || x.size != sizeof(file)))
            abort();
    }
    free(m);
    return 0;
}
