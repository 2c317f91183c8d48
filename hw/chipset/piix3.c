/*
 * piix3.c - the ISA bridge of the 82371SB (PIIX3). Intel 82371FB/82371SB data sheet (290550),
 * chapter 2.2 (function 0), 2.3.4 (PIRQx route control).
 *
 * Four PCI interrupts are led to ISA lines by the route registers 60h-63h; a line is high while
 * anything drives it. ELCR is part of hw/chipset/i8259.c, the reset control register of
 * hw/chipset/port92.c. The registers of ISA timing, chip selects and memory at 16 MB keep what is
 * written.
 *
 * Not modelled: SMI (registers A0h-ACh keep their values), MIRQ, APIC chip select, PCI bus
 * mastering on behalf of ISA DMA (which works as if TOM covered all memory).
 */
#include "hw/chipset/piix3.h"

#include <stdio.h>

enum { PIRQRC = 0x60, ROUTE_OFF = 0x80, ROUTE_MASK = 0x8f };
enum { SOURCE_ISA = 1, SOURCE_PIRQ = 2, SOURCE_SCI = 0x20, SCI_IRQ = 9 };

static void drive(struct piix3 *p, unsigned n, u8 source, bool level)
{
    u8 before = p->sources[n];
    p->sources[n] = (u8)(level ? before | source : before & ~source);
    if (!before != !p->sources[n])
        irq_set(&p->irq[n], p->sources[n] != 0);
}

void piix3_isa(void *piix3, int n, int level)
{
    drive(piix3, (unsigned)n, SOURCE_ISA, level);
}

void piix3_sci(void *piix3, int n, int level)
{
    (void)n;
    drive(piix3, SCI_IRQ, SOURCE_SCI, level);
}

/* Lines that the data sheet reserves (0, 1, 2, 8, 13) cannot be reached. */
static bool routed(const struct piix3 *p, unsigned pirq, unsigned line)
{
    u8 route = p->pci.config[PIRQRC + pirq];
    return !(route & ROUTE_OFF) && (route & 15) == line && (0xdef8 >> line & 1);
}

static void update_pirq(struct piix3 *p, unsigned pirq)
{
    for (unsigned line = 0; line < PIIX3_IRQS; line++)
        drive(p, line, (u8)(SOURCE_PIRQ << pirq), (p->pirq >> pirq & 1) && routed(p, pirq, line));
}

void piix3_pirq(void *piix3, int n, int level)
{
    struct piix3 *p = piix3;
    p->pirq = (u8)((p->pirq & ~(1u << n)) | (level ? 1u << n : 0));
    update_pirq(p, (unsigned)n);
}

static void on_change(struct pci_function *f, unsigned first, unsigned last)
{
    for (unsigned i = 0; i < PCI_PIRQS; i++) {
        if (first <= PIRQRC + i && last >= PIRQRC + i)
            update_pirq(f->dev, i);
    }
}

static void defaults(struct pci_function *f)
{
    for (unsigned i = 0; i < PCI_PIRQS; i++)
        f->config[PIRQRC + i] = ROUTE_OFF;
    f->config[0x4c] = 0x4d; /* ISA recovery times */
    f->config[0x4e] = 0x03; /* keyboard and RTC chip selects */
    f->config[0x69] = 0x02; /* top of memory for ISA masters */
    f->config[0xa8] = 0x0f; /* fast-off timer */
}

static bool piix3_realize(struct device *d, const struct board *b, struct err *e)
{
    static const u8 plain[] = {0x4c, 0x4e, 0x4f, 0x69, 0x70, 0x76, 0x77, 0x78, 0x79, 0x80, 0x82,
                               0xa0, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xaa, 0xac, 0xae};
    struct piix3 *p = (struct piix3 *)d;
    struct pci_function *f = &p->pci;
    (void)b, (void)e;

    pci_init(f, d->name, p, 0x8086, 0x7000, 0x0601, 0, 0x00);
    f->config[PCI_HEADER_TYPE] = 0x80; /* more functions follow */
    put_le16(f->config + PCI_COMMAND, PCI_IO_ENABLE | PCI_MEMORY_ENABLE | PCI_MASTER_ENABLE);
    put_le16(f->config + PCI_STATUS, 0x0200); /* medium DEVSEL */
    put_le16(f->writable + PCI_COMMAND, 0x0008);
    f->writable[PCI_INTERRUPT_LINE] = 0;
    for (unsigned i = 0; i < PCI_PIRQS; i++)
        f->writable[PIRQRC + i] = ROUTE_MASK;
    for (unsigned i = 0; i < ARRAY_SIZE(plain); i++)
        f->writable[plain[i]] = 0xff;
    f->changed = on_change;
    return true;
}

static void piix3_reset(struct device *d)
{
    struct piix3 *p = (struct piix3 *)d;
    pci_function_reset(&p->pci);
    defaults(&p->pci);
    for (unsigned i = 0; i < PCI_PIRQS; i++)
        update_pirq(p, i);
}

static void piix3_state(struct device *d, struct state *s)
{
    struct piix3 *p = (struct piix3 *)d;
    /* Levels first: loading the routes sorts out what they drive. */
    state_u8(s, "PIRQ", &p->pirq);
    state_bytes(s, "sources", p->sources, sizeof(p->sources));
    pci_function_state(&p->pci, s);
}

static void piix3_describe(const struct device *d, FILE *out)
{
    const struct piix3 *p = (const struct piix3 *)d;
    for (unsigned i = 0; i < PCI_PIRQS; i++) {
        u8 route = p->pci.config[PIRQRC + i];
        fprintf(out, "PIRQ%c %s: ", (char)('A' + i), p->pirq >> i & 1 ? "high" : "low");
        if (route & ROUTE_OFF)
            fprintf(out, "not routed\n");
        else
            fprintf(out, "IRQ %u\n", route & 15u);
    }
}

const struct device_class piix3_class = {
    .name = "piix3",
    .doc = "82371SB PCI-to-ISA bridge, interrupt routing",
    .size = sizeof(struct piix3),
    .state_version = 1,
    .realize = piix3_realize,
    .reset = piix3_reset,
    .state = piix3_state,
    .describe = piix3_describe,
};
