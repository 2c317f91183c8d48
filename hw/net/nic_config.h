/*
 * nic_config.h - a network card and its cable, as the configuration of a machine says it.
 */
#ifndef FERRITE_NIC_CONFIG_H
#define FERRITE_NIC_CONFIG_H

#include "hw/base/types.h"

enum nic_net {
    NET_NONE, /* no card at all */
    NET_USER, /* NAT with DHCP and DNS through the host's own connections (libslirp) */
    NET_LAN   /* a network of machines on this host */
};

enum nic_model { NIC_NE2K_ISA, NIC_NE2K_PCI, NIC_PCNET, NIC_PCNET_ISA };

enum { NIC_FORWARDS = 16, NIC_LAN_NAME = 32, LAN_PLACES = 16 };

/* Connections to the host's port lead to the guest's. Addresses as written, first byte first. */
struct nic_forward {
    bool udp;
    u8 host[4];
    u16 host_port;
    u8 guest[4];
    u16 guest_port;
};

struct nic_config {
    enum nic_net net;
    enum nic_model model;
    bool mac_set;
    u8 mac[6];
    u16 io;          /* ISA: first port; 0 = 300h */
    u8 irq;          /* ISA; 0 = 10 */
    bool restricted; /* user: the guest reaches nothing but DHCP and the forwards */
    struct nic_forward forward[NIC_FORWARDS];
    unsigned forwards;
    char lan[NIC_LAN_NAME + 1]; /* letters, digits, - and _ */
    const char *dump;           /* file for every frame, NULL = none */
};

#endif
