/*
 * test_atapi_disk.c - a removable disk as a packet device: what it says of itself, reading and
 * writing through the data port and by bus master, protection, media that are changed or put out by
 * the guest in the middle, and its state in snapshots.
 */
#include "atapi_rig.h"

enum { SECTORS = 300, CHUNK = ATA_BUFFER };

static struct disk *disk;
static u8 sent[64 * 512];

static void begin(bool read_only)
{
    char *path = scratch_image("removable", SECTORS * 512);
    rig_init(&r);
    ide = (struct ide *)device_new(&ide_class, "ide");
    ide->irq[0] = rig_line(&r, IRQ14);
    ide->irq[1] = rig_line(&r, IRQ15);
    ide->dma = take_dma;
    ck_assert(device_realize(&ide->dev, &r.board, &e));
    disk = disk_open(&(struct media){.path = path, .read_only = read_only}, DISK_HARD, false, NULL,
                     &e);
    ck_assert_msg(disk != NULL, "%s", e.text);
    unlink(path);
    ck_assert(ide_attach_removable(ide, 1, 0, disk));
    device_reset(&ide->dev);
    rig_run(&r, NS_PER_MS);
    dma_at = dma_takes = 0;
    for (u32 i = 0; i < sizeof(sent); i++)
        sent[i] = (u8)(i * 7 + i / 512);
}

static void begin_writable(void)
{
    begin(false);
}

static void end(void)
{
    disk_close(disk, NULL);
    device_free(&ide->dev);
    rig_free(&r);
}

/* Send a packet and the data that it asks for. true: GOOD. */
static bool write_packet(const u8 p[12], u32 bytes, u32 limit)
{
    u32 at = 0;
    send(p, limit, 0);
    for (;;) {
        idle();
        u8 status = in(STATUS);
        if (!(status & ATA_DRQ))
            return !(status & ATA_ERR) && at == bytes;
        u32 n = in(LBAM) | (u32)in(LBAH) << 8;
        ck_assert_uint_eq(in(COUNT)&3, 0);
        ck_assert_uint_le(n, limit);
        ck_assert_uint_le(at + n, bytes);
        for (u32 i = 0; i < n; i += 2)
            bus_out(&r.bus, BASE, sent[at + i] | (u32)sent[at + i + 1] << 8, 2);
        at += n;
    }
}

static void check_written(u32 lba, u32 sectors)
{
    u8 s[512];
    for (u32 i = 0; i < sectors; i++) {
        ck_assert(disk_read(disk, lba + i, 1, s));
        ck_assert_msg(memcmp(s, sent + (size_t)i * 512, 512) == 0, "sector %u", lba + i);
    }
}

START_TEST(says_what_it_is)
{
    out(DEVICE, 0xa0);
    out(COMMAND, 0xa1);
    idle();
    u16 w[256];
    for (int i = 0; i < 256; i++)
        w[i] = (u16)bus_in(&r.bus, BASE, 2);
    ck_assert_uint_eq(w[0], 0x80c0); /* packets, direct access, removable */
    ck_assert(w[82] & 4);
    out(COMMAND, 0xec);
    idle();
    ck_assert(in(STATUS)&ATA_ERR);
    expect_signature();
    settle();
    ck_assert(PACKET(0x12, [4] = 36));
    ck_assert_uint_eq(got_bytes, 36);
    ck_assert(got[0] == 0 && got[1] == 0x80);
    ck_assert(PACKET(0x25));
    ck_assert(get_be32(got) == SECTORS - 1 && get_be32(got + 4) == 512);
    ck_assert(PACKET(0x23, [8] = 12));
    ck_assert(get_be32(got + 4) == SECTORS && got[8] == 2);
    ck_assert(PACKET(0x1a, [2] = 0x3f, [4] = 255));
    ck_assert_uint_eq(got_bytes, got[0] + 1u);
    ck_assert(!(got[2] & 0x80) && got[4] == 0x05);
    ck_assert(PACKET(0x5a, [2] = 0x08, [8] = 255));
    ck_assert(got[8] == 0x08 && got[10] & 4);
    ck_assert(!PACKET(0x5a, [2] = 0xc8, [8] = 255)); /* what was saved */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_SAVING_NOT_SUPPORTED);
    ck_assert(!PACKET(0x1a, [2] = 0x2a, [4] = 255)); /* a CD's page */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    ck_assert(!PACKET(0x43, [8] = 12)); /* and command */
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_OPCODE);
    ck_assert_ptr_null(ide_cdrom(ide));
}
END_TEST

