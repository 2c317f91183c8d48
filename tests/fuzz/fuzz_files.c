/*
 * fuzz_files.c - files that a person hands over beside images: a program to be run under DOS
 * (classify.h), a batch file with any ends of lines, CONFIG.SYS and AUTOEXEC.BAT of somebody's disk
 * (own_config.h), a picture that a test expects (picture.h, by libpng).
 *
 * What they come to keeps what their headers promise; a picture is one that can be saved and loaded
 * again, or is refused in one line that names the file.
 */
#define _GNU_SOURCE
#include "frontend/control/picture.h"
#include "frontend/dos/batch_lines.h"
#include "frontend/dos/classify.h"
#include "frontend/dos/own_config.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void must(bool ok)
{
    if (!ok)
        abort();
}

static const char *const words[] = {
    "MZ",      "PK\3\4",   "\177ELF\1\1\1", "@echo off", "\r\n",      "\n",
    "\r",      "\x1a",     "DEVICE=",       "SHELL=",    "FILES=",    "LASTDRIVE=Z",
    "[menu]",  "menuitem", "SET ",          "PATH ",     "PATH=C:\\", "INSTALL=",
    "FILES=0", "NE\0\0",   "#!/bin/sh\n",   "=",         " \t",       "FILES=99999999999"};

static size_t text_of(struct choices *c, char *out, size_t room)
{
    size_t n = 0;
    while (choices_left(c) && n + 40 < room) {
        u8 b = choose8(c);
        if (b == 0xff)
            break;
        if (b < 0xa0)
            out[n++] = (char)b;
        else
            n += (size_t)snprintf(out + n, 40, "%s", words[b % ARRAY_SIZE(words)]);
    }
    return n;
}

/* A file of the host's with these bytes, and its name. */
static int file_of(const void *bytes, size_t n, char name[40])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    snprintf(name, 40, "/proc/self/fd/%d", fd);
    return fd;
}

/* ---- DOS ---- */

static void classify(const u8 *bytes, size_t n, u64 size)
{
    static const char *const names[] = {"x", "X.COM", "a.exe", "b.BAT", "c.zip", ".com", "d.c"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct err e = {{0}};
        enum program_kind kind = classify_bytes(names[i], bytes, n, size, &e);
        must((kind == PROGRAM_NONE) == (e.text[0] != 0) && !strchr(e.text, '\n'));
        must(kind != PROGRAM_FOLDER && (kind != PROGRAM_COM || size <= COM_MAX));
    }
    (void)classify_unix_lines(bytes, n);
}

static void batch(const u8 *bytes, size_t n)
{
    char name[40];
    size_t size = 0;
    int fd = file_of(bytes, n, name);
    u8 *lines = batch_lines_of_dos(name, &size);
    /* Each LF has its CR, and nothing else was changed. */
    size_t from = 0;
    for (size_t i = 0; lines && i < size; i++) {
        must(lines[i] != '\n' || (i > 0 && lines[i - 1] == '\r'));
        if (from < n && lines[i] == bytes[from])
            from++;
        else
            must(lines[i] == '\r' && i + 1 < size && lines[i + 1] == '\n');
    }
    free(lines);
    close(fd);
}

static void own_files(const char *text, size_t n, size_t room)
{
    bool menu = false;
    char *out = malloc(room ? room : 1), variable[64];
    must(out != NULL);
    must(own_config(text, n, 'F', out, room, &menu) <= room);
    free(out);
    for (size_t at = 0, before = 0; own_variable(text, n, &at, variable, sizeof(variable));
         before = at) {
        must(at > before && at <= n && strchr(variable, '='));
        must(strlen(variable) < sizeof(variable));
    }
}

/* ---- pictures ---- */

/* Is it one, then it is the same after having been saved. */
static void picture(const u8 *bytes, size_t n)
{
    char name[40], again[] = "/tmp/ferrite-fuzz-XXXXXX";
    struct picture p = {0}, q = {0};
    struct err e = {{0}};
    int fd = file_of(bytes, n, name);
    if (picture_load(&p, name, &e)) {
        must(p.width && p.height && p.pixels);
        if ((u64)p.width * p.height < 1 << 16) { /* else it takes long */
            int to = mkstemp(again);
            must(to >= 0 && picture_save(again, p.pixels, p.width, p.height, &e) &&
                 picture_load(&q, again, &e) && picture_equal(&p, q.pixels, q.width, q.height));
            close(to);
            unlink(again);
            picture_free(&q);
        }
        picture_free(&p);
    } else {
        must(strncmp(e.text, name, strlen(name)) == 0 && !strchr(e.text, '\n'));
    }
    close(fd);
}

