/*
 * test_atapi.c - a CD-ROM drive on the second IDE channel, without a CPU: signature, the PACKET
 * protocol with its byte counts and interrupts, what each command returns, sense and attention,
 * the tray, discs that go away in mid-read, raw sectors, DMA, state, storms.
 */
#include "storage_rig.h"

#include "hw/storage/atapi.h"
#include "hw/storage/ide.h"
#include "same_ide.h"

static struct rig r;
static struct ide *ide;
static struct cd_disc *disc;
static struct err e;

enum { BASE = 0x170, BLOCKS = 300, IRQ14 = 14, IRQ15 = 15 };
enum { DATA, FEATURE, COUNT, LBAL, LBAM, LBAH, DEVICE, COMMAND, ERROR = 1, STATUS = 7 };

/* What the packet before brought. */
static u8 got[1 << 20];
static u32 got_bytes, got_drqs;

/* Memory of a bus master that takes `dma_takes` bytes until it is told to go on. */
static u8 dma_memory[1 << 20];
static u32 dma_at, dma_takes;

static u8 in(u16 reg)
{
    return (u8)bus_in(&r.bus, BASE + reg, 1);
}

static void out(u16 reg, u8 v)
{
    bus_out(&r.bus, BASE + reg, v, 1);
}

static u8 alt(void)
{
    return (u8)bus_in(&r.bus, BASE + 0x206, 1);
}

static void idle(void)
{
    for (int i = 0; i < 1000 && alt() & ATA_BSY; i++)
        rig_run(&r, 10 * NS_PER_US);
    ck_assert_uint_eq(alt() & ATA_BSY, 0);
}

static struct ata_unit *drive(void)
{
    return ide_cdrom(ide);
}

