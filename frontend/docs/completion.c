/*
 * completion.c - completions for bash, zsh and fish. See docs.h.
 */
#include "frontend/docs/docs.h"

/* ---- bash: one function; `case` over the word before ---- */

static void bash_values(const struct option_table *table, FILE *out)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option *row = &table->rows[i];
        enum docs_value value = row->heading ? DOCS_NONE : docs_value(row);
        if (value == DOCS_NONE)
            continue;
        fprintf(out, "    -%s | --%s)\n", row->name, row->name);
        if (value == DOCS_WORDS)
            fprintf(out, "        mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$word\")\n",
                    row->words);
        else if (value == DOCS_OTHER)
            fputs("        COMPREPLY=()\n", out);
        else
            fprintf(out, "        mapfile -t COMPREPLY < <(compgen -%s -- \"$word\")\n",
                    value == DOCS_FILE ? "f" : "d");
        fputs("        return\n        ;;\n", out);
    }
}

static void bash_list(const struct option_table *table, FILE *out)
{
    for (size_t i = 0; table && i < table->count; i++) {
        if (!table->rows[i].heading)
            fprintf(out, " -%s", table->rows[i].name);
    }
}

/* What may follow a sub-command: its first argument's words, names of machines, options, files. */
static void bash_subcommand(const struct docs *d, const struct subcommand *s, FILE *out)
{
    fprintf(out, "    %s)\n        if [ \"$COMP_CWORD\" -gt 1 ]; then\n    case $before in\n",
            s->name);
    if (s->options)
        bash_values(s->options, out);
    if (s->all_options)
        bash_values(d->options, out);
    fputs("    esac\n            local offered=''\n", out);
    if (s->words)
        fprintf(out, "            [ \"$COMP_CWORD\" -eq 2 ] && offered+=' %s'\n", s->words);
    if (s->machine)
        fprintf(
            out,
            "            if [ \"$COMP_CWORD\" -eq %u ] && [[ $word != -* ]]; then\n"
            "                mapfile -t COMPREPLY < <(compgen -W \"$offered $(_ferrite_machines)\" "
            "-- \"$word\")\n"
            "                [ \"${#COMPREPLY[@]}\" -eq 0 ] || return\n"
            "            fi\n",
            1 + s->machine);
    if (s->completes)
        fprintf(out,
                "            if [ \"$COMP_CWORD\" -gt 2 ]; then\n"
                "                mapfile -t COMPREPLY < <(\"${COMP_WORDS[0]}\" %s -complete "
                "\"${COMP_WORDS[@]:2:COMP_CWORD-1}\" 2>/dev/null)\n"
                "                [ \"${#COMPREPLY[@]}\" -eq 0 ] || return\n"
                "            fi\n",
                s->name);
    fputs("            offered+='", out);
    bash_list(s->options, out);
    if (s->all_options)
        bash_list(d->options, out);
    fputs("'\n            mapfile -t COMPREPLY < <(compgen -W \"$offered\" -- \"$word\")\n"
          "            [[ $word == -* ]] || mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY "
          "< <(compgen -f -- \"$word\")\n"
          "            return\n        fi\n        ;;\n",
          out);
}

void docs_bash(const struct docs *d, FILE *out)
{
    fputs("# bash completion for ferrite(1)\n"
          "_ferrite_machines()\n"
          "{\n"
          "    \"${COMP_WORDS[0]}\" list -names 2>/dev/null | sed 's/[^A-Za-z0-9_.+-]/\\\\&/g'\n"
          "}\n"
          "_ferrite()\n"
          "{\n"
          "    local word=$2 before=$3\n"
          "    COMPREPLY=()\n"
          "    compopt -o filenames 2>/dev/null\n"
          "    case ${COMP_WORDS[1]} in\n",
          out);
    for (size_t i = 0; i < d->subcommands_count; i++)
        bash_subcommand(d, &d->subcommands[i], out);
    fputs("    esac\n    case $before in\n", out);
    bash_values(d->options, out);
    fputs("    esac\n    if [ \"$COMP_CWORD\" -eq 1 ] && [[ $word != -* ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W '",
          out);
    for (size_t i = 0; i < d->subcommands_count; i++)
        fprintf(out, "%s%s", i ? " " : "", d->subcommands[i].name);
    fputs("' -- \"$word\")\n    else\n        mapfile -t COMPREPLY < <(compgen -W '", out);
    bash_list(d->options, out);
    fputs("' -- \"$word\")\n    fi\n}\ncomplete -F _ferrite ferrite\n", out);
}

/* Text between single quotes of a shell. */
static void quoted(const char *s, const char *special, FILE *out)
{
    for (; *s; s++) {
        if (*s == '\'')
            fputs("'\\''", out);
        else {
            for (const char *p = special; *p; p++) {
                if (*p == *s)
                    putc('\\', out);
            }
            putc(*s, out);
        }
    }
}

/* ---- zsh: _arguments' specifications ---- */

static void zsh_specifications(const struct option_table *table, FILE *out)
{
    for (size_t i = 0; table && i < table->count; i++) {
        const struct option *row = &table->rows[i];
        if (row->heading)
            continue;
        fprintf(out, " \\\n        '*-%s[", row->name);
        quoted(row->help, "[]:\\", out);
        putc(']', out);
        enum docs_value value = docs_value(row);
        if (value != DOCS_NONE) {
            putc(':', out);
            quoted(row->argument, "[]:\\", out);
            putc(':', out);
            if (value == DOCS_FILE)
                fputs("_files", out);
            else if (value == DOCS_DIRECTORY)
                fputs("_files -/", out);
            else if (value == DOCS_WORDS)
                fprintf(out, "(%s)", row->words);
            else
                putc(' ', out);
        }
        putc('\'', out);
    }
}

