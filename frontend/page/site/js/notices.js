// notices.js - sentences for the person, which go by themselves; but not those that wait for something
// to be done.
import {h} from './dom.js';

const SECONDS = 7, READ = 12; // at least; characters that are read in a second

export class Notices {
    constructor(place) {
        this.place = place;
    }

    // `stays`: until it is dismissed, or until what this gives is removed.
    say(text, kind = '', {stays = false} = {}) {
        const note = h('div', {class: `notice ${kind}`}, h('span', {}, text),
            h('button', {class: 'icon', 'aria-label': 'Dismiss', onclick: () => note.remove()}, '×'));
        for (const before of [...this.place.children]) // said again, it is not there twice
            if (before.firstChild.textContent === text)
                before.remove();
        this.place.append(note);
        note.dataset.stays = stays || '';
        while (this.place.children.length > 4)
            (this.place.querySelector('[data-stays=""]') || this.place.firstChild).remove();
        if (!stays)
            setTimeout(() => note.remove(), Math.max(SECONDS, note.textContent.length / READ) * 1000);
        return note;
    }

    // For promises: what fails is said.
    watch(promise) {
        return promise.catch(error => { this.say(error.message, 'wrong'); });
    }
}
