/*
 * test_cirrus_blit.c - the CL-GD5446's blitter against a plain model: every raster operation in
 * every depth, direction and kind; data of the processor; ends of memory; time; state in the
 * middle.
 */
#include "cirrus_rig.h"
#include "saved_fields.h"

static const u8 rops[16] = {0x00, 0x05, 0x06, 0x09, 0x0b, 0x0d, 0x0e, 0x50,
                            0x59, 0x6d, 0x90, 0x95, 0xad, 0xd0, 0xd6, 0xda};

struct job {
    u32 width, height, to_pitch, from_pitch, to, from; /* width in bytes */
    u8 mode, rop, ext, skip;
    u32 back, front;
    u16 key, key_mask;
};

/* ---- the model: one dot after the other ---- */

static u8 operation(u8 rop, u8 s, u8 d)
{
    switch (rop) {
    case 0x00:
        return 0;
    case 0x05:
        return s & d;
    case 0x06:
        return d;
    case 0x09:
        return s & (u8)~d;
    case 0x0b:
        return (u8)~d;
    case 0x0d:
        return s;
    case 0x0e:
        return 0xff;
    case 0x50:
        return (u8)~s & d;
    case 0x59:
        return s ^ d;
    case 0x6d:
        return s | d;
    case 0x90:
        return (u8) ~(s | d);
    case 0x95:
        return (u8) ~(s ^ d);
    case 0xad:
        return s | (u8)~d;
    case 0xd0:
        return (u8)~s;
    case 0xd6:
        return (u8)~s | d;
    case 0xda:
        return (u8) ~(s & d);
    default:
        return d;
    }
}

static u32 pixel_of(const struct job *j)
{
    return (j->mode >> 4 & 3) + 1u;
}

/* Bytes of a source line that the processor writes. */
static u32 data_line(const struct job *j)
{
    u32 drop = j->skip >> 5 & 3;
    if (!(j->mode & MODE_EXPAND))
        return (j->width + drop + 3) / 4 * 4;
    u32 bytes = (j->width / pixel_of(j) + 7) / 8 + drop;
    return j->ext & EXTENSION_DWORDS ? (bytes + 3) / 4 * 4 : bytes;
}

/* The source dot at x, y; false: it is transparent. `data`: what the processor writes, or NULL. */
static bool source(const struct job *j, const u8 *mem, const u8 *data, u32 x, u32 y, u8 out[4])
{
    u32 pixel = pixel_of(j), drop = data ? j->skip >> 5 & 3 : 0;
    bool pattern = j->mode & MODE_PATTERN;

    if (j->mode & MODE_EXPAND) {
        u32 row = (j->from + y) & 7, per_line = (j->width / pixel + 7) / 8;
        u8 byte = pattern ? mem[(j->from & ~7u) + row]
                  : data  ? data[y * data_line(j) + drop + x / 8]
                          : mem[(j->from + y * per_line + x / 8) % RIG_MEMORY];
        bool set = byte << (x & 7) & 0x80;
        if (pattern && (j->ext & EXTENSION_SOLID) && !(j->mode & MODE_TRANSPARENT))
            set = true;
        put_le32(out, set ? j->front : j->back);
        if (!(j->mode & MODE_TRANSPARENT))
            return true;
        return j->ext & EXTENSION_INVERT ? !set : set;
    }
    for (u32 k = 0; k < pixel; k++) {
        u32 line = pixel == 3 ? 32 : 8 * pixel;
        if (pattern)
            out[k] = mem[j->from / (8 * line) * 8 * line + ((j->from + y) & 7) * line +
                         (x & 7) * pixel + k];
        else if (data)
            out[k] = data[y * data_line(j) + drop + x * pixel + k];
    }
    return true;
}

