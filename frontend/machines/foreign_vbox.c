/*
 * foreign_vbox.c - VirtualBox' .vbox files, and OVF (DMTF DSP0243), which others write too: memory,
 * drives, network, shared folders, clock. Snapshots in them are passed over: what is read is the
 * machine as it is now. Disks that are no plain images are named with what makes one of them.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/foreign.h"

#include "frontend/machines/xml.h"
#include "hw/base/clean.h"
#include "hw/storage/disk_nbd.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MEDIA = 128, ID = 80, PLACES = 4, MEMORY_MOST = 2048 };

/* Resource types of OVF (CIM_ResourceAllocationSettingData). */
enum {
    OVF_PROCESSOR = 3,
    OVF_MEMORY = 4,
    OVF_SCSI = 6,
    OVF_NETWORK = 10,
    OVF_FLOPPY = 14,
    OVF_CD = 15,
    OVF_CD_2 = 16,
    OVF_DISK = 17,
    OVF_OTHER_STORAGE = 20, /* SATA, as a rule */
    OVF_USB = 23,
    OVF_SOUND = 35
};

struct medium {
    char id[ID], file[XML_VALUE], format[ID];
};

struct vbox {
    struct foreign *f;
    unsigned skip; /* depth of an element that is passed over with all in it; 0: none */
    unsigned depth;
    struct medium medium[MEDIA];
    unsigned media;
    char controller[ID];
    struct {
        char type[ID];
        unsigned port, device;
        bool open;
    } drive;
    bool taken[PLACES]; /* IDE places */
    unsigned floppies, folders;
    bool cd, adapter, network; /* network: one is taken */
    bool ovf;
    char ports[ID];           /* "UART" or "LPT", whose ports come */
    char order[PLACES + 1];   /* what it starts from */
    bool in_system, os_known; /* OVF's description of the guest, and whether a better one came */
    char os[ID];
    /* OVF: the item that is being read, and the element whose text comes. */
    struct {
        unsigned type, quantity;
        char host[XML_VALUE], sub[ID], units[ID];
    } item;
    bool in_item;
    char leaf[XML_NAME], text[XML_VALUE];
};

static bool yes(const char *value)
{
    return value && (strcmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

/* ---- what they share ---- */

static void guest_kind(struct vbox *v, const char *os)
{
    static const struct {
        const char *name, *guest;
    } kinds[] = {{"DOS", "dos"},         {"MS-DOS", "dos"},      {"Windows31", "win3"},
                 {"Windows95", "win9x"}, {"Windows98", "win9x"}, {"WindowsMe", "win9x"},
                 {"WindowsNT", "winnt"}, {"Windows2", "winnt"},  {"WindowsXP", "winnt"},
                 {"Linux", "linux"},     {"Debian", "linux"},    {"Ubuntu", "linux"},
                 {"Fedora", "linux"},    {"RedHat", "linux"},    {"Gentoo", "linux"},
                 {"ArchLinux", "linux"}, {"OpenSUSE", "linux"},  {"Mandriva", "linux"}};
    char from[ID + 20];
    snprintf(from, sizeof(from), "OSType = %.60s", os);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strncasecmp(os, kinds[i].name, strlen(kinds[i].name)) == 0) {
            foreign_take(v->f, "machine", "guest", kinds[i].guest, from);
            return;
        }
    }
    foreign_leave(v->f, from, "no kind of guest here: say one with ferrite set ... machine.guest");
}

static void memory(struct vbox *v, const char *mb)
{
    char from[ID];
    bool more = strtoul(mb, NULL, 10) > MEMORY_MOST;
    snprintf(from, sizeof(from), "memory %.20s MB%s", mb,
             more ? ", of which this is the most" : "");
    foreign_take(v->f, "memory", "mb", more ? "2048" : mb, from);
}

static bool ends_in(const char *path, const char *end)
{
    size_t n = strlen(path), k = strlen(end);
    return n >= k && strcasecmp(path + n - k, end) == 0;
}

static bool plain(const struct medium *m)
{
    static const char *const others[] = {".vdi", ".vmdk",  ".vhd", ".vhdx",
                                         ".hdd", ".qcow2", ".qcow"};
    if (m->format[0] && strcasecmp(m->format, "raw") != 0)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (ends_in(m->file, others[i]))
            return false;
    }
    return true;
}

