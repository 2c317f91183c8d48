/*
 * fuzz_usb.c - the PIIX3's USB with a keyboard and a tablet under a hostile driver: registers,
 * schedules of any contents, input, time; a stick that gets packets of any contents; then a damaged
 * snapshot with a right checksum.
 */
#include "hw/chipset/uhci.h"
#include "hw/input/usb_hid.h"
#include "hw/storage/usb_disk.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/snapshot.h"

enum { AT = 0xc300, DEVFN = PCI_DEVFN(1, 2), LIST = 0x1000, POOL = 0x2000 };

struct rig {
    struct log log;
    struct clock clock;
    struct bus bus;
    struct phys phys;
    struct board board;
    struct pci *pci;
    struct uhci *uhci;
    struct usb_kbd *kbd;
    struct usb_tablet *tablet;
    struct usb_disk *stick; /* at no port */
};

static struct rig *begin(void)
{
    struct rig *r = calloc(1, sizeof(*r));
    if (!r || !bus_init(&r->bus, &r->log) || !phys_init(&r->phys, 1 << 20, &r->log))
        abort();
    clock_init(&r->clock);
    r->board = (struct board){&r->bus, &r->phys, &r->clock, &r->log, NULL};
    r->pci = (struct pci *)device_new(&pci_class, NULL);
    r->uhci = (struct uhci *)device_new(&uhci_class, NULL);
    r->kbd = (struct usb_kbd *)device_new(&usb_kbd_class, NULL);
    r->tablet = (struct usb_tablet *)device_new(&usb_tablet_class, NULL);
    r->stick = (struct usb_disk *)device_new(&usb_disk_class, NULL);
    static const u8 zero[40 * SECTOR_SIZE];
    struct media m = {.bytes = zero, .size = sizeof(zero)};
    usb_disk_attach(r->stick, disk_open(&m, DISK_HARD, false, NULL, NULL));
    pci_attach(r->pci, &r->uhci->pci, DEVFN);
    struct device *const all[] = {&r->pci->dev, &r->kbd->dev, &r->tablet->dev, &r->uhci->dev,
                                  &r->stick->dev};
    for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
        if (!device_realize(all[i], &r->board, NULL))
            abort();
    }
    r->uhci->port[0].function = &r->kbd->hid.function;
    r->uhci->port[1].function = &r->tablet->hid.function;
    for (unsigned i = 0; i < ARRAY_SIZE(all); i++)
        device_reset(all[i]);
    pci_config_write(r->pci, DEVFN, PCI_BAR0 + 16, AT, 4);
    pci_config_write(r->pci, DEVFN, PCI_COMMAND, PCI_IO_ENABLE | PCI_MASTER_ENABLE, 2);
    for (u32 i = 0; i < 1024; i++)
        put_le32(r->phys.ram + LIST + 4 * i, POOL | UHCI_QUEUE);
    put_le32(r->phys.ram + POOL, UHCI_TERMINATE);
    put_le32(r->phys.ram + POOL + 4, UHCI_TERMINATE);
    return r;
}

static void end(struct rig *r)
{
    device_free(&r->kbd->dev);
    device_free(&r->tablet->dev);
    device_free(&r->uhci->dev);
    struct disk *disk = r->stick->disk;
    device_free(&r->stick->dev);
    disk_close(disk, NULL);
    device_free(&r->pci->dev);
    clock_free(&r->clock);
    phys_free(&r->phys);
    bus_free(&r->bus);
    free(r);
}

/* A descriptor that is likely to do something, somewhere in the pool. */
static void descriptor(struct rig *r, struct choices *c)
{
    static const u8 pids[] = {USB_PID_IN, USB_PID_OUT, USB_PID_SETUP, USB_PID_IN};
    u8 where = choose8(c), how = choose8(c), next = choose8(c);
    u8 *td = r->phys.ram + POOL + 16 * (where & 31);
    u32 size = how & 1 ? 8 : choose8(c);
    put_le32(td, (POOL + 16u * (next & 31)) | (next >> 5));
    put_le32(td + 4, how & 2 ? choose32(c) : TD_ACTIVE | TD_IOC | 0x18000000u);
    put_le32(td + 8, pids[how >> 2 & 3] | (u32)(how >> 4 & 3) << 8 | (u32)(how >> 6) << 15 |
                         ((size - 1) & 0x7ff) << 21);
    put_le32(td + 12, 0x8000 + 8u * where);
    for (unsigned i = 0; i < 8 && how & 8; i++) /* a set-up packet */
        r->phys.ram[0x8000 + 8 * where + i] = choose8(c);
    if (how & 16)
        put_le32(r->phys.ram + POOL + 4, POOL + 16u * (where & 31));
}