static void model_made(const struct job *j, u8 *mem, const u8 *data)
{
    u32 pixel = pixel_of(j);
    bool solid =
        (j->ext & EXTENSION_SOLID) &&
        (j->mode & (MODE_PATTERN | MODE_EXPAND | MODE_TRANSPARENT)) == (MODE_PATTERN | MODE_EXPAND);
    bool skips = (j->mode & (MODE_PATTERN | MODE_EXPAND)) && !solid;
    u32 skip = !skips ? 0 : pixel == 3 ? (j->skip & 31u) / 3 : j->skip & 7u;

    for (u32 y = 0; y < j->height; y++) {
        for (u32 x = skip; x * pixel < j->width; x++) {
            u8 s[4], v[4];
            bool written = source(j, mem, data, x, y, s), same = true;
            for (u32 k = 0; k < pixel; k++) {
                v[k] = operation(j->rop, s[k],
                                 mem[(j->to + y * j->to_pitch + x * pixel + k) % RIG_MEMORY]);
                same &= k < 2 && !((v[k] ^ j->key >> 8 * k) & ~(j->key_mask >> 8 * k) & 0xff);
            }
            bool keyed =
                (j->mode & (MODE_TRANSPARENT | MODE_EXPAND | MODE_PATTERN)) == MODE_TRANSPARENT;
            for (u32 k = 0; k < pixel && written && !(keyed && same); k++)
                mem[(j->to + y * j->to_pitch + x * pixel + k) % RIG_MEMORY] = v[k];
        }
    }
}

/* From screen to screen: byte by byte, so that overlaps come out as the order of bytes makes them.
 */
static void model_copy(const struct job *j, u8 *mem)
{
    bool down = j->mode & MODE_DECREMENT, keyed = j->mode & MODE_TRANSPARENT;
    u32 unit = keyed ? pixel_of(j) : 1;

    for (u32 y = 0; y < j->height; y++) {
        for (u32 x = 0; x < j->width; x += unit) {
            u32 to = down ? j->to - y * j->to_pitch - x : j->to + y * j->to_pitch + x;
            u32 from = down ? j->from - y * j->from_pitch - x : j->from + y * j->from_pitch + x;
            u8 v[2];
            bool same = true;
            if (down)
                to -= unit - 1, from -= unit - 1;
            for (u32 k = 0; k < unit; k++) {
                v[k] = operation(j->rop, mem[(from + k) % RIG_MEMORY], mem[(to + k) % RIG_MEMORY]);
                same &= !((v[k] ^ j->key >> 8 * k) & ~(j->key_mask >> 8 * k) & 0xff);
            }
            for (u32 k = 0; k < unit && !(keyed && same); k++)
                mem[(to + k) % RIG_MEMORY] = v[k];
        }
    }
}

static void model(const struct job *j, u8 *mem, const u8 *data)
{
    if (data || (j->mode & (MODE_PATTERN | MODE_EXPAND)))
        model_made(j, mem, data);
    else
        model_copy(j, mem);
}

/* ---- the chip ---- */

/* By ports, at B8000h, at the end of the framebuffer, or behind PCI14. */
enum way { BY_PORTS, BY_B8000, BY_FRAME_END, BY_PCI14, WAYS };

static void put(struct bench *b, enum way way, u32 memory, u8 index, u8 value)
{
    static const u32 base[] = {0, 0xb8000, FRAME + RIG_MEMORY - 0x100, REGISTERS_AT + 0x100};
    if (way == BY_PORTS)
        gr(b, index, value);
    else
        phys_store(&b->phys, base[way] + memory, value, 1);
}

static void put_number(struct bench *b, enum way way, u32 memory, u8 index, u32 value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        put(b, way, memory + i, index + (u8)i, (u8)(value >> 8 * i));
}

