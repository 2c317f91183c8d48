/*
 * vnc_guard.c - messages of VNC clients. See vnc_guard.h; RFC 6143, and for message 255 the
 * description of QEMU's extended key event in the community's RFB protocol.
 */
#include "frontend/vnc/vnc_guard.h"

#include <string.h>

enum {
    SET_PIXEL_FORMAT = 0,
    SET_ENCODINGS = 2,
    UPDATE_REQUEST = 3,
    KEY_EVENT = 4,
    POINTER_EVENT = 5,
    CUT_TEXT = 6,
    QEMU = 255,
    QEMU_KEY = 0,
};

static u32 be16(const u8 *p)
{
    return (u32)p[0] << 8 | p[1];
}

static u32 be32(const u8 *p)
{
    return be16(p) << 16 | be16(p + 2);
}

static enum vnc_verdict bad(const char **why, const char *text)
{
    *why = text;
    return VNC_BAD;
}

/* A colour's part of a pixel: its greatest value is 2^n - 1, and it lies inside. */
static bool part_fits(u32 max, unsigned shift, unsigned bits)
{
    return max && (max & (max + 1)) == 0 && shift < bits && ((u64)max << shift) >> bits == 0;
}

static enum vnc_verdict pixel_format(const u8 *f, const char **why)
{
    unsigned bits = f[0];
    bool colours = f[3] != 0;
    if (bits != 8 && bits != 16 && bits != 32)
        return bad(why, "pixels of a size that there is not");
    if (!colours && bits != 8)
        return bad(why, "a palette for pixels of more than 8 bits");
    if (colours && (!part_fits(be16(f + 4), f[10], bits) || !part_fits(be16(f + 6), f[11], bits) ||
                    !part_fits(be16(f + 8), f[12], bits)))
        return bad(why, "colours that are not inside a pixel");
    return VNC_PASS;
}

/* Bytes of the fixed part; 0: no message of a viewer's. */
static size_t message_size(const u8 *head, size_t n)
{
    switch (head[0]) {
    case SET_PIXEL_FORMAT:
        return 20;
    case SET_ENCODINGS:
        return 4;
    case UPDATE_REQUEST:
        return 10;
    case KEY_EVENT:
    case CUT_TEXT:
        return 8;
    case POINTER_EVENT:
        return 6;
    case QEMU:
        return n < 2 ? 2 : head[1] == QEMU_KEY ? 12 : 0;
    default:
        return 0;
    }
}

static enum vnc_verdict message(const u8 *head, size_t n, const char **why)
{
    if (!n)
        return VNC_WAIT;
    size_t size = message_size(head, n);
    if (!size)
        return bad(why, "a message that no viewer sends");
    if (n < size)
        return VNC_WAIT;
    switch (head[0]) {
    case SET_PIXEL_FORMAT:
        return pixel_format(head + 4, why);
    case SET_ENCODINGS:
        return be16(head + 2) <= VNC_ENCODINGS ? VNC_PASS : bad(why, "too many encodings");
    case CUT_TEXT: {
        /* Negative: the extended clipboard's. */
        s32 len = (s32)be32(head + 4);
        return len <= VNC_TEXT && len >= -VNC_TEXT ? VNC_PASS : bad(why, "too long a text");
    }
    default:
        return VNC_PASS;
    }
}

enum vnc_verdict vnc_guard(enum vnc_step step, const u8 *head, size_t n, const char **why)
{
    enum { VERSION = 12, CHALLENGE = 16 };
    *why = NULL;
    switch (step) {
    case VNC_VERSION: {
        /* Nothing else begins so: a browser's page that was led here is seen at once. */
        size_t known = n < 4 ? n : 4;
        if (memcmp(head, "RFB ", known) != 0)
            return bad(why, "no VNC client");
        return n >= VERSION ? VNC_PASS : VNC_WAIT;
    }
    case VNC_RESPONSE:
        return n >= CHALLENGE ? VNC_PASS : VNC_WAIT;
    case VNC_SECURITY:
    case VNC_INIT:
        return n ? VNC_PASS : VNC_WAIT;
    case VNC_NORMAL:
        return message(head, n, why);
    }
    return VNC_WAIT;
}