START_TEST(reads_and_writes)
{
    static const u32 limits[] = {0xfffe, 512, 1000, 30};
    settle();
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        u32 lba = 3 + 64 * (u32)i;
        u8 w10[12] = {0x2a, [4] = (u8)(lba >> 8), (u8)lba, [8] = 37};
        ck_assert(write_packet(w10, 37 * 512, limits[i]));
        check_written(lba, 37);
        u8 r12[12] = {0xa8, [4] = (u8)(lba >> 8), (u8)lba, [9] = 37};
        send(r12, limits[i], 0);
        ck_assert(receive(limits[i]));
        ck_assert(got_bytes == 37 * 512 && memcmp(got, sent, got_bytes) == 0);
    }
    ck_assert(PACKET(0x35));
    ck_assert(PACKET(0x2a)); /* of nothing */
    ck_assert(PACKET(0x28, [4] = 1, SECTORS - 256));
    ck_assert(!PACKET(0x28, [4] = 1, SECTORS - 256, [8] = 1));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    ck_assert(!PACKET(0x2a, 0, 0xff, 0xff, 0xff, 0xff, [8] = 1));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    ck_assert(!PACKET(0xaa, [5] = 1, 0xff, 0xff, 0xff, 0xff));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
}
END_TEST

START_TEST(by_bus_master)
{
    settle();
    memcpy(dma_memory, sent, 40 * 512);
    dma_at = 0;
    dma_takes = 40 * 512;
    u8 w10[12] = {0x2a, [5] = 9, [8] = 40};
    send(w10, 0xfffe, 1);
    idle();
    ck_assert(!(in(STATUS) & (ATA_ERR | ATA_DRQ)));
    check_written(9, 40);
    memset(dma_memory, 0, sizeof(dma_memory));
    dma_at = 0;
    dma_takes = 40 * 512;
    u8 r10[12] = {0x28, [5] = 9, [8] = 40};
    send(r10, 0xfffe, 1);
    idle();
    ck_assert(!(in(STATUS) & (ATA_ERR | ATA_DRQ)));
    ck_assert(dma_at == 40 * 512 && memcmp(dma_memory, sent, dma_at) == 0);
}
END_TEST

START_TEST(a_protected_one)
{
    begin(true);
    settle();
    ck_assert(PACKET(0x1a, [2] = 0x3f, [4] = 255));
    ck_assert(got[2] & 0x80);
    ck_assert(!PACKET(0x2a, [5] = 9, [8] = 1));
    expect_sense(SENSE_DATA_PROTECT, ASC_WRITE_PROTECTED);
    end();
}
END_TEST

