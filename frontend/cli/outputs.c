/*
 * outputs.c - what -serial, -parallel, -debugcon, -midi, -D, -netdump and -audio name is emptied
 * when it is opened: here, before that, it is compared with what the machine is made of. See
 * outputs.h.
 */
#include "frontend/cli/outputs.h"

#include "frontend/control/out_file.h"

#include <string.h>

static bool apart(const char *option, const char *path, const char *input, struct err *e)
{
    return !input || !out_file_same(path, input) ||
           err_set(e, "%s %s: is the same file as %s, which the machine uses", option, path, input);
}

static bool check(const char *option, const char *path, const struct options *o,
                  const struct vm_config *c, struct err *e)
{
    const char *const files[] = {o->bios, o->vga_bios, o->kernel, o->script, o->loadvm};
    struct err why;
    if (!path)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        if (!apart(option, path, files[i], e))
            return false;
    }
    for (unsigned i = 0; i < VM_FLOPPIES; i++) {
        if (!apart(option, path, c->floppy[i].path, e) ||
            !apart(option, path, c->floppy[i].overlay, e))
            return false;
    }
    for (unsigned i = 0; i < VM_DISKS; i++) {
        if (!apart(option, path, c->disk[i].path, e) || !apart(option, path, c->disk[i].overlay, e))
            return false;
    }
    return apart(option, path, c->cdrom.path, e) &&
           (out_file_free(path, &why) || err_set(e, "%s %.300s", option, why.text));
}

/* The same for what is written when the run has ended: then it would be too late to say it. */
static bool check_end(const char *option, const char *path, const struct options *o,
                      const struct vm_config *c, struct err *e)
{
    struct err why;
    return check(option, path, o, c, e) &&
           (!path || out_file_ready(path, &why) || err_set(e, "%s %.300s", option, why.text));
}

/* The file of "file:PATH", or NULL. */
static const char *file_of(const char *stream)
{
    return stream && strncmp(stream, "file:", 5) == 0 ? stream + 5 : NULL;
}

const char *outputs_audio(const struct options *o)
{
    return o->audio && strncmp(o->audio, "wav:", 4) == 0 ? o->audio + 4 : NULL;
}

bool outputs_apart(const struct options *o, const struct vm_config *c, struct err *e)
{
    for (unsigned i = 0; i < VM_SERIALS; i++) {
        if (!check("-serial", file_of(o->serial[i]), o, c, e))
            return false;
    }
    for (unsigned i = 0; i < o->devices.chardevs; i++) {
        if (!check("-chardev", file_of(o->devices.chardev[i]->to), o, c, e))
            return false;
    }
    return check("-parallel", file_of(o->parallel), o, c, e) &&
           check("-debugcon", file_of(o->debugcon), o, c, e) && check("-D", o->log_file, o, c, e) &&
           check("-midi", file_of(o->midi), o, c, e) && check("-netdump", o->netdump, o, c, e) &&
           check("-record", o->record, o, c, e) && check_end("-profile", o->profile, o, c, e) &&
           check_end("-coverage", o->coverage, o, c, e) &&
           check("-audio", outputs_audio(o), o, c, e);
}
