import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Where `vite` sends requests for the API while the explorer is being developed. */
const api = process.env['BALLAST_API'] ?? 'http://127.0.0.1:8080';
const proxied = Object.fromEntries(['/v1', '/openapi.json', '/health', '/metrics'].map((path) => [path, api]));

export default defineConfig({
  plugins: [react()],
  server: { proxy: proxied },
  build: { target: 'es2022', sourcemap: false, assetsInlineLimit: 0 },
  // The limit is for a test that hangs; a slow machine must not fail one that does not.
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'], testTimeout: 60_000, hookTimeout: 60_000 },
});
