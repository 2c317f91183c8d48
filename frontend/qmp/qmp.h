/*
 * qmp.h - the machine for programs: JSON over a socket, in the envelope of QEMU's QMP (greeting,
 * qmp_capabilities, execute/arguments/id, return/error, events), whose specification is
 * docs/interop/qmp-spec of QEMU.
 *
 * Commands that QEMU has have its names, arguments and results (qmp_commands.c, qmp_query.c); each
 * row of the table of commands (frontend/control/command.h) is one besides, by its name with dashes
 * and its arguments' names. A client's commands are done one after the other, and answered in that
 * order; one that takes guest time holds only its own client's next ones.
 *
 * Not here: commands out of band, QOM, block jobs, migration. What libvirt asks for at start
 * (qom-list-types, device-list-properties) is answered as unknown.
 */
#ifndef FERRITE_QMP_H
#define FERRITE_QMP_H

#include "frontend/control/control.h"
#include "frontend/link/link.h"

struct qmp;

/* What the machine is that commands ask about; all borrowed, and outlives it. */
struct qmp_facts {
    const char *version; /* "0.1.0" */
    const char *name;    /* of the machine; NULL: none */
    u64 ram;             /* bytes */
    bool no_reboot;      /* a triple fault ends the run */
    /* Character channels by number, as the options say them; false: no more. */
    bool (*chardev)(void *opaque, unsigned i, const char **label, const char **where);
    void *opaque;
};

/* NULL + err, also when there is no library for JSON. The control is borrowed. */
struct qmp *qmp_new(struct control *c, const struct qmp_facts *facts, struct err *e);
/* After links_close(). NULL is fine. */
void qmp_free(struct qmp *q);
/* Who speaks at a place of -qmp. */
struct link_user qmp_user(struct qmp *q);

#endif
