/*
 * opl_scripts.h - register scripts for an OPL: each sweeps some parameters over all that they can
 * be, the last one is anything at all. They are played on our chip for the golden hashes
 * (test_opl.c) and on ours and another one side by side (test_opl_oracle.c).
 */
#ifndef OPL_SCRIPTS_H
#define OPL_SCRIPTS_H

#include "hw/base/types.h"

struct opl_player {
    void *of;
    void (*reset)(void *of);
    void (*write)(void *of, u16 reg, u8 value);
    void (*run)(void *of, unsigned samples);
};

/* One operator's five registers. */
struct opl_patch {
    u8 flags, level, attack_decay, sustain_release, wave;
};

static const struct opl_patch opl_mute = {0x21, 0x3f, 0xf0, 0x00, 0};
static const struct opl_patch opl_loud = {0x21, 0x00, 0xf0, 0x0f, 0};

static inline void put(const struct opl_player *p, unsigned reg, unsigned value)
{
    p->write(p->of, (u16)reg, (u8)value);
}

static inline unsigned opl_array(unsigned channel)
{
    return channel / 9 << 8;
}

static inline void put_patch(const struct opl_player *p, unsigned channel, unsigned carrier,
                             const struct opl_patch *patch)
{
    unsigned at = opl_array(channel) + channel % 9 / 3 * 8 + channel % 3 + 3 * carrier;
    put(p, 0x20 + at, patch->flags);
    put(p, 0x40 + at, patch->level);
    put(p, 0x60 + at, patch->attack_decay);
    put(p, 0x80 + at, patch->sustain_release);
    put(p, 0xe0 + at, patch->wave);
}

static inline void put_voice(const struct opl_player *p, unsigned channel,
                             const struct opl_patch *modulator, const struct opl_patch *carrier,
                             unsigned c0)
{
    put_patch(p, channel, 0, modulator);
    put_patch(p, channel, 1, carrier);
    put(p, 0xc0 + opl_array(channel) + channel % 9, c0);
}

static inline void put_note(const struct opl_player *p, unsigned channel, unsigned number,
                            unsigned block, bool on)
{
    unsigned at = opl_array(channel) + channel % 9;
    put(p, 0xa0 + at, number & 0xff);
    put(p, 0xb0 + at, number >> 8 | block << 2 | (on ? 0x20 : 0));
}

static inline void play(const struct opl_player *p, unsigned samples)
{
    p->run(p->of, samples);
}

static inline void begin_opl3(const struct opl_player *p)
{
    p->reset(p->of);
    put(p, 0x105, 1);
}

/* ---- the sweeps ---- */

static void sweep_waves(const struct opl_player *p)
{
    for (unsigned wave = 0; wave < 16; wave++) { /* with NEW, and without: four of them */
        p->reset(p->of);
        put(p, 0x105, wave < 8);
        struct opl_patch c = opl_loud;
        c.wave = wave & 7;
        put_voice(p, 0, &opl_mute, &c, 0x30);
        put_note(p, 0, 0x157, 3, true);
        play(p, 700);
    }
}

static void sweep_channels(const struct opl_player *p)
{
    for (unsigned c0 = 0; c0 < 0x40; c0 += 0x11)
        for (unsigned channel = 0; channel < 18; channel++) {
            begin_opl3(p);
            put_voice(p, channel, &opl_loud, &opl_loud, c0);
            put_note(p, channel, 0x200 + channel, 4, true);
            play(p, 150);
        }
}

static void sweep_rates(const struct opl_player *p)
{
    for (unsigned rate = 0; rate < 16; rate++)
        for (unsigned kind = 0; kind < 8; kind++) { /* sustained, key scale rate, high or low */
            struct opl_patch c = {(u8)(1 | (kind & 1) << 5 | (kind & 2) << 3), 0,
                                  (u8)(rate << 4 | (15 - rate)), (u8)(rate << 4 | rate), 0};
            p->reset(p->of);
            put(p, 8, rate & 1 ? 0x40 : 0);
            put_voice(p, 0, &opl_mute, &c, 0);
            put_note(p, 0, 0x2a0, kind & 4 ? 6 : 1, true);
            play(p, 3001);
            put_note(p, 0, 0x2a0, kind & 4 ? 6 : 1, false);
            play(p, 1999);
        }
}

static void sweep_levels(const struct opl_player *p)
{
    for (unsigned scale = 0; scale < 4; scale++)
        for (unsigned i = 0; i < 128; i++) {
            struct opl_patch c = opl_loud;
            c.level = (u8)(scale << 6 | (i * 5 & 0x3f));
            p->reset(p->of);
            put_voice(p, 0, &opl_mute, &c, 0);
            put_note(p, 0, (i & 15) << 6 | 0x2b, i >> 4, true);
            play(p, 130);
        }
}

static void sweep_multiples(const struct opl_player *p)
{
    for (unsigned i = 0; i < 64; i++) {
        struct opl_patch c = opl_loud;
        c.flags = (u8)(0x20 | (i & 15));
        p->reset(p->of);
        put_voice(p, 0, &c, &c, i >> 4);
        put_note(p, 0, 0x3ff - i, i / 8, true);
        play(p, 300);
    }
}

