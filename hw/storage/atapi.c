/*
 * atapi.c - an ATAPI CD-ROM drive: the PACKET protocol, DRQ blocks, tray and medium, state.
 *
 * ATA/ATAPI-5 (T13/1321D) 9.8 (PACKET protocol), 8.23 (PACKET), 9.12 (signature); SFF-8020i
 * chapter 5 (the interrupt reason and byte count registers), 9 (sense). A read takes blocks from
 * the image four at a time and hands them out in DRQ blocks as large as the host allows.
 *
 * Not modelled: overlap and queueing, spin-up times.
 */
#include "hw/storage/atapi.h"

#include "hw/base/state.h"

#include <string.h>

static void bsy(struct ata_unit *u, enum ata_phase phase, u64 time)
{
    u32 pos = u->pos, len = u->len;
    ata_busy(u, phase, time);
    u->pos = pos; /* what is left in the buffer stays there */
    u->len = len;
}

/* ---- the end of a command ---- */

static void end(struct ata_unit *u, u8 status)
{
    const struct atapi *a = u->atapi;
    const u8 result[] = {ATA_DRDY | ATA_DSC | status, u->error, a->sense_key, (u8)(a->asc >> 8),
                         (u8)a->asc};
    command_log_result(&u->commands, result, sizeof(result));
    u->phase = ATA_IDLE;
    u->pos = u->len = u->atapi->fill = u->atapi->blocks = u->atapi->left = 0;
    u->atapi->writing = false;
    u->nsector[0] = ATAPI_CD | ATAPI_IO;
    u->status = ATA_DRDY | ATA_DSC | status;
    ata_set_request(u, true);
}

void atapi_good(struct ata_unit *u)
{
    u->atapi->sense_key = SENSE_NONE;
    u->atapi->asc = ASC_NONE;
    u->error = 0;
    end(u, 0);
}

void atapi_check(struct ata_unit *u, u8 key, u16 asc)
{
    struct atapi *a = u->atapi;
    a->sense_key = key;
    a->asc = asc;
    u->error = (u8)(key << 4 | ATA_ABRT);
    log_at(u->log, LOG_DISK, "atapi: packet %02x ends with sense %x/%02x/%02x", a->packet[0], key,
           asc >> 8, asc & 0xff);
    end(u, ATA_ERR);
}

/* ---- data to the host ---- */

/* The block's user data alone: the READ commands. */
static bool plain(const struct atapi *a)
{
    return a->parts == 0x10 && !a->sub && !a->type;
}

/* MMC-3 table 223: what READ CD's flags mean in a sector of this kind; sizes in bytes. */
static void copy_parts(struct atapi *a, u8 *buffer, const u8 *raw, bool data)
{
    static const struct {
        u8 flag;
        u16 at, bytes;
    } mode1[] = {{0x80, 0, 12}, {0x20, 12, 4}, {0x10, 16, CD_BLOCK}, {0x08, 2064, 288}},
      form1[] = {{0x80, 0, 12},
                 {0x20, 12, 4},
                 {0x40, 16, 8},
                 {0x10, 24, CD_BLOCK},
                 {0x08, 2072, 280}},
      form2[] = {{0x80, 0, 12}, {0x20, 12, 4}, {0x40, 16, 8}, {0x10, 24, 2328}, {0, 0, 0}};
    if (!data) { /* audio is nothing but user data */
        u32 n = a->parts & 0xf8 ? CD_RAW : 0;
        memcpy(buffer + a->fill, raw, n);
        a->fill += n;
        return;
    }
    bool mode2 = raw[15] == 2, second = mode2 && raw[18] & 0x20;
    unsigned count = mode2 ? ARRAY_SIZE(form1) : ARRAY_SIZE(mode1);
    for (unsigned i = 0; i < count; i++) {
        u8 flag = !mode2 ? mode1[i].flag : second ? form2[i].flag : form1[i].flag;
        u16 at = !mode2 ? mode1[i].at : second ? form2[i].at : form1[i].at;
        u16 bytes = !mode2 ? mode1[i].bytes : second ? form2[i].bytes : form1[i].bytes;
        if (!(a->parts & flag))
            continue;
        memcpy(buffer + a->fill, raw + at, bytes);
        a->fill += bytes;
    }
}

