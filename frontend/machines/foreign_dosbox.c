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

static bool ends_in(const char *path, const char *end)
{
    size_t n = strlen(path), k = strlen(end);
    return n >= k && strcasecmp(path + n - k, end) == 0;
}

/* What imgmount takes it for where nobody says it: by the letter, or the number, and the file. */
static const char *usual_kind(char letter, const char *path)
{
    if (ends_in(path, ".iso") || ends_in(path, ".cue"))
        return "iso";
    return strchr("aAbB01", letter) ? "floppy" : "hdd";
}

/* As a letter for its own DOS, and as a number for a guest that is booted. */
static bool mounted_already(const struct foreign *f, const char *full)
{
    for (size_t i = 0; i < f->to->count; i++) {
        const struct ini_line *l = &f->to->line[i];
        if (l->key && strcmp(l->key, "file") == 0 && strcmp(l->value, full) == 0)
            return true;
    }
    return false;
}

/* mount C ~/dos and imgmount C disk.img -t hdd; 0 and 1 are the diskettes, 2 and 3 the disks. */
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
    if (image && !*kind)
        snprintf(kind, sizeof(kind), "%s", usual_kind(letter[0], path));
    if (!foreign_is_here(f, path, from))
        return true;
    char *full = foreign_path(f, path);
    if (!full)
        return true;
    bool cd = strcasecmp(kind, "iso") == 0 || strcasecmp(kind, "cdrom") == 0;
    bool floppy = strcasecmp(kind, "floppy") == 0;
    if (cd && !image) {
        foreign_leave(f, from, "a CD is an image here: xorriso makes one of a folder");
    } else if (image && mounted_already(f, full)) {
        foreign_leave(f, from, "this image is in a drive already");
    } else {
        foreign_take(f, section, "if", cd ? "cdrom" : floppy ? "floppy" : "ide", from);
        foreign_take(f, section, image ? "file" : "folder", full, from);
        if (image && floppy && (letter[0] == '0' || letter[0] == '1'))
            foreign_take(f, section, "index", letter[0] == '1' ? "1" : "0", from);
        if (!image) {
            foreign_take(f, section, "rw", "live", from);
            if (!*f->dos.folder)
                snprintf(f->dos.folder, sizeof(f->dos.folder), "%s", full);
        }
    }
    free(full);
    return true;
}

/* "boot -l a", "boot a.img b.img": what the machine starts from, without a command. */
static bool booted(struct foreign *f, const char *line)
{
    char command[16], first[4096], from[100];
    const char *p = word(line, command, sizeof(command));
    if (strcasecmp(command, "boot") != 0)
        return false;
    p = word(p, first, sizeof(first));
    snprintf(from, sizeof(from), "%.90s", line);
    bool letter = strcasecmp(first, "-l") == 0;
    if (letter)
        word(p, first, sizeof(first));
    if (letter || !first[0] || !first[1] || strcmp(first + 1, ":") == 0) {
        foreign_take(f, "board", "boot", strchr("aAbB", first[0] ? first[0] : 'a') ? "acd" : "cad",
                     from);
    } else if (foreign_is_here(f, first, from)) {
        char *full = foreign_path(f, first);
        if (full && mounted_already(f, full)) {
            foreign_take(f, "board", "boot", "acd", from);
        } else if (full) {
            foreign_take(f, "drive.a", "if", "floppy", from);
            foreign_take(f, "drive.a", "file", full, from);
        }
        free(full);
    }
    return true;
}

/* [dos] keyboardlayout: names of KEYB's, and ours. */
static void layout(struct foreign *f, const char *value, const char *from)
{
    static const char *const names[][2] = {
        {"us", "us"}, {"uk", "uk"},    {"gr", "de"},    {"de", "de"},    {"fr", "fr"}, {"be", "be"},
        {"it", "it"}, {"sp", "es"},    {"es", "es"},    {"la", "latam"}, {"po", "pt"}, {"pt", "pt"},
        {"br", "br"}, {"dk", "dk"},    {"no", "no"},    {"su", "fi"},    {"fi", "fi"}, {"sv", "se"},
        {"se", "se"}, {"sg", "ch-de"}, {"sd", "ch-de"}, {"sf", "ch-fr"}, {"pl", "pl"}};
    size_t n = strcspn(value, " 0123456789"); /* "gr453", "gr 437" */
    if (!n || strcasecmp(value, "auto") == 0 || strcasecmp(value, "none") == 0)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strlen(names[i][0]) == n && strncasecmp(value, names[i][0], n) == 0) {
            foreign_take(f, "input", "layout", names[i][1], from);
            return;
        }
    }
    foreign_leave(f, from, "no such layout here");
}

