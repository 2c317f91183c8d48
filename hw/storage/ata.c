/*
 * ata.c - one ATA device: task file, BSY/DRQ protocol of the PIO commands, errors, resets, state.
 *
 * ATA/ATAPI-5 (T13/1321D) chapters 7 (registers), 9.5-9.8 (PIO protocols), 9.1-9.3 (resets). The
 * device answers from the image at once; what a guest sees is a disk whose cache always hits.
 *
 * Not modelled: overlapped and queued commands, SMART, security, host protected area.
 */
#include "hw/storage/ata.h"

#include "hw/base/state.h"
#include "hw/storage/atapi.h"

#include <string.h>

/* ---- interrupt, status ---- */

void ata_set_request(struct ata_unit *u, bool on)
{
    if (u->request != on) {
        u->request = on;
        u->intrq(u);
    }
}

void ata_busy(struct ata_unit *u, enum ata_phase phase, u64 time)
{
    u->phase = phase;
    u->status = ATA_BSY;
    u->pos = u->len = 0;
    timer_arm(&u->timer, clock_now(u->timer.clock) + time);
}

static void ready(struct ata_unit *u, u8 status)
{
    const u8 result[] = {ATA_DRDY | ATA_DSC | status, u->error};
    if (u->phase != ATA_RESET)
        command_log_result(&u->commands, result, sizeof(result));
    u->phase = ATA_IDLE;
    u->pos = u->len = 0;
    u->status = result[0];
}

static void complete(struct ata_unit *u)
{
    ready(u, 0);
    ata_set_request(u, true);
}

/* The error is in place at once; the interrupt, as for any command, after a while. */
void ata_abort(struct ata_unit *u, u8 error)
{
    ata_busy(u, ATA_DONE, ATA_COMMAND_TIME);
    u->error = error;
}

static void fail(struct ata_unit *u, u8 error, u8 status)
{
    u->error = error;
    ready(u, ATA_ERR | status);
    ata_set_request(u, true);
}

/* ---- addresses ---- */

/* Put `lba` back into the task file, in the form in which the command gave it. */
static void store_address(struct ata_unit *u, u64 lba)
{
    if (u->lba48) {
        u->lbal[0] = (u8)lba;
        u->lbam[0] = (u8)(lba >> 8);
        u->lbah[0] = (u8)(lba >> 16);
        u->lbal[1] = (u8)(lba >> 24);
        u->lbam[1] = (u8)(lba >> 32);
        u->lbah[1] = (u8)(lba >> 40);
    } else if (u->device & ATA_LBA) {
        u->lbal[0] = (u8)lba;
        u->lbam[0] = (u8)(lba >> 8);
        u->lbah[0] = (u8)(lba >> 16);
        u->device = (u8)((u->device & 0xf0) | (lba >> 24 & 0x0f));
    } else {
        u32 track = (u32)(lba / u->sectors);
        u32 c = track / u->heads;
        u->lbal[0] = (u8)(lba % u->sectors + 1);
        u->lbam[0] = (u8)c;
        u->lbah[0] = (u8)(c >> 8);
        u->device = (u8)((u->device & 0xf0) | (track % u->heads));
    }
}

static bool chs_to_lba(struct ata_unit *u)
{
    u32 c = (u32)u->lbah[0] << 8 | u->lbam[0], h = u->device & 0x0f, s = u->lbal[0];
    if (c >= u->cylinders || h >= u->heads || s < 1 || s > u->sectors)
        return false;
    u->lba = ((u64)c * u->heads + h) * u->sectors + s - 1;
    return true;
}

bool ata_address(struct ata_unit *u, bool lba48)
{
    u->lba48 = lba48;
    if (lba48) {
        u->count = (u32)u->nsector[1] << 8 | u->nsector[0];
        u->count = u->count ? u->count : 65536;
        u->lba = (u64)u->lbah[1] << 40 | (u64)u->lbam[1] << 32 | (u64)u->lbal[1] << 24 |
                 (u64)u->lbah[0] << 16 | (u64)u->lbam[0] << 8 | u->lbal[0];
        if (!(u->device & ATA_LBA))
            return false;
    } else {
        u->count = u->nsector[0] ? u->nsector[0] : 256;
        if (u->device & ATA_LBA)
            u->lba = (u64)(u->device & 0x0f) << 24 | (u64)u->lbah[0] << 16 | (u64)u->lbam[0] << 8 |
                     u->lbal[0];
        else if (!chs_to_lba(u))
            return false;
    }
    return u->lba < disk_sectors(u->disk);
}

