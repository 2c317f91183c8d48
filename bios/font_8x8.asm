; The 8x8 font alone, as bytes: the system BIOS takes its first half (FA6Eh).
    bits 16
%include "font_8x8.inc"
