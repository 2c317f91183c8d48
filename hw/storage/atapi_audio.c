/*
 * atapi_audio.c - a CD-ROM drive plays: the PLAY, PAUSE and STOP commands, where the head is, and
 * what it reads there from sub-channel Q.
 *
 * SFF-8020i 10.8.7 to 10.8.12 (PAUSE/RESUME, PLAY AUDIO, PLAY AUDIO MSF, READ SUB-CHANNEL), MMC-3
 * 6.1 (PLAY AUDIO (12)); ECMA-130 chapter 22 (sub-channel Q). A disc passes 75 sectors a second of
 * guest time; the position follows from when playing began, so nothing ticks.
 *
 * SCAN (MMC-3 6.1.34) plays every eighth block, forward or backward.
 *
 * Not modelled: the time that a real head takes to get there.
 */
#include "hw/storage/atapi.h"

#include <string.h>

#define FRAME_TIME (NS_PER_SEC / CD_FRAMES)

enum { SCAN_STEP = 8 };

/* ---- where the head is ---- */

bool atapi_audio_block(const struct atapi *a, u64 frames, u32 *lba)
{
    u64 way = frames * (a->audio_scan == SCAN_OFF ? 1 : SCAN_STEP);
    bool back = a->audio_scan == SCAN_BACKWARD;
    u32 room = back ? a->audio_lba - a->audio_end : a->audio_end - a->audio_lba;
    bool over = back ? way > room : way >= room;
    way = way < room ? way : room;
    *lba = back ? a->audio_lba - (u32)way : a->audio_lba + (u32)way;
    return !over;
}

/* Where playing from here on comes to its end: a data track, or the lead-out. */
static u32 end_of_audio(const struct cd_disc *d, u32 from)
{
    u32 end = cd_blocks(d);
    for (unsigned i = 0; i < d->tracks; i++) {
        const struct cd_track *t = &d->track[i];
        if (t->mode != CD_AUDIO && t->start > from && t->start < end)
            end = t->start;
    }
    return end;
}

void atapi_audio_stop(struct ata_unit *u, u8 status)
{
    struct atapi *a = u->atapi;
    if (a->audio == AUDIO_PLAYING)
        atapi_jack(a, false);
    if (a->audio == AUDIO_PLAYING || a->audio == AUDIO_PAUSED)
        a->audio_lba = atapi_audio_position(u);
    if (a->audio_scan != SCAN_OFF && a->medium) /* what a RESUME goes on to */
        a->audio_end = end_of_audio(a->medium, a->audio_lba);
    a->audio_scan = SCAN_OFF;
    a->audio = status;
}

u32 atapi_audio_position(const struct ata_unit *u)
{
    const struct atapi *a = u->atapi;
    if (a->audio != AUDIO_PLAYING)
        return a->audio_lba;
    u32 lba;
    atapi_audio_block(a, (clock_now(u->timer.clock) - a->audio_since) / FRAME_TIME, &lba);
    return lba;
}

/* What has come to its end since somebody looked last. */
static void settle(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    u32 lba;
    if (a->audio == AUDIO_PLAYING &&
        !atapi_audio_block(a, (clock_now(u->timer.clock) - a->audio_since) / FRAME_TIME, &lba))
        atapi_audio_stop(u, AUDIO_COMPLETED);
}

/* ---- commands ---- */

/*
 * Where it begins has to be on the disc; where it ends need not (MMC-4 6.17.2.3): who asks for more
 * than there is hears what there is.
 */
static void play(struct ata_unit *u, u32 from, u32 end)
{
    struct atapi *a = u->atapi;
    u32 all = cd_blocks(a->medium);
    settle(u);
    if (from == 0xffffffff) /* from where it is */
        from = atapi_audio_position(u);
    if (from >= all || end < from) {
        atapi_check(u, SENSE_ILLEGAL_REQUEST,
                    from >= all ? ASC_LBA_OUT_OF_RANGE : ASC_INVALID_FIELD);
        return;
    }
    if (from < end && cd_is_data(a->medium, from)) {
        atapi_audio_stop(u, AUDIO_NONE);
        atapi_check(u, SENSE_ILLEGAL_REQUEST, ASC_WRONG_TRACK_MODE);
        return;
    }
    /* No samples come out of a data track: what was asked for ends where one begins. */
    u32 last = end_of_audio(a->medium, from);
    end = end < last ? end : last;
    atapi_jack(a, false);
    a->audio = AUDIO_NONE;
    a->audio_scan = SCAN_OFF;
    a->audio_lba = from;
    if (from < end) { /* a length of 0 only moves the head */
        a->audio = AUDIO_PLAYING;
        a->audio_end = end;
        a->audio_since = clock_now(u->timer.clock);
        atapi_jack(a, true);
    }
    atapi_good(u);
}