/* [ne2000] of DOSBox-X, [ethernet] of DOSBox Staging. */
static void network(struct foreign *f, const char *key, const char *value, const char *from)
{
    if (strcasecmp(key, "ne2000") == 0 && strcasecmp(value, "true") == 0) {
        foreign_take(f, "net", "mode", "user", from);
        foreign_take(f, "net", "model", "ne2k_isa", from);
    } else if (strcasecmp(key, "backend") == 0 && strcasecmp(value, "slirp") != 0 &&
               strcasecmp(value, "auto") != 0) {
        foreign_leave(f, from, "networks here are user (NAT) and lan:NAME");
    }
}

static void serial(struct foreign *f, const char *key, const char *value, const char *from)
{
    static const char *const idle[] = {"disabled", "dummy", "false"};
    size_t n = strcspn(value, " ");
    for (size_t i = 0; i < ARRAY_SIZE(idle); i++) {
        if (strlen(idle[i]) == n && strncasecmp(value, idle[i], n) == 0)
            return;
    }
    if (strcasecmp(key, "serial1") == 0 || strcasecmp(key, "serial2") == 0)
        foreign_leave(f, from, "say where it leads with ferrite set MACHINE %s.to=", key);
    else if (strncasecmp(key, "serial", 6) == 0 && *value)
        foreign_leave(f, from, "there are two serial ports");
}

/* Where a card answers, by its line in the file, our name, what it is anyway, and what can be. */
struct card_place {
    const char *theirs, *ours, *usual;
    int base;
    unsigned long least, most;
};

static const struct card_place sound_places[] = {{"sbbase", "base", "220", 16, 0x210, 0x280},
                                                 {"irq", "irq", "5", 10, 2, 10},
                                                 {"dma", "dma", "1", 10, 0, 3},
                                                 {"hdma", "hdma", "5", 10, 5, 7}};
static const struct card_place gus_places[] = {{"gusbase", "addr", "240", 16, 0x210, 0x260},
                                               {"gusirq", "irq", "11", 10, 2, 15},
                                               {"gusdma", "dma", "3", 10, 1, 7}};

static void note_place(const struct card_place *places, size_t count, char to[][8], const char *key,
                       const char *value)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(key, places[i].theirs) == 0)
            snprintf(to[i], sizeof(to[i]), "%.7s", value);
    }
}

/* Is it said, unusual, and possible here? */
static bool place_counts(struct foreign *f, const struct card_place *p, const char *value)
{
    char from[40], *end;
    unsigned long n = strtoul(value, &end, p->base);
    if (!*value || strcasecmp(value, p->usual) == 0)
        return false;
    if (!*end && n >= p->least && n <= p->most)
        return true;
    snprintf(from, sizeof(from), "%s = %s", p->theirs, value);
    foreign_leave(f, from, "the card cannot be there; it is at %s", p->usual);
    return false;
}

void foreign_sound_place(struct foreign *f, const char *key, const char *value)
{
    note_place(sound_places, ARRAY_SIZE(sound_places), f->dos.sound, key, value);
}

/* What belongs together is known. */
void foreign_places_end(struct foreign *f)
{
    char as[80] = "gus", from[40];
    for (size_t i = 0; !f->dos.no_sound && i < ARRAY_SIZE(sound_places); i++) {
        const struct card_place *p = &sound_places[i];
        bool has = strcmp(p->ours, "hdma") != 0 || f->dos.sb16;
        snprintf(from, sizeof(from), "the sound card's %s", p->ours);
        if (has && place_counts(f, p, f->dos.sound[i]))
            foreign_take(f, "sound", p->ours, f->dos.sound[i], from);
    }
    for (size_t i = 0; f->dos.gus_on && i < ARRAY_SIZE(gus_places); i++) {
        size_t n = strlen(as);
        if (place_counts(f, &gus_places[i], f->dos.gus[i]))
            snprintf(as + n, sizeof(as) - n, ",%s=%s%s", gus_places[i].ours,
                     gus_places[i].base == 16 ? "0x" : "", f->dos.gus[i]);
    }
    if (f->dos.gus_on)
        foreign_take(f, "device.gus", "as", as, "[gus] gus = true");
}

