/*
 * net_fragments.h - IPv4 fragments from the guest, put together before the user network sees them.
 */
#ifndef FERRITE_NET_FRAGMENTS_H
#define FERRITE_NET_FRAGMENTS_H

#include "hw/net/net.h"

enum { NET_DATAGRAM = 65535 }; /* the longest, with its header */

struct net_fragments {
    u32 head, have; /* bytes of the header and of the data so far; head = 0: none */
    u8 frame[NET_HEADER + NET_DATAGRAM];
};

/*
 * A frame goes in; true: *frame is one to pass on - itself, or the whole datagram that it
 * completes, valid until the next call. False: it waits for the rest, or is a fragment that fits
 * nothing.
 */
bool net_fragments_join(struct net_fragments *f, const u8 **frame, size_t *size);

#endif
