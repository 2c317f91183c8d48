/*
 * fdc82077.c - 82077AA floppy-disk controller: registers, phases, interrupt, reset, drives.
 *
 * After the Intel 82077AA data sheet, chapters 2 (registers) and 4-6 (phases, interrupts, reset).
 * The commands are in fdc_cmd.c and fdc_data.c.
 *
 * Not modelled: Model 30 register mode, power-down, the tape drive, drives 2 and 3, spin-up time.
 * The drive of a command is the one that its parameter names; its motor must be on in the DOR.
 */
#include "hw/storage/fdc82077.h"

#include "hw/storage/fdc_internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { MSR_RQM = 0x80, MSR_DIO = 0x40, MSR_NDM = 0x20, MSR_CB = 0x10 };

/* ---- interrupt ---- */

static void update_irq(struct fdc *f)
{
    /* PC/AT mode gates the pin with DOR bit 3. */
    bool level = f->interrupt && (f->ps2 || (f->dor & DOR_DMAGATE));
    if (level != f->irq_level) {
        f->irq_level = level;
        irq_set(&f->irq, level);
    }
}

void fdc_raise(struct fdc *f)
{
    f->interrupt = true;
    update_irq(f);
}

void fdc_lower(struct fdc *f)
{
    f->interrupt = false;
    update_irq(f);
}

/* ---- phases ---- */

void fdc_idle(struct fdc *f)
{
    f->phase = FDC_IDLE;
    f->cmd_got = 0;
    /* A seek that ended in the meantime still wants to be sensed: a new edge for it. */
    for (unsigned i = 0; i < FDC_DRIVES; i++) {
        if (f->drive[i].seek_ended)
            fdc_raise(f);
    }
}

void fdc_result(struct fdc *f, u8 len)
{
    f->phase = FDC_RESULT;
    f->result_len = len;
    f->result_pos = 0;
    command_log_result(&f->commands, f->result, len);
}

static bool in_reset(const struct fdc *f)
{
    return !(f->dor & DOR_RESET) || timer_armed(&f->ready);
}

static u8 read_msr(const struct fdc *f)
{
    u8 v = 0;
    if (in_reset(f))
        return 0;
    for (unsigned i = 0; i < FDC_DRIVES; i++) {
        if (f->drive[i].seeking)
            v |= (u8)(1u << i);
    }
    switch ((enum fdc_phase)f->phase) {
    case FDC_IDLE:
        return v | MSR_RQM;
    case FDC_COMMAND:
        return v | MSR_RQM | MSR_CB;
    case FDC_RESULT:
        return v | MSR_RQM | MSR_DIO | MSR_CB;
    case FDC_EXECUTE:
        break;
    }
    v |= MSR_CB;
    if (fdc_pio(f)) {
        v |= MSR_NDM;
        if (f->transferring)
            v |= f->to_host ? MSR_RQM | MSR_DIO : MSR_RQM;
    }
    return v;
}

static u8 read_fifo(struct fdc *f)
{
    if (!in_reset(f) && f->phase == FDC_RESULT) {
        u8 v = f->result[f->result_pos++];
        if (f->result_pos == 1)
            fdc_lower(f);
        if (f->result_pos >= f->result_len)
            fdc_idle(f);
        return v;
    }
    if (!in_reset(f) && f->phase == FDC_EXECUTE && f->transferring && fdc_pio(f) && f->to_host)
        return fdc_data_read(f);
    log_at(f->dev.board->log, LOG_GUEST, "fdc: FIFO read with nothing in it");
    return 0xff;
}

static void write_fifo(struct fdc *f, u8 value)
{
    if (in_reset(f)) {
        log_at(f->dev.board->log, LOG_GUEST, "fdc: %02x written to the FIFO during reset", value);
        return;
    }
    switch ((enum fdc_phase)f->phase) {
    case FDC_IDLE:
        if (f->polled)
            fdc_lower(
                f); /* the reset's interrupt is over, sensed or not; the next has its own edge */
        f->cmd_got = 0;
        f->cmd_len = fdc_command_length(value);
        f->phase = FDC_COMMAND;
        /* fall through */
    case FDC_COMMAND:
        f->cmd[f->cmd_got++] = value;
        if (f->cmd_got == f->cmd_len)
            fdc_run(f);
        return;
    case FDC_EXECUTE:
        if (f->transferring && fdc_pio(f) && !f->to_host) {
            fdc_data_write(f, value);
            return;
        }
        break;
    case FDC_RESULT:
        break;
    }
    log_at(f->dev.board->log, LOG_GUEST, "fdc: %02x written to the FIFO out of turn", value);
}