/* Is it of the sector type that READ CD expects? */
static bool right_type(u8 type, const u8 *raw, bool data)
{
    switch (type) {
    case 0:
        return true;
    case 1:
        return !data;
    case 2:
        return data && raw[15] == 1;
    case 3: /* Mode 2 without forms: taken as it is */
        return data && raw[15] == 2;
    default:
        return data && raw[15] == 2 && !(raw[18] & 0x20) == (type == 4);
    }
}

enum sector { SECTOR_GOOD, SECTOR_UNREADABLE, SECTOR_WRONG_TYPE };

/* One block into the buffer, as much of it as is wanted. */
static enum sector fill_sector(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    bool data = cd_is_data(a->medium, a->lba);
    if (plain(a)) {
        if (!data && a->lba < cd_blocks(a->medium))
            return SECTOR_WRONG_TYPE;
        if (!cd_read(a->medium, a->lba, u->buffer + a->fill))
            return SECTOR_UNREADABLE;
        a->fill += CD_BLOCK;
        return SECTOR_GOOD;
    }
    u8 raw[CD_RAW];
    if (!cd_read_raw(a->medium, a->lba, raw))
        return SECTOR_UNREADABLE;
    if (!right_type(a->type, raw, data))
        return SECTOR_WRONG_TYPE;
    copy_parts(a, u->buffer, raw, data);
    if (a->sub)
        atapi_put_sub(a->medium, a->lba, a->sub, u->buffer + a->fill);
    a->fill += atapi_sub_bytes(a->sub);
    return SECTOR_GOOD;
}

/* The next blocks of a read into the buffer. false: the command has ended, or waits. */
static bool fill_buffer(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    if (u->disk)
        return atapi_disk_fill(u);
    u32 n = ATA_BUFFER / (plain(a) ? CD_BLOCK : CD_RAW + 96u);
    n = n < a->blocks ? n : a->blocks;
    u->pos = u->len = a->fill = 0;
    if (a->cut || !atapi_ready(a)) {
        bool changed = atapi_ready(a);
        log_at(u->log, LOG_DISK, "atapi: the CD was taken out in the middle of a read");
        if (changed)
            a->changed = false; /* this tells it */
        atapi_check(u, changed ? SENSE_UNIT_ATTENTION : SENSE_NOT_READY,
                    changed        ? ASC_MEDIUM_CHANGED
                    : a->tray_open ? ASC_NO_MEDIUM_OPEN
                                   : ASC_NO_MEDIUM_CLOSED);
        return false;
    }
    for (u32 i = 0; i < n; i++) {
        enum sector got = fill_sector(u);
        if (got != SECTOR_GOOD) {
            if (a->fill) /* what came before the bad block is delivered first */
                return true;
            if (got == SECTOR_UNREADABLE && cd_waits(a->medium)) {
                bsy(u, ATA_PACKET_IN, ATA_COMMAND_TIME); /* the machine stops; then once more */
                return false;
            }
            log_at(u->log, LOG_DISK, "atapi: %s: block %u %s", cd_name(a->medium), a->lba,
                   got == SECTOR_WRONG_TYPE ? "is of another kind" : "cannot be read");
            if (got == SECTOR_WRONG_TYPE)
                atapi_check(u, SENSE_ILLEGAL_REQUEST, ASC_WRONG_TRACK_MODE);
            else
                atapi_check(u, SENSE_MEDIUM_ERROR, ASC_UNRECOVERED_READ);
            return false;
        }
        a->lba++;
        a->blocks--;
    }
    return true;
}

/* A DRQ block, or the end when there is nothing left. */
static void next_block(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    if (u->len == a->fill) {
        if (!a->blocks) {
            atapi_good(u);
            return;
        }
        if (!fill_buffer(u))
            return;
    }
    if (a->dma) {
        u->pos = u->len;
        u->len = a->fill;
        bsy(u, ATA_PACKET_DMA, (u->len - u->pos + 511) / 512 * ATA_DMA_SECTOR_TIME);
        return;
    }
    u32 left = a->fill - u->len;
    u32 n = left < a->limit ? left : a->limit;
    u->pos = u->len;
    u->len += n;
    u->lbam[0] = (u8)n;
    u->lbah[0] = (u8)(n >> 8);
    u->nsector[0] = ATAPI_IO;
    u->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
    ata_set_request(u, true);
}

/* As far as the bus master takes it; the rest waits for ata_dma_go(). */
static void move_by_dma(struct ata_unit *u)
{
    if (u->dma)
        u->pos += u->dma(u, u->buffer + u->pos, u->len - u->pos, true);
    if (u->pos == u->len)
        next_block(u);
}

