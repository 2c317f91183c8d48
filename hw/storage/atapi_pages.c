/*
 * atapi_pages.c - what a CD-ROM drive returns about itself and the disc: IDENTIFY PACKET DEVICE,
 * mode pages, features, the table of contents.
 *
 * ATA/ATAPI-5 table 22; SFF-8020i 10.8.6 (mode pages) and 10.8.21 (READ TOC); MMC-3 5.3 (features).
 */
#include "hw/storage/atapi.h"

#include <stdio.h>
#include <string.h>

/* ---- IDENTIFY PACKET DEVICE ---- */

static void put_text(u16 *word, unsigned words, const char *text)
{
    size_t len = strlen(text);
    for (unsigned i = 0; i < words; i++) {
        u8 high = 2 * i < len ? (u8)text[2 * i] : ' ';
        u8 low = 2 * i + 1 < len ? (u8)text[2 * i + 1] : ' ';
        word[i] = (u16)(high << 8 | low);
    }
}

/* Modes that exist, and in the high byte the one that SET FEATURES has chosen from them. */
static u16 dma_modes(const struct ata_unit *u, u8 first, unsigned modes)
{
    u16 w = (u16)((1u << modes) - 1);
    if (u->transfer_mode >= first && u->transfer_mode < first + modes)
        w |= (u16)(0x100u << (u->transfer_mode - first));
    return w;
}

void atapi_identify(const struct ata_unit *u, u8 page[512])
{
    u16 w[256] = {0};
    char serial[21];
    w[0] = 0x85c0; /* packet device, CD-ROM, removable, DRQ within 50 us, 12-byte packets */
    snprintf(serial, sizeof(serial), "FECD0000-%u", u->number);
    put_text(w + 10, 10, serial);
    put_text(w + 23, 4, "1.0");
    put_text(w + 27, 20, "FERRITE CD-ROM");
    w[49] = 0x0b00; /* IORDY, LBA (always so in packets), DMA */
    w[50] = 0x4000;
    w[51] = 0x0200;
    w[53] = 0x0006;                /* words 64-70 and 88 are valid */
    w[63] = dma_modes(u, 0x20, 3); /* multiword DMA 0-2 */
    w[64] = 0x0003;                /* PIO modes 3 and 4 */
    w[65] = w[66] = w[67] = w[68] = 120;
    w[80] = 0x003e; /* ATA-1 to ATA/ATAPI-5 */
    w[82] = 0x0218; /* DEVICE RESET, PACKET, power management */
    w[83] = 0x4000;
    w[84] = 0x4000;
    w[85] = 0x0218;
    w[87] = 0x4000;
    w[88] = dma_modes(u, 0x40, 5); /* Ultra DMA 0-4 */
    w[93] = u->number & 1 ? 0x6b00 : 0x600b;
    if (u->disk) {
        atapi_disk_identify(u, w);
        snprintf(serial, sizeof(serial), "FERM0000-%u", u->number);
        put_text(w + 10, 10, serial);
        put_text(w + 27, 20, "FERRITE REMOVABLE DISK");
    }
    for (unsigned i = 0; i < 256; i++)
        put_le16(page + 2 * i, w[i]);
}

/* ---- mode pages ---- */

enum { CURRENT, CHANGEABLE, DEFAULTS };

static u32 page_header(u8 *out, u8 page, u8 length)
{
    memset(out, 0, length + 2u);
    out[0] = page;
    out[1] = length;
    return length + 2u;
}

/* CD audio control (MMC-3 6.3.6): what can be changed, by default full volume, left and right. */
static const struct {
    u8 at, mask, normal;
} audio_control[ATAPI_AUDIO_CONTROL] = {
    {2, 0x02, 0},                    /* SOTC: stop at the end of a track */
    {8, 0x0f, 1},  {9, 0xff, 0xff},  /* output port 0: channels, volume */
    {10, 0x0f, 2}, {11, 0xff, 0xff}, /* output port 1 */
};

