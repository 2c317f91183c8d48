/*
 * test_usb_disk.c - a USB stick as its host sees it, transaction by transaction: descriptors,
 * command blocks, data both ways and what they make of the disk, the thirteen ways in which host
 * and device can disagree, recovery, errors, state; and which disks a machine makes a stick of.
 */
#include "hw/machine/vm.h"
#include "hw/storage/atapi.h"
#include "hw/storage/usb_disk.h"
#include "roundtrip.h"
#include "saved_fields.h"

enum { SECTORS = 100, AT_ONCE = USB_DISK_BUFFER / SECTOR_SIZE };

static u8 image[SECTORS * SECTOR_SIZE];
static struct bench b;
static struct usb_disk *u;
static struct usb_function *f;

static u8 content(u32 i)
{
    return (u8)(i * 7 + i / SECTOR_SIZE);
}

static struct usb_disk *stick(struct bench *bench, const char *place, bool read_only)
{
    struct err e;
    struct media m = {.bytes = image, .size = sizeof(image), .read_only = read_only};
    struct usb_disk *d = (struct usb_disk *)device_new(&usb_disk_class, NULL);
    d->place = place;
    usb_disk_attach(d, disk_open(&m, DISK_HARD, true, &bench->log, &e));
    ck_assert_msg(d->disk != NULL, "%s", e.text);
    bench_start(bench, &d->dev);
    d->function.configuration = 1;
    return d;
}

static void begin(bool read_only)
{
    for (u32 i = 0; i < sizeof(image); i++)
        image[i] = content(i);
    bench_init(&b);
    u = stick(&b, "hdb", read_only);
    f = &u->function;
}

static void remove_stick(struct bench *bench, struct usb_disk *d)
{
    struct disk *disk = d->disk;
    device_free(&d->dev);
    disk_close(disk, NULL);
    clock_free(&bench->clock);
    phys_free(&bench->phys);
    bus_free(&bench->bus);
}

static void end(void)
{
    remove_stick(&b, u);
}

/* ---- the host ---- */

static int send(u8 flags, u32 length, const void *command, unsigned size)
{
    u8 p[USB_DISK_CBW] = {'U', 'S', 'B', 'C', 1, 2, 3, 4};
    put_le32(p + 8, length);
    p[12] = flags;
    p[14] = (u8)size;
    memcpy(p + 15, command, size);
    return usb_out(f, USB_DISK_OUT, p, sizeof(p));
}

/* Up to `want` bytes; how many came before a short packet, a stall (*stalled) or all of them. */
static u32 fetch(u8 *to, u32 want, bool *stalled)
{
    u32 have = 0;
    *stalled = false;
    while (have < want) {
        u8 packet[USB_DISK_PACKET];
        unsigned room = want - have < USB_DISK_PACKET ? want - have : USB_DISK_PACKET;
        int n = usb_in(f, USB_DISK_IN, packet, room);
        *stalled = n == USB_STALL;
        if (n == USB_STALL)
            return have;
        ck_assert_int_ge(n, 0);
        ck_assert_int_le(n, (int)room);
        memcpy(to + have, packet, (size_t)n);
        have += (u32)n;
        if ((unsigned)n < USB_DISK_PACKET)
            return have;
    }
    return have;
}

static void control(u8 type, u8 request, u16 value, u16 index, u16 length)
{
    u8 s[USB_SETUP_SIZE] = {type, request};
    put_le16(s + 2, value);
    put_le16(s + 4, index);
    put_le16(s + 6, length);
    ck_assert_int_eq(usb_setup(f, s, sizeof(s)), USB_SETUP_SIZE);
}

static void clear_halt(bool in)
{
    u8 none[1];
    control(0x02, 1, 0, in ? 0x81 : 0x02, 0);
    ck_assert_int_eq(usb_in(f, 0, none, 0), 0);
}

/* The status: what it says, and how much of the data is missing. */
static u8 status(u32 *missing)
{
    u8 p[USB_DISK_PACKET];
    if (f->halted[1])
        clear_halt(true);
    if (f->halted[0])
        clear_halt(false);
    ck_assert_int_eq(usb_in(f, USB_DISK_IN, p, sizeof(p)), USB_DISK_CSW);
    ck_assert_mem_eq(p, "USBS\1\2\3\4", 8);
    *missing = get_le32(p + 8);
    return p[12];
}

