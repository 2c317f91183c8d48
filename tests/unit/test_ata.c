/*
 * test_ata.c - two IDE channels with ATA disks, without a CPU: presence and signatures, addresses,
 * DRQ blocks and their interrupts, errors, settings, IDENTIFY, state, random register storms.
 */
#include "storage_rig.h"

#include "hw/storage/ide.h"
#include "same_ide.h"

static struct rig r;
static struct ide *ide;
static struct err e;

enum { SECTORS = 4000, IRQ14 = 14, IRQ15 = 15 };
enum { DATA, FEATURE, COUNT, LBAL, LBAM, LBAH, DEVICE, COMMAND, ERROR = 1, STATUS = 7 };

static u16 base = 0x1f0;

static u8 in(u16 reg)
{
    return (u8)bus_in(&r.bus, base + reg, 1);
}

static void out(u16 reg, u8 v)
{
    bus_out(&r.bus, base + reg, v, 1);
}

static u8 alt(void)
{
    return (u8)bus_in(&r.bus, base + 0x206, 1);
}

static void control(u8 v)
{
    bus_out(&r.bus, base + 0x206, v, 1);
}

static struct disk *open_scratch(const char *name, u64 sectors, bool snapshot)
{
    char *path = scratch_image(name, sectors * 512);
    struct disk *d = disk_open(&(struct media){.path = path}, DISK_HARD, snapshot, NULL, &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    unlink(path);
    return d;
}

static struct ide *new_ide(void)
{
    struct ide *i = (struct ide *)device_new(&ide_class, "ide");
    i->irq[0] = rig_line(&r, IRQ14);
    i->irq[1] = rig_line(&r, IRQ15);
    ck_assert(device_realize(&i->dev, &r.board, &e));
    return i;
}

static void close_all(struct ide *i)
{
    for (unsigned n = 0; n < 4; n++)
        disk_close(ide_disk(i, n / 2, n % 2), NULL);
    device_free(&i->dev);
}

/* One disk: the primary master. */
static void setup(void)
{
    rig_init(&r);
    base = 0x1f0;
    ide = new_ide();
    ide_attach(ide, 0, 0, open_scratch("hda", SECTORS, true));
    device_reset(&ide->dev);
    rig_run(&r, NS_PER_MS);
}

static void teardown(void)
{
    close_all(ide);
    rig_free(&r);
}

static void idle(void)
{
    for (int i = 0; i < 1000 && alt() & ATA_BSY; i++)
        rig_run(&r, 10 * NS_PER_US);
    ck_assert_uint_eq(alt() & ATA_BSY, 0);
}

/* Address and command in one; `device` holds LBA and DEV bits and, in CHS, the head. */
static void send(u8 cmd, u8 count, u32 lba, u8 device)
{
    out(DEVICE, (u8)(device | (device & ATA_LBA ? lba >> 24 & 15 : 0)));
    out(COUNT, count);
    out(LBAL, (u8)lba);
    out(LBAM, (u8)(lba >> 8));
    out(LBAH, (u8)(lba >> 16));
    out(COMMAND, cmd);
}

static void command(u8 cmd, u8 count, u32 lba, u8 device)
{
    send(cmd, count, lba, device);
    ck_assert_uint_eq(alt(), ATA_BSY); /* never done at once */
}

static void check_block(u32 sector, u32 count)
{
    ck_assert_uint_eq(alt(), 0x58);
    for (u32 i = 0; i < count * 256; i++) {
        u64 at = (u64)sector * 512 + i * 2;
        ck_assert_uint_eq(bus_in(&r.bus, base, 2), pattern(at) | pattern(at + 1) << 8);
    }
}

static void expect_error(u8 status, u8 error)
{
    idle();
    ck_assert_uint_eq(alt(), status);
    ck_assert_uint_eq(in(ERROR), error);
    ck_assert_uint_eq(in(STATUS), status);
}

/* ---- presence ---- */

START_TEST(who_is_there)
{
    /* Master alone: signature, and it answers for the absent slave with Status 00h. */
    ck_assert_uint_eq(in(STATUS), 0x50);
    ck_assert_uint_eq(in(ERROR), 1);
    ck_assert_uint_eq(in(COUNT), 1);
    ck_assert_uint_eq(in(LBAL), 1);
    ck_assert_uint_eq(in(LBAM), 0);
    ck_assert_uint_eq(in(LBAH), 0);
    ck_assert_uint_eq(in(DEVICE), 0xa0);
    out(DEVICE, 0xb0);
    ck_assert_uint_eq(in(STATUS), 0);
    ck_assert_uint_eq(alt(), 0);
    ck_assert_uint_eq(in(DEVICE), 0xb0);
    out(COMMAND, 0xec);
    rig_run(&r, NS_PER_MS);
    ck_assert_uint_eq(in(STATUS), 0);
    ck_assert_int_eq(r.edges[IRQ14], 0);
    /* Nobody on the other channel: the bus floats, DD7 is pulled down. */
    base = 0x170;
    for (u16 reg = 0; reg < 8; reg++)
        ck_assert_uint_eq(in(reg), 0x7f);
    ck_assert_uint_eq(alt(), 0x7f);
    out(DEVICE, 0xb0);
    ck_assert_uint_eq(in(STATUS), 0x7f);
    out(COMMAND, 0xec);
    control(4);
    control(0);
    rig_run(&r, NS_PER_MS);
    ck_assert_uint_eq(in(STATUS), 0x7f);
    ck_assert_int_eq(r.edges[IRQ15], 0);
}
END_TEST

START_TEST(two_devices_on_the_second_channel)
{
    ide_attach(ide, 1, 0, open_scratch("hdc", 2000, true));
    ide_attach(ide, 1, 1, open_scratch("hdd", 3000, true));
    device_reset(&ide->dev);
    base = 0x170;
    ck_assert_uint_eq(alt(), ATA_BSY);
    rig_run(&r, NS_PER_MS);
    for (u8 dev = 0; dev < 2; dev++) {
        command(0xec, 0, 0, (u8)(0xa0 | dev << 4));
        idle();
        ck_assert_int_eq(r.level[IRQ15], 1);
        ck_assert_uint_eq(in(STATUS), 0x58);
        ck_assert_int_eq(r.level[IRQ15], 0);
        u16 word[256];
        for (int i = 0; i < 256; i++)
            word[i] = (u16)bus_in(&r.bus, base, 2);
        ck_assert_uint_eq(word[60], dev ? 3000 : 2000);
    }
    ck_assert_int_eq(r.edges[IRQ14], 0);
    /* A diagnostic runs on both, and device 0 interrupts. */
    out(DEVICE, 0xb0);
    out(COMMAND, 0x90);
    ck_assert_uint_eq(alt(), ATA_BSY);
    rig_run(&r, NS_PER_MS);
    ck_assert_int_eq(r.level[IRQ15], 1);
    ck_assert_uint_eq(in(ERROR), 1);
    ck_assert_uint_eq(in(DEVICE), 0xa0);
    ck_assert_uint_eq(in(STATUS), 0x50);
    ck_assert_int_eq(r.level[IRQ15], 0);
}
END_TEST

START_TEST(software_reset)
{
    command(0x20, 3, 5, 0xe0);
    idle();
    ck_assert_int_eq(r.level[IRQ14], 1);
    control(0x04);
    ck_assert_uint_eq(alt(), ATA_BSY);
    ck_assert_int_eq(r.level[IRQ14], 0);
    rig_run(&r, NS_PER_SEC);
    ck_assert_uint_eq(alt(), ATA_BSY); /* as long as SRST is held */
    control(0);
    ck_assert_uint_eq(alt(), ATA_BSY);
    rig_run(&r, NS_PER_MS);
    ck_assert_uint_eq(alt(), 0x50);
    ck_assert_uint_eq(in(ERROR), 1);
    ck_assert_uint_eq(in(COUNT), 1);
    ck_assert_uint_eq(in(DEVICE), 0xa0);
    ck_assert_int_eq(r.edges[IRQ14], 1); /* a reset does not interrupt */
}
END_TEST

/* ---- addresses and data ---- */

START_TEST(lba_read_one_interrupt_a_sector)
{
    command(0x20, 3, 1234, 0xe0);
    for (u32 i = 0; i < 3; i++) {
        idle();
        ck_assert_int_eq(r.level[IRQ14], 1);
        ck_assert_int_eq(r.edges[IRQ14], (int)i + 1);
        ck_assert_uint_eq(in(STATUS), 0x58);
        ck_assert_int_eq(r.level[IRQ14], 0);
        check_block(1234 + i, 1);
    }
    ck_assert_uint_eq(alt(), 0x50);
    rig_run(&r, NS_PER_MS);
    ck_assert_int_eq(r.edges[IRQ14], 3); /* none at the end of a read */
    ck_assert_uint_eq(in(COUNT), 0);
    ck_assert_uint_eq(in(LBAL) | in(LBAM) << 8, 1236);
    /* Count 0 is 256 sectors. */
    command(0x21, 0, 2000, 0xe0);
    for (u32 i = 0; i < 256; i++) {
        idle();
        check_block(2000 + i, 1);
    }
    ck_assert_uint_eq(alt(), 0x50);
}
END_TEST

START_TEST(chs_read)
{
    /* 4000 sectors: 3 cylinders of 16 x 63. */
    command(0x20, 2, 63 | 2 << 8, 0xa0 | 9);
    idle();
    check_block((2 * 16 + 9) * 63 + 62, 1);
    idle();
    check_block((2 * 16 + 10) * 63, 1);
    ck_assert_uint_eq(in(LBAL), 1);
    ck_assert_uint_eq(in(LBAM), 2);
    ck_assert_uint_eq(in(DEVICE), 0xaa);
    /* Another translation: 4 heads, 17 sectors. */
    command(0x91, 17, 0, 0xa0 | 3);
    idle();
    ck_assert_uint_eq(in(STATUS), 0x50);
    command(0x20, 1, 17 | 20 << 8, 0xa0 | 3);
    idle();
    check_block((20 * 4 + 3) * 17 + 16, 1);
    command(0x20, 1, 18, 0xa0); /* no such sector in this translation */
    expect_error(0x51, ATA_IDNF);
    command(0x20, 1, 1, 0xa0 | 4); /* head */
    expect_error(0x51, ATA_IDNF);
    command(0x20, 1, 0, 0xa0); /* sectors count from 1 */
    expect_error(0x51, ATA_IDNF);
    command(0x20, 1, 1 | 58 << 8, 0xa0); /* cylinder: 4000 / 68 = 58 */
    expect_error(0x51, ATA_IDNF);
    command(0x91, 0, 0, 0xa0);
    expect_error(0x51, ATA_ABRT);
}
END_TEST

START_TEST(end_of_the_disk)
{
    command(0x20, 1, SECTORS, 0xe0);
    expect_error(0x51, ATA_IDNF);
    command(0x20, 1, 0x0fffffff, 0xe0);
    expect_error(0x51, ATA_IDNF);
    /* The first is there, the second is not: its address and the count left are reported. */
    command(0x20, 3, SECTORS - 1, 0xe0);
    idle();
    check_block(SECTORS - 1, 1);
    expect_error(0x51, ATA_IDNF);
    ck_assert_uint_eq(in(LBAL) | in(LBAM) << 8, SECTORS);
    ck_assert_uint_eq(in(COUNT), 2);
    command(0x40, 10, SECTORS - 5, 0xe0);
    expect_error(0x51, ATA_IDNF);
    ck_assert_uint_eq(in(COUNT), 5);
    command(0x40, 5, SECTORS - 5, 0xe0);
    expect_error(0x50, 0);
    ck_assert_int_eq(r.level[IRQ14], 0);
}
END_TEST

START_TEST(lba48)
{
    struct disk *big = NULL;
    char *path = scratch_path("big");
    FILE *f = fopen(path, "wb");
    ck_assert_int_eq(ftruncate(fileno(f), 200ll << 30), 0);
    fclose(f);
    big = disk_open(&(struct media){.path = path}, DISK_HARD, true, NULL, &e);
    unlink(path);
    ck_assert_msg(big != NULL, "%s", e.text);
    ide_attach(ide, 1, 0, big);
    device_reset(&ide->dev);
    rig_run(&r, NS_PER_MS);
    base = 0x170;
    u64 lba = (150ull << 30) / 512 + 3; /* beyond 28 bits */
    static const u8 regs[] = {COUNT, LBAL, LBAM, LBAH};
    for (int pass = 0; pass < 2; pass++) {
        out(DEVICE, 0xe0);
        u8 first[] = {0, (u8)(lba >> 24), (u8)(lba >> 32), (u8)(lba >> 40)};
        u8 second[] = {2, (u8)lba, (u8)(lba >> 8), (u8)(lba >> 16)};
        for (int i = 0; i < 4; i++)
            out(regs[i], first[i]);
        for (int i = 0; i < 4; i++)
            out(regs[i], second[i]);
        out(COMMAND, pass ? 0x24 : 0x34);
        for (u32 n = 0; n < 2; n++) {
            idle();
            ck_assert_uint_eq(alt(), 0x58);
            for (u32 i = 0; i < 256; i++) {
                if (pass)
                    ck_assert_uint_eq(bus_in(&r.bus, base, 2), i * 3 + n);
                else
                    bus_out(&r.bus, base, i * 3 + n, 2);
            }
        }
        idle();
        ck_assert_uint_eq(in(STATUS), 0x50);
        ck_assert_uint_eq(in(LBAL), (u8)(lba + 1));
        control(0x80); /* HOB: the upper halves */
        ck_assert_uint_eq(in(LBAL), (u8)(lba >> 24));
        ck_assert_uint_eq(in(LBAM), (u8)(lba >> 32));
        out(FEATURE, 0); /* any write to the task file takes HOB back */
        ck_assert_uint_eq(in(LBAL), (u8)(lba + 1));
    }
    u8 buf[512];
    ck_assert(disk_read(big, lba + 1, 1, buf));
    ck_assert_uint_eq(get_le16(buf + 2), 4);
}
END_TEST

START_TEST(write_reaches_the_image_before_the_interrupt)
{
    struct disk *d = ide_disk(ide, 0, 0);
    u8 buf[512];
    send(0x30, 2, 77, 0xe0);
    ck_assert_uint_eq(alt(), 0x58); /* DRQ with the command, so that nobody has to wait for it */
    ck_assert_int_eq(r.edges[IRQ14], 0); /* the first block is asked for without one */
    for (u32 n = 0; n < 2; n++) {
        for (u32 i = 0; i < 128; i++)
            bus_out(&r.bus, base, i << 20 | n, 4);
        ck_assert_uint_eq(alt(), ATA_BSY);
        ck_assert_int_eq(r.edges[IRQ14], (int)n);
        idle();
        ck_assert_int_eq(r.level[IRQ14], 1);
        ck_assert(disk_read(d, 77 + n, 1, buf));
        ck_assert_uint_eq(get_le32(buf + 508), 127u << 20 | n);
        ck_assert_uint_eq(in(STATUS), n ? 0x50 : 0x58);
    }
    command(0xe7, 0, 0, 0xe0);
    idle();
    ck_assert_uint_eq(in(STATUS), 0x50);
}
END_TEST

/* Drivers that write the data right behind the command, as xv6's does: every command that takes
   data, on both devices, and nothing but an interrupt when the data have come. */
START_TEST(data_right_behind_the_command)
{
    struct disk *d = ide_disk(ide, 0, 0);
    static const struct {
        u8 command, count;
        u32 bytes; /* of the first block */
    } writes[] = {{0x30, 3, 512},  {0x31, 1, 512},  {0x3c, 1, 512}, {0x34, 2, 512},
                  {0xc5, 9, 2048}, {0x39, 3, 1536}, {0xe8, 0, 512}};
    u8 buf[512];
    command(0xc6, 4, 0, 0xe0);
    idle();
    (void)in(STATUS);
    for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
        int edges = r.edges[IRQ14];
        for (u16 reg = COUNT; reg <= LBAH; reg++) /* the upper halves for the 48-bit ones */
            out(reg, 0);
        send(writes[i].command, writes[i].count, 500, 0xe0);
        ck_assert_uint_eq(alt(), 0x58);
        for (u32 n = 0; n < writes[i].bytes; n += 4)
            bus_out(&r.bus, base, 0x77000000 + (u32)i, 4);
        ck_assert_uint_eq(alt(), ATA_BSY);
        ck_assert_int_eq(r.edges[IRQ14], edges);
        idle();
        ck_assert_int_eq(r.edges[IRQ14], edges + 1);
        if (writes[i].command != 0xe8) {
            ck_assert(disk_read(d, 500 + writes[i].bytes / 512 - 1, 1, buf));
            ck_assert_uint_eq(get_le32(buf + 508), 0x77000000 + i);
        }
    }
    /* An address that is not there: no data wanted, an error with an interrupt. */
    command(0x30, 1, SECTORS, 0xe0);
    expect_error(0x51, ATA_IDNF);
    command(0xc5, 1, SECTORS, 0xe0);
    expect_error(0x51, ATA_IDNF);
    /* An unfinished write is dropped by the next command. */
    send(0x30, 1, 600, 0xe0);
    bus_out(&r.bus, base, 0xffff, 2);
    command(0x20, 1, 600, 0xe0);
    idle();
    check_block(600, 1);
}
END_TEST

