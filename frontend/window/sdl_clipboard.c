/*
 * sdl_clipboard.c - text from the host's clipboard as keys for the guest, and the guest's text
 * screen onto the clipboard. See window.h.
 *
 * Not modelled: the guest's own clipboard.
 */
#include "frontend/window/window.h"

#include "frontend/control/keyboard.h"

#include <stdlib.h>
#include <string.h>

enum { PASTE_MOST = 1 << 16 };

static void paste(struct window *w)
{
    char *text = w->sdl.GetClipboardText();
    size_t len = text ? strlen(text) : 0;
    char *typed = malloc(len + 1);
    if (!len || len > PASTE_MOST || !typed) {
        window_say(w, !len     ? "there is no text on the clipboard"
                      : !typed ? "out of memory"
                               : "the text on the clipboard is too long to be typed (64 KB)");
    } else {
        const char *name = keyboard_names[w->settings.layout];
        size_t lost = keyboard_typed(keyboard_find(name), text, typed);
        const char *words[] = {"paste", typed, NULL};
        window_release_keys(w); /* those of the shortcut */
        if (*typed)
            window_command(w, words);
        if (lost)
            window_say(w,
                       "%zu characters that the guest's keyboard (%s) does not have are left out",
                       lost, name);
    }
    free(typed);
    w->sdl.free(text);
}

void window_clipboard(struct window *w, const char *what)
{
    if (strcmp(what, "paste") == 0)
        paste(w);
    else if (strcmp(what, "select") == 0)
        mark_arm(w);
    else
        window_copy(w);
}

void window_publish_text(struct window *w)
{
    const char *text = control_text(&w->m->control);
    if (!*text) {
        window_say(w, "the guest shows a picture: there is no text to copy");
        return;
    }
    char *copy = strdup(text);
    for (size_t n = copy ? strlen(copy) : 0; n && copy[n - 1] == '\n'; n--)
        copy[n - 1] = 0; /* the empty rest of the screen, and an Enter for whoever pastes it */
    w->sdl.LockMutex(w->lock);
    free(w->copied);
    w->copied = copy;
    w->sdl.UnlockMutex(w->lock);
    window_poke(w);
}

void window_take_text(struct window *w)
{
    w->sdl.LockMutex(w->lock);
    char *text = w->copied;
    w->copied = NULL;
    w->sdl.UnlockMutex(w->lock);
    if (!text)
        return;
    if (w->sdl.SetClipboardText(text) == 0)
        window_show(w, "the text screen is on the clipboard");
    else
        window_say(w, "the clipboard does not take the text: %s", w->sdl.GetError());
    free(text);
}
