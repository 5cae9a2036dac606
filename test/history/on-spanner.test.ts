import { describeWithEmulator } from '../support/emulators.js';
import { spannerProvider } from '../spanner/spanner-under-test.js';
import { describeClosing } from './support/closing-suite.js';
import { describeRoundTrips } from './support/round-trips.js';
import { Workshop } from './support/stores.js';

describeWithEmulator('spanner', 'export and import', () => {
  const workshop = new Workshop();
  afterEach(() => workshop.clean());

  describeRoundTrips(workshop, async () => workshop.open(await spannerProvider()));
});

describeWithEmulator('spanner', 'ending streams', () => describeClosing(() => spannerProvider()));