static struct cd_disc *open_disc(const char *name, u64 bytes)
{
    char *path = scratch_image(name, bytes);
    struct cd_disc *d = cd_open(&(struct media){.path = path}, NULL, &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    unlink(path);
    return d;
}

static u32 take_dma(void *opaque, unsigned channel, u8 *data, u32 len, bool to_memory)
{
    (void)opaque;
    ck_assert_uint_eq(channel, 1);
    len = len < dma_takes ? len : dma_takes;
    ck_assert_uint_le(dma_at + len, sizeof(dma_memory));
    memcpy(to_memory ? dma_memory + dma_at : data, to_memory ? data : dma_memory + dma_at, len);
    dma_at += len;
    dma_takes -= len;
    return len;
}

static struct ide *new_ide(void)
{
    struct ide *i = (struct ide *)device_new(&ide_class, "ide");
    i->irq[0] = rig_line(&r, IRQ14);
    i->irq[1] = rig_line(&r, IRQ15);
    i->dma = take_dma;
    ck_assert(device_realize(&i->dev, &r.board, &e));
    ck_assert(ide_attach_cdrom(i, 1, 0));
    return i;
}

static void setup(void)
{
    rig_init(&r);
    ide = new_ide();
    disc = open_disc("cd", BLOCKS * CD_BLOCK);
    atapi_insert(drive(), disc);
    device_reset(&ide->dev);
    rig_run(&r, NS_PER_MS);
    dma_at = dma_takes = 0;
}

static void teardown(void)
{
    bool locked;
    cd_close(atapi_eject(drive(), true, &locked), NULL);
    device_free(&ide->dev);
    rig_free(&r);
}

/* Send a packet, at most `limit` bytes a DRQ block; the drive is left busy. */
static void send(const u8 packet[12], u32 limit, u8 feature)
{
    out(DEVICE, 0xa0);
    out(FEATURE, feature);
    out(LBAM, (u8)limit);
    out(LBAH, (u8)(limit >> 8));
    int edges = r.edges[IRQ15];
    out(COMMAND, 0xa0);
    ck_assert_uint_eq(alt(), 0x58);           /* at once: nobody has to wait for it */
    ck_assert_uint_eq(in(COUNT)&3, ATAPI_CD); /* to the device, a command */
    ck_assert_int_eq(r.edges[IRQ15], edges);  /* without an interrupt */
    for (int i = 0; i < 12; i += 2)
        bus_out(&r.bus, BASE, packet[i] | (u32)packet[i + 1] << 8, 2);
    ck_assert_uint_eq(alt(), ATA_BSY);
}

/* Take what comes. true: GOOD. */
static bool receive(u32 limit)
{
    got_bytes = got_drqs = 0;
    for (;;) {
        idle();
        ck_assert_int_eq(r.level[IRQ15], 1);
        u8 status = in(STATUS), reason = in(COUNT)&3;
        ck_assert_int_eq(r.level[IRQ15], 0);
        if (!(status & ATA_DRQ)) {
            ck_assert_uint_eq(reason, ATAPI_CD | ATAPI_IO);
            ck_assert_uint_eq(status & ~ATA_ERR, 0x50);
            return !(status & ATA_ERR);
        }
        u32 n = in(LBAM) | (u32)in(LBAH) << 8;
        ck_assert_uint_eq(reason, ATAPI_IO);
        ck_assert_uint_ge(n, 1);
        ck_assert_uint_le(n, limit);
        got_drqs++;
        ck_assert_uint_le(got_bytes + n + 1, sizeof(got));
        for (u32 i = 0; i < n; i += 2) {
            ck_assert_uint_eq(alt() & ATA_DRQ, ATA_DRQ);
            u32 v = bus_in(&r.bus, BASE, 2);
            got[got_bytes + i] = (u8)v;
            got[got_bytes + i + 1] = (u8)(v >> 8);
        }
        got_bytes += n;
        ck_assert_uint_eq(alt() & ATA_DRQ, 0);
    }
}

static bool packet(const u8 p[12])
{
    send(p, 0xfffe, 0);
    return receive(0xfffe);
}
#define PACKET(...) packet((const u8[12]){__VA_ARGS__})

static void expect_sense(u8 key, u16 asc)
{
    ck_assert_uint_eq(in(ERROR) >> 4, key);
    ck_assert(PACKET(0x03, [4] = 18));
    ck_assert_uint_eq(got_bytes, 18);
    ck_assert_uint_eq(got[0], 0x70);
    ck_assert_uint_eq(got[2], key);
    ck_assert_uint_eq(got[12] << 8 | got[13], asc);
}

static void settle(void)
{
    while (!PACKET(0x00))
        ck_assert_uint_eq(in(ERROR) >> 4, SENSE_UNIT_ATTENTION);
}

static void check_pattern(const u8 *data, u32 lba, u32 bytes)
{
    for (u32 i = 0; i < bytes; i++)
        ck_assert_uint_eq(data[i], pattern((u64)lba * CD_BLOCK + i));
}

/* ---- the device ---- */

static void expect_signature(void)
{
    ck_assert_uint_eq(in(COUNT), 1);
    ck_assert_uint_eq(in(LBAL), 1);
    ck_assert_uint_eq(in(LBAM), 0x14);
    ck_assert_uint_eq(in(LBAH), 0xeb);
}

START_TEST(signature_and_identify)
{
    out(DEVICE, 0xa0);
    expect_signature();
    ck_assert_uint_eq(in(ERROR), 1);
    ck_assert_uint_eq(in(STATUS), 0); /* not ready before the first packet */
    static const u8 for_disks[] = {0xec, 0x20};
    for (unsigned i = 0; i < 2; i++) {
        out(LBAM, 0), out(LBAH, 0);
        out(COMMAND, for_disks[i]);
        idle();
        ck_assert_uint_eq(in(STATUS)&1, 1);
        ck_assert_uint_eq(in(ERROR), ATA_ABRT);
        expect_signature();
    }
    out(COMMAND, 0xa1);
    idle();
    ck_assert_uint_eq(in(STATUS), 0x58);
    u16 w[256];
    for (int i = 0; i < 256; i++)
        w[i] = (u16)bus_in(&r.bus, BASE, 2);
    ck_assert_uint_eq(w[0], 0x85c0);
    ck_assert_uint_eq(w[27], 'F' << 8 | 'E');
    ck_assert_uint_eq(w[49] & 0x0300, 0x0300);
    ck_assert_uint_eq(in(STATUS), 0x50);
    /* A disk's commands. */
    out(COMMAND, 0xc8);
    idle();
    ck_assert_uint_eq(in(STATUS), 0x51);
    ck_assert_uint_eq(in(ERROR), ATA_ABRT);
}
END_TEST

START_TEST(device_reset_ends_a_hanging_packet)
{
    settle();
    send((const u8[12]){0x28, [8] = 2}, 2048, 0);
    out(COMMAND, 0x08); /* while busy */
    idle();
    ck_assert_int_eq(r.level[IRQ15], 0);
    ck_assert_uint_eq(alt(), 0);
    expect_signature();
    ck_assert(!PACKET(0x00));
    expect_sense(SENSE_UNIT_ATTENTION, ASC_RESET);
    ck_assert(PACKET(0x00));
}
END_TEST

START_TEST(attention_is_told_once)
{
    /* These do not care, and leave it for the next. */
    ck_assert(PACKET(0x12, [4] = 36));
    ck_assert_uint_eq(got_bytes, 36);
    ck_assert_uint_eq(got[0], 5);
    ck_assert_uint_eq(got[1], 0x80);
    ck_assert(memcmp(got + 8, "FERRITE ", 8) == 0);
    ck_assert(PACKET(0x4a, 1, [4] = 0x10, [8] = 8));
    ck_assert(!PACKET(0x00));
    expect_sense(SENSE_UNIT_ATTENTION, ASC_RESET);
    ck_assert(PACKET(0x00)); /* the disc was in before the power came on: no change */
    ck_assert(PACKET(0x03, [4] = 18));
    ck_assert_uint_eq(got[2], SENSE_NONE);
}
END_TEST

/* ---- reading ---- */

START_TEST(read_by_any_byte_count)
{
    static const u32 limits[] = {0xfffe, 0xffff, 0, 2048, 2047, 512, 510, 3000, 65534, 64};
    settle();
    for (unsigned i = 0; i < ARRAY_SIZE(limits); i++) {
        u32 limit = limits[i] ? limits[i] : 0xfffe;
        send((const u8[12]){0x28, [4] = 0, [5] = 7, [8] = 11}, limits[i], 0);
        ck_assert(receive(limit));
        ck_assert_uint_eq(got_bytes, 11 * CD_BLOCK);
        check_pattern(got, 7, got_bytes);
        if (limits[i] == 2048)
            ck_assert_uint_eq(got_drqs, 11);
    }
    ck_assert(PACKET(0xa8, [5] = 250, [9] = 50));
    check_pattern(got, 250, 50 * CD_BLOCK);
    ck_assert_uint_eq(got_bytes, 50 * CD_BLOCK);
    ck_assert(PACKET(0x28, [5] = 3)); /* nothing */
    ck_assert_uint_eq(got_bytes, 0);
}
END_TEST

START_TEST(ends_of_the_disc)
{
    settle();
    ck_assert(PACKET(0x25));
    ck_assert_uint_eq(got_bytes, 8);
    ck_assert(got[2] == (BLOCKS - 1) >> 8 && got[3] == ((BLOCKS - 1) & 0xff) && got[6] == 8);
    ck_assert(PACKET(0x28, [4] = 1, [5] = BLOCKS - 1 - 256, [8] = 1));
    check_pattern(got, BLOCKS - 1, CD_BLOCK);
    static const u8 beyond[][12] = {
        {0x28, [4] = 1, [5] = BLOCKS - 256, [8] = 1},
        {0x28, [4] = 1, [5] = BLOCKS - 257, [8] = 2},
        {0xa8, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1},
        {0xa8, [5] = 1, [6] = 0xff, 0xff, 0xff, 0xff},
        {0x2b, [4] = 1, [5] = BLOCKS - 256},
        {0xbe, [4] = 1, [5] = BLOCKS - 256, [8] = 1, [9] = 0xf8},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(beyond); i++) {
        ck_assert(!packet(beyond[i]));
        ck_assert_uint_eq(got_bytes, 0);
        expect_sense(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    }
    ck_assert(!PACKET(0x2a, [8] = 1)); /* WRITE */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_OPCODE);
}
END_TEST

/* Multiplication in GF(2^8), the slow way. */
static u8 gf(u8 a, u8 b)
{
    u8 p = 0;
    for (; b; b >>= 1) {
        if (b & 1)
            p ^= a;
        a = (u8)(a << 1 ^ (a & 0x80 ? 0x1d : 0));
    }
    return p;
}

/* Are both check sums of a code word zero? ECMA-130 annex A. */
static void check_word(const u8 *sector, const u32 *at, unsigned n)
{
    u8 plain = 0, weighted = 0;
    for (unsigned i = 0; i < n; i++) {
        plain ^= sector[at[i]];
        weighted = (u8)(gf(weighted, 2) ^ sector[at[i]]);
    }
    ck_assert_uint_eq(plain, 0);
    ck_assert_uint_eq(weighted, 0);
}

static void check_ecc(const u8 *s)
{
    u32 at[45];
    for (u32 column = 0; column < 86; column++) {
        for (u32 row = 0; row < 26; row++)
            at[row] = 12 + row * 86 + column;
        check_word(s, at, 26);
    }
    for (u32 word = 0; word < 52; word++) {
        for (u32 i = 0; i < 43; i++)
            at[i] = 12 + (word / 2 * 86 + word % 2 + i * 88) % 2236;
        at[43] = 2248 + word;
        at[44] = 2248 + 52 + word;
        check_word(s, at, 45);
    }
}

START_TEST(raw_sectors)
{
    settle();
    ck_assert(PACKET(0xbe, [5] = 75, [8] = 5, [9] = 0xf8));
    ck_assert_uint_eq(got_bytes, 5 * CD_RAW);
    for (u32 i = 0; i < 5; i++) {
        const u8 *s = got + i * CD_RAW;
        static const u8 sync[12] = {0,    0xff, 0xff, 0xff, 0xff, 0xff,
                                    0xff, 0xff, 0xff, 0xff, 0xff, 0};
        ck_assert(memcmp(s, sync, 12) == 0);
        ck_assert(s[12] == 0 && s[13] == 3 && s[14] == i && s[15] == 1);
        check_pattern(s + 16, 75 + i, CD_BLOCK);
        check_ecc(s);
    }
    /* Parts. */
    ck_assert(PACKET(0xbe, 2 << 2, [5] = 9, [8] = 1, [9] = 0x10));
    ck_assert_uint_eq(got_bytes, CD_BLOCK);
    check_pattern(got, 9, CD_BLOCK);
    ck_assert(PACKET(0xbe, [5] = 9, [8] = 7, [9] = 0x20));
    ck_assert_uint_eq(got_bytes, 7 * 4);
    ck_assert(PACKET(0xbe, [5] = 9, [8] = 1));
    ck_assert_uint_eq(got_bytes, 0);
    ck_assert(PACKET(0xb9, [3] = 0, 2, 4, 0, 2, 6, 0x10)); /* by time: blocks 4 and 5 */
    ck_assert_uint_eq(got_bytes, 2 * CD_BLOCK);
    check_pattern(got, 4, got_bytes);
    ck_assert(!PACKET(0xbe, 1 << 2, [5] = 9, [8] = 1, [9] = 0x10)); /* audio is wanted */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_WRONG_TRACK_MODE);
    ck_assert(!PACKET(0xbe, [5] = 9, [8] = 1, [9] = 0x10, 4)); /* sub-channels R to W */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    ck_assert(!PACKET(0xb9, [3] = 0, 0, 4, 0, 2, 6, 0x10)); /* in the pregap */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
}
END_TEST

