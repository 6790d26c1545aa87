/** Gets the genuine Notary server from Debian: installed for root, unpacked into a directory of ours for others. */

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../support/genuine/programs.ts';

/** Puts `notary-server` on this process's PATH, or throws an Error that says what to install. */
export async function fetchGenuineServer(): Promise<void> {
  console.log('The genuine notary-server is not installed; getting the Debian package "notary" …');
  try {
    if (process.getuid?.() === 0) {
      execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
      execFileSync('apt-get', ['install', '-y', '-qq', 'notary'], { stdio: 'ignore' });
    } else {
      unpack(join(repository, 'node_modules/.cache/notary'));
    }
  } catch (cause) {
    throw new Error(
      'The walkthrough needs notary-server: install the Debian or Ubuntu package "notary" and run it again.',
      { cause },
    );
  }
}

function unpack(folder: string): void {
  mkdirSync(folder, { recursive: true });
  execFileSync('sh', ['-c', 'apt-get download notary && dpkg -x notary_*.deb .'], {
    cwd: folder,
    stdio: 'ignore',
  });
  process.env['PATH'] = `${join(folder, 'usr/bin')}:${process.env['PATH'] ?? ''}`;
}
