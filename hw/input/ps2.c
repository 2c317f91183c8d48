/*
 * ps2.c - queues of a PS/2 cable, and the table by which a PC's 8042 turns scan-code set 2 into
 * set 1 (IBM Personal System/2 Hardware Interface Technical Reference, keyboard controller).
 */
#include "hw/input/ps2.h"
#include "hw/base/state.h"
#include <string.h>

/* clang-format off */
static const u8 set1[256] = {
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59,
    0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b,
    0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f,
    0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61,
    0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f,
    0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
    0x80, 0x81, 0x82, 0x41, 0x54, /* 83h is F7, 84h SysRq; from 85h on codes pass unchanged */
};
/* clang-format on */

u8 ps2_to_set1(u8 code)
{
    return code < 0x85 ? set1[code] : code;
}

static void notify(struct ps2_link *l)
{
    if (l->notify)
        l->notify(l->controller);
}

void ps2_reply(struct ps2_link *l, u8 byte)
{
    if (l->reply_count == PS2_REPLIES) {
        /* The host sends command after command and reads nothing: the oldest answer is lost. */
        memmove(l->reply, l->reply + 1, PS2_REPLIES - 1);
        l->reply_count--;
    }
    l->reply[l->reply_count++] = byte;
    notify(l);
}

bool ps2_queue(struct ps2_link *l, const u8 *bytes, unsigned count, unsigned limit)
{
    if (limit > PS2_QUEUE)
        limit = PS2_QUEUE;
    if (l->queue_count + count > limit)
        return false;
    for (unsigned i = 0; i < count; i++)
        l->queue[(l->queue_head + l->queue_count++) % PS2_QUEUE] = bytes[i];
    notify(l);
    return true;
}

void ps2_clear(struct ps2_link *l)
{
    l->queue_count = 0;
    l->reply_count = 0;
}

u8 ps2_take(struct ps2_link *l)
{
    if (l->reply_count) {
        l->last_sent = l->reply[0];
        memmove(l->reply, l->reply + 1, --l->reply_count);
    } else if (l->queue_count) {
        l->last_sent = l->queue[l->queue_head];
        l->queue_head = (l->queue_head + 1) % PS2_QUEUE;
        l->queue_count--;
    }
    return l->last_sent;
}

void ps2_state(struct ps2_link *l, struct state *s)
{
    state_bytes(s, "reply", l->reply, sizeof(l->reply));
    state_u8(s, "reply_count", &l->reply_count);
    state_bytes(s, "queue", l->queue, sizeof(l->queue));
    state_u8(s, "queue_head", &l->queue_head);
    state_u8(s, "queue_count", &l->queue_count);
    state_u8(s, "last_sent", &l->last_sent);
    if (state_loading(s) && (l->reply_count > PS2_REPLIES || l->queue_head >= PS2_QUEUE ||
                             l->queue_count > PS2_QUEUE)) {
        ps2_clear(l);
        l->queue_head = 0;
        state_fail(s, "PS/2 queue: impossible length");
    }
}
