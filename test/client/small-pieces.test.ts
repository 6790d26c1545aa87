/** The engine's small pieces, each by itself: what they answer, and what they say when they cannot. */

import { describe, expect, it } from 'vitest';
import { asResult, orThrow, withRole } from '../../src/client/fetch/deferred-failure.ts';
import { boundedRemote } from '../../src/client/fetch/download-limit.ts';
import { consistentName, fetchFile } from '../../src/client/fetch/fetch-metadata.ts';
import { logOnce } from '../../src/client/publish/log-once.ts';
import { verifyPayload } from '../../src/client/read/verify-payload.ts';
import { checkClock } from '../../src/client/sign/clock-check.ts';
import { listChanges } from '../../src/client/stage/list-changes.ts';
import { withRepositoryContext } from '../../src/client/update/error-context.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { NotaryError } from '../../src/errors.ts';
import { parseGun } from '../../src/metadata/gun.ts';
import { sizeLimits } from '../../src/metadata/limits.ts';
import { fileMetaOf, sha256Hex } from '../../src/tuf/checksums.ts';
import { type Actor, actor } from '../support/actor.ts';
import { days, epoch, memoryChangelistStore, memoryClock, memoryLog } from '../support/memory-ports.ts';
import { memoryServer } from '../support/memory-server.ts';
import { refusal } from '../support/refusal.ts';

const someone = () => actor(memoryServer(), memoryClock());
const defect = new TypeError('a defect');
const gun = 'docker.io/alice/demo';

/** A server whose answers are as long as this. */
function answering(...lengths: readonly number[]): Actor['remote'] & { readonly asked: readonly string[] } {
  const left = [...lengths];
  const asked: string[] = [];
  const get = async (resource: string) => {
    asked.push(resource);
    return new Uint8Array(left.shift() ?? 0);
  };
  return { ...someone().remote, get, asked };
}

describe('what one run downloads', () => {
  const tooMuch = refusal('MALICIOUS_SERVER', /more than/, { gun, limit: 10 });

  it('the bytes that one run downloads may reach the limit and not pass it', async () => {
    const bounded = boundedRemote(answering(4, 6), someone().gun, 10);
    expect(await bounded.get('a', 100)).toHaveLength(4);
    expect(await bounded.get('b', 100)).toHaveLength(6);
    const passed = boundedRemote(answering(4, 7), someone().gun, 10);
    await passed.get('a', 100);
    await expect(passed.get('b', 100)).rejects.toThrow(tooMuch);
  });

  it('the client asks for nothing more once one run has downloaded up to the limit', async () => {
    const server = answering(10, 0);
    const bounded = boundedRemote(server, someone().gun, 10);
    await bounded.get('a', 100);
    await expect(bounded.get('b', 100)).rejects.toThrow(tooMuch);
    expect(server.asked).toEqual(['a']);
  });

  it('one run downloads a gibibyte where nothing else is said, and not a byte more', async () => {
    const sized = (length: number) => ({ ...someone().remote, get: async () => ({ length }) as Uint8Array });
    const whole = boundedRemote(sized(1024 ** 3), someone().gun);
    await expect(whole.get('a', 100)).resolves.toHaveLength(1024 ** 3);
    await expect(boundedRemote(sized(1024 ** 3 + 1), someone().gun).get('a', 100)).rejects.toMatchObject({
      code: 'MALICIOUS_SERVER',
    });
  });
});

describe('the clock of this machine', () => {
  const ports = { ...someone(), clock: memoryClock(epoch) };
  /** The timestamp of a server that signed it so many milliseconds from now. */
  const signed = (from: number) => ({ expires: new Date(epoch.getTime() + days(14) + from).toISOString() });

  it('the clock of this machine may be a day behind that of the server, and no more', () => {
    expect(() => checkClock(signed(0), ports)).not.toThrow();
    expect(() => checkClock(signed(days(1)), ports)).not.toThrow();
    expect(() => checkClock(signed(-days(400)), ports)).not.toThrow();
    expect(() => checkClock(signed(days(1) + 1000), ports)).toThrow(
      refusal('CLOCK_BEHIND', /the clock of this machine says/, {
        gun,
        now: '2026-03-01T12:00:00Z',
        signed: '2026-03-02T12:00:01Z',
      }),
    );
  });
});

