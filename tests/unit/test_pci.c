/*
 * test_pci.c - configuration mechanism #1, base address registers that are sized, moved, laid over
 * each other and over what must not be covered; interrupt pins; shadow RAM of the host bridge.
 */
#include "roundtrip.h"

#include "hw/chipset/i440fx.h"
#include "hw/chipset/pci.h"

/* ---- a card with one window of each kind ---- */

struct card {
    struct device dev;
    struct pci_function pci;
    u8 ram[0x4000], rom[0x1000];
    u32 last;
};

static u32 card_in(void *dev, u16 port, unsigned size)
{
    (void)dev, (void)size;
    return 0xc0 | (port & 15);
}

static void card_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)port, (void)size;
    ((struct card *)dev)->last = value;
}

static u32 card_read(void *dev, u32 addr, unsigned size)
{
    (void)dev, (void)size;
    return addr & 0xfff;
}

static void card_write(void *dev, u32 addr, u32 value, unsigned size)
{
    (void)addr, (void)size;
    ((struct card *)dev)->last = value;
}

static const struct port_ops card_ports = {card_in, card_out, 1};
static const struct mmio_ops card_mmio = {card_read, card_write};

static bool card_realize(struct device *d, const struct board *b, struct err *e)
{
    struct card *c = (struct card *)d;
    (void)b, (void)e;
    pci_init(&c->pci, d->name, c, 0xabcd, 0x1234, 0x0280, 0, 1);
    c->pci.config[PCI_INTERRUPT_PIN] = 1;
    struct pci_window ports = {.kind = PCI_PORTS, .size = 16, .ports = &card_ports, .dev = c};
    struct pci_window mmio = {.kind = PCI_MMIO, .size = 0x1000, .mmio = &card_mmio, .dev = c};
    struct pci_window ram = {
        .kind = PCI_RAM, .size = sizeof(c->ram), .host = c->ram, .prefetchable = true};
    struct pci_window rom = {.kind = PCI_ROM, .size = sizeof(c->rom), .host = c->rom};
    pci_bar(&c->pci, 0, &ports);
    pci_bar(&c->pci, 1, &mmio);
    pci_bar(&c->pci, 3, &ram);
    pci_bar(&c->pci, PCI_WINDOW_ROM, &rom);
    memset(c->rom, 0x5a, sizeof(c->rom));
    return true;
}

static void card_reset(struct device *d)
{
    pci_function_reset(&((struct card *)d)->pci);
}

static void card_state(struct device *d, struct state *s)
{
    struct card *c = (struct card *)d;
    pci_function_state(&c->pci, s);
    state_bytes(s, "ram", c->ram, sizeof(c->ram));
}

static const struct device_class card_class = {.name = "card",
                                               .size = sizeof(struct card),
                                               .state_version = 1,
                                               .realize = card_realize,
                                               .reset = card_reset,
                                               .state = card_state};

static struct bench b;
static struct card *card;
static struct pci *pci;
static u32 isa_written;

static u32 isa_in(void *dev, u16 port, unsigned size)
{
    (void)dev, (void)size;
    return port & 0xff;
}

static void isa_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)dev, (void)size;
    isa_written = (u32)port << 8 | value;
}

static const struct port_ops isa_ops = {isa_in, isa_out, 1};

enum { CARD = PCI_DEVFN(3, 0) };

static struct pci *new_pci(struct bench *bench)
{
    struct pci *p = (struct pci *)device_new(&pci_class, NULL);
    p->isa = &isa_ops;
    for (int i = 0; i < PCI_PIRQS; i++)
        p->pirq[i] = bench_line(bench, i);
    bench->extra = &p->dev;
    return p;
}

static struct device *make(struct bench *bench)
{
    struct pci *p = new_pci(bench);
    struct card *c = (struct card *)device_new(&card_class, NULL);
    pci_attach(p, &c->pci, CARD);
    bench_start(bench, &p->dev);
    bench_start(bench, &c->dev);
    /* Two neighbours at fixed ports. */
    bus_claim(&bench->bus, 0x20, 2, &isa_ops, NULL, "fixed");
    bus_claim(&bench->bus, 0x60, 1, &isa_ops, NULL, "fixed");
    return &c->dev;
}

