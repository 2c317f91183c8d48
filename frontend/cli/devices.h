/*
 * devices.h - what -device, -chardev and -netdev say, and machine files in their sections: rows of
 * devices, and what is at the other ends of their cables.
 */
#ifndef FERRITE_DEVICES_H
#define FERRITE_DEVICES_H

#include "hw/base/row.h"
#include "hw/machine/vm.h"

enum { DEVICE_ROWS = 32, CHARDEVS = 8, NETDEVS = 4 };

struct chardev {
    char id[40];
    char to[1100]; /* as -serial says it: "file:PATH" */
};

struct devices {
    struct row *row[DEVICE_ROWS];
    unsigned rows;
    struct chardev *chardev[CHARDEVS];
    unsigned chardevs;
    struct vm_netdev *netdev[NETDEVS]; /* the ids are theirs to free */
    unsigned netdevs;
};

/*
 * One more, from a row: a device (class and properties are looked at), a chardev (driver: file,
 * stdio, socket, null; path=) or a netdev (driver: user, lan; the keys of -nic). The row is copied.
 */
bool devices_add(struct devices *d, const struct row *row, struct err *e);
bool devices_add_chardev(struct devices *d, const struct row *row, struct err *e);
bool devices_add_netdev(struct devices *d, const struct row *row, struct err *e);
void devices_free(struct devices *d);

/*
 * Is it "help" or "NAME,help"? Then the list is written to `out`, or err is filled, and *ok says
 * which.
 */
bool devices_help(const char *value, FILE *out, bool *ok, struct err *e);

#endif
