/*
 * vnc_client.c - one VNC client, in a thread of its own. See vnc_server.h; RFC 6143.
 *
 * libvncserver's own loops are not used: its functions for one message and for one update are
 * called here, after what has come was looked at (vnc_guard.h), so that no client gets at more of
 * it than a viewer needs. A client has HANDSHAKE_SECONDS to be let in, and as long for a message
 * that it has begun. One that wants pictures and does not read them is given up by the library
 * after some seconds; what waits meanwhile is only this thread.
 *
 * Not modelled: WebSockets (any page in a browser could come in), the guest's cursor as a shape of
 * its own, sound, the guest's clipboard.
 */
#include "frontend/vnc/vnc_server.h"

#include "frontend/vnc/vnc_guard.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define HANDSHAKE_SECONDS 20.0

enum {
    WIDTH = 720, /* before the guest shows anything */
    HEIGHT = 400,
    MESSAGES = 64,      /* read in a row, before a picture is sent */
    PATIENCE_MS = 1000, /* of a look at the clock */
    HALF_MS = 20,       /* until the rest of a message is looked for */
    QEMU_KEYS = -258,   /* the pseudo-encoding */
};

/* ---- what a client does, as the library tells it ---- */

static void on_key(rfbBool down, rfbKeySym keysym, rfbClientPtr cl)
{
    struct vnc_client *c = cl->clientData;
    vnc_send(c->vnc, (struct vnc_input){
                         .kind = VNC_KEY, .client = c->number, .keysym = keysym, .down = down});
}

static void on_pointer(int mask, int x, int y, rfbClientPtr cl)
{
    struct vnc_client *c = cl->clientData;
    vnc_send(c->vnc, (struct vnc_input){.kind = VNC_POINTER,
                                        .client = c->number,
                                        .x = x > 0 ? (unsigned)x : 0,
                                        .y = y > 0 ? (unsigned)y : 0,
                                        .mask = (unsigned)mask,
                                        .first = !c->pointed});
    c->pointed = true;
}

static void send_text(rfbClientPtr cl, char *text)
{
    struct vnc_client *c = cl->clientData;
    if (!text || !*text || c->vnc->where.no_paste)
        free(text);
    else
        vnc_send(c->vnc,
                 (struct vnc_input){.kind = VNC_CUT_TEXT, .client = c->number, .text = text});
}

/* Latin-1. */
static void on_text(char *text, int len, rfbClientPtr cl)
{
    char *utf8 = malloc((size_t)len * 2 + 1), *out = utf8;
    for (int i = 0; utf8 && i < len && text[i]; i++) {
        u8 b = (u8)text[i];
        if (b >= 0x80)
            *out++ = (char)(0xc0 | b >> 6);
        *out++ = (char)(b >= 0x80 ? 0x80 | (b & 0x3f) : b);
    }
    if (utf8)
        *out = 0;
    send_text(cl, utf8);
}

static void on_text_utf8(char *text, int len, rfbClientPtr cl)
{
    if (len > 0 && len <= VNC_TEXT)
        send_text(cl, strndup(text, (size_t)len));
}

/* ---- QEMU's extended key event ---- */

static rfbBool on_encoding(rfbClientPtr cl, void **data, int encoding)
{
    struct vnc_client *c = cl->clientData;
    (void)data;
    if (encoding == QEMU_KEYS)
        c->key_codes = true; /* it is answered in client_step(): the library holds a lock here */
    return encoding == QEMU_KEYS;
}

static rfbBool on_message(rfbClientPtr cl, void *data, const rfbClientToServerMsg *message)
{
    struct vnc_client *c = cl->clientData;
    u8 m[11]; /* kind, down (2 bytes), keysym, scan code */
    (void)data;
    if (message->type != 255)
        return FALSE;
    if (c->vnc->lib.rfbReadExact(cl, (char *)m, sizeof(m)) <= 0) {
        c->vnc->lib.rfbCloseClient(cl);
        return TRUE;
    }
    u32 keysym = (u32)m[3] << 24 | (u32)m[4] << 16 | (u32)m[5] << 8 | m[6];
    u32 code = (u32)m[7] << 24 | (u32)m[8] << 16 | (u32)m[9] << 8 | m[10];
    vnc_send(c->vnc, (struct vnc_input){.kind = VNC_KEY,
                                        .client = c->number,
                                        .keysym = keysym,
                                        .code = code,
                                        .down = m[1] || m[2]});
    return TRUE;
}

