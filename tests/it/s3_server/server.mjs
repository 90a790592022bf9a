// An S3 server for one test of the service: `node server.mjs FOLDER PORT` (0: any free one).
//
// Prints one JSON line with its port when it is ready. It has one bucket, `files`, and knows one key,
// S3RVER; signatures of version 4 it does not verify. What it keeps lies in the folder, so that it can be
// ended and started again.
import S3rver from 's3rver';

const [folder, port] = process.argv.slice(2);

// The test holds the other end of standard input: when it is gone, nobody needs the server any more.
process.stdin.resume().on('end', () => process.exit(0));

const server = new S3rver({
  address: '127.0.0.1',
  port: Number(port),
  silent: true,
  vhostBuckets: false,
  directory: folder,
  configureBuckets: [{ name: 'files' }],
});
const { port: listening } = await server.run();
process.stdout.write(`${JSON.stringify({ port: listening })}\n`);