/* ---- reset ---- */

static void cancel(struct fdc *f)
{
    timer_disarm(&f->step);
    timer_disarm(&f->ready);
    for (unsigned i = 0; i < FDC_DRIVES; i++) {
        struct fdc_drive *d = &f->drive[i];
        timer_disarm(&d->seek);
        d->seeking = d->seek_ended = false;
    }
    f->phase = FDC_IDLE;
    f->cmd_got = 0;
    f->polled = 0;
    f->transferring = f->no_index = f->held = false;
    fdc_lower(f);
}

/* What DOR and DSR resets do to the registers; SPECIFY's values stay. */
static void software_reset(struct fdc *f)
{
    cancel(f);
    if (!f->lock) {
        f->config = CONFIG_EFIFO;
        f->pretrk = 0;
    } else {
        f->config &= CONFIG_EFIFO | CONFIG_FIFOTHR;
    }
    f->perpendicular &= 0x3c; /* GAP and WGATE go, the drives' bits stay */
    for (unsigned i = 0; i < FDC_DRIVES; i++)
        f->drive[i].pcn = 0;
}

/*
 * The controller has come up and polls its four drives: each has "changed ready". That is a status
 * of the drive, not a queue: a seek that ends replaces it (fdc_seek_end). Drivers rely on it. Those
 * of the BSDs recalibrate after a reset that they never sensed, and take the first answer for the
 * seek's.
 */
static void reset_done(void *opaque)
{
    struct fdc *f = opaque;
    f->polled = (1u << FDC_DRIVES) - 1;
    fdc_raise(f);
}

static void leave_reset(struct fdc *f)
{
    timer_arm(&f->ready, clock_now(f->dev.board->clock) + FDC_RESET_TIME);
}

static void fdc_device_reset(struct device *dev)
{
    struct fdc *f = (struct fdc *)dev;
    f->lock = false;
    software_reset(f);
    f->perpendicular = 0;
    f->srt_hut = f->hlt_nd = 0;
    f->dsr = RATE_250K;
    f->dor = 0;
    f->tdr = 0;
    update_irq(f);
}

/* ---- registers ---- */

static void write_dor(struct fdc *f, u8 value)
{
    u8 old = f->dor;
    f->dor = value;
    if (!(value & DOR_RESET)) {
        if (old & DOR_RESET)
            software_reset(f);
    } else if (!(old & DOR_RESET)) {
        leave_reset(f);
    }
    update_irq(f);
    if (value & ~old & 0xf0)
        fdc_data_spins(f);
    if (value & ~old & DOR_DMAGATE)
        fdc_data_dma_ready(f);
}

static void write_dsr(struct fdc *f, u8 value)
{
    f->dsr = value & 0x1f;
    if (value & 0x40)
        log_at(f->dev.board->log, LOG_UNIMP, "fdc: power-down through the DSR");
    if ((value & 0x80) && (f->dor & DOR_RESET)) {
        software_reset(f);
        leave_reset(f);
    }
}

static u8 read_sra(const struct fdc *f)
{
    const struct fdc_drive *d = &f->drive[f->dor & 3];
    u8 v = 0x04; /* INDX# */
    if (!f->ps2)
        return 0xff; /* not driven */
    v |= f->interrupt ? 0x80 : 0;
    v |= fdc_drive_exists(f, 1) ? 0 : 0x40;
    v |= fdc_drive_exists(f, d->number) && d->track == 0 ? 0 : 0x10;
    v |= f->phase == FDC_EXECUTE && f->head ? 0x08 : 0;
    v |= fdc_write_protected(d) ? 0 : 0x02;
    return v;
}

static u8 read_srb(const struct fdc *f)
{
    if (!f->ps2)
        return 0xff;
    return (u8)(0xc0 | (f->dor & 1) << 5 | (f->dor >> 4 & 3));
}

static u8 read_dir(const struct fdc *f)
{
    const struct fdc_drive *d = &f->drive[f->dor & 3];
    u8 v = fdc_drive_exists(f, d->number) && d->changed ? 0x80 : 0;
    if (!f->ps2)
        return v | 0x7f; /* only bit 7 is driven in PC/AT mode */
    u8 rate = f->dsr & 3;
    return (u8)(v | 0x78 | rate << 1 | (rate == RATE_500K || rate == RATE_1M ? 0 : 1));
}

