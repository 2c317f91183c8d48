/*
 * vnc_input.c - keys, pointers and texts of VNC clients on their way to the machine. See
 * vnc_server.h; RFC 6143, 7.5.4 to 7.5.6.
 *
 * While a script drives the machine nobody else does, as with -display text: clients look on.
 */
#include "frontend/vnc/vnc_server.h"

#include "frontend/control/keyboard.h"

#include <stdlib.h>
#include <string.h>

/* RFB's buttons are 1 left, 2 middle, 4 right, 8 and 16 the wheel, 256 and 512 at the side. */
static unsigned buttons_of(unsigned mask)
{
    return (mask & 1) | (mask >> 1 & 2) | (mask << 1 & 4) | (mask >> 5 & 0x18);
}

static void point(struct vnc_client *c, const struct vnc_input *in)
{
    enum { AWAY = 8, TOWARDS = 16 };
    struct vnc *v = c->vnc;
    struct control *control = &v->m->control;
    unsigned pressed = in->mask & ~c->mask, buttons = buttons_of(in->mask);
    int wheel = (pressed & TOWARDS ? 1 : 0) - (pressed & AWAY ? 1 : 0);
    /* Only this thread changes the picture. */
    unsigned w = v->picture.now.width, h = v->picture.now.height;
    unsigned x = w > 1 && in->x < w ? in->x * 65535u / (w - 1) : in->x ? 65535 : 0;
    unsigned y = h > 1 && in->y < h ? in->y * 65535u / (h - 1) : in->y ? 65535 : 0;
    if (!control_pointer(control, (u16)x, (u16)y, wheel, buttons)) {
        int dx = c->placed ? (int)in->x - (int)c->x : 0,
            dy = c->placed ? (int)in->y - (int)c->y : 0;
        control_mouse(control, dx, dy, wheel, buttons);
    }
    c->x = in->x;
    c->y = in->y;
    c->mask = in->mask;
    c->placed = true;
}

static void on_pasted(void *opaque, const struct call *call, enum command_state state)
{
    const struct vnc_client *c = opaque;
    if (state == COMMAND_FAILED)
        machine_tell(c->vnc->m, "VNC: the client's text: %s", call->error.text);
}

static void paste(struct vnc_client *c, const char *text)
{
    struct control *control = &c->vnc->m->control;
    char *typed = malloc(strlen(text) + 1);
    struct request r;
    struct err e;
    if (!typed)
        return;
    size_t lost = keyboard_typed(control->layout, text, typed);
    if (lost)
        machine_tell(
            c->vnc->m,
            "VNC: %zu characters that the guest's keyboard (%s) does not have are left out", lost,
            keyboard_name(control->layout));
    const char *words[] = {"paste", typed};
    if (*typed && request_words(&r, NULL, words, 2, &e))
        control_submit(control, CLIENT_SOCKET, &r, on_pasted, c);
    else if (*typed)
        machine_tell(c->vnc->m, "VNC: the client's text: %s", e.text);
    free(typed);
}

static void apply(struct vnc *v, struct vnc_input *in)
{
    struct vnc_client *c = &v->client[in->client];
    if (v->m->script) {
        free(in->text);
        return;
    }
    switch (in->kind) {
    case VNC_KEY:
        vnc_hands_key(&c->hands, &v->m->control, in->keysym, in->code, in->down);
        break;
    case VNC_POINTER:
        point(c, in);
        break;
    case VNC_CUT_TEXT:
        paste(c, in->text);
        free(in->text);
        break;
    }
}

void vnc_take_input(struct vnc *v)
{
    struct vnc_input in[VNC_QUEUE];
    pthread_mutex_lock(&v->lock);
    unsigned n = v->queued;
    memcpy(in, v->queue, n * sizeof(in[0]));
    v->queued = 0;
    if (n == VNC_QUEUE)
        pthread_cond_broadcast(&v->room);
    pthread_mutex_unlock(&v->lock);
    for (unsigned i = 0; i < n; i++)
        apply(v, &in[i]);
}

void vnc_release(struct vnc_client *c)
{
    struct control *control = &c->vnc->m->control;
    vnc_hands_off(&c->hands, control);
    control_cancel(control, c); /* nobody waits for the rest of a text any more */
    if (buttons_of(c->mask))
        control_mouse(control, 0, 0, 0, 0);
    c->mask = 0;
    c->placed = false;
}

void vnc_send(struct vnc *v, struct vnc_input in)
{
    pthread_mutex_lock(&v->lock);
    struct vnc_input *last = v->queued ? &v->queue[v->queued - 1] : NULL;
    if (last && in.kind == VNC_POINTER && last->kind == VNC_POINTER && last->client == in.client &&
        last->mask == in.mask && !last->first) {
        *last = in; /* where it is now is what counts */
        pthread_mutex_unlock(&v->lock);
        return;
    }
    while (v->queued == VNC_QUEUE && !atomic_load(&v->over))
        pthread_cond_wait(&v->room, &v->lock);
    if (v->queued < VNC_QUEUE)
        v->queue[v->queued++] = in;
    else
        free(in.text);
    pthread_mutex_unlock(&v->lock);
}
