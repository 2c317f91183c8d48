/*
 * foreign_dosbox.c - dosbox.conf: processor, speed, memory, and the folders and images of its
 * autoexec section. Commands of that section are its own DOS' and belong into the guest's
 * AUTOEXEC.BAT: they are told.
 */
#include "frontend/machines/foreign.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void processor(struct foreign *f, const char *value, const char *from)
{
    if (strcasecmp(value, "auto") == 0)
        return;
    if (strncmp(value, "386", 3) == 0)
        foreign_take(f, "cpu", "model", "386", from);
    else if (strncmp(value, "486", 3) == 0)
        foreign_take(f, "cpu", "model", "486", from);
    else if (strcasecmp(value, "pentium_mmx") == 0)
        foreign_take(f, "cpu", "model", "pentium-mmx", from);
    else if (strncasecmp(value, "pentium", 7) == 0)
        foreign_take(f, "cpu", "model", "pentium", from);
    else
        foreign_leave(f, from, "no such processor here");
}

/* "max", "auto", "3000", "fixed 3000": thousands of instructions a second. */
static void cycles(struct foreign *f, const char *value, const char *from)
{
    const char *number = strncasecmp(value, "fixed", 5) == 0 ? value + 5 : value;
    double n = strtod(number, NULL);
    char text[32];
    if (strncasecmp(value, "max", 3) == 0) {
        foreign_take(f, "cpu", "speed", "max", from);
    } else if (n >= 100 && n <= 1e8) {
        snprintf(text, sizeof(text), "%.1f", n / 1000);
        foreign_take(f, "cpu", "speed", text, from);
    }
}

/* The next word of a command, quotes undone. */
static const char *word(const char *p, char *text, size_t size)
{
    size_t n = 0;
    bool quoted = false;
    p += strspn(p, " \t");
    for (; *p && (quoted || !isblank((unsigned char)*p)); p++) {
        if (*p == '"')
            quoted = !quoted;
        else if (n + 1 < size)
            text[n++] = *p;
    }
    text[n] = 0;
    return p;
}

/* mount C ~/dos and imgmount C disk.img -t hdd */
static bool mounted(struct foreign *f, const char *line)
{
    char command[16], letter[8], path[4096], option[16], kind[16] = "", section[16], from[100];
    const char *p = word(line, command, sizeof(command));
    bool image = strcasecmp(command, "imgmount") == 0;
    if (!image && strcasecmp(command, "mount") != 0)
        return false;
    p = word(p, letter, sizeof(letter));
    p = word(p, path, sizeof(path));
    while (*p) {
        p = word(p, option, sizeof(option));
        if (strcasecmp(option, "-t") == 0)
            p = word(p, kind, sizeof(kind));
    }
    if (!isalnum((unsigned char)letter[0]) || !path[0])
        return false;
    snprintf(section, sizeof(section), "drive.%c", tolower((unsigned char)letter[0]));
    snprintf(from, sizeof(from), "%.90s", line);
    char *full = foreign_path(f, path);
    if (!full)
        return true;
    bool cd = strcasecmp(kind, "iso") == 0 || strcasecmp(kind, "cdrom") == 0;
    bool floppy = strcasecmp(kind, "floppy") == 0;
    if (cd && !image) {
        foreign_leave(f, from, "a CD is an image here: xorriso makes one of a folder");
    } else {
        foreign_take(f, section, "if", cd ? "cdrom" : floppy ? "floppy" : "ide", from);
        foreign_take(f, section, image ? "file" : "folder", full, from);
        if (!image)
            foreign_take(f, section, "rw", "live", from);
    }
    free(full);
    return true;
}

static void sound_card(struct foreign *f, const char *value, const char *from)
{
    static const char *const names[][2] = {
        {"sb1", "sb1"},   {"sb2", "sb2"},        {"sbpro1", "sbpro"}, {"sbpro2", "sbpro2"},
        {"sb16", "sb16"}, {"sb16vibra", "sb16"}, {"none", "none"}};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcasecmp(value, names[i][0]) == 0) {
            foreign_take(f, "sound", "card", names[i][1], from);
            return;
        }
    }
    foreign_leave(f, from, "it has a Sound Blaster 16, unless you say another one: sound.card");
}

void foreign_dosbox(struct foreign *f, const char *section, const char *key, const char *value)
{
    char from[160];
    snprintf(from, sizeof(from), "[%.40s] %.60s = %.40s", section, key ? key : "", value);
    if (!key) {
        if (!mounted(f, value))
            foreign_leave(f, "[autoexec]", "%.120s: put it into the guest's AUTOEXEC.BAT", value);
    } else if (strcmp(section, "dosbox") == 0 && strcasecmp(key, "memsize") == 0) {
        char mb[32];
        snprintf(mb, sizeof(mb), "%lu", strtoul(value, NULL, 10) % 100000);
        foreign_take(f, "memory", "mb", mb, from);
    } else if (strcmp(section, "cpu") == 0 && strcasecmp(key, "cputype") == 0) {
        processor(f, value, from);
    } else if (strcmp(section, "cpu") == 0 && strcasecmp(key, "cycles") == 0) {
        cycles(f, value, from);
    } else if (strcmp(section, "sdl") == 0 && strcasecmp(key, "fullscreen") == 0) {
        if (strcasecmp(value, "true") == 0)
            foreign_take(f, "window", "fullscreen", "yes", from);
    } else if (strcmp(section, "sblaster") == 0 && strcasecmp(key, "sbtype") == 0) {
        sound_card(f, value, from);
    } else if (strcmp(section, "gus") == 0 && strcasecmp(key, "gus") == 0 &&
               strcasecmp(value, "true") == 0) {
        foreign_leave(f, from, "there is no Gravis UltraSound");
    } else if (strncmp(section, "serial", 6) == 0 && strcasecmp(value, "disabled") != 0 &&
               strcasecmp(value, "dummy") != 0) {
        foreign_leave(f, from, "say where it leads with ferrite set MACHINE serial1.to=");
    }
}
