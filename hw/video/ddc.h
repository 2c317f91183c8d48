/*
 * ddc.h - the monitor's end of a VESA DDC2B cable: an I2C memory with its EDID (edid.h).
 *
 * The adapter drives two open-collector lines; either end can hold one low.
 */
#ifndef FERRITE_DDC_H
#define FERRITE_DDC_H

#include "hw/base/state.h"
#include "hw/base/types.h"

struct ddc {
    bool clock, data; /* as the adapter has them: false pulls low */
    bool holds;       /* the monitor pulls the data line low */
    u8 phase;         /* what the present byte is */
    u8 bits;          /* of it that have gone over; 8: its acknowledge is next */
    u8 shift;
    u8 address; /* of the EDID's next byte */
};

void ddc_reset(struct ddc *d);
void ddc_drive(struct ddc *d, bool clock, bool data);
static inline bool ddc_data(const struct ddc *d) /* level of the line */
{
    return d->data && !d->holds;
}
void ddc_state(struct ddc *d, struct state *s);

#endif
