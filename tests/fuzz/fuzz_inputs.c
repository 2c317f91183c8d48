/*
 * fuzz_inputs.c - files that are listened to: WAV files and Standard MIDI Files of any content.
 */
#include "frontend/control/wav_in.h"
#include "frontend/midi/midi_song.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* A head that is right, so that the rest is looked at. */
static size_t make_wav(u8 *file, struct choices *c, size_t most)
{
    static const u8 bits[] = {8, 16, 24, 32, 12, 0};
    size_t at = 36;
    unsigned channels = choose8(c) % 4, depth = bits[choose8(c) % ARRAY_SIZE(bits)];
    memcpy(file, "RIFF....WAVEfmt ", 16);
    put_le32(file + 16, 16);
    put_le16(file + 20, choose8(c) & 7 ? 1 : 3);
    put_le16(file + 22, (u16)channels);
    put_le32(file + 24, choose8(c) & 1 ? 48000 : choose32(c) % 400000);
    put_le32(file + 28, 0);
    put_le16(file + 32, (u16)(channels * depth / 8));
    put_le16(file + 34, (u16)depth);
    memcpy(file + at, choose8(c) & 7 ? "data" : "LIST", 4);
    put_le32(file + at + 4, choose8(c) & 7 ? (u32)(most - at - 8) : choose32(c));
    for (at += 8; at < most; at++)
        file[at] = choose8(c);
    for (unsigned n = choose8(c) % 4; n; n--)
        file[choose8(c) % 44] = choose8(c);
    return most;
}

static void listen(const u8 *file, size_t size, struct choices *c)
{
    struct err e = {""};
    struct sound_frame frames[64];
    struct wav_in *w = wav_in_parse(file, size, "fuzz.wav", &e);
    if (!w && !e.text[0])
        abort();
    for (unsigned i = 0; w && i < 4; i++)
        wav_in_read(w, frames, ARRAY_SIZE(frames), (u64)choose32(c) << (choose8(c) % 32));
    wav_in_close(w);
}

static size_t make_song(u8 *file, struct choices *c, size_t most)
{
    size_t at = 14;
    memcpy(file, "MThd\0\0\0\6\0\1\0\2", 12);
    file[12] = choose8(c);
    file[13] = choose8(c);
    while (at + 8 < most) {
        size_t n = choose8(c) % 64;
        memcpy(file + at, "MTrk\0\0\0", 7);
        file[at + 7] = (u8)n;
        at += 8;
        for (; n && at < most; n--)
            file[at++] = choose8(c) & 1 ? choose8(c) : (u8)(choose8(c) & 3 ? 0x90 : 0xff);
    }
    return at < most ? at : most;
}

static void play(const u8 *file, size_t size, struct choices *c)
{
    struct err e = {""};
    u8 data[16];
    u64 from = 0;
    struct midi_song *s = midi_song_parse(file, size, &e);
    if (!s && !e.text[0])
        abort();
    for (unsigned i = 0; s && i < 20; i++) {
        u64 to = choose8(c) & 7 ? from + ((u64)choose16(c) << 20) : choose32(c);
        for (unsigned j = 0; j < 100 && midi_song_bytes(s, from, to, data, sizeof(data)); j++)
            continue;
        from = to;
    }
    midi_song_free(s);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    enum { SIZE = 300 };
    struct choices c = {data, data + size};
    u8 *file = calloc(1, SIZE);
    if (!file)
        abort();
    listen(data, size, &c);
    play(data, size, &c);
    c = (struct choices){data, data + size};
    size_t n = make_wav(file, &c, 60 + choose8(&c) % (SIZE - 60));
    listen(file, n, &c);
    memset(file, 0, SIZE);
    n = make_song(file, &c, 14 + choose8(&c) % (SIZE - 14));
    u8 *exact = malloc(n);
    memcpy(exact, file, n);
    play(exact, n, &c);
    free(exact);
    free(file);
    return 0;
}
