/*
 * pc.h - the board: which devices there are and how their lines are soldered.
 *
 * Inside hw/ only: vm.c puts a processor and a clock to it and offers the whole as hw/machine/vm.h.
 */
#ifndef FERRITE_PC_H
#define FERRITE_PC_H

#include "hw/bus/slots.h"
#include "hw/chipset/ferr.h"
#include "hw/chipset/i440fx.h"
#include "hw/chipset/i8237.h"
#include "hw/chipset/i8254.h"
#include "hw/chipset/i8259.h"
#include "hw/chipset/ioapic.h"
#include "hw/chipset/lapic.h"
#include "hw/chipset/mc146818.h"
#include "hw/chipset/pci.h"
#include "hw/chipset/piix3.h"
#include "hw/chipset/piix4_pm.h"
#include "hw/chipset/port61.h"
#include "hw/chipset/port92.h"
#include "hw/firmware/debugports.h"
#include "hw/firmware/fw_cfg.h"
#include "hw/firmware/multiboot.h"
#include "hw/guest/ferrport.h"
#include "hw/input/gameport.h"
#include "hw/input/i8042.h"
#include "hw/input/ps2kbd.h"
#include "hw/input/ps2mouse.h"
#include "hw/input/vmmouse.h"
#include "hw/machine/cd_sound.h"
#include "hw/machine/vm.h"
#include "hw/serial/lpt.h"
#include "hw/serial/uart16550.h"
#include "hw/sound/mixer.h"
#include "hw/sound/speaker.h"
#include "hw/storage/atapi.h"
#include "hw/storage/fdc82077.h"
#include "hw/storage/ide.h"
#include "hw/storage/piix3_ide.h"
#include "hw/video/cirrus.h"
#include "hw/video/vga.h"
#include "hw/video/vga_pci.h"

enum { PC_MAX_DEVICES = 96, PC_MAX_DRIVERS = 64, PC_DEFAULT_RAM_MB = 64 };

/* Who drives a line of the ISA bus. */
struct pc_driver {
    struct pc *pc;
    struct device *dev;
    u8 line;
    enum line_use use;
    bool shared; /* with somebody else */
    bool level;  /* state where the line is shared */
};

/* What the board asks of the machine around it. */
struct pc_signals {
    struct irq intr;        /* INTR of the processor */
    struct irq nmi;         /* pulsed */
    struct irq reset;       /* pulsed: the board is to be reset, the processor included (CF9h) */
    struct irq init;        /* pulsed: the chip set's INIT# (8042, port 92h, CF9h) */
    struct irq message;     /* pulsed: INIT as a message of the APIC bus */
    struct irq exit;        /* pulsed: the exit port; the number is the value written */
    struct irq power_off;   /* pulsed */
    struct irq program_end; /* pulsed: the guest port is told that the program has ended */
    struct {                /* a host that fails and a drive that waits for it: disk_on_stop() */
        void (*stop)(void *opaque, const char *why);
        void *opaque;
    } disk_error;
};

struct pc {
    struct board board;
    struct bus bus;
    struct phys phys;
    struct pc_signals signals;
    struct slots slots;
    const struct vm_config *config; /* while the machine is built */
    bool snapshot;                  /* of the configuration: later media too get overlays */
    enum on_error floppy_write_error[VM_FLOPPIES], floppy_read_error[VM_FLOPPIES], cd_read_error;

    /* What the board is wired with; each is in device[] too. */
    struct i8259 *pic;
    struct i8254 *pit;
    struct mc146818 *rtc;
    struct i8042 *kbc;
    struct ps2kbd *keyboard;
    struct ps2mouse *mouse;
    struct vmmouse *vmmouse;
    struct gameport *gameport;
    struct i8237 *dma;
    struct mixer *sound;
    struct speaker *speaker;
    struct cd_sound *cd_sound;
    struct port61 *port61;
    struct port92 *port92;
    struct ferr *ferr;
    struct debugports *debug;
    struct uart16550 *serial[VM_BOARD_SERIALS];
    struct lpt *parallel[VM_PARALLELS];
    struct fdc *fdc;
    struct ide *ide;
    struct vga *vga; /* the display adapter, or its VGA; NULL: there is none */
    struct lapic *lapic;
    struct ioapic *ioapic;
    struct fw_cfg *fw_cfg;
    struct pci *pci;
    struct i440fx *i440fx;
    struct piix3 *piix3;
    struct piix3_ide *piix3_ide;
    struct piix4_pm *pm;
    struct vga_pci *vga_pci; /* the standard VGA's function; NULL: another adapter, or none */
    struct cirrus *cirrus;   /* NULL: another adapter, or none */
    struct multiboot *multiboot;
    struct ferrport *guest;

