/*
 * vm_taps.c - taps on serial and parallel ports, consoles and MIDI OUT. See vm_taps.h.
 *
 * In the journal a serial port's unit is its number, that of a chardev VM_SERIALS more.
 */
#include "hw/machine/vm_taps.h"

#include <stdlib.h>
#include <string.h>

static void tap_write(void *opaque, const u8 *data, size_t len)
{
    const struct vm_tap *t = opaque;
    if (!journal_quiet(t->journal))
        t->real.write(t->real.opaque, data, len);
}

static size_t tap_read(void *opaque, u8 *data, size_t max)
{
    struct vm_tap *t = opaque;
    if (journal_replays(t->journal)) {
        const u8 *bytes;
        const struct journal_entry *e = journal_take(t->journal, JOURNAL_BYTES, t->unit, &bytes);
        size_t size = !e ? 0 : e->size < max ? e->size : max;
        if (size)
            memcpy(data, bytes, size);
        return size;
    }
    size_t got = t->real.read(t->real.opaque, data, max);
    if (got && got <= max)
        journal_note(t->journal, JOURNAL_BYTES, t->unit, data, got);
    return got;
}

static void tap_midi(void *opaque, u64 when, u8 byte)
{
    const struct vm_tap *t = opaque;
    if (!journal_quiet(t->journal))
        t->midi.byte(t->midi.opaque, when, byte);
}

static struct stream tapped(struct vm_tap *t, struct journal *j, unsigned unit, struct stream real)
{
    *t = (struct vm_tap){.journal = j, .real = real, .unit = (u8)unit};
    return (struct stream){
        .write = real.write ? tap_write : NULL, .read = real.read ? tap_read : NULL, .opaque = t};
}

bool taps_set(struct vm_taps *t, struct vm_config *config, struct journal *j, struct err *e)
{
    unsigned chardevs = config->chardev_count, n = VM_SERIALS + VM_PARALLELS + 2;
    t->tap = calloc(n + chardevs, sizeof(*t->tap));
    t->chardev = calloc(chardevs + 1, sizeof(*t->chardev));
    if (!t->tap || !t->chardev)
        return err_set(e, "out of memory");
    struct vm_tap *next = t->tap;
    for (unsigned i = 0; i < VM_SERIALS; i++)
        config->serial[i] = tapped(next++, j, i, config->serial[i]);
    for (unsigned i = 0; i < chardevs; i++) {
        t->chardev[i].id = config->chardevs[i].id;
        t->chardev[i].stream = tapped(next++, j, VM_SERIALS + i, config->chardevs[i].stream);
    }
    config->chardevs = t->chardev;
    for (unsigned i = 0; i < VM_PARALLELS; i++)
        config->parallel[i] = tapped(next++, j, 0, config->parallel[i]);
    config->debugcon = tapped(next++, j, 0, config->debugcon);
    if (config->midi.byte) {
        *next = (struct vm_tap){.journal = j, .midi = config->midi};
        config->midi = (struct midi_sink){tap_midi, next};
    }
    return true;
}

void taps_free(struct vm_taps *t)
{
    free(t->tap);
    free(t->chardev);
}