describe('an error that is explained', () => {
  const about = (code: ErrorCode, options: { role?: string; hint?: string } = {}) => {
    const { role, hint } = options;
    return withRepositoryContext(
      new NotaryError(code, 'message', {
        details: role === undefined ? {} : { role },
        ...(hint !== undefined && { hint }),
      }),
      someone(),
    );
  };

  it('an error that is explained names the GUN, and keeps its code, its message and its cause', () => {
    const cause = new NotaryError('EXPIRED', 'message', { details: { role: 'targets' } });
    const error = withRepositoryContext(cause, someone());
    expect(error).toMatchObject({ code: 'EXPIRED', message: 'message', details: { role: 'targets', gun } });
    expect(error.cause).toBe(cause);
  });

  it('an error that is explained advises where a role of this server cannot be believed, and no advice is given yet', () => {
    expect(about('EXPIRED', { role: 'targets' }).hint).toContain('targets');
    expect(about('EXPIRED', { role: 'targets', hint: 'its own' }).hint).toBe('its own');
    expect(about('EXPIRED').hint).toBeUndefined();
  });

  it.each(['NETWORK', 'OFFLINE', 'SERVER_UNAVAILABLE', 'UNAUTHORIZED'] as const)(
    'an error of a server that was not heard says nothing of its files: %s',
    (code) => {
      expect(about(code, { role: 'targets' })).toMatchObject({ hint: undefined, details: { gun } });
    },
  );
});

describe('an answer that is looked at later', () => {
  const failure = new NotaryError('EXPIRED', 'message');

  it('an answer that is looked at later is the value or the error; a defect stays thrown', async () => {
    expect(await asResult(Promise.resolve(1))).toBe(1);
    expect(await asResult(Promise.reject(failure))).toBe(failure);
    await expect(asResult(Promise.reject(defect))).rejects.toBe(defect);
  });

  it('an answer that is looked at later gives the value or throws the error in its turn', () => {
    expect(orThrow(1)).toBe(1);
    expect(() => orThrow(failure)).toThrow(failure);
  });

  it('an answer that is looked at later says which role it was', async () => {
    expect(await withRole('targets', Promise.resolve(1))).toBe(1);
    await expect(withRole('targets', Promise.reject(failure))).rejects.toMatchObject({
      ...{ code: 'EXPIRED', details: { role: 'targets' } },
    });
    await expect(withRole('targets', Promise.reject(defect))).rejects.toBe(defect);
  });
});

describe('work that is done again', () => {
  function twice(work: (ports: Actor) => void): readonly unknown[] {
    const said: unknown[] = [];
    const log = memoryLog();
    const caution = (code: ErrorCode, message: string, details?: unknown) =>
      void said.push([code, message, details]);
    const attempts = logOnce({ ...someone(), log, caution });
    const ports = { ...someone(), ...attempts.ports } as Actor;
    work(ports);
    attempts.nextAttempt();
    work(ports);
    return [...said, ...log.records.map(({ level, message, code }) => [level, message, code])];
  }

  it('work that is done again repeats no warning, error record or caution', () => {
    const said = twice(({ log, caution }) => {
      log.warn('w', 'W');
      log.error('e', 'INVALID_KEY');
      caution('NO_KEYS', 'c');
    });
    expect(said).toEqual([
      ['NO_KEYS', 'c', undefined],
      ['warn', 'w', 'W'],
      ['error', 'e', 'INVALID_KEY'],
    ]);
  });

  it('work that is done again repeats what the first run said twice', () => {
    const said = twice(({ log }) => {
      log.warn('w');
      log.warn('w');
    });
    expect(said).toHaveLength(2);
  });

  it('work that is done again says a warning that is also an error record, and one that is also a caution', () => {
    let round = 0;
    const said = twice(({ log, caution }) => {
      round++;
      if (round === 1) log.warn('x');
      else {
        log.error('x');
        caution('NO_KEYS', 'x');
      }
    });
    expect(said).toHaveLength(3);
  });

  it('work that is done again repeats what informs', () => {
    const said = twice(({ log }) => {
      log.info('i', 'I');
      log.debug('d');
    });
    expect(said).toHaveLength(4);
  });
});

