/*
 * rows_media.c - commands for what is in the drives.
 */
#include "frontend/control/rows.h"

#include "frontend/control/media.h"
#include "frontend/control/out_file.h"

#include <string.h>

static const char *const drive_words[] = {"fda|floppy0|a:", "fdb|floppy1|b:", "cd|ide1-cd0|cdrom",
                                          NULL};
static const char *const all_words[] = {
    "fda|floppy0|a:", "fdb|floppy1|b:", "hda|ide0-hd0",      "hdb|ide0-hd1",
    "hdc|ide1-hd0",   "hdd|ide1-hd1",   "cd|ide1-cd0|cdrom", NULL};
static const char *const floppy_words[] = {"fda|floppy0|a:", "fdb|floppy1|b:", NULL};
static const char *const stick_words[] = {"hda|ide0-hd0", "hdb|ide0-hd1", "hdc|ide1-hd0",
                                          "hdd|ide1-hd1", NULL};
static const char *const force_words[] = {"force", NULL};
static const char *const insert_options[] = {"read-only", "force", NULL};
static const char *const on_words[] = {"on", "off", NULL};

/* "A:", "the CD drive" */
static const char *place_words(s64 drive)
{
    static const char *const words[] = {"A:", "B:", "the CD drive"};
    return words[drive];
}

static const char *drive_name(s64 drive)
{
    static const char *const names[] = {"fda", "fdb", "cd"};
    return names[drive];
}

static bool is_drive(const struct call *call, s64 drive)
{
    struct vm_drive d;
    return vm_drive(call->control->vm, (unsigned)drive, &d);
}

/* ---- insert, eject ---- */

/* Only the CD drive has a tray of its own. */
static void tell_tray(struct control *c, s64 drive, bool open)
{
    if (drive == DRIVE_CD)
        control_tell(
            c, &(struct control_event){.kind = EVENT_MEDIUM, .text = "ide1-cd0", .open = open});
}

static enum command_state insert_file(struct call *call, s64 drive, const char *file,
                                      bool read_only, bool force)
{
    struct control *c = call->control;
    const char *slash = strrchr(file, '/');
    struct media m;
    bool ok;
    if (drive == DRIVE_CD) {
        ok = media_cd(&m, "insert", file, &call->error) &&
             vm_cd_insert(c->vm, &m, force, &call->error);
    } else {
        ok = media_floppy(&m, "insert", file, c->snapshot, &call->error);
        m.read_only |= ok && read_only;
        ok = ok && vm_floppy_insert(c->vm, (unsigned)drive, &m, &call->error);
    }
    if (!ok)
        return call_host_failed(call);
    tell_tray(c, drive, true);
    tell_tray(c, drive, false);
    reply_text(call->reply, "drive", drive_name(drive));
    reply_text(call->reply, "file", file);
    reply_say(call->reply, "%.300s is in %s", slash ? slash + 1 : file, place_words(drive));
    return COMMAND_DONE;
}

static enum command_state insert(struct call *call)
{
    const struct value *arg = call->request->arg;
    return insert_file(call, arg[0].number, arg[1].text, arg[2].given && arg[2].number == 0,
                       arg[2].given && arg[2].number == 1);
}

static enum command_state insert_any(struct call *call)
{
    const char *file = call->request->arg[0].text;
    return insert_file(call, media_is_cd(file) ? DRIVE_CD : DRIVE_FDA, file, false, false);
}

static enum command_state eject(struct call *call)
{
    struct control *c = call->control;
    const struct value *arg = call->request->arg;
    s64 drive = arg[0].number;
    if (!(drive == DRIVE_CD ? vm_cd_eject(c->vm, arg[1].given, &call->error)
                            : vm_floppy_eject(c->vm, (unsigned)drive, &call->error)))
        return call_host_failed(call);
    tell_tray(c, drive, true);
    reply_text(call->reply, "drive", drive_name(drive));
    reply_say(call->reply, "%s is empty", place_words(drive));
    return COMMAND_DONE;
}

