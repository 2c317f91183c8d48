/*
 * fdc_data.c - 82077AA: the commands that read or write the medium.
 *
 * Data sheet 5.1 (data transfer commands), tables of the result phase. A command is a sequence of
 * steps, each set off by the `step` timer when the next sector comes by under the head:
 *
 *     find the sector -> [fill the buffer from the image] -> transfer -> [write it to the image]
 *
 * Data go through f->buffer, one sector at a time, by DMA or, when SPECIFY set ND, byte by byte
 * with an interrupt per FIFO burst.
 *
 * An image holds 512-byte sectors and no IDs: every track carries the IDs that its format says.
 * FORMAT TRACK to another layout fails (missing address mark). Deleted-data marks are remembered
 * while the diskette is in the drive. PIO data are never overrun.
 */
#include "hw/storage/fdc_internal.h"

#include <string.h>

static struct fdc_drive *drive(struct fdc *f)
{
    return &f->drive[f->unit];
}

bool fdc_pio(const struct fdc *f)
{
    return f->hlt_nd & 1;
}

static bool writes_medium(const struct fdc *f)
{
    return f->op == FDC_WRITE || f->op == FDC_WRITE_DELETED || f->op == FDC_FORMAT;
}

static bool scans(const struct fdc *f)
{
    return f->op == FDC_SCAN_EQUAL || f->op == FDC_SCAN_LOW || f->op == FDC_SCAN_HIGH;
}

static void arm(struct fdc *f, u64 delay)
{
    timer_arm(&f->step, clock_now(f->dev.board->clock) + delay);
}

/* ---- end of a command ---- */

static void finish(struct fdc *f)
{
    timer_disarm(&f->step);
    f->transferring = f->no_index = f->failed = f->held = false;
    if (f->st1 || (f->st2 & (ST2_WC | ST2_DD)))
        f->st0 |= ST0_ABNORMAL;
    f->result[0] = (u8)(f->st0 | f->head << 2 | f->unit);
    f->result[1] = f->st1;
    f->result[2] = f->st2;
    f->result[3] = f->c;
    f->result[4] = f->h;
    f->result[5] = f->r;
    f->result[6] = f->n;
    log_at(f->dev.board->log, LOG_DISK, "fdc: result %02x %02x %02x C %u H %u R %u N %u",
           f->result[0], f->st1, f->st2, f->c, f->h, f->r, f->n);
    fdc_result(f, 7);
    fdc_raise(f);
}

/* End with these errors, after the time that it takes to notice. */
static void fail(struct fdc *f, u8 st1, u8 st2, u64 delay)
{
    f->st1 |= st1;
    f->st2 |= st2;
    f->st0 |= ST0_ABNORMAL;
    f->failed = true;
    f->transferring = false;
    arm(f, delay);
}

/*
 * The host failed, and the machine stops for it (disk_on_stop()): when it goes on, a turn later,
 * the step does the same again.
 */
static bool waits_for_host(struct fdc *f, const struct fdc_drive *d)
{
    if (!disk_waits(d->disk))
        return false;
    arm(f, FDC_REVOLUTION);
    return true;
}

/* ---- what is under the head ---- */

/* The diskette's cylinder under the head: a 40-track diskette in a 1.2M drive lies two apart. */
static unsigned cylinder(const struct fdc *f, const struct fdc_drive *d)
{
    bool wide = d->format->inch5 && d->format->cylinders == 40 &&
                fdc_drive_type(f, d->number) == FLOPPY_1200K;
    return wide ? d->track / 2u : d->track;
}

static bool spinning(const struct fdc *f, const struct fdc_drive *d)
{
    return d->disk && fdc_drive_exists(f, d->number) && fdc_motor(f, d->number);
}

