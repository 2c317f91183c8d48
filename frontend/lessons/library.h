/*
 * library.h - the lessons that are built in, and those in files.
 */
#ifndef FERRITE_LESSONS_LIBRARY_H
#define FERRITE_LESSONS_LIBRARY_H

#include "frontend/lessons/lesson.h"

#include <stddef.h>

/* Made by embed.cmake from this folder's *.md, in the order of their names. */
struct library_file {
    const char *name; /* "01-power-on.md" */
    const char *text;
    size_t size;
};

extern const struct library_file library_files[];
extern const size_t library_files_count;

/*
 * The lesson of this name or number ("power-on", "1"); with `files` also the file of this path, if
 * there is a / in it or it ends in .md. NULL + err; lesson_free() it.
 */
struct lesson *library_lesson(const char *name, bool files, struct err *e);
/* A built-in one by place, from 0. NULL + err. */
struct lesson *library_at(size_t i, struct err *e);
/* A text file, at most `most` bytes; "-": standard input. NULL + err; free() it. */
char *library_read(const char *path, size_t most, size_t *len, struct err *e);

#endif
