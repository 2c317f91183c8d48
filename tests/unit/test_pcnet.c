/*
 * test_pcnet.c - the PCnet-PCI II's registers: PCI identity and windows, both ways of addressing
 * them, the address PROM, initialization in all software styles, interrupts and their masks, the
 * kinds of reset, suspend, what a bus that refuses does, state.
 */
#include "pcnet_rig.h"

static u32 config(unsigned reg, unsigned size)
{
    return pci_config_read((struct pci *)b.extra, PCI_DEVFN(SLOT, 0), reg, size);
}

static void set_config(unsigned reg, u32 v, unsigned size)
{
    configure((struct pci *)b.extra, reg, v, size);
}

static u32 peek(u32 addr, unsigned size)
{
    return (u32)phys_load(&b.phys, addr, size);
}

START_TEST(identity_and_windows)
{
    ck_assert_uint_eq(config(PCI_VENDOR_ID, 4), 0x20001022);
    ck_assert_uint_eq(config(PCI_CLASS, 2), 0x0200);
    ck_assert_uint_eq(config(PCI_REVISION, 1) >> 4, 1);
    ck_assert_uint_eq(config(PCI_INTERRUPT_PIN, 1), 1);
    ck_assert_uint_eq(config(0x3e, 2), 0xff06);
    set_config(PCI_BAR0, 0xffffffff, 4);
    ck_assert_uint_eq(config(PCI_BAR0, 4), 0xffffffe1);
    set_config(PCI_BAR0 + 4, 0xffffffff, 4);
    ck_assert_uint_eq(config(PCI_BAR0 + 4, 4), 0xffffffe0);
    set_config(PCI_BAR0, AT, 4);
    set_config(PCI_BAR0 + 4, MEMORY_AT, 4);
    ck_assert_uint_eq(bus_in(&b.bus, AT, 4), get_le32(mac));
    ck_assert_uint_eq(peek(MEMORY_AT, 4), get_le32(mac));
    ck_assert_uint_eq(peek(MEMORY_AT - 4, 4), 0xffffffff); /* the rest of the page */
    ck_assert_uint_eq(peek(MEMORY_AT + 32, 4), 0xffffffff);
    set_config(PCI_COMMAND, PCI_IO_ENABLE, 2);
    ck_assert_uint_eq(peek(MEMORY_AT, 4), 0xffffffff);
    device_reset(&card->dev);
    ck_assert_uint_eq(bus_in(&b.bus, AT, 4), 0xffffffff);
}
END_TEST

/* Another card's small window in the same page is where nobody is; both keep their ports. */
START_TEST(two_windows_in_a_page)
{
    struct pcnet *other = (struct pcnet *)device_new(&pcnet_class, NULL);
    struct pci *pci = (struct pci *)b.extra;
    pci_attach(pci, &other->pci, PCI_DEVFN(SLOT + 1, 0));
    bench_start(&b, &other->dev);
    pci_config_write(pci, PCI_DEVFN(SLOT + 1, 0), PCI_BAR0 + 4, MEMORY_AT + 32, 4);
    pci_config_write(pci, PCI_DEVFN(SLOT + 1, 0), PCI_COMMAND, PCI_MEMORY_ENABLE, 2);
    ck_assert_uint_eq(peek(MEMORY_AT, 4), get_le32(mac));
    ck_assert_uint_eq(peek(MEMORY_AT + 32, 4), 0xffffffff);
    pci_config_write(pci, PCI_DEVFN(SLOT + 1, 0), PCI_BAR0 + 4,
                     (MEMORY_AT & ~PAGE_MASK) + PAGE_SIZE, 4);
    ck_assert_uint_eq(peek((MEMORY_AT & ~PAGE_MASK) + PAGE_SIZE + 12, 2), 0x11 + 2 * 'W');
    pci->function[PCI_DEVFN(SLOT + 1, 0)] = NULL;
    phys_unmap(&b.phys, (MEMORY_AT & ~PAGE_MASK) + PAGE_SIZE, PAGE_SIZE);
    device_free(&other->dev);
}
END_TEST

