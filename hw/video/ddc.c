/*
 * ddc.c - DDC2B, the monitor's end. VESA Display Data Channel Standard, version 3, chapter 3; the
 * I2C bus specification, chapters 3.1.1-3.1.10: start and stop are edges of the data line while
 * the clock is high; bits are taken at the clock's rising edge and change while it is low.
 *
 * Not modelled: clock stretching, segments (E-DDC), DDC/CI.
 */
#include "hw/video/ddc.h"
#include "hw/video/edid.h"

enum { SLAVE = 0xa0 }; /* bit 0: read */
enum phase { PHASE_IDLE, PHASE_SLAVE, PHASE_ADDRESS, PHASE_WRITE, PHASE_READ, PHASES };

void ddc_reset(struct ddc *d)
{
    *d = (struct ddc){.clock = true, .data = true};
}

static u8 next_byte(struct ddc *d)
{
    u8 edid[EDID_SIZE];
    edid_make(edid);
    return edid[d->address++ % EDID_SIZE];
}

/* The clock falls: who drives the data line for the next bit? */
static void next_bit(struct ddc *d)
{
    if (d->phase == PHASE_IDLE || d->bits < 8) {
        d->holds = d->phase == PHASE_READ && !(d->shift & 0x80);
        return;
    }
    /* Eight bits have gone over. A byte read is acknowledged by the adapter, others by us. */
    d->holds = d->phase == PHASE_WRITE || d->phase == PHASE_ADDRESS ||
               (d->phase == PHASE_SLAVE && (d->shift & 0xfe) == SLAVE);
}

/* The ninth clock is over. */
static void byte_done(struct ddc *d, bool acknowledged)
{
    switch ((enum phase)d->phase) {
    case PHASE_SLAVE:
        d->phase = (d->shift & 0xfe) != SLAVE ? PHASE_IDLE
                   : d->shift & 1             ? PHASE_READ
                                              : PHASE_ADDRESS;
        break;
    case PHASE_ADDRESS:
        d->address = d->shift;
        d->phase = PHASE_WRITE; /* the memory cannot be written: the rest is taken and forgotten */
        break;
    case PHASE_READ:
        if (!acknowledged)
            d->phase = PHASE_IDLE;
        break;
    default:
        break;
    }
    d->bits = 0;
    if (d->phase == PHASE_READ)
        d->shift = next_byte(d);
}

void ddc_drive(struct ddc *d, bool clock, bool data)
{
    bool rose = clock && !d->clock, fell = !clock && d->clock;

    if (clock && d->clock && data != d->data) { /* start (again), or stop */
        d->phase = data ? PHASE_IDLE : PHASE_SLAVE;
        d->bits = 0;
        d->holds = false;
    }
    d->clock = clock;
    d->data = data;
    if (rose && d->phase != PHASE_IDLE) {
        if (d->bits < 8)
            d->shift = (u8)(d->shift << 1 | (d->phase == PHASE_READ ? 1 : data));
        d->bits++;
        if (d->bits == 9)
            byte_done(d, !data);
    }
    if (fell)
        next_bit(d);
}

void ddc_state(struct ddc *d, struct state *s)
{
    state_bool(s, "ddc_clock", &d->clock);
    state_bool(s, "ddc_data", &d->data);
    state_bool(s, "ddc_holds", &d->holds);
    state_u8(s, "ddc_phase", &d->phase);
    state_u8(s, "ddc_bits", &d->bits);
    state_u8(s, "ddc_shift", &d->shift);
    state_u8(s, "ddc_address", &d->address);
    if (state_loading(s) && state_ok(s) && (d->phase >= PHASES || d->bits > 8))
        state_fail(s, "ddc: phase %u, bit %u", d->phase, d->bits);
}