/* Can the controller see address marks here: right rate, encoding, side, and a written track? */
static bool readable(const struct fdc *f, const struct fdc_drive *d)
{
    const struct floppy_format *m = d->format;
    u8 rate = f->dsr & 3;
    /*
     * Low-density 5.25" media pass at 250 kbit/s in a drive of 300 turns a minute and at
     * 300 kbit/s in one of 360; drives that do both choose by the rate, so both are right.
     */
    bool rate_fits = rate == m->rate || (m->inch5 && m->rate == RATE_250K && rate == RATE_300K);
    return rate_fits && (f->cmd[0] & 0x40) && f->head < m->heads && cylinder(f, d) < m->cylinders;
}

static u32 sector_number(const struct fdc *f, const struct fdc_drive *d, unsigned r)
{
    return (cylinder(f, d) * d->format->heads + f->head) * d->format->sectors + r - 1;
}

static bool deleted_mark(const struct fdc_drive *d, u32 sector)
{
    return d->deleted[sector / 8] >> (sector % 8) & 1;
}

static void set_deleted_mark(struct fdc_drive *d, u32 sector, bool on)
{
    u8 mask = (u8)(1u << (sector % 8));
    d->deleted[sector / 8] = (u8)((d->deleted[sector / 8] & ~mask) | (on ? mask : 0));
}

/* Does the ID being looked for exist on this track? If not, what the controller reports. */
static bool find_id(struct fdc *f, const struct fdc_drive *d, u8 *st1, u8 *st2)
{
    bool right_cylinder = f->c == cylinder(f, d);
    *st1 = ST1_ND;
    *st2 = right_cylinder ? 0 : ST2_WC;
    return right_cylinder && f->h == f->head && f->n == 2 && f->r >= 1 &&
           f->r <= d->format->sectors;
}

/* ---- going on to the next sector ---- */

/*
 * Advance the ID as the result-phase table says. true when that was the last sector: EOT on a
 * single side, or on side 1 of a multi-track command.
 */
static bool advance(struct fdc *f, unsigned step)
{
    bool last = scans(f) && step > 1 ? f->r + step > f->eot : f->r == f->eot;
    if (!last) {
        f->r = (u8)(f->r + step);
        return false;
    }
    f->r = 1;
    if (f->cmd[0] & 0x80) {
        f->h ^= 1;
        f->head ^= 1;
        if (f->head)
            return false;
    }
    f->c++;
    return true;
}

static void sector_done(struct fdc *f)
{
    bool last = false;
    u8 side = f->head; /* ST0 reports the side of the last sector, the ID already the next one */
    f->transferring = false;
    switch ((enum fdc_op)f->op) {
    case FDC_READ_TRACK:
        f->index++;
        f->r++;
        last = --f->left == 0;
        break;
    case FDC_FORMAT:
        f->index++;
        last = --f->left == 0;
        break;
    case FDC_VERIFY:
        last = f->stop;
        if (last)
            break;
        last = advance(f, 1);
        if (f->cmd[1] & 0x80) { /* EC: a count of sectors is given */
            if (--f->left == 0)
                last = true;
            else if (last)
                f->st1 |= ST1_EN;
        }
        break;
    case FDC_SCAN_EQUAL:
    case FDC_SCAN_LOW:
    case FDC_SCAN_HIGH:
        last = f->scan_ok || f->stop;
        f->st2 &= (u8) ~(ST2_SH | ST2_SN);
        if (!f->scan_ok)
            f->st2 |= ST2_SN;
        else if (f->scan_equal)
            f->st2 |= ST2_SH;
        if (!last)
            last = advance(f, f->cmd[8] == 2 ? 2 : 1);
        break;
    default:
        last = f->stop;
        if (!last && advance(f, 1)) {
            last = true;
            if (!f->tc)
                f->st1 |= ST1_EN; /* nobody stopped us at the end of the track */
        }
        break;
    }
    if (last || f->tc) {
        f->head = side;
        finish(f);
    } else {
        arm(f, FDC_SECTOR_TIME);
    }
}

/* ---- transfers ---- */

