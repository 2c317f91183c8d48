/*
 * vnc_library.h - the functions of libvncserver that are used, loaded when somebody wants VNC.
 */
#ifndef FERRITE_VNC_LIBRARY_H
#define FERRITE_VNC_LIBRARY_H

#include "hw/base/err.h"

#include <rfb/rfb.h>

/* clang-format off */
#define VNC_LIBRARY_FUNCTIONS(X) \
    X(rfbCheckPasswordByList) X(rfbClientConnectionGone) X(rfbCloseClient) \
    X(rfbGetScreen) X(rfbLogEnable) X(rfbMarkRectAsModified) X(rfbNewClient) \
    X(rfbNewFramebuffer) X(rfbProcessClientMessage) X(rfbRandomBytes) X(rfbReadExact) \
    X(rfbRegisterProtocolExtension) X(rfbScreenCleanup) X(rfbUnregisterProtocolExtension) \
    X(rfbUpdateClient) X(rfbWriteExact)
/* clang-format on */

struct vnc_library {
    void *handle;
#define X(name) __typeof__(name) *name;
    VNC_LIBRARY_FUNCTIONS(X)
#undef X
};

bool vnc_library_open(struct vnc_library *lib, struct err *e);
void vnc_library_close(struct vnc_library *lib);

#endif
