/*
 * cd_sound.c - what a CD-ROM drive plays, into the mixer. See cd_sound.h.
 *
 * A disc passes 44100 samples a second from the instant at which playing began; the drive
 * (hw/storage/atapi_audio.c) says when that was, from which block, and up to which one. So nothing
 * ticks, and blocks are read from the image only while somebody listens. Volumes and channels are
 * those of the drive's mode page 0Eh (MMC-3 6.3.6); with an output of 44100 Hz and full volume the
 * samples come out bit for bit.
 *
 * Not modelled: pre-emphasis, the converter's filter.
 */
#include "hw/machine/cd_sound.h"
#include "hw/base/log.h"

#include <string.h>

enum { CD_RATE = 44100, CD_SAMPLES = 588, NO_BLOCK = -1 };

/* Of the samples since playing began, the one that belongs to the grid's sample 0. */
static s64 first_of_grid(const struct cd_sound *c)
{
    u64 since = c->drive->atapi->audio_since, start = c->sound.start;
    if (start < since)
        return -(s64)((unsigned __int128)(since - start) * CD_RATE / NS_PER_SEC);
    return (s64)(((unsigned __int128)(start - since) * CD_RATE + NS_PER_SEC - 1) / NS_PER_SEC);
}

/* What the host cannot read is silence, as on a disc with a scratch. */
static const u8 *block_at(struct cd_sound *c, u32 lba)
{
    if (c->lba != lba && !cd_read_raw(c->drive->atapi->medium, lba, c->block))
        memset(c->block, 0, sizeof(c->block));
    c->lba = lba;
    return c->block;
}

/* What an output port gets: the channels that its selection names (bit 0 left, bit 1 right). */
static s16 port_of(const struct atapi *a, unsigned port, s16 left, s16 right)
{
    u8 select = a->audio_control[1 + 2 * port], volume = a->audio_control[2 + 2 * port];
    s32 v = (select & 3) == 3 ? (left + right) / 2 : select & 1 ? left : select & 2 ? right : 0;
    return (s16)(v * volume / 255);
}

static bool render(void *opaque, u64 first, struct sound_frame *out, unsigned count)
{
    struct cd_sound *c = opaque;
    const struct atapi *a = c->drive ? c->drive->atapi : NULL;
    memset(out, 0, count * sizeof(*out));
    if (!a || a->audio != AUDIO_PLAYING || !a->medium)
        return false;
    s64 at = first_of_grid(c) + (s64)first;
    u32 lba = 0;
    for (unsigned i = 0; i < count; i++, at++) {
        if (at < 0)
            continue;
        if (!atapi_audio_block(a, (u64)at / CD_SAMPLES, &lba))
            return false;
        const u8 *p = block_at(c, lba) + at % CD_SAMPLES * 4;
        s16 left = (s16)get_le16(p), right = (s16)get_le16(p + 2);
        out[i].left = port_of(a, 0, left, right);
        out[i].right = port_of(a, 1, left, right);
    }
    return true;
}

/* Something else is played, or heard of it, from this instant on; or it has begun to. */
static void on_drive(void *opaque, bool begun)
{
    struct cd_sound *c = opaque;
    c->lba = (u32)NO_BLOCK; /* perhaps of another disc */
    if (begun)
        sound_source_restart(&c->sound);
    else
        sound_source_sync(&c->sound);
}

void cd_sound_plug(struct cd_sound *c, struct ata_unit *drive)
{
    c->drive = drive;
    drive->atapi->jack = on_drive;
    drive->atapi->jack_opaque = c;
}

static bool cd_sound_realize(struct device *d, const struct board *b, struct err *e)
{
    struct cd_sound *c = (struct cd_sound *)d;
    (void)b;
    (void)e;
    c->lba = (u32)NO_BLOCK;
    sound_attach(d, &c->sound, "cd", render, c, CD_RATE, 1);
    return true;
}

static void cd_sound_reset(struct device *d)
{
    (void)d; /* a cable */
}

static void cd_sound_state(struct device *d, struct state *s)
{
    struct cd_sound *c = (struct cd_sound *)d;
    if (state_loading(s))
        c->lba = (u32)NO_BLOCK;
    sound_source_state(&c->sound, s);
}

static void cd_sound_describe(const struct device *d, FILE *out)
{
    const struct cd_sound *c = (const struct cd_sound *)d;
    if (!c->drive)
        fputs("no drive\n", out);
    else
        fprintf(out, "%s\n", c->drive->atapi->audio == AUDIO_PLAYING ? "plays" : "silent");
}

const struct device_class cd_sound_class = {
    .name = "cd_sound",
    .doc = "audio cable of the CD-ROM drive",
    .size = sizeof(struct cd_sound),
    .optional = true,
    .state_version = 1,
    .realize = cd_sound_realize,
    .reset = cd_sound_reset,
    .state = cd_sound_state,
    .describe = cd_sound_describe,
};