/* The host has another medium there: it is told once, by whatever comes next. */
START_TEST(another_medium)
{
    struct ata_unit *u = ide_removable(ide, 1, 0);
    ck_assert_ptr_nonnull(u);
    settle();
    atapi_disk_changed(u);
    ck_assert(!PACKET(0x28, [5] = 1, [8] = 1));
    expect_sense(SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
    ck_assert(PACKET(0x28, [5] = 1, [8] = 1));
    /* In the middle of a write: nothing of it goes to the new one. */
    u8 w10[12] = {0x2a, [5] = 1, [8] = 20}, s[512];
    send(w10, 512, 0);
    idle();
    ck_assert(in(STATUS)&ATA_DRQ);
    atapi_disk_changed(u);
    for (int block = 0; block < 20 && in(STATUS)&ATA_DRQ; block++) {
        for (int i = 0; i < 256; i++)
            bus_out(&r.bus, BASE, 0xeeee, 2);
        idle();
    }
    ck_assert(in(STATUS)&ATA_ERR);
    expect_sense(SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
    ck_assert(disk_read(disk, 1, 1, s) && s[0] != 0xee);
    ck_assert(PACKET(0x00));
}
END_TEST

START_TEST(put_out_and_locked)
{
    settle();
    ck_assert(PACKET(0x1e, [4] = 1));
    ck_assert(!PACKET(0x1b, [4] = 2));
    expect_sense(SENSE_ILLEGAL_REQUEST, ASC_REMOVAL_PREVENTED);
    ck_assert(PACKET(0x1e));
    ck_assert(PACKET(0x1b, [4] = 2));
    ck_assert(!PACKET(0x28, [5] = 1, [8] = 1));
    expect_sense(SENSE_NOT_READY, ASC_NO_MEDIUM);
    ck_assert(PACKET(0x23, [8] = 12) && got[8] == 3);
    ck_assert(PACKET(0x1b, [4] = 3));
    ck_assert(!PACKET(0x00));
    expect_sense(SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
    ck_assert(PACKET(0x28, [5] = 1, [8] = 1));
}
END_TEST

/* Saved in the middle of a write, at each of its blocks, and gone on with in another machine. */
START_TEST(state_in_the_middle)
{
    settle();
    u8 w10[12] = {0x2a, [5] = 5, [8] = 33};
    send(w10, 4096, 0);
    u32 at = 0;
    for (;;) {
        u8 *bytes;
        size_t size;
        bytes = rig_save(&r, &ide->dev, &size);
        ide->channel[1].unit[0].atapi->left = 99999; /* something else, until it is loaded */
        ide->channel[1].unit[0].atapi->writing = false;
        ide->channel[1].unit[0].pos = 1;
        char why[600];
        ck_assert_msg(rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)), "%s", why);
        free(bytes);
        idle();
        u8 status = in(STATUS);
        if (!(status & ATA_DRQ)) {
            ck_assert(!(status & ATA_ERR));
            break;
        }
        u32 n = in(LBAM) | (u32)in(LBAH) << 8;
        for (u32 i = 0; i < n; i += 2)
            bus_out(&r.bus, BASE, sent[at + i] | (u32)sent[at + i + 1] << 8, 2);
        at += n;
    }
    ck_assert_uint_eq(at, 33 * 512);
    check_written(5, 33);
}
END_TEST

/* A command in the middle of a write ends it, and leaves a state that can be loaded. */
START_TEST(left_in_the_middle)
{
    u8 w10[12] = {0x2a, [5] = 5, [8] = 33};
    size_t size;
    char why[600];
    settle();
    send(w10, 4096, 0);
    idle();
    ck_assert(in(STATUS)&ATA_DRQ);
    ck_assert(PACKET(0x28, [5] = 1, [8] = 40)); /* reads what was there */
    send((const u8[12]){0x28, [5] = 1, [8] = 40}, 512, 0);
    idle();
    ck_assert(in(STATUS)&ATA_DRQ);
    u8 *bytes = rig_save(&r, &ide->dev, &size);
    ck_assert_msg(rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)), "%s", why);
    /* One that makes no sense is refused. */
    ide->channel[1].unit[0].atapi->left = SECTORS + 1;
    free(bytes);
    bytes = rig_save(&r, &ide->dev, &size);
    ck_assert(!rig_load(&r, &ide->dev, bytes, size, why, sizeof(why)));
    ck_assert_ptr_nonnull(strstr(why, "is damaged"));
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("removable disk");
    TCase *t = tcase_create("disk");
    tcase_add_checked_fixture(t, begin_writable, end);
    tcase_add_test(t, says_what_it_is);
    tcase_add_test(t, reads_and_writes);
    tcase_add_test(t, by_bus_master);
    tcase_add_test(t, another_medium);
    tcase_add_test(t, put_out_and_locked);
    tcase_add_test(t, state_in_the_middle);
    tcase_add_test(t, left_in_the_middle);
    suite_add_tcase(s, t);
    t = tcase_create("protected");
    tcase_add_test(t, a_protected_one);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
