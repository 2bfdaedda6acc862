import { pick, type Random } from '../../test/fuzz/random';

const line = '\r\n';

/** A form with one file, as curl and browsers send it. */
export function form(picture: Uint8Array, boundary: string): Buffer {
  const head = `--${boundary}${line}Content-Disposition: form-data; name="image"; filename="photo.jpg"${line}Content-Type: image/jpeg${line}${line}`;
  return Buffer.concat([Buffer.from(head), picture, Buffer.from(`${line}--${boundary}--${line}`)]);
}

type Mutation = (body: Buffer, boundary: string, random: Random) => Buffer;

const at = (body: Buffer, random: Random) => pick(random, [random(200), random(body.length), body.length - 1 - random(60)]);

function insert(body: Buffer, random: Random, what: string | Buffer): Buffer {
  const place = at(body, random);
  return Buffer.concat([body.subarray(0, place), Buffer.from(what), body.subarray(place)]);
}

const headers = [
  'Content-Disposition: form-data; name="image"; filename="../../../../etc/passwd"',
  'Content-Disposition: form-data; name="__proto__"',
  'Content-Disposition: form-data',
  "Content-Disposition: form-data; name*=UTF-8''%ff%fe; filename*=UTF-8''%c0%80",
  'Content-Type: multipart/mixed; boundary=inner',
  'Content-Type: text/plain; charset=utf-7',
  'Content-Transfer-Encoding: base64',
  'Content-Transfer-Encoding: quoted-printable',
  'Content-Length: 99999999999',
  ': nameless',
  'no colon at all',
];

const mutations: readonly Mutation[] = [
  (body, _, random) => {
    const copy = Buffer.from(body);
    for (let count = 1 + random(8); count > 0; count--) {
      copy[at(body, random)] = random(256);
    }
    return copy;
  },
  (body, _, random) => body.subarray(0, at(body, random)),
  (body, _, random) => Buffer.concat([body.subarray(0, at(body, random)), body.subarray(at(body, random))]),
  (body, _, random) => insert(body, random, `${line}--`),
  (body, boundary, random) => insert(body, random, `${line}--${boundary}${line}`),
  (body, boundary, random) => insert(body, random, `${line}--${boundary}--${line}`),
  (body, boundary, random) => insert(body, random, `${line}--${boundary}${line}${pick(random, headers)}${line}${line}x`),
  (body, boundary, random) =>
    Buffer.concat([Buffer.from(`--${boundary}${line}${pick(random, headers)}${line}`), body.subarray(random(80))]),
  (body, _, random) => insert(body, random, 'x'.repeat(1 << random(18))),
  (body, _, random) => insert(body, random, `${line}X-${random(1e6)}: y`.repeat(1 + random(3000))),
  (body, boundary, random) => Buffer.concat(Array.from({ length: 2 + random(20) }, () => insert(body, random, boundary))),
  (body) => Buffer.from(body.toString('latin1').replaceAll(line, '\n'), 'latin1'),
  (body) => Buffer.from(body.toString('latin1').replaceAll('"', ''), 'latin1'),
  (body, _, random) => insert(body, random, '\0'.repeat(1 + random(64))),
  (_, boundary, random) => Buffer.from(`--${boundary}${line}`.repeat(1 + random(5000))),
  (_, boundary) => Buffer.from(`--${boundary}--`),
  (body) => Buffer.concat([body, body]),
];

const contentTypes = [
  (boundary: string) => `multipart/form-data; boundary="${boundary}"`,
  (boundary: string) => `multipart/form-data; boundary=${boundary}; boundary=other`,
  (boundary: string) => `multipart/form-data;boundary=${boundary.slice(0, -1)}`,
  (boundary: string) => `MULTIPART/FORM-DATA; charset=utf-8; BOUNDARY=${boundary}`,
  () => 'multipart/form-data',
  () => 'multipart/form-data; boundary=',
  () => `multipart/form-data; boundary=${'b'.repeat(4000)}`,
  () => 'multipart/mixed; boundary=x',
  () => 'multipart/form-data; boundary=-',
];

/** A damaged form, one to three times, and what it calls itself, which one in eight times is damaged too. */
export function damagedForm(picture: Uint8Array, random: Random): { body: Buffer; contentType: string } {
  const boundary = `----boundary${random(1e9)}`;
  let body = form(picture, boundary);
  for (let count = 1 + random(3); count > 0 && body.length > 0; count--) {
    body = pick(random, mutations)(body, boundary, random);
  }
  const plain = (name: string) => `multipart/form-data; boundary=${name}`;
  return { body, contentType: (random(8) === 0 ? pick(random, contentTypes) : plain)(boundary) };
}
