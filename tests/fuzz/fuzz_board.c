/*
 * fuzz_board.c - the whole board without a processor: configuration space, windows that move,
 * shadow RAM, bus masters with tables of any content, ACPI, APICs, fw_cfg, and every other port,
 * in any order, with time passing and the machine saved and loaded in between. Nothing may crash,
 * hang or write outside guest memory (the sanitizers watch); a reset brings the ROM back.
 */
#include "hw/pc.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { IMAGE = 256 * 512, PM_PORTS = 0xb000, BM_PORTS = 0xc000, PRD = 0x10000 };

static u8 image[IMAGE];

struct board_under_test {
    struct clock clock;
    struct pc *pc;
};

static void no_signal(void *opaque, int n, int level)
{
    (void)opaque, (void)n, (void)level;
}

/* On the heap: the board points into it. */
static struct board_under_test *begin(void)
{
    struct board_under_test *t = calloc(1, sizeof(*t));
    struct vm_config config = {.ram_mb = 2};
    struct irq line = {no_signal, NULL, 0};
    struct pc_signals signals = {line, line, line, line, line};
    struct err e;

    config.disk[0] = (struct vm_media){.bytes = image, .size = IMAGE};
    config.cdrom = (struct vm_media){.bytes = image, .size = IMAGE};
    clock_init(&t->clock);
    t->pc = pc_new(&config, &t->clock, &signals, &e);
    if (!t->pc)
        abort();
    pc_reset(t->pc);
    return t;
}

static void end(struct board_under_test *t)
{
    pc_free(t->pc, NULL);
    clock_free(&t->clock);
    free(t);
}

static u16 choose16(struct choices *c)
{
    u16 v = choose8(c);
    return (u16)(v | choose8(c) << 8);
}

/* Where it matters: the ports of the south bridge, the rest now and then. */
static u16 some_port(struct choices *c)
{
    static const u16 ports[] = {0xcf8, 0xcfc, 0xcfd, 0xcfe, 0xcff, 0xb2,  0x4d0, 0x4d1,
                                0x510, 0x511, 0x1f0, 0x1f1, 0x1f2, 0x1f3, 0x1f4, 0x1f5,
                                0x1f6, 0x1f7, 0x3f6, 0x170, 0x176, 0x177, 0x376, 0xcf9};
    u8 what = choose8(c);

    if (what < 0x60)
        return ports[what % ARRAY_SIZE(ports)];
    if (what < 0x80)
        return (u16)(PM_PORTS + (what & 15) + (what & 16) * 3);
    if (what < 0xa0)
        return (u16)(BM_PORTS + (what & 15));
    return choose16(c);
}

static u32 some_address(struct choices *c)
{
    static const u32 base[] = {0xa0000,    0xc0000,    0xe0000,    0xf0000, 0xe0000000, 0xfec00000,
                               0xfee00000, 0xfffc0000, 0xd8000000, PRD,     0x1ff000,   0x200000};
    u32 a = base[choose8(c) % ARRAY_SIZE(base)] + (choose16(c) & 0xffc);
    return a;
}

static void configure(struct board_under_test *t, struct choices *c)
{
    static const u8 function[] = {PCI_DEVFN(0, 0), PCI_DEVFN(1, 0), PCI_DEVFN(1, 1),
                                  PCI_DEVFN(1, 3), PCI_DEVFN(2, 0), PCI_DEVFN(3, 0)};
    static const u8 reg[] = {0x04, 0x10, 0x20, 0x30, 0x40, 0x58, 0x5c, 0x60, 0x72, 0x80, 0x3c};
    static const u32 value[] = {BM_PORTS, PM_PORTS, 0xd8000000, 0xe0000000, 0xffffffff, 0,
                                7,        0x3f0,    0xfec00001, 0xa0000,    0x33333333};
    u8 pick = choose8(c);

    pci_config_write(t->pc->pci, function[choose8(c) % ARRAY_SIZE(function)],
                     pick & 1 ? reg[pick % ARRAY_SIZE(reg)] & 0xfcu : pick & 0xfcu,
                     pick & 2 ? value[choose8(c) % ARRAY_SIZE(value)] : choose32(c), 4);
}

