# What a build by Debian's emscripten (3.1.6) needs; the root includes it when emcmake configured
# the build (scripts/web does). All programs run under node: those that make the guests' images and
# fonts at build time, the tests, and ferrite itself without a window. What the page loads is
# made of the same libraries (CMakeLists.txt here).
set(FERRITE_STATIC ON)     # no window, nothing loaded at run time
set(FERRITE_TRAMPOLINE ON) # no tail calls: the compiler of this version loses the stack in them
set(FERRITE_PORTABLE ON)
set(CMAKE_DISABLE_FIND_PACKAGE_PkgConfig ON) # it would find the host's libraries
set(CMAKE_CROSSCOMPILING_EMULATOR "node;--no-experimental-fetch" CACHE STRING "" FORCE)
# The linker's own JavaScript looks for acorn where Debian's node finds it, another node does not.
set_property(GLOBAL PROPERTY RULE_LAUNCH_LINK "${CMAKE_COMMAND} -E env NODE_PATH=/usr/share/nodejs")
add_compile_options(-include ${CMAKE_SOURCE_DIR}/frontend/web/libc/missing.h
  -isystem ${CMAKE_SOURCE_DIR}/frontend/web/libc)
add_link_options(-sNODERAWFS=1 -sEXIT_RUNTIME=1 -sTOTAL_STACK=1048576 -sINITIAL_MEMORY=268435456)
# What cpu/translate/wasm_host.h asks for: functions that come into being at run time.
add_link_options(-sALLOW_TABLE_GROWTH=1 "SHELL:--js-library ${CMAKE_SOURCE_DIR}/frontend/web/translator.js")
add_library(ferrite_libc STATIC ${CMAKE_SOURCE_DIR}/frontend/web/libc/missing.c)
link_libraries(ferrite_libc)
