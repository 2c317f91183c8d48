/*
 * test_bad_media.c - media that lie: a disk and a diskette whose boot records promise more than
 * there is, CDs whose boot catalog points beyond their end or into the machine. The BIOS goes by
 * what the drives say, and says itself why it does not start from such a disc.
 */
#include "hw/machine/vm.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { DISK = 8 * 16 * 63 * 512, DISKETTE = 360 * 1024, BLOCK = 2048 };

/*
 * INT 13h for every row of a table at 7C80h (AX, CX, DX, SI; AX = 0: the end), data to 8000h; on
 * the debug console R for what could be read and E for what is an error, in the end a dot. It
 * stands behind the parameters of a FAT file system.
 */
static const u8 program[] = {
    0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, /* xor ax,ax; mov ds,ax; es; ss */
    0xbc, 0x00, 0x7c, 0xbf, 0x80, 0x7c,             /* mov sp,7c00h; mov di,7c80h */
    0x8b, 0x05, 0x85, 0xc0, 0x74, 0x1d,             /* next: mov ax,[di]; test ax,ax; jz done */
    0x8b, 0x4d, 0x02, 0x8b, 0x55, 0x04,             /* mov cx,[di+2]; mov dx,[di+4] */
    0x8b, 0x75, 0x06, 0xbb, 0x00, 0x80,             /* mov si,[di+6]; mov bx,8000h */
    0x57, 0xcd, 0x13, 0x5f, 0xb0, 0x52,             /* push di; int 13h; pop di; mov al,'R' */
    0x73, 0x02, 0xb0, 0x45, 0xe6, 0xe9,             /* jnc ok; mov al,'E'; ok: out e9h,al */
    0x83, 0xc7, 0x08, 0xeb, 0xdd,                   /* add di,8; jmp next */
    0xb0, 0x2e, 0xe6, 0xe9, 0xf4, 0xeb, 0xfd,       /* done: mov al,'.'; out e9h,al; hlt; jmp */
};
enum { PARAMETERS = 0x0b, CODE = 0x3e, TABLE = 0x80, PACKETS = 0xe0, PARTITION = 0x1be };

static u8 image[DISK], before[DISK];

struct sink {
    char text[64];
    size_t count;
};

static void sink_write(void *opaque, const u8 *data, size_t len)
{
    struct sink *s = opaque;
    for (size_t i = 0; i < len && s->count < sizeof(s->text) - 1; i++)
        s->text[s->count++] = (char)data[i];
    s->text[s->count] = 0;
}

struct request {
    u16 ax, cx, dx;
    u64 lba; /* AH = 42h */
};

/* A boot sector with these claims about the disk at `at`. */
static void boot_sector(const struct request *r, size_t count, u32 at, const u8 *claims,
                        size_t size)
{
    static const u8 jump[] = {0xeb, CODE - 2, 0x90};
    u8 *packet = image + PACKETS;
    memset(image, 0, sizeof(image));
    memcpy(image, jump, sizeof(jump));
    memcpy(image + CODE, program, sizeof(program));
    memcpy(image + at, claims, size);
    for (size_t i = 0; i < count; i++) {
        u8 *row = image + TABLE + 8 * i;
        put_le16(row, r[i].ax);
        put_le16(row + 2, r[i].cx);
        put_le16(row + 4, r[i].dx);
        if (r[i].ax >> 8 != 0x42)
            continue;
        put_le16(row + 6, (u16)(0x7c00 + (packet - image)));
        packet[0] = 16;
        packet[2] = 1;
        put_le16(packet + 4, 0x8000);
        put_le64(packet + 8, r[i].lba);
        packet += 16;
    }
    image[510] = 0x55;
    image[511] = 0xaa;
    memcpy(before, image, sizeof(image));
}

static void check_answers(struct vm_config *c, const char *expected)
{
    struct sink console = {.count = 0};
    struct err e;
    c->ram_mb = 1;
    c->mips = 20;
    c->debugcon = (struct stream){sink_write, NULL, &console};
    struct vm *vm = vm_new(c, &e);
    ck_assert_msg(vm != NULL, "%s", e.text);
    for (int i = 0; i < 400 && !strchr(console.text, '.'); i++)
        vm_run(vm, vm_now(vm) + 50 * NS_PER_MS);
    ck_assert_str_eq(console.text, expected);
    ck_assert(vm_free(vm, &e));
    ck_assert_mem_eq(image, before, sizeof(image));
}