static void scan_byte(struct fdc *f, u8 host, u8 disk)
{
    if (host == 0xff || disk == 0xff || host == disk)
        return; /* FFh stands for any byte */
    f->scan_equal = false;
    if (f->op == FDC_SCAN_EQUAL || (f->op == FDC_SCAN_LOW && disk > host) ||
        (f->op == FDC_SCAN_HIGH && disk < host))
        f->scan_ok = false;
}

static void format_sector(struct fdc *f)
{
    struct fdc_drive *d = drive(f);
    const u8 *id = f->buffer;
    u8 data[SECTOR_SIZE];
    if (!d->disk) {
        fail(f, ST1_MA, 0, FDC_GIVE_UP_TIME);
        return;
    }
    if (id[0] != cylinder(f, d) || id[1] != f->head || id[2] < 1 || id[2] > d->format->sectors ||
        id[3] != 2) {
        log_at(f->dev.board->log, LOG_GUEST,
               "fdc: FORMAT TRACK with C %u H %u R %u N %u: a %s image cannot hold it", id[0],
               id[1], id[2], id[3], d->format->name);
        fail(f, ST1_MA, 0, FDC_GIVE_UP_TIME);
        return;
    }
    u32 sector = sector_number(f, d, id[2]);
    memset(data, f->cmd[5], sizeof(data));
    if (!disk_write(d->disk, sector, 1, data)) {
        f->held = waits_for_host(f, d);
        if (f->held)
            return;
        f->st0 |= ST0_EC;
        fail(f, 0, 0, FDC_SECTOR_TIME);
        return;
    }
    set_deleted_mark(d, sector, false);
    sector_done(f);
}

static void write_sector(struct fdc *f)
{
    struct fdc_drive *d = drive(f);
    if (!d->disk) { /* taken out in the middle: the write never happened */
        fail(f, ST1_MA, 0, FDC_GIVE_UP_TIME);
        return;
    }
    if (!disk_write(d->disk, f->sector, 1, f->buffer)) {
        f->held = waits_for_host(f, d);
        if (f->held)
            return;
        f->st0 |= ST0_EC; /* the drive reports a fault */
        fail(f, 0, 0, FDC_SECTOR_TIME);
        return;
    }
    set_deleted_mark(d, f->sector, f->op == FDC_WRITE_DELETED);
    sector_done(f);
}

/* The buffer has been emptied or filled, or terminal count came. */
static void transfer_done(struct fdc *f)
{
    f->transferring = false;
    if (f->op == FDC_FORMAT) {
        if (f->pos == f->len)
            format_sector(f);
        else
            sector_done(f);
    } else if (writes_medium(f) && f->pos > 0) {
        memset(f->buffer + f->pos, 0, f->len - f->pos); /* TC in mid-sector: the rest is zeroes */
        write_sector(f);
    } else {
        sector_done(f);
    }
}

/* The buffer holds the medium's data; the host's are compared with it as they come. */
static void dma_scan(struct fdc *f)
{
    u8 host[SECTOR_SIZE];
    u32 n = dma_from_memory(&f->dma, host, f->len - f->pos, &f->tc);
    for (u32 i = 0; i < n; i++)
        scan_byte(f, host[i], f->buffer[f->pos + i]);
    f->pos += n;
}

static void dma_pump(struct fdc *f)
{
    while (f->transferring && !fdc_pio(f)) {
        u32 before = f->pos;
        if (f->ps2 || (f->dor & DOR_DMAGATE)) {
            if (scans(f))
                dma_scan(f);
            else if (f->to_host)
                f->pos += dma_to_memory(&f->dma, f->buffer + f->pos, f->len - f->pos, &f->tc);
            else
                f->pos += dma_from_memory(&f->dma, f->buffer + f->pos, f->len - f->pos, &f->tc);
        }
        if (f->tc || f->pos >= f->len) {
            timer_disarm(&f->step);
            transfer_done(f);
            return;
        }
        if (f->pos == before) {
            if (!timer_armed(&f->step))
                arm(f, FDC_OVERRUN_TIME);
            return;
        }
    }
}

