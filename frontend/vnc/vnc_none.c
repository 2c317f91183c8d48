/*
 * vnc_none.c - stands in for the VNC server in a build without libvncserver's headers.
 */
#include "frontend/vnc/vnc.h"

bool vnc_run(struct machine *m, struct err *e)
{
    (void)m;
    return err_set(e, "-display vnc: this build has no VNC server; install libvncserver-dev and "
                      "build again");
}