static u32 fdc_in(void *dev, u16 port, unsigned size)
{
    struct fdc *f = dev;
    (void)size;
    switch (port & 7) {
    case 0:
        return read_sra(f);
    case 1:
        return read_srb(f);
    case 2:
        return f->dor;
    case 3:
        return 0xfc | f->tdr;
    case 4:
        return read_msr(f);
    case 5:
        return read_fifo(f);
    case 7:
        return read_dir(f);
    }
    return 0xff;
}

static void fdc_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct fdc *f = dev;
    (void)size;
    switch (port & 7) {
    case 2:
        write_dor(f, (u8)value);
        break;
    case 3:
        f->tdr = value & 3;
        break;
    case 4:
        write_dsr(f, (u8)value);
        break;
    case 5:
        write_fifo(f, (u8)value);
        break;
    case 7:
        f->dsr = (u8)((f->dsr & 0x1c) | (value & 3));
        break;
    default:
        log_at(f->dev.board->log, LOG_GUEST, "fdc: write of %02x to read-only port %03x",
               (unsigned)value, port);
        break;
    }
}

/* The controller works by events. Drivers wait by the main status, and DOS looks at the change
 * line. */
static u64 fdc_steady(void *dev, u16 port, const struct byte_set *others)
{
    (void)dev;
    (void)others;
    return (port & 7) == 4 || (port & 7) == 7 || (port & 7) == 2 ? BUS_STEADY_TILL_TOLD : 0;
}

static const struct port_ops fdc_ports = {.in = fdc_in, .out = fdc_out, .widest = 1};

/* ---- drives ---- */

bool fdc_drive_exists(const struct fdc *f, unsigned drive)
{
    return drive < ARRAY_SIZE(f->type) && f->type[drive] != FLOPPY_NONE;
}

u8 fdc_last_track(const struct fdc *f, unsigned drive)
{
    return drive < ARRAY_SIZE(f->type) && f->type[drive] == FLOPPY_360K ? 42 : 83;
}

bool fdc_write_protected(const struct fdc_drive *d)
{
    /* The sensor sees light, or no sleeve, when nothing is in: the same as a covered notch. */
    return !d->disk || d->protect || disk_read_only(d->disk);
}

void fdc_set_drive_type(struct fdc *f, unsigned drive, enum floppy_drive_type type)
{
    assert(drive < ARRAY_SIZE(f->type));
    f->type[drive] = type;
}

enum floppy_drive_type fdc_drive_type(const struct fdc *f, unsigned drive)
{
    return fdc_drive_exists(f, drive) ? (enum floppy_drive_type)f->type[drive] : FLOPPY_NONE;
}

void fdc_insert(struct fdc *f, unsigned drive, struct disk *disk)
{
    assert(drive < ARRAY_SIZE(f->type) && disk && disk_floppy(disk));
    struct fdc_drive *d = &f->drive[drive];
    d->disk = disk;
    d->format = disk_floppy(disk);
    d->changed = true;
    d->protect = false;
    memset(d->deleted, 0, sizeof(d->deleted));
    if (f->type[drive] == FLOPPY_NONE)
        f->type[drive] = floppy_drive_for(d->format, true);
    if (f->dev.board)
        fdc_data_spins(f);
}

struct disk *fdc_eject(struct fdc *f, unsigned drive)
{
    assert(drive < ARRAY_SIZE(f->type));
    struct fdc_drive *d = &f->drive[drive];
    struct disk *disk = d->disk;
    fdc_data_ejected(f, drive);
    d->disk = NULL;
    d->format = NULL;
    d->changed = true;
    return disk;
}

void fdc_protect(struct fdc *f, unsigned drive, bool on)
{
    assert(drive < ARRAY_SIZE(f->type));
    f->drive[drive].protect = on && f->drive[drive].disk;
}

bool fdc_motor(const struct fdc *f, unsigned drive)
{
    return drive < FDC_DRIVES && (f->dor >> (4 + drive) & 1);
}

/* ---- device ---- */

