/*
 * fuzz_usb.c - the PIIX3's USB with a keyboard and a tablet under a hostile driver: registers,
 * schedules of any contents, input, time; then a damaged snapshot with a right checksum.
 */
#include "hw/chipset/uhci.h"
#include "hw/input/usb_hid.h"
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
    pci_attach(r->pci, &r->uhci->pci, DEVFN);
    struct device *const all[] = {&r->pci->dev, &r->kbd->dev, &r->tablet->dev, &r->uhci->dev};
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
    case 4:
        descriptor(r, c);
        break;
    case 5:
        usb_kbd_key(r->kbd, (enum key)(choose8(c) & 0x7f), what & 0x80);
        usb_tablet_point(r->tablet, choose16(c), (u16)(what << 8), (s8)choose8(c), what >> 4);
        break;
    case 6: /* a driver that has done its work */
        r->kbd->hid.function.configuration = 1;
        r->tablet->hid.function.configuration = 1;
        r->tablet->hid.function.address = 1;
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
}

#include "tests/fuzz/device_rounds.h"
