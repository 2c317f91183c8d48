/*
 * journal.h - everything that enters a machine from outside, with the instant at which it did.
 *
 * A machine is deterministic: its state and what entered since are all that is needed to be again
 * where it was. There are two kinds of entries. Some are calls from outside (a key, a diskette, a
 * reset), which come between two slices of guest time; to replay one, the machine stops at its
 * instant and does it. Others are answers that a device has asked the host for (a network frame, a
 * file's contents); the machine asks again at the same instant, and gets the entry instead.
 *
 * An instant is (instructions, guest ns): of instructions alone there are none while the processor
 * is halted, and of a fast one many lie in a nanosecond.
 *
 * Whoever owns the journal (hw/machine/vm_replay.c) says in which mode it is. Without a journal
 * (NULL) nothing is noted and nothing replayed.
 */
#ifndef FERRITE_JOURNAL_H
#define FERRITE_JOURNAL_H

#include "hw/base/err.h"
#include "hw/base/types.h"

/* Numbers are those of recorded files (frontend/timeline/): none may change. */
enum journal_kind {
    /* Calls; `unit` is the drive, stick or port. What follows is the entry's contents. */
    JOURNAL_KEY = 1,     /* u16 key, u8 down */
    JOURNAL_MOUSE = 2,   /* s32 dx, dy, dz, u32 buttons */
    JOURNAL_POINTER = 3, /* u16 x, y, s32 dz, u32 buttons */
    JOURNAL_STICK = 4,   /* u16 x, y, u32 buttons */
    JOURNAL_UNPLUG = 5,
    JOURNAL_POWER = 6,  /* the power button */
    JOURNAL_RESET = 7,  /* by a person, or by whoever answers what the guest has asked for */
    JOURNAL_SPEED = 8,  /* u64 ps for an instruction */
    JOURNAL_FLOPPY = 9, /* a medium goes in: u8 flags (1 read-only, 2 raw, 4 force), its path */
    JOURNAL_EJECT = 10,
    JOURNAL_PROTECT = 11, /* u8 on */
    JOURNAL_CD = 12,
    JOURNAL_CD_EJECT = 13, /* u8 force */
    JOURNAL_LOAD = 14,     /* a snapshot, whole */
    JOURNAL_CHECK = 15,    /* u64 hash of the processor: is the replay still the same run? */
    JOURNAL_BYTES = 16,    /* a serial port takes these */
    JOURNAL_CLOCK = 17,    /* u64 bits of the MHz (double), 16 bytes of the processor's name or 0 */
    JOURNAL_RENEW =
        18, /* a folder's disk is read anew; unit: place; u32 enum renewed, u32 opening */
    JOURNAL_NMI = 19,
    JOURNAL_PORT = 20,  /* a person's access: u32 port, size, is it OUT, value */
    JOURNAL_PLUG = 21,  /* a USB stick; unit: of the hard disks; u32 in */
    JOURNAL_CALLS = 31, /* the last number of a call */
    /* Answers. */
    JOURNAL_FRAME = 32,  /* from the network */
    JOURNAL_ANSWER = 33, /* of the guest port */
    /*
     * Neither: from now on sectors of a folder's disk are others (frontend/timeline/). Whenever
     * they are read next, if at all.
     */
    JOURNAL_SECTORS = 34,
    /* Answers again. */
    JOURNAL_SOUND = 35, /* a block of the line input: u64 number, then s16 left, right */
    JOURNAL_MIDI = 36   /* bytes of MIDI IN */
};

/* How disk_renew() ended: it is as it was; as the folder is now; not readable any more. */
enum renewed { RENEW_NOT, RENEWED, RENEW_LOST };

/* The unit of a CHECK: made now and then, or where a snapshot was saved. */
enum { JOURNAL_CHECKED, JOURNAL_SAVED };

struct journal_entry {
    u64 instructions, ns;
    size_t at; /* in journal.data */
    u32 size;
    u8 kind, unit;
    bool after; /* at its instant, the machine had done what the calls before it led to */
};

enum journal_mode {
    JOURNAL_OFF,
    JOURNAL_NOTES,  /* what enters is noted */
    JOURNAL_REPLAYS /* nothing enters but what is noted */
};

struct journal {
    enum journal_mode mode;
    bool settled; /* the next call is `after` */
    bool quiet;   /* what the machine says has been said before: nobody is told */
    bool failed;  /* out of memory: it has a gap, and cannot be replayed */
    struct journal_entry *entry;
    size_t count, capacity;
    u8 *data;
    size_t size, room;
    u64 forgotten;     /* entries before entry[0] */
    size_t next;       /* REPLAYS: the entry that comes next */
    struct err astray; /* REPLAYS: the run is not the same any more; "": it is */
    /* The present instant. */
    void (*now)(void *owner, u64 *instructions, u64 *ns);
    void *owner;
    /* NOTES: whoever writes them down; may be NULL. */
    void (*told)(void *opaque, const struct journal_entry *e, const u8 *data);
    /* The machine was taken back: the last so many entries have not happened. May be NULL. */
    void (*taken_back)(void *opaque, u64 entries);
    void *opaque;
    /* REPLAYS: a JOURNAL_SECTORS is past; NULL: nobody wants them. */
    void (*fact)(void *opaque, const struct journal_entry *e, const u8 *data);
    void *fact_opaque;
    bool keeps; /* NOTES: entries stay here; else they are only told */
};

static inline bool journal_notes(const struct journal *j)
{
    return j && j->mode == JOURNAL_NOTES;
}

static inline bool journal_replays(const struct journal *j)
{
    return j && unlikely(j->mode == JOURNAL_REPLAYS);
}

static inline bool journal_quiet(const struct journal *j)
{
    return j && unlikely(j->quiet);
}

/* Something enters now. Nothing happens unless the journal is kept. */
void journal_note(struct journal *j, enum journal_kind kind, unsigned unit, const void *data,
                  size_t size);
/* As an entry of this instant, whatever the mode: for whoever reads a recorded file. */
bool journal_add(struct journal *j, const struct journal_entry *e, const u8 *data);
/*
 * REPLAYS: the next entry, when it is of this kind and unit and due at this very instant, and step
 * over it; else NULL. Its contents are valid until the journal changes.
 */
const struct journal_entry *journal_take(struct journal *j, enum journal_kind kind, unsigned unit,
                                         const u8 **data);
/* REPLAYS: the next entry, if it is due now; NULL: nothing is. */
const struct journal_entry *journal_due(struct journal *j);
/* REPLAYS: facts (JOURNAL_SECTORS) of this instant and before are told and stepped over. */
void journal_facts(struct journal *j);
/* REPLAYS: the next call, due or not; NULL: there is none. */
const struct journal_entry *journal_next_call(const struct journal *j);
const u8 *journal_data(const struct journal *j, const struct journal_entry *e);
/* After all calls that are due: what has not happened though its time is past makes the replay
 * another run; journal.astray says so. */
void journal_look(struct journal *j);
PRINTF_LIKE(2, 3) void journal_lost(struct journal *j, const char *fmt, ...);

/* Numbers of entries count from the machine's beginning on. */
static inline u64 journal_end(const struct journal *j)
{
    return j->forgotten + j->count;
}
void journal_cut(struct journal *j, u64 end);      /* forget entries from this number on */
void journal_forget(struct journal *j, u64 first); /* and those before this one */
void journal_go(struct journal *j, u64 number);    /* REPLAYS: this one comes next */
u64 journal_room(const struct journal *j);         /* bytes it takes */
void journal_free(struct journal *j);

#endif
