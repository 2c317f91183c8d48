/*
 * types.h - the vocabulary every room shares: integer names, likely/unlikely, small helpers.
 */
#ifndef FERRITE_TYPES_H
#define FERRITE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define COLD __attribute__((cold, noinline))
#define NOINLINE __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Bits lo..hi (inclusive) of v. */
static inline u32 bits(u32 v, unsigned hi, unsigned lo)
{
    return (v >> lo) & (u32)((2ull << (hi - lo)) - 1);
}

static inline bool bit(u32 v, unsigned n)
{
    return (v >> n) & 1;
}

/* Little-endian access to bytes in memory, whatever the host's order and alignment. */
static inline u16 get_le16(const void *p)
{
    const u8 *b = p;
    return (u16)(b[0] | b[1] << 8);
}

static inline u32 get_le32(const void *p)
{
    return get_le16(p) | (u32)get_le16((const u8 *)p + 2) << 16;
}

static inline u64 get_le64(const void *p)
{
    return get_le32(p) | (u64)get_le32((const u8 *)p + 4) << 32;
}

static inline void put_le16(void *p, u16 v)
{
    u8 *b = p;
    b[0] = (u8)v;
    b[1] = (u8)(v >> 8);
}

static inline void put_le32(void *p, u32 v)
{
    put_le16(p, (u16)v);
    put_le16((u8 *)p + 2, (u16)(v >> 16));
}

static inline void put_le64(void *p, u64 v)
{
    put_le32(p, (u32)v);
    put_le32((u8 *)p + 4, (u32)(v >> 32));
}

/* Big-endian, as SCSI packets, Internet headers and QEMU's fw_cfg have it. */
static inline u16 get_be16(const void *p)
{
    const u8 *b = p;
    return (u16)(b[0] << 8 | b[1]);
}

static inline u32 get_be24(const void *p)
{
    return (u32)get_be16(p) << 8 | ((const u8 *)p)[2];
}

static inline u32 get_be32(const void *p)
{
    return (u32)get_be16(p) << 16 | get_be16((const u8 *)p + 2);
}

static inline void put_be16(void *p, u32 v)
{
    u8 *b = p;
    b[0] = (u8)(v >> 8);
    b[1] = (u8)v;
}

static inline void put_be32(void *p, u32 v)
{
    put_be16(p, v >> 16);
    put_be16((u8 *)p + 2, v);
}

#define NS_PER_SEC 1000000000ull
#define NS_PER_MS 1000000ull
#define NS_PER_US 1000ull

#endif
