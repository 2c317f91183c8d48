/*
 * fuzz_net.c - the network card as a hostile guest and a hostile network see it: registers and
 * frames in any order, then a damaged snapshot of what came of it (with a right checksum), which
 * is used on if it was accepted.
 */
#include "hw/net/rtl8029.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/snapshot.h"

#include <stdlib.h>
#include <string.h>

enum { IO = 0x300 };

struct rig {
    struct clock clock;
    struct bus bus;
    struct phys phys;
    struct board board;
    struct ne2000 *isa;
    struct rtl8029 *pci_card;
    struct pci *pci;
};

static void check_frame(void *opaque, const u8 *frame, size_t size)
{
    u32 *sum = opaque;
    if (size < NET_HEADER || size > NET_MAX)
        abort();
    for (size_t i = 0; i < size; i++) /* a sanitizer sees what was never written */
        *sum += frame[i];
}

static void rig_init(struct rig *r, u32 *sum)
{
    *r = (struct rig){0};
    clock_init(&r->clock);
    if (!bus_init(&r->bus, NULL) || !phys_init(&r->phys, 1 << 20, NULL))
        abort();
    r->board = (struct board){&r->bus, &r->phys, &r->clock, NULL, NULL};
    r->isa = (struct ne2000 *)device_new(&ne2000_class, NULL);
    r->pci = (struct pci *)device_new(&pci_class, NULL);
    r->pci_card = (struct rtl8029 *)device_new(&rtl8029_class, NULL);
    r->isa->base = IO;
    r->isa->card.nic.out = r->pci_card->card.nic.out = (struct net_port){check_frame, sum};
    pci_attach(r->pci, &r->pci_card->pci, PCI_DEVFN(3, 0));
    struct device *const all[] = {&r->pci->dev, &r->isa->dev, &r->pci_card->dev};
    for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
        if (!device_realize(all[i], &r->board, NULL))
            abort();
        device_reset(all[i]);
    }
    pci_config_write(r->pci, PCI_DEVFN(3, 0), PCI_BAR0, 0xc000, 4);
    pci_config_write(r->pci, PCI_DEVFN(3, 0), PCI_COMMAND, PCI_IO_ENABLE, 2);
}

static void rig_free(struct rig *r)
{
    device_free(&r->isa->dev);
    device_free(&r->pci_card->dev);
    device_free(&r->pci->dev);
    clock_free(&r->clock);
    phys_free(&r->phys);
    bus_free(&r->bus);
}

/* A frame that the card is likely to want. */
static void receive(struct dp8390 *n, struct choices *c)
{
    u8 frame[2048];
    u32 how = choose32(c);
    size_t size = how % sizeof(frame);
    memset(frame, (int)(how >> 11), sizeof(frame));
    if (how >> 24 & 1)
        memcpy(frame, n->par, NET_ADDRESS);
    else if (how >> 24 & 2)
        memset(frame, 0xff, NET_ADDRESS);
    u8 *exact = malloc(size ? size : 1);
    memcpy(exact, frame, size);
    dp8390_receive(n, exact, size);
    free(exact);
}

static void step(struct rig *r, struct choices *c)
{
    u8 what = choose8(c);
    u16 base = what & 0x80 ? 0xc000 : IO;
    u16 port = (u16)(base + (choose8(c) % NE2000_PORTS));
    unsigned size = 1u << (what >> 4 & 3) % 3;
    switch (what & 7) {
    case 0:
    case 1:
    case 2:
        bus_out(&r->bus, port, choose32(c), size);
        break;
    case 3:
        bus_in(&r->bus, port, size);
        break;
    case 4: /* started, with a ring that makes sense now and then */
        bus_out(&r->bus, base, 0x22, 1);
        bus_out(&r->bus, (u16)(base + NIC_TCR), 0, 1);
        break;
    case 5:
        fuzz_advance(&r->clock, r->clock.now + choose32(c) % (2 * NS_PER_MS));
        break;
    default:
        receive(base == IO ? &r->isa->card.nic : &r->pci_card->card.nic, c);
        break;
    }
}

static void whole_state(void *opaque, struct state *s)
{
    struct rig *r = opaque;
    clock_state(&r->clock, s);
    device_state(&r->pci->dev, s);
    device_state(&r->isa->dev, s);
    device_state(&r->pci_card->dev, s);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size / 2};
    static struct rig r;
    u32 sum = 0;
    size_t length;

    rig_init(&r, &sum);
    while (choices_left(&c))
        step(&r, &c);
    u8 *bytes = snapshot_save(whole_state, &r, &length);
    rig_free(&r);

    rig_init(&r, &sum);
    if (!snapshot_load(whole_state, &r, bytes, length))
        abort(); /* undamaged, it must load */
    rig_free(&r);

    c.end = data + size;
    for (unsigned n = choose8(&c) % 4 + 1; n; n--)
        bytes[SNAPSHOT_HEADER + choose32(&c) % (length - SNAPSHOT_HEADER)] = choose8(&c);
    snapshot_seal(bytes, length);
    rig_init(&r, &sum);
    if (snapshot_load(whole_state, &r, bytes, length)) {
        while (choices_left(&c) && r.clock.now < UINT64_MAX / 2)
            step(&r, &c);
    }
    rig_free(&r);
    free(bytes);
    return 0;
}
