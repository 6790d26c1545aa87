/** What may come next on a command line, beside the genuine program's answers. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available, run } from '../support/genuine/programs.ts';
import { scratchHome } from '../support/memory-system.ts';
import { withoutOwnRecords } from '../support/normalise-output.ts';

let home: ReturnType<typeof scratchHome>;
beforeAll(() => {
  home = scratchHome();
});
afterAll(() => home.remove());

/** Command lines without the program's name; the last word is the one being typed. */
const lines: readonly (readonly string[])[] = [
  [''],
  ['k'],
  ['re'],
  ['zz'],
  ['-'],
  ['--'],
  ['--t'],
  ['-s'],
  ['-h'],
  ['--help'],
  ['-h', ''],
  ['--help=false', ''],
  ['--version', ''],
  ['--version', '-'],
  ['-D', ''],
  ['-D', '-'],
  ['-D', 'k'],
  ['-s', 'x', '-'],
  ['-s', 'x', ''],
  ['-s', ''],
  ['--server='],
  ['--server', ''],
  ['--debug='],
  ['-d', 'list', ''],
  ['-d', 'list'],
  ['--', ''],
  ['--', 'k'],
  ['--', '-'],
  ['bogus', ''],
  ['bogus', 'words', '-'],
  ['--bogus', ''],
  ['--bogus='],
  ['-=', ''],
  ['--='],
  ['__c'],
  ['key', ''],
  ['key', 'r'],
  ['key', '-'],
  ['key', '-D', ''],
  ['-D', 'key', ''],
  ['key', 'bogus', ''],
  ['key', 'bogus', '-'],
  ['key', '--='],
  ['key', '--', ''],
  ['key', '--', '--server', ''],
  ['key', 'a-d', ''],
  ['key', 'v-D', ''],
  ['key', 'rotate', '-'],
  ['key', 'rotate', 'g', '-r', '-'],
  ['key', 'rotate', '-l', 'x', ''],
  ['key', 'import', ''],
  ['key', 'export', '--gun', 'a', '--'],
  ['delegation', ''],
  ['delegation', 'add', 'g', 'targets/a', ''],
  ['delegation', 'add', 'g', '--paths', 'a', '--'],
  ['delegation', 'remove', '-y', '-'],
  ['delegation', 'purge', '--key', ''],
  ['list', ''],
  ['list', 'g'],
  ['list', '-'],
  ['list', '--r'],
  ['list', '-r'],
  ['list', '-r', ''],
  ['list', '-r='],
  ['list', '-r', 'a', '-'],
  ['list', '-r', '-'],
  ['list', '-Dr', ''],
  ['list', '-Dr='],
  ['list', '-Dz='],
  ['list', '-z', ''],
  ['list', '-zD', ''],
  ['list', '--roles', '"', ''],
  ['list', '--debug=x', ''],
  ['list', '--roles=x'],
  ['list', 'g', '-'],
  ['list', '--', '-'],
  ['list', '-r', 'a', '--', '-'],
  ['list', '--', '--roles', ''],
  ['list', '--', '--roles='],
  ['list', '--', '--x', ''],
  ['list', 'a-b', ''],
  ['list', 'é-', ''],
  ['list', 'a--', ''],
  ['list', ''],
  ['list', '', 'bogus', '-'],
  ['add', '-p', ''],
  ['add', '-p', '-'],
  ['add', '--custom', ''],
  ['add', '--custom='],
  ['addhash', '--s'],
  ['reset', '-n'],
  ['reset', '-n', '1', '-'],
  ['reset', '-n', 'x', '-'],
  ['reset', '-n', 'x', ''],
  ['reset', '-n', ''],
  ['init', '--rootkey', '/'],
  ['verify', '-'],
  ['version', ''],
  ['version', '-'],
  ['help', ''],
  ['help', 'k'],
  ['help', '-'],
  ['help', 'key', ''],
  ['help', 'key', 'bogus', ''],
  ['help', 'key', 'list', ''],
  ['help', 'bogus', ''],
  ['help', '-s', ''],
  ['help', '--', '--server', ''],
  ['help', '--', '-'],
  ['completion', ''],
  ['completion', 'p'],
  ['completion', 'bogus', ''],
  ['completion', '-s', ''],
  ['completion', 'bash', ''],
  ['completion', 'bash', '-'],
  ['completion', 'zsh', '--no-descriptions', '-'],
];