static bool fdc_realize(struct device *dev, const struct board *b, struct err *e)
{
    struct fdc *f = (struct fdc *)dev;
    (void)e;
    timer_init(&f->ready, b->clock, reset_done, f);
    timer_init(&f->step, b->clock, fdc_data_step, f);
    for (unsigned i = 0; i < FDC_DRIVES; i++) {
        struct fdc_drive *d = &f->drive[i];
        d->fdc = f;
        d->number = (u8)i;
        d->changed = true;
        timer_init(&d->seek, b->clock, fdc_seek_end, d);
    }
    f->dma.ready = fdc_data_dma_ready;
    f->dma.dev = f;
    bus_claim(b->bus, 0x3f0, 6, &fdc_ports, f, dev->name);
    bus_claim(b->bus, 0x3f7, 1, &fdc_ports, f, dev->name);
    bus_steady(b->bus, 0x3f0, fdc_steady);
    bus_steady(b->bus, 0x3f7, fdc_steady);
    return true;
}

static void fdc_destroy(struct device *dev)
{
    struct fdc *f = (struct fdc *)dev;
    timer_disarm(&f->ready);
    timer_disarm(&f->step);
    for (unsigned i = 0; i < FDC_DRIVES; i++)
        timer_disarm(&f->drive[i].seek);
}

static void drive_state(struct fdc_drive *d, struct state *s)
{
    state_u8(s, "track", &d->track);
    state_u8(s, "PCN", &d->pcn);
    state_bool(s, "changed", &d->changed);
    state_bool(s, "seeking", &d->seeking);
    state_bool(s, "seek ended", &d->seek_ended);
    state_u8(s, "seek ST0", &d->seek_st0);
    state_u8(s, "seek track", &d->seek_track);
    state_u8(s, "seek PCN", &d->seek_pcn);
    timer_state(&d->seek, s, "seek end");
    bool inserted = d->disk != NULL;
    state_bool(s, "inserted", &inserted);
    if (!state_ok(s))
        return;
    if (inserted != (d->disk != NULL)) {
        state_fail(s, "floppy drive %c: was %s when the snapshot was taken", 'A' + d->number,
                   inserted ? "loaded" : "empty");
        return;
    }
    if (inserted && state_version(s) >= 2)
        state_bool(s, "protect", &d->protect);
    else
        d->protect = false;
    if (inserted) {
        state_bytes(s, "deleted marks", d->deleted, sizeof(d->deleted));
        disk_state(d->disk, s);
    }
}

/* A damaged snapshot must not make us index out of our arrays. */
static void check_loaded(struct fdc *f, struct state *s)
{
    bool good = f->phase <= FDC_RESULT && f->cmd_len <= sizeof(f->cmd) && f->op < FDC_OPS &&
                f->result_len <= sizeof(f->result) && f->len <= sizeof(f->buffer) &&
                f->pos <= f->len && f->polled < 1u << FDC_DRIVES && f->unit < FDC_DRIVES &&
                f->head < 2 && f->type[0] <= FLOPPY_2880K && f->type[1] <= FLOPPY_2880K;
    if (f->phase == FDC_COMMAND)
        good = good && f->cmd_got < f->cmd_len;
    if (f->phase == FDC_RESULT)
        good = good && f->result_pos < f->result_len;
    if (f->phase == FDC_EXECUTE && (f->transferring || f->held)) {
        const struct fdc_drive *d = &f->drive[f->unit];
        good = good && (f->held || f->pos < f->len) && (!d->disk || f->sector < d->format->total);
    }
    for (unsigned i = 0; i < FDC_DRIVES; i++)
        good = good && f->drive[i].track <= 83 && f->drive[i].seek_track <= 83;
    if (!good)
        state_fail(s, "the floppy controller's state is damaged");
}

/* Snapshots of old hold a count instead (C0h + 4 - count came next); bit 7 tells them apart. */
static void polled_state(struct fdc *f, struct state *s)
{
    u8 v = 0x80 | f->polled;
    state_u8(s, "reset senses", &v);
    if (!(v & 0x80))
        v = v <= FDC_DRIVES ? (u8)(0x0f << (FDC_DRIVES - v) & 0x0f) : 0xff;
    f->polled = v & 0x7f;
}

