/*
 * foreign_86box.c - 86box.cfg: processor, memory, disks, diskettes, CD, network. Its machines' ROMs
 * and its cards are other hardware than ours: they are told, and the guest's drivers with them.
 */
#include "frontend/machines/foreign.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* cpu_family: its beginning, and the nearest of our models; "": there is only its clock. */
static const struct {
    const char *family, *model, *clock_of;
} families[] = {
    {"8088", "", "8088"},
    {"8086", "", "8086"},
    {"286", "", "286"},
    {"i386", "386", "386"},
    {"am386", "386", "386"},
    {"i486", "486", "486"},
    {"am486", "486", "486"},
    {"cx486", "486", "486"},
    {"am5x86", "486", "486"},
    {"pentium_p55", "pentium-mmx", "pentium-mmx"},
    {"pentium_p5", "pentium", "pentium"},
    {"pentium_tillamook", "pentium-mmx", "pentium-mmx"},
    {"pentium_mmx", "pentium-mmx", "pentium-mmx"},
    {"pentiumpro", "pentium2", "pentium2"},
    {"pentium2", "pentium2", "pentium2"},
    {"celeron", "pentium2", "pentium2"},
    {"k6", "pentium-mmx", "pentium-mmx"},
};

static void processor(struct foreign *f, const char *value, const char *from)
{
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        if (strncasecmp(value, families[i].family, strlen(families[i].family)) == 0) {
            snprintf(f->dos.clock_of, sizeof(f->dos.clock_of), "%s", families[i].clock_of);
            if (!families[i].model[0])
                break;
            foreign_take(f, "cpu", "model", families[i].model, from);
            return;
        }
    }
    foreign_leave(f, from, "no such processor here: the machine gets the one of its kind of guest");
}

/* hdd_01_fn and its neighbours; each names a disk by its number. */
static void hard_disk(struct foreign *f, const char *key, const char *value, const char *from)
{
    char section[32], *end;
    unsigned long n = strtoul(key + 4, &end, 10);
    snprintf(section, sizeof(section), "drive.hdd%lu", n % 100);
    if (strcmp(end, "_fn") == 0 && *value) {
        if (!foreign_is_here(f, value, from))
            return;
        char *path = foreign_path(f, value);
        if (path)
            foreign_take(f, section, "file", path, from);
        free(path);
        if (!ini_get(f->to, section, "if", NULL))
            foreign_take(f, section, "if", "ide", from);
    } else if (strcmp(end, "_ide_channel") == 0) {
        unsigned channel, unit;
        char index[4];
        if (sscanf(value, "%u:%u", &channel, &unit) == 2 && channel < 2 && unit < 2) {
            snprintf(index, sizeof(index), "%u", channel * 2 + unit);
            foreign_take(f, section, "index", index, from);
        } else {
            foreign_leave(f, from, "there are two IDE channels of two drives each");
        }
    } else if (strcmp(end, "_parameters") == 0 && !strstr(value, "ide") && *value) {
        foreign_leave(f, from, "%.60s: disks are IDE here", value);
    }
}

static void image(struct foreign *f, const char *section, const char *kind, const char *index,
                  const char *value, const char *from)
{
    char *path = *value && foreign_is_here(f, value, from) ? foreign_path(f, value) : NULL;
    if (!path)
        return;
    foreign_take(f, section, "if", kind, from);
    if (index)
        foreign_take(f, section, "index", index, from);
    foreign_take(f, section, "file", path, from);
    free(path);
}

/* net_01_card, and net_card as it was before there could be several; so the others. */
static void network(struct foreign *f, const char *key, const char *value, const char *from)
{
    key += strncasecmp(key, "net_01_", 7) == 0 ? 7 : 4;
    if (strcasecmp(key, "net_type") == 0 || strcasecmp(key, "type") == 0) {
        if (strcasecmp(value, "slirp") == 0 || strcmp(value, "2") == 0)
            foreign_take(f, "net", "mode", "user", from);
        else if (strcasecmp(value, "none") != 0 && strcmp(value, "0") != 0)
            foreign_leave(f, from, "%.40s: say user or lan:NAME with ferrite set", value);
    } else if (strcasecmp(key, "card") == 0) {
        bool isa = strcasecmp(value, "ne2k") == 0 || strcasecmp(value, "novell_ne2k") == 0;
        if (isa || strncasecmp(value, "ne2kpci", 7) == 0 || strncasecmp(value, "rtl8029", 7) == 0)
            foreign_take(f, "net", "model", isa ? "ne2k_isa" : "ne2k_pci", from);
        else if (strcasecmp(value, "pcnetpci") == 0 || strcasecmp(value, "pcnetisa") == 0)
            foreign_take(f, "net", "model", strcasecmp(value, "pcnetpci") ? "pcnet_isa" : "pcnet",
                         from);
        else if (strcasecmp(value, "none") != 0)
            foreign_leave(f, from, "%.40s: the cards here are ne2k_pci, pcnet, ne2k_isa", value);
    }
}

