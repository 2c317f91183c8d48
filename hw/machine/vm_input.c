/*
 * vm_input.c - the queue between the host's keyboard and mouse and the guest's (vm_input.h).
 *
 * Does not model: layouts. A key is a place on the keyboard (hw/input/keys.h).
 */
#include "hw/machine/vm_input.h"
#include "hw/base/state.h"

#define RETRY_NS (1 * NS_PER_MS)

enum { KEY_IS_DOWN = 0x8000 };

static bool pointing(const struct vm_input *in)
{
    return in->vmmouse && vmmouse_wanted(in->vmmouse);
}

static bool on_tablet(const struct vm_input *in)
{
    return in->usb_tablet && usb_tablet_wanted(in->usb_tablet);
}

bool input_pointing(const struct vm_input *in)
{
    return on_tablet(in) || pointing(in);
}

/*
 * A press and a release that a driver fetched at once would be no click for a program that asks now
 * and then what is down: the next change of the buttons waits until the last one was fetched.
 */
static bool mouse_ready(const struct vm_input *in, const struct input_move *next)
{
    if (on_tablet(in) && next->place)
        return usb_tablet_ready(in->usb_tablet, next->buttons);
    if (pointing(in))
        return in->vmmouse->count < VMMOUSE_PACKET || in->vmmouse->buttons == (next->buttons & 7);
    if (next->place)
        return true; /* to be forgotten */
    return in->sermouse ? sermouse_ready(in->sermouse) : ps2mouse_ready(in->mouse);
}

static void move_mouse(struct vm_input *in, const struct input_move *m)
{
    if (m->place && on_tablet(in)) {
        usb_tablet_point(in->usb_tablet, (u16)m->dx, (u16)m->dy, m->dz, m->buttons);
        return;
    }
    if (m->place) { /* for a driver that may be gone */
        vmmouse_point(in->vmmouse, (u16)m->dx, (u16)m->dy, m->dz, m->buttons);
        return;
    }
    if (pointing(in))
        vmmouse_move(in->vmmouse, m->dx, m->dy, m->dz, m->buttons);
    else if (in->sermouse)
        sermouse_move(in->sermouse, m->dx, m->dy, m->buttons);
    else
        ps2mouse_move(in->mouse, m->dx, m->dy, m->dz, m->buttons);
}

static void deliver_moves(struct vm_input *in)
{
    while (in->move_count && mouse_ready(in, &in->move[in->move_head])) {
        struct input_move m = in->move[in->move_head];
        in->move_head = (in->move_head + 1) % INPUT_MOVES;
        in->move_count--;
        move_mouse(in, &m);
    }
}

/* A key goes up where it went down, also when a driver has come or gone meanwhile. */
static bool is_usb_key(const struct vm_input *in, enum key key, bool down)
{
    bool usb = in->usb_kbd && usb_kbd_wanted(in->usb_kbd);
    return usb && (down || !in->keyboard->down[key]);
}

static bool deliver_key(struct vm_input *in)
{
    u16 k = in->key[in->key_head];
    enum key key = (enum key)(k & ~KEY_IS_DOWN);
    bool down = k & KEY_IS_DOWN, usb = is_usb_key(in, key, down);
    if (usb ? !usb_kbd_ready(in->usb_kbd) : !ps2kbd_ready(in->keyboard))
        return false;
    in->key_head = (in->key_head + 1) % INPUT_KEYS;
    in->key_count--;
    if (usb)
        usb_kbd_key(in->usb_kbd, key, down);
    else
        ps2kbd_key(in->keyboard, key, down);
    return true;
}

static void deliver(void *opaque)
{
    struct vm_input *in = opaque;
    while (in->key_count && deliver_key(in))
        continue;
    deliver_moves(in);
    if (in->key_count || in->move_count)
        timer_arm(&in->deliver, clock_now(in->deliver.clock) + RETRY_NS);
}

static void start(struct vm_input *in)
{
    if (!timer_armed(&in->deliver))
        timer_arm(&in->deliver, clock_now(in->deliver.clock));
}

