/*
 * dos_memory.h - extended and expanded memory of `ferrite dos`: what -xms and -ems say, the board
 * that EMS needs, the drivers' lines of CONFIG.SYS.
 */
#ifndef FERRITE_DOS_MEMORY_H
#define FERRITE_DOS_MEMORY_H

#include "frontend/cli/devices.h"
#include "frontend/dos/dos_source.h"

#include <stddef.h>

enum dos_driver {
    DRIVER_OURS, /* FERRXMS.SYS, FERREMS.SYS */
    DRIVER_NONE,
    DRIVER_DOS /* the one that the DOS has */
};

struct dos_memory_kind {
    enum dos_driver driver;
    u32 mb; /* 0: XMS all there is, EMS DOS_EMS_MB */
    bool said;
};

struct dos_memory {
    struct dos_memory_kind xms, ems;
};

enum { DOS_EMS_MB = 8, DOS_EMS_MOST = 32 };

/* The value of -xms or -ems: megabytes, "off" or "dos". false + err. */
bool dos_memory_set(struct dos_memory_kind *k, const char *option, const char *value, u32 most,
                    struct err *e);
/*
 * The board that -ems wants, as -device says it, into `text`; false: none, or the machine has one
 * already. `bios`: with a BIOS other than ours, which may be where the page frame usually is.
 */
bool dos_memory_device(const struct dos_memory *m, const struct devices *d, bool bios, char *text,
                       size_t size);
/* Does this DOS have the drivers that are asked for? false + err. */
bool dos_memory_there(const struct dos_memory *m, const struct dos_source *dos, struct err *e);
/* The lines of CONFIG.SYS that load them; the number of bytes, as snprintf() counts. */
int dos_memory_lines(const struct dos_memory *m, const struct dos_source *dos, char *text,
                     size_t size);

#endif
