/** Declares the port to a Docker engine (its HTTP API, over a unix socket, TCP or TLS). */

import type { ImageRepository } from './registry.ts';

/** What the engine says that it has pushed: the `aux` message of a push. */
export interface PushedImage {
  readonly tag: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Bytes of the manifest. */
  readonly size: number;
}

/** An image that an engine holds. */
export interface EngineImage {
  readonly id: string;
  /** Of how many platforms the engine holds manifests under this name; 1 where it keeps one image. */
  readonly platforms: number;
}

export interface Engine {
  /** Whether an engine answers at all; why not is a debugging message. */
  answers(): Promise<boolean>;
  /** Undefined where the engine has no image of that name. @throws NotaryError ENGINE_UNREACHABLE, ENGINE_REFUSED */
  image(reference: string): Promise<EngineImage | undefined>;
  /**
   * Pushes a tag to its registry, with the login that docker has saved for it.
   *
   * @param show takes each line that docker would print into a pipe, without control characters and secrets
   * @param platform `OS/ARCHITECTURE[/VARIANT]`, of an image of several platforms; all that the engine would push without it
   * @returns what the engine says that it has pushed: nothing where it does not say, and several where it pushes a list
   * and an image of it
   * @throws NotaryError ENGINE_UNREACHABLE, also when the answer breaks off midway; ENGINE_REFUSED with the words of the
   * engine, or for an answer that is not understood
   */
  push(
    repository: ImageRepository,
    tag: string,
    show: (line: string) => void,
    platform?: string,
  ): Promise<readonly PushedImage[]>;
  /** Pulls a digest (`sha256:…`), of several platforms that of the engine unless one is named. @throws NotaryError as `push` does */
  pull(
    repository: ImageRepository,
    digest: string,
    show: (line: string) => void,
    platform?: string,
  ): Promise<void>;
  /**
   * Names an image that the engine holds.
   *
   * @param source a reference, as `image` takes it
   * @throws NotaryError as `push` does
   */
  tag(source: string, repository: ImageRepository, tag: string): Promise<void>;
  close(): Promise<void>;
}
