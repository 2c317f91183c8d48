/*
 * net.h - Ethernet between a network card and what is at the other end of its cable.
 *
 * Frames are those of Ethernet II / IEEE 802.3 without preamble and FCS: 60 to 1514 bytes. Like
 * struct irq, a port is a function that somebody else filled in; one without goes nowhere.
 */
#ifndef FERRITE_NET_H
#define FERRITE_NET_H

#include "hw/base/types.h"

enum { NET_ADDRESS = 6, NET_HEADER = 14, NET_MIN = 60, NET_MAX = 1514 };

/* 10 Mbit/s; every frame has 8 bytes of preamble, 4 of FCS, and 9.6 us of silence after it. */
#define NET_BYTE_NS 800ull
#define NET_GAP_NS 9600ull

struct net_port {
    void (*frame)(void *opaque, const u8 *frame, size_t size);
    void *opaque;
};

static inline void net_send(const struct net_port *to, const u8 *frame, size_t size)
{
    if (to->frame)
        to->frame(to->opaque, frame, size);
}

/* How long a frame of `size` bytes keeps the cable busy. */
static inline u64 net_wire_ns(size_t size)
{
    return (size + 12) * NET_BYTE_NS + NET_GAP_NS;
}

#endif
