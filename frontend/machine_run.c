/*
 * machine_run.c - a machine of the user's, started by its name. See machine_run.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machine_run.h"
#include "frontend/cli/subcommand.h"
#include "frontend/machines/command_line.h"
#include "frontend/machines/files.h"
#include "frontend/machines/home.h"
#include "frontend/machines/running.h"
#include "frontend/machines/snapshots.h"
#include "frontend/run.h"
#include "frontend/version.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* For lists: when it ran. That it cannot be written is no reason not to run. */
static void note_run(const char *folder)
{
    char *path;
    if (asprintf(&path, "%s/last-run", folder) < 0)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd >= 0) {
        (void)futimens(fd, NULL);
        close(fd);
    }
    free(path);
}

/* Where pictures and videos without a name go; NULL: where we are. */
static char *shots_folder(const char *folder)
{
    char *path;
    if (asprintf(&path, "%s/shots", folder) < 0)
        return NULL;
    if (files_make_folder(path, NULL))
        return path;
    free(path);
    return NULL;
}

int machine_run_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct config s;
    struct command_line line;
    struct options o;
    struct err e;
    (void)messages;
    if (argc < 1 || argv[0][0] == '-') {
        err_set(&e, "run wants a machine first: ferrite list shows them, ferrite new makes one");
        return run_refused(&e);
    }
    if (!config_open(&s, argv[0], &e))
        return run_refused(&e);
    int status, lock = home_lock(s.folder, &e);
    bool ok = lock >= 0 && snapshots_whole(&s, &e);
    if (ok && command_line_make(&line, &s, argc - 1, argv + 1, &e)) {
        if (!options_parse(&o, line.argc, line.argv, &e)) {
            status = run_refused(&e);
        } else if (o.help || o.version) {
            if (o.help)
                options_help(out);
            else
                version_print(out);
            status = 0;
        } else {
            char *shots = shots_folder(s.folder);
            note_run(s.folder);
            struct running running;
            struct home_socket place;
            running_init(&running, &s);
            if (home_socket(&place, s.folder, &e))
                o.place = place.path;
            o.home = shots;
            o.tree = &running.tree;
            status = run(&o);
            if (status == SUBCOMMAND_ASKED_WRONGLY)
                config_say_missing(&s, messages);
            home_socket_close(&place);
            running_free(&running);
            free(shots);
            note_run(s.folder);
        }
        options_free(&o);
        command_line_free(&line);
    } else {
        status = run_refused(&e);
    }
    config_close(&s);
    if (lock >= 0)
        close(lock);
    return status;
}
