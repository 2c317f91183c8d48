/*
 * nearest.h - "did you mean": the known word that an unknown one is nearest to.
 */
#ifndef FERRITE_NEAREST_H
#define FERRITE_NEAREST_H

#include <stddef.h>

/* The nearest of `count` words to `word`, or NULL when none is near. */
const char *nearest_word(const char *word, const char *const *words, size_t count);

#endif
