/*
 * same_ide.h - are two IDE controllers in the same state, inside? See same_inside.h. What lies in
 * a drive's buffer behind its contents is no state.
 */
#ifndef SAME_IDE_H
#define SAME_IDE_H

#include "hw/storage/atapi.h"
#include "hw/storage/ide.h"
#include "same_inside.h"

#include <stddef.h>

static inline void same_unit(const struct ata_unit *a, const struct ata_unit *b,
                             const struct clock *clock)
{
    ck_assert_int_eq(ata_present(a), ata_present(b));
    if (!ata_present(a))
        return;
    u32 used = a->len;
    same_inside(a, clock, b, clock, offsetof(struct ata_unit, buffer));
    if (a->atapi) {
        same_inside(a->atapi, clock, b->atapi, clock, sizeof(*a->atapi));
        if (a->phase == ATA_PACKET_IN && a->atapi->fill > used)
            used = a->atapi->fill;
    }
    ck_assert_int_eq(memcmp(a->buffer, b->buffer, used), 0);
    ck_assert_mem_eq(a->sector_buffer, b->sector_buffer, sizeof(a->sector_buffer));
}

static inline void same_ide(const struct ide *a, const struct ide *b, const struct clock *clock)
{
    for (unsigned c = 0; c < IDE_CHANNELS; c++) {
        const struct ide_channel *p = &a->channel[c], *q = &b->channel[c];
        same_inside(p, clock, q, clock, offsetof(struct ide_channel, unit));
        for (unsigned i = 0; i < IDE_UNITS; i++)
            same_unit(&p->unit[i], &q->unit[i], clock);
    }
}

#endif
