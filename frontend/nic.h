/*
 * nic.h - the value of -nic, parsed.
 */
#ifndef FERRITE_NIC_H
#define FERRITE_NIC_H

#include "hw/base/err.h"
#include "hw/vm_nic.h"

/* "user,model=ne2k_pci,hostfwd=tcp::2222-:22"; false + err (one line) on anything wrong. */
bool nic_parse(struct vm_nic *nic, const char *value, struct err *e);

#endif
