/*
 * nearest.c - the distance between words: letters put in, left out, exchanged or swapped with
 * their neighbour (Damerau and Levenshtein), capitals and small letters alike.
 */
#include "hw/base/nearest.h"

#include <ctype.h>
#include <string.h>

/* Levenshtein distance with swaps of neighbours, of words shorter than 32 characters. */
static unsigned distance(const char *a, const char *b)
{
    enum { MAX = 32 };
    size_t la = strlen(a), lb = strlen(b);
    if (la >= MAX || lb >= MAX)
        return MAX;
    unsigned d[MAX + 1][MAX + 1];
    for (size_t i = 0; i <= la; i++) {
        for (size_t j = 0; j <= lb; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = (unsigned)(i + j);
                continue;
            }
            unsigned best = d[i - 1][j - 1] +
                            (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    }
    return d[la][lb];
}

const char *nearest_word(const char *word, const char *const *words, size_t count)
{
    const char *best = NULL;
    /* A third of the letters may be wrong, and one more; of few, two are another word, and a single
     * one is none. */
    unsigned best_distance = strlen(word) < 6 ? 1 : (unsigned)strlen(word) / 3 + 1;
    for (size_t i = 0; word[0] && word[1] && i < count; i++) {
        unsigned d = distance(word, words[i]);
        if (d < best_distance || (d == best_distance && !best)) {
            best = words[i];
            best_distance = d;
        }
    }
    return best;
}
