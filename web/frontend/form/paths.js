// Names of fields as the server writes them: `fagpersoner[1].navn`.

/** Every field on the page right now, hidden ones left out: { path, valuePath, field, indexes }. */
export function fieldsOf(form) {
  const registry = form.get('formFieldRegistry');
  const instances = form.get('formFieldInstanceRegistry').getAll();
  return instances.map(({ id, valuePath, indexes }) => ({
    path: written(valuePath ?? []),
    valuePath: valuePath ?? [],
    field: registry.get(id),
    indexes: indexes ?? {},
  }));
}

/** What is answered so far, as the server reads it: hidden fields left out, a list on the page without rows as []. */
export function answersOf(form) {
  const answers = structuredClone(form._getSubmitData());
  for (const { field, valuePath } of fieldsOf(form)) {
    if (field.type !== 'dynamiclist' || valuePath.length === 0) continue;
    const home = valuePath.slice(0, -1).reduce((value, key) => value?.[key], answers);
    if (home === answers || (home && typeof home === 'object')) home[valuePath.at(-1)] ??= [];
  }
  return answers;
}

export function written(valuePath) {
  return valuePath.reduce((path, part) => {
    if (typeof part === 'number') return `${path}[${part}]`;
    return path ? `${path}.${part}` : String(part);
  }, '');
}

/** Where form-js keeps the errors of one field. */
export function errorPath({ field, indexes }) {
  return [field.id, ...Object.values(indexes)];
}

/** What a field is called in a message: »Fagpersoner, nummer 2: Navn«. */
export function nameOf(form, { field, indexes }) {
  const registry = form.get('formFieldRegistry');
  const own = plain(field.label) || plain(field.dateLabel) || plain(field.timeLabel) || field.key || '';
  const lists = Object.entries(indexes).map(([id, index]) => `${plain(registry.get(id)?.label) || 'Række'}, nummer ${index + 1}`);
  return [...lists, own].filter(Boolean).join(': ');
}

function plain(label) {
  return typeof label === 'string' && !label.startsWith('=') && !label.includes('{{') ? label.trim() : '';
}
