/*
 * atapi_rig.h - a CD-ROM drive on the second IDE channel, without a CPU, and the host's side of the
 * PACKET protocol. One rig a test program.
 */
#ifndef FERRITE_TESTS_ATAPI_RIG_H
#define FERRITE_TESTS_ATAPI_RIG_H

#include "storage_rig.h"

#include "hw/storage/atapi.h"
#include "hw/storage/ide.h"

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

static inline u8 in(u16 reg)
{
    return (u8)bus_in(&r.bus, BASE + reg, 1);
}

static inline void out(u16 reg, u8 v)
{
    bus_out(&r.bus, BASE + reg, v, 1);
}

static inline u8 alt(void)
{
    return (u8)bus_in(&r.bus, BASE + 0x206, 1);
}

static inline void idle(void)
{
    for (int i = 0; i < 1000 && alt() & ATA_BSY; i++)
        rig_run(&r, 10 * NS_PER_US);
    ck_assert_uint_eq(alt() & ATA_BSY, 0);
}

static inline struct ata_unit *drive(void)
{
    return ide_cdrom(ide);
}

static inline struct cd_disc *open_disc(const char *name, u64 bytes)
{
    char *path = scratch_image(name, bytes);
    struct cd_disc *d = cd_open(&(struct media){.path = path}, NULL, &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    unlink(path);
    return d;
}

static inline u32 take_dma(void *opaque, unsigned channel, u8 *data, u32 len, bool to_memory)
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

static inline struct ide *new_ide(void)
{
    struct ide *i = (struct ide *)device_new(&ide_class, "ide");
    i->irq[0] = rig_line(&r, IRQ14);
    i->irq[1] = rig_line(&r, IRQ15);
    i->dma = take_dma;
    ck_assert(device_realize(&i->dev, &r.board, &e));
    ck_assert(ide_attach_cdrom(i, 1, 0));
    return i;
}

static inline void setup(void)
{
    rig_init(&r);
    ide = new_ide();
    disc = open_disc("cd", BLOCKS * CD_BLOCK);
    atapi_insert(drive(), disc);
    device_reset(&ide->dev);
    rig_run(&r, NS_PER_MS);
    dma_at = dma_takes = 0;
}

static inline void teardown(void)
{
    bool locked;
    cd_close(atapi_eject(drive(), true, &locked), NULL);
    device_free(&ide->dev);
    rig_free(&r);
}

/* Send a packet, at most `limit` bytes a DRQ block; the drive is left busy. */
static inline void send(const u8 packet[12], u32 limit, u8 feature)
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
static inline bool receive(u32 limit)
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

static inline bool packet(const u8 p[12])
{
    send(p, 0xfffe, 0);
    return receive(0xfffe);
}
#define PACKET(...) packet((const u8[12]){__VA_ARGS__})

static inline void expect_sense(u8 key, u16 asc)
{
    ck_assert_uint_eq(in(ERROR) >> 4, key);
    ck_assert(PACKET(0x03, [4] = 18));
    ck_assert_uint_eq(got_bytes, 18);
    ck_assert_uint_eq(got[0], 0x70);
    ck_assert_uint_eq(got[2], key);
    ck_assert_uint_eq(got[12] << 8 | got[13], asc);
}

static inline void settle(void)
{
    while (!PACKET(0x00))
        ck_assert_uint_eq(in(ERROR) >> 4, SENSE_UNIT_ATTENTION);
}

static inline void check_pattern(const u8 *data, u32 lba, u32 bytes)
{
    for (u32 i = 0; i < bytes; i++)
        ck_assert_uint_eq(data[i], pattern((u64)lba * CD_BLOCK + i));
}
static inline void expect_signature(void)
{
    ck_assert_uint_eq(in(COUNT), 1);
    ck_assert_uint_eq(in(LBAL), 1);
    ck_assert_uint_eq(in(LBAM), 0x14);
    ck_assert_uint_eq(in(LBAH), 0xeb);
}

#endif
