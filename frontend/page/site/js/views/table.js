// table.js - all views, in the order in which they are offered. See ../../../README.md.
import registers from './registers.js';

export const views = [registers];