static void fdc_state(struct device *dev, struct state *s)
{
    struct fdc *f = (struct fdc *)dev;
    command_log_state(&f->commands, s, clock_now(dev->board->clock));
    state_u32s(s, "drive types", f->type, ARRAY_SIZE(f->type));
    state_u8(s, "DOR", &f->dor);
    state_u8(s, "TDR", &f->tdr);
    state_u8(s, "DSR", &f->dsr);
    state_u8(s, "SRT HUT", &f->srt_hut);
    state_u8(s, "HLT ND", &f->hlt_nd);
    state_u8(s, "CONFIGURE", &f->config);
    state_u8(s, "PRETRK", &f->pretrk);
    state_u8(s, "PERPENDICULAR", &f->perpendicular);
    state_bool(s, "LOCK", &f->lock);
    state_bool(s, "interrupt", &f->interrupt);
    state_bool(s, "irq level", &f->irq_level);
    state_u8(s, "phase", &f->phase);
    state_bytes(s, "command", f->cmd, sizeof(f->cmd));
    state_u8(s, "command length", &f->cmd_len);
    state_u8(s, "command bytes", &f->cmd_got);
    state_bytes(s, "result", f->result, sizeof(f->result));
    state_u8(s, "result length", &f->result_len);
    state_u8(s, "result bytes", &f->result_pos);
    polled_state(f, s);
    timer_state(&f->ready, s, "ready");
    timer_state(&f->step, s, "step");
    state_u8(s, "operation", &f->op);
    state_u8(s, "unit", &f->unit);
    state_u8(s, "head", &f->head);
    state_u8(s, "ST0", &f->st0);
    state_u8(s, "ST1", &f->st1);
    state_u8(s, "ST2", &f->st2);
    state_u8(s, "C", &f->c);
    state_u8(s, "H", &f->h);
    state_u8(s, "R", &f->r);
    state_u8(s, "N", &f->n);
    state_u8(s, "EOT", &f->eot);
    state_u8(s, "index", &f->index);
    state_u16(s, "left", &f->left);
    state_bool(s, "no index", &f->no_index);
    state_bool(s, "failed", &f->failed);
    state_bool(s, "transferring", &f->transferring);
    state_bool(s, "to host", &f->to_host);
    state_bool(s, "TC", &f->tc);
    state_bool(s, "stop", &f->stop);
    state_bool(s, "scan equal", &f->scan_equal);
    state_bool(s, "scan ok", &f->scan_ok);
    state_u8(s, "burst", &f->burst);
    state_u32(s, "position", &f->pos);
    state_u32(s, "length", &f->len);
    state_u32(s, "sector", &f->sector);
    state_bytes(s, "buffer", f->buffer, sizeof(f->buffer));
    for (unsigned i = 0; i < FDC_DRIVES; i++)
        drive_state(&f->drive[i], s);
    if (state_version(s) >= 3)
        state_bool(s, "held", &f->held);
    else
        f->held = false;
    if (state_loading(s) && state_ok(s))
        check_loaded(f, s);
}

static void fdc_describe(const struct device *dev, FILE *out)
{
    static const char *const phases[] = {"idle", "command", "execution", "result"};
    static const char *const rates[] = {"500", "300", "250", "1000"};
    const struct fdc *f = (const struct fdc *)dev;
    fprintf(out, "phase %s, DOR %02x, %s kbit/s, interrupt %d\n", phases[f->phase], f->dor,
            rates[f->dsr & 3], f->interrupt);
    for (unsigned i = 0; i < ARRAY_SIZE(f->type); i++) {
        const struct fdc_drive *d = &f->drive[i];
        if (!fdc_drive_exists(f, i))
            continue;
        fprintf(out, "%c: track %u, motor %s, change line %d, ", 'A' + i, d->track,
                fdc_motor(f, i) ? "on" : "off", d->changed);
        if (d->disk)
            fprintf(out, "%s %s%s\n", d->format->name, disk_name(d->disk),
                    fdc_write_protected(d) ? " (write-protected)" : "");
        else
            fprintf(out, "empty\n");
    }
}

static const struct prop fdc_props[] = {
    {"drive_a", PROP_U32, offsetof(struct fdc, type[0]), "4",
     "drive A:, 0 none, 1 360K, 2 1.2M, 3 720K, 4 1.44M, 5 2.88M", 0, 5},
    {"drive_b", PROP_U32, offsetof(struct fdc, type[1]), "0", "drive B:, the same", 0, 5},
    {"ps2", PROP_BOOL, offsetof(struct fdc, ps2), "off",
     "PS/2 register mode: SRA, SRB and all of DIR can be read", 0, 0},
    {NULL, PROP_BOOL, 0, NULL, NULL, 0, 0},
};

const struct device_class fdc_class = {
    .name = "fdc",
    .doc = "82077AA floppy-disk controller",
    .size = sizeof(struct fdc),
    .props = fdc_props,
    .state_version = 3,
    .realize = fdc_realize,
    .reset = fdc_device_reset,
    .state = fdc_state,
    .destroy = fdc_destroy,
    .describe = fdc_describe,
};
