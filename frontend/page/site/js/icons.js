// icons.js - the page's pictures: strokes in a square of 24, in the colour of the text.
import {svg} from './dom.js';

const shapes = {
    pause: ['M8 5v14', 'M16 5v14'],
    run: ['M7 4.5v15l12-7.5z'],
    step: ['M5 5v14l9-7z', 'M18 5v14'],
    back: ['M19 5v14l-9-7z', 'M6 5v14'],
    rewind: ['M12 6v12l-8-6z', 'M20 6v12l-8-6z'],
    reset: ['M19.5 12a7.5 7.5 0 1 1-2.3-5.4', 'M20 3v4.5h-4.5'],
    power: ['M12 3v8', 'M7 6.2a8 8 0 1 0 10 0'],
    picture: ['M4 8h3.5L9 5.5h6L16.5 8H20v11H4z', 'M12 16.5a3.2 3.2 0 1 0 0-6.4a3.2 3.2 0 0 0 0 6.4z'],
    state: ['M5 4h11l3 3v13H5z', 'M8 4v5h7V4', 'M8 20v-6h8v6'],
    disk: ['M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17z', 'M12 9.8a2.2 2.2 0 1 0 0 4.4a2.2 2.2 0 0 0 0-4.4z', 'M15.5 5.8a7 7 0 0 1 3 3.2'],
    keys: ['M3 6.5h18v11H3z', 'M6.5 10h.01', 'M10 10h.01', 'M13.8 10h.01', 'M17.4 10h.01', 'M7.5 14h9'],
    sound: ['M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z', 'M15.5 9a4.2 4.2 0 0 1 0 6', 'M18 6.5a7.8 7.8 0 0 1 0 11'],
    silent: ['M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z', 'M16 9.5l5 5', 'M21 9.5l-5 5'],
    speed: ['M4.2 17.5a9 9 0 1 1 15.6 0', 'M12 15l4.2-5.4'],
    full: ['M4 9V4h5', 'M20 9V4h-5', 'M4 15v5h5', 'M20 15v5h-5'],
    dark: ['M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z'],
    light: ['M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8z', 'M12 2.5v2.5', 'M12 19v2.5', 'M2.5 12H5', 'M19 12h2.5', 'M5.3 5.3l1.8 1.8', 'M16.9 16.9l1.8 1.8', 'M18.7 5.3l-1.8 1.8', 'M7.1 16.9l-1.8 1.8'],
    side: ['M3.5 5h17v14h-17z', 'M14.5 5v14'],
    eject: ['M12 5l7 8H5z', 'M5 18h14'],
    folder: ['M3.5 6h6l2 2.5h9V19h-17z'],
    hand: ['M8 12V6.5a1.5 1.5 0 0 1 3 0V11', 'M11 11V4.8a1.5 1.5 0 0 1 3 0V11', 'M14 11V6.5a1.5 1.5 0 0 1 3 0v7.5a6 6 0 0 1-11.3 2.8L4 13.2a1.5 1.5 0 0 1 2.6-1.5L8 13.5'],
};

export function icon(name) {
    return svg('svg', {viewBox: '0 0 24 24', class: 'icon-shape', 'aria-hidden': 'true'},
        shapes[name].map(d => svg('path', {d})));
}
