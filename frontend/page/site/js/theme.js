// theme.js - dark or light: as the system says, until somebody chooses.
import {h} from './dom.js';
import {icon} from './icons.js';

const KEY = 'ferrite-theme';

function stored() {
    try {
        return localStorage.getItem(KEY);
    } catch {
        return null; // storage may be forbidden
    }
}

export function theme_button() {
    const system = matchMedia('(prefers-color-scheme: light)');
    const button = h('button', {class: 'tool', id: 'theme'});
    const light = () => (stored() || (system.matches ? 'light' : 'dark')) === 'light';
    const show = () => {
        document.documentElement.dataset.theme = light() ? 'light' : 'dark';
        button.replaceChildren(icon(light() ? 'dark' : 'light'));
        button.title = light() ? 'Dark colours' : 'Light colours';
        button.setAttribute('aria-label', button.title);
    };
    button.addEventListener('click', () => {
        try {
            localStorage.setItem(KEY, light() ? 'dark' : 'light');
        } catch { /* for this page only, then */
            document.documentElement.dataset.theme = light() ? 'dark' : 'light';
            return;
        }
        show();
    });
    system.addEventListener('change', show);
    show();
    return button;
}
