/*
 * pace.c - a machine that is kept to the host's clock. See pace.h.
 */
#include "frontend/cli/pace.h"

#define FRAME_SECONDS (1.0 / 60)
#define DARK_NS (500 * NS_PER_MS)

void pace_begin(struct pace *p, const struct vm *vm)
{
    *p = (struct pace){.base_host = host_seconds(), .base_guest = vm_now(vm)};
}

void pace_follow(struct pace *p, const struct machine *m, double seconds)
{
    enum { NS_BETWEEN = 20000000 };
    struct vm *vm = m->vm;
    double cap = m->control.follow; /* MIPS at most */
    p->host += seconds;
    if (p->host * 1e9 < NS_BETWEEN)
        return;
    if (m->control.fast) { /* whoever is in a hurry wants the same processor, only sooner */
        p->host = 0;
        p->instructions = vm_instructions(vm);
        p->guest = vm_now(vm);
        return;
    }
    double mips = vm_mips(vm);
    double instructions = (double)(s64)(vm_instructions(vm) - p->instructions);
    double guest = (double)(s64)(vm_now(vm) - p->guest);
    double busy = instructions / mips * 1e3; /* ns of guest time */
    /* Measured while the guest is busy. A snapshot may have taken the machine back. */
    if (instructions > 0 && guest > 0 && busy > 0.8 * guest) {
        double can = instructions / p->host / 1e6;
        mips = 0.7 * mips + 0.3 * (can < cap ? can : cap);
        vm_set_mips(vm, mips < 1 ? 1 : mips);
    }
    p->host = 0;
    p->instructions = vm_instructions(vm);
    p->guest = vm_now(vm);
}

double pace_ahead(const struct pace *p, const struct vm *vm)
{
    double host = host_seconds() - p->base_host;
    return (double)(s64)(vm_now(vm) - p->base_guest) / 1e9 - host;
}

void pace_keep(struct pace *p, struct machine *m, bool standing, double idle)
{
    double ahead = pace_ahead(p, m->vm);
    bool fast = m->control.fast && !standing;
    if (standing)
        machine_rest(m, idle);
    else if (fast)
        machine_rest(m, 0); /* who is outside is heard all the same */
    else if (ahead > 0)
        machine_rest(m, ahead < 0.1 ? ahead : 0.1);
    if (standing || fast || ahead < -0.1 || ahead > 0.2) {
        p->base_host = host_seconds();
        p->base_guest = vm_now(m->vm);
    }
}

/* ---- whole frames ---- */

u64 beam_next(struct beam *b, const struct vm *vm, u64 slice)
{
    u64 until = vm_now(vm) + slice;
    b->end = vm_frame_end(vm);
    return b->end > vm_now(vm) && b->end < until ? b->end : until;
}

enum beam_sees beam_look(struct beam *b, struct vm *vm, bool standing, bool shown, struct screen *s)
{
    u64 guest = vm_now(vm);
    vm_screen(vm, s);
    if (!s->width) {
        if (!b->dark || b->dark > guest)
            b->dark = guest + !guest;
        return guest - b->dark >= DARK_NS && shown ? BEAM_DARK : BEAM_NOTHING;
    }
    bool same = b->width == s->width && b->height == s->height && b->text == s->text && !b->dark;
    b->width = s->width;
    b->height = s->height;
    b->text = s->text;
    b->dark = 0;
    return same || standing || !shown ? BEAM_PICTURE : BEAM_NOTHING;
}

enum beam_sees beam_watch(struct beam *b, struct vm *vm, bool standing, bool shown,
                          struct screen *s)
{
    double now = host_seconds();
    u64 guest = vm_now(vm);
    /* While it stands, a snapshot may have been loaded. */
    if (!standing && guest < b->end && b->end - guest <= NS_PER_SEC)
        return BEAM_NOTHING;
    /* Of a machine that is in a hurry the host cannot show all. */
    if ((standing || b->fast) && now - b->shown < FRAME_SECONDS)
        return BEAM_NOTHING;
    b->shown = now;
    return beam_look(b, vm, standing, shown, s);
}
