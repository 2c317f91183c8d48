/*
 * pc_cmos.c - the CMOS memory as a set-up program would have left it, so that any AT BIOS finds
 * out what is in the machine. Bytes 10h-2Fh are the AT's (IBM PC/AT Technical Reference, "Real-Time
 * Clock CMOS RAM"); 30h-35h extended memory, 38h and 3Dh boot order, 39h-3Ah disk translation and
 * 5Fh processors are as Bochs and QEMU agree with their firmware; 68h-6Dh, where sound card and
 * game port are, are for our own (bios/pnp.asm).
 */
#include "hw/machine/pc.h"
#include "hw/sound/sb.h"
#include <string.h>
#include <time.h>

enum {
    C_FLOPPIES = 0x10,
    C_DISK_TYPES = 0x12,
    C_EQUIPMENT = 0x14,
    C_BASE_KB = 0x15,
    C_EXT_KB = 0x17,
    C_DISK0_TYPE = 0x19,
    C_DISK1_TYPE = 0x1a,
    C_DISK0 = 0x1b,
    C_DISK1 = 0x24,
    C_CHECKSUM = 0x2e,
    C_EXT_KB2 = 0x30,
    C_EXT_64K = 0x34,
    C_BOOT3 = 0x38,
    C_TRANSLATION = 0x39,
    C_BOOT12 = 0x3d,
    C_SOUND = 0x68,
    C_GAME = 0x6d,
};
enum {
    EQUIP_FLOPPY = 0x01,
    EQUIP_FPU = 0x02,
    EQUIP_MOUSE = 0x04,
    DISK_TYPE_EXTENDED = 0x0f,
    DISK_TYPE_USER = 47,
    TRANSLATION_NONE = 0,
    TRANSLATION_LBA = 1
};

#define DEFAULT_START 946684800u /* 2000-01-01 00:00:00 */

static void poke16(struct pc *pc, unsigned index, u32 v)
{
    v = v > 0xffff ? 0xffff : v;
    mc146818_poke(pc->rtc, index, (u8)v);
    mc146818_poke(pc->rtc, index + 1, (u8)(v >> 8));
}

static void poke(struct pc *pc, unsigned index, unsigned v)
{
    mc146818_poke(pc->rtc, index, (u8)v);
}

/* One of the two disks that CMOS describes: type 47 and its parameters. */
static void describe_disk(struct pc *pc, unsigned i)
{
    if (!pc_disk_is_fixed(pc, i))
        return;
    struct disk_geometry g = disk_geometry(disk_sectors(pc->disk[i]));
    unsigned at = i ? C_DISK1 : C_DISK0;
    poke(pc, C_DISK_TYPES,
         mc146818_peek(pc->rtc, C_DISK_TYPES) | (unsigned)DISK_TYPE_EXTENDED << (i ? 0 : 4));
    poke(pc, i ? C_DISK1_TYPE : C_DISK0_TYPE, DISK_TYPE_USER);
    poke16(pc, at, g.cylinders);
    poke(pc, at + 2, g.heads);
    poke16(pc, at + 3, 0xffff);                     /* no write precompensation */
    poke(pc, at + 5, 0xc0 | (g.heads > 8 ? 8 : 0)); /* control byte: no retries */
    poke16(pc, at + 6, g.cylinders);                /* landing zone */
    poke(pc, at + 8, g.sectors);
}

static unsigned boot_code(char c)
{
    return c == 'a' ? 1 : c == 'c' ? 2 : c == 'd' ? 3 : c == 'n' ? 4 : c == 'u' ? 5 : 0;
}

static bool boot_order(struct pc *pc, const char *order, struct err *e)
{
    u8 code[3] = {0};
    if (!order)
        order = "acd";
    size_t n = strlen(order);
    if (n == 0 || n > 3)
        return err_set(
            e, "boot order \"%s\": name one to three of a (floppy), c (disk), d (CD), u (USB)",
            order);
    for (size_t i = 0; i < n; i++) {
        code[i] = (u8)boot_code(order[i]);
        if (!code[i])
            return err_set(
                e, "boot order \"%s\": '%c' is none of a (floppy), c (disk), d (CD), u (USB)",
                order, order[i]);
    }
    poke(pc, C_BOOT12, code[0] | code[1] << 4u);
    poke(pc, C_BOOT3, code[2] << 4u);
    return true;
}