START_TEST(address_prom)
{
    u16 sum = 0;
    for (unsigned i = 0; i < NET_ADDRESS; i++)
        ck_assert_uint_eq(in8(&b, (u16)(AT + i)), mac[i]);
    ck_assert_uint_eq(bus_in(&b.bus, AT + 14, 2), 0x5757);
    for (unsigned i = 0; i < PCNET_APROM; i++)
        sum = (u16)(sum + (i == 12 || i == 13 ? 0 : in8(&b, (u16)(AT + i))));
    ck_assert_uint_eq(bus_in(&b.bus, AT + 12, 2), sum);
    out8(&b, AT + 10, 0x42);
    ck_assert_uint_eq(in8(&b, AT + 10), 0); /* locked */
    set_bcr(BCR_MC, MC_APROMWE);
    out8(&b, AT + 10, 0x42);
    ck_assert_uint_eq(in8(&b, AT + 10), 0x42);
    set_bcr(BCR_EECAS, 0x4000); /* PREAD: from the EEPROM again */
    ck_assert_uint_eq(in8(&b, AT + 10), 0);
    ck_assert_uint_eq(bcr(BCR_EECAS) & 0xe000, 0xa000);
}
END_TEST

START_TEST(word_and_double_word_mode)
{
    set_csr(0, CSR0_STOP);
    ck_assert_uint_eq(csr(0), CSR0_STOP);
    ck_assert_uint_eq(csr(88) | (u32)csr(89) << 16, 0x02621003);
    bus_out(&b.bus, AT + PCNET_WIO_RAP, 88, 2);
    ck_assert_uint_eq(bus_in(&b.bus, AT + PCNET_WIO_RAP, 2), 88);
    ck_assert_uint_eq(in8(&b, AT + PCNET_WIO_RDP + 1), 0x10);
    out8(&b, AT + PCNET_WIO_RAP, 4); /* bytes are no register accesses */
    ck_assert_uint_eq(bus_in(&b.bus, AT + PCNET_WIO_RAP, 2), 88);
    bus_out(&b.bus, AT + PCNET_WIO_RAP, 0, 2);
    bus_out(&b.bus, AT + PCNET_WIO_RDP, 0, 4); /* the switch */
    bus_out(&b.bus, AT + PCNET_DWIO_RAP, 88, 4);
    ck_assert_uint_eq(bus_in(&b.bus, AT + PCNET_DWIO_RAP, 4), 88);
    ck_assert_uint_eq(bus_in(&b.bus, AT + PCNET_WIO_RDP, 4), 0x1003);
    bus_out(&b.bus, AT + PCNET_DWIO_RAP, BCR_BSBC, 4);
    ck_assert_uint_eq(bus_in(&b.bus, AT + PCNET_DWIO_BDP, 4), 0x9081);
    /* The software reset leaves the mode, the hardware's takes it back. */
    bus_in(&b.bus, AT + PCNET_DWIO_RESET, 4);
    ck_assert_uint_eq(bus_in(&b.bus, AT + PCNET_DWIO_RAP, 4), 0);
    ck_assert_uint_eq(peek(MEMORY_AT + PCNET_WIO_RDP, 4), CSR0_STOP);
    device_reset(&card->dev);
    set_config(PCI_BAR0, AT, 4);
    set_config(PCI_COMMAND, PCI_IO_ENABLE, 2);
    ck_assert_uint_eq(csr(0), CSR0_STOP);
}
END_TEST