static void setup(void)
{
    bench_init(&b);
    card = (struct card *)make(&b);
    pci = (struct pci *)b.extra;
    isa_written = 0;
}

static void teardown(void)
{
    bench_free(&b, &card->dev);
}

static u32 cfg(unsigned reg, unsigned size)
{
    bus_out(&b.bus, 0xcf8, 0x80000000u | CARD << 8 | (reg & 0xfc), 4);
    return bus_in(&b.bus, (u16)(0xcfc + (reg & 3)), size);
}

static void set(unsigned reg, u32 value, unsigned size)
{
    bus_out(&b.bus, 0xcf8, 0x80000000u | CARD << 8 | (reg & 0xfc), 4);
    bus_out(&b.bus, (u16)(0xcfc + (reg & 3)), value, size);
}

START_TEST(mechanism)
{
    ck_assert_uint_eq(cfg(0, 4), 0x1234abcd);
    ck_assert_uint_eq(bus_in(&b.bus, 0xcf8, 4), 0x80001800);
    ck_assert_uint_eq(cfg(0, 2), 0xabcd);
    ck_assert_uint_eq(cfg(2, 2), 0x1234);
    ck_assert_uint_eq(cfg(3, 1), 0x12);
    ck_assert_uint_eq(cfg(0x0a, 2), 0x0280);
    /* Nobody there, another bus, the enable bit clear: all ones. */
    static const u32 nobody[] = {0x80002000, 0x80011800, 0x00001800, 0x80001900};
    for (size_t i = 0; i < ARRAY_SIZE(nobody); i++) {
        bus_out(&b.bus, 0xcf8, nobody[i], 4);
        ck_assert_uint_eq(bus_in(&b.bus, 0xcfc, 4), 0xffffffff);
        bus_out(&b.bus, 0xcfc, 0, 4);
    }
    /* Narrow accesses at CF8h-CFBh are the ISA bus's. */
    bus_out(&b.bus, 0xcf8, 0x80001800, 4);
    out8(&b, 0xcf9, 0x06);
    ck_assert_uint_eq(isa_written, 0xcf906);
    ck_assert_uint_eq(in8(&b, 0xcf9), 0xf9);
    ck_assert_uint_eq(bus_in(&b.bus, 0xcf8, 4), 0x80001800);
    /* Identity cannot be written, the interrupt line can. */
    set(0, 0, 4);
    ck_assert_uint_eq(cfg(0, 4), 0x1234abcd);
    set(PCI_INTERRUPT_LINE, 11, 1);
    set(PCI_INTERRUPT_PIN, 4, 1);
    ck_assert_uint_eq(cfg(PCI_INTERRUPT_LINE, 2), 0x010b);
}
END_TEST

START_TEST(sizing)
{
    static const struct {
        unsigned reg;
        u32 answer;
    } row[] = {{0x10, 0xfffffff1}, {0x14, 0xfffff000}, {0x18, 0},         {0x1c, 0xffffc008},
               {0x20, 0},          {0x24, 0},          {0x30, 0xfffff001}};
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        set(row[i].reg, 0xffffffff, 4);
        ck_assert_uint_eq(cfg(row[i].reg, 4), row[i].answer);
    }
}
END_TEST

