/*
 * device.h - what every device is made of.
 *
 * A device is one file: a class (below) and a struct that begins with struct device. Its public
 * header gives the struct (so that pc.c can wire its lines) and the class. pc.c creates all
 * devices from one table: device_new() allocates the class's struct and sets property defaults,
 * pc.c wires lines and sets properties, device_realize() claims ports and memory, device_reset()
 * is the RESET line, device_state() saves or loads everything that a guest could notice.
 */
#ifndef FERRITE_DEVICE_H
#define FERRITE_DEVICE_H

#include "hw/base/clock.h"
#include "hw/base/err.h"
#include "hw/base/log.h"
#include "hw/base/prop.h"
#include "hw/base/state.h"
#include "hw/bus/bus.h"
#include "mmu/phys.h"

/* What a device may reach when it is realized. */
struct board {
    struct bus *bus;
    struct phys *phys;
    struct clock *clock;
    struct log *log;
};

struct device;

struct device_class {
    const char *name;         /* chunk name in snapshots, key in configuration: "pit" */
    const char *doc;          /* one line: "8254 programmable interval timer" */
    size_t size;              /* of the device's struct */
    const struct prop *props; /* may be NULL */
    u32 state_version;
    /*
     * A snapshot may lack this device (it is then as after a reset), or have it where the machine
     * does not (it is then skipped); both with a line in the log. Otherwise both are refused.
     */
    bool optional;
    /* Claim ports and windows, arm nothing yet. */
    bool (*realize)(struct device *d, const struct board *b, struct err *e);
    void (*reset)(struct device *d);
    /* One function both ways; see hw/base/state.h. */
    void (*state)(struct device *d, struct state *s);
    /* Free what realize took (files, memory); may be NULL. */
    void (*destroy)(struct device *d);
    /* One or more lines for a person (monitor "info", teaching views); may be NULL. */
    void (*describe)(const struct device *d, FILE *out);
};

struct device {
    const struct device_class *class;
    char name[24];             /* instance: class name, or class name + number ("serial1") */
    const struct board *board; /* set by device_realize() */
};

struct device *device_new(const struct device_class *class, const char *name);
bool device_realize(struct device *d, const struct board *b, struct err *e);
void device_reset(struct device *d);
void device_state(struct device *d, struct state *s); /* brackets class->state with its chunk */
void device_free(struct device *d);

#endif