/* ---- tables ---- */

START_TEST(table_of_contents)
{
    settle();
    ck_assert(PACKET(0x43, [8] = 200));
    static const u8 toc[] = {0, 18, 1, 1,    0,    0x14, 1, 0, 0,           0,
                             0, 0,  0, 0x14, 0xaa, 0,    0, 0, BLOCKS >> 8, BLOCKS & 0xff};
    ck_assert_uint_eq(got_bytes, sizeof(toc));
    ck_assert(memcmp(got, toc, sizeof(toc)) == 0);
    ck_assert(PACKET(0x43, 2, [6] = 0xaa, [8] = 200)); /* lead-out by time: 300 + 150 frames */
    ck_assert_uint_eq(got_bytes, 12);
    ck_assert(got[8] == 0 && got[9] == 0 && got[10] == 6 && got[11] == 0);
    ck_assert(!PACKET(0x43, [6] = 2, [8] = 200));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    ck_assert(PACKET(0x43, [2] = 1, [8] = 200));
    ck_assert(got_bytes == 12 && got[1] == 10 && got[6] == 1);
    ck_assert(PACKET(0x43, [8] = 200, [9] = 0x40)); /* the same, spelled the old way */
    ck_assert(got_bytes == 12 && got[1] == 10);
    ck_assert(PACKET(0x43, [2] = 2, [8] = 200));
    ck_assert(got_bytes == 4 + 4 * 11 && got[1] == 2 + 4 * 11);
    ck_assert(got[4 + 3] == 0xa0 && got[4 + 22 + 3] == 0xa2 && got[4 + 22 + 9] == 6);
    ck_assert(PACKET(0x43, [8] = 6)); /* cut to what is allowed */
    ck_assert_uint_eq(got_bytes, 6);
    ck_assert(PACKET(0x43, [8] = 7));
    ck_assert_uint_eq(got_bytes, 7); /* an odd end */
    ck_assert(PACKET(0x43));
    ck_assert_uint_eq(got_bytes, 0);
    ck_assert(!PACKET(0x43, [2] = 5, [8] = 200));
}
END_TEST

START_TEST(pages_and_features)
{
    settle();
    static const u8 pages[][2] = {{0x01, 8}, {0x0e, 16}, {0x1a, 12}, {0x2a, 20}};
    for (unsigned i = 0; i < ARRAY_SIZE(pages); i++) {
        ck_assert(PACKET(0x5a, [2] = pages[i][0], [8] = 255));
        ck_assert_uint_eq(got_bytes, 8u + pages[i][1]);
        ck_assert(got[1] == got_bytes - 2 && got[2] == 1 && got[8] == pages[i][0]);
        ck_assert_uint_eq(got[9], pages[i][1] - 2u);
        ck_assert(PACKET(0x1a, [2] = pages[i][0], [4] = 255));
        ck_assert_uint_eq(got_bytes, 4u + pages[i][1]);
        ck_assert(got[0] == got_bytes - 1 && got[4] == pages[i][0]);
    }
    ck_assert(PACKET(0x5a, [2] = 0x3f, [8] = 255));
    ck_assert_uint_eq(got_bytes, 8 + 8 + 8 + 16 + 12 + 20);
    ck_assert(!PACKET(0x5a, [2] = 0x05, [8] = 255));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    ck_assert(!PACKET(0x5a, [2] = 0xea, [8] = 255));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_SAVING_NOT_SUPPORTED);

    ck_assert(PACKET(0x46, [7] = 1));
    ck_assert_uint_eq(got[3], got_bytes - 4);
    ck_assert(got[7] == 8 && got[8 + 3] == 4 && got[8 + 6] == 1); /* profile CD-ROM, in use */
    u32 p = 8, features = 0;
    for (; p < got_bytes; p += 4u + got[p + 3])
        features++;
    ck_assert_uint_eq(p, got_bytes);
    ck_assert_uint_eq(features, 8);
    ck_assert(PACKET(0x46, 2, [3] = 0x1e, [7] = 1));
    ck_assert_uint_eq(got_bytes, 12);
    ck_assert(PACKET(0x42, [2] = 0x40, [3] = 1, [8] = 100));
    ck_assert(got_bytes == 16 && got[1] == 0x15 && got[3] == 12);
    ck_assert(PACKET(0x51, [8] = 100));
    ck_assert(got_bytes == 34 && got[2] == 0x0e);
    ck_assert(PACKET(0xbd, [9] = 8));
    ck_assert_uint_eq(got_bytes, 8);
}
END_TEST