/* A command that returns `length` bytes at most; how many came. */
static u32 ask(const void *command, unsigned size, u8 *to, u32 length, u8 expected)
{
    bool stalled;
    u32 missing;
    ck_assert_int_eq(send(0x80, length, command, size), USB_DISK_CBW);
    u32 n = fetch(to, length, &stalled);
    ck_assert_uint_eq(status(&missing), expected);
    ck_assert_uint_eq(missing, length - n);
    return n;
}

static void do_it(const void *command, unsigned size, u8 expected)
{
    u32 missing;
    ck_assert_int_eq(send(0, 0, command, size), USB_DISK_CBW);
    ck_assert_uint_eq(status(&missing), expected);
    ck_assert_uint_eq(missing, 0);
}

static void sense(u8 key, u16 asc)
{
    u8 p[18];
    ck_assert_uint_eq(ask("\x03\0\0\0\x12\0", 6, p, 18, USB_DISK_GOOD), 18);
    ck_assert_uint_eq(p[0], 0x70);
    ck_assert_uint_eq(p[2], key);
    ck_assert_uint_eq(get_be16(p + 12), asc);
}

static const u8 *moving(u8 code, u32 lba, u16 blocks)
{
    static u8 c[10];
    c[0] = code;
    put_be32(c + 2, lba);
    put_be16(c + 7, blocks);
    return c;
}

/* Bytes to the device, until it stalls; how many it took. */
static u32 give(const u8 *from, u32 count)
{
    u32 done = 0;
    while (done < count) {
        unsigned n = count - done < USB_DISK_PACKET ? count - done : USB_DISK_PACKET;
        if (usb_out(f, USB_DISK_OUT, from + done, n) != (int)n)
            break;
        done += n;
    }
    return done;
}

/* ---- tests ---- */

START_TEST(descriptors)
{
    u8 p[64];
    begin(false);
    control(0x80, 6, 0x0200, 0, 64);
    int n = 0, got;
    while ((got = usb_in(f, 0, p + n, 8)) > 0)
        n += got;
    ck_assert_int_eq(n, 32);
    ck_assert_uint_eq(get_le16(p + 2), 32);
    ck_assert_mem_eq(p + 14, "\x08\x06\x50", 3);       /* mass storage, SCSI, bulk-only */
    ck_assert_mem_eq(p + 18, "\7\5\x81\2\x40\0\0", 7); /* bulk IN */
    ck_assert_mem_eq(p + 25, "\7\5\x02\2\x40\0\0", 7); /* bulk OUT */
    control(0x80, 6, 0x0303, 0x0409, 64);              /* the serial number: 12 digits */
    for (n = 0; (got = usb_in(f, 0, p + n, 8)) > 0;)
        n += got;
    ck_assert_int_eq(n, 2 + 2 * 12);
    for (unsigned i = 0; i < 12; i++)
        ck_assert(p[2 + 2 * i] >= '0' && p[2 + 2 * i] <= '9' && !p[3 + 2 * i]);
    ck_assert_uint_eq(p[2 + 2 * 11], '2'); /* of hdb */
    control(0xa1, 0xfe, 0, 0, 1);
    ck_assert_int_eq(usb_in(f, 0, p, 8), 1);
    ck_assert_uint_eq(p[0], 0); /* one unit */
    end();
}
END_TEST

