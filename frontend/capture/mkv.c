/*
 * mkv.c - a stream of raw pictures and sound as Matroska. See mkv.h.
 *
 * The segment has no size, and each block is a cluster of its own: a block's time within a cluster
 * has 16 bits, which in nanoseconds is nothing. Not written: what only seeking needs (cues, seek
 * heads).
 */
#include "frontend/capture/mkv.h"

#include <math.h>
#include <string.h>

/* Names of elements, with the bits that tell their length (RFC 8794, 5). */
enum element {
    EBML = 0x1a45dfa3,
    EBML_VERSION = 0x4286,
    EBML_READ_VERSION = 0x42f7,
    EBML_MAX_ID = 0x42f2,
    EBML_MAX_SIZE = 0x42f3,
    DOC_TYPE = 0x4282,
    DOC_TYPE_VERSION = 0x4287,
    DOC_TYPE_READ_VERSION = 0x4285,
    SEGMENT = 0x18538067,
    INFO = 0x1549a966,
    TIMESTAMP_SCALE = 0x2ad7b1,
    MUXING_APP = 0x4d80,
    WRITING_APP = 0x5741,
    TRACKS = 0x1654ae6b,
    TRACK_ENTRY = 0xae,
    TRACK_NUMBER = 0xd7,
    TRACK_UID = 0x73c5,
    TRACK_TYPE = 0x83,
    FLAG_LACING = 0x9c,
    CODEC_ID = 0x86,
    DEFAULT_DURATION = 0x23e383,
    VIDEO = 0xe0,
    PIXEL_WIDTH = 0xb0,
    PIXEL_HEIGHT = 0xba,
    DISPLAY_WIDTH = 0x54b0,
    DISPLAY_HEIGHT = 0x54ba,
    DISPLAY_UNIT = 0x54b2,
    UNCOMPRESSED_FOURCC = 0x2eb524,
    AUDIO = 0xe1,
    SAMPLING_FREQUENCY = 0xb5,
    CHANNELS = 0x9f,
    BIT_DEPTH = 0x6264,
    CLUSTER = 0x1f43b675,
    TIMESTAMP = 0xe7,
    SIMPLE_BLOCK = 0xa3
};

enum { TYPE_VIDEO = 1, TYPE_AUDIO = 2, UNIT_ASPECT = 3, BLOCK_INSIDE = 4, SIZE_BYTES = 8 };

/* A place in a buffer that is known to be large enough (MKV_HEAD, MKV_BLOCK_HEAD). */
struct place {
    u8 *at;
};

static void put_bytes(struct place *p, const void *bytes, size_t n)
{
    memcpy(p->at, bytes, n);
    p->at += n;
}

static void put_big_endian(struct place *p, u64 v, unsigned bytes)
{
    while (bytes--)
        *p->at++ = (u8)(v >> 8 * bytes);
}

static void put_id(struct place *p, u32 id)
{
    put_big_endian(p, id, id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1);
}

/* Always in eight bytes: the length is filled in when it is known. */
static void put_size(struct place *p, u64 size)
{
    put_big_endian(p, 1ull << 56 | size, SIZE_BYTES);
}

static u8 *open_element(struct place *p, u32 id)
{
    put_id(p, id);
    p->at += SIZE_BYTES;
    return p->at;
}

static void close_element(struct place *p, u8 *begun)
{
    struct place size = {begun - SIZE_BYTES};
    put_size(&size, (u64)(p->at - begun));
}

static void put_number(struct place *p, u32 id, u64 v)
{
    unsigned bytes = 1;
    while (bytes < 8 && v >> 8 * bytes)
        bytes++;
    put_id(p, id);
    put_big_endian(p, 0x80 | bytes, 1);
    put_big_endian(p, v, bytes);
}

static void put_real(struct place *p, u32 id, double v)
{
    u64 bits;
    memcpy(&bits, &v, sizeof(bits));
    put_id(p, id);
    put_big_endian(p, 0x80 | sizeof(bits), 1);
    put_big_endian(p, bits, sizeof(bits));
}

static void put_text(struct place *p, u32 id, const char *text)
{
    put_id(p, id);
    put_big_endian(p, 0x80 | strlen(text), 1);
    put_bytes(p, text, strlen(text));
}