/* Give what is asked for. true: GOOD. */
static bool give(const u8 *data, u32 n, u32 limit)
{
    u32 given = 0;
    for (;;) {
        idle();
        ck_assert_int_eq(r.level[IRQ15], 1);
        u8 status = in(STATUS), reason = in(COUNT)&3;
        if (!(status & ATA_DRQ)) {
            ck_assert_uint_eq(reason, ATAPI_CD | ATAPI_IO);
            return !(status & ATA_ERR);
        }
        u32 block = in(LBAM) | (u32)in(LBAH) << 8;
        ck_assert_uint_eq(reason, 0); /* data, to the device */
        ck_assert_uint_le(block, limit);
        ck_assert_uint_le(given + block, n);
        for (u32 i = 0; i < block; i += 2)
            bus_out(&r.bus, BASE,
                    data[given + i] | (given + i + 1 < n ? (u32)data[given + i + 1] << 8 : 0), 2);
        given += block;
        ck_assert_uint_eq(alt() & ATA_DRQ, 0);
    }
}

static void expect_audio_control(u8 control, const u8 want[5])
{
    static const u8 at[5] = {2, 8, 9, 10, 11};
    ck_assert(PACKET(0x5a, [2] = 0x0e | control << 6, [8] = 255));
    for (unsigned i = 0; i < 5; i++)
        ck_assert_uint_eq(got[8 + at[i]], want[i]);
}

/* The volume of audio CDs, as players set it; MMC-3 6.3.6. */
START_TEST(audio_control)
{
    static const u8 start[5] = {4, 1, 0xff, 2, 0xff}, changeable[5] = {2, 0xf, 0xff, 0xf, 0xff};
    static const u8 want[5] = {6, 3, 0x40, 0, 0x80}, other[5] = {4, 1, 0x11, 2, 0x22};
    u8 list[8 + 16] = {[8] = 0x0e, 14, [10] = 0x06, [16] = 0x03, 0x40, 0x00, 0x80, 0x11, 0x22};
    settle();
    expect_audio_control(0, start);
    expect_audio_control(1, changeable);
    for (u32 limit = 6; limit <= 24; limit += 18) {
        send((const u8[12]){0x55, 0x10, [8] = 24}, limit, 0);
        ck_assert(give(list, 24, limit));
        expect_audio_control(0, want); /* ports 2 and 3 there are none */
        ck_assert(PACKET(0x5a, [2] = 0x0e, [8] = 255));
        ck_assert(got[8 + 12] == 0 && got[8 + 13] == 0);
    }
    expect_audio_control(1, changeable);
    expect_audio_control(2, start);
    /* MODE SELECT (6), a block descriptor in front, another page behind. */
    u8 six[4 + 8 + 16 + 8] = {[3] = 8, [12] = 0x0e, 14, 4, [20] = 1, 0x11, 2, 0x22, [28] = 1, 6};
    send((const u8[12]){0x15, 0x10, [4] = 36}, 0xfffe, 0);
    ck_assert(give(six, 36, 0xfffe));
    expect_audio_control(0, other);
    /* What is wrong changes nothing. */
    static const struct {
        u8 at, value, length;
        u16 asc;
    } wrong[] = {
        {8, 0x05, 24, ASC_INVALID_PARAMETER}, {9, 12, 24, ASC_INVALID_PARAMETER},
        {9, 13, 23, ASC_INVALID_PARAMETER},   {7, 17, 24, ASC_PARAMETER_LENGTH},
        {9, 32, 24, ASC_PARAMETER_LENGTH},    {8, 0x3f, 24, ASC_INVALID_PARAMETER},
        {8, 0x0e, 20, ASC_PARAMETER_LENGTH},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        u8 bad[24];
        memcpy(bad, list, sizeof(bad));
        bad[wrong[i].at] = wrong[i].value;
        send((const u8[12]){0x55, 0x10, [8] = wrong[i].length}, 0xfffe, 0);
        ck_assert(!give(bad, wrong[i].length, 0xfffe));
        expect_sense(SENSE_ILLEGAL_REQUEST, wrong[i].asc);
        expect_audio_control(0, other);
    }
    ck_assert(PACKET(0x55, 0x10)); /* nothing to be set */
    ck_assert(!PACKET(0x55, 0x11, [8] = 24));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    ck_assert(!PACKET(0x15, 0x10, [4] = 3));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_PARAMETER_LENGTH);
    /* By bus master. */
    memcpy(dma_memory, list, 24);
    dma_at = 0;
    dma_takes = 10;
    send((const u8[12]){0x55, 0x10, [8] = 24}, 0, 1);
    rig_run(&r, 10 * NS_PER_MS);
    ck_assert_uint_eq(alt(), ATA_BSY);
    dma_takes = 1 << 20;
    ide_dma_go(ide, 1);
    idle();
    ck_assert_uint_eq(in(STATUS), 0x50);
    expect_audio_control(0, want);
    /* RESET# sets the defaults, DEVICE RESET does not. */
    out(COMMAND, 0x08);
    idle();
    settle();
    expect_audio_control(0, want);
    ata_hard_reset(drive());
    idle();
    settle();
    expect_audio_control(0, start);
}
END_TEST

/* ---- tray ---- */

static u8 event(u8 *medium)
{
    ck_assert(PACKET(0x4a, 1, [4] = 0x10, [8] = 8));
    ck_assert(got_bytes == 8 && got[1] == 6 && got[2] == 4);
    *medium = got[5];
    return got[4];
}

