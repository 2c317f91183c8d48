/*
 * pc_rows.c - the list of devices that a machine is: the board's own rows, then those that options
 * are short for, then those that the configuration names itself (-device, machine files).
 *
 * A configured row that is the same thing as one of the board's - the same class, and of a class
 * that may occur several times the same `index` or `iobase` - takes its place; and a display
 * adapter the place of any other.
 */
#include "hw/bus/isapnp.h"
#include "hw/chipset/uhci.h"
#include "hw/input/usb_hid.h"
#include "hw/machine/classes.h"
#include "hw/machine/pc.h"
#include "hw/net/net_link.h"
#include "hw/sound/line_in.h"
#include "hw/sound/midi_in.h"
#include "hw/sound/sb.h"
#include "hw/storage/usb_disk.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct pc, member)
#define NOWHERE SIZE_MAX

/* The board: class, properties, and where pc.c finds it. The order is that of reset. */
static const struct part {
    const struct device_class *class;
    const char *props; /* NULL: the defaults */
    size_t slot;       /* NOWHERE: nobody needs to know */
} parts[] = {
    {&i8259_class, NULL, AT(pic)},
    {&i8254_class, NULL, AT(pit)},
    {&mc146818_class, NULL, AT(rtc)},
    {&i8237_class, NULL, AT(dma)},
    {&mixer_class, NULL, AT(sound)}, /* before all that make sound */
    {&isapnp_class, NULL, NOWHERE},
    {&i8042_class, NULL, AT(kbc)},
    {&ps2kbd_class, NULL, AT(keyboard)},
    {&ps2mouse_class, NULL, AT(mouse)},
    {&vmmouse_class, NULL, AT(vmmouse)},
    {&gameport_class, NULL, AT(gameport)},
    {&speaker_class, NULL, AT(speaker)},
    {&port61_class, NULL, AT(port61)},
    {&port92_class, NULL, AT(port92)},
    {&ferr_class, NULL, AT(ferr)},
    {&debugports_class, NULL, AT(debug)},
    {&debug_exit_class, "iobase=0xf4,iosize=4", NOWHERE},
    {&debugcon_class, "iobase=0xe9,chardev=debugcon", NOWHERE},
    {&debugcon_class, "iobase=0x402,chardev=debugcon", NOWHERE},
    {&uart16550_class, "index=0,chardev=serial0", AT(serial[0])},
    {&uart16550_class, "index=1,chardev=serial1", AT(serial[1])},
    {&lpt_class, "index=0,chardev=parallel0", AT(parallel[0])},
    {&fdc_class, NULL, AT(fdc)},
    {&ide_class, NULL, AT(ide)},
    {&cd_sound_class, NULL, AT(cd_sound)},
    {&vga_class, NULL, AT(vga)},
    {&lapic_class, NULL, AT(lapic)},
    {&ioapic_class, NULL, AT(ioapic)},
    {&fw_cfg_class, NULL, AT(fw_cfg)},
    {&pci_class, NULL, AT(pci)}, /* over port92's CF9h */
    {&i440fx_class, NULL, AT(i440fx)},
    {&piix3_class, NULL, AT(piix3)},
    {&piix3_ide_class, NULL, AT(piix3_ide)},
    {&piix4_pm_class, NULL, AT(pm)},
    {&vga_pci_class, NULL, AT(vga_pci)}, /* over the VGA's own mapping */
    {&multiboot_class, NULL, AT(multiboot)},
    {&ferrport_class, NULL, AT(guest)},
};

/* ---- which is which ---- */

/* The property that tells two of a class apart, if there is one. */
static const struct prop *key_of(const struct device_class *class)
{
    const struct prop *index = prop_find(class->props, "index");
    return index ? index : prop_find(class->props, "iobase");
}

static u32 key(const struct device *d, const struct prop *p)
{
    const void *member = (const char *)d + p->offset;
    return p->type == PROP_U32   ? *(const u32 *)member
           : p->type == PROP_U16 ? *(const u16 *)member
                                 : *(const u8 *)member;
}

static bool is_display(const struct device_class *class)
{
    return class == &vga_class || class == &cirrus_class || class == &cirrus_isa_class;
}

static bool same_thing(const struct device *a, const struct device *b)
{
    const struct prop *p = key_of(a->class);
    if (is_display(a->class) && is_display(b->class))
        return true; /* a machine has one */
    if (a->class != b->class)
        return false;
    return !a->class->several || (p && key(a, p) == key(b, p));
}

/* The place in the list of what is the same thing; device_count: there is none. */
static unsigned place_of(const struct pc *pc, const struct device *d)
{
    unsigned i = 0;
    while (i < pc->device_count && !same_thing(pc->device[i], d))
        i++;
    return i;
}

