/*
 * window.h - what the parts of the window share: sdl.c (life), sdl_machine.c (the machine's
 * thread), sdl_input.c (keys, mouse, drops), sdl_picture.c, sdl_message.c, sdl_sound.c.
 *
 * Two threads. The machine's own thread runs it in slices, keeps it to the host's clock, and is
 * the only one to touch the machine. The window's thread (main) handles events and draws. They
 * meet in struct window under one lock: a queue of input one way, the last frame and a message the
 * other way. Input enters the machine only between slices.
 */
#ifndef FERRITE_WINDOW_H
#define FERRITE_WINDOW_H

#include "frontend/cli/machine.h"
#include "frontend/control/picture.h"
#include "frontend/window/sdl_library.h"
#include "hw/input/keys.h"

#include <stdatomic.h>

enum { QUEUE = 512, MESSAGE = 400 };

enum input_kind {
    IN_KEY,
    IN_MOUSE,
    IN_PAUSE,   /* stop, or go on */
    IN_REQUEST, /* a command (frontend/control/command.h) */
};

struct input {
    enum input_kind kind;
    int a, b, c; /* key and down; or movement and wheel */
    unsigned buttons;
    struct request *request; /* freed by the receiver */
};

struct window {
    struct sdl_library sdl;
    struct machine *m;
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *screen; /* the guest's pixels */
    SDL_Texture *big;    /* the same, each pixel a whole block: the base of smooth scaling */
    unsigned screen_w, screen_h;
    double aspect;
    bool captured, fullscreen;
    bool message_shown;
    unsigned buttons;
    bool down[KEY_COUNT];
    SDL_AudioDeviceID audio;
    bool audio_tried;
    double phase; /* of the speaker's square wave, 0 to 1; audio callback only */

    atomic_int quit, over;
    atomic_int paused; /* by somebody, or for a disk: what the title says */
    atomic_int tone;   /* 1/100 Hz */

    SDL_mutex *lock; /* for everything below */
    struct input queue[QUEUE];
    unsigned queued;
    struct picture frame;
    double frame_aspect;
    bool frame_new;
    unsigned new_first, new_end; /* lines of `frame` that the texture does not have yet */
    u64 frame_version;           /* of the machine's picture; machine's thread only */
    char message[MESSAGE];       /* shown over the picture */
    double message_end;          /* host seconds; 0: none is shown */
    bool message_new;
};

/* The machine's thread; `opaque` is the window. */
int window_machine(void *opaque);

/*
 * Have a command done in the machine's thread; the last of the words is NULL. What it says, or what
 * is wrong, is shown as a message. From the window's thread.
 */
void window_command(struct window *w, const char *const *words);

/* An input that nobody takes. */
void window_drop(struct input *in);

/* true: the picture must be drawn again. */
bool window_event(struct window *w, const SDL_Event *e);
void window_title(struct window *w);

void window_draw(struct window *w);

/* Say it on standard error and, for some seconds, over the picture. From either thread. */
void window_say(struct window *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same for the picture alone; `opaque` is the window. */
void window_show(void *opaque, const char *text);
/* Has a message come or gone since it was drawn last? */
bool window_message_changed(struct window *w);
/* Over what has been drawn; call before it is presented. */
void window_draw_message(struct window *w);

void window_open_audio(struct window *w);

#endif