static void program(struct bench *b, const struct job *j, enum way way)
{
    static const u8 colours[2][4] = {{0x00, 0x10, 0x12, 0x14}, {0x01, 0x11, 0x13, 0x15}};
    static const u8 config[] = {0x00, 0x04, 0x44, 0x00};

    sr(b, 0x17, config[way]);
    for (unsigned i = 0; i < 4; i++) {
        put(b, way, i, colours[0][i], (u8)(j->back >> 8 * i));
        put(b, way, 4 + i, colours[1][i], (u8)(j->front >> 8 * i));
    }
    put_number(b, way, 0x08, 0x20, j->width - 1, 2);
    put_number(b, way, 0x0a, 0x22, j->height - 1, 2);
    put_number(b, way, 0x0c, 0x24, j->to_pitch, 2);
    put_number(b, way, 0x0e, 0x26, j->from_pitch, 2);
    put_number(b, way, 0x14, 0x2c, j->from, 3);
    put(b, way, 0x17, 0x2f, j->skip);
    put(b, way, 0x18, 0x30, j->mode);
    put(b, way, 0x1a, 0x32, j->rop);
    put(b, way, 0x1b, 0x33, j->ext);
    put_number(b, way, 0x1c, 0x34, j->key, 2);
    put_number(b, way, 0x20, 0x38, j->key_mask, 2);
    put_number(b, way, 0x10, 0x28, j->to, 3);
    put(b, way, 0x40, 0x31, BLIT_START);
}

static u8 status(struct bench *b)
{
    return index_in(b, 0x3ce, 0x31);
}

/* Until the chip is free; it may take 200 ms. */
static void wait_idle(struct bench *b)
{
    for (unsigned i = 0; i < 3000 && (status(b) & BLIT_BUSY); i++)
        run_for(b, 100000);
    ck_assert_uint_eq(status(b) & (BLIT_BUSY | BLIT_START), 0);
}

static void feed(struct bench *b, const u8 *data, u32 size, u32 at, unsigned unit)
{
    for (u32 i = 0; i < size; i += unit) {
        u32 v = 0;
        for (unsigned k = 0; k < unit && i + k < size; k++)
            v |= (u32)data[i + k] << 8 * k;
        phys_store(&b->phys, at, v, unit);
    }
}

static void fill_memory(struct cirrus *c, u64 *seed)
{
    for (u32 i = 0; i < RIG_MEMORY; i += 4)
        put_le32(c->vga.vram + i, chance(seed) ^ chance(seed) << 17);
}

static struct job random_job(u64 *seed, u8 mode)
{
    struct job j = {.mode = mode, .rop = rops[chance(seed) % 16]};
    u32 pixel = pixel_of(&j);

    j.width = (1 + chance(seed) % 100) * pixel;
    j.height = 1 + chance(seed) % 20;
    j.to_pitch = 500 + chance(seed) % 700;
    j.from_pitch = 500 + chance(seed) % 700;
    j.to = chance(seed) % (RIG_MEMORY - 0x10000) + 0x8000;
    j.from = chance(seed) % (RIG_MEMORY - 0x10000) + 0x8000;
    j.back = chance(seed) << 3 ^ chance(seed);
    j.front = chance(seed) << 3 ^ chance(seed);
    j.key = (u16)chance(seed);
    if (!(chance(seed) & 3))
        j.key_mask = (u16)chance(seed);
    return j;
}

/* Run it both ways; the whole memory must be the same afterwards. */
static void same_result(struct bench *b, struct cirrus *c, const struct job *j, enum way way,
                        const u8 *data, u32 size, u32 at, unsigned unit)
{
    static u8 mem[RIG_MEMORY];

    memcpy(mem, c->vga.vram, RIG_MEMORY);
    model(j, mem, data);
    program(b, j, way);
    if (data) {
        ck_assert_uint_eq(status(b) & (BLIT_BUSY | BLIT_START), BLIT_BUSY | BLIT_START);
        feed(b, data, size, at, unit);
    }
    wait_idle(b);
    sr(b, 0x17, 0);
    if (memcmp(mem, c->vga.vram, RIG_MEMORY) == 0)
        return;
    u32 i = 0;
    while (mem[i] == c->vga.vram[i])
        i++;
    ck_abort_msg("mode %02x rop %02x ext %02x skip %02x: %u x %u to %x (%u) from %x (%u): byte %x "
                 "is %02x, should be %02x",
                 j->mode, j->rop, j->ext, j->skip, j->width, j->height, j->to, j->to_pitch, j->from,
                 j->from_pitch, i, c->vga.vram[i], mem[i]);
}

