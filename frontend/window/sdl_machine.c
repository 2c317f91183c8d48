/*
 * sdl_machine.c - the machine's thread: slices of guest time kept to the host's clock, input that
 * has come in the meantime, the frame for the window. See window.h.
 */
#include "frontend/window/window.h"

#include "frontend/control/media.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLICE (5 * NS_PER_MS)
#define FRAME_SECONDS (1.0 / 60)

static void screenshot(struct window *w)
{
    struct screen s;
    struct err e;
    char name[32];
    int n = 1;
    do
        snprintf(name, sizeof(name), "ferrite-%d.png", n);
    while (access(name, F_OK) == 0 && n++ < 9999);
    vm_screen(w->m->vm, &s);
    if (picture_save(name, s.pixels, s.width, s.height, &e))
        window_say(w, "screenshot in %s", name);
    else
        window_say(w, "%s", e.text);
}

/* By its name; a .bin may be either, and no diskette is so large. */
static bool is_cd(const char *path)
{
    enum { LARGEST_DISKETTE = 2949120 };
    static const char *const names[] = {".iso", ".cdr", ".cue"};
    const char *dot = strrchr(path, '.');
    struct stat st;
    for (size_t i = 0; dot && i < ARRAY_SIZE(names); i++) {
        if (strcasecmp(dot, names[i]) == 0)
            return true;
    }
    return dot && strcasecmp(dot, ".bin") == 0 && stat(path, &st) == 0 &&
           st.st_size > LARGEST_DISKETTE;
}

static void insert(struct window *w, const char *path)
{
    struct media media;
    struct err e;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    bool cd = is_cd(path), ok;
    if (cd)
        ok = media_cd(&media, "CD", path, &e) && vm_cd_insert(w->m->vm, &media, false, &e);
    else
        ok = media_floppy(&media, "floppy", path, w->m->options->snapshot, &e) &&
             vm_floppy_insert(w->m->vm, 0, &media, &e);
    if (ok)
        window_say(w, "%s is in %s", name, cd ? "the CD drive" : "A:");
    else
        window_say(w, "%s", e.text);
}

/* Ctrl+Alt+Del, which the host keeps for itself. */
static void press_chord(struct vm *vm)
{
    static const int keys[] = {KEY_LCTRL, KEY_LALT, KEY_DELETE};
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++)
        vm_key(vm, keys[i], true);
    for (unsigned i = ARRAY_SIZE(keys); i-- > 0;)
        vm_key(vm, keys[i], false);
}

static void apply(struct window *w, const struct input *in)
{
    struct vm *vm = w->m->vm;
    struct err e;
    switch (in->kind) {
    case IN_KEY:
        vm_key(vm, in->a, in->b != 0);
        break;
    case IN_MOUSE:
        vm_mouse(vm, in->a, in->b, in->c, in->buttons);
        break;
    case IN_INSERT:
        insert(w, in->path);
        free(in->path);
        break;
    case IN_EJECT:
        if (vm_floppy_eject(vm, 0, &e))
            window_say(w, "A: is empty");
        else
            window_say(w, "%s", e.text);
        break;
    case IN_RESET:
        vm_reset(vm);
        w->m->stopped = false;
        break;
    case IN_SCREENSHOT:
        screenshot(w);
        break;
    case IN_CHORD:
        press_chord(vm);
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
    double cap;  /* MIPS */
    double mips; /* the present speed */
    double host; /* seconds spent running since the last measure */
    u64 instructions, guest;
};

static void govern(struct governor *g, struct vm *vm, double seconds)
{
    enum { NS_BETWEEN = 20000000 };
    g->host += seconds;
    if (g->host * 1e9 < NS_BETWEEN)
        return;
    double instructions = (double)(vm_instructions(vm) - g->instructions);
    double busy = instructions / g->mips * 1e3; /* ns of guest time */
    if (busy > 0.8 * (double)(s64)(vm_now(vm) - g->guest)) {
        double can = instructions / g->host / 1e6;
        g->mips = 0.7 * g->mips + 0.3 * (can < g->cap ? can : g->cap);
        if (g->mips < 1)
            g->mips = 1;
        vm_set_mips(vm, g->mips);
    }
    g->host = 0;
    g->instructions = vm_instructions(vm);
    g->guest = vm_now(vm);
}

int window_machine(void *opaque)
{
    struct window *w = opaque;
    struct machine *m = w->m;
    struct governor governor = {.cap = m->options->speed_max ? 100000 : 200, .mips = 200};
    double base_host = host_seconds(), last_frame = 0;
    u64 base_guest = vm_now(m->vm);
    bool was_stopped = false;
    ending_running(m->ending, m->vm);
    while (!atomic_load(&w->quit) && !machine_must_end(m)) {
        take_input(w);
        bool standing = m->stopped || atomic_load(&w->paused);
        if (!standing)
            m->held = false; /* somebody has let it go on */
        double before = host_seconds();
        if (!standing && !machine_run(m, vm_now(m->vm) + SLICE))
            break;
        if (m->stopped && !was_stopped)
            window_say(w, "the power is off; Ctrl+Alt+R starts the machine, Ctrl+Alt+Q ends");
        was_stopped = m->stopped;
        if (m->held) {
            SDL_Event e = {.type = SDL_USEREVENT};
            atomic_store(&w->paused, 1);
            w->sdl.PushEvent(&e); /* for the title */
        }
        if (!standing && m->options->mips == 0 && !m->script)
            govern(&governor, m->vm, host_seconds() - before);
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