START_TEST(initialization)
{
    for (unsigned s = 0; s < 4; s++) {
        u16 meaning[] = {0x0200, 0x0100, 0x0300, 0x0300};
        set_csr(0, CSR0_STOP);
        set_bcr(BCR_SWS, (u16)s);
        ck_assert_uint_eq(bcr(BCR_SWS), s | meaning[s]);
        ck_assert_uint_eq(csr(CSR_SWS), s | meaning[s]);
        write_block(MODE_DRX, 0x8877665544332211, s ? 9 : 7);
        set_csr(1, BLOCK);
        set_csr(2, 0);
        ck_assert_uint_eq(csr(16), BLOCK);
        set_csr(0, CSR0_INIT | CSR0_STRT | CSR0_IENA);
        ck_assert_int_eq(line(), 0);
        ck_assert_uint_eq(csr(0), CSR0_INIT | CSR0_STRT | CSR0_IENA);
        run_for(&b, 10 * NS_PER_US);
        ck_assert_int_eq(line(), 1);
        ck_assert_uint_eq(csr(0),
                          CSR0_INIT | CSR0_STRT | CSR0_IENA | CSR0_IDON | CSR0_INTR | CSR0_TXON);
        set_csr(0, CSR0_IDON | CSR0_IENA);
        ck_assert_int_eq(line(), 0);
        ck_assert_uint_eq(csr(CSR_MODE), MODE_DRX);
        ck_assert_uint_eq(csr(CSR_PADR), get_le16(mac));
        ck_assert_uint_eq(csr(CSR_PADR + 2), get_le16(mac + 4));
        ck_assert_uint_eq(csr(CSR_LADRF), 0x2211);
        ck_assert_uint_eq(csr(CSR_LADRF + 3), 0x8877);
        ck_assert_uint_eq(csr(CSR_RINGS), s ? 0x9900 : 0x7700);
        ck_assert_uint_eq(csr(CSR_RCVRL), (u16)(s ? -512 : -128));
        ck_assert_uint_eq(csr(CSR_BADR), RX_RING);
        ck_assert_uint_eq(csr(CSR_BADX), TX_RING);
        ck_assert_uint_eq(csr(CSR_CXDA), TX_RING);
        ck_assert_uint_eq(csr(CSR_NRDA), RX_RING + (s ? 16 : 8));
    }
}
END_TEST

/* The upper byte of 24-bit addresses is that of the block's. */
START_TEST(upper_address)
{
    run_with(0, 0, 0);
    set_csr(0, CSR0_STOP);
    set_csr(2, 0x4500);
    card->csr[CSR_MODE] = 0;
    set_csr(0, CSR0_INIT);
    run_for(&b, 20 * NS_PER_US);
    ck_assert_uint_eq(csr(0), CSR0_STOP); /* nobody is at 45001000: a master abort */
    ck_assert_uint_eq(pcnet_upper_address(card), 0x45000000);
}
END_TEST

START_TEST(settings_only_while_stopped)
{
    set_csr(0, CSR0_STOP);
    set_csr(CSR_MODE, MODE_PROM);
    set_csr(CSR_POLLINT, 0xf000);
    set_csr(0, CSR0_STRT);
    set_csr(CSR_MODE, 0);
    set_csr(CSR_POLLINT, 0);
    ck_assert_uint_eq(csr(CSR_MODE), MODE_PROM);
    ck_assert_uint_eq(csr(CSR_POLLINT), 0xf000);
    set_bcr(BCR_SWS, 2);
    ck_assert_uint_eq(bcr(BCR_SWS), 0x0200);
    set_csr(5, CSR5_SPND);
    ck_assert_uint_eq(csr(5), CSR5_SPND);
    set_csr(CSR_POLLINT, 0xe000);
    ck_assert_uint_eq(csr(CSR_POLLINT), 0xe000);
    set_csr(5, 0);
    ck_assert_uint_eq(csr(5), 0);
    set_csr(88, 0x1234);
    ck_assert_uint_eq(csr(88), 0x1003);
    ck_assert_uint_eq(csr(0x7fff), 0);
    ck_assert_uint_eq(bcr(0xff), 0);
    set_bcr(200, 1);
    set_csr(200, 1);
}
END_TEST

