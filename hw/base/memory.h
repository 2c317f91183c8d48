/*
 * memory.h - memory that a running machine cannot do without.
 *
 * There are two ways to be out of memory. Where somebody asked for something - a machine, an image,
 * a snapshot, a command - it is refused: err_set(e, "out of memory"), and everything is as it was
 * before. Where a machine runs and nobody can be told no - a timer's place, the map of a page of
 * code - going on without would be another machine than the one that was asked for: must_have().
 */
#ifndef FERRITE_MEMORY_H
#define FERRITE_MEMORY_H

/* `memory` as malloc() and its like returned it. NULL ends the program, which says what it was for.
 */
void *must_have(void *memory, const char *what);

#endif