/* Sector `lba` cannot be had: say so, with its address and the sectors not done. */
static void fail_at(struct ata_unit *u, u64 lba, u32 left, u8 error, u8 status)
{
    store_address(u, lba);
    u->nsector[0] = (u8)left;
    if (u->lba48)
        u->nsector[1] = (u8)(left >> 8);
    log_at(u->log, LOG_DISK, "ata: %s: command %02x fails at sector %llu, error %02x",
           disk_name(u->disk), u->command, (unsigned long long)lba, error);
    fail(u, error, status);
}

/* ---- blocks ---- */

u32 ata_block_sectors(const struct ata_unit *u)
{
    return u->count < u->block ? u->count : u->block;
}

/* How many of these sectors lie on the disk. */
static u32 on_disk(const struct ata_unit *u, u32 n)
{
    u64 left = disk_sectors(u->disk) - u->lba;
    return left < n ? (u32)left : n;
}

static void offer_block(struct ata_unit *u, u32 bytes, bool interrupt)
{
    u->pos = 0;
    u->len = bytes;
    u->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
    if (interrupt)
        ata_set_request(u, true);
}

/*
 * The host failed, and the machine stops for it (disk_on_stop()): when it goes on, the timer comes
 * and the phase does the same again. The guest sees a command that takes long.
 */
static bool waits_for_host(struct ata_unit *u)
{
    if (!disk_waits(u->disk))
        return false;
    timer_arm(&u->timer, clock_now(u->timer.clock) + ATA_COMMAND_TIME);
    return true;
}

/* Sector by sector only when something is wrong, to learn which one. */
bool ata_get_block(struct ata_unit *u)
{
    u32 n = ata_block_sectors(u);
    u32 good = 0, there = on_disk(u, n);
    if (there == n && disk_read(u->disk, u->lba, n, u->buffer))
        return true;
    if (there == n && waits_for_host(u))
        return false;
    while (good < there && disk_read(u->disk, u->lba + good, 1, u->buffer))
        good++;
    if (good == there || !waits_for_host(u))
        fail_at(u, u->lba + good, u->count - good, good < there ? ATA_UNC : ATA_IDNF, 0);
    return false;
}

static void read_block(struct ata_unit *u)
{
    u32 n = ata_block_sectors(u);
    if (ata_get_block(u))
        offer_block(u, n * SECTOR_SIZE, true);
}

void ata_want_block(struct ata_unit *u, bool interrupt)
{
    if (u->lba >= disk_sectors(u->disk)) {
        fail_at(u, u->lba, u->count, ATA_IDNF, 0);
        return;
    }
    offer_block(u, ata_block_sectors(u) * SECTOR_SIZE, interrupt);
}

/* A command went through to its end. */
static void all_done(struct ata_unit *u)
{
    store_address(u, u->lba - 1);
    u->nsector[0] = u->nsector[1] = 0;
}

/* Without a write cache, a write is done when it is on the medium. */
void ata_finish(struct ata_unit *u)
{
    bool wrote = u->phase == ATA_WRITE || u->phase == ATA_DMA_WRITE;
    all_done(u);
    if (wrote && !u->write_cache)
        ata_busy(u, ATA_FLUSH, ATA_BLOCK_TIME);
    else
        complete(u);
}

static void flush(struct ata_unit *u)
{
    if (disk_flush(u->disk))
        complete(u);
    else if (!waits_for_host(u))
        fail(u, ATA_ABRT, 0);
}