/* ---- data from the host ---- */

/* A DRQ block, or the end when all has come. */
static void next_block_out(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    if (u->len == a->fill) {
        atapi_received(u);
        return;
    }
    u->pos = u->len;
    if (a->dma) {
        u->len = a->fill;
        bsy(u, ATA_PACKET_DMA_OUT, (u->len - u->pos + 511) / 512 * ATA_DMA_SECTOR_TIME);
        return;
    }
    u32 left = a->fill - u->len, n = left < a->limit ? left : a->limit;
    u->len += n;
    u->lbam[0] = (u8)n;
    u->lbah[0] = (u8)(n >> 8);
    u->nsector[0] = 0;
    u->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
    ata_set_request(u, true);
}

static void move_from_dma(struct ata_unit *u)
{
    if (u->dma)
        u->pos += u->dma(u, u->buffer + u->pos, u->len - u->pos, false);
    if (u->pos == u->len)
        next_block_out(u);
}

/* ---- how a transfer begins ---- */

/* The byte count limit says how much comes at once; only the last block may be odd. */
static void set_limits(struct ata_unit *u)
{
    u32 limit = (u32)u->lbah[0] << 8 | u->lbam[0];
    if (limit == 0)
        limit = 0xfffe;
    u->atapi->limit = limit < 2 ? 2 : limit & ~1u;
    u->atapi->dma = u->feature[0] & 1;
    u->pos = u->len = 0;
}

static void begin_transfer(struct ata_unit *u)
{
    u->phase = ATA_PACKET_IN;
    set_limits(u);
    next_block(u);
}

void atapi_request(struct ata_unit *u, u32 n)
{
    u->atapi->fill = n;
    u->atapi->blocks = 0;
    u->phase = ATA_PACKET_OUT;
    set_limits(u);
    next_block_out(u);
}

void atapi_request_more(struct ata_unit *u, u32 n)
{
    u->atapi->fill = n;
    u->pos = u->len = 0;
    u->phase = ATA_PACKET_OUT;
    next_block_out(u);
}

void atapi_again(struct ata_unit *u, enum ata_phase phase)
{
    bsy(u, phase, ATA_COMMAND_TIME);
}

void atapi_reply(struct ata_unit *u, u32 n, u32 allowed)
{
    u->atapi->fill = n < allowed ? n : allowed;
    u->atapi->blocks = 0;
    begin_transfer(u); /* nothing allowed: ends at once */
}

void atapi_read_blocks(struct ata_unit *u, u32 lba, u32 blocks, u8 parts, u8 type, u8 sub)
{
    struct atapi *a = u->atapi;
    atapi_audio_stop(u, AUDIO_NONE); /* one head */
    a->fill = 0;
    a->lba = lba;
    a->lba_read = true;
    a->blocks = (parts & 0xf8) | sub ? blocks : 0;
    a->parts = parts;
    a->type = type;
    a->sub = sub;
    a->cut = false;
    begin_transfer(u);
}

/* ---- called by the channel ---- */

void atapi_block_done(struct ata_unit *u)
{
    switch ((enum ata_phase)u->phase) {
    case ATA_PACKET_COMMAND:
        memcpy(u->atapi->packet, u->buffer, ATAPI_PACKET);
        ata_busy(u, ATA_PACKET_RUN, ATA_COMMAND_TIME);
        break;
    case ATA_PACKET_IN:
    case ATA_PACKET_OUT:
        bsy(u, (enum ata_phase)u->phase, ATA_BLOCK_TIME);
        break;
    default:
        break;
    }
}

/* The drive takes the packet without an interrupt. */
static void want_packet(struct ata_unit *u)
{
    u->phase = ATA_PACKET_COMMAND;
    u->pos = 0;
    u->len = ATAPI_PACKET;
    u->nsector[0] = ATAPI_CD;
    u->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
}

void atapi_tick(struct ata_unit *u)
{
    switch ((enum ata_phase)u->phase) {
    case ATA_PACKET_COMMAND: /* a snapshot of the time when this took a while */
        want_packet(u);
        break;
    case ATA_PACKET_RUN:
        atapi_execute(u);
        break;
    case ATA_PACKET_IN:
        next_block(u);
        break;
    case ATA_PACKET_DMA:
        move_by_dma(u);
        break;
    case ATA_PACKET_OUT:
        next_block_out(u);
        break;
    case ATA_PACKET_DMA_OUT:
        move_from_dma(u);
        break;
    default:
        break;
    }
}

