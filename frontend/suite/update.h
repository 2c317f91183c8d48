/*
 * update.h - `ferrite test -update`: pictures that tests expect, made anew from what is shown now,
 * after a person has said yes to each.
 */
#ifndef FERRITE_SUITE_UPDATE_H
#define FERRITE_SUITE_UPDATE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <stdio.h>

/* What to do with pictures that are other ones now. */
enum update_answer {
    UPDATE_YES,
    UPDATE_ASK, /* on `messages`; answers come from `in` */
    UPDATE_SAY  /* nobody is there to ask: only say which */
};

/*
 * `folder`: what the tests have left (struct control, updates). *left: how many pictures were not
 * replaced that would have to be. false + err: the host refuses.
 */
bool update_pictures(const char *folder, enum update_answer answer, FILE *in, FILE *out,
                     FILE *messages, unsigned *left, struct err *e);

#endif
