/* snapshot.h - a machine's snapshot as a file. */
#ifndef FERRITE_SNAPSHOT_H
#define FERRITE_SNAPSHOT_H

#include "hw/machine/vm.h"

/* As out_file_save(): a failure leaves an older file as it was. */
bool snapshot_save(struct vm *vm, const char *path, struct err *e);
/* A refused snapshot leaves the machine as it was. */
bool snapshot_load(struct vm *vm, const char *path, struct err *e);

#endif