START_TEST(windows_decode_and_move)
{
    set(0x10, 0xc000, 4);
    set(0x14, 0xf0000000, 4);
    set(0x1c, 0xf1000000, 4);
    set(0x30, 0xf2000001, 4);
    ck_assert_uint_eq(in8(&b, 0xc003), 0xff); /* not enabled yet */
    ck_assert_uint_eq(phys_load(&b.phys, 0xf0000010, 4), 0xffffffff);
    set(PCI_COMMAND, PCI_IO_ENABLE, 2);
    ck_assert_uint_eq(in8(&b, 0xc003), 0xc3);
    ck_assert_uint_eq(phys_load(&b.phys, 0xf0000010, 4), 0xffffffff);
    set(PCI_COMMAND, PCI_IO_ENABLE | PCI_MEMORY_ENABLE, 2);
    ck_assert_uint_eq(phys_load(&b.phys, 0xf0000010, 4), 0x10);
    phys_store(&b.phys, 0xf1003fff, 0x77, 1);
    ck_assert_uint_eq(card->ram[0x3fff], 0x77);
    ck_assert_uint_eq(phys_load(&b.phys, 0xf2000800, 1), 0x5a);
    set(0x30, 0xf2000000, 4); /* the ROM has an enable bit of its own */
    ck_assert_uint_eq(phys_load(&b.phys, 0xf2000800, 1), 0xff);
    set(0x10, 0xd000, 4);
    ck_assert_uint_eq(in8(&b, 0xc003), 0xff);
    ck_assert_uint_eq(in8(&b, 0xd00f), 0xcf);
    set(0x14, 0xf3, 1); /* a byte of it: not to be changed */
    ck_assert_uint_eq(cfg(0x14, 4), 0xf0000000);
    round_trip(&b, &card->dev, make);
    device_reset(&card->dev);
    ck_assert_uint_eq(in8(&b, 0xd00f), 0xff);
    ck_assert_uint_eq(phys_load(&b.phys, 0xf0000010, 4), 0xffffffff);
}
END_TEST

START_TEST(what_must_not_be_covered)
{
    set(PCI_COMMAND, PCI_IO_ENABLE | PCI_MEMORY_ENABLE, 2);
    set(0x10, 0x20, 4);
    ck_assert_uint_eq(in8(&b, 0x21), 0x21);
    set(0x10, 0xfff8, 4); /* becomes FFF0h: the last ports there are */
    ck_assert_uint_eq(in8(&b, 0xffff), 0xcf);
    set(0x10, 0x0001fff0, 4); /* beyond the last port */
    ck_assert_uint_eq(in8(&b, 0xfff0), 0xff);
    phys_store(&b.phys, 0x8000, 0x1234, 2);
    static const u32 memory[] = {0, 0x8000, 0xfffff000, 0xfec00000, 0xfee00000, 0xfebfe000};
    for (size_t i = 0; i < ARRAY_SIZE(memory); i++) {
        set(0x1c, memory[i], 4);
        bool decodes = memory[i] == 0xfebfe000; /* aligned down to FEBFC000h: just below */
        ck_assert_int_eq(card->pci.window[3].mapped, decodes);
        ck_assert_uint_eq(phys_load(&b.phys, 0x8000, 2), 0x1234);
    }
    /* Of two that overlap the first one stays, and the other comes back when it goes. */
    set(0x14, 0xf0001000, 4);
    set(0x1c, 0xf0000000, 4);
    ck_assert_uint_eq(phys_load(&b.phys, 0xf0001004, 4), 4);
    ck_assert(!card->pci.window[3].mapped);
    set(0x14, 0xf4000000, 4);
    ck_assert_uint_eq(phys_load(&b.phys, 0xf0001004, 4), 0);
    ck_assert(card->pci.window[3].mapped);
    round_trip(&b, &card->dev, make);
}
END_TEST

START_TEST(interrupt_pins)
{
    pci_set_interrupt(&card->pci, true); /* slot 3, INTA: PIRQC */
    ck_assert_int_eq(b.level[2], 1);
    pci_set_interrupt(&card->pci, true);
    ck_assert_int_eq(b.rises[2], 1);
    round_trip(&b, &card->dev, make);
    device_reset(&card->dev);
    ck_assert_int_eq(b.level[2], 0);
}
END_TEST

START_TEST(foreign_state)
{
    const u8 *bytes;
    size_t size;
    struct err e;
    struct state *saved = bench_save(&b, &card->dev, &bytes, &size);
    card->pci.config[PCI_DEVICE_ID] ^= 1; /* as if another card were in the slot */
    struct state *s = state_new_load(bytes, size, &e);
    clock_state(&b.clock, s);
    device_state(&card->dev, s);
    ck_assert(!state_ok(s));
    ck_assert_ptr_nonnull(strstr(state_error(s), "03.0"));
    state_free(s);
    state_free(saved);
}
END_TEST

