/* vm_registers.c - see vm_registers.h. */
#include "hw/machine/vm_registers.h"

#include "hw/bus/bus_watch.h"
#include "hw/chipset/chips_look.h"
#include "hw/input/input_look.h"
#include "hw/machine/pc.h"
#include "hw/machine/vm_parts.h"
#include "hw/net/net_look.h"
#include "hw/serial/serial_look.h"
#include "hw/sound/sound_look.h"
#include "hw/storage/drives_look.h"
#include "hw/video/video_look.h"

#include <string.h>

/* By class. */
static const struct {
    const char *class;
    device_look_fn *look;
} looks[] = {
    {"pit", i8254_look},
    {"pic", i8259_look},
    {"dma", i8237_look},
    {"rtc", mc146818_look},
    {"i8042", i8042_look},
    {"keyboard", ps2kbd_look},
    {"serial", uart16550_look},
    {"fdc", fdc_look},
    {"ide", ide_look},
    {"vga", vga_look},
    {"cirrus", cirrus_look},
    {"cirrus_isa", cirrus_look},
    {"lapic", lapic_look},
    {"ioapic", ioapic_look},
    {"speaker", speaker_look},
    {"sb1", sb_look},
    {"sb2", sb_look},
    {"sbpro", sb_look},
    {"sbpro2", sb_look},
    {"sb16", sb_look},
    {"adlib", adlib_look},
    {"opl3", adlib_look},
    {"gus", gus_look},
    {"es1370", es1370_look},
    {"ne2000", ne2000_look},
    {"rtl8029", rtl8029_look},
    {"pcnet", pcnet_card_look},
    {"pcnet-isa", pcnet_card_look},
    {"i440fx", i440fx_look},
    {"piix3", piix3_look},
    {"piix3-ide", piix3_ide_look},
    {"piix4-pm", piix4_pm_look},
};

static device_look_fn *look_of(const struct device *d)
{
    for (size_t i = 0; d && i < ARRAY_SIZE(looks); i++)
        if (strcmp(d->class->name, looks[i].class) == 0)
            return looks[i].look;
    return NULL;
}

const char *vm_device_with_registers(const struct vm *vm, unsigned i)
{
    const struct pc *pc = vm_pc(vm);
    for (unsigned k = 0; k < pc->device_count; k++)
        if (look_of(pc->device[k]) && i-- == 0)
            return pc->device[k]->name;
    return NULL;
}

bool vm_look_registers(const struct vm *vm, const char *device, const struct register_eye *eye)
{
    const struct device *d = pc_find(vm_pc(vm), device);
    device_look_fn *look = look_of(d);
    if (look)
        look(d, eye);
    return look != NULL;
}

/* ---- ports ---- */

static u64 instant(void *owner)
{
    return vm_instructions(owner);
}

static const char *what(const struct bus_access *a)
{
    bool ata = (a->port & ~0x80u) == 0x177;
    return ata && a->out ? ata_command_name((u8)a->value) : NULL;
}

unsigned vm_port_log(struct vm *vm, const char *device, struct vm_port_access *out)
{
    struct bus_access last[VM_PORT_LOG];
    struct bus *bus = &vm_pc(vm)->bus;
    if (!bus_watch(bus, instant, vm))
        return 0;
    unsigned n = bus_last(bus, device, last, VM_PORT_LOG);
    for (unsigned i = 0; i < n; i++)
        out[i] = (struct vm_port_access){.instructions = last[i].instant,
                                         .value = last[i].value,
                                         .port = last[i].port,
                                         .size = last[i].size,
                                         .out = last[i].out,
                                         .what = what(&last[i])};
    return n;
}

/* ---- the display ---- */

bool vm_vga_plane(const struct vm *vm, unsigned plane, u32 from, u8 *out, u32 count)
{
    const struct vga *v = vm_pc(vm)->vga;
    if (v)
        vga_look_plane(v, plane, from, out, count);
    return v != NULL;
}

bool vm_vga_colours(const struct vm *vm, u32 rgb[256], u8 palette[16])
{
    const struct vga *v = vm_pc(vm)->vga;
    for (unsigned i = 0; v && i < 256; i++)
        rgb[i] = vga_look_colour(v, i);
    for (unsigned i = 0; v && i < 16; i++)
        palette[i] = v->r.ar[i];
    return v != NULL;
}
