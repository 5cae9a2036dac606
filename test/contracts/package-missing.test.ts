import { avroFormat } from 'eventspan/avro';

jest.mock('avsc', () => {
  throw new Error("Cannot find module 'avsc'");
});

it('without the package avsc, the Avro format says what to install, and importing it does no harm', () => {
  expect(() => avroFormat({ schema: { type: 'string' } })).toThrow(
    expect.objectContaining({ code: 'PACKAGE_MISSING', message: expect.stringContaining('npm install avsc') }),
  );
});
