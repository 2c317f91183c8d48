/*
 * classes.h - the table of all classes of devices (classes.def). What -device help says of it is in
 * vm.h.
 */
#ifndef FERRITE_CLASSES_H
#define FERRITE_CLASSES_H

#include "hw/bus/device.h"

/* NULL after the last. */
const struct device_class *class_at(unsigned i);
/* By the name that -device uses; NULL + err, with the nearest name. */
const struct device_class *class_find(const char *model, struct err *e);
/* The class that an instance of this name is of, as snapshots name their chunks; NULL: none. */
const struct device_class *class_of_instance(const char *name);

#endif