static void put_image(struct vbox *v, const char *section, const char *kind, const char *index,
                      const struct medium *m)
{
    char from[200];
    snprintf(from, sizeof(from), "%s %.150s", kind, m->file);
    char *path = foreign_is_here(v->f, m->file, from) ? foreign_path(v->f, m->file) : NULL;
    if (!path)
        return;
    foreign_take(v->f, section, "if", kind, from);
    if (index)
        foreign_take(v->f, section, "index", index, from);
    foreign_take(v->f, section, "file", path, from);
    free(path);
}

/* `place`: where it was on IDE; PLACES: not there. */
static void hard_disk(struct vbox *v, unsigned place, const struct medium *m)
{
    char from[200], section[20], index[4];
    snprintf(from, sizeof(from), "hard disk %.150s", m->file);
    if (!foreign_is_here(v->f, m->file, from))
        return;
    char *path = foreign_path(v->f, m->file);
    /* An OVF's disks are packed as a stream as a rule, which nobody can write into. */
    bool served = path && !v->ovf && disk_served_format(path);
    free(path);
    if (!plain(m) && !served) {
        foreign_leave(v->f, from,
                      "images are plain here: qemu-img convert -O raw FILE disk.img makes one of "
                      "it; then ferrite set ... drive.c.file=disk.img");
        return;
    }
    if (place >= PLACES || v->taken[place]) {
        for (place = 0; place < PLACES && v->taken[place]; place++)
            ;
        if (place == PLACES) {
            foreign_leave(v->f, from, "there are four places for disks");
            return;
        }
    }
    v->taken[place] = true;
    snprintf(section, sizeof(section), "drive.%c", 'c' + (int)place);
    snprintf(index, sizeof(index), "%u", place);
    put_image(v, section, "ide", index, m);
    if (served)
        clean_printf(v->f->out,
                     "          it is read by qemu-nbd, which has to be installed (qemu-utils)\n");
}

static void floppy(struct vbox *v, const struct medium *m)
{
    char from[200];
    snprintf(from, sizeof(from), "diskette %.150s", m->file);
    if (v->floppies == 2) {
        foreign_leave(v->f, from, "there are two floppy drives");
        return;
    }
    put_image(v, v->floppies ? "drive.b" : "drive.a", "floppy", v->floppies ? "1" : "0", m);
    v->floppies++;
}

static void compact_disc(struct vbox *v, const struct medium *m)
{
    char from[200];
    snprintf(from, sizeof(from), "CD %.150s", m->file);
    if (v->cd)
        foreign_leave(v->f, from, "there is one CD-ROM drive");
    else
        put_image(v, "drive.cd", "cdrom", NULL, m);
    v->cd = true;
}

static const struct medium *find(const struct vbox *v, const char *id)
{
    for (unsigned i = 0; id && i < v->media; i++) {
        if (strcmp(v->medium[i].id, id) == 0)
            return &v->medium[i];
    }
    return NULL;
}

static void add_medium(struct vbox *v, const char *id, const char *file, const char *format)
{
    if (!id || !file || v->media == MEDIA)
        return;
    struct medium *m = &v->medium[v->media++];
    snprintf(m->id, sizeof(m->id), "%s", id);
    snprintf(m->file, sizeof(m->file), "%s", file);
    snprintf(m->format, sizeof(m->format), "%s", format ? format : "");
}

/* ---- .vbox ---- */

static void attached(struct vbox *v, const struct xml_element *el)
{
    const struct medium *m = find(v, xml_get(el, "uuid"));
    bool ide =
        strncasecmp(v->controller, "PIIX", 4) == 0 || strncasecmp(v->controller, "ICH6", 4) == 0;
    char from[200];
    if (!m) {
        foreign_leave(v->f, "a drive's image", "it is not among the media of the file");
        return;
    }
    if (strcmp(v->drive.type, "Floppy") == 0) {
        floppy(v, m);
    } else if (strcmp(v->drive.type, "DVD") == 0) {
        compact_disc(v, m);
    } else {
        bool has = ide && v->drive.port < 2 && v->drive.device < 2;
        if (!ide) {
            snprintf(from, sizeof(from), "controller %.60s", v->controller);
            foreign_leave(v->f, from, "disks are IDE here: the guest may want another driver");
        }
        hard_disk(v, has ? v->drive.port * 2 + v->drive.device : PLACES, m);
    }
}

