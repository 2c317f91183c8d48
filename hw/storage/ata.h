/*
 * ata.h - one ATA device on an IDE channel: task file, state of the protocol, commands.
 *
 * The channel (hw/storage/ide.c) calls in on register accesses; the device calls back through
 * `intrq` when its interrupt request changes.
 */
#ifndef FERRITE_ATA_H
#define FERRITE_ATA_H

#include "hw/base/clock.h"
#include "hw/base/command_log.h"
#include "hw/base/log.h"
#include "hw/storage/disk.h"

struct state;
struct atapi;

enum { /* Status */
       ATA_ERR = 0x01,
       ATA_DRQ = 0x08,
       ATA_DSC = 0x10,
       ATA_DF = 0x20,
       ATA_DRDY = 0x40,
       ATA_BSY = 0x80
};

enum { /* Error */
       ATA_AMNF = 0x01,
       ATA_ABRT = 0x04,
       ATA_IDNF = 0x10,
       ATA_UNC = 0x40
};

enum { /* Device/Head */
       ATA_DEV = 0x10,
       ATA_LBA = 0x40
};

enum { ATA_MAX_MULTIPLE = 16, ATA_BUFFER = ATA_MAX_MULTIPLE * 512 };
enum { ATA_CHS_SECTORS = 16383 * 16 * 63 }; /* the most that a drive has by CHS */

/* What happens when the timer fires or the buffer has been filled or emptied. */
enum ata_phase {
    ATA_IDLE,
    ATA_READ,     /* sectors to the host */
    ATA_WRITE,    /* sectors from the host */
    ATA_VERIFY,   /* sectors without data */
    ATA_PAGE_IN,  /* one block to the host that is not from the disk (IDENTIFY, READ BUFFER) */
    ATA_PAGE_OUT, /* one block from the host (WRITE BUFFER) */
    ATA_DONE,     /* a command without data: interrupt when the time is over */
    ATA_DIAG,     /* the same, with the diagnostic code in Error, which is no error */
    ATA_DMA_READ, /* sectors to memory by bus master; waits for it while the timer is not armed */
    ATA_DMA_WRITE,
    ATA_RESET, /* reset: ready when the time is over, no interrupt */
    /* Packet devices (hw/storage/atapi.h): */
    ATA_PACKET_COMMAND, /* the command packet from the host */
    ATA_PACKET_RUN,     /* it is being worked on */
    ATA_PACKET_IN,      /* data to the host */
    ATA_PACKET_DMA,     /* data to memory by bus master */
    ATA_FLUSH,          /* all that was written to the medium, then as ATA_DONE */
    ATA_PACKET_OUT,     /* a packet device: data from the host */
    ATA_PACKET_DMA_OUT, /* data from memory by bus master */
    ATA_LAST_PHASE = ATA_PACKET_DMA_OUT,
};

struct ata_unit {
    struct disk *disk;   /* of an ATA disk, borrowed */
    struct atapi *atapi; /* of a packet device, owned; both NULL: no device here */
    struct log *log;
    struct timer timer;
    void (*intrq)(struct ata_unit *u); /* the request below has changed */
    /* DMARQ: move up to len bytes; how many the bus master took. NULL: there is none. */
    u32 (*dma)(struct ata_unit *u, u8 *data, u32 len, bool to_memory);
    void *channel;
    u8 number; /* 0-3: primary master, slave, secondary master, slave */

    /* Task file. The [1] halves are the previous contents, for 48-bit commands (HOB). */
    u8 feature[2], nsector[2], lbal[2], lbam[2], lbah[2];
    u8 device, status, error;
    bool request; /* INTRQ pending */

    /* Settings. */
    u32 cylinders, heads, sectors; /* present translation (INITIALIZE DEVICE PARAMETERS) */
    u8 multiple;                   /* SET MULTIPLE MODE; 0 = off */
    u8 power;                      /* CHECK POWER MODE's answer: FFh, 80h idle, 00h standby */
    bool sleeping;
    bool write_cache, look_ahead, revert; /* SET FEATURES */
    u8 transfer_mode;                     /* SET FEATURES 03h */

