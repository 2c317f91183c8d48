/*
 * main.c - ferrite: from a command line to a running machine.
 */
#include "frontend/cli/options.h"
#include "frontend/dos/dos_options.h"
#include "frontend/help.h"
#include "frontend/named_file.h"
#include "frontend/profile/trace_spec.h"
#include "frontend/run.h"
#include "frontend/subcommands.h"
#include "frontend/version.h"
#include "hw/base/nearest.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USER_ERROR = 2 };

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

/* -device help, -device NAME,help; false: nobody asks. */
static bool asks_for_devices(int argc, char **argv, int *status)
{
    for (int i = 1; i + 1 < argc; i++) {
        const char *name = argv[i] + (argv[i][0] == '-') + (strncmp(argv[i], "--", 2) == 0);
        struct err e;
        bool ok;
        if (argv[i][0] != '-' || strcmp(name, "device") != 0 ||
            !devices_help(argv[i + 1], stdout, &ok, &e))
            continue;
        *status = ok ? 0 : run_refused(&e);
        return true;
    }
    return false;
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "-h") == 0 || strcmp(word, "-help") == 0 || strcmp(word, "--help") == 0;
}

static int command_line(int argc, char **argv);

/* A machine's folder is told from a machine's name by its slash. */
static char *file_path(const char *file)
{
    size_t size = strlen(file) + sizeof("./");
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s%s", strchr(file, '/') ? "" : "./", file);
    return path;
}

/* The line `WORD FILE ...` for one whose file is argv[at]. */
static int with_word(const char *word, int argc, char **argv, int at)
{
    bool run = strcmp(word, "run") == 0;
    char **line = calloc((size_t)argc + 2, sizeof(*line));
    char *path = run ? file_path(argv[at]) : strdup(argv[at]);
    int status = EXIT_USER_ERROR;
    if (line && path) {
        line[0] = argv[0];
        line[1] = (char *)(uintptr_t)word;
        line[2] = path;
        memcpy(line + 3, argv + at + 1, (size_t)(argc - at - 1) * sizeof(*line));
        status = command_line(argc - at + 2, line);
    }
    free(path);
    free(line);
    return status;
}

static void unknown_word(const char *word, struct err *e)
{
    enum { WORDS_MAX = 40 };
    const char *words[WORDS_MAX];
    size_t count = 0;
    while (count < subcommands_count && count < WORDS_MAX) {
        words[count] = subcommands[count].name;
        if (strcmp(word, words[count++]) == 0) {
            err_set(e, "%s is a command, and comes first: ferrite %s, its options behind it", word,
                    word);
            return;
        }
    }
    const char *near = nearest_word(word, words, count);
    err_set(e, "there is no file \"%.200s\", and no such command%s%s%s", word,
            near ? "; did you mean " : "; ferrite help lists them", near ? near : "",
            near ? "?" : "");
}

/* `ferrite FILE ...` is that line with FILE's word before it. */
static int with_file(int argc, char **argv)
{
    struct err e;
    const char *word = named_file_word(argv[1], &e);
    if (word)
        return with_word(word, argc, argv, 1);
    if (!*e.text)
        unknown_word(argv[1], &e);
    return run_refused(&e);
}

/*
 * `ferrite OPTION... FILE ...`: where FILE is, 0: nowhere. Options may be those of ferrite dos, for
 * that is what a program's file is for.
 */
static int file_behind_options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-' || !argv[i][1])
            return i;
        const struct option *o = option_of(options_table, argv[i]);
        o = o ? o : option_of(dos_options_table, argv[i]);
        if (!o)
            return 0;
        i += option_value_apart(o, argv[i]);
    }
    return 0;
}

/* Then FILE's word goes in front: a sub-command before all, an option before FILE itself. */
static int with_options(int argc, char **argv, int at)
{
    struct err e;
    const char *word = named_file_word(argv[at], &e);
    bool option = word && word[0] == '-', run = word && strcmp(word, "run") == 0;
    char **line = calloc((size_t)argc + 2, sizeof(*line)), *path = NULL;
    if (!word && !*e.text)
        unknown_word(argv[at], &e);
    if (!line || (run && !(path = file_path(argv[at]))))
        err_set(&e, "out of memory");
    if (!word || !line || (run && !path)) {
        free(line);
        return run_refused(&e);
    }
    size_t n = 0;
    line[n++] = argv[0];
    if (!option)
        line[n++] = (char *)(uintptr_t)word;
    if (run)
        line[n++] = path;
    for (int i = 1; i < at; i++)
        line[n++] = argv[i];
    if (option)
        line[n++] = (char *)(uintptr_t)word;
    for (int i = at + run; i < argc; i++)
        line[n++] = argv[i];
    int status = command_line((int)n, line);
    free(path);
    free(line);
    return status;
}

static bool is_option(const char *word, const char *name)
{
    return word[0] == '-' && strcmp(word + 1 + (word[1] == '-'), name) == 0;
}

static int command_line(int argc, char **argv)
{
    struct options o;
    struct err e;
    int status = 0;
    if (!hold_standard_streams())
        return EXIT_USER_ERROR; /* and nowhere to say why */
    signal(SIGXFSZ, SIG_IGN);   /* a file that may not grow is seen at the write */
    const struct subcommand *sub = argc > 1 ? subcommand_find(argv[1]) : NULL;
    if (sub && argc > 2 && !sub->own_help && asks_for_help(argv[2])) {
        char *words[] = {(char *)(uintptr_t)sub->name, NULL};
        return help_command(1, words, stdout, stderr);
    }
    if (sub)
        return sub->run(argc - 2, argv + 2, stdout, stderr);
    if (argc > 1 && argv[1][0] != '-')
        return with_file(argc, argv);
    if (argc > 2 && is_option(argv[1], "machine"))
        return with_word("run", argc, argv, 2);
    if (asks_for_list(argc, argv, "d")) {
        log_names(stdout);
        trace_spec_help(stdout);
        return 0;
    }
    if (asks_for_list(argc, argv, "cpu")) {
        for (unsigned i = 0; vm_cpu_name(i); i++)
            printf("  %s%s\n", vm_cpu_name(i), i == 0 ? " (default)" : "");
        return 0;
    }
    if (asks_for_devices(argc, argv, &status))
        return status;
    int file = file_behind_options(argc, argv);
    if (file)
        return with_options(argc, argv, file);
    if (!options_parse(&o, argc, argv, &e))
        status = run_refused(&e);
    else if (o.help)
        options_help(stdout);
    else if (o.version)
        version_print(stdout);
    else
        status = run(&o);
    options_free(&o);
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