static void mac_address(struct vbox *v, const char *mac)
{
    char text[18];
    size_t n = strlen(mac);
    for (size_t i = 0; i < n; i++) {
        if (n != 12 || !isxdigit((u8)mac[i]))
            return;
    }
    if (n != 12)
        return;
    snprintf(text, sizeof(text), "%.2s:%.2s:%.2s:%.2s:%.2s:%.2s", mac, mac + 2, mac + 4, mac + 6,
             mac + 8, mac + 10);
    foreign_take(v->f, "net", "mac", text, "MACAddress");
}

/* Of the chips there, those whose names begin so are here too, or their forerunner is. */
static void card(struct vbox *v, const char *type, const char *pcnet)
{
    if (type && strncasecmp(type, pcnet, strlen(pcnet)) == 0)
        foreign_take(v->f, "net", "model", "pcnet", type);
    else
        foreign_leave(v->f, type ? type : "the network card",
                      "the card here is ne2k_pci (RTL8029): the guest may want another driver");
}

static void begin_adapter(struct vbox *v, const struct xml_element *el)
{
    const char *type = xml_get(el, "type"), *mac = xml_get(el, "MACAddress");
    v->adapter = yes(xml_get(el, "enabled")) && !v->network;
    if (!v->adapter) {
        if (yes(xml_get(el, "enabled")))
            foreign_leave(v->f, "a second network card", "say it with -device");
        return;
    }
    v->network = true;
    if (mac)
        mac_address(v, mac);
    card(v, type, "Am79C");
}

static void forwarding(struct vbox *v, const struct xml_element *el)
{
    const char *udp = xml_get(el, "proto"), *host = xml_get(el, "hostport"),
               *guest = xml_get(el, "guestport");
    const char *before = ini_get(v->f->to, "net", "forward", NULL);
    const char *ip = xml_get(el, "hostip"), *to = xml_get(el, "guestip");
    char text[XML_VALUE];
    if (!host || !guest)
        return;
    if (!before)
        before = "";
    snprintf(text, sizeof(text), "%.1200s%s%s:%.60s:%.10s-%.60s:%.10s", before, *before ? " " : "",
             udp && strcmp(udp, "0") == 0 ? "udp" : "tcp", ip ? ip : "", host, to ? to : "", guest);
    foreign_take(v->f, "net", "forward", text, "Forwarding");
}

static void network_kind(struct vbox *v, const struct xml_element *el)
{
    if (!v->adapter)
        return;
    if (strcmp(el->name, "NAT") == 0)
        foreign_take(v->f, "net", "mode", "user", "NAT");
    else if (strcmp(el->name, "Forwarding") == 0)
        forwarding(v, el);
    else if (strcmp(el->name, "InternalNetwork") == 0 && xml_get(el, "name")) {
        char mode[ID];
        snprintf(mode, sizeof(mode), "lan:%.40s", xml_get(el, "name"));
        foreign_take(v->f, "net", "mode", mode, "InternalNetwork");
    } else if (strstr(el->name, "Interface") || strcmp(el->name, "NATNetwork") == 0) {
        foreign_leave(v->f, el->name, "networks here are user (NAT) and lan:NAME");
    }
}

static void shared_folder(struct vbox *v, const struct xml_element *el)
{
    const char *name = xml_get(el, "name"), *path = xml_get(el, "hostPath");
    char section[40], from[ID + 20];
    if (!name || !path)
        return;
    snprintf(from, sizeof(from), "SharedFolder %.60s", name);
    if (!foreign_is_here(v->f, path, from))
        return;
    snprintf(section, sizeof(section), "share.vbox%u", ++v->folders);
    foreign_take(v->f, section, "path", path, from);
    foreign_take(v->f, section, "mode", yes(xml_get(el, "writable")) ? "rw" : "ro", from);
}

