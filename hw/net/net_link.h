/*
 * net_link.h - the cable between the network card and the host's side (net_backend.h).
 */
#ifndef FERRITE_NET_LINK_H
#define FERRITE_NET_LINK_H

#include "hw/bus/device.h"
#include "hw/net/net.h"
#include "hw/net/net_backend.h"
#include "hw/net/net_pcap.h"

enum { NET_QUEUE = 128 };

struct net_queued {
    u16 size;
    u8 data[NET_MAX];
};

struct net_link {
    struct device dev;
    /* Set before realize. */
    const struct nic_config *config; /* read by realize only; NULL = no cable */
    struct net_port card;            /* takes what comes for the guest */
    u8 *mac;                         /* of the card, filled in by realize; may be NULL */

    struct net_backend *backend; /* NULL: nothing is plugged in */
    struct net_pcap *dump;
    struct net_queued *queue; /* frames on their way to the card */
    u16 head, count;
    struct timer arrive; /* the first of them has come over the cable */
    struct timer poll;   /* the next look at the host */
    u64 sent, received, lost;
};

extern const struct device_class net_link_class;

/* The card's side: a struct net_port function, opaque is the struct net_link. */
void net_link_from_card(void *opaque, const u8 *frame, size_t size);
/* Sleep until the host has something for the guest, at most so long. */
void net_link_wait(struct net_link *l, unsigned milliseconds);
/* Unplug it, close the file of frames; false + err when that was not all written. */
bool net_link_close(struct net_link *l, struct err *e);

#endif
