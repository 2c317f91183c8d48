/*
 * slots.h - what a device asks the machine for while it is realized, besides ports (bus.h) and
 * memory (mmu/phys.h): interrupt and DMA lines of the ISA bus, the PCI bus, the streams and cables
 * that the configuration names, and its neighbours.
 *
 * Without slots (a unit test of one device) everything succeeds and leaves what the test has set.
 */
#ifndef FERRITE_SLOTS_H
#define FERRITE_SLOTS_H

#include "hw/base/midi.h"
#include "hw/base/stream.h"
#include "hw/bus/device.h"

struct pci;
struct nic_config;
struct sound_inlet;

/* How a device uses an interrupt line of the ISA bus. */
enum line_use {
    LINE_DRIVEN, /* always: nobody else can have it */
    LINE_GATED,  /* only while its driver says so (OUT2 of a serial port): such cards can share */
    LINE_FORCED, /* for tests of the interrupt controllers: past whoever has it */
};

struct slots {
    void *owner;
    struct pci *pci;                    /* NULL: there is no such bus */
    struct irq power_off;               /* pulsed */
    const struct midi_sink *midi;       /* the cable at MIDI OUT; NULL: none */
    const struct midi_source *midi_in;  /* at MIDI IN; */
    const struct sound_inlet *sound_in; /* at the line input */
    bool (*irq)(void *owner, struct device *d, unsigned n, enum line_use use, struct irq *line,
                struct err *e);
    bool (*dma)(void *owner, struct device *d, unsigned channel, struct dma_line *line,
                struct err *e);
    void (*dma_spare)(void *owner, struct device *d, unsigned channel, struct dma_line *line);
    const struct stream *(*stream)(void *owner, const char *id);
    const struct nic_config *(*netdev)(void *owner, const char *id);
    struct device *(*find)(void *owner, const struct device_class *class, const char *name);
    void (*exit)(void *owner, u32 value);
};

/* Interrupt line n of the ISA bus, whose other end is the 8259s'. false + err when it is taken. */
bool slots_irq(struct device *d, unsigned n, enum line_use use, struct irq *line, struct err *e);
/* DMA channel 0-3 (bytes) or 5-7 (words). line->ready and line->dev are the device's. */
bool slots_dma(struct device *d, unsigned channel, struct dma_line *line, struct err *e);
/* A channel that its driver may choose some day: it works, and is whoever's asks for it for good.
 */
void slots_dma_spare(struct device *d, unsigned channel, struct dma_line *line);
/* Where MIDI OUT leads; NULL: nowhere. It outlives the machine's devices. */
const struct midi_sink *slots_midi(const struct device *d);
/* What plays into MIDI IN, and into the line input; NULL: nobody. They outlive the devices. */
const struct midi_source *slots_midi_in(const struct device *d);
const struct sound_inlet *slots_sound_in(const struct device *d);
/* What the property `chardev` names; NULL: leaves *stream alone. It outlives the machine. */
bool slots_stream(struct device *d, const char *id, struct stream *stream, struct err *e);
/* The cable of that name (hw/net/); NULL: there is none. */
const struct nic_config *slots_netdev(struct device *d, const char *id);
/* A test program ends the run with this value. */
void slots_exit(struct device *d, u32 value);
/*
 * A device realized before this one, by its name or id; name NULL: the first one of the class.
 * NULL: there is none.
 */
struct device *slots_find(struct device *d, const struct device_class *class, const char *name);

#endif