START_TEST(test_copies)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    u64 seed = 11;

    fill_memory(c, &seed);
    for (unsigned depth = 0; depth < 4; depth++) {
        for (unsigned down = 0; down < 2; down++) {
            for (unsigned i = 0; i < 16; i++) {
                struct job j = random_job(&seed, (u8)(depth << 4 | down));
                j.rop = rops[i];
                same_result(&b, c, &j, i % WAYS, NULL, 0, 0, 0);
                /* Close by, so that they overlap either way. */
                j.from = j.to + chance(&seed) % 41 - 20;
                j.from_pitch = j.to_pitch;
                same_result(&b, c, &j, i % WAYS, NULL, 0, 0, 0);
            }
        }
    }
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_key_colour)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    u64 seed = 12;

    for (unsigned i = 0; i < 64; i++) {
        struct job j = random_job(&seed, (u8)((i & 1) << 4 | (i >> 1 & 1) | MODE_TRANSPARENT));
        /* Few colours, so that some are the key's. */
        for (u32 k = 0; k < RIG_MEMORY; k++)
            c->vga.vram[k] = (u8)(chance(&seed) & 3);
        j.key = (u16)(chance(&seed) & 0x0303);
        j.rop = i & 4 ? 0x0d : rops[chance(&seed) % 16];
        same_result(&b, c, &j, BY_PORTS, NULL, 0, 0, 0);
    }
    /* Not with 24 and 32 bits: nothing is drawn. */
    struct job j = random_job(&seed, 0x20 | MODE_TRANSPARENT);
    u8 before = c->vga.vram[j.to];
    j.rop = 0x0b;
    program(&b, &j, BY_PORTS);
    ck_assert_uint_eq(status(&b) & BLIT_BUSY, 0);
    ck_assert_uint_eq(c->vga.vram[j.to], before);
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_patterns_and_colours)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    u64 seed = 13;
    static const u8 kinds[] = {MODE_PATTERN, MODE_EXPAND, MODE_EXPAND | MODE_PATTERN,
                               MODE_EXPAND | MODE_TRANSPARENT,
                               MODE_EXPAND | MODE_PATTERN | MODE_TRANSPARENT};

    fill_memory(c, &seed);
    for (unsigned depth = 0; depth < 4; depth++) {
        for (unsigned kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
            for (unsigned i = 0; i < 48; i++) {
                struct job j = random_job(&seed, (u8)(depth << 4 | kinds[kind]));
                j.from = chance(&seed) % 0x7000; /* the chip reads ahead: not what it writes */
                j.rop = rops[i & 15];
                j.ext = i >= 16 ? (u8)(chance(&seed) & (EXTENSION_INVERT | EXTENSION_SOLID)) : 0;
                j.skip =
                    i >= 32 ? (u8)(depth == 2 ? chance(&seed) % 10 * 3 : chance(&seed) & 7) : 0;
                same_result(&b, c, &j, i % WAYS, NULL, 0, 0, 0);
            }
        }
    }
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_data_of_the_processor)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    static u8 data[0x4000];
    u64 seed = 14;
    static const u8 kinds[] = {0, MODE_EXPAND, MODE_EXPAND | MODE_TRANSPARENT};
    static const u32 places[] = {0xa0000, FRAME + 0x123 * 4, FRAME + (16 << 20) + 8};

    sr(&b, 7, 1); /* with the VGA's memory the window is elsewhere, but takes data all the same */
    bus_out(&b.bus, 0x3c2, 0x67, 1);
    gr(&b, 6, 0x05);
    fill_memory(c, &seed);
    for (unsigned depth = 0; depth < 4; depth++) {
        for (unsigned kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
            for (unsigned i = 0; i < 48; i++) {
                struct job j = random_job(&seed, (u8)(depth << 4 | kinds[kind] | MODE_FROM_SYSTEM));
                j.rop = rops[i & 15];
                j.ext = (u8)(chance(&seed) & (EXTENSION_INVERT | EXTENSION_DWORDS));
                j.skip = i >= 16 ? (u8)(chance(&seed) & 0x60) : 0;
                if (kinds[kind])
                    j.skip |= depth == 2 ? 3 * (i % 5) : i & 7;
                u32 size = data_line(&j) * j.height;
                for (u32 k = 0; k < sizeof data; k++)
                    data[k] = (u8)chance(&seed);
                unsigned unit = 1u << i % 3;
                same_result(&b, c, &j, i % WAYS, data, size, places[i % 3], unit);
                /* What follows is memory again. */
                phys_store(&b.phys, FRAME + 0x40, 0x11223344 + i, 4);
                ck_assert_uint_eq(get_le32(c->vga.vram + 0x40), 0x11223344 + i);
            }
        }
    }
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_data_to_the_processor)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    u64 seed = 15;

    fill_memory(c, &seed);
    for (unsigned i = 0; i < 20; i++) {
        struct job j = random_job(&seed, (u8)(MODE_TO_SYSTEM | (i & 1)));
        j.rop = 0x0d;
        program(&b, &j, BY_PORTS);
        for (u32 y = 0; y < j.height; y++) {
            for (u32 x = 0; x < (j.width + 3) / 4 * 4; x += 4) {
                u32 got = (u32)phys_load(&b.phys, FRAME + 4, 4);
                for (u32 k = 0; k < 4 && x + k < j.width; k++) {
                    u32 at = i & 1 ? j.from - y * j.from_pitch - x - k
                                   : j.from + y * j.from_pitch + x + k;
                    ck_assert_uint_eq(got >> 8 * k & 0xff, c->vga.vram[at % RIG_MEMORY]);
                }
            }
        }
        wait_idle(&b);
    }
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_pattern_of_the_processor)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    static u8 mem[RIG_MEMORY], pattern[256];
    u64 seed = 16;

    fill_memory(c, &seed);
    for (unsigned i = 0; i < 32; i++) {
        bool expanded = i & 4;
        struct job j = random_job(&seed, (u8)((i & 3) << 4 | MODE_PATTERN | MODE_FROM_SYSTEM |
                                              (expanded ? MODE_EXPAND : 0)));
        u32 size = expanded ? 8 : (i & 3) == 2 ? 256 : 64 * pixel_of(&j);
        for (u32 k = 0; k < sizeof pattern; k++)
            pattern[k] = (u8)chance(&seed);
        program(&b, &j, BY_PORTS);
        /* The model finds the pattern on the screen: at an address with the same first row. */
        struct job there = j;
        there.from = 0x4000 | (j.from & 7);
        memcpy(mem, c->vga.vram, RIG_MEMORY);
        memcpy(mem + 0x4000, pattern, size);
        model(&there, mem, NULL);
        memcpy(mem + 0x4000, c->vga.vram + 0x4000, size);
        feed(&b, pattern, size, FRAME, 4);
        wait_idle(&b);
        ck_assert_int_eq(memcmp(mem, c->vga.vram, RIG_MEMORY), 0);
    }
    bench_free(&b, &c->vga.dev);
}
END_TEST

