/*
 * atapi.h - an ATAPI CD-ROM drive, or a removable disk, as a device on an IDE channel.
 *
 * It shares struct ata_unit with the disks: task file, status, timer, buffer. ata.c hands over
 * where a packet device differs; atapi.c is the PACKET protocol, the medium and the state,
 * atapi_cmd.c the commands in the packets, atapi_audio.c those that play, atapi_pages.c the tables
 * that some of them return.
 */
#ifndef FERRITE_ATAPI_H
#define FERRITE_ATAPI_H

#include "hw/storage/ata.h"
#include "hw/storage/cd_disc.h"

enum {                  /* Interrupt Reason, in the Sector Count register */
       ATAPI_CD = 0x01, /* a command packet or the status, not data */
       ATAPI_IO = 0x02  /* to the host */
};

enum { /* sense keys */
       SENSE_NONE = 0,
       SENSE_NOT_READY = 2,
       SENSE_MEDIUM_ERROR = 3,
       SENSE_ILLEGAL_REQUEST = 5,
       SENSE_UNIT_ATTENTION = 6,
       SENSE_DATA_PROTECT = 7
};

/* Additional sense code and qualifier, in one number. */
enum {
    ASC_NONE = 0x0000,
    ASC_WRITE_FAULT = 0x0300,
    ASC_UNRECOVERED_READ = 0x1100,
    ASC_INVALID_OPCODE = 0x2000,
    ASC_PARAMETER_LENGTH = 0x1a00,
    ASC_LBA_OUT_OF_RANGE = 0x2100,
    ASC_INVALID_FIELD = 0x2400,
    ASC_INVALID_PARAMETER = 0x2600,
    ASC_WRITE_PROTECTED = 0x2700,
    ASC_MEDIUM_CHANGED = 0x2800,
    ASC_RESET = 0x2900,
    ASC_SEQUENCE = 0x2c00,
    ASC_SAVING_NOT_SUPPORTED = 0x3900,
    ASC_NO_MEDIUM = 0x3a00,
    ASC_NO_MEDIUM_CLOSED = 0x3a01,
    ASC_NO_MEDIUM_OPEN = 0x3a02,
    ASC_REMOVAL_PREVENTED = 0x5302,
    ASC_WRONG_TRACK_MODE = 0x6400
};

enum { ATAPI_PACKET = 12, ATAPI_AUDIO_CONTROL = 5 };

/* What GET EVENT STATUS NOTIFICATION reports next. */
enum atapi_event { EVENT_NONE, EVENT_EJECT_REQUEST, EVENT_NEW_MEDIUM, EVENT_REMOVAL };

/* Audio status, as READ SUB-CHANNEL returns it. */
enum {
    AUDIO_PLAYING = 0x11,
    AUDIO_PAUSED = 0x12,
    AUDIO_COMPLETED = 0x13,
    AUDIO_ERROR = 0x14,
    AUDIO_NONE = 0x15
};

/* Playing, or looking through the disc. */
enum atapi_scan { SCAN_OFF, SCAN_FORWARD, SCAN_BACKWARD };

/* Sub-channel data that READ CD may want behind each sector. */
enum { SUB_NONE = 0, SUB_RAW = 1, SUB_Q = 2 };

struct atapi {
    struct cd_disc *medium; /* in the tray; borrowed; NULL: none */
    bool tray_open, locked;
    u8 event;                      /* enum atapi_event */
    bool reset_attention, changed; /* unit attentions that nobody has been told of yet */
    u8 sense_key;
    u16 asc;
    u8 packet[ATAPI_PACKET];
    u8 audio_control[ATAPI_AUDIO_CONTROL]; /* bytes 2, 8-11 of mode page 0Eh */

    /* The transfer under way. unit->buffer[unit->len..fill) comes in later DRQ blocks. */
    u32 fill;
    u32 limit;  /* bytes a DRQ block at most */
    u32 lba;    /* next block to be read from the disc ... */
    u32 blocks; /* ... and how many */
    u8 parts;   /* of a sector: READ CD's flags; 10h: the block alone */
    u8 sub;     /* SUB_* */
    u8 type;    /* READ CD's expected sector type; 0: any */
    bool dma;   /* by bus master, not through the data port */
    bool cut;   /* the medium went away in the middle */

    /* Of a removable disk (unit->disk is its medium): a WRITE is under way, so many sectors more.
     */
    bool writing;
    u32 left;

    /* What it plays (atapi_audio.c). */
    bool lba_read;   /* the head is where data was read last, and not where playing ended */
    u8 audio;        /* AUDIO_*; what is heard: hw/machine/cd_sound.h */
    u32 audio_lba;   /* where the head was at ... */
    u64 audio_since; /* ... this time, if it plays */
    u32 audio_end;
    u8 audio_scan; /* enum atapi_scan: how it plays; backward, audio_end is the last block */
    /*
     * Who hears it: told before what is heard changes (`begun` false), and when playing has begun
     * (true). May be NULL.
     */
    void (*jack)(void *opaque, bool begun);
    void *jack_opaque;
};

static inline void atapi_jack(const struct atapi *a, bool begun)
{
    if (a->jack)
        a->jack(a->jack_opaque, begun);
}