START_TEST(config_storm)
{
    struct storm r = {77};
    phys_store(&b.phys, 0x1000, 0xfeedface, 4);
    for (int i = 0; i < 20000; i++) {
        u32 v = storm_next(&r), reg = v >> 8 & 63, value = storm_next(&r);
        unsigned size = 1u << (v % 3);
        if (v >> 16 & 1)
            reg &= 0x37; /* mostly where it matters */
        if (v >> 17 & 1)
            value &= 0xfff0ffff;
        set(reg & ~(size - 1), value, size);
        cfg(storm_next(&r) & 0xfc, 4);
        if (card->pci.window[3].mapped)
            phys_store(&b.phys, card->pci.window[3].at + (value & 0x3ffc), v, 4);
        ck_assert_uint_eq(in8(&b, 0x60), 0x60);
        ck_assert_uint_eq(phys_load(&b.phys, 0x1000, 4), 0xfeedface);
        if (i % 2000 == 0)
            round_trip(&b, &card->dev, make);
    }
}
END_TEST

/* ---- host bridge ---- */

static struct i440fx *bridge;
static u8 rom_bytes[0x20000];

static struct device *make_bridge(struct bench *bench)
{
    struct pci *p = new_pci(bench);
    struct i440fx *h = (struct i440fx *)device_new(&i440fx_class, NULL);
    pci_attach(p, &h->pci, 0);
    phys_unmap(&bench->phys, 0xa0000, 0x60000);
    phys_map_rom(&bench->phys, 0xe0000, 0x20000, rom_bytes);
    bench_start(bench, &p->dev);
    struct err e;
    ck_assert(device_realize(&h->dev, &bench->board, &e));
    i440fx_take_roms(h);
    device_reset(&h->dev);
    return &h->dev;
}

static void setup_bridge(void)
{
    bench_init(&b);
    memset(rom_bytes, 0x11, sizeof(rom_bytes));
    bridge = (struct i440fx *)make_bridge(&b);
    pci = (struct pci *)b.extra;
}

static void teardown_bridge(void)
{
    bench_free(&b, &bridge->dev);
}

static u8 at(u32 addr)
{
    return (u8)phys_load(&b.phys, addr, 1);
}

