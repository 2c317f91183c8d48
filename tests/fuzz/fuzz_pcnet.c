/*
 * fuzz_pcnet.c - the PCnet-PCI II as a hostile guest and a hostile network see it: registers, rings
 * of any contents anywhere in memory, frames, time; then a damaged snapshot of what came of it
 * (with a right checksum), which is used on if it was accepted.
 */
#include "hw/net/pcnet.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/snapshot.h"

enum { AT = 0xc000, SLOT = 3, MEMORY = 1 << 20 };
#define WINDOW 0xe0000000u

struct rig {
    struct clock clock;
    struct bus bus;
    struct phys phys;
    struct board board;
    struct pci *pci;
    struct pcnet *card;
    u32 sum;
};

static void check_frame(void *opaque, const u8 *frame, size_t size)
{
    struct rig *r = opaque;
    if (size < NET_HEADER || size > NET_MAX)
        abort();
    for (size_t i = 0; i < size; i++) /* a sanitizer sees what was never written */
        r->sum += frame[i];
}

static void configure(struct rig *r, unsigned reg, u32 v, unsigned size)
{
    pci_config_write(r->pci, PCI_DEVFN(SLOT, 0), reg, v, size);
}

static struct rig *begin(void)
{
    struct rig *r = calloc(1, sizeof(*r));
    if (!r || !bus_init(&r->bus, NULL) || !phys_init(&r->phys, MEMORY, NULL))
        abort();
    clock_init(&r->clock);
    r->board = (struct board){&r->bus, &r->phys, &r->clock, NULL, NULL};
    r->pci = (struct pci *)device_new(&pci_class, NULL);
    r->card = (struct pcnet *)device_new(&pcnet_class, NULL);
    r->card->out = (struct net_port){check_frame, r};
    pci_attach(r->pci, &r->card->pci, PCI_DEVFN(SLOT, 0));
    if (!device_realize(&r->pci->dev, &r->board, NULL) ||
        !device_realize(&r->card->dev, &r->board, NULL))
        abort();
    device_reset(&r->pci->dev);
    device_reset(&r->card->dev);
    configure(r, PCI_BAR0, AT, 4);
    configure(r, PCI_BAR0 + 4, WINDOW, 4);
    configure(r, PCI_COMMAND, PCI_IO_ENABLE | PCI_MEMORY_ENABLE | PCI_MASTER_ENABLE, 2);
    return r;
}

static void end(struct rig *r)
{
    device_free(&r->card->dev);
    device_free(&r->pci->dev);
    clock_free(&r->clock);
    phys_free(&r->phys);
    bus_free(&r->bus);
    free(r);
}

static void set_csr(struct rig *r, u16 n, u16 v)
{
    bus_out(&r->bus, AT + PCNET_WIO_RAP, n, 2);
    bus_out(&r->bus, AT + PCNET_WIO_RDP, v, 2);
}

/* A frame that the card is likely to want. */
static void receive(struct rig *r, struct choices *c)
{
    u32 how = choose32(c);
    size_t size = how % (NET_MAX + 40);
    u8 *frame = malloc(size + NET_ADDRESS);
    if (!frame)
        abort();
    memset(frame, (int)(how >> 11), size + NET_ADDRESS);
    if (how >> 24 & 1)
        memcpy(frame, r->card->mac, NET_ADDRESS);
    else if (how >> 24 & 2)
        memset(frame, 0xff, NET_ADDRESS);
    u8 *exact = realloc(frame, size ? size : 1);
    pcnet_receive(r->card, exact, size);
    free(exact);
}

/* Rings at a place that the input chooses, of descriptors that make some sense. */
static void start(struct rig *r, struct choices *c)
{
    u8 block[28];
    u32 rings = choose32(c) & 0x0fff0, style = choose8(c) & 3, where = choose8(c);
    for (unsigned i = 0; i < sizeof(block); i++)
        block[i] = choose8(c);
    u32 at = style ? 20 : 16, base = where & 0xc0 ? 0 : where & 0x20 ? 0xfff00000 : 0x01000000;
    put_le32(block + at, (style ? base : get_le32(block + at) & 0xe0000000) | rings);
    put_le32(block + at + 4, (style ? base : get_le32(block + at + 4) & 0xe0000000) | rings);
    phys_write(&r->phys, 0x1000, block, sizeof(block));
    for (unsigned i = 0; i < 64; i++) {
        u32 v = choose32(c);
        phys_write(&r->phys, rings + 4 * i, &v, choices_left(c) ? 4 : 0);
    }
    set_csr(r, 0, CSR0_STOP);
    bus_out(&r->bus, AT + PCNET_WIO_RAP, BCR_SWS, 2);
    bus_out(&r->bus, AT + PCNET_WIO_BDP, style, 2);
    set_csr(r, 1, 0x1000);
    set_csr(r, 2, 0);
    set_csr(r, 0, CSR0_INIT | CSR0_STRT | CSR0_IENA);
    fuzz_advance(&r->clock, r->clock.now + 10000);
}

static void step(struct rig *r, struct choices *c)
{
    u8 what = choose8(c), offset = choose8(c);
    u16 port = (u16)(AT + offset % PCNET_PORTS);
    unsigned size = 1u << (what >> 4 & 3) % 3;
    switch (what & 7) {
    case 0:
        bus_out(&r->bus, port, choose32(c), size);
        break;
    case 1:
        bus_in(&r->bus, port, size);
        break;
    case 2:
        set_csr(r, offset, choose16(c));
        break;
    case 3:
        phys_store(&r->phys, WINDOW + offset, choose32(c), size);
        r->sum += (u32)phys_load(&r->phys, WINDOW + offset, size);
        break;
    case 4:
        start(r, c);
        break;
    case 5:
        fuzz_advance(&r->clock, r->clock.now + choose32(c) % (2 * NS_PER_MS));
        break;
    case 6:
        phys_store(&r->phys, choose32(c) & 0x1fffc, choose32(c), 4);
        set_csr(r, 0, CSR0_TDMD | CSR0_IENA);
        break;
    default:
        receive(r, c);
        break;
    }
}

static void whole_state(struct rig *r, struct state *s)
{
    clock_state(&r->clock, s);
    device_state(&r->pci->dev, s);
    device_state(&r->card->dev, s);
}

#include "tests/fuzz/device_rounds.h"
