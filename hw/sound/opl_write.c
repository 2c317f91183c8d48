/*
 * opl_write.c - the register file of the YMF262: what a write changes, at once (data sheet,
 * "register map"; V. Arnost's guide).
 *
 * What a register means may depend on others at the time of the write: waveforms above 3 need NEW
 * (105h), the halves of a four-operator channel share a pitch and a key while NEW is set, key
 * scaling uses NOTE SEL as it was when the pitch was written, and operators are wired when C0h or
 * BDh is written. Those are kept as they became, beside the registers.
 */
#include "hw/sound/opl_internal.h"
#include <string.h>

/* ---- what follows from registers ---- */

void opl_update_rate(struct opl *o, unsigned op)
{
    struct opl_operator *p = &o->op[op];
    u8 nibble = p->sustain_release & 15;
    if (p->stage == OPL_OFF || p->stage == OPL_ATTACK)
        nibble = p->attack_decay >> 4;
    else if (p->stage == OPL_DECAY)
        nibble = p->attack_decay & 15;
    u8 scale = o->channel[opl_channel_of(op)].scale;
    unsigned rate = nibble * 4u + (p->flags & FLAG_SCALE_RATE ? scale : scale >> 2);
    p->rate = (u8)(!nibble ? 0 : rate > 60 ? 60 : rate);
    p->pause = p->rate < 48 ? (1u << (12 - p->rate / 4)) - 1 : 0;
}

/* Key scale level: 6 dB an octave from block 7 down, less within the octave, by the F-number. */
static unsigned key_scale(const struct opl_channel *c)
{
    static const u8 within[16] = {0, 32, 40, 45, 48, 51, 53, 55, 56, 58, 59, 60, 61, 62, 63, 64};
    int level = within[c->number >> 6] * 4 - (8 - c->block) * 32;
    return level < 0 ? 0 : (unsigned)level;
}

static void update_attenuation(struct opl *o, unsigned op)
{
    static const u8 shift[4] = {31, 1, 2, 0}; /* none, 3, 1.5 and 6 dB an octave */
    struct opl_operator *p = &o->op[op];
    unsigned scale = key_scale(&o->channel[opl_channel_of(op)]);
    p->attenuation = (u16)((p->level & 0x3f) * 4u + (scale >> shift[p->level >> 6]));
}

u32 opl_step(unsigned number, unsigned block, unsigned flags)
{
    static const u8 twice[16] = {1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 20, 24, 24, 30, 30};
    return ((number << block) >> 1) * twice[flags & 15] >> 1;
}

void opl_update_pitch(struct opl *o, unsigned op)
{
    const struct opl_channel *c = &o->channel[opl_channel_of(op)];
    o->op[op].step = opl_step(c->number, c->block, o->op[op].flags);
    update_attenuation(o, op);
    opl_update_rate(o, op);
}

void opl_update_sums(struct opl *o)
{
    memset(o->to_left, 0, sizeof(o->to_left));
    memset(o->to_right, 0, sizeof(o->to_right));
    for (unsigned i = 0; i < OPL_CHANNELS; i++) {
        const struct opl_channel *c = &o->channel[i];
        unsigned own = opl_modulator(i), pair = i % 9 >= 3 && i % 9 < 6 ? own - 6 : own;
        const unsigned from[4] = {own, own + 3, pair, pair + 3};
        for (unsigned k = 0; k < 4; k++) {
            o->to_left[from[k]] += c->left ? c->sum[k] : 0;
            o->to_right[from[k]] += c->right ? c->sum[k] : 0;
        }
    }
}

/* ---- keys ---- */

static void key_on(struct opl *o, unsigned op, u8 who)
{
    struct opl_operator *p = &o->op[op];
    if (!p->keys) {
        p->stage = OPL_ATTACK;
        opl_update_rate(o, op);
        if (p->rate >= 60) {
            p->stage = OPL_DECAY;
            p->envelope = 0;
            opl_update_rate(o, op);
        }
        p->phase = 0;
    }
    p->keys |= who;
}

static void key_off(struct opl *o, unsigned op, u8 who)
{
    struct opl_operator *p = &o->op[op];
    if (!p->keys)
        return;
    p->keys &= (u8)~who;
    if (p->keys)
        return;
    p->stage = OPL_RELEASE;
    opl_update_rate(o, op);
}

