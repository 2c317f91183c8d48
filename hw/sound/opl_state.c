/*
 * opl_state.c - the FM synthesiser in a snapshot: registers as written, what they were latched as,
 * and where each operator is. The rest is derived.
 */
#include "hw/sound/opl_internal.h"

static void operator_state(struct opl_operator *p, struct state *s)
{
    u8 now[] = {p->flags, p->level,  p->attack_decay, p->sustain_release,
                p->wave,  p->source, p->stage,        p->keys};
    state_bytes(s, "operator", now, sizeof(now));
    p->flags = now[0];
    p->level = now[1];
    p->attack_decay = now[2];
    p->sustain_release = now[3];
    p->wave = now[4];
    p->source = now[5];
    p->stage = now[6];
    p->keys = now[7];
    state_u16(s, "envelope", &p->envelope);
    state_u32(s, "phase", &p->phase);
    state_u16s(s, "before", (u16 *)&p->before, 1);
}

static void channel_state(struct opl_channel *c, struct state *s)
{
    u8 now[] = {c->block, c->scale, c->c0, c->pairing, c->left, c->right};
    state_u16(s, "number", &c->number);
    state_bytes(s, "channel", now, sizeof(now));
    state_bytes(s, "sum", c->sum, sizeof(c->sum));
    c->block = now[0];
    c->scale = now[1];
    c->c0 = now[2];
    c->pairing = now[3];
    c->left = now[4];
    c->right = now[5];
}

static bool operator_possible(const struct opl_operator *p)
{
    return p->wave < 8 && p->source <= OPL_ITSELF && p->stage <= OPL_RELEASE &&
           p->keys <= (KEY_NOTE | KEY_DRUM) && p->envelope <= ENVELOPE_LIMIT &&
           p->phase <= PHASE_MASK;
}

/* Four operators are those of a channel of the first three in an array, and the third from it. */
static bool channel_possible(const struct opl_channel *c, unsigned i)
{
    bool first = i % 9 < 3, second = i % 9 >= 3 && i % 9 < 6;
    for (unsigned k = 0; k < 4; k++)
        if (c->sum[k] > 2)
            return false;
    return c->number < 1024 && c->block < 8 && c->scale < 16 && c->pairing <= DRUM &&
           (c->pairing != FIRST_OF_FOUR || first) && (c->pairing != SECOND_OF_FOUR || second) &&
           (c->pairing != DRUM || (i >= 6 && i < 9));
}

static void derive(struct opl *o, struct state *s)
{
    bool possible = o->tremolo_at < TREMOLO_STEPS && o->vibrato_at < VIBRATO_STEPS;
    for (unsigned i = 0; i < OPL_CHANNELS; i++)
        possible = possible && channel_possible(&o->channel[i], i);
    for (unsigned i = 0; i < OPL_OPERATORS; i++)
        possible = possible && operator_possible(&o->op[i]);
    if (!possible) {
        state_fail(s, "an OPL's operator is where none can be");
        opl_reset(o);
        return;
    }
    for (unsigned i = 0; i < OPL_CHANNELS; i++)
        opl_update_feedback(o, i);
    for (unsigned i = 0; i < OPL_OPERATORS; i++)
        opl_update_pitch(o, i);
    opl_update_sums(o);
}

void opl_state(struct opl *o, struct state *s)
{
    state_bytes(s, "registers", o->reg, sizeof(o->reg));
    if (state_digesting(s))
        return;
    for (unsigned i = 0; i < OPL_CHANNELS; i++)
        channel_state(&o->channel[i], s);
    for (unsigned i = 0; i < OPL_OPERATORS; i++)
        operator_state(&o->op[i], s);
    state_u16s(s, "outputs", (u16 *)o->out, OPL_OPERATORS);
    state_u16s(s, "right", (u16 *)&o->right, 1);
    state_u32(s, "count", &o->count);
    state_u32(s, "noise", &o->noise);
    state_u8(s, "tremolo at", &o->tremolo_at);
    state_u8(s, "vibrato at", &o->vibrato_at);
    state_u8(s, "tremolo", &o->tremolo);
    if (state_loading(s) && state_ok(s))
        derive(o, s);
}
