/*
 * vm_budget.c - see vm_budget.h.
 */
#include "hw/machine/vm_budget.h"

#include "hw/guest/share.h"
#include "hw/machine/vm_machine.h"
#include "hw/storage/disk_budget.h"

void vm_budget(struct vm *vm, struct budget *b)
{
    struct pc *pc = vm->pc;
    for (unsigned i = 0; i < VM_FLOPPIES; i++) {
        if (pc->fdc->drive[i].disk)
            disk_budget(pc->fdc->drive[i].disk, b);
    }
    for (unsigned i = 0; i < VM_DISKS; i++) {
        if (pc->disk[i])
            disk_budget(pc->disk[i], b);
    }
    if (pc->guest && pc->guest->shares)
        shares_budget(pc->guest->shares, b);
}
