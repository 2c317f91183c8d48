/*
 * vm_nic.h - a network card and its cable, as the configuration of a machine says it.
 */
#ifndef FERRITE_VM_NIC_H
#define FERRITE_VM_NIC_H

#include "hw/base/types.h"

enum vm_net {
    VM_NET_NONE, /* no card at all */
    VM_NET_USER, /* NAT with DHCP and DNS through the host's own connections (libslirp) */
    VM_NET_LAN   /* a network of machines on this host */
};

enum vm_nic_model { VM_NIC_NE2K_ISA, VM_NIC_NE2K_PCI };

enum { VM_FORWARDS = 16, VM_LAN_NAME = 32 };

/* Connections to the host's port lead to the guest's. Addresses as written, first byte first. */
struct vm_forward {
    bool udp;
    u8 host[4];
    u16 host_port;
    u8 guest[4];
    u16 guest_port;
};

struct vm_nic {
    enum vm_net net;
    enum vm_nic_model model;
    bool mac_set;
    u8 mac[6];
    u16 io;          /* ISA: first port; 0 = 300h */
    u8 irq;          /* ISA; 0 = 10 */
    bool restricted; /* user: the guest reaches nothing but DHCP and the forwards */
    struct vm_forward forward[VM_FORWARDS];
    unsigned forwards;
    char lan[VM_LAN_NAME + 1]; /* letters, digits, - and _ */
    const char *dump;          /* file for every frame, NULL = none */
};

#endif
