/*
 * vnc.h - the machine's screen, keyboard and mouse for VNC viewers (-display vnc=).
 */
#ifndef FERRITE_VNC_H
#define FERRITE_VNC_H

#include "frontend/cli/machine.h"

/* Run the machine until it ends, kept to the host's clock. false + err: it did not begin. */
bool vnc_run(struct machine *m, struct err *e);

#endif
