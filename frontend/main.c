/*
 * main.c - ferrite: from a command line to a running machine.
 */
#include "frontend/cli/disk_cmd.h"
#include "frontend/cli/headless.h"
#include "frontend/cli/machine.h"
#include "frontend/cli/options.h"
#include "frontend/cli/text_screen.h"
#include "frontend/window/sdl.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USER_ERROR = 2 };

static int user_error(const struct err *e)
{
    fprintf(stderr, "ferrite: %s\n", e->text);
    return EXIT_USER_ERROR;
}

/*
 * A standard stream that was closed when we were started leaves its number free, and the next file
 * opened takes it: messages for "standard error" would then be written into a disk image. Before
 * anything else is opened, such numbers go to /dev/null.
 */
static bool hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return false;
    }
    return true;
}

/* `-d help` and `-cpu help` ask for a list. */
static bool asks_for_list(int argc, char **argv, const char *option)
{
    for (int i = 1; i + 1 < argc; i++) {
        const char *name = argv[i] + (argv[i][0] == '-') + (strncmp(argv[i], "--", 2) == 0);
        if (argv[i][0] == '-' && strcmp(name, option) == 0 && strcmp(argv[i + 1], "help") == 0)
            return true;
    }
    return false;
}

static bool set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

/* A window, unless a script runs or there is nowhere to show one; then *why_not says so. */
static bool wants_window(const struct options *o, const char **why_not)
{
    *why_not = NULL;
    if (o->display != DISPLAY_AUTO)
        return o->display == DISPLAY_SDL;
    if (o->script)
        return false;
    if (!sdl_supported()) {
        *why_not = "built without SDL, running headless (Ctrl-C ends)";
        return false;
    }
    if (!set("DISPLAY") && !set("WAYLAND_DISPLAY") && !set("SDL_VIDEODRIVER")) {
        *why_not = "no display here, running headless (Ctrl-C ends)";
        return false;
    }
    return true;
}

/* From the options to the exit status. */
static int run(const struct options *o, struct ending *ending)
{
    const char *why_not;
    struct err e;
    struct machine m;
    bool window = wants_window(o, &why_not);
    bool text = o->display == DISPLAY_TEXT;
    if (text && !text_screen_possible(o, &e))
        return user_error(&e);
    bool ok = machine_open(&m, o, ending, window || text, &e);
    if (ok && why_not)
        fprintf(stderr, "ferrite: %s\n", why_not);
    if (ok && window)
        ok = sdl_run(&m, &e);
    else if (ok && text)
        text_screen_run(&m);
    else if (ok)
        headless_run(&m);
    ending_over(ending);
    int status = machine_close(&m);
    if (ok)
        return status;
    if (!ending_asked(ending))
        return user_error(&e);
    char why[80];
    ending_words(ending, why, sizeof(why));
    fprintf(stderr, "ferrite: ended by %s before the machine ran\n", why);
    return ending_status(ending);
}

static int command_line(int argc, char **argv)
{
    struct options o;
    struct err e;
    if (!hold_standard_streams())
        return EXIT_USER_ERROR; /* and nowhere to say why */
    signal(SIGXFSZ, SIG_IGN);   /* a file that may not grow is seen at the write */
    if (argc > 1 && strcmp(argv[1], "disk") == 0)
        return disk_command(argc - 2, argv + 2, stdout, stderr);
    if (asks_for_list(argc, argv, "d")) {
        log_names(stdout);
        return 0;
    }
    if (asks_for_list(argc, argv, "cpu")) {
        for (unsigned i = 0; vm_cpu_name(i); i++)
            printf("  %s%s\n", vm_cpu_name(i), i == 0 ? " (default)" : "");
        return 0;
    }
    if (!options_parse(&o, argc, argv, &e))
        return user_error(&e);
    if (o.help) {
        options_help(stdout);
        return 0;
    }
    if (o.version) {
        puts("ferrite " FERRITE_VERSION);
        return 0;
    }
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is seen at the write */
    struct ending ending;
    if (!ending_begin(&ending, o.limit_host, &e))
        return user_error(&e);
    int status = run(&o, &ending);
    ending_end(&ending);
    return status;
}

int main(int argc, char **argv)
{
    int status = command_line(argc, argv);
    /* What was to be said there - a list, a text dump - is a part of what was asked for. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == 0) {
        fprintf(stderr, "ferrite: standard output: cannot be written\n");
        status = EXIT_USER_ERROR;
    }
    return status;
}