/* Off the end, zero sizes, wrong pitches: addresses wrap, nothing else is touched. */
START_TEST(test_bad_programs)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    u64 seed = 17;

    fill_memory(c, &seed);
    for (unsigned i = 0; i < 64; i++) {
        struct job j = random_job(&seed, (u8)(i & 1 ? MODE_DECREMENT : i & 2 ? MODE_EXPAND : 0));
        j.to = i & 4 ? RIG_MEMORY - 1 - chance(&seed) % 100 : chance(&seed) % 100;
        j.from = i & 8 ? RIG_MEMORY - 1 - chance(&seed) % 100 : chance(&seed) % 100;
        if (i & 2)
            j.from = RIG_MEMORY / 2 + chance(&seed) % 100;
        if (i & 16)
            j.to_pitch = chance(&seed) % 3;
        if (i & 32)
            j.from_pitch = 0x1fff;
        same_result(&b, c, &j, BY_PORTS, NULL, 0, 0, 0);
    }
    struct job all = {.width = 8192,
                      .height = 2048,
                      .to_pitch = 8191,
                      .from_pitch = 1,
                      .mode = MODE_DECREMENT,
                      .rop = 0x59};
    same_result(&b, c, &all, BY_PORTS, NULL, 0, 0, 0);
    struct job none = random_job(&seed, MODE_FROM_SYSTEM | MODE_TO_SYSTEM);
    program(&b, &none, BY_PORTS);
    ck_assert_uint_eq(status(&b) & BLIT_BUSY, 0);
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_time_and_queue)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    struct job fill = {.width = 1024,
                       .height = 1024,
                       .to_pitch = 1024,
                       .front = 0x5a,
                       .mode = MODE_PATTERN | MODE_EXPAND,
                       .ext = EXTENSION_SOLID,
                       .rop = 0x0d};

    /* A megabyte is there at once, and takes the chip some milliseconds. */
    program(&b, &fill, BY_PORTS);
    ck_assert_uint_eq(c->vga.vram[RIG_MEMORY - 1], 0x5a);
    ck_assert_uint_eq(status(&b) & BLIT_BUSY, BLIT_BUSY);
    u64 from = b.clock.now;
    wait_idle(&b);
    ck_assert_uint_gt(b.clock.now - from, 2 * NS_PER_MS);
    ck_assert_uint_lt(b.clock.now - from, 20 * NS_PER_MS);

    /* Twice as much is drawn in slices; a second blit comes after it, with its own registers. */
    fill.height = 2048;
    fill.front = 0x11;
    program(&b, &fill, BY_PORTS);
    gr(&b, 0x01, 0x22);
    gr(&b, 0x22, 0);
    gr(&b, 0x23, 0);
    gr(&b, 0x31, BLIT_START);
    ck_assert_uint_eq(status(&b) & (BLIT_BUSY | BLIT_QUEUED), BLIT_BUSY | BLIT_QUEUED);
    gr(&b, 0x01, 0x33); /* too late for it */
    ck_assert_uint_ne(c->vga.vram[0], 0x22);
    wait_idle(&b);
    ck_assert_uint_eq(c->vga.vram[0], 0x22);
    ck_assert_uint_eq(c->vga.vram[1024], 0x11);

    /* Autostart: the last address byte starts it. Reset ends what waits for data. */
    gr(&b, 0x31, BLIT_AUTOSTART);
    ck_assert_uint_eq(c->vga.vram[0], 0x22);
    gr(&b, 0x2a, 0);
    wait_idle(&b);
    ck_assert_uint_eq(c->vga.vram[0], 0x33);
    gr(&b, 0x31, 0);
    gr(&b, 0x30, MODE_FROM_SYSTEM);
    gr(&b, 0x31, BLIT_START);
    ck_assert_uint_eq(status(&b) & BLIT_BUSY, BLIT_BUSY);
    gr(&b, 0x31, BLIT_RESET);
    ck_assert_uint_eq(status(&b) & BLIT_BUSY, 0);
    phys_store(&b.phys, FRAME, 0x77, 1);
    ck_assert_uint_eq(c->vga.vram[0], 0x77);
    bench_free(&b, &c->vga.dev);
}
END_TEST

