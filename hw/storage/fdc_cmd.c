/*
 * fdc_cmd.c - 82077AA: the command table, and the commands that do not touch the medium.
 *
 * Data sheet chapter 5 (command set), 6.2 (control commands).
 */
#include "hw/storage/fdc_internal.h"

#include <string.h>

static void run_read(struct fdc *f)
{
    fdc_data_begin(f, FDC_READ);
}

static void run_read_deleted(struct fdc *f)
{
    fdc_data_begin(f, FDC_READ_DELETED);
}

static void run_write(struct fdc *f)
{
    fdc_data_begin(f, FDC_WRITE);
}

static void run_write_deleted(struct fdc *f)
{
    fdc_data_begin(f, FDC_WRITE_DELETED);
}

static void run_read_track(struct fdc *f)
{
    fdc_data_begin(f, FDC_READ_TRACK);
}

static void run_verify(struct fdc *f)
{
    fdc_data_begin(f, FDC_VERIFY);
}

static void run_scan_equal(struct fdc *f)
{
    fdc_data_begin(f, FDC_SCAN_EQUAL);
}

static void run_scan_low(struct fdc *f)
{
    fdc_data_begin(f, FDC_SCAN_LOW);
}

static void run_scan_high(struct fdc *f)
{
    fdc_data_begin(f, FDC_SCAN_HIGH);
}

static void run_format(struct fdc *f)
{
    fdc_data_begin(f, FDC_FORMAT);
}

static void run_read_id(struct fdc *f)
{
    fdc_data_begin(f, FDC_READ_ID);
}

/* ---- seeks ---- */

/* A seek of `steps` steps that will leave the head on `track` and the controller with `pcn`. */
static void start_seek(struct fdc *f, struct fdc_drive *d, unsigned steps, u8 track, u8 pcn, u8 st0)
{
    d->seeking = true;
    d->seek_ended = false;
    d->seek_track = track;
    d->seek_pcn = pcn;
    d->seek_st0 = st0;
    timer_arm(&d->seek, clock_now(f->dev.board->clock) + FDC_SEEK_TIME + steps * FDC_STEP_TIME);
    fdc_idle(f);
}

void fdc_seek_end(void *opaque)
{
    struct fdc_drive *d = opaque;
    if (d->track != d->seek_track && d->disk)
        d->changed = false; /* a step pulse with a diskette in takes the change line back */
    d->track = d->seek_track;
    d->pcn = d->seek_pcn;
    d->seek_ended = true;
    d->fdc->polled &= (u8) ~(1u << d->number);
    fdc_raise(d->fdc);
}

static void run_recalibrate(struct fdc *f)
{
    struct fdc_drive *d = &f->drive[f->cmd[1] & 3];
    u8 st0 = ST0_SE | d->number;
    if (!fdc_drive_exists(f, d->number)) {
        start_seek(f, d, 79, 0, 0, st0 | ST0_ABNORMAL | ST0_EC);
        return;
    }
    unsigned steps = d->track > 79 ? 79 : d->track;
    u8 track = (u8)(d->track - steps);
    if (track) /* 79 pulses and still no TRK0 */
        st0 |= ST0_ABNORMAL | ST0_EC;
    start_seek(f, d, steps, track, 0, st0);
}

/* Move by `delta` tracks; the head stops at the ends of its way, the controller cannot know. */
static void seek_by(struct fdc *f, struct fdc_drive *d, int delta, u8 st0)
{
    int track = d->track + delta, last = fdc_last_track(f, d->number);
    track = track < 0 ? 0 : track > last ? last : track;
    if (!fdc_drive_exists(f, d->number))
        track = 0;
    start_seek(f, d, (unsigned)(delta < 0 ? -delta : delta), (u8)track, (u8)(d->pcn + delta),
               (u8)(st0 | ST0_SE | (f->cmd[1] & 7)));
}

static void run_seek(struct fdc *f)
{
    struct fdc_drive *d = &f->drive[f->cmd[1] & 3];
    seek_by(f, d, f->cmd[2] - d->pcn, 0);
}

static void run_relative_seek(struct fdc *f)
{
    struct fdc_drive *d = &f->drive[f->cmd[1] & 3];
    int delta = f->cmd[0] & 0x40 ? f->cmd[2] : -f->cmd[2];
    /* This one watches TRK0: stepping out beyond it is an error. */
    bool beyond = delta < 0 && d->track + delta < 0;
    seek_by(f, d, delta, beyond ? ST0_ABNORMAL | ST0_EC : 0);
}

/* ---- status ---- */

/*
 * Ends of seeks first, then what the reset's polling found, each in the order of the drives. The
 * data sheet leaves the order of the two open; a driver that has just been told of a seek's end by
 * an interrupt asks for that.
 */
static void run_sense_interrupt(struct fdc *f)
{
    fdc_lower(f);
    for (unsigned i = 0; i < FDC_DRIVES; i++) {
        struct fdc_drive *d = &f->drive[i];
        if (!d->seek_ended)
            continue;
        d->seek_ended = d->seeking = false;
        f->result[0] = d->seek_st0;
        f->result[1] = d->pcn;
        fdc_result(f, 2);
        return;
    }
    for (unsigned i = 0; i < FDC_DRIVES; i++) {
        if (!(f->polled >> i & 1))
            continue;
        f->polled &= (u8) ~(1u << i);
        f->result[0] = (u8)(ST0_READY_CHANGED | i);
        f->result[1] = f->drive[i].pcn;
        fdc_result(f, 2);
        return;
    }
    f->result[0] = ST0_INVALID;
    fdc_result(f, 1);
}