/* As far as it lies on the disk and can be written; lba and count move on. */
bool ata_put_block(struct ata_unit *u)
{
    u32 n = ata_block_sectors(u);
    u32 there = on_disk(u, n), good = 0;
    if (!disk_write(u->disk, u->lba, there, u->buffer)) {
        if (waits_for_host(u))
            return false;
        while (good < there &&
               disk_write(u->disk, u->lba + good, 1, u->buffer + good * SECTOR_SIZE))
            good++;
        if (good < there) {
            if (waits_for_host(u))
                return false;
            if (!u->write_cache) /* those before it count as written */
                disk_flush(u->disk);
            if (disk_read_only(u->disk))
                log_at(u->log, LOG_GUEST, "ata: write to %s, which is write-protected",
                       disk_name(u->disk));
            fail_at(u, u->lba + good, u->count - good, ATA_ABRT, ATA_DF);
            return false;
        }
    }
    u->lba += there;
    u->count -= there;
    if (there < n)
        fail_at(u, u->lba, u->count, ATA_IDNF, 0);
    return there == n;
}

static void write_block(struct ata_unit *u)
{
    if (!ata_put_block(u))
        return;
    if (u->count)
        ata_want_block(u, true);
    else
        ata_finish(u);
}

static void verify(struct ata_unit *u)
{
    while (u->count) {
        u32 n = u->count < ATA_MAX_MULTIPLE ? u->count : ATA_MAX_MULTIPLE;
        u32 there = on_disk(u, n), good = 0;
        if (!disk_read(u->disk, u->lba, there, u->buffer)) {
            while (good < there && disk_read(u->disk, u->lba + good, 1, u->buffer))
                good++;
            if (good < there) {
                if (!waits_for_host(u))
                    fail_at(u, u->lba + good, u->count - good, ATA_UNC, 0);
                return;
            }
        }
        u->lba += there;
        u->count -= there;
        if (there < n) {
            fail_at(u, u->lba, u->count, ATA_IDNF, 0);
            return;
        }
    }
    ata_finish(u);
}

void ata_page_in(struct ata_unit *u)
{
    ata_busy(u, ATA_PAGE_IN, ATA_COMMAND_TIME);
}

void ata_page_out(struct ata_unit *u)
{
    u->phase = ATA_PAGE_OUT;
    offer_block(u, 512, false);
}

/* The host has emptied or filled the buffer. */
void ata_block_done(struct ata_unit *u)
{
    u32 n;
    switch ((enum ata_phase)u->phase) {
    case ATA_READ:
        n = ata_block_sectors(u);
        u->lba += n;
        u->count -= n;
        if (u->count) {
            ata_busy(u, ATA_READ, ATA_BLOCK_TIME);
        } else {
            all_done(u);
            ready(u, 0);
        }
        break;
    case ATA_WRITE:
        u->status = ATA_BSY;
        timer_arm(&u->timer, clock_now(u->timer.clock) + ATA_BLOCK_TIME);
        break;
    case ATA_PAGE_IN:
        ready(u, 0);
        break;
    case ATA_PAGE_OUT:
        memcpy(u->sector_buffer, u->buffer, sizeof(u->sector_buffer));
        ata_busy(u, ATA_DONE, ATA_BLOCK_TIME);
        break;
    case ATA_PACKET_COMMAND:
    case ATA_PACKET_IN:
    case ATA_PACKET_OUT:
        atapi_block_done(u);
        break;
    default:
        break;
    }
}

/* ---- resets ---- */

static void ata_default_translation(struct ata_unit *u)
{
    struct disk_geometry g = disk_geometry(disk_sectors(u->disk));
    u->cylinders = g.cylinders;
    u->heads = g.heads;
    u->sectors = g.sectors;
}

void ata_default_settings(struct ata_unit *u)
{
    u->multiple = 0;
    u->write_cache = u->look_ahead = true;
    u->transfer_mode = 0;
    u->revert = false;
    ata_default_translation(u);
}

void ata_signature(struct ata_unit *u)
{
    u->error = 0x01; /* passed */
    u->feature[0] = u->feature[1] = 0;
    u->nsector[0] = u->lbal[0] = 1;
    u->nsector[1] = u->lbal[1] = 0;
    memset(u->lbam, 0, sizeof(u->lbam));
    memset(u->lbah, 0, sizeof(u->lbah));
    if (u->atapi) {
        u->lbam[0] = 0x14;
        u->lbah[0] = 0xeb;
    }
    u->device &= u->atapi ? ATA_DEV : 0;
    u->power = 0xff;
    u->sleeping = false;
}

