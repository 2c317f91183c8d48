// table.js - all views, in the order in which they are offered. See ../../../README.md.
import address from './address.js';
import breakpoints from './breakpoints.js';
import {blocks, tlb} from './caches.js';
import device from './device.js';
import display from './display.js';
import instruction from './instruction.js';
import interrupts from './interrupts.js';
import memory from './memory.js';
import memory_map from './memory_map.js';
import registers from './registers.js';
import segments from './segments.js';
import timeline from './timeline.js';

export const views = [
    instruction, registers, address, segments, tlb, blocks, interrupts, device, display, memory, memory_map, timeline, breakpoints,
];
