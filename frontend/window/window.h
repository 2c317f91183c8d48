/*
 * window.h - what the parts of the window share.
 *
 *   sdl.c           life, the loop of events      sdl_machine.c  the machine's thread
 *   sdl_input.c     keys, mouse, drops            sdl_facts.c    what menu and status line show
 *   sdl_keys.c      which key is which            sdl_sound.c, playback.c  sound
 *   sdl_picture.c   frames, the window's size     ui.c           menu, status line, messages
 *   sdl_lost.c      the X server goes
 *   sdl_stick.c     game controllers
 *   present*.c      on the screen                 sdl_clipboard.c  paste and copy
 *   sdl_mark.c      a part of the text, marked with the mouse
 *
 * Two threads. The machine's own thread runs it in slices, keeps it to the host's clock, and is
 * the only one to touch the machine. The window's thread (main) handles events and draws. They
 * meet in struct window under one lock: a queue of input one way; the last whole frame, facts and a
 * message the other way. Input enters the machine only between slices, and the machine's thread
 * never waits for the screen.
 */
#ifndef FERRITE_WINDOW_H
#define FERRITE_WINDOW_H

#include "frontend/cli/machine.h"
#include "frontend/cli/pace.h"
#include "frontend/control/picture.h"
#include "frontend/view/menu_draw.h"
#include "frontend/window/playback.h"
#include "frontend/window/present.h"
#include "frontend/window/sdl_library.h"
#include "hw/input/keys.h"

#include <stdatomic.h>

enum { QUEUE = 512, MESSAGE = 400, CHANGES = 16, PADS = 2, STICK_KEYS = 10 };

enum input_kind {
    IN_KEY,
    IN_MOUSE,
    IN_STICK, /* a: which, b, c: where */
    IN_NO_STICK,
    IN_POINT,   /* the pointer's place, for vm_pointer() */
    IN_COPY,    /* the text screen, for the clipboard */
    IN_CELLS,   /* the same cell by cell, for marking a part of it */
    IN_PAUSE,   /* stop, or go on */
    IN_REQUEST, /* a command (frontend/control/command.h) */
};

struct input {
    enum input_kind kind;
    int a, b, c; /* key and down; or movement and wheel */
    unsigned buttons;
    struct request *request; /* freed by the receiver */
};

/* A setting of the window that a command has changed; the window's thread puts it into force. */
struct setting_change {
    char name[20], value[SETTINGS_VALUE];
};

/* What lies over the picture. */
struct ui {
    struct menu menu;
    struct menu_view view;
    struct status status;
    struct facts facts; /* a copy */
    struct layer layer[LAYERS];
    u64 menu_drawn, menu_told;         /* versions */
    int drawn_w, drawn_h, drawn_scale; /* for which room */
    int taken;                         /* dots at the bottom, by status line and message */
    bool status_shown;
    double status_until; /* host seconds: shown at least so long */
    bool recapture;      /* the mouse was captured when the menu was opened */
    int modifier;        /* key catcher: pressed alone so far */
    char message[MESSAGE];
};

/* A part of the text screen that is being marked; places as those of the pointer. */
struct mark {
    bool armed; /* the next press of the button begins */
    bool on, moved, ended;
    bool block;
    u16 from_x, from_y, to_x, to_y;
    struct screen_cells *cells; /* of when it began; NULL: not here yet */
};

struct window {
    struct sdl_library sdl;
    struct machine *m;
    SDL_Window *window;
    struct present present;
    struct settings settings;
    struct settings remembered, given; /* before and after the options; values, no texts */
    struct ui ui;
    bool captured;
    bool shares;    /* the guest wanted positions when we looked last */
    u16 at_x, at_y; /* the pointer's place in the picture, 0 to 65535 */
    bool placed;    /* they are a place in a picture */
    unsigned buttons;
    struct mark mark;
    bool down[KEY_COUNT];
    bool eaten[SDL_NUM_SCANCODES];  /* pressed for the window: not the guest's until released */
    u8 typed_as[SDL_NUM_SCANCODES]; /* typing=host: the guest's key that it went as */
    bool host_held, host_used;      /* the host key, and whether it was a modifier */
    SDL_Scancode fast;              /* the key that is held for fast forward; 0: none */
    double rest_x, rest_y;          /* of the mouse's way, less than a count */
    char title[160];
    int set_w, set_h; /* the window's size as we set it last */
    SDL_Rect unfull;  /* full screen by our own hand: where the window was; w is 0 else */
    /* The picture as it is shown, and the one before it (pace=blend). */
    struct picture shown, before, mixed;
    double aspect;
    unsigned shown_first, shown_end; /* lines that are not on the screen yet */
    bool shown_all;
    double arrived; /* host seconds, of `shown` */
    unsigned mix_first,
        mix_end; /* lines in which `before` and `mixed` are other ones at most, if */
    bool before_follows, mixed_follows;
    bool mixing; /* what is on the screen still has a part of `before` */
    SDL_GameController *pad[PADS];
    bool stick_key[STICK_KEYS];
    int stick_was; /* the setting, as it is in force */
    SDL_AudioDeviceID audio;
    SDL_AudioDeviceID microphone; /* -audio-in sdl, from the guest's first recording on; 0: none */
    bool microphone_tried;
    bool audio_tried, audio_begun;
    bool audio_lost;                            /* the device that was chosen went away */
    char audio_was[SETTINGS_VALUE];             /* the setting, as it is in force */
    char device[FACTS_DEVICES][SETTINGS_VALUE]; /* what the host has */
    unsigned devices;
    bool listens; /* machine's thread only: its sound comes here */
    struct playback playback;

