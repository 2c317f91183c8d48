/*
 * inflate.c - RFC 1951: blocks that are stored, or coded with two Huffman codes - one for literals
 * and lengths, one for distances - that are fixed or stand in front of the block. See inflate.h.
 *
 * A code is decoded by a table over its first FAST bits; the few longer ones are found by counting
 * through the lengths, for codes of one length are consecutive numbers (chapter 3.2.2).
 */
#include "frontend/archive/inflate.h"

#include <string.h>

enum { LONGEST = 15, FAST = 9, LITERALS = 288, DISTANCES = 32, END_OF_BLOCK = 256 };

struct input {
    const u8 *at, *end;
    u32 held; /* bits taken from the bytes and not yet used, the next one lowest */
    unsigned count;
    bool ended; /* more bits were wanted than there are */
};

struct code {
    u16 fast[1 << FAST]; /* symbol << 4 | length; 0: longer, or nothing */
    u16 count[LONGEST + 1];
    u16 symbol[LITERALS]; /* in the order of their codes */
};

/* ---- bits ---- */

static void fill(struct input *in, unsigned want)
{
    while (in->count < want && in->at < in->end) {
        in->held |= (u32)*in->at++ << in->count;
        in->count += 8;
    }
}

/* The next n bits (at most 16), zeros behind the end. */
static u32 take(struct input *in, unsigned n)
{
    fill(in, n);
    u32 v = in->held & ((1u << n) - 1);
    if (in->count < n) {
        in->ended = true;
        in->count = 0;
        in->held = 0;
        return v;
    }
    in->held >>= n;
    in->count -= n;
    return v;
}

/* ---- codes ---- */

static u32 reversed(u32 v, unsigned n)
{
    u32 r = 0;
    for (; n; n--, v >>= 1)
        r = r << 1 | (v & 1);
    return r;
}

/* false: the lengths are of no code. One code alone, or none, may be incomplete (3.2.7). */
static bool make_code(struct code *c, const u8 *length, unsigned symbols)
{
    u16 next[LONGEST + 2] = {0}, place[LONGEST + 2] = {0};
    memset(c, 0, sizeof(*c));
    for (unsigned i = 0; i < symbols; i++)
        c->count[length[i]]++;
    unsigned used = symbols - c->count[0];
    c->count[0] = 0;
    int left = 1;
    for (unsigned n = 1; n <= LONGEST; n++) {
        left = 2 * left - c->count[n];
        if (left < 0)
            return false;
        next[n + 1] = (u16)((next[n] + c->count[n]) << 1);
        place[n + 1] = (u16)(place[n] + c->count[n]);
    }
    if (left > 0 && !(used == 0 || (used == 1 && c->count[1] == 1)))
        return false;
    for (unsigned i = 0; i < symbols; i++) {
        unsigned n = length[i];
        if (!n)
            continue;
        u32 code = next[n]++;
        c->symbol[place[n]++] = (u16)i;
        for (u32 at = reversed(code, n); n <= FAST && at < 1u << FAST; at += 1u << n)
            c->fast[at] = (u16)(i << 4 | n);
    }
    return true;
}

/* -1: no such code, or no more bits. */
static int decode(struct input *in, const struct code *c)
{
    fill(in, LONGEST);
    u16 found = c->fast[in->held & ((1u << FAST) - 1)];
    if (found) {
        if ((found & 15u) > in->count)
            return -1;
        in->held >>= found & 15;
        in->count -= found & 15;
        return found >> 4;
    }
    int code = 0, first = 0, index = 0;
    for (unsigned n = 1; n <= LONGEST && n <= in->count; n++) {
        code |= (int)(in->held >> (n - 1) & 1);
        int here = c->count[n];
        if (code - first < here) {
            in->held >>= n;
            in->count -= n;
            return c->symbol[index + code - first];
        }
        index += here;
        first = (first + here) << 1;
        code <<= 1;
    }
    return -1;
}

/* ---- blocks ---- */

struct output {
    u8 *bytes;
    size_t at, size;
};

static bool stored(struct input *in, struct output *out)
{
    /* Whole bytes that were taken too early go back. */
    in->at -= in->count / 8;
    in->held = 0;
    in->count = 0;
    if (in->end - in->at < 4)
        return false;
    size_t n = get_le16(in->at);
    if (n != (get_le16(in->at + 2) ^ 0xffffu))
        return false;
    in->at += 4;
    if ((size_t)(in->end - in->at) < n || out->size - out->at < n)
        return false;
    memcpy(out->bytes + out->at, in->at, n);
    in->at += n;
    out->at += n;
    return true;
}

