/* do_lines.h - a `do` block's lines as commands with arguments by name, for a page. */
#ifndef FERRITE_LESSONS_DO_LINES_H
#define FERRITE_LESSONS_DO_LINES_H

#include "frontend/control/reply.h"
#include "frontend/lessons/lesson.h"

/* A list "commands" of {line, name, arguments}. The block was read: its lines are right. */
void do_lines_reply(const struct lesson_block *b, struct reply *r);

#endif
