/*
 * machine_recording.c - -record and -replay of a command line's machine. See machine_recording.h.
 *
 * Not recorded: errors of the host while it writes what the guest wrote into a folder.
 */
#include "frontend/cli/machine_recording.h"

#include "frontend/timeline/recording.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

u64 machine_local_seconds(void)
{
    time_t now = time(NULL);
    struct tm local;
    return (u64)now + (localtime_r(&now, &local) ? (u64)local.tm_gmtoff : 0);
}

static bool overlay_there(const struct drive *d, struct err *e)
{
    return !d->overlay || access(d->overlay, R_OK) == 0 ||
           err_set(e, "-replay: the overlay %s is not there any more", d->overlay);
}

bool machine_overlays_there(const struct options *o, struct err *e)
{
    bool ok = true;
    for (unsigned i = 0; ok && o->replay && i < VM_FLOPPIES; i++)
        ok = overlay_there(&o->drives.floppy[i], e);
    for (unsigned i = 0; ok && o->replay && i < VM_DISKS; i++)
        ok = overlay_there(&o->drives.disk[i], e);
    return ok;
}

/* Images have to be what they were; what else disks show is recorded. */
static bool medium_stays(const struct media *media, bool snapshot, const char *what, struct err *e)
{
    bool folder = media->folder && media->folder->write == FOLDER_OVERLAY;
    if ((media->path || folder) && !snapshot && !media->read_only)
        return err_set(e, "%s: wants -snapshot, so that %s stays as it is recorded", what,
                       folder ? media->overlay : media->path);
    return true;
}

static bool media_stay(const struct options *o, const struct vm_config *c, const char *what,
                       struct err *e)
{
    bool ok = true;
    for (unsigned i = 0; ok && i < VM_FLOPPIES; i++)
        ok = medium_stays(&c->floppy[i], o->snapshot, what, e);
    for (unsigned i = 0; ok && i < VM_DISKS; i++)
        ok = medium_stays(&c->disk[i], o->snapshot, what, e);
    return ok;
}

static void add_file(struct recording_machine *r, const char *path)
{
    if (path && r->files < RECORDING_FILES && access(path, R_OK) == 0)
        r->file[r->files++] = path;
}

static void add_image(struct recording_machine *r, const struct media *m)
{
    add_file(r, m->path);
    if (m->path)
        add_file(r, m->overlay);
}

/* In this order options_files() names them, too (frontend/replay_command.c). */
static void add_files(struct recording_machine *r, const struct vm_config *c)
{
    for (unsigned i = 0; i < VM_FLOPPIES; i++)
        add_image(r, &c->floppy[i]);
    for (unsigned i = 0; i < VM_DISKS; i++)
        add_image(r, &c->disk[i]);
    add_file(r, c->cdrom.path);
    add_file(r, c->bios);
    add_file(r, c->vga_bios);
    add_file(r, c->kernel);
    add_file(r, c->initrd);
}

/* Drives by place: floppies, then hard disks. */
static struct media *medium_at(struct vm_config *c, unsigned place)
{
    return place < VM_FLOPPIES ? &c->floppy[place] : &c->disk[place - VM_FLOPPIES];
}

_Static_assert(SHOWN_PLACES == VM_FLOPPIES + VM_DISKS, "a place for each");

bool machine_new_recording(struct machine *m, struct vm_config *c, struct err *e)
{
    const struct options *o = m->options;
    struct recording_machine r = {.version = o->build ? o->build : "?",
                                  .argument = o->argument,
                                  .arguments = o->arguments,
                                  .rtc_host = c->rtc_host,
                                  .rtc_start = c->rtc_start,
                                  .rtc_now = c->rtc_now,
                                  .run = c->guest.run};
    if (!o->record)
        return true;
    add_files(&r, c);
    m->recording = recording_new(o->record, &r, o->record_images, e);
    for (unsigned place = 0; m->recording && place < SHOWN_PLACES; place++) {
        struct media *d = medium_at(c, place);
        if (d->folder || d->bytes)
            d->shown = recording_shown(m->recording, place);
    }
    return m->recording != NULL;
}

bool machine_begin_recording(struct machine *m, struct err *e)
{
    if (m->given)
        shown_given_journal(m->given, vm_journal(m->vm));
    return !m->recording || recording_begin(m->recording, m->vm, e);
}

