// An OpenID provider for one test of the service: `node provider.mjs [port]`.
//
// Prints one JSON line with its port and issuer when it is ready. It signs every token itself; the test
// only asks for them, as a client would:
//   POST /token                         client credentials of the client "machine"
//   POST /admin/user-token?resource=…   walks through the authorization code flow with PKCE as the client
//                                       "portal" and answers with the access token and the ID token
//   POST /admin/rotate                  puts new signing keys before the old ones, which stay published
//   POST /admin/retire                  leaves the old keys out
//   GET  /admin/counts                  how often each document was fetched
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const AUDIENCE = 'thidua-api';
// One resource per algorithm, all of them the same audience.
const ALGORITHMS = {
  'urn:thidua:rs256': 'RS256',
  'urn:thidua:ps256': 'PS256',
  'urn:thidua:es256': 'ES256',
  'urn:thidua:eddsa': 'EdDSA',
};

// Standard output is for the one line; the reader may be gone afterwards.
console.info = console.error;
process.stdout.on('error', () => {});

let generation = 0;

function freshKeys() {
  generation += 1;
  const jwk = (type, options, extra) => ({
    ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
    use: 'sig',
    kid: `${extra.name}-${generation}`,
    ...(extra.alg && { alg: extra.alg }),
  });
  return [
    jwk('rsa', { modulusLength: 2048 }, { name: 'rsa' }),
    jwk('ec', { namedCurve: 'P-256' }, { name: 'p256', alg: 'ES256' }),
    jwk('ed25519', {}, { name: 'ed25519', alg: 'EdDSA' }),
  ];
}

function configuration(keys, origin) {
  return {
    jwks: { keys },
    clients: [
      {
        client_id: 'machine',
        client_secret: 'machine-secret',
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
      },
      {
        client_id: 'portal',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: [`${origin}/callback`],
      },
    ],
    cookies: { keys: [randomBytes(32).toString('hex')] },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:thidua:rs256',
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: 'api',
          audience: AUDIENCE,
          accessTokenTTL: 300,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: ALGORITHMS[resource] } },
        }),
      },
    },
    extraTokenClaims: (_ctx, token) =>
      token.accountId ? { name: `Cán bộ ${token.accountId}`, realm_access: { roles: ['vp-reviewer'] } } : {},
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  };
}

/** A minimal browser: follows redirects by hand and keeps cookies. */
class Browser {
  #cookies = new Map();

  async send(url, options = {}) {
    const answer = await fetch(url, {
      ...options,
      redirect: 'manual',
      headers: {
        ...options.headers,
        cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(';');
      const cut = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, cut), pair.slice(cut + 1));
    }
    return answer;
  }

  post(url, fields) {
    return this.send(url, { method: 'POST', body: new URLSearchParams(fields) });
  }
}

async function userToken(origin, subject, resource) {
  const verifier = randomBytes(32).toString('base64url');
  const redirect = `${origin}/callback`;
  const query = new URLSearchParams({
    client_id: 'portal',
    response_type: 'code',
    redirect_uri: redirect,
    scope: 'openid api',
    resource,
    nonce: randomBytes(8).toString('hex'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const browser = new Browser();
  let answer = await browser.send(`${origin}/auth?${query}`);
  const forms = [{ prompt: 'login', login: subject, password: 'any' }, { prompt: 'consent' }];
  for (let steps = 0; steps < 10; steps += 1) {
    const target = new URL(answer.headers.get('location') ?? '/no-redirect', origin).href;
    if (target.startsWith(redirect)) {
      const code = new URL(target).searchParams.get('code');
      const fields = { grant_type: 'authorization_code', client_id: 'portal', code, redirect_uri: redirect };
      const exchanged = await browser.post(`${origin}/token`, { ...fields, resource, code_verifier: verifier });
      return exchanged.json();
    }
    answer = target.includes('/interaction/')
      ? await browser.post(target, forms.shift() ?? {})
      : await browser.send(target);
  }
  throw new Error('the sign-in did not come to an end');
}

let keys = freshKeys();
let handle;
const counts = {};

function mount(origin) {
  const provider = new Provider(origin, configuration(keys, origin));
  handle = provider.callback();
}

async function admin(url, origin) {
  switch (url.pathname) {
    case '/admin/user-token':
      return userToken(origin, url.searchParams.get('subject') ?? 'can-bo-1', url.searchParams.get('resource'));
    case '/admin/rotate':
      keys = [...freshKeys(), ...keys];
      mount(origin);
      return { keys: keys.map((key) => key.kid) };
    case '/admin/retire':
      keys = keys.filter((key) => key.kid.endsWith(`-${generation}`));
      mount(origin);
      return { keys: keys.map((key) => key.kid) };
    case '/admin/counts':
      return counts;
    default:
      return { error: 'unknown' };
  }
}

const server = createServer((request, response) => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  const url = new URL(request.url, origin);
  counts[url.pathname] = (counts[url.pathname] ?? 0) + 1;
  if (!url.pathname.startsWith('/admin/')) {
    handle(request, response);
    return;
  }
  admin(url, origin).then(
    (body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
    (fault) => response.writeHead(500).end(String(fault?.stack ?? fault)),
  );
});

// The test holds the other end of standard input: when it is gone, nobody needs the provider any more.
process.stdin.resume().on('end', () => process.exit(0));

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const { port } = server.address();
  const origin = `http://127.0.0.1:${port}`;
  mount(origin);
  process.stdout.write(`${JSON.stringify({ port, issuer: origin })}\n`);
});