/* The two tables of 3.2.5: each step of the number of extra bits doubles the width. */
static u32 length_of(struct input *in, unsigned symbol)
{
    unsigned i = symbol - 257;
    if (i == 28)
        return 258;
    unsigned extra = i < 8 ? 0 : (i - 4) / 4;
    u32 base = i < 8 ? i + 3 : ((4 + i % 4) << extra) + 3;
    return base + take(in, extra);
}

static u32 distance_of(struct input *in, unsigned symbol)
{
    unsigned extra = symbol < 4 ? 0 : (symbol - 2) / 2;
    u32 base = symbol < 4 ? symbol + 1 : ((2 + symbol % 2) << extra) + 1;
    return base + take(in, extra);
}

static bool coded(struct input *in, struct output *out, const struct code *literals,
                  const struct code *distances)
{
    for (;;) {
        int symbol = decode(in, literals);
        if (symbol < 0)
            return false;
        if (symbol == END_OF_BLOCK)
            return true;
        if (symbol < END_OF_BLOCK) {
            if (out->at == out->size)
                return false;
            out->bytes[out->at++] = (u8)symbol;
            continue;
        }
        if (symbol > 285)
            return false;
        u32 length = length_of(in, (unsigned)symbol);
        int d = decode(in, distances);
        if (d < 0 || d > 29)
            return false;
        u32 distance = distance_of(in, (unsigned)d);
        if (in->ended || distance > out->at || length > out->size - out->at)
            return false;
        /* What is copied may be made by this very copy: a run. */
        u8 *to = out->bytes + out->at;
        const u8 *from = to - distance;
        for (u32 i = 0; i < length; i++)
            to[i] = from[i];
        out->at += length;
    }
}

/* The codes in front of a block (3.2.7): their lengths, themselves coded. */
static bool read_codes(struct input *in, struct code *literals, struct code *distances)
{
    static const u8 order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    u8 length[LITERALS + DISTANCES] = {0};
    unsigned nlit = take(in, 5) + 257, ndist = take(in, 5) + 1, ncode = take(in, 4) + 4;
    if (nlit > 286 || ndist > 30)
        return false;
    for (unsigned i = 0; i < ncode; i++)
        length[order[i]] = (u8)take(in, 3);
    if (!make_code(literals, length, 19)) /* for a moment, the code of the lengths */
        return false;
    memset(length, 0, 19);
    for (unsigned i = 0; i < nlit + ndist;) {
        int symbol = decode(in, literals);
        if (symbol < 0 || in->ended)
            return false;
        if (symbol < 16) {
            length[i++] = (u8)symbol;
            continue;
        }
        if (symbol == 16 && i == 0)
            return false;
        u8 value = symbol == 16 ? length[i - 1] : 0;
        unsigned times = symbol == 16   ? 3 + take(in, 2)
                         : symbol == 17 ? 3 + take(in, 3)
                                        : 11 + take(in, 7);
        if (times > nlit + ndist - i)
            return false;
        memset(length + i, value, times);
        i += times;
    }
    u8 distance_length[DISTANCES] = {0};
    memcpy(distance_length, length + nlit, ndist);
    return length[END_OF_BLOCK] && make_code(literals, length, nlit) &&
           make_code(distances, distance_length, ndist);
}

static bool fixed_codes(struct code *literals, struct code *distances)
{
    u8 length[LITERALS];
    memset(length, 8, 144);
    memset(length + 144, 9, 112);
    memset(length + 256, 7, 24);
    memset(length + 280, 8, 8);
    if (!make_code(literals, length, LITERALS))
        return false;
    memset(length, 5, DISTANCES);
    return make_code(distances, length, DISTANCES);
}

bool inflate_bytes(const u8 *in, size_t size, u8 *out, size_t out_size)
{
    struct input input = {.at = in, .end = in + size};
    struct output output = {.bytes = out, .size = out_size};
    struct code literals, distances;
    for (bool last = false; !last;) {
        last = take(&input, 1);
        u32 type = take(&input, 2);
        if (input.ended)
            return false;
        bool ok = false;
        if (type == 0)
            ok = stored(&input, &output);
        else if (type == 1)
            ok =
                fixed_codes(&literals, &distances) && coded(&input, &output, &literals, &distances);
        else if (type == 2)
            ok = read_codes(&input, &literals, &distances) &&
                 coded(&input, &output, &literals, &distances);
        if (!ok || input.ended)
            return false;
    }
    return output.at == out_size;
}