/* ---- USB sticks ---- */

static enum command_state plug_stick(struct call *call, bool in)
{
    s64 i = call->request->arg[0].number;
    struct vm_drive d;
    if (!vm_usb_disk_plug(call->control->vm, VM_FLOPPIES + (unsigned)i, in, &call->error) ||
        !vm_drive(call->control->vm, VM_FLOPPIES + (unsigned)i, &d))
        return call_host_failed(call);
    reply_text(call->reply, "drive", d.name);
    reply_bool(call->reply, "plugged", in);
    reply_say(call->reply, "%s is %s", d.name, in ? "plugged in" : "unplugged");
    return COMMAND_DONE;
}

static enum command_state plug(struct call *call)
{
    return plug_stick(call, true);
}

static enum command_state unplug(struct call *call)
{
    return plug_stick(call, false);
}

static enum command_state protect(struct call *call)
{
    const struct value *arg = call->request->arg;
    s64 drive = arg[0].number;
    bool on = arg[1].number == 0;
    if (!is_drive(call, drive))
        return call_fails(call, FAULT_HOST, "there is no drive %s", drive_name(drive));
    if (!vm_floppy_protect(call->control->vm, (unsigned)drive, on, &call->error))
        return call_host_failed(call);
    reply_text(call->reply, "drive", drive_name(drive));
    reply_bool(call->reply, "read-only", on);
    reply_say(call->reply, "the diskette in %s %s", place_words(drive),
              on ? "is write-protected" : "can be written");
    return COMMAND_DONE;
}

/* ---- export ---- */

static const char *const disk_words[] = {"fda|floppy0|a:",
                                         "fdb|floppy1|b:",
                                         "hda|ide0-hd0",
                                         "hdb|ide0-hd1",
                                         "hdc|ide1-hd0",
                                         "hdd|ide1-hd1",
                                         NULL};

struct export
{
    struct vm *vm;
    unsigned place;
};

static bool fill(void *opaque, int fd, struct err *e)
{
    const struct export *x = opaque;
    return vm_drive_export(x->vm, x->place, fd, e);
}

static enum command_state export_disk(struct call *call)
{
    const struct value *arg = call->request->arg;
    struct export x = {call->control->vm, (unsigned)arg[0].number};
    struct vm_drive d;
    if (!vm_drive(x.vm, x.place, &d) || !d.medium)
        return call_fails(call, FAULT_HOST, "there is no disk in %.*s",
                          (int)strcspn(disk_words[x.place], "|"), disk_words[x.place]);
    if (!out_file_save_by(arg[1].text, fill, &x, &call->error))
        return call_host_failed(call);
    reply_text(call->reply, "drive", d.name);
    reply_text(call->reply, "file", arg[1].text);
    reply_int(call->reply, "bytes", (s64)d.bytes);
    reply_say(call->reply, "%s is in %.300s", d.name, arg[1].text);
    return COMMAND_DONE;
}

/* ---- a folder that has changed ---- */

static enum command_state refresh(struct call *call)
{
    unsigned place = (unsigned)call->request->arg[0].number;
    struct vm_drive d;
    if (!vm_drive(call->control->vm, place, &d) || !d.medium)
        return call_fails(call, FAULT_HOST, "there is no disk in %.*s",
                          (int)strcspn(disk_words[place], "|"), disk_words[place]);
    if (!vm_drive_renew(call->control->vm, place, &call->error))
        return call_host_failed(call);
    reply_text(call->reply, "drive", d.name);
    reply_say(call->reply, "%s shows the folder as it is now%s", d.name,
              d.kind == VM_DRIVE_FLOPPY || d.format[0]
                  ? ""
                  : "; a guest that has it mounted must be told (DOS: FERRITE "
                    "RESCAN)");
    return COMMAND_DONE;
}

/* ---- what there is ---- */

