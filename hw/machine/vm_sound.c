/*
 * vm_sound.c - a machine's sound as front ends see it (hw/machine/vm.h).
 */
#include "hw/machine/pc.h"
#include "hw/machine/vm.h"
#include "hw/machine/vm_parts.h"

#include <string.h>

bool vm_sound_listen(struct vm *vm, const struct sound_sink *sink)
{
    return mixer_listen(vm_pc(vm)->sound, sink);
}

void vm_sound_leave(struct vm *vm, const struct sound_sink *sink)
{
    mixer_leave(vm_pc(vm)->sound, sink);
}

u32 vm_sound_rate(const struct vm *vm)
{
    return vm_pc(vm)->sound->rate;
}

bool vm_sound_source(const struct vm *vm, unsigned i, struct vm_sound *out)
{
    const struct sound_source *src = NULL;
    do {
        src = mixer_source(vm_pc(vm)->sound, NULL, src);
    } while (src && i--);
    if (!src)
        return false;
    *out = (struct vm_sound){.name = src->name,
                             .volume = src->person,
                             .muted = src->muted,
                             .playing = sound_heard(src) && !src->idle};
    return true;
}

bool vm_sound_set(struct vm *vm, const char *name, u32 volume, bool muted)
{
    bool found = false;
    struct sound_source *src = NULL;
    while ((src = mixer_source(vm_pc(vm)->sound, name, src))) {
        mixer_person(src, volume, muted);
        found = true;
    }
    return found;
}