void mkv_ratio(double aspect, unsigned *across, unsigned *down)
{
    enum { MOST = 100, FINE = 10000 };
    if (!(aspect > 0.1 && aspect < 10))
        aspect = 4.0 / 3;
    for (*down = 1; *down <= MOST; (*down)++) {
        *across = (unsigned)(aspect * *down + 0.5);
        if (fabs(aspect * *down - *across) < 1e-6 * *down)
            return;
    }
    *down = FINE;
    *across = (unsigned)(aspect * FINE + 0.5);
}

static void put_video(struct place *p, const struct mkv_video *v)
{
    unsigned across, down;
    mkv_ratio(v->aspect, &across, &down);
    u8 *track = open_element(p, TRACK_ENTRY);
    put_number(p, TRACK_NUMBER, MKV_VIDEO);
    put_number(p, TRACK_UID, MKV_VIDEO);
    put_number(p, TRACK_TYPE, TYPE_VIDEO);
    put_number(p, FLAG_LACING, 0);
    put_text(p, CODEC_ID, "V_UNCOMPRESSED");
    if (v->frame_ns)
        put_number(p, DEFAULT_DURATION, v->frame_ns);
    u8 *video = open_element(p, VIDEO);
    put_number(p, PIXEL_WIDTH, v->width);
    put_number(p, PIXEL_HEIGHT, v->height);
    put_number(p, DISPLAY_WIDTH, across);
    put_number(p, DISPLAY_HEIGHT, down);
    put_number(p, DISPLAY_UNIT, UNIT_ASPECT);
    put_id(p, UNCOMPRESSED_FOURCC);
    put_big_endian(p, 0x80 | 4, 1);
    put_bytes(p, "BGR\0", 4);
    close_element(p, video);
    close_element(p, track);
}

static void put_sound(struct place *p, const struct mkv_sound *s)
{
    u8 *track = open_element(p, TRACK_ENTRY);
    put_number(p, TRACK_NUMBER, MKV_SOUND);
    put_number(p, TRACK_UID, MKV_SOUND);
    put_number(p, TRACK_TYPE, TYPE_AUDIO);
    put_number(p, FLAG_LACING, 0);
    put_text(p, CODEC_ID, "A_PCM/INT/LIT");
    u8 *audio = open_element(p, AUDIO);
    put_real(p, SAMPLING_FREQUENCY, s->rate);
    put_number(p, CHANNELS, s->channels);
    put_number(p, BIT_DEPTH, 16);
    close_element(p, audio);
    close_element(p, track);
}

size_t mkv_head(u8 buf[MKV_HEAD], const struct mkv_video *v, const struct mkv_sound *s)
{
    struct place p = {buf};
    u8 *ebml = open_element(&p, EBML);
    put_number(&p, EBML_VERSION, 1);
    put_number(&p, EBML_READ_VERSION, 1);
    put_number(&p, EBML_MAX_ID, 4);
    put_number(&p, EBML_MAX_SIZE, 8);
    put_text(&p, DOC_TYPE, "matroska");
    put_number(&p, DOC_TYPE_VERSION, 4);
    put_number(&p, DOC_TYPE_READ_VERSION, 2);
    close_element(&p, ebml);
    put_id(&p, SEGMENT);
    put_big_endian(&p, 0x01ffffffffffffffull, SIZE_BYTES); /* to the end of the stream */
    u8 *info = open_element(&p, INFO);
    put_number(&p, TIMESTAMP_SCALE, 1); /* ns */
    put_text(&p, MUXING_APP, "Ferrite");
    put_text(&p, WRITING_APP, "Ferrite");
    close_element(&p, info);
    u8 *tracks = open_element(&p, TRACKS);
    put_video(&p, v);
    if (s->rate)
        put_sound(&p, s);
    close_element(&p, tracks);
    return (size_t)(p.at - buf);
}

size_t mkv_block_head(u8 buf[MKV_BLOCK_HEAD], enum mkv_track track, u64 time, size_t size)
{
    enum { KEY_FRAME = 0x80 };
    struct place p = {buf};
    u8 *cluster = open_element(&p, CLUSTER);
    put_number(&p, TIMESTAMP, time);
    put_id(&p, SIMPLE_BLOCK);
    put_size(&p, BLOCK_INSIDE + size);
    put_big_endian(&p, 0x80u | track, 1);
    put_big_endian(&p, 0, 2); /* after the cluster's time */
    put_big_endian(&p, KEY_FRAME, 1);
    struct place cluster_size = {cluster - SIZE_BYTES};
    put_size(&cluster_size, (u64)(p.at - cluster) + size);
    return (size_t)(p.at - buf);
}