/* AC97 unless said: then there is the usual card. */
static void audio(struct vbox *v, const char *controller)
{
    if (controller && strcasecmp(controller, "SB16") == 0)
        foreign_take(v->f, "sound", "card", "sb16", "AudioAdapter SB16");
    else
        foreign_leave(v->f, controller ? controller : "AC97",
                      "it has a Sound Blaster 16; sound.card=es1370 is a card on PCI");
}

/* Order of the drives it starts from; the network is no such thing here. */
static void boot_order(struct vbox *v, const char *device)
{
    size_t n = strlen(v->order);
    char letter = strcmp(device, "Floppy") == 0     ? 'a'
                  : strcmp(device, "HardDisk") == 0 ? 'c'
                  : strcmp(device, "DVD") == 0      ? 'd'
                                                    : 0;
    if (letter && n < PLACES && !strchr(v->order, letter))
        v->order[n] = letter;
}

static void serial_port(struct vbox *v, const struct xml_element *el)
{
    const char *slot = xml_get(el, "slot"), *path = xml_get(el, "path"),
               *mode = xml_get(el, "hostMode");
    char section[20], from[ID], *to;
    if (!yes(xml_get(el, "enabled")) || strcmp(v->ports, "UART") != 0)
        return;
    snprintf(section, sizeof(section), "serial%lu", (slot ? strtoul(slot, NULL, 10) : 0) % 100 + 1);
    snprintf(from, sizeof(from), "UART %s", section);
    if (strcmp(section, "serial1") != 0 && strcmp(section, "serial2") != 0) {
        foreign_leave(v->f, from, "there are two serial ports");
    } else if (mode && path && strcmp(mode, "RawFile") == 0 && foreign_is_here(v->f, path, from)) {
        char *full = foreign_path(v->f, path);
        if (full && asprintf(&to, "file:%s", full) >= 0) {
            foreign_take(v->f, section, "to", to, from);
            free(to);
        } else {
            v->f->ok = err_set(v->f->e, "out of memory");
        }
        free(full);
    } else if (!mode || strcmp(mode, "Disconnected") != 0) {
        foreign_leave(v->f, from, "say where it leads with ferrite set MACHINE %s.to=", section);
    }
}

/* Parts of the machine beside its drives and its network. */
static bool vbox_part(struct vbox *v, const struct xml_element *el)
{
    const char *name = el->name;
    if (strcmp(name, "UART") == 0 || strcmp(name, "LPT") == 0)
        snprintf(v->ports, sizeof(v->ports), "%s", name);
    else if (strcmp(name, "Port") == 0)
        serial_port(v, el);
    else if (strcmp(name, "Order") == 0 && xml_get(el, "device"))
        boot_order(v, xml_get(el, "device"));
    else if (strcmp(name, "Display") == 0 && yes(xml_get(el, "accelerate3D")))
        foreign_leave(v->f, "accelerate3D", "the display adapter is a VGA with VESA modes");
    else
        return false;
    return true;
}