static void set_key(struct opl *o, unsigned op, u8 who, bool on)
{
    if (on)
        key_on(o, op, who);
    else
        key_off(o, op, who);
}

static bool is_new(const struct opl *o)
{
    return o->reg[0x105] & 1;
}

static void key_channel(struct opl *o, unsigned channel, bool on)
{
    u8 pairing = o->channel[channel].pairing;
    if (is_new(o) && pairing == SECOND_OF_FOUR)
        return;
    unsigned op = opl_modulator(channel);
    set_key(o, op, KEY_NOTE, on);
    set_key(o, op + 3, KEY_NOTE, on);
    if (is_new(o) && pairing == FIRST_OF_FOUR) {
        set_key(o, op + 6, KEY_NOTE, on);
        set_key(o, op + 9, KEY_NOTE, on);
    }
}

/* ---- pitch ---- */

static void pitch_changed(struct opl *o, unsigned channel)
{
    opl_update_pitch(o, opl_modulator(channel));
    opl_update_pitch(o, opl_carrier(channel));
}

/*
 * A0h and B0h, without the key. Of a pair the first channel's registers are both channels'; what
 * the second one had before they became a pair stays for its block until B0h is written.
 */
static void write_pitch(struct opl *o, unsigned channel, u8 value, bool high)
{
    struct opl_channel *c = &o->channel[channel];
    if (is_new(o) && c->pairing == SECOND_OF_FOUR)
        return;
    if (high) {
        c->number = (u16)((c->number & 0xff) | (value & 3) << 8);
        c->block = value >> 2 & 7;
    } else {
        c->number = (c->number & 0x300) | value;
    }
    unsigned note_select = o->reg[8] >> 6 & 1;
    c->scale = (u8)(c->block << 1 | (c->number >> (9 - note_select) & 1));
    pitch_changed(o, channel);
    if (is_new(o) && c->pairing == FIRST_OF_FOUR) {
        c[3].number = c->number;
        c[3].scale = c->scale;
        if (high)
            c[3].block = c->block;
        pitch_changed(o, channel + 3);
    }
}

/* ---- wiring ---- */

static void set_sum(struct opl *o, unsigned channel, unsigned m, unsigned c, unsigned m2,
                    unsigned c2)
{
    const u8 sum[4] = {(u8)m, (u8)c, (u8)m2, (u8)c2};
    memcpy(o->channel[channel].sum, sum, sizeof(sum));
}

static bool connection(const struct opl *o, unsigned channel)
{
    return o->channel[channel].c0 & 1;
}

/* Two operators: one behind the other, or both heard. */
static void wire_two(struct opl *o, unsigned channel)
{
    unsigned modulator = opl_modulator(channel);
    bool both = connection(o, channel);
    o->op[modulator].source = OPL_ITSELF;
    o->op[modulator + 3].source = (u8)(both ? OPL_NOTHING : modulator);
    set_sum(o, channel, both, 1, 0, 0);
}

/* Four: the connections of both channels choose one of four figures. */
static void wire_four(struct opl *o, unsigned first)
{
    unsigned second = first + 3, op = opl_modulator(first);
    bool a = connection(o, first), b = connection(o, second);
    o->op[op].source = OPL_ITSELF;
    o->op[op + 3].source = (u8)(a ? OPL_NOTHING : op);
    o->op[op + 6].source = (u8)(!a && b ? OPL_NOTHING : op + 3);
    o->op[op + 9].source = (u8)(a && b ? OPL_NOTHING : op + 6);
    set_sum(o, first, 0, 0, 0, 0);
    set_sum(o, second, a && b, 1, a, !a && b);
}

/* Rhythm's channels 6 to 8; only the bass drum has a connection, and its modulator is not heard. */
static void wire_drum(struct opl *o, unsigned channel)
{
    unsigned modulator = opl_modulator(channel);
    o->op[modulator].source = OPL_ITSELF;
    o->op[modulator + 3].source = (u8)(connection(o, channel) ? OPL_NOTHING : modulator);
    set_sum(o, channel, channel == 6 ? 0 : 2, 2, 0, 0);
}

