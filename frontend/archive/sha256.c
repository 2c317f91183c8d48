/*
 * sha256.c - FIPS 180-4, chapter 6.2. See sha256.h. The constants are the first 32 bits of the
 * fractional parts of cube roots and square roots of primes; they are computed here, by whole
 * numbers, rather than listed.
 */
#include "frontend/archive/sha256.h"

#include <string.h>

static u32 rotr(u32 v, unsigned n)
{
    return v >> n | v << (32 - n);
}

/* The largest r with r^power <= p * 2^(32 * power), without its whole part. */
static u32 root_fraction(unsigned p, unsigned power)
{
    u64 low = 0, high = 1ull << 36; /* roots of primes below 312 are less than 18 */
    while (high - low > 1) {
        u64 mid = (low + high) / 2;
        /* mid^power <= p << (32 * power), in 128 bits: a cube is divided once on both sides. */
        unsigned __int128 square = (unsigned __int128)mid * mid;
        bool below;
        if (power == 2) {
            below = square <= (unsigned __int128)p << 64;
        } else {
            unsigned __int128 left = (square >> 32) * mid, right = (unsigned __int128)p << 64;
            unsigned __int128 rest = (square & 0xffffffff) * mid >> 32;
            below = left + rest < right; /* a cube root of a prime is never met exactly */
        }
        *(below ? &low : &high) = mid;
    }
    return (u32)low;
}

static bool is_prime(unsigned n)
{
    for (unsigned d = 2; d * d <= n; d++) {
        if (n % d == 0)
            return false;
    }
    return true;
}

static void constants(u32 *k, size_t count, unsigned power)
{
    unsigned p = 2;
    for (size_t i = 0; i < count; p++) {
        if (is_prime(p))
            k[i++] = root_fraction(p, power);
    }
}

/*
 * Round i (6.2.2, step 3) with the working variables a to h at v[-i], v[1 - i] ... (mod 8): instead
 * of moving all of them on by one, the round after it finds them one place earlier.
 */
#define AT(n) v[((n)-i) & 7]

static inline void round_of(u32 v[8], unsigned i, u32 word)
{
    u32 e = AT(4), a = AT(0);
    u32 t1 = AT(7) + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & AT(5)) ^ (~e & AT(6))) + word;
    u32 t2 =
        (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & AT(1)) ^ (a & AT(2)) ^ (AT(1) & AT(2)));
    AT(3) += t1;
    AT(7) = t1 + t2;
}

static void compress(struct sha256 *s)
{
    u32 w[64], v[8];
    for (unsigned i = 0; i < 16; i++)
        w[i] = (u32)s->block[4 * i] << 24 | (u32)s->block[4 * i + 1] << 16 |
               (u32)s->block[4 * i + 2] << 8 | s->block[4 * i + 3];
    for (unsigned i = 16; i < 64; i++) {
        u32 a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (rotr(a, 7) ^ rotr(a, 18) ^ a >> 3) + w[i - 7] +
               (rotr(b, 17) ^ rotr(b, 19) ^ b >> 10);
    }
    memcpy(v, s->h, sizeof(v));
    for (unsigned i = 0; i < 64; i += 8) { /* eight at a time: then all places are known */
        const u32 *k = s->k + i;
        round_of(v, 0, k[0] + w[i]);
        round_of(v, 1, k[1] + w[i + 1]);
        round_of(v, 2, k[2] + w[i + 2]);
        round_of(v, 3, k[3] + w[i + 3]);
        round_of(v, 4, k[4] + w[i + 4]);
        round_of(v, 5, k[5] + w[i + 5]);
        round_of(v, 6, k[6] + w[i + 6]);
        round_of(v, 7, k[7] + w[i + 7]);
    }
    for (unsigned i = 0; i < 8; i++)
        s->h[i] += v[i];
}

void sha256_begin(struct sha256 *s)
{
    *s = (struct sha256){.bytes = 0};
    constants(s->h, 8, 2);
    constants(s->k, 64, 3);
}

void sha256_add(struct sha256 *s, const void *bytes, size_t size)
{
    const u8 *p = bytes;
    while (size) {
        size_t at = s->bytes % 64, n = 64 - at < size ? 64 - at : size;
        memcpy(s->block + at, p, n);
        s->bytes += n;
        p += n;
        size -= n;
        if (s->bytes % 64 == 0)
            compress(s);
    }
}

void sha256_end(struct sha256 *s, u8 digest[SHA256_BYTES])
{
    static const u8 padding[64] = {0x80};
    u8 length[8];
    u64 bits_all = s->bytes * 8;
    for (unsigned i = 0; i < 8; i++)
        length[i] = (u8)(bits_all >> (56 - 8 * i));
    sha256_add(s, padding, 1 + (119 - s->bytes % 64) % 64);
    sha256_add(s, length, 8);
    for (unsigned i = 0; i < SHA256_BYTES; i++)
        digest[i] = (u8)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256_text(const void *bytes, size_t size, char text[SHA256_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    struct sha256 s;
    u8 digest[SHA256_BYTES];
    sha256_begin(&s);
    sha256_add(&s, bytes, size);
    sha256_end(&s, digest);
    for (unsigned i = 0; i < SHA256_BYTES; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    text[2 * SHA256_BYTES] = 0;
}
