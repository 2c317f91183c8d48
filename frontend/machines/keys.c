/*
 * keys.c - the table of settings. See keys.h.
 */
#include "frontend/machines/keys.h"
#include "hw/base/nearest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct key keys[] = {
    {"machine", "format", KEY_NUMBER, 1, 1, NULL, "1", WHEN_NEW, NULL,
     "the version of this file's form"},
    {"machine", "name", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "what it is called and started by; its folder has the same name"},
    {"machine", "guest", KEY_WORD, 0, 0, "dos win3 win9x winnt linux teaching malware", "dos",
     WHEN_STOPPED, NULL, "the kind of system in it, which fills in what is not said"},
    {"machine", "notes", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL, "for you"},
    {"machine", "uuid", KEY_TEXT, 0, 0, NULL, NULL, WHEN_NEW, NULL, "tells copies apart"},
    {"cpu", "model", KEY_OPTION, 0, 0, NULL, "pentium3", WHEN_STOPPED, "cpu",
     "the processor, as -cpu has them"},
    {"cpu", "speed", KEY_OPTION, 0, 0, NULL, "max", WHEN_STOPPED, "speed",
     "486-66, pentium-100 and so on, a number of MIPS, or max"},
    {"memory", "mb", KEY_OPTION, 0, 0, NULL, "64", WHEN_STOPPED, "m", "memory in megabytes"},
    {"board", "bios", KEY_FILE, 0, 0, NULL, NULL, WHEN_STOPPED, "bios",
     "a BIOS image instead of our own"},
    {"board", "vga", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "vga",
     "the display adapter: std (unless said), cirrus, cirrus-isa or none"},
    {"board", "vgabios", KEY_FILE, 0, 0, NULL, NULL, WHEN_STOPPED, "vgabios",
     "a VGA BIOS image instead of our own"},
    {"board", "rtc", KEY_TEXT, 0, 0, NULL, "localtime", WHEN_STOPPED, NULL,
     "the clock: localtime, utc, or a date like 2000-01-31"},
    {"board", "boot", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "boot",
     "what to start from, in order: a floppy, c disk, d CD"},
    {"board", "post-port", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "post-port",
     "the port that shows POST codes"},
    {"drive.", "if", KEY_WORD, 0, 0, "ide floppy cdrom", NULL, WHEN_STOPPED, NULL,
     "what drive it is; cdrom is the one CD drive"},
    {"drive.", "index", KEY_NUMBER, 0, 3, NULL, NULL, WHEN_STOPPED, NULL,
     "which of them, from 0; the next free one unless said"},
    {"drive.", "file", KEY_FILE, 0, 0, NULL, NULL, WHEN_STOPPED, NULL, "the image"},
    {"drive.", "mode", KEY_WORD, 0, 0, "live overlay ro", "live", WHEN_STOPPED, NULL,
     "live: the guest writes into the image; overlay: into another file; ro: it cannot write"},
    {"drive.", "overlay", KEY_FILE, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "the file that takes the writes, with mode = overlay"},
    {"drive.", "folder", KEY_FOLDER, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "instead of file: a folder of this computer, shown as a disk"},
    {"drive.", "rw", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "with folder: no, overlay or live, as rw= of -drive"},
    {"drive.", "fat", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "with folder: 12, 16, 32 or auto"},
    {"drive.", "size", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "with folder: the size that the disk shows"},
    {"drive.", "label", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "with folder: the volume's label"},
    {"drive.", "tz", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "with folder: times of files are local or utc"},
    {"drive.", "cp", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "with folder: the code page of short names"},
    {"drive.", "max-files", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "with folder: how many files it may have"},
    {"drive.", "removable", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "with folder: on: a removable disk, which can tell the guest of changes"},
    {"share.", "path", KEY_FOLDER, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "a folder that DOS can have as a drive (FERRITE LREDIR)"},
    {"share.", "mode", KEY_WORD, 0, 0, "ro rw", "ro", WHEN_STOPPED, NULL,
     "may the guest write into it?"},
    {"device.", "as", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "one more device, as -device has it: gus,irq=11 (ferrite -device help lists them)"},
    {"net", "mode", KEY_TEXT, 0, 0, NULL, "none", WHEN_STOPPED, NULL,
     "none; user: the host's network behind NAT; lan:NAME: other machines of yours"},
    {"net", "model", KEY_WORD, 0, 0, "ne2k_pci pcnet ne2k_isa pcnet_isa", "ne2k_pci", WHEN_STOPPED,
     NULL, "the network card"},
    {"net", "mac", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL, "the card's address"},
    {"net", "restrict", KEY_BOOL, 0, 0, NULL, "no", WHEN_STOPPED, NULL,
     "with user: nothing outside can be reached"},
    {"net", "forward", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "with user: ports that lead in, apart by spaces, as hostfwd= of -nic: tcp::2222-:22"},
    {"serial1", "to", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "serial",
     "where the first serial port leads"},
    {"serial2", "to", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "serial",
     "where the second serial port leads"},
    {"parallel1", "to", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "parallel",
     "where the parallel port leads"},
    {"window", "display", KEY_WORD, 0, 0, "sdl text none", NULL, WHEN_STOPPED, "display",
     "a window, the text screen on a terminal, or neither"},
    {"window", "overscan", KEY_BOOL, 0, 0, NULL, "no", WHEN_STOPPED, "overscan",
     "the picture includes its border"},
    {"window", "scale", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "scale",
     "fit, integer or free"},
    {"window", "filter", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "filter",
     "sharp, nearest, linear or crt"},
    {"window", "pace", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "pace", "exact or blend"},
    {"window", "status", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "status",
     "the status line: auto, on or off"},
    {"window", "ui-scale", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "ui-scale",
     "how large menu and status line are"},
    {"window", "fullscreen", KEY_BOOL, 0, 0, NULL, "no", WHEN_STOPPED, "fullscreen",
     "start with the whole screen"},
    {"window", "http", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "http",
     "where a browser finds the machine's page: [ADDRESS:]PORT or unix:PATH"},
    {"sound", "card", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "sound",
     "sb16 unless said, sbpro2, sbpro, sb2, sb1, es1370 or none"},
    {"sound", "base", KEY_TEXT, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "the first port of a card on ISA: 220, 240 (hexadecimal)"},
    {"sound", "irq", KEY_NUMBER, 2, 15, NULL, NULL, WHEN_STOPPED, NULL, "and its interrupt line"},
    {"sound", "dma", KEY_NUMBER, 0, 7, NULL, NULL, WHEN_STOPPED, NULL, "and its DMA channel"},
    {"sound", "hdma", KEY_NUMBER, 0, 7, NULL, NULL, WHEN_STOPPED, NULL,
     "with sb16: the DMA channel of 16 bits"},
    {"sound", "midi", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "midi",
     "what MIDI OUT leads to: fluidsynth, alsa:CLIENT:PORT, file:FILE.mid or none"},
    {"sound", "midi-in", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "midi-in",
     "who plays into MIDI IN: alsa:CLIENT:PORT, file:FILE.mid or none"},
    {"sound", "audio-in", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "audio-in",
     "what the guest records: sdl (the host's microphone), wav:FILE or none"},
    {"sound", "audio", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "audio",
     "where it is heard: sdl (the host's device, usual with a window), none, or wav:FILE"},
    {"sound", "volume", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "volume",
     "how loud the window is, percent"},
    {"sound", "device", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "sound-device",
     "which of the host's sound devices is heard (the menu: Sound, Device); else its usual one"},
    {"input", "stick", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "stick",
     "joysticks: auto (game controllers), keypad or off"},
    {"window", "rewind", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "rewind",
     "megabytes of states to go back to; 0: none"},
    {"input", "no-vmport", KEY_BOOL, 0, 0, NULL, "no", WHEN_STOPPED, "no-vmport",
     "no VMware pointer: the guest finds only an ordinary mouse"},
    {"input", "layout", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "layout",
     "what is printed on the guest's keys: us, uk, de, fr and so on"},
    {"input", "typing", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "typing",
     "position: keys by their place; host: what the host's keyboard types"},
    {"input", "menu-key", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "menu-key",
     "the key that opens the menu"},
    {"input", "host-key", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "host-key",
     "the key that frees the mouse"},
    {"input", "fast-key", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "fast-key",
     "held: fast forward"},
    {"security", "throwaway", KEY_BOOL, 0, 0, NULL, "no", WHEN_STOPPED, "snapshot",
     "what the guest writes to its disks is gone at the end"},
    {"security", "sandbox", KEY_OPTION, 0, 0, NULL, NULL, WHEN_STOPPED, "sandbox",
     "what its process gives up: on (usual), strict or off"},
    {"backup", "keep", KEY_NUMBER, 1, 1000, NULL, "3", WHEN_STOPPED, NULL,
     "how many of its backups stay"},
    {"backup", "to", KEY_FOLDER, 0, 0, NULL, NULL, WHEN_STOPPED, NULL,
     "the folder for ferrite backup"},
};