START_TEST(multiple)
{
    command(0xc4, 4, 0, 0xe0); /* not switched on */
    expect_error(0x51, ATA_ABRT);
    static const u8 bad[] = {3, 32, 255, 17};
    for (size_t i = 0; i < sizeof(bad); i++) {
        command(0xc6, bad[i], 0, 0xe0);
        expect_error(0x51, ATA_ABRT);
    }
    command(0xc6, 8, 0, 0xe0);
    expect_error(0x50, 0);
    int edges = r.edges[IRQ14];
    command(0xc4, 20, 100, 0xe0);
    for (u32 n = 0; n < 3; n++) {
        idle();
        ck_assert_int_eq(r.edges[IRQ14], ++edges);
        (void)in(STATUS);
        check_block(100 + 8 * n, n < 2 ? 8 : 4);
    }
    ck_assert_uint_eq(alt(), 0x50);
    send(0xc5, 12, 200, 0xe0);
    for (u32 n = 0; n < 2; n++) {
        idle();
        for (u32 i = 0; i < (n ? 4 : 8) * 256u; i++)
            bus_out(&r.bus, base, 0x1000 + n, 2);
    }
    idle();
    ck_assert_uint_eq(in(STATUS), 0x50);
    u8 buf[512];
    ck_assert(disk_read(ide_disk(ide, 0, 0), 207, 1, buf));
    ck_assert_uint_eq(get_le16(buf), 0x1000);
    ck_assert(disk_read(ide_disk(ide, 0, 0), 211, 1, buf));
    ck_assert_uint_eq(get_le16(buf), 0x1001);
    ck_assert(disk_read(ide_disk(ide, 0, 0), 212, 1, buf));
    ck_assert_uint_eq(buf[0], pattern(212 * 512));
}
END_TEST