START_TEST(questions)
{
    u8 p[256];
    begin(false);
    ck_assert_uint_eq(ask("\x12\0\0\0\x24\0", 6, p, 36, USB_DISK_GOOD), 36);
    ck_assert_uint_eq(p[0], 0);
    ck_assert_uint_eq(p[1], 0x80);
    ck_assert_mem_eq(p + 8, "FERRITE USB DISK", 16);
    ck_assert_uint_eq(ask("\x12\0\0\0\x05\0", 6, p, 36, USB_DISK_GOOD), 5); /* it wants no more */
    ck_assert_uint_eq(ask("\x12\1\x80\0\xff\0", 6, p, 255, USB_DISK_GOOD), 16);
    ck_assert_mem_eq(p + 4, "000000000002", 12);
    ck_assert_uint_eq(ask("\x12\1\x83\0\xff\0", 6, p, 255, USB_DISK_FAILED), 0);
    sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    sense(SENSE_NONE, ASC_NONE); /* told once */
    do_it("\0\0\0\0\0\0", 6, USB_DISK_GOOD);
    ck_assert_uint_eq(ask("\x25\0\0\0\0\0\0\0\0\0", 10, p, 8, USB_DISK_GOOD), 8);
    ck_assert_uint_eq(get_be32(p), SECTORS - 1);
    ck_assert_uint_eq(get_be32(p + 4), SECTOR_SIZE);
    ck_assert_uint_eq(ask("\x23\0\0\0\0\0\0\0\x0c\0", 10, p, 12, USB_DISK_GOOD), 12);
    ck_assert_uint_eq(get_be32(p + 4), SECTORS);
    ck_assert_uint_eq(ask("\x1a\0\x3f\0\xc0\0", 6, p, 192, USB_DISK_GOOD), 16);
    ck_assert_mem_eq(p, "\x0f\0\0\0\x08\x0a\x04", 7);
    ck_assert_uint_eq(ask("\x5a\0\x08\0\0\0\0\0\x20\0", 10, p, 32, USB_DISK_GOOD), 20);
    ck_assert_uint_eq(ask("\x1a\0\x1c\0\xc0\0", 6, p, 192, USB_DISK_FAILED), 0);
    do_it("\x35\0\0\0\0\0\0\0\0\0", 10, USB_DISK_GOOD);
    do_it(moving(0x2f, SECTORS - 2, 2), 10, USB_DISK_GOOD);
    do_it(moving(0x2f, SECTORS - 2, 3), 10, USB_DISK_FAILED);
    sense(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    do_it("\xee", 1, USB_DISK_FAILED);
    sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_OPCODE);
    end();
}
END_TEST