START_TEST(tray)
{
    u8 medium;
    bool locked;
    settle();
    ck_assert(event(&medium) == EVENT_NONE && medium == 2);
    ck_assert(PACKET(0x1e, [4] = 1)); /* lock */
    ck_assert(!PACKET(0x1b, [4] = 2));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_REMOVAL_PREVENTED);
    ck_assert_ptr_null(atapi_eject(drive(), false, &locked));
    ck_assert(locked);
    ck_assert(event(&medium) == EVENT_EJECT_REQUEST && medium == 2);
    ck_assert(event(&medium) == EVENT_NONE);
    ck_assert(PACKET(0x1e, [4] = 0));
    ck_assert(PACKET(0x1b, [4] = 2)); /* eject */
    ck_assert(event(&medium) == EVENT_REMOVAL && medium == 3);
    ck_assert(!PACKET(0x00));
    expect_sense(SENSE_NOT_READY, ASC_NO_MEDIUM_OPEN);
    ck_assert(!PACKET(0x28, [8] = 1));
    expect_sense(SENSE_NOT_READY, ASC_NO_MEDIUM_OPEN);
    ck_assert(PACKET(0x1b, [4] = 3)); /* load */
    ck_assert(event(&medium) == EVENT_NEW_MEDIUM && medium == 2);
    ck_assert(!PACKET(0x00));
    expect_sense(SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
    ck_assert(PACKET(0x00));

    /* Somebody takes the disc out, and puts in a smaller one. */
    ck_assert_ptr_eq(atapi_eject(drive(), false, &locked), disc);
    cd_close(disc, NULL);
    ck_assert(!PACKET(0x25));
    expect_sense(SENSE_NOT_READY, ASC_NO_MEDIUM_CLOSED);
    ck_assert(event(&medium) == EVENT_REMOVAL && medium == 0);
    disc = open_disc("small", 10 * CD_BLOCK + 700); /* cut off in the middle of a block */
    atapi_insert(drive(), disc);
    ck_assert(!PACKET(0x25));
    expect_sense(SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
    ck_assert(PACKET(0x25));
    ck_assert_uint_eq(got[3], 9);
}
END_TEST

/* ---- what goes wrong ---- */

START_TEST(disc_out_in_mid_read)
{
    bool locked;
    settle();
    for (int again = 0; again < 2; again++) {
        ck_assert(PACKET(0x1e, [4] = 1));
        send((const u8[12]){0x28, [8] = 100}, 2048, 0);
        idle();
        ck_assert_uint_eq(in(STATUS), 0x58);
        cd_close(atapi_eject(drive(), true, &locked), NULL);
        if (again) { /* another one is in before the guest notices */
            disc = open_disc("other", 200 * CD_BLOCK);
            atapi_insert(drive(), disc);
        }
        for (int i = 0; i < 1024; i++) /* the rest of the DRQ block is in the drive's buffer */
            ck_assert_uint_eq(bus_in(&r.bus, BASE, 2), pattern(2u * i) | pattern(2u * i + 1) << 8);
        idle();
        ck_assert_int_eq(r.level[IRQ15], 1);
        ck_assert(!receive(2048));
        ck_assert_uint_lt(got_bytes, 4 * CD_BLOCK); /* what was read ahead */
        expect_sense(again ? SENSE_UNIT_ATTENTION : SENSE_NOT_READY,
                     again ? ASC_MEDIUM_CHANGED : ASC_NO_MEDIUM_CLOSED);
        if (!again) {
            disc = open_disc("third", BLOCKS * CD_BLOCK);
            atapi_insert(drive(), disc);
            settle();
        }
    }
    ck_assert(PACKET(0x28, [8] = 1));
}
END_TEST

START_TEST(image_cut_short_under_us)
{
    bool locked;
    settle();
    cd_close(atapi_eject(drive(), true, &locked), NULL);
    char *path = scratch_image("short", 40 * CD_BLOCK);
    disc = cd_open(&(struct media){.path = path}, NULL, &e);
    ck_assert_msg(disc != NULL, "%s", e.text);
    atapi_insert(drive(), disc);
    settle();
    ck_assert_int_eq(truncate(path, 10 * CD_BLOCK + 100), 0);
    ck_assert(!PACKET(0x28, [8] = 30));
    ck_assert_uint_eq(got_bytes, 10 * CD_BLOCK);
    check_pattern(got, 0, got_bytes);
    expect_sense(SENSE_MEDIUM_ERROR, ASC_UNRECOVERED_READ);
    ck_assert(PACKET(0x28, [8] = 9));
    unlink(path);
}
END_TEST

START_TEST(images_that_are_none)
{
    char *path = scratch_image("none", 1000);
    ck_assert_ptr_null(cd_open(&(struct media){.path = path}, NULL, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "too little"));
    unlink(path);
}
END_TEST

/* ---- a disc with music ---- */

/* 20 blocks of data, a track of 300 blocks with its pregap, and a last one of 75. */
static void insert_music(void)
{
    bool locked;
    char cue[300], *bin = scratch_image("music.bin", 395 * CD_RAW);
    FILE *f;
    snprintf(cue, sizeof(cue), "%s.cue", bin);
    ck_assert_ptr_nonnull(f = fopen(cue, "w"));
    fprintf(f,
            "CATALOG 1234567890123\nFILE \"%s\" BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\n"
            "TRACK 02 AUDIO\nISRC ABCDE1234567\nINDEX 00 00:00:20\nINDEX 01 00:00:30\n"
            "TRACK 03 AUDIO\nINDEX 01 00:04:20\n",
            bin);
    fclose(f);
    cd_close(atapi_eject(drive(), true, &locked), NULL);
    disc = cd_open(&(struct media){.path = cue}, NULL, &e);
    ck_assert_msg(disc != NULL, "%s", e.text);
    unlink(cue);
    unlink(bin);
    atapi_insert(drive(), disc);
    settle();
}

/* READ SUB-CHANNEL, by block: audio status; track, index and block if it is wanted. */
static u8 audio_status(u8 *track, u32 *block)
{
    ck_assert(PACKET(0x42, 0, 0x40, 1, [8] = 16));
    ck_assert_uint_eq(got_bytes, 16);
    if (track)
        *track = got[6];
    if (block)
        *block = (u32)got[8] << 24 | (u32)got[9] << 16 | (u32)got[10] << 8 | got[11];
    return got[1];
}

START_TEST(toc_of_several_tracks)
{
    insert_music();
    static const u8 toc[] = {0,          34, 1,    3,    0,    0x14, 1, 0,        0,
                             0,          0,  0,    0,    0x10, 2,    0, 0,        0,
                             0,          30, 0,    0x10, 3,    0,    0, 0,        320 >> 8,
                             320 & 0xff, 0,  0x10, 0xaa, 0,    0,    0, 395 >> 8, 395 & 0xff};
    ck_assert(PACKET(0x43, [8] = 200));
    ck_assert_uint_eq(got_bytes, sizeof(toc));
    ck_assert_mem_eq(got, toc, sizeof(toc));
    ck_assert(PACKET(0x43, 2, [6] = 3, [8] = 200)); /* from track 3 on, by time */
    ck_assert(got_bytes == 20 && got[6] == 3 && got[9] == 0 && got[10] == 6 && got[11] == 20);
    ck_assert(!PACKET(0x43, [6] = 4, [8] = 200));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    ck_assert(PACKET(0x43, [2] = 2, [8] = 200)); /* the lead-in: 3 points and 3 tracks */
    ck_assert_uint_eq(got_bytes, 4 + 6 * 11);
    ck_assert(got[4 + 11 + 3] == 0xa1 && got[4 + 11 + 8] == 3);
    ck_assert(PACKET(0x51, [8] = 34));
    ck_assert_uint_eq(got[6], 3);
    ck_assert(PACKET(0x52, 1, [5] = 2, [8] = 36));
    ck_assert(got[2] == 2 && got[5] == 0 && got[11] == 30 && got[26] == 290 >> 8);
}
END_TEST

START_TEST(audio_sectors)
{
    insert_music();
    ck_assert(PACKET(0xbe, [5] = 40, [8] = 2, [9] = 0xf8));
    ck_assert_uint_eq(got_bytes, 2 * CD_RAW);
    for (u32 i = 0; i < got_bytes; i++)
        ck_assert_uint_eq(got[i], pattern(40 * CD_RAW + i));
    ck_assert(PACKET(0xbe, 1 << 2, [5] = 40, [8] = 1, [9] = 0x10));
    ck_assert_uint_eq(got_bytes, CD_RAW);
    ck_assert(!PACKET(0xbe, 2 << 2, [5] = 40, [8] = 1, [9] = 0x10)); /* Mode 1 is wanted */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_WRONG_TRACK_MODE);
    ck_assert(!PACKET(0x28, [5] = 40, [8] = 1));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_WRONG_TRACK_MODE);
    /* Sub-channel Q: control and ADR, track, index, time in the track, time on the disc. */
    ck_assert(PACKET(0xbe, [5] = 115, [8] = 1, [9] = 0xf8, SUB_Q));
    ck_assert_uint_eq(got_bytes, CD_RAW + 16);
    static const u8 q[10] = {0x01, 0x02, 0x01, 0, 0x01, 0x10, 0, 0, 0x03, 0x40};
    ck_assert_mem_eq(got + CD_RAW, q, 10);
    ck_assert(PACKET(0xbe, [5] = 25, [8] = 1, [10] = SUB_RAW)); /* in the pregap P is 1 */
    ck_assert_uint_eq(got_bytes, 96);
    ck_assert_uint_eq(got[0] & 0x80, 0x80);
}
END_TEST

