/*
 * guest_config.h - what the guest port is to tell and to share (hw/guest/README.md).
 */
#ifndef FERRITE_GUEST_CONFIG_H
#define FERRITE_GUEST_CONFIG_H

#include "hw/base/types.h"

/*
 * What FERRITE RUN starts. All texts are bytes as DOS is to see them, in the guest's code page;
 * they are copied when the machine is made.
 */
struct guest_run {
    const char *program;   /* path of a .COM, .EXE or .BAT; NULL: there is nothing to run */
    const char *directory; /* "D:\SUB" to change to first; NULL: stay where DOS starts */
    const char *tail;      /* bytes behind the program's name as typed; NULL: none */
    /* "NAME=VALUE" strings, each ended by a zero, one more zero at the end; NULL: none. They are
     * added to what DOS gives its shell, or replace it. */
    const char *environment;
    bool stay;       /* a prompt when the program has ended, instead of the machine's end */
    bool unattended; /* nobody can answer "Abort, Retry, Fail": it fails */
    bool no_prompt;  /* nobody could type at one: a program that stays resident is the end, too */
    bool output;     /* what it prints by DOS is for the host (guest_config.output) */
    bool input;      /* and what it reads comes from there (guest_config.input) */
    bool mouse;      /* with our driver for INT 33h, unless there is one already */
};

/* A folder of the host that the guest may see as a drive. */
struct guest_share {
    const char *name; /* 1 to 11 letters and digits; also the volume's label */
    const char *path;
    bool writable;
    bool lower;  /* files that the guest makes get names in lower case */
    bool absent; /* in a replay, where all that is asked of it is known: nothing is opened */
    char letter; /* FERRITE RUN gives it this drive; 0: nobody does by itself */
};

/* The machine's CD-ROM drive, whose files FERRITE CD makes a drive of DOS. */
struct iso_disc;
struct guest_cd {
    /* false: the machine has no such drive. *disc: what is in it; `read` is NULL: nothing. */
    bool (*drive)(void *opaque, struct iso_disc *disc); /* NULL: no drive */
    void *opaque;
    u16 port;    /* of its channel's command block */
    u8 device;   /* 0 or 1 there */
    char letter; /* FERRITE RUN gives it this one; 0: nobody does by itself */
};

enum { GUEST_SHARES = 8, GUEST_SHARE_NAME = 11 };

struct guest_config {
    bool off; /* no port: nothing tells the guest that this is no ordinary PC */
    struct guest_run run;
    /* Takes what a program prints; stream: 1 standard output, 2 standard error. May be NULL. */
    void (*output)(void *opaque, unsigned stream, const u8 *bytes, size_t n);
    /*
     * Waits for 1 to *n bytes for a program to read, and says in *n how many; 0: there are no more.
     * false: the run is to end, and whether there are more is not known. May be NULL: none.
     */
    bool (*input)(void *opaque, u8 *bytes, size_t *n);
    void *output_opaque; /* of both */
    struct guest_share share[GUEST_SHARES];
    unsigned shares;
    char cd_letter;    /* of the CD-ROM drive; 0: FERRITE RUN makes it none */
    unsigned codepage; /* of the guest, for names: 437, 850, 852, 866, 1252; 0: 437 */
};

#endif