START_TEST(data_port_widths)
{
    command(0x20, 1, 10, 0xe0);
    idle();
    u32 at = 10 * 512;
    ck_assert_uint_eq(bus_in(&r.bus, base, 1), pattern(at));
    ck_assert_uint_eq(bus_in(&r.bus, base, 4), pattern(at + 1) | pattern(at + 2) << 8 |
                                                   pattern(at + 3) << 16 |
                                                   (u32)pattern(at + 4) << 24);
    for (int i = 0; i < 126; i++)
        bus_in(&r.bus, base, 4);
    ck_assert_uint_eq(alt(), 0x58);
    ck_assert_uint_eq(bus_in(&r.bus, base, 2), pattern(at + 509) | pattern(at + 510) << 8);
    ck_assert_uint_eq(bus_in(&r.bus, base, 4), pattern(at + 511)); /* the last byte of four */
    ck_assert_uint_eq(alt(), 0x50);
    ck_assert_uint_eq(bus_in(&r.bus, base, 2), 0xffff); /* no DRQ */
    bus_out(&r.bus, base, 0x1234, 2);
    ck_assert_uint_eq(alt(), 0x50);
    /* Registers as a wide access. */
    bus_out(&r.bus, base + LBAM, 0xbeef, 2);
    ck_assert_uint_eq(bus_in(&r.bus, base + LBAM, 2), 0xbeef);
    ck_assert_uint_eq(in(LBAH), 0xbe);
}
END_TEST

