// The nominations as a user of PocketBase would keep them: one collection, rules that ask for a known user, indices
// for its two lists; and that user. The rows are filled in by the benchmark.
migrate((app) => {
  const known = '@request.auth.id != ""';
  const texts = [
    'submission_id', 'campaign_id', 'owner_organization_id', 'division_id', 'unit_id', 'subject_kind', 'subject_id',
    'individual_id', 'collective_id', 'display_name', 'position', 'proposed_form', 'form', 'form_reason', 'route',
    'achievement_summary', 'criteria', 'state', 'state_reason', 'hold_reason', 'hold_note', 'drafted_by',
  ];
  app.save(new Collection({
    type: 'base',
    name: 'nominations',
    listRule: known,
    viewRule: known,
    createRule: known,
    fields: [
      ...texts.map((name) => ({ type: 'text', name, max: 10000 })),
      { type: 'bool', name: 'live' },
      { type: 'number', name: 'version' },
      { type: 'autodate', name: 'created_at', onCreate: true },
      { type: 'autodate', name: 'updated_at', onCreate: true, onUpdate: true },
    ],
    indexes: [
      'CREATE INDEX nominations_by_state ON nominations (state, id)',
      'CREATE INDEX nominations_by_division ON nominations (division_id, state, id)',
    ],
  }));

  for (const [collection, email] of [['_superusers', 'admin@example.org'], ['users', 'user@example.org']]) {
    const record = new Record(app.findCollectionByNameOrId(collection));
    record.set('email', email);
    record.set('password', $os.getenv('BENCH_PASSWORD'));
    record.set('verified', true);
    app.save(record);
  }
});