static u8 burst(const struct fdc *f)
{
    return f->config & CONFIG_EFIFO ? 1 : (u8)(16 - (f->config & CONFIG_FIFOTHR));
}

static void open_transfer(struct fdc *f, u32 len, bool to_host)
{
    f->pos = 0;
    f->len = len;
    f->to_host = to_host;
    f->transferring = true;
    if (fdc_pio(f)) {
        f->burst = burst(f);
        fdc_raise(f);
    } else {
        dma_pump(f);
    }
}

void fdc_data_dma_ready(void *opaque)
{
    struct fdc *f = opaque;
    if (f->phase == FDC_EXECUTE && f->transferring)
        dma_pump(f);
}

/* A byte went through the FIFO in PIO: the interrupt falls, and rises again for the next burst. */
static void pio_moved(struct fdc *f)
{
    f->pos++;
    fdc_lower(f);
    if (f->pos >= f->len) {
        transfer_done(f);
    } else if (f->burst <= 1) {
        f->burst = burst(f);
        fdc_raise(f);
    } else {
        f->burst--;
    }
}

u8 fdc_data_read(struct fdc *f)
{
    u8 v = f->buffer[f->pos];
    pio_moved(f);
    return v;
}

void fdc_data_write(struct fdc *f, u8 value)
{
    if (scans(f))
        scan_byte(f, value, f->buffer[f->pos]);
    else
        f->buffer[f->pos] = value;
    pio_moved(f);
}

/* ---- steps ---- */

static bool fetch(struct fdc *f, const struct fdc_drive *d)
{
    if (disk_read(d->disk, f->sector, 1, f->buffer))
        return true;
    if (!waits_for_host(f, d))
        fail(f, ST1_DE, ST2_DD, FDC_SECTOR_TIME);
    return false;
}

/*
 * READ, READ DELETED, VERIFY and the scans meet a data mark of the other kind. true: leave the
 * sector out (SK). Otherwise it is processed and the command ends with it.
 */
static bool check_mark(struct fdc *f, const struct fdc_drive *d)
{
    bool want_deleted = f->op == FDC_READ_DELETED;
    if (deleted_mark(d, f->sector) == want_deleted)
        return false;
    f->st2 |= ST2_CM;
    if (f->cmd[0] & 0x20)
        return true;
    f->stop = true;
    return false;
}

static void step_read(struct fdc *f, struct fdc_drive *d)
{
    if (check_mark(f, d)) {
        f->scan_ok = false;
        sector_done(f);
        return;
    }
    if (!fetch(f, d))
        return;
    if (f->op == FDC_VERIFY) {
        sector_done(f);
        return;
    }
    f->scan_ok = f->scan_equal = true;
    open_transfer(f, SECTOR_SIZE, !scans(f));
}

static void step_read_track(struct fdc *f, struct fdc_drive *d)
{
    u8 physical = (u8)(f->index % d->format->sectors + 1);
    if (f->c != cylinder(f, d) || f->h != f->head || f->r != physical || f->n != 2)
        f->st1 |= ST1_ND; /* noted; the command goes on */
    f->sector = sector_number(f, d, physical);
    if (fetch(f, d))
        open_transfer(f, SECTOR_SIZE, true);
}

static void step_read_id(struct fdc *f, struct fdc_drive *d)
{
    u64 turn = clock_now(f->dev.board->clock) % FDC_REVOLUTION;
    f->c = (u8)cylinder(f, d);
    f->h = f->head;
    f->r = (u8)(turn * d->format->sectors / FDC_REVOLUTION + 1);
    f->n = 2;
    finish(f);
}