static void sound_card(struct foreign *f, const char *value, const char *from)
{
    static const char *const names[][2] = {
        {"none", "none"},     {"sb", "sb1"},         {"sb1.5", "sb1"}, {"sb2.0", "sb2"},
        {"sbprov1", "sbpro"}, {"sbprov2", "sbpro2"}, {"sb16", "sb16"}, {"es1370", "es1370"}};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcasecmp(value, names[i][0]) == 0) {
            foreign_take(f, "sound", "card", names[i][1], from);
            f->dos.no_sound = strncmp(names[i][1], "sb", 2) != 0;
            f->dos.sb16 = strcmp(names[i][1], "sb16") == 0;
            return;
        }
    }
    foreign_leave(f, from, "it has a Sound Blaster 16, unless you say another one: sound.card");
}

/* Hardware that there is none of here, when it is in the machine. */
static void other_hardware(struct foreign *f, const char *key, const char *value, const char *from)
{
    static const struct {
        const char *begins, *ends, *why;
    } kinds[] = {
        {"voodoo", "", "there is no 3D card"},
        {"sndcard", "", "it has one sound card; more by -device"},
        {"midi_device", "", "say where MIDI goes with ferrite set: sound.midi"},
        {"scsicard", "", "there are no SCSI disks"},
        {"zip_", "_parameters", "there are no Zip drives"},
        {"mo_", "_parameters", "there are no MO drives"},
        {"cdrom_", "_path", "there is one CD-ROM drive"},
        {"fdd_", "_fn", "there are two floppy drives"},
        {"net_", "_card", "there is one network card; more by -device"},
        {"lpt", "_device", "say where the parallel port leads with ferrite set: parallel1.to"},
        {"serial", "_passthrough_enabled", "say where it leads with ferrite set: serial1.to"},
        {"isartc_type", "", "the clock is an MC146818"},
        {"isamem", "_type", "memory is said by memory.mb"},
    };
    if (!*value || strcasecmp(value, "none") == 0 || strcmp(value, "0") == 0)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        size_t n = strlen(key), k = strlen(kinds[i].ends);
        if (strncasecmp(key, kinds[i].begins, strlen(kinds[i].begins)) == 0 && n >= k &&
            strcasecmp(key + n - k, kinds[i].ends) == 0) {
            foreign_leave(f, from, "%s", kinds[i].why);
            return;
        }
    }
}

/* A card's own section: "base = 0220", "irq = 5", "dma16 = 5". */
static void sound_place(struct foreign *f, const char *key, const char *value)
{
    bool base = strcasecmp(key, "base") == 0;
    foreign_sound_place(f,
                        base                            ? "sbbase"
                        : strcasecmp(key, "dma16") == 0 ? "hdma"
                                                        : key,
                        base ? value + strspn(value, "0") : value);
}

void foreign_86box(struct foreign *f, const char *section, const char *key, const char *value)
{
    char from[160];
    snprintf(from, sizeof(from), "[%.40s] %.60s = %.40s", section, key ? key : "", value);
    if (!key)
        return;
    if (strcasecmp(key, "cpu_family") == 0) {
        processor(f, value, from);
    } else if (strcasecmp(key, "cpu_speed") == 0) {
        foreign_speed(f, *f->dos.clock_of ? f->dos.clock_of : "486", strtod(value, NULL) / 1e6,
                      from);
    } else if (strcasecmp(key, "mem_size") == 0) {
        char mb[32];
        unsigned long kb = strtoul(value, NULL, 10);
        snprintf(mb, sizeof(mb), "%lu", kb < 1024 ? 1 : kb / 1024);
        foreign_take(f, "memory", "mb", mb, from);
    } else if (strncasecmp(key, "hdd_", 4) == 0) {
        hard_disk(f, key, value, from);
    } else if (strcasecmp(key, "fdd_01_fn") == 0) {
        image(f, "drive.a", "floppy", "0", value, from);
    } else if (strcasecmp(key, "fdd_02_fn") == 0) {
        image(f, "drive.b", "floppy", "1", value, from);
    } else if (strcasecmp(key, "cdrom_01_image_path") == 0 ||
               strcasecmp(key, "cdrom_01_iso_path") == 0) {
        image(f, "drive.cd", "cdrom", NULL, value, from);
    } else if (strncasecmp(key, "net_01_", 7) == 0 || strcasecmp(key, "net_card") == 0 ||
               strcasecmp(key, "net_type") == 0) {
        network(f, key, value, from);
    } else if (strcasecmp(key, "sndcard") == 0) {
        sound_card(f, value, from);
    } else if (strncmp(section, "sound blaster", 13) == 0) {
        sound_place(f, key, value);
    } else if (strcasecmp(key, "time_sync") == 0) {
        bool utc = strcasecmp(value, "utc") == 0;
        if (utc || strcasecmp(value, "local") == 0)
            foreign_take(f, "board", "rtc", utc ? "utc" : "localtime", from);
    } else if (strcasecmp(key, "start_in_fullscreen") == 0) {
        if (strcmp(value, "1") == 0)
            foreign_take(f, "window", "fullscreen", "yes", from);
    } else if (strcasecmp(key, "gfxcard") == 0 && strncasecmp(value, "cl_gd5446", 9) == 0) {
        foreign_take(f, "board", "vga", "cirrus", from);
    } else if (strcasecmp(key, "gus") == 0 && strcmp(value, "1") == 0) {
        foreign_take(f, "device.gus", "as", "gus", from);
    } else if (strcasecmp(key, "gfxcard") == 0 || strcasecmp(key, "machine") == 0) {
        foreign_leave(f, from, "other hardware than Ferrite's: the guest may ask for drivers");
    } else {
        other_hardware(f, key, value, from);
    }
}
