/*
 * midi_message.h - bytes of a MIDI cable to whole messages ("MIDI 1.0 Detailed Specification").
 */
#ifndef FERRITE_MIDI_MESSAGE_H
#define FERRITE_MIDI_MESSAGE_H

#include "hw/base/types.h"

enum { MIDI_EXCLUSIVE_MAX = 4096 };

struct midi_parser {
    u8 status; /* of the message that is being put together; running status; 0: none */
    u8 data[2];
    unsigned have;
    bool running; /* `status` is that of the message before */
    bool exclusive;
    bool old_text;               /* `text` is that of the message before */
    u8 text[MIDI_EXCLUSIVE_MAX]; /* F0 ... F7 */
    unsigned text_length;
    u64 began; /* when its first byte came */
};

/* A message, status first; real-time bytes come through in the middle of others. */
struct midi_message {
    u64 when;
    const u8 *bytes;
    unsigned length;
};

/* One byte more. true: *m is a message; its bytes are valid until the next call. */
bool midi_parse(struct midi_parser *p, u64 when, u8 byte, struct midi_message *m);

#endif