/* Numbered devices whose row does not say a number get the first one that is free. */
static void choose_number(const struct pc *pc, struct device *d, const struct row *row)
{
    const struct prop *index = prop_find(d->class->props, "index");
    if (!index || !d->class->several || row_value(row, "index"))
        return;
    u32 *n = (u32 *)(void *)((char *)d + index->offset);
    for (*n = index->min; place_of(pc, d) < pc->device_count && *n < index->max;)
        ++*n;
}

/* ---- one row ---- */

static struct device *make(const struct device_class *class, const struct row *row, struct err *e)
{
    struct device *d = device_new(class, NULL);
    if (d && device_configure(d, row, e))
        return d;
    if (!d)
        err_set(e, "out of memory");
    device_free(d);
    return NULL;
}

static bool id_free(const struct pc *pc, const struct row *row, const char *where, struct err *e)
{
    for (unsigned i = 0; row->id && i < pc->device_count; i++) {
        const char *other = pc->device[i]->row->id;
        if (other && strcmp(row->id, other) == 0)
            return err_set(e, "%s: id=%s is another device's too", where, row->id);
    }
    return true;
}

/* The device of a row into the list: in the place of the board's own, or at the end. */
static bool add(struct pc *pc, const struct device_class *class, const struct row *row,
                struct err *e)
{
    char where[256];
    row_where(row, NULL, where, sizeof(where));
    if (!id_free(pc, row, where, e))
        return false;
    struct device *d = make(class, row, e);
    if (!d)
        return false;
    choose_number(pc, d, row);
    unsigned at = place_of(pc, d);
    if (at == pc->device_count && at < PC_MAX_DEVICES) {
        pc->device[pc->device_count++] = d;
        return true;
    }
    if (at < pc->device_count && !pc->device[at]->row->where[0]) { /* the board's own */
        device_free(pc->device[at]);
        pc->device[at] = d;
        return true;
    }
    device_free(d);
    if (at == PC_MAX_DEVICES)
        return err_set(e, "%s: too many devices", where);
    if (is_display(class))
        return err_set(e, "%s: a machine has one display adapter only", where);
    if (!class->several)
        return err_set(e, "%s: a machine has one %s only", where, class->model);
    return err_set(e, "%s: the same %s as %s", where, key_of(class)->name,
                   pc->device[at]->row->where);
}

/* A row of ours: the board's (option ""), or what an option is short for. */
static bool add_text(struct pc *pc, const struct device_class *class, const char *option,
                     const char *props, struct err *e)
{
    struct row row;
    char text[ROW_TEXT];
    snprintf(text, sizeof(text), "%s%s%s", class->name, props ? "," : "", props ? props : "");
    if (!row_parse(&row, option, text, e))
        return false;
    snprintf(row.where, sizeof(row.where), "%s", option);
    return add(pc, class, &row, e);
}

/* ---- what options are short for ---- */

static bool add_short(struct pc *pc, const char *model, const char *option, const char *props,
                      struct err *e)
{
    const struct device_class *class = class_find(model, e);
    return class && add_text(pc, class, option, props, e);
}

static bool add_nic(struct pc *pc, const struct nic_config *nic, struct err *e)
{
    static const char *const models[] = {[NIC_NE2K_ISA] = "ne2k_isa",
                                         [NIC_NE2K_PCI] = "ne2k_pci",
                                         [NIC_PCNET] = "pcnet",
                                         [NIC_PCNET_ISA] = "pcnet_isa"};
    char card[200] = "netdev=nic";
    size_t n = strlen(card);
    if (nic->mac_set)
        n += (size_t)snprintf(card + n, sizeof(card) - n, ",mac=%02x:%02x:%02x:%02x:%02x:%02x",
                              nic->mac[0], nic->mac[1], nic->mac[2], nic->mac[3], nic->mac[4],
                              nic->mac[5]);
    if (nic->io)
        n += (size_t)snprintf(card + n, sizeof(card) - n, ",iobase=%#x", nic->io);
    if (nic->irq)
        snprintf(card + n, sizeof(card) - n, ",irq=%u", nic->irq);
    return add_text(pc, &net_link_class, "", "id=nic,cable=nic", e) &&
           add_short(pc, models[nic->model], "-nic", card, e);
}

/* Cables that rows name. */
static bool add_netdevs(struct pc *pc, const struct vm_config *config, struct err *e)
{
    char props[200];
    for (unsigned i = 0; i < config->netdev_count; i++) {
        const char *id = config->netdevs[i]->id;
        snprintf(props, sizeof(props), "id=%.60s,cable=%.60s", id, id);
        if (!add_text(pc, &net_link_class, "-netdev", props, e))
            return false;
    }
    return true;
}