static void packet(struct ata_unit *u)
{
    if (u->feature[0] & 0x02) /* overlapped: not announced */
        ata_abort(u, ATA_ABRT);
    else
        want_packet(u); /* at once: drivers may send it without looking */
}

static void set_features(struct ata_unit *u)
{
    u8 mode = u->nsector[0];
    if (u->feature[0] == 0x03 &&
        (mode <= 1 || (mode >= 0x08 && mode <= 0x0c) || (mode >= 0x20 && mode <= 0x22) ||
         (mode >= 0x40 && mode <= 0x44))) {
        u->transfer_mode = mode;
        ata_busy(u, ATA_DONE, ATA_COMMAND_TIME);
    } else {
        ata_abort(u, ATA_ABRT);
    }
}

/* The commands outside of packets. What belongs to disks is refused with the signature. */
void atapi_command(struct ata_unit *u, u8 command)
{
    u->atapi->writing = false; /* whatever was under way is over */
    u->atapi->left = 0;
    switch (command) {
    case 0x08: /* DEVICE RESET: also while busy; no interrupt */
        timer_disarm(&u->timer);
        ata_set_request(u, false);
        atapi_reset(u, false);
        ata_signature(u);
        ata_busy(u, ATA_RESET, ATA_RESET_TIME);
        break;
    case 0xa0:
        packet(u);
        break;
    case 0xa1:
        atapi_identify(u, u->buffer);
        ata_page_in(u);
        break;
    case 0xe5: /* CHECK POWER MODE */
        u->nsector[0] = 0xff;
        ata_busy(u, ATA_DONE, ATA_COMMAND_TIME);
        break;
    case 0xe6:
        u->sleeping = true;
        ata_busy(u, ATA_DONE, ATA_COMMAND_TIME);
        break;
    case 0xe0: /* STANDBY IMMEDIATE, IDLE IMMEDIATE, STANDBY, IDLE */
    case 0xe1:
    case 0xe2:
    case 0xe3:
        ata_busy(u, ATA_DONE, ATA_COMMAND_TIME);
        break;
    case 0xef:
        set_features(u);
        break;
    case 0x20:
    case 0x21:
    case 0xec:
        ata_signature(u);
        ata_abort(u, ATA_ABRT);
        break;
    default:
        ata_abort(u, ATA_ABRT);
        break;
    }
}

void atapi_reset(struct ata_unit *u, bool hard)
{
    struct atapi *a = u->atapi;
    a->sense_key = SENSE_NONE;
    a->asc = ASC_NONE;
    a->fill = a->blocks = a->left = 0;
    a->writing = false;
    a->reset_attention = true;
    a->locked = false;
    atapi_audio_stop(u, AUDIO_NONE);
    if (hard) {
        u->transfer_mode = 0;
        a->event = EVENT_NONE;
        a->changed = false;
        a->tray_open = false;
        atapi_default_pages(a);
    }
}

/* ---- tray and medium ---- */

void atapi_open_tray(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    if (a->tray_open)
        return;
    a->tray_open = true;
    a->locked = false;
    a->cut = true;
    atapi_audio_stop(u, AUDIO_NONE);
    a->audio_lba = 0;
    a->lba_read = false;
    a->changed = false; /* nothing to announce: it is not ready now */
    if (a->medium)
        a->event = EVENT_REMOVAL;
}

void atapi_close_tray(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    if (!a->tray_open)
        return;
    a->tray_open = false;
    if (a->medium) {
        a->changed = true;
        a->event = EVENT_NEW_MEDIUM;
    }
}

struct cd_disc *atapi_medium(const struct ata_unit *u)
{
    return u->atapi->medium;
}

void atapi_insert(struct ata_unit *u, struct cd_disc *medium)
{
    struct atapi *a = u->atapi;
    a->medium = medium;
    a->cut = true;
    a->tray_open = true;
    atapi_close_tray(u);
}

struct cd_disc *atapi_eject(struct ata_unit *u, bool force, bool *locked)
{
    struct atapi *a = u->atapi;
    struct cd_disc *medium = a->medium;
    *locked = medium && a->locked && !a->tray_open && !force;
    if (*locked) {
        a->event = EVENT_EJECT_REQUEST;
        return NULL;
    }
    if (medium) {
        atapi_open_tray(u);
        a->medium = NULL;
        a->tray_open = false; /* nobody leaves it open: a guest may find it empty, but closed */
    }
    return medium;
}

