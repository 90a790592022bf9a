// What a user would write instead of the service: Fastify and pg, measured beside it by the benchmark.
//
// `DATABASE_URL=… ISSUER=… PORT=… node server.mjs`. It does what such a server does well: statements prepared once
// for each connection where that helps, verified tokens remembered, pages by key. It does not do what the service
// does on top: no rights by organisation, no preconditions, no idempotency, no versions, no journal.
import { createPublicKey, randomUUID } from 'node:crypto';

import jwt from '@fastify/jwt';
import fastify from 'fastify';
import pg from 'pg';

const { DATABASE_URL, ISSUER, PORT } = process.env;

const COLUMNS = [
  'submission_id', 'campaign_id', 'owner_organization_id', 'division_id', 'unit_id', 'subject_kind', 'subject_id',
  'individual_id', 'display_name', 'position', 'proposed_form', 'form', 'route', 'achievement_summary', 'criteria',
  'state', 'drafted_by',
];
const BY_ID = 'SELECT * FROM nominations WHERE id = $1';
const LIST = 'SELECT * FROM nominations WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3';
const CREATE = `INSERT INTO peer_nominations (id, live, version, created_at, updated_at, ${COLUMNS})
  VALUES ($1, true, 1, now(), now(), ${COLUMNS.map((_, index) => `$${index + 2}`)}) RETURNING *`;

const uuid = { type: 'string', format: 'uuid' };
const body = {
  type: 'object',
  required: COLUMNS,
  additionalProperties: false,
  properties: Object.fromEntries(
    COLUMNS.map((name) => [name, /_id$|_by$/.test(name) ? uuid : { type: 'string', maxLength: 10000 }]),
  ),
};
const querystring = {
  type: 'object',
  required: ['state'],
  properties: {
    state: { type: 'string' },
    after: { ...uuid, default: '00000000-0000-0000-0000-000000000000' },
    limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
  },
};
const params = { type: 'object', properties: { id: uuid } };

const { jwks_uri: keysAt } = await (await fetch(`${ISSUER}/.well-known/openid-configuration`)).json();
const { keys } = await (await fetch(keysAt)).json();
const key = createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' });

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const ask = async (name, text, values) => (await pool.query({ name, text, values })).rows;

const app = fastify();
await app.register(jwt, {
  secret: { public: key },
  verify: { algorithms: [keys[0].alg], allowedIss: ISSUER, cache: true },
});

app.get('/ready', async () => ({ ready: (await ask('ready', 'SELECT 1', [])).length === 1 }));

app.register(async (known) => {
  known.addHook('onRequest', (request) => request.jwtVerify());
  known.get('/nominations/:id', { schema: { params } }, async (request, reply) => {
    const [row] = await ask('by_id', BY_ID, [request.params.id]);
    return row ?? reply.code(404).send({ message: 'not found' });
  });
  known.get('/nominations', { schema: { querystring } }, async ({ query: { state, after, limit } }) => {
    // Without a name it is planned for its values; the plan for any would walk the primary key.
    const items = await ask(undefined, LIST, [state, after, limit]);
    return { items, next: items.length === limit ? items.at(-1).id : null };
  });
  known.post('/nominations', { schema: { body } }, async (request, reply) => {
    const values = COLUMNS.map((name) => request.body[name]);
    const [row] = await ask('create', CREATE, [randomUUID(), ...values]);
    return reply.code(201).send(row);
  });
});

await app.listen({ host: '127.0.0.1', port: Number(PORT) });
