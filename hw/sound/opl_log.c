/*
 * opl_log.c - a VGM file of OPL writes. Time is in samples of 44100 Hz, as the format wants it, and
 * rounded from the beginning, so that it never drifts. The header has the lengths, which are known
 * at the end: a file that was not closed has none of them, and says so by 0.
 */
#include "hw/sound/opl_log.h"
#include "hw/base/hostfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { HEADER = 0x80, VERSION = 0x151, RATE = 44100, LONGEST_WAIT = 65535 };
enum { AT_SIZE = 0x04, AT_VERSION = 0x08, AT_SAMPLES = 0x18, AT_DATA = 0x34 };
enum { AT_YM3812 = 0x50, AT_YMF262 = 0x5c };
/* Commands. */
enum { YM3812 = 0x5a, YM3812_SECOND = 0xaa, YMF262 = 0x5e, WAIT = 0x61, END = 0x66 };
#define OPL2_CLOCK 3579545u
#define OPL3_CLOCK 14318180u
#define TWO_OF_THEM 0x40000000u

struct opl_log {
    FILE *file;
    u8 chips;
    bool begun, failed;
    u64 begin;   /* guest time of the first write */
    u64 samples; /* waited for so far */
    u64 size;
};

static void put_bytes(struct opl_log *l, const u8 *bytes, size_t size)
{
    l->failed |= fwrite(bytes, 1, size, l->file) != size;
    l->size += size;
}

static void make_header(const struct opl_log *l, u8 *h, bool complete)
{
    memset(h, 0, HEADER);
    memcpy(h, "Vgm ", 4);
    put_le32(h + AT_VERSION, VERSION);
    put_le32(h + AT_DATA, HEADER - AT_DATA);
    if (l->chips == LOG_OPL3)
        put_le32(h + AT_YMF262, OPL3_CLOCK);
    else
        put_le32(h + AT_YM3812, OPL2_CLOCK | (l->chips == LOG_OPL2_PAIR ? TWO_OF_THEM : 0));
    if (complete) {
        put_le32(h + AT_SIZE, (u32)(l->size - AT_SIZE));
        put_le32(h + AT_SAMPLES, (u32)l->samples);
    }
}

/* The name tells the format, as elsewhere; and a slip of the pen makes no file. */
static bool is_vgm(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && strcasecmp(path + length - 4, ".vgm") == 0;
}

struct opl_log *opl_log_open(const char *path, enum opl_log_chips chips, struct err *e)
{
    u8 header[HEADER];
    if (!is_vgm(path)) {
        err_set(e, "log=%.200s: the file is a VGM, and its name must end in .vgm", path);
        return NULL;
    }
    struct opl_log *l = calloc(1, sizeof(*l));
    if (!l) {
        err_set(e, "out of memory");
        return NULL;
    }
    int fd = host_open_output(path);
    l->file = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!l->file) {
        err_set(e, "log=%.200s: cannot be written: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        free(l);
        return NULL;
    }
    l->chips = (u8)chips;
    make_header(l, header, false);
    put_bytes(l, header, sizeof(header));
    if (fflush(l->file) != 0 || l->failed) {
        err_set(e, "log=%.200s: cannot be written: %s", path, strerror(errno));
        opl_log_close(l);
        return NULL;
    }
    return l;
}

static void wait_until(struct opl_log *l, u64 now)
{
    u64 since = now - l->begin;
    u64 due = since / NS_PER_SEC * RATE + since % NS_PER_SEC * RATE / NS_PER_SEC;
    while (l->samples < due) {
        u64 some = due - l->samples < LONGEST_WAIT ? due - l->samples : LONGEST_WAIT;
        const u8 wait[3] = {WAIT, (u8)some, (u8)(some >> 8)};
        put_bytes(l, wait, sizeof(wait));
        l->samples += some;
    }
}

bool opl_log_write(struct opl_log *l, u64 now, unsigned chip, u16 reg, u8 value)
{
    if (l->failed)
        return true;
    if (!l->begun)
        l->begin = now;
    l->begun = true;
    /* A snapshot from before the beginning: it goes on from here. */
    if (now < l->begin)
        l->begin = now;
    wait_until(l, now);
    u8 command = chip ? YM3812_SECOND : YM3812;
    if (l->chips == LOG_OPL3)
        command = (u8)(YMF262 + (reg >> 8));
    const u8 bytes[3] = {command, (u8)reg, value};
    put_bytes(l, bytes, sizeof(bytes));
    return !l->failed;
}

bool opl_log_close(struct opl_log *l)
{
    if (!l)
        return true;
    u8 header[HEADER];
    const u8 end = END;
    put_bytes(l, &end, 1);
    l->failed |= fflush(l->file) != 0;
    make_header(l, header, true);
    if (fseek(l->file, 0, SEEK_SET) == 0) /* a FIFO keeps its first header */
        put_bytes(l, header, sizeof(header));
    bool ok = fclose(l->file) == 0 && !l->failed;
    free(l);
    return ok;
}