/* The line of the autoexec section that starts a program of the guest's, and no command of DOS. */
static bool starts_program(const char *line)
{
    static const char *const commands[] = {
        "@",      "echo",    "mount", "imgmount", "set", "path", "exit", "pause", "cd",  "keyb",
        "config", "loadfix", "cls",   "rem",      "if",  "goto", ":",    "call",  "boot"};
    if (isalpha((unsigned char)line[0]) && line[1] == ':' && !line[2])
        return false; /* to a drive */
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        size_t n = strlen(commands[i]);
        if (strncasecmp(line, commands[i], n) == 0 &&
            (!isalpha((unsigned char)commands[i][0]) || !line[n] || strchr(" \t.\\", line[n])))
            return false;
    }
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
            f->dos.no_sound = strcmp(names[i][1], "none") == 0;
            f->dos.sb16 = strcmp(names[i][1], "sb16") == 0;
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
        if (!*f->dos.program && starts_program(value))
            snprintf(f->dos.program, sizeof(f->dos.program), "%s", value);
        if (!mounted(f, value) && !booted(f, value))
            foreign_leave(f, "[autoexec]", "%.120s: put it into the guest's AUTOEXEC.BAT", value);
    } else if (strcmp(section, "dosbox") == 0 && strcasecmp(key, "memsize") == 0) {
        char mb[32];
        snprintf(mb, sizeof(mb), "%lu", strtoul(value, NULL, 10) % 100000);
        foreign_take(f, "memory", "mb", mb, from);
    } else if (strcmp(section, "cpu") == 0 && strcasecmp(key, "cputype") == 0) {
        processor(f, value, from);
    } else if (strcmp(section, "cpu") == 0 &&
               (strcasecmp(key, "cycles") == 0 || strcasecmp(key, "cpu_cycles") == 0)) {
        cycles(f, value, from);
    } else if (strcmp(section, "sdl") == 0 && strcasecmp(key, "fullscreen") == 0) {
        if (strcasecmp(value, "true") == 0)
            foreign_take(f, "window", "fullscreen", "yes", from);
    } else if (strcmp(section, "sblaster") == 0 && strcasecmp(key, "sbtype") == 0) {
        sound_card(f, value, from);
    } else if (strcmp(section, "sblaster") == 0) {
        foreign_sound_place(f, key, value);
    } else if (strcmp(section, "gus") == 0) {
        note_place(gus_places, ARRAY_SIZE(gus_places), f->dos.gus, key, value);
        f->dos.gus_on |= strcasecmp(key, "gus") == 0 && strcasecmp(value, "true") == 0;
    } else if (strcmp(section, "dosbox") == 0 && strcasecmp(key, "machine") == 0) {
        if (strncasecmp(value, "svga", 4) != 0 && strncasecmp(value, "vga", 3) != 0 &&
            strncasecmp(value, "vesa", 4) != 0)
            foreign_leave(f, from, "the display adapter is a VGA, which has their modes");
    } else if (strncmp(section, "serial", 6) == 0) {
        serial(f, key, value, from);
    } else if (strcmp(section, "dos") == 0 && strcasecmp(key, "keyboardlayout") == 0) {
        layout(f, value, from);
    } else if (strcmp(section, "ne2000") == 0 || strncmp(section, "ethernet", 8) == 0) {
        network(f, key, value, from);
    } else if (strcmp(section, "midi") == 0 && strcasecmp(key, "mididevice") == 0) {
        if (strcasecmp(value, "fluidsynth") == 0 || strcasecmp(value, "synth") == 0)
            foreign_take(f, "sound", "midi", "fluidsynth", from);
        else if (strcasecmp(value, "default") != 0 && strcasecmp(value, "auto") != 0 &&
                 strcasecmp(value, "none") != 0)
            foreign_leave(f, from, "say where MIDI goes with ferrite set: sound.midi");
    }
}
