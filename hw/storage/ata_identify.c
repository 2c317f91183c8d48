/*
 * ata_identify.c - the 256 words of IDENTIFY DEVICE.
 *
 * ATA/ATAPI-5 table 20, with the 48-bit words of ATA/ATAPI-6.
 */
#include "hw/storage/ata.h"

#include <stdio.h>
#include <string.h>

/* Text goes two characters a word, the first in the high byte, padded with blanks. */
static void put_text(u16 *word, unsigned words, const char *text)
{
    size_t len = strlen(text);
    for (unsigned i = 0; i < words; i++) {
        u8 high = 2 * i < len ? (u8)text[2 * i] : ' ';
        u8 low = 2 * i + 1 < len ? (u8)text[2 * i + 1] : ' ';
        word[i] = (u16)(high << 8 | low);
    }
}

static void put_words(u16 *word, unsigned words, u64 v)
{
    for (unsigned i = 0; i < words; i++, v >>= 16)
        word[i] = (u16)v;
}

/* Modes that exist, and in the high byte the one that SET FEATURES has chosen from them. */
static u16 dma_modes(const struct ata_unit *u, u8 first, unsigned modes)
{
    u16 w = (u16)((1u << modes) - 1);
    if (u->transfer_mode >= first && u->transfer_mode < first + modes)
        w |= (u16)(0x100u << (u->transfer_mode - first));
    return w;
}

void ata_identify(const struct ata_unit *u, u8 page[512])
{
    u64 total = disk_sectors(u->disk);
    struct disk_geometry g = disk_geometry(total);
    u16 w[256] = {0};
    char serial[21];

    w[0] = 0x0040; /* fixed disk */
    w[1] = (u16)g.cylinders;
    w[3] = (u16)g.heads;
    w[6] = (u16)g.sectors;
    snprintf(serial, sizeof(serial), "FE%08llX-%u", (unsigned long long)(total & 0xffffffff),
             u->number);
    put_text(w + 10, 10, serial);
    w[20] = 3;   /* buffer: dual-ported with look-ahead */
    w[21] = 512; /* sectors of buffer */
    w[22] = 4;
    put_text(w + 23, 4, "1.0");
    put_text(w + 27, 20, "FERRITE HARD DISK");
    w[47] = 0x8000 | ATA_MAX_MULTIPLE;
    w[48] = 1;      /* 32-bit access to the data port */
    w[49] = 0x0f00; /* IORDY, IORDY can be disabled, LBA, DMA */
    w[50] = 0x4000;
    w[51] = 0x0200; /* PIO mode 2 without IORDY */
    w[53] = 0x0007; /* words 54-58, 64-70 and 88 are valid */
    w[54] = (u16)u->cylinders;
    w[55] = (u16)u->heads;
    w[56] = (u16)u->sectors;
    put_words(w + 57, 2, (u64)u->cylinders * u->heads * u->sectors);
    w[59] = u->multiple ? (u16)(0x0100 | u->multiple) : 0;
    put_words(w + 60, 2, total > 0x0fffffff ? 0x0fffffff : total);
    w[63] = dma_modes(u, 0x20, 3); /* multiword DMA 0-2 */
    w[64] = 0x0003;                /* PIO modes 3 and 4 */
    w[65] = w[66] = w[67] = w[68] = 120;
    w[80] = 0x007e; /* ATA-1 to ATA/ATAPI-6 */
    w[82] = 0x7068; /* NOP, READ/WRITE BUFFER, look-ahead, write cache, power management */
    w[83] = 0x7400; /* FLUSH CACHE, FLUSH CACHE EXT, 48-bit addresses */
    w[84] = 0x4000;
    w[85] = (u16)(0x7008 | (u->look_ahead ? 0x40 : 0) | (u->write_cache ? 0x20 : 0));
    w[86] = 0x3400;
    w[87] = 0x4000;
    w[88] = dma_modes(u, 0x40, 5);           /* Ultra DMA 0-4 */
    w[93] = u->number & 1 ? 0x6b00 : 0x600b; /* hardware reset: passed, numbered by jumper */
    put_words(w + 100, 4, total);
    w[255] = 0x00a5;

    u8 sum = 0;
    for (unsigned i = 0; i < 256; i++) {
        put_le16(page + 2 * i, w[i]);
        sum = (u8)(sum + w[i] + (w[i] >> 8));
    }
    page[511] = (u8)-sum;
}
