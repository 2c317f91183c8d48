/*
 * memory.h - room for arrays that grow, and memory that a running machine cannot do without.
 *
 * There are two ways to be out of memory. Where somebody asked for something - a machine, an image,
 * a snapshot, a command - it is refused: err_set(e, "out of memory"), and everything is as it was
 * before. Where a machine runs and nobody can be told no - a timer's place, the map of a page of
 * code - going on without would be another machine than the one that was asked for: must_have().
 */
#ifndef FERRITE_MEMORY_H
#define FERRITE_MEMORY_H

#include "hw/base/types.h"

/* `memory` as malloc() and its like returned it. NULL ends the program, which says what it was for.
 */
void *must_have(void *memory, const char *what);

/*
 * Room for `need` elements in all. `array` and `room`, how many elements there is memory for (0 and
 * NULL at first), are changed where that is too little, to at least twice as many. false: out of
 * memory, or more than what `room` counts with - its largest number apart, so that one more than
 * there are does not begin at 0 again; both are as they were.
 */
#define ARRAY_ROOM(array, room, need)                                                              \
    ((need) <= (room) || ({                                                                        \
         size_t room_ = (room);                                                                    \
         void *array_ =                                                                            \
             array_grown((array), &room_, (need), sizeof(*(array)), (typeof(room))UINT64_MAX - 1); \
         if (array_) {                                                                             \
             (array) = array_;                                                                     \
             (room) = (typeof(room))room_;                                                         \
         }                                                                                         \
         array_ != NULL;                                                                           \
     }))

/* What ARRAY_ROOM() does for elements of `size` bytes, no more than `most`; NULL: not done. */
void *array_grown(void *array, size_t *room, size_t need, size_t size, size_t most);

#endif
