import { connect } from 'node:http2';

const PROBE_MS = 2_000;
const LENGTH_DELIMITED_FIELD_1 = 0x0a;

/**
 * True when a gRPC server at `host` answers OK to a list method whose request names a project in its first field.
 * Written on HTTP/2 alone, so that the launcher loads no Google client.
 */
export function answersGrpc(host: string, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect(`http://${host}`);
    const end = (isReady: boolean): void => {
      session.destroy();
      resolve(isReady);
    };
    session.once('error', () => end(false));
    session.setTimeout(PROBE_MS, () => end(false));
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
    // A reply without a body carries its status in the headers, any other in the trailers.
    const onStatus = (headers: { readonly 'grpc-status'?: unknown }): void => {
      if (headers['grpc-status'] !== undefined) end(headers['grpc-status'] === '0');
    };
    stream.on('response', onStatus).on('trailers', onStatus);
    stream.once('error', () => end(false)).once('close', () => end(false));
    stream.resume();
    stream.end(message('projects/eventspan-probe'));
  });
}

function message(project: string): Buffer {
  const body = Buffer.from(project, 'utf8');
  const frame = Buffer.from([0, 0, 0, 0, body.length + 2, LENGTH_DELIMITED_FIELD_1, body.length]);
  return Buffer.concat([frame, body]);
}
