/*
 * cd_sector.c - sectors of Mode 1 as they lie on a disc.
 *
 * ECMA-130: chapter 14 (sectors of Mode 01h, EDC in annex A's polynomial, ECC as two Reed-Solomon
 * product codes over GF(2^8)), chapter 22 (addresses).
 */
#include "hw/storage/cd_sector.h"

#include <string.h>

void cd_msf(u32 lba, u8 msf[3])
{
    u64 frames = (u64)lba + CD_PREGAP;
    u64 minutes = frames / (60 * CD_FRAMES);
    msf[0] = minutes > 255 ? 255 : (u8)minutes; /* an image larger than any disc */
    msf[1] = (u8)(frames / CD_FRAMES % 60);
    msf[2] = (u8)(frames % CD_FRAMES);
}

bool cd_from_msf(const u8 msf[3], u32 *lba)
{
    u32 frames = (msf[0] * 60u + msf[1]) * CD_FRAMES + msf[2];
    if (msf[1] >= 60 || msf[2] >= CD_FRAMES || frames < CD_PREGAP)
        return false;
    *lba = frames - CD_PREGAP;
    return true;
}

/* ---- raw sectors ---- */

static u8 bcd(u8 v)
{
    return (u8)(v / 10 % 10 << 4 | v % 10);
}

/* x^32 + x^31 + x^16 + x^15 + x^4 + x^3 + x + 1, bits reversed. */
static u32 edc(const u8 *p, size_t n)
{
    u32 sum = 0;
    while (n--) {
        sum ^= *p++;
        for (int i = 0; i < 8; i++)
            sum = sum >> 1 ^ (sum & 1 ? 0xd8018001u : 0);
    }
    return sum;
}

/* Multiplication by the primitive element of GF(2^8), x^8 + x^4 + x^3 + x^2 + 1. */
static u8 times_alpha(u8 v)
{
    return (u8)(v << 1 ^ (v & 0x80 ? 0x1d : 0));
}

/* v / (alpha + 1): the inverse of alpha + 1 is 244, found by trying all of them. */
static u8 divide(u8 v)
{
    u8 product = 0, factor = 244;
    for (; factor; factor >>= 1, v = times_alpha(v)) {
        if (factor & 1)
            product ^= v;
    }
    return product;
}

/*
 * `words` code words of `length` bytes each, over bytes 12 and on of the sector, with two parity
 * bytes each that go to `parity` (the first of all words, then the second). Word w starts at byte
 * `major` * (w / 2) + w % 2 and steps by `minor`, modulo the whole.
 */
static void ecc(const u8 *data, u32 words, u32 length, u32 major, u32 minor, u8 *parity)
{
    u32 size = words * length;
    for (u32 w = 0; w < words; w++) {
        u32 at = (w >> 1) * major + (w & 1);
        u8 a = 0, b = 0;
        for (u32 i = 0; i < length; i++) {
            u8 v = data[at];
            at += minor;
            if (at >= size)
                at -= size;
            a = times_alpha(a ^ v);
            b ^= v;
        }
        /* Both checks are zero over the word and its parity bytes: two equations, two unknowns. */
        u8 first = divide(times_alpha(a) ^ b);
        parity[w] = first;
        parity[w + words] = first ^ b;
    }
}

bool cd_has_sync(const u8 *sector)
{
    static const u8 sync[12] = {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};
    return memcmp(sector, sync, sizeof(sync)) == 0;
}

void cd_raw_header(u32 lba, u8 mode, u8 raw[CD_RAW])
{
    u8 msf[3];
    memset(raw, 0xff, 12);
    raw[0] = raw[11] = 0;
    cd_msf(lba, msf);
    for (int i = 0; i < 3; i++)
        raw[12 + i] = bcd(msf[i]);
    raw[15] = mode;
}

void cd_raw_sector(u32 lba, u8 raw[CD_RAW])
{
    cd_raw_header(lba, 1, raw);
    put_le32(raw + 2064, edc(raw, 2064));
    memset(raw + 2068, 0, 8);
    ecc(raw + 12, 86, 24, 2, 86, raw + 2076);
    ecc(raw + 12, 52, 43, 86, 88, raw + 2248);
}