void atapi_default_pages(struct atapi *a)
{
    atapi_jack(a, false);
    for (unsigned i = 0; i < ATAPI_AUDIO_CONTROL; i++)
        a->audio_control[i] = audio_control[i].normal;
}

static void put_audio_control(const struct atapi *a, u8 control, u8 *out)
{
    out[2] = control == CHANGEABLE ? 0 : 4; /* always Immed */
    for (unsigned i = 0; i < ATAPI_AUDIO_CONTROL; i++)
        out[audio_control[i].at] |= control == CHANGEABLE ? audio_control[i].mask
                                    : control == DEFAULTS ? audio_control[i].normal
                                                          : a->audio_control[i];
}

static u32 one_page(const struct atapi *a, u8 control, u8 page, u8 *out)
{
    u32 n;
    switch (page) {
    case 0x01: /* read error recovery */
        n = page_header(out, page, 6);
        out[3] = control == CHANGEABLE ? 0 : 5; /* retries */
        return n;
    case 0x0d: /* CD-ROM parameters */
        n = page_header(out, page, 6);
        if (control != CHANGEABLE) {
            out[5] = 60;
            out[7] = CD_FRAMES;
        }
        return n;
    case 0x0e:
        n = page_header(out, page, 14);
        put_audio_control(a, control, out);
        return n;
    case 0x1a: /* power condition: no timers */
        return page_header(out, page, 10);
    case 0x2a: /* capabilities and mechanical status */
        n = page_header(out, page, 18);
        if (control == CHANGEABLE)
            return n;
        out[2] = 0x03;                             /* reads CD-R and CD-RW */
        out[4] = 0x31;                             /* plays audio; Mode 2, both forms */
        out[5] = 0x67;                             /* CD-DA exactly, sub-channels, UPC, ISRC */
        out[6] = (u8)(0x29 | (a->locked ? 2 : 0)); /* tray, ejects, can be locked */
        put_be16(out + 8, 4234);                   /* KB/s: 24 times */
        put_be16(out + 12, 128);                   /* buffer, KB */
        put_be16(out + 14, 4234);
        return n;
    default:
        return 0;
    }
}

u32 atapi_mode_page(const struct atapi *a, u8 control, u8 page, u8 *out)
{
    static const u8 all[] = {0x01, 0x0d, 0x0e, 0x1a, 0x2a};
    u32 n = 0;
    if (page != 0x3f)
        return one_page(a, control, page, out);
    for (unsigned i = 0; i < sizeof(all); i++)
        n += one_page(a, control, all[i], out + n);
    return n;
}

u16 atapi_select_pages(struct atapi *a, const u8 *pages, u32 n)
{
    u8 known[64], wanted[ATAPI_AUDIO_CONTROL];
    memcpy(wanted, a->audio_control, sizeof(wanted));
    while (n) {
        if (n < 2 || n < pages[1] + 2u)
            return ASC_PARAMETER_LENGTH;
        u8 page = pages[0] & 0x3f;
        if (page == 0x3f || one_page(a, CURRENT, page, known) != pages[1] + 2u)
            return ASC_INVALID_PARAMETER;
        for (unsigned i = 0; page == 0x0e && i < ATAPI_AUDIO_CONTROL; i++)
            wanted[i] = pages[audio_control[i].at] & audio_control[i].mask;
        n -= pages[1] + 2u;
        pages += pages[1] + 2u;
    }
    atapi_jack(a, false);
    memcpy(a->audio_control, wanted, sizeof(wanted));
    return ASC_NONE;
}

/* ---- features ---- */