/* Paused, or with its data at the second aperture only, the rest of memory is memory. */
START_TEST(test_where_data_go)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    struct job j = {.width = 8,
                    .height = 2,
                    .to_pitch = 64,
                    .to = 0x1000,
                    .mode = MODE_FROM_SYSTEM,
                    .rop = 0x0d};

    program(&b, &j, BY_PORTS);
    gr(&b, 0x31, BLIT_APERTURE);
    phys_store(&b.phys, FRAME + 0x10, 0x01020304, 4);
    ck_assert_uint_eq(get_le32(c->vga.vram + 0x10), 0x01020304);
    phys_store(&b.phys, FRAME + (16 << 20), 0xa1a2a3a4, 4);
    gr(&b, 0x31, BLIT_PAUSED);
    phys_store(&b.phys, FRAME + (16 << 20), 0xffffffff, 4);
    gr(&b, 0x31, 0);
    for (unsigned i = 0; i < 3; i++)
        phys_store(&b.phys, FRAME, 0xb1b2b3b4 + i, 4);
    wait_idle(&b);
    ck_assert_uint_eq(get_le32(c->vga.vram + 0x1000), 0xa1a2a3a4);
    ck_assert_uint_eq(get_le32(c->vga.vram + 0x1004), 0xb1b2b3b4);
    ck_assert_uint_eq(get_le32(c->vga.vram + 0x1044), 0xb1b2b3b6);
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_every_field_is_loaded)
{
    static const struct field all[] = {
        FIELD(struct cirrus, blit.phase),       FIELD(struct cirrus, blit.r),
        FIELD(struct cirrus, blit.to),          FIELD(struct cirrus, blit.from),
        FIELD(struct cirrus, blit.lines),       FIELD(struct cirrus, blit.row),
        FIELD(struct cirrus, blit.own_pattern), FIELD(struct cirrus, blit.count),
        FIELD(struct cirrus, blit.need),        FIELD(struct cirrus, blit.data),
        FIELD(struct cirrus, blit.queued),      FIELD(struct cirrus, blit.next),
        FIELD(struct cirrus, blit.busy_until),
    };
    static struct bench b, other;
    const u8 *bytes;
    size_t size;
    struct cirrus *c = rig_new(&b), *o = rig_new(&other);
    struct state *s = bench_save(&b, &c->vga.dev, &bytes, &size);
    fields_differ(o, c, all, ARRAY_SIZE(all));
    bench_load(&other, &o->vga.dev, bytes, size);
    fields_are_same(c, o, all, ARRAY_SIZE(all));
    state_free(s);
    bench_free(&other, &o->vga.dev);
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_state_in_the_middle)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    u64 seed = 18;
    struct job large = {
        .width = 8192, .height = 300, .to_pitch = 8192, .from_pitch = 8192, .to = 16, .rop = 0x59};

    fill_memory(c, &seed);
    program(&b, &large, BY_PORTS);
    gr(&b, 0x31, BLIT_START); /* one more behind it */
    round_trip(&b, &c->vga.dev, cirrus_make);
    wait_idle(&b);
    struct job data = random_job(&seed, MODE_FROM_SYSTEM | MODE_EXPAND);
    program(&b, &data, BY_PORTS);
    phys_store(&b.phys, FRAME, 0x5a, 1);
    round_trip(&b, &c->vga.dev, cirrus_make);
    data.mode = MODE_TO_SYSTEM;
    gr(&b, 0x31, BLIT_RESET);
    program(&b, &data, BY_PORTS);
    phys_load(&b.phys, FRAME, 1);
    round_trip(&b, &c->vga.dev, cirrus_make);
    bench_free(&b, &c->vga.dev);
}
END_TEST

static TCase *cases(void)
{
    TCase *tc = tcase_create("cirrus_blit");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_copies);
    tcase_add_test(tc, test_key_colour);
    tcase_add_test(tc, test_patterns_and_colours);
    tcase_add_test(tc, test_data_of_the_processor);
    tcase_add_test(tc, test_data_to_the_processor);
    tcase_add_test(tc, test_pattern_of_the_processor);
    tcase_add_test(tc, test_bad_programs);
    tcase_add_test(tc, test_time_and_queue);
    tcase_add_test(tc, test_where_data_go);
    tcase_add_test(tc, test_every_field_is_loaded);
    tcase_add_test(tc, test_state_in_the_middle);
    return tc;
}

int main(void)
{
    return run_suite("cirrus_blit", cases);
}
