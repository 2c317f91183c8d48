/*
 * device.h - what every device is made of.
 *
 * A device is one file: a class (below) and a struct that begins with struct device. Its class has
 * a row in hw/machine/classes.def. The machine is a list of rows (hw/base/row.h): device_new()
 * allocates the class's struct and sets property defaults, device_configure() sets what the row
 * says, device_realize() takes ports, memory and lines (slots.h), device_reset() is the RESET line,
 * device_state() saves or loads everything that a guest could notice. What is soldered to the board
 * besides has lines that pc.c wires; its header gives the struct for that.
 */
#ifndef FERRITE_DEVICE_H
#define FERRITE_DEVICE_H

#include "hw/base/clock.h"
#include "hw/base/err.h"
#include "hw/base/log.h"
#include "hw/base/prop.h"
#include "hw/base/row.h"
#include "hw/base/state.h"
#include "hw/bus/bus.h"
#include "mmu/phys.h"

/* What a device may reach when it is realized. */
struct board {
    struct bus *bus;
    struct phys *phys;
    struct clock *clock;
    struct log *log;
    const struct slots *slots; /* lines and more, slots.h; NULL: there are none (unit tests) */
};

struct device;

/* Where a device is plugged in. */
enum device_bus {
    BUS_BOARD, /* soldered: its lines are the board's */
    BUS_ISA,
    BUS_PCI,
    BUS_OUTSIDE /* a cable, or what hangs at one */
};

struct device_class {
    const char *name; /* of its instances and their chunks in snapshots: "pit" */
    /* As -device names it (QEMU's spelling where it has one); NULL: on the board or not at all. */
    const char *model;
    const char *doc;          /* one line: "8254 programmable interval timer" */
    size_t size;              /* of the device's struct */
    const struct prop *props; /* may be NULL */
    enum device_bus bus;
    /*
     * More than one may be there. Their names end in a number: that of the property `index` where
     * there is one ("serial0"), else the second one is "name-2".
     */
    bool several;
    u32 state_version;
    /*
     * A snapshot may lack this device (it is then as after a reset), or have it where the machine
     * does not (it is then skipped); both with a line in the log. Otherwise both are refused.
     */
    bool optional;
    /* Claim ports and windows, arm nothing yet. */
    bool (*realize)(struct device *d, const struct board *b, struct err *e);
    void (*reset)(struct device *d);
    /* One function both ways; see hw/base/state.h. NULL: it has none, and leaves no chunk. */
    void (*state)(struct device *d, struct state *s);
    /* Fetch what the host has for it; between slices of guest time. May be NULL. */
    void (*poll)(struct device *d);
    /* Free what realize took (files, memory); may be NULL. */
    void (*destroy)(struct device *d);
    /* One or more lines for a person (monitor "info", teaching views); may be NULL. */
    void (*describe)(const struct device *d, FILE *out);
};

struct device {
    const struct device_class *class;
    char name[24];             /* instance: class name, or class name + number ("serial1") */
    unsigned ordinal;          /* how many of its class the machine has before it */
    const struct board *board; /* set by device_realize() */
    struct row *row;           /* what device_configure() was given, a copy; NULL: nothing */
};

struct device *device_new(const struct device_class *class, const char *name);
/* Set the row's properties; the device keeps its texts. err says where the row is from. */
bool device_configure(struct device *d, const struct row *row, struct err *e);
bool device_realize(struct device *d, const struct board *b, struct err *e);
void device_reset(struct device *d);
void device_state(struct device *d, struct state *s); /* brackets class->state with its chunk */
void device_free(struct device *d);

#endif
