/** Declares the ports to an image registry (OCI Distribution Specification 1.1) and to the logins that docker has saved. */

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
  /** One of the four types of manifests that can be signed. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** A manifest that says of another one what it is about: a signature, an attestation, a list of components. */
export interface Referrer {
  /** As it is listed; a reader that fetches it learns whether it is there. */
  readonly digest: string;
  readonly mediaType: string;
  /** What it is; undefined where the list does not say. */
  readonly artifactType: string | undefined;
  /** Those of the manifest, where the list repeats them. */
  readonly annotations: ReadonlyMap<string, string>;
}

/** The referrers of one manifest. */
export interface Referrers {
  /** `api`: the registry keeps the list; `tag`: clients keep it, under a tag, and nothing vouches for it. */
  readonly source: 'api' | 'tag';
  readonly entries: readonly Referrer[];
}

export interface Registry {
  /**
   * Fetches a manifest: of one image, or a list of images for several platforms. The bytes have been hashed; nothing
   * that they name was fetched.
   *
   * @param reference a tag, or a digest (`sha256:…`), which the bytes must have
   * @throws NotaryError IMAGE_NOT_THERE when the registry says that it has none, which may hide one that the login may
   * not see; REGISTRY_UNAUTHORIZED when the registry or its token service refuses the login; REGISTRY_UNREACHABLE when
   * no whole answer came; REGISTRY_UNAVAILABLE when it cannot answer now (too many requests, a failure of its own);
   * REGISTRY_INVALID when the answer is none that could be signed: a digest that is not that of the bytes, a manifest
   * of schema 1, more than 4 MiB, a redirect, a status that says nothing; MALFORMED_HASH for a digest that is not
   * sha256, and IMAGE_NAME_INVALID for a name or tag that is none, before anything is sent; TLS_CONFIG_INVALID;
   * CONFIG_INVALID for a proxy variable
   */
  manifest(repository: ImageRepository, reference: string): Promise<Manifest>;
  /**
   * Lists what refers to a manifest (OCI Distribution Specification 1.1, "Listing Referrers"): by the API, page by page,
   * else by the tag `sha256-HEX`, under which clients keep the list where a registry has no API. Empty where there is
   * neither. No entry was fetched.
   *
   * @param digest `sha256:` and 64 hex digits
   * @throws NotaryError as `manifest`, but for IMAGE_NOT_THERE; REGISTRY_INVALID also for a list that does not end, whose
   * next page is elsewhere, or that is no list
   */
  referrers(repository: ImageRepository, digest: string): Promise<Referrers>;
  /**
   * Asks for the repository itself, by its list of tags (OCI Distribution Specification 1.1, "Listing Tags"), and returns
   * when the registry has it, with images or without.
   *
   * @throws NotaryError REGISTRY_NAME_UNKNOWN when the registry says that it has no such repository, which may hide one that
   * the login may not see; REGISTRY_INVALID when the answer is no list; else as `manifest`, but for IMAGE_NOT_THERE
   */
  checkRepository(repository: ImageRepository): Promise<void>;
  /** Closes all connections. */
  close(): Promise<void>;
}

/** What `docker login` has saved for a registry. */
export interface RegistryLogin {
  /** Empty where docker keeps an identity token without the user's name. */
  readonly username: string;
  /** Empty beside an identity token. */
  readonly password: string;
  /** A refresh token for the token service of the registry, used in place of both. */
  readonly identityToken?: string;
  /** Called when the registry or its token service refused it. */
  readonly refused?: () => void;
}

export interface RegistryLogins {
  /**
   * The login of a registry, or undefined when docker has saved none. What cannot be read is a warning, once, and
   * counts as none.
   *
   * @param domain as in `ImageRepository`
   */
  find(domain: string): Promise<RegistryLogin | undefined>;
}
