/* apic_look.c - local and I/O APIC for who looks. SDM vol. 3, 10.5; the 82093AA's data sheet. */
#include "hw/chipset/chips_look.h"
#include "hw/chipset/ioapic.h"

#include <stdio.h>

static const struct register_field svr[] = {
    FIELD(8, 1, "enable", "off", "on"),
    FIELD_NUMBER(0, 8, "spurious vector"),
};
#define MODES "fixed", "lowest priority", "SMI", NULL, "NMI", "INIT", "start-up", "ExtINT"
static const struct register_field lvt[] = {
    FIELD(16, 1, "mask", "open", "masked"),
    FIELD(15, 1, "trigger", "edge", "level"),
    FIELD(13, 1, "polarity", "high", "low"),
    FIELD(8, 3, "delivery", MODES),
    FIELD_NUMBER(0, 8, "vector"),
};
static const struct register_field timer[] = {
    FIELD(17, 1, "mode", "one-shot", "periodic"),
    FIELD(16, 1, "mask", "open", "masked"),
    FIELD_NUMBER(0, 8, "vector"),
};
static const struct register_field entry[] = {
    FIELD(16, 1, "mask", "open", "masked"),
    FIELD(15, 1, "trigger", "edge", "level"),
    FIELD(14, 1, "remote IRR", "-", "waits for EOI"),
    FIELD(13, 1, "polarity", "high", "low"),
    FIELD(11, 1, "destination", "physical", "logical"),
    FIELD(8, 3, "delivery", MODES),
    FIELD_NUMBER(0, 8, "vector"),
};

/* The vectors whose bits are set, as words. */
static void look_vectors(const struct register_eye *eye, const char *name, const u32 bits[8])
{
    char words[200] = "";
    size_t n = 0;
    for (unsigned v = 0; v < 256; v++)
        if ((bits[v / 32] >> v % 32 & 1) && n + 4 < sizeof(words))
            n += (size_t)snprintf(words + n, sizeof(words) - n, "%02x ", v);
    eye->text(eye->opaque, name, n ? words : "none");
}

void lapic_look(const struct device *d, const struct register_eye *eye)
{
    static const char *const names[LVT_COUNT] = {"LVT Timer", "LVT Performance", "LVT LINT0",
                                                 "LVT LINT1", "LVT Error"};
    static const char *const places[LVT_COUNT] = {"320h", "340h", "350h", "360h", "370h"};
    const struct lapic *l = (const struct lapic *)d;
    eye->group(eye->opaque, "Local APIC");
    look_plain(eye, "ID", "20h", l->id, 32, "");
    look_plain(eye, "Task Priority", "80h", l->tpr, 8, "requests of less or equal class wait");
    look_plain(eye, "Logical Destination", "D0h", l->ldr, 32, "");
    look_plain(eye, "Destination Format", "E0h", l->dfr, 32, "");
    look_value(eye, "Spurious Interrupt Vector", "F0h", l->svr, 16, svr, "");
    look_vectors(eye, "IRR: requested", l->irr);
    look_vectors(eye, "ISR: in service", l->isr);
    look_vectors(eye, "TMR: level-triggered", l->tmr);
    look_plain(eye, "Error Status", "280h", l->esr, 8, "");
    eye->group(eye->opaque, "Local vector table");
    look_value(eye, names[LVT_TIMER], places[LVT_TIMER], l->lvt[LVT_TIMER], 20, timer, "");
    for (unsigned i = LVT_PERF; i < LVT_COUNT; i++)
        look_value(eye, names[i], places[i], l->lvt[i], 20, lvt, "");
    look_plain(eye, "Initial Count", "380h", l->initial, 32, "of the timer");
    look_plain(eye, "Divide Configuration", "3E0h", l->divide, 4, "");
}

void ioapic_look(const struct device *d, const struct register_eye *eye)
{
    const struct ioapic *io = (const struct ioapic *)d;
    eye->group(eye->opaque, "I/O APIC");
    look_plain(eye, "ID", "0", io->id, 32, "");
    look_plain(eye, "Pins", "", io->pins, 24, "levels now");
    eye->group(eye->opaque, "Redirection table");
    for (unsigned i = 0; i < IOAPIC_PINS; i++) {
        char name[20], place[8], words[40];
        snprintf(name, sizeof(name), "Entry %u", i);
        snprintf(place, sizeof(place), "%02xh", 0x10 + 2 * i);
        snprintf(words, sizeof(words), "to destination %02x", (unsigned)(io->entry[i] >> 56));
        look_value(eye, name, place, (u32)io->entry[i], 17, entry, words);
    }
}