/* COM3 and COM4. */
static bool add_serials(struct pc *pc, const struct vm_config *config, struct err *e)
{
    char props[60];
    for (unsigned i = VM_BOARD_SERIALS; i < VM_SERIALS; i++) {
        const struct stream *s = &config->serial[i];
        snprintf(props, sizeof(props), "index=%u,chardev=serial%u", i, i);
        if ((s->read || s->write) && !add_text(pc, &uart16550_class, "-serial", props, e))
            return false;
    }
    return true;
}

static bool has_sound_card(const struct vm_config *config)
{
    for (unsigned i = 0; i < config->row_count; i++) {
        for (unsigned j = 0; config->rows[i]->driver && vm_sound_card_name(j); j++) {
            if (strcmp(config->rows[i]->driver, vm_sound_card_name(j)) == 0)
                return true;
        }
    }
    return false;
}

/* Every machine has one, unless it is told otherwise: the last one that takes its place. */
static bool add_usual_sound_card(struct pc *pc, const struct vm_config *config, struct err *e)
{
    return config->sound || has_sound_card(config) || add_text(pc, &sb16_class, "", NULL, e);
}

static bool add_sound_card(struct pc *pc, const struct vm_config *config, struct err *e)
{
    const char *name = config->sound;
    if (!name || strcmp(name, "none") == 0)
        return true;
    if (strcmp(name, "es1370") == 0) /* no Sound Blaster at all */
        return add_short(pc, name, "-sound", NULL, e);
    for (unsigned i = 0; vm_sound_card_name(i); i++) {
        if (strcmp(name, vm_sound_card_name(i)) == 0)
            return add_short(pc, name, "-sound", NULL, e);
    }
    return err_set(e, "-sound %s: say none, sb16, sbpro2, sbpro, sb2, sb1 or es1370", name);
}

/* "none" is seen to when all rows are there (settle_display()). */
static bool add_display(struct pc *pc, const struct vm_config *config, struct err *e)
{
    const char *name = config->vga;
    if (!name || strcmp(name, "none") == 0)
        return true;
    if (strcmp(name, "std") == 0)
        return add_text(pc, &vga_class, "-vga", NULL, e);
    if (strcmp(name, "cirrus") == 0)
        return add_text(pc, &cirrus_class, "-vga", NULL, e);
    if (strcmp(name, "cirrus-isa") == 0)
        return add_text(pc, &cirrus_isa_class, "-vga", NULL, e);
    return err_set(e, "-vga %s: say std, cirrus, cirrus-isa or none", name);
}

/* What hangs at USB brings the controller, unless that has a row of its own. */
static bool add_usb(struct pc *pc, const struct vm_config *config, struct err *e)
{
    bool wanted = false, there = false;
    for (unsigned i = 0; i < config->row_count; i++) {
        const char *driver = config->rows[i]->driver ? config->rows[i]->driver : "";
        wanted |= strcmp(driver, usb_kbd_class.model) == 0;
        wanted |= strcmp(driver, usb_tablet_class.model) == 0;
        wanted |= strcmp(driver, usb_disk_class.model) == 0;
        there |= strcmp(driver, uhci_class.model) == 0;
    }
    return !wanted || there || add_text(pc, &uhci_class, "", NULL, e);
}

/* Before the cards that they are plugged into. */
static bool add_inputs(struct pc *pc, const struct vm_config *config, struct err *e)
{
    return (!config->sound_in.give || add_text(pc, &line_in_class, "", NULL, e)) &&
           (!config->midi_in.bytes || add_text(pc, &midi_in_class, "", NULL, e));
}

static bool add_short_forms(struct pc *pc, const struct vm_config *config, struct err *e)
{
    char port[20];
    snprintf(port, sizeof(port), "port=%u", config->serial_mouse - 1);
    return add_inputs(pc, config, e) && add_display(pc, config, e) &&
           add_sound_card(pc, config, e) && add_serials(pc, config, e) && add_usb(pc, config, e) &&
           add_netdevs(pc, config, e) &&
           (!config->serial_mouse || add_short(pc, "msmouse", "-serial msmouse", port, e)) &&
           (config->nic.net == NET_NONE || add_nic(pc, &config->nic, e));
}

/* ---- the list ---- */

static bool add_configured(struct pc *pc, const struct vm_config *config, struct err *e)
{
    struct err why;
    char where[256];
    for (unsigned i = 0; i < config->row_count; i++) {
        const struct row *row = config->rows[i];
        const struct device_class *class = class_find(row->driver, &why);
        if (!class)
            return err_set(e, "%s: %.250s", row_where(row, NULL, where, sizeof(where)), why.text);
        if (!add(pc, class, row, e))
            return false;
    }
    return true;
}

