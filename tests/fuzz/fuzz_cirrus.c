/*
 * fuzz_cirrus.c - a CL-GD5446, or a CL-GD5430 on the ISA bus, with any registers and blits: data
 * and memory accesses of any kind in between, pictures, windows that move, then a damaged snapshot
 * with a right checksum that goes on.
 */
#include "hw/base/screen.h"
#include "hw/video/cirrus.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/snapshot.h"

#define FRAME VGA_LFB
#define ISA_FRAME (14u << 20) /* by SR7 */
enum { SLOT = PCI_DEVFN(2, 0), PICTURES = 3 };

struct card {
    struct log log;
    struct clock clock;
    struct bus bus;
    struct phys phys;
    struct board board;
    struct device *pci, *device; /* pci: the bus, NULL on ISA */
    unsigned pictures;
};

static struct card *begin(bool isa)
{
    struct card *t = calloc(1, sizeof(*t));
    struct err e;
    if (!t || !bus_init(&t->bus, &t->log) || !phys_init(&t->phys, 1 << 20, &t->log))
        abort();
    clock_init(&t->clock);
    t->board = (struct board){&t->bus, &t->phys, &t->clock, &t->log, NULL};
    t->device = device_new(isa ? &cirrus_isa_class : &cirrus_class, NULL);
    ((struct cirrus *)t->device)->vga.memory_mb = 1;
    if (!isa) {
        t->pci = device_new(&pci_class, NULL);
        pci_attach((struct pci *)t->pci, &((struct cirrus *)t->device)->pci, SLOT);
        if (!device_realize(t->pci, &t->board, &e))
            abort();
        device_reset(t->pci);
    }
    if (!device_realize(t->device, &t->board, &e))
        abort();
    device_reset(t->device);
    return t;
}

static void end(struct card *t)
{
    device_free(t->device);
    if (t->pci)
        device_free(t->pci);
    clock_free(&t->clock);
    phys_free(&t->phys);
    bus_free(&t->bus);
    free(t);
}

static void look(struct card *t)
{
    struct screen screen;
    if (t->pictures++ >= PICTURES)
        return;
    vga_render((struct vga *)t->device, &screen, 0);
    volatile u32 sum = 0; /* a sanitizer sees what is not there */
    for (size_t i = 0; i < (size_t)screen.width * screen.height; i++)
        sum = sum + screen.pixels[i];
}

static u32 frame(const struct card *t)
{
    return t->pci ? FRAME : ISA_FRAME;
}

static u32 address(struct choices *c)
{
    static const u32 places[] = {0xa0000,
                                 0xa8000,
                                 0xb8000,
                                 FRAME,
                                 FRAME + 0xfff00,
                                 FRAME + (4 << 20),
                                 FRAME + (9 << 20),
                                 FRAME + (16 << 20),
                                 0xf0000100,
                                 ISA_FRAME,
                                 ISA_FRAME + 0xfff00};
    return places[choose8(c) % ARRAY_SIZE(places)] + (choose16(c) & 0xffff);
}

static void set(struct card *t, u16 port, u8 index, u8 value)
{
    bus_out(&t->bus, port, index, 1);
    bus_out(&t->bus, port + 1, value, 1);
}

/* A whole blit, with sizes that do not take all of the run. */
static void blit(struct card *t, struct choices *c)
{
    for (u8 i = 0x20; i < 0x3a; i++) {
        if (i == 0x31)
            continue;
        set(t, 0x3ce, i, i == 0x21 || i == 0x23 ? choose8(c) & 1 : choose8(c));
    }
    set(t, 0x3ce, 0x31, 2);
}

static void step(struct card *t, struct choices *c)
{
    static const u16 indexed[] = {0x3c4, 0x3ce, 0x3d4};
    u8 what = choose8(c);
    unsigned size = 1u << (what >> 3 & 3) % 3;
    u16 port = indexed[what % 3];

    switch (what >> 5) {
    case 0:
    case 1:
        what = choose8(c);
        set(t, port, what, choose8(c));
        bus_in(&t->bus, port + 1, 1);
        break;
    case 2:
        blit(t, c);
        break;
    case 3:
        phys_store(&t->phys, address(c) & ~(size - 1), choose32(c), size);
        break;
    case 4:
        phys_load(&t->phys, address(c) & ~(size - 1), size);
        break;
    case 5:
        fuzz_advance(&t->clock, t->clock.now + (u64)choose16(c) * 500);
        break;
    case 6:
        if (what & 1)
            bus_out(&t->bus, 0x3c0 + (choose8(c) & 15), choose8(c), 1);
        else if (!t->pci) /* the window to where it is looked for, or anywhere */
            set(t, 0x3c4, 7, what & 2 ? (ISA_FRAME >> 16 | 1) : choose8(c));
        else
            pci_config_write((struct pci *)t->pci, SLOT, choose8(c) & 0xfc,
                             what & 2 ? 0xf0000000 : choose32(c), 4);
        break;
    default:
        if (what & 1)
            look(t);
        else
            for (unsigned i = what >> 1 & 15; i; i--) /* data, more of them */
                phys_store(&t->phys, frame(t) + 4 * i, choose8(c) * 0x01010101u, 4);
        break;
    }
}

static void both_states(void *opaque, struct state *s)
{
    struct card *t = opaque;
    clock_state(&t->clock, s);
    if (t->pci)
        device_state(t->pci, s);
    device_state(t->device, s);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size / 2};
    bool isa = choose8(&c) & 1;
    struct card *t = begin(isa), *other;
    size_t length, again;
    while (choices_left(&c))
        step(t, &c);
    u8 *bytes = snapshot_save(both_states, t, &length), *damaged = malloc(length);
    if (!damaged)
        abort();
    struct snapshot_fields fields = snapshot_fields(bytes, length);
    memcpy(damaged, bytes, length);
    c.end = data + size;
    snapshot_damage(damaged, &fields, 0, &c);
    snapshot_seal(damaged, length);
    if (!snapshot_load(both_states, t, damaged, length) &&
        !snapshot_load(both_states, t, bytes, length))
        abort();
    t->pictures = 0;
    while (choices_left(&c))
        step(t, &c);
    look(t);
    free(fields.field);
    free(damaged);
    free(bytes);
    bytes = snapshot_save(both_states, t, &again);
    other = begin(isa);
    if (!snapshot_load(both_states, other, bytes, again))
        abort();
    free(bytes);
    end(other);
    end(t);
    return 0;
}