static void describe(struct reply *r, const struct vm_drive *d)
{
    static const char *const kinds[] = {"floppy", "disk", "cd"};
    reply_map(r, NULL);
    reply_text(r, "drive", d->name);
    reply_text(r, "kind", kinds[d->kind]);
    reply_bool(r, "inserted", d->medium != NULL);
    if (d->medium) {
        reply_text(r, "file", d->medium);
        reply_int(r, "bytes", (s64)d->bytes);
        reply_bool(r, "read-only", d->read_only);
        if (d->format[0])
            reply_text(r, "format", d->format);
        if (d->kind == VM_DRIVE_DISK && strcmp(d->format, "USB") == 0)
            reply_bool(r, "plugged", !d->pulled);
        if (d->kind == VM_DRIVE_CD)
            reply_int(r, "tracks", d->tracks);
        else
            reply_int(r, "sectors written", (s64)d->written);
    }
    if (d->kind == VM_DRIVE_CD)
        reply_bool(r, "locked", d->locked);
    reply_end(r);
}

static enum command_state drives(struct call *call)
{
    const struct value *which = &call->request->arg[0];
    struct vm_drive d;
    reply_list(call->reply, NULL);
    for (unsigned i = 0; i < VM_DRIVES; i++) {
        if ((!which->given || i == which->number) && vm_drive(call->control->vm, i, &d))
            describe(call->reply, &d);
    }
    reply_end(call->reply);
    return COMMAND_DONE;
}

#define DRIVE .name = "drive", .kind = PARAM_WORD, .what = "a drive"

static const struct command rows[] = {
    {.name = "insert",
     .aliases = "change",
     .param = {{DRIVE, .words = drive_words},
               {.name = "file", .kind = PARAM_MEDIUM, .what = "a file after the drive"},
               {.name = "how", .kind = PARAM_WORD, .optional = true, .words = insert_options}},
     .help = "change a diskette or the CD; force: also when the guest has locked the drive",
     .flags = COMMAND_INPUT,
     .run = insert},
    {.name = "insert-any",
     .param = {{.name = "file", .kind = PARAM_MEDIUM}},
     .help = "the same into the drive that suits the file: A: or the CD drive",
     .flags = COMMAND_INPUT,
     .run = insert_any},
    {.name = "eject",
     .param = {{DRIVE, .words = drive_words},
               {.name = "how", .kind = PARAM_WORD, .optional = true, .words = force_words}},
     .help = "take it out; force for a CD that the guest has locked in",
     .flags = COMMAND_INPUT,
     .run = eject},
    {.name = "unplug",
     .param = {{DRIVE, .words = stick_words}},
     .help = "pull a USB stick out of its port (-device usb-disk)",
     .flags = COMMAND_INPUT,
     .run = unplug},
    {.name = "plug",
     .param = {{DRIVE, .words = stick_words}},
     .help = "put it in again",
     .flags = COMMAND_INPUT,
     .run = plug},
    {.name = "protect",
     .param = {{DRIVE, .words = floppy_words},
               {.name = "state", .kind = PARAM_WORD, .words = on_words}},
     .help = "move the tab of the diskette: the guest cannot write to it",
     .flags = COMMAND_INPUT,
     .run = protect},
    {.name = "export",
     .param = {{DRIVE, .words = disk_words}, {.name = "file", .kind = PARAM_FILE_OUT}},
     .help = "what the guest sees on a diskette or hard disk now, as an image file: of a folder's "
             "disk, too",
     .flags = COMMAND_LOOKS,
     .run = export_disk},
    {.name = "refresh",
     .param = {{DRIVE, .words = disk_words}},
     .help =
         "show a folder's disk as the folder is now: a diskette is changed by it; of a hard disk "
         "the guest must be told (unmount it before, or FERRITE RESCAN in DOS)",
     .flags = COMMAND_INPUT,
     .run = refresh},
    {.name = "drives",
     .aliases = "info block",
     .param = {{DRIVE, .words = all_words, .optional = true}},
     .help = "all drives, or one, and what is in them",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = drives},
};

const struct command_topic rows_media = {"Drives", rows, ARRAY_SIZE(rows)};
