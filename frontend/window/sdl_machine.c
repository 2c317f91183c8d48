/*
 * sdl_machine.c - the machine's thread: slices of guest time kept to the host's clock, input that
 * has come in the meantime, the frame for the window. See window.h.
 */
#include "frontend/window/window.h"

#include <stdlib.h>
#include <string.h>

#define SLICE (5 * NS_PER_MS)

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
    case IN_POINT: /* nobody may want it any more */
        control_pointer(c, (u16)in->a, (u16)in->b, in->c, in->buttons);
        break;
    case IN_STICK:
        vm_stick(c->vm, (unsigned)in->a, (u16)in->b, (u16)in->c, in->buttons);
        break;
    case IN_NO_STICK:
        vm_stick_unplug(c->vm, (unsigned)in->a);
        break;
    case IN_COPY:
        window_publish_text(w);
        break;
    case IN_CELLS:
        window_publish_cells(w);
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
    bool more = w->frame_new; /* beside lines that nobody has taken yet */
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
    } else {
        more = false; /* those were of another size */
    }
    w->new_first = more && w->new_first < first ? w->new_first : first;
    w->new_end = more && w->new_end > end ? w->new_end : end;
    return true;
}

static void publish_frame(struct window *w, const struct screen *s)
{
    if (s->version == w->frame_version && s->aspect == w->frame_aspect)
        return;
    w->sdl.LockMutex(w->lock);
    w->frame_new = copy_lines(w, s);
    w->frame_aspect = s->aspect;
    w->sdl.UnlockMutex(w->lock);
    w->frame_version = s->version;
    window_poke(w);
}

static void publish_dark(struct window *w)
{
    w->sdl.LockMutex(w->lock);
    if (w->frame.width) {
        picture_copy(&w->frame, NULL, 0, 0);
        w->frame_new = true;
        w->new_first = w->new_end = 0;
    }
    w->frame_version = 0;
    w->sdl.UnlockMutex(w->lock);
    window_poke(w);
}

static void show_frame(struct window *w, enum beam_sees sees, const struct screen *s)
{
    if (sees == BEAM_PICTURE)
        publish_frame(w, s);
    else if (sees == BEAM_DARK)
        publish_dark(w);
}

/* The title tells; and whether the guest wants the pointer. */
static void publish_pause(struct window *w)
{
    bool pointing = vm_pointer_wanted(w->m->vm);
    if (pointing != atomic_load(&w->pointing)) {
        atomic_store(&w->pointing, pointing);
        window_poke(w);
    }
    bool paused = (w->m->control.stopped & ~(unsigned)STOPPED_OFF) != 0;
    if (paused == atomic_load(&w->paused))
        return;
    atomic_store(&w->paused, paused);
    window_poke(w);
}

/* `window NAME VALUE`: a setting of the window, "capture" or "clipboard". Put into force by its own
 * thread. */
static bool on_setting(void *opaque, const char *name, const char *value, struct err *e)
{
    struct window *w = opaque;
    struct settings scratch;
    if (strcmp(name, "capture") == 0) {
        if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
            return err_set(e, "window capture %.60s: say on or off", value);
    } else if (strcmp(name, "clipboard") == 0) {
        if (strcmp(value, "copy") != 0 && strcmp(value, "paste") != 0 &&
            strcmp(value, "select") != 0)
            return err_set(e, "window clipboard %.60s: say copy, select or paste", value);
    } else {
        settings_preset(&scratch);
        if (!settings_set(&scratch, name, value, e))
            return false;
    }
    w->sdl.LockMutex(w->lock);
    bool room = w->changes < CHANGES;
    if (room) {
        struct setting_change *c = &w->change[w->changes++];
        snprintf(c->name, sizeof(c->name), "%s", name);
        snprintf(c->value, sizeof(c->value), "%s", value);
    }
    w->sdl.UnlockMutex(w->lock);
    window_poke(w);
    return room || err_set(e, "window %s: too many changes at once", name);
}

/* The machine's thread asks for what the window's thread has told last. */
static void on_menu(void *opaque, struct reply *out)
{
    struct window *w = opaque;
    w->sdl.LockMutex(w->lock);
    if (reply_empty(&w->menu_told))
        reply_bool(out, "open", false);
    else
        reply_copy(out, &w->menu_told);
    w->sdl.UnlockMutex(w->lock);
}

void window_poke(struct window *w)
{
    SDL_Event e = {.type = SDL_USEREVENT};
    if (!atomic_exchange(&w->poked, 1))
        w->sdl.PushEvent(&e);
}

int window_machine(void *opaque)
{
    struct window *w = opaque;
    struct machine *m = w->m;
    struct control *c = &m->control;
    struct pace pace;
    struct meter meter = {.percent = 100};
    struct beam beam = {.end = 0};
    struct screen screen;
    bool was_off = false;
    pace_begin(&pace, m->vm);
    window_machine_thread(w);
    c->window = on_setting;
    c->menu = on_menu;
    c->window_opaque = w;
    window_listen(w);
    ending_running(m->ending, m->vm);
    while (!atomic_load(&w->quit) && !machine_must_end(m)) {
        take_input(w);
        machine_attend(m); /* also while the menu holds the machine */
        bool off = c->stopped & STOPPED_OFF;
        /* The menu holds a machine that nobody has stopped, and only that one: it can step. */
        bool held = atomic_load(&w->holds) && !c->stopped && !m->script;
        bool standing = held || control_stands(c);
        double before = host_seconds(), busy = meter_thread_time();
        u64 until = beam_next(&beam, m->vm, SLICE);
        if (!held && !machine_run(m, until)) /* a script goes on, too */
            break;
        double now = host_seconds();
        meter.wall += now - before;
        meter.busy += meter_thread_time() - busy;
        if (off && !was_off)
            window_say(w, "the power is off; Ctrl+Alt+R starts the machine, Ctrl+Alt+Q ends");
        was_off = off;
        publish_pause(w);
        if (!standing && c->follow && !m->script)
            pace_follow(&pace, m, now - before);
        bool shown = w->frame_version != 0;
        beam.fast = w->playback.deaf = c->fast;
        show_frame(w, beam_watch(&beam, m->vm, standing, shown, &screen), &screen);
        meter_look(&meter, m->vm, standing);
        facts_take(w, &meter, standing);
        pace_keep(&pace, m, standing, 0.01);
    }
    c->window = NULL;
    c->menu = NULL;
    control_cancel(c, w); /* the window is gone before a paste that is under way is */
    bool shown = w->frame_version != 0;
    show_frame(w, beam_look(&beam, m->vm, true, shown, &screen), &screen);
    window_listen_no_more(w);
    atomic_store(&w->over, 1);
    atomic_store(&w->poked, 0);
    window_poke(w);
    return 0;
}
