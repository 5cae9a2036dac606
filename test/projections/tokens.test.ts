import { encodeToken, fromMessage, mergeTokens, tokenFromHeaders, tokenHeaders, tokenOfMessage, toMessage, type Position } from 'eventspan';

const at = (second: number, stream = 's-1'): Position =>
  `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000000Z/000000/1/${stream}` as Position;
const one = encodeToken(new Map([[0, at(1)]]));
const two = encodeToken(
  new Map([
    [0, at(2)],
    [3, at(1)],
  ]),
);

describe('a consistency token in headers', () => {
  it('goes from a result to the next request, whatever carries the headers', () => {
    const headers = tokenHeaders({ token: one });
    expect(headers).toEqual({ 'eventspan-token': one });
    expect(tokenHeaders(one)).toEqual(headers);
    expect(tokenFromHeaders(headers)).toBe(one);
    expect(tokenFromHeaders(new Headers(headers))).toBe(one);
    expect(tokenFromHeaders({ 'Eventspan-Token': one, host: 'x' })).toBe(one);
    expect(tokenFromHeaders({ 'eventspan-token': [one] })).toBe(one);
  });

  it('is undefined where there is none', () => {
    expect(tokenFromHeaders({})).toBeUndefined();
    expect(tokenFromHeaders(new Headers())).toBeUndefined();
    expect(tokenFromHeaders({ 'eventspan-token': undefined })).toBeUndefined();
    expect(tokenFromHeaders({ 'eventspan-token': ' , ' })).toBeUndefined();
  });

  it('is one of several that came, with the furthest position of each shard', () => {
    const headers = new Headers();
    headers.append('eventspan-token', two);
    headers.append('eventspan-token', one);
    expect(tokenFromHeaders(headers)).toBe(two);
    expect(tokenFromHeaders({ 'eventspan-token': [one, two] })).toBe(two);
    expect(mergeTokens([two, encodeToken(new Map([[5, at(9)]]))])).toBe(
      encodeToken(
        new Map([
          [0, at(2)],
          [3, at(1)],
          [5, at(9)],
        ]),
      ),
    );
  });

  it('is refused when it is none, or too long: it comes from outside', () => {
    const refused = expect.objectContaining({ code: 'TOKEN_INVALID' });
    for (const wrong of ['???', 'e30', `${one},nonsense`, 'a'.repeat(8_193)]) {
      expect(() => tokenFromHeaders({ 'eventspan-token': wrong })).toThrow(refused);
    }
    expect(() => tokenFromHeaders({ 'eventspan-token': 7 })).toThrow(refused);
    expect(() => tokenHeaders('nonsense')).toThrow(refused);
    const long = Array.from({ length: 5 }, (_, shard) => encodeToken(new Map([[shard, at(1, 'x'.repeat(1_400))]])));
    expect(() => mergeTokens(long)).toThrow(refused);
  });
});

describe('a consistency token of a message', () => {
  it('is the position of its event', () => {
    const position = at(7, 'loan-1');
    const event = { eventId: 'e-1', type: 'paid', data: '{}', metadata: '{}', streamId: 'loan-1', version: 1, shard: 4, position };
    const message = toMessage({ event });
    expect(fromMessage(message).event.shard).toBe(4);
    expect(tokenOfMessage(message)).toBe(encodeToken(new Map([[4, position]])));
    expect(() => tokenOfMessage({ ...message, attributes: {} })).toThrow(expect.objectContaining({ code: 'ENVELOPE_INVALID' }));
  });
});
