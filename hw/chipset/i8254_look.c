/* i8254_look.c - the 8254's counters for who looks: control word, count, and OUT as a wave. */
#include "hw/chipset/chips_look.h"
#include "hw/chipset/i8254.h"

#include <stdio.h>

static const struct register_field control[] = {
    FIELD(4, 2, "RW", "latch command", "low byte", "high byte", "low, then high byte"),
    FIELD(1, 3, "M", "mode 0: interrupt on terminal count", "mode 1: one-shot",
          "mode 2: rate generator", "mode 3: square wave", "mode 4: software strobe",
          "mode 5: hardware strobe", "mode 2 (as 6)", "mode 3 (as 7)"),
    FIELD(0, 1, "BCD", "binary", "decimal"),
};
static const struct register_field status[] = {
    FIELD(7, 1, "OUT", "low", "high"),
    FIELD(6, 1, "NULL COUNT", "the count was loaded", "a new count waits to be loaded"),
};

enum { CHANGES = 12, LOOKS = 64 };

/* What OUT will do, if nothing is programmed: the counter goes on, on a copy. */
static void show_wave(const struct register_eye *eye, struct i8254_counter c, u64 now)
{
    u64 ns[CHANGES], from = now;
    bool first = c.out;
    size_t n = 0;
    for (unsigned i = 0; n < CHANGES && i < LOOKS; i++) { /* a look need not be a change */
        u64 ticks = i8254_next_change(&c);
        if (!ticks)
            break;
        bool before = c.out;
        u64 at = c.tick + ticks;
        i8254_count_on(&c, ticks);
        if (c.out == before)
            continue;
        u64 when = i8254_tick_time(at);
        ns[n++] = when > from ? when - from : 0;
        from = when;
    }
    eye->wave(eye->opaque, "OUT", first, ns, n);
}

void i8254_look(const struct device *d, const struct register_eye *eye)
{
    const struct i8254 *pit = (const struct i8254 *)d;
    u64 now = clock_now(d->board->clock);
    static const char *const use[] = {"the system timer, IRQ 0", "refresh of the AT's memory",
                                      "the speaker (gated by port 61h)"};
    for (unsigned i = 0; i < 3; i++) {
        struct i8254_counter c = pit->counter[i];
        char title[60], place[8];
        u64 tick = i8254_tick_at(now);
        if (tick > c.tick)
            i8254_count_on(&c, tick - c.tick);
        snprintf(title, sizeof(title), "Counter %u: %s", i, use[i]);
        snprintf(place, sizeof(place), "%02xh", 0x40 + i);
        eye->group(eye->opaque, title);
        look_value(eye, "Control word", "43h", (u32)(c.access << 4 | c.mode << 1 | c.bcd), 8,
                   control, "");
        look_value(eye, "Status", "43h", (u32)(c.out << 7 | c.null_count << 6), 8, status, "");
        look_plain(eye, "Count register", place, c.cr, 16, c.cr ? "" : "0 counts as the most");
        look_plain(eye, "Counting element", place, c.ce, 16,
                   c.idle ? "nothing is loaded" : "counts down at 1193182 Hz");
        eye->number(eye->opaque, "gate", c.gate);
        eye->number(eye->opaque, "frequency", i8254_frequency(pit, i));
        show_wave(eye, c, now);
    }
}