    struct device *device[PC_MAX_DEVICES]; /* all, in order of reset and state */
    unsigned device_count;
    struct pc_driver driver[PC_MAX_DRIVERS];
    unsigned drivers;
    struct device *dma_user[8];
    bool dma_spare[8]; /* for whoever wants it for good */
    struct midi_sink midi;
    struct midi_source midi_in;
    struct sound_inlet sound_in;

    struct disk *disk[VM_DISKS]; /* floppies belong to the drives: fdc->drive[i].disk */
    u8 *bios, *vga_bios;         /* ROM contents when they came from files or need padding */
};

/* NULL + err when an image, a ROM or an option is not right. */
struct pc *pc_new(const struct vm_config *config, struct clock *clock,
                  const struct pc_signals *signals, struct err *e);
/* false + err when something that the guest wrote is not in an image. */
bool pc_free(struct pc *pc, struct err *e);
void pc_reset(struct pc *pc);
void pc_poll(struct pc *pc); /* between slices: what the host has for its devices */
/* RAM and all devices; the clock has been saved or loaded before. */
void pc_state(struct pc *pc, struct state *s);
struct device *pc_find(const struct pc *pc, const char *name); /* by instance name, or NULL */
/* The next one of a class after d (NULL: the first), or NULL. */
struct device *pc_next(const struct pc *pc, const struct device_class *class,
                       const struct device *d);

bool pc_floppy_insert(struct pc *pc, unsigned drive, const struct media *m, struct err *e);
/* What guests wrote and never flushed: see disk_settle(). */
void pc_settle_disks(struct pc *pc);
/* false + err, once, when a file that takes what the machine says has a gap (-netdump). */
bool pc_outputs_ok(struct pc *pc, struct err *e);
void pc_tick_disks(struct pc *pc); /* see disk_tick() */
void pc_rest_disks(struct pc *pc); /* see disk_rest() */
bool pc_floppy_eject(struct pc *pc, unsigned drive, struct err *e);
bool pc_cd_insert(struct pc *pc, const struct media *m, bool force, struct err *e);
bool pc_cd_eject(struct pc *pc, bool force, struct err *e);

/* pc_drives.c: what is in the drives, by place (struct vm_drive); the tab of a diskette. */
bool pc_drive(const struct pc *pc, unsigned place, struct vm_drive *out);
/* The USB stick that hard disk i is; NULL: it is none. */
struct usb_disk *pc_usb_disk(const struct pc *pc, unsigned i);
bool pc_check_usb_disks(const struct pc *pc, struct err *e);
bool pc_disk_is_fixed(const struct pc *pc, unsigned i); /* it is there, and the firmware's */
bool pc_drive_export(struct pc *pc, unsigned place, int fd, struct err *e);
bool pc_drive_let_go(struct pc *pc, unsigned place, struct err *e);
bool pc_drive_take_up(struct pc *pc, unsigned place, const char *overlay, struct err *e);
bool pc_drive_look(struct pc *pc, unsigned place, u64 *shown, u64 *now);
/* Of the hard disks, the one that is a USB stick: out of its port, or in. */
bool pc_usb_disk_plug(struct pc *pc, unsigned i, bool in, struct err *e);
bool pc_drive_renew(struct pc *pc, unsigned place, u32 *opening, enum renewed *how, struct err *e);
void pc_drive_lose(struct pc *pc, unsigned place); /* what RENEW_LOST is */
bool pc_flush_drives(struct pc *pc, struct err *e);
bool pc_floppy_protect(struct pc *pc, unsigned drive, bool on, struct err *e);

/* pc_rom.c: map system and VGA BIOS. */
bool pc_map_roms(struct pc *pc, const struct vm_config *config, struct err *e);
/* pc_rows.c: the board's own devices and those that the configuration names, from their rows. */
bool pc_make_devices(struct pc *pc, struct err *e);
/* Realize them, in order; two that want the same are an error with both names. */
bool pc_realize_devices(struct pc *pc, struct err *e);
/* pc_slots.c: what devices ask the board for. */
void pc_offer_slots(struct pc *pc);
struct irq pc_isa_line(struct pc *pc, int n); /* past the ledger */
struct irq pc_solder(struct pc *pc, struct device *d, int n);
void pc_lines_state(struct pc *pc, struct state *s);
/* pc_pci.c: PCI functions, interrupt lines, what fw_cfg tells firmware. */
void pc_wire_pci(struct pc *pc);
bool pc_fill_fw_cfg(struct pc *pc, struct err *e);
/* pc_cmos.c: what a set-up program would have stored. */
bool pc_fill_cmos(struct pc *pc, const struct vm_config *config, struct err *e);

#endif
