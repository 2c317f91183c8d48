/*
 * own_config.c - see own_config.h. CONFIG.SYS as MS-DOS 3.1 to 6.22 read it: a word, an equals sign
 * or blanks, a value; MS-DOS 6 has menus in brackets.
 */
#include "frontend/dos/own_config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FILES_WANTED = 60 };

/* The next line without its end; false: no more. A Ctrl-Z ends the text. */
static bool next_line(const char *text, size_t n, size_t *at, const char **line, size_t *length)
{
    while (*at < n && (text[*at] == '\r' || text[*at] == '\n'))
        ++*at;
    if (*at >= n || text[*at] == 0x1a)
        return false;
    *line = text + *at;
    size_t end = *at;
    while (end < n && text[end] != '\r' && text[end] != '\n' && text[end] != 0x1a)
        end++;
    *length = end - *at;
    while (*length && isspace((unsigned char)**line)) {
        ++*line;
        --*length;
    }
    *at = end;
    return true;
}

/* Does the line begin with this word? Then *value is what follows. */
static bool is_command(const char *line, size_t n, const char *word, size_t *value)
{
    size_t k = strlen(word);
    if (n < k || strncasecmp(line, word, k) != 0 || (n > k && isalnum((unsigned char)line[k])))
        return false;
    while (k < n && (line[k] == ' ' || line[k] == '\t' || line[k] == '='))
        k++;
    *value = k;
    return true;
}

static bool add(char *out, size_t size, size_t *used, const char *line, size_t n)
{
    if (n + 3 > size - *used)
        return false;
    memcpy(out + *used, line, n);
    memcpy(out + *used + n, "\r\n", 3);
    *used += n + 2;
    return true;
}

size_t own_config(const char *old, size_t n, char letter, char *out, size_t size, bool *menu)
{
    size_t used = 0, at = 0, length, value;
    const char *line;
    long files = FILES_WANTED;
    char ours[120];
    *menu = false;
    while (next_line(old, n, &at, &line, &length))
        *menu |= length && line[0] == '[';
    for (at = *menu ? n : 0; next_line(old, n, &at, &line, &length);) {
        char number[8] = "";
        if (is_command(line, length, "SHELL", &value) ||
            is_command(line, length, "LASTDRIVE", &value))
            continue;
        if (is_command(line, length, "FILES", &value)) {
            snprintf(number, sizeof(number), "%.*s", (int)(length - value), line + value);
            long said = strtol(number, NULL, 10);
            files = said > files && said < 256 ? said : files;
            continue;
        }
        if (!add(out, size, &used, line, length))
            return 0;
    }
    int k = snprintf(ours, sizeof(ours), "LASTDRIVE=Z\r\nFILES=%ld\r\nSHELL=%c:\\FERRITE.COM RUN",
                     files, letter);
    return add(out, size, &used, ours, (size_t)k) ? used : 0;
}

bool own_variable(const char *text, size_t n, size_t *at, char *out, size_t size)
{
    const char *line;
    size_t length, value;
    while (next_line(text, n, at, &line, &length)) {
        if (length && line[0] == '@') {
            line++;
            length--;
        }
        bool path = is_command(line, length, "PATH", &value);
        if (!path && !is_command(line, length, "SET", &value))
            continue;
        int k =
            snprintf(out, size, "%s%.*s", path ? "PATH=" : "", (int)(length - value), line + value);
        if (k > 0 && (size_t)k < size && strchr(out, '=') && out[0] != '=' && !strchr(out, '%'))
            return true;
    }
    return false;
}