    atomic_int quit, over;
    atomic_int claimed;  /* by the thread that keeps the machine, for the server has gone */
    bool wayland;        /* the display's server is Wayland's */
    bool close_told;     /* it has said that the window is to be closed */
    bool finished;       /* the run has come to its end; what remains is to close the window */
    atomic_int paused;   /* by somebody, or for a disk: what the title says */
    atomic_int pointing; /* a driver in the guest wants positions: no capture is needed */
    atomic_int loud;     /* percent */
    atomic_int holds;    /* the menu is open and the machine stands still for it */
    atomic_int watched;  /* somebody sees the facts: they are to be fresh */
    atomic_int poked;    /* a wake-up is on its way to the window's thread */

    SDL_mutex *lock; /* for everything below */
    struct input queue[QUEUE];
    unsigned queued;
    struct setting_change change[CHANGES];
    unsigned changes;
    struct picture frame;
    double frame_aspect;
    bool frame_new;
    unsigned new_first, new_end; /* lines of `frame` that `shown` does not have yet */
    u64 frame_version;           /* of the machine's picture; machine's thread only */
    struct facts taken;          /* machine's thread only, as the folder of states */
    char states[SETTINGS_PATH];
    struct facts facts;
    bool facts_new;
    struct reply menu_told;     /* what the menu shows (the command `menu`) */
    char *copied;               /* text on its way to the clipboard, or NULL */
    struct screen_cells *cells; /* on their way to struct mark, when cells_new; NULL: no text */
    bool cells_new;
    char message[MESSAGE]; /* shown over the picture */
    double message_end;    /* host seconds; 0: none is shown */
};

/* ---- sdl_machine.c, sdl_facts.c: the machine's thread ---- */

/* `opaque` is the window. */
int window_machine(void *opaque);

/* How the machine keeps up with the host's clock. */
struct meter {
    double begun;      /* host seconds */
    u64 guest;         /* time */
    double wall, busy; /* seconds in machine_run(), and of processor time in them */
    unsigned percent;
    const char *limiter;
    double looked; /* when facts were taken last */
};

/* Seconds of processor time of this thread. */
double meter_thread_time(void);
/* Look at the clocks; `standing`: the machine does not run. */
void meter_look(struct meter *t, struct vm *vm, bool standing);
/* Take the facts, if it is time to. */
void facts_take(struct window *w, struct meter *t, bool standing);
/* Wake the window's thread. */
void window_poke(struct window *w);

/* ---- sdl_input.c, sdl_keys.c ---- */

/*
 * Have a command done in the machine's thread; the last of the words is NULL. What it says, or what
 * is wrong, is shown as a message. From the window's thread.
 */
void window_command(struct window *w, const char *const *words);
void window_copy(struct window *w); /* ask for the text screen */
void window_ask_cells(struct window *w);
/* An input that nobody takes. */
void window_drop(struct input *in);
/* To the machine's thread; movements of one kind add up. */
void window_send(struct window *w, struct input in);
/* true: the picture must be drawn again. */
bool window_event(struct window *w, const SDL_Event *e);
void window_title(struct window *w);
void window_capture(struct window *w, bool on);
void window_send_key(struct window *w, int key, bool down);
/* No key stays down for ever because its release goes elsewhere. */
void window_release_keys(struct window *w);
/* The key for fast forward is not held any more, or not by anybody who would notice. */
void window_fast_end(struct window *w);
/* The end, by a person: asks first when something may be lost. */
void window_close_asked(struct window *w);

