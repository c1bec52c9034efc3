// Every page of the console: path, name, who sees it.

/** Fills in the ids of the demo's first things. */
export async function pages(app) {
  const [lead] = (await app.api('GET', '/leads?limit=1')).items;
  const [agent] = (await app.api('GET', '/agents?limit=1')).items;
  const [imported] = (await app.api('GET', '/imports?limit=1').catch(() => ({ items: [] }))).items;
  const admin = [
    ['/', 'overview'], ['/leads', 'leads'], [`/leads/${lead.uid}`, 'lead'], ['/assign', 'assign'], ['/assign/META', 'assign-open'],
    ['/assign/history', 'history'], ['/import', 'import'], ...(imported ? [[`/import/${imported.id}`, 'import-done']] : []),
    ['/agents', 'agents'], [`/agents/${agent.id}`, 'agent'], ['/notifications', 'notifications'],
    ['/settings/organization', 'settings-organization'], ['/settings/sources', 'settings-sources'], ['/settings/users', 'settings-users'],
    ['/settings/tokens', 'settings-tokens'], ['/settings/webhooks', 'settings-webhooks'], ['/settings/jobs', 'settings-jobs'],
    ['/settings/audit', 'settings-audit'], ['/account', 'account'],
  ];
  return { admin, agent: [['/my-leads', 'work'], ['/notifications', 'work-notifications']], nobody: [['/sign-in', 'sign-in']] };
}
