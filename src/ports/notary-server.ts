/** Declares the port to the Notary server. */

/** The trust server's view of one GUN. */
export interface RemoteStore {
  /**
   * Fetches a metadata file. The resource is its name without `.json`: `root`, `3.root`,
   * `targets.<sha256 hex>`, `timestamp`.
   *
   * @throws NotaryError METADATA_NOT_FOUND (404), INVALID_OPERATION (400), UNAUTHORIZED (401),
   * SERVER_UNAVAILABLE (any other status), MALICIOUS_SERVER (too long), NETWORK, OFFLINE.
   */
  get(resource: string, limit: number): Promise<Uint8Array>;
  /** Uploads the files of several roles in one atomic request. */
  publish(files: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /** The public key that the server holds for a role, as JSON; made on the spot if there is none. */
  getKey(role: 'timestamp' | 'snapshot'): Promise<Uint8Array>;
  /** Asks the server to make a new key for a role; returns it as JSON. */
  rotateKey(role: 'timestamp' | 'snapshot'): Promise<Uint8Array>;
  /** Deletes all metadata of the GUN on the server. */
  deleteAll(): Promise<void>;
  /** Host and port, for messages. */
  readonly location: string;
}