/* ---- interrupts ---- */

START_TEST(nien_and_status)
{
    control(0x02);
    command(0x20, 1, 0, 0xe0);
    idle();
    ck_assert_int_eq(r.level[IRQ14], 0);
    control(0x00); /* pending all the time */
    ck_assert_int_eq(r.level[IRQ14], 1);
    ck_assert_uint_eq(alt(), 0x58); /* Alternate Status leaves it */
    ck_assert_int_eq(r.level[IRQ14], 1);
    out(DEVICE, 0xf0); /* the other device is selected: not its interrupt */
    ck_assert_int_eq(r.level[IRQ14], 0);
    out(DEVICE, 0xe0);
    ck_assert_int_eq(r.level[IRQ14], 1);
    ck_assert_uint_eq(in(STATUS), 0x58);
    ck_assert_int_eq(r.level[IRQ14], 0);
    /* A new command also takes a pending interrupt back. */
    command(0x20, 1, 0, 0xe0);
    idle();
    ck_assert_int_eq(r.level[IRQ14], 1);
    command(0x20, 1, 0, 0xe0);
    ck_assert_int_eq(r.level[IRQ14], 0);
    idle();
}
END_TEST

START_TEST(writes_while_busy_are_ignored)
{
    command(0x20, 1, 9, 0xe0);
    out(LBAL, 0x55);
    out(COMMAND, 0xec);
    idle();
    check_block(9, 1);
}
END_TEST