struct atapi_command {
    u8 code, flags; /* ATAPI_MEDIUM, ATAPI_ALWAYS */
    const char *name;
    void (*run)(struct ata_unit *u);
};

/* Needs a medium; unit attention does not stop it. */
enum { ATAPI_MEDIUM = 1, ATAPI_ALWAYS = 2 };

/* Called by ata.c and ide.c. */
void atapi_reset(struct ata_unit *u, bool hard);
void atapi_command(struct ata_unit *u, u8 command);
void atapi_tick(struct ata_unit *u);
void atapi_block_done(struct ata_unit *u);
void atapi_state(struct ata_unit *u, struct state *s);

/* The person's side. The caller closes what it has put in after it is out again. */
struct cd_disc *atapi_medium(const struct ata_unit *u);
void atapi_insert(struct ata_unit *u, struct cd_disc *medium); /* tray in, and closed */
/*
 * The eject button. NULL: nothing in, or the guest has locked the drive (*locked), which is then
 * asked to let go; `force` is the paper clip.
 */
struct cd_disc *atapi_eject(struct ata_unit *u, bool force, bool *locked);

/* ---- for atapi_cmd.c: ways to end a command ---- */

void atapi_good(struct ata_unit *u);
void atapi_check(struct ata_unit *u, u8 key, u16 asc);
/* unit->buffer[0..n) to the host, at most as much as it allows. */
void atapi_reply(struct ata_unit *u, u32 n, u32 allowed);
/* buffer[0..n) from the host, 1 to ATA_BUFFER bytes; then atapi_received(). */
void atapi_request(struct ata_unit *u, u32 n);
/* A READ CD of these blocks: parts of the sector, its type (0: any), sub-channel. */
void atapi_read_blocks(struct ata_unit *u, u32 lba, u32 blocks, u8 parts, u8 type, u8 sub);
void atapi_open_tray(struct ata_unit *u);
void atapi_close_tray(struct ata_unit *u);
static inline bool atapi_ready(const struct atapi *a)
{
    return a->medium && !a->tray_open;
}

/* More of what atapi_request() asked for. */
void atapi_request_more(struct ata_unit *u, u32 n);
/* The command's next step a moment later, once more: the host's disk waits for a person. */
void atapi_again(struct ata_unit *u, enum ata_phase phase);

/* ---- atapi_disk.c: unit->disk is the medium ---- */

static inline bool atapi_ready_disk(const struct ata_unit *u)
{
    return !u->atapi->tray_open; /* what the guest has put out */
}

const struct atapi_command *atapi_disk_commands(size_t *count);
void atapi_disk_identify(const struct ata_unit *u, u16 *words);
/* The next sectors of a read into the buffer. false: the command has ended, or waits. */
bool atapi_disk_fill(struct ata_unit *u);
/* What came is written. false: no WRITE is under way. */
bool atapi_disk_received(struct ata_unit *u);
/* The host has another medium there: the guest is told. */
void atapi_disk_changed(struct ata_unit *u);
void atapi_disk_state(struct ata_unit *u, struct state *s);

/* ---- atapi_audio.c ---- */

void atapi_play(struct ata_unit *u);
void atapi_play_msf(struct ata_unit *u);
void atapi_play_track(struct ata_unit *u);
void atapi_pause_resume(struct ata_unit *u);
void atapi_stop_play(struct ata_unit *u);
void atapi_scan(struct ata_unit *u);
/*
 * The block that is played `frames` (1/75 s) after playing began; false: it is over by then.
 */
bool atapi_audio_block(const struct atapi *a, u64 frames, u32 *lba);
/* Whatever plays stops where it is; `status` is what is told from now on. */
void atapi_audio_stop(struct ata_unit *u, u8 status);
/* The block that is under the head while it plays, or where it came to rest. */
u32 atapi_audio_position(const struct ata_unit *u);
/* READ SUB-CHANNEL's answer (24 bytes of room); its length, or 0: invalid field. */
u32 atapi_sub_channel(struct ata_unit *u, u8 *out);
u32 atapi_sub_bytes(u8 sub);
void atapi_put_sub(const struct cd_disc *d, u32 lba, u8 sub, u8 *out);

/* ---- atapi_cmd.c, atapi_pages.c ---- */

void atapi_execute(struct ata_unit *u);
void atapi_request_sense(struct ata_unit *u);
void atapi_received(struct ata_unit *u); /* what atapi_request() asked for is in the buffer */
void atapi_identify(const struct ata_unit *u, u8 page[512]);
/* Each fills `out` (of ATA_BUFFER bytes) and returns the length; 0: not such a one. */
u32 atapi_mode_page(const struct atapi *a, u8 control, u8 page, u8 *out);
/*
 * MODE SELECT's pages, n bytes: what can be changed is, or, with a sense code (ASC_*), nothing.
 * Bits that cannot be changed are passed over.
 */
u16 atapi_select_pages(struct atapi *a, const u8 *pages, u32 n);
void atapi_default_pages(struct atapi *a);
u32 atapi_configuration(const struct atapi *a, u8 which, u16 first, u8 *out);
u32 atapi_toc(const struct atapi *a, u8 format, bool msf, u8 track, u8 *out);

#endif
