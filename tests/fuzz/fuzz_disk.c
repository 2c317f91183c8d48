/*
 * fuzz_disk.c - image files of any size and content: opened, written, cut short while in use; cue
 * sheets of any text, in which bytes from 80h on stand for words, and the discs that come of them.
 */
#include "tests/fuzz/fuzz.h"

#include "hw/storage/cd_disc.h"
#include "hw/storage/disk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *scratch(void)
{
    static char path[64];
    snprintf(path, sizeof(path), "/tmp/ferrite-fuzz-%d.img", (int)getpid());
    return path;
}

static const char *const words[] = {
    "FILE ",        "\"image\" ",
    "BINARY\n",     "MOTOROLA\n",
    "WAVE\n",       "MP3\n",
    "TRACK ",       "01 ",
    "02 ",          "99 ",
    "00 ",          "AUDIO\n",
    "CDG\n",        "MODE1/2048\n",
    "MODE1/2352\n", "MODE2/2336\n",
    "MODE2/2352\n", "INDEX 01 00:00:00\n",
    "INDEX 00 ",    "INDEX 01 ",
    "00:00:01",     "00:02:00\n",
    "99:59:74\n",   "PREGAP ",
    "POSTGAP ",     "FLAGS DCP 4CH\n",
    "ISRC ",        "CATALOG 1234567890123\n",
    "REM \n",       "TITLE \"",
    "\"",           "\n",
    "\r\n",
};

/* All of the disc is asked for; what it says of itself must hold together. */
static void use_disc(struct cd_disc *d, struct choices *c)
{
    u8 raw[CD_RAW], index;
    u32 blocks = cd_blocks(d);
    while (choices_left(c)) {
        u32 lba = choose32(c) % (blocks + 4);
        unsigned track = cd_track_at(d, lba, &index);
        if (lba < blocks && (track < 1 || track > d->tracks))
            abort();
        if (cd_read(d, lba, raw) && (lba >= blocks || !cd_is_data(d, lba)))
            abort();
        if (cd_read_raw(d, lba, raw) && lba >= blocks)
            abort();
    }
}

static void cue_sheet(struct choices *c)
{
    char sheet[80], image[80];
    struct err e = {""};
    snprintf(sheet, sizeof(sheet), "%s.cue", scratch());
    snprintf(image, sizeof(image), "%s", scratch());
    const char *name = strrchr(image, '/') + 1;
    FILE *f = fopen(sheet, "w");
    int fd = open(image, O_RDWR | O_CREAT | O_TRUNC, 0600);
    u32 length = choose32(c) % (1 << 22);
    if (!f || fd < 0 || ftruncate(fd, length) != 0)
        abort();
    close(fd);
    for (u8 byte = choose8(c); choices_left(c) && byte != 0xff; byte = choose8(c)) {
        const char *word = byte < 0x80 ? NULL : words[(byte & 0x7f) % ARRAY_SIZE(words)];
        if (!word)
            putc(byte, f);
        else if (word[0] == '"' && word[1] == 'i')
            fprintf(f, "\"%s\" ", name);
        else
            fputs(word, f);
    }
    fclose(f);
    struct cd_disc *d = cd_open(&(struct media){.path = sheet}, NULL, &e);
    if (d)
        use_disc(d, c);
    else if (!e.text[0])
        abort(); /* no reason given */
    cd_close(d, NULL);
    unlink(sheet);
    unlink(image);
}

static void image_file(struct choices *choices, u8 flags)
{
    struct choices c = *choices;
    struct media m = {.path = scratch()};
    u8 buf[9 * SECTOR_SIZE];
    u32 length = choose32(&c) % (3 << 20);
    if (flags & 1)
        length &= ~511u;
    int fd = open(m.path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || ftruncate(fd, length) != 0)
        abort();
    m.read_only = flags & 2;
    struct disk *d = disk_open(&m, flags & 4 ? DISK_FLOPPY : DISK_HARD, flags & 8, NULL, NULL);
    memset(buf, flags, sizeof(buf));
    while (d && choices_left(&c)) {
        u8 what = choose8(&c);
        u64 sector = choose32(&c) % (length / 512 + 4);
        u32 count = what >> 4;
        bool inside = sector + count <= disk_sectors(d);
        count = count > 9 ? 9 : count;
        switch (what & 3) {
        case 0:
            if (disk_read(d, sector, count, buf) && sector + count > disk_sectors(d))
                abort();
            break;
        case 1:
            if (disk_write(d, sector, count, buf) && (!inside && sector + count > disk_sectors(d)))
                abort();
            break;
        case 2:
            if (what < 16) /* it takes the host a while */
                disk_flush(d);
            break;
        case 3:
            if (what & 4 && ftruncate(fd, (off_t)(sector * 300)) != 0)
                abort();
            break;
        }
    }
    disk_close(d, NULL);
    close(fd);
    unlink(m.path);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    u8 flags = choose8(&c);
    if (flags & 16)
        cue_sheet(&c);
    else
        image_file(&c, flags);
    return 0;
}