/* ---- state ---- */

static bool good(const struct ata_unit *u)
{
    const struct atapi *a = u->atapi;
    bool drq = u->status & ATA_DRQ;
    if (u->phase > ATA_LAST_PHASE || u->pos > u->len || (drq && u->pos >= u->len) ||
        a->event > EVENT_REMOVAL || a->fill > ATA_BUFFER || a->sub > SUB_Q || a->type > 5 ||
        a->audio < AUDIO_PLAYING || a->audio > AUDIO_NONE || a->audio_scan > SCAN_BACKWARD ||
        (a->audio == AUDIO_PLAYING &&
         (a->audio_scan == SCAN_BACKWARD ? a->audio_end > a->audio_lba
                                         : a->audio_end < a->audio_lba)))
        return false;
    switch ((enum ata_phase)u->phase) {
    case ATA_PACKET_COMMAND:
        return u->len == (drq ? (u32)ATAPI_PACKET : 0);
    case ATA_PACKET_IN: /* an odd block can only be the last */
        return u->len <= a->fill && a->limit >= 2 && a->limit <= 0xfffe && a->limit % 2 == 0 &&
               (!a->blocks || a->parts & 0xf8 || a->sub);
    case ATA_PACKET_DMA:
        return !drq && u->len == a->fill && (!a->blocks || a->parts & 0xf8 || a->sub);
    case ATA_PACKET_OUT:
        return u->len <= a->fill && a->limit >= 2 && a->limit <= 0xfffe && a->limit % 2 == 0;
    case ATA_PACKET_DMA_OUT:
        return !drq && u->len == a->fill;
    case ATA_PAGE_IN:
        return u->len == (drq ? 512 : 0);
    case ATA_IDLE:
    case ATA_DONE:
    case ATA_DIAG:
    case ATA_RESET:
    case ATA_PACKET_RUN:
        return !drq && u->len == 0;
    default: /* a disk's */
        return false;
    }
}

void atapi_state(struct ata_unit *u, struct state *s)
{
    struct atapi *a = u->atapi;
    bool medium = a->medium != NULL;
    state_bool(s, "medium", &medium);
    if (state_ok(s) && medium != (a->medium != NULL))
        state_fail(s, "the snapshot has %s CD in the drive where this machine has %s",
                   medium ? "a" : "no", medium ? "none" : "one");
    state_bool(s, "tray open", &a->tray_open);
    state_bool(s, "locked", &a->locked);
    state_u8(s, "event", &a->event);
    state_bool(s, "reset attention", &a->reset_attention);
    state_bool(s, "changed", &a->changed);
    state_u8(s, "sense key", &a->sense_key);
    state_u16(s, "additional sense", &a->asc);
    state_bytes(s, "packet", a->packet, sizeof(a->packet));
    state_u32(s, "fill", &a->fill);
    state_u32(s, "limit", &a->limit);
    state_u32(s, "block", &a->lba);
    state_u32(s, "blocks", &a->blocks);
    state_u8(s, "parts", &a->parts);
    state_bool(s, "DMA", &a->dma);
    state_bool(s, "cut", &a->cut);
    state_u8(s, "sub-channel", &a->sub);
    state_u8(s, "sector type", &a->type);
    state_bool(s, "head at data", &a->lba_read);
    if (state_version(s) >= 3)
        state_bytes(s, "audio control", a->audio_control, sizeof(a->audio_control));
    else
        atapi_default_pages(a);
    state_u8(s, "audio", &a->audio);
    state_u32(s, "audio block", &a->audio_lba);
    state_u64(s, "audio since", &a->audio_since);
    state_u32(s, "audio end", &a->audio_end);
    if (state_version(s) >= 4)
        state_u8(s, "audio scan", &a->audio_scan);
    else
        a->audio_scan = SCAN_OFF;
    if (state_ok(s) && !good(u)) {
        u->phase = ATA_IDLE;
        u->pos = u->len = a->fill = a->blocks = 0;
        u->status = 0;
        state_fail(s, "the state of the CD-ROM drive is damaged");
    }
    if (state_ok(s) && a->fill > u->len && u->phase == ATA_PACKET_IN)
        state_bytes(s, "rest of the buffer", u->buffer + u->len, a->fill - u->len);
    if (a->medium)
        cd_state(a->medium, s);
    if (u->disk)
        atapi_disk_state(u, s);
}
