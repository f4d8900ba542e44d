export function renderExplanation(x: unknown): string {
  return String(x);
}
