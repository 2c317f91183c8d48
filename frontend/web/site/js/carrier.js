// carrier.js - in this build the machine is on the page itself, in a worker. The page loads this module
// by itself, before the others: its machine is on its way while they come.
import {connect, early} from './transport_worker.js';

early();

export {connect};
