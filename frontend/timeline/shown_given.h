/*
 * shown_given.h - disks that were no image files, out of a recording: what the guest saw of them.
 */
#ifndef FERRITE_SHOWN_GIVEN_H
#define FERRITE_SHOWN_GIVEN_H

#include "frontend/timeline/shown_told.h"
#include "hw/base/err.h"

struct shown_given;

struct shown_given *shown_given_new(void);    /* NULL: out of memory */
void shown_given_free(struct shown_given *g); /* NULL is fine */

/* Contents of an O and an S record. false: they are none. */
bool shown_given_opened(struct shown_given *g, const u8 *p, size_t size);
bool shown_given_sectors(struct shown_given *g, const u8 *p, size_t size);
/* All of them have been taken. false: two say of one sector what it was. */
bool shown_given_arrange(struct shown_given *g);

/* For struct media of the drive in that place; it outlives the machine. NULL: there is none. */
const struct shown *shown_given_at(struct shown_given *g, unsigned place);
/* As it was when the machine was made. false: there was none. */
bool shown_given_disk(const struct shown_given *g, unsigned place, struct shown_disk *out);
/* The machine has been made: changes of sectors come from its journal, and what is not known is
 * said there. */
void shown_given_journal(struct shown_given *g, struct journal *j);
/* A JOURNAL_SECTORS is past. */
void shown_given_fact(void *g, const struct journal_entry *e, const u8 *data);

#endif
