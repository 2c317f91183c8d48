/*
 * ps2.h - the cable between the 8042 and a PS/2 device: bytes one way and the other.
 *
 * The device owns the link. What it has to say waits in the link: replies to commands overtake
 * scan codes or movements, as in the real devices. The controller takes a byte when it is ready
 * for one. pc.c plugs the cable in with i8042_connect().
 */
#ifndef FERRITE_PS2_H
#define FERRITE_PS2_H

#include "hw/base/types.h"

struct state;

enum { PS2_QUEUE = 32, PS2_REPLIES = 8 };

struct ps2_link {
    /* Device end. */
    void *device;
    void (*receive)(void *device, u8 byte); /* the host sent a byte */
    u8 reply[PS2_REPLIES], reply_count;
    u8 queue[PS2_QUEUE], queue_head, queue_count;
    u8 last_sent; /* for "resend" */
    /* Controller end. */
    void *controller;
    void (*notify)(void *controller); /* there is something to fetch; may be NULL */
};

void ps2_reply(struct ps2_link *l, u8 byte);
/* False, and nothing is queued, when not all of it fits below `limit` bytes. */
bool ps2_queue(struct ps2_link *l, const u8 *bytes, unsigned count, unsigned limit);
void ps2_clear(struct ps2_link *l);
static inline bool ps2_has_byte(const struct ps2_link *l)
{
    return l->reply_count || l->queue_count;
}
u8 ps2_take(struct ps2_link *l);
void ps2_state(struct ps2_link *l, struct state *s);

/* A code of scan-code set 2 as the 8042 translates it to set 1 (without the break bit). */
u8 ps2_to_set1(u8 code);

#endif