/* A transaction with the stick: command blocks that are likely ones, data, a status, a reset. */
static void stick(struct rig *r, struct choices *c, u8 what)
{
    static const u8 codes[] = {0x28, 0x2a, 0x28, 0x2a, 0xa8, 0xaa, 0x12, 0x25,
                               0x1a, 0x1b, 0x03, 0x2f, 0x35, 0x00, 0x5a, 0x23};
    struct usb_function *f = &r->stick->function;
    u8 p[USB_DISK_PACKET + 1] = "USBC";
    unsigned size = choose8(c) % sizeof(p);
    if (what < 2) {
        put_le32(p + 8, what ? choose32(c) % 0x8000 : 64u * size);
        p[12] = size & 1 ? 0x80 : 0;
        p[14] = 16;
        p[15] = codes[choose8(c) & 15];
        p[20] = choose8(c) & 63; /* lba, blocks */
        p[23] = choose8(c) & 31;
        usb_out(f, USB_DISK_OUT, p, what ? USB_DISK_CBW : size);
    } else if (what < 4) {
        usb_out(f, USB_DISK_OUT, p, what == 2 ? USB_DISK_PACKET : size);
    } else if (what < 6) {
        usb_in(f, USB_DISK_IN, p, what == 4 ? USB_DISK_PACKET : size);
    } else if (what == 6) {
        f->halted[0] = f->halted[1] = 0;
    } else {
        f->kind->reset(f->owner);
        f->configuration = 1;
    }
}

static void step(struct rig *r, struct choices *c)
{
    u8 what = choose8(c);
    unsigned size = 1u << (what >> 4 & 3) % 3;
    switch (what & 7) {
    case 0:
        bus_out(&r->bus, (u16)(AT + choose8(c) % UHCI_WINDOW), choose32(c), size);
        break;
    case 1:
        bus_in(&r->bus, (u16)(AT + choose8(c) % UHCI_WINDOW), size);
        break;
    case 2:
        bus_out(&r->bus, AT + UHCI_FLBASE, LIST, 4);
        bus_out(&r->bus, AT + UHCI_PORTSC, PORT_PE, 2);
        bus_out(&r->bus, AT + UHCI_PORTSC + 2, PORT_PE, 2);
        bus_out(&r->bus, AT + UHCI_CMD, CMD_RS, 2);
        break;
    case 3:
        descriptor(r, c);
        break;
    case 4:
        if (what & 0x80)
            stick(r, c, what >> 4 & 7);
        else
            descriptor(r, c);
        break;
    case 5:
        usb_kbd_key(r->kbd, (enum key)(choose8(c) & 0x7f), what & 0x80);
        usb_tablet_point(r->tablet, choose16(c), (u16)(what << 8), (s8)choose8(c), what >> 4);
        break;
    case 6: /* a driver that has done its work, or a person */
        if ((what & 0xc0) == 0xc0)
            uhci_plug_port(r->uhci, what >> 4 & 1, what & 0x20);
        r->kbd->hid.function.configuration = 1;
        r->tablet->hid.function.configuration = 1;
        r->tablet->hid.function.address = 1;
        r->stick->function.configuration = 1;
        break;
    default:
        fuzz_advance(&r->clock, r->clock.now + choose32(c) % (8 * NS_PER_MS));
        break;
    }
}

static void whole_state(struct rig *r, struct state *s)
{
    clock_state(&r->clock, s);
    device_state(&r->pci->dev, s);
    device_state(&r->uhci->dev, s);
    device_state(&r->kbd->dev, s);
    device_state(&r->tablet->dev, s);
    device_state(&r->stick->dev, s);
}

#include "tests/fuzz/device_rounds.h"
