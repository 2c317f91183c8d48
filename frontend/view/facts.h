/*
 * facts.h - what menu and status line show of a machine: a copy, taken between two slices by the
 * thread that owns the machine, read by the one that draws.
 */
#ifndef FERRITE_FACTS_H
#define FERRITE_FACTS_H

#include "frontend/control/tree.h"
#include "frontend/view/settings.h"

enum {
    FACTS_DRIVES = 8,
    FACTS_STATES = 8,
    FACTS_WORDS = 120,
    FACTS_SOURCES = 12,
    FACTS_TREE = 20,
    FACTS_DEVICES = 12
};

struct fact_drive {
    char name[8];               /* in commands: "fda" */
    char label[24];             /* for a person: "A:", "CD", "Disk 1" */
    char medium[SETTINGS_PATH]; /* "": none */
    bool removable, read_only, locked;
    bool fixed;        /* cannot be written whatever the tab says */
    bool folder;       /* of the host, which can be read anew */
    bool stick;        /* at a USB port */
    bool pulled;       /* out of it */
    u64 read, written; /* sectors; they only grow */
};

struct fact_state {
    char path[SETTINGS_PATH];    /* where it is, or would be */
    char picture[SETTINGS_PATH]; /* its thumbnail */
    s64 time;                    /* seconds since 1970; 0: there is none yet */
};

/* Something in the machine that sounds. */
struct fact_source {
    char name[20];
    unsigned volume; /* percent */
    bool muted, playing;
};

struct facts {
    char machine[64]; /* a name for the title */
    char speed[40];   /* "486-66", "60 MIPS", "as fast as the host" */
    char limiter[60]; /* what makes it slower than that; "": nothing */
    unsigned percent; /* of real time */
    bool fast;        /* fast forward: not held to the host's clock */
    bool on;          /* the power is on */
    bool stopped;     /* guest time stands still, on somebody's wish or for a disk */
    bool clean;       /* nothing would be lost by switching off */
    bool sound;       /* the host can make some, and it is wanted */
    bool recording;   /* sound goes into a file */
    struct fact_source source[FACTS_SOURCES];
    unsigned sources;
    /* The host's sound devices, as the window has found them; it fills them in by itself. */
    char device[FACTS_DEVICES][SETTINGS_VALUE];
    unsigned devices;
    bool network;
    u64 sent, received; /* frames; they only grow */
    char video[80];     /* the file that picture and sound go into; "": none */
    unsigned recorded;  /* seconds of it */
    bool captured;      /* the host's mouse is the guest's */
    char release[40];   /* the keys that give it back */
    char menu_key[16], fast_key[32];
    char shots[SETTINGS_PATH];            /* the folder of screenshots and videos */
    char why_no_states[FACTS_WORDS];      /* states cannot be kept: why; "": they can */
    unsigned rewind;                      /* seconds that one can go back at most */
    char why_no_rewind[FACTS_WORDS + 80]; /* not at all, because */
    struct fact_drive drive[FACTS_DRIVES];
    unsigned drives;
    struct fact_state state[FACTS_STATES];
    bool named;         /* a machine that keeps snapshots by name, instead of those states: */
    unsigned snapshots; /* how many in all */
    struct tree_entry snapshot[FACTS_TREE]; /* the newest ones first */
    struct fact_state lost;                 /* saved when the display's server went away */
};

#endif
