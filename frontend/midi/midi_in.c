/*
 * midi_in.c - choosing who plays into MIDI IN. See midi_in.h.
 */
#include "frontend/midi/midi_in.h"

#include "frontend/midi/midi_ports.h"
#include "frontend/midi/midi_song.h"
#include "hw/base/hostfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 16 << 20, MOST_SECONDS = 1000000 };

struct midi_input {
    struct midi_song *song;
    u64 at;     /* the song's beginning, guest ns */
    void *alsa; /* both NULL: nothing comes */
};

/* "file:PATH,at=2.5": path, and nanoseconds. */
static bool file_parts(const char *from, char *path, size_t room, u64 *at)
{
    const char *comma = strrchr(from, ',');
    char *end;
    *at = 0;
    size_t n = strlen(from);
    if (comma && strncmp(comma, ",at=", 4) == 0) {
        double seconds = strtod(comma + 4, &end);
        if (!comma[4] || *end || !(seconds >= 0 && seconds <= MOST_SECONDS))
            return false;
        *at = (u64)(seconds * 1e9);
        n = (size_t)(comma - from);
    }
    return n && n < room && snprintf(path, room, "%.*s", (int)n, from) > 0;
}

bool midi_input_check(const char *from, struct err *e)
{
    char path[4096];
    u64 at;
    if (strcmp(from, "none") == 0 || strcmp(from, "null") == 0 ||
        (strncmp(from, "alsa:", 5) == 0 && from[5]) ||
        (strncmp(from, "file:", 5) == 0 && file_parts(from + 5, path, sizeof(path), &at)))
        return true;
    return err_set(e, "-midi-in %.80s: say none, file:FILE.mid[,at=SECONDS] or alsa:CLIENT:PORT",
                   from);
}

static bool open_file(struct midi_input *in, const char *from, struct err *e)
{
    char path[4096];
    size_t size;
    int error;
    file_parts(from, path, sizeof(path), &in->at);
    u8 *file = host_read_whole(path, MOST_BYTES, &size, &error);
    if (!file)
        return err_set(e, "it cannot be read: %s", host_read_error(error));
    in->song = midi_song_parse(file, size, e);
    free(file);
    return in->song != NULL;
}

bool midi_input_open(struct midi_input **out, const char *from, struct err *e)
{
    struct err why;
    *out = NULL;
    if (!from || strcmp(from, "none") == 0)
        return true;
    if (!midi_input_check(from, e))
        return false;
    struct midi_input *in = calloc(1, sizeof(*in));
    if (!in)
        return err_set(e, "out of memory");
    bool ok = true;
    if (strncmp(from, "file:", 5) == 0)
        ok = open_file(in, from + 5, &why);
    else if (strncmp(from, "alsa:", 5) == 0)
        ok = (in->alsa = midi_alsa_listen(from + 5, &why)) != NULL;
    if (!ok) {
        midi_input_close(in);
        return err_set(e, "-midi-in %.80s: %.400s", from, why.text);
    }
    *out = in;
    return true;
}

static size_t bytes(void *opaque, u64 from, u64 to, u8 *data, size_t max)
{
    struct midi_input *in = opaque;
    if (in->alsa)
        return midi_alsa_heard(in->alsa, data, max);
    if (!in->song || to <= in->at)
        return 0;
    return midi_song_bytes(in->song, from > in->at ? from - in->at : 0, to - in->at, data, max);
}

struct midi_source midi_input_source(struct midi_input *in)
{
    return in ? (struct midi_source){bytes, in} : (struct midi_source){NULL, NULL};
}

void midi_input_close(struct midi_input *in)
{
    if (!in)
        return;
    midi_song_free(in->song);
    midi_alsa_deaf(in->alsa);
    free(in);
}
