/*
 * home.h - where machines live: $FERRITE_MACHINES, else $XDG_DATA_HOME/ferrite, else
 * ~/.local/share/ferrite; a folder for each. And who has one running.
 */
#ifndef FERRITE_HOME_H
#define FERRITE_HOME_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <stddef.h>
#include <sys/types.h>

enum { HOME_NAME_MAX = 60 };

/* The home itself, whether it is there or not; the caller frees it. NULL + err. */
char *home_folder(struct err *e);
/* A name for a machine: letters, digits, blanks and -._+ in it; it is a folder's, too. */
bool home_name_ok(const char *name, struct err *e);
/* The absolute folder of a machine: by name, by folder, by its machine.ini. NULL + err. */
char *home_find(const char *machine, struct err *e);
/* Where a machine of that name would be. NULL + err. */
char *home_new(const char *name, struct err *e);

struct home_list {
    char **name;
    size_t count;
};

/* All machines there, by name; no home is an empty list. */
bool home_list(struct home_list *list, struct err *e);
void home_list_free(struct home_list *list);

/* Hold the machine for us: a descriptor to close at the end. -1 + err when another one has it. */
int home_lock(const char *folder, struct err *e);
/* The process that has it, 0: nobody, -1: one that could not say which it is. */
pid_t home_running(const char *folder);
/* "process 123", in words for each of these. */
const char *home_process(pid_t pid, char text[32]);

/*
 * Where a machine that runs listens: FOLDER/control, mode 0600. A name too long for a socket is
 * said by way of the folder's descriptor, which stays open for it.
 */
struct home_socket {
    char path[108]; /* sun_path */
    int fd;         /* of the folder; -1: not needed */
};

bool home_socket(struct home_socket *s, const char *folder, struct err *e);
void home_socket_close(struct home_socket *s);
/* Is there a socket of this name? */
bool home_is_socket(const char *path);

#endif
