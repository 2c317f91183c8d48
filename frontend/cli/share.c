/*
 * share.c - reading -share. See share.h.
 */
#include "frontend/cli/share.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One option at the end of a share; false: it is none. */
static bool take_option(struct share_options *s, struct guest_share *share, const char *option)
{
    static const char *const pages[] = {"437", "850", "852", "866", "1252"};
    if (strncmp(option, "cp=", 3) == 0) {
        for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
            if (strcmp(option + 3, pages[i]) == 0)
                return (s->codepage = (unsigned)atoi(pages[i])) != 0;
        }
        return false;
    }
    if (strcmp(option, "rw") == 0 || strcmp(option, "ro") == 0)
        share->writable = option[1] == 'w';
    else if (strcmp(option, "lower") == 0)
        share->lower = true;
    else if (strncmp(option, "letter=", 7) == 0 && isalpha((unsigned char)option[7]) &&
             (!option[8] || (option[8] == ':' && !option[9])))
        share->letter = (char)toupper((unsigned char)option[7]);
    else
        return false;
    return true;
}

bool share_parse(struct share_options *s, const char *value, struct err *e)
{
    size_t size = strlen(value) + 1;
    if (s->count == GUEST_SHARES)
        return err_set(e, "-share %.60s: %d shares are the most", value, GUEST_SHARES);
    if (size > SHARE_TEXT - s->used)
        return err_set(e, "-share: too much text");
    char *text = memcpy(s->text + s->used, value, size);
    char *equals = strchr(text, '='), *comma;
    if (!equals || equals == text || !equals[1])
        return err_set(e, "-share %.60s: say NAME=FOLDER[,ro|rw][,lower][,letter=D][,cp=850]",
                       value);
    *equals = 0;
    struct guest_share *share = &s->share[s->count];
    *share = (struct guest_share){.name = text, .path = equals + 1};
    while ((comma = strrchr(share->path, ',')) && take_option(s, share, comma + 1))
        *comma = 0;
    if (!share->path[0])
        return err_set(e, "-share %.60s: which folder?", value);
    s->used += size;
    s->count++;
    return true;
}

void share_config(const struct share_options *s, struct guest_config *config)
{
    memcpy(config->share, s->share, sizeof(s->share));
    config->shares = s->count;
    config->codepage = s->codepage;
}

void share_say_snapshot(const struct share_options *s, bool snapshot)
{
    for (unsigned i = 0; snapshot && i < s->count; i++) {
        if (s->share[i].writable)
            fprintf(stderr,
                    "ferrite: -share %s: -snapshot does not hold back what the guest writes there; "
                    "share it ro to keep %s as it is\n",
                    s->share[i].name, s->share[i].path);
    }
}
