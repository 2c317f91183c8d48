/*
 * pace.h - a machine that is kept to the host's clock: what the window and other displays that a
 * person looks at have in common. Whoever runs the machine does so in slices, and calls these
 * between them.
 */
#ifndef FERRITE_PACE_H
#define FERRITE_PACE_H

#include "frontend/cli/machine.h"

struct pace {
    double base_host; /* seconds; from here both clocks are counted */
    u64 base_guest;
    /* Since the speed was looked at last: host seconds spent running, and where the guest was. */
    double host;
    u64 instructions, guest;
};

void pace_begin(struct pace *p, const struct vm *vm);
/*
 * After a slice that took so many seconds of the host. Where the machine's speed may follow the
 * host (control.follow), a slow host makes a slower processor and not a slow clock.
 */
void pace_follow(struct pace *p, const struct machine *m, double seconds);
/* Seconds that the guest's clock is before the host's; below 0: behind it. */
double pace_ahead(const struct pace *p, const struct vm *vm);
/*
 * Rest until the host's clock has come as far as the guest's, 0.1 s at most; what cannot be caught
 * up with is forgotten. `standing`: guest time stands still; it rests for `idle` seconds then.
 * While the machine is told to go fast (control.fast) there is no rest.
 */
void pace_keep(struct pace *p, struct machine *m, bool standing, double idle);

/* ---- whole frames ---- */

/* A frame is whole when the beam has left the picture, which it does at guest time `end`. */
struct beam {
    u64 end;
    u64 dark;               /* guest time since which the display is off; 0: it is on */
    unsigned width, height; /* of the last picture seen, which may not have been shown */
    bool text;
    double shown; /* host seconds */
    bool fast;    /* set by the caller: there are more frames than the host can show */
};

enum beam_sees { BEAM_NOTHING, BEAM_PICTURE, BEAM_DARK };

/* Until when the machine may run at most, from now on. Before the slice. */
u64 beam_next(struct beam *b, const struct vm *vm, u64 slice);
/*
 * After it: is there a picture to be shown, which then is in *s? While a mode is being set, and
 * until the first frame that is all of the new one, the last frame of the old one stays: `shown`
 * says whether there is one. When the display is off for longer, the screen is dark.
 */
enum beam_sees beam_watch(struct beam *b, struct vm *vm, bool standing, bool shown,
                          struct screen *s);
/* The same whether the beam is there or not: the last look. */
enum beam_sees beam_look(struct beam *b, struct vm *vm, bool standing, bool shown,
                         struct screen *s);

#endif
