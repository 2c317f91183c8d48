/*
 * midi_song.h - a Standard MIDI File that is played into a machine: its bytes by guest time
 * ("Standard MIDI Files 1.0"; formats 0 and 1, quarters or SMPTE frames, tempo changes).
 */
#ifndef FERRITE_MIDI_SONG_H
#define FERRITE_MIDI_SONG_H

#include "hw/base/err.h"
#include "hw/base/types.h"

struct midi_song;

/* NULL + err without the file's name. The bytes may go after the call. */
struct midi_song *midi_song_parse(const u8 *file, size_t size, struct err *e);
/*
 * As struct midi_source has it: bytes of messages within [from, to) nanoseconds of the song. Asked
 * again for the same time it goes on, else it begins with `from`.
 */
size_t midi_song_bytes(struct midi_song *s, u64 from, u64 to, u8 *data, size_t max);
void midi_song_free(struct midi_song *s);

#endif
