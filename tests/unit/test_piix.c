/*
 * test_piix.c - the south bridge: interrupt routing, IDE bus masters on the whole board, ACPI
 * fixed hardware.
 */
#include "roundtrip.h"

#include "hw/machine/pc.h"

/* ---- interrupt routing ---- */

static struct bench b;
static struct device *dev;
static struct pci *pci;

static struct pci *new_pci(struct bench *bench)
{
    struct pci *p = (struct pci *)device_new(&pci_class, NULL);
    bench->extra = &p->dev;
    return p;
}

static struct device *make_bridge(struct bench *bench)
{
    struct pci *p = new_pci(bench);
    struct piix3 *x = (struct piix3 *)device_new(&piix3_class, NULL);
    pci_attach(p, &x->pci, PCI_DEVFN(1, 0));
    for (int i = 0; i < PIIX3_IRQS; i++)
        x->irq[i] = bench_line(bench, i);
    bench_start(bench, &p->dev);
    bench_start(bench, &x->dev);
    return &x->dev;
}

static struct device *make_pm(struct bench *bench)
{
    struct pci *p = new_pci(bench);
    struct piix4_pm *x = (struct piix4_pm *)device_new(&piix4_pm_class, NULL);
    pci_attach(p, &x->pci, PCI_DEVFN(1, 3));
    x->sci = bench_line(bench, 9);
    x->power_off = bench_line(bench, 0);
    bench_start(bench, &p->dev);
    bench_start(bench, &x->dev);
    return &x->dev;
}

/* The bus masters alone, with two channels that have no drives. */
static struct device *make_masters(struct bench *bench)
{
    static struct ide empty;
    struct pci *p = new_pci(bench);
    struct piix3_ide *x = (struct piix3_ide *)device_new(&piix3_ide_class, NULL);
    phys_map_ram(&bench->phys, 0, bench->phys.ram_size, bench->phys.ram);
    pci_attach(p, &x->pci, PCI_DEVFN(1, 1));
    x->ide = &empty;
    for (int i = 0; i < IDE_CHANNELS; i++)
        x->irq[i] = bench_line(bench, 14 + i);
    bench_start(bench, &p->dev);
    bench_start(bench, &x->dev);
    return &x->dev;
}

static void setup_with(bench_make *make)
{
    bench_init(&b);
    dev = make(&b);
    pci = (struct pci *)b.extra;
}

static void teardown(void)
{
    bench_free(&b, dev);
}

static void setup_bridge(void)
{
    setup_with(make_bridge);
}

static void route(unsigned pirq, u8 value)
{
    pci_config_write(pci, PCI_DEVFN(1, 0), 0x60 + pirq, value, 1);
}

START_TEST(routing)
{
    struct piix3 *x = (struct piix3 *)dev;
    ck_assert_uint_eq(pci_config_read(pci, PCI_DEVFN(1, 0), 0x60, 4), 0x80808080);
    piix3_pirq(x, 0, 1);
    for (int i = 0; i < 16; i++)
        ck_assert_int_eq(b.level[i], 0);
    route(0, 10);
    ck_assert_int_eq(b.level[10], 1);
    route(0, 11); /* moves with the register */
    ck_assert_int_eq(b.level[10], 0);
    ck_assert_int_eq(b.level[11], 1);
    /* Two drive one line; it falls with the last. */
    route(2, 11);
    piix3_pirq(x, 2, 1);
    piix3_pirq(x, 0, 0);
    ck_assert_int_eq(b.level[11], 1);
    round_trip(&b, dev, make_bridge);
    piix3_isa(x, 11, 1);
    round_trip(&b, dev, make_bridge);
    piix3_pirq(x, 2, 0);
    ck_assert_int_eq(b.level[11], 1);
    piix3_isa(x, 11, 0);
    ck_assert_int_eq(b.level[11], 0);
    ck_assert_int_eq(b.rises[11], 1);
    /* Reserved lines, and the register's off bit. */
    static const u8 nowhere[] = {0, 1, 2, 8, 13, 0x80 | 11};
    piix3_pirq(x, 1, 1);
    for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++) {
        route(1, nowhere[i]);
        for (int n = 0; n < 16; n++)
            ck_assert_int_eq(b.level[n], 0);
    }
    piix3_sci(x, 0, 1);
    ck_assert_int_eq(b.level[9], 1);
    /* PIRQ and SCI stay as their sources are; the routes go. */
    route(1, 5);
    device_reset(dev);
    ck_assert_int_eq(b.level[5], 0);
    ck_assert_int_eq(b.level[9], 1);
}
END_TEST

