/*
 * sdl_sound.c - the machine's sound on the host's device. See window.h and playback.h.
 *
 * The machine's thread puts frames into the queue; SDL's own thread takes them out. From an instant
 * of guest time to the loudspeaker it is 6 ms in the mixer, up to 5 ms of a slice, some 15 ms in
 * the queue, and a buffer of SDL's or two of 10 ms.
 */
#include "frontend/window/window.h"

#include "frontend/control/sound_in.h"

#include <string.h>

enum { DEVICE_FRAMES = 512, QUEUE_MS = 15 };

static void SDLCALL on_device(void *opaque, Uint8 *stream, int len)
{
    struct window *w = opaque;
    playback_play(&w->playback, (struct sound_frame *)(void *)stream,
                  (unsigned)len / sizeof(struct sound_frame), atomic_load(&w->loud));
}

static struct sound_sink sink_of(struct window *w)
{
    return (struct sound_sink){playback_take, &w->playback};
}

/* The machine's thread: from now on its frames go into the queue. */
void window_listen(struct window *w)
{
    struct sound_sink sink = sink_of(w);
    if (!w->m->audible)
        return;
    playback_init(&w->playback, vm_sound_rate(w->m->vm), QUEUE_MS);
    w->listens = vm_sound_listen(w->m->vm, &sink);
    vm_sound_leave(w->m->vm, &w->m->ear);
}

void window_listen_no_more(struct window *w)
{
    struct sound_sink sink = sink_of(w);
    if (w->listens)
        vm_sound_leave(w->m->vm, &sink);
    w->listens = false;
}

static bool begin_audio(struct window *w)
{
    if (!w->audio_begun && w->sdl.InitSubSystem(SDL_INIT_AUDIO) != 0)
        return false;
    w->audio_begun = true;
    return true;
}

static SDL_AudioDeviceID open_device(struct window *w, const char *name)
{
    SDL_AudioSpec want = {.freq = (int)w->playback.rate,
                          .format = AUDIO_S16SYS,
                          .channels = 2,
                          .samples = DEVICE_FRAMES,
                          .callback = on_device,
                          .userdata = w};
    return w->sdl.OpenAudioDevice(name, 0, &want, NULL, 0);
}

/* A host without a sound device is one where the machine is not heard. */
void window_open_audio(struct window *w)
{
    const char *name = w->settings.device;
    w->audio_tried = true;
    w->audio_lost = false;
    if (!begin_audio(w)) {
        window_say(w, "no sound: %s", w->sdl.GetError());
        return;
    }
    if (*name && !(w->audio = open_device(w, name)))
        window_say(w, "no sound on %s (%s): the host's usual device is taken", name,
                   w->sdl.GetError());
    if (!w->audio)
        w->audio = open_device(w, NULL);
    if (w->audio)
        w->sdl.PauseAudioDevice(w->audio, 0);
    else
        window_say(w, "no sound: %s", w->sdl.GetError());
}

static void SDLCALL on_microphone(void *opaque, Uint8 *stream, int len)
{
    struct window *w = opaque;
    sound_in_captured(w->m->sound_in, (const struct sound_frame *)(const void *)stream,
                      (unsigned)len / sizeof(struct sound_frame));
}

/* Its rate and its format are the library's business. */
void window_open_microphone(struct window *w)
{
    SDL_AudioSpec want = {.freq = SOUND_IN_RATE,
                          .format = AUDIO_S16SYS,
                          .channels = 2,
                          .samples = DEVICE_FRAMES,
                          .callback = on_microphone,
                          .userdata = w};
    w->microphone_tried = true;
    if (begin_audio(w))
        w->microphone = w->sdl.OpenAudioDevice(NULL, 1, &want, NULL, 0);
    if (w->microphone)
        w->sdl.PauseAudioDevice(w->microphone, 0);
    else
        window_say(w, "nothing is recorded: %s", w->sdl.GetError());
}

static void close_device(struct window *w)
{
    if (w->audio)
        w->sdl.CloseAudioDevice(w->audio); /* waits for the last call of on_device() */
    w->audio = 0;
}

void window_change_audio(struct window *w)
{
    if (!w->audio_tried || strcmp(w->audio_was, w->settings.device) == 0) {
        snprintf(w->audio_was, sizeof(w->audio_was), "%s", w->settings.device);
        return;
    }
    snprintf(w->audio_was, sizeof(w->audio_was), "%s", w->settings.device);
    close_device(w);
    window_open_audio(w);
}

void window_list_audio(struct window *w)
{
    w->devices = 0;
    if (w->m->audible && begin_audio(w)) {
        int count = w->sdl.GetNumAudioDevices(0);
        for (int i = 0; i < count && w->devices < FACTS_DEVICES; i++) {
            const char *name = w->sdl.GetAudioDeviceName(i, 0);
            if (name && strlen(name) < SETTINGS_VALUE)
                snprintf(w->device[w->devices++], SETTINGS_VALUE, "%s", name);
        }
    }
}

bool window_audio_event(struct window *w, const SDL_Event *e)
{
    if (e->type != SDL_AUDIODEVICEADDED && e->type != SDL_AUDIODEVICEREMOVED)
        return false;
    if (e->adevice.iscapture)
        return true;
    if (e->type == SDL_AUDIODEVICEREMOVED && w->audio && e->adevice.which == w->audio) {
        window_say(w, "the sound device is gone: the host's usual one is taken");
        close_device(w);
        window_open_audio(w);
        w->audio_lost = true;
    } else if (e->type == SDL_AUDIODEVICEADDED && w->audio_lost && *w->settings.device) {
        close_device(w); /* the one that is wanted may be back */
        window_open_audio(w);
    }
    if (w->ui.menu.open)
        window_list_audio(w);
    return true;
}
