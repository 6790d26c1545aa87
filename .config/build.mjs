// Builds dist/ without a word; what goes wrong is thrown.
import { rolldown } from 'rolldown';
import configurations from './rolldown.config.mjs';

for (const { output, ...input } of configurations) {
  const bundle = await rolldown({ ...input, logLevel: 'silent' });
  await bundle.write(output);
  await bundle.close();
}
