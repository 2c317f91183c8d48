// table.js - all views, in the order in which they are offered. See ../../../README.md.
import address from './address.js';
import breakpoints from './breakpoints.js';
import devices from './devices.js';
import display from './display.js';
import instruction from './instruction.js';
import interrupts from './interrupts.js';
import memory from './memory.js';
import registers from './registers.js';
import tables from './tables.js';
import time from './time.js';

export const views = [instruction, registers, address, tables, interrupts, devices, display, memory, time, breakpoints];
