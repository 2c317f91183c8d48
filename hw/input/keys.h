/*
 * keys.h - names of the keys of a 104-key keyboard, independent of scan-code set and layout.
 *
 * X-macro: KEY(enum name, script name). The keyboard (hw/input/ps2kbd.c) maps them to scan codes,
 * the script runner and the window map host keys and words to them.
 */
#ifndef FERRITE_KEYS_H
#define FERRITE_KEYS_H

/* clang-format off */
#define KEY_LIST(KEY)                                                                            \
    KEY(ESC, "esc") KEY(1, "1") KEY(2, "2") KEY(3, "3") KEY(4, "4") KEY(5, "5") KEY(6, "6")      \
    KEY(7, "7") KEY(8, "8") KEY(9, "9") KEY(0, "0") KEY(MINUS, "minus") KEY(EQUAL, "equal")      \
    KEY(BACKSPACE, "backspace") KEY(TAB, "tab") KEY(Q, "q") KEY(W, "w") KEY(E, "e") KEY(R, "r")  \
    KEY(T, "t") KEY(Y, "y") KEY(U, "u") KEY(I, "i") KEY(O, "o") KEY(P, "p")                      \
    KEY(LBRACKET, "lbracket") KEY(RBRACKET, "rbracket") KEY(ENTER, "enter") KEY(LCTRL, "ctrl")   \
    KEY(A, "a") KEY(S, "s") KEY(D, "d") KEY(F, "f") KEY(G, "g") KEY(H, "h") KEY(J, "j")          \
    KEY(K, "k") KEY(L, "l") KEY(SEMICOLON, "semicolon") KEY(QUOTE, "quote") KEY(GRAVE, "grave")  \
    KEY(LSHIFT, "shift") KEY(BACKSLASH, "backslash") KEY(Z, "z") KEY(X, "x") KEY(C, "c")         \
    KEY(V, "v") KEY(B, "b") KEY(N, "n") KEY(M, "m") KEY(COMMA, "comma") KEY(DOT, "dot")          \
    KEY(SLASH, "slash") KEY(RSHIFT, "rshift") KEY(KP_STAR, "kp_star") KEY(LALT, "alt")           \
    KEY(SPACE, "space") KEY(CAPSLOCK, "capslock") KEY(F1, "f1") KEY(F2, "f2") KEY(F3, "f3")      \
    KEY(F4, "f4") KEY(F5, "f5") KEY(F6, "f6") KEY(F7, "f7") KEY(F8, "f8") KEY(F9, "f9")          \
    KEY(F10, "f10") KEY(NUMLOCK, "numlock") KEY(SCROLLLOCK, "scrolllock") KEY(KP_7, "kp_7")      \
    KEY(KP_8, "kp_8") KEY(KP_9, "kp_9") KEY(KP_MINUS, "kp_minus") KEY(KP_4, "kp_4")              \
    KEY(KP_5, "kp_5") KEY(KP_6, "kp_6") KEY(KP_PLUS, "kp_plus") KEY(KP_1, "kp_1")                \
    KEY(KP_2, "kp_2") KEY(KP_3, "kp_3") KEY(KP_0, "kp_0") KEY(KP_DOT, "kp_dot")                  \
    KEY(LESS, "less") KEY(F11, "f11") KEY(F12, "f12") KEY(KP_ENTER, "kp_enter")                  \
    KEY(RCTRL, "rctrl") KEY(KP_SLASH, "kp_slash") KEY(PRINT, "print") KEY(RALT, "ralt")          \
    KEY(PAUSE, "pause") KEY(HOME, "home") KEY(UP, "up") KEY(PAGEUP, "pageup") KEY(LEFT, "left")  \
    KEY(RIGHT, "right") KEY(END, "end") KEY(DOWN, "down") KEY(PAGEDOWN, "pagedown")              \
    KEY(INSERT, "insert") KEY(DELETE, "delete") KEY(LWIN, "win") KEY(RWIN, "rwin")               \
    KEY(MENU, "menu")
/* clang-format on */

enum key {
    KEY_NONE = 0,
#define KEY_ENUM(id, word) KEY_##id,
    KEY_LIST(KEY_ENUM)
#undef KEY_ENUM
        KEY_COUNT
};

#endif
