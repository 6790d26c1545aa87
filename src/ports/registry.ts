/** Declares the port to an image registry (OCI Distribution Specification 1.1). */

/** A repository of a registry, as an image reference names it. */
export interface ImageRepository {
  /** Host and, where one is given, port: `docker.io`, `registry.example.com:5000`. */
  readonly domain: string;
  /** Without the domain: `library/alpine`. */
  readonly path: string;
}

/** What a tag or a digest stands for in a registry. */
export interface Manifest {
  /** `sha256:` and 64 hex digits, computed from the bytes. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface Registry {
  /**
   * Fetches a manifest: of one image, or a list of images for several platforms.
   *
   * @param reference a tag, or a digest (`sha256:…`), which the bytes must have
   * @throws NotaryError IMAGE_NOT_THERE when the registry has none, or hides it; REGISTRY_UNAUTHORIZED; REGISTRY_UNREACHABLE;
   * REGISTRY_INVALID when the answer is none that could be signed: a digest that is not that of the bytes, a manifest of
   * schema 1, too many bytes, a status that says nothing
   */
  manifest(repository: ImageRepository, reference: string): Promise<Manifest>;
  /** Closes all connections. */
  close(): Promise<void>;
}