/* ---- the rest of the commands ---- */

START_TEST(plain_commands)
{
    static const u8 good[] = {0x10, 0x1f, 0x70, 0x94, 0x95, 0x96, 0x97, 0xe0,
                              0xe1, 0xe2, 0xe3, 0xe7, 0xea, 0x41, 0x42};
    for (size_t i = 0; i < sizeof(good); i++) {
        int edges = r.edges[IRQ14];
        command(good[i], 1, 0, 0xe0);
        expect_error(0x50, 0);
        ck_assert_int_eq(r.edges[IRQ14], edges + 1);
    }
    static const u8 bad[] = {0x00, 0x08, 0x50, 0x22, 0x32, 0xa0, 0xa1, 0xb0,
                             0xc7, 0xcc, 0xf1, 0xf8, 0xff, 0x80, 0xde};
    for (size_t i = 0; i < sizeof(bad); i++) {
        int edges = r.edges[IRQ14];
        command(bad[i], 1, 0, 0xe0);
        expect_error(0x51, ATA_ABRT);
        ck_assert_int_eq(r.edges[IRQ14], edges + 1);
    }
    command(0x70, 1, SECTORS, 0xe0);
    expect_error(0x51, ATA_IDNF);
}
END_TEST

START_TEST(power_modes)
{
    static const struct {
        u8 cmd, mode;
    } row[] = {{0xe0, 0x00}, {0xe1, 0x80}, {0xe2, 0x00}, {0xe3, 0x80}, {0x40, 0xff}};
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        command(row[i].cmd, 1, 0, 0xe0);
        expect_error(0x50, 0);
        command(0x98, 1, 0, 0xe0);
        expect_error(0x50, 0);
        ck_assert_uint_eq(in(COUNT), row[i].mode);
    }
    command(0xe6, 0, 0, 0xe0);
    expect_error(0x50, 0);
    out(COMMAND, 0xec); /* asleep: only a reset wakes it */
    rig_run(&r, NS_PER_MS);
    ck_assert_uint_eq(alt(), 0x50);
    control(4);
    control(0);
    idle();
    command(0xec, 0, 0, 0xe0);
    idle();
    ck_assert_uint_eq(alt(), 0x58);
}
END_TEST