void fdc_data_step(void *opaque)
{
    struct fdc *f = opaque;
    struct fdc_drive *d = drive(f);
    u8 st1, st2;
    if (f->failed) {
        finish(f);
        return;
    }
    if (f->held) {
        f->held = false;
        if (f->op == FDC_FORMAT)
            format_sector(f);
        else
            write_sector(f);
        return;
    }
    if (f->transferring) { /* DMA did not answer in time */
        log_at(f->dev.board->log, LOG_GUEST, "fdc: no answer from the DMA channel: overrun");
        f->st1 |= ST1_OR;
        finish(f);
        return;
    }
    if (!spinning(f, d)) {
        f->no_index = true;
        log_at(f->dev.board->log, LOG_GUEST,
               "fdc: drive %u has %s: the command waits for an index pulse", f->unit,
               d->disk ? "its motor off" : "no diskette in");
        return;
    }
    if (!readable(f, d)) {
        fail(f, ST1_MA, 0, FDC_GIVE_UP_TIME);
        return;
    }
    switch ((enum fdc_op)f->op) {
    case FDC_READ_ID:
        step_read_id(f, d);
        return;
    case FDC_READ_TRACK:
        step_read_track(f, d);
        return;
    case FDC_FORMAT:
        open_transfer(f, 4, false);
        return;
    default:
        break;
    }
    if (!find_id(f, d, &st1, &st2)) {
        fail(f, st1, st2, FDC_GIVE_UP_TIME);
        return;
    }
    f->sector = sector_number(f, d, f->r);
    if (writes_medium(f))
        open_transfer(f, SECTOR_SIZE, false);
    else
        step_read(f, d);
}

void fdc_data_spins(struct fdc *f)
{
    if (f->phase == FDC_EXECUTE && f->no_index && spinning(f, drive(f))) {
        f->no_index = false;
        arm(f, FDC_SECTOR_TIME);
    }
}

void fdc_data_ejected(struct fdc *f, unsigned unit)
{
    if (f->phase == FDC_EXECUTE && f->unit == unit && (f->transferring || f->held)) {
        f->held = false;
        fail(f, ST1_MA, 0, FDC_GIVE_UP_TIME);
    }
}

/* Implied seek: a data command goes to its cylinder first. */
static u64 implied_seek(struct fdc *f, struct fdc_drive *d)
{
    if (!(f->config & CONFIG_EIS) || !fdc_drive_exists(f, d->number) || d->pcn == f->c)
        return 0;
    int track = d->track + f->c - d->pcn, last = fdc_last_track(f, d->number);
    unsigned steps = (unsigned)(f->c > d->pcn ? f->c - d->pcn : d->pcn - f->c);
    track = track < 0 ? 0 : track > last ? last : track;
    if (track != d->track && d->disk)
        d->changed = false;
    d->track = (u8)track;
    d->pcn = f->c;
    return FDC_SEEK_TIME + steps * FDC_STEP_TIME;
}

void fdc_data_begin(struct fdc *f, enum fdc_op op)
{
    struct fdc_drive *d = &f->drive[f->cmd[1] & 3];
    u64 delay = FDC_SECTOR_TIME;
    f->phase = FDC_EXECUTE;
    f->op = (u8)op;
    f->unit = f->cmd[1] & 3;
    f->head = f->cmd[1] >> 2 & 1;
    f->st0 = f->st1 = f->st2 = 0;
    f->index = 0;
    f->tc = f->stop = f->failed = f->held = f->no_index = f->transferring = false;
    switch (op) {
    case FDC_FORMAT:
        f->c = d->pcn;
        f->h = f->head;
        f->r = 1;
        f->n = f->cmd[2];
        f->eot = f->cmd[3];
        f->left = f->cmd[3] ? f->cmd[3] : 256;
        break;
    case FDC_READ_ID:
        f->c = d->pcn;
        f->h = f->head;
        f->r = 1;
        f->n = 0;
        break;
    default:
        f->c = f->cmd[2];
        f->h = f->cmd[3];
        f->r = f->cmd[4];
        f->n = f->cmd[5];
        f->eot = f->cmd[6];
        f->left = op == FDC_VERIFY ? f->cmd[8] : f->cmd[6];
        if (!f->left)
            f->left = 256;
        delay += implied_seek(f, d);
        break;
    }
    if (writes_medium(f) && d->disk && fdc_write_protected(d))
        fail(f, ST1_NW, 0, delay);
    else
        arm(f, delay);
}