describe('a payload', () => {
  const payload = Buffer.from('payload');
  const target = { name: 'v1', role: 'targets', meta: fileMetaOf(payload) };

  it('a payload is the target, is that target under another length, or is not the target', () => {
    expect(verifyPayload(target, payload)).toBe(true);
    expect(verifyPayload({ ...target, meta: { ...target.meta, length: 1 } }, payload)).toBe(false);
    expect(() => verifyPayload(target, Buffer.from('other'))).toThrow(
      expect.objectContaining({
        code: 'CHECKSUM_MISMATCH',
        message: expect.stringMatching(/^data not present in the trusted collection, sha256/) as string,
        details: expect.objectContaining({ name: 'v1', algorithm: 'sha256' }) as object,
      }),
    );
  });
});

describe('the staged changes', () => {
  it('the staged changes that cannot be read are named with their number, and the others keep theirs', async () => {
    const changelist = memoryChangelistStore();
    const log = memoryLog();
    const change = '{"action":"delete","role":"targets","type":"target","path":"v1","data":null}';
    for (const text of [change, 'junk', change]) await changelist.add(Buffer.from(text));
    expect(await listChanges({ gun: parseGun('a'), changelist, log, caution: () => undefined })).toEqual(
      [0, 2].map((index) => ({ index, action: 'delete', scope: 'targets', type: 'target', path: 'v1' })),
    );
    expect(log.records).toMatchObject([
      { level: 'warn', code: 'CHANGE_UNREADABLE', message: expect.stringContaining('(number 1)') as string },
    ]);
  });
});

describe('the file of a role', () => {
  const bytes = Buffer.from('bytes');
  const meta = fileMetaOf(bytes);

  it('the file of a role has its hash in its name, where the record has one', () => {
    expect(consistentName('targets', meta)).toBe(`targets.${sha256Hex(meta) ?? ''}`);
    expect(consistentName('targets', undefined)).toBe('targets');
    expect(consistentName('targets', { ...meta, hashes: new Map() })).toBe('targets');
  });

  it('the file of a role comes from the cache when that has the very bytes', async () => {
    const { cache } = someone();
    const remote = answering(7);
    cache.files.set('targets', bytes);
    expect(await fetchFile({ cache, remote }, 'targets', meta)).toEqual({ bytes, downloaded: false });
    cache.files.set('targets', Buffer.from('other'));
    expect(await fetchFile({ cache, remote }, 'targets', meta)).toMatchObject({ downloaded: true });
    expect(remote.asked).toEqual([consistentName('targets', meta)]);
  });

  it('the file of a role needs a record, of no more bytes than any file may have', async () => {
    const ports = { cache: someone().cache, remote: answering() };
    await expect(fetchFile(ports, 'targets', undefined)).rejects.toThrow(
      refusal('CHECKSUM_MISSING', 'no checksums for supported algorithms were provided for targets', {
        role: 'targets',
      }),
    );
    await expect(fetchFile(ports, 'targets', { ...meta, length: sizeLimits.file + 1 })).rejects.toThrow(
      refusal('INVALID_METADATA'),
    );
    await expect(fetchFile(ports, 'targets', { ...meta, length: sizeLimits.file })).resolves.toBeDefined();
  });

  it('the file of a role that is not to be had is named in the error', async () => {
    const missing = new NotaryError('METADATA_NOT_FOUND', 'gone');
    const remote = { ...someone().remote, get: () => Promise.reject(missing) };
    await expect(fetchFile({ cache: someone().cache, remote }, 'targets/a', meta)).rejects.toMatchObject({
      ...{ code: 'METADATA_NOT_FOUND', details: { role: 'targets/a' } },
    });
  });
});