/* ---- bus masters, in the middle of a table ---- */

static void setup_masters(void)
{
    setup_with(make_masters);
}

START_TEST(master_state)
{
    struct piix3_ide *x = (struct piix3_ide *)dev;
    static const u32 table[] = {0x20000, 0x200, 0x30000, 0x80000400};
    u8 data[0x400] = {1, 2, 3};
    phys_write(&b.phys, 0x1000, table, sizeof(table));
    pci_config_write(pci, PCI_DEVFN(1, 1), 0x20, 0xc000, 4);
    pci_config_write(pci, PCI_DEVFN(1, 1), 4, 5, 2);
    for (unsigned channel = 0; channel < IDE_CHANNELS; channel++) {
        u16 base = (u16)(0xc000 + 8 * channel);
        bus_out(&b.bus, base + 4, 0x1000, 4);
        out8(&b, base, 0x09);
        ck_assert_uint_eq(piix3_ide_transfer(x, channel, data, 0x100, true), 0x100);
        ck_assert(!x->master[channel].last);
        round_trip(&b, dev, make_masters); /* in the first region */
        ck_assert_uint_eq(piix3_ide_transfer(x, channel, data, 0x300, true), 0x300);
        ck_assert(x->master[channel].last);
        piix3_ide_intrq(x, (int)channel, 1);
        round_trip(&b, dev, make_masters); /* in the last one, with the interrupt up */
        ck_assert_uint_eq(piix3_ide_transfer(x, channel, data, 0x400, true), 0x200);
        ck_assert_uint_eq(in8(&b, base + 2) & 7, 4);
        round_trip(&b, dev, make_masters);
    }
}
END_TEST

/* ---- ACPI ---- */

enum { PM = 0xb000 };

static void setup_pm(void)
{
    setup_with(make_pm);
    ck_assert_uint_eq(in8(&b, PM), 0xff);
    pci_config_write(pci, PCI_DEVFN(1, 3), 0x40, PM | 1, 4);
    pci_config_write(pci, PCI_DEVFN(1, 3), 0x80, 1, 1);
}

static u16 pm16(unsigned reg)
{
    return (u16)bus_in(&b.bus, (u16)(PM + reg), 2);
}

static void set16(unsigned reg, u16 v)
{
    bus_out(&b.bus, (u16)(PM + reg), v, 2);
}

START_TEST(acpi_timer)
{
    u32 t0 = bus_in(&b.bus, PM + 8, 4);
    run_for(&b, NS_PER_SEC);
    u32 t1 = bus_in(&b.bus, PM + 8, 4);
    ck_assert_uint_eq((t1 - t0) & 0xffffff, 3579545);
    ck_assert_uint_lt(bus_in(&b.bus, PM + 8, 4), 1u << 24);
    ck_assert_uint_eq(pm16(0) & 1, 0);
    run_to(&b, 2343484000ull); /* bit 23 changes after 2^23 / 3579545 s = 2.34348... s */
    ck_assert_uint_eq(pm16(0) & 1, 0);
    run_to(&b, 2343485000ull);
    ck_assert_uint_eq(pm16(0) & 1, 1);
    ck_assert_int_eq(b.level[9], 0);
    set16(0, 1);
    ck_assert_uint_eq(pm16(0) & 1, 0);
    /* With its interrupt: 7 changes in the next 17 seconds, each acknowledged. */
    set16(4, 1);
    set16(2, 1);
    for (int i = 0; i < 170; i++) {
        run_for(&b, 100 * NS_PER_MS);
        if (b.level[9])
            set16(0, 1);
        ck_assert_int_eq(b.level[9], 0);
        if (i % 20 == 0)
            round_trip(&b, dev, make_pm);
    }
    ck_assert_int_eq(b.rises[9], 7);
    set16(2, 0);
    run_for(&b, 3 * NS_PER_SEC);
    ck_assert_int_eq(b.level[9], 0);
    set16(2, 1); /* pending all the time */
    ck_assert_int_eq(b.level[9], 1);
    set16(4, 0); /* SCI_EN off: it would be an SMI */
    ck_assert_int_eq(b.level[9], 0);
}
END_TEST

