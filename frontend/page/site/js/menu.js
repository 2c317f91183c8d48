// menu.js - a button that opens a small panel below itself. Escape and a click elsewhere close it.
import {h} from './dom.js';

// fill(panel, close) is called at each opening, for an empty panel.
export function menu(button, label, fill) {
    const panel = h('div', {class: 'menu', hidden: true, role: 'group', 'aria-label': label});
    button.setAttribute('aria-expanded', 'false');
    const place = h('div', {class: 'menu-place'}, button, panel);
    let inside = null;

    function close(back = true) {
        if (panel.hidden)
            return;
        panel.hidden = true;
        button.setAttribute('aria-expanded', 'false');
        document.removeEventListener('pointerdown', inside, true);
        if (back)
            button.focus();
    }

    async function open() {
        panel.replaceChildren();
        panel.hidden = false;
        button.setAttribute('aria-expanded', 'true');
        inside = e => { if (!place.contains(e.target)) close(false); };
        document.addEventListener('pointerdown', inside, true);
        await fill(panel, close);
        // Not beyond the window's edge.
        panel.style.translate = '0';
        const beyond = panel.getBoundingClientRect().right - document.documentElement.clientWidth + 8;
        if (beyond > 0)
            panel.style.translate = `${-beyond}px`;
        const first = panel.querySelector('button:not([disabled]), input, select');
        if (first)
            first.focus();
    }

    button.addEventListener('click', () => panel.hidden ? open() : close());
    place.addEventListener('keydown', e => {
        if (e.key === 'Escape') {
            close();
        } else if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && !panel.hidden && e.target.tagName === 'BUTTON') {
            const all = [...panel.querySelectorAll('button:not([disabled])')];
            const at = all.indexOf(document.activeElement);
            const next = all[(at + (e.key === 'ArrowDown' ? 1 : all.length - 1)) % all.length];
            if (next)
                next.focus();
            e.preventDefault();
        }
    });
    return place;
}

export function item(text, does, more = {}) {
    return h('button', {class: 'item', onclick: does, ...more}, text);
}
