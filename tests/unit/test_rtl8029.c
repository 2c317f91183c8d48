/*
 * test_rtl8029.c - the NE2000 on PCI: identity, its window of ports wherever the base address
 * register says, the interrupt pin, the chip's own registers, state.
 */
#include "hw/net/rtl8029.h"
#include "roundtrip.h"

enum { SLOT = 3, AT = 0xc100, PIRQ = (SLOT + 1 + 2) % PCI_PIRQS };

static struct bench b;
static struct rtl8029 *card;

static struct device *make(struct bench *bench)
{
    struct pci *pci = (struct pci *)device_new(&pci_class, NULL);
    struct rtl8029 *r = (struct rtl8029 *)device_new(&rtl8029_class, NULL);
    for (unsigned i = 0; i < PCI_PIRQS; i++)
        pci->pirq[i] = bench_line(bench, (int)i);
    bench->extra = &pci->dev;
    bench_start(bench, &pci->dev);
    memcpy(r->card.mac, "\2\1\2\3\4\5", NET_ADDRESS);
    pci_attach(pci, &r->pci, PCI_DEVFN(SLOT, 0));
    bench_start(bench, &r->dev);
    return &r->dev;
}

static u32 config(unsigned reg, unsigned size)
{
    bus_out(&b.bus, 0xcf8, 0x80000000u | SLOT << 11 | (reg & 0xfc), 4);
    return bus_in(&b.bus, (u16)(0xcfc + (reg & 3)), size);
}

static void set_config(unsigned reg, u32 v, unsigned size)
{
    bus_out(&b.bus, 0xcf8, 0x80000000u | SLOT << 11 | (reg & 0xfc), 4);
    bus_out(&b.bus, (u16)(0xcfc + (reg & 3)), v, size);
}

static void setup(void)
{
    bench_init(&b);
    card = (struct rtl8029 *)make(&b);
}

/* The device first: it talks to the bus that it is on. */
static void teardown(void)
{
    bench_free(&b, &card->dev);
}

static void place(void)
{
    set_config(PCI_BAR0, AT, 4);
    set_config(PCI_COMMAND, PCI_IO_ENABLE, 2);
}

START_TEST(identity_and_window)
{
    ck_assert_uint_eq(config(PCI_VENDOR_ID, 4), 0x802910ec);
    ck_assert_uint_eq(config(PCI_CLASS, 2), 0x0200);
    ck_assert_uint_eq(config(PCI_INTERRUPT_PIN, 1), 1);
    set_config(PCI_BAR0, 0xffffffff, 4);
    ck_assert_uint_eq(config(PCI_BAR0, 4) & 0xffff, 0xffe1); /* 32 ports */
    set_config(PCI_BAR0, AT, 4);
    ck_assert_uint_eq(in8(&b, AT), 0xff); /* not yet */
    set_config(PCI_COMMAND, PCI_IO_ENABLE, 2);
    ck_assert_uint_eq(in8(&b, AT), CR_RD2 | CR_STP);
    set_config(PCI_BAR0, 0xd000, 4);
    ck_assert_uint_eq(in8(&b, AT), 0xff);
    ck_assert_uint_eq(in8(&b, 0xd000), CR_RD2 | CR_STP);
    /* The RESET line takes it off the bus again. */
    device_reset(&card->dev);
    ck_assert_uint_eq(in8(&b, 0xd000), 0xff);
}
END_TEST

START_TEST(own_registers)
{
    place();
    ck_assert_uint_eq(bus_in(&b.bus, AT + 0x0a, 2), 'P' | 'C' << 8);
    out8(&b, AT, 0xc0 | CR_RD2 | CR_STP);
    ck_assert_uint_eq(in8(&b, AT + 0x0e), 0x29);
    ck_assert_uint_eq(in8(&b, AT + 0x0f), 0x80);
    out8(&b, AT + 6, 0x40); /* full duplex, but locked */
    ck_assert_uint_eq(in8(&b, AT + 6), 0);
    out8(&b, AT + 1, 0xc0);
    out8(&b, AT + 6, 0x40);
    out8(&b, AT + 1, 0);
    out8(&b, AT + 6, 0);
    ck_assert_uint_eq(in8(&b, AT + 6), 0x40);
    /* Page 0 has its own meaning of the same offsets. */
    out8(&b, AT, CR_RD2 | CR_STP);
    out8(&b, AT + 6, 0x12);
    ck_assert_uint_eq(card->card.nic.tbcr, 0x1200);
}
END_TEST

START_TEST(data_port_and_interrupt)
{
    static const u8 address[] = {2, 1, 2, 3, 4, 5};
    place();
    out8(&b, AT + NIC_DCR, DCR_LS | DCR_WTS);
    out8(&b, AT + NIC_RSAR0, 0);
    out8(&b, AT + NIC_RSAR1, 0);
    out8(&b, AT + NIC_RBCR0, 12);
    out8(&b, AT + NIC_RBCR1, 0);
    out8(&b, AT + NIC_IMR, ISR_RDC);
    out8(&b, AT, CR_READ | CR_STA);
    for (unsigned i = 0; i < 6; i += 2) {
        ck_assert_int_eq(b.level[PIRQ], 0);
        u32 v = bus_in(&b.bus, AT + 0x10, 4);
        ck_assert_uint_eq(v & 0xff, address[i]);
        ck_assert_uint_eq(v >> 16 & 0xff, address[i + 1]);
    }
    ck_assert_int_eq(b.level[PIRQ], 1);
    out8(&b, AT + NIC_ISR, ISR_RDC);
    ck_assert_int_eq(b.level[PIRQ], 0);
}
END_TEST

START_TEST(state_and_storm)
{
    u16 ports[NE2000_PORTS];
    place();
    round_trip(&b, &card->dev, make);
    for (unsigned i = 0; i < NE2000_PORTS; i++)
        ports[i] = (u16)(AT + i);
    register_storm(&b, &card->dev, make, ports, 0x18, 10000, 100000);
    register_storm(&b, &card->dev, make, ports, NE2000_PORTS, 5000, 100000);
}
END_TEST

START_TEST(no_bus)
{
    struct rtl8029 *r = (struct rtl8029 *)device_new(&rtl8029_class, NULL);
    struct err e;
    ck_assert(!device_realize(&r->dev, &b.board, &e));
    ck_assert_str_eq(e.text, "rtl8029: there is no PCI bus");
    device_free(&r->dev);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("rtl8029");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, identity_and_window);
    tcase_add_test(t, own_registers);
    tcase_add_test(t, data_port_and_interrupt);
    tcase_add_test(t, state_and_storm);
    tcase_add_test(t, no_bus);
    return t;
}

int main(void)
{
    return run_suite("rtl8029", cases);
}
