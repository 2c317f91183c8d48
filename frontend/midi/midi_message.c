/*
 * midi_message.c - running status, real-time bytes anywhere, exclusive messages that end with F7h
 * or with the next status. See midi_message.h.
 */
#include "frontend/midi/midi_message.h"

/* Bytes of a message of this status, itself included; F0h: 0. */
static unsigned midi_message_length(u8 status)
{
    static const u8 system[16] = {0, 2, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    if (status >= 0xf0)
        return system[status & 15];
    return (status & 0xe0) == 0xc0 ? 2 : 3;
}

static bool exclusive_over(struct midi_parser *p, struct midi_message *m)
{
    p->exclusive = false;
    if (p->old_text || p->text_length >= MIDI_EXCLUSIVE_MAX) /* nothing in it, or too long for us */
        return false;
    p->text[p->text_length++] = 0xf7;
    *m = (struct midi_message){p->began, p->text, p->text_length};
    return true;
}

static bool message(struct midi_parser *p, struct midi_message *m)
{
    p->text[0] = p->status;
    p->text[1] = p->data[0];
    p->text[2] = p->data[1];
    *m = (struct midi_message){p->began, p->text, 1 + p->have};
    p->have = 0;
    p->running = true;
    if (p->status >= 0xf0) /* these do not run */
        p->status = 0;
    return true;
}

static bool new_status(struct midi_parser *p, u64 when, u8 byte, struct midi_message *m)
{
    bool whole = p->exclusive && exclusive_over(p, m);
    p->have = 0;
    p->status = byte == 0xf7 ? 0 : byte;
    p->running = false;
    p->began = when;
    if (byte == 0xf0) {
        p->status = 0;
        p->exclusive = p->old_text = true; /* the caller may still want its bytes */
        return whole;
    }
    if (!whole && p->status && midi_message_length(byte) == 1)
        return message(p, m);
    return whole;
}

bool midi_parse(struct midi_parser *p, u64 when, u8 byte, struct midi_message *m)
{
    if (byte >= 0xf8) {
        static const u8 real_time[8] = {0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff};
        *m = (struct midi_message){when, &real_time[byte & 7], 1};
        return true;
    }
    if (byte & 0x80)
        return new_status(p, when, byte, m);
    if (p->exclusive) {
        if (p->old_text) {
            p->old_text = false;
            p->text[0] = 0xf0;
            p->text_length = 1;
        }
        if (p->text_length < MIDI_EXCLUSIVE_MAX)
            p->text[p->text_length++] = byte;
        return false;
    }
    if (!p->status)
        return false;
    if (p->running && !p->have)
        p->began = when;
    p->data[p->have++] = byte;
    return 1 + p->have == midi_message_length(p->status) && message(p, m);
}