    /* The command under way. */
    u8 phase; /* enum ata_phase */
    u8 command;
    bool lba48;
    u64 lba;      /* next sector */
    u32 count;    /* sectors still to do, the present block included */
    u32 block;    /* sectors per DRQ block for this command */
    u32 pos, len; /* in buffer, while DRQ is set */
    u8 buffer[ATA_BUFFER];
    u8 sector_buffer[512]; /* of READ BUFFER and WRITE BUFFER */
    struct command_log commands;
};

/*
 * Virtual time. Real disks take milliseconds; ours answer like one with everything in its cache,
 * but never at once: a guest sees BSY, and an interrupt never comes out of the middle of an OUT.
 * Only what the host is to send first (data of a write, a packet) is asked for in the same moment.
 */
#define ATA_COMMAND_TIME (10 * NS_PER_US)
#define ATA_BLOCK_TIME (1 * NS_PER_US)
#define ATA_DMA_SECTOR_TIME (4 * NS_PER_US) /* 128 MB/s */
#define ATA_RESET_TIME (50 * NS_PER_US)

static inline bool ata_present(const struct ata_unit *u)
{
    return u->disk || u->atapi;
}

/* ---- ata.c: the protocol ---- */

void ata_init(struct ata_unit *u, struct clock *clock, struct log *log, void *channel, u8 number);
/* RESET# or power-on: defaults, and the signature after a while. */
void ata_hard_reset(struct ata_unit *u);
/* SRST set: everything stops. SRST cleared: the signature after a while. */
void ata_soft_reset(struct ata_unit *u, bool asserted);
/* EXECUTE DEVICE DIAGNOSTIC, addressed to both devices. */
void ata_diagnostic(struct ata_unit *u);
void ata_write_register(struct ata_unit *u, unsigned reg, u8 value);
u8 ata_read_register(const struct ata_unit *u, unsigned reg, bool hob);
void ata_set_request(struct ata_unit *u, bool on);
void ata_unit_state(struct ata_unit *u, struct state *s);

/* Data port. The caller has checked that DRQ is set in the right direction (ata_data_ready). */
static inline bool ata_data_ready(const struct ata_unit *u, bool to_host)
{
    bool in = u->phase == ATA_READ || u->phase == ATA_PAGE_IN || u->phase == ATA_PACKET_IN;
    return (u->status & ATA_DRQ) && in == to_host;
}
void ata_block_done(struct ata_unit *u);

/* For ata_cmd.c: ways to go on. Each ends the handling of the command register write. */
void ata_busy(struct ata_unit *u, enum ata_phase phase, u64 time);
void ata_abort(struct ata_unit *u, u8 error);
void ata_page_in(struct ata_unit *u);  /* buffer[0..511] to the host */
void ata_page_out(struct ata_unit *u); /* from the host, DRQ at once as below */
/*
 * DRQ for the next block of a write. For the first one at once and without an interrupt: a device
 * may leave BSY out there (9.6, PIO data out), and drivers write without looking.
 */
void ata_want_block(struct ata_unit *u, bool interrupt);
/* Turn the task file into lba and count; false: no such sector. */
bool ata_address(struct ata_unit *u, bool lba48);
void ata_default_settings(struct ata_unit *u);
/* What a device shows after a reset, and when a command for the other kind comes. */
void ata_signature(struct ata_unit *u);

/* For ata_dma.c: one block between the buffer and the disk; false: the command has failed. */
u32 ata_block_sectors(const struct ata_unit *u);
/* Or it goes on waiting for the host: then the timer is armed, and the block is tried again. */
bool ata_get_block(struct ata_unit *u);
bool ata_put_block(struct ata_unit *u);
void ata_finish(struct ata_unit *u); /* all sectors are done */

/* ---- ata_dma.c ---- */

void ata_dma_tick(struct ata_unit *u);
void ata_dma_go(struct ata_unit *u); /* the bus master has been started */

/* ---- ata_cmd.c, ata_identify.c ---- */

void ata_command(struct ata_unit *u, u8 command);
void ata_identify(const struct ata_unit *u, u8 page[512]);

#endif
