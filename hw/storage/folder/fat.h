/*
 * fat.h - the FAT file system in bytes: sizes and places of a volume, boot sectors, table entries,
 * directory entries. Nothing here knows where the bytes come from.
 *
 * Microsoft FAT specification (fatgen103) and, for FAT12/16 as DOS has it, MS-DOS Programmer's
 * Reference ch. 3.
 */
#ifndef FERRITE_FAT_H
#define FERRITE_FAT_H

#include "hw/storage/folder/names.h"
#include "hw/storage/folder/tree.h"

enum { FAT_SECTOR = 512, FAT_ENTRY = 32, FAT_SLOTS = FAT_SECTOR / FAT_ENTRY };
enum { FAT_LONG_UNITS = 13 };     /* of a long name in one slot */
enum { FAT_MAX_ENTRIES = 65536 }; /* slots of one directory: 2 MiB */
enum { FAT16_MAX_ROOT = 16384 };  /* slots */
enum { FAT_BORDER = 16 };         /* clusters to keep away from where the type changes */
enum { FAT12_CLUSTERS = 4085, FAT16_CLUSTERS = 65525 }; /* a type has fewer than so many */
#define FAT32_MAX_CLUSTERS 0x0ffffff0u

/* Table entries: the end of a chain, in 28 bits whatever the type. */
#define FAT_FREE 0u
#define FAT_BAD 0x0ffffff7u
#define FAT_END 0x0fffffffu

/* A volume, and the disk that it is the one partition of. Sectors of 512 bytes. */
struct fat_volume {
    unsigned bits;       /* 12, 16, 32 */
    u32 cluster_sectors; /* a power of two, up to 128 */
    u32 reserved;        /* sectors in front of the tables */
    u32 tables;          /* 2 as a rule */
    u32 table_sectors;   /* of one table */
    u32 root_entries;    /* FAT12/16 */
    u32 root_cluster;    /* FAT32 */
    u32 clusters;        /* numbers 2 to clusters + 1 */
    u32 sectors;         /* of the volume */
    u32 start;           /* its first sector on the disk; 0: there are no partitions */
    u32 heads, track_sectors;
    u8 media;
    u32 serial;
    u8 label[ALIAS_BYTES];
};

static inline u32 fat_root_sectors(const struct fat_volume *v)
{
    return (v->root_entries + FAT_SLOTS - 1) / FAT_SLOTS;
}

/* First sector, from the volume's start, of the root directory of FAT12/16; of cluster 2. */
static inline u32 fat_root_at(const struct fat_volume *v)
{
    return v->reserved + v->tables * v->table_sectors;
}

static inline u32 fat_data_at(const struct fat_volume *v)
{
    return fat_root_at(v) + fat_root_sectors(v);
}

static inline u32 fat_cluster_bytes(const struct fat_volume *v)
{
    return v->cluster_sectors * FAT_SECTOR;
}

static inline bool fat_is_cluster(const struct fat_volume *v, u32 cluster)
{
    return cluster >= 2 && cluster - 2 < v->clusters;
}

/*
 * bits, cluster_sectors, root_entries, sectors are given: reserved, table_sectors and clusters
 * follow. false: the number of clusters is not what this type has, or too near to a border.
 */
bool fat_volume_shape(struct fat_volume *v);
/* The boot sector, or its copy; `code`: 512 bytes whose BPB is replaced, NULL: one that says so. */
void fat_emit_boot(const struct fat_volume *v, const u8 *code, u8 out[FAT_SECTOR]);
void fat_emit_fsinfo(u32 free_clusters, u32 next_free, u8 out[FAT_SECTOR]);
/* One active partition over the volume. `code`: 440 bytes, NULL: some that says so. */
void fat_emit_mbr(const struct fat_volume *v, const u8 *code, u8 out[FAT_SECTOR]);
/* What a boot sector describes; sectors on `start`. false: no FAT that DOS would take. */
bool fat_parse_boot(const u8 boot[FAT_SECTOR], u32 start, struct fat_volume *v);

/*
 * The entry of a cluster in a piece of the table: FAT12 wants three sectors from a multiple of
 * three on, the others one. `first` is the piece's first cluster. Values in 28 bits, FAT_END and
 * FAT_BAD.
 */
u32 fat_piece_sectors(unsigned bits); /* 3 or 1 */
u32 fat_piece_entries(unsigned bits); /* 1024, 256, 128 */
u32 fat_get(unsigned bits, const u8 *piece, u32 index);
/* The upper four bits of FAT32 stay. */
void fat_put(unsigned bits, u8 *piece, u32 index, u32 value);

/* A moment as FAT has it; the time zone is the host's at that moment, or UTC. */
struct fat_time {
    u16 date, time;
    u8 hundredths; /* 0 to 199: seconds and hundredths that `time` lacks */
};
struct fat_time fat_time_of(struct tree_time t, bool utc);
/* The moment that an entry means. 1980-01-01 for date 0 and for what is no date. */
struct tree_time fat_time_to(struct fat_time t, bool utc);

struct fat_entry {
    u8 alias[ALIAS_BYTES]; /* with E5h in front, where the disk has 05h */
    u8 attributes, case_bits;
    struct fat_time created, modified;
    u16 accessed; /* date */
    u32 start, size;
};
void fat_put_entry(u8 out[FAT_ENTRY], const struct fat_entry *e);
void fat_get_entry(const u8 in[FAT_ENTRY], unsigned bits, struct fat_entry *e);
/* Slot `order` (1 is the last on disk and holds the beginning) of a long name. */
void fat_put_long(u8 out[FAT_ENTRY], const struct long_name *name, unsigned order, u8 checksum);
/* How many slots a long name takes, without its entry. */
unsigned fat_long_slots(const struct long_name *name);

#endif
