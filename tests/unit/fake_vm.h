/*
 * fake_vm.h - a machine made of a text screen and a clock, for tests of what drives a machine.
 */
#ifndef FERRITE_FAKE_VM_H
#define FERRITE_FAKE_VM_H

#include "hw/machine/vm.h"

enum { FAKE_EVENTS = 200, FAKE_PLANS = 16, FAKE_W = 8, FAKE_H = 4 };

/* At a time, the guest shows a text, paints, says something on its serial port, or ends. */
struct fake_plan {
    u64 at;
    const char *text;   /* new text screen; "" switches to graphics */
    u32 paint;          /* colour of the whole graphics screen */
    const char *serial; /* output */
    enum vm_stop stop;  /* VM_SLICE: none */
};

struct vm {
    u64 now;
    struct fake_plan plan[FAKE_PLANS];
    unsigned plans, done;
    char text[2000];
    u32 pixels[FAKE_W * FAKE_H];
    struct {
        u64 at;
        int key; /* 0: mouse */
        int down, dx, dy;
        unsigned buttons;
    } event[FAKE_EVENTS];
    unsigned events;
    char inserted[2][200];
    char cd[200];
    bool protect[2];
    u8 bios_keys[4];  /* at 41Ah */
    bool pointing;    /* somebody wants positions; they are events too */
    unsigned refuses; /* keys are not taken until so many looks have been made */
    unsigned leds;
    double mips, mhz;
    const char *clock_of;
    u32 stick[2]; /* x, and y above it */
    u8 stick_buttons[2];
    struct sound_sink sink[2];
    unsigned listeners;
    u32 quieter[2]; /* than 100 % */
    bool muted[2];
    unsigned resets, power_presses, ejects, cd_ejects;
    void (*serial)(void *opaque, const u8 *data, size_t len);
    void *opaque;
};

void fake_plan(struct vm *vm, double seconds, struct fake_plan p);

#endif
