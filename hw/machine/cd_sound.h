/*
 * cd_sound.h - the cable between the CD-ROM drive's audio connector and the mixer.
 */
#ifndef FERRITE_CD_SOUND_H
#define FERRITE_CD_SOUND_H

#include "hw/sound/mixer.h"
#include "hw/storage/atapi.h"

struct cd_sound {
    struct device dev;
    struct sound_source sound;
    struct ata_unit *drive; /* NULL: none is plugged in */
    u32 lba;                /* of what is in `block`; NO_BLOCK */
    u8 block[CD_RAW];
};

extern const struct device_class cd_sound_class;

/* The drive's connector; borrowed. */
void cd_sound_plug(struct cd_sound *c, struct ata_unit *drive);

#endif
