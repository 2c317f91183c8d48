/*
 * sdl_sound.c - the PC speaker's square wave. See window.h.
 */
#include "frontend/window/window.h"

enum { AUDIO_RATE = 44100 };

static void SDLCALL speaker(void *opaque, Uint8 *stream, int len)
{
    struct window *w = opaque;
    Sint16 *out = (Sint16 *)(void *)stream;
    int high = 3750 * atomic_load(&w->loud) / 100;
    double step = atomic_load(&w->tone) / 100.0 / AUDIO_RATE;
    for (int i = 0; i < len / 2; i++) {
        if (step <= 0 || step >= 0.5) { /* silent, or above what the ear and the rate allow */
            out[i] = 0;
            continue;
        }
        w->phase += step;
        if (w->phase >= 1)
            w->phase -= 1;
        out[i] = (Sint16)(w->phase < 0.5 ? high : -high);
    }
}

void window_open_audio(struct window *w)
{
    w->audio_tried = true;
    if (w->sdl.InitSubSystem(SDL_INIT_AUDIO) != 0)
        return; /* a machine without sound is still a machine */
    SDL_AudioSpec want = {.freq = AUDIO_RATE,
                          .format = AUDIO_S16SYS,
                          .channels = 1,
                          .samples = 512,
                          .callback = speaker,
                          .userdata = w};
    w->audio = w->sdl.OpenAudioDevice(NULL, 0, &want, NULL, 0);
    if (w->audio)
        w->sdl.PauseAudioDevice(w->audio, 0);
}
