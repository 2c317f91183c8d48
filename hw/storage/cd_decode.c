/*
 * cd_decode.c - compressed audio tracks. See cd_decode.h; the interface is libsndfile's, as its
 * API documentation ("libsndfile API", sections sf_open, sf_seek, sf_readf_short) has it.
 *
 * A guest that reads such a track's sectors gets what the library makes of them: with codecs that
 * lose something, that is the host's matter, as the image itself is.
 */
#include "hw/storage/cd_decode.h"
#include "hw/base/library.h"

#include <stdlib.h>
#include <string.h>

enum { FRAME = 4, CHUNK = 1024, READ_MODE = 0x10, SET_CLIPPING = 0x10c0, FROM_START = 0 };

struct sound_info {
    s64 frames;
    int rate, channels, format, sections, seekable;
};

struct sndfile_library {
    void *(*open)(const char *path, int mode, struct sound_info *info);
    int (*close)(void *file);
    s64 (*seek)(void *file, s64 frames, int whence);
    s64 (*read)(void *file, s16 *frames, s64 count);
    int (*command)(void *file, int command, void *data, int size);
    const char *(*error)(void *file);
};

#define AT(member) offsetof(struct sndfile_library, member)

static const struct library_function functions[] = {
    {"sf_open", AT(open)},        {"sf_close", AT(close)},     {"sf_seek", AT(seek)},
    {"sf_readf_short", AT(read)}, {"sf_command", AT(command)}, {"sf_strerror", AT(error)},
};

static const struct library sndfile = {"libsndfile", "libsndfile1", "libsndfile.so.1", functions,
                                       ARRAY_SIZE(functions)};

struct cd_decoder {
    struct sndfile_library library;
    void *handle; /* of the library */
    void *file;
    unsigned channels;
    s64 frames;
    s64 next; /* frame that a read without a seek brings */
};

static bool open_file(struct cd_decoder *d, const char *path, struct err *e)
{
    struct sound_info info = {.frames = 0};
    d->file = d->library.open(path, READ_MODE, &info);
    if (!d->file)
        return err_set(e, "%s: %s", path, d->library.error(NULL));
    if (info.rate != 44100 || info.channels < 1 || info.channels > 2)
        return err_set(e,
                       "%s: has %d Hz and %d channels; a CD has 44100 Hz in stereo (convert it: "
                       "ffmpeg -i FILE -ar 44100 -ac 2 NEW.flac)",
                       path, info.rate, info.channels);
    if (info.frames <= 0 || info.frames > INT32_MAX || !info.seekable)
        return err_set(
            e, "%s: nobody can tell how long it is; convert it (ffmpeg -i FILE NEW.flac)", path);
    d->library.command(d->file, SET_CLIPPING, NULL, 1);
    d->channels = (unsigned)info.channels;
    d->frames = info.frames;
    return true;
}

struct cd_decoder *cd_decoder_open(const char *path, struct err *e)
{
    struct cd_decoder *d = calloc(1, sizeof(*d));
    if (!d) {
        err_set(e, "%s: out of memory", path);
        return NULL;
    }
    d->handle = library_open(&sndfile, &d->library, e);
    if (d->handle && open_file(d, path, e))
        return d;
    cd_decoder_close(d);
    return NULL;
}

void cd_decoder_close(struct cd_decoder *d)
{
    if (!d)
        return;
    if (d->file)
        d->library.close(d->file);
    library_close(d->handle);
    free(d);
}

u64 cd_decoder_bytes(const struct cd_decoder *d)
{
    return (u64)d->frames * FRAME;
}

/* `count` frames (at most CHUNK) from `at` on, as bytes. */
static bool read_frames(struct cd_decoder *d, s64 at, unsigned count, u8 *out)
{
    s16 samples[2 * CHUNK];
    memset(out, 0, count * FRAME);
    if (at >= d->frames)
        return true;
    if (at != d->next && d->library.seek(d->file, at, FROM_START) != at) {
        d->next = -1;
        return false;
    }
    s64 n = d->library.read(d->file, samples, count);
    if (n < 0 || n > count)
        return false;
    d->next = at + n;
    for (s64 i = 0; i < n; i++) {
        const s16 *p = samples + i * d->channels;
        put_le16(out + i * FRAME, (u16)p[0]);
        put_le16(out + i * FRAME + 2, (u16)p[d->channels - 1]);
    }
    return true;
}

bool cd_decoder_read(struct cd_decoder *d, u64 offset, void *buf, u32 len)
{
    u8 bytes[CHUNK * FRAME], *to = buf;
    while (len) {
        s64 at = (s64)(offset / FRAME);
        u32 skip = (u32)(offset % FRAME), n = (len + skip + FRAME - 1) / FRAME;
        n = n < CHUNK ? n : CHUNK;
        if (!read_frames(d, at, n, bytes))
            return false;
        u32 part = n * FRAME - skip < len ? n * FRAME - skip : len;
        memcpy(to, bytes + skip, part);
        to += part;
        offset += part;
        len -= part;
    }
    return true;
}
