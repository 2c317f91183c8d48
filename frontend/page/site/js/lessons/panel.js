// panel.js - the tab with lessons. See ../../../README.md.
export function mount(place, {h}) {
    place.append(h('p', {class: 'empty'}, 'There are no lessons in this build.'));
}