/* Every length around that of the buffer, from and to every place around it. */
START_TEST(sectors_both_ways)
{
    static u8 data[SECTORS * SECTOR_SIZE], back[SECTORS * SECTOR_SIZE];
    static const u16 counts[] = {1, 2, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE + 5};
    begin(false);
    for (unsigned i = 0; i < ARRAY_SIZE(counts); i++) {
        u32 n = counts[i] * SECTOR_SIZE, lba = 3 + i, missing;
        memcpy(data, image, sizeof(data));
        for (u32 k = 0; k < n; k++)
            data[lba * SECTOR_SIZE + k] = (u8)(k + i);
        send(0, n, moving(0x2a, lba, counts[i]), 10);
        ck_assert_uint_eq(give(data + lba * SECTOR_SIZE, n), n);
        ck_assert_uint_eq(status(&missing), USB_DISK_GOOD);
        ck_assert_uint_eq(missing, 0);
        ck_assert(disk_read(u->disk, lba, counts[i], back));
        ck_assert_mem_eq(back, data + lba * SECTOR_SIZE, n);
        ck_assert_uint_eq(ask(moving(0x28, lba, counts[i]), 10, back, n, USB_DISK_GOOD), n);
        ck_assert_mem_eq(back, data + lba * SECTOR_SIZE, n);
        ck_assert_uint_eq(ask(moving(0x28, lba - 1, 1), 10, back, SECTOR_SIZE, USB_DISK_GOOD),
                          SECTOR_SIZE);
        ck_assert_mem_eq(back + SECTOR_SIZE - 1, image + lba * SECTOR_SIZE - 1, 1);
        ck_assert(disk_write(u->disk, 0, SECTORS, image));
    }
    /* READ (12) of everything, and one more. */
    u8 twelve[12] = {0xa8};
    put_be32(twelve + 6, SECTORS);
    ck_assert_uint_eq(ask(twelve, 12, back, sizeof(back), USB_DISK_GOOD), sizeof(back));
    ck_assert_mem_eq(back, image, sizeof(back));
    put_be32(twelve + 6, SECTORS + 1);
    ck_assert_uint_eq(ask(twelve, 12, back, SECTOR_SIZE, USB_DISK_FAILED), 0);
    sense(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    end();
}
END_TEST

/* Chapter 6.7: what the host expects, in and out, against what the command moves. */
START_TEST(thirteen_cases)
{
    enum { NO = 0, IN = 0x80, OUT = 0x100, S = SECTOR_SIZE };
    static const struct {
        u32 host, dir;      /* what it expects */
        u8 command, blocks; /* 00h: no data */
        u8 status;
        u32 moved;
        bool stall;
    } cases[] = {
        {0, NO, 0x00, 0, USB_DISK_GOOD, 0, false},        /* 1: Hn = Dn */
        {0, NO, 0x28, 1, USB_DISK_PHASE_ERROR, 0, false}, /* 2: Hn < Di */
        {0, NO, 0x2a, 1, USB_DISK_PHASE_ERROR, 0, false}, /* 3: Hn < Do */
        {64, IN, 0x00, 0, USB_DISK_GOOD, 0, true},        /* 4: Hi > Dn */
        {2 * S, IN, 0x28, 1, USB_DISK_GOOD, S, true},     /* 5: Hi > Di */
        {S, IN, 0x28, 1, USB_DISK_GOOD, S, false},        /* 6: Hi = Di */
        {S, IN, 0x28, 2, USB_DISK_PHASE_ERROR, 0, true},  /* 7: Hi < Di */
        {S, IN, 0x2a, 1, USB_DISK_PHASE_ERROR, 0, true},  /* 8: Hi <> Do */
        {64, OUT, 0x00, 0, USB_DISK_GOOD, 0, true},       /* 9: Ho > Dn */
        {S, OUT, 0x28, 1, USB_DISK_PHASE_ERROR, 0, true}, /* 10: Ho <> Di */
        {2 * S, OUT, 0x2a, 1, USB_DISK_GOOD, S, true},    /* 11: Ho > Do */
        {S, OUT, 0x2a, 1, USB_DISK_GOOD, S, false},       /* 12: Ho = Do */
        {S, OUT, 0x2a, 2, USB_DISK_PHASE_ERROR, 0, true}, /* 13: Ho < Do */
    };
    static u8 data[2 * S];
    begin(false);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        u32 moved = 0, missing;
        bool stalled = false, out = cases[i].dir == OUT;
        send((u8)cases[i].dir, cases[i].host, moving(cases[i].command, 0, cases[i].blocks), 10);
        if (cases[i].dir == IN)
            moved = fetch(data, cases[i].host, &stalled);
        if (out)
            moved = give(data, cases[i].host);
        stalled |= out && moved < cases[i].host;
        ck_assert_msg(moved == cases[i].moved && stalled == cases[i].stall, "case %u: %u bytes%s",
                      i + 1, moved, stalled ? ", a stall" : "");
        ck_assert_msg(status(&missing) == cases[i].status, "case %u", i + 1);
        ck_assert_uint_eq(missing, cases[i].host - moved);
        do_it("\0\0\0\0\0\0", 6, USB_DISK_GOOD); /* and it goes on */
    }
    end();
}
END_TEST