START_TEST(plays_in_guest_time)
{
    u8 track;
    u32 block;
    insert_music();
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_NONE);
    ck_assert(PACKET(0x45, [5] = 30, [8] = 150)); /* two seconds */
    ck_assert_uint_eq(audio_status(&track, &block), AUDIO_PLAYING);
    ck_assert(track == 2 && block == 30);
    rig_run(&r, NS_PER_SEC);
    ck_assert_uint_eq(audio_status(&track, &block), AUDIO_PLAYING);
    ck_assert(track == 2 && block == 105);
    ck_assert(PACKET(0x4b)); /* pause */
    rig_run(&r, NS_PER_SEC);
    ck_assert_uint_eq(audio_status(NULL, &block), AUDIO_PAUSED);
    ck_assert_uint_eq(block, 105);
    ck_assert(PACKET(0x4b, [8] = 1));
    rig_run(&r, NS_PER_SEC / 2);
    ck_assert_uint_eq(audio_status(NULL, &block), AUDIO_PLAYING);
    ck_assert(block >= 142 && block <= 143);
    rig_run(&r, NS_PER_SEC);
    ck_assert_uint_eq(audio_status(NULL, &block), AUDIO_COMPLETED); /* told once */
    ck_assert_uint_eq(block, 180);
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_NONE);
    ck_assert(!PACKET(0x4b, [8] = 1));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_SEQUENCE);
    /* By time, from 0:06:20 to the end of the disc. */
    ck_assert(PACKET(0x47, [3] = 0, 6, 20, 0, 7, 20));
    rig_run(&r, NS_PER_SEC / 3);
    ck_assert_uint_eq(audio_status(&track, &block), AUDIO_PLAYING);
    ck_assert(track == 3 && block >= 344 && block <= 345);
    ck_assert(PACKET(0x4e));
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_NONE);
    /* Tracks. */
    ck_assert(PACKET(0x48, [4] = 2, [5] = 1, [7] = 2, [8] = 1));
    rig_run(&r, 10 * NS_PER_SEC);
    ck_assert_uint_eq(audio_status(NULL, &block), AUDIO_COMPLETED);
    ck_assert_uint_eq(block, 320);
}
END_TEST

START_TEST(playing_ends)
{
    insert_music();
    ck_assert(!PACKET(0x45, [5] = 5, [8] = 10)); /* data */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_WRONG_TRACK_MODE);
    ck_assert(!PACKET(0x45, [4] = 1, [5] = 0x80, [8] = 100)); /* beyond the end */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    ck_assert(!PACKET(0x45, 0, 0xff, 0xff, 0xff, 0xfe, [7] = 0xff, 0xff));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    ck_assert(PACKET(0x45, [5] = 30)); /* a length of 0 only moves the head */
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_NONE);
    ck_assert(PACKET(0x45, [5] = 30, [8] = 200));
    ck_assert(PACKET(0x28, [8] = 1)); /* a read takes the head away */
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_NONE);
    ck_assert(PACKET(0x45, [5] = 30, [8] = 200));
    ck_assert(PACKET(0x1b)); /* so does STOP */
    ck_assert_uint_eq(audio_status(NULL, NULL), AUDIO_NONE);
    /* Catalogue number and ISRC. */
    ck_assert(PACKET(0x42, 0, 0x40, 2, [8] = 24));
    ck_assert(got[8] == 0x80 && !memcmp(got + 9, "1234567890123", 13));
    ck_assert(PACKET(0x42, 0, 0x40, 3, [6] = 2, [8] = 24));
    ck_assert(got[8] == 0x80 && !memcmp(got + 9, "ABCDE1234567", 12));
    ck_assert(PACKET(0x42, 0, 0x40, 3, [6] = 3, [8] = 24));
    ck_assert_uint_eq(got[8], 0);
}
END_TEST

