/*
 * machine_recording.c - -record and -replay of a command line's machine. See machine_recording.h.
 *
 * Not recorded: what a host's folder says that is shown as a disk, and what `ferrite dos` makes of
 * a program.
 */
#include "frontend/cli/machine_recording.h"

#include "frontend/timeline/recording.h"

#include <stdio.h>
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

/* Disks have to be what they were, and everything that they hold has to be in files. */
static bool medium_stays(const struct media *media, bool snapshot, const char *what, struct err *e)
{
    if (media->folder)
        return err_set(e, "%s: a folder shown as a disk cannot be recorded", what);
    if (media->path && !snapshot && !media->read_only)
        return err_set(e, "%s: wants -snapshot, so that %s stays as it is recorded", what,
                       media->path);
    return true;
}

static bool media_stay(const struct options *o, const struct vm_config *c, const char *what,
                       struct err *e)
{
    bool ok = !o->run.program ||
              err_set(e, "%s: what `ferrite dos` makes of a program cannot be recorded", what);
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

static void add_files(struct recording_machine *r, const struct vm_config *c)
{
    for (unsigned i = 0; i < VM_FLOPPIES; i++) {
        add_file(r, c->floppy[i].path);
        add_file(r, c->floppy[i].overlay);
    }
    for (unsigned i = 0; i < VM_DISKS; i++) {
        add_file(r, c->disk[i].path);
        add_file(r, c->disk[i].overlay);
    }
    add_file(r, c->cdrom.path);
    add_file(r, c->bios);
    add_file(r, c->vga_bios);
    add_file(r, c->kernel);
    add_file(r, c->initrd);
}

/* With the machine as it was made; snapshots that are loaded are entered, too. */
bool machine_begin_recording(struct machine *m, const struct vm_config *c, struct err *e)
{
    const struct options *o = m->options;
    struct recording_machine r = {.version = "Ferrite",
                                  .argument = o->argument,
                                  .arguments = o->arguments,
                                  .rtc_host = c->rtc_host,
                                  .rtc_start = c->rtc_start,
                                  .rtc_now = c->rtc_now};
    if (!o->record)
        return true;
    add_files(&r, c);
    m->recording = recording_begin(m->vm, o->record, &r, e);
    return m->recording != NULL;
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
    if (!media_stay(o, c, what, e))
        return false;
    if (!o->replay)
        return true;
    struct recording_machine now = {.files = 0};
    add_files(&now, c);
    m->recorded = recorded_open(o->replay, e);
    if (!m->recorded || !recorded_files_ok(m->recorded, &now, e))
        return false;
    const struct recording_machine *r = recorded_machine(m->recorded);
    c->rtc_host = r->rtc_host;
    c->rtc_start = r->rtc_start;
    c->rtc_now = r->rtc_now;
    c->nic.forwards = 0;
    return true;
}

void machine_look_recording(struct machine *m)
{
    struct err e;
    if (m->recording && !recording_look(m->recording, &e))
        machine_tell(m, "%s", e.text);
}

/* Was it the same run? That is said, and counts. */
bool machine_replayed(struct machine *m)
{
    struct err words = {""};
    bool same = recorded_verdict(m->recorded, m->vm, &words);
    machine_tell(m, "%s", words.text);
    recorded_free(m->recorded);
    m->recorded = NULL;
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
    m->recording = NULL;
    if (m->recorded && m->vm && m->started > 0 && !machine_replayed(m) && m->status == 0)
        m->status = SCRIPT_FAILED;
    recorded_free(m->recorded);
    m->recorded = NULL;
}
