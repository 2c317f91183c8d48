// split.js - the border between screen and views: dragged, or moved by arrow keys.
import {h} from './dom.js';

const LEAST = 280;

export function splitter(desk, changed) {
    const bar = h('div', {class: 'split', role: 'separator', tabindex: '0', 'aria-orientation': 'vertical', 'aria-label': 'Width of the views'});
    const set = width => {
        const most = desk.clientWidth * 0.7;
        const w = Math.max(LEAST, Math.min(most, width));
        desk.style.setProperty('--side', `${Math.round(w)}px`);
        bar.setAttribute('aria-valuenow', String(Math.round(w / desk.clientWidth * 100)));
        changed();
    };
    const side = () => desk.querySelector('#side').getBoundingClientRect().width;
    bar.addEventListener('pointerdown', e => {
        bar.setPointerCapture(e.pointerId);
        bar.onpointermove = move => set(desk.getBoundingClientRect().right - move.clientX);
        e.preventDefault();
    });
    bar.addEventListener('pointerup', () => { bar.onpointermove = null; });
    bar.addEventListener('keydown', e => {
        const by = {ArrowLeft: 24, ArrowRight: -24}[e.key];
        if (by) {
            set(side() + by);
            e.preventDefault();
        }
    });
    return bar;
}