void ata_hard_reset(struct ata_unit *u)
{
    timer_disarm(&u->timer);
    ata_set_request(u, false);
    if (!ata_present(u))
        return;
    if (u->atapi)
        atapi_reset(u, true);
    else
        ata_default_settings(u);
    u->device = 0;
    ata_signature(u);
    ata_busy(u, ATA_RESET, ATA_RESET_TIME);
}

void ata_soft_reset(struct ata_unit *u, bool asserted)
{
    timer_disarm(&u->timer);
    ata_set_request(u, false);
    if (!ata_present(u))
        return;
    if (asserted) {
        u->phase = ATA_RESET;
        u->status = ATA_BSY;
        u->pos = u->len = 0;
        return;
    }
    if (u->atapi)
        atapi_reset(u, false);
    else if (u->revert)
        ata_default_settings(u);
    u->device = 0;
    ata_signature(u);
    ata_busy(u, ATA_RESET, ATA_RESET_TIME);
}

void ata_diagnostic(struct ata_unit *u)
{
    if (!ata_present(u))
        return;
    ata_set_request(u, false);
    u->device = 0;
    ata_signature(u);
    ata_busy(u, ATA_DIAG, ATA_RESET_TIME);
}

/* ---- time ---- */

static void tick(void *opaque)
{
    struct ata_unit *u = opaque;
    switch ((enum ata_phase)u->phase) {
    case ATA_READ:
        read_block(u);
        break;
    case ATA_WRITE:
        if (u->len)
            write_block(u);
        else
            ata_want_block(u, false); /* a snapshot of the time when this took a while */
        break;
    case ATA_VERIFY:
        verify(u);
        break;
    case ATA_PAGE_IN:
        offer_block(u, 512, true);
        break;
    case ATA_PAGE_OUT: /* as above */
        offer_block(u, 512, false);
        break;
    case ATA_DONE:
        ready(u, u->error ? ATA_ERR : 0);
        ata_set_request(u, true);
        break;
    case ATA_FLUSH:
        flush(u);
        break;
    case ATA_DIAG:
        complete(u);
        break;
    case ATA_DMA_READ:
    case ATA_DMA_WRITE:
        ata_dma_tick(u);
        break;
    case ATA_RESET:
        ready(u, 0);
        if (u->atapi) /* not before the first command that is for it */
            u->status = 0;
        break;
    case ATA_PACKET_COMMAND:
    case ATA_PACKET_RUN:
    case ATA_PACKET_IN:
    case ATA_PACKET_DMA:
    case ATA_PACKET_OUT:
    case ATA_PACKET_DMA_OUT:
        atapi_tick(u);
        break;
    case ATA_IDLE:
        break;
    }
}

void ata_init(struct ata_unit *u, struct clock *clock, struct log *log, void *channel, u8 number)
{
    u->log = log;
    u->channel = channel;
    u->number = number;
    timer_init(&u->timer, clock, tick, u);
}

/* ---- task file ---- */

static void push(u8 reg[2], u8 value)
{
    reg[1] = reg[0];
    reg[0] = value;
}

void ata_write_register(struct ata_unit *u, unsigned reg, u8 value)
{
    switch (reg) {
    case 1:
        push(u->feature, value);
        break;
    case 2:
        push(u->nsector, value);
        break;
    case 3:
        push(u->lbal, value);
        break;
    case 4:
        push(u->lbam, value);
        break;
    case 5:
        push(u->lbah, value);
        break;
    case 6:
        u->device = value;
        break;
    }
}

u8 ata_read_register(const struct ata_unit *u, unsigned reg, bool hob)
{
    switch (reg) {
    case 1:
        return u->error;
    case 2:
        return u->nsector[hob];
    case 3:
        return u->lbal[hob];
    case 4:
        return u->lbam[hob];
    case 5:
        return u->lbah[hob];
    case 6:
        return u->device | 0xa0; /* obsolete bits, which disks of that age return as ones */
    default:
        return u->status;
    }
}

/* ---- state ---- */

