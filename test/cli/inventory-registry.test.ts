/** What inventory says of the images in their registry: there, moved, gone, signed elsewhere, or not to be looked at. */

import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ImageRegistry, imageText, send, startImageRegistry } from '../support/image-registry.ts';
import { expectDocument } from '../support/printed-json.ts';
import { endRegistries, ociImage, refuse, sha256 } from '../support/registry-rig.ts';
import {
  bundleReferrer,
  cosignReferrer,
  cosignTagged,
  cosignType,
  index,
  listed,
  notationReferrer,
  notationType,
  provenancePredicate,
  signaturePredicate,
  tagOf,
} from '../support/signature-manifests.ts';
import { passphrases, type Served, serve } from './batch/served.ts';

const path = 'acme/app';
let served: Served;
let registry: ImageRegistry;
let gun: string;

interface Row {
  readonly target: string;
  readonly digest: string;
  readonly image: string;
  readonly registryDigest?: string;
  readonly cosign?: boolean;
  readonly notation?: boolean;
}
interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly targets?: readonly string[];
  readonly hint?: { readonly command: readonly string[] };
}

const run = (words: readonly string[]) => served.home.run(words, { env: passphrases });

beforeEach(async () => {
  [served, registry] = [await serve(), await startImageRegistry()];
  gun = `${registry.domain}/${path}`;
  await served.must(['init', gun, '-p']);
});
afterEach(async () => {
  await endRegistries();
  await served.stop();
});

/** Signs an image for tags; returns its digest. The registry gets nothing. */
async function signed(seed: string, ...tags: readonly string[]): Promise<string> {
  const digest = sha256(imageText(seed));
  for (const tag of tags) await served.must(['addhash', gun, tag, '500', '--sha256', digest.slice(7)]);
  await served.must(['publish', gun]);
  return digest;
}

/** Signs an image for tags, and puts it into the registry under them. */
async function there(seed: string, ...tags: readonly string[]): Promise<string> {
  for (const tag of tags) registry.put(path, tag, imageText(seed));
  return signed(seed, ...tags);
}

async function taken(...words: readonly string[]) {
  const { status, stdout } = await run(['inventory', gun, '--json', ...words]);
  const { rows, findings } = expectDocument(stdout, 'inventory') as {
    readonly rows: readonly Row[];
    readonly findings: readonly Finding[];
  };
  const attention = findings.filter(({ severity }) => severity !== 'note');
  return { status, rows, findings: attention, codes: attention.map(({ code }) => code) };
}

const refs = (...words: readonly string[]) => run(['inventory', gun, '--format', 'refs', ...words]);

