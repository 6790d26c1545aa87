/**
 * A stub of a Docker engine on a Unix socket: as much of the engine API as the genuine Docker CLI
 * asks for while it signs, pulls and administers trust. It holds no layers and talks to no registry;
 * an image is a name with a digest and a size.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from './servers.ts';

export interface Image {
  /** `sha256:HEX` of the manifest. */
  readonly digest: string;
  /** Bytes of the manifest. */
  readonly size: number;
}

/** What the CLI asked of the engine: `push` and `tag` name a tag, `pull` a tag or `sha256:…`. */
export interface EngineRequest {
  readonly action: 'push' | 'pull' | 'tag' | 'inspect' | 'other';
  /** Image name without tag or digest (`other`: method and path). */
  readonly name: string;
  readonly reference: string;
  /** As the query of a push or a pull has it; absent where it has none. */
  readonly platform?: string;
}

export interface DockerEngine {
  /** Value for `DOCKER_HOST`. */
  readonly host: string;
  readonly requests: readonly EngineRequest[];
  /** Makes an image exist, ready to be pushed; its digest is made from the manifest text. */
  addImage(name: string, tag: string, manifest?: string): Image;
  stop(): Promise<void>;
}

const apiVersion = '1.46';

/** Splits `NAME:TAG` and `NAME@DIGEST`; a port in the name is no tag. */
function splitReference(text: string): { name: string; reference: string } {
  const at = text.indexOf('@');
  if (at >= 0) return { name: text.slice(0, at), reference: text.slice(at + 1) };
  const colon = text.lastIndexOf(':');
  if (colon <= text.lastIndexOf('/')) return { name: text, reference: 'latest' };
  return { name: text.slice(0, colon), reference: text.slice(colon + 1) };
}

/** The short form that the engine API uses: `alice/demo` for `docker.io/alice/demo`. */
function familiar(name: string): string {
  return name.replace(/^(index\.)?docker\.io\//, '').replace(/^library\//, '');
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** Progress as the engine streams it: one JSON object a line. */
function stream(response: ServerResponse, lines: readonly object[]): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(lines.map((line) => `${JSON.stringify(line)}\r\n`).join(''));
}

class Engine {
  readonly requests: EngineRequest[] = [];
  readonly #images = new Map<string, Image>();

  addImage(name: string, tag: string, manifest = `manifest of ${name}:${tag}`): Image {
    const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
    const image = { digest, size: Buffer.byteLength(manifest) };
    this.#images.set(`${familiar(name)}:${tag}`, image);
    return image;
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://engine');
    const path = decodeURIComponent(url.pathname.replace(/^\/v[0-9.]+/, ''));
    request.resume();
    response.setHeader('Api-Version', apiVersion);
    response.setHeader('Server', 'Docker/24.0.0 (linux)');
    if (path === '/_ping')
      response.writeHead(200, { 'Content-Type': 'text/plain', OSType: 'linux' }).end('OK');
    else if (path === '/version')
      json(response, 200, { Version: '24.0.0', ApiVersion: apiVersion, Os: 'linux' });
    else if (path === '/info')
      json(response, 200, { ID: 'stub', OSType: 'linux', IndexServerAddress: 'https://index.docker.io/v1/' });
    // Every login succeeds; the CLI then saves what it has sent.
    else if (path === '/auth') json(response, 200, { Status: 'Login Succeeded', IdentityToken: '' });
    else if (path === '/images/create') this.#pull(url, response);
    else this.#image(request.method ?? 'GET', path, url, response);
  }

  #note(action: EngineRequest['action'], name: string, reference: string, platform?: string | null): void {
    this.requests.push({ action, name, reference, ...(typeof platform === 'string' && { platform }) });
  }

  #image(method: string, path: string, url: URL, response: ServerResponse): void {
    const [, text = '', verb] = /^\/images\/(.+)\/(push|tag|json)$/.exec(path) ?? [];
    const { name, reference } = splitReference(text);
    if (verb === 'push') this.#push(name, url, response);
    else if (verb === 'tag') this.#tag(name, reference, url, response);
    else if (verb === 'json') this.#inspect(name, reference, response);
    else {
      this.#note('other', `${method} ${path}`, '');
      json(response, 404, { message: 'page not found' });
    }
  }

  #find(name: string, reference: string): Image | undefined {
    const byTag = this.#images.get(`${familiar(name)}:${reference}`);
    return byTag ?? [...this.#images.values()].find(({ digest }) => digest === reference);
  }

  #push(name: string, url: URL, response: ServerResponse): void {
    const tag = url.searchParams.get('tag') ?? 'latest';
    this.#note('push', name, tag, url.searchParams.get('platform'));
    const image = this.#find(name, tag);
    if (image === undefined) {
      json(response, 404, { message: `An image does not exist locally with the tag: ${name}` });
      return;
    }
    stream(response, [
      { status: `The push refers to repository [${name}]` },
      { status: `${tag}: digest: ${image.digest} size: ${image.size}` },
      { progressDetail: {}, aux: { Tag: tag, Digest: image.digest, Size: image.size } },
    ]);
  }

  #pull(url: URL, response: ServerResponse): void {
    const name = url.searchParams.get('fromImage') ?? '';
    const reference = url.searchParams.get('tag') ?? 'latest';
    this.#note('pull', name, reference, url.searchParams.get('platform'));
    stream(response, [
      { status: `Pulling from ${name}`, id: reference },
      { status: `Digest: ${this.#find(name, reference)?.digest ?? reference}` },
      { status: `Status: Downloaded newer image for ${name}` },
    ]);
  }

  #tag(name: string, reference: string, url: URL, response: ServerResponse): void {
    const target = {
      name: url.searchParams.get('repo') ?? name,
      tag: url.searchParams.get('tag') ?? 'latest',
    };
    this.#note('tag', target.name, target.tag);
    const image = this.#find(name, reference);
    if (image !== undefined) this.#images.set(`${familiar(target.name)}:${target.tag}`, image);
    response.writeHead(201).end();
  }

  #inspect(name: string, reference: string, response: ServerResponse): void {
    this.#note('inspect', name, reference);
    const image = this.#find(name, reference);
    if (image === undefined) json(response, 404, { message: `No such image: ${name}:${reference}` });
    else
      json(response, 200, {
        Id: image.digest,
        RepoTags: [`${name}:${reference}`],
        Os: 'linux',
        Architecture: 'amd64',
      });
  }
}

/** Starts the stub on a Unix socket at the given path. */
export async function startDockerEngine(path: string): Promise<DockerEngine> {
  const engine = new Engine();
  const server = createServer((request, response) => engine.serve(request, response));
  const { stop } = await listen(server, { path });
  return {
    host: `unix://${path}`,
    requests: engine.requests,
    addImage: (name, tag, manifest) => engine.addImage(name, tag, manifest),
    stop,
  };
}
