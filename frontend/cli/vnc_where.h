/*
 * vnc_where.h - what stands behind `-display vnc=`: where the server listens, and who may come.
 */
#ifndef FERRITE_VNC_WHERE_H
#define FERRITE_VNC_WHERE_H

#include "frontend/link/link.h"

struct vnc_where {
    struct link_where place; /* LINK_UNIX or LINK_TCP */
    char password_file[256]; /* "": none */
    bool open;               /* no-password: whoever reaches the address may come in */
    bool no_paste;           /* paste=off: a viewer's clipboard is not typed */
};

/*
 * "[HOST]:N" (TCP port 5900 + N; the loopback address unless a host is given) or "unix:PATH", with
 * ",password-file=FILE", ",no-password", ",paste=off" behind. "" is ":0". false + err: what is
 * wrong, and what to write.
 */
bool vnc_where(struct vnc_where *w, const char *text, struct err *e);

#endif
