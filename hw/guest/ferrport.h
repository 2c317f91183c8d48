/*
 * ferrport.h - the guest port: four ports by which a program in the guest asks the host for
 * something. README.md has the protocol.
 */
#ifndef FERRITE_FERRPORT_H
#define FERRITE_FERRPORT_H

#include "hw/bus/device.h"
#include "hw/guest/guest_config.h"
#include "hw/guest/packet.h"

enum { FERRPORT_BASE = 0x8920, FERRPORT_CHANNELS = 8, FERRPORT_VERSION = 1 };

/* How the program ended: DOS' own kinds (INT 21h AH=4Dh), then why it never began. */
enum guest_end_kind {
    GUEST_END_NORMAL,
    GUEST_END_CTRL_C,
    GUEST_END_CRITICAL, /* "Abort" */
    GUEST_END_TSR,
    GUEST_END_NOT_FOUND,   /* the code is DOS' error */
    GUEST_END_NOT_STARTED, /* likewise */
    GUEST_END_CRASHED,     /* the code is the exception that DOS ended it for: 0 #DE, 6 #UD */
};

struct ferrport_channel {
    bool claimed;
    bool answering; /* the packet is an answer, else a request that is being written */
    bool bad;       /* the last doorbell found no request that could be answered */
    bool overflow;
    u16 at;   /* bytes written or read so far */
    u16 size; /* of the answer */
    u8 packet[PACKET_SIZE];
};

struct ferrport_text {
    u8 *bytes;
    u16 size;
};

enum ferrport_run_item { RUN_DIRECTORY, RUN_PROGRAM, RUN_TAIL, RUN_ENVIRONMENT, RUN_ITEMS };

struct shares;

struct ferrport {
    struct device dev;
    /* Set before realize. */
    const struct guest_config *config; /* is copied; NULL: all zero */
    struct guest_cd cd;                /* but for the letter, which is in config */
    struct irq exit;                   /* pulsed by OP_EXIT */
    bool host_time;                    /* the guest's clock is the host's, so OP_TIME may tell it */

    struct shares *shares; /* NULL until realize */
    struct ferrport_text run[RUN_ITEMS];
    bool run_wanted, stay, unattended, mouse, no_prompt, output, input;
    void (*print)(void *opaque, unsigned stream, const u8 *bytes, size_t n);
    bool (*read)(void *opaque, u8 *bytes, size_t *n);
    void *print_opaque;
    u8 selected, signature;
    u8 exit_code, exit_kind;
    struct ferrport_channel channel[FERRPORT_CHANNELS];
};

extern const struct device_class ferrport_class;

/*
 * What the program's end means as an exit status: its own code; 130 for Ctrl-C; 126 when DOS could
 * not start it, 127 when it was not there.
 */
int ferrport_status(const struct ferrport *p);
/* What DOS ended the program for, in words: "a division ..."; NULL: it did not. */
const char *ferrport_crash(const struct ferrport *p);

#endif