static void wire(struct opl *o, unsigned channel)
{
    u8 pairing = o->channel[channel].pairing;
    if (pairing == DRUM)
        wire_drum(o, channel);
    else if (is_new(o) && pairing == FIRST_OF_FOUR)
        wire_four(o, channel);
    else if (is_new(o) && pairing == SECOND_OF_FOUR)
        wire_four(o, channel - 3);
    else
        wire_two(o, channel);
}

void opl_update_feedback(struct opl *o, unsigned channel)
{
    unsigned depth = o->channel[channel].c0 >> 1 & 7;
    u8 shift = (u8)(depth ? 9 - depth : NO_FEEDBACK);
    o->op[opl_modulator(channel)].feedback = o->op[opl_carrier(channel)].feedback = shift;
}

static void write_connection(struct opl *o, unsigned channel, u8 value)
{
    struct opl_channel *c = &o->channel[channel];
    c->c0 = value;
    opl_update_feedback(o, channel);
    wire(o, channel);
    c->left = !is_new(o) || value & 0x10;
    c->right = !is_new(o) || value & 0x20;
    opl_update_sums(o);
}

/* 104h: which channels work in pairs. */
static void write_pairs(struct opl *o, u8 value)
{
    for (unsigned i = 0; i < 6; i++) {
        unsigned first = i < 3 ? i : i + 6;
        o->channel[first].pairing = value >> i & 1 ? FIRST_OF_FOUR : ALONE;
        o->channel[first + 3].pairing = value >> i & 1 ? SECOND_OF_FOUR : ALONE;
    }
}

/* BDh: depths, rhythm, and the five instruments' keys. */
static void write_rhythm(struct opl *o, u8 value)
{
    bool on = value & RHYTHM;
    static const struct {
        u8 bit, op;
    } drums[] = {{0x10, 12}, {0x10, 15}, {1, 13}, {2, 17}, {4, 14}, {8, 16}};
    for (unsigned channel = 6; channel < 9; channel++) {
        o->channel[channel].pairing = on ? DRUM : ALONE;
        wire(o, channel);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(drums); i++)
        set_key(o, drums[i].op, KEY_DRUM, on && value & drums[i].bit);
    opl_update_sums(o);
}

/* ---- the map ---- */

static void write_operator(struct opl *o, unsigned op, unsigned group, u8 value)
{
    struct opl_operator *p = &o->op[op];
    switch (group) {
    case 0x20:
        p->flags = value;
        break;
    case 0x40:
        p->level = value;
        break;
    case 0x60:
        p->attack_decay = value;
        break;
    case 0x80:
        p->sustain_release = value;
        break;
    default:
        p->wave = value & (is_new(o) ? 7 : 3);
        break;
    }
    opl_update_pitch(o, op);
}

static void write_channel(struct opl *o, unsigned channel, unsigned group, u8 value)
{
    if (group == 0xc0) {
        write_connection(o, channel, value);
        return;
    }
    write_pitch(o, channel, value, group == 0xb0);
    if (group == 0xb0)
        key_channel(o, channel, value & 0x20);
}

void opl_write(struct opl *o, u16 reg, u8 value)
{
    reg &= 0x1ff;
    o->reg[reg] = value;
    unsigned low = reg & 0xff, array = reg >> 8;
    if (reg == 0xbd) {
        write_rhythm(o, value);
    } else if (reg == 0x104) {
        write_pairs(o, value);
    } else if (low >= 0xa0 && low < 0xd0) {
        if ((low & 15) < 9)
            write_channel(o, array * 9 + (low & 15), low & 0xf0, value);
    } else if ((low >= 0x20 && low < 0xa0) || low >= 0xe0) {
        /* Three groups of six at 0, 8 and 16. */
        unsigned group = low >> 3 & 3, in = low & 7;
        if (group < 3 && in < 6)
            write_operator(o, array * 18 + group * 6 + in, low & 0xe0, value);
    }
}

void opl_reset(struct opl *o)
{
    memset(o, 0, offsetof(struct opl, wave));
    o->noise = 0x306600; /* what the register has been seen to start with */
    for (unsigned i = 0; i < OPL_OPERATORS; i++) {
        o->op[i].envelope = ENVELOPE_MAX;
        opl_update_pitch(o, i);
    }
    for (unsigned i = 0; i < OPL_CHANNELS; i++)
        write_connection(o, i, 0);
}

void opl_init(struct opl *o)
{
    opl_make_waves(o->wave);
    opl_reset(o);
}
