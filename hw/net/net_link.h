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
    const char *cable;               /* property: of this name in the configuration */
    const struct nic_config *config; /* found by realize, or set before it; read by it only */
    struct net_port card;            /* takes what comes for the guest; the card's realize */
    u8 mac[NET_ADDRESS];             /* for a card without an own one, from realize on */

    struct net_backend *backend; /* NULL: nothing is plugged in */
    struct net_pcap *dump;
    struct net_queued *queue; /* frames on their way to the card */
    u16 head, count;
    struct timer arrive; /* the first of them has come over the cable */
    struct timer poll;   /* the next look at the host */
    u64 sent, received, lost;
};

extern const struct device_class net_link_class;

/*
 * For a card's realize: plug this cable (a device's name or id) into its socket. A card that has no
 * address (all zero) gets the cable's. `cable` NULL: the socket stays empty, and a card without an
 * address gets a usual one.
 */
bool net_link_plug(struct device *card, const char *cable, const struct net_port *receive,
                   struct net_port *out, u8 mac[NET_ADDRESS], struct err *e);
/* The card's side: a struct net_port function, opaque is the struct net_link. */
void net_link_from_card(void *opaque, const u8 *frame, size_t size);
/* Sleep until the host has something for the guest, at most so long. */
void net_link_wait(struct net_link *l, unsigned milliseconds);
/* Unplug it, close the file of frames; false + err when that was not all written. */
bool net_link_close(struct net_link *l, struct err *e);
/* Between slices: false + err when -netdump's file could not be written (net_pcap_ok()). */
bool net_link_ok(struct net_link *l, struct err *e);

#endif
