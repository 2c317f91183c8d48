/*
 * net_backend.h - what may be at the far end of the cable: the user's network, a LAN.
 */
#ifndef FERRITE_NET_BACKEND_H
#define FERRITE_NET_BACKEND_H

#include "hw/base/clock.h"
#include "hw/base/err.h"
#include "hw/base/log.h"
#include "hw/net/net.h"
#include "hw/net/nic_config.h"
#include <stdio.h>

struct net_backend {
    /* Filled in by the cable (net_link.c), which calls poll() with the guest's time standing
     * still. Frames may come through to_guest at any time inside send() and poll(). */
    struct net_port to_guest;
    const struct clock *clock;
    struct log *log;

    /* A frame from the guest, NET_MIN to NET_MAX bytes. */
    void (*send)(struct net_backend *b, const u8 *frame, size_t size);
    /* Look what the host has, and how late it is. */
    void (*poll)(struct net_backend *b);
    /* Sleep until the host has something, at most so long. */
    void (*wait)(struct net_backend *b, unsigned milliseconds);
    void (*describe)(const struct net_backend *b, FILE *out);
    void (*free)(struct net_backend *b);
};

/* NULL + err. What the caller wants known (clock, log, to_guest) is copied from *like. */
struct net_backend *net_slirp_new(const struct nic_config *nic, const struct net_backend *like,
                                  struct err *e);
/* *place: the machine's number on the LAN, which makes its address unique. */
struct net_backend *net_lan_new(const struct nic_config *nic, const struct net_backend *like,
                                unsigned *place, struct err *e);

#endif
