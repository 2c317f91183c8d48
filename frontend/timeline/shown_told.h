/*
 * shown_told.h - what the guest sees of disks that are no image files (folders, bytes in memory),
 * into a recording: each sector when it is read first, and again when it is another one by then.
 */
#ifndef FERRITE_SHOWN_TOLD_H
#define FERRITE_SHOWN_TOLD_H

#include "hw/base/journal.h"
#include "hw/base/shown.h"

enum { SHOWN_PLACES = 6 }; /* VM_FLOPPIES + VM_DISKS */

struct shown_told;

/* `record` writes one record of a recording, of two parts. NULL: out of memory. */
struct shown_told *shown_told_new(void (*record)(void *opaque, char letter, const void *head,
                                                 size_t head_size, const void *rest,
                                                 size_t rest_size),
                                  void *opaque);
/* For struct media of the drive in that place; it outlives the machine. */
const struct shown *shown_told_at(struct shown_told *t, unsigned place);
/* The machine has been made; changes are entered there. NULL: from now on nothing is told. */
void shown_told_journal(struct shown_told *t, struct journal *j);
/* The machine was taken back: what was entered may be gone, and is entered again. */
void shown_told_back(struct shown_told *t);
void shown_told_free(struct shown_told *t); /* NULL is fine */

#endif
