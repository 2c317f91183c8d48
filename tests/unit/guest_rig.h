/*
 * guest_rig.h - a driver's side of the guest port, for tests.
 */
#ifndef GUEST_RIG_H
#define GUEST_RIG_H

#include "hw/guest/ferrport.h"
#include "roundtrip.h"

enum { PORT_SELECT = FERRPORT_BASE, PORT_STATUS, PORT_DATA, PORT_CLAIM };

struct guest_answer {
    u8 status; /* of the port */
    u8 seq, error;
    u16 len;
    u32 a, b;
    u8 payload[PACKET_SIZE];
};

static inline void guest_send(struct bench *b, const struct request *r)
{
    u8 head[PACKET_REQUEST] = {r->op, r->seq, 0, 0, r->drive, r->al};
    put_le16(head + 2, r->len);
    put_le16(head + 6, r->handle);
    put_le32(head + 8, r->a);
    put_le32(head + 12, r->b);
    for (unsigned i = 0; i < PACKET_REQUEST; i++)
        out8(b, PORT_DATA, head[i]);
    unsigned i = 0;
    for (; i + 1 < r->len; i += 2) /* words, as a driver does with much */
        bus_out(&b->bus, PORT_DATA, get_le16(r->payload + i), 2);
    if (i < r->len)
        out8(b, PORT_DATA, r->payload[i]);
    out8(b, PORT_STATUS, 0);
}

static inline void guest_receive(struct bench *b, struct guest_answer *a)
{
    u8 head[PACKET_ANSWER];
    a->status = in8(b, PORT_STATUS);
    for (unsigned i = 0; i < PACKET_ANSWER; i++)
        head[i] = in8(b, PORT_DATA);
    a->seq = head[0];
    a->error = head[1];
    a->len = get_le16(head + 2);
    a->a = get_le32(head + 4);
    a->b = get_le32(head + 8);
    for (unsigned i = 0; i < a->len && i < sizeof(a->payload); i++)
        a->payload[i] = in8(b, PORT_DATA);
}

/* A request and its answer on the channel that is selected. */
static inline struct guest_answer *guest_ask(struct bench *b, const struct request *r)
{
    static struct guest_answer a;
    memset(&a, 0, sizeof(a));
    guest_send(b, r);
    guest_receive(b, &a);
    return &a;
}

#endif
