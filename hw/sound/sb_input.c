/*
 * sb_input.c - what a Sound Blaster hears: its converter's input, and the DSP's MIDI IN (Creative,
 * "Sound Blaster Series Hardware Programming Guide", chapters 2, 4 and 5).
 *
 * Commands 30h to 37h read MIDI: bit 0 with an interrupt for each byte, bit 1 with the milliseconds
 * since the command in three bytes before it, bit 2 as a UART, which sends as well. The MPU-401's
 * MIDI IN is the same socket.
 */
#include "hw/sound/sb.h"

enum { MIDI_INTERRUPT = 1, MIDI_STAMP = 2 };

/* ---- sound ---- */

static bool records(const void *card)
{
    const struct sb *sb = card;
    return (sb->transfer[SB_8BIT].running && sb->transfer[SB_8BIT].record) ||
           (sb->transfer[SB_16BIT].running && sb->transfer[SB_16BIT].record);
}

s16 sb_input_at(const struct sb *sb, u64 when, u32 rate, bool right)
{
    unsigned louder;
    u8 inputs = sb_mixer_inputs(sb, right, &louder);
    struct sound_frame f = line_input_at(&sb->input, when, rate);
    s32 v = inputs == 3 ? (f.left + f.right) / 2 : inputs == 2 ? f.right : inputs ? f.left : 0;
    v *= 1 << louder;
    return (s16)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

u8 sb_input_now(struct sb *sb)
{
    line_input_poll(&sb->input);
    u16 v = (u16)sb_input_at(sb, clock_now(sb->dev.board->clock), 0, false);
    return (u8)((v ^ 0x8000) >> 8);
}

/* ---- MIDI ---- */

void sb_midi_begin(struct sb *sb, u8 command)
{
    sb->dsp.midi = command;
    sb->dsp.midi_since = clock_now(sb->dev.board->clock);
}

static void midi_byte(void *card, u8 v)
{
    struct sb *sb = card;
    struct sb_dsp *d = &sb->dsp;
    mpu_midi_in(&sb->mpu, v);
    if (!d->midi)
        return;
    if (d->midi & MIDI_STAMP) {
        u64 ms = (clock_now(sb->dev.board->clock) - d->midi_since) / NS_PER_MS;
        for (unsigned i = 0; i < 3; i++)
            sb_dsp_answer(sb, (u8)(ms >> 8 * i));
    }
    sb_dsp_answer(sb, v);
    if (d->midi & MIDI_INTERRUPT)
        sb_raise(sb, SB_IRQ_8BIT);
}

/* ---- life ---- */

void sb_input_init(struct sb *sb)
{
    line_input_attach(&sb->dev, &sb->input, records, sb);
    midi_socket_attach(&sb->dev, &sb->midi_in, midi_byte, sb);
}

void sb_input_detach(struct sb *sb)
{
    line_input_detach(&sb->input);
    midi_socket_detach(&sb->midi_in);
}

void sb_input_state(struct sb *sb, struct state *s)
{
    struct sb_dsp *d = &sb->dsp;
    state_u64(s, "midi_since", &d->midi_since);
    state_bool(s, "stereo_in", &d->stereo_in);
    state_bool(s, "right_in", &d->right_in);
    if (state_loading(s) && d->midi_since > clock_now(sb->dev.board->clock))
        state_fail(s, "%s: MIDI since a time to come", sb->dev.name);
}
