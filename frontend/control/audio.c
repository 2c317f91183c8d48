/*
 * audio.c - recording a machine's sound. See audio.h.
 */
#include "frontend/control/audio.h"

#include "frontend/control/control.h"
#include "frontend/control/wav.h"

static struct sound_sink sink_of(const struct control *c)
{
    return (struct sound_sink){wav_take, c->recording};
}

bool audio_record(struct control *c, const char *path, struct err *e)
{
    if (c->recording)
        return err_set(e, "sound goes to %s already; audio stop ends that", wav_path(c->recording));
    c->recording = wav_open(path, vm_sound_rate(c->vm), e);
    if (!c->recording)
        return false;
    struct sound_sink sink = sink_of(c);
    if (vm_sound_listen(c->vm, &sink))
        return true;
    wav_close(c->recording, NULL);
    c->recording = NULL;
    return err_set(e, "%s: too many listen to this machine", path);
}

bool audio_stop(struct control *c, struct err *e)
{
    if (!c->recording)
        return true;
    struct sound_sink sink = sink_of(c);
    vm_sound_leave(c->vm, &sink);
    bool ok = wav_close(c->recording, e);
    c->recording = NULL;
    return ok;
}

bool audio_ok(const struct control *c, struct err *e)
{
    return !c->recording || wav_ok(c->recording, e);
}
