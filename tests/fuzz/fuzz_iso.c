/*
 * fuzz_iso.c - discs of any content in the CD-ROM drive, and the redirector's questions about their
 * files: directories in circles, records past their block, files past the disc; entries of the file
 * table and searches that are somebody else's.
 *
 * The input is a small disc's directories, most of them right, then bytes that are changed, then
 * questions.
 */
#include "hw/guest/share.h"
#include "hw/storage/cd_disc.h"
#include "hw/storage/folder/iso9660.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { BLOCKS = 48, ROOT = 20, FOLDERS = 6, FILE_AT = 30, MOST_READS = 8000 };
enum { SFT = 51, FOUND = 53 };

static unsigned put_record(u8 *to, u32 start, u32 size, u8 flags, const char *name, unsigned n)
{
    unsigned length = 33 + n + !(n & 1);
    memset(to, 0, length);
    to[0] = (u8)length;
    put_le32(to + 2, start);
    put_le32(to + 10, size);
    to[18] = 96;
    to[19] = to[20] = 1;
    to[25] = flags;
    to[32] = (u8)n;
    memcpy(to + 33, name, n);
    return length;
}

static void make(u8 *disc, struct choices *c)
{
    u8 *pvd = disc + 16 * ISO_BLOCK;
    memset(disc, 0, BLOCKS * ISO_BLOCK);
    memcpy(pvd, "\1CD001\1", 7);
    memcpy(disc + 17 * ISO_BLOCK,
           "\xff"
           "CD001\1",
           7);
    put_le16(pvd + 128, ISO_BLOCK);
    put_record(pvd + 156, ROOT, ISO_BLOCK * (1 + choose8(c) % 3), ISO_DIRECTORY, "\0", 1);
    for (unsigned d = 0; d < FOLDERS; d++) {
        u8 *at = disc + (ROOT + d) * ISO_BLOCK;
        u32 up = ROOT + choose8(c) % FOLDERS;
        at += put_record(at, ROOT + d, choose8(c) & 7 ? ISO_BLOCK : choose32(c), 2, "\0", 1);
        at += put_record(at, up, ISO_BLOCK, ISO_DIRECTORY, "\1", 1);
        at += put_record(at, ROOT + choose8(c) % FOLDERS, ISO_BLOCK, ISO_DIRECTORY, "B", 1);
        at += put_record(at, FILE_AT, choose16(c), choose8(c) & 1 ? ISO_MORE : 0, "A.TXT;1", 7);
        put_record(at, FILE_AT + 3, choose8(c) & 1 ? choose32(c) : 99, choose8(c) & 0x85, "A.TXT;1",
                   7);
    }
    for (unsigned n = choose8(c) % 16; n; n--) {
        u32 at = choose16(c) % ((2 + FOLDERS) * ISO_BLOCK);
        u32 block = at / ISO_BLOCK < 2 ? 16 + at / ISO_BLOCK : ROOT + at / ISO_BLOCK - 2;
        disc[block * ISO_BLOCK + at % (choose8(c) & 1 ? 256u : ISO_BLOCK)] = choose8(c);
    }
}

static bool read_block(void *opaque, u32 block, u8 *to)
{
    return cd_read(opaque, block, to);
}

static bool drive(void *opaque, struct iso_disc *disc)
{
    *disc = (struct iso_disc){read_block, opaque, cd_blocks(opaque)};
    return true;
}

struct asking {
    struct choices *c;
    u8 sft[SFT], found[FOUND];
    u8 payload[PACKET_SIZE], answer[PACKET_ROOM];
};

/* The parts of a function, in the order of hw/guest/README.md. */
static u16 fill(struct asking *a, u8 al)
{
    static const char *const names[] = {
        "E:\\A.TXT", "E:\\B\\B\\B\\A.TXT", "E:\\????????.???", "E:\\B\\????????.???", "E:\\",
        "E:\\B"};
    u8 *at = a->payload + 4;
    memset(a->payload, 0, sizeof(a->payload));
    if (strchr("\x06\x07\x08\x09\x0a\x0b\x16\x17\x18\x21\x2d\x2e", al)) {
        memcpy(at, a->sft, SFT);
        at += SFT;
    }
    if (al == 0x1c) {
        memcpy(at, a->found, 21);
        at += 21;
    }
    strcpy((char *)at, names[choose8(a->c) % ARRAY_SIZE(names)]);
    if (choose8(a->c) % 4 == 0)
        a->payload[4 + choose8(a->c)] = choose8(a->c);
    return (u16)(at + 128 + 6 - a->payload);
}

static void ask(struct shares *s, struct cd_disc *disc, struct asking *a)
{
    u8 al = choose8(a->c) % 0x30;
    struct request r = {.op = al == 0x2f ? OP_CD_DRIVE : OP_CD, .al = al, .drive = 4};
    if (al == 0x2f)
        r.al = choose8(a->c) % 3;
    r.payload = a->payload;
    r.a = choose16(a->c) | (u32)choose8(a->c) << 16;
    r.b = choose32(a->c);
    r.len = fill(a, al);
    struct answer to = {.payload = a->answer};
    u64 before = disc->blocks_read;
    u8 error = shares_answer(s, &r, &to);
    if (disc->blocks_read - before > MOST_READS || to.len > PACKET_ROOM)
        abort();
    if (!error && (al == 0x16 || al == 0x08) && to.len >= SFT)
        memcpy(a->sft, a->answer, SFT);
    if (!error && (al == 0x1b || al == 0x1c))
        memcpy(a->found, a->answer, FOUND);
    if (choose8(a->c) % 8 == 0)
        a->sft[choose8(a->c) % SFT] = choose8(a->c);
    if (choose8(a->c) % 8 == 0)
        a->found[choose8(a->c) % FOUND] = choose8(a->c);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    static const struct guest_config config;
    struct clock clock;
    struct log log = {0};
    struct err e;
    struct asking a = {.c = &c};
    u8 *bytes = malloc(BLOCKS * ISO_BLOCK);
    make(bytes, &c);
    const struct media m = {.bytes = bytes, .size = BLOCKS * ISO_BLOCK};
    clock_init(&clock);
    struct cd_disc *disc = cd_open(&m, NULL, &e);
    struct shares *s = shares_new(&config, &clock, &log, &e);
    if (!s)
        abort();
    if (disc) { /* the media library takes damaged descriptors for no CD */
        shares_cd(s, &(struct guest_cd){.drive = drive, .opaque = disc});
        for (unsigned n = 0; n < 200 && choices_left(&c); n++)
            ask(s, disc, &a);
    }
    shares_free(s);
    cd_close(disc, NULL);
    free(bytes);
    return 0;
}
