/*
 * rows_sound.c - commands for what is heard: volumes, recording.
 */
#include "frontend/control/rows.h"

#include "frontend/control/audio.h"
#include "frontend/control/wav.h"

#include <string.h>

static const char *const on_words[] = {"on", "off", NULL};

/* "all" or a source's name. */
static bool is_all(const char *name)
{
    return strcmp(name, "all") == 0;
}

static bool find(const struct control *c, const char *name, struct vm_sound *out)
{
    for (unsigned i = 0; vm_sound_source(c->vm, i, out); i++) {
        if (is_all(name) || strcmp(out->name, name) == 0)
            return true;
    }
    return false;
}

static enum command_state no_source(struct call *call, const char *name)
{
    char list[200] = "";
    struct vm_sound s;
    size_t n = 0;
    for (unsigned i = 0; vm_sound_source(call->control->vm, i, &s) && n < sizeof(list); i++)
        n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", s.name);
    return call_fails(call, FAULT_HOST,
                      "nothing in this machine sounds by the name \"%.60s\": all%s%s", name,
                      n ? ", " : "", list);
}

/* A change of each source of that name. */
static void set(const struct control *c, const char *name, const s64 *volume, const bool *muted)
{
    struct vm_sound s;
    for (unsigned i = 0; vm_sound_source(c->vm, i, &s); i++) {
        if (is_all(name) || strcmp(s.name, name) == 0)
            vm_sound_set(c->vm, s.name, volume ? (u32)*volume : s.volume, muted ? *muted : s.muted);
    }
}

static enum command_state volume(struct call *call)
{
    const struct value *arg = call->request->arg;
    struct vm_sound s;
    if (!find(call->control, arg[0].text, &s))
        return no_source(call, arg[0].text);
    set(call->control, arg[0].text, &arg[1].number, NULL);
    reply_text(call->reply, "source", arg[0].text);
    reply_int(call->reply, "volume", arg[1].number);
    reply_say(call->reply, "%.60s: volume %d %%", arg[0].text, (int)arg[1].number);
    return COMMAND_DONE;
}

static enum command_state mute(struct call *call)
{
    const struct value *arg = call->request->arg;
    bool on = arg[1].number == 0;
    struct vm_sound s;
    if (!find(call->control, arg[0].text, &s))
        return no_source(call, arg[0].text);
    set(call->control, arg[0].text, NULL, &on);
    reply_text(call->reply, "source", arg[0].text);
    reply_bool(call->reply, "muted", on);
    reply_say(call->reply, "%.60s is %s", arg[0].text, on ? "mute" : "heard");
    return COMMAND_DONE;
}

static enum command_state sound(struct call *call)
{
    const struct control *c = call->control;
    struct vm_sound s;
    reply_int(call->reply, "rate", vm_sound_rate(c->vm));
    if (c->recording)
        reply_text(call->reply, "file", wav_path(c->recording));
    reply_list(call->reply, "sources");
    for (unsigned i = 0; vm_sound_source(c->vm, i, &s); i++) {
        reply_map(call->reply, NULL);
        reply_text(call->reply, "source", s.name);
        reply_int(call->reply, "volume", s.volume);
        reply_bool(call->reply, "muted", s.muted);
        reply_bool(call->reply, "playing", s.playing);
        reply_end(call->reply);
    }
    reply_end(call->reply);
    return COMMAND_DONE;
}

static enum command_state audio_wav(struct call *call)
{
    const char *path = call->request->arg[0].text;
    if (!audio_record(call->control, path, &call->error))
        return call_host_failed(call);
    reply_text(call->reply, "file", path);
    reply_say(call->reply, "sound goes to %.300s", path);
    return COMMAND_DONE;
}

static enum command_state audio_end(struct call *call)
{
    struct control *c = call->control;
    if (!c->recording)
        return call_fails(call, FAULT_HOST, "no sound is being recorded; audio wav FILE begins");
    double seconds = (double)wav_frames(c->recording) / vm_sound_rate(c->vm);
    reply_text(call->reply, "file", wav_path(c->recording));
    reply_real(call->reply, "seconds", seconds);
    reply_say(call->reply, "%.1f s of sound are in %.300s", seconds, wav_path(c->recording));
    if (!audio_stop(c, &call->error))
        return call_host_failed(call);
    return COMMAND_DONE;
}

#define SOURCE .name = "source", .kind = PARAM_NAME, .what = "a source of sound, or all"

static const struct command rows[] = {
    {.name = "volume",
     .param = {{SOURCE},
               {.name = "percent", .kind = PARAM_INT, .what = "percent", .min = 0, .max = 100}},
     .help = "how loud a source of sound is, or all of them; `sound` lists them",
     .flags = COMMAND_LOOKS,
     .run = volume},
    {.name = "mute",
     .param = {{SOURCE, .optional = true, .otherwise = "all"},
               {.name = "state",
                .kind = PARAM_WORD,
                .optional = true,
                .otherwise = "on",
                .words = on_words}},
     .help = "silence a source, or let it be heard again (off)",
     .flags = COMMAND_LOOKS,
     .run = mute},
    {.name = "sound",
     .aliases = "info sound",
     .help = "what can be heard in this machine, how loud, and whether it plays",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = sound},
    {.name = "audio wav",
     .aliases = "wavcapture",
     .param = {{.name = "file", .kind = PARAM_FILE_OUT}},
     .help = "all sound into a WAV file from now on: the same run writes the same bytes",
     .flags = COMMAND_LOOKS,
     .run = audio_wav},
    {.name = "audio stop",
     .aliases = "stopcapture",
     .help = "the end of that file",
     .flags = COMMAND_LOOKS,
     .run = audio_end},
};

const struct command_topic rows_sound = {"Sound", rows, ARRAY_SIZE(rows)};