START_TEST(interrupts)
{
    run_with(2, 0, 0);
    ck_assert_int_eq(line(), 0);
    static const struct {
        u8 reg;
        u16 event, mask;
        bool enable; /* the mask is one */
        bool always;
    } rows[] = {
        {0, CSR0_BABL, 0x4000, false, false},   {0, CSR0_MISS, 0x1000, false, false},
        {0, CSR0_MERR, 0x0800, false, false},   {0, CSR0_RINT, 0x0400, false, false},
        {0, CSR0_TINT, 0x0200, false, false},   {0, CSR0_IDON, 0x0100, false, false},
        {4, CSR4_MFCO, 0x0100, false, false},   {4, CSR4_RCVCCO, 0x0010, false, false},
        {4, CSR4_TXSTRT, 0x0004, false, false}, {4, CSR4_JAB, 0x0001, false, false},
        {5, CSR5_SINT, 0x0400, true, true},     {5, CSR5_SLPINT, 0x0100, true, true},
        {5, CSR5_EXDINT, 0x0040, true, false},  {5, CSR5_MPINT, 0x0008, true, true},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        unsigned mask_reg = rows[i].reg ? rows[i].reg : 3;
        set_csr(3, 0);
        set_csr(4, 0);
        set_csr(5, rows[i].reg == 5 ? rows[i].mask : 0);
        card->csr[rows[i].reg] |= rows[i].event;
        pcnet_update_irq(card);
        ck_assert_int_eq(line(), 1);
        ck_assert_uint_eq(csr(0) & CSR0_INTR, CSR0_INTR);
        set_csr(0, 0); /* IENA off */
        ck_assert_int_eq(line(), rows[i].always);
        set_csr(0, CSR0_IENA);
        ck_assert_int_eq(line(), 1);
        set_csr(mask_reg, rows[i].enable ? 0 : rows[i].mask);
        ck_assert_int_eq(line(), 0);
        ck_assert_uint_eq(csr(0) & CSR0_INTR, 0);
        set_csr(mask_reg, rows[i].enable ? rows[i].mask : 0);
        ck_assert_int_eq(line(), 1);
        set_csr(rows[i].reg, rows[i].event | (rows[i].reg ? 0 : CSR0_IENA));
        ck_assert_int_eq(line(), 0);
    }
    set_csr(4, CSR4_UINTCMD);
    ck_assert_int_eq(line(), 1);
    ck_assert_uint_eq(csr(4), CSR4_UINT);
    set_csr(4, CSR4_UINT);
    ck_assert_int_eq(line(), 0);
    card->csr[0] |= CSR0_CERR; /* an error, but no interrupt */
    ck_assert_uint_eq(csr(0) & (CSR0_ERR | CSR0_INTR), CSR0_ERR);
}
END_TEST

START_TEST(resets)
{
    run_with(2, 0, 0);
    set_csr(4, 0x0915);
    set_csr(5, CSR5_TOKINTD);
    pcnet_raise(card, CSR0_RINT);
    set_csr(0, CSR0_STOP);
    ck_assert_uint_eq(csr(0), CSR0_STOP);
    ck_assert_int_eq(line(), 0);
    ck_assert_uint_eq(csr(4), 0x0915);
    ck_assert_uint_eq(csr(5), CSR5_TOKINTD);
    bus_in(&b.bus, AT + PCNET_WIO_RESET, 2);
    ck_assert_uint_eq(csr(4), 0x0115);
    ck_assert_uint_eq(csr(5), 0);
    ck_assert_uint_eq(csr(80), 0xd410);
    ck_assert_uint_eq(csr(100), 0x0200);
    ck_assert_uint_eq(csr(CSR_PADR), get_le16(mac));
    ck_assert_uint_eq(bcr(BCR_SWS), 0x0302);
    set_bcr(BCR_PCILAT, 0x1818);
    ck_assert_uint_eq(config(0x3e, 2), 0x1818);
    device_reset(&card->dev);
    ck_assert_uint_eq(config(0x3e, 2), 0xff06);
    ck_assert_uint_eq(card->bcr[BCR_SWS], 0x0200);
}
END_TEST

START_TEST(led_shows_the_link)
{
    ck_assert_uint_eq(bcr(BCR_LNKST), 0x80c0);
    ck_assert_uint_eq(bcr(5), 0x0084);
    card->out.frame = NULL;
    ck_assert_uint_eq(bcr(BCR_LNKST), 0x00c0);
}
END_TEST

