/*
 * nic.h - the value of -nic, parsed.
 */
#ifndef FERRITE_NIC_H
#define FERRITE_NIC_H

#include "hw/base/err.h"
#include "hw/net/nic_config.h"

/* "user,model=ne2k_pci,hostfwd=tcp::2222-:22"; false + err (one line) on anything wrong. */
bool nic_parse(struct nic_config *nic, const char *value, struct err *e);

/* The same for -netdev: of the network only, nothing of the card; err without the option's name. */
bool netdev_parse(struct nic_config *nic, const char *value, struct err *e);

#endif
