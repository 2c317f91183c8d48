/*
 * classify.c - which files a DOS can run. See classify.h.
 *
 * DOS' own rule (EXEC, INT 21h/4Bh) is short: "MZ" in the first two bytes is a program with a
 * header, anything else is copied behind a PSP and started. A person who names a picture or a
 * Windows program is better served with words than with what its bytes do to a processor, so what
 * is known not to be for DOS is told here. A .COM is the one kind that nothing in its bytes shows:
 * there the name decides.
 *
 * The headers behind MZ are those of "NE" (16-bit Windows, OS/2), "LE" and "LX" (OS/2, VxDs, DOS
 * extenders) and "PE". All of them may have a real DOS program in front, as DOS extenders do; what
 * is refused has nothing there but a line of text.
 */
#define _GNU_SOURCE /* memmem */
#include "frontend/dos/classify.h"

#include "hw/storage/image_kind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MZ_HEADER = 28,
    MESSAGE_STUB = 1024,   /* a load image of fewer bytes prints a line and ends */
    WORDY_STUB = 4 * 1024, /* of fewer, it does so if it speaks of another system */
};

bool has_extension(const char *name, const char *extension)
{
    size_t n = strlen(name), m = strlen(extension);
    return n > m && strcasecmp(name + n - m, extension) == 0;
}

/* ---- formats that are not for DOS ---- */

struct known {
    const char *magic;
    u8 len;
    const char *words;
};

static const struct known others[] = {
    {"\x7f"
     "ELF",
     4, "a program of Linux or another Unix, which runs without a DOS"},
    {"#!/bin/", 7, "a script for this computer's own shell, which runs without a DOS"},
    {"#!/usr/", 7, "a script for this computer's own shell, which runs without a DOS"},
    {"#!", 2, "a script for this computer's own shell, which runs without a DOS"},
    {"\xca\xfe\xba\xbe", 4, "a Java class or a program of macOS"},
    {"\xcf\xfa\xed\xfe", 4, "a program of macOS"},
    {"!<arch>", 7, "a library or a Debian package"},
    {"\x89PNG", 4, "a picture (PNG)"},
    {"GIF8", 4, "a picture (GIF)"},
    {"\xff\xd8\xff", 3, "a picture (JPEG)"},
    {"%PDF-", 5, "a document (PDF)"},
    {"\x1f\x8b", 2, "packed with gzip; unpack it first: gunzip or tar -xzf"},
    {"BZh", 3, "packed with bzip2; unpack it first: bunzip2 or tar -xjf"},
    {"\xfd"
     "7zXZ",
     5, "packed with xz; unpack it first: unxz or tar -xJf"},
    {"7z\xbc\xaf\x27\x1c", 6, "a 7z archive; unpack it first: 7z x"},
    {"Rar!\x1a\x07", 6, "a RAR archive; unpack it first: unrar x"},
    {"MSCF", 4, "a cabinet of Microsoft's; unpack it first: cabextract"},
    {"\x60\xea", 2, "an ARJ archive; unpack it first: arj x"},
    {"RIFF", 4, "a sound or a film (RIFF)"},
    {"ID3", 3, "music (MP3)"},
    {"OggS", 4, "music (Ogg)"},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, "a document of an office program"},
    {"L\0\0\0\x01\x14\x02\0", 8, "a shortcut of Windows, which only names a program"},
    {"\xff\xff\xff\xff", 4, "a driver for DOS, which a line of CONFIG.SYS loads"},
    {"conectix", 8, "a disk image (VHD); ferrite -hda"},
    {"QFI\xfb", 4, "a disk image (qcow2)"},
};

static enum program_kind no_program(const char *name, const char *words, struct err *e)
{
    err_set(e, "%s: is no DOS program: it is %s", name, words);
    return PROGRAM_NONE;
}

/* `named`: its name says that it is for DOS; two or three bytes that look foreign may be code. */
static const char *known_words(const u8 *head, size_t have, u64 size, bool named)
{
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (have >= others[i].len && memcmp(head, others[i].magic, others[i].len) == 0 &&
            (others[i].len >= 4 || !named))
            return others[i].words;
    }
    /* A boot sector begins with a jump; no .COM is made of whole tracks with this mark. */
    if (have >= 512 && head[510] == 0x55 && head[511] == 0xaa && size >= 163840 && size % 512 == 0)
        return "a disk's image; use ferrite -fda (a floppy) or -hda (a hard disk)";
    return NULL;
}