static void play_blocks(struct ata_unit *u, u32 from, u32 count)
{
    u32 start = from;
    if (from == 0xffffffff) {
        settle(u);
        start = atapi_audio_position(u);
    }
    play(u, from, count > UINT32_MAX - start ? UINT32_MAX : start + count);
}

void atapi_play(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    play_blocks(u, get_be32(c + 2), c[0] == 0xa5 ? get_be32(c + 6) : (u32)c[7] << 8 | c[8]);
}

void atapi_play_msf(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    u32 from = 0xffffffff, end;
    bool here = c[3] == 0xff && c[4] == 0xff && c[5] == 0xff;
    if ((!here && !cd_from_msf(c + 3, &from)) || !cd_from_msf(c + 6, &end))
        atapi_check(u, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    else
        play(u, from, end);
}

/* The first block of an index of a track, or where the one after it begins. */
static u32 index_block(const struct cd_disc *d, u8 track, u8 index, bool after)
{
    for (unsigned i = 0; i < d->extents; i++) {
        const struct cd_extent *x = &d->extent[i];
        bool behind = x->track > track || (x->track == track && x->index > index);
        if (behind || (!after && x->track == track && x->index == index))
            return x->first;
    }
    return cd_blocks(d);
}

void atapi_play_track(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    const struct cd_disc *d = u->atapi->medium;
    u8 first = c[4], last = c[7];
    if (first < 1 || last < first || first > d->tracks) {
        atapi_check(u, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
        return;
    }
    u32 from = c[5] <= 1 ? d->track[first - 1].start : index_block(d, first, c[5], false);
    play(u, from, index_block(d, last, c[8] ? c[8] : 99, true));
}

void atapi_pause_resume(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    bool resume = a->packet[8] & 1;
    settle(u);
    if (a->audio != AUDIO_PLAYING && a->audio != AUDIO_PAUSED) {
        atapi_check(u, SENSE_ILLEGAL_REQUEST, ASC_SEQUENCE);
        return;
    }
    if (resume && a->audio == AUDIO_PAUSED) {
        a->audio = AUDIO_PLAYING;
        a->audio_since = clock_now(u->timer.clock);
        atapi_jack(a, true);
    } else if (!resume) {
        atapi_audio_stop(u, AUDIO_PAUSED);
    }
    atapi_good(u);
}

/* The first block of the audio that this block is in the middle of. */
static u32 begin_of_audio(const struct cd_disc *d, u32 from)
{
    u32 begin = 0;
    for (unsigned i = 0; i < d->tracks; i++) {
        u32 next = i + 1 < d->tracks ? d->track[i + 1].start : cd_blocks(d);
        if (d->track[i].mode != CD_AUDIO && next <= from && next > begin)
            begin = next;
    }
    return begin;
}

void atapi_scan(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    const u8 *c = a->packet;
    const struct cd_disc *d = a->medium;
    u32 from = get_be32(c + 2);
    bool good = c[9] >> 6 != 3;
    if (c[9] >> 6 == 1)
        good = cd_from_msf(c + 3, &from);
    if (c[9] >> 6 == 2 && (good = c[5] >= 1 && c[5] <= d->tracks))
        from = d->track[c[5] - 1].start;
    if (!good || from >= cd_blocks(d)) {
        atapi_check(u, SENSE_ILLEGAL_REQUEST, good ? ASC_LBA_OUT_OF_RANGE : ASC_INVALID_FIELD);
        return;
    }
    if (cd_is_data(d, from)) {
        atapi_check(u, SENSE_ILLEGAL_REQUEST, ASC_WRONG_TRACK_MODE);
        return;
    }
    atapi_audio_stop(u, AUDIO_NONE);
    atapi_jack(a, false);
    a->audio = AUDIO_PLAYING;
    a->audio_scan = c[1] & 0x10 ? SCAN_BACKWARD : SCAN_FORWARD;
    a->audio_lba = from;
    a->audio_end = c[1] & 0x10 ? begin_of_audio(d, from) : end_of_audio(d, from);
    a->audio_since = clock_now(u->timer.clock);
    atapi_jack(a, true);
    atapi_good(u);
}

void atapi_stop_play(struct ata_unit *u)
{
    settle(u);
    atapi_audio_stop(u, AUDIO_NONE);
    atapi_good(u);
}

/* ---- sub-channel Q ---- */

/* The control bits of a block's track; in the lead-out those of the last one. */
static u8 control_of(const struct cd_disc *d, u32 lba, u8 *track, u8 *index)
{
    unsigned n = cd_track_at(d, lba, index);
    *track = (u8)n;
    return d->track[(n == CD_LEAD_OUT ? d->tracks : n) - 1].control;
}

/* In the pregap the relative time counts down to the track's start. */
static u32 relative(const struct cd_disc *d, u32 lba, u8 track)
{
    if (track == CD_LEAD_OUT)
        return lba - cd_blocks(d);
    u32 start = d->track[track - 1].start;
    return lba >= start ? lba - start : start - lba;
}

static u8 bcd(u32 v)
{
    return (u8)(v / 10 % 10 << 4 | v % 10);
}

static void put_frames(u8 p[3], u32 frames)
{
    p[0] = (u8)(frames / CD_FRAMES / 60);
    p[1] = (u8)(frames / CD_FRAMES % 60);
    p[2] = (u8)(frames % CD_FRAMES);
}

u32 atapi_sub_channel(struct ata_unit *u, u8 *p)
{
    struct atapi *a = u->atapi;
    const struct cd_disc *d = a->medium;
    const u8 *c = a->packet;
    u32 n = 4;
    memset(p, 0, 24);
    settle(u);
    p[1] = a->audio;
    if (a->audio == AUDIO_COMPLETED || a->audio == AUDIO_ERROR) /* told once */
        a->audio = AUDIO_NONE;
    if (c[2] & 0x40) {
        u8 track, index;
        u32 at = a->audio == AUDIO_NONE && a->lba_read ? a->lba : atapi_audio_position(u);
        u8 control = control_of(d, at, &track, &index);
        p[4] = c[3];
        n = 24;
        switch (c[3]) {
        case 1: /* where the head is */
            n = 16;
            p[5] = (u8)(0x10 | control);
            p[6] = track;
            p[7] = index;
            if (c[1] & 2) {
                cd_msf(at, p + 9);
                put_frames(p + 13, relative(d, at, track));
            } else {
                u32 r = relative(d, at, track);
                put_be32(p + 8, at);
                put_be32(p + 12, index ? r : (u32) - (s32)r);
            }
            break;
        case 2: /* media catalogue number */
            if (*d->catalog) {
                p[8] = 0x80;
                memcpy(p + 9, d->catalog, 13);
            }
            break;
        case 3: /* the track's ISRC */
            track = c[6];
            if (track < 1 || track > d->tracks)
                return 0;
            p[5] = (u8)(0x30 | d->track[track - 1].control);
            p[6] = track;
            if (*d->track[track - 1].isrc) {
                p[8] = 0x80;
                memcpy(p + 9, d->track[track - 1].isrc, 12);
            }
            break;
        default:
            return 0;
        }
    }
    p[2] = (u8)((n - 4) >> 8);
    p[3] = (u8)(n - 4);
    return n;
}

/* CRC of sub-channel Q: x^16 + x^12 + x^5 + 1, inverted on the disc. */
static u32 crc(const u8 *p, unsigned n)
{
    u32 sum = 0;
    while (n--) {
        sum ^= (u32)*p++ << 8;
        for (int i = 0; i < 8; i++)
            sum = sum << 1 ^ (sum & 0x8000 ? 0x11021 : 0);
    }
    return ~sum & 0xffff;
}

static void mode_1_q(const struct cd_disc *d, u32 lba, u8 q[12])
{
    u8 track, index, at[3], absolute[3];
    u8 control = control_of(d, lba, &track, &index);
    memset(q, 0, 12);
    q[0] = (u8)(control << 4 | 1);
    q[1] = bcd(track);
    q[2] = bcd(index);
    put_frames(at, relative(d, lba, track));
    cd_msf(lba, absolute);
    for (int i = 0; i < 3; i++) {
        q[3 + i] = bcd(at[i]);
        q[7 + i] = bcd(absolute[i]);
    }
    u32 sum = crc(q, 10);
    q[10] = (u8)(sum >> 8);
    q[11] = (u8)sum;
}

u32 atapi_sub_bytes(u8 sub)
{
    return sub == SUB_RAW ? 96 : sub == SUB_Q ? 16 : 0;
}

void atapi_put_sub(const struct cd_disc *d, u32 lba, u8 sub, u8 *out)
{
    u8 q[12];
    mode_1_q(d, lba, q);
    if (sub == SUB_Q) {
        memset(out, 0, 16);
        memcpy(out, q, 12);
        return;
    }
    /* One bit of each channel a byte, P the highest. P is 1 in a pregap. */
    u8 track, index;
    control_of(d, lba, &track, &index);
    for (unsigned i = 0; i < 96; i++)
        out[i] = (u8)((index == 0 ? 0x80 : 0) | (q[i / 8] >> (7 - i % 8) & 1) << 6);
}
