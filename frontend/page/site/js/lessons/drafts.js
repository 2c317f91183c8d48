// drafts.js - what a learner has written, by lesson and seed, in this browser: neither a reload nor
// another lesson takes it away.
const here = new Map(); // what the browser did not take: as long as the page is open

const key = (name, seed) => `ferrite-draft-${name}-${seed}`;

// null: there is none.
export function draft(name, seed) {
    const at = key(name, seed);
    try {
        return here.get(at) ?? localStorage.getItem(at);
    } catch { // forbidden
        return null;
    }
}

// null: as the lesson gives it.
export function keep_draft(name, seed, text) {
    const at = key(name, seed);
    here.delete(at);
    try {
        if (text === null)
            localStorage.removeItem(at);
        else
            localStorage.setItem(at, text);
    } catch { // full, where what was kept before stays, or forbidden
        if (text !== null)
            here.set(at, text);
    }
}