static void identify(u16 word[256])
{
    command(0xec, 0, 0, 0xa0);
    idle();
    for (int i = 0; i < 256; i++)
        word[i] = (u16)bus_in(&r.bus, base, 2);
    ck_assert_uint_eq(alt(), 0x50);
}

START_TEST(identify_page)
{
    u16 w[256];
    char model[41];
    identify(w);
    ck_assert_uint_eq(w[0] & 0x8080, 0x0000);
    ck_assert_uint_eq(w[1], 3);
    ck_assert_uint_eq(w[3], 16);
    ck_assert_uint_eq(w[6], 63);
    for (int i = 0; i < 20; i++) {
        model[2 * i] = (char)(w[27 + i] >> 8);
        model[2 * i + 1] = (char)w[27 + i];
    }
    model[40] = 0;
    ck_assert_str_eq(model, "FERRITE HARD DISK                       ");
    ck_assert_uint_eq(w[47], 0x8010);
    ck_assert_uint_eq(w[49] & 0x0300, 0x0300); /* LBA, DMA */
    ck_assert_uint_eq(w[57] | w[58] << 16, 3 * 16 * 63);
    ck_assert_uint_eq(w[59], 0);
    ck_assert_uint_eq(w[60] | w[61] << 16, SECTORS);
    ck_assert_uint_eq(w[100], SECTORS);
    ck_assert_uint_eq(w[101] | w[102] | w[103], 0);
    u8 sum = 0;
    for (int i = 0; i < 256; i++)
        sum = (u8)(sum + w[i] + (w[i] >> 8));
    ck_assert_uint_eq(w[255] & 0xff, 0xa5);
    ck_assert_uint_eq(sum, 0);
    /* Present settings show. */
    command(0xc6, 16, 0, 0xa0);
    idle();
    command(0x91, 17, 0, 0xa0 | 4);
    idle();
    out(FEATURE, 0x82);
    command(0xef, 0, 0, 0xa0);
    idle();
    identify(w);
    ck_assert_uint_eq(w[59], 0x0110);
    ck_assert_uint_eq(w[54], SECTORS / (5 * 17));
    ck_assert_uint_eq(w[55], 5);
    ck_assert_uint_eq(w[56], 17);
    ck_assert_uint_eq(w[1], 3);
    ck_assert_uint_eq(w[85] & 0x60, 0x40);
}
END_TEST

START_TEST(set_features)
{
    static const struct {
        u8 feature, count;
        bool ok;
    } row[] = {{0x02, 0, true},     {0x82, 0, true},    {0x55, 0, true},    {0xaa, 0, true},
               {0x66, 0, true},     {0xcc, 0, true},    {0x03, 0, true},    {0x03, 0x0c, true},
               {0x03, 0x0d, false}, {0x03, 0x22, true}, {0x03, 0x44, true}, {0x03, 0x23, false},
               {0x03, 0x45, false}, {0x05, 1, false},   {0x99, 0, false}};
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        out(FEATURE, row[i].feature);
        command(0xef, row[i].count, 0, 0xe0);
        expect_error(row[i].ok ? 0x50 : 0x51, row[i].ok ? 0 : ATA_ABRT);
    }
    /* CCh above: a software reset reverts to the defaults. */
    command(0xc6, 8, 0, 0xe0);
    idle();
    control(4);
    control(0);
    idle();
    u16 w[256];
    identify(w);
    ck_assert_uint_eq(w[59], 0);
}
END_TEST

START_TEST(sector_buffer)
{
    send(0xe8, 0, 0, 0xe0);
    idle();
    ck_assert_uint_eq(alt(), 0x58);
    for (u32 i = 0; i < 256; i++)
        bus_out(&r.bus, base, i * 257, 2);
    expect_error(0x50, 0);
    command(0xec, 0, 0, 0xe0); /* does not disturb it */
    idle();
    command(0xe4, 0, 0, 0xe0);
    idle();
    for (u32 i = 0; i < 256; i++)
        ck_assert_uint_eq(bus_in(&r.bus, base, 2), i * 257);
    ck_assert_uint_eq(alt(), 0x50);
}
END_TEST

