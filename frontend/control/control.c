/*
 * control.c - a machine for its clients: the text screen, keys and mouse, the first serial port's
 * two directions, and when guest time stands still. See control.h; control_call.c does requests.
 */
#include "frontend/control/control.h"

#include "frontend/control/name_of.h"
#include "frontend/control/rows.h"
#include "frontend/timeline/timeline.h"
#include "hw/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { HEARD_KEEP = 1 << 20 };

void control_init(struct control *c, struct vm *vm)
{
    *c = (struct control){
        .vm = vm, .goal = CONTROL_NO_GOAL, .layout = keyboard_find(keyboard_names[0])};
}

/* ---- guest time ---- */

bool control_stands(const struct control *c)
{
    if (c->stopped & (STOPPED_OFF | STOPPED_DISK))
        return true;
    return c->stopped && vm_now(c->vm) >= c->go_until;
}

u64 control_limit(const struct control *c, u64 until)
{
    u64 next = control_next(c);
    if (c->stopped && c->go_until < until)
        until = c->go_until;
    if (c->guest_end && c->guest_end < until)
        until = c->guest_end;
    if (c->timeline && timeline_next(c->timeline) < until)
        until = timeline_next(c->timeline);
    if (c->capture && capture_next(c->capture) < until)
        until = capture_next(c->capture);
    return next < until ? next : until;
}

/* ---- what happens ---- */

void control_listen(struct control *c, struct control_listener *l)
{
    l->next = c->listeners;
    c->listeners = l;
}

void control_listen_no_more(struct control *c, struct control_listener *l)
{
    struct control_listener **at = &c->listeners;
    while (*at && *at != l)
        at = &(*at)->next;
    if (*at)
        *at = l->next;
}

void control_tell(struct control *c, const struct control_event *event)
{
    for (struct control_listener *l = c->listeners, *next; l; l = next) {
        next = l->next;
        l->hear(l->opaque, event);
    }
}

void control_look_stopped(struct control *c)
{
    bool stands = control_stands(c);
    if (stands == c->stood)
        return;
    c->stood = stands;
    control_tell(c, &(struct control_event){.kind = stands ? EVENT_STOP : EVENT_RESUME});
}

/* Legs of a motion that are over at once follow one another here. */
enum vm_stop control_run(struct control *c, u64 until)
{
    enum { LEGS = 10000 };
    for (unsigned i = 0; i < LEGS; i++) {
        enum vm_stop why = vm_run_to(c->vm, until, c->goal);
        if ((why != VM_GOAL && why != VM_POINT) || !motion_met(c, why))
            return why;
        if (control_stands(c) || vm_now(c->vm) >= until)
            break;
    }
    return VM_SLICE;
}

bool control_shutdown(struct control *c)
{
    u64 now = vm_instructions(c->vm) + 1;
    if ((!c->debugged && c->motion.kind == MOTION_NONE) || c->shut_down == now)
        return false;
    c->shut_down = now;
    snprintf(
        c->reason, sizeof(c->reason),
        "triple fault: the processor has shut down; when it goes on, the machine starts again");
    c->stopped |= (unsigned)STOPPED_CLIENT << CLIENT_DEBUGGER;
    c->go_until = 0;
    if (c->notice)
        c->notice(c->opaque, vm_last_fault(c->vm));
    return true;
}

bool control_busy(const struct control *c)
{
    return motion_busy(c);
}

bool control_met(struct control *c, enum vm_stop why)
{
    unsigned number = 0;
    char text[240];
    if (why == VM_POINT && points_verdict(c, vm_point_hit(c->vm), &number) == POINTS_PASS) {
        vm_points_pass(c->vm);
        return true;
    }
    c->goal = CONTROL_NO_GOAL;
    if (why == VM_POINT)
        motion_reason(c, number);
    if (c->met && c->met(c->met_opaque, why))
        return true;
    c->stopped |= (unsigned)STOPPED_CLIENT << CLIENT_DEBUGGER;
    c->go_until = 0;
    if (why != VM_POINT)
        return false;
    struct vm_registers r;
    char name[ADDRESS_NAME];
    vm_registers(c->vm, &r);
    name_of(c, r.seg[VM_CS].base + r.eip, name);
    snprintf(text, sizeof(text), *name ? "stopped %s, in %s" : "stopped %s%s", c->reason, name);
    control_tell(c, &(struct control_event){.kind = EVENT_POINT, .text = text});
    if (c->notice)
        c->notice(c->opaque, text);
    return false;
}

/* ---- the first serial port ---- */

void control_serial_said(struct control *c, const u8 *data, size_t len)
{
    if (len > HEARD_KEEP / 2) {
        c->heard_from += c->heard_len + len - HEARD_KEEP / 2;
        c->heard_len = 0;
        data += len - HEARD_KEEP / 2;
        len = HEARD_KEEP / 2;
    }
    if (c->heard_len + len > HEARD_KEEP) { /* nobody waits for it: forget the older half */
        size_t keep = HEARD_KEEP / 2 < c->heard_len ? HEARD_KEEP / 2 : c->heard_len;
        memmove(c->heard, c->heard + c->heard_len - keep, keep);
        c->heard_from += c->heard_len - keep;
        c->heard_len = keep;
    }
    if (!ARRAY_ROOM(c->heard, c->heard_capacity, c->heard_len + len))
        return;
    memcpy(c->heard + c->heard_len, data, len);
    c->heard_len += len;
}

size_t control_serial_typed(struct control *c, u8 *data, size_t max)
{
    size_t n = c->typed_len - c->typed_at < max ? c->typed_len - c->typed_at : max;
    if (n)
        memcpy(data, c->typed + c->typed_at, n);
    c->typed_at += n;
    return n;
}

/* ---- screen, keys, mouse ---- */

const char *control_text(struct control *c)
{
    for (;;) {
        size_t need = vm_screen_text(c->vm, c->text, c->text_capacity);
        if (c->text && need < c->text_capacity) {
            c->text[need] = 0;
            c->text_len = need;
            return c->text;
        }
        char *room = realloc(c->text, need + 4096);
        c->text_len = 0;
        if (!room)
            return "";
        c->text = room;
        c->text_capacity = need + 4096;
    }
}

void control_key(struct control *c, int key, bool down)
{
    vm_key(c->vm, key, down);
}

void control_mouse(struct control *c, int dx, int dy, int dz, unsigned buttons)
{
    c->buttons = buttons;
    vm_mouse(c->vm, dx, dy, dz, buttons);
}

bool control_pointer(struct control *c, u16 x, u16 y, int dz, unsigned buttons)
{
    if (!vm_pointer(c->vm, x, y, dz, buttons))
        return false;
    c->buttons = buttons;
    return true;
}