/* What is no command block: nothing but the class's reset helps. */
START_TEST(recovery)
{
    static const struct {
        u8 at, value;
    } wrong[] = {{0, 'X'}, {12, 0x01}, {13, 1}, {14, 0}, {14, 17}};
    u8 p[USB_DISK_CBW + 1] = {'U', 'S', 'B', 'C', [14] = 6}, q[USB_DISK_PACKET];
    begin(false);
    for (unsigned i = 0; i < ARRAY_SIZE(wrong) + 2; i++) {
        u8 bad[sizeof(p)];
        unsigned size = USB_DISK_CBW;
        memcpy(bad, p, sizeof(p));
        if (i < ARRAY_SIZE(wrong))
            bad[wrong[i].at] = wrong[i].value;
        else
            size = i == ARRAY_SIZE(wrong) ? USB_DISK_CBW - 1 : USB_DISK_CBW + 1;
        ck_assert_int_eq(usb_out(f, USB_DISK_OUT, bad, size), USB_STALL);
        ck_assert_int_eq(usb_in(f, USB_DISK_IN, q, sizeof(q)), USB_STALL);
        clear_halt(true);
        clear_halt(false);
        ck_assert_int_eq(usb_in(f, USB_DISK_IN, q, sizeof(q)), USB_STALL);
        ck_assert_int_eq(usb_out(f, USB_DISK_OUT, p, USB_DISK_CBW), USB_STALL);
        control(0x21, 0xff, 0, 0, 0);
        ck_assert_int_eq(usb_in(f, 0, q, 0), 0);
        do_it("\0\0\0\0\0\0", 6, USB_DISK_GOOD);
    }
    /* A command in the middle of data that were to come is data, and too much is no data. */
    send(0, SECTOR_SIZE, moving(0x2a, 0, 1), 10);
    ck_assert_uint_eq(give(image, SECTOR_SIZE - 64), SECTOR_SIZE - 64);
    u8 long_packet[128] = {0};
    ck_assert_int_eq(usb_out(f, USB_DISK_OUT, long_packet, sizeof(long_packet)), USB_STALL);
    ck_assert_int_eq(usb_in(f, USB_DISK_IN, q, sizeof(q)), USB_STALL);
    usb_reset(f);
    f->configuration = 1;
    do_it("\0\0\0\0\0\0", 6, USB_DISK_GOOD);
    ck_assert_int_eq(usb_in(f, USB_DISK_IN, q, sizeof(q)), USB_NAK);
    ck_assert_int_eq(usb_in(f, 3, q, sizeof(q)), USB_SILENCE);
    end();
}
END_TEST

