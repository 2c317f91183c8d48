/*
 * opl_card.h - an AdLib's chip as it sits on a card: two or four ports, timers, and a source of the
 * mixer. A sound card has one inside:
 *
 *     struct opl_card fm;                                                  in its struct
 *     opl_card_attach(&c->fm, &c->dev, OPL3, NULL, e)                      in realize
 *     opl_card_in(&c->fm, port - base), opl_card_out(&c->fm, port - base, value)
 *     opl_card_reset, opl_card_state, opl_card_detach                      in reset, state, destroy
 *
 * Ports are told by their distance from a Sound Blaster's base: 0 to 3 the chip's four addresses,
 * 8 and 9 its first two again; 388h is 8 of an OPL2 or a pair of them, and 0 of an OPL3 (which has
 * 38Ah as well, but its status only at 0 and 8). Of two OPL2 (Sound Blaster Pro 1) 0 and 1 are the
 * left one, 2 and 3 the right one, 8 and 9 both.
 */
#ifndef FERRITE_OPL_CARD_H
#define FERRITE_OPL_CARD_H

#include "hw/sound/mixer.h"
#include "hw/sound/opl.h"

struct opl_log;

enum opl_kind { OPL2, OPL2_PAIR, OPL3 };

/* One of a chip's two: counts up from its preset, and begins there again. */
struct opl_timer {
    u8 preset;
    bool running;
    u64 next; /* its overflow, guest ns */
};

struct opl_timers {
    u8 control; /* register 4 */
    u8 flags;   /* of the status register: 40h timer 1, 20h timer 2 */
    struct opl_timer timer[2];
};

struct opl_card {
    struct device *owner;
    u8 kind; /* enum opl_kind */
    u16 index[2];
    struct opl chip[2]; /* the second one of a pair */
    struct opl_timers timers[2];
    struct opl_log *log; /* NULL: none */
    bool log_failed;     /* and somebody has been told */

    struct sound_source sound; /* "opl" */
    /* How far the chips have got; in silence they are left behind until something is written. */
    u64 grid, made; /* sound.start, and samples of it */
    struct sound_frame last;
    u64 since; /* while nobody listens: the last write */
};

/*
 * In realize; the owner claims the ports. `log`: a file that every write goes to, as a VGM that
 * players take (NULL: none).
 */
bool opl_card_attach(struct opl_card *c, struct device *owner, enum opl_kind kind, const char *log,
                     struct err *e);
void opl_card_reset(struct opl_card *c);
u8 opl_card_in(struct opl_card *c, unsigned port);
u64 opl_card_steady(const struct opl_card *c, unsigned port); /* a bus_steady_fn's answer */
void opl_card_out(struct opl_card *c, unsigned port, u8 value);
void opl_card_state(struct opl_card *c, struct state *s);
void opl_card_detach(struct opl_card *c);

#endif
