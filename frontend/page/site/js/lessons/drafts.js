// drafts.js - what a learner has written, by lesson and seed, in this browser: neither a reload nor
// another lesson takes it away.
const here = new Map(); // where the browser keeps nothing: as long as the page is open

const key = (name, seed) => `ferrite-draft-${name}-${seed}`;

// null: there is none.
export function draft(name, seed) {
    try {
        return localStorage.getItem(key(name, seed)) ?? here.get(key(name, seed)) ?? null;
    } catch {
        return here.get(key(name, seed)) ?? null;
    }
}

// null: as the lesson gives it.
export function keep_draft(name, seed, text) {
    here.delete(key(name, seed));
    try {
        localStorage.removeItem(key(name, seed));
        if (text !== null)
            localStorage.setItem(key(name, seed), text);
    } catch { // full or forbidden
        if (text !== null)
            here.set(key(name, seed), text);
    }
}