const struct key *key_at(size_t i)
{
    return i < ARRAY_SIZE(keys) ? &keys[i] : NULL;
}

/* "drive." takes [drive.c]. */
static bool in_section(const struct key *k, const char *section)
{
    size_t n = strlen(k->section);
    if (k->section[n - 1] != '.')
        return strcasecmp(k->section, section) == 0;
    return strncasecmp(k->section, section, n) == 0 && section[n];
}

const struct key *key_find(const char *section, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (in_section(&keys[i], section) && strcasecmp(keys[i].name, name) == 0)
            return &keys[i];
    }
    return NULL;
}

bool key_section(const char *section)
{
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (in_section(&keys[i], section))
            return true;
    }
    return false;
}

const char *key_nearest(const char *section, const char *name)
{
    const char *names[ARRAY_SIZE(keys)];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (in_section(&keys[i], section))
            names[count++] = keys[i].name;
    }
    return nearest_word(name, names, count);
}

const char *key_elsewhere(const char *name)
{
    const char *section = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (strcmp(keys[i].name, name) != 0)
            continue;
        if (section)
            return NULL; /* several have one of this name */
        section = keys[i].section;
    }
    return section;
}

const char *key_nearest_section(const char *section)
{
    const char *names[ARRAY_SIZE(keys)];
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        names[i] = keys[i].section;
    return nearest_word(section, names, ARRAY_SIZE(keys));
}

