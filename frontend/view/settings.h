/*
 * settings.h - how the window looks and listens: one table of settings, each with a name, values
 * and a line of help. Options of the command line, the file that remembers them between runs,
 * commands (`window NAME VALUE`) and the menu's rows all go by this table.
 */
#ifndef FERRITE_SETTINGS_H
#define FERRITE_SETTINGS_H

#include "hw/base/err.h"
#include "hw/base/types.h"

enum status_mode { STATUS_AUTO, STATUS_ON, STATUS_OFF };
enum pace_mode { PACE_EXACT, PACE_BLEND };
enum stick_mode { STICK_AUTO, STICK_KEYPAD, STICK_OFF };
enum typing_mode { TYPING_POSITION, TYPING_HOST };

enum {
    SETTINGS_RECENT = 8,
    SETTINGS_VALUE = 128,
    SETTINGS_PATH = 4096,
    SETTINGS_FILE_MAX = 1 << 17
};

#define SETTINGS_USUAL "default"

struct settings {
    int scale;      /* enum scale_mode */
    int filter;     /* enum scale_filter */
    int pace;       /* enum pace_mode */
    int status;     /* enum status_mode */
    int fullscreen; /* 0 or 1, as all that are on or off */
    int ui_scale;   /* dots for one of the font's; 0: by the screen */
    int volume;     /* percent */
    int mute;
    int sensitivity;               /* of the mouse, percent */
    int menu_pause;                /* the machine stands still while the menu is open */
    int menu_key;                  /* enum: f12, f11, scrolllock, pause, menu, off */
    int host_key;                  /* enum: rctrl, menu, scrolllock, pause, off */
    int fast_key;                  /* enum: host-space, alt-f12, f11, scrolllock, ..., off */
    int stick;                     /* enum stick_mode */
    int layout;                    /* of the guest's keyboard: keyboard_names[] */
    int typing;                    /* enum typing_mode */
    char device[SETTINGS_VALUE];   /* of sound, as the host names it; "": its usual one */
    int width, height;             /* of the window, in its own units; 0: not known */
    char *directory;               /* where the file list was last; NULL: nowhere yet */
    char *recent[SETTINGS_RECENT]; /* images, the latest first */
};

struct setting {
    const char *name;
    size_t offset;             /* in struct settings: of an int, or of SETTINGS_VALUE characters */
    const char *const *values; /* names of 0, 1, ...; NULL: a number */
    int low, high, step;       /* of a number */
    int preset;
    const char *help;
    bool hidden; /* kept in the file, but no option and no command */
    bool text;   /* any words; `preset` is "", which is said as SETTINGS_USUAL */
};

/* The i-th setting; NULL beyond the last. */
const struct setting *setting_at(unsigned i);
/* NULL: there is none of this name. */
const struct setting *setting_find(const char *name);

void settings_preset(struct settings *s);
void settings_free(struct settings *s);

/* false + err (what is possible, nearest name) when there is no such setting or value. */
bool settings_set(struct settings *s, const char *name, const char *value, struct err *e);
/* The present value as text. */
void settings_text(const struct settings *s, const struct setting *which, char *buf, size_t size);
/* The value before (-1) or after (+1) the present one; from the last to the first. */
void settings_next(const struct settings *s, const struct setting *which, int way, char *buf,
                   size_t size);

/*
 * What was `given` for this run only, and is still so, becomes what was remembered before: options
 * of the command line are not for the next run.
 */
void settings_ungive(struct settings *s, const struct settings *given,
                     const struct settings *remembered);

/* An image was chosen: it comes first in `recent`, and its folder is remembered. */
void settings_used(struct settings *s, const char *path);

/*
 * The file: lines of `name = value`. What cannot be understood is left out, so that files of other
 * versions do no harm. The result of settings_write() is to be freed; NULL when out of memory.
 */
void settings_read(struct settings *s, const char *text, size_t size);
char *settings_write(const struct settings *s, size_t *size);

/*
 * From and to the user's own file, by the XDG rules: $XDG_STATE_HOME/ferrite/window.ini, else under
 * ~/.local/state. No file, no home: no harm.
 */
void settings_load(struct settings *s);
bool settings_save(const struct settings *s, struct err *e);
/* $XDG_STATE_HOME/ferrite, or what stands for it, made if need be; false when there is no home. */
bool settings_folder(char *buf, size_t size);

#endif