START_TEST(acpi_control)
{
    out8(&b, 0xb2, 0xf1);
    ck_assert_uint_eq(pm16(4), 1);
    out8(&b, 0xb2, 0xf0);
    ck_assert_uint_eq(pm16(4), 0);
    out8(&b, 0xb3, 0x12);
    ck_assert_uint_eq(bus_in(&b.bus, 0xb2, 2), 0x12f0);
    /* The button, as an event. */
    set16(4, 1);
    set16(2, 0x0100);
    piix4_pm_button((struct piix4_pm *)dev);
    ck_assert_int_eq(b.level[9], 1);
    round_trip(&b, dev, make_pm);
    out8(&b, PM + 1, 0x01); /* by byte */
    ck_assert_int_eq(b.level[9], 0);
    /* Sleep types but 0 do nothing here; 0 with SLP_EN is off. */
    set16(4, 0x2401);
    ck_assert_int_eq(b.rises[0], 0);
    set16(4, 0x0001);
    ck_assert_int_eq(b.rises[0], 0);
    set16(4, 0x2001);
    ck_assert_int_eq(b.rises[0], 1);
    ck_assert_uint_eq(pm16(4), 0x0001);
    /* What SeaBIOS' tables name besides. */
    ck_assert_uint_eq(bus_in(&b.bus, 0xafe0, 4), 0);
    bus_out(&b.bus, 0xafe2, 0x0003, 2);
    ck_assert_uint_eq(bus_in(&b.bus, 0xafe0, 4), 0x00030000);
    ck_assert_uint_eq(bus_in(&b.bus, 0xae00, 4), 0);
    ck_assert_uint_eq(in8(&b, 0xaf00), 1);
}
END_TEST

START_TEST(acpi_storm)
{
    u16 ports[64 + 8];
    for (u16 i = 0; i < 64; i++)
        ports[i] = (u16)(PM + i);
    memcpy(ports + 64, (u16[]){0xb2, 0xb3, 0xafe0, 0xafe2, 0xae08, 0xaf00, 0xcf8, 0xcfc}, 16);
    register_storm(&b, dev, make_pm, ports, ARRAY_SIZE(ports), 10000, 3 * NS_PER_SEC);
}
END_TEST

START_TEST(damaged_timer)
{
    struct piix4_pm *p = (struct piix4_pm *)dev;
    const u8 *bytes;
    size_t size;
    struct err e;
    p->overflow = ~0ull;
    struct state *saved = bench_save(&b, dev, &bytes, &size);
    struct state *s = state_new_load(bytes, size, &e);
    clock_state(&b.clock, s);
    device_state(dev, s);
    ck_assert(!state_ok(s));
    state_free(s);
    state_free(saved);
}
END_TEST

/* ---- bus masters, on the board ---- */

enum { SECTORS = 2048, BM = 0xc000, PRD = 0x10000, IDE_FUNCTION = PCI_DEVFN(1, 1) };

static struct clock clk;
static struct pc *pc;
static u8 image[SECTORS * 512];

static void ignore_line(void *opaque, int n, int level)
{
    (void)opaque, (void)n, (void)level;
}

static struct pc *new_board(struct clock *clock)
{
    static struct vm_config config = {.ram_mb = 8};
    struct pc_signals signals = {.intr = {ignore_line, NULL, 0}};
    struct err e;
    for (unsigned i = 0; i < 4; i += 2)
        config.disk[i] = (struct media){.bytes = image, .size = sizeof(image)};
    struct pc *p = pc_new(&config, clock, &signals, &e);
    ck_assert_msg(p != NULL, "%s", e.text);
    pc_reset(p);
    return p;
}

