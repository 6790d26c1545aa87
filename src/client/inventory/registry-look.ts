/**
 * Looks at the images of an inventory in their registry: whether each is there, what its tag stands for now, and whether
 * signatures of other programs are there. Each tag and each digest is asked for once.
 */

import type { ErrorCode } from '../../error-codes.ts';
import { isNotaryError, type NotaryError } from '../../errors.ts';
import { isTag } from '../../images/reference.ts';
import type { ImageRepository, Registry } from '../../ports/registry.ts';
import { inParallel } from '../fetch/concurrency.ts';
import type { SignedRow } from './rows.ts';
import { hasSignature, type SignatureKind } from './signature-conventions.ts';

/** What the registry says of a row. */
export interface ImageLook {
  /** `unknown` where the registry could not be asked, or its answer cannot be believed. */
  readonly image: 'there' | 'gone' | 'unknown';
  /** What the tag stands for now; undefined where there is no such tag, and where it could not be asked for. */
  readonly registryDigest?: string;
  /** The registry says that it has no such tag. */
  readonly tagGone: boolean;
  /** Without those that could not be looked for. */
  readonly signed: ReadonlyMap<SignatureKind, boolean>;
}

/** Why something could not be looked at, and the targets that it concerns. */
export interface FailedLook {
  readonly error: NotaryError;
  readonly targets: readonly string[];
}

export interface RegistryLook {
  /** Undefined for a row without a digest. */
  of(row: SignedRow): ImageLook | undefined;
  readonly failures: readonly FailedLook[];
}

export interface RegistryQuestion {
  readonly registry: Registry;
  readonly repository: ImageRepository;
  readonly rows: readonly SignedRow[];
  readonly checks: readonly SignatureKind[];
}

/** Requests that are under way at a time, over one connection. */
const concurrency = 8;

/** What an answer of a registry, or none, may come to; anything else is no matter of one image. */
const unlooked: readonly ErrorCode[] = [
  'REGISTRY_NAME_UNKNOWN',
  'REGISTRY_UNAUTHORIZED',
  'REGISTRY_UNREACHABLE',
  'REGISTRY_UNAVAILABLE',
  'REGISTRY_INVALID',
];

/**
 * @throws NotaryError TLS_CONFIG_INVALID, CONFIG_INVALID; what a registry answers, or fails to answer, is a failure of the
 * look instead
 */
export async function lookAtRegistry(question: RegistryQuestion): Promise<RegistryLook> {
  const look = new Look(question);
  await look.atTags();
  await look.doubtAbsence();
  await look.atDigests();
  await look.doubtAbsence();
  look.settle();
  return look;
}

type Answer<Value> = { readonly value: Value } | undefined;

class Look implements RegistryLook {
  readonly #question: RegistryQuestion;
  /** By tag: the digest, or undefined where there is no such tag. Without those that could not be asked for. */
  readonly #tags = new Map<string, string | undefined>();
  readonly #images = new Map<string, Pick<ImageLook, 'image' | 'signed'>>();
  /** By what they say, whichever image they say it of. */
  readonly #failures = new Map<string, { readonly error: NotaryError; readonly targets: Set<string> }>();
  /** Something of the repository is there, so that the registry knows it and hides it not. */
  #isThere = false;
  /** The registry has said of something that it is not there. */
  #isAbsent = false;
  /** Whether the registry knows the repository: the answer, once it was asked. */
  #known: { readonly error: NotaryError | undefined } | undefined;
  /** The registry has answered a question, so that the login is not what it refuses. */
  #answered = false;
  /** Why nothing more is asked: the next answer would be the same. */
  #gaveUp: NotaryError | undefined;

  constructor(question: RegistryQuestion) {
    this.#question = question;
  }

