/*
 * sdl_sound.c - the machine's sound on the host's device. See window.h and playback.h.
 *
 * The machine's thread puts frames into the queue; SDL's own thread takes them out. From an instant
 * of guest time to the loudspeaker it is 6 ms in the mixer, up to 5 ms of a slice, some 15 ms in
 * the queue, and a buffer of SDL's or two of 10 ms.
 */
#include "frontend/window/window.h"

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

/* A host without a sound device is one where the machine is not heard. */
void window_open_audio(struct window *w)
{
    w->audio_tried = true;
    if (w->sdl.InitSubSystem(SDL_INIT_AUDIO) != 0) {
        window_say(w, "no sound: %s", w->sdl.GetError());
        return;
    }
    SDL_AudioSpec want = {.freq = (int)w->playback.rate,
                          .format = AUDIO_S16SYS,
                          .channels = 2,
                          .samples = DEVICE_FRAMES,
                          .callback = on_device,
                          .userdata = w};
    w->audio = w->sdl.OpenAudioDevice(NULL, 0, &want, NULL, 0);
    if (w->audio)
        w->sdl.PauseAudioDevice(w->audio, 0);
    else
        window_say(w, "no sound: %s", w->sdl.GetError());
}