/* Names are those of snapshots: they must not depend on what else there is. */
static void name_devices(struct pc *pc)
{
    for (unsigned i = 0; i < pc->device_count; i++) {
        struct device *d = pc->device[i];
        const struct prop *index = prop_find(d->class->props, "index");
        d->ordinal = 0;
        for (unsigned before = 0; before < i; before++)
            d->ordinal += pc->device[before]->class == d->class;
        if (d->class->several && index)
            snprintf(d->name, sizeof(d->name), "%s%u", d->class->name, key(d, index));
        else if (d->ordinal)
            snprintf(d->name, sizeof(d->name), "%s-%u", d->class->name, d->ordinal + 1);
    }
}

static void take_out(struct pc *pc, unsigned i)
{
    device_free(pc->device[i]);
    pc->device_count--;
    memmove(&pc->device[i], &pc->device[i + 1], (pc->device_count - i) * sizeof(struct device *));
}

static void take_out_device(struct pc *pc, const struct device *d)
{
    unsigned i = 0;
    while (pc->device[i] != d)
        i++;
    take_out(pc, i);
}

/* The board's VGA has a function of its own on the PCI bus, which goes where the VGA goes. */
static void settle_display(struct pc *pc, const struct vm_config *config)
{
    struct device *display = &pc->vga->dev; /* or whatever has taken its place */
    bool none = config->vga && strcmp(config->vga, "none") == 0 && !display->row->where[0];
    if (display->class == &vga_class && !none)
        return;
    if (display->class == &cirrus_class || display->class == &cirrus_isa_class)
        pc->cirrus = (struct cirrus *)display;
    take_out_device(pc, &pc->vga_pci->dev);
    pc->vga_pci = NULL;
    if (!none)
        return;
    take_out_device(pc, display);
    pc->vga = NULL;
}

bool pc_make_devices(struct pc *pc, struct err *e)
{
    static_assert(ARRAY_SIZE(parts) < PC_MAX_DEVICES, "PC_MAX_DEVICES is too small");
    for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
        if (!add_text(pc, parts[i].class, "", parts[i].props, e))
            return false;
    }
    if (!add_short_forms(pc, pc->config, e) || !add_configured(pc, pc->config, e) ||
        !add_usual_sound_card(pc, pc->config, e))
        return false;
    name_devices(pc);
    for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
        if (parts[i].slot != NOWHERE)
            memcpy((char *)pc + parts[i].slot, &pc->device[i], sizeof(pc->device[i]));
    }
    settle_display(pc, pc->config);
    return true;
}

/* ---- realizing ---- */

/*
 * Nobody asked for the usual sound card: where others are already, it does without its MPU-401, or
 * is not there. Is it?
 */
static bool usual_sound_card_fits(struct pc *pc, struct device *d)
{
    struct sb *sb = (struct sb *)d;
    if (d->class != &sb16_class || d->row->where[0])
        return true;
    if (!bus_is_free(&pc->bus, sb->mpu_base, SB_MPU_PORTS)) {
        log_at(pc->board.log, LOG_RESET, "sb16: no MPU-401, its ports are somebody else's");
        sb->mpu_base = 0;
    }
    if (!bus_is_free(&pc->bus, sb->fm_base, sb_fm_ports(OPL3))) {
        log_at(pc->board.log, LOG_RESET, "sb16: no FM at %xh, which is somebody else's",
               sb->fm_base);
        sb->fm_base = 0;
    }
    bool fits = bus_is_free(&pc->bus, sb->base, SB_PORTS) && !pc->dma_user[sb->dma_number] &&
                !pc->dma_user[sb->hdma_number];
    if (!fits)
        log_at(pc->board.log, LOG_RESET, "no sb16: somebody else is where it would be");
    return fits;
}

bool pc_realize_devices(struct pc *pc, struct err *e)
{
    for (unsigned i = 0; i < pc->device_count; i++) {
        struct device *d = pc->device[i];
        struct err why;
        char where[256];
        if (!usual_sound_card_fits(pc, d)) {
            take_out(pc, i--);
            continue;
        }
        bool ok = device_realize(d, &pc->board, &why);
        const struct err *clash =
            pc->bus.clash.text[0] ? &pc->bus.clash : &pc->phys.clash; /* or neither */
        if (ok && !clash->text[0])
            continue;
        row_where(d->row, NULL, where, sizeof(where));
        return err_set(e, "%s%s%.400s", where, *where ? ": " : "", ok ? clash->text : why.text);
    }
    return true;
}
