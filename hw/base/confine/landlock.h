/*
 * landlock.h - what a process may still reach of the file system and of TCP: Landlock's rules,
 * which are allow-lists of files and folders (Linux' Documentation/userspace-api/landlock.rst).
 */
#ifndef FERRITE_LANDLOCK_H
#define FERRITE_LANDLOCK_H

#include "hw/base/confine/grants.h"
#include "hw/base/err.h"

/* The kernel's version of the interface; 0: it has none, or it is switched off. */
int landlock_version(void);
/* Versions from which on it rules over TCP, devices' ioctl(), and abstract Unix sockets. */
enum { LANDLOCK_TCP = 4, LANDLOCK_DEVICES = 5, LANDLOCK_SCOPES = 6 };

struct landlock_rules {
    const struct grants *grants;
    bool tcp_bind, tcp_connect; /* are left as they are */
    bool abstract_sockets;      /* so are connections to Unix sockets without a path */
    /* Signals reach only who was closed in by this or below it: not older threads either. */
    bool signals_inside;
};

/*
 * A ruleset's descriptor for landlock_enter(), -1 + err. Folders and files that are not there are
 * passed over.
 */
int landlock_make(const struct landlock_rules *rules, struct err *e);
/* The calling thread, and all that it starts from now on. 0 or an errno value; as a signal handler
 * may. */
int landlock_enter(int ruleset);

#endif
