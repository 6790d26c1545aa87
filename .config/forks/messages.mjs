// Messages between vitest and its processes, as text.

import { deserialize, serialize } from 'node:v8';

export const encoded = (message) => serialize(message).toString('base64');
export const decoded = (text) => deserialize(Buffer.from(text, 'base64'));