static void run_sense_drive_status(struct fdc *f)
{
    const struct fdc_drive *d = &f->drive[f->cmd[1] & 3];
    u8 st3 = 0x28 | (f->cmd[1] & 7); /* two-sided and ready are wired high */
    if (fdc_drive_exists(f, d->number)) {
        st3 |= d->track == 0 ? 0x10 : 0;
        st3 |= fdc_write_protected(d) ? 0x40 : 0;
    }
    f->result[0] = st3;
    fdc_result(f, 1);
}

static void run_version(struct fdc *f)
{
    f->result[0] = 0x90; /* 82077AA */
    fdc_result(f, 1);
}

static void run_dumpreg(struct fdc *f)
{
    for (unsigned i = 0; i < FDC_DRIVES; i++)
        f->result[i] = f->drive[i].pcn;
    f->result[4] = f->srt_hut;
    f->result[5] = f->hlt_nd;
    f->result[6] = f->eot;
    f->result[7] = (u8)((f->lock ? 0x80 : 0) | f->perpendicular);
    f->result[8] = f->config;
    f->result[9] = f->pretrk;
    fdc_result(f, 10);
}

static void run_invalid(struct fdc *f)
{
    log_at(f->dev.board->log, LOG_GUEST, "fdc: invalid command %02x", f->cmd[0]);
    f->result[0] = ST0_INVALID;
    fdc_result(f, 1);
}

/* ---- settings ---- */

static void run_specify(struct fdc *f)
{
    f->srt_hut = f->cmd[1];
    f->hlt_nd = f->cmd[2];
    fdc_idle(f);
}

static void run_configure(struct fdc *f)
{
    f->config = f->cmd[2] & 0x7f;
    f->pretrk = f->cmd[3];
    fdc_idle(f);
}

static void run_perpendicular(struct fdc *f)
{
    if (f->cmd[1] & 0x80) /* OW: the drives' bits may be overwritten */
        f->perpendicular = f->cmd[1] & 0x3f;
    else
        f->perpendicular = (u8)((f->perpendicular & 0x3c) | (f->cmd[1] & 3));
    fdc_idle(f);
}

static void run_lock(struct fdc *f)
{
    f->lock = f->cmd[0] >> 7;
    f->result[0] = f->lock ? 0x10 : 0;
    fdc_result(f, 1);
}

/* ---- the table ---- */

static const struct command {
    u8 mask, code; /* first byte & mask == code */
    u8 length;     /* of the command phase */
    const char *name;
    void (*run)(struct fdc *f);
} commands[] = {
    /* MT, MFM and SK are don't-cares of the decoder; fdc_data.c looks at them where they count. */
    {0x1f, 0x02, 9, "READ TRACK", run_read_track},
    {0xff, 0x03, 3, "SPECIFY", run_specify},
    {0xff, 0x04, 2, "SENSE DRIVE STATUS", run_sense_drive_status},
    {0x1f, 0x05, 9, "WRITE DATA", run_write},
    {0x1f, 0x06, 9, "READ DATA", run_read},
    {0xff, 0x07, 2, "RECALIBRATE", run_recalibrate},
    {0xff, 0x08, 1, "SENSE INTERRUPT STATUS", run_sense_interrupt},
    {0x1f, 0x09, 9, "WRITE DELETED DATA", run_write_deleted},
    {0x1f, 0x0a, 2, "READ ID", run_read_id},
    {0x1f, 0x0c, 9, "READ DELETED DATA", run_read_deleted},
    {0x1f, 0x0d, 6, "FORMAT TRACK", run_format},
    {0xff, 0x0e, 1, "DUMPREG", run_dumpreg},
    {0xff, 0x0f, 3, "SEEK", run_seek},
    {0xff, 0x10, 1, "VERSION", run_version},
    {0x1f, 0x11, 9, "SCAN EQUAL", run_scan_equal},
    {0xff, 0x12, 2, "PERPENDICULAR MODE", run_perpendicular},
    {0xff, 0x13, 4, "CONFIGURE", run_configure},
    {0x7f, 0x14, 1, "LOCK", run_lock},
    {0x1f, 0x16, 9, "VERIFY", run_verify},
    {0x1f, 0x19, 9, "SCAN LOW OR EQUAL", run_scan_low},
    {0x1f, 0x1d, 9, "SCAN HIGH OR EQUAL", run_scan_high},
    {0xbf, 0x8f, 3, "RELATIVE SEEK", run_relative_seek},
    {0x00, 0x00, 1, "INVALID", run_invalid},
};

static const struct command *lookup(u8 first)
{
    const struct command *c = commands;
    while ((first & c->mask) != c->code)
        c++;
    return c;
}

u8 fdc_command_length(u8 first)
{
    return lookup(first)->length;
}

void fdc_run(struct fdc *f)
{
    const struct command *c = lookup(f->cmd[0]);
    log_at(f->dev.board->log, LOG_DISK, "fdc: %s %02x %02x %02x %02x %02x %02x %02x", c->name,
           f->cmd[0], c->length > 1 ? f->cmd[1] : 0, c->length > 2 ? f->cmd[2] : 0,
           c->length > 3 ? f->cmd[3] : 0, c->length > 4 ? f->cmd[4] : 0,
           c->length > 5 ? f->cmd[5] : 0, c->length > 6 ? f->cmd[6] : 0);
    command_log_add(&f->commands, clock_now(f->dev.board->clock), c->name, f->cmd, c->length);
    c->run(f);
}