  get failures(): readonly FailedLook[] {
    return [...this.#failures.values()].map(({ error, targets }) => ({ error, targets: [...targets] }));
  }

  of({ target, digest }: SignedRow): ImageLook | undefined {
    const found = digest === undefined ? undefined : this.#images.get(digest);
    if (found === undefined) return undefined;
    if (this.#isHidden) return { image: 'unknown', tagGone: false, signed: new Map() };
    const registryDigest = this.#tags.get(target);
    return {
      ...found,
      tagGone: this.#tags.has(target) && registryDigest === undefined,
      ...(registryDigest !== undefined && { registryDigest }),
    };
  }

  async atTags(): Promise<void> {
    const withDigest = this.#question.rows.filter(({ digest }) => digest !== undefined);
    const tags = [...new Set(withDigest.map(({ target }) => target))].filter(isTag);
    await forEach(tags, async (tag) => {
      const answer = await this.#ask([tag], () => this.#digestOf(tag));
      if (answer !== undefined) this.#tags.set(tag, answer.value);
    });
  }

  async atDigests(): Promise<void> {
    const targets = new Map<string, string[]>();
    for (const { digest, target } of this.#question.rows) {
      if (digest === undefined) continue;
      const names = targets.get(digest) ?? [];
      if (!names.includes(target)) names.push(target);
      targets.set(digest, names);
    }
    const seen = new Set(this.#tags.values());
    await forEach([...targets], async ([digest, names]) => {
      const image = seen.has(digest) ? 'there' : await this.#imageOf(digest, names);
      this.#images.set(digest, { image, signed: await this.#signatures(digest, names) });
    });
  }

  /**
   * Where nothing is there, it may be the whole repository that is gone, or hidden from the login: of each image registries
   * say the same. So the registry is asked for the repository itself, once, before it is asked for more.
   */
  async doubtAbsence(): Promise<void> {
    if (this.#isThere || !this.#isAbsent || this.#known !== undefined) return;
    const { registry, repository } = this.#question;
    try {
      await registry.checkRepository(repository);
      this.#known = { error: undefined };
    } catch (error) {
      if (!isNotaryError(error, ...unlooked)) throw error;
      this.#known = { error };
      if (this.#isForAll(error)) this.#gaveUp ??= error;
    }
  }

  /** Nothing is there, and the registry has not said that it knows the repository. */
  get #isHidden(): boolean {
    return !this.#isThere && this.#known?.error !== undefined;
  }

  /** Notes for all targets why nothing could be looked at, where that is so. */
  settle(): void {
    const error = this.#known?.error;
    if (error === undefined || !this.#isHidden) return;
    const rows = this.#question.rows.filter(({ digest }) => digest !== undefined);
    this.#note(
      error,
      rows.map(({ target }) => target),
    );
  }

  async #imageOf(digest: string, targets: readonly string[]): Promise<ImageLook['image']> {
    const answer = await this.#ask(targets, () => this.#digestOf(digest));
    if (answer === undefined) return 'unknown';
    return answer.value === undefined ? 'gone' : 'there';
  }

  async #signatures(
    digest: string,
    targets: readonly string[],
  ): Promise<ReadonlyMap<SignatureKind, boolean>> {
    const { registry: whole, repository, checks } = this.#question;
    const registry = { manifest: this.#manifest };
    let listed: ReturnType<Registry['referrers']> | undefined;
    const referrers = () => (listed ??= whole.referrers(repository, digest));
    const signed = new Map<SignatureKind, boolean>();
    for (const kind of checks) {
      const question = { registry, repository, digest, referrers };
      const answer = await this.#ask(targets, () => hasSignature(kind, question));
      if (answer === undefined) continue;
      signed.set(kind, answer.value);
      if (answer.value) this.#isThere = true;
    }
    return signed;
  }

  /** The digest that a reference stands for; undefined when the registry says that it has none. */
  async #digestOf(reference: string): Promise<string | undefined> {
    try {
      return (await this.#manifest(this.#question.repository, reference)).digest;
    } catch (error) {
      if (isNotaryError(error, 'IMAGE_NOT_THERE')) return undefined;
      throw error;
    }
  }

  readonly #manifest: Registry['manifest'] = async (repository, reference) => {
    try {
      const manifest = await this.#question.registry.manifest(repository, reference);
      this.#isThere = true;
      return manifest;
    } catch (error) {
      if (isNotaryError(error, 'IMAGE_NOT_THERE')) this.#isAbsent = true;
      throw error;
    }
  };

  /** @returns undefined where the question could not be answered, which is noted for the targets */
  async #ask<Value>(targets: readonly string[], question: () => Promise<Value>): Promise<Answer<Value>> {
    try {
      if (this.#gaveUp !== undefined) throw this.#gaveUp;
      const value = await question();
      this.#answered = true;
      return { value };
    } catch (error) {
      if (!isNotaryError(error, ...unlooked)) throw error;
      if (this.#isForAll(error)) this.#gaveUp ??= error;
      this.#note(error, targets);
      return undefined;
    }
  }

  /** A registry that nothing answers for, that hides the repository, that refuses the login, or that has had too many requests, is left alone. */
  #isForAll({ code, details }: NotaryError): boolean {
    return (
      code === 'REGISTRY_UNREACHABLE' ||
      code === 'REGISTRY_NAME_UNKNOWN' ||
      (code === 'REGISTRY_UNAUTHORIZED' && !this.#answered) ||
      (code === 'REGISTRY_UNAVAILABLE' && details['status'] === 429)
    );
  }

  #note(error: NotaryError, targets: readonly string[]): void {
    const { image } = error.details;
    const said = typeof image === 'string' ? error.message.replaceAll(image, '') : error.message;
    const key = `${error.code} ${said}`;
    const noted = this.#failures.get(key) ?? { error, targets: new Set<string>() };
    for (const target of targets) noted.targets.add(target);
    this.#failures.set(key, noted);
  }
}

async function forEach<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const one = async (index: number): Promise<void> => {
    const item = items[index];
    if (item !== undefined) await work(item);
  };
  await inParallel(items.length, concurrency, one, () => Promise.resolve());
}