/* A PNG with a right beginning, and chunks with right sums: what a byte alone never comes to. */
static void put_chunk(u8 *out, size_t *n, const char *type, const u8 *bytes, u32 len)
{
    u32 crc = 0xffffffff;
    u8 *p = out + *n;
    for (unsigned i = 0; i < 4; i++)
        p[i] = (u8)(len >> (24 - 8 * i));
    memcpy(p + 4, type, 4);
    if (len)
        memcpy(p + 8, bytes, len);
    for (u32 i = 0; i < len + 4; i++) {
        crc ^= p[4 + i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    crc = ~crc;
    for (unsigned i = 0; i < 4; i++)
        p[8 + len + i] = (u8)(crc >> (24 - 8 * i));
    *n += 12 + len;
}

/* The same bytes as a zlib stream of one block that is not compressed (RFC 1950, 1951). */
static u32 as_stream(u8 out[280], const u8 *bytes, u32 len)
{
    u32 a = 1, b = 0;
    memcpy(out, (const u8[]){0x78, 1, 1, (u8)len, 0, (u8)~len, 0xff}, 7);
    memcpy(out + 7, bytes, len);
    for (u32 i = 0; i < len; i++) {
        a = (a + bytes[i]) % 65521;
        b = (b + a) % 65521;
    }
    memcpy(out + 7 + len, (const u8[]){(u8)(b >> 8), (u8)b, (u8)(a >> 8), (u8)a}, 4);
    return len + 11;
}

static size_t png_of(struct choices *c, u8 *out)
{
    static const u8 depths[] = {8, 1, 2, 4, 16}, colours[] = {2, 0, 3, 4, 6};
    static const char *const types[] = {"IDAT", "PLTE", "tRNS", "gAMA", "IEND",
                                        "iCCP", "tEXt", "sBIT", "zTXt", "IHDR"};
    u8 how = choose8(c), header[13] = {0};
    size_t n = 8;
    memcpy(out, "\x89PNG\r\n\x1a\n", 8);
    header[3] = choose8(c) & (how & 1 ? 0xff : 7);
    header[7] = choose8(c) & (how & 1 ? 0xff : 7);
    header[8] = depths[choose8(c) % ARRAY_SIZE(depths)];
    header[9] = colours[choose8(c) % ARRAY_SIZE(colours)];
    header[12] = how >> 1 & 1;
    if (how & 0x80)
        header[choose8(c) % 13] = choose8(c);
    put_chunk(out, &n, "IHDR", header, 13);
    for (unsigned chunks = choose8(c) & 7; chunks; chunks--) {
        const char *type = types[choose8(c) % ARRAY_SIZE(types)];
        u8 bytes[256], stream[280];
        u32 len = choose8(c);
        for (u32 i = 0; i < len; i++)
            bytes[i] = type[1] == 'D' && i % 8 == 0 ? 0 : choose8(c); /* a line's filter: none */
        if (type[1] == 'D' && !(how & 0x40))
            put_chunk(out, &n, type, stream, as_stream(stream, bytes, len));
        else
            put_chunk(out, &n, type, bytes, len);
    }
    put_chunk(out, &n, "IEND", NULL, 0);
    return n;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    static u8 room[8192];
    u8 how = choose8(&c);
    u32 claimed = choose32(&c);
    size_t n = how & 1 ? png_of(&c, room) : text_of(&c, (char *)room, sizeof(room));
    u8 *exact = malloc(n ? n : 1); /* for a sanitizer to see its end */
    must(exact != NULL);
    memcpy(exact, room, n);
    if (how & 3)
        picture(exact, n);
    if (!(how & 1)) {
        classify(exact, n, how & 4 ? n : n + claimed);
        batch(exact, n);
        own_files((const char *)exact, n, how & 8 ? claimed & 0xfff : 4096);
    }
    free(exact);
    return 0;
}