static void setup_board(void)
{
    for (size_t i = 0; i < sizeof(image); i++)
        image[i] = (u8)(i * 7 + i / 512 * 3);
    clock_init(&clk);
    pc = new_board(&clk);
    clock_advance(&clk, NS_PER_MS);
    pci_config_write(pc->pci, IDE_FUNCTION, 0x20, BM, 4);
    pci_config_write(pc->pci, IDE_FUNCTION, 4, PCI_IO_ENABLE | PCI_MASTER_ENABLE, 2);
}

static void teardown_board(void)
{
    struct err e;
    ck_assert(pc_free(pc, &e));
    clock_free(&clk);
}

static void prd(unsigned i, u32 address, u32 count)
{
    u8 d[8];
    put_le32(d, address);
    put_le32(d + 4, count);
    phys_write(&pc->phys, PRD + i * 8, d, 8);
}

static u16 task(unsigned channel)
{
    return channel ? 0x170 : 0x1f0;
}

static void out(u16 port, u32 v)
{
    bus_out(&pc->bus, port, v, 1);
}

static u8 in(u16 port)
{
    return (u8)bus_in(&pc->bus, port, 1);
}

static void command(unsigned channel, u8 cmd, u8 count, u32 lba)
{
    u16 t = task(channel);
    out(t + 6, 0xe0 | lba >> 24);
    out(t + 2, count);
    out(t + 3, lba & 0xff);
    out(t + 4, lba >> 8 & 0xff);
    out(t + 5, lba >> 16 & 0xff);
    out(t + 7, cmd);
}

static void start(unsigned channel, bool to_memory)
{
    u16 m = (u16)(BM + 8 * channel);
    bus_out(&pc->bus, m + 4, PRD, 4);
    out(m + 2, 0x66);
    out(m, to_memory ? 8 : 0);
    out(m, to_memory ? 9 : 1);
}

static u8 bm_status(unsigned channel)
{
    return in((u16)(BM + 8 * channel + 2)) & 7;
}

static void wait_ms(unsigned ms)
{
    clock_advance(&clk, clk.now + ms * NS_PER_MS);
}

START_TEST(dma_read)
{
    for (unsigned ch = 0; ch < 2; ch++) {
        static u8 got[64 * 512];
        /* Odd pieces: a region that ends in the middle of a sector, one across pages. */
        prd(0, 0x20000, 700);
        prd(1, 0x30ffe, 0x2000);
        prd(2, 0x100000, 0x80000000u | (sizeof(got) - 700 - 0x2000));
        command(ch, 0xc8, 64, 100);
        start(ch, true);
        ck_assert_uint_eq(bm_status(ch), 1);
        wait_ms(5);
        ck_assert_uint_eq(bm_status(ch), 4);
        ck_assert_uint_eq(in(task(ch) + 7), 0x50);
        phys_read(&pc->phys, 0x20000, got, 700);
        phys_read(&pc->phys, 0x30ffe, got + 700, 0x2000);
        phys_read(&pc->phys, 0x100000, got + 700 + 0x2000, sizeof(got) - 700 - 0x2000);
        ck_assert_int_eq(memcmp(got, image + 100 * 512, sizeof(got)), 0);
        out((u16)(BM + 8 * ch + 2), 4);
        ck_assert_uint_eq(bm_status(ch), 0);
    }
}
END_TEST

START_TEST(dma_write)
{
    static u8 sent[8 * 512], got[8 * 512];
    for (size_t i = 0; i < sizeof(sent); i++)
        sent[i] = (u8)(i * 13 + 1);
    phys_write(&pc->phys, 0x200000, sent, sizeof(sent));
    prd(0, 0x200000, 0x80000000u | sizeof(sent));
    start(0, false); /* the bus master first is just as well */
    command(0, 0xca, 8, 2000);
    wait_ms(5);
    ck_assert_uint_eq(bm_status(0), 4);
    ck_assert_uint_eq(in(0x1f7), 0x50);
    prd(0, 0x300000, 0x80000000u | sizeof(got));
    out(BM, 0);
    /* Read back by READ DMA EXT, whose registers have two halves. */
    for (u16 reg = 2; reg <= 5; reg++)
        out(0x1f0 + reg, 0);
    command(0, 0x25, 8, 2000);
    start(0, true);
    wait_ms(5);
    ck_assert_uint_eq(in(0x1f7), 0x50);
    phys_read(&pc->phys, 0x300000, got, sizeof(got));
    ck_assert_int_eq(memcmp(got, sent, sizeof(got)), 0);
}
END_TEST

