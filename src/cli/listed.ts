export function renderList(x: unknown): string {
  return String(x);
}
