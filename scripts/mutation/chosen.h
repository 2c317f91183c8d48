/*
 * chosen.h - which of the mutants that are in a program is alive. scripts/mutate puts this at the
 * top of the sources it changes, and chosen.c beside those of hw/base, in its copy of the project.
 *
 * FERRITE_MUTANT=N chooses mutant N (from 1 on) for the life of the process. With
 * FERRITE_MUTANTS_REACHED=FILE, a file of one byte a mutant, the byte of each mutant that is come
 * upon is set to 1: by this process and by those it forks.
 */
#ifndef MUTATION_CHOSEN_H
#define MUTATION_CHOSEN_H

extern unsigned mutant_chosen;
extern unsigned char *mutants_reached; /* null: nobody asks */

static inline int mutant(unsigned n)
{
    if (__builtin_expect(mutants_reached != (unsigned char *)0, 0))
        mutants_reached[n] = 1;
    return __builtin_expect(mutant_chosen == n, 0);
}

#endif
