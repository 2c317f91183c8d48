/*
 * test_file.h - a script as a test: what the comments at its head say.
 *
 *   # args: -fda ${TMP}/a.img      options of ferrite, besides -display none and -script
 *   # from: boot.script            begin where that script ends; its machine is booted once
 *   # needs: FILE                  a file, or a command; without it the test is skipped
 *   # get: WORDS                   how to come by it, said when it is skipped
 *   # before: COMMAND              a shell command before the run, in the test's own folder
 *   # after: COMMAND               after it; must succeed
 *   # status: N                    the exit status that is right (0)
 *   # limit: SECONDS               of the host's time, for one run
 *   # twice                        run two times; every output must be the same
 *   # variants: A B C              several tests from one script
 *   # args A: ...                  any of these for the variant A only
 *
 * ${TMP}, ${DIR}, ${VARIANT} and the environment's variables are put into args, from, needs and
 * get; commands have them in their environment, and the program itself as $FERRITE.
 */
#ifndef FERRITE_TEST_FILE_H
#define FERRITE_TEST_FILE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <stddef.h>
#include <stdio.h>

enum header_key {
    HEADER_ARGS,
    HEADER_FROM,
    HEADER_NEEDS,
    HEADER_GET,
    HEADER_BEFORE,
    HEADER_AFTER,
    HEADER_STATUS,
    HEADER_LIMIT,
    HEADER_TWICE,
    HEADER_VARIANTS
};

struct header {
    enum header_key key;
    char *variant; /* NULL: all */
    char *value;
    unsigned line;
};

struct test_file {
    char *path;   /* absolute */
    char *folder; /* where it is */
    struct header *header;
    size_t headers;
};

/* NULL + err: "FILE:LINE: what is wrong". */
struct test_file *test_file_read(const char *path, struct err *e);
/* To be read; only a file: a pipe would keep us waiting, a device might never end. */
FILE *test_file_open(const char *path, struct err *e);
void test_file_free(struct test_file *f);

/*
 * The next value of a key that counts for the variant ("": none), from *at on, which begins at 0;
 * NULL: no more.
 */
const char *test_file_value(const struct test_file *f, enum header_key key, const char *variant,
                            size_t *at);
/* The last one, or NULL. */
const char *test_file_last(const struct test_file *f, enum header_key key, const char *variant);
/* A number that must not be below `least`; `otherwise` when nothing is said. */
bool test_file_number(const struct test_file *f, enum header_key key, const char *variant,
                      double least, double otherwise, double *value, struct err *e);

/* The exit status that is right. */
bool test_file_status(const struct test_file *f, const char *variant, int *status, struct err *e);

/* What ${NAME} stands for besides the environment's variables. */
struct test_names {
    const char *tmp, *dir, *variant;
};
/* A new string; NULL + err for a variable that is not set. */
char *test_file_expand(const char *text, const struct test_names *names, struct err *e);

#endif
