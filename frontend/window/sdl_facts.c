/*
 * sdl_facts.c - what menu and status line show of the machine, taken by its own thread between two
 * slices. See window.h.
 */
#include "frontend/window/window.h"

#include "frontend/control/speed.h"
#include "frontend/timeline/timeline.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define METER_SECONDS 1.0
#define LOOK_SECONDS 0.1
#define METER_MOST 999999

/* ---- how fast ---- */

double meter_thread_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/*
 * A machine that falls behind the host's clock while it was at work all the time lacks a faster
 * processor; when it was in there longer than it had a processor, others had it, or a file of the
 * host made it wait.
 */
void meter_look(struct meter *t, struct vm *vm, bool standing)
{
    double now = host_seconds(), wall = now - t->begun;
    if (t->begun > 0 && wall < METER_SECONDS && !standing)
        return;
    double guest = (double)(s64)(vm_now(vm) - t->guest) / 1e9;
    if (t->begun > 0 && !standing && guest >= 0) {
        double percent = 100 * guest / wall + 0.5;
        t->percent = percent > METER_MOST ? METER_MOST : (unsigned)percent;
        t->limiter = NULL;
        if (t->percent >= 98 && t->percent <= 102)
            t->percent = 100; /* the rest is where the look fell */
        else if (t->percent < 98 && t->wall > 0.5 * wall)
            t->limiter = t->busy > 0.8 * t->wall ? "this host's processor"
                                                 : "this host is busy with something else";
        else if (t->percent < 98)
            t->limiter = "this host woke us late";
    }
    if (standing) { /* what comes after is another matter */
        t->percent = 100;
        t->limiter = NULL;
    }
    t->begun = now;
    t->guest = vm_now(vm);
    t->wall = t->busy = 0;
}

static void say_speed(const struct control *c, char *buf, size_t size)
{
    if (c->follow)
        snprintf(buf, size, "As fast as the host can");
    else
        speed_words(c->vm, buf, size);
}

/* ---- drives ---- */

static void drive_label(const struct vm_drive *d, char *buf, size_t size)
{
    if (d->kind == VM_DRIVE_FLOPPY)
        snprintf(buf, size, "%c:", d->name[2] - 'a' + 'A');
    else if (d->kind == VM_DRIVE_CD)
        snprintf(buf, size, "CD");
    else
        snprintf(buf, size, strcmp(d->format, "USB") ? "Disk %d" : "Stick %d",
                 d->name[2] - 'a' + 1);
}

static void take_drives(struct window *w, struct facts *f)
{
    bool throwaway = w->m->options->snapshot;
    f->clean = true;
    for (unsigned place = 0; place < VM_DRIVES && f->drives < FACTS_DRIVES; place++) {
        struct vm_drive d;
        struct fact_drive *to = &f->drive[f->drives];
        if (!vm_drive(w->m->vm, place, &d))
            continue;
        snprintf(to->name, sizeof(to->name), "%s", d.name);
        drive_label(&d, to->label, sizeof(to->label));
        snprintf(to->medium, sizeof(to->medium), "%s", d.medium ? d.medium : "");
        to->removable = d.kind != VM_DRIVE_DISK;
        to->read_only = d.read_only && d.kind != VM_DRIVE_CD;
        to->fixed = d.fixed;
        to->locked = d.locked;
        to->stick = d.kind == VM_DRIVE_DISK && strcmp(d.format, "USB") == 0;
        to->pulled = d.pulled;
        struct stat st;
        to->folder = d.medium && stat(d.medium, &st) == 0 && S_ISDIR(st.st_mode);
        to->read = d.read;
        to->written = d.written;
        f->drives++;
        /* Something may be lost only where something can be kept. */
        if (d.medium && !d.read_only && access(d.medium, F_OK) == 0 && !throwaway)
            f->clean = false;
    }
}

/* ---- sound ---- */

static void take_sources(struct window *w, struct facts *f)
{
    struct vm_sound s;
    f->recording = w->m->control.recording != NULL;
    for (unsigned i = 0; f->sources < FACTS_SOURCES && vm_sound_source(w->m->vm, i, &s); i++) {
        struct fact_source *to = &f->source[f->sources++];
        snprintf(to->name, sizeof(to->name), "%s", s.name);
        to->volume = s.volume;
        to->muted = s.muted;
        to->playing = s.playing;
    }
}

/* ---- states ---- */

/* A folder for the states of this machine, known by its first medium. */
static bool states_folder(const struct facts *f, char *buf, size_t size)
{
    const char *key = "no-disk";
    for (unsigned i = f->drives; i-- > 0;) {
        if (f->drive[i].medium[0])
            key = f->drive[i].medium;
    }
    u32 hash = 2166136261u;
    for (const char *p = key; *p; p++)
        hash = (hash ^ (u8)*p) * 16777619u;
    const char *slash = strrchr(key, '/');
    if (!settings_folder(buf, size))
        return false;
    size_t n = strlen(buf);
    n += (size_t)snprintf(buf + n, size - n, "/states");
    if (n >= size || (mkdir(buf, 0700) != 0 && errno != EEXIST))
        return false;
    n += (size_t)snprintf(buf + n, size - n, "/%.80s-%08x", slash ? slash + 1 : key, hash);
    return n < size - 40 && (mkdir(buf, 0700) == 0 || errno == EEXIST);
}