START_TEST(table_larger_or_smaller)
{
    /* More room than data: the interrupt comes and the bus master stays active. */
    prd(0, 0x20000, 0x80000000u); /* 64 KB */
    command(0, 0xc8, 1, 0);
    start(0, true);
    wait_ms(5);
    ck_assert_uint_eq(bm_status(0), 5);
    out(BM, 8);
    ck_assert_uint_eq(bm_status(0), 4);
    /* Less: everything stands still until a reset. */
    prd(0, 0x20000, 0x80000200u);
    command(0, 0xc8, 4, 0);
    start(0, true);
    wait_ms(50);
    ck_assert_uint_eq(bm_status(0), 0);
    ck_assert_uint_eq(in(0x3f6) & 0x80, 0x80);
    out(0x3f6, 4);
    out(0x3f6, 0);
    wait_ms(5);
    ck_assert_uint_eq(in(0x3f6), 0x50);
    /* Started again before the reset, it goes on with the next table. */
    command(0, 0xc8, 4, 0);
    start(0, true);
    wait_ms(5);
    prd(0, 0x21000, 0x80000600u);
    start(0, true);
    wait_ms(5);
    ck_assert_uint_eq(bm_status(0), 4);
    u8 got[512];
    phys_read(&pc->phys, 0x21400, got, 512);
    ck_assert_int_eq(memcmp(got, image + 3 * 512, 512), 0);
}
END_TEST

START_TEST(hostile_tables)
{
    static const struct {
        u32 address, count;
    } row[] = {
        {0xfffffffe, 0},         {0xfec00000, 0x1000}, {0xfee00000, 0x1000}, {0xf0000, 0},
        {0x7ffffe, 0},           {0xe0000000, 0},      {0xa0000, 0},         {PRD, 0},
        {0x700000, 0x80000000u},
    };
    static u8 rom[0x10000], after[0x10000];
    phys_read(&pc->phys, 0xf0000, rom, sizeof(rom));
    /* No end of table anywhere: it is followed for as long as the drive has data. */
    for (unsigned i = 0; i < 8192; i++)
        prd(i, row[i % 8].address, row[i % 8].count);
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        prd(0, row[i].address, row[i].count);
        out(BM, 0);
        command(0, 0xc8, 0, 0);
        start(0, true);
        wait_ms(50);
        out(0x3f6, 4);
        out(0x3f6, 0);
        wait_ms(5);
        out(BM, 0);
    }
    /* The table itself where nothing is. */
    bus_out(&pc->bus, BM + 4, 0xfffffffc, 4);
    out(BM + 2, 0x66);
    command(0, 0xc8, 0, 0);
    out(BM, 9);
    wait_ms(50);
    phys_read(&pc->phys, 0xf0000, after, sizeof(after));
    ck_assert_int_eq(memcmp(rom, after, sizeof(rom)), 0); /* no DMA into ROM */
}
END_TEST

START_TEST(saved_in_the_middle)
{
    static u8 got[128 * 512];
    for (unsigned i = 0; i < 32; i++)
        prd(i, 0x400000 + i * 0x800, (i == 31 ? 0x80000000u : 0) | 0x800);
    command(0, 0xc8, 128, 512);
    start(0, true);
    clock_advance(&clk, clk.now + 200 * NS_PER_US);
    ck_assert_uint_eq(bm_status(0), 1);
    struct state *saved = state_new_save();
    size_t size;
    struct err e;
    clock_state(&clk, saved);
    pc_state(pc, saved);
    const u8 *bytes = state_finish(saved, &size);
    struct clock clk2;
    clock_init(&clk2);
    struct pc *other = new_board(&clk2);
    struct state *s = state_new_load(bytes, size, &e);
    clock_state(&clk2, s);
    pc_state(other, s);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    clock_advance(&clk2, clk2.now + 5 * NS_PER_MS);
    ck_assert_uint_eq(bus_in(&other->bus, BM + 2, 1) & 7, 4);
    phys_read(&other->phys, 0x400000, got, sizeof(got));
    ck_assert_int_eq(memcmp(got, image + 512 * 512, sizeof(got)), 0);
    state_free(s);
    state_free(saved);
    pc_free(other, &e);
    clock_free(&clk2);
}
END_TEST

