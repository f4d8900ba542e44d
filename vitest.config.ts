/**
 * Three kinds of test, from quick to slow. The fourth, native, is C: `make -C native test`.
 *
 * System tests make namespaces and copies of a build root (0.5 to 1.2 GB), so they run after the others, two files at a time:
 * each has its own copies, tables and namespaces, and what they share in the cache has locks.
 */
import { defineConfig } from 'vitest/config';

const MINUTE_MS = 60 * 1000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // Some ask dpkg hundreds of questions, and a build machine may be busy with something else.
          testTimeout: MINUTE_MS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 2 * MINUTE_MS,
          hookTimeout: 2 * MINUTE_MS,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          testTimeout: 10 * MINUTE_MS,
          hookTimeout: 20 * MINUTE_MS,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
