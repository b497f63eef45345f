// Who may attend to whom: row = query, column = key, 1 = may attend, row after row in one array.

export function maskOf(kind, length, prefix) {
  const allowed = {
    bidirectional: () => true,
    causal: (query, key) => key <= query,
    prefix: (query, key) => key <= query || key < prefix,
  }[kind];
  const mask = new Uint8Array(length * length);
  for (let query = 0; query < length; query++)
    for (let key = 0; key < length; key++) mask[query * length + key] = allowed(query, key) ? 1 : 0;
  return mask;
}