/* Disks, CDs and archives in the forms that the drives know by name, too. */
static bool is_container(const char *name, const u8 *head, size_t have, u64 size, struct err *e)
{
    struct image_look look = {.name = name, .bytes = size};
    memcpy(look.head, head, have < IMAGE_HEAD ? have : IMAGE_HEAD);
    if (have == size && size >= IMAGE_TAIL)
        memcpy(look.tail, head + have - IMAGE_TAIL, IMAGE_TAIL);
    return image_is_container(&look, e);
}

/* Nothing but printable characters, tabs, ends of lines; a Ctrl-Z ends a text of DOS. */
static bool is_text(const u8 *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] == 0x1a)
            return true;
        if (p[i] < ' ' && !strchr("\t\n\r\f\a\b\x1b", p[i]))
            return false;
        if (p[i] == 0)
            return false;
    }
    return true;
}

/* The first volume descriptor of a CD, in blocks or in raw sectors of either mode; a cue sheet. */
static bool is_cd(const char *name, const u8 *head, size_t have)
{
    static const u32 at[] = {32769, 16 * 2352 + 16 + 1, 16 * 2352 + 24 + 1};
    for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
        if (have >= at[i] + 5 && memcmp(head + at[i], "CD001", 5) == 0)
            return true;
    }
    return has_extension(name, ".cue"); /* one that is no text is told where it is read */
}

/* ---- MZ ---- */

/* Does the stub's text speak of a system that is not DOS? */
static bool speaks_of_another(const u8 *stub, size_t n)
{
    static const char *const words[] = {"Windows", "WINDOWS", "Win32", "OS/2", "DOS mode"};
    for (size_t w = 0; w < ARRAY_SIZE(words); w++) {
        if (memmem(stub, n, words[w], strlen(words[w])))
            return true;
    }
    return false;
}

/* For whom the new header's program is; NULL: for a DOS extender, or there is none. */
static const char *other_system(const u8 *h, size_t have)
{
    if (have >= 4 && memcmp(h, "PE\0\0", 4) == 0)
        return "a Windows program (32 or 64 bits)";
    if (have >= 0x37 && memcmp(h, "NE", 2) == 0)
        return h[0x36] == 1 ? "an OS/2 program (16 bits)" : "a Windows program (16 bits)";
    if (have >= 0x0c && memcmp(h, "LX", 2) == 0)
        return "an OS/2 program (32 bits)";
    if (have >= 0x0c && memcmp(h, "LE", 2) == 0)
        return get_le16(h + 0x0a) == 1 ? "an OS/2 program (32 bits)"
                                       : "a Windows driver (VxD) or program";
    return NULL;
}

static enum program_kind classify_mz(const char *name, const u8 *head, size_t have, u64 size,
                                     struct err *e)
{
    if (have < MZ_HEADER) {
        err_set(e, "%s: is no DOS program: it begins like one (MZ), but ends within its header",
                name);
        return PROGRAM_NONE;
    }
    u32 last = get_le16(head + 2) % 512, pages = get_le16(head + 4);
    u32 header = get_le16(head + 8) * 16u;
    u32 image = pages * 512u - (last && pages ? 512 - last : 0);
    if (!pages || header < MZ_HEADER || image <= header) {
        err_set(e, "%s: is no DOS program: its MZ header names no code to load", name);
        return PROGRAM_NONE;
    }
    /* Small tools round the length up; a download that broke off lacks more. */
    if (image > size + 512) {
        err_set(e, "%s: the program is cut short: its header says %lu bytes, the file has %llu",
                name, (unsigned long)image, (unsigned long long)size);
        return PROGRAM_NONE;
    }
    u32 next = have >= 0x40 ? get_le32(head + 0x3c) : 0;
    const char *system =
        next >= MZ_HEADER && next < have ? other_system(head + next, have - next) : NULL;
    u32 stub = image - header, there = image < have ? image : (u32)have;
    /* The header counts a Windows linker's stub as whole pages; the program ends where NE begins.
     */
    if (system && next > header && next - header < stub)
        stub = next - header;
    if (system && (stub < MESSAGE_STUB || (stub < WORDY_STUB && header < there &&
                                           speaks_of_another(head + header, there - header)))) {
        err_set(e,
                "%s: is no DOS program: it is %s. It needs that system in a machine of its own: "
                "install it on a hard disk's image (ferrite -hda)",
                name, system);
        return PROGRAM_NONE;
    }
    return PROGRAM_EXE;
}