bool key_is_yes(const char *value)
{
    return strcasecmp(value, "yes") == 0 || strcasecmp(value, "on") == 0 ||
           strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

static bool is_no(const char *value)
{
    return strcasecmp(value, "no") == 0 || strcasecmp(value, "off") == 0 ||
           strcasecmp(value, "false") == 0 || strcmp(value, "0") == 0;
}

static bool one_of(const char *words, const char *value)
{
    size_t n = strlen(value);
    for (const char *p = words; n && (p = strstr(p, value)); p++) {
        if ((p == words || p[-1] == ' ') && (p[n] == ' ' || p[n] == 0))
            return true;
    }
    return false;
}

bool key_check(const struct key *k, const char *section, const char *value, struct err *e)
{
    char *end;
    errno = 0;
    long n = strtol(value, &end, 10);
    switch (k->type) {
    case KEY_BOOL:
        return key_is_yes(value) || is_no(value) ||
               err_set(e, "%s.%s = %.100s: say yes or no", section, k->name, value);
    case KEY_NUMBER:
        return (!errno && end != value && !*end && n >= k->min && n <= k->max) ||
               err_set(e, "%s.%s = %.100s: say a number, %ld to %ld", section, k->name, value,
                       k->min, k->max);
    case KEY_WORD:
        return one_of(k->words, value) ||
               err_set(e, "%s.%s = %.100s: say one of: %s", section, k->name, value, k->words);
    case KEY_FILE:
    case KEY_FOLDER:
        return *value || err_set(e, "%s.%s wants a path", section, k->name);
    case KEY_TEXT:
    case KEY_OPTION: /* looked at with the command line */
        return true;
    }
    return true;
}