void vnc_extension(rfbProtocolExtension *x)
{
    static int encodings[] = {QEMU_KEYS, 0};
    *x = (rfbProtocolExtension){.pseudoEncodings = encodings,
                                .enablePseudoEncoding = on_encoding,
                                .handleMessage = on_message};
}

/* Yes, we understand it: an update with a rectangle that is none. */
static void tell_key_codes(struct vnc_client *c, rfbClientPtr cl)
{
    static const char update[16] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -2, -2};
    if (!c->key_codes || c->key_codes_told || cl->sock < 0)
        return;
    c->key_codes_told = true;
    if (c->vnc->lib.rfbWriteExact(cl, update, sizeof(update)) <= 0)
        c->vnc->lib.rfbCloseClient(cl);
}

/* ---- pictures ---- */

/* Pixels are 0x00RRGGBB here, which is not what the library takes them for. */
static void set_format(rfbScreenInfoPtr s)
{
    s->serverFormat.redShift = 16;
    s->serverFormat.greenShift = 8;
    s->serverFormat.blueShift = 0;
    s->serverFormat.depth = 24;
}

static bool set_size(struct vnc_client *c, rfbClientPtr cl, unsigned width, unsigned height)
{
    u32 *old = c->copy.pixels;
    c->copy.pixels = NULL; /* the library still has it */
    if (!vnc_copy_size(&c->copy, width, height)) {
        c->copy.pixels = old;
        return false;
    }
    c->vnc->lib.rfbNewFramebuffer(c->screen, (char *)c->copy.pixels, (int)width, (int)height, 8, 3,
                                  4);
    set_format(c->screen);
    c->screen->setTranslateFunction(cl);
    free(old);
    return true;
}

static void on_lines(void *opaque, unsigned first, unsigned end)
{
    struct vnc_client *c = opaque;
    c->vnc->lib.rfbMarkRectAsModified(c->screen, 0, (int)first, (int)c->copy.width, (int)end);
}

/*
 * The newest frame into the client's copy. Its size follows the guest's unless the client cannot
 * change it: then it keeps the one that it was told first.
 */
static void take_picture(struct vnc_client *c, rfbClientPtr cl)
{
    struct vnc *v = c->vnc;
    pthread_mutex_lock(&v->lock);
    unsigned width = v->picture.now.width, height = v->picture.now.height;
    pthread_mutex_unlock(&v->lock);
    bool told = cl->state == RFB_NORMAL; /* which size it has */
    if (width && (width != c->copy.width || height != c->copy.height) &&
        (!told || cl->useNewFBSize) && !set_size(c, cl, width, height))
        return;
    if (cl->sock < 0)
        return;
    pthread_mutex_lock(&v->lock);
    vnc_copy_take(&c->copy, &v->picture, on_lines, c);
    pthread_mutex_unlock(&v->lock);
}

/* ---- messages ---- */

static enum vnc_step step_of(const rfbClientRec *cl)
{
    return cl->state == RFB_PROTOCOL_VERSION ? VNC_VERSION
           : cl->state == RFB_SECURITY_TYPE  ? VNC_SECURITY
           : cl->state == RFB_AUTHENTICATION ? VNC_RESPONSE
           : cl->state == RFB_NORMAL         ? VNC_NORMAL
                                             : VNC_INIT;
}

static void read_message(struct vnc_client *c, rfbClientPtr cl)
{
    bool new = cl->state != RFB_NORMAL;
    if (new)
        pthread_mutex_lock(&c->vnc->handshake);
    c->vnc->lib.rfbProcessClientMessage(cl);
    if (new)
        pthread_mutex_unlock(&c->vnc->handshake);
}

