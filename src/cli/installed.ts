export function renderInstalled(x: unknown): string {
  return String(x);
}
