/*
 * foreign_86box.c - 86box.cfg: processor, memory, disks, diskettes, CD, network. Its machines' ROMs
 * and its cards are other hardware than ours: they are told, and the guest's drivers with them.
 */
#include "frontend/machines/foreign.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* cpu_family: its beginning, and the nearest of our models. */
static const struct {
    const char *family, *model;
} families[] = {
    {"i386", "386"},
    {"am386", "386"},
    {"i486", "486"},
    {"am486", "486"},
    {"cx486", "486"},
    {"am5x86", "486"},
    {"pentium_p5", "pentium"},
    {"pentium_tillamook", "pentium-mmx"},
    {"pentium_mmx", "pentium-mmx"},
    {"pentiumpro", "pentium2"},
    {"pentium2", "pentium2"},
    {"celeron", "pentium2"},
    {"k6", "pentium-mmx"},
};

static void processor(struct foreign *f, const char *value, const char *from)
{
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        if (strncasecmp(value, families[i].family, strlen(families[i].family)) == 0) {
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
    char *path = *value ? foreign_path(f, value) : NULL;
    if (!path)
        return;
    foreign_take(f, section, "if", kind, from);
    if (index)
        foreign_take(f, section, "index", index, from);
    foreign_take(f, section, "file", path, from);
    free(path);
}

static void network(struct foreign *f, const char *key, const char *value, const char *from)
{
    if (strcasecmp(key, "net_01_net_type") == 0) {
        if (strcasecmp(value, "slirp") == 0 || strcmp(value, "2") == 0)
            foreign_take(f, "net", "mode", "user", from);
        else if (strcasecmp(value, "none") != 0 && strcmp(value, "0") != 0)
            foreign_leave(f, from, "%.40s: say user or lan:NAME with ferrite set", value);
    } else if (strcasecmp(key, "net_01_card") == 0) {
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
            return;
        }
    }
    foreign_leave(f, from, "it has a Sound Blaster 16, unless you say another one: sound.card");
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
        const char *model = ini_get(f->to, "cpu", "model", NULL);
        foreign_speed(f, model ? model : "486", strtod(value, NULL) / 1e6, from);
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
    } else if (strncasecmp(key, "net_01_", 7) == 0) {
        network(f, key, value, from);
    } else if (strcasecmp(key, "sndcard") == 0) {
        sound_card(f, value, from);
    } else if (strcasecmp(key, "gfxcard") == 0 && strncasecmp(value, "cl_gd5446", 9) == 0) {
        foreign_take(f, "board", "vga", "cirrus", from);
    } else if (strcasecmp(key, "gus") == 0 && strcmp(value, "1") == 0) {
        foreign_take(f, "device.gus", "as", "gus", from);
    } else if (strcasecmp(key, "gfxcard") == 0 || strcasecmp(key, "machine") == 0) {
        foreign_leave(f, from, "other hardware than Ferrite's: the guest may ask for drivers");
    }
}
