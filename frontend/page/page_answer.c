/*
 * page_answer.c - what a machine says to a page. See page_answer.h.
 */
#include "frontend/page/page_answer.h"

#include "frontend/page/page_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *closed(FILE *f, char **text)
{
    if (fclose(f) == 0)
        return *text;
    free(*text);
    return NULL;
}

static void put_tree(FILE *f, const struct reply *r)
{
    if (!r || reply_empty(r))
        fputs("{}", f);
    else
        reply_write_json(r, f);
}

char *page_answer(s64 id, const struct reply *r, size_t *len)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, len);
    if (!f)
        return NULL;
    fprintf(f, "{\"id\":%lld,\"return\":", (long long)id);
    put_tree(f, r);
    fputc('}', f);
    return closed(f, &text);
}

char *page_error(s64 id, const char *why, size_t *len)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, len);
    if (!f)
        return NULL;
    if (id == PAGE_NO_ID)
        fputs("{\"id\":null", f);
    else
        fprintf(f, "{\"id\":%lld", (long long)id);
    fputs(",\"error\":{\"desc\":", f);
    json_write_string(why, strlen(why), f);
    fputs("}}", f);
    return closed(f, &text);
}

char *page_told(const char *event, const struct reply *data, size_t *len)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, len);
    if (!f)
        return NULL;
    fprintf(f, "{\"event\":\"%s\",\"data\":", event);
    put_tree(f, data);
    fputc('}', f);
    return closed(f, &text);
}