/* What the folder holds now is not what is shown: that is said, as people look at it. */
static void look_at_folder(struct machine *m, const struct media *d, const struct shown_disk *then)
{
    struct err why;
    struct folder_options o = *d->folder;
    o.write = FOLDER_READ_ONLY;
    o.bytes = 0;
    o.max_files = 0; /* as a recording of anybody's may name any folder */
    struct folder *f = folder_open(&o, false, NULL, &why);
    if (!f)
        machine_tell(m, "%s: cannot be read any more; what the recorded run read of it is shown",
                     o.path);
    else if (folder_hash(f) != then->held)
        machine_tell(m, "%s: has changed since; what the recorded run read of it is shown", o.path);
    folder_close(f);
}

/* Disks that are no files show what was recorded; those of today take no part. */
static void give_disks(struct machine *m, struct vm_config *c)
{
    m->given = recorded_take_disks(m->recorded);
    for (unsigned place = 0; place < SHOWN_PLACES; place++) {
        struct media *d = medium_at(c, place);
        const struct shown *shown = shown_given_at(m->given, place);
        struct shown_disk then;
        if (shown && d->folder && shown_given_disk(m->given, place, &then) && then.folder)
            look_at_folder(m, d, &then);
        if (shown)
            *d = (struct media){.shown = shown, .snapshot_memory = d->snapshot_memory};
        else if (d->folder || d->bytes)
            *d = (struct media){.path = NULL};
    }
    for (unsigned i = 0; i < c->guest.shares; i++)
        c->guest.share[i].absent = true;
}

/* What the host said to the recorded machine when it was made, and nobody's connections. */
bool machine_open_recorded(struct machine *m, struct vm_config *c, struct err *e)
{
    const struct options *o = m->options;
    const char *what = o->replay ? "-replay" : "-record";
    if (!o->replay && !o->record)
        return true;
    if (o->replay && (o->record || o->script))
        return err_set(e, "-replay takes all input from its file: it goes without -%s",
                       o->record ? "record" : "script");
    if (o->replay && o->run.program)
        return err_set(e, "-replay: what ferrite dos has recorded is replayed by ferrite replay %s",
                       o->replay);
    if (!media_stay(o, c, what, e))
        return false;
    if (!o->replay)
        return true;
    struct recording_machine now = {.files = 0};
    add_files(&now, c);
    m->recorded = o->recorded ? o->recorded : recorded_open(o->replay, e);
    if (!m->recorded || !recorded_files_ok(m->recorded, &now, e))
        return false;
    const struct recording_machine *r = recorded_machine(m->recorded);
    c->rtc_host = r->rtc_host;
    c->rtc_start = r->rtc_start;
    c->rtc_now = r->rtc_now;
    c->nic.forwards = 0;
    c->guest.run = r->run;
    give_disks(m, c);
    return true;
}

void machine_look_recording(struct machine *m)
{
    struct err e;
    if (m->recording && !recording_look(m->recording, &e))
        machine_tell(m, "%s", e.text);
}

static void forget_recorded(struct machine *m)
{
    if (m->recorded != m->options->recorded)
        recorded_free(m->recorded);
    m->recorded = NULL;
}

/* A run of another version may be another one: which, for who has to find the right one. */
static void say_version(const struct machine *m, struct err *e)
{
    const char *then = recorded_machine(m->recorded)->version, *now = m->options->build;
    if (!now || strcmp(then, now) == 0)
        return;
    struct err why = *e;
    err_set(e, "%.300s (recorded by Ferrite %.80s; this is %.80s)", why.text, then, now);
}

bool machine_begin_replay(struct machine *m, struct err *e)
{
    if (!m->recorded || recorded_begin(m->recorded, m->vm, m->options->loadvm != NULL, e))
        return true;
    say_version(m, e);
    return false;
}

/* Was it the same run? That is said, and counts. */
bool machine_replayed(struct machine *m)
{
    struct err words = {""};
    bool same = recorded_verdict(m->recorded, m->vm, &words);
    if (!same)
        say_version(m, &words);
    shown_given_journal(m->given, NULL); /* what is not known any more cannot be read */
    machine_tell(m, "%s", words.text);
    forget_recorded(m);
    return same;
}

void machine_close_recorded(struct machine *m)
{
    struct err e;
    if (!recording_end(m->recording, &e)) {
        machine_tell(m, "%s", e.text);
        if (m->status == 0)
            m->status = SCRIPT_BAD;
    }
    /* The guest ended, as it did then, with a status that was that run's. */
    if (m->recorded && m->vm && m->started > 0)
        m->status = machine_replayed(m) ? 0 : m->status ? m->status : SCRIPT_FAILED;
    forget_recorded(m);
}

void machine_free_recording(struct machine *m)
{
    recording_free(m->recording);
    m->recording = NULL;
    shown_given_free(m->given);
    m->given = NULL;
}