/* The guest's key at this place of the keyboard; KEY_NONE: it has none. */
int window_guest_key(SDL_Scancode code);
/* Of the settings menu-key and host-key; SDL_SCANCODE_UNKNOWN: off. `name` for a person. */
SDL_Scancode window_menu_key(const struct settings *s, const char **name);
SDL_Scancode window_host_key(const struct settings *s, const char **name);
/* Is this key, going down, the one for fast forward? And what it is called; "": there is none. */
bool window_fast_key(const struct window *w, const SDL_Keysym *key);
void window_fast_name(const struct settings *s, char *buf, size_t size);

/* ---- sdl_typing.c: typing=host ---- */

void typing_text(struct window *w, const char *text);
void typing_key(struct window *w, const SDL_KeyboardEvent *e);
/* The host repeats a key. */
void typing_repeat(struct window *w, const SDL_KeyboardEvent *e);
/* The machine is told the guest's layout. */
void window_tell_layout(struct window *w);

/* ---- sdl_mark.c ---- */

void window_publish_cells(struct window *w); /* machine's thread */
void mark_take_cells(struct window *w);
/* The next drag marks. */
void mark_arm(struct window *w);
/* Is the pointer the window's, for marking? */
bool mark_wanted(const struct window *w);
/* The button goes down where the pointer is, moves (true: something is marked), goes up. */
void mark_begin(struct window *w);
bool mark_move(struct window *w);
void mark_end(struct window *w);
/* true: there was something to leave. */
bool mark_cancel(struct window *w);
void mark_invert(const struct window *w, struct picture *p);
void mark_free(struct window *w);

/* ---- sdl_lost.c ---- */

/* Before SDL's video starts: what the X server refuses ends nothing, until window_unwatch(). */
void window_watch_requests(struct window *w);
/* From now on: when the X server goes, the machine is saved first. The window's thread. */
void window_watch_server(struct window *w);
/* This is the machine's thread. */
void window_machine_thread(struct window *w);
/* Of Wayland: the server has gone. Does not come back. */
void window_lost(struct window *w);
/* The window is no more, and SDL has ended. */
void window_unwatch(void);

/* ---- sdl_full.c ---- */

void window_fullscreen(struct window *w, bool on);

/* ---- sdl_stick.c ---- */

/* true: it was a stick's. */
bool window_stick_event(struct window *w, const SDL_Event *e);
/* No key of the keypad is down any more. */
void window_stick_release(struct window *w);
/* The setting `stick` may have changed. */
void window_stick_setting(struct window *w);
void window_close_sticks(struct window *w);

/* ---- sdl_clipboard.c ---- */

void window_clipboard(struct window *w, const char *what); /* "paste", "copy", "select" */
void window_publish_text(struct window *w);                /* machine's thread */
void window_take_text(struct window *w);

/* ---- sdl_picture.c ---- */

void window_draw(struct window *w);
/* Is a frame, or the rest of one that is blended, waiting to be drawn? */
bool window_frame_waits(struct window *w);
void window_picture_free(struct window *w);

/* ---- ui.c, ui_input.c ---- */

void ui_open(struct window *w);
void ui_close(struct window *w);
/* Show the menu, at a page; or hide it. */
void ui_show_menu(struct window *w, enum menu_page page);
void ui_hide_menu(struct window *w);
/* A setting was changed by a command, or comes into force at the start. */
void ui_apply(struct window *w, const char *name, const char *value);
/* Take over what the machine's thread has left. true: something over the picture is others now. */
bool ui_update(struct window *w, double now);
/* Dots at the bottom that belong to the status line alone. */
int ui_reserved(const struct window *w);
/* The menu was drawn: whoever asks for it by the command `menu` is told this. */
void ui_tell_menu(struct window *w);
/* Draw the layers for a window of so many dots. */
void ui_layout(struct window *w, int width, int height);
/* Seconds until something changes by itself. */
double ui_patience(struct window *w, double now);
/* Of the window's units, which events have, to dots. */
void ui_dots(struct window *w, int *x, int *y);
/* Events while the menu is open, and on the status line. true: they were for us. */
bool ui_event(struct window *w, const SDL_Event *e);

/* Say it on standard error and, for some seconds, over the picture. From either thread. */
void window_say(struct window *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same for the picture alone; `opaque` is the window. */
void window_show(void *opaque, const char *text);

/* ---- sdl_sound.c ---- */

/* The machine's thread: its sound goes to the window from now on; and no more. */
void window_listen(struct window *w);
void window_listen_no_more(struct window *w);
/* Open the host's device, once there is something to be heard. */
void window_open_audio(struct window *w);
/* -audio-in sdl: the host's device that records. */
void window_open_microphone(struct window *w);
/* The setting was changed. */
void window_change_audio(struct window *w);
/* Which devices the host has, for the menu: asked when it opens, and when they have changed. */
void window_list_audio(struct window *w);
/* A device came or went. true: it was such an event. */
bool window_audio_event(struct window *w, const SDL_Event *e);

#endif