/* Not allowed to be the bus's master: MERR, and it tries again until it is. */
START_TEST(no_bus_grant)
{
    set_config(PCI_COMMAND, PCI_IO_ENABLE, 2);
    write_block(0, 0, 2);
    set_csr(1, BLOCK);
    set_csr(0, CSR0_INIT | CSR0_STRT | CSR0_IENA);
    run_for(&b, 100 * NS_PER_US);
    ck_assert_uint_eq(csr(0) & (CSR0_MERR | CSR0_IDON | CSR0_ERR), CSR0_MERR | CSR0_ERR);
    ck_assert_int_eq(line(), 1);
    set_config(PCI_COMMAND, PCI_IO_ENABLE | PCI_MASTER_ENABLE, 2);
    set_csr(0, CSR0_MERR | CSR0_IENA);
    run_for(&b, 2 * NS_PER_MS);
    ck_assert_uint_eq(csr(0) & (CSR0_MERR | CSR0_IDON | CSR0_RXON), CSR0_IDON | CSR0_RXON);
}
END_TEST

START_TEST(master_abort)
{
    run_with(2, 0, 0);
    set_csr(5, 0x0400); /* SINTE */
    transmit(0, 60, DESC_STP | DESC_ENP);
    give(TX_RING, 0, 0x70000000, 60, DESC_OWN | DESC_STP | DESC_ENP);
    demand();
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(csr(0), CSR0_STOP | CSR0_INTR);
    ck_assert_uint_eq(csr(5), CSR5_SINT | 0x0400);
    ck_assert_int_eq(line(), 1); /* whatever IENA says */
    ck_assert_uint_eq(config(PCI_STATUS, 2) & 0x2000, 0x2000);
    set_config(PCI_STATUS, 0x2000, 2);
    ck_assert_uint_eq(config(PCI_STATUS, 2) & 0x2000, 0);
    set_csr(5, CSR5_SINT);
    ck_assert_int_eq(line(), 0);
    /* Below 16 MB the ISA bridge answers for nobody. */
    run_with(2, 0, 0);
    transmit(0, 60, DESC_STP | DESC_ENP);
    give(TX_RING, 0, 0x00800000, 60, DESC_OWN | DESC_STP | DESC_ENP);
    demand();
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(sent_count, 1);
    ck_assert_uint_eq(sent[0], 0xff);
}
END_TEST

START_TEST(state_and_storm)
{
    u16 ports[PCNET_PORTS], registers[] = {AT + PCNET_WIO_RDP, AT + PCNET_WIO_RAP,
                                           AT + PCNET_WIO_BDP, AT + PCNET_WIO_RDP + 1};
    for (unsigned i = 0; i < PCNET_PORTS; i++)
        ports[i] = (u16)(AT + i);
    round_trip(&b, &card->dev, make);
    set_bcr(BCR_PCILAT, 0x1234);
    round_trip(&b, &card->dev, make);
    for (unsigned s = 0; s < 4; s++) {
        run_with(s, MODE_PROM, 0);
        transmit(0, 1000, DESC_STP);
        transmit(1, 500, DESC_ENP);
        demand();
        round_trip(&b, &card->dev, make);
        run_for(&b, 100 * NS_PER_US); /* in the middle of the first buffer */
        ck_assert_uint_eq(card->phase, PCNET_BUFFER);
        round_trip(&b, &card->dev, make);
        run_for(&b, 800 * NS_PER_US);
        ck_assert_uint_eq(card->phase, PCNET_LAST);
        set_csr(5, CSR5_SPND);
        round_trip(&b, &card->dev, make);
        run_for(&b, NS_PER_MS);
        ck_assert_uint_eq(csr(5), CSR5_SPND);
        round_trip(&b, &card->dev, make);
    }
    register_storm(&b, &card->dev, make, registers, ARRAY_SIZE(registers), 6000, 30000);
    register_storm(&b, &card->dev, make, ports, PCNET_PORTS, 4000, 100000);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("pcnet");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, identity_and_windows);
    tcase_add_test(t, two_windows_in_a_page);
    tcase_add_test(t, address_prom);
    tcase_add_test(t, word_and_double_word_mode);
    tcase_add_test(t, initialization);
    tcase_add_test(t, upper_address);
    tcase_add_test(t, settings_only_while_stopped);
    tcase_add_test(t, interrupts);
    tcase_add_test(t, resets);
    tcase_add_test(t, led_shows_the_link);
    tcase_add_test(t, no_bus_grant);
    tcase_add_test(t, master_abort);
    tcase_add_test(t, state_and_storm);
    return t;
}

int main(void)
{
    return run_suite("pcnet", cases);
}
