/*
 * pci.h - PCI bus 0: configuration mechanism #1, functions with their configuration space, base
 * address registers, interrupt pins.
 *
 * A function lives inside a device's struct. Before its device is realized, pc.c says where it
 * sits (pci_attach). Its realize() fills in identity and windows (pci_init, pci_bar); its
 * reset() calls pci_function_reset() and then sets what its data sheet says differs; its state()
 * calls pci_function_state().
 *
 * Windows (BARs, the expansion ROM, one of the function's own making) decode while the command
 * register says so and nothing else is there: RAM, the ROMs and APICs at the top of memory, and
 * the board's own ports cannot be covered, and of two windows that overlap the function with the
 * lower number wins. Where nothing decodes any more, nothing is left behind.
 */
#ifndef FERRITE_PCI_H
#define FERRITE_PCI_H

#include "hw/bus/device.h"

enum {
    PCI_VENDOR_ID = 0x00,
    PCI_DEVICE_ID = 0x02,
    PCI_COMMAND = 0x04,
    PCI_STATUS = 0x06,
    PCI_REVISION = 0x08,
    PCI_PROG_IF = 0x09,
    PCI_CLASS = 0x0a,
    PCI_HEADER_TYPE = 0x0e,
    PCI_BAR0 = 0x10,
    PCI_SUBSYSTEM_VENDOR = 0x2c,
    PCI_SUBSYSTEM = 0x2e,
    PCI_ROM_BAR = 0x30,
    PCI_INTERRUPT_LINE = 0x3c,
    PCI_INTERRUPT_PIN = 0x3d,
};
enum { /* Command */
       PCI_IO_ENABLE = 1,
       PCI_MEMORY_ENABLE = 2,
       PCI_MASTER_ENABLE = 4
};
enum { PCI_BARS = 6, PCI_WINDOW_ROM = 6, PCI_WINDOW_OWN = 7, PCI_WINDOWS = 8 };
enum { PCI_PIRQS = 4 };
enum { PCI_FIRST_SLOT = 3, PCI_SLOTS = 32 }; /* for cards; the board is before them */

#define PCI_DEVFN(slot, function) ((u8)((slot) << 3 | (function)))

enum pci_window_kind { PCI_NO_WINDOW, PCI_PORTS, PCI_MMIO, PCI_RAM, PCI_ROM };

struct pci_window {
    enum pci_window_kind kind;
    /* A power of two. Memory in whole pages; less for PCI_MMIO, whose handlers then see accesses to
     * the whole page around `at`. */
    u32 size;
    bool prefetchable;
    const struct port_ops *ports; /* PCI_PORTS */
    bus_steady_fn *steady;        /* of these, or NULL */
    bus_curve_fn *curve;          /* likewise */
    const struct mmio_ops *mmio;  /* PCI_MMIO */
    u8 *host;                     /* PCI_RAM, PCI_ROM */
    void *dev;
    /* It has been mapped, as above and anew; the function may put more over parts of it. NULL. */
    void (*placed)(void *dev);

    /* Derived from the registers by pci_update(). */
    bool wanted, mapped;
    u32 at; /* while wanted */
};

struct pci_function {
    struct pci *pci;
    const char *name;
    void *dev;
    u8 devfn;
    bool interrupt; /* level of its INTx pin */
    u8 config[256];
    u8 writable[256]; /* bits that configuration writes change */
    u8 clear[256];    /* bits that are cleared by writing ones */
    struct pci_window window[PCI_WINDOWS];
    /* PCI_WINDOW_OWN: does it decode, and where? NULL: there is none. */
    bool (*own_window)(const struct pci_function *f, u32 *at);
    /* Registers first..last may have changed (by a write or by loading); may be NULL. */
    void (*changed)(struct pci_function *f, unsigned first, unsigned last);
};

struct pci {
    struct device dev;
    u32 address;                        /* CONFADD, port CF8h */
    struct pci_function *function[256]; /* by devfn */
    /* Accesses at CF8h-CFBh that are not 32 bits wide are no configuration accesses: they go to
     * the ISA bus. pc.c says who is there. */
    const struct port_ops *isa;
    void *isa_dev;
    struct irq pirq[PCI_PIRQS]; /* PIRQA-D to the ISA bridge */
};

extern const struct device_class pci_class;

void pci_attach(struct pci *pci, struct pci_function *f, u8 devfn);
/*
 * For the realize of a card: into the slot that its property `addr` says ("5", "1f", "5.0";
 * hexadecimal as in QEMU), else into the first free one. Whoever is attached already stays there.
 */
bool pci_plug(struct device *card, struct pci_function *f, const char *addr, struct err *e);
/* Identity; command and status registers. class is base class, subclass. */
void pci_init(struct pci_function *f, const char *name, void *dev, u16 vendor, u16 device,
              u16 class, u8 prog_if, u8 revision);
/* Window i (0-5 or PCI_WINDOW_ROM) gets its base address register. */
void pci_bar(struct pci_function *f, unsigned i, const struct pci_window *w);
void pci_function_reset(struct pci_function *f);
void pci_function_state(struct pci_function *f, struct state *s);
/* Windows may have moved without a configuration write. */
void pci_update(struct pci *pci);
void pci_set_interrupt(struct pci_function *f, bool level);

/* As seen through the ports; nobody there reads all ones. Not across a 4-byte boundary. */
u32 pci_config_read(struct pci *pci, u8 devfn, unsigned reg, unsigned size);
void pci_config_write(struct pci *pci, u8 devfn, unsigned reg, u32 value, unsigned size);

static inline u16 pci_command(const struct pci_function *f)
{
    return get_le16(f->config + PCI_COMMAND);
}

#endif