START_TEST(media)
{
    u8 p[SECTOR_SIZE];
    begin(true);
    ck_assert_uint_eq(ask("\x1a\0\x3f\0\x04\0", 6, p, 4, USB_DISK_GOOD), 4);
    ck_assert_uint_eq(p[2], 0x80); /* protected */
    u32 missing;
    send(0, SECTOR_SIZE, moving(0x2a, 0, 1), 10);
    ck_assert_uint_eq(give(image, SECTOR_SIZE), 0);
    ck_assert_uint_eq(status(&missing), USB_DISK_FAILED);
    ck_assert_uint_eq(missing, SECTOR_SIZE);
    sense(SENSE_DATA_PROTECT, ASC_WRITE_PROTECTED);

    do_it("\x1e\0\0\0\1\0", 6, USB_DISK_GOOD);
    do_it("\x1b\0\0\0\2\0", 6, USB_DISK_FAILED);
    sense(SENSE_ILLEGAL_REQUEST, ASC_REMOVAL_PREVENTED);
    do_it("\x1e\0\0\0\0\0", 6, USB_DISK_GOOD);
    do_it("\x1b\0\0\0\2\0", 6, USB_DISK_GOOD);
    do_it("\0\0\0\0\0\0", 6, USB_DISK_FAILED);
    sense(SENSE_NOT_READY, ASC_NO_MEDIUM);
    ck_assert_uint_eq(ask(moving(0x28, 0, 1), 10, p, SECTOR_SIZE, USB_DISK_FAILED), 0);
    do_it("\x1b\0\0\0\3\0", 6, USB_DISK_GOOD);
    do_it("\0\0\0\0\0\0", 6, USB_DISK_FAILED);
    sense(SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
    do_it("\0\0\0\0\0\0", 6, USB_DISK_GOOD);
    usb_disk_changed(u);
    ck_assert_uint_eq(ask("\x12\0\0\0\x24\0", 6, p, 36, USB_DISK_GOOD), 36); /* tells nothing */
    do_it("\0\0\0\0\0\0", 6, USB_DISK_FAILED);
    sense(SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
    end();
}
END_TEST

START_TEST(empty_reader)
{
    u8 p[64];
    begin(false);
    struct disk *disk = u->disk;
    u->disk = NULL;
    ck_assert_uint_eq(ask("\x12\0\0\0\x24\0", 6, p, 36, USB_DISK_GOOD), 36);
    static const u8 codes[] = {0x00, 0x25, 0x28, 0x2a, 0x2f, 0x35};
    for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
        do_it(moving(codes[i], 0, 1), 10, USB_DISK_FAILED);
        sense(SENSE_NOT_READY, ASC_NO_MEDIUM);
    }
    ck_assert_uint_eq(ask("\x1a\0\x3f\0\xc0\0", 6, p, 64, USB_DISK_GOOD), 16);
    ck_assert_uint_eq(ask("\x23\0\0\0\0\0\0\0\x0c\0", 10, p, 12, USB_DISK_GOOD), 12);
    ck_assert_uint_eq(p[8], 3);
    do_it("\x1b\0\0\0\2\0", 6, USB_DISK_GOOD);
    do_it("\x1b\0\0\0\3\0", 6, USB_DISK_GOOD);
    do_it("\0\0\0\0\0\0", 6, USB_DISK_FAILED);
    sense(SENSE_NOT_READY, ASC_NO_MEDIUM);
    u->disk = disk;
    end();
}
END_TEST

/* ---- state ---- */

static void in_the_middle(unsigned how)
{
    u8 p[200];
    bool stalled;
    begin(false);
    if (how == 0) {
        send(0x80, 20 * SECTOR_SIZE, moving(0x28, 5, 20), 10);
        fetch(p, 192, &stalled);
    } else if (how == 1) {
        send(0, 20 * SECTOR_SIZE, moving(0x2a, 5, 20), 10);
        give(image, USB_DISK_BUFFER + 192);
    } else {
        send(0x80, 192, "\xee", 1); /* a status, and a halt, wait */
    }
}

/* What the rest of it says, and what is on the disk then. */
static u32 rest(unsigned how, u8 *out)
{
    static u8 data[20 * SECTOR_SIZE];
    bool stalled;
    u32 missing, n = 0;
    if (how == 0)
        n = fetch(data, 20 * SECTOR_SIZE - 192, &stalled);
    else if (how == 1)
        n = give(image + USB_DISK_BUFFER + 192, 20 * SECTOR_SIZE - USB_DISK_BUFFER - 192);
    n += status(&missing);
    ck_assert(disk_read(u->disk, 0, SECTORS, out));
    for (u32 i = 0; i < sizeof(data); i++)
        out[SECTORS * SECTOR_SIZE + i] = data[i];
    return n + missing;
}

static const struct field saved[] = {
    FIELD(struct usb_disk, function.address),
    FIELD(struct usb_disk, function.configuration),
    FIELD(struct usb_disk, function.stage),
    FIELD(struct usb_disk, function.new_address),
    FIELD(struct usb_disk, function.halted),
    FIELD(struct usb_disk, function.setup),
    FIELD(struct usb_disk, function.length),
    FIELD(struct usb_disk, function.at),
    FIELD(struct usb_disk, function.data),
    FIELD(struct usb_disk, stage),
    FIELD(struct usb_disk, status),
    FIELD(struct usb_disk, tag),
    FIELD(struct usb_disk, command),
    FIELD(struct usb_disk, host_reads),
    FIELD(struct usb_disk, expected),
    FIELD(struct usb_disk, lba),
    FIELD(struct usb_disk, blocks),
    FIELD(struct usb_disk, writing),
    FIELD(struct usb_disk, fill),
    FIELD(struct usb_disk, at),
    FIELD(struct usb_disk, buffer),
    FIELD(struct usb_disk, sense_key),
    FIELD(struct usb_disk, asc),
    FIELD(struct usb_disk, changed),
    FIELD(struct usb_disk, out),
    FIELD(struct usb_disk, locked),
};

START_TEST(state_in_the_middle)
{
    static u8 one[120 * SECTOR_SIZE], two[120 * SECTOR_SIZE];
    static struct bench other;
    const u8 *bytes;
    size_t size;
    in_the_middle(_i);
    struct usb_disk *first = u;
    struct state *s = bench_save(&b, &u->dev, &bytes, &size);
    bench_init(&other);
    u = stick(&other, "hdb", false);
    f = &u->function;
    send(0, 20 * SECTOR_SIZE, moving(0x2a, 1, 20), 10); /* a life of its own */
    give(image, 640);
    fields_differ(u, first, saved, ARRAY_SIZE(saved));
    bench_load(&other, &u->dev, bytes, size);
    state_free(s);
    fields_are_same(u, first, saved, ARRAY_SIZE(saved));
    u32 got = rest(_i, one);
    remove_stick(&other, u);
    u = first;
    f = &u->function;
    ck_assert_uint_eq(rest(_i, two), got);
    ck_assert_mem_eq(one, two, sizeof(one));
    end();
}
END_TEST

START_TEST(impossible_states)
{
    static struct bench other;
    for (unsigned i = 0; i < 9; i++) {
        const u8 *bytes;
        size_t size;
        in_the_middle(i < 6 ? 0 : 1);
        struct usb_disk kept = *u;
        switch (i) {
        case 0:
            u->stage = USB_DISK_LOST + 1;
            break;
        case 1:
            u->at = (u16)(u->fill + 1);
            break;
        case 2:
            u->fill = USB_DISK_BUFFER + 1;
            break;
        case 3:
            u->blocks = SECTORS;
            break;
        case 4:
            u->lba = SECTORS + 1;
            break;
        case 5:
            u->expected = 3;
            break;
        case 6:
            u->stage = USB_DISK_COMMAND;
            break;
        case 7:
            u->blocks = 0;
            break;
        default:
            u->status = 3;
            break;
        }
        struct state *s = bench_save(&b, &u->dev, &bytes, &size);
        bench_init(&other);
        struct usb_disk *d = stick(&other, "hdb", false);
        struct state *l = state_new_load(bytes, size, NULL);
        clock_state(&other.clock, l);
        device_state(&d->dev, l);
        ck_assert_msg(!state_ok(l), "%u", i);
        state_free(l);
        state_free(s);
        remove_stick(&other, d);
        *u = kept;
        end();
    }
}
END_TEST

/* ---- a machine ---- */

static struct vm *machine(const char *first, const char *second, bool disk, struct err *e)
{
    static struct row row[2];
    static const struct row *rows[] = {&row[0], &row[1]};
    struct vm_config c = {.ram_mb = 2, .rows = rows, .row_count = second ? 2 : 1};
    if (disk)
        c.disk[2] = (struct media){.bytes = image, .size = sizeof(image)};
    ck_assert(row_parse(&row[0], "-device", first, e));
    ck_assert(!second || row_parse(&row[1], "-device", second, e));
    return vm_new(&c, e);
}

START_TEST(machines)
{
    static const struct {
        const char *first, *second, *why;
    } wrong[] = {{"usb-disk,disk=c", NULL, "hda, hdb, hdc, hdd"},
                 {"usb-disk,disk=hde", NULL, "hda, hdb, hdc, hdd"},
                 {"usb-disk,disk=hd", NULL, "hda, hdb, hdc, hdd"},
                 {"usb-disk,disk=hda", NULL, "-hda FILE"},
                 {"usb-disk,disk=hdc", "usb-disk,disk=hdc", "two"}};
    struct err e;
    struct vm_drive drive;
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct vm *vm = machine(wrong[i].first, wrong[i].second, true, &e);
        ck_assert_msg(!vm && strstr(e.text, wrong[i].why), "%u: %s", i, e.text);
    }
    struct vm *vm = machine("usb-disk,disk=hdc", "usb-disk", true, &e);
    ck_assert_msg(vm != NULL, "%s", e.text);
    ck_assert(vm_drive(vm, VM_FLOPPIES + 2, &drive));
    ck_assert_str_eq(drive.format, "USB");
    ck_assert(vm_drive(vm, VM_FLOPPIES + VM_DISKS, &drive)); /* its place is the CD drive's again */
    vm_run(vm, 10 * NS_PER_MS);
    ck_assert(vm_free(vm, &e));
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("usb_disk");
    tcase_add_test(t, descriptors);
    tcase_add_test(t, questions);
    tcase_add_test(t, sectors_both_ways);
    tcase_add_test(t, thirteen_cases);
    tcase_add_test(t, recovery);
    tcase_add_test(t, media);
    tcase_add_test(t, empty_reader);
    tcase_add_loop_test(t, state_in_the_middle, 0, 3);
    tcase_add_test(t, impossible_states);
    tcase_add_test(t, machines);
    return t;
}

int main(void)
{
    return run_suite("usb_disk", cases);
}