static void vbox_element(struct vbox *v, const struct xml_element *el)
{
    const char *name = el->name;
    if (vbox_part(v, el))
        return;
    if (strcmp(name, "Machine") == 0 && xml_get(el, "OSType")) {
        guest_kind(v, xml_get(el, "OSType"));
    } else if (strcmp(name, "HardDisk") == 0) {
        add_medium(v, xml_get(el, "uuid"), xml_get(el, "location"), xml_get(el, "format"));
    } else if (strcmp(name, "CPU") == 0 && xml_get(el, "count") &&
               strcmp(xml_get(el, "count"), "1") != 0) {
        foreign_leave(v->f, "CPU count", "there is one processor here");
    } else if (strcmp(name, "Memory") == 0 && xml_get(el, "RAMSize")) {
        memory(v, xml_get(el, "RAMSize"));
    } else if (strcmp(name, "StorageController") == 0) {
        snprintf(v->controller, sizeof(v->controller), "%.79s",
                 xml_get(el, "type") ? xml_get(el, "type") : "");
    } else if (strcmp(name, "AttachedDevice") == 0) {
        const char *type = xml_get(el, "type"), *port = xml_get(el, "port"),
                   *unit = xml_get(el, "device");
        snprintf(v->drive.type, sizeof(v->drive.type), "%.79s", type ? type : "");
        v->drive.port = port ? (unsigned)strtoul(port, NULL, 10) : 0;
        v->drive.device = unit ? (unsigned)strtoul(unit, NULL, 10) : 0;
        v->drive.open = true;
    } else if (strcmp(name, "Image") == 0) {
        if (v->drive.open)
            attached(v, el);
        else
            add_medium(v, xml_get(el, "uuid"), xml_get(el, "location"), NULL);
    } else if (strcmp(name, "HostDrive") == 0) {
        foreign_leave(v->f, "a drive of the host", "give an image of the medium with insert");
    } else if (strcmp(name, "Adapter") == 0) {
        begin_adapter(v, el);
    } else if (strcmp(name, "SharedFolder") == 0) {
        shared_folder(v, el);
    } else if (strcmp(name, "RTC") == 0 && xml_get(el, "localOrUTC")) {
        foreign_take(v->f, "board", "rtc",
                     strcmp(xml_get(el, "localOrUTC"), "UTC") == 0 ? "utc" : "localtime", "RTC");
    } else if (strcmp(name, "Firmware") == 0 && xml_get(el, "type") &&
               strstr(xml_get(el, "type"), "EFI")) {
        foreign_leave(v->f, "EFI",
                      "the firmware here is a BIOS: a system that wants EFI does not start");
    } else if (strcmp(name, "AudioAdapter") == 0 && yes(xml_get(el, "enabled"))) {
        audio(v, xml_get(el, "controller"));
    } else if ((strcmp(name, "OHCI") == 0 || strcmp(name, "Controller") == 0) &&
               yes(xml_get(el, "enabled"))) {
        foreign_leave(v->f, "USB", "devices of the host are not given to the guest");
    } else if (v->adapter) {
        network_kind(v, el);
    }
}

/* ---- OVF ---- */

/* "ovf:/disk/vmdisk1", "/file/file2" */
static const struct medium *host_resource(const struct vbox *v)
{
    const char *slash = strrchr(v->item.host, '/');
    return find(v, slash ? slash + 1 : v->item.host);
}

static void end_item(struct vbox *v)
{
    char text[32];
    const struct medium *m = host_resource(v);
    switch (v->item.type) {
    case OVF_MEMORY:
        if (strstr(v->item.units, "2^30") || strcasecmp(v->item.units, "GigaBytes") == 0)
            v->item.quantity *= 1024;
        snprintf(text, sizeof(text), "%u", v->item.quantity);
        memory(v, text);
        break;
    case OVF_NETWORK:
        if (v->network) {
            foreign_leave(v->f, v->item.sub[0] ? v->item.sub : "the network card",
                          "there is one; say a second with -device");
        } else {
            foreign_take(v->f, "net", "mode", "user", "network card");
            card(v, v->item.sub[0] ? v->item.sub : NULL, "PCNet");
        }
        v->network = true;
        break;
    case OVF_FLOPPY:
        if (m)
            floppy(v, m);
        break;
    case OVF_CD:
    case OVF_CD_2:
        if (m)
            compact_disc(v, m);
        break;
    case OVF_DISK:
        if (m)
            hard_disk(v, PLACES, m);
        break;
    case OVF_PROCESSOR:
        if (v->item.quantity > 1)
            foreign_leave(v->f, "CPU count", "there is one processor here");
        break;
    case OVF_SCSI:
    case OVF_OTHER_STORAGE:
        snprintf(text, sizeof(text), "controller %.16s", v->item.sub);
        foreign_leave(v->f, text, "disks are IDE here: the guest may want another driver");
        break;
    case OVF_USB:
        foreign_leave(v->f, "USB", "devices of the host are not given to the guest");
        break;
    case OVF_SOUND:
        audio(v, v->item.sub[0] ? v->item.sub : NULL);
        break;
    default:
        break;
    }
}

