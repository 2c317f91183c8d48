/*
 * sb_voice.c - the Sound Blaster's converter as a source of sound (mixer.h).
 *
 * While a transfer runs, the source's grid is that of its ticks: the frames that ticks bring wait
 * until they are heard. Levels that a program writes one by one (command 10h) come at any time;
 * the grid is then a fine one.
 */
#include "hw/sound/sb.h"

enum { DIRECT_RATE = 192000 };

/* DSPs before 4.00 have a switch behind the converter (D1h, D3h). */
static bool switched_off(const struct sb *sb)
{
    return sb->card->model != SB_16 && !sb->dsp.speaker;
}

static bool ticking(const struct sb *sb)
{
    for (unsigned i = 0; i < SB_TRANSFERS; i++) {
        const struct sb_transfer *t = &sb->transfer[i];
        if (t->running && !t->paused && !t->stalled)
            return true;
    }
    return false;
}

static bool render(void *dev, u64 first, struct sound_frame *out, unsigned count)
{
    struct sb *sb = dev;
    (void)first; /* a grid is begun anew when ticks do not follow one another */
    if (!sb->busy)
        sb_transfers_sync(sb);
    for (unsigned i = 0; i < count; i++) {
        if (sb->waiting_count) {
            sb->held = sb->waiting[sb->first_waiting];
            sb->first_waiting = (u16)((sb->first_waiting + 1) % SB_WAITING);
            sb->waiting_count--;
        }
        out[i] = sb->held;
    }
    return sb->waiting_count || ticking(sb);
}

static void drop_waiting(struct sb *sb)
{
    sb->held = sb->level;
    sb->first_waiting = sb->waiting_count = 0;
}

static void wait_for_tick(struct sb *sb, struct sound_frame f)
{
    if (!sound_heard(&sb->sound)) {
        drop_waiting(sb);
        return;
    }
    if (sb->waiting_count == SB_WAITING) { /* the grid stands: the oldest will not be missed */
        sb->first_waiting = (u16)((sb->first_waiting + 1) % SB_WAITING);
        sb->waiting_count--;
    }
    sb->waiting[(sb->first_waiting + sb->waiting_count++) % SB_WAITING] = f;
}

void sb_voice_make_room(struct sb *sb)
{
    if (sb->waiting_count >= SB_WAITING / 2)
        sound_source_sync(&sb->sound);
}

void sb_voice_begin(struct sb *sb, u32 num, u32 den, bool later)
{
    sound_source_sync(&sb->sound);
    drop_waiting(sb);
    sound_source_rate(&sb->sound, num, den);
    sound_source_restart(&sb->sound);
    if (later)
        wait_for_tick(sb, sb->level);
}

void sb_voice_tick(struct sb *sb, struct sound_frame f)
{
    if (switched_off(sb))
        f = (struct sound_frame){0, 0};
    sb->level = f;
    wait_for_tick(sb, f);
}

void sb_voice_level(struct sb *sb, struct sound_frame f)
{
    if (switched_off(sb))
        f = (struct sound_frame){0, 0};
    if (ticking(sb)) { /* the next tick is about to bring another one */
        sb->level = f;
        return;
    }
    sound_source_rate(&sb->sound, DIRECT_RATE, 1);
    sound_source_sync(&sb->sound);
    sb->level = f;
    drop_waiting(sb);
}

void sb_voice_silence(struct sb *sb)
{
    sound_source_sync(&sb->sound);
    sb->level = (struct sound_frame){0, 0};
    drop_waiting(sb);
}

void sb_voice_init(struct sb *sb)
{
    sound_attach(&sb->dev, &sb->sound, sb->dev.class->name, render, sb, DIRECT_RATE, 1);
}

void sb_voice_state(struct sb *sb, struct state *s)
{
    s16 waiting[2 * SB_WAITING] = {0};
    state_bool(s, "right_next", &sb->right_next);
    if (!state_digesting(s)) {
        for (unsigned i = 0; i < sb->waiting_count; i++) {
            const struct sound_frame *f = &sb->waiting[(sb->first_waiting + i) % SB_WAITING];
            waiting[2 * i] = f->left;
            waiting[2 * i + 1] = f->right;
        }
        state_u16(s, "level left", (u16 *)&sb->level.left);
        state_u16(s, "level right", (u16 *)&sb->level.right);
        state_u16(s, "held left", (u16 *)&sb->held.left);
        state_u16(s, "held right", (u16 *)&sb->held.right);
        state_u16(s, "waiting_count", &sb->waiting_count);
        if (sb->waiting_count > SB_WAITING) {
            sb->waiting_count = 0;
            state_fail(s, "%s: more samples wait than can", sb->dev.name);
        }
        state_u16s(s, "waiting", (u16 *)waiting, 2 * (size_t)sb->waiting_count);
        if (state_loading(s)) {
            sb->first_waiting = 0;
            for (unsigned i = 0; i < sb->waiting_count; i++)
                sb->waiting[i] = (struct sound_frame){waiting[2 * i], waiting[2 * i + 1]};
        }
    }
    sound_source_state(&sb->sound, s);
}