/* ---- a host that fails ---- */

START_TEST(host_errors)
{
    char *path = scratch_image("cuthd", SECTORS * 512);
    struct disk *d = disk_open(&(struct media){.path = path}, DISK_HARD, false, NULL, &e);
    ide_attach(ide, 1, 0, d);
    ide_attach(ide, 1, 1,
               disk_open(&(struct media){.path = "/dev/null"}, DISK_HARD, false, NULL, &e));
    device_reset(&ide->dev);
    rig_run(&r, NS_PER_MS);
    base = 0x170;
    ck_assert_int_eq(truncate(path, 102 * 512), 0);
    command(0xc6, 8, 0, 0xe0);
    idle();
    command(0xc4, 8, 100, 0xe0); /* the third of the block is gone */
    expect_error(0x51, ATA_UNC);
    ck_assert_uint_eq(in(LBAL), 102);
    ck_assert_uint_eq(in(COUNT), 6);
    command(0x40, 200, 50, 0xe0);
    expect_error(0x51, ATA_UNC);
    ck_assert_uint_eq(in(LBAL), 102);
    unlink(path);
}
END_TEST

START_TEST(write_to_a_protected_image)
{
    char *path = scratch_image("rohd", SECTORS * 512);
    struct media m = {.path = path, .read_only = true};
    ide_attach(ide, 1, 0, disk_open(&m, DISK_HARD, false, NULL, &e));
    device_reset(&ide->dev);
    rig_run(&r, NS_PER_MS);
    base = 0x170;
    send(0x30, 2, 7, 0xe0);
    for (int i = 0; i < 256; i++)
        bus_out(&r.bus, base, 0, 2);
    expect_error(0x71, ATA_ABRT); /* device fault */
    ck_assert_uint_eq(in(LBAL), 7);
    ck_assert_uint_eq(in(COUNT), 2);
    unlink(path);
}
END_TEST

/* ---- state ---- */

/* Something that a guest may do. Returns what it read. */
static u64 storm_step(u64 *seed)
{
    static const u8 common[] = {0x20, 0x30, 0xc4, 0xc5, 0xc6, 0xec, 0x91, 0x40,
                                0x24, 0x34, 0x29, 0x39, 0x90, 0xef, 0xe4, 0xe8,
                                0x70, 0x42, 0xef, 0xef, 0xe0, 0xe1, 0xe2, 0xe6};
    static const u8 features[] = {0x02, 0x82, 0x55, 0xaa, 0x66, 0xcc, 0x03};
    u64 got = 0;
    u32 what = rig_random(seed) % 64;
    base = rig_random(seed) & 1 ? 0x1f0 : 0x170;
    unsigned width = 1u << rig_random(seed) % 3;
    if (what < 8) {
        if (rig_random(seed) & 1)
            out(FEATURE, features[rig_random(seed) % sizeof(features)]);
        out(COMMAND, common[rig_random(seed) % sizeof(common)]);
    } else if (what < 16) {
        out(COUNT, (u8)(rig_random(seed) % 20));
    } else if (what < 20) {
        out(LBAM, 0), out(LBAH, 0), out(DEVICE, (u8)(0xe0 | (rig_random(seed) & 0x10)));
    } else if (what < 40) {
        u32 n = rig_random(seed) % 600;
        bool write = rig_random(seed) & 1;
        while (n--) {
            if (write)
                bus_out(&r.bus, base, n, width);
            else
                got = got * 31 + bus_in(&r.bus, base, width);
        }
    } else if (what < 52) {
        rig_run(&r, rig_random(seed) % 40000);
    } else if (what == 52) {
        control((u8)(rig_random(seed) & (rig_random(seed) & 3 ? 0x82 : 0xff)));
    } else if (what < 58) {
        got = bus_in(&r.bus, (u16)(base + rig_random(seed) % 8), width);
    } else {
        bus_out(&r.bus, (u16)(base + rig_random(seed) % 8), rig_random(seed), width);
    }
    return got;
}

/*
 * Save, load into a controller that has done other things with an equal disk, save: equal, inside
 * as well, and both go on equally.
 */
