/*
 * machine_control.c - see machine_control.h.
 */
#include "frontend/machine_control.h"
#include "frontend/ctl/ctl.h"
#include "frontend/machines/commands.h"
#include "frontend/machines/home.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- snapshot ---- */

/* The machine does it itself, with its memory: ours are its command's words. */
static int ask_machine(const char *folder, int count, char **words, FILE *out, FILE *messages)
{
    struct err e;
    struct home_socket socket;
    if (!home_socket(&socket, folder, &e))
        return subcommand_refused(messages, &e);
    int status;
    if (home_is_socket(socket.path)) {
        status = ctl_ask(socket.path, count, words, out, messages);
    } else {
        char process[32];
        err_set(&e, "%s: in use by %s, which does not listen (without libjansson none does)",
                folder, home_process(home_running(folder), process));
        status = subcommand_refused(messages, &e);
    }
    home_socket_close(&socket);
    return status;
}

int machine_snapshot_command(int argc, char **argv, FILE *out, FILE *messages)
{
    static const char *const live[] = {"take", "restore", "rm"};
    bool known = false;
    for (size_t i = 0; i < ARRAY_SIZE(live); i++)
        known |= argc > 0 && strcmp(argv[0], live[i]) == 0;
    bool take = known && strcmp(argv[0], "take") == 0;
    bool right = known && argc >= 3 && argc <= 3 + take;
    char *folder = right ? home_find(argv[1], NULL) : NULL;
    int status;
    if (folder && home_running(folder)) {
        char *words[4] = {(char *)"snapshot", argv[0], argv[2], take && argc > 3 ? argv[3] : NULL};
        status = ask_machine(folder, words[3] ? 4 : 3, words, out, messages);
    } else {
        status = snapshot_command(argc, argv, out, messages);
    }
    free(folder);
    return status;
}

/* ---- ctl ---- */

/* A word that names a machine which runs, and no socket, stands for the machine's own. */
int machine_ctl_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct home_socket socket;
    struct err e;
    int at = 0;
    while (at < argc && argv[at][0] == '-')
        at++;
    const char *word = at < argc ? argv[at] : NULL;
    bool complete = at > 0 && strcmp(argv[0], "-complete") == 0; /* also of one that is off */
    bool place = !word || strncmp(word, "unix:", 5) == 0 || strncmp(word, "tcp:", 4) == 0 ||
                 home_is_socket(word);
    char *folder = place ? NULL : home_find(word, NULL);
    if (!folder || (complete && !home_running(folder))) {
        free(folder);
        return ctl_command(argc, argv, out, messages);
    }
    char **words = calloc((size_t)argc + 1, sizeof(*words));
    int status;
    if (!home_running(folder)) {
        err_set(&e, "%.80s does not run; ferrite run starts it", word);
        status = subcommand_refused(messages, &e);
    } else if (!words || !home_socket(&socket, folder, &e)) {
        if (!words)
            err_set(&e, "out of memory");
        status = subcommand_refused(messages, &e);
    } else {
        memcpy(words, argv, (size_t)argc * sizeof(*words));
        words[at] = socket.path;
        status = ctl_command(argc, words, out, messages);
        home_socket_close(&socket);
    }
    free(words);
    free(folder);
    return status;
}