describe('the images of an inventory', () => {
  it('an image that is as it was signed needs no attention', async () => {
    const digest = await there('one', 'v1', 'v2');
    const { status, rows, codes } = await taken('--registry');
    expect([status, codes]).toEqual([0, []]);
    expect(rows).toMatchObject([
      { target: 'v1', digest, image: 'there', registryDigest: digest },
      { target: 'v2', digest, image: 'there', registryDigest: digest },
    ]);
    expect(rows[0]).not.toHaveProperty('cosign');
    // The tags say that the digest is there.
    expect(registry.asked).toEqual([`GET /v2/${path}/manifests/v1`, `GET /v2/${path}/manifests/v2`]);
  });

  it('a tag that has moved is named with both digests, and the signed one is what is to be signed', async () => {
    const digest = await there('one', 'v1');
    const now = registry.put(path, 'v1', imageText('newer'));
    const { status, rows, findings } = await taken('--registry');
    expect([status, rows]).toMatchObject([3, [{ digest, image: 'there', registryDigest: now }]]);
    expect(findings).toMatchObject([
      { code: 'TAG_MOVED', targets: ['v1'], message: expect.stringContaining(now) as string },
    ]);
    const { status: piped, stdout, stderr } = await refs('--missing', 'cosign');
    expect([piped, stdout]).toEqual([0, `${gun}@${digest}\n`]);
    expect(stderr).toContain('code=TAG_MOVED');
  });

  it('an image that is gone is named, and is no reference', async () => {
    const digest = await there('one', 'v1', 'v2');
    const kept = await there('two', 'v3');
    for (const reference of [digest, 'v1', 'v2']) registry.remove(path, reference);
    const { status, rows, findings } = await taken('--missing', 'cosign');
    expect([status, rows.map(({ target, image }) => [target, image])]).toEqual([
      3,
      [
        ['v1', 'gone'],
        ['v2', 'gone'],
        ['v3', 'there'],
      ],
    ]);
    expect(findings).toMatchObject([
      { code: 'IMAGE_GONE', targets: ['v1', 'v2'], message: expect.stringContaining(digest) as string },
      { code: 'SIGNATURE_MISSING', targets: ['v3'] },
    ]);
    for (const words of [['--missing', 'cosign'], ['--registry']]) {
      const { status: piped, stdout, stderr } = await refs(...words);
      expect([piped, stdout]).toEqual([0, `${gun}@${kept}\n`]);
      expect(stderr).toMatch(new RegExp(`v1, v2: .*${digest}.* code=IMAGE_GONE`));
    }
  });

  it('a tag that is gone while its image is there is named', async () => {
    const digest = await there('one', 'v1');
    registry.remove(path, 'v1');
    const { status, rows, codes } = await taken('--registry');
    expect([status, codes, rows]).toMatchObject([3, ['TAG_GONE'], [{ digest, image: 'there' }]]);
    expect(rows[0]).not.toHaveProperty('registryDigest');
  });

  it('a target that can be no tag is looked for by its digest', async () => {
    const digest = sha256(imageText('one'));
    registry.put(path, undefined, imageText('one'));
    await served.must(['addhash', gun, 'odd name', '500', '--sha256', digest.slice(7), '-p']);
    const { status, rows, codes } = await taken('--registry');
    expect([status, codes, rows]).toMatchObject([0, [], [{ target: 'odd name', image: 'there' }]]);
    expect(registry.asked).toEqual([`GET /v2/${path}/manifests/${digest}`]);
  });

  it('a digest is asked for once whatever the number of its tags, and few requests are under way at a time', async () => {
    const tags = Array.from({ length: 30 }, (_, number) => `v${number}`);
    const digest = await signed('one', ...tags);
    registry.put(path, 'other', imageText('other'));
    expect((await taken('--check', 'cosign,notation')).status).toBe(3);
    expect(registry.asked.filter((line) => line.endsWith(`/manifests/${digest}`))).toHaveLength(1);
    expect(registry.asked.filter((line) => line.endsWith(tagOf(digest)))).toHaveLength(1);
    expect(new Set(registry.asked).size).toBe(registry.asked.length);
    expect(registry.mostAtATime).toBeGreaterThan(1);
    expect(registry.mostAtATime).toBeLessThanOrEqual(8);
    // The question whether it speaks TLS takes a connection of its own.
    expect(registry.server.connections).toBe(2);
  });
});