static void ovf_element(struct vbox *v, const struct xml_element *el)
{
    if (strcmp(el->name, "File") == 0) {
        add_medium(v, xml_get(el, "id"), xml_get(el, "href"), NULL);
    } else if (strcmp(el->name, "Disk") == 0) {
        const struct medium *m = find(v, xml_get(el, "fileRef"));
        if (m)
            add_medium(v, xml_get(el, "diskId"), m->file, NULL);
    } else if (strcmp(el->name, "Item") == 0 || strcmp(el->name, "StorageItem") == 0 ||
               strcmp(el->name, "EthernetPortItem") == 0) {
        memset(&v->item, 0, sizeof(v->item));
        v->in_item = true;
        v->ovf = true;
    } else if (strcmp(el->name, "OperatingSystemSection") == 0) {
        v->in_system = true;
    }
}

static void ovf_leaf(struct vbox *v)
{
    const char *text = v->text + strspn(v->text, " \t\r\n");
    if (!v->in_item) {
        v->os_known |= strcmp(v->leaf, "OSType") == 0;
        if (strcmp(v->leaf, "OSType") == 0)
            guest_kind(v, text);
        else if (v->in_system && strcmp(v->leaf, "Description") == 0)
            snprintf(v->os, sizeof(v->os), "%.79s", text);
        return;
    }
    if (strcmp(v->leaf, "ResourceType") == 0)
        v->item.type = (unsigned)strtoul(text, NULL, 10);
    else if (strcmp(v->leaf, "VirtualQuantity") == 0)
        v->item.quantity = (unsigned)strtoul(text, NULL, 10) & 0xfffff;
    else if (strcmp(v->leaf, "HostResource") == 0)
        snprintf(v->item.host, sizeof(v->item.host), "%s", text);
    else if (strcmp(v->leaf, "ResourceSubType") == 0)
        snprintf(v->item.sub, sizeof(v->item.sub), "%.79s", text);
    else if (strcmp(v->leaf, "AllocationUnits") == 0)
        snprintf(v->item.units, sizeof(v->item.units), "%.79s", text);
}

/* ---- both ---- */

static void on_open(void *opaque, const struct xml_element *el)
{
    struct vbox *v = opaque;
    v->depth = el->depth;
    /* VirtualBox' own part of an OVF says the same once more. */
    bool again = el->depth > 2 && strcmp(el->name, "Machine") == 0;
    if (!v->skip && (strcmp(el->name, "Snapshot") == 0 || again))
        v->skip = el->depth;
    snprintf(v->leaf, sizeof(v->leaf), "%s", el->name);
    v->text[0] = 0;
    if (v->skip || !v->f->ok)
        return;
    vbox_element(v, el);
    ovf_element(v, el);
}

static void on_text(void *opaque, const char *text)
{
    struct vbox *v = opaque;
    size_t n = strlen(v->text);
    snprintf(v->text + n, sizeof(v->text) - n, "%s", text);
}

static void on_close(void *opaque, const char *name)
{
    struct vbox *v = opaque;
    if (!v->skip && v->f->ok) {
        size_t n = strlen(v->text);
        while (n && isspace((u8)v->text[n - 1]))
            v->text[--n] = 0;
        if (strcmp(v->leaf, name) == 0)
            ovf_leaf(v);
        if (strcmp(name, "Item") == 0 || strcmp(name, "StorageItem") == 0 ||
            strcmp(name, "EthernetPortItem") == 0) {
            end_item(v);
            v->in_item = false;
        }
        if (strcmp(name, "OperatingSystemSection") == 0) {
            v->in_system = false;
            if (v->os[0] && !v->os_known)
                guest_kind(v, v->os);
        }
        if (strcmp(name, "Boot") == 0 && v->order[0])
            foreign_take(v->f, "board", "boot", v->order, "Boot order");
        if (strcmp(name, "AttachedDevice") == 0)
            v->drive.open = false;
        if (strcmp(name, "Adapter") == 0)
            v->adapter = false;
    }
    if (v->skip == v->depth)
        v->skip = 0;
    v->depth--;
    v->leaf[0] = 0;
}

bool foreign_vbox(struct foreign *f, const char *text, size_t size)
{
    static const struct xml_events events = {on_open, on_text, on_close};
    struct vbox *v = calloc(1, sizeof(*v));
    if (!v)
        return err_set(f->e, "out of memory");
    v->f = f;
    bool ok = xml_read(text, size, &events, v, f->e) && f->ok;
    free(v);
    return ok;
}
