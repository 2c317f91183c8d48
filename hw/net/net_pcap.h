/*
 * net_pcap.h - a file of all frames on the cable, for Wireshark and its like.
 */
#ifndef FERRITE_NET_PCAP_H
#define FERRITE_NET_PCAP_H

#include "hw/base/err.h"
#include "hw/base/types.h"

struct net_pcap;

struct net_pcap *net_pcap_open(const char *path, struct err *e);
/* `at`: guest time, ns. */
void net_pcap_frame(struct net_pcap *p, u64 at, const u8 *frame, size_t size);
/*
 * Gives the host what has come since the last time. false + err when not everything could be
 * written: the file has a gap; that is said once.
 */
bool net_pcap_ok(struct net_pcap *p, struct err *e);
/* The same, for the last time. */
bool net_pcap_close(struct net_pcap *p, struct err *e);

#endif