describe('signatures of other programs', () => {
  it.each<[string, (digest: string) => void, { cosign: boolean; notation: boolean }]>([
    [
      'of cosign under its tag',
      (digest) => void registry.put(path, tagOf(digest, '.sig'), cosignTagged()),
      { cosign: true, notation: false },
    ],
    [
      'of cosign among the referrers',
      (digest) => {
        registry.pageSize = 1;
        registry.put(path, undefined, bundleReferrer(digest, provenancePredicate));
        registry.put(path, undefined, cosignReferrer(digest));
      },
      { cosign: true, notation: false },
    ],
    [
      'of cosign as a bundle',
      (digest) => {
        registry.pageSize = 1;
        registry.put(path, undefined, bundleReferrer(digest, signaturePredicate));
      },
      { cosign: true, notation: false },
    ],
    [
      'of notation on the second page',
      (digest) => {
        registry.pageSize = 1;
        registry.put(path, undefined, bundleReferrer(digest, provenancePredicate));
        registry.put(path, undefined, notationReferrer(digest));
      },
      { cosign: false, notation: true },
    ],
    [
      'of both in the list under the tag',
      (digest) => {
        const [cosign, notation] = [cosignReferrer(digest), notationReferrer(digest)];
        for (const one of [cosign, notation]) registry.put(path, undefined, one);
        registry.put(
          path,
          tagOf(digest),
          index(listed(JSON.stringify(cosign), cosignType), listed(JSON.stringify(notation), notationType)),
        );
      },
      { cosign: true, notation: true },
    ],
    [
      'of the image that the tag stands for by now',
      () => {
        const now = registry.put(path, 'v1', imageText('newer'));
        registry.put(path, tagOf(now, '.sig'), cosignTagged());
      },
      { cosign: false, notation: false },
    ],
  ])('a signature %s is found for what was signed', async (_where, put, expected) => {
    const digest = await there('one', 'v1');
    put(digest);
    expect((await taken('--check', 'cosign,notation')).rows).toMatchObject([expected]);
    expect((await taken('--check', 'notation')).rows[0]).not.toHaveProperty('cosign');
  });

  it('what has no signature is status 3, with the command that lists it', async () => {
    const [first, second] = [await there('one', 'v1'), await there('two', 'v2', 'v3')];
    registry.put(path, tagOf(first, '.sig'), cosignTagged());
    const { status, findings } = await taken('--check', 'cosign');
    expect([status, findings]).toMatchObject([
      3,
      [
        {
          code: 'SIGNATURE_MISSING',
          targets: ['v2', 'v3'],
          hint: { command: ['tsnotary', 'inventory', gun, '--missing', 'cosign', '--format', 'refs'] },
        },
      ],
    ]);
    expect(await run((findings[0]?.hint?.command ?? []).slice(1))).toEqual({
      ...{ status: 0, stdout: `${gun}@${second}\n`, stderr: '' },
    });
    registry.put(path, tagOf(second, '.sig'), cosignTagged());
    expect((await taken('--check', 'cosign')).status).toBe(0);
    expect(await refs('--missing', 'cosign')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect((await run(['inventory', gun, '--missing', 'cosign'])).stdout).toMatch(
      /^No signature of cosign is missing\.\n/,
    );
  });

  it('what is signed, and moved, is status 3 and no reference, and the text says both', async () => {
    const digest = await there('one', 'v1');
    registry.put(path, tagOf(digest, '.sig'), cosignTagged());
    registry.put(path, 'v1', imageText('newer'));
    const { status, stdout } = await run(['inventory', gun, '--missing', 'cosign']);
    expect([status, stdout]).toEqual([
      3,
      expect.stringMatching(
        /^No signature of cosign is missing, and something else needs attention:\n! v1: the tag stands for /,
      ) as string,
    ]);
    expect(await taken('--missing', 'cosign')).toMatchObject({ status: 3, rows: [], codes: ['TAG_MOVED'] });
    expect(await refs('--missing', 'cosign')).toMatchObject({ status: 0, stdout: '' });
    await served.must(['addhash', gun, 'v1', '500', '--sha256', sha256(imageText('newer')).slice(7), '-p']);
    registry.put(path, tagOf(sha256(imageText('newer')), '.sig'), cosignTagged());
    expect((await taken('--missing', 'cosign')).status).toBe(0);
  });

  it('a signed image that is gone is status 3 until its target is removed', async () => {
    await there('two', 'v2');
    const digest = await there('one', 'v1');
    registry.put(path, tagOf(sha256(imageText('two')), '.sig'), cosignTagged());
    for (const reference of ['v1', digest]) registry.remove(path, reference);
    const { status, stdout } = await run(['inventory', gun, '--missing', 'cosign']);
    expect([status, stdout]).toEqual([3, expect.stringMatching(/^\* +v1 .* gone +gone +no$/m) as string]);
    await served.must(['remove', gun, 'v1', '-p']);
    const after = await run(['inventory', gun, '--missing', 'cosign']);
    expect(after.stdout).toMatch(/^No signature of cosign is missing\.\n/);
    expect(after.status).toBe(0);
  });

  it('a target without SHA-256 is no reference, so that the list of what is missing is not status 0', async () => {
    const digest = await there('one', 'v1');
    registry.put(path, tagOf(digest, '.sig'), cosignTagged());
    await served.must(['addhash', gun, 'v2', '5', '--sha512', 'ab'.repeat(64), '-p']);
    const { status, stdout, stderr } = await refs('--missing', 'cosign');
    expect([status, stdout]).toEqual([3, '']);
    expect(stderr).toContain('code=CHECKSUM_MISSING');
    const { status: ofTable, stdout: text } = await run(['inventory', gun, '--missing', 'cosign']);
    expect(ofTable).toBe(3);
    expect(text).toMatch(/^No signature of cosign is missing, and something else needs attention:\n! v2: /);
  });

  it('the table has a column for each signature, and says of the tag whether it is as signed', async () => {
    const digest = await there('one', 'v1');
    await there('two', 'v2');
    registry.put(path, tagOf(digest, '.sig'), cosignTagged());
    registry.put(path, 'v2', imageText('newer'));
    const { stdout } = await run(['inventory', gun, '--check', 'cosign']);
    expect(stdout).toMatch(/SIGNED BY +IMAGE +TAG +COSIGN\n/);
    expect(stdout).toMatch(/^\* +v1 .* there +same +yes$/m);
    expect(stdout).toMatch(new RegExp(`^\\* +v2 .* there +${sha256(imageText('newer')).slice(7)} +no$`, 'm'));
    expect(stdout).toMatch(/^! v2: the tag stands for sha256:/m);
  });
});

describe('a registry that cannot be looked at', () => {
  /** Answers for manifests and referrers whose path has these words. */
  function answering(words: string, act: (response: ServerResponse) => void): void {
    registry.misdeed = (url, response) => {
      if (!url.includes(words)) return false;
      act(response);
      return true;
    };
  }

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['is locked', (response) => refuse(response, 403, 'DENIED'), 'REGISTRY_UNAUTHORIZED'],
    ['has a failure', (response) => refuse(response, 500, 'UNKNOWN'), 'REGISTRY_UNAVAILABLE'],
    ['hangs up', (response) => void response.destroy(), 'REGISTRY_UNREACHABLE'],
    [
      'lies about a digest',
      (response) => send(response, imageText('one'), ociImage, { 'Docker-Content-Digest': sha256('other') }),
      'REGISTRY_INVALID',
    ],
    [
      'sends another image than it was asked for',
      (response) => send(response, imageText('two'), ociImage),
      'REGISTRY_INVALID',
    ],
  ])('a registry that %s has nothing missing', async (_does, act, code) => {
    const digest = await there('one', 'v1');
    registry.put(path, 'v1', imageText('newer'));
    answering(`/${digest}`, act);
    const { status, rows, codes } = await taken('--missing', 'cosign');
    expect([status, rows]).toEqual([1, []]);
    expect(codes).toContain(code);
    expect((await run(['inventory', gun, '--missing', 'cosign'])).stdout).toMatch(
      /^No signature of cosign is known to be missing, and 1 of 1 targets could not be looked at\.\n! /,
    );
    const all = await taken('--registry');
    expect([all.status, all.rows]).toMatchObject([1, [{ image: 'unknown' }]]);
    const { status: piped, stdout, stderr } = await refs('--missing', 'cosign');
    expect([piped, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`code=${code}`);
  });

  it.each([
    ['the tag of signatures', '.sig'],
    ['the list of referrers', '/referrers/'],
  ])('a registry that fails at %s has no signature missing', async (_what, words) => {
    await there('one', 'v1');
    answering(words, (response) => refuse(response, 500, 'UNKNOWN'));
    const { status, rows, codes } = await taken('--check', 'cosign');
    expect([status, codes, rows]).toMatchObject([1, ['REGISTRY_UNAVAILABLE'], [{ image: 'there' }]]);
    expect(rows[0]).not.toHaveProperty('cosign');
    expect((await refs('--missing', 'cosign')).stdout).toBe('');
  });

  it('how many targets could not be looked at is said, also where their images are there', async () => {
    const digest = await there('one', 'v1', 'v2');
    registry.put(path, tagOf(digest, '.sig'), cosignTagged());
    await there('two', 'v3');
    answering(tagOf(sha256(imageText('two')), '.sig'), (response) => refuse(response, 500, 'UNKNOWN'));
    const { status, stdout } = await run(['inventory', gun, '--missing', 'cosign']);
    expect([status, stdout]).toEqual([
      1,
      expect.stringMatching(
        /^No signature .* missing, and 1 of 3 targets could not be looked at\.\n! v3: /,
      ) as string,
    ]);
  });

  it('a registry that lies about a tag is status 1, and the image is there by its digest', async () => {
    const digest = await there('one', 'v1');
    answering('/manifests/v1', (response) =>
      send(response, imageText('two'), ociImage, { 'Docker-Content-Digest': digest }),
    );
    const { status, rows, codes } = await taken('--registry');
    expect([status, codes, rows]).toMatchObject([1, ['REGISTRY_INVALID'], [{ digest, image: 'there' }]]);
    expect(rows[0]).not.toHaveProperty('registryDigest');
    registry.put(path, tagOf(digest, '.sig'), cosignTagged());
    expect((await run(['inventory', gun, '--missing', 'cosign'])).stdout).toMatch(
      /^No signature of cosign is known to be missing, and not everything could be looked at\.\n! v1: /,
    );
  });

  it('a registry that fails at one image is asked for the others', async () => {
    const [first, second] = [await signed('one', 'v1'), await signed('two', 'v2')];
    for (const seed of ['one', 'two']) registry.put(path, undefined, imageText(seed));
    answering(`/${first}`, (response) => refuse(response, 500, 'UNKNOWN'));
    const { status, stdout, stderr } = await refs('--missing', 'cosign');
    expect([status, stdout]).toEqual([1, `${gun}@${second}\n`]);
    expect(stderr).toMatch(/v1: .* code=REGISTRY_UNAVAILABLE/);
  });

  it.each([
    ['refuses the login', 401, 'REGISTRY_UNAUTHORIZED'],
    ['has had too many requests', 429, 'REGISTRY_UNAVAILABLE'],
  ])('a registry that %s is left alone, and is one finding for all tags', async (_does, answer, code) => {
    const tags = Array.from({ length: 40 }, (_, number) => `v${number}`);
    await signed('one', ...tags);
    answering('/manifests/', (response) => refuse(response, answer, 'TOOMANYREQUESTS'));
    const { status, rows, findings } = await taken('--check', 'cosign');
    expect([status, findings.map((finding) => finding.code)]).toEqual([1, [code]]);
    expect(findings[0]?.targets).toHaveLength(40);
    expect(new Set(rows.map(({ image }) => image))).toEqual(new Set(['unknown']));
    expect(registry.asked.length).toBeLessThanOrEqual(8);
    expect((await run(['inventory', gun, '--registry'])).stderr).toMatch(
      answer === 401 ? /msg="Log in with \\"docker login / : /msg="Try again later."/,
    );
    if (answer === 401) expect(findings[0]?.hint?.command).toEqual(['docker', 'login', registry.domain]);
  });

  /** Nothing of the repository is there, as for a login that may not see it. */
  const hide = (act: (response: ServerResponse) => void) => answering(`/v2/${path}/`, act);

  it.each(['NAME_UNKNOWN', 'NOT_FOUND'])(
    'a repository that the registry hides with %s could not be looked at, and none of its images is called gone',
    async (code) => {
      await there('one', 'v1', 'v2');
      await there('two', 'v3');
      hide((response) => refuse(response, 404, code));
      const { status, stdout, stderr } = await refs('--missing', 'cosign');
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        /does not know the repository .*acme\/app, or hides it.*code=REGISTRY_NAME_UNKNOWN/,
      );
      expect(stderr).toContain('Log in with');
      for (const words of [['--registry'], ['--check', 'cosign'], ['--check', 'notation']]) {
        const looked = await taken(...words);
        expect([looked.status, looked.codes]).toEqual([1, ['REGISTRY_NAME_UNKNOWN']]);
        expect(looked.findings[0]?.targets).toEqual(['v1', 'v2', 'v3']);
        expect(looked.findings[0]?.hint?.command).toEqual(['docker', 'login', registry.domain]);
        expect(new Set(looked.rows.map(({ image }) => image))).toEqual(new Set(['unknown']));
        expect(looked.rows[0]).not.toHaveProperty('cosign');
      }
    },
  );

  it('a repository that is hidden is asked for each tag and for itself, and for no digest', async () => {
    await there('one', 'v1', 'v2');
    hide((response) => refuse(response, 404, 'NAME_UNKNOWN'));
    await taken('--check', 'cosign,notation');
    expect([...registry.asked].sort()).toEqual([
      `GET /v2/${path}/manifests/v1`,
      `GET /v2/${path}/manifests/v2`,
      `GET /v2/${path}/tags/list?n=1`,
    ]);
  });

  it('a repository without a name that can be a tag is hidden all the same', async () => {
    await served.must(['addhash', gun, 'odd name', '500', '--sha256', 'ab'.repeat(32), '-p']);
    hide((response) => refuse(response, 404, 'NAME_UNKNOWN'));
    const { status, rows, codes } = await taken('--registry');
    expect([status, codes, rows]).toMatchObject([1, ['REGISTRY_NAME_UNKNOWN'], [{ image: 'unknown' }]]);
  });

  it('a registry that does not say whether it knows the repository has no image gone', async () => {
    await signed('one', 'v1');
    answering('/tags/list', (response) => refuse(response, 500, 'UNKNOWN'));
    const { status, rows, codes } = await taken('--registry');
    expect([status, codes, rows]).toMatchObject([1, ['REGISTRY_UNAVAILABLE'], [{ image: 'unknown' }]]);
    registry.put(path, undefined, imageText('one'));
    expect((await taken('--registry')).codes).toEqual(['TAG_GONE']);
  });

  it('a repository of which one signature is there is known, whatever its list of tags says', async () => {
    const digest = await signed('one', 'v1');
    registry.put(path, tagOf(digest, '.sig'), cosignTagged());
    answering('/tags/list', (response) => refuse(response, 403, 'DENIED'));
    const { status, codes, rows } = await taken('--check', 'cosign');
    expect([status, codes, rows]).toMatchObject([3, ['IMAGE_GONE'], [{ image: 'gone', cosign: true }]]);
  });

  it('a repository that is empty has its images gone one by one', async () => {
    await there('one', 'v1');
    for (const reference of ['v1', sha256(imageText('one'))]) registry.remove(path, reference);
    const { status, codes, rows } = await taken('--registry');
    expect([status, codes, rows]).toMatchObject([3, ['IMAGE_GONE'], [{ image: 'gone' }]]);
    expect((await refs('--missing', 'cosign')).stderr).toContain('code=IMAGE_GONE');
  });

  it('plain http is spoken to another host only when the caller asks for it', async () => {
    const elsewhere = 'registry.invalid/acme/app';
    await served.must(['init', elsewhere, '-p']);
    await served.must(['addhash', elsewhere, 'v1', '500', '--sha256', 'ab'.repeat(32), '-p']);
    const proxy = registry.server.url;
    const looked = (...words: readonly string[]) =>
      served.home.run(['inventory', elsewhere, '--registry', '--json', ...words], {
        env: { ...passphrases, HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: 'localhost' },
      });
    expect((await looked()).status).toBe(1);
    expect(registry.asked.filter((line) => line.startsWith('GET http://'))).toEqual([]);
    await looked('--plain-http', 'registry.invalid');
    expect(registry.asked).toContain('GET http://registry.invalid/v2/acme/app/manifests/v1');
  });
});
