/*
 * atapi_cmd.c - the commands in packets: a table, the order in which a drive checks, and one
 * function each.
 *
 * SFF-8020i chapter 10, MMC-3 (T10/1363D) chapter 6 for the later ones. What is not in the table
 * ends with ILLEGAL REQUEST, INVALID COMMAND OPERATION CODE.
 *
 * A removable disk has a table of its own (atapi_disk.c). Not modelled: writing CDs, changers.
 */
#include "hw/storage/atapi.h"

#include <string.h>

static void invalid_field(struct ata_unit *u)
{
    atapi_check(u, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
}

/* An empty reply to be filled in. */
static u8 *reply(struct ata_unit *u, u32 bytes)
{
    memset(u->buffer, 0, bytes);
    return u->buffer;
}

/* ---- what the drive is and how it is ---- */

static void test_unit_ready(struct ata_unit *u)
{
    atapi_good(u);
}

void atapi_request_sense(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    u8 *p = reply(u, 18);
    if (!a->sense_key && (a->reset_attention || a->changed)) {
        a->sense_key = SENSE_UNIT_ATTENTION;
        a->asc = a->reset_attention ? ASC_RESET : ASC_MEDIUM_CHANGED;
        if (a->reset_attention)
            a->reset_attention = false;
        else
            a->changed = false;
    }
    p[0] = 0x70;
    p[2] = a->sense_key;
    p[7] = 10;
    put_be16(p + 12, a->asc);
    /* Told once. */
    a->sense_key = SENSE_NONE;
    a->asc = ASC_NONE;
    atapi_reply(u, 18, a->packet[4]);
}

static void inquiry(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    if (c[1] & 1 || c[2]) { /* vital product data */
        invalid_field(u);
        return;
    }
    u8 *p = reply(u, 36);
    p[0] = 0x05; /* CD-ROM */
    p[1] = 0x80; /* removable medium */
    p[3] = 0x21; /* ATAPI version 2, response format 1 */
    p[4] = 31;
    memcpy(p + 8, "FERRITE CD-ROM          1.0 ", 28);
    atapi_reply(u, 36, c[4]);
}

static void mode_sense(struct ata_unit *u)
{
    const struct atapi *a = u->atapi;
    const u8 *c = a->packet;
    bool six = c[0] == 0x1a;
    u32 header = six ? 4 : 8;
    u8 control = c[2] >> 6;
    if (control == 3) {
        atapi_check(u, SENSE_ILLEGAL_REQUEST, ASC_SAVING_NOT_SUPPORTED);
        return;
    }
    u8 *p = reply(u, header);
    u32 n = atapi_mode_page(a, control, c[2] & 0x3f, p + header);
    if (!n) {
        invalid_field(u);
        return;
    }
    u8 medium = a->tray_open ? 0x71 : a->medium ? 0x01 : 0x70;
    if (six) {
        p[0] = (u8)(header + n - 1);
        p[1] = medium;
    } else {
        put_be16(p, header + n - 2);
        p[2] = medium;
    }
    atapi_reply(u, header + n, six ? c[4] : get_be16(c + 7));
}

/* How much of what MODE SELECT sends is in front of the pages. */
static u32 select_header(const struct atapi *a)
{
    return a->packet[0] == 0x15 ? 4 : 8;
}

static void mode_select(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    u32 n = c[0] == 0x15 ? c[4] : get_be16(c + 7);
    if (c[1] & 1 || n > ATA_BUFFER) /* saving pages: there is nowhere to */
        invalid_field(u);
    else if (n == 0)
        atapi_good(u);
    else if (n < select_header(u->atapi))
        atapi_check(u, SENSE_ILLEGAL_REQUEST, ASC_PARAMETER_LENGTH);
    else
        atapi_request(u, n);
}

void atapi_received(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    if (u->disk && atapi_disk_received(u))
        return;
    u32 header = select_header(a), n = a->fill;
    u32 descriptors = header == 4 ? u->buffer[3] : get_be16(u->buffer + 6);
    u16 refused = descriptors > n - header ? ASC_PARAMETER_LENGTH
                                           : atapi_select_pages(a, u->buffer + header + descriptors,
                                                                n - header - descriptors);
    if (refused)
        atapi_check(u, SENSE_ILLEGAL_REQUEST, refused);
    else
        atapi_good(u);
}

static void get_configuration(struct ata_unit *u)
{
    const struct atapi *a = u->atapi;
    const u8 *c = a->packet;
    if ((c[1] & 3) == 3) {
        invalid_field(u);
        return;
    }
    u8 *p = reply(u, 8);
    u32 n = 8 + atapi_configuration(a, c[1] & 3, get_be16(c + 2), p + 8);
    put_be32(p, n - 4);
    put_be16(p + 6, atapi_ready(a) ? 0x0008 : 0);
    atapi_reply(u, n, get_be16(c + 7));
}

static void get_event_status(struct ata_unit *u)
{
    enum { MEDIA = 4 };
    struct atapi *a = u->atapi;
    const u8 *c = a->packet;
    if (!(c[1] & 1)) { /* waiting for an event is for queueing drives */
        invalid_field(u);
        return;
    }
    u8 *p = reply(u, 8);
    p[3] = 1 << MEDIA;
    if (!(c[4] & 1 << MEDIA)) {
        put_be16(p, 2);
        p[2] = 0x80; /* no such class */
        atapi_reply(u, 4, get_be16(c + 7));
        return;
    }
    put_be16(p, 6);
    p[2] = MEDIA;
    p[4] = a->event;
    p[5] = (u8)((a->tray_open ? 1 : 0) | (a->medium ? 2 : 0));
    if (get_be16(c + 7) > 4)
        a->event = EVENT_NONE;
    atapi_reply(u, 8, get_be16(c + 7));
}

static void mechanism_status(struct ata_unit *u)
{
    const struct atapi *a = u->atapi;
    u8 *p = reply(u, 8);
    p[1] = a->tray_open ? 0x10 : 0;
    atapi_reply(u, 8, get_be16(a->packet + 8));
}

/* ---- tray ---- */

static void start_stop_unit(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    u8 how = a->packet[4] & 3;
    if (how == 2 && a->locked && !a->tray_open) {
        atapi_check(u, a->medium ? SENSE_ILLEGAL_REQUEST : SENSE_NOT_READY, ASC_REMOVAL_PREVENTED);
        return;
    }
    if (how == 0)
        atapi_audio_stop(u, AUDIO_NONE);
    else if (how == 2)
        atapi_open_tray(u);
    else if (how == 3)
        atapi_close_tray(u);
    atapi_good(u);
}

static void prevent_allow(struct ata_unit *u)
{
    u->atapi->locked = u->atapi->packet[4] & 1;
    atapi_good(u);
}

static void accept(struct ata_unit *u)
{
    atapi_good(u);
}

/* ---- reading ---- */

static bool check_range(struct ata_unit *u, u32 lba, u32 blocks)
{
    u32 all = cd_blocks(u->atapi->medium);
    if (lba < all ? blocks <= all - lba : lba == all && !blocks)
        return true;
    atapi_check(u, SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    return false;
}

static void read_blocks(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    u32 lba = get_be32(c + 2), blocks = c[0] == 0xa8 ? get_be32(c + 6) : get_be16(c + 7);
    if (check_range(u, lba, blocks))
        atapi_read_blocks(u, lba, blocks, 0x10, 0, SUB_NONE);
}

/* The parts of sectors that READ CD and READ CD MSF want. */
static void read_cd_parts(struct ata_unit *u, u32 lba, u32 blocks)
{
    const u8 *c = u->atapi->packet;
    u8 type = c[1] >> 2 & 7, parts = c[9] & 0xf8, sub = c[10] & 7;
    if (type > 5 || c[9] & 0x07 || sub > SUB_Q) { /* no C2 errors, no R to W */
        invalid_field(u);
        return;
    }
    /* Sync and data without the headers in between are no run of bytes on a disc. */
    if ((parts & 0xa0) == 0x80 && parts & 0x18) {
        invalid_field(u);
        return;
    }
    if (check_range(u, lba, blocks))
        atapi_read_blocks(u, lba, blocks, parts, type, sub);
}

static void read_cd(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    read_cd_parts(u, get_be32(c + 2), get_be24(c + 6));
}

static void read_cd_msf(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    u32 first, end;
    if (cd_from_msf(c + 3, &first) && cd_from_msf(c + 6, &end) && end >= first)
        read_cd_parts(u, first, end - first);
    else
        invalid_field(u);
}

static void seek(struct ata_unit *u)
{
    u32 lba = get_be32(u->atapi->packet + 2);
    if (!check_range(u, lba, 1))
        return;
    atapi_audio_stop(u, AUDIO_NONE);
    u->atapi->audio_lba = u->atapi->lba = lba;
    atapi_good(u);
}

/* ---- what is on the disc ---- */

static void read_capacity(struct ata_unit *u)
{
    u32 blocks = cd_blocks(u->atapi->medium);
    u8 *p = reply(u, 8);
    put_be32(p, blocks - 1);
    put_be32(p + 4, CD_BLOCK);
    atapi_reply(u, 8, 8);
}

static void read_toc(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    u8 format = c[2] & 0x0f;
    if (!format) /* where SFF-8020i had it */
        format = c[9] >> 6;
    u32 n = atapi_toc(u->atapi, format, c[1] & 2, c[6], u->buffer);
    if (n)
        atapi_reply(u, n, get_be16(c + 7));
    else
        invalid_field(u);
}

static void read_sub_channel(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    u32 n = atapi_sub_channel(u, u->buffer);
    if (n)
        atapi_reply(u, n, get_be16(c + 7));
    else
        invalid_field(u);
}

/* The header of a data block: its mode and address. */
static void read_header(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    struct cd_disc *d = u->atapi->medium;
    u32 lba = get_be32(c + 2);
    u8 raw[CD_RAW];
    if (!check_range(u, lba, 1))
        return;
    if (!cd_is_data(d, lba) || !cd_read_raw(d, lba, raw)) {
        atapi_check(u, SENSE_ILLEGAL_REQUEST, ASC_WRONG_TRACK_MODE);
        return;
    }
    u8 *p = reply(u, 8);
    p[0] = raw[15];
    if (c[1] & 2)
        cd_msf(lba, p + 5);
    else
        put_be32(p + 4, lba);
    atapi_reply(u, 8, get_be16(c + 7));
}

static void read_disc_information(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    u8 *p = reply(u, 34);
    put_be16(p, 32);
    p[2] = 0x0e; /* finished disc, last session complete */
    p[3] = p[4] = p[5] = 1;
    p[6] = (u8)u->atapi->medium->tracks;
    p[7] = 0x20;             /* unrestricted use */
    memset(p + 16, 0xff, 8); /* no place where a session could be added */
    atapi_reply(u, 34, get_be16(c + 7));
}

static void read_track_information(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    const struct cd_disc *d = u->atapi->medium;
    u32 which = get_be32(c + 2);
    u8 index;
    if ((c[1] & 3) == 0) /* by block; else by track, or by session */
        which = cd_track_at(d, which, &index);
    else if ((c[1] & 3) == 2 && which == 1)
        which = d->tracks;
    else if ((c[1] & 3) != 1)
        which = 0;
    if (which < 1 || which > d->tracks) {
        invalid_field(u);
        return;
    }
    const struct cd_track *t = &d->track[which - 1];
    u32 end = which < d->tracks ? d->track[which].start : cd_blocks(d);
    u8 *p = reply(u, 36);
    put_be16(p, 34);
    p[2] = (u8)which;
    p[3] = 1;
    p[5] = t->control;
    p[6] = t->mode == CD_AUDIO ? 0x0f : t->mode; /* data mode */
    put_be32(p + 8, t->start);
    put_be32(p + 24, end - t->start);
    atapi_reply(u, 36, get_be16(c + 7));
}

/* ---- the table ---- */

enum { MEDIUM = ATAPI_MEDIUM, ALWAYS = ATAPI_ALWAYS };

static const struct atapi_command commands[] = {
    {0x00, MEDIUM, "TEST UNIT READY", test_unit_ready},
    {0x03, ALWAYS, "REQUEST SENSE", atapi_request_sense},
    {0x12, ALWAYS, "INQUIRY", inquiry},
    {0x15, 0, "MODE SELECT (6)", mode_select},
    {0x1a, 0, "MODE SENSE (6)", mode_sense},
    {0x1b, 0, "START STOP UNIT", start_stop_unit},
    {0x1e, 0, "PREVENT ALLOW MEDIUM REMOVAL", prevent_allow},
    {0x25, MEDIUM, "READ CAPACITY", read_capacity},
    {0x28, MEDIUM, "READ (10)", read_blocks},
    {0x2b, MEDIUM, "SEEK", seek},
    {0x42, MEDIUM, "READ SUB-CHANNEL", read_sub_channel},
    {0x43, MEDIUM, "READ TOC", read_toc},
    {0x44, MEDIUM, "READ HEADER", read_header},
    {0x45, MEDIUM, "PLAY AUDIO (10)", atapi_play},
    {0x46, ALWAYS, "GET CONFIGURATION", get_configuration},
    {0x47, MEDIUM, "PLAY AUDIO MSF", atapi_play_msf},
    {0x48, MEDIUM, "PLAY AUDIO TRACK INDEX", atapi_play_track},
    {0x4a, ALWAYS, "GET EVENT STATUS NOTIFICATION", get_event_status},
    {0x4b, MEDIUM, "PAUSE/RESUME", atapi_pause_resume},
    {0x4e, MEDIUM, "STOP PLAY/SCAN", atapi_stop_play},
    {0x51, MEDIUM, "READ DISC INFORMATION", read_disc_information},
    {0x52, MEDIUM, "READ TRACK INFORMATION", read_track_information},
    {0x55, 0, "MODE SELECT (10)", mode_select},
    {0x5a, 0, "MODE SENSE (10)", mode_sense},
    {0xa5, MEDIUM, "PLAY AUDIO (12)", atapi_play},
    {0xa8, MEDIUM, "READ (12)", read_blocks},
    {0xb9, MEDIUM, "READ CD MSF", read_cd_msf},
    {0xba, MEDIUM, "SCAN", atapi_scan},
    {0xbb, 0, "SET CD SPEED", accept},
    {0xbd, 0, "MECHANISM STATUS", mechanism_status},
    {0xbe, MEDIUM, "READ CD", read_cd},
};

/* true: the command ends with what the host must be told first. */
static bool attention(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    if (a->reset_attention) {
        a->reset_attention = false;
        atapi_check(u, SENSE_UNIT_ATTENTION, ASC_RESET);
        return true;
    }
    if (a->changed) {
        a->changed = false;
        atapi_check(u, SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
        return true;
    }
    return false;
}

void atapi_execute(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    const u8 *c = a->packet;
    size_t count = ARRAY_SIZE(commands);
    const struct atapi_command *table = u->disk ? atapi_disk_commands(&count) : commands;
    for (size_t i = 0; i < count; i++) {
        if (table[i].code != c[0])
            continue;
        log_at(u->log, LOG_DISK, "atapi: %s %02x %02x%02x%02x%02x %02x%02x%02x%02x %02x",
               table[i].name, c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10]);
        command_log_add(&u->commands, clock_now(u->timer.clock), table[i].name, c, ATAPI_PACKET);
        if (!(table[i].flags & ALWAYS) && attention(u))
            return;
        if (table[i].flags & MEDIUM && !(u->disk ? atapi_ready_disk(u) : atapi_ready(a))) {
            atapi_check(u, SENSE_NOT_READY,
                        u->disk        ? ASC_NO_MEDIUM
                        : a->tray_open ? ASC_NO_MEDIUM_OPEN
                                       : ASC_NO_MEDIUM_CLOSED);
            return;
        }
        table[i].run(u);
        return;
    }
    atapi_check(u, SENSE_ILLEGAL_REQUEST, ASC_INVALID_OPCODE);
}