static void check_loaded(const struct ata_unit *u, struct state *s)
{
    bool data = ((u->phase == ATA_READ || u->phase == ATA_WRITE) &&
                 (timer_armed(&u->timer) || (u->status & ATA_DRQ))) ||
                u->phase == ATA_DMA_READ || u->phase == ATA_DMA_WRITE;
    bool good = (u->phase <= ATA_RESET || u->phase == ATA_FLUSH) && /* none of a packet device's */
                u->pos <= u->len && u->heads >= 1 && u->heads <= 16 && u->sectors >= 1 &&
                u->sectors <= 255 && u->cylinders >= 1 && u->cylinders <= 65535 &&
                u->multiple <= ATA_MAX_MULTIPLE;
    if (u->status & ATA_DRQ)
        good = good && u->pos < u->len && u->len % 2 == 0 && u->phase != ATA_IDLE;
    if (data)
        good = good && u->block >= 1 && u->block <= ATA_MAX_MULTIPLE && u->count >= 1 &&
               u->count <= 65536 && u->lba <= disk_sectors(u->disk) &&
               (!u->len || u->len == ata_block_sectors(u) * SECTOR_SIZE);
    if (u->phase == ATA_VERIFY)
        good = good && u->count <= 65536 && u->lba <= disk_sectors(u->disk);
    if (!good)
        state_fail(s, "the state of disk %s is damaged", disk_name(u->disk));
}

void ata_unit_state(struct ata_unit *u, struct state *s)
{
    bool present = ata_present(u), packet = u->atapi != NULL, removable = u->atapi && u->disk;
    command_log_state(&u->commands, s, clock_now(u->timer.clock));
    state_bool(s, "present", &present);
    state_bool(s, "packet device", &packet);
    if (state_version(s) >= 5)
        state_bool(s, "removable disk", &removable);
    else if (state_loading(s))
        removable = false;
    if (!state_ok(s))
        return;
    if (packet && u->atapi && removable != (u->disk != NULL)) {
        state_fail(s, "the snapshot has %s where this machine has %s",
                   removable ? "a removable disk" : "a CD-ROM drive",
                   removable ? "a CD-ROM drive" : "a removable disk");
        return;
    }
    if (present != ata_present(u) || packet != (u->atapi != NULL)) {
        state_fail(s, "the snapshot has %s where this machine has %s",
                   !present ? "no disk"
                   : packet ? "a CD-ROM drive"
                            : "a disk",
                   u->atapi  ? "a CD-ROM drive"
                   : u->disk ? "a disk"
                             : "none");
        return;
    }
    if (!present)
        return;
    state_bytes(s, "feature", u->feature, 2);
    state_bytes(s, "sector count", u->nsector, 2);
    state_bytes(s, "LBA low", u->lbal, 2);
    state_bytes(s, "LBA mid", u->lbam, 2);
    state_bytes(s, "LBA high", u->lbah, 2);
    state_u8(s, "device", &u->device);
    state_u8(s, "status", &u->status);
    state_u8(s, "error", &u->error);
    state_bool(s, "request", &u->request);
    state_u32(s, "cylinders", &u->cylinders);
    state_u32(s, "heads", &u->heads);
    state_u32(s, "sectors", &u->sectors);
    state_u8(s, "multiple", &u->multiple);
    state_u8(s, "power", &u->power);
    state_bool(s, "sleeping", &u->sleeping);
    state_bool(s, "write cache", &u->write_cache);
    state_bool(s, "look-ahead", &u->look_ahead);
    state_bool(s, "revert", &u->revert);
    state_u8(s, "transfer mode", &u->transfer_mode);
    state_u8(s, "phase", &u->phase);
    state_u8(s, "command", &u->command);
    state_bool(s, "LBA48", &u->lba48);
    state_u64(s, "LBA", &u->lba);
    state_u32(s, "count", &u->count);
    state_u32(s, "block", &u->block);
    timer_state(&u->timer, s, "timer");
    state_u32(s, "position", &u->pos);
    state_u32(s, "length", &u->len);
    if (state_ok(s) && u->len > sizeof(u->buffer)) {
        u->len = 0;
        state_fail(s, "the state of a disk is damaged");
        return;
    }
    if (u->len)
        state_bytes(s, "buffer", u->buffer, u->len);
    state_bytes(s, "sector buffer", u->sector_buffer, sizeof(u->sector_buffer));
    if (u->atapi) {
        atapi_state(u, s);
        return;
    }
    disk_state(u->disk, s);
    if (state_loading(s) && state_ok(s))
        check_loaded(u, s);
}