START_TEST(shadow_ram)
{
    static const struct {
        u32 base, size;
        unsigned reg, shift;
    } seg[] = {{0xf0000, 0x10000, 0x59, 4}, {0xc0000, 0x4000, 0x5a, 0}, {0xc4000, 0x4000, 0x5a, 4},
               {0xc8000, 0x4000, 0x5b, 0},  {0xcc000, 0x4000, 0x5b, 4}, {0xd0000, 0x4000, 0x5c, 0},
               {0xd4000, 0x4000, 0x5c, 4},  {0xd8000, 0x4000, 0x5d, 0}, {0xdc000, 0x4000, 0x5d, 4},
               {0xe0000, 0x4000, 0x5e, 0},  {0xe4000, 0x4000, 0x5e, 4}, {0xe8000, 0x4000, 0x5f, 0},
               {0xec000, 0x4000, 0x5f, 4}};
    for (size_t i = 0; i < ARRAY_SIZE(seg); i++) {
        u32 first = seg[i].base, last = first + seg[i].size - 1;
        u8 bus = first >= 0xe0000 ? 0x11 : 0xff;
        ck_assert_uint_eq(at(first), bus);
        ck_assert_uint_eq(at(last), bus);
        /* Written to DRAM while the bus is read: how a BIOS copies itself in place. */
        pci_config_write(pci, 0, seg[i].reg, 2u << seg[i].shift, 1);
        phys_store(&b.phys, first, 0x22, 1);
        phys_store(&b.phys, last - 3, 0x33443344, 4);
        ck_assert_uint_eq(at(first), bus);
        ck_assert_uint_eq(phys_load(&b.phys, last - 3, 4), bus * 0x01010101u);
        round_trip(&b, &bridge->dev, make_bridge);
        pci_config_write(pci, 0, seg[i].reg, 1u << seg[i].shift, 1);
        ck_assert_uint_eq(at(first), 0x22);
        ck_assert_uint_eq(at(last), 0x33);
        phys_store(&b.phys, first, 0x55, 1); /* write-protected */
        ck_assert_uint_eq(at(first), 0x22);
        pci_config_write(pci, 0, seg[i].reg, 3u << seg[i].shift, 1);
        phys_store(&b.phys, first, 0x55, 1);
        ck_assert_uint_eq(at(first), 0x55);
        /* The neighbours are as they were. */
        if (last < 0xfffff)
            ck_assert_uint_eq(at(last + 1), last + 1 >= 0xe0000 ? 0x11 : 0xff);
        ck_assert_uint_eq(at(first - 1), first - 1 >= 0xe0000 ? 0x11 : 0xff);
        pci_config_write(pci, 0, seg[i].reg, 0, 1);
        ck_assert_uint_eq(at(first), bus);
    }
    pci_config_write(pci, 0, 0x58, 0x33333333, 4);
    pci_config_write(pci, 0, 0x5c, 0xffffffff, 4);
    ck_assert_uint_eq(pci_config_read(pci, 0, 0x5c, 4), 0x33333333);
    ck_assert_uint_eq(pci_config_read(pci, 0, 0x59, 1), 0x30);
    ck_assert_uint_eq(at(0xf0000), 0x55);
    device_reset(&bridge->dev);
    ck_assert_uint_eq(at(0xf0000), 0x11);
    ck_assert_uint_eq(at(0xc0000), 0xff);
}
END_TEST

START_TEST(host_bridge_registers)
{
    ck_assert_uint_eq(pci_config_read(pci, 0, 0, 4), 0x12378086);
    ck_assert_uint_eq(pci_config_read(pci, 0, 0x72, 1), 0x02);
    pci_config_write(pci, 0, 0x72, 0x4a, 1);
    ck_assert_uint_eq(pci_config_read(pci, 0, 0x72, 1), 0x4a);
    pci_config_write(pci, 0, 0x72, 0x5a, 1); /* D_LCK closes D_OPEN and itself */
    ck_assert_uint_eq(pci_config_read(pci, 0, 0x72, 1), 0x1a);
    pci_config_write(pci, 0, 0x72, 0x40, 1);
    ck_assert_uint_eq(pci_config_read(pci, 0, 0x72, 1), 0x1a);
    round_trip(&b, &bridge->dev, make_bridge);
    device_reset(&bridge->dev);
    ck_assert_uint_eq(pci_config_read(pci, 0, 0x72, 1), 0x02);
}
END_TEST

START_TEST(bridge_storm)
{
    struct storm r = {5};
    for (int i = 0; i < 5000; i++) {
        u32 v = storm_next(&r);
        pci_config_write(pci, 0, v & 0xfc, storm_next(&r), 4);
        phys_store(&b.phys, 0xc0000 + (v >> 8 & 0x3fffc), v, 4);
        if (i % 500 == 0)
            round_trip(&b, &bridge->dev, make_bridge);
    }
    ck_assert_uint_eq(pci_config_read(pci, 0, 0, 4), 0x12378086);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pci");
    TCase *t = tcase_create("bus");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, mechanism);
    tcase_add_test(t, sizing);
    tcase_add_test(t, windows_decode_and_move);
    tcase_add_test(t, what_must_not_be_covered);
    tcase_add_test(t, interrupt_pins);
    tcase_add_test(t, foreign_state);
    tcase_add_test(t, config_storm);
    suite_add_tcase(s, t);
    t = tcase_create("host bridge");
    tcase_add_checked_fixture(t, setup_bridge, teardown_bridge);
    tcase_add_test(t, shadow_ram);
    tcase_add_test(t, host_bridge_registers);
    tcase_add_test(t, bridge_storm);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    SRunner *sr = srunner_create(suite());
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
