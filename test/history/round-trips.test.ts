import { describeRoundTrips } from './support/round-trips.js';
import { Workshop } from './support/stores.js';

const workshop = new Workshop();
afterEach(() => workshop.clean());

describe('[sqlite] export and import', () => describeRoundTrips(workshop, () => workshop.sqlite()));
describe('[memory] export and import', () => describeRoundTrips(workshop, () => workshop.memory(3)));