static void take_states(struct facts *f, struct window *w)
{
    if (!w->states[0] && !states_folder(f, w->states, sizeof(w->states))) {
        w->states[0] = 0;
        snprintf(f->why_no_states, sizeof(f->why_no_states),
                 "there is no folder to keep states in (HOME, XDG_STATE_HOME)");
        return;
    }
    struct stat lost;
    int at = snprintf(f->lost.path, sizeof(f->lost.path), "%s/lost.state", w->states);
    int shot = snprintf(f->lost.picture, sizeof(f->lost.picture), "%s/lost.png", w->states);
    if (at > 0 && shot > 0 && stat(f->lost.path, &lost) == 0)
        f->lost.time = lost.st_mtime;
    for (unsigned i = 0; i < FACTS_STATES; i++) {
        struct fact_state *s = &f->state[i];
        struct stat st;
        int n = snprintf(s->path, sizeof(s->path), "%s/%u.state", w->states, i + 1);
        int k = snprintf(s->picture, sizeof(s->picture), "%s/%u.png", w->states, i + 1);
        if (n > 0 && k > 0 && stat(s->path, &st) == 0)
            s->time = st.st_mtime;
    }
}

static void take_tree(const struct control *c, struct facts *f)
{
    f->named = c->tree != NULL;
    if (f->named) {
        f->snapshots = c->tree->list(c->tree->opaque, f->snapshot, FACTS_TREE);
        f->why_no_states[0] = 0;
    }
}

static void take_rewind(const struct control *c, struct facts *f)
{
    const char *why = "no states are kept; -rewind MB keeps them";
    struct instant earliest;
    bool back = c->timeline && timeline_reach(c->timeline, &earliest, &why);
    f->rewind = back && earliest.ns < vm_now(c->vm)
                    ? (unsigned)((vm_now(c->vm) - earliest.ns) / NS_PER_SEC)
                    : 0;
    if (back)
        why = "there is less than a second to go back";
    if (!f->rewind)
        snprintf(f->why_no_rewind, sizeof(f->why_no_rewind), "%s", why);
}

static void take_recording(const struct control *c, struct facts *f)
{
    struct capture_facts made;
    snprintf(f->shots, sizeof(f->shots), "%s", c->home ? c->home : ".");
    if (!c->capture)
        return;
    capture_facts(c->capture, &made);
    const char *slash = strrchr(made.file, '/');
    snprintf(f->video, sizeof(f->video), "%.79s", slash ? slash + 1 : made.file);
    f->recorded = (unsigned)(made.time / NS_PER_SEC);
}

/* The machine's name, else what is in its first drive. */
static void take_name(const struct control *c, struct facts *f)
{
    const char *name = c->tree ? c->tree->name : "";
    for (unsigned i = c->tree ? 0 : f->drives; i-- > 0;) {
        const char *slash = strrchr(f->drive[i].medium, '/');
        if (f->drive[i].medium[0])
            name = slash ? slash + 1 : f->drive[i].medium;
    }
    snprintf(f->machine, sizeof(f->machine), "%.63s", name);
}

void facts_take(struct window *w, struct meter *t, bool standing)
{
    const struct control *c = &w->m->control;
    double now = host_seconds();
    double every = atomic_load(&w->watched) ? LOOK_SECONDS : 5 * LOOK_SECONDS;
    if (now - t->looked < every)
        return;
    t->looked = now;
    struct facts *f = &w->taken;
    memset(f, 0, sizeof(*f)); /* to be compared as bytes */
    f->on = !(c->stopped & STOPPED_OFF);
    f->stopped = c->stopped != 0;
    f->fast = c->fast;
    take_recording(c, f);
    take_rewind(c, f);
    f->percent = standing ? 100 : t->percent;
    f->network = w->m->options->nic.net != NET_NONE;
    vm_network_frames(w->m->vm, &f->sent, &f->received);
    if (t->limiter && !standing)
        snprintf(f->limiter, sizeof(f->limiter), "%s", t->limiter);
    say_speed(c, f->speed, sizeof(f->speed));
    take_drives(w, f);
    take_sources(w, f);
    take_name(c, f);
    take_states(f, w);
    take_tree(c, f);
    w->sdl.LockMutex(w->lock);
    bool same = memcmp(&w->facts, f, sizeof(*f)) == 0;
    w->facts = *f;
    w->facts_new |= !same;
    w->sdl.UnlockMutex(w->lock);
    if (!same)
        window_poke(w);
}