void input_key(struct vm_input *in, int key, bool down)
{
    if (key <= KEY_NONE || key >= KEY_COUNT)
        return;
    if (in->key_count == INPUT_KEYS) {
        log_at(in->log, LOG_GUEST, "keyboard: the guest does not read, a key is lost");
        return;
    }
    in->key[(in->key_head + in->key_count++) % INPUT_KEYS] =
        (u16)((unsigned)key | (down ? KEY_IS_DOWN : 0u));
    start(in);
}

/* Keep sums far from the ends of s32. */
static s32 add(s32 a, int b)
{
    s64 v = (s64)a + b;
    return v > 100000 ? 100000 : v < -100000 ? -100000 : (s32)v;
}

/* The last of the queue, if one like that can be added to it; or when the queue is full. */
static struct input_move *last_like(struct vm_input *in, unsigned buttons, bool place)
{
    if (!in->move_count)
        return NULL;
    struct input_move *m = &in->move[(in->move_head + in->move_count - 1u) % INPUT_MOVES];
    bool like = m->buttons == (u8)buttons && m->place == place;
    return like || in->move_count == INPUT_MOVES ? m : NULL;
}

static void append(struct vm_input *in, struct input_move m)
{
    in->move[(in->move_head + in->move_count++) % INPUT_MOVES] = m;
}

void input_mouse(struct vm_input *in, int dx, int dy, int dz, unsigned buttons)
{
    /* Movement with the same buttons adds up; when the queue is full everything does. */
    struct input_move *last = last_like(in, buttons, false);
    if (!last) {
        append(in, (struct input_move){add(0, dx), add(0, dy), add(0, dz), (u8)buttons, false});
    } else {
        last->dx = add(last->place ? 0 : last->dx, dx);
        last->dy = add(last->place ? 0 : last->dy, dy);
        last->dz = add(last->dz, dz);
        last->buttons = (u8)buttons;
        last->place = false;
    }
    start(in);
}

bool input_pointer(struct vm_input *in, u16 x, u16 y, int dz, unsigned buttons)
{
    if (!input_pointing(in))
        return false;
    /* A button that was pressed before the guest wanted positions is not held there for ever. */
    if (in->mouse->buttons)
        ps2mouse_move(in->mouse, 0, 0, 0, 0);
    struct input_move *last = last_like(in, buttons, true);
    if (!last)
        append(in, (struct input_move){x, y, add(0, dz), (u8)buttons, true});
    else
        *last = (struct input_move){x, y, add(last->dz, dz), (u8)buttons, true};
    start(in);
    return true;
}

void input_init(struct vm_input *in, struct clock *clock, struct ps2kbd *keyboard,
                struct ps2mouse *mouse, struct sermouse *sermouse, struct log *log)
{
    *in = (struct vm_input){.keyboard = keyboard, .mouse = mouse, .sermouse = sermouse, .log = log};
    timer_init(&in->deliver, clock, deliver, in);
}

void input_free(struct vm_input *in)
{
    timer_disarm(&in->deliver);
}

void input_state(struct vm_input *in, struct state *s)
{
    u32 version = state_begin(s, "input", 2);
    state_u16s(s, "key", in->key, INPUT_KEYS);
    state_u16(s, "key_head", &in->key_head);
    state_u16(s, "key_count", &in->key_count);
    for (unsigned i = 0; i < INPUT_MOVES; i++) {
        struct input_move *m = &in->move[i];
        u32 v[4] = {(u32)m->dx, (u32)m->dy, (u32)m->dz, m->buttons};
        bool place = m->place;
        state_u32s(s, "move", v, ARRAY_SIZE(v));
        if (version >= 2)
            state_bool(s, "place", &place);
        else
            place = false;
        if (state_loading(s) && state_ok(s))
            *m = (struct input_move){(s32)v[0], (s32)v[1], (s32)v[2], (u8)v[3], place};
    }
    state_u16(s, "move_head", &in->move_head);
    state_u16(s, "move_count", &in->move_count);
    timer_state(&in->deliver, s, "deliver");
    if (state_loading(s) && (in->key_head >= INPUT_KEYS || in->key_count > INPUT_KEYS ||
                             in->move_head >= INPUT_MOVES || in->move_count > INPUT_MOVES)) {
        in->key_head = in->key_count = in->move_head = in->move_count = 0;
        state_fail(s, "impossible queue");
    }
    state_end(s);
}
