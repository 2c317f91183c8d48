/* vm_look_state.c - see vm_look_state.h. */
#include "hw/machine/vm_look_state.h"

#include "cpu/cpu.h"
#include "hw/machine/pc.h"
#include "hw/machine/vm_parts.h"

#include <string.h>

bool vm_look_state(struct vm *vm, const char *what, const struct state_eye *eye)
{
    bool cpu = strcmp(what, "cpu") == 0;
    struct device *d = cpu ? NULL : pc_find(vm_pc(vm), what);
    struct state *s = cpu || (d && d->class->state) ? state_new_look(eye) : NULL;
    if (!s)
        return false;
    if (cpu)
        cpu_state(vm_cpu(vm), s);
    else
        device_state(d, s);
    bool ok = state_ok(s);
    state_free(s);
    return ok;
}

const char *vm_device_doc(const struct vm *vm, const char *what)
{
    const struct device *d = pc_find(vm_pc(vm), what);
    return strcmp(what, "cpu") == 0 ? "the processor" : d ? d->class->doc : NULL;
}
