/*
 * i440fx.h - the 82441FX host bridge as PCI function 00.0: DRAM shadowing of C0000h-FFFFFh.
 */
#ifndef FERRITE_I440FX_H
#define FERRITE_I440FX_H

#include "hw/chipset/pci.h"

enum { PAM_SEGMENTS = 13, SHADOW_PAGES = 64 };

struct i440fx {
    struct device dev;
    struct pci_function pci;
    /* What is on the bus (ROMs, nothing) at C0000h-FFFFFh, page by page. */
    struct phys_page bus_side[SHADOW_PAGES];
    bool ready;               /* i440fx_take_roms() was called */
    u8 applied[PAM_SEGMENTS]; /* read and write enable as they are mapped */
};

extern const struct device_class i440fx_class;

/* All ROMs are mapped: from now on PAM decides whether they or the RAM at their place are seen. */
void i440fx_take_roms(struct i440fx *h);
/*
 * An adapter shows other memory of its own at C0000h-EFFFFh: whole pages inside one segment of
 * 16 KB, as phys_map_bank() wants them; host NULL: nothing. It is seen where PAM lets reads and
 * writes through to the bus. `h` may be NULL: a board without this bridge.
 */
void i440fx_map_adapter(struct i440fx *h, struct phys *phys, u32 base, u32 len, u8 *host,
                        bool shared);

#endif