/* Read what has come. true: there is a part of a message, whose rest is to come. */
static bool read_messages(struct vnc_client *c, rfbClientPtr cl)
{
    const char *why;
    for (unsigned i = 0; i < MESSAGES && cl->sock >= 0; i++) {
        u8 head[VNC_HEAD];
        ssize_t n = recv(cl->sock, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return false;
        enum vnc_verdict v = n > 0 ? vnc_guard(step_of(cl), head, (size_t)n, &why) : VNC_BAD;
        if (v == VNC_WAIT)
            return true;
        if (v == VNC_PASS)
            read_message(c, cl);
        else
            c->vnc->lib.rfbCloseClient(cl);
    }
    return false;
}

static void wait_for_more(const struct vnc_client *c, const rfbClientRec *cl, bool half)
{
    struct pollfd p[2] = {{.fd = c->wake, .events = POLLIN},
                          {.fd = cl->sock, .events = half ? 0 : POLLIN}};
    u64 count;
    if (cl->sock < 0 || poll(p, 2, half ? HALF_MS : PATIENCE_MS) <= 0)
        return;
    if (p[0].revents && read(c->wake, &count, sizeof(count)) < 0)
        return; /* nothing is lost: it is read next time */
}

/* ---- life ---- */

static void serve(struct vnc_client *c, rfbClientPtr cl)
{
    struct vnc *v = c->vnc;
    double begun = host_seconds(), since = 0; /* of half a message; 0: there is none */
    while (cl->sock >= 0 && !atomic_load(&v->over)) {
        bool half = read_messages(c, cl);
        double now = host_seconds();
        since = !half ? 0 : since > 0 ? since : now;
        bool late = (cl->state != RFB_NORMAL && now - begun > HANDSHAKE_SECONDS) ||
                    (half && now - since > HANDSHAKE_SECONDS);
        if (late && cl->sock >= 0)
            v->lib.rfbCloseClient(cl);
        if (cl->sock >= 0)
            tell_key_codes(c, cl);
        if (cl->sock >= 0)
            take_picture(c, cl);
        if (cl->sock >= 0)
            v->lib.rfbUpdateClient(cl);
        wait_for_more(c, cl, half);
    }
    if (cl->sock >= 0)
        v->lib.rfbCloseClient(cl);
}

/* What libvncserver 0.9.14 has allocated for a client and does not free. */
static void free_forgotten(rfbClientPtr cl)
{
    for (rfbExtensionData *x = cl->extensions, *next; x; x = next) {
        next = x->next;
        free(x);
    }
    cl->extensions = NULL;
    free(cl->wsctx);
    cl->wsctx = NULL;
}

void *vnc_client_thread(void *client)
{
    struct vnc_client *c = client;
    struct vnc *v = c->vnc;
    c->key_codes = c->key_codes_told = c->pointed = false;
    /* It waits a moment for what a browser would say at once, and closes the socket if it fails. */
    rfbClientPtr cl = v->lib.rfbNewClient(c->screen, c->fd);
    if (cl) {
        cl->clientData = c;
        if (cl->wsctx || cl->sslctx)
            v->lib.rfbCloseClient(cl);
        serve(c, cl);
        free_forgotten(cl);
        v->lib.rfbClientConnectionGone(cl);
    }
    pthread_mutex_lock(&v->lock);
    close(c->connection);
    c->connection = -1;
    c->state = CLIENT_GONE;
    pthread_mutex_unlock(&v->lock);
    return NULL;
}

bool vnc_client_init(struct vnc_client *c, struct vnc *v, unsigned number, struct err *e)
{
    *c = (struct vnc_client){.vnc = v, .number = number, .fd = -1, .connection = -1};
    c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    c->screen = v->lib.rfbGetScreen(NULL, NULL, WIDTH, HEIGHT, 8, 3, 4);
    if (c->wake < 0 || !c->screen || !vnc_copy_size(&c->copy, WIDTH, HEIGHT))
        return err_set(e, "-display vnc: out of memory or of descriptors");
    rfbScreenInfoPtr s = c->screen;
    s->frameBuffer = (char *)c->copy.pixels;
    s->port = s->ipv6port = 0; /* it listens nowhere itself */
    s->alwaysShared = TRUE;
    s->deferUpdateTime = 0; /* frames come as the guest makes them */
    s->cursor = NULL;
    s->desktopName = v->name;
    s->kbdAddEvent = on_key;
    s->ptrAddEvent = on_pointer;
    s->setXCutText = on_text;
    s->setXCutTextUTF8 = on_text_utf8;
    if (v->passwords[0]) {
        s->authPasswdData = v->passwords;
        s->passwordCheck = v->lib.rfbCheckPasswordByList;
    }
    set_format(s);
    return true;
}

void vnc_client_free(struct vnc_client *c)
{
    if (c->screen)
        c->vnc->lib.rfbScreenCleanup(c->screen);
    if (c->vnc && c->wake >= 0)
        close(c->wake);
    free(c->copy.pixels);
}
