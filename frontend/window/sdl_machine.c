/*
 * sdl_machine.c - the machine's thread: slices of guest time kept to the host's clock, input that
 * has come in the meantime, the frame for the window. See window.h.
 */
#include "frontend/window/window.h"

#include <stdlib.h>
#include <string.h>

#define SLICE (5 * NS_PER_MS)
#define FRAME_SECONDS (1.0 / 60)

/* A command is done, or cannot be. */
static void on_done(void *opaque, const struct call *call, enum command_state state)
{
    struct window *w = opaque;
    if (state == COMMAND_FAILED)
        window_say(w, "%s", call->error.text);
    else if (call->reply->said[0])
        window_say(w, "%s", call->reply->said);
}

/* Stop, or go on; also after an error of the host with a disk. */
static void toggle_pause(struct window *w)
{
    struct control *c = &w->m->control;
    const char *words[] = {c->stopped & ~(unsigned)STOPPED_OFF ? "cont" : "stop"};
    struct request r;
    if (request_words(&r, NULL, words, 1, NULL))
        control_submit(c, CLIENT_PERSON, &r, NULL, w);
}

static void apply(struct window *w, const struct input *in)
{
    struct control *c = &w->m->control;
    switch (in->kind) {
    case IN_KEY:
        control_key(c, in->a, in->b != 0);
        break;
    case IN_MOUSE:
        control_mouse(c, in->a, in->b, in->c, in->buttons);
        break;
    case IN_PAUSE:
        toggle_pause(w);
        break;
    case IN_REQUEST:
        control_submit(c, CLIENT_PERSON, in->request, on_done, w);
        free(in->request);
        break;
    }
}

static void take_input(struct window *w)
{
    struct input in[QUEUE];
    w->sdl.LockMutex(w->lock);
    unsigned n = w->queued;
    memcpy(in, w->queue, n * sizeof(in[0]));
    w->queued = 0;
    w->sdl.UnlockMutex(w->lock);
    for (unsigned i = 0; i < n; i++)
        apply(w, &in[i]);
}

/* Only the lines that became different since the last frame; a new size brings all of them. */
static bool copy_lines(struct window *w, const struct screen *s)
{
    unsigned first = 0, end = s->height;
    if (s->line_version && w->frame.width == s->width && w->frame.height == s->height) {
        while (first < end && s->line_version[first] <= w->frame_version)
            first++;
        while (end > first && s->line_version[end - 1] <= w->frame_version)
            end--;
        size_t from = (size_t)first * s->width;
        memcpy(w->frame.pixels + from, s->pixels + from,
               (size_t)(end - first) * s->width * sizeof(u32));
    } else if (!picture_copy(&w->frame, s->pixels, s->width, s->height)) {
        return false;
    }
    w->new_first = w->frame_new && w->new_first < first ? w->new_first : first;
    w->new_end = w->frame_new && w->new_end > end ? w->new_end : end;
    return true;
}

static void publish_frame(struct window *w)
{
    struct screen s;
    vm_screen(w->m->vm, &s);
    if (s.version == w->frame_version && s.aspect == w->frame_aspect)
        return;
    w->sdl.LockMutex(w->lock);
    w->frame_new = copy_lines(w, &s);
    w->frame_aspect = s.aspect;
    w->sdl.UnlockMutex(w->lock);
    w->frame_version = s.version;
}

/*
 * What the host can do, measured while the guest is busy. Unless -speed names a machine, the
 * guest's clock follows it, so that a slow host makes a slower processor and not a slow clock.
 */
struct governor {
    double host; /* seconds spent running since the last measure */
    u64 instructions, guest;
};

/* `cap`: MIPS at most. */
static void govern(struct governor *g, struct vm *vm, double cap, double seconds)
{
    enum { NS_BETWEEN = 20000000 };
    g->host += seconds;
    if (g->host * 1e9 < NS_BETWEEN)
        return;
    double mips = vm_mips(vm);
    double instructions = (double)(s64)(vm_instructions(vm) - g->instructions);
    double guest = (double)(s64)(vm_now(vm) - g->guest);
    double busy = instructions / mips * 1e3; /* ns of guest time */
    /* A snapshot may have taken the machine back. */
    if (instructions > 0 && guest > 0 && busy > 0.8 * guest) {
        double can = instructions / g->host / 1e6;
        mips = 0.7 * mips + 0.3 * (can < cap ? can : cap);
        vm_set_mips(vm, mips < 1 ? 1 : mips);
    }
    g->host = 0;
    g->instructions = vm_instructions(vm);
    g->guest = vm_now(vm);
}

/* The title tells. */
static void publish_pause(struct window *w)
{
    bool paused = (w->m->control.stopped & ~(unsigned)STOPPED_OFF) != 0;
    if (paused == atomic_load(&w->paused))
        return;
    SDL_Event e = {.type = SDL_USEREVENT};
    atomic_store(&w->paused, paused);
    w->sdl.PushEvent(&e);
}

int window_machine(void *opaque)
{
    struct window *w = opaque;
    struct machine *m = w->m;
    struct control *c = &m->control;
    struct governor governor = {.host = 0};
    double base_host = host_seconds(), last_frame = 0;
    u64 base_guest = vm_now(m->vm);
    bool was_off = false;
    ending_running(m->ending, m->vm);
    while (!atomic_load(&w->quit) && !machine_must_end(m)) {
        take_input(w);
        bool standing = control_stands(c), off = c->stopped & STOPPED_OFF;
        double before = host_seconds();
        if (!machine_run(m, vm_now(m->vm) + SLICE)) /* a script goes on, too */
            break;
        if (off && !was_off)
            window_say(w, "the power is off; Ctrl+Alt+R starts the machine, Ctrl+Alt+Q ends");
        was_off = off;
        publish_pause(w);
        if (!standing && c->follow && !m->script)
            govern(&governor, m->vm, c->follow, host_seconds() - before);
        atomic_store(&w->tone, standing ? 0 : (int)(vm_speaker(m->vm) * 100));
        double now = host_seconds();
        if (now - last_frame >= FRAME_SECONDS) {
            publish_frame(w);
            last_frame = now;
        }
        /* Keep to the host's clock; what cannot be caught up with is forgotten. */
        double ahead = (double)(s64)(vm_now(m->vm) - base_guest) / 1e9 - (now - base_host);
        if (standing)
            host_sleep(0.01);
        else if (ahead > 0)
            host_sleep(ahead < 0.1 ? ahead : 0.1);
        if (standing || ahead < -0.1 || ahead > 0.2) {
            base_host = host_seconds();
            base_guest = vm_now(m->vm);
        }
    }
    publish_frame(w);
    atomic_store(&w->tone, 0);
    atomic_store(&w->over, 1);
    SDL_Event e = {.type = SDL_USEREVENT};
    w->sdl.PushEvent(&e);
    return 0;
}
