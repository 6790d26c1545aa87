/**
 * The inventory of what docker and notary have signed, against the genuine registry: images that moved or went, and
 * signatures in the forms of cosign and notation, whose programs have no part here.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../support/genuine/docker-registry.ts';
import type { Home } from '../support/genuine/home.ts';
import { available } from '../support/genuine/programs.ts';
import { genuineStage, type Stage } from '../support/genuine/stage.ts';
import { expectDocument } from '../support/printed-json.ts';
import {
  bundleReferrer,
  bundleType,
  cosignReferrer,
  cosignTagged,
  cosignType,
  index,
  listed,
  notationReferrer,
  notationType,
  provenancePredicate,
  signatureBlobs,
  signaturePredicate,
  tagOf,
} from '../support/signature-manifests.ts';

const passphrases = {
  root: 'root-passphrase',
  targets: 'repository-passphrase',
  snapshot: 'repository-passphrase',
  delegation: 'repository-passphrase',
};
const programs = ['docker', 'notary', 'notary-server', 'docker-registry', 'openssl'] as const;

interface Row {
  readonly target: string;
  readonly digest: string;
  readonly role: string;
  readonly docker: boolean;
  readonly image?: string;
  readonly registryDigest?: string;
  readonly cosign?: boolean;
  readonly notation?: boolean;
  readonly signers: readonly { readonly collaborator?: string }[];
}

describe.skipIf(!available(...programs))('inventory of what the genuine registry has', () => {
  let stage: Stage;
  let registry: DockerRegistry;
  let people = 0;
  beforeAll(async () => {
    [stage, registry] = [await genuineStage({ docker: true }), await startDockerRegistry({})];
  });
  afterAll(async () => {
    await registry.stop();
    await stage.close();
  });

  const person = (): Home => stage.home(`owner${people++}`, { passphrases });
  const gunOf = (name: string) => `${registry.domain}/team/${name}`;

  /** Signs with tsnotary as docker does: in `targets/alice` and `targets/releases`. */
  const sign = (who: Home, image: string) =>
    who.tsnotary('trust', 'sign', '--signer', 'alice', '--from-registry', image);

  async function taken(gun: string, ...words: readonly string[]) {
    const { status, stdout } = await person().run('tsnotary', ['inventory', gun, '--json', ...words]);
    const { rows, findings } = expectDocument(stdout, 'inventory') as {
      readonly rows: readonly Row[];
      readonly findings: readonly { readonly code: string; readonly severity: string }[];
    };
    const codes = findings.flatMap(({ code, severity }) => (severity === 'note' ? [] : [code]));
    return { status, codes, released: rows.filter(({ docker }) => docker), rows };
  }

  it('what trust sign and genuine notary have signed is listed with role and signer, and docker takes it as marked', async () => {
    const owner = person();
    const gun = gunOf('signed');
    const image = await registry.push('team/signed', '1.0', 'oci index');
    const file = await registry.push('team/signed', '2.0', 'docker image');
    await sign(owner, `${gun}:1.0`);
    await owner.notary(
      ...['addhash', gun, '2.0', String(file.size), '--sha256', file.digest.slice(7)],
      ...['-r', 'targets/releases', '-p'],
    );
    const { status, rows, released } = await taken(gun);
    expect(status).toBe(0);
    expect(released.map(({ target, digest, role }) => [target, digest, role])).toEqual([
      ['1.0', image.digest, 'targets/releases'],
      ['2.0', file.digest, 'targets/releases'],
    ]);
    expect(rows.map(({ role, signers }) => [role, signers[0]?.collaborator])).toEqual([
      ['targets/releases', 'alice'],
      ['targets/alice', 'alice'],
      ['targets/releases', 'alice'],
    ]);
    for (const { target, digest } of released) {
      await person().docker('pull', `${gun}:${target}`);
      expect(stage.engine.requests.filter(({ action }) => action === 'pull').at(-1)?.reference).toBe(digest);
    }
  });

  it('a moved tag, a gone image and one that is as it was signed are told apart', async () => {
    const owner = person();
    const gun = gunOf('states');
    const kept = await registry.push('team/states', 'kept', 'oci image');
    const moved = await registry.push('team/states', 'moved', 'oci image');
    const gone = await registry.push('team/states', 'gone', 'oci index');
    for (const tag of ['kept', 'moved', 'gone']) await sign(owner, `${gun}:${tag}`);
    const now = await registry.push('team/states', 'moved', 'oci index', { seed: 'newer' });
    await registry.remove('team/states', gone.digest);
    const { status, codes, released } = await taken(gun, '--registry');
    expect([status, codes]).toEqual([3, ['TAG_MOVED', 'IMAGE_GONE']]);
    expect(released.map(({ target, image, registryDigest }) => [target, image, registryDigest])).toEqual([
      ['gone', 'gone', undefined],
      ['kept', 'there', kept.digest],
      ['moved', 'there', now.digest],
    ]);
    const listedRefs = await person().run('tsnotary', [
      ...['inventory', gun, '--missing', 'cosign', '--format', 'refs'],
    ]);
    expect([listedRefs.status, listedRefs.stdout]).toEqual([
      0,
      `${gun}@${kept.digest}\n${gun}@${moved.digest}\n`,
    ]);
    expect(listedRefs.stderr).toContain('code=IMAGE_GONE');
  });

  it('a repository that the registry does not know could not be looked at, and an empty one has its images gone', async () => {
    const owner = person();
    const gun = gunOf('unknown');
    const { digest, size } = await registry.push('team/emptied', '1.0', 'oci image');
    await owner.notary('init', gun, '-p');
    await owner.notary('addhash', gun, '1.0', String(size), '--sha256', digest.slice(7), '-p');
    expect(await taken(gun, '--missing', 'cosign')).toMatchObject({
      ...{ status: 1, codes: ['REGISTRY_NAME_UNKNOWN'], rows: [] },
    });
    const words = ['inventory', gun, '--missing', 'cosign', '--format', 'refs'];
    const { status, stdout, stderr } = await person().run('tsnotary', words);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('code=REGISTRY_NAME_UNKNOWN');
    await sign(owner, `${gunOf('emptied')}:1.0`);
    await registry.remove('team/emptied', digest);
    const emptied = await taken(gunOf('emptied'), '--registry');
    expect(emptied).toMatchObject({ status: 3, codes: ['IMAGE_GONE'], released: [{ image: 'gone' }] });
  });

  it('what is printed for cosign are references that a registry takes, by the digest that was signed', async () => {
    const owner = person();
    const gun = gunOf('references');
    await registry.push('team/references', '1.0', 'oci image');
    await sign(owner, `${gun}:1.0`);
    await registry.push('team/references', '1.0', 'oci image', { seed: 'newer' });
    const { stdout } = await person().run('tsnotary', ['inventory', gun, '--format', 'refs']);
    const reference = stdout.trim();
    await person().docker('pull', reference);
    expect(stage.engine.requests.filter(({ action }) => action === 'pull').at(-1)?.reference).toBe(
      reference.split('@')[1],
    );
  });

  describe('signatures in the forms of other programs', () => {
    const push = (path: string, reference: string, manifest: object) =>
      registry.pushAsIs(path, reference, manifest, signatureBlobs);

    /** Pushes signatures that refer to an image, and the list of them that clients keep where a registry has none. */
    async function refer(
      path: string,
      digest: string,
      ...referrers: readonly (readonly [content: object, type: string])[]
    ): Promise<void> {
      const entries: object[] = [];
      for (const [content, type] of referrers)
        entries.push(listed((await push(path, '', content)).text, type));
      await registry.pushAsIs(path, tagOf(digest), index(...entries));
    }

    it.each<
      [string, (path: string, digest: string) => Promise<unknown>, { cosign: boolean; notation: boolean }]
    >([
      ['no signature', () => Promise.resolve(), { cosign: false, notation: false }],
      [
        "cosign's tag",
        (path, digest) => push(path, tagOf(digest, '.sig'), cosignTagged()),
        { cosign: true, notation: false },
      ],
      [
        "cosign's referrer",
        (path, digest) => refer(path, digest, [cosignReferrer(digest), cosignType]),
        { cosign: true, notation: false },
      ],
      [
        "notation's referrer",
        (path, digest) => refer(path, digest, [notationReferrer(digest), notationType]),
        { cosign: false, notation: true },
      ],
      [
        'both and an attestation',
        (path, digest) =>
          refer(
            ...([path, digest] as const),
            [bundleReferrer(digest, provenancePredicate), bundleType],
            [bundleReferrer(digest, signaturePredicate), 'application/vnd.oci.empty.v1+json'],
            [notationReferrer(digest), notationType],
          ),
        { cosign: true, notation: true },
      ],
      [
        'an attestation alone',
        (path, digest) => refer(path, digest, [bundleReferrer(digest, provenancePredicate), bundleType]),
        { cosign: false, notation: false },
      ],
    ])('of an image with %s it is known whose signature is missing', async (form, attach, expected) => {
      const name = form.replaceAll(/[^a-z]+/g, '-');
      const { digest } = await registry.push(`team/${name}`, '1.0', 'oci index');
      await sign(person(), `${gunOf(name)}:1.0`);
      await attach(`team/${name}`, digest);
      const { status, released } = await taken(gunOf(name), '--check', 'cosign,notation');
      expect(released).toMatchObject([{ digest, image: 'there', ...expected }]);
      expect(status).toBe(expected.cosign && expected.notation ? 0 : 3);
      for (const kind of ['cosign', 'notation'] as const) {
        const words = ['inventory', gunOf(name), '--missing', kind, '--format', 'refs'];
        const { stdout } = await person().run('tsnotary', words);
        expect(stdout).toBe(expected[kind] ? '' : `${gunOf(name)}@${digest}\n`);
      }
    });
  });
});