static void start_dma(struct board_under_test *t, struct choices *c)
{
    struct bus *bus = &t->pc->bus;
    u8 how = choose8(c), table[64];

    for (unsigned i = 0; i < sizeof(table); i++)
        table[i] = choose8(c);
    phys_write(&t->pc->phys, PRD, table, sizeof(table));
    pci_config_write(t->pc->pci, PCI_DEVFN(1, 1), 0x20, BM_PORTS, 4);
    pci_config_write(t->pc->pci, PCI_DEVFN(1, 1), 0x04, 5, 2);
    bus_out(bus, 0x1f6, 0xe0, 1);
    bus_out(bus, 0x1f2, how & 0x3f, 1);
    bus_out(bus, 0x1f7, how & 0x80 ? 0xc8 : 0xca, 1);
    bus_out(bus, BM_PORTS + 4, how & 0x40 ? choose32(c) : PRD, 4);
    bus_out(bus, BM_PORTS, how & 0x80 ? 9 : 1, 1);
}

/* A command of fw_cfg's DMA: any control word, length and target; sometimes it lies anywhere. */
static void start_fw_cfg(struct board_under_test *t, struct choices *c)
{
    u8 how = choose8(c), command[16] = {0, how & 0x3f, 0, choose8(c) & 0x1f};
    u32 at = how & 0x40 ? PRD : some_address(c);

    for (unsigned i = 4; i < sizeof(command); i++)
        command[i] = how & 0x80 && i < 12 ? 0 : choose8(c);
    phys_write(&t->pc->phys, at, command, sizeof(command));
    bus_out(&t->pc->bus, 0x518, __builtin_bswap32(at), 4);
}

static struct board_under_test *reload(struct board_under_test *t)
{
    struct state *s = state_new_save();
    size_t size;
    struct err e;

    clock_state(&t->clock, s);
    pc_state(t->pc, s);
    const u8 *bytes = state_ok(s) ? state_finish(s, &size) : NULL;
    if (!bytes)
        abort();
    struct board_under_test *other = begin();
    struct state *l = state_new_load(bytes, size, &e);
    clock_state(&other->clock, l);
    pc_state(other->pc, l);
    if (!state_ok(l))
        abort();
    state_free(l);
    state_free(s);
    end(t);
    return other;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    struct board_under_test *t = begin();
    unsigned reloads = 0;

    while (choices_left(&c)) {
        u8 what = choose8(&c);
        unsigned width = 1u << (what >> 4 & 3) % 3;
        switch (what & 15) {
        case 0:
        case 1:
        case 2:
        case 3:
            bus_out(&t->pc->bus, some_port(&c), choose32(&c), width);
            break;
        case 4:
        case 5:
            bus_in(&t->pc->bus, some_port(&c), width);
            break;
        case 6:
        case 7:
        case 8:
            configure(t, &c);
            break;
        case 9:
            phys_store(&t->pc->phys, some_address(&c), choose32(&c), width);
            break;
        case 10:
            phys_load(&t->pc->phys, some_address(&c), width);
            break;
        case 11:
            start_dma(t, &c);
            break;
        case 12:
            if (what < 0xe0)
                start_fw_cfg(t, &c);
            else if (reloads++ < 3)
                t = reload(t);
            break;
        default:
            clock_advance(&t->clock, t->clock.now + choose16(&c) * 1000ull);
            break;
        }
    }
    clock_advance(&t->clock, t->clock.now + 100 * NS_PER_MS);
    pc_reset(t->pc);
    if (phys_load(&t->pc->phys, 0xfffffff0, 1) == 0xff ||
        pci_config_read(t->pc->pci, 0, 0, 4) != 0x12378086)
        abort();
    end(t);
    return 0;
}
