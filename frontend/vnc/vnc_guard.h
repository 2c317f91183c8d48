/*
 * vnc_guard.h - what a VNC client sends (RFB, RFC 6143, section 7), looked at before libvncserver
 * takes it: only the messages that a viewer needs get there, whole in their fixed part and with
 * sizes that make sense. The extensions that the library understands besides - files, scaled
 * screens, text chat - stay outside.
 */
#ifndef FERRITE_VNC_GUARD_H
#define FERRITE_VNC_GUARD_H

#include "hw/base/types.h"

#include <stddef.h>

enum {
    VNC_HEAD = 20,        /* bytes that are enough for any decision */
    VNC_TEXT = 1 << 16,   /* of a client's clipboard, at most */
    VNC_ENCODINGS = 1024, /* that a client may name */
};

/* How far a client has come. */
enum vnc_step { VNC_VERSION, VNC_SECURITY, VNC_RESPONSE, VNC_INIT, VNC_NORMAL };

enum vnc_verdict {
    VNC_WAIT, /* for more bytes */
    VNC_PASS, /* one message may be read */
    VNC_BAD,  /* this is no client of ours; *why says it */
};

/* The first `n` bytes (at most VNC_HEAD are looked at) that wait in this step. */
enum vnc_verdict vnc_guard(enum vnc_step step, const u8 *head, size_t n, const char **why);

#endif
