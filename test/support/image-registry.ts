/** A registry of this process on a loopback port that holds manifests, with or without the API for referrers. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { startServer, type TestServer } from './http-rig.ts';
import { keep, manifestText, ociImage, ociIndex, refuse, sha256 } from './registry-rig.ts';

export interface ImageRegistry {
  readonly server: TestServer;
  /** `localhost:PORT`, the domain in names of images. */
  readonly domain: string;
  /** Method and path of the requests for manifests and referrers, in order. */
  readonly asked: string[];
  /** The most of them that were under way at a time. */
  readonly mostAtATime: number;
  /** Answers in place of the honest registry; true when it did. */
  misdeed: ((path: string, response: ServerResponse, request: IncomingMessage) => boolean) | undefined;
  /** Entries on a page of referrers; undefined for a registry without that API. */
  pageSize: number | undefined;
  /** Puts a manifest under its digest and a tag, if one is given. @returns its digest */
  put(path: string, tag: string | undefined, content: object | string): string;
  /** Takes a tag or a digest away. */
  remove(path: string, reference: string): void;
}

interface Held {
  readonly text: string;
  readonly type: string;
}

/** Starts a registry over plain http; `endRegistries` stops it. */
export async function startImageRegistry(): Promise<ImageRegistry> {
  const held = new Map<string, Held>();
  const known = new Set<string>();
  const asked: string[] = [];
  let [now, most] = [0, 0];
  const server = keep(
    await startServer(
      (request, response) => {
        const { method = '', url = '' } = request;
        if (url === '/v2/') {
          response.end('{}');
          return;
        }
        asked.push(`${method} ${url}`);
        most = Math.max(most, ++now);
        response.once('close', () => now--);
        // Answers wait for a turn of the loop, so that requests that may be sent together are.
        setImmediate(() => {
          if (registry.misdeed?.(url, response, request) !== true)
            answer({ ...registry, held, known }, url, response);
        });
      },
      { plain: true },
    ),
  );
  const registry: ImageRegistry = {
    ...{ server, asked, misdeed: undefined, pageSize: undefined, domain: `localhost:${server.port}` },
    get mostAtATime() {
      return most;
    },
    put(path, tag, content) {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      const { mediaType: type = ociImage } = JSON.parse(text) as { mediaType?: string };
      for (const reference of [sha256(text), ...(tag === undefined ? [] : [tag])])
        held.set(`${path} ${reference}`, { text, type });
      known.add(path);
      return sha256(text);
    },
    remove: (path, reference) => void held.delete(`${path} ${reference}`),
  };
  return registry;
}

/** The text of an image that differs from others by its seed. */
export const imageText = (seed: string): string => manifestText(ociImage, { annotations: { seed } });

interface Content extends Pick<ImageRegistry, 'pageSize'> {
  readonly held: ReadonlyMap<string, Held>;
  /** Paths of repositories that have had something, which a registry keeps in mind when they are empty. */
  readonly known: ReadonlySet<string>;
}

function answer({ pageSize, held, known }: Content, url: string, response: ServerResponse): void {
  const [, path = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|referrers)\/([^/?]+)/.exec(url) ?? [];
  if (kind === 'referrers') {
    if (pageSize === undefined) response.writeHead(404).end('404 page not found\n');
    else answerReferrers(referrersOf(held, path, reference), { url, pageSize }, response);
    return;
  }
  const [, listed] = /^\/v2\/(.+)\/tags\/list/.exec(url) ?? [];
  if (listed !== undefined) {
    if (known.has(listed)) response.end(JSON.stringify({ name: listed, tags: null }));
    else refuse(response, 404, 'NAME_UNKNOWN');
    return;
  }
  const found = held.get(`${path} ${reference}`);
  if (found === undefined) refuse(response, 404, 'MANIFEST_UNKNOWN');
  else send(response, found.text, found.type);
}

export function send(
  response: ServerResponse,
  text: string,
  type: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(200, { 'Content-Type': type, 'Docker-Content-Digest': sha256(text), ...headers });
  response.end(text);
}

interface ReferrerContent {
  readonly subject?: { readonly digest: string };
  readonly artifactType?: string;
  readonly config?: { readonly mediaType: string };
  readonly annotations?: object;
}

function referrersOf(held: ReadonlyMap<string, Held>, path: string, digest: string): readonly object[] {
  const found = new Map<string, object>();
  for (const [name, { text, type }] of held) {
    const content = JSON.parse(text) as ReferrerContent;
    if (!name.startsWith(`${path} `) || content.subject?.digest !== digest) continue;
    const { artifactType = content.config?.mediaType, annotations } = content;
    found.set(sha256(text), {
      ...{ mediaType: type, digest: sha256(text), size: text.length, artifactType },
      ...(annotations !== undefined && { annotations }),
    });
  }
  return [...found.values()];
}

function answerReferrers(
  entries: readonly object[],
  { url, pageSize }: { readonly url: string; readonly pageSize: number },
  response: ServerResponse,
): void {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const from = Number(searchParams.get('from') ?? 0);
  const isLast = from + pageSize >= entries.length;
  const page = { schemaVersion: 2, mediaType: ociIndex, manifests: entries.slice(from, from + pageSize) };
  const link = `<${pathname}?from=${from + pageSize}>; rel="next"`;
  response.writeHead(200, { 'Content-Type': ociIndex, ...(!isLast && { Link: link }) });
  response.end(JSON.stringify(page));
}