/* The display's memory follows its base address register; it begins where our BIOS has it. */
START_TEST(vga_function)
{
    u8 vga = PCI_DEVFN(2, 0);
    ck_assert_uint_eq(pci_config_read(pc->pci, vga, 0x10, 4), 0xe0000008);
    phys_store(&pc->phys, 0xe0001234, 0x5a, 1);
    pci_config_write(pc->pci, vga, 0x10, 0xd8000000, 4);
    ck_assert_uint_eq(phys_load(&pc->phys, 0xd8001234, 1), 0x5a);
    ck_assert_uint_eq(phys_load(&pc->phys, 0xe0001234, 1), 0xff);
    pci_config_write(pc->pci, vga, 0x30, 0xdf000001, 4);
    ck_assert_uint_eq(phys_load(&pc->phys, 0xdf000000, 2), 0xaa55);
    pc_reset(pc);
    ck_assert_uint_eq(phys_load(&pc->phys, 0xdf000000, 2), 0xffff);
    phys_store(&pc->phys, 0xe0000000, 0x77, 1);
    ck_assert_uint_eq(phys_load(&pc->phys, 0xe0000000, 1), 0x77);
}
END_TEST

START_TEST(vga_function_saved)
{
    u8 vga = PCI_DEVFN(2, 0);
    struct err e;
    size_t size;
    pci_config_write(pc->pci, vga, 0x10, 0xd8000000, 4);
    pci_config_write(pc->pci, vga, 0x30, 0xdf000001, 4);
    phys_store(&pc->phys, 0xd8001234, 0x5a, 1);
    struct state *saved = state_new_save();
    clock_state(&clk, saved);
    pc_state(pc, saved);
    const u8 *bytes = state_finish(saved, &size);
    struct clock clk2;
    clock_init(&clk2);
    struct pc *other = new_board(&clk2);
    pci_config_write(other->pci, vga, 0x10, 0xd4000000, 4);
    struct state *s = state_new_load(bytes, size, &e);
    clock_state(&clk2, s);
    pc_state(other, s);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    for (u8 reg = 0; reg < 0x40; reg += 4)
        ck_assert_uint_eq(pci_config_read(pc->pci, vga, reg, 4),
                          pci_config_read(other->pci, vga, reg, 4));
    ck_assert_uint_eq(phys_load(&other->phys, 0xd8001234, 1), 0x5a);
    ck_assert_uint_eq(phys_load(&other->phys, 0xd4001234, 1), 0xff);
    ck_assert_uint_eq(phys_load(&other->phys, 0xdf000000, 2), 0xaa55);
    state_free(s);
    state_free(saved);
    pc_free(other, &e);
    clock_free(&clk2);
}
END_TEST

static void add(Suite *s, const char *name, void (*up)(void), void (*down)(void),
                const TTest *const *tests, size_t n)
{
    TCase *t = tcase_create(name);
    tcase_add_checked_fixture(t, up, down);
    for (size_t i = 0; i < n; i++)
        tcase_add_test(t, tests[i]);
    suite_add_tcase(s, t);
}

int main(void)
{
    Suite *s = suite_create("piix");
    const TTest *const bridge[] = {routing};
    const TTest *const masters[] = {master_state};
    const TTest *const acpi[] = {acpi_timer, acpi_control, acpi_storm, damaged_timer};
    const TTest *const board[] = {dma_read,          dma_write,           table_larger_or_smaller,
                                  hostile_tables,    saved_in_the_middle, vga_function,
                                  vga_function_saved};
    add(s, "routing", setup_bridge, teardown, bridge, ARRAY_SIZE(bridge));
    add(s, "masters", setup_masters, teardown, masters, ARRAY_SIZE(masters));
    add(s, "acpi", setup_pm, teardown, acpi, ARRAY_SIZE(acpi));
    add(s, "board", setup_board, teardown_board, board, ARRAY_SIZE(board));
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