/* ---- DMA ---- */

START_TEST(by_bus_master)
{
    settle();
    dma_takes = 5000; /* its table ends in the middle */
    send((const u8[12]){0x28, [5] = 4, [8] = 20}, 0, 1);
    rig_run(&r, 10 * NS_PER_MS);
    ck_assert_uint_eq(alt(), ATA_BSY);
    ck_assert_uint_eq(dma_at, 5000);
    dma_takes = 1 << 20;
    ide_dma_go(ide, 1);
    idle();
    ck_assert_int_eq(r.level[IRQ15], 1);
    ck_assert_uint_eq(in(STATUS), 0x50);
    ck_assert_uint_eq(in(COUNT)&3, 3);
    ck_assert_uint_eq(dma_at, 20 * CD_BLOCK);
    check_pattern(dma_memory, 4, 20 * CD_BLOCK);
    /* A reset ends one that nobody takes. */
    dma_takes = 0;
    send((const u8[12]){0x28, [5] = 4, [8] = 20}, 0, 1);
    rig_run(&r, 10 * NS_PER_MS);
    ck_assert_uint_eq(alt(), ATA_BSY);
    bus_out(&r.bus, 0x376, 4, 1);
    bus_out(&r.bus, 0x376, 0, 1);
    idle();
    ide_dma_go(ide, 1);
    rig_run(&r, NS_PER_MS);
    ck_assert_uint_eq(dma_at, 20 * CD_BLOCK);
    settle();
}
END_TEST

/* ---- state ---- */

/* Something that a guest may do, and with `discs` a person too. Returns what the guest read. */
static u64 storm_step(u64 *seed, bool discs)
{
    static const u8 codes[] = {0x00, 0x03, 0x12, 0x15, 0x1a, 0x1b, 0x1e, 0x25,
                               0x28, 0x2b, 0x42, 0x43, 0x46, 0x4a, 0x4e, 0x51,
                               0x52, 0x55, 0x5a, 0xa8, 0xb9, 0xbb, 0xbd, 0xbe};
    u64 heard = 0;
    u32 what = rig_random(seed) % 32;
    if (what < 12) { /* a packet, more or less */
        out(DEVICE, 0xa0);
        out(FEATURE, rig_random(seed) % 8 ? 0 : (u8)rig_random(seed));
        out(LBAM, (u8)rig_random(seed));
        out(LBAH, (u8)(rig_random(seed) & 0xf));
        out(COMMAND, 0xa0);
        rig_run(&r, rig_random(seed) % 30000);
        u8 p[12];
        for (int k = 0; k < 12; k++)
            p[k] = rig_random(seed) % 3 ? 0 : (u8)rig_random(seed);
        p[0] = codes[rig_random(seed) % sizeof(codes)];
        p[3] &= (u8)(p[3] & 3 ? 0 : 0xff);
        for (int k = 0; k < 12; k += 2)
            bus_out(&r.bus, BASE, p[k] | (u32)p[k + 1] << 8, 2);
    } else if (what < 22) {
        u32 n = rig_random(seed) % 3000;
        unsigned width = rig_random(seed) % 8 ? 2 : 1u << rig_random(seed) % 3;
        while (n--)
            heard = heard * 31 + bus_in(&r.bus, BASE, width);
    } else if (what < 28) {
        dma_takes = rig_random(seed) % 5000;
        dma_at = 0;
        rig_run(&r, rig_random(seed) % 40000);
        ide_dma_go(ide, 1);
    } else if (what == 28 && discs) {
        bool locked;
        struct cd_disc *d = atapi_eject(drive(), rig_random(seed) & 1, &locked);
        cd_close(d, NULL);
        if (!atapi_medium(drive()) && rig_random(seed) % 4)
            atapi_insert(drive(), open_disc("storm", rig_random(seed) % 99999 + CD_BLOCK));
    } else if (what == 29) {
        bus_out(&r.bus, 0x376, rig_random(seed) & (rig_random(seed) & 3 ? 0x82 : 0xff), 1);
    } else {
        u16 port = (u16)(BASE + rig_random(seed) % 8);
        if (rig_random(seed) & 1)
            bus_out(&r.bus, port, rig_random(seed), 1);
        else
            heard = bus_in(&r.bus, port, 1);
    }
    return heard;
}

static void round_trip(void)
{
    size_t size, again_size;
    char why[512];
    u8 *bytes = rig_save(&r, &ide->dev, &size);
    struct rig first = r;
    struct ide *mine = ide;
    rig_init(&r);
    ide = new_ide();
    atapi_insert(drive(), disc);
    device_reset(&ide->dev);
    u32 at = dma_at, takes = dma_takes;
    u64 seed = size + first.clock.now;
    for (int i = 0; i < 300; i++)
        storm_step(&seed, false);
    dma_at = at, dma_takes = takes;
    if (!atapi_medium(drive())) /* it was told to eject it */
        atapi_insert(drive(), disc);
    ck_assert_msg(rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)), "%s", why);
    same_ide(mine, ide, &r.clock);
    u8 *again = rig_save(&r, &ide->dev, &again_size);
    ck_assert_uint_eq(size, again_size);
    ck_assert_int_eq(memcmp(bytes, again, size), 0);
    /* The copy goes on as the original would. */
    if (alt() & (ATA_BSY | ATA_DRQ)) {
        r.level[IRQ15] = ide->channel[1].line;
        rig_run(&r, NS_PER_MS);
        for (int i = 0; i < 30000 && alt() & ATA_DRQ; i++) {
            bus_in(&r.bus, BASE, 2);
            rig_run(&r, 10 * NS_PER_US);
        }
        ck_assert_uint_eq(in(STATUS)&0x89, 0);
    }
    device_free(&ide->dev);
    rig_free(&r);
    r = first;
    ide = mine;
    free(bytes);
    free(again);
}

