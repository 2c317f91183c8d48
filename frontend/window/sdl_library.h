/*
 * sdl_library.h - the functions of SDL that the window uses, loaded when there is a window.
 */
#ifndef FERRITE_SDL_LIBRARY_H
#define FERRITE_SDL_LIBRARY_H

#include "hw/base/err.h"

#include <SDL.h>

/* clang-format off */
#define SDL_LIBRARY_FUNCTIONS(X) \
    X(CloseAudioDevice) X(CreateMutex) X(CreateRenderer) X(CreateTexture) X(CreateThread) \
    X(CreateWindow) X(GameControllerClose) X(GameControllerGetAxis) X(GameControllerGetButton) \
    X(GameControllerGetJoystick) X(GameControllerOpen) X(JoystickInstanceID) X(QuitSubSystem) X(DestroyMutex) X(DestroyRenderer) X(DestroyTexture) X(DestroyWindow) \
    X(GL_GetProcAddress) X(GetAudioDeviceName) X(GetClipboardText) X(GetCurrentDisplayMode) X(GetDisplayDPI) X(GetDisplayUsableBounds) \
    X(GetError) X(GetKeyboardState) X(GetModState) X(GetMouseFocus) X(GetMouseState) X(GetNumAudioDevices) \
    X(GetRendererInfo) X(GetRendererOutputSize) X(GetWindowBordersSize) \
    X(GetWindowDisplayIndex) X(GetWindowFlags) X(GetWindowPosition) X(GetWindowSize) X(GetWindowSurface) X(Init) \
    X(InitSubSystem) X(LockMutex) X(OpenAudioDevice) X(PauseAudioDevice) X(PollEvent) \
    X(PushEvent) X(Quit) X(RenderClear) X(RenderCopy) X(RenderPresent) X(SetClipboardText) X(SetHint) \
    X(SetRelativeMouseMode) X(SetRenderDrawColor) X(SetRenderTarget) X(SetWindowFullscreen) \
    X(SetWindowGrab) X(SetWindowPosition) X(SetWindowSize) X(SetWindowTitle) X(ShowCursor) X(StartTextInput) \
    X(StopTextInput) X(UnlockMutex) X(UpdateTexture) X(UpdateWindowSurfaceRects) \
    X(WaitEventTimeout) X(WaitThread) X(free)
/* clang-format on */

struct sdl_library {
    void *handle;
#define X(name) __typeof__(SDL_##name) *name;
    SDL_LIBRARY_FUNCTIONS(X)
#undef X
};

bool sdl_library_open(struct sdl_library *sdl, struct err *e);
void sdl_library_close(struct sdl_library *sdl);

#endif