void docs_zsh(const struct docs *d, FILE *out)
{
    fputs("#compdef ferrite\n"
          "local machines=${${(f)\"$(_call_program machines ferrite list -names 2>/dev/null)\"}// "
          "/\\\\ }\n"
          "local -a commands\n"
          "commands=(",
          out);
    for (size_t i = 0; i < d->subcommands_count; i++) {
        fprintf(out, "\n    '%s:", d->subcommands[i].name);
        quoted(d->subcommands[i].summary, "\\", out);
        putc('\'', out);
    }
    fputs(")\n"
          "if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
          "    _describe command commands\n"
          "    return\n"
          "fi\n"
          "case $words[2] in\n",
          out);
    for (size_t i = 0; i < d->subcommands_count; i++) {
        const struct subcommand *s = &d->subcommands[i];
        fprintf(out, "%s)\n    shift words\n    (( CURRENT-- ))\n", s->name);
        if (s->completes)
            fprintf(out,
                    "    if (( CURRENT > 2 )); then\n"
                    "        local -a offered\n"
                    "        offered=(${(f)\"$(ferrite %s -complete \"${(@)words[2,CURRENT]}\" "
                    "2>/dev/null)\"})\n"
                    "        (( $#offered )) && compadd -- $offered && return\n"
                    "    fi\n",
                    s->name);
        fputs("    _arguments", out);
        if (s->words)
            fprintf(out, " '1: :(%s)'", s->words);
        if (s->machine)
            fprintf(out, " '%u:machine:(('\"$machines\"'))'", s->machine);
        zsh_specifications(s->options, out);
        if (s->all_options)
            zsh_specifications(d->options, out);
        fputs(" '*:file:_files'\n    ;;\n", out);
    }
    fputs("*)\n    _arguments", out);
    zsh_specifications(d->options, out);
    fputs("\n    ;;\nesac\n", out);
}

/* ---- fish: a line for each option ---- */

static void fish_options(const struct option_table *table, const char *condition, FILE *out)
{
    for (size_t i = 0; table && i < table->count; i++) {
        const struct option *row = &table->rows[i];
        if (row->heading)
            continue;
        fprintf(out, "complete -c ferrite -n '%s' -o %s -d '", condition, row->name);
        quoted(row->help, "\\", out);
        putc('\'', out);
        enum docs_value value = docs_value(row);
        if (value == DOCS_WORDS)
            fprintf(out, " -x -a '%s'", row->words);
        else if (value == DOCS_FILE)
            fputs(" -r -F", out);
        else if (value == DOCS_DIRECTORY)
            fputs(" -x -a '(__fish_complete_directories)'", out);
        else if (value == DOCS_OTHER)
            fputs(" -x", out);
        putc('\n', out);
    }
}

/*
 * The sub-command is the first word or there is none. -opc is the line's words before the one that
 * is completed, the program's own first.
 */
static void fish_functions(const struct docs *d, FILE *out)
{
    fputs("function __ferrite_in\n"
          "    set -l words (commandline -opc)\n"
          "    test (count $words) -ge 2; and test \"$words[2]\" = $argv[1]\n"
          "    and begin\n"
          "        test (count $argv) -eq 1; or test (count $words) -eq $argv[2]\n"
          "    end\n"
          "end\n"
          "function __ferrite_first\n"
          "    test (count (commandline -opc)) -eq 1\n"
          "end\n"
          "function __ferrite_plain\n"
          "    set -l words (commandline -opc)\n"
          "    test (count $words) -eq 1; or not contains -- \"$words[2]\"",
          out);
    for (size_t i = 0; i < d->subcommands_count; i++)
        fprintf(out, " %s", d->subcommands[i].name);
    fputs("\nend\n", out);
}

void docs_fish(const struct docs *d, FILE *out)
{
    fputs("# fish completion for ferrite(1)\n", out);
    fish_functions(d, out);
    fputs("complete -c ferrite -f\n", out);
    for (size_t i = 0; i < d->subcommands_count; i++) {
        const struct subcommand *s = &d->subcommands[i];
        fprintf(out, "complete -c ferrite -n __ferrite_first -a %s -d '", s->name);
        quoted(s->summary, "\\", out);
        fputs("'\n", out);
        char condition[80];
        snprintf(condition, sizeof(condition), "__ferrite_in %s", s->name);
        fprintf(out, "complete -c ferrite -n '%s' -F\n", condition);
        if (s->words)
            fprintf(out, "complete -c ferrite -n '%s 2' -a '%s'\n", condition, s->words);
        if (s->machine)
            fprintf(out,
                    "complete -c ferrite -n '%s %u' -a '(ferrite list -names 2>/dev/null)' -d "
                    "machine\n",
                    condition, 1 + s->machine);
        if (s->completes)
            fprintf(
                out,
                "complete -c ferrite -n '%s' -a '(ferrite %s -complete (commandline -opc)[3..-1] "
                "(commandline -ct) 2>/dev/null)'\n",
                condition, s->name);
        fish_options(s->options, condition, out);
        if (s->all_options)
            fish_options(d->options, condition, out);
    }
    fish_options(d->options, "__ferrite_plain", out);
}