static void round_trip(void)
{
    size_t size, again_size;
    char why[512];
    u8 *bytes = rig_save(&r, &ide->dev, &size);
    struct ide *first = ide;
    struct rig saved = r;

    rig_init(&r);
    ide = new_ide();
    ide_attach(ide, 0, 0, open_scratch("hda", SECTORS, true));
    device_reset(&ide->dev);
    u64 seed = size + saved.clock.now;
    u16 first_base = base;
    for (int i = 0; i < 500; i++)
        storm_step(&seed);
    ck_assert_msg(rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)), "%s", why);
    same_ide(first, ide, &r.clock);
    u8 *again = rig_save(&r, &ide->dev, &again_size);
    ck_assert_uint_eq(size, again_size);
    ck_assert_mem_eq(bytes, again, size);
    memcpy(r.level, saved.level, sizeof(r.level));

    struct rig second = r;
    struct ide *copy = ide;
    for (int i = 0; i < 1000; i++) {
        u64 got[2], seeds[2] = {seed, seed};
        for (int which = 0; which < 2; which++) {
            struct rig *x = which ? &second : &saved;
            r = *x; /* the devices' timers and boards point to the rig `r` */
            got[which] = storm_step(&seeds[which]);
            *x = r;
        }
        seed = seeds[0];
        ck_assert_uint_eq(got[0], got[1]);
        ck_assert_mem_eq(saved.level, second.level, sizeof(saved.level));
    }
    base = first_base;
    r = second;
    ide = copy;
    teardown();
    r = saved;
    ide = first;
    ck_assert_msg(rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)), "%s", why);
    r.level[IRQ14] = ide->channel[0].line;
    free(bytes);
    free(again);
}

START_TEST(state_round_trip)
{
    round_trip();
    command(0x20, 3, 20, 0xe0);
    round_trip(); /* busy */
    idle();
    round_trip(); /* DRQ, interrupt pending */
    for (int i = 0; i < 100; i++)
        bus_in(&r.bus, base, 2);
    round_trip(); /* in mid-block */
    command(0xc6, 4, 0, 0xe0);
    idle();
    send(0xc5, 9, 50, 0xe0);
    idle();
    for (int i = 0; i < 4 * 256; i++)
        bus_out(&r.bus, base, 0xabcd, 2);
    round_trip(); /* a written block not yet in the image */
    idle();
    bus_out(&r.bus, base, 1, 2);
    round_trip();
    control(6);
    round_trip(); /* held in reset */
    control(0);
    round_trip();
    idle();
    control(0x80); /* HOB: the previous contents are read */
    round_trip();
    control(0);
    out(FEATURE, 0x55); /* no look-ahead */
    send(0xef, 0, 0, 0xe0);
    idle();
    out(FEATURE, 0x03); /* multiword DMA mode 1 */
    send(0xef, 0x21, 0, 0xe0);
    idle();
    round_trip();
    send(0xe8, 0, 0, 0xe0);
    round_trip();
    idle();
    round_trip();
}
END_TEST

START_TEST(state_of_another_machine)
{
    size_t size;
    char why[512];
    u8 *bytes = rig_save(&r, &ide->dev, &size);
    struct disk *d = ide_disk(ide, 0, 0);
    ide_attach(ide, 0, 0, NULL);
    ck_assert(!rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)));
    ck_assert_ptr_nonnull(strstr(why, "has a disk where this machine has none"));
    ide_attach(ide, 0, 0, open_scratch("other", SECTORS + 1, true));
    ck_assert(!rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)));
    disk_close(ide_disk(ide, 0, 0), NULL);
    ide_attach(ide, 0, 0, d);
    ck_assert_msg(rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)), "%s", why);
    free(bytes);
}
END_TEST

/* ---- anything a guest may do ---- */

START_TEST(register_storm)
{
    u64 seed = 14;
    ide_attach(ide, 0, 1, open_scratch("hdb", 1, true));
    ide_attach(ide, 1, 1, open_scratch("hdd", 100, true));
    device_reset(&ide->dev);
    for (int i = 0; i < 150000; i++)
        storm_step(&seed);
    base = 0x1f0;
    control(4);
    control(0);
    rig_run(&r, NS_PER_MS);
    ck_assert_uint_eq(in(STATUS), 0x50);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ata");
    TCase *t = tcase_create("IDE");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, who_is_there);
    tcase_add_test(t, two_devices_on_the_second_channel);
    tcase_add_test(t, software_reset);
    tcase_add_test(t, lba_read_one_interrupt_a_sector);
    tcase_add_test(t, chs_read);
    tcase_add_test(t, end_of_the_disk);
    tcase_add_test(t, lba48);
    tcase_add_test(t, write_reaches_the_image_before_the_interrupt);
    tcase_add_test(t, data_right_behind_the_command);
    tcase_add_test(t, multiple);
    tcase_add_test(t, data_port_widths);
    tcase_add_test(t, nien_and_status);
    tcase_add_test(t, writes_while_busy_are_ignored);
    tcase_add_test(t, plain_commands);
    tcase_add_test(t, power_modes);
    tcase_add_test(t, identify_page);
    tcase_add_test(t, set_features);
    tcase_add_test(t, sector_buffer);
    tcase_add_test(t, host_errors);
    tcase_add_test(t, write_to_a_protected_image);
    tcase_add_test(t, state_round_trip);
    tcase_add_test(t, state_of_another_machine);
    tcase_add_test(t, register_storm);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