static void sweep_feedback(const struct opl_player *p)
{
    for (unsigned i = 0; i < 64; i++) {
        struct opl_patch m = opl_loud;
        m.wave = (u8)(i >> 3);
        m.level = (u8)(i & 3);
        begin_opl3(p);
        put_voice(p, 1, &m, &opl_loud, 0x30 | (i & 7) << 1);
        put_note(p, 1, 0x123, 4, true);
        play(p, 500);
    }
}

static void sweep_depths(const struct opl_player *p)
{
    for (unsigned i = 0; i < 4; i++) {
        struct opl_patch m = {0xe1, 0x10, 0xf0, 0, 0};
        p->reset(p->of);
        put(p, 0xbd, i << 6);
        put_voice(p, 0, &m, &m, 0);
        put_note(p, 0, 0x3a5 >> i, 5, true);
        play(p, 30000);
    }
}

static void sweep_drums(const struct opl_player *p)
{
    for (unsigned drums = 0; drums < 32; drums++) {
        struct opl_patch c = {0x21, 0, 0xf4, 0x0a, 0};
        p->reset(p->of);
        for (unsigned channel = 6; channel < 9; channel++) {
            put_voice(p, channel, &c, &c, drums & 1 ? 0x0d : 0x00);
            put_note(p, channel, 0x155 * (channel - 5), channel - 3, drums == 31);
        }
        play(p, 77);
        put(p, 0xbd, 0x20 | drums);
        play(p, 700);
        put(p, 0xbd, 0x20 | (drums ^ 0x1f));
        play(p, 300);
        put(p, 0xbd, drums);
        play(p, 300);
    }
}

static void sweep_pairs(const struct opl_player *p)
{
    for (unsigned i = 0; i < 64; i++) {
        struct opl_patch c = {0x22, 9, 0xf3, 0x46, (u8)(i & 7)};
        begin_opl3(p);
        if (i & 4)
            put(p, 0x104, i ^ 0x2a);
        for (unsigned channel = 0; channel < 18; channel++)
            put_voice(p, channel, &c, &opl_loud,
                      0x30 | (i & 6) << 1 | (channel % 9 < 3 ? i & 1 : i >> 1 & 1));
        if (!(i & 4))
            put(p, 0x104, i);
        for (unsigned channel = 0; channel < 18; channel++)
            put_note(p, channel, 0x123 + 3 * channel, 4, true);
        play(p, 300);
        put(p, 0x105, i >> 3 & 1);
        for (unsigned channel = 0; channel < 18; channel += 2)
            put_note(p, channel, 0x321, 2, false);
        play(p, 100);
    }
}

/* Keys down, up and down again, at odd times. */
static void sweep_keys(const struct opl_player *p)
{
    for (unsigned i = 1; i < 40; i++) {
        struct opl_patch c = {(u8)(i & 1 ? 0x21 : 0x01), 0, (u8)(i * 0x35), (u8)(i * 0x1b), 0};
        p->reset(p->of);
        put_voice(p, 2, &c, &c, i & 15);
        for (unsigned k = 0; k < 12; k++) {
            put_note(p, 2, 0x200 + k, k & 7, k % 3 != 2);
            play(p, i * (k + 1) % 211);
        }
    }
}

static u32 opl_random(u64 *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (u32)(*seed >> 16);
}

/* Anything anywhere, more often where something comes of it. */
static void play_anything(const struct opl_player *p, u64 seed, unsigned writes)
{
    seed *= 0x9e3779b97f4a7c15u;
    begin_opl3(p);
    for (unsigned i = 0; i < writes; i++) {
        u32 r = opl_random(&seed), v = opl_random(&seed);
        unsigned reg = r & 0x1ff;
        if (r >> 9 & 1)
            reg = (reg & 0x10f) | 0xa0 | (r >> 10 & 3 ? 0x10 : 0) | (r >> 12 & 3 ? 0 : 0x20);
        if (reg == 0x105 && v & 0x3000)
            v |= 1;
        if ((reg & 0xe0) == 0x60 && v & 0x100)
            v |= 0xf0;
        if ((reg & 0xe0) == 0x40 && v & 0x600)
            v &= 0xc7;
        if ((r >> 16) % 100 == 0)
            reg = 0x104;
        put(p, reg, v);
        if (r >> 24 & 3)
            play(p, v >> 16 & 7);
        else if (r >> 26 & 1)
            play(p, v >> 16 & 0xff);
    }
}

static void anything(const struct opl_player *p)
{
    for (u64 seed = 1; seed <= 4; seed++)
        play_anything(p, seed, 3000);
}

static const struct opl_script {
    const char *name;
    void (*play)(const struct opl_player *p);
    u64 golden; /* of our samples, FNV-1a; the same as the oracle's */
} opl_scripts[] = {
    {"waves", sweep_waves, 0xbf07cb2c350b2ee3},
    {"channels", sweep_channels, 0x65f497ea79d9788e},
    {"rates", sweep_rates, 0xb54a6f1f7e8cb175},
    {"levels", sweep_levels, 0x2a2f6f51c52a3d89},
    {"multiples", sweep_multiples, 0xcbcb129f028b0bcd},
    {"feedback", sweep_feedback, 0xc54e765e4e34ffdf},
    {"depths", sweep_depths, 0x81e545d67f22a1e9},
    {"drums", sweep_drums, 0x26a0438b50983322},
    {"pairs", sweep_pairs, 0x4b0ba076888c86a6},
    {"keys", sweep_keys, 0xbf4f52ead1f04085},
    {"anything", anything, 0x632bcf4fc0d563e5},
};

#endif