static s64 start_time(const struct vm_config *config)
{
    if (!config->rtc_host)
        return config->rtc_start ? (s64)config->rtc_start : DEFAULT_START;
    if (config->rtc_now)
        return (s64)config->rtc_now;
    /* A PC's clock keeps local time. */
    time_t now = time(NULL);
    struct tm local;
    if (!localtime_r(&now, &local))
        return (s64)now;
    return (s64)now + local.tm_gmtoff;
}

/* For the BIOS's list of devices. The first one; a DMA channel of 16 bits that is none is the other
 * one. */
static void describe_sound_card(struct pc *pc)
{
    for (unsigned i = 0; i < pc->device_count; i++) {
        const struct device_class *c = pc->device[i]->class;
        const struct sb *sb = (const struct sb *)pc->device[i];
        if (c != &sb16_class && c != &sbpro2_class && c != &sbpro_class && c != &sb2_class &&
            c != &sb1_class)
            continue;
        if (sb->pnp)
            return; /* it says itself where it is */
        poke(pc, C_SOUND, sb->base >> 4);
        poke(pc, C_SOUND + 1, sb->irq_number == 2 ? 9u : sb->irq_number);
        poke(pc, C_SOUND + 2, sb->dma_number | (unsigned)sb->hdma_number << 4);
        poke(pc, C_SOUND + 3, sb->fm_base >> 2);
        poke(pc, C_SOUND + 4, sb->mpu_base ? (sb->mpu_base - 0x200u) >> 1 : 0);
        return;
    }
}

bool pc_fill_cmos(struct pc *pc, const struct vm_config *config, struct err *e)
{
    if (!boot_order(pc, config->boot, e))
        return false;
    mc146818_set_time(pc->rtc, start_time(config));

    unsigned a = fdc_drive_type(pc->fdc, 0), b = fdc_drive_type(pc->fdc, 1);
    unsigned drives = (a != FLOPPY_NONE) + (b != FLOPPY_NONE);
    poke(pc, C_FLOPPIES, a << 4 | b);
    poke(pc, C_EQUIPMENT,
         EQUIP_FPU | EQUIP_MOUSE | (drives ? EQUIP_FLOPPY | (drives - 1) << 6 : 0u));

    u32 kb = pc->phys.ram_size / 1024;
    poke16(pc, C_BASE_KB, kb < 640 ? kb : 640);
    poke16(pc, C_EXT_KB, kb - 1024);
    poke16(pc, C_EXT_KB2, kb - 1024);
    poke16(pc, C_EXT_64K, kb > 16384 ? (kb - 16384) / 64 : 0);

    u8 translation[2] = {0};
    for (unsigned i = 0; i < VM_DISKS; i++) {
        if (!pc_disk_is_fixed(pc, i))
            continue;
        u64 sectors = disk_sectors(pc->disk[i]);
        unsigned how = sectors <= 1024ull * 16 * 63 ? TRANSLATION_NONE : TRANSLATION_LBA;
        translation[i / 2] |= (u8)(how << (i % 2 * 2));
    }
    /* Two bits for each of the four disks. */
    poke(pc, C_TRANSLATION, translation[0] | translation[1] << 4u);
    describe_disk(pc, 0);
    describe_disk(pc, 1);

    describe_sound_card(pc);
    poke(pc, C_GAME, pc->gameport->wanted);

    u32 sum = 0;
    for (unsigned i = C_FLOPPIES; i < C_CHECKSUM; i++)
        sum += mc146818_peek(pc->rtc, i);
    poke(pc, C_CHECKSUM, sum >> 8 & 0xff); /* the one word with its high byte first */
    poke(pc, C_CHECKSUM + 1, sum & 0xff);
    return true;
}