/** All but tsnotary's own flags and commands, and the program's name. */
const comparable = (text: string): string =>
  text
    .replace(
      /^(?:-y|--(?:archive|at|collaborators|dry-run|exit-code|for|full|jobs|json|long|names|no-input|passphrase-file|repos|strict|until|wide|with-root|yes)|anchor|archive|check|collaborator|diff|docker-plugin|expiry|inventory|renew|revoke|sandbox|trust)(?:\t.*)?\n/gm,
      '',
    )
    .replaceAll('tsnotary', 'notary');

const withoutProse = (text: string): string =>
  text.replace(/\t.*/g, '').replace(/^[^]*^Usage:[^]*/m, '(screen)');

/**
 * The last line, meant for people, is written to standard error. The original, which writes all of
 * that to standard output, spoils its own answers: its scripts take this line for the directive.
 */
const forPeople = /^Completion ended with directive: .*\n/m;

async function both(words: readonly string[]) {
  const ours = await home.run(words);
  const genuine = await run('notary', words, { env: { HOME: home.folder } });
  return {
    ours: {
      status: ours.status,
      stdout: withoutProse(comparable(ours.stdout)) + (forPeople.exec(ours.stderr)?.[0] ?? ''),
      stderr: withoutOwnRecords(comparable(ours.stderr).replace(forPeople, '')),
    },
    genuine: {
      ...{ status: genuine.status, stderr: genuine.stderr },
      stdout: withoutProse(comparable(genuine.stdout)),
    },
  };
}

describe.skipIf(!available('notary'))('completion, held against the original', () => {
  it.each(lines.map((words) => [words.join(' '), words]))(
    'the completion of "%s" is that of the original',
    async (_line, words) => {
      for (const request of ['__complete', '__completeNoDesc']) {
        const { ours, genuine } = await both([request, ...words]);
        expect(ours).toEqual(genuine);
      }
    },
  );

  it.each([
    ['-D __complete key r'],
    ['-d list __complete -'],
    ['__complete -D __complete'],
    ['__complete'],
    ['__completeNoDesc'],
    ['__complet'],
    ['list __complete -z'],
    ['help __complete'],
    ['-h __complete list'],
    ['bogus __complete list'],
    ['completion bash zsh'],
    ['completion bash zsh -z'],
  ])('the completion request "%s" is answered as the original answers it', async (line) => {
    const { ours, genuine } = await both(line.split(' '));
    expect(ours).toEqual(genuine);
  });
});

describe('an answer to a request for completion', () => {
  it('an answer to a request for completion is a candidate a line with its meaning, and a directive', async () => {
    expect(await home.run(['__complete', 'key', 'r'])).toEqual({
      status: 0,
      stdout:
        'remove\tDeletes a private key from this machine\n' +
        'rotate\tReplaces the key of a base role and publishes that at once\n:4\n',
      stderr: 'Completion ended with directive: ShellCompDirectiveNoFileComp\n',
    });
  });

  it('an answer to a request for completion leaves names of files to the shell where they make sense', async () => {
    expect((await home.run(['__complete', 'add', 'gun', 'target', ''])).stdout).toBe(':0\n');
  });

  it('an answer to a request for completion offers the flags that Notary does not have', async () => {
    expect((await home.run(['__completeNoDesc', 'list', '--js'])).stdout).toBe('--json\n:4\n');
  });

  it('an answer to a request for completion says on standard error what it did not understand', async () => {
    expect(await home.run(['__complete', 'list', '--bogus', ''])).toEqual({
      status: 0,
      stdout: ':0\n',
      stderr:
        '[Debug] [Error] Error while parsing flags from args [--bogus]: unknown flag: --bogus\n' +
        'Completion ended with directive: ShellCompDirectiveDefault\n',
    });
  });
});

describe('the scripts', () => {
  it.each(['bash', 'fish', 'powershell', 'zsh'])(
    'the script for %s asks with or without meanings',
    async (shell) => {
      const described = (await home.run(['completion', shell])).stdout;
      const bare = (await home.run(['completion', shell, '--no-descriptions'])).stdout;
      expect(described).toContain(' __complete ');
      expect(described).not.toContain('__completeNoDesc');
      expect(bare).toBe(described.replace(' __complete ', ' __completeNoDesc '));
    },
  );
});