/* ---- all together ---- */

enum program_kind classify_bytes(const char *name, const u8 *head, size_t have, u64 size,
                                 struct err *e)
{
    if (size == 0) {
        err_set(e, "%s: is no DOS program: the file is empty", name);
        return PROGRAM_NONE;
    }
    if (have >= 2 && (memcmp(head, "MZ", 2) == 0 || memcmp(head, "ZM", 2) == 0))
        return classify_mz(name, head, have, size, e);
    if (have >= 4 && (memcmp(head, "PK\3\4", 4) == 0 || memcmp(head, "PK\5\6", 4) == 0))
        return PROGRAM_ZIP;
    if (is_cd(name, head, have))
        return PROGRAM_CD;
    bool named = has_extension(name, ".com") || has_extension(name, ".bat");
    const char *words = known_words(head, have, size, named);
    if (words)
        return no_program(name, words, e);
    if (!named && is_container(name, head, have, size, e))
        return PROGRAM_NONE;
    bool text = is_text(head, have);
    if (has_extension(name, ".bat")) {
        if (text)
            return PROGRAM_BATCH;
        err_set(e, "%s: is no batch file: it holds other bytes than text", name);
        return PROGRAM_NONE;
    }
    if (has_extension(name, ".com") && size <= COM_MAX)
        return PROGRAM_COM;
    if (has_extension(name, ".com")) {
        err_set(e, "%s: is no DOS program: %llu bytes are too many for a .COM (at most %d)", name,
                (unsigned long long)size, COM_MAX);
        return PROGRAM_NONE;
    }
    if (text)
        return no_program(name, "a text (a batch file's name ends in .BAT)", e);
    err_set(e,
            "%s: is no DOS program: it does not begin with MZ, and only what is called .COM or "
            ".BAT can do without",
            name);
    return PROGRAM_NONE;
}

bool classify_unix_lines(const u8 *head, size_t have)
{
    for (size_t i = 0; i < have; i++) {
        if (head[i] == '\n' && (!i || head[i - 1] != '\r'))
            return true;
    }
    return false;
}

enum program_kind classify_path(const char *path, struct err *e)
{
    struct stat st;
    enum program_kind kind = PROGRAM_NONE;
    /* A FIFO must not hold us: it is looked at before it is opened, and opened without waiting. */
    if (stat(path, &st) != 0) {
        int why = errno;
        err_set(e, "%s: %s", path, strerror(why));
        errno = why == ENOTDIR ? ENOENT : why;
        return PROGRAM_NONE;
    }
    errno = 0;
    if (S_ISDIR(st.st_mode))
        return PROGRAM_FOLDER;
    if (!S_ISREG(st.st_mode)) {
        err_set(e, "%s: is neither a file nor a folder", path);
        return PROGRAM_NONE;
    }
    u8 *head = malloc(CLASSIFY_HEAD);
    int fd = head ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    size_t have = 0;
    ssize_t n = fd >= 0 ? 1 : -1;
    while (n > 0 && have < CLASSIFY_HEAD) {
        n = read(fd, head + have, CLASSIFY_HEAD - have);
        have += n > 0 ? (size_t)n : 0;
    }
    if (!head)
        err_set(e, "%s: out of memory", path);
    else if (n < 0)
        err_set(e, "%s: cannot be read: %s", path, strerror(errno));
    else
        kind = classify_bytes(path, head, have, (u64)st.st_size, e);
    if (fd >= 0)
        close(fd);
    free(head);
    errno = 0;
    return kind;
}