u32 atapi_configuration(const struct atapi *a, u8 which, u16 first, u8 *out)
{
    enum { ALL = 0, CURRENT_ONLY = 1, ONE = 2 };
    enum { PERSISTENT = 2, NOW = 1 };
    static const struct {
        u16 code;
        u8 flags; /* version, persistent; current: always, or with a disc (0) */
        u8 length;
        u8 data[8];
    } features[] = {
        {0x0000, PERSISTENT | NOW, 4, {0x00, 0x08, 0, 0}},    /* profiles: CD-ROM */
        {0x0001, PERSISTENT | NOW, 4, {0, 0, 0, 2}},          /* core: ATAPI */
        {0x0002, PERSISTENT | NOW, 4, {0}},                   /* morphing */
        {0x0003, PERSISTENT | NOW, 4, {0x29, 0, 0, 0}},       /* tray, ejects, locks */
        {0x0010, 0, 8, {0, 0, CD_BLOCK >> 8, 0, 0, 1, 0, 0}}, /* random reads */
        {0x001e, 0, 0, {0}},                                  /* reads CDs */
        {0x0100, PERSISTENT | NOW, 0, {0}},                   /* power management */
        {0x0105, PERSISTENT | NOW, 0, {0}},                   /* timeouts */
    };
    u32 n = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
        u8 flags = features[i].flags;
        if (!(flags & NOW) && atapi_ready(a))
            flags |= NOW;
        if (features[i].code < first || (which == ONE && features[i].code != first) ||
            (which == CURRENT_ONLY && !(flags & NOW)))
            continue;
        u8 *p = out + n;
        put_be16(p, features[i].code);
        p[2] = flags;
        p[3] = features[i].length;
        memcpy(p + 4, features[i].data, features[i].length);
        if (features[i].code == 0)
            p[6] = atapi_ready(a); /* the profile in use */
        n += 4u + features[i].length;
    }
    return n;
}

/* ---- table of contents: one session ---- */

static void put_address(u8 *p, u32 lba, bool msf)
{
    if (msf) {
        p[0] = 0;
        cd_msf(lba, p + 1);
    } else {
        put_be32(p, lba);
    }
}

/* Control and ADR of a track; the lead-out is like the last one. */
static u8 control(const struct cd_disc *d, u8 number)
{
    return (u8)(0x10 | d->track[(number == CD_LEAD_OUT ? d->tracks : number) - 1].control);
}

static u8 *put_track(u8 *p, const struct cd_disc *d, u8 number, bool msf)
{
    p[1] = control(d, number);
    p[2] = number;
    put_address(p + 4, number == CD_LEAD_OUT ? cd_blocks(d) : d->track[number - 1].start, msf);
    return p + 8;
}

/* A row of the lead-in's sub-channel Q. */
static u8 *put_point(u8 *p, const struct cd_disc *d, u8 track, u8 point, const u8 at[3])
{
    p[0] = 1; /* session */
    p[1] = control(d, track);
    p[3] = point;
    memcpy(p + 8, at, 3);
    return p + 11;
}

u32 atapi_toc(const struct atapi *a, u8 format, bool msf, u8 track, u8 *out)
{
    const struct cd_disc *d = a->medium;
    u8 last = (u8)d->tracks, at[3];
    u8 *p = out + 4;
    memset(out, 0, 4 + 11 * (CD_TRACKS + 3));
    switch (format) {
    case 0: /* from this track on */
        if (track > last && track != CD_LEAD_OUT)
            return 0;
        out[2] = 1;
        out[3] = last;
        for (u8 n = track ? track : 1; n <= last; n++)
            p = put_track(p, d, n, msf);
        p = put_track(p, d, CD_LEAD_OUT, msf);
        break;
    case 1: /* first track of the last session */
        out[2] = out[3] = 1;
        p = put_track(p, d, 1, msf);
        break;
    case 2: /* all that the lead-in says */
        if (track > 1)
            return 0;
        out[2] = out[3] = 1;
        p = put_point(p, d, 1, 0xa0, (const u8[3]){1, d->track[0].mode == CD_MODE2 ? 0x20 : 0, 0});
        p = put_point(p, d, last, 0xa1, (const u8[3]){last, 0, 0});
        cd_msf(cd_blocks(d), at);
        p = put_point(p, d, last, 0xa2, at);
        for (u8 n = 1; n <= last; n++) {
            cd_msf(d->track[n - 1].start, at);
            p = put_point(p, d, n, n, at);
        }
        break;
    default:
        return 0;
    }
    put_be16(out, (u32)(p - out) - 2);
    return (u32)(p - out);
}