/* A copy of the drive, in the middle of a bus master's transfer, delivers the rest. */
static void check_state_goes_on_by_dma(void)
{
    size_t size;
    char why[512];
    u8 *bytes = rig_save(&r, &ide->dev, &size);
    struct rig first = r;
    struct ide *mine = ide;
    u32 had = dma_at;
    rig_init(&r);
    ide = new_ide();
    atapi_insert(drive(), disc);
    ck_assert_msg(rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)), "%s", why);
    dma_takes = 1 << 20;
    ide_dma_go(ide, 1);
    idle();
    ck_assert_uint_eq(in(STATUS), 0x50);
    check_pattern(dma_memory, 4, 9 * CD_BLOCK);
    ck_assert_uint_eq(dma_at, 9 * CD_BLOCK);
    device_free(&ide->dev);
    rig_free(&r);
    r = first;
    ide = mine;
    dma_at = had;
    free(bytes);
    ide_dma_go(ide, 1);
    idle();
    in(STATUS);
    ck_assert_uint_eq(dma_at, 9 * CD_BLOCK);
}

/* A disc of as many blocks with another byte is another disc: its files are looked at. */
START_TEST(state_with_another_disc)
{
    size_t size;
    char why[512];
    bool locked;
    u8 *bytes = rig_save(&r, &ide->dev, &size);
    cd_close(atapi_eject(drive(), true, &locked), NULL);
    char *path = scratch_image("other", BLOCKS * CD_BLOCK);
    FILE *f = fopen(path, "r+b");
    ck_assert(f && fseek(f, 5 * CD_BLOCK + 77, SEEK_SET) == 0);
    ck_assert(fputc(~pattern(5 * CD_BLOCK + 77) & 0xff, f) != EOF && fclose(f) == 0);
    disc = cd_open(&(struct media){.path = path}, NULL, &e);
    ck_assert_msg(disc != NULL, "%s", e.text);
    unlink(path);
    atapi_insert(drive(), disc);
    ck_assert(!rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)));
    ck_assert_ptr_nonnull(strstr(why, "not the image"));
    free(bytes);
}
END_TEST

/* What only discs with sound and rare moments bring about is put there by hand. */
START_TEST(state_of_rare_moments)
{
    settle();
    struct atapi *a = drive()->atapi;
    round_trip();
    a->locked = a->changed = true;
    a->sub = SUB_Q, a->type = 2;
    a->audio = AUDIO_PLAYING, a->audio_lba = 150, a->audio_end = 300;
    a->audio_since = r.clock.now / 2 + 12345;
    round_trip();
    a->locked = a->changed = false;
    a->audio = AUDIO_PAUSED;
    round_trip();
}
END_TEST

START_TEST(state)
{
    round_trip();
    settle();
    round_trip();
    send((const u8[12]){0x28, [5] = 4, [8] = 9}, 3000, 0);
    round_trip(); /* the packet is being looked at */
    idle();
    round_trip(); /* data wait */
    for (int i = 0; i < 100; i++)
        bus_in(&r.bus, BASE, 2);
    round_trip();
    in(STATUS);
    for (int i = 0; i < 1400; i++)
        bus_in(&r.bus, BASE, 2);
    round_trip(); /* between two blocks, with a rest in the buffer */
    receive(3000);
    ck_assert(PACKET(0x1b, [4] = 2));
    round_trip();
    ck_assert(PACKET(0x1b, [4] = 3));
    settle();
    dma_takes = 3000;
    send((const u8[12]){0x28, [5] = 4, [8] = 9}, 0, 1);
    rig_run(&r, NS_PER_MS);
    ck_assert_uint_eq(alt(), ATA_BSY);
    dma_takes = 0;
    check_state_goes_on_by_dma();
    /* Another machine's: no disc here. */
    size_t size;
    char why[512];
    bool locked;
    u8 *bytes = rig_save(&r, &ide->dev, &size);
    atapi_eject(drive(), true, &locked);
    ck_assert(!rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)));
    ck_assert_ptr_nonnull(strstr(why, "a CD in the drive"));
    atapi_insert(drive(), disc);
    ck_assert_msg(rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)), "%s", why);
    /* A disk where the drive was. */
    struct rig first = r;
    rig_init(&r);
    struct ide *other = (struct ide *)device_new(&ide_class, "ide");
    ck_assert(device_realize(&other->dev, &r.board, &e));
    struct media m = {.path = scratch_image("disk", 512)};
    struct disk *disk = disk_open(&m, DISK_HARD, true, NULL, &e);
    unlink(m.path);
    ide_attach(other, 1, 0, disk);
    ck_assert(!rig_load(&r, &other->dev, bytes, size, why, sizeof(why)));
    ck_assert_ptr_nonnull(strstr(why, "has a CD-ROM drive where this machine has a disk"));
    disk_close(disk, NULL);
    device_free(&other->dev);
    rig_free(&r);
    r = first;
    free(bytes);
}
END_TEST

/* ---- anything a guest may do ---- */

START_TEST(storm)
{
    u64 seed = 99;
    for (int i = 0; i < 40000; i++)
        storm_step(&seed, true);
    bus_out(&r.bus, 0x376, 4, 1);
    bus_out(&r.bus, 0x376, 0, 1);
    rig_run(&r, NS_PER_MS);
    out(DEVICE, 0xa0);
    expect_signature();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("atapi");
    TCase *t = tcase_create("CD-ROM");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, signature_and_identify);
    tcase_add_test(t, device_reset_ends_a_hanging_packet);
    tcase_add_test(t, attention_is_told_once);
    tcase_add_test(t, read_by_any_byte_count);
    tcase_add_test(t, ends_of_the_disc);
    tcase_add_test(t, raw_sectors);
    tcase_add_test(t, table_of_contents);
    tcase_add_test(t, pages_and_features);
    tcase_add_test(t, audio_control);
    tcase_add_test(t, tray);
    tcase_add_test(t, disc_out_in_mid_read);
    tcase_add_test(t, image_cut_short_under_us);
    tcase_add_test(t, images_that_are_none);
    tcase_add_test(t, toc_of_several_tracks);
    tcase_add_test(t, audio_sectors);
    tcase_add_test(t, plays_in_guest_time);
    tcase_add_test(t, playing_ends);
    tcase_add_test(t, by_bus_master);
    tcase_add_test(t, state);
    tcase_add_test(t, state_of_rare_moments);
    tcase_add_test(t, state_with_another_disc);
    tcase_add_test(t, storm);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
