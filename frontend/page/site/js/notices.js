// notices.js - sentences for the person, which go by themselves.
import {h} from './dom.js';

const SECONDS = 7;

export class Notices {
    constructor(place) {
        this.place = place;
    }

    say(text, kind = '') {
        const note = h('div', {class: `notice ${kind}`}, h('span', {}, text),
            h('button', {class: 'icon', 'aria-label': 'Dismiss', onclick: () => note.remove()}, '×'));
        this.place.append(note);
        while (this.place.children.length > 4)
            this.place.firstChild.remove();
        setTimeout(() => note.remove(), SECONDS * 1000);
    }

    // For promises: what fails is said.
    watch(promise) {
        return promise.catch(error => { this.say(error.message, 'wrong'); });
    }
}