START_TEST(hard_disk_with_a_huge_partition)
{
    static const struct request requests[] = {
        {0x0201, 0x0001, 0x0080, 0}, /* the first sector */
        {0x0201, 0xffff, 0xff80, 0}, /* the last one that registers can name */
        {0x0201, 0x0000, 0x0080, 0}, /* there is no sector 0 */
        {0x0202, 0x073f, 0x0f80, 0}, /* from the last one over the end */
        {0x0201, 0x0001, 0x008f, 0}, /* another disk */
        {0x4200, 0, 0x80, 1},        {0x4200, 0, 0x80, DISK / 512},
        {0x4200, 0, 0x80, ~0ull},    {0x4200, 0, 0x80, 1ull << 63},
    };
    /* From cylinder 1023 to nowhere: 4 G sectors after 4 G sectors. */
    static const u8 partition[16] = {0x80, 0xfe, 0xff, 0xff, 0x0c, 0xfe, 0xff, 0xff,
                                     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    boot_sector(requests, ARRAY_SIZE(requests), PARTITION, partition, sizeof(partition));
    struct vm_config c = {.boot = "c", .disk[0] = {.bytes = image, .size = DISK}};
    check_answers(&c, "REEEEREEE.");
}
END_TEST

START_TEST(diskette_with_wrong_parameters)
{
    static const struct request requests[] = {
        {0x0201, 0x0001, 0x0000, 0}, /* the first sector */
        {0x0201, 0x2709, 0x0100, 0}, /* the last one: 40 tracks, 9 sectors */
        {0x0201, 0x2824, 0x0100, 0}, /* sectors of tracks as the parameters promise them */
        {0x0201, 0x000a, 0x0000, 0}, {0x0201, 0x4f24, 0x0100, 0},
        {0x0201, 0x0001, 0xff00, 0}, /* side 255 */
        {0x02ff, 0x0001, 0x0000, 0}, /* more than a track */
    };
    /* 65535 bytes a sector, 255 sectors a cluster, 65535 sectors, 65535 a track, 65535 sides. */
    static const u8 parameters[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    boot_sector(requests, ARRAY_SIZE(requests), PARAMETERS, parameters, sizeof(parameters));
    struct vm_config c = {.boot = "a", .floppy[0] = {.bytes = image, .size = DISKETTE}};
    check_answers(&c, "RREEEEE.");
}
END_TEST

/* ---- discs ---- */

enum { BLOCKS = 40, CATALOG = 18, BOOT_IMAGE = 20 };

struct lie {
    u32 catalog;   /* block of the boot catalog */
    u8 media;      /* 0 none, 1 to 3 diskettes, 4 disk */
    u16 segment;   /* where to load it */
    u16 count;     /* 512-byte sectors of it */
    u32 block;     /* of the boot image */
    unsigned kept; /* blocks of the disc that are left */
    const char *message;
};

static void make_disc(const struct lie *l)
{
    memset(image, 0, sizeof(image));
    u8 *record = image + 17 * BLOCK, *catalog = image + CATALOG * BLOCK;
    memcpy(record, "\0CD001\1EL TORITO SPECIFICATION", 30);
    put_le32(record + 0x47, l->catalog);
    catalog[0] = 1;
    put_le16(catalog + 28, 0xaa55 - 0x0001 - 0xaa55);
    put_le16(catalog + 30, 0xaa55);
    catalog[32] = 0x88;
    catalog[33] = l->media;
    put_le16(catalog + 34, l->segment);
    put_le16(catalog + 38, l->count);
    put_le32(catalog + 40, l->block);
    memset(image + BOOT_IMAGE * BLOCK, 0xf4, BLOCK); /* HLT */
    memset(image + BOOT_IMAGE * BLOCK + 0x1be, 0, 64);
    put_le16(image + BOOT_IMAGE * BLOCK + 510, 0xaa55);
}

START_TEST(discs_that_point_nowhere)
{
    static const char unreadable[] = "the disc cannot be read", none[] = "not bootable";
    static const struct lie lies[] = {
        {0xffffffff, 0, 0, 4, BOOT_IMAGE, BLOCKS, unreadable},
        {BLOCKS, 0, 0, 4, BOOT_IMAGE, BLOCKS, unreadable},
        {CATALOG, 0, 0, 4, 0xffffffff, BLOCKS, unreadable},
        {CATALOG, 0, 0, 4, BLOCKS, BLOCKS, unreadable},
        {CATALOG, 0, 0, 0xffff, BOOT_IMAGE, BLOCKS, unreadable}, /* over the end */
        {CATALOG, 4, 0, 1, BOOT_IMAGE, BLOCKS, none},            /* a disk without a partition */
        {CATALOG, 15, 0, 1, BOOT_IMAGE, BLOCKS, none},
        {CATALOG, 0, 0, 4, BOOT_IMAGE, BOOT_IMAGE, unreadable}, /* cut off before the image, */
        {CATALOG, 0, 0, 4, BOOT_IMAGE, CATALOG, unreadable},    /* before the catalog, */
        {CATALOG, 0, 0, 4, BOOT_IMAGE, 17, unreadable},         /* before the boot record */
        {CATALOG, 0, 0xf000, 4, BOOT_IMAGE, BLOCKS, ""},        /* into the ROM: runs it */
        {CATALOG, 0, 0xffff, 32, BOOT_IMAGE, BLOCKS, ""},
        {CATALOG, 0, 0x0040, 4, BOOT_IMAGE, BLOCKS, ""}, /* over the BIOS data area */
    };
    const struct lie *l = &lies[_i % ARRAY_SIZE(lies)];
    char text[8192];
    struct err e;
    make_disc(l);
    struct vm_config c = {.ram_mb = 1,
                          .mips = 20,
                          .boot = "d",
                          .cdrom = {.bytes = image, .size = (size_t)l->kept * BLOCK}};
    struct vm *vm = vm_new(&c, &e);
    ck_assert_msg(vm != NULL, "%s", e.text);
    text[0] = 0;
    /* To the message, or for as long as what was started may need to do harm. */
    int slices = *l->message ? 100 : 4;
    for (int i = 0; i < slices && !(*l->message && strstr(text, l->message)); i++) {
        enum vm_stop why = vm_run(vm, vm_now(vm) + 50 * NS_PER_MS);
        if (why == VM_TRIPLE_FAULT || why == VM_RESET_REQUEST)
            break;
        vm_screen_text(vm, text, sizeof(text));
    }
    ck_assert_msg(strstr(text, l->message) != NULL, "no \"%s\" in\n%s", l->message, text);
    ck_assert(vm_free(vm, &e));
}
END_TEST

enum { LIES = 13 };

int main(void)
{
    Suite *s = suite_create("bad media");
    TCase *tc = tcase_create("bad media");
    suite_add_tcase(s, tc);
    tcase_add_test(tc, hard_disk_with_a_huge_partition);
    tcase_add_test(tc, diskette_with_wrong_parameters);
    tcase_add_loop_test(tc, discs_that_point_nowhere, 0, LIES);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
