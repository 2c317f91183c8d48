/*
 * answer.h - from what the learner hands in to what the machine gets: a program in the lesson's
 * frame, assembled, as the image of a diskette.
 */
#ifndef FERRITE_LESSONS_ANSWER_H
#define FERRITE_LESSONS_ANSWER_H

#include "frontend/lessons/lesson.h"

enum {
    ANSWER_BYTES = 64 << 10,  /* of what is handed in */
    ANSWER_PROGRAM = 1 << 18, /* of the program that it becomes */
    ANSWER_DISK = 1440 << 10, /* of the diskette */
};

/* A number: 31, 0x1f, 1fh, 0b11111, or an address f000:e05b, which is its linear one. */
bool answer_value(const char *text, u64 *value, struct err *e);

/* Is there a program that the machine starts? (A lesson may begin where the power comes on.) */
bool answer_has_program(const struct lesson *l);
/*
 * The diskette with the lesson's program for this seed; of a check (`judged`) with the frame. The
 * learner's source (NULL: that of the task block) stands in it where a line is `; ANSWER`, or is
 * all of it. NULL + err; *line: of the source, where that is wrong; 0: it is the lesson's mistake.
 */
u8 *answer_disk(const struct lesson *l, u64 seed, const char *source, bool judged, unsigned *line,
                struct err *e);

#endif
