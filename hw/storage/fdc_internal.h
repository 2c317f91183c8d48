/*
 * fdc_internal.h - what the files fdc*.c promise each other. See fdc82077.h.
 *
 *     fdc82077.c   registers, interrupt, reset, drives, state     calls fdc_run, fdc_data_*
 *     fdc_cmd.c    command table, commands without data           calls fdc_data_begin
 *     fdc_data.c   commands that read or write the medium
 */
#ifndef FERRITE_FDC_INTERNAL_H
#define FERRITE_FDC_INTERNAL_H

#include "hw/storage/fdc82077.h"

enum {
    ST0_ABNORMAL = 0x40,
    ST0_INVALID = 0x80,
    ST0_READY_CHANGED = 0xc0,
    ST0_SE = 0x20,
    ST0_EC = 0x10
};
enum { ST1_MA = 0x01, ST1_NW = 0x02, ST1_ND = 0x04, ST1_OR = 0x10, ST1_DE = 0x20, ST1_EN = 0x80 };
enum { ST2_SN = 0x04, ST2_SH = 0x08, ST2_WC = 0x10, ST2_DD = 0x20, ST2_CM = 0x40 };
enum { CONFIG_EIS = 0x40, CONFIG_EFIFO = 0x20, CONFIG_POLL = 0x10, CONFIG_FIFOTHR = 0x0f };
enum { DOR_RESET = 0x04, DOR_DMAGATE = 0x08 };

/*
 * Virtual time. Real drives take 3 ms a step and 11 ms a sector; nothing that a guest can ask the
 * controller tells the difference, so ours are quick, but never immediate.
 */
#define FDC_RESET_TIME (30 * NS_PER_US)
#define FDC_SECTOR_TIME (40 * NS_PER_US)
#define FDC_SEEK_TIME (30 * NS_PER_US)
#define FDC_STEP_TIME (10 * NS_PER_US)
#define FDC_GIVE_UP_TIME (1 * NS_PER_MS)   /* two revolutions without the right sector */
#define FDC_OVERRUN_TIME (200 * NS_PER_MS) /* how long data wait for the DMA controller */
#define FDC_REVOLUTION (200 * NS_PER_MS)   /* for the position of the diskette only */

enum fdc_op {
    FDC_READ,
    FDC_READ_DELETED,
    FDC_WRITE,
    FDC_WRITE_DELETED,
    FDC_READ_TRACK,
    FDC_VERIFY,
    FDC_SCAN_EQUAL,
    FDC_SCAN_LOW,
    FDC_SCAN_HIGH,
    FDC_FORMAT,
    FDC_READ_ID,
    FDC_OPS
};

void fdc_raise(struct fdc *f);
void fdc_lower(struct fdc *f);
void fdc_idle(struct fdc *f);
/* Result phase with `len` bytes of f->result. */
void fdc_result(struct fdc *f, u8 len);
bool fdc_drive_exists(const struct fdc *f, unsigned drive);
/* The highest track that the head can reach. */
u8 fdc_last_track(const struct fdc *f, unsigned drive);
bool fdc_write_protected(const struct fdc_drive *d);

/* fdc_cmd.c */
u8 fdc_command_length(u8 first);
void fdc_run(struct fdc *f);
void fdc_seek_end(void *drive);

/* fdc_data.c */
void fdc_data_begin(struct fdc *f, enum fdc_op op);
void fdc_data_step(void *fdc);      /* timer */
void fdc_data_dma_ready(void *fdc); /* the DMA channel was unmasked, or DOR lets DREQ out */
void fdc_data_spins(struct fdc *f); /* a motor or a diskette has come: index pulses may too */
/* The diskette goes: what was being transferred is lost, not written to the next one. */
void fdc_data_ejected(struct fdc *f, unsigned unit);
u8 fdc_data_read(struct fdc *f);
void fdc_data_write(struct fdc *f, u8 value);
bool fdc_pio(const struct fdc *f);

#endif
