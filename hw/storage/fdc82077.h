/*
 * fdc82077.h - 82077AA floppy-disk controller with two drives, ports 3F0h-3F5h and 3F7h.
 *
 * Wiring (pc.c):
 *     fdc->irq = line to IRQ 6;  fdc->dma = DMA channel 2 (the FDC sets fdc->dma.ready itself)
 *     fdc_set_drive_type(fdc, 0, floppy_drive_for(disk_floppy(disk), true));
 *     fdc_insert(fdc, 0, disk);
 * in any order, before or after device_realize(). A drive of type FLOPPY_NONE does not exist: it
 * never reports track 0. The default is a 1.44M drive A: and no drive B:. CMOS byte 10h should be
 * (type of A: << 4 | type of B:).
 *
 * What firmware should know, as on real hardware:
 * - Without a diskette, with the motor off, or with a drive that is not there, no index pulse
 *   comes and a read or write command never ends: time out and reset through the DOR.
 * - The change line (DIR bit 7) is set when a diskette was put in or taken out, and falls with the
 *   next step pulse that moves the head while a diskette is in. A recalibrate on track 0 moves
 *   nothing: seek to track 1 and back.
 * - A data rate that does not fit the medium gives ST1 "missing address mark".
 */
#ifndef FERRITE_FDC82077_H
#define FERRITE_FDC82077_H

#include "hw/base/command_log.h"
#include "hw/bus/device.h"
#include "hw/storage/disk.h"
#include "hw/storage/floppy.h"

enum { FDC_DRIVES = 4 }; /* addressable; only 0 and 1 can exist */

enum fdc_phase { FDC_IDLE, FDC_COMMAND, FDC_EXECUTE, FDC_RESULT };

struct fdc_drive {
    struct fdc *fdc;
    u8 number;
    u8 track;                          /* where the head stands */
    u8 pcn;                            /* where the controller believes it stands */
    bool changed;                      /* the change line */
    bool protect;                      /* somebody has moved the diskette's tab */
    bool seeking;                      /* MSR drive-busy bit: from SEEK to SENSE INTERRUPT STATUS */
    bool seek_ended;                   /* an interrupt waits to be sensed */
    u8 seek_st0, seek_track, seek_pcn; /* what the seek under way ends with */
    struct timer seek;                 /* its end */
    struct disk *disk;                 /* borrowed; NULL: empty */
    const struct floppy_format *format;
    u8 deleted[720]; /* sectors written with a deleted data address mark, one bit each */
};

struct fdc {
    struct device dev;
    struct irq irq;
    struct dma_line dma;
    bool ps2;    /* property: PS/2 register mode (SRA, SRB readable), else PC/AT mode */
    u32 type[2]; /* properties: enum floppy_drive_type of A: and B: */

    u8 dor, tdr;
    u8 dsr;             /* precompensation and rate; CCR writes its rate bits */
    u8 srt_hut, hlt_nd; /* SPECIFY */
    u8 config, pretrk;  /* CONFIGURE */
    u8 perpendicular;
    bool lock;
    bool interrupt; /* pending, whether or not DOR lets it out */
    bool irq_level; /* as driven */

    u8 phase;  /* enum fdc_phase */
    u8 cmd[9]; /* command and parameters */
    u8 cmd_len, cmd_got;
    u8 result[10];
    u8 result_len, result_pos;
    u8 polled;          /* drives whose "ready changed" since the reset is not sensed, a bit each */
    struct timer ready; /* end of a reset */

    /* Execution of a data command (fdc_data.c): one sector at a time through `buffer`. */
    struct timer step; /* the next sector comes by, the search is given up, or overrun */
    u8 op;             /* enum fdc_op */
    u8 unit, head;     /* drive and side under way */
    u8 st0, st1, st2;
    u8 c, h, r, n, eot; /* the ID being looked for */
    u8 index;           /* sectors passed, for READ TRACK and FORMAT TRACK */
    u16 left;           /* sectors still to do: FORMAT TRACK, READ TRACK, VERIFY */
    bool no_index;      /* waiting for index pulses that do not come */
    bool failed;        /* the command ends with st0-st2 at the next step */
    bool held;          /* the host could not write what is in buffer: the next step tries again */
    bool transferring;  /* buffer is open to the host or DMA */
    bool to_host;
    bool tc;   /* terminal count was seen */
    bool stop; /* the present sector is the last (unexpected data mark) */
    bool scan_equal, scan_ok;
    u8 burst;     /* PIO: bytes until the next interrupt */
    u32 pos, len; /* in buffer */
    u32 sector;   /* the one in buffer, from the start of the image */
    u8 buffer[512];

    struct fdc_drive drive[FDC_DRIVES];
    struct command_log commands;
};

extern const struct device_class fdc_class;

void fdc_set_drive_type(struct fdc *f, unsigned drive, enum floppy_drive_type type);
enum floppy_drive_type fdc_drive_type(const struct fdc *f, unsigned drive);
/*
 * Put a diskette in (eject the one that is in first). Into a drive that does not exist: one of the
 * type that suits the diskette is fitted.
 */
void fdc_insert(struct fdc *f, unsigned drive, struct disk *disk);
/* Take it out; the caller closes it. NULL when the drive was empty. */
struct disk *fdc_eject(struct fdc *f, unsigned drive);
/* The tab of the diskette that is in: writes are refused, or as its image allows them. */
void fdc_protect(struct fdc *f, unsigned drive, bool on);
/* Is the motor of this drive on (the light on the case)? */
bool fdc_motor(const struct fdc *f, unsigned drive);

#endif
